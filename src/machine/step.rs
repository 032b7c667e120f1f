//! What each of the 68 opcodes does to the stack, the marks, the memo and the graph. Never reads ahead, never recurses.
//!
//! An `Err` is where the machine itself cannot go on (an underflow, no mark, a memo entry that is not there). What only
//! CPython would refuse is noted, and the machine goes on.

use super::graph::{CallKind, Extent, Graph, Handle, Items, MemoPut, Node, State};
use super::kind::Kind;
use super::memo::Memo;
use super::reader::Reader;
use super::suppose::Below;
use super::write::{Names, add, give_items, give_state, name_lines, new_call, pour, tuple_kind};
use super::{diagnose, verdict};
use crate::ops::text::PyError;
use crate::ops::{Arg, Index, Op, OpIndex, Opcode};
use crate::source::{Bytes, Diagnostic, Span};

/// A value on the stack.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub value: Handle,
    /// The first of the ops that made it.
    pub start: OpIndex,
    pub kind: Kind,
}

/// A mark: how many values lie below it, and the op that set it.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub at: usize,
    pub op: OpIndex,
}

/// What an op does beyond the stack.
pub(super) enum Flow {
    /// Nothing.
    Next,
    /// STOP: the result.
    Stop(Handle),
    /// BUILD gave this object a state: foreign bytes may follow.
    Built(Handle),
}

/// What the machine works on besides itself.
pub(super) struct Cx<'a> {
    pub g: &'a mut Graph,
    pub index: &'a mut Index,
    pub bytes: &'a Bytes,
    pub names: &'a mut Names,
    pub args: &'a mut Reader,
}

/// Text ops that were pushed lately: STACK_GLOBAL nearly always takes two of these.
const RECENT: usize = 8;

/// The machine of one pickle.
pub(super) struct Machine {
    pub stack: Vec<Slot>,
    pub marks: Vec<Mark>,
    /// No op but the item-taking ones reaches below: where the newest mark stands.
    pub(super) fence: usize,
    pub memo: Memo,
    /// The first op of the pickle.
    pub(super) first: OpIndex,
    /// PROTO's argument, of the first PROTO.
    pub declared: Option<u8>,
    /// The highest protocol among the opcodes.
    pub highest: u8,
    buffers: u32,
    recent: [Option<(OpIndex, Op)>; RECENT],
    recent_at: usize,
    /// The machine was never at fault.
    pub sound: bool,
    /// The first thing that CPython would raise.
    pub python: Option<PyError>,
    /// What is to be said of single ops.
    pub findings: Vec<Diagnostic>,
    /// Findings that are still kept.
    room: u32,
    /// The op that runs.
    now: (Opcode, Span),
    /// Where the current frame ends, by its length.
    pub frame_end: u64,
    /// The first op that CPython would refuse because the pickle is broken.
    pub blamed: Option<Span>,
    /// Gathers what CPython would refuse and goes on as if it were sound, for those who mend it.
    pub refusals: Option<Vec<PyError>>,
    /// What lay beneath when the ops began is not known: it is supposed as it is wanted, topmost first.
    pub beneath: Option<Vec<Below>>,
    /// MEMOIZE counts entries that were lost: it numbers its own from here on.
    pub unnumbered: Option<u32>,
}

/// Findings about single ops that are kept of one pickle.
const FINDINGS: u32 = 100;

impl Machine {
    pub(super) fn new(memo: Memo, first: OpIndex) -> Self {
        Self {
            first,
            stack: Vec::new(),
            marks: Vec::new(),
            fence: 0,
            memo,
            declared: None,
            highest: 0,
            buffers: 0,
            recent: [None; RECENT],
            recent_at: 0,
            sound: true,
            python: None,
            findings: Vec::new(),
            room: FINDINGS,
            now: (Opcode::Stop, Span::default()),
            frame_end: 0,
            blamed: None,
            refusals: None,
            beneath: None,
            unnumbered: None,
        }
    }

    /// CPython would raise this; the pickle itself may be sound.
    #[cold]
    pub(super) fn note(&mut self, e: PyError, at: OpIndex) {
        // One of each sort tells enough: torch refers to hundreds of storages.
        let d = diagnose::refused(&e, self.now.0, self.now.1, at, false);
        if self.findings.iter().all(|f| f.code != d.code) {
            self.find(d);
        }
        self.python.get_or_insert(e);
    }

