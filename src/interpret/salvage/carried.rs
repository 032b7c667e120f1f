//! joblib's arrays, whose bytes stand between the opcodes, as what a plain pickle holds: an array with its state. The notes
//! that they stand behind are made of another class, so that nothing of joblib is needed; the memo stays as it was.
//! Copies no elements, and writes no file.

use super::numpy::{bytes_head, int, shape_ops, whole_rows};
use super::{CutArrays, Entry, Fate, Piece, fill};
use crate::interpret::joblib;
use crate::interpret::types::{ArrayMeaning, Cx};
use crate::interpret::{grouped, meaning, path_to};
use crate::machine::{Handle, MemoPut, Node, NodeId, UNNUMBERED};
use crate::ops::{Arg, OpIndex, Opcode};
use crate::source::{Span, limits};
use crate::tensor::{DType, Data, Kind, tuple};

/// What takes the place of an op, or follows it.
pub struct Carried {
    /// The op.
    pub op: OpIndex,
    /// It stays.
    pub stays: bool,
    /// What is written then.
    pub pieces: Vec<Piece>,
    /// What is to be said.
    pub entry: Option<Entry>,
    /// An array follows it.
    pub note: bool,
}

/// A class that takes any state, and does nothing with it.
const ANY: &[u8] = b"ctypes\nSimpleNamespace\n";

/// What is written otherwise in pickle `n`, in the order of its ops; nothing where joblib did not write it.
pub fn carried(cx: &Cx<'_>, n: usize, arrays: CutArrays) -> Vec<Carried> {
    let graph = &cx.stream.graph;
    let Some(p) = cx.stream.pickles.get(n).filter(|_| graph.names.iter().any(joblib::names_the_wrapper)) else {
        return Vec::new();
    };
    let last = OpIndex(p.first.0.saturating_add(p.ops));
    let from = graph.nodes.partition_point(|r| r.made < p.first);
    let own = |put: &&MemoPut| (p.first..last).contains(&put.op) && cx.pickle_of(put.op) == n;
    let base = graph
        .puts
        .iter()
        .filter(own)
        .map(|put| put.key)
        .filter(|k| *k < UNNUMBERED)
        .max()
        .map_or(0, |k| k.saturating_add(1));
    let (mut out, mut moved) = (Vec::new(), None);
    for (i, record) in graph.nodes.iter().enumerate().skip(from) {
        if record.made >= last {
            break;
        }
        let Ok(id) = u32::try_from(i) else { break };
        let h = Handle::node(NodeId(id));
        match &record.node {
            Node::Global { .. } if joblib::is_wrapper_class(cx, h) && cx.pickle_of(record.made) == n => {
                let pops: &[u8] = match cx.made(h).map(|op| op.code) {
                    Some(Opcode::StackGlobal) => b"00",
                    Some(Opcode::Global) => b"",
                    _ => continue,
                };
                let pieces = vec![Piece::Ops([pops, ANY].concat())];
                out.push(Carried { op: record.made, stays: false, pieces, entry: None, note: false });
            }
            Node::Call(call) if joblib::is_wrapper(cx, h) && cx.pickle_of(record.made) == n => {
                let Some(state) = call.states.last() else { continue };
                let (mut pieces, entry) = match array(cx, h, arrays, base) {
                    Some(made) => made,
                    None => {
                        let text = "An array of objects or of a type that is no plain NumPy's, which only joblib \
                                    reads: None stands for it.";
                        (vec![Piece::Ops(b"N".to_vec())], Some((Fate::Cut, text.to_owned())))
                    }
                };
                pieces.insert(0, Piece::Ops(b"0".to_vec()));
                if joblib::nested_pickle(cx, h).is_some() && moved.is_none() {
                    moved = Some(state.op);
                }
                let span = meaning(cx, h).body.array().and_then(|a| a.raw).unwrap_or_else(|| cx.span(h));
                let entry = entry.map(|(fate, text)| Entry { fate, path: path_to(cx, h), span, text });
                out.push(Carried { op: state.op, stays: true, pieces, entry, note: true });
            }
            _ => {}
        }
    }
    if let Some(from) = moved {
        numbered(cx, n, from, last, &mut out);
    }
    out.sort_by_key(|c| c.op);
    out
}

