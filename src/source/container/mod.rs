//! Containers, opened by what they are and not by what they are called: compressed files, archives, wire messages, one
//! within the other. Gives the bytes that hold pickles, the containers around them, and every archive's entries.
//! Knows no pickle: whoever calls says what looks like one. Must never write a file that has a name.

mod archive;
mod inflate;
mod magic;
mod npy;
mod tar;
mod wire;
mod zip;

use super::{Bytes, Diagnostic, Span, Spool, limits};
pub use archive::{Archive, Entry, Method};
pub use inflate::{Codec, End, Outcome, inflate};
pub use magic::{Magic, magic};
pub use npy::{NpyHeader, header as npy_header};
use std::sync::Arc;
pub use wire::Skipped;

/// How far a long step is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is being done, as a participle.
    pub what: &'static str,
    /// Bytes done.
    pub done: u64,
    /// Bytes to do.
    pub total: u64,
}

/// What a step may use, and who watches it.
pub struct Job<'a> {
    /// Where inflated bytes go.
    pub spool: &'a Spool,
    /// Is told of progress every now and then; answers whether to go on.
    pub watch: &'a dyn Fn(Progress) -> bool,
    /// Whether bytes (an entry's first ones, up to [`limits::PEEK`]) look like a pickle.
    pub is_pickle: &'a dyn Fn(&Bytes) -> bool,
}

impl Job<'_> {
    fn go_on(&self, p: Progress) -> bool {
        (self.watch)(p)
    }
}

/// What a member's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pickles, as far as can be told from outside.
    Pickle,
    /// The elements of a NumPy array, behind its header; the bytes are those of the whole `.npy`.
    Npy(NpyHeader),
}

/// Bytes that hold pickles or an array.
#[derive(Clone)]
pub struct OpenedMember {
    /// Its name inside the archive; "" where there is none.
    pub name: String,
    /// Its bytes, inflated, without any header that was skipped.
    pub bytes: Bytes,
    /// What they are.
    pub kind: Kind,
    /// A header that was skipped, innermost last.
    pub skipped: Vec<Skipped>,
    /// Containers around it within the archive's entry, outermost first.
    pub inner: Vec<&'static str>,
    /// The archive that it is in: its number in [`Opened::archives`].
    pub archive: Option<usize>,
    /// Its name in that archive.
    pub entry: String,
    /// What is wrong with it as a container. Spans count in the member's own bytes.
    pub problems: Vec<Diagnostic>,
}

/// A file, opened through all its containers.
#[derive(Default)]
pub struct Opened {
    /// The containers around what it holds, outermost first; where members differ, each further kind once.
    pub chain: Vec<&'static str>,
    /// What it holds, in file order. A file that is no container is one member of its own.
    pub members: Vec<OpenedMember>,
    /// All archives met, in the order they were opened.
    pub archives: Vec<Archive>,
    /// What is wrong with the archives themselves. Spans count in the archive's bytes.
    pub problems: Vec<Diagnostic>,
    /// The user stopped it.
    pub cancelled: bool,
    /// Where inflated bytes are; entries opened later go there too.
    pub spool: Arc<Spool>,
}

impl Opened {
    /// The entry beside a member: `data/0` for a torch archive's `name/data.pkl` is its `name/data/0`.
    pub fn beside(&self, member: &OpenedMember, path: &str) -> Option<&Entry> {
        let folder = member.entry.rfind('/').and_then(|i| member.entry.get(..=i)).unwrap_or("");
        self.archives.get(member.archive?)?.get(&format!("{folder}{path}"))
    }
}

/// Bytes still to be looked at.
struct Todo {
    bytes: Bytes,
    name: String,
    chain: Vec<&'static str>,
    /// Length of `chain` where the archive that it is in ends.
    shared: usize,
    skipped: Vec<Skipped>,
    archive: Option<usize>,
    entry: String,
    problems: Vec<Diagnostic>,
    /// Taken as a member even where it looks like no pickle.
    certain: bool,
}

