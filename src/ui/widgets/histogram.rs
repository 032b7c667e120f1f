//! A histogram with two limits to drag. It draws the counts that it is given and counts nothing itself.

use super::elide;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Color32, CursorIcon, EventFilter, Id, Key, Mesh, Modifiers, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// A histogram.
pub struct Histogram<'a> {
    /// Its name, for those who cannot see it.
    pub name: &'a str,
    /// How many values fall into each bin; the bins are of equal width.
    pub counts: &'a [u64],
    /// Where the first bin begins and the last one ends.
    pub range: (f64, f64),
    /// The limits that are dragged; they may lie outside of the range.
    pub limits: &'a mut (f64, f64),
    /// Whether the bars are as long as the logarithm of their counts.
    pub log: &'a mut bool,
    /// The colours between the limits, the lowest value first; empty is one colour.
    pub colors: &'a [Color32],
    /// How a value is written.
    pub write: &'a dyn Fn(f64) -> String,
    /// Its size, in points.
    pub size: egui::Vec2,
}

/// What was done to it.
#[derive(Debug)]
pub struct HistogramOutput {
    /// Of the bars.
    pub response: Response,
    /// The limits have changed.
    pub changed: bool,
    /// A limit is being dragged: finer work can wait until it is let go.
    pub dragging: bool,
    /// The bin under the pointer.
    pub hovered: Option<usize>,
}

/// Height of the line of labels, in points.
const LABELS: f32 = 16.0;

