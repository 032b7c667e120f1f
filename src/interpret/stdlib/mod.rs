//! Values of the standard library: as Python's repr, with their parts as children. One file a family.
//! Each knows its pickles from the name that they call; nothing is computed that the pickle does not hold.

mod collections;
mod datetime;
mod numbers;
mod objects;
mod text;

use super::builtin::SHORT;
use super::repr::repr;
use super::types::{Body, Cx, Meaning, Part, Piece, Reader};
use crate::machine::Handle;
use crate::source::Diagnostic;

/// What a family's file says of an object.
pub(super) struct Known {
    /// Python's type name.
    pub kind: &'static str,
    /// What it is.
    pub sentence: String,
    /// Its repr.
    pub pieces: Vec<Piece>,
    /// Its children; `None` for those of any object.
    pub parts: Option<Vec<Part>>,
    /// What does not fit.
    pub notes: Vec<Diagnostic>,
}

impl Known {
    /// A value without parts.
    pub fn scalar(kind: &'static str, text: impl Into<String>, sentence: impl Into<String>) -> Self {
        let (pieces, sentence) = (vec![Piece::Text(text.into())], sentence.into());
        Self { kind, sentence, pieces, parts: Some(Vec::new()), notes: Vec::new() }
    }

    /// A value made of others.
    pub fn of(kind: &'static str, sentence: impl Into<String>, pieces: Vec<Piece>, parts: Option<Vec<Part>>) -> Self {
        Self { kind, sentence: sentence.into(), pieces, parts, notes: Vec::new() }
    }
}

/// A family of types.
pub(super) struct Family {
    name: &'static str,
    know: fn(&Cx<'_>, Handle) -> Option<Known>,
}

/// The families, each a reader.
pub(super) static DATETIME: Family = Family { name: "datetime", know: datetime::know };
/// Decimal, Fraction, UUID, IP addresses.
pub(super) static NUMBERS: Family = Family { name: "numbers", know: numbers::know };
/// OrderedDict, deque and the like.
pub(super) static COLLECTIONS: Family = Family { name: "collections", know: collections::know };
/// Paths, regular expressions, exceptions.
pub(super) static TEXT: Family = Family { name: "text", know: text::know };
/// partial, SimpleNamespace, generic aliases.
pub(super) static OBJECTS: Family = Family { name: "objects", know: objects::know };

impl Reader for Family {
    fn name(&self) -> &'static str {
        self.name
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let known = (self.know)(cx, h)?;
        let body = if known.parts.as_ref().is_some_and(Vec::is_empty) { Body::Scalar } else { Body::Object };
        Some(Meaning {
            reader: self.name,
            kind: known.kind.to_owned(),
            short: repr(cx, h, SHORT),
            sentence: known.sentence,
            bytes: None,
            body,
            notes: known.notes,
        })
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        (self.know)(cx, h).map(|k| k.pieces)
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        (self.know)(cx, h)?.parts
    }
}

/// A piece of text.
fn text(s: impl Into<String>) -> Piece {
    Piece::Text(s.into())
}
