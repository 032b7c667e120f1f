//! The listing against what CPython 3.13's `python -m pickletools` printed for every bare pickle of the fixtures.

use picklescope::ops::listing::{DisEnd, dis};
use picklescope::source::Bytes;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn run(bytes: &Bytes, annotate: bool) -> (Vec<u8>, DisEnd) {
    let mut out = Vec::new();
    let end = dis(bytes, 0, annotate, &mut out).unwrap();
    (out, end)
}

fn sha256(text: &[u8]) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, b| {
        write!(hex, "{b:02x}").unwrap();
        hex
    })
}

/// The first line that differs, for the failure's message.
fn difference(name: &str, kind: &str, ours: &[u8]) -> String {
    let whole = fixtures().join("dis").join(format!("{}.{kind}.txt", name.replace('/', ".")));
    let Ok(theirs) = std::fs::read_to_string(whole) else { return String::new() };
    let ours = String::from_utf8_lossy(ours);
    let line = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b);
    line.map_or_else(String::new, |(a, b)| format!("\n  ours  {a}\n  theirs {b}"))
}

#[test]
fn every_fixture_lists_as_in_python() {
    let truth = std::fs::read_to_string(fixtures().join("dis/dis.json")).unwrap();
    let truth: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&truth).unwrap();
    assert!(truth.len() > 500);
    let mut wrong = Vec::new();
    for (name, truth) in &truth {
        let bytes = Bytes::open(&fixtures().join(name)).unwrap();
        for kind in ["plain", "annotate"] {
            let (out, end) = run(&bytes, kind == "annotate");
            let error = end.error.map(|e| e.to_string());
            let theirs = truth["error"].as_str();
            // How much memory there is to ask for in vain depends on the machine.
            if error.as_deref() != theirs && theirs != Some("MemoryError") {
                wrong.push(format!("{name}: {error:?}, and Python says {theirs:?}"));
            }
            if truth[kind] != sha256(&out) {
                let lines = out.iter().filter(|b| **b == b'\n').count();
                let how = difference(name, kind, &out);
                wrong.push(format!("{name}: {kind} text of {lines} lines differs from {}{how}", truth["lines"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn broken_inputs_end_as_in_python() {
    let table = std::fs::read_to_string(fixtures().join("malformed.tsv")).unwrap();
    let mut lines = table.lines();
    let column = lines.next().unwrap().split('\t').position(|c| c == "pickletools 3.13").unwrap();
    let mut wrong = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        let hex = cells[1].as_bytes();
        let data = hex.chunks(2).map(|h| u8::from_str_radix(std::str::from_utf8(h).unwrap(), 16).unwrap()).collect();
        let (_, end) = run(&Bytes::from_vec(data), false);
        let ours = end.error.map_or_else(|| "OK 'ok'".to_owned(), |e| e.to_string().replace('\n', "\\n"));
        if ours != cells[column] {
            wrong.push(format!("{}: {ours}, and Python says {}", cells[0], cells[column]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_pickle_of_a_file_is_listed_from_its_own_start() {
    let bytes = Bytes::from_vec(b"K\x01.K\x02.".to_vec());
    let mut out = Vec::new();
    let first = dis(&bytes, 0, false, &mut out).unwrap();
    assert_eq!((first.end, first.stopped), (3, true));
    let second = dis(&bytes, first.end, false, &mut out).unwrap();
    assert_eq!((second.end, second.error), (6, None));
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("    3: K    BININT1    2\n    5: .    STOP\n"), "{text}");
}

#[test]
fn indentation_stops_growing() {
    let mut data = vec![b'('; 3000];
    data.extend(vec![b't'; 3000]);
    data.push(b'.');
    let (out, end) = run(&Bytes::from_vec(data), false);
    assert_eq!(end.error, None);
    let longest = out.split(|b| *b == b'\n').map(<[u8]>::len).max().unwrap();
    assert!((4000..4100).contains(&longest), "{longest}");
}
