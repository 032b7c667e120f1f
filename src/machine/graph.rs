//! What the pickle machine would build, as inert nodes: no call is made, no name is looked up.
//!
//! A value is a 32-bit [`Handle`]: an op for a scalar (decoded again from the file whenever it is asked for), a node for
//! what was built. Children are runs of handles in one pool. Everything that an op did is kept with the op's number, so
//! the graph can be asked what it looked like at any op (see `trace`).

use crate::ops::OpIndex;
use std::collections::{BTreeMap, BTreeSet};

/// A node's number within its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A value of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(u32);

/// What a [`Handle`] points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The scalar that this op pushes.
    Op(OpIndex),
    /// Something that was built.
    Node(NodeId),
}

impl Handle {
    const NODE: u32 = 1 << 31;
    /// No value: a node's number that is never given.
    const VOID: Self = Self(u32::MAX);

    /// The scalar that an op pushes.
    pub const fn op(op: OpIndex) -> Self {
        Self(op.0 & !Self::NODE)
    }

    /// Something that was built.
    pub const fn node(id: NodeId) -> Self {
        Self(id.0 | Self::NODE)
    }

    /// What it points to.
    pub const fn target(self) -> Target {
        if self.0 & Self::NODE == 0 { Target::Op(OpIndex(self.0)) } else { Target::Node(NodeId(self.0 & !Self::NODE)) }
    }

    /// The node, unless it is a scalar.
    pub const fn as_node(self) -> Option<NodeId> {
        match self.target() {
            Target::Node(n) => Some(n),
            Target::Op(_) => None,
        }
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.target() {
            Target::Op(o) => write!(f, "op{}", o.0),
            Target::Node(n) => write!(f, "node{}", n.0),
        }
    }
}

/// A run of handles that one op put into a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The op that did it (TUPLE, APPENDS, SETITEM …).
    pub op: OpIndex,
    /// First handle in [`Graph::pool`].
    pub start: u32,
    /// Number of handles.
    pub len: u32,
}

/// A run and the number of handles up to its end: what [`Items`] keeps where there is more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    op: OpIndex,
    start: u32,
    end: u32,
}

/// The runs that make up a container, in order. A dict's handles alternate key and value.
#[derive(Clone, Debug, Default)]
pub enum Items {
    /// Nothing yet.
    #[default]
    None,
    /// The usual case.
    One(Fill),
    /// Filled by several ops.
    Many(Box<Vec<Run>>),
}

impl Items {
    /// Number of handles (a dict has two for each entry).
    pub fn len(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::One(f) => u64::from(f.len),
            Self::Many(v) => v.last().map_or(0, |r| u64::from(r.end)),
        }
    }

    /// Holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a run at the end.
    pub fn push(&mut self, fill: Fill) {
        match self {
            Self::None => *self = Self::One(fill),
            Self::One(first) => {
                let (op, start, end) = (first.op, first.start, first.len);
                let next = Run { op: fill.op, start: fill.start, end: end.saturating_add(fill.len) };
                *self = Self::Many(Box::new(vec![Run { op, start, end }, next]));
            }
            Self::Many(v) => {
                let end = v.last().map_or(0, |r| r.end).saturating_add(fill.len);
                v.push(Run { op: fill.op, start: fill.start, end });
            }
        }
    }

    /// Number of runs.
    pub fn runs(&self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(v) => v.len(),
        }
    }

    /// Run `i`, and the number of handles before it.
    pub fn run(&self, i: usize) -> Option<(Fill, u64)> {
        match self {
            Self::None => None,
            Self::One(f) => (i == 0).then_some((*f, 0)),
            Self::Many(v) => {
                let r = v.get(i)?;
                let before = i.checked_sub(1).and_then(|k| v.get(k)).map_or(0, |r| r.end);
                Some((Fill { op: r.op, start: r.start, len: r.end.saturating_sub(before) }, u64::from(before)))
            }
        }
    }

    /// The runs, in order.
    pub fn fills(&self) -> impl Iterator<Item = Fill> + '_ {
        (0..self.runs()).filter_map(|i| self.run(i).map(|(f, _)| f))
    }

    /// Number of handles that were there after `op`.
    pub fn len_at(&self, op: OpIndex) -> u64 {
        match self {
            Self::None => 0,
            Self::One(f) => {
                if f.op <= op {
                    u64::from(f.len)
                } else {
                    0
                }
            }
            Self::Many(v) => {
                let n = v.partition_point(|r| r.op <= op);
                n.checked_sub(1).and_then(|i| v.get(i)).map_or(0, |r| u64::from(r.end))
            }
        }
    }

    /// The first run that an op after `op` made, as its place in the order.
    pub fn first_after(&self, op: OpIndex) -> usize {
        match self {
            Self::None => 0,
            Self::One(f) => usize::from(f.op <= op),
            Self::Many(v) => v.partition_point(|r| r.op <= op),
        }
    }

    /// The run that holds handle `i`, and where in the pool that handle is.
    pub fn locate(&self, i: u64) -> Option<(Fill, u32)> {
        let n = match self {
            Self::None => return None,
            Self::One(_) => 0,
            Self::Many(v) => v.partition_point(|r| u64::from(r.end) <= i),
        };
        let (fill, before) = self.run(n)?;
        let skip = u32::try_from(i.checked_sub(before)?).ok().filter(|s| *s < fill.len)?;
        Some((fill, fill.start.checked_add(skip)?))
    }
}

