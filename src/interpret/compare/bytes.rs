//! The bytes of two parts, beside each other: which stand at the same place, and which differ.
//! Must never hold the bytes themselves: they are read where they are shown.

use crate::source::{Bytes, Span};

/// Bytes that are compared at a time.
const BLOCK: usize = 1 << 16;
/// Equal bytes between two that differ which are told with them.
const GAP: u64 = 4;
/// Runs that are told apart; what follows is one run.
const RUNS: usize = 1 << 16;
/// Pairs of bytes that are weighed to find what was put in or left out.
const WEIGHED: usize = 1 << 20;

/// A run of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its first place.
    pub at: u64,
    /// Bytes of the first part; may be fewer than those of the second, or none.
    pub a: Span,
    /// Bytes of the second.
    pub b: Span,
    /// All are equal.
    pub same: bool,
}

impl Run {
    /// Places that it takes.
    pub fn len(&self) -> u64 {
        self.a.len().max(self.b.len())
    }

    /// It takes none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Two runs of bytes on one row of places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BytesBeside {
    /// Both, whole.
    pub spans: [Span; 2],
    /// What stands where, in order: the runs tile both.
    pub runs: Vec<Run>,
    /// Places in all.
    pub places: u64,
    /// Places at which the bytes differ, or stand in one alone.
    pub differing: u64,
    /// Not all was compared.
    pub partial: bool,
}

impl BytesBeside {
    /// The offsets of the bytes at a place, each in its own member.
    pub fn at(&self, place: u64) -> [Option<u64>; 2] {
        let n = self.runs.partition_point(|r| r.at <= place);
        let Some(run) = n.checked_sub(1).and_then(|i| self.runs.get(i)) else { return [None; 2] };
        let by = place - run.at;
        [run.a, run.b].map(|s| s.start.checked_add(by).filter(|o| s.contains(*o)))
    }

    /// The first place of the next run that differs, from a place on.
    pub fn next(&self, from: u64) -> Option<u64> {
        let n = self.runs.partition_point(|r| r.at < from);
        self.runs.get(n..)?.iter().find(|r| !r.same).map(|r| r.at)
    }

    /// The first place of the run before a place that differs.
    pub fn before(&self, from: u64) -> Option<u64> {
        let n = self.runs.partition_point(|r| r.at < from);
        self.runs.get(..n)?.iter().rev().find(|r| !r.same).map(|r| r.at)
    }

    /// Bytes that it takes in memory, roughly.
    pub fn memory(&self) -> u64 {
        (self.runs.len() * size_of::<Run>()) as u64
    }

    fn push(&mut self, a: u64, b: u64, same: bool) {
        let (from, to) = self.runs.last().map_or((self.spans[0].start, self.spans[1].start), |r| (r.a.end, r.b.end));
        if a == 0 && b == 0 {
            return;
        }
        if let Some(last) = self.runs.last_mut()
            && last.same == same
            && last.a.len() == last.b.len()
        {
            last.a.end = last.a.end.saturating_add(a);
            last.b.end = last.b.end.saturating_add(b);
        } else {
            let at = self.places;
            self.runs.push(Run { at, a: Span::at(from, a), b: Span::at(to, b), same });
        }
        self.places = self.places.saturating_add(a.max(b));
    }

    /// So many equal bytes, then so many that differ.
    fn both(&mut self, same: u64, other: u64) {
        // A few equal bytes between others are part of one difference.
        let near = same < GAP && other > 0 && self.runs.last().is_some_and(|r| !r.same && r.a.len() == r.b.len());
        if near || self.runs.len() >= RUNS {
            let n = same.saturating_add(other);
            self.push(n, n, false);
        } else {
            self.push(same, same, true);
            self.push(other, other, false);
        }
        self.differing = self.differing.saturating_add(other);
    }
}

