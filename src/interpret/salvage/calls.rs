//! Calls and objects that a cut left unfinished: completed where the missing end is certain, else kept as their reduce
//! tuple where they hold something of size, else left out. No call is made.

use super::habits;
use super::judge::{array_state, dtype_state};
use super::numpy::bytes_head;
use super::stack::{Made, Plan, SUBSTANCE};
use super::text::spelt;
use super::{Fate, Piece, Seg};
use crate::machine::{CallKind, Node};
use crate::source::Span;
use crate::tensor::Data;

/// How a call is completed: ops before its arguments' tuple closes, and how many values they add.
struct Complete {
    push: &'static [u8],
    added: usize,
}

impl Plan<'_, '_> {
    fn name(&self, id: usize) -> Option<(&str, &str)> {
        self.handle(id).and_then(|h| self.cx.global(h))
    }

    /// A call of a function of which so many arguments suffice, or can be had.
    fn certain(&self, callable: usize, args: &[usize]) -> Option<Complete> {
        let plain = Some(Complete { push: b"", added: 0 });
        let list = |id: &usize| matches!(self.node(*id), Some(Node::List(_) | Node::Dict(_) | Node::Set(_)));
        let bytes = |id: &usize| self.handle(*id).is_some_and(|h| self.cx.payload(h).is_some());
        match (self.name(callable)?, args) {
            (("_codecs", "encode"), [text]) if bytes(text) => Some(Complete { push: b"\x8c\x06latin1", added: 1 }),
            (("_codecs", "encode"), [text, _]) if bytes(text) => plain,
            (("builtins", "set" | "frozenset" | "list" | "tuple"), [items]) if list(items) => plain,
            (("collections", "Counter"), [items]) if list(items) => plain,
            (("builtins", "bytearray" | "bytes"), [data]) if bytes(data) => plain,
            (("array", "array"), [code, items]) if self.text(*code).is_some() && (list(items) || bytes(items)) => plain,
            _ => None,
        }
    }

    /// `_codecs.encode` with a text that has no such bytes, or in no encoding: the bytes that it most likely stands for.
    /// `false` where it is no such call, or a sound one.
    fn encode(&mut self, callable: usize, args: &[usize], marked: bool) -> bool {
        if self.name(callable) != Some(("_codecs", "encode")) {
            return false;
        }
        let cx = self.cx;
        let handles: Vec<_> = match args {
            [tuple] if matches!(self.node(*tuple), Some(Node::Tuple(_))) => {
                let items = self.handle(*tuple).and_then(|h| cx.tuple(h));
                items.into_iter().flat_map(|i| cx.stream.graph.items(i)).take(3).map(Some).collect()
            }
            _ => args.iter().map(|id| self.handle(*id)).collect(),
        };
        let text = handles.first().copied().flatten();
        let Some((text, spelt)) = text.and_then(|h| Some((h, spelt(cx, h)?))) else { return false };
        let codec =
            handles.get(1).map(|c| c.and_then(|c| cx.name(c)).is_some_and(|c| matches!(&*c, "latin1" | "latin-1")));
        if spelt.first_bad.is_none() && codec.unwrap_or(true) && handles.len() <= 2 {
            return false;
        }
        if marked {
            self.emit(b"10");
            self.marks.pop();
        } else {
            self.emit(&vec![b'0'; args.len() + 1]);
        }
        self.take(args.len() + 1, true);
        if self.emits {
            let n = spelt.bytes.len() as u64;
            self.emit(&bytes_head(n));
            self.out.pieces.push(Piece::Data(Data::memory(spelt.bytes), Span::new(0, n)));
        }
        let made = self.push(Made::Other);
        let told = "Bytes that are spelt as text: '?' stands for the characters of it that are no byte.";
        self.say_at(Fate::Guessed, Some(made), cx.span(text), told.to_owned());
        true
    }

