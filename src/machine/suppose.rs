//! What the machine supposes where ops want more than it knows of: they stand behind a fault, and what lay on the stack
//! or in the memo before it is lost. Supposes nothing in a pickle that is read from its start.

use super::graph::{Handle, Items, MemoPut, Node};
use super::kind::Kind;
use super::step::{Cx, Flow, Machine, Mark, Slot};
use super::write::add;
use crate::ops::text::PyError;
use crate::ops::{self, Op, OpIndex, Opcode};

/// Something that lay on the stack before the first of the ops that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// A mark.
    Mark,
    /// A value that nothing is known of.
    Value,
    /// What is given items: a list, as far as can be told.
    List,
    /// What is given keys and values: a dict, as far as can be told.
    Dict,
    /// What is given members: a set, as far as can be told.
    Set,
}

impl Below {
    fn node(self) -> Option<(Node, Kind)> {
        match self {
            Self::Mark => None,
            Self::Value => Some((Node::Lost, Kind::Object)),
            Self::List => Some((Node::List(Items::None), Kind::List)),
            Self::Dict => Some((Node::Dict(Items::None), Kind::Dict)),
            Self::Set => Some((Node::Set(Items::None), Kind::Set)),
        }
    }

    /// The opcode that puts such a thing on the stack; None stands for a value that nothing is known of.
    pub const fn opcode(self) -> Opcode {
        match self {
            Self::Mark => Opcode::Mark,
            Self::Value => Opcode::None,
            Self::List => Opcode::EmptyList,
            Self::Dict => Opcode::EmptyDict,
            Self::Set => Opcode::EmptySet,
        }
    }
}

/// Memo entries from this number on were stored by MEMOIZE behind a fault: what their numbers were cannot be told, for
/// MEMOIZE counts the entries before, and some were lost.
pub const UNNUMBERED: u32 = 1 << 31;

/// Things that are supposed of one pickle; one that wants more is not read in step.
const MOST: usize = 1000;

/// What became of an op that wanted something.
pub(super) enum Supposed {
    /// It is there now: the op is to be run again.
    Again,
    /// The op has run.
    Done,
    /// Nothing can be supposed: it is at fault.
    No,
}

impl Machine {
    /// Everything from the first op on lies above a mark that was set before.
    pub(super) fn suppose_mark(&mut self) {
        self.marks.insert(0, Mark { at: 0, op: self.first });
        self.beneath.get_or_insert_default().push(Below::Mark);
    }

    /// Nothing is known of what lay on the stack, and of the memo only what was stored before the fault.
    ///
    /// `next`: the number under which MEMOIZE stores from here on, [`UNNUMBERED`] or above.
    pub(super) fn suppose(&mut self, next: u32) {
        self.beneath = Some(Vec::new());
        self.unnumbered = Some(next);
        self.sound = false;
    }

    /// All of `beneath` lies on the stack, in the way of ops that put it there.
    pub(super) fn stand_on(&mut self, cx: &mut Cx<'_>, beneath: &[Below]) {
        for below in beneath.iter().rev() {
            match below.node() {
                None => {
                    self.fence = self.stack.len();
                    self.marks.push(Mark { at: self.fence, op: self.first });
                }
                Some((node, kind)) => {
                    let value = add(cx.g, node, self.first, self.first);
                    // The op that puts a lost value there is NONE.
                    let kind = if *below == Below::Value { Kind::None } else { kind };
                    self.stack.push(Slot { value, start: self.first, kind });
                }
            }
        }
    }

    /// An op failed for want of something: it is supposed, if it may be.
    #[cold]
    pub(super) fn supposed(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex, error: &PyError) -> Supposed {
        let Some(beneath) = &self.beneath else { return Supposed::No };
        if beneath.len() >= MOST {
            return Supposed::No;
        }
        if matches!(op.code, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet) {
            if !error.message.starts_with("Memo value not found") {
                return Supposed::No;
            }
            self.python.get_or_insert_with(|| error.clone());
            self.make(cx, Node::Lost, k, k, Kind::Object);
            return Supposed::Done;
        }
        let below = match self.wanted(op) {
            Some(below) => below,
            None => return Supposed::No,
        };
        self.python.get_or_insert_with(|| error.clone());
        self.beneath.get_or_insert_default().push(below);
        for mark in &mut self.marks {
            mark.at = mark.at.saturating_add(usize::from(below != Below::Mark));
        }
        match below.node() {
            None => self.marks.insert(0, Mark { at: 0, op: self.first }),
            Some((node, kind)) => {
                let value = add(cx.g, node, k, self.first);
                self.stack.insert(0, Slot { value, start: self.first, kind });
            }
        }
        self.fence = self.marks.last().map_or(0, |m| m.at);
        Supposed::Again
    }

    /// What an op lacks that could have lain beneath everything; `None` where it is at fault for another reason.
    fn wanted(&self, op: &Op) -> Option<Below> {
        let before = op.code.info().before;
        let target = match op.code {
            Opcode::Append | Opcode::Appends => Below::List,
            Opcode::Setitem | Opcode::Setitems => Below::Dict,
            Opcode::Additems => Below::Set,
            _ => Below::Value,
        };
        if before.contains(&ops::Slot::Mark) {
            let pairs = matches!(op.code, Opcode::Setitems | Opcode::Dict);
            return match self.marks.as_slice() {
                // The first value's key came before it.
                [] if pairs && !self.stack.len().is_multiple_of(2) => Some(Below::Value),
                [] => Some(Below::Mark),
                // The mark is there, what it was set upon is not.
                [mark] if mark.at == 0 && target != Below::Value => Some(target),
                _ => None,
            };
        }
        let puts = matches!(op.code, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut);
        let wants = before.len().max(usize::from(puts));
        if !self.marks.is_empty() || self.stack.len() >= wants {
            return None;
        }
        // The deepest of what it takes is what it fills.
        Some(if self.stack.len() + 1 == wants { target } else { Below::Value })
    }

    /// MEMOIZE behind a fault: the entry has no number that a GET could be matched with.
    #[cold]
    pub(super) fn memoize_unnumbered(&mut self, cx: &mut Cx<'_>, k: OpIndex, top: Slot) {
        let Some(next) = &mut self.unnumbered else { return };
        let key = *next;
        *next = next.saturating_add(1);
        cx.g.puts.push(MemoPut { op: k, key, value: top.value });
    }

    /// Nothing lies on the stack; the memo stays.
    pub(super) fn clear_stack(&mut self) {
        self.stack.clear();
        self.marks.clear();
        self.fence = 0;
    }

    /// A value that was lost comes from the memo, in place of the one that a GET would fetch.
    pub(super) fn fetch_none(&mut self, k: OpIndex) {
        self.stack.push(Slot { value: Handle::op(k), start: k, kind: Kind::None });
    }

    /// Runs an op; what it lacks is supposed, where it may be. Kept apart, so that ops that suppose nothing cost nothing.
    #[inline(never)]
    pub(super) fn run_supposing(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex) -> Result<Flow, PyError> {
        loop {
            let error = match self.run(cx, op, k) {
                Ok(flow) => return Ok(flow),
                Err(error) => error,
            };
            match self.supposed(cx, op, k, &error) {
                Supposed::Again => {}
                Supposed::Done => return Ok(Flow::Next),
                Supposed::No => return Err(error),
            }
        }
    }
}
