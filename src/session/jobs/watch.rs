//! Whether the opened files are still what was opened: a script may write them anew while they are looked at.
//! Must never read them, nor wait for a disk in a frame, nor ask for a frame where nothing has changed.

use super::{Done, lock};
use crate::session::item::DocId;
use crate::session::state::{Change, Session};
use crate::source::{self, Stamp};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long after one look at the files the next follows.
const PAUSE: Duration = Duration::from_secs(2);

/// An opened file, and what it looked like when it was opened.
type File = (DocId, PathBuf, Stamp);

/// What became of files.
type Found = Vec<(DocId, Option<Change>)>;

/// The files that are looked at by a thread of its own, which ends with the session.
#[derive(Default)]
pub struct Watch {
    files: Arc<Mutex<Vec<File>>>,
    runs: bool,
}

/// What became of the files; those on a disk that does not answer are left out.
fn look(files: &[File]) -> Found {
    let look = |(doc, path, old): &File| {
        let change = match source::stamp(path) {
            Ok(now) if now == *old => None,
            Ok(now) => Some(Change::Other(now)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Some(Change::Gone),
            Err(_) => return None,
        };
        Some((*doc, change))
    };
    files.iter().filter_map(look).collect()
}

impl Session {
    fn watched(&self) -> Vec<File> {
        self.documents.iter().filter_map(|d| Some((d.id, d.path.clone()?, d.stamp?))).collect()
    }

    /// Keeps looking whether the opened files have changed, beside the frame. Called where the list of them changes.
    pub(in crate::session) fn watch_files(&mut self) {
        let files = self.watched();
        let mut kept = lock(&self.watch.files);
        if *kept != files {
            *kept = files;
        }
        drop(kept);
        if self.watch.runs || self.documents.is_empty() {
            return;
        }
        self.watch.runs = true;
        let (files, told) = (Arc::downgrade(&self.watch.files), self.jobs.teller());
        let watch = move || {
            let mut last = Found::new();
            loop {
                std::thread::sleep(PAUSE);
                let Some(files) = files.upgrade() else { return };
                let now = lock(&files).clone();
                let found = look(&now);
                if found != last {
                    last.clone_from(&found);
                    told(Box::new(move |s: &mut Session| s.note_changes(found)) as Done);
                }
            }
        };
        if let Err(e) = std::thread::Builder::new().name("watch".into()).spawn(watch) {
            log::warn!("files are not watched: {e}");
        }
    }

    /// Looks now, and waits for the disk: for what is not drawn.
    pub fn look_at_files(&mut self) {
        let found = look(&self.watched());
        self.note_changes(found);
    }

    fn note_changes(&mut self, found: Found) {
        for (doc, change) in found {
            if let Some(d) = self.document_mut(doc) {
                d.changed = change.filter(|c| !matches!(c, Change::Other(now) if d.stamp == Some(*now)));
            }
        }
    }

    /// What is shown is kept, though the file has changed: said once, not again until the next change.
    pub(in crate::session) fn keep_showing(&mut self, doc: DocId) {
        let Some(d) = self.document_mut(doc) else { return };
        match d.changed.take() {
            Some(Change::Other(now)) => d.stamp = Some(now),
            _ => d.stamp = None,
        }
        self.watch_files();
    }
}