    /// CPython would raise this because the pickle is broken.
    #[cold]
    pub(super) fn blame(&mut self, e: PyError, at: OpIndex) {
        if let Some(refusals) = &mut self.refusals {
            refusals.push(e);
            return;
        }
        if self.sound {
            self.blamed = Some(self.now.1);
            self.find(diagnose::refused(&e, self.now.0, self.now.1, at, true));
        }
        self.stop(e);
    }

    /// The machine cannot go on.
    pub(super) fn stop(&mut self, e: PyError) {
        self.sound = false;
        self.python.get_or_insert(e);
    }

    pub(super) fn find(&mut self, d: Diagnostic) {
        if self.room > 0 {
            self.room -= 1;
            self.findings.push(d);
        }
    }

    /// Readers make different things of the op.
    #[cold]
    pub(super) fn disagree(&mut self, at: OpIndex, message: String) {
        self.find(diagnose::disagree(self.now.1, at, message));
    }

    /// Frames are of no concern to the C unpickler; pickle.py keeps to them.
    #[cold]
    fn straddles(&mut self, at: OpIndex) {
        let end = std::mem::take(&mut self.frame_end);
        if end > 1 << 62 {
            return;
        }
        let message = format!(
            "The opcode straddles the end of its frame, at {end}: pickle.load does not mind, Python's own pickle.py refuses."
        );
        self.disagree(at, message);
    }

    #[cold]
    fn underflow(&self) -> PyError {
        verdict::underflow(!self.marks.is_empty())
    }

    /// The newest mark, and the fence that holds once it is gone.
    pub(super) fn mark(&self) -> Result<(Mark, usize), PyError> {
        let (mark, below) = self.marks.split_last().ok_or_else(verdict::no_mark)?;
        Ok((*mark, below.last().map_or(0, |m| m.at)))
    }

    pub(super) fn drop_mark(&mut self, fence: usize) {
        self.marks.pop();
        self.fence = fence;
    }

    /// The `n` top values, if none of them lies below the fence.
    #[inline]
    fn top<const N: usize>(&self) -> Result<[Slot; N], PyError> {
        match self.stack.get(self.fence..).and_then(|s| s.last_chunk::<N>()) {
            Some(slots) => Ok(*slots),
            None => Err(self.underflow()),
        }
    }

    #[inline]
    fn scalar(&mut self, k: OpIndex, kind: Kind) {
        self.stack.push(Slot { value: Handle::op(k), start: k, kind });
    }

    /// Makes a node of what lay from `start` on, and pushes it.
    pub(super) fn make(&mut self, cx: &mut Cx<'_>, node: Node, k: OpIndex, start: OpIndex, kind: Kind) -> Handle {
        let value = add(cx.g, node, k, start);
        if start != k {
            cx.g.extents.push(Extent::new(k, start, Some(value)));
        }
        self.stack.push(Slot { value, start, kind });
        value
    }

