//! The datetime family: the bytes of dates and times, fold in the top bit of the month or hour, time zones beside them.
//! Source: CPython `Modules/_datetimemodule.c` (`*_getstate`, `*_reduce`).

use super::{Known, text};
use crate::interpret::types::{Cx, Part, Piece, Seg};
use crate::machine::{CallKind, Handle};

pub(super) fn know(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    if cx.global(h).is_some_and(|(m, n)| is_datetime(m) && n == "timezone.utc") {
        return Some(Known::scalar("datetime.timezone", "datetime.timezone.utc", "The time zone UTC."));
    }
    if let Some(known) = zone_info(cx, h) {
        return Some(known);
    }
    let (call, module, name) = cx.named_call(h)?;
    if !is_datetime(module) || call.kind != CallKind::Reduce {
        return None;
    }
    let arg = |i| cx.arg(call, i);
    match name {
        "date" => {
            let [a, b, m, d] = raw(cx, arg(0)?)?;
            let said = format!("datetime.date({}, {m}, {d})", year(a, b));
            Some(Known::scalar("datetime.date", said, "A date: 4 bytes hold year, month and day."))
        }
        "time" => {
            let [h0, m, s, a, b, c] = raw(cx, arg(0)?)?;
            let (hour, fold) = (h0 & 0x7f, h0 > 0x7f);
            let said = format!("datetime.time({hour}, {m}{}", seconds(s, micro(a, b, c), false));
            Some(zoned(
                cx,
                "datetime.time",
                said,
                arg(1),
                fold,
                "A time of day: 6 bytes hold hour, minute, second and microsecond",
            ))
        }
        "datetime" => {
            let [a, b, m0, d, hour, min, s, x, y, z] = raw(cx, arg(0)?)?;
            let (month, fold) = (m0 & 0x7f, m0 > 0x7f);
            let rest = seconds(s, micro(x, y, z), false);
            let said = format!("datetime.datetime({}, {month}, {d}, {hour}, {min}{rest}", year(a, b));
            Some(zoned(
                cx,
                "datetime.datetime",
                said,
                arg(1),
                fold,
                "A date and time: 10 bytes hold it to the microsecond",
            ))
        }
        "timedelta" => {
            let [days, secs, micros] = [cx.int(arg(0)?)?, number(cx, arg(1))?, number(cx, arg(2))?];
            let parts: Vec<String> = [("days", days), ("seconds", secs), ("microseconds", micros)]
                .iter()
                .filter(|(_, n)| *n != 0)
                .map(|(name, n)| format!("{name}={n}"))
                .collect();
            let said = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
            let sentence = "A length of time: days, seconds and microseconds.";
            Some(Known::scalar("datetime.timedelta", format!("datetime.timedelta({said})"), sentence))
        }
        "timezone" => {
            let offset = arg(0)?;
            let delta = cx.call_of(offset, "datetime", &["timedelta"])?;
            let zero = (0..3).all(|i| cx.arg(delta, i).is_none_or(|n| cx.int(n) == Some(0)));
            let sentence = "A fixed offset from UTC.";
            if zero && arg(1).is_none() {
                return Some(Known::scalar("datetime.timezone", "datetime.timezone.utc", "The time zone UTC."));
            }
            let mut pieces = vec![text("datetime.timezone("), Piece::Value(offset)];
            if let Some(name) = arg(1) {
                pieces.extend([text(", "), Piece::Value(name)]);
            }
            pieces.push(text(")"));
            Some(Known::of("datetime.timezone", sentence, pieces, Some(vec![Part::One(Seg::Arg(0), offset)])))
        }
        _ => None,
    }
}

fn is_datetime(module: &str) -> bool {
    matches!(module, "datetime" | "_datetime")
}

/// The bytes of a value that has exactly so many.
fn raw<const N: usize>(cx: &Cx<'_>, h: Handle) -> Option<[u8; N]> {
    let payload = cx.payload(h)?;
    payload.first(cx, N + 1).try_into().ok()
}

fn year(a: u8, b: u8) -> u32 {
    u32::from(a) << 8 | u32::from(b)
}

fn micro(a: u8, b: u8, c: u8) -> u32 {
    u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c)
}

fn number(cx: &Cx<'_>, h: Option<Handle>) -> Option<i64> {
    h.map_or(Some(0), |h| cx.int(h))
}

/// Seconds and microseconds, left out where they are zero.
fn seconds(s: u8, micros: u32, always: bool) -> String {
    match (s, micros) {
        (0, 0) if !always => String::new(),
        (s, 0) => format!(", {s}"),
        (s, u) => format!(", {s}, {u}"),
    }
}

fn zoned(cx: &Cx<'_>, kind: &'static str, said: String, tz: Option<Handle>, fold: bool, what: &str) -> Known {
    let tz = tz.filter(|t| !cx.is_none(*t));
    let mut pieces = vec![text(said)];
    let mut parts = Vec::new();
    if let Some(tz) = tz {
        pieces.extend([text(", tzinfo="), Piece::Value(tz)]);
        parts.push(Part::One(Seg::Attr("tzinfo".into()), tz));
    }
    if fold {
        pieces.push(text(", fold=1"));
    }
    pieces.push(text(")"));
    let zone = if tz.is_some() { ", and its time zone follows" } else { ", without a time zone" };
    let fold = if fold { "; fold is set: the second of two equal clock times" } else { "" };
    Known::of(kind, format!("{what}{zone}{fold}."), pieces, Some(parts))
}

/// `zoneinfo.ZoneInfo._unpickle(key, from_cache)`, as a dotted name or by getattr.
fn zone_info(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let call = cx.call(h)?;
    let named = cx.global(call.callable) == Some(("zoneinfo", "ZoneInfo._unpickle"));
    let fetched = || {
        let getattr = cx.call_of(call.callable, "builtins", &["getattr"])?;
        let of = cx.arg(getattr, 0).filter(|c| cx.is(*c, "zoneinfo", "ZoneInfo"))?;
        cx.arg(getattr, 1).and_then(|n| cx.name(n)).filter(|n| n == "_unpickle").map(|_| of)
    };
    if !named && fetched().is_none() {
        return None;
    }
    let key = cx.arg(call, 0)?;
    let pieces = vec![text("zoneinfo.ZoneInfo(key="), Piece::Value(key), text(")")];
    let sentence = "A time zone by its name; its rules are looked up on the machine that loads it.";
    Some(Known::of("zoneinfo.ZoneInfo", sentence, pieces, Some(Vec::new())))
}
