//! Curves as they are drawn: the work that reads them, beside the frame, and which points a stretch of the axis shows.
//! Must never hand over more than a few points for each pixel.

use super::series::Series;
use crate::export::figure::Axis;
use crate::machine::Handle;
use crate::session::{JobCx, Outcome, View, WorkKey};
use crate::source::limits;
use crate::tensor::{Array, Curve, Derived, Part, Ruler, Segment, Transform, numbers};
use std::sync::Arc;

/// Points of a curve whose x does not rise, at most.
const CLOUD: usize = 40_000;

/// The x of the samples.
pub struct Column {
    values: Vec<f64>,
    /// Each is greater than the one before.
    rises: bool,
}

/// Where the samples of a curve stand.
#[derive(Clone)]
pub enum Xs {
    /// Evenly.
    Even {
        /// The x of the first.
        start: f64,
        /// From one to the next.
        step: f64,
    },
    /// Where a column says.
    Column(Arc<Column>),
}

/// A curve that can be drawn.
pub struct Trace {
    /// Its samples over their numbers.
    pub curve: Arc<Curve>,
    /// Their places.
    pub xs: Xs,
    /// x and y of some samples, with their numbers, where x does not rise.
    cloud: Option<Arc<Vec<(u64, [f64; 2])>>>,
    /// What was left out.
    pub note: Option<String>,
}

/// What of a value is drawn, beside the curves: that which work depends on.
pub struct Frame<'a> {
    /// The window.
    pub view: &'a View<'a>,
    /// The value.
    pub handle: Handle,
    /// Axes and indices.
    pub of: Vec<u64>,
    /// The number of a complex one.
    pub part: Part,
    /// What is drawn of the samples.
    pub transform: Transform,
}

/// Why a curve is not there: in words, or it is being read.
pub type NotYet = Option<String>;

fn watch(cx: &JobCx) -> impl Fn(u64, u64) -> bool + '_ {
    |done, all| {
        cx.progress(done, all);
        !cx.cancelled()
    }
}

fn there<T>(o: Outcome<T>) -> Result<Arc<T>, NotYet> {
    match o {
        Outcome::Ready(v) => Ok(v),
        Outcome::Failed(why) => Err(Some(why.to_string())),
        Outcome::Pending => Err(None),
    }
}

