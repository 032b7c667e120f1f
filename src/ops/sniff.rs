//! Where a pickle may start: how plausible the bytes at an offset are, and the next offset that is plausible enough, for
//! decoding on after damage and for pickles inside other files. Guesses, and says how good they are; knows no containers.

use super::text::{float_line, int_line, long_line, memo_line};
use super::{Arg, Class, FaultKind, Op, Opcode, Slot, Step, decode};
use crate::source::{Bytes, Cursor, Span};

/// A score from which on a start is believed.
pub const PLAUSIBLE: u8 = 50;

/// Bytes in which the end of a line is looked for.
const WINDOW: u64 = 1 << 20;
/// The same when searching, where every other byte may be a candidate.
const WINDOW_SEARCH: u64 = 4 << 10;
/// Ops looked at, when searching.
const TRIAL: u32 = 64;
/// Ops looked at from the one offset where a pickle of protocol 0 or 1 should start.
const TRIAL_WHOLE: u32 = 100_000;
/// Characters of a module or a name; longer ones are none.
const NAME: u64 = 512;
/// Bytes of a number's line; longer ones are kept as they are.
const NUMBER: usize = 512;
/// Bytes searched at a time.
const CHUNK: usize = 256 << 10;
/// No sign by which a start is found is longer.
const SIGN: usize = 24;

/// How a pickle looks that may start at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// 0 (certainly none) to 100 (whole, and nothing odd about it); see [`PLAUSIBLE`].
    pub score: u8,
    /// Ops that were looked at and make sense.
    pub ops: u32,
    /// The protocol that PROTO names; none without PROTO.
    pub protocol: Option<u8>,
    /// One past STOP, where it was reached.
    pub end: Option<u64>,
}

/// How the trial ended.
#[derive(Clone, Copy)]
enum End {
    /// STOP, with so many values on the stack.
    Stop(u64),
    /// Enough was seen.
    Enough,
    /// The bytes end, between ops or inside one.
    Cut,
    /// What no writer writes.
    Odd,
}

/// How plausible it is that a pickle starts at `at`. Costs 100,000 ops at most.
pub fn plausibility(bytes: &Bytes, at: u64) -> Start {
    match bytes.get(at) {
        Some(0x80) => trial(bytes, at, WINDOW, TRIAL),
        Some(_) => trial(bytes, at, WINDOW, TRIAL_WHOLE),
        None => Start { score: 0, ops: 0, protocol: None, end: None },
    }
}

fn trial(bytes: &Bytes, at: u64, window: u64, most: u32) -> Start {
    // Lines are looked for in a window alone; payloads are stepped over however long they are.
    let mut base = at;
    let mut part = bytes.slice(Span::at(base, window));
    let mut cur = Cursor::new(&part, 0);
    let mut machine = Machine::default();
    let mut ops = 0;
    let end = loop {
        if ops >= most {
            break End::Enough;
        }
        let inside = base.saturating_add(part.len()) < bytes.len();
        match decode(&mut cur) {
            Step::Op(op) => {
                if !machine.step(&op, &part) {
                    break End::Odd;
                }
                ops += 1;
                if op.code == Opcode::Stop {
                    break End::Stop(machine.above);
                }
            }
            Step::End if inside => break End::Enough,
            Step::End => break End::Cut,
            Step::Fault(fault) => match (fault.kind, fault.code, fault.payload) {
                (FaultKind::LengthBeyondFile { declared, .. }, Some(code), Some(payload)) if inside => {
                    let op = Op { code, span: fault.span, arg: Arg::Data(payload) };
                    let next = base.saturating_add(payload.start).saturating_add(declared);
                    if !machine.step(&op, &part) {
                        break End::Odd;
                    }
                    if next > bytes.len() {
                        break End::Cut;
                    }
                    ops += 1;
                    base = next;
                    part = bytes.slice(Span::at(base, window));
                    cur = Cursor::new(&part, 0);
                }
                (FaultKind::NoNewline, Some(code), _) if inside && code.class() == Class::Text => break End::Enough,
                (FaultKind::NoNewline | FaultKind::Truncated | FaultKind::LengthBeyondFile { .. }, ..) if !inside => {
                    break End::Cut;
                }
                (FaultKind::Truncated, ..) => break End::Enough,
                _ => break End::Odd,
            },
        }
    };
    // A frame's length is as good as a few ops.
    let seen = ops + if machine.framed { 3 } else { 0 };
    let protocol = machine.protocol;
    let score = match (end, protocol) {
        (End::Stop(0), Some(_)) => 100,
        (End::Stop(0), None) if ops > 3 => 80,
        (End::Stop(0), None) => 45,
        (End::Stop(_), Some(_)) => 70,
        (End::Stop(_), None) => 20,
        (End::Enough, Some(_)) if seen > 3 => 90,
        (End::Enough, None) if ops >= 8 => 60,
        (End::Cut, Some(_)) if seen > 3 => 70,
        (End::Cut, Some(_)) if seen > 1 => 40,
        (End::Cut, None) if ops >= 8 => 50,
        (End::Odd, Some(_)) if ops > 16 => 50,
        (End::Odd, Some(_)) if ops > 4 => 25,
        (End::Odd, None) if ops > 16 => 25,
        (End::Enough | End::Cut, _) => 15,
        (End::Odd, _) => 0,
    };
    let stopped = matches!(end, End::Stop(_)).then(|| base.saturating_add(cur.pos()));
    Start { score, ops, protocol, end: stopped }
}

