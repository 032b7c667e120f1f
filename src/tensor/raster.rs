//! A window full of pixels from planes of any size: never more is read, held or coloured than the window shows.
//! Must never need the whole of a large array, and knows no widget.

use super::array::{Array, ShapeError};
use super::convert::Part;
use super::paint::{LastSteps, Paint, Painter};
use super::pyramid::{Grid, Join, Limits, Plane, Reduce};
use super::sample::Sample;
use super::view::{Run, View, runs};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    steps: LastSteps,
    /// Tiles that the last drawing missed: plane, level, and place across and down; from the middle outwards.
    missed: Mutex<Vec<(usize, u32, [u64; 2])>>,
    /// Tiles that were fetched so far.
    fetched: AtomicU64,
}

enum Planes {
    Narrow(Vec<Plane<f32>>),
    Wide(Vec<Plane<f64>>),
}

/// Elements that a frame may read; the rest comes with the next frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort(pub u64);

impl Effort {
    /// Nothing is read: a frame of a window, whose disk may be slow. [`Raster::fetch`] brings what was missed.
    pub const NONE: Self = Self(0);
    /// A frame of a moving picture that is drawn where it is read.
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

    /// Two planes of one shape for [`Paint::Difference`].
    ///
    /// # Errors
    /// When they have not the same two axes.
    pub fn pair(a: &Array, b: &Array, part: Part, reduce: Reduce) -> Result<Self, ShapeError> {
        Self::of(&[(a.clone(), part), (b.clone(), part)], reduce, Limits::usual())
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
        let (missed, fetched) = (Mutex::default(), AtomicU64::new(0));
        Ok(Self { planes, rows: *rows, cols: *cols, swapped, steps: LastSteps::default(), missed, fetched })
    }

    /// Takes the first, sampled look that a large plane is drawn from until its pyramid is there. It reads: a job's work,
    /// which the first drawing would do otherwise.
    pub fn look(&self) {
        fn all<S: Sample>(planes: &[Plane<S>]) {
            planes.iter().filter(|p| !p.is_built()).for_each(|p| _ = p.overview());
        }
        match &self.planes {
            Planes::Narrow(p) => all(p),
            Planes::Wide(p) => all(p),
        }
    }

    /// Reads what the last drawing missed, from the middle outwards, a few tiles at a time until `enough`. A job's work.
    pub fn fetch(&self, enough: &dyn Fn() -> bool) {
        fn load<S: Sample>(planes: &[Plane<S>], (plane, level, [x, y]): (usize, u32, [u64; 2])) {
            if let Some(p) = planes.get(plane).filter(|p| p.held(level, x, y).is_none()) {
                p.load(level, x, y);
            }
        }
        loop {
            let some: Vec<_> = {
                let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
                let n = missed.len().min(rayon::current_num_threads());
                missed.drain(..n).collect()
            };
            if some.is_empty() {
                return;
            }
            some.par_iter().for_each(|tile| match &self.planes {
                Planes::Narrow(p) => load(p, *tile),
                Planes::Wide(p) => load(p, *tile),
            });
            self.fetched.fetch_add(some.len() as u64, Ordering::Release);
            if enough() {
                return;
            }
        }
    }

