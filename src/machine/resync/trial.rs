//! A run of ops behind a fault, weighed op by op: what a stock pickler would have written there, and what it would not.
//! Keeps a rough stack; runs no machine.

use super::{Habits, is_put, is_text};
use crate::ops::sniff::is_name;
use crate::ops::text::{float_line, int_line, long_line, memo_line};
use crate::ops::{Arg, ArgKind, Op, Opcode, Slot, Step, decode};
use crate::source::{Bytes, Cursor, Span};

/// Ops that are weighed.
const TRIAL: u32 = 96;
/// Bytes of a line or a name in a trial; longer ones are none.
const LINE: usize = 512;
/// Values of unknown origin that a run may take.
const TAKEN: u32 = 12;
/// Memo entries that the lost bytes may have stored.
const STORED: u32 = 1 << 20;

/// What a value in a trial is, as far as its ops tell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Mark,
    /// From the memo, or from before the run.
    Any,
    /// A number, None, a boolean: nothing that is stored in the memo.
    Plain,
    Text,
    Bytes,
    List,
    Dict,
    Set,
    Tuple,
    Class,
    Object,
}

/// A run of ops, as it is weighed.
struct Trial<'a> {
    habits: &'a Habits,
    bytes: &'a Bytes,
    stack: Vec<Sort>,
    bits: i32,
    ops: u32,
    /// Ops that speak for themselves.
    firm: u32,
    distinct: u32,
    met: [bool; 256],
    taken: u32,
    next: Option<u32>,
    put: Option<u32>,
    before: Option<Opcode>,
    same: u32,
    arg: Option<Arg>,
    stopped: bool,
    /// Marks that were set and not taken.
    open: i32,
}

/// A text, a name or a number that is right weighs so much that chance is no longer likely.
const FIRM: i32 = 4;

