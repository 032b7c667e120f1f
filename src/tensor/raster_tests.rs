//! Every pixel against a plain evaluation, element by element, for any layout, type, window and level.

use super::super::colormap::{Colormap, Marks};
use super::super::data::Data;
use super::super::dtype::DType;
use super::super::stretch::{Scale, Stretch};
use super::super::view::Turn;
use super::*;
use proptest::prelude::*;

/// Small enough that arrays of some dozen elements have levels, tiles and overviews.
const SMALL: Limits =
    Limits { tile: [16, 4], levels: 2000, tiles: 1 << 20, least: 5, overview: 12, at_once: 300, piece: 64 };

fn mapped(lo: f64, hi: f64) -> Paint {
    Paint::Mapped {
        scale: Scale { lo, hi, stretch: Stretch::Linear },
        lut: Box::new(Colormap::Viridis.lut(false)),
        marks: Marks { below: Some([1, 1, 1]), above: Some([2, 2, 2]), ..Marks::dark() },
    }
}

/// The cells of level `k` of a plane, by the definition: the first kept level and those below it join elements, each
/// further one joins cells of the one before.
fn cells(a: &Array, part: Part, how: Reduce, factors: &[[u64; 2]], first: usize) -> Vec<Vec<f64>> {
    let (rows, cols) = (a.shape()[0], a.shape()[1]);
    let element = |r: u64, c: u64| {
        let mut one: Vec<f64> = Vec::new();
        let view = a.range(0, r, 1, 1).unwrap().range(1, c, 1, 1).unwrap();
        view.samples(part, &mut one, &mut Default::default()).unwrap();
        one[0]
    };
    let mut grid: Vec<Vec<f64>> = (0..rows).map(|r| (0..cols).map(|c| element(r, c)).collect()).collect();
    let mut done = [1, 1];
    for f in &factors[first.min(factors.len() - 1)..] {
        grid = reduced(&grid, [f[0] / done[0], f[1] / done[1]], how);
        done = *f;
    }
    grid
}

fn reduced(grid: &[Vec<f64>], [fx, fy]: [u64; 2], how: Reduce) -> Vec<Vec<f64>> {
    let (fx, fy) = (fx as usize, fy as usize);
    let cols = grid.first().map_or(0, Vec::len);
    (0..grid.len().div_ceil(fy))
        .map(|r| {
            (0..cols.div_ceil(fx))
                .map(|c| {
                    let (r1, c1) = (((r + 1) * fy).min(grid.len()), ((c + 1) * fx).min(cols));
                    if how == Reduce::Nearest {
                        return grid[(r * fy + fy / 2).min(r1 - 1)][(c * fx + fx / 2).min(c1 - 1)];
                    }
                    join((r * fy..r1).flat_map(|r| grid[r][c * fx..c1].iter().copied()), how)
                })
                .collect()
        })
        .collect()
}

fn join(values: impl Iterator<Item = f64>, how: Reduce) -> f64 {
    let all: Vec<f64> = values.collect();
    let numbers: Vec<f64> = all.iter().copied().filter(|v| !v.is_nan()).collect();
    if numbers.is_empty() {
        let plain = |v: &&f64| !v.is_missing() && !v.is_masked();
        return match all.iter().find(plain) {
            Some(_) => f64::NAN,
            None => all.iter().copied().find(|v| v.is_masked()).unwrap_or(f64::MISSING),
        };
    }
    match how {
        Reduce::Mean => numbers.iter().sum::<f64>() / numbers.len() as f64,
        Reduce::Min => numbers.iter().copied().fold(f64::INFINITY, f64::min),
        Reduce::Max => numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Reduce::Nearest => unreachable!("picked, not joined"),
    }
}

/// One pixel: the cells whose middle lies in it, else the cell under its middle.
fn pixel(
    grid: &[Vec<f64>],
    view: &View,
    shape: [u64; 2],
    factor: [u64; 2],
    how: Reduce,
    x: u32,
    y: u32,
) -> Option<f64> {
    let corner = |x: u32, y: u32| view.turn.to_plane(shape[0], shape[1], view.to_picture([f64::from(x), f64::from(y)]));
    let (a, b) = (corner(x, y), corner(x + 1, y + 1));
    let along = |i: usize, n: u64, f: u64| {
        let (lo, hi) = (a[i].min(b[i]), a[i].max(b[i]));
        let middle = |c: u64| ((c * f) as f64 + ((c + 1) * f).min(n) as f64) / 2.0;
        let inside: Vec<u64> = (0..n.div_ceil(f)).filter(|c| lo <= middle(*c) && middle(*c) < hi).collect();
        // An edge that rounding may put on either side decides nothing.
        let edge = (0..n.div_ceil(f)).any(|c| (middle(c) - lo).abs() < 1e-9 || (middle(c) - hi).abs() < 1e-9);
        let mid = lo.midpoint(hi);
        let edge = edge || (mid - mid.round()).abs() < 1e-9;
        match inside.is_empty() {
            false => (inside, edge),
            true if (0.0..n as f64).contains(&mid) => (vec![mid.floor() as u64 / f], edge),
            true => (vec![], edge),
        }
    };
    let (rows, e1) = along(0, shape[0], factor[1]);
    let (cols, e2) = along(1, shape[1], factor[0]);
    if e1 || e2 {
        return None;
    }
    if rows.is_empty() || cols.is_empty() {
        return Some(f64::from_bits(1));
    }
    if how == Reduce::Nearest {
        return Some(grid[rows[rows.len() / 2] as usize][cols[cols.len() / 2] as usize]);
    }
    Some(join(rows.iter().flat_map(|r| cols.iter().map(|c| grid[*r as usize][*c as usize])), how))
}

