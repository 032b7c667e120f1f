//! What must hold of any bytes at all. The fuzz targets (`fuzz/`) and the seeded run (`smoke_fuzz`) call these.
#![allow(dead_code)]

use picklescope::export::salvage::salvage_bytes;
use picklescope::interpret::salvage::CutArrays;
use picklescope::interpret::{Cx, KnownInlines, NoExternals, Options, arrays, children, explain, meaning, repr};
use picklescope::machine::{Handle, NodeId, Scan, Stream};
use picklescope::ops::{Step, decode};
use picklescope::source::limits::Budget;
use picklescope::source::{Bytes, Cursor, Span};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Every op is where it says, and the cursor moves on with each.
pub fn decoder(data: &[u8]) {
    let bytes = Bytes::from_vec(data.to_vec());
    let mut cur = Cursor::new(&bytes, 0);
    loop {
        let at = cur.pos();
        match decode(&mut cur) {
            Step::Op(op) => {
                assert_eq!((op.span.start, op.span.end), (at, cur.pos()));
                assert!(cur.pos() > at && cur.pos() <= bytes.len());
            }
            Step::Fault(f) => {
                assert_eq!(cur.pos(), at, "a fault consumes nothing");
                assert!(f.span.start == at && f.span.end <= bytes.len() && !f.span.is_empty());
                break;
            }
            Step::End => break,
        }
    }
}

fn scan(data: &[u8], burst: u32) -> Stream {
    let bytes = Bytes::from_vec(data.to_vec());
    let mut scan = Scan::new(&bytes, picklescope::machine::Options::default(), Arc::new(KnownInlines));
    let mut stream = Stream::new(bytes);
    while scan.step(&mut stream, burst) {}
    stream
}

/// Every byte has one owner, every problem lies within the bytes, and bursts make no difference.
pub fn machine(data: &[u8]) {
    let s = scan(data, u32::MAX);
    let mut at = 0;
    for piece in s.index.pieces(Span::new(0, s.bytes.len()), &s.bytes) {
        assert_eq!(piece.span().start, at);
        at = piece.span().end;
    }
    assert_eq!(at, s.bytes.len());
    for d in &s.problems {
        assert!(d.span.end <= s.bytes.len(), "{d:?}");
    }
    let small = scan(data, 7);
    assert_eq!(small.index.count(), s.index.count());
    assert_eq!(small.pickles.len(), s.pickles.len());
    for (p, q) in small.pickles.iter().zip(&s.pickles) {
        assert_eq!((p.span, &p.python, p.root, &p.pending), (q.span, &q.python, q.root, &q.pending));
    }
}

/// Nodes of one stream that are read.
const NODES: usize = 300;

/// Every reader may be asked of every value.
pub fn readers(data: &[u8]) {
    let s = scan(data, u32::MAX);
    let options = Options::default();
    let cx = Cx::new(&s, &options, &NoExternals);
    let roots = s.pickles.iter().flat_map(|p| p.root.into_iter().chain(p.pending.iter().copied()));
    let nodes = (0..s.graph.nodes.len()).map(|i| Handle::node(NodeId(u32::try_from(i).unwrap())));
    for h in roots.chain(nodes).take(NODES) {
        let m = meaning(&cx, h);
        // A character that cannot be printed is written as up to ten.
        assert!(m.short.chars().count() <= 2200, "{}", m.short);
        assert!(repr(&cx, h, 200).chars().count() <= 2200);
        let _ = explain(&cx, h);
        let c = children(&cx, h);
        for i in (0..c.len().min(20)).chain(c.len().checked_sub(1)) {
            let _ = c.get(i);
        }
        if let Some(a) = m.body.array() {
            for i in (0..a.array.len().min(4)).chain(a.array.len().checked_sub(1)) {
                let _ = a.array.value(&a.array.unravel(i)).to_string();
            }
        }
    }
    let found = arrays(&cx, &Budget::new(10_000), &AtomicBool::new(false));
    for f in found.found.iter().take(20) {
        let _ = f.path.text(&cx);
    }
}

/// What is salvaged is a pickle to the machine: whole, and nothing that CPython refuses is in it but what the damaged one
/// needed from outside.
pub fn salvager(data: &[u8]) {
    for how in [CutArrays::Rows, CutArrays::Fill] {
        let (out, accounts) = salvage_bytes(data.to_vec(), how);
        // A hostile shape may ask for more than is worth looking at.
        if out.len() > data.len() + (16 << 20) {
            continue;
        }
        assert!(!accounts.is_empty());
        let s = scan(&out, u32::MAX);
        let p = s.pickles.first().expect("something is written");
        let outside = ["persistent", "buffers", "extension code", "codec can't decode", "Memo value"];
        if let Some(e) = &p.python {
            let text = e.to_string();
            assert!(outside.iter().any(|o| text.contains(o)), "{text}: {data:?} -> {out:?}");
        }
    }
}
