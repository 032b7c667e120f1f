//! OrderedDict, defaultdict, Counter, deque, ChainMap, UserDict and their kin, in Python 2's and 3's forms.

use super::{Known, text};
use crate::interpret::counted;
use crate::interpret::types::{Cx, Part, Piece, Seg};
use crate::machine::{Call, Handle};

/// Entries of a Counter that are sorted for its repr.
const SORTED: u64 = 1_000;

pub(super) fn know(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let class = cx.class_of(h)?;
    let (module, name) = cx.global(class)?;
    if !matches!(module, "collections" | "_collections") {
        return None;
    }
    let call = cx.call(h)?;
    let arg = |i| cx.arg(call, i);
    match name {
        "OrderedDict" => ordered(cx, h, call),
        "defaultdict" => {
            let mut pieces = vec![text("defaultdict(")];
            let mut parts = Vec::new();
            match arg(0) {
                Some(factory) => {
                    pieces.push(Piece::Value(factory));
                    parts.push(Part::One(Seg::Attr("default_factory".into()), factory));
                }
                None => pieces.push(text("None")),
            }
            pieces.extend([text(", {"), Piece::Stored(h), text("})")]);
            parts.push(Part::Stored(h));
            let n = call.dict_items.len() / 2;
            let sentence = format!("A dict of {} that makes a value for a key which is not there.", counted(n, "key"));
            Some(Known::of("collections.defaultdict", sentence, pieces, Some(parts)))
        }
        "Counter" => {
            let counts = arg(0).filter(|d| cx.dict(*d).is_some());
            let n = counts.and_then(|d| cx.dict(d)).map_or(0, |d| d.len()) / 2;
            let sentence = format!("A Counter of {}: how often each was met.", counted(n, "key"));
            let Some(counts) = counts.filter(|_| n > 0) else {
                return Some(Known::of(
                    "collections.Counter",
                    sentence,
                    vec![text("Counter()")],
                    Some(vec![Part::Stored(h)]),
                ));
            };
            let mut pieces = vec![text("Counter({")];
            pieces.extend(most_common(cx, counts, n));
            pieces.push(text("})"));
            Some(Known::of("collections.Counter", sentence, pieces, Some(vec![Part::Entries(counts)])))
        }
        "deque" => {
            // Python 2: (list[, maxlen]); Python 3: ((), maxlen) or (), then APPENDS.
            let initial = arg(0).filter(|l| cx.items(*l).is_some_and(|i| !i.is_empty()));
            let mut pieces = vec![text("deque([")];
            let mut parts = Vec::new();
            if let Some(list) = initial {
                pieces.push(Piece::Items(list));
                parts.push(Part::Items(list));
                if !call.list_items.is_empty() {
                    pieces.push(text(", "));
                }
            }
            pieces.extend([Piece::Appended(h), text("]")]);
            parts.push(Part::Appended(h));
            if let Some(max) = arg(1).filter(|m| !cx.is_none(*m)) {
                pieces.extend([text(", maxlen="), Piece::Value(max)]);
            }
            pieces.push(text(")"));
            let n = call.list_items.len() + initial.and_then(|l| cx.items(l)).map_or(0, |i| i.len());
            let sentence = format!("A deque, a list that grows at both ends, of {}.", counted(n, "item"));
            Some(Known::of("collections.deque", sentence, pieces, Some(parts)))
        }
        "ChainMap" => {
            let maps = cx.attr(h, "maps")?;
            let pieces = vec![text("ChainMap("), Piece::Items(maps), text(")")];
            Some(Known::of("collections.ChainMap", "Several dicts that are searched one after another.", pieces, None))
        }
        "UserDict" | "UserList" => {
            let data = cx.attr(h, "data")?;
            let kind = if name == "UserDict" { "collections.UserDict" } else { "collections.UserList" };
            Some(Known::of(
                kind,
                "A wrapper around the container in its attribute `data`.",
                vec![Piece::Value(data)],
                None,
            ))
        }
        _ => None,
    }
}

fn ordered(cx: &Cx<'_>, h: Handle, call: &Call) -> Option<Known> {
    // Python 2 gives a list of [key, value] lists.
    let list = cx.arg(call, 0).filter(|l| cx.items(*l).is_some_and(|i| !i.is_empty()));
    let n = call.dict_items.len() / 2 + list.and_then(|l| cx.items(l)).map_or(0, |i| i.len());
    let sentence = format!("A dict of {} that keeps their order.", counted(n, "key"));
    let kind = "collections.OrderedDict";
    if n == 0 {
        return Some(Known::of(kind, sentence, vec![text("OrderedDict()")], None));
    }
    let mut pieces = vec![text("OrderedDict({")];
    let mut parts = Vec::new();
    if let Some(list) = list {
        pieces.push(Piece::PairList(list));
        parts.push(Part::PairList(list));
    }
    pieces.extend([Piece::Stored(h), text("})")]);
    parts.push(Part::Stored(h));
    // Attributes of a subclass or of the instance itself.
    if call.states.is_empty() {
        Some(Known::of(kind, sentence, pieces, Some(parts)))
    } else {
        Some(Known::of(kind, sentence, pieces, None))
    }
}

/// The entries with the largest counts first, as Counter's repr has them.
fn most_common(cx: &Cx<'_>, counts: Handle, n: u64) -> Vec<Piece> {
    let Some(items) = cx.dict(counts).filter(|_| n <= SORTED) else { return vec![Piece::Entries(counts)] };
    let mut entries: Vec<(Handle, Handle)> = cx.stream.graph.pairs(items).collect();
    let all: Option<Vec<i64>> = entries.iter().map(|(_, v)| cx.int(*v)).collect();
    if all.is_none() {
        return vec![Piece::Entries(counts)];
    }
    entries.sort_by_key(|(_, v)| std::cmp::Reverse(cx.int(*v)));
    let mut out = Vec::with_capacity(entries.len() * 4);
    for (i, (k, v)) in entries.into_iter().enumerate() {
        out.extend([text(if i > 0 { ", " } else { "" }), Piece::Value(k), text(": "), Piece::Value(v)]);
    }
    out
}
