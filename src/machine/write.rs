//! How the machine writes the graph: nodes, runs of handles, states, interned names. Knows nothing of the stack's rules.

use super::graph::{Call, CallKind, Fill, Graph, Handle, Items, NameId, Node, NodeId, NodeRecord, State};
use super::kind::Kind;
use super::step::{Cx, Slot};
use crate::ops::{OpIndex, Opcode};
use crate::source::Span;
use std::collections::HashMap;

/// Interns names of globals.
#[derive(Default)]
pub(super) struct Names {
    known: HashMap<String, NameId>,
    key: String,
}

impl Names {
    pub(super) fn intern(&mut self, g: &mut Graph, module: &str, name: &str) -> NameId {
        use std::fmt::Write as _;
        self.key.clear();
        let _ = write!(self.key, "{}:{module}{name}", module.len());
        if let Some(id) = self.known.get(self.key.as_str()) {
            return *id;
        }
        let id = NameId(u32::try_from(g.names.len()).unwrap_or(u32::MAX));
        g.boxed += 3 * (module.len() + name.len() + 40) as u64;
        g.names.push((module.into(), name.into()));
        self.known.insert(self.key.clone(), id);
        id
    }
}

/// Bytes of a module's or a global's name that are kept; the whole stays in the file.
pub(super) const NAME: usize = 4096;

pub(super) fn name_lines(cx: &mut Cx<'_>, module: Span, name: Span) -> NameId {
    let m = String::from_utf8_lossy(cx.args.get(module, NAME)).into_owned();
    let n = String::from_utf8_lossy(cx.args.get(name, NAME)).into_owned();
    cx.names.intern(cx.g, &m, &n)
}

pub(super) fn new_call(kind: CallKind, callable: Handle, args: Handle, kwargs: Option<Handle>) -> Node {
    let (states, list_items, dict_items) = (Vec::new(), Items::None, Items::None);
    Node::Call(Box::new(Call { kind, callable, args, kwargs, states, list_items, dict_items }))
}

pub(super) fn tuple_kind(slots: &[Slot]) -> Kind {
    slots.iter().map(|s| s.kind).find(|k| k.unhashable().is_some()).map_or(Kind::Tuple, Kind::within_tuple)
}

pub(super) fn add(g: &mut Graph, node: Node, made: OpIndex, start: OpIndex) -> Handle {
    let id = NodeId(u32::try_from(g.nodes.len()).unwrap_or(u32::MAX));
    g.boxed += if matches!(node, Node::Call(_)) { 150 } else { 0 };
    g.nodes.push(NodeRecord { node, made, start });
    Handle::node(id)
}

/// Copies values into the pool.
pub(super) fn pour(g: &mut Graph, slots: &[Slot], op: OpIndex) -> Fill {
    let start = u32::try_from(g.pool.len()).unwrap_or(u32::MAX);
    g.pool.extend(slots.iter().map(|s| s.value));
    Fill { op, start, len: u32::try_from(slots.len()).unwrap_or(u32::MAX) }
}

pub(super) fn give_items(g: &mut Graph, target: Handle, code: Opcode, fill: Fill) {
    let pairs = matches!(code, Opcode::Setitem | Opcode::Setitems);
    let node = target.as_node().and_then(|id| g.nodes.get_mut(id.0 as usize)).map(|r| &mut r.node);
    let items = match (node, code) {
        (Some(Node::List(items)), Opcode::Append | Opcode::Appends)
        | (Some(Node::Set(items)), Opcode::Additems)
        | (Some(Node::Dict(items)), Opcode::Setitem | Opcode::Setitems) => items,
        (Some(Node::Call(c)), _) if pairs => &mut c.dict_items,
        (Some(Node::Call(c)), _) => &mut c.list_items,
        _ => {
            let extra = g.extras.entry(target).or_default();
            if pairs { &mut extra.dict_items } else { &mut extra.list_items }
        }
    };
    items.push(fill);
    g.boxed += 12;
}

pub(super) fn give_state(g: &mut Graph, target: Handle, state: State) {
    let node = target.as_node().and_then(|id| g.nodes.get_mut(id.0 as usize)).map(|r| &mut r.node);
    match node {
        Some(Node::Call(c)) => {
            // Nearly always the only one.
            if c.states.is_empty() {
                c.states.reserve_exact(1);
            }
            c.states.push(state);
        }
        _ => g.extras.entry(target).or_default().states.push(state),
    }
}
