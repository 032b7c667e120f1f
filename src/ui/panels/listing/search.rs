//! The search of the listing: all ops whose name or argument holds a text, found beside the frame and shown as they come.
//! Must never hold up a scan that goes on, nor a frame.

use crate::machine::Handle;
use crate::ops::listing::arg_text;
use crate::ops::{OpIndex, Opcode};
use crate::session::{Outcome, View, WorkKey};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Characters of an argument that are looked at.
const LOOKED_AT: usize = 1000;
/// Ops found at most.
const FOUND: usize = 4_000_000;
/// Ops looked at before what was found is shown and the scanner let in.
const PORTION: usize = 20_000;

/// What was found so far.
#[derive(Default)]
pub struct Found {
    ops: Mutex<Vec<u32>>,
    at: AtomicU32,
}

impl Found {
    /// The ops, in order.
    pub fn ops(&self) -> MutexGuard<'_, Vec<u32>> {
        self.ops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ops looked at.
    pub fn at(&self) -> u32 {
        self.at.load(Ordering::Relaxed)
    }
}

/// A search.
pub struct Search {
    /// What is sought.
    pub query: String,
    /// What was found.
    pub found: Arc<Found>,
    /// Another list of what was found is another search, though the text be the same.
    id: u64,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Ops are still looked at.
    Running,
    /// All were looked at.
    Done,
    /// There are more than can be listed.
    TooMany,
    /// It failed, and why.
    Failed(Arc<str>),
}

impl Search {
    /// A search that has not begun.
    pub fn new(query: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { query: query.to_owned(), found: Arc::default(), id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// Goes on while it is asked for in every frame.
    pub fn run(&self, view: &View<'_>) -> Progress {
        let Some(stream) = view.stream else { return Progress::Done };
        let Some(shared) = view.session.stream_of(view.place) else { return Progress::Done };
        let mut hash = DefaultHasher::new();
        self.query.hash(&mut hash);
        let key = WorkKey {
            place: view.place,
            handle: Handle::op(OpIndex(0)),
            kind: "search opcodes",
            of: vec![hash.finish(), self.id, u64::from(stream.finished)],
        };
        let (query, found) = (self.query.clone(), self.found.clone());
        let work = view.session.work.get(key, "Searching the opcodes", move |job| {
            let lower = query.to_lowercase();
            let named: Vec<Opcode> =
                Opcode::ALL.iter().copied().filter(|c| c.name().to_lowercase().contains(&lower)).collect();
            // Written as a name is written, it is one.
            let names_only = !named.is_empty() && query == query.to_uppercase() && query.len() > 2;
            found.ops().clear();
            found.at.store(0, Ordering::Relaxed);
            let (mut from, mut portion) = (0, Vec::new());
            loop {
                let stream = shared.read();
                let mut n = 0_u32;
                for (op, decoded) in stream.index.iter_from(OpIndex(from), &stream.bytes).take(PORTION) {
                    n += 1;
                    let hit = named.contains(&decoded.code)
                        || !names_only && arg_text(&decoded, &stream.bytes, LOOKED_AT).to_lowercase().contains(&lower);
                    if hit {
                        portion.push(op.0);
                    }
                    if n.is_multiple_of(1024) && job.cancelled() {
                        return Ok((false, 0));
                    }
                }
                drop(stream);
                from += n;
                found.at.store(from, Ordering::Relaxed);
                let mut ops = found.ops();
                ops.append(&mut portion);
                if ops.len() >= FOUND {
                    return Ok((true, 0));
                }
                if n == 0 || job.cancelled() {
                    return Ok((false, 0));
                }
            }
        });
        match work {
            Outcome::Pending => Progress::Running,
            Outcome::Ready(more) if *more => Progress::TooMany,
            Outcome::Ready(_) => Progress::Done,
            Outcome::Failed(why) => Progress::Failed(why),
        }
    }
}
