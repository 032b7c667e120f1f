//! The view of one axis of an array as a curve.
//! Must never walk an array in a frame: what is drawn comes from work beside it, about two points for each pixel.

use super::slicing::Slicing;
use crate::machine::Handle;
use crate::session::{Action, Item, Outcome, Place, View, WorkKey};
use crate::tensor::{Array, Curve, Part, Scalar, drawable};
use crate::ui::widgets::{
    chip,
    empty::Empty,
    tabs::{self, Segment},
    toolbar::ToolButton,
};
use crate::ui::{Tokens, icons, theme};
use eframe::egui::{self, Color32, Ui, Vec2b, vec2};
use egui_plot::{Line, Plot, PlotBounds, PlotPoint, PlotPoints, Points, VLine};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Style {
    #[default]
    Line,
    Step,
    Points,
}

/// Series drawn at once at most.
const SERIES: usize = 12;
/// Samples on screen up to which each is marked.
const MARKED: f64 = 160.0;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct PlotView {
    slicing: Slicing,
    style: Style,
    part: Part,
    log_y: bool,
    free_y: bool,
    together: bool,
    hidden: BTreeSet<usize>,
    fit: bool,
    shown: Option<u64>,
    element: Option<Vec<u64>>,
    pinned: Option<(u64, f64)>,
}

struct Series {
    name: String,
    array: Array,
    /// The index of its first sample, the x axis being 0.
    column: Option<u64>,
    color: Color32,
}