    /// Runs one op.
    #[inline]
    pub(super) fn run(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex) -> Result<Flow, PyError> {
        use Opcode as O;
        self.now = (op.code, op.span);
        if op.span.start < self.frame_end && op.span.end > self.frame_end {
            self.straddles(k);
        }
        match op.code {
            O::None => self.scalar(k, Kind::None),
            O::Newtrue | O::Newfalse => self.scalar(k, Kind::Bool),
            O::Binint | O::Binint1 | O::Binint2 | O::Long1 | O::Long4 => self.scalar(k, Kind::Int),
            O::Binfloat => self.scalar(k, Kind::Float),
            O::Binbytes | O::ShortBinbytes | O::Binbytes8 => self.scalar(k, Kind::Bytes),
            O::Bytearray8 => self.scalar(k, Kind::ByteArray),
            O::Int | O::Long | O::Float => {
                let kind = self.number(cx, op, k);
                self.scalar(k, kind);
            }
            O::Binunicode | O::ShortBinunicode | O::Binunicode8 | O::Unicode => {
                if self.sound
                    && let Some(e) = verdict::text(cx.args, cx.bytes, op)
                {
                    self.blame(e, k);
                }
                self.remember(op, k);
                self.scalar(k, Kind::Str);
            }
            O::String | O::Binstring | O::ShortBinstring => {
                if self.sound
                    && let Some((e, broken)) = verdict::legacy_text(cx.args, cx.bytes, op)
                {
                    if broken { self.blame(e, k) } else { self.note(e, k) }
                }
                self.remember(op, k);
                self.scalar(k, Kind::Str);
            }
            O::Mark => {
                self.fence = self.stack.len();
                self.marks.push(Mark { at: self.fence, op: k });
            }
            O::EmptyList => {
                self.make(cx, Node::List(Items::None), k, k, Kind::List);
            }
            O::EmptyTuple => {
                self.make(cx, Node::Tuple(Items::None), k, k, Kind::Tuple);
            }
            O::EmptyDict => {
                self.make(cx, Node::Dict(Items::None), k, k, Kind::Dict);
            }
            O::EmptySet => {
                self.make(cx, Node::Set(Items::None), k, k, Kind::Set);
            }
            O::Tuple1 => self.counted_tuple::<1>(cx, k)?,
            O::Tuple2 => self.counted_tuple::<2>(cx, k)?,
            O::Tuple3 => self.counted_tuple::<3>(cx, k)?,
            O::Tuple | O::List | O::Dict | O::Frozenset => self.marked(cx, op.code, k)?,
            O::Append | O::Setitem => self.give_one(cx, op.code, k)?,
            O::Appends | O::Setitems | O::Additems => self.give_many(cx, op.code, k)?,
            O::BinPut | O::LongBinPut | O::Memoize => {
                let [top] = self.top::<1>()?;
                let key = match op.arg {
                    Arg::Int(i) => u32::try_from(i).unwrap_or(u32::MAX),
                    _ if self.unnumbered.is_some() => {
                        self.memoize_unnumbered(cx, k, top);
                        return Ok(Flow::Next);
                    }
                    _ => self.memo.count(),
                };
                self.put(cx, k, key, top);
            }
            O::Put => self.text_put(cx, op, k)?,
            O::BinGet | O::LongBinGet => {
                let Arg::Int(key) = op.arg else { return Ok(Flow::Next) };
                self.get(cx, k, key)?;
            }
            O::Get => {
                let key = verdict::memo_key(cx.args, op)?;
                self.get(cx, k, key)?;
            }
            O::Dup => {
                let [top] = self.top::<1>()?;
                self.fetched(cx, k, top.value, top.kind);
            }
            O::Pop => self.pop(cx, k)?,
            O::PopMark => {
                let (mark, fence) = self.mark()?;
                self.stack.truncate(mark.at);
                self.drop_mark(fence);
                cx.g.extents.push(Extent::new(k, mark.op, None));
            }
            O::Stop => {
                let [top] = self.top::<1>()?;
                self.stack.pop();
                return Ok(Flow::Stop(top.value));
            }
            O::Proto => {
                cx.g.thin.push(k);
                if let Arg::Int(v) = op.arg {
                    if v > 5 {
                        self.blame(verdict::protocol(v), k);
                    }
                    if k != self.first {
                        self.proto_again(k, v);
                    }
                    self.declared = self.declared.or(u8::try_from(v).ok());
                }
            }
            O::Frame => {
                cx.g.thin.push(k);
                if let Arg::Uint(n) = op.arg {
                    if op.span.start < self.frame_end {
                        let message =
                            "A frame within a frame: pickle.load does not mind, Python's own pickle.py refuses.";
                        self.disagree(k, message.to_owned());
                    }
                    self.frame_end = op.span.end.saturating_add(n);
                    if let Some(e) = verdict::frame(n, op.span.end, cx.bytes.len().saturating_sub(op.span.end)) {
                        self.blame(e, k);
                    }
                }
            }
            O::Global => self.global(cx, op, k),
            O::StackGlobal => self.stack_global(cx, k)?,
            O::Ext1 | O::Ext2 | O::Ext4 => {
                let Arg::Int(code) = op.arg else { return Ok(Flow::Next) };
                match verdict::extension(code) {
                    (e, true) => self.blame(e, k),
                    (e, false) => self.note(e, k),
                }
                self.make(cx, Node::Extension(code), k, k, Kind::Object);
            }
            O::Persid => {
                match verdict::persistent_line(cx.bytes, op) {
                    (e, true) => self.blame(e, k),
                    (e, false) => self.note(e, k),
                }
                self.make(cx, Node::Persistent(None), k, k, Kind::Object);
            }
            O::Binpersid => {
                let [pid] = self.top::<1>()?;
                self.note(verdict::no_persistent_load(), k);
                self.stack.pop();
                self.make(cx, Node::Persistent(Some(pid.value)), k, pid.start, Kind::Object);
            }
            O::NextBuffer => {
                self.note(verdict::no_buffers(), k);
                let n = self.buffers;
                self.buffers = n.saturating_add(1);
                self.make(cx, Node::Buffer(n), k, k, Kind::Object);
            }
            O::ReadonlyBuffer => {
                let [top] = self.top::<1>()?;
                let buffer = cx.g.node_of(top.value).is_some_and(|n| matches!(n.node, Node::Buffer(_)));
                if top.kind == Kind::ByteArray || buffer {
                    self.stack.pop();
                    let kind = if buffer { Kind::Object } else { Kind::View };
                    self.make(cx, Node::ReadOnly(top.value), k, top.start, kind);
                } else {
                    cx.g.thin.push(k);
                    if !matches!(top.kind, Kind::Bytes | Kind::View) {
                        self.blame(verdict::not_a_buffer(top.kind), k);
                    }
                }
            }
            O::Reduce => self.reduce(cx, k)?,
            O::NewObj => {
                let [cls, args] = self.top::<2>()?;
                self.check(verdict::new_obj(cls.kind, args.kind, None), k);
                self.call(cx, CallKind::NewObj, k, cls, args, None);
            }
            O::NewObjEx => {
                let [cls, args, kwargs] = self.top::<3>()?;
                self.check(verdict::new_obj(cls.kind, args.kind, Some(kwargs.kind)), k);
                self.call(cx, CallKind::NewObjEx, k, cls, args, Some(kwargs));
            }
            O::Inst => self.inst(cx, op, k)?,
            O::Obj => self.obj(cx, k)?,
            O::Build => {
                let [object, state] = self.top::<2>()?;
                if self.sound {
                    let e = verdict::build(cx, object, state);
                    self.check(e, k);
                }
                self.stack.pop();
                cx.g.extents.push(Extent::new(k, object.start, Some(object.value)));
                give_state(cx.g, object.value, State { op: k, value: state.value, setter: None });
                return Ok(Flow::Built(object.value));
            }
        }
        Ok(Flow::Next)
    }

