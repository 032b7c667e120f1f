//! What bytes might be, whose type and shape were lost: element types by how plausible their numbers are, row lengths by
//! the periods of the data itself. Guesses only, and told as such. Reads a sample; knows no pickle.

use super::array::{Array, ShapeError};
use super::data::Data;
use super::dtype::{ByteOrder, DType};
use crate::source::{Bytes, Span};

/// Bytes of the sample that element types are judged by.
const JUDGED: usize = 64 << 10;
/// Bytes of the sample that periods are looked for in.
const SAMPLE: usize = 2 << 20;
/// Elements that are compared at each distance.
const PAIRS: usize = 256;
/// The longest row that is looked for, in elements.
const LONGEST: usize = 20_000;
/// Element types whose rows are looked for.
const TYPES: usize = 4;
/// Guesses that are told.
const TOLD: usize = 24;

/// A type of elements: the letter of its kind, its size, and whether its bytes stand big end first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Element {
    letter: char,
    size: usize,
    big: bool,
}

impl Element {
    fn all() -> Vec<Self> {
        let mut all = vec![('u', 1), ('i', 1), ('b', 1)].into_iter().map(|(l, s)| (l, s, false)).collect::<Vec<_>>();
        for (letter, sizes) in [('u', &[2, 4, 8][..]), ('i', &[2, 4, 8]), ('f', &[2, 4, 8])] {
            all.extend(sizes.iter().flat_map(|s| [(letter, *s, false), (letter, *s, true)]));
        }
        all.into_iter().map(|(letter, size, big)| Self { letter, size, big }).collect()
    }

    /// The number in the first bytes of `raw`.
    fn number(self, raw: &[u8]) -> Option<f64> {
        let mut b = [0_u8; 8];
        let part = raw.get(..self.size)?;
        let to = b.get_mut(..self.size)?;
        to.copy_from_slice(part);
        if self.big {
            to.reverse();
        }
        let bits = u64::from_le_bytes(b);
        #[expect(clippy::cast_possible_truncation, reason = "the bytes above the element's size are zero")]
        #[expect(clippy::cast_precision_loss, reason = "a guess needs no more than 53 bits")]
        #[expect(clippy::cast_possible_wrap, reason = "the sign is what is read")]
        Some(match (self.letter, self.size) {
            ('i', 1) => f64::from(bits as u8 as i8),
            ('i', 2) => f64::from(bits as u16 as i16),
            ('i', 4) => f64::from(bits as u32 as i32),
            ('i', _) => bits as i64 as f64,
            ('f', 2) => half::f16::from_bits(bits as u16).to_f64(),
            ('f', 4) => f64::from(f32::from_bits(bits as u32)),
            ('f', _) => f64::from_bits(bits),
            _ => bits as f64,
        })
    }

    fn numbers(self, raw: &[u8], most: usize) -> Vec<f64> {
        raw.chunks_exact(self.size).take(most).filter_map(|c| self.number(c)).collect()
    }

    fn dtype(self) -> DType {
        let order = if self.big { ByteOrder::Big } else { ByteOrder::Little };
        let plain = match (self.letter, self.size as u64) {
            ('b', _) => DType::bool(),
            ('i', n) => DType::int(n),
            ('f', n) => DType::float(n),
            (_, n) => DType::uint(n),
        };
        if self.size > 1 { plain.with_order(order) } else { plain }
    }
}

/// What some bytes might be.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// The type of an element.
    pub dtype: DType,
    /// Bytes before the first element.
    pub offset: u64,
    /// Elements of a row, those of all its channels counted; all of them where no row shows.
    pub row: u64,
    /// Neighbouring elements that belong together: 3 for red, green and blue.
    pub channels: u64,
    /// How plausible it is, from 0 to 1.
    pub score: f64,
    /// How clearly rows of that length show in the data, from 0 to 1.
    pub rows_show: f64,
}

impl Guess {
    /// The shape of `len` bytes read so; the last row may reach beyond them.
    pub fn shape(&self, len: u64) -> Vec<u64> {
        let n = len.saturating_sub(self.offset) / self.dtype.item_size.max(1);
        if self.row == 0 || self.row >= n.max(1) {
            return vec![n];
        }
        let rows = n.div_ceil(self.row);
        if self.channels > 1 { vec![rows, self.row / self.channels, self.channels] } else { vec![rows, self.row] }
    }

