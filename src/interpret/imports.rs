//! What a loader would import and call: every global, with a verdict in three levels and the facts behind it.
//! Looks at names and at what is called, never at what a name would give on this machine.

use super::compat;
use super::imports_table::{self as table, Rule};
use super::look::{one_line, qualify};
use super::repr::repr;
use super::types::Cx;
use super::vintage::vintage;
use crate::machine::{Handle, Node, Value};
use crate::ops::OpIndex;
use crate::source::Span;
use std::collections::HashMap;

/// How bad a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// On the reviewed list of constructors: makes a value, and does nothing else.
    Safe,
    /// On neither list, which is no accusation: a class of the user's own is unknown.
    Unknown,
    /// Runs code, opens files, processes or sockets, or reaches what does.
    Dangerous,
}

impl Verdict {
    /// As `report --json` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unknown => "unknown",
            Self::Dangerous => "dangerous",
        }
    }
}

/// A name that a pickle imports.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The name as Python 3 looks it up: `builtins.eval`, `numpy.dtype`; `extension 5` for a code without registry.
    pub name: String,
    /// The name as the file spells it, where that is another.
    pub written: Option<String>,
    /// The op that first names it.
    pub span: Span,
    /// That op's number.
    pub op: OpIndex,
    /// The global.
    pub handle: Handle,
    /// The verdict.
    pub verdict: Verdict,
    /// It is called, and not only named.
    pub called: bool,
    /// How often.
    pub calls: u64,
    /// The first call's arguments, short; empty where it is not called.
    pub with: String,
    /// The verdict's reason, a sentence.
    pub why: String,
}

/// The version of the lists that verdicts come from.
pub const LIST_VERSION: u32 = table::VERSION;

/// Characters of a call's arguments.
const WITH: usize = 100;

/// Every global of a pickle in the order of first appearance, each name once.
pub fn imports(cx: &Cx<'_>, pickle: usize) -> Vec<Finding> {
    let mut found = Found { cx, pickle, list: Vec::new(), by_name: HashMap::new(), judged: HashMap::new() };
    let Some(p) = cx.stream.pickles.get(pickle) else { return Vec::new() };
    let nodes = &cx.stream.graph.nodes;
    let from = nodes.partition_point(|n| n.made < p.first);
    let last = OpIndex(p.first.0.saturating_add(p.ops));
    // The first pickle within another is the next one.
    let nested = cx.stream.pickles.get(pickle.saturating_add(1)).is_some_and(|q| q.within == Some(pickle));
    let mut partials = Vec::new();
    for (i, record) in (from..).zip(nodes.iter().skip(from)) {
        if record.made >= last && p.finished {
            break;
        }
        if nested && cx.pickle_of(record.made) != pickle {
            continue;
        }
        let h = Handle::node(crate::machine::NodeId(u32::try_from(i).unwrap_or(u32::MAX)));
        match &record.node {
            Node::Global { .. } | Node::Extension(_) => _ = found.name(h, record.made),
            Node::Call(call) => {
                found.called(call.callable, call.args, record.made);
                if cx.is(call.callable, "functools", "partial") {
                    partials.push(h);
                }
                for state in &call.states {
                    if let Some(setter) = state.setter {
                        found.called(setter, state.value, state.op);
                    }
                }
            }
            _ => {}
        }
    }
    found.bound(&partials);
    found.list
}

/// The verdict on a whole pickle: its worst name's; never safe where it could not be read to its end.
pub fn verdict(cx: &Cx<'_>, pickle: usize, findings: &[Finding]) -> Verdict {
    let worst = findings.iter().map(|f| f.verdict).max().unwrap_or(Verdict::Safe);
    let whole = cx.stream.pickles.get(pickle).is_some_and(|p| p.complete);
    if whole { worst } else { worst.max(Verdict::Unknown) }
}

struct Found<'a, 'b> {
    cx: &'b Cx<'a>,
    pickle: usize,
    list: Vec<Finding>,
    by_name: HashMap<String, usize>,
    /// The findings of names as the file spells them: a pickle names the same few again and again.
    judged: HashMap<(&'a str, &'a str), usize>,
}

