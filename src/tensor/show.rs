//! A value as text: as NumPy prints it, and as Python would write it down.
//! Must never round.

use super::array::Array;
use super::dtype::Unit;
use super::numtext;
use super::scalar::Scalar;
use super::time;
use crate::source::pytext;
use std::fmt;

/// Elements of an array within an element that are written out.
const SUB_SHOWN: u64 = 1_000;

impl Scalar {
    /// `str(x)` of the NumPy scalar (floats as NumPy 1 to 2.3 write them): `0.1`, `2020-01-01T00:00`, `b'ab'`. Strings
    /// are themselves, control characters included. What is not there is `missing`, what is masked `--`.
    pub fn text(&self) -> String {
        match self {
            Self::F16(f) => numtext::f16_text(*f),
            Self::BF16(f) => numtext::g6(f.to_f64()),
            Self::Mini(m, b) => numtext::g6(m.to_f64(*b)),
            Self::F32(f) => numtext::f32_text(*f),
            Self::Complex16(re, im) => numtext::complex16_text(*re, *im),
            Self::Complex32(re, im) => numtext::complex32_text(*re, *im),
            Self::Datetime(t, tick) => time::datetime_text(*t, *tick),
            Self::Timedelta(t, tick) => time::timedelta_text(*t, *tick),
            Self::Str(chars) => {
                chars.iter().map(|c| char::from_u32(*c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
            }
            other => other.repr(),
        }
    }

    /// `repr(x.item())`: the value as Python source where there is such a thing; float32 and narrower with all the
    /// digits that they have as a Python float.
    pub fn repr(&self) -> String {
        match self {
            Self::Missing => "missing".to_owned(),
            Self::Masked => "--".to_owned(),
            Self::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
            Self::Int(i) => i.to_string(),
            Self::UInt(u) => u.to_string(),
            Self::F16(f) => numtext::f64_text(f.to_f64()),
            Self::BF16(f) => numtext::f64_text(f.to_f64()),
            Self::Mini(m, b) => numtext::f64_text(m.to_f64(*b)),
            Self::F32(f) => numtext::f64_text((*f).into()),
            Self::F64(f) => numtext::f64_text(*f),
            Self::Long(l) => numtext::long_text(l),
            Self::Complex16(re, im) => numtext::complex64_text(re.to_f64(), im.to_f64()),
            Self::Complex32(re, im) => numtext::complex64_text((*re).into(), (*im).into()),
            Self::Complex64(re, im) => numtext::complex64_text(*re, *im),
            Self::ComplexLong(re, im) => numtext::complex_long_text(re, im),
            Self::Datetime(t, tick) => time::datetime_item(*t, *tick),
            Self::Timedelta(t, tick) => time::timedelta_item(*t, *tick),
            Self::Bytes(b) | Self::Void(b) => pytext::repr_bytes(b),
            Self::Str(chars) => pytext::repr_chars(chars.iter().copied()),
            Self::Struct(fields) => {
                // Depth is bounded where dtypes are built.
                let parts: Vec<String> = fields.iter().map(|(_, v)| v.repr_in_tuple()).collect();
                if let [one] = parts.as_slice() { format!("({one},)") } else { format!("({})", parts.join(", ")) }
            }
            Self::Sub(a) => nested(a),
            Self::Object(h) => format!("object {h}"),
            Self::Text(h) => format!("string {h}"),
            Self::Cut(head, all) => format!("{}… ({all} bytes)", head.repr()),
        }
    }

    /// Within a record: as [`Scalar::repr`], but floats of few bits as NumPy prints them.
    fn repr_in_tuple(&self) -> String {
        match self {
            Self::F16(_)
            | Self::F32(_)
            | Self::BF16(_)
            | Self::Mini(..)
            | Self::Complex16(..)
            | Self::Complex32(..) => self.text(),
            Self::Datetime(_, tick) | Self::Timedelta(_, tick) if tick.unit != Unit::Generic => {
                pytext::repr_str(&self.text())
            }
            other => other.repr(),
        }
    }
}

/// An array as nested lists, cut after [`SUB_SHOWN`] elements.
fn nested(a: &Array) -> String {
    if a.ndim() == 0 {
        return a.value(&[]).repr_in_tuple();
    }
    let mut out = String::new();
    let shown = a.len().min(SUB_SHOWN);
    if a.is_empty() {
        return "[]".to_owned();
    }
    for n in 0..shown {
        let index = a.unravel(n);
        // A bracket opens for each axis that starts anew here, and closes for each that ends.
        let starts = index.iter().rev().take_while(|i| **i == 0).count();
        let ends = index.iter().zip(a.shape()).rev().take_while(|(i, d)| **i + 1 == **d).count();
        if n > 0 {
            out.push_str(", ");
        }
        out.push_str(&"[".repeat(starts));
        out.push_str(&a.value(&index).repr_in_tuple());
        out.push_str(&"]".repeat(ends));
    }
    if shown < a.len() {
        out.push_str(", …]");
    }
    out
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
