//! The start page: what this is, a file to open, the recent ones, and samples to look at.
//! Must never open anything itself.

use super::icons::{self, Icon};
use super::{Tokens, fonts, theme};
use crate::session::{Action, Session};
use eframe::egui::{self, Align2, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use serde::Deserialize;
use std::io::Read;

/// A sample pickle of the tour.
#[derive(Clone, Debug, Deserialize)]
pub struct Sample {
    /// Its file.
    pub file: String,
    /// What it is.
    pub title: String,
    /// What is to be seen in it.
    pub see: String,
}

macro_rules! packed {
    ($($name:literal)*) => { &[$(($name, include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")))),*] };
}

/// The samples' bytes as gzip, by file; `build.rs` packs them.
static FILES: &[(&str, &[u8])] = packed! {
    "photo_rgb.pkl"
    "terrain.pkl"
    "signal.pkl"
    "galaxy_stack.pkl"
    "experiment.pkl"
    "dataframe.pkl"
    "python2_legacy.pkl"
    "damaged_cut.pkl"
    "suspicious.pkl"
};

/// The samples, in the order of the tour.
pub fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("../../assets/samples/tour.json")).unwrap_or_default()
}

/// The bytes of a sample.
pub fn sample_bytes(file: &str) -> Option<Vec<u8>> {
    let (_, packed) = FILES.iter().find(|(name, _)| *name == file)?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(*packed).read_to_end(&mut bytes).ok().map(|_| bytes)
}

fn sample_icon(file: &str) -> Icon {
    match file {
        "photo_rgb.pkl" => icons::IMAGE,
        "terrain.pkl" => icons::PALETTE,
        "signal.pkl" => icons::PLOT,
        "galaxy_stack.pkl" => icons::STACK,
        "experiment.pkl" => icons::TREE,
        "dataframe.pkl" => icons::TABLE,
        "python2_legacy.pkl" => icons::CLOCK,
        "damaged_cut.pkl" => icons::BROKEN,
        "suspicious.pkl" => icons::SHIELD_WARNING,
        _ => icons::FILE,
    }
}

/// What the page keeps from frame to frame.
pub struct Start {
    samples: Vec<Sample>,
}

impl Default for Start {
    fn default() -> Self {
        Self { samples: samples() }
    }
}

impl Start {
    /// Draws the page into all the space there is.
    pub fn ui(&self, ui: &mut Ui, session: &Session, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        ui.painter().rect_filled(ui.max_rect(), 0.0, t.base);
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = (ui.available_width() - 48.0).min(880.0);
            let margin = ((ui.available_width() - width) * 0.5).max(0.0);
            let top = ((ui.clip_rect().height() - 560.0) * 0.4).clamp(24.0, 160.0);
            ui.add_space(top);
            ui.horizontal(|ui| {
                ui.add_space(margin);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    self.page(ui, session, out);
                });
            });
            ui.add_space(32.0);
        });
    }

    fn page(&self, ui: &mut Ui, session: &Session, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let strong = egui::FontId::new(26.0, fonts::semibold_family());
        ui.label(egui::RichText::new("picklescope").font(strong).color(t.text_strong));
        ui.add_space(2.0);
        let what = "Opens any Python pickle and shows what is in it, byte by byte, without ever running it.";
        ui.label(egui::RichText::new(what).color(t.text_normal));
        ui.add_space(theme::GAP_L);
        ui.horizontal(|ui| {
            let open = egui::RichText::new("Open a file…").font(fonts::strong()).color(t.on_accent);
            let button = egui::Button::new((icons::OPEN.text().color(t.on_accent), open)).fill(t.accent);
            if ui.add(button.min_size(vec2(140.0, 32.0))).clicked() {
                out.push(Action::Command("file.open"));
            }
            ui.add_space(theme::GAP);
            ui.label(egui::RichText::new("or drop files anywhere in this window").color(t.text_soft));
        });
        ui.add_space(24.0);
        let wide = ui.available_width() > 640.0;
        if !session.settings.recent.is_empty() {
            heading(ui, "RECENT");
            for path in session.settings.recent.iter().take(6) {
                let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
                let folder = path.parent().map_or_else(String::new, |p| p.to_string_lossy().into_owned());
                let r = card(ui, icons::RECENT, &name, &folder, vec2(ui.available_width(), 32.0), true);
                if r.clicked() {
                    out.push(Action::Open(vec![path.clone()]));
                }
                r.context_menu(|ui| {
                    if ui.button("Forget this file").clicked() {
                        out.push(Action::ForgetRecent(path.clone()));
                    }
                });
            }
            ui.add_space(theme::GAP_L);
        }
        heading(ui, "SAMPLES TO LOOK AT");
        let columns = if wide { 3 } else { 1 };
        let width = (ui.available_width() - theme::GAP * (columns - 1) as f32) / columns as f32;
        for row in self.samples.chunks(columns) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                for s in row {
                    let r = card(ui, sample_icon(&s.file), &s.title, &s.see, vec2(width, 84.0), false);
                    if r.clicked()
                        && let Some(bytes) = sample_bytes(&s.file)
                    {
                        out.push(Action::OpenBytes { name: s.file.clone(), bytes });
                    }
                }
            });
            ui.add_space(theme::GAP_S);
        }
    }
}

fn heading(ui: &mut Ui, text: &str) {
    let t = Tokens::of(ui);
    ui.label(egui::RichText::new(text).font(fonts::header()).color(t.text_soft));
    ui.add_space(theme::GAP_S);
}

/// A thing to click, with a title and a line or two about it.
fn card(ui: &mut Ui, icon: Icon, title: &str, about: &str, size: egui::Vec2, line: bool) -> Response {
    let t = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, title));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let over = response.hovered();
    let painter = ui.painter_at(rect);
    let edge = if over { egui::Stroke::new(1.0, t.hover) } else { t.line_stroke() };
    painter.rect(rect, theme::RADIUS, if over { t.raised } else { t.panel }, edge, egui::StrokeKind::Inside);
    if response.has_focus() {
        painter.rect_stroke(rect, theme::RADIUS, t.focus_stroke(), egui::StrokeKind::Inside);
    }
    let inner = rect.shrink2(vec2(theme::EDGE, if line { 0.0 } else { 10.0 }));
    let y = if line { rect.center().y } else { inner.top() + 9.0 };
    icons::paint_at(&painter, pos2(inner.left() + 8.0, y), 16.0, icon, if over { t.accent } else { t.text_soft });
    let at = pos2(inner.left() + 24.0, y);
    let drawn = painter.text(at, Align2::LEFT_CENTER, title, fonts::strong(), t.text_strong);
    if line {
        let room = Rect::from_min_max(pos2(drawn.right() + theme::GAP, rect.top()), inner.max);
        let text = super::widgets::elide::middle(&painter, about, &fonts::small(), room.width().max(0.0));
        text.paint_left(&painter, pos2(room.left(), y), t.text_soft);
    } else {
        let galley = painter.layout(about.to_owned(), fonts::small(), t.text_soft, inner.width() - 24.0);
        painter.galley(pos2(inner.left() + 24.0, y + 13.0), galley, t.text_soft);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_of_the_tour_is_in_the_program() {
        let all = samples();
        assert_eq!(all.len(), FILES.len());
        for s in &all {
            let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples").join(&s.file);
            assert_eq!(sample_bytes(&s.file), std::fs::read(file).ok(), "{}", s.file);
            assert_ne!(sample_icon(&s.file).0, icons::FILE.0, "{}", s.file);
        }
    }
}