impl Histogram<'_> {
    /// Draws it.
    pub fn show(mut self, ui: &mut Ui) -> HistogramOutput {
        let t = Tokens::of(ui);
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::click());
        let (low, high) = ((self.write)(self.limits.0), (self.write)(self.limits.1));
        let said = format!("{}, limits {low} to {high}", self.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
        let plot = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - LABELS));
        let painter = ui.painter_at(rect.expand(2.0));
        painter.rect(plot, 0.0, t.base, t.line_stroke(), StrokeKind::Inside);
        self.bars(&painter, plot, t);
        let before = *self.limits;
        let mut dragging = false;
        for which in [false, true] {
            dragging |= self.limit(ui, plot, response.id, which, t);
        }
        if response.double_clicked() {
            *self.limits = self.range;
        }
        self.labels(&painter, rect, plot, t);
        self.log_button(ui, plot, response.id, t);
        let hovered = response.hover_pos().filter(|p| plot.contains(*p)).and_then(|p| {
            let bin = ((p.x - plot.left()) / plot.width() * self.counts.len() as f32) as usize;
            (bin < self.counts.len()).then_some(bin)
        });
        let response = match hovered {
            Some(bin) => {
                let width = (self.range.1 - self.range.0) / self.counts.len() as f64;
                let from = self.range.0 + bin as f64 * width;
                let count = self.counts.get(bin).copied().unwrap_or(0);
                let text = format!("{} values from {} to {}", count, (self.write)(from), (self.write)(from + width));
                response.on_hover_text_at_pointer(text)
            }
            None => response,
        };
        HistogramOutput { response, changed: before != *self.limits, dragging, hovered }
    }

    fn x_of(&self, value: f64, plot: Rect) -> f32 {
        let width = self.range.1 - self.range.0;
        let part = if width > 0.0 { (value - self.range.0) / width } else { 0.5 };
        plot.left() + part.clamp(0.0, 1.0) as f32 * plot.width()
    }

    fn bars(&self, painter: &egui::Painter, plot: Rect, t: &Tokens) {
        let height = |count: u64| if *self.log { (count as f64).ln_1p() } else { count as f64 };
        let top = height(self.counts.iter().copied().max().unwrap_or(0));
        let columns = plot.width().floor() as usize;
        if top <= 0.0 || columns == 0 || self.counts.is_empty() {
            return;
        }
        let (l, h) = (self.limits.0.min(self.limits.1), self.limits.0.max(self.limits.1));
        let mut mesh = Mesh::default();
        let bars = self.counts.len().min(columns);
        for bar in 0..bars {
            // where bins are finer than points, the tallest of those that share one stands for them
            let bins = bar * self.counts.len() / bars
                ..((bar + 1) * self.counts.len() / bars).max(bar * self.counts.len() / bars + 1);
            let count = self.counts.get(bins).and_then(|c| c.iter().max()).copied().unwrap_or(0);
            if count == 0 {
                continue;
            }
            let x = |k: usize| (plot.left() + plot.width() * k as f32 / bars as f32).round();
            let part = (height(count) / top) as f32;
            let tall = (part * (plot.height() - 4.0)).max(1.0);
            let value = self.range.0 + (bar as f64 + 0.5) / bars as f64 * (self.range.1 - self.range.0);
            let color = if value < l || value > h {
                t.hover
            } else if self.colors.is_empty() {
                t.text_soft
            } else {
                let part = if h > l { (value - l) / (h - l) } else { 0.5 };
                let color =
                    self.colors.get((part * (self.colors.len() - 1) as f64) as usize).copied().unwrap_or(t.text_soft);
                visible(color, t)
            };
            let gap = if bars * 4 < columns { 1.0 } else { 0.0 };
            let rect = Rect::from_min_max(
                pos2(x(bar), plot.bottom() - 1.0 - tall),
                pos2(x(bar + 1) - gap, plot.bottom() - 1.0),
            );
            mesh.add_colored_rect(rect, color);
        }
        painter.add(Shape::mesh(mesh));
    }

    fn limit(&mut self, ui: &Ui, plot: Rect, id: Id, upper: bool, t: &Tokens) -> bool {
        let value = if upper { self.limits.1 } else { self.limits.0 };
        let x = self.x_of(value, plot);
        let place = Rect::from_x_y_ranges(x - 5.0..=x + 5.0, plot.y_range());
        let response = ui.interact(place, id.with(("limit", upper)), Sense::drag());
        let name = format!("{}: {} limit", self.name, if upper { "upper" } else { "lower" });
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, &name));
        let width = self.range.1 - self.range.0;
        let mut new = value;
        if response.dragged()
            && let Some(p) = response.interact_pointer_pos()
        {
            new = self.range.0 + f64::from(((p.x - plot.left()) / plot.width()).clamp(0.0, 1.0)) * width;
            response.request_focus();
        }
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
            let fine = ui.input(|i| i.modifiers.shift);
            let presses = |key| ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key)) as f64;
            let by = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
            if by != 0.0 {
                new = value + by * width * if fine { 0.001 } else { 0.01 };
            }
        }
        if upper {
            self.limits.1 = new.max(self.limits.0);
        } else {
            self.limits.0 = new.min(self.limits.1);
        }
        let x = ui.painter().round_to_pixel_center(self.x_of(if upper { self.limits.1 } else { self.limits.0 }, plot));
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let color = if lit { t.accent } else { t.text_normal };
        ui.painter().vline(x, plot.y_range(), Stroke::new(if lit { 2.0 } else { 1.0 }, color));
        let grip = Rect::from_center_size(pos2(x, plot.top() + 7.0), vec2(7.0, 12.0));
        ui.painter().rect(grip, 2.0, t.raised, Stroke::new(1.0, color), StrokeKind::Inside);
        response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal).dragged()
    }

    fn labels(&self, painter: &egui::Painter, rect: Rect, plot: Rect, t: &Tokens) {
        let y = plot.bottom() + LABELS * 0.5 + 1.0;
        let half = rect.width() * 0.5 - 4.0;
        let low = elide::middle(painter, &(self.write)(self.limits.0), &fonts::mono_small(), half);
        let high = elide::middle(painter, &(self.write)(self.limits.1), &fonts::mono_small(), half);
        // each beneath its limit, as far as there is room
        let x1 = (self.x_of(self.limits.1, plot) - high.width() * 0.5).clamp(rect.left(), rect.right() - high.width());
        let x0 = (self.x_of(self.limits.0, plot) - low.width() * 0.5).clamp(rect.left(), rect.right() - low.width());
        let (x0, x1) = if x0 + low.width() + 6.0 > x1 {
            let middle = (x0 + low.width() + x1) * 0.5;
            let x0 = (middle - 3.0 - low.width()).clamp(rect.left(), rect.right() - low.width() - high.width() - 6.0);
            (x0.max(rect.left()), x0.max(rect.left()) + low.width() + 6.0)
        } else {
            (x0, x1)
        };
        low.paint_left(painter, pos2(x0, y), t.text_normal);
        high.paint_left(painter, pos2(x1, y), t.text_normal);
    }

    fn log_button(&mut self, ui: &Ui, plot: Rect, id: Id, t: &Tokens) {
        let line = elide::whole(ui.painter(), "log", &fonts::small());
        let place = Rect::from_min_size(
            pos2(plot.right() - line.width() - 16.0, plot.top() + 3.0),
            vec2(line.width() + 10.0, 16.0),
        );
        let response = ui.interact(place, id.with("log"), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, *self.log, "Logarithmic counts"));
        let on = *self.log;
        let edge =
            if response.has_focus() { t.focus_stroke() } else { Stroke::new(1.0, if on { t.accent } else { t.hover }) };
        let fill = theme::opaque(t.panel, t.accent, if on { 0.18 } else { 0.0 });
        ui.painter().rect(place, theme::RADIUS - 1, fill, edge, StrokeKind::Inside);
        let color = if on || response.hovered() { t.text_strong } else { t.text_soft };
        line.paint_left(ui.painter(), pos2(place.left() + 5.0, place.center().y), color);
        if response.on_hover_text("Logarithmic counts").clicked() {
            *self.log = !on;
        }
    }
}

