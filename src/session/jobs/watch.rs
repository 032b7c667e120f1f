//! Whether the opened files are still what was opened: a script may write them anew while they are looked at.
//! Must never read them, nor wait for a disk in a frame.

use super::Done;
use crate::session::item::DocId;
use crate::session::state::{Change, Session};
use crate::source::{self, Stamp};
use std::path::PathBuf;
use std::time::{Duration, Instant};

impl Session {
    /// How long after one look at the files the next may follow.
    pub const WATCH: Duration = Duration::from_secs(2);

    /// Looks whether the opened files have changed, beside the frame; not sooner than [`Session::WATCH`] after the last look.
    pub fn watch_files(&mut self) {
        if self.watched.is_some_and(|at| at.elapsed() < Self::WATCH) {
            return;
        }
        let files: Vec<(DocId, PathBuf, Stamp)> =
            self.documents.iter().filter_map(|d| Some((d.id, d.path.clone()?, d.stamp?))).collect();
        if files.is_empty() {
            return;
        }
        self.watched = Some(Instant::now());
        self.jobs.spawn("Looking whether files have changed", None, move |_| {
            let look = |(doc, path, old): (DocId, PathBuf, Stamp)| {
                let change = match source::stamp(&path) {
                    Ok(now) if now == old => None,
                    Ok(now) => Some(Change::Other(now)),
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => Some(Change::Gone),
                    // a disk that does not answer now says nothing about the file
                    Err(_) => return None,
                };
                Some((doc, change))
            };
            let found: Vec<_> = files.into_iter().filter_map(look).collect();
            Box::new(move |s: &mut Session| {
                for (doc, change) in found {
                    if let Some(d) = s.document_mut(doc) {
                        d.changed = change;
                    }
                }
            }) as Done
        });
    }

    /// What is shown is kept, though the file has changed: said once, not again until the next change.
    pub(in crate::session) fn keep_showing(&mut self, doc: DocId) {
        let Some(d) = self.document_mut(doc) else { return };
        match d.changed.take() {
            Some(Change::Other(now)) => d.stamp = Some(now),
            _ => d.stamp = None,
        }
    }
}
