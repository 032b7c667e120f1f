//! What is different between two values, by structure first: parts that were added, removed or changed, each with its
//! path; arrays by figures of their elements. Loops with their own stack, cycles expected; nothing is called.

mod arrays;
mod bytes;
mod files;

use super::children::{Children, seg_text};
use super::types::{Body, Cx, Seg};
use super::{meaning, repr};
use crate::machine::{Handle, Node, Target, TextForm, Value};
use crate::source::{Span, limits::Budget};
pub use arrays::ArrayDifference;
pub use bytes::{BytesBeside, Run, beside};
pub use files::{Pair, Part, PickleAt, pairs};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Differences that are listed; the rest are counted.
const LISTED: usize = 5_000;
/// Entries of one container that are matched by key.
const MATCHED: u64 = 2_000_000;
/// Bytes of a text that are compared at a time.
const BLOCK: usize = 1 << 16;
/// Characters of a value that are shown.
const SHOWN: usize = 120;

/// A value and where it is.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Its surroundings.
    pub cx: Cx<'a>,
    /// The value.
    pub root: Handle,
}

/// How two parts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Both have it, and it is another.
    Changed,
}

impl Change {
    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Difference {
    /// From the two roots, as Python writes it; empty for the roots themselves.
    pub path: String,
    /// How they differ.
    pub change: Change,
    /// The part of the first.
    pub a: Option<Handle>,
    /// The part of the second.
    pub b: Option<Handle>,
    /// The first, in a few words.
    pub old: String,
    /// The second, in a few words.
    pub new: String,
    /// For arrays of one shape: by how much.
    pub array: Option<ArrayDifference>,
}

/// What a comparison came to.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// What is different, in the order of the first.
    pub found: Vec<Difference>,
    /// Differences in all, listed or not: added, removed, changed.
    pub counts: [u64; 3],
    /// Pairs of values that were looked at.
    pub looked_at: u64,
    /// It was stopped, or there was too much: there may be more.
    pub partial: bool,
}

impl Comparison {
    /// Nothing is different.
    pub fn is_equal(&self) -> bool {
        self.counts == [0; 3] && !self.partial
    }

    /// Bytes that it takes in memory, roughly.
    pub fn memory(&self) -> u64 {
        self.found.iter().map(|d| (d.path.len() + d.old.len() + d.new.len() + 200) as u64).sum()
    }
}

/// Compares two values. `budget` counts pairs; `go_on` is asked now and then.
pub fn compare(a: Side<'_>, b: Side<'_>, budget: &Budget, go_on: &dyn Fn() -> bool) -> Comparison {
    let mut walk = Walk {
        a: a.cx.quick(),
        b: b.cx.quick(),
        budget,
        go_on,
        out: Comparison::default(),
        seen: HashSet::new(),
        places: Vec::new(),
        open: Vec::new(),
    };
    walk.pair(a.root, b.root, None, String::new);
    while let Some((x, y, place)) = walk.open.pop() {
        if !walk.tick() {
            break;
        }
        walk.parts(x, y, place);
    }
    let mut out = walk.out;
    // Containers were opened last first.
    out.found.sort_by_key(|d| d.a.or(d.b).map_or(0, |h| order(&a.cx, &b.cx, d, h)));
    out
}

/// What is told of a pickle that only one file has.
pub fn only_in_one(a: Option<Side<'_>>, b: Option<Side<'_>>) -> Comparison {
    let mut out = Comparison::default();
    let mut tell = |side: Side<'_>, change: Change| {
        let text = shown(&side.cx.quick(), side.root);
        let (a, b) = if change == Change::Removed { (Some(side.root), None) } else { (None, Some(side.root)) };
        let (old, new) = if a.is_some() { (text, String::new()) } else { (String::new(), text) };
        out.counts = if a.is_some() { [0, 1, 0] } else { [1, 0, 0] };
        out.found.push(Difference { path: String::new(), change, a, b, old, new, array: None });
    };
    match (a, b) {
        (Some(a), None) => tell(a, Change::Removed),
        (None, Some(b)) => tell(b, Change::Added),
        _ => {}
    }
    out
}

/// Where in its file a difference stands.
fn order(a: &Cx<'_>, b: &Cx<'_>, d: &Difference, h: Handle) -> u64 {
    let cx = if d.a.is_some() { a } else { b };
    u64::from(cx.stream.graph.made(h).0)
}

