//! What stands around the picture: the histogram, the profiles, the figures of the region, the legend of labels.
//! Must never count: figures come from work beside the frame, and say what they are of.

use super::canvas::Place;
use super::controls::{between, short};
use super::overlay::selected;
use super::profile::{Trace, Which};
use super::{Frame, ImageView, Shown, Slicing};
use crate::session::{Action, Outcome, WorkKey};
use crate::tensor::{Array, Paint, Range, Scale, Stats};
use crate::ui::views::statistics::{work_out, written};
use crate::ui::widgets::elide;
use crate::ui::widgets::histogram::Histogram;
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, Align2, Color32, Rect, RichText, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use std::sync::Arc;

/// Width of the profile of a column, in points.
pub(super) const UPRIGHT: f32 = 72.0;
/// Height of the histogram, in points.
const HISTOGRAM: f32 = 84.0;
/// Height of a profile, in points.
const PROFILE: f32 = 64.0;
/// The view is so high, in points, that the histogram is shown unasked.
const ROOMY: f32 = 560.0;
/// Bins of a histogram of a sample.
const BINS: usize = 256;

impl ImageView {
    fn histogram_shown(&self, frame: &Frame<'_>) -> bool {
        let fits = !matches!(frame.shown, Shown::Labels | Shown::Domain);
        fits && self.histogram_wanted()
    }

    /// The histogram is shown where it makes sense: as was chosen, else where there is room.
    pub(super) fn histogram_wanted(&self) -> bool {
        self.histogram.unwrap_or(self.roomy)
    }

    /// How high what stands beneath the picture is.
    pub(super) fn strips_height(&mut self, frame: &Frame<'_>, room: f32) -> f32 {
        self.roomy = room >= ROOMY;
        let mut height = 0.0;
        if self.histogram_shown(frame) {
            height += HISTOGRAM + theme::GAP_S;
        }
        if self.profiles || self.line.is_some() {
            height += PROFILE + theme::GAP_S;
        }
        if self.region.is_some() {
            height += 24.0 + 18.0 * (frame.planes.len() as f32 + 1.0) + theme::GAP;
        }
        // The picture keeps the greater part.
        height.min(room * 0.6)
    }

    pub(super) fn strips(
        &mut self,
        ui: &mut Ui,
        frame: &Frame<'_>,
        place: &Place,
        slicing: &Slicing,
        hovered: Option<[u64; 2]>,
        out: &mut Vec<Action>,
    ) {
        ui.spacing_mut().item_spacing.y = theme::GAP_S;
        if self.histogram_shown(frame) {
            self.histogram(ui, frame);
        }
        if self.line.is_some() {
            self.along_line(ui, frame);
        } else if self.profiles {
            self.across(ui, frame, place, slicing, hovered);
        }
        if let Some(region) = self.region {
            self.region(ui, frame, region, out);
        }
    }

