//! From values to the unit interval that a colormap takes: a range and a curve.

/// How the range is spread over the colours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Stretch {
    /// Evenly.
    #[default]
    Linear,
    /// By logarithm; values of 0 or less are below the range.
    Log,
    /// By logarithm on both sides of 0, evenly near it.
    Symlog,
    /// By square root.
    Sqrt,
    /// By a power: above 1 darkens, below 1 brightens.
    Gamma(f32),
    /// By inverse hyperbolic sine: as astronomers show faint and bright at once.
    Asinh,
}

impl Stretch {
    /// All of them, in the order of a menu.
    pub const ALL: &[Self] = &[Self::Linear, Self::Log, Self::Symlog, Self::Sqrt, Self::Gamma(0.5), Self::Asinh];

    /// Its name in a menu and in exported files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
            Self::Symlog => "symlog",
            Self::Sqrt => "sqrt",
            Self::Gamma(_) => "gamma",
            Self::Asinh => "asinh",
        }
    }

    /// The stretch of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.name() == name)
    }
}

/// A range of values and how it is spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The value of the first colour.
    pub lo: f64,
    /// The value of the last colour; below `lo` the colours run backwards.
    pub hi: f64,
    /// How values between are spread.
    pub stretch: Stretch,
}

/// Part of the range that symlog and asinh treat as even.
const EVEN: f64 = 1e-3;
/// Steepness of asinh.
const STEEP: f64 = 10.0;

impl Scale {
    /// Evenly from `lo` to `hi`.
    pub const fn linear(lo: f64, hi: f64) -> Self {
        Self { lo, hi, stretch: Stretch::Linear }
    }

    /// A scale that is quick to apply.
    pub fn prepared(self) -> Prepared {
        let linear = self.largest_even();
        let (lo, hi) = (forward(self.stretch, self.lo, &self, linear), forward(self.stretch, self.hi, &self, linear));
        let width = hi - lo;
        let factor = if width == 0.0 || !width.is_finite() { 0.0 } else { width.recip() };
        Prepared { scale: self, linear, lo, factor }
    }

    /// Where a value stands between the ends, from 0 to 1; NaN stays NaN.
    pub fn unit(&self, v: f64) -> f32 {
        self.prepared().unit(v)
    }

    /// The value at a place between the ends.
    pub fn inverse(&self, u: f64) -> f64 {
        let p = self.prepared();
        if p.factor == 0.0 {
            return self.lo;
        }
        let y = p.lo + u / p.factor;
        match self.stretch {
            Stretch::Linear => y,
            Stretch::Log => y.exp(),
            Stretch::Symlog => y.signum() * p.linear * y.abs().exp_m1(),
            Stretch::Sqrt => self.lo + y * y * (self.hi - self.lo),
            Stretch::Gamma(g) => self.lo + y.powf(1.0 / f64::from(g)) * (self.hi - self.lo),
            Stretch::Asinh => self.lo + (y.sinh() / STEEP) * (self.hi - self.lo),
        }
    }

    /// The value up to which symlog is even.
    fn largest_even(&self) -> f64 {
        (self.lo.abs().max(self.hi.abs()) * EVEN).max(f64::MIN_POSITIVE)
    }
}

fn forward(stretch: Stretch, v: f64, s: &Scale, linear: f64) -> f64 {
    let part = || ((v - s.lo) / (s.hi - s.lo)).clamp(0.0, 1.0);
    match stretch {
        Stretch::Linear => v,
        Stretch::Log => {
            let least = if s.lo > 0.0 { s.lo } else { (s.hi.abs() * 1e-6).max(f64::MIN_POSITIVE) };
            v.max(least).ln()
        }
        Stretch::Symlog => v.signum() * (v.abs() / linear).ln_1p(),
        Stretch::Sqrt => part().sqrt(),
        Stretch::Gamma(g) => part().powf(f64::from(g)),
        Stretch::Asinh => (part() * STEEP).asinh(),
    }
}

/// A [`Scale`] with what does not change from value to value worked out.
#[derive(Clone, Copy, Debug)]
pub struct Prepared {
    scale: Scale,
    linear: f64,
    lo: f64,
    factor: f64,
}

impl Prepared {
    /// Where a value stands between the ends, from 0 to 1; NaN stays NaN. A range without width gives 0 up to it and 1
    /// above.
    pub fn unit(&self, v: f64) -> f32 {
        if v.is_nan() {
            return f32::NAN;
        }
        if self.factor == 0.0 {
            return if v > self.scale.lo { 1.0 } else { 0.0 };
        }
        let y = match self.scale.stretch {
            Stretch::Linear => v,
            s => forward(s, v, &self.scale, self.linear),
        };
        ((y - self.lo) * self.factor).clamp(0.0, 1.0) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_rises_from_end_to_end_and_back() {
        for &stretch in Stretch::ALL {
            for (lo, hi) in [(1.0, 1000.0), (0.5, 0.6), (-3.0, 40.0)] {
                let s = Scale { lo, hi, stretch };
                assert_eq!(s.unit(hi), 1.0, "{stretch:?}");
                let at: Vec<f32> = (0..=100).map(|i| s.unit(lo + (hi - lo) * f64::from(i) / 100.0)).collect();
                assert!(at.windows(2).all(|w| w[0] <= w[1]), "{stretch:?} {lo} {hi}");
                assert!(s.unit(f64::NAN).is_nan() && s.unit(f64::INFINITY) == 1.0 && s.unit(f64::NEG_INFINITY) == 0.0);
                if lo > 0.0 {
                    for u in [0.1, 0.5, 0.9] {
                        assert!((f64::from(s.unit(s.inverse(u))) - u).abs() < 1e-5, "{stretch:?} {u}");
                    }
                }
            }
        }
        let flat = Scale::linear(2.0, 2.0);
        assert_eq!((flat.unit(1.0), flat.unit(2.0), flat.unit(3.0)), (0.0, 0.0, 1.0));
        let back = Scale::linear(10.0, 0.0);
        assert_eq!((back.unit(10.0), back.unit(0.0)), (0.0, 1.0));
    }
}
