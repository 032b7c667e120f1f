//! The memo: dense where keys are small, sparse where they are far, so that PUT 2^31 costs nothing.
//! Knows nothing of opcodes.

use super::graph::Handle;
use super::kind::Kind;
use std::collections::HashMap;

/// Keys below this, or below twice the number of entries, are kept in one vector.
const NEAR: u64 = 1 << 12;

#[derive(Clone, Copy)]
struct Entry {
    value: Handle,
    kind: Option<Kind>,
}

/// What PUT stored, by key.
#[derive(Default)]
pub(super) struct Memo {
    dense: Vec<Entry>,
    sparse: HashMap<u32, Entry>,
    count: u32,
}

impl Memo {
    /// Number of entries: the key that MEMOIZE uses next.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    #[inline]
    pub(super) fn get(&self, key: u32) -> Option<(Handle, Kind)> {
        let entry = match self.dense.get(key as usize) {
            Some(e) => e,
            None => self.sparse.get(&key)?,
        };
        Some((entry.value, entry.kind?))
    }

    /// Stores; `false` where the key was taken already.
    #[inline]
    pub(super) fn put(&mut self, key: u32, value: Handle, kind: Kind) -> bool {
        let new = Entry { value, kind: Some(kind) };
        let at = key as usize;
        let fresh = if at == self.dense.len() && self.sparse.is_empty() {
            self.dense.push(new);
            true
        } else if let Some(e) = self.dense.get_mut(at) {
            std::mem::replace(e, new).kind.is_none()
        } else {
            self.put_far(key, new)
        };
        self.count += u32::from(fresh);
        fresh
    }

    #[cold]
    fn put_far(&mut self, key: u32, new: Entry) -> bool {
        let near = NEAR.max(u64::from(self.count).saturating_mul(2));
        if u64::from(key) >= near {
            return self.sparse.insert(key, new).is_none();
        }
        // The vector grows over keys that may have been put while they were far.
        let from = self.dense.len();
        self.dense.resize(key as usize + 1, Entry { value: new.value, kind: None });
        if !self.sparse.is_empty() {
            for (i, e) in self.dense.iter_mut().enumerate().skip(from) {
                if let Some(far) = u32::try_from(i).ok().and_then(|k| self.sparse.remove(&k)) {
                    *e = far;
                }
            }
        }
        self.dense.last_mut().is_some_and(|e| std::mem::replace(e, new).kind.is_none())
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.dense.clear();
        self.sparse.clear();
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::OpIndex;

    #[test]
    fn near_and_far_keys_agree_with_a_map() {
        let mut memo = Memo::default();
        let mut plain = HashMap::new();
        let mut x = 1_u64;
        for i in 0..20_000_u32 {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let key = match i % 5 {
                0 => u32::try_from(x >> 33).unwrap(),
                1 => u32::try_from(x >> 50).unwrap(),
                _ => memo.count(),
            };
            memo.put(key, Handle::op(OpIndex(i)), Kind::Int);
            plain.insert(key, i);
            assert_eq!(memo.count() as usize, plain.len());
        }
        for (key, i) in plain {
            assert_eq!(memo.get(key), Some((Handle::op(OpIndex(i)), Kind::Int)));
        }
        assert_eq!(memo.get(u32::MAX), None);
    }
}
