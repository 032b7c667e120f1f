//! The dialog that salvages a damaged pickle: what is there, what becomes of cut arrays, where to.
//! Must never write: it hands out an action.

use super::{Tokens, fonts, theme};
use crate::interpret::one_line;
use crate::session::{Action, View};
use eframe::egui::{self, Id, Key, Modal, RichText, Ui};

/// Draws it; true where it is to be closed.
pub fn ui(ui: &Ui, view: &View<'_>, fill: &mut bool, out: &mut Vec<Action>) -> bool {
    let t = Tokens::of(ui);
    let m = Modal::new(Id::unique("salvage")).frame(theme::dialog(ui.style())).show(ui.ctx(), |ui| {
        ui.set_width(500.0_f32.min(ui.ctx().content_rect().width() - 48.0));
        ui.label(RichText::new("Salvage").font(fonts::title()).color(t.text_strong));
        ui.add_space(theme::GAP);
        ui.label(
            "Writes a new pickle that Python loads, with every value that is whole in its place. Open containers are \
             closed; calls stay calls, and none is made. The opened file is never written.",
        );
        ui.add_space(theme::GAP);
        if let Some(p) = view.stream.and_then(|s| s.pickles.iter().find(|p| !p.complete)) {
            let left = p.pending.len() + usize::from(p.root.is_some());
            let whole = format!("{} opcodes can be read, up to byte {}; {left} values stand open.", p.ops, p.span.end);
            ui.label(RichText::new(whole).color(t.text_soft));
            if let Some(e) = &p.python {
                let says = format!("Now Python raises {}: {}", e.kind, one_line(&e.message, 120));
                ui.label(RichText::new(says).color(t.text_soft));
            }
            ui.add_space(theme::GAP);
        }
        ui.label(RichText::new("An array whose elements are there in part").font(fonts::strong()).color(t.text_strong));
        ui.radio_value(fill, false, "ends behind its last whole row");
        ui.radio_value(fill, true, "keeps its shape: NaN, NaT, 0 or nothing stands for what is missing");
        ui.add_space(theme::GAP);
        let beside = "Beside the pickle a file .salvage.json tells what was kept, cut and guessed, with offsets.";
        ui.label(RichText::new(beside).font(fonts::small()).color(t.text_soft));
        ui.add_space(theme::GAP);
        let enter = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
        let (mut go, mut stop) = (enter, false);
        ui.horizontal(|ui| {
            go |= ui.button("Save as…").clicked();
            stop |= ui.button("Cancel").clicked();
        });
        if go {
            out.push(Action::Salvage { place: view.place, fill: *fill, to: None });
        }
        go || stop
    });
    m.inner || m.should_close()
}
