//! The elements of an array in rows and columns, of any shape and type; only the visible cells are read.
//! Must never hold elements from frame to frame.

mod around;
mod cells;
pub(super) mod format;
#[cfg(test)]
mod window_tests;

use super::slicing::Slicing;
use crate::session::Action;
use crate::tensor::{Array, Kind, Scalar, Unit};
use crate::ui::widgets::{elide, lazy_rows, scroll_bar};
use crate::ui::{Tokens, theme};
use cells::Cells;
use eframe::egui::{self, Event, FontId, Rect, Sense, TextStyle, Ui, pos2, vec2};
use format::NumberFormat;
use lazy_rows::{Align, Intent, LazyRows, Rows};

/// Row and column of a cell.
pub type Cell = (u64, u64);

/// What a table shows: a plane of an array, the fields of a structured one, or named columns.
pub struct Grid<'a> {
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub cols: u64,
    /// A column's title.
    pub title: &'a dyn Fn(u64) -> String,
    /// A row's title.
    pub row_title: &'a dyn Fn(u64) -> String,
    /// The element of a cell; text cells are [`Scalar::Str`].
    pub cell: &'a dyn Fn(u64, u64) -> Scalar,
    /// Characters that a cell of a column should have room for.
    pub chars: &'a dyn Fn(u64) -> usize,
    /// The values of a column that are shaded least and most.
    pub shade: &'a dyn Fn(u64) -> Option<(f64, f64)>,
}

/// Where a cell lies, for the line below the table.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its index as Python writes it.
    pub index: String,
    /// Its first byte.
    pub offset: Option<u64>,
    /// Its bytes, where they are few.
    pub bytes: Vec<u8>,
}

/// Positions and choices of a table.
#[derive(Default)]
pub struct TableView {
    rows: LazyRows,
    /// First visible column.
    col: u64,
    grab: f32,
    /// How numbers are written, as typed; the last one that spelt a format.
    spelt: String,
    format: NumberFormat,
    /// Cells are shaded by value.
    pub shaded: bool,
    go_to: String,
    /// What was typed is nowhere.
    lost: bool,
    cells: Option<Cells>,
    shown_cell: Option<Cell>,
    /// The sum of the chosen cells, so that it is worked out once.
    sum: Option<(Cells, cells::Sum)>,
}

/// A field of a structured array that is a column, or the element.
fn cell_of(array: &Array, columns: &[Option<Array>], index: &[u64], col: u64) -> Scalar {
    let nth = usize::try_from(col).unwrap_or(usize::MAX);
    match columns.get(nth).and_then(Option::as_ref) {
        // a field that is an array of its own is shown whole
        Some(c) if c.ndim() == array.ndim() => c.value(index),
        _ => match array.value(index) {
            Scalar::Struct(parts) => parts.into_iter().nth(nth).map_or(Scalar::Missing, |(_, v)| v),
            other => other,
        },
    }
}

/// A cell of an array that was chosen.
pub struct Chosen {
    /// The element's index.
    pub index: Vec<u64>,
    /// The bytes of the field, where the cell is a field of the element.
    pub field: Option<crate::source::Span>,
}

