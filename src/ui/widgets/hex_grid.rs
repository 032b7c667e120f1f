//! Bytes in rows, with their characters, colours and outlines. It asks for the bytes of the visible rows alone, and knows
//! nothing of what they mean.

use super::lazy_rows::{Align, Intent, LazyRows, Rows};
use super::scroll_bar::BarMark;
use crate::source::Span;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    Color32, FontId, Painter, Pos2, Rect, Response, Role, Stroke, Ui, pos2,
    text::{LayoutJob, TextFormat},
    vec2,
};

/// One byte as it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ByteCell {
    /// The byte; `None` where it is not read yet or beyond the end.
    pub byte: Option<u8>,
    /// The colour of its digits; transparent is that of ordinary text.
    pub ink: Color32,
    /// The ground behind it; transparent is none.
    pub ground: Color32,
    /// A line beneath it; transparent is none.
    pub underline: Color32,
}

/// How the grid is drawn in this frame.
#[derive(Clone, Copy, Debug)]
pub struct HexView<'a> {
    /// Its name for those who cannot see it.
    pub name: &'a str,
    /// How many bytes there are.
    pub len: u64,
    /// Bytes in a row: 8, 16 or 32.
    pub columns: usize,
    /// Filled and outlined.
    pub selection: Option<Span>,
    /// Outlined.
    pub hovered: Option<Span>,
    /// The byte that the keys move.
    pub cursor: Option<u64>,
    /// Whether the characters stand beside the bytes.
    pub text: bool,
    /// Marks in the scroll bar: the minimap.
    pub marks: &'a [BarMark],
    /// The width of the scroll bar, in points.
    pub bar_width: f32,
}

impl<'a> HexView<'a> {
    /// Sixteen bytes a row, with characters.
    pub fn new(name: &'a str, len: u64) -> Self {
        Self {
            name,
            len,
            columns: 16,
            selection: None,
            hovered: None,
            cursor: None,
            text: true,
            marks: &[],
            bar_width: theme::SCROLL_BAR,
        }
    }

    /// How many of 8, 16 and 32 columns fit into a width.
    pub fn columns_for(width: f32, len: u64, advance: f32) -> usize {
        [32, 16].into_iter().find(|&c| Layout::new(c, len, advance, true).width <= width).unwrap_or(8)
    }
}

/// What was done to the grid in this frame.
#[derive(Debug)]
pub struct HexOutput {
    /// Of the whole view.
    pub response: Response,
    /// The byte under the pointer.
    pub hovered: Option<u64>,
    /// The byte that was clicked.
    pub clicked: Option<u64>,
    /// The byte that was double-clicked.
    pub double_clicked: Option<u64>,
    /// What the pointer marks while it drags.
    pub dragged: Option<Span>,
    /// Where a key moved the cursor to, and whether Shift extends the selection to there.
    pub moved: Option<(u64, bool)>,
    /// Enter was pressed.
    pub activated: bool,
    /// The bytes that are visible.
    pub visible: Span,
}

/// The position of a hex grid: what its panel keeps from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HexGrid {
    rows: LazyRows,
    anchor: Option<u64>,
    pending: Option<(u64, Align)>,
}

/// Where things stand in a row, in points from its left edge.
#[derive(Clone, Copy, Debug)]
struct Layout {
    columns: usize,
    digits: usize,
    advance: f32,
    bytes: f32,
    text: f32,
    width: f32,
}

/// Where a column stands, in points from the left edge of a row: as digits, or as a character.
type Zone = fn(&Layout, usize) -> (f32, f32);

/// Bytes that stand together.
const GROUP: usize = 8;

impl Layout {
    fn new(columns: usize, len: u64, advance: f32, text: bool) -> Self {
        let digits = if len > 1 << 32 { 12 } else { 8 };
        let bytes = theme::GAP + (digits + 2) as f32 * advance;
        let hex = (columns * 3 + columns.div_ceil(GROUP) - 1) as f32 * advance;
        let text_at = bytes + hex + advance;
        let width = if text { text_at + columns as f32 * advance + theme::GAP } else { text_at };
        Self { columns, digits, advance, bytes, text: text_at, width }
    }

    /// The cell of a byte's digits: from its first to behind its second, with half a space at each side.
    fn cell(&self, column: usize) -> (f32, f32) {
        let x = self.bytes + (column * 3 + column / GROUP) as f32 * self.advance;
        (x - self.advance * 0.5, x + self.advance * 2.5)
    }

