//! What the selected op did: what it took and left, what it changed and by how much, what it stored.
//! Must never list more than a few values: the stack and the memo stand beside it.

use super::super::op_tip;
use super::value::{At, link};
use crate::machine::{Effect, StackItem};
use crate::ops::listing::{arg_text, effect};
use crate::ops::{Opcode, listing};
use crate::session::Action;
use crate::ui::widgets::elide;
use crate::ui::{Tokens, fonts, words};
use eframe::egui::{self, RichText, Ui};

/// Values that an op took that are named.
const TAKEN: usize = 6;
/// Characters of an argument that are shown.
const ARGUMENT: usize = 120;
/// Width of the names at the left, in points.
const NAMES: f32 = 52.0;

/// Draws it, wrapped to the width there is.
pub fn show(ui: &mut Ui, at: &At<'_>, out: &mut Vec<Action>) {
    let Some(op) = at.stream.op(at.op) else { return };
    let (t, info) = (Tokens::of(ui), op.code.info());
    ui.spacing_mut().item_spacing = egui::vec2(6.0, 3.0);
    ui.spacing_mut().interact_size.y = 16.0;
    ui.horizontal(|ui| {
        ui.label(RichText::new(info.name).font(fonts::mono()).color(t.class(info.class)));
        let arg = arg_text(&op, &at.stream.bytes, ARGUMENT);
        let arg = egui::Label::new(RichText::new(arg).font(fonts::mono()).color(t.text_normal)).truncate();
        ui.add(arg);
    });
    let tip = || {
        let effect = effect(op.code);
        let effect = if effect.is_empty() { "the stack as it was".to_owned() } else { effect };
        format!("{effect}\n{}\n{}", op_tip::layout(info.arg), op_tip::bytes_text(at.stream, &op))
    };
    let doc = egui::Label::new(RichText::new(info.doc).color(t.text_soft)).wrap();
    ui.add(doc).on_hover_text(tip());
    let did = at.stream.effect(at.op, TAKEN);
    took(ui, at, &did, out);
    if let Some(h) = did.touched {
        line(ui, "changed", |ui| link(ui, at, h, out));
        if let Some(g) = at.growth(h) {
            line(ui, "", |ui| {
                ui.label(RichText::new(g.change()).font(fonts::mono_small()).color(t.text_soft));
            });
        }
    } else if let Some(s) = did.pushed {
        line(ui, "left", |ui| item(ui, at, s, out));
    }
    if let Some(put) = did.stored {
        line(ui, "stored", |ui| {
            ui.label(RichText::new(format!("memo {} =", put.number())).font(fonts::mono_small()).color(t.text_soft));
            link(ui, at, put.value, out);
        });
    }
    let fetches = matches!(op.code, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet);
    if did.popped.is_empty() && did.pushed.is_none() && did.stored.is_none() && !fetches {
        let text =
            if listing::effect(op.code).is_empty() { "It leaves the stack as it was." } else { "It did nothing." };
        ui.label(RichText::new(text).color(t.text_soft));
    }
}

fn took(ui: &mut Ui, at: &At<'_>, did: &Effect, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    for (i, s) in did.popped.iter().enumerate() {
        line(ui, if i == 0 { "took" } else { "" }, |ui| item(ui, at, *s, out));
    }
    if did.more {
        line(ui, "", |ui| {
            ui.label(RichText::new("… and more beneath").color(t.text_soft));
        });
    }
}

fn item(ui: &mut Ui, at: &At<'_>, s: StackItem, out: &mut Vec<Action>) {
    match s.value {
        Some(h) => link(ui, at, h, out),
        None => {
            ui.label(RichText::new("a mark").color(Tokens::of(ui).text_soft));
        }
    }
}

/// A line with its name at the left.
fn line(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let t = Tokens::of(ui);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(NAMES, 16.0), egui::Sense::hover());
        let word = elide::whole(ui.painter(), name, &fonts::small());
        word.paint_left(ui.painter(), rect.left_center(), t.text_soft);
        add(ui);
    });
}

/// The op's number, counted from 1 as everywhere in the window, for a header.
pub fn title(at: &At<'_>) -> String {
    format!("THIS OP  {}", words::grouped(u64::from(at.op.0) + 1))
}
