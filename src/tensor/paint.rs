//! From numbers to colours, a row at a time. Every way to a colour is exact: the quick one gives what the plain one gives.
//! Must never look at an array.

use super::colormap::{Marks, category};
use super::sample::Sample;
use super::stretch::{Prepared, Scale, Stretch};

/// How numbers become colours.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// One number, through a range and a run of colours.
    Mapped {
        /// The range, and how it is spread.
        scale: Scale,
        /// The colours, from low to high.
        lut: Box<[[u8; 3]; 256]>,
        /// Colours for what is no number.
        marks: Marks,
    },
    /// Three numbers as red, green and blue; a fourth as opacity.
    Rgb {
        /// The range of each.
        scale: Scale,
        /// Colours for what is no number.
        marks: Marks,
    },
    /// One whole number as a category.
    Category {
        /// The colour of 0: background, false.
        zero: [u8; 3],
        /// Colours for what is no number.
        marks: Marks,
    },
    /// Real and imaginary part: the angle gives the colour, the magnitude how bright it is.
    Domain {
        /// The range of the magnitude.
        scale: Scale,
        /// A cyclic run of colours, for −π to π.
        lut: Box<[[u8; 3]; 256]>,
        /// Colours for what is no number.
        marks: Marks,
    },
}

impl Paint {
    /// Numbers that make one colour.
    pub const fn channels(&self) -> usize {
        match self {
            Self::Mapped { .. } | Self::Category { .. } => 1,
            Self::Domain { .. } => 2,
            Self::Rgb { .. } => 3,
        }
    }

    const fn marks(&self) -> &Marks {
        match self {
            Self::Mapped { marks, .. }
            | Self::Rgb { marks, .. }
            | Self::Category { marks, .. }
            | Self::Domain { marks, .. } => marks,
        }
    }

    /// The colour of one element, from its numbers; `None` for one that is hatched as missing. The plain way: legends,
    /// tests and single pixels.
    pub fn color<S: Sample>(&self, numbers: &[S]) -> Option<[u8; 4]> {
        Painter::new(self).color(numbers)
    }
}

const fn opaque([r, g, b]: [u8; 3]) -> [u8; 4] {
    [r, g, b, 255]
}

/// The entry of 256 for a place between 0 and 1.
fn entry(unit: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates to 0..=255")]
    {
        (unit * 256.0) as u8
    }
}

/// A [`Paint`] made ready for many pixels.
pub(super) struct Painter<'a> {
    paint: &'a Paint,
    scale: Prepared,
    /// For stretches that are slow to work out: the least value of each entry but the first.
    steps: Vec<f64>,
    /// The ends of the range, the lesser first: beyond them values are clipped.
    ends: (f64, f64),
}

impl<'a> Painter<'a> {
    pub(super) fn new(paint: &'a Paint) -> Self {
        let scale = match paint {
            Paint::Mapped { scale, .. } | Paint::Rgb { scale, .. } | Paint::Domain { scale, .. } => *scale,
            Paint::Category { .. } => Scale::linear(0.0, 1.0),
        };
        let ready = scale.prepared();
        let forward = scale.lo < scale.hi;
        let steps = match (paint, scale.stretch) {
            (Paint::Mapped { .. }, s) if s != Stretch::Linear && forward => steps(&ready, scale.lo, scale.hi),
            _ => Vec::new(),
        };
        Self { paint, scale: ready, steps, ends: (scale.lo.min(scale.hi), scale.lo.max(scale.hi)) }
    }

    /// What no number is drawn as; `None` for missing.
    fn special<S: Sample>(&self, s: S) -> Option<[u8; 4]> {
        let marks = self.paint.marks();
        if s.is_missing() {
            None
        } else if s.is_masked() {
            Some(opaque(marks.masked))
        } else {
            Some(opaque(marks.nan))
        }
    }

    pub(super) fn color<S: Sample>(&self, numbers: &[S]) -> Option<[u8; 4]> {
        if let Some(s) = numbers.iter().find(|s| s.is_nan()) {
            // Of several parts the gravest counts.
            let gravest = numbers.iter().find(|s| s.is_missing()).or_else(|| numbers.iter().find(|s| s.is_masked()));
            return self.special(*gravest.unwrap_or(s));
        }
        let number = |i: usize| numbers.get(i).map_or(0.0, |s| s.f64());
        Some(match self.paint {
            Paint::Mapped { lut, .. } => self.mapped(number(0), lut),
            Paint::Rgb { .. } => {
                let channel = |i: usize| {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
                    {
                        (self.scale.unit(number(i)) * 255.0).round() as u8
                    }
                };
                [channel(0), channel(1), channel(2), if numbers.len() > 3 { channel(3) } else { 255 }]
            }
            Paint::Category { zero, .. } => self.category(number(0), *zero),
            Paint::Domain { lut, .. } => {
                let (re, im) = (number(0), number(1));
                let angle = (im.atan2(re) / std::f64::consts::TAU + 0.5).clamp(0.0, 1.0);
                #[expect(clippy::cast_possible_truncation, reason = "for a colour")]
                let hue = lut.get(usize::from(entry(angle as f32))).copied().unwrap_or_default();
                let light = self.scale.unit(re.hypot(im));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
                opaque(hue.map(|c| (f32::from(c) * light).round() as u8))
            }
        })
    }

