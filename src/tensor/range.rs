//! The range of an array's numbers for a picture: least, greatest, percentiles, and how many are no numbers.
//! The extremes are exact once all elements were read; percentiles come from an even sample, and say so.

use super::array::Array;
use super::convert::Part;
use super::sample::{Sample, Scratch};

/// Elements that the percentiles are taken from at most.
const SAMPLE: usize = 1 << 17;
/// Bytes of a block that is read at once.
const BLOCK: u64 = 1 << 20;
/// Blocks of a first look.
const FIRST_BLOCKS: u64 = 24;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Range {
    /// Least and greatest finite number.
    pub extremes: Option<(f64, f64)>,
    /// A sorted, even sample of the finite numbers.
    sample: Vec<f64>,
    /// Mean and standard deviation of the finite numbers.
    pub moments: Option<(f64, f64)>,
    /// Numbers looked at, masked ones included.
    pub seen: u64,
    /// Of these, finite and shown.
    pub finite: u64,
    /// Hidden by a mask.
    pub masked: u64,
    /// NaN and NaT.
    pub nan: u64,
    /// +∞.
    pub pos_inf: u64,
    /// −∞.
    pub neg_inf: u64,
    /// Not all elements were read.
    pub partial: bool,
}

impl Range {
    /// Reads all elements, or with `first` some blocks spread over the array. `progress` gets the elements done and all
    /// of them, and stops by `false`.
    pub fn of(array: &Array, part: Part, first: bool, progress: &dyn Fn(u64, u64) -> bool) -> Option<Self> {
        let array = array.in_storage_order();
        let blocks = array.blocks(BLOCK);
        let mut scratch = Scratch::default();
        Self::read(array.len(), blocks.len(), first, progress, |i, out| {
            let (at, block) = blocks.get(i)?;
            block.samples(part, out, &mut scratch).ok()?;
            Some(at.saturating_add(block.len()))
        })
    }

    /// The same of the differences of two arrays of one shape, the second taken from the first.
    pub fn of_difference(
        a: &Array,
        b: &Array,
        part: Part,
        first: bool,
        progress: &dyn Fn(u64, u64) -> bool,
    ) -> Option<Self> {
        if a.shape() != b.shape() {
            return None;
        }
        let (a, was) = a.storage_order();
        let axes: Vec<usize> = was.iter().map(|(axis, _)| *axis).collect();
        let mut b = b.transpose(&axes).ok()?;
        for (axis, (_, back)) in was.iter().enumerate() {
            if *back {
                b = b.flip(axis).ok()?;
            }
        }
        // As many elements in a block of one as of the other.
        let items = BLOCK / a.dtype.item_size.max(b.dtype.item_size).max(1);
        let (first_blocks, other_blocks) = (
            a.blocks(items.max(1).saturating_mul(a.dtype.item_size)),
            b.blocks(items.max(1).saturating_mul(b.dtype.item_size)),
        );
        let (mut scratch, mut others) = (Scratch::default(), Vec::new());
        Self::read(a.len(), first_blocks.len(), first, progress, |i, out| {
            let ((at, block), (_, other)) = (first_blocks.get(i)?, other_blocks.get(i)?);
            block.samples(part, out, &mut scratch).ok()?;
            other.samples(part, &mut others, &mut scratch).ok()?;
            for (o, b) in out.iter_mut().zip(&others) {
                *o = if Sample::is_nan(*o) {
                    *o
                } else if Sample::is_nan(*b) {
                    *b
                } else {
                    <f64 as Sample>::of(*o - *b)
                };
            }
            Some(at.saturating_add(block.len()))
        })
    }

    fn read(
        len: u64,
        n: u64,
        first: bool,
        progress: &dyn Fn(u64, u64) -> bool,
        mut block: impl FnMut(u64, &mut Vec<f64>) -> Option<u64>,
    ) -> Option<Self> {
        let step = if first { n.div_ceil(FIRST_BLOCKS).max(1) } else { 1 };
        let mut found = Self { partial: step > 1, ..Self::default() };
        let every = (len / step.max(1)).div_ceil(SAMPLE as u64).max(1);
        let mut values = Vec::new();
        let (mut lo, mut hi, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0_u64);
        let (mut mean, mut squares) = (0.0_f64, 0.0_f64);
        let mut i = 0;
        while i < n && len > 0 {
            let done = block(i, &mut values)?;
            let before = count;
            let mut sum = 0.0;
            for v in &values {
                if v.is_finite() {
                    lo = lo.min(*v);
                    hi = hi.max(*v);
                    sum += v;
                    if count.is_multiple_of(every) && found.sample.len() < 2 * SAMPLE {
                        found.sample.push(*v);
                    }
                    count += 1;
                } else if v.is_missing() {
                    continue;
                } else if v.is_masked() {
                    found.masked += 1;
                } else if v.is_nan() {
                    found.nan += 1;
                } else if *v > 0.0 {
                    found.pos_inf += 1;
                } else {
                    found.neg_inf += 1;
                }
                found.seen += 1;
            }
            if count > before {
                // Chan's rule for two parts.
                let (a, b) = (before as f64, (count - before) as f64);
                let m = sum / b;
                let around: f64 = values.iter().filter(|v| v.is_finite()).map(|v| (v - m) * (v - m)).sum();
                let delta = m - mean;
                squares += around + delta * delta * (a * b / (a + b));
                mean += delta * (b / (a + b));
            }
            if !progress(done, len) {
                return None;
            }
            i += step;
        }
        found.sample.sort_by(f64::total_cmp);
        found.extremes = (lo <= hi).then_some((lo, hi));
        found.finite = count;
        found.moments = (count > 0).then(|| (mean, (squares / count as f64).max(0.0).sqrt()));
        Some(found)
    }

