//! The panel of the pickle machine at the selected op: what the op did, the stack, the memo; and ways through the ops.
//! Must never do more work in a frame than its visible rows need, wherever the op stands.

mod this_op;
pub(in crate::ui::panels) mod value;

use crate::interpret::{self, Cx};
use crate::machine::{Handle, MemoEntry, StackItem, Stream};
use crate::ops::OpIndex;
use crate::session::{Action, Item, Outcome, Panel, Place, View, WorkKey};
use crate::ui::widgets::elide;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{LazyRows, Rows};
use crate::ui::widgets::search_field::{Hits, SearchField};
use crate::ui::widgets::slider::Slider;
use crate::ui::widgets::toolbar::{self, ToolButton};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, Rect, RichText, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use value::At;

/// Values of the stack that are worked out at once, as it is scrolled down.
const STACK: usize = 2_000;
/// Values that nobody scrolls beyond.
const DEEPEST: usize = 200_000;
/// Pickles that are told apart on the slider.
const TICKS: usize = 200;
/// Memo entries that a search finds.
const FOUND: usize = 100_000;
/// Width from which three columns stand side by side, and from which buttons have words, in points.
const WIDE: (f32, f32) = (500.0, 480.0);

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct MachinePanel {
    of: Option<(Place, OpIndex, u64)>,
    stack: Vec<StackItem>,
    more: bool,
    stack_rows: LazyRows,
    memo_rows: LazyRows,
    filter: String,
    faults: (u64, Vec<u32>),
}

