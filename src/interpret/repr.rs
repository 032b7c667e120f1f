//! Python's `repr` of any value, piece by piece with an own stack: cycles as `[...]`, what is too long cut with `…`.
//! Walks no further than the text reaches.

use super::builtin::BUILTIN_TYPES;
use super::look::qualify;
use super::payload::Payload;
use super::types::{Cx, Piece};
use crate::machine::{Call, Handle, Items, LongForm, Node, NodeId, Value};
use crate::ops::pyrepr;
use crate::source::{Span, limits};
use std::collections::HashSet;

/// Python's `repr` of a value, at most about `max_chars` characters; what is left out is said with `…`.
pub fn repr(cx: &Cx<'_>, h: Handle, max_chars: usize) -> String {
    written(cx, h, max_chars, usize::MAX)
}

/// As [`repr`], with no more than the first `bytes` of each run of raw bytes: what stands after them is seen too.
pub fn repr_brief(cx: &Cx<'_>, h: Handle, max_chars: usize, bytes: usize) -> String {
    written(cx, h, max_chars, bytes)
}

fn written(cx: &Cx<'_>, h: Handle, max_chars: usize, bytes: usize) -> String {
    // A reader that is asked for its pieces may write the repr of what does not fit, which may hold the object itself.
    let Some(cx) = cx.deeper().and_then(Cx::deeper).and_then(Cx::deeper) else { return "…".to_owned() };
    let cx = &cx;
    let mut w =
        Writer { cx, out: String::new(), left: max_chars, bytes, cut: false, open: HashSet::new(), stack: Vec::new() };
    w.stack.push(Step::Value(h));
    w.run();
    if w.cut {
        w.out.push('…');
    }
    w.out
}

/// How a run of items is written.
#[derive(Clone, Copy)]
enum Style {
    /// `a, b`
    Items,
    /// `k: v, …`
    Pairs,
    /// `k: v, …`, of items that are pairs
    PairItems,
    /// `k=v, …`
    Keywords,
}

enum Step<'a> {
    Text(String),
    Value(Handle),
    Bytes(Payload),
    /// A run of items from `at` on; `many` says that something stands before.
    Run {
        items: &'a Items,
        at: u64,
        style: Style,
        many: bool,
    },
    /// The container is closed: it may be written again.
    Close(NodeId),
}

struct Writer<'a, 'b> {
    cx: &'b Cx<'a>,
    out: String,
    left: usize,
    /// Bytes that are shown of a run of raw ones.
    bytes: usize,
    cut: bool,
    open: HashSet<NodeId>,
    stack: Vec<Step<'a>>,
}

