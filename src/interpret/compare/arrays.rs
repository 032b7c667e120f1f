//! By how much two arrays differ: figures of their elements, block by block. Knows no pickles.

use crate::tensor::{Array, Kind, Part};
use std::sync::atomic::{AtomicBool, Ordering};

/// Elements that are compared at a time.
const BLOCK: u64 = 1 << 18;

/// By how much two arrays of one shape differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArrayDifference {
    /// Elements of each.
    pub elements: u64,
    /// Elements that are not equal; NaN equals NaN.
    pub differing: u64,
    /// The first of them.
    pub first: Vec<u64>,
    /// The largest difference; of complex numbers its magnitude. `None` where elements are no numbers.
    pub largest: Option<f64>,
    /// The mean of the differences' magnitudes over all elements that are numbers in both.
    pub mean: Option<f64>,
    /// The root of the mean of their squares.
    pub rms: Option<f64>,
    /// Elements that are NaN, or not there, in one alone.
    pub nan: u64,
    /// Where the dtypes differ, both.
    pub dtypes: Option<(String, String)>,
    /// Not all elements were compared.
    pub partial: bool,
}

/// What a comparison of two arrays came to.
pub(super) enum Verdict {
    Equal,
    /// Shape or kind differ: there are no figures.
    Other,
    By(ArrayDifference),
}

pub(super) fn differ(a: &Array, b: &Array, go_on: &dyn Fn() -> bool) -> Verdict {
    if a.shape() != b.shape() {
        return Verdict::Other;
    }
    let same_type = a.dtype == b.dtype;
    let dtypes = (!same_type).then(|| (a.dtype.name(), b.dtype.name()));
    let mut out = ArrayDifference { elements: a.len(), dtypes, ..ArrayDifference::default() };
    let (mut sum, mut squares, mut numbers, mut largest) = (0.0_f64, 0.0_f64, 0_u64, 0.0_f64);
    let stopped = AtomicBool::new(false);
    for_blocks(a, b, |first, x, y| {
        if !go_on() {
            stopped.store(true, Ordering::Relaxed);
            return false;
        }
        let n = x.len();
        let raw = |a: &Array| {
            let mut out = vec![0; usize::try_from(a.nbytes()).unwrap_or(0)];
            let mut there = vec![false; usize::try_from(a.len()).unwrap_or(0)];
            a.gather(&mut out, Some(&mut there)).ok().map(|_| (out, there))
        };
        let raws = if same_type { raw(x).zip(raw(y)) } else { None };
        if let Some(((p, s), (q, t))) = &raws
            && p == q
            && s == t
        {
            numbers += n;
            return true;
        }
        let parts = if x.dtype.is_complex() || y.dtype.is_complex() {
            &[Part::Real, Part::Imaginary][..]
        } else {
            &[Part::Real]
        };
        let samples: Option<Vec<(Vec<f64>, Vec<f64>)>> =
            parts.iter().map(|part| Some((x.to_f64(*part).ok()?, y.to_f64(*part).ok()?))).collect();
        let item = usize::try_from(x.dtype.item_size).unwrap_or(1).max(1);
        for i in 0..usize::try_from(n).unwrap_or(0) {
            let bits = raws.as_ref().map(|((p, s), (q, t))| {
                let part = |v: &Vec<u8>| v.get(i * item..(i + 1) * item).map(<[u8]>::to_vec);
                part(p) == part(q) && s.get(i) == t.get(i)
            });
            let (mut square, mut one_nan, mut both_nan) = (0.0, false, false);
            for (p, q) in samples.iter().flatten() {
                let (Some(p), Some(q)) = (p.get(i), q.get(i)) else { continue };
                match (p.is_nan(), q.is_nan()) {
                    (true, true) => both_nan = true,
                    (false, false) if p == q => {}
                    (false, false) => square += (p - q) * (p - q),
                    _ => one_nan = true,
                }
            }
            let by = f64::sqrt(square);
            let equal = match (bits, samples.is_some()) {
                (Some(true), _) => true,
                // Two integers of 64 bits may be one float.
                (Some(false), true) => {
                    both_nan && !one_nan && by == 0.0
                        || !matches!(x.dtype.kind, Kind::Int | Kind::UInt) && by == 0.0 && !one_nan
                }
                (Some(false), false) => false,
                (None, true) => by == 0.0 && !one_nan,
                (None, false) => false,
            };
            if samples.is_some() && !one_nan && !both_nan {
                numbers += 1;
                if by.is_finite() {
                    sum += by;
                    squares += square;
                }
                largest = largest.max(by);
            }
            out.nan += u64::from(one_nan);
            if !equal {
                if out.differing == 0 {
                    out.first = a.unravel(first + i as u64);
                }
                out.differing += 1;
            }
        }
        if samples.is_some() {
            out.largest = Some(largest);
        }
        true
    });
    out.partial = stopped.load(Ordering::Relaxed);
    if out.largest.is_some() && numbers > 0 {
        #[expect(clippy::cast_precision_loss, reason = "a mean of floats")]
        let count = numbers as f64;
        out.mean = Some(sum / count);
        out.rms = Some((squares / count).sqrt());
    }
    if out.differing == 0 && out.dtypes.is_none() && !out.partial { Verdict::Equal } else { Verdict::By(out) }
}

