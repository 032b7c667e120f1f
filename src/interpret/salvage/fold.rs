//! What is done with the values on top of a damaged pickle's stack: put into the container beneath, folded into a tuple,
//! or dropped. Must never change the stack but by the steps of [`super::stack`], each of which writes its opcode.

use super::stack::{Context, Made, Plan, SUBSTANCE, Sig};
use super::{Fate, habits};
use crate::interpret::types::Seg;
use crate::machine::{Handle, Node, Value};
use crate::source::Span;

impl Plan<'_, '_> {
    /// STACK_GLOBAL takes its module and its name from the stack: what looks like them and lies on top is not an item.
    pub(super) fn half_a_name(&mut self) {
        if self.record.is_none_or(|p| p.protocol < 4) {
            return;
        }
        let base = self.marks.last().copied().unwrap_or(0);
        let n = self.stack.len().saturating_sub(base);
        let of = |down: usize| self.top(down).filter(|_| n > down).and_then(|id| self.text(id));
        let (top, below) = (of(0), of(1));
        let pair = top.as_ref().is_some_and(|t| habits::names_a_thing(t))
            && below.as_ref().is_some_and(|m| habits::names_a_module(m));
        if pair {
            self.drop_top(2, "taken for the module and the name of a class or function, whose opcode did not come");
        } else if top.is_some_and(|t| habits::names_a_module(&t)) {
            self.drop_top(1, "taken for the module of a class or function, whose name did not come");
        }
    }

    /// An object of which only the making came, and which takes a state.
    pub(super) fn bare_object(&mut self) {
        let Some(top) = self.top(0).filter(|_| self.marks.last() != Some(&self.stack.len())) else { return };
        if self.stack.len() > 1 && self.handle(top).is_some_and(|h| self.expects_state(h)) {
            self.drop_top(1, "an object whose state did not come");
        }
    }

    /// What the values on top are to each other, without a mark between them. `false` where they are items of the frame.
    pub(super) fn local(&mut self, base: usize, n: usize) -> bool {
        let (context, target) = self.context(base);
        let Some(top) = self.top(0).filter(|_| n > 0) else { return false };
        // A callable, and up to three arguments.
        for down in 0..n.min(4) {
            let Some(id) = self.top(down).filter(|id| self.is_global(*id)) else { continue };
            let at = self.stack.len() - down - 1;
            let classes = down == 0 && self.last_item(base, at, context, target) == Some(Sig::Global);
            if classes || self.closed(id) {
                break;
            }
            self.unfinished_call(down);
            return true;
        }
        if self.is_bare_array(top) {
            self.drop_top(1, "an array whose shape and elements did not come");
            return true;
        }
        if n >= 2
            && let Some(object) = self.top(1)
            && self.state(object, top)
        {
            return true;
        }
        self.append(base, n, context, target)
            || self.setitem(base, n, context, target)
            || self.part_of_tuple(base, n, context, target)
    }

    /// A list and one value: APPEND.
    fn append(&mut self, base: usize, n: usize, context: Context, target: Option<usize>) -> bool {
        let (Some(top), Some(list)) = (self.top(0), self.top(1).filter(|_| n >= 2)) else { return false };
        let filled = self.filled_one_by_one(list, false);
        let len = match (self.open(list), filled) {
            (Some((Context::List, len)), _) | (_, Some(len)) => len,
            _ => return false,
        };
        let at = self.stack.len().saturating_sub(2);
        // In a tuple, a value of another kind than the list's is the tuple's next item.
        let odd = matches!(context, Context::Tuple | Context::Args | Context::Object)
            && match self.node(list) {
                Some(Node::List(items)) => {
                    let last = items.len().checked_sub(1).and_then(|i| self.cx.item(items, i));
                    last.is_some_and(|h| self.sig_of(h) != self.sig(top))
                }
                _ => false,
            };
        let inside = !odd && (self.by_ones(list) || filled.is_some())
            || !odd && {
                let (before, this) = (self.last_item(base, at, context, target), self.sig(top));
                match context {
                    Context::Bottom => true,
                    // As a key it would be of the others' kind.
                    Context::Dict => {
                        let place = at.saturating_sub(base);
                        let key = place.checked_sub(1).and_then(|i| self.stack.get(base + i)).map(|id| self.sig(*id));
                        place.is_multiple_of(2) || key != Some(this)
                    }
                    _ => match before {
                        Some(Sig::List) => this != Sig::List,
                        Some(before) => before != this,
                        None => true,
                    },
                }
            };
        if !inside {
            return false;
        }
        self.emit(b"a");
        self.take(1, false);
        self.adopt(top, list, Some(Seg::Index(vec![len])));
        self.close(list);
        true
    }

