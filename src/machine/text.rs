//! Text values out of their bytes, bounded, for names, rows and messages. Total: what is broken shows as U+FFFD.

use super::TextForm;
use super::reader::Reader;
use crate::ops::{Arg, Op, Opcode};
use crate::source::{Bytes, Span};

/// Text that was cut to what is worth showing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextCut {
    /// The characters; lone surrogates and broken bytes as U+FFFD.
    pub text: String,
    /// There is more.
    pub cut: bool,
    /// Bytes of the whole in the file.
    pub total: u64,
}

/// The form and the bytes of a text op's value.
pub(super) fn form(op: &Op) -> Option<(TextForm, Span)> {
    Some(match (op.code, op.arg) {
        (Opcode::Unicode, Arg::Line(span)) => (TextForm::RawUnicodeEscape, span),
        (Opcode::String, Arg::Line(span)) => (TextForm::Quoted, span),
        (Opcode::Persid, Arg::Line(span)) => (TextForm::Utf8, span),
        (Opcode::Binstring | Opcode::ShortBinstring, Arg::Data(span)) => (TextForm::Raw, span),
        (Opcode::Binunicode | Opcode::ShortBinunicode | Opcode::Binunicode8, Arg::Data(span)) => (TextForm::Utf8, span),
        _ => return None,
    })
}

/// The text that an op pushes, at most `max` bytes of it read.
pub(super) fn of_op(args: &mut Reader, op: &Op, max: usize) -> String {
    let Some((form, span)) = form(op) else { return "?".to_owned() };
    decode(form, args.get(span, max), span.len() > max as u64)
}

/// Decodes at most `max_chars` characters of a text.
pub(super) fn read(bytes: &Bytes, form: TextForm, span: Span, max_chars: usize) -> TextCut {
    // No form needs more than 10 bytes a character (\UXXXXXXXX).
    let max = max_chars.saturating_mul(10).saturating_add(16);
    let data = bytes.read(span, max);
    let short = span.len() > data.len() as u64;
    let mut text = decode(form, &data, short);
    let mut cut = short;
    if let Some((i, _)) = text.char_indices().nth(max_chars) {
        text.truncate(i);
        cut = true;
    }
    TextCut { text, cut, total: span.len() }
}

/// `short`: the bytes are only the beginning.
fn decode(form: TextForm, data: &[u8], short: bool) -> String {
    match form {
        TextForm::Utf8 => utf8(data, short),
        TextForm::Raw => data.iter().map(|b| char::from(*b)).collect(),
        TextForm::RawUnicodeEscape => raw_unicode_escape(data),
        TextForm::Quoted => {
            let quote = data.first().copied().filter(|q| matches!(q, b'\'' | b'"'));
            let inner = if quote.is_some() { data.get(1..).unwrap_or(&[]) } else { data };
            let inner = match inner.split_last() {
                Some((last, rest)) if !short && Some(*last) == quote => rest,
                _ => inner,
            };
            unescape(inner).iter().map(|b| char::from(*b)).collect()
        }
    }
}

fn utf8(data: &[u8], short: bool) -> String {
    let mut out = String::with_capacity(data.len());
    for chunk in data.utf8_chunks() {
        out.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            out.push(char::REPLACEMENT_CHARACTER);
        }
    }
    if short && out.ends_with(char::REPLACEMENT_CHARACTER) {
        out.pop();
    }
    out
}

/// Latin-1, in which `\uXXXX` and `\UXXXXXXXX` after an odd run of backslashes are characters.
fn raw_unicode_escape(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len());
    let mut rest = data;
    let mut run = 0_usize;
    while let Some((b, tail)) = rest.split_first() {
        let digits = match b {
            b'u' if run % 2 == 1 => 4,
            b'U' if run % 2 == 1 => 8,
            _ => 0,
        };
        let code = tail.get(..digits).filter(|d| !d.is_empty()).and_then(hex);
        if let Some(code) = code {
            out.pop();
            out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            rest = tail.get(digits..).unwrap_or(&[]);
            run = 0;
            continue;
        }
        run = if *b == b'\\' { run + 1 } else { 0 };
        out.push(char::from(*b));
        rest = tail;
    }
    out
}

fn hex(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok().filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(text, 16).ok()
}

/// Python 2's string escapes; unknown ones stay.
pub(super) fn unescape(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some((b, tail)) = rest.split_first() {
        rest = tail;
        if *b != b'\\' {
            out.push(*b);
            continue;
        }
        let Some((e, tail)) = rest.split_first() else {
            out.push(b'\\');
            break;
        };
        rest = tail;
        match e {
            b'\\' | b'\'' | b'"' => out.push(*e),
            b'\n' => {}
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let mut v = u32::from(*e - b'0');
                for _ in 0..2 {
                    let Some((d @ b'0'..=b'7', tail)) = rest.split_first() else { break };
                    v = v * 8 + u32::from(*d - b'0');
                    rest = tail;
                }
                out.push(u8::try_from(v & 0xff).unwrap_or(0));
            }
            b'x' => match rest.get(..2).and_then(hex) {
                Some(v) => {
                    out.push(u8::try_from(v).unwrap_or(0));
                    rest = rest.get(2..).unwrap_or(&[]);
                }
                None => out.extend_from_slice(b"\\x"),
            },
            _ => out.extend_from_slice(&[b'\\', *e]),
        }
    }
    out
}