impl MachinePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        let count = stream.index.count();
        let Some(op) = view.selection().and_then(|s| s.op).filter(|op| op.0 < count) else {
            let hint = "Select an opcode to see the machine's stack and memo behind it.";
            let empty = Empty::new(icons::MACHINE, "No opcode is selected", hint);
            if count == 0 {
                Empty::new(icons::MACHINE, "No opcodes", "The file holds none, so the machine never ran.").show(ui);
            } else if empty.action("To the first op").show(ui) {
                out.push(Action::Select(Item::of_op(view.place, OpIndex(0))));
            }
            return;
        };
        let of = (view.place, op, stream.seen());
        if self.of != Some(of) {
            if self.of.is_none_or(|(place, ..)| place != view.place) {
                self.filter.clear();
            }
            self.of = Some(of);
            self.stack.clear();
            self.load(stream, op);
            self.stack_rows = LazyRows::default();
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        self.tools(ui, view, stream, op, out);
        let at = At { view, stream, op };
        let room = ui.available_rect_before_wrap();
        let (card, stack, memo) = if room.width() >= WIDE.0 {
            let (card, rest) = room.split_left_right_at_fraction(0.36);
            let (stack, memo) = rest.split_left_right_at_fraction(0.54);
            (card, stack, memo)
        } else {
            let (card, rest) = room.split_top_bottom_at_y(room.top() + (room.height() * 0.4).min(150.0));
            let (stack, memo) = rest.split_left_right_at_fraction(0.5);
            (card, stack, memo)
        };
        self.card(ui, card, &at, out);
        self.stack_ui(ui, stack, &at, out);
        self.memo_ui(ui, memo, &at, out);
        let line = Tokens::of(ui).line_stroke();
        for column in [stack, memo] {
            if column.left() > room.left() {
                ui.painter().vline(ui.painter().round_to_pixel_center(column.left()), column.y_range(), line);
            }
        }
    }

    /// Works out more of the stack.
    fn load(&mut self, stream: &Stream, op: OpIndex) {
        let have = self.stack.len();
        let mut rest = stream.stack_at(op).skip(have);
        self.stack.extend(rest.by_ref().take(STACK));
        self.more = rest.next().is_some();
    }

    /// Buttons and a slider to walk the ops.
    fn tools(&mut self, ui: &mut Ui, view: &View<'_>, stream: &Stream, op: OpIndex, out: &mut Vec<Action>) {
        let last = stream.index.count().saturating_sub(1);
        if self.faults.0 != stream.seen() {
            let faulty = stream.pickles.iter().filter(|p| p.fault.is_some());
            self.faults = (stream.seen(), faulty.take(TICKS).map(|p| p.first.0.saturating_add(p.ops)).collect());
        }
        toolbar::bar(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 1.0;
            let words = ui.available_width() >= WIDE.1;
            let mut to = None;
            let mut step = |ui: &mut Ui, icon, label, keys, target: u32, enabled: bool| {
                if ui.add(ToolButton::new(icon, label).keys(keys).enabled(enabled)).clicked() {
                    to = Some(target);
                }
            };
            step(ui, icons::FIRST, "First op", "", 0, op.0 > 0);
            step(ui, icons::STEP_BACK, "Op before", "Shift+F10", op.0.saturating_sub(1), op.0 > 0);
            step(ui, icons::STEP, "Next op", "F10", op.0.saturating_add(1), op.0 < last);
            step(ui, icons::LAST, "Last op", "", last, op.0 < last);
            toolbar::divider(ui);
            let touch = "An op that makes, fills, builds, memoises or fetches the selected value.";
            let has_value = view.selection().is_some_and(|s| s.handle.is_some());
            let mut command = |ui: &mut Ui, button: ToolButton<'_>, id: &'static str| {
                if ui.add(button).clicked() {
                    out.push(Action::Command(id));
                }
            };
            let button = |icon, label, keys| ToolButton::new(icon, label).keys(keys).hint(touch).enabled(has_value);
            command(ui, button(icons::CARET_LEFT, "Previous op of this value", "Shift+F11"), "go.previous-touch");
            if words {
                ui.label(RichText::new("value").font(fonts::small()).color(Tokens::of(ui).text_soft));
            }
            command(ui, button(icons::CARET_RIGHT, "Next op of this value", "F11"), "go.next-touch");
            let fault =
                ToolButton::new(icons::BUG, "To the fault").keys("F9").hint("The op at which Python would stop.");
            command(ui, fault.enabled(!self.faults.1.is_empty()), "go.fault");
            let hint = "The tree of values shows what was there right after the selected op.";
            let then = ToolButton::new(icons::CLOCK, "Values at this op").keys("F7").hint(hint);
            command(ui, then.on(view.session.values_at_op), "go.values-at-op");
            toolbar::divider(ui);
            let mut at = u64::from(op.0) + 1;
            let count = u64::from(last) + 1;
            let digits = count.to_string().len();
            let slider = Slider {
                width: ui.available_width().max(60.0),
                field: (digits as f32 * 8.0 + 18.0).max(44.0),
                ..Slider::new(&mut at, (1, count), "Op")
            };
            let r = slider.show(ui);
            self.ticks(ui, r.rect, stream, last);
            if view.focus == Some(Panel::Machine) {
                r.request_focus();
            }
            if let Some(to) = to {
                out.push(Action::Select(Item::of_op(view.place, OpIndex(to))));
            } else if r.changed()
                && let Ok(to) = u32::try_from(at - 1)
            {
                let item = Item::of_op(view.place, OpIndex(to));
                let gliding = r.dragged() && !r.drag_started();
                out.push(if gliding { Action::Glide(item) } else { Action::Select(item) });
            }
        });
    }

    /// Where pickles begin, and where they fail, on the slider.
    fn ticks(&self, ui: &Ui, rect: Rect, stream: &Stream, last: u32) {
        let t = Tokens::of(ui);
        let rail = rect.shrink2(vec2(7.0, 0.0));
        let x = |op: u32| rail.left() + rail.width() * (f64::from(op) / f64::from(last.max(1))) as f32;
        if stream.pickles.len() <= TICKS {
            for p in stream.pickles.iter().skip(1) {
                ui.painter().vline(x(p.first.0), rect.bottom() - 6.0..=rect.bottom() - 2.0, Stroke::new(1.0, t.faint));
            }
        }
        for op in &self.faults.1 {
            let x = x((*op).min(last));
            ui.painter().vline(x, rect.top() + 3.0..=rect.bottom() - 3.0, Stroke::new(2.0, t.error));
        }
    }

    fn card(&self, ui: &mut Ui, room: Rect, at: &At<'_>, out: &mut Vec<Action>) {
        let body = head(ui, room, &this_op::title(at), "");
        let builder = UiBuilder::new().max_rect(body.shrink2(vec2(theme::GAP, theme::GAP_S))).id_salt("this op");
        let mut child = ui.new_child(builder);
        child.set_clip_rect(body.intersect(ui.clip_rect()));
        let area = egui::ScrollArea::vertical().id_salt(at.op.0).auto_shrink([false, false]);
        area.show(&mut child, |ui| this_op::show(ui, at, out));
    }

    fn stack_ui(&mut self, ui: &mut Ui, room: Rect, at: &At<'_>, out: &mut Vec<Action>) {
        let n = self.stack.len();
        let marks = self.stack.iter().filter(|s| s.value.is_none()).count();
        let count = format!("{}{}", if self.more { "over " } else { "" }, words::grouped(n as u64));
        let title = match marks {
            0 => format!("STACK  {count}"),
            1 => format!("STACK  {count}, a mark"),
            m => format!("STACK  {count}, {m} marks"),
        };
        let body = head(ui, room, &title, "top first");
        if n == 0 {
            nothing(ui, body, "The stack is empty here.");
            return;
        }
        let mut rows = self.stack_rows;
        let list = Rows::new("Stack", n as u64, theme::ROW_LIST).scrolling();
        let shown = rows.show_in(ui, body, &list, |ui, i, rect| {
            let Some(s) = self.stack.get(i as usize) else { return };
            // Counted from the bottom, where that is known.
            let number = if self.more { format!("−{}", i + 1) } else { (n as u64 - 1 - i).to_string() };
            match s.value {
                Some(h) => value::row(ui, at, rect, &number, h, s.end, out),
                None => mark_row(ui, at, rect, &number, s.end, out),
            }
        });
        self.stack_rows = rows;
        if self.more && shown.first + shown.count + 50 >= n as u64 && n < DEEPEST {
            self.load(at.stream, at.op);
            ui.ctx().request_repaint();
        }
    }

    fn memo_ui(&mut self, ui: &mut Ui, room: Rect, at: &At<'_>, out: &mut Vec<Action>) {
        let memo = at.stream.memo_at(at.op);
        let n = memo.len();
        let mut body = head(ui, room, &format!("MEMO  {}", words::grouped(n)), "newest first");
        if n == 0 {
            nothing(ui, body, "Nothing is memoised up to here.");
            return;
        }
        let found = if n > 8 { self.memo_filter(ui, &mut body, at, n) } else { None };
        let rows = match &found {
            Some(Outcome::Pending) => return nothing(ui, body, "Searching…"),
            Some(Outcome::Failed(why)) => return nothing(ui, body, why),
            Some(Outcome::Ready(found)) if found.is_empty() => {
                return nothing(ui, body, "No number or value holds this.");
            }
            Some(Outcome::Ready(found)) => found.len() as u64,
            None => n,
        };
        let found = found.and_then(Outcome::ready);
        let list = Rows::new("Memo", rows, theme::ROW_LIST).scrolling();
        self.memo_rows.show_in(ui, body, &list, |ui, i, rect| {
            let entry = match &found {
                Some(found) => found.get(i as usize).and_then(|i| memo.get(*i)),
                None => memo.get(n - 1 - i),
            };
            let Some(MemoEntry { put, holds }) = entry else { return };
            let number = if holds { put.number() } else { format!("({})", put.number()) };
            value::row(ui, at, rect, &number, put.value, put.op, out);
        });
    }

    /// A field above the memo; the entries whose number or value holds its text, newest first.
    fn memo_filter(&mut self, ui: &mut Ui, body: &mut Rect, at: &At<'_>, n: u64) -> Option<Outcome<Vec<u64>>> {
        let (bar, rest) = body.split_top_bottom_at_y(body.top() + theme::CONTROL + 6.0);
        *body = rest;
        let query = self.filter.trim().to_lowercase();
        let found = (!query.is_empty()).then(|| search_memo(at, n, query)).flatten();
        let hits = match &found {
            None => Hits::None,
            Some(Outcome::Pending) => Hits::Counting(0),
            Some(Outcome::Ready(found)) => Hits::Count(found.len() as u64),
            Some(Outcome::Failed(_)) => Hits::Invalid,
        };
        let place = bar.shrink2(vec2(6.0, 3.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt("memo filter"));
        let field = SearchField {
            text: &mut self.filter,
            name: "Filter the memo",
            hint: "Number or value",
            hits,
            steps: false,
            width: place.width(),
        };
        if field.show(&mut child).changed {
            self.memo_rows = LazyRows::default();
        }
        found
    }
}

