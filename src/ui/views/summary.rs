//! The view that says what a value is, in words and figures.
//! Must never read more of a value than its meaning tells.

use crate::interpret::Meaning;
use crate::machine::Handle;
use crate::session::{Action, View};
use eframe::egui::Ui;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct SummaryView {}

impl SummaryView {
    /// Draws what a value is into all the space there is.
    pub fn ui(&mut self, _ui: &mut Ui, _view: &View<'_>, _handle: Handle, _meaning: &Meaning, _out: &mut Vec<Action>) {}
}
