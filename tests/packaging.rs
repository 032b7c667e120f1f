//! What is handed out: the version stands in one place, and the crate as published is whole and small.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

#[test]
fn the_version_stands_in_one_place() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(picklescope::cli::command().get_version(), Some(version));
    let mut all = Vec::new();
    for dir in ["packaging", "src", "tests/window"] {
        files(&root().join(dir), &mut all);
    }
    assert!(all.len() > 50);
    let again: Vec<_> = all
        .iter()
        .filter(|p| {
            let text = String::from_utf8_lossy(&std::fs::read(p).unwrap()).into_owned();
            text.match_indices(version).any(|(at, _)| {
                let part = |c: char| c.is_ascii_digit() || c == '.';
                !text[..at].ends_with(part) && !text[at + version.len()..].starts_with(part)
            })
        })
        .collect();
    assert!(again.is_empty(), "{version} is written in {again:?} too");
}

#[test]
fn the_crate_is_whole_and_small() {
    let list = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
    let list = String::from_utf8(list.stdout).unwrap().replace('\\', "/");
    let names: Vec<&str> = list.lines().collect();
    for needed in ["Cargo.lock", "build.rs", "src/main.rs", "src/bin/picklescopew.rs", "assets/icon.ico", "README.md"] {
        assert!(names.contains(&needed), "{needed} is missing");
    }
    // what the sources take in while they are compiled
    let mut sources = Vec::new();
    files(&root().join("src"), &mut sources);
    let mut taken = 0;
    for source in sources {
        let text = std::fs::read_to_string(&source).unwrap();
        for part in text.split("include_bytes!(\"").skip(1).chain(text.split("include_str!(\"").skip(1)) {
            let path = source.parent().unwrap().join(part.split('"').next().unwrap());
            let path = path.canonicalize().unwrap();
            let name = path.strip_prefix(root().canonicalize().unwrap()).unwrap();
            let name = name.to_string_lossy().replace('\\', "/");
            assert!(names.contains(&name.as_str()), "{name}, which {} takes in, is missing", source.display());
            taken += 1;
        }
    }
    assert!(taken > 3, "the test saw nothing taken in");
    for name in &names {
        assert!(!name.starts_with(".ci") && !name.starts_with("tests/") && !name.contains("target/"), "{name}");
    }
    let bytes: u64 = names.iter().filter_map(|n| root().join(n).metadata().ok()).map(|m| m.len()).sum();
    assert!(bytes < 10 << 20, "{bytes} bytes");
}
