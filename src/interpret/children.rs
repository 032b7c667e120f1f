//! The children of a value under its interpretation, with random access: attributes, keys, items, elements, arguments.
//! Never walks them; a row is decoded when it is asked for.

use super::repr::repr;
use super::types::{Child, Cx, Part, Seg};
use crate::machine::{Call, CallKind, Handle, Items, Node};
use crate::ops::OpIndex;
use crate::source::limits;

/// Characters of a row's label.
const LABEL: usize = 80;

/// The children of one value.
pub struct Children<'a> {
    cx: Cx<'a>,
    /// Runs, each with the number of children up to its end.
    runs: Vec<(Run<'a>, u64)>,
}

/// Children of one kind, numbered from 0.
enum Run<'a> {
    One(Seg, Handle),
    Index(&'a Items),
    Args(&'a Items),
    /// Elements of an array of objects, and its shape.
    Elements(&'a Items, Vec<u64>),
    /// A list of [key, value] pairs.
    PairList(&'a Items),
    /// Entries of a dict, and what a key becomes.
    Pairs(&'a Items, fn(Cx<'a>, Handle) -> Seg),
}

impl Run<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::One(..) => 1,
            Self::Index(items) | Self::Args(items) | Self::PairList(items) => items.len(),
            Self::Elements(items, shape) => {
                // NumPy ignores what the list holds beyond the shape.
                let n = shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d)).unwrap_or(u64::MAX);
                items.len().min(n)
            }
            Self::Pairs(items, _) => items.len() / 2,
        }
    }
}

/// The children of a value; finding them costs the same for ten and for ten million.
pub fn children<'a>(cx: &'a Cx<'_>, h: Handle) -> Children<'a> {
    Children::new(*cx, h)
}

impl<'a> Children<'a> {
    pub(super) fn new(cx: Cx<'a>, h: Handle) -> Self {
        let mut c = Self { cx, runs: Vec::new() };
        match super::parts(&cx, h) {
            Some(parts) => parts.into_iter().for_each(|p| c.part(p)),
            None => c.raw(h),
        }
        c
    }

    /// What it had at an op: items so far, nothing of an object that has no state yet.
    pub(super) fn at(cx: Cx<'a>, h: Handle, op: OpIndex) -> Self {
        let so_far = |run: Run<'a>, n: u64| Self { cx, runs: if n > 0 { vec![(run, n)] } else { Vec::new() } };
        match cx.node(h) {
            Some(Node::List(i) | Node::Set(i)) if i.len_at(op) < i.len() => so_far(Run::Index(i), i.len_at(op)),
            Some(Node::Dict(i)) if i.len_at(op) < i.len() => so_far(Run::Pairs(i, key_seg), i.len_at(op) / 2),
            Some(Node::Call(c)) => {
                let (list, dict) = (&c.list_items, &c.dict_items);
                if c.states.iter().any(|s| s.op > op) || list.len_at(op) < list.len() || dict.len_at(op) < dict.len() {
                    let mut now = so_far(Run::Index(list), list.len_at(op));
                    let n = dict.len_at(op) / 2;
                    if n > 0 {
                        let end = now.len().saturating_add(n);
                        now.runs.push((Run::Pairs(dict, key_seg), end));
                    }
                    return now;
                }
                Self::new(cx, h)
            }
            _ => Self::new(cx, h),
        }
    }

