//! Files that kill, fool or hang tools, by the built binary: each command answers, in bounded memory, and harms nothing.
//! What is said of each is for `damage`, `imports` and `machine`.
#![cfg(unix)]

mod common;

use common::path;
use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};

/// Address space of a command, KiB.
const MEMORY: u32 = 3 << 20;

fn bounded(args: &[&str]) -> Output {
    let mut line = format!("ulimit -v {MEMORY} && exec \"$0\"");
    for i in 1..=args.len() {
        write!(line, " \"${i}\"").unwrap();
    }
    let program = env!("CARGO_BIN_EXE_picklescope");
    Command::new("sh").args(["-c", &line, program]).args(args).stdin(Stdio::null()).output().unwrap()
}

/// It ended by itself, with one of its three statuses, and never by a panic.
fn answered(what: &str, o: &Output) -> i32 {
    let err = String::from_utf8_lossy(&o.stderr);
    let status = o.status.code().unwrap_or_else(|| panic!("{what}: {:?}: {err}", o.status));
    assert!(status <= 2 && !err.contains("panicked") && !err.contains("memory"), "{what}: {status}: {err}");
    assert!(status < 2 || err.lines().count() == 1, "{what}: {err}");
    status
}

#[test]
fn every_command_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut names: Vec<_> = std::fs::read_dir(path("hostile")).unwrap().map(|e| e.unwrap().path()).collect();
    names.retain(|p| p.extension().is_some_and(|e| e == "pkl" || e == "gz" || e == "zip"));
    names.sort();
    assert!(names.len() > 150, "{}", names.len());
    for file in names {
        let (name, text) = (file.file_name().unwrap().to_str().unwrap(), file.to_str().unwrap());
        let o = bounded(&["report", "--json", text]);
        if answered(name, &o) < 2 {
            let report: serde_json::Value = serde_json::from_slice(&o.stdout).unwrap();
            // A payload before the fault counts: what could not be read to its end is never safe.
            for p in report["pickles"].as_array().unwrap() {
                assert!(p["complete"] == true || p["verdict"] != "safe", "{name}: {p}");
            }
        }
        let out = folder.path().join("out.pkl");
        let salvaged = bounded(&["salvage", text, "--to", out.to_str().unwrap()]);
        if answered(&format!("salvage {name}"), &salvaged) < 2 {
            // Nothing that is shared is written out twice.
            let (before, after) = (std::fs::metadata(&file).unwrap().len(), std::fs::metadata(&out).unwrap().len());
            let zipped = !name.ends_with(".pkl");
            assert!(zipped || after <= before + 100_000, "{name}: {before} bytes became {after}");
        }
        let out = folder.path().join("out.json");
        answered(&format!("export {name}"), &bounded(&["export", text, "--to", out.to_str().unwrap()]));
        // Names with .. write nothing outside the folder that they are told.
        let all = folder.path().join("all");
        let o = bounded(&["export", text, "--all", "--format", "npy", "--dir", all.to_str().unwrap()]);
        answered(&format!("export --all {name}"), &o);
        let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.retain(|n| !["out.pkl", "out.pkl.salvage.json", "out.json", "all"].iter().any(|m| n == m));
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}

/// The recipes are cooked, as files of up to 100 MB.
#[test]
fn long_and_deep_ones_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let recipes = std::fs::read_to_string(path("hostile/recipes.tsv")).unwrap();
    for line in recipes.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let mut data = Vec::new();
        for part in cells[1].split(' ') {
            let (hex, count) = part.split_once('*').map_or((part, 1), |(h, n)| (h, n.parse().unwrap()));
            let piece: Vec<u8> =
                (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
            data.extend(piece.repeat(count));
        }
        let file = folder.path().join("cooked.pkl");
        std::fs::write(&file, &data).unwrap();
        let o = bounded(&["report", "--json", file.to_str().unwrap()]);
        let status = answered(cells[0], &o);
        assert!(status < 2 && !o.stdout.is_empty(), "{}: {status}", cells[0]);
    }
}
