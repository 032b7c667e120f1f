//! The bytes of both parts of a difference, beside each other, what differs marked, each with its own file's offsets.
//! Must never read more than the visible rows.

use super::Found;
use crate::interpret::compare::BytesBeside;
use crate::interpret::{grouped, one_line};
use crate::session::{Action, DocId, Ends, Item, Outcome, View};
use crate::source::Span;
use crate::ui::widgets::elide;
use crate::ui::widgets::hex_grid::advance;
use crate::ui::widgets::lazy_rows::{Align, LazyRows, Rows};
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Color32, Pos2, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// What is kept from frame to frame.
#[derive(Default)]
pub(super) struct Hexes {
    rows: LazyRows,
    found: Option<Arc<BytesBeside>>,
    /// The place that stands at the top of the view.
    top: u64,
    wanted: Option<u64>,
    columns: u64,
    begun: bool,
}

/// Where things stand in a row, in points from its left edge.
#[derive(Clone, Copy)]
struct Lay {
    columns: usize,
    advance: f32,
    digits: usize,
    text: bool,
    /// Width of one side.
    side: f32,
}

impl Lay {
    fn new(width: f32, advance: f32, digits: usize) -> Self {
        let side = |columns: usize, text: bool| {
            let chars = digits + 2 + columns * 3 + usize::from(columns > 8) + if text { columns + 1 } else { 0 };
            chars as f32 * advance
        };
        let room = (width - theme::SCROLL_BAR - theme::GAP * 2.0 - theme::GAP_L) / 2.0;
        let options = [(16, true), (8, true), (8, false), (4, false)];
        let fits = options.into_iter().find(|(c, text)| side(*c, *text) <= room).unwrap_or((4, false));
        Self { columns: fits.0, advance, digits, text: fits.1, side: side(fits.0, fits.1) }
    }

    fn left(&self, side: usize) -> f32 {
        theme::GAP + side as f32 * (self.side + theme::GAP_L)
    }

    /// The cell of a byte, from half a space before it.
    fn cell(&self, side: usize, column: usize) -> (f32, f32) {
        let gap = if column >= 8 { 1.0 } else { 0.0 };
        let x = self.left(side) + ((self.digits + 2 + column * 3) as f32 + gap - 0.5) * self.advance;
        (x, x + 3.0 * self.advance)
    }
}

impl Hexes {
    /// The differences before and behind what is in view.
    pub(super) fn around(&self) -> (Option<u64>, Option<u64>) {
        let Some(found) = &self.found else { return (None, None) };
        let columns = self.columns.max(1);
        let row = self.top / columns * columns;
        (found.before(row), found.next(row.saturating_add(columns)))
    }