    /// Tiles fetched so far: while that stays the same, so does a drawing.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Acquire)
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
        out.resize(w.saturating_mul(h), [0; 4]);
        if out.is_empty() || view.scale.iter().any(|s| !s.is_normal() || *s < 0.0) {
            out.fill([0; 4]);
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
        let (painter, mut missed) = (Painter::new(paint, &self.steps), Vec::new());
        let rendered = match &self.planes {
            Planes::Narrow(p) => draw(p, view, turned, &painter, effort, &mut missed, out),
            Planes::Wide(p) => draw(p, view, turned, &painter, effort, &mut missed, out),
        };
        *self.missed.lock().unwrap_or_else(PoisonError::into_inner) = missed;
        rendered
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

/// The cells that a window shows.
enum Cells<'a, S> {
    /// A level that is there.
    Grid(&'a Grid<S>),
    /// Tiles of a level.
    Tiles(Mosaic<'a, S>),
}

/// Tiles side by side, and what stands in for those that are not there yet.
struct Mosaic<'a, S> {
    plane: &'a Plane<S>,
    level: u32,
    /// The tiles `across` × any number down, from `first` on.
    tiles: Vec<Option<Arc<Vec<S>>>>,
    first: [u64; 2],
    across: u64,
    /// Columns that the window shows: first and end.
    cols: [u64; 2],
    coarse: Option<&'a Grid<S>>,
}

impl<S: Sample> Cells<'_, S> {
    /// The column that a line starts with.
    const fn start(&self) -> u64 {
        match self {
            Self::Grid(_) => 0,
            Self::Tiles(m) => m.cols[0],
        }
    }

    /// One line of cells; `buf` holds it where it must be put together.
    fn line<'b>(&'b self, row: u64, buf: &'b mut Vec<S>) -> &'b [S] {
        match self {
            Self::Grid(g) => g.row(row),
            Self::Tiles(m) => m.line(row, buf),
        }
    }
}

impl<S: Sample> Mosaic<'_, S> {
    fn line<'b>(&'b self, row: u64, buf: &'b mut Vec<S>) -> &'b [S] {
        let [w, h] = self.plane.limits.tile;
        let (ty, [c0, c1]) = (row / h, self.cols);
        buf.clear();
        for tx in c0 / w..c1.div_ceil(w) {
            let [wide, _] = self.plane.tile_size(self.level, tx, ty);
            let (left, right) = ((tx * w).max(c0), (tx * w + wide).min(c1));
            let n = usize::try_from(right.saturating_sub(left)).unwrap_or(0);
            let at = (ty - self.first[1]).saturating_mul(self.across).saturating_add(tx - self.first[0]);
            let tile = usize::try_from(at).ok().and_then(|at| self.tiles.get(at)).and_then(Option::as_ref);
            let part = tile.and_then(|t| {
                let at = usize::try_from((row - ty * h).checked_mul(wide)?.checked_add(left - tx * w)?).ok()?;
                t.get(at..at.checked_add(n)?)
            });
            match part {
                // All in one tile: nothing to put together.
                Some(part) if left == c0 && right == c1 => return part,
                Some(part) => buf.extend_from_slice(part),
                None => self.stand_in(row, left..right, buf),
            }
        }
        buf
    }