type Made = (Vec<Piece>, Option<(Fate, String)>);

/// The ops and bytes of a note's array; `None` where no plain pickle can hold it.
fn array(cx: &Cx<'_>, h: Handle, arrays: CutArrays, base: u32) -> Option<Made> {
    if let Some(pickle) = joblib::nested_pickle(cx, h) {
        return Some((objects(cx, pickle, base)?, None));
    }
    let m = meaning(cx, h);
    let a: &ArrayMeaning = m.body.array()?;
    let d = &a.array.dtype;
    let dtype = dtype_ops(d).filter(|_| a.dtype_name.is_none() && d.item_size > 0)?;
    let (shape, fortran) = (a.array.shape(), a.order == 'F');
    let want = shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
    let data = a.array.data().clone();
    let have = (data.len() / d.item_size).min(want);
    let measured = limits::is_measured(want, have);
    let (kept, pad, entry) = if have == want {
        (shape.to_vec(), None, None)
    } else {
        let filled = if arrays == CutArrays::Fill && measured { fill::missing(d) } else { None };
        let (kept, pad, done) = match filled {
            Some((element, word)) => {
                (shape.to_vec(), Some((element, want - have)), format!("{word} stands for the rest"))
            }
            None => {
                let kept = whole_rows(shape, fortran, have)?;
                let done = format!("its shape is now {}", tuple(&kept));
                (kept, None, done)
            }
        };
        let text = format!(
            "An array of {} of shape {}, of which {} of {} elements are there: {done}.",
            d.name(),
            tuple(shape),
            grouped(have),
            grouped(want),
        );
        (kept, pad, Some((Fate::Cut, text)))
    };
    let whole = kept.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
    let keep = whole.min(have).checked_mul(d.item_size)?;
    let total = whole.checked_mul(d.item_size)?;
    let matrix = m.kind == "numpy.matrix" && kept.len() == 2;
    // NumPy 1 knows the one name of the module only; NumPy 2 both, and writes the other.
    let new = cx.stream.graph.names.iter().any(|(m, _)| m.starts_with("numpy._core"));
    let core = if new { "_core" } else { "core" };
    let class = if matrix { "matrix" } else { "ndarray" };
    let mut ops = format!("cnumpy.{core}.multiarray\n_reconstruct\n(cnumpy\n{class}\n").into_bytes();
    ops.extend_from_slice(b"K\0\x85C\x01btR(K\x01");
    ops.extend(shape_ops(&kept));
    ops.extend(dtype);
    ops.push(if fortran { b'\x88' } else { b'\x89' });
    ops.extend(bytes_head(total));
    let mut pieces = vec![Piece::Ops(ops), Piece::Data(data, Span::new(0, keep))];
    pieces.extend(pad.map(|(element, count)| Piece::Repeat(element, count)));
    pieces.push(Piece::Ops(b"tb".to_vec()));
    Some((pieces, entry))
}

/// The ops of a whole pickle within this one, its memo moved to `base` and beyond; `None` where it is not whole.
fn objects(cx: &Cx<'_>, n: usize, base: u32) -> Option<Vec<Piece>> {
    let p = cx.stream.pickles.get(n).filter(|p| p.complete)?;
    let mut out = Vec::new();
    let mut run = Span::default();
    let ops = cx.stream.index.iter_from(p.first, &cx.stream.bytes);
    for (k, op) in ops.take(usize::try_from(p.ops).ok()?) {
        let instead = match op.code {
            Opcode::Proto | Opcode::Frame | Opcode::Stop => Some(Vec::new()),
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                let key = match op.arg {
                    Arg::Int(key) => u32::try_from(key).ok()?,
                    Arg::Line(span) => std::str::from_utf8(&cx.stream.bytes.read(span, 16)).ok()?.parse().ok()?,
                    _ => return None,
                };
                Some(memo_op(b'j', base.checked_add(key)?))
            }
            Opcode::Memoize | Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => {
                let key = stored_key(cx, k)?;
                Some(memo_op(b'r', base.checked_add(key)?))
            }
            _ => None,
        };
        match instead {
            None if run.end == op.span.start && !run.is_empty() => run.end = op.span.end,
            None => {
                flush(cx, &mut run, &mut out);
                run = op.span;
            }
            Some(ops) => {
                flush(cx, &mut run, &mut out);
                out.push(Piece::Ops(ops));
            }
        }
    }
    flush(cx, &mut run, &mut out);
    Some(out)
}

