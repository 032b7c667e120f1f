//! Numbers out of lines and bytes, by the rules of CPython's C code: `strtol` with its bases for INT, `PyLong_FromString`
//! for LONG, GET and PUT, `PyOS_string_to_double` for FLOAT; and `int()` and `float()` of bytes, as `pickletools` reads.

use super::{PyError, PyInt, PyStr};
use crate::ops::pyrepr;
use crate::source::limits;
use num_bigint::{BigInt, Sign};

/// What an INT line means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntLine {
    /// A line of two characters that is worth 0 or 1.
    Bool(bool),
    /// Anything else.
    Int(PyInt),
}

/// C's `isspace`.
const fn is_space(b: u8) -> bool {
    matches!(b, b' ' | 0x09..=0x0d)
}

fn trim_start(mut s: &[u8]) -> &[u8] {
    while let Some((_, rest)) = s.split_first().filter(|(b, _)| is_space(**b)) {
        s = rest;
    }
    s
}

fn trim_end(mut s: &[u8]) -> &[u8] {
    while let Some((_, rest)) = s.split_last().filter(|(b, _)| is_space(**b)) {
        s = rest;
    }
    s
}

/// Up to the first NUL: what C sees of a line.
fn c_str(s: &[u8]) -> &[u8] {
    memchr::memchr(0, s).and_then(|n| s.get(..n)).unwrap_or(s)
}

/// The argument of INT, without its LF.
///
/// # Errors
/// CPython's: "pickle data was truncated" for an empty line, else "could not convert string to int".
pub fn int_line(line: &[u8]) -> Result<IntLine, PyError> {
    if line.is_empty() {
        return Err(PyError::truncated());
    }
    // strtol stops at the first byte that is no digit; that must be the line's end, or a NUL.
    if let Some(x) = strtol(c_str(line)) {
        return Ok(match x {
            0 | 1 if line.len() == 2 => IntLine::Bool(x == 1),
            _ => IntLine::Int(PyInt::Small(x)),
        });
    }
    match parse(c_str(line), 0) {
        Ok(i) => Ok(IntLine::Int(i)),
        Err(_) => Err(PyError::value("could not convert string to int")),
    }
}

/// C's `strtol` with base 0, of all of `s`; `None` where a byte is left over, nothing is there or 64 bits overflow.
fn strtol(s: &[u8]) -> Option<i64> {
    if s.is_empty() {
        // A NUL right away: no digit, and yet nothing is left over.
        return Some(0);
    }
    let (negative, digits) = sign(trim_start(s));
    let (base, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', rest @ ..] if !rest.is_empty() => (8, rest),
        _ => (10, digits),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |x, d| {
        let d = i64::from(char::from(*d).to_digit(base)?);
        let x = x.checked_mul(i64::from(base))?;
        if negative { x.checked_sub(d) } else { x.checked_add(d) }
    })
}

fn sign(s: &[u8]) -> (bool, &[u8]) {
    match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    }
}

enum Refused {
    /// Not a number; the base that the message names.
    Literal(u32),
    /// More digits than Python converts.
    Digits(u64),
}

impl Refused {
    fn too_long(digits: u64) -> PyError {
        PyError::value(format!(
            "Exceeds the limit ({} digits) for integer string conversion: value has {digits} digits; use sys.set_int_max_str_digits() to increase the limit",
            limits::DIGITS
        ))
    }
}

/// `PyLong_FromString`, of all of `s`.
fn parse(s: &[u8], base: u32) -> Result<PyInt, Refused> {
    let (negative, s) = sign(trim_start(s));
    let (found, digits, must_be_zero) = match (base, s) {
        (0 | 16, [b'0', b'x' | b'X', rest @ ..]) => (16, rest, false),
        (0 | 8, [b'0', b'o' | b'O', rest @ ..]) => (8, rest, false),
        (0 | 2, [b'0', b'b' | b'B', rest @ ..]) => (2, rest, false),
        (0, [b'0', ..]) => (10, s, true),
        (0, _) => (10, s, false),
        _ => (base, s, false),
    };
    let refused = Refused::Literal(found);
    // One underscore may follow the prefix.
    let digits = match digits {
        [b'_', rest @ ..] if s.len() != digits.len() => rest,
        _ => digits,
    };
    let text = trim_end(digits);
    let well = text.first().is_some_and(|b| *b != b'_')
        && text.last().is_some_and(|b| *b != b'_')
        && text.iter().all(|b| *b == b'_' || char::from(*b).is_digit(found))
        && memchr::memmem::find(text, b"__").is_none();
    if !well {
        return Err(refused);
    }
    let digits: Vec<u8> = text.iter().copied().filter(|b| *b != b'_').collect();
    let count = digits.len() as u64;
    if found == 10 && count > limits::DIGITS {
        return Err(Refused::Digits(count));
    }
    let big = BigInt::parse_bytes(&digits, found).ok_or(refused)?;
    if must_be_zero && big.sign() != Sign::NoSign {
        return Err(Refused::Literal(0));
    }
    Ok(PyInt::from(if negative { -big } else { big }))
}

