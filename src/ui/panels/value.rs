//! The panel of the selected value: what it is in a line, the ways to look at it as tabs, and the one that is shown.
//! Must never read a value itself: views do.

use crate::interpret::{ArrayMeaning, Body, Meaning};
use crate::machine::Handle;
use crate::session::{Action, Item, Outcome, View, ViewKind};
use crate::ui::views::{
    bytes::BytesView, plot::PlotView, slicing::Slicing, summary::SummaryView, table::TableView, text::TextView,
};
use eframe::egui::Ui;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ValuePanel {
    /// Which plane of an array is shown; one choice for all views.
    slicing: Slicing,
    plot: PlotView,
    table: TableView,
    text: TextView,
    bytes: BytesView,
    summary: SummaryView,
}

impl ValuePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(handle) = view.session.subject() else { return };
        let Some(kind) = view.session.view() else { return };
        let Outcome::Ready(meaning) = view.session.full_meaning(view.place, handle) else { return };
        self.value(ui, view, handle, &meaning, kind, out);
    }

    fn value(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        meaning: &Meaning,
        kind: ViewKind,
        out: &mut Vec<Action>,
    ) {
        if let Some(a) = meaning.body.array() {
            self.slicing.follow(a.array.shape());
        }
        match (kind, meaning.body.array(), &meaning.body) {
            (ViewKind::Plot, Some(a), _) => self.plot.ui(ui, view, handle, &a.array, &mut self.slicing, out),
            (ViewKind::Table, Some(a), _) => self.table(ui, view, handle, a, out),
            (ViewKind::Text, _, _) => self.text.ui(ui, view, handle, meaning, out),
            (ViewKind::Hex, _, Body::Text { span, .. } | Body::Bytes(span)) => self.bytes.ui(ui, view, *span, out),
            (ViewKind::Hex, Some(ArrayMeaning { raw: Some(span), .. }), _) => self.bytes.ui(ui, view, *span, out),
            _ => self.summary.ui(ui, view, handle, meaning, out),
        }
    }

    fn table(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, a: &ArrayMeaning, out: &mut Vec<Action>) {
        let selected = view.selection().filter(|i| i.handle == Some(handle)).and_then(|i| i.element.as_deref());
        if let Some(index) = self.table.ui(ui, &a.array, &mut self.slicing, selected, None) {
            out.push(Action::Select(Item::of_element(view.place, handle, index)));
        }
    }
}