impl PlotView {
    /// Draws an array into all the space there is, along the axis that `slicing` names.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        array: &Array,
        slicing: &mut Slicing,
        out: &mut Vec<Action>,
    ) {
        // the choice of axes is shared with the other views; it is borrowed for the frame
        self.slicing = std::mem::take(slicing);
        self.draw(ui, view, handle, array, out);
        *slicing = std::mem::take(&mut self.slicing);
    }

    fn draw(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, array: &Array, out: &mut Vec<Action>) {
        let fields = array.dtype.fields().iter().any(|f| drawable(&f.dtype));
        if array.ndim() == 0 || array.is_empty() || !(drawable(&array.dtype) || fields) {
            let what = if array.is_empty() {
                "The array has no elements."
            } else {
                "Its elements are no numbers along an axis."
            };
            Empty::new(icons::PLOT, "Nothing to plot", what).show(ui);
            return;
        }
        if let Some(e) = view.selected().element.as_ref().filter(|e| self.element.as_ref() != Some(e)) {
            self.slicing.show_element(e);
            self.element = Some(e.clone());
        }
        let series = self.series(ui, array);
        egui::Frame::new()
            .inner_margin(egui::Margin::symmetric(10, 2))
            .show(ui, |ui| self.controls(ui, array, &series));
        if series.is_empty() {
            Empty::new(icons::PLOT, "Nothing to plot", "All series are hidden.").show(ui);
            return;
        }
        let place = view.place;
        let mut curves = Vec::new();
        for s in &series {
            match self.curve(view, place, handle, &s.array, s.column) {
                Ok(c) => curves.push(c),
                Err(Some(why)) => {
                    Empty::new(icons::BROKEN, "It cannot be drawn", &why).show(ui);
                    return;
                }
                Err(None) => {
                    Empty::new(icons::RECENT, "Reading", "The first curve is on its way.").show(ui);
                    return;
                }
            }
        }
        self.plot(ui, view, handle, array, &series, &curves, out);
    }

    /// The series that the choices ask for.
    fn series(&self, ui: &Ui, array: &Array) -> Vec<Series> {
        let t = Tokens::of(ui);
        let palette = palette(t);
        let color = |i: usize| palette.get(i % palette.len()).copied().unwrap_or(t.accent);
        let line = |a: &Array| -> Option<Array> {
            let mut a = a.clone();
            // from the last axis on, so that the numbers of those before hold
            for axis in (0..self.slicing.fixed.len()).rev().filter(|x| *x != self.slicing.row) {
                a = a.slice(axis, *self.slicing.fixed.get(axis)?).ok()?;
            }
            (a.ndim() == 1).then_some(a)
        };
        if !array.dtype.fields().is_empty() {
            let parts = array.dtype.fields().iter().filter(|f| drawable(&f.dtype)).take(SERIES);
            let made = parts.enumerate().filter_map(|(i, f)| {
                let array = line(&array.field(&f.name).ok()?)?;
                Some(Series { name: f.name.clone(), array, column: None, color: color(i) })
            });
            return made.collect();
        }
        if array.ndim() >= 2 && self.together {
            let axis = self.column_axis(array);
            let n = array.shape().get(axis).copied().unwrap_or(0);
            return (0..n.min(SERIES as u64))
                .filter_map(|k| {
                    let mut s = self.slicing.clone();
                    *s.fixed.get_mut(axis)? = k;
                    let mut a = array.clone();
                    for x in (0..s.fixed.len()).rev().filter(|x| *x != s.row) {
                        a = a.slice(x, *s.fixed.get(x)?).ok()?;
                    }
                    Some(Series {
                        name: format!("axis {axis} = {k}"),
                        array: a,
                        column: Some(k),
                        color: color(k as usize),
                    })
                })
                .collect();
        }
        line(array)
            .map(|a| Series { name: "value".to_owned(), array: a, column: None, color: t.accent })
            .into_iter()
            .collect()
    }

    /// The axis whose indices are drawn together.
    fn column_axis(&self, array: &Array) -> usize {
        if self.slicing.col == self.slicing.row { array.ndim().saturating_sub(1) } else { self.slicing.col }
    }

    fn controls(&mut self, ui: &mut Ui, array: &Array, series: &[Series]) {
        ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP_S);
        ui.horizontal_wrapped(|ui| {
            let kinds = [Segment::new("Line"), Segment::new("Step"), Segment::new("Points")];
            let at = self.style as usize;
            if let Some(i) = tabs::segmented(ui, "Curve style", at, &kinds) {
                self.style = [Style::Line, Style::Step, Style::Points].get(i).copied().unwrap_or_default();
            }
            if array.dtype.is_complex() {
                let combo = egui::ComboBox::from_id_salt("complex part").selected_text(self.part.name()).width(110.0);
                combo.show_ui(ui, |ui| {
                    for p in Part::ALL {
                        ui.selectable_value(&mut self.part, *p, p.name());
                    }
                });
            }
            if ui.add(ToolButton::new(icons::FIT, "Show all samples").keys("Home")).clicked() {
                self.fit = true;
            }
            ui.checkbox(&mut self.log_y, "Log y").on_hover_text("Logarithmic values; those of 0 or less are not drawn");
            let mut fits = !self.free_y;
            ui.checkbox(&mut fits, "Fit y").on_hover_text("The value axis follows what is visible");
            self.free_y = !fits;
            if array.ndim() >= 2 && array.dtype.fields().is_empty() {
                let axis = self.column_axis(array);
                let n = array.shape().get(axis).copied().unwrap_or(0);
                let label =
                    if n > SERIES as u64 { format!("First {SERIES} of {n} series") } else { format!("All {n} series") };
                ui.checkbox(&mut self.together, label).on_hover_text(format!("Every index of axis {axis} as a series"));
            }
        });
        if array.ndim() >= 2 {
            let hidden = self.together.then(|| self.column_axis(array));
            self.slicing.ui(ui, hidden, false);
            if !self.together && array.ndim() == 2 {
                let axis = 1 - self.slicing.row.min(1);
                self.slicing.col = axis;
                let n = array.shape().get(axis).copied().unwrap_or(1);
                ui.horizontal(|ui| {
                    for a in 0..2 {
                        if ui.selectable_label(self.slicing.row == a, format!("along axis {a}")).clicked() {
                            self.slicing.row = a;
                            self.slicing.col = 1 - a;
                            self.fit = true;
                        }
                    }
                    if let Some(at) = self.slicing.fixed.get_mut(axis) {
                        let label = ui.label(egui::RichText::new(format!("axis {axis}")).small());
                        ui.add(egui::Slider::new(at, 0..=n.saturating_sub(1)).smart_aim(false)).labelled_by(label.id);
                    }
                });
            }
        }
        if series.len() > 1 {
            ui.horizontal_wrapped(|ui| {
                for (i, s) in series.iter().enumerate() {
                    let on = !self.hidden.contains(&i);
                    let text =
                        egui::RichText::new(&s.name).small().color(if on { s.color } else { Tokens::of(ui).text_soft });
                    let button = ui.add(egui::Button::selectable(on, text));
                    let button = button.on_hover_text("Click to show or hide, double-click for this one alone");
                    if button.double_clicked() {
                        self.hidden = (0..series.len()).filter(|k| *k != i).collect();
                    } else if button.clicked() && !self.hidden.remove(&i) {
                        self.hidden.insert(i);
                    }
                }
            });
        }
    }

    /// The exact curve when it is there, a sampled one until then.
    fn curve(
        &self,
        view: &View<'_>,
        place: Place,
        handle: Handle,
        a: &Array,
        column: Option<u64>,
    ) -> Result<Arc<Curve>, Option<String>> {
        let mut of = vec![self.part as u64, self.slicing.row as u64, column.map_or(u64::MAX, |c| c)];
        of.extend(&self.slicing.fixed);
        of.push(a.offset());
        of.push(a.available());
        let key = |kind| WorkKey { place, handle, kind, of: of.clone() };
        let (exact_of, first_of, part) = (a.clone(), a.clone(), self.part);
        let exact = view.session.work.get(key("curve"), "Reading the samples", move |cx| {
            let curve = Curve::build(&exact_of, part, &|done, all| {
                cx.progress(done, all);
                !cx.cancelled()
            });
            let curve = curve.ok_or("stopped")?;
            let bytes = curve.memory() as u64;
            Ok((curve, bytes))
        });
        match exact {
            Outcome::Ready(c) => return Ok(c),
            Outcome::Failed(why) => return Err(Some(why.to_string())),
            Outcome::Pending => {}
        }
        let first = view.session.work.get(key("first curve"), "Reading some samples", move |_| {
            let curve = Curve::preview(&first_of, part);
            let bytes = curve.memory() as u64;
            Ok((curve, bytes))
        });
        first.ready().ok_or(None)
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is drawn")]
    fn plot(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        array: &Array,
        series: &[Series],
        curves: &[Arc<Curve>],
        out: &mut Vec<Action>,
    ) {
        let t = Tokens::of(ui);
        let n = curves.iter().map(|c| c.len()).max().unwrap_or(0);
        let shows: Vec<usize> = (0..series.len()).filter(|i| !self.hidden.contains(i)).collect();
        let mut h = DefaultHasher::new();
        (handle, self.slicing.row, n).hash(&mut h);
        let identity = h.finish();
        let fresh = self.shown != Some(identity) || self.fit;
        (self.shown, self.fit) = (Some(identity), false);
        let status = 22.0;
        let size = ui.available_size() - vec2(0.0, status + theme::GAP_S);
        let log = self.log_y;
        let up = move |y: f64| if log { if y > 0.0 { y.log10() } else { f64::NAN } } else { y };
        let (style, fit_y, part) = (self.style, !self.free_y, self.part);
        let selected = view.selected().element.as_ref().and_then(|e| e.get(self.slicing.row).copied());
        let mut plot = Plot::new(("samples", identity))
            .width(size.x.max(40.0))
            .height(size.y.max(40.0))
            .auto_bounds(Vec2b::FALSE)
            .show_background(false)
            .allow_double_click_reset(false)
            .allow_boxed_zoom(true)
            .label_formatter(|_| None)
            .grid_color(t.line)
            .cursor_color(t.faint)
            .x_axis_label(format!("index along axis {}", self.slicing.row))
            .y_axis_min_width(52.0)
            .allow_drag(Vec2b::new(true, !fit_y))
            .allow_zoom(Vec2b::new(true, !fit_y))
            .allow_scroll(Vec2b::new(true, false))
            .x_axis_formatter(|m, _| if m.value.fract() == 0.0 { format!("{}", m.value) } else { String::new() });
        if log {
            plot = plot.y_axis_formatter(|m, _| power_label(m.value));
        }
        let last = (n.max(1) - 1) as f64;
        let whole = ((-0.02 * last).min(-0.5), last + (0.02 * last).max(0.5));
        let shown = plot.show(ui, |p| {
            if fresh {
                p.set_plot_bounds_x(whole.0..=whole.1);
            }
            let bounds = p.plot_bounds();
            let (x0, x1) = if fresh { whole } else { (bounds.min()[0], bounds.max()[0]) };
            if fit_y || fresh {
                let (a, b) = (x0.max(0.0) as u64, (x1.max(0.0) as u64).saturating_add(2));
                let range = shows
                    .iter()
                    .filter_map(|i| curves.get(*i)?.range(a, b))
                    .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
                let (lo, hi) = range.map_or((0.0, 1.0), |(lo, hi)| {
                    let lowest = if log && lo <= 0.0 { hi.abs().max(f64::MIN_POSITIVE) * 1e-6 } else { lo };
                    (up(lowest), up(hi.max(lowest)))
                });
                let margin = if hi > lo { (hi - lo) * 0.06 } else { lo.abs().max(1.0) * 0.1 };
                p.set_plot_bounds(PlotBounds::from_min_max([x0, lo - margin], [x1, hi + margin]));
            }
            let pixels = p.transform().frame().width().max(1.0) as usize;
            let few = x1 - x0 <= MARKED;
            for &i in &shows {
                let (Some(curve), Some(s)) = (curves.get(i), series.get(i)) else { continue };
                for segment in curve.visible(x0, x1, pixels) {
                    let points = drawn(&segment, style, few, up);
                    let lone = points.len() < 2;
                    if style != Style::Points && !lone {
                        let line = Line::new(s.name.clone(), PlotPoints::new(points)).color(s.color).width(1.3);
                        p.line(line.allow_hover(false));
                    }
                    if style == Style::Points || few || lone {
                        let marks: Vec<[f64; 2]> = segment.iter().map(|[x, y]| [*x, up(*y)]).collect();
                        let marks = Points::new(s.name.clone(), PlotPoints::new(marks)).color(s.color);
                        p.points(marks.radius(if few { 2.5 } else { 1.2 }).allow_hover(false));
                    }
                }
            }
            if let Some(x) = selected {
                p.vline(
                    VLine::new("selected", x as f64).color(t.accent.gamma_multiply(0.7)).width(1.0).allow_hover(false),
                );
            }
            if let Some((x, _)) = self.pinned {
                p.vline(VLine::new("pinned", x as f64).color(t.warning).width(1.0).allow_hover(false));
            }
            p.pointer_coordinate().map(|at| snap(at, n))
        });
        let hovered = shown.inner.filter(|_| shown.response.hovered());
        if shown.response.double_clicked() {
            self.fit = true;
        } else if shown.response.clicked()
            && let Some(x) = hovered
        {
            let index = self.index_of(x, series.first());
            self.element = Some(index.clone());
            out.push(Action::Select(Item::of_element(view.place, handle, index)));
        }
        if shown.response.hovered() && ui.input(|i| i.key_pressed(egui::Key::Home)) {
            self.fit = true;
        }
        let at = hovered.or(selected.filter(|x| *x < n));
        if let Some(x) = hovered {
            let line = shown.transform.position_from_point(&PlotPoint::new(x as f64, 0.0)).x;
            let frame = *shown.transform.frame();
            ui.painter_at(frame).vline(line, frame.y_range(), egui::Stroke::new(1.0, t.faint));
        }
        shown.response.context_menu(|ui| {
            if ui.button("Measure from here").clicked() {
                self.pinned = at.map(|x| (x, number(series, x, part)));
            }
            if self.pinned.is_some() && ui.button("Stop measuring").clicked() {
                self.pinned = None;
            }
        });
        self.status(ui, array, series, curves, at, status);
    }

    fn index_of(&self, x: u64, s: Option<&Series>) -> Vec<u64> {
        let mut index = self.slicing.index(x, 0);
        for (axis, i) in index.iter_mut().enumerate() {
            if axis != self.slicing.row {
                *i = self.slicing.fixed.get(axis).copied().unwrap_or(0);
                if let Some(k) = s.and_then(|s| s.column)
                    && axis == self.slicing.col
                {
                    *i = k;
                }
            }
        }
        index
    }

    /// The line below: the sample under the pointer at full precision, what was left out, what is being read.
    fn status(
        &self,
        ui: &mut Ui,
        array: &Array,
        series: &[Series],
        curves: &[Arc<Curve>],
        at: Option<u64>,
        height: f32,
    ) {
        let t = Tokens::of(ui);
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), height),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                ui.add_space(10.0);
                if let Some(x) = at {
                    let index = self.index_of(x, series.first());
                    let place: Vec<String> = index.iter().map(u64::to_string).collect();
                    ui.monospace(format!("[{}]", place.join(", ")));
                    for s in series.iter().enumerate().filter(|(i, _)| !self.hidden.contains(i)).take(4).map(|(_, s)| s)
                    {
                        let v = s.array.value(&[x]);
                        let text = egui::RichText::new(v.text()).monospace().color(if matches!(v, Scalar::Missing) {
                            t.error
                        } else {
                            s.color
                        });
                        ui.label(text);
                    }
                    if let Some(span) = array.byte_span_of(&index) {
                        ui.label(egui::RichText::new(format!("@ {:#x}", span.start)).monospace().color(t.text_soft));
                    }
                    if let (Some((x0, y0)), Some(_)) = (self.pinned, series.first()) {
                        let dy = number(series, x, self.part) - y0;
                        let dx = i128::from(x) - i128::from(x0);
                        ui.label(
                            egui::RichText::new(format!("Δ index {dx}, Δ value {dy}")).monospace().color(t.warning),
                        );
                    }
                } else {
                    let n = curves.iter().map(|c| c.len()).max().unwrap_or(0);
                    ui.label(
                        egui::RichText::new(format!(
                            "{n} samples; drag to move, wheel or pinch to zoom, click to select"
                        ))
                        .small()
                        .color(t.text_soft),
                    );
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let bad: u64 = curves.iter().map(|c| c.not_finite).sum();
                    if curves.iter().any(|c| c.sampled) {
                        ui.add(
                            chip::Chip::new("sampled").tone(chip::Tone::Note).hint("All samples are still being read"),
                        );
                    }
                    if bad > 0 {
                        let text = format!("{bad} not finite");
                        ui.add(
                            chip::Chip::new(&text)
                                .tone(chip::Tone::Warning)
                                .hint("NaN, NaT, infinite, masked or missing samples are gaps"),
                        );
                    }
                });
            },
        );
    }
}

