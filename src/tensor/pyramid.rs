//! One number plane at every magnification: tiles of the array itself and of its finest reductions, read when they are
//! looked at, and coarser levels that a job builds once. Must never hold the whole of a large array, and knows no colour.
//!
//! Level `k` joins 2^k × 2^k elements into a cell, but an axis of few elements is left alone. A cell is the mean, least or
//! greatest of its numbers; what is no number counts only where a cell has nothing else.

use super::array::{Array, ShapeError};
use super::convert::Part;
use super::sample::{Sample, Scratch};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The overview stops refining after this long: a slow disk still gives a picture.
const OVERVIEW_TIME: Duration = Duration::from_millis(140);

/// How much is held and read at once.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Cells of a tile across and down: wide, for the array is stored in rows.
    pub(super) tile: [u64; 2],
    /// Bytes of all kept levels, for all planes of a picture.
    pub(super) levels: u64,
    /// Bytes of the tiles kept, for all planes of a picture.
    pub(super) tiles: u64,
    /// An axis is not reduced below this many cells.
    pub(super) least: u64,
    /// Cells of the first, sampled overview along the longer axes.
    pub(super) overview: u64,
    /// Elements up to which a plane is reduced at once instead of by a job.
    pub(super) at_once: u64,
    /// Elements read in one piece when levels are built.
    pub(super) piece: u64,
}

impl Limits {
    pub(super) const fn usual() -> Self {
        Self {
            tile: [1024, 64],
            levels: 96 << 20,
            tiles: 72 << 20,
            least: 512,
            overview: 1024,
            at_once: 1 << 20,
            piece: 1 << 18,
        }
    }
}

/// What a cell shows of its elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reduce {
    /// Their mean.
    #[default]
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The one in the middle: for labels, which have no mean.
    Nearest,
}

impl Reduce {
    /// All of them, in the order of a menu.
    pub const ALL: &[Self] = &[Self::Mean, Self::Min, Self::Max, Self::Nearest];

    /// Its name in a menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "minimum",
            Self::Max => "maximum",
            Self::Nearest => "nearest",
        }
    }
}

/// Joins samples one by one.
#[derive(Clone, Copy)]
pub(super) struct Join {
    reduce: Reduce,
    n: u32,
    sum: f64,
    extreme: f64,
    nan: bool,
    masked: bool,
}

impl Join {
    pub(super) const fn new(reduce: Reduce) -> Self {
        Self { reduce, n: 0, sum: 0.0, extreme: 0.0, nan: false, masked: false }
    }

    pub(super) fn add<S: Sample>(&mut self, s: S) {
        if s.is_nan() {
            self.masked |= s.is_masked();
            self.nan |= !s.is_masked() && !s.is_missing();
            return;
        }
        let f = s.f64();
        match self.reduce {
            Reduce::Mean => self.sum += f,
            Reduce::Min if self.n == 0 || f < self.extreme => self.extreme = f,
            Reduce::Max if self.n == 0 || f > self.extreme => self.extreme = f,
            _ => {}
        }
        self.n += 1;
    }

    pub(super) fn done<S: Sample>(&self) -> S {
        match (self.n, self.reduce) {
            (0, _) if self.nan => S::NAN,
            (0, _) if self.masked => S::MASKED,
            (0, _) => S::MISSING,
            (n, Reduce::Mean) => S::of(self.sum / f64::from(n)),
            _ => S::of(self.extreme),
        }
    }
}

/// A plane of cells in memory.
pub(super) struct Grid<S> {
    pub(super) cols: u64,
    pub(super) rows: u64,
    /// Elements that a cell joins, across and down.
    pub(super) factor: [u64; 2],
    pub(super) cells: Vec<S>,
}

impl<S: Sample> Grid<S> {
    pub(super) fn row(&self, r: u64) -> &[S] {
        let w = usize::try_from(self.cols).unwrap_or(0);
        let start = usize::try_from(r).unwrap_or(usize::MAX).saturating_mul(w);
        self.cells.get(start..start.saturating_add(w)).unwrap_or(&[])
    }
}

