//! The panel of the tree of opcodes: each op that makes a value, with the ops that made its parts beneath it.
//! Memo ops are annotations. Must never do more work in a frame than its visible rows need.

use super::branches::Branch;
use super::op_tip;
use crate::machine::{Branch as OpList, Handle, Items, Node, Row as OpRow, RowKind, Stream};
use crate::ops::listing::arg_text;
use crate::ops::{Class, OpIndex};
use crate::session::{Action, Item, Outcome, Panel, Place, View, WorkKey};
use crate::ui::icons;
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{Align, Intent, LazyRows, Rows};
use crate::ui::widgets::tree_row::{Column, Picture, TreeRow, TreeRowOutput};
use crate::ui::widgets::{elide, legend};
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{Rect, Ui, pos2, vec2};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Characters of an argument that a row reads.
const ARGUMENT: usize = 120;
/// Ops of a branch beyond which it is worked out beside the frame.
const LARGE: u32 = 100_000;
/// Rows that are kept.
const ROWS: usize = 4096;
/// While a file is read, branches are worked out anew at most this often.
const ANEW: Duration = Duration::from_millis(700);

/// The node of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    /// The pickles, where there are several; else the one pickle.
    Tops,
    Pickle(u32),
    Op(OpIndex),
}

/// What the panel keeps from frame to frame.
pub struct OpcodesPanel {
    place: Option<Place>,
    version: u64,
    scanned: u64,
    counted: Option<Instant>,
    tree: Branch<Of>,
    /// The rows of the open branches.
    lists: HashMap<Of, Arc<OpList>>,
    /// Branches that are being worked out, to be opened when they are there.
    wanted: Vec<Vec<u64>>,
    /// What each op is, as far as it was scanned then: cheap to draw, not always to find out.
    kinds: HashMap<OpIndex, OpRow>,
    several: bool,
    rows: LazyRows,
    serial: u64,
}

impl Default for OpcodesPanel {
    fn default() -> Self {
        Self {
            place: None,
            version: 0,
            scanned: 0,
            counted: None,
            tree: Branch::new(Of::Tops, 0),
            lists: HashMap::new(),
            wanted: Vec::new(),
            kinds: HashMap::new(),
            several: false,
            rows: LazyRows::default(),
            serial: 0,
        }
    }
}

