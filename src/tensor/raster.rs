//! A window full of pixels from planes of any size: never more is read, held or coloured than the window shows.
//! Must never need the whole of a large array, and knows no widget.

use super::array::{Array, ShapeError};
use super::convert::Part;
use super::paint::{Paint, Painter};
use super::pyramid::{Grid, Join, Limits, Plane, Reduce};
use super::sample::Sample;
use super::view::{Run, View, runs};
use rayon::prelude::*;
use std::sync::Arc;

/// Cells that one window is made of at most; beyond, a coarser level serves.
const WINDOW_CELLS: u64 = 6 << 20;
/// Rows of pixels that one thread draws at a time.
const ROWS: usize = 16;

/// A picture to be: one to four number planes of the same shape. Cheap to make; share it between frames and the job that
/// builds its pyramid.
pub struct Raster {
    planes: Planes,
    rows: u64,
    cols: u64,
    /// The planes are stored with rows and columns swapped, so that storage runs along a row.
    swapped: bool,
}

enum Planes {
    Narrow(Vec<Plane<f32>>),
    Wide(Vec<Plane<f64>>),
}

/// Elements that a frame may read; the rest comes with the next frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort(pub u64);

impl Effort {
    /// A frame of a moving picture.
    pub const FRAME: Self = Self(1 << 21);
    /// Whatever it takes: exports, pictures without a window.
    pub const ALL: Self = Self(u64::MAX);
}

/// What a frame shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Elements joined to a cell, across and down the plane's own axes; 1, 1 when every pixel is an element.
    pub factor: [u64; 2],
    /// Some pixels show one element picked of many: the pyramid is not there yet.
    pub sampled: bool,
    /// More was wanted than the effort allowed: draw again.
    pub pending: bool,
}

impl Raster {
    /// One plane of real or complex numbers. `array` must have two axes.
    ///
    /// # Errors
    /// When it has not.
    pub fn new(array: &Array, part: Part, reduce: Reduce) -> Result<Self, ShapeError> {
        Self::of(&[(array.clone(), part)], reduce, Limits::usual())
    }

    /// Red, green, blue and perhaps opacity: three or four planes of one shape.
    ///
    /// # Errors
    /// When their number or shapes do not fit.
    pub fn rgb(channels: &[Array], reduce: Reduce) -> Result<Self, ShapeError> {
        if !(3..=4).contains(&channels.len()) {
            return Err(ShapeError::Mismatch);
        }
        let planes: Vec<_> = channels.iter().map(|a| (a.clone(), Part::Real)).collect();
        Self::of(&planes, reduce, Limits::usual())
    }

    /// A complex plane for [`Paint::Domain`].
    ///
    /// # Errors
    /// When it does not have two axes.
    pub fn complex(array: &Array, reduce: Reduce) -> Result<Self, ShapeError> {
        Self::of(&[(array.clone(), Part::Real), (array.clone(), Part::Imaginary)], reduce, Limits::usual())
    }

    fn of(planes: &[(Array, Part)], reduce: Reduce, limits: Limits) -> Result<Self, ShapeError> {
        let Some((first, _)) = planes.first() else { return Err(ShapeError::Mismatch) };
        let (shape, strides) = (first.shape(), first.strides());
        let ([rows, cols], [down, across]) = (shape, strides) else { return Err(ShapeError::Mismatch) };
        if planes.iter().any(|(a, _)| a.shape() != shape) {
            return Err(ShapeError::Mismatch);
        }
        let swapped = across.unsigned_abs() > down.unsigned_abs();
        let stored = |a: &Array| if swapped { a.transpose(&[1, 0]) } else { Ok(a.clone()) };
        let narrow = planes.iter().all(|(a, part)| a.dtype.fits_f32() && (a.dtype.is_real() || *part != Part::Phase));
        // What is allowed is shared among the planes.
        let n = planes.len() as u64;
        let limits = Limits { levels: limits.levels / n, tiles: limits.tiles / n, ..limits };
        let planes = if narrow {
            Planes::Narrow(
                planes.iter().map(|(a, p)| Plane::new(stored(a)?, *p, reduce, limits)).collect::<Result<_, _>>()?,
            )
        } else {
            Planes::Wide(
                planes.iter().map(|(a, p)| Plane::new(stored(a)?, *p, reduce, limits)).collect::<Result<_, _>>()?,
            )
        };
        Ok(Self { planes, rows: *rows, cols: *cols, swapped })
    }