    /// A callable `down` below the top, and its arguments above it without a mark.
    pub(super) fn unfinished_call(&mut self, down: usize) {
        let Some(callable) = self.top(down) else { return };
        let at = self.stack.len() - down;
        let args: Vec<usize> = self.stack.get(at..).unwrap_or(&[]).to_vec();
        if self.encode(callable, &args, false) {
            return;
        }
        if let Some(c) = self.certain(callable, &args) {
            self.emit(c.push);
            for _ in 0..c.added {
                self.push(Made::Other);
            }
            self.tuple(down + c.added, false, false);
            return self.reduce();
        }
        // The arguments are whole; other objects of the class tell which opcode is missing.
        if let [tuple] = args.as_slice()
            && let Some(Node::Tuple(items)) = self.node(*tuple)
        {
            let known: Vec<usize> = Vec::new();
            let habit = self.handle(callable).and_then(|h| self.habits.of(self.cx, h, None));
            let takes_any = self.name(callable).is_some_and(|(m, n)| {
                matches!((m, n), ("_codecs", "encode") | ("array", _) | ("builtins", "set" | "frozenset" | "bytearray"))
                    || n == "_frombuffer" && m.starts_with("numpy")
            });
            let whole = !items.is_empty() && known.is_empty();
            match habit.and_then(|h| h.kind.filter(|_| !h.state)) {
                Some(CallKind::NewObj) => {
                    self.emit(b"\x81");
                    self.finish_call();
                    return;
                }
                Some(CallKind::Reduce) => return self.reduce(),
                _ if takes_any && whole => return self.reduce(),
                _ => {}
            }
        }
        let size = self.span_from(at).len();
        if args.is_empty() || size < SUBSTANCE {
            return self.drop_top(down + 1, "a call that did not come");
        }
        let span = self.span_from(at - 1);
        let ready = args.len() == 1 && matches!(self.sig(*args.first().unwrap_or(&0)), super::stack::Sig::Tuple(_));
        if !ready {
            self.tuple(down, false, false);
        }
        let pair = self.tuple(2, false, false);
        let text = "The call did not come: what was to be called stands here with the arguments that are there.";
        self.say_at(Fate::Guessed, Some(pair), span, text.to_owned());
    }

    fn reduce(&mut self) {
        self.emit(b"R");
        self.finish_call();
    }

    /// Callable and arguments become a value.
    fn finish_call(&mut self) {
        let span = self.span_from(self.stack.len().saturating_sub(2));
        self.take(2, false);
        let made = self.push(Made::Other);
        let text = "Only the opcode of the call, or a last argument that is always the same, was missing; it is added.";
        self.say_at(Fate::Guessed, Some(made), span, text.to_owned());
    }

    /// A callable beneath a mark, and its arguments above.
    pub(super) fn args(&mut self, callable: usize, base: usize, n: usize) {
        let args: Vec<usize> = self.stack.get(base..).unwrap_or(&[]).to_vec();
        if self.encode(callable, &args, true) {
            return;
        }
        if let Some(c) = self.certain(callable, &args) {
            self.emit(c.push);
            for _ in 0..c.added {
                self.push(Made::Other);
            }
            self.tuple(n + c.added, true, false);
            return self.reduce();
        }
        if self.buffer_array(callable, base, n) || self.native_array(callable, base, n) {
            return;
        }
        if n > 0 && self.span_from(base).len() >= SUBSTANCE {
            let span = self.span_from(base);
            self.tuple(n, true, false);
            let pair = self.tuple(2, false, false);
            let text = "The call did not come: what was to be called stands here with the arguments that are there.";
            return self.say_at(Fate::Guessed, Some(pair), span, text.to_owned());
        }
        self.drop_mark(base, "arguments of a call that did not come");
        self.drop_top(1, "a call that did not come");
    }

