//! Two arrays and their difference as small pictures, or as curves: drawn beside the frame, looked at here.
//! Must never read more of an array than the element under the pointer.

use super::beside::both;
use super::{Found, number};
use crate::interpret::one_line;
use crate::machine::Handle;
use crate::session::{Action, DocId, Item, Outcome, Place, View};
use crate::tensor::{Beside, Colormap, Curves, Part, Planes};
use crate::ui::views::image::short;
use crate::ui::widgets::elide;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Color32, ColorImage, Painter, Rect, RichText, Role, Sense, Shape, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

/// Height of what is written above and beneath a picture, in points.
const CAPTION: f32 = 18.0;
const LEGEND: f32 = 24.0;
/// Height of a bar of colours.
const BAR: f32 = 6.0;

/// What is kept from frame to frame.
#[derive(Default)]
pub(super) struct Pictures {
    made: Option<Arc<Option<Beside>>>,
    textures: Vec<TextureHandle>,
}

impl Pictures {
    /// It shows planes, not curves.
    pub(super) fn is_plane(&self) -> bool {
        matches!(self.made.as_deref(), Some(Some(Beside::Planes(_))))
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        docs: [DocId; 2],
        found: &Found<'_>,
        height: f32,
        out: &mut Vec<Action>,
    ) {
        let (Some(ends), Some(by)) = (both(found.ends), &found.what.array) else { return };
        let t = Tokens::of(ui);
        let width = ui.available_width() - 2.0 * 10.0;
        let each = ((width - 2.0 * theme::GAP_L) / 3.0).max(24.0);
        let room = (height - CAPTION - LEGEND).max(24.0);
        // In steps, so that a panel that is resized does not draw anew for every point.
        let pixels = |points: f32| ((points * ui.pixels_per_point() / 32.0).floor() * 32.0).clamp(32.0, 1024.0) as u32;
        let most = [pixels(each), pixels(room)];
        match view.session.arrays_beside(found.ends, by.first.clone(), most, t.dark) {
            Outcome::Ready(made) => {
                if !self.made.as_ref().is_some_and(|m| Arc::ptr_eq(m, &made)) {
                    self.textures = textures(ui, &made);
                    self.made = Some(made);
                }
            }
            Outcome::Pending => {
                // The pictures of what was chosen before are those of something else.
                (self.made, self.textures) = (None, Vec::new());
                let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
                let text = "Drawing the difference…";
                ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, fonts::small(), t.text_soft);
                return;
            }
            Outcome::Failed(why) => {
                (self.made, self.textures) = (None, Vec::new());
                ui.label(egui::RichText::new(format!("  {why}")).color(t.text_soft));
                return;
            }
        }
        let Some(made) = self.made.clone() else { return };
        let titles = docs.map(|d| view.session.document_of(d).map_or("", |d| d.title.as_str()));
        match &*made {
            Some(Beside::Planes(p)) => self.planes(ui, view, p, (ends, titles), [each, room], out),
            Some(Beside::Curves(c)) => curves(ui, view, c, (ends, titles), height, out),
            None => {}
        }
    }

    fn planes(
        &self,
        ui: &mut Ui,
        view: &View<'_>,
        p: &Planes,
        (ends, titles): ([(Place, Handle); 2], [&str; 2]),
        [each, room]: [f32; 2],
        out: &mut Vec<Action>,
    ) {
        let t = Tokens::of(ui);
        let aspect = p.size[1] as f32 / p.size[0].max(1) as f32;
        // What is very long is drawn no thinner than a quarter, as in other small pictures.
        let (w, h) = if each / aspect <= room { (each, each / aspect) } else { (room * aspect, room) };
        let (w, h) = (w.max(each * 0.25), h.max(room * 0.25).min(room));
        let total = CAPTION + h + LEGEND;
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), total), Sense::hover());
        let names = [one_line(titles[0], 60), one_line(titles[1], 60), "second − first".to_owned()];
        let mut pointed = None;
        for (i, (name, texture)) in names.iter().zip(&self.textures).enumerate() {
            let left = rect.left() + 10.0 + i as f32 * (each + theme::GAP_L);
            let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(each, total));
            let caption = elide::middle(ui.painter(), name, &fonts::small(), each);
            let place = Rect::from_min_size(pos2(left, rect.top() + CAPTION), vec2(w, h));
            caption.paint_left(ui.painter(), pos2(left, rect.top() + CAPTION * 0.5), t.text_soft);
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), place, uv, Color32::WHITE);
            ui.painter().rect_stroke(place, 0.0, t.line_stroke(), StrokeKind::Outside);
            let (map, lo, hi) = match i {
                2 => (Colormap::RedBlue.lut(false), -p.by, p.by),
                _ => (Colormap::Viridis.lut(false), p.range.0, p.range.1),
            };
            legend(ui.painter(), pos2(left, place.bottom() + 5.0), w.max(60.0).min(cell.width()), &map, (lo, hi), t);
            let response = ui.interact(place, ui.make_persistent_id(("picture", i)), Sense::CLICK);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Picture: {name}")));
            if let Some(at) = response.hover_pos() {
                let part = |from: f32, to: f32, at: f32, n: u64| {
                    (f64::from((at - from) / (to - from)) * n as f64).floor().clamp(0.0, n as f64 - 1.0) as u64
                };
                let row = part(place.top(), place.bottom(), at.y, p.size[0]);
                let col = part(place.left(), place.right(), at.x, p.size[1]);
                let mut index = p.fixed.clone();
                for (axis, n) in p.axes.into_iter().zip([row, col]) {
                    if let Some(slot) = index.get_mut(axis) {
                        *slot = n;
                    }
                }
                pointed = Some((response, index));
            }
        }
        let part = if p.part == Part::Real || !p.fixed.is_empty() { "" } else { p.part.name() };
        if !part.is_empty() {
            ui.painter().text(rect.right_top(), egui::Align2::RIGHT_TOP, part, fonts::small(), t.text_soft);
        }
        if let Some((response, index)) = pointed {
            read_out(view, response, ends, titles, index, out);
        }
    }
}

