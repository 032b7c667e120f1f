//! Where the selection has been: back and forward.
//! Must never hold a selection of a document that is closed.

use super::item::{DocId, Item, Place};

/// Selections kept.
const KEPT: usize = 200;

/// The selections before and after the present one.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: Vec<Item>,
    future: Vec<Item>,
}

impl History {
    /// The selection moves on from `left`: what could be gone forward to is forgotten.
    pub fn leave(&mut self, left: Item) {
        if left.is_empty() || self.past.last() == Some(&left) {
            return;
        }
        self.future.clear();
        if self.past.len() >= KEPT {
            self.past.remove(0);
        }
        self.past.push(left);
    }

    /// The selection before `now`.
    pub fn back(&mut self, now: Item) -> Option<Item> {
        let to = self.past.pop()?;
        self.future.push(now);
        Some(to)
    }

    /// The selection after `now`.
    pub fn forward(&mut self, now: Item) -> Option<Item> {
        let to = self.future.pop()?;
        self.past.push(now);
        Some(to)
    }

    /// There is something to go back to.
    pub const fn can_back(&self) -> bool {
        !self.past.is_empty()
    }

    /// There is something to go forward to.
    pub const fn can_forward(&self) -> bool {
        !self.future.is_empty()
    }

    /// Something of this document was selected before.
    pub fn knows(&self, doc: DocId) -> bool {
        self.past.iter().any(|i| i.doc == doc)
    }

    /// The ops and values of a member are others now: of what was selected there, the bytes alone still mean something.
    pub fn loosen(&mut self, place: Place) {
        for i in self.past.iter_mut().chain(&mut self.future).filter(|i| i.place() == place) {
            *i = Item { span: i.span, ..Item::new(place) };
        }
    }

    /// Forgets a document.
    pub fn forget(&mut self, doc: DocId) {
        self.past.retain(|i| i.doc != doc);
        self.future.retain(|i| i.doc != doc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(n: u64) -> Item {
        Item::at_offset(Place::default(), n)
    }

    #[test]
    fn back_and_forward_walk_the_same_way() {
        let mut h = History::default();
        h.leave(item(1));
        h.leave(item(2));
        assert_eq!(h.back(item(3)), Some(item(2)));
        assert_eq!(h.back(item(2)), Some(item(1)));
        assert_eq!(h.back(item(1)), None);
        assert_eq!(h.forward(item(1)), Some(item(2)));
        assert!(h.can_back() && h.can_forward());
        h.leave(item(2));
        assert!(!h.can_forward());
        h.forget(DocId(0));
        assert!(!h.can_back());
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut h = History::default();
        (0..1000).for_each(|n| h.leave(item(n)));
        assert_eq!(h.past.len(), KEPT);
        assert_eq!(h.past.last(), Some(&item(999)));
    }
}
