//! Ops over the fixtures: every byte has one owner however a file was damaged, and pickles are found where they start.

use picklescope::ops::sniff::{PLAUSIBLE, find_next_start, plausibility};
use picklescope::ops::{Index, OpIndex, Opcode, Owner, Piece, RegionKind, Step, decode};
use picklescope::source::{Bytes, Cursor, Span};
use std::path::Path;

/// Pickles as real libraries wrote them.
fn pickles() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in ["numpy", "builtins", "matrix", "other"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "pkl") {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let data = std::fs::read(&path).unwrap();
                // zlib in joblib's own dress.
                if !data.starts_with(b"ZF") && !data.starts_with(b"\x78") {
                    all.push((name, data));
                }
            }
        }
    }
    all.sort();
    assert!(all.len() > 200);
    all
}

/// Decodes on to the end: over a fault, by one byte or to the next start.
fn scan(bytes: &Bytes, resume: bool) -> Index {
    let mut index = Index::new();
    let mut cur = Cursor::new(bytes, 0);
    loop {
        match decode(&mut cur) {
            Step::Op(op) => assert!(index.push(op.span).is_some()),
            Step::Fault(_) => {
                let from = cur.pos() + 1;
                let to = if resume { find_next_start(bytes, from, &mut |_| true).unwrap_or(bytes.len()) } else { from };
                index.push_region(Span::new(cur.pos(), to), RegionKind::Fault);
                cur.seek(to);
            }
            Step::End => break,
        }
    }
    index.finish(bytes.len());
    index
}

/// A small generator, so that a failure is met again.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn damage(&mut self, data: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            if data.is_empty() {
                return;
            }
            let i = self.below(data.len());
            match self.below(5) {
                0 => data[i] = self.below(256) as u8,
                1 => data[i] ^= 1 << self.below(8),
                2 => drop(data.remove(i)),
                3 => data.insert(i, Opcode::ALL[self.below(Opcode::ALL.len())].info().code),
                _ => data.truncate(i),
            }
        }
    }
}

#[test]
fn every_byte_of_a_damaged_file_has_one_owner() {
    let mut random = Random(7);
    for (name, data) in pickles() {
        for round in 0..6 {
            let mut data = data.clone();
            if round > 0 {
                random.damage(&mut data);
            }
            let bytes = Bytes::from_vec(data);
            let index = scan(&bytes, round % 2 == 1);
            let (mut at, mut ops) = (0, 0);
            for piece in index.pieces(bytes.span(), &bytes) {
                assert_eq!(piece.span().start, at, "{name}, round {round}");
                at = piece.span().end;
                if let Piece::Op(i, _) = piece {
                    assert_eq!(i, OpIndex(ops));
                    ops += 1;
                }
            }
            assert_eq!((at, ops), (bytes.len(), index.count()), "{name}, round {round}");
            for _ in 0..8 {
                if bytes.is_empty() {
                    break;
                }
                let at = random.below(bytes.len() as usize) as u64;
                match index.owner(at, &bytes).unwrap() {
                    Owner::Op(i, part) => {
                        let op = index.op(i, &bytes).unwrap();
                        assert_eq!(op.part_at(at), Some(part));
                        assert_eq!(index.at_offset(at, &bytes), Some(i));
                    }
                    Owner::Region(i) => assert!(index.regions()[i].span.contains(at)),
                }
            }
        }
    }
}

#[test]
fn starts_of_real_pickles_are_plausible_and_found() {
    let mut missed = Vec::new();
    for (name, data) in pickles() {
        let proto = data[0] == 0x80;
        let start = plausibility(&Bytes::from_vec(data.clone()), 0);
        let trivial = !proto && data.len() < 16;
        if start.score < PLAUSIBLE && !trivial {
            missed.push(format!("{name}: {start:?}"));
        }
        if proto {
            let mut file = b"HEADER \x80\x04 \x80\x02\n(c\n".to_vec();
            let at = file.len() as u64;
            file.extend(&data);
            let found = find_next_start(&Bytes::from_vec(file), 0, &mut |_| true);
            if found != Some(at) {
                missed.push(format!("{name}: found at {found:?}, not {at}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_large_file_decodes_as_memory_does() {
    let mut data = Vec::new();
    let mut random = Random(3);
    while data.len() < 17 << 20 {
        let n = random.below(300);
        match random.below(6) {
            0 => data.extend(b"G\x3f\xf0\0\0\0\0\0\0"),
            1 => data.extend(format!("I{n}\n").bytes()),
            2 => data.extend(format!("cnumpy\n{:n$}\n", 1).bytes()),
            3 => data.extend(b"\x96\x03\0\0\0\0\0\0\0abc"),
            4 => {
                data.extend(b"B\0\x10\0\0");
                data.resize(data.len() + 4096, b'\n');
            }
            _ => data.extend(b"J\x01\x02\x03\x04("),
        }
    }
    let path = std::env::temp_dir().join(format!("picklescope-ops-{}", std::process::id()));
    std::fs::write(&path, &data).unwrap();
    let (memory, file) = (Bytes::from_vec(data), Bytes::open(&path).unwrap());
    std::fs::remove_file(&path).ok();
    assert!(file.as_slice().is_none());
    let (a, b) = (scan(&memory, false), scan(&file, false));
    assert!(a.count() > 10_000 && a.regions().is_empty());
    assert!(a.iter_from(OpIndex(0), &memory).eq(b.iter_from(OpIndex(0), &file)));
    for i in (0..a.count()).step_by(1009) {
        assert_eq!(a.op(OpIndex(i), &memory), b.op(OpIndex(i), &file));
    }
}
