//! The picture itself: the texture, the wheel, the pointer and the keys. One texture for each picture that is shown, no
//! larger than its place on the screen. Must never colour a pixel: the raster does.

use super::compare::Mode;
use super::{Frame, ImageView, Shown, Slicing, Source, Tool, index_of, item_of, overlay, strips};
use crate::session::Action;
use crate::tensor::{Colormap, Effort, Kind, Paint, Raster, Rendered, Stretch, View};
use crate::ui::views::statistics::written;
use crate::ui::widgets::colorbar::Colorbar;
use crate::ui::widgets::empty::Empty;
use crate::ui::{Tokens, fonts, icons, theme};
use eframe::egui::{
    self, Align2, Color32, ColorImage, EventFilter, Key, Modifiers, Rect, Response, Sense, TextureHandle,
    TextureOptions, Ui, pos2, vec2,
};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Side of the squares behind what can be seen through, in points.
const SQUARE: f32 = 10.0;
/// What is missing is read so long before it is shown.
const FETCH: Duration = Duration::from_millis(12);

/// A texture and what it shows.
#[derive(Default)]
pub(super) struct Canvas {
    texture: Option<TextureHandle>,
    pub(super) drawn: Option<Drawn>,
    pixels: Vec<[u8; 4]>,
    /// What the texture was filled with, to be filled again: no frame allocates it anew.
    image: Arc<ColorImage>,
}

/// What a texture shows.
pub(super) struct Drawn {
    raster: usize,
    built: bool,
    pub(super) view: View,
    paint: Paint,
    fetched: u64,
    pub(super) rendered: Rendered,
}

/// Where the picture is, and the way between points of the screen and elements.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) rect: Rect,
    pub(super) view: View,
    pub(super) rows: u64,
    pub(super) cols: u64,
    /// Pixels for a point.
    pub(super) ppp: f32,
}

impl Place {
    /// The window pixel of a point of the screen.
    pub(super) fn pixel(&self, p: egui::Pos2) -> [f64; 2] {
        [f64::from((p.x - self.rect.left()) * self.ppp), f64::from((p.y - self.rect.top()) * self.ppp)]
    }

    /// The element under a point of the screen.
    pub(super) fn element(&self, p: egui::Pos2) -> Option<[u64; 2]> {
        self.view.element_at(self.rows, self.cols, self.pixel(p))
    }

    /// Row and column under a point of the screen, within the picture.
    pub(super) fn plane(&self, p: egui::Pos2) -> [f64; 2] {
        let [r, c] = self.view.turn.to_plane(self.rows, self.cols, self.view.to_picture(self.pixel(p)));
        [r.clamp(0.0, self.rows as f64), c.clamp(0.0, self.cols as f64)]
    }

    /// The point of the screen of a row and column.
    pub(super) fn screen(&self, at: [f64; 2]) -> egui::Pos2 {
        let [x, y] = self.view.to_window(self.view.turn.to_picture(self.rows, self.cols, at));
        self.rect.min + vec2(x as f32 / self.ppp, y as f32 / self.ppp)
    }

    /// What the plane covers of the screen.
    fn whole(&self) -> Rect {
        Rect::from_two_pos(self.screen([0.0, 0.0]), self.screen([self.rows as f64, self.cols as f64]))
    }

    /// What an element covers of the screen.
    pub(super) fn cell(&self, e: [u64; 2]) -> Rect {
        let [x0, y0, x1, y1] = self.view.pixels_of(self.rows, self.cols, e).map(|v| v as f32 / self.ppp);
        Rect::from_two_pos(self.rect.min + vec2(x0, y0), self.rect.min + vec2(x1, y1))
    }
}

impl Canvas {
    /// Draws from what is there, and has what is missing read beside the frame.
    fn render(&mut self, ui: &Ui, source: &Source<'_>, raster: &Arc<Raster>, view: View, paint: &Paint) {
        let (which, built, fetched) = (Arc::as_ptr(raster) as usize, raster.is_built(), raster.fetched());
        let same = self.drawn.as_ref().is_some_and(|d| {
            let all = !d.rendered.pending || d.fetched == fetched;
            (d.raster, d.built) == (which, built) && d.view == view && d.paint == *paint && all
        });
        if !same {
            let rendered = raster.render(&view, paint, Effort::NONE, &mut self.pixels);
            self.fill(view.size.map(|n| n as usize));
            let image = self.image.clone();
            match &mut self.texture {
                Some(t) => t.set(image, TextureOptions::NEAREST),
                None => self.texture = Some(ui.load_texture("picture", image, TextureOptions::NEAREST)),
            }
            self.drawn = Some(Drawn { raster: which, built, view, paint: paint.clone(), fetched, rendered });
        }
        if self.drawn.as_ref().is_some_and(|d| d.rendered.pending) {
            let raster = raster.clone();
            source.win.session.work.again(source.key("tiles", &[which as u64]), "Reading the picture", move |cx| {
                let began = Instant::now();
                raster.fetch(&|| cx.cancelled() || began.elapsed() > FETCH);
            });
        }
    }

