//! Decoding goes on behind a fault, inside the same pickle: where it does, what is built there and upon what, that nothing
//! of the sort is seen in what was only cut or never was a pickle, and what the salvager makes of it.

mod common;
mod seeded;

use common::{path, report, stream};
use picklescope::export::salvage::salvage_bytes;
use picklescope::interpret::salvage::CutArrays;
use picklescope::interpret::{Cx, NoExternals, Options, repr};
use picklescope::machine::{Beginning, Below, Stream};
use picklescope::ops::{OpIndex, RegionKind};
use seeded::Seeded;
use std::collections::BTreeSet;

/// Pickles with many values: each of NumPy's kinds at each protocol, and lists in batches.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (dir, start) in [("matrix", "py"), ("salvage", "batch")] {
        for entry in std::fs::read_dir(path(dir)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.ends_with(".pkl") && name.starts_with(start) {
                all.push((name, std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    all.sort();
    assert!(all.len() > 20);
    all
}

/// Where the ops of a sound pickle stand.
fn boundaries(data: &[u8]) -> BTreeSet<u64> {
    let s = stream(data.to_vec());
    assert!(s.pickles[0].complete);
    s.index.iter_from(OpIndex(0), &s.bytes).map(|(_, op)| op.span.start).collect()
}

fn shown(s: &Stream, n: usize) -> String {
    let options = Options::default();
    let cx = Cx::new(s, &options, &NoExternals);
    repr(&cx, s.pickles[n].root.unwrap(), 300)
}

/// One byte changed, put in or taken out: the bytes, where, and by how much what follows has moved.
fn one_byte(seeded: &mut Seeded, data: &[u8]) -> (Vec<u8>, usize, i64) {
    let mut d = data.to_vec();
    let at = 2 + seeded.below(data.len() - 2);
    let byte = u8::try_from(seeded.below(256)).unwrap();
    match seeded.below(3) {
        0 => {
            d[at] = byte;
            (d, at, 0)
        }
        1 => {
            d.insert(at, byte);
            (d, at, 1)
        }
        _ => {
            d.remove(at);
            (d, at, -1)
        }
    }
}

#[test]
fn it_goes_on_where_an_opcode_stands() {
    const EACH: usize = 40;
    let (mut parts, mut wrong, mut lost, mut early) = (0, Vec::new(), 0, 0);
    for (name, data) in corpus() {
        let ops = boundaries(&data);
        let mut seeded = Seeded(0x51ed_270b ^ data.len() as u64);
        for _ in 0..EACH {
            let (damaged, at, moved) = one_byte(&mut seeded, &data);
            let s = stream(damaged);
            let first = &s.pickles[0];
            // With this much left behind a fault something must be found.
            let room = s.bytes.len().saturating_sub(first.span.end);
            let goes_on: Vec<_> = s.pickles.iter().filter(|p| p.behind.is_some()).collect();
            if !first.complete && room > 2000 {
                early += 1;
                lost += usize::from(goes_on.is_empty());
            }
            for p in goes_on {
                parts += 1;
                assert!(!p.complete && p.behind.unwrap() < s.pickles.len(), "{name}");
                let start = p.span.start;
                let was = if start > at as u64 { start.checked_add_signed(-moved).unwrap() } else { start };
                if !ops.contains(&was) {
                    wrong.push(format!("{name}: damaged at {at} by {moved}, gone on with at {start}"));
                }
            }
        }
    }
    assert!(parts > 400, "{parts}");
    assert!(wrong.len() * 50 < parts, "{} of {parts}: {wrong:#?}", wrong.len());
    assert!(early > 400 && lost * 50 < early, "{lost} of {early} are not gone on with");
}

#[test]
fn what_was_cut_does_not_go_on() {
    let mut seeded = Seeded(0x0dd0_11ca);
    for (name, data) in corpus() {
        for _ in 0..30 {
            let s = stream(data[..seeded.below(data.len())].to_vec());
            assert!(s.pickles.iter().all(|p| p.behind.is_none()), "{name}, cut at {}", s.bytes.len());
        }
    }
}

#[test]
fn noise_and_prose_are_no_part_of_a_pickle() {
    let start = b"\x80\x04\x95\x20\0\0\0\0\0\0\0}\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94K\x02".to_vec();
    let mut seeded = Seeded(0xfeed_f00d);
    let noise: Vec<u8> = (0..1 << 20).map(|_| u8::try_from(seeded.below(256)).unwrap()).collect();
    let floats: Vec<u8> = (0..1 << 17).flat_map(|i| (f64::from(i) * 0.37).sin().to_le_bytes()).collect();
    let words = "The quick brown fox (it jumps) over a lazy dog's back; say N0, I1 or .5? ".repeat(10_000).into_bytes();
    for tail in [noise, floats, words, vec![b'K'; 1 << 18], b"(K\x01".repeat(1 << 16), vec![b'}'; 1 << 18]] {
        for fault in [&b"\xff"[..], b"\x8c\xff"] {
            let s = stream([&start, fault, &tail].concat());
            let gone_on = s.pickles.iter().filter(|p| p.behind.is_some()).count();
            assert_eq!(gone_on, 0, "{:?}", &tail[..16]);
        }
    }
}

/// A list of records; a byte that is no opcode stands where the third begins.
fn records(protocol: u8) -> Vec<u8> {
    let mut out = vec![0x80, protocol, b']', b'q', 0, b'('];
    for i in 0..6_u8 {
        if i == 2 {
            out.push(0xff);
        }
        let key = 2 * i + 1;
        out.extend([b'}', b'q', key, b'(', b'X', 4, 0, 0, 0]);
        out.extend(b"name");
        out.extend([b'q', key + 1, b'X', 5, 0, 0, 0]);
        out.extend(format!("rec {i}").bytes());
        out.extend([b'q', 20 + i, b'X', 4, 0, 0, 0]);
        out.extend(b"size");
        out.extend([b'q', 30 + i, b'K', i, b'u']);
    }
    out.extend(b"e.");
    out
}

/// As [`records`], with memo numbers that count up as a pickler counts them.
fn numbered(fault: &[u8], at: u8) -> Vec<u8> {
    let (mut out, mut key) = (b"\x80\x02]q\0(".to_vec(), 1_u8);
    let mut put = |out: &mut Vec<u8>| {
        out.extend([b'q', key]);
        key += 1;
    };
    for i in 0..6_u8 {
        out.push(b'}');
        put(&mut out);
        out.push(b'(');
        for text in ["name".to_owned(), format!("record {i}"), "size".to_owned()] {
            out.extend([b'X', u8::try_from(text.len()).unwrap(), 0, 0, 0]);
            out.extend(text.bytes());
            put(&mut out);
        }
        if i == at {
            out.extend(fault);
        }
        out.extend([b'K', i, b'u']);
    }
    out.extend(b"e.");
    out
}

#[test]
fn what_stands_behind_is_shown_apart_and_upon_what_it_supposes() {
    let data = numbered(b"\xff", 2);
    let s = stream(data.clone());
    assert_eq!(s.pickles.len(), 2);
    assert_eq!(s.pickles[0].fault.map(|f| f.start), data.iter().position(|b| *b == 0xff).map(|i| i as u64));
    let part = &s.pickles[1];
    assert_eq!((part.behind, s.beginning(1)), (Some(0), Beginning::GoesOn));
    // The dict at the fault is the rest of one, as is the list around it.
    assert_eq!(
        shown(&s, 1),
        "[..., {'name': 'record 3', 'size': 3}, {'name': 'record 4', 'size': 4}, {'name': 'record 5', 'size': 5}]"
    );
    assert_eq!(part.beneath, [Below::Mark, Below::List]);
    assert!(s.is_rest(part.root.unwrap()));
    // Every byte is an op's, or skipped and said to be.
    let skipped = s.index.regions();
    assert!(skipped.iter().all(|r| r.kind == RegionKind::Fault));
    assert_eq!(skipped.last().map(|r| r.span.end), Some(part.span.start));
    assert!(s.problems.iter().any(|d| d.code == "goes-on" && d.span.start == part.span.start));
    // It is the fault that Python raises, wherever one looks.
    assert_eq!(s.raises(1).map(|(e, _)| e.to_string()), s.raises(0).map(|(e, _)| e.to_string()));
    let told = report(data);
    assert_eq!(told["pickles"][1]["behind"], 0);
    assert_eq!(told["pickles"][0].get("behind"), None);
    assert_eq!(told["pickles"][1]["complete"], false);
}

#[test]
fn a_value_whose_key_is_lost_has_a_key_that_is_lost() {
    // The fault stands in the key.
    let mut data = numbered(b"", 9);
    let at = data.windows(8).position(|w| w == b"record 2").unwrap();
    data[at - 14] = 0xff;
    let s = stream(data);
    let shown = shown(&s, 1);
    assert!(shown.starts_with("[..., {..., ") && shown.contains("'record 4'"), "{shown}");
}

#[test]
fn what_was_stored_before_the_fault_is_fetched_behind_it() {
    // Protocol 2 numbers its entries; MEMOIZE counts them, and some were lost.
    let shared = b"X\x06\0\0\0sharedq\x01";
    let row = |i: u8| [&b"X\x06\0\0\0text "[..], &[b'0' + i, b'q', 2 + i]].concat();
    let mut data = [&b"\x80\x02]q\0("[..], shared].concat();
    for i in 0..9 {
        data.extend(row(i));
        if i == 4 {
            data.extend(b"\xff");
        }
        data.extend(b"h\x01");
    }
    data.extend(b"h\x0fe.");
    let s = stream(data);
    let shown = shown(&s, 1);
    assert!(shown.ends_with("'text 8', 'shared', <lost>]"), "{shown}");
}

#[test]
fn a_stop_amid_things_is_gone_on_behind() {
    let data = numbered(b".", 2);
    let s = stream(data);
    assert_eq!(s.pickles[0].fault, None);
    assert_eq!(s.pickles.get(1).and_then(|p| p.behind), Some(0));
    assert!(shown(&s, 1).contains("'record 5'"));
}

#[test]
fn a_text_is_no_longer_than_its_length_was_before_the_damage() {
    // The length field of one text claims more than there is: what follows is not swallowed.
    let mut data = numbered(b"", 9);
    let at = data.windows(8).position(|w| w == b"record 2").unwrap();
    data[at - 1] = 0x7f;
    let s = stream(data);
    let part = s.pickles.iter().find(|p| p.behind.is_some()).expect("it goes on");
    let cut = s.pickles[0].cut.unwrap();
    assert!(cut.span.end <= part.span.start && s.pickles[0].span.end <= part.span.start);
    assert!(shown(&s, 1).contains("'record 5'"));
}

#[test]
fn both_sides_are_salvaged() {
    let (out, accounts) = salvage_bytes(numbered(b"\xff", 2), CutArrays::Rows);
    assert_eq!(accounts.len(), 2);
    let s = stream(out);
    assert_eq!(s.pickles.len(), 2);
    assert!(s.pickles.iter().all(|p| p.complete && p.python.is_none()));
    assert!(shown(&s, 0).starts_with("[{'name': 'record 0', 'size': 0}, {'name': 'record 1', 'size': 1}"));
    assert!(shown(&s, 1).ends_with("{'name': 'record 5', 'size': 5}]"));
}

#[test]
fn numbers_that_do_not_count_up_are_gone_on_with_all_the_same() {
    let s = stream(records(2));
    assert!(s.pickles.iter().any(|p| p.behind.is_some()));
}

#[test]
fn another_pickle_ends_what_goes_on() {
    let mut data = numbered(b"\xff", 2);
    data.truncate(data.len() - 2);
    data.extend(b"\x80\x04\x95\x0a\0\0\0\0\0\0\0]\x94(K\x01K\x02K\x03e.");
    let s = stream(data);
    assert_eq!(s.pickles.len(), 3);
    assert_eq!((s.pickles[1].behind, s.pickles[2].behind), (Some(0), None));
    assert!(s.pickles[2].complete);
    assert_eq!(shown(&s, 2), "[1, 2, 3]");
}

/// A dict of a text, an array of so many random bytes and a list, the array's length said wrong.
fn wrong_length(said: u32) -> Vec<u8> {
    let mut seeded = Seeded(0x1234_5678_9abc);
    let payload: Vec<u8> = (0..3 << 20).map(|_| u8::try_from(seeded.below(256)).unwrap()).collect();
    let mut data = b"\x80\x04\x95\x40\0\0\0\0\0\0\0}\x94(\x8c\x04name\x94\x8c\x03one\x94\x8c\x03raw\x94B".to_vec();
    data.extend(said.to_le_bytes());
    data.extend(&payload);
    let mut rest = b"\x94\x8c\x04rest\x94]\x94(".to_vec();
    for i in 0..40_u8 {
        rest.extend([b"\x8c\x07item "[..].to_vec(), vec![b'0' + i / 10, b'0' + i % 10, 0x94]].concat());
    }
    rest.extend(b"eu.");
    data.extend([b"\x95"[..].to_vec(), (rest.len() as u64).to_le_bytes().to_vec(), rest].concat());
    data
}

#[test]
fn a_payload_of_any_size_is_passed_over() {
    // Too long for the file, a little short, and so short that random bytes are read as opcodes.
    for said in [0x7fff_ffff, (3 << 20) - 5, 1000] {
        let s = stream(wrong_length(said));
        let parts: Vec<_> = s.pickles.iter().map(|p| p.behind).collect();
        assert_eq!(parts, [None, Some(0)], "{said}");
        assert!(shown(&s, 1).contains("'rest': ['item 00', 'item 01'"), "{said}: {}", shown(&s, 1));
    }
    // Cut, nothing but the payload follows.
    let mut cut = wrong_length(3 << 20);
    cut.truncate(3 << 20);
    assert_eq!(stream(cut).pickles.len(), 1);
}
