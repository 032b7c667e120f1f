//! Files that the user hands in beside the opened one: out-of-band buffers (PEP 574), an extension registry.
//! Like [`super::open`], opens only what the user chose.

use super::{Done, JobCx};
use crate::interpret::Options;
use crate::machine::{Node, Stream};
use crate::session::action::{Action, Effect, Notice, Pick};
use crate::session::item::{DocId, Place};
use crate::session::load;
use crate::session::registry::{self, Registry};
use crate::session::state::Session;
use crate::source::{Bytes, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a registry that are read.
const LONGEST: u64 = 1 << 20;

impl Session {
    /// Hands out-of-band buffers to a pickle, in the natural order of their names; `None` asks for them.
    pub(in crate::session) fn give_buffers(&mut self, place: Place, pickle: usize, from: Option<Vec<PathBuf>>) {
        let Some(mut paths) = from else {
            let action = Action::GiveBuffers { place, pickle, from: None };
            self.effects.push(Effect::PickOpen(Box::new(action), Pick::Buffers));
            return;
        };
        paths.sort_by_cached_key(|p| natural(p));
        let Some(shared) = self.stream_of(place) else { return };
        self.jobs.spawn("Reading the buffers".to_owned(), Some(place.doc), move |_: &JobCx| {
            let read: Result<Vec<Bytes>, String> =
                paths.iter().map(|p| Bytes::open(p).map_err(|e| super::open::why_not(p, &e))).collect();
            let wanted = wanted(&shared.read(), pickle);
            let names: Vec<String> = paths.iter().map(|p| name_of(p)).collect();
            Box::new(move |s: &mut Session| match read {
                Ok(buffers) => s.buffers_given(place, pickle, buffers, wanted, &names),
                Err(why) => s.notify(Notice::error(why)),
            }) as Done
        });
    }

    fn buffers_given(&mut self, place: Place, pickle: usize, buffers: Vec<Bytes>, wanted: usize, names: &[String]) {
        let n = buffers.len();
        let Some(m) = self.document_mut(place.doc).and_then(|d| d.members.get_mut(place.member)) else { return };
        m.externals = Arc::new(load::WithBuffers { inner: m.externals.clone(), pickle: Some(pickle), buffers });
        m.given = m.given.max(n);
        self.read_again(place.doc);
        let order = if n > 1 { format!(", in this order: {}", names.join(", ")) } else { String::new() };
        self.notify(match n.cmp(&wanted) {
            std::cmp::Ordering::Equal => Notice::note(format!("{} given{order}.", crate::interpret::counted(n as u64, "buffer"))),
            std::cmp::Ordering::Less => Notice::error(format!(
                "{n} of {wanted} buffers given{order}. Give all of them at once; they are taken in the order of their names."
            )),
            std::cmp::Ordering::Greater => {
                Notice::error(format!("The pickle refers to {wanted} buffers; {n} were given{order}. The rest is left over."))
            }
        });
    }

    /// Loads a registry of extension codes, for all documents; `None` asks for it.
    pub(in crate::session) fn load_extensions(&mut self, from: Option<PathBuf>) {
        let Some(path) = from else {
            self.effects.push(Effect::PickOpen(Box::new(Action::LoadExtensions(None)), Pick::Extensions));
            return;
        };
        self.jobs.spawn("Reading the registry".to_owned(), None, move |_: &JobCx| {
            let read = read_registry(&path);
            Box::new(move |s: &mut Session| match read {
                Ok(registry) => {
                    let n = registry.len() as u64;
                    s.settings.extensions = Some(path.clone());
                    s.use_extensions(Arc::new(registry));
                    let codes = crate::interpret::counted(n, "extension code");
                    s.notify(Notice::note(format!("{codes} from {}.", name_of(&path))));
                }
                Err(why) => s.notify(Notice::error(format!("{} is no extension registry: {why}.", path.display()))),
            }) as Done
        });
    }

    /// Takes the registry away again.
    pub(in crate::session) fn forget_extensions(&mut self) {
        self.settings.extensions = None;
        self.use_extensions(Arc::default());
    }

    pub(super) fn use_extensions(&mut self, registry: Arc<Registry>) {
        self.registry = registry;
        let all: Vec<DocId> = self.documents.iter().map(|d| d.id).collect();
        for id in all {
            let extensions = (*self.registry).clone();
            if let Some(d) = self.document_mut(id) {
                d.options = Arc::new(Options { extensions, ..(*d.options).clone() });
            }
            self.read_again(id);
        }
    }
}

/// The registry that a file holds.
///
/// # Errors
/// In words, where it holds none.
pub fn read_registry(path: &Path) -> Result<Registry, String> {
    let bytes = Bytes::open(path).map_err(|e| e.to_string())?;
    if bytes.len() > LONGEST {
        return Err("it is longer than a megabyte".to_owned());
    }
    let text = bytes.read(Span::new(0, bytes.len()), usize::MAX);
    registry::parse(&String::from_utf8(text).map_err(|_| "it is no text")?)
}

/// How many buffers a pickle refers to.
fn wanted(stream: &Stream, pickle: usize) -> usize {
    let Some(p) = stream.pickles.get(pickle) else { return 0 };
    let own = |op: u32| op >= p.first.0 && op < p.first.0.saturating_add(p.ops);
    let numbers = stream.graph.nodes.iter().filter_map(|r| match r.node {
        Node::Buffer(n) if own(r.made.0) => usize::try_from(n).ok()?.checked_add(1),
        _ => None,
    });
    numbers.max().unwrap_or(0)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy()).into_owned()
}

/// A file name as people sort it: numbers by their value, so that `x.buf2` comes before `x.buf10`.
fn natural(path: &Path) -> Vec<(String, u64)> {
    let (mut out, mut text, mut number) = (Vec::new(), String::new(), None::<u64>);
    for c in name_of(path).chars() {
        match (c.to_digit(10), number) {
            (Some(d), n) => number = Some(n.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(d))),
            (None, Some(n)) => {
                out.push((std::mem::take(&mut text), n));
                number = None;
                text.push(c);
            }
            (None, None) => text.push(c),
        }
    }
    out.push((text, number.unwrap_or(0)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_sorted_as_people_count() {
        let mut names = ["x.buf10", "x.buf2", "x.buf1", "a9", "x.buf"].map(PathBuf::from);
        names.sort_by_cached_key(|p| natural(p));
        assert_eq!(names, ["a9", "x.buf", "x.buf1", "x.buf2", "x.buf10"].map(PathBuf::from));
    }
}
