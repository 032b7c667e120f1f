//! Bytes of real and complex elements turned into floats for drawing, a block at a time.
//! Read-outs never come from here: they are exact, and these are rounded to what a picture can show.

use super::array::{Array, ShapeError};
use super::convert::Part;
use super::dtype::{ByteOrder, DType, Kind};
use super::scalar::Scalar;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// A float of a picture: f32 where that holds every value of the type, else f64. Two NaNs of their own stand for elements
/// that are not there and for masked ones; a NaN of the file never equals them.
pub trait Sample: Copy + Send + Sync + PartialOrd + Default + std::fmt::Debug + 'static {
    /// An element beyond the end of the data.
    const MISSING: Self;
    /// An element that the mask hides.
    const MASKED: Self;
    /// Any NaN of the file.
    const NAN: Self;
    /// Rounded; every NaN becomes [`Sample::NAN`].
    fn of(f: f64) -> Self;
    /// Exact.
    fn f64(self) -> f64;
    /// Any of the three NaNs.
    fn is_nan(self) -> bool;
    /// Is [`Sample::MISSING`].
    fn is_missing(self) -> bool;
    /// Is [`Sample::MASKED`].
    fn is_masked(self) -> bool;
    /// The same, for bf16 and f16 slices that the processor converts many at a time.
    fn of_f32(f: f32) -> Self;
    /// A sum for a mean; wide enough for some thousand terms.
    fn add(self, other: Self) -> Self;
    /// The mean of `n` terms from their sum.
    fn over(self, n: u32) -> Self;
    /// The lesser; the other where one is NaN.
    fn least(self, other: Self) -> Self;
    /// The greater; the other where one is NaN.
    fn greatest(self, other: Self) -> Self;
}

impl Sample for f32 {
    const MISSING: Self = Self::from_bits(0x7fc0_0d01);
    const MASKED: Self = Self::from_bits(0x7fc0_0d02);
    const NAN: Self = Self::from_bits(0x7fc0_0000);
    fn of(f: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "rounded, for drawing")]
        let f = f as Self;
        Self::of_f32(f)
    }
    fn f64(self) -> f64 {
        self.into()
    }
    fn is_nan(self) -> bool {
        Self::is_nan(self)
    }
    fn is_missing(self) -> bool {
        self.to_bits() == Self::MISSING.to_bits()
    }
    fn is_masked(self) -> bool {
        self.to_bits() == Self::MASKED.to_bits()
    }
    fn of_f32(f: f32) -> Self {
        if f.is_nan() { <Self as Sample>::NAN } else { f }
    }
    fn add(self, other: Self) -> Self {
        self + other
    }
    fn least(self, other: Self) -> Self {
        self.min(other)
    }
    fn greatest(self, other: Self) -> Self {
        self.max(other)
    }
    fn over(self, n: u32) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts of a few thousand")]
        let n = n as Self;
        self / n
    }
}

impl Sample for f64 {
    const MISSING: Self = Self::from_bits(0x7ff8_0000_0000_0d01);
    const MASKED: Self = Self::from_bits(0x7ff8_0000_0000_0d02);
    const NAN: Self = Self::from_bits(0x7ff8_0000_0000_0000);
    fn of(f: f64) -> Self {
        if f.is_nan() { <Self as Sample>::NAN } else { f }
    }
    fn f64(self) -> f64 {
        self
    }
    fn is_nan(self) -> bool {
        Self::is_nan(self)
    }
    fn is_missing(self) -> bool {
        self.to_bits() == Self::MISSING.to_bits()
    }
    fn is_masked(self) -> bool {
        self.to_bits() == Self::MASKED.to_bits()
    }
    fn of_f32(f: f32) -> Self {
        Self::of(f.into())
    }
    fn add(self, other: Self) -> Self {
        self + other
    }
    fn least(self, other: Self) -> Self {
        self.min(other)
    }
    fn greatest(self, other: Self) -> Self {
        self.max(other)
    }
    fn over(self, n: u32) -> Self {
        self / Self::from(n)
    }
}

