//! Tabs: a segmented control for the views of one thing. It says what was asked; it holds nothing open itself.

use super::elide;
use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Color32, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

/// One of several views.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Its name.
    pub label: &'a str,
    /// Drawn before the name, and alone when there is little room.
    pub icon: Option<Icon>,
    /// Shown on hover.
    pub hint: &'a str,
    /// Whether it can be chosen.
    pub enabled: bool,
    /// A count or mark after the name, such as the number of problems.
    pub count: Option<(&'a str, Color32)>,
}

impl<'a> Segment<'a> {
    /// One that can be chosen.
    pub fn new(label: &'a str) -> Self {
        Self { label, icon: None, hint: "", enabled: true, count: None }
    }

    /// With an icon.
    pub fn icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }
}

/// The id of a segment of the [`segmented`] that is drawn next, to give it the keyboard.
pub fn segment_id(ui: &Ui, i: usize) -> Id {
    ui.next_auto_id().with(i)
}

/// Draws segments side by side; returns the one that was chosen. Left and Right go from one to the next.
pub fn segmented(ui: &mut Ui, name: &str, selected: usize, segments: &[Segment<'_>]) -> Option<usize> {
    let t = Tokens::of(ui);
    let widths = |ui: &Ui, compact: bool| -> Vec<f32> {
        segments.iter().enumerate().map(|(i, s)| segment_width(ui, s, compact && i != selected)).collect()
    };
    let full = widths(ui, false);
    let compact = full.iter().sum::<f32>() > ui.available_width() && segments.iter().all(|s| s.icon.is_some());
    let widths = if compact { widths(ui, true) } else { full };
    let mut chosen = None;
    let size = vec2(widths.iter().sum(), theme::CONTROL);
    let (rect, group) = ui.allocate_exact_size(size, Sense::hover());
    group.widget_info(|| WidgetInfo::labeled(Role::TabList, true, name));
    ui.painter().rect(rect, theme::RADIUS, t.base, t.line_stroke(), StrokeKind::Inside);
    let mut x = rect.left();
    for (i, (segment, width)) in segments.iter().zip(widths).enumerate() {
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        x += width;
        let id = group.id.with(i);
        let sense = if segment.enabled { Sense::click() } else { Sense::hover() };
        let response = ui.interact(place, id, sense);
        let on = i == selected;
        response.widget_info(|| WidgetInfo::selected(Role::Tab, segment.enabled, on, segment.label));
        ui.ctx().accesskit_node_builder(id, |node| node.set_selected(on));
        paint_segment(ui, segment, place, on, compact && !on, &response, t);
        if response.has_focus() {
            let filter = egui::EventFilter { horizontal_arrows: true, ..egui::EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(id, filter));
            let step = |key, by| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key)).then_some(by);
            if let Some(by) = step(Key::ArrowLeft, -1).or_else(|| step(Key::ArrowRight, 1)) {
                let usable = |k: &isize| segments.get(*k as usize).is_some_and(|s| s.enabled);
                let next = (1..segments.len() as isize)
                    .map(|k| (i as isize + by * k).rem_euclid(segments.len() as isize))
                    .find(usable);
                if let Some(next) = next {
                    chosen = Some(next as usize);
                    ui.memory_mut(|m| m.request_focus(group.id.with(next as usize)));
                }
            }
        }
        if response.clicked() {
            chosen = Some(i);
        }
        let hint = if segment.hint.is_empty() && compact { segment.label } else { segment.hint };
        if !hint.is_empty() {
            response.on_hover_text(hint).on_disabled_hover_text(hint);
        }
    }
    chosen.filter(|&c| c != selected)
}

fn segment_width(ui: &Ui, s: &Segment<'_>, compact: bool) -> f32 {
    let text = |text: &str| elide::whole(ui.painter(), text, &fonts::body()).width();
    let icon = if s.icon.is_some() { 16.0 } else { 0.0 };
    let gap = if s.icon.is_some() && !compact { 6.0 } else { 0.0 };
    let label = if compact { 0.0 } else { text(s.label) };
    let count = s.count.map_or(0.0, |(c, _)| elide::whole(ui.painter(), c, &fonts::small()).width() + 6.0);
    (icon + gap + label + count + 18.0).ceil()
}

fn paint_segment(ui: &Ui, s: &Segment<'_>, place: Rect, on: bool, compact: bool, response: &Response, t: &Tokens) {
    let painter = ui.painter();
    let inner = place.shrink(2.0);
    if on {
        painter.rect(inner, theme::RADIUS - 1, t.raised, Stroke::new(1.0, t.hover), StrokeKind::Inside);
    } else if response.hovered() && s.enabled {
        painter.rect_stroke(inner, theme::RADIUS - 1, Stroke::new(1.0, t.hover), StrokeKind::Inside);
    }
    if response.has_focus() {
        painter.rect_stroke(inner, theme::RADIUS - 1, t.focus_stroke(), StrokeKind::Inside);
    }
    let color = match (s.enabled, on) {
        (false, _) => t.faint,
        (true, true) => t.text_strong,
        (true, false) => t.text_soft,
    };
    let mut x = place.left() + 9.0;
    if let Some(icon) = s.icon {
        icons::paint_at(painter, pos2(x + 8.0, place.center().y), 16.0, icon, if on { t.accent } else { color });
        x += 22.0;
    }
    if !compact {
        let line = elide::whole(painter, s.label, &fonts::body());
        x = line.paint_left(painter, pos2(x, place.center().y), color).right() + 6.0;
    } else {
        x -= 4.0;
    }
    if let Some((count, color)) = s.count {
        elide::whole(painter, count, &fonts::small()).paint_left(painter, pos2(x, place.center().y), color);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn segments_are_chosen_by_pointer_and_arrows() {
        let mut h = harness([400.0, 60.0], 0usize, |ui, on: &mut usize| {
            let segments = [
                Segment::new("Values"),
                Segment { enabled: false, ..Segment::new("Opcodes") },
                Segment::new("Listing"),
            ];
            *on = segmented(ui, "Structure", *on, &segments).unwrap_or(*on);
        });
        h.run();
        h.get_by_label("Listing").click();
        h.run();
        assert_eq!(*h.state(), 2);
        h.get_by_label("Listing").focus();
        h.run();
        h.key_press(Key::ArrowRight);
        h.run();
        assert_eq!(*h.state(), 0, "around the end");
        h.key_press(Key::ArrowRight);
        h.run();
        assert_eq!(*h.state(), 2, "over what cannot be chosen");
    }
}
