//! Runs a damaged pickle again and says which of its ops must be left out or replaced for CPython to load the rest.
//! Decides nothing about what a cut left on the stack, writes nothing, and calls nothing.

use super::Pickle;
use super::graph::{Graph, Handle, Node};
use super::kind::Kind;
use super::memo::Memo;
use super::reader::Reader;
use super::step::{Cx, Flow, Machine, Slot};
use super::stream::Stream;
use super::suppose::UNNUMBERED;
use super::write::Names;
use crate::ops::text::PyError;
use crate::ops::{Arg, FaultKind, Op, OpIndex, Opcode};
use crate::source::Span;
use std::collections::HashSet;

/// What stands in a sound pickle where a damaged one has an op that CPython would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// These ops in its place; none drops it.
    Ops(&'static [u8]),
    /// The text with U+FFFD for what is no text.
    Text(Span),
    /// These ops before it; it stays.
    Before(Vec<u8>),
}

/// One op that is replaced.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The op.
    pub op: OpIndex,
    /// Its bytes.
    pub span: Span,
    /// What stands there instead.
    pub instead: Instead,
    /// What CPython would have raised.
    pub why: String,
}

/// A pickle, run again with its faults mended as they come.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// What is mended, in the order of the ops.
    pub mends: Vec<Refused>,
    /// The first op that is not kept: the one at fault, or one past the last.
    pub end: OpIndex,
    /// STOP was reached.
    pub stopped: bool,
    /// The kinds of the values that are left on the stack, bottom first: a mended value is None.
    pub kinds: Vec<Kind>,
    /// Marks that are left on it.
    pub marks: usize,
    /// The first memo key that is free above all that were stored.
    pub free_key: u32,
}

/// Mends kept of one pickle; a pickle with more is taken up to there.
const MENDS: usize = 100_000;
/// Memo keys are counted, so none is above the number of bytes before it, but for writers with numbers of their own:
/// those may exceed it by so much. CPython's memo is an array, and a key beyond takes gigabytes.
const KEY_ROOM: u64 = 1 << 16;

/// What is known of the libraries whose objects a pickle makes: the machine takes every call for one that succeeds.
pub trait Judge {
    /// Whether what an op did in the pickle would succeed when it is loaded. `lost` tells of a value of the stream that
    /// None stands for.
    fn judge(&mut self, op: OpIndex, code: Opcode, lost: &dyn Fn(Handle) -> bool) -> Verdict;

    /// The type of what an op made, where no dict takes it as a key.
    fn unhashable(&self, op: OpIndex) -> Option<&'static str>;
}

/// What a [`Judge`] says.
pub enum Verdict {
    /// It stays.
    Stays,
    /// It raises this: it is left out, or None stands for it.
    Refused(String),
    /// The judge writes other ops in its place, which leave as much on the stack.
    Written,
}

/// What is known of values while a pickle runs again.
#[derive(Default)]
struct Losses {
    /// The ops whose value None stands for.
    ops: HashSet<OpIndex>,
    /// Memo keys that were not stored.
    keys: HashSet<i64>,
}

/// Runs pickle `n` again.
pub fn replay(stream: &Stream, n: usize, judge: &mut dyn Judge) -> Replay {
    let mut out = Replay::default();
    let Some(pickle) = stream.pickles.get(n) else { return out };
    let mut index = stream.index.clone();
    let (mut graph, mut names, mut args) = (Graph::default(), Names::default(), Reader::new(&stream.bytes));
    let mut cx = Cx { g: &mut graph, index: &mut index, bytes: &stream.bytes, names: &mut names, args: &mut args };
    let mut machine = Machine::new(Memo::default(), pickle.first);
    machine.refusals = Some(Vec::new());
    let mut losses = Losses::default();
    for before in fetches_from(stream, n) {
        run(stream, before, &mut machine, &mut cx, &mut Replay::default(), judge, &mut losses);
        machine.clear_stack();
    }
    run(stream, n, &mut machine, &mut cx, &mut out, judge, &mut losses);
    out.mends.sort_by_key(|m| m.op);
    out.kinds = machine.stack.iter().map(|s| s.kind).collect();
    out.marks = machine.marks.len();
    let within = |p: &&super::MemoPut| p.op >= pickle.first && p.op < out.end;
    let keys = stream.graph.puts.iter().filter(within).map(|p| p.key).filter(|k| *k < UNNUMBERED);
    out.free_key = keys.max().map_or(0, |k| k.saturating_add(1)).max(machine.memo.count());
    out
}

