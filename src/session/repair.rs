//! Repairs by hand: an edited copy of a member in memory, undone and redone without end, written to a new file alone.
//! Must never write the opened file, nor any other that is open.

use super::action::{Action, Effect, Notice};
use super::item::{DocId, Item, Place};
use super::jobs::JobId;
use super::state::{Phase, Session};
use crate::machine::{self, Cure, Repair, Start};
use crate::ops::encode;
use crate::ops::{OpIndex, Opcode, Part, Piece, RegionKind};
use crate::source::{Bytes, Edited, PieceTable, Span, Splice};
use std::path::{Path, PathBuf};

/// A change of bytes, as a panel or a dialog asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The member.
    pub place: Place,
    /// The bytes that go.
    pub span: Span,
    /// The bytes that come in their place.
    pub with: Vec<u8>,
    /// Where the length changes, the frame around the bytes is made longer or shorter as well.
    pub frames: bool,
    /// Goes on with the edit before, where that put just these bytes there: the second digit of a byte.
    pub joins: bool,
}

impl Edit {
    /// These bytes in the place of those.
    pub const fn new(place: Place, span: Span, with: Vec<u8>) -> Self {
        Self { place, span, with, frames: true, joins: false }
    }
}

/// What is undone at once.
struct Step {
    splices: Vec<Splice>,
}

/// The edited copy of a member.
pub struct Repairs {
    table: PieceTable,
    done: Vec<Step>,
    undone: Vec<Step>,
    /// Steps that were done when it was last written; `None` where that state is not to be had any more, or never was.
    saved: Option<usize>,
    /// The file that it stems from, where the document has none of its own.
    origin: Option<PathBuf>,
    pub(super) scan: Option<JobId>,
}

impl Repairs {
    fn new(base: Bytes) -> Self {
        let (done, undone) = (Vec::new(), Vec::new());
        Self { table: PieceTable::new(base), done, undone, saved: Some(0), origin: None, scan: None }
    }

    /// There are repairs that no file holds.
    pub fn unsaved(&self) -> bool {
        self.saved != Some(self.done.len())
    }

    /// Something can be undone.
    pub const fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Something that was undone can be done again.
    pub const fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Edits that are in force.
    pub const fn count(&self) -> usize {
        self.done.len()
    }

    /// Where the bytes of `range` differ from the opened ones.
    pub fn edited(&self, range: Span) -> Vec<Edited> {
        self.table.edited(range)
    }

    /// The bytes as they were opened.
    pub const fn base(&self) -> &Bytes {
        self.table.base()
    }
}

impl Session {
    /// The edited copy of a member, once there is one.
    pub fn repairs(&self, place: Place) -> Option<&Repairs> {
        self.repairs.get(&place)
    }

    /// A document holds repairs that no file holds.
    pub fn unsaved(&self, doc: DocId) -> bool {
        self.repairs.iter().any(|(p, r)| p.doc == doc && r.unsaved())
    }

    /// All documents that hold repairs that no file holds.
    pub fn all_unsaved(&self) -> Vec<DocId> {
        self.documents.iter().map(|d| d.id).filter(|d| self.unsaved(*d)).collect()
    }

