//! A list of any number of rows, of which only the visible ones are ever asked for.
//! The position is a row number and the pixels hidden of that row, never one large float, so it is exact to 10^12 rows.
//! It knows nothing of what a row shows.

use super::scroll_bar::{self, BarMark};
use crate::ui::{Tokens, theme};
use eframe::egui::{
    self, EventFilter, Key, Rect, Response, Role, Sense, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, accesskit, pos2,
    vec2,
};

/// Where a row should come to stand when it is scrolled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// As little movement as makes it visible whole.
    Nearest,
    /// At the top.
    Top,
    /// In the middle, unless it is visible already.
    Center,
}

/// What a key asks of the selection. The list itself selects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// So many rows down; negative is up.
    Move(i64),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Left: close, or go to the parent.
    Left,
    /// Right: open, or go to the first child.
    Right,
    /// Enter.
    Activate,
    /// Space.
    Toggle,
}

impl Intent {
    /// The row that the selection moves to, for the intents that move it.
    pub fn target(self, selected: Option<u64>, rows: u64) -> Option<u64> {
        let last = rows.checked_sub(1)?;
        Some(match (self, selected) {
            (Self::First, _) => 0,
            (Self::Last, _) => last,
            (Self::Move(_), None) => 0,
            (Self::Move(by), Some(row)) => row.saturating_add_signed(by).min(last),
            _ => return None,
        })
    }
}

/// How a list is drawn in this frame.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Its name for those who cannot see it.
    pub name: &'a str,
    /// What it is to those who cannot see it: a list, a tree, a table.
    pub role: Role,
    /// How many rows there are.
    pub rows: u64,
    /// The height of a row, in points.
    pub row_height: f32,
    /// The width of a row, in points; wider than the view, and a second scroll bar appears. 0 is the view's width.
    pub content_width: f32,
    /// Whether the arrow keys move a selection (and come back as [`Intent`]) or scroll.
    pub selects: bool,
    /// Whether Left and Right belong to the list, for a tree or a grid.
    pub horizontal_keys: bool,
    /// Coloured marks in the scroll bar.
    pub marks: &'a [BarMark],
    /// The width of the scroll bar, in points.
    pub bar_width: f32,
}

impl<'a> Rows<'a> {
    /// A list that selects, with the usual bar.
    pub fn new(name: &'a str, rows: u64, row_height: f32) -> Self {
        Self {
            name,
            role: Role::List,
            rows,
            row_height,
            content_width: 0.0,
            selects: true,
            horizontal_keys: false,
            marks: &[],
            bar_width: theme::SCROLL_BAR,
        }
    }

    /// A tree: Left and Right close and open.
    pub fn tree(name: &'a str, rows: u64) -> Self {
        Self { role: Role::Tree, horizontal_keys: true, ..Self::new(name, rows, theme::ROW_TREE) }
    }

    /// Marks for its bar.
    pub fn marks(self, marks: &'a [BarMark]) -> Self {
        Self { marks, ..self }
    }

    /// The width of its rows.
    pub fn content_width(self, points: f32) -> Self {
        Self { content_width: points, ..self }
    }

    /// The arrow keys scroll.
    pub fn scrolling(self) -> Self {
        Self { selects: false, ..self }
    }
}

/// What was done to a list in this frame.
#[derive(Debug)]
pub struct RowsOutput {
    /// Of the whole view, rows included.
    pub response: Response,
    /// Where rows are drawn.
    pub view: Rect,
    /// The first visible row.
    pub first: u64,
    /// How many rows are visible, in part or whole.
    pub count: u64,
    /// What a key asked.
    pub intent: Option<Intent>,
    /// The row under the pointer.
    pub hovered: Option<u64>,
}

impl RowsOutput {
    /// The row that was clicked, unless a widget within it took the click.
    pub fn clicked(&self) -> Option<u64> {
        self.hovered.filter(|_| self.response.clicked())
    }

    /// The row that was double-clicked, unless a widget within it took the click.
    pub fn double_clicked(&self) -> Option<u64> {
        self.hovered.filter(|_| self.response.double_clicked())
    }
}

/// The position of a list: what its panel keeps from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LazyRows {
    /// The first visible row.
    pub row: u64,
    /// Points of that row hidden above the top edge, from 0 to below the row's height.
    pub px: f32,
    /// Points scrolled to the right.
    pub x: f32,
    pending: Option<(u64, Align)>,
    grab: f32,
}

impl LazyRows {
    /// With a row at the top.
    pub fn at(row: u64) -> Self {
        Self { row, ..Self::default() }
    }

    /// Brings a row into view when it is next drawn.
    pub fn scroll_to(&mut self, row: u64, align: Align) {
        self.pending = Some((row, align));
    }