    /// Number of children.
    pub fn len(&self) -> u64 {
        self.runs.last().map_or(0, |(_, end)| *end)
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Child `i`.
    pub fn get(&self, i: u64) -> Option<Child> {
        let (seg, handle) = self.step(i)?;
        let label = seg_text(&self.cx, &seg, LABEL);
        Some(Child { seg, label, handle })
    }

    /// Child `i` without its label.
    pub fn step(&self, i: u64) -> Option<(Seg, Handle)> {
        let (run, i) = self.locate(i)?;
        let graph = &self.cx.stream.graph;
        Some(match run {
            Run::One(seg, h) => (seg.clone(), *h),
            Run::Index(items) => (Seg::Index(vec![i]), graph.item(items, i)?),
            Run::Args(items) => (Seg::Arg(u32::try_from(i).ok()?), graph.item(items, i)?),
            Run::Elements(items, shape) => (Seg::Index(unravel(i, shape)), graph.item(items, i)?),
            Run::PairList(items) => {
                let [key, value] = self.cx.exactly::<2>(graph.item(items, i)?)?;
                (Seg::Key(key), value)
            }
            Run::Pairs(items, seg) => {
                let key = graph.item(items, i.checked_mul(2)?)?;
                (seg(self.cx, key), graph.item(items, i.checked_mul(2)?.checked_add(1)?)?)
            }
        })
    }

    /// Child `i` alone.
    pub fn handle(&self, i: u64) -> Option<Handle> {
        let (run, i) = self.locate(i)?;
        let graph = &self.cx.stream.graph;
        match run {
            Run::One(_, h) => Some(*h),
            Run::Index(items) | Run::Args(items) | Run::Elements(items, _) => graph.item(items, i),
            Run::PairList(items) => self.cx.exactly::<2>(graph.item(items, i)?).map(|[_, value]| value),
            Run::Pairs(items, _) => graph.item(items, i.checked_mul(2)?.checked_add(1)?),
        }
    }

    /// The lists of [key, value] pairs whose values are children, with the number of children before each.
    pub(super) fn pair_lists(&self) -> impl Iterator<Item = (&'a Items, u64)> + '_ {
        let mut before = 0;
        self.runs.iter().filter_map(move |(run, end)| {
            let at = std::mem::replace(&mut before, *end);
            match run {
                Run::PairList(items) => Some((*items, at)),
                _ => None,
            }
        })
    }

    /// The dicts whose entries are children, with the number of children before each.
    pub(super) fn dicts(&self) -> impl Iterator<Item = (&'a Items, u64)> + '_ {
        let mut before = 0;
        self.runs.iter().filter_map(move |(run, end)| {
            let at = std::mem::replace(&mut before, *end);
            match run {
                Run::Pairs(items, _) => Some((*items, at)),
                _ => None,
            }
        })
    }

    /// The child that `[index]` picks, where the children are items or elements.
    pub(super) fn indexed(&self, index: &[i64]) -> Option<u64> {
        let mut before = 0;
        for (run, end) in &self.runs {
            let at = std::mem::replace(&mut before, *end);
            let n = match (run, index) {
                (Run::Index(items), [i]) => wrap(*i, items.len()),
                (Run::Elements(_, shape), _) if shape.len() == index.len() => {
                    let mut n = Some(0_u64);
                    for (i, d) in index.iter().zip(shape) {
                        n = n.zip(wrap(*i, *d)).and_then(|(n, i)| n.checked_mul(*d)?.checked_add(i));
                    }
                    n
                }
                _ => None,
            };
            if let Some(n) = n.filter(|n| *n < run.len()) {
                return Some(at + n);
            }
        }
        None
    }

    /// The children that are not items, elements or entries: few.
    pub(super) fn singles(&self) -> impl Iterator<Item = (&Seg, Handle)> {
        self.runs.iter().filter_map(|(run, _)| match run {
            Run::One(seg, h) => Some((seg, *h)),
            _ => None,
        })
    }

    fn locate(&self, i: u64) -> Option<(&Run<'a>, u64)> {
        let n = self.runs.partition_point(|(_, end)| *end <= i);
        let before = n.checked_sub(1).and_then(|k| self.runs.get(k)).map_or(0, |(_, end)| *end);
        Some((&self.runs.get(n)?.0, i - before))
    }

    fn push(&mut self, run: Run<'a>) {
        let n = run.len();
        if n > 0 {
            self.runs.push((run, self.len().saturating_add(n)));
        }
    }

    fn part(&mut self, part: Part) {
        let cx = self.cx;
        match part {
            Part::One(seg, h) => self.push(Run::One(seg, h)),
            Part::Items(h) => cx.items(h).into_iter().for_each(|i| self.push(Run::Index(i))),
            Part::Appended(h) => cx.call(h).into_iter().for_each(|c| self.push(Run::Index(&c.list_items))),
            Part::Stored(h) => cx.call(h).into_iter().for_each(|c| self.push(Run::Pairs(&c.dict_items, key_seg))),
            Part::Entries(h) => cx.dict(h).into_iter().for_each(|d| self.push(Run::Pairs(d, key_seg))),
            Part::PairList(h) => cx.items(h).into_iter().for_each(|i| self.push(Run::PairList(i))),
            Part::Attributes(h) => cx.dict(h).into_iter().for_each(|d| self.push(Run::Pairs(d, attr_seg))),
            Part::Arguments(h) => cx.call(h).into_iter().for_each(|c| self.push(Run::Args(cx.args(c)))),
            Part::Elements(list, shape) => cx.items(list).into_iter().for_each(|i| {
                self.push(Run::Elements(i, shape.clone()));
            }),
        }
    }

    /// What is there when no reader knows better.
    fn raw(&mut self, h: Handle) {
        let cx = self.cx;
        match cx.node(h) {
            None => {}
            Some(Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items)) => {
                self.push(Run::Index(items));
            }
            Some(Node::Dict(items)) => self.push(Run::Pairs(items, key_seg)),
            Some(Node::Persistent(Some(pid))) => self.push(Run::One(Seg::Pid, *pid)),
            Some(Node::ReadOnly(of)) => self.push(Run::One(Seg::Attr("obj".into()), *of)),
            Some(Node::Call(call)) => self.call(call),
            Some(
                Node::Global { .. }
                | Node::Persistent(None)
                | Node::Extension(_)
                | Node::Buffer(_)
                | Node::Content
                | Node::Lost,
            ) => {}
        }
        for state in cx.stream.graph.states(h) {
            self.state(state.value);
        }
        if let Some(extra) = cx.stream.graph.extras.get(&h) {
            self.push(Run::Index(&extra.list_items));
            self.push(Run::Pairs(&extra.dict_items, key_seg));
        }
    }

    fn call(&mut self, call: &'a Call) {
        let cx = self.cx;
        if cx.global(call.callable).is_none() {
            self.push(Run::One(Seg::Callable, call.callable));
        }
        let bare = call.states.is_empty() && call.list_items.is_empty() && call.dict_items.is_empty();
        let args = cx.args(call);
        if cx.is(call.callable, "copyreg", "_reconstructor") {
            // The third argument is the value of the built-in type that the class derives from.
            if let Some(base) = cx.arg(call, 2) {
                match cx.node(base) {
                    Some(Node::Dict(items)) => self.push(Run::Pairs(items, key_seg)),
                    Some(_) => cx.items(base).into_iter().for_each(|i| self.push(Run::Index(i))),
                    None if cx.is_none(base) => {}
                    None => self.push(Run::One(Seg::Arg(2), base)),
                }
            }
        } else if call.kind == CallKind::NewObj && bare && !args.is_empty() {
            // A namedtuple, or another class derived from tuple: the arguments are its items.
            match cx.item(args, 0).filter(|_| args.len() == 1).and_then(|only| cx.items(only)) {
                Some(inner) => self.push(Run::Index(inner)),
                None => self.push(Run::Index(args)),
            }
        } else {
            self.push(Run::Args(args));
        }
        if let Some(kwargs) = call.kwargs.and_then(|k| cx.dict(k)) {
            self.push(Run::Pairs(kwargs, |_, key| Seg::Kwarg(key)));
        }
        self.push(Run::Index(&call.list_items));
        self.push(Run::Pairs(&call.dict_items, key_seg));
    }

    fn state(&mut self, state: Handle) {
        let cx = self.cx;
        if let Some(items) = cx.dict(state) {
            return self.push(Run::Pairs(items, attr_seg));
        }
        // (attributes, slots), either of them None.
        let pair = cx.tuple(state).and_then(|_| cx.exactly::<2>(state));
        if let Some(pair) = pair.filter(|p| p.iter().all(|d| cx.is_none(*d) || cx.dict(*d).is_some())) {
            for items in pair.into_iter().filter_map(|d| cx.dict(d)) {
                self.push(Run::Pairs(items, attr_seg));
            }
            return;
        }
        self.push(Run::One(Seg::SetState, state));
    }
}

/// An index that may count from the end.
fn wrap(i: i64, len: u64) -> Option<u64> {
    if i < 0 { len.checked_sub(i.unsigned_abs()) } else { u64::try_from(i).ok().filter(|i| *i < len) }
}

fn key_seg(_: Cx<'_>, key: Handle) -> Seg {
    Seg::Key(key)
}

fn attr_seg(cx: Cx<'_>, key: Handle) -> Seg {
    match cx.name(key).filter(|n| is_identifier(n)) {
        Some(name) => Seg::Attr(name.into()),
        None => Seg::StateKey(key),
    }
}

/// Python takes it for a name.
pub(super) fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic()) && chars.all(|c| c == '_' || c.is_alphanumeric())
}