    /// The member that is shown can be edited: all of it is there.
    pub fn can_edit(&self) -> bool {
        self.document().is_some_and(|d| !matches!(d.phase, Phase::Failed(_)) && d.member(self.place().member).is_some())
            && (self.repairs.contains_key(&self.place())
                || self.document().is_some_and(|d| d.phase == Phase::Ready || d.members.len() == 1))
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        let Some(shared) = self.stream_of(edit.place) else { return };
        let first = !self.repairs.contains_key(&edit.place);
        let (frame, same) = {
            let stream = shared.read();
            let grows = edit.with.len() as u64 != edit.span.len();
            let frame = if grows && edit.frames { machine::frame_around(&stream, edit.span) } else { None };
            (frame, !grows && stays(&stream, edit.span))
        };
        let (base, content) = {
            let stream = shared.read();
            (stream.bytes.clone(), stream.is_content())
        };
        drop(shared);
        if content && !same {
            self.notify(Notice::error("Of an array without a pickle only the elements can be edited, in their place."));
            return;
        }
        let repairs = self.repairs.entry(edit.place).or_insert_with(|| Repairs::new(base));
        let mut span = edit.span;
        // The frame stands before the bytes: its field first, so that offsets still hold.
        let mut splices = Vec::new();
        if edit.joins
            && edit.with.len() as u64 == span.len()
            && repairs.undone.is_empty()
            && repairs.saved != Some(repairs.done.len())
            && repairs.done.last().is_some_and(|s| s.splices.last().is_some_and(|s| s.after() == span))
            && let Some(step) = repairs.done.pop()
        {
            splices = step.splices;
            if let Some(s) = splices.pop() {
                span = s.before();
                repairs.table.apply(&s.reversed());
            }
        }
        if let Some(f) = frame {
            let n = f.content.len().saturating_sub(span.len()).saturating_add(edit.with.len() as u64);
            // Only the digits that change are edited.
            let (old, new) = (f.content.len().to_le_bytes(), n.to_le_bytes());
            let differs = |i: &usize| old.get(*i) != new.get(*i);
            if let (Some(a), Some(b)) = ((0..8).find(differs), (0..8).rev().find(differs)) {
                let with = new.get(a..=b).unwrap_or(&[]);
                splices.push(
                    repairs.table.replace(Span::at(f.field.start.saturating_add(a as u64), with.len() as u64), with),
                );
            }
        }
        splices.push(repairs.table.replace(span, &edit.with));
        repairs.undone.clear();
        if repairs.saved.is_some_and(|n| n > repairs.done.len()) {
            repairs.saved = None;
        }
        repairs.done.push(Step { splices });
        let bytes = repairs.table.bytes();
        if first {
            self.notify(Notice::note(
                "You are editing a copy in memory: the file itself is never written. Ctrl+Z takes an edit back, Ctrl+S \
                 saves the copy as a new file.",
            ));
        }
        self.edited(edit.place, bytes, same);
        self.show_edited(edit.place, Span::at(span.start, edit.with.len() as u64));
    }

    pub(super) fn undo(&mut self, back: bool) {
        let place = self.place();
        let Some(r) = self.repairs.get_mut(&place) else { return };
        let Some(step) = (if back { r.done.pop() } else { r.undone.pop() }) else { return };
        let mut at = Span::default();
        let one = match step.splices.as_slice() {
            [s] => Some(if back { s.clone().reversed() } else { s.clone() }).filter(|s| s.before() == s.after()),
            _ => None,
        };
        let same = one.is_some_and(|s| self.with_cx(place, |cx| stays(cx.stream, s.before())).unwrap_or(false));
        let Some(r) = self.repairs.get_mut(&place) else { return };
        if back {
            for s in step.splices.iter().rev() {
                r.table.apply(&s.clone().reversed());
            }
            at = step.splices.last().map_or(at, Splice::before);
            r.undone.push(step);
        } else {
            for s in &step.splices {
                r.table.apply(s);
            }
            at = step.splices.last().map_or(at, Splice::after);
            r.done.push(step);
        }
        let bytes = r.table.bytes();
        self.edited(place, bytes, same);
        self.show_edited(place, at);
    }

    /// The bytes of a member are others now. `same`: the ops are what they were, and only what they hold changed.
    fn edited(&mut self, place: Place, bytes: Bytes, same: bool) {
        self.work.forget(place.doc);
        self.meanings.forget(place.doc);
        self.chosen.retain(|(p, _), _| *p != place);
        self.history.loosen(place);
        self.hover = None;
        if let Some(job) = self.repairs.get_mut(&place).and_then(|r| r.scan.take()) {
            self.jobs.cancel(job);
        }
        if same && self.exchange(place, &bytes) {
            return;
        }
        let scan = self.rescan(place, bytes);
        if let Some(r) = self.repairs.get_mut(&place) {
            r.scan = scan;
        }
    }

