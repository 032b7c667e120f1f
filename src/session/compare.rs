//! Two open files, compared: which they are, and what is different, worked out beside the frame.
//! Must never compare itself, and never wait.

use super::action::{Effect, LayoutChange, Panel, Pick};
use super::item::{DocId, Item, Place};
use super::jobs::{Outcome, WorkKey};
use super::state::{Phase, Session, Shared};
use crate::interpret::compare::{
    BytesBeside, Comparison, Pair, Part, PickleAt, Side, beside, compare, only_in_one, pairs,
};
use crate::interpret::{Cx, Externals, Options, meaning};
use crate::machine::{Handle, Stream};
use crate::ops::OpIndex;
use crate::session::{Action, span_of};
use crate::source::limits::Budget;
use crate::source::{Bytes, Span};
use crate::tensor::{self, Marks};
use std::path::PathBuf;
use std::sync::Arc;

/// Pairs of values that are looked at.
const PAIRS: u64 = 20_000_000;
/// Pairs of pickles that are told apart.
const PICKLES: usize = 10_000;

/// Which two files are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparing {
    /// The first and the second; one file twice where two of its pickles are compared.
    pub docs: [DocId; 2],
    /// One pickle of each; `None` compares all, matched by name and place.
    pub only: Option<[PickleAt; 2]>,
}

/// What two files came to.
#[derive(Debug, Default)]
pub struct FilesCompared {
    /// The pickles of each, and what they are called.
    pub parts: [Vec<(String, PickleAt)>; 2],
    /// What was compared, and what it came to.
    pub pairs: Vec<(Pair, Comparison)>,
    /// There are more pickles than are compared.
    pub more: bool,
}

impl FilesCompared {
    /// Added, removed and changed parts of all pickles.
    pub fn counts(&self) -> [u64; 3] {
        let add = |a: [u64; 3], b: [u64; 3]| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        self.pairs.iter().map(|(_, c)| c.counts).fold([0; 3], add)
    }

    /// Not all was looked at.
    pub fn partial(&self) -> bool {
        self.more || self.pairs.iter().any(|(_, c)| c.partial)
    }
}

/// A part of a file that differs: where it is, unless the other alone has it.
pub type Ends = [Option<(Place, Handle)>; 2];

/// A value, and its surroundings.
type End = (Arc<Shared>, Arc<dyn Externals + Send + Sync>, Arc<Options>, Handle);
type Surroundings = (Arc<Shared>, Arc<dyn Externals + Send + Sync>, Arc<Options>);

impl Session {
    /// The two files that are compared, where both are open.
    pub fn compared(&self) -> Option<Comparing> {
        self.compared.filter(|c| c.docs.iter().all(|d| self.document_of(*d).is_some()))
    }

    /// Compares the file that is shown with another that is open; where there are several, or none, it asks.
    pub(super) fn compare_with(&mut self, with: Option<DocId>) {
        let Some(a) = self.active else { return };
        let others: Vec<DocId> = self.documents.iter().map(|d| d.id).filter(|d| *d != a).collect();
        match (with, others.as_slice()) {
            (Some(b), _) if b != a => self.compare_files(Comparing { docs: [a, b], only: None }),
            (Some(_), _) => {
                let mut all = self.named_pickles(a).into_iter().map(|(_, at)| at);
                if let (Some(first), Some(second)) = (all.next(), all.next()) {
                    self.compare_files(Comparing { docs: [a, a], only: Some([first, second]) });
                }
            }
            // In the order of their tabs: what was opened first is the older one more often than not.
            (None, [_]) => {
                let mut docs = self.documents.iter().map(|d| d.id);
                if let (Some(first), Some(second)) = (docs.next(), docs.next()) {
                    self.compare_files(Comparing { docs: [first, second], only: None });
                }
            }
            (None, []) => self.compare_with_file(None),
            (None, _) => {
                self.compared = None;
                self.effects.push(Effect::Layout(LayoutChange::Show(Panel::Compare)));
            }
        }
    }

    /// Compares two files, or two pickles.
    pub(super) fn compare_files(&mut self, files: Comparing) {
        self.compared = Some(files);
        self.effects.push(Effect::Layout(LayoutChange::Show(Panel::Compare)));
    }

    /// Opens a file behind the one that is shown, and compares the two; without a file, asks for one.
    pub(super) fn compare_with_file(&mut self, path: Option<PathBuf>) {
        let Some(a) = self.active else { return };
        let Some(path) = path else {
            self.effects.push(Effect::PickOpen(Box::new(Action::CompareWithFile(None)), Pick::Compared));
            return;
        };
        self.open(vec![path]);
        let b = self.active;
        self.activate(a);
        if b != Some(a) {
            self.compare_with(b);
        }
    }

    /// A document has another number now.
    pub(super) fn compare_again(&mut self, old: DocId, new: DocId) {
        if let Some(c) = &mut self.compared {
            c.docs = c.docs.map(|d| if d == old { new } else { d });
        }
    }

