//! The view that says what a value is, in words and figures.
//! Must never read more of a value than its meaning tells and its first line holds.

use crate::interpret::{self, ArrayMeaning, Body, Meaning, counted, grouped};
use crate::machine::Handle;
use crate::session::{Action, Item, View, span_of};
use crate::ui::panels::problems::mark;
use crate::ui::widgets::elide;
use crate::ui::widgets::prose::prose;
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, RichText, Sense, Ui, pos2, vec2};

/// Width of the names of facts, in points.
const NAMES: f32 = 88.0;
/// Characters of the repr that are shown.
const REPR: usize = 2_000;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct SummaryView {
    of: Option<(Handle, u64)>,
    repr: String,
    /// What was about to go into the value when its pickle ended.
    waiting: u64,
}

impl SummaryView {
    /// Draws what a value is into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, meaning: &Meaning, out: &mut Vec<Action>) {
        let Some(cx) = view.cx() else { return };
        let t = Tokens::of(ui);
        let of = (handle, cx.stream.seen());
        if self.of != Some(of) {
            self.of = Some(of);
            self.repr = interpret::repr(&cx, handle, REPR);
            self.waiting = interpret::waiting(&cx, handle);
        }
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            egui::Frame::NONE.inner_margin(theme::EDGE as i8).show(ui, |ui| {
                ui.add(egui::Label::new(prose(&meaning.sentence, fonts::body(), t.text_strong)).wrap());
                if self.waiting > 0 {
                    ui.add_space(theme::GAP_S);
                    let text = format!(
                        "It was still being filled when the pickle ended: {} more stood on the stack for it.",
                        counted(self.waiting, "value")
                    );
                    ui.add(egui::Label::new(RichText::new(text).color(t.warning)).wrap());
                }
                ui.add_space(theme::GAP);
                self.facts(ui, view, handle, meaning, out);
                for n in &meaning.notes {
                    ui.add_space(theme::GAP);
                    let (icon, color) = mark(n.severity, t);
                    ui.horizontal_top(|ui| {
                        ui.label(icon.text().color(color));
                        ui.vertical(|ui| {
                            ui.add(egui::Label::new(RichText::new(&*n.message).color(t.text_normal)).wrap());
                            if !n.hint.is_empty() {
                                ui.add(egui::Label::new(RichText::new(&*n.hint).color(t.text_soft)).wrap());
                            }
                        });
                    });
                }
                if meaning.body.array().is_none() && !matches!(meaning.body, Body::Frame(_) | Body::Sparse(_)) {
                    ui.add_space(theme::GAP_L);
                    ui.label(RichText::new("AS PYTHON WRITES IT").font(fonts::header()).color(t.text_soft));
                    let text = RichText::new(&self.repr).font(fonts::mono()).color(t.text_normal);
                    ui.add(egui::Label::new(text).wrap().selectable(true));
                }
            });
        });
    }

    fn facts(&self, ui: &mut Ui, view: &View<'_>, handle: Handle, m: &Meaning, out: &mut Vec<Action>) {
        let Some(cx) = view.cx() else { return };
        fact(ui, "type", &m.kind, "");
        match &m.body {
            Body::Array(a) | Body::Picture(a) => array_facts(ui, a),
            Body::Frame(f) => {
                fact(ui, "rows", &grouped(f.rows), "");
                fact(ui, "columns", &grouped(f.width), "");
                for c in f.columns.iter().take(200) {
                    fact(ui, "", &c.name, &c.dtype);
                }
            }
            Body::Sparse(s) => {
                fact(ui, "format", s.format, "");
                fact(ui, "shape", &crate::tensor::tuple(&s.shape), "");
                let all: u64 = s.shape.iter().fold(1, |n, d| n.saturating_mul(*d));
                let share = if all > 0 {
                    format!("{:.3} % of all", s.stored as f64 / all as f64 * 100.0)
                } else {
                    String::new()
                };
                fact(ui, "stored values", &grouped(s.stored), &share);
                for (name, a) in &s.parts {
                    let shape = crate::tensor::tuple(a.array.shape());
                    fact(ui, name, &format!("{} {shape}", a.array.dtype.name()), "");
                }
            }
            _ => {}
        }
        if let Some(bytes) = m.bytes {
            fact(ui, "size", &words::size(bytes), &words::exact_size(bytes));
        }
        let children = interpret::children(&cx, handle).len();
        if children > 0 {
            fact(ui, "holds", &counted(children, "value"), "");
        }
        if let Some(span) = span_of(&cx, handle) {
            let value = format!("{} to {}", words::offset(span.start), words::offset(span.end));
            let note = format!("{} of the pickle", words::size(span.len()));
            if fact(ui, "bytes", &value, &note).clicked() {
                out.push(Action::Select(Item { span: Some(span), ..Item::of_handle(view.place, handle) }));
            }
        }
        if cx.stream.is_shared(handle) {
            fact(ui, "shared", "yes", "several places of the file refer to this one value");
        }
        fact(ui, "read as", m.reader, "");
    }
}

/// A fact: its name, and beside it what is so, folded as need be.
fn fact(ui: &mut Ui, name: &str, value: &str, note: &str) -> egui::Response {
    let t = Tokens::of(ui);
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(NAMES, 18.0), Sense::hover());
        let line = elide::middle(ui.painter(), name, &fonts::body(), NAMES);
        line.paint_left(ui.painter(), pos2(rect.left(), rect.center().y), t.text_soft);
        let mut job = LayoutJob::default();
        job.append(value, 0.0, TextFormat::simple(fonts::mono(), t.text_strong));
        job.append(note, if value.is_empty() { 0.0 } else { 10.0 }, TextFormat::simple(fonts::body(), t.text_soft));
        ui.add(egui::Label::new(job).wrap().selectable(true).sense(Sense::click()))
    })
    .inner
}

fn array_facts(ui: &mut Ui, a: &ArrayMeaning) {
    let array = &a.array;
    let name = a.dtype_name.clone().unwrap_or_else(|| array.dtype.name());
    fact(ui, "dtype", &name, &format!("{}  {}", array.dtype.numpy_str(), array.dtype.order.words()));
    let shape = crate::tensor::tuple(array.shape());
    fact(ui, "shape", &shape, &counted(array.len(), "element"));
    let order = match a.order {
        'C' => "the last axis runs fastest",
        'F' => "the first axis runs fastest",
        _ => "in an order of its own",
    };
    fact(ui, "order", &a.order.to_string(), order);
    fact(ui, "item size", &words::size(array.dtype.item_size), "");
    if !a.complete {
        let there = array.elements_there();
        fact(ui, "complete", "no", &format!("{} of {} elements are there", grouped(there), grouped(array.len())));
    }
    if let Some(raw) = a.raw {
        fact(
            ui,
            "elements",
            &format!("{} to {}", words::offset(raw.start), words::offset(raw.end)),
            "in the file, as they are",
        );
    } else if let Some(outside) = &a.outside {
        fact(ui, "elements", outside, "outside of the pickle");
    }
    if array.mask().is_some() {
        fact(ui, "masked", "yes", "some elements are hidden");
    }
    if a.guessed {
        fact(ui, "guessed", "yes", "see the notes");
    }
}
