//! Two values compared: what is told to be added, removed and changed.

mod seeded;

use picklescope::interpret::compare::{Change, Comparison, Side, compare};
use picklescope::interpret::{Cx, NoExternals, Options};
use picklescope::source::limits::Budget;
use seeded::scan;
use std::path::Path;

fn of(a: &[u8], b: &[u8]) -> Comparison {
    let (s, t) = (scan(a, u32::MAX), scan(b, u32::MAX));
    let options = Options::default();
    let left = Side { cx: Cx::new(&s, &options, &NoExternals), root: s.pickles[0].root.unwrap() };
    let right = Side { cx: Cx::new(&t, &options, &NoExternals), root: t.pickles[0].root.unwrap() };
    compare(left, right, &Budget::new(1 << 20), &|| true)
}

fn told(c: &Comparison) -> Vec<(Change, &str, &str, &str)> {
    c.found.iter().map(|d| (d.change, d.path.as_str(), d.old.as_str(), d.new.as_str())).collect()
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

#[test]
fn parts_are_added_removed_and_changed() {
    // {'a': 1, 'b': [1, 2, 3], 'c': 'x'} and {'b': [1, 9, 2, 3], 'a': 2, 'd': 'x'}
    let a = b"\x80\x02}(X\x01\0\0\0aK\x01X\x01\0\0\0b](K\x01K\x02K\x03eX\x01\0\0\0cX\x01\0\0\0xu.";
    let b = b"\x80\x04}(\x8c\x01b](K\x01K\x09K\x02K\x03e\x8c\x01aI2\n\x8c\x01d\x8c\x01xu.";
    let c = of(a, b);
    assert_eq!(c.counts, [2, 1, 1], "{:?}", told(&c));
    let mut all = told(&c);
    all.sort_by_key(|d| d.1);
    let expected = [
        (Change::Changed, "['a']", "1", "2"),
        (Change::Added, "['b'][1]", "", "9"),
        (Change::Removed, "['c']", "'x'", ""),
        (Change::Added, "['d']", "", "'x'"),
    ];
    assert_eq!(all, expected);
}

#[test]
fn protocols_make_no_difference() {
    for name in ["json", "lists", "tuples", "shared", "arrays", "kinds", "std", "collections", "sets"] {
        let c = of(&read(&format!("salvage/{name}_p2.pkl")), &read(&format!("salvage/{name}_p5.pkl")));
        assert!(c.is_equal(), "{name}: {:?}", told(&c));
    }
}

#[test]
fn cycles_and_depth_end() {
    let looped = read("hostile/self_list.pkl");
    assert!(of(&looped, &looped).is_equal());
    let deep: Vec<u8> = [vec![b']'; 5_000], vec![b'a'; 4_999], vec![b'.']].concat();
    assert!(of(&deep, &deep).is_equal());
}

#[test]
fn arrays_differ_by_figures() {
    let data = read("salvage/arrays_p4.pkl");
    let s = scan(&data, u32::MAX);
    let (mut other, at) = (data.clone(), data.windows(16).position(|w| w[..8] == 0.25_f64.to_le_bytes()).unwrap());
    assert!(s.pickles[0].complete);
    other[at..at + 8].copy_from_slice(&8.25_f64.to_le_bytes());
    let c = of(&data, &other);
    let d = c.found[0].array.as_ref().unwrap();
    assert_eq!((c.found.len(), c.found[0].path.as_str()), (1, "['x']"));
    assert_eq!((d.elements, d.differing, &d.first, d.largest), (60, 1, &vec![0, 1], Some(8.0)));
}
