//! A plot as a file or on the clipboard: SVG, or a picture of it drawn as on the screen. Must never open a file.

use super::PlotView;
use super::canvas::{measure, paint};
use crate::export::figure::Figure;
use crate::session::{Action, Notice};
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::{Tokens, headless, icons};
use eframe::egui::{self, ColorImage, Popup, Theme, Ui};
use std::io::Cursor;
use std::sync::Arc;

/// Pixels for each point of a saved picture.
const SCALE: f32 = 2.0;

impl PlotView {
    /// The button whose menu saves and copies what is seen.
    pub(super) fn save_menu(&mut self, ui: &mut Ui, title: &str, out: &mut Vec<Action>) {
        let button = ToolButton::new(icons::DOWNLOAD, "Save or copy this plot");
        let r = ui.add(ToolButton { menu: true, ..button });
        let Some(figure) = &self.figure else { return };
        let figure = Figure { legend: figure.lines.len() > 1, ..figure.clone() };
        Popup::menu(&r).show(|ui| {
            let dark = Tokens::of(ui).dark;
            let save = |name: String, bytes: Vec<u8>| Action::SaveMade { name, bytes: Arc::new(bytes), to: None };
            if ui.button("Save as SVG…").clicked() {
                out.push(save(format!("{title}.svg"), figure.svg().into_bytes()));
            }
            if ui.button("Save as PNG…").clicked() {
                let mut png = Cursor::new(Vec::new());
                out.push(match picture(&figure, dark).write_to(&mut png, image::ImageFormat::Png) {
                    Ok(()) => save(format!("{title}.png"), png.into_inner()),
                    Err(e) => Action::Notify(Notice::error(format!("The plot cannot be written as PNG: {e}"))),
                });
            }
            if ui.button("Copy as a picture").clicked() {
                let p = picture(&figure, dark);
                let size = [p.width() as usize, p.height() as usize];
                ui.copy_image(ColorImage::from_rgba_unmultiplied(size, p.as_raw()));
                out.push(Action::Notify(Notice::note(format!("Copied a picture of {} × {}", size[0], size[1]))));
            }
            if ui.button("Copy the points that are drawn").clicked() {
                out.push(Action::CopyText(points(&figure)));
            }
        });
    }
}

/// A figure drawn without a window, at twice the resolution.
pub fn picture(figure: &Figure, dark: bool) -> image::RgbaImage {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    headless::picture(figure.size, SCALE, theme, 2, |ui| {
        let laid = figure.layout(&measure(ui));
        let rect = ui.ctx().content_rect();
        let painter = ui.painter_at(rect);
        let [r, g, b] = figure.colors.ground;
        painter.rect_filled(rect, 0.0, egui::Color32::from_rgb(r, g, b));
        paint(&painter, rect.min, &laid);
    })
}

/// Name, x and y of every point that is drawn, a line each, apart by tabs.
fn points(f: &Figure) -> String {
    let mut out = String::from("curve\tx\ty");
    for l in &f.lines {
        for [x, y] in l.parts.iter().flatten() {
            let name = l.name.replace(['\t', '\n', '\r'], " ");
            out.push_str(&format!("\n{name}\t{}\t{}", f.x.number(*x), f.y.number(*y)));
        }
    }
    out
}
