//! Rows of icon buttons. Each has a name, a tooltip and the keys that do the same.

use super::elide;
use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    Align, Frame, InnerResponse, Layout, Margin, Response, Role, Sense, Stroke, StrokeKind, Ui, Widget, WidgetInfo,
    pos2, vec2,
};

/// A button of a toolbar.
#[derive(Clone, Copy, Debug)]
pub struct ToolButton<'a> {
    /// Its icon.
    pub icon: Icon,
    /// What it does; also its name.
    pub label: &'a str,
    /// The keys that do the same, as text.
    pub keys: &'a str,
    /// Why it is disabled, or more about it.
    pub hint: &'a str,
    /// Words drawn beside the icon; may be empty.
    pub text: &'a str,
    /// Whether it is pressed in, for what can be on or off.
    pub on: Option<bool>,
    /// Whether it can be used.
    pub enabled: bool,
    /// Whether a caret says that a menu opens.
    pub menu: bool,
}

impl<'a> ToolButton<'a> {
    /// A button with an icon alone.
    pub fn new(icon: Icon, label: &'a str) -> Self {
        Self { icon, label, keys: "", hint: "", text: "", on: None, enabled: true, menu: false }
    }

    /// The keys that do the same.
    pub fn keys(self, keys: &'a str) -> Self {
        Self { keys, ..self }
    }

    /// Words beside the icon.
    pub fn text(self, text: &'a str) -> Self {
        Self { text, ..self }
    }

    /// On or off.
    pub fn on(self, on: bool) -> Self {
        Self { on: Some(on), ..self }
    }

    /// Whether it can be used.
    pub fn enabled(self, enabled: bool) -> Self {
        Self { enabled, ..self }
    }

    /// More about it.
    pub fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }
}

impl Widget for ToolButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let t = Tokens::of(ui);
        let enabled = self.enabled && ui.is_enabled();
        let text = if self.text.is_empty() {
            0.0
        } else {
            elide::whole(ui.painter(), self.text, &fonts::body()).width() + 6.0
        };
        let caret = if self.menu { 14.0 } else { 0.0 };
        let side = if self.text.is_empty() { theme::CONTROL } else { 16.0 + 14.0 };
        let size = vec2((side + text + caret).ceil(), theme::CONTROL);
        let (rect, response) = ui.allocate_exact_size(size, if enabled { Sense::click() } else { Sense::hover() });
        response.widget_info(|| match self.on {
            Some(on) => WidgetInfo::selected(Role::Button, enabled, on, self.label),
            None => WidgetInfo::labeled(Role::Button, enabled, self.label),
        });
        if ui.is_rect_visible(rect) {
            let painter = ui.painter();
            let on = self.on == Some(true);
            if on {
                painter.rect(rect, theme::RADIUS, t.selection, Stroke::new(1.0, t.accent), StrokeKind::Inside);
            } else if response.is_pointer_button_down_on() {
                painter.rect_filled(rect, theme::RADIUS, t.line);
            }
            if enabled && response.hovered() && !on {
                painter.rect_stroke(rect, theme::RADIUS, Stroke::new(1.0, t.hover), StrokeKind::Inside);
            }
            if response.has_focus() {
                painter.rect_stroke(rect, theme::RADIUS, t.focus_stroke(), StrokeKind::Inside);
            }
            let color = match (enabled, on || response.hovered()) {
                (false, _) => t.faint.gamma_multiply(0.6),
                (true, true) => t.text_strong,
                (true, false) => t.text_normal,
            };
            let x = if self.text.is_empty() { rect.left() + theme::CONTROL * 0.5 } else { rect.left() + 15.0 };
            icons::paint_at(painter, pos2(x, rect.center().y), icons::SIZE, self.icon, color);
            if !self.text.is_empty() {
                elide::whole(painter, self.text, &fonts::body()).paint_left(
                    painter,
                    pos2(x + 14.0, rect.center().y),
                    color,
                );
            }
            if self.menu {
                icons::paint_at(
                    painter,
                    pos2(rect.right() - 10.0, rect.center().y),
                    10.0,
                    icons::CARET_DOWN,
                    t.text_soft,
                );
            }
        }
        let tip = |ui: &mut Ui| {
            ui.horizontal(|ui| {
                ui.label(self.label);
                if !self.keys.is_empty() {
                    keys(ui, self.keys);
                }
            });
            if !self.hint.is_empty() {
                ui.weak(self.hint);
            }
        };
        response.on_hover_ui(tip).on_disabled_hover_ui(tip)
    }
}

/// Draws the name of keys, as on their caps.
pub fn keys(ui: &mut Ui, keys: &str) -> Response {
    let t = Tokens::of(ui);
    let line = elide::whole(ui.painter(), keys, &fonts::small());
    let (rect, response) = ui.allocate_exact_size(vec2((line.width() + 10.0).ceil(), 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, keys));
    ui.painter().rect(rect, theme::RADIUS - 1, t.raised, Stroke::new(1.0, t.hover), StrokeKind::Inside);
    line.paint_left(ui.painter(), pos2(rect.left() + 5.0, rect.center().y), t.text_soft);
    response
}

/// A row of buttons on the ground of a header, with a line beneath.
pub fn bar<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let t = Tokens::of(ui);
    let frame = Frame::new().fill(t.panel).inner_margin(Margin::symmetric(theme::GAP as i8, 4));
    let out = frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_S;
        let size = vec2(ui.available_width(), theme::CONTROL);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(size);
            add(ui)
        })
        .inner
    });
    let rect = out.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, t.line_stroke());
    out
}

/// An upright line between groups of buttons.
pub fn divider(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(theme::GAP + 1.0, theme::CONTROL), Sense::hover());
    let x = ui.painter().round_to_pixel_center(rect.center().x);
    ui.painter().vline(x, rect.shrink(4.0).y_range(), Tokens::of(ui).line_stroke());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn a_button_is_found_by_its_name_and_a_disabled_one_does_nothing() {
        let mut h = harness([300.0, 60.0], (0, 0), |ui, n: &mut (i32, i32)| {
            bar(ui, |ui| {
                n.0 += i32::from(ui.add(ToolButton::new(icons::OPEN, "Open a file").keys("Ctrl+O")).clicked());
                divider(ui);
                n.1 += i32::from(ui.add(ToolButton::new(icons::BACK, "Back").enabled(false)).clicked());
            });
        });
        h.run();
        h.get_by_label("Open a file").click();
        h.run();
        h.get_by_label("Back").click();
        h.run();
        assert_eq!(*h.state(), (1, 0));
    }
}
