//! From what a person types to the bytes of an op, and back: arguments as text, lengths by themselves.
//! Must never know what an op does, and never read more of a payload than a field can hold.

use super::pyrepr;
use super::{Arg, ArgKind, Op, Opcode};
use crate::source::{Bytes, Span};
use num_bigint::BigInt;
use std::fmt::Write as _;

/// Bytes of an argument that can be edited as text.
pub const EDITABLE: u64 = 16 << 10;

/// What may be typed for an argument, in words; empty where there is none.
pub const fn expects(kind: ArgKind) -> &'static str {
    match kind {
        ArgKind::None => "",
        ArgKind::Uint1 => "0 to 255",
        ArgKind::Uint2 => "0 to 65,535",
        ArgKind::Uint4 => "0 to 4,294,967,295",
        ArgKind::Uint8 => "0 to 18,446,744,073,709,551,615",
        ArgKind::Int4 => "-2,147,483,648 to 2,147,483,647",
        ArgKind::Float8 => "a number, inf or nan",
        ArgKind::DecimalNlShort => "an integer; 00 and 01 are False and True",
        ArgKind::DecimalNlLong => "an integer and L",
        ArgKind::FloatNl => "a number, inf or nan",
        ArgKind::StringNl => "a quoted string, with Python 2's escapes",
        ArgKind::StringNlNoEscape => "a line of text",
        ArgKind::StringNlPair => "module and name, with a blank between them",
        ArgKind::UnicodeNl => "a line of text, with \\uXXXX escapes",
        ArgKind::Bytes1
        | ArgKind::Bytes4
        | ArgKind::Bytes8
        | ArgKind::ByteArray8
        | ArgKind::String1
        | ArgKind::String4 => "bytes: characters, or \\xNN each",
        ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8 => "text; \\n, \\xNN, \\uXXXX and \\\\ are escapes",
        ArgKind::Long1 | ArgKind::Long4 => "an integer of any size",
    }
}

/// Bytes of the length field of a counted argument.
pub const fn length_width(kind: ArgKind) -> Option<u64> {
    match kind {
        ArgKind::Bytes1 | ArgKind::String1 | ArgKind::Unicode1 | ArgKind::Long1 => Some(1),
        ArgKind::Bytes4 | ArgKind::String4 | ArgKind::Unicode4 | ArgKind::Long4 => Some(4),
        ArgKind::Bytes8 | ArgKind::ByteArray8 | ArgKind::Unicode8 => Some(8),
        _ => None,
    }
}

/// A length field that says `n`.
///
/// # Errors
/// In words, where the field is too narrow for it.
pub fn length_field(kind: ArgKind, n: u64) -> Result<Vec<u8>, String> {
    let width = length_width(kind).ok_or("This opcode has no length.")?;
    let most = match kind {
        ArgKind::Long4 => 2_147_483_647,
        ArgKind::Bytes8 | ArgKind::ByteArray8 | ArgKind::Unicode8 => 9_223_372_036_854_775_807,
        _ if width == 1 => u64::from(u8::MAX),
        _ => u64::from(u32::MAX),
    };
    if n > most {
        return Err(format!("The length field has {width} bytes: {most} is the most that it can say."));
    }
    Ok(n.to_le_bytes().into_iter().take(usize::try_from(width).unwrap_or(8)).collect())
}

/// What the length field of a counted op says, and where it stands.
pub fn length_of(op: &Op) -> Option<(Span, u64)> {
    let width = length_width(op.code.info().arg)?;
    match op.arg {
        Arg::Data(data) => Some((Span::new(data.start.checked_sub(width)?, data.start), data.len())),
        _ => None,
    }
}