impl OpcodesPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        self.follow(view, stream);
        if self.tree.rows() == 0 {
            if self.lists.is_empty() && !self.several {
                Empty::new(icons::LIST, "Working out the opcodes…", "").show(ui);
            } else {
                Empty::new(icons::LIST, "No opcodes", "The file holds none.").show(ui);
            }
            return;
        }
        let at = view.selection().and_then(|s| s.op).map(|op| stream.op_row_of(op));
        let list = Rows::tree("Opcodes", self.tree.rows());
        let (mut rows, mut toggled) = (self.rows, None);
        let shown = rows.show(ui, &list, |ui, n, rect| {
            let Some(row) = self.tree.row(n) else { return };
            let depth = row.steps.len() as u32 - 1;
            let clicked = match self.child(row.parent, row.index) {
                Some(Of::Op(op)) => {
                    let kind = *self.kinds.entry(op).or_insert_with(|| stream.op_row(op));
                    let r = op_row(ui, view, stream, &kind, (depth, row.open), at == Some(op), rect);
                    if r.response.clicked() && !r.caret_clicked {
                        out.push(Action::Select(Item::of_op(view.place, op)));
                    }
                    if r.response.hovered() {
                        out.push(Action::Hover(Some(Item::of_op(view.place, op))));
                    }
                    let toggles = r.caret_clicked || r.response.double_clicked();
                    let response = r.response;
                    if (response.hovered() || response.secondary_clicked() || response.context_menu_opened())
                        && let Some(decoded) = stream.op(op)
                    {
                        op_tip::menu(&response, stream, view.place, op, &decoded, Panel::Opcodes, out);
                        op_tip::show(response, stream, op, &decoded);
                    }
                    toggles
                }
                Some(Of::Pickle(p)) => {
                    let r = pickle_row(ui, stream, p, row.open, rect);
                    r.caret_clicked || r.response.clicked()
                }
                _ => false,
            };
            if clicked {
                toggled = Some(row.steps);
            }
        });
        self.rows = rows;
        if view.focus == Some(Panel::Opcodes) {
            shown.response.request_focus();
        }
        if let Some(intent) = shown.intent {
            self.key(view, stream, at, intent, out);
        }
        if let Some(steps) = toggled {
            self.toggle(view, stream, &steps);
        }
    }

    fn follow(&mut self, view: &View<'_>, stream: &Stream) {
        if self.place != Some(view.place) || self.version != stream.version {
            *self = Self { place: Some(view.place), version: stream.version, ..Self::default() };
        }
        if self.kinds.len() > ROWS {
            self.kinds.clear();
        }
        let due = stream.finished || self.counted.is_none_or(|t| t.elapsed() > ANEW);
        if self.scanned != stream.seen() && due || self.counted.is_none() {
            self.scanned = stream.seen();
            self.counted = Some(Instant::now());
            self.kinds.clear();
            self.several = stream.pickles.len() > 1;
            // What is large grows when all is read, not before.
            let again: Vec<Of> =
                self.lists.keys().copied().filter(|of| stream.finished || size(stream, *of) < LARGE).collect();
            for of in again {
                let old = self.lists.remove(&of);
                if self.list(view, stream, of).is_none()
                    && let Some(old) = old
                {
                    self.lists.insert(of, old);
                }
            }
            self.recount(stream);
        }
        if !self.several && !self.lists.contains_key(&Of::Tops) && self.list(view, stream, Of::Tops).is_some() {
            self.recount(stream);
        }
        for steps in std::mem::take(&mut self.wanted) {
            self.open(view, stream, &steps);
        }
        if self.serial != view.session.serial {
            let op = view.selection().and_then(|s| s.op).filter(|op| op.0 < stream.index.count());
            let steps = op.and_then(|op| self.reveal(view, stream, stream.op_row_of(op)));
            // A branch on the way may still be worked out.
            if self.wanted.is_empty() && (self.several || self.lists.contains_key(&Of::Tops)) {
                self.serial = view.session.serial;
            }
            if let Some(row) = steps.and_then(|s| self.tree.row_of(&s)) {
                self.rows.scroll_to(row, Align::Center);
            }
        }
    }

    /// Counts the rows of what is open.
    fn recount(&mut self, stream: &Stream) {
        let (lists, several, pickles) = (&self.lists, self.several, stream.pickles.len() as u64);
        self.tree.refresh(&mut |of| match of {
            Of::Tops if several => pickles,
            of => lists.get(&of).map_or(0, |l| l.len()),
        });
    }

    /// The rows of a branch; `None` while they are being worked out.
    fn list(&mut self, view: &View<'_>, stream: &Stream, of: Of) -> Option<Arc<OpList>> {
        if let Some(list) = self.lists.get(&of) {
            return Some(list.clone());
        }
        let list = if size(stream, of) < LARGE {
            Arc::new(list_of(stream, of))
        } else {
            let shared = view.session.stream_of(view.place)?;
            let (tag, n) = match of {
                Of::Tops => (0, 0),
                Of::Pickle(p) => (1, p),
                Of::Op(op) => (2, op.0),
            };
            let key = WorkKey {
                place: view.place,
                handle: Handle::op(OpIndex(0)),
                kind: "branch of opcodes",
                of: vec![tag, u64::from(n), u64::from(stream.finished)],
            };
            let work = view.session.work.get(key, "Working out a branch", move |_| {
                let list = list_of(&shared.read(), of);
                let bytes = list.len() * 4;
                Ok((list, bytes))
            });
            match work {
                Outcome::Ready(list) => list,
                Outcome::Pending => return None,
                Outcome::Failed(_) => Arc::default(),
            }
        };
        self.lists.insert(of, list.clone());
        Some(list)
    }

    fn child(&self, parent: Of, index: u64) -> Option<Of> {
        match parent {
            Of::Tops if self.several => Some(Of::Pickle(u32::try_from(index).ok()?)),
            of => self.lists.get(&of)?.get(index).map(Of::Op),
        }
    }

    /// Opens the branches down to an op, and says where it stands.
    fn reveal(&mut self, view: &View<'_>, stream: &Stream, op: OpIndex) -> Option<Vec<u64>> {
        let mut way = vec![op];
        while let Some(up) = way.last().and_then(|op| stream.op_parent(*op)) {
            // A tree deeper than this is not opened by a click elsewhere.
            if way.len() > 2_000 || way.contains(&up) && way.len() > 64 {
                return None;
            }
            way.push(up);
        }
        let mut steps = Vec::new();
        let mut parent = Of::Tops;
        if self.several {
            let p = u32::try_from(stream.pickle_of(op)?).ok()?;
            steps.push(u64::from(p));
            self.open(view, stream, &steps);
            parent = Of::Pickle(p);
        }
        for (i, op) in way.iter().rev().enumerate() {
            let list = self.lists.get(&parent)?;
            let at = list.position(*op).filter(|i| list.get(*i) == Some(*op))?;
            steps.push(at);
            if i + 1 < way.len() {
                self.open(view, stream, &steps);
                parent = Of::Op(*op);
            }
        }
        Some(steps)
    }

    fn open(&mut self, view: &View<'_>, stream: &Stream, steps: &[u64]) {
        let Some(row) = self.tree.row_of(steps).and_then(|r| self.tree.row(r)) else { return };
        let Some(of) = self.child(row.parent, row.index) else { return };
        match self.list(view, stream, of) {
            Some(list) => self.tree.open(steps, of, list.len()),
            None => self.wanted.push(steps.to_vec()),
        }
    }

    fn toggle(&mut self, view: &View<'_>, stream: &Stream, steps: &[u64]) {
        if self.tree.is_open(steps) {
            self.tree.close(steps);
        } else {
            self.open(view, stream, steps);
        }
    }

    fn key(&mut self, view: &View<'_>, stream: &Stream, at: Option<OpIndex>, intent: Intent, out: &mut Vec<Action>) {
        let steps = at.and_then(|op| self.reveal(view, stream, op));
        let row = steps.as_ref().and_then(|s| self.tree.row_of(s));
        let to = match (intent, &steps) {
            (Intent::Left, Some(s)) if self.tree.is_open(s) => {
                self.tree.close(s);
                return;
            }
            (Intent::Left, Some(s)) if s.len() > 1 => self.tree.row_of(&s[..s.len() - 1]),
            (Intent::Right, Some(s)) if self.tree.is_open(s) => row.map(|r| r + 1),
            (Intent::Right, Some(s)) => {
                self.open(view, stream, s);
                return;
            }
            (Intent::Toggle | Intent::Activate, Some(s)) => {
                self.toggle(view, stream, s);
                return;
            }
            (intent, _) => intent.target(row, self.tree.rows()),
        };
        if let Some(row) = to.and_then(|r| self.tree.row(r))
            && let Some(Of::Op(op)) = self.child(row.parent, row.index)
        {
            out.push(Action::Select(Item::of_op(view.place, op)));
        }
    }
}

