//! Tables whose cells are not simply an array's elements: frames with named columns, and arrays of Python objects.
//! Must never read more cells than are visible.

use super::slicing::Slicing;
use super::table::format::NumberFormat;
use super::table::{Grid, Place, TableView, width_of};
use crate::interpret::{self, ArrayMeaning, Cx, FrameColumn, FrameMeaning, handle_from_bits, one_line};
use crate::machine::Handle;
use crate::session::{Action, Item, Outcome, View, WorkKey};
use crate::tensor::{Array, Kind, Part, Range, Scalar};
use eframe::egui::Ui;

/// Characters of a cell that holds a Python object.
const CELL: usize = 60;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct FrameView {
    table: TableView,
    shown: Option<(crate::session::Place, Handle)>,
    /// The cell of a table that was chosen: columns have no element of their own to be selected by.
    current: Option<(u64, u64)>,
}

impl FrameView {
    /// Draws a table with named columns into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, frame: &FrameMeaning, out: &mut Vec<Action>) {
        let Some(cx) = view.cx() else { return };
        if self.shown != Some((view.place, handle)) {
            (self.shown, self.current) = (Some((view.place, handle)), None);
        }
        let row_title = |row: u64| {
            let levels: Vec<String> = frame.index.iter().map(|c| bare(&cell(&cx, c, row).text())).collect();
            if levels.is_empty() { row.to_string() } else { one_line(&levels.join(", "), 24) }
        };
        let column = |col: u64| usize::try_from(col).ok().and_then(|c| frame.columns.get(c));
        let shaded = self.table.shaded;
        let grid = Grid {
            rows: frame.rows,
            cols: frame.columns.len() as u64,
            title: &|col| column(col).map_or_else(String::new, |c| format!("{}  {}", one_line(&c.name, 24), c.dtype)),
            row_title: &row_title,
            cell: &|row, col| column(col).map_or(Scalar::Missing, |c| cell(&cx, c, row)),
            chars: &|col| column(col).map_or(8, width),
            shade: &|col| {
                let values = column(col).filter(|c| shaded && c.categories.is_none())?.values.as_ref()?;
                range(view, handle, &values.array, col.wrapping_add(1))
            },
        };
        let place = |row: u64, col: u64| {
            let span = column(col).and_then(|c| bytes_of(&cx, c, row));
            let name = column(col).map_or_else(String::new, |c| one_line(&c.name, 40));
            Place { index: format!("{name}, {}", row_title(row)), offset: span.map(|s| s.start), bytes: Vec::new() }
        };
        let go_to = self.table.controls(ui, &[frame.rows], true, out);
        let chosen = self.table.grid(ui, &grid, self.current, out);
        self.table.line(ui, &grid, &place);
        let go_to = go_to.and_then(|i| Some((i.first().copied()?, self.current.map_or(0, |c| c.1))));
        if let Some((row, col)) = go_to.or(chosen) {
            self.current = Some((row, col));
            // The table stays what is shown: only the bytes are the cell's.
            if let Some(span) = column(col).and_then(|c| bytes_of(&cx, c, row)) {
                let trail = view.selection().and_then(|s| s.trail.clone());
                let item = Item { span: Some(span), trail, ..Item::of_handle(view.place, handle) };
                out.push(Action::Select(item));
            }
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
            shade: &|_| None,
        };
        let element = view.selection().filter(|s| s.handle == Some(handle)).and_then(|s| s.element.as_ref());
        let current = element.and_then(|e| match e.len() {
            1 => Some((e[0], 0)),
            n if n >= 2 => Some((e[slicing.row], e[slicing.col])),
            _ => None,
        });
        let go_to = self.table.controls(ui, shape, false, out);
        let chosen = self.table.grid(ui, &grid, current, out);
        self.table.line(ui, &grid, &|row, col| {
            let at: Vec<String> = index(row, col).iter().map(u64::to_string).collect();
            let span = object(row, col).map(|h| cx.span(h));
            Place { index: format!("[{}]", at.join(", ")), offset: span.map(|s| s.start), bytes: Vec::new() }
        });
        if let Some(index) = go_to {
            slicing.show_element(&index);
            out.push(Action::Select(Item::of_element(view.place, handle, index)));
        } else if let Some((row, col)) = chosen {
            out.push(Action::Select(Item::of_element(view.place, handle, index(row, col))));
        }
    }
}

/// A time without the zeros that say nothing: `2024-01-02T06:00`.
fn bare(text: &str) -> String {
    let Some((day, _)) = text.split_once('T').filter(|(d, _)| d.len() == 10) else { return text.to_owned() };
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    let short = short.strip_suffix(":00").unwrap_or(short);
    if short.ends_with("T00:00") { day.to_owned() } else { short.to_owned() }
}

/// The bytes of a cell in the member, where they lie there.
fn bytes_of(cx: &Cx<'_>, c: &FrameColumn, row: u64) -> Option<crate::source::Span> {
    match interpret::cell(cx, c, row) {
        interpret::Cell::Object(h) => Some(cx.span(h)),
        _ => {
            let values = c.values.as_ref().filter(|v| v.outside.is_none() && v.array.ndim() == 1)?;
            values.array.byte_span_of(&[row])
        }
    }
}

fn text(s: &str) -> Scalar {
    Scalar::Str(s.chars().map(u32::from).collect())
}

/// The least and the greatest number of an array, worked out beside the frame; `of` tells it from others of the value.
pub fn range(view: &View<'_>, handle: Handle, array: &Array, of: u64) -> Option<(f64, f64)> {
    if !crate::tensor::drawable(&array.dtype) {
        return None;
    }
    let part = if array.dtype.is_complex() { Part::Magnitude } else { Part::Real };
    let key = |kind| WorkKey { place: view.place, handle, kind, of: vec![of, array.offset(), array.available()] };
    let (all, some) = (array.clone(), array.clone());
    let exact = view.session.work.get(key("table range"), "Reading the range of the values", move |cx| {
        let go_on = |done, all| {
            cx.progress(done, all);
            !cx.cancelled()
        };
        Ok((Range::of(&all, part, false, &go_on).ok_or("stopped")?.extremes, 16))
    });
    if let Outcome::Ready(r) = exact {
        return *r;
    }
    let first = view.session.work.soon(key("first table range"), "Reading some values", move |_| {
        Ok((Range::of(&some, part, true, &|_, _| true).ok_or("stopped")?.extremes, 16))
    });
    first.ready().and_then(|r| *r)
}

/// Characters that a column wants.
fn width(c: &FrameColumn) -> usize {
    let of = |a: &ArrayMeaning| match &a.array.dtype.kind {
        // texts and other objects are read while they are seen
        Kind::Object | Kind::Text => 20,
        kind => width_of(kind, a.array.dtype.item_size, NumberFormat::default()),
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
