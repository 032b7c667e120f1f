//! The ops of a pickle as a tree: beneath each op that makes a value the ops that made its parts, and then the ops that
//! filled it or gave it a state, with theirs. Memo stores have no row: they annotate the row that they follow.
//!
//! Every other op has exactly one row, named by the op. Nothing is built ahead: a branch is worked out when it is opened,
//! in time proportional to its rows.

use super::graph::{Extent, Handle, Items, MemoPut, Node, State, Target};
use super::stream::Stream;
use super::trace::{Back, Walk};
use crate::ops::{OpIndex, Opcode};

/// What an op's row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// It makes or fetches a value.
    Value(Handle),
    /// It fills a container or gives an object its state: the row stands beneath that of the value.
    Fill(Handle),
    /// A mark.
    Mark,
    /// PROTO, FRAME, STOP, and what else leaves the stack alone.
    Thin,
    /// POP, POP_MARK: beneath it what was thrown away.
    Drop,
    /// The op at which the machine could not go on.
    Fault,
    /// The STOP of a pickle within the pickle; beneath it that pickle.
    Nested,
}

/// The row of an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The op.
    pub op: OpIndex,
    /// What it stands for.
    pub kind: RowKind,
    /// The memo store right behind the op.
    pub memo: Option<MemoPut>,
    /// Further memo stores right behind that one.
    pub more_memos: u32,
    /// There is something beneath it.
    pub opens: bool,
}

/// The rows beneath a row, in file order.
#[derive(Clone, Debug, Default)]
pub struct Branch {
    /// Ops in a row, none of which took anything.
    run: (u32, u32),
    /// Any other ops.
    ops: Vec<u32>,
}

impl Branch {
    /// Number of rows.
    pub fn len(&self) -> u64 {
        u64::from(self.run.1 - self.run.0) + self.ops.len() as u64
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The op of row `i`.
    pub fn get(&self, i: u64) -> Option<OpIndex> {
        let plain = u64::from(self.run.1 - self.run.0);
        if i < plain {
            return Some(OpIndex(self.run.0 + u32::try_from(i).ok()?));
        }
        self.ops.get(usize::try_from(i - plain).ok()?).map(|op| OpIndex(*op))
    }

    /// The row of an op, or of the nearest op before it.
    pub fn position(&self, op: OpIndex) -> Option<u64> {
        let plain = u64::from(op.0.saturating_add(1).clamp(self.run.0, self.run.1) - self.run.0);
        let listed = self.ops.partition_point(|o| *o <= op.0) as u64;
        // The run comes first, unless there is none.
        let before = if listed > 0 { u64::from(self.run.1 - self.run.0) + listed } else { plain };
        before.checked_sub(1)
    }
}

/// What an op is to a value on the stack.
enum Role {
    /// It made or fetched it.
    Base,
    /// It filled it, on top of what this op made or fetched.
    Fill(OpIndex),
}

impl Stream {
    /// What the op, whose extent is `e`, is to the value that it left.
    fn role(&self, e: &Extent, value: Handle) -> Role {
        let made = self.graph.made(value);
        if e.start == e.op || made == e.op {
            return Role::Base;
        }
        match self.graph.node_of(value) {
            Some(node) if node.start == e.start => Role::Fill(made),
            // Fetched by the first op of the extent; or a scalar that was given items.
            _ => Role::Fill(e.start),
        }
    }

    /// The op's row.
    pub fn op_row(&self, op: OpIndex) -> Row {
        let (kind, takes) = match self.graph.extent(op) {
            Some(e) => match e.value() {
                Some(value) => match self.role(e, value) {
                    Role::Base => (RowKind::Value(value), e.start < op),
                    Role::Fill(_) => (RowKind::Fill(value), true),
                },
                None if e.start == op => (RowKind::Fault, false),
                None => match self.op(op).map(|o| o.code) {
                    Some(Opcode::Stop) if self.is_nested(op) => (RowKind::Nested, true),
                    Some(Opcode::Stop) => (RowKind::Thin, false),
                    _ => (RowKind::Drop, true),
                },
            },
            None => match self.value_made_by(op) {
                Some(value) if self.graph.put_by(op).is_none() => (RowKind::Value(value), false),
                Some(_) => (RowKind::Thin, false),
                None => match self.op(op).map(|o| o.code) {
                    Some(Opcode::Mark) => (RowKind::Mark, false),
                    _ => (RowKind::Thin, false),
                },
            },
        };
        let opens = takes || matches!(kind, RowKind::Value(v) if !self.fills(op, v).is_empty());
        let stores = self.stores_behind(op);
        let memo = stores.first().copied();
        let more_memos = u32::try_from(stores.len()).unwrap_or(u32::MAX).saturating_sub(1);
        Row { op, kind, memo, more_memos, opens }
    }

