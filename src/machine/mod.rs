//! Ops to graph: the symbolic pickle machine, its memo and marks, what each op did, and what CPython would say.
//! Nothing is imported, called or looked up on the host.

mod children;
mod diagnose;
mod graph;
mod instance;
mod kind;
mod memo;
mod mend;
mod optree;
mod reader;
mod repair;
mod replay;
mod resume;
mod resync;
mod scan;
mod step;
mod stream;
mod suppose;
mod swap;
mod text;
mod trace;
mod verdict;
mod what;
mod write;

pub use crate::ops::text::PyError;
use crate::ops::{OpFault, OpIndex};
use crate::source::Span;
pub use children::{Child, Children, Label};
pub use graph::{
    BitSet, Call, CallKind, Extent, Extra, Fill, Graph, Handle, Items, MemoPut, NameId, Node, NodeId, NodeRecord, Run,
    State, Target,
};
pub use kind::Kind;
pub use mend::{Cure, Frame, Mend, cure, frame_around, is_of_the_whole, may_be_cured};
pub use optree::{Branch, Row, RowKind};
pub use repair::{Repair, try_repair};
pub use replay::{Instead, Judge, Refused, Replay, Verdict, fetches_from, inner, replay};
pub use scan::{Holding, Inline, Inlines, NoInlines, Options, Scan, Start};
pub use stream::{Beginning, Stream};
pub use suppose::{Below, UNNUMBERED};
pub use text::TextCut;
pub use trace::{Effect, MemoEntry, MemoView, Stack, StackItem};
pub use what::{WhatItIs, what_it_is};

/// One pickle of a member: from its first opcode to one past STOP, or to where decoding ended.
#[derive(Clone, Debug)]
pub struct Pickle {
    /// Its bytes.
    pub span: Span,
    /// Its first op.
    pub first: OpIndex,
    /// Number of its ops.
    pub ops: u32,
    /// PROTO's argument; without PROTO, the highest protocol among the opcodes.
    pub protocol: u8,
    /// What STOP returned; for a damaged pickle, the lowest value left on the stack.
    pub root: Option<Handle>,
    /// Values that were still on the stack at the end, bottom first, the root not among them.
    pub pending: Vec<Handle>,
    /// Marks that were still open at the end, each by the number of values (root and pending) that lie below it.
    pub marks: Vec<u32>,
    /// STOP was reached and the machine was never at fault.
    pub complete: bool,
    /// Scanning of this pickle has ended.
    pub finished: bool,
    /// What CPython would raise; `None` where it would return.
    pub python: Option<PyError>,
    /// The op at fault, or where the next op would have been.
    pub fault: Option<Span>,
    /// The bytes at which decoding ended, where no op could be made of them: what there is of a cut payload.
    pub cut: Option<OpFault>,
    /// Where its memo begins among [`Graph::puts`]; with a carried memo, an earlier pickle's.
    pub memo_from: u32,
    /// The pickle that this one stands within: between two ops of it.
    pub within: Option<usize>,
    /// The user says that it starts here.
    pub started: Option<Start>,
    /// It is no pickle of its own, but, by a guess, what goes on behind the fault of the pickle with this number.
    pub behind: Option<usize>,
    /// What its ops took from beneath all that they had pushed, topmost first: it stood before a fault, and is lost.
    pub beneath: Vec<Below>,
}

impl Pickle {
    /// One that has just begun: nothing of it was run yet.
    pub const fn begun(span: Span, first: OpIndex) -> Self {
        Self {
            span,
            first,
            ops: 0,
            protocol: 0,
            root: None,
            pending: Vec::new(),
            marks: Vec::new(),
            complete: false,
            finished: false,
            python: None,
            fault: None,
            cut: None,
            memo_from: 0,
            within: None,
            started: None,
            behind: None,
            beneath: Vec::new(),
        }
    }
}

/// A value, decoded as far as it is cheap: strings and payloads stay in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// None.
    None,
    /// True or False.
    Bool(bool),
    /// An integer of at most 64 bits.
    Int(i64),
    /// A longer integer: its text or its two's complement bytes.
    Long(LongForm, Span),
    /// A float.
    Float(f64),
    /// Text.
    Str(TextForm, Span),
    /// Python 2's 8-bit string: `Quoted` (with escapes) or `Raw`.
    Legacy(TextForm, Span),
    /// bytes.
    Bytes(Span),
    /// bytearray.
    ByteArray(Span),
    /// Something that was built.
    Node(NodeId),
    /// An op whose argument makes no sense.
    Broken(Span),
}

/// How a long integer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongForm {
    /// Decimal (or, with a prefix, other) text.
    Text,
    /// Two's complement, little-endian.
    Binary,
}

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// UTF-8, lone surrogates allowed.
    Utf8,
    /// Latin-1 with `\uXXXX` escapes: UNICODE.
    RawUnicodeEscape,
    /// A quoted literal with escapes: STRING. The span holds the quotes.
    Quoted,
    /// Bytes as they are: BINSTRING.
    Raw,
}
