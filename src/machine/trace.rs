//! What every op did and what the machine looked like at any op, without running it again.
//!
//! A value on the stack is a contiguous run of ops: those that made its parts, then the op that took them. So the stack
//! after an op is found by walking back: the top value ends at the op, the next one before that one's first op, and so on.
//! Ops that leave the stack alone (memo stores, PROTO, FRAME) are stepped over; what POP threw away is a run without a
//! value. Nothing here changes what was built.

use super::graph::{Extent, Graph, Handle, MemoPut, NodeRecord};
use super::stream::Stream;
use crate::ops::{OpIndex, Opcode};
use std::ops::Range;

/// Something on the stack, and the ops that put it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackItem {
    /// The value; `None` for a mark.
    pub value: Option<Handle>,
    /// The first op that it took to make it.
    pub start: OpIndex,
    /// The op that left it as it is.
    pub end: OpIndex,
}

/// A step of a walk back over ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// A value, made by the ops from `start` on.
    Value { value: Handle, start: u32 },
    /// Ops that left nothing: what was thrown away, a fault, a pickle within the pickle.
    Void { start: u32 },
    /// A memo store.
    Put,
    /// PROTO, FRAME.
    Thin,
    /// None of those: a scalar or a mark.
    Plain,
}

/// Walks back over the ops of a graph; remembers where in its tables it is.
pub(super) struct Walk<'a> {
    g: &'a Graph,
    extents: usize,
    nodes: usize,
    puts: usize,
    thin: usize,
}

/// The number of rows at or before `op`, from a guess that is not below it.
fn upto<T>(rows: &[T], hint: usize, op: u32, key: impl Fn(&T) -> u32) -> usize {
    let hint = hint.min(rows.len());
    // Nearly always the row before the guess is the one.
    let mut n = hint;
    for _ in 0..4 {
        match n.checked_sub(1).and_then(|i| rows.get(i)) {
            Some(r) if key(r) > op => n -= 1,
            _ => return n,
        }
    }
    rows.get(..n).map_or(n, |rows| rows.partition_point(|r| key(r) <= op))
}

impl<'a> Walk<'a> {
    pub(super) fn new(g: &'a Graph) -> Self {
        Self { g, extents: g.extents.len(), nodes: g.nodes.len(), puts: g.puts.len(), thin: g.thin.len() }
    }

    /// What op `at` left; `at` must not rise from call to call.
    pub(super) fn at(&mut self, at: u32) -> Back {
        let g = self.g;
        self.extents = upto(&g.extents, self.extents, at, |e| e.op.0);
        if let Some(e) = self.extents.checked_sub(1).and_then(|i| g.extents.get(i)).filter(|e| e.op.0 == at) {
            return match e.value() {
                Some(value) => Back::Value { value, start: e.start.0 },
                None => Back::Void { start: e.start.0 },
            };
        }
        self.puts = upto(&g.puts, self.puts, at, |p| p.op.0);
        if self.puts.checked_sub(1).and_then(|i| g.puts.get(i)).is_some_and(|p| p.op.0 == at) {
            return Back::Put;
        }
        self.nodes = upto(&g.nodes, self.nodes, at, |n| n.made.0);
        if let Some(i) = self.nodes.checked_sub(1)
            && g.nodes.get(i).is_some_and(|n| n.made.0 == at)
        {
            let value = Handle::node(super::NodeId(u32::try_from(i).unwrap_or(u32::MAX)));
            return Back::Value { value, start: at };
        }
        self.thin = upto(&g.thin, self.thin, at, |t| t.0);
        if self.thin.checked_sub(1).and_then(|i| g.thin.get(i)).is_some_and(|t| t.0 == at) {
            return Back::Thin;
        }
        Back::Plain
    }
}

/// The stack at an op, top first.
pub struct Stack<'a> {
    stream: &'a Stream,
    walk: Walk<'a>,
    /// One past the op that is looked at next.
    next: u32,
    /// The first op of the pickle.
    floor: u32,
}

impl Iterator for Stack<'_> {
    type Item = StackItem;

    fn next(&mut self) -> Option<StackItem> {
        while self.next > self.floor {
            let at = self.next - 1;
            match self.walk.at(at) {
                Back::Value { value, start } => {
                    self.next = start;
                    return Some(StackItem { value: Some(value), start: OpIndex(start), end: OpIndex(at) });
                }
                Back::Void { start } => self.next = start,
                Back::Put | Back::Thin => self.next = at,
                Back::Plain => {
                    self.next = at;
                    let op = self.stream.op(OpIndex(at))?;
                    let value = (op.code != Opcode::Mark).then_some(Handle::op(OpIndex(at)));
                    return Some(StackItem { value, start: OpIndex(at), end: OpIndex(at) });
                }
            }
        }
        None
    }
}

/// What one op did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// What it took from the stack, top first; cut to what was asked for.
    pub popped: Vec<StackItem>,
    /// It took more than that.
    pub more: bool,
    /// What it left on top.
    pub pushed: Option<StackItem>,
    /// What it stored in the memo.
    pub stored: Option<MemoPut>,
    /// What it changed, rather than made: the container it filled, the object it gave a state.
    pub touched: Option<Handle>,
}

