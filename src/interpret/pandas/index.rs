//! pandas' indexes: what labels rows and columns. Range, plain, dates, periods, intervals, categories, several levels.

use super::vector::{self, Vector};
use super::{is_pandas, text_of};
use crate::interpret::numpy::array;
use crate::interpret::types::Cx;
use crate::machine::Handle;

/// The class of an index; `None` when it is none.
pub(super) fn class<'a>(cx: &Cx<'a>, h: Handle) -> Option<&'a str> {
    let (call, module, name) = cx.named_call(h)?;
    if is_pandas(module) && name.starts_with("_new_") && name.ends_with("Index") {
        return cx.global(cx.arg(call, 0)?).map(|(_, n)| n);
    }
    // Before 0.15: an ndarray subclass.
    let p = array::parts(cx, h)?;
    let (module, name) = cx.global(p.class?)?;
    (is_pandas(module) && name.ends_with("Index")).then_some(name)
}

/// The levels of an index, each with its name: one, but for a MultiIndex.
pub(super) fn levels(cx: &Cx<'_>, h: Handle) -> Vec<(String, Vector)> {
    let Some((call, module, name)) = cx.named_call(h) else { return Vec::new() };
    if is_pandas(module) && name.starts_with("_new_") {
        let (Some(class), Some(d)) = (cx.arg(call, 0).and_then(|c| cx.global(c)), cx.arg(call, 1)) else {
            return Vec::new();
        };
        return told(cx, h, class.1, d);
    }
    old(cx, h)
}

fn name_of(cx: &Cx<'_>, h: Option<Handle>) -> String {
    h.filter(|n| !cx.is_none(*n)).map(|n| text_of(cx, n)).unwrap_or_default()
}

/// An index by its attributes.
fn told(cx: &Cx<'_>, h: Handle, class: &str, d: Handle) -> Vec<(String, Vector)> {
    let entry = |key: &str| cx.entry(d, key);
    let name = name_of(cx, entry("name"));
    match class {
        "RangeIndex" => {
            let number = |key: &str, or: i64| entry(key).map_or(Some(or), |n| cx.int(n));
            let (Some(start), Some(stop), Some(step)) = (number("start", 0), number("stop", 0), number("step", 1))
            else {
                return Vec::new();
            };
            let span = i128::from(stop) - i128::from(start);
            let step_wide = i128::from(step);
            let len = if step == 0 || span.signum() != step_wide.signum() {
                0
            } else {
                // Rounded up, away from zero.
                (span.abs() + step_wide.abs() - 1) / step_wide.abs()
            };
            let len = u64::try_from(len).unwrap_or(0);
            let range = Some((start, step));
            vec![(name, Vector { dtype: "int64".to_owned(), values: None, categories: None, range, len, handle: h })]
        }
        "MultiIndex" => {
            let codes = entry("codes").or_else(|| entry("labels"));
            multi(cx, h, entry("levels"), codes, entry("names"))
        }
        "IntervalIndex" if entry("left").is_some() => {
            let closed = entry("closed").and_then(|c| cx.name(c));
            let (Some(left), Some(right)) = (entry("left"), entry("right")) else { return Vec::new() };
            vector::intervals(cx, h, left, right, closed.as_deref()).map(|v| (name, v)).into_iter().collect()
        }
        _ => {
            let Some(data) = entry("data").or_else(|| entry("values")) else { return Vec::new() };
            let Some(mut v) = vector::vector(cx, data) else { return Vec::new() };
            if let Some(tz) = entry("tz").filter(|t| !cx.is_none(*t) && !v.dtype.contains(',')) {
                v.dtype = v.dtype.replace(']', &format!(", {}]", vector::zone(cx, tz)));
            }
            vec![(name, v)]
        }
    }
}

fn multi(
    cx: &Cx<'_>,
    h: Handle,
    levels_at: Option<Handle>,
    codes: Option<Handle>,
    names: Option<Handle>,
) -> Vec<(String, Vector)> {
    let (Some(levels_at), Some(codes)) = (levels_at, codes) else { return Vec::new() };
    let n = cx.count(levels_at).unwrap_or(0).min(100);
    let mut out = Vec::new();
    for i in 0..n {
        let (Some(level), Some(code)) = (cx.nth(levels_at, i), cx.nth(codes, i)) else { continue };
        let name = name_of(cx, names.and_then(|n| cx.nth(n, i)));
        // Levels of levels do not occur; a level that is one again is not followed.
        let values = if class(cx, level) == Some("MultiIndex") { None } else { levels(cx, level).into_iter().next() };
        let Some(codes) = vector::vector(cx, code) else { continue };
        let (dtype, categories) = values.map_or(("?".to_owned(), None), |(_, v)| {
            let filled = v.values.or_else(|| vector::range_values(v.range, v.len));
            (v.dtype, filled)
        });
        out.push((name, Vector { dtype, categories, handle: h, ..codes }));
    }
    out
}

/// An index that is an ndarray subclass, whose state is (ndarray's state, own state).
fn old(cx: &Cx<'_>, h: Handle) -> Vec<(String, Vector)> {
    let own = cx.state(h).and_then(|s| cx.exactly::<2>(s)).map(|[_, own]| own);
    if class(cx, h) == Some("MultiIndex") {
        // (levels, labels, sortorder, names)
        let part = |i| own.and_then(|o| cx.nth(o, i));
        return multi(cx, h, part(0), part(1), part(3));
    }
    let name = name_of(cx, own.and_then(|o| cx.nth(o, 0)));
    match array::parts(cx, h).and_then(|p| array::read(cx, &p).ok()) {
        Some(r) => vec![(name, Vector::of(vector::numpy_name(&r.array), r.array, h))],
        None => Vec::new(),
    }
}
