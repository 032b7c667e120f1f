//! What is selected: one item, named in every way that a panel may know it by.
//! Must never hold what can be worked out again, and never an egui type.

use crate::machine::Handle;
use crate::ops::OpIndex;
use crate::source::Span;

/// A document's number; never used twice in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocId(pub u32);

/// A member of a document: what offsets, ops and handles are counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The document.
    pub doc: DocId,
    /// The member's number in the document; a bare pickle has one.
    pub member: usize,
}

/// Where a value stands in the tree of values: a shared value has a trail for each of its places.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Trail {
    /// The pickle's number in the member.
    pub pickle: usize,
    /// 0 for what the pickle returns; n for the n-th value that a damaged one left on the stack.
    pub top: usize,
    /// The child to take at each level, as `interpret::children` counts them. Empty for the value itself.
    pub steps: Vec<u64>,
}

impl Trail {
    /// The root of a pickle.
    pub const fn root(pickle: usize) -> Self {
        Self { pickle, top: 0, steps: Vec::new() }
    }

    /// A value that a damaged pickle left on the stack, counted from 0.
    pub const fn pending(pickle: usize, n: usize) -> Self {
        Self { pickle, top: n.saturating_add(1), steps: Vec::new() }
    }

    /// The child of that number.
    #[must_use]
    pub fn child(&self, i: u64) -> Self {
        let mut steps = self.steps.clone();
        steps.push(i);
        Self { steps, ..*self }
    }

    /// What holds this; `None` for a root.
    pub fn parent(&self) -> Option<Self> {
        let (_, steps) = self.steps.split_last()?;
        Some(Self { steps: steps.to_vec(), ..*self })
    }

    /// `other` is this place or lies within it.
    pub fn holds(&self, other: &Self) -> bool {
        self.pickle == other.pickle && self.top == other.top && other.steps.starts_with(&self.steps)
    }
}

/// The one selection, and whatever a panel asks to select. All panels read and write it.
///
/// A panel sets what it knows (see the constructors); the session completes the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The document.
    pub doc: DocId,
    /// The member's number in the document.
    pub member: usize,
    /// The value.
    pub handle: Option<Handle>,
    /// The op: the one that was chosen, or the one that made the value.
    pub op: Option<OpIndex>,
    /// The bytes, in the member's own offsets.
    pub span: Option<Span>,
    /// The index of an element, where the value is an array.
    pub element: Option<Vec<u64>>,
    /// Where the value stands in the tree of values.
    pub trail: Option<Trail>,
}

impl Item {
    /// A member, and nothing in it yet.
    pub fn new(place: Place) -> Self {
        Self { doc: place.doc, member: place.member, ..Self::default() }
    }

    /// The byte at an offset, and whatever owns it.
    pub fn at_offset(place: Place, offset: u64) -> Self {
        Self::of_span(place, Span::at(offset, 1))
    }

    /// Some bytes.
    pub fn of_span(place: Place, span: Span) -> Self {
        Self { span: Some(span), ..Self::new(place) }
    }

    /// An op.
    pub fn of_op(place: Place, op: OpIndex) -> Self {
        Self { op: Some(op), ..Self::new(place) }
    }

    /// A value.
    pub fn of_handle(place: Place, handle: Handle) -> Self {
        Self { handle: Some(handle), ..Self::new(place) }
    }

    /// A value at its place in the tree.
    pub fn of_row(place: Place, handle: Handle, trail: Trail) -> Self {
        Self { handle: Some(handle), trail: Some(trail), ..Self::new(place) }
    }

    /// An element of an array.
    pub fn of_element(place: Place, array: Handle, index: Vec<u64>) -> Self {
        Self { handle: Some(array), element: Some(index), ..Self::new(place) }
    }

    /// The member that it is in.
    pub const fn place(&self) -> Place {
        Place { doc: self.doc, member: self.member }
    }

    /// Nothing but a place is set.
    pub const fn is_empty(&self) -> bool {
        self.handle.is_none()
            && self.op.is_none()
            && self.span.is_none()
            && self.element.is_none()
            && self.trail.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trails_know_what_holds_them() {
        let root = Trail::root(1);
        let leaf = root.child(3).child(0);
        assert_eq!(leaf.parent(), Some(root.child(3)));
        assert_eq!(root.parent(), None);
        assert!(root.holds(&leaf) && root.child(3).holds(&leaf) && leaf.holds(&leaf));
        assert!(!leaf.holds(&root) && !Trail::root(0).holds(&leaf) && !root.child(2).holds(&leaf));
    }
}
