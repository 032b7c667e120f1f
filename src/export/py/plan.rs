//! What a value is made of, before a line is written: how often each part is used, which parts get a name, and in what
//! order they must be made. Own stacks throughout: depth and cycles are the file's.

use crate::export::{ExportError, Watch};
use crate::interpret::Cx;
use crate::machine::{CallKind, Children, Handle, Label, LongForm, Node, NodeId, Value};
use crate::source::limits;

/// Levels of brackets that are written within each other; Python's parser refuses some 200.
const HEIGHT: u16 = 40;
/// Bytes of a text or bytes value from which on it is written once and named, where it is used several times.
const LONG: u64 = 200;

/// Helpers that the source needs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    pub build: bool,
    pub named: bool,
    pub persistent: bool,
    pub buffer: bool,
    pub extension: bool,
    pub long_text: bool,
}

/// What is known of a part.
#[derive(Clone, Copy, Debug, Default)]
struct Info {
    /// Its number in the order in which it was first met, from 1; 0: not met.
    index: u32,
    low: u32,
    refs: u32,
    height: u16,
    /// It is written where it is used, and a name stands in it.
    mentions: bool,
    /// It has a name of its own.
    named: bool,
    on_stack: bool,
    /// It holds itself, by way of others perhaps.
    cyclic: bool,
}

/// A group of parts: one, or several that hold each other.
#[derive(Debug)]
pub(super) enum Group {
    One(NodeId),
    Cycle(Vec<NodeId>),
}

/// The plan.
pub(super) struct Plan<'a> {
    info: Vec<Info>,
    /// Groups, each after those that it is made of.
    pub groups: Vec<Group>,
    /// Long scalars that are used more than once, in order.
    pub texts: Vec<Handle>,
    pub globals: Vec<Handle>,
    pub needs: Needs,
    pub too_many: bool,
    cx: &'a Cx<'a>,
}

struct Frame<'a> {
    id: NodeId,
    children: Children<'a>,
    next: u64,
    /// The key of child `next` was visited.
    key_done: bool,
}

impl<'a> Plan<'a> {
    pub fn new(cx: &'a Cx<'a>, root: Handle, most: u64, watch: Watch<'_>) -> Result<Self, ExportError> {
        let mut plan = Self {
            info: vec![Info::default(); cx.stream.graph.nodes.len()],
            groups: Vec::new(),
            texts: Vec::new(),
            globals: Vec::new(),
            needs: Needs::default(),
            too_many: false,
            cx,
        };
        let post = plan.visit(root, most, watch)?;
        for id in post {
            plan.judge(id);
        }
        plan.texts.sort();
        plan.texts.dedup();
        plan.globals.sort();
        plan.globals.dedup();
        Ok(plan)
    }

    fn at(&self, id: NodeId) -> Info {
        usize::try_from(id.0).ok().and_then(|i| self.info.get(i)).copied().unwrap_or_default()
    }

    fn set(&mut self, id: NodeId, f: impl FnOnce(&mut Info)) {
        if let Some(i) = usize::try_from(id.0).ok().and_then(|i| self.info.get_mut(i)) {
            f(i);
        }
    }

    /// Whether a part has a name of its own.
    pub fn is_named(&self, id: NodeId) -> bool {
        self.at(id).named
    }

    /// Tarjan's strongly connected components, with an own stack: fills `groups`, counts uses; gives the post-order.
    fn visit(&mut self, root: Handle, most: u64, watch: Watch<'_>) -> Result<Vec<NodeId>, ExportError> {
        let (mut post, mut open, mut stack) = (Vec::new(), Vec::new(), Vec::new());
        let mut index = 0_u32;
        self.meet(root, None, &mut stack, &mut open, &mut index);
        let mut steps = 0_u64;
        while let Some(frame) = stack.last_mut() {
            steps += 1;
            if steps.is_multiple_of(1 << 16) && !watch(0, 0) {
                return Err(ExportError::Cancelled);
            }
            let id = frame.id;
            if let Some(child) = frame.children.get(frame.next) {
                let target = match child.label {
                    Label::Key(key) if !frame.key_done => {
                        frame.key_done = true;
                        key
                    }
                    _ => {
                        frame.next += 1;
                        frame.key_done = false;
                        child.handle
                    }
                };
                self.meet(target, Some(id), &mut stack, &mut open, &mut index);
                if u64::from(index) > most {
                    self.too_many = true;
                    return Ok(Vec::new());
                }
                continue;
            }
            stack.pop();
            post.push(id);
            let here = self.at(id);
            if let Some(parent) = stack.last().map(|f| f.id) {
                self.set(parent, |p| p.low = p.low.min(here.low));
            }
            if here.low == here.index {
                self.group(id, &mut open);
            }
        }
        Ok(post)
    }

    fn group(&mut self, id: NodeId, open: &mut Vec<NodeId>) {
        let mut members = Vec::new();
        while let Some(m) = open.pop() {
            self.set(m, |i| i.on_stack = false);
            members.push(m);
            if m == id {
                break;
            }
        }
        let alone = members.len() == 1 && !self.holds_itself(id);
        for m in &members {
            self.set(*m, |i| i.cyclic = !alone);
        }
        self.groups.push(if alone { Group::One(id) } else { Group::Cycle(members) });
    }

    fn holds_itself(&self, id: NodeId) -> bool {
        let me = Handle::node(id);
        // Only what was fetched again can stand within itself.
        self.cx.stream.is_shared(me)
            && self.cx.stream.graph.children(me).iter().any(|c| c.handle == me || c.label == Label::Key(me))
    }

