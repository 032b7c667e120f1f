//! The elements of an array in rows and columns, of any shape and type; only the visible cells are read.
//! Must never hold elements from frame to frame.

use super::slicing::Slicing;
use crate::tensor::{Array, Kind, Scalar};
use crate::ui::widgets::{elide, lazy_rows, scroll_bar};
use crate::ui::{Tokens, theme};
use eframe::egui::{self, FontId, Key, Rect, Sense, TextStyle, Ui, pos2, vec2};
use lazy_rows::{Align, Intent, LazyRows, Rows};

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberFormat {
    /// As Python writes them, no digit left out.
    #[default]
    Exact,
    /// So many digits after the point.
    Fixed(u8),
    /// Scientific, with so many digits after the point.
    Scientific(u8),
    /// Integers in hex, floats as their bits.
    Hex,
}

impl NumberFormat {
    const CHOICES: &[(Self, &str)] = &[
        (Self::Exact, "exact"),
        (Self::Fixed(2), "0.00"),
        (Self::Fixed(4), "0.0000"),
        (Self::Scientific(3), "1.000e0"),
        (Self::Hex, "hex"),
    ];

    /// An element as text.
    pub fn text(self, v: &Scalar) -> String {
        match self {
            Self::Exact => v.text(),
            Self::Hex => match v {
                Scalar::Int(i) if *i >= 0 => format!("{i:#x}"),
                Scalar::Int(i) => format!("-{:#x}", i.unsigned_abs()),
                Scalar::UInt(u) => format!("{u:#x}"),
                Scalar::F32(f) => format!("{:#010x}", f.to_bits()),
                Scalar::F64(f) => format!("{:#018x}", f.to_bits()),
                other => other.text(),
            },
            Self::Fixed(_) | Self::Scientific(_) => match (v, v.to_f64()) {
                (Scalar::F16(_) | Scalar::BF16(_) | Scalar::F32(_) | Scalar::F64(_) | Scalar::Long(_), Some(f))
                    if f.is_finite() =>
                {
                    match self {
                        Self::Fixed(n) => format!("{f:.*}", usize::from(n)),
                        Self::Scientific(n) => format!("{f:.*e}", usize::from(n)),
                        Self::Exact | Self::Hex => v.text(),
                    }
                }
                _ => v.text(),
            },
        }
    }
}

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
    /// Cells shaded from the first to the second value.
    pub shade: Option<(f64, f64)>,
}

/// What was done to a table.
#[derive(Debug, Default)]
pub struct GridOutput {
    /// The cell that was selected.
    pub selected: Option<(u64, u64)>,
}

/// Positions and choices of a table.
#[derive(Default)]
pub struct TableView {
    rows: LazyRows,
    /// First visible column.
    col: u64,
    grab: f32,
    /// How numbers are written.
    pub format: NumberFormat,
    /// Whether cells are shaded by value.
    pub shaded: bool,
    go_to: String,
    shown_cell: Option<(u64, u64)>,
}

/// Rows that one copy takes at most.
const COPY_ROWS: u64 = 10_000;