/// The value of the first series as a number, for differences.
fn number(series: &[Series], x: u64, part: Part) -> f64 {
    match series.first().map(|s| s.array.value(&[x])) {
        Some(Scalar::Complex32(re, im)) => part.of(re.into(), im.into()),
        Some(Scalar::Complex64(re, im)) => part.of(re, im),
        Some(v) => v.to_f64().unwrap_or(f64::NAN),
        None => f64::NAN,
    }
}

fn snap(at: PlotPoint, n: u64) -> u64 {
    (at.x.round().max(0.0) as u64).min(n.saturating_sub(1))
}

/// The points of a stretch as they are drawn; values that cannot be are left out.
fn drawn(segment: &[[f64; 2]], style: Style, few: bool, up: impl Fn(f64) -> f64) -> Vec<[f64; 2]> {
    let points = segment.iter().map(|[x, y]| [*x, up(*y)]).filter(|p| p[1].is_finite());
    if style != Style::Step || !few {
        return points.collect();
    }
    let mut out: Vec<[f64; 2]> = Vec::with_capacity(segment.len() * 2);
    for p in points {
        if let Some(last) = out.last().copied() {
            let middle: f64 = f64::midpoint(last[0].round(), p[0]);
            out.push([middle, last[1]]);
            out.push([middle, p[1]]);
        }
        out.push(p);
    }
    out
}

