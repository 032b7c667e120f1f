//! One row of a tree: guides, caret, picture, badges, key, value and columns. It draws what it is given and says what
//! was done to it; it knows neither its children nor its parent.

use super::chip::Chip;
use super::elide;
use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Color32, Id, Painter, Rect, Response, Role, Sense, Stroke, StrokeKind, TextureId, Ui, Vec2, WidgetInfo,
    emath::GuiRounding as _, pos2, vec2,
};

/// Levels that are indented; deeper ones stand at this depth and say their number.
pub const DEEPEST: u32 = 24;
/// Width of the caret and of an icon with its space, in points.
const SLOT: f32 = 18.0;
/// The longer side of a thumbnail, in points.
pub const THUMB: f32 = 18.0;
/// The least width left to key and value beside the columns, in points.
const LEAST_TEXT: f32 = 150.0;
/// The least width left to a value beside the kind, in points.
const LEAST_BESIDE_KIND: f32 = 64.0;
/// The least width left to a value, in points.
const LEAST_VALUE: f32 = 24.0;

/// What stands before the key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Picture {
    /// An icon in a colour.
    Icon(Icon, Color32),
    /// A thumbnail, and its size in points, at most [`THUMB`] on either side.
    Thumb(TextureId, Vec2),
}

/// A column at the right, aligned to the right.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// What it says.
    pub text: &'a str,
    /// Its width, in points.
    pub width: f32,
}

/// A row of a tree.
#[derive(Clone, Copy, Debug)]
pub struct TreeRow<'a> {
    /// How deep it stands; the root is 0.
    pub depth: u32,
    /// Whether it is open; `None` when there is nothing to open.
    pub open: Option<bool>,
    /// Drawn before the key.
    pub picture: Option<Picture>,
    /// Its key, index or name.
    pub key: &'a str,
    /// The type or class, in a soft colour after the key.
    pub kind: &'a str,
    /// Its value, in monospace.
    pub value: &'a str,
    /// The colour of the value; `None` is that of ordinary text.
    pub value_color: Option<Color32>,
    /// The whole value, shown on hover when the row shows less. Empty is the value.
    pub full: &'a str,
    /// After the key.
    pub badges: &'a [Chip<'a>],
    /// At the right.
    pub columns: &'a [Column<'a>],
    /// Whether it is the selection.
    pub selected: bool,
    /// Whether another panel points at it.
    pub hovered: bool,
    /// Whether something is wrong here: a mark in this colour at its left.
    pub mark: Option<Color32>,
    /// Drawn back, as what is not there: ellipses, empty containers.
    pub dim: bool,
    /// Where there is little room, the value is cut before the key is.
    pub key_first: bool,
}

impl<'a> TreeRow<'a> {
    /// A leaf with a key.
    pub fn new(depth: u32, key: &'a str) -> Self {
        Self {
            depth,
            open: None,
            picture: None,
            key,
            kind: "",
            value: "",
            value_color: None,
            full: "",
            badges: &[],
            columns: &[],
            selected: false,
            hovered: false,
            mark: None,
            dim: false,
            key_first: false,
        }
    }
}

/// What was done to a row.
#[derive(Debug)]
pub struct TreeRowOutput {
    /// Of the whole row: clicks, double clicks, its context menu.
    pub response: Response,
    /// The caret was clicked: open or close.
    pub caret_clicked: bool,
}

/// Draws the ground of a row: filled with a bar when selected, outlined when hovered.
pub fn paint_ground(painter: &Painter, rect: Rect, selected: bool, hovered: bool, t: &Tokens) {
    if selected {
        painter.rect_filled(rect, 0.0, t.selection);
        let bar = Rect::from_min_max(rect.min, pos2(rect.left() + theme::SELECTION_BAR, rect.bottom()));
        painter.rect_filled(bar, 0.0, t.accent);
    }
    if hovered {
        painter.rect_stroke(rect.shrink(0.5), theme::RADIUS, Stroke::new(1.0, t.hover), StrokeKind::Middle);
    }
}