    fn histogram(&mut self, ui: &mut Ui, frame: &Frame<'_>) {
        let t = Tokens::of(ui);
        let difference = matches!(frame.paint, Paint::Difference { .. });
        let Some((lo, hi)) = frame.range.as_ref().and_then(|r| r.extremes) else {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HISTOGRAM), Sense::hover());
            let text = if frame.range.is_some() { "There is no finite number to count." } else { "Counting…" };
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, fonts::body(), t.text_soft);
            return;
        };
        let (mut counts, mut note) = (Vec::new(), String::new());
        if !difference && let Some(s) = self.counted(frame) {
            counts = s.histogram.clone();
        }
        let ends = if lo < hi { (lo, hi) } else { (lo - 0.5, hi + 0.5) };
        if counts.is_empty() || lo == hi {
            let bins = if lo == hi { 1 } else { BINS };
            let sample = frame.range.as_ref().map(|r| r.histogram(ends.0, ends.1, bins));
            counts = sample.unwrap_or_default().into_iter().map(u64::from).collect();
            if frame.range.as_ref().is_some_and(|r| !r.is_whole()) {
                "from a sample".clone_into(&mut note);
            }
        }
        let mut limits = (frame.scale.lo, frame.scale.hi);
        let before = limits;
        let lut = super::canvas_colors(&frame.paint);
        let width = (ui.available_width() - 20.0).max(40.0);
        let name = match (difference, self.ranging.whole) {
            (true, _) => "Values of the difference",
            (false, true) => "Values of the array",
            (false, false) => "Values of the slice",
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(10.0);
            let shown = Histogram {
                name,
                counts: &counts,
                range: ends,
                limits: &mut limits,
                log: &mut self.log,
                colors: &lut,
                write: &|v| between(v, ends.0, ends.1),
                size: vec2(width, HISTOGRAM),
            }
            .show(ui);
            if !note.is_empty() {
                let at = shown.response.rect.left_top() + vec2(6.0, 4.0);
                ui.painter().text(at, Align2::LEFT_TOP, &note, fonts::small(), t.text_soft);
            }
            if shown.response.double_clicked() {
                self.ranging.limits = super::limits::Limits::Extremes;
            } else if limits != before {
                self.ranging.set(limits.0, limits.1);
            }
        });
    }

    /// Exact statistics of what the range is taken from.
    fn counted(&self, frame: &Frame<'_>) -> Option<Arc<Stats>> {
        let mut of = vec![2, u64::from(self.ranging.whole)];
        if !self.ranging.whole {
            of.extend(&frame.of);
        }
        match work_out(frame.win, frame.handle, &frame.scope, frame.part, of) {
            Outcome::Ready(known) if known.fraction.is_none() => Some(known.stats.clone()),
            _ => None,
        }
    }

    /// The profile of the row of the screen through the element that is pointed at.
    fn across(&mut self, ui: &mut Ui, frame: &Frame<'_>, place: &Place, slicing: &Slicing, hovered: Option<[u64; 2]>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), PROFILE), Sense::hover());
        let rect = Rect::from_x_y_ranges(place.rect.x_range(), rect.y_range());
        let Some(e) = hovered.or_else(|| selected(frame, slicing)) else {
            ground(ui, rect, "Point at an element: the values of its row and its column");
            return;
        };
        let along = usize::from(!place.view.turn.transpose);
        let (visible, at) = window(place, along, e);
        let traces = self.traces.axis(frame, Which::Across, along, at, visible);
        let x = |i: f64| {
            let at = if along == 1 { [e[0] as f64 + 0.5, i] } else { [i, e[1] as f64 + 0.5] };
            place.screen(at).x
        };
        let mut name = format!("{} {at}", if along == 1 { "row" } else { "column" });
        if let Some((whose, _)) = frame.whose() {
            name.push_str(&format!(" of {whose}"));
        }
        draw(ui, rect, traces, frame.scale, &name, &x, Some(place.cell(e).center().x), frame.planes.len());
    }

    /// The profile of the column of the screen.
    pub(super) fn upright(
        &mut self,
        ui: &Ui,
        frame: &Frame<'_>,
        place: &Place,
        rect: Rect,
        slicing: &Slicing,
        hovered: Option<[u64; 2]>,
    ) {
        let rect = rect.with_min_x(rect.left() + 4.0);
        let Some(e) = hovered.or_else(|| selected(frame, slicing)) else {
            ground(ui, rect, "");
            return;
        };
        let along = usize::from(place.view.turn.transpose);
        let (visible, at) = window(place, along, e);
        let traces = self.traces.axis(frame, Which::Upright, along, at, visible);
        let t = Tokens::of(ui);
        ground(ui, rect, "");
        let painter = ui.painter_at(rect);
        let (lo, hi) = span(traces, frame.scale);
        for (k, trace) in traces.iter().enumerate() {
            let points = trace.points.iter().map(|(i, v)| {
                let at = if along == 1 { [e[0] as f64 + 0.5, *i] } else { [*i, e[1] as f64 + 0.5] };
                let part = ((v - lo) / (hi - lo)) as f32;
                v.is_finite().then(|| pos2(rect.left() + 3.0 + part * (rect.width() - 6.0), place.screen(at).y))
            });
            lines(&painter, points, ink(k, frame.planes.len(), t));
        }
        let y = place.cell(e).center().y;
        painter.hline(rect.x_range(), y, Stroke::new(1.0, t.hover));
        let name = format!("{} {at}", if along == 1 { "row" } else { "column" });
        let line = elide::whole(&painter, &name, &fonts::small());
        let ground = Rect::from_min_size(rect.left_top() + vec2(1.0, 1.0), vec2(line.width() + 8.0, 16.0));
        painter.rect_filled(ground, 0.0, t.base.gamma_multiply(0.85));
        line.paint_left(&painter, pos2(rect.left() + 4.0, rect.top() + 9.0), t.text_soft);
    }

    fn along_line(&mut self, ui: &mut Ui, frame: &Frame<'_>) {
        let Some(line) = self.line else { return };
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), PROFILE), Sense::hover());
        let rect = rect.shrink2(vec2(10.0, 0.0));
        let traces = self.traces.line(frame, line);
        let length = traces.first().and_then(|t| t.points.last()).map_or(1.0, |p| p.0).max(1e-9);
        let plot = rect.with_max_x(rect.right() - 28.0);
        let x = |d: f64| plot.left() + (d / length) as f32 * plot.width();
        let [a, b] = line.map(|p| format!("[{:.0}, {:.0}]", p[0].floor(), p[1].floor()));
        let mut name = format!("A {a} to B {b}, {} elements long", short(length));
        if let Some((whose, _)) = frame.whose() {
            name.push_str(&format!(", of {whose}"));
        }
        let pointer = ui.ctx().pointer_hover_pos().filter(|p| plot.contains(*p)).map(|p| p.x);
        draw(ui, plot, traces, frame.scale, &name, &x, pointer, frame.planes.len());
        let close = Rect::from_min_size(pos2(plot.right() + 4.0, rect.top()), vec2(24.0, 24.0));
        let hint = "Take the line away (Escape)";
        // a child that takes no room: what follows stands below the strip
        let mut corner = ui.new_child(egui::UiBuilder::new().max_rect(close));
        if corner.add(ToolButton::new(icons::CLOSE, hint)).clicked() {
            self.line = None;
        }
    }

    /// The figures of the marked elements, a row for each channel.
    fn region(&mut self, ui: &mut Ui, frame: &Frame<'_>, region: [u64; 4], _: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let [r0, c0, r1, c1] = region;
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 0)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                let text = format!("Region [{r0}:{r1}, {c0}:{c1}]");
                ui.label(RichText::new(text).font(fonts::strong()).color(t.text_strong));
                let size = format!("{} × {}", words::grouped(r1 - r0), words::grouped(c1 - c0));
                ui.label(RichText::new(size).color(t.text_soft));
                if let Some((whose, _)) = frame.whose() {
                    ui.label(RichText::new(format!("of {whose}")).color(t.text_soft));
                }
                if ui.add(ToolButton::new(icons::FIT, "Zoom to the region")).clicked() {
                    self.zoom_to(region);
                }
                if ui.add(ToolButton::new(icons::CLOSE, "Take the region away (Escape)")).clicked() {
                    self.region = None;
                }
            });
            let names = ["", "n", "min", "max", "mean", "σ", "median"];
            let first = if frame.planes.len() > 1 { 34.0 } else { 0.0 };
            let column = ((ui.available_width() - first) / 6.0).clamp(40.0, 150.0);
            let row = |ui: &mut Ui, cells: &[String], color: Color32| {
                let (rect, r) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
                // as it is read out: each figure behind its name
                let said = names.iter().zip(cells).map(|(n, c)| format!("{n} {c}"));
                let said = said.collect::<Vec<_>>().join(", ");
                r.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, said.trim_matches([',', ' '])));
                for (k, cell) in cells.iter().enumerate() {
                    let right = rect.left() + first + column * k as f32;
                    let room = if k == 0 { first } else { column - 6.0 };
                    let line = elide::middle(ui.painter(), cell, &fonts::mono_small(), room);
                    let x = if k == 0 { rect.left() } else { right - line.width() };
                    line.paint_left(ui.painter(), pos2(x, rect.center().y), color);
                }
            };
            ui.spacing_mut().item_spacing.y = 0.0;
            row(ui, &names.map(str::to_owned), t.text_soft);
            if let Some(other) = frame.less() {
                let cells = difference_cells(frame, other, region, column);
                row(ui, &cells, t.text_strong);
                return;
            }
            for (k, plane) in frame.planes.iter().enumerate() {
                let part = plane.range(0, r0, r1 - r0, 1).and_then(|a| a.range(1, c0, c1 - c0, 1));
                let Ok(part) = part else { continue };
                let mut of = vec![3, k as u64, r0, c0, r1, c1, frame.which];
                of.extend(&frame.of);
                let name = if frame.planes.len() > 1 { ["R", "G", "B", "A"][k.min(3)] } else { "" };
                let mut cells = vec![name.to_owned()];
                let known = work_out(frame.win, frame.handle, &part, frame.part, of);
                if let Outcome::Ready(known) = known {
                    let s = &known.stats;
                    let number =
                        |v: Option<f64>, spread| v.map_or("–".into(), |v| brief(&written(&part, v, spread), v));
                    cells.push(words::grouped(s.finite));
                    for end in [&s.min, &s.max] {
                        let text = |e: &crate::tensor::At| {
                            let text = e.value.text();
                            let v = e.value.to_f64().unwrap_or(0.0);
                            if (text.len() as f32) * 6.7 > column - 8.0 { brief(&text, v) } else { text }
                        };
                        cells.push(end.as_ref().map_or("–".into(), text));
                    }
                    cells.push(number(s.mean, false));
                    cells.push(number(s.std, true));
                    cells.push(number(s.percentile(50.0).map(|p| p.value), false));
                } else {
                    cells.push("…".into());
                }
                row(ui, &cells, t.text_strong);
            }
        });
    }

    fn zoom_to(&mut self, [r0, c0, r1, c1]: [u64; 4]) {
        let (Some(view), Some((_, _, rows, cols))) = (self.view, self.shown) else { return };
        let a = view.turn.to_picture(rows, cols, [r0 as f64, c0 as f64]);
        let b = view.turn.to_picture(rows, cols, [r1 as f64, c1 as f64]);
        let (w, h) = ((a[0] - b[0]).abs().max(1.0), (a[1] - b[1]).abs().max(1.0));
        let scale = [f64::from(view.size[0]) / w * 0.9, f64::from(view.size[1]) / h * 0.9];
        let scale = if self.square { [scale[0].min(scale[1]).min(256.0); 2] } else { scale };
        self.view = Some(crate::tensor::View { scale, ..view }.centred([a[0].midpoint(b[0]), a[1].midpoint(b[1])]));
    }
}