impl<'a> Writer<'a, '_> {
    fn run(&mut self) {
        while let Some(step) = self.stack.pop() {
            if self.cut {
                return;
            }
            match step {
                Step::Text(t) => self.push(&t),
                Step::Close(id) => _ = self.open.remove(&id),
                Step::Value(h) => self.value(h),
                Step::Bytes(p) => {
                    let text = self.raw(p.first(self.cx, self.enough()));
                    self.push(&text);
                }
                Step::Run { items, at, style, many } => self.items(items, at, style, many),
            }
        }
    }

    fn push(&mut self, text: &str) {
        let n = text.chars().count();
        if n <= self.left {
            self.left -= n;
            self.out.push_str(text);
        } else {
            self.out.extend(text.chars().take(self.left));
            self.left = 0;
            self.cut = true;
        }
    }

    /// Bytes to read of a run of raw ones: one more than can be shown.
    fn enough(&self) -> usize {
        self.left.min(self.bytes).saturating_add(1)
    }

    /// Raw bytes as Python writes them, `b'\x18\xa4…'` where they are more than are shown.
    fn raw(&self, mut bytes: Vec<u8>) -> String {
        let cut = bytes.len() > self.bytes;
        bytes.truncate(self.bytes);
        let mut text = pyrepr::bytes_repr(&bytes);
        if cut {
            text.insert(text.len().saturating_sub(1), '…');
        }
        text
    }

    /// Puts the steps on the stack so that the first comes next.
    fn then<const N: usize>(&mut self, steps: [Step<'a>; N]) {
        self.stack.extend(steps.into_iter().rev());
    }

    fn items(&mut self, items: &'a Items, at: u64, style: Style, many: bool) {
        let Some(first) = self.cx.item(items, at) else { return };
        let comma = if many { ", " } else { "" };
        let text = |t: &str| Step::Text(t.to_owned());
        if matches!(style, Style::Items) {
            let rest = Step::Run { items, at: at + 1, style, many: true };
            return self.then([text(comma), Step::Value(first), rest]);
        }
        if matches!(style, Style::PairItems) {
            let rest = Step::Run { items, at: at + 1, style, many: true };
            return match self.cx.exactly::<2>(first) {
                Some([k, v]) => self.then([text(comma), Step::Value(k), text(": "), Step::Value(v), rest]),
                None => self.then([text(comma), Step::Value(first), rest]),
            };
        }
        let Some(value) = self.cx.item(items, at + 1) else { return };
        let rest = Step::Run { items, at: at + 2, style, many: true };
        match style {
            Style::Items | Style::PairItems => {}
            Style::Pairs => self.then([text(comma), Step::Value(first), text(": "), Step::Value(value), rest]),
            Style::Keywords => {
                let name = match self.cx.name(first) {
                    Some(n) => format!("{comma}{n}="),
                    None => format!("{comma}?="),
                };
                self.then([Step::Text(name), Step::Value(value), rest]);
            }
        }
    }

    fn value(&mut self, h: Handle) {
        let max = self.left.saturating_add(1);
        match self.cx.value(h) {
            Value::None => self.push("None"),
            Value::Bool(b) => self.push(if b { "True" } else { "False" }),
            Value::Int(i) => self.push(&i.to_string()),
            Value::Long(form, span) => {
                let text = self.cx.big(h).map(|b| b.to_string());
                self.push(&text.unwrap_or_else(|| long_words(form, span)));
            }
            Value::Float(f) => self.push(&pyrepr::float_repr(f)),
            Value::Str(form, span) => {
                let text = codes_repr(&self.cx.chars(form, span, max));
                self.push(&text);
            }
            Value::Legacy(form, span) => {
                let text = match self.cx.legacy(form, span, max) {
                    Ok(codes) => codes_repr(&codes),
                    Err(bytes) => self.raw(bytes),
                };
                self.push(&text);
            }
            Value::Bytes(span) => {
                let text = self.raw(self.cx.stream.bytes.read(span, self.enough()));
                self.push(&text);
            }
            Value::ByteArray(span) => {
                let text = format!("bytearray({})", self.raw(self.cx.stream.bytes.read(span, self.enough())));
                self.push(&text);
            }
            Value::Broken(_) => self.push("<broken>"),
            Value::Node(id) => self.node(h, id),
        }
    }

    /// What a container opens with; of one that was begun before a fault only the rest is known.
    fn opening(&self, h: Handle, plain: &'static str, rest: &'static str) -> &'static str {
        if self.cx.stream.is_rest(h) { rest } else { plain }
    }

    fn node(&mut self, h: Handle, id: NodeId) {
        let Some(node) = self.cx.node(h) else { return self.push("?") };
        // Each that is open takes a character to close: what is deeper than that does not fit, however little of it is
        // written yet (a result that is called, whose result is called).
        if self.open.len() > self.left {
            self.cut = true;
            return;
        }
        if self.open.contains(&id) {
            return self.push(match node {
                Node::List(_) => "[...]",
                Node::Tuple(_) => "(...)",
                Node::Dict(_) => "{...}",
                Node::Set(_) => "set(...)",
                Node::FrozenSet(_) => "frozenset(...)",
                _ => "...",
            });
        }
        match node {
            Node::List(items) => self.wrapped(id, self.opening(h, "[", "[..., "), items, Style::Items, "]"),
            Node::Tuple(items) => {
                let close = if items.len() == 1 { ",)" } else { ")" };
                self.wrapped(id, "(", items, Style::Items, close);
            }
            Node::Dict(items) => self.wrapped(id, self.opening(h, "{", "{..., "), items, Style::Pairs, "}"),
            Node::Set(items) if items.is_empty() => self.push("set()"),
            Node::Set(items) => self.wrapped(id, self.opening(h, "{", "{..., "), items, Style::Items, "}"),
            Node::FrozenSet(items) if items.is_empty() => self.push("frozenset()"),
            Node::FrozenSet(items) => self.wrapped(id, "frozenset({", items, Style::Items, "})"),
            Node::Global { .. } => match super::pieces(self.cx, h) {
                Some(pieces) => pieces.into_iter().rev().for_each(|p| self.piece(p)),
                None => {
                    let text = global_repr(self.cx, h);
                    self.push(&text);
                }
            },
            Node::Extension(code) => {
                let text = match self.cx.global(h) {
                    Some(_) => global_repr(self.cx, h),
                    None => format!("<extension {code}>"),
                };
                self.push(&text);
            }
            Node::Persistent(pid) => {
                self.open.insert(id);
                let pid = match pid {
                    Some(p) => Step::Value(*p),
                    None => Step::Text(self.cx.persid(h).map_or_else(|| "?".to_owned(), |s| pyrepr::text_repr(&s))),
                };
                let close = Step::Text(")".to_owned());
                self.then([Step::Text("persistent_load(".to_owned()), pid, close, Step::Close(id)]);
            }
            Node::Buffer(n) => self.push(&format!("<buffer {n}>")),
            Node::Content => self.push("<array>"),
            Node::Lost => self.push("<lost>"),
            Node::ReadOnly(inner) => {
                self.open.insert(id);
                let inner = *inner;
                self.then([
                    Step::Text("memoryview(".into()),
                    Step::Value(inner),
                    Step::Text(")".into()),
                    Step::Close(id),
                ]);
            }
            Node::Call(_) => self.call(h, id),
        }
    }

    fn wrapped(&mut self, id: NodeId, open: &str, items: &'a Items, style: Style, close: &str) {
        self.open.insert(id);
        let run = Step::Run { items, at: 0, style, many: false };
        self.then([Step::Text(open.to_owned()), run, Step::Text(close.to_owned()), Step::Close(id)]);
    }

    fn call(&mut self, h: Handle, id: NodeId) {
        self.open.insert(id);
        self.stack.push(Step::Close(id));
        if let Some(pieces) = super::pieces(self.cx, h) {
            for piece in pieces.into_iter().rev() {
                self.piece(piece);
            }
            return;
        }
        let Some(call) = self.cx.call(h) else { return };
        self.raw_call(h, call);
    }

    /// `module.Class(args, attribute=value, …)`: not Python's repr, which only the class could write.
    fn raw_call(&mut self, h: Handle, call: &'a Call) {
        let cx = self.cx;
        let class = cx.class_of(h).unwrap_or(call.callable);
        let args = cx.args(call);
        // Pushed last first.
        let mut rest = Vec::new();
        if !call.list_items.is_empty() || !call.dict_items.is_empty() {
            rest.push(Step::Text("…".to_owned()));
        }
        for state in &call.states {
            match cx.dict(state.value) {
                Some(items) if items.is_empty() => {}
                Some(items) => rest.push(Step::Run { items, at: 0, style: Style::Keywords, many: false }),
                None => rest.push(Step::Value(state.value)),
            }
        }
        if let Some(items) = call.kwargs.and_then(|k| cx.dict(k)).filter(|d| !d.is_empty()) {
            rest.insert(0, Step::Run { items, at: 0, style: Style::Keywords, many: false });
        }
        let reconstructed = class != call.callable && cx.is(call.callable, "copyreg", "_reconstructor");
        let first = match cx.arg(call, 2) {
            Some(base) if reconstructed => (!cx.is_none(base)).then_some(Step::Value(base)),
            _ => {
                // copyreg's helpers have the class as their first argument.
                let at = u64::from(class != call.callable);
                (args.len() > at).then_some(Step::Run { items: args, at, style: Style::Items, many: false })
            }
        };
        if let Some(first) = first {
            rest.insert(0, first);
        }
        // Python before 2.3: no arguments at all, not even an empty tuple.
        let basic = call.kind == crate::machine::CallKind::Reduce && cx.is_none(call.args);
        self.stack.push(Step::Text(")".to_owned()));
        let n = rest.len();
        for (i, step) in rest.into_iter().enumerate().rev() {
            self.stack.push(step);
            if i > 0 && n > 1 {
                self.stack.push(Step::Text(", ".to_owned()));
            }
        }
        match cx.global(class) {
            Some((m, n)) => {
                let how = if basic { ".__basicnew__" } else { "" };
                self.stack.push(Step::Text(format!("{}{how}(", super::look::one_line(&qualify(m, n), 200))));
            }
            None => {
                self.stack.push(Step::Text("(".to_owned()));
                self.stack.push(Step::Value(class));
            }
        }
    }

    fn piece(&mut self, piece: Piece) {
        let cx = self.cx;
        let run = |items: Option<&'a Items>, style| items.map(|items| Step::Run { items, at: 0, style, many: false });
        let step = match piece {
            Piece::Text(t) => Some(Step::Text(t)),
            Piece::Value(v) => Some(Step::Value(v)),
            Piece::Bytes(p) => Some(Step::Bytes(p)),
            Piece::Items(v) => run(cx.items(v), Style::Items),
            Piece::Entries(v) => run(cx.dict(v), Style::Pairs),
            Piece::Keywords(v) => run(cx.dict(v), Style::Keywords),
            Piece::Appended(v) => run(cx.call(v).map(|c| &c.list_items), Style::Items),
            Piece::Stored(v) => run(cx.call(v).map(|c| &c.dict_items), Style::Pairs),
            Piece::PairList(v) => run(cx.items(v), Style::PairItems),
            Piece::Arguments(v) => run(cx.call(v).map(|c| cx.args(c)), Style::Items),
        };
        self.stack.extend(step);
    }
}

