//! From a file's bytes to its members: containers are opened, what holds pickles is found, what lies beside it is kept
//! at hand. The window and the command line both read files this way. Never opens a file itself.

use crate::interpret::{self, Cx, Externals, KnownInlines, NoExternals, Options, TarTensors};
use crate::machine::{self, Scan, Stream};
use crate::ops::pyrepr::text_repr;
use crate::source::container::{self, Entry, Kind, Opened, OpenedMember, Progress, Skipped};
use crate::source::{Bytes, Diagnostic, Spool};
use crate::tensor::ByteOrder;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A file, opened through its containers.
pub struct Loaded {
    /// The containers around what it holds, outermost first.
    pub container: Vec<&'static str>,
    /// What holds pickles or arrays, in file order.
    pub parts: Vec<Part>,
    /// What is wrong with the containers.
    pub problems: Vec<Diagnostic>,
    /// The user stopped it.
    pub cancelled: bool,
}

/// A part of a file that holds pickles or an array.
pub struct Part {
    /// Its name inside the archive; empty where there is none.
    pub name: String,
    /// Its bytes, inflated.
    pub bytes: Bytes,
    /// What they are.
    pub kind: Kind,
    /// What is wrong with it as a part of its container.
    pub problems: Vec<Diagnostic>,
    /// Headers around it that were skipped: of a message, of an array of objects.
    pub skipped: Vec<Skipped>,
    /// What its pickles refer to and do not hold.
    pub externals: Arc<dyn Externals + Send + Sync>,
}

/// Opens the containers of a file. `watch` is told how far it is, and answers whether to go on.
pub fn load(bytes: Bytes, watch: &dyn Fn(Progress) -> bool) -> Loaded {
    let opened = Arc::new(container::open(bytes, &Arc::new(Spool::default()), watch, &is_pickle));
    let part = |(i, m): (usize, &OpenedMember)| Part {
        name: m.name.clone(),
        bytes: m.bytes.clone(),
        kind: m.kind.clone(),
        problems: m.problems.iter().cloned().chain(misfits(m)).collect(),
        skipped: m.skipped.clone(),
        externals: Arc::new(Beside { opened: opened.clone(), member: i, read: Mutex::default(), tar: OnceLock::new() }),
    };
    Loaded {
        container: opened.chain.clone(),
        parts: opened.members.iter().enumerate().map(part).collect(),
        problems: opened.problems.clone(),
        cancelled: opened.cancelled,
    }
}

/// What does not fit of an array that stands in no pickle: too few elements, a type that is none.
fn misfits(m: &OpenedMember) -> Vec<Diagnostic> {
    let Kind::Npy(header) = &m.kind else { return Vec::new() };
    let stream = Stream::of_content(m.bytes.clone(), header.span);
    let options = Options::default();
    let root = stream.pickles.first().and_then(|p| p.root);
    root.map_or_else(Vec::new, |h| interpret::meaning(&Cx::new(&stream, &options, &NoExternals), h).notes)
}

/// Runs the machine over all of a part at once.
pub fn scan(part: &Part) -> Stream {
    match &part.kind {
        Kind::Npy(header) => Stream::of_content(part.bytes.clone(), header.span),
        Kind::Pickle => Scan::whole(part.bytes.clone(), machine::Options::default(), inlines()),
    }
}

/// The path of an array that stands in no pickle: as `numpy.load` of the file gives it, the root of an `.npy`, the key of
/// an archive.
pub fn plain_path(name: &str) -> String {
    match name.strip_suffix(".npy").unwrap_or(name) {
        "" => String::new(),
        key => format!("[{}]", text_repr(key)),
    }
}

/// Those who know what other formats put between the opcodes.
pub fn inlines() -> Arc<dyn machine::Inlines> {
    Arc::new(KnownInlines)
}

/// A pickle that holds joblib's arrays is joblib's container, which only its classes tell.
pub fn name_joblib<'a>(container: &mut Vec<&'static str>, mut streams: impl Iterator<Item = &'a Stream>) {
    let wraps =
        |(module, name): &(Box<str>, Box<str>)| &**module == "joblib.numpy_pickle" && &**name == "NumpyArrayWrapper";
    if streams.any(|s| s.graph.names.iter().any(wraps)) && container.last() != Some(&"joblib") {
        container.push("joblib");
    }
}

/// Whether the first bytes of an archive's entry look like a pickle: the machine runs over them without complaint, or
/// they say so themselves.
pub fn is_pickle(head: &Bytes) -> bool {
    let start = head.read(crate::source::Span::new(0, 2), 2);
    if matches!(start.as_slice(), [0x80, 0..=5]) {
        return true;
    }
    if start.is_empty() {
        return false;
    }
    let options = machine::Options { first_only: true, until_error: true, ..machine::Options::default() };
    let mut scan = Scan::new(head, options, Arc::new(machine::NoInlines));
    let mut stream = Stream::new(head.clone());
    while scan.step(&mut stream, 10_000) {}
    let Some(p) = stream.pickles.first() else { return false };
    let ran_out = p.python.as_ref().is_some_and(|e| e.kind == "EOFError" || e.message.contains("truncated"));
    // Text may begin with a few letters that are opcodes; a pickle that only ran out of its first bytes has many.
    p.complete && p.ops >= 2 || ran_out && p.ops >= 8
}