    /// Scrolls by points, down being positive.
    pub fn scroll_by(&mut self, points: f32, row_height: f32, rows: u64, view_height: f32) {
        let pos = f64::from(self.px) + f64::from(points);
        let whole = (pos / f64::from(row_height)).floor();
        self.px = (pos - whole * f64::from(row_height)) as f32;
        let row = i128::from(self.row) + whole as i128;
        if row < 0 {
            (self.row, self.px) = (0, 0.0);
        } else {
            self.row = u64::try_from(row).unwrap_or(u64::MAX);
        }
        self.clamp(row_height, rows, view_height);
    }

    /// The last position that leaves no empty space below the last row.
    fn last_position(row_height: f32, rows: u64, view_height: f32) -> (u64, f32) {
        let whole = (view_height / row_height).floor().max(0.0) as u64;
        let part = view_height - whole as f32 * row_height;
        if rows <= whole {
            (0, 0.0)
        } else if part > 0.0 {
            (rows - whole - 1, row_height - part)
        } else {
            (rows - whole, 0.0)
        }
    }

    fn clamp(&mut self, row_height: f32, rows: u64, view_height: f32) {
        let last = Self::last_position(row_height, rows, view_height);
        if (self.row, self.px) > last {
            (self.row, self.px) = last;
        }
    }

    fn bring(&mut self, row: u64, align: Align, o: &Rows<'_>, view_height: f32) {
        let row = row.min(o.rows.saturating_sub(1));
        // how far below the top its lower edge may stand, in whole rows and points
        let (above, _) = Self::last_position(o.row_height, row.saturating_add(1), view_height);
        let lowest = Self::last_position(o.row_height, row.saturating_add(1), view_height);
        let visible = (self.row, self.px) <= (row, 0.0) && (self.row, self.px) >= lowest;
        match align {
            Align::Top => (self.row, self.px) = (row, 0.0),
            Align::Nearest | Align::Center if visible => {}
            Align::Nearest if (self.row, self.px) > (row, 0.0) => (self.row, self.px) = (row, 0.0),
            Align::Nearest => (self.row, self.px) = lowest,
            Align::Center => (self.row, self.px) = (above + (row - above) / 2, 0.0),
        }
        self.clamp(o.row_height, o.rows, view_height);
    }