    /// An object, and above it what may be its state: BUILD. `false` where it is none.
    pub(super) fn state(&mut self, object: usize, top: usize) -> bool {
        let Some(h) = self.handle(object).filter(|_| !self.closed(object)) else { return false };
        let Some(call) = self.cx.call(h).filter(|c| c.states.is_empty()) else { return false };
        if self.is_bare_array(object) {
            let state = self.handle(top).filter(|_| matches!(self.node(top), Some(Node::Tuple(_))));
            let found = state.map(|value| array_state(self.cx, self.arrays, true, call, value, &|_| false));
            if let Some(Ok(Some((pieces, fate, span, text)))) = found {
                self.emit(b"0");
                if self.emits {
                    self.out.pieces.extend(pieces);
                }
                self.emit(b"b");
                self.take(1, false);
                self.close(object);
                self.say_at(fate, Some(object), span, text);
            } else if let Some(Ok(None)) = found {
                self.emit(b"b");
                self.take(1, false);
                self.close(object);
                let text = "Only the opcode that gives the array its state was missing; it is added.";
                self.say(Fate::Guessed, Some(object), text.to_owned());
            } else {
                // What stands above it belongs to its state, and tells too little.
                self.drop_top(2, "an array whose state did not come");
            }
            return true;
        }
        if self.cx.is(call.callable, "numpy", "dtype") {
            let sound = self.handle(top).is_some_and(|value| dtype_state(self.cx, value, &|_| false).is_ok());
            if !sound && matches!(self.sig(top), super::stack::Sig::Tuple(_)) {
                self.drop_top(1, "the state of a dtype, which is not whole");
                return true;
            }
        }
        let dict = matches!(self.node(top), Some(Node::Dict(_)));
        let tuple = matches!(self.sig(top), super::stack::Sig::Tuple(_));
        let class = self.cx.class_of(h);
        let habit = class.and_then(|c| self.habits.of(self.cx, c, Some(h)));
        let plain = habits::takes_a_dict(self.cx, h, call);
        if !(dict || tuple) || !self.expects_state(h) {
            return false;
        }
        let partial = self.closed(top);
        // Its state whole, an object is what it was; a part of a dict is good for a plain class.
        if !partial && habit.is_some_and(|h| h.state) || dict && plain {
            self.emit(b"b");
            self.take(1, false);
            self.adopt(top, object, Some(Seg::SetState));
            self.close(object);
            let text = if partial {
                "The object has the attributes that are there; others may be missing."
            } else {
                "Only the opcode that gives the object its state was missing; it is added."
            };
            self.say(Fate::Guessed, Some(object), text.to_owned());
            return true;
        }
        if self.weight(top) < SUBSTANCE {
            self.drop_top(2, "an object whose state is not whole");
            return true;
        }
        self.instead_of(object, top);
        let text =
            "The object's state is not whole, and its class may refuse a part: the part stands in the object's place.";
        self.say(Fate::Guessed, Some(top), text.to_owned());
        true
    }

    /// The object was given no state, and others of its class were, or it was made in a way that calls for one.
    pub(super) fn expects_state(&mut self, h: crate::machine::Handle) -> bool {
        let Some(call) = self.cx.call(h).filter(|c| c.states.is_empty()) else { return false };
        if !call.list_items.is_empty() || !call.dict_items.is_empty() {
            return false;
        }
        let habit = self.cx.class_of(h).and_then(|c| self.habits.of(self.cx, c, Some(h)));
        match habit {
            Some(habit) => habit.state,
            None => {
                habits::takes_a_dict(self.cx, h, call) || call.kind == CallKind::NewObj && self.cx.args(call).is_empty()
            }
        }
    }

    /// The bytes of a value, and of what was put into it here.
    fn weight(&self, id: usize) -> u64 {
        self.span(id).join(self.span_of_parts(id)).len()
    }

    /// The top value takes the place of the one below it.
    fn instead_of(&mut self, below: usize, top: usize) {
        let key = self.key();
        self.memo(b'r', key);
        self.emit(b"00");
        self.memo(b'j', key);
        self.take(2, false);
        if let Some(v) = self.vals.get_mut(below) {
            v.gone = true;
        }
        self.stack.push(top);
        self.close(top);
        // It has no place of its own in the damaged file.
        let holder = self.vals.len();
        self.vals.push(super::stack::Val {
            handle: None,
            mended: false,
            made: Made::Other,
            parent: None,
            gone: false,
            closed: true,
        });
        self.adopt(top, holder, None);
        if let Some(last) = self.stack.last_mut() {
            *last = holder;
        }
    }

    /// What lies above a mark above an object: its items, or a tuple that may be its state.
    pub(super) fn object(&mut self, object: usize, base: usize, n: usize) {
        let class = self.handle(object).and_then(|h| self.cx.class_of(h));
        let known = class.and_then(|c| habits::known_filling(self.cx, c));
        let habit = class.and_then(|c| self.habits.of(self.cx, c, self.handle(object)));
        let fresh = self.handle(object).and_then(|h| self.cx.call(h)).is_some_and(|c| c.states.is_empty());
        match (known, habit) {
            _ if n == 0 => self.drop_mark(base, ""),
            (Some(true), _) if fresh => self.give_pairs(object, base, n),
            (Some(false), _) if fresh => self.give_items(object, base, n, true),
            (None, Some(h)) if fresh && h.dict && !h.list => self.give_pairs(object, base, n),
            (None, Some(h)) if fresh && h.list && !h.dict => self.give_items(object, base, n, true),
            _ => {
                let span = self.span_from(base);
                let tuple = self.tuple(n, true, true);
                self.say_at(Fate::Guessed, Some(tuple), span, "Taken for a tuple whose end is missing.".to_owned());
            }
        }
    }

    /// The payload that the end of the bytes cuts: what there is of it.
    pub(super) fn cut_payload(&self) -> Option<Span> {
        let fault = self.record?.cut?;
        fault.payload.filter(|p| !p.is_empty())
    }
}
