//! The painter that needs no driver: egui's meshes to pixels, on the CPU, the same wherever it runs.
//! `shot`, every test picture, and a window without a graphics driver are drawn by it. It opens no window itself.

mod raster;
#[cfg(test)]
mod reference;
mod texture;

use eframe::egui::{ClippedPrimitive, Color32, ColorImage, Mesh, TextureId, TexturesDelta, epaint};
use raster::{Band, Corner, Pixel, pixel, snap};
use rayon::prelude::*;
use std::collections::HashMap;
use texture::Texture;

/// Rows of the picture that a thread draws at a time, at least.
const LEAST_BAND: usize = 64;

/// The painter, with the textures that it was given.
#[derive(Default)]
pub struct CpuPainter {
    textures: HashMap<TextureId, Texture>,
    /// Freed after the frame that still draws them, that is before the next change.
    leaving: Vec<TextureId>,
}

impl CpuPainter {
    /// A painter without textures.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what a frame changed in the textures. Call it before painting that frame, and once for each frame.
    pub fn update_textures(&mut self, delta: &mut TexturesDelta) {
        for id in self.leaving.drain(..) {
            self.textures.remove(&id);
        }
        for (id, changes) in delta.set.drain() {
            for change in &changes {
                let epaint::ImageData::Color(image) = &change.image;
                match change.pos {
                    Some(at) => {
                        if let Some(texture) = self.textures.get_mut(&id) {
                            texture.update(at, image, change.options);
                        }
                    }
                    None => {
                        if let Some(texture) = Texture::new(image, change.options) {
                            self.textures.insert(id, texture);
                        }
                    }
                }
            }
        }
        self.leaving.extend(delta.free.drain());
    }

    /// Draws a frame onto a ground of one colour.
    pub fn paint(
        &self,
        primitives: &[ClippedPrimitive],
        pixels_per_point: f32,
        [width, height]: [usize; 2],
        background: Color32,
    ) -> ColorImage {
        let mut pixels = self.paint_pixels(primitives, pixels_per_point, [width, height], background);
        let pixels = pixels.drain(..).map(|p| {
            let [r, g, b, a] = p.to_le_bytes();
            Color32::from_rgba_premultiplied(r, g, b, a)
        });
        ColorImage::new([width, height], pixels.collect())
    }

    /// Draws a frame as pixels with red in the lowest byte and alpha in the highest.
    pub fn paint_pixels(
        &self,
        primitives: &[ClippedPrimitive],
        pixels_per_point: f32,
        [width, height]: [usize; 2],
        background: Color32,
    ) -> Vec<Pixel> {
        let mut pixels = vec![pixel(background); width * height];
        if pixels.is_empty() {
            return pixels;
        }
        let clips: Vec<Clip<'_>> = primitives
            .par_iter()
            .with_min_len(16)
            .filter_map(|p| {
                let epaint::Primitive::Mesh(mesh) = &p.primitive else { return None };
                let texture = self.textures.get(&mesh.texture_id)?;
                let edge =
                    |points: f32, most: usize| ((points * pixels_per_point).round() as i64).clamp(0, most as i64);
                let columns = (edge(p.clip_rect.min.x, width), edge(p.clip_rect.max.x, width));
                let rows = (edge(p.clip_rect.min.y, height), edge(p.clip_rect.max.y, height));
                let visible = columns.0 < columns.1 && rows.0 < rows.1;
                visible.then(|| Clip { columns, rows, texture, pieces: pieces(mesh, rows, pixels_per_point) })
            })
            .collect();
        let band = height.div_ceil(rayon::current_num_threads() * 2).max(LEAST_BAND);
        pixels.par_chunks_mut(width * band).enumerate().for_each(|(number, pixels)| {
            let top = number * band;
            let (first, last) = (top as i64, (top + pixels.len() / width) as i64);
            let mut target = Band { pixels, width, top, columns: (0, 0), rows: (0, 0) };
            for clip in &clips {
                target.columns = clip.columns;
                target.rows = (clip.rows.0.max(first), clip.rows.1.min(last));
                if target.rows.0 >= target.rows.1 {
                    continue;
                }
                for piece in &clip.pieces {
                    match piece {
                        Piece::Rect(a, b) => target.rect(*a, *b, clip.texture),
                        Piece::Triangle(corners) => target.triangle(*corners, clip.texture),
                    }
                }
            }
        });
        pixels
    }
}

/// What one primitive draws, made ready for all bands.
struct Clip<'a> {
    columns: (i64, i64),
    rows: (i64, i64),
    texture: &'a Texture,
    pieces: Vec<Piece>,
}

/// A part of a mesh.
enum Piece {
    /// Upright, from its corner at the left and top to the one opposite.
    Rect(Corner, Corner),
    Triangle([Corner; 3]),
}

