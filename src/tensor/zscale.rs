//! The range that shows the faint parts of a picture: IRAF's "zscale". A line is fitted to the sorted numbers, those far
//! from it are left out, and the slope, divided by the contrast, says how far the range reaches from the median.
//! As astropy's `ZScaleInterval` with its own settings. Must never see an array.

/// Numbers that the line is fitted to at most, evenly spread over the ranks.
const SAMPLES: usize = 1000;
/// The slope is divided by this.
const CONTRAST: f64 = 0.25;
/// Part of the numbers that may be left out.
const REJECT: f64 = 0.5;
/// The fit needs so many numbers.
const LEAST: usize = 5;
/// Numbers further from the line than so many standard deviations are left out.
const FAR: f64 = 2.5;
/// Fits at most.
const FITS: usize = 5;

/// The range for sorted, finite numbers; `None` where there are none.
pub fn zscale(sorted: &[f64]) -> Option<(f64, f64)> {
    let step = (sorted.len() / SAMPLES).max(1);
    let v: Vec<f64> = sorted.iter().copied().step_by(step).take(SAMPLES).collect();
    let (first, last) = (*v.first()?, *v.last()?);
    let n = v.len();
    let middle = (n - 1) / 2;
    let median = v.get(middle).copied()?.midpoint(v.get(n / 2).copied()?);
    let least = LEAST.max((n as f64 * REJECT) as usize);
    let grow = ((n as f64 * 0.01) as usize).max(1);
    let mut bad = vec![false; n];
    let (mut good, mut before, mut slope) = (n, n + 1, 0.0);
    for _ in 0..FITS {
        if good >= before || good < least {
            break;
        }
        let (a, b) = line(&v, &bad);
        slope = b;
        let off = |(i, v): (usize, &f64)| v - (a + b * i as f64);
        let threshold = FAR * spread(v.iter().enumerate().zip(&bad).filter(|(_, bad)| !**bad).map(|(p, _)| off(p)));
        for (p, bad) in v.iter().enumerate().zip(&mut bad) {
            *bad |= off(p).abs() > threshold;
        }
        // The neighbours of what was left out are left out as well.
        let (left, right) = (grow / 2, grow - 1 - grow / 2);
        bad = (0..n)
            .map(|i| bad.get(i.saturating_sub(left)..(i + right + 1).min(n)).is_some_and(|w| w.contains(&true)))
            .collect();
        before = good;
        good = bad.iter().filter(|b| !**b).count();
    }
    if good < least {
        return Some((first, last));
    }
    let slope = slope / CONTRAST;
    let lo = (median - (middle as f64 - 1.0) * slope).max(first);
    let hi = (median + (n - middle) as f64 * slope).min(last);
    Some((lo, hi))
}

/// The least-squares line through what is good: its value at 0, and its slope.
fn line(v: &[f64], bad: &[bool]) -> (f64, f64) {
    let points = || v.iter().enumerate().zip(bad).filter(|(_, bad)| !**bad).map(|((i, v), _)| (i as f64, *v));
    let n = points().count().max(1) as f64;
    let (sx, sy) = points().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mx, my) = (sx / n, sy / n);
    let (mut xx, mut xy) = (0.0, 0.0);
    for (x, y) in points() {
        xx += (x - mx) * (x - mx);
        xy += (x - mx) * (y - my);
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    (my - slope * mx, slope)
}

/// The standard deviation of the population.
fn spread(v: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = v.collect();
    let n = all.len().max(1) as f64;
    let mean = all.iter().sum::<f64>() / n;
    (all.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_as_astropy_finds_them() {
        // astropy.visualization.ZScaleInterval().get_limits of the same numbers.
        for (values, want) in include!("../../tests/fixtures/tensor/zscale.in") {
            let mut v: Vec<f64> = values.to_vec();
            v.sort_by(f64::total_cmp);
            let (lo, hi) = zscale(&v).unwrap();
            let scale = v[v.len() - 1] - v[0];
            assert!((lo - want.0).abs() <= 1e-9 * scale && (hi - want.1).abs() <= 1e-9 * scale, "{lo} {hi} {want:?}");
        }
        assert_eq!(zscale(&[]), None);
        assert_eq!(zscale(&[3.0]), Some((3.0, 3.0)));
    }
}
