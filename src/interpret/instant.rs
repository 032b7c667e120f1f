//! Values as they were at an op: what a value held by then, and where each value on the stack was about to go.
//! What the rest of the file tells is used; what it does not tell stays on the stack. Must never run the pickle again.

use super::children::{Children, seg_text};
use super::salvage;
use super::types::{Cx, Seg};
use crate::machine::{Handle, Node, StackItem};
use crate::ops::{OpIndex, Opcode};
use std::collections::HashSet;

/// Values of the stack that are placed; what lies deeper is not shown.
const STANDING: usize = 20_000;
/// Ops that are looked ahead to see what takes the values on top.
const AHEAD: u32 = 64;
/// Characters of a label.
const LABEL: usize = 80;

/// Something on the stack at an op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It.
    pub value: Handle,
    /// The number, in the same list, of the value that it is about to be put into, and what it will be called there.
    pub within: Option<(usize, String)>,
    /// It is the key of the next one.
    pub key: bool,
}

/// A run of the stack above a mark.
struct Frame {
    /// What its items go into: the value below the mark, or what takes the tuple that is being made, with its label.
    into: Option<(usize, String)>,
    /// They are put into that one by one.
    fills: bool,
    /// Items so far.
    count: u64,
    /// Of a dict: the key that waits for its value.
    key: Option<Handle>,
    /// The last value, where nothing lies between.
    last: Option<usize>,
    /// Two below the top: a dict that gets a key and a value without a mark.
    below: Option<usize>,
}

/// How a value goes on growing after an op.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Growth {
    Items(u64),
    Pairs,
    State,
}

/// The stack at an op, bottom first, each value with the place that it is about to get.
pub fn standing(cx: &Cx<'_>, op: OpIndex) -> Vec<Standing> {
    let stream = cx.stream;
    let mut stack: Vec<StackItem> = stream.stack_at(op).take(STANDING).collect();
    stack.reverse();
    let open = open_at_end(cx, op);
    let taker = taken_soon(cx, op, stack.last());
    let mut out: Vec<Standing> = Vec::new();
    let new = |into, fills| Frame { into, fills, count: 0, key: None, last: None, below: None };
    let mut frames: Vec<Frame> = vec![new(None, false)];
    for item in stack {
        let soon = taker.filter(|(from, _)| item.start >= *from).map(|(_, code)| code);
        let n = out.len();
        match item.value {
            None => {
                let frame = frames.last();
                let target = frame.and_then(|f| f.last);
                let fills = target.and_then(|t| out.get(t)).is_some_and(|s| growth(cx, s.value, op, &open).is_some());
                let next = match (fills, frames.last_mut()) {
                    (true, _) => new(target.map(|t| (t, String::new())), true),
                    // A tuple in the making stands where it will.
                    (false, Some(frame)) => new(place(cx, &out, frame, None, op, &open), false),
                    (false, None) => new(None, false),
                };
                frames.push(next);
            }
            Some(value) => {
                let Some(frame) = frames.last_mut() else { break };
                let within = match soon {
                    // What it will be is not there yet; it stands with what that goes into.
                    Some(code) => frame.into.clone().map(|(t, label)| (t, format!("{label} → {}", code.name()))),
                    None => place(cx, &out, frame, Some(value), op, &open),
                };
                let key = soon.is_none() && frame.key == Some(value) && within.is_none();
                out.push(Standing { value, within, key });
                (frame.below, frame.last) = (frame.last, Some(n));
            }
        }
    }
    out
}

