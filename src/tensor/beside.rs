//! Two arrays of one shape as small pictures beside each other: both in the same colours, and their difference; of samples
//! both curves, and theirs. Must never know a pickle: it is given arrays, and where they first differ.

use super::array::Array;
use super::colormap::{Colormap, Marks};
use super::convert::{Part, drawable};
use super::paint::Paint;
use super::pyramid::Reduce;
use super::range::Range;
use super::raster::{Effort, Raster};
use super::sample::Scratch;
use super::stretch::Scale;
use super::thumb::{Thumb, fitted, sane};
use super::view::{Turn, View};

/// Stretches that a curve is drawn of.
const BINS: usize = 1024;
/// Bytes of a block that is read at once.
const BLOCK: u64 = 1 << 20;

/// The pictures of two arrays.
#[derive(Clone, Debug)]
pub enum Beside {
    /// Of a plane.
    Planes(Planes),
    /// Of a line of samples.
    Curves(Curves),
}

/// A plane of each, and their difference.
#[derive(Clone, Debug)]
pub struct Planes {
    /// The first, the second, and the second less the first.
    pub pictures: [Thumb; 3],
    /// The axes that run down and across.
    pub axes: [usize; 2],
    /// The plane's place along the other axes: the one that holds the first difference.
    pub fixed: Vec<u64>,
    /// Rows and columns.
    pub size: [u64; 2],
    /// Of complex numbers, the part that is drawn.
    pub part: Part,
    /// What the colours of both run from and to.
    pub range: (f64, f64),
    /// The colours of the difference run from less this to this.
    pub by: f64,
}

/// A line of samples of each, and their difference.
#[derive(Clone, Debug)]
pub struct Curves {
    /// Of each stretch: least and greatest number of the first, the second, and the second less the first.
    pub bins: Vec<[Option<(f64, f64)>; 3]>,
    /// Samples of each.
    pub len: u64,
    /// The axis that they run along.
    pub axis: usize,
    /// Of complex numbers, the part that is drawn.
    pub part: Part,
    /// Least and greatest of both.
    pub range: (f64, f64),
    /// The difference's greatest magnitude.
    pub by: f64,
}

impl Beside {
    /// Draws two arrays of one shape, in at most `most` pixels (width, height) a picture. Of more than two axes, the plane of
    /// element `first` is shown. `None` where there is nothing to be drawn, or `go_on` said no.
    pub fn of(a: &Array, b: &Array, first: &[u64], most: [u32; 2], marks: Marks, go_on: &Go<'_>) -> Option<Self> {
        let fits = a.shape() == b.shape() && !a.is_empty() && drawable(&a.dtype) && drawable(&b.dtype);
        if !fits || most.contains(&0) {
            return None;
        }
        let part = part(a, b, go_on)?;
        let fixed: Vec<u64> = (0..a.ndim()).map(|i| first.get(i).copied().unwrap_or(0)).collect();
        let mut long: Vec<usize> = (0..a.ndim()).filter(|i| a.shape().get(*i).is_some_and(|n| *n > 1)).collect();
        // Where a plane of the last axes would be colours of one pixel, the slower ones are it.
        if let [.., _, _, last] = long.as_slice()
            && a.shape().get(*last).is_some_and(|n| *n <= 4)
        {
            long.pop();
        }
        match long.as_slice() {
            [.., row, col] => Self::planes(a, b, [*row, *col], fixed, part, (most, marks), go_on).map(Self::Planes),
            [axis] => curves(a, b, *axis, &fixed, part, go_on).map(Self::Curves),
            [] => None,
        }
    }