    fn stand_in(&self, row: u64, cols: std::ops::Range<u64>, buf: &mut Vec<S>) {
        let [fx, fy] = self.plane.factor(self.level);
        let cell = |i: u64, f: u64, g: u64, n: u64| ((i * f + f / 2) / g.max(1)).min(n.saturating_sub(1));
        let line = self.coarse.map_or(&[] as &[S], |g| g.row(cell(row, fy, g.factor[1], g.rows)));
        buf.extend(cols.map(|c| {
            let at = self.coarse.map_or(0, |g| cell(c, fx, g.factor[0], g.cols));
            usize::try_from(at).ok().and_then(|at| line.get(at)).copied().unwrap_or(S::MISSING)
        }));
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
    painter: &Painter<'_>,
    effort: Effort,
    missed: &mut Vec<(usize, u32, [u64; 2])>,
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
    let (Some((c0, c1)), Some((r0, r1))) = (cover(&xs), cover(&ys)) else {
        out.fill([0; 4]);
        return rendered;
    };
    let mut shown = Vec::with_capacity(planes.len());
    for (i, plane) in planes.iter().enumerate() {
        shown.push(if !exact || too_many {
            Cells::Grid(plane.overview())
        } else if let Some(grid) = plane.level(k) {
            Cells::Grid(grid)
        } else {
            let effort = Effort(effort.0 / planes.len() as u64);
            let (mosaic, rest) = gather_tiles(plane, k, [c0, c1], [r0, r1], effort);
            rendered.pending |= !rest.is_empty();
            rendered.sampled |= !rest.is_empty();
            missed.extend(rest.into_iter().map(|t| (i, k, t)));
            Cells::Tiles(mosaic)
        });
    }
    paint_rows(&shown, first.how, painter, &xs, &ys, out);
    rendered
}

/// A tile by its place among tiles, when it is there.
type Placed<S> = ([u64; 2], Option<Arc<Vec<S>>>);

/// The tiles of a window, and the places of those that the effort does not reach.
fn gather_tiles<'a, S: Sample>(
    plane: &'a Plane<S>,
    level: u32,
    cols: [u64; 2],
    [r0, r1]: [u64; 2],
    effort: Effort,
) -> (Mosaic<'a, S>, Vec<[u64; 2]>) {
    let ([fx, fy], [w, h], [c0, c1]) = (plane.factor(level), plane.limits.tile, cols);
    let (tx, ty) = (c0 / w..c1.div_ceil(w), r0 / h..r1.div_ceil(h));
    let (first, across) = ([tx.start, ty.start], tx.end - tx.start);
    plane.keep((ty.end - ty.start).saturating_mul(across));
    let mut tiles: Vec<Placed<S>> =
        ty.flat_map(|y| tx.clone().map(move |x| [x, y])).map(|t| (t, plane.held(level, t[0], t[1]))).collect();
    // What is missing is read from the middle outwards.
    let mut wanted: Vec<&mut Placed<S>> = tiles.iter_mut().filter(|t| t.1.is_none()).collect();
    let (cx, cy) = (c0.midpoint(c1), r0.midpoint(r1));
    wanted.sort_by_key(|(t, _)| {
        let [dx, dy] = [(t[0] * w + w / 2).abs_diff(cx), (t[1] * h + h / 2).abs_diff(cy)];
        dx.saturating_mul(dx).saturating_add(dy.saturating_mul(dy))
    });
    let each = w.saturating_mul(h).saturating_mul(fx).saturating_mul(fy);
    let most = (effort.0 / each.max(1)).max(u64::from(effort != Effort::NONE));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let rest: Vec<[u64; 2]> = wanted.iter().skip(most).map(|t| t.0).collect();
    wanted.truncate(most);
    wanted.into_par_iter().for_each(|(t, tile)| *tile = Some(plane.load(level, t[0], t[1])));
    let coarse = (!rest.is_empty()).then(|| plane.level(plane.base).unwrap_or_else(|| plane.overview()));
    let tiles = tiles.into_iter().map(|t| t.1).collect();
    (Mosaic { plane, level, tiles, first, across, cols, coarse }, rest)
}

/// Memory of one thread while it draws.
struct Lines<S> {
    /// A row of pixels of each plane.
    pixels: Vec<Vec<S>>,
    line: Vec<S>,
    sums: Vec<S>,
}

