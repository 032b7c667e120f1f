//! The view of two axes of an array as a picture: one texture no larger than the view, whatever the array.
//! Must never read an array in a frame beyond what the raster's effort allows.

mod controls;

use super::slicing::Slicing;
use crate::machine::Handle;
use crate::session::{Action, Item, Outcome, View as Window, WorkKey};
use crate::tensor::{
    Array, Colormap, Effort, Kind, Marks, Paint, Part, Range, Raster, Reduce, Scale, Stretch, Turn, View, drawable,
};
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::widgets::colorbar::Colorbar;
use crate::ui::widgets::empty::Empty;
use crate::ui::{Tokens, icons, theme};
use eframe::egui::{self, Color32, ColorImage, Rect, Sense, TextureHandle, TextureOptions, Ui, pos2, vec2};
use std::sync::Arc;

/// Where the range of the colours comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Limits {
    /// Least and greatest.
    #[default]
    Extremes,
    /// From the 1st to the 99th percentile.
    Percentile,
    /// The greatest magnitude on both sides of 0.
    Symmetric,
    /// All that the type can hold.
    Type,
    /// Typed.
    Manual,
}

/// What the view keeps from frame to frame.
pub struct ImageView {
    limits: Limits,
    manual: (f64, f64),
    stretch: Stretch,
    map: Option<Colormap>,
    inverted: bool,
    reduce: Reduce,
    part: Part,
    /// Channels as colours; `None` decides by the shape.
    rgb: Option<bool>,
    turn: Turn,
    view: Option<View>,
    /// The plane that `view` is of.
    shown: Option<(Handle, u64, u64)>,
    texture: Option<TextureHandle>,
    drawn: Option<Drawn>,
    pixels: Vec<[u8; 4]>,
    element: Option<Vec<u64>>,
}

/// What the texture shows.
#[derive(PartialEq)]
struct Drawn {
    raster: usize,
    built: bool,
    view: View,
    paint: Paint,
    rendered: crate::tensor::Rendered,
}

impl Default for ImageView {
    fn default() -> Self {
        Self {
            limits: Limits::Extremes,
            manual: (0.0, 1.0),
            stretch: Stretch::Linear,
            map: None,
            inverted: false,
            reduce: Reduce::Mean,
            part: Part::Magnitude,
            rgb: None,
            turn: Turn::default(),
            view: None,
            shown: None,
            texture: None,
            drawn: None,
            pixels: Vec::new(),
            element: None,
        }
    }
}

/// The axis whose 3 or 4 elements can be red, green, blue and opacity.
fn channel_axis(array: &Array) -> Option<usize> {
    let last = array.ndim().checked_sub(1).filter(|l| *l >= 2)?;
    let fits = |a: usize| matches!(array.shape().get(a), Some(3 | 4));
    let kind = matches!(array.dtype.kind, Kind::UInt | Kind::Float | Kind::Int | Kind::Bool);
    if !kind {
        return None;
    }
    if fits(last) { Some(last) } else { fits(0).then_some(0) }
}