    /// A dict, a key and a value: SETITEM. A key alone goes.
    fn setitem(&mut self, base: usize, n: usize, context: Context, target: Option<usize>) -> bool {
        let dict_at = |down: usize| {
            self.top(down).filter(|_| n > down).filter(|d| {
                matches!(self.open(*d), Some((Context::Dict, _))) || self.filled_one_by_one(*d, true).is_some()
            })
        };
        let sibling = |down: usize| self.last_item(base, self.stack.len() - down - 1, context, target);
        if let (Some(dict), Some(key), Some(value)) = (dict_at(2), self.top(1), self.top(0)) {
            let odd = context == Context::Tuple && self.is_odd_entry(dict, key, value);
            let nested = !odd && self.by_ones(dict)
                || !odd
                    && match (context, sibling(2)) {
                        (Context::Bottom, _) => true,
                        (_, Some(Sig::Dict)) => self.sig(value) != Sig::Dict && self.sig(key) != Sig::Dict,
                        (Context::Dict, Some(before)) => before != self.sig(value) && self.sig(key) == Sig::Str,
                        (_, Some(before)) => before != self.sig(value),
                        (_, None) => self.sig(key) == Sig::Str,
                    };
            if nested && self.hashable(key) {
                self.emit(b"s");
                self.take(2, false);
                let seg = self.handle(key).map(Seg::Key);
                self.adopt(value, dict, seg);
                self.close(dict);
                return true;
            }
        }
        if let (Some(dict), Some(key)) = (dict_at(1), self.top(0)) {
            let lone = match context {
                Context::Bottom => true,
                Context::Dict => false,
                // It may as well be the tuple's next item, and as such it is not lost.
                Context::Tuple if self.by_ones(dict) => false,
                _ => self.by_ones(dict) || matches!(sibling(1), None | Some(Sig::Dict)) && self.sig(key) == Sig::Str,
            };
            if lone {
                self.drop_top(1, "a key whose value did not come");
                self.close(dict);
                return true;
            }
        }
        false
    }

    /// In a tuple, what is of another kind than the last entry of the dict before it are the tuple's next items.
    fn is_odd_entry(&self, dict: usize, key: usize, value: usize) -> bool {
        let Some(Node::Dict(items)) = self.node(dict) else { return false };
        let back = |n: u64| items.len().checked_sub(n).and_then(|i| self.cx.item(items, i)).map(|h| self.sig_of(h));
        let same = |last: Option<Sig>, id: usize| last.is_none_or(|s| s == self.sig(id));
        !(same(back(2), key) && same(back(1), value))
    }

    /// Up to three values that are a tuple in the making, as their neighbours are tuples, or as keys are text.
    fn part_of_tuple(&mut self, base: usize, n: usize, context: Context, target: Option<usize>) -> bool {
        let frame = self.stack.get(base..).unwrap_or(&[]);
        let sig = |i: usize| frame.get(i).map(|id| self.sig(*id));
        let plain = |i: usize| !matches!(sig(i), None | Some(Sig::Tuple(_)));
        let count = match context {
            Context::List | Context::Set => {
                let loose = (0..n).rev().take_while(|i| plain(*i)).count();
                match self.last_item(base, base + n - loose, context, target) {
                    Some(Sig::Tuple(m @ 1..=3)) if (1..=m).contains(&(loose as u64)) => loose,
                    _ => 0,
                }
            }
            Context::Dict => {
                let keys = |upto: usize| (0..upto).step_by(2).all(|i| sig(i) == Some(Sig::Str));
                let key = (0..n).step_by(2).rev().find(|i| sig(*i) == Some(Sig::Str) && keys(*i)).unwrap_or(n);
                let loose = n.saturating_sub(key + 1);
                let values = (key + 1..n).all(plain);
                let before = self.last_item(base, base + key, context, target);
                let odd_key = loose >= 2 && sig(key + 2) != Some(Sig::Str);
                match before {
                    Some(Sig::Tuple(m @ 1..=3)) if values && (1..=m).contains(&(loose as u64)) => loose,
                    _ if values && odd_key && loose <= 3 => loose,
                    _ => 0,
                }
            }
            _ => 0,
        };
        if count == 0 {
            return false;
        }
        let tuple = self.tuple(count, false, true);
        self.say_at(
            Fate::Guessed,
            Some(tuple),
            self.span_of_parts(tuple),
            "Taken for the first items of a tuple.".to_owned(),
        );
        true
    }

