//! The file that a command works on: read, opened through its containers, and scanned.

use super::Failure;
use crate::interpret::{self, Cx, Options};
use crate::machine::{Pickle, Stream};
use crate::ops::FaultKind;
use crate::session::load::{self, Loaded, Part};
use crate::source::container::Kind;
use crate::source::{Bytes, Severity, Span, Spool};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file, its containers opened.
pub(super) struct Input {
    /// As it was given; `-` for standard input.
    pub name: String,
    /// Where it is, unless it is standard input.
    pub path: Option<PathBuf>,
    /// Bytes of the file itself.
    pub bytes: u64,
    pub loaded: Loaded,
}

/// A member that holds pickles, and what the machine made of it.
pub(super) struct Scanned {
    pub stream: Stream,
    /// Its part of the file.
    pub part: Part,
    pub options: Options,
}

impl Scanned {
    pub fn cx(&self) -> Cx<'_> {
        Cx::new(&self.stream, &self.options, &*self.part.externals)
    }

    /// The numbers, in the stream, of the pickles that stand in no other: those that paths and reports count.
    pub fn tops(&self) -> Vec<usize> {
        let pickles = self.stream.pickles.iter().enumerate();
        pickles.filter(|(_, p)| p.within.is_none()).map(|(i, _)| i).collect()
    }

    /// A path as it counts over all members, `before` pickles standing in those before this one.
    pub fn path_text(&self, cx: &Cx<'_>, path: &interpret::Path, before: usize) -> String {
        let n = before + self.tops().iter().take_while(|t| **t < path.pickle).count();
        let steps = interpret::Path { pickle: 0, segs: path.segs.clone() }.text(cx);
        if n == 0 { steps } else { format!("#{n}{steps}") }
    }

    /// CPython would refuse it, or bytes are lost.
    pub fn is_damaged(&self) -> bool {
        let errors = self.stream.problems.iter().chain(&self.part.problems).any(|p| p.severity == Severity::Error);
        errors || self.stream.pickles.iter().any(|p| !p.complete)
    }
}

/// Reads a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Input, Failure> {
    let name = path.to_string_lossy().into_owned();
    let standard = path.as_os_str() == "-";
    let bytes = if standard { standard_input()? } else { Bytes::open(path).map_err(|e| why_not(path, &e))? };
    let len = bytes.len();
    let loaded = load::load(bytes, &|_| true);
    Ok(Input { name, path: (!standard).then(|| path.to_owned()), bytes: len, loaded })
}

fn standard_input() -> Result<Bytes, Failure> {
    let spool = Spool::default();
    let mut sink = spool.sink();
    let (mut input, mut buf) = (std::io::stdin().lock(), vec![0; 1 << 16]);
    loop {
        match input.read(&mut buf) {
            Ok(0) => return Ok(sink.finish()),
            Ok(n) => {
                if !sink.push(buf.get(..n).unwrap_or(&[])) {
                    return Err(Failure::new("standard input is too long to be kept; write it to a file first"));
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Failure::new(format!("standard input cannot be read: {e}"))),
        }
    }
}

fn why_not(path: &Path, e: &std::io::Error) -> Failure {
    use std::io::ErrorKind;
    let p = path.display();
    Failure::new(match e.kind() {
        ErrorKind::NotFound => format!("there is no file {p}; give the path of a pickle"),
        ErrorKind::PermissionDenied => format!("{p} may not be read by you; ask for permission to read it"),
        ErrorKind::IsADirectory => format!("{p} is a folder; give a file in it"),
        _ => format!("{p} cannot be read: {e}"),
    })
}

/// More than one opcode made sense.
fn begins(p: &Pickle) -> bool {
    p.complete || p.ops > 1
}

impl Input {
    /// The file's name without its folder.
    pub fn base_name(&self) -> String {
        let name = self.path.as_ref().and_then(|p| p.file_name()).map(|n| n.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "standard input".to_owned())
    }

    /// Runs the machine over each member that may hold pickles, and leaves out those that hold none.
    /// Gives also the containers around all, which the pickles themselves may tell more of.
    pub fn scan(&mut self) -> Vec<Scanned> {
        let mut out = Vec::new();
        let alone = self.loaded.parts.len() == 1;
        for part in std::mem::take(&mut self.loaded.parts) {
            if part.kind != Kind::Pickle {
                continue;
            }
            let stream = load::scan(&part);
            let holds = stream.pickles.iter().any(begins);
            if alone || holds || !part.problems.is_empty() {
                out.push(Scanned { stream, part, options: Options::default() });
            }
        }
        load::name_joblib(&mut self.loaded.container, out.iter().map(|s| &s.stream));
        out
    }

    /// The bytes of the first member that may hold pickles.
    pub fn first(&self) -> Result<Bytes, Failure> {
        let part = self.loaded.parts.iter().find(|p| p.kind == Kind::Pickle);
        part.map(|p| p.bytes.clone()).ok_or_else(|| self.nothing())
    }

    /// The file is no pickle: its very first opcode fails, nothing follows that makes sense, and no container is known
    /// to be damaged. A length that leads beyond the end is damage, unless the file is text.
    pub fn not_a_pickle(&self, scanned: &[Scanned]) -> Option<Failure> {
        let [one] = scanned else { return None };
        let [p] = one.stream.pickles.as_slice() else { return None };
        let bytes = &one.stream.bytes;
        let cut = p.cut.is_some_and(|f| !matches!(f.kind, FaultKind::UnknownOpcode(_)));
        if begins(p) || one.part.bytes.is_empty() || !one.part.problems.is_empty() || (cut && !is_text(bytes)) {
            return None;
        }
        Some(self.nothing())
    }

    /// It holds no pickle.
    pub fn nothing(&self) -> Failure {
        if self.loaded.container.is_empty() {
            let hint = "its first byte begins no opcode that makes sense there; check that it is the right file";
            return Failure::new(format!("{} is not a pickle: {hint}", self.name));
        }
        let chain = self.loaded.container.join(", ");
        Failure::new(format!("{} holds no pickle ({chain}); check that it is the right file", self.name))
    }
}

/// The first bytes are text: no control characters but those of white space.
fn is_text(bytes: &Bytes) -> bool {
    let head = bytes.read(Span::new(0, 1024), 1024);
    let printable = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    head.iter().all(printable) && std::str::from_utf8(&head).map_or_else(|e| e.error_len().is_none(), |_| true)
}
