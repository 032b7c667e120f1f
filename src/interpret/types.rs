//! What an interpretation is made of: its surroundings, its result, its parts. Data only; no reading happens here.

use super::payload::Payload;
use super::torch_tar::TarTensors;
use crate::machine::{Handle, Stream, TextForm};
use crate::ops::OpIndex;
use crate::source::{Bytes, Diagnostic, Span};
use crate::tensor::{Array, ByteOrder, LongDouble};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How Python 2's 8-bit strings are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LegacyText {
    /// Text where all bytes are ASCII, else bytes.
    #[default]
    Auto,
    /// Text; bytes beyond ASCII are escaped, and said.
    Ascii,
    /// Each byte is the character of its number.
    Latin1,
    /// UTF-8 where it is valid, else bytes.
    Utf8,
    /// Bytes, always.
    Bytes,
}

/// What the user may choose where the file does not tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// How Python 2's 8-bit strings are taken.
    pub legacy_text: LegacyText,
    /// copyreg's extension registry: code → (module, name).
    pub extensions: BTreeMap<i64, (String, String)>,
    /// The layout of 16-byte floats; `None` judges by the bytes of each array.
    pub long_double: Option<LongDouble>,
}

/// Bytes that a pickle refers to and does not hold.
pub trait Externals: Sync {
    /// The raw storage of that key (torch's `data/0` …).
    fn storage(&self, key: &str) -> Option<Bytes>;
    /// Out-of-band buffer `n` of the pickle of that number.
    fn buffer(&self, pickle: usize, n: u32) -> Option<Bytes>;
    /// A file that stands beside this one (joblib's `.npy` of before 0.10).
    fn sibling(&self, name: &str) -> Option<Bytes> {
        let _ = name;
        None
    }
    /// The tensors of torch's tar that the pickle is a member of.
    fn torch_tar(&self) -> Option<Arc<TarTensors>> {
        None
    }
    /// The byte order of [`Externals::storage`]; torch writes it beside them, and without it is little-endian.
    fn storage_order(&self) -> ByteOrder {
        ByteOrder::Little
    }
}

/// Nothing outside the pickle is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoExternals;

impl Externals for NoExternals {
    fn storage(&self, _: &str) -> Option<Bytes> {
        None
    }
    fn buffer(&self, _: usize, _: u32) -> Option<Bytes> {
        None
    }
}

/// What an interpretation may look at. Cheap to make each time.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// The member that the handle belongs to.
    pub stream: &'a Stream,
    /// The user's choices.
    pub options: &'a Options,
    /// What lies outside.
    pub externals: &'a dyn Externals,
    /// Payloads that must be unescaped before they can be read (arrays of protocol 0 to 2) are, whatever their size.
    /// A row of a tree sets it to false: the meaning of such an array then says [`ArrayMeaning::deferred`].
    pub thorough: bool,
    /// Readers that asked readers for a part: a part may hold what holds it.
    depth: u8,
}

/// Readers that ask readers, at most.
const DEPTH: u8 = 12;

impl<'a> Cx<'a> {
    /// Surroundings in which payloads are read in full.
    pub fn new(stream: &'a Stream, options: &'a Options, externals: &'a dyn Externals) -> Self {
        Self { stream, options, externals, thorough: true, depth: 0 }
    }

    /// The same for a row that must be drawn at once.
    #[must_use]
    pub const fn quick(mut self) -> Self {
        self.thorough = false;
        self
    }

    /// The surroundings in which a part is read; `None` where parts within parts go too deep.
    pub(super) fn deeper(mut self) -> Option<Self> {
        self.depth += 1;
        (self.depth <= DEPTH).then_some(self)
    }
}

/// One kind of object.
///
/// ```
/// use picklescope::interpret::{Cx, Meaning, Reader};
/// use picklescope::machine::Handle;
///
/// pub struct Celsius;
///
/// impl Reader for Celsius {
///     fn name(&self) -> &'static str {
///         "weather.celsius"
///     }
///
///     fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
///         let call = cx.call_of(h, "weather", &["Celsius"])?; // not mine: the next reader is asked
///         let degrees = cx.float(cx.arg(call, 0)?)?; // checked before it is believed
///         let sentence = "A temperature.".to_owned();
///         Some(Meaning { sentence, ..Meaning::scalar(self.name(), "weather.Celsius", format!("{degrees} °C")) })
///     }
/// }
/// ```
pub trait Reader: Sync {
    /// Its stable name, as `numpy.array`.
    fn name(&self) -> &'static str;

    /// Bids for an object: `None` says that it is not of this kind. A meaning may carry notes about what does not fit.
    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning>;

