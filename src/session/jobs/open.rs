//! Opening files: containers, then the machine over each member in bursts, then a first look at what it holds.
//! The only place of the window that opens what a user chose.

use super::{Done, JobCx, JobId};
use crate::interpret::{Cx, Externals, Options};
use crate::machine::{self, Scan, Stream};
use crate::session::action::{Effect, LayoutChange, Panel};
use crate::session::item::{DocId, Item, Place};
use crate::session::load::{self, Loaded};
use crate::session::look::first_look;
use crate::session::registry::Registry;
use crate::session::state::{Document, Member, Phase, Session, Shared};
use crate::source::container::{Kind, Skipped};
use crate::source::{Bytes, Diagnostic, READ_WHOLE, Severity, Span, Stamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the stream is held at once while it is scanned.
const BURST: Duration = Duration::from_millis(2);
/// Members of fewer ops are scanned again at once when they are edited.
const AT_ONCE: u32 = 60_000;
/// Members whose problems are looked for once they are read.
const LOOKED_INTO: usize = 1_000;
/// How often a frame is asked for while scanning.
const FRAMES: Duration = Duration::from_millis(80);

impl Session {
    pub(in crate::session) fn open(&mut self, paths: Vec<PathBuf>) {
        for path in paths {
            let same = |d: &&Document| d.path.as_ref().is_some_and(|p| *p == path) && d.changed.is_none();
            if let Some(id) = self.documents.iter().find(same).map(|d| d.id) {
                self.activate(id);
                continue;
            }
            let title = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
            let doc = self.new_document(title.clone(), Some(path.clone()));
            self.settings.opened(&path);
            let extensions = self.settings.extensions.clone().filter(|_| self.registry.is_empty());
            self.jobs.spawn(format!("Reading {title}"), Some(doc), move |job| {
                match Bytes::open(&path) {
                    Ok(bytes) => read(job, doc, bytes, Some(&path), extensions.as_deref()),
                    Err(e) => {
                        let why = why_not(&path, &e);
                        job.tell(Box::new(move |s| s.fail(doc, why)));
                    }
                }
                Box::new(move |s: &mut Session| s.opened(doc)) as Done
            });
        }
    }

    pub(in crate::session) fn open_bytes(&mut self, name: String, bytes: Vec<u8>) {
        let doc = self.new_document(name.clone(), None);
        self.jobs.spawn(format!("Reading {name}"), Some(doc), move |job| {
            read(job, doc, Bytes::from_vec(bytes), None, None);
            Box::new(move |s: &mut Session| s.opened(doc)) as Done
        });
    }

    /// Opens bytes that were repaired as a document; nothing is looked for around them.
    pub(in crate::session) fn open_edited(
        &mut self,
        title: String,
        bytes: Bytes,
        externals: Arc<dyn Externals + Send + Sync>,
        show: Option<Span>,
    ) -> DocId {
        let doc = self.new_document(title.clone(), None);
        let file_bytes = bytes.len();
        let stream = Arc::new(Shared::new(Stream::new(bytes)));
        let (name, problems) = (String::new(), Vec::new());
        let members = vec![Member { name, kind: Kind::Pickle, problems, externals, given: 0, stream }];
        self.loaded(
            doc,
            Opening { file_bytes, stamp: None, container: Vec::new(), problems: Vec::new(), members, extensions: None },
        );
        self.read_members(doc, title, show);
        doc
    }

    /// Scans the members of a document that is loaded.
    fn read_members(&mut self, doc: DocId, title: String, show: Option<Span>) {
        let Some(d) = self.document_of(doc) else { return };
        let streams: Vec<_> = d.members.iter().map(|m| (m.stream.clone(), m.externals.clone())).collect();
        self.jobs.spawn(format!("Reading {title}"), Some(doc), move |job| {
            let mut looked = false;
            for (i, (stream, externals)) in streams.iter().enumerate() {
                scan(job, doc, stream);
                if !looked && !job.cancelled() {
                    looked = look(job, Place { doc, member: i }, stream, &**externals);
                }
            }
            Box::new(move |s: &mut Session| {
                s.opened(doc);
                if let Some(span) = show.filter(|_| s.active == Some(doc)) {
                    s.show_edited(Place { doc, member: 0 }, span);
                }
            }) as Done
        });
    }

    /// Turns bytes back that something rewrote, and opens them.
    pub(in crate::session) fn turn_back(
        &mut self,
        title: String,
        bytes: Bytes,
        repair: machine::Repair,
        externals: Arc<dyn Externals + Send + Sync>,
        origin: Option<PathBuf>,
    ) {
        self.jobs.spawn(format!("Repairing {title}"), None, move |_| {
            let repaired = machine::try_repair(&bytes, repair);
            Box::new(move |s: &mut Session| s.turned_back(title, repaired, repair, externals, origin)) as Done
        });
    }

    /// Other bytes under the same ops. False where the stream is being read at the moment.
    pub(in crate::session) fn exchange(&self, place: Place, bytes: &Bytes) -> bool {
        let Some(shared) = self.stream_of(place) else { return false };
        shared.try_change(|stream| {
            stream.bytes = bytes.clone();
            stream.version = stream.version.wrapping_add(1);
        })
    }

    /// Runs the machine over the edited bytes of a member: at once where that takes no longer than a frame, else beside
    /// the frames.
    pub(in crate::session) fn rescan(&mut self, place: Place, bytes: Bytes) -> Option<JobId> {
        let old = self.stream_of(place)?;
        let (version, count) = {
            let stream = old.read();
            (stream.version.wrapping_add(1), stream.index.count())
        };
        let starts = self.starts.get(&place).cloned().unwrap_or_default();
        let fresh = |bytes: &Bytes| {
            let mut stream = Stream::new(bytes.clone());
            stream.version = version;
            stream
        };
        let mut stream = fresh(&bytes);
        if count < AT_ONCE && bytes.len() <= READ_WHOLE {
            let mut scan = Scan::new(&bytes, machine::Options::default(), load::inlines());
            scan.start_at(starts.clone());
            let mut left = 4 * AT_ONCE;
            while scan.step(&mut stream, 10_000) && left > 0 {
                left = left.saturating_sub(10_000);
            }
            if !stream.finished {
                stream = fresh(&bytes);
            }
        }
        let finished = stream.finished;
        let shared = Arc::new(Shared::new(stream));
        let doc = place.doc;
        let d = self.document_mut(doc)?;
        d.members.get_mut(place.member)?.stream = shared.clone();
        if finished {
            return None;
        }
        d.phase = Phase::Loading;
        let title = d.title.clone();
        Some(self.jobs.spawn(format!("Reading the edited {title}"), Some(doc), move |job| {
            scan_from(job, doc, &shared, starts);
            Box::new(move |s: &mut Session| s.finish(doc)) as Done
        }))
    }

    fn loaded(&mut self, doc: DocId, loaded: Opening) {
        if let Some(Ok(registry)) = loaded.extensions {
            self.registry = Arc::new(registry);
        }
        let options = Arc::new(Options { extensions: (*self.registry).clone(), ..Options::default() });
        let Some(d) = self.document_mut(doc) else { return };
        d.file_bytes = loaded.file_bytes;
        d.stamp = loaded.stamp;
        d.container = loaded.container;
        d.problems = loaded.problems;
        d.members = loaded.members;
        d.options = options;
        if d.members.is_empty() {
            d.phase = Phase::Failed("It holds no pickle.".to_owned());
        }
    }

    /// The first value of a member is there: it is selected, unless something is.
    fn root_found(&mut self, doc: DocId) {
        let untouched = |i: &Item| i.is_empty();
        if self.active == Some(doc) {
            if untouched(&self.selection) {
                self.select(Item::new(Place { doc, member: self.selection.member }));
            }
        } else if let Some(at) = self.document_of(doc).map(|d| d.selection.clone()).filter(untouched) {
            let item = self.complete(at);
            if let Some(d) = self.document_mut(doc) {
                d.selection = item;
            }
        }
    }

    /// The most telling value is known: it is selected, unless the user selected something in the meantime.
    fn looked(&mut self, doc: DocId, item: Item) {
        let at_root = |i: &Item| i.is_empty() || i.trail.as_ref().is_some_and(|t| t.steps.is_empty());
        if self.active == Some(doc) {
            if at_root(&self.selection) && !self.history.knows(doc) {
                self.select(item);
            }
        } else if self.document_of(doc).is_some_and(|d| at_root(&d.selection)) {
            let item = self.complete(item);
            if let Some(d) = self.document_mut(doc) {
                d.selection = item;
            }
        }
    }

    /// A file was read for the first time: what is wrong with it comes to the front.
    fn opened(&mut self, doc: DocId) {
        self.finish(doc);
        let Some(d) = self.document_of(doc).filter(|_| self.active == Some(doc)) else { return };
        let wrong = |all: &[Diagnostic]| all.iter().any(|p| p.severity == Severity::Error);
        let damaged = |m: &Member| wrong(&m.problems) || wrong(&m.stream.read().problems);
        if wrong(&d.problems) || d.members.iter().take(LOOKED_INTO).any(damaged) {
            self.effects.push(Effect::Layout(LayoutChange::Reveal(Panel::Problems)));
        }
    }

    fn finish(&mut self, doc: DocId) {
        if let Some(d) = self.document_mut(doc)
            && d.phase == Phase::Loading
        {
            d.phase = Phase::Ready;
        }
        self.watch_files();
        self.root_found(doc);
        let wish = self.document_mut(doc).and_then(|d| d.wish.take());
        if let Some(item) = wish.and_then(|path| self.find_path(doc, &path).ok()) {
            self.select(item);
        }
        self.subject = self.find_subject();
    }
}

struct Opening {
    file_bytes: u64,
    stamp: Option<Stamp>,
    container: Vec<&'static str>,
    problems: Vec<Diagnostic>,
    members: Vec<Member>,
    extensions: Option<Result<Registry, String>>,
}

fn read(job: &JobCx, doc: DocId, bytes: Bytes, path: Option<&Path>, extensions: Option<&Path>) {
    let stamp = path.and_then(|p| crate::source::stamp(p).ok());
    let folder = path.and_then(Path::parent).map(Path::to_owned);
    let extensions = extensions.map(super::given::read_registry);
    let file_bytes = bytes.len();
    let watch = |p: crate::source::container::Progress| {
        job.what(p.what);
        job.progress(p.done, p.total);
        !job.cancelled()
    };
    let Loaded { container, parts, problems, .. } = load::load(bytes, &watch);
    let member = |p: load::Part| Member {
        name: p.name,
        problems: skipped_notes(&p.skipped).chain(p.problems).collect(),
        externals: match &folder {
            Some(folder) => Arc::new(load::WithFolder::new(p.externals, beside(folder.clone()))),
            None => p.externals,
        },
        given: 0,
        kind: p.kind.clone(),
        stream: Arc::new(Shared::new(match &p.kind {
            Kind::Npy(header) => Stream::of_content(p.bytes, header.span),
            Kind::Pickle => Stream::new(p.bytes),
        })),
    };
    let members: Vec<Member> = parts.into_iter().map(member).collect();
    let streams: Vec<_> = members.iter().map(|m| (m.stream.clone(), m.externals.clone())).collect();
    let opening = Opening { file_bytes, stamp, container, problems, members, extensions };
    job.tell(Box::new(move |s| s.loaded(doc, opening)));
    job.what("");
    let mut looked = false;
    for (i, (stream, externals)) in streams.iter().enumerate() {
        scan(job, doc, stream);
        if job.cancelled() {
            return;
        }
        if !looked {
            looked = look(job, Place { doc, member: i }, stream, &**externals);
        }
    }
}

/// What stood around a member and was skipped, as notes of the panel of problems.
fn skipped_notes(skipped: &[Skipped]) -> impl Iterator<Item = Diagnostic> + '_ {
    let note = |s: &Skipped| {
        let text = format!("A header of {} bytes was skipped: {}.", s.span.len(), s.what);
        Diagnostic::note("header-skipped", s.span, text).hint("Offsets count from behind it.")
    };
    skipped.iter().map(note)
}

