//! TIFF pictures and stacks that ImageJ opens with the right range, order and axes: integers of 8, 16 and 32 bits and
//! float32 as they are, float16 widened, float64 narrowed and said. Streamed; BigTIFF beyond 4 GB. Must never leave a gap
//! between the pictures of a stack that is not compressed: ImageJ reads them as one run.

use super::picture::{self, Blank, Extent};
use super::{Done, ExportError, Watch, cannot, missing_note};
use crate::tensor::{Array, DType, Kind, Part, Scalar, push_f64};
use flate2::write::ZlibEncoder;
use std::io::{Seek, Write};
use tiff::TiffResult;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKind};
use tiff::tags::{CompressionMethod, PhotometricInterpretation, SampleFormat, Tag};

/// How a TIFF is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Deflates the strips.
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

    const fn bits(self) -> u16 {
        match self {
            Self::U8 | Self::I8 => 8,
            Self::U16 | Self::I16 => 16,
            Self::U32 | Self::I32 | Self::F32 => 32,
        }
    }

    const fn format(self) -> SampleFormat {
        match self {
            Self::U8 | Self::U16 | Self::U32 => SampleFormat::Uint,
            Self::I8 | Self::I16 | Self::I32 => SampleFormat::Int,
            Self::F32 => SampleFormat::IEEEFP,
        }
    }
}