    #[cold]
    fn proto_again(&mut self, k: OpIndex, v: i64) {
        if self.findings.iter().any(|f| f.code == "proto-again") {
            return;
        }
        let message =
            format!("PROTO {v} stands in the middle of the pickle; the last one decides how old names are mapped.");
        let d = Diagnostic::warning("proto-again", self.now.1, message).at_op(u64::from(k.0));
        self.find(d.hint("No stock pickler writes that; two pickles may have been run together."));
    }

    /// Bytes that the stack, the marks and the memo take, roughly.
    pub(super) fn memory(&self) -> u64 {
        let n = |len: usize, each: usize| (len as u64).saturating_mul(each as u64);
        n(self.stack.len(), size_of::<Slot>())
            + n(self.marks.len(), size_of::<Mark>())
            + u64::from(self.memo.count()) * 16
    }

    pub(super) fn check(&mut self, e: Option<PyError>, k: OpIndex) {
        if let Some(e) = e {
            self.blame(e, k);
        }
    }

    fn remember(&mut self, op: &Op, k: OpIndex) {
        self.recent_at = (self.recent_at + 1) % RECENT;
        if let Some(r) = self.recent.get_mut(self.recent_at) {
            *r = Some((k, *op));
        }
    }

    fn number(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex) -> Kind {
        let (kind, e) = verdict::number(cx.args, op);
        if let Some(message) = verdict::odd_number(cx.args, op) {
            self.disagree(k, message);
        }
        if let Some(e) = e {
            self.blame(e, k);
        }
        kind
    }

    fn counted_tuple<const N: usize>(&mut self, cx: &mut Cx<'_>, k: OpIndex) -> Result<(), PyError> {
        let slots = self.top::<N>()?;
        let kind = tuple_kind(&slots);
        let fill = pour(cx.g, &slots, k);
        self.stack.truncate(self.stack.len().saturating_sub(N));
        let start = slots.first().map_or(k, |s| s.start);
        self.make(cx, Node::Tuple(Items::One(fill)), k, start, kind);
        Ok(())
    }

