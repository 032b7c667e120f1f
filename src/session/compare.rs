//! Two open files, compared: which they are, and what is different, worked out beside the frame.
//! Must never compare itself, and never wait.

use super::action::{Effect, LayoutChange, Panel, Pick};
use super::item::{DocId, Item, Place};
use super::jobs::{Outcome, WorkKey};
use super::state::{Phase, Session};
use crate::interpret::Cx;
use crate::interpret::compare::{Comparison, Side, compare};
use crate::machine::Handle;
use crate::session::Action;
use crate::source::limits::Budget;
use std::path::PathBuf;

/// Pairs of values that are looked at.
const PAIRS: u64 = 20_000_000;

impl Session {
    /// The two files that are compared, where both are open.
    pub fn compared(&self) -> Option<(DocId, DocId)> {
        let open = |d: &DocId| self.document_of(*d).is_some();
        self.compared.filter(|(a, b)| open(a) && open(b))
    }

    /// Compares the file that is shown with another that is open, or asks for one.
    pub(super) fn compare_with(&mut self, with: Option<DocId>) {
        match (self.active, with) {
            (Some(a), Some(b)) if a != b => {
                self.compared = Some((a, b));
                self.effects.push(Effect::Layout(LayoutChange::Show(Panel::Compare)));
            }
            (Some(_), None) => {
                self.effects.push(Effect::PickOpen(Box::new(Action::CompareWithFile(None)), Pick::Compared));
            }
            _ => {}
        }
    }

    /// Opens a file behind the one that is shown, and compares the two.
    pub(super) fn compare_with_file(&mut self, path: Option<PathBuf>) {
        let (Some(a), Some(path)) = (self.active, path) else { return };
        self.open(vec![path]);
        let b = self.active;
        self.activate(a);
        self.compare_with(b);
    }

    /// What is different between the first values of the two files.
    pub fn comparison(&self) -> Option<Outcome<Comparison>> {
        let (a, b) = self.compared()?;
        let side = |doc: DocId| {
            let d = self.document_of(doc).filter(|d| d.phase == Phase::Ready)?;
            let place = Place { doc, member: 0 };
            let member = d.member(0)?;
            let (root, seen) = self.with_cx(place, |cx| {
                let root: Option<Handle> = cx.stream.pickles.first().and_then(|p| p.root);
                (root, cx.stream.seen())
            })?;
            Some((place, root?, seen, member.stream.clone(), member.externals.clone(), d.options.clone()))
        };
        let (Some(x), Some(y)) = (side(a), side(b)) else { return Some(Outcome::Pending) };
        let key = WorkKey { place: x.0, handle: x.1, kind: "compare", of: vec![u64::from(b.0), x.2, y.2] };
        Some(self.work.get(key, "Comparing", move |job| {
            let (s, t) = (x.3.read(), y.3.read());
            let left = Side { cx: Cx::new(&s, &x.5, &*x.4), root: x.1 };
            let right = Side { cx: Cx::new(&t, &y.5, &*y.4), root: y.1 };
            let done = compare(left, right, &Budget::new(PAIRS), &|| !job.cancelled());
            let memory = done.memory();
            Ok((done, memory))
        }))
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
