//! A one-dimensional array as a curve of any length: the least and the greatest of each run of samples, so that a frame
//! handles a few points for each pixel. Must never be asked for values: it rounds to binary64.

use super::array::Array;
use super::convert::{Part, push_f64};
use super::data::Data;
use super::dtype::DType;
use rayon::prelude::*;

/// Samples of a run of the finest level that is kept.
const RUN: u64 = 64;
/// Runs of one level that make one of the next.
const STEP: usize = 8;
/// Samples read in one piece while building.
const PIECE: u64 = 1 << 18;
/// Runs looked at for the first, sampled curve.
const PREVIEW_RUNS: u64 = 2048;

/// Least and greatest of some samples; NaN where none was finite.
type Extremes = [f64; 2];

/// A curve: the samples and the extremes of their runs.
pub struct Curve {
    samples: Array,
    part: Part,
    /// Level 0 has a run for each [`RUN`] samples, each further level one for [`STEP`] of the level before.
    levels: Vec<Vec<Extremes>>,
    /// Samples of a run of level 0.
    run: u64,
    /// Only some of the samples were looked at.
    pub sampled: bool,
    /// Samples that are NaN or infinite, of those looked at.
    pub not_finite: u64,
}

/// A stretch of a curve without gaps: points of sample number and value.
pub type Segment = Vec<[f64; 2]>;

fn extremes(values: &[f64]) -> (Extremes, u64) {
    let (mut lo, mut hi, mut bad) = (f64::INFINITY, f64::NEG_INFINITY, 0);
    for &v in values {
        if v.is_finite() {
            lo = lo.min(v);
            hi = hi.max(v);
        } else {
            bad += 1;
        }
    }
    (if lo <= hi { [lo, hi] } else { [f64::NAN; 2] }, bad)
}

fn merge(runs: &[Extremes]) -> Extremes {
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    for [a, b] in runs {
        // a NaN is never less nor greater
        if *a < lo {
            lo = *a;
        }
        if *b > hi {
            hi = *b;
        }
    }
    if lo <= hi { [lo, hi] } else { [f64::NAN; 2] }
}

pub(super) fn read(samples: &Array, part: Part, start: u64, count: u64, raw: &mut Vec<u8>, out: &mut Vec<f64>) {
    out.clear();
    let Ok(piece) = samples.range(0, start, count, 1) else { return };
    let Ok(bytes) = usize::try_from(piece.nbytes()) else { return };
    raw.clear();
    raw.resize(bytes, 0);
    let mut there = vec![true; usize::try_from(count).unwrap_or(0)];
    if piece.gather(raw, Some(&mut there)).is_err() {
        return;
    }
    push_f64(&samples.dtype, part, raw, out);
    for (v, there) in out.iter_mut().zip(&there) {
        if !there {
            *v = f64::NAN;
        }
    }
    if let Some(mask) = piece.mask() {
        for (i, v) in out.iter_mut().enumerate() {
            if matches!(mask.value(&[i as u64]), super::Scalar::Bool(true)) {
                *v = f64::NAN;
            }
        }
    }
}

impl Curve {
    /// A first curve, from samples spread over the array: quick whatever the length. `samples` must have one axis.
    pub fn preview(samples: &Array, part: Part) -> Self {
        let n = samples.len();
        if n <= RUN * PREVIEW_RUNS {
            return Self::build(samples, part, &|_, _| true).unwrap_or_else(|| Self::empty(samples, part));
        }
        let run = n.div_ceil(PREVIEW_RUNS);
        let (mut raw, mut values, mut level, mut not_finite) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for k in 0..PREVIEW_RUNS {
            let start = k * run;
            if start >= n {
                break;
            }
            read(samples, part, start, RUN.min(n - start), &mut raw, &mut values);
            let (e, bad) = extremes(&values);
            level.push(e);
            not_finite += bad;
        }
        Self { samples: samples.clone(), part, levels: Self::coarser(level), run, sampled: true, not_finite }
    }

    /// The exact curve of numbers that were worked out.
    pub fn of_values(values: &[f64]) -> Option<Self> {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let n = u64::try_from(values.len()).ok()?;
        let samples = Array::new_c(DType::float(8), &[n], Data::memory(raw)).ok()?;
        Self::build(&samples, Part::Real, &|_, _| true)
    }

    fn empty(samples: &Array, part: Part) -> Self {
        Self { samples: samples.clone(), part, levels: vec![Vec::new()], run: RUN, sampled: true, not_finite: 0 }
    }

