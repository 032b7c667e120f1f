//! The panel of the disassembly, line by line, however long: offset, opcode, argument, stack effect.
//! Must never do more work in a frame than its visible rows need; depths and searches are work beside the frame.

mod lines;
mod row;
mod search;

use super::{op_tip, problems::mark};
use crate::machine::{Handle, Stream, UNNUMBERED};
use crate::ops::listing::{ListingRow, Rows as Depths, arg_text};
use crate::ops::{OpIndex, Opcode};
use crate::session::{Action, Item, Panel, Place, View, WorkKey};
use crate::source::Severity;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{Align, Intent, LazyRows, Rows, row_position};
use crate::ui::widgets::progress;
use crate::ui::widgets::scroll_bar::BarMark;
use crate::ui::widgets::search_field::{Hits, SearchField};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::{Tokens, icons, theme, words};
use eframe::egui::{self, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use lines::{Line, Lines};
use row::{Columns, Look};
use search::{Progress, Search};
use std::collections::HashMap;
use std::sync::Arc;

/// Characters of an argument that a row reads.
const ARGUMENT: usize = 200;
/// Rows that are worked out at once.
const BATCH: u32 = 64;
/// Problems that are marked.
const MARKED: usize = 2_000;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ListingPanel {
    place: Option<Place>,
    version: u64,
    rows: LazyRows,
    found_rows: LazyRows,
    serial: u64,
    filter: String,
    search: Option<Search>,
    /// The user had enough of the search for this text.
    stopped: bool,
    cache: Cache,
    marks: Marks,
}

/// Rows that were worked out, and from what.
#[derive(Default)]
struct Cache {
    of: (u64, bool),
    rows: HashMap<u32, ListingRow>,
}

/// Problems by op.
#[derive(Default)]
struct Marks {
    of: (u64, usize),
    ops: HashMap<u32, Severity>,
}

/// What all lines of a frame share.
struct Frame<'a, 'b> {
    view: &'a View<'b>,
    stream: &'a Stream,
    depths: Option<Arc<Depths>>,
    columns: Columns,
}

impl ListingPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        if self.place != Some(view.place) {
            *self = Self { place: Some(view.place), filter: std::mem::take(&mut self.filter), ..Self::default() };
        }
        if self.version != stream.version {
            self.version = stream.version;
            self.search = None;
        }
        let progress = self.seek(view);
        let entered = self.field(ui, view, progress.as_ref());
        let lines = Lines::new(stream);
        if lines.count() == 0 {
            Empty::new(icons::LISTING, "No opcodes", "The file holds none.").show(ui);
            return;
        }
        self.marks.update(stream);
        let depths = depths(view, stream);
        self.cache.update((stream.seen(), depths.is_some()));
        let width = ui.available_width() - theme::SCROLL_BAR;
        let columns = Columns::new(ui.painter(), width, stream.bytes.len());
        let frame = Frame { view, stream, depths, columns };
        match progress {
            None => self.all(ui, &frame, lines, out),
            Some(progress) => self.found(ui, &frame, &progress, entered, out),
        }
    }

    /// Starts, goes on with or ends the search for what is in the field.
    fn seek(&mut self, view: &View<'_>) -> Option<Progress> {
        let query = self.filter.trim();
        if query.is_empty() {
            self.search = None;
            self.stopped = false;
            return None;
        }
        if self.search.as_ref().is_none_or(|s| s.query != query) {
            self.search = Some(Search::new(query));
            self.stopped = false;
            self.found_rows = LazyRows::default();
        }
        if self.stopped {
            return Some(Progress::Done);
        }
        self.search.as_ref().map(|s| s.run(view))
    }

    fn field(&mut self, ui: &mut Ui, view: &View<'_>, progress: Option<&Progress>) -> bool {
        let count = self.search.as_ref().map_or(0, |s| s.found.ops().len() as u64);
        let hits = match progress {
            None => Hits::None,
            Some(Progress::Running) => Hits::Counting(count),
            Some(Progress::Failed(_)) => Hits::Invalid,
            Some(_) => Hits::Count(count),
        };
        let bar = egui::Frame::NONE.inner_margin(egui::Margin::symmetric(6, 4));
        bar.show(ui, |ui| {
            let field = SearchField {
                text: &mut self.filter,
                name: "Filter opcodes",
                hint: "Filter opcodes and arguments",
                hits,
                steps: false,
                width: ui.available_width(),
            };
            let o = field.show(ui);
            if view.find == Some(Panel::Listing) {
                o.response.request_focus();
            }
            if o.left {
                out_of(ui);
            }
            o.next
        })
        .inner
    }

    /// All ops, and the bytes between them.
    fn all(&mut self, ui: &mut Ui, f: &Frame<'_, '_>, lines: Lines<'_>, out: &mut Vec<Action>) {
        let (view, stream, count) = (f.view, f.stream, lines.count());
        let at = view.selection().and_then(|s| lines.of_item(s));
        if self.serial != view.session.serial {
            self.serial = view.session.serial;
            if let Some(line) = at {
                self.rows.scroll_to(line, Align::Center);
            }
        }
        head(ui, &f.columns);
        let marks = self.marks.bars(&lines, Tokens::of(ui));
        let list = Rows::new("Listing", count, theme::ROW_LIST).marks(&marks);
        let mut rows = self.rows;
        let shown = rows.show(ui, &list, |ui, n, rect| match lines.at(n) {
            Some(Line::Op(op)) => self.op(ui, f, op, n, rect, (Some(n) == at, true), out),
            Some(Line::Region(i)) => region(ui, f, i, rect, Some(n) == at, out),
            Some(Line::Pickle(i)) => {
                if let Some(p) = stream.pickles.get(i)
                    && row::pickle(ui, stream, i, p, rect, &f.columns)
                {
                    out.push(Action::Select(Item::of_op(view.place, p.first)));
                }
            }
            None => {}
        });
        self.rows = rows;
        if view.focus == Some(Panel::Listing) {
            shown.response.request_focus();
        }
        let Some(intent) = shown.intent else { return };
        let down = !matches!(intent, Intent::Move(by) if by < 0) && intent != Intent::Last;
        match intent.target(at, count).and_then(|to| lines.selectable(to, down)).and_then(|to| lines.at(to)) {
            Some(Line::Op(op)) => out.push(Action::Select(Item::of_op(view.place, op))),
            Some(Line::Region(i)) => out.extend(region_item(f, i).map(Action::Select)),
            _ => {}
        }
    }

    /// The ops that a search found.
    fn found(&mut self, ui: &mut Ui, f: &Frame<'_, '_>, progress: &Progress, entered: bool, out: &mut Vec<Action>) {
        let Some(found) = self.search.as_ref().map(|s| s.found.clone()) else { return };
        let view = f.view;
        let count = found.ops().len() as u64;
        match progress {
            Progress::Running => {
                let all = f.stream.index.count().max(1);
                let bar = progress::Progress {
                    name: "Searching",
                    fraction: Some(found.at() as f32 / all as f32),
                    detail: &format!("{} ops", words::grouped(u64::from(found.at()))),
                    cancel: true,
                };
                let frame = egui::Frame::NONE.inner_margin(egui::Margin::symmetric(8, 0));
                let width = ui.available_width() - 16.0;
                self.stopped |= frame.show(ui, |ui| bar.show(ui, width).cancelled).inner;
            }
            Progress::Failed(why) => {
                Empty::new(icons::SEARCH, "The search failed", why).show(ui);
                return;
            }
            Progress::TooMany | Progress::Done => {}
        }
        if count == 0 {
            if *progress == Progress::Done {
                Empty::new(icons::SEARCH, "Nothing found", "No opcode's name or argument holds this text.").show(ui);
            }
            return;
        }
        if let Some(op) = found.ops().first().filter(|_| entered) {
            out.push(Action::Select(Item::of_op(view.place, OpIndex(*op))));
        }
        let op = view.selection().and_then(|s| s.op);
        let at = op.and_then(|op| found.ops().binary_search(&op.0).ok()).map(|i| i as u64);
        head(ui, &f.columns);
        let list = Rows::new("Found opcodes", count, theme::ROW_LIST);
        let mut rows = self.found_rows;
        let shown = rows.show(ui, &list, |ui, n, rect| {
            let op = found.ops().get(n as usize).copied();
            if let Some(op) = op {
                self.op(ui, f, OpIndex(op), n, rect, (Some(n) == at, false), out);
            }
        });
        self.found_rows = rows;
        if let Some(to) = shown.intent.and_then(|i| i.target(at, count)) {
            self.found_rows.scroll_to(to, Align::Nearest);
            out.extend(found.ops().get(to as usize).map(|op| Action::Select(Item::of_op(view.place, OpIndex(*op)))));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a row of a list is drawn where it stands")]
    fn op(
        &mut self,
        ui: &Ui,
        f: &Frame<'_, '_>,
        op: OpIndex,
        n: u64,
        rect: Rect,
        (selected, indent): (bool, bool),
        out: &mut Vec<Action>,
    ) {
        let view = f.view;
        let Some(row) = self.cache.row(f, op, indent) else { return };
        let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
        response.widget_info(|| {
            let text = format!("{} {} {}", words::offset(row.offset), row.code.name(), row.arg);
            WidgetInfo::selected(Role::ListItem, true, selected, text.trim_end())
        });
        row_position(ui, response.id, n);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(selected));
        let over = view.hover().is_some_and(|i| i.op == Some(op));
        paint_ground(ui.painter(), rect, selected, over || response.hovered(), Tokens::of(ui));
        let fetches = matches!(row.code, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet);
        let look = Look {
            indent,
            problem: self.marks.ops.get(&op.0).copied(),
            fetched: fetches.then(|| f.stream.value_made_by(op)).flatten(),
            numbered: row.memo.is_none() || f.stream.stored_by(op).is_none_or(|put| put.key < UNNUMBERED),
        };
        row::op(ui, view, row, rect, &f.columns, look);
        if response.clicked() {
            out.push(Action::Select(Item::of_op(view.place, op)));
        }
        if response.hovered() {
            out.push(Action::Hover(Some(Item::of_op(view.place, op))));
        }
        // Neither menu nor tip is made for rows that the pointer is not at.
        if (response.hovered() || response.secondary_clicked() || response.context_menu_opened())
            && let Some(decoded) = f.stream.op(op)
        {
            op_tip::menu(&response, f.stream, view.place, op, &decoded, Panel::Listing, out);
            op_tip::show(response, f.stream, op, &decoded);
        }
    }
}