    fn character(&self, column: usize) -> (f32, f32) {
        let x = self.text + column as f32 * self.advance;
        (x, x + self.advance)
    }

    fn column_at(&self, x: f32) -> Option<usize> {
        let inside = |(from, to): (f32, f32)| from <= x && x < to;
        let in_text = x >= self.text - self.advance * 0.5;
        (0..self.columns).find(|&c| inside(if in_text { self.character(c) } else { self.cell(c) }))
    }

    /// The column nearest to a position, for dragging outside of the cells.
    fn nearest(&self, x: f32) -> usize {
        let in_text = x >= self.text - self.advance * 0.5;
        let end = |c: usize| if in_text { self.character(c).1 } else { self.cell(c).1 };
        (0..self.columns).find(|&c| x < end(c)).unwrap_or(self.columns - 1)
    }
}

impl HexGrid {
    /// Brings a byte into view when the grid is next drawn.
    pub fn scroll_to(&mut self, offset: u64, align: Align) {
        self.pending = Some((offset, align));
    }

    /// Draws the grid into all the space there is. `fetch` fills the cells of a row that begins at an offset.
    pub fn show(&mut self, ui: &mut Ui, o: &HexView<'_>, mut fetch: impl FnMut(u64, &mut [ByteCell])) -> HexOutput {
        let t = Tokens::of(ui);
        let font = fonts::mono();
        let advance = advance(ui.painter(), &font);
        let columns = o.columns.max(1);
        let lay = Layout::new(columns, o.len, advance, o.text);
        let (outer, _) = ui.allocate_exact_size(ui.available_size(), eframe::egui::Sense::hover());
        let head = Rect::from_min_size(outer.min, vec2(outer.width(), theme::ROW_LIST));
        let body = Rect::from_min_max(pos2(outer.left(), head.bottom()), outer.max);
        if let Some((offset, align)) = self.pending.take() {
            self.rows.scroll_to(offset / columns as u64, align);
        }
        let rows = Rows {
            role: Role::Grid,
            horizontal_keys: true,
            marks: o.marks,
            bar_width: o.bar_width,
            content_width: lay.width,
            ..Rows::new(o.name, o.len.div_ceil(columns as u64), theme::ROW_LIST)
        };
        let mut cells = Vec::with_capacity(columns);
        let out = self.rows.show_in(ui, body, &rows, |ui, row, rect| {
            cells.clear();
            let start = row * columns as u64;
            let count = usize::try_from(o.len - start).unwrap_or(columns).min(columns);
            cells.resize(count, ByteCell::default());
            fetch(start, &mut cells);
            paint_row(ui.painter(), rect, &lay, o, (start, &cells), &font, t);
        });
        paint_header(
            &ui.painter_at(head),
            head,
            &lay,
            self.rows.x,
            o,
            out.hovered.is_some().then(|| out.response.hover_pos()).flatten(),
            t,
        );
        let origin = out.view.left() - self.rows.x;
        let offset_of = |row: u64, column: usize| Some(row * columns as u64 + column as u64).filter(|&at| at < o.len);
        let at = |p: Pos2| offset_of(self.rows.row_at(p.y, out.view, &rows)?, lay.column_at(p.x - origin)?);
        let hovered = out.response.hover_pos().and_then(at);
        let clicked = hovered.filter(|_| out.response.clicked());
        let double_clicked = hovered.filter(|_| out.response.double_clicked());
        if out.response.drag_started() {
            self.anchor = ui.input(|i| i.pointer.press_origin()).and_then(at);
        }
        let mut dragged = None;
        if let (Some(anchor), Some(p), true) =
            (self.anchor, out.response.interact_pointer_pos(), out.response.dragged())
        {
            let inside = pos2(p.x, p.y.clamp(out.view.top(), out.view.bottom() - 1.0));
            let row = self.rows.row_at(inside.y, out.view, &rows).unwrap_or(rows.rows.saturating_sub(1));
            let to = (row * columns as u64 + lay.nearest(p.x - origin) as u64).min(o.len.saturating_sub(1));
            dragged = Some(Span::new(anchor.min(to), anchor.max(to).saturating_add(1)));
            if p.y != inside.y {
                self.rows.scroll_by((p.y - inside.y) * 0.5, theme::ROW_LIST, rows.rows, out.view.height());
                ui.ctx().request_repaint();
            }
        }
        let moved = out.intent.and_then(|i| moved(i, o, columns as u64, ui.input(|i| i.modifiers.command)));
        if let Some(to) = moved {
            self.rows.scroll_to(to / columns as u64, Align::Nearest);
        }
        HexOutput {
            hovered,
            clicked,
            double_clicked,
            dragged,
            moved: moved.map(|to| (to, ui.input(|i| i.modifiers.shift))),
            activated: out.intent == Some(Intent::Activate),
            visible: Span::new(out.first * columns as u64, ((out.first + out.count) * columns as u64).min(o.len)),
            response: out.response,
        }
    }
}