/// Number of an interned (module, name) pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(pub u32);

/// How an object is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// `callable(*args)`.
    Reduce,
    /// `cls.__new__(cls, *args)`.
    NewObj,
    /// `cls.__new__(cls, *args, **kwargs)`.
    NewObjEx,
    /// An instance of the class that INST names.
    Inst,
    /// An instance of the class that lay above the mark.
    Obj,
}

/// A state that was given to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// BUILD, or the REDUCE that called the state setter.
    pub op: OpIndex,
    /// The state.
    pub value: Handle,
    /// The sixth slot of the reduce tuple (Python 3.8 and later): called as `setter(obj, state)`.
    pub setter: Option<Handle>,
}

/// An object that a call would make, and what it is then given.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which opcode made it.
    pub kind: CallKind,
    /// What is called: usually a global.
    pub callable: Handle,
    /// The arguments: a tuple node. INST and OBJ have theirs made of the items above the mark.
    pub args: Handle,
    /// NEWOBJ_EX's keyword arguments: a dict node.
    pub kwargs: Option<Handle>,
    /// States, in the order they were given; nearly always none or one.
    pub states: Vec<State>,
    /// The fourth slot: what APPEND, APPENDS and ADDITEMS gave it.
    pub list_items: Items,
    /// The fifth slot: what SETITEM and SETITEMS gave it, alternating key and value.
    pub dict_items: Items,
}

/// What was built.
#[derive(Clone, Debug)]
pub enum Node {
    /// A list.
    List(Items),
    /// A tuple.
    Tuple(Items),
    /// A set.
    Set(Items),
    /// A frozenset.
    FrozenSet(Items),
    /// A dict: keys and values alternate.
    Dict(Items),
    /// Something that a loader would import.
    Global {
        /// Its interned module and name.
        name: NameId,
        /// STACK_GLOBAL's module and name; `None` where the op's own lines hold them.
        parts: Option<(Handle, Handle)>,
    },
    /// An object that a call would make.
    Call(Box<Call>),
    /// A persistent id: the value that BINPERSID took, or `None` where PERSID's own line holds it.
    Persistent(Option<Handle>),
    /// An extension code of copyreg.
    Extension(i64),
    /// The out-of-band buffer of this number, counted from 0 within its pickle.
    Buffer(u32),
    /// A read-only view of a buffer.
    ReadOnly(Handle),
    /// A value that was made before a fault, and that ops behind it take or fetch.
    Lost,
    /// All of a member that is no pickle, but an array behind a header of its own (NPY). No op makes it.
    Content,
}

