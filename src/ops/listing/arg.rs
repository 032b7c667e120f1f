//! Arguments as `pickletools` reads and prints them: Python's `repr`, Python's errors. Text of any size is walked twice,
//! once for its faults and quotes and once to be written, and never held.

use crate::ops::pyrepr::{
    Quotes, bytes_repr, float_repr, int_repr, push_byte, push_bytearray_byte, push_code, too_long,
};
use crate::ops::text::{PyError, PyInt, Run, Spelling, long_bytes, py_float, py_int, runs};
use crate::ops::{Arg, ArgKind, FaultKind, Op, OpFault};
use crate::source::{Bytes, Span};
use std::io;
use std::ops::ControlFlow;

/// Bytes of a number's line or payload that are read; Python prints no such number anyway.
const NUMBER: usize = 1 << 26;
/// Bytes quoted in an error message.
const QUOTED: usize = 1 << 16;
/// No 64-bit system gives more memory at a time: Python fails before it reads.
const ADDRESSES: u64 = 1 << 47;

/// An argument that was read.
pub(super) enum Plan {
    /// There is none.
    None,
    /// A short one, written out.
    Done(String),
    /// Text or bytes, yet to be written.
    Long(Long),
    /// Python reads it and fails to print it.
    Unprintable(PyError),
}

/// Appends a byte as a kind of `repr` writes it.
type Push = fn(&mut String, u8, char);

fn push_latin1(out: &mut String, byte: u8, quote: char) {
    push_code(out, u32::from(byte), quote);
}

/// Text or bytes in the file, and what `repr` puts around them.
pub(super) struct Long {
    open: &'static str,
    close: &'static str,
    quotes: Quotes,
    spelling: Spelling,
    push: Push,
    first: Span,
    /// The second line of a pair; a blank stands between them.
    second: Option<Span>,
}

/// The number that a memo opcode names, as a Python dict tells keys apart.
pub(super) fn memo_key(op: &Op, bytes: &Bytes) -> Option<PyInt> {
    match op.arg {
        Arg::Int(i) => Some(PyInt::Small(i)),
        Arg::Line(line) => py_int(&bytes.read(line, NUMBER)).ok(),
        _ => None,
    }
}

/// Reads an op's argument.
pub(super) fn plan(op: &Op, bytes: &Bytes) -> Result<Plan, PyError> {
    let kind = op.code.info().arg;
    let done = |text: String| Ok(Plan::Done(text));
    let number = |i: PyInt| Ok(int_repr(&i).map_or_else(Plan::Unprintable, Plan::Done));
    match op.arg {
        Arg::None => Ok(Plan::None),
        Arg::Int(i) => done(i.to_string()),
        Arg::Uint(u) => done(u.to_string()),
        Arg::Float(f) => done(float_repr(f)),
        Arg::Line(line) => match kind {
            ArgKind::DecimalNlShort => match bytes.read(line, NUMBER).as_slice() {
                b"00" => done("False".to_owned()),
                b"01" => done("True".to_owned()),
                s => number(py_int(s)?),
            },
            ArgKind::DecimalNlLong => {
                let s = bytes.read(line, NUMBER);
                number(py_int(s.strip_suffix(b"L").unwrap_or(&s))?)
            }
            ArgKind::FloatNl => done(float_repr(py_float(&bytes.read(line, NUMBER))?)),
            ArgKind::StringNl => Long::read(bytes, unquoted(bytes, line)?, None, Spelling::Escape),
            ArgKind::UnicodeNl => Long::read(bytes, line, None, Spelling::RawUnicode),
            _ => Long::read(bytes, line, None, Spelling::Escape),
        },
        Arg::Pair(module, name) => Long::read(bytes, module, Some(name), Spelling::Escape),
        Arg::Data(data) => {
            let spelling = match kind {
                ArgKind::Long4 if data.len() > NUMBER as u64 => return Ok(Plan::Unprintable(too_long())),
                ArgKind::Long1 | ArgKind::Long4 => return number(long_bytes(&bytes.read(data, NUMBER))),
                ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8 => Spelling::Utf8,
                ArgKind::String4 if i32::try_from(data.len()).is_err() => return Err(negative(data.len())),
                _ => Spelling::Latin1,
            };
            let mut plan = Long::new(data, None, spelling);
            let (open, close, push): (_, _, Push) = match kind {
                ArgKind::Bytes1 | ArgKind::Bytes4 | ArgKind::Bytes8 => ("b", "", push_byte),
                ArgKind::ByteArray8 => ("bytearray(b", ")", push_bytearray_byte),
                _ => ("", "", push_latin1),
            };
            (plan.open, plan.close, plan.push) = (open, close, push);
            plan.check(bytes)?;
            Ok(Plan::Long(plan))
        }
    }
}

