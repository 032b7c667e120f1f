//! Where damage shows in the elements of an array: bursts of what is no number, and seams behind which everything is
//! shifted. Finds what stands out; cannot know what was meant. Knows no pickle.

use super::dtype::{ByteOrder, DType, Kind};
use crate::source::{Bytes, Span};

/// Non-finite elements in a row that make a burst.
const BURST: u64 = 6;
/// Findings that are told.
const TOLD: usize = 50;
/// Bytes that are looked at.
const LOOKED: u64 = 64 << 20;
/// Elements of a window whose alignment is judged.
const WINDOW: usize = 512;
/// Bits of roughness that such a number counts.
const FAR: f64 = 24.0;
/// How far two rows are shifted against one another, in elements.
const SHIFT: usize = 24;

/// What stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeamKind {
    /// So many elements in a row are no numbers.
    NotNumbers(u64),
    /// From here on the elements begin so many bytes later within their places: bytes were lost or came in.
    Bytes(u64),
    /// From here on the rows are shifted by so many elements: to the left, if below 0.
    Rows(i64),
}

/// A place where damage shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seam {
    /// The element that it begins at.
    pub element: u64,
    /// What it is.
    pub kind: SeamKind,
}

impl Seam {
    /// What it is, in words.
    pub fn text(&self) -> String {
        match self.kind {
            SeamKind::NotNumbers(n) => format!("{n} elements are no numbers"),
            SeamKind::Bytes(1) => "everything behind is shifted by 1 byte".to_owned(),
            SeamKind::Bytes(n) => format!("everything behind is shifted by {n} bytes"),
            SeamKind::Rows(n) if n < 0 => format!("the rows behind are shifted left by {}", n.unsigned_abs()),
            SeamKind::Rows(n) => format!("the rows behind are shifted right by {n}"),
        }
    }

    /// Elements that it covers.
    pub const fn len(&self) -> u64 {
        match self.kind {
            SeamKind::NotNumbers(n) => n,
            SeamKind::Bytes(_) | SeamKind::Rows(_) => 1,
        }
    }

    /// It never covers nothing.
    pub const fn is_empty(&self) -> bool {
        false
    }
}

/// Damage in the elements that stand densely in `span`, `row` of them in a row (0: no rows are known).
pub fn seams(bytes: &Bytes, span: Span, dtype: &DType, row: u64, stop: &dyn Fn() -> bool) -> Vec<Seam> {
    let mut raw = vec![0; usize::try_from(span.len().min(LOOKED)).unwrap_or(0)];
    let got = bytes.slice(span).peek_at(0, &mut raw);
    raw.truncate(got);
    let Ok(size) = usize::try_from(dtype.item_size) else { return Vec::new() };
    let Some(read) = reader(dtype).filter(|_| size > 0) else { return Vec::new() };
    let mut found = Vec::new();
    let x: Vec<f64> = raw.chunks_exact(size).map(read).collect();
    if matches!(dtype.kind, Kind::Float) {
        bursts(&x, &mut found);
    }
    if stop() {
        return found;
    }
    let before = found.len();
    if size > 1 {
        misaligned(&raw, size, read, &mut found);
    }
    if found.len() == before
        && let Ok(row) = usize::try_from(row)
        && row >= 16
        && !stop()
    {
        sheared(&x, row, &mut found);
    }
    found.sort_by_key(|s| s.element);
    found.truncate(TOLD);
    found
}

/// Reads an element of plain numbers.
fn reader(dtype: &DType) -> Option<fn(&[u8]) -> f64> {
    let big = dtype.order == ByteOrder::Big;
    macro_rules! number {
        ($t:ty) => {
            if big {
                |b: &[u8]| b.try_into().map_or(0.0, |b| f64::from(<$t>::from_be_bytes(b)))
            } else {
                |b: &[u8]| b.try_into().map_or(0.0, |b| f64::from(<$t>::from_le_bytes(b)))
            }
        };
    }
    #[expect(clippy::cast_precision_loss, reason = "what stands out does so in 53 bits")]
    fn wide(dtype: &DType, big: bool) -> fn(&[u8]) -> f64 {
        match (&dtype.kind, big) {
            (Kind::Int, false) => |b| b.try_into().map_or(0.0, |b| i64::from_le_bytes(b) as f64),
            (Kind::Int, true) => |b| b.try_into().map_or(0.0, |b| i64::from_be_bytes(b) as f64),
            (_, false) => |b| b.try_into().map_or(0.0, |b| u64::from_le_bytes(b) as f64),
            (_, true) => |b| b.try_into().map_or(0.0, |b| u64::from_be_bytes(b) as f64),
        }
    }
    Some(match (&dtype.kind, dtype.item_size) {
        (Kind::UInt, 1) => number!(u8),
        (Kind::Int, 1) => number!(i8),
        (Kind::UInt, 2) => number!(u16),
        (Kind::Int, 2) => number!(i16),
        (Kind::UInt, 4) => number!(u32),
        (Kind::Int, 4) => number!(i32),
        (Kind::UInt | Kind::Int, 8) => wide(dtype, big),
        (Kind::Float, 2) => number!(half::f16),
        (Kind::Float, 4) => number!(f32),
        (Kind::Float, 8) => number!(f64),
        _ => return None,
    })
}

