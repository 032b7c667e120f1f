//! datetime64 and timedelta64 as ISO 8601 and as Python's objects. Proleptic Gregorian calendar, no leap seconds, as NumPy.
//! Must never overflow: ticks are widened to 128 bits first.

use super::dtype::{Tick, Unit};
use std::fmt::Write;

/// A point in time, split: year, month, day, and attoseconds since midnight.
struct Split {
    year: i128,
    month: u32,
    day: u32,
    atto: i128,
}

pub(super) const DAY: i128 = 86_400 * 1_000_000_000_000_000_000;

/// Attoseconds of one unit; `None` for months and years, which have no fixed length, and for no unit.
pub(super) const fn attoseconds(unit: Unit) -> Option<i128> {
    Some(match unit {
        Unit::Week => 7 * DAY,
        Unit::Day => DAY,
        Unit::Hour => DAY / 24,
        Unit::Minute => DAY / 1_440,
        Unit::Second => DAY / 86_400,
        Unit::Milli => 1_000_000_000_000_000,
        Unit::Micro => 1_000_000_000_000,
        Unit::Nano => 1_000_000_000,
        Unit::Pico => 1_000_000,
        Unit::Femto => 1_000,
        Unit::Atto => 1,
        Unit::Year | Unit::Month | Unit::Generic => return None,
    })
}

/// Year, month and day of a day counted from 1970-01-01.
pub(super) fn civil(days: i128) -> (i128, u32, u32) {
    // Howard Hinnant's days_from_civil, backwards: eras of 400 years that start in March.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i128::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

fn split(ticks: i64, tick: Tick) -> Option<Split> {
    let n = i128::from(ticks) * i128::from(tick.num);
    Some(match tick.unit {
        Unit::Generic => return None,
        Unit::Year => Split { year: 1970 + n, month: 1, day: 1, atto: 0 },
        Unit::Month => Split {
            year: 1970 + n.div_euclid(12),
            month: u32::try_from(n.rem_euclid(12)).unwrap_or(0) + 1,
            day: 1,
            atto: 0,
        },
        unit => {
            // Days first: attoseconds of the whole would not fit for long units.
            let step = attoseconds(unit)?;
            let (days, atto) = if step >= DAY {
                (n * (step / DAY), 0)
            } else {
                let per_day = DAY / step;
                (n.div_euclid(per_day), n.rem_euclid(per_day) * step)
            };
            let (year, month, day) = civil(days);
            Split { year, month, day, atto }
        }
    })
}

/// `str(numpy.datetime64)`: ISO 8601 to the precision of the unit; `NaT`; a bare number of ticks where there is no unit.
pub fn datetime_text(ticks: i64, tick: Tick) -> String {
    if ticks == i64::MIN {
        return "NaT".to_owned();
    }
    let Some(t) = split(ticks, tick) else { return ticks.to_string() };
    let mut out = if t.year < 0 { format!("-{:03}", t.year.unsigned_abs()) } else { format!("{:04}", t.year) };
    if tick.unit == Unit::Year {
        return out;
    }
    _ = write!(out, "-{:02}", t.month);
    if tick.unit == Unit::Month {
        return out;
    }
    _ = write!(out, "-{:02}", t.day);
    let seconds = t.atto / 1_000_000_000_000_000_000;
    let below = t.atto % 1_000_000_000_000_000_000;
    let (h, m, s) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let digits = match tick.unit {
        Unit::Week | Unit::Day => return out,
        Unit::Hour => {
            _ = write!(out, "T{h:02}");
            return out;
        }
        Unit::Minute => {
            _ = write!(out, "T{h:02}:{m:02}");
            return out;
        }
        Unit::Milli => 3,
        Unit::Micro => 6,
        Unit::Nano => 9,
        Unit::Pico => 12,
        Unit::Femto => 15,
        Unit::Atto => 18,
        _ => 0,
    };
    _ = write!(out, "T{h:02}:{m:02}:{s:02}");
    if digits > 0 {
        let below = format!("{below:018}");
        _ = write!(out, ".{}", below.get(..digits).unwrap_or(""));
    }
    out
}

/// `repr(numpy.datetime64.item())`: a `datetime.date` or `datetime.datetime` where Python has one for it, else the ticks.
pub fn datetime_item(ticks: i64, tick: Tick) -> String {
    if ticks == i64::MIN {
        return "None".to_owned();
    }
    let finer = matches!(tick.unit, Unit::Nano | Unit::Pico | Unit::Femto | Unit::Atto);
    let t = match split(ticks, tick) {
        Some(t) if !finer && (1..=9999).contains(&t.year) => t,
        _ => return ticks.to_string(),
    };
    if matches!(tick.unit, Unit::Year | Unit::Month | Unit::Week | Unit::Day) {
        return format!("datetime.date({}, {}, {})", t.year, t.month, t.day);
    }
    let micros = t.atto / 1_000_000_000_000;
    let seconds = micros / 1_000_000;
    let (h, m, s, us) = (seconds / 3_600, seconds / 60 % 60, seconds % 60, micros % 1_000_000);
    let mut out = format!("datetime.datetime({}, {}, {}, {h}, {m}", t.year, t.month, t.day);
    if s != 0 || us != 0 {
        _ = write!(out, ", {s}");
    }
    if us != 0 {
        _ = write!(out, ", {us}");
    }
    out.push(')');
    out
}

/// `str(numpy.timedelta64)`: `75 seconds`.
pub fn timedelta_text(ticks: i64, tick: Tick) -> String {
    if ticks == i64::MIN {
        return "NaT".to_owned();
    }
    let n = i128::from(ticks) * i128::from(tick.num);
    match tick.unit {
        Unit::Generic => format!("{n} generic time units"),
        unit => format!("{n} {}", unit.words()),
    }
}

/// `repr(numpy.timedelta64.item())`: a `datetime.timedelta` where Python has one for it, else the ticks.
pub fn timedelta_item(ticks: i64, tick: Tick) -> String {
    if ticks == i64::MIN {
        return "None".to_owned();
    }
    let finer = matches!(tick.unit, Unit::Nano | Unit::Pico | Unit::Femto | Unit::Atto);
    let Some(step) = attoseconds(tick.unit).filter(|_| !finer) else { return ticks.to_string() };
    let micros = i128::from(ticks) * i128::from(tick.num) * (step / 1_000_000_000_000);
    let days = micros.div_euclid(DAY / 1_000_000_000_000);
    if !(-999_999_999..=999_999_999).contains(&days) {
        return ticks.to_string();
    }
    let left = micros.rem_euclid(DAY / 1_000_000_000_000);
    let (seconds, micros) = (left / 1_000_000, left % 1_000_000);
    let parts: Vec<String> = [("days", days), ("seconds", seconds), ("microseconds", micros)]
        .iter()
        .filter(|(_, n)| *n != 0)
        .map(|(name, n)| format!("{name}={n}"))
        .collect();
    if parts.is_empty() {
        "datetime.timedelta(0)".to_owned()
    } else {
        format!("datetime.timedelta({})", parts.join(", "))
    }
}
