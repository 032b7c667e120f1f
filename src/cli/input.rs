//! The file that a command works on: read, opened through its containers, and scanned.

use super::Failure;
use crate::export::report::Source;
use crate::interpret::{Cx, Options};
use crate::machine::{self, Pickle, Stream, WhatItIs};
use crate::ops::FaultKind;
use crate::session::load::{self, Loaded, Part};
use crate::session::registry::Registry;
use crate::session::{beside, read_registry};
use crate::source::container::Kind;
use crate::source::{Bytes, Spool};
use clap::Args;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file, its containers opened.
pub(super) struct Input {
    /// As it was given; `-` for standard input.
    pub name: String,
    /// Where it is, unless it is standard input.
    pub path: Option<PathBuf>,
    /// Bytes of the file itself.
    pub bytes: u64,
    pub loaded: Loaded,
    /// What the user chose where the file does not tell.
    pub options: Options,
    /// Members that are arrays and no pickles.
    pub arrays: Vec<Scanned>,
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

    /// As reports take it.
    pub fn source(&self) -> Source<'_> {
        Source { name: &self.part.name, cx: self.cx(), problems: &self.part.problems, skipped: &self.part.skipped }
    }

    /// The path of the array, where the member is one and no pickle.
    pub fn plain_path(&self) -> Option<String> {
        self.stream.is_content().then(|| load::plain_path(&self.part.name))
    }
}

/// What a pickle refers to and does not hold, as the user hands it in.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Given {
    /// The out-of-band buffers of protocol 5, in order
    #[arg(long = "buffer", value_name = "FILE")]
    pub buffers: Vec<PathBuf>,
    /// What copyreg's extension codes stand for: lines `240 module name`, JSON, or Python's add_extension calls
    #[arg(long, value_name = "FILE")]
    pub extensions: Option<PathBuf>,
}

/// Reads a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Input, Failure> {
    open_with(path, &Given::default())
}

/// As [`open`], with what the pickle refers to.
pub(super) fn open_with(path: &Path, given: &Given) -> Result<Input, Failure> {
    let buffers: Result<Vec<Bytes>, Failure> =
        given.buffers.iter().map(|b| Bytes::open(b).map_err(|e| why_not(b, &e))).collect();
    let buffers = buffers?;
    let extensions = match &given.extensions {
        None => Registry::new(),
        Some(path) => read_registry(path)
            .map_err(|why| Failure::new(format!("{} is no extension registry: {why}", path.display())))?,
    };
    let options = Options { extensions, ..Options::default() };
    let name = path.to_string_lossy().into_owned();
    let standard = path.as_os_str() == "-";
    let bytes = if standard { standard_input()? } else { Bytes::open(path).map_err(|e| why_not(path, &e))? };
    let len = bytes.len();
    let mut loaded = load::load(bytes, &|_| true);
    let folder = path.parent().filter(|_| !standard).map(Path::to_owned);
    for part in &mut loaded.parts {
        if let Some(folder) = &folder {
            part.externals = Arc::new(load::WithFolder::new(part.externals.clone(), beside(folder.clone())));
        }
        if !buffers.is_empty() {
            let (inner, buffers) = (part.externals.clone(), buffers.clone());
            part.externals = Arc::new(load::WithBuffers { inner, pickle: None, buffers });
        }
    }
    Ok(Input { name, path: (!standard).then(|| path.to_owned()), bytes: len, loaded, options, arrays: Vec::new() })
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
            let stream = load::scan(&part);
            if stream.is_content() {
                self.arrays.push(Scanned { stream, part, options: self.options.clone() });
                continue;
            }
            let holds = stream.pickles.iter().any(begins);
            if alone || holds || !part.problems.is_empty() {
                out.push(Scanned { stream, part, options: self.options.clone() });
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
        // What it is was said where it is no pickle at all; what can be undone, or was zeroed, is a damaged one.
        let told = |w: &WhatItIs| one.stream.problems.iter().any(|d| d.code == w.code);
        if let Some(what) = machine::what_it_is(bytes).filter(told) {
            let damaged = what.repair.is_some() || what.lossy || matches!(what.code, "zeros" | "empty" | "bom");
            let why = || Failure::new(format!("{} is not a pickle, but {}. {}", self.name, what.name, what.hint));
            return (!damaged).then(why);
        }
        let cut = p.cut.is_some_and(|f| !matches!(f.kind, FaultKind::UnknownOpcode(0x01..)));
        let damaged = !one.part.problems.is_empty() || bytes.is_empty() || cut;
        (!begins(p) && !damaged).then(|| self.nothing())
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
