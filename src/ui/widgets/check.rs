//! A box to tick. Must never decide anything.

use crate::ui::Tokens;
use eframe::egui::{Response, Stroke, Ui};

/// A box to tick and its words; the box has an edge that is seen on every ground, ticked or not.
pub fn check(ui: &mut Ui, on: &mut bool, text: &str) -> Response {
    let edge = Stroke::new(1.0, Tokens::of(ui).faint);
    // no scope of its own: it would not go to the next line as one
    let before = std::mem::replace(&mut ui.visuals_mut().widgets.inactive.bg_stroke, edge);
    let response = ui.checkbox(on, text);
    ui.visuals_mut().widgets.inactive.bg_stroke = before;
    response
}
