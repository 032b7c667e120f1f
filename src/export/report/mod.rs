//! What a file holds and what is wrong with it: gathered once, then written for people or as the JSON that scripts rely on.
//! Must never print, and must never leave out a pickle because it is damaged.

mod text;

use super::{ExportError, Watch};
use crate::interpret::{self, Cx, Finding, Meaning, Path, arrays, counted, imports, meaning, one_line};
use crate::machine::{self, Cure, Pickle};
use crate::source::container::Skipped;
use crate::source::limits::{self, Budget};
use crate::source::{Diagnostic, Severity};
use crate::tensor::Kind;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

/// A member that holds pickles.
pub struct Source<'a> {
    /// Its name inside an archive, else empty.
    pub name: &'a str,
    /// What was scanned of it.
    pub cx: Cx<'a>,
    /// What is wrong with it as a part of its container.
    pub problems: &'a [Diagnostic],
    /// Headers around it that were skipped.
    pub skipped: &'a [Skipped],
}

impl Source<'_> {
    /// The numbers, in the stream, of the pickles that stand in no other: those that paths and reports count.
    pub fn tops(&self) -> Vec<usize> {
        let pickles = self.cx.stream.pickles.iter().enumerate();
        pickles.filter(|(_, p)| p.within.is_none() && !self.cx.stream.is_content()).map(|(i, _)| i).collect()
    }

    /// What the member means, where it is an array and no pickle.
    fn content(&self) -> Option<Meaning> {
        let root = self.cx.stream.pickles.first().and_then(|p| p.root).filter(|_| self.cx.stream.is_content())?;
        Some(meaning(&self.cx, root))
    }

    /// CPython would refuse it, or bytes are lost.
    pub fn is_damaged(&self) -> bool {
        let errors = self.cx.stream.problems.iter().chain(self.problems).any(|p| p.severity == Severity::Error);
        errors || self.cx.stream.pickles.iter().any(|p| !p.complete)
    }
}

/// The report on a file. Serializes as `report --json`.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The version of the form that this has.
    pub schema: u32,
    /// The file as it was given.
    pub file: String,
    /// Its bytes.
    pub bytes: u64,
    /// The containers around what it holds, outermost first.
    pub container: Vec<&'static str>,
    /// Its pickles, over all members in file order.
    pub pickles: Vec<PickleReport>,
    /// Arrays that stand in no pickle (`.npy`, `.npz`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arrays: Vec<ArrayReport>,
    /// What is wrong with the archives.
    #[serde(skip)]
    pub problems: Vec<Diagnostic>,
    /// Not all arrays were looked for.
    #[serde(skip)]
    pub partial: bool,
}

/// One pickle.
#[derive(Debug, Serialize)]
pub struct PickleReport {
    /// The member's name.
    pub name: String,
    /// First byte, in the member's own bytes.
    pub start: u64,
    /// One past STOP, or where decoding ended.
    pub end: u64,
    /// PROTO's argument, or the highest protocol among the opcodes.
    pub protocol: u8,
    /// Opcodes.
    pub ops: u32,
    /// STOP was reached and the machine was never at fault.
    pub complete: bool,
    /// It is no pickle of its own, but, by a guess, what goes on behind the fault of the pickle of that number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<usize>,
    /// What CPython 3.13 would raise.
    pub python: Option<PythonError>,
    /// What is wrong, in the order of the bytes.
    pub problems: Vec<Problem>,
    /// The worst of the globals'.
    pub verdict: &'static str,
    /// What a loader would import.
    pub globals: Vec<Global>,
    /// Libraries whose versions the names tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<Library>,
    /// All arrays.
    pub arrays: Vec<ArrayReport>,
    /// Headers before the member that were skipped: of a message, of an array of objects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Header>,
    /// What the root is: its type, and its value in a row.
    #[serde(skip)]
    pub root: Option<(String, String)>,
}

