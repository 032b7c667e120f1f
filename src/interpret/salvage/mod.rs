//! What a cut left on the stack, where it would have gone, and the ops that close it: the items of a dict, a list or an
//! object whose filling opcode never came, arrays whose data came in part. Writes no file and changes no graph.

mod calls;
mod carried;
mod fill;
mod fitted;
mod fold;
mod habits;
mod judge;
mod names;
mod numpy;
mod stack;
mod text;

pub use carried::{Carried, carried};
pub use judge::Known;
pub use text::readable;

use super::path::Path;
use super::types::{Cx, Seg};
use crate::machine::{Handle, Node, Replay};
use crate::source::Span;
use crate::tensor::Data;
use std::collections::HashSet;

/// What becomes of an array whose elements are there in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CutArrays {
    /// It ends behind its last whole row (with Fortran order: column).
    #[default]
    Rows,
    /// It keeps its shape; NaN, NaT, 0 or nothing stands for what is missing.
    Fill,
}

/// A piece of the bytes that close a pickle.
#[derive(Clone)]
pub enum Piece {
    /// Opcodes.
    Ops(Vec<u8>),
    /// Raw elements, copied from where they are.
    Data(Data, Span),
    /// One element, so many times.
    Repeat(Vec<u8>, u64),
}

/// What became of a part of a damaged pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It is not in the salvaged pickle, or in part.
    Cut,
    /// It is there, and where it stands or what it is was not told by the file.
    Guessed,
    /// An op that CPython refuses was replaced.
    Mended,
}

impl Fate {
    /// As the sidecar names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Guessed => "guessed",
            Self::Mended => "mended",
        }
    }
}

/// One thing that is to be said of a salvaged pickle.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What became of it.
    pub fate: Fate,
    /// Where it is or would have been, where that is known.
    pub path: Option<Path>,
    /// Its bytes in the damaged member.
    pub span: Span,
    /// A sentence.
    pub text: String,
}

/// How a damaged pickle is closed.
#[derive(Clone, Default)]
pub struct Closing {
    /// What follows the last op that is kept, STOP excluded.
    pub pieces: Vec<Piece>,
    /// What is to be said.
    pub entries: Vec<Entry>,
    /// The values that were on the stack, each with the place that it has now; `None` where it has none of its own.
    pub placed: Vec<(Handle, Option<Path>)>,
    /// For each of these: which of them takes it, and as what.
    pub taken: Vec<Option<(usize, Vec<Seg>)>>,
}

/// A value on the stack of a damaged pickle, and what would have taken it.
#[derive(Clone, Debug)]
pub struct Growing {
    /// The value.
    pub handle: Handle,
    /// The number, in the same list, of the value that it would have been put into, and the way to it from there: more
    /// than one step where a tuple would have been made of it first.
    pub within: Option<(usize, Vec<Seg>)>,
    /// It is the key of another, or was to be one.
    pub key: bool,
}

/// Values that are put into place one by one; of more, only the heap that they are is told.
const PLACED: usize = 20_000;

/// The way to value `top` of a damaged pickle's stack, from the first value on: what takes it, and as what.
pub fn way_to(cx: &Cx<'_>, n: usize, top: usize) -> Vec<(usize, Vec<Seg>)> {
    let all = growing(cx, n);
    let (mut way, mut at) = (Vec::new(), top);
    while let Some((to, segs)) = all.get(at).and_then(|g| g.within.clone()) {
        way.push((at, segs));
        if to >= at {
            break;
        }
        at = to;
    }
    if at != 0 {
        return Vec::new();
    }
    way.reverse();
    way
}

