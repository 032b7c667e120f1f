//! joblib: arrays whose bytes follow right behind the BUILD of a note (0.10 and later), and notes that name a sibling
//! file (before). Tells the machine where those bytes are, and reads them.

use super::builtin::SHORT;
use super::npy;
use super::numpy::{array, dtype};
use super::types::{ArrayMeaning, Body, Cx, Meaning, NoExternals, Options, Part, Piece, Reader};
use super::{counted, grouped, one_line};
use crate::machine::{Handle, Inline, Stream};
use crate::ops::Foreign;
use crate::source::{Bytes, Diagnostic, Span, container};
use crate::tensor::{Array, Data, tuple};

/// The attributes of a `NumpyArrayWrapper`.
struct Wrapper {
    class: Option<Handle>,
    shape: Vec<u64>,
    fortran: bool,
    dtype: dtype::DTypeRead,
    /// A count of padding bytes stands before the data.
    padded: bool,
}

/// The class of the notes that arrays stand behind.
const WRAPPER: (&str, &str) = ("joblib.numpy_pickle", "NumpyArrayWrapper");

/// It is the class of such notes.
pub(super) fn names_the_wrapper(name: &(Box<str>, Box<str>)) -> bool {
    (&*name.0, &*name.1) == WRAPPER
}

/// It is that class.
pub(super) fn is_wrapper_class(cx: &Cx<'_>, h: Handle) -> bool {
    cx.is(h, WRAPPER.0, WRAPPER.1)
}

/// It is such a note.
pub(super) fn is_wrapper(cx: &Cx<'_>, h: Handle) -> bool {
    cx.class_of(h).is_some_and(|c| cx.is(c, WRAPPER.0, WRAPPER.1))
}

/// The pickle that stands behind a note, of an array of objects.
pub(super) fn nested_pickle(cx: &Cx<'_>, h: Handle) -> Option<usize> {
    let nested = &cx.stream.nested;
    let i = nested.binary_search_by_key(&h, |(owner, _)| *owner).ok()?;
    nested.get(i).map(|(_, pickle)| *pickle)
}

fn wrapper(cx: &Cx<'_>, h: Handle) -> Result<Wrapper, (Handle, String)> {
    let attr = |name: &str| cx.attr(h, name).ok_or_else(|| (h, format!("its {name} is not told")));
    let dtype_at = attr("dtype")?;
    let shape_at = attr("shape")?;
    let order = cx.attr(h, "order").and_then(|o| cx.name(o));
    let alignment = cx.attr(h, "numpy_array_alignment_bytes").filter(|a| !cx.is_none(*a));
    Ok(Wrapper {
        class: cx.attr(h, "subclass"),
        shape: dtype::shape_of(cx, shape_at).map_err(|e| (shape_at, e))?,
        fortran: order.as_deref() == Some("F"),
        dtype: dtype::read(cx, dtype_at).map_err(|e| (dtype_at, e))?,
        padded: alignment.is_some(),
    })
}

/// What stands behind the BUILD of an object, if joblib put it there.
pub(super) fn after_build(stream: &Stream, object: Handle, at: u64) -> Option<Inline> {
    let options = Options::default();
    let cx = Cx::new(stream, &options, &NoExternals);
    if !is_wrapper(&cx, object) {
        return None;
    }
    let w = wrapper(&cx, object).ok()?;
    if w.dtype.list {
        return Some(Inline::Pickle);
    }
    let n = w.shape.iter().try_fold(w.dtype.dtype.item_size, |n, d| n.checked_mul(*d))?;
    let pad = if w.padded { 1 + u64::from(stream.bytes.get(at)?) } else { 0 };
    Some(Inline::Raw(Span::at(at, pad.checked_add(n)?), Foreign::JoblibArray))
}

/// The bytes of a wrapper's array, in the member.
fn raw(cx: &Cx<'_>, h: Handle, w: &Wrapper) -> Option<Span> {
    let foreign = &cx.stream.foreign;
    let i = foreign.partition_point(|(owner, _)| *owner < h);
    let found =
        foreign.get(i).filter(|(owner, _)| *owner == h).or_else(|| foreign.iter().find(|(owner, _)| *owner == h));
    let span = found?.1;
    let pad = if w.padded { 1 + u64::from(cx.stream.bytes.get(span.start)?) } else { 0 };
    Some(Span::new(span.start.saturating_add(pad).min(span.end), span.end))
}

