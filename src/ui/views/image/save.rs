//! The picture as it is seen, with its axes, its bar of colours and its title: as PNG, as SVG, on the clipboard.
//! Must never open a file: it hands out what it made.

use super::canvas::Place;
use super::compare::Mode;
use super::overlay::values;
use super::{Frame, ImageView, Shown, Slicing, Source, strips};
use crate::export::colored::{Colors, Cut, Drawn};
use crate::export::figure::{Hold, SMALL, Shape};
use crate::export::plate::{Bar, IndexAxis, Pane, Pixels, Plate, bar_marks};
use crate::session::{Action, Captured, ExportHow, ExportRequest, Notice, Seen, View as Window};
use crate::tensor::{Colormap, Effort, Kind, Marks, Paint, Raster, Rendered, Scale, Stretch, View, tuple};
use crate::ui::capture::is_paper;
use crate::ui::views::plot::{colors, rgb, shape};
use crate::ui::views::statistics::written;
use crate::ui::{Tokens, headless, theme, words};
use eframe::egui::{self, ColorImage, FontFamily, FontId, TextureOptions, Theme, Ui, vec2};
use std::io::Cursor;
use std::sync::Arc;

/// Pixels for each point of a saved picture.
const SCALE: f32 = 2.0;

impl ImageView {
    /// A command wants a picture.
    pub fn want(&mut self, how: Captured) {
        self.wanted = Some(how);
    }

    /// Makes the picture that is wanted.
    pub(super) fn saved(
        &mut self,
        ui: &Ui,
        frame: &Frame<'_>,
        place: &Place,
        slicing: &Slicing,
        out: &mut Vec<Action>,
    ) {
        let seen = self.as_seen(frame, slicing);
        self.seen = Some(seen.clone());
        let Some(how) = self.wanted else { return };
        // what is on screen in place of the array goes out, or nothing: never the array that it hides
        let (place_of, handle) = match &frame.other {
            Some(o) if o.mode == Mode::Other => (o.place, o.handle),
            _ => (frame.win.place, frame.handle),
        };
        let hidden = match (&frame.other, how) {
            (Some(o), Captured::Elements | Captured::Numbers) if o.mode == Mode::Other && !o.alike => true,
            (Some(o), Captured::Numbers) => o.mode == Mode::Difference,
            _ => false,
        };
        if hidden {
            let text = "What is shown is not the array's own: show the array itself, then copy.";
            out.push(Action::Notify(Notice::error(text)));
            self.wanted = None;
            return;
        }
        match how {
            Captured::Elements => {
                let how = ExportHow { colors: Some(Box::new(seen)), ..ExportHow::default() };
                let request = ExportRequest { place: place_of, handle, kind: "png", to: None, how };
                out.push(Action::CopyPicture(Box::new(request)));
                self.wanted = None;
                return;
            }
            Captured::Numbers => {
                let (cut, part) = (seen.colors.cut, self.region);
                out.push(Action::CopyNumbers { place: place_of, handle, cut, part });
                self.wanted = None;
                return;
            }
            Captured::Png | Captured::Svg | Captured::Copied => {}
        }
        let Some(plate) = self.plate(ui, frame, place, slicing) else {
            // the picture is on its way
            ui.request_repaint();
            return;
        };
        self.wanted = None;
        let dark = Tokens::of(ui).dark && !is_paper(ui.ctx());
        let name = frame.win.session.name_of_selection();
        let save = |name: String, bytes| Action::SaveMade { name, bytes: Arc::new(bytes), to: None };
        out.push(match how {
            Captured::Svg => save(format!("{name}.svg"), plate.svg().into_bytes()),
            Captured::Png => {
                let mut png = Cursor::new(Vec::new());
                match picture(&plate, dark).write_to(&mut png, image::ImageFormat::Png) {
                    Ok(()) => save(format!("{name}.png"), png.into_inner()),
                    Err(e) => Action::Notify(Notice::error(format!("The picture cannot be written as PNG: {e}"))),
                }
            }
            Captured::Copied | Captured::Elements | Captured::Numbers => {
                let p = picture(&plate, dark);
                let size = [p.width() as usize, p.height() as usize];
                ui.copy_image(ColorImage::from_rgba_unmultiplied(size, p.as_raw()));
                Action::Notify(Notice::note(format!("Copied a picture of {} × {}", size[0], size[1])))
            }
        });
    }