fn search_memo(at: &At<'_>, n: u64, query: String) -> Option<Outcome<Vec<u64>>> {
    let (view, op) = (at.view, at.op);
    let shared = view.session.stream_of(view.place)?;
    let (doc, member) = (view.doc?, view.member()?);
    let (options, externals) = (Arc::clone(&doc.options), Arc::clone(&member.externals));
    let mut hash = DefaultHasher::new();
    query.hash(&mut hash);
    let key =
        WorkKey { place: view.place, handle: Handle::op(op), kind: "search the memo", of: vec![hash.finish(), n] };
    Some(view.session.work.get(key, "Searching the memo", move |job| {
        let stream = shared.read();
        let cx = Cx::new(&stream, &options, &*externals);
        let memo = stream.memo_at(op);
        let mut found = Vec::new();
        for i in (0..n).rev() {
            if job.cancelled() || found.len() >= FOUND {
                break;
            }
            let Some(entry) = memo.get(i) else { continue };
            let number = entry.put.number();
            if number == query || {
                let short = interpret::meaning(&cx.quick(), entry.put.value).short;
                short.to_lowercase().contains(&query)
            } {
                found.push(i);
            }
        }
        let bytes = found.len() as u64 * 8;
        Ok((found, bytes))
    }))
}

/// A mark on the stack: a line between what lies above and beneath.
fn mark_row(ui: &Ui, at: &At<'_>, rect: Rect, number: &str, by: OpIndex, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let row = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    row.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, format!("{number}: mark")));
    let selected = view_has(at, by);
    paint_ground(ui.painter(), rect, selected, row.hovered(), t);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let y = rect.center().y;
    let word = elide::whole(&painter, "mark", &fonts::small());
    let x = rect.left() + 36.0;
    let end = word.paint_left(&painter, pos2(x, y), t.text_soft).right() + 6.0;
    let line = Stroke::new(1.0, t.faint);
    let y = painter.round_to_pixel_center(y);
    painter.hline(rect.left() + theme::GAP..=x - 6.0, y, line);
    painter.hline(end..=rect.right() - theme::GAP, y, line);
    if row.clicked() {
        out.push(Action::Select(Item::of_op(at.view.place, by)));
    }
}

