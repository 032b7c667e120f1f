//! Spans and pixels: how a triangle or an upright rectangle covers a band of the picture, and how colours mix.
//! Colours are premultiplied and mixed in gamma space, as egui's own painters do. It knows no meshes and no windows.
#![expect(clippy::indexing_slicing, reason = "rows and columns are clamped to the band; the rest are arrays of four")]

use super::texture::Texture;
use eframe::egui::{Color32, Pos2};

/// A premultiplied colour: red in the lowest byte, alpha in the highest.
pub type Pixel = u32;

/// Two channels of a pixel, each with eight bits of room above it.
const LANES: u32 = 0x00ff_00ff;
const HALF: u32 = 0x0080_0080;
/// Steps of a pixel that positions are rounded to.
const STEPS: i64 = 256;

/// A colour as a pixel.
pub fn pixel(color: Color32) -> Pixel {
    u32::from_le_bytes(color.to_array())
}

/// Every channel times `k / 255`, rounded. Wrapping: no lane ever carries into the next, and a check for each
/// operation would keep the loop over a row from being done several pixels at a time.
fn scale(p: Pixel, k: u32) -> Pixel {
    let low = (p & LANES).wrapping_mul(k).wrapping_add(HALF);
    let low = (low.wrapping_add((low >> 8) & LANES) >> 8) & LANES;
    let high = ((p >> 8) & LANES).wrapping_mul(k).wrapping_add(HALF);
    let high = high.wrapping_add((high >> 8) & LANES) & !LANES;
    low | high
}

/// Every channel of one times that of the other.
pub fn modulate(texel: Pixel, color: Pixel) -> Pixel {
    if texel == u32::MAX {
        return color;
    }
    let alpha = texel >> 24;
    if texel == alpha.wrapping_mul(0x0101_0101) {
        return scale(color, alpha);
    }
    let (a, b) = (texel.to_le_bytes(), color.to_le_bytes());
    u32::from_le_bytes(std::array::from_fn(|i| {
        let t = u32::from(a[i]) * u32::from(b[i]) + 128;
        ((t + (t >> 8)) >> 8) as u8
    }))
}

/// `w / 256` of the way from one pixel to another.
pub fn mix(a: Pixel, b: Pixel, w: u32) -> Pixel {
    let v = 256u32.wrapping_sub(w);
    let lanes =
        |a: u32, b: u32| (a & LANES).wrapping_mul(v).wrapping_add((b & LANES).wrapping_mul(w)).wrapping_add(HALF);
    ((lanes(a, b) >> 8) & LANES) | (lanes(a >> 8, b >> 8) & !LANES)
}

/// Source over destination.
fn over(dst: Pixel, src: Pixel) -> Pixel {
    let under = scale(dst, 255 - (src >> 24));
    let add = |a: u32, b: u32| {
        let sum = a.wrapping_add(b);
        let carry = sum & 0x0100_0100;
        (sum | carry.wrapping_sub(carry >> 8)) & LANES
    };
    add(under & LANES, src & LANES) | (add((under >> 8) & LANES, (src >> 8) & LANES) << 8)
}

fn fill(row: &mut [Pixel], color: Pixel) {
    match color >> 24 {
        255 => row.fill(color),
        0 if color == 0 => {}
        _ => row.iter_mut().for_each(|p| *p = over(*p, color)),
    }
}

/// A band of the picture, and what of it may be drawn upon.
pub struct Band<'a> {
    /// Its pixels, row after row.
    pub pixels: &'a mut [Pixel],
    /// The width of the picture.
    pub width: usize,
    /// The first row of the picture that it holds.
    pub top: usize,
    /// Columns that may be drawn upon.
    pub columns: (i64, i64),
    /// Rows of the picture that may be drawn upon; they lie within the band.
    pub rows: (i64, i64),
}

/// A corner, in pixels of the picture.
#[derive(Clone, Copy)]
pub struct Corner {
    /// Where it stands, in 256ths of a pixel.
    pub at: (i64, i64),
    /// Where it stands in the texture, from 0 to 1.
    pub uv: Pos2,
    /// Its colour.
    pub color: Color32,
}

/// A position in 256ths of a pixel.
pub fn snap(points: f32, pixels_per_point: f32) -> i64 {
    (points * pixels_per_point * STEPS as f32).round() as i64
}

/// The first pixel whose centre lies at or beyond a position.
fn first_center(at: i64) -> i64 {
    (at + STEPS / 2 - 1) >> 8
}

