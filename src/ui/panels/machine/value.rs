//! Values as they were at an op: in the rows of stack and memo, and as links.
//! Must never show what a value became later as if it were so already.

use crate::interpret::{counted, one_line};
use crate::machine::{Handle, Items, Node, Stream};
use crate::ops::{Class, OpIndex};
use crate::session::{Action, Item, View};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::widgets::{elide, legend};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{self, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Characters of a value in a link.
const SHORT: usize = 60;

/// What a frame shows of a machine: the state right after `op`.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub view: &'a View<'a>,
    pub stream: &'a Stream,
    pub op: OpIndex,
}

impl At<'_> {
    /// What a value is: a container holds what it has been given so far, an object has no state before it gets one.
    pub fn text(&self, h: Handle) -> String {
        let short = || self.view.meaning(h).map_or_else(String::new, |m| m.short.clone());
        let last = |kind: &str| kind.rsplit('.').next().unwrap_or(kind).to_owned();
        let kind = || self.view.meaning(h).map_or_else(String::new, |m| last(&m.kind));
        match self.stream.graph.node_of(h).map(|n| &n.node) {
            Some(Node::Call(c)) => {
                if c.states.first().is_some_and(|s| s.op > self.op) {
                    return format!("{}, no state yet", kind());
                }
                let growing = self.growth(h).filter(|g| g.now < g.all);
                growing.map_or_else(short, |g| format!("{}, {}", kind(), g.text()))
            }
            Some(node) => {
                let [open, close] = match node {
                    Node::List(_) => ["[", "]"],
                    _ => ["{", "}"],
                };
                let growing = self.growth(h).filter(|g| g.now < g.all);
                growing.map_or_else(short, |g| format!("{open}{}{close}", g.text()))
            }
            None => short(),
        }
    }

    /// How far a container is filled; `None` for what cannot grow.
    pub fn growth(&self, h: Handle) -> Option<Growth> {
        let so_far = |items: &Items, parts: u64, noun| Growth {
            before: self.op.0.checked_sub(1).map_or(0, |op| items.len_at(OpIndex(op))) / parts,
            now: items.len_at(self.op) / parts,
            all: items.len() / parts,
            noun,
        };
        match &self.stream.graph.node_of(h)?.node {
            Node::List(items) => Some(so_far(items, 1, "item")),
            Node::Set(items) => Some(so_far(items, 1, "member")),
            Node::Dict(items) => Some(so_far(items, 2, "key")),
            Node::Call(c) if !c.list_items.is_empty() => Some(so_far(&c.list_items, 1, "item")),
            Node::Call(c) if !c.dict_items.is_empty() => Some(so_far(&c.dict_items, 2, "key")),
            _ => None,
        }
    }
}

/// How many parts a container has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Before the op.
    pub before: u64,
    /// After it.
    pub now: u64,
    /// In the end.
    pub all: u64,
    noun: &'static str,
}

impl Growth {
    fn text(self) -> String {
        format!("{} of {}", crate::ui::words::grouped(self.now), counted(self.all, self.noun))
    }

    /// What the op did to it: "3 → 5 of 9 items".
    pub fn change(self) -> String {
        let now = if self.now == self.all { counted(self.all, self.noun) } else { self.text() };
        if self.before == self.now { now } else { format!("{} → {now}", crate::ui::words::grouped(self.before)) }
    }
}

/// A row of the stack or the memo: its number, the class of the op that made it, the value.
pub fn row(ui: &mut Ui, at: &At<'_>, rect: Rect, number: &str, h: Handle, by: OpIndex, out: &mut Vec<Action>) {
    let (t, view) = (Tokens::of(ui), at.view);
    let selected = view.selection().is_some_and(|s| s.handle == Some(h));
    let over = view.hover().is_some_and(|i| i.handle == Some(h));
    let text = at.text(h);
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, format!("{number}: {text}")));
    paint_ground(ui.painter(), rect, selected, over || response.hovered(), t);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let y = rect.center().y;
    let digits = elide::whole(&painter, number, &fonts::mono_small());
    let edge = rect.left() + (theme::GAP + digits.width()).max(30.0);
    digits.paint_right(&painter, pos2(edge, y), t.text_soft);
    let class = at.stream.op(at.stream.graph.made(h)).map_or(Class::Structure, |d| d.code.class());
    let mark = Rect::from_center_size(pos2(edge + 13.0, y), vec2(14.0, rect.height()));
    legend::paint_mark(&painter, mark, class, t);
    let x = edge + 26.0;
    let line = elide::middle(&painter, &text, &fonts::mono(), rect.right() - x - theme::GAP_S);
    line.paint_left(&painter, pos2(x, y), t.text_normal);
    if response.clicked() {
        out.push(Action::Select(Item { op: Some(by), ..Item::of_handle(view.place, h) }));
    }
    if response.hovered() {
        out.push(Action::Hover(Some(Item::of_handle(view.place, h))));
        response.on_hover_ui_at_pointer(|ui| {
            if line.cut {
                ui.label(RichText::new(one_line(&text, 400)).font(fonts::mono()));
            }
            if let Some(m) = view.meaning(h).filter(|m| !m.sentence.is_empty()) {
                ui.label(&m.sentence);
            }
            if let Some(made) = at.stream.op(by) {
                let text = format!("left by {} at {:#x}", made.code.name(), made.span.start);
                ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
            }
        });
    }
}

/// A value within a line: a click selects it, and stays at the op.
pub fn link(ui: &mut Ui, at: &At<'_>, h: Handle, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let text = one_line(&at.text(h), SHORT);
    let label = egui::Label::new(RichText::new(text).font(fonts::mono()).color(t.text_normal)).truncate();
    let r = ui.add(label.selectable(false).sense(Sense::CLICK));
    if r.hovered() {
        ui.painter().hline(r.rect.x_range(), r.rect.bottom() - 1.0, egui::Stroke::new(1.0, t.text_soft));
        out.push(Action::Hover(Some(Item::of_handle(at.view.place, h))));
    }
    if r.clicked() {
        out.push(Action::Select(Item { op: Some(at.op), ..Item::of_handle(at.view.place, h) }));
    }
}
