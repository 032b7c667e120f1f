//! The stack of a damaged pickle, folded from its top: each step is an opcode that a writer would have written next, and
//! the place that a value gets by it. What is ambiguous is decided by the neighbours, and said to be a guess.

use super::habits::{self, Habits};
use super::{Closing, CutArrays, Entry, Fate, Piece};
use crate::interpret::path::Path;
use crate::interpret::repr;
use crate::interpret::types::{Cx, Seg};
use crate::machine::{Handle, Items, Kind, Node, Pickle, Replay, Value};
use crate::ops::Opcode;
use crate::source::{Span, limits};

/// Bytes from which the arguments of an unfinished call are worth keeping without it.
pub(super) const SUBSTANCE: u64 = 64;
/// Items that a stock pickler puts in at once; a container with another number of them is whole.
const BATCH: u64 = 1000;

/// Steps of a path, beyond which a value has none: lists in lists, a hundred thousand deep, would fill the memory.
const DEEPEST: usize = 1_000;
/// Steps of all paths of a pickle together.
const STEPS: usize = 4_000_000;

/// A value on the stack, or made of some that were.
#[derive(Clone, Debug)]
pub(super) struct Val {
    pub handle: Option<Handle>,
    /// It was replaced by None.
    pub mended: bool,
    pub made: Made,
    /// What took it, and as what; `None` as a step where the damaged file has no such place.
    pub parent: Option<(usize, Option<Seg>)>,
    /// It was thrown away.
    pub gone: bool,
    /// It was closed here: nothing more goes into it, and what it holds may not be all.
    pub closed: bool,
}

/// What a value is that no op of the file made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// One did.
    No,
    /// A tuple of so many.
    Tuple(u64),
    /// Anything else.
    Other,
}

/// What a value is like, to be compared with its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sig {
    None,
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    List,
    Dict,
    Set,
    Tuple(u64),
    Call(Option<Handle>),
    Global,
}

/// What a frame of values is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    List,
    Dict,
    Set,
    /// Arguments of the callable beneath the mark.
    Args,
    /// The state of the object beneath the mark, or its items.
    Object,
    Tuple,
    /// There is no mark.
    Bottom,
}

/// The stack, its marks, and what was decided so far.
pub(super) struct Plan<'a, 'b> {
    pub cx: &'b Cx<'a>,
    pub pickle: usize,
    pub record: Option<&'a Pickle>,
    pub arrays: CutArrays,
    /// Bytes are to be written, not only places to be known.
    pub emits: bool,
    /// Paths are wanted, not only what takes what.
    pub paths: bool,
    pub vals: Vec<Val>,
    /// Numbers of `vals`, bottom first.
    pub stack: Vec<usize>,
    /// How many values of the stack lie below each mark, bottom first.
    pub marks: Vec<usize>,
    pub habits: Habits,
    pub out: Closing,
    /// Entries whose path is that of a value: it is known at the end.
    said: Vec<(Entry, Option<usize>)>,
    next_key: u32,
}

impl<'a, 'b> Plan<'a, 'b> {
    pub(super) fn new(cx: &'b Cx<'a>, n: usize, arrays: CutArrays, replay: Option<&Replay>) -> Self {
        let record = cx.stream.pickles.get(n);
        let values = record.into_iter().flat_map(|p| p.root.into_iter().chain(p.pending.iter().copied()));
        let kinds = replay.map_or(&[][..], |r| r.kinds.as_slice());
        let val = |(i, h): (usize, Handle)| Val {
            handle: Some(h),
            mended: kinds.get(i) == Some(&Kind::None) && h.as_node().is_some(),
            made: Made::No,
            parent: None,
            gone: false,
            closed: false,
        };
        let vals: Vec<Val> = values.enumerate().map(val).collect();
        let marks = record.map_or(&[][..], |p| p.marks.as_slice());
        Self {
            cx,
            pickle: n,
            record,
            arrays,
            emits: replay.is_some(),
            paths: true,
            stack: (0..vals.len()).collect(),
            vals,
            marks: marks.iter().filter_map(|m| usize::try_from(*m).ok()).collect(),
            habits: Habits::default(),
            out: Closing::default(),
            said: Vec::new(),
            next_key: replay.map_or(0, |r| r.free_key),
        }
    }