    /// Rows of the plane.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Columns of the plane.
    pub const fn cols(&self) -> u64 {
        self.cols
    }

    /// The pyramid is there: every frame is exact.
    pub fn is_built(&self) -> bool {
        match &self.planes {
            Planes::Narrow(p) => p.iter().all(Plane::is_built),
            Planes::Wide(p) => p.iter().all(Plane::is_built),
        }
    }

    /// Builds the pyramid: a job's work for large planes, done already for small ones. `progress` gets the elements done
    /// and all of them, and stops the work by `false`; then this is `false` too.
    pub fn build(&self, progress: &(dyn Fn(u64, u64) -> bool + Sync)) -> bool {
        fn all<S: Sample>(planes: &[Plane<S>], progress: &(dyn Fn(u64, u64) -> bool + Sync)) -> bool {
            let n = planes.len() as u64;
            (0..).zip(planes).all(|(i, p): (u64, _)| {
                p.build(&|done, of| progress(of.saturating_mul(i).saturating_add(done), of.saturating_mul(n)))
            })
        }
        match &self.planes {
            Planes::Narrow(p) => all(p, progress),
            Planes::Wide(p) => all(p, progress),
        }
    }

    /// Bytes that it holds beside the array.
    pub fn memory(&self) -> usize {
        match &self.planes {
            Planes::Narrow(p) => p.iter().map(Plane::memory).sum(),
            Planes::Wide(p) => p.iter().map(Plane::memory).sum(),
        }
    }

    /// Draws the window: `out` gets `size[0]` × `size[1]` pixels, rows from the top, as red, green, blue and opacity (not
    /// multiplied in). Pixels beside the picture are transparent.
    pub fn render(&self, view: &View, paint: &Paint, effort: Effort, out: &mut Vec<[u8; 4]>) -> Rendered {
        let [w, h] = view.size.map(|n| usize::try_from(n).unwrap_or(0));
        out.clear();
        out.resize(w.saturating_mul(h), [0; 4]);
        if out.is_empty() || view.scale.iter().any(|s| !s.is_normal() || *s < 0.0) {
            return Rendered { factor: [1, 1], ..Rendered::default() };
        }
        let across = view.turn.transpose != self.swapped;
        let rendered = if across {
            // Storage runs down the window: drawn along storage, then turned.
            let mut turned = vec![[0; 4]; out.len()];
            let rendered = self.draw(view, true, paint, effort, &mut turned);
            transpose(&turned, h, out, w);
            rendered
        } else {
            self.draw(view, false, paint, effort, out)
        };
        if self.swapped { Rendered { factor: [rendered.factor[1], rendered.factor[0]], ..rendered } } else { rendered }
    }

    fn draw(&self, view: &View, turned: bool, paint: &Paint, effort: Effort, out: &mut [[u8; 4]]) -> Rendered {
        match &self.planes {
            Planes::Narrow(p) => draw(p, view, turned, paint, effort, out),
            Planes::Wide(p) => draw(p, view, turned, paint, effort, out),
        }
    }
}

/// One axis of the window along one axis of the stored plane.
#[derive(Clone, Copy)]
struct Side {
    origin: f64,
    scale: f64,
    pixels: u32,
    flip: bool,
    n: u64,
}

impl Side {
    fn runs(self, factor: u64) -> Vec<Run> {
        runs(self.origin, self.scale, self.pixels, self.flip, self.n, factor)
    }

    /// Elements that the window spans.
    fn seen(self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates; positive")]
        let n = (f64::from(self.pixels) / self.scale).ceil() as u64;
        n.min(self.n)
    }
}

/// The cells that a window shows: borrowed from a level, or put together from tiles.
struct Cells<'a, S> {
    held: Held<'a, S>,
    /// Of the first row and column that are held.
    row: u64,
    col: u64,
    cols: usize,
}

enum Held<'a, S> {
    Grid(&'a Grid<S>),
    Own(Vec<S>),
}

