//! From numbers to colours, a row at a time. Every way to a colour is exact: the quick one gives what the plain one gives.
//! Must never look at an array.

use super::colormap::{Marks, category};
use super::sample::Sample;
use super::stretch::{Prepared, Scale, Stretch};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// The second number taken from the first, then as [`Paint::Mapped`].
    Difference {
        /// The range of the difference.
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
            Self::Domain { .. } | Self::Difference { .. } => 2,
            Self::Rgb { .. } => 3,
        }
    }

    /// The range of the numbers, where there is one.
    pub const fn scale(&self) -> Option<Scale> {
        match self {
            Self::Mapped { scale, .. }
            | Self::Difference { scale, .. }
            | Self::Rgb { scale, .. }
            | Self::Domain { scale, .. } => Some(*scale),
            Self::Category { .. } => None,
        }
    }

    const fn marks(&self) -> &Marks {
        match self {
            Self::Mapped { marks, .. }
            | Self::Difference { marks, .. }
            | Self::Rgb { marks, .. }
            | Self::Category { marks, .. }
            | Self::Domain { marks, .. } => marks,
        }
    }

    /// The colour of one element, from its numbers; `None` for one that is hatched as missing. The plain way: legends,
    /// tests and single pixels.
    pub fn color<S: Sample>(&self, numbers: &[S]) -> Option<[u8; 4]> {
        // the steps of a stretch are found for thousands of pixels, not for one
        Painter::with(self, None).color(numbers)
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
    /// For stretches that are slow to work out.
    steps: Option<Arc<Steps>>,
    /// The ends of the range, the lesser first: beyond them values are clipped.
    ends: (f64, f64),
    /// Between these the run of colours is used and nothing else.
    plain: (f64, f64),
    /// The run of colours; an index of one byte never leaves it.
    lut: [[u8; 4]; 256],
}

impl<'a> Painter<'a> {
    pub(super) fn new(paint: &'a Paint, last: &LastSteps) -> Self {
        Self::with(paint, Some(last))
    }