impl Frame<'_> {
    fn key(&self, kind: &'static str, s: u64, more: &[u64]) -> WorkKey {
        let mut of = vec![s, self.part as u64];
        of.extend(&self.of);
        of.extend(more);
        WorkKey { place: self.view.place, handle: self.handle, kind, of }
    }

    /// The x of all curves.
    pub fn column(&self, array: &Array, id: u64) -> Result<Arc<Column>, NotYet> {
        if array.len() > limits::NUMBERS {
            let most = crate::interpret::grouped(limits::NUMBERS);
            return Err(Some(format!(
                "More than {most} samples cannot be drawn over a column; draw them over their index."
            )));
        }
        let array = array.clone();
        there(self.view.session.work.get(self.key("x", id, &[array.available()]), "Reading x", move |cx| {
            let (values, _) = numbers(&array, Part::Real, &watch(cx)).ok_or("stopped")?;
            let rises = values.first().is_some_and(|v| v.is_finite()) && values.is_sorted_by(|a, b| a < b);
            let bytes = (values.len() * size_of::<f64>()) as u64;
            Ok((Column { values, rises }, bytes))
        }))
    }

    /// A curve: the exact one when it is there, a sampled one until then.
    pub fn trace(&self, s: &Series, over: Option<&Arc<Column>>, over_id: u64) -> Result<Trace, NotYet> {
        let (array, part, how) = (s.array.clone(), self.part, self.transform);
        let of = [array.offset(), array.available()];
        if how != Transform::None {
            // over seconds, a spectrum is in hertz
            let step = match over.map(|c| (&c.values, c.rises)) {
                Some((v, true)) if v.len() > 1 => (v[v.len() - 1] - v[0]) / (v.len() - 1) as f64,
                _ => 1.0,
            };
            let key = self.key("derived", s.id, &[of[0], of[1], how as u64, step.to_bits()]);
            let made = self.view.session.work.get(key, "Working out the curve", move |cx| {
                let d = Derived::of(&array, part, how, step, &watch(cx));
                let d = d.ok_or("There are no finite samples to work with, or too few.")?;
                let curve = Arc::new(d.curve);
                let bytes = curve.memory() as u64 + curve.len() * 8;
                Ok(((curve, Xs::Even { start: d.start, step: d.step }, d.note), bytes))
            });
            let made = there(made)?;
            return Ok(Trace { curve: made.0.clone(), xs: made.1.clone(), cloud: None, note: made.2.clone() });
        }
        let curve = self.curve(s)?;
        let Some(column) = over else {
            return Ok(Trace { curve, xs: Xs::Even { start: 0.0, step: 1.0 }, cloud: None, note: None });
        };
        let cloud = if column.rises {
            None
        } else {
            let column = column.clone();
            let key = self.key("cloud", s.id, &[of[0], of[1], over_id]);
            Some(there(self.view.session.work.soon(key, "Reading points", move |cx| {
                let n = array.len().min(column.values.len() as u64);
                let stride = n.div_ceil(CLOUD as u64).max(1);
                let some = array.range(0, 0, n.div_ceil(stride), i64::try_from(stride).unwrap_or(1));
                let some = some.map_err(|e| e.to_string())?;
                let (ys, _) = numbers(&some, part, &watch(cx)).ok_or("stopped")?;
                let xs = column.values.iter().step_by(usize::try_from(stride).unwrap_or(1));
                let points: Vec<_> = xs.zip(ys).zip(0_u64..).map(|((x, y), k)| (k * stride, [*x, y])).collect();
                let bytes = (points.len() * 24) as u64;
                Ok((points, bytes))
            }))?)
        };
        let some = cloud.as_ref().filter(|c| (c.len() as u64) < curve.len());
        let note = some.map(|c| format!("x does not rise: {} points, evenly chosen, are drawn", c.len()));
        Ok(Trace { curve, xs: Xs::Column(column.clone()), cloud, note })
    }

    /// Its samples over their numbers.
    pub fn curve(&self, s: &Series) -> Result<Arc<Curve>, NotYet> {
        let of = [s.array.offset(), s.array.available()];
        let (all, some, part) = (s.array.clone(), s.array.clone(), self.part);
        let exact = self.view.session.work.get(self.key("curve", s.id, &of), "Reading the samples", move |cx| {
            let curve = Curve::build(&all, part, &watch(cx)).ok_or("stopped")?;
            let bytes = curve.memory() as u64;
            Ok((curve, bytes))
        });
        match exact {
            Outcome::Ready(c) => return Ok(c),
            Outcome::Failed(why) => return Err(Some(why.to_string())),
            Outcome::Pending => {}
        }
        there(self.view.session.work.soon(self.key("first curve", s.id, &of), "Reading some samples", move |_| {
            let curve = Curve::preview(&some, part);
            let bytes = curve.memory() as u64;
            Ok((curve, bytes))
        }))
    }
}

impl Trace {
    /// Number of samples.
    pub fn len(&self) -> u64 {
        match &self.xs {
            Xs::Even { .. } => self.curve.len(),
            Xs::Column(c) => self.curve.len().min(c.values.len() as u64),
        }
    }

    /// The x of a sample.
    pub fn x(&self, i: u64) -> f64 {
        match &self.xs {
            Xs::Even { start, step } => start + i as f64 * step,
            Xs::Column(c) => usize::try_from(i).ok().and_then(|i| c.values.get(i)).copied().unwrap_or(f64::NAN),
        }
    }

