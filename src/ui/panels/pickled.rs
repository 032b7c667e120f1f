//! The panel of how the selected object is pickled: reduce tuple, dtype state, state, side by side.
//! Must never do more work in a frame than its visible rows need.

use crate::interpret::{self, Column, Explanation, Slot};
use crate::machine::Handle;
use crate::session::{Action, Item, Panel, Place, View};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::property_grid::{Property, PropertyGrid};
use crate::ui::widgets::prose::prose;
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

/// Narrower than this, in points, a column is hard to read: they stand below each other then.
const NARROW: f32 = 176.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct PickledPanel {
    /// The explanation that is shown, until another object is selected or more of the file is read.
    shown: Option<(Place, Handle, u64, Explanation)>,
}

impl PickledPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(handle) = view.session.subject() else {
            let hint = "Select a value to see the reduce tuple, the dtype and the state that Python rebuilds it from.";
            Empty::new(icons::BUILD, "How it is pickled", hint).show(ui);
            return;
        };
        let scanned = view.stream.map_or(0, |s| s.seen());
        let current = self.shown.as_ref().is_some_and(|(p, h, s, _)| (*p, *h, *s) == (view.place, handle, scanned));
        if !current {
            let made = view.session.with_cx(view.place, |cx| interpret::explain(cx, handle));
            self.shown = made.map(|e| (view.place, handle, scanned, e));
        }
        let Some((_, _, _, explanation)) = &self.shown else { return };
        ScrollArea::vertical().id_salt(("explanation", handle)).auto_shrink(false).show(ui, |ui| {
            draw(ui, view, explanation, out);
        });
    }
}

fn draw(ui: &mut Ui, view: &View<'_>, e: &Explanation, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let inner = ui.available_rect_before_wrap().shrink2(vec2(theme::EDGE, 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.add_space(theme::GAP);
        ui.add(egui::Label::new(prose(&e.sentence, fonts::body(), t.text_strong)).wrap());
        ui.add_space(theme::EDGE);
        let columns: Vec<&Column> = e.columns.iter().filter(|c| !c.rows.is_empty() || !c.subtitle.is_empty()).collect();
        let fit = ((ui.available_width() + theme::GAP_L) / (NARROW + theme::GAP_L)).floor().max(1.0) as usize;
        let across = if fit >= columns.len() { columns.len().max(1) } else { 1 };
        let first = columns.iter().position(|c| !c.rows.is_empty() && view.focus == Some(Panel::Pickled));
        if across == 1 {
            for (i, column) in columns.into_iter().enumerate() {
                grid(ui, view, column, first == Some(i), out);
                ui.add_space(theme::GAP_L);
            }
            return;
        }
        let top = ui.cursor().min;
        let width = ((ui.available_width() - theme::GAP_L * (across - 1) as f32) / across as f32).floor();
        let mut bottom = top.y;
        for (i, column) in columns.iter().enumerate() {
            let x = top.x + (width + theme::GAP_L) * i as f32;
            let place = Rect::from_min_size(pos2(x, top.y), vec2(width, f32::INFINITY));
            let made = ui.scope_builder(UiBuilder::new().max_rect(place).id_salt(i), |ui| {
                ui.set_width(width);
                grid(ui, view, column, first == Some(i), out);
            });
            bottom = bottom.max(made.response.rect.bottom());
        }
        for i in 1..across {
            let x = (top.x + (width + theme::GAP_L) * i as f32 - theme::GAP_L * 0.5).round() + 0.5;
            ui.painter().vline(x, top.y..=bottom, t.line_stroke());
        }
        ui.allocate_rect(Rect::from_min_max(top, pos2(top.x, bottom)), egui::Sense::hover());
        ui.add_space(theme::EDGE);
    });
}

fn grid(ui: &mut Ui, view: &View<'_>, column: &Column, take_keyboard: bool, out: &mut Vec<Action>) {
    let selected = view.selected();
    let names: Vec<(String, String)> = column
        .rows
        .iter()
        .map(|r| {
            let indent = "\u{2003}".repeat(usize::from(r.level.min(6)));
            (format!("{indent}{}", r.name), r.span.map(bytes_text).unwrap_or_default())
        })
        .collect();
    let rows: Vec<Property<'_>> = column
        .rows
        .iter()
        .zip(&names)
        .map(|(r, (name, bytes))| Property {
            bytes,
            tone: if r.fault.is_some() { Tone::Error } else { Tone::Plain },
            selected: r.span.is_some() && r.span == selected.span,
            hovered: r.span.is_some() && view.session.hover.as_ref().is_some_and(|h| h.span == r.span),
            ..Property::new(&r.slot, name, &r.value, r.fault.as_deref().unwrap_or(&r.meaning))
        })
        .collect();
    let grid = PropertyGrid { title: column.title, subtitle: &column.subtitle, rows: &rows, footer: &column.footer };
    let done = grid.show(ui);
    // The first row of all takes the keyboard when the panel gets it.
    if take_keyboard && let Some(first) = done.responses.first() {
        first.request_focus();
    }
    if let Some(slot) = done.clicked.and_then(|i| column.rows.get(i)) {
        out.extend(select(view, slot).map(Action::Select));
    }
    if let Some(slot) = done.double_clicked.and_then(|i| column.rows.get(i))
        && let Some(handle) = slot.handle
    {
        out.push(Action::Select(Item::of_handle(view.place, handle)));
    }
    if let Some(slot) = done.hovered.and_then(|i| column.rows.get(i))
        && let Some(span) = slot.span
    {
        out.push(Action::Hover(Some(Item::of_span(view.place, span))));
    }
    if done.footer_clicked
        && let Some(op) = column.rows.iter().rev().find_map(|r| r.op)
    {
        out.push(Action::Select(Item { trail: selected.trail.clone(), ..Item::of_op(view.place, op) }));
    }
    for (response, slot) in done.responses.iter().zip(&column.rows) {
        response.context_menu(|ui| {
            if ui.button("Copy value").clicked() {
                ui.copy_text(slot.value.clone());
            }
            if ui.button("Copy meaning").clicked() {
                ui.copy_text(slot.meaning.clone());
            }
            if slot.handle.is_some() && ui.button("Go to this object").clicked() {
                out.extend(slot.handle.map(|h| Action::Select(Item::of_handle(view.place, h))));
            }
        });
    }
}

/// The bytes, the op and the object of a slot; the panel keeps showing the object that it is a slot of.
fn select(view: &View<'_>, slot: &Slot) -> Option<Item> {
    let known = slot.handle.is_some() || slot.op.is_some() || slot.span.is_some();
    known.then(|| Item {
        handle: slot.handle,
        op: slot.op,
        span: slot.span,
        trail: view.selected().trail.clone(),
        ..Item::new(view.place)
    })
}

fn bytes_text(span: crate::source::Span) -> String {
    format!("{} · {}", words::offset(span.start), words::size(span.len()))
}