/// Scans a member in bursts, and says when its first value is there.
fn scan(job: &JobCx, doc: DocId, shared: &Shared) {
    scan_from(job, doc, shared, Vec::new());
}

/// The same, with places where the user says that something starts.
fn scan_from(job: &JobCx, doc: DocId, shared: &Shared, starts: Vec<machine::Start>) {
    let bytes = shared.read().bytes.clone();
    if shared.read().finished {
        return;
    }
    let mut scan = Scan::new(&bytes, machine::Options::default(), load::inlines());
    scan.start_at(starts);
    let (mut ops, mut told, mut frame) = (20_000_u32, false, Instant::now());
    loop {
        let began = Instant::now();
        let (more, scanned, root) = shared.burst(|stream| {
            let more = scan.step(stream, ops);
            (more, stream.scanned, stream.pickles.first().is_some_and(|p| p.root.is_some()))
        });
        let took = began.elapsed();
        ops = if took > BURST { ops / 2 } else { ops.saturating_add(ops / 4) }.clamp(2_000, 10_000_000);
        job.progress(scanned, bytes.len());
        if root && !told {
            told = true;
            job.tell(Box::new(move |s| s.root_found(doc)));
        }
        if !more || job.cancelled() {
            return;
        }
        if frame.elapsed() > FRAMES {
            frame = Instant::now();
            job.wake();
        }
    }
}

