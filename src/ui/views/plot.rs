//! The view of lines of an array, of fields and of columns as curves, with their histogram, spectrum or order.
//! Must never walk an array in a frame: what is drawn comes from work beside it, a few points for each pixel.

mod canvas;
pub(super) use canvas::{colors, rgb, shape};
mod controls;
mod readout;
mod save;
mod series;
mod trace;

use super::slicing::Slicing;
use crate::export::figure::{Axis, Figure};
use crate::machine::Handle;
use crate::session::{Action, Captured, View};
use crate::tensor::{Part, Transform};
use crate::ui::widgets::empty::Empty;
use crate::ui::{Tokens, icons};
use eframe::egui::{ScrollArea, Ui};
use series::{Over, Series, Wish};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher as _};
use trace::{Frame, Trace};

pub use series::Subject;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Style {
    #[default]
    Line,
    Step,
    Points,
}

/// The part of the height that the controls and the legend take at most.
const CONTROLS: f32 = 0.42;
/// The least height of these, in points: two rows.
const LEAST_CONTROLS: f32 = 62.0;
/// In a view less high than this, in points, what is seldom changed is folded away.
const TIGHT: f32 = 340.0;

/// Samples on screen up to which each is marked.
const MARKED: u64 = 160;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct PlotView {
    wish: Wish,
    style: Style,
    part: Part,
    transform: Transform,
    log: [bool; 2],
    free_y: bool,
    /// Curves that are not drawn, by their ids.
    hidden: BTreeSet<u64>,
    /// The ends of the axes, in their places; `None` shows all.
    ends: [Option<(f64, f64)>; 2],
    /// The value and its axes that the choices above were made for.
    shown: Option<u64>,
    drawn: Option<u64>,
    element: Option<Vec<u64>>,
    measuring: bool,
    /// In a small view all controls are shown.
    unfolded: bool,
    /// The two samples that are compared.
    cursors: [Option<u64>; 2],
    /// What was drawn last, for files.
    figure: Option<Figure>,
    /// A picture of it that is wanted.
    wanted: Option<Captured>,
}

/// A curve and how it is called.
struct Drawn<'a> {
    series: &'a Series,
    trace: Trace,
}

fn hash(of: impl std::hash::Hash) -> u64 {
    let mut h = DefaultHasher::new();
    of.hash(&mut h);
    h.finish()
}

