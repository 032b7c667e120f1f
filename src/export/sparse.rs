//! Sparse matrices: row, column and value of all that is stored, as CSV and JSON, and the NPZ that `scipy.sparse.load_npz`
//! reads. Must never multiply a matrix out.

use super::{Done, ExportError, Format, Watch, cannot, csv, json, npz};
use crate::interpret::{Cx, SparseMeaning, Triples, triples};
use crate::machine::Handle;
use crate::tensor::{Array, DType, Data, Scalar, tuple};
use std::fmt::Write as _;
use std::io::{Seek, Write};

/// Entries between two looks at whether to go on.
const ENTRIES: usize = 1 << 14;

/// Whether a format can hold a matrix.
///
/// # Errors
/// Why not.
pub fn can(s: &SparseMeaning, format: Format) -> Result<(), String> {
    match (format, s.shape.len()) {
        (Format::Npz, 2) | (Format::Csv | Format::Json, 1 | 2) => Ok(()),
        (Format::Npz, 1) => {
            Err("scipy's npz holds matrices of two axes, and this has one; csv and json hold it".to_owned())
        }
        _ => Err("the matrix has more than two axes; its parts are in the tree of values".to_owned()),
    }
}

fn stored(cx: &Cx<'_>, h: Handle, s: &SparseMeaning, watch: Watch<'_>) -> Result<Triples, ExportError> {
    let going = std::cell::RefCell::new((watch, true));
    let stop = || {
        let mut going = going.borrow_mut();
        let on = (going.0)(0, 1);
        going.1 &= on;
        !on
    };
    let found = triples(cx, h, s, &stop);
    if going.borrow().1 { found.or_else(cannot) } else { Err(ExportError::Cancelled) }
}

/// Gives row, column and value of each entry.
fn each(
    t: &Triples,
    watch: Watch<'_>,
    put: &mut dyn FnMut(u64, u64, &Scalar) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let item = usize::try_from(t.dtype.item_size).unwrap_or(1).max(1);
    let total = u64::try_from(t.rows.len()).unwrap_or(u64::MAX);
    for (k, ((r, c), raw)) in t.rows.iter().zip(&t.cols).zip(t.data.chunks_exact(item)).enumerate() {
        if k.is_multiple_of(ENTRIES) && !watch(u64::try_from(k).unwrap_or(0), total) {
            return Err(ExportError::Cancelled);
        }
        put(*r, *c, &Scalar::decode(&t.dtype, raw))?;
    }
    watch(total, total);
    Ok(())
}

fn shape_note(s: &SparseMeaning) -> String {
    format!("What is not listed of the {} elements is 0.", tuple(&s.shape))
}

/// Writes a line for each entry: row, column, value.
///
/// # Errors
/// When its parts do not fit together, those of `out`, and a stop.
pub fn csv(
    cx: &Cx<'_>,
    h: Handle,
    s: &SparseMeaning,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let t = stored(cx, h, s, watch)?;
    let mut text = "row,col,value\n".to_owned();
    each(&t, watch, &mut |r, c, v| {
        _ = write!(text, "{r},{c},");
        let mut field = String::new();
        csv::leaf_text(v, &mut field);
        csv::quote(&field, &mut text);
        text.push('\n');
        if text.len() > 1 << 16 {
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        Ok(())
    })?;
    out.write_all(text.as_bytes())?;
    Ok(Done { missing: 0, notes: vec![shape_note(s)] })
}

/// Writes an object with the shape, the type and a list of row, column and value for each entry.
///
/// # Errors
/// As [`csv()`].
pub fn json(
    cx: &Cx<'_>,
    h: Handle,
    s: &SparseMeaning,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let t = stored(cx, h, s, watch)?;
    let shape: Vec<String> = s.shape.iter().map(u64::to_string).collect();
    let (format, dtype) = (s.format, t.dtype.numpy_str());
    let mut text = format!(
        "{{\"format\": \"{format}\", \"shape\": [{}], \"dtype\": \"{dtype}\",\n \"entries\": [",
        shape.join(", ")
    );
    let mut first = true;
    each(&t, watch, &mut |r, c, v| {
        text.push_str(if first { "\n  " } else { ",\n  " });
        first = false;
        _ = write!(text, "[{r}, {c}, ");
        json::scalar(v, &mut text);
        text.push(']');
        if text.len() > 1 << 16 {
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        Ok(())
    })?;
    text.push_str("]}\n");
    out.write_all(text.as_bytes())?;
    Ok(Done::default())
}

/// Writes what `scipy.sparse.save_npz` does: the parts under their names. Lists and dicts of values, which it refuses, become
/// pairs of row and column (COO). `is_array` says that the class is one of the newer arrays and not a matrix.
///
/// # Errors
/// As [`csv()`].
pub fn npz<W: Write + Seek>(
    cx: &Cx<'_>,
    h: Handle,
    s: &SparseMeaning,
    is_array: bool,
    compress: bool,
    out: W,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let make = |code: &str, shape: &[u64], bytes: Vec<u8>| {
        let dtype = DType::parse(code).map_err(|e| ExportError::Cannot(e.to_string()))?;
        Array::new_c(dtype, shape, Data::memory(bytes)).map_err(|e| ExportError::Cannot(e.to_string()))
    };
    let part = |name: &str| s.parts.iter().find(|(n, _)| *n == name).map(|(_, a)| a.array.clone());
    let names: &[&str] = match s.format {
        "csr" | "csc" | "bsr" => &["indices", "indptr", "data"],
        "dia" => &["offsets", "data"],
        "coo" => &["row", "col", "data"],
        _ => &[],
    };
    let found: Option<Vec<(String, Array)>> = names.iter().map(|n| Some(((*n).to_owned(), part(n)?))).collect();
    let mut notes = Vec::new();
    let (format, mut arrays) = match found.filter(|f| !f.is_empty()) {
        Some(found) => (s.format, found),
        None => {
            let t = stored(cx, h, s, watch)?;
            let other = s.format != "coo";
            notes.extend(
                other.then(|| format!("scipy's npz has no {}: written as coo, with the same values.", s.format)),
            );
            let n = u64::try_from(t.rows.len()).unwrap_or(u64::MAX);
            let index = |v: &[u64]| v.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
            let data = Array::new_c(t.dtype.clone(), &[n], Data::memory(t.data))
                .map_err(|e| ExportError::Cannot(e.to_string()))?;
            let pairs = [("row", make("<i8", &[n], index(&t.rows))?), ("col", make("<i8", &[n], index(&t.cols))?)];
            let pairs = pairs.into_iter().map(|(name, a)| (name.to_owned(), a));
            ("coo", pairs.chain([("data".to_owned(), data)]).collect())
        }
    };
    arrays.push(("format".to_owned(), make(&format!("|S{}", format.len()), &[], format.as_bytes().to_vec())?));
    let shape: Vec<u8> = s.shape.iter().flat_map(|d| d.to_le_bytes()).collect();
    arrays.push(("shape".to_owned(), make("<i8", &[u64::try_from(s.shape.len()).unwrap_or(2)], shape)?));
    if is_array {
        arrays.push(("_is_array".to_owned(), make("|b1", &[], vec![1])?));
    }
    let mut done = npz::write(&arrays, compress, out, watch)?;
    done.notes.extend(notes);
    Ok(done)
}
