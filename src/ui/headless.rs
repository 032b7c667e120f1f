//! A window without a window: runs the interface frame by frame at a fixed pace and draws it on the CPU.
//! Nothing here asks for a display, a driver or the clock, so its pictures are the same everywhere.

use super::painter::CpuPainter;
use super::{Tokens, theme};
use eframe::egui::{
    self, ClippedPrimitive, Context, Event, Pos2, RawInput, Rect, TexturesDelta, Theme, Ui, ViewportId,
};

/// Seconds from one frame to the next.
const FRAME: f64 = 0.1;
/// The largest side of a texture, in texels.
const TEXTURE_SIDE: usize = 8192;

/// An interface that runs without a window.
pub struct Headless {
    /// The context that it runs in.
    pub ctx: Context,
    painter: CpuPainter,
    size: [f32; 2],
    scale: f32,
    time: f64,
    shapes: Vec<ClippedPrimitive>,
    more: bool,
}

impl Headless {
    /// One of a size in points, drawn at so many pixels a point.
    pub fn new(size: [f32; 2], scale: f32, theme: Theme) -> Self {
        let ctx = Context::default();
        theme::apply(&ctx);
        ctx.set_theme(theme);
        Self { ctx, painter: CpuPainter::new(), size, scale, time: 0.0, shapes: Vec::new(), more: true }
    }

    /// Runs one frame with what happened since the last.
    pub fn frame(&mut self, events: Vec<Event>, run: impl FnMut(&mut Ui)) {
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size.into())),
            max_texture_side: Some(TEXTURE_SIDE),
            time: Some(self.time),
            predicted_dt: FRAME as f32,
            focused: true,
            events,
            ..RawInput::default()
        };
        if let Some(viewport) = input.viewports.get_mut(&ViewportId::ROOT) {
            viewport.native_pixels_per_point = Some(self.scale);
        }
        self.time += FRAME;
        let mut output = self.ctx.run_ui(input, run);
        self.painter.update_textures(&mut output.textures_delta);
        self.shapes = self.ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
        let delay = output.viewport_output.get(&ViewportId::ROOT).map(|v| v.repaint_delay);
        self.more = delay.is_some_and(|d| d.as_secs_f64() < FRAME);
    }

    /// Whether the last frame asked for another.
    pub fn wants_more(&self) -> bool {
        self.more
    }

    /// Draws the last frame.
    pub fn picture(&self) -> image::RgbaImage {
        let [w, h] = self.size.map(|s| (s * self.scale).round().max(1.0) as usize);
        let ground = Tokens::of(&self.ctx).base;
        let pixels = self.painter.paint_pixels(&self.shapes, self.scale, [w, h], ground);
        let mut bytes = vec![0; pixels.len() * 4];
        for (bytes, pixel) in bytes.chunks_exact_mut(4).zip(&pixels) {
            bytes.copy_from_slice(&pixel.to_le_bytes());
        }
        image::RgbaImage::from_raw(w as u32, h as u32, bytes).unwrap_or_default()
    }
}

impl Drop for Headless {
    fn drop(&mut self) {
        self.painter.update_textures(&mut TexturesDelta::default());
    }
}

/// The picture of an interface after so many frames.
pub fn picture(
    size: [f32; 2],
    scale: f32,
    theme: Theme,
    frames: usize,
    mut run: impl FnMut(&mut egui::Ui),
) -> image::RgbaImage {
    let mut window = Headless::new(size, scale, theme);
    for _ in 0..frames.max(1) {
        window.frame(Vec::new(), &mut run);
    }
    window.picture()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(ui: &mut Ui) {
        egui::CentralPanel::default().show(ui, |ui| {
            ui.heading("Title");
            ui.label("Text → 0123");
            let _ = ui.button("Button");
        });
    }

    #[test]
    fn a_picture_has_the_size_asked_for_and_is_the_same_twice() {
        let a = picture([200.0, 100.0], 1.5, Theme::Light, 2, app);
        assert_eq!(a.dimensions(), (300, 150));
        assert!(a == picture([200.0, 100.0], 1.5, Theme::Light, 2, app), "two pictures differ");
        assert_eq!(a.get_pixel(299, 149).0, theme::LIGHT.panel.to_array());
        let dark = picture([200.0, 100.0], 1.5, Theme::Dark, 2, app);
        assert_eq!(dark.get_pixel(299, 149).0, theme::DARK.panel.to_array());
        let colors = |i: &image::RgbaImage| i.pixels().copied().collect::<std::collections::HashSet<_>>().len();
        assert!(colors(&a) > 20 && colors(&dark) > 20, "text and frames are there");
    }
}
