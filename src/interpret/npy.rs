//! An array that stands in no pickle: the elements behind the header of a `.npy` file. Source: `numpy/lib/format.py`.
//! Must never read the elements: they stay in the member.

use super::numpy::{array, dtype};
use super::types::{ArrayMeaning, Body, Cx, Explanation, Meaning, Options, Piece, Reader, Slot};
use super::{counted, grouped, one_line};
use crate::machine::{Handle, Node};
use crate::source::container::{self, NpyHeader};
use crate::source::{Bytes, Diagnostic, Span};
use crate::tensor::{Array, ByteOrder, DType, Data, tuple};

/// Characters of a header's dtype in a sentence.
const SHOWN: usize = 80;

/// What a `.npy` file holds: its dtype, the array, the order of its elements.
pub(super) type Read = (dtype::DTypeRead, Array, char);

/// The array that a `.npy` file holds, its dtype, and the order of its elements.
pub(super) fn array_of(
    options: &Options,
    bytes: &Bytes,
    header: &NpyHeader,
    notes: &mut Vec<Diagnostic>,
) -> Result<Read, String> {
    let shown = || one_line(&header.descr, SHOWN);
    let mut dtype =
        DType::from_descr(&header.descr).map_err(|e| format!("its dtype {} makes no sense: {e}", shown()))?;
    if dtype.has_objects() {
        return Err("it holds a pickle: open it as a file of its own".to_owned());
    }
    let data = Data::file(bytes, Span::new(header.span.end.min(bytes.len()), bytes.len()));
    array::long_double(options, &mut dtype, &data, notes, header.span);
    let array = if header.fortran {
        Array::new_f(dtype.clone(), &header.shape, data)
    } else {
        Array::new_c(dtype.clone(), &header.shape, data)
    };
    let read = dtype::DTypeRead { dtype, list: false, name: None, notes: Vec::new() };
    Ok((read, array.map_err(|e| e.to_string())?, if header.fortran { 'F' } else { 'C' }))
}

/// Reads the one value of a member that is no pickle.
pub(super) struct NpyReader;

impl Reader for NpyReader {
    fn name(&self) -> &'static str {
        "numpy.npy"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        if !matches!(cx.node(h), Some(Node::Content)) {
            return None;
        }
        let bytes = &cx.stream.bytes;
        let broken = |why: String, span| Meaning {
            reader: "numpy.npy",
            kind: "numpy.ndarray".to_owned(),
            short: "an array that makes no sense".to_owned(),
            sentence: format!("A .npy file, of which no array can be made: {why}."),
            bytes: None,
            body: Body::Bytes(bytes.span()),
            notes: vec![Diagnostic::error("array", span, format!("No array can be made of this: {why}."))],
        };
        let header = match container::npy_header(bytes) {
            Ok(header) => header,
            Err(why) => return Some(broken(why, Span::new(0, 12.min(bytes.len())))),
        };
        let mut notes = Vec::new();
        let (d, a, order) = match array_of(cx.options, bytes, &header, &mut notes) {
            Ok(made) => made,
            Err(why) => return Some(broken(why, header.span)),
        };
        let (want, have) = (a.nbytes(), bytes.len().saturating_sub(header.span.end));
        let complete = a.is_complete();
        let order_words = match (order, a.ndim()) {
            (_, 0 | 1) => "",
            ('F', _) => ", Fortran order",
            _ => ", C order",
        };
        let sentence = format!(
            "A {} array of {}{order_words}, in a .npy file: a header, then {} of elements, and no pickle.",
            array::shape_words(a.shape()),
            dtype::words(&d),
            counted(want, "byte")
        );
        let span = Span::at(header.span.end, have.min(want));
        if !complete {
            let product = array::product_words(&header.shape, d.dtype.item_size);
            let text = format!("{} of raw data, but {product} = {}.", counted(have, "byte"), grouped(want));
            notes.push(Diagnostic::error("array-short", span, text));
        } else if have > want {
            let text = format!("{} follow the last element; numpy.load ignores them.", counted(have - want, "byte"));
            notes.push(Diagnostic::note("array-long", Span::new(span.end, bytes.len()), text));
        }
        let short = format!("{} {}{}", d.dtype.name(), tuple(a.shape()), if complete { "" } else { ", incomplete" });
        let meaning = ArrayMeaning { raw: Some(span), complete, ..ArrayMeaning::of(a, order) };
        Some(Meaning {
            reader: "numpy.npy",
            kind: "numpy.ndarray".to_owned(),
            short: one_line(&short, 200),
            sentence,
            bytes: Some(want),
            body: Body::Array(Box::new(meaning)),
            notes,
        })
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let m = self.read(cx, h)?;
        Some(vec![Piece::Text(format!("<{} {}>", m.kind, m.short))])
    }
}

