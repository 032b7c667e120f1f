//! Typing into the panel of bytes: digits over or between bytes, dropping and pasting, and how edited bytes look.
//! Must never change a byte itself: it hands out actions, and the session edits a copy in memory.

use crate::machine::Stream;
use crate::ops::encode::typed_bytes;
use crate::session::{Action, Edit, Item, Repairs, View};
use crate::source::{Edited, Span};
use crate::ui::widgets::hex_grid::ByteCell;
use crate::ui::{Tokens, fonts, shell, theme, words};
use eframe::egui::{self, Event, Key, Layout, Modifiers, Response, RichText, Ui};

/// Bytes that are pasted at most.
const PASTED: usize = 64 << 20;
/// Edits that are marked beside the bytes.
const MARKED: usize = 400;
/// Width of the bar from which it has room for buttons, in points.
const BUTTONS: f32 = 320.0;

/// What was begun to be typed.
#[derive(Default)]
pub struct Typing {
    /// The byte whose first digit was typed.
    half: Option<u64>,
    /// Digits go between bytes, not over them.
    insert: bool,
    /// Bytes that were marked by hand: by dragging, or with Shift.
    marked: Option<Span>,
    /// The cursor went on from what was typed: the selection of it is not to fetch it back.
    went_on: bool,
}

impl Typing {
    /// The cursor went elsewhere.
    pub fn left(&mut self) {
        self.half = None;
        self.marked = None;
    }

    /// Bytes were marked by hand.
    pub fn mark(&mut self, span: Span) {
        self.half = None;
        self.marked = Some(span).filter(|s| s.len() > 1);
    }

    /// The cursor went on from what was typed, just now.
    pub fn moved(&mut self) -> bool {
        std::mem::take(&mut self.went_on)
    }

    /// The bytes that were marked by hand.
    pub const fn marked(&self) -> Option<Span> {
        self.marked
    }

    /// Does what the keys of this frame ask for; returns where the cursor goes.
    pub fn keys(
        &mut self,
        ui: &Ui,
        view: &View<'_>,
        stream: &Stream,
        cursor: Option<u64>,
        out: &mut Vec<Action>,
    ) -> Option<u64> {
        if !view.session.can_edit() {
            return None;
        }
        let mut at = cursor?;
        let (events, insert, delete, back) = ui.input_mut(|i| {
            let none = Modifiers::NONE;
            let keys = (
                i.consume_key(none, Key::Insert),
                i.consume_key(none, Key::Delete),
                i.consume_key(none, Key::Backspace),
            );
            // With Alt a letter is the key of a menu.
            let plain = !i.modifiers.alt && !i.modifiers.command;
            let typed = |e: &Event| matches!(e, Event::Text(_)) && plain || matches!(e, Event::Paste(_));
            let events: Vec<Event> = i.events.iter().filter(|e| typed(e)).cloned().collect();
            i.events.retain(|e| !typed(e));
            (events, keys.0, keys.1, keys.2)
        });
        if insert {
            self.insert = !self.insert;
            self.half = None;
        }
        let len = stream.bytes.len();
        let edit = |span: Span, with: Vec<u8>, joins: bool| {
            let frames = true;
            Action::Edit(Edit { place: view.place, span, with, frames, joins })
        };
        if delete || back && self.marked.is_some() {
            let span = self.marked.take().unwrap_or_else(|| Span::at(at, 1));
            self.half = None;
            if span.start < len {
                out.push(edit(span, Vec::new(), false));
                return Some(span.start.min((len - span.len().min(len)).saturating_sub(1)));
            }
        } else if back {
            // Over bytes it only steps back, as in any editor that writes over.
            self.half = None;
            let before = at.checked_sub(1)?;
            if self.insert {
                out.push(edit(Span::at(before, 1), Vec::new(), false));
            } else {
                out.push(Action::Select(Item::at_offset(view.place, before)));
            }
            return Some(before);
        }
        let mut moved = None;
        // What is typed within one frame sees what the keys before it did.
        let mut last = None;
        for event in events {
            match event {
                Event::Text(text) => {
                    for digit in text.chars().filter_map(|c| c.to_digit(16)).filter_map(|d| u8::try_from(d).ok()) {
                        let now = last.take().or_else(|| stream.bytes.get(at)).unwrap_or(0);
                        if self.half == Some(at) {
                            out.push(edit(Span::at(at, 1), vec![now & 0xf0 | digit], true));
                            self.half = None;
                            at = at.saturating_add(1);
                        } else if self.insert {
                            out.push(edit(Span::at(at, 0), vec![digit << 4], false));
                            (self.half, last) = (Some(at), Some(digit << 4));
                        } else {
                            let byte = digit << 4 | now & 0x0f;
                            out.push(edit(Span::at(at, 1), vec![byte], false));
                            (self.half, last) = (Some(at), Some(byte));
                        }
                        moved = Some(at);
                    }
                }
                Event::Paste(text) if text.len() <= PASTED => {
                    let with = typed_bytes(&text);
                    let n = with.len() as u64;
                    let over = if self.insert { 0 } else { n };
                    let span = self.marked.take().unwrap_or_else(|| Span::at(at, over));
                    at = span.start.saturating_add(n);
                    out.push(edit(span, with, false));
                    self.half = None;
                    moved = Some(at);
                }
                _ => {}
            }
        }
        if moved.is_some() {
            self.marked = None;
            self.went_on = true;
        }
        // At the end there is no byte to stand on.
        moved.map(|m| m.min(len.saturating_add(u64::from(self.insert)).saturating_sub(1)))
    }

    /// The width of [`Typing::bar`], in points.
    pub fn needs(&self, view: &View<'_>) -> f32 {
        if view.session.repairs(view.place).is_some() { BUTTONS } else { 84.0 }
    }