/// Where the next value of a frame goes: `None` for what stays on the stack, and for a key.
fn place(
    cx: &Cx<'_>,
    out: &[Standing],
    frame: &mut Frame,
    value: Option<Handle>,
    op: OpIndex,
    open: &HashSet<Handle>,
) -> Option<(usize, String)> {
    let of = |t: usize| out.get(t).and_then(|s| growth(cx, s.value, op, open));
    let index = |n: u64| seg_text(cx, &Seg::Index(vec![n]), LABEL);
    let keyed = |key: Handle| seg_text(cx, &Seg::Key(key), LABEL);
    // A dict, its key, and now the value, without a mark.
    if let (Some(dict), Some(key)) = (frame.below, frame.key)
        && of(dict) == Some(Growth::Pairs)
    {
        frame.key = None;
        return Some((dict, keyed(key)));
    }
    // Right above what grows, without a mark: APPEND, BUILD, or the key of a SETITEM.
    if let Some(last) = frame.last {
        match of(last) {
            Some(Growth::Items(n)) => return Some((last, index(n))),
            Some(Growth::State) => return Some((last, seg_text(cx, &Seg::SetState, LABEL))),
            Some(Growth::Pairs) => {
                frame.key = value;
                return None;
            }
            None => {}
        }
    }
    let (into, label) = frame.into.clone()?;
    let n = frame.count;
    frame.count += 1;
    if !frame.fills {
        return Some((into, format!("{label}{}", index(n))));
    }
    match of(into) {
        Some(Growth::Items(had)) => Some((into, index(had + n))),
        Some(Growth::Pairs) => match frame.key.take() {
            Some(key) => Some((into, keyed(key))),
            None => {
                frame.key = value;
                None
            }
        },
        Some(Growth::State) => Some((into, format!("{}{}", seg_text(cx, &Seg::SetState, LABEL), index(n)))),
        None => None,
    }
}

/// How a value will grow after an op; `None` where it stays as it is.
fn growth(cx: &Cx<'_>, h: Handle, op: OpIndex, open: &HashSet<Handle>) -> Option<Growth> {
    let opened = open.contains(&h);
    match cx.node(h)? {
        Node::List(i) | Node::Set(i) => (i.len_at(op) < i.len() || opened).then(|| Growth::Items(i.len_at(op))),
        Node::Dict(i) => (i.len_at(op) < i.len() || opened).then_some(Growth::Pairs),
        Node::Call(c) => {
            let (list, dict) = (&c.list_items, &c.dict_items);
            if list.len_at(op) < list.len() {
                Some(Growth::Items(list.len_at(op)))
            } else if dict.len_at(op) < dict.len() {
                Some(Growth::Pairs)
            } else {
                c.states.iter().any(|s| s.op > op).then_some(Growth::State)
            }
        }
        _ => None,
    }
}

/// What a damaged pickle would still have filled when it ended.
fn open_at_end(cx: &Cx<'_>, op: OpIndex) -> HashSet<Handle> {
    let Some(n) = cx.stream.pickle_of(op) else { return HashSet::new() };
    let all = salvage::growing(cx, n);
    let takes = all.iter().filter_map(|g| g.within.as_ref()).filter_map(|(t, _)| all.get(*t));
    takes.map(|g| g.handle).collect()
}

/// The op that takes the value on top, where it makes something new of it, and the first op of all that it takes.
fn taken_soon(cx: &Cx<'_>, op: OpIndex, top: Option<&StackItem>) -> Option<(OpIndex, Opcode)> {
    let top = top.filter(|t| t.value.is_some())?;
    for by in 1..=AHEAD {
        let at = OpIndex(op.0.checked_add(by)?);
        let effect = cx.stream.effect(at, 1);
        let Some(pushed) = effect.pushed.filter(|p| p.start <= top.start) else { continue };
        let code = cx.stream.op(at)?.code;
        let makes = matches!(
            code,
            Opcode::Tuple1
                | Opcode::Tuple2
                | Opcode::Tuple3
                | Opcode::Reduce
                | Opcode::NewObj
                | Opcode::NewObjEx
                | Opcode::StackGlobal
        );
        return makes.then_some((pushed.start, code));
    }
    None
}

/// The children that a value had at an op.
pub fn children_at<'a>(cx: &'a Cx<'_>, h: Handle, op: OpIndex) -> Children<'a> {
    Children::at(*cx, h, op)
}
