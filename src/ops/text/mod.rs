//! Arguments to values, as CPython reads them: numbers, strings and bytes out of lines and payloads, with CPython's own
//! words where it refuses, and maps from decoded bytes back to the file. Nothing here knows the stack or the memo.

mod number;
mod spelling;
#[cfg(test)]
mod tests;
mod unescape;

use num_bigint::BigInt;
use std::borrow::Cow;

pub use number::{IntLine, float_line, int_line, long_bytes, long_line, memo_line, py_float, py_int, py_long};
pub use spelling::{Run, Spelling, runs};
pub use unescape::{OffsetMap, Unescaped, unescape};

use super::pyrepr;
use crate::source::{Bytes, Span};
use std::ops::ControlFlow;

/// An exception as CPython 3.13 raises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PyError {
    /// The exception's type, unqualified: `ValueError`.
    pub kind: &'static str,
    /// `str()` of the exception.
    pub message: String,
}

impl PyError {
    /// One of type `kind`.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A `ValueError`.
    pub fn value(message: impl Into<String>) -> Self {
        Self::new("ValueError", message)
    }

    /// An `UnpicklingError`.
    pub fn unpickling(message: impl Into<String>) -> Self {
        Self::new("UnpicklingError", message)
    }

    /// `UnpicklingError: pickle data was truncated`, which CPython also says of an empty line.
    pub fn truncated() -> Self {
        Self::unpickling("pickle data was truncated")
    }

    /// A `UnicodeDecodeError` about bytes `start..end` of the input, the first of which is `first`.
    pub fn decode(codec: &str, first: u8, start: u64, end: u64, reason: &str) -> Self {
        let message = if end.saturating_sub(start) <= 1 {
            format!("'{codec}' codec can't decode byte {first:#04x} in position {start}: {reason}")
        } else {
            format!("'{codec}' codec can't decode bytes in position {start}-{}: {reason}", end.saturating_sub(1))
        };
        Self::new("UnicodeDecodeError", message)
    }
}

impl std::fmt::Display for PyError {
    /// As the last line of a traceback.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.message.is_empty() { f.write_str(self.kind) } else { write!(f, "{}: {}", self.kind, self.message) }
    }
}

/// Python's int: machine-sized where it fits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PyInt {
    /// Fits 64 bits.
    Small(i64),
    /// Does not.
    Big(BigInt),
}

impl From<BigInt> for PyInt {
    fn from(big: BigInt) -> Self {
        i64::try_from(&big).map_or(Self::Big(big), Self::Small)
    }
}

/// Python's str: UTF-8 that may also hold lone surrogates, three bytes each, as `surrogatepass` spells them.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PyStr(Vec<u8>);

impl PyStr {
    /// The UTF-8 with surrogates.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As Rust's text, unless it holds a surrogate.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// As Rust's text, surrogates replaced.
    pub fn lossy(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.0) {
            Ok(s) => Cow::Borrowed(s),
            Err(_) => Cow::Owned(self.codes().map(|c| char::from_u32(c).unwrap_or('\u{fffd}')).collect()),
        }
    }

    /// The code points.
    pub fn codes(&self) -> impl Iterator<Item = u32> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (code, used) = spelling::utf8_code(rest).ok()?;
            rest = rest.get(used..)?;
            Some(code)
        })
    }

    /// Number of code points: Python's `len`.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|b| **b & 0xc0 != 0x80).count()
    }

    /// Appends a code point; what is none becomes U+FFFD.
    pub fn push(&mut self, code: u32) {
        match char::from_u32(code) {
            Some(c) => self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            None if (0xd800..0xe000).contains(&code) => {
                let [low, high, ..] = code.to_le_bytes();
                self.0.extend([0xed, 0x80 | (high & 0x0f) << 2 | low >> 6, 0x80 | low & 0x3f]);
            }
            None => self.push(0xfffd),
        }
    }

    /// Of text in Latin-1.
    pub fn from_latin1(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|b| char::from(*b)).collect::<String>().into_bytes())
    }

    /// Of UTF-8, surrogates allowed.
    ///
    /// # Errors
    /// Python's `UnicodeDecodeError`.
    pub fn from_utf8(bytes: Vec<u8>) -> Result<Self, PyError> {
        spelling::check_utf8(&bytes, true).map(|()| Self(bytes))
    }
}

impl PyStr {
    fn from_utf8_strict(bytes: &[u8]) -> Result<Self, PyError> {
        spelling::check_utf8(bytes, false).map(|()| Self(bytes.to_vec()))
    }
}

impl From<&str> for PyStr {
    fn from(s: &str) -> Self {
        Self(s.as_bytes().to_vec())
    }
}

impl From<String> for PyStr {
    fn from(s: String) -> Self {
        Self(s.into_bytes())
    }
}

impl std::fmt::Debug for PyStr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&pyrepr::str_repr(self))
    }
}

/// The bytes between the quotes of a STRING line.
///
/// # Errors
/// CPython's, when the line is not quoted.
pub fn string_content(bytes: &Bytes, line: Span) -> Result<Span, PyError> {
    let quoted = match (bytes.get(line.start), line.end.checked_sub(1).and_then(|last| bytes.get(last))) {
        (Some(first @ (b'\'' | b'"')), Some(last)) => first == last && line.len() >= 2,
        _ => false,
    };
    if quoted {
        return Ok(Span::new(line.start + 1, line.end - 1));
    }
    Err(PyError::unpickling("the STRING opcode argument must be quoted"))
}

/// The bytes that a STRING line means: quotes off, escapes undone. At most the line's length is allocated.
///
/// # Errors
/// CPython's, when the line is not quoted or an escape is broken.
pub fn string_line(bytes: &Bytes, line: Span) -> Result<Vec<u8>, PyError> {
    let mut out = Vec::new();
    runs(bytes, string_content(bytes, line)?, Spelling::Escape, &mut |_, run| {
        match run {
            Run::Plain(plain) => out.extend_from_slice(plain),
            Run::Code(code) => out.extend(u8::try_from(code)),
        }
        ControlFlow::Continue(())
    })?;
    Ok(out)
}

/// The text that `span` spells.
///
/// # Errors
/// Python's `UnicodeDecodeError`, or the `ValueError` of a broken escape.
pub fn text(bytes: &Bytes, span: Span, spelling: Spelling) -> Result<PyStr, PyError> {
    let mut out = PyStr::default();
    runs(bytes, span, spelling, &mut |_, run| {
        match run {
            Run::Plain(plain) if plain.is_ascii() => out.0.extend_from_slice(plain),
            Run::Plain(plain) => plain.iter().for_each(|b| out.push(u32::from(*b))),
            Run::Code(code) => out.push(code),
        }
        ControlFlow::Continue(())
    })?;
    Ok(out)
}
