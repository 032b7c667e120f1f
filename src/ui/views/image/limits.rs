//! Where the range of the colours comes from. Must never read an element: it takes what was found.

use crate::tensor::{Array, Kind, Range};

/// Where the range of the colours comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Limits {
    /// Least and greatest.
    #[default]
    Extremes,
    /// Without some percent at either end.
    Percentile,
    /// Three standard deviations around the mean.
    Sigma,
    /// IRAF's zscale.
    ZScale,
    /// The greatest magnitude on both sides of 0.
    Symmetric,
    /// All that the type can hold.
    Type,
    /// Typed or dragged.
    Manual,
}

impl Limits {
    pub(super) const ALL: [Self; 7] =
        [Self::Extremes, Self::Percentile, Self::Sigma, Self::ZScale, Self::Symmetric, Self::Type, Self::Manual];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Extremes => "min–max",
            Self::Percentile => "percentile",
            Self::Sigma => "mean ± 3σ",
            Self::ZScale => "zscale",
            Self::Symmetric => "± around 0",
            Self::Type => "type's own",
            Self::Manual => "manual",
        }
    }

    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Extremes => "From the least to the greatest finite number",
            Self::Percentile => "Without the outermost percent at either end",
            Self::Sigma => "Three standard deviations on both sides of the mean",
            Self::ZScale => "Shows what is faint: a line is fitted to the sorted numbers (IRAF's algorithm)",
            Self::Symmetric => "As far below 0 as above, in diverging colours",
            Self::Type => "All that the type can hold",
            Self::Manual => "Typed, or dragged in the histogram",
        }
    }
}

/// The choice of a range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranging {
    pub(super) limits: Limits,
    pub(super) manual: (f64, f64),
    /// Percent that are left out at either end.
    pub(super) tail: f64,
    /// The range is that of the whole array, not of the slice that is shown.
    pub(super) whole: bool,
}

impl Default for Ranging {
    fn default() -> Self {
        Self { limits: Limits::Extremes, manual: (0.0, 1.0), tail: 1.0, whole: false }
    }
}

impl Ranging {
    /// Numbers that were typed for another array say nothing about this one.
    pub(super) fn forget(&mut self) {
        if self.limits == Limits::Manual {
            self.limits = Limits::Extremes;
        }
    }

    pub(super) fn is_symmetric(self) -> bool {
        self.limits == Limits::Symmetric
    }

    pub(super) fn toggle_symmetric(&mut self) {
        self.limits = if self.is_symmetric() { Limits::Extremes } else { Limits::Symmetric };
    }

    /// The range needs no number to be read.
    pub(super) fn is_fixed(self) -> bool {
        matches!(self.limits, Limits::Manual | Limits::Type)
    }

    pub(super) fn set(&mut self, lo: f64, hi: f64) {
        (self.limits, self.manual) = (Limits::Manual, (lo, hi));
    }

    /// The ends of the range.
    pub(super) fn ends(self, array: &Array, range: Option<&Range>, rgb: bool) -> (f64, f64) {
        let whole = type_range(array);
        let found = range.and_then(|r| r.extremes);
        match (self.limits, found) {
            (Limits::Manual, _) => self.manual,
            (Limits::Type, _) => whole.or(found).unwrap_or((0.0, 1.0)),
            (Limits::Extremes, _) if rgb => {
                whole.or(found.map(|(lo, hi)| (lo.min(0.0), hi.max(1.0)))).unwrap_or((0.0, 1.0))
            }
            (_, None) => (0.0, 1.0),
            (_, Some(e)) => self.found(range, e),
        }
    }

    fn found(self, range: Option<&Range>, (lo, hi): (f64, f64)) -> (f64, f64) {
        let ends = match self.limits {
            Limits::Percentile => range.and_then(|r| {
                let tail = self.tail / 100.0;
                Some((r.quantile(tail)?, r.quantile(1.0 - tail)?))
            }),
            Limits::Sigma => range.and_then(|r| r.moments).map(|(mean, std)| (mean - 3.0 * std, mean + 3.0 * std)),
            Limits::ZScale => range.and_then(Range::zscale),
            Limits::Symmetric => {
                let most = lo.abs().max(hi.abs());
                Some((-most, most))
            }
            _ => None,
        };
        ends.unwrap_or((lo, hi))
    }

    /// Of a difference: around 0, unless numbers were chosen.
    pub(super) fn of_difference(self, range: Option<&Range>) -> (f64, f64) {
        let Some((lo, hi)) = range.and_then(|r| r.extremes) else { return (-1.0, 1.0) };
        if self.limits == Limits::Manual {
            return self.manual;
        }
        let (lo, hi) = self.found(range, (lo, hi));
        let most = lo.abs().max(hi.abs());
        if most > 0.0 { (-most, most) } else { (-1.0, 1.0) }
    }
}

/// Least and greatest that the type can hold, where that is of use.
pub(super) fn type_range(array: &Array) -> Option<(f64, f64)> {
    let bits = i32::try_from(array.dtype.item_size.checked_mul(8)?).ok()?;
    match array.dtype.kind {
        Kind::Bool => Some((0.0, 1.0)),
        Kind::UInt => Some((0.0, 2_f64.powi(bits) - 1.0)),
        Kind::Int => Some((-2_f64.powi(bits - 1), 2_f64.powi(bits - 1) - 1.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data, Part};

    #[test]
    fn each_way_to_a_range_does_what_it_says() {
        let raw: Vec<u8> = (-100..=300_i16).flat_map(i16::to_le_bytes).collect();
        let a = Array::new_c(DType::parse("<i2").unwrap(), &[1, 401], Data::memory(raw)).unwrap();
        let r = Range::of(&a, Part::Real, false, &|_, _| true).unwrap();
        let ends = |limits| Ranging { limits, ..Ranging::default() }.ends(&a, Some(&r), false);
        assert_eq!(ends(Limits::Extremes), (-100.0, 300.0));
        assert_eq!(ends(Limits::Percentile), (-96.0, 296.0));
        assert_eq!(ends(Limits::Symmetric), (-300.0, 300.0));
        assert_eq!(ends(Limits::Type), (-32768.0, 32767.0));
        let (lo, hi) = ends(Limits::Sigma);
        assert!((lo + hi - 200.0).abs() < 1e-9 && hi > 400.0);
        let (lo, hi) = ends(Limits::ZScale);
        assert!(lo >= -100.0 && hi <= 300.0 && hi > lo);
        let mut typed = Ranging::default();
        typed.set(3.0, 4.0);
        assert_eq!(typed.ends(&a, Some(&r), false), (3.0, 4.0));
        typed.forget();
        assert_eq!(typed.ends(&a, Some(&r), false), (-100.0, 300.0));
        assert_eq!(Ranging::default().ends(&a, None, false), (0.0, 1.0));
    }
}