impl Trial<'_> {
    /// Takes the top value; one from before the run, if there is none.
    fn take(&mut self) -> Option<Sort> {
        match self.stack.last() {
            Some(Sort::Mark) => None,
            Some(sort) => {
                let sort = *sort;
                self.stack.pop();
                Some(sort)
            }
            None => {
                self.taken += 1;
                self.bits -= 2;
                (self.taken <= TAKEN).then_some(Sort::Any)
            }
        }
    }

    /// Takes all down to the topmost mark, and says how many there were, where the mark is in the run.
    fn take_mark(&mut self) -> Option<Option<usize>> {
        match self.stack.iter().rposition(|s| *s == Sort::Mark) {
            Some(i) => {
                let n = self.stack.len() - i - 1;
                self.stack.truncate(i);
                self.open -= 1;
                Some(Some(n))
            }
            None => {
                self.stack.clear();
                self.taken += 1;
                self.bits -= 1;
                (self.taken <= TAKEN).then_some(None)
            }
        }
    }

    /// What is filled: it stays where it is.
    fn target(&mut self, kind: Sort) -> Option<()> {
        let sort = self.take()?;
        self.stack.push(sort);
        matches!(sort, Sort::Any | Sort::Object).then_some(()).or((sort == kind).then_some(()))
    }

    fn push(&mut self, sort: Sort) {
        self.stack.push(sort);
    }

    /// Weighs an op; `None` where no pickler would have written it there.
    fn step(&mut self, op: &Op) -> Option<i32> {
        use Opcode as O;
        let code = op.code;
        if !self.habits.usual(code) {
            return None;
        }
        let base = if code.info().code >= 0x80 { 3 } else { 1 };
        let modern = self.habits.protocol >= 2;
        let weight = match (code, op.arg) {
            (O::Mark, _) => {
                self.push(Sort::Mark);
                self.open += 1;
                // What is opened again and again and never closed is no writer's.
                if self.open > 4 { -3 } else { 0 }
            }
            (O::None | O::Newtrue | O::Newfalse | O::Binint1, _) => {
                self.push(Sort::Plain);
                0
            }
            (O::Binint2, Arg::Int(v)) => {
                self.push(Sort::Plain);
                // What fits into one byte is written in one.
                (v > 0xff).then_some(1)?
            }
            (O::Binint, Arg::Int(v)) => {
                self.push(Sort::Plain);
                (!(0..=0xffff).contains(&v)).then_some(2)?
            }
            (O::Long1 | O::Long4, Arg::Data(span)) => {
                self.push(Sort::Plain);
                (span.len() > 4 || self.habits.saw(code)).then_some(1)?
            }
            (O::Binfloat, Arg::Float(v)) => {
                self.push(Sort::Plain);
                if v == 0.0 || !v.is_finite() || (1e-60..1e60).contains(&v.abs()) { 3 } else { -8 }
            }
            (O::Int | O::Long | O::Float, Arg::Line(span)) => {
                self.push(Sort::Plain);
                let line = self.bytes.read(span, LINE);
                match code {
                    O::Int => int_line(&line).is_ok(),
                    O::Long => long_line(&line).is_ok(),
                    _ => float_line(&line).is_ok(),
                }
                .then_some(4)?
            }
            (_, Arg::Data(span))
                if matches!(code.info().arg, ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8) =>
            {
                self.push(Sort::Text);
                self.fits(code, span)?;
                self.text(span, true)?
            }
            (O::Unicode, Arg::Line(span)) => {
                self.push(Sort::Text);
                self.text(span, false)?
            }
            (O::String, Arg::Line(span)) => {
                self.push(Sort::Text);
                matches!(self.bytes.get(span.start), Some(b'\'' | b'"')).then_some(3)?
            }
            (O::Binstring | O::ShortBinstring, Arg::Data(span)) => {
                self.push(Sort::Text);
                self.fits(code, span)?;
                self.text(span, false)?
            }
            (_, Arg::Data(span)) => {
                self.push(Sort::Bytes);
                self.fits(code, span)?;
                1
            }
            (O::EmptyList, _) => self.made(Sort::List),
            (O::EmptyDict, _) => self.made(Sort::Dict),
            (O::EmptySet, _) => self.made(Sort::Set),
            (O::EmptyTuple, _) => self.made(Sort::Tuple),
            (O::Append, _) => {
                self.take()?;
                self.target(Sort::List)?;
                1
            }
            (O::Setitem, _) => {
                self.take()?;
                let key = self.take()?;
                self.target(Sort::Dict)?;
                (!matches!(key, Sort::List | Sort::Dict | Sort::Set)).then_some(2)?
            }
            (O::Appends | O::Additems, _) => {
                let n = self.take_mark()?;
                self.target(if code == O::Appends { Sort::List } else { Sort::Set })?;
                (n != Some(0)).then_some(2)?
            }
            (O::Setitems, _) => {
                let n = self.take_mark()?;
                self.target(Sort::Dict)?;
                n.is_none_or(|n| n > 0 && n % 2 == 0).then_some(3)?
            }
            (O::Tuple1 | O::Tuple2 | O::Tuple3, _) => {
                for _ in code.info().before {
                    self.take()?;
                }
                self.made(Sort::Tuple)
            }
            (O::Tuple | O::List | O::Dict | O::Frozenset, _) => {
                let n = self.take_mark()?;
                let least = if code == O::Tuple && modern { 4 } else { 0 };
                let (sort, even) = match code {
                    O::Tuple => (Sort::Tuple, false),
                    O::List => (Sort::List, false),
                    O::Dict => (Sort::Dict, true),
                    _ => (Sort::Set, false),
                };
                self.push(sort);
                n.is_none_or(|n| n >= least && (!even || n % 2 == 0)).then_some(2)?
            }
            _ if is_put(code) => self.stored(op)?,
            (O::Get, Arg::Line(span)) => {
                let key = memo_line(&self.bytes.read(span, LINE)).ok()?;
                self.fetched(key)?
            }
            (O::BinGet | O::LongBinGet, Arg::Int(key)) => {
                (code == O::BinGet || key > 0xff).then_some(())?;
                self.fetched(key)?
            }
            (O::Global | O::Inst, Arg::Pair(module, name)) => {
                if code == O::Inst {
                    self.take_mark()?;
                }
                self.push(if code == O::Inst { Sort::Object } else { Sort::Class });
                (is_name(module, self.bytes) && is_name(name, self.bytes)).then_some(12)?
            }
            (O::StackGlobal, _) => {
                let (name, module) = (self.take()?, self.take()?);
                self.push(Sort::Class);
                match (module, name) {
                    (Sort::Text, Sort::Text) => 8,
                    (Sort::Text | Sort::Any, Sort::Text | Sort::Any) => 2,
                    _ => return None,
                }
            }
            (O::Reduce | O::NewObj, _) => {
                let (args, callable) = (self.take()?, self.take()?);
                self.push(Sort::Object);
                match (callable, args) {
                    (Sort::Class, Sort::Tuple) => 8,
                    (Sort::Class | Sort::Any, Sort::Tuple | Sort::Any) => 1,
                    _ => return None,
                }
            }
            (O::NewObjEx, _) => {
                let (kwargs, args, class) = (self.take()?, self.take()?, self.take()?);
                self.push(Sort::Object);
                let fit = matches!(kwargs, Sort::Dict | Sort::Any)
                    && matches!(args, Sort::Tuple | Sort::Any)
                    && matches!(class, Sort::Class | Sort::Any);
                fit.then_some(4)?
            }
            (O::Obj, _) => {
                self.take_mark()?;
                self.push(Sort::Object);
                0
            }
            (O::Build, _) => {
                let state = self.take()?;
                self.target(Sort::Object)?;
                (state != Sort::Plain || modern).then_some(2)?
            }
            (O::Frame, Arg::Uint(n)) => self.frame(op.span.end, n)?,
            (O::Stop, _) => {
                self.stopped = true;
                let end = op.span.end;
                let next = self.bytes.read(Span::at(end, 2), 2);
                if next.is_empty() || matches!(next.as_slice(), [0x80, 2..=5]) { 20 } else { -10 }
            }
            _ => {
                for slot in code.info().before.iter().rev() {
                    match slot {
                        Slot::Mark => _ = self.take_mark()?,
                        Slot::Slice => {}
                        _ => _ = self.take()?,
                    }
                }
                for _ in code.info().after {
                    self.push(Sort::Any);
                }
                -1
            }
        };
        Some(base + weight)
    }

    fn made(&mut self, sort: Sort) -> i32 {
        self.push(sort);
        1
    }

    /// A payload of that length is written so, and not by the shorter opcode or outside all frames.
    fn fits(&self, code: Opcode, span: Span) -> Option<()> {
        use Opcode as O;
        let n = span.len();
        let protocol = self.habits.protocol;
        let short = match code {
            O::Binunicode => protocol >= 4,
            O::Binbytes | O::Binstring => true,
            _ => false,
        };
        let long = matches!(code, O::Binunicode8 | O::Binbytes8);
        ((!short || n > 0xff) && (!long || n > u64::from(u32::MAX))).then_some(())
    }

    /// A text that may be one.
    fn text(&self, span: Span, utf8: bool) -> Option<i32> {
        const SEEN: usize = 1024;
        let text = self.bytes.read(span, SEEN);
        let whole = text.len() as u64 == span.len();
        if utf8 && std::str::from_utf8(&text).is_err_and(|e| whole || e.error_len().is_some()) {
            return None;
        }
        if text.iter().any(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
            return Some(-6);
        }
        Some(i32::try_from(text.len().min(10) / 2).unwrap_or(0))
    }

    /// PUT, MEMOIZE: only what a pickler stores, under the number that comes next.
    fn stored(&mut self, op: &Op) -> Option<i32> {
        // What is large stands between two frames, and is stored at the beginning of the second.
        let large = self.before == Some(Opcode::Frame) && self.stack.is_empty();
        let none = matches!(self.stack.last(), None | Some(Sort::Mark | Sort::Plain)) || self.before.is_none_or(is_put);
        if none && !large {
            return None;
        }
        let key = match op.arg {
            Arg::Int(key) => key,
            Arg::Line(span) => memo_line(&self.bytes.read(span, LINE)).ok()?,
            _ => return Some(3),
        };
        let key = u32::try_from(key).ok().filter(|k| op.code != Opcode::LongBinPut || *k > 0xff)?;
        let last = self.put.replace(key);
        match (last, self.next) {
            (Some(last), _) => (last.checked_add(1) == Some(key)).then_some(8),
            (None, Some(next)) => (next..=next.saturating_add(STORED)).contains(&key).then_some(4),
            (None, None) => Some(1),
        }
    }

    /// GET: nothing that cannot have been stored yet.
    fn fetched(&mut self, key: i64) -> Option<i32> {
        let most = self.put.or(self.next).unwrap_or(self.habits.stored.saturating_add(STORED));
        self.push(Sort::Any);
        let known = self.put.is_some() || self.next.is_some();
        (0..=i64::from(most).saturating_add(if known { 0 } else { 1 })).contains(&key).then_some(if known {
            2
        } else {
            0
        })
    }

    /// A frame whose end is where a frame can end.
    fn frame(&self, from: u64, n: u64) -> Option<i32> {
        let end = from.checked_add(n).filter(|end| n >= 4 && *end <= self.bytes.len())?;
        let next = self.bytes.read(Span::at(end, 9), 9);
        let length = next.get(1..9).and_then(|raw| raw.try_into().ok()).map_or(u64::MAX, u64::from_le_bytes);
        let fits = match next.first() {
            None => true,
            Some(0x80) => matches!(next.get(1), Some(2..=5)),
            Some(0x95) => length < 1 << 40,
            Some(0x42 | 0x58 | 0x8d | 0x8e | 0x96) => true,
            _ => false,
        };
        fits.then_some(30)
    }
}