impl<S: Sample> Cells<'_, S> {
    fn line(&self, row: u64) -> &[S] {
        match &self.held {
            Held::Grid(g) => g.row(row),
            Held::Own(v) => {
                let start =
                    usize::try_from(row.saturating_sub(self.row)).unwrap_or(usize::MAX).saturating_mul(self.cols);
                v.get(start..start.saturating_add(self.cols)).unwrap_or(&[])
            }
        }
    }
}

/// First and end of what the runs cover; `None` when the window lies beside the plane.
fn cover(runs: &[Run]) -> Option<(u64, u64)> {
    let shown = || runs.iter().filter(|r| r.count > 0);
    Some((shown().map(|r| r.first).min()?, shown().map(|r| r.first + r.count).max()?))
}

fn draw<S: Sample>(
    planes: &[Plane<S>],
    view: &View,
    turned: bool,
    paint: &Paint,
    effort: Effort,
    out: &mut [[u8; 4]],
) -> Rendered {
    let Some(first) = planes.first() else { return Rendered::default() };
    let side = |i: usize, n: u64| {
        let at = |v: [f64; 2]| if i == 0 { v[0] } else { v[1] };
        let (pixels, flip) = if i == 0 { (view.size[0], view.turn.flip_x) } else { (view.size[1], view.turn.flip_y) };
        Side { origin: at(view.origin), scale: at(view.scale), pixels, flip, n }
    };
    // `x` runs along storage.
    let (x, y) =
        if turned { (side(1, first.cols), side(0, first.rows)) } else { (side(0, first.cols), side(1, first.rows)) };
    let fits = |k: u32| {
        let [fx, fy] = first.factor(k).map(super::view::float);
        fx <= (1.0 / x.scale).max(1.0) && fy <= (1.0 / y.scale).max(1.0)
    };
    let mut k = (1..=first.top).take_while(|k| fits(*k)).last().unwrap_or(0);
    let cells = |k: u32| {
        let [fx, fy] = first.factor(k);
        (x.seen() / fx).saturating_mul(y.seen() / fy)
    };
    while k < first.top && cells(k) > WINDOW_CELLS {
        k += 1;
    }
    let mut rendered = Rendered::default();
    let exact = first.level(k).is_some() || k < first.base || k == 0;
    let too_many = cells(k) > WINDOW_CELLS;
    let factor = if exact && !too_many { first.factor(k) } else { first.overview().factor };
    let (xs, ys) = (x.runs(factor[0]), y.runs(factor[1]));
    rendered.factor = factor;
    rendered.sampled = (!exact || too_many) && factor != [1, 1];
    let (Some((c0, c1)), Some((r0, r1))) = (cover(&xs), cover(&ys)) else { return rendered };
    let mut shown = Vec::with_capacity(planes.len());
    for plane in planes {
        shown.push(if !exact || too_many {
            Cells { held: Held::Grid(plane.overview()), row: 0, col: 0, cols: 0 }
        } else if let Some(grid) = plane.level(k) {
            Cells { held: Held::Grid(grid), row: 0, col: 0, cols: 0 }
        } else {
            let effort = Effort(effort.0 / planes.len() as u64);
            assemble(plane, k, [c0, c1], [r0, r1], effort, &mut rendered)
        });
    }
    paint_rows(&shown, first.how, paint, &xs, &ys, out);
    rendered
}

/// A tile by its place among tiles, when it is there.
type Placed<S> = ([u64; 2], Option<Arc<Vec<S>>>);