    pub(super) fn go(&mut self, to: Option<u64>) {
        self.wanted = to;
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        docs: [DocId; 2],
        found: &Found<'_>,
        out: &mut Vec<Action>,
    ) {
        let t = Tokens::of(ui);
        let beside = match view.session.bytes_beside(found.ends) {
            Outcome::Ready(b) => b,
            Outcome::Pending => {
                ui.label(RichText::new("  Comparing bytes…").color(t.text_soft));
                return;
            }
            Outcome::Failed(why) => {
                ui.label(RichText::new(format!("  {why}")).color(t.text_soft));
                return;
            }
        };
        let largest = beside.spans.iter().map(|s| s.end).max().unwrap_or(0);
        let digits = if largest > 1 << 32 { 12 } else { 8 };
        let lay = Lay::new(ui.available_width(), advance(ui.painter(), &fonts::mono()), digits);
        self.columns = lay.columns as u64;
        if !std::mem::replace(&mut self.begun, true) {
            self.wanted = beside.next(0).or(Some(0));
        }
        self.found = Some(beside.clone());
        self.head(ui, view, docs, &beside, &lay);
        let n = beside.places.div_ceil(self.columns);
        if let Some(place) = self.wanted.take() {
            self.top = place;
            // A row of what is before it is left in view.
            self.rows.scroll_to((place / self.columns).saturating_sub(1), Align::Top);
        }
        let guards = found.ends.map(|e| e.and_then(|(place, _)| view.session.stream_of(place)));
        let guards = guards.each_ref().map(|g| g.as_ref().map(|g| g.read()));
        let bytes = |side: usize, span: Span| {
            guards.get(side).and_then(|g| g.as_deref()).map(|s| s.bytes.read(span, 64)).unwrap_or_default()
        };
        let room = ui.available_rect_before_wrap();
        let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("bytes beside"));
        let rows = Rows::new("Bytes of both", n, theme::ROW_LIST).scrolling();
        let shown = self.rows.show(&mut child, &rows, |ui, row, rect| {
            paint(ui, rect, &lay, &beside, row, &bytes, found.ends, out);
        });
        let first = shown.first.saturating_mul(self.columns);
        let last = shown.first.saturating_add(shown.count).saturating_mul(self.columns);
        if self.top < first || self.top >= last {
            self.top = first;
        }
    }

    fn head(&self, ui: &mut Ui, view: &View<'_>, docs: [DocId; 2], beside: &BytesBeside, lay: &Lay) {
        let t = Tokens::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_TREE), Sense::hover());
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, t.raised);
        painter.hline(rect.x_range(), rect.bottom() - 0.5, t.line_stroke());
        for (side, doc) in docs.into_iter().enumerate() {
            let title = view.session.document_of(doc).map_or("", |d| d.title.as_str());
            let span = beside.spans.get(side).copied().unwrap_or_default();
            let x = rect.left() + lay.left(side);
            let note = if span.is_empty() { "not there".to_owned() } else { words::size(span.len()) };
            let mut right = x + lay.side;
            let note = elide::whole(&painter, &note, &fonts::small());
            right = note.paint_right(&painter, pos2(right, rect.center().y), t.text_soft).left() - theme::GAP;
            let name = elide::middle(&painter, one_line(title, 60).as_ref(), &fonts::header(), (right - x).max(10.0));
            name.paint_left(&painter, pos2(x, rect.center().y), t.text_normal);
        }
        let part = if beside.partial { ", not all was compared" } else { "" };
        let text = format!("{} of {} bytes differ{part}", grouped(beside.differing), grouped(beside.places));
        let x = rect.left() + lay.left(2);
        if rect.right() - x > 60.0 {
            let line = elide::middle(&painter, &text, &fonts::small(), rect.right() - x - theme::GAP);
            line.paint_left(&painter, pos2(x, rect.center().y), t.text_soft);
        }
        let id = ui.make_persistent_id("bytes head");
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        response.on_hover_text(text);
    }
}