    fn mapped(&self, v: f64, lut: &[[u8; 3]; 256]) -> [u8; 4] {
        let marks = self.paint.marks();
        if v.is_infinite() {
            return opaque(if v > 0.0 { marks.pos_inf } else { marks.neg_inf });
        }
        if let Some(c) = marks.below.filter(|_| v < self.ends.0) {
            return opaque(c);
        }
        if let Some(c) = marks.above.filter(|_| v > self.ends.1) {
            return opaque(c);
        }
        let i = if self.steps.is_empty() {
            usize::from(entry(self.scale.unit(v)))
        } else {
            self.steps.partition_point(|s| *s <= v)
        };
        opaque(lut.get(i).copied().unwrap_or_default())
    }

    fn category(&self, v: f64, zero: [u8; 3]) -> [u8; 4] {
        let marks = self.paint.marks();
        if v.is_infinite() {
            return opaque(if v > 0.0 { marks.pos_inf } else { marks.neg_inf });
        }
        if v == 0.0 {
            return opaque(zero);
        }
        // Negative labels take colours from the other end.
        #[expect(clippy::cast_possible_truncation, reason = "saturates; a label")]
        let label = (v.floor() as i64).wrapping_sub(1);
        opaque(category(label.rem_euclid(20).unsigned_abs()))
    }

    /// Colours a row of pixels; `channels` are the numbers of each, `y` the row for the hatch. `there` tells which pixels
    /// lie on the picture; the others become transparent.
    pub(super) fn row<S: Sample>(
        &self,
        channels: &[&[S]],
        there: impl Fn(usize) -> bool,
        y: usize,
        out: &mut [[u8; 4]],
    ) {
        let hatch = self.paint.marks().missing;
        let hatched = |x: usize| opaque(if ((x + y) / 4).is_multiple_of(2) { hatch[0] } else { hatch[1] });
        if let ([values], Paint::Mapped { lut, .. }) = (channels, self.paint) {
            for (x, (o, v)) in out.iter_mut().zip(*values).enumerate() {
                *o = if !there(x) {
                    [0; 4]
                } else if v.is_nan() {
                    self.special(*v).unwrap_or_else(|| hatched(x))
                } else {
                    self.mapped(v.f64(), lut)
                };
            }
            return;
        }
        let mut numbers = [S::NAN; 4];
        for (x, o) in out.iter_mut().enumerate() {
            if !there(x) {
                *o = [0; 4];
                continue;
            }
            for (n, c) in numbers.iter_mut().zip(channels) {
                *n = c.get(x).copied().unwrap_or(S::MISSING);
            }
            *o = self.color(numbers.get(..channels.len()).unwrap_or(&numbers)).unwrap_or_else(|| hatched(x));
        }
    }
}

/// The least value of each of the entries 1 to 255, by bisection of the numbers themselves: exactly where `unit` steps.
fn steps(scale: &Prepared, lo: f64, hi: f64) -> Vec<f64> {
    let mut least = ordered(lo);
    let top = ordered(hi);
    (1..=255_u8)
        .map(|i| {
            let (mut a, mut b) = (least, top);
            while a < b {
                let mid = a + ((i128::from(b) - i128::from(a)) / 2) as i64;
                if entry(scale.unit(unordered(mid))) >= i { b = mid } else { a = mid + 1 }
            }
            least = a;
            // Where even the end of the range is too low, only what lies beyond it would do.
            if entry(scale.unit(unordered(a))) >= i { unordered(a) } else { f64::INFINITY }
        })
        .collect()
}