/// The parts of a mesh that may reach into some rows of the picture.
fn pieces(mesh: &Mesh, rows: (i64, i64), pixels_per_point: f32) -> Vec<Piece> {
    let corners: Vec<Corner> = mesh
        .vertices
        .iter()
        .map(|v| {
            let at = (snap(v.pos.x, pixels_per_point), snap(v.pos.y, pixels_per_point));
            Corner { at, uv: v.uv, color: v.color }
        })
        .collect();
    let reaches = |c: &[Corner]| {
        let (top, bottom) = (rows.0 << 8, rows.1 << 8);
        !c.iter().all(|c| c.at.1 <= top) && !c.iter().all(|c| c.at.1 > bottom)
    };
    let corner = |i: u32| corners.get(i as usize).copied();
    let mut out = Vec::with_capacity(mesh.indices.len() / 4);
    let mut rest = mesh.indices.as_slice();
    while let [a, b, c, after @ ..] = rest {
        rest = after;
        let (Some(ca), Some(cb), Some(cc)) = (corner(*a), corner(*b), corner(*c)) else { continue };
        if let [d, e, f, after_both @ ..] = after
            && (d, e) == (c, b)
            && let Some(cf) = corner(*f)
            && is_upright([&ca, &cb, &cc, &cf])
        {
            rest = after_both;
            if reaches(&[ca, cf]) {
                out.push(Piece::Rect(ca, cf));
            }
        } else if reaches(&[ca, cb, cc]) {
            out.push(Piece::Triangle([ca, cb, cc]));
        }
    }
    out
}

