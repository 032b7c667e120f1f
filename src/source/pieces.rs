//! An edited copy of some bytes: a piece table over [`Bytes`], whose edits can be taken back in any number.
//! Must never write what it was made over, and never hold more of it than was typed.

use super::bytes::{BLOCK, READ_WHOLE};
use super::{Bytes, Span};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A run of an edited copy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// As it was: these bytes of what the copy was made over.
    Base(Span),
    /// Typed: this part of some bytes in memory.
    Typed(Arc<[u8]>, Span),
}

impl Piece {
    const fn span(&self) -> Span {
        match self {
            Self::Base(s) | Self::Typed(_, s) => *s,
        }
    }

    const fn len(&self) -> u64 {
        self.span().len()
    }

    /// The part of it from `from` to `to`, counted from its start.
    fn part(&self, from: u64, to: u64) -> Self {
        let s = self.span();
        let part = Span::new(s.start.saturating_add(from), s.start.saturating_add(to).min(s.end));
        match self {
            Self::Base(_) => Self::Base(part),
            Self::Typed(b, _) => Self::Typed(b.clone(), part),
        }
    }
}

/// One edit, both ways: what stood at `at` and what stands there now.
#[derive(Clone, Debug)]
pub struct Splice {
    /// Where it begins, in the bytes before and after it alike.
    pub at: u64,
    out: Vec<Piece>,
    into: Vec<Piece>,
}

impl Splice {
    /// The bytes that it replaces.
    pub fn before(&self) -> Span {
        Span::at(self.at, length(&self.out))
    }

    /// The bytes that it puts there.
    pub fn after(&self) -> Span {
        Span::at(self.at, length(&self.into))
    }

    /// The edit that takes this one back.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { at: self.at, out: self.into, into: self.out }
    }
}

fn length(pieces: &[Piece]) -> u64 {
    pieces.iter().fold(0, |n, p| n.saturating_add(p.len()))
}

/// Where a copy differs from what it was made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// These bytes were typed.
    Typed(Span),
    /// Bytes that stood before this offset are gone, so many.
    Dropped(u64, u64),
}

/// An edited copy.
#[derive(Clone)]
pub struct PieceTable {
    base: Bytes,
    pieces: Vec<Piece>,
    len: u64,
}

impl PieceTable {
    /// A copy that is not edited yet.
    pub fn new(base: Bytes) -> Self {
        let span = base.span();
        Self { base, pieces: if span.is_empty() { Vec::new() } else { vec![Piece::Base(span)] }, len: span.len() }
    }

    /// Number of bytes.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// There is no byte.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What it was made over.
    pub const fn base(&self) -> &Bytes {
        &self.base
    }

    /// Puts `with` in the place of `span`, which is cut to what there is, and says what it did.
    pub fn replace(&mut self, span: Span, with: &[u8]) -> Splice {
        let span = Span::new(span.start.min(self.len), span.end.min(self.len));
        let typed: Arc<[u8]> = with.into();
        let into = if with.is_empty() { Vec::new() } else { vec![Piece::Typed(typed, Span::at(0, with.len() as u64))] };
        let first = self.cut(span.start);
        let last = self.cut(span.end);
        let out = self.pieces.get(first..last).unwrap_or(&[]).to_vec();
        let splice = Splice { at: span.start, out, into };
        self.apply(&splice);
        splice
    }

    /// Does an edit again, or with [`Splice::reversed`] takes it back. Edits go back in the order opposite to theirs.
    pub fn apply(&mut self, splice: &Splice) {
        let first = self.cut(splice.at);
        let last = self.cut(splice.before().end);
        self.pieces.splice(first..last.max(first), splice.into.iter().cloned());
        self.len = length(&self.pieces);
        // Neighbours that were one piece become one again, so that edits that were taken back leave nothing behind.
        let from = first.saturating_sub(1);
        let to = first.saturating_add(splice.into.len());
        for i in (from..=to).rev() {
            let joined = match (self.pieces.get(i), self.pieces.get(i.saturating_add(1))) {
                (Some(Piece::Base(a)), Some(Piece::Base(b))) if a.end == b.start => Piece::Base(a.join(*b)),
                (Some(Piece::Typed(x, a)), Some(Piece::Typed(y, b))) if Arc::ptr_eq(x, y) && a.end == b.start => {
                    Piece::Typed(x.clone(), a.join(*b))
                }
                _ => continue,
            };
            self.pieces.splice(i..=i.saturating_add(1), [joined]);
        }
    }

