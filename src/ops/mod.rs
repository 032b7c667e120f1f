//! Bytes to ops: the opcode table, the decoder, the index of where each op stands, and the listing.
//! Knows the shape of opcodes, not what they build.
//!
//! - [`decode()`]: the op at a cursor, or a fault with its span; payloads and lines stay in the file, as spans of [`Arg`].
//! - [`Index`]: a scan pushes each op's span and each region; then any op, offset or range is looked up again.
//! - [`text`]: spans to values, with CPython's words where it refuses, and maps from unescaped bytes to the file.
//! - [`encode`]: what is typed for an argument to the op's bytes, and back.
//! - [`pyrepr`]: Python's `repr`. [`listing`]: the text of `pickletools`, and rows of it. [`sniff`]: where pickles start.

mod decode;
pub mod encode;
mod index;
pub mod listing;
mod printable;
pub mod pyrepr;
pub mod sniff;
mod table;
pub mod text;

use crate::source::Span;
pub use decode::{FaultKind, OpFault, Step, decode};
pub use index::{EVERY, FAR, Foreign, Index, Ops, Owner, Part, Piece, Pieces, Region, RegionKind};
pub use table::{OpInfo, Opcode};

/// The family of an opcode: one colour and one letter in every panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// PROTO, FRAME, MARK, STOP, POP …: holds the stream together.
    Structure,
    /// Integers, floats, None and booleans.
    Number,
    /// Strings.
    Text,
    /// Bytes, bytearrays and out-of-band buffers.
    Bytes,
    /// Lists, tuples, dicts, sets and what fills them.
    Container,
    /// What stores in the memo and fetches from it.
    Memo,
    /// What names something outside: globals, extension codes, persistent ids.
    Global,
    /// What calls: REDUCE, NEWOBJ, INST, OBJ, BUILD.
    Call,
}

impl Class {
    /// All of them, in legend order.
    pub const ALL: &[Self] = &[
        Self::Structure,
        Self::Number,
        Self::Text,
        Self::Bytes,
        Self::Container,
        Self::Memo,
        Self::Global,
        Self::Call,
    ];

    /// Its name in a legend.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Number => "number",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Container => "container",
            Self::Memo => "memo",
            Self::Global => "global",
            Self::Call => "call",
        }
    }
}

/// What the stack holds before or after an opcode, as `pickletools` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the Python type of its name")]
pub enum Slot {
    Any,
    Mark,
    /// Everything above the mark.
    Slice,
    None,
    Bool,
    Int,
    Float,
    /// Python 2's 8-bit string.
    Str,
    Unicode,
    Bytes,
    ByteArray,
    Buffer,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
}

/// What follows an opcode's byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArgKind {
    /// Nothing.
    None,
    /// One byte, unsigned.
    Uint1,
    /// Two bytes, unsigned, little-endian.
    Uint2,
    /// Four bytes, unsigned, little-endian.
    Uint4,
    /// Eight bytes, unsigned, little-endian.
    Uint8,
    /// Four bytes, signed, little-endian.
    Int4,
    /// Eight bytes of IEEE 754 double, big-endian.
    Float8,
    /// A line: a decimal integer.
    DecimalNlShort,
    /// A line: a decimal integer with a trailing `L`.
    DecimalNlLong,
    /// A line: a float.
    FloatNl,
    /// A line: a quoted, escaped Python 2 string.
    StringNl,
    /// A line: bare ASCII text.
    StringNlNoEscape,
    /// Two lines: a module and a name.
    StringNlPair,
    /// A line: raw-unicode-escape text.
    UnicodeNl,
    /// A one-byte length and bytes.
    Bytes1,
    /// A 4-byte length and bytes.
    Bytes4,
    /// An 8-byte length and bytes.
    Bytes8,
    /// An 8-byte length and the bytes of a bytearray.
    ByteArray8,
    /// A one-byte length and a Python 2 string.
    String1,
    /// A 4-byte length and a Python 2 string (CPython 3 reads the length unsigned).
    String4,
    /// A one-byte length and UTF-8.
    Unicode1,
    /// A 4-byte length and UTF-8.
    Unicode4,
    /// An 8-byte length and UTF-8.
    Unicode8,
    /// A one-byte length and a two's complement integer, little-endian.
    Long1,
    /// A 4-byte signed length and a two's complement integer, little-endian.
    Long4,
}

/// The number of an op within its member, counted from 0 over all pickles in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpIndex(pub u32);

/// One decoded op.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Op {
    /// What it is.
    pub code: Opcode,
    /// Its bytes, argument and payload included.
    pub span: Span,
    /// Its argument.
    pub arg: Arg,
}

/// A decoded argument. Strings and payloads stay in the file, as spans.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arg {
    /// There is none.
    None,
    /// `Uint1` to `Int4`.
    Int(i64),
    /// `Uint8`: FRAME's length.
    Uint(u64),
    /// `Float8`.
    Float(f64),
    /// One line, without its LF.
    Line(Span),
    /// Two lines, without their LFs.
    Pair(Span, Span),
    /// The payload of a counted argument, without its length field.
    Data(Span),
}
