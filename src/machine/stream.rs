//! One member as the machine left it, and the questions that the rest of the program asks of it.
//! Decodes values again from the file; keeps none.

use super::graph::{Graph, Handle, Node, NodeId, NodeRecord, Target};
use super::text::{self, TextCut};
use super::{LongForm, Pickle, TextForm, Value};
use crate::ops::text::{self as args, IntLine, PyError, PyInt};
use crate::ops::{Arg, Foreign, Index, Op, OpIndex, Opcode, RegionKind};
use crate::source::{Bytes, Diagnostic, Span, limits};

/// One member: its bytes, where its ops stand, what they build, what is wrong.
pub struct Stream {
    /// The member's bytes, inflated.
    pub bytes: Bytes,
    /// Where its ops stand, and the regions between them.
    pub index: Index,
    /// What its pickles build.
    pub graph: Graph,
    /// Its pickles, in the order of their first bytes.
    pub pickles: Vec<Pickle>,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// Bytes of other formats between ops, and the object that each belongs to (joblib's arrays, torch's storages).
    pub foreign: Vec<(Handle, Span)>,
    /// Objects whose content is a pickle of its own, and that pickle's number.
    pub nested: Vec<(Handle, usize)>,
    /// Where bytes stand before the first pickle: what pickle.load of the whole would raise.
    pub refused: Option<PyError>,
    /// Bytes scanned so far.
    pub scanned: u64,
    /// Nothing is left to scan.
    pub finished: bool,
    /// Counts the edited copies of the member; 0 is the file as it was opened.
    pub version: u64,
}

/// Why a pickle is taken to begin where it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Beginning {
    /// It begins at the first byte, or right behind the STOP of another, or where its container says.
    #[default]
    Plain,
    /// The user says so.
    Told,
    /// The bytes look like one: it stands behind a fault, or behind bytes that are no pickle.
    Guessed,
    /// The bytes look like more of the pickle before, whose fault it stands behind.
    GoesOn,
}

