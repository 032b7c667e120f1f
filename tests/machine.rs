//! The machine over all fixtures and over damaged ones: never panics, owns every byte, bounded, and the same in any bursts.

mod seeded;

use picklescope::machine::{Handle, NoInlines, Node, Options, Scan, Stream, Value};
use picklescope::ops::Piece;
use picklescope::source::Bytes;
use seeded::{Seeded, files, scan};
use std::sync::Arc;

/// Every byte has one owner, every pickle its ops, every handle a value.
fn check(name: &str, s: &Stream) {
    assert!(s.finished, "{name}");
    let mut at = 0;
    for piece in s.index.pieces(s.bytes.span(), &s.bytes) {
        assert_eq!(piece.span().start, at, "{name}");
        at = piece.span().end;
        if let Piece::Op(op, _) = piece {
            assert!(s.pickle_of(op).is_some(), "{name}: {op:?} belongs to no pickle");
        }
    }
    assert_eq!(at, s.bytes.len(), "{name}");
    let mut ops = 0;
    for p in &s.pickles {
        assert!(p.finished, "{name}");
        ops += u64::from(p.ops);
        assert_eq!(p.complete, p.complete && p.root.is_some(), "{name}");
        assert!(p.complete || p.fault.is_some() || p.python.is_some(), "{name}: {p:?}");
    }
    assert_eq!(ops, u64::from(s.index.count()), "{name}");
    for (i, n) in s.graph.nodes.iter().enumerate() {
        assert!(n.start <= n.made && n.made.0 < s.index.count(), "{name}: node {i}");
    }
    for h in s.graph.pool.iter().take(2000) {
        assert!(!matches!(s.value(*h), Value::Broken(sp) if sp.is_empty()), "{name}: {h:?}");
        assert!(s.graph.children(*h).iter().count() as u64 == s.graph.children(*h).len(), "{name}");
    }
}

#[test]
fn fixtures_tile_and_bursts_do_not_matter() {
    for (name, data) in files(1 << 20) {
        let (a, b) = (scan(&data, u32::MAX), scan(&data, 7));
        check(&name, &a);
        assert_eq!(format!("{:?}", a.pickles), format!("{:?}", b.pickles), "{name}");
        assert_eq!(format!("{:?}", a.graph.nodes), format!("{:?}", b.graph.nodes), "{name}");
        assert_eq!(a.index.regions(), b.index.regions(), "{name}");
    }
}

#[test]
fn seeded_damage_never_panics_and_tiles() {
    let mut random = Seeded(0x9e37_79b9_7f4a_7c15);
    for (name, data) in files(20_000) {
        for round in 0..12 {
            if !data.is_empty() {
                check(&format!("{name} round {round}"), &scan(&random.damage(&data), u32::MAX));
            }
        }
    }
}

fn list_len(s: &Stream, h: Handle) -> u64 {
    match &s.graph.node_of(h).unwrap().node {
        Node::List(items) => items.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn hostile_inputs_are_cheap() {
    let nest = |open: &[u8], close: &[u8], n: usize| [open.repeat(n), close.repeat(n), b".".to_vec()].concat();
    let million = 1_000_000;
    for (name, data) in [
        ("lists", nest(b"]", b"a", million)),
        ("marks", b"(".repeat(million)),
        ("tuples", [b")".to_vec(), b"\x85".repeat(million), b".".to_vec()].concat()),
        ("dicts", [b"}K\0".repeat(million), b"Ns".to_vec(), b"s".repeat(million - 1), b".".to_vec()].concat()),
        ("calls", [b"cm\nf\n".to_vec(), b")R".repeat(million), b".".to_vec()].concat()),
        ("builds", [b")".repeat(million), b"b".repeat(million - 1), b".".to_vec()].concat()),
        ("doublings", [b")".to_vec(), b"2\x86".repeat(60), b".".to_vec()].concat()),
        ("puts", [b"N".to_vec(), b"r\xff\xff\xff\xff".repeat(3), b"r\0\0\0\x80".to_vec(), b".".to_vec()].concat()),
        ("protos", [b"\x80\x02".repeat(million), b"N.".to_vec()].concat()),
        ("gets", [b"]q\0".to_vec(), b"h\0a".repeat(million), b".".to_vec()].concat()),
    ] {
        let s = scan(&data, 100_000);
        assert!(s.finished, "{name}");
        assert_eq!(s.index.count() as usize, s.index.iter_from(Default::default(), &s.bytes).count(), "{name}");
        if name == "gets" {
            assert_eq!(list_len(&s, s.pickles[0].root.unwrap()), million as u64);
            assert!(s.is_shared(s.pickles[0].root.unwrap()));
        }
        drop(s);
    }
}

#[test]
fn a_damaged_pickle_keeps_what_stood_and_the_next_one_is_found() {
    // A list cut within its second batch, then junk, then a whole pickle.
    let mut data = b"\x80\x04](K\x01K\x02e(K\x03\xff\0\0\0".to_vec();
    let good = data.len();
    data.extend_from_slice(b"\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x01a\x94.");
    let s = scan(&data, 3);
    check("two", &s);
    assert_eq!(s.pickles.len(), 2);
    let first = &s.pickles[0];
    assert!(!first.complete && s.pickles[1].complete);
    assert_eq!(list_len(&s, first.root.unwrap()), 2);
    assert_eq!(first.pending.iter().map(|h| s.int(*h)).collect::<Vec<_>>(), [Some(3)]);
    assert_eq!(first.marks, [1]);
    assert_eq!(first.python.as_ref().unwrap().message, "invalid load key, '\\xff'.");
    assert_eq!(s.pickles[1].span.start, good as u64);
    assert_eq!(s.str_of(s.pickles[1].root.unwrap()).as_deref(), Some("a"));
}

#[test]
fn a_memo_may_be_carried_into_the_next_pickle() {
    let data = b"]\x94(h\0K\x01e.h\0.".to_vec();
    let bytes = Bytes::from_vec(data.clone());
    let carried = Options { carry_memo: true, ..Options::default() };
    let s = Scan::whole(bytes, carried, Arc::new(NoInlines));
    assert_eq!(s.pickles.len(), 2);
    assert_eq!(s.pickles[0].root, s.pickles[1].root);
    assert!(s.pickles[1].complete);
}