    /// TUPLE, LIST, DICT, FROZENSET.
    fn marked(&mut self, cx: &mut Cx<'_>, code: Opcode, k: OpIndex) -> Result<(), PyError> {
        let (mark, fence) = self.mark()?;
        let slots = self.stack.get(mark.at..).unwrap_or(&[]);
        let e = match code {
            Opcode::Dict => verdict::dict_items(slots),
            Opcode::Frozenset => verdict::set_items(slots),
            _ => None,
        };
        let fill = pour(cx.g, slots, k);
        let items = if fill.len == 0 { Items::None } else { Items::One(fill) };
        let (node, kind) = match code {
            Opcode::List => (Node::List(items), Kind::List),
            Opcode::Dict => (Node::Dict(items), Kind::Dict),
            Opcode::Frozenset => (Node::FrozenSet(items), Kind::FrozenSet),
            _ => (Node::Tuple(items), tuple_kind(slots)),
        };
        self.check(e, k);
        self.stack.truncate(mark.at);
        self.drop_mark(fence);
        self.make(cx, node, k, mark.op, kind);
        Ok(())
    }

    /// APPEND, SETITEM.
    fn give_one(&mut self, cx: &mut Cx<'_>, code: Opcode, k: OpIndex) -> Result<(), PyError> {
        let items = if code == Opcode::Append { 1 } else { 2 };
        let at = self.stack.len().saturating_sub(items);
        if at <= self.fence || self.stack.len() < items {
            return Err(self.underflow());
        }
        self.give(cx, code, k, at);
        Ok(())
    }

    /// APPENDS, SETITEMS, ADDITEMS.
    fn give_many(&mut self, cx: &mut Cx<'_>, code: Opcode, k: OpIndex) -> Result<(), PyError> {
        let (mark, fence) = self.mark()?;
        if mark.at <= fence {
            return Err(verdict::underflow(self.marks.len() > 1));
        }
        self.drop_mark(fence);
        self.give(cx, code, k, mark.at);
        Ok(())
    }

    /// Gives what lies from `at` on to the value beneath.
    fn give(&mut self, cx: &mut Cx<'_>, code: Opcode, k: OpIndex, at: usize) {
        let (Some(target), Some(slots)) =
            (at.checked_sub(1).and_then(|i| self.stack.get(i)).copied(), self.stack.get(at..))
        else {
            return;
        };
        let idle = slots.is_empty()
            && match code {
                Opcode::Appends => !matches!(target.kind, Kind::List | Kind::ByteArray) && !target.kind.is_opaque(),
                Opcode::Additems => target.kind != Kind::Set && !target.kind.is_opaque(),
                _ => false,
            };
        let e = if self.sound && !slots.is_empty() { verdict::give(cx, code, target, slots) } else { None };
        let fill = pour(cx.g, slots, k);
        self.check(e, k);
        if idle {
            let name = target.kind.type_name();
            let message = format!("Nothing is added to a {name}: pickle.load does not mind, pickle.py fails.");
            self.disagree(k, message);
        }
        give_items(cx.g, target.value, code, fill);
        self.stack.truncate(at);
        cx.g.extents.push(Extent::new(k, target.start, Some(target.value)));
    }

    #[inline]
    fn put(&mut self, cx: &mut Cx<'_>, k: OpIndex, key: u32, top: Slot) {
        if !self.memo.put(key, top.value, top.kind) {
            let n = u32::try_from(cx.g.puts.len()).unwrap_or(u32::MAX);
            cx.g.overwrites.insert((key, n));
        }
        cx.g.puts.push(MemoPut { op: k, key, value: top.value });
    }

    fn text_put(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex) -> Result<(), PyError> {
        if let Some(e) = verdict::empty_line(op) {
            return Err(e);
        }
        let [top] = self.top::<1>()?;
        let key = verdict::memo_key(cx.args, op)?;
        if key < 0 {
            return Err(verdict::negative_put());
        }
        match u32::try_from(key) {
            Ok(key) => self.put(cx, k, key, top),
            Err(_) => {
                cx.g.thin.push(k);
                self.blame(verdict::no_memory(), k);
            }
        }
        Ok(())
    }

    #[inline]
    fn get(&mut self, cx: &mut Cx<'_>, k: OpIndex, key: i64) -> Result<(), PyError> {
        match u32::try_from(key).ok().and_then(|key| self.memo.get(key)) {
            Some((value, kind)) => {
                self.fetched(cx, k, value, kind);
                Ok(())
            }
            None => Err(verdict::no_memo(key)),
        }
    }

    #[inline]
    fn fetched(&mut self, cx: &mut Cx<'_>, k: OpIndex, value: Handle, kind: Kind) {
        cx.g.share(value);
        cx.g.extents.push(Extent::new(k, k, Some(value)));
        self.stack.push(Slot { value, start: k, kind });
    }