/// The figures of the differences in a region: count, ends, mean, deviation, median.
fn difference_cells(frame: &Frame<'_>, other: &Array, [r0, c0, r1, c1]: [u64; 4], column: f32) -> Vec<String> {
    let cut = |a: &Array| a.range(0, r0, r1 - r0, 1).and_then(|a| a.range(1, c0, c1 - c0, 1)).ok();
    let waiting = vec![String::new(), "…".to_owned()];
    let Some((a, b)) = frame.plane().and_then(cut).zip(cut(other)) else { return waiting };
    let mut of = vec![5, r0, c0, r1, c1, frame.part as u64, frame.whose().map_or(0, |w| w.1)];
    of.extend(&frame.of);
    let key = WorkKey { place: frame.win.place, handle: frame.handle, kind: "region of the difference", of };
    let (part, integer) = (frame.part, a.dtype.is_integer() && b.dtype.is_integer());
    let found = frame.win.session.work.get(key, "Reading the differences", move |cx| {
        let found = Range::of_difference(&a, &b, part, false, &|done, of| {
            cx.progress(done, of);
            !cx.cancelled()
        });
        let found = found.ok_or("stopped")?;
        let bytes = found.memory();
        Ok((found, bytes))
    });
    let Outcome::Ready(r) = found else { return waiting };
    let text = |v: f64, whole: bool| {
        let text = if whole { format!("{v:.0}") } else { v.to_string() };
        if text.len() as f32 * 6.7 > column - 8.0 { brief(&text, v) } else { text }
    };
    let or_none = |v: Option<f64>, whole| v.map_or_else(|| "–".to_owned(), |v| text(v, whole));
    let median = or_none(r.median(), false);
    vec![
        String::new(),
        words::grouped(r.finite),
        or_none(r.extremes.map(|e| e.0), integer),
        or_none(r.extremes.map(|e| e.1), integer),
        or_none(r.moments.map(|m| m.0), false),
        or_none(r.moments.map(|m| m.1), false),
        // of many it is taken from an even sample
        if r.is_whole() { median } else { format!("≈ {median}") },
    ]
}

