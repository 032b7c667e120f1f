//! A slider with a field beside it: one to find a value, the other to name it exactly.

use super::number_field::{Number, NumberField};
use crate::ui::{Tokens, theme};
use eframe::egui::{EventFilter, Key, Modifiers, Rect, Response, Sense, Stroke, Ui, WidgetInfo, lerp, pos2, vec2};

/// A slider over a range.
#[derive(Debug)]
pub struct Slider<'a, T> {
    /// The number.
    pub value: &'a mut T,
    /// The least and the greatest that it may be.
    pub range: (T, T),
    /// Its name, for those who cannot see it.
    pub name: &'a str,
    /// The width of the whole, in points.
    pub width: f32,
    /// The width of the field, in points.
    pub field: f32,
    /// How far an arrow key moves a number that has no natural step, as a part of the range; 0 is one step.
    pub step: f64,
}

impl<'a, T: Number> Slider<'a, T> {
    /// One for whole numbers.
    pub fn new(value: &'a mut T, range: (T, T), name: &'a str) -> Self {
        Self { value, range, name, width: 240.0, field: 72.0, step: 0.0 }
    }

    /// Draws it. The response has changed when the number has.
    pub fn show(mut self, ui: &mut Ui) -> Response {
        let t = Tokens::of(ui);
        let before = self.value.write();
        let (low, high) = (self.range.0.to_f64(), self.range.1.to_f64());
        let field = self.field.min(self.width * 0.6);
        let inner = ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            let size = vec2((self.width - field - theme::GAP).max(24.0), theme::CONTROL);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            let at = self.value.to_f64();
            response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), at, self.name));
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_min_numeric_value(low);
                node.set_max_numeric_value(high);
            });
            let rail = rect.shrink2(vec2(7.0, 0.0));
            if let Some(p) = response.interact_pointer_pos().filter(|_| high > low) {
                let part = f64::from(((p.x - rail.left()) / rail.width().max(1.0)).clamp(0.0, 1.0));
                *self.value = T::from_f64(low + part * (high - low));
                response.request_focus();
            }
            if response.has_focus() {
                let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
                ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
                self.keys(ui);
            }
            *self.value = clamp(*self.value, self.range);
            let part =
                if high > low { ((self.value.to_f64() - low) / (high - low)).clamp(0.0, 1.0) as f32 } else { 0.0 };
            let x = lerp(rail.x_range(), part);
            let painter = ui.painter();
            let line = Rect::from_x_y_ranges(rail.x_range(), rect.center().y - 2.0..=rect.center().y + 2.0);
            painter.rect_filled(line, 2.0, t.line);
            painter.rect_filled(line.with_max_x(x), 2.0, t.accent);
            let edge = if response.has_focus() || response.hovered() { t.text_strong } else { t.text_soft };
            painter.circle(pos2(x, rect.center().y), 6.5, t.raised, Stroke::new(1.5, edge));
            if response.has_focus() {
                painter.circle_stroke(pos2(x, rect.center().y), 9.0, t.focus_stroke());
            }
            let exact = format!("{} exactly", self.name);
            NumberField { value: &mut *self.value, range: self.range, name: &exact, width: field }.show(ui);
            response
        });
        let mut response = inner.inner;
        if self.value.write() != before {
            response.mark_changed();
        }
        response
    }

    /// Moves it by the keys.
    fn keys(&mut self, ui: &Ui) {
        let presses = |key| ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key)) as i64;
        let by = presses(Key::ArrowRight) + presses(Key::ArrowUp) - presses(Key::ArrowLeft) - presses(Key::ArrowDown)
            + 10 * (presses(Key::PageUp) - presses(Key::PageDown));
        if by != 0 && self.step > 0.0 {
            let (low, high) = (self.range.0.to_f64(), self.range.1.to_f64());
            *self.value = T::from_f64(self.value.to_f64() + by as f64 * self.step * (high - low));
        } else if by != 0 {
            *self.value = self.value.step(by);
        }
        if presses(Key::Home) > 0 {
            *self.value = self.range.0;
        }
        if presses(Key::End) > 0 {
            *self.value = self.range.1;
        }
    }
}

fn clamp<T: Number>(v: T, (low, high): (T, T)) -> T {
    if v < low {
        low
    } else if v > high {
        high
    } else {
        v
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn keys_and_pointer_move_it_within_its_range() {
        let mut h = harness([320.0, 60.0], 3u64, |ui, v: &mut u64| {
            Slider::new(v, (0, 1_000_000), "axis 0").show(ui);
        });
        h.run();
        h.get_by_label("axis 0").focus();
        h.run();
        h.key_press(Key::ArrowRight);
        h.run();
        assert_eq!(*h.state(), 4, "one step, however long the axis");
        h.key_press(Key::End);
        h.run();
        assert_eq!(*h.state(), 1_000_000);
        h.get_by_label("axis 0").click();
        h.run();
        assert!((400_000..600_000).contains(h.state()), "a click in the middle: {}", h.state());
    }

    #[test]
    fn an_axis_of_one_is_drawn() {
        let mut h = harness([320.0, 60.0], 0u64, |ui, v: &mut u64| {
            Slider::new(v, (0, 0), "axis").show(ui);
        });
        h.run();
        h.get_by_label("axis").click();
        h.run();
        assert_eq!(*h.state(), 0);
    }
}
