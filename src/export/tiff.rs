//! TIFF pictures and stacks that ImageJ opens with the right range, order and axes: integers of 8, 16 and 32 bits and
//! float32 as they are, float16 widened, float64 narrowed and said. Streamed, uncompressed; BigTIFF beyond 4 GB.

use super::picture::{self, Blank, Extent};
use super::{Done, ExportError, Watch, cannot, missing_note};
use crate::tensor::{Array, DType, Kind, Part, Scalar, push_f64};
use std::io::{Seek, Write};
use tiff::encoder::colortype::{self, ColorType};
use tiff::encoder::{Compression, TiffEncoder, TiffKind, TiffValue};
use tiff::tags::Tag;

/// How a TIFF is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Asked for compression: refused.
    pub compress: bool,
}

/// What a sample of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
}

impl Sample {
    const fn bytes(self) -> u64 {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
        }
    }
}

/// Bytes of the pictures from which on offsets of 32 bits do not do.
const BIG: u64 = (4 << 30) - (64 << 20);

/// Writes an array: its last two axes (before channels of 3 or 4 small integers) are the picture, the others the stack.
///
/// # Errors
/// When the values are none that TIFF readers know, those of `out`, and a stop.
pub fn write<W: Write + Seek>(array: &Array, options: Options, out: W, watch: Watch<'_>) -> Result<Done, ExportError> {
    let a = array.clone().opened().map_err(|e| ExportError::Cannot(e.to_string()))?;
    picture::check(&a)?;
    let mut notes = Vec::new();
    if options.compress {
        // strips that are written piece by piece are stored raw by the encoder, whatever the tag says
        return Err(ExportError::Cannot("a TIFF is written uncompressed; leave --compress away".to_owned()));
    }
    let small = matches!((&a.dtype.kind, a.dtype.item_size), (Kind::Bool | Kind::UInt, 1 | 2));
    let channels = if small && picture::has_channels(&a) { a.shape().last().copied().unwrap_or(1) } else { 1 };
    let total = a.len();
    let found = picture::extent(&a, Part::Real, &mut |done, _| watch(done / 2, total))?;
    let sample = sample(&a, &found, &mut notes)?;
    let planes = Planes::new(&a, channels)?;
    let bytes = a.len().saturating_mul(sample.bytes());
    let text = describe(&planes, &found, channels);
    notes.extend(blanks(&found, sample));
    let work = Work { planes: &planes, sample, channels, text: &text, total };
    let mut watch = |done: u64, total: u64| watch(total / 2 + done / 2, total);
    if bytes > BIG {
        let mut e = TiffEncoder::new_big(out).map_err(to_error)?.with_compression(Compression::Uncompressed);
        pages(&mut e, &work, &mut watch)?;
    } else {
        let mut e = TiffEncoder::new(out).map_err(to_error)?.with_compression(Compression::Uncompressed);
        pages(&mut e, &work, &mut watch)?;
    }
    Ok(Done { missing: found.missing, notes })
}

fn to_error(e: tiff::TiffError) -> ExportError {
    match e {
        tiff::TiffError::IoError(e) => ExportError::Io(e),
        other => ExportError::Cannot(other.to_string()),
    }
}

fn sample(a: &Array, found: &Extent, notes: &mut Vec<String>) -> Result<Sample, ExportError> {
    let d = &a.dtype;
    Ok(match (&d.kind, d.item_size) {
        (Kind::Bool, _) => {
            notes.push("False is written as 0, True as 255.".to_owned());
            Sample::U8
        }
        (Kind::UInt, 1) | (Kind::Nibble { signed: false, .. }, _) => Sample::U8,
        (Kind::Int, 1) | (Kind::Nibble { signed: true, .. }, _) => Sample::I8,
        (Kind::UInt, 2) => Sample::U16,
        (Kind::Int, 2) => Sample::I16,
        (Kind::UInt, 4) => Sample::U32,
        (Kind::Int, 4) => Sample::I32,
        (Kind::UInt | Kind::Int, _) => {
            let (lo, hi) = found.range.unwrap_or((0.0, 0.0));
            let name = d.name();
            if lo >= f64::from(i32::MIN) && hi <= f64::from(i32::MAX) {
                notes.push(format!("TIFF readers know no {name}: written as int32, which holds all the values."));
                Sample::I32
            } else if lo >= 0.0 && hi <= f64::from(u32::MAX) {
                notes.push(format!("TIFF readers know no {name}: written as uint32, which holds all the values."));
                Sample::U32
            } else {
                return cannot(format!(
                    "TIFF readers know no {name}, and the values need more than 32 bits: npy holds them"
                ));
            }
        }
        (Kind::Float, 4) => Sample::F32,
        (Kind::Float, 8) => {
            notes.push("Narrowed from float64 to float32, which has about 7 digits.".to_owned());
            Sample::F32
        }
        (Kind::Float | Kind::BFloat16 | Kind::Mini(_), _) => Sample::F32,
        (Kind::LongDouble(_), _) => {
            notes.push("Narrowed from a long double to float32, which has about 7 digits.".to_owned());
            Sample::F32
        }
        _ => return cannot(format!("TIFF holds real numbers; {} is none: npy holds the values", d.name())),
    })
}