    /// What is shown of the array, and in which colours.
    fn as_seen(&self, frame: &Frame<'_>, slicing: &Slicing) -> Seen {
        let difference = matches!(frame.paint, Paint::Difference { .. });
        let drawn = match frame.shown {
            _ if difference => Drawn::Difference,
            Shown::Rgb(_) => Drawn::Rgb,
            Shown::Domain => Drawn::Domain,
            Shown::Values | Shown::Labels => Drawn::Values,
        };
        let map = if frame.shown == Shown::Domain { Colormap::Twilight } else { self.map(frame.array, difference) };
        let inverted = if self.inverted { ", inverted" } else { "" };
        let cut = Cut {
            row: slicing.row,
            col: slicing.col,
            channels: frame.channels(),
            fixed: slicing.fixed.clone(),
            turn: self.turn,
        };
        let colormap = format!("{}{inverted}", map.name());
        let colors = Colors { cut, paint: frame.paint.clone(), drawn, part: frame.part, colormap };
        let other = frame.other.as_ref().filter(|_| difference).map(|o| (o.place, o.handle));
        Seen { colors, other }
    }

    /// What is seen as a drawing; `None` while there is no picture yet.
    fn plate(&self, ui: &Ui, frame: &Frame<'_>, place: &Place, slicing: &Slicing) -> Option<Plate> {
        let t = if is_paper(ui.ctx()) { &theme::LIGHT } else { Tokens::of(ui) };
        let raster = frame.raster.as_ref()?;
        let seen = InWindow::new(place)?;
        let side = frame.other.as_ref().filter(|o| o.mode == Mode::Side);
        // first what may have to be waited for
        let beside = match side {
            Some(o) => {
                let source =
                    Source { win: frame.win, place: frame.win.place, handle: frame.handle, of: frame.of.clone() };
                Some((o, o.raster(&source, frame.shown, frame.part, self.reduce(frame.shown))?))
            }
            None => None,
        };
        let (pixels, rendered) = seen.pixels(raster, &frame.paint);
        let pane = |pixels, caption: &str, over| Pane {
            caption: caption.to_owned(),
            pixels,
            size: seen.size,
            axes: seen.axes(place, slicing),
            over,
        };
        let over = self.over(frame, place, &seen, t);
        let panes = match beside {
            None => vec![pane(pixels, "", over)],
            Some((o, raster)) => {
                let other = seen.pixels(&raster, &frame.paint).0;
                vec![pane(pixels, "this", over), pane(other, &o.name, Vec::new())]
            }
        };
        let path = path_of(frame.win);
        let named = !path.is_empty();
        let mut title = if named { path } else { file_of(frame.win) };
        match frame.other.as_ref().map(|o| (o.mode, o.name.as_str())) {
            Some((Mode::Other, name)) => title = format!("{name}, in place of {title}"),
            Some((Mode::Difference, name)) => title = format!("{title} − {name}"),
            _ => {}
        }
        let mut parts = vec![format!("{} {}", frame.array.dtype.name(), tuple(frame.array.shape()))];
        let cut = self.as_seen(frame, slicing).colors.cut;
        if cut.is_part() {
            parts.push(cut.text());
        }
        if frame.array.dtype.is_complex() {
            parts.push(if frame.shown == Shown::Domain { "domain colour" } else { frame.part.name() }.to_owned());
        }
        if named {
            parts.push(file_of(frame.win));
        }
        Some(Plate {
            title,
            subtitle: parts.join(" · "),
            panes,
            bar: self.plate_bar(frame, seen.size[1]),
            legend: legend(frame),
            notes: self.notes(frame, rendered, t),
            colors: colors(t),
        })
    }

