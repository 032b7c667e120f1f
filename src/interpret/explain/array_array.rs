//! What the items of an `array.array` are, and what a reader on a machine of the other byte order makes of them.
//! Source: CPython `Modules/arraymodule.c`, `array_reduce_ex` and `array__array_reconstructor`.

use super::super::array_array::{Parts, format_words, of_typecode, parts};
use super::super::types::{Column, Cx, Slot};
use super::super::{counted, meaning};
use super::{column as grid, nothing, ops_of, slot};
use crate::machine::Handle;
use crate::tensor::{Array, ByteOrder, Kind};

/// Items that are shown of each reading.
const FIRST: u64 = 4;

/// The column of an `array.array`; `None` when the value is none.
pub(super) fn column(cx: &Cx<'_>, h: Handle) -> Option<Column> {
    let p = parts(cx, h)?;
    let m = meaning(cx, h);
    let array = m.body.array().map(|a| &a.array);
    let (Parts::Machine { typecode, .. } | Parts::List { typecode, .. } | Parts::Native { typecode, .. }) = p;
    let name = cx.name(typecode).unwrap_or_default();
    let own = of_typecode(&name).map_or_else(
        || "no typecode of Python's".to_owned(),
        |d| match (name.as_str(), &d.kind) {
            ("u" | "w", _) => "a character".to_owned(),
            ("c", _) => "a character of one byte".to_owned(),
            ("l" | "L", _) => format!("{}, of 4 or 8 bytes as the machine has it", kind_words(&d.kind)),
            (_, kind) => format!("{} of {}", kind_words(kind), counted(d.item_size, "byte")),
        },
    );
    let mut rows = vec![slot(cx, "", "typecode", typecode, own)];
    let (subtitle, mut readings) = match p {
        Parts::Machine { format, data, .. } => {
            let words = cx.int(format).and_then(format_words).unwrap_or_else(|| "no format that CPython knows".into());
            rows.push(slot(cx, "", "machine format", format, words));
            rows.push(slot(cx, "", "items", data, ""));
            ("bytes, and a code for their layout", array.map_or_else(Vec::new, coded))
        }
        Parts::List { list, .. } => {
            match list {
                Some(list) => rows.push(slot(cx, "", "items", list, "an opcode each, so no byte order is involved")),
                None => rows.push(nothing("", "items", "none", "")),
            }
            ("numbers, one opcode each", Vec::new())
        }
        Parts::Native { data, .. } => {
            rows.push(slot(cx, "", "items", data, "as they lay in the writing machine's memory"));
            ("memory, and no word on its layout", array.map_or_else(Vec::new, native))
        }
    };
    rows.append(&mut readings);
    Some(grid("ITEMS", subtitle, rows, ops_of(cx, h)))
}

fn kind_words(kind: &Kind) -> &'static str {
    match kind {
        Kind::Int => "a signed integer",
        Kind::UInt => "an unsigned integer",
        Kind::Float => "a float",
        Kind::Complex => "a complex number",
        _ => "an item",
    }
}

/// The first items as they read in a byte order.
fn first(a: &Array, order: ByteOrder) -> String {
    let dtype = a.dtype.with_order(order);
    let shown: Vec<String> = (0..a.len().min(FIRST))
        .filter_map(|i| a.raw(&[i]))
        .map(|raw| crate::tensor::Scalar::decode(&dtype, &raw).repr())
        .collect();
    format!("{}{}", shown.join("  "), if a.len() > FIRST { " …" } else { "" })
}

fn other(order: ByteOrder) -> Option<ByteOrder> {
    match order {
        ByteOrder::Little => Some(ByteOrder::Big),
        ByteOrder::Big => Some(ByteOrder::Little),
        ByteOrder::NotApplicable => None,
    }
}

/// Bytes with a code for their layout.
fn coded(a: &Array) -> Vec<Slot> {
    let Some(swapped) = other(a.dtype.order).filter(|_| !a.is_empty()) else { return Vec::new() };
    let (here, there) = (a.dtype.order.words(), swapped.words());
    let misread = format!(
        "what a {there} reader sees that copies the bytes and ignores the code: not CPython, but other \
         implementations of Python have done so"
    );
    let mut rows = vec![nothing(
        "",
        "in CPython",
        &first(a, a.dtype.order),
        &format!("on any machine: a {there} one turns the bytes of each item around, because the code says {here}"),
    )];
    if !matches!(a.dtype.kind, Kind::Unicode | Kind::Utf16) {
        rows.push(nothing("", "taken as they lie", &first(a, swapped), &misread));
    }
    rows
}

/// A copy of memory: both readings, as nothing tells which is right.
fn native(a: &Array) -> Vec<Slot> {
    if a.is_empty() || other(a.dtype.order).is_none() {
        return Vec::new();
    }
    vec![
        nothing(
            "",
            "little-endian",
            &first(a, ByteOrder::Little),
            "as x86 and most ARM machines wrote it: assumed here",
        ),
        nothing("", "big-endian", &first(a, ByteOrder::Big), "as PowerPC, SPARC and Java's virtual machine wrote it"),
    ]
}
