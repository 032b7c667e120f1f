//! Where decoding may go on inside a pickle behind a fault: what the ops there are like, weighed against what stock
//! picklers write and against what stood before the fault. Guesses; runs no machine and changes nothing.
//!
//! Evidence is counted in bits: how much likelier it is that a pickler wrote a byte there than that it stands in a text or
//! a payload by chance. An opcode stream falls into step by itself within a few ops; what is weighed is therefore a run of
//! them, and the first of the run must be one that a value begins with.

mod trial;

use super::graph::MemoPut;
use super::stream::Stream;
use crate::ops::{Arg, ArgKind, OpIndex, Opcode};
use crate::source::{Bytes, Cursor, Span};
use trial::{begins, weigh};

/// Ops before a fault that tell what the pickle is like.
const BEFORE: u32 = 4096;
/// Bytes behind a fault in which every offset is weighed.
const NEAR: u64 = 16 << 20;
/// The same where the fault is in a payload: its bytes are most likely just that.
const NEAR_PAYLOAD: u64 = 4 << 20;
/// Memo stores before a fault in which the numbering is looked for.
const PUTS: usize = 256;

/// What a pickle's ops were like before its fault.
#[derive(Clone)]
pub(super) struct Habits {
    protocol: u8,
    seen: [bool; 256],
    /// Texts are stored in the memo, as stock picklers do.
    stores: bool,
    /// The number that the next PUT should have; none where MEMOIZE counts them.
    next: Option<u32>,
    /// Memo entries that there are.
    stored: u32,
    /// Ops that these were learnt from.
    ops: u32,
}

impl Habits {
    /// Those of pickle `n`, and of those behind whose faults it stands.
    pub(super) fn of(stream: &Stream, n: usize) -> Self {
        let mut habits = Self { protocol: 0, seen: [false; 256], stores: false, next: None, stored: 0, ops: 0 };
        let (mut texts, mut kept) = (0_u32, 0_u32);
        let (mut at, mut first) = (Some(n), n);
        while let Some((n, p)) = at.and_then(|n| Some((n, stream.pickles.get(n)?))) {
            first = n;
            let end = p.first.0.saturating_add(p.ops);
            let from = p.first.0.max(end.saturating_sub(BEFORE));
            let mut text = false;
            for (_, op) in stream.index.iter_from(OpIndex(from), &stream.bytes).take_while(|(k, _)| k.0 < end) {
                if let Some(seen) = habits.seen.get_mut(usize::from(op.code.info().code)) {
                    *seen = true;
                }
                texts += u32::from(text);
                kept += u32::from(text && is_put(op.code));
                text = is_text(op.code);
                habits.ops += 1;
            }
            let puts = &stream.graph.puts;
            let last = puts.partition_point(|put| put.op.0 < end);
            let own = puts.get(..last).unwrap_or(&[]).iter().rev().take_while(|put| put.op >= p.first);
            if habits.next.is_none() {
                // Two that follow each other: the last one alone may be what is damaged.
                let step = |(late, early): (&MemoPut, &MemoPut)| early.key.checked_add(1) == Some(late.key);
                let both = own.clone().zip(own.clone().skip(1)).take(PUTS).find(|both| step(*both));
                habits.next = both.and_then(|(late, _)| late.key.checked_add(1));
            }
            habits.stored = habits.stored.saturating_add(u32::try_from(own.count()).unwrap_or(u32::MAX));
            // A number that only ever grows leads to the first.
            at = p.behind.filter(|b| *b < n);
        }
        if habits.saw(Opcode::Memoize) {
            habits.next = None;
        }
        habits.protocol = habits.declared(stream, first);
        habits.stores = kept > 0 && kept * 10 >= texts * 9;
        habits
    }

    /// What PROTO says; without it, what protocols 0 and 1 have: an opcode of a later one was read out of step.
    fn declared(&self, stream: &Stream, first: usize) -> u8 {
        let op = stream.pickles.get(first).and_then(|p| stream.op(p.first));
        match op.map(|op| (op.code, op.arg)) {
            Some((Opcode::Proto, Arg::Int(v))) => u8::try_from(v).unwrap_or(5).min(5),
            _ => u8::from(Opcode::ALL.iter().any(|c| c.info().protocol == 1 && self.saw(*c))),
        }
    }

    fn saw(&self, code: Opcode) -> bool {
        self.seen.get(usize::from(code.info().code)).is_some_and(|s| *s)
    }

