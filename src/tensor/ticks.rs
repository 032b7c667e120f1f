//! Where the marks of an axis stand and what they say: even steps of 1, 2 or 5, decades, or steps of the calendar.
//! Must never know a window: places are numbers along the axis, and the same for screen and file.

use super::dtype::{Tick, Unit};
use super::time::{DAY, attoseconds, civil};

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ruler {
    /// Numbers, evenly.
    Linear,
    /// Whole numbers, evenly: an index has nothing between two of them.
    Count,
    /// Places are decimal logarithms of the numbers.
    Log,
    /// Places are ticks of a datetime64.
    Time(Tick),
}

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its place along the axis.
    pub at: f64,
    /// What it says; empty for the small marks between.
    pub label: String,
}

/// The marks from `lo` to `hi`, about `most` of them with labels.
pub fn marks(lo: f64, hi: f64, most: usize, ruler: Ruler) -> Vec<Mark> {
    if !(lo.is_finite() && hi.is_finite() && hi > lo) || most == 0 {
        return Vec::new();
    }
    match ruler {
        Ruler::Linear => linear(lo, hi, most),
        Ruler::Count => count(lo, hi, most),
        Ruler::Log => log(lo, hi, most),
        Ruler::Time(tick) => time(lo, hi, most, tick).unwrap_or_else(|| linear(lo, hi, most)),
    }
}

/// The least of 1, 2, 5, 10 … that makes at most `most` steps of `range`.
fn step(range: f64, most: usize) -> f64 {
    let rough = range / most.max(1) as f64;
    let ten = 10_f64.powf(rough.log10().floor());
    let unit = [1.0, 2.0, 5.0].into_iter().find(|m| m * ten >= rough * 0.999).unwrap_or(10.0);
    unit * ten
}

fn linear(lo: f64, hi: f64, most: usize) -> Vec<Mark> {
    let step = step(hi - lo, most);
    let (first, largest) = ((lo / step).ceil(), lo.abs().max(hi.abs()));
    let count = ((hi / step).floor() - first).clamp(-1.0, 1000.0) as i32;
    // places are multiples of the step, not sums of steps, which would drift
    (0..=count).map(|k| (first + f64::from(k)) * step).map(|at| Mark { at, label: number(at, step, largest) }).collect()
}

/// Marks of whole numbers alone; where the axis spans less than one, of whatever lies there.
fn count(lo: f64, hi: f64, most: usize) -> Vec<Mark> {
    let step = step(hi - lo, most).max(1.0);
    let (first, largest) = ((lo / step).ceil(), lo.abs().max(hi.abs()));
    let count = ((hi / step).floor() - first).clamp(-1.0, 1000.0) as i32;
    let mark = |at| Mark { at, label: number(at, step, largest) };
    let all: Vec<Mark> = (0..=count).map(|k| (first + f64::from(k)) * step).map(mark).collect();
    if all.is_empty() { linear(lo, hi, most) } else { all }
}

/// A number with the digits that tell it from its neighbours a step away.
fn number(v: f64, step: f64, largest: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let places = |x: f64| (-x.log10().floor()).max(0.0) as usize;
    if (1e-4..1e7).contains(&largest) {
        return format!("{v:.*}", places(step * 1.0001).min(17));
    }
    let digits = (v.abs().log10().floor() - (step * 1.0001).log10().floor()).clamp(0.0, 17.0) as usize;
    let text = format!("{v:.digits$e}");
    match text.split_once('e') {
        Some((m, e)) if m.contains('.') => format!("{}e{e}", m.trim_end_matches('0').trim_end_matches('.')),
        _ => text,
    }
}

fn log(lo: f64, hi: f64, most: usize) -> Vec<Mark> {
    if hi - lo < 1.0 {
        // less than a decade: even steps of the numbers themselves
        let (a, b) = (10_f64.powf(lo), 10_f64.powf(hi));
        return linear(a, b, most).into_iter().filter(|m| m.at > 0.0).map(|m| Mark { at: m.at.log10(), ..m }).collect();
    }
    // labels of decades are short
    let every = ((hi - lo) / (most as f64 * 1.8)).ceil().max(1.0);
    let mut out = Vec::new();
    let mut power = lo.floor();
    while power <= hi {
        if power >= lo {
            let label = if power.rem_euclid(every) == 0.0 { power_text(power) } else { String::new() };
            out.push(Mark { at: power, label });
        }
        if every == 1.0 && hi - lo < 12.0 {
            let between = (2..10).map(|k| power + f64::from(k).log10()).filter(|at| (lo..=hi).contains(at));
            // few decades: two and five are told too
            let told = |at: f64| {
                let lead = (10_f64.powf(at - power)).round();
                if hi - lo < 2.5 && (lead == 2.0 || lead == 5.0) { multiple_text(lead, power) } else { String::new() }
            };
            out.extend(between.map(|at| Mark { at, label: told(at) }));
        }
        power += 1.0;
    }
    out
}