/// A colour of a map, moved away from the ground where it would vanish.
fn visible(color: Color32, t: &Tokens) -> Color32 {
    let light = |c: Color32| 0.3 * f32::from(c.r()) + 0.59 * f32::from(c.g()) + 0.11 * f32::from(c.b());
    // gradually, so that neighbours in the map stay neighbours here
    let near = 1.0 - ((light(color) - light(t.base)).abs() / 64.0).min(1.0);
    color.lerp_to_gamma(t.text_soft, near * 0.7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    struct State {
        limits: (f64, f64),
        log: bool,
    }

    fn app(ui: &mut Ui, s: &mut State) {
        let counts: Vec<u64> = (0..64).map(|i| i * i).collect();
        let write = |v: f64| format!("{v:.1}");
        Histogram {
            name: "values",
            counts: &counts,
            range: (0.0, 100.0),
            limits: &mut s.limits,
            log: &mut s.log,
            colors: &[],
            write: &write,
            size: vec2(200.0, 80.0),
        }
        .show(ui);
    }

    #[test]
    fn limits_are_moved_by_keys_and_pointer_and_never_cross() {
        let mut h = harness([240.0, 120.0], State { limits: (10.0, 90.0), log: false }, app);
        h.run();
        h.get_by_label("values: lower limit").focus();
        h.run();
        h.key_press(Key::ArrowRight);
        h.run();
        assert!((h.state().limits.0 - 11.0).abs() < 1e-9);
        let at = h.get_by_label("values: upper limit").rect().center();
        h.drag_at(at);
        h.run();
        h.hover_at(at - vec2(300.0, 0.0));
        h.run();
        h.drop_at(at - vec2(300.0, 0.0));
        h.run();
        assert_eq!(h.state().limits.1, h.state().limits.0, "the upper limit stops at the lower");
        h.get_by_label("Logarithmic counts").click();
        h.run();
        assert!(h.state().log);
    }

    #[test]
    fn no_values_or_one_bin_are_drawn() {
        for counts in [vec![], vec![0], vec![u64::MAX]] {
            let mut h = harness([240.0, 120.0], (5.0, 5.0), move |ui, limits: &mut (f64, f64)| {
                let write = |v: f64| v.to_string();
                let mut log = true;
                Histogram {
                    name: "h",
                    counts: &counts,
                    range: (5.0, 5.0),
                    limits,
                    log: &mut log,
                    colors: &[Color32::BLACK],
                    write: &write,
                    size: vec2(200.0, 80.0),
                }
                .show(ui);
            });
            h.run();
        }
    }
}