/// The header, part by part.
pub(super) fn explain(cx: &Cx<'_>, h: Handle) -> Explanation {
    let bytes = &cx.stream.bytes;
    let sentence = super::meaning(cx, h).sentence;
    let Ok(header) = container::npy_header(bytes) else { return Explanation { sentence, columns: Vec::new() } };
    let text = bytes.read(header.span, 1 << 20);
    let lengths = if header.version == 1 { 10 } else { 12 };
    let at = |key: &str| {
        let found = memchr::memmem::find(&text, key.as_bytes())? as u64;
        Some(Span::new(found, header.span.end))
    };
    let row = |name: &str, value: String, meaning: String, span: Option<Span>| Slot {
        name: name.to_owned(),
        value: one_line(&value, SHOWN),
        meaning,
        span,
        ..Slot::default()
    };
    // A value ends where the next key begins.
    let until = |a: Option<Span>, b: Option<Span>| match (a, b) {
        (Some(a), Some(b)) if b.start > a.start => Some(Span::new(a.start, b.start)),
        (a, _) => a,
    };
    let (descr, fortran, shape) = (at("'descr'"), at("'fortran_order'"), at("'shape'"));
    let size = header.span.end.saturating_sub(lengths);
    let read = array_of(cx.options, bytes, &header, &mut Vec::new());
    let words = read.as_ref().map_or_else(Clone::clone, |(d, ..)| dtype::words(d));
    let order = if header.fortran {
        "columns run together: the first index changes fastest"
    } else {
        "rows run together: the last index changes fastest"
    };
    let rows = vec![
        row("magic", "\\x93NUMPY".to_owned(), "what tells the format".to_owned(), Some(Span::new(0, 6))),
        row("version", format!("{}.0", header.version), "of the header's layout".to_owned(), Some(Span::new(6, 8))),
        row("length", size.to_string(), "bytes of the dict that follows".to_owned(), Some(Span::new(8, lengths))),
        row("descr", header.descr.clone(), words, until(descr, fortran)),
        row(
            "fortran_order",
            if header.fortran { "True" } else { "False" }.to_owned(),
            order.to_owned(),
            until(fortran, shape),
        ),
        row("shape", tuple(&header.shape), counted(count(&header.shape), "element"), shape),
    ];
    let mut columns = vec![super::types::Column {
        title: "NPY HEADER",
        subtitle: "a Python dict, written as text".to_owned(),
        rows,
        footer: String::new(),
    }];
    if let Ok((d, a, _)) = read {
        let order = match d.dtype.order {
            ByteOrder::NotApplicable => "no byte order".to_owned(),
            order => order.words().to_owned(),
        };
        let product = array::product_words(&header.shape, d.dtype.item_size);
        let data = Span::new(header.span.end, bytes.len());
        columns.push(super::types::Column {
            title: "ELEMENTS",
            subtitle: "as they lie in memory".to_owned(),
            rows: vec![row(
                "raw data",
                counted(data.len(), "byte"),
                format!("= {product}{}, {order}", if a.nbytes() == data.len() { " ✓" } else { " ✗" }),
                Some(data),
            )],
            footer: String::new(),
        });
    }
    Explanation { sentence, columns }
}

fn count(shape: &[u64]) -> u64 {
    shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d)).unwrap_or(u64::MAX)
}