/// An op's argument as [`encode`] takes it; `None` where it is too long to be edited as text, or no text at all.
pub fn editable(op: &Op, bytes: &Bytes) -> Option<String> {
    let read = |span: Span| (span.len() <= EDITABLE).then(|| bytes.read(span, usize::MAX));
    let kind = op.code.info().arg;
    match op.arg {
        Arg::None => Some(String::new()),
        Arg::Int(i) => Some(i.to_string()),
        Arg::Uint(u) => Some(u.to_string()),
        Arg::Float(f) => Some(pyrepr::float_repr(f)),
        Arg::Line(span) => {
            let line = read(span)?;
            Some(match kind {
                ArgKind::StringNlNoEscape => String::from_utf8(line).ok()?,
                _ => line.into_iter().map(char::from).collect(),
            })
        }
        Arg::Pair(a, b) => {
            let (module, name) = (String::from_utf8(read(a)?).ok()?, String::from_utf8(read(b)?).ok()?);
            (!module.contains(' ')).then(|| format!("{module} {name}"))
        }
        Arg::Data(span) => {
            let data = read(span)?;
            match kind {
                ArgKind::Long1 | ArgKind::Long4 => Some(BigInt::from_signed_bytes_le(&data).to_string()),
                ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8 => {
                    Some(escaped(std::str::from_utf8(&data).ok()?.chars().map(u32::from), 0x10_ffff))
                }
                _ => Some(escaped(data.into_iter().map(u32::from), 0x7e)),
            }
        }
    }
}

/// Characters as they are, where they can be seen and are not above `most`; the others escaped.
fn escaped(codes: impl Iterator<Item = u32>, most: u32) -> String {
    let mut out = String::new();
    for code in codes {
        match char::from_u32(code) {
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if code <= most && !c.is_control() && !(0x2028..=0x202e).contains(&code) => out.push(c),
            _ if code <= 0xff => _ = write!(out, "\\x{code:02x}"),
            _ if code <= 0xffff => _ = write!(out, "\\u{code:04x}"),
            _ => _ = write!(out, "\\U{code:08x}"),
        }
    }
    out
}

/// The code points that a text with escapes stands for.
fn unescaped(text: &str) -> Result<Vec<u32>, String> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(u32::from(c));
            continue;
        }
        let width = match chars.next() {
            Some('n') => {
                out.push(10);
                continue;
            }
            Some('r') => {
                out.push(13);
                continue;
            }
            Some('t') => {
                out.push(9);
                continue;
            }
            Some('0') => {
                out.push(0);
                continue;
            }
            Some(c @ ('\\' | '\'' | '"')) => {
                out.push(u32::from(c));
                continue;
            }
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(c) => return Err(format!("\\{c} is no escape; a backslash is written \\\\.")),
            None => return Err("A backslash is written \\\\.".to_owned()),
        };
        let digits: String = chars.by_ref().take(width).collect();
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.chars().count() == width);
        out.push(code.ok_or_else(|| format!("The escape needs {width} hexadecimal digits, not “{digits}”."))?);
    }
    Ok(out)
}

fn integer<T: TryFrom<i128>>(text: &str, kind: ArgKind) -> Result<T, String> {
    let t = text.trim().replace(['_', ','], "");
    let (minus, digits) = t.strip_prefix('-').map_or((false, t.as_str()), |d| (true, d));
    let n = match digits.strip_prefix("0x") {
        Some(hex) => i128::from_str_radix(hex, 16),
        None => digits.parse::<i128>(),
    };
    let n = n.ok().map(|n| if minus { n.saturating_neg() } else { n });
    n.and_then(|n| T::try_from(n).ok()).ok_or_else(|| format!("Expected is {}.", expects(kind)))
}

fn float(text: &str) -> Result<f64, String> {
    text.trim().replace('_', "").parse::<f64>().map_err(|_| "Expected is a number, inf or nan.".to_owned())
}

fn line(text: &str, latin1: bool) -> Result<Vec<u8>, String> {
    if text.contains('\n') {
        return Err("A line cannot hold a line break.".to_owned());
    }
    let mut out = if latin1 {
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        bytes.ok_or("Characters above U+00FF are written \\uXXXX here.")?
    } else {
        text.as_bytes().to_vec()
    };
    out.push(b'\n');
    Ok(out)
}

