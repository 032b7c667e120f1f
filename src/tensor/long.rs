//! C's `long double` and the small floats of `ml_dtypes`, taken apart bit by bit.
//! Must never go through a binary64 where digits are shown.

use super::dtype::{ByteOrder, LongDouble, Mini};

/// A `long double`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Long {
    /// The sign bit.
    pub negative: bool,
    /// What it is.
    pub class: LongClass,
    /// Bits of significand that the format has: 64, 113, or 106.
    pub precision: u32,
    /// The exponent of the least bit of a subnormal: −16445 (x87), −16494 (binary128), −1074 (two doubles).
    pub least: i32,
}

/// What a float is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongClass {
    /// Not a number; also x87's invalid encodings.
    Nan,
    /// Infinite.
    Infinite,
    /// `significand` × 2^`exponent`; zero has significand 0.
    Finite {
        /// All bits, the highest included.
        significand: u128,
        /// Of the lowest bit.
        exponent: i32,
    },
}

impl Long {
    /// Reads 10 (of 12 or 16) bytes of x87, or 16 of the others.
    pub fn decode(format: LongDouble, order: ByteOrder, raw: &[u8]) -> Option<Self> {
        // The bytes in little-endian order; x87 exists on little-endian machines only, but a swapped copy may be stored.
        let mut b = [0_u8; 16];
        let n = raw.len().min(16);
        b.get_mut(..n)?.copy_from_slice(raw.get(..n)?);
        if order == ByteOrder::Big && format != LongDouble::DoubleDouble {
            b.get_mut(..n)?.reverse();
        }
        match format {
            LongDouble::X87 => {
                let word = u128::from_le_bytes(b);
                let significand = word & u128::from(u64::MAX);
                let head = u16::try_from((word >> 64) & 0xffff).ok()?;
                let (negative, biased) = (head >> 15 == 1, i32::from(head & 0x7fff));
                let class = match (biased, significand >> 63) {
                    (0x7fff, 1) if significand << 65 == 0 => LongClass::Infinite,
                    (0x7fff, _) => LongClass::Nan,
                    // Without its integer bit a normal number is invalid since the 80387.
                    (1.., 0) => LongClass::Nan,
                    _ => LongClass::Finite { significand, exponent: biased.max(1) - 16383 - 63 },
                };
                Some(Self { negative, class, precision: 64, least: -16445 })
            }
            LongDouble::Quad => {
                let word = u128::from_le_bytes(b);
                let negative = word >> 127 == 1;
                let biased = i32::try_from((word >> 112) & 0x7fff).ok()?;
                let fraction = word & ((1 << 112) - 1);
                let class = match biased {
                    0x7fff if fraction == 0 => LongClass::Infinite,
                    0x7fff => LongClass::Nan,
                    0 => LongClass::Finite { significand: fraction, exponent: -16382 - 112 },
                    e => LongClass::Finite { significand: fraction | (1 << 112), exponent: e - 16383 - 112 },
                };
                Some(Self { negative, class, precision: 113, least: -16494 })
            }
            LongDouble::DoubleDouble => {
                let part = |at: usize| {
                    let mut p: [u8; 8] = b.get(at..at + 8)?.try_into().ok()?;
                    if order == ByteOrder::Big {
                        p.reverse();
                    }
                    Some(f64::from_le_bytes(p))
                };
                Some(Self::from_two(part(0)?, part(8)?))
            }
        }
    }

    /// The exact sum of two doubles, the second the smaller; where the gap between them is too wide for 128 bits, of
    /// the first alone.
    fn from_two(high: f64, low: f64) -> Self {
        let negative = high.is_sign_negative();
        let class = match split(high) {
            None if high.is_nan() => LongClass::Nan,
            None => LongClass::Infinite,
            Some((h, he)) => match split(low) {
                Some((l, le)) if l != 0 && h != 0 => {
                    let shift = u32::try_from(he - le).ok().filter(|s| *s <= 74);
                    match shift {
                        Some(s) => {
                            let (h, l) = (u128::from(h) << s, u128::from(l));
                            let same = low.is_sign_negative() == negative;
                            LongClass::Finite { significand: if same { h + l } else { h - l }, exponent: le }
                        }
                        None => LongClass::Finite { significand: u128::from(h), exponent: he },
                    }
                }
                _ => LongClass::Finite { significand: u128::from(h), exponent: he },
            },
        };
        Self { negative, class, precision: 106, least: -1074 }
    }

    /// The nearest binary64.
    pub fn to_f64(&self) -> f64 {
        let magnitude = match self.class {
            LongClass::Nan => return f64::NAN,
            LongClass::Infinite => f64::INFINITY,
            LongClass::Finite { significand, exponent } => scale(significand, exponent),
        };
        if self.negative { -magnitude } else { magnitude }
    }
}