    /// The pickles of a file, and what each is called.
    pub fn named_pickles(&self, doc: DocId) -> Vec<(String, PickleAt)> {
        let parts = self.parts_of(doc);
        pairs(&parts, &[]).into_iter().filter_map(|p| Some((p.name, p.at[0]?))).take(PICKLES).collect()
    }

    /// It has more pickles than one.
    pub fn has_several_pickles(&self, doc: DocId) -> bool {
        let members = self.document_of(doc).map_or(0, |d| d.members.len());
        let count = |member| self.with_cx(Place { doc, member }, |cx| cx.stream.pickles.len()).unwrap_or(0);
        (0..members).flat_map(|m| 0..count(m)).nth(1).is_some()
    }

    fn parts_of(&self, doc: DocId) -> Vec<Part> {
        let members = self.document_of(doc).map_or(&[][..], |d| d.members.as_slice());
        let count = |member| self.with_cx(Place { doc, member }, |cx| cx.stream.pickles.len()).unwrap_or(0);
        members.iter().enumerate().map(|(i, m)| Part { name: m.name.clone(), pickles: count(i) }).collect()
    }

    fn surroundings(&self, place: Place) -> Option<Surroundings> {
        let doc = self.document_of(place.doc)?;
        let member = doc.member(place.member)?;
        Some((member.stream.clone(), member.externals.clone(), doc.options.clone()))
    }

    fn seen(&self, place: Place) -> u64 {
        self.with_cx(place, |cx| cx.stream.seen()).unwrap_or(0)
    }

    /// What is different between the two files.
    pub fn comparison(&self) -> Option<Outcome<FilesCompared>> {
        let c = self.compared()?;
        let mut of = vec![u64::from(c.docs[1].0)];
        for doc in c.docs {
            let Some(d) = self.document_of(doc) else { return Some(Outcome::Pending) };
            match &d.phase {
                Phase::Ready => {}
                Phase::Loading => return Some(Outcome::Pending),
                Phase::Failed(why) => return Some(Outcome::Failed(format!("{}: {why}", d.title).into())),
            }
            of.extend((0..d.members.len().min(PICKLES)).map(|member| self.seen(Place { doc, member })));
        }
        for at in c.only.into_iter().flatten() {
            of.extend([at.member as u64, at.pickle as u64, 1]);
        }
        let place = Place { doc: c.docs[0], member: 0 };
        let key = WorkKey { place, handle: Handle::op(OpIndex(0)), kind: "compare", of };
        let members = c.docs.map(|doc| {
            let n = self.document_of(doc).map_or(0, |d| d.members.len());
            (0..n).filter_map(|member| self.surroundings(Place { doc, member })).collect::<Vec<_>>()
        });
        let parts = c.docs.map(|doc| self.parts_of(doc));
        Some(self.work.get(key, "Comparing", move |job| {
            let done = all_pairs(&members, &parts, c.only, &|| !job.cancelled());
            let memory = done.pairs.iter().map(|(p, c)| c.memory() + p.name.len() as u64 + 64).sum();
            Ok((done, memory))
        }))
    }

    /// The bytes of two parts, beside each other: of arrays that are alike but for their elements, those alone.
    pub fn bytes_beside(&self, ends: Ends) -> Outcome<BytesBeside> {
        let Some((key, sides)) = self.ends(ends, "bytes beside", &[]) else {
            return Outcome::Failed("They are not there.".into());
        };
        self.work.get(key, "Comparing bytes", move |job| {
            let guards = sides.each_ref().map(|s| s.as_ref().map(|(s, ..)| s.read()));
            let found = sides.each_ref().map(|s| s.as_ref().map(|s| s.3));
            let cx = |i: usize| {
                let (stream, side) = (guards.get(i)?.as_deref()?, sides.get(i)?.as_ref()?);
                Some(Cx::new(stream, &side.2, &*side.1))
            };
            let none = Bytes::from_vec(Vec::new());
            let bytes = |i: usize| guards.get(i).and_then(Option::as_deref).map_or(&none, |s: &Stream| &s.bytes);
            let whole = |i: usize| {
                let h = found.get(i).copied().flatten();
                h.zip(cx(i)).and_then(|(h, cx)| span_of(&cx, h)).unwrap_or_default()
            };
            let payload = |i: usize| {
                let (h, cx) = found.get(i).copied().flatten().zip(cx(i))?;
                let m = meaning(&cx.quick(), h);
                let a = m.body.array().filter(|a| a.objects.is_none() && a.outside.is_none() && !a.deferred)?;
                Some((a.array.dtype.clone(), a.array.shape().to_vec(), a.array.file_span()?))
            };
            let go_on = || !job.cancelled();
            let of = |s: Span, t: Span| beside((bytes(0), s), (bytes(1), t), &go_on);
            let elements = match (payload(0), payload(1)) {
                (Some(p), Some(q)) if (&p.0, &p.1) == (&q.0, &q.1) => Some(of(p.2, q.2)),
                _ => None,
            };
            let done = elements.filter(|e| e.differing > 0).unwrap_or_else(|| of(whole(0), whole(1)));
            let memory = done.memory();
            Ok((done, memory))
        })
    }

