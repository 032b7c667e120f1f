//! The slow painter that the fast one is measured against: every pixel, every triangle, in floats. For tests alone.

use super::texture::Texture;
use eframe::egui::{ClippedPrimitive, epaint};

/// Draws onto black; the pixels row after row, channels from 0 to 255.
pub fn paint(texture: &Texture, prims: &[ClippedPrimitive], ppp: f32, [w, h]: [usize; 2]) -> Vec<[f32; 4]> {
    let mut out = vec![[0.0, 0.0, 0.0, 255.0]; w * h];
    for p in prims {
        let epaint::Primitive::Mesh(mesh) = &p.primitive else { continue };
        let clip = |v: f32, most: usize| (v * ppp).round().clamp(0.0, most as f32) as usize;
        for t in mesh.indices.chunks(3) {
            let v: Vec<_> = t.iter().map(|&i| mesh.vertices[i as usize]).collect();
            let q = |v: &epaint::Vertex| [v.pos.x, v.pos.y].map(|c| f64::from((c * ppp * 256.0).round()) / 256.0);
            let [a, b, c] = [q(&v[0]), q(&v[1]), q(&v[2])];
            let area =
                |a: [f64; 2], b: [f64; 2], p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
            let full = area(a, b, c);
            if full == 0.0 {
                continue;
            }
            for y in clip(p.clip_rect.min.y, h)..clip(p.clip_rect.max.y, h) {
                for x in clip(p.clip_rect.min.x, w)..clip(p.clip_rect.max.x, w) {
                    let at = [x as f64 + 0.5, y as f64 + 0.5];
                    let l = [area(b, c, at) / full, area(c, a, at) / full, area(a, b, at) / full];
                    // an edge that runs through a centre belongs to the top or left side
                    let sign = full.signum();
                    let owned = [(b, c), (c, a), (a, b)].map(|(p, q)| {
                        let (dx, dy) = ((q[0] - p[0]) * sign, (q[1] - p[1]) * sign);
                        (dy == 0.0 && dx > 0.0) || dy < 0.0
                    });
                    if (0..3).any(|i| l[i] < 0.0 || (l[i] == 0.0 && !owned[i])) {
                        continue;
                    }
                    let run = |k: &dyn Fn(&epaint::Vertex) -> f32| {
                        (0..3).map(|i| f64::from(k(&v[i])) * l[i]).sum::<f64>() as f32
                    };
                    let uv = eframe::egui::pos2(run(&|v| v.uv.x), run(&|v| v.uv.y));
                    let texel = texture.sample(uv, false).to_le_bytes();
                    let src: [f32; 4] = std::array::from_fn(|i| {
                        run(&|v| f32::from(v.color.to_array()[i])) * f32::from(texel[i]) / 255.0
                    });
                    let dst = &mut out[y * w + x];
                    let k = 1.0 - src[3] / 255.0;
                    *dst = std::array::from_fn(|i| (src[i] + dst[i] * k).min(255.0));
                }
            }
        }
    }
    out
}
