//! A box to tick. Must never decide anything.

use crate::ui::Tokens;
use eframe::egui::{Response, Stroke, Ui};

/// A box to tick and its words; the box has an edge that is seen on every ground, ticked or not.
pub fn check(ui: &mut Ui, on: &mut bool, text: &str) -> Response {
    let edge = Stroke::new(1.0, Tokens::of(ui).faint);
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke = edge;
        ui.checkbox(on, text)
    })
    .inner
}