    /// The bytes of `span` as an array of this kind; `declared` bytes were once there, the missing ones are told as missing.
    ///
    /// # Errors
    /// When the shape overflows.
    pub fn array(&self, bytes: &Bytes, span: Span, declared: u64) -> Result<Array, ShapeError> {
        let data = Data::file(bytes, Span::new(span.start.saturating_add(self.offset).min(span.end), span.end));
        Array::new_c(self.dtype.clone(), &self.shape(declared.max(span.len())), data)
    }
}

/// What the bytes of `span` might be, the most plausible first. Looks at no more than a few MiB of them; `stop` ends the
/// search.
pub fn guesses(bytes: &Bytes, span: Span, stop: &dyn Fn() -> bool) -> Vec<Guess> {
    let span = span.meet(bytes.span());
    let mut raw = vec![0; usize::try_from(span.len()).unwrap_or(SAMPLE).min(SAMPLE)];
    let got = bytes.slice(span).peek_at(0, &mut raw);
    raw.truncate(got);
    if raw.len() < 16 {
        return Vec::new();
    }
    let mut types: Vec<(f64, Element, usize)> = Vec::new();
    for e in Element::all() {
        let best = (0..e.size)
            .filter_map(|o| {
                // The middle of the sample: what comes first may be a header.
                let from = (raw.len() / 3 / e.size).saturating_mul(e.size).saturating_add(o);
                let part = raw.get(from..raw.len().min(from.saturating_add(JUDGED)))?;
                let prior = if o == 0 { 0.0 } else { 0.03 };
                Some((plausible(e, part) - prior, o))
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((score, o)) = best.filter(|(s, _)| *s > 0.05) {
            types.push((score, e, o));
        }
        if stop() {
            return Vec::new();
        }
    }
    types.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found: Vec<Guess> = Vec::new();
    for (score, e, o) in types.into_iter().take(TYPES) {
        let x = ranked(e.numbers(raw.get(o..).unwrap_or(&[]), usize::MAX));
        let n = span.len().saturating_sub(o as u64) / e.size as u64;
        for (row, channels, shows) in rows(&x, n, stop) {
            let guess = Guess {
                dtype: e.dtype(),
                offset: o as u64,
                row,
                channels,
                score: (0.6 * score + 0.4 * shows).clamp(0.0, 1.0),
                rows_show: shows,
            };
            found.push(guess);
        }
        if stop() {
            return Vec::new();
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(TOLD);
    found
}

/// How plausible the numbers are that bytes make as such elements, from 0 to 1.
fn plausible(e: Element, raw: &[u8]) -> f64 {
    let x = e.numbers(raw, 4096);
    if x.len() < 8 {
        return 0.0;
    }
    let n = x.len() as f64;
    if e.letter == 'b' {
        let ones = raw.iter().filter(|b| **b == 1).count();
        let fits = raw.iter().all(|b| *b <= 1);
        return if fits && ones > 0 && ones < raw.len() { 0.95 } else { 0.0 };
    }
    let s = smooth(&x);
    if e.letter == 'f' {
        let finite = x.iter().filter(|v| v.is_finite()).count() as f64 / n;
        let usual = |v: &&f64| **v == 0.0 || (1e-20..1e20).contains(&v.abs());
        let moderate = x.iter().filter(usual).count() as f64 / n;
        let mut logs: Vec<f64> = x.iter().filter(|v| v.is_finite() && **v != 0.0).map(|v| v.abs().log2()).collect();
        logs.sort_by(f64::total_cmp);
        let spread = quantile(&logs, 0.9) - quantile(&logs, 0.1);
        let tidy = if logs.is_empty() { 0.2 } else { 1.0 / (1.0 + spread / 8.0) };
        let rare = if e.size == 2 { 0.1 } else { 0.0 };
        let zeros = x.iter().filter(|v| **v == 0.0).count() as f64 / n;
        // A field of zeros is anything.
        let empty = if zeros > 0.98 { 0.3 } else { 0.0 };
        return finite.powi(4) * moderate.powi(2) * (0.25 + 0.45 * s + 0.30 * tidy) - rare - empty;
    }
    let mut bits: Vec<f64> = x.iter().map(|v| (v.abs() + 1.0).log2()).collect();
    bits.sort_by(f64::total_cmp);
    let used = quantile(&bits, 0.99) / (8.0 * e.size as f64);
    let usual = if (e.letter == 'i') == (e.size >= 4) { 0.01 } else { 0.0 };
    if e.size == 1 {
        let near = if s > 0.6 { 0.1 } else { 0.0 };
        let flat = if quantile(&bits, 0.99) < 0.5 { 0.3 } else { 0.0 };
        return 0.30 + 0.45 * s + near + usual - flat;
    }
    let (low, high) = if e.big { (e.size - 1, 0) } else { (0, e.size - 1) };
    let asymmetry = (entropy(raw, e.size, low) - entropy(raw, e.size, high)) / 8.0;
    // Hardly anything counts that far; the bits of floats read as integers look so.
    let full = if e.size >= 4 && used > 0.85 { 0.3 } else { 0.0 };
    0.15 + 0.45 * s + 0.25 * (1.0 - 0.5 * used.min(1.0)) + 0.25 * asymmetry.max(-0.5) + usual - full
}

/// How much nearer neighbours are to one another than any two: 1 for a straight line, 0 for noise, less where neighbours
/// differ more than any two.
fn smooth(x: &[f64]) -> f64 {
    let x = clipped(x.to_vec());
    let far = distance(&x, x.len() / 2, 1).max(distance(&x, x.len() / 3, 1));
    if far <= 0.0 { 0.0 } else { (1.0 - distance(&x, 1, 1) / far).clamp(-1.0, 1.0) }
}

/// Numbers without their tails: what is beyond the outer hundredths, or no number, is brought in.
fn clipped(mut x: Vec<f64>) -> Vec<f64> {
    let step = (x.len() / 4096).max(1);
    let mut sorted: Vec<f64> = x.iter().step_by(step).copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (lo, hi) = (quantile(&sorted, 0.01), quantile(&sorted, 0.99));
    let middle = quantile(&sorted, 0.5);
    for v in &mut x {
        *v = if v.is_nan() { middle } else { v.clamp(lo, hi.max(lo)) };
    }
    x
}

/// Numbers by their rank, from 0 to 1: what is damaged cannot outweigh what is not.
fn ranked(mut x: Vec<f64>) -> Vec<f64> {
    let step = (x.len() / 4096).max(1);
    let mut sorted: Vec<f64> = x.iter().step_by(step).copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len().max(1) as f64;
    for v in &mut x {
        *v = if v.is_nan() { 0.5 } else { sorted.partition_point(|s| s < v) as f64 / n };
    }
    x
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the slice")]
    let i = (q * last as f64).round() as usize;
    sorted.get(i.min(last)).copied().unwrap_or(0.0)
}

/// The mean distance between numbers that stand `lag` apart, looking at every `step`-th.
fn distance(x: &[f64], lag: usize, step: usize) -> f64 {
    let Some(later) = x.get(lag..) else { return 0.0 };
    let (mut sum, mut n, mut i) = (0.0, 0_u32, 0_usize);
    while let (Some(a), Some(b)) = (x.get(i), later.get(i)) {
        sum += (b - a).abs();
        n = n.saturating_add(1);
        i = i.saturating_add(step.max(1));
    }
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}

/// Bits of surprise in a lane: every `size`-th byte from `at` on.
fn entropy(raw: &[u8], size: usize, at: usize) -> f64 {
    let mut counts = [0_u32; 256];
    let mut n = 0_u32;
    for b in raw.iter().skip(at).step_by(size) {
        if let Some(c) = counts.get_mut(usize::from(*b)) {
            *c = c.saturating_add(1);
            n = n.saturating_add(1);
        }
    }
    let all = f64::from(n.max(1));
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / all).map(|p| -p * p.log2()).sum()
}

/// Lengths that rows of the numbers may have: each with its channels and how clearly it shows.
fn rows(x: &[f64], n: u64, stop: &dyn Fn() -> bool) -> Vec<(u64, u64, f64)> {
    let channels = channels(x);
    if channels == 1 {
        return rows_of(x, n, stop).into_iter().map(|(row, s)| (row, 1, s)).collect();
    }
    // One colour has the rows of all.
    let step = usize::try_from(channels).unwrap_or(1);
    let one: Vec<f64> = x.iter().step_by(step).copied().collect();
    let all = rows_of(&one, n / channels, stop).into_iter();
    all.map(|(row, s)| (row.saturating_mul(channels), channels, s)).collect()
}

fn rows_of(x: &[f64], n: u64, stop: &dyn Fn() -> bool) -> Vec<(u64, f64)> {
    let mut found: Vec<(u64, f64)> = Vec::new();
    let most = (x.len() / 3).min(LONGEST);
    if most >= 8 {
        // A step that no row length shares, so that the pairs are spread over all columns.
        let step = (x.len() / PAIRS).max(1) | 1;
        let mut d = Vec::with_capacity(most);
        for lag in 1..=most {
            if lag % 512 == 0 && stop() {
                return Vec::new();
            }
            d.push(distance(x, lag, step));
        }
        let mut sorted = d.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = quantile(&sorted, 0.5);
        let at = |lag: usize| lag.checked_sub(1).and_then(|i| d.get(i)).copied().unwrap_or(f64::INFINITY);
        let full = |lag: usize| distance(x, lag, (x.len() / 6_000).max(1) | 1);
        let shows = |lag: usize| if usual > 0.0 { (1.0 - full(lag) / usual).clamp(0.0, 1.0) } else { 0.0 };
        // Within the first rise neighbours are near for being neighbours.
        let rise = (1..=most).find(|l| at(*l) >= 0.8 * usual).unwrap_or(1).max(4);
        let dip = |l: &usize| at(*l) < 0.93 * usual && at(*l) <= at(l - 1) && at(*l) <= at(l + 1);
        let mut dips: Vec<usize> = (rise.max(8)..=most).filter(dip).collect();
        dips.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
        dips.truncate(16);
        let mut lags: Vec<(usize, f64)> = Vec::new();
        for lag in dips {
            // Noise and slanting shapes move a dip by a little: a length nearby that comes out even is meant, else the
            // one that shows best.
            let near: Vec<(usize, f64)> =
                (lag.saturating_sub(8).max(rise.max(8))..=lag.saturating_add(8)).map(|l| (l, shows(l))).collect();
            let Some(best) = near.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
            let whole = near.iter().filter(|(l, s)| n.is_multiple_of(*l as u64) && *s > 0.85 * best.1);
            let (lag, s) = whole.copied().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(best);
            if lags.iter().all(|(l, _)| *l != lag) {
                lags.push((lag, s));
            }
        }
        // A multiple of a row shows as well as the row: of those the shortest is meant.
        let mut kept: Vec<(usize, f64)> = Vec::new();
        lags.sort_unstable_by_key(|(l, _)| *l);
        for (lag, s) in &lags {
            let multiple = kept.iter().any(|(k, t)| lag % k == 0 && *t > 0.8 * s);
            if !multiple {
                kept.push((*lag, *s));
            }
        }
        kept.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (lag, s) in kept.into_iter().take(4) {
            found.push((lag as u64, s));
        }
        // Shapes that come out even, near a square.
        for cols in even(n) {
            let lag = usize::try_from(cols).unwrap_or(usize::MAX);
            if found.iter().all(|f| f.0 != cols) {
                let s = if lag <= x.len() / 2 { shows(lag) } else { 0.0 };
                found.push((cols, 0.9 * s.max(0.05)));
            }
        }
    }
    found.push((n, 0.1));
    found
}

/// Widths that divide `n` elements into nearly square pictures, the squarest first.
fn even(n: u64) -> Vec<u64> {
    let root = n.isqrt();
    let mut found: Vec<u64> = Vec::new();
    if !(64..=1 << 40).contains(&n) {
        return found;
    }
    let least = root / 3;
    for d in (least.max(2)..=root).rev().take(200_000) {
        if n.is_multiple_of(d) {
            found.push(n / d);
            if n / d != d {
                found.push(d);
            }
            if found.len() >= 4 {
                break;
            }
        }
    }
    found
}

/// Neighbours that belong together: what stands 3 apart is nearer than what stands 1 apart where colours are interleaved.
fn channels(x: &[f64]) -> u64 {
    let step = (x.len() / 65_536).max(1) | 1;
    let d = |lag| distance(x, lag, step);
    let one = d(1);
    let mut best = (1, 0.8 * one);
    for c in [2, 3, 4] {
        // Both other distances are far: else it is a slope.
        if d(c) < best.1 && d(c) < 0.9 * d(c + 1) && d(c) < 0.9 * d(c - 1) {
            best = (c as u64, d(c));
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture with soft shapes and some noise, from 0 to 1.
    fn picture(rows: usize, cols: usize) -> Vec<f64> {
        let mut seed = 1_u64;
        let mut out = Vec::new();
        for r in 0..rows {
            for c in 0..cols {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let noise = (seed >> 40) as f64 / (1u64 << 24) as f64 * 0.02;
                let (y, x) = (r as f64 / rows as f64, c as f64 / cols as f64);
                let v = 0.5 + 0.2 * (9.0 * x + 3.0 * y).sin() + 0.2 * (14.0 * y - 5.0 * x * x).cos();
                out.push(v + noise);
            }
        }
        out
    }

    fn best(raw: Vec<u8>) -> Guess {
        let b = Bytes::from_vec(raw);
        let all = guesses(&b, b.span(), &|| false);
        assert!(all.windows(2).all(|w| w[0].score >= w[1].score));
        all.into_iter().next().unwrap()
    }

    #[test]
    fn types_and_rows_of_pictures_are_found() {
        let (rows, cols) = (120, 161);
        let p = picture(rows, cols);
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("|u1", p.iter().map(|v| (v * 255.0) as u8).collect()),
            ("<u2", p.iter().flat_map(|v| ((v * 4000.0) as u16).to_le_bytes()).collect()),
            (">u2", p.iter().flat_map(|v| ((v * 60000.0) as u16).to_be_bytes()).collect()),
            ("<i4", p.iter().flat_map(|v| ((v * 9e5 - 4e5) as i32).to_le_bytes()).collect()),
            ("<f4", p.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect()),
            (">f4", p.iter().flat_map(|v| (*v as f32 - 0.4).to_be_bytes()).collect()),
            ("<f8", p.iter().flat_map(|v| (v * 100.0).to_le_bytes()).collect()),
            (">f8", p.iter().flat_map(|v| v.to_be_bytes()).collect()),
        ];
        for (name, raw) in cases {
            let g = best(raw);
            let want = DType::parse(name).unwrap();
            assert_eq!((&g.dtype, g.row, g.offset), (&want, cols as u64, 0), "{name}: {g:?}");
        }
    }

    #[test]
    fn a_torn_picture_is_found_all_the_same() {
        let mut raw: Vec<u8> = picture(120, 161).iter().flat_map(|v| (*v as f32).to_le_bytes()).collect();
        raw[30_000..30_160].fill(0xff);
        raw.remove(52_001);
        let g = best(raw);
        assert_eq!((&g.dtype, g.row), (&DType::float(4), 161), "{g:?}");
    }

    #[test]
    fn a_shifted_start_is_found() {
        let mut raw = vec![7, 9, 200];
        raw.extend(picture(90, 100).iter().flat_map(|v| (*v as f32).to_le_bytes()));
        let g = best(raw);
        assert_eq!((g.dtype.item_size, g.offset, g.row), (4, 3, 100), "{g:?}");
    }

    #[test]
    fn colours_are_told_apart() {
        let p = picture(100, 120);
        let raw: Vec<u8> =
            p.iter().flat_map(|v| [(v * 250.0) as u8, (90.0 - v * 80.0) as u8, (v * v * 180.0) as u8]).collect();
        let g = best(raw.clone());
        assert_eq!((g.dtype.item_size, g.row, g.channels), (1, 360, 3), "{g:?}");
        assert_eq!(g.shape(raw.len() as u64), [100, 120, 3]);
        assert_eq!(g.shape(raw.len() as u64 - 400), [99, 120, 3], "the last row may be cut");
    }

    #[test]
    fn curves_and_labels_are_typed() {
        let sine: Vec<u8> = (0..5000).flat_map(|i| (f64::from(i) / 50.0).sin().to_le_bytes()).collect();
        assert_eq!(best(sine).dtype, DType::float(8));
        let labels: Vec<u8> = (0..5000_u64).flat_map(|i| (i.wrapping_mul(i) * 7919 % 10).to_le_bytes()).collect();
        assert_eq!(best(labels).dtype.item_size, 8);
        let mask: Vec<u8> = (0..5000_u32).map(|i| u8::from(i % 37 > 20)).collect();
        assert_eq!(best(mask).dtype, DType::bool());
    }

    #[test]
    fn little_and_odd_input_is_no_trouble() {
        for n in 0..64 {
            for fill in [0_u8, 1, 0xff, 0x80] {
                let b = Bytes::from_vec(vec![fill; n]);
                let _ = guesses(&b, b.span(), &|| false);
            }
        }
        assert!(guesses(&Bytes::from_vec(vec![0; 4096]), Span::new(0, 1 << 60), &|| true).is_empty());
    }

    #[test]
    fn missing_bytes_stay_missing() {
        let raw: Vec<u8> = picture(50, 64).iter().flat_map(|v| v.to_le_bytes()).collect();
        let b = Bytes::from_vec(raw[..50 * 64 * 4].to_vec());
        let g = best(raw);
        let a = g.array(&b, b.span(), 50 * 64 * 8).unwrap();
        assert_eq!(a.shape(), [50, 64]);
        assert_eq!(a.elements_there(), 50 * 32);
    }
}
