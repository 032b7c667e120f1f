//! One value into one file's bytes, whatever the format: the way that the window and the command line share.
//! Must never open a file; see [`super::atomic`].

use super::colored::{self, Colors, Cut};
use super::{Done, ExportError, Format, Watch, cannot, csv, frame, json, npy, npz, plan, png, py, raw, sparse, tiff};
use crate::interpret::{Body, Cx, Payload, meaning, repr};
use crate::machine::{Handle, Value};
use crate::tensor::Array;
use std::io::{Seek, Write};

/// How a value is written, beside its format.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// For pictures of what no pixel holds exactly.
    pub mapping: png::Mapping,
    /// Deflate TIFF and NPZ.
    pub compress: bool,
    /// A view of the array instead of all of it: a slice, other axes. Only for values that are arrays.
    pub view: Option<Array>,
    /// A plane of the array instead of all of it. Only for values that are arrays.
    pub cut: Option<Cut>,
    /// A PNG in these colours, and what a difference is taken from.
    pub colors: Option<(Colors, Option<Array>)>,
    /// Where the value comes from, for the text of pictures and the comment of sources: file, path.
    pub origin: (String, String),
}

/// Formats that go back in the file to fill in what they did not know before.
pub const fn seeks(format: Format) -> bool {
    matches!(format, Format::Tiff | Format::Npz)
}

/// Writes a value in a format that goes straight forward.
///
/// # Errors
/// When the format cannot hold the value, those of `out`, and a stop.
pub fn write(
    cx: &Cx<'_>,
    h: Handle,
    format: Format,
    options: &Options,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let m = meaning(cx, h);
    plan::can(cx, h, &m, format).or_else(|e| match options.view {
        Some(_) if plan::is_array(&m) => Ok(()),
        None if (options.cut.is_some() || options.colors.is_some()) && plan::is_array(&m) => Ok(()),
        _ => cannot(e),
    })?;
    let array = m.body.array();
    let part = part(options, array.map(|a| &a.array))?;
    let view = || part.clone().or_else(|| array.map(|a| a.array.clone()));
    let (file, path) = &options.origin;
    let mut done = match (format, view()) {
        (Format::Json, Some(a)) if part.is_some() || cx.stream.is_content() => json::write_array(&a, out, watch)?,
        (Format::Json, _)
            if let Body::Sparse(s) = &m.body
                && sparse::can(s, Format::Json).is_ok() =>
        {
            sparse::json(cx, h, s, out, watch)?
        }
        (Format::Json, _) => json::write(cx, h, out, watch)?,
        (Format::Py, _) => {
            let title = format!("obj{path} of {file}");
            py::write(cx, h, &title, out, watch)?
        }
        (Format::Bin, None) => bytes(cx, h, out, watch)?,
        (Format::Csv, None) if let Body::Frame(f) = &m.body => {
            let objects = |h: Handle, field: &mut String| object_text(cx, h, field);
            frame::csv(cx, f, &objects, out, watch)?
        }
        (Format::Csv, None) if let Body::Sparse(s) = &m.body => sparse::csv(cx, h, s, out, watch)?,
        (f, None) => return cannot(format!("{f:?} holds arrays")),
        (Format::Png, Some(a)) => {
            let info = [("Source", file.clone()), ("Path", path.clone())];
            if let (Some((colors, other)), Some(whole)) = (&options.colors, array) {
                return colored::write(&whole.array, other.as_ref(), colors, &info, out, watch);
            }
            let slice = options.cut.as_ref().map(|c| ("Slice", c.text()));
            let info: Vec<_> = info.into_iter().chain(slice).collect();
            png::write(&a, &options.mapping, &info, out, watch)?
        }
        (Format::Npy, Some(a)) => npy::write(&a, out, watch)?,
        (Format::Csv, Some(a)) => {
            let items = array.filter(|_| part.is_none()).and_then(|a| cx.items(a.objects?));
            let objects = |n: u64, field: &mut String| {
                if let Some(h) = items.and_then(|i| cx.item(i, n)) {
                    object_text(cx, h, field);
                }
            };
            csv::array(&a, items.is_some().then_some(&objects), out, watch)?
        }
        (Format::Bin, Some(a)) => raw::array(&a, out, watch)?,
        (Format::Tiff | Format::Npz, Some(_)) => return cannot("this format needs a file that can be gone back in"),
    };
    if let Some(a) = array {
        let guesses = m.notes.iter().filter(|_| a.guessed);
        done.notes.extend(guesses.map(|n| n.message.to_string()));
    }
    Ok(done)
}

