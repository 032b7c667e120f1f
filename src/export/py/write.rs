//! The lines of the source: names, their makings and fillings, and last `obj`. One expression at a time, with an own stack.

use super::plan::{Group, Plan};
use crate::export::{ExportError, Watch};
use crate::interpret::Cx;
use crate::machine::{Call, CallKind, Fill, Handle, Items, LongForm, Node, NodeId, Value};
use crate::ops::{OpIndex, Opcode, pyrepr};
use num_bigint::BigInt;
use std::collections::HashMap;
use std::io::Write;

/// Columns after which a list goes on in the next line.
const WIDTH: usize = 110;

/// Every part of a dotted name is an identifier and no keyword.
pub(super) fn is_dotted(s: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    let part = |p: &str| {
        p.chars().next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
            && p.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
            && !KEYWORDS.contains(&p)
    };
    s.split('.').all(part)
}

/// How a run of items is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `a, b`
    Items,
    /// `k: v, …`
    Pairs,
    /// `(k, v), …`
    Tuples,
    /// `k=v, …`
    Keywords,
}

enum Step<'a> {
    Text(&'static str),
    Owned(String),
    /// A value where it is used: its name, if it has one.
    Value(Handle),
    /// A value as it is made.
    Made(Handle),
    Run {
        items: &'a Items,
        at: u64,
        end: u64,
        style: Style,
        many: bool,
    },
}

pub(super) struct Writer<'a, 'b> {
    cx: &'a Cx<'a>,
    plan: &'b Plan<'a>,
    out: &'b mut dyn Write,
    watch: Watch<'b>,
    stack: Vec<Step<'a>>,
    names: HashMap<Handle, u64>,
    line: String,
    column: usize,
    done: u64,
    total: u64,
}

impl<'a, 'b> Writer<'a, 'b> {
    pub fn new(cx: &'a Cx<'a>, plan: &'b Plan<'a>, out: &'b mut dyn Write, watch: Watch<'b>) -> Self {
        let total = cx.stream.graph.pool.len() as u64;
        let (stack, names) = (Vec::new(), HashMap::new());
        Self { cx, plan, out, watch, stack, names, line: String::new(), column: 0, done: 0, total }
    }

    pub fn all(mut self, root: Handle) -> Result<(), ExportError> {
        for h in &self.plan.texts {
            self.assign(*h, Step::Made(*h))?;
        }
        for group in &self.plan.groups {
            match group {
                Group::One(id) if self.plan.is_named(*id) => self.whole(Handle::node(*id))?,
                Group::One(_) => {}
                Group::Cycle(members) => self.cycle(members)?,
            }
        }
        self.text("obj = ");
        self.expression(Step::Value(root))?;
        self.end_line()
    }

    /// A named part that holds nothing that holds it: made and filled at once.
    fn whole(&mut self, h: Handle) -> Result<(), ExportError> {
        self.assign(h, Step::Made(h))?;
        let mut given: Vec<Given<'a>> = Vec::new();
        self.given(h, &mut given);
        given.sort_by_key(|g| g.op);
        for g in given {
            self.give(&g)?;
        }
        Ok(())
    }