/// The least that tells ops from noise: the stack never runs dry, and names and numbers look like such.
#[derive(Default)]
struct Machine {
    protocol: Option<u8>,
    started: bool,
    framed: bool,
    /// Values above the topmost mark, and above each beneath it.
    above: u64,
    beneath: Vec<u64>,
}

impl Machine {
    fn step(&mut self, op: &Op, bytes: &Bytes) -> bool {
        let info = op.code.info();
        let first = !std::mem::replace(&mut self.started, true);
        // Writers name the protocol once, and first, and keep to it.
        match (op.code, op.arg) {
            (Opcode::Proto, Arg::Int(n)) => {
                self.protocol = u8::try_from(n).ok().filter(|n| first && (2..=5).contains(n));
                return self.protocol.is_some();
            }
            (Opcode::Frame, Arg::Uint(n)) if n >= 1 << 40 => return false,
            (Opcode::Frame, _) => self.framed = true,
            // CPython writes it for a state setter in every protocol.
            (Opcode::Tuple2, _) => {}
            _ if info.protocol > self.protocol.unwrap_or(1) => return false,
            _ => {}
        }
        let mark = info.before.iter().position(|s| *s == Slot::Mark);
        let pops = mark.unwrap_or(info.before.len()) as u64;
        if mark.is_some() || (op.code == Opcode::Pop && self.above == 0) {
            let Some(above) = self.beneath.pop() else { return false };
            if op.code == Opcode::Obj && self.above == 0 {
                return false;
            }
            self.above = above;
            if op.code == Opcode::Pop {
                return true;
            }
        }
        let puts = matches!(op.code, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut);
        if self.above < pops || (puts && self.above == 0) {
            return false;
        }
        self.above -= pops;
        if op.code == Opcode::Mark {
            self.beneath.push(self.above);
            self.above = 0;
        } else {
            self.above += info.after.len() as u64;
        }
        let line = |span: Span| bytes.read(span, NUMBER);
        match (op.code, op.arg) {
            (Opcode::Stop, _) => self.beneath.is_empty(),
            (_, Arg::Pair(module, name)) => is_name(module, bytes) && is_name(name, bytes),
            (Opcode::Put | Opcode::Get, Arg::Line(span)) => memo_line(&line(span)).is_ok_and(|i| i >= 0),
            (Opcode::Int, Arg::Line(span)) => span.len() > NUMBER as u64 || int_line(&line(span)).is_ok(),
            (Opcode::Long, Arg::Line(span)) => span.len() > NUMBER as u64 || long_line(&line(span)).is_ok(),
            (Opcode::Float, Arg::Line(span)) => float_line(&line(span)).is_ok(),
            (Opcode::String, Arg::Line(span)) => matches!(bytes.get(span.start), Some(b'\'' | b'"')),
            _ => true,
        }
    }
}

/// A module or a name, as languages have them: letters, digits, `_`, `.` and `<locals>`.
pub fn is_name(span: Span, bytes: &Bytes) -> bool {
    let name = bytes.read(span, usize::try_from(NAME).unwrap_or(usize::MAX));
    let first = name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b == b'<' || *b >= 0x80);
    // A CR is what a text-mode transfer leaves.
    first
        && span.len() < NAME
        && name
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'<' | b'>' | b'\r') || *b >= 0x80)
}