/// The bytes of an op with the argument that a text stands for: see [`expects`].
///
/// # Errors
/// In words, where the text is no such argument.
pub fn encode(code: Opcode, text: &str) -> Result<Vec<u8>, String> {
    let info = code.info();
    let mut out = vec![info.code];
    let counted = |data: Vec<u8>| -> Result<Vec<u8>, String> {
        let mut all = length_field(info.arg, data.len() as u64)?;
        all.extend(data);
        Ok(all)
    };
    out.extend(match info.arg {
        ArgKind::None => Vec::new(),
        ArgKind::Uint1 => integer::<u8>(text, info.arg)?.to_le_bytes().to_vec(),
        ArgKind::Uint2 => integer::<u16>(text, info.arg)?.to_le_bytes().to_vec(),
        ArgKind::Uint4 => integer::<u32>(text, info.arg)?.to_le_bytes().to_vec(),
        ArgKind::Uint8 => integer::<u64>(text, info.arg)?.to_le_bytes().to_vec(),
        ArgKind::Int4 => integer::<i32>(text, info.arg)?.to_le_bytes().to_vec(),
        ArgKind::Float8 => float(text)?.to_be_bytes().to_vec(),
        ArgKind::DecimalNlShort => {
            let digits = text.trim().trim_start_matches('-');
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err("Expected is an integer.".to_owned());
            }
            line(text.trim(), false)?
        }
        ArgKind::DecimalNlLong => {
            let text = text.trim().trim_end_matches('L');
            let digits = text.trim_start_matches('-');
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err("Expected is an integer.".to_owned());
            }
            line(&format!("{text}L"), false)?
        }
        ArgKind::FloatNl => {
            float(text)?;
            line(text.trim(), false)?
        }
        ArgKind::StringNl => {
            let t = text.trim();
            let quoted = t.len() >= 2 && ["'", "\""].iter().any(|q| t.starts_with(q) && t.ends_with(q));
            if !quoted {
                return Err("The string stands in quotes.".to_owned());
            }
            line(t, true)?
        }
        ArgKind::StringNlNoEscape => line(text, false)?,
        ArgKind::UnicodeNl => line(text, true)?,
        ArgKind::StringNlPair => {
            let (module, name) = text.trim().split_once(' ').ok_or("Expected are a module and a name.")?;
            let mut both = line(module, false)?;
            both.extend(line(name.trim(), false)?);
            both
        }
        ArgKind::Bytes1
        | ArgKind::Bytes4
        | ArgKind::Bytes8
        | ArgKind::ByteArray8
        | ArgKind::String1
        | ArgKind::String4 => {
            let bytes: Option<Vec<u8>> = unescaped(text)?.into_iter().map(|c| u8::try_from(c).ok()).collect();
            counted(bytes.ok_or("Bytes go up to \\xff.")?)?
        }
        ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8 => {
            let text: Option<String> = unescaped(text)?.into_iter().map(char::from_u32).collect();
            counted(text.ok_or("A lone surrogate cannot be typed here.")?.into_bytes())?
        }
        ArgKind::Long1 | ArgKind::Long4 => {
            let n: BigInt = text.trim().parse().map_err(|_| "Expected is an integer.".to_owned())?;
            counted(if n == BigInt::from(0) { Vec::new() } else { n.to_signed_bytes_le() })?
        }
    });
    Ok(out)
}