    pub(super) fn span_of_parts(&self, of: usize) -> Span {
        let parts =
            self.vals.iter().enumerate().rev().take(64).filter(|(_, v)| v.parent.as_ref().is_some_and(|p| p.0 == of));
        parts.map(|(i, _)| self.span(i)).filter(|s| !s.is_empty()).reduce(Span::join).unwrap_or_default()
    }

    fn hashable(&self, id: usize) -> bool {
        let mut open: Vec<Handle> = match self.vals.get(id) {
            Some(v) if v.made != Made::No => return false,
            Some(v) => v.handle.into_iter().filter(|_| !v.mended).collect(),
            None => return false,
        };
        let mut left = 1000;
        while let Some(h) = open.pop() {
            left -= 1;
            match self.cx.node(h) {
                Some(Node::List(_) | Node::Dict(_) | Node::Set(_)) => return false,
                Some(Node::Tuple(items)) => open.extend(self.cx.stream.graph.items(items).take(left)),
                None if matches!(self.cx.value(h), Value::ByteArray(_)) => return false,
                _ => {}
            }
            if left == 0 {
                break;
            }
        }
        true
    }

    /// Values at the bottom that nothing connects.
    pub(super) fn bottom(&mut self, n: usize) {
        let count = n.min(3);
        let tuple = self.tuple(count, false, true);
        self.say_at(
            Fate::Guessed,
            Some(tuple),
            self.span_of_parts(tuple),
            "Nothing says what takes these values: they stand in a tuple.".to_owned(),
        );
    }

    /// The newest mark and what lies above it.
    pub(super) fn fold_mark(&mut self, base: usize, n: usize) {
        let (context, target) = self.context(base);
        match (context, target) {
            (Context::List | Context::Set, Some(t)) => self.give_items(t, base, n, context == Context::List),
            (Context::Dict, Some(t)) => self.give_pairs(t, base, n),
            (Context::Args, Some(t)) => self.args(t, base, n),
            (Context::Object, Some(t)) if self.is_bare_array(t) => self.array(t, base, n),
            (Context::Object, Some(t)) => self.object(t, base, n),
            _ if n == 0 => self.drop_mark(base, ""),
            _ if self.stack.get(base).is_some_and(|id| self.is_global(*id))
                && self.record.is_some_and(|p| p.protocol < 2) =>
            {
                // `( class args… o`: what OBJ takes.
                if self.span_from(base).len() >= SUBSTANCE {
                    let tuple = self.tuple(n, true, false);
                    self.say(Fate::Guessed, Some(tuple), "The arguments of a call that did not come.".to_owned());
                } else {
                    self.drop_mark(base, "a call that did not come");
                }
            }
            _ => {
                let span = self.span_from(base);
                let tuple = self.tuple(n, true, true);
                self.say_at(Fate::Guessed, Some(tuple), span, "Taken for a tuple whose end is missing.".to_owned());
            }
        }
    }

    /// APPENDS, ADDITEMS.
    pub(super) fn give_items(&mut self, t: usize, base: usize, n: usize, list: bool) {
        if !list {
            let frame: Vec<usize> = self.stack.get(base..).unwrap_or(&[]).to_vec();
            if let Some(bad) = frame.iter().position(|id| !self.hashable(*id)) {
                self.drop_top(n - bad, "no set takes it, or what comes behind it");
                return self.give_items(t, base, bad, list);
            }
        }
        let len = match self.node(t) {
            Some(Node::List(items)) => items.len(),
            Some(Node::Call(call)) => call.list_items.len(),
            _ => 0,
        };
        self.marks.pop();
        self.emit(if list { b"e" } else { b"\x90" });
        for (i, id) in self.take(n, false).into_iter().enumerate() {
            self.adopt(id, t, Some(Seg::Index(vec![len + i as u64])));
        }
        self.close(t);
    }

    /// SETITEMS: a key without a value goes.
    pub(super) fn give_pairs(&mut self, t: usize, base: usize, n: usize) {
        let mut n = n;
        if !n.is_multiple_of(2) {
            self.drop_top(1, "a key whose value did not come");
            n -= 1;
        }
        let frame: Vec<usize> = self.stack.get(base..).unwrap_or(&[]).to_vec();
        if let Some(bad) = frame.iter().step_by(2).position(|id| !self.hashable(*id)) {
            self.drop_top(n - 2 * bad, "no dict takes such a key");
            n = 2 * bad;
        }
        self.marks.pop();
        self.emit(b"u");
        for pair in self.take(n, false).chunks_exact(2) {
            if let [key, value] = pair {
                let seg = self.handle(*key).map(Seg::Key);
                self.adopt(*value, t, seg);
            }
        }
        self.close(t);
    }
}