/// What stood on the stack of pickle `n` when it ended, bottom first, each with what would have taken it. Empty where it
/// did not end so, or left more than can be told apart.
pub fn growing(cx: &Cx<'_>, n: usize) -> Vec<Growing> {
    if cx.stream.pickles.get(n).is_none_or(|p| p.pending.is_empty() || p.pending.len() > PLACED) {
        return Vec::new();
    }
    let cx = &cx.quick();
    let mut plan = stack::Plan::new(cx, n, CutArrays::Rows, None);
    plan.paths = false;
    let done = plan.run();
    let keys: HashSet<Handle> = done
        .taken
        .iter()
        .flatten()
        .flat_map(|(_, segs)| segs)
        .filter_map(|s| if let Seg::Key(k) = s { Some(*k) } else { None })
        .collect();
    let all: Vec<(Handle, Option<(usize, Vec<Seg>)>)> =
        done.placed.into_iter().zip(done.taken).map(|((h, _), within)| (h, within)).collect();
    let marks = cx.stream.pickles.get(n).map_or(&[][..], |p| p.marks.as_slice());
    let place = |i: usize| {
        let (handle, within) = all.get(i)?;
        if within.is_some() || keys.contains(handle) {
            return Some(Growing { handle: *handle, within: within.clone(), key: within.is_none() });
        }
        let (within, key) = by_mark(cx, &all, marks, i).unwrap_or((None, false));
        Some(Growing { handle: *handle, within, key })
    };
    (0..all.len()).filter_map(place).collect()
}

/// How many values stood on the stack to go into this one when its pickle ended: keys of a dict are not counted.
pub fn waiting(cx: &Cx<'_>, h: Handle) -> u64 {
    let n = cx.pickle_of(cx.stream.graph.made(h));
    let all = growing(cx, n);
    let of = all.iter().position(|g| g.handle == h);
    all.iter().filter(|g| g.within.as_ref().is_some_and(|(to, _)| Some(*to) == of)).count() as u64
}

/// What a value above a mark was for that the salvager can do nothing with: a part of a state or of arguments, a key.
#[expect(clippy::type_complexity, reason = "the two fields of a Growing")]
fn by_mark(
    cx: &Cx<'_>,
    all: &[(Handle, Option<(usize, Vec<Seg>)>)],
    marks: &[u32],
    i: usize,
) -> Option<(Option<(usize, Vec<Seg>)>, bool)> {
    let n = marks.partition_point(|m| usize::try_from(*m).is_ok_and(|m| m <= i));
    let below = usize::try_from(*marks.get(n.checked_sub(1)?)?).ok()?;
    let target = below.checked_sub(1)?;
    let k = i - below;
    let slot = Seg::Slot(u32::try_from(k).ok()?);
    let value = |i: usize| all.get(i).map(|(h, _)| *h);
    Some(match cx.node(value(target)?)? {
        Node::Call(_) => (Some((target, vec![Seg::SetState, slot])), false),
        Node::Global { .. } => (Some((target, vec![Seg::Args, slot])), false),
        Node::Dict(_) if !k.is_multiple_of(2) => (Some((target, vec![Seg::Key(value(i.checked_sub(1)?)?)])), false),
        // What follows it is shown under it.
        Node::Dict(_) => (None, value(i + 1).is_some()),
        _ => return None,
    })
}

/// Closes pickle `n`, which does not end in STOP.
///
/// `replay` tells of the values that were mended and of the memo; without it nothing of the sort is known, and no array
/// is read: that is enough to know the places.
pub fn close(cx: &Cx<'_>, n: usize, arrays: CutArrays, replay: Option<&Replay>) -> Closing {
    stack::Plan::new(cx, n, arrays, replay).run()
}

/// The values that pickle `n` left on its stack, each with the path that it would have had. Parts of an object that is
/// itself unfinished (an array's state, a dict's keys) are not among them, unless they are of some size.
pub fn pending(cx: &Cx<'_>, n: usize) -> Vec<(Path, Handle)> {
    if cx.stream.pickles.get(n).is_none_or(|p| p.pending.is_empty()) {
        return Vec::new();
    }
    let placed = close(&cx.quick(), n, CutArrays::Rows, None).placed;
    let mut out = Vec::new();
    for (k, (h, path)) in placed.into_iter().enumerate().skip(1) {
        match path {
            Some(path) => out.push((path, h)),
            None if cx.call(h).is_some() || cx.span(h).len() >= stack::SUBSTANCE => {
                let segs = vec![Seg::Pending(u32::try_from(k).unwrap_or(u32::MAX))];
                out.push((Path { pickle: n, segs }, h));
            }
            None => {}
        }
    }
    out
}
