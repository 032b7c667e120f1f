//! The block manager of a DataFrame or a Series, in all its layouts: axes, blocks, and which columns a block holds.

use super::index;
use super::vector::{self, Vector};
use super::{class, is_pandas};
use crate::interpret::types::Cx;
use crate::machine::{Handle, Items};
use crate::source::limits;
use crate::tensor::Scalar;
use std::collections::HashMap;

/// Axes and blocks.
pub(super) struct Manager {
    /// Columns and rows; of a Series, the rows alone.
    pub axes: Vec<Handle>,
    /// Columns of one type each.
    pub blocks: Vec<Block>,
}

/// Columns that are stored together.
pub(super) struct Block {
    /// Their values: (columns, rows), or one vector.
    pub values: Handle,
    /// Which columns: a slice, an array of numbers, or (before 0.14) an index of their labels.
    pub place: Option<Handle>,
}

/// Blocks that are looked at.
const BLOCKS: u64 = 100_000;

/// The manager of a DataFrame or Series.
pub(super) fn manager(cx: &Cx<'_>, h: Handle) -> Option<Manager> {
    // Before 0.13 the state of a DataFrame is its manager.
    let held = cx.attr(h, "_mgr").or_else(|| cx.attr(h, "_data")).or_else(|| cx.state(h))?;
    let name = class(cx, held)?;
    if !name.ends_with("BlockManager") {
        return None;
    }
    let call = cx.call(held)?;
    if let (Some(blocks), Some(axes)) = (cx.arg(call, 0), cx.arg(call, 1)) {
        // From 1.3 on: BlockManager((block, …), [axis, …]).
        if let (Some(blocks), Some(axes)) = (cx.sequence(blocks), cx.sequence(axes)) {
            let blocks = handles(cx, blocks).filter_map(|b| block(cx, b)).collect();
            return Some(Manager { axes: handles(cx, axes).collect(), blocks });
        }
    }
    let state = cx.tuple(cx.state(held)?)?;
    let part = |i| cx.item(state, i);
    // The fourth part repeats the first three better.
    if let Some(new) = part(3).and_then(|d| cx.entry(d, "0.14.1")) {
        let axes = cx.entry(new, "axes").and_then(|a| cx.sequence(a))?;
        let blocks = cx.entry(new, "blocks").and_then(|b| cx.sequence(b))?;
        let blocks = handles(cx, blocks)
            .filter_map(|b| Some(Block { values: cx.entry(b, "values")?, place: cx.entry(b, "mgr_locs") }))
            .collect();
        return Some(Manager { axes: handles(cx, axes).collect(), blocks });
    }
    let axes = cx.sequence(part(0)?)?;
    let (values, items) = (cx.sequence(part(1)?)?, part(2).and_then(|i| cx.sequence(i)));
    let blocks = handles(cx, values)
        .enumerate()
        .map(|(i, values)| Block { values, place: items.and_then(|n| cx.item(n, i as u64)) })
        .collect();
    Some(Manager { axes: handles(cx, axes).collect(), blocks })
}

fn handles<'a>(cx: &Cx<'a>, items: &'a Items) -> impl Iterator<Item = Handle> + 'a {
    cx.stream.graph.items(items).take(usize::try_from(BLOCKS).unwrap_or(usize::MAX))
}

/// `_unpickle_block(values, placement, ndim)`; in pandas 1.3, `functools.partial(new_block, ndim=2)(values, placement)`.
fn block(cx: &Cx<'_>, h: Handle) -> Option<Block> {
    let call = cx.call(h)?;
    let made_by = cx.call_of(call.callable, "functools", &["partial"]).and_then(|p| cx.arg(p, 0));
    let (module, _) = cx.global(made_by.unwrap_or(call.callable))?;
    is_pandas(module).then_some(())?;
    Some(Block { values: cx.arg(call, 0)?, place: cx.arg(call, 1) })
}

/// The numbers of the columns that a block holds, at most `limit` of them.
pub(super) fn places(cx: &Cx<'_>, block: &Block, labels: &[(String, Vector)], limit: u64) -> Vec<u64> {
    let Some(place) = block.place else { return (0..limit).collect() };
    if let Some(call) = cx.call_of(place, "builtins", &["slice"]) {
        let number = |i: u64, or: i64| cx.arg(call, i).filter(|n| !cx.is_none(*n)).map_or(Some(or), |n| cx.int(n));
        let (Some(start), Some(stop), Some(step)) = (number(0, 0), number(1, 0), number(2, 1)) else {
            return Vec::new();
        };
        let (Ok(start), Ok(stop), Ok(step)) = (u64::try_from(start), u64::try_from(stop), usize::try_from(step)) else {
            return Vec::new();
        };
        return (start..stop.min(limit)).step_by(step.max(1)).collect();
    }
    if index::class(cx, place).is_some() {
        return by_label(cx, place, labels, limit);
    }
    let Some(v) = vector::vector(cx, place) else { return Vec::new() };
    let n = v.len.min(limits::FRAME_COLUMNS as u64);
    let Some(values) = v.values else { return Vec::new() };
    (0..n)
        .filter_map(|i| match values.array.value(&[i]) {
            Scalar::Int(n) => u64::try_from(n).ok(),
            Scalar::UInt(n) => Some(n),
            _ => None,
        })
        .collect()
}

/// Before 0.14 a block tells the labels of its columns.
fn by_label(cx: &Cx<'_>, own: Handle, labels: &[(String, Vector)], limit: u64) -> Vec<u64> {
    let text = |levels: &[(String, Vector)], i: u64| {
        levels.iter().map(|(_, v)| v.text(cx, i)).collect::<Vec<_>>().join("\u{1f}")
    };
    let all: HashMap<String, u64> = (0..limit).rev().map(|i| (text(labels, i), i)).collect();
    let own = index::levels(cx, own);
    let n = own.first().map_or(0, |(_, v)| v.len).min(limit);
    (0..n).filter_map(|i| all.get(&text(&own, i)).copied()).collect()
}
