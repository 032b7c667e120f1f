//! The parts of a value as a list with random access: what a tree row opens to. Walks nothing, copies nothing.

use super::graph::{Graph, Handle, Items, Node};

/// What a part is to the value it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// Item `i` of a list, tuple, set or frozenset, or of the list items that a call was given.
    Index(u64),
    /// The value under this key, of a dict or of the dict items that a call was given.
    Key(Handle),
    /// What is called.
    Callable,
    /// The arguments.
    Args,
    /// NEWOBJ_EX's keyword arguments.
    Kwargs,
    /// State `i`, by BUILD or by a state setter.
    State(u32),
    /// The state setter of state `i`.
    Setter(u32),
    /// STACK_GLOBAL's module.
    Module,
    /// STACK_GLOBAL's name.
    Name,
    /// A persistent id.
    PersistentId,
    /// What a read-only view shows.
    Buffer,
}

/// A part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child {
    /// What it is to the value.
    pub label: Label,
    /// The part.
    pub handle: Handle,
}

/// The parts of a value.
pub struct Children<'a> {
    graph: &'a Graph,
    head: Vec<Child>,
    list: Option<&'a Items>,
    dict: Option<&'a Items>,
}

impl Children<'_> {
    /// Number of parts: a dict's entries count once.
    pub fn len(&self) -> u64 {
        self.head.len() as u64 + self.list.map_or(0, Items::len) + self.dict.map_or(0, |d| d.len().div_ceil(2))
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Part `i`.
    pub fn get(&self, i: u64) -> Option<Child> {
        if let Some(c) = usize::try_from(i).ok().and_then(|i| self.head.get(i)) {
            return Some(*c);
        }
        let i = i - self.head.len() as u64;
        let listed = self.list.map_or(0, Items::len);
        if i < listed {
            return Some(Child { label: Label::Index(i), handle: self.graph.item(self.list?, i)? });
        }
        let (dict, i) = (self.dict?, (i - listed).checked_mul(2)?);
        let key = self.graph.item(dict, i)?;
        // A key without a value (an odd number of items) stands for itself.
        Some(Child { label: Label::Key(key), handle: self.graph.item(dict, i + 1).unwrap_or(key) })
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Child> + '_ {
        (0..self.len()).filter_map(|i| self.get(i))
    }
}

impl Graph {
    /// The parts of a value.
    pub fn children(&self, h: Handle) -> Children<'_> {
        let mut c = Children { graph: self, head: Vec::new(), list: None, dict: None };
        let mut part = |label, handle| c.head.push(Child { label, handle });
        match self.node_of(h).map(|n| &n.node) {
            None => {}
            Some(Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items)) => {
                c.list = Some(items);
            }
            Some(Node::Dict(items)) => c.dict = Some(items),
            Some(Node::Global { parts: Some((module, name)), .. }) => {
                part(Label::Module, *module);
                part(Label::Name, *name);
            }
            Some(Node::Call(call)) => {
                part(Label::Callable, call.callable);
                part(Label::Args, call.args);
                if let Some(kwargs) = call.kwargs {
                    part(Label::Kwargs, kwargs);
                }
                (c.list, c.dict) = (Some(&call.list_items), Some(&call.dict_items));
            }
            Some(Node::Persistent(Some(id))) => part(Label::PersistentId, *id),
            Some(Node::ReadOnly(of)) => part(Label::Buffer, *of),
            Some(
                Node::Global { .. }
                | Node::Persistent(None)
                | Node::Extension(_)
                | Node::Buffer(_)
                | Node::Content
                | Node::Lost,
            ) => {}
        }
        for (i, state) in (0..).zip(self.states(h)) {
            if let Some(setter) = state.setter {
                c.head.push(Child { label: Label::Setter(i), handle: setter });
            }
            c.head.push(Child { label: Label::State(i), handle: state.value });
        }
        if let Some(extra) = self.extras.get(&h) {
            c.list = c.list.or(Some(&extra.list_items));
            c.dict = c.dict.or(Some(&extra.dict_items));
        }
        c
    }
}