fn long_words(form: LongForm, span: Span) -> String {
    match form {
        LongForm::Text => format!("<int of about {} digits>", span.len()),
        LongForm::Binary => format!("<int of {} bytes>", span.len()),
    }
}

fn codes_repr(codes: &[u32]) -> String {
    let mut quotes = pyrepr::Quotes::default();
    codes.iter().for_each(|c| quotes.see_code(*c));
    let quote = quotes.mark();
    let mut out = String::with_capacity(codes.len() + 2);
    out.push(quote);
    codes.iter().for_each(|c| pyrepr::push_code(&mut out, *c, quote));
    out.push(quote);
    out
}

/// `<class 'int'>`, `<built-in function len>`, `Ellipsis`; for what only an import could tell, the qualified name.
fn global_repr(cx: &Cx<'_>, h: Handle) -> String {
    let Some((module, name)) = cx.global(h) else { return "?".to_owned() };
    match (module, name) {
        ("builtins", "Ellipsis" | "NotImplemented" | "None" | "True" | "False") => name.to_owned(),
        ("builtins", n) if BUILTIN_TYPES.contains(&n) || n.starts_with(char::is_uppercase) => {
            format!("<class '{n}'>")
        }
        ("builtins", n) if n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            format!("<built-in function {n}>")
        }
        _ => super::look::one_line(&qualify(module, name), limits::SHOWN_CHARS),
    }
}
