//! How objects are filled: known classes, and what earlier objects of the same class in the same pickle were given.
//! A look at names and at the graph; nothing is decided here.

use crate::interpret::types::Cx;
use crate::machine::{Call, CallKind, Handle, NameId, Node};
use std::collections::HashMap;

/// Nodes that are looked at, the latest ones.
const LOOKED_AT: usize = 200_000;

/// What the objects of one class were made with and given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Habit {
    /// How they were made.
    pub kind: Option<CallKind>,
    /// Some were given a state.
    pub state: bool,
    /// Some were given list items.
    pub list: bool,
    /// Some were given dict items.
    pub dict: bool,
}

/// The habits of all classes of a pickle, gathered when first asked for.
#[derive(Default)]
pub(super) struct Habits {
    known: Option<HashMap<NameId, Habit>>,
}

fn name_of(cx: &Cx<'_>, h: Handle) -> Option<NameId> {
    match cx.node(h)? {
        Node::Global { name, .. } => Some(*name),
        _ => None,
    }
}

impl Habits {
    /// What objects of a class or function were like; `None` where there were none. The last, unfinished one counts not.
    pub(super) fn of(&mut self, cx: &Cx<'_>, class: Handle, but: Option<Handle>) -> Option<Habit> {
        let name = name_of(cx, class)?;
        let known = self.known.get_or_insert_with(|| {
            let mut known: HashMap<NameId, Habit> = HashMap::new();
            let nodes = &cx.stream.graph.nodes;
            let from = nodes.len().saturating_sub(LOOKED_AT);
            for (i, record) in nodes.iter().enumerate().skip(from) {
                let Node::Call(call) = &record.node else { continue };
                let id = u32::try_from(i).map(|i| Handle::node(crate::machine::NodeId(i)));
                let Ok(h) = id else { break };
                if Some(h) == but {
                    continue;
                }
                let Some(name) = cx.class_of(h).and_then(|c| name_of(cx, c)) else { continue };
                let habit = known.entry(name).or_default();
                habit.kind = Some(call.kind);
                habit.state |= !call.states.is_empty();
                habit.list |= !call.list_items.is_empty();
                habit.dict |= !call.dict_items.is_empty();
            }
            known
        });
        known.get(&name).copied()
    }
}

/// What fills an object of a known class: `Some(true)` keys and values, `Some(false)` items.
pub(super) fn known_filling(cx: &Cx<'_>, class: Handle) -> Option<bool> {
    match cx.global(class)? {
        ("collections", "OrderedDict" | "defaultdict" | "Counter" | "UserDict") | ("builtins", "dict") => Some(true),
        ("collections", "deque" | "UserList") | ("builtins", "list") => Some(false),
        _ => None,
    }
}

/// A plain class, whose `__dict__` BUILD fills: what is made by NEWOBJ without arguments, and of old.
pub(super) fn takes_a_dict(cx: &Cx<'_>, h: Handle, call: &Call) -> bool {
    let class = cx.class_of(h).and_then(|c| cx.global(c));
    let Some((module, name)) = class else { return false };
    let root = module.split('.').next().unwrap_or("");
    // These check what they are given, or are made in C.
    if matches!(
        root,
        "numpy" | "pandas" | "scipy" | "uuid" | "datetime" | "decimal" | "fractions" | "random" | "xarray"
    ) {
        return false;
    }
    match call.kind {
        CallKind::NewObj => cx.args(call).is_empty() && !(root == "sklearn" && name == "Tree"),
        CallKind::Reduce => {
            cx.is(call.callable, "copyreg", "_reconstructor") || (module, name) == ("types", "SimpleNamespace")
        }
        CallKind::Inst | CallKind::Obj => true,
        CallKind::NewObjEx => false,
    }
}

/// A text that names a module, as far as one can tell.
pub(super) fn names_a_module(text: &str) -> bool {
    let identifier = |s: &str| {
        !s.is_empty()
            && s.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !s.chars().next().is_some_and(|c| c.is_numeric())
    };
    if !text.split('.').all(identifier) {
        return false;
    }
    text.contains('.') && text.starts_with(|c: char| c.is_lowercase() || c == '_') || MODULES.contains(&text)
}

/// A text that names something in a module.
pub(super) fn names_a_thing(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '<' | '>'))
}

/// Modules without a dot whose classes are met in pickles.
const MODULES: &[&str] = &[
    "__builtin__",
    "__main__",
    "_codecs",
    "_collections",
    "_io",
    "_operator",
    "_pydatetime",
    "array",
    "builtins",
    "collections",
    "copy_reg",
    "copyreg",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "io",
    "ipaddress",
    "itertools",
    "joblib",
    "numpy",
    "operator",
    "pandas",
    "pathlib",
    "random",
    "re",
    "scipy",
    "sklearn",
    "string",
    "time",
    "torch",
    "types",
    "typing",
    "uuid",
    "weakref",
    "zoneinfo",
];