    fn plate_bar(&self, frame: &Frame<'_>, height: f32) -> Option<Bar> {
        let most = ((height.max(120.0) / 34.0) as usize).clamp(2, 12);
        if matches!(frame.shown, Shown::Rgb(_) | Shown::Labels) || no_numbers(frame) || is_bool(frame) {
            return None;
        }
        if frame.shown == Shown::Domain {
            let ticks = [(0.0, "−π"), (0.25, "−π/2"), (0.5, "0"), (0.75, "π/2"), (1.0, "π")];
            return Some(Bar {
                name: "angle".to_owned(),
                colors: Colormap::Twilight.lut(self.inverted).to_vec(),
                ticks: ticks.map(|(u, s)| (u, s.to_owned())).to_vec(),
            });
        }
        let difference = matches!(frame.paint, Paint::Difference { .. });
        let (Paint::Mapped { lut, .. } | Paint::Difference { lut, .. }) = &frame.paint else { return None };
        let time = matches!(frame.array.dtype.kind, Kind::Datetime(_) | Kind::Timedelta(_));
        let ticks = if time {
            [0.0, 0.25, 0.5, 0.75, 1.0]
                .map(|u| (u as f32, written(frame.array, frame.scale.inverse(u), difference)))
                .to_vec()
        } else {
            bar_marks(frame.scale, most)
        };
        let what = match frame.shown {
            _ if difference => "difference",
            Shown::Values if frame.array.dtype.is_complex() => frame.part.name(),
            _ => "",
        };
        let name = match (what, spread(frame.scale)) {
            (what, None) => what.to_owned(),
            ("", Some(s)) => s,
            (what, Some(s)) => format!("{what}, {s}"),
        };
        Some(Bar { name, colors: lut.to_vec(), ticks })
    }

    /// What is said beneath: how pixels were made of elements, and what is no ordinary number.
    fn notes(&self, frame: &Frame<'_>, rendered: Rendered, t: &Tokens) -> Vec<(Option<[u8; 3]>, String)> {
        let mut notes = Vec::new();
        if rendered.sampled {
            notes.push((None, "each pixel is one of many elements".to_owned()));
        } else if rendered.factor != [1, 1] {
            let how = self.reduce(frame.shown).name();
            notes.push((None, format!("pixel: {how} of {} × {}", rendered.factor[0], rendered.factor[1])));
        }
        if let Shown::Rgb(axis) = frame.shown {
            let n = frame.planes.len();
            let names = if n == 4 { "red, green, blue, opacity" } else { "red, green, blue" };
            let ends = [frame.scale.lo, frame.scale.hi].map(super::controls::short);
            let curve = spread(frame.scale).map_or_else(String::new, |s| format!(", {s}"));
            notes.push((None, format!("{names}: axis {axis}, from {} to {}{curve}", ends[0], ends[1])));
        }
        if frame.shown == Shown::Domain {
            let ends = [frame.scale.lo, frame.scale.hi].map(super::controls::short);
            let curve = spread(frame.scale).map_or_else(String::new, |s| format!(", {s}"));
            notes.push((None, format!("brightness: magnitude from {} to {}{curve}", ends[0], ends[1])));
        }
        if frame.planes.iter().any(|p| !p.is_complete()) {
            notes.push((None, "hatched: not in the file".to_owned()));
        }
        let Some(r) = &frame.range else { return notes };
        let marks = if t.dark { Marks::dark() } else { Marks::light() };
        let ranged = self.clipped && !matches!(frame.shown, Shown::Labels);
        let (lo, hi) = (frame.scale.lo.min(frame.scale.hi), frame.scale.lo.max(frame.scale.hi));
        let (below, above) = if ranged { r.beyond(lo, hi) } else { (0, 0) };
        let so_far = if r.partial { " so far" } else { "" };
        let about = if r.is_whole() { "" } else { "about " };
        for (n, mark, what, about) in [
            (below, Marks::BELOW, "below", about),
            (above, Marks::ABOVE, "above", about),
            (r.neg_inf, marks.neg_inf, "−∞", ""),
            (r.pos_inf, marks.pos_inf, "+∞", ""),
            (r.nan, marks.nan, "NaN", ""),
            (r.masked, marks.masked, "masked", ""),
        ] {
            if n > 0 {
                notes.push((Some(mark), format!("{about}{} {what}{so_far}", words::grouped(n))));
            }
        }
        notes
    }

