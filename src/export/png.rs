//! PNG pictures at native resolution, streamed. bool, uint8 and uint16 are written exactly, as grey, RGB or RGBA by the last
//! axis; any other type is mapped to 8 or 16 bits. The mapping is told in the picture's own text, so that values can be
//! had back. What has no value is transparent.

use super::picture::{self, Blank, Extent, Picture};
use super::{Done, ExportError, Watch, cannot};
use crate::tensor::{Array, Colormap, DType, Kind, Part, Scale, Stretch, tuple};
use png::{BitDepth, ColorType, Encoder};
use std::io::Write;

/// How values that no pixel holds exactly become pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapping {
    /// The values of the first and the last colour; `None` takes the least and the largest finite value.
    pub range: Option<(f64, f64)>,
    /// How values between are spread.
    pub stretch: Stretch,
    /// The colours; `None` is grey.
    pub colormap: Option<Colormap>,
    /// From the last colour to the first.
    pub inverted: bool,
    /// Grey of 8 bits instead of 16. Colours have 8 always.
    pub narrow: bool,
    /// The number of a complex one that is drawn.
    pub part: Option<Part>,
    /// Maps also what could be written exactly.
    pub always: bool,
}

/// The largest side of a PNG.
const SIDE: u64 = (1 << 31) - 1;

/// Writes an array. `info` is further text for the picture: keyword and value.
///
/// # Errors
/// When it is no picture, those of `out`, and a stop.
pub fn write(
    array: &Array,
    mapping: &Mapping,
    info: &[(&str, String)],
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let p = picture::single(array)?;
    if p.width() > SIDE || p.height() > SIDE {
        return cannot("a PNG has at most 2,147,483,647 rows and columns");
    }
    let depth = match exact_bytes(&p.array.dtype) {
        _ if mapping.always => None,
        Some(1) => Some(BitDepth::Eight),
        Some(_) => Some(BitDepth::Sixteen),
        None => None,
    };
    match depth {
        Some(depth) => exact(&p, depth, info, out, watch),
        None => mapped(&p, mapping, info, out, watch),
    }
}

/// Bytes of a sample that holds the elements exactly; `None` where none does.
pub fn exact_bytes(d: &DType) -> Option<u64> {
    match (&d.kind, d.item_size) {
        (Kind::Bool | Kind::UInt, 1) => Some(1),
        (Kind::UInt, 2) => Some(2),
        _ => None,
    }
}

fn encoder<'a>(
    [width, height]: [u64; 2],
    color: ColorType,
    depth: BitDepth,
    texts: &[(&str, String)],
    out: &'a mut dyn Write,
) -> Result<Encoder<'static, &'a mut dyn Write>, ExportError> {
    let side = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let mut e = Encoder::new(out, side(width), side(height));
    e.set_color(color);
    e.set_depth(depth);
    for (key, text) in texts {
        // tEXt is Latin-1, which readers take for all sorts of things beyond ASCII.
        let added = if text.is_ascii() {
            e.add_text_chunk((*key).to_owned(), text.clone())
        } else {
            e.add_itxt_chunk((*key).to_owned(), text.clone())
        };
        added.map_err(to_error)?;
    }
    Ok(e)
}

fn to_error(e: png::EncodingError) -> ExportError {
    match e {
        png::EncodingError::IoError(e) => ExportError::Io(e),
        other => ExportError::Cannot(other.to_string()),
    }
}

/// What a picture says wrote it.
pub(super) const PAINTED: &str = concat!("picklescope ", env!("CARGO_PKG_VERSION"));

/// Writes a picture of 8-bit red, green and blue, perhaps with opacity: `rows` gives them from the top, any number at a
/// time.
pub(super) fn stream(
    [width, height]: [u64; 2],
    alpha: bool,
    texts: &[(&str, String)],
    out: &mut dyn Write,
    rows: &mut dyn FnMut(&mut dyn FnMut(&[u8]) -> Result<(), ExportError>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    if width > SIDE || height > SIDE {
        return cannot("a PNG has at most 2,147,483,647 rows and columns");
    }
    let color = if alpha { ColorType::Rgba } else { ColorType::Rgb };
    let mut writer = encoder([width, height], color, BitDepth::Eight, texts, out)?.write_header().map_err(to_error)?;
    let mut stream = writer.stream_writer().map_err(to_error)?;
    rows(&mut |part| Ok(stream.write_all(part)?))?;
    stream.finish().map_err(to_error)?;
    writer.finish().map_err(to_error)
}

/// What every picture tells of itself.
fn texts<'a>(p: &Picture, info: &[(&'a str, String)]) -> Vec<(&'a str, String)> {
    let mut all = vec![("Software", PAINTED.to_owned())];
    all.extend(info.iter().cloned());
    all.push((
        "Dtype",
        p.array.dtype.descr().map_or_else(|| p.array.dtype.numpy_str(), |d| d.to_python().replace('\'', "")),
    ));
    all.push(("Shape", tuple(p.array.shape())));
    all
}

