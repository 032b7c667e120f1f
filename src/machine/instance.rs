//! INST and OBJ, the calls of protocols 0 and 1 that take class and arguments from above a mark.

use super::graph::{CallKind, Fill, Handle, Items, Node};
use super::kind::Kind;
use super::step::{Cx, Machine};
use super::verdict;
use super::write::{add, name_lines, new_call, pour};
use crate::ops::text::PyError;
use crate::ops::{Arg, Op, OpIndex};

impl Machine {
    pub(super) fn inst(&mut self, cx: &mut Cx<'_>, op: &Op, k: OpIndex) -> Result<(), PyError> {
        let Arg::Pair(module, name) = op.arg else { return Ok(()) };
        let (mark, fence) = self.mark()?;
        if self.sound {
            let e = verdict::global_lines(cx.bytes, op, true);
            self.check(e, k);
        }
        let id = name_lines(cx, module, name);
        let fill = pour(cx.g, self.stack.get(mark.at..).unwrap_or(&[]), k);
        self.stack.truncate(mark.at);
        self.drop_mark(fence);
        let cls = add(cx.g, Node::Global { name: id, parts: None }, k, k);
        self.instance(cx, CallKind::Inst, k, mark.op, cls, fill);
        Ok(())
    }

    pub(super) fn obj(&mut self, cx: &mut Cx<'_>, k: OpIndex) -> Result<(), PyError> {
        let (mark, fence) = self.mark()?;
        let Some((cls, args)) = self.stack.get(mark.at..).and_then(|s| s.split_first()) else {
            return Err(verdict::underflow(self.marks.len() > 1));
        };
        let cls = *cls;
        let fill = pour(cx.g, args, k);
        self.check(verdict::reduce(cls.kind, Kind::Tuple), k);
        self.stack.truncate(mark.at);
        self.drop_mark(fence);
        self.instance(cx, CallKind::Obj, k, mark.op, cls.value, fill);
        Ok(())
    }

    /// INST, OBJ: the arguments become a tuple of their own.
    fn instance(&mut self, cx: &mut Cx<'_>, kind: CallKind, k: OpIndex, start: OpIndex, cls: Handle, fill: Fill) {
        let items = if fill.len == 0 { Items::None } else { Items::One(fill) };
        let args = add(cx.g, Node::Tuple(items), k, start);
        self.make(cx, new_call(kind, cls, args, None), k, start, Kind::Object);
    }
}
