//! What a cut left on the stack, and where it would have gone: the items of a dict, a list or an object whose filling
//! opcode never came. A reading of the stack's layout; nothing is put into the graph.

use super::path::Path;
use super::types::{Cx, Seg};
use crate::machine::{Handle, Node};

/// The values that pickle `n` left on its stack, each with the path that it would have had. Parts of an object that is
/// itself unfinished (an array's state, a dict's keys) are not among them.
pub fn pending(cx: &Cx<'_>, n: usize) -> Vec<(Path, Handle)> {
    let Some(pickle) = cx.stream.pickles.get(n).filter(|p| !p.pending.is_empty()) else { return Vec::new() };
    let values: Vec<Handle> = pickle.root.into_iter().chain(pickle.pending.iter().copied()).collect();
    let marks: Vec<usize> = pickle.marks.iter().filter_map(|m| usize::try_from(*m).ok()).collect();
    let stack = Stack { cx, values: &values, marks: &marks };
    let mut paths: Vec<Option<Vec<Seg>>> = vec![Some(Vec::new())];
    let mut out = Vec::new();
    for k in 1..values.len() {
        let place = stack.place(k);
        let segs = match place {
            Place::Part => None,
            Place::Within(parent, seg) => paths.get(parent).cloned().flatten().map(|mut segs| {
                segs.push(seg);
                segs
            }),
            Place::Unknown => Some(vec![Seg::Pending(u32::try_from(k).unwrap_or(u32::MAX))]),
        };
        if let (Some(segs), Some(h)) = (&segs, values.get(k)) {
            out.push((Path { pickle: n, segs: segs.clone() }, *h));
        }
        paths.push(segs);
    }
    out
}

struct Stack<'a, 'b> {
    cx: &'b Cx<'a>,
    /// Bottom first; the root is the lowest.
    values: &'b [Handle],
    /// How many values lie below each mark, bottom first.
    marks: &'b [usize],
}

enum Place {
    /// A key, or a part of something unfinished.
    Part,
    /// It would have become a part of this value.
    Within(usize, Seg),
    Unknown,
}

impl Stack<'_, '_> {
    fn get(&self, k: usize) -> Option<Handle> {
        self.values.get(k).copied()
    }

    fn place(&self, k: usize) -> Place {
        let mark = self.marks.iter().rev().find(|m| **m <= k).copied();
        match mark {
            Some(at) => self.above_mark(k, at),
            None => self.alone(k),
        }
    }

    /// Above a mark: what lies beneath the mark takes it, if it is something that takes items.
    fn above_mark(&self, k: usize, at: usize) -> Place {
        let Some(target) = at.checked_sub(1) else { return Place::Unknown };
        let offset = k - at;
        match self.get(target).and_then(|h| self.cx.node(h)) {
            Some(Node::Dict(_)) => {
                if offset.is_multiple_of(2) {
                    return Place::Part;
                }
                self.get(k - 1).map_or(Place::Unknown, |key| Place::Within(target, Seg::Key(key)))
            }
            Some(Node::List(items) | Node::Set(items)) => {
                Place::Within(target, Seg::Index(vec![items.len() + offset as u64]))
            }
            // An object's state or arguments, in the making.
            Some(Node::Call(_)) => Place::Part,
            _ => Place::Unknown,
        }
    }

    /// No mark lies beneath: an item for APPEND, a value for SETITEM, or a state for BUILD.
    fn alone(&self, k: usize) -> Place {
        let beneath = |n: usize| k.checked_sub(n).and_then(|i| Some((i, self.cx.node(self.get(i)?)?)));
        if let Some((i, Node::List(items))) = beneath(1) {
            return Place::Within(i, Seg::Index(vec![items.len()]));
        }
        if let Some((i, Node::Dict(_))) = beneath(2) {
            return self.get(k - 1).map_or(Place::Unknown, |key| Place::Within(i, Seg::Key(key)));
        }
        match beneath(1) {
            Some((_, Node::Dict(_))) => Place::Part,
            Some((i, Node::Call(_))) => Place::Within(i, Seg::SetState),
            _ => Place::Unknown,
        }
    }
}