    /// The value of a sample, as a binary64.
    pub fn y(&self, i: u64) -> f64 {
        let at = i as f64;
        let here = self.curve.visible(at, at + 0.25, 1000);
        here.iter().flatten().find(|p| p[0] == at).map_or(f64::NAN, |p| p[1])
    }

    /// The least number of x above 0.
    pub fn first_positive(&self) -> Option<f64> {
        match &self.xs {
            Xs::Even { start, step } => {
                let k = ((-start / step).floor() + 1.0).max(0.0);
                Some(start + k * step).filter(|v| *v > 0.0)
            }
            Xs::Column(c) => c.values.iter().copied().filter(|v| *v > 0.0 && v.is_finite()).reduce(f64::min),
        }
    }

    /// The numbers at the ends of x.
    pub fn extent(&self) -> Option<(f64, f64)> {
        let last = self.len().checked_sub(1)?;
        match &self.xs {
            Xs::Column(c) if !c.rises => {
                let finite = c.values.iter().copied().filter(|v| v.is_finite());
                let (lo, hi) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
                (lo <= hi).then_some((lo, hi))
            }
            _ => Some((self.x(0), self.x(last))),
        }
    }

    /// The number of the sample at or before a number of x, with a fraction where samples stand evenly.
    fn index(&self, x: f64) -> f64 {
        match &self.xs {
            Xs::Even { start, step } => (x - start) / step,
            Xs::Column(c) => c.values.partition_point(|v| *v <= x) as f64 - 1.0,
        }
    }

    /// The samples that stand from a number of x to another.
    pub fn between(&self, a: f64, b: f64) -> (u64, u64) {
        if let Xs::Column(c) = &self.xs {
            return (c.values.partition_point(|v| *v < a) as u64, c.values.partition_point(|v| *v <= b) as u64);
        }
        let last = self.len() as f64;
        let (from, to) = (self.index(a).ceil().clamp(0.0, last), (self.index(b).floor() + 1.0).clamp(0.0, last));
        (from as u64, to as u64)
    }

    /// The sample nearest to a place of the drawing.
    pub fn nearest(&self, x: &Axis, y: &Axis, [px, py]: [f64; 2], aspect: f64) -> Option<u64> {
        let last = self.len().checked_sub(1)?;
        if let Some(cloud) = &self.cloud {
            let off = |p: &[f64; 2]| {
                let (dx, dy) = ((x.unit(x.of(p[0])) - x.unit(px)) * aspect, y.unit(y.of(p[1])) - y.unit(py));
                dx.hypot(dy)
            };
            let seen = cloud.iter().filter(|(_, p)| off(p).is_finite());
            return seen.min_by(|a, b| off(&a.1).total_cmp(&off(&b.1))).map(|(i, _)| *i);
        }
        let number = x.number(px);
        let i = self.index(number);
        let below = i.floor().clamp(0.0, last as f64) as u64;
        let above = (below + 1).min(last);
        let off = |i: u64| (x.of(self.x(i)) - px).abs();
        Some(if off(above) < off(below) { above } else { below })
    }

    /// Samples that stand from one end of an axis to the other.
    pub fn count(&self, x: &Axis) -> u64 {
        if let Some(cloud) = &self.cloud {
            return cloud.len() as u64;
        }
        let (a, b) = self.between(x.number(x.ends.0), x.number(x.ends.1));
        b.saturating_sub(a)
    }