fn multiple_text(lead: f64, power: f64) -> String {
    if (-3.0..=4.0).contains(&power) {
        return format!("{:.*}", (-power).max(0.0) as usize, lead * 10_f64.powf(power));
    }
    format!("{lead}e{power}")
}

fn power_text(power: f64) -> String {
    if (-3.0..=4.0).contains(&power) {
        return format!("{:.*}", (-power).max(0.0) as usize, 10_f64.powf(power));
    }
    format!("1e{power}")
}

const SECOND: f64 = 1.0;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const A_DAY: f64 = 86_400.0;
/// Steps between a second and a fortnight.
const STEPS: [f64; 22] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    A_DAY,
    2.0 * A_DAY,
    4.0 * A_DAY,
    7.0 * A_DAY,
    14.0 * A_DAY,
];

/// `None` where the unit is no length of time.
fn time(lo: f64, hi: f64, most: usize, tick: Tick) -> Option<Vec<Mark>> {
    let of_unit = match tick.unit {
        Unit::Year => return Some(years(lo, hi, most, f64::from(tick.num), 1970.0)),
        Unit::Month => A_DAY * 30.436_875,
        unit => attoseconds(unit)? as f64 / 1e18,
    } * f64::from(tick.num);
    let (from, to) = (lo * of_unit, hi * of_unit);
    let rough = (to - from) / most as f64;
    if rough > 14.0 * A_DAY || tick.unit == Unit::Month {
        return Some(months(lo, hi, most, tick, of_unit));
    }
    let step = if rough < SECOND {
        step(to - from, most).max(of_unit)
    } else {
        STEPS.into_iter().find(|s| *s >= rough * 0.999).unwrap_or(14.0 * A_DAY)
    };
    let first = (from / step).ceil();
    let count = ((to / step).floor() - first).clamp(-1.0, 1000.0) as i32;
    let places = (0..=count).map(|k| (first + f64::from(k)) * step);
    Some(places.map(|s| Mark { at: s / of_unit, label: moment(s, step) }).collect())
}

/// A moment, in seconds since 1970, as its neighbours a step away need it told.
fn moment(seconds: f64, step: f64) -> String {
    let days = (seconds / A_DAY).floor();
    let within = seconds - days * A_DAY;
    let (y, m, d) = civil(days as i128);
    if step >= A_DAY || within == 0.0 {
        return format!("{y:04}-{m:02}-{d:02}");
    }
    let (hour, minute) = ((within / HOUR).floor(), (within / MINUTE).floor() % 60.0);
    if step >= MINUTE {
        return format!("{hour:02}:{minute:02}");
    }
    let places = if step >= 1.0 { 0 } else { (-(step * 1.0001).log10().floor()).clamp(0.0, 9.0) as usize };
    let width = if places == 0 { 2 } else { places + 3 };
    format!("{hour:02}:{minute:02}:{:0width$.places$}", within % MINUTE)
}

/// Marks at the beginnings of months or years; places are ticks.
fn months(lo: f64, hi: f64, most: usize, tick: Tick, of_unit: f64) -> Vec<Mark> {
    let by_month = tick.unit == Unit::Month;
    let num = f64::from(tick.num);
    // months since 1970, and where a month begins
    let month_of = |at: f64| {
        if by_month {
            return at * num;
        }
        let (y, m, _) = civil((at * of_unit / A_DAY).floor() as i128);
        ((y - 1970) * 12) as f64 + f64::from(m) - 1.0
    };
    let place = |month: f64| if by_month { month / num } else { days_to(month) * A_DAY / of_unit };
    let (from, to) = (month_of(lo), month_of(hi));
    let rough = (to - from) / most as f64;
    let step = [1.0, 2.0, 3.0, 6.0].into_iter().find(|s| *s >= rough).unwrap_or_else(|| {
        let years = step((to - from) / 12.0, most).max(1.0);
        years * 12.0
    });
    let mut out = Vec::new();
    let mut month = (from / step).ceil() * step;
    while month <= to + 1.0 && out.len() < 1000 {
        let at = place(month);
        let year = 1970.0 + (month / 12.0).floor();
        let label =
            if step >= 12.0 { format!("{year}") } else { format!("{year}-{:02}", month.rem_euclid(12.0) + 1.0) };
        if (lo..=hi).contains(&at) {
            out.push(Mark { at, label });
        }
        month += step;
    }
    out
}

