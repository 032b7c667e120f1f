//! The plot itself: its figure painted, dragged, zoomed, pointed at. Must never read an array.

use super::series::Series;
use super::trace::Trace;
use super::{Drawn, MARKED, PlotView, Style, Subject, widened};
use crate::export::figure::{Axis, Colors, Figure, Hold, Laid, Line, Rgb, SMALL, Shape};
use crate::machine::Handle;
use crate::session::{Action, Item, View};
use crate::tensor::{Ruler, Transform};
use crate::ui::views::slicing::Slicing;
use crate::ui::{Tokens, theme};
use eframe::egui::{
    self, Align2, Color32, EventFilter, FontFamily, FontId, Key, Painter, PointerButton, Pos2, Rect, Role, Sense,
    Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// A colour of the screen as a figure has it.
pub(in crate::ui::views) const fn rgb(c: Color32) -> Rgb {
    [c.r(), c.g(), c.b()]
}

const fn color(c: Rgb) -> Color32 {
    Color32::from_rgb(c[0], c[1], c[2])
}

/// The colours of a figure in a theme.
pub(in crate::ui::views) fn colors(t: &Tokens) -> Colors {
    Colors {
        ground: rgb(t.panel),
        grid: rgb(t.line),
        frame: rgb(t.faint),
        text: rgb(t.text_soft),
        strong: rgb(t.text_strong),
    }
}

const FONT: FontId = FontId::new(SMALL, FontFamily::Proportional);

/// The width of a text at an axis.
pub(super) fn measure(ui: &Ui) -> impl Fn(&str) -> f32 + '_ {
    |text| ui.painter().layout_no_wrap(text.to_owned(), FONT, Color32::WHITE).size().x
}

/// Draws a figure that was laid out with its upper left corner at a point.
pub(super) fn paint(painter: &Painter, at: Pos2, laid: &Laid) {
    let [l, t, r, b] = laid.frame;
    let frame = Rect::from_min_max(at + vec2(l, t), at + vec2(r, b));
    laid.under.iter().for_each(|s| shape(painter, at, s));
    let inside = painter.with_clip_rect(painter.clip_rect().intersect(frame.expand(0.5)));
    laid.curves.iter().for_each(|s| shape(&inside, at, s));
    laid.over.iter().for_each(|s| shape(painter, at, s));
}

pub(in crate::ui::views) fn shape(p: &Painter, o: Pos2, s: &Shape) {
    let place = |[x, y]: [f32; 2]| o + vec2(x, y);
    match s {
        Shape::Stroke { ends, color: c, width } => {
            p.line_segment(ends.map(place), Stroke::new(*width, color(*c)));
        }
        Shape::Curve { points, color: c, width } => {
            p.add(egui::Shape::line(points.iter().map(|q| place(*q)).collect(), Stroke::new(*width, color(*c))));
        }
        Shape::Area { points, base, color: c } => {
            let mut mesh = egui::Mesh::default();
            let ground = color(*c).gamma_multiply(0.3);
            for (k, q) in (0_u32..).zip(points) {
                mesh.colored_vertex(place(*q), ground);
                mesh.colored_vertex(place([q[0], *base]), ground);
                if k > 0 {
                    mesh.add_triangle(2 * k - 2, 2 * k - 1, 2 * k);
                    mesh.add_triangle(2 * k - 1, 2 * k, 2 * k + 1);
                }
            }
            p.add(mesh);
        }
        Shape::Dot { at, radius, color: c } => {
            p.circle_filled(place(*at), *radius, color(*c));
        }
        Shape::Box { sides: [l, t, r, b], color: c } => {
            let rect = Rect::from_min_max(place([*l, *t]), place([*r, *b]));
            p.rect_filled(rect, theme::RADIUS, color(*c).gamma_multiply(0.85));
        }
        Shape::Text { at, hold, text, size, color: c, up } => {
            let galley = p.layout_no_wrap(text.clone(), FontId::new(*size, FontFamily::Proportional), color(*c));
            let size = galley.size();
            if *up {
                let corner = place(*at) + vec2(-size.y / 2.0, size.x / 2.0);
                p.add(egui::epaint::TextShape::new(corner, galley, color(*c)).with_angle(-std::f32::consts::FRAC_PI_2));
                return;
            }
            let anchor = match hold {
                Hold::Left => Align2::LEFT_CENTER,
                Hold::Center => Align2::CENTER_CENTER,
                Hold::Right => Align2::RIGHT_CENTER,
            };
            p.galley(anchor.anchor_size(place(*at), size).min, galley, color(*c));
        }
    }
}