fn blank_notes(found: &Extent, notes: &mut Vec<String>) {
    for (n, what) in [(found.nan, "are NaN"), (found.masked, "are masked"), (found.missing, "are not in the pickle")] {
        if n > 0 {
            notes.push(format!("{n} elements {what}: transparent."));
        }
    }
}

fn exact(
    p: &Picture,
    depth: BitDepth,
    info: &[(&str, String)],
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let a = &p.array;
    let blank = if a.mask().is_some() || !a.is_complete() {
        picture::extent(a, Part::Real, &mut |_, _| true)?
    } else {
        Extent::default()
    };
    let (color, alpha) = match (p.channels, blank.blank() > 0) {
        (4, _) => (ColorType::Rgba, false),
        (3, false) => (ColorType::Rgb, false),
        (3, true) => (ColorType::Rgba, true),
        (_, false) => (ColorType::Grayscale, false),
        (_, true) => (ColorType::GrayscaleAlpha, true),
    };
    let mut texts = texts(p, info);
    let is_bool = matches!(a.dtype.kind, Kind::Bool);
    let how = if is_bool { "exact: False is 0, True is 255" } else { "exact: each sample is the element's value" };
    texts.push(("Mapping", how.to_owned()));
    let mut done = Done { missing: blank.missing, ..Done::default() };
    blank_notes(&blank, &mut done.notes);
    texts.extend(done.notes.iter().map(|n| ("Comment", n.clone())));
    let mut writer = encoder([p.width(), p.height()], color, depth, &texts, out)?.write_header().map_err(to_error)?;
    let mut rows = writer.stream_writer().map_err(to_error)?;
    let wide = depth == BitDepth::Sixteen;
    let big = a.dtype.order == crate::tensor::ByteOrder::Big;
    let channels = usize::from(p.channels.max(1));
    let mut buf = Vec::new();
    picture::walk_raw(a, watch, &mut |raw, blank| {
        buf.clear();
        let item = if wide { 2 } else { 1 };
        for (i, sample) in raw.chunks_exact(item).enumerate() {
            match sample {
                [b] if is_bool => buf.push(if *b == 0 { 0 } else { 255 }),
                [b] => buf.push(*b),
                // PNG has the high byte first.
                [a, b] if big => buf.extend([*a, *b]),
                [a, b] => buf.extend([*b, *a]),
                _ => {}
            }
            if alpha && (i + 1) % channels == 0 {
                let first = i + 1 - channels;
                let hidden = blank.get(first..=i).is_some_and(|b| b.iter().any(|b| *b != Blank::No));
                buf.extend([if hidden { 0 } else { 0xff }; 2].iter().take(item));
            }
        }
        Ok(rows.write_all(&buf)?)
    })?;
    rows.finish().map_err(to_error)?;
    writer.finish().map_err(to_error)?;
    Ok(done)
}

