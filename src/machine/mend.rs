//! Small repairs of a damaged pickle: the frame that an edit lies in, and the length that a damaged length field should
//! have said. Proposes bytes; changes none.

use super::scan::{NoInlines, Options, Scan};
use super::stream::Stream;
use super::swap;
use super::what::what_it_is;
use super::{Pickle, diagnose};
use super::{Repair, try_repair};
use crate::ops::encode::{length_field, length_width};
use crate::ops::{Arg, ArgKind, OpIndex, Opcode, Step, decode};
use crate::source::{Bytes, Cursor, Diagnostic, PieceTable, Span};
use std::sync::Arc;

/// Ops that are looked at in search of the frame around a byte.
const BACK: u32 = 1 << 20;
/// Lengths that are tried one by one; beyond, those that differ from the damaged one in a single byte.
const LENGTHS: u64 = 64 << 10;
/// Ops that must follow a tried length without fault before the machine is asked.
const FOLLOW: u32 = 24;
/// Tried lengths that the machine is asked about.
const ASKED: usize = 48;
/// Length fields before a fault that are looked at in search of the damaged one.
const BEFORE: u32 = 64;
/// Ops that the machine runs for one of them.
const RUN: u32 = 400_000;

/// A frame around some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The FRAME op.
    pub op: OpIndex,
    /// Its 8 bytes of length.
    pub field: Span,
    /// What it says that it holds; may reach beyond the end of the bytes.
    pub content: Span,
}

/// The frame that holds all of `span`, if one does.
pub fn frame_around(stream: &Stream, span: Span) -> Option<Frame> {
    let bytes = &stream.bytes;
    let end = match stream.index.at_offset(span.start, bytes) {
        Some(op) => op.0,
        None => stream.index.at_offset(span.start.checked_sub(1)?, bytes)?.0.saturating_add(1),
    };
    let first = stream.pickle_of(OpIndex(end)).and_then(|n| stream.pickles.get(n)).map_or(0, |p| p.first.0);
    let mut to = end;
    while to > first && end.saturating_sub(to) < BACK {
        let from = to.saturating_sub(4096).max(first);
        let frames = stream.index.iter_from(OpIndex(from), bytes).take_while(|(k, _)| k.0 < to);
        if let Some((op, found)) = frames.filter(|(_, op)| op.code == Opcode::Frame).last() {
            let Arg::Uint(n) = found.arg else { return None };
            let content = Span::at(found.span.end, n);
            let field = Span::new(found.span.start.saturating_add(1), found.span.end);
            return content.covers(span).then_some(Frame { op, field, content });
        }
        to = from;
    }
    None
}

/// Bytes that would undo some damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// The bytes that are damaged.
    pub span: Span,
    /// What they should be.
    pub with: Vec<u8>,
    /// What is done, in a sentence.
    pub says: String,
    /// With it CPython loads the pickle, as far as can be said without importing anything.
    pub loads: bool,
}

/// How the problem that a diagnostic tells of could be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cure {
    /// All bytes went through something that can be turned back.
    Whole(Repair),
    /// A few bytes are wrong.
    Bytes(Mend),
}

/// Problems of the whole file, to which something was done on its way: the cause of all others.
pub fn is_of_the_whole(code: &str) -> bool {
    matches!(code, "latin1-as-utf8" | "utf8-replaced" | "repr" | "hex" | "base64" | "text-mode")
}

/// Problems for which [`cure`] may have an answer: asking it for others is waste.
pub fn may_be_cured(code: &str) -> bool {
    matches!(
        code,
        "latin1-as-utf8"
            | "repr"
            | "hex"
            | "base64"
            | "text-mode"
            | "frame-length"
            | "bad-length"
            | "truncated"
            | "desynchronised"
            | "bad-text"
            | "unknown-opcode"
            | "stack-underflow"
            | "mark-missing"
            | "memo-missing"
            | "memo-index"
            | "bad-argument"
            | "goes-on"
            | "type"
    )
}