/// Points as they are drawn in places of the axes; what has no place is a gap.
fn parts(trace: &Trace, x: &Axis, y: Ruler, pixels: usize, steps: bool) -> Vec<Vec<[f64; 2]>> {
    let up = Axis { ends: (0.0, 1.0), ruler: y, name: String::new() };
    let mut out = Vec::new();
    for part in trace.visible(x, pixels) {
        let mut open: Vec<[f64; 2]> = Vec::with_capacity(part.len());
        for [px, py] in part {
            let p = [x.of(px), up.of(py)];
            if p.iter().all(|v| v.is_finite()) {
                open.push(p);
            } else if !open.is_empty() {
                out.push(std::mem::take(&mut open));
            }
        }
        if !open.is_empty() {
            out.push(open);
        }
    }
    if steps { out.into_iter().map(|p| stepped(&p)).collect() } else { out }
}

/// A level from halfway to the sample before to halfway to the next.
fn stepped(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut out: Vec<[f64; 2]> = Vec::with_capacity(points.len() * 2);
    for (i, p) in points.iter().enumerate() {
        let beside = |k: Option<usize>| k.and_then(|k| points.get(k)).map(|q| f64::midpoint(p[0], q[0]));
        let (before, after) = (beside(i.checked_sub(1)), beside(Some(i + 1)));
        let left = before.or(after.map(|a| 2.0 * p[0] - a)).unwrap_or(p[0] - 0.5);
        let right = after.or(before.map(|b| 2.0 * p[0] - b)).unwrap_or(p[0] + 0.5);
        out.extend([[left, p[1]], [right, p[1]]]);
    }
    out
}