    fn planes(
        a: &Array,
        b: &Array,
        axes: [usize; 2],
        fixed: Vec<u64>,
        part: Part,
        (most, marks): ([u32; 2], Marks),
        go_on: &Go<'_>,
    ) -> Option<Planes> {
        let plane = |a: &Array| a.plane(axes[0], axes[1], &fixed).ok();
        let (p, q) = (plane(a)?, plane(b)?);
        let size = [*p.shape().first()?, *p.shape().get(1)?];
        let ranges = [Range::of(&p, part, false, &|_, _| go_on())?, Range::of(&q, part, false, &|_, _| go_on())?];
        let ends = ranges.iter().filter(|r| r.extremes.is_some()).map(sane);
        let range = ends.reduce(|x, y| (x.0.min(y.0), x.1.max(y.1))).unwrap_or((0.0, 1.0));
        let by = Range::of_difference(&p, &q, part, false, &|_, _| go_on())?;
        let by = by.extremes.map_or(0.0, |_| magnitude(sane(&by)));
        let view = View::fill(size[0], size[1], Turn::default(), fitted(size[0], size[1], most));
        let draw = |raster: &Raster, paint: &Paint| {
            if !raster.build(&|_, _| go_on()) {
                return None;
            }
            let mut pixels = Vec::new();
            for _ in 0..64 {
                if !raster.render(&view, paint, Effort::ALL, &mut pixels).pending {
                    break;
                }
            }
            Some(Thumb { size: view.size, pixels })
        };
        let above = |lo: f64, hi: f64| if hi > lo { hi } else { lo + 1.0 };
        let scale = Scale::linear(range.0, above(range.0, range.1));
        let mapped = Paint::Mapped { scale, lut: Box::new(Colormap::Viridis.lut(false)), marks };
        let most = if by > 0.0 { by } else { 1.0 };
        // The second less the first: red where it rose.
        let lut = Box::new(Colormap::RedBlue.lut(false));
        let difference = Paint::Difference { scale: Scale::linear(-most, most), lut, marks };
        let pictures = [
            draw(&Raster::new(&p, part, Reduce::Mean).ok()?, &mapped)?,
            draw(&Raster::new(&q, part, Reduce::Mean).ok()?, &mapped)?,
            draw(&Raster::pair(&q, &p, part, Reduce::Mean).ok()?, &difference)?,
        ];
        Some(Planes { pictures, axes, fixed, size, part, range, by })
    }

    /// Bytes that it takes in memory, roughly.
    pub fn memory(&self) -> u64 {
        match self {
            Self::Planes(p) => p.pictures.iter().map(|t| t.pixels.len() as u64 * 4).sum(),
            Self::Curves(c) => c.bins.len() as u64 * 80,
        }
    }
}

/// Asked now and then; `false` stops the work.
pub type Go<'a> = dyn Fn() -> bool + Sync + 'a;

fn magnitude((lo, hi): (f64, f64)) -> f64 {
    lo.abs().max(hi.abs())
}

/// The part of complex numbers that differs more.
fn part(a: &Array, b: &Array, go_on: &Go<'_>) -> Option<Part> {
    if !a.dtype.is_complex() && !b.dtype.is_complex() {
        return Some(Part::Real);
    }
    let by = |part: Part| {
        let range = Range::of_difference(a, b, part, true, &|_, _| go_on())?;
        Some(range.extremes.map_or(0.0, magnitude))
    };
    Some(if by(Part::Imaginary)? > by(Part::Real)? { Part::Imaginary } else { Part::Real })
}