impl TreeRow<'_> {
    /// Draws it into a rectangle, as wide as the view and as high as a row.
    pub fn show(&self, ui: &mut Ui, rect: Rect) -> TreeRowOutput {
        let t = Tokens::of(ui);
        let id = ui.make_persistent_id("row");
        let response = ui.interact(rect, id, Sense::CLICK);
        response.widget_info(|| WidgetInfo::selected(Role::TreeItem, ui.is_enabled(), self.selected, self.spoken()));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_level(self.depth as usize + 1);
            node.set_selected(self.selected);
            if let Some(open) = self.open {
                node.set_expanded(open);
            }
        });
        paint_ground(ui.painter(), rect, self.selected, self.hovered || response.hovered(), t);
        let clip = rect.intersect(ui.clip_rect());
        let painter = ui.painter_at(clip);
        let mut x = rect.left() + theme::GAP_S + self.guides(&painter, rect, t);
        let y = rect.center().y;
        let caret_clicked =
            self.caret(ui, Rect::from_center_size(pos2(x + SLOT * 0.5, y), vec2(SLOT, rect.height())), id, t);
        x += SLOT;
        x = self.picture(&painter, x, rect, t);
        let right = self.columns(&painter, rect, x, t);
        let (value_rect, cut) = self.texts(&painter, x, right, y, t);
        if let Some(color) = self.mark {
            let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
            painter.rect_filled(bar, 0.0, color);
        }
        self.hover(ui, &response, value_rect, cut);
        TreeRowOutput { response, caret_clicked }
    }

    fn guides(&self, painter: &Painter, rect: Rect, t: &Tokens) -> f32 {
        let levels = self.depth.min(DEEPEST);
        for level in 0..levels {
            let x = rect.left() + theme::GAP_S + level as f32 * theme::INDENT + SLOT * 0.5;
            let x = painter.round_to_pixel_center(x);
            painter.vline(x, rect.y_range(), t.line_stroke());
        }
        levels as f32 * theme::INDENT
    }

    fn caret(&self, ui: &Ui, rect: Rect, row: Id, t: &Tokens) -> bool {
        let Some(open) = self.open else { return false };
        let response = ui.interact(rect, row.with("caret"), Sense::CLICK);
        response.widget_info(|| {
            let what = if open { "Close" } else { "Open" };
            WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("{what} {}", self.key))
        });
        let color = if response.hovered() { t.text_strong } else { t.text_soft };
        let icon = if open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
        icons::paint_at(&ui.painter_at(rect), rect.center(), 12.0, icon, color);
        response.clicked()
    }

    fn picture(&self, painter: &Painter, x: f32, rect: Rect, t: &Tokens) -> f32 {
        match self.picture {
            None => x,
            Some(Picture::Icon(icon, color)) => {
                let color = if self.dim { t.faint } else { color };
                icons::paint_at(painter, pos2(x + icons::SIZE * 0.5, rect.center().y), icons::SIZE, icon, color);
                x + icons::SIZE + 6.0
            }
            Some(Picture::Thumb(texture, size)) => {
                // as wide as an icon's place, so that keys stay in line
                let middle = pos2(x + icons::SIZE * 0.5, rect.center().y);
                let place = Rect::from_center_size(middle, size).round_to_pixels(painter.pixels_per_point());
                let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                painter.image(texture, place, uv, Color32::WHITE);
                x + icons::SIZE + 6.0
            }
        }
    }

    fn columns(&self, painter: &Painter, rect: Rect, x: f32, t: &Tokens) -> f32 {
        let mut right = rect.right() - theme::GAP;
        for column in self.columns.iter().rev() {
            // on a narrow row the columns give way first
            if right - column.width < x + LEAST_TEXT {
                break;
            }
            elide::middle(painter, column.text, &fonts::mono_small(), column.width).paint_right(
                painter,
                pos2(right, rect.center().y),
                t.text_soft,
            );
            right -= column.width + theme::GAP;
        }
        right
    }

    /// Draws key, kind, badges and value; returns where the value stands and whether anything was cut.
    fn texts(&self, painter: &Painter, mut x: f32, right: f32, y: f32, t: &Tokens) -> (Rect, bool) {
        let ink = |color| if self.dim { t.text_soft } else { color };
        let has_value = !self.value.is_empty();
        let badges: f32 = self.badges.iter().map(|b| b.width(painter) + theme::GAP_S).sum();
        if self.depth > DEEPEST {
            let level = format!("+{}", self.depth - DEEPEST);
            x = elide::whole(painter, &level, &fonts::mono_small())
                .paint_left(painter, pos2(x, y), t.text_soft)
                .right()
                + 6.0;
        }
        let room = (right - x).max(0.0);
        let key_room = if self.key_first && has_value {
            room - LEAST_VALUE
        } else if has_value {
            (room - LEAST_VALUE).min((room * 0.6).max(room - badges - 120.0))
        } else {
            room - badges
        };
        let key = elide::middle(painter, self.key, &fonts::body(), key_room.max(0.0));
        let strong = if self.selected { t.text_strong } else { t.text_normal };
        if !self.key.is_empty() {
            x = key.paint_left(painter, pos2(x, y), ink(strong)).right() + theme::GAP;
        }
        let mut cut = key.cut;
        // on a narrow row the kind gives way to the value, which says more
        let kind_width = elide::whole(painter, self.kind, &fonts::small()).width();
        let crowded = has_value && right - x - kind_width - badges < LEAST_BESIDE_KIND;
        if !self.kind.is_empty() && x < right && !crowded {
            let kind = elide::middle(painter, self.kind, &fonts::small(), right - x);
            cut |= kind.cut;
            x = kind.paint_left(painter, pos2(x, y), t.text_soft).right() + theme::GAP;
        }
        for badge in self.badges {
            if x + badge.width(painter) > right {
                cut = true;
                break;
            }
            x = badge.paint(painter, pos2(x, y), t).right() + theme::GAP_S;
        }
        if !self.badges.is_empty() {
            x += theme::GAP_S;
        }
        let place =
            Rect::from_min_max(pos2(x, y - theme::ROW_TREE * 0.5), pos2(right.max(x), y + theme::ROW_TREE * 0.5));
        if has_value {
            let value = elide::middle(painter, self.value, &fonts::mono(), right - x);
            cut |= value.cut;
            value.paint_left(painter, pos2(x, y), ink(self.value_color.unwrap_or(t.text_normal)));
        }
        (place, cut)
    }

    fn hover(&self, ui: &Ui, response: &Response, value: Rect, cut: bool) {
        let full = if self.full.is_empty() { self.value } else { self.full };
        let over = |rect: Rect| response.hover_pos().is_some_and(|p| rect.contains(p));
        if cut && response.hovered() {
            let text = if over(value) && !full.is_empty() { full.to_owned() } else { self.spoken() };
            response.show_tooltip_on_rest(ui, &text);
        } else if response.hovered()
            && let Some(hint) = self.badges.iter().map(|b| b.hint).find(|h| !h.is_empty())
        {
            response.show_tooltip_on_rest(ui, hint);
        }
    }

    /// The row in words.
    pub fn spoken(&self) -> String {
        let mut words = vec![self.key];
        words.extend([self.kind, self.value].into_iter().filter(|w| !w.is_empty()));
        words.extend(self.badges.iter().map(Chip::spoken));
        words.retain(|w| !w.is_empty());
        words.join(", ")
    }
}

