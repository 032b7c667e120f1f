//! Where each op stands: a few checkpoints, from which any op is decoded again, and the regions between ops.
//!
//! Ops and regions tile the member: every byte has one owner, for any input. The scanner pushes them in file order; whatever
//! it leaves out becomes a gap. A checkpoint stands every [`EVERY`] ops or [`FAR`] bytes, so that a lookup decodes at most
//! `EVERY` ops from within a block or two: 0.06 bytes an op. Nothing here knows what an op does.

use super::{Arg, Op, OpIndex, Step, decode};
use crate::source::{Bytes, Cursor, Span, limits};

/// Ops from one checkpoint to the next, at most.
pub const EVERY: u32 = 256;
/// Bytes after which an op gets a checkpoint of its own, so that no lookup walks over payload after payload on the disk.
pub const FAR: u64 = 64 << 10;

/// Bytes that another format put between ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// joblib's padding and array after a `NumpyArrayWrapper`.
    JoblibArray,
    /// A count and the raw storage after the pickles of a torch file of before 1.6.
    LegacyTorchStorage,
    /// The header of the file that carries the pickle: NPY, a length prefix and the like.
    Header,
    /// The elements of an array whose header tells their type and shape: the rest of an NPY file.
    Elements,
}

/// What a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegionKind {
    /// Bytes that are no part of any pickle: after STOP, between pickles, before the first.
    Gap,
    /// Bytes of another format, and known as such.
    Foreign(Foreign),
    /// Where an op should stand and none can be decoded.
    Fault,
}

/// A run of bytes that holds no op.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its bytes; never empty.
    pub span: Span,
    /// What it is.
    pub kind: RegionKind,
    /// The op that it stands before: the number of ops at lower offsets.
    pub before: OpIndex,
}

/// A part of an op, for colours and for what a click on a byte means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The opcode's byte.
    Opcode,
    /// A fixed-size argument.
    Number,
    /// The length field of a counted argument.
    Length,
    /// The bytes of a counted argument.
    Payload,
    /// A line, its LF included.
    Line,
    /// The second line of GLOBAL and INST, its LF included.
    SecondLine,
}

/// Whose a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An op's, and in it a part's.
    Op(OpIndex, Part),
    /// A region's, by its place in [`Index::regions`].
    Region(usize),
}

/// An op or a region, in file order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Piece {
    /// An op and its number.
    Op(OpIndex, Op),
    /// A region and its place in [`Index::regions`].
    Region(usize, Region),
}

impl Piece {
    /// Its bytes.
    pub const fn span(&self) -> Span {
        match self {
            Self::Op(_, op) => op.span,
            Self::Region(_, region) => region.span,
        }
    }
}

impl Op {
    /// The spans of its parts in file order; they tile the op. Absent parts are empty.
    pub fn parts(&self) -> [(Part, Span); 3] {
        let (s, e) = (self.span.start, self.span.end);
        let head = (Part::Opcode, Span::new(s, (s + 1).min(e)));
        let rest = Span::new(head.1.end, e);
        let none = |part| (part, Span::new(e, e));
        match self.arg {
            Arg::None | Arg::Int(_) | Arg::Uint(_) | Arg::Float(_) => [head, (Part::Number, rest), none(Part::Payload)],
            Arg::Line(_) => [head, (Part::Line, rest), none(Part::SecondLine)],
            Arg::Pair(_, name) => {
                [head, (Part::Line, Span::new(rest.start, name.start)), (Part::SecondLine, Span::new(name.start, e))]
            }
            Arg::Data(data) => {
                [head, (Part::Length, Span::new(rest.start, data.start)), (Part::Payload, Span::new(data.start, e))]
            }
        }
    }

    /// The part that `offset` lies in, if it lies in the op.
    pub fn part_at(&self, offset: u64) -> Option<Part> {
        self.parts().into_iter().find(|(_, span)| span.contains(offset)).map(|(part, _)| part)
    }
}

#[derive(Clone, Copy, Debug)]
struct Checkpoint {
    op: u32,
    at: u64,
}

/// The offsets of all ops of a member, by checkpoints, and the regions between them.
#[derive(Clone, Debug, Default)]
pub struct Index {
    checkpoints: Vec<Checkpoint>,
    regions: Vec<Region>,
    /// Number of ops.
    count: u32,
    /// One past the last byte that is told.
    end: u64,
    /// When the next checkpoint is due: at this op, or from this offset on.
    due_op: u32,
    due_at: u64,
}

impl Index {
    /// One that holds nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of ops.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// One past the last byte that an op or a region owns.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Bytes that the index takes in memory, roughly.
    pub fn memory(&self) -> usize {
        self.checkpoints.capacity() * size_of::<Checkpoint>() + self.regions.capacity() * size_of::<Region>()
    }