/// What speaks for a run of ops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight {
    bits: i32,
    ops: u32,
    firm: u32,
    distinct: u32,
    stopped: bool,
    /// The op of the first few that speaks for itself.
    pub(super) start: u64,
}

/// Weighs the ops from `at` on; `None` where a value cannot begin there.
pub(super) fn weigh(cur: &mut Cursor, at: u64, habits: &Habits) -> Option<Weight> {
    let bytes = cur.bytes().clone();
    let mut trial = Trial {
        habits,
        bytes: &bytes,
        stack: Vec::new(),
        bits: 0,
        ops: 0,
        firm: 0,
        distinct: 0,
        met: [false; 256],
        taken: 0,
        next: habits.next,
        put: None,
        before: None,
        same: 0,
        arg: None,
        stopped: false,
        open: 0,
    };
    cur.seek(at);
    // Where the ops stand that the run may begin with, and whether they speak for themselves.
    let mut head: [(u64, bool); 6] = [(at, false); 6];
    while trial.ops < TRIAL && !trial.stopped {
        let Some(byte) = cur.chunk().first().copied() else { break };
        let Some(code) = Opcode::from_byte(byte) else {
            trial.bits -= 12;
            break;
        };
        if is_line(code.info().arg) && !line_ends(cur) {
            trial.bits -= 12;
            break;
        }
        let Step::Op(op) = decode(cur) else {
            trial.bits -= 12;
            break;
        };
        if trial.before.is_some_and(is_text) && habits.stores && !is_put(code) {
            trial.bits -= 5;
        }
        let Some(weight) = trial.step(&op) else {
            if trial.ops < 8 {
                return None;
            }
            trial.bits -= 12;
            break;
        };
        trial.same = if trial.before == Some(code) { trial.same + 1 } else { 0 };
        // The same again and again tells little: tables of small numbers look so, too.
        let weight = match trial.same {
            0..=3 => weight,
            _ if trial.arg == Some(op.arg) => weight.min(0),
            _ if weight < FIRM => weight.min(1),
            _ => weight,
        };
        trial.arg = Some(op.arg);
        trial.bits += weight;
        trial.firm += u32::from(weight >= FIRM);
        if let Some(met) = trial.met.get_mut(usize::from(byte)) {
            trial.distinct += u32::from(!std::mem::replace(met, true));
        }
        if let Some(place) = head.get_mut(trial.ops as usize) {
            *place = (op.span.start, weight >= FIRM && begins(code));
        }
        // What is stored in the memo is a value that a pickler made.
        if is_put(code)
            && let Some(place) = (trial.ops as usize).checked_sub(1).and_then(|i| head.get_mut(i))
        {
            place.1 = trial.before.is_some_and(begins);
        }
        trial.before = Some(code);
        trial.ops += 1;
        if trial.bits < -8 {
            return None;
        }
    }
    let Trial { bits, ops, firm, distinct, stopped, .. } = trial;
    let start = head.iter().take(4).find(|(_, firm)| *firm).map_or(at, |(at, _)| *at);
    Some(Weight { bits, ops, firm, distinct, stopped, start })
}