fn curves(a: &Array, b: &Array, axis: usize, fixed: &[u64], part: Part, go_on: &Go<'_>) -> Option<Curves> {
    let line = |a: &Array| {
        let mut a = a.clone();
        for other in (0..a.ndim()).rev().filter(|i| *i != axis) {
            a = a.slice(other, fixed.get(other).copied().unwrap_or(0)).ok()?;
        }
        Some(a)
    };
    let (p, q) = (line(a)?, line(b)?);
    let len = p.len();
    let count = usize::try_from(len).unwrap_or(usize::MAX).min(BINS);
    let mut bins = vec![[None; 3]; count];
    let each = (BLOCK / p.dtype.item_size.max(q.dtype.item_size).max(1)).max(1);
    let (mut scratch, mut x, mut y) = (Scratch::default(), Vec::<f64>::new(), Vec::<f64>::new());
    let mut at = 0;
    while at < len {
        if !go_on() {
            return None;
        }
        let n = each.min(len - at);
        p.range(0, at, n, 1).ok()?.samples(part, &mut x, &mut scratch).ok()?;
        q.range(0, at, n, 1).ok()?.samples(part, &mut y, &mut scratch).ok()?;
        for (i, (x, y)) in (at..).zip(x.iter().zip(&y)) {
            let bin = u128::from(i) * count as u128 / u128::from(len);
            let Some(bin) = usize::try_from(bin).ok().and_then(|i| bins.get_mut(i)) else { continue };
            for (slot, v) in bin.iter_mut().zip([*x, *y, y - x]) {
                if v.is_finite() {
                    *slot = Some(slot.map_or((v, v), |(lo, hi)| (v.min(lo), v.max(hi))));
                }
            }
        }
        at += n;
    }
    let range = |which: &[usize]| {
        let all = bins.iter().flat_map(|b| which.iter().filter_map(|i| b.get(*i).copied().flatten()));
        all.reduce(|x, y| (x.0.min(y.0), x.1.max(y.1)))
    };
    let (range, by) = (range(&[0, 1])?, range(&[2]).map_or(0.0, magnitude));
    Some(Curves { bins, len, axis, part, range, by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    fn array(shape: &[u64], values: &[f64]) -> Array {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Array::new_c(DType::float(8), shape, Data::memory(raw)).unwrap()
    }

    fn of(a: &Array, b: &Array, first: &[u64]) -> Beside {
        Beside::of(a, b, first, [16, 16], Marks::dark(), &|| true).unwrap()
    }

    #[test]
    fn a_difference_stands_out_where_it_is() {
        let a: Vec<f64> = (0..64).map(f64::from).collect();
        let mut b = a.clone();
        b[32 + 9] += 4.0;
        let Beside::Planes(p) = of(&array(&[2, 4, 8], &a), &array(&[2, 4, 8], &b), &[1, 1, 1]) else {
            panic!("planes")
        };
        assert_eq!((p.size, p.fixed, p.by), ([4, 8], vec![1, 1, 1], 4.0));
        let picture = &p.pictures[2];
        let middle = picture.pixels[0];
        let other = picture.pixels.iter().filter(|c| **c != middle).count();
        assert!(other > 0 && other < picture.pixels.len() / 2);
        assert_eq!(p.pictures[0].pixels[0], p.pictures[1].pixels[0]);
    }

    #[test]
    fn samples_are_curves() {
        let a: Vec<f64> = (0..5000).map(|i| f64::from(i) * 0.5).collect();
        let mut b = a.clone();
        b[4000] = -100.0;
        let Beside::Curves(c) = of(&array(&[5000], &a), &array(&[5000], &b), &[4000]) else { panic!("curves") };
        assert_eq!((c.len, c.bins.len(), c.range, c.by), (5000, 1024, (-100.0, 2499.5), 2100.0));
        let bin = 4000 * 1024 / 5000;
        assert_eq!(c.bins[bin][2].unwrap().0, -2100.0);
        assert_eq!(c.bins[bin + 1][2], Some((0.0, 0.0)));
    }

    #[test]
    fn nothing_is_drawn_of_other_shapes_and_no_elements() {
        let a = array(&[4], &[1.0; 4]);
        let none = |a: &Array, b: &Array| Beside::of(a, b, &[], [8, 8], Marks::dark(), &|| true).is_none();
        assert!(none(&a, &array(&[2, 2], &[1.0; 4])));
        assert!(none(&array(&[0], &[]), &array(&[0], &[])));
        assert!(none(&array(&[1], &[1.0]), &array(&[1], &[2.0])));
    }
}