/// The next offset, `from` included, where a pickle plausibly starts: one with PROTO, or one of protocol 0 or 1 that
/// begins as the usual picklers begin. `go_on` is asked now and then, with the offset reached; `false` ends the search.
pub fn find_next_start(bytes: &Bytes, from: u64, go_on: &mut dyn FnMut(u64) -> bool) -> Option<u64> {
    let mut buf = vec![0; CHUNK];
    let mut at = from;
    let mut found: Vec<usize> = Vec::new();
    while at < bytes.len() && go_on(at) {
        let got = bytes.read_at(at, &mut buf);
        let chunk = buf.get(..got).unwrap_or(&[]);
        let last = at.saturating_add(got as u64) >= bytes.len() || got < SIGN;
        // A sign that straddles two chunks is left to the second.
        let whole = if last { got } else { got.saturating_sub(SIGN) };
        found.clear();
        found.extend(signs(chunk).filter(|i| *i < whole));
        found.sort_unstable();
        for i in &found {
            let start = at.saturating_add(*i as u64);
            if trial(bytes, start, WINDOW_SEARCH, TRIAL).score >= PLAUSIBLE {
                return Some(start);
            }
        }
        if whole == 0 {
            return None;
        }
        at = at.saturating_add(whole as u64);
    }
    None
}

/// Offsets in a chunk where the first few bytes are those of a pickle.
fn signs(chunk: &[u8]) -> impl Iterator<Item = usize> {
    let protos = memchr::memchr_iter(0x80, chunk).filter(|i| matches!(chunk.get(i + 1), Some(2..=5)));
    // Protocol 0 and 1: a container or a reduce call, and its first memo entry.
    let texts = memchr::memchr2_iter(b'(', b'c', chunk).filter(|i| {
        let rest = chunk.get(*i..).unwrap_or(&[]);
        let words: &[&[u8]] = &[
            b"(dp",
            b"(lp",
            b"(i",
            b"(c",
            b"(dq",
            b"(lq",
            b"ccopy_reg\n",
            b"ccopyreg\n",
            b"cnumpy",
            b"c__builtin__\n",
            b"c__main__\n",
            b"ccollections\n",
            b"carray\n",
        ];
        words.iter().any(|w| rest.starts_with(w))
    });
    let puts = memchr::memmem::find_iter(chunk, b"q\0").chain(memchr::memmem::find_iter(chunk, b"q\x01"));
    let bins = puts.filter_map(|i| i.checked_sub(1)).filter(|i| matches!(chunk.get(*i), Some(b']' | b'}')));
    protos.chain(texts).chain(bins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(data: &[u8]) -> u8 {
        plausibility(&Bytes::from_vec(data.to_vec()), 0).score
    }

    #[test]
    fn whole_cut_and_none() {
        let framed = b"\x80\x04\x95\x0a\0\0\0\0\0\0\0]\x94(K\x01K\x02K\x03e.";
        let start = plausibility(&Bytes::from_vec(framed.to_vec()), 0);
        assert_eq!(start, Start { score: 100, ops: 10, protocol: Some(4), end: Some(framed.len() as u64) });
        assert_eq!(score(b"(dp0\nS'a'\np1\nI1\ns."), 80);
        assert_eq!(score(b"cnumpy\nndarray\n."), 45);
        assert!(score(&framed[..20]) >= PLAUSIBLE);
        for none in [
            &b""[..],
            b"\x80",
            b"\x80\x07N.",
            b"\x80\x02\xff",
            b"\x80\x02.",
            b"hello",
            b"(a b\nc d\n.",
            b"\x80\x02\x95\0\0",
        ] {
            assert!(score(none) < PLAUSIBLE, "{none:?}");
        }
    }

    #[test]
    fn starts_are_found_among_other_bytes() {
        let mut file = vec![b'x'; CHUNK - 1];
        let first = file.len() as u64;
        file.extend(b"\x80\x02]q\0(K\x01K\x02e.");
        let noise = file.len() as u64;
        file.extend(b"\x80\x02\xff\x80\x03 (dpdq(c cnumpy ]q\0\xff");
        let second = file.len() as u64;
        file.extend(b"ccopy_reg\n_reconstructor\np0\n(c__main__\nA\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n.");
        let third = file.len() as u64 + 3;
        file.extend(b"zzz}q\0U\x01aq\x01K\x01s.");
        let bytes = Bytes::from_vec(file);
        let mut all = |_| true;
        assert_eq!(find_next_start(&bytes, 0, &mut all), Some(first));
        assert_eq!(find_next_start(&bytes, noise, &mut all), Some(second));
        assert_eq!(find_next_start(&bytes, third - 3, &mut all), Some(third));
        assert_eq!(find_next_start(&bytes, bytes.len() - 3, &mut all), None);
        assert_eq!(find_next_start(&bytes, 0, &mut |_| false), None);
    }
}
