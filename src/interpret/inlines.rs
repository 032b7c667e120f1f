//! Where libraries put bytes of their own between and behind a pickle's opcodes: asked by the machine while it scans.

use super::{Cx, NoExternals, Options, bid, joblib, torch, whole};
use crate::machine::{CallKind, Handle, Inline, Inlines, Node, NodeId, Stream};
use crate::ops::Foreign;
use crate::source::{Diagnostic, Severity, Span};

/// joblib's arrays behind their notes, and the storages of torch files of before 1.6.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownInlines;

impl Inlines for KnownInlines {
    fn after_build(&self, stream: &Stream, object: Handle, at: u64) -> Option<Inline> {
        joblib::after_build(stream, object, at)
    }

    fn after_stop(&self, stream: &Stream, pickle: usize, at: u64) -> Vec<(Handle, Span, Foreign)> {
        torch::after_stop(stream, pickle, at)
    }

    fn refused(&self, stream: &Stream) -> Vec<Diagnostic> {
        misfits(stream)
    }

    fn whole(&self, stream: &Stream, pickle: usize) -> Option<String> {
        whole(stream, pickle)
    }
}

/// Nodes of a stream that are looked through for arrays; of more, none: it is asked while nobody else may look.
const NODES: usize = 2 << 20;
/// Arrays that are looked at.
const ARRAYS: usize = 2000;
/// Arrays that are told.
const TOLD: usize = 20;

/// Arrays of whole pickles whose bytes do not fit their shape: `pickle.load` is well, NumPy is not.
fn misfits(stream: &Stream) -> Vec<Diagnostic> {
    let nodes = &stream.graph.nodes;
    if nodes.len() > NODES || stream.pickles.iter().all(|p| !p.complete) {
        return Vec::new();
    }
    let options = Options::default();
    let cx = Cx::new(stream, &options, &NoExternals);
    let cx = cx.quick();
    let called = |n: &&Node| matches!(n, Node::Call(c) if c.kind == CallKind::Reduce);
    let arrays = nodes.iter().enumerate().filter(|(_, r)| called(&&r.node)).filter_map(|(i, r)| {
        let whole = stream.pickle_of(r.made).and_then(|n| stream.pickles.get(n)).is_some_and(|p| p.complete);
        let h = Handle::node(NodeId(u32::try_from(i).ok().filter(|_| whole)?));
        Some((h, r.made, bid(&cx, h).filter(|m| m.body.array().is_some())?))
    });
    let misfit = |(_, made, m): (Handle, crate::ops::OpIndex, super::Meaning)| {
        let bad = |d: &&Diagnostic| d.severity == Severity::Error && matches!(d.code, "array-long" | "array-short");
        let note = m.notes.iter().find(bad)?;
        let text = format!("An array does not fit its shape: {}", note.message);
        let d = Diagnostic::warning("array-misfit", note.span, text).at_op(u64::from(made.0));
        Some(d.hint("pickle.load hands it to NumPy, which raises ValueError: a byte was put in or lost here, or its length was changed."))
    };
    arrays.take(ARRAYS).filter_map(misfit).take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Options as ScanOptions, Scan};
    use crate::source::Bytes;

    /// `_reconstruct(ndarray, (0,), b'b')` with the state of a 2 × 3 array of `u1`, and so many bytes for it.
    fn told(n: u8) -> Vec<String> {
        let mut file = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R".to_vec();
        file.extend(b"(K\x01K\x02K\x03\x86cnumpy\ndtype\nX\x02\0\0\0u1K\0K\x01\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89C");
        file.push(n);
        file.extend((0..n).map(|i| i + 100));
        file.extend(b"tb.");
        let s = Scan::whole(Bytes::from_vec(file), ScanOptions::default(), std::sync::Arc::new(KnownInlines));
        assert!(s.pickles.first().is_some_and(|p| p.complete && p.python.is_none()));
        s.problems.iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
    }

    #[test]
    fn an_array_that_numpy_refuses_is_told() {
        assert_eq!(told(6), [""; 0]);
        let long = told(7);
        assert!(long.len() == 1 && long[0].starts_with("array-misfit") && long[0].contains("1 too many"), "{long:?}");
        let short = told(5);
        assert!(short.len() == 1 && short[0].starts_with("array-misfit") && short[0].contains("missing"), "{short:?}");
    }
}
