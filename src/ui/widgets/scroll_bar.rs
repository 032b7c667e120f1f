//! A scroll bar for positions too large for floats of 32 bits, with coloured marks along its track.
//! It knows where it stands, not what it scrolls.

use crate::ui::{Tokens, theme};
use eframe::egui::{self, Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, lerp, pos2, vec2};

/// The least length of a handle, in points.
pub const MIN_HANDLE: f32 = 24.0;

/// A coloured stretch of the track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarMark {
    /// Where it begins, as a part of the whole from 0 to 1.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its colour.
    pub color: Color32,
    /// Whether it is a thin tick across the bar (a problem, a hit) rather than a ground.
    pub tick: bool,
}

/// A scroll bar, in whatever unit its list counts.
#[derive(Clone, Copy, Debug)]
pub struct Bar<'a> {
    /// Where it is drawn.
    pub rect: Rect,
    /// Upright, or lying.
    pub vertical: bool,
    /// How much there is.
    pub total: f64,
    /// How much is seen at once.
    pub seen: f64,
    /// Where what is seen begins.
    pub at: f64,
    /// The name of what it scrolls.
    pub name: &'a str,
}

impl Bar<'_> {
    /// Draws it; returns where it was dragged or paged to. `grab` is kept by the caller between frames.
    pub fn show(&self, ui: &Ui, id: Id, marks: &[BarMark], grab: &mut f32) -> Option<f64> {
        let t = Tokens::of(ui);
        let painter = ui.painter_at(self.rect);
        painter.rect_filled(self.rect, 0.0, t.base);
        let most = self.total - self.seen;
        if most > 0.0 {
            self.paint_marks(&painter, marks);
        }
        if most <= 0.0 || self.length() <= 0.0 {
            self.paint_marks(&painter, marks);
            return None;
        }
        let length =
            ((self.seen / self.total) as f32 * self.length()).clamp(MIN_HANDLE.min(self.length()), self.length());
        let travel = self.length() - length;
        let start = (self.at / most).clamp(0.0, 1.0) as f32 * travel;
        let response = ui.interact(self.rect, id, Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), self.at, format!("{} scroll bar", self.name)));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_role(Role::ScrollBar);
            node.set_min_numeric_value(0.0);
            node.set_max_numeric_value(most);
        });
        let mut moved = None;
        let origin = ui.input(|i| i.pointer.press_origin()).map(|p| self.along(p));
        if let Some(pointer) = response.interact_pointer_pos().map(|p| self.along(p))
            && response.is_pointer_button_down_on()
        {
            let pressed = ui.input(|i| i.pointer.any_pressed());
            if pressed {
                let inside = origin.is_some_and(|o| (start..=start + length).contains(&o));
                *grab = if inside { pointer - start } else { f32::NAN };
                if !inside {
                    let page = (self.seen * 0.9).max(1.0);
                    moved = Some(if pointer < start { self.at - page } else { self.at + page });
                }
            }
            // a press on the handle drags it; one beside it pages
            if grab.is_finite() && !pressed && travel > 0.0 {
                moved = Some(f64::from((pointer - *grab) / travel) * most);
            }
        }
        let color = if response.is_pointer_button_down_on() {
            t.text_soft
        } else if response.hovered() {
            t.faint
        } else {
            t.hover
        };
        let handle = self.stretch(start, start + length);
        let handle = if self.vertical { handle.shrink2(vec2(2.5, 1.0)) } else { handle.shrink2(vec2(1.0, 2.5)) };
        if marks.is_empty() {
            painter.rect_filled(handle, theme::RADIUS, color);
        } else {
            // a window that the marks are seen through
            let ground = t.text_normal.gamma_multiply(if response.hovered() { 0.35 } else { 0.22 });
            painter.rect(
                handle,
                theme::RADIUS,
                ground,
                egui::Stroke::new(1.5, t.text_normal),
                egui::StrokeKind::Inside,
            );
        }
        for mark in marks.iter().filter(|m| m.tick) {
            self.paint_mark(&painter, mark);
        }
        moved.map(|m| m.clamp(0.0, most))
    }

    fn length(&self) -> f32 {
        if self.vertical { self.rect.height() } else { self.rect.width() }
    }

    fn along(&self, p: egui::Pos2) -> f32 {
        if self.vertical { p.y - self.rect.top() } else { p.x - self.rect.left() }
    }

    fn stretch(&self, from: f32, to: f32) -> Rect {
        let r = self.rect;
        if self.vertical {
            Rect::from_min_max(pos2(r.left(), r.top() + from), pos2(r.right(), r.top() + to))
        } else {
            Rect::from_min_max(pos2(r.left() + from, r.top()), pos2(r.left() + to, r.bottom()))
        }
    }

    fn paint_marks(&self, painter: &egui::Painter, marks: &[BarMark]) {
        for mark in marks {
            self.paint_mark(painter, mark);
        }
    }

    fn paint_mark(&self, painter: &egui::Painter, mark: &BarMark) {
        let at = |v: f64| lerp(0.0..=self.length(), v.clamp(0.0, 1.0) as f32);
        let (from, to) = (at(mark.from), at(mark.to));
        let least = if mark.tick { 2.0 } else { 1.0 };
        let rect = self.stretch(from.floor(), to.max(from + least).ceil());
        let rect =
            if mark.tick { rect } else { rect.shrink2(if self.vertical { vec2(2.0, 0.0) } else { vec2(0.0, 2.0) }) };
        painter.rect_filled(rect, 0.0, mark.color);
    }
}