/// Runs the ops of one pickle, upon what it is supposed to stand on.
fn run(
    stream: &Stream,
    n: usize,
    machine: &mut Machine,
    cx: &mut Cx<'_>,
    out: &mut Replay,
    judge: &mut dyn Judge,
    losses: &mut Losses,
) {
    let Some(pickle) = stream.pickles.get(n) else { return };
    let strays = strays(stream, n);
    machine.stand_on(cx, &pickle.beneath);
    let inner = inner(stream, n);
    let last = OpIndex(pickle.first.0.saturating_add(pickle.ops));
    out.end = last;
    for (k, op) in stream.index.iter_from(pickle.first, &stream.bytes).take_while(|(k, _)| *k < last) {
        if inner.iter().any(|r| r.contains(&k)) {
            continue;
        }
        if out.mends.len() >= MENDS {
            out.end = k;
            break;
        }
        let lost = pickle.behind.is_some() && fetches_what_is_lost(stream, &op, k);
        if lost || memo_key(stream, &op).is_some_and(|key| fetches(&op) && losses.keys.contains(&key)) {
            machine.fetch_none(k);
            losses.ops.insert(k);
            let why = "UnpicklingError: the memo entry was lost with the bytes before".to_owned();
            out.mends.push(Refused { op: k, span: op.span, instead: Instead::Ops(b"N"), why });
            continue;
        }
        let key = memo_key(stream, &op).filter(|key| !fetches(&op) && *key > far(&op));
        if let Some(key) = key {
            losses.keys.insert(key);
            let why = format!("MemoryError: no writer stores under {key}");
            out.mends.push(Refused { op: k, span: op.span, instead: Instead::Ops(b""), why });
            continue;
        }
        // The buffer that it would make read-only was mended to None.
        if op.code == Opcode::ReadonlyBuffer && machine.stack.last().is_some_and(|s| s.kind == Kind::None) {
            let why = "TypeError: memoryview: a bytes-like object is required, not 'NoneType'".to_owned();
            out.mends.push(Refused { op: k, span: op.span, instead: Instead::Ops(b""), why });
            continue;
        }
        unhashable(machine, cx, judge, &op, k, &mut out.mends);
        let hard_key = hard_key(machine, cx, judge, &op);
        match machine.run(cx, &op, k) {
            Err(_) => {
                out.end = k;
                break;
            }
            Ok(Flow::Stop(_)) => {
                out.stopped = true;
                out.end = k;
                break;
            }
            Ok(_) => {}
        }
        let refused: Vec<PyError> = machine.refusals.as_mut().map(std::mem::take).unwrap_or_default();
        let why = match refused.first() {
            Some(e) => e.to_string(),
            None if hard_key.is_some() => format!("TypeError: unhashable type: '{}'", hard_key.unwrap_or_default()),
            None if strays.legacy == Some(k) && is_foreign_text(stream, &op) => {
                "UnicodeDecodeError: 'ascii' codec can't decode a string of Python 2's".to_owned()
            }
            None if strays.outside == Some(k) => {
                "UnpicklingError: nothing is known of this number outside the pickle".to_owned()
            }
            None => {
                let ops = &losses.ops;
                let lost = |h: Handle| ops.contains(&stream.graph.made(h)) || is_lost(stream, h);
                match judge.judge(k, op.code, &lost) {
                    Verdict::Stays | Verdict::Written => continue,
                    Verdict::Refused(why) => why,
                }
            }
        };
        if replace(machine, &op, k, why, &mut out.mends) {
            losses.ops.insert(k);
        }
    }
}

