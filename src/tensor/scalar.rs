//! One element of an array as an exact value.
//! Text is made in `show`; nothing here rounds.

use super::array::Array;
use super::data::Data;
use super::dtype::{ByteOrder, DType, Kind, Mini, Tick};
use super::long::Long;
use half::{bf16, f16};

/// The value of one element, in its own precision.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// The file ends before it.
    Missing,
    /// A mask hides it.
    Masked,
    /// True or false.
    Bool(bool),
    /// A signed integer of any width.
    Int(i64),
    /// An unsigned integer of any width.
    UInt(u64),
    /// IEEE binary16.
    F16(f16),
    /// bfloat16.
    BF16(bf16),
    /// A float of at most 8 bits: its kind and its bits.
    Mini(Mini, u8),
    /// IEEE binary32.
    F32(f32),
    /// IEEE binary64.
    F64(f64),
    /// A `long double`.
    Long(Long),
    /// Real and imaginary part: torch's `complex32`.
    Complex16(f16, f16),
    /// Real and imaginary part: NumPy's `complex64`.
    Complex32(f32, f32),
    /// Real and imaginary part.
    Complex64(f64, f64),
    /// Real and imaginary part.
    ComplexLong(Long, Long),
    /// Ticks since 1970-01-01, and their size.
    Datetime(i64, Tick),
    /// A number of ticks, and their size.
    Timedelta(i64, Tick),
    /// The bytes without NumPy's trailing NULs.
    Bytes(Vec<u8>),
    /// The characters without trailing NULs; any 32-bit values, as a damaged file may hold them.
    Str(Vec<u32>),
    /// Opaque bytes.
    Void(Vec<u8>),
    /// The fields in order.
    Struct(Vec<(String, Self)>),
    /// An array in an element, C order.
    Sub(Box<Array>),
    /// The handle that the layer above gave out for a Python object.
    Object(u64),
    /// The handle that the layer above gave out for a string.
    Text(u64),
    /// Too long to be read as a whole (`limits::ELEMENT`): its first part, and the bytes of all of it.
    Cut(Box<Self>, u64),
}

/// `N` bytes of `raw` from `at` on as a little-endian array.
fn bytes<const N: usize>(raw: &[u8], at: usize, order: ByteOrder) -> Option<[u8; N]> {
    let mut b: [u8; N] = raw.get(at..at.checked_add(N)?)?.try_into().ok()?;
    if order == ByteOrder::Big {
        b.reverse();
    }
    Some(b)
}

impl Scalar {
    /// Reads an element from its bytes. Fewer bytes than the item size give [`Scalar::Missing`], but the first part of
    /// an over-long string or void gives [`Scalar::Cut`].
    pub fn decode(dtype: &DType, raw: &[u8]) -> Self {
        let short = (raw.len() as u64) < dtype.item_size;
        match dtype.kind {
            Kind::Bytes | Kind::Unicode | Kind::Void if short => {
                Self::Cut(Box::new(Self::try_decode(dtype, raw).unwrap_or(Self::Missing)), dtype.item_size)
            }
            _ if short => Self::Missing,
            _ => Self::try_decode(dtype, raw).unwrap_or(Self::Missing),
        }
    }