    /// What lies over the picture: outlined parts, the region, the line, values in large pixels.
    fn over(&self, frame: &Frame<'_>, place: &Place, seen: &InWindow, t: &Tokens) -> Vec<Shape> {
        let mut out = Vec::new();
        let at = |p: egui::Pos2| [p.x - place.rect.left() - seen.left[0], p.y - place.rect.top() - seen.left[1]];
        // the ground of all lines lies under all of them, or they would cut each other
        let mut ink = Vec::new();
        let mut stroke = |a: [f32; 2], b: [f32; 2]| {
            if let Some(ends) = clipped(a, b, seen.size) {
                out.push(Shape::Stroke { ends, color: rgb(t.base), width: 3.5 });
                ink.push(Shape::Stroke { ends, color: rgb(t.warning), width: 1.5 });
            }
        };
        let mut sides = |a: [f32; 2], b: [f32; 2]| {
            stroke(a, [b[0], a[1]]);
            stroke([a[0], b[1]], b);
            stroke(a, [a[0], b[1]]);
            stroke([b[0], a[1]], b);
        };
        for m in &self.marked {
            let r = place.cell(m.from).union(place.cell(m.to));
            sides(at(r.min), at(r.max));
        }
        if let Some([r0, c0, r1, c1]) = self.region {
            sides(at(place.screen([r0 as f64, c0 as f64])), at(place.screen([r1 as f64, c1 as f64])));
        }
        if let Some([a, b]) = self.line {
            let ends = [at(place.screen(a)), at(place.screen(b))];
            stroke(ends[0], ends[1]);
            out.append(&mut ink);
            for (p, name) in ends.into_iter().zip(["A", "B"]) {
                let inside = (0.0..seen.size[0]).contains(&p[0]) && (0.0..seen.size[1]).contains(&p[1]);
                if inside {
                    out.push(Shape::Dot { at: p, radius: 3.5, color: rgb(t.warning) });
                    out.push(Shape::Text {
                        at: [p[0] + 7.0, p[1] - 9.0],
                        hold: Hold::Left,
                        text: name.to_owned(),
                        size: SMALL,
                        color: rgb(t.warning),
                        up: false,
                    });
                }
            }
        }
        out.append(&mut ink);
        if self.numbers {
            for (p, text, ink) in values(frame, place) {
                let [x, y] = at(p);
                if (0.0..seen.size[0]).contains(&x) && (0.0..seen.size[1]).contains(&y) {
                    let color = rgb(ink);
                    out.push(Shape::Text { at: [x, y], hold: Hold::Center, text, size: 11.0, color, up: false });
                }
            }
        }
        out
    }
}

/// How values are spread, where not evenly.
fn spread(scale: Scale) -> Option<String> {
    match scale.stretch {
        Stretch::Linear => None,
        Stretch::Gamma(g) => Some(format!("gamma {g}")),
        s => Some(s.name().to_owned()),
    }
}

/// Two values need no bar of colours.
fn is_bool(frame: &Frame<'_>) -> bool {
    frame.array.dtype.kind == Kind::Bool && matches!(frame.paint, Paint::Mapped { .. })
}

/// Colours that mean one value each.
fn legend(frame: &Frame<'_>) -> Vec<([u8; 3], String)> {
    if frame.shown == Shown::Labels {
        return strips::labels(frame);
    }
    let color = |v: f64| frame.paint.color(&[v]).map(|[r, g, b, _]| [r, g, b]);
    let pair = [(0.0, "False"), (1.0, "True")].into_iter().filter(|_| is_bool(frame));
    pair.filter_map(|(v, said)| Some((color(v)?, said.to_owned()))).collect()
}

