//! Tables with named columns as CSV: the levels of the index first, then the columns, one line for each row. What is missing
//! (NaN, NaT, None, NA, a code without its category) is left empty, as pandas writes it. Must never hold more than a row.

use super::csv::{leaf_text, quote, row};
use super::{Done, ExportError, Watch};
use crate::interpret::{Cell, Cx, FrameColumn, FrameMeaning, cell, grouped};
use crate::machine::{Handle, Value};
use crate::tensor::Scalar;
use std::io::Write;

/// Gives the text of a Python object, to the end of a field's.
pub type Objects<'a> = &'a dyn Fn(Handle, &mut String);

/// Rows between two looks at whether to go on.
const ROWS: u64 = 1 << 12;

/// Writes a table.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn csv(
    cx: &Cx<'_>,
    frame: &FrameMeaning,
    objects: Objects<'_>,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let columns: Vec<&FrameColumn> = frame.index.iter().chain(&frame.columns).collect();
    let numbered = frame.index.is_empty();
    let mut line = String::new();
    // a nameless column alone is a Series, which pandas calls 0
    let series = frame.columns.len() == 1;
    let heads = columns.iter().enumerate().map(|(i, c)| match c.name.as_str() {
        "" if series && i == frame.index.len() => "0",
        name => name,
    });
    row(numbered.then_some("").into_iter().chain(heads), &mut line);
    let mut field = String::new();
    for r in 0..frame.rows {
        if r.is_multiple_of(ROWS) && !watch(r, frame.rows) {
            return Err(ExportError::Cancelled);
        }
        if numbered {
            line.push_str(&r.to_string());
        }
        for (i, c) in columns.iter().enumerate() {
            if i > 0 || numbered {
                line.push(',');
            }
            field.clear();
            match cell(cx, c, r) {
                Cell::Missing => {}
                Cell::Value(v) if is_missing(&v) => {}
                Cell::Value(v) => leaf_text(&v, &mut field),
                Cell::Object(h) => {
                    objects(h, &mut field);
                    // a missing value of Python's or pandas' own; text of these letters is another thing
                    if !matches!(cx.value(h), Value::Str(..) | Value::Legacy(..))
                        && matches!(field.as_str(), "None" | "nan" | "NaT" | "NA" | "<NA>")
                    {
                        field.clear();
                    }
                }
            }
            quote(&field, &mut line);
        }
        line.push('\n');
        if line.len() > 1 << 16 {
            out.write_all(line.as_bytes())?;
            line.clear();
        }
    }
    out.write_all(line.as_bytes())?;
    watch(frame.rows, frame.rows);
    Ok(Done { missing: 0, notes: notes(frame, &columns) })
}

fn is_missing(v: &Scalar) -> bool {
    matches!(v, Scalar::Missing | Scalar::Masked) || matches!(v.text().as_str(), "nan" | "NaT")
}

fn notes(frame: &FrameMeaning, columns: &[&FrameColumn]) -> Vec<String> {
    let mut notes = Vec::new();
    let written = frame.columns.len() as u64;
    if frame.width > written {
        notes.push(format!("Only the first {} of {} columns are written.", grouped(written), grouped(frame.width)));
    }
    let zoned: Vec<String> = columns
        .iter()
        .filter(|c| c.dtype.starts_with("datetime64[") && c.dtype.contains(','))
        .map(|c| format!("{:?} ({})", c.name, c.dtype))
        .take(5)
        .collect();
    if !zoned.is_empty() {
        notes.push(format!("Times with a zone are written in UTC: {}.", zoned.join(", ")));
    }
    let cut = columns.iter().filter_map(|c| c.values.as_ref()).any(|v| !v.complete);
    if cut {
        notes.push("Elements that are not in the pickle are left empty.".to_owned());
    }
    notes
}
