//! Statistics of all elements of an array, exact, whatever its size: read in blocks, in as many passes as it takes, never
//! held as a whole. Must never sample, and never report a number that it did not count.
//!
//! Every element gets a *key*: 64 bits that sort as the elements do. The first pass counts keys by their first 16 bits;
//! each further pass looks only at the bins that hold a wanted rank (the median, a percentile), until few enough are left
//! to be sorted. So the order statistics are elements of the array, not estimates.

mod blocks;
mod first;
mod keys;
mod ranks;

use super::array::Array;
use super::convert::Part;
use super::scalar::Scalar;
use blocks::{Block, Work};
use first::{First, Tables};
use keys::Class;
use ranks::{Histogram, Ranks, Slots};

/// The percentiles that are found, in percent; the median is among them.
pub const PERCENTILES: [f64; 7] = [1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0];
/// Values are listed up to this many different ones.
pub const DISTINCT: usize = 256;
/// Bins of the histogram.
pub const BINS: usize = 512;
/// Bytes of a block that one thread reads at once.
const BLOCK: u64 = 1 << 20;
/// Keys of a bin that are collected and sorted; a bin of more is refined by another pass.
const COLLECT: u64 = 1 << 20;
/// Threads that have tables of their own: more would cost memory, and the disk is the limit anyway.
const THREADS: usize = 4;

/// An element and where it is.
#[derive(Clone, Debug)]
pub struct At {
    /// Its value, in its own precision.
    pub value: Scalar,
    /// Its place in C order; of equals the first.
    pub index: u64,
}

/// A percentile, as NumPy's `percentile` finds it: between two neighbouring elements, evenly.
#[derive(Clone, Debug)]
pub struct Percentile {
    /// Which, in percent.
    pub percent: f64,
    /// The number; rounded to binary64 where it lies between two elements.
    pub value: f64,
    /// The element that it is, where it is one.
    pub element: Option<Scalar>,
}

/// What was found. Everything but the counts is about the finite numbers alone.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Elements of the array.
    pub len: u64,
    /// Elements looked at so far; all, unless partial.
    pub seen: u64,
    /// Finite numbers.
    pub finite: u64,
    /// Of these, zeros.
    pub zeros: u64,
    /// NaN and NaT.
    pub nan: u64,
    /// +∞.
    pub pos_inf: u64,
    /// −∞.
    pub neg_inf: u64,
    /// Hidden by the mask.
    pub masked: u64,
    /// Beyond the end of the data.
    pub missing: u64,
    /// The least.
    pub min: Option<At>,
    /// The greatest.
    pub max: Option<At>,
    /// The sum, as binary64; of integers it is exact before it is rounded.
    pub sum: Option<f64>,
    /// Of whole numbers and ticks, the sum exactly.
    pub whole_sum: Option<i128>,
    /// The mean. Datetimes and timedeltas in their own ticks.
    pub mean: Option<f64>,
    /// The standard deviation of the population (divided by n, as NumPy's `std`).
    pub std: Option<f64>,
    /// At [`PERCENTILES`]; empty while they are not known.
    pub percentiles: Vec<Percentile>,
    /// The different values, in order, and how often each occurs; `None` for more than `DISTINCT`.
    pub distinct: Option<Vec<(Scalar, u64)>>,
    /// The number of different values, where it is known.
    pub distinct_count: Option<u64>,
    /// How many numbers fall into each of up to `BINS` even steps from the least to the greatest.
    pub histogram: Vec<u64>,
    /// Not all elements were looked at, or not as often as it takes.
    pub partial: bool,
    /// The elements have more digits than binary64: they were rounded to it first.
    pub rounded: bool,
}

impl Stats {
    /// Reads all of an array; of complex numbers `part`. `progress` gets what is known so far, and how much of the work
    /// is done of how much; it stops it by `false`. `None` when it was stopped, or the elements are no numbers.
    pub fn of(array: &Array, part: Part, progress: &(dyn Fn(&Self, u64, u64) -> bool + Sync)) -> Option<Self> {
        let work = Work::new(array, part)?;
        let mut first = First::default();
        let mut tables: Vec<Tables> = work.accumulators(Tables::default);
        let all = array.len();
        work.pass(&mut tables, Tables::block, |sums, seen| {
            sums.iter().for_each(|s| first.take(s));
            progress(&first.stats(&work, seen, None), seen, all.saturating_mul(2))
        })?;
        let tables = tables.into_iter().reduce(Tables::join).unwrap_or_default();
        let mut found = first.stats(&work, all, Some(&tables));
        let mut ranks = Ranks::new(&tables.bins, first.finite, work.coding.bits);
        let mut histogram = first.ends().and_then(|(lo, hi)| Histogram::new(work.coding, lo, hi));
        let mut passes = 1_u64;
        while passes == 1 && histogram.is_some() || !ranks.is_done() {
            let counting = histogram.clone().filter(|_| passes == 1);
            let slots = Slots::new(&ranks);
            let mut parts = work.accumulators(|| (slots.clone(), counting.clone()));
            let add = |(slots, counting): &mut (Slots, Option<Histogram>), block: &Block| {
                for (k, _) in block.keys.iter().zip(&block.classes).filter(|(_, c)| **c == Class::Finite) {
                    slots.add(*k);
                    if let Some(h) = counting {
                        h.add(*k);
                    }
                }
            };
            let base = all.saturating_mul(passes);
            passes += 1;
            work.pass(&mut parts, add, |_, seen| {
                progress(&found, base.saturating_add(seen), all.saturating_mul(passes))
            })?;
            let mut merged = slots;
            for (slots, counted) in parts {
                merged.take(slots);
                if let (Some(h), Some(c)) = (&mut histogram, counted) {
                    h.take(&c);
                }
            }
            ranks.narrow(merged);
        }
        found.histogram = histogram.map(|h| h.counts).unwrap_or_default();
        found.percentiles = ranks.percentiles(work.coding);
        found.partial = false;
        Some(found)
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        (self.histogram.len() * 8 + self.distinct.as_ref().map_or(0, Vec::len) * 64 + 1024) as u64
    }

    /// What is no finite number, masked and missing ones included.
    pub const fn odd(&self) -> u64 {
        self.nan
            .saturating_add(self.pos_inf)
            .saturating_add(self.neg_inf)
            .saturating_add(self.masked)
            .saturating_add(self.missing)
    }

    /// The percentile of that many percent, where it is among those that are found.
    pub fn percentile(&self, percent: f64) -> Option<&Percentile> {
        self.percentiles.iter().find(|p| (p.percent - percent).abs() < 1e-9)
    }
}

#[cfg(test)]
mod tests;
