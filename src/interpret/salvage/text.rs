//! Damaged text, read as far as it goes: as text for people, or as the bytes that it spells for an array. Decides nothing
//! about what the text is for.

use crate::interpret::look;
use crate::interpret::types::Cx;
use crate::machine::{Handle, Value};
use crate::ops::Opcode;
use crate::ops::text::Spelling;
use crate::source::limits;

/// What stands for a character that is no byte.
const NO_BYTE: u8 = b'?';

/// The text of an op, U+FFFD for what is none.
pub fn readable(raw: &[u8], code: Opcode) -> String {
    if code != Opcode::Unicode {
        return String::from_utf8_lossy(raw).into_owned();
    }
    let mut out = String::new();
    escapes(raw, &mut |c| out.push(c.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)));
    out
}

/// Bytes that a damaged text spells.
pub(super) struct Spelt {
    /// A byte for each character.
    pub bytes: Vec<u8>,
    /// The first of them that was no byte.
    pub first_bad: Option<u64>,
}

/// The bytes that a text spells in Latin-1, `?` for what it does not; `None` where it is no text of str, or too long.
pub(super) fn spelt(cx: &Cx<'_>, h: Handle) -> Option<Spelt> {
    let Value::Str(form, span) = cx.value(h) else { return None };
    if span.len() > limits::UNESCAPED {
        return None;
    }
    let raw = cx.stream.bytes.read(span, usize::MAX);
    let (mut bytes, mut first_bad) = (Vec::new(), None);
    let mut push = |c: Option<u32>| {
        let byte = c.and_then(|c| u8::try_from(c).ok());
        if byte.is_none() {
            first_bad.get_or_insert(bytes.len() as u64);
        }
        bytes.push(byte.unwrap_or(NO_BYTE));
    };
    match look::spelling(&cx.stream.bytes, form, span).0 {
        Spelling::RawUnicode => escapes(&raw, &mut push),
        _ => {
            for chunk in raw.utf8_chunks() {
                chunk.valid().chars().for_each(|c| push(Some(u32::from(c))));
                if !chunk.invalid().is_empty() {
                    push(None);
                }
            }
        }
    }
    Some(Spelt { bytes, first_bad })
}

/// Latin-1 with `\\uXXXX`: each character, `None` for a broken escape.
fn escapes(raw: &[u8], push: &mut dyn FnMut(Option<u32>)) {
    let mut rest = raw;
    while let Some((first, after)) = rest.split_first() {
        let count = match (first, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            (b'\\', Some(other)) => {
                push(Some(u32::from(b'\\')));
                push(Some(u32::from(*other)));
                rest = after.get(1..).unwrap_or(&[]);
                continue;
            }
            _ => {
                push(Some(u32::from(*first)));
                rest = after;
                continue;
            }
        };
        let digits: Vec<u32> = after.iter().skip(1).take(count).map_while(|d| char::from(*d).to_digit(16)).collect();
        let code = digits.iter().fold(0_u32, |code, d| code.wrapping_shl(4) | d);
        push((digits.len() == count && code <= 0x10_ffff).then_some(code));
        rest = after.get(1 + digits.len()..).unwrap_or(&[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_escapes_are_one_character() {
        assert_eq!(readable(b"a\xe9\\u0041\\u00g1\\\\u0041", Opcode::Unicode), "a\u{e9}A\u{fffd}g1\\\\u0041");
        assert_eq!(readable(b"a\xe9", Opcode::Binunicode), "a\u{fffd}");
    }
}