/// The array of objects that a wrapper's own pickle holds.
fn nested(cx: &Cx<'_>, h: Handle) -> Option<Handle> {
    cx.stream.pickles.get(nested_pickle(cx, h)?)?.root
}

/// What a note of joblib's before 0.10 says: the file, the class and, for a compressed one, the array's state.
struct Note {
    file: String,
    compressed: bool,
    class: Option<Handle>,
    state: Option<Handle>,
}

fn note(cx: &Cx<'_>, h: Handle) -> Option<Note> {
    let (module, name) = cx.global(cx.class_of(h)?)?;
    if !module.starts_with("joblib.numpy_pickle") || !matches!(name, "NDArrayWrapper" | "ZNDArrayWrapper") {
        return None;
    }
    let compressed = name == "ZNDArrayWrapper";
    let file = cx.attr(h, "filename").and_then(|f| cx.name(f))?;
    Some(Note { file, compressed, class: cx.attr(h, "subclass"), state: cx.attr(h, "state").filter(|_| compressed) })
}

/// Reads them.
pub(super) struct JoblibReader;

impl Reader for JoblibReader {
    fn name(&self) -> &'static str {
        "joblib.array"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        if let Some(note) = note(cx, h) {
            return Some(sibling(cx, h, &note));
        }
        if !is_wrapper(cx, h) {
            return None;
        }
        if let Some(inner) = nested(cx, h) {
            let m = super::meaning(&cx.deeper()?, inner);
            let sentence = format!("{} joblib wrote it as a pickle of its own behind this note.", m.sentence);
            return Some(Meaning { reader: "joblib.array", sentence, ..m });
        }
        let w = match wrapper(cx, h) {
            Ok(w) => w,
            Err((at, why)) => return Some(broken(cx, at, &why)),
        };
        let kind = array::kind_of(cx, w.class);
        let (mut w, mut notes) = (w, Vec::new());
        let span = raw(cx, h, &w);
        let data = span.map_or_else(|| Data::memory(Vec::new()), |s| Data::file(&cx.stream.bytes, s));
        array::long_double(cx.options, &mut w.dtype.dtype, &data, &mut notes, cx.span(h));
        let made = if w.fortran {
            Array::new_f(w.dtype.dtype.clone(), &w.shape, data)
        } else {
            Array::new_c(w.dtype.dtype.clone(), &w.shape, data)
        };
        let made = match made {
            Ok(a) => a,
            Err(e) => return Some(broken(cx, h, &e.to_string())),
        };
        let order = if w.fortran { 'F' } else { 'C' };
        let mut m = of_array(kind, &w.dtype, made, order, span, None);
        m.notes = notes;
        m.sentence =
            format!("{} joblib put its bytes right behind this note, outside the pickle's opcodes.", m.sentence);
        if span.is_none() {
            let text = "The bytes of the array do not follow: they were cut, or a tool took them out.";
            m.notes.push(Diagnostic::error("joblib-data", cx.span(h), text));
        } else if let Some(a) = m.body.array().filter(|a| !a.complete) {
            let (have, want) = (span.map_or(0, Span::len), a.array.nbytes());
            let text = format!(
                "{} of raw data, but {} = {}.",
                counted(have, "byte"),
                array::product_words(&w.shape, w.dtype.dtype.item_size),
                grouped(want)
            );
            m.notes.push(Diagnostic::error("array-short", span.unwrap_or_default(), text));
        }
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        if let Some(inner) = is_wrapper(cx, h).then(|| nested(cx, h)).flatten() {
            return Some(vec![Piece::Value(inner)]);
        }
        let m = self.read(&cx.quick(), h)?;
        Some(vec![Piece::Text(format!("<{} {}>", m.kind, m.short))])
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        if !is_wrapper(cx, h) {
            return None;
        }
        match nested(cx, h) {
            Some(inner) => super::parts(&cx.deeper()?, inner),
            None => Some(Vec::new()),
        }
    }
}

fn broken(cx: &Cx<'_>, at: Handle, why: &str) -> Meaning {
    Meaning {
        reader: "raw",
        kind: "joblib.numpy_pickle.NumpyArrayWrapper".to_owned(),
        short: "an array that makes no sense".to_owned(),
        sentence: format!("joblib's note of an array, which makes no sense: {why}."),
        bytes: None,
        body: Body::Object,
        notes: vec![Diagnostic::error("array", cx.span(at), format!("No array can be made of this: {why}."))],
    }
}