fn blanks(found: &Extent, sample: Sample) -> Vec<String> {
    let stands = if sample == Sample::F32 { "NaN" } else { "0" };
    let masked =
        (found.masked > 0).then(|| format!("{} elements are masked; {stands} stands in their place.", found.masked));
    missing_note(found.missing, stands).into_iter().chain(masked).collect()
}

/// The pictures of an array, in C order of the axes before them.
struct Planes {
    array: Array,
    /// Sizes of the axes before the picture.
    stack: Vec<u64>,
    width: u32,
    height: u32,
}

impl Planes {
    fn new(a: &Array, channels: u64) -> Result<Self, ExportError> {
        let inner = if channels > 1 { 3 } else { 2 };
        let (stack, plane) = a.shape().split_at_checked(a.ndim().saturating_sub(inner)).unwrap_or((&[], &[]));
        let side = |i: usize| plane.get(i).and_then(|n| u32::try_from(*n).ok());
        let (Some(height), Some(width)) = (side(0), side(1)) else {
            return cannot("a TIFF has at most 4,294,967,295 rows and columns");
        };
        Ok(Self { array: a.clone(), stack: stack.to_vec(), width, height })
    }

    fn len(&self) -> u64 {
        self.stack.iter().product()
    }

    fn get(&self, mut n: u64) -> Result<Array, ExportError> {
        let mut a = self.array.clone();
        for (axis, d) in self.stack.iter().enumerate().rev() {
            a = a.slice(axis, n % d.max(&1)).map_err(|e| ExportError::Cannot(e.to_string()))?;
            n /= d.max(&1);
        }
        Ok(a)
    }
}

/// ImageJ's own words for the axes and the range.
fn describe(planes: &Planes, found: &Extent, channels: u64) -> String {
    let n = planes.len();
    let mut text = format!("ImageJ=1.54f\nimages={n}\n");
    // In ImageJ channels run fastest, then slices, then frames; one axis is slices, two are frames and slices.
    let (frames, slices, channel_axis) = match planes.stack.as_slice() {
        [] => (1, 1, 1),
        [z] => (1, *z, 1),
        [t, z] => (*t, *z, 1),
        [rest @ .., z, c] => (rest.iter().product(), *z, *c),
    };
    for (key, count) in [("channels", channel_axis), ("slices", slices), ("frames", frames)] {
        if count > 1 {
            text.push_str(&format!("{key}={count}\n"));
        }
    }
    if planes.stack.len() > 1 {
        text.push_str("hyperstack=true\nmode=grayscale\n");
    }
    text.push_str("loop=false\n");
    if let (Some((lo, hi)), 1) = (found.range, channels) {
        text.push_str(&format!("min={lo:?}\nmax={hi:?}\n"));
    }
    text
}

struct Work<'a> {
    planes: &'a Planes,
    sample: Sample,
    channels: u64,
    text: &'a str,
    total: u64,
}

fn pages<W: Write + Seek, K: TiffKind>(
    e: &mut TiffEncoder<W, K>,
    work: &Work<'_>,
    watch: Watch<'_>,
) -> Result<(), ExportError> {
    use colortype as c;
    for n in 0..work.planes.len() {
        match (work.sample, work.channels) {
            (Sample::U8, 3) => page::<_, _, c::RGB8>(e, work, n, watch, bytes_of)?,
            (Sample::U8, 4) => page::<_, _, c::RGBA8>(e, work, n, watch, bytes_of)?,
            (Sample::U16, 3) => page::<_, _, c::RGB16>(e, work, n, watch, u16_of)?,
            (Sample::U16, 4) => page::<_, _, c::RGBA16>(e, work, n, watch, u16_of)?,
            (Sample::U8, _) => page::<_, _, c::Gray8>(e, work, n, watch, bytes_of)?,
            (Sample::I8, _) => page::<_, _, c::GrayI8>(e, work, n, watch, int_of)?,
            (Sample::U16, _) => page::<_, _, c::Gray16>(e, work, n, watch, u16_of)?,
            (Sample::I16, _) => page::<_, _, c::GrayI16>(e, work, n, watch, int_of)?,
            (Sample::U32, _) => page::<_, _, c::Gray32>(e, work, n, watch, int_of)?,
            (Sample::I32, _) => page::<_, _, c::GrayI32>(e, work, n, watch, int_of)?,
            (Sample::F32, _) => page::<_, _, c::Gray32Float>(e, work, n, watch, f32_of)?,
        }
    }
    Ok(())
}