/// How a problem could be undone. May try many lengths: not to be asked for in a frame.
pub fn cure(stream: &Stream, d: &Diagnostic, stop: &dyn Fn() -> bool) -> Option<Cure> {
    match d.code {
        "latin1-as-utf8" | "repr" | "hex" | "base64" => {
            let repair = what_it_is(&stream.bytes)?.repair?;
            try_repair(&stream.bytes, repair).map(|_| Cure::Whole(repair))
        }
        "text-mode" => Some(Cure::Whole(Repair::CrLf)),
        "frame-length" => frame_length(stream, d).map(Cure::Bytes),
        "bad-length" | "truncated" | "desynchronised" | "bad-text" => {
            let own = length(stream, d, stop);
            match own {
                Some(m) if m.loads => Some(m),
                own => culprit(stream, d, stop).or(own),
            }
            .map(Cure::Bytes)
        }
        "unknown-opcode" => culprit(stream, d, stop).or_else(|| swap::byte(stream, d, stop)).map(Cure::Bytes),
        "goes-on" => swap::join(stream, d, stop).map(Cure::Bytes),
        _ if may_be_cured(d.code) => culprit(stream, d, stop).map(Cure::Bytes),
        _ => None,
    }
}

/// An op with a length field, as the search for a damaged one sees it.
struct Counted {
    code: Opcode,
    field: Span,
    data: u64,
    said: u64,
}

/// So many ops without fault behind a payload show that its length does not fall short.
const SOUND: u32 = 16;

/// The damaged length field before a fault: of the last ones, with one byte of it changed, that with which the pickle loads
/// to its very end. What can be said of a length alone is asked first, the machine only about the best.
fn culprit(stream: &Stream, d: &Diagnostic, stop: &dyn Fn() -> bool) -> Option<Mend> {
    let bytes = &stream.bytes;
    let fault = u32::try_from(d.op?).ok()?;
    let pickle = whole_pickles(stream).filter(|p| p.span.start <= d.span.start).last()?;
    let from = pickle.first.0.max(fault.saturating_sub(BEFORE * 8));
    let ops = stream.index.iter_from(OpIndex(from), bytes).take_while(|(_, op)| op.span.start <= d.span.start);
    let mut counted: Vec<(u32, Counted)> = ops.filter_map(|(k, op)| Some((k.0, as_counted(&op)?))).collect();
    let (mut found, mut asked) = (Vec::new(), 0);
    for (back, (k, c)) in counted.drain(..).rev().take(BEFORE as usize).enumerate() {
        if stop() {
            return None;
        }
        // Bytes that were cut off a payload do not read as ops for long: behind such a run its length was right.
        let sound = fault.saturating_sub(k) > SOUND;
        let kind = c.code.info().arg;
        let room = bytes.len().saturating_sub(c.data);
        for n in one_byte_off(c.said, c.field.len()) {
            if n > room || length_field(kind, n).is_err() || (sound && n > c.said) {
                continue;
            }
            if let Some(score) = promise(bytes, kind, c.data, n) {
                let near = u32::try_from(back).unwrap_or(u32::MAX).min(20);
                found.push((score.saturating_add(likely(n, c.said)).saturating_sub(near), n, c.field, c.code, c.said));
            }
        }
    }
    found.sort_unstable_by_key(|(score, n, field, ..)| (std::cmp::Reverse(*score), field.start, *n));
    for (_, n, field, code, said) in found {
        asked += 1;
        if asked > 2 * ASKED || stop() {
            return None;
        }
        let with = length_field(code.info().arg, n).ok()?;
        if whole_trial(stream, field, &with) {
            let says = format!("Set the length of {} at {:#x} to {n}; it says {said}.", code.name(), field.start);
            return Some(Mend { span: field, with, says, loads: true });
        }
    }
    None
}

fn as_counted(op: &crate::ops::Op) -> Option<Counted> {
    let (field, said) = crate::ops::encode::length_of(op)?;
    Some(Counted { code: op.code, field, data: field.end, said })
}

/// What differs from a length in one byte of its field.
fn one_byte_off(said: u64, width: u64) -> impl Iterator<Item = u64> {
    (0..u32::try_from(width).unwrap_or(0).min(4)).flat_map(move |i| {
        let shift = i.saturating_mul(8);
        let rest = said & !(0xff_u64 << shift);
        (0..=255_u64).map(move |b| rest | b << shift).filter(move |n| *n != said)
    })
}