/// Where a key takes the cursor.
fn moved(intent: Intent, o: &HexView<'_>, columns: u64, command: bool) -> Option<u64> {
    let last = o.len.checked_sub(1)?;
    let Some(at) = o.cursor else { return Some(0) };
    Some(match intent {
        Intent::Left => at.saturating_sub(1),
        Intent::Right => at.saturating_add(1).min(last),
        Intent::Move(rows) => {
            let to = i128::from(at) + i128::from(rows) * i128::from(columns);
            // past either end the column stays, as far as there is one
            if to < 0 { at % columns } else { u64::try_from(to).ok().filter(|&to| to <= last).unwrap_or(last) }
        }
        Intent::First if command => 0,
        Intent::Last if command => last,
        Intent::First => at - at % columns,
        Intent::Last => (at - at % columns + columns - 1).min(last),
        Intent::Activate | Intent::Toggle => return None,
    })
}

/// The width of one character, in points.
pub fn advance(painter: &Painter, font: &FontId) -> f32 {
    painter.layout_no_wrap("0".repeat(64), font.clone(), Color32::PLACEHOLDER).size().x / 64.0
}

fn paint_header(
    painter: &Painter,
    rect: Rect,
    lay: &Layout,
    x: f32,
    o: &HexView<'_>,
    pointer: Option<Pos2>,
    t: &Tokens,
) {
    painter.rect_filled(rect, 0.0, t.raised);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, t.line_stroke());
    let left = rect.left() - x;
    let under = pointer.and_then(|p| lay.column_at(p.x - left));
    for column in 0..lay.columns {
        let (from, _) = lay.cell(column);
        let color = if under == Some(column) { t.text_strong } else { t.text_soft };
        let at = pos2(left + from + lay.advance * 0.5, rect.center().y);
        painter.text(at, eframe::egui::Align2::LEFT_CENTER, format!("{column:02x}"), fonts::mono(), color);
    }
    painter.text(
        pos2(left + theme::GAP, rect.center().y),
        eframe::egui::Align2::LEFT_CENTER,
        "offset",
        fonts::small(),
        t.text_soft,
    );
    if o.text {
        let at = pos2(left + lay.text, rect.center().y);
        painter.text(at, eframe::egui::Align2::LEFT_CENTER, "text", fonts::small(), t.text_soft);
    }
}

fn paint_row(
    painter: &Painter,
    rect: Rect,
    lay: &Layout,
    o: &HexView<'_>,
    (start, cells): (u64, &[ByteCell]),
    font: &FontId,
    t: &Tokens,
) {
    let x = rect.left();
    let block = |(from, to): (f32, f32)| Rect::from_x_y_ranges(x + from..=x + to, rect.y_range());
    for (column, cell) in cells.iter().enumerate() {
        for place in [lay.cell(column), lay.character(column)].into_iter().take(1 + usize::from(o.text)) {
            if cell.ground != Color32::TRANSPARENT {
                painter.rect_filled(block(place), 0.0, cell.ground);
            }
            if cell.underline != Color32::TRANSPARENT {
                painter.hline(block(place).x_range(), rect.bottom() - 1.0, Stroke::new(1.5, cell.underline));
            }
        }
    }
    let zones: &[Zone] = if o.text { &[Layout::cell, Layout::character] } else { &[Layout::cell] };
    for zone in zones {
        if let Some(span) = o.selection {
            outline(painter, rect, lay, *zone, start, span, Some(t.selection), Stroke::new(1.0, t.accent));
        }
    }
    let cursor_cell = o.cursor.filter(|c| *c >= start && *c < start + cells.len() as u64);
    text(painter, rect, lay, o, (start, cells), font, t);
    for zone in zones {
        if let Some(span) = o.hovered {
            outline(painter, rect, lay, *zone, start, span, None, Stroke::new(1.0, t.text_soft));
        }
        if let Some(at) = cursor_cell {
            let place = block(zone(lay, (at - start) as usize));
            painter.rect_stroke(place.shrink(0.5), 1.0, Stroke::new(1.0, t.accent), eframe::egui::StrokeKind::Middle);
        }
    }
}