/// Reduces rows of samples by `fx` across and `fy` down; `cols` samples a row.
fn reduce<S: Sample>(how: Reduce, samples: &[S], cols: usize, [fx, fy]: [u64; 2], out: &mut Vec<S>) {
    let (fx, fy) = (usize::try_from(fx).unwrap_or(1).max(1), usize::try_from(fy).unwrap_or(1).max(1));
    if cols == 0 {
        return;
    }
    if (fx, fy) == (1, 1) {
        out.extend_from_slice(samples);
        return;
    }
    let mut sums = Vec::new();
    for band in samples.chunks(cols.saturating_mul(fy)) {
        if how == Reduce::Nearest {
            let rows = band.len() / cols;
            let middle = (fy / 2).min(rows.saturating_sub(1));
            let row = band.get(middle * cols..(middle + 1) * cols).unwrap_or(&[]);
            out.extend(row.chunks(fx).filter_map(|c| c.get(fx / 2).or(c.last())));
            continue;
        }
        // Rows first, column by column: the processor takes many at a time. Only where something is no number does the
        // slow way follow.
        sums.clear();
        sums.resize(cols, 0.0_f64);
        for (i, row) in band.chunks(cols).enumerate() {
            match how {
                Reduce::Mean => sums.iter_mut().zip(row).for_each(|(s, v)| *s += v.f64()),
                _ if i == 0 => sums.iter_mut().zip(row).for_each(|(s, v)| *s = v.f64()),
                // `min` and `max` pass over a NaN.
                Reduce::Min => sums.iter_mut().zip(row).for_each(|(s, v)| *s = s.min(v.f64())),
                _ => sums.iter_mut().zip(row).for_each(|(s, v)| *s = s.max(v.f64())),
            }
        }
        let rows = band.len() / cols;
        for (c, part) in sums.chunks(fx).enumerate() {
            let joined = match how {
                Reduce::Mean => {
                    #[expect(clippy::cast_precision_loss, reason = "some thousand elements")]
                    let n = (part.len() * rows) as f64;
                    part.iter().sum::<f64>() / n
                }
                Reduce::Min => part.iter().copied().fold(f64::NAN, f64::min),
                _ => part.iter().copied().fold(f64::NAN, f64::max),
            };
            // A mean of infinities takes the slow way too.
            let good = if how == Reduce::Mean { joined.is_finite() } else { !joined.is_nan() };
            out.push(if good { S::of(joined) } else { reduce_slowly(how, band, cols, c * fx, fx) });
        }
    }
}

fn reduce_slowly<S: Sample>(how: Reduce, band: &[S], cols: usize, from: usize, fx: usize) -> S {
    let mut join = Join::new(how);
    for row in band.chunks(cols) {
        row.iter().skip(from).take(fx).for_each(|s| join.add(*s));
    }
    join.done()
}

type Key = (u32, u64, u64);

/// Tiles that were looked at lately.
struct Tiles<S> {
    held: HashMap<Key, (u64, Arc<Vec<S>>)>,
    clock: u64,
}

/// A number plane: two axes of an array, stored so that its columns run fastest.
pub(super) struct Plane<S> {
    array: Array,
    part: Part,
    pub(super) how: Reduce,
    pub(super) limits: Limits,
    pub(super) cols: u64,
    pub(super) rows: u64,
    /// The first level that is kept whole.
    pub(super) base: u32,
    /// The last level.
    pub(super) top: u32,
    tiles: Mutex<Tiles<S>>,
    /// Tiles that one window needs: so many are kept whatever the limit, for else they would drive each other out.
    needed: AtomicUsize,
    levels: OnceLock<Vec<Grid<S>>>,
    overview: OnceLock<Grid<S>>,
}

/// How often an axis can be halved.
fn halvings(n: u64, least: u64) -> u32 {
    n.div_ceil(least.max(1)).max(1).checked_next_power_of_two().map_or(63, u64::ilog2)
}