fn mapped(
    p: &Picture,
    m: &Mapping,
    info: &[(&str, String)],
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let a = &p.array;
    let part = m.part.unwrap_or(if a.dtype.is_complex() { Part::Magnitude } else { Part::Real });
    // The range is looked for first, so the work is done in two halves.
    let found = picture::extent(a, part, &mut |done, total| watch(done / 2, total))?;
    let (lo, hi) = m.range.or(found.range).unwrap_or((0.0, 1.0));
    let scale = Scale { lo, hi, stretch: m.stretch };
    let map = m.colormap.filter(|_| p.channels == 1);
    let lut = map.map(|c| c.lut(m.inverted));
    let wide = !m.narrow && lut.is_none();
    let alpha = found.blank() > 0 && p.channels != 4;
    let color = match (p.channels, lut.is_some(), alpha) {
        (4, _, _) => ColorType::Rgba,
        (3, _, false) | (1, true, false) => ColorType::Rgb,
        (3, _, true) | (1, true, true) => ColorType::Rgba,
        (_, _, false) => ColorType::Grayscale,
        (_, _, true) => ColorType::GrayscaleAlpha,
    };
    let depth = if wide { BitDepth::Sixteen } else { BitDepth::Eight };
    let top: u16 = if wide { u16::MAX } else { 255 };
    let mut texts = texts(p, info);
    let inverted = if m.inverted { ", inverted" } else { "" };
    texts.push(("Mapping", format!("{}: {lo:?} is 0, {hi:?} is {top}{inverted}", m.stretch.name())));
    texts.push(("Range", format!("{lo:?} {hi:?}")));
    texts.push(("Stretch", stretch_text(m.stretch)));
    if let Some(c) = map {
        texts.push(("Colormap", format!("{}{inverted}", c.name())));
    }
    if a.dtype.is_complex() {
        texts.push(("Part", part.name().to_owned()));
    }
    let mut done = Done { missing: found.missing, ..Done::default() };
    blank_notes(&found, &mut done.notes);
    if found.infinite > 0 {
        done.notes.push(format!("{} elements are infinite: clipped to the ends of the range.", found.infinite));
    }
    texts.extend(done.notes.iter().map(|n| ("Comment", n.clone())));
    done.notes.insert(0, format!("Mapped from {lo:?} to {hi:?} ({}) to {top}.", m.stretch.name()));
    let mut writer = encoder([p.width(), p.height()], color, depth, &texts, out)?.write_header().map_err(to_error)?;
    let mut rows = writer.stream_writer().map_err(to_error)?;
    let prepared = scale.prepared();
    let channels = usize::from(p.channels.max(1));
    let mut buf = Vec::new();
    let half = a.len() / 2;
    picture::walk(a, part, &mut |done, total| watch(half + done / 2, total), &mut |values, blank| {
        buf.clear();
        for (i, v) in values.iter().enumerate() {
            let hidden = v.is_nan() || blank.get(i).is_some_and(|b| *b != Blank::No);
            let unit = match m.stretch {
                _ if hidden => 0.0,
                // In full precision where it is a straight line.
                Stretch::Linear if hi != lo => ((v - lo) / (hi - lo)).clamp(0.0, 1.0),
                _ => f64::from(prepared.unit(*v)),
            };
            match &lut {
                Some(lut) => {
                    let c = lut.get(level(unit, 255)).copied().unwrap_or([0; 3]);
                    buf.extend(if hidden { [0; 3] } else { c });
                }
                None => {
                    let unit = if m.inverted && !hidden { 1.0 - unit } else { unit };
                    let n = u16::try_from(level(unit, top)).unwrap_or(top);
                    buf.extend(n.to_be_bytes().iter().skip(if wide { 0 } else { 1 }));
                }
            }
            if alpha && (i + 1) % channels == 0 {
                let first = i + 1 - channels;
                let gone = |k: usize| {
                    values.get(k).is_none_or(|v| v.is_nan()) || blank.get(k).is_some_and(|b| *b != Blank::No)
                };
                let a = if (first..=i).any(gone) { 0_u8 } else { 0xff };
                buf.extend([a; 2].iter().take(if wide { 2 } else { 1 }));
            }
        }
        Ok(rows.write_all(&buf)?)
    })?;
    rows.finish().map_err(to_error)?;
    writer.finish().map_err(to_error)?;
    Ok(done)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to top, rounded")]
fn level(unit: f64, top: u16) -> usize {
    (unit * f64::from(top)).round() as usize
}

pub(super) fn stretch_text(s: Stretch) -> String {
    match s {
        Stretch::Gamma(g) => format!("gamma {g}"),
        s => s.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    fn array(code: &str, shape: &[u64], bytes: Vec<u8>) -> Array {
        Array::new_c(DType::parse(code).unwrap(), shape, Data::memory(bytes)).unwrap()
    }

    /// Samples as 16-bit numbers, colour type, depth and text.
    fn read(bytes: &[u8]) -> (Vec<u16>, ColorType, BitDepth, Vec<(String, String)>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut buf = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut buf).unwrap();
        let samples = match info.bit_depth {
            BitDepth::Sixteen => buf.chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect(),
            _ => buf.iter().map(|b| u16::from(*b)).collect(),
        };
        reader.finish().unwrap();
        let i = reader.info();
        let mut text: Vec<(String, String)> =
            i.uncompressed_latin1_text.iter().map(|t| (t.keyword.clone(), t.text.clone())).collect();
        text.extend(i.utf8_text.iter().map(|t| (t.keyword.clone(), t.get_text().unwrap())));
        (samples, info.color_type, info.bit_depth, text)
    }

    fn png(a: &Array, m: &Mapping) -> (Vec<u16>, ColorType, BitDepth, Vec<(String, String)>, Done) {
        let mut out = Vec::new();
        let done = write(a, m, &[("Path", "['ä']".to_owned())], &mut out, &mut |_, _| true).unwrap();
        let (s, c, d, t) = read(&out);
        (s, c, d, t, done)
    }

    #[test]
    fn small_integers_are_exact() {
        let m = Mapping::default();
        let (s, c, d, text, _) = png(&array("|u1", &[2, 3], vec![0, 1, 2, 253, 254, 255]), &m);
        assert_eq!((s, c, d), (vec![0, 1, 2, 253, 254, 255], ColorType::Grayscale, BitDepth::Eight));
        assert!(text.contains(&("Path".into(), "['ä']".into())) && text.contains(&("Dtype".into(), "|u1".into())));
        let (s, c, d, _, _) = png(&array(">u2", &[1, 2], vec![1, 2, 0xff, 0xfe]), &m);
        assert_eq!((s, c, d), (vec![0x102, 0xfffe], ColorType::Grayscale, BitDepth::Sixteen));
        let (s, c, _, _, _) = png(&array("<u2", &[1, 1, 3], vec![1, 0, 2, 0, 3, 1]), &m);
        assert_eq!((s, c), (vec![1, 2, 0x103], ColorType::Rgb));
        let (s, c, _, _, _) = png(&array("|u1", &[1, 1, 4], vec![1, 2, 3, 4]), &m);
        assert_eq!((s, c), (vec![1, 2, 3, 4], ColorType::Rgba));
        let (s, _, d, _, _) = png(&array("|b1", &[1, 3], vec![0, 1, 7]), &m);
        assert_eq!((s, d), (vec![0, 255, 255], BitDepth::Eight));
    }

    #[test]
    fn other_types_are_mapped_and_say_how() {
        let f: Vec<u8> =
            [-1.0_f32, 0.0, 3.0, f32::NAN, f32::INFINITY, 1.0].iter().flat_map(|f| f.to_le_bytes()).collect();
        let a = array("<f4", &[2, 3], f);
        let (s, c, d, text, done) = png(&a, &Mapping::default());
        assert_eq!((c, d), (ColorType::GrayscaleAlpha, BitDepth::Sixteen));
        assert_eq!(s, [0, 65535, 16384, 65535, 65535, 65535, 0, 0, 65535, 65535, 32768, 65535]);
        assert!(text.contains(&("Range".into(), "-1.0 3.0".into())), "{text:?}");
        assert_eq!(done.notes.len(), 3);
        let m = Mapping { colormap: Some(Colormap::Viridis), range: Some((0.0, 3.0)), ..Mapping::default() };
        let (s, c, d, text, _) = png(&a, &m);
        assert_eq!((c, d), (ColorType::Rgba, BitDepth::Eight));
        assert_eq!(s[..12], [68, 1, 84, 255, 68, 1, 84, 255, 253, 231, 37, 255]);
        assert!(text.contains(&("Colormap".into(), "viridis".into())));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let m = Mapping::default();
        let refuse =
            |a: Array| matches!(write(&a, &m, &[], &mut Vec::new(), &mut |_, _| true), Err(ExportError::Cannot(_)));
        assert!(refuse(array("|u1", &[4], vec![0; 4])));
        assert!(refuse(array("|u1", &[2, 2, 2], vec![0; 8])));
        assert!(refuse(array("|u1", &[0, 2], vec![])));
        assert!(refuse(array("|S2", &[1, 2], vec![0; 4])));
        assert!(!refuse(array("|u1", &[1, 2, 2], vec![0; 4])));
        // An array that was cut: what is not there is transparent.
        let (s, c, _, _, done) = png(&array("|u1", &[2, 2], vec![5, 6, 7]), &m);
        assert_eq!((s, c, done.missing), (vec![5, 255, 6, 255, 7, 255, 0, 0], ColorType::GrayscaleAlpha, 1));
    }
}