    /// The regions, in file order.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The next op. A hole before it becomes a gap.
    /// `None`, and nothing added, when the op starts before the end of what is told or [`limits::OPS`] are there.
    #[inline]
    pub fn push(&mut self, span: Span) -> Option<OpIndex> {
        if span.start != self.end && !self.fill(span.start) {
            return None;
        }
        if self.count >= self.due_op || span.start >= self.due_at {
            if u64::from(self.count) >= limits::OPS {
                return None;
            }
            self.checkpoints.push(Checkpoint { op: self.count, at: span.start });
            self.due_op = self.count.saturating_add(EVERY).min(u32::try_from(limits::OPS).unwrap_or(u32::MAX));
            self.due_at = span.start.saturating_add(FAR);
        }
        let op = OpIndex(self.count);
        self.count += 1;
        self.end = span.end;
        Some(op)
    }

    /// The next region. A hole before it becomes a gap; a gap that meets a gap makes one.
    /// What starts before the end of what is told is cut to what is left of it.
    pub fn push_region(&mut self, span: Span, kind: RegionKind) {
        let span = Span::new(span.start.max(self.end), span.end);
        if span.is_empty() || !self.fill(span.start) {
            return;
        }
        self.add(span, kind);
    }

    /// The end of the member: what is not told is a gap.
    pub fn finish(&mut self, len: u64) {
        self.fill(len);
    }

    /// Fills the hole up to `to` with a gap; `false` when `to` lies before the end.
    #[cold]
    fn fill(&mut self, to: u64) -> bool {
        if to > self.end {
            self.add(Span::new(self.end, to), RegionKind::Gap);
        }
        to >= self.end
    }

    fn add(&mut self, span: Span, kind: RegionKind) {
        let before = OpIndex(self.count);
        self.end = span.end;
        if let Some(last) = self.regions.last_mut() {
            let gaps = kind == RegionKind::Gap && last.kind == RegionKind::Gap;
            if gaps && last.before == before && last.span.end == span.start {
                last.span.end = span.end;
                return;
            }
        }
        self.regions.push(Region { span, kind, before });
    }

    /// Where an op starts.
    pub fn offset_of(&self, op: OpIndex, bytes: &Bytes) -> Option<u64> {
        self.op(op, bytes).map(|op| op.span.start)
    }

    /// An op, decoded again.
    pub fn op(&self, op: OpIndex, bytes: &Bytes) -> Option<Op> {
        self.iter_from(op, bytes).next().map(|(_, op)| op)
    }

    /// The ops from `op` on.
    pub fn iter_from(&self, op: OpIndex, bytes: &Bytes) -> Ops<'_> {
        let i = self.checkpoints.partition_point(|c| c.op <= op.0);
        let mut pieces = match i.checked_sub(1).and_then(|i| self.checkpoints.get(i)) {
            Some(c) if op.0 < self.count => self.walk(bytes, c.op, c.at),
            _ => self.nothing(bytes),
        };
        while pieces.op < op.0 && pieces.next().is_some() {}
        Ops { pieces }
    }

    /// The op whose bytes hold `offset`.
    pub fn at_offset(&self, offset: u64, bytes: &Bytes) -> Option<OpIndex> {
        match self.piece_at(offset, bytes)? {
            Piece::Op(op, _) => Some(op),
            Piece::Region(..) => None,
        }
    }

    /// The op or region whose bytes hold `offset`.
    pub fn piece_at(&self, offset: u64, bytes: &Bytes) -> Option<Piece> {
        self.pieces(Span::at(offset, 1), bytes).next()
    }

    /// Whose the byte at `offset` is; `None` beyond the end.
    pub fn owner(&self, offset: u64, bytes: &Bytes) -> Option<Owner> {
        match self.piece_at(offset, bytes)? {
            Piece::Op(i, op) => op.part_at(offset).map(|part| Owner::Op(i, part)),
            Piece::Region(i, _) => Some(Owner::Region(i)),
        }
    }

    /// The ops and regions that share a byte with `range`, in file order.
    pub fn pieces(&self, range: Span, bytes: &Bytes) -> Pieces<'_> {
        if range.is_empty() || range.start >= self.end {
            return self.nothing(bytes);
        }
        // Start at the nearest of: the region that holds the first byte, the end of the one before it, a checkpoint.
        let c = self.checkpoints.partition_point(|c| c.at <= range.start).checked_sub(1);
        let c = c.and_then(|i| self.checkpoints.get(i));
        let r = self.regions.partition_point(|r| r.span.start <= range.start).checked_sub(1);
        let mut pieces = match (c, r.and_then(|i| Some((i, self.regions.get(i)?)))) {
            (Some(c), Some((_, r))) if r.span.start < c.at => self.walk(bytes, c.op, c.at),
            (Some(c), None) => self.walk(bytes, c.op, c.at),
            (_, Some((i, r))) => {
                Pieces { index: self, cur: Cursor::new(bytes, r.span.start), op: r.before.0, region: i, end: u64::MAX }
            }
            (None, None) => self.nothing(bytes),
        };
        loop {
            let (at, op, region) = (pieces.cur.pos(), pieces.op, pieces.region);
            match pieces.next() {
                Some(piece) if piece.span().end <= range.start => {}
                Some(_) => {
                    pieces.cur.seek(at);
                    (pieces.op, pieces.region, pieces.end) = (op, region, range.end);
                    return pieces;
                }
                None => return pieces,
            }
        }
    }

    /// From op `op`, which stands at `at`.
    fn walk(&self, bytes: &Bytes, op: u32, at: u64) -> Pieces<'_> {
        let region = self.regions.partition_point(|r| r.before.0 <= op);
        Pieces { index: self, cur: Cursor::new(bytes, at), op, region, end: u64::MAX }
    }

    fn nothing(&self, bytes: &Bytes) -> Pieces<'_> {
        Pieces { index: self, cur: Cursor::new(bytes, 0), op: 0, region: 0, end: 0 }
    }
}

