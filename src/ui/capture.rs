//! The view as it is seen, as a file or on the clipboard. A view that makes pictures of itself takes the wish; for the others
//! it is the window's own picture, cut to what the view offers. Must never draw.

use crate::session::{Action, Captured, Notice};
use eframe::egui::{ColorImage, Context, Id, Rect, Ui};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

/// Frames until menus and dialogs that asked for it are gone.
const SETTLE: u8 = 3;

/// Offers a part of the window as the view's picture, this frame.
pub fn offer(ui: &Ui, rect: Rect) {
    ui.data_mut(|d| d.insert_temp(Id::unique("view that can be captured"), rect));
}

fn wish() -> Id {
    Id::unique("view's picture that is wanted")
}

/// Wants a picture of the view that is shown.
pub fn ask(ctx: &Context, how: Captured) {
    ctx.data_mut(|d| d.insert_temp(wish(), how));
    ctx.request_repaint();
}

/// Pictures that views make of themselves stand on a light ground, whatever the window's is.
pub fn is_paper(ctx: &Context) -> bool {
    ctx.data(|d| d.get_temp(Id::unique("pictures on a light ground"))).unwrap_or(false)
}

/// Sets that.
pub fn set_paper(ctx: &Context, on: bool) {
    ctx.data_mut(|d| d.insert_temp(Id::unique("pictures on a light ground"), on));
}

/// To be called by a view that makes a picture of itself, in each frame: what is wanted of one now.
pub fn take(ctx: &Context) -> Option<Captured> {
    ctx.data_mut(|d| {
        let wanted = d.get_temp::<Captured>(wish());
        d.remove::<Captured>(wish());
        wanted
    })
}

/// A picture that was asked for.
#[derive(Default)]
pub struct Capture {
    waiting: Option<(Captured, u8)>,
    taken: Arc<Mutex<Option<Arc<ColorImage>>>>,
    asked: Option<(Captured, Rect)>,
}

impl Capture {
    /// Wants a picture.
    pub fn want(&mut self, ctx: &Context, how: Captured) {
        self.waiting = Some((how, SETTLE));
        ask(ctx, how);
    }

    /// To be called in each frame: gives what is to be done with the picture, once it is there. `name` is the file's.
    pub fn poll(&mut self, ctx: &Context, name: impl FnOnce() -> String) -> Option<Action> {
        if let Some((wanted, left)) = self.waiting {
            self.waiting = left.checked_sub(1).map(|left| (wanted, left));
            ctx.request_repaint();
            if left < SETTLE && ctx.data(|d| d.get_temp::<Captured>(wish())).is_none() {
                // the view has taken it
                self.waiting = None;
            } else if left == 0 {
                take(ctx);
                if !matches!(wanted, Captured::Png | Captured::Copied) {
                    return Some(Action::Notify(Notice::error("This view has no picture that could be given so.")));
                }
                let rect = ctx.data(|d| d.get_temp::<Rect>(Id::unique("view that can be captured")));
                let Some(rect) = rect else {
                    return Some(Action::Notify(Notice::error("There is no view to make a picture of.")));
                };
                let (taken, again) = (self.taken.clone(), ctx.clone());
                ctx.request_screenshot(move |picture| {
                    *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(picture);
                    again.request_repaint();
                });
                self.asked = Some((wanted, rect));
            }
        }
        let picture = self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let (wanted, rect) = self.asked.take()?;
        let picture = cut(&picture, rect, ctx.pixels_per_point());
        let [w, h] = picture.size;
        if wanted == Captured::Copied {
            ctx.copy_image(picture);
            return Some(Action::Notify(Notice::note(format!("Copied a picture of {w} × {h}"))));
        }
        Some(match png(&picture) {
            Ok(bytes) => Action::SaveMade { name: format!("{}.png", name()), bytes: Arc::new(bytes), to: None },
            Err(why) => Action::Notify(Notice::error(format!("The picture cannot be written: {why}"))),
        })
    }
}

/// The part of the window's picture in a rectangle of points.
fn cut(picture: &ColorImage, rect: Rect, scale: f32) -> ColorImage {
    let [w, h] = picture.size;
    let side = |v: f32, most: usize| ((v * scale).round().max(0.0) as usize).min(most);
    let (left, right) = (side(rect.left(), w), side(rect.right(), w));
    let (top, bottom) = (side(rect.top(), h), side(rect.bottom(), h));
    let rows = (top..bottom).filter_map(|y| picture.pixels.get(y * w + left..y * w + right.max(left)));
    let pixels: Vec<_> = rows.flatten().copied().collect();
    ColorImage::new([right.saturating_sub(left), bottom.saturating_sub(top)], pixels)
}

fn png(picture: &ColorImage) -> Result<Vec<u8>, String> {
    let bytes: Vec<u8> = picture.pixels.iter().flat_map(|p| [p.r(), p.g(), p.b(), 255]).collect();
    let [w, h] = picture.size.map(|v| u32::try_from(v).unwrap_or(u32::MAX));
    let image = image::RgbaImage::from_raw(w, h, bytes).filter(|i| !i.is_empty()).ok_or("it is empty")?;
    let mut out = Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba8(image)
        .to_rgb8()
        .write_to(&mut out, image::ImageFormat::Png)
        .map_err(|e| e.to_string())?;
    Ok(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Color32, pos2};

    #[test]
    fn the_part_in_the_rectangle_is_cut_out() {
        let pixels = (0..20).map(Color32::from_gray).collect();
        let whole = ColorImage::new([5, 4], pixels);
        let part = cut(&whole, Rect::from_min_max(pos2(0.5, 0.5), pos2(1.5, 9.0)), 2.0);
        assert_eq!((part.size, part.pixels[0].r(), part.pixels[5].r()), ([2, 3], 6, 17));
        let back = image::load_from_memory(&png(&part).unwrap()).unwrap().to_rgb8();
        assert_eq!((back.dimensions(), back.get_pixel(1, 0).0), ((2, 3), [7; 3]));
        assert!(png(&cut(&whole, Rect::from_min_max(pos2(9.0, 9.0), pos2(9.5, 9.5)), 1.0)).is_err());
    }
}
