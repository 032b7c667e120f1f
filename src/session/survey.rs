//! Arrays as a whole: all those of a member, to choose one to compare with, and the next element that is no number.
//! Must never read elements in a frame.

use super::action::Notice;
use super::item::{Item, Place};
use super::jobs::{Outcome, WorkKey};
use super::state::Session;
use crate::interpret::{self, Cx};
use crate::machine::Handle;
use crate::ops::OpIndex;
use crate::source::limits::Budget;
use crate::tensor::{Odd, drawable, next_odd};

/// Values that are looked at for a list of arrays.
const LOOKED_AT: u64 = 2_000_000;
/// Arrays that are listed.
const LISTED: usize = 1_000;

/// An array of a member.
#[derive(Clone, Debug)]
pub struct NamedArray {
    /// Where.
    pub place: Place,
    /// It.
    pub handle: Handle,
    /// Its path, as the command line takes it; empty for the root.
    pub path: String,
    /// Elements along each axis.
    pub shape: Vec<u64>,
    /// The name of its type.
    pub dtype: String,
}

impl Session {
    /// The arrays of a member, found beside the frame.
    pub fn arrays_of(&self, place: Place) -> Outcome<Vec<NamedArray>> {
        let Some(doc) = self.document_of(place.doc) else { return Outcome::Pending };
        let Some(member) = doc.member(place.member) else { return Outcome::Pending };
        let scanned = self.with_cx(place, |cx| cx.stream.scanned).unwrap_or(0);
        let (stream, externals, options) = (member.stream.clone(), member.externals.clone(), doc.options.clone());
        let key = WorkKey { place, handle: Handle::op(OpIndex(0)), kind: "arrays", of: vec![scanned] };
        self.work.get(key, "Looking for arrays", move |job| {
            let stream = stream.read();
            let full = Cx::new(&stream, &options, &*externals);
            let cx = full.quick();
            let all = interpret::arrays(&cx, &Budget::new(LOOKED_AT), job.flag());
            let named: Vec<NamedArray> = all
                .found
                .iter()
                .filter_map(|f| {
                    let a = f.meaning.body.array()?;
                    let (shape, dtype) = (a.array.shape().to_vec(), a.array.dtype.name());
                    Some(NamedArray { place, handle: f.handle, path: f.path.text(&cx), shape, dtype })
                })
                .take(LISTED)
                .collect();
            let bytes = named.len() as u64 * 200;
            Ok((named, bytes))
        })
    }

    /// Selects the next element that is no ordinary number, from the selected one on.
    pub(super) fn next_odd(&mut self, odd: Odd) {
        let place = self.place();
        let Some(handle) = self.subject() else { return };
        let Outcome::Ready(meaning) = self.full_meaning(place, handle) else { return };
        let Some(array) = meaning.body.array().map(|a| a.array.clone()) else { return };
        if !drawable(&array.dtype) {
            self.notify(Notice::note("The elements are records, not numbers."));
            return;
        }
        let from = self.selection.element.as_ref().and_then(|e| array.ravel(e)).map_or(0, |n| n.saturating_add(1));
        self.jobs.spawn(format!("Looking for the next {}", odd.name()), Some(place.doc), move |job| {
            let found = next_odd(&array, odd, from, &|done, all| {
                job.progress(done, all);
                !job.cancelled()
            });
            Box::new(move |s: &mut Self| match found {
                Some(n) => s.select(Item::of_element(place, handle, array.unravel(n))),
                None => s.notify(Notice::note(format!("There is no {} in this array.", odd.name()))),
            })
        });
    }
}
