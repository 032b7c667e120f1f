//! Elements as binary64, for drawing and for statistics of what is drawn. Never for a read-out: it rounds.

use super::dtype::DType;
use super::sample::decode;

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
    let start = out.len();
    let n = usize::try_from(dtype.item_size).ok().and_then(|size| raw.len().checked_div(size)).unwrap_or(0);
    out.resize(start.saturating_add(n), f64::NAN);
    if let Some(new) = out.get_mut(start..) {
        decode(dtype, part, raw, new);
    }
}

#[cfg(test)]
mod tests {
    use super::super::scalar::Scalar;
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
