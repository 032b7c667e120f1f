//! The panel of stack, memo and marks of the pickle machine at the selected op.
//! Must never do more work in a frame than its visible rows need.

use crate::session::{Action, View};
use eframe::egui::Ui;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct MachinePanel {}

impl MachinePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, _ui: &mut Ui, _view: &View<'_>, _out: &mut Vec<Action>) {}
}
