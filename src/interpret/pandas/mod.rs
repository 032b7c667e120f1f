//! pandas: tables, series and indexes over the block layouts of 0.12 to 3.1, and the scalars of its own.
//! Readers and their words; the layouts are in `blocks`, `index` and `vector`.

mod blocks;
mod index;
mod vector;

use super::builtin::SHORT;
use super::numpy::array;
use super::types::{Body, Cx, FrameColumn, FrameMeaning, Meaning, Piece, Reader};
use super::{counted, grouped, one_line, repr};
use crate::machine::Handle;
use crate::source::{Diagnostic, limits};
use crate::tensor::{Scalar, Tick, Unit};
use vector::Vector;

/// A module of pandas', whatever its version.
fn is_pandas(module: &str) -> bool {
    module == "pandas" || module.starts_with("pandas.")
}

/// The class of one of pandas' objects.
fn class<'a>(cx: &Cx<'a>, h: Handle) -> Option<&'a str> {
    let (module, name) = cx.global(cx.class_of(h)?)?;
    is_pandas(module).then_some(name)
}

/// A column of a table from a vector and its name.
fn column(name: String, v: Vector) -> FrameColumn {
    FrameColumn {
        name,
        dtype: v.dtype,
        values: v.values,
        categories: v.categories,
        handle: Some(v.handle),
        range: v.range,
    }
}

/// Reads DataFrame and Series.
pub(super) struct FrameReader;

impl Reader for FrameReader {
    fn name(&self) -> &'static str {
        "pandas.frame"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let class = class(cx, h)?;
        let series = match class {
            "DataFrame" => false,
            "Series" | "TimeSeries" => true,
            _ => return None,
        };
        let kind = if series { "pandas.Series" } else { "pandas.DataFrame" };
        let mut m = Meaning::blank("pandas.frame", kind.to_owned(), Body::Object);
        let Some(manager) = blocks::manager(cx, h) else {
            m.short = format!("a {class} of an unknown layout");
            m.sentence = format!("A pandas {class} whose layout is not known here; its parts are shown as they are.");
            return Some(m);
        };
        let frame = if series { series_frame(cx, h, &manager) } else { table(cx, &manager, &mut m.notes) };
        let rows = frame.rows;
        if series {
            let dtype = frame.columns.first().map_or("?", |c| c.dtype.as_str());
            let name = frame.columns.first().map(|c| c.name.clone()).filter(|n| !n.is_empty());
            let called = name.map(|n| format!(", called {}", one_line(&n, 40))).unwrap_or_default();
            m.short = format!("{} of {dtype}{called}", counted(rows, "value"));
            m.sentence =
                format!("A pandas Series: one column of {}, {dtype}{called}, with its index.", counted(rows, "value"));
        } else {
            m.short = format!("{} × {}", counted(rows, "row"), counted(frame.width, "column"));
            m.sentence = format!(
                "A pandas DataFrame, a table of {} and {}; columns of one type are stored together, in {}.",
                counted(rows, "row"),
                counted(frame.width, "column"),
                counted(manager.blocks.len() as u64, "block")
            );
        }
        m.short = one_line(&m.short, SHORT);
        m.body = Body::Frame(Box::new(frame));
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let m = self.read(cx, h)?;
        Some(vec![Piece::Text(format!("<{} {}>", m.kind, m.short))])
    }
}