/// A node and where it comes from.
#[derive(Clone, Debug)]
pub struct NodeRecord {
    /// What it is.
    pub node: Node,
    /// The op that made it.
    pub made: OpIndex,
    /// The first op of the parts that `made` took from the stack; `made` itself where it took none.
    pub start: OpIndex,
}

/// An op that took something from the stack or fetched something from the memo. See `trace`.
///
/// What an op leaves on the stack is the contiguous run of ops from `start` to itself: that is how the stack at any op is
/// found again by walking back. Ops that are not listed either push a value of their own or leave the stack alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The op.
    pub op: OpIndex,
    /// The first op of all that it took; the op itself where it took nothing.
    pub start: OpIndex,
    value: Handle,
}

impl Extent {
    /// What `op` left in place of the ops from `start` on.
    pub const fn new(op: OpIndex, start: OpIndex, value: Option<Handle>) -> Self {
        let value = match value {
            Some(h) => h,
            None => Handle::VOID,
        };
        Self { op, start, value }
    }

    /// The value that it left on the stack; `None` where it left none (POP, POP_MARK, STOP, a fault).
    pub fn value(&self) -> Option<Handle> {
        (self.value != Handle::VOID).then_some(self.value)
    }
}

/// An entry of the memo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoPut {
    /// PUT, BINPUT, LONG_BINPUT or MEMOIZE.
    pub op: OpIndex,
    /// The entry's number.
    pub key: u32,
    /// What was stored.
    pub value: Handle,
}

impl MemoPut {
    /// Its number, to be shown; MEMOIZE behind a fault has none that could be told.
    pub fn number(&self) -> String {
        if self.key < super::UNNUMBERED { self.key.to_string() } else { "?".to_owned() }
    }
}

/// What was given to a value that has no place for it: attributes to a class, items to a tuple or an integer.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// States that BUILD gave it.
    pub states: Vec<State>,
    /// What APPEND, APPENDS and ADDITEMS gave it.
    pub list_items: Items,
    /// What SETITEM and SETITEMS gave it, alternating key and value.
    pub dict_items: Items,
}

/// A set of numbers that grows as far as the largest of them.
#[derive(Clone, Debug, Default)]
pub struct BitSet(Vec<u64>);

impl BitSet {
    /// Puts `n` in.
    pub fn insert(&mut self, n: u32) {
        let (word, bit) = ((n >> 6) as usize, n & 63);
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(w) = self.0.get_mut(word) {
            *w |= 1 << bit;
        }
    }

    /// `n` is in it.
    pub fn contains(&self, n: u32) -> bool {
        self.0.get((n >> 6) as usize).is_some_and(|w| w >> (n & 63) & 1 == 1)
    }
}

/// Everything that one member's pickles build.
#[derive(Debug, Default)]
pub struct Graph {
    /// The nodes, in the order they were made.
    pub nodes: Vec<NodeRecord>,
    /// Children of all nodes.
    pub pool: Vec<Handle>,
    /// Ops that took or fetched something, in order.
    pub extents: Vec<Extent>,
    /// Memo entries, in the order they were stored.
    pub puts: Vec<MemoPut>,
    /// Interned names of globals: module, name.
    pub names: Vec<(Box<str>, Box<str>)>,
    /// What was given to values that have no place for it.
    pub extras: BTreeMap<Handle, Extra>,
    /// Ops that leave the stack alone and are no memo ops, in order: PROTO, FRAME, a READONLY_BUFFER with nothing to do.
    pub(super) thin: Vec<OpIndex>,
    /// Keys that were in the memo when they were stored again, and which of `puts` did it.
    pub(super) overwrites: BTreeSet<(u32, u32)>,
    /// Nodes and scalars that a GET or DUP fetched.
    pub(super) shared_nodes: BitSet,
    pub(super) shared_ops: BitSet,
    /// Bytes in boxes: calls, names, the runs of long containers. Roughly.
    pub(super) boxed: u64,
}

