//! Tables whose cells are not simply an array's elements: frames with named columns, and arrays of Python objects.
//! Must never read more cells than are visible.

use super::slicing::Slicing;
use super::table::{Grid, TableView};
use crate::interpret::{self, ArrayMeaning, Cx, FrameColumn, FrameMeaning, handle_from_bits, one_line};
use crate::machine::Handle;
use crate::session::{Action, Item, View};
use crate::tensor::Scalar;
use eframe::egui::Ui;

/// Characters of a cell that holds a Python object.
const CELL: usize = 60;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct FrameView {
    table: TableView,
}

impl FrameView {
    /// Draws a table with named columns into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, frame: &FrameMeaning, out: &mut Vec<Action>) {
        let Some(cx) = view.cx() else { return };
        let row_title = |row: u64| {
            let levels: Vec<String> = frame.index.iter().map(|c| cell(&cx, c, row).text()).collect();
            if levels.is_empty() { row.to_string() } else { one_line(&levels.join(", "), 24) }
        };
        let column = |col: u64| usize::try_from(col).ok().and_then(|c| frame.columns.get(c));
        let grid = Grid {
            rows: frame.rows,
            cols: frame.columns.len() as u64,
            title: &|col| column(col).map_or_else(String::new, |c| format!("{}  {}", one_line(&c.name, 24), c.dtype)),
            row_title: &row_title,
            cell: &|row, col| column(col).map_or(Scalar::Missing, |c| cell(&cx, c, row)),
            chars: &|col| column(col).map_or(8, width),
            shade: None,
        };
        if let Some((row, col)) = self.table.grid(ui, &grid, None).selected
            && let Some(c) = column(col)
            && let Some(handle) = c.handle
        {
            let element = c.values.as_ref().filter(|v| v.array.ndim() == 1).map(|_| vec![row]);
            out.push(Action::Select(Item { element, ..Item::of_handle(view.place, handle) }));
        }
    }

    /// Draws an array of Python objects into all the space there is.
    pub fn objects(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        a: &ArrayMeaning,
        slicing: &mut Slicing,
        out: &mut Vec<Action>,
    ) {
        let Some(cx) = view.cx() else { return };
        if slicing.has_controls() {
            slicing.ui(ui, None, true);
        }
        let shape = a.array.shape();
        let (rows, cols) = match shape.len() {
            0 => (1, 1),
            1 => (shape[0], 1),
            _ => (shape[slicing.row], shape[slicing.col]),
        };
        let index = |row: u64, col: u64| match shape.len() {
            0 => Vec::new(),
            1 => vec![row],
            _ => slicing.index(row, col),
        };
        let children = interpret::children(&cx, handle);
        let object = |row, col| children.handle(a.array.ravel(&index(row, col))?);
        let grid = Grid {
            rows,
            cols,
            title: &|col| if shape.len() < 2 { "object".to_owned() } else { col.to_string() },
            row_title: &|row| row.to_string(),
            cell: &|row, col| object(row, col).map_or(Scalar::Missing, |h| text(&interpret::repr(&cx, h, CELL))),
            chars: &|_| 24,
            shade: None,
        };
        let element = view.selection().filter(|s| s.handle == Some(handle)).and_then(|s| s.element.as_ref());
        let current = element.and_then(|e| match e.len() {
            1 => Some((e[0], 0)),
            n if n >= 2 => Some((e[slicing.row], e[slicing.col])),
            _ => None,
        });
        if let Some((row, col)) = self.table.grid(ui, &grid, current).selected {
            out.push(Action::Select(Item::of_element(view.place, handle, index(row, col))));
        }
    }
}

fn text(s: &str) -> Scalar {
    Scalar::Str(s.chars().map(u32::from).collect())
}

/// Characters that a column wants.
fn width(c: &FrameColumn) -> usize {
    let of = |a: &ArrayMeaning| match a.array.dtype.item_size {
        1 => 6,
        2 | 4 => 11,
        _ => 20,
    };
    c.categories.as_ref().or(c.values.as_ref()).map_or(16, of).max(c.name.chars().count().min(24) + c.dtype.len() + 2)
}

/// The value of a column in a row.
fn cell(cx: &Cx<'_>, c: &FrameColumn, row: u64) -> Scalar {
    if let Some((start, step)) = c.range {
        let value = i64::try_from(row).ok().and_then(|r| step.checked_mul(r)?.checked_add(start));
        return value.map_or(Scalar::Missing, Scalar::Int);
    }
    let Some(values) = &c.values else { return Scalar::Missing };
    let value = element(cx, values, row);
    let Some(categories) = &c.categories else { return value };
    match value {
        // pandas writes -1 for a missing value.
        Scalar::Int(i) => u64::try_from(i).map_or_else(|_| text("NaN"), |i| element(cx, categories, i)),
        Scalar::UInt(i) => element(cx, categories, i),
        other => other,
    }
}

fn element(cx: &Cx<'_>, a: &ArrayMeaning, row: u64) -> Scalar {
    if a.array.shape().first().is_none_or(|n| row >= *n) {
        return Scalar::Missing;
    }
    match a.array.value(&[row]) {
        Scalar::Object(bits) | Scalar::Text(bits) => {
            handle_from_bits(bits).map_or(Scalar::Missing, |h| text(&interpret::repr(cx, h, CELL)))
        }
        other => other,
    }
}
