//! Elements by their rank, found by counting: the bins that hold a wanted rank are refined, pass by pass, until they hold
//! few enough keys to be sorted. And the histogram, which needs the ends first.

use super::first::bin;
use super::keys::{Coding, float};
use super::{BINS, COLLECT, PERCENTILES, Percentile};

/// Counts between the least and the greatest.
#[derive(Clone)]
pub(super) struct Histogram<'a> {
    pub(super) coding: Coding<'a>,
    pub(super) low: u64,
    pub(super) lo: f64,
    /// Bins for a unit.
    pub(super) scale: f64,
    pub(super) counts: Vec<u64>,
}

impl<'a> Histogram<'a> {
    pub(super) fn new(coding: Coding<'a>, low: u64, high: u64) -> Option<Self> {
        let shift = 64 - coding.bits;
        let (lo, hi) = (coding.number(low), coding.number(high));
        let mut bins = BINS;
        let mut width = hi - lo;
        if coding.is_whole() {
            // Not more bins than there are whole numbers, and differences without rounding.
            let all = (high >> shift) - (low >> shift);
            bins = usize::try_from(all).unwrap_or(BINS).saturating_add(1).min(BINS);
            width = float(all.into());
            if bins < BINS {
                // a bin for each number
                width += 1.0;
            }
        }
        if !width.is_finite() {
            return None;
        }
        let scale = if width > 0.0 { float(bins as i128) / width } else { 0.0 };
        Some(Self { coding, low, lo, scale, counts: vec![0; bins] })
    }

    pub(super) fn add(&mut self, key: u64) {
        let from = if self.coding.is_whole() {
            let shift = 64 - self.coding.bits;
            float(i128::from((key >> shift).saturating_sub(self.low >> shift)))
        } else {
            self.coding.number(key) - self.lo
        };
        let last = self.counts.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, and is cut to the last bin"
        )]
        let at = ((from * self.scale) as usize).min(last);
        if let Some(n) = self.counts.get_mut(at) {
            *n += 1;
        }
    }

    pub(super) fn take(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
    }
}

/// A rank that is looked for: the bits of its key that are known, and its rank among the keys that share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rank {
    pub(super) known: u32,
    pub(super) prefix: u64,
    pub(super) within: u64,
    /// Keys that share the prefix.
    pub(super) share: u64,
}

/// The ranks that the percentiles lie between.
pub(super) struct Ranks {
    pub(super) n: u64,
    pub(super) bits: u32,
    pub(super) wanted: Vec<Rank>,
}

impl Ranks {
    pub(super) fn new(bins: &[u64], n: u64, bits: u32) -> Self {
        let places = PERCENTILES.iter().filter(|_| n > 0).flat_map(|p| {
            let (below, _) = place(*p, n);
            [below, (below + 1).min(n - 1)]
        });
        let wanted = places
            .map(|within| {
                let mut r = Rank { known: 0, prefix: 0, within, share: n };
                r.step(bins, 16);
                r
            })
            .collect();
        Self { n, bits, wanted }
    }

    pub(super) fn is_done(&self) -> bool {
        self.wanted.iter().all(|r| r.known >= self.bits)
    }

    pub(super) fn narrow(&mut self, slots: Slots) {
        for r in &mut self.wanted {
            let Some(slot) = slots.all.iter().find(|s| s.known == r.known && s.prefix == r.prefix) else { continue };
            match &slot.counts {
                Counts::Bins(bins) => r.step(bins, 16),
                Counts::Keys(keys) => {
                    let at = usize::try_from(r.within).ok().and_then(|i| keys.get(i));
                    *r = Rank { known: 64, prefix: at.copied().unwrap_or(0), within: 0, share: 1 };
                }
            }
        }
    }

