//! Python's `repr` of int, float, str and bytes, character for character as CPython 3.13 writes it.
//! Pure functions, whole or piece by piece; nothing here reads a file or knows an opcode.

use super::printable::is_printable;
use super::text::{PyError, PyInt, PyStr};
use crate::source::limits;

/// Which quotes a text holds, gathered piece by piece: `repr` writes `'` unless there are only those inside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quotes {
    single: bool,
    double: bool,
}

impl Quotes {
    /// Takes note of some of the text.
    pub fn see(&mut self, bytes: &[u8]) {
        self.single = self.single || memchr::memchr(b'\'', bytes).is_some();
        self.double = self.double || memchr::memchr(b'"', bytes).is_some();
    }

    /// Takes note of one code point.
    pub const fn see_code(&mut self, code: u32) {
        match code {
            0x27 => self.single = true,
            0x22 => self.double = true,
            _ => {}
        }
    }

    /// Of both texts.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { single: self.single || other.single, double: self.double || other.double }
    }

    /// The quote that `repr` puts around the text.
    pub const fn mark(self) -> char {
        if self.single && !self.double { '"' } else { '\'' }
    }
}

/// Appends one code point as `repr(str)` writes it between quotes of kind `quote`; surrogates are escaped.
pub fn push_code(out: &mut String, code: u32, quote: char) {
    match char::from_u32(code) {
        Some(c) if is_printable(code) => {
            if c == quote || c == '\\' {
                out.push('\\');
            }
            out.push(c);
        }
        Some('\t') => out.push_str("\\t"),
        Some('\n') => out.push_str("\\n"),
        Some('\r') => out.push_str("\\r"),
        _ if code <= 0xff => push_hex(out, "\\x", code, 2),
        _ if code <= 0xffff => push_hex(out, "\\u", code, 4),
        _ => push_hex(out, "\\U", code, 8),
    }
}

fn push_hex(out: &mut String, open: &str, code: u32, digits: u32) {
    out.push_str(open);
    for i in (0..digits).rev() {
        out.push(char::from_digit(code >> (4 * i) & 0xf, 16).unwrap_or('0'));
    }
}

/// Appends one byte as `repr(bytes)` writes it between quotes of kind `quote`.
pub fn push_byte(out: &mut String, byte: u8, quote: char) {
    if byte < 0x80 { push_code(out, u32::from(byte), quote) } else { push_hex(out, "\\x", u32::from(byte), 2) }
}

/// `repr(str)`.
pub fn str_repr(s: &PyStr) -> String {
    let mut quotes = Quotes::default();
    quotes.see(s.as_bytes());
    codes_repr(s.codes(), quotes.mark(), s.as_bytes().len())
}

/// `repr(str)` of Rust's text.
pub fn text_repr(s: &str) -> String {
    let mut quotes = Quotes::default();
    quotes.see(s.as_bytes());
    codes_repr(s.chars().map(u32::from), quotes.mark(), s.len())
}

fn codes_repr(codes: impl Iterator<Item = u32>, quote: char, len: usize) -> String {
    let mut out = String::with_capacity(len.saturating_add(2));
    out.push(quote);
    codes.for_each(|code| push_code(&mut out, code, quote));
    out.push(quote);
    out
}

/// `repr(bytes)`, with the `b`.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let mut quotes = Quotes::default();
    quotes.see(bytes);
    let quote = quotes.mark();
    let mut out = String::with_capacity(bytes.len().saturating_add(3));
    out.push('b');
    out.push(quote);
    bytes.iter().for_each(|b| push_byte(&mut out, *b, quote));
    out.push(quote);
    out
}

/// Appends one byte as `repr(bytearray)` writes it: single quotes are escaped between double ones too.
pub fn push_bytearray_byte(out: &mut String, byte: u8, quote: char) {
    push_byte(out, byte, if byte == b'\'' { '\'' } else { quote });
}

/// `repr(bytearray)`.
pub fn bytearray_repr(bytes: &[u8]) -> String {
    let mut quotes = Quotes::default();
    quotes.see(bytes);
    let quote = quotes.mark();
    let mut out = format!("bytearray(b{quote}");
    bytes.iter().for_each(|b| push_bytearray_byte(&mut out, *b, quote));
    out.push(quote);
    out.push(')');
    out
}

