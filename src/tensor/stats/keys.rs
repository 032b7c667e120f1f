//! Elements as keys: 64 bits that sort as the elements do, and the way back to the element.
//! Must never lose a bit that the type has, but of `long double`, and says so.

use crate::tensor::convert::{Part, drawable};
use crate::tensor::dtype::{ByteOrder, DType, Kind};
use crate::tensor::sample::decode;
use crate::tensor::scalar::Scalar;
use half::{bf16, f16};

/// How an element becomes a key and back.
#[derive(Clone, Copy)]
pub(super) struct Coding<'a> {
    pub(super) dtype: &'a DType,
    pub(super) part: Part,
    pub(super) kind: Keyed,
    /// Bits of a key that count; they are the highest.
    pub(super) bits: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyed {
    Unsigned,
    Signed,
    /// Small floats with so many bits of exponent and fraction together below the sign, and the mask of the exponent.
    Float(u64),
    /// What is looked at as binary64.
    Rounded,
}

/// What an element is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Class {
    #[default]
    Finite,
    Nan,
    PosInf,
    NegInf,
    Masked,
    Missing,
}

/// The bits of a float, so that they sort as the floats do; the two zeros are one. `top` is the sign bit.
pub(super) const fn float_key(bits: u64, top: u64) -> u64 {
    if bits & !top == 0 {
        top
    } else if bits & top != 0 {
        !bits & (top | (top - 1))
    } else {
        bits | top
    }
}

pub(super) const fn float_bits(key: u64, top: u64) -> u64 {
    if key & top != 0 { key & !top } else { !key & (top | (top - 1)) }
}

impl<'a> Coding<'a> {
    pub(super) fn of(dtype: &'a DType, part: Part) -> Option<Self> {
        if !drawable(dtype) {
            return None;
        }
        let bits = u32::try_from(dtype.item_size.checked_mul(8)?).ok()?;
        let (kind, bits) = match dtype.kind {
            Kind::Bool | Kind::UInt | Kind::Nibble { signed: false, .. } => (Keyed::Unsigned, bits),
            Kind::Int | Kind::Nibble { .. } => (Keyed::Signed, bits),
            Kind::Datetime(_) | Kind::Timedelta(_) => (Keyed::Signed, bits),
            Kind::Float if bits == 16 => (Keyed::Float(0x7c00), bits),
            Kind::BFloat16 => (Keyed::Float(0x7f80), bits),
            Kind::Float if bits == 32 => (Keyed::Float(0x7f80_0000), bits),
            Kind::Float if bits == 64 => (Keyed::Float(0x7ff0 << 48), bits),
            _ => (Keyed::Rounded, 64),
        };
        (bits > 0 && bits <= 64).then_some(Self { dtype, part, kind, bits })
    }

    pub(super) const fn top(self) -> u64 {
        1 << (self.bits - 1)
    }

    /// The key of 0.
    pub(super) const fn zero(self) -> u64 {
        match self.kind {
            Keyed::Unsigned => 0,
            _ => 1 << 63,
        }
    }

    /// The element of a key.
    pub(super) fn scalar(self, key: u64) -> Scalar {
        let key = key >> (64 - self.bits);
        let bits = match self.kind {
            Keyed::Unsigned => key,
            Keyed::Signed => key ^ self.top(),
            Keyed::Float(_) => float_bits(key, self.top()),
            Keyed::Rounded => return Scalar::F64(f64::from_bits(float_bits(key, self.top()))),
        };
        let raw = bits.to_le_bytes();
        let size = usize::try_from(self.bits / 8).unwrap_or(8);
        let dtype = DType { order: ByteOrder::Little, ..self.dtype.clone() };
        Scalar::decode(&dtype, raw.get(..size).unwrap_or(&raw))
    }

    pub(super) const fn is_whole(self) -> bool {
        matches!(self.kind, Keyed::Unsigned | Keyed::Signed)
    }

