//! Numbers as Python and NumPy write them: the fewest digits that read back as the same value of the same type.
//! Must never show a digit that the type does not have, and never fewer than tell the value apart.

use super::long::{Long, LongClass};
use half::f16;
use num_bigint::BigUint;

/// Decimal digits without leading or trailing zeros, and the power of ten of the first: 0.00123 is (`123`, −3).
struct Decimal {
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// From Rust's `{:e}`, which gives the shortest digits, but of two equally near ones the higher. Python takes the
    /// even one. `exact` writes the number rounded to that many digits after the first, ties to even, and says whether
    /// it reads back as the same; ties have no fewer than `from` digits.
    fn shortest(text: &str, from: usize, exact: impl Fn(usize) -> Option<String>) -> Self {
        let decimal = Self::from_exp(text);
        match decimal.digits.len() {
            n if n >= from => exact(n - 1).map_or(decimal, |t| Self::from_exp(&t)),
            _ => decimal,
        }
    }

    fn of_f64(f: f64) -> Self {
        Self::shortest(&format!("{f:e}"), 15, |n| Some(format!("{f:.n$e}")).filter(|t| t.parse() == Ok(f)))
    }

    fn of_f32(f: f32) -> Self {
        Self::shortest(&format!("{f:e}"), 6, |n| Some(format!("{f:.n$e}")).filter(|t| t.parse() == Ok(f)))
    }

    /// From digits with an exponent.
    fn from_exp(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_end_matches('0');
        Self {
            digits: if digits.is_empty() { "0" } else { digits }.to_owned(),
            exponent: exponent.parse().unwrap_or(0),
        }
    }

    /// `1234.5`, `100.0`, `0.001`; `tail` is what follows a whole number: `.0`, or nothing.
    fn positional(&self, tail: &str) -> String {
        let d = &self.digits;
        match usize::try_from(self.exponent) {
            Ok(e) if d.len() <= e + 1 => format!("{d}{}{tail}", "0".repeat(e + 1 - d.len())),
            Ok(e) => {
                let (whole, part) = d.split_at(e + 1);
                format!("{whole}.{part}")
            }
            Err(_) => {
                let zeros = usize::try_from(-1 - self.exponent).unwrap_or(0);
                format!("0.{}{d}", "0".repeat(zeros))
            }
        }
    }

    /// `1.5e-07`, with at least two digits of exponent.
    fn scientific(&self) -> String {
        let (first, rest) = self.digits.split_at(1.min(self.digits.len()));
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if self.exponent < 0 { '-' } else { '+' };
        format!("{first}{point}{rest}e{sign}{:02}", self.exponent.unsigned_abs())
    }
}

/// Which numbers are written with an exponent: those of magnitude under 1e-4 or from 1e16 on.
fn wants_exponent(magnitude: f64) -> bool {
    magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude)
}

fn special(f: f64) -> Option<&'static str> {
    if f.is_nan() {
        Some("nan")
    } else if f.is_infinite() {
        Some(if f > 0.0 { "inf" } else { "-inf" })
    } else {
        None
    }
}

fn write(negative: bool, magnitude: f64, decimal: &Decimal, tail: &str) -> String {
    let body = if wants_exponent(magnitude) { decimal.scientific() } else { decimal.positional(tail) };
    if negative { format!("-{body}") } else { body }
}

/// Python's `repr(float)`, which is also NumPy's `str(float64)`.
pub fn f64_text(f: f64) -> String {
    f64_tail(f, ".0")
}

fn f64_tail(f: f64, tail: &str) -> String {
    special(f).map_or_else(|| write(f.is_sign_negative(), f.abs(), &Decimal::of_f64(f.abs()), tail), str::to_owned)
}

/// NumPy's `str(float32)`: `0.1`, though the exact value has more digits.
pub fn f32_text(f: f32) -> String {
    f32_tail(f, ".0")
}

fn f32_tail(f: f32, tail: &str) -> String {
    special(f.into())
        .map_or_else(|| write(f.is_sign_negative(), f.abs().into(), &Decimal::of_f32(f.abs()), tail), str::to_owned)
}

/// NumPy's `str(float16)`.
pub fn f16_text(f: f16) -> String {
    f16_tail(f, ".0")
}

fn f16_tail(f: f16, tail: &str) -> String {
    let wide = f.to_f64();
    special(wide).map_or_else(
        || {
            // Five digits tell any two binary16 apart.
            let magnitude = wide.abs();
            let shortest = (0..5)
                .map(|n| format!("{magnitude:.n$e}"))
                .find(|t| t.parse::<f64>().is_ok_and(|p| f16::from_f64(p).to_f64() == magnitude))
                .unwrap_or_else(|| format!("{magnitude:e}"));
            write(wide.is_sign_negative(), magnitude, &Decimal::from_exp(&shortest), tail)
        },
        str::to_owned,
    )
}