/// Bytes before a member that are no part of its pickles.
#[derive(Debug, Serialize)]
pub struct Header {
    /// What they are, in words.
    pub what: String,
    /// First byte, in the bytes that held the member.
    pub offset: u64,
    /// One past the last.
    pub end: u64,
}

/// An exception.
#[derive(Debug, Serialize)]
pub struct PythonError {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its `str()`.
    pub message: String,
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// error, warning or note.
    pub severity: &'static str,
    /// Stable.
    pub code: &'static str,
    /// First byte that it is about.
    pub offset: u64,
    /// One past the last.
    pub end: u64,
    /// One sentence of cause.
    pub message: String,
    /// One sentence of help, or nothing.
    pub hint: String,
    /// The likeliest damage, where one is found that would explain it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<Mended>,
}

/// Bytes that would undo some damage.
#[derive(Debug, Serialize)]
pub struct Mended {
    /// First damaged byte.
    pub offset: u64,
    /// One past the last.
    pub end: u64,
    /// What should stand there, in hexadecimal.
    pub bytes: String,
    /// With it CPython loads the pickle.
    pub loads: bool,
}

/// Problems of a file for which the likeliest damage is looked for, and the opcode up to which: each try runs from the
/// start of the pickle.
const MENDS: usize = 3;
const MEND_OPS: u64 = 100_000;

/// A problem, and the likeliest damage behind it.
fn told(d: &Diagnostic, cx: &Cx<'_>, mends: &mut usize) -> Problem {
    let mut problem = Problem::from(d);
    if *mends == 0 || !machine::may_be_cured(d.code) || d.op.is_none_or(|op| op > MEND_OPS) {
        return problem;
    }
    *mends -= 1;
    let Some(Cure::Bytes(m)) = machine::cure(cx.stream, d, &|| false) else { return problem };
    // A cut has no damaged length: only one that makes the pickle whole is worth a word.
    if m.loads || matches!(d.code, "bad-text" | "desynchronised" | "bad-length") {
        let then = if m.loads { " With that it loads." } else { "" };
        problem.hint = format!("{} The likeliest repair: {}{then}", problem.hint, m.says).trim_start().to_owned();
        let bytes = m.with.iter().map(|b| format!("{b:02x}")).collect();
        problem.mend = Some(Mended { offset: m.span.start, end: m.span.end, bytes, loads: m.loads });
    }
    problem
}

impl From<&Diagnostic> for Problem {
    fn from(d: &Diagnostic) -> Self {
        Self {
            severity: d.severity.name(),
            code: d.code,
            offset: d.span.start,
            end: d.span.end,
            message: d.message.to_string(),
            hint: d.hint.to_string(),
            mend: None,
        }
    }
}

/// A library that wrote the pickle.
#[derive(Debug, Serialize)]
pub struct Library {
    /// Its name.
    pub name: &'static str,
    /// The versions that write so.
    pub wrote: &'static str,
    /// By which name that is told, and which versions read it.
    pub says: String,
}

/// The libraries that the names of a pickle tell of, the more exact sign of each.
fn libraries(cx: &Cx<'_>, findings: &[Finding]) -> Vec<Library> {
    let mut signs: Vec<interpret::Vintage> = Vec::new();
    for v in findings.iter().filter_map(|f| interpret::vintage(cx.written_name(f.handle)?.0)) {
        match signs
            .iter_mut()
            .find(|s| s.library == v.library && (s.sign.starts_with(v.sign) || v.sign.starts_with(s.sign)))
        {
            Some(s) if v.sign.len() > s.sign.len() => *s = v,
            Some(_) => {}
            None => signs.push(v),
        }
    }
    let of = |v: interpret::Vintage| Library { name: v.library, wrote: v.wrote, says: v.says() };
    signs.into_iter().map(of).collect()
}