    /// The exact curve. `progress` gets the samples done and all of them, and stops the work by `false`.
    pub fn build(samples: &Array, part: Part, progress: &(dyn Fn(u64, u64) -> bool + Sync)) -> Option<Self> {
        let n = samples.len();
        let pieces = n.div_ceil(PIECE);
        let mut level = Vec::with_capacity(usize::try_from(n.div_ceil(RUN)).ok()?);
        let mut not_finite = 0;
        // a few pieces for each thread at a time, so that a cancel is heard soon
        let batch = (rayon::current_num_threads() as u64).saturating_mul(2).max(1);
        let mut first = 0;
        while first < pieces {
            let last = (first + batch).min(pieces);
            let done: Vec<(Vec<Extremes>, u64)> = (first..last)
                .into_par_iter()
                .map(|p| {
                    let (mut raw, mut values) = (Vec::new(), Vec::new());
                    let start = p * PIECE;
                    read(samples, part, start, PIECE.min(n - start), &mut raw, &mut values);
                    let mut bad = 0;
                    let run = usize::try_from(RUN).unwrap_or(1);
                    let runs = values
                        .chunks(run)
                        .map(|c| {
                            let (e, b) = extremes(c);
                            bad += b;
                            e
                        })
                        .collect();
                    (runs, bad)
                })
                .collect();
            for (runs, bad) in done {
                level.extend(runs);
                not_finite += bad;
            }
            first = last;
            if !progress((first * PIECE).min(n), n) {
                return None;
            }
        }
        Some(Self {
            samples: samples.clone(),
            part,
            levels: Self::coarser(level),
            run: RUN,
            sampled: false,
            not_finite,
        })
    }

    fn coarser(level: Vec<Extremes>) -> Vec<Vec<Extremes>> {
        let mut levels = vec![level];
        while let Some(last) = levels.last().filter(|l| l.len() > STEP * STEP) {
            let next: Vec<Extremes> = last.chunks(STEP).map(merge).collect();
            levels.push(next);
        }
        levels
    }