impl<S: Sample> Plane<S> {
    pub(super) fn new(array: Array, part: Part, how: Reduce, limits: Limits) -> Result<Self, ShapeError> {
        let (rows, cols) = match array.shape() {
            [rows, cols] => (*rows, *cols),
            _ => return Err(ShapeError::Mismatch),
        };
        let top = halvings(rows, limits.least).max(halvings(cols, limits.least));
        let mut plane = Self {
            array,
            part,
            how,
            limits,
            cols,
            rows,
            base: 0,
            top,
            tiles: Mutex::new(Tiles { held: HashMap::new(), clock: 0 }),
            needed: AtomicUsize::new(0),
            levels: OnceLock::new(),
            overview: OnceLock::new(),
        };
        let bytes = |k: u32| {
            let [c, r] = plane.size(k);
            c.saturating_mul(r).saturating_mul(size_of::<S>() as u64)
        };
        let mut all: u64 = (0..=top).map(bytes).fold(0, u64::saturating_add);
        let mut base = 0;
        while base < top && all > limits.levels {
            all = all.saturating_sub(bytes(base));
            base += 1;
        }
        plane.base = base;
        if rows.saturating_mul(cols) <= limits.at_once {
            plane.build(&|_, _| true);
        }
        Ok(plane)
    }

    /// Elements joined at level `k`, across and down.
    pub(super) fn factor(&self, k: u32) -> [u64; 2] {
        let factor = |n: u64| 1 << k.min(halvings(n, self.limits.least)).min(62);
        [factor(self.cols), factor(self.rows)]
    }

    /// Cells of level `k`, across and down.
    pub(super) fn size(&self, k: u32) -> [u64; 2] {
        let [fx, fy] = self.factor(k);
        [self.cols.div_ceil(fx), self.rows.div_ceil(fy)]
    }

    /// Level `k`, when it is kept and ready.
    pub(super) fn level(&self, k: u32) -> Option<&Grid<S>> {
        self.levels.get()?.get(usize::try_from(k.checked_sub(self.base)?).ok()?)
    }

    pub(super) fn is_built(&self) -> bool {
        self.levels.get().is_some()
    }

    /// Bytes held beside the array.
    pub(super) fn memory(&self) -> usize {
        let tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        let tiles: usize = tiles.held.values().map(|(_, t)| t.len()).sum();
        let levels: usize = self.levels.get().map_or(0, |l| l.iter().map(|g| g.cells.len()).sum());
        (tiles + levels + self.overview.get().map_or(0, |g| g.cells.len())).saturating_mul(size_of::<S>())
    }

    /// Elements of a part, as samples; rows run together.
    fn read(&self, [c0, r0]: [u64; 2], [cols, rows]: [u64; 2], out: &mut Vec<S>, scratch: &mut Scratch) {
        let part = self.array.range(1, c0, cols, 1).and_then(|a| a.range(0, r0, rows, 1));
        if part.and_then(|a| a.samples(self.part, out, scratch)).is_err() {
            out.clear();
        }
    }

    /// One tile of a level below the kept ones, if it is held.
    pub(super) fn held(&self, k: u32, tx: u64, ty: u64) -> Option<Arc<Vec<S>>> {
        let mut tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        tiles.clock += 1;
        let now = tiles.clock;
        tiles.held.get_mut(&(k, tx, ty)).map(|(used, tile)| {
            *used = now;
            tile.clone()
        })
    }

    /// A window shows so many tiles.
    pub(super) fn keep(&self, tiles: u64) {
        self.needed.store(usize::try_from(tiles).unwrap_or(0), Ordering::Relaxed);
    }

    /// Cells of tile (`tx`, `ty`) of level `k`: fewer at the right and lower edge.
    pub(super) fn tile_size(&self, k: u32, tx: u64, ty: u64) -> [u64; 2] {
        let [w, h] = self.size(k);
        [
            w.saturating_sub(tx * self.limits.tile[0]).min(self.limits.tile[0]),
            h.saturating_sub(ty * self.limits.tile[1]).min(self.limits.tile[1]),
        ]
    }