    /// A stock pickler writes the op in this protocol.
    fn usual(&self, code: Opcode) -> bool {
        use Opcode as O;
        if self.saw(code) {
            return true;
        }
        if code.info().protocol > self.protocol {
            return false;
        }
        match code {
            O::Int | O::Long | O::Float | O::String | O::Unicode | O::Put | O::Get | O::List | O::Dict => {
                self.protocol == 0
            }
            O::Binstring | O::ShortBinstring => self.protocol < 3,
            O::Global | O::BinPut | O::LongBinPut => self.protocol < 4,
            O::Proto | O::Persid | O::Binpersid | O::Ext1 | O::Ext2 | O::Ext4 | O::Inst | O::Obj | O::Dup => false,
            O::NextBuffer | O::ReadonlyBuffer | O::Long4 | O::Pop | O::PopMark => false,
            _ => true,
        }
    }
}

fn is_put(code: Opcode) -> bool {
    matches!(code, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize)
}

fn is_text(code: Opcode) -> bool {
    use Opcode as O;
    matches!(code, O::ShortBinunicode | O::Binunicode | O::Binunicode8 | O::Unicode)
}

/// The search for a place to go on from, over as many bursts as it takes.
#[derive(Clone)]
pub(super) struct Resync {
    habits: Habits,
    /// Where the fault is.
    fault: u64,
    /// The bytes behind it may be those of a payload.
    payload: bool,
    /// The bytes with which a value may begin.
    heads: [bool; 256],
}

impl Resync {
    /// Behind the fault of pickle `n`; `None` where too little is known of it.
    pub(super) fn behind(stream: &Stream, n: usize, fault: u64, payload: bool) -> Option<Self> {
        let habits = Habits::of(stream, n);
        if habits.ops < 4 {
            return None;
        }
        let mut heads = [false; 256];
        for code in Opcode::ALL {
            if let Some(b) = heads.get_mut(usize::from(code.info().code)) {
                *b = begins(*code) && habits.usual(*code) && !holds_anything(code.info().arg);
            }
        }
        Some(Self { habits, fault, payload, heads })
    }

    /// Where the fault is.
    pub(super) fn fault(&self) -> u64 {
        self.fault
    }

    /// The next offset in `from..limit` from which decoding may go on.
    pub(super) fn search(&self, bytes: &Bytes, from: u64, limit: u64) -> Option<u64> {
        let near = self.fault.saturating_add(if self.payload { NEAR_PAYLOAD } else { NEAR });
        let limit = limit.min(bytes.len());
        let mut cur = Cursor::new(bytes, from);
        let mut at = from;
        while at < limit {
            cur.seek(at);
            let chunk = cur.chunk();
            let skip = if at < near {
                chunk.iter().position(|b| self.heads.get(usize::from(*b)).is_some_and(|b| *b))
            } else if self.habits.protocol >= 4 {
                // Frames say where they end: they are found however far away.
                memchr::memchr(Opcode::Frame.info().code, chunk)
            } else {
                return None;
            };
            let Some(skip) = skip else {
                at = at.saturating_add(chunk.len().max(1) as u64);
                continue;
            };
            at = at.saturating_add(skip as u64);
            if at >= limit {
                return None;
            }
            if (at < near || is_frame(bytes, at))
                && let Some(weight) = weigh(&mut cur, at, &self.habits)
                && weight.enough(self.payload || at >= near)
            {
                return Some(weight.start);
            }
            at = at.saturating_add(1);
        }
        None
    }
}

/// The ops from `at` on, behind a PROTO, are what a pickler writes: so many of them are not met by chance.
pub(super) fn bears_a_pickle(bytes: &Bytes, at: u64, protocol: u8) -> bool {
    let habits = Habits { protocol, seen: [false; 256], stores: false, next: None, stored: 0, ops: 0 };
    weigh(&mut Cursor::new(bytes, at), at, &habits).is_some_and(|w| w.enough_behind_proto())
}

/// Any bytes may be its payload: that it ends where opcodes follow is met by chance.
fn holds_anything(kind: ArgKind) -> bool {
    matches!(kind, ArgKind::Bytes1 | ArgKind::Bytes4 | ArgKind::Bytes8 | ArgKind::ByteArray8)
}

/// A length follows that a frame may have.
fn is_frame(bytes: &Bytes, at: u64) -> bool {
    let raw = bytes.read(Span::at(at.saturating_add(1), 8), 8);
    raw.get(4..8) == Some(&[0, 0, 0, 0])
}