/// The memo at an op: all stores up to it, in order, and which of them still hold.
pub struct MemoView<'a> {
    g: &'a Graph,
    /// Runs of [`Graph::puts`].
    runs: Vec<Range<u32>>,
}

/// A store of the memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoEntry {
    /// The store.
    pub put: MemoPut,
    /// Nothing was stored under its key since.
    pub holds: bool,
}

impl MemoView<'_> {
    /// Number of stores, those that no longer hold included.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|r| u64::from(r.end - r.start)).sum()
    }

    /// Nothing was stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Store `i`, oldest first.
    pub fn get(&self, i: u64) -> Option<MemoEntry> {
        let mut i = i;
        for run in &self.runs {
            let n = u64::from(run.end - run.start);
            if i < n {
                let at = run.start + u32::try_from(i).ok()?;
                let put = *self.g.puts.get(at as usize)?;
                return Some(MemoEntry { put, holds: self.later(put.key, at).is_none() });
            }
            i -= n;
        }
        None
    }

    /// The newest store that still holds, hence the newest of all.
    pub fn newest(&self) -> Option<MemoEntry> {
        self.get(self.len().checked_sub(1)?)
    }

    /// What a key holds. Looks at every store where keys do not count up from the first.
    pub fn find(&self, key: u32) -> Option<MemoPut> {
        let guess = |run: &Range<u32>| {
            let first = self.g.puts.get(run.start as usize)?.key;
            let at = run.start.checked_add(key.checked_sub(first)?).filter(|at| *at < run.end)?;
            self.g.puts.get(at as usize).filter(|p| p.key == key).map(|p| (at, *p))
        };
        let (at, put) = self.runs.iter().find_map(guess).or_else(|| {
            let mut all = self.runs.iter().rev().flat_map(|r| r.clone().rev());
            all.find_map(|at| self.g.puts.get(at as usize).filter(|p| p.key == key).map(|p| (at, *p)))
        })?;
        match self.later(key, at) {
            Some(at) => self.g.puts.get(at as usize).copied(),
            None => Some(put),
        }
    }

    /// The newest store under `key` after store `at`.
    fn later(&self, key: u32, at: u32) -> Option<u32> {
        let end = self.runs.last()?.end;
        let after = self.g.overwrites.range((key, at.checked_add(1)?)..(key, end)).rev();
        after.map(|(_, at)| *at).find(|at| self.runs.iter().any(|r| r.contains(at)))
    }
}

impl Graph {
    pub(super) fn extent(&self, op: OpIndex) -> Option<&Extent> {
        let i = self.extents.partition_point(|e| e.op < op);
        self.extents.get(i).filter(|e| e.op == op)
    }

    /// The last node that an op made: the one that it pushed.
    fn made_by(&self, op: OpIndex) -> Option<(Handle, &NodeRecord)> {
        let i = self.nodes.partition_point(|n| n.made <= op).checked_sub(1)?;
        let record = self.nodes.get(i).filter(|n| n.made == op)?;
        Some((Handle::node(super::NodeId(u32::try_from(i).ok()?)), record))
    }

    pub(super) fn put_by(&self, op: OpIndex) -> Option<&MemoPut> {
        let i = self.puts.partition_point(|p| p.op < op);
        self.puts.get(i).filter(|p| p.op == op)
    }

    /// The first of the ops that lead up to what `op` left on the stack; `op` itself where it took nothing.
    pub fn start_of(&self, op: OpIndex) -> OpIndex {
        self.extent(op).map_or(op, |e| e.start)
    }

    /// Where among the ops that took or fetched something this handle appears, from `op` on.
    fn touches_from(&self, h: Handle, op: OpIndex) -> Option<OpIndex> {
        let e = self.extents.partition_point(|e| e.op < op);
        let p = self.puts.partition_point(|p| p.op < op);
        let extent = self.extents.get(e..).and_then(|r| r.iter().find(|e| e.value() == Some(h))).map(|e| e.op);
        let limit = extent.unwrap_or(OpIndex(u32::MAX));
        let put = self.puts.get(p..).and_then(|r| r.iter().take_while(|p| p.op < limit).find(|p| p.value == h));
        let made = Some(self.made(h)).filter(|m| *m >= op);
        [extent, put.map(|p| p.op), made].into_iter().flatten().min()
    }

    fn touches_to(&self, h: Handle, op: OpIndex) -> Option<OpIndex> {
        let e = self.extents.partition_point(|e| e.op <= op);
        let p = self.puts.partition_point(|p| p.op <= op);
        let made = self.made(h);
        // Nothing touches a value before it is made.
        let rows = self.extents.get(..e).map(|r| r.iter().rev().take_while(|e| e.op >= made));
        let extent = rows.and_then(|mut r| r.find(|e| e.value() == Some(h))).map(|e| e.op);
        let limit = extent.unwrap_or(made);
        let put = self.puts.get(..p).and_then(|r| r.iter().rev().take_while(|p| p.op > limit).find(|p| p.value == h));
        [extent, put.map(|p| p.op), Some(made).filter(|m| *m <= op)].into_iter().flatten().max()
    }
}