trait TooltipOnRest {
    fn show_tooltip_on_rest(&self, ui: &Ui, text: &str);
}

impl TooltipOnRest for Response {
    /// A tooltip in monospace after the usual delay, cut where no screen could show more.
    fn show_tooltip_on_rest(&self, _ui: &Ui, text: &str) {
        let most = 2000;
        let end = text.char_indices().nth(most).map_or(text.len(), |(i, _)| i);
        self.clone().on_hover_ui_at_pointer(|ui| {
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Wrap);
            ui.label(egui::RichText::new(&text[..end]).font(fonts::mono()));
            if end < text.len() {
                ui.weak(format!("… {} bytes in all", text.len()));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use crate::ui::widgets::chip::Tone;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    #[derive(Default)]
    struct State {
        clicked: bool,
        caret: bool,
        menu: bool,
    }

    fn app(ui: &mut Ui, s: &mut State) {
        let rect = Rect::from_min_size(ui.max_rect().min, vec2(ui.available_width(), theme::ROW_TREE));
        let badges = [Chip::new("shared").tone(Tone::Note)];
        let row = TreeRow {
            open: Some(false),
            kind: "ndarray",
            value: "float64 480 × 640",
            badges: &badges,
            columns: &[Column { text: "2.3 MiB", width: 60.0 }],
            selected: true,
            ..TreeRow::new(2, "['x']")
        };
        let out = row.show(ui, rect);
        s.clicked |= out.response.clicked();
        s.caret |= out.caret_clicked;
        out.response.context_menu(|ui| {
            s.menu |= ui.button("Copy path").clicked();
        });
    }

    #[test]
    fn row_and_caret_are_clicked_apart_and_the_menu_opens() {
        let mut h = harness([500.0, 200.0], State::default(), app);
        h.run();
        h.get_by_label("Open ['x']").click();
        h.run();
        assert!(h.state().caret && !h.state().clicked);
        let label = "['x'], ndarray, float64 480 × 640, shared";
        h.get_by_label(label).click();
        h.run();
        assert!(h.state().clicked);
        assert_eq!(h.get_by_label(label).accesskit_node().is_selected(), Some(true));
        h.get_by_label(label).click_secondary();
        h.run();
        h.get_by_label("Copy path").click();
        h.run();
        assert!(h.state().menu);
    }

    #[test]
    fn a_name_of_300_characters_on_a_narrow_row_leaves_room_for_its_value() {
        let name = "n".repeat(300);
        let mut h = harness([160.0, 60.0], name, |ui, name| {
            let rect = Rect::from_min_size(ui.max_rect().min, vec2(160.0, theme::ROW_TREE));
            TreeRow { value: "1", ..TreeRow::new(40, name) }.show(ui, rect);
        });
        h.run();
    }
}