    /// Pictures of two arrays and of their difference; `None` in it where there is nothing to be drawn.
    pub fn arrays_beside(
        &self,
        ends: Ends,
        first: Vec<u64>,
        most: [u32; 2],
        dark: bool,
    ) -> Outcome<Option<tensor::Beside>> {
        let of = [u64::from(most[0]), u64::from(most[1]), u64::from(dark)];
        let Some((key, sides)) = self.ends(ends, "arrays beside", &of) else {
            return Outcome::Failed("They are not there.".into());
        };
        self.work.get(key, "Drawing the difference", move |job| {
            let array = |i: usize| {
                let (stream, externals, options, h) = sides.get(i)?.as_ref()?;
                let stream = stream.read();
                let m = meaning(&Cx::new(&stream, options, &**externals), *h);
                m.body.array().filter(|a| a.objects.is_none()).map(|a| a.array.clone())
            };
            let marks = if dark { Marks::dark() } else { Marks::light() };
            let made = array(0)
                .zip(array(1))
                .and_then(|(a, b)| tensor::Beside::of(&a, &b, &first, most, marks, &|| !job.cancelled()));
            let memory = made.as_ref().map_or(0, tensor::Beside::memory);
            Ok((made, memory))
        })
    }

    /// What a job needs of both.
    fn ends(&self, ends: Ends, kind: &'static str, of: &[u64]) -> Option<(WorkKey, [Option<End>; 2])> {
        let (place, handle) = ends.into_iter().flatten().next()?;
        let mut of = of.to_vec();
        for end in ends {
            let bits =
                end.map(|(p, h)| [u64::from(p.doc.0), p.member as u64, crate::interpret::handle_bits(h), self.seen(p)]);
            of.extend(bits.unwrap_or([u64::MAX; 4]));
        }
        let side = |end: Option<(Place, Handle)>| {
            let (place, h) = end?;
            let (stream, externals, options) = self.surroundings(place)?;
            Some((stream, externals, options, h))
        };
        Some((WorkKey { place, handle, kind, of }, ends.map(side)))
    }

    /// Selects in both files: in the one that is shown now, in the other when it is.
    pub(super) fn select_in_both(&mut self, items: [Option<Item>; 2]) {
        let shown = self.active;
        for item in items.into_iter().flatten() {
            if Some(item.doc) == shown {
                self.select(item);
            } else {
                let item = self.complete(item);
                if let Some(d) = self.document_mut(item.doc) {
                    d.selection = item;
                }
            }
        }
    }
}

/// Compares every pair of pickles, or the two that were chosen.
fn all_pairs(
    members: &[Vec<Surroundings>; 2],
    parts: &[Vec<Part>; 2],
    only: Option<[PickleAt; 2]>,
    go_on: &dyn Fn() -> bool,
) -> FilesCompared {
    let named = |parts: &[Part]| -> Vec<(String, PickleAt)> {
        pairs(parts, &[]).into_iter().filter_map(|p| Some((p.name, p.at[0]?))).take(PICKLES).collect()
    };
    let names = [named(&parts[0]), named(&parts[1])];
    let mut wanted = match only {
        None => pairs(&parts[0], &parts[1]),
        Some(at) => {
            let name = |i: usize, at: PickleAt| {
                let named = names.get(i).and_then(|n| n.iter().find(|(_, a)| *a == at));
                named.map_or("", |(name, _)| name.as_str()).to_owned()
            };
            let (a, b) = (name(0, at[0]), name(1, at[1]));
            let name = if a == b { a } else { format!("{a} with {b}") };
            vec![Pair { name, at: at.map(Some) }]
        }
    };
    let more = wanted.len() > PICKLES;
    wanted.truncate(PICKLES);
    let budget = Budget::new(PAIRS);
    let mut done = FilesCompared { parts: names, more, ..FilesCompared::default() };
    for pair in wanted {
        let sides = [0, 1].map(|i| {
            let at = pair.at.get(i).copied().flatten()?;
            members.get(i)?.get(at.member).map(|m| (m, at.pickle))
        });
        let guards = sides.map(|s| s.map(|((stream, ..), _)| stream.read()));
        let side = |i: usize| {
            let ((_, externals, options), pickle) = sides.get(i).copied().flatten()?;
            let stream: &Stream = guards.get(i)?.as_deref()?;
            // What was left on the stack stands for what a damaged pickle would have returned.
            let root = stream.pickles.get(pickle)?.root?;
            Some(Side { cx: Cx::new(stream, options, &**externals), root })
        };
        let found = match (side(0), side(1)) {
            (Some(a), Some(b)) => compare(a, b, &budget, go_on),
            (a, b) => only_in_one(a, b),
        };
        done.pairs.push((pair, found));
    }
    done
}
