//! The machine over all fixtures and over damaged ones: never panics, owns every byte, bounded, and the same in any bursts.

mod seeded;

use picklescope::machine::{Handle, Inline, Inlines, NoInlines, Node, Options, Scan, Stream, Value};
use picklescope::ops::{Foreign, OpIndex, Piece};
use picklescope::source::{Bytes, Span};
use proptest::prelude::*;
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
        assert!(p.complete || p.fault.is_some() || p.python.is_some() || p.behind.is_some(), "{name}: {p:?}");
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

/// The bytes that a recipe of `hostile/recipes.tsv` tells.
fn cook(recipe: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for part in recipe.split(' ') {
        let (hex, count) = part.split_once('*').map_or((part, 1), |(h, n)| (h, n.parse().unwrap()));
        let piece: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        for _ in 0..count {
            out.extend_from_slice(&piece);
        }
    }
    out
}

#[test]
fn hostile_recipes() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile/recipes.tsv");
    for line in std::fs::read_to_string(file).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let (name, data) = (cells[0], cook(cells[1]));
        assert_eq!(data.len().to_string(), cells[2], "{name}");
        let s = scan(&data, 1 << 20);
        let python = s.pickles[0].python.as_ref().map_or("loads".to_owned(), ToString::to_string);
        if cells[4] != "none" {
            assert_eq!(python, cells[4].replace("\\\\", "\\"), "{name}");
        }
        // A few values of each kind are read, however deep or long they are.
        for h in s.graph.pool.iter().rev().take(50).chain(s.pickles[0].root.iter()) {
            let children = s.graph.children(*h);
            assert!(children.is_empty() || children.get(children.len() - 1).is_some(), "{name}");
            if let Value::Str(form, span) = s.value(*h) {
                let cut = s.text(form, span, 100);
                assert!(cut.text.chars().count() <= 100 && cut.total == span.len(), "{name}");
            }
        }
        let last = s.pickles[0].first.0 + s.pickles[0].ops - u32::from(s.pickles[0].ops > 0);
        assert!(s.stack_at(OpIndex(last / 2)).take(1000).count() <= 1000, "{name}");
        assert!(s.effect(OpIndex(last), 100).popped.len() <= 100, "{name}");
    }
}

/// Four raw bytes follow each `BUILD` of a `raw.Array`; a whole pickle each of a `raw.Pickle`.
struct Raw;

impl Inlines for Raw {
    fn after_build(&self, stream: &Stream, object: Handle, at: u64) -> Option<Inline> {
        match stream.graph.global(stream.graph.call(object)?.callable)? {
            ("raw", "Array") => Some(Inline::Raw(Span::at(at, 4), Foreign::JoblibArray)),
            ("raw", "Pickle") => Some(Inline::Pickle),
            _ => None,
        }
    }

    fn after_stop(&self, stream: &Stream, pickle: usize, at: u64) -> Vec<(Handle, Span, Foreign)> {
        let root = stream.pickles[pickle].root.unwrap();
        let tail = stream.str_of(root).is_some_and(|s| s == "tail");
        if tail { vec![(root, Span::at(at, 3), Foreign::LegacyTorchStorage)] } else { Vec::new() }
    }
}

#[test]
fn foreign_bytes_and_pickles_within() {
    let mut data = b"\x80\x04](craw\nArray\n\x94)\x81N\x94b".to_vec();
    let raw = data.len() as u64;
    data.extend_from_slice(b"\x01\x02\x03\x04craw\nPickle\n)\x81Nb");
    let inner = data.len() as u64;
    data.extend_from_slice(b"\x80\x02]q\0K\x07a.h\0e.\x80\x04\x8c\x04tail\x94.");
    let tail = data.len() as u64;
    data.extend_from_slice(b"xyz");
    for burst in [1, 3, u32::MAX] {
        let bytes = Bytes::from_vec(data.clone());
        let mut scan = Scan::new(&bytes, Options::default(), Arc::new(Raw));
        let mut s = Stream::new(bytes);
        while scan.step(&mut s, burst) {}
        assert_eq!(s.pickles.len(), 3, "{:?}", s.pickles);
        assert!(s.pickles.iter().all(|p| p.complete), "{:?}", s.problems);
        let items: Vec<Handle> = s.graph.children(s.pickles[0].root.unwrap()).iter().map(|c| c.handle).collect();
        assert_eq!(items.len(), 3);
        assert_eq!(s.foreign[0], (items[0], Span::at(raw, 4)));
        assert_eq!(s.foreign[1].1, Span::at(tail, 3));
        assert_eq!(s.nested, [(items[1], 1)]);
        assert_eq!((s.pickles[1].span.start, s.pickles[1].within), (inner, Some(0)));
        // The inner pickle keeps its own memo: the outer one's entry 0 is the class.
        assert_eq!(s.graph.global(items[2]), Some(("raw", "Array")));
        assert_eq!(list_len(&s, s.pickles[1].root.unwrap()), 1);
        // A plain load trips over the raw bytes.
        assert_eq!(s.pickles[0].python.as_ref().unwrap().message, "invalid load key, '\\x01'.");
        assert_eq!(s.pickles[2].python, None);
        // Walking back from behind the inner pickle passes over it.
        let stop = s.pickles[1].first.0 + s.pickles[1].ops - 1;
        assert_eq!(s.pickle_of(OpIndex(stop)), Some(1));
        assert_eq!(s.pickle_of(OpIndex(stop + 1)), Some(0));
        let stack: Vec<_> = s.stack_at(OpIndex(stop + 1)).map(|i| i.value).collect();
        assert_eq!(stack, [Some(items[2]), Some(items[1]), Some(items[0]), None, s.pickles[0].root]);
        let memo = s.memo_at(OpIndex(stop + 1));
        assert_eq!((memo.len(), memo.find(0).unwrap().value), (2, items[2]));
        assert_eq!(s.memo_at(OpIndex(stop)).len(), 1);
        let rows = s.op_children(OpIndex(0));
        assert!(rows.is_empty());
        assert_eq!(s.op_parent(s.pickles[1].first), Some(OpIndex(stop)));
    }
}

#[test]
fn a_cut_behind_foreign_bytes_is_not_what_a_plain_load_says() {
    let data = b"\x80\x04](craw\nArray\n)\x81Nb\x01\x02\x03\x04K\x01".to_vec();
    let s = Scan::whole(Bytes::from_vec(data), Options::default(), Arc::new(Raw));
    assert_eq!(s.pickles[0].python.as_ref().unwrap().message, "invalid load key, '\\x01'.");
    assert_eq!(s.problems.iter().map(|d| d.code).collect::<Vec<_>>(), ["truncated"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_tile(data in prop::collection::vec(any::<u8>(), 1..2000), burst in 1_u32..500) {
        check("random bytes", &scan(&data, burst));
    }

    #[test]
    fn anything_like_a_pickle_tiles(
        ops in prop::collection::vec(prop::sample::select(
            &b"(.012FGIJKLMNPQRSTUVXabcdeghijlopqrstu}])\x80\x81\x85\x86\x87\x88\x8a\x8c\x8f\x90\x91\x93\x94\x95\x96\x97\x98\0\x01\n"[..]),
            1..600),
        burst in 1_u32..500,
    ) {
        check("random ops", &scan(&ops, burst));
    }
}