fn negative(n: u64) -> PyError {
    let signed = u32::try_from(n).unwrap_or(u32::MAX).cast_signed();
    PyError::value(format!("string4 byte count < 0: {signed}"))
}

/// A STRING line without its quotes. A single quote is its own other end, other than for the unpickler.
fn unquoted(bytes: &Bytes, line: Span) -> Result<Span, PyError> {
    let shown = || bytes_repr(&bytes.read(line, QUOTED));
    match bytes.get(line.start).filter(|_| !line.is_empty()) {
        Some(quote @ (b'"' | b'\'')) => {
            if bytes.get(line.end.saturating_sub(1)) == Some(quote) {
                return Ok(Span::new(line.start + 1, line.end - 1));
            }
            let quote = bytes_repr(&[quote]);
            Err(PyError::value(format!("strinq quote {quote} not found at both ends of {}", shown())))
        }
        _ => Err(PyError::value(format!("no string quotes around {}", shown()))),
    }
}

impl Long {
    fn new(first: Span, second: Option<Span>, spelling: Spelling) -> Self {
        Self { open: "", close: "", quotes: Quotes::default(), spelling, push: push_latin1, first, second }
    }

    fn read(bytes: &Bytes, first: Span, second: Option<Span>, spelling: Spelling) -> Result<Plan, PyError> {
        let mut plan = Self::new(first, second, spelling);
        plan.check(bytes)?;
        Ok(Plan::Long(plan))
    }

    /// Looks for faults and quotes.
    fn check(&mut self, bytes: &Bytes) -> Result<(), PyError> {
        for span in std::iter::once(self.first).chain(self.second) {
            let quotes = check(bytes, span, self.spelling)?;
            self.quotes = self.quotes.and(quotes);
        }
        Ok(())
    }