    /// Memo stores right behind an op, up to a hundred.
    fn stores_behind(&self, op: OpIndex) -> &[MemoPut] {
        let puts = &self.graph.puts;
        let from = puts.partition_point(|p| p.op <= op);
        let row = puts.get(from..).unwrap_or(&[]);
        let n = row.iter().take(100).zip(op.0.saturating_add(1)..).take_while(|(p, k)| p.op.0 == *k).count();
        row.get(..n).unwrap_or(&[])
    }

    /// A STOP that ended its pickle.
    fn is_stop(&self, op: OpIndex) -> bool {
        let ended = self.graph.extent(op).is_some_and(|e| e.value().is_none() && e.start < op);
        ended && self.op(op).is_some_and(|o| o.code == Opcode::Stop)
    }

    fn is_nested(&self, stop: OpIndex) -> bool {
        self.pickle_of(stop).and_then(|p| self.pickles.get(p)).is_some_and(|p| p.within.is_some())
    }

    /// The ops that filled the value on the stack that `base` made or fetched, in order.
    fn fills(&self, base: OpIndex, value: Handle) -> Vec<u32> {
        let g = &self.graph;
        let none = Items::None;
        let (states, list, dict): (&[State], &Items, &Items) = match g.node_of(value).map(|n| &n.node) {
            Some(Node::List(items) | Node::Set(items)) => (&[], items, &none),
            Some(Node::Dict(items)) => (&[], &none, items),
            Some(Node::Call(c)) => (&c.states, &c.list_items, &c.dict_items),
            _ => (&[], &none, &none),
        };
        let extra = g.extras.get(&value);
        let all = [
            (states, list, dict),
            extra.map_or((&[][..], &none, &none), |e| (e.states.as_slice(), &e.list_items, &e.dict_items)),
        ];
        let fetched = match value.target() {
            Target::Node(_) => g.made(value) != base,
            Target::Op(op) => op != base,
        };
        // What was fetched is rarely filled: whoever takes it next tells.
        if fetched && self.next_taker(base).is_none_or(|e| e.start != base || e.value() != Some(value)) {
            return Vec::new();
        }
        let start = g.start_of(base);
        let mut ops = Vec::new();
        for (states, list, dict) in all {
            // An op behind a fault makes what it fills, where that was lost.
            ops.extend(states.iter().filter(|s| s.setter.is_none() && s.op > base).map(|s| s.op.0));
            for items in [list, dict] {
                ops.extend((items.first_after(base)..items.runs()).filter_map(|i| Some(items.run(i)?.0.op.0)));
            }
        }
        if fetched || g.is_shared(value) {
            ops.retain(|op| *op > base.0 && g.extent(OpIndex(*op)).is_some_and(|e| e.start == start));
        }
        ops.sort_unstable();
        ops
    }

    /// The first op behind `op` that took it.
    fn next_taker(&self, op: OpIndex) -> Option<&Extent> {
        let rows = &self.graph.extents;
        let from = rows.partition_point(|e| e.op <= op);
        rows.get(from..)?.iter().find(|e| e.start <= op)
    }

    /// The rows of a pickle.
    pub fn op_roots(&self, pickle: usize) -> Branch {
        let Some(p) = self.pickles.get(pickle) else { return Branch::default() };
        let end = p.first.0.saturating_add(p.ops);
        let last = OpIndex(end.saturating_sub(1));
        let stopped = self.is_stop(last) && p.ops > 1;
        if !stopped {
            return self.pieces(p.first.0, end);
        }
        let mut branch = self.pieces(p.first.0, last.0);
        if p.within.is_none() {
            branch.ops.push(last.0);
        }
        branch
    }

    /// The rows beneath an op's row.
    pub fn op_children(&self, op: OpIndex) -> Branch {
        let Some(e) = self.graph.extent(op) else {
            let value = self.value_made_by(op).filter(|_| self.graph.put_by(op).is_none());
            let ops = value.map_or(Vec::new(), |v| self.fills(op, v));
            return Branch { run: (0, 0), ops };
        };
        let Some(value) = e.value() else {
            return match self.op_row(op).kind {
                RowKind::Nested => self.pickle_of(op).map_or_else(Branch::default, |p| self.op_roots(p)),
                RowKind::Drop => self.pieces(e.start.0, op.0),
                _ => Branch::default(),
            };
        };
        match self.role(e, value) {
            Role::Base => {
                let mut branch = if e.start < op { self.pieces(e.start.0, op.0) } else { Branch::default() };
                branch.ops.extend(self.fills(op, value));
                branch
            }
            Role::Fill(_) => {
                // From behind the value as it was before.
                let mut walk = Walk::new(&self.graph);
                let mut left = self.taken(op);
                let mut next = op.0;
                while next > e.start.0 {
                    let at = next - 1;
                    next = match walk.at(at) {
                        Back::Put | Back::Thin => at,
                        Back::Void { start } => start,
                        Back::Value { .. } | Back::Plain if left == 0 => break,
                        Back::Value { start, .. } => {
                            left -= 1;
                            start
                        }
                        Back::Plain => {
                            left -= 1;
                            at
                        }
                    };
                }
                self.pieces(next, op.0)
            }
        }
    }