/// Colours that no element has would only mislead.
fn no_numbers(frame: &Frame<'_>) -> bool {
    frame.range.as_ref().is_some_and(|r| r.extremes.is_none())
}

/// The path of the value that is shown.
pub(in crate::ui) fn path_of(win: &Window<'_>) -> String {
    win.session.path_at(win.place)
}

fn file_of(win: &Window<'_>) -> String {
    win.doc.map_or_else(String::new, |d| d.title.clone())
}

/// The part of the picture that is in the window.
struct InWindow {
    /// From and to in the picture: left, top, right, bottom.
    edges: [f64; 4],
    /// Where its upper left corner is in the window, in points.
    left: [f32; 2],
    /// Its size in points.
    size: [f32; 2],
    /// How it is drawn.
    view: View,
}

impl InWindow {
    fn new(place: &Place) -> Option<Self> {
        let v = place.view;
        let [w, h] = v.turn.size(place.rows, place.cols).map(|n| n as f64);
        let far = v.to_picture(v.size.map(f64::from));
        let (u0, v0) = (v.origin[0].max(0.0), v.origin[1].max(0.0));
        let (u1, v1) = (far[0].min(w), far[1].min(h));
        if !(u1 > u0 && v1 > v0) {
            return None;
        }
        let ppp = f64::from(place.ppp);
        let corner = v.to_window([u0, v0]);
        let pixels = |extent: f64, scale: f64| (extent * scale / ppp * f64::from(SCALE)).round().clamp(1.0, 8000.0);
        let size = [pixels(u1 - u0, v.scale[0]), pixels(v1 - v0, v.scale[1])];
        let scale = [size[0] / (u1 - u0), size[1] / (v1 - v0)];
        Some(Self {
            edges: [u0, v0, u1, v1],
            left: corner.map(|c| (c / ppp) as f32),
            size: size.map(|s| s as f32 / SCALE),
            view: View { origin: [u0, v0], scale, size: size.map(|s| s as u32), turn: v.turn },
        })
    }

    fn pixels(&self, raster: &Raster, paint: &Paint) -> (Pixels, Rendered) {
        let mut data = Vec::new();
        let rendered = raster.render(&self.view, paint, Effort::ALL, &mut data);
        (Pixels { size: self.view.size, data }, rendered)
    }

    /// The axis across and the axis down.
    fn axes(&self, place: &Place, slicing: &Slicing) -> [IndexAxis; 2] {
        let [u0, v0, u1, v1] = self.edges;
        let turn = self.view.turn;
        let from = turn.to_plane(place.rows, place.cols, [u0, v0]);
        let to = turn.to_plane(place.rows, place.cols, [u1, v1]);
        let rows = IndexAxis { name: format!("row (axis {})", slicing.row), edges: (from[0], to[0]) };
        let cols = IndexAxis { name: format!("column (axis {})", slicing.col), edges: (from[1], to[1]) };
        if turn.transpose { [rows, cols] } else { [cols, rows] }
    }
}

/// The part of a straight line within a box from 0, 0.
fn clipped(a: [f32; 2], b: [f32; 2], size: [f32; 2]) -> Option<[[f32; 2]; 2]> {
    let (mut from, mut to) = (0.0_f32, 1.0_f32);
    for k in 0..2 {
        let d = b[k] - a[k];
        if d == 0.0 {
            if a[k] < 0.0 || a[k] > size[k] {
                return None;
            }
            continue;
        }
        let (p, q) = (-a[k] / d, (size[k] - a[k]) / d);
        (from, to) = (from.max(p.min(q)), to.min(p.max(q)));
    }
    let at = |u: f32| [a[0] + u * (b[0] - a[0]), a[1] + u * (b[1] - a[1])];
    (from <= to).then(|| [at(from), at(to)])
}