/// Ops and regions in file order: see [`Index::pieces`].
/// Ends early only where the bytes are no longer what was scanned: the file was written since.
pub struct Pieces<'a> {
    index: &'a Index,
    cur: Cursor,
    /// The next op.
    op: u32,
    /// The next region.
    region: usize,
    /// No piece starts here or later.
    end: u64,
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    #[inline]
    fn next(&mut self) -> Option<Piece> {
        if self.cur.pos() >= self.end {
            return None;
        }
        if let Some(region) = self.index.regions.get(self.region).filter(|r| r.before.0 <= self.op) {
            let i = self.region;
            self.region += 1;
            self.cur.seek(region.span.end);
            return Some(Piece::Region(i, *region));
        }
        if self.op >= self.index.count {
            return None;
        }
        let Step::Op(op) = decode(&mut self.cur) else {
            self.end = 0;
            return None;
        };
        let i = OpIndex(self.op);
        self.op += 1;
        Some(Piece::Op(i, op))
    }
}

/// Ops in file order, stepping over regions: see [`Index::iter_from`].
pub struct Ops<'a> {
    pieces: Pieces<'a>,
}

impl Iterator for Ops<'_> {
    type Item = (OpIndex, Op);

    #[inline]
    fn next(&mut self) -> Option<(OpIndex, Op)> {
        loop {
            if let Piece::Op(i, op) = self.pieces.next()? {
                return Some((i, op));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Opcode;
    use proptest::prelude::*;

    /// Decodes all there is: after STOP on to the next op, over a fault by one byte.
    fn scan(bytes: &Bytes, foreign_after_stop: u64) -> (Index, Vec<Piece>) {
        let (mut index, mut told) = (Index::new(), Vec::new());
        let mut cur = Cursor::new(bytes, 0);
        loop {
            match decode(&mut cur) {
                Step::Op(op) => {
                    let i = index.push(op.span).unwrap();
                    told.push(Piece::Op(i, op));
                    if op.code == Opcode::Stop && foreign_after_stop > 0 {
                        let span = Span::at(cur.pos(), foreign_after_stop).meet(bytes.span());
                        index.push_region(span, RegionKind::Foreign(Foreign::JoblibArray));
                        cur.seek(span.end);
                    }
                }
                Step::Fault(_) => {
                    index.push_region(Span::at(cur.pos(), 1), RegionKind::Gap);
                    cur.seek(cur.pos() + 1);
                }
                Step::End => break,
            }
        }
        index.finish(bytes.len());
        (index, told)
    }

    /// To be compared: a float that is no number equals nothing, itself included.
    fn shown(what: &impl std::fmt::Debug) -> String {
        format!("{what:?}")
    }

    fn check(data: Vec<u8>, foreign: u64, probes: &[u64]) {
        let bytes = Bytes::from_vec(data);
        let (index, told) = scan(&bytes, foreign);
        // All pieces tile the bytes.
        let mut at = 0;
        let mut ops = 0;
        for piece in index.pieces(bytes.span(), &bytes) {
            assert_eq!(piece.span().start, at);
            assert!(!piece.span().is_empty());
            at = piece.span().end;
            match piece {
                Piece::Op(i, _) => {
                    assert_eq!(shown(&piece), shown(&told[ops]));
                    assert_eq!(i.0 as usize, ops);
                    ops += 1;
                }
                Piece::Region(i, r) => {
                    assert_eq!(index.regions()[i], r);
                    assert_eq!(r.before.0 as usize, ops);
                }
            }
        }
        assert_eq!((at, ops), (bytes.len(), told.len()));
        assert_eq!(index.count() as usize, told.len());
        // Any byte, any op and any range from the middle agree with the whole.
        for probe in probes {
            let at = probe % (bytes.len() + 2);
            let all: Vec<Piece> = index.pieces(bytes.span(), &bytes).collect();
            let holds = all.iter().find(|p| p.span().contains(at)).copied();
            assert_eq!(shown(&index.piece_at(at, &bytes)), shown(&holds));
            assert_eq!(index.owner(at, &bytes).is_some(), at < bytes.len());
            let range = Span::at(at, probe >> 32 & 0x3ff);
            let part: Vec<Piece> = all.iter().filter(|p| !p.span().meet(range).is_empty()).copied().collect();
            assert_eq!(shown(&index.pieces(range, &bytes).collect::<Vec<_>>()), shown(&part));
            let n = OpIndex(u32::try_from(probe % (ops as u64 + 2)).unwrap());
            let op = told.get(n.0 as usize).map(|p| p.span().start);
            assert_eq!(index.offset_of(n, &bytes), op);
            let rest: Vec<_> = index.iter_from(n, &bytes).take(600).map(|(i, op)| Piece::Op(i, op)).collect();
            let own: Vec<_> = told.get(n.0 as usize..).unwrap_or(&[]).iter().take(600).copied().collect();
            assert_eq!(shown(&rest), shown(&own));
        }
    }

    fn ops_mostly() -> impl Strategy<Value = Vec<u8>> {
        let codes: Vec<u8> = Opcode::ALL.iter().map(|c| c.info().code).collect();
        let byte = prop_oneof![6 => prop::sample::select(codes), 2 => 0_u8..4, 1 => Just(b'\n'), 1 => any::<u8>()];
        prop::collection::vec(byte, 0..3000)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pieces_tile_any_bytes(data in prop::collection::vec(any::<u8>(), 0..3000), probes: [u64; 8]) {
            check(data, 0, &probes);
        }

        #[test]
        fn pieces_tile_what_looks_like_pickles(data in ops_mostly(), foreign in 0_u64..40, probes: [u64; 8]) {
            check(data, foreign, &probes);
        }
    }

    #[test]
    fn far_payloads_have_checkpoints_of_their_own() {
        let mut data = Vec::new();
        for _ in 0..300 {
            data.extend_from_slice(b"B\0\0\x01\0");
            data.resize(data.len() + (1 << 16), 7);
            data.push(b'0');
        }
        let bytes = Bytes::from_vec(data);
        let (index, told) = scan(&bytes, 0);
        assert!(index.checkpoints.len() >= 300);
        assert_eq!(index.op(OpIndex(598), &bytes).map(Piece::from_op), Some(told[598].span()));
        let plain = Bytes::from_vec(vec![b'N'; 100_000]);
        let (index, _) = scan(&plain, 0);
        assert!(index.memory() < 100_000 / 8);
        assert_eq!(index.at_offset(77_777, &plain), Some(OpIndex(77_777)));
    }

    impl Piece {
        fn from_op(op: Op) -> Span {
            op.span
        }
    }

    #[test]
    fn parts_of_ops() {
        let owner = |data: &[u8]| {
            let bytes = Bytes::from_vec(data.to_vec());
            let (index, _) = scan(&bytes, 0);
            (0..bytes.len())
                .map(|i| match index.owner(i, &bytes) {
                    Some(Owner::Op(_, part)) => part,
                    other => panic!("{other:?}"),
                })
                .collect::<Vec<_>>()
        };
        use Part::*;
        assert_eq!(owner(b"T\x01\0\0\0a"), [Opcode, Length, Length, Length, Length, Payload]);
        assert_eq!(owner(b"ca\nb\n"), [Opcode, Line, Line, SecondLine, SecondLine]);
        assert_eq!(owner(b"M\0\0I1\n"), [Opcode, Number, Number, Opcode, Line, Line]);
    }

    #[test]
    fn an_op_that_overlaps_is_refused() {
        let mut index = Index::new();
        assert_eq!(index.push(Span::new(3, 5)), Some(OpIndex(0)));
        assert_eq!(index.push(Span::new(4, 6)), None);
        index.push_region(Span::new(4, 9), RegionKind::Fault);
        assert_eq!(index.push(Span::new(9, 10)), Some(OpIndex(1)));
        let spans: Vec<_> = index.regions().iter().map(|r| (r.span, r.kind, r.before.0)).collect();
        assert_eq!(spans, [(Span::new(0, 3), RegionKind::Gap, 0), (Span::new(5, 9), RegionKind::Fault, 1)]);
    }
}
