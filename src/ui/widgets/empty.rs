//! What stands where there is nothing: an icon, what is missing, and what to do about it.

use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{self, Align, Layout, Sense, Ui, vec2};

/// An empty state.
#[derive(Clone, Copy, Debug)]
pub struct Empty<'a> {
    /// Its icon.
    pub icon: Icon,
    /// What is not here.
    pub title: &'a str,
    /// What would bring it here.
    pub hint: &'a str,
    /// The label of a button that helps; may be empty.
    pub action: &'a str,
}

impl<'a> Empty<'a> {
    /// One without a button.
    pub fn new(icon: Icon, title: &'a str, hint: &'a str) -> Self {
        Self { icon, title, hint, action: "" }
    }

    /// With a button.
    pub fn action(self, action: &'a str) -> Self {
        Self { action, ..self }
    }

    /// Draws it in the middle of all the space there is; returns whether the button was clicked.
    pub fn show(&self, ui: &mut Ui) -> bool {
        let t = Tokens::of(ui);
        let room = ui.available_rect_before_wrap();
        let width = (room.width() - 2.0 * theme::EDGE).clamp(40.0, 360.0);
        let hint = egui::WidgetText::from(egui::RichText::new(self.hint).color(t.text_soft));
        let hint = hint.into_galley(ui, Some(egui::TextWrapMode::Wrap), width, egui::TextStyle::Body);
        let high = room.height() >= 120.0;
        let height = if high { 44.0 } else { 0.0 }
            + 24.0
            + if self.hint.is_empty() { 0.0 } else { hint.size().y + 6.0 }
            + if self.action.is_empty() { 0.0 } else { theme::CONTROL + theme::GAP_L };
        ui.allocate_rect(room, Sense::hover());
        let place = egui::Rect::from_center_size(room.center(), vec2(width, height)).intersect(room);
        let builder = egui::UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Center)).id_salt("empty");
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            if high {
                let (rect, _) = ui.allocate_exact_size(vec2(32.0, 38.0), Sense::hover());
                icons::paint_at(ui.painter(), rect.center_top() + vec2(0.0, 16.0), 32.0, self.icon, t.faint);
            }
            ui.label(egui::RichText::new(self.title).font(fonts::strong()).color(t.text_normal));
            if !self.hint.is_empty() {
                ui.add(
                    egui::Label::new(egui::RichText::new(self.hint).color(t.text_soft)).wrap().halign(Align::Center),
                );
            }
            if self.action.is_empty() {
                return false;
            }
            ui.add_space(theme::GAP);
            ui.button(self.action).clicked()
        })
        .inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn the_button_of_an_empty_state_is_clicked_in_any_size() {
        for size in [[600.0, 400.0], [160.0, 100.0]] {
            let mut h = harness(size, false, |ui, clicked: &mut bool| {
                *clicked |= Empty::new(icons::IMAGE, "No array", "Select an array to see it here")
                    .action("Open a file…")
                    .show(ui);
            });
            h.run();
            h.get_by_label("Open a file…").click();
            h.run();
            assert!(*h.state());
        }
    }
}