    /// The number of a key, as binary64.
    pub(super) fn number(self, key: u64) -> f64 {
        let key = key >> (64 - self.bits);
        match self.kind {
            Keyed::Unsigned => float(key.into()),
            Keyed::Signed => float(i128::from(key) - i128::from(self.top())),
            Keyed::Float(exponent) => {
                let bits = float_bits(key, self.top());
                let small = u16::try_from(bits & 0xffff).unwrap_or(0);
                match self.bits {
                    16 if exponent == 0x7c00 => f16::from_bits(small).into(),
                    16 => bf16::from_bits(small).into(),
                    32 => f32::from_bits(u32::try_from(bits).unwrap_or(0)).into(),
                    _ => f64::from_bits(bits),
                }
            }
            Keyed::Rounded => f64::from_bits(float_bits(key, self.top())),
        }
    }

    /// Keys and classes of packed elements.
    pub(super) fn read(self, raw: &[u8], rounded: &mut Vec<f64>, keys: &mut [u64], classes: &mut [Class]) {
        let size = usize::try_from(self.dtype.item_size).unwrap_or(1).max(1);
        let top = self.top();
        let big = self.dtype.order == ByteOrder::Big;
        match (&self.dtype.kind, size) {
            _ if self.kind == Keyed::Rounded => {
                rounded.clear();
                rounded.resize(keys.len(), f64::NAN);
                decode(self.dtype, self.part, raw, rounded);
                for ((k, c), v) in keys.iter_mut().zip(classes).zip(rounded.iter().copied()) {
                    *c = match v {
                        v if v.is_nan() => Class::Nan,
                        v if v == f64::INFINITY => Class::PosInf,
                        v if v == f64::NEG_INFINITY => Class::NegInf,
                        _ => *c,
                    };
                    *k = float_key(v.to_bits(), top);
                }
            }
            (Kind::Bool, _) => self.each(raw, keys, classes, |[b]: [u8; 1]| u64::from(b != 0)),
            (Kind::Nibble { .. }, _) => {
                self.each(raw, keys, classes, |b: [u8; 1]| match Scalar::decode(self.dtype, &b) {
                    Scalar::Int(i) => i.cast_unsigned() & 0xff,
                    Scalar::UInt(u) => u,
                    _ => 0,
                })
            }
            (_, 1) => self.each(raw, keys, classes, |[b]: [u8; 1]| b.into()),
            (_, 2) if big => self.each(raw, keys, classes, |b| u16::from_be_bytes(b).into()),
            (_, 2) => self.each(raw, keys, classes, |b| u16::from_le_bytes(b).into()),
            (_, 4) if big => self.each(raw, keys, classes, |b| u32::from_be_bytes(b).into()),
            (_, 4) => self.each(raw, keys, classes, |b| u32::from_le_bytes(b).into()),
            _ if big => self.each(raw, keys, classes, u64::from_be_bytes),
            _ => self.each(raw, keys, classes, u64::from_le_bytes),
        }
    }

    /// The shared loop: bits of elements to keys and classes.
    fn each<const N: usize>(self, raw: &[u8], keys: &mut [u64], classes: &mut [Class], bits: impl Fn([u8; N]) -> u64) {
        let (top, shift) = (self.top(), 64 - self.bits);
        let items = keys.iter_mut().zip(classes).zip(raw.as_chunks::<N>().0);
        if let Keyed::Float(exponent) = self.kind {
            for ((k, c), b) in items {
                let bits = bits(*b);
                if bits & exponent == exponent {
                    *c = match (bits & !exponent & !top, bits & top) {
                        (0, 0) => Class::PosInf,
                        (0, _) => Class::NegInf,
                        _ => Class::Nan,
                    };
                }
                *k = float_key(bits, top) << shift;
            }
            return;
        }
        let flip = if self.kind == Keyed::Signed { top } else { 0 };
        let nat = matches!(self.dtype.kind, Kind::Datetime(_) | Kind::Timedelta(_));
        for ((k, c), b) in items {
            let bits = bits(*b);
            if nat && bits == top {
                *c = Class::Nan;
            }
            *k = (bits ^ flip) << shift;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the one place where a whole number is rounded")]
pub(super) const fn float(i: i128) -> f64 {
    i as f64
}
