//! Elements as binary64, for drawing and for statistics of what is drawn. Never for a read-out: it rounds.

use super::dtype::{ByteOrder, DType, Kind};
use super::scalar::Scalar;

/// Which real number of an element is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Part {
    /// The number itself; of a complex one the real part.
    #[default]
    Real,
    /// The imaginary part.
    Imaginary,
    /// The absolute value.
    Magnitude,
    /// The angle, from −π to π.
    Phase,
}

impl Part {
    /// All of them, in the order of a menu.
    pub const ALL: &[Self] = &[Self::Magnitude, Self::Phase, Self::Real, Self::Imaginary];

    /// Its name in a menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real part",
            Self::Imaginary => "imaginary part",
            Self::Magnitude => "magnitude",
            Self::Phase => "phase",
        }
    }

    /// The number of a complex pair that is meant.
    pub fn of(self, re: f64, im: f64) -> f64 {
        match self {
            Self::Real => re,
            Self::Imaginary => im,
            Self::Magnitude => re.hypot(im),
            Self::Phase => im.atan2(re),
        }
    }
}

/// Elements that can be drawn: real or complex numbers.
pub const fn drawable(dtype: &DType) -> bool {
    dtype.is_real() || dtype.is_complex()
}

/// Appends packed elements to `out` as binary64. NaT, and what is no number, is NaN; bytes behind the last whole element
/// are not used. Integers beyond 2⁵³ are rounded.
pub fn push_f64(dtype: &DType, part: Part, raw: &[u8], out: &mut Vec<f64>) {
    let big = dtype.order == ByteOrder::Big;
    macro_rules! each {
        ($n:literal, $t:ty, $f:expr) => {{
            let f = $f;
            let chunks = raw.as_chunks::<$n>().0;
            if big {
                out.extend(chunks.iter().map(|c| f(<$t>::from_be_bytes(*c))));
            } else {
                out.extend(chunks.iter().map(|c| f(<$t>::from_le_bytes(*c))));
            }
        }};
    }
    match (&dtype.kind, dtype.item_size) {
        (Kind::Bool, 1) => out.extend(raw.iter().map(|b| f64::from(u8::from(*b != 0)))),
        (Kind::UInt, 1) => out.extend(raw.iter().map(|b| f64::from(*b))),
        (Kind::Int, 1) => out.extend(raw.iter().map(|b| f64::from(b.cast_signed()))),
        (Kind::UInt, 2) => each!(2, u16, f64::from),
        (Kind::Int, 2) => each!(2, i16, f64::from),
        (Kind::UInt, 4) => each!(4, u32, f64::from),
        (Kind::Int, 4) => each!(4, i32, f64::from),
        (Kind::UInt, 8) => each!(8, u64, |v: u64| v as f64),
        (Kind::Int, 8) => each!(8, i64, |v: i64| v as f64),
        (Kind::Datetime(_) | Kind::Timedelta(_), 8) => {
            each!(8, i64, |v: i64| if v == i64::MIN { f64::NAN } else { v as f64 });
        }
        (Kind::Float, 4) => each!(4, u32, |v: u32| f64::from(f32::from_bits(v))),
        (Kind::Float, 8) => each!(8, u64, f64::from_bits),
        (Kind::Float, 2) => each!(2, u16, |v: u16| half::f16::from_bits(v).to_f64()),
        (Kind::BFloat16, 2) => each!(2, u16, |v: u16| half::bf16::from_bits(v).to_f64()),
        (_, size) => {
            let Some(size) = usize::try_from(size).ok().filter(|s| *s > 0) else { return };
            out.extend(raw.chunks_exact(size).map(|c| match Scalar::decode(dtype, c) {
                Scalar::Complex16(re, im) => part.of(re.to_f64(), im.to_f64()),
                Scalar::Complex32(re, im) => part.of(re.into(), im.into()),
                Scalar::Complex64(re, im) => part.of(re, im),
                Scalar::ComplexLong(re, im) => part.of(re.to_f64(), im.to_f64()),
                other => other.to_f64().unwrap_or(f64::NAN),
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_ways_agree_with_the_exact_one() {
        let raw: Vec<u8> = (0..96_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        for code in [
            "|b1", "|u1", "|i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<u8", ">u8", "<i8", ">i8",
            "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<M8[s]", ">m8[ns]",
        ] {
            let dtype = DType::parse(code).unwrap();
            let mut quick = Vec::new();
            push_f64(&dtype, Part::Real, &raw, &mut quick);
            let n = usize::try_from(dtype.item_size).unwrap();
            let slow: Vec<f64> = raw.chunks_exact(n).map(|c| Scalar::decode(&dtype, c).to_f64().unwrap()).collect();
            assert_eq!(quick.len(), 96 / n);
            assert!(quick.iter().zip(&slow).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())), "{code}");
        }
        let mut parts = Vec::new();
        let raw: Vec<u8> = [3.0_f64, 4.0].iter().flat_map(|f| f.to_le_bytes()).collect();
        for p in Part::ALL {
            push_f64(&DType::parse("<c16").unwrap(), *p, &raw, &mut parts);
        }
        assert_eq!(parts, [5.0, 4.0_f64.atan2(3.0), 3.0, 4.0]);
    }
}