    /// Another use of a value; a part that is new is gone into next.
    fn meet(
        &mut self,
        h: Handle,
        from: Option<NodeId>,
        stack: &mut Vec<Frame<'a>>,
        open: &mut Vec<NodeId>,
        index: &mut u32,
    ) {
        let Some(id) = h.as_node() else { return self.meet_scalar(h) };
        let here = self.at(id);
        self.set(id, |i| i.refs = i.refs.saturating_add(1));
        if here.index > 0 {
            if here.on_stack
                && let Some(from) = from
            {
                self.set(from, |p| p.low = p.low.min(here.index));
            }
            return;
        }
        *index += 1;
        let n = *index;
        self.set(id, |i| (i.index, i.low, i.on_stack) = (n, n, true));
        open.push(id);
        let leaf = match self.cx.node(h) {
            Some(Node::Global { .. }) => {
                self.globals.push(h);
                let fits =
                    self.cx.global(h).is_some_and(|(m, n)| super::write::is_dotted(m) && super::write::is_dotted(n));
                self.needs.named |= !fits;
                true
            }
            Some(Node::Extension(_)) => {
                match self.cx.global(h) {
                    Some(_) => self.globals.push(h),
                    None => self.needs.extension = true,
                }
                true
            }
            Some(Node::Buffer(_)) => {
                self.needs.buffer = true;
                true
            }
            Some(Node::Persistent(_)) => {
                self.needs.persistent = true;
                false
            }
            _ => self.cx.is_literal(h),
        };
        if !leaf {
            self.needs.build |= self.cx.stream.graph.states(h).iter().any(|s| s.setter.is_none());
        }
        let graph = &self.cx.stream.graph;
        let (children, next) = (graph.children(h), 0);
        let next = if leaf { children.len() } else { next };
        stack.push(Frame { id, children, next, key_done: false });
    }

    fn meet_scalar(&mut self, h: Handle) {
        let value = self.cx.value(h);
        if let Value::Long(LongForm::Text, span) = value
            && span.len() > limits::DIGITS
        {
            self.needs.long_text = true;
        }
        if !self.cx.stream.is_shared(h) {
            return;
        }
        if let Value::Str(_, span) | Value::Legacy(_, span) | Value::Bytes(span) | Value::Long(_, span) = value
            && span.len() > LONG
        {
            self.texts.push(h);
        }
        // A bytearray can be changed: two uses are one object.
        if matches!(value, Value::ByteArray(_)) {
            self.texts.push(h);
        }
    }

    /// Decides, after all that it is made of, whether a part gets a name.
    fn judge(&mut self, id: NodeId) {
        let h = Handle::node(id);
        let Some(node) = self.cx.node(h) else { return };
        let Info { refs, cyclic, .. } = self.at(id);
        if matches!(node, Node::Global { .. } | Node::Extension(_)) {
            return;
        }
        let (mut height, mut mentions, mut key_mentions) = (0, false, false);
        if !self.cx.is_literal(h) {
            for c in self.cx.stream.graph.children(h).iter() {
                let keys = match c.label {
                    Label::Key(k) => [Some(k), Some(c.handle)],
                    _ => [None, Some(c.handle)],
                };
                for (is_key, part) in [(true, keys[0]), (false, keys[1])] {
                    let Some(part) = part else { continue };
                    let (name, tall) = match part.as_node() {
                        Some(n) => {
                            let i = self.at(n);
                            (i.named || i.mentions, if i.named { 0 } else { i.height })
                        }
                        None => (self.is_shared_text(part), 0),
                    };
                    mentions |= name;
                    key_mentions |= name && is_key;
                    height = height.max(tall);
                }
            }
        }
        let given = !self.cx.stream.graph.states(h).is_empty()
            || self.cx.stream.graph.extras.contains_key(&h)
            || self.cx.call(h).is_some_and(|c| !c.list_items.is_empty() || !c.dict_items.is_empty());
        // What hashes or calls must not be put off past a change of what it looks at.
        let strict = match node {
            Node::Set(_) | Node::FrozenSet(_) | Node::Call(_) | Node::Persistent(_) | Node::ReadOnly(_) => mentions,
            Node::Dict(_) => key_mentions,
            _ => false,
        };
        // In a cycle, what was fetched from the memo may have been used before it was filled.
        let again = refs > 1 || (cyclic && self.cx.stream.is_shared(h));
        let shared = again && !matches!(node, Node::Tuple(items) if items.is_empty());
        let tall = height + 1 >= HEIGHT;
        let named = (shared || given || strict || tall) && !self.is_arguments_alone(id);
        self.set(id, |i| {
            i.named = named;
            i.mentions = mentions;
            i.height = height + 1;
        });
    }

    fn is_shared_text(&self, h: Handle) -> bool {
        matches!(self.cx.value(h), Value::ByteArray(_)) && self.cx.stream.is_shared(h)
    }

    /// An empty tuple of arguments and the like: nothing worth a name.
    fn is_arguments_alone(&self, id: NodeId) -> bool {
        matches!(self.cx.node(Handle::node(id)), Some(Node::Tuple(items)) if items.is_empty())
    }
}

impl Cx<'_> {
    /// A call that is written as one literal: bytes and bytearrays of old protocols.
    pub(super) fn is_literal(&self, h: Handle) -> bool {
        let Some(call) = self.call(h) else { return false };
        let known = self.encoded(h).is_some()
            || (call.kind == CallKind::Reduce
                && (self.is(call.callable, "builtins", "bytes") || self.is(call.callable, "builtins", "bytearray")));
        known && call.states.is_empty() && self.payload(h).is_some()
    }
}
