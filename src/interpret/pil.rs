//! PIL images: mode, size, palette and tight rows.
//! Modes of packed or odd pixels are unpacked here; colours are left as they are stored.

use super::builtin::SHORT;
use super::types::{ArrayMeaning, Body, Cx, Meaning, Piece, Reader};
use super::{counted, grouped, one_line};
use crate::machine::Handle;
use crate::source::{Diagnostic, Span, limits};
use crate::tensor::{Array, ByteOrder, DType, Data};

/// What PIL's `__setstate__` takes.
struct State {
    mode: String,
    width: u64,
    height: u64,
    palette: Option<Handle>,
    data: Handle,
}

fn state(cx: &Cx<'_>, h: Handle) -> Option<(State, String)> {
    let (module, name) = cx.global(cx.class_of(h)?)?;
    if !(module == "PIL" || module.starts_with("PIL.")) || !(name.ends_with("Image") || name.ends_with("ImageFile")) {
        return None;
    }
    let items = cx.sequence(cx.state(h)?).filter(|s| s.len() >= 5)?;
    let at = |i| cx.item(items, i);
    let [width, height] = cx.exactly::<2>(at(2)?)?;
    let palette = at(3).filter(|p| !cx.is_none(*p));
    let state =
        State { mode: cx.name(at(1)?)?, width: cx.size(width)?, height: cx.size(height)?, palette, data: at(4)? };
    Some((state, format!("{module}.{name}")))
}

/// Channels and element type of a mode.
fn layout(mode: &str) -> Option<(u64, DType)> {
    let short = |order| DType::from_code('u', 2, order).ok();
    Some(match mode {
        "L" | "P" => (1, DType::uint(1)),
        "LA" | "La" | "PA" => (2, DType::uint(1)),
        "RGB" | "YCbCr" | "LAB" | "HSV" => (3, DType::uint(1)),
        "RGBA" | "RGBX" | "RGBa" | "CMYK" => (4, DType::uint(1)),
        "I" => (1, DType::int(4)),
        "F" => (1, DType::float(4)),
        "I;16" | "I;16L" | "I;16N" => (1, short(ByteOrder::Little)?),
        "I;16B" => (1, short(ByteOrder::Big)?),
        _ => return None,
    })
}

/// What a mode is, in words.
fn mode_words(mode: &str) -> &'static str {
    match mode {
        "1" => "black and white, eight pixels to a byte",
        "L" => "grey, 8 bits",
        "P" => "numbers of colours in a palette",
        "LA" | "La" => "grey with alpha",
        "PA" => "palette with alpha",
        "RGB" => "red, green, blue, 8 bits each",
        "RGBA" | "RGBa" => "red, green, blue, alpha",
        "RGBX" => "red, green, blue and a byte of padding",
        "CMYK" => "cyan, magenta, yellow, black",
        "YCbCr" => "luminance and two colour differences",
        "LAB" => "L*a*b*",
        "HSV" => "hue, saturation, value",
        "I" => "32-bit integers",
        "F" => "32-bit floats",
        "I;16" | "I;16L" | "I;16B" | "I;16N" => "16-bit integers",
        _ => "a mode that is not known here",
    }
}

/// Reads them.
pub(super) struct ImageReader;

impl Reader for ImageReader {
    fn name(&self) -> &'static str {
        "pil.image"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let (s, kind) = state(cx, h)?;
        let mode = one_line(&s.mode, 12);
        let mut m = Meaning {
            reader: "pil.image",
            kind,
            short: one_line(&format!("{mode} {} × {}", grouped(s.width), grouped(s.height)), SHORT),
            sentence: format!(
                "A PIL image of {} by {}, mode {mode}: {}.",
                counted(s.width, "pixel"),
                grouped(s.height),
                mode_words(&s.mode)
            ),
            bytes: None,
            body: Body::Object,
            notes: Vec::new(),
        };
        match picture(cx, &s) {
            Ok(picture) => {
                m.bytes = picture.raw.map(Span::len);
                if s.palette.is_some() {
                    m.sentence.push_str(" The palette stands beside the pixels.");
                }
                if !picture.complete {
                    let text = format!(
                        "{} of pixels, where {} belong.",
                        counted(picture.raw.map_or(0, Span::len), "byte"),
                        grouped(picture.array.nbytes())
                    );
                    m.notes.push(Diagnostic::error("image-short", cx.span(s.data), text));
                }
                m.body = Body::Picture(Box::new(picture));
            }
            Err(why) => m.notes.push(Diagnostic::error(
                "image",
                cx.span(s.data),
                format!("No picture can be made of this: {why}."),
            )),
        }
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let (s, kind) = state(cx, h)?;
        let class = kind.rsplit('.').next().unwrap_or("Image");
        Some(vec![Piece::Text(format!(
            "<{kind} {class} mode={} size={}x{}>",
            one_line(&s.mode, 12),
            s.width,
            s.height
        ))])
    }
}

fn picture(cx: &Cx<'_>, s: &State) -> Result<ArrayMeaning, String> {
    let payload = cx.payload(s.data).ok_or("the pixels are no bytes")?;
    let taken = payload.take(cx);
    let (array, complete) = if s.mode == "1" {
        bits(s, &taken.data)?
    } else {
        let (channels, dtype) =
            layout(&s.mode).ok_or_else(|| format!("mode {} is not known", one_line(&s.mode, 12)))?;
        let shape: &[u64] = if channels == 1 { &[s.height, s.width] } else { &[s.height, s.width, channels] };
        let array = Array::new_c(dtype, shape, taken.data.clone()).map_err(|e| e.to_string())?;
        let complete = array.is_complete();
        (array, complete)
    };
    Ok(ArrayMeaning {
        raw: taken.raw,
        complete: complete && !taken.deferred,
        outside: taken.outside,
        deferred: taken.deferred,
        ..ArrayMeaning::of(array, 'C')
    })
}

/// Mode 1: each row begins at a byte, the highest bit is the leftmost pixel.
fn bits(s: &State, data: &Data) -> Result<(Array, bool), String> {
    let row = s.width.div_ceil(8);
    let want = row.checked_mul(s.height).ok_or("its size overflows")?;
    let pixels = s.width.checked_mul(s.height).filter(|n| *n <= limits::UNESCAPED).ok_or("it has too many pixels")?;
    let there = want.min(data.len());
    let mut packed = vec![0; usize::try_from(there).map_err(|e| e.to_string())?];
    data.read_at(0, &mut packed);
    let mut out = Vec::with_capacity(usize::try_from(pixels.min(there.saturating_mul(8))).unwrap_or(0));
    let (width, row) = (usize::try_from(s.width).unwrap_or(0), usize::try_from(row).unwrap_or(1));
    for line in packed.chunks(row.max(1)) {
        out.extend(line.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).take(width));
    }
    let array = Array::new_c(DType::bool(), &[s.height, s.width], Data::memory(out)).map_err(|e| e.to_string())?;
    Ok((array, there == want))
}