    /// The sample holds every finite number that was read: percentiles and counts from it are exact.
    pub const fn is_whole(&self) -> bool {
        !self.partial && self.sample.len() as u64 == self.finite
    }

    /// IRAF's zscale, from the sample.
    pub fn zscale(&self) -> Option<(f64, f64)> {
        super::zscale::zscale(&self.sample)
    }

    /// How many finite numbers lie below `lo` and above `hi`: of a sample that is not whole, about.
    pub fn beyond(&self, lo: f64, hi: f64) -> (u64, u64) {
        let below = self.sample.partition_point(|v| *v < lo);
        let above = self.sample.len() - self.sample.partition_point(|v| *v <= hi);
        let of = |n: usize| {
            if self.is_whole() || self.sample.is_empty() {
                n as u64
            } else {
                (n as f64 / self.sample.len() as f64 * self.finite as f64).round() as u64
            }
        };
        (of(below), of(above))
    }

    /// The number below which `part` (0 to 1) of the sample lies.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let last = self.sample.len().checked_sub(1)?;
        let at = (part.clamp(0.0, 1.0) * last as f64).round() as usize;
        self.sample.get(at).copied()
    }

    /// The number in the middle of the sample, or between the two that are.
    pub fn median(&self) -> Option<f64> {
        let n = self.sample.len();
        let (a, b) = (self.sample.get(n.checked_sub(1)? / 2)?, self.sample.get(n / 2)?);
        Some(a.midpoint(*b))
    }

    /// How many of the sample fall into each of `bins` even steps from `lo` to `hi`.
    pub fn histogram(&self, lo: f64, hi: f64, bins: usize) -> Vec<u32> {
        let mut out = vec![0_u32; bins];
        let width = hi - lo;
        if !(width > 0.0) || bins == 0 {
            return out;
        }
        for v in &self.sample {
            let k = (v - lo) / width * bins as f64;
            if (0.0..=bins as f64).contains(&k)
                && let Some(b) = out.get_mut((k as usize).min(bins - 1))
            {
                *b = b.saturating_add(1);
            }
        }
        out
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        (self.sample.len() * size_of::<f64>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Bytes;
    use crate::tensor::{DType, Data};

    #[test]
    fn extremes_are_exact_and_oddities_are_counted() {
        let mut values: Vec<f32> = (0..300_000_u32).map(|i| (i % 1000) as f32).collect();
        values[123_457] = -5.0;
        values[200_001] = 7e6;
        values[7] = f32::NAN;
        values[8] = f32::INFINITY;
        let bytes = Bytes::from_vec(values.iter().flat_map(|v| v.to_le_bytes()).collect());
        let span = bytes.span();
        let a = Array::new_c(DType::parse("<f4").unwrap(), &[300, 1000], Data::file(&bytes, span)).unwrap();
        let r = Range::of(&a, Part::Real, false, &|_, _| true).unwrap();
        assert_eq!((r.extremes, r.nan, r.pos_inf, r.seen), (Some((-5.0, 7e6)), 1, 1, 300_000));
        assert!((r.quantile(0.5).unwrap() - 500.0).abs() < 10.0);
        assert_eq!(r.histogram(0.0, 1000.0, 10).len(), 10);
        assert!(Range::of(&a, Part::Real, false, &|_, _| false).is_none());
        let even = Range { sample: vec![1.0, 2.0, 4.0, 9.0], ..Range::default() };
        assert_eq!((even.median(), Range::default().median()), (Some(3.0), None));
        let (mean, std) = r.moments.unwrap();
        let finite = || values.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v));
        let n = finite().count() as f64;
        let want = finite().sum::<f64>() / n;
        let spread = (finite().map(|v| (v - want).powi(2)).sum::<f64>() / n).sqrt();
        assert!((mean - want).abs() < 1e-9 && (std - spread).abs() < 1e-6 * spread);
        assert!(!r.is_whole());
        let (below, above) = r.beyond(100.0, 899.0);
        assert!(below.abs_diff(30_000) < 1500 && above.abs_diff(30_000) < 1500, "{below} {above}");
    }

    #[test]
    fn differences_meet_element_by_element_whatever_the_storage() {
        let numbers = |k: i32| (0..700_000).map(move |i| (i * k) % 1009);
        let a: Vec<u8> = numbers(7).flat_map(|v| (v as f32).to_le_bytes()).collect();
        let b: Vec<u8> = numbers(11).flat_map(|v| f64::from(v).to_be_bytes()).collect();
        let a = Array::new_c(DType::parse("<f4").unwrap(), &[700, 1000], Data::memory(a)).unwrap();
        let b = Array::new_c(DType::parse(">f8").unwrap(), &[700, 1000], Data::memory(b)).unwrap();
        let want: Vec<i32> = numbers(7).zip(numbers(11)).map(|(a, b)| a - b).collect();
        let ends = (f64::from(*want.iter().min().unwrap()), f64::from(*want.iter().max().unwrap()));
        let mean = want.iter().map(|v| f64::from(*v)).sum::<f64>() / want.len() as f64;
        let turned = |x: &Array| x.transpose(&[1, 0]).unwrap().flip(0).unwrap();
        for (a, b) in [(a.clone(), b.clone()), (turned(&a), turned(&b))] {
            let r = Range::of_difference(&a, &b, Part::Real, false, &|_, _| true).unwrap();
            assert_eq!((r.extremes, r.seen), (Some(ends), 700_000));
            assert!((r.moments.unwrap().0 - mean).abs() < 1e-9);
        }
        assert!(Range::of_difference(&a, &turned(&b), Part::Real, false, &|_, _| true).is_none());
    }
}
