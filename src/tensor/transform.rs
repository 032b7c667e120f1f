//! What can be plotted of an array beside its samples in order: how often each value occurs, which frequencies it holds, the
//! values by size. Must never hold more than `limits::NUMBERS` numbers; where that is not all, the note says so.

use super::array::Array;
use super::convert::Part;
use super::curve::{Curve, read};
use super::dtype::Kind;
use crate::source::limits;
use realfft::RealFftPlanner;

/// What is plotted of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transform {
    /// The samples themselves, in order.
    #[default]
    None,
    /// How often each value occurs.
    Histogram,
    /// The amplitude of each frequency.
    Spectrum,
    /// The values by size.
    Sorted,
}

impl Transform {
    /// All, in the order of a menu.
    pub const ALL: &[Self] = &[Self::None, Self::Histogram, Self::Spectrum, Self::Sorted];

    /// Its name in a menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "samples",
            Self::Histogram => "histogram",
            Self::Spectrum => "spectrum (FFT)",
            Self::Sorted => "sorted",
        }
    }
}

/// A curve that was worked out: point `i` stands at `start + i · step`.
pub struct Derived {
    /// Its points.
    pub curve: Curve,
    /// The x of the first point.
    pub start: f64,
    /// From one x to the next.
    pub step: f64,
    /// What was left out, or assumed.
    pub note: Option<String>,
}

/// Steps of a histogram.
const BINS: u64 = 256;
/// Samples read in one piece.
const PIECE: u64 = 1 << 18;

/// The progress of work: samples done, all of them; stops by `false`.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) -> bool + Sync);

/// The numbers of a one-dimensional array, and every how many they are, for an array beyond the limit. `None` when stopped.
pub fn numbers(samples: &Array, part: Part, progress: Progress<'_>) -> Option<(Vec<f64>, u64)> {
    let stride = samples.len().div_ceil(limits::NUMBERS).max(1);
    let count = samples.len().div_ceil(stride);
    let some = samples.range(0, 0, count, i64::try_from(stride).ok()?).ok()?;
    let mut out = Vec::with_capacity(usize::try_from(count).ok()?);
    each_piece(&some, part, progress, &mut |values| out.extend_from_slice(values))?;
    Some((out, stride))
}

fn each_piece(samples: &Array, part: Part, progress: Progress<'_>, each: &mut dyn FnMut(&[f64])) -> Option<()> {
    let (mut raw, mut values, n) = (Vec::new(), Vec::new(), samples.len());
    let mut at = 0;
    while at < n {
        let count = PIECE.min(n - at);
        read(samples, part, at, count, &mut raw, &mut values);
        each(&values);
        at += count;
        if !progress(at, n) {
            return None;
        }
    }
    Some(())
}

impl Derived {
    /// Works out a transform of a one-dimensional array; `None` when stopped or when there is nothing to transform.
    /// A spectrum is per `per_sample` of x from one sample to the next.
    pub fn of(samples: &Array, part: Part, how: Transform, per_sample: f64, progress: Progress<'_>) -> Option<Self> {
        match how {
            Transform::None => None,
            Transform::Histogram => Self::histogram(samples, part, progress),
            Transform::Spectrum => Self::spectrum(samples, part, per_sample, progress),
            Transform::Sorted => Self::sorted(samples, part, progress),
        }
    }

    fn histogram(samples: &Array, part: Part, progress: Progress<'_>) -> Option<Self> {
        let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
        let half = |done: u64, n: u64| progress(done / 2, n);
        each_piece(samples, part, &half, &mut |values| {
            for v in values.iter().filter(|v| v.is_finite()) {
                (lo, hi) = (lo.min(*v), hi.max(*v));
            }
        })?;
        if lo > hi {
            return None;
        }
        let whole = matches!(samples.dtype.kind, Kind::Int | Kind::UInt | Kind::Bool | Kind::Nibble { .. });
        let step = match hi - lo {
            0.0 => 1.0,
            // whole numbers: as many in each step
            range if whole => ((range + 1.0) / BINS as f64).ceil(),
            range => range / BINS as f64,
        };
        // the places of points are the middles of the steps
        let start = if whole { lo + (step - 1.0) / 2.0 } else { lo + if hi > lo { step / 2.0 } else { 0.0 } };
        let edge = start - step / 2.0;
        let bins = (((hi - edge) / step).floor() + 1.0).min(BINS as f64) as usize;
        let (mut counts, mut left_out) = (vec![0.0; bins.max(1)], 0_u64);
        let half = |done: u64, n: u64| progress(n / 2 + done / 2, n);
        each_piece(samples, part, &half, &mut |values| {
            for v in values {
                if !v.is_finite() {
                    left_out += 1;
                    continue;
                }
                let k = (((v - edge) / step).floor().max(0.0) as usize).min(bins.saturating_sub(1));
                if let Some(c) = counts.get_mut(k) {
                    *c += 1.0;
                }
            }
        })?;
        let note = (left_out > 0).then(|| format!("{left_out} samples that are not finite are left out"));
        Some(Self { curve: Curve::of_values(&counts)?, start, step, note })
    }