/// Puts a window together from tiles; those that the effort does not reach are filled from what is there.
fn assemble<'a, S: Sample>(
    plane: &Plane<S>,
    k: u32,
    [c0, c1]: [u64; 2],
    [r0, r1]: [u64; 2],
    effort: Effort,
    rendered: &mut Rendered,
) -> Cells<'a, S> {
    let [fx, fy] = plane.factor(k);
    let (tx, ty) = (
        c0 / plane.limits.tile[0]..c1.div_ceil(plane.limits.tile[0]),
        r0 / plane.limits.tile[1]..r1.div_ceil(plane.limits.tile[1]),
    );
    let mut tiles: Vec<Placed<S>> =
        ty.flat_map(|y| tx.clone().map(move |x| [x, y])).map(|t| (t, plane.held(k, t[0], t[1]))).collect();
    // What is missing is read from the middle outwards.
    let mut wanted: Vec<&mut Placed<S>> = tiles.iter_mut().filter(|t| t.1.is_none()).collect();
    let (cx, cy) = ((c0 + c1) / 2, (r0 + r1) / 2);
    wanted.sort_by_key(|(t, _)| {
        let [dx, dy] = [
            (t[0] * plane.limits.tile[0] + plane.limits.tile[0] / 2).abs_diff(cx),
            (t[1] * plane.limits.tile[1] + plane.limits.tile[1] / 2).abs_diff(cy),
        ];
        dx.saturating_mul(dx).saturating_add(dy.saturating_mul(dy))
    });
    let each = plane.limits.tile[0].saturating_mul(plane.limits.tile[1]).saturating_mul(fx).saturating_mul(fy);
    let most = usize::try_from((effort.0 / each).max(1)).unwrap_or(usize::MAX);
    if wanted.len() > most {
        rendered.pending = true;
        wanted.truncate(most);
    }
    wanted.into_par_iter().for_each(|(t, tile)| *tile = Some(plane.load(k, t[0], t[1])));

    let cols = usize::try_from(c1 - c0).unwrap_or(0);
    let rows = usize::try_from(r1 - r0).unwrap_or(0);
    let mut own = vec![S::MISSING; cols.saturating_mul(rows)];
    if cols == 0 {
        return Cells { held: Held::Own(own), row: r0, col: c0, cols };
    }
    // Tiles of one row of tiles fill a band of whole lines: the bands are filled side by side.
    let lines = |ty: u64| {
        let (a, b) = ((ty * plane.limits.tile[1]).max(r0), ((ty + 1) * plane.limits.tile[1]).min(r1));
        (a, b.saturating_sub(a))
    };
    let mut bands: Vec<(u64, &mut [S])> = Vec::new();
    let mut rest = own.as_mut_slice();
    for ty in r0 / plane.limits.tile[1]..r1.div_ceil(plane.limits.tile[1]) {
        let n = usize::try_from(lines(ty).1).unwrap_or(0).saturating_mul(cols).min(rest.len());
        let (band, more) = rest.split_at_mut(n);
        bands.push((ty, band));
        rest = more;
    }
    let coarse = rendered.pending.then(|| plane.level(plane.base).unwrap_or_else(|| plane.overview()));
    bands.into_par_iter().for_each(|(ty, band)| {
        let (top, _) = lines(ty);
        for ([tx, _], tile) in tiles.iter().filter(|(t, _)| t[1] == ty) {
            let [w, _] = plane.tile_size(k, *tx, ty);
            let (left, right) = ((tx * plane.limits.tile[0]).max(c0), (tx * plane.limits.tile[0] + w).min(c1));
            let n = usize::try_from(right.saturating_sub(left)).unwrap_or(0);
            let into = usize::try_from(left - c0).unwrap_or(0);
            for (i, line) in band.chunks_mut(cols).enumerate() {
                let row = top + i as u64;
                let Some(to) = line.get_mut(into..into.saturating_add(n)) else { continue };
                match tile {
                    Some(tile) => {
                        let at = (row - ty * plane.limits.tile[1])
                            .saturating_mul(w)
                            .saturating_add(left - tx * plane.limits.tile[0]);
                        let at = usize::try_from(at).unwrap_or(usize::MAX);
                        if let Some(from) = tile.get(at..at.saturating_add(n)) {
                            to.copy_from_slice(from);
                        }
                    }
                    None => {
                        let Some(grid) = coarse else { continue };
                        let from =
                            grid.row(((row * fy + fy / 2) / grid.factor[1].max(1)).min(grid.rows.saturating_sub(1)));
                        for (c, o) in (left..).zip(to) {
                            let at = ((c * fx + fx / 2) / grid.factor[0].max(1)).min(grid.cols.saturating_sub(1));
                            *o = usize::try_from(at).ok().and_then(|at| from.get(at)).copied().unwrap_or(S::MISSING);
                        }
                    }
                }
            }
        }
    });
    rendered.sampled |= rendered.pending;
    Cells { held: Held::Own(own), row: r0, col: c0, cols }
}

