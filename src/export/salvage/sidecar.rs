//! What is told beside a salvaged pickle: what was kept, cut, guessed and mended, with offsets. Data for scripts, and a
//! few words for people; writes no file.

use super::Account;
use crate::export::report::path_text;
use crate::interpret::Cx;
use crate::interpret::salvage::{CutArrays, Entry, Fate};
use crate::machine::Repair;
use crate::ops::text::PyError;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The whole account, as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Sidecar {
    schema: u32,
    /// The damaged file.
    file: String,
    /// How its bytes were turned back before, if they were.
    repaired: Option<&'static str>,
    /// `rows` or `fill`.
    arrays: &'static str,
    /// One for each pickle of the salvaged file, in order.
    pub pickles: Vec<Told>,
}

/// What became of one pickle.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    member: String,
    start: u64,
    end: u64,
    whole: bool,
    python: Option<PyRaised>,
    kept: Kept,
    cut: Vec<Item>,
    guessed: Vec<Item>,
    mended: Vec<Item>,
}

#[derive(Clone, Debug, Serialize)]
struct PyRaised {
    #[serde(rename = "type")]
    kind: String,
    message: String,
}

#[derive(Clone, Debug, Serialize)]
struct Kept {
    ops: u64,
    bytes: u64,
    /// The bytes that were copied: from, to.
    runs: Vec<(u64, u64)>,
}

#[derive(Clone, Debug, Serialize)]
struct Item {
    path: Option<String>,
    offset: u64,
    end: u64,
    text: String,
}

impl Sidecar {
    /// One without pickles yet.
    pub fn new(file: &str, repaired: Option<Repair>, arrays: CutArrays) -> Self {
        let arrays = match arrays {
            CutArrays::Rows => "rows",
            CutArrays::Fill => "fill",
        };
        Self { schema: 1, file: file.to_owned(), repaired: repaired.map(Repair::name), arrays, pickles: Vec::new() }
    }

    /// Adds what became of the pickles of a member.
    pub fn add(&mut self, cx: &Cx<'_>, member: &str, accounts: &[Account]) {
        for a in accounts {
            let n = self.pickles.len();
            let of = |fate: Fate| a.entries.iter().filter(|e| e.fate == fate).map(|e| item(cx, e, n)).collect();
            let p = cx.stream.pickles.get(a.pickle);
            let raised = |e: &PyError| PyRaised { kind: e.kind.to_owned(), message: e.message.clone() };
            self.pickles.push(Told {
                member: member.to_owned(),
                start: p.map_or(0, |p| p.span.start),
                end: p.map_or(0, |p| p.span.end),
                whole: a.whole,
                python: cx.stream.raises(a.pickle).map(|(e, _)| raised(e)),
                kept: Kept { ops: a.ops, bytes: a.bytes, runs: a.runs.iter().map(|s| (s.start, s.end)).collect() },
                cut: of(Fate::Cut),
                guessed: of(Fate::Guessed),
                mended: of(Fate::Mended),
            });
        }
    }

    /// What was done, in a sentence.
    pub fn sentence(&self) -> String {
        let sum = |f: fn(&Told) -> usize| self.pickles.iter().map(f).sum::<usize>();
        let (cut, guessed, mended) = (sum(|t| t.cut.len()), sum(|t| t.guessed.len()), sum(|t| t.mended.len()));
        let ops: u64 = self.pickles.iter().map(|t| t.kept.ops).sum();
        let mut parts = vec![format!("{ops} opcodes kept")];
        for (n, what) in [(cut, "cut"), (guessed, "guessed"), (mended, "mended")] {
            if n > 0 {
                parts.push(format!("{n} {what}"));
            }
        }
        parts.join(", ")
    }

    /// Each thing that is to be said, in a line.
    pub fn lines(&self) -> Vec<String> {
        let line = |fate: &str, i: &Item| {
            let at = i.path.as_deref().filter(|p| !p.is_empty()).map_or(String::new(), |p| format!("{p}: "));
            format!("{fate} at {}: {at}{}", i.offset, i.text)
        };
        let of = |t: &Told| {
            let all = [("cut", &t.cut), ("guessed", &t.guessed), ("mended", &t.mended)];
            all.into_iter().flat_map(|(f, items)| items.iter().map(move |i| line(f, i))).collect::<Vec<_>>()
        };
        self.pickles.iter().flat_map(of).collect()
    }
}

fn item(cx: &Cx<'_>, e: &Entry, n: usize) -> Item {
    let path = e.path.as_ref().map(|p| path_text(cx, p, n));
    Item { path, offset: e.span.start, end: e.span.end, text: e.text.clone() }
}

/// The name of the file that tells what became of what: `out.pkl` has `out.pkl.salvage.json` beside it.
pub fn sidecar_name(salvaged: &Path) -> PathBuf {
    let mut name = salvaged.as_os_str().to_owned();
    name.push(".salvage.json");
    name.into()
}
