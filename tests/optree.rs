//! The tree of ops: every op but the memo stores has exactly one row, and going up from any row finds the way down.

mod seeded;

use picklescope::machine::{RowKind, Stream};
use picklescope::ops::OpIndex;
use seeded::{Seeded, files, scan};

/// Walks the whole tree of every pickle, checking that parents, positions and rows agree.
fn check(name: &str, s: &Stream) {
    let mut seen = vec![0_u8; s.index.count() as usize];
    for (n, p) in s.pickles.iter().enumerate() {
        if p.within.is_some() {
            continue;
        }
        let mut todo: Vec<(Option<OpIndex>, OpIndex)> = Vec::new();
        let push = |todo: &mut Vec<_>, parent, branch: picklescope::machine::Branch| {
            let rows: Vec<OpIndex> = (0..branch.len()).map(|i| branch.get(i).unwrap()).collect();
            assert!(rows.is_sorted(), "{name}: {rows:?}");
            for (i, op) in rows.iter().enumerate() {
                assert_eq!(branch.position(*op), Some(i as u64), "{name}");
                todo.push((parent, *op));
            }
        };
        push(&mut todo, None, s.op_roots(n));
        while let Some((parent, op)) = todo.pop() {
            seen[op.0 as usize] += 1;
            assert!(seen[op.0 as usize] == 1, "{name}: {op:?} has two rows");
            assert_eq!(s.op_parent(op), parent, "{name}: the row above {op:?}");
            let row = s.op_row(op);
            let branch = s.op_children(op);
            assert_eq!(row.opens, !branch.is_empty(), "{name}: {row:?} {branch:?}");
            push(&mut todo, Some(op), branch);
            for i in 0..=row.more_memos {
                if row.memo.is_some() {
                    let store = op.0 + 1 + i;
                    assert_eq!(s.op_row_of(OpIndex(store)), op, "{name}");
                    seen[store as usize] += 1;
                }
            }
        }
    }
    let missing: Vec<usize> = (0..seen.len()).filter(|i| seen[*i] != 1).collect();
    assert!(missing.is_empty(), "{name}: ops {missing:?} have no row or two");
}

#[test]
fn every_op_has_one_row() {
    for (name, data) in files(24_000) {
        check(&name, &scan(&data, u32::MAX));
    }
    let mut random = Seeded(0x0dd_ba11);
    for (name, data) in files(3000) {
        for round in 0..5 {
            if !data.is_empty() {
                check(&format!("{name} round {round}"), &scan(&random.damage(&data), u32::MAX));
            }
        }
    }
}

#[test]
fn random_programs() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/verdicts/programs.jsonl");
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let hex = line.split('"').nth(1).unwrap();
        let data: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        check(hex, &scan(&data, u32::MAX));
    }
}

/// The rows beneath `op`, as text.
fn beneath(s: &Stream, op: u32) -> Vec<String> {
    let branch = s.op_children(OpIndex(op));
    (0..branch.len())
        .map(|i| {
            let row = s.op_row(branch.get(i).unwrap());
            let memo = row.memo.map_or(String::new(), |m| format!(" memo {}", m.key));
            format!("{} {}{memo}", row.op.0, s.op(row.op).unwrap().code.name())
        })
        .collect()
}

#[test]
fn parts_and_fills_stand_beneath_their_object() {
    //   0 PROTO 1 GLOBAL 2 MEMOIZE 3 EMPTY_TUPLE 4 REDUCE 5 MEMOIZE 6 EMPTY_DICT 7 MARK 8 K 9 K 10 SETITEMS 11 BUILD
    //   12 MARK 13 K 14 K 15 APPENDS 16 STOP
    let s = scan(b"\x80\x04cm\nf\n\x94)R\x94}(K\x01K\x02ub(K\x03K\x04e.", u32::MAX);
    let roots = s.op_roots(0);
    assert_eq!((0..roots.len()).map(|i| roots.get(i).unwrap().0).collect::<Vec<_>>(), [0, 4, 16]);
    assert_eq!(beneath(&s, 4), ["1 GLOBAL memo 0", "3 EMPTY_TUPLE", "11 BUILD", "15 APPENDS"]);
    assert_eq!(beneath(&s, 11), ["6 EMPTY_DICT"]);
    assert_eq!(beneath(&s, 6), ["10 SETITEMS"]);
    assert_eq!(beneath(&s, 10), ["7 MARK", "8 BININT1", "9 BININT1"]);
    assert_eq!(beneath(&s, 15), ["12 MARK", "13 BININT1", "14 BININT1"]);
    assert_eq!(s.op_extent(OpIndex(4)), (OpIndex(1), OpIndex(15)));
    assert!(matches!(s.op_row(OpIndex(11)).kind, RowKind::Fill(_)));
}

#[test]
fn a_million_rows_open() {
    let million = 1_000_000;
    let s = scan(&[b"(".to_vec(), b"K\x01".repeat(million), b"l.".to_vec()].concat(), u32::MAX);
    let list = OpIndex(million as u32 + 1);
    let branch = s.op_children(list);
    assert_eq!(branch.len(), million as u64 + 1);
    assert_eq!(branch.get(777_777), Some(OpIndex(777_777)));
    let s = scan(&[b"]".to_vec(), b"K\x01q\0a".repeat(million), b".".to_vec()].concat(), u32::MAX);
    let branch = s.op_children(OpIndex(0));
    assert_eq!(branch.len(), million as u64);
    assert_eq!(s.op_parent(branch.get(500_000).unwrap()), Some(OpIndex(0)));
    let s = scan(&[b"(".to_vec(), b"]\x94".repeat(million), b"t.".to_vec()].concat(), u32::MAX);
    let branch = s.op_children(OpIndex(2 * million as u32 + 1));
    assert_eq!(branch.len(), million as u64 + 1);
    assert_eq!(s.op_parent(branch.get(3).unwrap()), Some(OpIndex(2 * million as u32 + 1)));
}