fn bursts(x: &[f64], found: &mut Vec<Seam>) {
    let mut run = 0_u64;
    for (i, v) in x.iter().chain([&0.0]).enumerate() {
        if !v.is_finite() {
            run += 1;
            continue;
        }
        if run >= BURST && found.len() < TOLD {
            found.push(Seam { element: (i as u64).saturating_sub(run), kind: SeamKind::NotNumbers(run) });
        }
        run = 0;
    }
}

/// How rough numbers are: the mean of the bits that neighbours are apart, which no outlier spoils.
fn rough(x: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (a, b) in x.iter().zip(x.iter().skip(1)) {
        let d = b - a;
        sum += if d.is_finite() { (1.0 + d.abs()).log2().min(64.0) + spread(*a, *b) } else { 80.0 };
        sum += if far(*a) || far(*b) { FAR } else { 0.0 };
    }
    sum / (x.len().max(2) - 1) as f64
}

/// A number of a size that is seldom measured: read across two elements, whose exponents then stand elsewhere, numbers
/// are so, and may be as smooth as their exponents were.
fn far(v: f64) -> bool {
    v != 0.0 && !(1e-30..1e30).contains(&v.abs())
}

/// How many powers of two lie between the sizes of two numbers.
fn spread(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { (a.abs().log2() - b.abs().log2()).abs().min(64.0) }
}

/// Where the bytes of elements begin to stand elsewhere within their places.
fn misaligned(raw: &[u8], size: usize, read: fn(&[u8]) -> f64, found: &mut Vec<Seam>) {
    let step = WINDOW * size;
    let numbers = |from: usize, n: usize| -> Vec<f64> {
        raw.get(from..).unwrap_or(&[]).chunks_exact(size).take(n).map(read).collect()
    };
    // The alignment at which each window is least rough; one that is not clearly better than the last stays with it.
    let mut phase = 0_usize;
    let mut at = 0_usize;
    let mut changed: Option<(usize, usize)> = None;
    while at + step + size <= raw.len() && found.len() < TOLD {
        let cost = |o: usize| rough(&numbers(at + o, WINDOW));
        let now = cost(phase);
        let best = (0..size).map(|o| (o, cost(o))).min_by(|a, b| a.1.total_cmp(&b.1));
        match best {
            Some((o, c)) if o != phase && c < 0.6 * now && now > 1.0 => match changed {
                // Twice in a row: it is no accident.
                Some((p, since)) if p == o => {
                    let from = since.saturating_sub(step);
                    let seam = border(raw, (from, since + step), size, (phase, o), read);
                    let shift = (o + size - phase) % size;
                    found.push(Seam { element: (seam / size) as u64, kind: SeamKind::Bytes(shift as u64) });
                    (phase, changed) = (o, None);
                }
                _ => changed = Some((o, at)),
            },
            _ => changed = None,
        }
        at += step;
    }
}

/// The byte at which one alignment gives way to another.
fn border(
    raw: &[u8],
    (from, to): (usize, usize),
    size: usize,
    (a, b): (usize, usize),
    read: fn(&[u8]) -> f64,
) -> usize {
    let pair = |at: usize| {
        let one = raw.get(at..at + size).map(read);
        let two = raw.get(at + size..at + 2 * size).map(read);
        one.zip(two).map_or(80.0, |(x, y)| rough(&[x, y]))
    };
    let from = from / size * size;
    let n = (to.min(raw.len()).saturating_sub(from) / size).saturating_sub(2);
    // Costs to the left by the first alignment, to the right by the second: their sum is least at the border.
    let mut right: f64 = (0..n).map(|i| pair(from + i * size + b)).sum();
    let mut left = 0.0;
    let mut best = (f64::INFINITY, from);
    for i in 0..n {
        if left + right < best.0 {
            best = (left + right, from + i * size);
        }
        left += pair(from + i * size + a);
        right -= pair(from + i * size + b);
    }
    best.1
}

