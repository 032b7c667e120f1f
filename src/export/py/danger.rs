//! Whether running a value's source would do more than make the value: what is dangerous is followed from where it is named
//! to where it would be called. To name `eval` in a list is harmless, and so is `functools.partial(int, base=2)`; to call
//! it, or to give it to something that may, is not. Must never look beyond what the exported value is made of.

use super::plan::{Group, Plan};
use crate::interpret::imports::judge;
use crate::interpret::{Cx, Verdict};
use crate::machine::{Call, Handle, Label, Node, NodeId, Value};
use std::collections::HashMap;

/// Modules of dangerous names whose import does nothing.
const QUIET: &[&str] = &[
    "_functools",
    "_io",
    "_operator",
    "_weakref",
    "builtins",
    "codecs",
    "copyreg",
    "functools",
    "gc",
    "importlib",
    "inspect",
    "io",
    "operator",
    "os",
    "pickle",
    "posix",
    "shutil",
    "socket",
    "string",
    "subprocess",
    "sys",
    "threading",
    "types",
    "uuid",
    "weakref",
];

/// Names of what running the source would call and should not, each once, at most five.
pub(super) fn dangers(cx: &Cx<'_>, plan: &Plan<'_>) -> Vec<String> {
    let any = plan.globals.iter().any(|g| is_dangerous(cx, *g));
    if !any {
        return Vec::new();
    }
    let mut flow = Flow { cx, tainted: HashMap::new(), called: Vec::new() };
    for group in &plan.groups {
        match group {
            Group::One(id) => {
                if let Some(source) = flow.weigh(*id) {
                    flow.tainted.insert(*id, source);
                }
            }
            // Parts that hold each other: what one can reach, all can.
            Group::Cycle(ids) => {
                if let Some(source) = ids.iter().find_map(|id| flow.weigh(*id)) {
                    flow.tainted.extend(ids.iter().map(|id| (*id, source)));
                    for id in ids {
                        flow.weigh(*id);
                    }
                }
            }
        }
    }
    let mut names: Vec<String> = Vec::new();
    for h in flow.called {
        let name =
            cx.global(h).map_or_else(|| "?".to_owned(), |(m, n)| crate::interpret::one_line(&format!("{m}.{n}"), 100));
        if !names.contains(&name) && names.len() < 5 {
            names.push(name);
        }
    }
    names
}

fn is_dangerous(cx: &Cx<'_>, h: Handle) -> bool {
    cx.written_name(h).is_some_and(|(m, n)| judge(m, n, 4).2 == Verdict::Dangerous)
}

/// What a dangerous name reaches: parts that hold it, with the name.
struct Flow<'a, 'b> {
    cx: &'b Cx<'a>,
    tainted: HashMap<NodeId, Handle>,
    called: Vec<Handle>,
}

impl Flow<'_, '_> {
    fn taint(&self, h: Handle) -> Option<Handle> {
        self.tainted.get(&h.as_node()?).copied()
    }

    /// The dangerous name that a part holds, where it holds one without calling it.
    fn weigh(&mut self, id: NodeId) -> Option<Handle> {
        let h = Handle::node(id);
        match self.cx.node(h)? {
            Node::Global { .. } | Node::Extension(_) => {
                let dangerous = is_dangerous(self.cx, h);
                let quiet = self.cx.global(h).is_some_and(|(m, _)| QUIET.contains(&m));
                if dangerous && !quiet {
                    self.called.push(h);
                }
                dangerous.then_some(h)
            }
            Node::Call(call) if !self.cx.is_literal(h) => self.call(h, call),
            _ => self.held(h, true),
        }
    }

    /// The dangerous name among the parts of a part.
    fn held(&self, h: Handle, all: bool) -> Option<Handle> {
        self.cx.stream.graph.children(h).iter().filter(|c| all || c.label != Label::Callable).find_map(|c| {
            let key = match c.label {
                Label::Key(k) => self.taint(k),
                _ => None,
            };
            key.or_else(|| self.taint(c.handle))
        })
    }