    /// How digits go in, and the buttons of what was edited.
    pub fn bar(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        if !view.session.can_edit() || ui.available_width() < 76.0 {
            return;
        }
        let t = Tokens::of(ui);
        let room = ui.available_width();
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let (name, hint) = if self.insert {
                ("insert", "Digits that are typed go between bytes. Insert switches.")
            } else {
                ("overwrite", "Digits that are typed go over bytes. Insert switches.")
            };
            let text = RichText::new(name).font(fonts::small()).color(t.text_soft);
            if ui.add(egui::Button::new(text).small()).on_hover_text(hint).clicked() {
                self.insert = !self.insert;
                self.half = None;
            }
            let Some(repairs) = view.session.repairs(view.place) else { return };
            if room > BUTTONS {
                ui.add_space(theme::GAP_S);
                for id in ["repair.save", "repair.redo", "repair.undo"] {
                    shell::command_button(ui, id, view.session, out);
                }
            }
            let n = repairs.count();
            if repairs.unsaved() && room > 180.0 {
                let text = match n {
                    0 => "not saved".to_owned(),
                    1 => "1 edit, not saved".to_owned(),
                    n => format!("{n} edits, not saved"),
                };
                ui.add_space(theme::GAP_S);
                ui.label(RichText::new(text).font(fonts::small()).color(t.warning));
            }
        });
    }
}

/// Bytes that were typed stand on a ground of their own; where bytes are gone, the next one is underlined.
pub fn colour(repairs: Option<&Repairs>, at: u64, cells: &mut [ByteCell], t: &Tokens) {
    let Some(repairs) = repairs else { return };
    let row = Span::at(at, cells.len() as u64);
    for e in repairs.edited(row) {
        match e {
            Edited::Typed(span) => {
                for i in span.start..span.end {
                    if let Some(c) = cells.get_mut((i - at) as usize) {
                        (c.ink, c.ground) = (t.text_strong, t.warning.gamma_multiply(0.34));
                    }
                }
            }
            Edited::Dropped(where_, _) => {
                if let Some(c) = where_.checked_sub(at).and_then(|i| cells.get_mut(i as usize)) {
                    c.underline = t.error;
                }
            }
        }
    }
}

/// What is to be said of an edited byte.
pub fn tell(ui: &mut Ui, repairs: Option<&Repairs>, at: u64) {
    let Some(repairs) = repairs else { return };
    let t = Tokens::of(ui);
    for e in repairs.edited(Span::at(at, 1)) {
        let text = match e {
            Edited::Typed(_) => "Edited by you; the opened file holds something else here.".to_owned(),
            Edited::Dropped(where_, n) if where_ == at => {
                format!("{} of the opened file are dropped before it.", words::exact_size(n))
            }
            Edited::Dropped(..) => continue,
        };
        ui.label(RichText::new(text).color(t.warning));
    }
}

/// Where edits stand, as parts of the whole.
pub fn marks(view: &View<'_>, stream: &Stream) -> Vec<(f64, f64)> {
    let Some(repairs) = view.session.repairs(view.place) else { return Vec::new() };
    let len = stream.bytes.len().max(1) as f64;
    let mark = |e: &Edited| match e {
        Edited::Typed(s) => (s.start as f64 / len, s.end as f64 / len),
        Edited::Dropped(at, _) => (*at as f64 / len, *at as f64 / len),
    };
    repairs.edited(stream.bytes.span()).iter().take(MARKED).map(mark).collect()
}

/// The commands at a byte.
pub fn menu(response: &Response, view: &View<'_>, cursor: Option<u64>, marked: Option<Span>, out: &mut Vec<Action>) {
    theme::context_menu(response, |ui| {
        let mut command = |ui: &mut Ui, id: &'static str, label: &str| {
            let enabled = crate::session::Command::get(id).is_some_and(|c| (c.enabled)(view.session));
            if ui.add_enabled(enabled, egui::Button::new(label)).clicked() {
                out.push(Action::Command(id));
                ui.close();
            }
        };
        command(ui, "repair.edit-op", "Edit op…");
        command(ui, "repair.insert-op", "Insert op…");
        command(ui, "repair.drop-op", "Drop op");
        ui.separator();
        command(ui, "repair.insert-bytes", "Insert bytes…");
        let span = marked.or_else(|| cursor.map(|at| Span::at(at, 1)));
        if let Some(span) = span.filter(|_| view.session.can_edit()) {
            let label = if span.len() == 1 {
                format!("Drop the byte at {:#x}", span.start)
            } else {
                format!("Drop {} bytes", words::grouped(span.len()))
            };
            if ui.button(label).clicked() {
                out.push(Action::Edit(Edit::new(view.place, span, Vec::new())));
                ui.close();
            }
        }
        ui.separator();
        let mut command = |ui: &mut Ui, id: &'static str, label: &str| {
            let enabled = crate::session::Command::get(id).is_some_and(|c| (c.enabled)(view.session));
            if ui.add_enabled(enabled, egui::Button::new(label)).clicked() {
                if let (true, Some(at)) = (id == "repair.decode-from", cursor) {
                    // From the byte itself, not from the op that it is a part of.
                    out.push(Action::Select(Item { span: Some(Span::at(at, 1)), ..view.selected().clone() }));
                }
                out.push(Action::Command(id));
                ui.close();
            }
        };
        command(ui, "repair.decode-from", "Decode from here…");
        command(ui, "repair.what-if", "What if it were an array");
        ui.separator();
        command(ui, "copy.bytes", "Copy bytes as hex");
        command(ui, "copy.offset", "Copy offset");
    });
}