/// Whether four corners (left top, right top, left bottom, right bottom) are an upright rectangle of one colour,
/// with its texture upright too: a glyph, a picture.
fn is_upright([a, b, c, d]: [&Corner; 4]) -> bool {
    a.at.1 == b.at.1
        && c.at.1 == d.at.1
        && a.at.0 == c.at.0
        && b.at.0 == d.at.0
        && a.at.0 < b.at.0
        && a.at.1 < c.at.1
        && [b, c, d].iter().all(|v| v.color == a.color)
        && a.uv.y == b.uv.y
        && c.uv.y == d.uv.y
        && a.uv.x == c.uv.x
        && b.uv.x == d.uv.x
        && ((a.uv == d.uv) || (a.uv.x != d.uv.x && a.uv.y != d.uv.y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{
        self, Pos2, Rect, TextureOptions,
        epaint::{ImageDelta, Vertex},
        pos2,
    };
    use proptest::prelude::*;

    const ID: TextureId = TextureId::Managed(0);

    fn painter(options: TextureOptions) -> CpuPainter {
        let texels = (0..12u8).map(|i| Color32::from_rgba_unmultiplied(i * 20, 255 - i * 20, i * 7, 100 + i * 12));
        let mut delta = TexturesDelta::default();
        delta.push(ID, ImageDelta::full(ColorImage::new([4, 3], texels.collect()), options));
        let mut p = CpuPainter::new();
        p.update_textures(&mut delta);
        p
    }

    fn clipped(vertices: Vec<Vertex>, indices: Vec<u32>, clip: Rect) -> ClippedPrimitive {
        let mesh = Mesh { indices, vertices, texture_id: ID };
        ClippedPrimitive { clip_rect: clip, primitive: epaint::Primitive::Mesh(mesh) }
    }

    fn close(ours: &ColorImage, slow: &[[f32; 4]], tolerance: f32) {
        for (i, (a, b)) in ours.pixels.iter().zip(slow).enumerate() {
            for (a, b) in a.to_array().iter().zip(b) {
                assert!((f32::from(*a) - b).abs() <= tolerance, "pixel {i}: {a} and {b}");
            }
        }
    }

    fn vertex() -> impl Strategy<Value = Vertex> {
        let color = any::<[u8; 4]>().prop_map(|[r, g, b, a]| Color32::from_rgba_unmultiplied(r, g, b, a));
        (-5.0..45.0f32, -5.0..35.0f32, 0.0..1.0f32, 0.0..1.0f32, color).prop_map(|(x, y, u, v, color)| Vertex {
            pos: pos2(x, y),
            uv: pos2(u, v),
            color,
        })
    }

    proptest! {
        #[test]
        fn triangles_are_those_of_the_slow_painter(
            vertices in prop::collection::vec(vertex(), 3..9),
            ppp in prop::sample::select(vec![1.0f32, 1.5, 2.0]),
            flat in any::<bool>(),
        ) {
            let mut vertices = vertices;
            if flat {
                let (uv, color) = (vertices[0].uv, vertices[0].color);
                vertices.iter_mut().for_each(|v| (v.uv, v.color) = (uv, color));
            }
            let indices: Vec<u32> = (0..vertices.len() as u32 / 3 * 3).collect();
            let clip = Rect::from_min_max(pos2(3.0, 2.0), pos2(36.0, 28.0));
            let p = painter(TextureOptions::NEAREST);
            let prims = [clipped(vertices, indices, clip)];
            let size = [40, 30];
            // colours run linearly, but a texel's edge may fall on a pixel's centre: compare flat texture there
            let prims = if flat { prims } else {
                let [mut one] = prims;
                if let epaint::Primitive::Mesh(m) = &mut one.primitive {
                    let uv = m.vertices[0].uv;
                    m.vertices.iter_mut().for_each(|v| v.uv = uv);
                }
                [one]
            };
            let slow = reference::paint(&p.textures[&ID], &prims, ppp, size);
            close(&p.paint(&prims, ppp, size, Color32::BLACK), &slow, 2.0);
        }

        #[test]
        fn rectangles_are_those_of_the_slow_painter(
            x in 0.0..20.0f32, y in 0.0..15.0f32, w in 0.5..20.0f32, h in 0.5..15.0f32,
            linear in any::<bool>(), ppp in prop::sample::select(vec![1.0f32, 1.25, 2.0]),
        ) {
            let p = painter(if linear { TextureOptions::LINEAR } else { TextureOptions::NEAREST });
            let mut mesh = Mesh::with_texture(ID);
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            mesh.add_rect_with_uv(Rect::from_min_size(pos2(x, y), egui::vec2(w, h)), uv, Color32::WHITE);
            let prims = [clipped(mesh.vertices, mesh.indices, Rect::EVERYTHING)];
            let size = [40, 30];
            let ours = p.paint(&prims, ppp, size, Color32::BLACK);
            if linear {
                let slow = reference::paint(&p.textures[&ID], &prims, ppp, size);
                close(&ours, &slow, 3.0);
            }
            // as many pixels as centres lie inside, nearest or not
            let inside = (0..30).flat_map(|j| (0..40).map(move |i| (i, j))).filter(|&(i, j)| {
                let c = |v: i32| (v as f32 + 0.5) / ppp;
                c(i) >= x + 0.01 && c(i) < x + w - 0.01 && c(j) >= y + 0.01 && c(j) < y + h - 0.01
            });
            for (i, j) in inside {
                prop_assert_ne!(ours.pixels[j as usize * 40 + i as usize], Color32::BLACK);
            }
        }
    }

    #[test]
    fn a_nearest_picture_at_four_times_its_size_is_exact() {
        let p = painter(TextureOptions::NEAREST);
        let mut mesh = Mesh::with_texture(ID);
        let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        mesh.add_rect_with_uv(Rect::from_min_size(Pos2::ZERO, egui::vec2(16.0, 12.0)), uv, Color32::WHITE);
        let out =
            p.paint(&[clipped(mesh.vertices, mesh.indices, Rect::EVERYTHING)], 1.0, [16, 12], Color32::TRANSPARENT);
        for y in 0..12u8 {
            for x in 0..16u8 {
                let i = (y / 4) * 4 + x / 4;
                let want = Color32::from_rgba_unmultiplied(i * 20, 255 - i * 20, i * 7, 100 + i * 12);
                assert_eq!(out[(x.into(), y.into())], want, "{x} {y}");
            }
        }
    }

    #[test]
    fn two_triangles_share_no_pixel_and_leave_none_out() {
        let p = painter(TextureOptions::NEAREST);
        let grey = Color32::from_black_alpha(128);
        let v = |x: f32, y: f32| Vertex { pos: pos2(x, y), uv: pos2(0.9, 0.9), color: grey };
        let quad = vec![v(1.3, 2.1), v(37.2, 5.6), v(33.9, 27.4), v(4.4, 22.2)];
        let both = clipped(quad.clone(), vec![0, 1, 2, 0, 2, 3], Rect::EVERYTHING);
        let other = clipped(quad, vec![0, 1, 3, 1, 2, 3], Rect::EVERYTHING);
        let draw = |c| p.paint(&[c], 1.0, [40, 30], Color32::WHITE);
        let (a, b) = (draw(both), draw(other));
        assert!(a == b, "the same area however it is cut");
        let kinds: std::collections::HashSet<_> = a.pixels.iter().collect();
        assert_eq!(kinds.len(), 2, "the ground, and the area once");
    }

    #[test]
    fn a_part_of_a_texture_is_replaced_and_one_freed_is_kept_for_its_last_frame() {
        let mut p = painter(TextureOptions::NEAREST);
        let mut delta = TexturesDelta::default();
        let red = ColorImage::filled([9, 9], Color32::RED);
        delta.push(ID, ImageDelta::partial([2, 1], red, TextureOptions::NEAREST));
        delta.free(ID);
        p.update_textures(&mut delta);
        let at = |p: &CpuPainter, x: f32, y: f32| p.textures[&ID].sample(pos2(x, y), false);
        assert_eq!(at(&p, 0.99, 0.99), pixel(Color32::RED));
        assert_ne!(at(&p, 0.1, 0.1), pixel(Color32::RED));
        p.update_textures(&mut TexturesDelta::default());
        assert!(p.textures.is_empty());
    }
}