struct Walk<'a, 'b> {
    a: Cx<'a>,
    b: Cx<'b>,
    budget: &'b Budget,
    go_on: &'b dyn Fn() -> bool,
    out: Comparison,
    /// Pairs of built values that were met: both may hold themselves.
    seen: HashSet<(Handle, Handle)>,
    /// Steps to containers: the step before, and the label.
    places: Vec<(Option<usize>, String)>,
    open: Vec<(Handle, Handle, Option<usize>)>,
}

impl Walk<'_, '_> {
    fn tick(&mut self) -> bool {
        self.out.looked_at += 1;
        let on = self.budget.charge(1) && (!self.out.looked_at.is_multiple_of(256) || (self.go_on)());
        self.out.partial |= !on;
        on
    }

    fn path(&self, place: Option<usize>, label: &str) -> String {
        let mut parts = vec![label];
        let mut at = place;
        while let Some((before, label)) = at.and_then(|i| self.places.get(i)) {
            parts.push(label);
            at = *before;
        }
        parts.reverse();
        parts.concat()
    }

    fn tell(&mut self, place: Option<usize>, label: &str, change: Change, a: Option<Handle>, b: Option<Handle>) {
        self.tell_more(place, label, change, a, b, None);
    }

    fn tell_more(
        &mut self,
        place: Option<usize>,
        label: &str,
        change: Change,
        a: Option<Handle>,
        b: Option<Handle>,
        array: Option<ArrayDifference>,
    ) {
        let count = match change {
            Change::Added => &mut self.out.counts[0],
            Change::Removed => &mut self.out.counts[1],
            Change::Changed => &mut self.out.counts[2],
        };
        *count += 1;
        if self.out.found.len() >= LISTED {
            return;
        }
        let old = a.map(|h| shown(&self.a, h)).unwrap_or_default();
        let new = b.map(|h| shown(&self.b, h)).unwrap_or_default();
        let path = self.path(place, label);
        self.out.found.push(Difference { path, change, a, b, old, new, array });
    }

    /// Two values at the same place.
    fn pair(&mut self, x: Handle, y: Handle, place: Option<usize>, label: impl Fn() -> String) {
        if x.as_node().is_none() || y.as_node().is_none() {
            let equal = match (x.as_node(), y.as_node()) {
                (None, None) => scalars_equal(&self.a, x, &self.b, y),
                // Text against an object that means bytes, and the like: by what they mean.
                _ => false,
            };
            if !equal && !self.mean_the_same(x, y) {
                self.tell(place, &label(), Change::Changed, Some(x), Some(y));
            }
            return;
        }
        if self.seen.insert((x, y)) {
            let i = self.places.len();
            self.places.push((place, label()));
            self.open.push((x, y, Some(i)));
        }
    }

    /// Protocols write bytes and numbers in different ways.
    fn mean_the_same(&self, x: Handle, y: Handle) -> bool {
        if x.as_node().is_none() == y.as_node().is_none() {
            return false;
        }
        let (m, n) = (meaning(&self.a, x), meaning(&self.b, y));
        let leaf = |b: &Body| !matches!(b, Body::Object | Body::Array(_) | Body::Frame(_));
        m.kind == n.kind && leaf(&m.body) && repr(&self.a, x, BLOCK) == repr(&self.b, y, BLOCK)
    }

