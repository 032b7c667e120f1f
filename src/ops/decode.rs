//! One op from the bytes at a cursor. Total: any bytes give an op, the end, or a fault that says where and why.
//!
//! What counts as cut is what CPython's C unpickler counts as cut: a line needs its LF, a counted argument all its bytes.
//! FRAME is an opcode like any other here; whether its bytes exist is the machine's affair. Payloads are stepped over,
//! never read. Nothing here knows what an op does, and nothing allocates.

use super::{Arg, ArgKind, Op, Opcode};
use crate::source::{Cursor, Span};

/// What stands at the cursor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// An op; the cursor stands behind it.
    Op(Op),
    /// No byte is left.
    End,
    /// No op can be made of what is there; the cursor has not moved.
    Fault(OpFault),
}

/// Why the bytes at the cursor are no op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpFault {
    /// What is wrong.
    pub kind: FaultKind,
    /// From the opcode's byte to where the bytes end, or to the end of the field that cannot be.
    pub span: Span,
    /// The opcode, unless it is the opcode's byte that is unknown.
    pub code: Option<Opcode>,
    /// What there is of a payload or of a line that was cut; `None` when the cut lies before it.
    pub payload: Option<Span>,
}

/// What is wrong with the bytes of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The byte is none of the 68 opcodes.
    UnknownOpcode(u8),
    /// The bytes end within a fixed-size argument or a length field.
    Truncated,
    /// The bytes end before the LF of a line.
    NoNewline,
    /// A payload's length reaches beyond the end of the bytes.
    LengthBeyondFile {
        /// What the length field says.
        declared: u64,
        /// Payload bytes that are there.
        there: u64,
    },
    /// LONG4's signed length is below 0.
    NegativeLength(i32),
    /// An 8-byte length is above 2^63 - 1, which CPython refuses before it reads.
    LengthOverSystem(u64),
}

/// Decodes the op at the cursor and steps over it; on a fault the cursor stays.
#[inline]
pub fn decode(cur: &mut Cursor) -> Step {
    let start = cur.pos();
    let len = cur.bytes().len();
    let Some((&byte, rest)) = cur.chunk().split_first() else { return Step::End };
    let Some(code) = Opcode::from_byte(byte) else {
        let span = Span::at(start, 1);
        return Step::Fault(OpFault { kind: FaultKind::UnknownOpcode(byte), span, code: None, payload: None });
    };
    // What lies whole within the block is decoded here; what straddles two blocks or is cut goes the slow way.
    let done = match code.info().arg {
        ArgKind::None => Some((Arg::None, start + 1)),
        ArgKind::Uint1 => rest.first().map(|v| (Arg::Int(i64::from(*v)), start + 2)),
        ArgKind::Uint2 => rest.first_chunk().map(|v| (Arg::Int(i64::from(u16::from_le_bytes(*v))), start + 3)),
        ArgKind::Uint4 => rest.first_chunk().map(|v| (Arg::Int(i64::from(u32::from_le_bytes(*v))), start + 5)),
        ArgKind::Int4 => rest.first_chunk().map(|v| (Arg::Int(i64::from(i32::from_le_bytes(*v))), start + 5)),
        ArgKind::Uint8 => rest.first_chunk().map(|v| (Arg::Uint(u64::from_le_bytes(*v)), start + 9)),
        ArgKind::Float8 => rest.first_chunk().map(|v| (Arg::Float(f64::from_be_bytes(*v)), start + 9)),
        ArgKind::Bytes1 | ArgKind::String1 | ArgKind::Unicode1 | ArgKind::Long1 => {
            rest.first().and_then(|n| data(start + 2, u64::from(*n), len))
        }
        ArgKind::Bytes4 | ArgKind::String4 | ArgKind::Unicode4 => {
            rest.first_chunk().and_then(|n| data(start + 5, u64::from(u32::from_le_bytes(*n)), len))
        }
        ArgKind::DecimalNlShort
        | ArgKind::DecimalNlLong
        | ArgKind::FloatNl
        | ArgKind::StringNl
        | ArgKind::StringNlNoEscape
        | ArgKind::UnicodeNl => memchr::memchr(b'\n', rest).map(|i| {
            let end = start + 1 + i as u64;
            (Arg::Line(Span::new(start + 1, end)), end + 1)
        }),
        ArgKind::StringNlPair | ArgKind::Bytes8 | ArgKind::ByteArray8 | ArgKind::Unicode8 | ArgKind::Long4 => None,
    };
    match done {
        Some((arg, end)) => {
            cur.seek(end);
            Step::Op(Op { code, span: Span::new(start, end), arg })
        }
        None => slow(cur, code, start),
    }
}

