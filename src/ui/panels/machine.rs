//! The panel of the pickle machine at the selected op: what the op took and left, the stack, the memo; and keys to step.
//! Must never do more work in a frame than its visible rows need.

use crate::machine::{Handle, MemoEntry, Node, StackItem, Stream};
use crate::ops::OpIndex;
use crate::ops::listing::effect;
use crate::session::{Action, Item, Panel, Place, View};
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{LazyRows, Rows};
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::widgets::{elide, legend};
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, Align, Color32, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Values of the stack that are worked out: nobody scrolls farther.
const STACK: usize = 2_000;
/// Values that an op took that are named.
const TAKEN: usize = 4;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct MachinePanel {
    of: Option<(Place, OpIndex, u64)>,
    stack: Vec<StackItem>,
    more: bool,
    stack_rows: LazyRows,
    memo_rows: LazyRows,
}

impl MachinePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        let Some(op) = view.selection().and_then(|s| s.op) else {
            Empty::new(
                icons::MACHINE,
                "No opcode is selected",
                "Select one to see the machine's stack and memo behind it.",
            )
            .show(ui);
            return;
        };
        let of = (view.place, op, stream.scanned);
        if self.of != Some(of) {
            self.of = Some(of);
            self.stack = stream.stack_at(op).take(STACK + 1).collect();
            self.more = self.stack.len() > STACK;
            self.stack.truncate(STACK);
        }
        self.steps(ui, view, stream, op, out);
        did(ui, view, stream, op, out);
        let room = ui.available_rect_before_wrap();
        let half = (room.width() * 0.5).round();
        let (left, right) = room.split_left_right_at_x(room.left() + half);
        let t = Tokens::of(ui);
        ui.painter().vline(right.left(), room.y_range(), t.line_stroke());
        self.stack_ui(ui, left, view, stream, op, out);
        self.memo_ui(ui, right, view, stream, op, out);
    }

    /// Buttons and a slider to walk the ops.
    fn steps(&mut self, ui: &mut Ui, view: &View<'_>, stream: &Stream, op: OpIndex, out: &mut Vec<Action>) {
        let Some(p) = stream.pickle_of(op).and_then(|i| stream.pickles.get(i)) else { return };
        let (first, last) = (p.first.0, p.first.0.saturating_add(p.ops.saturating_sub(1)));
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(6, 3)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let mut to = None;
                let mut button = |ui: &mut Ui, icon, label, keys, target: u32, enabled: bool| {
                    let b = ToolButton::new(icon, label).keys(keys).enabled(enabled);
                    if ui.add(b).clicked() {
                        to = Some(target);
                    }
                };
                button(ui, icons::FIRST, "First op", "", first, op.0 > first);
                button(ui, icons::STEP_BACK, "Op before", "Shift+F10", op.0.saturating_sub(1), op.0 > first);
                button(ui, icons::STEP, "Next op", "F10", op.0 + 1, op.0 < last);
                button(ui, icons::LAST, "Last op", "", last, op.0 < last);
                ui.add_space(theme::GAP);
                ui.spacing_mut().slider_width = (ui.available_width() - 8.0).max(40.0);
                let mut at = op.0;
                let slider = egui::Slider::new(&mut at, first..=last.max(first)).show_value(false);
                let r = ui.add_enabled(last > first, slider);
                r.widget_info(|| WidgetInfo::slider(true, f64::from(at), "Op of the pickle"));
                if r.changed() {
                    to = Some(at);
                }
                if view.focus == Some(Panel::Machine) {
                    r.request_focus();
                }
                if let Some(to) = to {
                    out.push(Action::Select(Item::of_op(view.place, OpIndex(to))));
                }
            });
        });
    }

    fn stack_ui(
        &mut self,
        ui: &mut Ui,
        room: Rect,
        view: &View<'_>,
        stream: &Stream,
        op: OpIndex,
        out: &mut Vec<Action>,
    ) {
        let n = self.stack.len();
        let marks = self.stack.iter().filter(|s| s.value.is_none()).count();
        let count = if self.more { format!("more than {STACK}") } else { words::grouped(n as u64) };
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
        let rows = Rows::new("Stack", n as u64, theme::ROW_LIST).scrolling();
        self.stack_rows.show_in(ui, body, &rows, |ui, i, rect| {
            let Some(s) = self.stack.get(i as usize) else { return };
            let number = (n as u64 - 1 - i).to_string();
            match s.value {
                Some(h) => value_row(ui, view, stream, rect, &number, h, Some(op), s.end, out),
                None => {
                    let t = Tokens::of(ui);
                    let row = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
                    row.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, "mark"));
                    paint_ground(ui.painter(), rect, false, row.hovered(), t);
                    ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, egui::Stroke::new(1.0, t.faint));
                    let at = pos2(rect.left() + 44.0, rect.center().y);
                    elide::whole(ui.painter(), "mark", &fonts::mono()).paint_left(ui.painter(), at, t.text_soft);
                    if row.clicked() {
                        out.push(Action::Select(Item::of_op(view.place, s.end)));
                    }
                }
            }
        });
    }

    fn memo_ui(
        &mut self,
        ui: &mut Ui,
        room: Rect,
        view: &View<'_>,
        stream: &Stream,
        op: OpIndex,
        out: &mut Vec<Action>,
    ) {
        let memo = stream.memo_at(op);
        let n = memo.len();
        let body = head(ui, room, &format!("MEMO  {}", words::grouped(n)), "newest first");
        if n == 0 {
            nothing(ui, body, "Nothing is memoised up to here.");
            return;
        }
        let rows = Rows::new("Memo", n, theme::ROW_LIST).scrolling();
        self.memo_rows.show_in(ui, body, &rows, |ui, i, rect| {
            let Some(MemoEntry { put, holds }) = memo.get(n - 1 - i) else { return };
            let number = if holds { put.key.to_string() } else { format!("({})", put.key) };
            value_row(ui, view, stream, rect, &number, put.value, Some(op), put.op, out);
        });
    }
}

