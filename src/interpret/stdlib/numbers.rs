//! Numbers and the like: Decimal, Fraction, UUID, IP addresses and networks, struct_time.

use super::{Known, text};
use crate::interpret::types::{Cx, Piece};
use crate::machine::Handle;
use crate::ops::pyrepr;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn know(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    if let Some(class) = cx.class_of(h).filter(|c| cx.is(*c, "uuid", "UUID")) {
        let _ = class;
        return uuid(cx, h);
    }
    let (call, module, name) = cx.named_call(h)?;
    let arg = |i| cx.arg(call, i);
    match (module, name) {
        ("decimal" | "_decimal" | "_pydecimal", "Decimal") => {
            let digits = cx.name(arg(0)?)?;
            let said = format!("Decimal({})", pyrepr::text_repr(&digits));
            Some(Known::scalar("decimal.Decimal", said, "A decimal number of any precision, written as its text."))
        }
        ("fractions", "Fraction") => {
            let said = match arg(1) {
                Some(d) => format!("Fraction({}, {})", cx.big(arg(0)?)?, cx.big(d)?),
                None => {
                    let t = cx.name(arg(0)?)?;
                    let (n, d) = t.split_once('/').unwrap_or((&t, "1"));
                    let digits = |s: &str| s.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
                    if !digits(n) || !digits(d) {
                        return None;
                    }
                    format!("Fraction({n}, {d})")
                }
            };
            Some(Known::scalar("fractions.Fraction", said, "An exact fraction: numerator and denominator."))
        }
        ("ipaddress", class) => address(cx, class, arg(0)?),
        ("time", "struct_time") => {
            const NAMES: [&str; 9] = ["year", "mon", "mday", "hour", "min", "sec", "wday", "yday", "isdst"];
            let fields = cx.tuple(arg(0)?).filter(|t| t.len() >= 9)?;
            let mut pieces = vec![text("time.struct_time(")];
            for (i, name) in (0..).zip(NAMES) {
                let comma = if i > 0 { ", " } else { "" };
                pieces.extend([text(format!("{comma}tm_{name}=")), Piece::Value(cx.item(fields, i)?)]);
            }
            pieces.push(text(")"));
            let sentence = "A broken-down time: year, month, day, hour, minute, second, weekday, day of year, DST.";
            Some(Known::of("time.struct_time", sentence, pieces, Some(Vec::new())))
        }
        _ => None,
    }
}

fn uuid(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let n = cx.big(cx.attr(h, "int")?)?;
    let n = u128::try_from(n).ok()?;
    let hex = format!("{n:032x}");
    let part = |a, b| hex.get(a..b).unwrap_or("");
    let said = format!("UUID('{}-{}-{}-{}-{}')", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32));
    Some(Known::scalar("uuid.UUID", said, "A UUID: a number of 128 bits, kept as an attribute."))
}

fn address(cx: &Cx<'_>, class: &str, h: Handle) -> Option<Known> {
    let kind = match class {
        "IPv4Address" => "ipaddress.IPv4Address",
        "IPv6Address" => "ipaddress.IPv6Address",
        "IPv4Network" => "ipaddress.IPv4Network",
        "IPv6Network" => "ipaddress.IPv6Network",
        "IPv4Interface" => "ipaddress.IPv4Interface",
        "IPv6Interface" => "ipaddress.IPv6Interface",
        _ => return None,
    };
    let shown = match cx.name(h) {
        Some(text) => text,
        None => {
            let n = u128::try_from(cx.big(h)?).ok()?;
            match class {
                "IPv4Address" => Ipv4Addr::from(u32::try_from(n).ok()?).to_string(),
                "IPv6Address" => Ipv6Addr::from(n).to_string(),
                _ => return None,
            }
        }
    };
    let said = format!("{class}({})", pyrepr::text_repr(&shown));
    Some(Known::scalar(kind, said, "An internet address or network."))
}