/// A payload of `n` bytes from `at` and where it ends, if it ends before `len`.
#[inline]
fn data(at: u64, n: u64, len: u64) -> Option<(Arg, u64)> {
    let end = at.checked_add(n).filter(|end| *end <= len)?;
    Some((Arg::Data(Span::new(at, end)), end))
}

/// Any opcode, over block borders and with every fault.
#[cold]
#[inline(never)]
fn slow(cur: &mut Cursor, code: Opcode, start: u64) -> Step {
    let len = cur.bytes().len();
    cur.seek(start + 1);
    match argument(cur, code.info().arg) {
        Ok(arg) => Step::Op(Op { code, span: Span::new(start, cur.pos()), arg }),
        Err((kind, payload)) => {
            let end = match kind {
                FaultKind::NegativeLength(_) | FaultKind::LengthOverSystem(_) => cur.pos(),
                _ => len,
            };
            cur.seek(start);
            Step::Fault(OpFault { kind, span: Span::new(start, end), code: Some(code), payload })
        }
    }
}

type Cut = (FaultKind, Option<Span>);

fn argument(cur: &mut Cursor, kind: ArgKind) -> Result<Arg, Cut> {
    Ok(match kind {
        ArgKind::None => Arg::None,
        ArgKind::Uint1 => Arg::Int(i64::from(u8::from_le_bytes(fixed(cur)?))),
        ArgKind::Uint2 => Arg::Int(i64::from(u16::from_le_bytes(fixed(cur)?))),
        ArgKind::Uint4 => Arg::Int(i64::from(u32::from_le_bytes(fixed(cur)?))),
        ArgKind::Int4 => Arg::Int(i64::from(i32::from_le_bytes(fixed(cur)?))),
        ArgKind::Uint8 => Arg::Uint(u64::from_le_bytes(fixed(cur)?)),
        ArgKind::Float8 => Arg::Float(f64::from_be_bytes(fixed(cur)?)),
        ArgKind::DecimalNlShort
        | ArgKind::DecimalNlLong
        | ArgKind::FloatNl
        | ArgKind::StringNl
        | ArgKind::StringNlNoEscape
        | ArgKind::UnicodeNl => Arg::Line(line(cur)?),
        ArgKind::StringNlPair => {
            let module = line(cur)?;
            Arg::Pair(module, line(cur)?)
        }
        ArgKind::Bytes1 | ArgKind::String1 | ArgKind::Unicode1 | ArgKind::Long1 => {
            let n = u8::from_le_bytes(fixed(cur)?);
            payload(cur, u64::from(n))?
        }
        ArgKind::Bytes4 | ArgKind::String4 | ArgKind::Unicode4 => {
            let n = u32::from_le_bytes(fixed(cur)?);
            payload(cur, u64::from(n))?
        }
        ArgKind::Bytes8 | ArgKind::ByteArray8 | ArgKind::Unicode8 => {
            let n = u64::from_le_bytes(fixed(cur)?);
            if i64::try_from(n).is_err() {
                return Err((FaultKind::LengthOverSystem(n), None));
            }
            payload(cur, n)?
        }
        ArgKind::Long4 => {
            let n = i32::from_le_bytes(fixed(cur)?);
            payload(cur, u64::try_from(n).map_err(|_| (FaultKind::NegativeLength(n), None))?)?
        }
    })
}

fn fixed<const N: usize>(cur: &mut Cursor) -> Result<[u8; N], Cut> {
    cur.array().ok_or((FaultKind::Truncated, None))
}

fn line(cur: &mut Cursor) -> Result<Span, Cut> {
    let start = cur.pos();
    cur.line().ok_or_else(|| (FaultKind::NoNewline, Some(Span::new(start, cur.bytes().len()))))
}

