//! All arrays of a member with their paths: everything that can be reached from its pickles, and what a cut left on the
//! stack. A loop with its own stack; each shared value is looked at once, at its first path.

use super::children::Children;
use super::path::Path;
use super::types::{Body, Cx, Meaning, Seg};
use crate::machine::{BitSet, Handle, Node};
use crate::source::limits::Budget;
use std::sync::atomic::{AtomicBool, Ordering};

/// An array and where it is.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its first path.
    pub path: Path,
    /// It.
    pub handle: Handle,
    /// What it is.
    pub meaning: Meaning,
}

/// What a search came to.
#[derive(Clone, Debug, Default)]
pub struct Arrays {
    /// The arrays, in the order of the pickle.
    pub found: Vec<Found>,
    /// The budget was used up, or the search was cancelled: there may be more.
    pub partial: bool,
}

/// Finds all arrays of the stream. `budget` counts values looked at; `cancel` ends the search early.
pub fn arrays(cx: &Cx<'_>, budget: &Budget, cancel: &AtomicBool) -> Arrays {
    let mut out = Arrays::default();
    let mut seen = BitSet::default();
    // A pickle within another is reached from the object that it belongs to.
    for (n, pickle) in cx.stream.pickles.iter().enumerate().filter(|(_, p)| p.within.is_none()) {
        let mut walk = Walk { cx, budget, cancel, out: &mut out, seen: &mut seen, stack: Vec::new() };
        if let Some(root) = pickle.root {
            walk.from(Path::root(n), root);
        }
        for (path, h) in super::salvage::pending(cx, n) {
            walk.from(path, h);
        }
    }
    out
}

struct Walk<'a, 'b> {
    cx: &'b Cx<'a>,
    budget: &'b Budget,
    cancel: &'b AtomicBool,
    out: &'b mut Arrays,
    seen: &'b mut BitSet,
    stack: Vec<Level<'a>>,
}

/// A value whose children are being looked at.
struct Level<'a> {
    children: Children<'a>,
    next: u64,
}

impl<'a> Walk<'a, '_> {
    fn from(&mut self, base: Path, root: Handle) {
        let mut segs = base.segs.clone();
        self.stack.clear();
        self.enter(&base, &segs, root);
        let depth = segs.len();
        while let Some(level) = self.stack.last_mut() {
            let i = level.next;
            if i >= level.children.len() {
                self.stack.pop();
                if segs.len() > depth {
                    segs.pop();
                }
                continue;
            }
            level.next += 1;
            // Scalars are no arrays: a list of ten million numbers is passed at the speed of its handles.
            let Some(h) = level.children.handle(i).filter(|h| h.as_node().is_some()) else {
                if i.is_multiple_of(1 << 16) && !self.go_on() {
                    return;
                }
                continue;
            };
            if self.seen.contains(h.as_node().map_or(u32::MAX, |n| n.0)) {
                continue;
            }
            let Some((seg, _)) = level.children.step(i) else { continue };
            if !self.go_on() {
                return;
            }
            segs.push(seg);
            let before = self.stack.len();
            self.enter(&base, &segs, h);
            if self.stack.len() == before {
                segs.pop();
            }
        }
    }

    fn go_on(&mut self) -> bool {
        if self.cancel.load(Ordering::Relaxed) || !self.budget.charge(1) {
            self.out.partial = true;
            return false;
        }
        true
    }

    fn enter(&mut self, base: &Path, segs: &[Seg], h: Handle) {
        let cx = *self.cx;
        if let Some(id) = h.as_node() {
            if self.seen.contains(id.0) {
                return;
            }
            self.seen.insert(id.0);
        }
        match cx.node(h) {
            None | Some(Node::Global { .. } | Node::Extension(_) | Node::Buffer(_)) => return,
            // torch's first format has the tensors behind the ids.
            Some(Node::Persistent(_)) if cx.externals.torch_tar().is_none() => return,
            Some(Node::Call(_) | Node::Content | Node::Persistent(_)) => {
                // What no reader knows is no array; its text would cost more than the search.
                if let Some(meaning) = super::bid(&cx, h) {
                    if let Body::Array(a) = &meaning.body {
                        let leaf = a.objects.is_none();
                        let path = Path { pickle: base.pickle, segs: segs.to_vec() };
                        self.out.found.push(Found { path, handle: h, meaning });
                        if leaf {
                            return;
                        }
                    } else if meaning.reader == "numpy.dtype" {
                        return;
                    }
                }
                // A state that is a dict is seen as its entries; it has no path of its own.
                for state in cx.stream.graph.states(h).iter().filter(|s| cx.dict(s.value).is_some()) {
                    if let Some(id) = state.value.as_node() {
                        self.seen.insert(id.0);
                    }
                }
            }
            Some(_) => {}
        }
        let children = Children::new(cx, h);
        if !children.is_empty() {
            self.stack.push(Level { children, next: 0 });
        }
    }
}