impl Cache {
    /// Forgets rows that were made of less.
    fn update(&mut self, of: (u64, bool)) {
        if self.of != of || self.rows.len() > 4096 {
            self.of = of;
            self.rows.clear();
        }
    }

    /// The row of an op; those after it are worked out with it where they will be asked for.
    fn row(&mut self, f: &Frame<'_, '_>, op: OpIndex, next_too: bool) -> Option<&ListingRow> {
        if !self.rows.contains_key(&op.0) {
            let n = if next_too { BATCH } else { 1 };
            let made = match &f.depths {
                Some(d) => d.rows(op.0..op.0.saturating_add(n), &f.stream.index, &f.stream.bytes, ARGUMENT),
                None => flat_rows(f.stream, op, n),
            };
            self.rows.extend(made.into_iter().map(|r| (r.op.0, r)));
        }
        self.rows.get(&op.0)
    }
}

/// Rows whose depth is not known yet.
fn flat_rows(stream: &Stream, op: OpIndex, n: u32) -> Vec<ListingRow> {
    let row = |(op, decoded): (OpIndex, crate::ops::Op)| ListingRow {
        op,
        offset: decoded.span.start,
        code: decoded.code,
        arg: arg_text(&decoded, &stream.bytes, ARGUMENT),
        depth: 0,
        mark: None,
        memo: None,
    };
    stream.index.iter_from(op, &stream.bytes).take(n as usize).map(row).collect()
}