/// What stands at an element in both; a click selects it.
fn read_out(
    view: &View<'_>,
    response: egui::Response,
    ends: [(Place, Handle); 2],
    titles: [&str; 2],
    index: Vec<u64>,
    out: &mut Vec<Action>,
) {
    if response.clicked() {
        out.push(Action::SelectInBoth(ends.map(|(place, h)| Some(Item::of_element(place, h, index.clone())))));
    }
    response.on_hover_ui_at_pointer(|ui| {
        let t = Tokens::of(ui);
        let text: Vec<String> = index.iter().map(u64::to_string).collect();
        ui.label(RichText::new(format!("[{}]", text.join(", "))).font(fonts::mono()).color(t.text_strong));
        let value = |(place, h): (Place, Handle)| {
            let m = view.session.full_meaning(place, h).ready()?;
            m.body.array().map(|a| a.array.value(&index))
        };
        let values = ends.map(value);
        for (title, v) in titles.iter().zip(&values) {
            let Some(v) = v else { continue };
            ui.horizontal(|ui| {
                ui.label(RichText::new(v.text()).font(fonts::mono()).color(t.text_normal));
                ui.label(RichText::new(one_line(title, 40)).font(fonts::small()).color(t.text_soft));
            });
        }
        if let [Some(a), Some(b)] = values.map(|v| v.and_then(|v| v.to_f64())) {
            ui.label(RichText::new(format!("difference {}", number(b - a))).color(t.text_soft));
        }
    });
}

fn textures(ui: &Ui, made: &Option<Beside>) -> Vec<TextureHandle> {
    let Some(Beside::Planes(p)) = made else { return Vec::new() };
    let load = |t: &crate::tensor::Thumb| {
        let size = t.size.map(|n| n as usize);
        let bytes: Vec<u8> = t.pixels.iter().flatten().copied().collect();
        ui.load_texture("compared", ColorImage::from_rgba_unmultiplied(size, &bytes), TextureOptions::NEAREST)
    };
    p.pictures.iter().map(load).collect()
}