    /// Makes a border between two pieces at `at`, and returns the number of the piece behind it.
    fn cut(&mut self, at: u64) -> usize {
        let mut start = 0_u64;
        for i in 0..self.pieces.len() {
            let Some(p) = self.pieces.get(i) else { break };
            let end = start.saturating_add(p.len());
            if at <= start {
                return i;
            }
            if at < end {
                let (a, b) = (p.part(0, at - start), p.part(at - start, p.len()));
                self.pieces.splice(i..=i, [a, b]);
                return i.saturating_add(1);
            }
            start = end;
        }
        self.pieces.len()
    }

    /// Where the bytes of `range` differ from those that the copy was made over, in order. Zero bytes wide where bytes
    /// are gone.
    pub fn edited(&self, range: Span) -> Vec<Edited> {
        let mut found = Vec::new();
        let (mut at, mut expected) = (0_u64, Some(0_u64));
        for p in &self.pieces {
            let span = Span::at(at, p.len());
            match p {
                Piece::Base(s) => {
                    if let Some(gone) = expected.map(|e| s.start.saturating_sub(e)).filter(|n| *n > 0)
                        && range.start <= at
                        && at <= range.end
                    {
                        found.push(Edited::Dropped(at, gone));
                    }
                    expected = Some(s.end);
                }
                Piece::Typed(..) => {
                    let part = span.meet(range);
                    if !part.is_empty() {
                        found.push(Edited::Typed(part));
                    }
                    // What was typed over is not dropped: as many bytes as were typed are taken for replaced.
                    expected = expected.map(|e| e.saturating_add(p.len()));
                }
            }
            at = span.end;
            if at > range.end {
                return found;
            }
        }
        let gone = expected.map_or(0, |e| self.base.len().saturating_sub(e));
        if gone > 0 && range.start <= at && at <= range.end {
            found.push(Edited::Dropped(at, gone));
        }
        found
    }

    /// The copy as bytes to read: in memory where that is little, else composed when asked for.
    pub fn bytes(&self) -> Bytes {
        let mut at = 0_u64;
        let mut starts = Vec::with_capacity(self.pieces.len());
        for p in &self.pieces {
            starts.push(at);
            at = at.saturating_add(p.len());
        }
        let composed =
            Composed { base: self.base.clone(), pieces: self.pieces.clone(), starts, len: at, cache: Mutex::default() };
        if self.len <= READ_WHOLE {
            let mut all = vec![0; usize::try_from(self.len).unwrap_or(0)];
            let got = composed.read(0, &mut all);
            all.truncate(got);
            return Bytes::from_vec(all);
        }
        Bytes::composed(Arc::new(composed))
    }
}

/// Blocks of a composed copy that are kept: 16 MiB.
const KEPT: usize = 16;

/// A copy whose blocks are put together when they are asked for.
pub(super) struct Composed {
    base: Bytes,
    pieces: Vec<Piece>,
    starts: Vec<u64>,
    len: u64,
    cache: Mutex<HashMap<u64, Arc<[u8]>>>,
}

impl Composed {
    /// Number of bytes.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// The last read fault of what lies beneath.
    pub(super) fn fault(&self) -> Option<String> {
        self.base.fault()
    }