/// The header of a list; returns what is left for its rows.
fn head(ui: &Ui, room: Rect, title: &str, note: &str) -> Rect {
    let t = Tokens::of(ui);
    let (head, body) = room.split_top_bottom_at_y(room.top() + theme::ROW_TREE);
    let painter = ui.painter_at(head);
    painter.hline(head.x_range(), head.top(), t.line_stroke());
    let y = head.center().y;
    let line = elide::whole(&painter, title, &fonts::header());
    let end = line.paint_left(&painter, pos2(head.left() + theme::GAP, y), t.text_soft).right();
    let note = elide::middle(&painter, note, &fonts::small(), (head.right() - end - 24.0).max(0.0));
    note.paint_right(&painter, pos2(head.right() - 16.0, y), t.text_soft);
    body
}

fn nothing(ui: &Ui, body: Rect, text: &str) {
    let t = Tokens::of(ui);
    let line = elide::middle(ui.painter(), text, &fonts::body(), body.width() - 16.0);
    line.paint_left(ui.painter(), pos2(body.left() + theme::GAP, body.top() + 14.0), t.text_soft);
}

/// What a value is at an op: a container holds what it has been given up to there.
fn as_of(view: &View<'_>, stream: &Stream, h: Handle, op: OpIndex) -> String {
    let so_far = match stream.graph.node_of(h).map(|n| &n.node) {
        Some(Node::List(items)) => Some((items.len_at(op), items.len(), ["[", "]"], "item")),
        Some(Node::Set(items)) => Some((items.len_at(op), items.len(), ["{", "}"], "member")),
        Some(Node::Dict(items)) => Some((items.len_at(op) / 2, items.len() / 2, ["{", "}"], "key")),
        _ => None,
    };
    match so_far {
        Some((now, all, [open, close], noun)) if now < all => {
            format!("{open}{} of {}{close}", now, crate::interpret::counted(all, noun))
        }
        _ => view.meaning(h).map_or_else(String::new, |m| m.short.clone()),
    }
}