impl PlotView {
    /// Draws a value into all the space there is.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        subject: Subject<'_>,
        slicing: &mut Slicing,
        out: &mut Vec<Action>,
    ) {
        if !subject.can_be_drawn() {
            let what = match subject {
                Subject::Array(a) if a.is_empty() => "The array has no elements.",
                Subject::Array(_) => "Its elements are no numbers along an axis.",
                Subject::Frame(_) => "No column holds numbers.",
            };
            Empty::new(icons::PLOT, "Nothing to plot", what).show(ui);
            self.no_plot(out);
            return;
        }
        let shape: &[u64] = match subject {
            Subject::Array(a) => a.shape(),
            Subject::Frame(_) => &[],
        };
        let subject_now = hash((handle, shape));
        if self.shown != Some(subject_now) {
            self.shown = Some(subject_now);
            self.wish = Wish { over: subject.natural_over(), ..subject.usual() };
            self.hidden.clear();
            self.cursors = [None; 2];
            self.element = None;
        }
        self.follow_selection(view, handle, slicing, subject);
        let fixed = slicing.fixed.clone();
        // in a small window the plot keeps the larger part, and what stands above it scrolls
        let high = ui.available_height();
        let all = subject.series(&self.wish, &fixed, Tokens::of(ui));
        let most = (high * CONTROLS).max(LEAST_CONTROLS);
        ScrollArea::vertical().id_salt("controls").max_height(most).auto_shrink([false, true]).show(ui, |ui| {
            self.controls(ui, subject, slicing, high < TIGHT);
            self.legend(ui, subject, &all);
        });
        let shows: Vec<&Series> = all.iter().filter(|s| !self.hidden.contains(&s.id)).collect();
        if shows.is_empty() {
            Empty::new(icons::PLOT, "Nothing to plot", "All curves are hidden: click one in the legend.").show(ui);
            self.no_plot(out);
            return;
        }
        let mut of: Vec<u64> = vec![self.wish.axis as u64, self.wish.across.map_or(u64::MAX, |a| a as u64)];
        of.extend(&fixed);
        let frame = Frame { view, handle, of, part: self.part, transform: self.transform };
        match self.traces(&frame, subject, &shows, &fixed) {
            Ok(drawn) => {
                self.plot(ui, view, handle, subject, &drawn, slicing, out);
                self.saved(ui, view, subject, out);
            }
            Err(Some(why)) => {
                Empty::new(icons::BROKEN, "It cannot be drawn", &why).show(ui);
                self.no_plot(out);
            }
            Err(None) => {
                Empty::new(icons::RECENT, "Reading", "The first curve is on its way.").show(ui);
            }
        }
    }

    /// An element that was selected elsewhere turns the other axes to itself.
    fn follow_selection(&mut self, view: &View<'_>, handle: Handle, slicing: &mut Slicing, subject: Subject<'_>) {
        let Subject::Array(a) = subject else { return };
        let selected = view.selection().filter(|s| s.handle == Some(handle)).and_then(|s| s.element.as_ref());
        let Some(e) = selected.filter(|e| self.element.as_ref() != Some(e) && e.len() == a.ndim()) else { return };
        self.element = Some(e.clone());
        for (axis, (at, to)) in slicing.fixed.iter_mut().zip(e).enumerate() {
            if axis != self.wish.axis && Some(axis) != self.wish.across {
                *at = *to;
            }
        }
    }

    fn traces<'a>(
        &self,
        frame: &Frame<'_>,
        subject: Subject<'_>,
        shows: &[&'a Series],
        fixed: &[u64],
    ) -> Result<Vec<Drawn<'a>>, trace::NotYet> {
        let id = hash(self.wish.over);
        let over = match subject.over(&self.wish, fixed) {
            Some(array) if matches!(self.transform, Transform::None | Transform::Spectrum) => {
                Some(frame.column(&array, id))
            }
            _ => None,
        };
        // All work is asked for before any is waited for.
        if self.transform == Transform::None {
            shows.iter().for_each(|s| _ = frame.curve(s));
        }
        let over = over.transpose()?;
        let all: Vec<_> = shows.iter().map(|s| (*s, frame.trace(s, over.as_ref(), id))).collect();
        all.into_iter().map(|(series, trace)| Ok(Drawn { series, trace: trace? })).collect()
    }

    /// What the two axes measure.
    fn rulers(&self, subject: Subject<'_>, drawn: &[Drawn<'_>], fixed: &[u64]) -> [(crate::tensor::Ruler, String); 2] {
        use crate::tensor::Ruler;
        let over = subject.over(&self.wish, fixed);
        let over_name = || {
            let all = subject.overs(&self.wish, fixed);
            all.into_iter().find(|(o, _)| *o == self.wish.over).map_or_else(String::new, |(_, name)| name)
        };
        let y_kind = drawn.first().map_or(Ruler::Linear, |d| series::ruler(&d.series.array.dtype.kind));
        let y_name = match drawn {
            [one] if one.series.column.is_some() || subject.has_names() => one.series.name.clone(),
            _ if subject.is_complex() => self.part.name().to_owned(),
            _ => String::new(),
        };
        let index = match subject {
            Subject::Array(a) if a.ndim() < 2 => "index".to_owned(),
            Subject::Array(_) => format!("index along axis {}", self.wish.axis),
            Subject::Frame(_) => "row".to_owned(),
        };
        let (x, y) = match self.transform {
            Transform::None => {
                let x = over.map_or((Ruler::Count, index), |a| (series::ruler(&a.dtype.kind), over_name()));
                (x, (y_kind, y_name))
            }
            Transform::Histogram => {
                let x = if y_name.is_empty() { "value".to_owned() } else { y_name };
                ((y_kind, x), (Ruler::Count, "samples".to_owned()))
            }
            Transform::Spectrum => {
                let per = if self.wish.over == Over::Index {
                    "sample".to_owned()
                } else {
                    format!("unit of {}", over_name())
                };
                ((Ruler::Linear, format!("cycles per {per}")), (Ruler::Linear, "amplitude".to_owned()))
            }
            Transform::Sorted => ((Ruler::Count, "rank".to_owned()), (y_kind, y_name)),
        };
        let logs = |(r, name): (Ruler, String), log: bool| (if log { Ruler::Log } else { r }, name);
        [logs(x, self.log[0]), logs(y, self.log[1])]
    }

    /// The axis across: what is looked at, or all of it.
    fn x_axis(&self, ruler: crate::tensor::Ruler, name: String, drawn: &[Drawn<'_>]) -> Axis {
        let axis = Axis { ends: (0.0, 1.0), ruler, name };
        if let Some(ends) = self.ends[0] {
            return Axis { ends, ..axis };
        }
        let ends = drawn.iter().filter_map(|d| {
            let (lo, hi) = d.trace.extent()?;
            let lo = if lo > 0.0 || ruler != crate::tensor::Ruler::Log { lo } else { d.trace.first_positive()? };
            Some((axis.of(lo), axis.of(hi)))
        });
        let (lo, hi) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 1.0));
        // bars and steps are half a sample wider
        let half = match drawn.first().map(|d| &d.trace.xs) {
            Some(trace::Xs::Even { step, .. })
                if matches!(ruler, crate::tensor::Ruler::Linear | crate::tensor::Ruler::Count) =>
            {
                step.abs() * 0.5
            }
            _ => 0.0,
        };
        Axis { ends: widened(lo, hi, 0.02, half), ..axis }
    }
}

/// Room on both sides, and some where there is no range.
fn widened(lo: f64, hi: f64, part: f64, least: f64) -> (f64, f64) {
    let more = ((hi - lo) * part).max(least);
    let more = if more > 0.0 { more } else { (lo.abs() * 0.05).max(0.5) };
    (lo - more, hi + more)
}