    fn pop(&mut self, cx: &mut Cx<'_>, k: OpIndex) -> Result<(), PyError> {
        if let Some(mark) = self.marks.last().copied().filter(|m| m.at == self.stack.len()) {
            let (_, fence) = self.mark()?;
            self.drop_mark(fence);
            cx.g.extents.push(Extent::new(k, mark.op, None));
            return Ok(());
        }
        let [top] = self.top::<1>()?;
        self.stack.pop();
        self.setter(cx.g, top.value, k);
        cx.g.extents.push(Extent::new(k, top.start, None));
        Ok(())
    }

    /// `setter GET(obj) state TUPLE2 REDUCE POP` above obj: the sixth slot of obj's reduce tuple.
    fn setter(&self, g: &mut Graph, popped: Handle, k: OpIndex) {
        let Some(record) = g.node_of(popped) else { return };
        let Node::Call(call) = &record.node else { return };
        if call.kind != CallKind::Reduce || record.made.0.checked_add(1) != Some(k.0) {
            return;
        }
        let (Some(args), Some(below)) = (g.tuple(call.args), self.stack.last()) else { return };
        if args.len() != 2 || g.item(args, 0) != Some(below.value) || g.call(below.value).is_none() {
            return;
        }
        let Some(value) = g.item(args, 1) else { return };
        let state = State { op: record.made, value, setter: Some(call.callable) };
        give_state(g, below.value, state);
    }

    fn global(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex) {
        let Arg::Pair(module, name) = op.arg else { return };
        if self.sound {
            let e = verdict::global_lines(cx.bytes, op, false);
            self.check(e, k);
        }
        let id = name_lines(cx, module, name);
        if self.sound && cx.g.names.get(id.0 as usize).is_some_and(|(m, n)| !m.is_ascii() || !n.is_ascii()) {
            self.disagree(k, "A name that is not ASCII: pickle.load reads it, pickletools stops at it.".to_owned());
        }
        self.make(cx, Node::Global { name: id, parts: None }, k, k, Kind::Class);
    }

    fn stack_global(&mut self, cx: &mut Cx<'_>, k: OpIndex) -> Result<(), PyError> {
        let [module, name] = self.top::<2>()?;
        if module.kind != Kind::Str || name.kind != Kind::Str {
            self.blame(verdict::names_not_text(), k);
        }
        let m = self.text_of(cx, module);
        let n = self.text_of(cx, name);
        let id = cx.names.intern(cx.g, &m, &n);
        self.stack.truncate(self.stack.len().saturating_sub(2));
        let node = Node::Global { name: id, parts: Some((module.value, name.value)) };
        self.make(cx, node, k, module.start, Kind::Class);
        Ok(())
    }

    /// A text value, for a name; `?` for what is none.
    fn text_of(&self, cx: &mut Cx<'_>, slot: Slot) -> String {
        let super::graph::Target::Op(at) = slot.value.target() else { return "?".to_owned() };
        let recent = self.recent.iter().flatten().find(|(k, _)| *k == at).map(|(_, op)| *op);
        let Some(op) = recent.or_else(|| cx.index.op(at, cx.bytes)) else { return "?".to_owned() };
        match slot.kind {
            Kind::Str => super::text::of_op(cx.args, &op, super::write::NAME),
            _ => "?".to_owned(),
        }
    }

    fn reduce(&mut self, cx: &mut Cx<'_>, k: OpIndex) -> Result<(), PyError> {
        let [callable, args] = self.top::<2>()?;
        if !args.kind.is_tuple() && !args.kind.is_opaque() && args.kind != Kind::None {
            let message = "The arguments are no tuple: pickle.load refuses, Python's own pickle.py takes any iterable.";
            self.disagree(k, message.to_owned());
        }
        self.check(verdict::reduce(callable.kind, args.kind), k);
        self.call(cx, CallKind::Reduce, k, callable, args, None);
        Ok(())
    }

    fn call(&mut self, cx: &mut Cx<'_>, kind: CallKind, k: OpIndex, f: Slot, args: Slot, kwargs: Option<Slot>) {
        let taken = if kwargs.is_some() { 3 } else { 2 };
        self.stack.truncate(self.stack.len().saturating_sub(taken));
        let node = new_call(kind, f.value, args.value, kwargs.map(|s| s.value));
        self.make(cx, node, k, f.start, Kind::Object);
    }
}
