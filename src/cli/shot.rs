//! `shot`: the window's own picture, drawn without a display or a GPU.

use super::{Ended, Failure, Found, Out, input};
use crate::export::{ExportError, atomic};
use crate::session::ViewKind;
use crate::ui::shot::{self, Shot as Wish};
use clap::{Args, ValueEnum};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Pixels of a picture at most.
const PIXELS: f64 = 100_000_000.0;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Theme {
    Dark,
    Light,
}

#[derive(Debug, Args)]
pub(super) struct Shot {
    /// The file to show, or - for standard input; without one the start page
    file: Option<PathBuf>,
    /// The picture to write
    #[arg(long)]
    out: PathBuf,
    /// Width and height of the window, in points
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
    size: (u32, u32),
    /// Pixels a point
    #[arg(long, default_value_t = 1.0)]
    scale: f32,
    /// Dark or light
    #[arg(long, default_value = "dark")]
    theme: Theme,
    /// The path of the value to select, as ['x'][0]; without it the biggest array
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    select: Option<String>,
    #[command(flatten)]
    given: input::Given,
    /// How the value is shown: image, plot, table, text, hex or summary
    #[arg(long, value_name = "NAME")]
    view: Option<String>,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    parts.filter(|(w, h)| *w > 0 && *h > 0).ok_or_else(|| "a size is written 1280x800".to_owned())
}

pub(super) fn run(args: &Shot, _: &mut Out) -> Ended {
    let view = match &args.view {
        None => None,
        Some(name) => Some(ViewKind::from_name(name).ok_or_else(|| {
            Failure::new(format!(
                "there is no view {name}; there are image, plot, table, statistics, text, hex and summary"
            ))
        })?),
    };
    let (w, h) = args.size;
    if !(args.scale.is_finite() && args.scale >= 0.1)
        || f64::from(w) * f64::from(h) * f64::from(args.scale) * f64::from(args.scale) > PIXELS
    {
        return Err(Failure::new("the picture would be too large; give a smaller --size or --scale").into());
    }
    let standard = args.file.as_deref() == Some(Path::new("-"));
    let mut bytes = Vec::new();
    if standard {
        std::io::stdin().lock().read_to_end(&mut bytes)?;
    }
    if let Some(file) = args.file.as_deref().filter(|_| !standard) {
        let mut input = input::open_with(file, &args.given)?;
        let scanned = input.scan();
        if let Some(failure) = input.not_a_pickle(&scanned) {
            return Err(failure.into());
        }
    }
    let wish = Wish {
        file: args.file.clone().filter(|_| !standard),
        bytes: standard.then(|| ("standard input".to_owned(), bytes)),
        size: [w, h],
        scale: args.scale,
        dark: matches!(args.theme, Theme::Dark),
        select: args.select.clone(),
        view,
        panels: Vec::new(),
        buffers: args.given.buffers.clone(),
        extensions: args.given.extensions.clone(),
    };
    let drawn = shot::shot(&wish).map_err(Failure::new)?;
    write(&drawn.picture, &args.out, args.file.as_deref()).map_err(Failure::new)?;
    Ok(if drawn.damaged { Found::Damage } else { Found::Whole })
}

/// Writes a picture as PNG.
fn write(picture: &image::RgbaImage, to: &Path, source: Option<&Path>) -> Result<(), ExportError> {
    let mut png = Cursor::new(Vec::new());
    picture
        .write_to(&mut png, image::ImageFormat::Png)
        .map_err(|e| ExportError::Cannot(format!("the picture cannot be written as PNG: {e}")))?;
    atomic::write(to, source, |out| Ok(out.write_all(png.get_ref())?))
}

/// Where there is no display: the picture that the window would show, written beside whoever asks; its name.
pub(super) fn instead(files: &[PathBuf]) -> Result<PathBuf, String> {
    let to = PathBuf::from("picklescope-shot.png");
    let wish = Wish { file: files.first().cloned(), ..Wish::default() };
    let drawn = shot::shot(&wish)?;
    write(&drawn.picture, &to, wish.file.as_deref()).map_err(|e| e.to_string())?;
    Ok(to)
}
