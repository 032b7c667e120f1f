//! The panel of the disassembly, line by line, however long: offset, opcode, argument, stack effect.
//! Must never do more work in a frame than its visible rows need; depths and searches are work beside the frame.

use crate::machine::{Handle, Stream};
use crate::ops::listing::{ListingRow, Rows as Depths, arg_text, effect};
use crate::ops::{Foreign, OpIndex, Opcode, RegionKind};
use crate::session::{Action, Item, Outcome, Panel, Place, View, WorkKey};
use crate::source::Span;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{Align, LazyRows, Rows, row_position};
use crate::ui::widgets::search_field::{Hits, SearchField};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::widgets::{elide, legend};
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, Rect, Role, Ui, WidgetInfo, pos2, vec2};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// Characters of an argument that a row reads.
const ARGUMENT: usize = 200;
/// Points that one mark indents.
const STEP: f32 = 8.0;
/// Marks that indent.
const DEEPEST: u32 = 16;
/// Ops that a search finds.
const FOUND: usize = 4_000_000;
/// Width from which the stack effect is shown, in points.
const WIDE: f32 = 560.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ListingPanel {
    place: Option<Place>,
    rows: LazyRows,
    found_rows: LazyRows,
    serial: u64,
    filter: String,
}

/// A line: an op, or bytes between two.
enum Line {
    Op(OpIndex),
    Region(usize),
}