impl Graph {
    /// Bytes that it takes in memory, roughly.
    pub fn memory(&self) -> u64 {
        let n = |len: usize, each: usize| (len as u64).saturating_mul(each as u64);
        n(self.nodes.len(), size_of::<NodeRecord>())
            + n(self.pool.len(), size_of::<Handle>())
            + n(self.extents.len(), size_of::<Extent>())
            + n(self.puts.len(), size_of::<MemoPut>())
            + n(self.thin.len(), size_of::<OpIndex>())
            + self.boxed
    }

    /// The node of that number.
    pub fn node(&self, id: NodeId) -> Option<&NodeRecord> {
        self.nodes.get(usize::try_from(id.0).ok()?)
    }

    /// The node that a handle points to, unless it is a scalar.
    pub fn node_of(&self, h: Handle) -> Option<&NodeRecord> {
        self.node(h.as_node()?)
    }

    /// Handle `i` of a container.
    pub fn item(&self, items: &Items, i: u64) -> Option<Handle> {
        let (_, at) = items.locate(i)?;
        self.pool.get(usize::try_from(at).ok()?).copied()
    }

    /// The handles of a container, in order.
    pub fn items<'a>(&'a self, items: &'a Items) -> impl Iterator<Item = Handle> + 'a {
        items.fills().flat_map(|f| {
            let start = usize::try_from(f.start).unwrap_or(usize::MAX);
            let end = start.saturating_add(usize::try_from(f.len).unwrap_or(0));
            self.pool.get(start..end).unwrap_or(&[]).iter().copied()
        })
    }

    /// The entries of a dict, in the order they were stored (a key may recur: the last one wins).
    pub fn pairs<'a>(&'a self, items: &'a Items) -> impl Iterator<Item = (Handle, Handle)> + 'a {
        let mut it = self.items(items);
        std::iter::from_fn(move || Some((it.next()?, it.next()?)))
    }

    /// Module and name of a global.
    pub fn name(&self, id: NameId) -> (&str, &str) {
        let found = usize::try_from(id.0).ok().and_then(|i| self.names.get(i));
        found.map_or(("", ""), |(m, n)| (m, n))
    }

    /// Module and name, where the handle is a global.
    pub fn global(&self, h: Handle) -> Option<(&str, &str)> {
        match self.node_of(h)?.node {
            Node::Global { name, .. } => Some(self.name(name)),
            _ => None,
        }
    }

    /// The call, where the handle is an object that one would make.
    pub fn call(&self, h: Handle) -> Option<&Call> {
        match &self.node_of(h)?.node {
            Node::Call(c) => Some(c),
            _ => None,
        }
    }

    /// A memo op or DUP used the value again: it stands in more than one place, or holds itself.
    pub fn is_shared(&self, h: Handle) -> bool {
        match h.target() {
            Target::Op(op) => self.shared_ops.contains(op.0),
            Target::Node(id) => self.shared_nodes.contains(id.0),
        }
    }

    pub(super) fn share(&mut self, h: Handle) {
        match h.target() {
            Target::Op(op) => self.shared_ops.insert(op.0),
            Target::Node(id) => self.shared_nodes.insert(id.0),
        }
    }

    /// The states that BUILD or a state setter gave a value, in order.
    pub fn states(&self, h: Handle) -> &[State] {
        match self.node_of(h).map(|n| &n.node) {
            Some(Node::Call(c)) => &c.states,
            _ => self.extras.get(&h).map_or(&[], |e| &e.states),
        }
    }

    /// The items of a tuple.
    pub fn tuple(&self, h: Handle) -> Option<&Items> {
        match &self.node_of(h)?.node {
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The op that made a value: for a scalar, its own.
    pub fn made(&self, h: Handle) -> OpIndex {
        match h.target() {
            Target::Op(op) => op,
            Target::Node(id) => self.node(id).map_or(OpIndex(0), |n| n.made),
        }
    }
}