impl ImageView {
    /// Draws a plane of an array into all the space there is.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        win: &Window<'_>,
        handle: Handle,
        array: &Array,
        slicing: &mut Slicing,
        out: &mut Vec<Action>,
    ) {
        if array.ndim() < 2 || array.is_empty() || !drawable(&array.dtype) {
            let why = if array.is_empty() {
                "The array has no elements."
            } else if array.ndim() < 2 {
                "A picture needs two axes; see the plot or the table."
            } else {
                "Its elements are no numbers; see the table."
            };
            Empty::new(icons::IMAGE, "No picture", why).show(ui);
            return;
        }
        let channels = channel_axis(array);
        // bytes in threes at the end are a picture more often than not; it is a choice all the same
        let usual =
            channels == Some(array.ndim() - 1) && array.dtype.item_size == 1 && matches!(array.dtype.kind, Kind::UInt);
        let rgb = channels.filter(|_| self.rgb.unwrap_or(usual));
        if let Some(axis) = rgb
            && (slicing.row == axis || slicing.col == axis)
        {
            let mut others = (0..array.ndim()).filter(|a| *a != axis).rev();
            if let (Some(col), Some(row)) = (others.next(), others.next()) {
                (slicing.row, slicing.col) = (row, col);
            }
        }
        if let Some(e) = win.selected().element.as_ref().filter(|e| self.element.as_ref() != Some(e)) {
            slicing.show_element(e);
            self.element = Some(e.clone());
        }
        let Some(planes) = planes(array, slicing, rgb) else {
            Empty::new(icons::BROKEN, "No picture", "This plane is not in the array.").show(ui);
            return;
        };
        let Some(first) = planes.first().cloned() else { return };
        let (rows, cols) = (first.shape().first().copied().unwrap_or(0), first.shape().get(1).copied().unwrap_or(0));
        let (axes, fixed) = ([slicing.row as u64, slicing.col as u64], slicing.fixed.clone());
        let key = |kind: &'static str, extra: u64| {
            let mut of = vec![extra, axes[0], axes[1], rgb.map_or(u64::MAX, |a| a as u64)];
            of.extend(&fixed);
            of.push(array.available());
            WorkKey { place: win.place, handle, kind, of }
        };
        let range = self.range(win, &first, &key);
        let scale = self.scale(array, range.as_deref(), rgb.is_some());
        egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 2)).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(theme::GAP_S, theme::GAP_S);
            self.controls(ui, array, channels, rgb, scale, range.as_deref());
            // two axes have but one plane: turning it is the rotate button's affair
            if array.ndim() > 2 + usize::from(rgb.is_some()) {
                slicing.ui(ui, rgb, true);
            }
        });
        let Some(raster) = self.raster(win, planes, rgb.is_some(), &key) else {
            Empty::new(icons::RECENT, "Drawing", "The first picture is on its way.").show(ui);
            return;
        };
        let paint = self.paint(ui, array, scale, rgb.is_some());
        self.picture(ui, win, handle, array, (rows, cols), slicing, rgb, &raster, paint, scale, range.as_deref(), out);
    }

    fn range(&self, win: &Window<'_>, plane: &Array, key: &dyn Fn(&'static str, u64) -> WorkKey) -> Option<Arc<Range>> {
        let part = self.part_of(plane);
        let (all, some) = (plane.clone(), plane.clone());
        let exact = win.session.work.get(key("range", part as u64), "Reading the range of the values", move |cx| {
            let r = Range::of(&all, part, false, &|done, of| {
                cx.progress(done, of);
                !cx.cancelled()
            });
            let r = r.ok_or("stopped")?;
            let bytes = r.memory();
            Ok((r, bytes))
        });
        if let Outcome::Ready(r) = exact {
            return Some(r);
        }
        let first = win.session.work.get(key("first range", part as u64), "Reading some values", move |_| {
            let r = Range::of(&some, part, true, &|_, _| true).ok_or("stopped")?;
            let bytes = r.memory();
            Ok((r, bytes))
        });
        first.ready()
    }

    fn part_of(&self, array: &Array) -> Part {
        if array.dtype.is_complex() { self.part } else { Part::Real }
    }

    fn raster(
        &self,
        win: &Window<'_>,
        planes: Vec<Array>,
        rgb: bool,
        key: &dyn Fn(&'static str, u64) -> WorkKey,
    ) -> Option<Arc<Raster>> {
        let part = planes.first().map_or(Part::Real, |p| self.part_of(p));
        let reduce = self.reduce;
        let extra = part as u64 * 16 + Reduce::ALL.iter().position(|r| *r == reduce).unwrap_or(0) as u64;
        let made = win.session.work.get(key("raster", extra), "Preparing the picture", move |_| {
            let raster = if rgb {
                Raster::rgb(&planes, reduce)
            } else {
                Raster::new(planes.first().ok_or("no plane")?, part, reduce)
            };
            Ok((Arc::new(raster.map_err(|_| "the plane has no two axes")?), 0))
        });
        let raster = made.ready()?;
        if !raster.is_built() {
            let build: Arc<Raster> = (*raster).clone();
            win.session.work.get(key("pyramid", extra), "Reading the picture", move |cx| {
                let done = build.build(&|done, of| {
                    cx.progress(done, of);
                    !cx.cancelled()
                });
                if done { Ok(((), build.memory() as u64)) } else { Err("stopped".into()) }
            });
        }
        Some((*raster).clone())
    }

    /// The range of the colours.
    fn scale(&self, array: &Array, range: Option<&Range>, rgb: bool) -> Scale {
        let whole = type_range(array);
        let found = range.and_then(|r| r.extremes);
        let (lo, hi) = match (self.limits, found) {
            (Limits::Manual, _) => self.manual,
            (Limits::Type, _) => whole.or(found).unwrap_or((0.0, 1.0)),
            (Limits::Extremes, _) if rgb => {
                whole.or(found.map(|(lo, hi)| (lo.min(0.0), hi.max(1.0)))).unwrap_or((0.0, 1.0))
            }
            (Limits::Percentile, Some(e)) => {
                range.and_then(|r| Some((r.quantile(0.01)?, r.quantile(0.99)?))).unwrap_or(e)
            }
            (Limits::Symmetric, Some((lo, hi))) => {
                let most = lo.abs().max(hi.abs());
                (-most, most)
            }
            (_, Some(e)) => e,
            (_, None) => (0.0, 1.0),
        };
        Scale { lo, hi, stretch: self.stretch }
    }

    fn map(&self, array: &Array) -> Colormap {
        self.map.unwrap_or(match array.dtype.kind {
            _ if array.dtype.is_complex() && self.part == Part::Phase => Colormap::Twilight,
            _ if self.limits == Limits::Symmetric => Colormap::RedBlue,
            Kind::Bool => Colormap::Gray,
            Kind::UInt if array.dtype.item_size == 1 => Colormap::Gray,
            _ => Colormap::Viridis,
        })
    }

    fn paint(&self, ui: &Ui, array: &Array, scale: Scale, rgb: bool) -> Paint {
        let marks = if Tokens::of(ui).dark { Marks::dark() } else { Marks::light() };
        if rgb {
            return Paint::Rgb { scale, marks };
        }
        Paint::Mapped { scale, lut: Box::new(self.map(array).lut(self.inverted)), marks }
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is drawn")]
    fn picture(
        &mut self,
        ui: &mut Ui,
        win: &Window<'_>,
        handle: Handle,
        array: &Array,
        (rows, cols): (u64, u64),
        slicing: &Slicing,
        rgb: Option<usize>,
        raster: &Arc<Raster>,
        paint: Paint,
        scale: Scale,
        range: Option<&Range>,
        out: &mut Vec<Action>,
    ) {
        let t = Tokens::of(ui);
        let ppp = ui.pixels_per_point();
        let status = 22.0;
        let bar_width = if rgb.is_some() || ui.available_width() < 300.0 { 0.0 } else { 78.0 };
        let room = ui.available_size() - vec2(bar_width, status + theme::GAP_S);
        let (rect, area) = ui
            .horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let (rect, area) = ui.allocate_exact_size(room.max(vec2(16.0, 16.0)), Sense::click_and_drag());
                if bar_width > 0.0 {
                    self.bar(ui, array, scale, rect.height());
                }
                (rect, area)
            })
            .inner;
        let name = format!("Picture of {rows} by {cols} elements");
        area.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
        let size = [rect.width(), rect.height()].map(|v| (v * ppp).round().max(1.0) as u32);
        let plane = (handle, rows, cols);
        let mut view = match self.view {
            Some(v) if self.shown == Some(plane) && v.turn == self.turn => resized(v, size),
            _ => View::fit(rows, cols, self.turn, size),
        };
        self.shown = Some(plane);
        let pixel = |p: egui::Pos2| [f64::from((p.x - rect.left()) * ppp), f64::from((p.y - rect.top()) * ppp)];
        if area.hovered() {
            let (wheel, pinch) = ui.input_mut(|i| {
                let d = i.smooth_scroll_delta().y;
                i.smooth_scroll_delta = egui::Vec2::ZERO;
                (d, i.zoom_delta())
            });
            let factor = f64::from((wheel * 0.005).exp() * pinch);
            if let Some(p) = area.hover_pos().filter(|_| (factor - 1.0).abs() > 1e-6) {
                let least = View::fit(rows, cols, self.turn, size).scale[0].min(1.0) * 0.25;
                let factor = factor.clamp(least / view.scale[0], 256.0 / view.scale[0]);
                view = view.zoomed(factor, pixel(p));
            }
        }
        if area.dragged() {
            let d = area.drag_delta();
            view = view.panned([f64::from(d.x * ppp), f64::from(d.y * ppp)]);
        }
        if area.double_clicked() {
            view = View::fit(rows, cols, self.turn, size);
        }
        self.view = Some(view);
        self.render(ui, raster, view, paint);
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, t.base);
        if let Some(texture) = &self.texture {
            painter.image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        }
        let on_screen = |e: [u64; 2]| {
            let [x0, y0, x1, y1] = view.pixels_of(rows, cols, e).map(|v| v as f32 / ppp);
            Rect::from_two_pos(rect.min + vec2(x0, y0), rect.min + vec2(x1, y1))
        };
        if let Some(e) = win.selected().element.as_ref()
            && let (Some(r), Some(c)) = (e.get(slicing.row), e.get(slicing.col))
        {
            let cell = on_screen([*r, *c]);
            let grown = if cell.width() < 6.0 { Rect::from_center_size(cell.center(), vec2(8.0, 8.0)) } else { cell };
            painter.rect_stroke(grown, 1.0, egui::Stroke::new(3.0, t.base), egui::StrokeKind::Outside);
            painter.rect_stroke(grown, 1.0, egui::Stroke::new(1.5, t.accent), egui::StrokeKind::Outside);
        }
        let hovered = area.hover_pos().and_then(|p| view.element_at(rows, cols, pixel(p)));
        if let Some(e) = hovered {
            let cell = on_screen(e);
            if cell.width() >= 6.0 {
                painter.rect_stroke(cell, 0.0, egui::Stroke::new(1.0, t.text_strong), egui::StrokeKind::Inside);
            }
        }
        let index = |e: [u64; 2]| {
            let mut i = slicing.index(e[0], e[1]);
            if let Some(axis) = rgb
                && let Some(k) = i.get_mut(axis)
            {
                *k = 0;
            }
            i
        };
        if area.clicked()
            && let Some(e) = hovered
        {
            let index = index(e);
            self.element = Some(index.clone());
            out.push(Action::Select(Item::of_element(win.place, handle, index)));
        }
        area.context_menu(|ui| self.menu(ui, out));
        self.status(ui, array, hovered.map(index), rgb, range, status);
    }

    fn render(&mut self, ui: &Ui, raster: &Arc<Raster>, view: View, paint: Paint) {
        let wanted = (Arc::as_ptr(raster) as usize, raster.is_built());
        let same = self.drawn.as_ref().is_some_and(|d| {
            (d.raster, d.built) == wanted && d.view == view && d.paint == paint && !d.rendered.pending
        });
        if same {
            return;
        }
        let rendered = raster.render(&view, &paint, Effort::FRAME, &mut self.pixels);
        let size = view.size.map(|n| n as usize);
        let bytes: Vec<u8> = self.pixels.iter().flatten().copied().collect();
        let image = ColorImage::from_rgba_unmultiplied(size, &bytes);
        match &mut self.texture {
            Some(t) => t.set(image, TextureOptions::NEAREST),
            None => self.texture = Some(ui.load_texture("picture", image, TextureOptions::NEAREST)),
        }
        self.drawn = Some(Drawn { raster: wanted.0, built: wanted.1, view, paint, rendered });
        if rendered.pending {
            ui.request_repaint();
        }
    }

    fn bar(&self, ui: &mut Ui, array: &Array, scale: Scale, length: f32) {
        let lut = self.map(array).lut(self.inverted);
        let colors: Vec<Color32> = lut.iter().map(|[r, g, b]| Color32::from_rgb(*r, *g, *b)).collect();
        let labels: Vec<(f32, String)> =
            [0.0, 0.25, 0.5, 0.75, 1.0].iter().map(|u| (*u as f32, controls::short(scale.inverse(*u)))).collect();
        let ticks: Vec<(f32, &str)> = labels.iter().map(|(u, s)| (*u, s.as_str())).collect();
        ui.add_space(theme::GAP);
        Colorbar {
            name: "Colours",
            colors: &colors,
            ticks: &ticks,
            marker: None,
            vertical: true,
            length: length.max(40.0),
        }
        .show(ui);
    }

    fn status(
        &self,
        ui: &mut Ui,
        array: &Array,
        at: Option<Vec<u64>>,
        rgb: Option<usize>,
        range: Option<&Range>,
        height: f32,
    ) {
        let t = Tokens::of(ui);
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), height),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                if let Some(index) = at.or_else(|| self.element.clone().filter(|e| e.len() == array.ndim())) {
                    let place: Vec<String> = index
                        .iter()
                        .enumerate()
                        .map(|(a, i)| if Some(a) == rgb { ":".into() } else { i.to_string() })
                        .collect();
                    ui.label(egui::RichText::new(format!("[{}]", place.join(", "))).monospace().color(t.text_soft));
                    let n = rgb.and_then(|a| array.shape().get(a).copied()).unwrap_or(1);
                    let values: Vec<String> = (0..n)
                        .map(|k| {
                            let mut i = index.clone();
                            if let Some(a) = rgb
                                && let Some(x) = i.get_mut(a)
                            {
                                *x = k;
                            }
                            array.value(&i).text()
                        })
                        .collect();
                    ui.label(egui::RichText::new(values.join(" ")).monospace().color(t.text_strong));
                    if let Some(span) = array.byte_span_of(&index) {
                        ui.label(egui::RichText::new(format!("@ {:#x}", span.start)).monospace().color(t.text_soft));
                    }
                } else {
                    ui.label(egui::RichText::new("wheel zooms, drag moves, click selects").small().color(t.text_soft));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if let Some(d) = &self.drawn {
                        if d.rendered.sampled {
                            ui.add(
                                Chip::new("sampled")
                                    .tone(Tone::Note)
                                    .hint("Each pixel shows one of many elements; all are still being read"),
                            );
                        } else if d.rendered.factor != [1, 1] {
                            let text = format!(
                                "{} of {} × {}",
                                self.reduce.name(),
                                d.rendered.factor[0],
                                d.rendered.factor[1]
                            );
                            ui.add(Chip::new(&text).hint("Elements joined to one pixel"));
                        }
                        let zoom = d.view.scale[0] * 100.0;
                        ui.label(
                            egui::RichText::new(if zoom >= 10.0 {
                                format!("{zoom:.0} %")
                            } else {
                                format!("{zoom:.2} %")
                            })
                            .small()
                            .color(t.text_soft),
                        );
                    }
                    if let Some(r) = range {
                        let odd = r.nan + r.pos_inf + r.neg_inf;
                        if odd > 0 {
                            let hint = format!("{} NaN, {} +∞, {} −∞", r.nan, r.pos_inf, r.neg_inf);
                            let text = format!("{odd} not finite");
                            ui.add(Chip::new(&text).tone(Tone::Warning).hint(&hint));
                        }
                    }
                });
            },
        );
    }
}