/// `PyLong_FromString(s, NULL, base)` of a line with its LF: a C string, so that a NUL ends it.
///
/// # Errors
/// `ValueError: invalid literal for int() with base …`, and beyond 4,300 decimal digits another one.
pub fn py_long(s: &[u8], base: u32) -> Result<PyInt, PyError> {
    let s = c_str(s);
    parse(s, base).map_err(|refused| match refused {
        Refused::Digits(n) => Refused::too_long(n),
        Refused::Literal(base) => match PyStr::from_utf8_strict(s.get(..200).unwrap_or(s)) {
            Ok(text) => literal(base, &pyrepr::str_repr(&text)),
            Err(e) => e,
        },
    })
}

fn literal(base: u32, repr: &str) -> PyError {
    let shown: String = repr.chars().take(200).collect();
    PyError::value(format!("invalid literal for int() with base {base}: {shown}"))
}

/// Python's `int(bytes)`, base 10.
///
/// # Errors
/// Python's `ValueError`.
pub fn py_int(s: &[u8]) -> Result<PyInt, PyError> {
    let bad = |base| literal(base, &pyrepr::bytes_repr(s.get(..200).unwrap_or(s)));
    match parse(c_str(s), 10) {
        Ok(_) if memchr::memchr(0, s).is_some() => Err(bad(10)),
        Ok(i) => Ok(i),
        Err(Refused::Digits(n)) => Err(Refused::too_long(n)),
        Err(Refused::Literal(base)) => Err(bad(base)),
    }
}

/// The argument of LONG, without its LF.
///
/// # Errors
/// CPython's.
pub fn long_line(line: &[u8]) -> Result<PyInt, PyError> {
    if line.is_empty() {
        return Err(PyError::truncated());
    }
    match line.split_last() {
        Some((b'L', digits)) => py_long(digits, 0),
        _ => py_long(&with_lf(line), 0),
    }
}

/// The argument of GET or PUT, without its LF, as a memo index.
///
/// # Errors
/// CPython's: no number, or one beyond 64 bits. A negative index is the caller's to refuse.
pub fn memo_line(line: &[u8]) -> Result<i64, PyError> {
    if line.is_empty() {
        return Err(PyError::truncated());
    }
    match py_long(&with_lf(line), 10)? {
        PyInt::Small(i) => Ok(i),
        PyInt::Big(_) => Err(PyError::new("OverflowError", "Python int too large to convert to C ssize_t")),
    }
}

/// What C looks at: the line with its LF, as far as an answer or a message can depend on it.
fn with_lf(line: &[u8]) -> Vec<u8> {
    let mut s = line.to_vec();
    s.push(b'\n');
    s
}

/// The payload of LONG1 and LONG4: two's complement, little-endian; no byte is 0.
pub fn long_bytes(payload: &[u8]) -> PyInt {
    if payload.len() <= 8 {
        let fill = if payload.last().is_some_and(|b| *b >= 0x80) { 0xff } else { 0 };
        let mut all = [fill; 8];
        for (to, from) in all.iter_mut().zip(payload) {
            *to = *from;
        }
        return PyInt::Small(i64::from_le_bytes(all));
    }
    PyInt::from(BigInt::from_signed_bytes_le(payload))
}

/// The argument of FLOAT, without its LF.
///
/// # Errors
/// CPython's.
pub fn float_line(line: &[u8]) -> Result<f64, PyError> {
    if line.is_empty() {
        return Err(PyError::truncated());
    }
    let s = with_lf(line);
    let s = c_str(&s);
    let shown = || String::from_utf8_lossy(s.get(..200).unwrap_or(s)).into_owned();
    match double(s) {
        None => Err(PyError::value(format!("could not convert string to float: '{}'", shown()))),
        Some((f, used)) => {
            let digits = s.get(..used).unwrap_or(&[]).iter().any(u8::is_ascii_digit);
            if f.is_infinite() && digits {
                let message = format!("value too large to convert to float: '{}'", shown());
                return Err(PyError::new("OverflowError", message));
            }
            match s.get(used) {
                None | Some(b'\n') => Ok(f),
                Some(_) => Err(PyError::value("could not convert string to float")),
            }
        }
    }
}