/// Bytes that a person typed or pasted: hexadecimal digits where it is nothing else, else the characters themselves.
pub fn typed_bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b',').collect();
    let digits = digits.strip_prefix(b"0x").unwrap_or(&digits);
    let value = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let hex = |d: &[u8]| d.chunks(2).map(|p| Some(value(*p.first()?)? << 4 | value(*p.get(1)?)?)).collect();
    let read: Option<Vec<u8>> = hex(digits);
    read.filter(|b| !b.is_empty()).unwrap_or_else(|| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Step, decode};
    use crate::source::Cursor;

    fn op(data: &[u8]) -> (Op, Bytes) {
        let bytes = Bytes::from_vec(data.to_vec());
        match decode(&mut Cursor::new(&bytes, 0)) {
            Step::Op(op) => (op, bytes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_argument_comes_back_as_it_was() {
        let all: &[&[u8]] = &[
            b"N",
            b"K\xff",
            b"M\x01\x02",
            b"J\xfe\xff\xff\xff",
            b"j\xff\xff\xff\xff",
            b"\x95\x01\0\0\0\0\0\0\x80",
            b"G\x3f\xf8\0\0\0\0\0\0",
            b"G\x7f\xf0\0\0\0\0\0\0",
            b"I01\n",
            b"L-12L\n",
            b"F1.5\n",
            b"S'a\\n'\n",
            b"Pabc\n",
            b"Vd\xe9j\\u20ac\n",
            b"cos.path\njoin\n",
            b"C\x03a\\\xff",
            b"B\x01\0\0\0\0",
            b"\x8e\x01\0\0\0\0\0\0\0x",
            b"\x96\0\0\0\0\0\0\0\0",
            b"U\x02\r\n",
            b"T\x01\0\0\0'",
            b"\x8c\x05\xe2\x82\xac\n\t",
            b"X\x04\0\0\0\xf0\x9f\x98\x80",
            b"\x8d\x01\0\0\0\0\0\0\0\x7f",
            b"\x8a\0",
            b"\x8a\x02\xff\0",
            b"\x8b\x01\0\0\0\x80",
        ];
        for data in all {
            let (op, bytes) = op(data);
            let text = editable(&op, &bytes).unwrap();
            assert_eq!(encode(op.code, &text).as_deref(), Ok(*data), "{text}");
        }
        // every opcode is among those that can be typed
        for code in Opcode::ALL {
            let text = match code.info().arg {
                ArgKind::StringNl => "'x'",
                ArgKind::StringNlPair => "a b",
                _ => "1",
            };
            let data = encode(*code, text).unwrap();
            assert_eq!(op(&data).0.span.len(), data.len() as u64);
        }
    }

    #[test]
    fn what_is_no_argument_is_refused_in_words() {
        for (code, text) in [
            (Opcode::Binint1, "256"),
            (Opcode::Binint1, ""),
            (Opcode::Frame, "-1"),
            (Opcode::Global, "os"),
            (Opcode::ShortBinbytes, "\\q"),
            (Opcode::ShortBinbytes, "€"),
            (Opcode::ShortBinunicode, &"x".repeat(256)),
            (Opcode::Unicode, "a\nb"),
            (Opcode::Int, "1.5"),
        ] {
            let why = encode(code, text).unwrap_err();
            assert!(why.ends_with('.'), "{why}");
        }
        assert_eq!(encode(Opcode::Binint, "0x10").unwrap(), b"J\x10\0\0\0");
    }

    #[test]
    fn lengths_stand_by_themselves() {
        let (op, _) = op(b"X\x02\0\0\0abc");
        assert_eq!(length_of(&op), Some((Span::new(1, 5), 2)));
        assert_eq!(length_field(ArgKind::Unicode4, 3), Ok(vec![3, 0, 0, 0]));
        assert!(length_field(ArgKind::Unicode1, 256).is_err() && length_field(ArgKind::Long4, 1 << 31).is_err());
        assert!(length_field(ArgKind::Uint8, 1).is_err());
    }

    #[test]
    fn pasted_digits_are_bytes() {
        assert_eq!(typed_bytes("80 04 95"), [0x80, 4, 0x95]);
        assert_eq!(typed_bytes("0x8004"), [0x80, 4]);
        assert_eq!(typed_bytes("abc"), b"abc");
        assert_eq!(typed_bytes("xyz"), b"xyz");
    }
}