/// About how many ops must be looked at to find the rows of a branch.
fn size(stream: &Stream, of: Of) -> u32 {
    let ops = |p: usize| stream.pickles.get(p).map_or(0, |p| p.ops);
    match of {
        Of::Tops => ops(0),
        Of::Pickle(p) => ops(p as usize),
        Of::Op(op) => {
            let runs = |items: &Items| u32::try_from(items.runs()).unwrap_or(u32::MAX);
            let made = stream.value_made_by(op).and_then(|v| stream.graph.node_of(v));
            let fills = match made.map(|n| &n.node) {
                Some(Node::List(i) | Node::Set(i) | Node::Dict(i)) => runs(i),
                Some(Node::Call(c)) => runs(&c.list_items).saturating_add(runs(&c.dict_items)),
                _ => 0,
            };
            fills.max(op.0 - stream.graph.start_of(op).0.min(op.0))
        }
    }
}

fn list_of(stream: &Stream, of: Of) -> OpList {
    match of {
        Of::Tops => stream.op_roots(0),
        Of::Pickle(p) => stream.op_roots(p as usize),
        Of::Op(op) => stream.op_children(op),
    }
}

fn pickle_row(ui: &mut Ui, stream: &Stream, p: u32, open: bool, rect: Rect) -> TreeRowOutput {
    let t = Tokens::of(ui);
    let pickle = stream.pickles.get(p as usize);
    let goes_on = pickle.is_some_and(|p| p.behind.is_some());
    let key = if goes_on { format!("#{p} behind the fault") } else { format!("pickle #{p}") };
    let value = pickle.map_or_else(String::new, |p| {
        let ops = words::grouped(u64::from(p.ops));
        format!("protocol {}, {ops} ops, {}", p.protocol, words::size(p.span.len()))
    });
    let row = TreeRow {
        open: Some(open),
        picture: Some(Picture::Icon(icons::PACKAGE, t.text_soft)),
        kind: &value,
        mark: pickle.filter(|p| p.finished && !p.complete).map(|_| t.error),
        ..TreeRow::new(0, &key)
    };
    row.show(ui, rect)
}

