//! The state of the application: documents, their members, the selection, what is kept. No window, no egui.
//! Must never change on its own: actions ([`super::apply`]) and finished jobs change it, panels look at it.

use super::action::{Effect, Notice, Panel, ViewKind};
use super::cache::Meanings;
use super::history::History;
use super::item::{DocId, Item, Place};
use super::jobs::{Jobs, Watch, Work};
use super::registry::Registry;
use super::repair::Repairs;
use super::settings::Settings;
use super::what_if::WhatIf;
use crate::interpret::{Cx, Externals, Meaning, Options};
use crate::machine::{Handle, Pickle, Start, Stream};
use crate::source::container::Kind;
use crate::source::{Diagnostic, Severity, Stamp};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::Duration;

/// A member's stream, read by the window while a job still scans it.
pub struct Shared {
    stream: RwLock<Stream>,
    /// Readers that wait: the scanner lets them in between two bursts.
    waiting: AtomicUsize,
}

impl Shared {
    /// Shares a stream.
    pub const fn new(stream: Stream) -> Self {
        Self { stream: RwLock::new(stream), waiting: AtomicUsize::new(0) }
    }

    /// A look at the stream, for a frame at most while it is being scanned. May be called again while it is held: the
    /// scanner never queues for the lock, so that no reader waits behind it.
    pub fn read(&self) -> RwLockReadGuard<'_, Stream> {
        if let Ok(guard) = self.stream.try_read() {
            return guard;
        }
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let guard = self.stream.read().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        guard
    }

    /// A short change, unless somebody reads at the moment; true where it was made.
    pub(super) fn try_change(&self, f: impl FnOnce(&mut Stream)) -> bool {
        match self.stream.try_write() {
            Ok(mut guard) => f(&mut guard),
            Err(TryLockError::Poisoned(e)) => f(&mut e.into_inner()),
            Err(TryLockError::WouldBlock) => return false,
        }
        true
    }

    /// A short burst of scanning; readers that wait go first.
    pub(super) fn burst<R>(&self, f: impl FnOnce(&mut Stream) -> R) -> R {
        loop {
            if self.waiting.load(Ordering::Acquire) == 0 {
                match self.stream.try_write() {
                    Ok(mut guard) => return f(&mut guard),
                    Err(TryLockError::Poisoned(e)) => return f(&mut e.into_inner()),
                    Err(TryLockError::WouldBlock) => {}
                }
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

/// One pickle-holding part of a file.
pub struct Member {
    /// Its name in the archive; empty for a file that is none.
    pub name: String,
    /// What its bytes are: pickles, or an array without one.
    pub kind: Kind,
    /// What is wrong with it as a part of its container.
    pub problems: Vec<Diagnostic>,
    /// What its pickles refer to and do not hold.
    pub externals: Arc<dyn Externals + Send + Sync>,
    /// Out-of-band buffers that the user handed in.
    pub given: usize,
    /// What was scanned of it.
    pub stream: Arc<Shared>,
}

/// How far a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Being read. The job tells how far it is.
    Loading,
    /// All of it is there.
    Ready,
    /// It cannot be shown, and why.
    Failed(String),
}

/// What became of an opened file on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Somebody wrote it: what it looks like now.
    Other(Stamp),
    /// It is not there any more.
    Gone,
}

/// An opened file.
pub struct Document {
    /// Its number.
    pub id: DocId,
    /// What its tab is called.
    pub title: String,
    /// Where it is, unless it came as bytes.
    pub path: Option<PathBuf>,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// What it is packed in, outermost first.
    pub container: Vec<&'static str>,
    /// Its pickle-holding members, in file order.
    pub members: Vec<Member>,
    /// What is wrong with the containers.
    pub problems: Vec<Diagnostic>,
    /// The user's choices where the file does not tell.
    pub options: Arc<Options>,
    /// What the file looked like when it was opened.
    pub stamp: Option<Stamp>,
    /// The file on the disk is not what was opened any more.
    pub changed: Option<Change>,
    /// How far it is.
    pub phase: Phase,
    /// The path to select when it is read.
    pub(super) wish: Option<String>,
    /// Its selection while another document is shown.
    pub(super) selection: Item,
}

impl Document {
    /// A document that is about to be read.
    pub fn new(id: DocId, title: String, path: Option<PathBuf>) -> Self {
        Self {
            id,
            title,
            path,
            file_bytes: 0,
            container: Vec::new(),
            members: Vec::new(),
            problems: Vec::new(),
            options: Arc::default(),
            stamp: None,
            changed: None,
            wish: None,
            phase: Phase::Loading,
            selection: Item::new(Place { doc: id, member: 0 }),
        }
    }

    /// The member of that number.
    pub fn member(&self, n: usize) -> Option<&Member> {
        self.members.get(n)
    }
}

/// The application without a window.
#[derive(Default)]
pub struct Session {
    /// The opened files, in the order of their tabs.
    pub documents: Vec<Document>,
    /// The one that is shown; `None` shows the start page.
    pub active: Option<DocId>,
    /// What is selected in it.
    pub selection: Item,
    /// Counts selections: a panel that sees a new number scrolls to the selection.
    pub serial: u64,
    /// What the pointer is over.
    pub hover: Option<Item>,
    /// Where the selection has been.
    pub history: History,
    /// What is kept from run to run.
    pub settings: Settings,
    /// The tree of values is shown as it was at the selected op.
    pub values_at_op: bool,
    /// Panels that the window shows; the window writes it each frame.
    pub shown: Vec<Panel>,
    /// The extension codes that the user named.
    pub registry: Arc<Registry>,
    /// What runs.
    pub jobs: Jobs,
    /// What is worked out beside the frame.
    pub work: Work,
    /// The two files that are compared.
    pub(super) compared: Option<super::compare::Comparing>,
    /// The value that views show.
    pub(super) subject: Option<Handle>,
    /// Whether files have changed.
    pub(super) watch: Watch,
    /// What values mean.
    pub(super) meanings: Meanings,
    /// Views that the user chose, by value.
    pub(super) chosen: HashMap<(Place, Handle), ViewKind>,
    /// Where the user says that something starts, by member.
    pub(super) starts: HashMap<Place, Vec<Start>>,
    /// Bytes that are read as an array by guess.
    pub(super) what_if: Option<WhatIf>,
    /// Edited copies of members.
    pub(super) repairs: HashMap<Place, Repairs>,
    /// What the window has yet to do.
    pub(super) effects: Vec<Effect>,
    pub(super) next_doc: u32,
}

impl Session {
    /// A session with these settings and no document.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// The document that is shown.
    pub fn document(&self) -> Option<&Document> {
        self.document_of(self.active?)
    }

    /// The document of that number.
    pub fn document_of(&self, id: DocId) -> Option<&Document> {
        self.documents.iter().find(|d| d.id == id)
    }

    pub(super) fn document_mut(&mut self, id: DocId) -> Option<&mut Document> {
        self.documents.iter_mut().find(|d| d.id == id)
    }

    /// The stream of a member, to be read for a frame.
    pub fn stream_of(&self, place: Place) -> Option<Arc<Shared>> {
        Some(self.document_of(place.doc)?.member(place.member)?.stream.clone())
    }

    /// Says that something failed that never should.
    pub(super) fn failed(&mut self, what: &str) {
        self.notify(Notice::error(format!("{what}: failed by a fault of picklescope's, please report it")));
    }

    /// Tells the user something.
    pub fn notify(&mut self, notice: Notice) {
        self.effects.push(Effect::Notify(notice));
    }

    /// What the window has to do: taken once.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}

/// What panels look at, for one frame.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Everything.
    pub session: &'a Session,
    /// The document that is shown.
    pub doc: Option<&'a Document>,
    /// The member that the selection is in.
    pub place: Place,
    /// What was scanned of it.
    pub stream: Option<&'a Stream>,
    /// The panel that the keyboard was just given to: it asks for the focus.
    pub focus: Option<Panel>,
    /// The panel whose filter was just asked for.
    pub find: Option<Panel>,
}

impl<'a> View<'a> {
    /// The selection.
    pub const fn selected(&self) -> &'a Item {
        &self.session.selection
    }

    /// The selection, where it is in the member that is shown.
    pub fn selection(&self) -> Option<&'a Item> {
        Some(&self.session.selection).filter(|i| i.place() == self.place)
    }

    /// What the pointer is over, where it is in the member that is shown.
    pub fn hover(&self) -> Option<&'a Item> {
        self.session.hover.as_ref().filter(|i| i.place() == self.place)
    }

    /// The member that is shown.
    pub fn member(&self) -> Option<&'a Member> {
        self.doc?.member(self.place.member)
    }

    /// The surroundings in which values of the member are read.
    pub fn cx(&self) -> Option<Cx<'a>> {
        let (doc, member) = (self.doc?, self.member()?);
        Some(Cx::new(self.stream?, &doc.options, &*member.externals))
    }

    /// What a value means, kept; payloads that must be unescaped are not read for it.
    pub fn meaning(&self, handle: Handle) -> Option<Arc<Meaning>> {
        Some(self.session.meaning_in(&self.cx()?, self.place, handle))
    }

    /// The pickle of that number.
    pub fn pickle(&self, n: usize) -> Option<&'a Pickle> {
        self.stream?.pickles.get(n)
    }

    /// The worst that is wrong with the member.
    pub fn worst(&self) -> Option<Severity> {
        self.stream?.problems.iter().map(|p| p.severity).max()
    }
}