/// Puts two runs of bytes beside each other: place by place where they are of one length, else what was put in or left out
/// is looked for. `go_on` is asked now and then.
pub fn beside(a: (&Bytes, Span), b: (&Bytes, Span), go_on: &dyn Fn() -> bool) -> BytesBeside {
    let (s, t) = (a.1.meet(a.0.span()), b.1.meet(b.0.span()));
    let mut out = BytesBeside { spans: [s, t], ..BytesBeside::default() };
    if s.len() == t.len() {
        by_place(&mut out, (a.0, s), (b.0, t), go_on);
        return out;
    }
    let head = alike(a.0, s, b.0, t, false, go_on);
    let (p, q) = (Span::new(s.start + head, s.end), Span::new(t.start + head, t.end));
    let tail = alike(a.0, p, b.0, q, true, go_on);
    out.partial |= !go_on();
    let (p, q) = (Span::new(p.start, p.end - tail), Span::new(q.start, q.end - tail));
    out.push(head, head, true);
    let weighed =
        !p.is_empty() && !q.is_empty() && usize::try_from(p.len().saturating_mul(q.len())).is_ok_and(|n| n <= WEIGHED);
    if weighed {
        by_content(&mut out, &a.0.read(p, WEIGHED), &b.0.read(q, WEIGHED));
    } else {
        let n = p.len().min(q.len());
        by_place(&mut out, (a.0, Span::at(p.start, n)), (b.0, Span::at(q.start, n)), go_on);
        out.push(p.len() - n, q.len() - n, false);
        out.differing = out.differing.saturating_add(p.len().max(q.len()) - n);
    }
    out.push(tail, tail, true);
    out
}

/// How many bytes are equal from the beginning, or from the end.
fn alike(a: &Bytes, s: Span, b: &Bytes, t: Span, back: bool, go_on: &dyn Fn() -> bool) -> u64 {
    let most = s.len().min(t.len());
    let mut n = 0;
    while n < most && go_on() {
        let step = (most - n).min(BLOCK as u64);
        let part = |s: Span| if back { Span::new(s.end - n - step, s.end - n) } else { Span::at(s.start + n, step) };
        let (p, q) = (a.read(part(s), BLOCK), b.read(part(t), BLOCK));
        let pairs = p.iter().zip(&q);
        let same = if back {
            p.iter().rev().zip(q.iter().rev()).take_while(|(x, y)| x == y).count()
        } else {
            pairs.take_while(|(x, y)| x == y).count()
        };
        n += same as u64;
        if (same as u64) < step {
            break;
        }
    }
    n
}

/// As many bytes of one as of the other.
fn by_place(out: &mut BytesBeside, (a, s): (&Bytes, Span), (b, t): (&Bytes, Span), go_on: &dyn Fn() -> bool) {
    let (mut same, mut other, mut at) = (0_u64, 0_u64, 0_u64);
    while at < s.len() {
        if !go_on() {
            out.partial = true;
            break;
        }
        let read = |bytes: &Bytes, span: Span| bytes.read(Span::new(span.start + at, span.end), BLOCK);
        let (p, q) = (read(a, s), read(b, t));
        if p.is_empty() || p.len() != q.len() {
            out.partial = true;
            break;
        }
        if p == q && other == 0 {
            same += p.len() as u64;
        } else {
            for (x, y) in p.iter().zip(&q) {
                if x != y {
                    other += 1;
                } else if other > 0 {
                    out.both(same, other);
                    (same, other) = (1, 0);
                } else {
                    same += 1;
                }
            }
        }
        at += p.len() as u64;
    }
    out.both(same, other);
    let left = s.len() - at;
    out.push(left, left, false);
}