impl Stream {
    /// One that nothing is known of yet.
    pub fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            index: Index::new(),
            graph: Graph::default(),
            pickles: Vec::new(),
            problems: Vec::new(),
            foreign: Vec::new(),
            nested: Vec::new(),
            refused: None,
            scanned: 0,
            finished: false,
            version: 0,
        }
    }

    /// One that holds an array behind a header of its own, and no pickle. Its one value, [`Node::Content`], stands where
    /// a pickle's root does.
    pub fn of_content(bytes: Bytes, header: Span) -> Self {
        let mut stream = Self::new(bytes);
        let (len, first) = (stream.bytes.len(), OpIndex(0));
        let root = Handle::node(NodeId(0));
        let data = Span::new(header.end.min(len), len);
        stream.index.push_region(Span::new(0, data.start), RegionKind::Foreign(Foreign::Header));
        stream.index.push_region(data, RegionKind::Foreign(Foreign::Elements));
        stream.index.finish(len);
        stream.graph.nodes.push(NodeRecord { node: Node::Content, made: first, start: first });
        stream.foreign.push((root, Span::new(0, len)));
        let whole = Pickle::begun(Span::new(0, len), first);
        stream.pickles.push(Pickle { root: Some(root), complete: true, finished: true, ..whole });
        (stream.scanned, stream.finished) = (len, true);
        stream
    }

    /// It holds an array and no pickle: [`Stream::of_content`] made it.
    pub fn is_content(&self) -> bool {
        self.graph.nodes.first().is_some_and(|n| matches!(n.node, Node::Content))
    }

    /// A number that changes whenever there is more to see, or something else: what is kept of a stream is kept for this.
    pub const fn seen(&self) -> u64 {
        self.scanned.wrapping_add(self.version.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// What pickle.load raises where it is to load the pickle of that number, and where: bytes before the first pickle are
    /// read with it. What goes on behind a fault is never come to: it is the fault that raises.
    pub fn raises(&self, n: usize) -> Option<(&PyError, u64)> {
        let mut n = n;
        while let Some(before) = self.pickles.get(n).and_then(|p| p.behind).filter(|b| *b < n) {
            n = before;
        }
        let p = self.pickles.get(n)?;
        let at = p.fault.map_or(p.span.end, |f| f.start);
        self.refused.as_ref().filter(|_| n == 0).map(|e| (e, 0)).or(p.python.as_ref().map(|e| (e, at)))
    }

    /// Why the pickle of that number is taken to begin where it does.
    pub fn beginning(&self, n: usize) -> Beginning {
        let Some(p) = self.pickles.get(n) else { return Beginning::Plain };
        let before = |r: &&crate::ops::Region| r.span.end == p.span.start;
        let after = self.index.regions().partition_point(|r| r.span.start < p.span.start);
        let region = after.checked_sub(1).and_then(|i| self.index.regions().get(i)).filter(before);
        let broken = n.checked_sub(1).and_then(|i| self.pickles.get(i)).is_some_and(|q| !q.complete && q.finished);
        match region.map(|r| r.kind) {
            _ if p.started.is_some() => Beginning::Told,
            _ if p.behind.is_some() => Beginning::GoesOn,
            _ if p.within.is_some() => Beginning::Plain,
            Some(RegionKind::Gap | RegionKind::Fault) => Beginning::Guessed,
            _ if broken => Beginning::Guessed,
            _ => Beginning::Plain,
        }
    }

    /// The container was begun before a fault: what it held there is lost, and only the rest is known.
    pub fn is_rest(&self, h: Handle) -> bool {
        use Opcode as O;
        let container = |n: &NodeRecord| matches!(n.node, Node::List(_) | Node::Dict(_) | Node::Set(_));
        let made = self.graph.made(h);
        let supposes = |n: usize| self.pickles.get(n).is_some_and(|p| !p.beneath.is_empty());
        let fills = |op: Op| matches!(op.code, O::Append | O::Appends | O::Setitem | O::Setitems | O::Additems);
        self.graph.node_of(h).is_some_and(container)
            && self.pickle_of(made).is_some_and(supposes)
            && self.op(made).is_some_and(fills)
    }

    /// Adds a finding, as long as there is room for it.
    pub fn problem(&mut self, d: Diagnostic) {
        if self.problems.len() < limits::DIAGNOSTICS {
            self.problems.push(d);
        }
    }

    /// An op, decoded again.
    pub fn op(&self, op: OpIndex) -> Option<Op> {
        self.index.op(op, &self.bytes)
    }

    /// The pickle that an op belongs to: the innermost one.
    pub fn pickle_of(&self, op: OpIndex) -> Option<usize> {
        let n = self.pickles.partition_point(|p| p.first <= op);
        let mut i = n.checked_sub(1)?;
        loop {
            let p = self.pickles.get(i)?;
            if op.0 < p.first.0.saturating_add(p.ops) || !p.finished {
                return Some(i);
            }
            i = match p.within {
                Some(outer) => outer,
                None => i.checked_sub(1).filter(|j| self.pickles.get(*j).is_some_and(|q| q.within.is_some()))?,
            };
        }
    }

    /// A value, decoded again: strings and payloads stay in the file.
    pub fn value(&self, h: Handle) -> Value {
        match h.target() {
            Target::Node(id) => Value::Node(id),
            Target::Op(op) => self.op(op).map_or(Value::Broken(Span::default()), |op| self.scalar(&op)),
        }
    }

    /// The value that a scalar op pushes.
    pub fn scalar(&self, op: &Op) -> Value {
        match self.decoded(op) {
            // an empty line has no bytes to point at: the op has
            Value::Broken(span) if span.is_empty() => Value::Broken(op.span),
            value => value,
        }
    }

    fn decoded(&self, op: &Op) -> Value {
        match (op.code, op.arg) {
            (Opcode::None, _) => Value::None,
            (Opcode::Newtrue, _) => Value::Bool(true),
            (Opcode::Newfalse, _) => Value::Bool(false),
            (Opcode::Binint | Opcode::Binint1 | Opcode::Binint2, Arg::Int(i)) => Value::Int(i),
            (Opcode::Binfloat, Arg::Float(f)) => Value::Float(f),
            (Opcode::Long1 | Opcode::Long4, Arg::Data(span)) => self.binary_long(span),
            (Opcode::Int | Opcode::Long, Arg::Line(span)) => self.text_int(op.code, span),
            (Opcode::Float, Arg::Line(span)) => self.text_float(span),
            (Opcode::Binbytes | Opcode::ShortBinbytes | Opcode::Binbytes8, Arg::Data(span)) => Value::Bytes(span),
            (Opcode::Bytearray8, Arg::Data(span)) => Value::ByteArray(span),
            _ => match text::form(op) {
                Some((form @ (TextForm::Quoted | TextForm::Raw), span)) => Value::Legacy(form, span),
                Some((form, span)) => Value::Str(form, span),
                None => Value::Broken(op.span),
            },
        }
    }

    fn binary_long(&self, span: Span) -> Value {
        if span.len() > 16 {
            return Value::Long(LongForm::Binary, span);
        }
        match args::long_bytes(&self.bytes.read(span, 16)) {
            PyInt::Small(i) => Value::Int(i),
            PyInt::Big(_) => Value::Long(LongForm::Binary, span),
        }
    }

    fn text_int(&self, code: Opcode, span: Span) -> Value {
        // Longer lines are worked out on request.
        if span.len() > LINE {
            return Value::Long(LongForm::Text, span);
        }
        let line = self.bytes.read(span, usize::MAX);
        let read = match code {
            Opcode::Int => args::int_line(&line),
            _ => args::long_line(&line).map(IntLine::Int),
        };
        match read {
            Ok(IntLine::Bool(b)) => Value::Bool(b),
            Ok(IntLine::Int(PyInt::Small(i))) => Value::Int(i),
            Ok(IntLine::Int(PyInt::Big(_))) => Value::Long(LongForm::Text, span),
            // More digits than Python converts make a number all the same.
            Err(_) if decimal(&line) => Value::Long(LongForm::Text, span),
            Err(_) => Value::Broken(span),
        }
    }

    fn text_float(&self, span: Span) -> Value {
        let line = self.bytes.read(span, usize::try_from(LINE).unwrap_or(usize::MAX));
        args::float_line(&line).map_or(Value::Broken(span), Value::Float)
    }

    /// At most `max_chars` characters of a text.
    pub fn text(&self, form: TextForm, span: Span, max_chars: usize) -> TextCut {
        text::read(&self.bytes, form, span, max_chars)
    }

    /// The integer, where the value is one (or a boolean) of at most 64 bits.
    pub fn int(&self, h: Handle) -> Option<i64> {
        match self.value(h) {
            Value::Int(i) => Some(i),
            Value::Bool(b) => Some(i64::from(b)),
            _ => None,
        }
    }

    /// The whole text, where the value is one (Python 2's counts, as Latin-1) of at most [`limits::NAME`] bytes.
    pub fn str_of(&self, h: Handle) -> Option<String> {
        let (Value::Str(form, span) | Value::Legacy(form, span)) = self.value(h) else { return None };
        if span.len() > limits::NAME {
            return None;
        }
        Some(self.text(form, span, usize::MAX >> 8).text)
    }

    /// Where the bytes of a bytes, a bytearray or a raw Python 2 string lie, seen through a read-only view.
    pub fn bytes_of(&self, h: Handle) -> Option<Span> {
        let h = match self.graph.node_of(h).map(|n| &n.node) {
            Some(Node::ReadOnly(of)) => *of,
            _ => h,
        };
        match self.value(h) {
            Value::Bytes(span) | Value::ByteArray(span) | Value::Legacy(TextForm::Raw, span) => Some(span),
            _ => None,
        }
    }

    /// The handle is used in more than one place.
    pub fn is_shared(&self, h: Handle) -> bool {
        self.graph.is_shared(h)
    }
}

/// Bytes of a number's line that are worked out to show it.
const LINE: u64 = 8192;

fn decimal(line: &[u8]) -> bool {
    let digits = line.strip_suffix(b"L").unwrap_or(line);
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
