//! The range of an array's numbers for a picture: least, greatest, percentiles, and how many are no numbers.
//! The extremes are exact once all elements were read; percentiles come from an even sample, and say so.

use super::array::Array;
use super::convert::{Part, push_f64};

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
    /// Numbers looked at.
    pub seen: u64,
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
        let n = blocks.len();
        let step = if first { n.div_ceil(FIRST_BLOCKS).max(1) } else { 1 };
        let mut found = Self { partial: step > 1, ..Self::default() };
        let every = (array.len() / step.max(1)).div_ceil(SAMPLE as u64).max(1);
        let (mut raw, mut values, mut there) = (Vec::new(), Vec::new(), Vec::new());
        let (mut lo, mut hi, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0_u64);
        let mut i = 0;
        while i < n {
            let Some((at, block)) = blocks.get(i) else { break };
            raw.clear();
            raw.resize(usize::try_from(block.nbytes()).ok()?, 0);
            there.clear();
            there.resize(usize::try_from(block.len()).ok()?, true);
            block.gather(&mut raw, Some(&mut there)).ok()?;
            values.clear();
            push_f64(&array.dtype, part, &raw, &mut values);
            for (v, there) in values.iter().zip(&there) {
                if !there {
                    continue;
                }
                found.seen += 1;
                if v.is_finite() {
                    lo = lo.min(*v);
                    hi = hi.max(*v);
                    if count.is_multiple_of(every) && found.sample.len() < 2 * SAMPLE {
                        found.sample.push(*v);
                    }
                    count += 1;
                } else if v.is_nan() {
                    found.nan += 1;
                } else if *v > 0.0 {
                    found.pos_inf += 1;
                } else {
                    found.neg_inf += 1;
                }
            }
            if !progress(at.saturating_add(block.len()), array.len()) {
                return None;
            }
            i += step;
        }
        found.sample.sort_by(f64::total_cmp);
        found.extremes = (lo <= hi).then_some((lo, hi));
        Some(found)
    }

    /// The number below which `part` (0 to 1) of the sample lies.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let last = self.sample.len().checked_sub(1)?;
        let at = (part.clamp(0.0, 1.0) * last as f64).round() as usize;
        self.sample.get(at).copied()
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
    }
}