fn table(cx: &Cx<'_>, manager: &blocks::Manager, notes: &mut Vec<Diagnostic>) -> FrameMeaning {
    let labels = manager.axes.first().map(|a| index::levels(cx, *a)).unwrap_or_default();
    let row_levels = manager.axes.get(1).map(|a| index::levels(cx, *a)).unwrap_or_default();
    let rows = row_levels.first().map_or(0, |(_, v)| v.len);
    let told = labels.first().map_or(0, |(_, v)| v.len);
    let shown = told.min(limits::FRAME_COLUMNS as u64);
    if told > shown {
        let text = format!("Only the first {} of {} columns are shown.", grouped(shown), grouped(told));
        let at = manager.axes.first().map(|a| cx.span(*a)).unwrap_or_default();
        notes.push(Diagnostic::warning("frame-columns", at, text));
    }
    let mut columns: Vec<Option<FrameColumn>> = Vec::new();
    columns.resize_with(usize::try_from(shown).unwrap_or(0), || None);
    let name = |i: u64| {
        let parts: Vec<String> = labels.iter().map(|(_, v)| v.text(cx, i)).collect();
        match parts.as_slice() {
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        }
    };
    let mut rows_told = rows;
    for block in &manager.blocks {
        let places = blocks::places(cx, block, &labels, shown);
        let vectors = vector::columns(cx, block.values, places.len() as u64);
        if places.len() as u64 != vectors.len() as u64 && !vectors.is_empty() {
            let text = format!(
                "A block of {} for {}.",
                counted(vectors.len() as u64, "column"),
                counted(places.len() as u64, "label")
            );
            notes.push(Diagnostic::error("frame-block", cx.span(block.values), text));
        }
        for (place, v) in places.into_iter().zip(vectors) {
            if manager.axes.len() < 2 {
                rows_told = rows_told.max(v.len);
            }
            if let Some(slot) = usize::try_from(place).ok().and_then(|p| columns.get_mut(p)) {
                *slot = Some(column(name(place), v));
            }
        }
    }
    let missing = |i: usize| FrameColumn {
        name: name(i as u64),
        dtype: "?".to_owned(),
        values: None,
        categories: None,
        handle: None,
        range: None,
    };
    let columns = columns.into_iter().enumerate().map(|(i, c)| c.unwrap_or_else(|| missing(i))).collect();
    FrameMeaning { columns, width: told, rows: rows_told, index: index_columns(row_levels) }
}

fn series_frame(cx: &Cx<'_>, h: Handle, manager: &blocks::Manager) -> FrameMeaning {
    let levels = manager.axes.first().map(|a| index::levels(cx, *a)).unwrap_or_default();
    let name = cx.attr(h, "_name").or_else(|| cx.attr(h, "name")).filter(|n| !cx.is_none(*n));
    let name = name.map(|n| vector::label(cx, n)).unwrap_or_default();
    let values = manager.blocks.first().and_then(|b| vector::vector(cx, b.values));
    let rows = levels.first().map(|(_, v)| v.len).or(values.as_ref().map(|v| v.len)).unwrap_or(0);
    let columns = values.map(|v| column(name, v)).into_iter().collect();
    FrameMeaning { columns, width: 1, rows, index: index_columns(levels) }
}

fn index_columns(levels: Vec<(String, Vector)>) -> Vec<FrameColumn> {
    levels.into_iter().map(|(name, v)| column(name, v)).collect()
}

/// Reads indexes, and arrays of pandas' own types, as tables of their own.
pub(super) struct VectorReader;

impl Reader for VectorReader {
    fn name(&self) -> &'static str {
        "pandas.vector"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        // An index of before 0.15 is an ndarray, and shown as one.
        if array::parts(cx, h).is_some() {
            return None;
        }
        let index = index::class(cx, h);
        let (kind, levels) = match &index {
            Some(class) => (format!("pandas.{class}"), index::levels(cx, h)),
            None => {
                let v = vector::extension(cx, h)?;
                (format!("pandas.arrays.{}", v.1), vec![(String::new(), v.0)])
            }
        };
        let rows = levels.first().map_or(0, |(_, v)| v.len);
        let types: Vec<&str> = levels.iter().map(|(_, v)| v.dtype.as_str()).collect();
        let types = one_line(&types.join(", "), 80);
        let sentence = match &index {
            Some(class) => {
                format!("A pandas {class}, the labels of rows or columns: {} of {types}.", counted(rows, "label"))
            }
            None => format!("A column of pandas' own kind: {} of {types}.", counted(rows, "value")),
        };
        let width = levels.len() as u64;
        let frame = FrameMeaning { columns: index_columns(levels), width, rows, index: Vec::new() };
        Some(Meaning {
            reader: "pandas.vector",
            kind,
            short: format!("{} of {types}", counted(rows, if index.is_some() { "label" } else { "value" })),
            sentence,
            bytes: None,
            body: Body::Frame(Box::new(frame)),
            notes: Vec::new(),
        })
    }
}

/// Reads Timestamp, Timedelta, NaT and NA.
pub(super) struct ScalarReader;