/// Joins the cells of each pixel and colours them, rows side by side.
fn paint_rows<S: Sample>(
    shown: &[Cells<'_, S>],
    how: Reduce,
    painter: &Painter<'_>,
    xs: &[Run],
    ys: &[Run],
    out: &mut [[u8; 4]],
) {
    let w = xs.len().max(1);
    // The pixels on the picture are one stretch; where the run of each starts in the line of cells, once for all rows.
    let left = xs.iter().position(|r| r.count > 0).unwrap_or(0);
    let right = xs.iter().rposition(|r| r.count > 0).map_or(left, |i| i + 1);
    let xs = xs.get(left..right).unwrap_or(&[]);
    let starts: Vec<Vec<(usize, usize)>> = shown
        .iter()
        .map(|c| {
            let at = |r: &Run| usize::try_from(r.first.saturating_sub(c.start())).unwrap_or(usize::MAX);
            xs.iter().map(|r| (at(r), usize::try_from(r.count).unwrap_or(0))).collect()
        })
        .collect();
    let single = xs.iter().all(|r| r.count <= 1);
    let fresh = || Lines { pixels: vec![vec![S::MISSING; xs.len()]; shown.len()], line: Vec::new(), sums: Vec::new() };
    out.par_chunks_mut(w * ROWS).enumerate().for_each_init(fresh, |lines, (block, out)| {
        let (mut last, mut same) = (Run::default(), false);
        for i in 0..out.len() / w {
            let y = block * ROWS + i;
            let (before, rest) = out.split_at_mut(i * w);
            let run = ys.get(y).copied().unwrap_or_default();
            let cut = if run.count == 0 { [0, 0] } else { [left, right] };
            for beside in [0..cut[0], cut[1]..w] {
                rest.get_mut(beside).unwrap_or_default().fill([0; 4]);
            }
            let Some(row) = rest.get_mut(left..right).filter(|_| run.count > 0) else { continue };
            if run == last && same {
                // The row above once more.
                if let Some(above) = before.get((i - 1) * w + left..(i - 1) * w + right) {
                    row.copy_from_slice(above);
                    continue;
                }
            }
            if run != last {
                for (c, (cells, starts)) in shown.iter().zip(&starts).enumerate() {
                    join_row(cells, how, run, starts, single, lines, c);
                }
            }
            let channels: [&[S]; 4] = std::array::from_fn(|c| lines.pixels.get(c).map_or(&[] as &[S], Vec::as_slice));
            let hatched = painter.row(channels.get(..shown.len().min(4)).unwrap_or(&[]), [left, y], row);
            (last, same) = (run, !hatched);
        }
    });
}

/// One row of pixels of plane `c`: every pixel joins its cells.
fn join_row<S: Sample>(
    cells: &Cells<'_, S>,
    how: Reduce,
    run: Run,
    starts: &[(usize, usize)],
    single: bool,
    lines: &mut Lines<S>,
    c: usize,
) {
    let Lines { pixels, line, sums } = lines;
    let Some(out) = pixels.get_mut(c) else { return };
    if how == Reduce::Nearest || (single && run.count == 1) {
        let line = cells.line(run.first + run.count / 2, line);
        // Cell for pixel, as at a magnification of one.
        let stretch = starts.first().zip(starts.last()).and_then(|((first, _), (last, _))| line.get(*first..=*last));
        if let Some(stretch) = stretch.filter(|s| single && s.len() == out.len()) {
            out.copy_from_slice(stretch);
            return;
        }
        for (o, (at, n)) in out.iter_mut().zip(starts) {
            *o = line.get(at + n / 2).copied().unwrap_or(S::MISSING);
        }
        return;
    }
    // Down the columns first, many at a time, then across. What is not finite goes the slow way, which tells a number
    // from what is none.
    sums.clear();
    sums.extend_from_slice(cells.line(run.first, line));
    for r in run.first + 1..run.first + run.count {
        let line = cells.line(r, line);
        match how {
            Reduce::Min => sums.iter_mut().zip(line).for_each(|(a, s)| *a = a.least(*s)),
            Reduce::Max => sums.iter_mut().zip(line).for_each(|(a, s)| *a = a.greatest(*s)),
            _ => sums.iter_mut().zip(line).for_each(|(a, s)| *a = a.add(*s)),
        }
    }
    let rows = u32::try_from(run.count).unwrap_or(u32::MAX);
    let mut odd = Vec::new();
    for (x, (o, (at, n))) in out.iter_mut().zip(starts).enumerate() {
        let joined = match (sums.get(*at..at.saturating_add(*n)), how) {
            (Some([one]), Reduce::Mean) => one.over(rows),
            (Some([a, b]), Reduce::Mean) => a.add(*b).over(rows.saturating_mul(2)),
            (Some([one]), _) => *one,
            (Some(part), Reduce::Min) => part.iter().copied().fold(S::NAN, S::least),
            (Some(part), Reduce::Max) => part.iter().copied().fold(S::NAN, S::greatest),
            (Some(part), _) => {
                let sum = part.iter().copied().fold(S::default(), S::add);
                sum.over(rows.saturating_mul(u32::try_from(*n).unwrap_or(u32::MAX)))
            }
            (None, _) => S::MISSING,
        };
        *o = joined;
        if !joined.f64().is_finite() {
            odd.push((x, *at, *n));
        }
    }
    for (x, at, n) in odd {
        let mut join = Join::new(how);
        for r in run.first..run.first + run.count {
            cells.line(r, line).iter().skip(at).take(n).for_each(|s| join.add(*s));
        }
        if let Some(o) = out.get_mut(x) {
            *o = join.done();
        }
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