/// Opens `bytes` through all the containers it is in.
pub fn open(
    bytes: Bytes,
    spool: &Arc<Spool>,
    watch: &dyn Fn(Progress) -> bool,
    is_pickle: &dyn Fn(&Bytes) -> bool,
) -> Opened {
    let mut opened = Opened { spool: spool.clone(), ..Opened::default() };
    let cancelled = std::cell::Cell::new(false);
    let watch = |p: Progress| {
        if !cancelled.get() && !watch(p) {
            cancelled.set(true);
        }
        !cancelled.get()
    };
    let job = Job { spool, watch: &watch, is_pickle };
    let first = Todo {
        bytes,
        name: String::new(),
        chain: Vec::new(),
        shared: 0,
        skipped: Vec::new(),
        archive: None,
        entry: String::new(),
        problems: Vec::new(),
        certain: true,
    };
    let mut todo = vec![first];
    let mut ways: Vec<Vec<&'static str>> = Vec::new();
    while let Some(mut item) = todo.pop() {
        if opened.members.len() >= limits::MEMBERS {
            break;
        }
        let deep = item.chain.len() >= limits::CONTAINER_DEPTH;
        let found = magic(&item.bytes);
        if deep && found.is_some() {
            let text =
                format!("More than {} containers within containers: not opened further.", limits::CONTAINER_DEPTH);
            item.problems.push(Diagnostic::warning("container-depth", Span::default(), text));
        }
        let next = match found {
            Some(m) if !deep => step(m, item, &mut opened, &job),
            _ if !deep && item.archive.is_none() => match wire::multiprocessing(&item.bytes) {
                Some(messages) => Next::More(split(item, messages)),
                None => Next::Leaf(Box::new(item), Kind::Pickle),
            },
            _ => Next::Leaf(Box::new(item), Kind::Pickle),
        };
        match next {
            Next::More(mut items) => {
                items.reverse();
                todo.append(&mut items);
            }
            Next::Leaf(item, kind) => {
                let mut item = *item;
                if magic::is_legacy_torch(&item.bytes) {
                    item.chain.push("torch");
                }
                if !item.certain && kind == Kind::Pickle && !(job.is_pickle)(&item.bytes) {
                    continue;
                }
                ways.push(item.chain.clone());
                opened.members.push(OpenedMember {
                    name: item.name,
                    bytes: item.bytes,
                    kind,
                    skipped: item.skipped,
                    inner: item.chain.get(item.shared..).unwrap_or(&[]).to_vec(),
                    archive: item.archive,
                    entry: item.entry,
                    problems: item.problems,
                });
            }
        }
        if cancelled.get() {
            break;
        }
    }
    opened.cancelled = cancelled.get();
    opened.chain = match ways.as_slice() {
        [] => std::mem::take(&mut opened.chain),
        [first, rest @ ..] => one_way(first, rest),
    };
    opened
}

/// The containers around all members: the way that they share, then, where they part, each further kind once.
fn one_way(first: &[&'static str], rest: &[Vec<&'static str>]) -> Vec<&'static str> {
    let shared =
        rest.iter().fold(first.len(), |n, way| first.iter().zip(way).take(n).take_while(|(a, b)| a == b).count());
    let mut chain = first.get(..shared).unwrap_or(first).to_vec();
    for way in std::iter::once(first).chain(rest.iter().map(Vec::as_slice)) {
        for name in way.get(shared..).unwrap_or(&[]) {
            if !chain.contains(name) {
                chain.push(name);
            }
        }
    }
    chain
}

enum Next {
    Leaf(Box<Todo>, Kind),
    More(Vec<Todo>),
}

fn step(found: Magic, mut item: Todo, opened: &mut Opened, job: &Job<'_>) -> Next {
    match found {
        Magic::Coded(codec) => {
            let mut sink = job.spool.sink();
            let outcome = inflate(codec, &item.bytes, &mut sink, job);
            // `x^…` and `]..` may be other things: what ends in nonsense right away was never compressed.
            let weak = matches!(codec, Codec::Zlib | Codec::Lzma);
            if weak && matches!(outcome.end, End::Corrupt(_)) && sink.len() < 64 {
                return Next::Leaf(Box::new(item), Kind::Pickle);
            }
            item.problems.extend(inflate::problems(codec, &outcome, &sink, item.bytes.len()));
            item.bytes = sink.finish();
            item.chain.push(codec.name());
            Next::More(vec![item])
        }
        Magic::Npy => match npy::header(&item.bytes) {
            Ok(h) if h.objects => {
                item.skipped.push(Skipped { what: format!("npy header, version {}", h.version), span: h.span });
                item.bytes = item.bytes.slice(Span::new(h.span.end, item.bytes.len()));
                item.certain = true;
                enter(&mut item, "npy");
                Next::Leaf(Box::new(item), Kind::Pickle)
            }
            Ok(h) => {
                enter(&mut item, "npy");
                Next::Leaf(Box::new(item), Kind::Npy(h))
            }
            Err(why) => {
                let text = format!("This begins as a .npy file, but {why}.");
                item.problems.push(Diagnostic::error("npy-header", Span::new(0, 12), text));
                enter(&mut item, "npy");
                Next::Leaf(Box::new(item), Kind::Pickle)
            }
        },
        Magic::Zf => match wire::zf(&item.bytes) {
            Some((skipped, rest)) => {
                let mut sink = job.spool.sink();
                let outcome = inflate(Codec::Zlib, &rest, &mut sink, job);
                item.problems.extend(inflate::problems(Codec::Zlib, &outcome, &sink, rest.len()));
                item.bytes = sink.finish();
                item.skipped.push(skipped);
                item.chain.push("zlib");
                Next::More(vec![item])
            }
            None => Next::Leaf(Box::new(item), Kind::Pickle),
        },
        Magic::Pyro => match wire::pyro(&item.bytes) {
            Some(message) => Next::More(split(item, vec![message])),
            None => Next::Leaf(Box::new(item), Kind::Pickle),
        },
        Magic::Zip => {
            let (archive, problems) = zip::read(&item.bytes, job);
            let name = kind_of_zip(&archive);
            enter_archive(item, name, archive, problems, opened, job)
        }
        Magic::Tar => {
            let (archive, problems) = tar::read(&item.bytes);
            let torch = ["storages", "tensors", "pickle"].iter().all(|n| archive.get(n).is_some());
            enter_archive(item, if torch { "torch" } else { "tar" }, archive, problems, opened, job)
        }
    }
}