impl PlotView {
    #[expect(clippy::too_many_arguments, reason = "all of it is drawn")]
    pub(super) fn plot(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        subject: Subject<'_>,
        drawn: &[Drawn<'_>],
        slicing: &Slicing,
        out: &mut Vec<Action>,
    ) {
        let t = Tokens::of(ui);
        let identity =
            super::hash((self.shown, &self.wish, self.transform as u8, drawn.first().map(|d| d.trace.len())));
        if self.drawn != Some(identity) {
            self.drawn = Some(identity);
            self.fit();
        }
        let size = (ui.available_size() - vec2(0.0, self.readout_height() + theme::GAP_S)).max(vec2(80.0, 60.0));
        let (rect, area) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let name = format!("Plot of {} with {} samples", drawn.len(), drawn.first().map_or(0, |d| d.trace.len()));
        area.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let [(x_ruler, x_name), (y_ruler, y_name)] = self.rulers(subject, drawn, &slicing.fixed);
        let mut x = self.x_axis(x_ruler, x_name, drawn);
        let y = Axis { ends: (0.0, 1.0), ruler: y_ruler, name: y_name };
        // the frame of the last frame tells where the pointer is
        let frame = self.laid_frame(rect, &x, &y, ui);
        x.ends = self.move_x(ui, &area, &x, frame);
        let pixels = frame.width().max(1.0) as usize;
        let lines: Vec<Line> = drawn.iter().map(|d| self.line(d, &x, y_ruler, pixels)).collect();
        let y = Axis { ends: self.y_ends(&lines, &x, y_ruler), ..y };
        let figure = Figure {
            size: [rect.width(), rect.height()],
            x,
            y,
            lines,
            colors: colors(t),
            legend: false,
            title: Default::default(),
        };
        let laid = figure.layout(&measure(ui));
        let painter = ui.painter_at(rect);
        crate::ui::capture::offer(ui, rect);
        paint(&painter, rect.min, &laid);
        let [l, top, r, b] = laid.frame;
        let frame = Rect::from_min_max(rect.min + vec2(l, top), rect.min + vec2(r, b));
        if figure.lines.iter().all(|l| l.parts.iter().all(Vec::is_empty)) {
            let text =
                if self.ends[0].is_some() { "No samples here" } else { "No sample that has a place on these axes" };
            painter.text(frame.center(), Align2::CENTER_CENTER, text, crate::ui::fonts::body(), t.text_soft);
        }
        self.move_y(ui, &area, &figure.y, frame);

        let selected = view.selection().filter(|s| s.handle == Some(handle)).and_then(|s| s.element.as_ref());
        let selected =
            selected.and_then(|e| e.get(self.wish.axis).copied()).filter(|_| self.transform == Transform::None);
        let hovered = area.hover_pos().filter(|p| frame.contains(*p)).and_then(|p| {
            let unit = [(p.x - frame.left()) / frame.width(), (frame.bottom() - p.y) / frame.height()].map(f64::from);
            let place = [figure.x.place(unit[0]), figure.y.place(unit[1])];
            let aspect = f64::from(frame.width() / frame.height().max(1.0));
            drawn.first()?.trace.nearest(&figure.x, &figure.y, place, aspect)
        });
        self.cursor_lines(&painter, frame, &figure, drawn, selected, hovered, t);
        if area.clicked() {
            area.request_focus();
            if let Some(i) = hovered {
                self.click(i, view, handle, subject, drawn, slicing, out);
            }
        }
        if let (Some(i), Some(to)) = (selected, self.keys(ui, &area, drawn)) {
            let to = i.saturating_add_signed(to).min(drawn.first().map_or(0, |d| d.trace.len().saturating_sub(1)));
            self.click(to, view, handle, subject, drawn, slicing, out);
        }
        area.context_menu(|ui| self.menu(ui, hovered.or(selected)));
        self.figure = Some(figure);
        let at = hovered.or(selected);
        self.readout(ui, subject, drawn, slicing, at);
    }

    /// What the curves leave free around them, where the axes are as they are.
    fn laid_frame(&self, rect: Rect, x: &Axis, y: &Axis, ui: &Ui) -> Rect {
        let last = self.figure.as_ref().map(|f| f.y.clone()).filter(|last| last.ruler == y.ruler);
        let y = last.unwrap_or_else(|| y.clone());
        let size = [rect.width(), rect.height()];
        let empty = Figure {
            size,
            x: x.clone(),
            y,
            lines: Vec::new(),
            colors: colors(Tokens::of(ui)),
            legend: false,
            title: Default::default(),
        };
        let [l, t, r, b] = empty.layout(&measure(ui)).frame;
        Rect::from_min_max(rect.min + vec2(l, t), rect.min + vec2(r, b))
    }

    fn line(&self, d: &Drawn<'_>, x: &Axis, y: Ruler, pixels: usize) -> Line {
        let count = d.trace.count(x);
        let bars = self.transform == Transform::Histogram;
        let steps = (self.style == Style::Step || bars) && count <= pixels as u64 * 2;
        let points = self.style == Style::Points && !bars;
        let few = count <= MARKED && !bars;
        Line {
            name: d.series.name.clone(),
            color: rgb(d.series.color),
            parts: parts(&d.trace, x, y, pixels, steps),
            joined: !points,
            mark: match (points, few) {
                (_, true) if !steps => 2.5,
                (true, _) => 1.3,
                _ => 0.0,
            },
            filled: bars,
        }
    }

    /// The axis upwards: what was chosen, or what is visible with some room.
    fn y_ends(&self, lines: &[Line], x: &Axis, ruler: Ruler) -> (f64, f64) {
        if let Some(ends) = self.ends[1].filter(|_| self.free_y) {
            return ends;
        }
        let seen = lines.iter().flat_map(|l| l.parts.iter().flatten());
        let seen = seen.filter(|p| p[0] >= x.ends.0 && p[0] <= x.ends.1).map(|p| p[1]);
        let range =
            seen.fold(None, |r: Option<(f64, f64)>, v| Some(r.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))));
        let (mut lo, hi) = range.unwrap_or((0.0, 1.0));
        if self.transform == Transform::Histogram && ruler != Ruler::Log {
            lo = lo.min(0.0);
            return (lo, hi + (hi - lo) * 0.06);
        }
        widened(lo, hi, 0.06, 0.0)
    }

    /// Wheel, pinch and drag along x.
    fn move_x(&mut self, ui: &Ui, area: &egui::Response, x: &Axis, frame: Rect) -> (f64, f64) {
        let (mut a, mut b) = x.ends;
        let unit = |p: Pos2| f64::from((p.x - frame.left()) / frame.width().max(1.0));
        let mut moved = false;
        if let Some(p) = area.hover_pos() {
            let (wheel, pinch, shift) = ui.input_mut(|i| {
                let d = i.smooth_scroll_delta();
                i.smooth_scroll_delta = egui::Vec2::ZERO;
                (d, i.zoom_delta(), i.modifiers.shift)
            });
            let along = if shift && wheel.x == 0.0 { wheel.y } else { wheel.x };
            let zoom = if shift { 1.0 } else { f64::from((wheel.y * 0.005).exp()) } * f64::from(pinch);
            if (zoom - 1.0).abs() > 1e-6 {
                let at = a + unit(p).clamp(0.0, 1.0) * (b - a);
                (a, b) = (at - (at - a) / zoom, at + (b - at) / zoom);
                moved = true;
            }
            if along != 0.0 {
                let by = f64::from(along / frame.width().max(1.0)) * (b - a);
                (a, b, moved) = (a - by, b - by, true);
            }
        }
        if area.dragged_by(PointerButton::Primary) {
            let by = f64::from(area.drag_delta().x / frame.width().max(1.0)) * (b - a);
            (a, b, moved) = (a - by, b - by, moved || by != 0.0);
        }
        if let Some((from, to)) = self.boxed(ui, area, frame) {
            let ends = [unit(from.min(to)), unit(from.max(to))].map(|u| x.place(u.clamp(0.0, 1.0)));
            if ends[1] > ends[0] {
                (a, b, moved) = (ends[0], ends[1], true);
            }
        }
        let wide = (b - a) > (a.abs().max(b.abs())) * 1e-13 && (b - a).is_finite();
        if moved && wide {
            self.ends[0] = Some((a, b));
        }
        if area.double_clicked() || (area.hovered() && ui.input(|i| i.key_pressed(Key::Home))) {
            self.fit();
        }
        self.ends[0].unwrap_or(x.ends)
    }

    /// Drag along y, where it does not follow what is visible.
    fn move_y(&mut self, ui: &Ui, area: &egui::Response, y: &Axis, frame: Rect) {
        if !self.free_y {
            return;
        }
        let (mut a, mut b) = y.ends;
        if area.dragged_by(PointerButton::Primary) {
            let by = f64::from(area.drag_delta().y / frame.height().max(1.0)) * (b - a);
            (a, b) = (a + by, b + by);
        }
        if let Some((from, to)) = self.boxed(ui, area, frame) {
            let unit = |p: Pos2| f64::from((frame.bottom() - p.y) / frame.height().max(1.0)).clamp(0.0, 1.0);
            let ends = [y.place(unit(from).min(unit(to))), y.place(unit(from).max(unit(to)))];
            if ends[1] > ends[0] {
                (a, b) = (ends[0], ends[1]);
            }
        }
        self.ends[1] = Some((a, b));
    }

    /// The corners of a box that was just drawn with the other button; draws it while it is.
    fn boxed(&self, ui: &Ui, area: &egui::Response, frame: Rect) -> Option<(Pos2, Pos2)> {
        let from = ui.input(|i| i.pointer.press_origin()).filter(|p| frame.contains(*p));
        let to = area.interact_pointer_pos();
        if area.dragged_by(PointerButton::Secondary)
            && let (Some(from), Some(to)) = (from, to)
        {
            let t = Tokens::of(ui);
            let mut r = Rect::from_two_pos(from, to).intersect(frame);
            if !self.free_y {
                r = Rect::from_x_y_ranges(r.x_range(), frame.y_range());
            }
            let painter = ui.ctx().layer_painter(area.layer_id);
            painter.rect(r, 0.0, t.selection, Stroke::new(1.0, t.accent), StrokeKind::Inside);
        }
        let ended = area.drag_stopped_by(PointerButton::Secondary);
        let start = ui.data_mut(|d| {
            let id = area.id.with("box");
            if let Some(p) = from.filter(|_| !ended) {
                d.insert_temp(id, p);
            }
            d.get_temp::<Pos2>(id)
        });
        let (from, to) = (start.filter(|_| ended)?, to?);
        (from.distance(to) > 4.0).then_some((from, to))
    }

    /// Left and right step from sample to sample.
    fn keys(&self, ui: &Ui, area: &egui::Response, drawn: &[Drawn<'_>]) -> Option<i64> {
        if !area.has_focus() || drawn.is_empty() {
            return None;
        }
        ui.memory_mut(|m| {
            m.set_focus_lock_filter(area.id, EventFilter { horizontal_arrows: true, ..EventFilter::default() });
        });
        let steps = ui.input(|i| {
            let n = |k| i64::try_from(i.num_presses(k)).unwrap_or(0);
            n(Key::ArrowRight) - n(Key::ArrowLeft)
        });
        (steps != 0).then_some(steps)
    }

    #[expect(clippy::too_many_arguments, reason = "where it was clicked, and what is told of it")]
    fn click(
        &mut self,
        i: u64,
        view: &View<'_>,
        handle: Handle,
        subject: Subject<'_>,
        drawn: &[Drawn<'_>],
        slicing: &Slicing,
        out: &mut Vec<Action>,
    ) {
        if self.measuring {
            self.cursors = match self.cursors {
                [Some(a), None] => [Some(a), Some(i)],
                _ => [Some(i), None],
            };
            return;
        }
        if self.transform != Transform::None || !matches!(subject, Subject::Array(_)) {
            return;
        }
        let index = self.index_of(i, drawn.first().map(|d| d.series), slicing);
        self.element = Some(index.clone());
        out.push(Action::Select(Item::of_element(view.place, handle, index)));
    }

    /// The index in the array of a sample of a curve.
    pub(super) fn index_of(&self, i: u64, s: Option<&Series>, slicing: &Slicing) -> Vec<u64> {
        let mut index = slicing.fixed.clone();
        if let Some(at) = index.get_mut(self.wish.axis) {
            *at = i;
        }
        if let (Some(k), Some(across)) = (s.and_then(|s| s.column), self.wish.across)
            && let Some(at) = index.get_mut(across)
        {
            *at = k;
        }
        index
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is drawn")]
    fn cursor_lines(
        &self,
        painter: &Painter,
        frame: Rect,
        figure: &Figure,
        drawn: &[Drawn<'_>],
        selected: Option<u64>,
        hovered: Option<u64>,
        t: &Tokens,
    ) {
        let clipped = painter.with_clip_rect(frame.expand2(vec2(4.0, 0.0)));
        let at = |d: &Drawn<'_>, i: u64| {
            let unit = [figure.x.unit(figure.x.of(d.trace.x(i))), figure.y.unit(figure.y.of(d.trace.y(i)))];
            unit.iter().all(|u| u.is_finite()).then(|| {
                let unit = unit.map(|u| u.clamp(-10.0, 10.0) as f32);
                pos2(frame.left() + unit[0] * frame.width(), frame.bottom() - unit[1] * frame.height())
            })
        };
        let line = |i: u64, c: Color32, name: &str| {
            let Some(x) = drawn.first().map(|d| figure.x.unit(figure.x.of(d.trace.x(i)))).filter(|u| u.is_finite())
            else {
                return;
            };
            let x = frame.left() + x.clamp(-10.0, 10.0) as f32 * frame.width();
            clipped.vline(x, frame.y_range(), Stroke::new(1.0, c));
            if !name.is_empty() {
                clipped.text(pos2(x + 4.0, frame.top() + 2.0), Align2::LEFT_TOP, name, FONT, c);
            }
        };
        if let Some(i) = selected {
            line(i, t.accent.gamma_multiply(0.7), "");
        }
        for (i, name) in self.cursors.iter().zip(["A", "B"]) {
            if let Some(i) = i {
                line(*i, t.warning, name);
            }
        }
        if let Some(i) = hovered {
            line(i, t.faint, "");
            for p in drawn.iter().filter_map(|d| Some((at(d, i)?, d.series.color))) {
                clipped.circle(p.0, 4.0, t.panel, Stroke::new(2.0, p.1));
            }
        }
    }

    fn menu(&mut self, ui: &mut Ui, at: Option<u64>) {
        if ui.button("Measure from here").clicked() {
            self.measuring = true;
            self.cursors = [at, None];
        }
        if self.measuring && ui.button("Stop measuring").clicked() {
            self.measuring = false;
            self.cursors = [None; 2];
        }
        if ui.button("Show all samples").clicked() {
            self.fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_turns_between_two_samples() {
        let s = [[0.0, 1.0], [1.0, 3.0], [3.0, 2.0]];
        assert_eq!(stepped(&s), [[-0.5, 1.0], [0.5, 1.0], [0.5, 3.0], [2.0, 3.0], [2.0, 2.0], [4.0, 2.0]]);
        assert_eq!(stepped(&[[2.0, 5.0]]), [[1.5, 5.0], [2.5, 5.0]]);
    }
}
