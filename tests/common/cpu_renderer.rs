//! Our painter as the renderer of `egui_kittest`: pictures of tests need neither a driver nor a display.

use eframe::egui::{Context, FullOutput, TexturesDelta};
use picklescope::ui::Tokens;
use picklescope::ui::painter::CpuPainter;

/// The renderer. Give it to a harness with `.renderer(CpuRenderer::default())`.
#[derive(Default)]
pub struct CpuRenderer(CpuPainter);

impl egui_kittest::TestRenderer for CpuRenderer {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        self.0.update_textures(delta);
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<image::RgbaImage, String> {
        let ppp = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * ppp;
        let (w, h) = (size.x.round() as usize, size.y.round() as usize);
        let shapes = ctx.tessellate(output.shapes.clone(), ppp);
        let picture = self.0.paint(&shapes, ppp, [w, h], Tokens::of(ctx).base);
        let bytes = picture.pixels.iter().flat_map(|c| c.to_array()).collect();
        image::RgbaImage::from_raw(w as u32, h as u32, bytes).ok_or_else(|| "the picture has another size".to_owned())
    }
}