#[derive(Debug, Clone)]
struct Case {
    array: Array,
    part: Part,
    how: Reduce,
    view: View,
    built: bool,
    effort: u64,
}

fn values(dtype: &str, n: u64, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut out = Vec::new();
    for _ in 0..n * 2 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let f = match (state >> 33) % 24 {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 if seed.is_multiple_of(3) => f64::NEG_INFINITY,
            k => (state >> 40) as f64 / 16_777_216.0 * 3.0 - 1.0 + k as f64 * 1e-3,
        };
        match dtype {
            "<f4" | "<c8" => out.extend((f as f32).to_le_bytes()),
            ">f8" => out.extend(f.to_be_bytes()),
            "<i2" => out.extend(((state >> 48) as i16).to_le_bytes()),
            _ => out.push((state >> 50) as u8),
        }
    }
    out
}

fn cases() -> impl Strategy<Value = Case> {
    let layout = (1_u64..60, 1_u64..60, 0_u8..5, prop::sample::select(vec!["<f4", ">f8", "|u1", "<i2", "<c8"]));
    let window = (1_u32..40, 1_u32..40, -3.0_f64..3.0, -3.0_f64..3.0, 0_u8..3, -0.3_f64..1.0, -0.3_f64..1.0);
    let turn = (any::<bool>(), any::<bool>(), any::<bool>());
    let more = (any::<u64>(), 0_u8..4, prop::sample::select(Reduce::ALL.to_vec()), any::<bool>(), 0_u8..8);
    (layout, window, turn, more).prop_map(|((rows, cols, order, dtype), w, t, (seed, part, how, built, odd))| {
        let d = DType::parse(dtype).unwrap();
        let bytes = values(dtype, rows * cols * 2, seed);
        let item = d.item_size;
        let data = match odd {
            // Cut somewhere.
            0 => Data::memory(bytes[..(rows * cols * item * 2 / 3) as usize].to_vec()),
            _ => Data::memory(bytes),
        };
        let (r, c, i) = (rows as i64, cols as i64, item as i64);
        let (strides, offset) = match order {
            0 => ([c * i, i], 0),
            1 => ([i, r * i], 0),
            2 => ([c * i * 2, i * 2], 0),
            3 => ([-c * i, i], (rows - 1) * cols * item),
            _ => ([i, -r * i], (cols - 1) * rows * item),
        };
        let mut array = Array::from_strides(d, &[rows, cols], &strides, offset, data).unwrap();
        if odd == 1 {
            let mask = (0..rows * cols).map(|i| u8::from(i.wrapping_mul(seed).is_multiple_of(7))).collect::<Vec<u8>>();
            let mask = Array::new_c(DType::bool(), &[rows, cols], Data::memory(mask)).unwrap();
            array = array.with_mask(mask).unwrap();
        }
        let turn = Turn { transpose: t.0, flip_x: t.1, flip_y: t.2 };
        let scale = match w.4 {
            0 => [2.0_f64.powf(w.2), 2.0_f64.powf(w.3)],
            1 => [2.0_f64.powi(w.2.round() as i32); 2],
            _ => [2.0_f64.powf(w.2); 2],
        };
        let [pw, ph] = turn.size(rows, cols).map(|n| n as f64);
        let origin = [w.5 * pw, w.6 * ph];
        let part = [Part::Real, Part::Magnitude, Part::Phase, Part::Imaginary][usize::from(part)];
        let view = View { origin, scale, size: [w.0, w.1], turn };
        let effort = [u64::MAX, u64::MAX, 64, 0].get(usize::from(odd)).copied().unwrap_or(u64::MAX);
        Case { array, part, how, view, built, effort }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").map_or(600, |n| n.parse().unwrap()), ..ProptestConfig::default() })]
    #[test]
    fn every_pixel_is_what_its_elements_say(case in cases()) {
        let Case { array, part, how, view, built, effort } = case;
        let shape = [array.shape()[0], array.shape()[1]];
        let raster = Raster::of(&[(array.clone(), part)], how, SMALL).unwrap();
        if built {
            prop_assert!(raster.build(&|_, _| true));
        }
        let paint = mapped(-0.9, 1.7);
        let mut out = Vec::new();
        let mut rendered = raster.render(&view, &paint, Effort(effort), &mut out);
        let mut frames = 0;
        while rendered.pending {
            if effort == 0 {
                raster.fetch(&|| frames % 2 == 0);
            }
            rendered = raster.render(&view, &paint, Effort(effort), &mut out);
            frames += 1;
            prop_assert!(frames < 1000);
        }
        prop_assert_eq!(out.len(), (view.size[0] * view.size[1]) as usize);
        prop_assert!(!(built && rendered.sampled));
        // The levels as the raster stores them: with its axes swapped where storage runs the other way.
        let (factors, first) = match &raster.planes {
            Planes::Narrow(p) => ((0..=p[0].top).map(|k| p[0].factor(k)).collect::<Vec<_>>(), p[0].base),
            Planes::Wide(p) => ((0..=p[0].top).map(|k| p[0].factor(k)).collect::<Vec<_>>(), p[0].base),
        };
        let stored = if raster.swapped { array.transpose(&[1, 0]).unwrap() } else { array.clone() };
        let factor = if raster.swapped { [rendered.factor[1], rendered.factor[0]] } else { rendered.factor };
        let Some(k) = factors.iter().position(|f| *f == factor) else {
            prop_assert!(rendered.sampled);
            return Ok(());
        };
        if rendered.sampled {
            return Ok(());
        }
        let grid = cells(&stored, part, how, &factors[..=k], first as usize);
        let grid: Vec<Vec<f64>> = if raster.swapped {
            (0..grid[0].len()).map(|c| grid.iter().map(|r| r[c]).collect()).collect()
        } else {
            grid
        };
        let hatch = Marks::dark().missing;
        for y in 0..view.size[1] {
            for x in 0..view.size[0] {
                let got = out[(y * view.size[0] + x) as usize];
                let Some(v) = pixel(&grid, &view, shape, rendered.factor, how, x, y) else { continue };
                if v.to_bits() == 1 {
                    prop_assert_eq!(got, [0; 4], "beside the picture at {},{}", x, y);
                    continue;
                }
                match paint.color(&[v]) {
                    None => prop_assert!(hatch.iter().any(|h| got[..3] == h[..]), "missing at {},{}: {:?}", x, y, got),
                    Some(want) if want == got => {}
                    // f32 sums are rounded: a value at the very edge of a colour may fall on its other side.
                    Some(_) => {
                        let near = [v - v.abs() * 3e-7 - 1e-9, v + v.abs() * 3e-7 + 1e-9];
                        prop_assert!(near.iter().any(|n| paint.color(&[*n]) == Some(got)), "{},{}: {} is {:?}", x, y, v, got);
                    }
                }
            }
        }
    }

    #[test]
    fn before_the_pyramid_each_pixel_is_some_element_near_it(case in cases()) {
        let Case { array, part, how, view, .. } = case;
        let limits = Limits { at_once: 0, levels: 1 << 20, ..SMALL };
        let raster = Raster::of(&[(array.clone(), part)], how, limits).unwrap();
        let mut out = Vec::new();
        let paint = mapped(-0.9, 1.7);
        let rendered = raster.render(&view, &paint, Effort::ALL, &mut out);
        let (mut beside, mut shown) = (0, 0);
        let shape = [array.shape()[0], array.shape()[1]];
        for y in 0..view.size[1] {
            for x in 0..view.size[0] {
                let got = out[(y * view.size[0] + x) as usize];
                let at = view.turn.to_plane(shape[0], shape[1], view.to_picture([f64::from(x) + 0.5, f64::from(y) + 0.5]));
                let inside = (0..2).all(|i| at[i] >= 0.0 && at[i] < shape[i] as f64);
                if inside {
                    prop_assert!(got[3] == 255);
                    shown += 1;
                } else if got[3] == 0 {
                    beside += 1;
                }
            }
        }
        prop_assert!(shown + beside <= out.len());
        prop_assert!(shown == 0 || raster.is_built() || rendered.sampled || rendered.factor == [1, 1]);
    }
}

#[test]
fn channels_make_colours_and_share_what_is_allowed() {
    let n = 40_u64;
    let bytes: Vec<u8> = (0..n * n * 4).map(|i| (i % 251) as u8).collect();
    let a = Array::new_c(DType::uint(1), &[n, n, 4], Data::memory(bytes)).unwrap();
    let planes: Vec<Array> = (0..4).map(|c| a.plane(0, 1, &[0, 0, c]).unwrap()).collect();
    let raster = Raster::rgb(&planes, Reduce::Mean).unwrap();
    let paint = Paint::Rgb { scale: Scale::linear(0.0, 255.0), marks: Marks::dark() };
    let view = View { origin: [0.0; 2], scale: [1.0; 2], size: [40, 40], turn: Turn::default() };
    let mut out = Vec::new();
    raster.render(&view, &paint, Effort::ALL, &mut out);
    let want: Vec<[u8; 4]> = (0..n * n).map(|i| std::array::from_fn(|c| ((i * 4 + c as u64) % 251) as u8)).collect();
    assert_eq!(out, want);
    assert!(Raster::rgb(&planes[..2], Reduce::Mean).is_err());
    assert!(Raster::new(&a, Part::Real, Reduce::Mean).is_err());
}

#[test]
fn a_frame_without_effort_reads_nothing_and_what_it_missed_comes_in_the_end() {
    let values: Vec<u8> = (0..200 * 300).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let a = Array::new_c(DType::float(4), &[200, 300], Data::memory(values)).unwrap();
    // room for fewer tiles than the window shows
    let limits = Limits { tiles: 16 * 4 * 4 * 3, ..SMALL };
    let raster = Raster::of(&[(a, Part::Real)], Reduce::Mean, limits).unwrap();
    raster.look();
    assert!(raster.build(&|_, _| true));
    let paint = mapped(0.0, 60_000.0);
    let view = View { origin: [20.0, 30.0], scale: [1.0; 2], size: [200, 100], turn: Turn::default() };
    let (mut all, mut out) = (Vec::new(), Vec::new());
    let first = raster.render(&view, &paint, Effort::NONE, &mut out);
    assert!(first.pending && first.sampled && raster.fetched() == 0);
    let Planes::Narrow(planes) = &raster.planes else { panic!("f4 is narrow") };
    assert!(planes[0].held(0, 2, 8).is_none() && planes[0].held(0, 7, 20).is_none(), "no tile was read");
    raster.fetch(&|| true);
    let some = raster.fetched();
    assert!(some > 0 && raster.render(&view, &paint, Effort::NONE, &mut out).pending);
    raster.fetch(&|| false);
    assert!(raster.fetched() > some);
    assert_eq!(
        raster.render(&view, &paint, Effort::NONE, &mut out),
        Rendered { factor: [1, 1], ..Rendered::default() }
    );
    raster.render(&view, &paint, Effort::ALL, &mut all);
    assert!(out == all, "pixel for pixel");
}

#[test]
fn odd_windows_and_empty_planes_draw_nothing() {
    let a = Array::new_c(DType::float(4), &[0, 7], Data::memory(vec![])).unwrap();
    let raster = Raster::new(&a, Part::Real, Reduce::Mean).unwrap();
    let paint = mapped(0.0, 1.0);
    let mut out = Vec::new();
    for scale in [[1.0, 1.0], [0.0, 1.0], [f64::NAN, 1.0], [-1.0, 1.0], [f64::INFINITY; 2], [1e-300; 2], [1e300; 2]] {
        for origin in [[0.0; 2], [1e300, -1e300], [f64::NAN; 2]] {
            let view = View { origin, scale, size: [20, 10], turn: Turn::default() };
            raster.render(&view, &paint, Effort::ALL, &mut out);
            assert_eq!(out, vec![[0; 4]; 200]);
        }
    }
    let one = Array::new_c(DType::float(4), &[1, 1], Data::memory(1_f32.to_le_bytes().to_vec())).unwrap();
    let raster = Raster::new(&one, Part::Real, Reduce::Mean).unwrap();
    raster.render(&View::fit(1, 1, Turn::default(), [30, 20]), &paint, Effort::ALL, &mut out);
    assert_eq!(out.iter().filter(|p| p[3] == 255).count(), 400);
    assert_eq!(out[10 * 30 + 15], paint.color(&[1.0]).unwrap());
}

#[test]
fn a_job_is_stopped_and_tells_how_far_it_is() {
    let a = Array::new_c(DType::uint(1), &[2000, 2000], Data::memory(vec![3; 4_000_000])).unwrap();
    let raster = Raster::new(&a, Part::Real, Reduce::Max).unwrap();
    assert!(!raster.is_built());
    assert!(!raster.build(&|_, _| false));
    assert!(!raster.is_built());
    let last = std::sync::Mutex::new(0);
    assert!(raster.build(&|done, all| {
        let mut last = last.lock().unwrap();
        assert!(*last < done && done <= all && all == 4_000_000);
        *last = done;
        true
    }));
    assert_eq!(*last.lock().unwrap(), 4_000_000);
    assert!(raster.is_built() && raster.memory() > 1_000_000);
}