    /// The pixels as the texture wants them.
    fn fill(&mut self, size: [usize; 2]) {
        let color = |p: &[u8; 4]| Color32::from_rgba_unmultiplied(p[0], p[1], p[2], p[3]);
        match Arc::get_mut(&mut self.image).filter(|i| i.size == size) {
            Some(image) => {
                image.pixels.par_iter_mut().zip(&self.pixels).with_min_len(1 << 14).for_each(|(c, p)| *c = color(p));
            }
            None => self.image = Arc::new(ColorImage::new(size, self.pixels.par_iter().map(color).collect())),
        }
    }

    /// Draws the picture; where it can be seen through, in `clear`, over squares, as picture editors do.
    fn show(&self, painter: &egui::Painter, rect: Rect, clear: Option<Rect>, t: &Tokens) {
        painter.rect_filled(rect, 0.0, t.base);
        if let Some(clear) = clear.map(|c| c.intersect(rect)).filter(Rect::is_positive) {
            painter.rect_filled(clear, 0.0, t.panel);
            painter.add(egui::Shape::mesh(squares(clear, t.line)));
        }
        if let Some(texture) = &self.texture {
            painter.image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        }
    }
}

/// Every other square of a rectangle.
fn squares(rect: Rect, color: Color32) -> egui::Mesh {
    let mut mesh = egui::Mesh::default();
    let [across, down] = [rect.width(), rect.height()].map(|n| (n / SQUARE).ceil() as u32);
    for (x, y) in (0..down).flat_map(|y| (0..across).map(move |x| (x, y))).filter(|(x, y)| (x + y) % 2 == 0) {
        let at = rect.min + vec2(x as f32, y as f32) * SQUARE;
        mesh.add_colored_rect(Rect::from_min_size(at, egui::Vec2::splat(SQUARE)).intersect(rect), color);
    }
    mesh
}

/// The same middle in a window of another size.
fn resized(v: View, size: [u32; 2]) -> View {
    if v.size == size {
        return v;
    }
    let middle = v.to_picture([f64::from(v.size[0]) / 2.0, f64::from(v.size[1]) / 2.0]);
    View { size, ..v }.centred(middle)
}

impl ImageView {
    /// All of the plane in the window.
    fn whole(&self, rows: u64, cols: u64, size: [u32; 2]) -> View {
        if self.square { View::fit(rows, cols, self.turn, size) } else { View::fill(rows, cols, self.turn, size) }
    }