fn view_has(at: &At<'_>, op: OpIndex) -> bool {
    at.view.selection().is_some_and(|s| s.op == Some(op))
}

/// The header of a list; returns what is left for its rows.
fn head(ui: &Ui, room: Rect, title: &str, note: &str) -> Rect {
    let t = Tokens::of(ui);
    let (head, body) = room.split_top_bottom_at_y(room.top() + theme::ROW_TREE);
    let painter = ui.painter_at(head);
    painter.rect_filled(head, 0.0, t.raised);
    painter.hline(head.x_range(), head.bottom() - 0.5, t.line_stroke());
    let y = head.center().y;
    let line = elide::middle(&painter, title, &fonts::header(), head.width() - 2.0 * theme::GAP);
    let end = line.paint_left(&painter, pos2(head.left() + theme::GAP, y), t.text_soft).right();
    let note = elide::whole(&painter, note, &fonts::small());
    if end + theme::GAP + note.width() < head.right() - theme::GAP {
        note.paint_right(&painter, pos2(head.right() - theme::GAP, y), t.text_soft);
    }
    body
}

fn nothing(ui: &Ui, body: Rect, text: &str) {
    let t = Tokens::of(ui);
    let line = elide::middle(ui.painter(), text, &fonts::body(), body.width() - 16.0);
    line.paint_left(ui.painter(), pos2(body.left() + theme::GAP, body.top() + 14.0), t.text_soft);
}