/// How much likelier a length is for being near, in its bits, to what the field says.
fn likely(n: u64, said: u64) -> u32 {
    let damaged = (n ^ said).to_le_bytes().iter().filter(|b| **b != 0).count();
    // One damaged byte is likelier than two, and one flipped bit likelier than any other byte.
    let few = if damaged <= 1 { 40 } else { 0 };
    few + if (n ^ said).count_ones() == 1 { 20 } else { 0 }
}

/// With other bytes in the place of some the pickle loads, and ends where it should: before the next one, or with the bytes.
pub(super) fn whole_trial(stream: &Stream, span: Span, with: &[u8]) -> bool {
    let (loads, end) = trial(stream, span, with);
    let next = whole_pickles(stream).map(|p| p.span.start).find(|s| *s > span.start);
    // What stands behind moves by what is left out or put in.
    let moved = |at: u64| at.checked_add(with.len() as u64)?.checked_sub(span.len());
    loads && (moved(stream.bytes.len()) == Some(end) || next.and_then(moved) == Some(end))
}

/// The length that a frame should have: up to the next frame, or to the end of its pickle.
fn frame_length(stream: &Stream, d: &Diagnostic) -> Option<Mend> {
    let op = OpIndex(u32::try_from(d.op?).ok()?);
    let frame = stream.op(op).filter(|o| o.code == Opcode::Frame)?;
    let pickle = stream.pickles.get(stream.pickle_of(op)?)?;
    let rest = stream.index.iter_from(OpIndex(op.0.checked_add(1)?), &stream.bytes);
    let mut end = pickle.span.end;
    for (k, o) in rest.take(BACK as usize) {
        if k.0 >= pickle.first.0.saturating_add(pickle.ops) {
            break;
        }
        if o.code == Opcode::Frame {
            end = o.span.start;
            break;
        }
    }
    let n = end.checked_sub(frame.span.end)?;
    let with = n.to_le_bytes().to_vec();
    let span = Span::new(frame.span.start.saturating_add(1), frame.span.end);
    let (loads, _) = trial(stream, span, &with);
    (frame.arg != Arg::Uint(n)).then(|| Mend { span, with, says: format!("Set the frame's length to {n}."), loads })
}

/// The length that the field of the op at a diagnostic should have said.
fn length(stream: &Stream, d: &Diagnostic, stop: &dyn Fn() -> bool) -> Option<Mend> {
    let bytes = &stream.bytes;
    let at = d.span.start;
    let code = Opcode::from_byte(bytes.get(at)?)?;
    let kind = code.info().arg;
    let width = length_width(kind)?;
    let field = Span::at(at.checked_add(1)?, width);
    let data = field.end;
    let room = bytes.len().checked_sub(data)?;
    let raw = bytes.read(field, 8);
    let said = raw.iter().rev().fold(0_u64, |n, b| n << 8 | u64::from(*b));
    let mut lengths: Vec<u64> = Vec::new();
    for i in 0..u32::try_from(width).ok()? {
        let shift = i.saturating_mul(8);
        let rest = said & !(0xff_u64 << shift);
        lengths.extend((0..=255_u64).map(|b| rest | b << shift));
    }
    let narrow = if width == 1 { 255 } else { LENGTHS };
    lengths.extend(0..=narrow.min(room));
    lengths.retain(|n| *n <= room && *n != said && length_field(kind, *n).is_ok());
    lengths.sort_unstable();
    lengths.dedup();
    let mut found: Vec<(u32, u64)> = Vec::new();
    for n in lengths {
        if n % 1024 == 0 && stop() {
            return None;
        }
        if let Some(score) = promise(bytes, kind, data, n) {
            found.push((score.saturating_add(likely(n, said)), n));
        }
    }
    found.sort_unstable_by_key(|(score, n)| (std::cmp::Reverse(*score), *n));
    let mut best: Option<((bool, bool, u64, u32), u64)> = None;
    for (score, n) in found.into_iter().take(ASKED) {
        if stop() {
            return None;
        }
        let (loads, reached) = trial(stream, field, &length_field(kind, n).ok()?);
        // One that ends within the bytes found a full stop in the middle of something.
        let whole = loads && reached == bytes.len();
        let rank = (whole, loads, if loads { 0 } else { reached }, score);
        if best.as_ref().is_none_or(|(b, _)| rank > *b) {
            best = Some((rank, n));
        }
    }
    let ((_, loads, reached, _), n) = best?;
    let fault = stream.pickles.iter().find(|p| p.span.contains(at)).and_then(|p| p.fault).map_or(at, |f| f.start);
    // A length that gets no further than the damaged one is no repair.
    if !loads && reached <= fault.saturating_add(16) {
        return None;
    }
    let with = length_field(kind, n).ok()?;
    Some(Mend { span: field, with, says: format!("Set the length of {} to {n}; it says {said}.", code.name()), loads })
}