    fn try_decode(dtype: &DType, raw: &[u8]) -> Option<Self> {
        let o = dtype.order;
        let size = dtype.item_size;
        Some(match &dtype.kind {
            Kind::Bool => Self::Bool(*raw.first()? != 0),
            Kind::Int => Self::Int(match size {
                1 => i8::from_le_bytes(bytes(raw, 0, o)?).into(),
                2 => i16::from_le_bytes(bytes(raw, 0, o)?).into(),
                4 => i32::from_le_bytes(bytes(raw, 0, o)?).into(),
                _ => i64::from_le_bytes(bytes(raw, 0, o)?),
            }),
            Kind::UInt => Self::UInt(match size {
                1 => u8::from_le_bytes(bytes(raw, 0, o)?).into(),
                2 => u16::from_le_bytes(bytes(raw, 0, o)?).into(),
                4 => u32::from_le_bytes(bytes(raw, 0, o)?).into(),
                _ => u64::from_le_bytes(bytes(raw, 0, o)?),
            }),
            Kind::Nibble { signed, bits } => {
                let b = raw.first()? & (0xff >> 8_u8.saturating_sub(*bits));
                let negative = *signed && b >> (bits - 1) == 1;
                match (signed, negative) {
                    (false, _) => Self::UInt(b.into()),
                    (true, false) => Self::Int(b.into()),
                    (true, true) => Self::Int(i64::from(b) - (1 << bits)),
                }
            }
            Kind::Float => match size {
                2 => Self::F16(f16::from_le_bytes(bytes(raw, 0, o)?)),
                4 => Self::F32(f32::from_le_bytes(bytes(raw, 0, o)?)),
                _ => Self::F64(f64::from_le_bytes(bytes(raw, 0, o)?)),
            },
            Kind::BFloat16 => Self::BF16(bf16::from_le_bytes(bytes(raw, 0, o)?)),
            Kind::Mini(m) => Self::Mini(*m, *raw.first()?),
            Kind::LongDouble(l) => Self::Long(Long::decode(*l, o, raw)?),
            Kind::Complex => match size {
                4 => Self::Complex16(f16::from_le_bytes(bytes(raw, 0, o)?), f16::from_le_bytes(bytes(raw, 2, o)?)),
                8 => Self::Complex32(f32::from_le_bytes(bytes(raw, 0, o)?), f32::from_le_bytes(bytes(raw, 4, o)?)),
                _ => Self::Complex64(f64::from_le_bytes(bytes(raw, 0, o)?), f64::from_le_bytes(bytes(raw, 8, o)?)),
            },
            Kind::ComplexLong(l) => {
                let half = usize::try_from(size / 2).ok()?;
                Self::ComplexLong(Long::decode(*l, o, raw.get(..half)?)?, Long::decode(*l, o, raw.get(half..)?)?)
            }
            Kind::Datetime(t) => Self::Datetime(i64::from_le_bytes(bytes(raw, 0, o)?), *t),
            Kind::Timedelta(t) => Self::Timedelta(i64::from_le_bytes(bytes(raw, 0, o)?), *t),
            Kind::Bytes => {
                let n = raw.iter().rposition(|b| *b != 0).map_or(0, |i| i + 1);
                Self::Bytes(raw.get(..n)?.to_vec())
            }
            Kind::Unicode => {
                let (words, _) = raw.as_chunks::<4>();
                let big = o == ByteOrder::Big;
                let mut chars: Vec<u32> =
                    words.iter().map(|w| if big { u32::from_be_bytes(*w) } else { u32::from_le_bytes(*w) }).collect();
                chars.truncate(chars.iter().rposition(|c| *c != 0).map_or(0, |i| i + 1));
                Self::Str(chars)
            }
            Kind::Utf16 => Self::Str(vec![u16::from_le_bytes(bytes(raw, 0, o)?).into()]),
            Kind::Void => Self::Void(raw.to_vec()),
            Kind::Struct(s) => {
                let mut out = Vec::with_capacity(s.fields.len());
                for f in &s.fields {
                    let at = usize::try_from(f.offset).ok()?;
                    let end = at.checked_add(usize::try_from(f.dtype.item_size).ok()?)?;
                    let part = raw.get(at..end.min(raw.len()));
                    // Depth is bounded where dtypes are built.
                    let value = part.map_or(Self::Missing, |part| Self::decode(&f.dtype, part));
                    out.push((f.name.clone(), value));
                }
                Self::Struct(out)
            }
            Kind::Sub(s) => Self::Sub(Box::new(Array::new_c(s.base.clone(), &s.shape, Data::memory(raw)).ok()?)),
            Kind::Object => Self::Object(u64::from_le_bytes(bytes(raw, 0, ByteOrder::Little)?)),
            Kind::Text => Self::Text(u64::from_le_bytes(bytes(raw, 0, ByteOrder::Little)?)),
        })
    }

    /// The value under a mask's element: hidden by true, field by field where the mask has fields.
    #[must_use]
    pub fn masked_by(self, mask: &Self) -> Self {
        match (self, mask) {
            (_, Self::Bool(true)) => Self::Masked,
            (Self::Struct(fields), Self::Struct(masks)) => Self::Struct(
                fields
                    .into_iter()
                    .enumerate()
                    .map(|(i, (name, value))| {
                        let value = match masks.get(i) {
                            Some((_, m)) => value.masked_by(m),
                            None => value,
                        };
                        (name, value)
                    })
                    .collect(),
            ),
            (Self::Sub(array), Self::Sub(mask)) => match (*array).clone().with_mask((**mask).clone()) {
                Ok(a) => Self::Sub(Box::new(a)),
                Err(_) => Self::Sub(array),
            },
            (value, _) => value,
        }
    }

    /// The value as a binary64, for drawing and statistics of real kinds: rounded where it must be; NaT and
    /// [`Scalar::Missing`] are NaN.
    pub fn to_f64(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a drawn position; the value itself is kept exact")]
        Some(match self {
            Self::Bool(b) => f64::from(u8::from(*b)),
            Self::Int(i) => *i as f64,
            Self::UInt(u) => *u as f64,
            Self::F16(f) => f.to_f64(),
            Self::BF16(f) => f.to_f64(),
            Self::Mini(m, b) => m.to_f64(*b),
            Self::F32(f) => (*f).into(),
            Self::F64(f) => *f,
            Self::Long(l) => l.to_f64(),
            Self::Datetime(i64::MIN, _) | Self::Timedelta(i64::MIN, _) | Self::Missing | Self::Masked => f64::NAN,
            Self::Datetime(t, _) | Self::Timedelta(t, _) => *t as f64,
            _ => return None,
        })
    }
}
