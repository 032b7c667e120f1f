//! The layers hold: no file imports from a layer to its right, egui stays under `ui/`, printing in `cli.rs`,
//! and files are opened where they may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Left to right; `ui` and `cli` are both at the end and do not see each other, but for `cli` calling `ui::shot`.
const LAYERS: &[&str] = &["source", "ops", "machine", "tensor", "interpret", "export", "session", "ui", "cli"];

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 20, "the sources were not found");
    files
        .into_iter()
        .map(|p| {
            let name = p.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(&p).unwrap())
        })
        .collect()
}

fn layer_of(file: &str) -> Option<usize> {
    let head = file.split('/').next()?.trim_end_matches(".rs");
    LAYERS.iter().position(|l| *l == head)
}

/// Code without comments and without what follows `#[cfg(test)]`: tests may look anywhere.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, l)| l.trim() != "#[cfg(test)]")
        .map(|(i, l)| (i + 1, l.split("//").next().unwrap_or("")))
}

#[test]
fn no_layer_imports_from_its_right() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(own) = layer_of(&file) else { continue };
        for (line, l) in code(&text) {
            for part in l.split("crate::").skip(1) {
                let names: Vec<&str> = match part.strip_prefix('{') {
                    Some(group) => group.split([',', '}']).map(str::trim).collect(),
                    None => vec![part],
                };
                for name in names {
                    let head: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    let Some(other) = LAYERS.iter().position(|x| *x == head) else { continue };
                    let tensor_sees_pickles = LAYERS[own] == "tensor" && matches!(head.as_str(), "ops" | "machine");
                    if other > own || tensor_sees_pickles {
                        wrong.push(format!("src/{file}:{line} imports {head}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn egui_is_drawn_and_text_printed_in_one_place() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let in_ui = file.starts_with("ui/") || file == "main.rs";
        for (line, l) in code(&text) {
            if !in_ui && ["egui::", "eframe::", "egui_", "rfd::"].iter().any(|w| l.contains(w)) {
                wrong.push(format!("src/{file}:{line} draws"));
            }
            if file != "cli.rs"
                && file != "main.rs"
                && ["println!", "eprintln!", "print!(", "dbg!"].iter().any(|w| l.contains(w))
            {
                wrong.push(format!("src/{file}:{line} prints"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_owns() {
    let silent: Vec<_> = sources().into_iter().filter(|(_, t)| !t.starts_with("//!")).map(|(f, _)| f).collect();
    assert!(silent.is_empty(), "without a //! line: {silent:?}");
}

#[test]
fn files_stay_readable() {
    // Tables may be long; a file that does things may not.
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(f, _)| !f.contains("table") && !f.contains("compat"))
        .map(|(f, t)| (t.lines().count(), f))
        .filter(|(n, _)| *n > 900)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}