    /// Number of samples.
    pub fn len(&self) -> u64 {
        self.samples.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it holds beside the array.
    pub fn memory(&self) -> usize {
        self.levels.iter().map(|l| l.len() * size_of::<Extremes>()).sum()
    }

    /// Least and greatest finite sample from `first` up to but without `end`, at the precision of a run.
    pub fn range(&self, first: u64, end: u64) -> Option<(f64, f64)> {
        let (a, b) = (first / self.run, end.min(self.len()).div_ceil(self.run));
        let mut all = [f64::NAN; 2];
        let (mut a, mut b) = (usize::try_from(a).ok()?, usize::try_from(b).ok()?);
        for level in &self.levels {
            // the ends that do not fill a run of the next level
            let last = level.len();
            let (from, to) = (a.next_multiple_of(STEP).min(b), (b / STEP * STEP).max(a));
            let done = from >= to || std::ptr::eq(level, self.levels.last()?);
            let (head, tail) =
                if done { (a..b.min(last), 0..0) } else { (a..from.min(last), to.min(last)..b.min(last)) };
            for r in [head, tail] {
                if let Some(runs) = level.get(r).filter(|r| !r.is_empty()) {
                    all = merge(&[all, merge(runs)]);
                }
            }
            if done {
                break;
            }
            (a, b) = (from / STEP, to / STEP);
        }
        (all[0] <= all[1]).then_some((all[0], all[1]))
    }

    /// What is visible from sample `x0` to `x1` on `pixels` pixels: at most about four points a pixel, in stretches
    /// without gaps. One sample more on either side, so that lines leave the view.
    pub fn visible(&self, x0: f64, x1: f64, pixels: usize) -> Vec<Segment> {
        let n = self.len();
        if n == 0 || x1.is_nan() || x1 <= x0 || pixels == 0 {
            return Vec::new();
        }
        let first = (x0.floor().max(0.0) as u64).saturating_sub(1).min(n - 1);
        let end = ((x1.ceil().max(0.0) as u64).saturating_add(2)).min(n).max(first + 1);
        let per_pixel = (end - first) / pixels as u64;
        if per_pixel < 2 * self.run && !(self.sampled && per_pixel >= 4) {
            return self.sample_by_sample(first, end, pixels);
        }
        let mut runs = self.run;
        let mut level = self.levels.first();
        for l in self.levels.iter().skip(1) {
            let next = runs * STEP as u64;
            if next * 2 > per_pixel {
                break;
            }
            (runs, level) = (next, Some(l));
        }
        let Some(level) = level else { return Vec::new() };
        let a = usize::try_from(first / runs).unwrap_or(usize::MAX);
        let b = usize::try_from(end.div_ceil(runs)).unwrap_or(usize::MAX).min(level.len());
        let mut out = Segments::default();
        // runs that share a pixel are merged
        let group = usize::try_from((per_pixel / runs).max(1)).unwrap_or(1);
        for (k, part) in level.get(a..b).unwrap_or(&[]).chunks(group).enumerate() {
            let start = (a + k * group) as f64 * runs as f64;
            out.push_extremes(
                start,
                (start + (part.len() as u64 * runs) as f64 - 1.0).min((n - 1) as f64),
                merge(part),
            );
        }
        out.done()
    }

    fn sample_by_sample(&self, first: u64, end: u64, pixels: usize) -> Vec<Segment> {
        let (mut raw, mut values) = (Vec::new(), Vec::new());
        read(&self.samples, self.part, first, end - first, &mut raw, &mut values);
        let mut out = Segments::default();
        let group = values.len().div_ceil(pixels.saturating_mul(2)).max(1);
        if group == 1 || values.len() <= pixels.saturating_mul(4) {
            for (i, v) in values.iter().enumerate() {
                out.push((first + i as u64) as f64, *v);
            }
        } else {
            for (k, part) in values.chunks(group).enumerate() {
                let start = first as f64 + (k * group) as f64;
                let (e, _) = extremes(part);
                out.push_extremes(start, start + (part.len() - 1) as f64, e);
            }
        }
        out.done()
    }
}

#[derive(Default)]
struct Segments {
    done: Vec<Segment>,
    open: Segment,
}

impl Segments {
    fn push(&mut self, x: f64, y: f64) {
        if y.is_finite() {
            self.open.push([x, y]);
        } else if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open));
        }
    }

    /// Both ends of a run, the one nearer to the last point first.
    fn push_extremes(&mut self, x0: f64, x1: f64, [lo, hi]: Extremes) {
        let last = self.open.last().map_or(lo, |p| p[1]);
        let (a, b) = if (last - lo).abs() <= (last - hi).abs() { (lo, hi) } else { (hi, lo) };
        self.push(x0, a);
        if hi > lo {
            self.push(x0.midpoint(x1), b);
        }
    }

    fn done(mut self) -> Vec<Segment> {
        if !self.open.is_empty() {
            self.done.push(self.open);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Bytes, Span};

    fn array(values: &[f64]) -> Array {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let bytes = Bytes::from_vec(raw);
        let span = bytes.span();
        Array::new_c(DType::parse("<f8").unwrap(), &[values.len() as u64], Data::file(&bytes, Span::new(0, span.end)))
            .unwrap()
    }

    fn wave(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| (i as f64 * 0.001).sin() + f64::from((i as u32).wrapping_mul(2_654_435_761) >> 20) * 1e-4)
            .collect()
    }

    #[test]
    fn the_curve_keeps_every_extreme() {
        let mut values = wave(200_003);
        values[77_777] = 50.0;
        values[140_001] = -60.0;
        let curve = Curve::build(&array(&values), Part::Real, &|_, _| true).unwrap();
        assert!(!curve.sampled);
        for (x0, x1, px) in [(0.0, 200_003.0, 800), (70_000.0, 150_000.0, 333), (77_000.0, 78_500.0, 500)] {
            let points: Vec<[f64; 2]> = curve.visible(x0, x1, px).concat();
            assert!(points.len() <= 4 * px + 8, "{} points on {px} pixels", points.len());
            assert!(points.windows(2).all(|w| w[0][0] <= w[1][0]), "x runs forward");
            let (a, b) = (x0 as usize, (x1 as usize).min(values.len()));
            let hi = values[a..b].iter().copied().fold(f64::MIN, f64::max);
            let lo = values[a..b].iter().copied().fold(f64::MAX, f64::min);
            assert!(points.iter().any(|p| p[1] == hi) && points.iter().any(|p| p[1] == lo));
        }
        for (a, b) in [(0, 200_003), (64, 128), (100, 77_778), (130_000, 150_000), (199_999, 200_003)] {
            let (lo, hi) = curve.range(a, b).unwrap();
            let part = &values[(a / 64 * 64) as usize..(b.div_ceil(64) * 64).min(200_003) as usize];
            assert_eq!(lo, part.iter().copied().fold(f64::MAX, f64::min), "{a}..{b}");
            assert_eq!(hi, part.iter().copied().fold(f64::MIN, f64::max), "{a}..{b}");
        }
    }

    #[test]
    fn what_is_not_finite_is_a_gap_and_counted() {
        let mut values = wave(1000);
        values[300..400].fill(f64::NAN);
        values[700] = f64::INFINITY;
        let curve = Curve::preview(&array(&values), Part::Real);
        assert_eq!(curve.not_finite, 101);
        let parts = curve.visible(0.0, 1000.0, 2000);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [300, 300, 299]);
        assert!(curve.visible(320.0, 330.0, 100).is_empty());
        let none = Curve::preview(&array(&[f64::NAN; 10]), Part::Real);
        assert_eq!((none.range(0, 10), none.visible(0.0, 10.0, 50).len()), (None, 0));
        let empty = Curve::preview(&array(&[]), Part::Real);
        assert!(empty.is_empty() && empty.visible(0.0, 1.0, 10).is_empty());
    }

    #[test]
    fn a_long_array_is_sampled_first_and_work_can_be_stopped() {
        let values = wave(600_000);
        let first = Curve::preview(&array(&values), Part::Real);
        assert!(first.sampled && !first.visible(0.0, 600_000.0, 1000).is_empty());
        assert!(Curve::build(&array(&values), Part::Real, &|_, _| false).is_none());
    }
}