    /// Two built values and their parts.
    fn parts(&mut self, x: Handle, y: Handle, place: Option<usize>) {
        let (m, n) = (meaning(&self.a, x), meaning(&self.b, y));
        if m.kind != n.kind {
            return self.tell(place, "", Change::Changed, Some(x), Some(y));
        }
        if let (Some(p), Some(q)) = (m.body.array(), n.body.array())
            && p.objects.is_none()
            && q.objects.is_none()
        {
            let (p, q) = match (p.deferred, q.deferred) {
                (false, false) => (p.array.clone(), q.array.clone()),
                // Escaped text is read here: it is not a row that waits.
                _ => {
                    let full = |cx: &Cx<'_>, h| {
                        let mut cx = *cx;
                        cx.thorough = true;
                        meaning(&cx, h).body.array().map(|a| a.array.clone())
                    };
                    match (full(&self.a, x), full(&self.b, y)) {
                        (Some(p), Some(q)) => (p, q),
                        _ => return self.tell(place, "", Change::Changed, Some(x), Some(y)),
                    }
                }
            };
            match arrays::differ(&p, &q, self.go_on) {
                arrays::Verdict::Equal => {}
                arrays::Verdict::Other => self.tell(place, "", Change::Changed, Some(x), Some(y)),
                arrays::Verdict::By(d) => {
                    self.out.partial |= d.partial;
                    self.tell_more(place, "", Change::Changed, Some(x), Some(y), Some(d));
                }
            }
            return;
        }
        let (c, d) = (Children::new(self.a, x), Children::new(self.b, y));
        if c.is_empty() && d.is_empty() {
            let same = match (self.a.node(x), self.b.node(y)) {
                (Some(Node::Call(_)), Some(Node::Call(_))) => repr(&self.a, x, BLOCK) == repr(&self.b, y, BLOCK),
                _ => m.short == n.short,
            };
            if !same {
                self.tell(place, "", Change::Changed, Some(x), Some(y));
            }
            return;
        }
        let set = |node: Option<&Node>| matches!(node, Some(Node::Set(_) | Node::FrozenSet(_)));
        if set(self.a.node(x)) && set(self.b.node(y)) {
            return self.members(&c, &d, place);
        }
        match (c.step(0), d.step(0)) {
            (Some((Seg::Index(_), _)), _) | (_, Some((Seg::Index(_), _))) => self.sequence(&c, &d, place),
            _ => self.by_label(&c, &d, place),
        }
    }

    /// Items of a set, which have no places.
    fn members(&mut self, c: &Children<'_>, d: &Children<'_>, place: Option<usize>) {
        let texts = |cx: &Cx<'_>, c: &Children<'_>| -> HashMap<String, Handle> {
            (0..c.len().min(MATCHED)).filter_map(|i| c.handle(i)).map(|h| (repr(cx, h, 300), h)).collect()
        };
        let (left, right) = (texts(&self.a, c), texts(&self.b, d));
        for (text, h) in &left {
            if !right.contains_key(text) {
                self.tell(place, &format!("{{{text}}}"), Change::Removed, Some(*h), None);
            }
        }
        for (text, h) in &right {
            if !left.contains_key(text) {
                self.tell(place, &format!("{{{text}}}"), Change::Added, None, Some(*h));
            }
        }
    }

    /// Items by number: what begins and what ends alike is matched, the rest in order.
    fn sequence(&mut self, c: &Children<'_>, d: &Children<'_>, place: Option<usize>) {
        let (n, m) = (c.len(), d.len());
        let (mut head, mut tail) = (0, 0);
        if n != m {
            let alike = |i: u64, k: u64| match (c.handle(i), d.handle(k)) {
                (Some(x), Some(y)) => digest(&self.a, x) == digest(&self.b, y),
                _ => false,
            };
            let most = n.min(m);
            while head < most && head < MATCHED && alike(head, head) {
                head += 1;
            }
            while tail < most - head && tail < MATCHED && alike(n - 1 - tail, m - 1 - tail) {
                tail += 1;
            }
        }
        let middle = (n - head - tail).min(m - head - tail);
        for i in 0..head + middle {
            if !self.tick() {
                return;
            }
            self.step(c, i, d, i, place);
        }
        for i in head + middle..n - tail {
            if let Some((seg, h)) = c.step(i) {
                self.tell(place, &seg_text(&self.a, &seg, SHOWN), Change::Removed, Some(h), None);
            }
            if !self.tick() {
                return;
            }
        }
        for i in head + middle..m - tail {
            if let Some((seg, h)) = d.step(i) {
                self.tell(place, &seg_text(&self.b, &seg, SHOWN), Change::Added, None, Some(h));
            }
            if !self.tick() {
                return;
            }
        }
        for k in 0..tail {
            if !self.tick() {
                return;
            }
            self.step(c, n - tail + k, d, m - tail + k, place);
        }
    }

    fn step(&mut self, c: &Children<'_>, i: u64, d: &Children<'_>, k: u64, place: Option<usize>) {
        if let (Some(x), Some(y)) = (c.handle(i), d.handle(k)) {
            let cx = self.a;
            self.pair(x, y, place, || c.step(i).map_or(String::new(), |(seg, _)| seg_text(&cx, &seg, SHOWN)));
        }
    }

    /// Parts by their keys and names.
    fn by_label(&mut self, c: &Children<'_>, d: &Children<'_>, place: Option<usize>) {
        let mut i = 0;
        // Most pairs have their keys in the same order.
        while i < c.len().min(d.len()) {
            let (Some((s, x)), Some((t, y))) = (c.step(i), d.step(i)) else { break };
            let same = match (&s, &t) {
                (Seg::Key(k), Seg::Key(l)) if k.as_node().is_none() && l.as_node().is_none() => {
                    scalars_equal(&self.a, *k, &self.b, *l)
                }
                _ => seg_text(&self.a, &s, 300) == seg_text(&self.b, &t, 300),
            };
            if !same {
                break;
            }
            if !self.tick() {
                return;
            }
            let cx = self.a;
            self.pair(x, y, place, || seg_text(&cx, &s, SHOWN));
            i += 1;
        }
        let rest = d.len().saturating_sub(i);
        if rest > MATCHED || c.len().saturating_sub(i) > MATCHED {
            self.out.partial = true;
        }
        let mut right: HashMap<String, u64> = HashMap::new();
        for k in i..i + rest.min(MATCHED) {
            if let Some((seg, _)) = d.step(k) {
                right.insert(seg_text(&self.b, &seg, 300), k);
            }
        }
        for k in i..c.len().min(i.saturating_add(MATCHED)) {
            if !self.tick() {
                return;
            }
            let Some((seg, x)) = c.step(k) else { continue };
            let label = seg_text(&self.a, &seg, 300);
            match right.remove(&label).and_then(|at| d.handle(at)) {
                Some(y) => self.pair(x, y, place, || label.clone()),
                None => self.tell(place, &label, Change::Removed, Some(x), None),
            }
        }
        let mut added: Vec<(u64, String)> = right.into_iter().map(|(label, at)| (at, label)).collect();
        added.sort_unstable();
        for (at, label) in added {
            self.tell(place, &label, Change::Added, None, d.handle(at));
        }
    }
}