fn payload(cur: &mut Cursor, n: u64) -> Result<Arg, Cut> {
    let start = cur.pos();
    if cur.skip(n) {
        return Ok(Arg::Data(Span::at(start, n)));
    }
    let there = Span::at(start, cur.left());
    Err((FaultKind::LengthBeyondFile { declared: n, there: there.len() }, Some(there)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Bytes;

    fn first(data: &[u8]) -> Step {
        decode(&mut Cursor::new(&Bytes::from_vec(data.to_vec()), 0))
    }

    fn fault(data: &[u8]) -> (FaultKind, Span, Option<Span>) {
        let bytes = Bytes::from_vec(data.to_vec());
        let mut cur = Cursor::new(&bytes, 0);
        let Step::Fault(f) = decode(&mut cur) else { panic!("{data:?} is an op") };
        assert_eq!(cur.pos(), 0, "nothing is consumed");
        (f.kind, f.span, f.payload)
    }

    #[test]
    fn arguments_and_their_spans() {
        let arg = |data: &[u8]| match first(data) {
            Step::Op(op) => {
                assert_eq!(op.span, Span::new(0, data.len() as u64));
                op.arg
            }
            other => panic!("{data:?}: {other:?}"),
        };
        assert_eq!(arg(b"N"), Arg::None);
        assert_eq!(arg(b"K\xff"), Arg::Int(255));
        assert_eq!(arg(b"M\xff\xff"), Arg::Int(65535));
        assert_eq!(arg(b"J\xff\xff\xff\xff"), Arg::Int(-1));
        assert_eq!(arg(b"j\xff\xff\xff\xff"), Arg::Int(0xffff_ffff));
        assert_eq!(arg(b"\x95\x01\0\0\0\0\0\0\x80"), Arg::Uint(0x8000_0000_0000_0001));
        assert_eq!(arg(b"G\x3f\xf8\0\0\0\0\0\0"), Arg::Float(1.5));
        assert_eq!(arg(b"I12\n"), Arg::Line(Span::new(1, 3)));
        assert_eq!(arg(b"cos\npath\n"), Arg::Pair(Span::new(1, 3), Span::new(4, 9 - 1)));
        assert_eq!(arg(b"U\x02ab"), Arg::Data(Span::new(2, 4)));
        assert_eq!(arg(b"T\x02\0\0\0ab"), Arg::Data(Span::new(5, 7)));
        assert_eq!(arg(b"\x8e\x02\0\0\0\0\0\0\0ab"), Arg::Data(Span::new(9, 11)));
        assert_eq!(arg(b"\x8b\x01\0\0\0\xff"), Arg::Data(Span::new(5, 6)));
        assert_eq!(first(b""), Step::End);
    }

    #[test]
    fn faults_say_what_is_there() {
        let s = Span::new;
        assert_eq!(fault(b"\xff."), (FaultKind::UnknownOpcode(0xff), s(0, 1), None));
        assert_eq!(fault(b"K"), (FaultKind::Truncated, s(0, 1), None));
        assert_eq!(fault(b"T\x01\0"), (FaultKind::Truncated, s(0, 3), None));
        assert_eq!(fault(b"I12"), (FaultKind::NoNewline, s(0, 3), Some(s(1, 3))));
        assert_eq!(fault(b"cos\npa"), (FaultKind::NoNewline, s(0, 6), Some(s(4, 6))));
        let cut = FaultKind::LengthBeyondFile { declared: 5, there: 2 };
        assert_eq!(fault(b"U\x05ab"), (cut, s(0, 4), Some(s(2, 4))));
        let cut = FaultKind::LengthBeyondFile { declared: 0x7fff_ffff_ffff_ffff, there: 0 };
        assert_eq!(fault(b"\x96\xff\xff\xff\xff\xff\xff\xff\x7f"), (cut, s(0, 9), Some(s(9, 9))));
        assert_eq!(
            fault(b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffab"),
            (FaultKind::LengthOverSystem(u64::MAX), s(0, 9), None)
        );
        assert_eq!(fault(b"\x8b\xff\xff\xff\xffab"), (FaultKind::NegativeLength(-1), s(0, 5), None));
    }
}