impl DType {
    /// Every value is exact as an f32.
    pub const fn fits_f32(&self) -> bool {
        match self.kind {
            Kind::Bool | Kind::BFloat16 | Kind::Mini(_) | Kind::Nibble { .. } => true,
            Kind::Int | Kind::UInt => self.item_size <= 2,
            Kind::Float | Kind::Complex => self.item_size <= if self.is_complex() { 8 } else { 4 },
            _ => false,
        }
    }
}

/// The shared loop: fixed-size groups of bytes to numbers.
fn each<const N: usize, S: Sample>(bytes: &[u8], order: ByteOrder, out: &mut [S], f: impl Fn([u8; N]) -> S) {
    let groups = bytes.as_chunks::<N>().0;
    if order == ByteOrder::Big && N > 1 {
        for (o, b) in out.iter_mut().zip(groups) {
            let mut b = *b;
            b.reverse();
            *o = f(b);
        }
    } else {
        for (o, b) in out.iter_mut().zip(groups) {
            *o = f(*b);
        }
    }
}

/// Two numbers an element: only one is taken, or both are combined.
fn pairs<const N: usize, const M: usize, S: Sample>(
    bytes: &[u8],
    order: ByteOrder,
    part: Part,
    out: &mut [S],
    f: impl Fn([u8; N]) -> f64,
) {
    let both = |b: &[u8; M]| {
        let one = |at: usize| {
            let mut p: [u8; N] = b.get(at..at + N).and_then(|p| p.try_into().ok()).unwrap_or([0; N]);
            if order == ByteOrder::Big {
                p.reverse();
            }
            f(p)
        };
        (one(0), one(N))
    };
    for (o, b) in out.iter_mut().zip(bytes.as_chunks::<M>().0) {
        *o = S::of({
            let (re, im) = both(b);
            part.of(re, im)
        });
    }
}

/// Turns packed elements into samples, of complex ones the `part`, which real ones have no use for; `false`, and nothing written, when the type is no number.
pub fn decode<S: Sample>(dtype: &DType, part: Part, bytes: &[u8], out: &mut [S]) -> bool {
    let o = dtype.order;
    match (&dtype.kind, dtype.item_size) {
        (Kind::Bool, _) => each(bytes, o, out, |[b]: [u8; 1]| S::of_f32(if b == 0 { 0.0 } else { 1.0 })),
        (Kind::Int, 1) => each(bytes, o, out, |[b]: [u8; 1]| S::of_f32(i8::from_le_bytes([b]).into())),
        (Kind::Int, 2) => each(bytes, o, out, |b| S::of_f32(i16::from_le_bytes(b).into())),
        (Kind::Int, 4) => each(bytes, o, out, |b| S::of(i32::from_le_bytes(b).into())),
        (Kind::Int, _) => each(bytes, o, out, |b| S::of(wide(i64::from_le_bytes(b)))),
        (Kind::UInt, 1) => each(bytes, o, out, |[b]: [u8; 1]| S::of_f32(b.into())),
        (Kind::UInt, 2) => each(bytes, o, out, |b| S::of_f32(u16::from_le_bytes(b).into())),
        (Kind::UInt, 4) => each(bytes, o, out, |b| S::of(u32::from_le_bytes(b).into())),
        (Kind::UInt, _) => each(bytes, o, out, |b| S::of(wide_unsigned(u64::from_le_bytes(b)))),
        (Kind::Float, 2) => halves(bytes, o, out, f16::from_le_bytes, |h, f| h.convert_to_f32_slice(f)),
        (Kind::BFloat16, _) => halves(bytes, o, out, bf16::from_le_bytes, |h, f| h.convert_to_f32_slice(f)),
        (Kind::Float, 4) => each(bytes, o, out, |b| S::of_f32(f32::from_le_bytes(b))),
        (Kind::Float, _) => each(bytes, o, out, |b| S::of(f64::from_le_bytes(b))),
        (Kind::Datetime(_) | Kind::Timedelta(_), _) => each(bytes, o, out, |b| match i64::from_le_bytes(b) {
            i64::MIN => S::NAN,
            t => S::of(wide(t)),
        }),
        (Kind::Complex, 4) => pairs::<2, 4, S>(bytes, o, part, out, |b| f16::from_le_bytes(b).into()),
        (Kind::Complex, 8) => pairs::<4, 8, S>(bytes, o, part, out, |b| f32::from_le_bytes(b).into()),
        (Kind::Complex, _) => pairs::<8, 16, S>(bytes, o, part, out, f64::from_le_bytes),
        (Kind::Mini(_) | Kind::Nibble { .. }, _) => {
            let mut table = [S::NAN; 256];
            for (b, t) in (0..=255).zip(&mut table) {
                *t = S::of(Scalar::decode(dtype, &[b]).to_f64().unwrap_or(f64::NAN));
            }
            each(bytes, o, out, |[b]: [u8; 1]| table.get(usize::from(b)).copied().unwrap_or(S::NAN));
        }
        (Kind::LongDouble(_) | Kind::ComplexLong(_), n) => {
            let Some(item) = usize::try_from(n).ok().filter(|n| *n > 0) else { return false };
            for (o, b) in out.iter_mut().zip(bytes.chunks_exact(item)) {
                *o = S::of(match Scalar::decode(dtype, b) {
                    Scalar::Long(l) => l.to_f64(),
                    Scalar::ComplexLong(re, im) => part.of(re.to_f64(), im.to_f64()),
                    _ => f64::NAN,
                });
            }
        }
        _ => return false,
    }
    true
}