impl Band<'_> {
    fn row(&mut self, y: i64, from: i64, to: i64) -> &mut [Pixel] {
        let start = (y as usize - self.top) * self.width;
        &mut self.pixels[start + from as usize..start + to as usize]
    }

    /// Fills an upright rectangle with one colour, or with a part of a texture times that colour.
    /// `a` is its corner at the left and top, `b` the one opposite.
    pub fn rect(&mut self, a: Corner, b: Corner, texture: &Texture) {
        let (x0, x1) = (first_center(a.at.0).max(self.columns.0), first_center(b.at.0).min(self.columns.1));
        let (y0, y1) = (first_center(a.at.1).max(self.rows.0), first_center(b.at.1).min(self.rows.1));
        if x0 >= x1 || y0 >= y1 {
            return;
        }
        let color = pixel(a.color);
        if a.uv == b.uv {
            let color = modulate(texture.sample(a.uv, false), color);
            for y in y0..y1 {
                fill(self.row(y, x0, x1), color);
            }
            return;
        }
        // texels a pixel, and the texel under the centre of the first pixel
        let step =
            |t0: f32, t1: f32, p0: i64, p1: i64, size: usize| (t1 - t0) * size as f32 * STEPS as f32 / (p1 - p0) as f32;
        let [w, h] = texture.size;
        let (du, dv) = (step(a.uv.x, b.uv.x, a.at.0, b.at.0, w), step(a.uv.y, b.uv.y, a.at.1, b.at.1, h));
        let start = |t0: f32, d: f32, p: i64, p0: i64, size: usize| {
            t0 * size as f32 + d * ((p * STEPS + STEPS / 2 - p0) as f32 / STEPS as f32)
        };
        let (u, v) = (start(a.uv.x, du, x0, a.at.0, w), start(a.uv.y, dv, y0, a.at.1, h));
        let whole = |at: f32, d: f32| (d - 1.0).abs() < 1e-3 && ((at - 0.5) - (at - 0.5).round()).abs() < 1.0 / 64.0;
        if whole(u, du) && whole(v, dv) {
            let (i, j) = ((u - 0.5).round() as i64, (v - 0.5).round() as i64);
            if let Some(rows) = texture.block(i, j, (x1 - x0) as usize, (y1 - y0) as usize) {
                for (y, texels) in (y0..y1).zip(rows) {
                    for (p, &texel) in self.row(y, x0, x1).iter_mut().zip(texels) {
                        if texel != 0 {
                            *p = over(*p, modulate(texel, color));
                        }
                    }
                }
                return;
            }
        }
        let linear = texture.is_linear(du.abs().max(dv.abs()) > 1.0);
        let columns: Vec<_> = (0..x1 - x0).map(|k| texture.taps(u + du * k as f32, 0, linear)).collect();
        for y in y0..y1 {
            let (j0, j1, wv) = texture.taps(v + dv * (y - y0) as f32, 1, linear);
            for (p, &(i0, i1, wu)) in self.row(y, x0, x1).iter_mut().zip(&columns) {
                let texel = texture.blend(i0, i1, wu, j0, j1, wv);
                *p = over(*p, modulate(texel, color));
            }
        }
    }

    /// Fills a triangle whose colours and texture run evenly between its corners.
    pub fn triangle(&mut self, mut c: [Corner; 3], texture: &Texture) {
        let area = |a: (i64, i64), b: (i64, i64), p: (i64, i64)| (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
        let mut full = area(c[0].at, c[1].at, c[2].at);
        if full == 0 {
            return;
        }
        if full < 0 {
            c.swap(1, 2);
            full = -full;
        }
        let at = c.map(|c| c.at);
        let low = |k: fn(&(i64, i64)) -> i64| at.iter().map(k).fold(i64::MAX, i64::min);
        let high = |k: fn(&(i64, i64)) -> i64| at.iter().map(k).fold(i64::MIN, i64::max);
        let y0 = first_center(low(|p| p.1)).max(self.rows.0);
        let y1 = (first_center(high(|p| p.1)) + 1).min(self.rows.1);
        let (left, right) =
            (first_center(low(|p| p.0)).max(self.columns.0), (first_center(high(|p| p.0)) + 1).min(self.columns.1));
        if y0 >= y1 || left >= right {
            return;
        }
        // a pixel on a shared edge belongs to one side: the top or left one
        let edges = [(at[1], at[2]), (at[2], at[0]), (at[0], at[1])].map(|(a, b)| {
            let owned = (a.1 == b.1 && b.0 > a.0) || b.1 < a.1;
            (a, b, if owned { 0 } else { -1 })
        });
        let paint = Paint::new(&c, full as f32, texture);
        for y in y0..y1 {
            let (mut x0, mut x1) = (left, right);
            for &(a, b, bias) in &edges {
                // the edge function along this row is e(x) = e0 + slope * x, and must not be negative
                let slope = -(b.1 - a.1) * STEPS;
                let e0 = area(a, b, (STEPS / 2, y * STEPS + STEPS / 2)) + bias;
                match slope.cmp(&0) {
                    std::cmp::Ordering::Greater => x0 = x0.max((-e0 + slope - 1).div_euclid(slope)),
                    std::cmp::Ordering::Less => x1 = x1.min(e0.div_euclid(-slope) + 1),
                    std::cmp::Ordering::Equal if e0 < 0 => x1 = x0,
                    std::cmp::Ordering::Equal => {}
                }
            }
            if x0 < x1 {
                paint.span(self.row(y, x0, x1), (x0 * STEPS + STEPS / 2, y * STEPS + STEPS / 2));
            }
        }
    }
}