    /// Parts that hold each other: in the order of the opcodes, empty first.
    fn cycle(&mut self, members: &[NodeId]) -> Result<(), ExportError> {
        let mut events: Vec<(OpIndex, u8, Handle, Option<Given<'a>>)> = Vec::new();
        for id in members.iter().filter(|id| self.plan.is_named(**id)) {
            let h = Handle::node(*id);
            events.push((self.cx.stream.graph.made(h), 0, h, None));
            let mut given = Vec::new();
            if let Some(Node::List(items) | Node::Set(items) | Node::Dict(items)) = self.cx.node(h) {
                given.extend(items.fills().scan(0, |at, f| Some(Given::fill(h, items, f, at))));
            }
            self.given(h, &mut given);
            events.extend(given.into_iter().map(|g| (g.op, 1, h, Some(g))));
        }
        // An op that makes a container of items (LIST, DICT) also fills it: made first.
        events.sort_by_key(|(op, order, _, _)| (*op, *order));
        for (_, _, h, given) in events {
            match given {
                Some(g) => self.give(&g)?,
                None => match self.cx.node(h) {
                    Some(Node::List(_)) => self.assign(h, Step::Text("[]"))?,
                    Some(Node::Set(_)) => self.assign(h, Step::Text("set()"))?,
                    Some(Node::Dict(_)) => self.assign(h, Step::Text("{}"))?,
                    _ => self.assign(h, Step::Made(h))?,
                },
            }
        }
        Ok(())
    }

    /// What an object was given after it was made: items, entries, states.
    fn given(&self, h: Handle, out: &mut Vec<Given<'a>>) {
        let graph = &self.cx.stream.graph;
        let (list, dict) = match (self.cx.call(h), graph.extras.get(&h)) {
            (Some(c), _) => (Some(&c.list_items), Some(&c.dict_items)),
            (None, Some(e)) => (Some(&e.list_items), Some(&e.dict_items)),
            (None, None) => (None, None),
        };
        for items in list.into_iter().chain(dict) {
            let is_dict = dict.is_some_and(|d| std::ptr::eq(d, items));
            out.extend(items.fills().scan(0, |at, f| Some(Given { is_dict, ..Given::fill(h, items, f, at) })));
        }
        for s in graph.states(h) {
            out.push(Given { op: s.op, to: h, items: None, is_dict: false, state: Some((s.value, s.setter)) });
        }
    }

    fn give(&mut self, g: &Given<'a>) -> Result<(), ExportError> {
        if let Some((state, setter)) = g.state {
            match setter {
                Some(s) => self.expression(Step::Value(s))?,
                None => self.text("_build"),
            }
            self.text("(");
            self.expression(Step::Value(g.to))?;
            self.text(", ");
            self.expression(Step::Value(state))?;
            self.text(")");
            return self.end_line();
        }
        let Some((items, at, end)) = g.items else { return Ok(()) };
        let plain_dict = matches!(self.cx.node(g.to), Some(Node::Dict(_)));
        let adds = self.cx.op(g.op).is_some_and(|o| o.code == Opcode::Additems);
        let run = |style| Step::Run { items, at, end, style, many: false };
        if g.is_dict || plain_dict {
            if end - at <= 2 {
                let (Some(k), Some(v)) = (self.cx.item(items, at), self.cx.item(items, at + 1)) else { return Ok(()) };
                self.expression(Step::Value(g.to))?;
                self.text("[");
                self.expression(Step::Value(k))?;
                self.text("] = ");
                self.expression(Step::Value(v))?;
            } else if plain_dict {
                self.expression(Step::Value(g.to))?;
                self.text(".update({");
                self.expression(run(Style::Pairs))?;
                self.text("})");
            } else {
                self.text("for _k, _v in [");
                self.expression(run(Style::Tuples))?;
                self.text("]:\n    ");
                self.expression(Step::Value(g.to))?;
                self.text("[_k] = _v");
            }
        } else if adds && !matches!(self.cx.node(g.to), Some(Node::Set(_))) {
            self.text("for _v in [");
            self.expression(run(Style::Items))?;
            self.text("]:\n    ");
            self.expression(Step::Value(g.to))?;
            self.text(".add(_v)");
        } else if matches!(self.cx.node(g.to), Some(Node::Set(_))) {
            self.expression(Step::Value(g.to))?;
            self.text(".update([");
            self.expression(run(Style::Items))?;
            self.text("])");
        } else {
            let one = end - at == 1;
            self.expression(Step::Value(g.to))?;
            self.text(if one { ".append(" } else { ".extend([" });
            self.expression(run(Style::Items))?;
            self.text(if one { ")" } else { "])" });
        }
        self.end_line()
    }

    fn assign(&mut self, h: Handle, step: Step<'a>) -> Result<(), ExportError> {
        let n = self.names.len() as u64 + 1;
        self.text(&format!("x{n} = "));
        self.expression(step)?;
        self.names.insert(h, n);
        self.end_line()
    }

    fn text(&mut self, t: &str) {
        self.line.push_str(t);
        self.column += t.len();
    }

    fn end_line(&mut self) -> Result<(), ExportError> {
        self.line.push('\n');
        self.column = 0;
        self.flush(0)
    }

    fn flush(&mut self, least: usize) -> Result<(), ExportError> {
        if self.line.len() > least {
            self.out.write_all(self.line.as_bytes())?;
            self.line.clear();
        }
        Ok(())
    }

    fn expression(&mut self, step: Step<'a>) -> Result<(), ExportError> {
        let bottom = self.stack.len();
        self.stack.push(step);
        while self.stack.len() > bottom {
            let Some(step) = self.stack.pop() else { break };
            match step {
                Step::Text(t) => self.text(t),
                Step::Owned(t) => self.text(&t),
                Step::Value(h) => match self.names.get(&h) {
                    Some(n) => {
                        let name = format!("x{n}");
                        self.text(&name);
                    }
                    None => self.made(h),
                },
                Step::Made(h) => self.made(h),
                Step::Run { items, at, end, style, many } => self.run(items, at, end, style, many)?,
            }
            self.flush(1 << 16)?;
        }
        Ok(())
    }

    /// Puts the steps on the stack so that the first comes next.
    fn then<const N: usize>(&mut self, steps: [Step<'a>; N]) {
        self.stack.extend(steps.into_iter().rev());
    }

    fn run(&mut self, items: &'a Items, at: u64, end: u64, style: Style, many: bool) -> Result<(), ExportError> {
        if at >= end {
            return Ok(());
        }
        let Some(first) = self.cx.item(items, at) else { return Ok(()) };
        self.done += 1;
        if self.done.is_multiple_of(1 << 14) && !(self.watch)(self.done, self.total) {
            return Err(ExportError::Cancelled);
        }
        if many {
            if self.column > WIDTH {
                self.text(",\n    ");
                self.column = 4;
            } else {
                self.text(", ");
            }
        }
        if style == Style::Items {
            self.then([Step::Value(first), Step::Run { items, at: at + 1, end, style, many: true }]);
            return Ok(());
        }
        // A key without a value stands for itself, as the tree shows it.
        let value = self.cx.item(items, at + 1).unwrap_or(first);
        let rest = Step::Run { items, at: at + 2, end, style, many: true };
        match style {
            Style::Items => {}
            Style::Pairs => self.then([Step::Value(first), Step::Text(": "), Step::Value(value), rest]),
            Style::Tuples => {
                self.then([
                    Step::Text("("),
                    Step::Value(first),
                    Step::Text(", "),
                    Step::Value(value),
                    Step::Text(")"),
                    rest,
                ]);
            }
            Style::Keywords => match self.cx.name(first).filter(|n| is_dotted(n) && !n.contains('.')) {
                Some(name) => self.then([Step::Owned(format!("{name}=")), Step::Value(value), rest]),
                None => {
                    let parts = [Step::Text("**{"), Step::Value(first), Step::Text(": "), Step::Value(value)];
                    self.stack.push(rest);
                    self.stack.push(Step::Text("}"));
                    self.then(parts);
                }
            },
        }
        Ok(())
    }

    fn all_of(items: &'a Items, style: Style) -> Step<'a> {
        Step::Run { items, at: 0, end: items.len(), style, many: false }
    }

    fn made(&mut self, h: Handle) {
        match self.cx.value(h) {
            Value::None => self.text("None"),
            Value::Bool(b) => self.text(if b { "True" } else { "False" }),
            Value::Int(i) => self.text(&i.to_string()),
            Value::Long(form, span) => {
                let bytes = self.cx.stream.bytes.read(span, usize::MAX);
                let text = match (form, self.cx.big(h)) {
                    (_, Some(n)) => n.to_string(),
                    // More digits than Python reads, but no bound on hexadecimal.
                    (LongForm::Binary, None) => {
                        let n = BigInt::from_signed_bytes_le(&bytes);
                        format!("{}0x{:x}", if n.sign() == num_bigint::Sign::Minus { "-" } else { "" }, n.magnitude())
                    }
                    (LongForm::Text, None) => {
                        let text = String::from_utf8_lossy(&bytes);
                        format!("int({})", pyrepr::text_repr(text.trim().trim_end_matches('L')))
                    }
                };
                self.text(&text);
            }
            Value::Float(f) => self.text(&float(f)),
            Value::Str(form, span) => {
                let codes = self.cx.chars(form, span, usize::MAX);
                self.codes(&codes);
            }
            Value::Legacy(form, span) => match self.cx.legacy(form, span, usize::MAX) {
                Ok(codes) => self.codes(&codes),
                Err(bytes) => self.text(&pyrepr::bytes_repr(&bytes)),
            },
            Value::Bytes(span) => {
                let bytes = self.cx.stream.bytes.read(span, usize::MAX);
                self.text(&pyrepr::bytes_repr(&bytes));
            }
            Value::ByteArray(span) => {
                let bytes = self.cx.stream.bytes.read(span, usize::MAX);
                self.text(&format!("bytearray({})", pyrepr::bytes_repr(&bytes)));
            }
            Value::Broken(_) => self.text("None  # broken in the pickle\n"),
            Value::Node(_) => self.node(h),
        }
    }

    fn codes(&mut self, codes: &[u32]) {
        let mut quotes = pyrepr::Quotes::default();
        codes.iter().for_each(|c| quotes.see_code(*c));
        let quote = quotes.mark();
        let from = self.line.len();
        self.line.push(quote);
        codes.iter().for_each(|c| pyrepr::push_code(&mut self.line, *c, quote));
        self.line.push(quote);
        self.column += self.line.len() - from;
    }

    fn node(&mut self, h: Handle) {
        let Some(node) = self.cx.node(h) else { return self.text("None") };
        match node {
            Node::List(items) => self.then([Step::Text("["), Self::all_of(items, Style::Items), Step::Text("]")]),
            Node::Tuple(items) => {
                let close = if items.len() == 1 { ",)" } else { ")" };
                self.then([Step::Text("("), Self::all_of(items, Style::Items), Step::Text(close)]);
            }
            Node::Dict(items) => self.then([Step::Text("{"), Self::all_of(items, Style::Pairs), Step::Text("}")]),
            Node::Set(items) if items.is_empty() => self.text("set()"),
            Node::Set(items) => self.then([Step::Text("{"), Self::all_of(items, Style::Items), Step::Text("}")]),
            Node::FrozenSet(items) if items.is_empty() => self.text("frozenset()"),
            Node::FrozenSet(items) => {
                self.then([Step::Text("frozenset({"), Self::all_of(items, Style::Items), Step::Text("})")]);
            }
            Node::Global { .. } => self.global(h),
            Node::Extension(code) => match self.cx.global(h) {
                Some(_) => self.global(h),
                None => self.text(&format!("_extension({code})")),
            },
            Node::Persistent(Some(pid)) => {
                self.then([Step::Text("persistent_load("), Step::Value(*pid), Step::Text(")")]);
            }
            Node::Persistent(None) => {
                let pid = self.cx.persid(h).unwrap_or_default();
                self.text(&format!("persistent_load({})", pyrepr::text_repr(&pid)));
            }
            Node::Buffer(n) => self.text(&format!("_buffer({n})")),
            Node::Content => self.text("None"),
            Node::Lost => self.text("...  # lost\n"),
            Node::ReadOnly(of) => {
                self.then([Step::Text("memoryview("), Step::Value(*of), Step::Text(").toreadonly()")]);
            }
            Node::Call(call) => self.call(h, call),
        }
    }

    fn global(&mut self, h: Handle) {
        let Some((module, name)) = self.cx.global(h) else { return self.text("None") };
        let text = match module {
            _ if !is_dotted(module) || !is_dotted(name) => {
                // The singletons of builtins are keywords.
                match (module, name) {
                    ("builtins", "None" | "True" | "False") => name.to_owned(),
                    _ => format!("_named({}, {})", pyrepr::text_repr(module), pyrepr::text_repr(name)),
                }
            }
            "builtins" => name.to_owned(),
            _ => format!("{module}.{name}"),
        };
        self.text(&text);
    }

    fn call(&mut self, h: Handle, call: &'a Call) {
        if self.cx.is_literal(h) {
            let bytes = self.cx.payload(h).map(|p| p.first(self.cx, usize::MAX)).unwrap_or_default();
            let text = pyrepr::bytes_repr(&bytes);
            let array = self.cx.is(call.callable, "builtins", "bytearray");
            return self.text(&if array { format!("bytearray({text})") } else { text });
        }
        let args = self.cx.tuple(call.args);
        let named_args = call.args.as_node().is_some_and(|id| self.plan.is_named(id)) || args.is_none();
        let empty = args.is_some_and(Items::is_empty);
        let mut steps: Vec<Step<'a>> = vec![Step::Value(call.callable)];
        match call.kind {
            CallKind::NewObj | CallKind::NewObjEx => {
                steps.extend([Step::Text(".__new__("), Step::Value(call.callable)]);
                if !empty {
                    steps.push(Step::Text(", "));
                }
            }
            // Python 2's classic instances: without arguments, the class's own __init__ is not called.
            CallKind::Inst | CallKind::Obj if empty => {
                steps.extend([Step::Text(".__new__("), Step::Value(call.callable)]);
            }
            // Python before 2.3 wrote None where there are no arguments at all.
            CallKind::Reduce if self.cx.is_none(call.args) => steps.push(Step::Text(".__basicnew__(")),
            CallKind::Reduce | CallKind::Inst | CallKind::Obj => steps.push(Step::Text("(")),
        }
        if let Some(nice) = self.nice_arguments(h, call) {
            steps.push(Step::Owned(nice));
        } else if self.cx.is_none(call.args) {
        } else if named_args {
            steps.extend([Step::Text("*"), Step::Value(call.args)]);
        } else if let Some(items) = args {
            steps.push(Self::all_of(items, Style::Items));
        }
        if let Some(kwargs) = call.kwargs {
            match self.cx.dict(kwargs) {
                Some(items) if !kwargs.as_node().is_some_and(|id| self.plan.is_named(id)) => {
                    if !items.is_empty() {
                        let comma = if call.kind == CallKind::NewObjEx || !empty { ", " } else { "" };
                        steps.extend([Step::Text(comma), Self::all_of(items, Style::Keywords)]);
                    }
                }
                _ => steps.extend([Step::Text(", **"), Step::Value(kwargs)]),
            }
        }
        steps.push(Step::Text(")"));
        self.stack.extend(steps.into_iter().rev());
    }

    /// Dates and times pickle as bytes; their parts read better and make the same.
    fn nice_arguments(&self, h: Handle, call: &Call) -> Option<String> {
        let (module, name) = self.cx.global(call.callable)?;
        let args = self.cx.args(call);
        if module != "datetime" || args.len() != 1 || call.kind != CallKind::Reduce {
            return None;
        }
        let _ = h;
        let raw = self.cx.payload(self.cx.item(args, 0)?)?.first(self.cx, 16);
        let n = |i: usize| raw.get(i).map(|b| u32::from(*b));
        match (name, raw.len()) {
            ("date", 4) => {
                let (y, m, d) = (n(0)? << 8 | n(1)?, n(2)?, n(3)?);
                ((1..=12).contains(&m)).then(|| format!("{y}, {m}, {d}"))
            }
            ("datetime", 10) => {
                let (y, m, d) = (n(0)? << 8 | n(1)?, n(2)? & 0x7f, n(3)?);
                let fold = if n(2)? & 0x80 != 0 { ", fold=1" } else { "" };
                let us = n(7)? << 16 | n(8)? << 8 | n(9)?;
                Some(format!("{y}, {m}, {d}, {}, {}, {}, {us}{fold}", n(4)?, n(5)?, n(6)?))
            }
            ("time", 6) => {
                let fold = if n(0)? & 0x80 != 0 { ", fold=1" } else { "" };
                let us = n(3)? << 16 | n(4)? << 8 | n(5)?;
                Some(format!("{}, {}, {}, {us}{fold}", n(0)? & 0x7f, n(1)?, n(2)?))
            }
            _ => None,
        }
    }
}

/// What an object is given by one op.
struct Given<'a> {
    op: OpIndex,
    to: Handle,
    /// The items, from and to.
    items: Option<(&'a Items, u64, u64)>,
    is_dict: bool,
    state: Option<(Handle, Option<Handle>)>,
}

impl<'a> Given<'a> {
    fn fill(to: Handle, items: &'a Items, fill: Fill, at: &mut u64) -> Self {
        let from = *at;
        *at += u64::from(fill.len);
        Self { op: fill.op, to, items: Some((items, from, *at)), is_dict: false, state: None }
    }
}

/// `repr`, but such that Python reads it back.
fn float(f: f64) -> String {
    if f.is_nan() {
        "float('nan')".to_owned()
    } else if f.is_infinite() {
        if f > 0.0 { "float('inf')" } else { "float('-inf')" }.to_owned()
    } else {
        pyrepr::float_repr(f)
    }
}