fn flush(cx: &Cx<'_>, run: &mut Span, out: &mut Vec<Piece>) {
    let run = std::mem::take(run);
    if !run.is_empty() {
        out.push(Piece::Data(Data::file(&cx.stream.bytes, run), Span::new(0, run.len())));
    }
}

fn memo_op(code: u8, key: u32) -> Vec<u8> {
    [&[code][..], &key.to_le_bytes()].concat()
}

/// The key under which an op stored something.
fn stored_key(cx: &Cx<'_>, op: OpIndex) -> Option<u32> {
    let puts = &cx.stream.graph.puts;
    puts.binary_search_by_key(&op, |p| p.op).ok().and_then(|i| puts.get(i)).map(|p| p.key)
}

/// MEMOIZE counts what is in the memo: behind a pickle that was put in between, its keys are written out.
fn numbered(cx: &Cx<'_>, n: usize, from: OpIndex, last: OpIndex, out: &mut Vec<Carried>) {
    let puts = &cx.stream.graph.puts;
    let first = puts.partition_point(|p| p.op < from);
    for put in puts.iter().skip(first).take_while(|p| p.op < last) {
        let memoize = cx.op(put.op).is_some_and(|op| op.code == Opcode::Memoize);
        if memoize && cx.pickle_of(put.op) == n {
            let pieces = vec![Piece::Ops(memo_op(b'r', put.key))];
            out.push(Carried { op: put.op, stays: false, pieces, entry: None, note: false });
        }
    }
}

fn text(out: &mut Vec<u8>, s: &str) -> Option<()> {
    out.push(b'X');
    out.extend(u32::try_from(s.len()).ok()?.to_le_bytes());
    out.extend(s.bytes());
    Some(())
}

/// The ops that make a type as `numpy.dtype` itself is pickled, or by its name; `None` where NumPy alone has no such type.
pub(super) fn dtype_ops(d: &DType) -> Option<Vec<u8>> {
    let mut out = b"cnumpy\ndtype\n".to_vec();
    // Depth is bounded where dtypes are built.
    match &d.kind {
        Kind::Object | Kind::Text | Kind::BFloat16 | Kind::Mini(_) | Kind::Nibble { .. } | Kind::Utf16 => return None,
        Kind::Sub(_) | Kind::Struct(_) => {}
        _ => {
            text(&mut out, &d.numpy_str())?;
            out.extend_from_slice(b"\x85R");
            return Some(out);
        }
    }
    text(&mut out, &format!("V{}", d.item_size))?;
    out.extend_from_slice(b"\x89\x88\x87R(K\x03X\x01\0\0\0|");
    match &d.kind {
        Kind::Sub(s) => {
            out.extend(dtype_ops(&s.base)?);
            out.extend(shape_ops(&s.shape));
            out.extend_from_slice(b"\x86NN");
        }
        Kind::Struct(s) => {
            out.extend_from_slice(b"N(");
            for f in &s.fields {
                text(&mut out, &f.name)?;
            }
            out.extend_from_slice(b"t}(");
            for f in &s.fields {
                // A field is found by its title too.
                for key in std::iter::once(&f.name).chain(&f.title) {
                    text(&mut out, key)?;
                    out.push(b'(');
                    out.extend(dtype_ops(&f.dtype)?);
                    int(&mut out, f.offset);
                    if let Some(t) = &f.title {
                        text(&mut out, t)?;
                    }
                    out.push(b't');
                }
            }
            out.push(b'u');
        }
        _ => return None,
    }
    int(&mut out, d.item_size);
    int(&mut out, d.align.max(1));
    // NPY_NEEDS_PYAPI off, an aligned structure's bit as it was.
    let aligned = matches!(&d.kind, Kind::Struct(s) if s.aligned);
    int(&mut out, if aligned { 0x90 } else { 0x10 });
    out.extend_from_slice(b"tb");
    Some(out)
}