    /// Reads a tile and keeps it.
    pub(super) fn load(&self, k: u32, tx: u64, ty: u64) -> Arc<Vec<S>> {
        let [fx, fy] = self.factor(k);
        let [w, h] = self.tile_size(k, tx, ty);
        let (c0, r0) = (tx * self.limits.tile[0] * fx, ty * self.limits.tile[1] * fy);
        let cols = (w * fx).min(self.cols.saturating_sub(c0));
        let rows = (h * fy).min(self.rows.saturating_sub(r0));
        let (mut samples, mut out) = (Vec::new(), Vec::new());
        self.read([c0, r0], [cols, rows], &mut samples, &mut Scratch::default());
        let tile = if (fx, fy) == (1, 1) {
            Arc::new(samples)
        } else {
            reduce(self.how, &samples, usize::try_from(cols).unwrap_or(0), [fx, fy], &mut out);
            Arc::new(out)
        };
        let mut tiles = self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        tiles.clock += 1;
        let now = tiles.clock;
        tiles.held.insert((k, tx, ty), (now, tile.clone()));
        let each = self.limits.tile[0].saturating_mul(self.limits.tile[1]).saturating_mul(size_of::<S>() as u64);
        let needed = self.needed.load(Ordering::Relaxed);
        let most = usize::try_from(self.limits.tiles / each.max(1)).unwrap_or(usize::MAX).max(needed + needed / 2);
        if tiles.held.len() > most {
            // A quarter at a time, so that a pan does not look for the oldest at each step.
            let mut ages: Vec<u64> = tiles.held.values().map(|(used, _)| *used).collect();
            ages.sort_unstable();
            let limit = ages.get(ages.len() / 4).copied().unwrap_or(0);
            tiles.held.retain(|_, (used, _)| *used > limit);
        }
        tile
    }

    /// A first look: evenly spaced elements, whatever the size. Rows come coarsely first; when time is up the rest repeat
    /// their neighbour.
    pub(super) fn overview(&self) -> &Grid<S> {
        self.overview.get_or_init(|| {
            let started = Instant::now();
            let (fx, fy) =
                (self.cols.div_ceil(self.limits.overview).max(1), self.rows.div_ceil(self.limits.overview).max(1));
            let (cols, rows) = (self.cols.div_ceil(fx), self.rows.div_ceil(fy));
            let at = |i: u64, f: u64, n: u64| (i * f + f / 2).min(n.saturating_sub(1));
            // The last cell may be narrow: then its middle lies elsewhere, and it is read by itself.
            let whole =
                if at(cols.saturating_sub(1), fx, u64::MAX) < self.cols { cols } else { cols.saturating_sub(1) };
            let w = usize::try_from(cols).unwrap_or(0);
            let mut cells = vec![S::MISSING; w.saturating_mul(usize::try_from(rows).unwrap_or(0))];
            let mut done = vec![false; usize::try_from(rows).unwrap_or(0)];
            let step = i64::try_from(fx).unwrap_or(1);
            for stride in [16_usize, 8, 4, 2, 1] {
                cells.par_chunks_mut(w.max(1)).zip(done.par_iter_mut()).enumerate().for_each_init(
                    || (Vec::new(), Scratch::default()),
                    |(samples, scratch), (r, (row, done))| {
                        if *done || r % stride != 0 || (stride < 16 && started.elapsed() > OVERVIEW_TIME) {
                            return;
                        }
                        let line = self.array.slice(0, at(r as u64, fy, self.rows));
                        let Ok(line) = line else { return };
                        let mut take = |from: usize, start: u64, n: u64| {
                            let part = line.range(0, start, n, step);
                            if part.and_then(|a| a.samples(self.part, samples, scratch)).is_ok() {
                                row.iter_mut().skip(from).zip(samples.iter()).for_each(|(o, s)| *o = *s);
                            }
                        };
                        take(0, fx / 2, whole);
                        if whole < cols {
                            take(w.saturating_sub(1), self.cols.saturating_sub(1), 1);
                        }
                        *done = true;
                    },
                );
            }
            let mut last: Vec<S> = Vec::new();
            for (row, done) in cells.chunks_mut(w.max(1)).zip(done) {
                if done {
                    row.clone_into(&mut last);
                } else if last.len() == row.len() {
                    row.copy_from_slice(&last);
                }
            }
            Grid { cols, rows, factor: [fx, fy], cells }
        })
    }

