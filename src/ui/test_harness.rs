//! What the tests of widgets share: a window without a window, in our style, drawn by our painter.

use super::theme;
use eframe::egui::{self, Ui};
use egui_kittest::Harness;

/// A window of a size in points, in the dark theme at one pixel a point.
pub fn harness<'a, S: 'a>(size: [f32; 2], state: S, app: impl FnMut(&mut Ui, &mut S) + 'a) -> Harness<'a, S> {
    Harness::builder()
        .with_size(size)
        .with_theme(egui::Theme::Dark)
        .with_context_setup(theme::apply)
        .build_ui_state(app, state)
}