/// Writes a value in a format that goes back.
///
/// # Errors
/// As [`write()`].
pub fn write_seek<W: Write + Seek>(
    cx: &Cx<'_>,
    h: Handle,
    format: Format,
    options: &Options,
    mut out: W,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    if !seeks(format) {
        return write(cx, h, format, options, &mut out, watch);
    }
    let m = meaning(cx, h);
    plan::can(cx, h, &m, format).or_else(cannot)?;
    if let (Format::Npz, Body::Sparse(s)) = (format, &m.body) {
        return sparse::npz(cx, h, s, m.kind.ends_with("_array"), options.compress, out, watch);
    }
    let part = part(options, m.body.array().map(|a| &a.array))?;
    let Some(a) = part.or_else(|| m.body.array().map(|a| a.array.clone())) else {
        return cannot(format!("{format:?} holds arrays"));
    };
    match format {
        Format::Tiff => tiff::write(&a, tiff::Options { compress: options.compress }, out, watch),
        _ => {
            let name = plan::safe(&options.origin.1);
            let name = if name.is_empty() { "arr_0".to_owned() } else { name };
            npz::write(&[(name, a)], options.compress, out, watch)
        }
    }
}

/// The part of an array that is asked for; `None` for all of it.
fn part(options: &Options, array: Option<&Array>) -> Result<Option<Array>, ExportError> {
    match (&options.view, &options.cut, array) {
        (Some(view), ..) => Ok(Some(view.clone())),
        (None, Some(cut), Some(a)) => cut.of(a).map(Some).map_err(|e| ExportError::Cannot(e.to_string())),
        _ => Ok(None),
    }
}

/// An object within a table: text is itself, anything else its repr.
fn object_text(cx: &Cx<'_>, h: Handle, out: &mut String) {
    const MOST: usize = 32_767;
    match cx.value(h) {
        Value::None => {}
        Value::Str(form, span) => {
            out.extend(cx.chars(form, span, usize::MAX).iter().map(|c| char::from_u32(*c).unwrap_or('\u{fffd}')));
        }
        Value::Legacy(form, span) => match cx.legacy(form, span, usize::MAX) {
            Ok(chars) => out.extend(chars.iter().map(|c| char::from_u32(*c).unwrap_or('\u{fffd}'))),
            Err(_) => out.push_str(&repr(cx, h, MOST)),
        },
        _ => out.push_str(&repr(cx, h, MOST)),
    }
}

/// The bytes of a text, bytes or bytearray: text as UTF-8.
fn bytes(cx: &Cx<'_>, h: Handle, out: &mut dyn Write, watch: Watch<'_>) -> Result<Done, ExportError> {
    let codes = match cx.value(h) {
        Value::Str(form, span) => Some(cx.chars(form, span, usize::MAX)),
        Value::Legacy(form, span) => cx.legacy(form, span, usize::MAX).ok(),
        _ => None,
    };
    if let Some(codes) = codes {
        let mut lone = 0_u64;
        let text: String = codes
            .iter()
            .map(|c| {
                char::from_u32(*c).unwrap_or_else(|| {
                    lone += 1;
                    char::REPLACEMENT_CHARACTER
                })
            })
            .collect();
        out.write_all(text.as_bytes())?;
        let note = format!("{lone} lone surrogates, which UTF-8 cannot hold, became U+FFFD.");
        return Ok(Done { missing: 0, notes: (lone > 0).then_some(note).into_iter().collect() });
    }
    match cx.payload(h) {
        Some(Payload::File(span)) => raw::span(&cx.stream.bytes, span, out, watch),
        Some(Payload::Outside(given, _)) => raw::span(&given.0, given.0.span(), out, watch),
        Some(Payload::Missing(what)) => cannot(format!("{what} is not given, so its bytes are not known")),
        Some(other) => {
            out.write_all(&other.first(cx, usize::MAX))?;
            Ok(Done::default())
        }
        None => cannot("the value has no raw bytes"),
    }
}