/// What lies beside a member in its archive: torch's storages.
struct Beside {
    opened: Arc<Opened>,
    member: usize,
    read: Mutex<HashMap<String, Bytes>>,
    tar: OnceLock<Option<Arc<TarTensors>>>,
}

impl Beside {
    fn entry(&self, path: &str) -> Option<&Entry> {
        self.opened.beside(self.opened.members.get(self.member)?, path)
    }

    fn bytes(&self, path: &str) -> Option<Bytes> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(b) = read.get(path) {
            return Some(b.clone());
        }
        let job = container::Job { spool: &self.opened.spool, watch: &|_| true, is_pickle: &is_pickle };
        let (bytes, _) = self.entry(path)?.open(&job);
        read.insert(path.to_owned(), bytes.clone());
        Some(bytes)
    }
}

impl Externals for Beside {
    fn storage(&self, key: &str) -> Option<Bytes> {
        self.bytes(&format!("data/{key}"))
    }

    fn buffer(&self, _: usize, _: u32) -> Option<Bytes> {
        None
    }

    fn torch_tar(&self) -> Option<Arc<TarTensors>> {
        let read = || {
            let member = self.opened.members.get(self.member)?;
            let own = member.entry == "pickle" || member.entry.ends_with("/pickle");
            let (storages, tensors) = own.then(|| self.bytes("storages").zip(self.bytes("tensors")))??;
            Some(Arc::new(interpret::tar_tensors(&storages, &tensors)))
        };
        self.tar.get_or_init(read).clone()
    }

    fn storage_order(&self) -> ByteOrder {
        let text = self.bytes("byteorder").map(|b| b.read(b.span(), 8));
        if text.is_some_and(|t| t.starts_with(b"big")) { ByteOrder::Big } else { ByteOrder::Little }
    }
}

/// Out-of-band buffers that were handed in, and what lies outside beside them.
pub struct WithBuffers {
    /// What else lies outside.
    pub inner: Arc<dyn Externals + Send + Sync>,
    /// The pickle, counted in the member, whose buffers they are; `None` hands them to each.
    pub pickle: Option<usize>,
    /// They, in the order in which the pickle refers to them.
    pub buffers: Vec<Bytes>,
}

impl Externals for WithBuffers {
    fn storage(&self, key: &str) -> Option<Bytes> {
        self.inner.storage(key)
    }
    fn buffer(&self, pickle: usize, n: u32) -> Option<Bytes> {
        let own = self.pickle.is_none_or(|p| p == pickle).then(|| self.buffers.get(usize::try_from(n).ok()?)).flatten();
        own.cloned().or_else(|| self.inner.buffer(pickle, n))
    }
    fn sibling(&self, name: &str) -> Option<Bytes> {
        self.inner.sibling(name)
    }
    fn torch_tar(&self) -> Option<Arc<TarTensors>> {
        self.inner.torch_tar()
    }
    fn storage_order(&self) -> ByteOrder {
        self.inner.storage_order()
    }
}

/// Gives the bytes of a file of that name beside the opened one.
pub type Sibling = Arc<dyn Fn(&str) -> Option<Bytes> + Send + Sync>;

/// The files that stand beside the opened one, and what else lies outside.
pub struct WithFolder {
    inner: Arc<dyn Externals + Send + Sync>,
    sibling: Sibling,
    read: Mutex<HashMap<String, Option<Bytes>>>,
}

impl WithFolder {
    /// Adds files beside the opened one to what lies outside.
    pub fn new(inner: Arc<dyn Externals + Send + Sync>, sibling: Sibling) -> Self {
        Self { inner, sibling, read: Mutex::default() }
    }
}

impl Externals for WithFolder {
    fn storage(&self, key: &str) -> Option<Bytes> {
        self.inner.storage(key)
    }
    fn buffer(&self, pickle: usize, n: u32) -> Option<Bytes> {
        self.inner.buffer(pickle, n)
    }
    fn sibling(&self, name: &str) -> Option<Bytes> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        // A file may name a million siblings: so many are not kept open.
        if read.len() >= 1_000 && !read.contains_key(name) {
            return None;
        }
        read.entry(name.to_owned()).or_insert_with(|| (self.sibling)(name)).clone()
    }
    fn torch_tar(&self) -> Option<Arc<TarTensors>> {
        self.inner.torch_tar()
    }
    fn storage_order(&self) -> ByteOrder {
        self.inner.storage_order()
    }
}