/// A number that was worked out, with no more digits than a column has room for.
fn brief(text: &str, v: f64) -> String {
    if text.len() <= 10 || !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) || text.contains(':') {
        return text.to_owned();
    }
    let a = v.abs();
    if (1e-3..1e6).contains(&a) { format!("{v:.4}") } else { format!("{v:.4e}") }
}

/// The plane indices along an axis that are seen, and the index of the other axis.
fn window(place: &Place, along: usize, e: [u64; 2]) -> ([u64; 2], u64) {
    let (rows, cols) = place.view.visible(place.rows, place.cols);
    if along == 1 { ([cols.start, cols.end], e[0]) } else { ([rows.start, rows.end], e[1]) }
}

/// The values that a profile spans: those of the picture's range, and whatever lies beyond it.
fn span(traces: &[Trace], scale: Scale) -> (f64, f64) {
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    for v in traces.iter().flat_map(|t| &t.points).map(|p| p.1).filter(|v| v.is_finite()) {
        (lo, hi) = (lo.min(v), hi.max(v));
    }
    if lo < hi {
        (lo, hi)
    } else if lo == hi {
        (lo - 0.5, hi + 0.5)
    } else {
        (scale.lo.min(scale.hi), scale.hi.max(scale.lo + 1.0))
    }
}