    /// Python's repr in pieces, where `Meaning::short` is not all of it.
    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let _ = (cx, h);
        None
    }

    /// The children, where they are not simply those of the object's state and items.
    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        let _ = (cx, h);
        None
    }
}

/// What a value means.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// The reader that knew it: `numpy.array`, `datetime`, `raw` …
    pub reader: &'static str,
    /// Python's qualified type name: `numpy.ndarray`, `dict`.
    pub kind: String,
    /// The value in one tree row, at most 200 characters, control characters escaped.
    pub short: String,
    /// What it is, for a reader who never saw the protocol.
    pub sentence: String,
    /// Bytes of its raw data, where it has such.
    pub bytes: Option<u64>,
    /// The value itself, as far as a view can show it.
    pub body: Body,
    /// What does not fit, is ignored or was guessed.
    pub notes: Vec<Diagnostic>,
}

impl Meaning {
    /// A meaning of which only the kind is known yet.
    pub fn blank(reader: &'static str, kind: impl Into<String>, body: Body) -> Self {
        let (short, sentence) = (String::new(), String::new());
        Self { reader, kind: kind.into(), short, sentence, bytes: None, body, notes: Vec::new() }
    }

    /// A value that one line says all of.
    pub fn scalar(reader: &'static str, kind: impl Into<String>, short: impl Into<String>) -> Self {
        Self { short: short.into(), ..Self::blank(reader, kind, Body::Scalar) }
    }
}

/// What a view can show of a value.
#[derive(Clone, Debug)]
pub enum Body {
    /// `short` says it all.
    Scalar,
    /// Text in the file.
    Text {
        /// How it is written.
        form: TextForm,
        /// Where.
        span: Span,
    },
    /// Bytes in the file.
    Bytes(Span),
    /// An array.
    Array(Box<ArrayMeaning>),
    /// Named columns.
    Frame(Box<FrameMeaning>),
    /// A picture: rows, columns and perhaps channels.
    Picture(Box<ArrayMeaning>),
    /// A sparse matrix.
    Sparse(Box<SparseMeaning>),
    /// Its children tell.
    Object,
}

impl Body {
    /// The array of an array or a picture.
    pub fn array(&self) -> Option<&ArrayMeaning> {
        match self {
            Self::Array(a) | Self::Picture(a) => Some(a),
            _ => None,
        }
    }
}

/// An array: NumPy's, `array.array`, a tensor, the pixels of an image.
#[derive(Clone, Debug)]
pub struct ArrayMeaning {
    /// Elements, shape, strides, mask. Elements that are Python objects hold [`handle_bits`](super::handle_bits).
    pub array: Array,
    /// How the elements are stored: `C`, `F`, or `K` for any other order.
    pub order: char,
    /// The raw elements, where they are one run of the member's bytes.
    pub raw: Option<Span>,
    /// Every element is there.
    pub complete: bool,
    /// The list of elements in C order, for an array of objects.
    pub objects: Option<Handle>,
    /// dtype or order were guessed; the notes say why.
    pub guessed: bool,
    /// The elements lie in other bytes than the member's: says in which (`storage 0`, `out-of-band buffer 1`).
    /// File offsets that the array tells are then of those bytes.
    pub outside: Option<String>,
    /// The elements were not read because [`Cx::quick`] was asked for.
    pub deferred: bool,
    /// What the report writes where the library's name of the type is not NumPy's text (`bfloat16`, `StringDType()`).
    pub dtype_name: Option<String>,
}

impl ArrayMeaning {
    /// An array whose elements are in memory or in bytes that nothing is said of: complete where all of them are there.
    pub fn of(array: Array, order: char) -> Self {
        Self {
            complete: array.is_complete(),
            array,
            order,
            raw: None,
            objects: None,
            guessed: false,
            outside: None,
            deferred: false,
            dtype_name: None,
        }
    }
}

/// A table with named columns.
#[derive(Clone, Debug)]
pub struct FrameMeaning {
    /// Its columns, in order; at most `limits::FRAME_COLUMNS` of them.
    pub columns: Vec<FrameColumn>,
    /// Number of columns, shown or not.
    pub width: u64,
    /// Number of rows.
    pub rows: u64,
    /// The row labels, one column for each level.
    pub index: Vec<FrameColumn>,
}

/// A column of a table, or a level of its index.
#[derive(Clone, Debug)]
pub struct FrameColumn {
    /// Its name, as text.
    pub name: String,
    /// Its type in the library's words: `int64`, `category`, `datetime64[ns, UTC]`.
    pub dtype: String,
    /// Its values, where they are an array.
    pub values: Option<ArrayMeaning>,
    /// The distinct values that `values` number, for categories and index levels.
    pub categories: Option<ArrayMeaning>,
    /// What holds the values in the pickle.
    pub handle: Option<Handle>,
    /// Values of a range: start and step.
    pub range: Option<(i64, i64)>,
}