#[expect(clippy::cast_precision_loss, reason = "for drawing and positions; read-outs keep the integer")]
const fn wide(i: i64) -> f64 {
    i as f64
}

#[expect(clippy::cast_precision_loss, reason = "for drawing and positions; read-outs keep the integer")]
const fn wide_unsigned(u: u64) -> f64 {
    u as f64
}

fn halves<H: Copy + Default, S: Sample>(
    bytes: &[u8],
    order: ByteOrder,
    out: &mut [S],
    of: impl Fn([u8; 2]) -> H,
    convert: impl Fn(&[H], &mut [f32]),
) {
    const RUN: usize = 256;
    let (mut h, mut f) = ([H::default(); RUN], [0.0_f32; RUN]);
    for (out, bytes) in out.chunks_mut(RUN).zip(bytes.chunks(RUN * 2)) {
        for (h, b) in h.iter_mut().zip(bytes.as_chunks::<2>().0) {
            let mut b = *b;
            if order == ByteOrder::Big {
                b.reverse();
            }
            *h = of(b);
        }
        convert(&h, &mut f);
        for (o, f) in out.iter_mut().zip(&f) {
            *o = S::of_f32(*f);
        }
    }
}

/// Memory for bulk reads, kept from one to the next.
#[derive(Default)]
pub struct Scratch {
    bytes: Vec<u8>,
    there: Vec<bool>,
}

impl Array {
    /// All elements as samples, in C order, missing and masked ones marked. The array must be small enough to be held:
    /// a block, a tile, a row.
    ///
    /// # Errors
    /// When the type is no number, or the size does not fit into memory.
    pub fn samples<S: Sample>(&self, part: Part, out: &mut Vec<S>, scratch: &mut Scratch) -> Result<(), ShapeError> {
        let n = usize::try_from(self.len()).map_err(|_| ShapeError::Overflow)?;
        let bytes = usize::try_from(self.nbytes()).map_err(|_| ShapeError::Overflow)?;
        out.clear();
        out.resize(n, S::default());
        scratch.bytes.resize(bytes, 0);
        let whole = self.is_complete();
        let there = (!whole).then(|| {
            scratch.there.resize(n, true);
            scratch.there.as_mut_slice()
        });
        self.gather(&mut scratch.bytes, there)?;
        if !decode(&self.dtype, part, &scratch.bytes, out) {
            return Err(ShapeError::Mismatch);
        }
        if let Some(mask) = self.mask().filter(|m| m.dtype.kind == Kind::Bool) {
            let mut bytes = vec![0; n];
            mask.gather(&mut bytes, None)?;
            for (s, m) in out.iter_mut().zip(&bytes) {
                if *m != 0 {
                    *s = S::MASKED;
                }
            }
        }
        if !whole {
            for (s, there) in out.iter_mut().zip(&scratch.there) {
                if !there {
                    *s = S::MISSING;
                }
            }
        }
        Ok(())
    }

