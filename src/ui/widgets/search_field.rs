//! A field to search with: what is sought, which hit of how many, and a way to clear it. It seeks nothing itself.

use super::elide;
use crate::ui::icons;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Align2, Key, Margin, Modifiers, Rect, Response, Role, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

/// What is known of the hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hits {
    /// Nothing is sought.
    #[default]
    None,
    /// It is still being counted: so many until now.
    Counting(u64),
    /// The hit that is shown, from 1, and how many there are.
    At(u64, u64),
    /// None of the hits is shown yet; how many there are.
    Count(u64),
    /// What was typed cannot be sought.
    Invalid,
}

/// A search field.
#[derive(Debug)]
pub struct SearchField<'a> {
    /// What is sought.
    pub text: &'a mut String,
    /// Its name, for those who cannot see it.
    pub name: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
    /// What is known of the hits.
    pub hits: Hits,
    /// Whether there are buttons for the hit before and after.
    pub steps: bool,
    /// Its width, in points.
    pub width: f32,
}

/// What was done to it in this frame.
#[derive(Debug)]
pub struct SearchOutput {
    /// Of the text field.
    pub response: Response,
    /// What is sought has changed.
    pub changed: bool,
    /// On to the next hit.
    pub next: bool,
    /// Back to the hit before.
    pub previous: bool,
    /// Escape was pressed in the empty field: leave it.
    pub left: bool,
}

impl SearchField<'_> {
    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> SearchOutput {
        let t = Tokens::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(self.width, theme::CONTROL), Sense::hover());
        let id = ui.make_persistent_id(("search", self.name));
        let typed = !self.text.is_empty();
        let count = match self.hits {
            Hits::None => String::new(),
            Hits::Counting(n) => format!("{n}…"),
            Hits::At(at, n) => format!("{at} of {n}"),
            Hits::Count(0) => "none".to_owned(),
            Hits::Count(n) => n.to_string(),
            Hits::Invalid => "not valid".to_owned(),
        };
        let count = elide::whole(ui.painter(), &count, &fonts::small());
        let buttons = if typed { 20.0 } else { 0.0 } + if typed && self.steps { 40.0 } else { 0.0 };
        let count_width = if count.width() > 0.0 { count.width() + 6.0 } else { 0.0 };
        let right = (buttons + count_width + 2.0).min(rect.width() * 0.7);
        let focused = ui.memory(|m| m.has_focus(id));
        let key = |key, modifiers| focused && ui.input_mut(|i| i.consume_key(modifiers, key));
        // before the field sees them
        let mut previous = key(Key::Enter, Modifiers::SHIFT);
        let mut next = key(Key::Enter, Modifiers::NONE);
        let escape = key(Key::Escape, Modifiers::NONE);
        let mut changed = false;
        let mut left = false;
        if escape {
            if typed {
                self.text.clear();
                changed = true;
            } else {
                left = true;
            }
        }
        let bad = matches!(self.hits, Hits::Invalid | Hits::Count(0));
        let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, tab: false };
        let margin = Margin { left: 26, right: right.ceil() as i8, top: 3, bottom: 3 };
        let edit = TextEdit::singleline(self.text)
            .id(id)
            .hint_text(self.hint)
            .margin(margin)
            .desired_width(self.width)
            .event_filter(filter)
            .text_color_opt(bad.then_some(t.error))
            .align(Align2::LEFT_CENTER);
        let response = ui.put(rect, edit).accessible_name(self.name);
        changed |= response.changed();
        if left {
            response.surrender_focus();
        }
        icons::paint_at(ui.painter(), pos2(rect.left() + 14.0, rect.center().y), 14.0, icons::SEARCH, t.text_soft);
        let mut x = rect.right() - 2.0;
        let mut button = |icon, label: &str| {
            let place = Rect::from_min_size(pos2(x - 20.0, rect.top() + 2.0), vec2(20.0, 20.0));
            x -= 20.0;
            let response = ui.interact(place, id.with(label), Sense::CLICK);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
            if response.hovered() {
                ui.painter().rect_filled(place, theme::RADIUS, t.raised);
            }
            let color = if response.hovered() { t.text_strong } else { t.text_soft };
            icons::paint_at(ui.painter(), place.center(), 12.0, icon, color);
            response.on_hover_text(label).clicked()
        };
        if typed {
            if button(icons::CLOSE, "Clear the search") {
                self.text.clear();
                changed = true;
            }
            if self.steps {
                next |= button(icons::CARET_DOWN, "Next hit");
                previous |= button(icons::CARET_UP, "Previous hit");
            }
        }
        if typed || self.hits != Hits::None {
            let color = if bad { t.error } else { t.text_soft };
            count.paint_right(ui.painter(), pos2(x - 4.0, rect.center().y), color);
        }
        SearchOutput { response, changed, next, previous, left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[derive(Default)]
    struct State {
        text: String,
        next: u32,
        previous: u32,
        left: bool,
    }

    #[test]
    fn typing_enter_and_escape() {
        let mut h = harness([320.0, 60.0], State::default(), |ui, s: &mut State| {
            let field = SearchField {
                text: &mut s.text,
                name: "Find",
                hint: "Find a key",
                hits: Hits::At(3, 12),
                steps: true,
                width: 260.0,
            };
            let out = field.show(ui);
            s.next += u32::from(out.next);
            s.previous += u32::from(out.previous);
            s.left |= out.left;
        });
        h.run();
        h.get_by_label("Find").focus();
        h.run();
        h.get_by_label("Find").type_text("abc");
        h.run();
        assert_eq!(h.state().text, "abc");
        h.key_press(Key::Enter);
        h.run();
        h.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
        h.run();
        h.get_by_label("Next hit").click();
        h.run();
        assert_eq!((h.state().next, h.state().previous), (2, 1));
        h.get_by_label("Clear the search").click();
        h.run();
        assert_eq!(h.state().text, "");
        h.get_by_label("Find").focus();
        h.run();
        h.key_press(Key::Escape);
        h.run();
        assert!(h.state().left);
    }
}
