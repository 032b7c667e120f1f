//! Values along a row, a column or a line of the picture; of a difference, the differences. Kept until something else is asked for, so that a still picture
//! reads nothing. Must never read more values than a strip can show.

use super::Frame;
use super::overlay::number;
use crate::tensor::{Array, Sample as _, Scratch};

/// Values of a trace at most.
const MOST: u64 = 2_048;

/// Values at places.
#[derive(Default)]
pub(super) struct Trace {
    /// The place along the axis, or the distance from the start of the line; and the value, NaN where there is none.
    pub(super) points: Vec<(f64, f64)>,
    /// Only each of so many elements was read.
    pub(super) step: u64,
}

/// What a trace was read from.
#[derive(Clone, Default, PartialEq)]
struct Key {
    of: Vec<u64>,
    handle: Option<(crate::session::Place, crate::machine::Handle)>,
    part: u64,
    whose: u64,
    what: Vec<u64>,
}

/// The traces that were drawn last: across, upright, and along the line.
#[derive(Default)]
pub(super) struct Traces {
    kept: [(Key, Vec<Trace>); 3],
}

/// Which trace.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Which {
    Across,
    Upright,
    Line,
}

impl Traces {
    /// The values along plane axis 1 (of a row) or 0 (of a column) through the other's index `at`, from `first` up to
    /// `end`, of each channel.
    pub(super) fn axis(
        &mut self,
        frame: &Frame<'_>,
        which: Which,
        along: usize,
        at: u64,
        [first, end]: [u64; 2],
    ) -> &[Trace] {
        self.get(frame, which, vec![along as u64, at, first, end], |plane| {
            let n = end.saturating_sub(first);
            let step = n.div_ceil(MOST).max(1);
            let count = n.div_ceil(step);
            let line = plane.slice(1 - along, at).ok()?.range(0, first, count, i64::try_from(step).ok()?).ok()?;
            let (mut values, mut scratch) = (Vec::<f64>::new(), Scratch::default());
            line.samples(frame.part, &mut values, &mut scratch).ok()?;
            let points = (0..).zip(values).map(|(i, v)| ((first + i * step) as f64 + 0.5, v.f64())).collect();
            Some(Trace { points, step })
        })
    }

    /// The values along a line: of the element under each of its points, as far apart as elements are.
    pub(super) fn line(&mut self, frame: &Frame<'_>, [a, b]: [[f64; 2]; 2]) -> &[Trace] {
        let what = [a, b].iter().flatten().map(|v| v.to_bits()).collect();
        self.get(frame, Which::Line, what, |plane| {
            let (dr, dc) = (b[0] - a[0], b[1] - a[1]);
            let length = dr.hypot(dc);
            let n = (length.ceil() as u64).clamp(1, MOST);
            let (rows, cols) = (*plane.shape().first()?, *plane.shape().get(1)?);
            let points = (0..=n).map(|i| {
                let part = i as f64 / n as f64;
                let (r, c) = (a[0] + dr * part, a[1] + dc * part);
                let e = [(r.max(0.0) as u64).min(rows - 1), (c.max(0.0) as u64).min(cols - 1)];
                (length * part, number(&plane.value(&e), frame.part))
            });
            Some(Trace { points: points.collect(), step: 1 })
        })
    }

    fn get(
        &mut self,
        frame: &Frame<'_>,
        which: Which,
        what: Vec<u64>,
        read: impl Fn(&Array) -> Option<Trace>,
    ) -> &[Trace] {
        let key = Key {
            of: frame.of.clone(),
            handle: Some((frame.win.place, frame.handle)),
            part: frame.part as u64 + 8 * frame.which,
            whose: frame.whose().map_or(0, |w| w.1),
            what,
        };
        let slot = &mut self.kept[which as usize];
        if slot.0 != key {
            let mut traces: Vec<Trace> = frame.planes.iter().filter_map(&read).collect();
            if let (Some(trace), Some(other)) = (traces.first_mut(), frame.less().and_then(read)) {
                for (a, b) in trace.points.iter_mut().zip(other.points) {
                    a.1 -= b.1;
                }
            }
            *slot = (key, traces);
        }
        &slot.1
    }
}
