//! A texture in memory and how it is read: nearest or linear, clamped, repeated or mirrored. It knows no triangles.
#![expect(clippy::indexing_slicing, reason = "positions are wrapped into the texture, whose size was checked")]

use super::raster::{Pixel, mix, pixel};
use eframe::egui::{ColorImage, Pos2, TextureFilter, TextureOptions, TextureWrapMode};

/// A texture.
pub struct Texture {
    /// Its width and height, in texels; never 0.
    pub size: [usize; 2],
    texels: Vec<Pixel>,
    options: TextureOptions,
}

impl Texture {
    /// A texture from a whole picture; `None` for one without texels.
    pub fn new(image: &ColorImage, options: TextureOptions) -> Option<Self> {
        let texels: Vec<_> = image.pixels.iter().map(|&c| pixel(c)).collect();
        let whole = image.size[0].checked_mul(image.size[1])? == texels.len() && !texels.is_empty();
        whole.then_some(Self { size: image.size, texels, options })
    }

    /// Replaces a block whose corner stands at `[x, y]`. What lies outside is left out.
    pub fn update(&mut self, [x, y]: [usize; 2], image: &ColorImage, options: TextureOptions) {
        self.options = options;
        let [w, h] = self.size;
        let width = image.size[0].min(w.saturating_sub(x));
        if width == 0 {
            return;
        }
        for (row, source) in image.pixels.chunks(image.size[0]).enumerate().take(h.saturating_sub(y)) {
            let start = (y + row) * w + x;
            for (to, from) in self.texels[start..start + width].iter_mut().zip(source) {
                *to = pixel(*from);
            }
        }
    }

    /// The rows of a block, if it lies within.
    pub fn block(&self, x: i64, y: i64, w: usize, h: usize) -> Option<impl Iterator<Item = &[Pixel]>> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        let inside = x + w <= self.size[0] && y + h <= self.size[1];
        inside.then(|| (y..y + h).map(move |row| &self.texels[row * self.size[0] + x..][..w]))
    }

    /// Whether it is read between texels.
    pub fn is_linear(&self, minify: bool) -> bool {
        let filter = if minify { self.options.minification } else { self.options.magnification };
        filter == TextureFilter::Linear
    }

    /// The two texels beside a position along an axis (0: across, 1: down), and how much the second weighs of 256.
    pub fn taps(&self, at: f32, axis: usize, linear: bool) -> (usize, usize, u32) {
        if !linear {
            let i = self.wrap(at.floor() as i64, axis);
            return (i, i, 0);
        }
        let at = at - 0.5;
        let floor = at.floor();
        let weight = ((at - floor) * 256.0 + 0.5) as u32;
        (self.wrap(floor as i64, axis), self.wrap(floor as i64 + 1, axis), weight)
    }

    fn wrap(&self, i: i64, axis: usize) -> usize {
        let n = self.size[axis] as i64;
        let i = match self.options.wrap_mode {
            TextureWrapMode::ClampToEdge => i.clamp(0, n - 1),
            TextureWrapMode::Repeat => i.rem_euclid(n),
            TextureWrapMode::MirroredRepeat => {
                let i = i.rem_euclid(2 * n);
                if i < n { i } else { 2 * n - 1 - i }
            }
        };
        i as usize
    }

    /// The mixture of four texels.
    pub fn blend(&self, i0: usize, i1: usize, wu: u32, j0: usize, j1: usize, wv: u32) -> Pixel {
        let get = |i: usize, j: usize| self.texels[j * self.size[0] + i];
        let row = |j: usize| if wu == 0 { get(i0, j) } else { mix(get(i0, j), get(i1, j), wu) };
        if wv == 0 { row(j0) } else { mix(row(j0), row(j1), wv) }
    }

    /// The colour at a position from 0 to 1 each way.
    pub fn sample(&self, uv: Pos2, minify: bool) -> Pixel {
        let linear = self.is_linear(minify);
        let (i0, i1, wu) = self.taps(uv.x * self.size[0] as f32, 0, linear);
        let (j0, j1, wv) = self.taps(uv.y * self.size[1] as f32, 1, linear);
        self.blend(i0, i1, wu, j0, j1, wv)
    }
}