/// The meaning of an array that is there.
fn of_array(
    kind: String,
    d: &dtype::DTypeRead,
    array: Array,
    order: char,
    raw: Option<Span>,
    outside: Option<String>,
) -> Meaning {
    let complete = array.is_complete();
    let name = d.name.clone().unwrap_or_else(|| d.dtype.name());
    let short = format!("{name} {}{}", tuple(array.shape()), if complete { "" } else { ", incomplete" });
    let sentence = format!(
        "A {} {kind} of {}; {} of data.",
        array::shape_words(array.shape()),
        dtype::words(d),
        counted(array.nbytes(), "byte")
    );
    let raw = raw.map(|s| Span::at(s.start, s.len().min(array.nbytes())));
    let bytes = Some(array.nbytes());
    let dtype_name = d.name.clone();
    let meaning = ArrayMeaning { raw, complete, outside, dtype_name, ..ArrayMeaning::of(array, order) };
    Meaning {
        reader: "joblib.array",
        kind,
        short: one_line(&short, SHORT),
        sentence,
        bytes,
        body: Body::Array(Box::new(meaning)),
        notes: Vec::new(),
    }
}

/// An array in a file beside this one.
fn sibling(cx: &Cx<'_>, h: Handle, note: &Note) -> Meaning {
    let kind = array::kind_of(cx, note.class);
    let shown = one_line(&note.file, 120);
    let mut m = Meaning {
        reader: "joblib.sibling",
        kind,
        short: format!("in {shown}"),
        sentence: format!("A note of joblib's before 0.10: the array lies in the file {shown} beside this one."),
        bytes: None,
        body: Body::Object,
        notes: Vec::new(),
    };
    let Some(bytes) = cx.externals.sibling(&note.file) else {
        let text = format!("The array lies in {shown}, which was not found beside this file.");
        m.notes.push(
            Diagnostic::warning("sibling-missing", cx.span(h), text).hint("Keep the files of one dump together."),
        );
        return m;
    };
    let found = if note.compressed {
        zfile(cx, note, &bytes)
    } else {
        container::npy_header(&bytes).and_then(|h| npy::array_of(cx.options, &bytes, &h, &mut m.notes))
    };
    match found {
        Ok((d, array, order)) => {
            let found = of_array(m.kind.clone(), &d, array, order, None, Some(shown.clone()));
            let sentence = format!("{} Its bytes lie in {shown} beside this file.", found.sentence);
            Meaning { reader: "joblib.sibling", sentence, ..found }
        }
        Err(why) => {
            m.notes.push(Diagnostic::error("sibling", cx.span(h), format!("{shown} cannot be read: {why}.")));
            m
        }
    }
}

/// `ZF`, a length in hex padded to 19 characters, zlib: the raw data of the state in the note.
fn zfile(cx: &Cx<'_>, note: &Note, bytes: &Bytes) -> Result<(dtype::DTypeRead, Array, char), String> {
    use crate::source::limits;
    use std::io::Read as _;
    let state = note.state.ok_or("the note does not tell the array's state")?;
    let items =
        cx.sequence(state).filter(|s| s.len() >= 4).ok_or("the state is no tuple of version, shape, dtype, order")?;
    let at = |i| cx.item(items, i).ok_or("the state is incomplete");
    let shape = dtype::shape_of(cx, at(1)?)?;
    let d = dtype::read(cx, at(2)?)?;
    let fortran = cx.truth(at(3)?).unwrap_or(false);
    let packed = bytes.read(Span::new(21, bytes.len()), usize::MAX);
    let want = shape.iter().try_fold(d.dtype.item_size, |n, d| n.checked_mul(*d)).ok_or("its size overflows")?;
    if want > limits::UNESCAPED {
        return Err(format!("it would inflate to {}", counted(want, "byte")));
    }
    let mut raw = Vec::new();
    flate2::read::ZlibDecoder::new(packed.as_slice()).take(want).read_to_end(&mut raw).map_err(|e| e.to_string())?;
    let data = Data::memory(raw);
    let array =
        if fortran { Array::new_f(d.dtype.clone(), &shape, data) } else { Array::new_c(d.dtype.clone(), &shape, data) };
    Ok((d, array.map_err(|e| e.to_string())?, if fortran { 'F' } else { 'C' }))
}
