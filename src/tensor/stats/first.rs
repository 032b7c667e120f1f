//! What one pass over all elements finds: counts, ends and their places, moments, the different values.
//! The same whatever the number of threads: parts are joined in the order of the blocks.

use super::blocks::{Block, Found, Work};
use super::keys::{Class, Keyed, float};
use super::{At, DISTINCT, Stats};
use crate::tensor::dtype::Kind;

/// A sum of many terms that loses nothing to the order of its terms (Neumaier).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) sum: f64,
    pub(super) lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, v: f64) {
        let t = self.sum + v;
        self.lost += if self.sum.abs() >= v.abs() { (self.sum - t) + v } else { (v - t) + self.sum };
        self.sum = t;
    }

    pub(super) fn total(self) -> f64 {
        let t = self.sum + self.lost;
        if t.is_nan() { self.sum } else { t }
    }
}

/// What the first pass finds in a block.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) counts: [u64; 6],
    pub(super) min: Option<(u64, u64)>,
    pub(super) max: Option<(u64, u64)>,
    /// Of whole numbers: the sum of the keys, as whole numbers.
    pub(super) whole: u128,
    pub(super) zeros: u64,
    pub(super) moments: Moments,
}

/// Count, sum and squares around the mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub(super) n: u64,
    pub(super) sum: Sum,
    pub(super) squares: f64,
}

impl Moments {
    pub(super) fn mean(&self) -> f64 {
        self.sum.total() / float(self.n.into())
    }

    /// Chan's rule for two parts.
    pub(super) fn take(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        if self.n > 0 {
            let (a, b) = (float(self.n.into()), float(other.n.into()));
            let delta = other.mean() - self.mean();
            self.squares += other.squares + delta * delta * (a * b / (a + b));
        } else {
            self.squares = other.squares;
        }
        self.n += other.n;
        self.sum.add(other.sum.sum);
        self.sum.add(other.sum.lost);
    }
}

impl Found for Summary {
    /// Finds the first places of least and greatest, and the moments.
    fn place(&mut self, work: &Work<'_>, block: &Block) {
        let finite = || block.keys.iter().zip(&block.classes).enumerate().filter(|(_, (_, c))| **c == Class::Finite);
        let straight = work.steps.iter().all(|s| *s > 0) && work.steps.is_sorted_by(|a, b| a > b);
        for end in [&mut self.min, &mut self.max] {
            let Some((key, at)) = end else { continue };
            let mut places =
                finite().filter(|(_, (k, _))| *k == key).map(|(i, _)| block.start.saturating_add(i as u64));
            let first = if straight { places.next() } else { places.map(|p| work.original(p)).min() };
            *at = first.unwrap_or(0);
        }
        let shift = 64 - work.coding.bits;
        let pivot = work.pivot >> shift;
        let number = |k: u64| {
            if work.coding.is_whole() {
                float(i128::from(k >> shift) - i128::from(pivot))
            } else {
                work.coding.number(k)
            }
        };
        let zero = work.coding.zero();
        let whole = work.coding.is_whole();
        let mut numbers = Vec::with_capacity(block.keys.len());
        for (_, (k, _)) in finite() {
            numbers.push(number(*k));
            self.zeros += u64::from(*k == zero);
            if whole {
                self.whole += u128::from(k >> shift);
            }
        }
        if !numbers.is_empty() {
            let n = numbers.len() as u64;
            let sum = sum_of(&numbers, |v| v);
            let mean = sum.total() / float(n.into());
            let squares = sum_of(&numbers, |v| (v - mean) * (v - mean)).total();
            self.moments = Moments { n, sum, squares };
        }
    }
}

/// The sum of a block: short runs as the processor likes them, and those without loss.
fn sum_of(numbers: &[f64], f: impl Fn(f64) -> f64) -> Sum {
    let mut sum = Sum::default();
    for run in numbers.chunks(512) {
        let mut lanes = [0.0; 8];
        let (eights, rest) = run.as_chunks::<8>();
        for eight in eights {
            lanes.iter_mut().zip(eight).for_each(|(l, v)| *l += f(*v));
        }
        lanes.iter_mut().zip(rest).for_each(|(l, v)| *l += f(*v));
        sum.add(lanes.iter().sum());
    }
    sum
}

/// What the first pass counts, one for each thread.
pub(super) struct Tables {
    pub(super) bins: Vec<u64>,
    pub(super) distinct: Distinct,
}

impl Default for Tables {
    fn default() -> Self {
        Self { bins: vec![0; 1 << 16], distinct: Distinct::default() }
    }
}

/// The first 16 bits of a key.
pub(super) const fn bin(key: u64) -> usize {
    (key >> 48) as usize
}