impl TableView {
    /// The controls above the table, and the table of an array. Returns the index of an element that was selected.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        array: &Array,
        slicing: &mut Slicing,
        selected: Option<&[u64]>,
        range: Option<(f64, f64)>,
    ) -> Option<Vec<u64>> {
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
            if by_field {
                let column = usize::try_from(col).ok().and_then(|c| columns.get(c)).and_then(Option::as_ref);
                return match column {
                    // a field that is an array of its own is shown whole
                    Some(c) if c.ndim() == array.ndim() => c.value(&index(row, 0)),
                    _ => match array.value(&index(row, 0)) {
                        Scalar::Struct(parts) => usize::try_from(col)
                            .ok()
                            .and_then(|c| parts.get(c).map(|(_, v)| v.clone()))
                            .unwrap_or(Scalar::Missing),
                        other => other,
                    },
                };
            }
            array.value(&index(row, col))
        };
        let format = self.format;
        let chars = |col: u64| {
            let dtype = if by_field {
                usize::try_from(col).ok().and_then(|c| array.dtype.fields().get(c)).map(|f| &f.dtype)
            } else {
                Some(&array.dtype)
            };
            dtype.map_or(12, |d| width_of(&d.kind, d.item_size, format))
        };
        let title = |col: u64| {
            if by_field {
                usize::try_from(col).ok().and_then(|c| fields.get(c)).cloned().unwrap_or_default()
            } else if array.ndim() < 2 {
                "value".to_owned()
            } else {
                col.to_string()
            }
        };
        let row_title = |row: u64| if zero_d { "()".to_owned() } else { row.to_string() };
        let shade = range.filter(|_| self.shaded && !by_field);
        let current = selected.and_then(|i| {
            let row = if zero_d { 0 } else { *i.get(slicing.row)? };
            let col = if array.ndim() < 2 { 0 } else { *i.get(slicing.col)? };
            Some((row, col))
        });
        let go_to = self.controls(ui, array, range.is_some() && !by_field);
        let grid = Grid { rows, cols, title: &title, row_title: &row_title, cell: &cell, chars: &chars, shade };
        let done = self.grid(ui, &grid, current);
        if let Some(index) = go_to {
            return Some(index);
        }
        done.selected.map(|(r, c)| index(r, c))
    }

    fn controls(&mut self, ui: &mut Ui, array: &Array, can_shade: bool) -> Option<Vec<u64>> {
        let mut found = None;
        ui.horizontal(|ui| {
            ui.add_space(10.0);
            let label = ui.label(egui::RichText::new("Numbers").small());
            let now = NumberFormat::CHOICES.iter().find(|(f, _)| *f == self.format).map_or("exact", |(_, n)| n);
            let combo = egui::ComboBox::from_id_salt("number format").selected_text(now).width(84.0);
            let shown = combo.show_ui(ui, |ui| {
                for (f, name) in NumberFormat::CHOICES {
                    ui.selectable_value(&mut self.format, *f, *name);
                }
            });
            shown.response.labelled_by(label.id);
            if can_shade {
                ui.checkbox(&mut self.shaded, "Shade by value");
            }
            if array.ndim() > 0 {
                let label = ui.label(egui::RichText::new("Go to index").small());
                let hint = vec!["0"; array.ndim()].join(", ");
                let edit = egui::TextEdit::singleline(&mut self.go_to).hint_text(hint).desired_width(90.0);
                let field = ui.add(edit).labelled_by(label.id);
                if field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
                    found = parse_index(&self.go_to, array.shape());
                }
            }
        });
        found
    }

    /// A table of any cells.
    pub fn grid(&mut self, ui: &mut Ui, grid: &Grid<'_>, current: Option<(u64, u64)>) -> GridOutput {
        let mut out = GridOutput::default();
        let t = Tokens::of(ui);
        let mono = TextStyle::Monospace.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let digit = ui.ctx().fonts_mut(|f| f.glyph_width(&mono, '0'));
        let pad = theme::GAP;
        let last_row = (grid.row_title)(grid.rows.saturating_sub(1));
        let index_width = (last_row.chars().count().max(3) as f32) * digit + 2.0 * pad;
        let (outer, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        if grid.rows == 0 || grid.cols == 0 {
            let text = format!("No elements: {} rows, {} columns", grid.rows, grid.cols);
            ui.painter().text(
                outer.center(),
                egui::Align2::CENTER_CENTER,
                text,
                TextStyle::Body.resolve(ui.style()),
                t.text_soft,
            );
            return out;
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
            line.paint_right(&clip, r.right_center() - vec2(pad, 0.0), t.text_soft);
        }
        let mut clicked = None;
        let list = Rows {
            role: egui::Role::Table,
            horizontal_keys: true,
            ..Rows::new("Elements", grid.rows, theme::ROW_LIST)
        };
        let left = outer.left();
        let pointer = ui.input(|i| i.pointer.hover_pos());
        let (shade, current_cell) = (grid.shade, current);
        let shown = self.rows.show_in(ui, body, &list, |ui, row, rect| {
            let painter = ui.painter();
            for &(c, x, w) in &columns {
                let r = Rect::from_min_size(pos2(left + x, rect.top()), vec2(w, rect.height()));
                let v = (grid.cell)(row, c);
                cell_ground(painter, r, shade, &v, current_cell == Some((row, c)), t);
                if pointer.is_some_and(|p| r.contains(p)) {
                    clicked = Some((row, c));
                }
                let text = self.format.text(&v);
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
            index_text(ui, r.shrink2(vec2(pad, 0.0)), &(grid.row_title)(row), &mono, t);
        });
        if shown.clicked().is_some() {
            out.selected = clicked;
        }
        if let Some(intent) = shown.intent {
            let (row, col) = current.unwrap_or((0, 0));
            out.selected = match intent {
                Intent::Left => Some((row, col.saturating_sub(1))),
                Intent::Right => Some((row, (col + 1).min(grid.cols - 1))),
                other => other.target(Some(row), grid.rows).map(|r| (r, col)),
            };
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
        shown.response.context_menu(|ui| {
            if ui.button("Copy this row as TSV").clicked() {
                let row = current.map_or(shown.first, |(r, _)| r);
                ui.copy_text(self.tsv(grid, row..row + 1));
            }
            if ui.button("Copy all columns as TSV").clicked() {
                ui.copy_text(self.tsv(grid, 0..grid.rows.min(COPY_ROWS)));
            }
        });
        out
    }

    /// Rows as tab-separated values, with a line of titles.
    fn tsv(&self, grid: &Grid<'_>, rows: std::ops::Range<u64>) -> String {
        let cols = grid.cols.min(COPY_ROWS);
        let mut text = String::from("index");
        for c in 0..cols {
            text.push('\t');
            text.push_str(&(grid.title)(c));
        }
        for r in rows {
            text.push('\n');
            text.push_str(&(grid.row_title)(r));
            for c in 0..cols {
                text.push('\t');
                text.push_str(&self.format.text(&(grid.cell)(r, c)).replace(['\t', '\n', '\r'], " "));
            }
        }
        text
    }
}

fn index_text(ui: &Ui, r: Rect, text: &str, font: &FontId, t: &Tokens) {
    let line = elide::middle(ui.painter(), text, font, r.width());
    line.paint_right(ui.painter(), r.right_center(), t.text_soft);
}

fn cell_ground(painter: &egui::Painter, r: Rect, shade: Option<(f64, f64)>, v: &Scalar, selected: bool, t: &Tokens) {
    if let (Some((lo, hi)), Some(x)) = (shade, v.to_f64())
        && x.is_finite()
        && hi > lo
    {
        let k = ((x - lo) / (hi - lo)).clamp(0.0, 1.0) as f32;
        painter.rect_filled(r.shrink(0.5), 0.0, t.note.gamma_multiply(0.05 + 0.45 * k));
    }
    if selected {
        painter.rect_filled(r, 2.0, t.selection);
        painter.rect_stroke(r.shrink(0.5), 2.0, egui::Stroke::new(1.0, t.accent), egui::StrokeKind::Inside);
    }
}

/// Characters that an element of this kind is given.
fn width_of(kind: &Kind, size: u64, format: NumberFormat) -> usize {
    let small = usize::try_from(size).unwrap_or(usize::MAX);
    match (kind, format) {
        (Kind::Float, NumberFormat::Fixed(_) | NumberFormat::Scientific(_)) => 13,
        (_, NumberFormat::Hex) => small.saturating_mul(2).saturating_add(3).min(20),
        (Kind::Bool, _) => 6,
        (Kind::Int | Kind::UInt, _) => match size {
            1 => 5,
            2 => 7,
            4 => 12,
            _ => 14,
        },
        (Kind::Float, _) => match size {
            2 => 10,
            4 => 14,
            _ => 20,
        },
        (Kind::Bytes | Kind::Void, _) => small.saturating_add(3).clamp(8, 40),
        (Kind::Unicode, _) => (small / 4).saturating_add(2).clamp(8, 40),
        (Kind::Datetime(_) | Kind::Timedelta(_), _) => 24,
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

    #[test]
    fn formats_lose_nothing_that_they_do_not_say() {
        let x = Scalar::F64(0.1 + 0.2);
        assert_eq!(NumberFormat::Exact.text(&x), "0.30000000000000004");
        assert_eq!(NumberFormat::Fixed(2).text(&x), "0.30");
        assert_eq!(NumberFormat::Hex.text(&Scalar::Int(-255)), "-0xff");
        assert_eq!(NumberFormat::Fixed(2).text(&Scalar::F64(f64::NAN)), "nan");
    }
}