fn ink(k: usize, of: usize, t: &Tokens) -> Color32 {
    match (of, k) {
        (1, _) => t.accent,
        (_, 0) => t.error,
        (_, 1) => t.good,
        (_, 2) => t.note,
        _ => t.text_soft,
    }
}

fn ground(ui: &Ui, rect: Rect, text: &str) {
    let t = Tokens::of(ui);
    ui.painter().rect(rect, 0.0, t.base, t.line_stroke(), StrokeKind::Inside);
    if !text.is_empty() {
        let line = elide::middle(ui.painter(), text, &fonts::small(), rect.width() - 12.0);
        let x = rect.center().x - line.width() * 0.5;
        line.paint_left(ui.painter(), pos2(x, rect.center().y), t.text_soft);
    }
}

/// Points joined where they follow each other; a gap where there is none.
fn lines(painter: &egui::Painter, points: impl Iterator<Item = Option<egui::Pos2>>, color: Color32) {
    let mut run = Vec::new();
    for p in points.chain([None]) {
        match p {
            Some(p) => run.push(p),
            None if run.len() > 1 => {
                painter.line(std::mem::take(&mut run), Stroke::new(1.0, color));
            }
            None => {
                run.drain(..).for_each(|p| {
                    painter.circle_filled(p, 1.0, color);
                });
            }
        }
    }
}

/// A profile that lies: values upwards.
#[expect(clippy::too_many_arguments, reason = "all of it is drawn")]
fn draw(
    ui: &Ui,
    rect: Rect,
    traces: &[Trace],
    scale: Scale,
    name: &str,
    x: &dyn Fn(f64) -> f32,
    at: Option<f32>,
    of: usize,
) {
    let t = Tokens::of(ui);
    ground(ui, rect, "");
    let painter = ui.painter_at(rect);
    let (lo, hi) = span(traces, scale);
    let y = |v: f64| rect.bottom() - 4.0 - ((v - lo) / (hi - lo)) as f32 * (rect.height() - 22.0);
    for (k, trace) in traces.iter().enumerate() {
        let points = trace.points.iter().map(|(i, v)| v.is_finite().then(|| pos2(x(*i), y(*v))));
        lines(&painter, points, ink(k, of, t));
    }
    if let Some(at) = at {
        painter.vline(at, rect.y_range(), Stroke::new(1.0, t.hover));
    }
    let step = traces.first().map_or(1, |t| t.step);
    let mut said = name.to_owned();
    if step > 1 {
        said.push_str(&format!(", each {step}th element"));
    }
    // The value at the pointer, else what the profile spans.
    let nearest = at.and_then(|at| {
        let near = |p: &&(f64, f64)| (x(p.0) - at).abs();
        traces.first()?.points.iter().min_by(|a, b| near(a).total_cmp(&near(b))).map(|p| p.1)
    });
    let text = match nearest {
        Some(v) => format!("{}   {} … {}", short(v), short(lo), short(hi)),
        None => format!("{} … {}", short(lo), short(hi)),
    };
    let figures = elide::middle(&painter, &text, &fonts::mono_small(), rect.width() - 12.0);
    let room = rect.width() - figures.width() - 24.0;
    figures.paint_left(&painter, pos2(rect.right() - 6.0 - figures.width(), rect.top() + 9.0), t.text_normal);
    if room > 30.0 {
        let said = elide::middle(&painter, &said, &fonts::small(), room);
        said.paint_left(&painter, pos2(rect.left() + 6.0, rect.top() + 9.0), t.text_soft);
    }
}

