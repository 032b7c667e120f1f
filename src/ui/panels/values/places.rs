//! Where values stand in the tree: what pickles returned, what damaged ones left on their stacks in the place that it was
//! about to get, or all of a machine's stack at an op. Must never draw.

use crate::interpret::{self, Children, Cx, Seg};
use crate::machine::Handle;
use crate::ops::OpIndex;
use crate::session::Trail;
use std::collections::{HashMap, HashSet};

/// Damaged pickles of a member whose stacks are looked into.
const DAMAGED: usize = 100;

/// A value without a parent: what a pickle returns, or what a damaged one left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) pickle: u32,
    pub(super) top: u32,
    pub(super) handle: Handle,
}

/// The node of a branch: the list of tops, or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Tops,
    Value(Handle),
}

/// All places.
#[derive(Default)]
pub(super) struct Places {
    pub(super) tops: Vec<Top>,
    /// Those that stand alone.
    alone: Vec<usize>,
    /// What was about to be put into a value: what it would have been called, and which of the tops it is.
    grown: HashMap<Handle, Vec<(String, usize)>>,
    /// Where those stand: the top that takes them, and their number among what it takes.
    taken: HashMap<usize, (usize, u64)>,
    /// Keys whose values have not come.
    keys: HashSet<usize>,
    /// Values are what they were at this op.
    pub(super) instant: Option<OpIndex>,
}

/// What was about to go where: the value, what takes it, and whether it is a key.
type Going = (Option<(usize, String)>, bool);

impl Places {
    /// The stack of the machine at an op.
    pub(super) fn at(cx: &Cx<'_>, op: OpIndex) -> Self {
        let pickle = cx.stream.pickle_of(op).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let all = interpret::standing(cx, op);
        let tops = (0..).zip(&all).map(|(top, s)| Top { pickle, top, handle: s.value }).collect();
        let mut places = Self { tops, instant: Some(op), ..Self::default() };
        let mut keys = HashSet::new();
        places.put(0, all.into_iter().map(|s| (s.within, s.key)), &mut keys);
        places.stand_alone(&keys);
        places
    }

    /// Notes what a scan added; pickles that were finished stay as they are.
    pub(super) fn follow(&mut self, cx: &Cx<'_>) {
        let from = self.tops.last().map_or(0, |t| t.pickle);
        self.tops.retain(|t| t.pickle < from);
        for (i, p) in cx.stream.pickles.iter().enumerate().skip(from as usize) {
            let Ok(pickle) = u32::try_from(i) else { break };
            let all = p.root.iter().chain(&p.pending);
            self.tops.extend((0..).zip(all).map(|(top, h)| Top { pickle, top, handle: *h }));
        }
        (self.grown, self.taken) = (HashMap::new(), HashMap::new());
        let mut keys = HashSet::new();
        let damaged = cx.stream.pickles.iter().enumerate().filter(|(_, p)| cx.stream.finished && !p.pending.is_empty());
        for (n, _) in damaged.take(DAMAGED) {
            let Ok(pickle) = u32::try_from(n) else { break };
            let base = self.tops.partition_point(|t| t.pickle < pickle);
            let going = interpret::growing(cx, n).into_iter().map(|g| {
                let text = |way: Vec<Seg>| way.iter().map(|seg| interpret::label(cx, seg)).collect::<String>();
                (g.within.map(|(to, way)| (to, text(way))), g.key)
            });
            self.put(base, going, &mut keys);
        }
        self.stand_alone(&keys);
    }

    fn put(&mut self, base: usize, going: impl Iterator<Item = Going>, keys: &mut HashSet<usize>) {
        for (k, (within, key)) in going.enumerate() {
            if key {
                keys.insert(base + k);
            }
            let Some((parent, label)) = within else { continue };
            let Some(of) = self.tops.get(base + parent).map(|t| t.handle) else { continue };
            let list = self.grown.entry(of).or_default();
            self.taken.insert(base + k, (base + parent, list.len() as u64));
            list.push((label, base + k));
        }
    }

    fn stand_alone(&mut self, keys: &HashSet<usize>) {
        // A key whose value has not come is all that there is of its entry: it is the last of its pickle.
        let pickle = |i: usize| self.tops.get(i).map(|t| t.pickle);
        let waits = |i: usize| keys.contains(&i) && pickle(i) != pickle(i + 1);
        let hidden = |i: &usize| self.taken.contains_key(i) || keys.contains(i) && !waits(*i);
        let alone = (0..self.tops.len()).filter(|i| !hidden(i)).collect();
        let waiting = keys.iter().copied().filter(|i| waits(*i)).collect();
        (self.alone, self.keys) = (alone, waiting);
    }