/// The planes that are drawn: one, or one for each channel.
fn planes(array: &Array, slicing: &Slicing, rgb: Option<usize>) -> Option<Vec<Array>> {
    let Some(axis) = rgb else { return Some(vec![slicing.plane(array)?]) };
    let n = array.shape().get(axis).copied()?;
    (0..n)
        .map(|k| {
            let mut s = slicing.clone();
            *s.fixed.get_mut(axis)? = k;
            s.plane(array)
        })
        .collect()
}

/// Least and greatest that the type can hold, where that is of use.
fn type_range(array: &Array) -> Option<(f64, f64)> {
    let bits = i32::try_from(array.dtype.item_size.checked_mul(8)?).ok()?;
    match array.dtype.kind {
        Kind::Bool => Some((0.0, 1.0)),
        Kind::UInt => Some((0.0, 2_f64.powi(bits) - 1.0)),
        Kind::Int => Some((-2_f64.powi(bits - 1), 2_f64.powi(bits - 1) - 1.0)),
        _ => None,
    }
}

/// The same middle in a window of another size.
fn resized(v: View, size: [u32; 2]) -> View {
    if v.size == size {
        return v;
    }
    let middle = v.to_picture([f64::from(v.size[0]) / 2.0, f64::from(v.size[1]) / 2.0]);
    View { size, ..v }.centred(middle)
}