/// Up to six significant digits, as C's `%g` and so ml_dtypes' `str`.
pub fn g6(f: f64) -> String {
    if let Some(s) = special(f) {
        return s.to_owned();
    }
    let decimal = Decimal::from_exp(&format!("{:.5e}", f.abs()));
    let body = if f == 0.0 {
        "0".to_owned()
    } else if (-4..6).contains(&decimal.exponent) {
        decimal.positional("")
    } else {
        decimal.scientific()
    };
    if f.is_sign_negative() { format!("-{body}") } else { body }
}

/// NumPy's `str(longdouble)`.
pub fn long_text(l: &Long) -> String {
    long_tail(l, ".0")
}

fn long_tail(l: &Long, tail: &str) -> String {
    match l.class {
        LongClass::Nan => "nan".to_owned(),
        LongClass::Infinite => if l.negative { "-inf" } else { "inf" }.to_owned(),
        LongClass::Finite { significand: 0, .. } => {
            write(l.negative, 0.0, &Decimal { digits: "0".to_owned(), exponent: 0 }, tail)
        }
        LongClass::Finite { significand, exponent } => {
            let decimal = shortest(significand, exponent, l.precision, l.least);
            // The digits decide at the edges, where a binary64 is too coarse or too short to ask.
            let scientific = !(-4..16).contains(&decimal.exponent);
            let body = if scientific { decimal.scientific() } else { decimal.positional(tail) };
            if l.negative { format!("-{body}") } else { body }
        }
    }
}

/// Steele and White's free-format algorithm with exact integers: the fewest digits that lie nearer to
/// `significand` × 2^`exponent` than to its neighbours at `precision` bits, and of those the nearest.
fn shortest(significand: u128, exponent: i32, precision: u32, least: i32) -> Decimal {
    // Widened to full precision, unless subnormal, so that the neighbours are one unit away.
    let room =
        i32::try_from(significand.leading_zeros()).unwrap_or(0) - (128 - i32::try_from(precision).unwrap_or(128));
    let shift = room.min(exponent.saturating_sub(least)).max(0);
    let significand = significand << u32::try_from(shift).unwrap_or(0);
    let exponent = exponent - shift;
    let even = significand & 1 == 0;
    // At a power of two the lower neighbour is half as far.
    let narrow = significand == 1_u128 << (precision - 1) && exponent > least;

    let one = BigUint::from(1_u8);
    let extra = if narrow { 2_u32 } else { 1 };
    let up = u32::try_from(exponent.max(0)).unwrap_or(0);
    let down = u32::try_from((-exponent).max(0)).unwrap_or(0);
    let mut r = BigUint::from(significand) << (up + extra);
    let mut s = &one << (down + extra);
    let mut high = &one << (up + extra - 1);
    let mut low = &one << up;
    // A first guess of the decimal exponent, at most one too small.
    let bits = i32::try_from(128 - significand.leading_zeros()).unwrap_or(0) - 1;
    let mut k = ((f64::from(exponent) + f64::from(bits)) * std::f64::consts::LOG10_2).ceil();
    k -= 1.0;
    #[expect(clippy::cast_possible_truncation, reason = "within ±5000")]
    let mut k = k as i32;
    let ten = BigUint::from(10_u8);
    let power = BigUint::from(10_u8).pow(k.unsigned_abs());
    if k >= 0 {
        s *= &power;
    } else {
        r *= &power;
        high *= &power;
        low *= &power;
    }
    // Now the value is r/s × 10^k; bring r/s into [1, 10).
    let reaches = |r: &BigUint, high: &BigUint, s: &BigUint| {
        let top = r + high;
        if even { top >= s * 10_u8 } else { top > s * 10_u8 }
    };
    while reaches(&r, &high, &s) {
        s *= &ten;
        k += 1;
    }
    while r < s && {
        let top = &r + &high;
        if even { top < s } else { top <= s }
    } {
        r *= &ten;
        high *= &ten;
        low *= &ten;
        k -= 1;
    }
    let mut digits = String::new();
    loop {
        let d = &r / &s;
        r -= &d * &s;
        let mut d = u32::try_from(&d).unwrap_or(0);
        let (near_low, near_high) = {
            let top = &r + &high;
            if even { (r <= low, top >= s) } else { (r < low, top > s) }
        };
        if near_low || near_high {
            let twice = &r * 2_u8;
            let round_up = match (near_low, near_high) {
                (true, false) => false,
                (false, true) => true,
                _ => twice > s || (twice == s && d % 2 == 1),
            };
            if round_up {
                d += 1;
            }
            if d == 10 {
                // Carries into the digits before, which cannot all be nines: then the exponent was one too small.
                let kept = digits.trim_end_matches('9').len();
                digits.truncate(kept);
                match digits.pop().and_then(|c| c.to_digit(10)) {
                    Some(c) => digits.extend(char::from_digit(c + 1, 10)),
                    None => {
                        digits.push('1');
                        k += 1;
                    }
                }
            } else {
                digits.extend(char::from_digit(d, 10));
            }
            break;
        }
        digits.extend(char::from_digit(d, 10));
        r *= &ten;
        high *= &ten;
        low *= &ten;
    }
    let trimmed = digits.trim_end_matches('0').len().max(1);
    digits.truncate(trimmed);
    Decimal { digits, exponent: k }
}