/// Significand and exponent of a finite double, its sign left out.
fn split(f: f64) -> Option<(u64, i32)> {
    let bits = f.to_bits();
    let biased = i32::try_from((bits >> 52) & 0x7ff).ok()?;
    let fraction = bits & ((1 << 52) - 1);
    match biased {
        0x7ff => None,
        0 => Some((fraction, -1074)),
        e => Some((fraction | (1 << 52), e - 1075)),
    }
}

/// The binary64 nearest to `significand` × 2^`exponent`, ties to even.
fn scale(significand: u128, exponent: i32) -> f64 {
    let width = 128 - i32::try_from(significand.leading_zeros()).unwrap_or(128);
    if width == 0 {
        return 0.0;
    }
    let top = exponent.saturating_add(width);
    if top > 1024 {
        return f64::INFINITY;
    }
    // Bits that a double has at this size: 53, fewer for subnormals.
    let keep = 53.min(top + 1074);
    if keep < 0 {
        return 0.0;
    }
    let drop = u32::try_from((width - keep).max(0)).unwrap_or(0);
    let (mut kept, rest) = match significand.checked_shr(drop) {
        Some(kept) => (kept, significand - (kept << drop)),
        None => (0, significand),
    };
    let half = if drop == 0 { 0 } else { 1_u128 << (drop - 1) };
    if drop > 0 && (rest > half || (rest == half && kept & 1 == 1)) {
        kept += 1;
    }
    let mut exponent = exponent.saturating_add(i32::try_from(drop).unwrap_or(0));
    #[expect(clippy::cast_precision_loss, reason = "at most 53 bits are left")]
    let mut value = kept as f64;
    // By powers of two that a double holds; the value has no bit to lose on the way, for the last step is the exact one.
    while exponent > 0 {
        let step = exponent.min(1000);
        value *= 2_f64.powi(step);
        exponent -= step;
    }
    while exponent < 0 {
        let step = (-exponent).min(1000);
        value /= 2_f64.powi(step);
        exponent += step;
    }
    value
}

impl Mini {
    /// Exponent bits, mantissa bits, bias, and what the highest codes mean. Source: ml_dtypes' README and float8.h.
    const fn layout(self) -> (u32, u32, i32, Special) {
        match self {
            Self::E3M4 => (3, 4, 3, Special::Ieee),
            Self::E4M3 => (4, 3, 7, Special::Ieee),
            Self::E5M2 => (5, 2, 15, Special::Ieee),
            Self::E4M3Fn => (4, 3, 7, Special::NanAtTop),
            Self::E4M3Fnuz => (4, 3, 8, Special::NanAtMinusZero),
            Self::E4M3B11Fnuz => (4, 3, 11, Special::NanAtMinusZero),
            Self::E5M2Fnuz => (5, 2, 16, Special::NanAtMinusZero),
            Self::E8M0Fnu => (8, 0, 127, Special::Unsigned),
            Self::E2M1Fn => (2, 1, 1, Special::None),
            Self::E2M3Fn => (2, 3, 1, Special::None),
            Self::E3M2Fn => (3, 2, 3, Special::None),
        }
    }

    /// The value of its bits; exact.
    pub fn to_f64(self, bits: u8) -> f64 {
        let (e_bits, m_bits, bias, special) = self.layout();
        if special == Special::Unsigned {
            return if bits == 0xff { f64::NAN } else { 2_f64.powi(i32::from(bits) - bias) };
        }
        let magnitude = u32::from(bits) & ((1 << (e_bits + m_bits)) - 1);
        let negative = (u32::from(bits) >> (e_bits + m_bits)) & 1 == 1;
        let (exponent, mantissa) = (magnitude >> m_bits, magnitude & ((1 << m_bits) - 1));
        let top = (1 << e_bits) - 1;
        match special {
            Special::Ieee if exponent == top && mantissa == 0 => {
                return if negative { f64::NEG_INFINITY } else { f64::INFINITY };
            }
            Special::Ieee if exponent == top => return f64::NAN,
            Special::NanAtTop if magnitude == (1 << (e_bits + m_bits)) - 1 => return f64::NAN,
            Special::NanAtMinusZero if negative && magnitude == 0 => return f64::NAN,
            _ => {}
        }
        let signed = |n: u32| i32::try_from(n).unwrap_or(0);
        let value = if exponent == 0 {
            f64::from(mantissa) * 2_f64.powi(1 - bias - signed(m_bits))
        } else {
            f64::from(mantissa + (1 << m_bits)) * 2_f64.powi(signed(exponent) - bias - signed(m_bits))
        };
        if negative { -value } else { value }
    }
}

/// What the codes at the edge of a small float mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Special {
    /// Infinities and NaNs at the highest exponent.
    Ieee,
    /// NaN where all bits are set, no infinities.
    NanAtTop,
    /// NaN in place of −0, no infinities.
    NanAtMinusZero,
    /// Powers of two only; NaN where all bits are set.
    Unsigned,
    /// Finite numbers only.
    None,
}
