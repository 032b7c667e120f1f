//! What an export would write, told before it is written: its kind of pixels or elements, its size, or why it cannot be.
//! Must never read an element.

use crate::export::colored::Drawn;
use crate::export::{Format, csv, npy, picture, plan, png};
use crate::session::action::ExportRequest;
use crate::session::state::Session;
use crate::tensor::{Array, Kind, tuple};
use std::path::Path;

/// What a file would hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// In words.
    pub what: String,
    /// Bytes of its pixels or elements, before they are compressed; `None` where nobody knows yet.
    pub bytes: Option<u64>,
    /// They are compressed.
    pub packed: bool,
    /// The pixels are not the elements themselves: range and bits matter.
    pub mapped: bool,
}

impl Session {
    /// What an export would write.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn preview(&self, request: &ExportRequest) -> Result<Preview, String> {
        let Some(format) = Format::from_ending(request.kind) else { return Err("choose a kind".to_owned()) };
        let Some(meaning) = self.meaning(request.place, request.handle) else {
            return Err("the value is not there any more".to_owned());
        };
        let plain = |what: &str| Preview { what: what.to_owned(), bytes: None, packed: false, mapped: false };
        let whole = meaning.body.array().map(|a| a.array.clone());
        let part = request.how.cut.is_some() || request.how.colors.is_some();
        let Some(array) = whole.filter(|_| part || !matches!(format, Format::Json | Format::Py)) else {
            let can = self.with_cx(request.place, |cx| plan::can(&cx.quick(), request.handle, &meaning, format));
            return can.unwrap_or(Ok(())).map(|()| plain(meaning.short.as_str()));
        };
        if !part {
            let can = self.with_cx(request.place, |cx| plan::can(&cx.quick(), request.handle, &meaning, format));
            can.unwrap_or(Ok(()))?;
        }
        let array = match &request.how.cut {
            Some(cut) => cut.of(&array).map_err(|e| e.to_string())?,
            None => array,
        };
        let compress = request.how.compress;
        match format {
            Format::Png => png(request, &array),
            Format::Tiff => tiff(&array).map(|p| Preview { packed: compress, ..p }),
            Format::Npy | Format::Npz => {
                let (a, _) = npy::prepare(&array).map_err(|e| e.to_string())?;
                let packed = compress && format == Format::Npz;
                Ok(Preview {
                    bytes: Some(a.nbytes()),
                    packed,
                    ..plain(&format!("{} {}", a.dtype.name(), tuple(a.shape())))
                })
            }
            Format::Csv => Ok(plain(&csv::shape(&array))),
            Format::Bin => {
                Ok(Preview { bytes: Some(array.nbytes()), ..plain("elements one behind the other, in C order") })
            }
            Format::Json => Ok(plain(&format!("lists of {} {}", array.dtype.name(), tuple(array.shape())))),
            Format::Py => Err("a part of an array has no calls that make it: json holds it".to_owned()),
        }
    }

    /// A file of that name is there.
    pub fn is_taken(&self, path: &Path) -> bool {
        path.symlink_metadata().is_ok_and(|m| !m.is_dir())
    }
}

fn png(request: &ExportRequest, array: &Array) -> Result<Preview, String> {
    let said = |e: crate::export::ExportError| e.to_string();
    if let Some(seen) = &request.how.colors {
        picture::check(array).map_err(said)?;
        let turn = seen.colors.cut.turn;
        let planes = seen.colors.cut.planes(array).map_err(|e| e.to_string())?;
        let [rows, cols] = planes
            .first()
            .map_or([0, 0], |p| [p.shape().first().copied().unwrap_or(0), p.shape().get(1).copied().unwrap_or(0)]);
        let [w, h] = turn.size(rows, cols);
        let (kind, each) = match seen.colors.drawn {
            Drawn::Rgb if planes.len() == 4 => ("RGBA", 4),
            _ => ("RGB", 3),
        };
        let what = format!("{w} × {h} pixels, {kind} of 8 bits");
        return Ok(Preview {
            what,
            bytes: Some(w.saturating_mul(h).saturating_mul(each)),
            packed: true,
            mapped: false,
        });
    }
    let p = picture::single(array).map_err(said)?;
    let exact = png::exact_bytes(&p.array.dtype).is_some() && !request.how.mapping.always;
    let bits = match exact {
        true => p.array.dtype.item_size.saturating_mul(8),
        false if request.how.mapping.narrow => 8,
        false => 16,
    };
    let kind = match p.channels {
        1 => "grey",
        3 => "RGB",
        _ => "RGBA",
    };
    let how = if exact { "each sample is the number itself" } else { "mapped, as its text tells" };
    let (w, h) = (p.width(), p.height());
    let bytes = w.saturating_mul(h).saturating_mul(u64::from(p.channels)).saturating_mul(bits / 8);
    Ok(Preview {
        what: format!("{w} × {h} pixels, {kind} of {bits} bits, {how}"),
        bytes: Some(bytes),
        packed: true,
        mapped: !exact,
    })
}

fn tiff(array: &Array) -> Result<Preview, String> {
    let a = array.clone().opened().map_err(|e| e.to_string())?;
    picture::check(&a).map_err(|e| e.to_string())?;
    let small = matches!((&a.dtype.kind, a.dtype.item_size), (Kind::Bool | Kind::UInt, 1 | 2));
    let plane = if small && picture::has_channels(&a) { 3 } else { 2 };
    let (stack, inner) = a.shape().split_at_checked(a.ndim().saturating_sub(plane)).unwrap_or((&[], &[]));
    let count: u64 = stack.iter().fold(1_u64, |n, d| n.saturating_mul(*d));
    let (h, w) = (inner.first().copied().unwrap_or(0), inner.get(1).copied().unwrap_or(0));
    let name = a.dtype.name();
    let (name, each) = match (&a.dtype.kind, a.dtype.item_size) {
        (Kind::Bool | Kind::Nibble { signed: false, .. }, _) => ("uint8", 1),
        (Kind::Nibble { .. }, _) => ("int8", 1),
        (Kind::UInt | Kind::Int, 8) => ("32-bit integers, where they hold the values", 4),
        (Kind::UInt | Kind::Int, n) => (name.as_str(), n),
        _ => ("float32", 4),
    };
    let channels = if plane == 3 { a.shape().last().copied().unwrap_or(1) } else { 1 };
    let pictures = if count == 1 { String::new() } else { format!("a stack of {count}, each ") };
    let bytes = count.saturating_mul(w).saturating_mul(h).saturating_mul(channels).saturating_mul(each);
    Ok(Preview {
        what: format!("{pictures}{w} × {h} pixels, {name}"),
        bytes: Some(bytes),
        packed: false,
        mapped: false,
    })
}