/// Finds the most telling value of a member.
fn look(job: &JobCx, place: Place, shared: &Shared, externals: &dyn Externals) -> bool {
    let options = Options::default();
    let stream = shared.read();
    let item = first_look(&Cx::new(&stream, &options, externals), place, job.flag());
    drop(stream);
    let found = item.is_some();
    if let Some(item) = item {
        job.tell(Box::new(move |s| s.looked(place.doc, item)));
    }
    found
}

/// Opens a file that stands in a folder, by a name without any way in it: what joblib of before 0.10 put beside a dump.
pub fn beside(folder: PathBuf) -> load::Sibling {
    Arc::new(move |name| {
        let mut parts = Path::new(name).components();
        let (Some(std::path::Component::Normal(one)), None) = (parts.next(), parts.next()) else { return None };
        Bytes::open(&folder.join(one)).ok()
    })
}

/// Why a file cannot be opened, and what to do about it.
pub(super) fn why_not(path: &Path, e: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let path = path.display();
    match e.kind() {
        ErrorKind::NotFound => format!("There is no file {path}. It may have been moved or renamed."),
        ErrorKind::PermissionDenied => format!("{path} may not be read by you: ask for permission to read it."),
        ErrorKind::IsADirectory => format!("{path} is a folder: open a file in it."),
        _ => format!("{path} cannot be read: {e}."),
    }
}