/// Joins the cells of each pixel and colours them, rows side by side.
fn paint_rows<S: Sample>(
    shown: &[Cells<'_, S>],
    how: Reduce,
    paint: &Paint,
    xs: &[Run],
    ys: &[Run],
    out: &mut [[u8; 4]],
) {
    let painter = Painter::new(paint);
    let w = xs.len().max(1);
    // Where each run starts in the held line, once for all rows.
    let starts: Vec<Vec<(usize, usize)>> = shown
        .iter()
        .map(|c| {
            let at = |r: &Run| usize::try_from(r.first.saturating_sub(c.col)).unwrap_or(usize::MAX);
            xs.iter().map(|r| (at(r), usize::try_from(r.count).unwrap_or(0))).collect()
        })
        .collect();
    let single = xs.iter().all(|r| r.count <= 1);
    out.par_chunks_mut(w * ROWS).enumerate().for_each_init(
        || (vec![vec![S::MISSING; w]; shown.len()], Vec::new()),
        |(lines, sums), (block, out)| {
            let mut last = Run::default();
            for (i, out) in out.chunks_mut(w).enumerate() {
                let y = block * ROWS + i;
                let Some(run) = ys.get(y).copied().filter(|r| r.count > 0) else { continue };
                if i == 0 || run != last {
                    for ((cells, starts), line) in shown.iter().zip(&starts).zip(lines.iter_mut()) {
                        join_row(cells, how, run, starts, single, sums, line);
                    }
                    last = run;
                }
                let channels: [&[S]; 4] =
                    std::array::from_fn(|c| lines.get(c).map_or(&[] as &[S], |line| line.as_slice()));
                let there = |x: usize| xs.get(x).is_some_and(|r| r.count > 0);
                painter.row(channels.get(..shown.len().min(4)).unwrap_or(&[]), there, y, out);
            }
        },
    );
}

/// One row of pixels of one plane: every pixel joins its cells.
fn join_row<S: Sample>(
    cells: &Cells<'_, S>,
    how: Reduce,
    run: Run,
    starts: &[(usize, usize)],
    single: bool,
    sums: &mut Vec<f64>,
    out: &mut [S],
) {
    if how == Reduce::Nearest || (single && run.count == 1) {
        let line = cells.line(run.first + run.count / 2);
        for (o, (at, n)) in out.iter_mut().zip(starts) {
            *o = line.get(at + n / 2).copied().unwrap_or(S::MISSING);
        }
        return;
    }
    let first = cells.line(run.first);
    let slowly = |at: usize, n: usize| {
        let mut join = Join::new(how);
        for r in run.first..run.first + run.count {
            cells.line(r).iter().skip(at).take(n).for_each(|s| join.add(*s));
        }
        join.done()
    };
    if how != Reduce::Mean {
        for (o, (at, n)) in out.iter_mut().zip(starts) {
            *o = slowly(*at, *n);
        }
        return;
    }
    // The mean, quickly: sums down the columns, then across; what is not finite goes the slow way.
    sums.clear();
    sums.extend(first.iter().map(|s| s.f64()));
    for r in run.first + 1..run.first + run.count {
        sums.iter_mut().zip(cells.line(r)).for_each(|(a, s)| *a += s.f64());
    }
    let rows = super::view::float(run.count);
    for (o, (at, n)) in out.iter_mut().zip(starts) {
        let part = sums.get(*at..at.saturating_add(*n)).unwrap_or(&[]);
        let sum: f64 = part.iter().sum();
        let mean = sum / (rows * super::view::float(*n as u64));
        *o = if mean.is_finite() { S::of(mean) } else { slowly(*at, *n) };
    }
}

/// Swaps rows and columns of pixels, in small blocks so that both sides stay in the cache.
fn transpose(from: &[[u8; 4]], from_cols: usize, out: &mut [[u8; 4]], out_cols: usize) {
    const BLOCK: usize = 32;
    out.par_chunks_mut(out_cols.max(1) * BLOCK).enumerate().for_each(|(b, band)| {
        let r0 = b * BLOCK;
        let rows = band.len() / out_cols.max(1);
        for c0 in (0..out_cols).step_by(BLOCK) {
            for c in c0..(c0 + BLOCK).min(out_cols) {
                let Some(line) = from.get(c * from_cols + r0..c * from_cols + r0 + rows) else { continue };
                for (r, p) in line.iter().enumerate() {
                    if let Some(o) = band.get_mut(r * out_cols + c) {
                        *o = *p;
                    }
                }
            }
        }
    });
}

#[cfg(test)]
#[path = "raster_tests.rs"]
mod tests;