#[expect(clippy::too_many_arguments, reason = "a row of a list is drawn where it stands")]
fn value_row(
    ui: &mut Ui,
    view: &View<'_>,
    stream: &Stream,
    rect: Rect,
    number: &str,
    h: Handle,
    at: Option<OpIndex>,
    by: OpIndex,
    out: &mut Vec<Action>,
) {
    let t = Tokens::of(ui);
    let selected = view.selection().is_some_and(|s| s.handle == Some(h));
    let over = view.hover().is_some_and(|i| i.handle == Some(h));
    let text = at.map_or_else(String::new, |op| as_of(view, stream, h, op));
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, format!("{number}: {text}")));
    paint_ground(ui.painter(), rect, selected, over || response.hovered(), t);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let y = rect.center().y;
    let digits = elide::whole(&painter, number, &fonts::mono_small());
    digits.paint_right(&painter, pos2(rect.left() + 38.0, y), t.text_soft);
    let made = stream.op(stream.graph.made(h));
    let class = made.map_or(crate::ops::Class::Structure, |d| d.code.class());
    legend::paint_mark(
        &painter,
        Rect::from_center_size(pos2(rect.left() + 52.0, y), vec2(16.0, rect.height())),
        class,
        t,
    );
    let line = elide::middle(&painter, &text, &fonts::mono(), rect.right() - rect.left() - 72.0);
    line.paint_left(&painter, pos2(rect.left() + 66.0, y), t.text_normal);
    if response.clicked() {
        out.push(Action::Select(Item { op: Some(by), ..Item::of_handle(view.place, h) }));
    }
    if response.hovered() {
        out.push(Action::Hover(Some(Item::of_handle(view.place, h))));
    }
    response.on_hover_text(view.meaning(h).map_or_else(String::new, |m| m.sentence.clone()));
}

/// What the op did, in a line or two.
fn did(ui: &mut Ui, view: &View<'_>, stream: &Stream, op: OpIndex, out: &mut Vec<Action>) {
    let Some(decoded) = stream.op(op) else { return };
    let t = Tokens::of(ui);
    let did = stream.effect(op, TAKEN);
    let frame = egui::Frame::NONE.inner_margin(egui::Margin { left: 10, right: 10, top: 0, bottom: 6 });
    frame.show(ui, |ui| {
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                let name = RichText::new(decoded.code.name()).font(fonts::mono()).color(t.class(decoded.code.class()));
                ui.label(name);
                let doc = RichText::new(decoded.code.info().doc).color(t.text_normal);
                ui.add(egui::Label::new(doc).truncate()).on_hover_text(effect(decoded.code));
            });
            let mut parts: Vec<(String, Vec<(String, Option<Handle>)>)> = Vec::new();
            let named = |s: &StackItem| match s.value {
                Some(h) => (crate::interpret::one_line(&as_of(view, stream, h, op), 40), Some(h)),
                None => ("mark".to_owned(), None),
            };
            if !did.popped.is_empty() {
                let mut all: Vec<_> = did.popped.iter().map(named).collect();
                if did.more {
                    all.push(("…".to_owned(), None));
                }
                parts.push(("took".to_owned(), all));
            }
            if let Some(h) = did.touched {
                parts.push((
                    "changed".to_owned(),
                    vec![(crate::interpret::one_line(&as_of(view, stream, h, op), 40), Some(h))],
                ));
            } else if let Some(s) = &did.pushed {
                parts.push(("left".to_owned(), vec![named(s)]));
            }
            if let Some(put) = did.stored {
                let text = format!("{} = {}", put.key, interpret_short(view, put.value));
                parts.push(("stored".to_owned(), vec![(text, Some(put.value))]));
            }
            if parts.is_empty() {
                return;
            }
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                for (verb, values) in parts {
                    ui.label(RichText::new(verb).font(fonts::small()).color(t.text_soft));
                    for (text, handle) in values {
                        link(ui, view, &text, handle, t.text_normal, out);
                    }
                }
            });
        });
    });
}

fn interpret_short(view: &View<'_>, h: Handle) -> String {
    let text = view.meaning(h).map_or_else(String::new, |m| m.short.clone());
    crate::interpret::one_line(&text, 40)
}

fn link(ui: &mut Ui, view: &View<'_>, text: &str, handle: Option<Handle>, color: Color32, out: &mut Vec<Action>) {
    let label = egui::Label::new(RichText::new(text).font(fonts::mono()).color(color)).selectable(false);
    let r = ui.add(label.sense(if handle.is_some() { Sense::click() } else { Sense::hover() }));
    let Some(h) = handle else { return };
    if r.hovered() {
        ui.painter().hline(r.rect.x_range(), r.rect.bottom() - 1.0, egui::Stroke::new(1.0, color));
        out.push(Action::Hover(Some(Item::of_handle(view.place, h))));
    }
    if r.clicked() {
        out.push(Action::Select(Item::of_handle(view.place, h)));
    }
}