/// The digits, the characters and the offset of a row.
fn text(
    painter: &Painter,
    rect: Rect,
    lay: &Layout,
    o: &HexView<'_>,
    (start, cells): (u64, &[ByteCell]),
    font: &FontId,
    t: &Tokens,
) {
    let format = |color| TextFormat { font_id: font.clone(), color, ..TextFormat::default() };
    let ink = |c: &ByteCell| if c.ink == Color32::TRANSPARENT { t.text_normal } else { c.ink };
    let mut job = LayoutJob::default();
    let here = o.cursor.is_some_and(|c| c >= start && c < start + cells.len() as u64);
    let digits = format!("{start:0width$x}", width = lay.digits);
    job.append(&digits, 0.0, format(if here { t.text_strong } else { t.text_soft }));
    job.append("  ", 0.0, format(t.text_soft));
    for (column, cell) in cells.iter().enumerate() {
        if column > 0 {
            job.append(if column % GROUP == 0 { "  " } else { " " }, 0.0, format(t.text_soft));
        }
        match cell.byte {
            Some(byte) => job.append(
                HEX.get(usize::from(byte) * 2..usize::from(byte) * 2 + 2).unwrap_or(".."),
                0.0,
                format(ink(cell)),
            ),
            None => job.append("--", 0.0, format(t.faint)),
        }
    }
    let paint = |job: LayoutJob, x: f32| {
        let galley = painter.layout_job(job);
        let y = eframe::egui::emath::GuiRounding::round_to_pixels(
            rect.center().y - galley.size().y * 0.5,
            painter.pixels_per_point(),
        );
        painter.galley(pos2(x, y), galley, t.text_normal);
    };
    paint(job, rect.left() + theme::GAP);
    if o.text {
        let mut job = LayoutJob::default();
        for cell in cells {
            let mut buffer = [0; 4];
            match cell.byte {
                Some(b) if (0x20..0x7f).contains(&b) => {
                    job.append(char::from(b).encode_utf8(&mut buffer), 0.0, format(ink(cell)))
                }
                Some(_) => job.append("·", 0.0, format(t.faint)),
                None => job.append(" ", 0.0, format(t.faint)),
            }
        }
        paint(job, rect.left() + lay.text);
    }
}

/// The digits of all bytes, two for each.
static HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\
202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\
404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\
606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f\
808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f\
a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf\
c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf\
e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

/// The columns of a span in the row that begins at `start`.
fn columns_of(span: Span, start: u64, columns: usize) -> Option<(usize, usize)> {
    let row = span.meet(Span::at(start, columns as u64));
    (!row.is_empty()).then(|| ((row.start - start) as usize, (row.end - start) as usize))
}

