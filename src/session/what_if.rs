//! Bytes read as an array whose type and shape were lost: which bytes, how they are read, and their export.
//! Must never be taken for a value of the file.

use super::action::{Action, Effect, LayoutChange, Panel};
use super::item::Place;
use super::state::Session;
use crate::machine::Stream;
use crate::ops::{Arg, FaultKind, Piece};
use crate::source::{Bytes, Span};
use crate::tensor::{Array, DType, Data};
use std::path::PathBuf;

/// Bytes to read as an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// The member.
    pub place: Place,
    /// The bytes that are there.
    pub span: Span,
    /// Bytes that there once were, where a length field says so.
    pub declared: u64,
}

/// How bytes are read as an array.
#[derive(Clone, Debug, PartialEq)]
pub struct ArraySpec {
    /// The bytes.
    pub span: Span,
    /// Bytes of them before the first element.
    pub offset: u64,
    /// The type of an element.
    pub dtype: DType,
    /// The shape; elements that the bytes do not hold are missing.
    pub shape: Vec<u64>,
    /// The first axis runs fastest.
    pub fortran: bool,
}

impl ArraySpec {
    /// The array; `None` where the shape overflows.
    pub fn array(&self, bytes: &Bytes) -> Option<Array> {
        let data =
            Data::file(bytes, Span::new(self.span.start.saturating_add(self.offset).min(self.span.end), self.span.end));
        let made = if self.fortran {
            Array::new_f(self.dtype.clone(), &self.shape, data)
        } else {
            Array::new_c(self.dtype.clone(), &self.shape, data)
        };
        made.ok()
    }
}

/// The fewest bytes that are worth reading as an array.
const FEWEST: u64 = 16;

impl Session {
    /// The bytes that are read as an array.
    pub const fn what_if(&self) -> Option<&WhatIf> {
        self.what_if.as_ref()
    }

    /// The selected bytes: the payload of the selected op, what there is of a cut one, or what is marked. Where none are
    /// selected, what there is of the first payload that was cut.
    pub fn what_if_of_selection(&self) -> Option<WhatIf> {
        let place = self.place();
        let span = self.selection.span;
        self.with_cx(place, |cx| {
            let (span, declared) = chosen(cx.stream, span).or_else(|| cut(cx.stream, None))?;
            (span.len() >= FEWEST).then_some(WhatIf { place, span, declared: declared.max(span.len()) })
        })?
    }

    pub(super) fn read_as_array(&mut self, w: WhatIf) {
        self.what_if = Some(w);
        self.effects.push(Effect::Layout(LayoutChange::Show(Panel::WhatIf)));
    }

    pub(super) fn export_guess(&mut self, place: Place, spec: Box<ArraySpec>, to: Option<PathBuf>) {
        let Some(to) = to else {
            let title = self.document_of(place.doc).map_or("", |d| d.title.as_str());
            let stem = title.split('.').next().filter(|s| !s.is_empty()).unwrap_or("guess");
            let name = format!("{stem}_guess_{:x}.npy", spec.span.start);
            self.effects.push(Effect::PickSave(Box::new(Action::ExportGuess { place, spec, to: None }), name));
            return;
        };
        let Some(bytes) = self.with_cx(place, |cx| cx.stream.bytes.clone()) else { return };
        if let Some(array) = spec.array(&bytes) {
            self.write_array(place, array, to);
        }
    }
}

/// What there is of a cut payload, and how much there was: around an offset, else the first.
fn cut(stream: &Stream, at: Option<u64>) -> Option<(Span, u64)> {
    let mut cuts = stream.pickles.iter().filter_map(|p| p.cut);
    let fault = cuts.find(|c| at.is_none_or(|at| c.span.contains(at)))?;
    let payload = fault.payload?;
    let declared = match fault.kind {
        FaultKind::LengthBeyondFile { declared, .. } if declared < 1 << 40 => declared,
        _ => payload.len(),
    };
    Some((payload, declared))
}

/// The bytes that a selection means.
fn chosen(stream: &Stream, span: Option<Span>) -> Option<(Span, u64)> {
    let start = span?.start;
    let marked = span.filter(|s| s.len() >= FEWEST);
    let of = |m: Span| (m, m.len());
    match stream.index.piece_at(start, &stream.bytes)? {
        Piece::Op(_, op) => match op.arg {
            // All of an op was chosen, or a byte of it.
            Arg::Data(data) if data.len() >= FEWEST && marked.is_none_or(|m| m.covers(data)) => Some(of(data)),
            _ => marked.map(of),
        },
        Piece::Region(_, r) => match cut(stream, Some(start)) {
            Some(c) if marked.is_none_or(|m| m.covers(c.0)) => Some(c),
            _ => marked.or(Some(r.span)).map(of),
        },
    }
}