    /// A value that stands alone is a key whose value has not come.
    pub(super) fn is_key(&self, index: u64) -> bool {
        let at = usize::try_from(index).ok().and_then(|i| self.alone.get(i));
        at.is_some_and(|i| self.keys.contains(i))
    }

    /// Values that stand alone.
    pub(super) fn len(&self) -> u64 {
        self.alone.len() as u64
    }

    pub(super) fn alone(&self, index: u64) -> Option<&Top> {
        self.tops.get(*self.alone.get(usize::try_from(index).ok()?)?)
    }

    /// The value that was being built when a damaged pickle ended, or is being built now.
    pub(super) fn newest(&self) -> Option<Trail> {
        let top = self.taken.keys().max().and_then(|i| self.tops.get(*i))?;
        Some(Trail { pickle: top.pickle as usize, top: top.top as usize, steps: Vec::new() })
    }

    /// Something is about to be put into a value.
    pub(super) fn grows(&self, h: Handle) -> bool {
        self.grown.contains_key(&h)
    }

    pub(super) fn children<'a>(&self, cx: &'a Cx<'_>, h: Handle) -> Children<'a> {
        match self.instant {
            Some(op) => interpret::children_at(cx, h, op),
            None => interpret::children(cx, h),
        }
    }

    /// Rows within a value: its children, and what was about to be put into it.
    pub(super) fn count(&self, cx: &Cx<'_>, h: Handle) -> u64 {
        self.children(cx, h).len() + self.grown.get(&h).map_or(0, |g| g.len() as u64)
    }

    /// The steps of a trail in the tree, whose first level is the tops that stand alone.
    pub(super) fn steps_of(&self, cx: &Cx<'_>, trail: &Trail) -> Option<Vec<u64>> {
        let key = (u32::try_from(trail.pickle).ok()?, u32::try_from(trail.top).ok()?);
        let mut at = self.tops.binary_search_by_key(&key, |t| (t.pickle, t.top)).ok()?;
        let mut back: Vec<u64> = trail.steps.iter().rev().copied().collect();
        // A value is taken by one that lies deeper.
        while let Some((parent, n)) = self.taken.get(&at) {
            back.push(self.children(cx, self.tops.get(*parent)?.handle).len() + n);
            at = *parent;
            if back.len() > self.tops.len() + trail.steps.len() {
                return None;
            }
        }
        back.push(self.alone.binary_search(&at).ok()? as u64);
        back.reverse();
        Some(back)
    }

    pub(super) fn trail_of(&self, cx: &Cx<'_>, steps: &[u64]) -> Option<Trail> {
        let (first, rest) = steps.split_first()?;
        let mut top = self.alone(*first)?;
        if self.grown.is_empty() {
            return Some(Trail { pickle: top.pickle as usize, top: top.top as usize, steps: rest.to_vec() });
        }
        let (mut h, mut way) = (top.handle, Vec::new());
        for step in rest {
            let children = self.children(cx, h);
            if let Some(n) = step.checked_sub(children.len()) {
                let (_, to) = self.grown.get(&h)?.get(usize::try_from(n).ok()?)?;
                top = self.tops.get(*to)?;
                (h, way) = (top.handle, Vec::new());
            } else {
                h = children.handle(*step)?;
                way.push(*step);
            }
        }
        Some(Trail { pickle: top.pickle as usize, top: top.top as usize, steps: way })
    }

    /// The value of a row.
    pub(super) fn handle_of(&self, cx: &Cx<'_>, parent: Of, index: u64) -> Option<Handle> {
        match parent {
            Of::Tops => Some(self.alone(index)?.handle),
            Of::Value(h) => {
                let children = self.children(cx, h);
                match index.checked_sub(children.len()) {
                    None => children.handle(index),
                    Some(_) => self.grown_at(h, children.len(), index).map(|(_, top)| top.handle),
                }
            }
        }
    }

    /// What was about to be put into a value, behind its `n` children.
    pub(super) fn grown_at(&self, h: Handle, n: u64, index: u64) -> Option<(&str, &Top)> {
        let (label, top) = self.grown.get(&h)?.get(usize::try_from(index.checked_sub(n)?).ok()?)?;
        Some((label, self.tops.get(*top)?))
    }
}