    fn sorted(samples: &Array, part: Part, progress: Progress<'_>) -> Option<Self> {
        let (mut values, stride) = numbers(samples, part, progress)?;
        let all = values.len();
        values.retain(|v| v.is_finite());
        let left_out = all - values.len();
        values.sort_unstable_by(f64::total_cmp);
        let note = match (stride, left_out) {
            (1, 0) => None,
            (1, n) => Some(format!("{n} samples that are not finite are left out")),
            (s, _) => Some(format!("every {s}th sample: all would take too much memory")),
        };
        Some(Self { curve: Curve::of_values(&values)?, start: 0.0, step: stride as f64, note })
    }

    fn spectrum(samples: &Array, part: Part, per_sample: f64, progress: Progress<'_>) -> Option<Self> {
        let n = samples.len().min(limits::NUMBERS);
        if n < 2 {
            return None;
        }
        let first = samples.range(0, 0, n, 1).ok()?;
        let mut values = Vec::new();
        each_piece(&first, part, progress, &mut |v| values.extend_from_slice(v))?;
        let good = values.iter().filter(|v| v.is_finite()).count();
        let mean = values.iter().filter(|v| v.is_finite()).sum::<f64>() / good.max(1) as f64;
        for v in values.iter_mut().filter(|v| !v.is_finite()) {
            *v = mean;
        }
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(values.len());
        let mut out = fft.make_output_vec();
        fft.process(&mut values, &mut out).ok()?;
        let last = out.len() - 1;
        let amplitude = |(k, c): (usize, &realfft::num_complex::Complex<f64>)| {
            // both ends of the spectrum stand once, all others twice
            let twice = if k == 0 || (k == last && n.is_multiple_of(2)) { 1.0 } else { 2.0 };
            twice * c.re.hypot(c.im) / n as f64
        };
        let amplitudes: Vec<f64> = out.iter().enumerate().map(amplitude).collect();
        let mut notes = Vec::new();
        if n < samples.len() {
            notes.push(format!("of the first {n} samples"));
        }
        if good < values.len() {
            notes.push(format!("{} samples that are not finite are taken for the mean", values.len() - good));
        }
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        Some(Self { curve: Curve::of_values(&amplitudes)?, start: 0.0, step: 1.0 / (n as f64 * per_sample), note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    fn array(values: &[f64]) -> Array {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Array::new_c(DType::float(8), &[values.len() as u64], Data::memory(raw)).unwrap()
    }

    fn points(d: &Derived) -> Vec<[f64; 2]> {
        let all = d.curve.visible(0.0, d.curve.len() as f64, 10_000).concat();
        all.into_iter().map(|[i, y]| [d.start + i * d.step, y]).collect()
    }

    fn of(a: &Array, how: Transform) -> Option<Derived> {
        Derived::of(a, Part::Real, how, 1.0, &|_, _| true)
    }

    #[test]
    fn a_sine_has_one_frequency() {
        let wave: Vec<f64> = (0..1000).map(|i| 1.5 + 3.0 * (i as f64 * 0.05 * std::f64::consts::TAU).sin()).collect();
        let d = of(&array(&wave), Transform::Spectrum).unwrap();
        let p = points(&d);
        assert_eq!((p.len(), p[500][0]), (501, 0.5));
        assert!((p[0][1] - 1.5).abs() < 1e-9 && (p[50][1] - 3.0).abs() < 1e-9 && (p[50][0] - 0.05).abs() < 1e-12);
        assert!(p.iter().enumerate().all(|(k, p)| k == 0 || k == 50 || p[1] < 1e-9));
        // odd lengths, and x in seconds
        let odd = Derived::of(&array(&wave[..999]), Part::Real, Transform::Spectrum, 0.01, &|_, _| true).unwrap();
        assert!((odd.step * 999.0 - 100.0).abs() < 1e-9 && odd.curve.len() == 500);
    }

    #[test]
    fn a_histogram_counts_every_sample_once() {
        let d = of(&array(&[0.0, 1.0, 1.0, f64::NAN, 2.56]), Transform::Histogram).unwrap();
        let p = points(&d);
        assert_eq!((p.len(), p.iter().map(|p| p[1]).sum::<f64>()), (256, 4.0));
        assert_eq!((p[0][1], p[255][1], p[100][1] + p[99][1]), (1.0, 1.0, 2.0));
        assert!(d.note.unwrap().starts_with("1 samples"));
        let ints = Array::new_c(DType::uint(1), &[5], Data::memory(vec![3_u8, 3, 4, 9, 3])).unwrap();
        assert_eq!(
            points(&of(&ints, Transform::Histogram).unwrap()),
            [[3.0, 3.0], [4.0, 1.0], [5.0, 0.0], [6.0, 0.0], [7.0, 0.0], [8.0, 0.0], [9.0, 1.0]]
        );
        assert_eq!(points(&of(&array(&[7.5; 3]), Transform::Histogram).unwrap()), [[7.5, 3.0]]);
        assert!(of(&array(&[f64::NAN]), Transform::Histogram).is_none());
    }

    #[test]
    fn sorting_leaves_out_what_has_no_place() {
        let d = of(&array(&[3.0, f64::NAN, -1.0, 2.0, f64::INFINITY]), Transform::Sorted).unwrap();
        assert_eq!(points(&d), [[0.0, -1.0], [1.0, 2.0], [2.0, 3.0]]);
        assert!(Derived::of(&array(&[1.0; 9]), Part::Real, Transform::Sorted, 1.0, &|_, _| false).is_none());
    }
}
