//! The view of a value's raw bytes alone, as hex and characters; elements of an array in turn on two grounds.
//! Must never hold more bytes than it shows.

use crate::session::{Action, Item, View};
use crate::source::Span;
use crate::ui::widgets::hex_grid::{self, HexGrid, HexView};
use crate::ui::widgets::lazy_rows::Align;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{Color32, Ui};

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct BytesView {
    grid: HexGrid,
    cursor: Option<u64>,
    of: Option<Span>,
    serial: u64,
}

impl BytesView {
    /// Draws a run of the member's bytes into all the space there is. `item` is the number of bytes of an element.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, span: Span, item: Option<u64>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        let t = Tokens::of(ui);
        if self.of != Some(span) {
            *self = Self { of: Some(span), ..Self::default() };
        }
        let within = |s: Span| {
            let s = s.meet(span);
            (!s.is_empty()).then(|| Span::new(s.start - span.start, s.end - span.start))
        };
        let selected = view.selection().and_then(|s| s.span).filter(|s| !s.covers(span)).and_then(within);
        if self.serial != view.session.serial {
            self.serial = view.session.serial;
            if let Some(s) = selected {
                self.cursor = Some(s.start);
                self.grid.scroll_to(s.start, Align::Center);
            }
        }
        let advance = hex_grid::advance(ui.painter(), &fonts::mono());
        let columns = HexView::columns_for(ui.available_width() - theme::SCROLL_BAR, span.len(), advance).clamp(8, 32);
        let grid = HexView {
            columns,
            selection: selected,
            hovered: view.hover().and_then(|h| h.span).and_then(within),
            cursor: self.cursor,
            ..HexView::new("Raw bytes", span.len())
        };
        let o = self.grid.show(ui, &grid, |at, cells| {
            let bytes = stream.bytes.read(Span::at(span.start + at, cells.len() as u64), cells.len());
            for (i, (cell, b)) in cells.iter_mut().zip(bytes).enumerate() {
                cell.byte = Some(b);
                cell.ink = t.text_normal;
                let odd = item.is_some_and(|n| n > 1 && (at + i as u64) / n % 2 == 1);
                cell.ground = if odd { t.raised } else { Color32::TRANSPARENT };
            }
        });
        let at = |offset: u64| Item::at_offset(view.place, span.start + offset);
        if let Some(offset) = o.clicked.or(o.moved.map(|(to, _)| to)) {
            self.cursor = Some(offset);
            out.push(Action::Select(at(offset)));
        }
        if let Some(s) = o.dragged {
            let s = Span::new(span.start + s.start, span.start + s.end);
            if view.selection().and_then(|i| i.span) != Some(s) {
                out.push(Action::Select(Item::of_span(view.place, s)));
            }
        }
        if let Some(offset) = o.hovered {
            out.push(Action::Hover(Some(at(offset))));
        }
    }
}