impl Found<'_, '_> {
    /// The finding of a global; made where it is new.
    fn name(&mut self, h: Handle, made: OpIndex) -> Option<usize> {
        let cx = self.cx;
        let node = cx.node(h)?;
        if let Node::Extension(code) = node {
            if cx.written_name(h).is_none() {
                let name = format!("extension {code}");
                let why = format!("Code {code} of copyreg's registry: the file alone does not say what it names.");
                return Some(self.add(h, made, name, None, Verdict::Unknown, why));
            }
        }
        let (module, name) = cx.written_name(h)?;
        if let Node::Global { parts: Some((m, n)), .. } = node {
            let text = |h: Handle| matches!(cx.value(h), Value::Str(..) | Value::Legacy(..));
            if !text(*m) || !text(*n) {
                let shown = format!("{}.{}", repr(cx, *m, 40), repr(cx, *n, 40));
                let why =
                    "The name is the result of a call, which only running would tell; CPython refuses it.".to_owned();
                return Some(self.add(h, made, shown, None, Verdict::Unknown, why));
            }
        }
        if let Some(i) = self.judged.get(&(module, name)) {
            return Some(*i);
        }
        let protocol = cx.stream.pickles.get(self.pickle).map_or(0, |p| p.protocol);
        let (full, written, verdict, why) = judge(module, name, protocol);
        let i = self.add(h, made, full, written, verdict, why);
        self.judged.insert((module, name), i);
        Some(i)
    }

    fn add(
        &mut self,
        handle: Handle,
        op: OpIndex,
        name: String,
        written: Option<String>,
        verdict: Verdict,
        why: String,
    ) -> usize {
        if let Some(i) = self.by_name.get(&name) {
            return *i;
        }
        let span = self.cx.op(op).map(|o| o.span).unwrap_or_default();
        let i = self.list.len();
        self.by_name.insert(name.clone(), i);
        let (called, calls, with) = (false, 0, String::new());
        self.list.push(Finding { name, written, span, op, handle, verdict, called, calls, with, why });
        i
    }

    /// Something is called: a global, a `functools.partial`, or what `getattr` fetched.
    fn called(&mut self, callable: Handle, args: Handle, made: OpIndex) {
        let cx = self.cx;
        if matches!(cx.node(callable), Some(Node::Global { .. } | Node::Extension(_))) {
            let Some(i) = self.name(callable, cx.stream.graph.made(callable)) else { return };
            self.count(i, args);
            self.walked(callable, args, made);
            return;
        }
        // A call of a call's result: what partial wraps is called too.
        if let Some(call) = cx.call_of(callable, "functools", &["partial"]) {
            if let Some(inner) = cx.arg(call, 0).filter(|f| cx.written_name(*f).is_some()) {
                if let Some(i) = self.name(inner, cx.stream.graph.made(inner)) {
                    self.count(i, args);
                }
            }
        }
        if let Some(call) = cx.call_of(callable, "builtins", &["getattr"]) {
            if let Some(i) = self.attribute(callable, call.args, cx.stream.graph.made(callable)) {
                self.count(i, args);
            }
        }
    }

    /// `functools.partial` is as bad as the functions that it is given: pandas 1.3 makes its blocks by it. Its state may
    /// give it another one.
    fn bound(&mut self, partials: &[Handle]) {
        let cx = self.cx;
        let safe = |f: Option<Handle>| {
            let name = f.and_then(|f| cx.written_name(f));
            name.is_some_and(|(m, n)| judge(m, n, 2).2 == Verdict::Safe && judge(m, n, 4).2 == Verdict::Safe)
        };
        let fits = |h: &Handle| {
            let Some(call) = cx.call(*h) else { return false };
            safe(cx.arg(call, 0)) && call.states.iter().all(|s| s.setter.is_none() && safe(cx.nth(s.value, 0)))
        };
        if partials.is_empty() || !partials.iter().all(fits) {
            return;
        }
        for f in self.list.iter_mut().filter(|f| f.name == "functools.partial" && f.calls == partials.len() as u64) {
            f.verdict = Verdict::Safe;
            "It binds arguments to functions of the reviewed list alone.".clone_into(&mut f.why);
        }
    }