/// What stands beside an op's name: its argument, else the value that it made.
fn value_text(view: &View<'_>, stream: &Stream, op: OpIndex, kind: RowKind) -> String {
    let arg = stream.op(op).map_or_else(String::new, |d| arg_text(&d, &stream.bytes, ARGUMENT));
    let short = |h: Handle| view.meaning(h).map_or_else(String::new, |m| m.short.clone());
    match kind {
        // What it fetched says more than the number that it fetched it by.
        RowKind::Value(h) if stream.op(op).is_some_and(|d| d.code.class() == Class::Memo) => {
            format!("{} = {}", if arg.is_empty() { "memo" } else { &arg }, short(h))
        }
        _ if !arg.is_empty() => arg,
        RowKind::Value(h) if h != Handle::op(op) => short(h),
        RowKind::Fill(_) => "into the value above".to_owned(),
        RowKind::Drop => "thrown away".to_owned(),
        RowKind::Fault => "the machine cannot go on".to_owned(),
        RowKind::Nested => "a pickle within the pickle".to_owned(),
        _ => String::new(),
    }
}

fn op_row(
    ui: &mut Ui,
    view: &View<'_>,
    stream: &Stream,
    row: &OpRow,
    (depth, open): (u32, bool),
    selected: bool,
    rect: Rect,
) -> TreeRowOutput {
    let (t, op) = (Tokens::of(ui), row.op);
    let decoded = stream.op(op);
    let class = decoded.map_or(Class::Structure, |d| d.code.class());
    let name = decoded.map_or("?", |d| d.code.name());
    let value = value_text(view, stream, op, row.kind);
    let offset = decoded.map_or_else(String::new, |d| format!("{:x}", d.span.start));
    let columns = [Column { text: &offset, width: 56.0 }];
    let columns: &[Column<'_>] = if rect.width() < 380.0 { &[] } else { &columns };
    let dim = matches!(row.kind, RowKind::Thin | RowKind::Mark | RowKind::Drop);
    let memo = row.memo.and_then(|m| {
        // Where there is little room, the number alone; where there is less, the tip alone.
        let width = |text: &str, font| elide::whole(ui.painter(), text, &font).width();
        let indent = 54.0 + depth as f32 * theme::INDENT;
        let texts = width(name, fonts::body()) + width(&value, fonts::mono()).min(140.0);
        let room = rect.width() - indent - texts - if columns.is_empty() { 24.0 } else { 88.0 };
        let more = if row.more_memos == 0 { String::new() } else { format!(" +{}", row.more_memos) };
        match room {
            58.0.. => Some(format!("memo {}{more}", m.number())),
            10.0.. => Some(format!("{}{more}", m.key)),
            _ => None,
        }
    });
    let hint = "The value is stored in the memo under this number, to be fetched again.";
    let badges: Vec<Chip<'_>> = memo.iter().map(|m| Chip::new(m).tone(Tone::Class(Class::Memo)).hint(hint)).collect();
    let filler = matches!(row.kind, RowKind::Fill(_) | RowKind::Drop | RowKind::Nested);
    let shown = TreeRow {
        open: row.opens.then_some(open),
        // Room for the mark of its class, which is drawn over it.
        picture: Some(Picture::Icon(icons::DOT, t.class_ground(class))),
        value: if filler { "" } else { &value },
        kind: if filler { &value } else { "" },
        value_color: Some(match row.kind {
            RowKind::Fault => t.error,
            RowKind::Value(h) if h != Handle::op(op) => t.text_normal,
            _ => t.class(class),
        }),
        badges: &badges,
        columns,
        selected,
        hovered: view.hover().is_some_and(|i| i.op == Some(op)),
        mark: matches!(row.kind, RowKind::Fault).then_some(t.error),
        dim,
        key_first: true,
        ..TreeRow::new(depth, name)
    };
    let out = shown.show(ui, rect);
    let level = depth.min(crate::ui::widgets::tree_row::DEEPEST) as f32;
    let left = rect.left() + theme::GAP_S + level * theme::INDENT + 18.0;
    let place = Rect::from_min_size(pos2(left, rect.top()), vec2(16.0, rect.height()));
    legend::paint_mark(&ui.painter_at(rect.intersect(ui.clip_rect())), place, class, t);
    out
}