fn shown(cx: &Cx<'_>, h: Handle) -> String {
    if h.as_node().is_none() {
        return repr(cx, h, SHOWN);
    }
    let m = meaning(cx, h);
    if m.short.is_empty() { m.kind } else { m.short }
}

/// Two scalars, of whatever opcodes.
fn scalars_equal(a: &Cx<'_>, x: Handle, b: &Cx<'_>, y: Handle) -> bool {
    match (a.value(x), b.value(y)) {
        (Value::Float(p), Value::Float(q)) => p.to_bits() == q.to_bits() || p.is_nan() && q.is_nan(),
        (Value::Str(f, s), Value::Str(g, t)) => texts_equal(a, (f, s), b, (g, t)),
        (Value::Legacy(f, s), Value::Legacy(g, t)) => texts_equal(a, (f, s), b, (g, t)),
        (Value::Bytes(s), Value::Bytes(t)) | (Value::ByteArray(s), Value::ByteArray(t)) => bytes_equal(a, s, b, t),
        (p @ (Value::Int(_) | Value::Long(..)), q @ (Value::Int(_) | Value::Long(..))) => match (p, q) {
            (Value::Int(p), Value::Int(q)) => p == q,
            _ => match (a.big(x), b.big(y)) {
                (Some(p), Some(q)) => p == q,
                _ => repr(a, x, BLOCK) == repr(b, y, BLOCK),
            },
        },
        (p, q) => p == q,
    }
}

fn texts_equal(a: &Cx<'_>, x: (TextForm, Span), b: &Cx<'_>, y: (TextForm, Span)) -> bool {
    if x.0 == y.0 && matches!(x.0, TextForm::Utf8 | TextForm::Raw) {
        return bytes_equal(a, x.1, b, y.1);
    }
    a.stream.text(x.0, x.1, 1 << 24).text == b.stream.text(y.0, y.1, 1 << 24).text
}

fn bytes_equal(a: &Cx<'_>, s: Span, b: &Cx<'_>, t: Span) -> bool {
    if s.len() != t.len() {
        return false;
    }
    let mut at = 0;
    while at < s.len() {
        let read = |cx: &Cx<'_>, span: Span| cx.stream.bytes.read(Span::new(span.start + at, span.end), BLOCK);
        let (p, q) = (read(a, s), read(b, t));
        if p != q {
            return false;
        }
        if p.is_empty() {
            break;
        }
        at += p.len() as u64;
    }
    true
}

/// A number that is equal for equal values, and for nearly all others is not: looks a few steps deep.
fn digest(cx: &Cx<'_>, h: Handle) -> u64 {
    let mut hash = DefaultHasher::new();
    let mut open = vec![(h, 0_u8)];
    let mut left = 64;
    while let Some((h, depth)) = open.pop() {
        if left == 0 {
            break;
        }
        left -= 1;
        match h.target() {
            Target::Op(_) => repr(cx, h, SHOWN).hash(&mut hash),
            Target::Node(_) => {
                let m = meaning(cx, h);
                (m.kind, m.short).hash(&mut hash);
                let c = Children::new(*cx, h);
                c.len().hash(&mut hash);
                if depth < 3 {
                    open.extend((0..c.len().min(8)).filter_map(|i| Some((c.handle(i)?, depth + 1))));
                }
            }
        }
    }
    hash.finish()
}