fn is_line(kind: ArgKind) -> bool {
    use ArgKind as A;
    matches!(
        kind,
        A::DecimalNlShort
            | A::DecimalNlLong
            | A::FloatNl
            | A::StringNl
            | A::StringNlNoEscape
            | A::StringNlPair
            | A::UnicodeNl
    )
}

/// A value may begin with it.
pub(super) fn begins(code: Opcode) -> bool {
    code.info().before.is_empty() && !is_put(code)
}

/// A line ends soon.
fn line_ends(cur: &mut Cursor) -> bool {
    let at = cur.pos();
    let chunk = cur.chunk();
    let head = chunk.get(..LINE.min(chunk.len())).unwrap_or(chunk);
    if head.contains(&b'\n') {
        return true;
    }
    head.len() < LINE && cur.bytes().read(Span::at(at, LINE as u64), LINE).contains(&b'\n')
}

impl Weight {
    /// So much speaks for the run that a pickle begins with it: PROTO alone is met every few thousand bytes.
    pub(super) fn enough_behind_proto(&self) -> bool {
        self.bits >= 30
    }

    /// So much speaks for the run that decoding goes on with it.
    pub(super) fn enough(&self, payload: bool) -> bool {
        if payload {
            return self.bits >= 70 && self.distinct >= 5 && self.firm >= 5;
        }
        let varied = self.bits >= 36 && self.ops >= 5 && self.distinct >= 3 && self.firm >= 2;
        let ends = self.stopped && self.bits >= 30 && self.ops >= 3;
        let long = self.ops >= TRIAL && self.bits >= 60;
        varied || ends || long
    }
}