/// One row: the bytes of both, each with its offset.
#[expect(clippy::too_many_arguments, reason = "all of it is one drawing")]
fn paint(
    ui: &Ui,
    rect: Rect,
    lay: &Lay,
    beside: &BytesBeside,
    row: u64,
    bytes: &dyn Fn(usize, Span) -> Vec<u8>,
    ends: Ends,
    out: &mut Vec<Action>,
) {
    let t = Tokens::of(ui);
    let n = lay.columns;
    let start = row.saturating_mul(n as u64);
    let mut offsets = vec![[None; 2]; n];
    for (column, cell) in offsets.iter_mut().enumerate() {
        let place = start + column as u64;
        if place < beside.places {
            *cell = beside.at(place);
        }
    }
    let mut cells = vec![[None; 2]; n];
    let mut firsts = [None; 2];
    for side in 0..2 {
        let here: Vec<(usize, u64)> = (0..n).filter_map(|c| Some((c, offsets[c][side]?))).collect();
        let (Some(first), Some(last)) = (here.first().copied(), here.last().copied()) else { continue };
        firsts[side] = Some(first.1);
        let read = bytes(side, Span::new(first.1, last.1.saturating_add(1)));
        for (column, at) in here {
            cells[column][side] = read.get((at - first.1) as usize).copied();
        }
    }
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let colors = [t.error, t.good];
    for side in 0..2 {
        for (column, cell) in cells.iter().enumerate() {
            let color = match cell {
                [Some(x), Some(y)] if x == y => continue,
                [Some(_), Some(_)] => t.warning,
                _ if cell[side].is_some() => colors[side],
                _ => continue,
            };
            let (from, to) = lay.cell(side, column);
            let block = Rect::from_x_y_ranges(rect.left() + from..=rect.left() + to, rect.y_range());
            painter.rect_filled(block, 0.0, color.gamma_multiply(0.22));
            painter.hline(block.x_range(), rect.bottom() - 1.0, eframe::egui::Stroke::new(1.5, color));
        }
        line(&painter, rect, lay, side, firsts[side], &cells, t);
    }
    let x = painter.round_to_pixel_center(rect.left() + lay.left(1) - theme::GAP);
    painter.vline(x, rect.y_range(), t.line_stroke());
    let response = ui.interact(rect, ui.make_persistent_id("bytes"), Sense::CLICK);
    response.widget_info(|| {
        let text = |side: usize| {
            let bytes: Vec<String> = cells.iter().filter_map(|c| c[side].map(|b| format!("{b:02x}"))).collect();
            firsts[side].map_or("nothing".to_owned(), |at| format!("{at:#x}: {}", bytes.join(" ")))
        };
        WidgetInfo::labeled(Role::ListItem, true, format!("{}; {}", text(0), text(1)))
    });
    let under = |p: Pos2| {
        let x = p.x - rect.left();
        (0..2).flat_map(|side| (0..n).map(move |c| (side, c))).find(|(side, c)| {
            let (from, to) = lay.cell(*side, *c);
            from <= x && x < to
        })
    };
    let pointer = response.interact_pointer_pos().and_then(under);
    if let Some((_, column)) = pointer.filter(|_| response.clicked()) {
        let item = |side: usize| Some(Item::at_offset(ends[side]?.0, offsets[column][side]?));
        out.push(Action::SelectInBoth([item(0), item(1)]));
    }
}

/// The offset, the digits and the characters of one side of a row.
fn line(
    painter: &eframe::egui::Painter,
    rect: Rect,
    lay: &Lay,
    side: usize,
    first: Option<u64>,
    cells: &[[Option<u8>; 2]],
    t: &Tokens,
) {
    let format = |color: Color32| TextFormat { font_id: fonts::mono(), color, ..TextFormat::default() };
    let mut job = LayoutJob::default();
    let width = lay.digits;
    match first {
        Some(at) => job.append(&format!("{at:0width$x}  "), 0.0, format(t.text_soft)),
        None => job.append(&" ".repeat(width + 2), 0.0, format(t.faint)),
    }
    for (column, cell) in cells.iter().enumerate() {
        if column > 0 {
            job.append(if column == 8 { "  " } else { " " }, 0.0, format(t.faint));
        }
        match (cell[side], cell[1 - side]) {
            (Some(b), other) => {
                let color = if other == Some(b) { t.text_soft } else { t.text_strong };
                job.append(&format!("{b:02x}"), 0.0, format(color));
            }
            (None, Some(_)) => job.append("··", 0.0, format(t.faint)),
            (None, None) => job.append("  ", 0.0, format(t.faint)),
        }
    }
    if lay.text {
        job.append("  ", 0.0, format(t.faint));
        for cell in cells {
            match cell[side] {
                Some(b) if (0x20..0x7f).contains(&b) => {
                    let color = if cell[1 - side] == Some(b) { t.text_soft } else { t.text_strong };
                    job.append(char::from(b).encode_utf8(&mut [0; 4]), 0.0, format(color));
                }
                Some(_) => job.append("·", 0.0, format(t.faint)),
                None => job.append(" ", 0.0, format(t.faint)),
            }
        }
    }
    let galley = painter.layout_job(job);
    let y = eframe::egui::emath::GuiRounding::round_to_pixels(
        rect.center().y - galley.size().y * 0.5,
        painter.pixels_per_point(),
    );
    painter.galley(pos2(rect.left() + lay.left(side), y), galley, t.text_normal);
}