/// The number that `s` begins with and its length in bytes: CPython's `_Py_dg_strtod`, `inf` and `nan` included.
fn double(s: &[u8]) -> Option<(f64, usize)> {
    let signed = usize::from(matches!(s.first(), Some(b'+' | b'-')));
    let rest = s.get(signed..)?;
    let digits = |at: usize| rest.iter().skip(at).take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(0);
    let mut end = whole;
    let mut any = whole;
    if rest.get(whole) == Some(&b'.') {
        let part = digits(whole + 1);
        any += part;
        end += 1 + part;
    }
    if any == 0 {
        end = [&b"infinity"[..], b"inf", b"nan"]
            .iter()
            .find(|word| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word)))
            .map(|word| word.len())?;
    } else if matches!(rest.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
        let n = digits(end + 1 + sign);
        end += if n > 0 { 1 + sign + n } else { 0 };
    }
    let used = signed + end;
    let f: f64 = std::str::from_utf8(s.get(..used)?).ok()?.parse().ok()?;
    // A NaN has no sign that its text could show, but its bits may be looked at.
    let f = if f.is_nan() { f64::NAN.copysign(if s.first() == Some(&b'-') { -1.0 } else { 1.0 }) } else { f };
    Some((f, used))
}

/// Python's `float(bytes)`.
///
/// # Errors
/// Python's `ValueError`.
pub fn py_float(s: &[u8]) -> Result<f64, PyError> {
    let refuse = || PyError::value(format!("could not convert string to float: {}", pyrepr::bytes_repr(s)));
    let mut text = s.to_vec();
    if memchr::memchr(b'_', c_str(s)).is_some() {
        // Underscores stand between digits only.
        let digit = |i: Option<usize>| i.and_then(|i| s.get(i)).is_some_and(u8::is_ascii_digit);
        let well = |(i, b): (usize, &u8)| *b != b'_' || (digit(i.checked_sub(1)) && digit(i.checked_add(1)));
        if !s.iter().enumerate().all(well) {
            return Err(refuse());
        }
        text.retain(|b| *b != b'_');
    }
    let text = trim_end(trim_start(&text));
    match double(text) {
        Some((f, used)) if used == text.len() => Ok(f),
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(line: &str) -> Result<IntLine, String> {
        int_line(line.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn int_lines_as_c_reads_them() {
        let small = |i| Ok(IntLine::Int(PyInt::Small(i)));
        assert_eq!(int("01"), Ok(IntLine::Bool(true)));
        assert_eq!(int("-0"), Ok(IntLine::Bool(false)));
        assert_eq!(int(" 1"), Ok(IntLine::Bool(true)));
        assert_eq!(int("1"), small(1));
        assert_eq!(int("001"), small(1));
        assert_eq!(int("010"), small(8));
        assert_eq!(int("0x1f"), small(31));
        assert_eq!(int("0b101"), small(5));
        assert_eq!(int("1_000"), small(1000));
        assert_eq!(int("12 "), small(12));
        assert_eq!(int("12\r"), small(12));
        assert_eq!(int("1\0"), Ok(IntLine::Bool(true)));
        assert_eq!(int("12\0junk"), small(12));
        assert_eq!(int("-9223372036854775808"), small(i64::MIN));
        assert!(matches!(int("9223372036854775808"), Ok(IntLine::Int(PyInt::Big(_)))));
        for bad in ["ab", "1L", "08", "01\r", "1__0", "_1", "1_", "0x", " "] {
            assert_eq!(int(bad), Err("ValueError: could not convert string to int".to_owned()), "{bad:?}");
        }
        assert_eq!(int(""), Err("UnpicklingError: pickle data was truncated".to_owned()));
    }

    #[test]
    fn two_s_complement() {
        assert_eq!(long_bytes(b""), PyInt::Small(0));
        assert_eq!(long_bytes(b"\xff"), PyInt::Small(-1));
        assert_eq!(long_bytes(b"\xff\0"), PyInt::Small(255));
        assert_eq!(long_bytes(b"\0\0\0\0\0\0\0\x80"), PyInt::Small(i64::MIN));
        assert_eq!(long_bytes(b"\x01\0\0\0\0\0\0\0\0\0"), PyInt::Small(1));
        assert_eq!(long_bytes(b"\0\0\0\0\0\0\0\x80\0"), PyInt::Big(BigInt::from(1_u64 << 63)));
    }

    #[test]
    fn messages() {
        let say = |e: Result<PyInt, PyError>| e.map_err(|e| e.to_string()).unwrap_err();
        assert_eq!(say(long_line(b"010L")), "ValueError: invalid literal for int() with base 0: '010'");
        assert_eq!(say(long_line(b"L")), "ValueError: invalid literal for int() with base 10: ''");
        assert_eq!(
            memo_line(b"ab").map_err(|e| e.message),
            Err("invalid literal for int() with base 10: 'ab\\n'".to_owned())
        );
        assert_eq!(say(py_int(b"0x1")), "ValueError: invalid literal for int() with base 10: b'0x1'");
        let float = |s: &[u8]| float_line(s).map_err(|e| e.to_string()).unwrap_err();
        assert_eq!(float(b"1e400"), "OverflowError: value too large to convert to float: '1e400\n'");
        assert_eq!(float(b" 1.5 "), "ValueError: could not convert string to float: ' 1.5 \n'");
        assert_eq!(float(b"1_0.5"), "ValueError: could not convert string to float");
        assert_eq!(py_float(b" 1_0.5\r"), Ok(10.5));
    }
}