    /// Fills `buf` from `at` on, past all caches of its own; returns how many bytes there were.
    pub(super) fn read(&self, at: u64, buf: &mut [u8]) -> usize {
        let mut done = 0_usize;
        let mut i = self.starts.partition_point(|s| *s <= at).saturating_sub(1);
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            let (Some(p), Some(start)) = (self.pieces.get(i), self.starts.get(i)) else { break };
            let skip = at.saturating_add(done as u64).saturating_sub(*start);
            let left = usize::try_from(p.len().saturating_sub(skip)).unwrap_or(usize::MAX);
            let n = left.min(rest.len());
            let Some(to) = rest.get_mut(..n) else { break };
            let from = p.span().start.saturating_add(skip);
            let got = match p {
                Piece::Base(_) => self.base.read_at(from, to),
                Piece::Typed(b, _) => {
                    let from = usize::try_from(from).unwrap_or(usize::MAX);
                    match from.checked_add(n).and_then(|end| b.get(from..end)) {
                        Some(have) => {
                            to.copy_from_slice(have);
                            n
                        }
                        None => 0,
                    }
                }
            };
            done = done.saturating_add(got);
            if got < n {
                break;
            }
            i = i.saturating_add(1);
        }
        done
    }

    /// The block of that number.
    pub(super) fn block(&self, n: u64) -> Option<Arc<[u8]>> {
        if let Some(b) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&n) {
            return Some(b.clone());
        }
        let start = n.checked_mul(BLOCK as u64)?;
        let want = usize::try_from(self.len.checked_sub(start)?).unwrap_or(BLOCK).min(BLOCK);
        let mut buf = vec![0; want];
        let got = self.read(start, &mut buf);
        buf.truncate(got);
        let block: Arc<[u8]> = buf.into();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= KEPT {
            cache.clear();
        }
        cache.insert(n, block.clone());
        Some(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(t: &PieceTable) -> Vec<u8> {
        let b = t.bytes();
        b.read(b.span(), usize::MAX)
    }

    #[test]
    fn edits_do_what_a_vector_does_and_go_back() {
        let start: Vec<u8> = (0..200).collect();
        let mut t = PieceTable::new(Bytes::from_vec(start.clone()));
        let mut model = start.clone();
        let mut undo = Vec::new();
        let mut states = vec![model.clone()];
        let mut seed = 7_u64;
        for _ in 0..500 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let r = |k: u64, n: u64| if n == 0 { 0 } else { (seed >> k) % n };
            let from = r(8, model.len() as u64 + 1);
            let to = (from + r(20, 6)).min(model.len() as u64);
            let with: Vec<u8> = (0..r(33, 6)).map(|i| (seed >> (40 + i)) as u8).collect();
            undo.push(t.replace(Span::new(from, to), &with));
            model.splice(from as usize..to as usize, with);
            assert_eq!(all(&t), model);
            assert_eq!(t.len(), model.len() as u64);
            states.push(model.clone());
        }
        let mut redo = Vec::new();
        while let Some(s) = undo.pop() {
            states.pop();
            t.apply(&s.clone().reversed());
            redo.push(s);
            assert_eq!(all(&t), *states.last().unwrap());
        }
        assert_eq!(t.pieces, [Piece::Base(Span::new(0, 200))], "nothing is left of edits that were taken back");
        assert!(t.edited(Span::new(0, 200)).is_empty());
        for s in redo.into_iter().rev() {
            t.apply(&s);
        }
        assert_eq!(all(&t), model);
    }

    #[test]
    fn a_large_copy_is_composed_and_reads_the_same() {
        let data: Vec<u8> = (0..READ_WHOLE + 5_000_000).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
        let mut t = PieceTable::new(Bytes::from_vec(data.clone()));
        let mut model = data;
        for (at, n, with) in [(BLOCK as u64 - 2, 1, &b"abcdef"[..]), (5, 3, b""), (BLOCK as u64 * 2, 0, b"xyz")] {
            t.replace(Span::at(at, n), with);
            model.splice(at as usize..(at + n) as usize, with.iter().copied());
        }
        let b = t.bytes();
        assert!(b.as_slice().is_none() && b.len() == model.len() as u64);
        assert!(b.read(b.span(), usize::MAX) == model);
        let part = b.slice(Span::new(BLOCK as u64 - 10, BLOCK as u64 + 10));
        assert_eq!(part.read(part.span(), 99), &model[BLOCK - 10..BLOCK + 10]);
        let mut buf = [0; 9];
        assert_eq!(b.peek_at(BLOCK as u64 * 2 - 3, &mut buf), 9);
        assert_eq!(buf, model[BLOCK * 2 - 3..BLOCK * 2 + 6]);
        assert_eq!(b.peek_at(b.len() - 4, &mut buf), 4);
    }

    #[test]
    fn what_was_edited_is_told() {
        let mut t = PieceTable::new(Bytes::from_vec(b"0123456789".to_vec()));
        t.replace(Span::new(2, 3), b"x");
        assert_eq!(t.edited(Span::new(0, 99)), [Edited::Typed(Span::new(2, 3))]);
        t.replace(Span::new(5, 8), b"");
        assert_eq!(t.edited(Span::new(0, 99)), [Edited::Typed(Span::new(2, 3)), Edited::Dropped(5, 3)]);
        assert!(t.edited(Span::new(0, 2)).is_empty());
        t.replace(Span::new(0, 0), b"+");
        assert_eq!(t.edited(Span::new(0, 1)), [Edited::Typed(Span::new(0, 1))]);
        t.replace(Span::new(7, 8), b"");
        assert_eq!(all(&t), b"+01x3489"[..7].to_vec().as_slice());
    }
}
