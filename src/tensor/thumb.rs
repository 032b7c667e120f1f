//! A picture of an array in a few pixels, for rows of a tree and for the icons of a file manager.
//! Must never read more than a few samples of a large array: exact pictures are [`super::Raster`]'s.

use super::array::Array;
use super::colormap::{Colormap, Marks};
use super::convert::{Part, drawable};
use super::curve::Curve;
use super::dtype::Kind;
use super::paint::Paint;
use super::pyramid::Reduce;
use super::range::Range;
use super::raster::{Effort, Raster};
use super::stretch::Scale;
use super::view::{Turn, View};

/// The fewest samples whose curve says something.
const SAMPLES: u64 = 4;

/// Colours of a thumbnail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThumbColors {
    /// What a curve is drawn with.
    pub line: [u8; 3],
    /// What is no number, and what is missing.
    pub marks: Marks,
}

/// A picture of a few pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumb {
    /// Width and height, in pixels.
    pub size: [u32; 2],
    /// Rows from the top: red, green, blue and opacity, not multiplied in.
    pub pixels: Vec<[u8; 4]>,
}

/// The range that a picture is drawn in: the extremes, unless a few of the numbers, damaged ones, lie a thousand times
/// farther out than most.
pub(super) fn sane(range: &Range) -> (f64, f64) {
    let (lo, hi) = range.extremes.unwrap_or((0.0, 1.0));
    match (range.quantile(0.2), range.quantile(0.8)) {
        (Some(a), Some(b)) if b > a && hi / 1000.0 - lo / 1000.0 > b - a => {
            ((a - 1.5 * (b - a)).max(lo), (b + 1.5 * (b - a)).min(hi))
        }
        _ => (lo, hi),
    }
}

impl Thumb {
    /// A picture of an array in at most `most` pixels (width, height): of a plane as an image, of samples as a curve.
    /// Of more axes the middle is shown. `None` where there is nothing to draw.
    pub fn of(array: &Array, most: [u32; 2], colors: ThumbColors) -> Option<Self> {
        if array.is_empty() || most.contains(&0) {
            return None;
        }
        let long = array.shape().iter().filter(|n| **n > 1).count();
        if long <= 1 { Self::curve(array, most, colors) } else { Self::image(array, most, colors) }
    }

    fn image(array: &Array, most: [u32; 2], colors: ThumbColors) -> Option<Self> {
        let n = array.ndim();
        let channels = channel_axis(array);
        let mut axes = (0..n).filter(|a| Some(*a) != channels && array.shape().get(*a).is_some_and(|n| *n > 1)).rev();
        // a picture of one row or column is no picture
        let (col, row) = match (axes.next(), axes.next()) {
            (Some(col), Some(row)) => (col, row),
            _ => return Self::curve(array, most, colors),
        };
        let plane = |channel: u64| {
            let fixed: Vec<u64> = array
                .shape()
                .iter()
                .enumerate()
                .map(|(a, n)| if Some(a) == channels { channel } else { n / 2 })
                .collect();
            array.plane(row, col, &fixed).ok().filter(|p| drawable(&p.dtype))
        };
        let count = channels.and_then(|a| array.shape().get(a)).copied().unwrap_or(1);
        let planes: Vec<Array> = (0..count).map(plane).collect::<Option<_>>()?;
        let first = planes.first()?;
        let (rows, cols) = (*first.shape().first()?, *first.shape().get(1)?);
        let view = View::fill(rows, cols, Turn::default(), fitted(rows, cols, most));
        let marks = colors.marks;
        let part = if first.dtype.is_complex() { Part::Magnitude } else { Part::Real };
        let (raster, paint) = if channels.is_some() {
            let raster = Raster::rgb(&planes, Reduce::Mean).ok()?;
            (raster, Paint::Rgb { scale: Scale::linear(0.0, 255.0), marks })
        } else {
            let range = Range::of(first, part, true, &|_, _| true)?;
            let (lo, hi) = sane(&range);
            let grey = first.dtype.kind == Kind::Bool || first.dtype.kind == Kind::UInt && first.dtype.item_size == 1;
            let map = if grey { Colormap::Gray } else { Colormap::Viridis };
            let scale = Scale::linear(lo, if hi > lo { hi } else { lo + 1.0 });
            let raster = Raster::new(first, part, Reduce::Mean).ok()?;
            (raster, Paint::Mapped { scale, lut: Box::new(map.lut(false)), marks })
        };
        let mut pixels = Vec::new();
        let effort = Effort(1 << 17);
        for _ in 0..64 {
            if !raster.render(&view, &paint, effort, &mut pixels).pending {
                break;
            }
        }
        Some(Self { size: view.size, pixels })
    }

