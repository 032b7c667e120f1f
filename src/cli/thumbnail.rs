//! `thumbnail`: the biggest array of a file as a small picture, for file managers.
//! Must be quick whatever the file: it draws from samples.

use super::{Ended, Failure, Found, Out, input};
use crate::export::atomic;
use crate::interpret::{self, Body};
use crate::session::{Place, first_look};
use crate::tensor::{Marks, Thumb, ThumbColors};
use clap::Args;
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// What lies behind a curve, and around it.
const PAPER: [u8; 4] = [0x16, 0x1a, 0x20, 255];
const LINE: [u8; 3] = [0x8f, 0xd1, 0x4f];

#[derive(Debug, Args)]
pub(super) struct Thumbnail {
    /// The file to show
    file: PathBuf,
    /// The picture to write, a PNG
    out: PathBuf,
    /// Its longer side, in pixels
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(8..=1024))]
    size: u32,
}

pub(super) fn run(args: &Thumbnail, _: &mut Out) -> Ended {
    let mut input = input::open(&args.file)?;
    let scanned = input.scan();
    let colors = ThumbColors { line: LINE, marks: Marks::dark() };
    let thumb = scanned.iter().find_map(|s| {
        let cx = s.cx();
        let found = first_look(&cx, Place::default(), &AtomicBool::new(false))?;
        let meaning = interpret::meaning(&cx, found.handle?);
        let array = match &meaning.body {
            Body::Frame(f) => f.columns.iter().find_map(|c| c.values.as_ref()),
            body => body.array(),
        };
        Thumb::of(&array?.array, [args.size, args.size], colors)
    });
    let Some(mut thumb) = thumb else {
        let why = format!("{} holds no array that can be drawn; its icon will do", args.file.display());
        return Err(Failure::new(why).into());
    };
    let bytes: Vec<u8> =
        thumb.pixels.drain(..).flat_map(|p| if p[3] == 0 { PAPER } else { [p[0], p[1], p[2], 255] }).collect();
    let mut png = Vec::new();
    let [w, h] = thumb.size;
    PngEncoder::new(&mut png)
        .write_image(&bytes, w, h, ExtendedColorType::Rgba8)
        .map_err(|e| Failure::new(format!("the picture cannot be written as PNG: {e}")))?;
    atomic::write(&args.out, Some(&args.file), |out| Ok(out.write_all(&png)?)).map_err(Failure::new)?;
    Ok(Found::Whole)
}
