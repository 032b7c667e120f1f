//! The view of a text: its lines as they are, however many, decoded as they come into sight.
//! Must never hold more of a text than it shows.

use crate::interpret::Meaning;
use crate::machine::Handle;
use crate::session::{Action, View};
use eframe::egui::Ui;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct TextView {}

impl TextView {
    /// Draws a text into all the space there is.
    pub fn ui(&mut self, _ui: &mut Ui, _view: &View<'_>, _handle: Handle, _meaning: &Meaning, _out: &mut Vec<Action>) {}
}