/// The two parts of a complex number, as Python and NumPy write it: `(1+2j)`, and `2j` where the real part is +0.
fn complex(real_is_zero: bool, real: &str, imag: &str) -> String {
    if real_is_zero {
        return format!("{imag}j");
    }
    let plus = if imag.starts_with('-') { "" } else { "+" };
    format!("({real}{plus}{imag}j)")
}

/// Python's `repr(complex)`, NumPy's `str(complex128)`.
pub fn complex64_text(re: f64, im: f64) -> String {
    complex(re == 0.0 && re.is_sign_positive(), &f64_tail(re, ""), &f64_tail(im, ""))
}

/// NumPy's `str(complex64)`.
pub fn complex32_text(re: f32, im: f32) -> String {
    complex(re == 0.0 && re.is_sign_positive(), &f32_tail(re, ""), &f32_tail(im, ""))
}

/// Two binary16 in the same manner.
pub fn complex16_text(re: f16, im: f16) -> String {
    complex(re.to_bits() == 0, &f16_tail(re, ""), &f16_tail(im, ""))
}

/// NumPy's `str(clongdouble)`.
pub fn complex_long_text(re: &Long, im: &Long) -> String {
    let zero = matches!(re.class, LongClass::Finite { significand: 0, .. }) && !re.negative;
    complex(zero, &long_tail(re, ""), &long_tail(im, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A binary64 as if it were a long double of 53 bits.
    fn as_long(f: f64) -> Long {
        let bits = f.to_bits();
        let (e, m) = (((bits >> 52) & 0x7ff) as i32, u128::from(bits & ((1 << 52) - 1)));
        let (significand, exponent) = if e == 0 { (m, -1074) } else { (m | 1 << 52, e - 1075) };
        Long {
            negative: f.is_sign_negative(),
            class: LongClass::Finite { significand, exponent },
            precision: 53,
            least: -1074,
        }
    }

    #[test]
    fn floats_are_pythons() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e22, "1e+22"),
            (1e-4, "0.0001"),
            (9.9e-5, "9.9e-05"),
            (2.9802322387695312e-8, "2.9802322387695312e-08"),
            (5e-324, "5e-324"),
            (1.5e300, "1.5e+300"),
            (123456.789, "123456.789"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (f, want) in cases {
            assert_eq!(f64_text(f), want);
        }
        assert_eq!([0.1, 1e16, 1e-4, 16_777_216.0].map(f32_text), ["0.1", "1e+16", "1e-04", "16777216.0"]);
        let halves = [65504.0, 0.1, 6e-8, 1.0, -0.0, 2050.0, 12345.0].map(|f| f16_text(f16::from_f64(f)));
        assert_eq!(halves, ["65500.0", "0.1", "6e-08", "1.0", "-0.0", "2050.0", "12344.0"]);
        assert_eq!(
            [0.100098, 3.0, -1.5, 0.0, 1e-7, 1234567.0].map(g6),
            ["0.100098", "3", "-1.5", "0", "1e-07", "1.23457e+06"]
        );
        assert_eq!(complex64_text(1.0, 2.0), "(1+2j)");
        assert_eq!(complex64_text(0.0, 2.0), "2j");
        assert_eq!(complex64_text(-0.0, 2.0), "(-0+2j)");
        assert_eq!(complex64_text(f64::NAN, f64::NEG_INFINITY), "(nan-infj)");
        assert_eq!(complex32_text(0.1, -0.0), "(0.1-0j)");
    }

    #[test]
    fn exact_arithmetic_agrees_with_the_standard_library() {
        let mut state = 1_u64;
        for i in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let bits = match i % 4 {
                0 => state,
                1 => state & 0x000f_ffff_ffff_ffff,
                2 => state & 0xfff0_0000_0000_0000,
                _ => (f64::from((state >> 40) as u32) / 1000.0).to_bits(),
            };
            let f = f64::from_bits(bits);
            if !f.is_finite() {
                continue;
            }
            let ours = if f == 0.0 { continue } else { shortest_of(f) };
            let theirs = Decimal::of_f64(f.abs());
            assert_eq!((ours.digits, ours.exponent), (theirs.digits, theirs.exponent), "{f:e}");
            assert_eq!(as_long(f).to_f64().to_bits(), bits);
        }
    }

    fn shortest_of(f: f64) -> Decimal {
        match as_long(f).class {
            LongClass::Finite { significand, exponent } => shortest(significand, exponent, 53, -1074),
            _ => unreachable!("finite"),
        }
    }
}