/// A plate drawn without a window, at twice the resolution.
pub fn picture(plate: &Plate, dark: bool) -> image::RgbaImage {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let measured = std::cell::Cell::new([64.0, 64.0]);
    let font = |size| FontId::new(size, FontFamily::Proportional);
    let layout = |ui: &Ui| {
        plate.layout(&|text, size| {
            ui.painter().layout_no_wrap(text.to_owned(), font(size), egui::Color32::WHITE).size().x
        })
    };
    // how large it is, is known once its words were measured
    _ = headless::picture([64.0, 64.0], SCALE, theme, 1, |ui| measured.set(layout(ui).size));
    headless::picture(measured.get(), SCALE, theme, 1, |ui| {
        let laid = layout(ui);
        let rect = ui.ctx().content_rect();
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, color(plate.colors.ground));
        let show = |[l, t, r, b]: [f32; 4], pixels: &Pixels, options| {
            let size = pixels.size.map(|n| n as usize);
            let image = ColorImage::from_rgba_unmultiplied(size, pixels.data.as_flattened());
            let texture = ui.load_texture("plate", image, options);
            let at = egui::Rect::from_min_max(rect.min + vec2(l, t), rect.min + vec2(r, b));
            let whole = egui::Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.image(texture.id(), at, whole, egui::Color32::WHITE);
            ui.ctx().data_mut(|d| d.insert_temp(egui::Id::unique(("plate", l.to_bits())), texture));
        };
        for (at, p) in laid.panes.iter().zip(&plate.panes) {
            show(*at, &p.pixels, TextureOptions::NEAREST);
        }
        if let Some((at, pixels)) = &laid.bar {
            show(*at, pixels, TextureOptions::NEAREST);
        }
        laid.shapes.iter().for_each(|s| shape(&painter, rect.min, s));
    })
}

const fn color([r, g, b]: [u8; 3]) -> egui::Color32 {
    egui::Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Turn;

    #[test]
    fn lines_end_at_the_edge_of_the_picture() {
        let size = [10.0, 10.0];
        assert_eq!(clipped([-5.0, 5.0], [15.0, 5.0], size), Some([[0.0, 5.0], [10.0, 5.0]]));
        assert_eq!(clipped([2.0, 2.0], [4.0, 4.0], size), Some([[2.0, 2.0], [4.0, 4.0]]));
        assert_eq!(clipped([-5.0, 11.0], [15.0, 11.0], size), None);
        assert_eq!(clipped([-9.0, 5.0], [-1.0, 6.0], size), None);
    }

    #[test]
    fn the_axes_are_those_of_what_is_seen_however_it_is_turned() {
        let mut slicing = Slicing::default();
        slicing.follow(&[30, 50]);
        let rect = egui::Rect::from_min_size(egui::pos2(100.0, 40.0), vec2(200.0, 100.0));
        let seen = |turn: Turn, zoom: f64| {
            let view = View::fit(30, 50, turn, [400, 200]).zoomed(zoom, [0.0, 0.0]);
            let place = Place { rect, view, rows: 30, cols: 50, ppp: 2.0 };
            let seen = InWindow::new(&place).unwrap();
            (seen.axes(&place, &slicing), seen.size, seen.view.size)
        };
        let ([x, y], size, pixels) = seen(Turn::default(), 1.0);
        assert_eq!((x.edges, y.edges, y.name.as_str()), ((0.0, 50.0), (0.0, 30.0), "row (axis 0)"));
        assert_eq!(pixels, [333, 200]);
        assert!((size[0] - 166.5).abs() < 0.1 && size[1] == 100.0);
        let ([x, y], ..) = seen(Turn { flip_x: true, flip_y: true, transpose: false }, 1.0);
        assert_eq!((x.edges, y.edges), ((50.0, 0.0), (30.0, 0.0)));
        let ([x, y], ..) = seen(Turn::default().transposed(), 1.0);
        assert_eq!((x.edges, y.edges, x.name.as_str()), ((0.0, 30.0), (0.0, 50.0), "row (axis 0)"));
        // twice as large about the upper left corner of the window
        let ([x, y], ..) = seen(Turn::default(), 2.0);
        assert!(x.edges.1 < 50.0 && x.edges.0 == 0.0 && y.edges == (0.0, 15.0), "{x:?} {y:?}");
    }
}