    /// Writes it, in pieces.
    pub(super) fn write(&self, bytes: &Bytes, put: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        const PIECE: usize = 32 << 10;
        let quote = self.quotes.mark();
        let mut out = String::from(self.open);
        out.push(quote);
        for (i, span) in std::iter::once(self.first).chain(self.second).enumerate() {
            if i > 0 {
                out.push(' ');
            }
            let mut result = Ok(());
            // The faults were found by `check`.
            let _ = runs(bytes, span, self.spelling, &mut |_, run| {
                match run {
                    Run::Plain(plain) => plain.iter().for_each(|b| (self.push)(&mut out, *b, quote)),
                    Run::Code(code) => push_code(&mut out, code, quote),
                }
                if out.len() >= PIECE {
                    result = put(&out);
                    out.clear();
                }
                if result.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            result?;
        }
        out.push(quote);
        out.push_str(self.close);
        put(&out)
    }
}

/// Reads text for its faults; `pickletools` wants ASCII of what had string escapes.
fn check(bytes: &Bytes, span: Span, spelling: Spelling) -> Result<Quotes, PyError> {
    let mut quotes = Quotes::default();
    let mut decoded = 0_u64;
    let mut high: Option<(u64, u8)> = None;
    runs(bytes, span, spelling, &mut |_, run| {
        match run {
            Run::Plain(plain) => {
                quotes.see(plain);
                if spelling == Spelling::Escape && high.is_none() {
                    high = plain
                        .iter()
                        .position(|b| !b.is_ascii())
                        .and_then(|i| plain.get(i).map(|b| (decoded.saturating_add(i as u64), *b)));
                }
                decoded += plain.len() as u64;
            }
            Run::Code(code) => {
                quotes.see_code(code);
                if spelling == Spelling::Escape && high.is_none() && code >= 0x80 {
                    high = u8::try_from(code).ok().map(|b| (decoded, b));
                }
                decoded += 1;
            }
        }
        ControlFlow::Continue(())
    })?;
    match high {
        Some((at, b)) => Err(PyError::decode("ascii", b, at, at, "ordinal not in range(128)")),
        None => Ok(quotes),
    }
}

/// What `pickletools` raises for bytes that are no op.
pub(super) fn fault(fault: &OpFault, bytes: &Bytes) -> PyError {
    let at = fault.span.start;
    let Some(code) = fault.code else {
        let byte = bytes_repr(&bytes.read(Span::at(at, 1), 1));
        return PyError::value(format!("at position {at}, opcode {byte} unknown"));
    };
    let kind = code.info().arg;
    let name = match kind {
        ArgKind::Bytes1 => "bytes1",
        ArgKind::Bytes4 => "bytes4",
        ArgKind::Bytes8 => "bytes8",
        ArgKind::ByteArray8 => "bytearray8",
        ArgKind::String1 => "string1",
        ArgKind::String4 => "string4",
        ArgKind::Unicode1 => "unicodestring1",
        ArgKind::Unicode4 => "unicodestring4",
        ArgKind::Unicode8 => "unicodestring8",
        ArgKind::Long1 => "long1",
        _ => "long4",
    };
    PyError::value(match fault.kind {
        FaultKind::UnknownOpcode(b) => format!("at position {at}, opcode {} unknown", bytes_repr(&[b])),
        FaultKind::Truncated => {
            let field = match kind {
                ArgKind::Uint2 => "uint2",
                ArgKind::Uint4 | ArgKind::Bytes4 | ArgKind::Unicode4 => "uint4",
                ArgKind::Int4 | ArgKind::String4 | ArgKind::Long4 => "int4",
                ArgKind::Uint8 | ArgKind::Bytes8 | ArgKind::ByteArray8 | ArgKind::Unicode8 => "uint8",
                ArgKind::Float8 => "float8",
                _ => "uint1",
            };
            format!("not enough data in stream to read {field}")
        }
        FaultKind::NoNewline if kind == ArgKind::UnicodeNl => {
            "no newline found when trying to read unicodestringnl".to_owned()
        }
        FaultKind::NoNewline => {
            // The first line of a pair is read, and may be refused, before the second.
            let second = fault.payload.map_or(0, |p| p.start);
            if second > at + 1
                && let Err(e) = check(bytes, Span::new(at + 1, second - 1), Spelling::Escape)
            {
                return e;
            }
            "no newline found when trying to read stringnl".to_owned()
        }
        FaultKind::LengthBeyondFile { declared, .. }
            if kind == ArgKind::String4 && i32::try_from(declared).is_err() =>
        {
            return negative(declared);
        }
        FaultKind::LengthBeyondFile { declared, .. } if declared > i64::MAX.unsigned_abs() - 33 => {
            return PyError::new("OverflowError", "byte string is too large");
        }
        FaultKind::LengthBeyondFile { declared, .. } if declared >= ADDRESSES => {
            return PyError::new("MemoryError", "");
        }
        FaultKind::LengthBeyondFile { .. } if matches!(kind, ArgKind::Long1 | ArgKind::Long4) => {
            format!("not enough data in stream to read {name}")
        }
        FaultKind::LengthBeyondFile { declared, there } => {
            format!("expected {declared} bytes in a {name}, but only {there} remain")
        }
        FaultKind::NegativeLength(n) => format!("{name} byte count < 0: {n}"),
        FaultKind::LengthOverSystem(n) => format!("{name} byte count > sys.maxsize: {n}"),
    })
}

/// An argument for a row: at most `max` characters, a cut one ends in `…`; what `pickletools` refuses is shown as bytes.
pub(super) fn shown(op: &Op, bytes: &Bytes, max: usize) -> String {
    // An escape has up to ten bytes a character; what is cut off need not be whole.
    let room = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let head = |span: Span, factor: u64| {
        let kept = Span::new(span.start, span.end.min(span.start.saturating_add(room.saturating_mul(factor))));
        (kept, kept != span)
    };
    let mut short = *op;
    let mut cut = false;
    match &mut short.arg {
        Arg::Line(line) => {
            let (kept, was) = head(*line, 10);
            (*line, cut) = (kept, was);
        }
        Arg::Pair(module, name) => {
            let ((a, cut_a), (b, cut_b)) = (head(*module, 10), head(*name, 10));
            (*module, *name, cut) = (a, b, cut_a || cut_b);
        }
        Arg::Data(data) => {
            let (kept, was) = head(*data, 4);
            (*data, cut) = (kept, was);
        }
        _ => {}
    }
    let raw = |span: Span| bytes_repr(&bytes.read(span, max.saturating_add(1)));
    let text = match plan(&short, bytes) {
        Ok(Plan::None) => String::new(),
        // A number's head is no number.
        Ok(Plan::Done(_) | Plan::Unprintable(_)) | Err(_) if cut => match short.arg {
            Arg::Line(span) | Arg::Data(span) => raw(span),
            Arg::Pair(a, b) => format!("{} {}", raw(a), raw(b)),
            _ => String::new(),
        },
        Ok(Plan::Done(text)) => text,
        Ok(Plan::Long(long)) => {
            let mut text = String::new();
            // Collecting cannot fail.
            let _ = long.write(bytes, &mut |s| {
                text.push_str(s);
                Ok(())
            });
            text
        }
        Ok(Plan::Unprintable(_)) | Err(_) => match short.arg {
            Arg::Line(span) | Arg::Data(span) => raw(span),
            Arg::Pair(a, b) => format!("{} {}", raw(a), raw(b)),
            _ => String::new(),
        },
    };
    let mut chars = text.chars();
    let mut kept: String = chars.by_ref().take(max).collect();
    if cut || chars.next().is_some() {
        kept.push('…');
    }
    kept
}
