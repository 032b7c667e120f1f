//! functools.partial and what calls through it, SimpleNamespace, generic aliases and unions, getters.

use super::{Known, text};
use crate::interpret::look::qualify;
use crate::interpret::types::{Cx, Part, Piece, Seg};
use crate::machine::{CallKind, Handle};

pub(super) fn know(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let call = cx.call(h)?;
    if let Some(known) = through_partial(cx, h) {
        return Some(known);
    }
    let (module, name) = cx.global(cx.class_of(h)?)?;
    let arg = |i| cx.arg(call, i);
    match (module, name) {
        ("functools", "partial") => partial(cx, h),
        ("types", "SimpleNamespace") => {
            let state = cx.state(h).or_else(|| arg(0)).filter(|d| cx.dict(*d).is_some());
            let pieces = match state {
                Some(d) => vec![text("namespace("), Piece::Keywords(d), text(")")],
                None => vec![text("namespace()")],
            };
            Some(Known::of("types.SimpleNamespace", "An object that only holds attributes.", pieces, None))
        }
        ("types", "GenericAlias") => {
            let (origin, args) = (arg(0)?, arg(1)?);
            let mut pieces = vec![type_piece(cx, origin), text("[")];
            pieces.extend(joined(cx, args, ", ")?);
            pieces.push(text("]"));
            Some(Known::of("types.GenericAlias", "A type with its parameters.", pieces, None))
        }
        ("functools" | "_functools", "reduce") => {
            let or = arg(0).filter(|f| cx.is(*f, "_operator", "or_") || cx.is(*f, "operator", "or_"))?;
            let members = arg(1)?;
            let _ = or;
            // Flags are joined the same way; only types make a union.
            let items = cx.sequence(members).filter(|i| (1..=100).contains(&i.len()))?;
            if !cx.stream.graph.items(items).all(|t| cx.global(t).is_some() || cx.is_none(t) || none_type(cx, t)) {
                return None;
            }
            Some(Known::of("types.UnionType", "Any one of several types.", joined(cx, members, " | ")?, None))
        }
        _ => None,
    }
}

/// A type as annotations write it: `int` for `<class 'int'>`.
fn type_piece(cx: &Cx<'_>, h: Handle) -> Piece {
    match cx.global(h) {
        Some((m, n)) => text(qualify(m, n)),
        None if none_type(cx, h) => text("None"),
        None => Piece::Value(h),
    }
}

fn none_type(cx: &Cx<'_>, h: Handle) -> bool {
    cx.call_of(h, "builtins", &["type"]).and_then(|c| cx.arg(c, 0)).is_some_and(|n| cx.is_none(n))
}

fn joined(cx: &Cx<'_>, h: Handle, comma: &str) -> Option<Vec<Piece>> {
    let items = cx.sequence(h).filter(|i| i.len() <= 100)?;
    let mut out = Vec::new();
    for (i, t) in cx.stream.graph.items(items).enumerate() {
        if i > 0 {
            out.push(text(comma));
        }
        out.push(type_piece(cx, t));
    }
    Some(out)
}

/// The state of a partial: function, arguments, keywords, attributes.
fn partial_state(cx: &Cx<'_>, h: Handle) -> Option<[Handle; 4]> {
    cx.call_of(h, "functools", &["partial"])?;
    cx.exactly::<4>(cx.state(h)?)
}

fn partial(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let sentence = "A function with some of its arguments filled in.";
    let Some([function, args, keywords, _]) = partial_state(cx, h) else {
        let function = cx.arg(cx.call(h)?, 0)?;
        let pieces = vec![text("functools.partial("), Piece::Value(function), text(")")];
        return Some(Known::of("functools.partial", sentence, pieces, None));
    };
    let mut pieces = vec![text("functools.partial("), Piece::Value(function)];
    pieces.extend(arguments(cx, args, keywords, true));
    pieces.push(text(")"));
    let attr = |name: &str, h| Part::One(Seg::Attr(name.into()), h);
    let parts = vec![attr("func", function), attr("args", args), attr("keywords", keywords)];
    Some(Known::of("functools.partial", sentence, pieces, Some(parts)))
}

/// `, a, b, k=v`; without the first comma where nothing stands before.
fn arguments(cx: &Cx<'_>, args: Handle, keywords: Handle, after: bool) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut after = after;
    if cx.count(args).is_some_and(|n| n > 0) {
        out.extend([text(if after { ", " } else { "" }), Piece::Items(args)]);
        after = true;
    }
    if cx.dict(keywords).is_some_and(|d| !d.is_empty()) {
        out.extend([text(if after { ", " } else { "" }), Piece::Keywords(keywords)]);
    }
    out
}

/// A call of a partial: keyword arguments below protocol 4 (`copyreg.__newobj_ex__`), and methodcaller's.
fn through_partial(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let call = cx.call(h).filter(|c| c.kind == CallKind::Reduce)?;
    let [function, first, keywords, _] = partial_state(cx, call.callable)?;
    if cx.is(function, "operator", "methodcaller") {
        let mut pieces = vec![text("operator.methodcaller("), Piece::Items(first)];
        if !cx.args(call).is_empty() {
            pieces.extend([text(", "), Piece::Arguments(h)]);
        }
        pieces.extend([text(", "), Piece::Keywords(keywords), text(")")]);
        return Some(Known::of("operator.methodcaller", "A function that calls a method by its name.", pieces, None));
    }
    None
}
