//! What the machine says CPython would raise equals what CPython raised, on fixtures, mutations and random programs.

mod common;

use picklescope::machine::{NoInlines, Options, Scan};
use picklescope::source::Bytes;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixtures().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn hex(s: &str) -> Vec<u8> {
    (0..s.len() / 2).map(|i| u8::from_str_radix(&s[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// Where the cases are: the fixture's, or those that `tests/truth/verdicts.py --seed N DIR` wrote.
fn told(name: &str) -> Vec<u8> {
    let dir = std::env::var_os("PICKLESCOPE_VERDICTS").map_or_else(|| fixtures().join("verdicts"), PathBuf::from);
    std::fs::read(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn rows(name: &str) -> Vec<Vec<serde_json::Value>> {
    let text = String::from_utf8(told(name)).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// What a plain load of the first pickle raises: type and message.
fn verdict(data: Vec<u8>) -> Option<(String, String)> {
    let options = Options { first_only: true, ..Options::default() };
    let stream = Scan::whole(Bytes::from_vec(data), options, Arc::new(NoInlines));
    stream.pickles[0].python.as_ref().map(|e| (e.kind.to_owned(), e.message.clone()))
}

/// What `report --json` says of a file with these bytes: its first pickle's `python`. Nothing where the file was opened
/// through a container, which a plain load does not do.
fn reported(data: Vec<u8>) -> Option<Option<(String, String)>> {
    let report = common::report(data);
    let opened = report["container"].as_array().unwrap().iter().any(|c| c != "joblib");
    let python = &report["pickles"][0]["python"];
    let text = |k: &str| python[k].as_str().unwrap().to_owned();
    (!opened).then(|| (!python.is_null()).then(|| (text("type"), text("message"))))
}

/// The type and message at the end of a row that has `head` items before them.
fn expected(row: &[serde_json::Value], head: usize) -> Option<(String, String)> {
    let text = |i: usize| row.get(i).map(|v| v.as_str().unwrap().to_owned());
    Some((text(head)?, text(head + 1)?))
}

/// One mutation, as `verdicts/README.md` tells.
fn mutate(data: &[u8], m: &str) -> Vec<u8> {
    let mut out = Vec::new();
    match m {
        "crlf" => {
            for b in data {
                if *b == b'\n' {
                    out.push(b'\r');
                }
                out.push(*b);
            }
            return out;
        }
        "lf" => {
            for (i, b) in data.iter().enumerate() {
                if *b != b'\r' || data.get(i + 1) != Some(&b'\n') {
                    out.push(*b);
                }
            }
            return out;
        }
        "utf8" => return data.iter().map(|b| char::from(*b)).collect::<String>().into_bytes(),
        "replace" => return String::from_utf8_lossy(data).into_owned().into_bytes(),
        _ => {}
    }
    let (what, rest) = m.split_once('@').unwrap();
    let (place, value) = rest.split_once('=').unwrap_or((rest, ""));
    let range = |sep| {
        let (a, b) = place.split_once(sep).unwrap();
        (a.parse::<usize>().unwrap(), b.parse::<usize>().unwrap())
    };
    out.extend_from_slice(data);
    match what {
        "cut" => out.truncate(place.parse().unwrap()),
        "set" => {
            let (at, new) = (place.parse::<usize>().unwrap(), hex(value));
            out.splice(at..(at + new.len()).min(data.len()), new);
        }
        "ins" => {
            let at = place.parse::<usize>().unwrap();
            out.splice(at..at, hex(value));
        }
        "swap" => {
            let (a, b) = range(',');
            out.swap(a, b);
        }
        "del" => {
            let (a, b) = range('-');
            out.drain(a..b);
        }
        "dup" => {
            let (a, b) = range('-');
            out.splice(b..b, data[a..b].to_vec());
        }
        "zero" => {
            let (a, b) = range('-');
            out[a..b].fill(0);
        }
        _ => panic!("{m}"),
    }
    out
}

/// Compares all cases and prints those that differ.
fn compare(cases: impl Iterator<Item = (String, Vec<u8>, Option<(String, String)>)>) {
    let (mut all, mut wrong) = (0, 0);
    for (name, data, python) in cases {
        all += 1;
        let ours = verdict(data);
        if ours != python {
            wrong += 1;
            if wrong <= 60 {
                println!("{name}\n    CPython {python:?}\n    ours    {ours:?}");
            }
        }
    }
    println!("{wrong} of {all} differ");
    assert!(all > 100 && wrong == 0, "{wrong} of {all} differ");
}

fn malformed() -> HashMap<String, Vec<u8>> {
    let text = String::from_utf8(read("malformed.tsv")).unwrap();
    let row = |l: &str| {
        let mut cells = l.split('\t');
        Some((cells.next()?.to_owned(), hex(cells.next()?)))
    };
    text.lines().skip(1).filter_map(row).collect()
}

#[test]
fn files() {
    compare(rows("files.jsonl").into_iter().map(|r| {
        let name = r[0].as_str().unwrap().to_owned();
        let data = read(&name);
        (name, data, expected(&r, 1))
    }));
}

#[test]
fn malformed_inputs() {
    let cases = malformed();
    compare(rows("malformed.jsonl").into_iter().map(|r| {
        let name = r[0].as_str().unwrap().to_owned();
        let data = cases[&name].clone();
        (name, data, expected(&r, 1))
    }));
}

#[test]
fn random_programs() {
    compare(rows("programs.jsonl").into_iter().map(|r| {
        let name = r[0].as_str().unwrap().to_owned();
        let data = hex(&name);
        (name, data, expected(&r, 1))
    }));
}

/// All mutations: name, bytes, and what CPython raises.
fn mutated() -> Vec<(String, Vec<u8>, Option<(String, String)>)> {
    let cases = malformed();
    let seeds: HashMap<String, String> = serde_json::from_slice(&told("seeds.json")).unwrap();
    let original = |name: &str| match (name.strip_prefix("malformed:"), seeds.get(name)) {
        (Some(case), _) => cases[case].clone(),
        (None, Some(h)) => hex(h),
        (None, None) => read(name),
    };
    let of = |r: Vec<serde_json::Value>| {
        let (name, m) = (r[0].as_str().unwrap(), r[1].as_str().unwrap());
        (format!("{name} {m}"), mutate(&original(name), m), expected(&r, 2))
    };
    rows("mutations.jsonl").into_iter().map(of).collect()
}

#[test]
fn mutations() {
    compare(mutated().into_iter());
}

/// The same by the whole way that `report --json` goes: containers, other pickles around, joblib's arrays within.
#[test]
fn reports_of_mutations() {
    let (mut all, mut wrong, mut opened) = (0, 0, 0);
    for (name, data, python) in mutated() {
        let Some(ours) = reported(data) else {
            opened += 1;
            continue;
        };
        all += 1;
        if ours != python {
            wrong += 1;
            if wrong <= 60 {
                println!("{name}\n    CPython {python:?}\n    ours    {ours:?}");
            }
        }
    }
    println!("{wrong} of {all} reports differ; {opened} files are containers");
    assert!(all > 7_000 && wrong * 1_000 <= all * 5, "{wrong} of {all} reports differ");
}

#[test]
fn cuts() {
    let all = rows("cuts.jsonl");
    compare(all.into_iter().flat_map(|r| {
        let name = r[0].as_str().unwrap().to_owned();
        let data = read(&name);
        let (from, to) = (r[1].as_u64().unwrap() as usize, r[2].as_u64().unwrap() as usize);
        (from..to).map(|n| (format!("{name} cut@{n}"), data[..n].to_vec(), expected(&r, 3))).collect::<Vec<_>>()
    }));
}