    pub(super) fn run(mut self) -> Closing {
        let first = self.vals.len();
        self.half_a_name();
        self.bare_object();
        loop {
            let base = self.marks.last().copied().unwrap_or(0);
            let n = self.stack.len().saturating_sub(base);
            if self.marks.is_empty() && n <= 1 {
                break;
            }
            if self.local(base, n) {
                continue;
            }
            if self.marks.is_empty() {
                self.bottom(n);
            } else {
                self.fold_mark(base, n);
            }
        }
        if let Some(root) = self.stack.first().copied() {
            if self.is_bare_array(root) {
                self.drop_top(1, "an array whose shape and elements did not come");
            } else if self.is_global(root) && self.vals.len() == 1 && first == 1 {
                self.say(Fate::Guessed, Some(root), "Only the name of what was to be called is there.".to_owned());
            }
        }
        if self.stack.is_empty() {
            self.emit(b"N");
            self.say(Fate::Cut, None, "Nothing of it was whole: the salvaged pickle is None.".to_owned());
        }
        self.finish(first)
    }

    /// Places, now that all is decided.
    fn finish(mut self, first: usize) -> Closing {
        let root = self.stack.first().copied();
        // A value is made before what it is put into only where that is made here: places are found by climbing.
        let mut left = if self.paths { STEPS } else { 0 };
        let paths: Vec<Option<Path>> = (0..self.vals.len()).map(|i| self.path(i, root, &mut left)).collect();
        let place = |i: usize| paths.get(i).cloned().flatten();
        self.out.placed =
            self.vals.iter().take(first).enumerate().filter_map(|(i, v)| Some((v.handle?, place(i)))).collect();
        self.out.taken = (0..first.min(self.vals.len())).map(|i| self.taken(i, first)).collect();
        for (mut e, of) in std::mem::take(&mut self.said) {
            e.path = of.and_then(place);
            self.out.entries.push(e);
        }
        self.out
    }

    /// The value of the file that takes this one, by way of what was made here.
    fn taken(&self, i: usize, first: usize) -> Option<(usize, Vec<Seg>)> {
        let (mut segs, mut at) = (Vec::new(), i);
        loop {
            let (parent, seg) = self.vals.get(at)?.parent.clone()?;
            segs.push(seg?);
            at = parent;
            if at < first {
                segs.reverse();
                return Some((at, segs));
            }
            if segs.len() > self.vals.len() {
                return None;
            }
        }
    }

    fn path(&self, i: usize, root: Option<usize>, left: &mut usize) -> Option<Path> {
        let (mut segs, mut at) = (Vec::new(), i);
        while Some(at) != root {
            *left = left.checked_sub(1).filter(|_| segs.len() < DEEPEST)?;
            let (parent, seg) = self.vals.get(at)?.parent.clone()?;
            segs.push(seg?);
            at = parent;
        }
        segs.reverse();
        Some(Path { pickle: self.pickle, segs })
    }

    // ---- looking

    /// The value `down` below the top, if it is one.
    pub(super) fn top(&self, down: usize) -> Option<usize> {
        self.stack.len().checked_sub(down + 1).and_then(|i| self.stack.get(i)).copied()
    }

    pub(super) fn handle(&self, id: usize) -> Option<Handle> {
        self.vals.get(id).filter(|v| !v.mended && v.made == Made::No).and_then(|v| v.handle)
    }

