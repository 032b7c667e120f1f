//! How much of a pickle is whole that a cut ended: items, keys, rows and elements, in words. Counts what the graph has and
//! what stands on the stack; must never read elements, and never promise more than there is.

use super::children::Children;
use super::path::Path;
use super::salvage::{self, CutArrays};
use super::types::{ArrayMeaning, Cx, NoExternals, Options, Seg};
use super::{counted, grouped, meaning};
use crate::machine::{Handle, Node, Stream};
use crate::ops::Opcode;

/// Values on a stack beyond which nothing is counted.
const STACK: usize = 1 << 20;
/// Open containers that are told of: the outermost and the innermost.
const OUTER: usize = 2;
const INNER: usize = 2;

/// A value on the stack and its place.
struct Placed {
    handle: Handle,
    path: Option<Path>,
    /// Something stands above it that may belong into it.
    covered: bool,
}

/// What is whole of pickle `n`, which was cut: `Whole are 2 keys of the root and 9 of 12 rows of ['x'] (45 of 60 elements).`
/// `None` where nothing can be said.
pub fn whole(stream: &Stream, n: usize) -> Option<String> {
    let options = Options::default();
    let cx = Cx::new(stream, &options, &NoExternals).quick();
    let p = stream.pickles.get(n).filter(|p| !p.complete && p.within.is_none() && p.pending.len() < STACK)?;
    p.root?;
    let placed = salvage::close(&cx, n, CutArrays::Rows, None).placed;
    let top = placed.len();
    // marks stand in the order of the stack
    let marked = |i: usize| u32::try_from(i + 1).is_ok_and(|m| p.marks.binary_search(&m).is_ok());
    let placed: Vec<Placed> = placed
        .into_iter()
        .enumerate()
        .map(|(i, (handle, path))| Placed { handle, path, covered: i + 1 < top || marked(i) })
        .collect();
    let last = placed.iter().rev().find(|v| v.path.is_some())?;
    let deepest = last.path.as_ref()?;
    let array = meaning(&cx, last.handle).body.array().filter(|a| !a.complete && !a.deferred).cloned();
    let open = array.is_some() || is_open(&cx, last);
    let depth = deepest.segs.len() + usize::from(open && array.is_none());
    let levels: Vec<usize> = (0..depth.max(usize::from(array.is_none()))).collect();
    let mut told = Vec::new();
    for level in &levels {
        if levels.len() > OUTER + INNER && (OUTER..levels.len() - INNER).contains(level) {
            continue;
        }
        told.extend(container(&cx, &placed, deepest, *level, open));
    }
    told.extend(array.and_then(|a| rows(&a, &named(&cx, deepest))));
    told.extend(lost_type(&cx, n, &placed));
    let Some((last, rest)) = told.split_last() else { return Some("Nothing in it is whole.".to_owned()) };
    let all = if rest.is_empty() { last.clone() } else { format!("{} and {last}", rest.join(", ")) };
    Some(format!("Whole before the cut: {all}."))
}

/// It may be given more: what stands above it, or would have followed, belongs into it.
fn is_open(cx: &Cx<'_>, v: &Placed) -> bool {
    match cx.node(v.handle) {
        Some(Node::List(_) | Node::Dict(_) | Node::Set(_)) => true,
        Some(Node::Call(_)) => v.covered,
        _ => false,
    }
}

fn named(cx: &Cx<'_>, path: &Path) -> String {
    if path.segs.is_empty() { "the root".to_owned() } else { path.text(cx) }
}

/// What is whole of the open container at the first `level` steps of `deepest`.
fn container(cx: &Cx<'_>, placed: &[Placed], deepest: &Path, level: usize, open: bool) -> Option<String> {
    let at = deepest.segs.get(..level)?;
    let path = Path { pickle: deepest.pickle, segs: at.to_vec() };
    let of = placed.iter().find(|v| v.path.as_ref().is_some_and(|p| p.segs == at)).map(|v| v.handle);
    let inside = |v: &&Placed| {
        let Some(p) = &v.path else { return false };
        let child = p.segs.len() == level + 1 && p.segs.starts_with(at);
        child && !(open && p.segs == deepest.segs) && !deepest_is_within(deepest, p)
    };
    let pending = placed.iter().filter(inside).count() as u64;
    let there = of.map_or(0, |h| Children::new(*cx, h).len());
    let noun = match of.and_then(|h| cx.node(h)) {
        Some(Node::Dict(_)) => "key",
        Some(Node::Call(_)) => match deepest.segs.get(level) {
            Some(Seg::Key(_)) => "key",
            Some(Seg::Attr(_)) => "attribute",
            _ => "item",
        },
        _ => "item",
    };
    let n = there.saturating_add(pending);
    (n > 0).then(|| format!("{} of {}", counted(n, noun), named(cx, &path)))
}

/// The innermost open value stands in the one at `p`, which is so not whole itself.
fn deepest_is_within(deepest: &Path, p: &Path) -> bool {
    deepest.segs.len() > p.segs.len() && deepest.segs.starts_with(&p.segs)
}

/// Rows (with Fortran order: columns) and elements.
fn rows(a: &ArrayMeaning, name: &str) -> Option<String> {
    let (there, all) = (a.array.elements_there(), a.array.len());
    let shape = a.array.shape();
    let elements = format!("{} of {} elements", grouped(there), grouped(all));
    let (outer, noun) = if a.order == 'F' { (shape.last()?, "columns") } else { (shape.first()?, "rows") };
    if shape.len() < 2 || *outer == 0 {
        return Some(format!("{elements} of {name}"));
    }
    let each = (all / outer).max(1);
    Some(format!("{} of {} {noun} of {name} ({elements})", grouped(there / each), grouped(*outer)))
}

/// Protocol 5 writes an array's type and shape behind its bytes.
fn lost_type(cx: &Cx<'_>, n: usize, placed: &[Placed]) -> Option<String> {
    let cut = cx.stream.pickles.get(n)?.cut?;
    let bytes =
        matches!(cut.code, Some(Opcode::Bytearray8 | Opcode::Binbytes | Opcode::Binbytes8 | Opcode::ShortBinbytes));
    let asked = placed
        .iter()
        .rev()
        .take(4)
        .any(|v| cx.global(v.handle).is_some_and(|(m, f)| f == "_frombuffer" && m.starts_with("numpy")));
    let there = cut.payload.filter(|_| bytes && asked)?.len();
    Some(format!("{} bytes of an array whose dtype and shape stood behind them and are lost", grouped(there)))
}