    /// Draws the visible rows into all the space there is. `add` gets each row's number and rectangle.
    pub fn show(&mut self, ui: &mut Ui, o: &Rows<'_>, add: impl FnMut(&mut Ui, u64, Rect)) -> RowsOutput {
        let (outer, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        self.show_in(ui, outer, o, add)
    }

    /// Draws the visible rows into a rectangle.
    pub fn show_in(
        &mut self,
        ui: &mut Ui,
        outer: Rect,
        o: &Rows<'_>,
        mut add: impl FnMut(&mut Ui, u64, Rect),
    ) -> RowsOutput {
        let id = ui.make_persistent_id(("lazy rows", o.name));
        let (mut view, bar) = outer.split_left_right_at_x(outer.right() - o.bar_width.min(outer.width() * 0.5));
        let wide = o.content_width > view.width() + 0.5;
        let bottom = Rect::from_min_max(pos2(view.left(), view.bottom() - theme::SCROLL_BAR), view.max);
        if wide {
            view.max.y = bottom.top();
        }
        let response = ui.interact(view, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(o.role, ui.is_enabled(), o.name));
        ui.ctx().accesskit_node_builder(id, |node| node.set_size_of_set(usize::try_from(o.rows).unwrap_or(usize::MAX)));
        let height = view.height();
        self.clamp(o.row_height, o.rows, height);
        self.wheel(ui, view, o, wide, &response);
        let intent = self.keys(ui, &response, o, height);
        if let Some((row, align)) = self.pending.take() {
            self.bring(row, align, o, height);
        }
        self.bars(ui, (view, bar, wide.then_some(bottom)), o, id);
        self.clamp(o.row_height, o.rows, height);

        let width = o.content_width.max(view.width());
        let count = (((height + self.px) / o.row_height).ceil().max(0.0) as u64).min(o.rows.saturating_sub(self.row));
        let mut child = ui.new_child(UiBuilder::new().max_rect(view).id_salt(id).accessibility_parent(id));
        child.set_clip_rect(view.intersect(ui.clip_rect()));
        for k in 0..count {
            let min = pos2(view.left() - self.x, view.top() - self.px + k as f32 * o.row_height);
            let rect = Rect::from_min_size(min, vec2(width, o.row_height));
            let row = self.row + k;
            child.scope_builder(UiBuilder::new().max_rect(rect).id_salt(row), |ui| add(ui, row, rect));
        }
        if response.has_focus() {
            let inside = view.shrink(0.75);
            ui.painter().rect_stroke(inside, theme::RADIUS, Tokens::of(ui).focus_stroke(), StrokeKind::Middle);
        }
        let hovered = response.hover_pos().and_then(|p| self.row_at(p.y, view, o));
        RowsOutput { response, view, first: self.row, count, intent, hovered }
    }

    /// The row at a height on screen.
    pub fn row_at(&self, y: f32, view: Rect, o: &Rows<'_>) -> Option<u64> {
        let k = ((y - view.top() + self.px) / o.row_height).floor();
        if k < 0.0 || y >= view.bottom() {
            return None;
        }
        self.row.checked_add(k as u64).filter(|&row| row < o.rows)
    }

    fn wheel(&mut self, ui: &Ui, view: Rect, o: &Rows<'_>, wide: bool, response: &Response) {
        if !response.contains_pointer() {
            return;
        }
        let delta = ui.input_mut(|i| {
            let delta = i.smooth_scroll_delta();
            i.smooth_scroll_delta.y = 0.0;
            if wide {
                i.smooth_scroll_delta.x = 0.0;
            }
            delta
        });
        if delta.y != 0.0 {
            self.scroll_by(-delta.y, o.row_height, o.rows, view.height());
        }
        if wide && delta.x != 0.0 {
            self.x -= delta.x;
        }
    }

    fn keys(&mut self, ui: &Ui, response: &Response, o: &Rows<'_>, height: f32) -> Option<Intent> {
        // A press on a row takes the keyboard from the list again, as one beside it does: so the click gives it back.
        if response.contains_pointer() && ui.input(|i| i.pointer.any_pressed() || i.pointer.any_click()) {
            response.request_focus();
        }
        if !response.has_focus() {
            return None;
        }
        let filter =
            EventFilter { vertical_arrows: true, horizontal_arrows: o.horizontal_keys, ..EventFilter::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
        let page = ((height / o.row_height).floor() as i64 - 1).max(1);
        let horizontal = o.horizontal_keys;
        let pressed = |key: Key| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
        let count = |key: Key| ui.input_mut(|i| i.count_and_consume_key(egui::Modifiers::NONE, key)) as i64;
        let steps = count(Key::ArrowDown) - count(Key::ArrowUp) + page * (count(Key::PageDown) - count(Key::PageUp));
        let intent = if steps != 0 {
            Intent::Move(steps)
        } else if pressed(Key::Home) {
            Intent::First
        } else if pressed(Key::End) {
            Intent::Last
        } else if horizontal && pressed(Key::ArrowLeft) {
            Intent::Left
        } else if horizontal && pressed(Key::ArrowRight) {
            Intent::Right
        } else if pressed(Key::Enter) {
            Intent::Activate
        } else if pressed(Key::Space) {
            Intent::Toggle
        } else {
            return None;
        };
        if o.selects {
            return Some(intent);
        }
        match intent {
            Intent::Move(by) => self.scroll_by(by as f32 * o.row_height, o.row_height, o.rows, height),
            Intent::First => (self.row, self.px) = (0, 0.0),
            Intent::Last => (self.row, self.px) = Self::last_position(o.row_height, o.rows, height),
            other => return Some(other),
        }
        None
    }

    fn bars(&mut self, ui: &Ui, (view, bar, bottom): (Rect, Rect, Option<Rect>), o: &Rows<'_>, id: egui::Id) {
        let seen = f64::from(view.height()) / f64::from(o.row_height);
        let total = o.rows as f64;
        let at = self.row as f64 + f64::from(self.px) / f64::from(o.row_height);
        let track = Rect::from_min_max(bar.min, pos2(bar.right(), view.bottom()));
        let vertical = scroll_bar::Bar { rect: track, vertical: true, total, seen, at, name: o.name };
        if let Some(to) = vertical.show(ui, id.with("bar"), o.marks, &mut self.grab) {
            self.row = to.floor() as u64;
            self.px = ((to - to.floor()) * f64::from(o.row_height)) as f32;
        }
        let most = (o.content_width - view.width()).max(0.0);
        self.x = self.x.clamp(0.0, most);
        if let Some(rect) = bottom {
            let horizontal = scroll_bar::Bar {
                rect,
                vertical: false,
                total: f64::from(o.content_width),
                seen: f64::from(view.width()),
                at: f64::from(self.x),
                name: o.name,
            };
            if let Some(to) = horizontal.show(ui, id.with("bar x"), &[], &mut self.grab) {
                self.x = (to as f32).clamp(0.0, most);
            }
        }
        // on whole points, so that text keeps its pixels
        self.x = self.x.round();
    }

    /// Points from the left edge of the view to where the rows begin; negative when scrolled.
    pub fn offset(&self) -> Vec2 {
        vec2(-self.x, -self.px)
    }
}

/// Tells those who cannot see it which row of how many a response is.
pub fn row_position(ui: &Ui, id: egui::Id, row: u64) {
    ui.ctx().accesskit_node_builder(id, |node: &mut accesskit::Node| {
        node.set_position_in_set(usize::try_from(row).unwrap_or(usize::MAX));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    const TRILLION: u64 = 1_000_000_000_000;

    #[test]
    fn ten_to_the_twelve_rows_are_exact() {
        let mut list = LazyRows { row: TRILLION - 1000, ..LazyRows::default() };
        for _ in 0..60 {
            list.scroll_by(1.0, 18.0, TRILLION, 400.0);
        }
        assert_eq!((list.row, list.px), (TRILLION - 997, 6.0));
        list.scroll_by(1e9, 18.0, TRILLION, 400.0);
        assert_eq!((list.row, list.px), (TRILLION - 23, 14.0), "the last row ends at the lower edge");
        list.scroll_by(-0.5, 18.0, TRILLION, 400.0);
        assert_eq!((list.row, list.px), (TRILLION - 23, 13.5));
    }

    #[test]
    fn a_row_is_brought_in_with_as_little_movement_as_can_be() {
        let o = Rows::new("x", TRILLION, 20.0);
        let mut list = LazyRows::default();
        list.bring(5, Align::Nearest, &o, 100.0);
        assert_eq!((list.row, list.px), (1, 0.0));
        list.bring(3, Align::Nearest, &o, 100.0);
        assert_eq!((list.row, list.px), (1, 0.0));
        list.bring(0, Align::Nearest, &o, 100.0);
        assert_eq!((list.row, list.px), (0, 0.0));
        list.bring(TRILLION - 500, Align::Center, &o, 100.0);
        assert_eq!(list.row, TRILLION - 502);
        list.bring(TRILLION - 1, Align::Top, &o, 100.0);
        assert_eq!(list.row, TRILLION - 5);
        list.bring(7, Align::Top, &Rows::new("x", 3, 20.0), 100.0);
        assert_eq!((list.row, list.px), (0, 0.0), "fewer rows than fit");
    }

    #[test]
    fn intents_move_within_the_rows() {
        assert_eq!(Intent::Move(3).target(Some(4), 6), Some(5));
        assert_eq!(Intent::Move(-9).target(Some(4), 6), Some(0));
        assert_eq!(Intent::Move(1).target(None, 6), Some(0));
        assert_eq!(Intent::Last.target(None, 6), Some(5));
        assert_eq!(Intent::First.target(None, 0), None);
        assert_eq!(Intent::Activate.target(Some(1), 6), None);
    }

    #[derive(Default)]
    struct State {
        list: LazyRows,
        drawn: Vec<u64>,
        intent: Option<Intent>,
        clicked: Option<u64>,
    }

    fn app(ui: &mut Ui, s: &mut State) {
        s.drawn.clear();
        let State { list, drawn, .. } = s;
        let out = list.show(ui, &Rows::new("rows", TRILLION, 18.0), |ui, row, rect| {
            drawn.push(row);
            ui.painter().text(
                rect.left_center(),
                egui::Align2::LEFT_CENTER,
                row,
                crate::ui::fonts::mono(),
                egui::Color32::WHITE,
            );
        });
        s.intent = out.intent.or(s.intent);
        s.clicked = out.clicked().or(s.clicked);
    }

    #[test]
    fn only_visible_rows_are_asked_for_and_keys_become_intents() {
        let mut h = harness([300.0, 180.0], State::default(), app);
        h.run();
        assert!(h.state().drawn.len() <= 12, "{:?}", h.state().drawn);
        h.get_by_label("rows").click();
        h.run();
        assert!(h.state().clicked.is_some());
        h.key_press(Key::PageDown);
        h.run();
        assert!(matches!(h.state().intent, Some(Intent::Move(n)) if n > 5), "{:?}", h.state().intent);
        h.state_mut().list.scroll_to(TRILLION - 1, Align::Nearest);
        h.run();
        assert_eq!(h.state().drawn.last(), Some(&(TRILLION - 1)));
    }

    #[test]
    fn the_wheel_scrolls_by_exact_points_near_the_end() {
        let mut h = harness([300.0, 180.0], State::default(), app);
        h.state_mut().list.row = TRILLION - 1_000_000;
        h.hover_at(pos2(100.0, 90.0));
        h.run();
        h.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            source: egui::MouseWheelSource::Trackpad,
            delta: vec2(0.0, -37.0),
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
        });
        h.run_steps(30);
        let list = h.state().list;
        let moved = (list.row - (TRILLION - 1_000_000)) as f32 * 18.0 + list.px;
        assert!((moved - 37.0).abs() < 0.5, "{moved}");
    }
}