/// Integers up to here are exact as float32.
const EXACT: f64 = 16_777_216.0;

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
    let small = matches!((&a.dtype.kind, a.dtype.item_size), (Kind::Bool | Kind::UInt, 1 | 2));
    let channels = if small && picture::has_channels(&a) { a.shape().last().copied().unwrap_or(1) } else { 1 };
    let total = a.len();
    let found = picture::extent(&a, Part::Real, &mut |done, _| watch(done / 2, total))?;
    let sample = sample(&a, &found, &mut notes)?;
    let planes = Planes::new(&a, channels)?;
    let bytes = a.len().saturating_mul(sample.bytes());
    let shown = found.range.filter(|_| channels == 1).map(|range| shown(range, &a.dtype, sample));
    let text = describe(&planes, shown);
    notes.extend(blanks(&found, sample));
    notes.extend(in_imagej(&found, sample));
    if bytes > BIG {
        notes.push("Larger than 4 GB, hence a BigTIFF: ImageJ opens it by Bio-Formats.".to_owned());
    }
    let misread = channels == 4 && sample == Sample::U16;
    if options.compress && misread {
        notes.push("Not deflated: ImageJ misreads deflated RGBA of 16 bits.".to_owned());
    }
    let compress = options.compress && !misread;
    let work = Work { planes: &planes, sample, channels, text: &text, total, compress };
    let mut watch = |done: u64, total: u64| watch(total / 2 + done / 2, total);
    if bytes > BIG {
        let mut e = TiffEncoder::new_big(out).map_err(to_error)?;
        pages(&mut e, &work, &mut watch)?;
    } else {
        let mut e = TiffEncoder::new(out).map_err(to_error)?;
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

/// What ImageJ makes of the samples that it does not take as they are.
fn in_imagej(found: &Extent, sample: Sample) -> Option<String> {
    let (lo, hi) = found.range?;
    let most = lo.abs().max(hi.abs());
    match sample {
        Sample::I8 if lo < 0.0 => {
            Some("ImageJ takes int8 for uint8: there, values below 0 are 256 too high.".to_owned())
        }
        Sample::U32 if hi > f64::from(i32::MAX) => {
            Some("ImageJ takes uint32 for int32: there, values from 2,147,483,648 on are negative.".to_owned())
        }
        Sample::I32 | Sample::U32 if most > EXACT => {
            Some("ImageJ makes float32 of 32-bit integers: there, values beyond 16,777,216 are rounded.".to_owned())
        }
        _ => None,
    }
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

/// The range of the samples that ImageJ shows from black to white, in its own numbers.
fn shown((lo, hi): (f64, f64), d: &DType, sample: Sample) -> (f64, f64) {
    match (&d.kind, sample) {
        (Kind::Bool, _) => (0.0, 255.0),
        // ImageJ keeps int16 as uint16, 32,768 higher, and says its range so
        (_, Sample::I16) => (lo + 32_768.0, hi + 32_768.0),
        _ => (lo, hi),
    }
}

/// ImageJ's own words for the axes and the range.
fn describe(planes: &Planes, shown: Option<(f64, f64)>) -> String {
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
    if let Some((lo, hi)) = shown.filter(|(lo, hi)| lo < hi) {
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
    compress: bool,
}

/// Turns elements into samples of this machine's byte order: the type, the bytes, which of them are blank.
type Convert = fn(&DType, &[u8], &[Blank], &mut Vec<u8>);

const fn converter(sample: Sample) -> Convert {
    match sample {
        Sample::U8 => bytes_of,
        Sample::I8 => int_of::<i8, 1>,
        Sample::U16 => u16_of,
        Sample::I16 => int_of::<i16, 2>,
        Sample::U32 => int_of::<u32, 4>,
        Sample::I32 => int_of::<i32, 4>,
        Sample::F32 => f32_of,
    }
}

/// Where a strip lies, and its bytes.
type Strip = (u64, u64);

/// All pictures, one behind the other without a gap, and then their directories: ImageJ looks at the first directory of a
/// stack alone, and takes the other pictures to follow the first.
fn pages<W: Write + Seek, K: TiffKind>(
    e: &mut TiffEncoder<W, K>,
    work: &Work<'_>,
    watch: Watch<'_>,
) -> Result<(), ExportError> {
    let row = u64::from(work.planes.width).saturating_mul(work.channels).saturating_mul(work.sample.bytes());
    let rows = ((1_u64 << 20) / row.max(1)).clamp(1, u64::from(work.planes.height));
    let (count, per_page) = (work.planes.len(), u64::from(work.planes.height).div_ceil(rows));
    let per_page = usize::try_from(per_page).map_err(|_| too_large())?;
    let full = usize::try_from(row.saturating_mul(rows)).map_err(|_| too_large())?;
    let mut strips: Vec<Strip> = Vec::new();
    for n in 0..count {
        let mut directory = e.image_directory().map_err(to_error)?;
        if n == 0 {
            for k in 0..count {
                strip_by_strip(work, k, full, watch, &mut |bytes| {
                    let at = directory.write_data(bytes).map_err(to_error)?;
                    strips.push((at, u64::try_from(bytes.len()).map_err(|_| too_large())?));
                    Ok(())
                })?;
            }
            directory.write_tag(Tag::ImageDescription, work.text).map_err(to_error)?;
        }
        let first = usize::try_from(n).ok().and_then(|n| n.checked_mul(per_page)).ok_or_else(too_large)?;
        let own = strips.get(first..first.saturating_add(per_page)).unwrap_or(&[]);
        tags(&mut directory, work, u32::try_from(rows).unwrap_or(u32::MAX), own).map_err(to_error)?;
        directory.finish().map_err(to_error)?;
    }
    Ok(())
}

fn too_large() -> ExportError {
    ExportError::Cannot("a TIFF cannot hold so many pictures".to_owned())
}

/// Gives the strips of a picture as they are stored.
fn strip_by_strip(
    work: &Work<'_>,
    n: u64,
    full: usize,
    watch: Watch<'_>,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let (plane, convert) = (work.planes.get(n)?, converter(work.sample));
    let before = n.saturating_mul(plane.len());
    let mut samples: Vec<u8> = Vec::new();
    let mut store = |strip: &[u8]| {
        if !work.compress {
            return each(strip);
        }
        let mut z = ZlibEncoder::new(Vec::with_capacity(strip.len() / 2), flate2::Compression::default());
        z.write_all(strip)?;
        each(&z.finish()?)
    };
    picture::walk_raw(&plane, &mut |done, _| watch(before.saturating_add(done), work.total), &mut |raw, blank| {
        convert(&plane.dtype, raw, blank, &mut samples);
        let whole = samples.len() / full.max(1) * full;
        samples.get(..whole).unwrap_or(&[]).chunks(full.max(1)).try_for_each(&mut store)?;
        samples.drain(..whole);
        Ok(())
    })?;
    if samples.is_empty() { Ok(()) } else { store(&samples) }
}

fn tags<W: Write + Seek, K: TiffKind>(
    d: &mut DirectoryEncoder<'_, W, K>,
    work: &Work<'_>,
    rows: u32,
    strips: &[Strip],
) -> TiffResult<()> {
    let channels = usize::try_from(work.channels).unwrap_or(1);
    let each = |v: u16| vec![v; channels];
    let method = if work.compress { CompressionMethod::Deflate } else { CompressionMethod::None };
    let photometric =
        if channels > 1 { PhotometricInterpretation::RGB } else { PhotometricInterpretation::BlackIsZero };
    d.write_tag(Tag::ImageWidth, work.planes.width)?;
    d.write_tag(Tag::ImageLength, work.planes.height)?;
    d.write_tag(Tag::BitsPerSample, each(work.sample.bits()).as_slice())?;
    d.write_tag(Tag::Compression, method.to_u16())?;
    d.write_tag(Tag::PhotometricInterpretation, photometric.to_u16())?;
    d.write_tag(Tag::SamplesPerPixel, u16::try_from(channels).unwrap_or(1))?;
    d.write_tag(Tag::RowsPerStrip, rows)?;
    if channels == 4 {
        // opacity that the colours were not multiplied with
        d.write_tag(Tag::ExtraSamples, 2_u16)?;
    }
    d.write_tag(Tag::SampleFormat, each(work.sample.format().to_u16()).as_slice())?;
    d.write_tag(Tag::Software, concat!("picklescope ", env!("CARGO_PKG_VERSION")))?;
    let narrow: Option<Vec<(u32, u32)>> =
        strips.iter().map(|(at, n)| Some((u32::try_from(*at).ok()?, u32::try_from(*n).ok()?))).collect();
    match narrow {
        Some(s) => {
            d.write_tag(Tag::StripOffsets, s.iter().map(|s| s.0).collect::<Vec<u32>>().as_slice())?;
            d.write_tag(Tag::StripByteCounts, s.iter().map(|s| s.1).collect::<Vec<u32>>().as_slice())
        }
        None => {
            d.write_tag(Tag::StripOffsets, strips.iter().map(|s| s.0).collect::<Vec<u64>>().as_slice())?;
            d.write_tag(Tag::StripByteCounts, strips.iter().map(|s| s.1).collect::<Vec<u64>>().as_slice())
        }
    }
}

fn is_blank(blank: &[Blank], i: usize) -> bool {
    blank.get(i).is_some_and(|b| *b != Blank::No)
}

fn bytes_of(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<u8>) {
    let is_bool = matches!(d.kind, Kind::Bool);
    let value = |b: u8| if is_bool && b != 0 { 255 } else { b };
    out.extend(raw.iter().enumerate().map(|(i, b)| if is_blank(blank, i) { 0 } else { value(*b) }));
}

fn u16_of(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<u8>) {
    let big = d.order == crate::tensor::ByteOrder::Big;
    let value = |c: &[u8; 2]| if big { u16::from_be_bytes(*c) } else { u16::from_le_bytes(*c) };
    let chunks = raw.as_chunks::<2>().0;
    out.extend(chunks.iter().enumerate().flat_map(|(i, c)| {
        let v = if is_blank(blank, i) { 0 } else { value(c) };
        v.to_ne_bytes()
    }));
}

/// An integer of so many bytes.
trait Bytes<const N: usize>: TryFrom<i64> + TryFrom<u64> + Default {
    fn bytes(self) -> [u8; N];
}

macro_rules! bytes {
    ($($t:ty: $n:literal)*) => { $(
        impl Bytes<$n> for $t {
            fn bytes(self) -> [u8; $n] {
                self.to_ne_bytes()
            }
        }
    )* };
}
bytes!(i8: 1 i16: 2 u32: 4 i32: 4);

fn int_of<T: Bytes<N>, const N: usize>(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<u8>) {
    let item = usize::try_from(d.item_size).unwrap_or(1).max(1);
    out.extend(raw.chunks_exact(item).enumerate().flat_map(|(i, c)| {
        if is_blank(blank, i) {
            return T::default().bytes();
        }
        // That they fit was seen before.
        match Scalar::decode(d, c) {
            Scalar::Int(v) => T::try_from(v).unwrap_or_default().bytes(),
            Scalar::UInt(v) => T::try_from(v).unwrap_or_default().bytes(),
            _ => T::default().bytes(),
        }
    }));
}

fn f32_of(d: &DType, raw: &[u8], blank: &[Blank], out: &mut Vec<u8>) {
    let mut values = Vec::new();
    push_f64(d, Part::Real, raw, &mut values);
    #[expect(clippy::cast_possible_truncation, reason = "exact but for float64, which is said")]
    let narrow = |v: f64| v as f32;
    out.extend(values.iter().enumerate().flat_map(|(i, v)| {
        let v = if is_blank(blank, i) { f32::NAN } else { narrow(*v) };
        v.to_ne_bytes()
    }));
}