/// Calls `f` with parts of both arrays in C order, and the number of the first element of each.
fn for_blocks(a: &Array, b: &Array, mut f: impl FnMut(u64, &Array, &Array) -> bool) {
    let mut open: Vec<(u64, Array, Array)> = vec![(0, a.clone(), b.clone())];
    while let Some((first, x, y)) = open.pop() {
        let n = x.len();
        if n == 0 {
            continue;
        }
        if n <= BLOCK {
            if !f(first, &x, &y) {
                return;
            }
            continue;
        }
        // The slowest axis with more than one place is cut.
        let Some(axis) = x.shape().iter().position(|d| *d > 1) else { continue };
        let d = x.shape().get(axis).copied().unwrap_or(1);
        let each = (n / d).max(1);
        let step = (BLOCK / each).max(1);
        let mut at = d.div_ceil(step) * step;
        while at > 0 {
            at -= step;
            let count = step.min(d - at);
            if let (Ok(p), Ok(q)) = (x.range(axis, at, count, 1), y.range(axis, at, count, 1)) {
                open.push((first + at * each, p, q));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    fn floats(v: &[f64]) -> Array {
        let raw: Vec<u8> = v.iter().flat_map(|x| x.to_le_bytes()).collect();
        Array::new_c(DType::float(8), &[v.len() as u64], Data::memory(raw)).unwrap()
    }

    #[test]
    fn figures_of_a_difference() {
        let (a, b) = (floats(&[1.0, f64::NAN, 3.0, 4.0]), floats(&[1.0, f64::NAN, 5.0, f64::NAN]));
        let Verdict::By(d) = differ(&a, &b, &|| true) else { panic!("they differ") };
        assert_eq!((d.elements, d.differing, d.first, d.largest, d.nan), (4, 2, vec![2], Some(2.0), 1));
        assert_eq!((d.mean, d.rms), (Some(1.0), Some(2.0_f64.sqrt())));
        assert!(matches!(differ(&a, &a, &|| true), Verdict::Equal));
        assert!(matches!(differ(&a, &floats(&[1.0]), &|| true), Verdict::Other));
    }

    #[test]
    fn long_arrays_go_block_by_block() {
        let n = 3 * usize::try_from(BLOCK).unwrap() + 7;
        let mut v = vec![1_u8; n];
        let a = Array::new_c(DType::uint(1), &[n as u64], Data::memory(v.clone())).unwrap();
        v[n - 2] = 3;
        let b = Array::new_c(DType::uint(1), &[n as u64], Data::memory(v)).unwrap();
        let Verdict::By(d) = differ(&a, &b, &|| true) else { panic!("they differ") };
        assert_eq!((d.differing, d.first, d.largest), (1, vec![n as u64 - 2], Some(2.0)));
    }
}
