//! The view of a value's raw bytes alone, as hex and characters.
//! Must never hold more bytes than it shows.

use crate::session::{Action, View};
use crate::source::Span;
use eframe::egui::Ui;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct BytesView {}

impl BytesView {
    /// Draws a run of the member's bytes into all the space there is.
    pub fn ui(&mut self, _ui: &mut Ui, _view: &View<'_>, _span: Span, _out: &mut Vec<Action>) {}
}