    /// Decoding starts where the user says, too; without a place it starts as the file says.
    pub(super) fn decode_from(&mut self, place: Place, start: Option<Start>) {
        let Some(shared) = self.stream_of(place) else { return };
        let bytes = shared.read().bytes.clone();
        drop(shared);
        match start {
            Some(start) if start.at < bytes.len() => {
                let starts = self.starts.entry(place).or_default();
                starts.retain(|s| s.at != start.at);
                starts.push(start);
            }
            Some(_) => return,
            None => {
                self.starts.remove(&place);
            }
        }
        let at = start.map_or_else(|| self.selection.span.map_or(0, |s| s.start), |s| s.at);
        self.edited(place, bytes, false);
        self.show_edited(place, Span::at(at, 1));
    }

    /// Where the user says that decoding starts.
    pub fn starts(&self, place: Place) -> &[Start] {
        self.starts.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Selects what was edited.
    pub(super) fn show_edited(&mut self, place: Place, span: Span) {
        let len = self.with_cx(place, |cx| cx.stream.bytes.len()).unwrap_or(0);
        let start = span.start.min(len.saturating_sub(1));
        let span = Span::new(start, span.end.min(len).max(start.saturating_add(1)));
        self.selection = self.complete(Item::of_span(place, span));
        self.moved();
    }

    /// Asks what becomes of unsaved repairs before something that would lose them. True where it must wait.
    pub(super) fn asks_first(&mut self, docs: Vec<DocId>, then: Action) -> bool {
        let docs: Vec<DocId> = docs.into_iter().filter(|d| self.unsaved(*d)).collect();
        if docs.is_empty() {
            return false;
        }
        self.effects.push(Effect::AskUnsaved { docs, then: Box::new(then) });
        true
    }

    /// Nobody wants the repairs of a document to be saved.
    pub(super) fn abandon(&mut self, doc: DocId) {
        for (_, r) in self.repairs.iter_mut().filter(|(p, _)| p.doc == doc) {
            r.saved = Some(r.done.len());
        }
    }

    /// The member of a document whose repairs are not saved.
    pub fn unsaved_place(&self, doc: DocId) -> Option<Place> {
        self.repairs.iter().filter(|(p, r)| p.doc == doc && r.unsaved()).map(|(p, _)| *p).min()
    }

    pub(super) fn save_repaired(&mut self, place: Place, to: Option<PathBuf>, then: Option<Box<Action>>) {
        let Some(to) = to else {
            let name = self.repaired_name(place);
            self.effects.push(Effect::PickSave(Box::new(Action::SaveRepaired { place, to: None, then }), name));
            return;
        };
        let (Some(doc), Some(r)) = (self.document_of(place.doc), self.repairs.get(&place)) else { return };
        let open: Vec<PathBuf> = self.documents.iter().filter_map(|d| d.path.clone()).chain(r.origin.clone()).collect();
        let (bytes, steps) = (r.table.bytes(), r.done.len());
        let part = (doc.members.len() > 1 || !doc.container.is_empty())
            .then(|| "It holds the pickle alone, without the container around it.".to_owned());
        self.write_repaired(bytes, to, open, part, move |s: &mut Session| {
            if let Some(r) = s.repairs.get_mut(&place) {
                r.saved = Some(steps);
            }
            if let Some(then) = then {
                let effects = s.apply(*then);
                s.effects.extend(effects);
            }
        });
    }

    fn repaired_name(&self, place: Place) -> String {
        let title = self.document_of(place.doc).map_or("pickle", |d| d.title.as_str());
        let title = title.split(" (").next().unwrap_or(title);
        let path = Path::new(title);
        let stem = path.file_stem().map_or_else(|| "pickle".into(), |s| s.to_string_lossy().into_owned());
        format!("{stem}-repaired.pkl")
    }

    /// Opens what a cure makes of a member as a document of its own, unsaved; the damaged one stays as it is.
    pub(super) fn open_repaired(&mut self, place: Place, cure: Cure) {
        let Some(doc) = self.document_of(place.doc) else { return };
        let Some(member) = doc.member(place.member) else { return };
        let title = format!("{} (repaired)", doc.title);
        let origin = doc.path.clone().or_else(|| self.repairs.get(&place).and_then(|r| r.origin.clone()));
        let externals = member.externals.clone();
        let bytes = member.stream.read().bytes.clone();
        match cure {
            Cure::Bytes(mend) => {
                let mut table = PieceTable::new(bytes);
                let step = Step { splices: vec![table.replace(mend.span, &mend.with)] };
                let at = mend.span;
                let repairs = Repairs { done: vec![step], saved: None, origin, ..Repairs::over(table) };
                let doc = self.open_edited(title, repairs.table.bytes(), externals, Some(at));
                let place = Place { doc, member: 0 };
                self.repairs.insert(place, repairs);
                self.notify(Notice::note(format!("{} Nothing is written until you save it.", mend.says)));
            }
            Cure::Whole(repair) => self.turn_back(title, bytes, repair, externals, origin),
        }
    }

    /// Repaired bytes are there: they become a document.
    pub(super) fn turned_back(
        &mut self,
        title: String,
        bytes: Option<Vec<u8>>,
        repair: Repair,
        externals: std::sync::Arc<dyn crate::interpret::Externals + Send + Sync>,
        origin: Option<PathBuf>,
    ) {
        let Some(bytes) = bytes else {
            self.notify(Notice::error(format!("It was not possible to {}.", repair.name())));
            return;
        };
        let bytes = Bytes::from_vec(bytes);
        let repairs = Repairs { saved: None, origin, ..Repairs::new(bytes.clone()) };
        let doc = self.open_edited(title, bytes, externals, None);
        self.repairs.insert(Place { doc, member: 0 }, repairs);
    }

    /// The op that is selected, and its bytes.
    pub fn selected_op(&self) -> Option<(OpIndex, crate::ops::Op)> {
        let k = self.selection.op?;
        self.with_cx(self.selection.place(), |cx| cx.stream.op(k)).flatten().map(|op| (k, op))
    }

    /// The edit that drops the selected op.
    pub fn drop_op(&self) -> Option<Action> {
        let (_, op) = self.selected_op()?;
        Some(Action::Edit(Edit::new(self.selection.place(), op.span, Vec::new())))
    }

    /// The edit that drops the selected bytes.
    pub fn drop_bytes(&self) -> Option<Action> {
        let span = self.selection.span.filter(|s| !s.is_empty())?;
        Some(Action::Edit(Edit::new(self.selection.place(), span, Vec::new())))
    }

    /// The edit that puts an op with the argument that a text stands for before `at`, or in the place of a span.
    ///
    /// # Errors
    /// In words, where the text is no such argument.
    pub fn op_edit(place: Place, span: Span, code: Opcode, text: &str) -> Result<Edit, String> {
        Ok(Edit::new(place, span, encode::encode(code, text)?))
    }
}

impl Repairs {
    fn over(table: PieceTable) -> Self {
        Self { table, done: Vec::new(), undone: Vec::new(), saved: None, origin: None, scan: None }
    }
}

/// Other bytes in the place of these change no op and nothing that the machine builds: they are numbers or payloads of
/// values, which are read from the file when they are looked at.
fn stays(stream: &machine::Stream, span: Span) -> bool {
    if !stream.finished || span.is_empty() || !stream.nested.is_empty() {
        return false;
    }
    stream.index.pieces(span, &stream.bytes).all(|piece| match piece {
        Piece::Op(_, op) => {
            let free = match op.code {
                // Foreign bytes are found by the numbers before them.
                Opcode::Binint | Opcode::Binint1 | Opcode::Binint2 => stream.foreign.is_empty(),
                Opcode::Binfloat
                | Opcode::Binbytes
                | Opcode::ShortBinbytes
                | Opcode::Binbytes8
                | Opcode::Bytearray8 => true,
                _ => false,
            };
            let part = |at| op.part_at(at);
            let inside = span.meet(op.span);
            let first = part(inside.start);
            free && matches!(first, Some(Part::Number | Part::Payload))
        }
        Piece::Region(_, r) => matches!(r.kind, RegionKind::Foreign(_)),
    })
}