impl Tables {
    pub(super) fn block(&mut self, block: &Block) -> Summary {
        let mut s = Summary::default();
        for (k, c) in block.keys.iter().zip(&block.classes) {
            if let Some(n) = s.counts.get_mut(*c as usize) {
                *n += 1;
            }
            if *c != Class::Finite {
                continue;
            }
            if let Some(b) = self.bins.get_mut(bin(*k)) {
                *b += 1;
            }
            s.min = Some(s.min.map_or((*k, 0), |m| if *k < m.0 { (*k, 0) } else { m }));
            s.max = Some(s.max.map_or((*k, 0), |m| if *k > m.0 { (*k, 0) } else { m }));
            self.distinct.add(*k, 1);
        }
        s
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        self.bins.iter_mut().zip(&other.bins).for_each(|(a, b)| *a += b);
        self.distinct.full |= other.distinct.full;
        for (k, n) in other.distinct.slots {
            if n > 0 {
                self.distinct.add(k, n);
            }
        }
        self
    }
}

/// Different keys and how often each occurs, while they are few.
pub(super) struct Distinct {
    pub(super) slots: Vec<(u64, u64)>,
    pub(super) used: usize,
    pub(super) full: bool,
}

impl Default for Distinct {
    fn default() -> Self {
        Self { slots: vec![(0, 0); DISTINCT * 4], used: 0, full: false }
    }
}

impl Distinct {
    pub(super) fn add(&mut self, key: u64, n: u64) {
        if self.full {
            return;
        }
        let all = self.slots.len();
        let mut at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % all;
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.1 == 0 {
                if self.used >= DISTINCT {
                    self.full = true;
                    return;
                }
                self.used += 1;
                *slot = (key, n);
                return;
            }
            if slot.0 == key {
                slot.1 += n;
                return;
            }
            at = (at + 1) % all;
        }
    }

    pub(super) fn sorted(&self) -> Option<Vec<(u64, u64)>> {
        if self.full {
            return None;
        }
        let mut all: Vec<(u64, u64)> = self.slots.iter().filter(|s| s.1 > 0).copied().collect();
        all.sort_unstable();
        Some(all)
    }
}

/// The first pass, so far.
#[derive(Default)]
pub(super) struct First {
    pub(super) counts: [u64; 6],
    pub(super) finite: u64,
    pub(super) min: Option<(u64, u64)>,
    pub(super) max: Option<(u64, u64)>,
    pub(super) whole: u128,
    pub(super) zeros: u64,
    pub(super) moments: Moments,
}

impl First {
    pub(super) fn take(&mut self, s: &Summary) {
        self.counts.iter_mut().zip(s.counts).for_each(|(a, b)| *a += b);
        self.finite = self.counts[0];
        self.min = self.min.into_iter().chain(s.min).min();
        // The greatest key, and of equals the first place.
        self.max = self.max.into_iter().chain(s.max).min_by_key(|(k, at)| (std::cmp::Reverse(*k), *at));
        self.whole += s.whole;
        self.zeros += s.zeros;
        self.moments.take(&s.moments);
    }

    pub(super) fn ends(&self) -> Option<(u64, u64)> {
        Some((self.min?.0, self.max?.0))
    }

    pub(super) fn stats(&self, work: &Work<'_>, seen: u64, tables: Option<&Tables>) -> Stats {
        let coding = work.coding;
        let [_, nan, pos_inf, neg_inf, masked, missing] = self.counts;
        let at = |e: Option<(u64, u64)>| e.map(|(k, index)| At { value: coding.scalar(k), index });
        let n = self.finite;
        let (mut sum, mut whole_sum, mut mean) = (None, None, None);
        if n > 0 && coding.is_whole() {
            let (q, r) = (self.whole / u128::from(n), self.whole % u128::from(n));
            let offset = if coding.kind == Keyed::Signed { i128::from(coding.top()) } else { 0 };
            mean = Some(
                float(i128::try_from(q).unwrap_or(0) - offset)
                    + float(i128::try_from(r).unwrap_or(0)) / float(n.into()),
            );
            whole_sum = i128::try_from(self.whole).ok().map(|w| w - offset * i128::from(n));
            sum = whole_sum.map(float);
        } else if n > 0 {
            sum = Some(self.moments.sum.total());
            mean = Some(self.moments.mean());
        }
        let distinct = tables.and_then(|t| t.distinct.sorted());
        let by_bins = tables.filter(|_| coding.bits <= 16).map(|t| t.bins.iter().filter(|n| **n > 0).count() as u64);
        Stats {
            len: work.len,
            seen,
            finite: n,
            zeros: self.zeros,
            nan,
            pos_inf,
            neg_inf,
            masked,
            missing,
            min: at(self.min),
            max: at(self.max),
            sum,
            whole_sum,
            mean,
            std: (n > 0).then(|| (self.moments.squares / float(n.into())).max(0.0).sqrt()),
            percentiles: Vec::new(),
            distinct_count: distinct.as_ref().map(|d| d.len() as u64).or(by_bins),
            distinct: distinct.map(|d| d.into_iter().map(|(k, n)| (coding.scalar(k), n)).collect()),
            histogram: Vec::new(),
            partial: true,
            rounded: matches!(work.coding.dtype.kind, Kind::LongDouble(_) | Kind::ComplexLong(_)),
        }
    }
}
