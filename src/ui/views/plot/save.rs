//! A plot as a file or on the clipboard: SVG, or a picture of it drawn as on the screen. Must never open a file.

use super::canvas::{colors, measure, paint};
use super::{PlotView, Subject, series};
use crate::export::figure::{Figure, Line};
use crate::interpret::grouped;
use crate::session::{Action, Captured, Notice, View};
use crate::ui::capture::is_paper;
use crate::ui::views::image::path_of;
use crate::ui::{Tokens, headless, theme};
use eframe::egui::{self, ColorImage, Theme, Ui};
use std::io::Cursor;
use std::sync::Arc;

/// Pixels for each point of a saved picture.
const SCALE: f32 = 2.0;

impl PlotView {
    /// A command wants a picture.
    pub fn want(&mut self, how: Captured) {
        self.wanted = Some(how);
    }

    /// There is nothing to be saved.
    pub(super) fn no_plot(&mut self, out: &mut Vec<Action>) {
        if self.wanted.take().is_some() {
            out.push(Action::Notify(Notice::error("There is no plot to save.")));
        }
    }

    /// Makes the picture that is wanted.
    pub(super) fn saved(&mut self, ui: &Ui, view: &View<'_>, subject: Subject<'_>, out: &mut Vec<Action>) {
        let Some((how, figure)) = self.wanted.take().zip(self.figure.as_ref()) else { return };
        let dark = Tokens::of(ui).dark && !is_paper(ui.ctx());
        let (path, file) = (path_of(view), view.doc.map_or("", |d| d.title.as_str()));
        let title = if path.is_empty() { file } else { path.as_str() }.to_owned();
        let mut about = match subject {
            Subject::Array(a) => format!("{} {}", a.dtype.name(), crate::tensor::tuple(a.shape())),
            Subject::Frame(f) => format!("{} rows × {} columns", grouped(f.rows), grouped(f.width)),
        };
        if !path.is_empty() {
            about.push_str(&format!(" · {file}"));
        }
        let paper = is_paper(ui.ctx());
        let colors = if paper { colors(&theme::LIGHT) } else { figure.colors };
        let on_paper = |l: &Line| {
            let color = if paper { series::on_light(l.color, Tokens::of(ui)) } else { l.color };
            Line { color, ..l.clone() }
        };
        let lines = figure.lines.iter().map(on_paper).collect();
        let legend = figure.lines.len() > 1;
        let [w, h] = figure.size;
        // as large as on the screen, with room for the title
        let figure =
            Figure { legend, lines, title: [title, about], colors, size: [w.max(240.0), h + 38.0], ..figure.clone() };
        let name = view.session.name_of_selection();
        let save = |name: String, bytes: Vec<u8>| Action::SaveMade { name, bytes: Arc::new(bytes), to: None };
        out.push(match how {
            Captured::Svg => save(format!("{name}.svg"), figure.svg().into_bytes()),
            Captured::Png => {
                let mut png = Cursor::new(Vec::new());
                match picture(&figure, dark).write_to(&mut png, image::ImageFormat::Png) {
                    Ok(()) => save(format!("{name}.png"), png.into_inner()),
                    Err(e) => Action::Notify(Notice::error(format!("The plot cannot be written as PNG: {e}"))),
                }
            }
            Captured::Numbers => Action::CopyText(points(&figure)),
            Captured::Copied | Captured::Elements => {
                let p = picture(&figure, dark);
                let size = [p.width() as usize, p.height() as usize];
                ui.copy_image(ColorImage::from_rgba_unmultiplied(size, p.as_raw()));
                Action::Notify(Notice::note(format!("Copied a picture of {} × {}", size[0], size[1])))
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