/// The type of the key of a SETITEM that no dict takes, where only the judge knows.
fn hard_key(machine: &Machine, cx: &Cx<'_>, judge: &dyn Judge, op: &Op) -> Option<&'static str> {
    let Some([.., target, key, _]) = (op.code == Opcode::Setitem).then_some(machine.stack.as_slice()) else {
        return None;
    };
    (target.kind == Kind::Dict && key.kind == Kind::Object).then(|| judge.unhashable(cx.g.made(key.value)))?
}

fn is_lost(stream: &Stream, h: Handle) -> bool {
    stream.graph.node_of(h).is_some_and(|n| matches!(n.node, Node::Lost))
}

/// Ops that stand alone in a pickle whose writer would have written many of the sort.
#[derive(Default)]
struct Strays {
    /// It refers to something outside.
    outside: Option<OpIndex>,
    /// It is a string of Python 2's.
    legacy: Option<OpIndex>,
}

/// The strays of pickle `n`. Of one that is whole only what nothing else can be; and where the bytes just end, more may
/// have followed.
fn strays(stream: &Stream, n: usize) -> Strays {
    use Opcode as O;
    let Some(pickle) = stream.pickles.get(n) else { return Strays::default() };
    // An unknown opcode is damage, an op that is not whole may be the last there is.
    let cut = pickle.cut.is_some_and(|c| !matches!(c.kind, FaultKind::UnknownOpcode(_)));
    let ends = cut || pickle.fault.is_none_or(|f| f.start >= stream.bytes.len());
    let goes_on = pickle.behind.is_some() || stream.pickles.iter().any(|p| p.behind == Some(n));
    if !pickle.complete && ends && !goes_on {
        return Strays::default();
    }
    let last = OpIndex(pickle.first.0.saturating_add(pickle.ops));
    let (mut outside, mut legacy, mut texts) = (Vec::new(), Vec::new(), 0_u32);
    for (k, op) in stream.index.iter_from(pickle.first, &stream.bytes).take_while(|(k, _)| *k < last) {
        let found = match op.code {
            O::Ext1 | O::Ext2 | O::Ext4 | O::Persid | O::Binpersid | O::NextBuffer => &mut outside,
            O::String | O::Binstring | O::ShortBinstring => &mut legacy,
            O::Unicode | O::Binunicode | O::ShortBinunicode | O::Binunicode8 => {
                texts = texts.saturating_add(1);
                continue;
            }
            _ => continue,
        };
        if found.len() < 2 {
            found.push((k, op.code));
        }
    }
    let alone = |found: &[(OpIndex, O)]| match found {
        [one] => Some(*one),
        _ => None,
    };
    // What an extension code stands for is called.
    let called = |k: OpIndex| {
        let value = stream.value_made_by(k);
        stream.graph.nodes.iter().any(|r| match &r.node {
            Node::Call(c) => Some(c.callable) == value,
            _ => false,
        })
    };
    let outside = alone(&outside)
        .filter(|(k, code)| !pickle.complete || matches!(code, O::Ext1 | O::Ext2 | O::Ext4) && !called(*k));
    let legacy = alone(&legacy).filter(|_| texts > 1);
    Strays { outside: outside.map(|(k, _)| k), legacy: legacy.map(|(k, _)| k) }
}

/// The bytes of a string of Python 2's that CPython refuses unless it is told an encoding.
fn is_foreign_text(stream: &Stream, op: &Op) -> bool {
    let (Arg::Data(span) | Arg::Line(span)) = op.arg else { return false };
    span.len() <= KEY_ROOM && !stream.bytes.read(span, usize::MAX).is_ascii()
}

const fn fetches(op: &Op) -> bool {
    matches!(op.code, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet)
}

/// The key that an op stores under or fetches from.
fn memo_key(stream: &Stream, op: &Op) -> Option<i64> {
    match (op.code, op.arg) {
        (Opcode::BinPut | Opcode::LongBinPut | Opcode::BinGet | Opcode::LongBinGet, Arg::Int(key)) => Some(key),
        (Opcode::Put | Opcode::Get, Arg::Line(span)) if span.len() <= 20 => {
            std::str::from_utf8(&stream.bytes.read(span, 20)).ok()?.trim().parse().ok()
        }
        _ => None,
    }
}

/// No writer stores under a higher key there.
fn far(op: &Op) -> i64 {
    i64::try_from(op.span.start.saturating_add(KEY_ROOM)).unwrap_or(i64::MAX)
}

/// The op fetches a memo entry that the lost bytes stored.
fn fetches_what_is_lost(stream: &Stream, op: &Op, k: OpIndex) -> bool {
    matches!(op.code, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet)
        && stream.value_made_by(k).is_some_and(|h| {
            stream.graph.made(h) == k && stream.graph.node_of(h).is_some_and(|n| matches!(n.node, Node::Lost))
        })
}

/// The pickles, first to last, behind whose faults pickle `n` goes on and from whose memo it fetches. Empty where it
/// fetches nothing from them, or stands for itself.
pub fn fetches_from(stream: &Stream, n: usize) -> Vec<usize> {
    let mut before = Vec::new();
    let Some(p) = stream.pickles.get(n) else { return before };
    let end = p.first.0.saturating_add(p.ops);
    let rows = &stream.graph.extents;
    let from = rows.partition_point(|e| e.op < p.first);
    let own = rows.get(from..).unwrap_or(&[]).iter().take_while(|e| e.op.0 < end);
    let mut fetched = own.filter(|e| e.start == e.op).filter_map(super::Extent::value);
    if p.behind.is_none() || !fetched.any(|v| stream.graph.made(v) < p.first) {
        return before;
    }
    // Numbers that only ever fall.
    let mut at = n;
    while let Some(b) = stream.pickles.get(at).and_then(|p| p.behind).filter(|b| *b < at) {
        before.push(b);
        at = b;
    }
    before.reverse();
    before
}

/// The ops of pickles that stand within pickle `n`.
pub fn inner(stream: &Stream, n: usize) -> Vec<std::ops::Range<OpIndex>> {
    let ops = |p: &Pickle| p.first..OpIndex(p.first.0.saturating_add(p.ops));
    // The first of them begins next.
    if stream.pickles.get(n.saturating_add(1)).is_none_or(|p| p.within != Some(n)) {
        return Vec::new();
    }
    stream.pickles.iter().skip(n).filter(|p| p.within == Some(n)).map(ops).collect()
}

/// Pairs and items that no dict or set takes are dropped as soon as they are whole, and an odd key with them.
fn unhashable(machine: &mut Machine, cx: &Cx<'_>, judge: &dyn Judge, op: &Op, k: OpIndex, mends: &mut Vec<Refused>) {
    let Some(mark) = machine.marks.last().map(|m| m.at) else { return };
    let target = mark.checked_sub(1).and_then(|i| machine.stack.get(i)).map(|s| s.kind);
    let step = match (op.code, target) {
        (Opcode::Dict, _) | (Opcode::Setitems, Some(Kind::Dict)) => 2,
        (Opcode::Frozenset, _) | (Opcode::Additems, Some(Kind::Set)) => 1,
        _ => return,
    };
    let hard = |s: &Slot| {
        let known = s.kind == Kind::Object;
        s.kind.unhashable().or_else(|| judge.unhashable(cx.g.made(s.value)).filter(|_| known))
    };
    let Some(slots) = machine.stack.get(mark..) else { return };
    if slots.len().is_multiple_of(step) && slots.iter().step_by(step).all(|s| hard(s).is_none()) {
        return;
    }
    let (mut kept, mut i) = (Vec::new(), 0);
    while i < slots.len() {
        let pair = slots.get(i..(i + step).min(slots.len())).unwrap_or(&[]);
        let bad = pair.first().and_then(hard);
        if pair.len() < step || bad.is_some() {
            let next = slots.get(i + step).map_or(k, |s| s.start);
            let why = match bad {
                Some(name) => format!("TypeError: unhashable type: '{name}'"),
                None => format!("UnpicklingError: odd number of items for {}", op.code.name()),
            };
            mends.push(Refused { op: next, span: op.span, instead: Instead::Before(vec![b'0'; pair.len()]), why });
        } else {
            kept.extend_from_slice(pair);
        }
        i += step;
    }
    machine.stack.truncate(mark);
    machine.stack.extend(kept);
}

/// What stands for an op that CPython refuses, and what the machine is to believe of its value: `true` where that is None.
fn replace(machine: &mut Machine, op: &Op, k: OpIndex, why: String, mends: &mut Vec<Refused>) -> bool {
    use Opcode as O;
    let (ops, value): (&'static [u8], Option<Kind>) = match op.code {
        O::Int | O::Long | O::Float | O::Ext1 | O::Ext2 | O::Ext4 | O::Persid | O::NextBuffer | O::Global => {
            (b"N", Some(Kind::None))
        }
        O::Binpersid => (b"0N", Some(Kind::None)),
        O::StackGlobal | O::Reduce | O::NewObj => (b"00N", Some(Kind::None)),
        O::NewObjEx => (b"000N", Some(Kind::None)),
        O::Proto => (b"\x80\x05", None),
        O::Inst | O::Obj => (b"1N", Some(Kind::None)),
        O::Append | O::Build => (b"0", None),
        O::Setitem => (b"00", None),
        O::Appends | O::Setitems | O::Additems => (b"1", None),
        // Refused for its items: they were taken out before.
        O::Dict | O::Frozenset => return false,
        _ => (b"", None),
    };
    let text = matches!(op.code, O::Binunicode | O::ShortBinunicode | O::Binunicode8 | O::Unicode)
        || matches!(op.code, O::String | O::Binstring | O::ShortBinstring);
    let instead = match op.arg {
        Arg::Data(span) | Arg::Line(span) if text => Instead::Text(span),
        _ => Instead::Ops(ops),
    };
    if let (Some(kind), Some(top)) = (value, machine.stack.last_mut()) {
        top.kind = kind;
    }
    mends.push(Refused { op: k, span: op.span, instead, why });
    value.is_some()
}
