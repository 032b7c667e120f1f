//! scipy.sparse: matrices and arrays by their parts, in the layouts of every version.
//! The parts stay arrays of their own; nothing is multiplied out.

use super::builtin::SHORT;
use super::numpy::array::shape_words;
use super::types::{ArrayMeaning, Body, Cx, Meaning, Piece, Reader, SparseMeaning};
use super::{counted, grouped, meaning, one_line};
use crate::machine::Handle;
use crate::source::Diagnostic;
use crate::tensor::tuple;

/// The formats and, in the order of their attributes, their parts.
const FORMATS: &[(&str, &[&str])] = &[
    ("csr", &["data", "indices", "indptr"]),
    ("csc", &["data", "indices", "indptr"]),
    ("bsr", &["data", "indices", "indptr"]),
    ("coo", &["data", "row", "col"]),
    ("dia", &["data", "offsets"]),
    ("lil", &["data", "rows"]),
    ("dok", &[]),
];

fn format(cx: &Cx<'_>, h: Handle) -> Option<(&'static str, &'static [&'static str], String)> {
    let (module, name) = cx.global(cx.class_of(h)?)?;
    if !module.starts_with("scipy.sparse") {
        return None;
    }
    let (head, kind) = name.split_once('_')?;
    if !matches!(kind, "matrix" | "array") {
        return None;
    }
    let (format, parts) = FORMATS.iter().find(|(f, _)| *f == head)?;
    Some((format, parts, format!("{module}.{name}")))
}

/// An attribute that is an array.
fn part(cx: &Cx<'_>, h: Handle) -> Option<ArrayMeaning> {
    match meaning(&cx.deeper()?, h).body {
        Body::Array(a) => Some(*a),
        _ => None,
    }
}

/// Reads them.
pub(super) struct SparseReader;

impl Reader for SparseReader {
    fn name(&self) -> &'static str {
        "scipy.sparse"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let (format, names, kind) = format(cx, h)?;
        let mut m = Meaning::blank("scipy.sparse", kind, Body::Object);
        let shape = cx.attr(h, "_shape").or_else(|| cx.attr(h, "shape")).and_then(|s| {
            let items = cx.sequence(s).filter(|i| i.len() <= 64)?;
            cx.stream.graph.items(items).map(|n| cx.size(n)).collect::<Option<Vec<u64>>>()
        });
        let Some(shape) = shape else {
            m.short = format!("a sparse matrix ({format}) without a shape");
            m.sentence = "A scipy.sparse matrix whose shape is not told.".to_owned();
            m.notes.push(Diagnostic::error("sparse", cx.span(h), "The shape of the matrix is not told."));
            return Some(m);
        };
        let mut parts = Vec::new();
        for name in names {
            match cx.attr(h, name).and_then(|a| part(cx, a)) {
                Some(a) => parts.push((*name, a)),
                // From 1.14 on, coo keeps its indices in one tuple.
                None if *name == "row" || *name == "col" => {
                    let i = u64::from(*name == "col");
                    let coords = cx.attr(h, "coords").and_then(|c| cx.nth(c, i)).and_then(|a| part(cx, a));
                    parts.extend(coords.map(|a| (*name, a)));
                }
                None => {
                    let text = format!("The part `{name}` of the matrix is not there, or is no array.");
                    m.notes.push(Diagnostic::error("sparse-part", cx.span(h), text));
                }
            }
        }
        let data = parts.first().map(|(_, a)| a);
        let stored = match format {
            "dok" => stored_keys(cx, h),
            "lil" => data.map_or(0, |a| a.array.len()),
            _ => data.map_or(0, |a| a.array.len()),
        };
        let dtype = data.filter(|a| a.objects.is_none()).map(|a| a.array.dtype.name());
        let what = match format {
            "csr" => "row by row (CSR): the values, their columns, and where each row begins",
            "csc" => "column by column (CSC): the values, their rows, and where each column begins",
            "bsr" => "in blocks, row by row (BSR)",
            "coo" => "each with its row and column (COO)",
            "dia" => "by diagonals (DIA)",
            "lil" => "as a list for each row (LIL)",
            _ => "as a dict of (row, column) and value (DOK)",
        };
        let unit = if format == "lil" { "row list" } else { "value" };
        m.short = one_line(
            &format!("{format} {} {}, {} stored", dtype.as_deref().unwrap_or("matrix"), tuple(&shape), grouped(stored)),
            SHORT,
        );
        m.sentence = format!(
            "A sparse {} matrix{}: of its elements only {} are stored, {what}.",
            shape_words(&shape),
            dtype.map(|d| format!(" of {d}")).unwrap_or_default(),
            counted(stored, unit)
        );
        m.body = Body::Sparse(Box::new(SparseMeaning { format, shape, stored, parts }));
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let m = self.read(&cx.quick(), h)?;
        Some(vec![Piece::Text(format!("<{} {}>", m.kind, m.short))])
    }
}

/// A dok matrix is a dict itself, or (from 1.11 on) has one as attribute.
fn stored_keys(cx: &Cx<'_>, h: Handle) -> u64 {
    let Some(call) = cx.call(h) else { return 0 };
    let dict = cx.attr(h, "_dict").or_else(|| cx.arg(call, 2)).and_then(|d| cx.dict(d));
    dict.map_or(0, |d| d.len() / 2).max(call.dict_items.len() / 2)
}
