//! The legend of the classes of opcodes: a colour and a letter for each, so that colour is never the only sign.

use super::elide;
use crate::ops::Class;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{Align2, Painter, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// The side of a mark, in points.
pub const MARK: f32 = 14.0;

/// Draws the mark of a class: its letter on its ground, in the middle of a rectangle.
pub fn paint_mark(painter: &Painter, rect: Rect, class: Class, t: &Tokens) {
    let corner = rect.center() - vec2(MARK, MARK) * 0.5;
    let place = Rect::from_min_size(pos2(corner.x.round(), corner.y.round()), vec2(MARK, MARK));
    painter.rect_filled(place, theme::RADIUS - 1, t.class_ground(class));
    let letter = theme::class_letter(class);
    let font = eframe::egui::FontId::new(10.5, fonts::semibold_family());
    painter.text(place.center(), Align2::CENTER_CENTER, letter, font, t.class(class));
}

/// Draws the legend, wrapping as need be; returns the class that was clicked. Those not in `shown` are drawn back.
pub fn show(ui: &mut Ui, shown: impl Fn(Class) -> bool, count: impl Fn(Class) -> Option<u64>) -> Option<Class> {
    let t = Tokens::of(ui);
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GAP_S, 2.0);
        for &class in Class::ALL {
            let text = match count(class) {
                Some(n) => format!("{} {n}", class.name()),
                None => class.name().to_owned(),
            };
            let line = elide::whole(ui.painter(), &text, &fonts::small());
            let size = vec2((MARK + 5.0 + line.width() + theme::GAP).ceil(), 20.0);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            let on = shown(class);
            response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, &text));
            let mut painter = ui.painter().clone();
            if !on {
                painter.set_opacity(0.45);
            }
            paint_mark(&painter, Rect::from_min_size(rect.min, vec2(MARK + 4.0, rect.height())), class, t);
            let color = if response.hovered() { t.text_strong } else { t.text_soft };
            line.paint_left(&painter, pos2(rect.left() + MARK + 6.0, rect.center().y), color);
            if response.has_focus() {
                ui.painter().rect_stroke(rect, theme::RADIUS, t.focus_stroke(), eframe::egui::StrokeKind::Inside);
            }
            if response.clicked() {
                clicked = Some(class);
            }
        }
    });
    clicked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn each_class_is_there_and_can_be_clicked() {
        let mut h = harness([300.0, 120.0], None, |ui, out: &mut Option<Class>| {
            *out = show(ui, |c| c != Class::Memo, |c| (c == Class::Call).then_some(7)).or(*out);
        });
        h.run();
        h.get_by_label("call 7").click();
        h.run();
        assert_eq!(*h.state(), Some(Class::Call));
    }
}