    fn with(paint: &'a Paint, last: Option<&LastSteps>) -> Self {
        let scale = paint.scale().unwrap_or(Scale::linear(0.0, 1.0));
        let ready = scale.prepared();
        let forward = scale.lo < scale.hi;
        let steps = match (paint, scale.stretch) {
            (Paint::Mapped { .. }, s) if s != Stretch::Linear && forward => last.map(|l| l.of(scale, &ready)),
            _ => None,
        };
        let ends = (scale.lo.min(scale.hi), scale.lo.max(scale.hi));
        let marks = paint.marks();
        let plain = (
            if marks.below.is_some() { ends.0 } else { -f64::MAX },
            if marks.above.is_some() { ends.1 } else { f64::MAX },
        );
        let lut = match paint {
            Paint::Mapped { lut, .. } | Paint::Difference { lut, .. } | Paint::Domain { lut, .. } => lut.map(opaque),
            _ => [[0; 4]; 256],
        };
        Self { paint, scale: ready, steps, ends, plain, lut }
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
            Paint::Mapped { .. } => match number(0) {
                v if v >= self.plain.0 && v <= self.plain.1 => self.mapped(v),
                v => self.odd(v),
            },
            // Of equal infinities the difference is no number.
            Paint::Difference { .. } => match number(0) - number(1) {
                v if v.is_nan() => opaque(self.paint.marks().nan),
                v if v >= self.plain.0 && v <= self.plain.1 => self.mapped(v),
                v => self.odd(v),
            },
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
            Paint::Domain { .. } => {
                let (re, im) = (number(0), number(1));
                let angle = (im.atan2(re) / std::f64::consts::TAU + 0.5).clamp(0.0, 1.0);
                #[expect(clippy::cast_possible_truncation, reason = "for a colour")]
                let [r, g, b, _] = self.lut.get(usize::from(entry(angle as f32))).copied().unwrap_or_default();
                let light = self.scale.unit(re.hypot(im));
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
                opaque([r, g, b].map(|c| (f32::from(c) * light).round() as u8))
            }
        })
    }

    /// The colour of a number outside the plain range.
    fn odd(&self, v: f64) -> [u8; 4] {
        let marks = self.paint.marks();
        if v.is_infinite() {
            return opaque(if v > 0.0 { marks.pos_inf } else { marks.neg_inf });
        }
        let mark = if v < self.ends.0 { marks.below } else { marks.above };
        mark.map_or_else(|| self.mapped(v), opaque)
    }

    #[expect(clippy::indexing_slicing, reason = "a byte is always within 256 entries")]
    fn mapped(&self, v: f64) -> [u8; 4] {
        self.lut[usize::from(self.steps.as_ref().map_or_else(|| entry(self.scale.unit(v)), |s| s.entry(v)))]
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

    /// Colours a row of pixels that all lie on the picture; `channels` are the numbers of each, `at` is where the row
    /// stands in the window, for the hatch. `true` when some pixel was hatched: then another row looks different.
    #[expect(clippy::indexing_slicing, reason = "a byte is always within 256 entries")]
    pub(super) fn row<S: Sample>(&self, channels: &[&[S]], at: [usize; 2], out: &mut [[u8; 4]]) -> bool {
        let hatch = self.paint.marks().missing;
        let hatched = |x: usize| opaque(if ((x + at[0] + at[1]) / 4).is_multiple_of(2) { hatch[0] } else { hatch[1] });
        let mut any = false;
        let mut missing = |x: usize| {
            any = true;
            hatched(x)
        };
        if let ([values], Paint::Mapped { .. }) = (channels, self.paint) {
            let slow = |v: S| if v.is_nan() { self.special(v) } else { Some(self.odd(v.f64())) };
            match &self.steps {
                None => {
                    for (x, (o, v)) in out.iter_mut().zip(*values).enumerate() {
                        let f = v.f64();
                        *o = if f >= self.plain.0 && f <= self.plain.1 {
                            self.lut[usize::from(entry(self.scale.unit(f)))]
                        } else {
                            slow(*v).unwrap_or_else(|| missing(x))
                        };
                    }
                }
                Some(steps) => {
                    for (x, (o, v)) in out.iter_mut().zip(*values).enumerate() {
                        let f = v.f64();
                        *o = if f >= self.plain.0 && f <= self.plain.1 {
                            self.lut[usize::from(steps.entry(f))]
                        } else {
                            slow(*v).unwrap_or_else(|| missing(x))
                        };
                    }
                }
            }
            return any;
        }
        let mut numbers = [S::NAN; 4];
        for (x, o) in out.iter_mut().enumerate() {
            for (n, c) in numbers.iter_mut().zip(channels) {
                *n = c.get(x).copied().unwrap_or(S::MISSING);
            }
            *o = self.color(numbers.get(..channels.len()).unwrap_or(&numbers)).unwrap_or_else(|| missing(x));
        }
        any
    }
}

/// Where a stretch goes from one entry to the next, found once: then no pixel needs a logarithm.
struct Steps {
    /// The least value of each of the entries 1 to 255.
    least: Vec<f64>,
    /// The range in buckets: the entry that each starts with.
    table: Vec<u8>,
    buckets: Buckets,
}

/// How the range is cut into buckets. Whatever the cut, greater values never come in earlier buckets.
#[derive(Clone, Copy)]
enum Buckets {
    /// Evenly: the low end, and buckets for one unit.
    Even(f64, f64),
    /// By the bits of the float, so that each octave has as many: the number of the low end, and the bits left out.
    Octaves(i64, u32),
}

impl Buckets {
    const COUNT: u32 = 1 << 14;

    fn of(self, v: f64) -> usize {
        match self {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; below is 0")]
            Self::Even(lo, scale) => ((v - lo) * scale) as usize,
            Self::Octaves(start, shift) => {
                let at = ordered(v);
                if at < start { 0 } else { usize::try_from(at.abs_diff(start) >> shift).unwrap_or(usize::MAX) }
            }
        }
    }
}

