//! Actions, applied in order, in one place. What only a window can do comes back as effects.
//! Must never draw, and never wait: whatever takes longer than a frame is a job.

use super::Session;
use super::action::{Action, CopyWhat, Effect, ExportHow, ExportRequest, LayoutChange, Notice};
use super::command_table::Command;
use super::item::{DocId, Item, Place};
use super::settings::Settings;
use super::state::{Document, Phase};
use crate::ops::OpIndex;
use std::path::PathBuf;
use std::time::Duration;

impl Session {
    /// Applies an action, and says what the window has to do.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Open(paths) => self.open(paths),
            Action::OpenBytes { name, bytes } => self.open_bytes(name, bytes),
            Action::Close(doc) => {
                if !self.asks_first(vec![doc], Action::Close(doc)) {
                    self.close(doc);
                }
            }
            Action::Activate(doc) => self.activate(doc),
            Action::NextDocument(on) => self.next_document(on),
            Action::Reload(doc) => {
                if !self.asks_first(vec![doc], Action::Reload(doc)) {
                    self.reload(doc);
                }
            }
            Action::KeepShowing(doc) => self.keep_showing(doc),
            Action::Edit(edit) => self.edit(edit),
            Action::Undo => self.undo(true),
            Action::Redo => self.undo(false),
            Action::SaveRepaired { place, to, then } => self.save_repaired(place, to, then),
            Action::OpenRepaired { place, cure } => self.open_repaired(place, cure),
            Action::DecodeFrom { place, start } => self.decode_from(place, start),
            Action::WhatIf(w) => self.read_as_array(w),
            Action::ExportGuess { place, spec, to } => self.export_guess(place, spec, to),
            Action::Abandon(doc) => self.abandon(doc),
            Action::Select(item) => self.select(item),
            Action::Glide(item) => self.glide(item),
            Action::Hover(item) => self.hover = item,
            Action::Back => self.walk_history(false),
            Action::Forward => self.walk_history(true),
            Action::Up => self.select_parent(),
            Action::NextOdd(odd) => self.next_odd(odd),
            Action::ValuesAtOp(on) => {
                self.values_at_op = on;
                if on {
                    self.effects.push(Effect::Layout(LayoutChange::Reveal(super::action::Panel::Values)));
                }
            }
            Action::StepOp(by) => self.step_op(by),
            Action::SetView(view) => {
                if let Some(handle) = self.subject() {
                    self.chosen.insert((self.selection.place(), handle), view);
                }
            }
            Action::TogglePanel(p) => self.effects.push(Effect::Layout(LayoutChange::Toggle(p))),
            Action::ShowPanel(p) => self.effects.push(Effect::Layout(LayoutChange::Show(p))),
            Action::NextPanel(on) => self.effects.push(Effect::Layout(LayoutChange::Next(on))),
            Action::AlonePanel(p) => self.effects.push(Effect::Layout(LayoutChange::Alone(p))),
            Action::ResetLayout => {
                self.settings.layout = None;
                self.effects.push(Effect::Layout(LayoutChange::Reset));
            }
            Action::Picture(change) => self.effects.push(Effect::Picture(change)),
            Action::SetTheme(theme) => {
                self.settings.theme = theme;
                self.effects.push(Effect::Theme(theme));
            }
            Action::SetZoom(zoom) => {
                let zoom = if zoom.is_finite() { zoom.clamp(Settings::ZOOM.0, Settings::ZOOM.1) } else { 1.0 };
                self.settings.zoom = zoom;
                self.effects.push(Effect::Zoom(zoom));
            }
            Action::Copy(what) => self.copy(what),
            Action::CopyText(text) => self.effects.push(Effect::CopyText(text)),
            Action::Export(request) => self.export(request),
            Action::CopyPicture(request) => self.copy_picture(*request),
            Action::CopyNumbers { place, handle, cut, part } => self.copy_numbers(place, handle, cut, part),
            Action::Browse { folder, from } => self.effects.push(Effect::Browse(folder, from)),
            Action::ExportAll(request) => self.export_all(request),
            Action::Capture(how) => self.effects.push(Effect::Capture(how)),
            Action::SaveMade { name, bytes, to } => self.save_made(name, bytes, to),
            Action::Salvage { place, fill, to } => self.salvage(place, fill, to),
            Action::GiveBuffers { place, pickle, from } => self.give_buffers(place, pickle, from),
            Action::LoadExtensions(from) => self.load_extensions(from),
            Action::ForgetExtensions => self.forget_extensions(),
            Action::CompareWith(doc) => self.compare_with(doc),
            Action::Compare(files) => self.compare_files(files),
            Action::CompareWithFile(path) => self.compare_with_file(path),
            Action::SelectInBoth(items) => self.select_in_both(items),
            Action::Cancel(job) => self.jobs.cancel(job),
            Action::Show(dialog) => self.effects.push(Effect::Show(dialog)),
            Action::ForgetRecent(path) => self.settings.recent.retain(|p| *p != path),
            Action::Command(id) => self.command(id),
            Action::Notify(notice) => self.notify(notice),
            Action::Quit => {
                if !self.asks_first(self.all_unsaved(), Action::Quit) {
                    self.effects.push(Effect::Quit);
                }
            }
        }
        self.take_effects()
    }

    fn command(&mut self, id: &str) {
        if let Some(c) = Command::get(id)
            && (c.enabled)(self)
        {
            let action = (c.action)(self);
            let effects = self.apply(action);
            self.effects.extend(effects);
        }
    }

    /// Takes what finished jobs found. True says that there is something new to draw.
    pub fn poll(&mut self) -> bool {
        self.work.next_frame();
        self.take_results(Duration::ZERO)
    }

    /// Waits, at most this long, for a job to finish; true when one did.
    pub fn wait(&mut self, long: Duration) -> bool {
        self.take_results(long)
    }

    /// No job runs and nothing is being worked out.
    pub fn is_idle(&self) -> bool {
        self.jobs.running().is_empty() && self.work.pending() == 0
    }

    fn take_results(&mut self, wait: Duration) -> bool {
        let results = self.jobs.results(wait);
        let any = !results.is_empty();
        for done in results {
            done(self);
        }
        any
    }

    pub(super) fn new_document(&mut self, title: String, path: Option<PathBuf>) -> DocId {
        self.next_doc += 1;
        let id = DocId(self.next_doc);
        self.documents.push(Document::new(id, title, path));
        self.activate(id);
        id
    }

    pub(super) fn activate(&mut self, doc: DocId) {
        if self.active == Some(doc) || self.document_of(doc).is_none() {
            return;
        }
        let left = std::mem::take(&mut self.selection);
        if let Some(old) = self.active.and_then(|id| self.document_mut(id)) {
            old.selection = left;
        }
        self.active = Some(doc);
        self.hover = None;
        if let Some(new) = self.document_mut(doc) {
            self.selection = new.selection.clone();
        }
        self.moved();
    }

    fn next_document(&mut self, on: bool) {
        let n = self.documents.len();
        let Some(at) = self.documents.iter().position(|d| Some(d.id) == self.active) else { return };
        let to = if on { (at + 1) % n } else { (at + n - 1) % n };
        if let Some(id) = self.documents.get(to).map(|d| d.id) {
            self.activate(id);
        }
    }

    fn close(&mut self, doc: DocId) {
        let Some(at) = self.documents.iter().position(|d| d.id == doc) else { return };
        self.jobs.cancel_document(doc);
        self.work.forget(doc);
        self.meanings.forget(doc);
        self.chosen.retain(|(place, _), _| place.doc != doc);
        self.repairs.retain(|place, _| place.doc != doc);
        self.starts.retain(|place, _| place.doc != doc);
        self.what_if = self.what_if.take().filter(|w| w.place.doc != doc);
        self.history.forget(doc);
        self.documents.remove(at);
        self.watch_files();
        if self.active == Some(doc) {
            self.active = None;
            self.selection = Item::default();
            self.hover = None;
            self.moved();
            if let Some(id) = self.documents.get(at.min(self.documents.len().saturating_sub(1))).map(|d| d.id) {
                self.activate(id);
            }
        }
    }

    /// Selects, and remembers where the selection was.
    pub fn select(&mut self, item: Item) {
        if self.document_of(item.doc).is_none() {
            return;
        }
        let item = self.complete(item);
        self.activate(item.doc);
        if item != self.selection {
            let left = std::mem::replace(&mut self.selection, item);
            self.history.leave(left);
        }
        self.moved();
    }

    /// Selects, and remembers nothing.
    fn glide(&mut self, item: Item) {
        if item.doc == self.place().doc {
            self.selection = self.complete(item);
            self.moved();
        }
    }

    fn walk_history(&mut self, on: bool) {
        let now = self.selection.clone();
        let to = if on { self.history.forward(now) } else { self.history.back(now) };
        if let Some(to) = to {
            self.activate(to.doc);
            self.selection = self.complete(to);
            self.moved();
        }
    }

    /// The selection is another. Also where nothing changed: choosing it again scrolls to it again.
    pub(super) fn moved(&mut self) {
        self.subject = self.find_subject();
        self.serial += 1;
    }

    fn step_op(&mut self, by: i64) {
        let place = self.place();
        let Some(at) = self.selection.op else { return };
        let count = self.with_cx(place, |cx| cx.stream.index.count()).unwrap_or(0);
        let last = i64::from(count.saturating_sub(1));
        let to = i64::from(at.0).saturating_add(by).clamp(0, last);
        if let Ok(to) = u32::try_from(to) {
            self.select(Item::of_op(place, OpIndex(to)));
        }
    }

    fn select_parent(&mut self) {
        if let Some(trail) = self.selection.trail.as_ref().and_then(super::item::Trail::parent) {
            self.select(Item { trail: Some(trail), ..Item::new(self.selection.place()) });
        }
    }

    fn copy(&mut self, what: CopyWhat) {
        if what == CopyWhat::Picture {
            if let Some(handle) = self.subject() {
                let (place, how) = (self.selection.place(), ExportHow::default());
                self.copy_picture(ExportRequest { place, handle, kind: "png", to: None, how });
            }
            return;
        }
        match self.text_of(what) {
            Some(text) => self.effects.push(Effect::CopyText(text)),
            None => self.notify(Notice::note("Nothing is selected that could be copied so.")),
        }
    }

    /// What a document's values mean has changed: all that was worked out is forgotten. It gets a new number, so that
    /// panels forget too.
    pub(super) fn read_again(&mut self, doc: DocId) {
        self.work.forget(doc);
        self.meanings.forget(doc);
        if self.document_of(doc).is_none_or(|d| d.phase != Phase::Ready) {
            return;
        }
        self.next_doc += 1;
        let new = DocId(self.next_doc);
        self.history.forget(doc);
        self.compare_again(doc, new);
        let moved = |p: Place| if p.doc == doc { Place { doc: new, ..p } } else { p };
        self.chosen = std::mem::take(&mut self.chosen).into_iter().map(|((p, h), v)| ((moved(p), h), v)).collect();
        if let Some(d) = self.document_mut(doc) {
            d.id = new;
            d.selection.doc = new;
        }
        if self.selection.doc == doc {
            self.selection.doc = new;
        }
        if self.active == Some(doc) {
            self.active = Some(new);
            self.hover = None;
            // The way to it may be another: what was a call may be an array now.
            let selection = Item { trail: None, ..self.selection.clone() };
            self.selection = self.complete(selection);
        }
        self.moved();
    }

    /// The bytes of the file are about to be read again: the document keeps its number's place in the tabs.
    fn reload(&mut self, doc: DocId) {
        let Some(at) = self.documents.iter().position(|d| d.id == doc) else { return };
        let Some(path) = self.documents.get(at).and_then(|d| d.path.clone()) else { return };
        let wish = if self.active == Some(doc) { self.text_of(CopyWhat::Path) } else { None };
        self.close(doc);
        self.open(vec![path]);
        if let Some(new) = self.active {
            self.compare_again(doc, new);
        }
        // It was opened at the end; its place is where it was.
        if let Some(mut new) = self.documents.pop() {
            new.wish = wish;
            self.documents.insert(at.min(self.documents.len()), new);
        }
    }

    /// Says why a document cannot be shown.
    pub(super) fn fail(&mut self, doc: DocId, why: String) {
        if let Some(d) = self.document_mut(doc) {
            d.phase = Phase::Failed(why);
        }
    }

    /// The member that the selection is in, or the first of the document that is shown.
    pub fn place(&self) -> Place {
        Place { doc: self.active.unwrap_or_default(), member: self.selection.member }
    }
}