/// How much speaks for a length: what it holds, and that ops follow it. `None` where it cannot be.
fn promise(bytes: &Bytes, kind: ArgKind, data: u64, n: u64) -> Option<u32> {
    let after = data.checked_add(n)?;
    Opcode::from_byte(bytes.get(after)?)?;
    let mut score = 0_u32;
    if matches!(kind, ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8) {
        let text = bytes.read(Span::at(data, n), 4096);
        let whole = text.len() as u64 == n;
        match std::str::from_utf8(&text) {
            Ok(_) => {}
            Err(e) if !whole && e.error_len().is_none() => {}
            Err(_) => return None,
        }
        if !text.iter().any(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) {
            score = score.saturating_add(30);
        }
    }
    let mut cur = Cursor::new(bytes, after);
    for i in 0..FOLLOW {
        match decode(&mut cur) {
            Step::Op(op) => {
                let stored = matches!(op.code, Opcode::Memoize | Opcode::BinPut | Opcode::LongBinPut | Opcode::Put);
                if i == 0 && stored && plain_key(&op) {
                    score = score.saturating_add(30);
                }
                // Writers put what is large between two frames.
                let framed = matches!(op.arg, Arg::Uint(len) if op.span.end.saturating_add(len) <= bytes.len());
                if i == 0 && op.code == Opcode::Frame && framed {
                    score = score.saturating_add(40);
                }
                score = score.saturating_add(1);
                if op.code == Opcode::Stop {
                    break;
                }
            }
            Step::End => break,
            Step::Fault(_) if i < 2 => return None,
            Step::Fault(_) => break,
        }
    }
    Some(score)
}

/// No writer stores under a key that is out of all measure: there the bytes of a text are taken for opcodes.
fn plain_key(op: &crate::ops::Op) -> bool {
    !matches!(op.arg, Arg::Int(key) if key > i64::from(diagnose::FAR_KEY))
}

/// The pickles, without what goes on behind their faults.
fn whole_pickles(stream: &Stream) -> impl Iterator<Item = &Pickle> {
    stream.pickles.iter().filter(|p| p.behind.is_none())
}

/// What becomes of the pickle with other bytes in the place of some: whether it loads, and how far it is read.
fn trial(stream: &Stream, span: Span, with: &[u8]) -> (bool, u64) {
    let mut copy = PieceTable::new(stream.bytes.clone());
    copy.replace(span, with);
    let start = whole_pickles(stream).map(|p| p.span.start).filter(|s| *s <= span.start).max().unwrap_or(0);
    let bytes = copy.bytes();
    let bytes = bytes.slice(Span::new(start, bytes.len()));
    let options = Options { first_only: true, until_error: true, ..Options::default() };
    let mut scan = Scan::new(&bytes, options, Arc::new(NoInlines));
    let mut scratch = Stream::new(bytes);
    let mut left = RUN;
    while left > 0 && scan.step(&mut scratch, 10_000) {
        left = left.saturating_sub(10_000);
    }
    let Some(p) = scratch.pickles.first() else { return (false, 0) };
    let reached = p.fault.map_or(p.span.end, |f| f.start).saturating_add(start);
    (p.complete && p.python.is_none(), reached)
}