/// An integer that sorts as the float does.
const fn ordered(f: f64) -> i64 {
    let bits = f.to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

const fn unordered(i: i64) -> f64 {
    let bits = if i < 0 { i64::MIN.wrapping_sub(i) } else { i };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::super::colormap::Colormap;
    use super::*;
    use proptest::prelude::*;

    fn mapped(stretch: Stretch, lo: f64, hi: f64) -> Paint {
        Paint::Mapped {
            scale: Scale { lo, hi, stretch },
            lut: Box::new(std::array::from_fn(|i| [i as u8; 3])),
            marks: Marks::dark(),
        }
    }

    #[test]
    fn eight_bits_over_their_range_are_themselves() {
        let paint = mapped(Stretch::Linear, 0.0, 255.0);
        for i in 0..=255_u8 {
            assert_eq!(paint.color(&[f32::from(i)]), Some([i, i, i, 255]));
        }
        let rgb = Paint::Rgb { scale: Scale::linear(0.0, 255.0), marks: Marks::dark() };
        for i in 0..=255_u8 {
            let (a, b) = (f32::from(i), f32::from(255 - i));
            assert_eq!(rgb.color(&[a, b, a]), Some([i, 255 - i, i, 255]));
            assert_eq!(rgb.color(&[a, b, a, b]), Some([i, 255 - i, i, 255 - i]));
        }
    }

    #[test]
    fn what_is_no_number_has_its_own_colour() {
        let mut marks = Marks::dark();
        let paint = mapped(Stretch::Linear, 0.0, 1.0);
        assert_eq!(paint.color(&[f64::NAN]), Some(opaque(marks.nan)));
        assert_eq!(paint.color(&[f64::INFINITY]), Some(opaque(marks.pos_inf)));
        assert_eq!(paint.color(&[f64::NEG_INFINITY]), Some(opaque(marks.neg_inf)));
        assert_eq!(paint.color(&[f64::MASKED]), Some(opaque(marks.masked)));
        assert_eq!(paint.color(&[f64::MISSING]), None);
        assert_eq!(paint.color(&[-3.0]), Some([0, 0, 0, 255]));
        (marks.below, marks.above) = (Some([1, 2, 3]), Some([4, 5, 6]));
        let Paint::Mapped { scale, lut, .. } = paint else { return };
        let paint = Paint::Mapped { scale, lut, marks };
        assert_eq!([-0.1, 0.0, 1.0, 1.1].map(|v| paint.color(&[v]).unwrap()[0]), [1, 0, 255, 4]);
        let rgb = Paint::Rgb { scale: Scale::linear(0.0, 1.0), marks };
        assert_eq!(rgb.color(&[0.0, f32::NAN, 1.0]), Some(opaque(marks.nan)));
        assert_eq!(rgb.color(&[0.0, f32::NAN, f32::MISSING]), None);
    }

    #[test]
    fn labels_and_angles() {
        let paint = Paint::Category { zero: [9, 9, 9], marks: Marks::dark() };
        assert_eq!(paint.color(&[0.0]), Some([9, 9, 9, 255]));
        assert_eq!(paint.color(&[1.0]), Some(opaque(category(0))));
        assert_eq!(paint.color(&[21.0]), paint.color(&[1.0]));
        assert_ne!(paint.color(&[-1.0]), paint.color(&[1.0]));
        assert!(paint.color(&[i64::MIN as f64]).is_some());
        let lut = Box::new(Colormap::Twilight.lut(false));
        let paint = Paint::Domain { scale: Scale::linear(0.0, 2.0), lut: lut.clone(), marks: Marks::dark() };
        assert_eq!(paint.color(&[0.0, 0.0]), Some([0, 0, 0, 255]));
        assert_eq!(paint.color(&[2.0, 0.0]), Some(opaque(lut[128])));
        assert_eq!(paint.color(&[0.0, 2.0]), Some(opaque(lut[192])));
    }

    proptest! {
        #[test]
        fn the_quick_way_equals_the_plain_one(
            s in 0..Stretch::ALL.len(), a in -1e6_f64..1e6, width in 1e-3_f64..1e7,
            vs in prop::collection::vec(prop_oneof![any::<f64>(), -0.5_f64..1.5], 40),
        ) {
            let stretch = Stretch::ALL[s];
            let paint = mapped(stretch, a, a + width);
            let painter = Painter::new(&paint);
            let values: Vec<f64> = vs.iter().map(|v| if v.abs() < 2.0 { a + v * width } else { *v }).collect();
            let mut out = vec![[0; 4]; values.len()];
            painter.row(&[&values], |_| true, 0, &mut out);
            let scale = Scale { lo: a, hi: a + width, stretch };
            for (v, o) in values.iter().zip(out) {
                if v.is_finite() {
                    let want = entry(scale.unit(*v));
                    prop_assert_eq!(o[0], want, "{:?} {} in {}..{}", stretch, v, a, a + width);
                }
            }
        }
    }
}
