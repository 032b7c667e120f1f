//! An array shown block by block, in the order of its storage, to a few threads.
//! Must never hold more than a block for each of them.

use super::keys::{Class, Coding};
use super::{BLOCK, THREADS};
use crate::tensor::array::Array;
use crate::tensor::convert::Part;
use crate::tensor::dtype::Kind;
use rayon::prelude::*;

/// An array in storage order, in blocks, and the way back to places in C order.
pub(super) struct Work<'a> {
    pub(super) coding: Coding<'a>,
    pub(super) stored: Array,
    /// Steps in C order of the original for a step along each axis as stored.
    pub(super) steps: Vec<i128>,
    /// The place in C order of the first element as stored.
    pub(super) base: i128,
    /// The key that whole numbers are measured from, so that their squares are small.
    pub(super) pivot: u64,
    pub(super) len: u64,
}

/// A block of elements, decoded.
#[derive(Default)]
pub(super) struct Block {
    pub(super) raw: Vec<u8>,
    pub(super) there: Vec<bool>,
    pub(super) rounded: Vec<f64>,
    pub(super) keys: Vec<u64>,
    pub(super) classes: Vec<Class>,
    /// The place of the first element, as stored.
    pub(super) start: u64,
}

impl<'a> Work<'a> {
    pub(super) fn new(array: &'a Array, part: Part) -> Option<Self> {
        let coding = Coding::of(&array.dtype, part)?;
        let (stored, was) = array.storage_order();
        let mut weights = vec![1_i128; array.ndim()];
        for a in (1..array.ndim()).rev() {
            let w = weights.get(a)?.checked_mul(i128::from(*array.shape().get(a)?))?;
            *weights.get_mut(a - 1)? = w;
        }
        let (mut steps, mut base) = (Vec::new(), 0);
        for (axis, back) in was {
            let (w, d) = (*weights.get(axis)?, *array.shape().get(axis)?);
            if back {
                base += w * i128::from(d.saturating_sub(1));
            }
            steps.push(if back { -w } else { w });
        }
        let mut work = Self { coding, stored, steps, base, pivot: 0, len: array.len() };
        if coding.is_whole() && !array.is_empty() {
            let mut block = Block::default();
            let (mut one, zeros) = (array.clone(), vec![0; array.ndim()]);
            for (axis, _) in zeros.iter().enumerate().rev() {
                one = one.slice(axis, 0).ok()?;
            }
            block.fill(&one.unmasked(), coding, 0)?;
            work.pivot = block.keys.first().copied().unwrap_or(0);
        }
        Some(work)
    }

    /// The place in C order of the element at a place as stored.
    pub(super) fn original(&self, mut at: u64) -> u64 {
        let mut to = self.base;
        for (d, step) in self.stored.shape().iter().zip(&self.steps).rev() {
            to += i128::from(at.checked_rem(*d).unwrap_or(0)) * step;
            at = at.checked_div(*d).unwrap_or(0);
        }
        u64::try_from(to).unwrap_or(0)
    }

    pub(super) fn accumulators<A>(&self, fresh: impl Fn() -> A) -> Vec<A> {
        let blocks = self.stored.blocks(BLOCK).len();
        let n = rayon::current_num_threads().clamp(1, THREADS);
        (0..n.min(usize::try_from(blocks).unwrap_or(n)).max(1)).map(|_| fresh()).collect()
    }

    /// Shows every block to one of the accumulators. After some blocks `after` gets, in their order, what was found in
    /// them, and the elements seen; it stops the pass by `false`.
    pub(super) fn pass<A: Send, M: Found>(
        &self,
        accumulators: &mut [A],
        each: impl Fn(&mut A, &Block) -> M + Sync,
        mut after: impl FnMut(Vec<M>, u64) -> bool,
    ) -> Option<()> {
        let blocks = self.stored.blocks(BLOCK);
        let threads = accumulators.len().max(1);
        let mut buffers: Vec<Block> = (0..threads).map(|_| Block::default()).collect();
        let (mut at, mut seen, group) = (0, 0_u64, threads as u64 * 4);
        while at < blocks.len() && self.len > 0 {
            let end = (at + group).min(blocks.len());
            let parts: Vec<Option<Vec<(u64, u64, M)>>> = accumulators
                .par_iter_mut()
                .zip(&mut buffers)
                .enumerate()
                .map(|(t, (acc, buffer))| {
                    let mut out = Vec::new();
                    for i in (at + t as u64..end).step_by(threads) {
                        let (start, block) = blocks.get(i)?;
                        buffer.fill(&block, self.coding, start)?;
                        let mut found = each(acc, buffer);
                        found.place(self, buffer);
                        out.push((i, block.len(), found));
                    }
                    Some(out)
                })
                .collect();
            let mut found: Vec<(u64, u64, M)> =
                parts.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
            found.sort_by_key(|f| f.0);
            seen = found.iter().fold(seen, |n, f| n.saturating_add(f.1));
            if !after(found.into_iter().map(|f| f.2).collect(), seen) {
                return None;
            }
            at = end;
        }
        Some(())
    }
}

impl Block {
    pub(super) fn fill(&mut self, block: &Array, coding: Coding<'_>, start: u64) -> Option<()> {
        let n = usize::try_from(block.len()).ok()?;
        self.start = start;
        self.raw.clear();
        self.raw.resize(usize::try_from(block.nbytes()).ok()?, 0);
        let whole = block.is_complete();
        if !whole {
            self.there.clear();
            self.there.resize(n, true);
        }
        block.gather(&mut self.raw, (!whole).then_some(self.there.as_mut_slice())).ok()?;
        self.keys.clear();
        self.keys.resize(n, 0);
        self.classes.clear();
        self.classes.resize(n, Class::Finite);
        coding.read(&self.raw, &mut self.rounded, &mut self.keys, &mut self.classes);
        if let Some(mask) = block.mask().filter(|m| m.dtype.kind == Kind::Bool) {
            self.raw.clear();
            self.raw.resize(n, 0);
            mask.gather(&mut self.raw, None).ok()?;
            for (c, _) in self.classes.iter_mut().zip(&self.raw).filter(|(_, m)| **m != 0) {
                *c = Class::Masked;
            }
        }
        if !whole {
            for (c, _) in self.classes.iter_mut().zip(&self.there).filter(|(_, there)| !**there) {
                *c = Class::Missing;
            }
        }
        Some(())
    }
}

/// What a pass says of a block may have to be put in its place.
pub(super) trait Found: Send {
    fn place(&mut self, work: &Work<'_>, block: &Block);
}

impl Found for () {
    fn place(&mut self, _: &Work<'_>, _: &Block) {}
}