impl Marks {
    fn update(&mut self, stream: &Stream) {
        let of = (stream.seen(), stream.problems.len());
        if self.of == of {
            return;
        }
        self.of = of;
        self.ops.clear();
        for p in stream.problems.iter().take(MARKED) {
            if let Some(op) = p.op.and_then(|op| u32::try_from(op).ok()) {
                let worst = self.ops.entry(op).or_insert(p.severity);
                *worst = p.severity.max(*worst);
            }
        }
    }

    fn bars(&self, lines: &Lines<'_>, t: &Tokens) -> Vec<BarMark> {
        let all = lines.count().max(1) as f64;
        let bar = |(op, severity): (&u32, &Severity)| {
            let at = lines.of_op(OpIndex(*op)) as f64 / all;
            BarMark { from: at, to: at, color: mark(*severity, t).1, tick: true }
        };
        self.ops.iter().filter(|(_, s)| **s > Severity::Note).map(bar).collect()
    }
}

fn head(ui: &mut Ui, columns: &Columns) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    columns.head(ui, rect);
}

/// Escape in the empty field leaves it.
fn out_of(ui: &Ui) {
    ui.memory_mut(|m| m.stop_text_input());
}

fn region_item(f: &Frame<'_, '_>, i: usize) -> Option<Item> {
    Some(Item::of_span(f.view.place, f.stream.index.regions().get(i)?.span))
}

/// Bytes that are no op.
fn region(ui: &Ui, f: &Frame<'_, '_>, i: usize, rect: Rect, selected: bool, out: &mut Vec<Action>) {
    let Some(r) = f.stream.index.regions().get(i) else { return };
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    paint_ground(ui.painter(), rect, selected, response.hovered(), Tokens::of(ui));
    row::region(ui, r, rect, &f.columns, selected, &response);
    if let Some(item) = region_item(f, i) {
        if response.clicked() {
            out.push(Action::Select(item.clone()));
        }
        if response.hovered() {
            out.push(Action::Hover(Some(item)));
        }
    }
}

/// The depths of all ops: worked out once, when the scan has ended.
fn depths(view: &View<'_>, stream: &Stream) -> Option<Arc<Depths>> {
    if !stream.finished {
        return None;
    }
    let shared = view.session.stream_of(view.place)?;
    let key =
        WorkKey { place: view.place, handle: Handle::op(OpIndex(0)), kind: "depths of the listing", of: Vec::new() };
    let made = view.session.work.get(key, "Indenting the listing", move |job| {
        let stream = shared.read();
        let mut depths = Depths::new();
        for (op, decoded) in stream.index.iter_from(OpIndex(0), &stream.bytes) {
            if op.0 % 65_536 == 0 && job.cancelled() {
                break;
            }
            depths.push(&decoded, &stream.bytes);
        }
        let bytes = u64::from(depths.count()) / 16;
        Ok((depths, bytes))
    });
    made.ready()
}
