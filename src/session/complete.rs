//! Completes a selection: from an offset, an op, a value or an element to all the others.
//! Must cost the logarithm of the file and the depth of the value, never the file: it runs at every click.

use super::item::{Item, Trail};
use super::{Place, Session};
use crate::interpret::{self, ArrayMeaning, Body, Children, Cx, Seg};
use crate::machine::{Graph, Handle, Items, Node, Stream, Target};
use crate::ops::{OpIndex, Piece};
use crate::source::Span;
use std::collections::HashSet;

/// Levels that are walked down: a list within a list, a hundred thousand deep, is not selected in its depth.
const DEEPEST: usize = 20_000;
/// Children that are looked at one by one where they do not stand in order.
const WALKED: u64 = 100_000;

impl Session {
    /// Fills in what an item does not say.
    pub(super) fn complete(&self, item: Item) -> Item {
        let place = item.place();
        self.with_cx(place, |cx| complete(cx, item.clone())).unwrap_or(item)
    }

    /// Calls a function with the surroundings of a member.
    pub fn with_cx<R>(&self, place: Place, f: impl FnOnce(&Cx<'_>) -> R) -> Option<R> {
        let doc = self.document_of(place.doc)?;
        let stream = doc.member(place.member)?.stream.read();
        Some(f(&Cx::new(&stream, &doc.options, &*doc.member(place.member)?.externals)))
    }
}

/// Fills in what an item does not say; what it says is kept where it can be.
pub fn complete(cx: &Cx<'_>, mut item: Item) -> Item {
    if let (None, Some(trail)) = (item.handle, &item.trail) {
        item.handle = follow(cx, trail).last().copied();
    }
    if let (Some(handle), Some(index)) = (item.handle, &item.element) {
        let index = index.clone();
        element(cx, &mut item, handle, &index);
        return item;
    }
    if item.handle.is_none() && item.op.is_none() && item.span.is_none() {
        item.handle = cx.stream.pickles.first().and_then(|p| p.root);
    }
    match (item.handle, item.op, item.span) {
        (Some(handle), _, _) => value(cx, &mut item, handle),
        (None, Some(op), _) => of_op(cx, &mut item, op),
        (None, None, Some(span)) => of_span(cx, &mut item, span),
        (None, None, None) => {}
    }
    item
}

/// The value at the end of a trail, and all that it passes through.
pub fn follow(cx: &Cx<'_>, trail: &Trail) -> Vec<Handle> {
    let Some(mut at) = top(cx.stream, trail) else { return Vec::new() };
    let mut out = vec![at];
    for step in &trail.steps {
        let Some(next) = interpret::children(cx, at).handle(*step) else { break };
        out.push(next);
        at = next;
    }
    out
}

/// The value that a trail starts from.
fn top(stream: &Stream, trail: &Trail) -> Option<Handle> {
    let p = stream.pickles.get(trail.pickle)?;
    match trail.top.checked_sub(1) {
        None => p.root,
        Some(n) => p.pending.get(n).copied(),
    }
}

/// A value was chosen.
fn value(cx: &Cx<'_>, item: &mut Item, handle: Handle) {
    if cx.stream.is_content() {
        item.span = item.span.or_else(|| Some(cx.stream.bytes.span()));
        item.trail.get_or_insert(Trail::root(0));
        item.op = None;
        return;
    }
    let op = *item.op.get_or_insert_with(|| cx.stream.graph.made(handle));
    if item.span.is_none() {
        item.span = span_of(cx, handle);
    }
    if item.trail.is_none() {
        item.trail = Some(descend(cx, op, Some(handle)).trail);
    }
}

/// An op was chosen.
fn of_op(cx: &Cx<'_>, item: &mut Item, op: OpIndex) {
    if item.span.is_none() {
        item.span = cx.op(op).map(|op| op.span);
    }
    let made = cx.stream.value_made_by(op);
    let down = descend(cx, op, made);
    item.handle = made.or(down.deepest);
    item.trail.get_or_insert(down.trail);
}

/// Bytes were chosen: one byte stands for whatever owns it.
fn of_span(cx: &Cx<'_>, item: &mut Item, span: Span) {
    let bytes = &cx.stream.bytes;
    let piece = cx.stream.index.piece_at(span.start, bytes);
    let one = span.len() <= 1;
    match piece {
        Some(Piece::Op(op, decoded)) => {
            item.op = Some(op);
            let made = cx.stream.value_made_by(op);
            let down = descend(cx, op, made);
            let owner = down.passed.iter().rev().find_map(|h| element_at(cx, *h, span.start));
            if let Some((array, index, bytes)) = owner {
                item.handle = Some(array);
                item.element = Some(index);
                item.trail = Some(descend(cx, cx.stream.graph.made(array), Some(array)).trail);
                if one {
                    item.span = Some(bytes);
                }
                return;
            }
            item.handle = made.or(down.deepest);
            item.trail = Some(down.trail);
            if one {
                item.span = Some(decoded.span);
            }
        }
        Some(Piece::Region(_, region)) => {
            // Bytes of another format: joblib's arrays lie between two ops.
            let owner = cx.stream.foreign.iter().find(|(_, s)| s.contains(span.start)).map(|(h, _)| *h);
            if let Some(owner) = owner {
                let down = descend(cx, cx.stream.graph.made(owner), Some(owner));
                item.handle = Some(owner);
                item.trail = Some(down.trail);
                if let Some((array, index, bytes)) = element_at(cx, owner, span.start) {
                    item.handle = Some(array);
                    item.element = Some(index);
                    if one {
                        item.span = Some(bytes);
                    }
                    return;
                }
            }
            if one {
                item.span = Some(region.span);
            }
        }
        None => {}
    }
}

/// An element of an array was chosen.
fn element(cx: &Cx<'_>, item: &mut Item, handle: Handle, index: &[u64]) {
    let meaning = interpret::meaning(cx, handle);
    let Some(a) = meaning.body.array() else {
        item.element = None;
        return value(cx, item, handle);
    };
    let bytes = match a.objects {
        Some(_) => object_at(cx, a, handle, index).and_then(|h| span_of(cx, h)),
        None if a.outside.is_some() => None,
        None => a.array.byte_span_of(index),
    };
    if let Some(bytes) = bytes {
        // of a structured element, one field may have been chosen
        let within = item.span.is_some_and(|s| s.start >= bytes.start && s.end <= bytes.end);
        if !within {
            item.span = Some(bytes);
        }
        item.op = cx.stream.index.at_offset(bytes.start, &cx.stream.bytes).or(item.op);
    }
    value(cx, item, handle);
}

fn object_at(cx: &Cx<'_>, a: &ArrayMeaning, handle: Handle, index: &[u64]) -> Option<Handle> {
    interpret::children(cx, handle).handle(a.array.ravel(index)?)
}

/// The array that a value means, the index of its element at a byte of the member, and that element's bytes.
fn element_at(cx: &Cx<'_>, handle: Handle, offset: u64) -> Option<(Handle, Vec<u64>, Span)> {
    if cx.stream.graph.call(handle).is_none() && !cx.stream.is_content() {
        return None;
    }
    let meaning = interpret::meaning(cx, handle);
    let (Body::Array(a) | Body::Picture(a)) = &meaning.body else { return None };
    if a.outside.is_some() || a.objects.is_some() {
        return None;
    }
    let index = a.array.index_at_byte(offset)?;
    let bytes = a.array.byte_span_of(&index)?;
    bytes.contains(offset).then_some((handle, index, bytes))
}

/// The last op that had a part in a value: the one that made it, filled it last, or gave it its state.
fn last_op(g: &Graph, handle: Handle) -> OpIndex {
    let made = g.made(handle);
    let last = |items: &Items| items.runs().checked_sub(1).and_then(|i| items.run(i)).map(|(fill, _)| fill.op);
    let filled = match g.node_of(handle).map(|n| &n.node) {
        Some(Node::List(i) | Node::Tuple(i) | Node::Set(i) | Node::FrozenSet(i) | Node::Dict(i)) => last(i),
        Some(Node::Call(c)) => last(&c.list_items).max(last(&c.dict_items)),
        _ => None,
    };
    let given = g.states(handle).last().map(|s| s.op);
    made.max(filled.unwrap_or(made)).max(given.unwrap_or(made))
}

/// The first op of a value's parts.
fn first_op(g: &Graph, handle: Handle) -> OpIndex {
    match handle.target() {
        Target::Op(op) => op,
        Target::Node(_) => g.node_of(handle).map_or(OpIndex(0), |n| n.start.min(n.made)),
    }
}

/// The bytes of all the ops that had a part in a value.
pub fn span_of(cx: &Cx<'_>, handle: Handle) -> Option<Span> {
    let g = &cx.stream.graph;
    let (first, last) = (first_op(g, handle), last_op(g, handle));
    let start = cx.op(first)?.span;
    Some(if first == last { start } else { cx.op(last).map_or(start, |end| start.join(end.span)) })
}

/// Where an op belongs in the tree of values.
struct Down {
    trail: Trail,
    /// The values on the way, the root first.
    passed: Vec<Handle>,
    /// The last of them.
    deepest: Option<Handle>,
}

/// The value of a pickle that an op had a part in: what it returns, or one that was left on the stack.
fn start(cx: &Cx<'_>, pickle: usize, op: OpIndex) -> Trail {
    let root = Trail::root(pickle);
    let Some(p) = cx.stream.pickles.get(pickle).filter(|p| !p.pending.is_empty()) else { return root };
    let g = &cx.stream.graph;
    let has = |h: &Handle| first_op(g, *h) <= op && op <= last_op(g, *h);
    if p.root.as_ref().is_some_and(has) {
        return root;
    }
    // Values on the stack stand in the order of their ops.
    let n = p.pending.partition_point(|h| first_op(g, *h) <= op);
    n.checked_sub(1).filter(|i| p.pending.get(*i).is_some_and(has)).map_or(root, |i| Trail::pending(pickle, i))
}

/// Walks down to the innermost value that an op had a part in, or to `goal` if it is met on the way.
fn descend(cx: &Cx<'_>, op: OpIndex, goal: Option<Handle>) -> Down {
    let pickle = cx.stream.pickle_of(op).unwrap_or(0);
    let mut down = Down { trail: start(cx, pickle, op), passed: Vec::new(), deepest: None };
    let Some(mut at) = top(cx.stream, &down.trail) else { return down };
    let mut seen = HashSet::new();
    loop {
        down.passed.push(at);
        down.deepest = Some(at);
        if Some(at) == goal || at.as_node().is_none() || !seen.insert(at) || seen.len() > DEEPEST {
            return down;
        }
        let children = interpret::children(cx, at);
        let Some((i, child)) = child_of(cx, &children, op, goal) else { return down };
        down.trail.steps.push(i);
        // A key belongs to the row of its value, and is no row of its own.
        let Some(child) = child else { return down };
        at = child;
    }
}

/// The ops of child `i`, its key's included.
fn reach(cx: &Cx<'_>, children: &Children<'_>, i: u64) -> Option<(OpIndex, OpIndex, Handle, OpIndex)> {
    let (seg, handle) = children.step(i)?;
    let g = &cx.stream.graph;
    let start = first_op(g, handle);
    let key = match seg {
        Seg::Key(k) | Seg::Kwarg(k) | Seg::StateKey(k) => Some(k),
        _ => None,
    };
    // A key that was made here stands right before its value, but for memo stores; one that was fetched lies elsewhere.
    let here = |k: &Handle| start.0.checked_sub(last_op(g, *k).0).is_some_and(|gap| (1..=4).contains(&gap));
    let from = key.filter(here).map_or(start, |k| first_op(g, k));
    Some((from, last_op(g, handle), handle, start))
}

/// The child that an op had a part in: its number, and itself unless the op made its key.
fn child_of(cx: &Cx<'_>, children: &Children<'_>, op: OpIndex, goal: Option<Handle>) -> Option<(u64, Option<Handle>)> {
    let hit = |i: u64| {
        let (from, to, handle, start) = reach(cx, children, i)?;
        let is_goal = goal == Some(handle);
        (is_goal || (from <= op && op <= to)).then_some((i, (is_goal || op >= start).then_some(handle)))
    };
    // Children mostly stand in the order of their ops; values fetched from the memo do not, and are stepped over.
    let (mut low, mut high) = (0, children.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let mut probe = middle;
        while probe < high.min(middle + 32)
            && children.handle(probe).is_some_and(|h| cx.stream.is_shared(h))
            && hit(probe).is_none()
        {
            probe += 1;
        }
        let probe = if probe < high { probe } else { middle };
        if let Some(found) = hit(probe) {
            return Some(found);
        }
        match reach(cx, children, probe) {
            Some((from, ..)) if from > op => high = middle,
            Some(_) => low = probe + 1,
            None => break,
        }
    }
    (0..children.len().min(WALKED)).find_map(hit)
}