/// A bar of colours with the values at its ends.
fn legend(painter: &Painter, at: egui::Pos2, width: f32, map: &[[u8; 3]; 256], (lo, hi): (f64, f64), t: &Tokens) {
    let mut mesh = egui::Mesh::default();
    let steps = 32_usize;
    for i in 0..=steps {
        let [r, g, b] = map[(i * 255 / steps).min(255)];
        let x = at.x + width * i as f32 / steps as f32;
        let n = mesh.vertices.len() as u32;
        mesh.colored_vertex(pos2(x, at.y), Color32::from_rgb(r, g, b));
        mesh.colored_vertex(pos2(x, at.y + BAR), Color32::from_rgb(r, g, b));
        if i > 0 {
            mesh.add_triangle(n - 2, n - 1, n);
            mesh.add_triangle(n - 1, n, n + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
    let y = at.y + BAR + 7.0;
    let hi = elide::whole(painter, &short(hi), &fonts::mono_small());
    let left = hi.paint_right(painter, pos2(at.x + width, y), t.text_soft).left();
    let lo = elide::middle(painter, &short(lo), &fonts::mono_small(), left - at.x - 4.0);
    lo.paint_left(painter, pos2(at.x, y), t.text_soft);
}

/// Both curves in one frame, and their difference beneath.
fn curves(
    ui: &mut Ui,
    view: &View<'_>,
    c: &Curves,
    (ends, titles): ([(Place, Handle); 2], [&str; 2]),
    height: f32,
    out: &mut Vec<Action>,
) {
    let t = Tokens::of(ui);
    let colors = [t.note, t.accent, t.warning];
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Both curves and their difference"));
    let painter = ui.painter_at(rect);
    let mut x = rect.left() + 10.0;
    let names = [one_line(titles[0], 40), one_line(titles[1], 40), "second − first".to_owned()];
    let y = rect.top() + CAPTION * 0.5;
    for (name, color) in names.iter().zip(colors) {
        painter.hline(x..=x + 14.0, painter.round_to_pixel_center(y), Stroke::new(2.0, color));
        let room = (rect.width() / 3.0 - 40.0).max(20.0);
        let line = elide::middle(&painter, name, &fonts::small(), room);
        x = line.paint_left(&painter, pos2(x + 20.0, y), t.text_soft).right() + theme::GAP_L;
    }
    let labels = 64.0_f32.min(rect.width() * 0.25);
    let frame = Rect::from_min_max(
        pos2(rect.left() + 10.0, rect.top() + CAPTION),
        pos2(rect.right() - labels - theme::GAP, rect.bottom() - 6.0),
    );
    let (above, beneath) = frame.split_top_bottom_at_fraction(0.6);
    let beneath = Rect::from_min_max(beneath.min + vec2(0.0, 6.0), beneath.max);
    let plots = [(above, c.range, &[0, 1][..]), (beneath, (-c.by, c.by), &[2][..])];
    for (place, (lo, hi), which) in plots {
        painter.rect(place, 0.0, t.base, t.line_stroke(), StrokeKind::Outside);
        for (text, y) in [(hi, place.top() + 6.0), (lo, place.bottom() - 6.0)] {
            let line = elide::middle(&painter, &short(text), &fonts::mono_small(), labels);
            line.paint_left(&painter, pos2(place.right() + 6.0, y), t.text_soft);
        }
        for i in which {
            let color = if *i == 0 { colors[0] } else { colors[*i].gamma_multiply(0.85) };
            trace(&painter.with_clip_rect(place.intersect(rect)), place, c, *i, (lo, hi), color);
        }
    }
    let Some(at) = response.hover_pos().filter(|p| frame.contains(*p)) else { return };
    let x = painter.round_to_pixel_center(at.x);
    painter.vline(x, frame.y_range(), Stroke::new(1.0, t.faint));
    let part = f64::from((at.x - frame.left()) / frame.width().max(1.0));
    let n = ((part * c.len as f64).floor().max(0.0) as u64).min(c.len.saturating_sub(1));
    let Some(by) = view.session.full_meaning(ends[0].0, ends[0].1).ready() else { return };
    let mut index = vec![0; by.body.array().map_or(1, |a| a.array.ndim())];
    if let Some(slot) = index.get_mut(c.axis) {
        *slot = n;
    }
    read_out(view, response, ends, titles, index, out);
}

/// One curve: what each stretch reaches from and to, joined.
fn trace(painter: &Painter, place: Rect, c: &Curves, which: usize, (lo, hi): (f64, f64), color: Color32) {
    let up = |v: f64| {
        let part = if hi > lo { (v - lo) / (hi - lo) } else { 0.5 };
        place.bottom() - 2.0 - (part as f32) * (place.height() - 4.0)
    };
    let step = place.width() / c.bins.len().max(1) as f32;
    let mut points: Vec<egui::Pos2> = Vec::with_capacity(c.bins.len() * 2);
    let draw = |points: &mut Vec<egui::Pos2>| match points.as_slice() {
        [] => {}
        [one] => {
            painter.circle_filled(*one, 1.2, color);
            points.clear();
        }
        _ => {
            painter.add(Shape::line(std::mem::take(points), Stroke::new(1.2, color)));
        }
    };
    for (i, bin) in c.bins.iter().enumerate() {
        let Some((lo, hi)) = bin[which] else {
            draw(&mut points);
            continue;
        };
        let x = place.left() + (i as f32 + 0.5) * step;
        let (low, high) = (up(lo), up(hi));
        if low - high < 0.5 {
            points.push(pos2(x, (low + high) * 0.5));
            continue;
        }
        // The nearer end first, so that lines do not cross.
        let falls = points.last().is_some_and(|p| (p.y - high).abs() < (p.y - low).abs());
        let ends = if falls { [high, low] } else { [low, high] };
        points.extend(ends.map(|y| pos2(x, y)));
    }
    draw(&mut points);
}