impl ScalarReader {
    /// Kind, text and sentence.
    fn know(cx: &Cx<'_>, h: Handle) -> Option<(&'static str, String, &'static str)> {
        if let Some((module, name)) = cx.global(h).filter(|(m, _)| is_pandas(m)) {
            let missing = name == "NA" && (module == "pandas" || module.ends_with("missing"));
            return missing.then(|| ("pandas.NA", "<NA>".to_owned(), "pandas' own missing value."));
        }
        let (call, module, name) = cx.named_call(h)?;
        if !is_pandas(module) {
            return None;
        }
        let arg = |i| cx.arg(call, i);
        let tick = |unit: Option<i64>| {
            let unit = match unit {
                Some(7) => Unit::Second,
                Some(8) => Unit::Milli,
                Some(9) => Unit::Micro,
                _ => Unit::Nano,
            };
            Tick { unit, num: 1 }
        };
        let text = |s: Scalar| s.text().replace('T', " ");
        match name {
            "Timestamp" | "_unpickle_timestamp" | "__new__" => {
                let value = cx.int(arg(0)?)?;
                let unit = if name == "_unpickle_timestamp" { arg(3).and_then(|u| cx.int(u)) } else { None };
                let shown = text(Scalar::Datetime(value, tick(unit)));
                let tz = arg(2).filter(|t| !cx.is_none(*t)).map(|t| vector::zone(cx, t));
                let said = match tz {
                    Some(tz) => format!("Timestamp('{shown}+00:00') in {tz}"),
                    None => format!("Timestamp('{shown}')"),
                };
                Some((
                    "pandas.Timestamp",
                    said,
                    "A moment: a count of nanoseconds (or the unit told) since 1970, in UTC.",
                ))
            }
            "_timedelta_unpickle" | "Timedelta" => {
                let value = cx.int(arg(0)?)?;
                let unit = arg(1).and_then(|u| cx.int(u));
                let said = format!("Timedelta('{}')", Scalar::Timedelta(value, tick(unit)).text());
                Some(("pandas.Timedelta", said, "A length of time as a count of nanoseconds, or of the unit told."))
            }
            "_nat_unpickle" => Some(("pandas.NaT", "NaT".to_owned(), "pandas' missing time.")),
            _ => None,
        }
    }
}

impl Reader for ScalarReader {
    fn name(&self) -> &'static str {
        "pandas.scalar"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let (kind, short, sentence) = Self::know(cx, h)?;
        let (kind, sentence) = (kind.to_owned(), sentence.to_owned());
        let short = one_line(&short, SHORT);
        Some(Meaning {
            reader: "pandas.scalar",
            kind,
            short,
            sentence,
            bytes: None,
            body: Body::Scalar,
            notes: Vec::new(),
        })
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        Self::know(cx, h).map(|(_, text, _)| vec![Piece::Text(text)])
    }
}

/// A value in a cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// There is none: masked, beyond the end, or what pandas writes for a missing value.
    Missing,
    /// An element.
    Value(Scalar),
    /// A Python object.
    Object(Handle),
}

/// The value of a column in a row.
pub fn cell(cx: &Cx<'_>, c: &FrameColumn, row: u64) -> Cell {
    if let Some((start, step)) = c.range {
        let value = i64::try_from(row).ok().and_then(|r| step.checked_mul(r)?.checked_add(start));
        return value.map_or(Cell::Missing, |v| Cell::Value(Scalar::Int(v)));
    }
    let Some(values) = &c.values else { return Cell::Missing };
    let value = vector::element(values, row);
    match (&c.categories, value) {
        // A code of -1 says that the value is missing.
        (Some(categories), Cell::Value(Scalar::Int(i))) => {
            u64::try_from(i).map_or(Cell::Missing, |i| vector::element(categories, i))
        }
        (Some(categories), Cell::Value(Scalar::UInt(i))) => vector::element(categories, i),
        (_, Cell::Object(h)) if cx.is_none(h) => Cell::Object(h),
        (_, value) => value,
    }
}

/// A value in a cell as text for people.
pub fn cell_text(cx: &Cx<'_>, c: &FrameColumn, row: u64) -> String {
    match cell(cx, c, row) {
        Cell::Missing => String::new(),
        Cell::Value(v) => v.text(),
        Cell::Object(h) => vector::label(cx, h),
    }
}

/// The repr of an object in a cell, or the text itself.
fn text_of(cx: &Cx<'_>, h: Handle) -> String {
    use crate::machine::Value;
    match cx.value(h) {
        Value::Str(form, span) => {
            cx.chars(form, span, 1000).into_iter().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect()
        }
        Value::Legacy(form, span) => match cx.legacy(form, span, 1000) {
            Ok(chars) => chars.into_iter().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect(),
            Err(_) => repr(cx, h, 200),
        },
        _ => repr(cx, h, 200),
    }
}
