//! Searching the values of a member by key, type and short value: beside the frame, broad before deep.
//! Must never read payloads, nor walk further than its bounds.

use super::Session;
use super::item::{Place, Trail};
use super::jobs::{Outcome, WorkKey};
use crate::interpret::{self, Cx};
use crate::machine::Handle;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Values that a search looks at.
const SEARCHED: usize = 400_000;
/// Values that a search finds.
const FOUND: usize = 20_000;

/// A value that a search found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it stands.
    pub trail: Trail,
    /// The value.
    pub handle: Handle,
    /// Its path from its root: `['x'][0]`.
    pub label: String,
    /// Its value, short.
    pub short: String,
}

impl Session {
    /// The values of a member whose key, type or short value holds a text, whatever the case of its letters.
    /// `None` where nothing is sought, or nothing is there.
    pub fn find_values(&self, place: Place, query: &str) -> Option<Outcome<Vec<Found>>> {
        let query = query.trim().to_lowercase();
        if query.is_empty() {
            return None;
        }
        let doc = self.document_of(place.doc)?;
        let member = doc.member(place.member)?;
        let (shared, options, externals) = (member.stream.clone(), doc.options.clone(), member.externals.clone());
        let (first, finished) = {
            let stream = shared.read();
            let first = stream.pickles.iter().find_map(|p| p.root.or_else(|| p.pending.first().copied()))?;
            (first, stream.finished)
        };
        let mut hash = DefaultHasher::new();
        query.hash(&mut hash);
        let of = vec![hash.finish(), u64::from(finished)];
        let key = WorkKey { place, handle: first, kind: "search values", of };
        Some(self.work.get(key, "Searching", move |job| {
            let stream = shared.read();
            let cx = Cx::new(&stream, &options, &*externals);
            let found = search(&cx.quick(), &query, &|| job.cancelled());
            let bytes = (found.len() as u64).saturating_mul(192);
            Ok((found, bytes))
        }))
    }
}

fn search(cx: &Cx<'_>, query: &str, stop: &dyn Fn() -> bool) -> Vec<Found> {
    let mut queue: VecDeque<(Handle, Trail, String)> = VecDeque::new();
    let (mut seen, mut found, mut left) = (HashSet::new(), Vec::new(), SEARCHED);
    for (i, p) in cx.stream.pickles.iter().enumerate() {
        let name = if i == 0 { String::new() } else { format!("#{i}") };
        queue.extend(p.root.map(|h| (h, Trail::root(i), name.clone())));
        queue.extend(p.pending.iter().enumerate().map(|(n, h)| (*h, Trail::pending(i, n), name.clone())));
    }
    while let Some((handle, trail, path)) = queue.pop_front() {
        if stop() || found.len() >= FOUND {
            break;
        }
        let children = interpret::children(cx, handle);
        for i in 0..children.len() {
            if left == 0 {
                return found;
            }
            left -= 1;
            let Some(child) = children.get(i) else { break };
            let m = interpret::meaning(cx, child.handle);
            let hit = |s: &str| s.to_lowercase().contains(query);
            if hit(&child.label) || hit(&m.kind) || hit(&m.short) {
                let label = format!("{path}{}", child.label);
                found.push(Found { trail: trail.child(i), handle: child.handle, label, short: m.short });
            }
            if child.handle.as_node().is_some() && seen.insert(child.handle) {
                queue.push_back((child.handle, trail.child(i), format!("{path}{}", child.label)));
            }
        }
    }
    found
}