/// Where rows begin to be shifted against those before them.
fn sheared(x: &[f64], row: usize, found: &mut Vec<Seam>) {
    let most = SHIFT.min(row / 4);
    let line = |r: usize| x.get(r * row..(r + 1) * row);
    let mut r = 1;
    while let (Some(above), Some(below)) = (line(r - 1), line(r)) {
        let cost = |shift: usize, left: bool| {
            let (a, b) = if left {
                (above.get(shift..), below.get(..row - shift))
            } else {
                (above.get(..row - shift), below.get(shift..))
            };
            let (a, b) = (a.unwrap_or(&[]), b.unwrap_or(&[]));
            let sum: f64 = a.iter().zip(b).map(|(x, y)| (x - y).abs()).filter(|d| d.is_finite()).sum();
            sum / a.len().max(1) as f64
        };
        let straight = cost(0, false);
        let all = (1..=most).flat_map(|s| [(s, true), (s, false)]);
        let best = all.map(|(s, l)| (s, l, cost(s, l))).min_by(|a, b| a.2.total_cmp(&b.2));
        if let Some((s, left, c)) = best
            && c < 0.35 * straight
            && found.len() < TOLD
        {
            let n = i64::try_from(s).unwrap_or(0);
            found.push(Seam { element: (r * row) as u64, kind: SeamKind::Rows(if left { -n } else { n }) });
        }
        r += 1;
    }
    // A picture whose every row is shifted is a slanted one.
    let shifted = found.iter().filter(|s| matches!(s.kind, SeamKind::Rows(_))).count();
    if shifted > 8 && shifted * 10 > r {
        found.retain(|s| !matches!(s.kind, SeamKind::Rows(_)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: Vec<u8>, dtype: &str, row: u64) -> Vec<Seam> {
        let b = Bytes::from_vec(raw);
        seams(&b, b.span(), &DType::parse(dtype).unwrap(), row, &|| false)
    }

    fn wave(n: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 / 37.0).sin() * 100.0 + 300.0).collect()
    }

    #[test]
    fn sound_arrays_have_no_seams() {
        let raw: Vec<u8> = wave(20_000).iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(of(raw, "<f8", 100), []);
        let raw: Vec<u8> = wave(20_000).iter().map(|v| (v / 2.0) as u8).collect();
        assert_eq!(of(raw, "|u1", 200), []);
        let noise: Vec<u8> = (0..40_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert_eq!(of(noise, "|u1", 200), []);
    }

    #[test]
    fn a_burst_of_nan_is_found() {
        let mut x = wave(5_000);
        x[1234..1250].fill(f64::NAN);
        x[3000] = f64::NAN;
        let raw = x.iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(of(raw, "<f8", 0), [Seam { element: 1234, kind: SeamKind::NotNumbers(16) }]);
    }

    #[test]
    fn lost_bytes_shift_what_follows() {
        for (dtype, size) in [("<f4", 4_usize), ("<f8", 8)] {
            let x = wave(20_000);
            let mut raw: Vec<u8> = match size {
                4 => x.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect(),
                _ => x.iter().flat_map(|v| v.to_le_bytes()).collect(),
            };
            let at = 9_000 * size;
            raw.drain(at..at + 1);
            let found = of(raw, dtype, 0);
            let [Seam { element, kind: SeamKind::Bytes(shift) }] = found.as_slice() else {
                panic!("{dtype}: {found:?}")
            };
            assert_eq!(*shift as usize, size - 1, "one byte is lost: the next element begins one earlier");
            assert!(element.abs_diff(9_000) <= 2, "{dtype}: {element}");
        }
    }

    #[test]
    fn single_precision_in_double_has_no_seams_of_its_own() {
        // The low bytes are zero: two bytes later the elements are smooth, and about 1e-310.
        let x = (0..76_800_u32).map(|i| {
            let noise = f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24) - 0.5;
            let (row, col) = (f64::from(i / 320), f64::from(i % 320));
            ((col / 25.0).sin() * (row / 30.0).cos() + 0.1 * noise) as f32
        });
        let mut raw: Vec<u8> = x.flat_map(|v| f64::from(v).to_le_bytes()).collect();
        assert_eq!(of(raw.clone(), "<f8", 320), []);
        raw.insert(8 * 32_003 + 2, 0);
        let found = of(raw, "<f8", 320);
        let [Seam { element, kind: SeamKind::Bytes(1) }] = found.as_slice() else { panic!("{found:?}") };
        assert!(element.abs_diff(32_003) <= 2, "{element}");
    }

    #[test]
    fn lost_elements_shift_the_rows() {
        let mut raw = Vec::new();
        for r in 0..100_usize {
            for c in 0..160_usize {
                raw.push(((c * 37 % 101) * 2 + r / 4) as u8);
            }
        }
        raw.drain(160 * 40..160 * 40 + 5);
        let found = of(raw, "|u1", 160);
        assert_eq!(found, [Seam { element: 40 * 160, kind: SeamKind::Rows(-5) }]);
    }
}
