//! Small pictures of arrays for the rows of a tree, drawn beside the frame and kept while they are looked at.
//! Must never read an array in a frame.

use crate::interpret::{Body, Meaning};
use crate::machine::Handle;
use crate::session::{Outcome, View, WorkKey};
use crate::tensor::{Marks, Thumb, ThumbColors, drawable};
use crate::ui::Tokens;
use crate::ui::widgets::tree_row::{Picture, THUMB};
use eframe::egui::{ColorImage, TextureHandle, TextureOptions, Ui, vec2};
use std::collections::HashMap;

/// Pictures that are kept; a screen shows far fewer.
const KEPT: usize = 400;

/// The pictures of one panel.
#[derive(Default)]
pub struct Thumbs {
    kept: HashMap<WorkKey, TextureHandle>,
}

impl Thumbs {
    /// The picture of a value; `None` where it has none, or not yet.
    pub fn of(&mut self, ui: &Ui, view: &View<'_>, handle: Handle, meaning: &Meaning) -> Option<Picture> {
        let (Body::Array(m) | Body::Picture(m)) = &meaning.body else { return None };
        if m.deferred || m.array.is_empty() || !drawable(&m.array.dtype) {
            return None;
        }
        let t = Tokens::of(ui);
        let pixels = (THUMB * ui.pixels_per_point()).round().clamp(8.0, 256.0) as u32;
        let version = view.stream.map_or(0, |s| s.version);
        let of = vec![u64::from(t.dark), u64::from(pixels), m.array.available(), version];
        let key = WorkKey { place: view.place, handle, kind: "thumb", of };
        if !self.kept.contains_key(&key) {
            let array = m.array.clone();
            let line = [t.accent.r(), t.accent.g(), t.accent.b()];
            let colors = ThumbColors { line, marks: if t.dark { Marks::dark() } else { Marks::light() } };
            let made = view.session.work.get(key.clone(), "Drawing thumbnails", move |_| {
                let thumb = Thumb::of(&array, [pixels; 2], colors);
                Ok((thumb, u64::from(pixels) * u64::from(pixels) * 4))
            });
            let Outcome::Ready(thumb) = made else { return None };
            let thumb = (*thumb).as_ref()?;
            let size = thumb.size.map(|n| n as usize);
            let bytes: Vec<u8> = thumb.pixels.iter().flatten().copied().collect();
            let image = ColorImage::from_rgba_unmultiplied(size, &bytes);
            if self.kept.len() >= KEPT {
                self.kept.clear();
            }
            self.kept.insert(key.clone(), ui.load_texture("thumb", image, TextureOptions::NEAREST));
        }
        let texture = self.kept.get(&key)?;
        let [w, h] = texture.size().map(|n| n as f32 / pixels as f32 * THUMB);
        Some(Picture::Thumb(texture.id(), vec2(w, h)))
    }
}
