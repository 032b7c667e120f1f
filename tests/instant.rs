//! What stood on the stack at an op, and what a cut left there: each value in the place that it was about to get.

mod seeded;

use picklescope::interpret::{Cx, NoExternals, Options, children_at, growing, standing, way_to};
use picklescope::machine::Stream;
use picklescope::ops::OpIndex;
use seeded::scan;
use std::path::Path;

fn fixtures() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = ["salvage", "hostile", "damage"].map(|f| root.join(f));
    let files = folders.iter().flat_map(|f| std::fs::read_dir(f).unwrap().filter_map(Result::ok));
    let mut all: Vec<_> = files.map(|f| f.path()).filter(|p| p.is_file()).collect();
    all.sort();
    all.iter().map(|p| std::fs::read(p).unwrap()).filter(|b| b.len() < 200_000).collect()
}

/// Each value goes into one that lies deeper, and the labels are told.
fn check(stream: &Stream) {
    let options = Options::default();
    let cx = Cx::new(stream, &options, &NoExternals);
    for n in 0..stream.pickles.len().min(4) {
        let all = growing(&cx, n);
        for (i, g) in all.iter().enumerate() {
            assert!(g.within.as_ref().is_none_or(|(to, way)| *to < i && !way.is_empty()), "{i}: {g:?}");
            assert!(!g.key || g.within.is_none());
        }
        if !all.is_empty() {
            way_to(&cx, n, all.len() - 1);
        }
    }
    let count = stream.index.count();
    for k in 0..count.min(6) {
        let op = OpIndex(u32::try_from(u64::from(k) * u64::from(count) / u64::from(count.min(6))).unwrap());
        for (i, s) in standing(&cx, op).iter().enumerate() {
            assert!(s.within.as_ref().is_none_or(|(to, label)| *to < i && !label.is_empty()), "{op:?} {i}: {s:?}");
            assert!(children_at(&cx, s.value, op).len() <= children_at(&cx, s.value, OpIndex(count)).len());
        }
    }
}

#[test]
fn values_go_into_what_lies_deeper() {
    for whole in fixtures() {
        for part in 1..=3 {
            check(&scan(&whole[..whole.len() * part / 3], u32::MAX));
        }
        let mut damaged = whole.clone();
        let at = damaged.len() / 2;
        if let Some(b) = damaged.get_mut(at) {
            *b ^= 0x55;
        }
        check(&scan(&damaged, u32::MAX));
    }
}

#[test]
fn lists_in_lists_are_no_matter_of_memory() {
    for deep in [vec![b']'; 12_000], b"}(K\x01".repeat(4_000), vec![b'('; 12_000]] {
        let stream = scan(&deep, u32::MAX);
        check(&stream);
        let options = Options::default();
        let cx = Cx::new(&stream, &options, &NoExternals);
        let steps: usize = picklescope::interpret::pending(&cx, 0).iter().map(|(p, _)| p.segs.len()).sum();
        assert!(steps <= 4_100_000);
    }
}
