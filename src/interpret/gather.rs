//! Scalars that stand one opcode each, gathered into an array: the list of an old `array.array`, a list of numbers.
//! Walks the ops in order, so that a million numbers cost one pass over their bytes.

use super::types::Cx;
use crate::machine::{Handle, Items, Target, Value};
use crate::ops::{Op, OpIndex};
use crate::source::Span;
use crate::tensor::{Data, OffsetMap};
use std::sync::Arc;

/// Ops that are stepped over rather than looked up.
const NEAR: u32 = 64;

/// Calls `f` for at most `max` items in order, with the op of a scalar; stops when `f` says false.
pub(super) fn each(cx: &Cx<'_>, items: &Items, max: u64, mut f: impl FnMut(Handle, Value, Span) -> bool) {
    let stream = cx.stream;
    let mut ops: Option<crate::ops::Ops<'_>> = None;
    let mut last: Option<(OpIndex, Op)> = None;
    for h in stream.graph.items(items).take(usize::try_from(max).unwrap_or(usize::MAX)) {
        let (value, span) = match h.target() {
            Target::Node(id) => (Value::Node(id), Span::default()),
            Target::Op(want) => {
                let near = last.is_some_and(|(at, _)| at <= want && want.0 - at.0 <= NEAR);
                if !near {
                    ops = Some(stream.index.iter_from(want, &stream.bytes));
                    last = None;
                }
                while last.is_none_or(|(at, _)| at < want) {
                    match ops.as_mut().and_then(Iterator::next) {
                        Some(next) => last = Some(next),
                        None => break,
                    }
                }
                match last {
                    Some((at, op)) if at == want => (stream.scalar(&op), op.span),
                    _ => (Value::Broken(Span::default()), Span::default()),
                }
            }
        };
        if !f(h, value, span) {
            return;
        }
    }
}

/// Numbers gathered from their opcodes.
pub(super) struct Gathered {
    bytes: Vec<u8>,
    /// Where each number stands in the file.
    places: Vec<(u64, u32)>,
    item: usize,
}

impl Gathered {
    pub(super) const fn new(item: usize) -> Self {
        Self { bytes: Vec::new(), places: Vec::new(), item }
    }

    pub(super) fn push(&mut self, item: &[u8], at: Span) {
        self.bytes.extend_from_slice(item);
        self.places.push((at.start, u32::try_from(at.len()).unwrap_or(u32::MAX)));
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The numbers as bytes that know the way back to the file.
    pub(super) fn into_data(self) -> Data {
        let sorted = self.places.is_sorted();
        let map = Places { places: self.places, item: self.item as u64, sorted };
        Data::mapped(self.bytes, Arc::new(map))
    }
}

struct Places {
    places: Vec<(u64, u32)>,
    item: u64,
    /// In file order: numbers fetched from the memo stand before.
    sorted: bool,
}

impl OffsetMap for Places {
    fn file_span(&self, span: Span) -> Option<Span> {
        let first = usize::try_from(span.start.checked_div(self.item)?).ok()?;
        let last = usize::try_from(span.end.checked_sub(1)?.checked_div(self.item)?).ok()?;
        let at = |i: usize| self.places.get(i).map(|(start, len)| Span::at(*start, u64::from(*len)));
        Some(at(first)?.join(at(last)?))
    }

    fn data_byte(&self, offset: u64) -> Option<u64> {
        let holds = |(start, len): &(u64, u32)| Span::at(*start, u64::from(*len)).contains(offset);
        let i = if self.sorted {
            let i = self.places.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
            self.places.get(i).is_some_and(holds).then_some(i)?
        } else {
            self.places.iter().position(holds)?
        };
        (i as u64).checked_mul(self.item)
    }
}
