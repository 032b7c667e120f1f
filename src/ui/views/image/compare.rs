//! Another array beside the one that is shown: in its place, as the difference, or side by side, in the same view.
//! Must never draw: it finds the other array and what is to be drawn of it.

use super::{Shown, Slicing, Source, how, planes};
use crate::machine::Handle;
use crate::session::{NamedArray, Outcome, Place, View as Window};
use crate::tensor::{Array, Part, Range, Raster, Reduce, drawable};
use std::sync::Arc;

/// How two arrays are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// The selected array.
    #[default]
    This,
    /// The other in its place, in the same colours.
    Other,
    /// The selected one less the other.
    Difference,
    /// Both, side by side.
    Side,
}

impl Mode {
    pub(super) const ALL: [Self; 4] = [Self::This, Self::Other, Self::Difference, Self::Side];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::This => "This",
            Self::Other => "Other",
            Self::Difference => "Difference",
            Self::Side => "Side by side",
        }
    }
}

/// The choice of another array.
#[derive(Default)]
pub(super) struct Compare {
    /// Which, and what it is called.
    pub(super) with: Option<(Place, Handle, String)>,
    pub(super) mode: Mode,
    /// Why the other cannot be drawn.
    pub(super) why: Option<&'static str>,
}

/// The other array, ready to be drawn.
pub(super) struct Other {
    pub(super) mode: Mode,
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) handle: Handle,
    pub(super) planes: Vec<Array>,
    /// It has all the axes of the array, not the plane's alone.
    pub(super) alike: bool,
}

impl Compare {
    /// Shows the difference from another array.
    pub(super) fn against(&mut self, place: Place, handle: Handle) {
        self.with = Some((place, handle, String::new()));
        self.mode = Mode::Difference;
    }

    /// The other array in the same slice, where there is one to be drawn.
    pub(super) fn other(
        &mut self,
        win: &Window<'_>,
        this: (Place, Handle),
        array: &Array,
        slicing: &Slicing,
        shown: Shown,
        (rows, cols): (u64, u64),
    ) -> Option<Other> {
        self.why = None;
        let (place, handle, name) = self.with.as_mut()?;
        if name.is_empty() {
            *name = win.session.document_of(place.doc).map_or_else(String::new, |d| d.title.clone());
        }
        let (place, handle, name) = (*place, *handle, name.clone());
        if (place, handle) == this {
            self.why = Some("it is this array");
            return None;
        }
        let meaning = match win.session.full_meaning(place, handle) {
            Outcome::Ready(m) => m,
            Outcome::Pending => return None,
            Outcome::Failed(_) => {
                self.with = None;
                return None;
            }
        };
        let Some(other) = meaning.body.array().map(|a| a.array.clone()) else {
            self.with = None;
            return None;
        };
        let axis = if let Shown::Rgb(axis) = shown { Some(axis) } else { None };
        if !drawable(&other.dtype) || (shown == Shown::Domain && !other.dtype.is_complex()) {
            self.why = Some("its elements cannot be drawn so");
            return None;
        }
        // The same slice of an array of the same shape, or a plane that fits what is shown.
        let alike = other.shape() == array.shape();
        let found = if alike {
            planes(&other, slicing, axis)
        } else if other.shape() == [rows, cols] && axis.is_none() {
            Some(vec![other])
        } else {
            None
        };
        let Some(planes) = found else {
            self.why = Some("its shape is another");
            return None;
        };
        Some(Other { mode: self.mode, name, place, handle, planes, alike })
    }

    /// The arrays of all open files that have a shape which could be compared with `array`; the first `false` says that
    /// some are still being looked for.
    pub(super) fn candidates(win: &Window<'_>, this: Handle, array: &Array) -> (bool, Vec<(String, NamedArray)>) {
        let (mut all_known, mut all) = (true, Vec::new());
        let several = win.session.documents.len() > 1;
        for doc in &win.session.documents {
            for member in 0..doc.members.len().min(64) {
                let place = Place { doc: doc.id, member };
                match win.session.arrays_of(place) {
                    Outcome::Ready(arrays) => {
                        for a in arrays.iter().filter(|a| (a.place, a.handle) != (win.place, this)) {
                            let fits = a.shape == array.shape()
                                || (a.shape.len() == 2 && array.shape().windows(2).any(|w| w == a.shape.as_slice()));
                            if !fits {
                                continue;
                            }
                            let path = if a.path.is_empty() { "root" } else { a.path.as_str() };
                            let of = doc.members.get(member).map_or("", |m| m.name.as_str());
                            let name = match (several, of) {
                                (false, "") => path.to_owned(),
                                (false, of) => format!("{of} {path}"),
                                (true, "") => format!("{}: {path}", doc.title),
                                (true, of) => format!("{}: {of} {path}", doc.title),
                            };
                            all.push((name, a.clone()));
                        }
                    }
                    Outcome::Pending => all_known = false,
                    Outcome::Failed(_) => {}
                }
            }
        }
        (all_known, all)
    }
}

impl Other {
    fn key(&self, source: &Source<'_>) -> [u64; 3] {
        let handle = crate::interpret::handle_bits(self.handle);
        [u64::from(self.place.doc.0), self.place.member as u64, handle + source.of.len() as u64]
    }

    /// What is drawn of the other alone.
    pub(super) fn raster(&self, source: &Source<'_>, shown: Shown, part: Part, reduce: Reduce) -> Option<Arc<Raster>> {
        let other = Source { win: source.win, place: self.place, handle: self.handle, of: source.of.clone() };
        let mut of = other;
        of.of.extend(self.planes.first().map_or(0, Array::available).to_le_bytes().map(u64::from));
        of.raster(&self.planes, shown, part, reduce)
    }

    /// What is drawn of the difference.
    pub(super) fn difference(
        &self,
        source: &Source<'_>,
        plane: &Array,
        part: Part,
        reduce: Reduce,
    ) -> Option<Arc<Raster>> {
        let (a, b) = (plane.clone(), self.planes.first()?.clone());
        let [x, y, z] = self.key(source);
        source.built("difference", &[part as u64, how(reduce), x, y, z], move || {
            Raster::pair(&a, &b, part, reduce).map_err(|e| e.to_string())
        })
    }

    /// The range of the difference.
    pub(super) fn difference_range(&self, source: &Source<'_>, plane: &Array, part: Part) -> Option<Arc<Range>> {
        let (a, b) = (plane.clone(), self.planes.first()?.clone());
        let [x, y, z] = self.key(source);
        let key = source.key("range of the difference", &[part as u64, x, y, z]);
        let found = source.win.session.work.get(key, "Reading the range of the difference", move |cx| {
            let r = Range::of_difference(&a, &b, part, false, &|done, of| {
                cx.progress(done, of);
                !cx.cancelled()
            });
            let r = r.ok_or("stopped")?;
            let bytes = r.memory();
            Ok((r, bytes))
        });
        found.ready()
    }
}