/// A sparse matrix by its parts.
#[derive(Clone, Debug)]
pub struct SparseMeaning {
    /// `csr`, `csc`, `coo`, `bsr`, `dia`, `lil`, `dok`.
    pub format: &'static str,
    /// Rows and columns (more for n-dimensional coo).
    pub shape: Vec<u64>,
    /// Stored values.
    pub stored: u64,
    /// The parts by their attribute names (`data`, `indices`, `indptr`, `row`, `col`, `offsets` …).
    pub parts: Vec<(&'static str, ArrayMeaning)>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Seg {
    /// `[1]`, or `[1, 0]` in an array of objects.
    Index(Vec<u64>),
    /// `[key]`.
    Key(Handle),
    /// `.name`
    Attr(Box<str>),
    /// `.__reduce__`
    Reduce,
    /// `.__setstate__`
    SetState,
    /// `[i]` of a reduce tuple or a state.
    Slot(u32),
    /// `.__reduce__[1][i]`: an argument of the call that makes an object.
    Arg(u32),
    /// `.__reduce__[0]`: what is called, where it is no global.
    Callable,
    /// `.__reduce__[1]`: the arguments as they are.
    Args,
    /// `.__reduce__[5]`: the state setter.
    Setter,
    /// `.pending[k]`: a value that a cut left on the stack, counted from the bottom.
    Pending(u32),
    /// `.persistent_id`: the value of BINPERSID.
    Pid,
    /// `.__reduce__[1][key]`: a keyword argument of NEWOBJ_EX.
    Kwarg(Handle),
    /// `.__setstate__[key]`: an entry of a state whose key is no identifier.
    StateKey(Handle),
}

/// A child as the tree of values shows it.
#[derive(Clone, Debug)]
pub struct Child {
    /// The step from the parent.
    pub seg: Seg,
    /// That step as Python writes it, at most 80 characters, escaped.
    pub label: String,
    /// The child.
    pub handle: Handle,
}

/// A run of children, made by a reader.
#[derive(Clone, Debug)]
pub enum Part {
    /// One child.
    One(Seg, Handle),
    /// Items of a list, tuple or set, by index.
    Items(Handle),
    /// What APPENDS gave an object, by index.
    Appended(Handle),
    /// What SETITEMS gave an object, by key.
    Stored(Handle),
    /// Entries of a dict, by key.
    Entries(Handle),
    /// Entries of a list of [key, value] pairs, by key.
    PairList(Handle),
    /// Entries of a dict as attributes of the object.
    Attributes(Handle),
    /// Arguments of a call.
    Arguments(Handle),
    /// Elements of an array of objects: their list, and the shape.
    Elements(Handle, Vec<u64>),
}

/// A part of a repr.
#[derive(Clone, Debug)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// The repr of a value.
    Value(Handle),
    /// The repr of bytes.
    Bytes(Payload),
    /// Items with separators: `1, 2`.
    Items(Handle),
    /// What APPENDS gave the object.
    Appended(Handle),
    /// What SETITEMS gave the object: `k: v, …`.
    Stored(Handle),
    /// Entries of a dict: `k: v, …`.
    Entries(Handle),
    /// Items of a list of [key, value] pairs: `k: v, …`.
    PairList(Handle),
    /// Entries of a dict as keywords: `k=v, …`.
    Keywords(Handle),
    /// Arguments of the object's call.
    Arguments(Handle),
}

/// The panel that explains: how an object is pickled.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// All of it in one sentence.
    pub sentence: String,
    /// One to three property grids, side by side.
    pub columns: Vec<Column>,
}

/// One property grid.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// `REDUCE TUPLE`, `DTYPE STATE`, `__SETSTATE__` …
    pub title: &'static str,
    /// What it is.
    pub subtitle: String,
    /// Its rows.
    pub rows: Vec<Slot>,
    /// The opcodes that it comes from.
    pub footer: String,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// Its number in the tuple, as text; empty for what is not in one.
    pub slot: String,
    /// Its name.
    pub name: String,
    /// Its raw value, short.
    pub value: String,
    /// What that means: a sentence.
    pub meaning: String,
    /// What does not add up.
    pub fault: Option<String>,
    /// Its bytes.
    pub span: Option<Span>,
    /// The op that made it.
    pub op: Option<OpIndex>,
    /// The value.
    pub handle: Option<Handle>,
    /// Rows of a higher level are parts of the row above.
    pub level: u8,
}