/// Adds a container to the way; an npy within an npz is what an npz is made of, and is not named again.
fn enter(item: &mut Todo, name: &'static str) {
    if item.chain.last() != Some(&"npz") {
        item.chain.push(name);
    }
}

/// torch: `data.pkl` with a `version` or `data/` beside it. npz: arrays and nothing else.
fn kind_of_zip(archive: &Archive) -> &'static str {
    let torch = archive.entries.iter().any(|e| {
        e.name.strip_suffix("data.pkl").is_some_and(|folder| {
            (folder.is_empty() || folder.ends_with('/'))
                && archive.entries.iter().any(|o| {
                    o.name
                        .strip_prefix(folder)
                        .is_some_and(|n| n == "version" || n == ".data/serialization_id" || n.starts_with("data/"))
                })
        })
    });
    if torch {
        return "torch";
    }
    let npz = !archive.entries.is_empty() && archive.entries.iter().all(|e| e.name.ends_with(".npy"));
    if npz { "npz" } else { "zip" }
}

fn enter_archive(
    mut item: Todo,
    name: &'static str,
    archive: Archive,
    problems: Vec<Diagnostic>,
    opened: &mut Opened,
    job: &Job<'_>,
) -> Next {
    let number = opened.archives.len();
    opened.problems.append(&mut item.problems);
    opened.problems.extend(problems);
    item.chain.push(name);
    if opened.members.is_empty() && opened.archives.is_empty() {
        opened.chain.clone_from(&item.chain);
    }
    let mut out = Vec::new();
    for (i, entry) in archive.entries.iter().enumerate() {
        let done = i as u64;
        if !job.go_on(Progress { what: "opening entries", done, total: archive.entries.len() as u64 }) {
            break;
        }
        // Storages may hold any bytes, those of pickles included; they are reached through the pickle that names them.
        let certain = match name {
            "torch" if entry.name.ends_with(".pkl") || entry.name == "pickle" => true,
            "torch" if entry.name == "sys_info" => false,
            "torch" => continue,
            _ => false,
        };
        if !certain {
            let head = entry.peek(limits::PEEK, job);
            if magic(&head).is_none() && !(job.is_pickle)(&head) && !matches!(entry.method, Method::Unknown(_)) {
                continue;
            }
        }
        let (bytes, problems) = entry.open(job);
        out.push(Todo {
            bytes,
            name: if item.name.is_empty() { entry.name.clone() } else { format!("{}/{}", item.name, entry.name) },
            chain: item.chain.clone(),
            shared: item.chain.len(),
            skipped: Vec::new(),
            archive: Some(number),
            entry: entry.name.clone(),
            problems,
            certain,
        });
    }
    opened.archives.push(archive);
    Next::More(out)
}

fn split(item: Todo, messages: Vec<wire::Message>) -> Vec<Todo> {
    let several = messages.len() > 1;
    messages
        .into_iter()
        .enumerate()
        .map(|(i, (skipped, bytes, problems))| Todo {
            bytes,
            name: if several { format!("message {i}") } else { item.name.clone() },
            chain: item.chain.clone(),
            shared: item.shared,
            skipped: item.skipped.iter().cloned().chain([skipped]).collect(),
            archive: item.archive,
            entry: item.entry.clone(),
            problems: item.problems.iter().cloned().chain(problems).collect(),
            certain: true,
        })
        .collect()
}