    /// The elements as binary64, in C order: what a curve or a profile needs. NaN where there is none.
    ///
    /// # Errors
    /// As [`Array::samples`].
    pub fn to_f64(&self, part: Part) -> Result<Vec<f64>, ShapeError> {
        let mut out = Vec::new();
        self.samples(part, &mut out, &mut Scratch::default())?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::Data;
    use super::super::dtype::Field;
    use super::*;

    #[test]
    fn samples_are_the_values() {
        let raw: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let texts = [
            "|b1", "|i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "|u1", "<u2", "<u4", "<u8", ">u8", "<f2", ">f2",
            "<f4", ">f4", "<f8", ">f8", "<f16", "<M8[s]", ">m8[ns]",
        ];
        let minis = ["bfloat16", "float8_e4m3fn", "int4"];
        let dtypes = texts.iter().map(|t| DType::parse(t).unwrap());
        for d in dtypes.chain(minis.iter().map(|n| DType::from_ml_dtypes(n).unwrap())) {
            let n = 4096 / d.item_size;
            let a = Array::new_c(d.clone(), &[n], Data::memory(raw.clone())).unwrap();
            let wide = a.to_f64(Part::Real).unwrap();
            let mut narrow: Vec<f32> = Vec::new();
            a.samples(Part::Real, &mut narrow, &mut Scratch::default()).unwrap();
            for i in 0..n {
                let want = a.value(&[i]).to_f64().unwrap();
                let (w, s) = (wide[i as usize], narrow[i as usize]);
                assert!(w == want || (w.is_nan() && want.is_nan()), "{} {i}: {w} {want}", d.numpy_str());
                assert!(!d.fits_f32() || s.f64() == want || (s.is_nan() && want.is_nan()));
                assert!(!s.is_missing() && !s.is_masked());
            }
        }
    }

    #[test]
    fn parts_of_complex_numbers() {
        let bytes: Vec<u8> = [3.0_f64, -4.0, -1.0, 0.0].iter().flat_map(|f| f.to_be_bytes()).collect();
        let a = Array::new_c(DType::parse(">c16").unwrap(), &[2], Data::memory(bytes)).unwrap();
        assert_eq!(a.to_f64(Part::Magnitude).unwrap(), [5.0, 1.0]);
        assert_eq!(a.to_f64(Part::Real).unwrap(), [3.0, -1.0]);
        assert_eq!(a.to_f64(Part::Imaginary).unwrap(), [-4.0, 0.0]);
        assert_eq!(a.to_f64(Part::Phase).unwrap(), [(-4.0_f64).atan2(3.0), std::f64::consts::PI]);
    }

    #[test]
    fn missing_masked_and_nan_are_told_apart() {
        // A NaN of the file with the very bits that mark a missing element.
        let mut bytes = f32::MISSING.to_le_bytes().to_vec();
        bytes.extend(2.0_f32.to_le_bytes());
        bytes.extend(3.0_f32.to_le_bytes());
        bytes.extend([0, 0]);
        let mask = Array::new_c(DType::bool(), &[4], Data::memory([0, 0, 1, 0].to_vec())).unwrap();
        let a = Array::new_c(DType::float(4), &[4], Data::memory(bytes)).unwrap().with_mask(mask).unwrap();
        let mut out: Vec<f32> = Vec::new();
        a.samples(Part::Real, &mut out, &mut Scratch::default()).unwrap();
        assert!(out[0].is_nan() && !out[0].is_missing() && out[1] == 2.0 && out[2].is_masked() && out[3].is_missing());
        let wide = a.to_f64(Part::Real).unwrap();
        assert!(wide[0].is_nan() && !wide[0].is_missing() && wide[2].is_masked() && wide[3].is_missing());
        let s = DType::structure(
            vec![Field { name: "x".into(), title: None, dtype: DType::int(2), offset: 0 }],
            2,
            false,
            1,
        );
        let s = Array::new_c(s.unwrap(), &[1], Data::memory([1, 2].to_vec())).unwrap();
        assert!(s.to_f64(Part::Real).is_err());
        assert_eq!(s.field("x").unwrap().to_f64(Part::Real).unwrap(), [513.0]);
    }
}
