//! How numbers are written in a table: as they are, or by a format such as `.3f`, the way Python's format() takes it.
//! Must never change what is no number.

use crate::tensor::Scalar;

/// What a format makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As it is, digits grouped perhaps.
    Plain,
    Fixed,
    Scientific,
    /// So many digits in all, with an exponent where that is shorter.
    General,
    Percent,
    Hex,
    Octal,
    Binary,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    kind: Kind,
    /// Thousands are set apart.
    grouped: bool,
    /// Digits after the point, or in all.
    digits: Option<usize>,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { kind: Kind::Plain, grouped: false, digits: None }
    }
}

impl NumberFormat {
    /// Formats to choose from, and what they do.
    pub const CHOICES: &[(&str, &str)] = &[
        ("", "exact: no digit left out"),
        (".2f", "two digits after the point"),
        (".6f", "six digits after the point"),
        (".3e", "scientific, three digits after the point"),
        (".4g", "four digits in all"),
        (",", "thousands set apart"),
        (".1%", "per cent"),
        ("x", "hexadecimal; floats as their bits"),
        ("b", "binary"),
    ];

    /// The format that a text spells; `None` where it spells none. Empty is exact.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut f = Self::default();
        if let Some(after) = rest.strip_prefix([',', '_']) {
            (f.grouped, rest) = (true, after);
        }
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (digits, left) = after.split_at(end);
            f.digits = Some(digits.parse().ok().filter(|n| *n <= 60)?);
            rest = left;
        }
        f.kind = match rest {
            "" if f.digits.is_some() => Kind::General,
            "" | "d" | "n" if f.digits.is_none() => Kind::Plain,
            "f" | "F" => Kind::Fixed,
            "e" | "E" => Kind::Scientific,
            "g" | "G" => Kind::General,
            "%" => Kind::Percent,
            "x" | "X" | "hex" if f.digits.is_none() => Kind::Hex,
            "o" if f.digits.is_none() => Kind::Octal,
            "b" if f.digits.is_none() => Kind::Binary,
            _ => return None,
        };
        Some(f)
    }

    /// Digits that a float has room for, where the format says how many it has.
    pub fn room(self) -> Option<usize> {
        let digits = self.digits.unwrap_or(6);
        match self.kind {
            Kind::Fixed | Kind::Percent => Some(digits + 9),
            Kind::Scientific | Kind::General => Some(digits + 8),
            _ => None,
        }
    }

    /// Bits are written, which are many.
    pub const fn is_bits(self) -> bool {
        matches!(self.kind, Kind::Hex | Kind::Octal | Kind::Binary)
    }

    /// An element as text.
    pub fn text(self, v: &Scalar) -> String {
        match v {
            Scalar::Int(i) => self.integer(*i < 0, i.unsigned_abs(), *i as f64),
            Scalar::UInt(u) => self.integer(false, *u, *u as f64),
            Scalar::F32(f) if self.kind == Kind::Hex => format!("{:#010x}", f.to_bits()),
            Scalar::F64(f) if self.kind == Kind::Hex => format!("{:#018x}", f.to_bits()),
            Scalar::Complex32(re, im) if self.room().is_some() => self.complex(f64::from(*re), f64::from(*im)),
            Scalar::Complex64(re, im) if self.room().is_some() => self.complex(*re, *im),
            Scalar::F16(_) | Scalar::BF16(_) | Scalar::F32(_) | Scalar::F64(_) | Scalar::Long(_) => {
                match v.to_f64().filter(|f| f.is_finite() && self.room().is_some()) {
                    Some(f) => self.float(f),
                    None if self.grouped => group(&v.text()),
                    None => v.text(),
                }
            }
            other => other.text(),
        }
    }

    fn integer(self, negative: bool, size: u64, rounded: f64) -> String {
        let sign = if negative { "-" } else { "" };
        match self.kind {
            Kind::Plain if self.grouped => group(&format!("{sign}{size}")),
            Kind::Plain => format!("{sign}{size}"),
            Kind::Hex => format!("{sign}{size:#x}"),
            Kind::Octal => format!("{sign}{size:#o}"),
            Kind::Binary => format!("{sign}{size:#b}"),
            _ => self.float(rounded),
        }
    }

    fn complex(self, re: f64, im: f64) -> String {
        let sign = if im.is_sign_negative() { "-" } else { "+" };
        format!("{}{sign}{}j", self.float(re), self.float(im.abs()))
    }

    fn float(self, f: f64) -> String {
        let digits = self.digits.unwrap_or(6);
        let text = match self.kind {
            Kind::Fixed => format!("{f:.digits$}"),
            Kind::Percent => format!("{:.digits$}%", f * 100.0),
            Kind::Scientific => scientific(f, digits),
            _ => general(f, digits.max(1)),
        };
        if self.grouped { group(&text) } else { text }
    }
}