    pub(super) fn percentiles(&self, coding: Coding<'_>) -> Vec<Percentile> {
        let pairs = self.wanted.as_chunks::<2>().0;
        PERCENTILES
            .iter()
            .zip(pairs)
            .map(|(percent, [a, b])| {
                let key = |r: &Rank| if r.known >= 64 { r.prefix } else { r.prefix << (64 - r.known) };
                let (_, part) = place(*percent, self.n);
                let (a, b) = (key(a), key(b));
                let single = a == b || part == 0.0;
                let (x, y) = (coding.number(a), coding.number(b));
                // As NumPy does it.
                let between = if part >= 0.5 { y - (y - x) * (1.0 - part) } else { x + (y - x) * part };
                Percentile {
                    percent: *percent,
                    value: if single { x } else { between },
                    element: single.then(|| coding.scalar(a)),
                }
            })
            .collect()
    }
}

/// The rank below a percentile, and the part of the way to the next one.
pub(super) fn place(percent: f64, n: u64) -> (u64, f64) {
    let at = percent / 100.0 * float(n.saturating_sub(1).into());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank below n")]
    let below = at.floor() as u64;
    (below.min(n.saturating_sub(1)), at - at.floor())
}

impl Rank {
    /// Finds the bin that holds it.
    pub(super) fn step(&mut self, bins: &[u64], bits: u32) {
        for (i, n) in bins.iter().enumerate() {
            if self.within < *n {
                self.prefix = (self.prefix << bits) | i as u64;
                self.known += bits;
                self.share = *n;
                return;
            }
            self.within -= n;
        }
    }
}

/// What is counted of the keys that share a prefix.
#[derive(Clone)]
pub(super) enum Counts {
    /// Their next 16 bits.
    Bins(Vec<u64>),
    /// They are few: the keys themselves.
    Keys(Vec<u64>),
}

#[derive(Clone)]
pub(super) struct Slot {
    pub(super) known: u32,
    pub(super) prefix: u64,
    pub(super) counts: Counts,
}

/// The bins that hold wanted ranks.
#[derive(Clone)]
pub(super) struct Slots {
    pub(super) all: Vec<Slot>,
    /// By the first 16 bits of a key: some slot may want it.
    pub(super) some: Vec<bool>,
}

impl Slots {
    pub(super) fn new(ranks: &Ranks) -> Self {
        let mut all: Vec<Slot> = Vec::new();
        let mut some = vec![false; 1 << 16];
        for r in ranks.wanted.iter().filter(|r| r.known < ranks.bits) {
            if all.iter().any(|s| s.known == r.known && s.prefix == r.prefix) {
                continue;
            }
            let counts = if r.share <= COLLECT { Counts::Keys(Vec::new()) } else { Counts::Bins(vec![0; 1 << 16]) };
            all.push(Slot { known: r.known, prefix: r.prefix, counts });
            if let Some(s) = some.get_mut(bin(r.prefix << (64 - r.known))) {
                *s = true;
            }
        }
        Self { all, some }
    }

    pub(super) fn add(&mut self, key: u64) {
        if !self.some.get(bin(key)).copied().unwrap_or(false) {
            return;
        }
        for s in &mut self.all {
            if key >> (64 - s.known) == s.prefix {
                match &mut s.counts {
                    Counts::Keys(keys) => keys.push(key),
                    Counts::Bins(bins) => {
                        let next = (key >> (48 - s.known)) & 0xffff;
                        if let Some(n) = usize::try_from(next).ok().and_then(|i| bins.get_mut(i)) {
                            *n += 1;
                        }
                    }
                }
                return;
            }
        }
    }

    /// Joins what another thread counted; keys stay sorted.
    pub(super) fn take(&mut self, other: Self) {
        for (a, b) in self.all.iter_mut().zip(other.all) {
            match (&mut a.counts, b.counts) {
                (Counts::Keys(a), Counts::Keys(b)) => {
                    a.extend(b);
                    a.sort_unstable();
                }
                (Counts::Bins(a), Counts::Bins(b)) => a.iter_mut().zip(&b).for_each(|(a, b)| *a += b),
                _ => {}
            }
        }
    }
}