/// A value that runs evenly over the plane: at the first corner, and its change for each pixel right and down.
#[derive(Clone, Copy)]
struct Plane {
    at: f32,
    dx: f32,
    dy: f32,
}

impl Plane {
    fn new(c: &[Corner; 3], full: f32, values: [f32; 3]) -> Self {
        let d = |i: usize, k: fn((i64, i64)) -> i64| (k(c[i].at) - k(c[0].at)) as f32;
        let (x1, y1, x2, y2) = (d(1, |p| p.0), d(1, |p| p.1), d(2, |p| p.0), d(2, |p| p.1));
        let (v1, v2) = (values[1] - values[0], values[2] - values[0]);
        let k = STEPS as f32 / full;
        Self { at: values[0], dx: (v1 * y2 - v2 * y1) * k, dy: (v2 * x1 - v1 * x2) * k }
    }

    fn value(&self, origin: (i64, i64), p: (i64, i64)) -> f32 {
        let (dx, dy) = ((p.0 - origin.0) as f32 / STEPS as f32, (p.1 - origin.1) as f32 / STEPS as f32);
        self.at + self.dx * dx + self.dy * dy
    }
}

/// How the pixels of a triangle get their colour.
enum Paint<'a> {
    Flat(Pixel),
    Shaded { origin: (i64, i64), color: [Plane; 4], texel: Pixel },
    Textured { origin: (i64, i64), color: [Plane; 4], uv: [Plane; 2], texture: &'a Texture, minify: bool },
}

impl<'a> Paint<'a> {
    fn new(c: &[Corner; 3], full: f32, texture: &'a Texture) -> Self {
        let same_uv = c[0].uv == c[1].uv && c[1].uv == c[2].uv;
        let same_color = c[0].color == c[1].color && c[1].color == c[2].color;
        let texel = if same_uv { texture.sample(c[0].uv, false) } else { 0 };
        if same_uv && same_color {
            return Self::Flat(modulate(texel, pixel(c[0].color)));
        }
        let origin = c[0].at;
        let color = std::array::from_fn(|i| Plane::new(c, full, c.map(|c| f32::from(c.color.to_array()[i]))));
        if same_uv {
            return Self::Shaded { origin, color, texel };
        }
        let uv = [Plane::new(c, full, c.map(|c| c.uv.x)), Plane::new(c, full, c.map(|c| c.uv.y))];
        let [w, h] = texture.size.map(|s| s as f32);
        let across = (uv[0].dx * w).hypot(uv[1].dx * h).max((uv[0].dy * w).hypot(uv[1].dy * h));
        Self::Textured { origin, color, uv, texture, minify: across > 1.0 }
    }

    fn span(&self, row: &mut [Pixel], first: (i64, i64)) {
        let shade = |color: &[Plane; 4], start: &[f32; 4], k: f32| {
            u32::from_le_bytes(std::array::from_fn(|i| (start[i] + color[i].dx * k + 0.5) as u8))
        };
        match self {
            Self::Flat(color) => fill(row, *color),
            Self::Shaded { origin, color, texel } => {
                let start = color.map(|c| c.value(*origin, first));
                for (k, p) in row.iter_mut().enumerate() {
                    *p = over(*p, modulate(*texel, shade(color, &start, k as f32)));
                }
            }
            Self::Textured { origin, color, uv, texture, minify } => {
                let start = color.map(|c| c.value(*origin, first));
                let (u, v) = (uv[0].value(*origin, first), uv[1].value(*origin, first));
                for (k, p) in row.iter_mut().enumerate() {
                    let k = k as f32;
                    let texel = texture.sample(Pos2::new(u + uv[0].dx * k, v + uv[1].dx * k), *minify);
                    *p = over(*p, modulate(texel, shade(color, &start, k)));
                }
            }
        }
    }
}