/// `1.500e+03`, as Python and C write it.
fn scientific(f: f64, digits: usize) -> String {
    let text = format!("{f:.digits$e}");
    match text.split_once('e') {
        Some((m, e)) => {
            let (sign, e) = e.strip_prefix('-').map_or(('+', e), |e| ('-', e));
            format!("{m}e{sign}{e:0>2}")
        }
        None => text,
    }
}

/// So many digits in all, without zeros at the end.
fn general(f: f64, digits: usize) -> String {
    let written = scientific(f, digits - 1);
    let power = written.rsplit_once('e').and_then(|(_, e)| e.parse::<i64>().ok()).unwrap_or(0);
    let bare =
        |m: &str| if m.contains('.') { m.trim_end_matches('0').trim_end_matches('.').to_owned() } else { m.to_owned() };
    let most = i64::try_from(digits).unwrap_or(i64::MAX);
    if f == 0.0 || (-4..most).contains(&power) {
        let places = usize::try_from(most - 1 - power).unwrap_or(0);
        return bare(&format!("{f:.places$}"));
    }
    match written.split_once('e') {
        Some((m, e)) => format!("{}e{e}", bare(m)),
        None => written,
    }
}

/// Commas between thousands, before the point.
fn group(text: &str) -> String {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let end = text.get(start..).and_then(|t| t.find(|c: char| !c.is_ascii_digit())).map_or(text.len(), |n| start + n);
    let digits = text.get(start..end).unwrap_or("");
    let mut out = text.get(..start).unwrap_or("").to_owned();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out.push_str(text.get(end..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(format: &str, v: &Scalar) -> String {
        NumberFormat::parse(format).unwrap().text(v)
    }

    #[test]
    fn formats_are_pythons() {
        let x = Scalar::F64(1234.5678);
        let all = ["", ".2f", ".3e", ".4g", ",.1f", ".1%", ".3"].map(|f| text(f, &x));
        assert_eq!(all, ["1234.5678", "1234.57", "1.235e+03", "1235", "1,234.6", "123456.8%", "1.23e+03"]);
        assert_eq!(text(".4g", &Scalar::F64(1e-7)), "1e-07");
        assert_eq!(text("g", &Scalar::F64(0.0001)), "0.0001");
        assert_eq!(text("x", &Scalar::Int(-255)), "-0xff");
        assert_eq!(text("b", &Scalar::UInt(5)), "0b101");
        assert_eq!(text(",", &Scalar::Int(-1_234_567)), "-1,234,567");
        assert_eq!(text("x", &Scalar::F32(1.0)), "0x3f800000");
        assert_eq!(text(".2f", &Scalar::Complex64(1.0, -2.0)), "1.00-2.00j");
        assert_eq!(text(".1f", &Scalar::Int(3)), "3.0");
        assert!([".f3", "q", ".2x", "1.2.3f"].iter().all(|f| NumberFormat::parse(f).is_none()));
    }

    #[test]
    fn formats_lose_nothing_that_they_do_not_say() {
        assert_eq!(text("", &Scalar::F64(0.1 + 0.2)), "0.30000000000000004");
        assert_eq!(text(".2f", &Scalar::F64(f64::NAN)), "nan");
        assert_eq!(text(".2f", &Scalar::Masked), Scalar::Masked.text());
    }
}