    /// The picture, its bar of colours, the strips beneath it and the line of what is under the pointer.
    pub(super) fn picture(&mut self, ui: &mut Ui, frame: &Frame<'_>, slicing: &mut Slicing, out: &mut Vec<Action>) {
        let side = frame.other.as_ref().filter(|o| o.mode == Mode::Side);
        let high = ui.available_height();
        let below = self.strips_height(frame, high);
        let status = 24.0;
        let wide = ui.available_width();
        let bar = match frame.shown {
            Shown::Rgb(_) => 0.0,
            // its numbers would stand on each other
            _ if wide < 300.0 || ui.available_height() < 140.0 => 0.0,
            Shown::Labels => 96.0,
            _ => 78.0,
        };
        let upright = if self.profiles && wide > 260.0 { strips::UPRIGHT } else { 0.0 };
        let room = (ui.available_size() - vec2(bar + upright, below + status + theme::GAP_S)).max(vec2(16.0, 16.0));
        let mut strip = Rect::NOTHING;
        let (rect, area) = ui
            .horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let (rect, area) = ui.allocate_exact_size(room, Sense::click_and_drag());
                if upright > 0.0 {
                    strip = ui.allocate_exact_size(vec2(upright, rect.height()), Sense::hover()).0;
                }
                if bar > 0.0 {
                    self.bar(ui, frame, rect.height());
                }
                (rect, area)
            })
            .inner;
        let name = format!("Picture of {} by {} elements", frame.rows, frame.cols);
        area.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
        crate::ui::capture::offer(ui, rect.with_max_x(rect.right() + upright + bar));
        let t = Tokens::of(ui);
        let (left, right) = match side {
            Some(_) => {
                let (l, r) = rect.split_left_right_at_x((rect.center().x).round());
                (l.with_max_x(l.right() - 1.0), Some(r.with_min_x(r.left() + 1.0)))
            }
            None => (rect, None),
        };
        let ppp = ui.pixels_per_point();
        let size = [left.width(), left.height()].map(|v| (v * ppp).round().max(1.0) as u32);
        let (rows, cols) = (frame.rows, frame.cols);
        let plane = (frame.win.place, frame.handle, rows, cols);
        let view = match self.view {
            Some(v) if self.shown == Some(plane) && v.turn == self.turn && (self.square || v.size == size) => {
                // What showed all of the plane goes on doing so in a view of another size.
                let all = v.size != size && v == self.whole(rows, cols, v.size);
                if all { self.whole(rows, cols, size) } else { resized(v, size) }
            }
            _ => self.whole(rows, cols, size),
        };
        if self.shown != Some(plane) {
            (self.region, self.line) = (None, None);
            (self.canvas, self.second) = (Canvas::default(), Canvas::default());
        }
        self.shown = Some(plane);
        let mut place = Place { rect: left, view, rows, cols, ppp };
        // The pointer over the right picture points at the same element as over the left one.
        let shift = right.filter(|r| area.hover_pos().is_some_and(|p| r.contains(p))).map(|r| r.left() - left.left());
        let pointer = area.hover_pos().map(|p| p - vec2(shift.unwrap_or(0.0), 0.0)).filter(|p| left.contains(*p));
        self.navigate(ui, &area, &mut place, pointer, slicing, frame, out);
        self.view = Some(place.view);
        if self.strips_height(frame, high) != below {
            // a key or the pointer changed what stands beneath: the room for it comes with the next frame
            ui.request_repaint();
        }
        if let Some(raster) = &frame.raster {
            let source = Source { win: frame.win, place: frame.win.place, handle: frame.handle, of: frame.of.clone() };
            self.canvas.render(ui, &source, raster, place.view, &frame.paint);
        } else if self.canvas.drawn.is_none() {
            let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(left));
            Empty::new(icons::RECENT, "Drawing", "The first picture is on its way.").show(&mut inside);
        }
        let clear = (frame.planes.len() == 4).then(|| place.whole());
        self.canvas.show(&ui.painter_at(left), left, clear, t);
        let hovered = pointer.and_then(|p| place.element(p));
        self.overlays(ui, frame, &place, slicing, hovered, pointer);
        if let (Some(o), Some(right)) = (side, right) {
            let source = Source { win: frame.win, place: frame.win.place, handle: frame.handle, of: frame.of.clone() };
            if let Some(raster) = o.raster(&source, frame.shown, frame.part, self.reduce(frame.shown)) {
                self.second.render(ui, &source, &raster, place.view, &frame.paint);
                let clear = clear.map(|c| c.translate(right.min - left.min));
                self.second.show(&ui.painter_at(right), right, clear, t);
                let other = Place { rect: right, ..place };
                overlay::marks(ui, &other, frame, slicing, hovered);
                overlay::caption(ui, right, &o.name);
                overlay::caption(ui, left, "this");
            }
        }
        if upright > 0.0 {
            self.upright(ui, frame, &place, strip, slicing, hovered);
        }
        if area.clicked()
            && let Some(e) = hovered
        {
            area.request_focus();
            self.element = Some(index_of(frame, slicing, e));
            out.push(Action::Select(item_of(frame, slicing, e)));
        }
        area.context_menu(|ui| self.menu(ui, out));
        self.saved(ui, frame, &place, slicing, out);
        self.strips(ui, frame, &place, slicing, hovered, out);
        self.status(ui, frame, hovered.map(|e| index_of(frame, slicing, e)), status, out);
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is moved by the pointer and the keys")]
    fn navigate(
        &mut self,
        ui: &Ui,
        area: &Response,
        place: &mut Place,
        pointer: Option<egui::Pos2>,
        slicing: &mut Slicing,
        frame: &Frame<'_>,
        out: &mut Vec<Action>,
    ) {
        let (rows, cols) = (place.rows, place.cols);
        let whole = self.whole(rows, cols, place.view.size);
        let zoom = |view: View, factor: f64, at: [f64; 2]| {
            let least = whole.scale[0].min(1.0) * 0.25;
            let factor = factor.clamp(least / view.scale[0], (128.0 / view.scale[0]).max(1.0));
            view.zoomed(factor, at)
        };
        if area.hovered() {
            let (wheel, pinch) = ui.input_mut(|i| {
                let d = i.smooth_scroll_delta().y;
                i.smooth_scroll_delta = egui::Vec2::ZERO;
                (d, i.zoom_delta())
            });
            let factor = f64::from((wheel * 0.005).exp() * pinch);
            if let Some(p) = pointer.filter(|_| (factor - 1.0).abs() > 1e-6) {
                place.view = zoom(place.view, factor, place.pixel(p));
            }
        }
        let shift = ui.input(|i| i.modifiers.shift);
        let alt = ui.input(|i| i.modifiers.alt);
        let tool = if shift {
            Tool::Region
        } else if alt {
            Tool::Line
        } else {
            self.tool
        };
        if area.dragged() || area.drag_stopped() {
            let from = ui.input(|i| i.pointer.press_origin()).map(|p| place.plane(p));
            let to = area.interact_pointer_pos().map(|p| place.plane(p));
            match (tool, from.zip(to)) {
                (Tool::Move, _) => {
                    let d = area.drag_delta();
                    place.view = place.view.panned([f64::from(d.x * place.ppp), f64::from(d.y * place.ppp)]);
                }
                (Tool::Region, Some((a, b))) => {
                    let span = |a: f64, b: f64, n: u64| {
                        let (a, b) = (a.min(b).floor(), a.max(b).ceil());
                        let first = (a as u64).min(n.saturating_sub(1));
                        [first, (b as u64).clamp(first + 1, n)]
                    };
                    let ([r0, r1], [c0, c1]) = (span(a[0], b[0], rows), span(a[1], b[1], cols));
                    self.region = Some([r0, c0, r1, c1]);
                }
                (Tool::Line, Some((a, b))) => self.line = Some([a, b]),
                _ => {}
            }
        }
        if area.double_clicked() {
            place.view = whole;
        }
        let focused = area.has_focus();
        if focused {
            let filter =
                EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(area.id, filter));
            self.steps(ui, place, slicing, frame, out);
        }
        // Plain keys, while nobody types: over the picture or with the keyboard on it.
        if (focused || area.hovered()) && !ui.ctx().text_edit_focused() {
            let key = |k| ui.input_mut(|i| i.consume_key(Modifiers::NONE, k));
            let middle = [f64::from(place.view.size[0]) / 2.0, f64::from(place.view.size[1]) / 2.0];
            let at = pointer.map_or(middle, |p| place.pixel(p));
            if key(Key::Plus) || key(Key::Equals) {
                place.view = zoom(place.view, 1.5, at);
            }
            if key(Key::Minus) {
                place.view = zoom(place.view, 1.0 / 1.5, at);
            }
            if key(Key::F) {
                place.view = whole;
            }
            if key(Key::C) {
                self.crosshair = !self.crosshair;
            }
            if key(Key::H) {
                self.histogram = Some(!self.histogram_wanted());
            }
            if key(Key::P) {
                self.profiles = !self.profiles;
            }
            if key(Key::Escape) {
                (self.region, self.line) = (None, None);
            }
            if key(Key::X) && self.compare.with.is_some() {
                self.compare.mode = if self.compare.mode == Mode::Other { Mode::This } else { Mode::Other };
            }
            self.channel_keys(ui, slicing, frame);
        }
    }

    /// The arrows walk from element to element, PageUp and PageDown from slice to slice.
    fn steps(&mut self, ui: &Ui, place: &mut Place, slicing: &mut Slicing, frame: &Frame<'_>, out: &mut Vec<Action>) {
        let presses = |k: Key| ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, k)) as f64;
        let (dx, dy) =
            (presses(Key::ArrowRight) - presses(Key::ArrowLeft), presses(Key::ArrowDown) - presses(Key::ArrowUp));
        let slices = presses(Key::PageDown) - presses(Key::PageUp);
        if slices != 0.0
            && let Some(axis) = slicing.others(frame.channels()).first().copied()
            && let (Some(at), Some(n)) = (slicing.fixed.get_mut(axis), frame.array.shape().get(axis))
        {
            *at = at.saturating_add_signed(slices as i64).min(n.saturating_sub(1));
        }
        if dx == 0.0 && dy == 0.0 {
            return;
        }
        let now = self.element.as_ref().and_then(|e| Some([*e.get(slicing.row)?, *e.get(slicing.col)?]));
        let now = now.filter(|e| e[0] < place.rows && e[1] < place.cols).unwrap_or_default();
        let turn = place.view.turn;
        let [u, v] = turn.to_picture(place.rows, place.cols, [now[0] as f64 + 0.5, now[1] as f64 + 0.5]);
        let [w, h] = turn.size(place.rows, place.cols);
        let to = [(u + dx).clamp(0.5, w as f64 - 0.5), (v + dy).clamp(0.5, h as f64 - 0.5)];
        let [r, c] = turn.to_plane(place.rows, place.cols, to);
        let e = [r as u64, c as u64];
        self.element = Some(index_of(frame, slicing, e));
        out.push(Action::Select(item_of(frame, slicing, e)));
        // What is selected stays in sight.
        let cell = place.cell(e);
        if !place.rect.contains_rect(cell) && cell.width() < place.rect.width() {
            place.view = place.view.centred(to);
        }
    }

    /// A number shows one channel alone, 0 all of them as a colour.
    fn channel_keys(&mut self, ui: &Ui, slicing: &mut Slicing, frame: &Frame<'_>) {
        let Some(axis) = super::channel_axis(frame.array) else { return };
        let key = |k| ui.input_mut(|i| i.consume_key(Modifiers::NONE, k));
        if key(Key::Num0) {
            self.rgb = Some(true);
        }
        for (n, k) in (0..).zip([Key::Num1, Key::Num2, Key::Num3, Key::Num4]) {
            if frame.array.shape().get(axis).is_some_and(|d| n < *d) && key(k) {
                self.channel(slicing, frame.array, axis, n);
            }
        }
    }

    /// The bar that says which colour is which value.
    fn bar(&self, ui: &mut Ui, frame: &Frame<'_>, length: f32) {
        if frame.shown == Shown::Labels {
            strips::legend(ui, frame, length);
            return;
        }
        let known = frame.range.as_ref().map(|r| r.extremes.is_some()).unwrap_or(self.ranging.is_fixed());
        if !known {
            // Colours that no element has, or that are not known yet, would only mislead.
            return;
        }
        let difference = matches!(frame.paint, Paint::Difference { .. });
        let domain = frame.shown == Shown::Domain;
        let map = if domain { Colormap::Twilight } else { self.map(frame.array, difference) };
        let colors: Vec<Color32> =
            map.lut(self.inverted).iter().map(|[r, g, b]| Color32::from_rgb(*r, *g, *b)).collect();
        let time = matches!(frame.array.dtype.kind, Kind::Datetime(_) | Kind::Timedelta(_));
        let linear = frame.scale.stretch == Stretch::Linear;
        let flat = frame.scale.lo == frame.scale.hi && !domain;
        // where all numbers are the same they have the first colour
        let places: &[f64] = if flat { &[0.0] } else { &[0.0, 0.25, 0.5, 0.75, 1.0] };
        let labels: Vec<(f32, String)> = places
            .iter()
            .map(|u| {
                let angle = (u - 0.5) * 2.0;
                let text = match angle {
                    _ if !domain && time => {
                        written(frame.array, frame.scale.inverse(*u), difference).chars().take(10).collect()
                    }
                    _ if !domain => {
                        let (v, span) = (frame.scale.inverse(*u), (frame.scale.hi - frame.scale.lo).abs());
                        // beside the ends it is nothing, and its many digits would say the opposite
                        let v = if linear && v.abs() < span * 1e-4 { 0.0 } else { v };
                        super::controls::between(v, frame.scale.lo, frame.scale.hi)
                    }
                    -1.0 => "−π".to_owned(),
                    -0.5 => "−π/2".to_owned(),
                    0.5 => "π/2".to_owned(),
                    1.0 => "π".to_owned(),
                    _ => "0".to_owned(),
                };
                (*u as f32, text)
            })
            .collect();
        let ticks: Vec<(f32, &str)> = labels.iter().map(|(u, s)| (*u, s.as_str())).collect();
        ui.add_space(theme::GAP);
        Colorbar {
            name: if domain { "Angle" } else { "Colours" },
            colors: &colors,
            ticks: &ticks,
            marker: None,
            vertical: true,
            length: length.max(40.0),
        }
        .show(ui);
    }
}

/// Text on a ground of its own, in a corner of the picture.
pub(super) fn tag(ui: &Ui, at: egui::Pos2, align: Align2, text: &str) {
    let t = Tokens::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), fonts::mono_small(), t.text_strong);
    let rect = align.anchor_size(at, galley.size() + vec2(8.0, 4.0));
    ui.painter().rect_filled(rect, 2.0, t.panel.gamma_multiply(0.88));
    ui.painter().galley(rect.min + vec2(4.0, 2.0), galley, t.text_strong);
}