/// The labels that are there, with their colours; none while they are counted.
pub(super) fn labels(frame: &Frame<'_>) -> Vec<([u8; 3], String)> {
    let mut of = vec![4];
    of.extend(&frame.of);
    let known = frame.plane().map(|p| work_out(frame.win, frame.handle, p, frame.part, of));
    let Some(Outcome::Ready(known)) = known else { return Vec::new() };
    let all = known.stats.distinct.as_ref().filter(|_| !known.stats.partial);
    let colored = |value: &crate::tensor::Scalar| {
        let [red, green, blue, _] = frame.paint.color(&[value.to_f64().unwrap_or(0.0)]).unwrap_or_default();
        [red, green, blue]
    };
    all.map_or_else(Vec::new, |all| {
        all.iter().map(|(value, n)| (colored(value), format!("{}  ({})", value.text(), words::grouped(*n)))).collect()
    })
}

/// The labels that are there, with their colours and counts.
pub(super) fn legend(ui: &mut Ui, frame: &Frame<'_>, height: f32) {
    let t = Tokens::of(ui);
    let (rect, r) = ui.allocate_exact_size(vec2(96.0, height), Sense::hover());
    r.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, "Labels"));
    let painter = ui.painter_at(rect);
    let mut of = vec![4];
    of.extend(&frame.of);
    let known = frame.plane().map(|p| work_out(frame.win, frame.handle, p, frame.part, of));
    let Some(Outcome::Ready(known)) = known else { return };
    let x = rect.left() + 10.0;
    let mut y = rect.top() + 9.0;
    let mut line = |text: &str, swatch: Option<Color32>, color: Color32| {
        if let Some(fill) = swatch {
            let square = Rect::from_center_size(pos2(x + 5.0, y), vec2(10.0, 10.0));
            painter.rect(square, 1.0, fill, t.line_stroke(), StrokeKind::Outside);
        }
        let left = x + if swatch.is_some() { 16.0 } else { 0.0 };
        let line = elide::middle(&painter, text, &fonts::mono_small(), rect.right() - left);
        line.paint_left(&painter, pos2(left, y), color);
        y += 16.0;
    };
    let Some(all) = known.stats.distinct.as_ref().filter(|_| !known.stats.partial) else {
        let text = match known.stats.distinct_count {
            Some(n) => format!("{n} labels"),
            None if known.stats.partial => "counting".to_owned(),
            None => "over 256".to_owned(),
        };
        line(&text, None, t.text_soft);
        return;
    };
    let room = ((height - 20.0) / 16.0) as usize;
    let fits = all.len() <= room;
    for (value, n) in all.iter().take(if fits { all.len() } else { room.saturating_sub(1) }) {
        let v = value.to_f64().unwrap_or(0.0);
        let [red, green, blue, _] = frame.paint.color(&[v]).unwrap_or_default();
        line(
            &format!("{}  {}", value.text(), words::grouped(*n)),
            Some(Color32::from_rgb(red, green, blue)),
            t.text_normal,
        );
    }
    if !fits {
        line(&format!("and {} more", all.len() + 1 - room.max(1)), None, t.text_soft);
    }
}