    /// How many items an op that fills took, a mark included.
    fn taken(&self, op: OpIndex) -> u64 {
        let marked = match self.op(op).map(|o| o.code) {
            Some(Opcode::Append | Opcode::Build) => return 1,
            Some(Opcode::Setitem) => return 2,
            _ => 1,
        };
        let Some(value) = self.graph.extent(op).and_then(Extent::value) else { return marked };
        let len = |items: &Items| {
            let i = items.first_after(op).checked_sub(1)?;
            items.run(i).filter(|(f, _)| f.op == op).map(|(f, _)| u64::from(f.len))
        };
        let g = &self.graph;
        let extra = g.extras.get(&value).and_then(|e| len(&e.list_items).or_else(|| len(&e.dict_items)));
        let own = match g.node_of(value).map(|n| &n.node) {
            Some(Node::List(items) | Node::Set(items) | Node::Dict(items)) => len(items),
            Some(Node::Call(c)) => len(&c.list_items).or_else(|| len(&c.dict_items)),
            _ => None,
        };
        marked + own.or(extra).unwrap_or(0)
    }

    /// The rows of the ops from `from` up to `end`, which are whole.
    fn pieces(&self, from: u32, end: u32) -> Branch {
        let g = &self.graph;
        let within = |n: usize, op: Option<u32>| (n, op.is_none_or(|op| op >= end));
        let e = g.extents.partition_point(|e| e.op.0 < from);
        let p = g.puts.partition_point(|p| p.op.0 < from);
        let t = g.thin.partition_point(|t| t.0 < from);
        let plain = within(e, g.extents.get(e).map(|e| e.op.0)).1
            && within(p, g.puts.get(p).map(|p| p.op.0)).1
            && within(t, g.thin.get(t).map(|t| t.0)).1;
        if plain {
            return Branch { run: (from.min(end), end), ops: Vec::new() };
        }
        let mut ops = Vec::new();
        let mut walk = Walk::new(g);
        let mut next = end;
        while next > from {
            let at = next - 1;
            next = match walk.at(at) {
                Back::Value { value, start } => {
                    // The row of a value is that of the op that made it; the ops that filled it stand beneath.
                    let base = match g.extent(OpIndex(at)).map(|e| self.role(e, value)) {
                        Some(Role::Fill(base)) => base.0,
                        _ => at,
                    };
                    ops.push(base);
                    start
                }
                Back::Void { start } => {
                    ops.push(at);
                    start
                }
                Back::Put => at,
                Back::Thin | Back::Plain => {
                    ops.push(at);
                    at
                }
            };
        }
        ops.reverse();
        Branch { run: (0, 0), ops }
    }

    /// The row that shows an op: its own, or for a memo store the one that it annotates.
    pub fn op_row_of(&self, op: OpIndex) -> OpIndex {
        let puts = &self.graph.puts;
        let mut i = puts.partition_point(|p| p.op < op);
        let mut op = op;
        while puts.get(i).is_some_and(|p| p.op == op) && op.0 > 0 {
            op = OpIndex(op.0 - 1);
            match i.checked_sub(1) {
                Some(k) => i = k,
                None => break,
            }
        }
        op
    }

    /// The row above an op's row; `None` for the rows of a pickle.
    pub fn op_parent(&self, op: OpIndex) -> Option<OpIndex> {
        let row = self.op_row_of(op);
        let own = self.graph.extent(row);
        if let Some((e, value)) = own.and_then(|e| Some((e, e.value()?)))
            && let Role::Fill(base) = self.role(e, value)
        {
            return Some(base);
        }
        let rows = &self.graph.extents;
        let from = rows.partition_point(|e| e.op <= row);
        for e in rows.get(from..)?.iter().filter(|e| e.start <= row) {
            let fills_it = e.value().is_some_and(|v| matches!(self.role(e, v), Role::Fill(base) if base == row));
            if fills_it {
                continue;
            }
            let root = e.value().is_none() && e.start < e.op && self.is_stop(e.op);
            return (!root || self.is_nested(e.op)).then_some(e.op);
        }
        None
    }

    /// The ops that made a row's value what it is: from the first of its parts to the last that filled it.
    pub fn op_extent(&self, op: OpIndex) -> (OpIndex, OpIndex) {
        let start = self.graph.start_of(op);
        let last = match self.op_row(op).kind {
            RowKind::Value(v) => self.fills(op, v).last().map_or(op, |last| OpIndex(*last)),
            _ => op,
        };
        (start, last)
    }
}