    fn call(&mut self, h: Handle, call: &Call) -> Option<Handle> {
        let given = self.held(h, false);
        let name = self.cx.global(call.callable);
        let dangerous = is_dangerous(self.cx, call.callable);
        match (name, self.taint(call.callable)) {
            // These only keep what they are given.
            (Some(("functools" | "_functools", "partial")), _)
            | (Some(("builtins", "map" | "filter" | "memoryview" | "property" | "classmethod" | "staticmethod")), _) => {
                given
            }
            // What these make may reach anything once it is called.
            (Some(("operator" | "_operator", "itemgetter" | "attrgetter" | "methodcaller")), _) => Some(call.callable),
            (Some(("builtins", "getattr")), _) => self.fetched(call),
            // It calls what it is given: that may be harmless, as in `int | None` (which is `reduce(or_, (int, None))`).
            (Some(("functools" | "_functools", "reduce")), _) if given.is_none() => None,
            // operator.methodcaller pickles so, where it has keywords.
            (None, Some(source)) if self.makes_methodcaller(call.callable) && given.is_none() => Some(source),
            (_, source) if dangerous || source.is_some() => {
                self.called.push(source.unwrap_or(call.callable));
                None
            }
            (Some(("builtins", "list" | "tuple" | "set" | "frozenset" | "dict")), _)
            | (Some(("collections" | "_collections", "OrderedDict" | "defaultdict" | "deque")), _)
            | (Some(("types", "SimpleNamespace")), _) => {
                let source = given?;
                // an iterator would be run
                let runs = self.cx.args(call);
                let runs = (0..runs.len()).filter_map(|i| self.cx.item(runs, i));
                if runs.into_iter().any(|a| self.cx.call(a).is_some() && self.taint(a).is_some()) {
                    self.called.push(source);
                }
                Some(source)
            }
            _ => {
                self.called.extend(given);
                None
            }
        }
    }

    /// `functools.partial(operator.methodcaller, …)`, which makes a methodcaller when it is called.
    fn makes_methodcaller(&self, h: Handle) -> bool {
        let maker = |f: Handle| self.cx.is(f, "operator", "methodcaller") || self.cx.is(f, "_operator", "methodcaller");
        let partial = |h| {
            self.cx.call_of(h, "functools", &["partial"]).or_else(|| self.cx.call_of(h, "_functools", &["partial"]))
        };
        // the state names what is called once more
        let state = |h| self.cx.state(h).and_then(|s| self.cx.nth(s, 0));
        partial(h).is_some_and(|c| self.cx.arg(c, 0).is_some_and(maker) && state(h).is_none_or(maker))
    }

    /// `getattr(value, 'name')`: a method of a plain value or of a harmless class is harmless, to call as well.
    fn fetched(&self, call: &Call) -> Option<Handle> {
        let (Some(of), Some(attribute)) = (self.cx.arg(call, 0), self.cx.arg(call, 1)) else {
            return Some(call.callable);
        };
        let literal = matches!(self.cx.value(attribute), Value::Str(..) | Value::Legacy(..));
        let plain = self.cx.name(attribute).filter(|n| literal && (n == "__new__" || !n.starts_with("__")));
        let Some(attribute) = plain else { return Some(call.callable) };
        if let Some(source) = self.taint(of) {
            return Some(source);
        }
        let harmless = match self.cx.node(of) {
            Some(Node::Call(_)) => self.cx.is_literal(of),
            Some(Node::Global { .. } | Node::Extension(_)) => self
                .cx
                .written_name(of)
                .is_some_and(|(m, n)| judge(m, &format!("{n}.{attribute}"), 4).2 != Verdict::Dangerous),
            _ => true,
        };
        (!harmless).then_some(call.callable)
    }
}
