//! The stack, marks and memo of `pickletools.dis`, as crude as there: kinds of values, no values.
//! Runs of equal things cost one entry, so that a hostile stream costs little. Writes nothing.

use crate::ops::text::PyInt;
use crate::ops::{Opcode, Slot};
use std::collections::HashMap;

/// The name that `pickletools` gives to what `code` leaves on the stack as `slot`.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind.slot {
        Slot::Any => "any",
        Slot::Mark => "mark",
        Slot::Slice => "stackslice",
        Slot::None => "None",
        Slot::Bool => "bool",
        Slot::Int if kind.or_bool => "int_or_bool",
        Slot::Int => "int",
        Slot::Float => "float",
        Slot::Str => "bytes_or_str",
        Slot::Unicode => "str",
        Slot::Bytes => "bytes",
        Slot::ByteArray => "bytearray",
        Slot::Buffer => "buffer",
        Slot::List => "list",
        Slot::Tuple => "tuple",
        Slot::Dict => "dict",
        Slot::Set => "set",
        Slot::FrozenSet => "frozenset",
    }
}

/// What an entry of the stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub slot: Slot,
    /// INT's: an int or a bool.
    pub or_bool: bool,
}

impl Kind {
    pub const MARK: Self = Self { slot: Slot::Mark, or_bool: false };

    pub fn of(code: Opcode, slot: Slot) -> Self {
        Self { slot, or_bool: code == Opcode::Int }
    }
}

/// A stack that keeps runs of equal entries.
#[derive(Debug, Default)]
pub struct Runs<T> {
    runs: Vec<(T, u64)>,
    len: u64,
}

impl<T: Copy + PartialEq> Runs<T> {
    pub const fn new() -> Self {
        Self { runs: Vec::new(), len: 0 }
    }

    pub const fn len(&self) -> u64 {
        self.len
    }

    pub fn last(&self) -> Option<T> {
        self.runs.last().map(|(kind, _)| *kind)
    }

    pub fn push(&mut self, kind: T) {
        self.len += 1;
        match self.runs.last_mut() {
            Some((last, n)) if *last == kind => *n += 1,
            _ => self.runs.push((kind, 1)),
        }
    }

    pub fn pop(&mut self) -> Option<T> {
        let (kind, n) = self.runs.last_mut()?;
        let kind = *kind;
        *n -= 1;
        if *n == 0 {
            self.runs.pop();
        }
        self.len -= 1;
        Some(kind)
    }

    /// Drops the topmost run of entries that are not `kind`; `false` when nothing is left.
    pub fn drop_down_to(&mut self, kind: T) -> bool {
        while let Some((top, n)) = self.runs.last() {
            if *top == kind {
                return true;
            }
            self.len -= *n;
            self.runs.pop();
        }
        false
    }

    pub fn clear(&mut self) {
        self.runs.clear();
        self.len = 0;
    }

    /// Bottom first.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        self.runs.iter().flat_map(|(kind, n)| std::iter::repeat_n(*kind, usize::try_from(*n).unwrap_or(usize::MAX)))
    }
}

/// Offsets of open marks; marks at equal distances share an entry.
#[derive(Debug, Default)]
pub struct Marks {
    runs: Vec<Steps>,
    len: usize,
}

#[derive(Debug)]
struct Steps {
    first: u64,
    step: u64,
    count: u64,
}

impl Marks {
    pub const fn len(&self) -> usize {
        self.len
    }

    pub fn push(&mut self, at: u64) {
        self.len += 1;
        if let Some(run) = self.runs.last_mut() {
            let step = at.wrapping_sub(run.first);
            if run.count == 1 || Some(step) == run.step.checked_mul(run.count) {
                run.step = if run.count == 1 { step } else { run.step };
                run.count += 1;
                return;
            }
        }
        self.runs.push(Steps { first: at, step: 0, count: 1 });
    }

    pub fn pop(&mut self) -> Option<u64> {
        let run = self.runs.last_mut()?;
        run.count -= 1;
        let at = run.first.wrapping_add(run.step.wrapping_mul(run.count));
        if run.count == 0 {
            self.runs.pop();
        }
        self.len -= 1;
        Some(at)
    }
}

/// What the memo holds: dense while the numbers are, a map for the odd ones.
#[derive(Debug)]
pub struct Memo<T> {
    dense: Vec<Option<T>>,
    sparse: HashMap<PyInt, T>,
    len: u64,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { dense: Vec::new(), sparse: HashMap::new(), len: 0 }
    }
}

impl<T: Copy> Memo<T> {
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn get(&self, key: &PyInt) -> Option<T> {
        let dense = match key {
            PyInt::Small(i) => usize::try_from(*i).ok().and_then(|i| self.dense.get(i)).copied().flatten(),
            PyInt::Big(_) => None,
        };
        dense.or_else(|| self.sparse.get(key).copied())
    }

    /// Stores; `false` when the key was there.
    pub fn put(&mut self, key: PyInt, value: T) -> bool {
        let new = self.get(&key).is_none();
        self.len += u64::from(new);
        let small = match &key {
            PyInt::Small(i) => usize::try_from(*i).ok(),
            PyInt::Big(_) => None,
        };
        // At most a few entries are reserved for each one that is there.
        let bound = usize::try_from(self.len).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(4096);
        if let Some(i) = small.filter(|i| *i < bound) {
            if self.dense.len() <= i {
                self.dense.resize(i + 1, None);
            }
            if let Some(slot) = self.dense.get_mut(i) {
                *slot = Some(value);
                self.sparse.remove(&key);
                return new;
            }
        }
        self.sparse.insert(key, value);
        new
    }

    pub fn clear(&mut self) {
        self.dense.clear();
        self.sparse.clear();
        self.len = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_at_any_distance_come_back() {
        let offsets = [0, 1, 2, 3, 5, 7, 9, 20, 21, 30, 39, 48];
        let mut marks = Marks::default();
        offsets.iter().for_each(|at| marks.push(*at));
        assert!(marks.runs.len() <= 4, "{marks:?}");
        assert_eq!(marks.len(), offsets.len());
        marks.push(99);
        assert_eq!(marks.pop(), Some(99));
        for at in offsets.iter().rev() {
            assert_eq!(marks.pop(), Some(*at));
        }
        assert_eq!(marks.pop(), None);
    }

    #[test]
    fn a_memo_with_far_numbers_stays_small() {
        let mut memo = Memo::default();
        assert!(memo.put(PyInt::Small(1 << 31), 1));
        assert!(memo.put(PyInt::Small(-1), 2));
        for i in 0..10_000 {
            assert!(memo.put(PyInt::Small(i), 3));
        }
        assert!(!memo.put(PyInt::Small(1 << 31), 4));
        assert_eq!(memo.get(&PyInt::Small(1 << 31)), Some(4));
        assert_eq!(memo.get(&PyInt::Small(10_000)), None);
        assert_eq!(memo.len(), 10_002);
        assert!(memo.dense.len() < 30_000);
    }
}