/// Fills and outlines what one row shows of a span, without lines between its rows.
#[expect(clippy::too_many_arguments, reason = "all of it is one drawing")]
fn outline(
    painter: &Painter,
    rect: Rect,
    lay: &Layout,
    zone: Zone,
    start: u64,
    span: Span,
    fill: Option<Color32>,
    stroke: Stroke,
) {
    let Some((c0, c1)) = columns_of(span, start, lay.columns) else { return };
    let edge = |from: usize, to: usize| (rect.left() + zone(lay, from).0, rect.left() + zone(lay, to - 1).1);
    let (x0, x1) = edge(c0, c1);
    if let Some(fill) = fill {
        painter.rect_filled(Rect::from_x_y_ranges(x0..=x1, rect.y_range()), 0.0, fill);
    }
    let (x0, x1) = (painter.round_to_pixel_center(x0), painter.round_to_pixel_center(x1));
    painter.vline(x0, rect.y_range(), stroke);
    painter.vline(x1, rect.y_range(), stroke);
    let n = lay.columns as u64;
    let above = start.checked_sub(n).and_then(|s| columns_of(span, s, lay.columns));
    let below = start.checked_add(n).and_then(|s| columns_of(span, s, lay.columns));
    for (next, y) in [(above, rect.top() + 0.5), (below, rect.bottom() - 0.5)] {
        let (n0, n1) = next.unwrap_or((c1, c1));
        for (from, to) in [(c0, n0.clamp(c0, c1)), (n1.clamp(c0, c1), c1)] {
            if from < to {
                let (a, b) = edge(from, to);
                painter.hline(a..=b, y, stroke);
            }
            if next.is_none() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use eframe::egui::{self, Key, Modifiers};
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn the_digits_of_every_byte_stand_where_they_are_looked_up() {
        for byte in 0..=255usize {
            assert_eq!(&HEX[byte * 2..byte * 2 + 2], format!("{byte:02x}"));
        }
    }

    #[test]
    fn keys_move_the_cursor_and_stay_inside() {
        let view = |cursor| HexView { cursor: Some(cursor), ..HexView::new("x", 100) };
        let go = |intent, cursor, command| moved(intent, &view(cursor), 16, command);
        assert_eq!(go(Intent::Right, 99, false), Some(99));
        assert_eq!(go(Intent::Left, 0, false), Some(0));
        assert_eq!(go(Intent::Move(1), 20, false), Some(36));
        assert_eq!(go(Intent::Move(-9), 20, false), Some(4));
        assert_eq!(go(Intent::Move(9), 20, false), Some(99));
        assert_eq!(go(Intent::Last, 20, false), Some(31));
        assert_eq!(go(Intent::First, 20, false), Some(16));
        assert_eq!(go(Intent::Last, 20, true), Some(99));
        assert_eq!(moved(Intent::Right, &HexView::new("x", 0), 16, false), None);
    }

    #[test]
    fn every_column_is_found_where_it_is_drawn() {
        let lay = Layout::new(32, 1 << 40, 7.5, true);
        for c in 0..32 {
            for (from, to) in [lay.cell(c), lay.character(c)] {
                assert_eq!(lay.column_at((from + to) * 0.5), Some(c));
                assert_eq!(lay.nearest((from + to) * 0.5), c);
            }
        }
        assert_eq!(lay.column_at(3.0), None);
    }

    struct State {
        grid: HexGrid,
        asked: Vec<u64>,
        clicked: Option<u64>,
        dragged: Option<Span>,
        moved: Option<(u64, bool)>,
    }

    fn app(ui: &mut Ui, s: &mut State) {
        s.asked.clear();
        let view = HexView {
            cursor: s.clicked,
            selection: s.dragged,
            hovered: Some(Span::new(5, 70)),
            ..HexView::new("bytes", 1 << 40)
        };
        let State { grid, asked, .. } = s;
        let out = grid.show(ui, &view, |offset, cells| {
            asked.push(offset);
            for (i, cell) in cells.iter_mut().enumerate() {
                cell.byte = Some((offset as usize + i) as u8);
            }
        });
        s.clicked = out.clicked.or(s.clicked);
        s.dragged = out.dragged.or(s.dragged);
        s.moved = out.moved.or(s.moved);
    }

    #[test]
    fn clicks_drags_and_keys_give_offsets() {
        let state = State { grid: HexGrid::default(), asked: vec![], clicked: None, dragged: None, moved: None };
        let mut h = harness([700.0, 200.0], state, app);
        h.run();
        assert!(h.state().asked.len() <= 12);
        let rect = h.get_by_label("bytes").rect();
        let lay = Layout::new(16, 1 << 40, 7.5, true);
        let at = |row: usize, c: usize| {
            rect.min + vec2((lay.cell(c).0 + lay.cell(c).1) * 0.5, row as f32 * theme::ROW_LIST + 9.0)
        };
        let press = |h: &mut egui_kittest::Harness<'_, State>, pos: Pos2, pressed: bool| {
            h.event(egui::Event::PointerMoved(pos));
            h.event(egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
            h.step();
        };
        press(&mut h, at(1, 3), true);
        press(&mut h, at(1, 3), false);
        assert_eq!(h.state().clicked, Some(19));
        h.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
        h.run();
        assert_eq!(h.state().moved, Some((35, true)));
        press(&mut h, at(2, 15), true);
        h.event(egui::Event::PointerMoved(at(1, 4)));
        h.run();
        press(&mut h, at(1, 2), false);
        assert_eq!(h.state().dragged, Some(Span::new(18, 48)), "from the first byte to the last, backwards");
        h.state_mut().grid.scroll_to((1 << 40) - 1, Align::Nearest);
        h.run();
        assert_eq!(h.state().asked.last(), Some(&((1 << 40) - 16)));
    }
}