/// Turns elements into samples: the type, the bytes, which of them are blank.
type Convert<T> = fn(&DType, &[u8], &[Blank], &mut Vec<T>);

fn page<W: Write + Seek, K: TiffKind, C: ColorType>(
    e: &mut TiffEncoder<W, K>,
    work: &Work<'_>,
    n: u64,
    watch: Watch<'_>,
    convert: Convert<C::Inner>,
) -> Result<(), ExportError>
where
    [C::Inner]: TiffValue,
{
    let plane = work.planes.get(n)?;
    let mut image = e.new_image::<C>(work.planes.width, work.planes.height).map_err(to_error)?;
    let row = u64::from(work.planes.width).saturating_mul(work.channels).saturating_mul(work.sample.bytes());
    let rows = ((1_u64 << 20) / row.max(1)).clamp(1, u64::from(work.planes.height));
    image.rows_per_strip(u32::try_from(rows).unwrap_or(1)).map_err(to_error)?;
    if n == 0 {
        image.encoder().write_tag(Tag::ImageDescription, work.text).map_err(to_error)?;
        let software = concat!("picklescope ", env!("CARGO_PKG_VERSION"));
        image.encoder().write_tag(Tag::Software, software).map_err(to_error)?;
    }
    let before = n.saturating_mul(plane.len());
    let mut samples: Vec<C::Inner> = Vec::new();
    picture::walk_raw(&plane, &mut |done, _| watch(before.saturating_add(done), work.total), &mut |raw, blank| {
        convert(&plane.dtype, raw, blank, &mut samples);
        let mut from = 0_usize;
        loop {
            let want = usize::try_from(image.next_strip_sample_count()).unwrap_or(usize::MAX);
            let Some(strip) = samples.get(from..from.saturating_add(want)).filter(|s| !s.is_empty()) else { break };
            image.write_strip(strip).map_err(to_error)?;
            from += want;
        }
        samples.drain(..from);
        Ok(())
    })?;
    image.finish().map_err(to_error)
}

fn is_blank(blank: &[Blank], i: usize) -> bool {
    blank.get(i).is_some_and(|b| *b != Blank::No)
}

fn bytes_of(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<u8>) {
    let is_bool = matches!(d.kind, Kind::Bool);
    let value = |b: u8| if is_bool && b != 0 { 255 } else { b };
    out.extend(raw.iter().enumerate().map(|(i, b)| if is_blank(blank, i) { 0 } else { value(*b) }));
}

fn u16_of(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<u16>) {
    let big = d.order == crate::tensor::ByteOrder::Big;
    let value = |c: &[u8; 2]| if big { u16::from_be_bytes(*c) } else { u16::from_le_bytes(*c) };
    let chunks = raw.as_chunks::<2>().0;
    out.extend(chunks.iter().enumerate().map(|(i, c)| if is_blank(blank, i) { 0 } else { value(c) }));
}

fn int_of<T: TryFrom<i64> + TryFrom<u64> + Default>(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<T>) {
    let item = usize::try_from(d.item_size).unwrap_or(1).max(1);
    out.extend(raw.chunks_exact(item).enumerate().map(|(i, c)| {
        if is_blank(blank, i) {
            return T::default();
        }
        // That they fit was seen before.
        match Scalar::decode(d, c) {
            Scalar::Int(v) => T::try_from(v).unwrap_or_default(),
            Scalar::UInt(v) => T::try_from(v).unwrap_or_default(),
            _ => T::default(),
        }
    }));
}

fn f32_of(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<f32>) {
    let mut values = Vec::new();
    push_f64(d, Part::Real, raw, &mut values);
    #[expect(clippy::cast_possible_truncation, reason = "exact but for float64, which is said")]
    let narrow = |v: f64| v as f32;
    out.extend(values.iter().enumerate().map(|(i, v)| if is_blank(blank, i) { f32::NAN } else { narrow(*v) }));
}