impl Stream {
    /// The stack after an op, top first. What lies below the pickle's first op is another pickle's.
    pub fn stack_at(&self, op: OpIndex) -> Stack<'_> {
        let floor = self.pickle_of(op).and_then(|p| self.pickles.get(p)).map_or(op.0, |p| p.first.0);
        Stack { stream: self, walk: Walk::new(&self.graph), next: op.0.saturating_add(1), floor }
    }

    /// The stack before an op, top first.
    pub fn stack_before(&self, op: OpIndex) -> Stack<'_> {
        let mut stack = self.stack_at(op);
        stack.next = op.0;
        stack
    }

    /// What an op did; at most `max` of the values that it took are told.
    pub fn effect(&self, op: OpIndex, max: usize) -> Effect {
        let mut effect = Effect { stored: self.graph.put_by(op).copied(), ..Effect::default() };
        let Some(decoded) = self.op(op) else { return effect };
        let extent = self.graph.extent(op);
        let start = match extent {
            Some(e) if decoded.code == Opcode::Stop && e.start < op => None,
            Some(e) => Some(e.start),
            None => Some(op),
        };
        let pops = match start {
            Some(start) if start < op => usize::MAX,
            Some(_) => 0,
            None => 1,
        };
        let mut below = self.stack_before(op).take(pops);
        for item in &mut below {
            if start.is_some_and(|s| item.start < s) {
                break;
            }
            if effect.popped.len() >= max {
                effect.more = true;
                break;
            }
            effect.popped.push(item);
        }
        let value = match extent {
            Some(e) => e.value(),
            None if effect.stored.is_some() || self.graph.thin.binary_search(&op).is_ok() => None,
            None => self.value_made_by(op),
        };
        if let Some(value) = value {
            let start = extent.map_or(op, |e| e.start);
            effect.pushed = Some(StackItem { value: Some(value), start, end: op });
            effect.touched = Some(value).filter(|v| start < op && self.graph.made(*v) != op);
        } else if extent.is_none() && decoded.code == Opcode::Mark {
            effect.pushed = Some(StackItem { value: None, start: op, end: op });
        }
        effect
    }

    /// The memo after an op.
    pub fn memo_at(&self, op: OpIndex) -> MemoView<'_> {
        let g = &self.graph;
        let mut runs = Vec::new();
        let upto = |op: u32| u32::try_from(g.puts.partition_point(|p| p.op.0 < op)).unwrap_or(u32::MAX);
        if let Some(n) = self.pickle_of(op)
            && let Some(p) = self.pickles.get(n)
        {
            let mut from = p.memo_from;
            let end = upto(op.0.saturating_add(1));
            // Pickles within this one keep a memo of their own.
            let inner = self.pickles.get(n + 1..).unwrap_or(&[]).iter().take_while(|q| q.within.is_some());
            for q in inner.filter(|q| q.within == Some(n)) {
                let (a, b) = (upto(q.first.0).min(end), upto(q.first.0.saturating_add(q.ops)).min(end));
                if from < a {
                    runs.push(from..a);
                }
                from = from.max(b);
            }
            if from < end {
                runs.push(from..end);
            }
        }
        MemoView { g, runs }
    }

    /// What an op stores in the memo.
    pub fn stored_by(&self, op: OpIndex) -> Option<MemoPut> {
        self.graph.put_by(op).copied()
    }

    /// The value that an op pushes, fills, gives a state or stores: what a click on the op selects.
    pub fn value_made_by(&self, op: OpIndex) -> Option<Handle> {
        let g = &self.graph;
        if let Some(e) = g.extent(op) {
            return e.value();
        }
        if let Some(put) = g.put_by(op) {
            return Some(put.value);
        }
        if let Some((h, _)) = g.made_by(op) {
            return Some(h);
        }
        let decoded = self.op(op)?;
        let none = g.thin.binary_search(&op).is_ok() || matches!(decoded.code, Opcode::Mark | Opcode::Stop);
        (!none).then_some(Handle::op(op))
    }

    /// The ops that make, fill, build, memoise or fetch a value, from `op` on.
    pub fn touching(&self, h: Handle, op: OpIndex) -> impl Iterator<Item = OpIndex> + '_ {
        let mut next = Some(op);
        std::iter::from_fn(move || {
            let found = self.graph.touches_from(h, next?)?;
            next = found.0.checked_add(1).map(OpIndex);
            Some(found)
        })
    }

    /// The same, back from `op`.
    pub fn touching_back(&self, h: Handle, op: OpIndex) -> impl Iterator<Item = OpIndex> + '_ {
        let mut next = Some(op);
        std::iter::from_fn(move || {
            let found = self.graph.touches_to(h, next?)?;
            next = found.0.checked_sub(1).map(OpIndex);
            Some(found)
        })
    }
}