impl ListingPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        if self.place != Some(view.place) {
            *self = Self { place: Some(view.place), filter: std::mem::take(&mut self.filter), ..Self::default() };
        }
        let hits = self.search(view, stream);
        let entered = self.field(ui, view, hits.as_ref());
        let depths = depths(view, stream);
        match hits {
            None => self.all(ui, view, stream, depths.as_deref(), out),
            Some(Outcome::Ready(found)) if found.is_empty() => {
                Empty::new(icons::SEARCH, "Nothing found", "No opcode's name or argument holds this text.").show(ui);
            }
            Some(Outcome::Ready(found)) => {
                if let Some(op) = found.first().filter(|_| entered) {
                    out.push(Action::Select(Item::of_op(view.place, OpIndex(*op))));
                }
                self.found(ui, view, stream, depths.as_deref(), &found, out);
            }
            Some(Outcome::Pending) => {
                Empty::new(icons::SEARCH, "Searching…", "").show(ui);
            }
            Some(Outcome::Failed(why)) => {
                Empty::new(icons::SEARCH, "The search failed", &why).show(ui);
            }
        }
    }

    fn field(&mut self, ui: &mut Ui, view: &View<'_>, hits: Option<&Outcome<Vec<u32>>>) -> bool {
        egui::Frame::NONE
            .inner_margin(egui::Margin::symmetric(6, 4))
            .show(ui, |ui| {
                let shown = match hits {
                    Some(Outcome::Pending) => Hits::Counting(0),
                    Some(Outcome::Ready(found)) => Hits::Count(found.len() as u64),
                    Some(Outcome::Failed(_)) => Hits::Invalid,
                    None => Hits::None,
                };
                let field = SearchField {
                    text: &mut self.filter,
                    name: "Filter opcodes",
                    hint: "Filter opcodes and arguments",
                    hits: shown,
                    steps: false,
                    width: ui.available_width(),
                };
                let o = field.show(ui);
                if view.find == Some(Panel::Listing) {
                    o.response.request_focus();
                }
                if o.changed {
                    self.found_rows = LazyRows::default();
                }
                o.next
            })
            .inner
    }

    /// All ops, and the bytes between them.
    fn all(&mut self, ui: &mut Ui, view: &View<'_>, stream: &Stream, depths: Option<&Depths>, out: &mut Vec<Action>) {
        let regions = stream.index.regions();
        let count = u64::from(stream.index.count()) + regions.len() as u64;
        if count == 0 {
            Empty::new(icons::LISTING, "No opcodes", "The file holds none.").show(ui);
            return;
        }
        let selected = view.selection();
        let at = selected.and_then(|s| line_of(stream, s));
        if self.serial != view.session.serial {
            self.serial = view.session.serial;
            if let Some(row) = at {
                self.rows.scroll_to(row, Align::Center);
            }
        }
        let list = Rows::new("Listing", count, theme::ROW_LIST);
        let mut rows = self.rows;
        let shown = rows.show(ui, &list, |ui, n, rect| {
            let look = (Some(n) == at, false);
            match line_at(stream, n) {
                Some(Line::Op(op)) => op_row(ui, view, stream, depths, op, rect, look, out),
                Some(Line::Region(i)) => region_row(ui, view, stream, i, rect, look, out),
                None => {}
            }
        });
        self.rows = rows;
        if view.focus == Some(Panel::Listing) {
            shown.response.request_focus();
        }
        if let Some(to) = shown.intent.and_then(|i| i.target(at, count)) {
            match line_at(stream, to) {
                Some(Line::Op(op)) => out.push(Action::Select(Item::of_op(view.place, op))),
                Some(Line::Region(i)) => {
                    if let Some(r) = regions.get(i) {
                        out.push(Action::Select(Item::of_span(view.place, r.span)));
                    }
                }
                None => {}
            }
        }
    }

    /// The ops that a search found.
    fn found(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        stream: &Stream,
        depths: Option<&Depths>,
        found: &[u32],
        out: &mut Vec<Action>,
    ) {
        let op = view.selection().and_then(|s| s.op);
        let at = op.and_then(|op| found.binary_search(&op.0).ok()).map(|i| i as u64);
        let list = Rows::new("Found opcodes", found.len() as u64, theme::ROW_LIST);
        let shown = self.found_rows.show(ui, &list, |ui, n, rect| {
            if let Some(op) = found.get(n as usize) {
                op_row(ui, view, stream, depths, OpIndex(*op), rect, (Some(n) == at, true), out);
            }
        });
        if let Some(to) = shown.intent.and_then(|i| i.target(at, found.len() as u64)) {
            self.found_rows.scroll_to(to, Align::Nearest);
            if let Some(op) = found.get(to as usize) {
                out.push(Action::Select(Item::of_op(view.place, OpIndex(*op))));
            }
        }
    }

    /// The ops whose name or argument holds the text; `None` where nothing is sought.
    fn search(&self, view: &View<'_>, stream: &Stream) -> Option<Outcome<Vec<u32>>> {
        let query = self.filter.trim().to_lowercase();
        if query.is_empty() {
            return None;
        }
        let shared = view.session.stream_of(view.place)?;
        let mut hash = DefaultHasher::new();
        query.hash(&mut hash);
        let key = WorkKey {
            place: view.place,
            handle: Handle::op(OpIndex(0)),
            kind: "search opcodes",
            of: vec![hash.finish(), u64::from(stream.finished)],
        };
        Some(view.session.work.get(key, "Searching", move |job| {
            let names: Vec<Opcode> =
                Opcode::ALL.iter().copied().filter(|c| c.name().to_lowercase().contains(&query)).collect();
            let mut found = Vec::new();
            let mut from = 0;
            loop {
                // In portions, so that a scan that goes on is not held up.
                let stream = shared.read();
                let mut n = 0_u32;
                for (op, decoded) in stream.index.iter_from(OpIndex(from), &stream.bytes).take(20_000) {
                    n += 1;
                    let hit = names.contains(&decoded.code)
                        || names.is_empty()
                            && arg_text(&decoded, &stream.bytes, ARGUMENT).to_lowercase().contains(&query);
                    if hit {
                        found.push(op.0);
                    }
                }
                from += n;
                if n == 0 || job.cancelled() || found.len() >= FOUND {
                    break;
                }
            }
            let bytes = found.len() as u64 * 4;
            Ok((found, bytes))
        }))
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

/// The line of that number: regions stand before the op that they are counted to.
fn line_at(stream: &Stream, row: u64) -> Option<Line> {
    let regions = stream.index.regions();
    // The regions that stand at lower rows.
    let (mut low, mut high) = (0, regions.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let own = u64::from(regions[middle].before.0) + middle as u64;
        if own < row { low = middle + 1 } else { high = middle }
    }
    if regions.get(low).is_some_and(|r| u64::from(r.before.0) + low as u64 == row) {
        return Some(Line::Region(low));
    }
    let op = u32::try_from(row.checked_sub(low as u64)?).ok()?;
    (op < stream.index.count()).then_some(Line::Op(OpIndex(op)))
}

/// The line of an item.
fn line_of(stream: &Stream, item: &Item) -> Option<u64> {
    let regions = stream.index.regions();
    if let Some(op) = item.op {
        return Some(u64::from(op.0) + regions.partition_point(|r| r.before <= op) as u64);
    }
    let span = item.span?;
    let i = regions.binary_search_by_key(&span.start, |r| r.span.start).ok()?;
    Some(u64::from(regions[i].before.0) + i as u64)
}

#[expect(clippy::too_many_arguments, reason = "a row of a list is drawn where it stands")]
fn op_row(
    ui: &mut Ui,
    view: &View<'_>,
    stream: &Stream,
    depths: Option<&Depths>,
    op: OpIndex,
    rect: Rect,
    (selected, flat): (bool, bool),
    out: &mut Vec<Action>,
) {
    let row = match depths {
        Some(d) => d.rows(op.0..op.0 + 1, &stream.index, &stream.bytes, ARGUMENT).pop(),
        None => stream.op(op).map(|decoded| ListingRow {
            op,
            offset: decoded.span.start,
            code: decoded.code,
            arg: arg_text(&decoded, &stream.bytes, ARGUMENT),
            depth: 0,
            mark: None,
            memo: None,
        }),
    };
    let Some(row) = row else { return };
    let t = Tokens::of(ui);
    let class = row.code.class();
    let response = line(ui, rect, selected, view, op, out);
    response.widget_info(|| {
        let text = format!("{} {} {}", words::offset(row.offset), row.code.name(), row.arg);
        WidgetInfo::selected(Role::ListItem, true, selected, text)
    });
    row_position(ui, response.id, u64::from(op.0));
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let y = rect.center().y;
    let mut x = rect.left() + theme::GAP;
    let offset = elide::whole(&painter, &format!("{:08x}", row.offset), &fonts::mono_small());
    x = offset.paint_left(&painter, pos2(x, y), t.text_soft).right() + 6.0;
    if !flat {
        x += row.depth.min(DEEPEST) as f32 * STEP;
    }
    legend::paint_mark(&painter, Rect::from_min_size(pos2(x, rect.top()), vec2(16.0, rect.height())), class, t);
    x += 20.0;
    let name = elide::whole(&painter, row.code.name(), &fonts::mono());
    x = name.paint_left(&painter, pos2(x, y), t.class(class)).right() + theme::GAP;
    let mut right = rect.right() - theme::GAP_S;
    if rect.width() > WIDE {
        let text = elide::whole(&painter, &effect(row.code), &fonts::mono_small());
        right = text.paint_right(&painter, pos2(right, y), t.text_soft).left() - theme::GAP;
    }
    let mut arg = row.arg;
    if let Some(memo) = row.memo.filter(|_| arg.is_empty()) {
        arg = format!("as {memo}");
    }
    if let Some(mark) = row.mark {
        arg = if arg.is_empty() { format!("MARK at {mark:#x}") } else { format!("{arg}  MARK at {mark:#x}") };
    }
    let text = elide::middle(&painter, &arg, &fonts::mono(), (right - x).max(0.0));
    text.paint_left(&painter, pos2(x, y), t.text_normal);
    response.on_hover_ui_at_pointer(|ui| {
        ui.label(egui::RichText::new(row.code.name()).font(fonts::mono()).color(t.class(class)));
        ui.label(row.code.info().doc);
        let effect = effect(row.code);
        if !effect.is_empty() {
            ui.label(egui::RichText::new(effect).font(fonts::mono_small()).color(t.text_soft));
        }
        if text.cut {
            ui.label(egui::RichText::new(&arg).font(fonts::mono()));
        }
    });
}

/// The ground of a line, and what is done to it.
fn line(ui: &Ui, rect: Rect, selected: bool, view: &View<'_>, op: OpIndex, out: &mut Vec<Action>) -> egui::Response {
    let response = ui.interact(rect, ui.make_persistent_id("row"), egui::Sense::CLICK);
    let over = view.hover().is_some_and(|i| i.op == Some(op));
    paint_ground(ui.painter(), rect, selected, over || response.hovered(), Tokens::of(ui));
    if response.clicked() {
        out.push(Action::Select(Item::of_op(view.place, op)));
    }
    if response.hovered() {
        out.push(Action::Hover(Some(Item::of_op(view.place, op))));
    }
    response
}

/// Bytes that are no op.
fn region_row(
    ui: &Ui,
    view: &View<'_>,
    stream: &Stream,
    i: usize,
    rect: Rect,
    (selected, _): (bool, bool),
    out: &mut Vec<Action>,
) {
    let Some(r) = stream.index.regions().get(i) else { return };
    let t = Tokens::of(ui);
    let response = ui.interact(rect, ui.make_persistent_id("row"), egui::Sense::CLICK);
    paint_ground(ui.painter(), rect, selected, response.hovered(), t);
    if response.clicked() {
        out.push(Action::Select(Item::of_span(view.place, r.span)));
    }
    let (what, color) = match r.kind {
        RegionKind::Gap => ("no part of any pickle", t.text_soft),
        RegionKind::Foreign(Foreign::JoblibArray) => ("elements that joblib put here", t.note),
        RegionKind::Foreign(Foreign::LegacyTorchStorage) => ("a storage that torch put here", t.note),
        RegionKind::Foreign(Foreign::Header) => ("the header of another format", t.note),
        RegionKind::Fault => ("no opcode can be made of this", t.error),
    };
    let text = format!("{:08x}  {what}, {}", r.span.start, size_of(r.span));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, &text));
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let line = elide::middle(&painter, &text, &fonts::mono_small(), rect.width() - 16.0);
    line.paint_left(&painter, pos2(rect.left() + theme::GAP, rect.center().y), color);
}

fn size_of(span: Span) -> String {
    words::size(span.len())
}