impl TableView {
    /// The controls above the table, and the table of an array. `range` gives the least and the greatest number of the
    /// array or of its field of that name. Returns what was chosen.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        array: &Array,
        slicing: &mut Slicing,
        selected: Option<&[u64]>,
        range: &dyn Fn(Option<&str>) -> Option<(f64, f64)>,
        out: &mut Vec<Action>,
    ) -> Option<Chosen> {
        let fields: Vec<String> = array.dtype.fields().iter().map(|f| f.name.clone()).collect();
        let by_field = !fields.is_empty() && array.ndim() <= 1;
        let columns: Vec<Option<Array>> =
            if by_field { fields.iter().map(|f| array.field(f).ok()).collect() } else { Vec::new() };
        let (rows, cols) = match array.ndim() {
            0 => (1, if by_field { fields.len() as u64 } else { 1 }),
            1 => (array.len(), if by_field { fields.len() as u64 } else { 1 }),
            _ => {
                let n = |a: usize| array.shape().get(a).copied().unwrap_or(0);
                (n(slicing.row), n(slicing.col))
            }
        };
        let zero_d = array.ndim() == 0;
        let index =
            |row: u64, col: u64| if zero_d { Vec::new() } else { slicing.index(row, if by_field { 0 } else { col }) };
        let cell = |row: u64, col: u64| {
            if by_field { cell_of(array, &columns, &index(row, 0), col) } else { array.value(&index(row, col)) }
        };
        let format = self.format;
        let name = |col: u64| usize::try_from(col).ok().and_then(|c| fields.get(c)).filter(|_| by_field);
        let chars = |col: u64| {
            let field = name(col).and_then(|n| array.dtype.field(n)).map(|f| &f.dtype);
            let dtype = if by_field { field } else { Some(&array.dtype) };
            dtype.map_or(12, |d| width_of(&d.kind, d.item_size, format))
        };
        let title = |col: u64| match name(col) {
            Some(name) => name.clone(),
            None if array.ndim() < 2 => "value".to_owned(),
            None => col.to_string(),
        };
        let row_title = |row: u64| if zero_d { "()".to_owned() } else { row.to_string() };
        let shaded = self.shaded;
        let shade = |col: u64| if shaded { range(name(col).map(String::as_str)) } else { None };
        let current = selected.and_then(|i| {
            let row = if zero_d { 0 } else { *i.get(slicing.row)? };
            // the column of a field is only known here
            let field = self.cells.filter(|c| by_field && c.focus.0 == row).map_or(0, |c| c.focus.1);
            let col = if array.ndim() < 2 { field } else { *i.get(slicing.col)? };
            Some((row, col))
        });
        let go_to = self.controls(ui, array.shape(), true, out);
        let grid = Grid { rows, cols, title: &title, row_title: &row_title, cell: &cell, chars: &chars, shade: &shade };
        let done = self.grid(ui, &grid, current, out);
        let field_bytes = |row: u64, col: u64| {
            let c = columns.get(usize::try_from(col).ok()?)?.as_ref().filter(|c| c.ndim() == array.ndim())?;
            c.byte_span_of(&index(row, 0))
        };
        self.line(ui, &grid, &|row, col| {
            let at = index(row, col);
            let written: Vec<String> = at.iter().map(u64::to_string).collect();
            let field = name(col).map_or_else(String::new, |n| format!("[{}]", crate::ops::pyrepr::text_repr(n)));
            let span = field_bytes(row, col).or_else(|| array.byte_span_of(&at));
            Place {
                index: format!("[{}]{field}", written.join(", ")),
                offset: span.map(|s| s.start),
                bytes: if by_field { Vec::new() } else { array.raw(&at).unwrap_or_default() },
            }
        });
        if let Some(index) = go_to {
            slicing.show_element(&index);
            return Some(Chosen { index, field: None });
        }
        done.map(|(r, c)| Chosen { index: index(r, c), field: field_bytes(r, c) })
    }

    /// A table of any cells. Returns the cell that was selected.
    pub fn grid(&mut self, ui: &mut Ui, grid: &Grid<'_>, current: Option<Cell>, out: &mut Vec<Action>) -> Option<Cell> {
        let mut selected = None;
        let t = Tokens::of(ui);
        let mono = TextStyle::Monospace.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let digit = ui.ctx().fonts_mut(|f| f.glyph_width(&mono, '0'));
        let pad = theme::GAP;
        let last_row = (grid.row_title)(grid.rows.saturating_sub(1));
        let index_width = (last_row.chars().count().max(3) as f32) * digit + 2.0 * pad;
        let size = (ui.available_size() - vec2(0.0, LINE)).max(vec2(40.0, 40.0));
        let (outer, _) = ui.allocate_exact_size(size, Sense::hover());
        crate::ui::capture::offer(ui, outer);
        let empty = grid.rows == 0 || grid.cols == 0;
        if empty {
            let text = format!("No elements: {} rows, {} columns", grid.rows, grid.cols);
            let font = TextStyle::Body.resolve(ui.style());
            ui.painter().text(outer.center(), egui::Align2::CENTER_CENTER, text, font, t.text_soft);
        }
        if grid.cols == 0 {
            return None;
        }
        // the columns that fit, from the first visible one on
        self.col = self.col.min(grid.cols - 1);
        let room = outer.width() - index_width - theme::SCROLL_BAR;
        let width = |col: u64| {
            let title = (grid.title)(col).chars().count().min(40);
            ((grid.chars)(col).max(title).max(4) as f32) * digit + 2.0 * pad
        };
        if current != self.shown_cell {
            self.shown_cell = current;
            if let Some((row, col)) = current {
                if self.cells.is_none_or(|c| c.focus != (row, col)) {
                    self.cells = Some(Cells::one((row, col)));
                }
                self.rows.scroll_to(row, Align::Nearest);
                let mut first = col;
                let mut used = width(col);
                while first > 0 && used + width(first - 1) <= room {
                    first -= 1;
                    used += width(first);
                }
                if col < self.col {
                    self.col = col;
                } else if self.col < first {
                    self.col = first;
                }
            } else {
                self.cells = None;
            }
        }
        let mut columns: Vec<(u64, f32, f32)> = Vec::new();
        let mut x = index_width;
        let mut col = self.col;
        while col < grid.cols && x < outer.width() {
            let w = width(col);
            columns.push((col, x, w));
            x += w;
            col += 1;
        }
        let whole = columns.iter().filter(|(_, x, w)| x + w <= outer.width() - theme::SCROLL_BAR).count().max(1) as u64;
        let scrolls_across = self.col > 0 || (columns.len() as u64) > whole || col < grid.cols;

        let head_height = theme::ROW_TREE;
        let bottom = if scrolls_across { theme::SCROLL_BAR } else { 0.0 };
        let head = Rect::from_min_size(outer.min, vec2(outer.width(), head_height));
        let body = Rect::from_min_max(pos2(outer.left(), head.bottom()), pos2(outer.right(), outer.bottom() - bottom));
        ui.painter().rect_filled(head, 0.0, t.raised);
        let clip = ui.painter_at(head);
        for &(c, x, w) in &columns {
            let r = Rect::from_min_size(pos2(outer.left() + x, head.top()), vec2(w, head_height));
            let line = elide::middle(&clip, &(grid.title)(c), &small, w - 2.0 * pad);
            let chosen = self.cells.is_some_and(|k| (k.sides()[2]..=k.sides()[3]).contains(&c));
            line.paint_right(
                &clip,
                r.right_center() - vec2(pad, 0.0),
                if chosen { t.text_strong } else { t.text_soft },
            );
        }
        if empty {
            // the titles of a table without rows are what is known of it
            return None;
        }
        let mut under = None;
        let list = Rows {
            role: egui::Role::Table,
            horizontal_keys: true,
            ..Rows::new("Elements", grid.rows, theme::ROW_LIST)
        };
        let left = outer.left();
        let pointer = ui.input(|i| i.pointer.hover_pos());
        let shades: Vec<Option<(f64, f64)>> = columns.iter().map(|(c, _, _)| (grid.shade)(*c)).collect();
        let (format, chosen) = (self.format, self.cells);
        let shown = self.rows.show_in(ui, body, &list, |ui, row, rect| {
            let painter = ui.painter();
            for (&(c, x, w), shade) in columns.iter().zip(&shades) {
                let r = Rect::from_min_size(pos2(left + x, rect.top()), vec2(w, rect.height()));
                let v = (grid.cell)(row, c);
                let mark = chosen.filter(|k| k.contains((row, c))).map(|k| k.focus == (row, c));
                cell_ground(painter, r, *shade, &v, mark, t);
                if pointer.is_some_and(|p| r.contains(p)) {
                    under = Some((row, c));
                }
                let text = format.text(&v);
                let color = match v {
                    Scalar::Missing | Scalar::Cut(..) => t.error,
                    Scalar::Masked => t.text_soft,
                    _ if text == "nan" || text == "NaT" => t.warning,
                    _ => t.text_normal,
                };
                let line = elide::middle(painter, &text, &mono, w - 2.0 * pad);
                line.paint_right(painter, r.right_center() - vec2(pad, 0.0), color);
            }
            let r = Rect::from_min_size(pos2(left, rect.top()), vec2(index_width, rect.height()));
            ui.painter().rect_filled(r, 0.0, t.raised);
            let of_chosen = chosen.is_some_and(|k| (k.sides()[0]..=k.sides()[1]).contains(&row));
            let color = if of_chosen { t.text_strong } else { t.text_soft };
            index_text(ui, r.shrink2(vec2(pad, 0.0)), &(grid.row_title)(row), &mono, color);
        });
        let shift = ui.input(|i| i.modifiers.shift);
        let (down, pressed) = ui.input(|i| (i.pointer.primary_down(), i.pointer.primary_pressed()));
        if let Some(cell) = under.filter(|_| shown.response.is_pointer_button_down_on() && down) {
            match &mut self.cells {
                Some(k) if !pressed || shift => k.focus = cell,
                k => *k = Some(Cells::one(cell)),
            }
        }
        if let Some(cell) = under.filter(|_| shown.response.clicked()) {
            // pressed and released between two frames
            match &mut self.cells {
                Some(k) if shift || k.focus == cell => k.focus = cell,
                k => *k = Some(Cells::one(cell)),
            }
        }
        let let_go = shown.response.drag_stopped() || shown.response.clicked();
        if let Some(k) = self.cells.filter(|_| let_go && ui.input(|i| i.pointer.primary_released())) {
            selected = Some(k.focus);
        }
        if let Some(intent) = shown.intent {
            let (row, col) = self.cells.map_or((0, 0), |k| k.focus);
            let to = match intent {
                Intent::Left => Some((row, col.saturating_sub(1))),
                Intent::Right => Some((row, (col + 1).min(grid.cols - 1))),
                other => other.target(Some(row), grid.rows).map(|r| (r, col)),
            };
            if let Some(to) = to {
                match &mut self.cells {
                    Some(k) if shift => k.focus = to,
                    k => *k = Some(Cells::one(to)),
                }
                selected = Some(to);
            }
        }
        if shown.response.contains_pointer() {
            let dx = ui.input(|i| i.smooth_scroll_delta().x);
            let steps = (dx / (digit * 10.0)).round();
            if steps != 0.0 {
                self.col = self.col.saturating_add_signed(-(steps as i64)).min(grid.cols - 1);
            }
        }
        if scrolls_across {
            let rect = Rect::from_min_max(
                pos2(outer.left() + index_width, outer.bottom() - bottom),
                outer.max - vec2(theme::SCROLL_BAR, 0.0),
            );
            let bar = scroll_bar::Bar {
                rect,
                vertical: false,
                total: grid.cols as f64,
                seen: whole as f64,
                at: self.col as f64,
                name: "Columns",
            };
            if let Some(to) = bar.show(ui, ui.scope_id().with("columns"), &[], &mut self.grab) {
                self.col = (to.round() as u64).min(grid.cols - 1);
            }
        }
        if shown.response.has_focus() && self.cells.is_some() {
            crate::ui::keys::copies_itself(ui.ctx());
            if ui.input(|i| i.events.iter().any(|e| matches!(e, Event::Copy))) {
                self.copy(grid, self.cells, false, out);
            }
        }
        shown.response.context_menu(|ui| {
            let whole = |r0, r1, c0, c1| Some(Cells { anchor: (r0, c0), focus: (r1, c1) });
            let (rows, cols) = (grid.rows - 1, grid.cols - 1);
            let sides = self.cells.map(|k| k.sides());
            let entries = [
                ("Copy the selected cells", self.cells, false),
                ("Copy the selected cells with titles", self.cells, true),
                ("Copy the selected rows", sides.and_then(|[r0, r1, _, _]| whole(r0, r1, 0, cols)), true),
                ("Copy the selected columns", sides.and_then(|[_, _, c0, c1]| whole(0, rows, c0, c1)), true),
                ("Copy the whole table", whole(0, rows, 0, cols), true),
            ];
            for (name, cells, titles) in entries {
                let fits = cells.is_some_and(|k| k.count() <= cells::COPIED);
                let button = ui.add_enabled(fits, egui::Button::new(name));
                if button
                    .on_disabled_hover_text("Nothing is selected, or more than a million cells: export CSV")
                    .clicked()
                {
                    self.copy(grid, cells, titles, out);
                }
            }
        });
        selected
    }
}