/// The index along each axis of element `n`, C order.
fn unravel(mut n: u64, shape: &[u64]) -> Vec<u64> {
    let mut index = vec![0; shape.len()];
    for (i, d) in index.iter_mut().zip(shape).rev() {
        *i = n.checked_rem(*d).unwrap_or(0);
        n = n.checked_div(*d).unwrap_or(0);
    }
    index
}

/// A step as it is written in a row.
pub fn label(cx: &Cx<'_>, seg: &Seg) -> String {
    seg_text(cx, seg, LABEL)
}

/// A step as Python writes it, cut to about `max` characters.
pub(super) fn seg_text(cx: &Cx<'_>, seg: &Seg, max: usize) -> String {
    match seg {
        Seg::Index(index) => {
            let numbers: Vec<String> = index.iter().map(u64::to_string).collect();
            match numbers.as_slice() {
                // The one element of an array without axes.
                [] => "[()]".to_owned(),
                _ => format!("[{}]", numbers.join(", ")),
            }
        }
        Seg::Key(key) => format!("[{}]", repr(cx, *key, max)),
        Seg::Attr(name) => format!(".{}", super::look::one_line(name, max)),
        Seg::Reduce => ".__reduce__".to_owned(),
        Seg::SetState => ".__setstate__".to_owned(),
        Seg::Slot(i) => format!("[{i}]"),
        Seg::Callable => ".__reduce__[0]".to_owned(),
        Seg::Args => ".__reduce__[1]".to_owned(),
        Seg::Setter => ".__reduce__[5]".to_owned(),
        Seg::Arg(i) => format!(".__reduce__[1][{i}]"),
        Seg::Kwarg(key) => format!(".__reduce__[1][{}]", repr(cx, *key, max)),
        Seg::StateKey(key) => format!(".__setstate__[{}]", repr(cx, *key, max)),
        Seg::Pending(k) => format!(".pending[{k}]"),
        Seg::Pid => ".persistent_id".to_owned(),
    }
}

/// Characters of a key within a path: enough for any key that a person would type.
pub(super) const KEY: usize = limits::SHOWN_CHARS * 10;
