//! Rows of text, as RFC 4180 has them but for the line feed alone at the end of a row: a value for each element of a 1-D
//! array, a row for each of a 2-D one, a column for each field of a structured one, and for more axes a row for each
//! element with its index before it. Numbers have the fewest digits that read back as the same number.
//! Must never round, and must leave empty what is masked or not there.

use super::{Done, ExportError, Watch, cannot, missing_note};
use crate::tensor::{Array, Kind, Scalar};
use std::fmt::Write as _;
use std::io::Write;

/// Writes an object of an object array: its place in C order, to the end of a field's text.
pub type Objects<'a> = &'a dyn Fn(u64, &mut String);

/// What [`array()`] makes of an array, in words.
pub fn shape(a: &Array) -> String {
    let n = crate::interpret::grouped;
    match (a.ndim(), a.shape()) {
        (2, [rows, cols]) if !matches!(a.dtype.kind, Kind::Struct(_)) => {
            format!("{} rows of {} numbers", n(*rows), n(*cols))
        }
        (0 | 1, _) => format!("{} rows", n(a.len())),
        _ => format!("{} rows, each an element behind its index", n(a.len())),
    }
}

/// Writes an array. `objects` gives the text of Python objects, where the elements are such.
///
/// # Errors
/// When the elements are objects and nobody can tell them, those of `out`, and a stop.
pub fn array(
    array: &Array,
    objects: Option<Objects<'_>>,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    super::worth(array)?;
    let a = array.clone().opened().map_err(|e| ExportError::Cannot(e.to_string()))?;
    if a.dtype.has_objects() && objects.is_none() {
        return cannot("the elements are Python objects whose values are not known here; json and py hold them");
    }
    let mut line = String::new();
    let structured = matches!(a.dtype.kind, Kind::Struct(_));
    // Elements of one row of the file, and whether their index stands before each.
    let (across, indexed) = match (a.ndim(), structured) {
        (0 | 1, _) => (1, false),
        (2, false) => (a.shape().get(1).copied().unwrap_or(1), false),
        _ => (1, true),
    };
    let mut wide = 1;
    if structured || indexed {
        let mut heads: Vec<String> = Vec::new();
        if indexed {
            heads.extend((0..a.ndim()).map(|n| format!("axis_{n}")));
        }
        if structured {
            let before = heads.len();
            columns(&a, &mut heads)?;
            wide = heads.len() - before;
        } else {
            heads.push("value".to_owned());
        }
        row(heads.iter().map(String::as_str), &mut line);
        out.write_all(line.as_bytes())?;
    }
    let (blocks, total) = (a.blocks(1 << 20), a.len());
    let (mut missing, mut field, mut n) = (0, String::new(), 0_u64);
    let mut raw = Vec::new();
    let item = usize::try_from(a.dtype.item_size).unwrap_or(usize::MAX);
    for i in 0..blocks.len() {
        let Some((start, block)) = blocks.get(i) else { break };
        if !watch(start, total) {
            return Err(ExportError::Cancelled);
        }
        let count = block.len();
        raw.resize(usize::try_from(block.nbytes()).unwrap_or(0), 0);
        let mut there = vec![true; usize::try_from(count).unwrap_or(0)];
        block.gather(&mut raw, Some(&mut there)).map_err(|e| ExportError::Cannot(e.to_string()))?;
        line.clear();
        for k in 0..count {
            let at = usize::try_from(k).unwrap_or(usize::MAX);
            let mut value = match there.get(at) {
                Some(true) => {
                    let from = at.saturating_mul(item);
                    Scalar::decode(&a.dtype, raw.get(from..from.saturating_add(item)).unwrap_or(&[]))
                }
                _ => {
                    missing += 1;
                    Scalar::Missing
                }
            };
            if let Some(mask) = block.mask() {
                value = value.masked_by(&mask.value(&block.unravel(k)));
            }
            if n % across.max(1) > 0 {
                line.push(',');
            }
            if indexed {
                for d in a.unravel(n) {
                    _ = write!(line, "{d},");
                }
            }
            if structured && matches!(value, Scalar::Missing | Scalar::Masked) {
                // All of its columns are empty.
                line.push_str(&",".repeat(wide.saturating_sub(1)));
                end_of_row(&mut n, across, &mut line);
                continue;
            }
            let mut first = true;
            fields(&value, &mut |leaf| {
                if !first {
                    line.push(',');
                }
                first = false;
                field.clear();
                match (leaf, objects) {
                    (Scalar::Object(_) | Scalar::Text(_), Some(objects)) => objects(n, &mut field),
                    (leaf, _) => leaf_text(leaf, &mut field),
                }
                quote(&field, &mut line);
            });
            end_of_row(&mut n, across, &mut line);
            if line.len() > 1 << 16 {
                out.write_all(line.as_bytes())?;
                line.clear();
            }
        }
        out.write_all(line.as_bytes())?;
    }
    Ok(Done { missing, notes: missing_note(missing, "nothing").into_iter().collect() })
}

