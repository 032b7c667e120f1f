//! How the bytes of an argument spell text: runs of plain bytes and decoded code points, chunk by chunk, so that a line or
//! a payload of any size is walked in little memory. CPython's rules and CPython's words.

use super::PyError;
use crate::source::{Bytes, Span};
use std::ops::ControlFlow;

/// What the bytes of an argument are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// Each byte stands for itself: bytes, or Latin-1 text.
    Latin1,
    /// 7 bits; the rest is refused.
    Ascii,
    /// UTF-8.
    Utf8Strict,
    /// UTF-8 with lone surrogates: BINUNICODE.
    Utf8,
    /// Python 2's string escapes, between the quotes: STRING.
    Escape,
    /// Latin-1 with `\uXXXX` and `\UXXXXXXXX`: UNICODE.
    RawUnicode,
}

/// A piece of decoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// Each byte of the file is one byte or code point of the text.
    Plain(&'a [u8]),
    /// What one escape or multi-byte character stands for.
    Code(u32),
}

/// Bytes read at a time; few in tests, so that borders are crossed.
const CHUNK: usize = if cfg!(test) { 32 } else { 64 << 10 };
/// No escape or character is longer.
const LONGEST: usize = 10;

/// Walks the text that `span` spells: each run with the bytes of the file that spell it. The walk ends when `f` breaks.
///
/// # Errors
/// Python's, at the first byte that the spelling refuses; the runs before it have been told.
pub fn runs(
    bytes: &Bytes,
    span: Span,
    spelling: Spelling,
    f: &mut dyn FnMut(Span, Run<'_>) -> ControlFlow<()>,
) -> Result<(), PyError> {
    let span = span.meet(bytes.span());
    let mut buf = vec![0; usize::try_from(span.len()).unwrap_or(CHUNK).min(CHUNK)];
    let mut at = span.start;
    while at < span.end {
        let want = usize::try_from(span.end - at).unwrap_or(CHUNK).min(CHUNK);
        let got = buf.get_mut(..want).map_or(0, |b| bytes.read_at(at, b));
        let chunk = buf.get(..got).unwrap_or(&[]);
        let last = at.saturating_add(got as u64) >= span.end || got < want;
        let mut used = 0;
        while let Some(rest) = chunk.get(used..).filter(|r| !r.is_empty() && (last || r.len() >= LONGEST)) {
            let here = at + used as u64;
            let unit = match plain(spelling, rest) {
                0 => unit(spelling, rest, here - span.start)?,
                n => Unit::Plain(n),
            };
            let (run, n) = match unit {
                Unit::Plain(n) => (f(Span::at(here, n as u64), Run::Plain(rest.get(..n).unwrap_or(rest))), n),
                Unit::Code(code, n) => (f(Span::at(here, n as u64), Run::Code(code)), n),
                Unit::Nothing(n) => (ControlFlow::Continue(()), n),
            };
            used += n;
            if run.is_break() {
                return Ok(());
            }
        }
        if used == 0 {
            break;
        }
        at += used as u64;
    }
    Ok(())
}

/// How many bytes from here stand for themselves.
fn plain(spelling: Spelling, rest: &[u8]) -> usize {
    match spelling {
        Spelling::Latin1 => rest.len(),
        Spelling::Escape | Spelling::RawUnicode => memchr::memchr(b'\\', rest).unwrap_or(rest.len()),
        Spelling::Ascii | Spelling::Utf8 | Spelling::Utf8Strict => {
            let words = rest.chunks_exact(16).take_while(|c| c.is_ascii()).count() * 16;
            words + rest.get(words..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii()).count()
        }
    }
}

/// What stands next, and its length in bytes.
enum Unit {
    Plain(usize),
    Code(u32, usize),
    /// A backslash and a line end: nothing.
    Nothing(usize),
}

/// What is not plain, at the start of `rest`, which stands at `at` in the argument and holds all that is left of it.
fn unit(spelling: Spelling, rest: &[u8], at: u64) -> Result<Unit, PyError> {
    let first = rest.first().copied().unwrap_or(0);
    match spelling {
        Spelling::Latin1 => Ok(Unit::Code(u32::from(first), 1)),
        Spelling::Ascii => Err(PyError::decode("ascii", first, at, at, "ordinal not in range(128)")),
        Spelling::Utf8 | Spelling::Utf8Strict => match utf8_code(rest) {
            Ok((code, used)) if spelling == Spelling::Utf8 || !is_surrogate(code) => Ok(Unit::Code(code, used)),
            Ok(_) => Err(PyError::decode("utf-8", first, at, at, "invalid continuation byte")),
            Err((n, reason)) => Err(PyError::decode("utf-8", first, at, at.saturating_add(n as u64), reason)),
        },
        Spelling::Escape => escape(rest, at),
        Spelling::RawUnicode => raw_unicode(rest, at),
    }
}

const fn is_surrogate(code: u32) -> bool {
    code >= 0xd800 && code < 0xe000
}

/// `codecs.escape_decode` of what a backslash starts (CPython's `PyBytes_DecodeEscape`).
fn escape(rest: &[u8], at: u64) -> Result<Unit, PyError> {
    let Some(&c) = rest.get(1) else { return Err(PyError::value("Trailing \\ in string")) };
    let code = match c {
        b'\n' => return Ok(Unit::Nothing(2)),
        b'\\' | b'\'' | b'"' => u32::from(c),
        b'b' => 0x08,
        b'f' => 0x0c,
        b't' => 0x09,
        b'n' => 0x0a,
        b'r' => 0x0d,
        b'v' => 0x0b,
        b'a' => 0x07,
        b'0'..=b'7' => {
            let digits = rest.iter().skip(1).take(3).take_while(|d| matches!(d, b'0'..=b'7'));
            let (code, n) = digits.fold((0, 0), |(code, n), d| (code << 3 | u32::from(*d - b'0'), n + 1));
            return Ok(Unit::Code(code & 0xff, 1 + n));
        }
        b'x' => {
            let digit = |i: usize| rest.get(i).and_then(|d| char::from(*d).to_digit(16));
            return match (digit(2), digit(3)) {
                (Some(high), Some(low)) => Ok(Unit::Code(high << 4 | low, 4)),
                _ => Err(PyError::value(format!("invalid \\x escape at position {at}"))),
            };
        }
        // Unknown escapes stay as they are.
        _ => return Ok(Unit::Plain(1)),
    };
    Ok(Unit::Code(code, 2))
}

/// `raw-unicode-escape` of what a backslash starts.
fn raw_unicode(rest: &[u8], at: u64) -> Result<Unit, PyError> {
    let (count, message) = match rest.get(1) {
        None => return Ok(Unit::Plain(1)),
        Some(b'u') => (4, "truncated \\uXXXX escape"),
        Some(b'U') => (8, "truncated \\UXXXXXXXX escape"),
        // Both stand for themselves, so that a second backslash starts no escape.
        Some(_) => return Ok(Unit::Plain(2)),
    };
    let digits = rest.iter().skip(2).take(count).map_while(|d| char::from(*d).to_digit(16));
    let (code, n) = digits.fold((0_u32, 0), |(code, n), d| (code.wrapping_shl(4) | d, n + 1));
    let error = |reason| Err(PyError::decode("rawunicodeescape", b'\\', at, at.saturating_add(2 + n as u64), reason));
    if n < count {
        return error(message);
    }
    if code > 0x10_ffff {
        return error("\\Uxxxxxxxx out of range");
    }
    Ok(Unit::Code(code, 2 + n))
}

/// The first character of UTF-8 with surrogates and its length in bytes, or the bytes at fault and CPython's reason.
pub fn utf8_code(rest: &[u8]) -> Result<(u32, usize), (usize, &'static str)> {
    const START: &str = "invalid start byte";
    const NEXT: &str = "invalid continuation byte";
    const END: &str = "unexpected end of data";
    let at = |i: usize| rest.get(i).map(|b| u32::from(*b));
    let first = at(0).ok_or((0, END))?;
    let (len, second) = match first {
        0..=0x7f => return Ok((first, 1)),
        0xc2..=0xdf => (2, 0x80..=0xbf),
        0xe0 => (3, 0xa0..=0xbf),
        0xe1..=0xef => (3, 0x80..=0xbf),
        0xf0 => (4, 0x90..=0xbf),
        0xf1..=0xf3 => (4, 0x80..=0xbf),
        0xf4 => (4, 0x80..=0x8f),
        _ => return Err((1, START)),
    };
    let mut code = first & (0x7f >> len);
    for i in 1..len {
        let range = if i == 1 { second.clone() } else { 0x80..=0xbf };
        match at(i) {
            Some(b) if range.contains(&b) => code = code << 6 | b & 0x3f,
            Some(_) => return Err((surrogate_cut(rest).unwrap_or(i), NEXT)),
            None => return Err(surrogate_cut(rest).map_or((i, END), |n| (n, NEXT))),
        }
    }
    Ok((code, len))
}

/// A surrogate's first two bytes are refused at the first when the third is missing or wrong.
fn surrogate_cut(rest: &[u8]) -> Option<usize> {
    matches!(rest, [0xed, 0xa0..=0xbf, ..]).then_some(1)
}

/// Whether all is UTF-8, with surrogates or without.
pub fn check_utf8(bytes: &[u8], surrogates: bool) -> Result<(), PyError> {
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|r| !r.is_empty()) {
        let Err(e) = std::str::from_utf8(rest) else { return Ok(()) };
        at += e.valid_up_to();
        let rest = bytes.get(at..).unwrap_or(&[]);
        let spelling = if surrogates { Spelling::Utf8 } else { Spelling::Utf8Strict };
        at += match unit(spelling, rest, at as u64)? {
            Unit::Plain(n) | Unit::Code(_, n) | Unit::Nothing(n) => n,
        };
    }
    Ok(())
}
