//! The next element of a kind, in C order: what is no number is found without looking for it by eye.
//! Must never hold more than a block.

use super::array::Array;
use super::convert::Part;
use super::sample::{Sample, Scratch};

/// Bytes of a block that is read at once.
const BLOCK: u64 = 1 << 18;

/// What is no ordinary number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Odd {
    /// NaN or NaT.
    Nan,
    /// +∞ or −∞.
    Infinite,
    /// Hidden by the mask.
    Masked,
}

impl Odd {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nan => "NaN",
            Self::Infinite => "infinity",
            Self::Masked => "masked element",
        }
    }

    fn is(self, v: f64) -> bool {
        match self {
            Self::Nan => Sample::is_nan(v) && !v.is_masked() && !v.is_missing(),
            Self::Infinite => v.is_infinite(),
            Self::Masked => v.is_masked(),
        }
    }
}

/// The place in C order of the first such element from `from` on, or else from the beginning on. `progress` gets the
/// elements done and all of them, and stops by `false`. `None` where there is none, or it was stopped.
pub fn next_odd(array: &Array, odd: Odd, from: u64, progress: &dyn Fn(u64, u64) -> bool) -> Option<u64> {
    let blocks = array.blocks(BLOCK);
    let (n, all) = (blocks.len(), array.len());
    if all == 0 {
        return None;
    }
    // The block that holds `from`: blocks come in C order.
    let (mut a, mut b) = (0, n);
    while a < b {
        let middle = a.midpoint(b);
        match blocks.get(middle) {
            Some((start, _)) if start <= from => a = middle + 1,
            _ => b = middle,
        }
    }
    let first = a.saturating_sub(1);
    let parts: &[Part] = if array.dtype.is_complex() { &[Part::Real, Part::Imaginary] } else { &[Part::Real] };
    let (mut values, mut scratch, mut done) = (Vec::new(), Scratch::default(), 0_u64);
    // All blocks once, and the first again: the part of it before `from`.
    for k in 0..=n {
        let (start, block) = blocks.get((first + k) % n)?;
        let mut best: Option<u64> = None;
        for part in parts {
            block.samples::<f64>(*part, &mut values, &mut scratch).ok()?;
            let least = if k == 0 { from.saturating_sub(start) } else { 0 };
            let skip = usize::try_from(least).unwrap_or(usize::MAX);
            let at = values.iter().skip(skip).position(|v| odd.is(*v)).map(|i| start + least + i as u64);
            best = best.into_iter().chain(at).min();
        }
        if best.is_some() {
            return best;
        }
        done = done.saturating_add(block.len()).min(all);
        if !progress(done, all) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    #[test]
    fn the_search_goes_round() {
        let n = 200_000_u64;
        let mut v = vec![0.0_f32; n as usize];
        for i in [5, 99_999, 100_000, 199_999] {
            v[i] = f32::NAN;
        }
        v[7] = f32::NEG_INFINITY;
        let raw: Vec<u8> = v.iter().flat_map(|v| v.to_le_bytes()).collect();
        let a = Array::new_c(DType::parse("<f4").unwrap(), &[400, 500], Data::memory(raw)).unwrap();
        let next = |odd, from| next_odd(&a, odd, from, &|_, _| true);
        assert_eq!(next(Odd::Nan, 0), Some(5));
        assert_eq!(next(Odd::Nan, 6), Some(99_999));
        assert_eq!(next(Odd::Nan, 100_000), Some(100_000));
        assert_eq!(next(Odd::Nan, n), Some(5));
        assert_eq!(next(Odd::Infinite, 8), Some(7));
        assert_eq!(next(Odd::Masked, 0), None);
        // In the order of the indices, whatever the storage.
        let turned = a.transpose(&[1, 0]).unwrap();
        let found = next_odd(&turned, Odd::Nan, 0, &|_, _| true).unwrap();
        assert_eq!(turned.unravel(found), [0, 200]);
    }
}
