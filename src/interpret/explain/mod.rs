//! How an object is pickled, told to a reader who never saw the protocol: the reduce tuple, the dtype's state and the
//! object's own, slot by slot, each with its value, what it means, and its bytes.
//! Facts: PEP 307 and PEP 574; CPython `Lib/pickle.py` `save_reduce`; NumPy `descriptor.c` and `methods.c`.
//! Must never walk the children of what it explains: a list of a hundred million items is explained at once.

mod array_array;
mod dtype;
mod known;
mod ndarray;
mod plain;
mod reduce;

use super::meaning;
use super::numpy;
use super::repr::repr_brief;
use super::types::{Column, Cx, Explanation, Slot};
use crate::machine::{Handle, Node};

/// Characters of a value in a slot.
const SHOWN: usize = 72;
/// Raw bytes of a run that are shown: what follows them in a tuple tells more.
const RAW: usize = 6;

/// How an object is pickled.
pub fn explain(cx: &Cx<'_>, h: Handle) -> Explanation {
    let cx = &cx.quick();
    if let Some(parts) = numpy::array::parts(cx, h) {
        return ndarray::explain(cx, h, &parts);
    }
    if let Some(parts) = numpy::dtype::parts(cx, h) {
        return dtype::explain(cx, h, &parts);
    }
    match cx.node(h) {
        Some(Node::Call(call)) => {
            let m = meaning(cx, h);
            let sentence = reduce::sentence(cx, h, call, &m.kind);
            let mut columns = vec![reduce::column(cx, h, call)];
            columns.extend(
                numpy::scalar_parts(cx, h)
                    .map(|(d, _)| d)
                    .and_then(|d| numpy::dtype::parts(cx, d).map(|p| dtype::column(cx, d, &p))),
            );
            columns.extend(array_array::column(cx, h));
            columns.extend(reduce::state_column(cx, h, call));
            Explanation { sentence, columns }
        }
        Some(Node::Content) => super::npy::explain(cx, h),
        _ => plain::explain(cx, h),
    }
}

/// A slot of a value that is there.
fn slot(cx: &Cx<'_>, number: impl Into<String>, name: &str, h: Handle, meaning: impl Into<String>) -> Slot {
    Slot {
        slot: number.into(),
        name: name.to_owned(),
        value: repr_brief(cx, h, SHOWN, RAW),
        meaning: meaning.into(),
        span: Some(cx.span(h)),
        op: Some(cx.stream.graph.made(h)),
        handle: Some(h),
        ..Slot::default()
    }
}

/// A slot that holds nothing.
fn nothing(number: impl Into<String>, name: &str, value: &str, meaning: &str) -> Slot {
    Slot {
        slot: number.into(),
        name: name.to_owned(),
        value: value.to_owned(),
        meaning: meaning.to_owned(),
        ..Slot::default()
    }
}

/// The ops that a value comes from, for the foot of a column: `opcodes 3–27`.
fn ops_of(cx: &Cx<'_>, h: Handle) -> String {
    let made = cx.stream.graph.made(h);
    let start = cx.record(h).map_or(made, |r| r.start);
    if start == made { format!("opcode {}", made.0) } else { format!("opcodes {}–{}", start.0, made.0) }
}

/// A slot whose value is a fault.
fn wrong(mut slot: Slot, why: impl Into<String>) -> Slot {
    slot.fault = Some(why.into());
    slot
}

fn column(title: &'static str, subtitle: impl Into<String>, rows: Vec<Slot>, footer: impl Into<String>) -> Column {
    Column { title, subtitle: subtitle.into(), rows, footer: footer.into() }
}