impl Steps {
    /// By bisection of the numbers themselves: exactly where `unit` steps.
    fn new(stretch: Stretch, scale: &Prepared, lo: f64, hi: f64) -> Self {
        let (start, top) = (ordered(lo), ordered(hi));
        let mut from = start;
        let least: Vec<f64> = (1..=255_u8)
            .map(|i| {
                let (mut a, mut b) = (from, top);
                while a < b {
                    let mid = a.wrapping_add_unsigned(b.abs_diff(a) / 2);
                    if entry(scale.unit(unordered(mid))) >= i { b = mid } else { a = mid + 1 }
                }
                from = a;
                // Where even the end of the range is too low, only what lies beyond it would do.
                if entry(scale.unit(unordered(a))) >= i { unordered(a) } else { f64::INFINITY }
            })
            .collect();
        let first = least.first().copied().filter(|l| l.is_finite()).map_or(start, ordered);
        let width = top.abs_diff(first);
        let even = f64::from(Buckets::COUNT) / (hi - lo);
        let buckets = if stretch == Stretch::Log || !even.is_finite() {
            Buckets::Octaves(first, (0..63).find(|s| width >> s < u64::from(Buckets::COUNT)).unwrap_or(63))
        } else {
            Buckets::Even(lo, even)
        };
        let mut table = Vec::new();
        let mut i = 0_u8;
        for bucket in 0..=buckets.of(hi).min(1 << 20) {
            while i < 255 && least.get(usize::from(i)).is_some_and(|l| buckets.of(*l) < bucket) {
                i += 1;
            }
            table.push(i);
        }
        Self { least, table, buckets }
    }

    fn entry(&self, v: f64) -> u8 {
        let mut i = self.table.get(self.buckets.of(v)).or(self.table.last()).copied().unwrap_or(0);
        while self.least.get(usize::from(i)).is_some_and(|l| *l <= v) {
            i = i.saturating_add(1);
        }
        i
    }
}

/// The steps of the scale that was drawn last: they are costly to find, and most frames use the same.
#[derive(Default)]
pub(super) struct LastSteps(Mutex<Option<(Scale, Arc<Steps>)>>);

impl LastSteps {
    fn of(&self, scale: Scale, ready: &Prepared) -> Arc<Steps> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((s, steps)) if *s == scale => steps.clone(),
            _ => {
                let steps = Arc::new(Steps::new(scale.stretch, ready, scale.lo, scale.hi));
                *last = Some((scale, steps.clone()));
                steps
            }
        }
    }
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
        let lut = Box::new(std::array::from_fn(|i| [i as u8; 3]));
        let two = Paint::Difference { scale: Scale::linear(-1.0, 1.0), lut, marks };
        assert_eq!(two.color(&[5.0, 4.0]), Some([255; 4]));
        assert_eq!(two.color(&[5.0_f32, 7.0]), Some(opaque([1, 2, 3])));
        assert_eq!(two.color(&[f64::INFINITY, f64::INFINITY]), Some(opaque(marks.nan)));
        assert_eq!(two.color(&[f64::INFINITY, 0.0]), Some(opaque(marks.pos_inf)));
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
            let painter = Painter::new(&paint, &LastSteps::default());
            let values: Vec<f64> = vs.iter().map(|v| if v.abs() < 2.0 { a + v * width } else { *v }).collect();
            let mut out = vec![[0; 4]; values.len()];
            painter.row(&[&values], [0, 0], &mut out);
            let scale = Scale { lo: a, hi: a + width, stretch };
            for (v, o) in values.iter().zip(out) {
                prop_assert_eq!(paint.color(&[*v]), painter.color(&[*v]), "alone and among others");
                if v.is_finite() {
                    let want = entry(scale.unit(*v));
                    prop_assert_eq!(o[0], want, "{:?} {} in {}..{}", stretch, v, a, a + width);
                }
            }
        }
    }
}