    fn count(&mut self, i: usize, args: Handle) {
        let Some(f) = self.list.get_mut(i) else { return };
        f.calls = f.calls.saturating_add(1);
        if !f.called {
            f.called = true;
            f.with = one_line(&repr(self.cx, args, WITH), WITH);
        }
    }

    /// `getattr(module.name, 'attribute')` names another thing.
    fn walked(&mut self, callable: Handle, args: Handle, made: OpIndex) {
        if self.cx.is(callable, "builtins", "getattr") {
            self.attribute(callable, args, made);
        }
    }

    /// The finding of what getattr fetches; adjusts that of getattr itself, which is as bad as the worst it is used for.
    fn attribute(&mut self, getattr: Handle, args: Handle, made: OpIndex) -> Option<usize> {
        let cx = self.cx;
        let of = cx.nth(args, 0)?;
        let attribute = cx.nth(args, 1).filter(|a| matches!(cx.value(*a), Value::Str(..) | Value::Legacy(..)));
        let walked = attribute.and_then(|a| cx.name(a)).zip(cx.written_name(of));
        let Some((attribute, (module, name))) = walked else { return None };
        let (full, written, verdict, why) = judge(module, &format!("{name}.{attribute}"), 4);
        let span_of = if cx.written_name(getattr).is_some() { made } else { cx.stream.graph.made(getattr) };
        Some(self.add(of, span_of, full, written, verdict, why))
    }
}

/// The name as Python 3 looks it up, as the file spells it where that differs, the verdict and its reason.
pub fn judge(module: &str, name: &str, protocol: u8) -> (String, Option<String>, Verdict, String) {
    let (m, n) = match compat::renamed(module, name) {
        // `dbm` is a module of Python 3 too: only old protocols map it.
        Some(new) if protocol < 3 || module != "dbm" => new,
        _ => (module, name),
    };
    let full = if m == "builtins" { format!("builtins.{n}") } else { qualify(m, n) };
    let spelt = format!("{module}.{name}");
    let written = (spelt != full).then(|| one_line(&spelt, 200));
    let (verdict, why) = weigh(m, n, protocol >= 4);
    // A module that Python 3 does not have may still be found by Python 2.
    let (verdict, why) = match weigh(module, name, protocol >= 4) {
        (v @ Verdict::Dangerous, w) if v > verdict => (v, w),
        _ => (verdict, why),
    };
    let why = vintage(module).map_or(why.clone(), |v| format!("{why} {}", v.says()));
    (one_line(&full, 200), written, verdict, why)
}

fn weigh(module: &str, name: &str, walks: bool) -> (Verdict, String) {
    if let Some(c) = module.chars().chain(name.chars()).find(|c| !c.is_ascii()) {
        let shown = one_line(&c.to_string(), 12);
        let why = format!(
            "The name holds {shown} (U+{:04X}), which is no ASCII and may only look like another.",
            u32::from(c)
        );
        return (Verdict::Unknown, why);
    }
    let rule =
        table::find(module, name).or_else(|| if walks && name.contains('.') { dotted(module, name) } else { None });
    match rule {
        Some(Rule::Safe(why)) => (Verdict::Safe, format!("{why}.")),
        Some(Rule::Dangerous(why)) => (Verdict::Dangerous, format!("{why}.")),
        None => (
            Verdict::Unknown,
            "It is on neither list: only its author knows what importing or calling it does.".to_owned(),
        ),
    }
}

/// `a.b.c`, walked by attribute: as bad as any step of it.
fn dotted(module: &str, name: &str) -> Option<Rule> {
    let mut at = module.to_owned();
    for part in name.split('.') {
        if part.starts_with("__") && part.ends_with("__") && part != "__init__" && part != "__new__" {
            return Some(Rule::Dangerous(
                "It walks by attribute through an internal name, from which everything is reached",
            ));
        }
        if let Some(rule @ Rule::Dangerous(_)) = table::find(&at, part).or_else(|| table::find(part, "")) {
            return Some(rule);
        }
        at = format!("{at}.{part}");
    }
    None
}