/// The longest bytes that both have in common stand at the same places.
fn by_content(out: &mut BytesBeside, p: &[u8], q: &[u8]) {
    let (n, m) = (p.len(), q.len());
    let wide = m + 1;
    // common[i][j]: bytes in common of what follows i in one and j in the other
    let mut common = vec![0_u16; (n + 1) * wide];
    let cell = |common: &[u16], i: usize, j: usize| common.get(i * wide + j).copied().unwrap_or(0);
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let value = if p.get(i) == q.get(j) {
                cell(&common, i + 1, j + 1).saturating_add(1)
            } else {
                cell(&common, i + 1, j).max(cell(&common, i, j + 1))
            };
            if let Some(c) = common.get_mut(i * wide + j) {
                *c = value;
            }
        }
    }
    let mut parts: Vec<(u64, u64, bool)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < n || j < m {
        let (a, b, same) = if i < n && j < m && p.get(i) == q.get(j) {
            (1, 1, true)
        } else if j >= m || i < n && cell(&common, i + 1, j) >= cell(&common, i, j + 1) {
            (1, 0, false)
        } else {
            (0, 1, false)
        };
        (i, j) = (i + a, j + b);
        match parts.last_mut().filter(|l| l.2 == same) {
            Some(last) => (last.0, last.1) = (last.0 + a as u64, last.1 + b as u64),
            None => parts.push((a as u64, b as u64, same)),
        }
    }
    // One or two equal bytes amid others are chance.
    let last = parts.len().saturating_sub(1);
    let mut open = (0, 0);
    for (k, (a, b, same)) in parts.into_iter().enumerate() {
        if same && (a > 2 || k == 0 || k == last) {
            out.push(open.0, open.1, false);
            out.differing += open.0.max(open.1);
            open = (0, 0);
            out.push(a, b, true);
        } else {
            open = (open.0 + a, open.1 + b);
        }
    }
    out.push(open.0, open.1, false);
    out.differing += open.0.max(open.1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &[u8], b: &[u8]) -> BytesBeside {
        let (x, y) = (Bytes::from_vec(a.to_vec()), Bytes::from_vec(b.to_vec()));
        let found = beside((&x, x.span()), (&y, y.span()), &|| true);
        // The runs tile both, in order.
        let (mut i, mut j, mut at) = (0, 0, 0);
        for r in &found.runs {
            assert_eq!((r.a.start, r.b.start, r.at), (i, j, at));
            (i, j, at) = (r.a.end, r.b.end, at + r.len());
            let same = a[r.a.start as usize..r.a.end as usize] == b[r.b.start as usize..r.b.end as usize];
            assert!(!r.same || same);
        }
        assert_eq!((i, j, at), (a.len() as u64, b.len() as u64, found.places));
        found
    }

    #[test]
    fn bytes_of_one_length_stand_place_by_place() {
        let found = of(b"0123456789abcdef", b"0123x56789abcdeF");
        assert_eq!(found.differing, 2);
        assert_eq!((found.next(0), found.next(5), found.before(15)), (Some(4), Some(15), Some(4)));
        assert_eq!(found.at(15), [Some(15), Some(15)]);
        assert_eq!(of(b"same", b"same").differing, 0);
        // near ones are one
        assert_eq!(of(b"a..b......", b"A..B......").runs.len(), 2);
    }

    #[test]
    fn what_was_put_in_moves_what_follows() {
        let found = of(b"K\x07K\x08hello world", b"K\x07M\x10\x27hello world");
        assert_eq!(found.runs.len(), 3);
        assert!(found.runs[0].same && !found.runs[1].same && found.runs[2].same);
        assert_eq!((found.runs[1].a.len(), found.runs[1].b.len(), found.differing), (2, 3, 3));
        assert_eq!(found.at(5), [Some(4), Some(5)]);
        assert_eq!(found.at(4), [None, Some(4)]);
        let cut = of(b"abcdefgh", b"abc");
        assert_eq!((cut.differing, cut.at(3)), (5, [Some(3), None]));
        of(b"", b"xyz");
        of(b"the quick brown fox", b"a quick red foxes");
    }

    #[test]
    fn long_ones_are_weighed_no_further_than_is_sensible() {
        let a = vec![7_u8; 300_000];
        let mut b = a.clone();
        b.insert(5, 1);
        let found = of(&a, &b);
        assert!(found.places >= 300_001 && found.differing >= 1);
        let mut c = a.clone();
        (c[100_000], c[250_000]) = (1, 1);
        assert_eq!(of(&a, &c).differing, 2);
    }
}