    /// The points to draw on so many pixels, in numbers, in stretches without gaps.
    pub fn visible(&self, axis: &Axis, pixels: usize) -> Vec<Segment> {
        if let Some(cloud) = &self.cloud {
            let mut parts = vec![Vec::new()];
            for (_, p) in cloud.iter() {
                match (p[0].is_finite() && p[1].is_finite(), parts.last_mut()) {
                    (true, Some(open)) => open.push(*p),
                    (false, Some(open)) if !open.is_empty() => parts.push(Vec::new()),
                    _ => {}
                }
            }
            return parts;
        }
        let (a, b) = axis.ends;
        if axis.ruler != Ruler::Log || b - a < 0.5 {
            return self.stretch(axis.number(a), axis.number(b), pixels);
        }
        // where each pixel holds more samples than the one before, the axis is drawn in pieces
        let pieces = ((b - a) * 4.0).ceil().clamp(1.0, 200.0);
        let mut out: Vec<Segment> = Vec::new();
        for k in 0..pieces as u32 {
            let (from, to) = (a + (b - a) * f64::from(k) / pieces, a + (b - a) * f64::from(k + 1) / pieces);
            let some = self.stretch(axis.number(from), axis.number(to), (pixels as f64 / pieces).ceil() as usize);
            for part in some {
                // a piece begins with the sample before it, which the last one had too
                match out.last_mut() {
                    Some(open) if open.last().zip(part.first()).is_some_and(|(l, f)| f[0] <= l[0]) => {
                        let end = open.last().map_or(f64::NEG_INFINITY, |l| l[0]);
                        open.extend(part.into_iter().filter(|p| p[0] > end));
                    }
                    _ => out.push(part),
                }
            }
        }
        out
    }

    fn stretch(&self, a: f64, b: f64, pixels: usize) -> Vec<Segment> {
        let (from, to) = (self.index(a), self.index(b));
        let mut parts = match &self.xs {
            Xs::Even { .. } => self.curve.visible(from, to, pixels),
            Xs::Column(_) => self.curve.visible(from.max(0.0), to + 1.0, pixels),
        };
        for p in parts.iter_mut().flatten() {
            p[0] = match &self.xs {
                Xs::Even { start, step } => start + p[0] * step,
                Xs::Column(_) => self.x(p[0].round() as u64),
            };
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(ys: &[f64], xs: Option<&[f64]>) -> Trace {
        let curve = Arc::new(Curve::of_values(ys).unwrap());
        let xs = xs.map_or(Xs::Even { start: 0.0, step: 1.0 }, |v| {
            Xs::Column(Arc::new(Column { values: v.to_vec(), rises: v.is_sorted() }))
        });
        Trace { curve, xs, cloud: None, note: None }
    }

    fn axis(ends: (f64, f64), ruler: Ruler) -> Axis {
        Axis { ends, ruler, name: String::new() }
    }

    #[test]
    fn a_rising_column_places_the_samples() {
        let t = trace(&[1.0, 2.0, 3.0, 4.0], Some(&[0.0, 1.0, 10.0, 100.0]));
        assert_eq!(
            t.visible(&axis((0.5, 50.0), Ruler::Linear), 100),
            [[[0.0, 1.0], [1.0, 2.0], [10.0, 3.0], [100.0, 4.0]]]
        );
        assert_eq!((t.between(0.5, 50.0), t.extent()), ((1, 3), Some((0.0, 100.0))));
        let (x, y) = (axis((0.0, 100.0), Ruler::Linear), axis((0.0, 5.0), Ruler::Linear));
        let near = |at| t.nearest(&x, &y, [at, 0.0], 1.0).unwrap();
        assert_eq!([near(-5.0), near(4.0), near(6.0), near(70.0), near(500.0)], [0, 1, 2, 3, 3]);
    }

    #[test]
    fn a_logarithmic_axis_shows_every_decade() {
        let ys: Vec<f64> = (0..1_000_000).map(|i| f64::from(i % 97)).collect();
        let t = trace(&ys, None);
        let points = t.visible(&axis((0.0, 6.0), Ruler::Log), 600).concat();
        assert!(points.windows(2).all(|w| w[0][0] < w[1][0]), "x runs forward");
        for decade in 0..6 {
            let n = points.iter().filter(|p| (10_f64.powi(decade)..10_f64.powi(decade + 1)).contains(&p[0])).count();
            assert!((9..2000).contains(&n), "{n} points in decade {decade}");
        }
    }
}