    /// Builds the kept levels, once; `progress` gets the elements done and all of them. `false` when it was stopped.
    pub(super) fn build(&self, progress: &(dyn Fn(u64, u64) -> bool + Sync)) -> bool {
        if self.is_built() {
            return true;
        }
        let all = self.rows.saturating_mul(self.cols);
        let [fx, fy] = self.factor(self.base);
        let [w, h] = self.size(self.base);
        let (Ok(wide), Ok(high)) = (usize::try_from(w), usize::try_from(h)) else { return false };
        let mut cells = vec![S::MISSING; wide.saturating_mul(high)];
        // Some cell rows at a time, so that a stop is heard; a long row in parts.
        let threads = rayon::current_num_threads().max(1);
        let (across, band) = (
            (self.limits.piece / fy).max(fx) / fx * fx,
            (self.limits.piece / self.cols.saturating_mul(fy).max(1)).max(1),
        );
        let band = usize::try_from(band).unwrap_or(1);
        let mut row = 0_u64;
        for group in cells.chunks_mut(wide.max(1).saturating_mul(band).saturating_mul(threads * 4)) {
            let rows = group.len().div_ceil(wide.max(1)) as u64;
            group.par_chunks_mut(wide.max(1).saturating_mul(band)).enumerate().for_each_init(
                || (Vec::new(), Vec::new(), Scratch::default()),
                |(samples, out, scratch), (i, cells)| {
                    let r0 = (row + (i * band) as u64) * fy;
                    let n = (cells.len().div_ceil(wide.max(1)) as u64 * fy).min(self.rows.saturating_sub(r0));
                    let mut c0 = 0;
                    while c0 < self.cols {
                        let n_cols = if self.cols <= across * 2 { self.cols } else { across.min(self.cols - c0) };
                        self.read([c0, r0], [n_cols, n], samples, scratch);
                        out.clear();
                        reduce(self.how, samples, usize::try_from(n_cols).unwrap_or(0), [fx, fy], out);
                        let part = usize::try_from(n_cols.div_ceil(fx)).unwrap_or(1).max(1);
                        let skip = usize::try_from(c0 / fx).unwrap_or(0);
                        for (to, from) in cells.chunks_mut(wide).zip(out.chunks(part)) {
                            to.iter_mut().skip(skip).zip(from).for_each(|(t, f)| *t = *f);
                        }
                        c0 += n_cols;
                    }
                },
            );
            row += rows;
            if !progress((row * fy).min(self.rows).saturating_mul(self.cols), all) {
                return false;
            }
        }
        let mut levels = vec![Grid { cols: w, rows: h, factor: [fx, fy], cells }];
        for k in self.base + 1..=self.top {
            let Some(below) = levels.last() else { break };
            let (factor, [cols, rows]) = (self.factor(k), self.size(k));
            let step = [factor[0] / below.factor[0].max(1), factor[1] / below.factor[1].max(1)];
            let mut cells = Vec::new();
            reduce(self.how, &below.cells, usize::try_from(below.cols).unwrap_or(0), step, &mut cells);
            levels.push(Grid { cols, rows, factor, cells });
        }
        // A second builder may have been quicker; its levels are the same.
        let _ = self.levels.set(levels);
        if self.base == 0 {
            self.tiles.lock().unwrap_or_else(PoisonError::into_inner).held.clear();
        }
        true
    }
}
