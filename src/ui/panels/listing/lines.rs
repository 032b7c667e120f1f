//! The lines of the listing by number: ops, the bytes between them, and where a pickle begins where there are several.
//! Must never go through them: a line is found by bisection, whatever its number.

use crate::machine::{Pickle, Stream};
use crate::ops::{OpIndex, Region};
use crate::session::Item;

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// An op.
    Op(OpIndex),
    /// Bytes that are no op, by number.
    Region(usize),
    /// A pickle begins here, by number.
    Pickle(usize),
}

/// All lines of a member.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    ops: u32,
    regions: &'a [Region],
    pickles: &'a [Pickle],
}

impl<'a> Lines<'a> {
    /// The lines of a stream.
    pub fn new(stream: &'a Stream) -> Self {
        let pickles = if stream.pickles.len() > 1 { stream.pickles.as_slice() } else { &[] };
        Self { ops: stream.index.count(), regions: stream.index.regions(), pickles }
    }

    /// Number of lines.
    pub const fn count(&self) -> u64 {
        self.ops as u64 + self.regions.len() as u64 + self.pickles.len() as u64
    }

    /// Regions and pickles that stand at or before an op.
    fn extras(&self, op: u32) -> (usize, usize) {
        (self.regions.partition_point(|r| r.before.0 <= op), self.pickles.partition_point(|p| p.first.0 <= op))
    }

    /// The line of an op.
    pub fn of_op(&self, op: OpIndex) -> u64 {
        let (regions, pickles) = self.extras(op.0);
        u64::from(op.0) + (regions + pickles) as u64
    }

    /// The line of a region.
    pub fn of_region(&self, i: usize) -> Option<u64> {
        let before = self.regions.get(i)?.before.0;
        let pickles = self.pickles.partition_point(|p| p.first.0 < before);
        Some(u64::from(before) + (i + pickles) as u64)
    }

    /// What stands in a line.
    pub fn at(&self, line: u64) -> Option<Line> {
        if line >= self.count() {
            return None;
        }
        // The first op at this line or below; one past the last where only bytes follow.
        let (mut low, mut high) = (0, self.ops);
        while low < high {
            let middle = u32::midpoint(low, high);
            if self.of_op(OpIndex(middle)) < line { low = middle + 1 } else { high = middle }
        }
        let own = self.of_op(OpIndex(low));
        if own == line && low < self.ops {
            return Some(Line::Op(OpIndex(low)));
        }
        // What stands right before it: first bytes, then the pickle's head.
        let back = usize::try_from(own - line).ok()?;
        let (regions, pickles) = self.extras(low);
        let heads = pickles - self.pickles.partition_point(|p| p.first.0 < low);
        if back <= heads { Some(Line::Pickle(pickles - back)) } else { Some(Line::Region(regions - (back - heads))) }
    }

    /// The line of an item.
    pub fn of_item(&self, item: &Item) -> Option<u64> {
        if let Some(op) = item.op {
            return Some(self.of_op(op));
        }
        let at = item.span?.start;
        let i = self.regions.partition_point(|r| r.span.start <= at).checked_sub(1)?;
        self.regions.get(i).filter(|r| at < r.span.end)?;
        self.of_region(i)
    }

    /// The line that the keyboard goes to instead of a pickle's head, which cannot be selected.
    pub fn selectable(&self, line: u64, down: bool) -> Option<u64> {
        let heads = |l: &u64| matches!(self.at(*l), Some(Line::Pickle(_)));
        let after = || (line..self.count()).find(|l| !heads(l));
        let before = || (0..=line).rev().find(|l| !heads(l));
        if down { after().or_else(before) } else { before().or_else(after) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::RegionKind;
    use crate::source::Span;

    fn pickle(first: u32) -> Pickle {
        Pickle { complete: true, finished: true, ..Pickle::begun(Span::at(0, 0), OpIndex(first)) }
    }

    #[test]
    fn every_line_is_found_and_finds_its_way_back() {
        let region = |n: usize, before| Region {
            span: Span::at(n as u64 * 10, 5),
            kind: RegionKind::Gap,
            before: OpIndex(before),
        };
        let regions: Vec<Region> = [0, 0, 3, 7, 9].iter().enumerate().map(|(n, b)| region(n, *b)).collect();
        let pickles: Vec<Pickle> = [0, 3, 3, 8, 9].map(pickle).into();
        let lines = Lines { ops: 9, regions: &regions, pickles: &pickles };
        let all: Vec<Line> = (0..lines.count()).map(|l| lines.at(l).unwrap()).collect();
        let mut want = Vec::new();
        for op in 0..=9 {
            want.extend(regions.iter().enumerate().filter(|(_, r)| r.before.0 == op).map(|(i, _)| Line::Region(i)));
            want.extend(pickles.iter().enumerate().filter(|(_, p)| p.first.0 == op).map(|(i, _)| Line::Pickle(i)));
            want.extend((op < 9).then_some(Line::Op(OpIndex(op))));
        }
        assert_eq!(all, want);
        for (n, line) in all.iter().enumerate() {
            match line {
                Line::Op(op) => assert_eq!(lines.of_op(*op), n as u64),
                Line::Region(i) => assert_eq!(lines.of_region(*i), Some(n as u64)),
                Line::Pickle(_) => {
                    let (up, down) = (lines.selectable(n as u64, false), lines.selectable(n as u64, true));
                    assert!(up.is_some() && down.is_some() && up != Some(n as u64) && down != Some(n as u64));
                }
            }
        }
        assert_eq!(lines.at(lines.count()), None);
    }
}