/// A name that a loader would import.
#[derive(Debug, Serialize)]
pub struct Global {
    /// Its qualified name.
    pub name: String,
    /// Where it is first named.
    pub offset: u64,
    /// safe, unknown or dangerous.
    pub verdict: &'static str,
    /// It is called.
    pub called: bool,
    /// With what, shortly.
    #[serde(skip)]
    pub with: String,
    /// Why the verdict.
    #[serde(skip)]
    pub why: String,
}

/// An array.
#[derive(Debug, Serialize)]
pub struct ArrayReport {
    /// Where it is.
    pub path: String,
    /// The Python type's qualified name.
    pub kind: String,
    /// `numpy.dtype.str`, or `descr` as lists.
    pub dtype: serde_json::Value,
    /// Its shape.
    pub shape: Vec<u64>,
    /// C, F or K, as stored.
    pub order: String,
    /// Where the raw elements lie, where they are one run.
    pub offset: Option<u64>,
    /// How many bytes these are.
    pub bytes: Option<u64>,
    /// Every element is there.
    pub complete: bool,
    /// Of the bytes that `ndarray.tobytes()` would return; only where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Option<String>>,
}

/// Gathers a report. `hash` asks for the arrays' checksums, which reads them all.
///
/// # Errors
/// A stop.
pub fn build(
    file: &str,
    bytes: u64,
    container: &[&'static str],
    sources: &[Source<'_>],
    hash: bool,
    watch: Watch<'_>,
) -> Result<Report, ExportError> {
    let mut report = Report {
        schema: 1,
        file: file.to_owned(),
        bytes,
        container: container.to_vec(),
        pickles: Vec::new(),
        arrays: Vec::new(),
        problems: Vec::new(),
        partial: false,
    };
    let (mut before, mut mends) = (0, MENDS);
    for source in sources {
        let tops = source.tops();
        let base = report.pickles.len();
        for n in &tops {
            let behind = source.cx.stream.pickles.get(*n).and_then(|p| p.behind);
            let behind = behind.and_then(|b| tops.iter().position(|t| *t == b)).map(|i| before + i);
            report.pickles.extend(pickle(source, *n).map(|p| PickleReport { behind, ..p }));
        }
        let all = source.problems.iter().chain(&source.cx.stream.problems);
        for d in all {
            let of = tops.iter().rposition(|n| starts(source, *n).is_some_and(|at| at <= d.span.start)).unwrap_or(0);
            if let Some(p) = report.pickles.get_mut(base + of) {
                p.problems.push(told(d, &source.cx, &mut mends));
            } else {
                report.problems.push(d.clone());
            }
        }
        let found = arrays(&source.cx, &Budget::new(limits::ARRAY_SEARCH), &AtomicBool::new(false));
        report.partial |= found.partial;
        for f in &found.found {
            let Some(of) = tops.iter().position(|n| *n == f.path.pickle) else { continue };
            let path = path_text(&source.cx, &f.path, before + of);
            let a = array(path, f, hash, watch)?;
            if let (Some(p), Some(a)) = (report.pickles.get_mut(base + of), a) {
                p.arrays.push(a);
            }
        }
        before += tops.len();
    }
    for p in &mut report.pickles {
        p.problems.sort_by_key(|d| d.offset);
    }
    Ok(report)
}

/// Adds a member that is an array and no pickle, at `path`.
///
/// # Errors
/// A stop.
pub fn plain(
    report: &mut Report,
    path: String,
    source: &Source<'_>,
    hash: bool,
    watch: Watch<'_>,
) -> Result<(), ExportError> {
    report.problems.extend_from_slice(source.problems);
    let Some(meaning) = source.content() else { return Ok(()) };
    let root = source.cx.stream.pickles.first().and_then(|p| p.root);
    if let Some(handle) = root {
        let found = interpret::Found { path: Path::root(0), handle, meaning };
        report.arrays.extend(array(path, &found, hash, watch)?);
    }
    Ok(())
}

/// A path as it counts over all members: `n` is the pickle's number among them.
pub fn path_text(cx: &Cx<'_>, path: &Path, n: usize) -> String {
    let steps = Path { pickle: 0, segs: path.segs.clone() }.text(cx);
    if n == 0 { steps } else { format!("#{n}{steps}") }
}

fn starts(source: &Source<'_>, n: usize) -> Option<u64> {
    source.cx.stream.pickles.get(n).map(|p| p.span.start)
}

fn pickle(source: &Source<'_>, n: usize) -> Option<PickleReport> {
    let cx = &source.cx;
    let p: &Pickle = cx.stream.pickles.get(n)?;
    let findings = imports(cx, n);
    let verdict = interpret::verdict(cx, n, &findings);
    let root = p.root.map(|h| {
        let m = meaning(&cx.quick(), h);
        match interpret::waiting(cx, h) {
            0 => (m.kind, m.short),
            n => (m.kind, format!("{}, and {} that stood ready to go in", m.short, counted(n, "value"))),
        }
    });
    Some(PickleReport {
        name: source.name.to_owned(),
        start: p.span.start,
        end: p.span.end,
        protocol: p.protocol,
        ops: p.ops,
        complete: p.complete,
        behind: None,
        python: cx.stream.raises(n).map(|(e, _)| PythonError { kind: e.kind.to_owned(), message: e.message.clone() }),
        problems: Vec::new(),
        verdict: verdict.name(),
        libraries: libraries(cx, &findings),
        globals: findings.into_iter().map(global).collect(),
        arrays: Vec::new(),
        skipped: source.skipped.iter().map(header).collect(),
        root,
    })
}

fn header(s: &Skipped) -> Header {
    Header { what: s.what.clone(), offset: s.span.start, end: s.span.end }
}

fn global(f: Finding) -> Global {
    Global { name: f.name, offset: f.span.start, verdict: f.verdict.name(), called: f.called, with: f.with, why: f.why }
}

fn array(path: String, f: &interpret::Found, hash: bool, watch: Watch<'_>) -> Result<Option<ArrayReport>, ExportError> {
    let Some(a) = f.meaning.body.array() else { return Ok(None) };
    let dtype = match &a.dtype_name {
        Some(name) => serde_json::Value::String(name.clone()),
        None => a.array.dtype.to_json(),
    };
    let objects = super::worth(&a.array).is_err()
        || a.array.dtype.has_objects()
        || matches!(a.array.dtype.kind, Kind::Text)
        || a.objects.is_some();
    let sha256 = match (hash, objects) {
        (false, _) => None,
        (true, true) => Some(None),
        (true, false) => Some(Some(sha256(&a.array.unmasked(), watch)?)),
    };
    Ok(Some(ArrayReport {
        path,
        kind: f.meaning.kind.clone(),
        dtype,
        shape: a.array.shape().to_vec(),
        order: a.order.to_string(),
        offset: a.raw.map(|s| s.start),
        bytes: a.raw.map(|s| s.len()),
        complete: a.complete,
        sha256,
    }))
}

/// Of the elements in C order, in their own byte order; what is not there counts as zeros.
fn sha256(a: &crate::tensor::Array, watch: Watch<'_>) -> Result<String, ExportError> {
    struct Hash(Sha256);
    impl Write for Hash {
        fn write(&mut self, data: &[u8]) -> io::Result<usize> {
            self.0.update(data);
            Ok(data.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hash = Hash(Sha256::new());
    let total = a.len();
    let written = a.write_c_order(&mut hash, &mut |done| watch(done, total))?;
    if written.cancelled {
        return Err(ExportError::Cancelled);
    }
    Ok(hash.0.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

impl Report {
    /// Writes it as JSON, in one line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(text::text(self).as_bytes())
    }
}

/// A name or path out of the file, fit for a line.
fn shown(s: &str, max: usize) -> String {
    one_line(s, max)
}