    fn curve(array: &Array, most: [u32; 2], colors: ThumbColors) -> Option<Self> {
        let axis = (0..array.ndim()).max_by_key(|a| array.shape().get(*a).copied())?;
        let mut samples = array.clone();
        for other in (0..array.ndim()).rev().filter(|a| *a != axis) {
            samples = samples.slice(other, 0).ok()?;
        }
        if samples.len() < SAMPLES || !drawable(&samples.dtype) {
            return None;
        }
        let part = if samples.dtype.is_complex() { Part::Magnitude } else { Part::Real };
        let curve = Curve::preview(&samples, part);
        let (lo, hi) = curve.range(0, samples.len())?;
        let [w, h] = most.map(|n| usize::try_from(n).unwrap_or(0));
        let mut pixels = vec![[0; 4]; w.checked_mul(h)?];
        let n = float(samples.len());
        let across = float(u64::from(most[0])) - 1.0;
        let down = float(u64::from(most[1])) - 1.0;
        let place = |x: f64, y: f64| {
            let up = if hi > lo { (y - lo) / (hi - lo) } else { 0.5 };
            (x / (n - 1.0) * across, (1.0 - up) * down)
        };
        let [r, g, b] = colors.line;
        for segment in curve.visible(0.0, n - 1.0, w) {
            for pair in segment.windows(2) {
                let [[x0, y0], [x1, y1]] = pair else { continue };
                let ((x0, y0), (x1, y1)) = (place(*x0, *y0), place(*x1, *y1));
                let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0);
                let mut k = 0.0;
                while k <= steps {
                    let (x, y) = (x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps);
                    if let (Some(x), Some(y)) = (index(x, w), index(y, h))
                        && let Some(p) = pixels.get_mut(y * w + x)
                    {
                        *p = [r, g, b, 255];
                    }
                    k += 1.0;
                }
            }
        }
        Some(Self { size: most, pixels })
    }
}

/// The last axis, where its 3 or 4 bytes are red, green, blue and opacity as a rule.
fn channel_axis(array: &Array) -> Option<usize> {
    let last = array.ndim().checked_sub(1).filter(|l| *l >= 2)?;
    let bytes = array.dtype.kind == Kind::UInt && array.dtype.item_size == 1;
    (bytes && matches!(array.shape().get(last), Some(3 | 4))).then_some(last)
}

/// The largest size of that shape; what is very long is not made thinner than a quarter.
pub(super) fn fitted(rows: u64, cols: u64, most: [u32; 2]) -> [u32; 2] {
    let [w, h] = most.map(f64::from);
    let scale = (w / float(cols)).min(h / float(rows));
    let side = |n: u64, most: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a u32")]
        {
            (float(n) * scale).round().clamp((most / 4.0).max(1.0), most) as u32
        }
    };
    [side(cols, w), side(rows, h)]
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture of a few pixels")]
const fn float(n: u64) -> f64 {
    n as f64
}

fn index(v: f64, n: usize) -> Option<usize> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared with the side of a picture")]
    let i = (v.is_finite() && v >= -0.5).then(|| v.round().max(0.0) as usize)?;
    (i < n).then_some(i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    fn colors() -> ThumbColors {
        ThumbColors { line: [1, 2, 3], marks: Marks::dark() }
    }

    fn array(dtype: DType, shape: &[u64], bytes: Vec<u8>) -> Array {
        Array::new_c(dtype, shape, Data::memory(bytes)).unwrap()
    }

    #[test]
    fn a_plane_keeps_its_shape_and_its_corners() {
        let mut bytes = vec![0_u8; 40 * 20];
        bytes[0] = 255;
        let t = Thumb::of(&array(DType::uint(1), &[20, 40], bytes), [40, 40], colors()).unwrap();
        assert_eq!(t.size, [40, 20]);
        assert_eq!((t.pixels[0], t.pixels[1]), ([255, 255, 255, 255], [0, 0, 0, 255]));
    }

    #[test]
    fn colours_are_shown_as_they_are() {
        let bytes = [10, 20, 30].repeat(16);
        let t = Thumb::of(&array(DType::uint(1), &[4, 4, 3], bytes), [8, 8], colors()).unwrap();
        assert_eq!((t.size, t.pixels[9]), ([8, 8], [10, 20, 30, 255]));
    }

    #[test]
    fn samples_are_a_curve_that_rises_from_corner_to_corner() {
        let bytes: Vec<u8> = (0..32_u8).collect();
        for shape in [&[32][..], &[1, 32], &[32, 1]] {
            let t = Thumb::of(&array(DType::uint(1), shape, bytes.clone()), [16, 8], colors()).unwrap();
            let set = |x: usize, y: usize| t.pixels[y * 16 + x] == [1, 2, 3, 255];
            assert!(set(0, 7) && set(15, 0) && !set(0, 0) && !set(15, 7));
        }
    }

    #[test]
    fn what_cannot_be_drawn_has_no_picture() {
        assert_eq!(Thumb::of(&array(DType::uint(1), &[0, 3], vec![]), [8, 8], colors()), None);
        assert_eq!(Thumb::of(&array(DType::uint(1), &[2], vec![1, 2]), [8, 8], colors()), None);
        assert_eq!(Thumb::of(&array(DType::uint(1), &[], vec![1]), [8, 8], colors()), None);
        let nan = f32::NAN.to_le_bytes().repeat(16);
        assert!(Thumb::of(&array(DType::float(4), &[4, 4], nan), [8, 8], colors()).is_some());
    }
}