/// Height of the line below.
const LINE: f32 = 22.0;

fn index_text(ui: &Ui, r: Rect, text: &str, font: &FontId, color: egui::Color32) {
    let line = elide::middle(ui.painter(), text, font, r.width());
    line.paint_right(ui.painter(), r.right_center(), color);
}

fn cell_ground(
    painter: &egui::Painter,
    r: Rect,
    shade: Option<(f64, f64)>,
    v: &Scalar,
    mark: Option<bool>,
    t: &Tokens,
) {
    if let (Some((lo, hi)), Some(x)) = (shade, v.to_f64())
        && x.is_finite()
        && hi > lo
    {
        let k = ((x - lo) / (hi - lo)).clamp(0.0, 1.0) as f32;
        painter.rect_filled(r.shrink(0.5), 0.0, t.note.gamma_multiply(0.05 + 0.45 * k));
    }
    if let Some(focus) = mark {
        painter.rect_filled(r, 0.0, t.selection);
        if focus {
            painter.rect_stroke(r.shrink(0.5), 2.0, egui::Stroke::new(1.0, t.accent), egui::StrokeKind::Inside);
        }
    }
}

/// Characters that an element of this kind is given.
pub(super) fn width_of(kind: &Kind, size: u64, format: NumberFormat) -> usize {
    let small = usize::try_from(size).unwrap_or(usize::MAX);
    let number = |n: usize| format.room().unwrap_or(n).max(if format.is_bits() { (small * 8 + 3).min(24) } else { 0 });
    match kind {
        Kind::Bool => 6,
        Kind::Int | Kind::UInt => number(match size {
            1 => 5,
            2 => 7,
            4 => 14,
            // no digit of what is exact is left out
            _ => 21,
        }),
        Kind::Float => number(match size {
            2 => 10,
            4 => 15,
            _ => 24,
        }),
        Kind::LongDouble(_) => number(29),
        Kind::Bytes | Kind::Void => small.saturating_add(3).clamp(8, 40),
        Kind::Unicode => (small / 4).saturating_add(2).clamp(8, 40),
        Kind::Datetime(tick) => match tick.unit {
            Unit::Nano => 30,
            Unit::Micro => 27,
            Unit::Pico | Unit::Femto | Unit::Atto => 38,
            _ => 24,
        },
        Kind::Timedelta(_) => 24,
        Kind::Complex => 2 * (if size <= 8 { 14 } else { 24 }) + 3,
        _ => 26,
    }
}

/// The index that a user wrote: numbers separated by anything, negative ones from the end. `None` where it is not there.
fn parse_index(text: &str, shape: &[u64]) -> Option<Vec<u64>> {
    let parts: Vec<i128> = text
        .split(|c: char| !(c.is_ascii_digit() || c == '-'))
        .filter(|s| !s.is_empty())
        .map(|s| s.parse().ok())
        .collect::<Option<_>>()?;
    if parts.len() != shape.len() {
        return None;
    }
    let place = |(i, n): (i128, &u64)| {
        let at = if i < 0 { i + i128::from(*n) } else { i };
        u64::try_from(at).ok().filter(|a| a < n)
    };
    parts.into_iter().zip(shape).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_as_people_write_it() {
        assert_eq!(parse_index("3, 4", &[10, 10]), Some(vec![3, 4]));
        assert_eq!(parse_index("[-1, 0]", &[10, 10]), Some(vec![9, 0]));
        assert_eq!(parse_index("10, 0", &[10, 10]), None);
        assert_eq!(parse_index("1", &[10, 10]), None);
    }
}