/// The label of a power of ten.
fn power_label(exponent: f64) -> String {
    if exponent.fract().abs() > 1e-9 {
        return String::new();
    }
    if (-3.0..=4.0).contains(&exponent) { format!("{}", 10_f64.powf(exponent)) } else { format!("1e{exponent}") }
}

/// Colours of several series, told apart in both themes.
fn palette(t: &Tokens) -> Vec<Color32> {
    use crate::ops::Class;
    let classes =
        [Class::Text, Class::Number, Class::Call, Class::Container, Class::Bytes, Class::Global, Class::Structure];
    classes.iter().map(|c| t.class(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_turns_between_two_samples() {
        let s = [[0.0, 1.0], [1.0, 3.0]];
        assert_eq!(drawn(&s, Style::Step, true, |y| y), [[0.0, 1.0], [0.5, 1.0], [0.5, 3.0], [1.0, 3.0]]);
        assert_eq!(
            drawn(&[[0.0, -1.0], [1.0, 100.0]], Style::Line, true, |y| if y > 0.0 { y.log10() } else { f64::NAN }),
            [[1.0, 2.0]]
        );
    }

    #[test]
    fn powers_are_labelled_as_people_write_them() {
        assert_eq!(power_label(-2.0), "0.01");
        assert_eq!(power_label(12.0), "1e12");
        assert_eq!(power_label(0.5), "");
    }
}