    pub(super) fn node(&self, id: usize) -> Option<&'a Node> {
        self.handle(id).and_then(|h| self.cx.node(h))
    }

    pub(super) fn is_global(&self, id: usize) -> bool {
        matches!(self.node(id), Some(Node::Global { .. } | Node::Extension(_)))
    }

    pub(super) fn closed(&self, id: usize) -> bool {
        self.vals.get(id).is_some_and(|v| v.closed)
    }

    pub(super) fn is_bare_array(&self, id: usize) -> bool {
        !self.closed(id)
            && self.handle(id).is_some_and(|h| {
                let call = self.cx.call(h);
                call.is_some_and(|c| crate::interpret::numpy::array::is_reconstruct(self.cx, c.callable))
                    && self.cx.stream.graph.states(h).is_empty()
            })
    }

    fn code(&self, h: Handle) -> Option<Opcode> {
        self.cx.made(h).map(|op| op.code)
    }

    /// The list, dict or set that could still take items, what it is, and how many it has.
    pub(super) fn open(&self, id: usize) -> Option<(Context, u64)> {
        if self.closed(id) {
            return None;
        }
        let h = self.handle(id)?;
        let (context, items, each): (_, &Items, u64) = match self.node(id)? {
            Node::List(items) => (Context::List, items, 1),
            Node::Set(items) => (Context::Set, items, 1),
            Node::Dict(items) => (Context::Dict, items, 2),
            _ => return None,
        };
        let len = items.len() / each;
        let by_ones = matches!(self.code(h), Some(Opcode::List | Opcode::Dict));
        (by_ones || len.is_multiple_of(BATCH)).then_some((context, len))
    }

    /// An object that takes items or pairs one at a time: how many it has.
    pub(super) fn filled_one_by_one(&self, id: usize, pairs: bool) -> Option<u64> {
        let h = self.handle(id).filter(|_| !self.closed(id))?;
        let call = self.cx.call(h).filter(|c| c.states.is_empty())?;
        let known = self.cx.class_of(h).and_then(|c| habits::known_filling(self.cx, c));
        let len = if pairs { call.dict_items.len() / 2 } else { call.list_items.len() };
        // Made of arguments, it is whole; and what is filled in batches takes a single one first, or behind a full batch.
        let holds = |h: Handle| matches!(self.cx.node(h), Some(Node::Dict(i) | Node::List(i)) if !i.is_empty());
        let whole = self.cx.stream.graph.items(self.cx.args(call)).take(3).any(holds);
        (known == Some(pairs) && !whole && (self.protocol() == 0 || len.is_multiple_of(BATCH))).then_some(len)
    }

    fn protocol(&self) -> u8 {
        self.record.map_or(0, |p| p.protocol)
    }

    /// Items are given one by one: how protocol 0 fills what LIST and DICT make.
    pub(super) fn by_ones(&self, id: usize) -> bool {
        self.handle(id).and_then(|h| self.code(h)).is_some_and(|c| matches!(c, Opcode::List | Opcode::Dict))
    }

    pub(super) fn sig(&self, id: usize) -> Sig {
        match self.vals.get(id) {
            Some(Val { made: Made::Tuple(n), .. }) => Sig::Tuple(*n),
            Some(Val { made: Made::Other, .. }) => Sig::Call(None),
            Some(Val { mended: true, .. }) => Sig::None,
            Some(Val { handle: Some(h), .. }) => self.sig_of(*h),
            _ => Sig::None,
        }
    }

    pub(super) fn sig_of(&self, h: Handle) -> Sig {
        match self.cx.node(h) {
            Some(Node::List(_)) => Sig::List,
            Some(Node::Dict(_)) => Sig::Dict,
            Some(Node::Set(_) | Node::FrozenSet(_)) => Sig::Set,
            Some(Node::Tuple(items)) => Sig::Tuple(items.len()),
            Some(Node::Global { .. } | Node::Extension(_)) => Sig::Global,
            Some(Node::Call(_)) => Sig::Call(self.cx.class_of(h)),
            Some(_) => Sig::Call(None),
            None => match self.cx.value(h) {
                Value::Bool(_) => Sig::Bool,
                Value::Int(_) | Value::Long(..) => Sig::Int,
                Value::Float(_) => Sig::Float,
                Value::Str(..) | Value::Legacy(..) => Sig::Str,
                Value::Bytes(_) | Value::ByteArray(_) => Sig::Bytes,
                _ => Sig::None,
            },
        }
    }

    /// What the frame from `base` on is for, and what lies beneath its mark.
    pub(super) fn context(&self, base: usize) -> (Context, Option<usize>) {
        if self.marks.is_empty() {
            return (Context::Bottom, None);
        }
        // Between two marks nothing lies.
        let below = self.marks.len().checked_sub(2).and_then(|i| self.marks.get(i)).copied().unwrap_or(0);
        let target = base.checked_sub(1).filter(|i| *i >= below).and_then(|i| self.stack.get(i)).copied();
        let Some(t) = target else { return (Context::Tuple, None) };
        let context = match self.node(t) {
            Some(Node::Global { .. } | Node::Extension(_)) => Context::Args,
            Some(Node::Call(_)) => Context::Object,
            _ => match self.open(t) {
                Some((context, _)) if !self.by_ones(t) => context,
                _ => Context::Tuple,
            },
        };
        (context, target)
    }

    /// What the last item before place `upto` of the stack is like; in a dict, the last value.
    pub(super) fn last_item(&self, base: usize, upto: usize, context: Context, target: Option<usize>) -> Option<Sig> {
        let frame = self.stack.get(base..upto)?;
        let here = if context == Context::Dict {
            let whole = frame.len() / 2 * 2;
            whole.checked_sub(1).and_then(|i| frame.get(i))
        } else {
            frame.last()
        };
        if let Some(id) = here {
            return Some(self.sig(*id));
        }
        let items = match self.node(target?)? {
            Node::List(items) | Node::Dict(items) | Node::Set(items) => items,
            _ => return None,
        };
        let last = items.len().checked_sub(1)?;
        self.cx.item(items, last).map(|h| self.sig_of(h))
    }

    pub(super) fn text(&self, id: usize) -> Option<String> {
        let h = self.handle(id)?;
        match self.cx.value(h) {
            Value::Str(_, span) if span.len() <= limits::NAME => self.cx.stream.str_of(h),
            _ => None,
        }
    }

    pub(super) fn span(&self, id: usize) -> Span {
        self.vals.get(id).and_then(|v| v.handle).map(|h| self.cx.span(h)).unwrap_or_default()
    }

    /// From the first byte of the value at place `from` of the stack to the last of the top.
    pub(super) fn span_from(&self, from: usize) -> Span {
        let ids = self.stack.get(from..).unwrap_or(&[]);
        let spans = ids.first().into_iter().chain(ids.last()).map(|id| self.span(*id)).filter(|s| !s.is_empty());
        spans.reduce(Span::join).unwrap_or_default()
    }

    /// The value in a few characters.
    pub(super) fn shown(&self, id: usize) -> String {
        self.vals
            .get(id)
            .and_then(|v| v.handle)
            .map_or_else(|| "what was made of it".to_owned(), |h| repr(self.cx, h, 60))
    }

    // ---- acting

    pub(super) fn emit(&mut self, ops: &[u8]) {
        if let Some(Piece::Ops(last)) = self.out.pieces.last_mut() {
            last.extend_from_slice(ops);
        } else {
            self.out.pieces.push(Piece::Ops(ops.to_vec()));
        }
    }

    pub(super) fn say(&mut self, fate: Fate, of: Option<usize>, text: String) {
        let span = of.map(|id| self.span(id)).unwrap_or_default();
        self.say_at(fate, of, span, text);
    }

    pub(super) fn say_at(&mut self, fate: Fate, of: Option<usize>, span: Span, text: String) {
        if self.emits {
            self.said.push((Entry { fate, path: None, span, text }, of));
        }
    }

    /// A memo key that no op of the pickle uses.
    pub(super) fn key(&mut self) -> u32 {
        let key = self.next_key;
        self.next_key = key.saturating_add(1);
        key
    }

    /// LONG_BINPUT or LONG_BINGET.
    pub(super) fn memo(&mut self, code: u8, key: u32) {
        self.emit(&[code]);
        self.emit(&key.to_le_bytes());
    }

    /// Pops the `n` top values off the stack of the plan.
    pub(super) fn take(&mut self, n: usize, gone: bool) -> Vec<usize> {
        let at = self.stack.len().saturating_sub(n);
        let ids = self.stack.split_off(at);
        if gone {
            for id in &ids {
                if let Some(v) = self.vals.get_mut(*id) {
                    v.gone = true;
                }
            }
        }
        ids
    }

    /// Throws the `n` top values away.
    pub(super) fn drop_top(&mut self, n: usize, why: &str) {
        let from = self.stack.len().saturating_sub(n);
        let span = self.span_from(from);
        let shown: Vec<String> =
            self.stack.get(from..).unwrap_or(&[]).iter().take(4).map(|id| self.shown(*id)).collect();
        let more = if n > 4 { ", …" } else { "" };
        if n > 0 {
            self.say_at(Fate::Cut, None, span, format!("{}{more}: {why}.", shown.join(", ")));
        }
        self.emit(&vec![b'0'; n]);
        self.take(n, true);
    }

    /// The mark goes, and all above it.
    pub(super) fn drop_mark(&mut self, base: usize, why: &str) {
        let n = self.stack.len().saturating_sub(base);
        if n > 0 {
            let span = self.span_from(base);
            let ids: Vec<usize> = self.stack.get(base..).unwrap_or(&[]).iter().copied().take(4).collect();
            let shown: Vec<String> = ids.into_iter().map(|id| self.shown(id)).collect();
            let more = if n > 4 { ", …" } else { "" };
            self.say_at(Fate::Cut, None, span, format!("{}{more}: {why}.", shown.join(", ")));
        }
        self.emit(b"1");
        self.take(n, true);
        self.marks.pop();
    }

    pub(super) fn push(&mut self, made: Made) -> usize {
        let id = self.vals.len();
        self.vals.push(Val { handle: None, mended: false, made, parent: None, gone: false, closed: true });
        self.stack.push(id);
        id
    }

    pub(super) fn adopt(&mut self, child: usize, parent: usize, seg: Option<Seg>) {
        if let Some(v) = self.vals.get_mut(child) {
            v.parent = Some((parent, seg));
        }
    }

    pub(super) fn close(&mut self, id: usize) {
        if let Some(v) = self.vals.get_mut(id) {
            v.closed = true;
        }
    }

    /// The `n` top values become a tuple; with a mark, all above it.
    pub(super) fn tuple(&mut self, n: usize, marked: bool, natural: bool) -> usize {
        match (marked, n) {
            (true, _) => {
                self.marks.pop();
                self.emit(b"t");
            }
            (false, 0) => self.emit(b")"),
            (false, 1) => self.emit(b"\x85"),
            (false, 2) => self.emit(b"\x86"),
            (false, _) => self.emit(b"\x87"),
        }
        let ids = self.take(n, false);
        let tuple = self.push(Made::Tuple(n as u64));
        for (i, id) in ids.into_iter().enumerate() {
            self.adopt(id, tuple, natural.then(|| Seg::Index(vec![i as u64])));
        }
        tuple
    }
}