fn years(lo: f64, hi: f64, most: usize, num: f64, zero: f64) -> Vec<Mark> {
    let step = step((hi - lo) * num, most).max(1.0);
    let (from, to) = (zero + lo * num, zero + hi * num);
    let first = (from / step).ceil();
    let count = ((to / step).floor() - first).clamp(-1.0, 1000.0) as i32;
    let all = (0..=count).map(|k| (first + f64::from(k)) * step);
    all.map(|y| Mark { at: (y - zero) / num, label: format!("{y}") }).collect()
}

/// Days from 1970-01-01 to the beginning of a month, counted from January 1970.
fn days_to(month: f64) -> f64 {
    // `civil` backwards: guess by the mean month, then go by days
    let guess = (month * 30.436_875).round() as i128;
    let (year, month) = (1970 + (month / 12.0).floor() as i128, month.rem_euclid(12.0) as u32 + 1);
    let near = (guess - 40..=guess + 40).find(|d| civil(*d) == (year, month, 1));
    near.unwrap_or(guess) as f64
}

const _: () = assert!(DAY == 86_400 * 1_000_000_000_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(lo: f64, hi: f64, most: usize, r: Ruler) -> Vec<String> {
        marks(lo, hi, most, r).into_iter().map(|m| m.label).filter(|l| !l.is_empty()).collect()
    }

    #[test]
    fn numbers_have_the_digits_they_need() {
        assert_eq!(labels(0.0, 1.0, 5, Ruler::Linear), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-0.5, 3.5, 9, Ruler::Count), ["0", "1", "2", "3"]);
        assert_eq!(labels(0.0, 2000.0, 5, Ruler::Count), labels(0.0, 2000.0, 5, Ruler::Linear));
        assert_eq!(labels(7.2, 7.8, 4, Ruler::Count), labels(7.2, 7.8, 4, Ruler::Linear));
        assert_eq!(labels(-0.3, 0.3, 3, Ruler::Linear), ["-0.2", "0", "0.2"]);
        assert_eq!(labels(0.0, 1e8, 4, Ruler::Linear), ["0", "5e7", "1e8"]);
        assert_eq!(labels(1e-9, 3e-9, 4, Ruler::Linear), ["1e-9", "1.5e-9", "2e-9", "2.5e-9", "3e-9"]);
        assert_eq!(labels(1000.0, 1000.4, 4, Ruler::Linear), ["1000.0", "1000.1", "1000.2", "1000.3", "1000.4"]);
        assert!(labels(1.0, 1.0, 4, Ruler::Linear).is_empty() && labels(f64::NAN, 1.0, 4, Ruler::Linear).is_empty());
    }

    #[test]
    fn logarithms_are_labelled_by_their_numbers() {
        assert_eq!(labels(-2.0, 3.0, 8, Ruler::Log), ["0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(labels(0.0, 20.0, 3, Ruler::Log), ["1", "10000", "1e8", "1e12", "1e16", "1e20"]);
        let all = marks(0.0, 2.0, 5, Ruler::Log);
        assert_eq!(all.len(), 3 + 2 * 8);
        assert!((all[1].at - 2_f64.log10()).abs() < 1e-12);
        // within a decade
        assert_eq!(labels(1.0, 1.5, 4, Ruler::Log), ["10", "20", "30"]);
    }

    #[test]
    fn times_are_told_by_the_calendar() {
        let s = |unit| Ruler::Time(Tick { unit, num: 1 });
        let day = 86_400.0;
        let start = 19_782.0 * day; // 2024-02-29
        assert_eq!(
            labels(start, start + 3.0 * day, 3, s(Unit::Second)),
            ["2024-02-29", "2024-03-01", "2024-03-02", "2024-03-03"]
        );
        assert_eq!(
            labels(start - 3600.0, start + 3600.0, 4, s(Unit::Second)),
            ["23:00", "23:30", "2024-02-29", "00:30", "01:00"]
        );
        assert_eq!(labels(start + 1.0, start + 1.4, 4, s(Unit::Second)), ["00:00:01"]);
        let ms = (start + 60.0) * 1e3;
        assert_eq!(
            labels(ms, ms + 400.0, 4, s(Unit::Milli)),
            ["00:01:00.0", "00:01:00.1", "00:01:00.2", "00:01:00.3", "00:01:00.4"]
        );
        assert_eq!(labels(19_700.0, 19_900.0, 4, s(Unit::Day)), ["2024-01", "2024-03", "2024-05"]);
        assert_eq!(labels(0.0, 365.25 * 40.0, 5, s(Unit::Day)), ["1970", "1980", "1990", "2000", "2010"]);
        assert_eq!(labels(600.0, 612.0, 5, s(Unit::Month)), ["2020-01", "2020-04", "2020-07", "2020-10", "2021-01"]);
        assert_eq!(labels(0.0, 100.0, 4, s(Unit::Year)), ["2000", "2050"]);
    }
}
