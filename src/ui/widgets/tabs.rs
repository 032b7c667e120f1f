//! Tabs: a segmented control for the views of one thing, and the tabs of documents that close.
//! They say what was asked; they hold nothing open themselves.

use super::elide;
use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Color32, Id, Key, Modifiers, PointerButton, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
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

/// The tab of a document.
#[derive(Clone, Copy, Debug)]
pub struct DocTab<'a> {
    /// The file's name.
    pub title: &'a str,
    /// The whole path, shown on hover.
    pub hint: &'a str,
    /// Whether it has changed on disk or is unsaved: a dot.
    pub dirty: bool,
    /// Drawn before the title: damaged, loading.
    pub mark: Option<(Icon, Color32)>,
}

/// What was done to the tabs in this frame.
#[derive(Debug, Default)]
pub struct DocTabsOutput {
    /// The tab that was chosen.
    pub chosen: Option<usize>,
    /// The tab to close: its button, or a click of the middle button.
    pub closed: Option<usize>,
    /// Of each tab, for a context menu.
    pub responses: Vec<Response>,
}

/// The widths of a document's tab, in points.
const TAB_WIDTH: (f32, f32) = (96.0, 220.0);

/// Draws the tabs of documents; they share the room there is, and scroll when even that is too little.
pub fn documents(ui: &mut Ui, selected: Option<usize>, tabs: &[DocTab<'_>]) -> DocTabsOutput {
    let t = Tokens::of(ui);
    let mut out = DocTabsOutput::default();
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_BAR - 2.0), Sense::hover());
    ui.painter().rect_filled(bar, 0.0, t.base);
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, t.line_stroke());
    let share = (bar.width() / tabs.len().max(1) as f32).clamp(TAB_WIDTH.0, TAB_WIDTH.1);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(bar).id_salt("documents"));
    child.set_clip_rect(bar.intersect(ui.clip_rect()));
    egui::ScrollArea::horizontal().scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden).show(
        &mut child,
        |ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            ui.horizontal(|ui| {
                for (i, tab) in tabs.iter().enumerate() {
                    let on = selected == Some(i);
                    let natural = elide::whole(ui.painter(), tab.title, &fonts::body()).width() + 54.0;
                    let width = natural.clamp(TAB_WIDTH.0, share.max(TAB_WIDTH.0)).round();
                    let (response, close) =
                        ui.push_id(i, |ui| document(ui, tab, on, vec2(width, bar.height()), t)).inner;
                    if response.clicked() {
                        out.chosen = Some(i);
                    }
                    if close || response.clicked_by(PointerButton::Middle) {
                        out.closed = Some(i);
                    }
                    out.responses.push(response);
                }
            });
        },
    );
    out
}

fn document(ui: &mut Ui, tab: &DocTab<'_>, on: bool, size: egui::Vec2, t: &Tokens) -> (Response, bool) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, tab.title));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(on));
    let painter = ui.painter_at(rect);
    if on {
        painter.rect_filled(rect, 0.0, t.panel);
        let line = Rect::from_min_size(rect.min, vec2(rect.width(), 2.0));
        painter.rect_filled(line, 0.0, t.accent);
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, t.raised);
    }
    painter.vline(rect.right() - 0.5, rect.y_range(), t.line_stroke());
    if response.has_focus() {
        painter.rect_stroke(rect.shrink(2.0), theme::RADIUS, t.focus_stroke(), StrokeKind::Inside);
    }
    let mut x = rect.left() + 10.0;
    if let Some((icon, color)) = tab.mark {
        icons::paint_at(&painter, pos2(x + 7.0, rect.center().y), 14.0, icon, color);
        x += 20.0;
    }
    let place = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(20.0, 20.0));
    let close = ui.interact(place, response.id.with("close"), Sense::CLICK);
    close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {}", tab.title)));
    let color = if on { t.text_strong } else { t.text_soft };
    let title = elide::middle(&painter, tab.title, &fonts::body(), place.left() - x - 4.0);
    title.paint_left(&painter, pos2(x, rect.center().y), color);
    let near = response.hovered() || close.hovered();
    if close.hovered() {
        painter.rect_filled(place, theme::RADIUS, if on { t.raised } else { t.line });
    }
    if tab.dirty && !near {
        painter.circle_filled(place.center(), 3.5, t.warning);
    } else if on || near {
        icons::paint_at(
            &painter,
            place.center(),
            12.0,
            icons::CLOSE,
            if close.hovered() { t.text_strong } else { t.text_soft },
        );
    }
    let closed = close.on_hover_text("Close").clicked();
    let response = if tab.hint.is_empty() { response } else { response.on_hover_text(tab.hint) };
    (response, closed)
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

    #[test]
    fn documents_are_chosen_and_closed() {
        let mut h = harness([300.0, 60.0], DocTabsOutput::default(), |ui, out: &mut DocTabsOutput| {
            let tab = |title| DocTab { title, hint: "/a/b", dirty: true, mark: Some((icons::ERROR, Color32::RED)) };
            let new =
                documents(ui, Some(0), &[tab("one.pkl"), tab("two.pkl"), tab("a_rather_long_name_of_a_file.pkl")]);
            out.chosen = new.chosen.or(out.chosen);
            out.closed = new.closed.or(out.closed);
        });
        h.run();
        h.get_by_label("two.pkl").click();
        h.run();
        assert_eq!(h.state().chosen, Some(1));
        h.get_by_label("Close one.pkl").click();
        h.run();
        assert_eq!(h.state().closed, Some(0));
    }
}
