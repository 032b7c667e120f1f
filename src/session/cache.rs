//! Meanings, kept while they are looked at: a row of a tree costs a look-up, not a reading.
//! Must never keep what a scan may still change for longer than it holds.

use super::item::{DocId, Place};
use crate::interpret::Meaning;
use crate::machine::Handle;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Meanings kept; the longest unused half makes room.
const KEPT: usize = 16_384;

struct Entry {
    used: u64,
    /// Bytes that were scanned when it was read; a stream that grew since may mean something else.
    scanned: u64,
    meaning: Arc<Meaning>,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<(Place, Handle), Entry>,
    clock: u64,
}

/// Meanings by place and handle.
#[derive(Default)]
pub struct Meanings {
    inner: Mutex<Inner>,
}

impl Meanings {
    /// The meaning of a value, read once.
    pub fn get(&self, place: Place, handle: Handle, scanned: u64, read: impl FnOnce() -> Meaning) -> Arc<Meaning> {
        {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            inner.clock += 1;
            let now = inner.clock;
            if let Some(e) = inner.entries.get_mut(&(place, handle)).filter(|e| e.scanned == scanned) {
                e.used = now;
                return e.meaning.clone();
            }
        }
        // Read outside the lock: a reader may be slow, and a job may ask as well.
        let meaning = Arc::new(read());
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.entries.len() >= KEPT {
            let mut ages: Vec<u64> = inner.entries.values().map(|e| e.used).collect();
            let half = ages.len() / 2;
            let (_, middle, _) = ages.select_nth_unstable(half);
            let middle = *middle;
            inner.entries.retain(|_, e| e.used > middle);
        }
        let used = inner.clock;
        inner.entries.insert((place, handle), Entry { used, scanned, meaning: meaning.clone() });
        meaning
    }

    /// Forgets a document.
    pub fn forget(&self, doc: DocId) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.entries.retain(|(place, _), _| place.doc != doc);
    }
}