fn end_of_row(n: &mut u64, across: u64, line: &mut String) {
    *n += 1;
    if n.is_multiple_of(across.max(1)) {
        line.push('\n');
    }
}

/// The names of the columns of a structured array: `a`, `b.c`, `d[0]`.
fn columns(a: &Array, heads: &mut Vec<String>) -> Result<(), ExportError> {
    const MOST: u64 = 16_384;
    if a.dtype.leaves() > MOST {
        return cannot(format!("the structured type has more than {MOST} columns"));
    }
    // Own stack, last field first: fields within fields are few and shallow, but given by the file.
    let mut todo: Vec<(String, crate::tensor::DType)> = vec![(String::new(), a.dtype.clone())];
    while let Some((name, dtype)) = todo.pop() {
        match &dtype.kind {
            Kind::Struct(s) => {
                let dot = if name.is_empty() { "" } else { "." };
                todo.extend(s.fields.iter().rev().map(|f| (format!("{name}{dot}{}", f.name), f.dtype.clone())));
            }
            Kind::Sub(s) => {
                let count = s.shape.iter().fold(1, |n: u64, d| n.saturating_mul(*d));
                if count > MOST || todo.len() as u64 + count > MOST {
                    return cannot(format!("the structured type has more than {MOST} columns"));
                }
                for n in (0..count).rev() {
                    let mut index = Vec::new();
                    let mut rest = n;
                    for d in s.shape.iter().rev() {
                        index.push(rest.checked_rem(*d).unwrap_or(0).to_string());
                        rest = rest.checked_div(*d).unwrap_or(0);
                    }
                    index.reverse();
                    todo.push((format!("{name}[{}]", index.join(", ")), s.base.clone()));
                }
            }
            _ => heads.push(name),
        }
    }
    Ok(())
}

/// The values of an element, one for each column.
fn fields(value: &Scalar, each: &mut dyn FnMut(&Scalar)) {
    // Depth is bounded where dtypes are built.
    match value {
        Scalar::Struct(parts) => parts.iter().for_each(|(_, v)| fields(v, each)),
        Scalar::Sub(a) => (0..a.len()).for_each(|n| fields(&a.value(&a.unravel(n)), each)),
        leaf => each(leaf),
    }
}

/// Adds the text of a number, a text or the like.
pub(super) fn leaf_text(value: &Scalar, out: &mut String) {
    match value {
        Scalar::Missing | Scalar::Masked => {}
        // Text where it is text; else as Python writes bytes, which cannot be taken for text.
        Scalar::Bytes(b) if b.is_ascii() && !b.iter().any(u8::is_ascii_control) => {
            out.extend(b.iter().map(|b| char::from(*b)));
        }
        other => out.push_str(&other.text()),
    }
}

/// Adds a row.
pub fn row<'a>(fields: impl Iterator<Item = &'a str>, out: &mut String) {
    for (i, f) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        quote(f, out);
    }
    out.push('\n');
}

/// Adds a field, quoted where it must be.
pub fn quote(field: &str, out: &mut String) {
    if field.contains(['"', ',', '\n', '\r']) {
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(field);
    }
}
