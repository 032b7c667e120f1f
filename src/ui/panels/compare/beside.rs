//! The chosen difference: its figures, both arrays and their difference as pictures, both parts' bytes.
//! Must never read an array in a frame, but for the element under the pointer.

use super::bytes::Hexes;
use super::pictures::Pictures;
use super::{Found, number};
use crate::interpret::compare::{Change, Difference};
use crate::interpret::{grouped, one_line};
use crate::session::{Action, DocId, Ends, Panel, PictureChange, View, ViewKind};
use crate::ui::widgets::elide;
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::{Tokens, fonts, icons, theme};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Sense, Ui, pos2, vec2};

/// What is kept from frame to frame.
#[derive(Default)]
pub(super) struct Beside {
    of: Option<Ends>,
    hexes: Hexes,
    pictures: Pictures,
}

impl Beside {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        docs: [DocId; 2],
        found: &Found<'_>,
        out: &mut Vec<Action>,
    ) {
        if self.of != Some(found.ends) {
            let hexes = Hexes::default();
            *self = Self { of: Some(found.ends), hexes, pictures: std::mem::take(&mut self.pictures) };
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        self.head(ui, found, out);
        let room = ui.available_height();
        if let Some(by) = &found.what.array {
            figures(ui, by);
            self.pictures.ui(ui, view, docs, found, (room * 0.55).clamp(60.0, 300.0), out);
        } else if found.what.change == Change::Changed {
            words(ui, found.what);
        }
        self.hexes.ui(ui, view, docs, found, out);
    }

    /// Its path, and ways on.
    fn head(&mut self, ui: &mut Ui, found: &Found<'_>, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, t.raised);
        let builder = egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(theme::GAP, 2.0)))
            .layout(egui::Layout::right_to_left(egui::Align::Center))
            .id_salt("difference");
        let mut child = ui.new_child(builder);
        child.spacing_mut().item_spacing.x = 2.0;
        let (before, after) = self.hexes.around();
        let next = ToolButton::new(icons::CARET_DOWN, "Next bytes that differ").enabled(after.is_some());
        if child.add(next).clicked() {
            self.hexes.go(after);
        }
        let back = ToolButton::new(icons::CARET_UP, "Previous bytes that differ").enabled(before.is_some());
        if child.add(back).clicked() {
            self.hexes.go(before);
        }
        if let (Some([a, b]), Some(_)) = (both(found.ends), &found.what.array) {
            let hint = "Both arrays and their difference in the view of the value, with all its controls";
            let large = ToolButton::new(icons::IMAGE, "Show in the image view").hint(hint);
            if child.add(large.enabled(self.pictures.is_plane())).clicked() {
                // The view takes the other from the one that is shown: the second less the first, as here.
                out.push(Action::Activate(b.0.doc));
                out.push(found.select());
                out.push(Action::SetView(ViewKind::Image));
                out.push(Action::Picture(PictureChange::Against(a.0, a.1)));
                out.push(Action::ShowPanel(Panel::Value));
            }
        }
        let room = child.available_rect_before_wrap();
        let path = if found.what.path.is_empty() { "root" } else { &found.what.path };
        let line = elide::middle(ui.painter(), path, &fonts::mono(), (room.right() - rect.left() - 16.0).max(20.0));
        line.paint_left(ui.painter(), pos2(rect.left() + 10.0, rect.center().y), t.text_strong);
    }
}

pub(super) fn both(ends: Ends) -> Option<[(crate::session::Place, crate::machine::Handle); 2]> {
    Some([ends[0]?, ends[1]?])
}

/// How much two arrays differ, in figures.
fn figures(ui: &mut Ui, by: &crate::interpret::compare::ArrayDifference) {
    let t = Tokens::of(ui);
    egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 4.0);
        ui.horizontal_wrapped(|ui| {
            let mut tell = |name: &str, value: String| {
                // A figure is not torn from its name.
                let kept = |s: &str| s.replace(' ', "\u{a0}");
                let format = |font, color| TextFormat { font_id: font, color, ..TextFormat::default() };
                let mut job = LayoutJob::default();
                job.append(&kept(name), 0.0, format(fonts::small(), t.text_soft));
                job.append(&kept(&value), 6.0, format(fonts::mono(), t.text_strong));
                ui.label(job);
                ui.add_space(theme::GAP_S);
            };
            tell("differ", format!("{} of {}", grouped(by.differing), grouped(by.elements)));
            if let Some(most) = by.largest {
                tell("max |Δ|", number(most));
            }
            if let Some(rms) = by.rms {
                tell("RMS Δ", number(rms));
            }
            if let Some(mean) = by.mean {
                tell("mean |Δ|", number(mean));
            }
            if by.nan > 0 {
                tell("NaN in one alone", grouped(by.nan));
            }
            if by.differing > 0 {
                let first: Vec<String> = by.first.iter().map(u64::to_string).collect();
                tell("first at", format!("[{}]", first.join(", ")));
            }
            if let Some((x, y)) = &by.dtypes {
                tell("dtype", format!("{x} → {y}"));
            }
        });
    });
}

/// What it was and is, in full.
fn words(ui: &mut Ui, d: &Difference) {
    let t = Tokens::of(ui);
    egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)).show(ui, |ui| {
        for (name, text) in [("was", &d.old), ("is", &d.new)] {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::ROW_LIST), Sense::hover());
            let (painter, y) = (ui.painter(), rect.center().y);
            elide::whole(painter, name, &fonts::small()).paint_left(painter, pos2(rect.left(), y), t.text_soft);
            let line = elide::middle(painter, &one_line(text, 400), &fonts::mono(), rect.width() - 30.0);
            line.paint_left(painter, pos2(rect.left() + 30.0, y), t.text_normal);
        }
    });
}