/// `repr(float)`: the shortest digits that read back as the same number.
pub fn float_repr(f: f64) -> String {
    if f.is_nan() {
        return "nan".to_owned();
    }
    if f.is_infinite() {
        return if f > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    // Rust's shortest digits as `d.ddde-7`, laid out anew.
    let digits = even(f, format!("{f:e}"));
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !(-4..16).contains(&exponent) {
        let dot = if rest.is_empty() { "" } else { "." };
        let e = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{e}{:02}", exponent.unsigned_abs());
    }
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent < 0 {
        return format!("{sign}0.{}{first}{rest}", "0".repeat(places.saturating_sub(1)));
    }
    match rest.split_at_checked(places) {
        Some((whole, part)) => format!("{sign}{first}{whole}.{}", if part.is_empty() { "0" } else { part }),
        None => format!("{sign}{first}{rest}{}.0", "0".repeat(places.saturating_sub(rest.len()))),
    }
}

/// Of two equally short and equally near numbers Python writes the even one, Rust the greater one.
fn even(f: f64, digits: String) -> String {
    let Some((mantissa, exponent)) = digits.split_once('e') else { return digits };
    let odd = mantissa.bytes().last().is_some_and(|b| b.is_ascii_digit() && b % 2 == 1);
    let places = mantissa.bytes().filter(u8::is_ascii_digit).count();
    // Half-way between them lies a number with one digit more, a 5, and nothing behind it; 767 digits are exact.
    if !odd || !format!("{f:.places$e}").split('e').next().is_some_and(|m| m.ends_with('5')) {
        return digits;
    }
    let exact = format!("{f:.767e}");
    let rest = exact.split('e').next().and_then(|m| m.get(mantissa.len() + usize::from(places == 1)..));
    if !rest.is_some_and(|r| r.starts_with('5') && r.bytes().skip(1).all(|b| b == b'0')) {
        return digits;
    }
    let mut lower = mantissa.to_owned();
    let last = lower.pop().and_then(|c| c.to_digit(10)).and_then(|d| char::from_digit(d.saturating_sub(1), 10));
    lower.extend(last);
    let lower = format!("{lower}e{exponent}");
    if lower.parse() == Ok(f) { lower } else { digits }
}

/// `repr(int)`, up to the 4,300 digits that Python writes.
///
/// # Errors
/// Python's `ValueError` beyond that; found without working the digits out.
pub fn int_repr(i: &PyInt) -> Result<String, PyError> {
    let big = match i {
        PyInt::Small(i) => return Ok(i.to_string()),
        PyInt::Big(big) => big,
    };
    // 4,300 digits need 14,285 bits.
    if big.bits() <= 14_285 {
        let text = big.to_string();
        if text.trim_start_matches('-').len() as u64 <= limits::DIGITS {
            return Ok(text);
        }
    }
    Err(too_long())
}

/// What Python says instead of an integer's digits when they are more than 4,300.
pub fn too_long() -> PyError {
    PyError::value(format!(
        "Exceeds the limit ({} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit",
        limits::DIGITS
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (f, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000_012_34, "1.234e-05"),
            (-2.5e-7, "-2.5e-07"),
            (1.5, "1.5"),
            (120.0, "120.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (2_f64.powi(-44), "5.684341886080802e-14"),
            (876_968_497_580_386.2, "876968497580386.2"),
            (2_f64.powi(-25), "2.9802322387695312e-08"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float_repr(f), text);
        }
    }

    #[test]
    fn strings_and_bytes() {
        assert_eq!(text_repr("a'b"), r#""a'b""#);
        assert_eq!(text_repr("a'b\""), r#"'a\'b"'"#);
        assert_eq!(text_repr("\t\n\r\\\0\x7f\u{a0}é\u{ad}\u{200b}漢\u{1f600}\u{10ffff}"), {
            "'\\t\\n\\r\\\\\\x00\\x7f\\xa0é\\xad\\u200b漢\u{1f600}\\U0010ffff'"
        });
        assert_eq!(bytearray_repr(b"'\xe9"), r#"bytearray(b"\'\xe9")"#);
        assert_eq!(bytearray_repr(b"'\""), r#"bytearray(b'\'"')"#);
        assert_eq!(bytes_repr(b"'\xe9\x00~\\"), r#"b"'\xe9\x00~\\""#);
    }
}
