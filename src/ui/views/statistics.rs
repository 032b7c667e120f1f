//! The view of figures about all elements of an array: ends, moments, percentiles, counts, different values, and how the
//! elements lie in memory. Must never count anything itself, nor show a figure of some elements as one of all.

use crate::interpret::{ArrayMeaning, counted};
use crate::machine::Handle;
use crate::session::{Action, Item, Outcome, View, WorkKey};
use crate::tensor::{Array, Kind, Part, Scalar, Stats, drawable, tuple};
use crate::ui::widgets::check::check;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::{elide, progress::Progress};
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    self, Align, Align2, ComboBox, Layout, Mesh, Rect, Response, RichText, Sense, Shape, Ui, pos2, vec2,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Room for a number of all digits, in points: where there is less, all figures stand beneath their names.
const NUMBER: f32 = 150.0;
/// Width of the names of figures, in points.
const NAMES: f32 = 128.0;
/// Different values that are listed.
const LISTED: usize = 64;

/// Figures, and how much of the work on them is done; all of it where that is `None`.
pub struct Known {
    /// What is known.
    pub stats: Arc<Stats>,
    /// The part of the work that is done.
    pub fraction: Option<f32>,
}

type SoFar = Mutex<Option<(Arc<Stats>, f32)>>;

/// Works statistics out beside the frame; `of` is all that tells this array from others of the same value. What is known
/// on the way is told too.
pub fn work_out(win: &View<'_>, handle: Handle, array: &Array, part: Part, of: Vec<u64>) -> Outcome<Known> {
    let key = |kind: &'static str| {
        let mut of = of.clone();
        of.extend([part as u64, array.available()]);
        WorkKey { place: win.place, handle, kind, of }
    };
    let so_far = win.session.work.soon(key("statistics so far"), "Counting", |_| Ok((Arc::<SoFar>::default(), 64)));
    let Outcome::Ready(so_far) = so_far else { return Outcome::Pending };
    let (array, told) = (array.clone(), so_far.clone());
    let all = win.session.work.get(key("statistics"), "Reading all elements for their statistics", move |cx| {
        let stats = Stats::of(&array, part, &|stats, done, of| {
            cx.progress(done, of);
            let part = if of > 0 { done as f32 / of as f32 } else { 0.0 };
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some((Arc::new(stats.clone()), part));
            !cx.cancelled()
        });
        let stats = Arc::new(stats.ok_or("the elements are no numbers")?);
        let bytes = stats.memory();
        Ok((stats, bytes))
    });
    match all {
        Outcome::Ready(stats) => Outcome::Ready(Arc::new(Known { stats: (*stats).clone(), fraction: None })),
        Outcome::Failed(why) => Outcome::Failed(why),
        Outcome::Pending => {
            let known = so_far.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match known {
                Some((stats, part)) => Outcome::Ready(Arc::new(Known { stats, fraction: Some(part) })),
                None => Outcome::Pending,
            }
        }
    }
}

/// A number worked out from elements, in the words of their type: of dates it is a date.
pub fn written(array: &Array, v: f64, spread: bool) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "ticks; saturates")]
    let ticks = v.round() as i64;
    match array.dtype.kind {
        Kind::Datetime(tick) if !spread => Scalar::Datetime(ticks, tick).text(),
        Kind::Datetime(tick) | Kind::Timedelta(tick) => Scalar::Timedelta(ticks, tick).text(),
        _ => Scalar::F64(v).text(),
    }
}

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct StatisticsView {
    part: Option<Part>,
    /// Of a structured array, the field that is counted.
    field: Option<(Handle, String)>,
    log: bool,
}

impl StatisticsView {
    /// Draws the figures into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, win: &View<'_>, handle: Handle, a: &ArrayMeaning, out: &mut Vec<Action>) {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            egui::Frame::NONE.inner_margin(theme::EDGE as i8).show(ui, |ui| {
                let field = self.choose_field(ui, handle, &a.array);
                let array = match &field {
                    Some((n, name)) => (a.array.field(name), *n),
                    None => (Ok(a.array.clone()), 0),
                };
                match array {
                    (Ok(array), n) if drawable(&array.dtype) => self.figures(ui, win, handle, &array, n, out),
                    _ => {
                        Empty::new(icons::SIGMA, "No statistics", "The elements are no numbers.").show(ui);
                    }
                }
                layout(ui, a);
            });
        });
    }

    /// Of a structured type, which field: its number and its name.
    fn choose_field(&mut self, ui: &mut Ui, handle: Handle, array: &Array) -> Option<(u64, String)> {
        let fields: Vec<(u64, String)> = (1..)
            .zip(array.dtype.fields())
            .filter(|(_, f)| drawable(&f.dtype) || matches!(&f.dtype.kind, Kind::Sub(s) if drawable(&s.base)))
            .map(|(n, f)| (n, f.name.clone()))
            .collect();
        let first = fields.first()?.clone();
        let now = self.field.as_ref().filter(|(h, _)| *h == handle).map(|f| f.1.clone());
        let mut at = fields.iter().find(|f| Some(&f.1) == now.as_ref()).cloned().unwrap_or(first);
        ui.horizontal(|ui| {
            let label = ui.label("Field");
            let combo = ComboBox::from_id_salt("field").selected_text(&at.1).show_ui(ui, |ui| {
                for f in &fields {
                    ui.selectable_value(&mut at, f.clone(), &f.1);
                }
            });
            combo.response.labelled_by(label.id);
        });
        ui.add_space(theme::GAP);
        self.field = Some((handle, at.1.clone()));
        Some(at)
    }

    fn figures(
        &mut self,
        ui: &mut Ui,
        win: &View<'_>,
        handle: Handle,
        array: &Array,
        field: u64,
        out: &mut Vec<Action>,
    ) {
        let part = self.choose_part(ui, array);
        let known = match work_out(win, handle, array, part, vec![0, field]) {
            Outcome::Ready(known) => known,
            Outcome::Failed(why) => {
                ui.label(
                    RichText::new(format!("The elements could not be counted: {why}")).color(Tokens::of(ui).error),
                );
                return;
            }
            Outcome::Pending => {
                Progress { name: "Reading all elements", fraction: None, detail: "", cancel: false }.show(ui, 260.0);
                return;
            }
        };
        let s = &known.stats;
        if let Some(part) = known.fraction {
            let detail = format!("{} of {} read; figures so far", words::grouped(s.seen), words::grouped(s.len));
            let width = ui.available_width().min(420.0);
            Progress { name: "Reading all elements", fraction: Some(part), detail: &detail, cancel: false }
                .show(ui, width);
            ui.add_space(theme::GAP);
        }
        values(ui, win, handle, array, s, out);
        if !s.histogram.is_empty() && s.finite > 1 {
            self.bars(ui, array, s);
        }
        counts(ui, s);
        different(ui, s);
    }

    fn choose_part(&mut self, ui: &mut Ui, array: &Array) -> Part {
        if !array.dtype.is_complex() {
            return Part::Real;
        }
        let mut part = self.part.unwrap_or(Part::Magnitude);
        ui.horizontal(|ui| {
            let label = ui.label("Of the");
            let combo = ComboBox::from_id_salt("part").selected_text(part.name()).show_ui(ui, |ui| {
                for p in Part::ALL {
                    ui.selectable_value(&mut part, *p, p.name());
                }
            });
            combo.response.labelled_by(label.id);
        });
        ui.add_space(theme::GAP);
        self.part = Some(part);
        part
    }

    /// The histogram of all finite numbers.
    fn bars(&mut self, ui: &mut Ui, array: &Array, s: &Stats) {
        let t = Tokens::of(ui);
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            header(ui, "DISTRIBUTION");
            check(ui, &mut self.log, "log counts");
        });
        let (rect, r) = ui.allocate_exact_size(vec2(ui.available_width().min(640.0), 96.0), Sense::hover());
        let said = format!("Histogram of {} finite numbers", words::grouped(s.finite));
        r.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &said));
        let plot = Rect::from_min_max(rect.min, pos2(rect.right(), rect.bottom() - 18.0));
        let painter = ui.painter_at(rect);
        painter.rect(plot, 0.0, t.base, t.line_stroke(), egui::StrokeKind::Inside);
        let height = |n: u64| if self.log { (n as f64).ln_1p() } else { n as f64 };
        let bars = s.histogram.len().min(plot.width() as usize / 2).max(1);
        let n = s.histogram.len();
        let grouped: Vec<u64> =
            (0..bars).map(|b| s.histogram.iter().take((b + 1) * n / bars).skip(b * n / bars).sum()).collect();
        let top = height(grouped.iter().copied().max().unwrap_or(1)).max(1e-9);
        let mut mesh = Mesh::default();
        let x = |b: usize| plot.left() + plot.width() * b as f32 / bars as f32;
        for (b, count) in grouped.iter().enumerate().filter(|(_, n)| **n > 0) {
            let tall = ((height(*count) / top) as f32 * (plot.height() - 4.0)).max(1.0);
            let min = pos2(x(b).round(), plot.bottom() - 1.0 - tall);
            mesh.add_colored_rect(Rect::from_min_max(min, pos2(x(b + 1).round(), plot.bottom() - 1.0)), t.text_soft);
        }
        painter.add(Shape::mesh(mesh));
        let (Some(lo), Some(hi)) = (&s.min, &s.max) else { return };
        let y = plot.bottom() + 9.0;
        let (lo, hi) = (lo.value.text(), hi.value.text());
        elide::middle(&painter, &lo, &fonts::mono_small(), rect.width() * 0.45).paint_left(
            &painter,
            pos2(rect.left(), y),
            t.text_normal,
        );
        let hi = elide::middle(&painter, &hi, &fonts::mono_small(), rect.width() * 0.45);
        hi.paint_left(&painter, pos2(rect.right() - hi.width(), y), t.text_normal);
        if let Some(p) = r.hover_pos().filter(|p| plot.contains(*p)) {
            let bar = (((p.x - plot.left()) / plot.width()) * bars as f32) as usize;
            let ends =
                s.min.as_ref().zip(s.max.as_ref()).and_then(|(a, b)| Some((a.value.to_f64()?, b.value.to_f64()?)));
            if let (Some(n), Some((lo, hi))) = (grouped.get(bar), ends) {
                let at = |b: usize| written(array, lo + (hi - lo) * b as f64 / bars as f64, false);
                r.on_hover_text_at_pointer(format!("{} from {} to {}", counted(*n, "value"), at(bar), at(bar + 1)));
            }
        }
    }
}

fn header(ui: &mut Ui, text: &str) {
    let t = Tokens::of(ui);
    ui.label(RichText::new(text).font(fonts::header()).color(t.text_soft));
}

/// A figure: its name, the value, and a note. With `link` it can be clicked, and says what then happens.
fn figure(ui: &mut Ui, name: &str, value: &str, note: &str, link: Option<&str>) -> Response {
    let t = Tokens::of(ui);
    let wide = |ui: &Ui, text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, t.text_strong).size().x;
    let (all, value_wide) = (ui.available_width(), wide(ui, value, fonts::mono()));
    // a number is never broken: in a narrow view it stands beneath its name, and what is said of it beneath that
    let stacked = NAMES + theme::GAP + value_wide.max(NUMBER) > all;
    let room = if stacked { all } else { all - NAMES - theme::GAP };
    let breaks = !note.is_empty() && value_wide + 10.0 + wide(ui, note, fonts::body()) > room;
    let layout = if stacked { Layout::top_down(Align::Min) } else { Layout::left_to_right(Align::Min) };
    let row = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing = vec2(theme::GAP, 0.0);
        let (rect, _) = ui.allocate_exact_size(vec2(NAMES, 18.0), Sense::hover());
        elide::middle(ui.painter(), name, &fonts::body(), NAMES).paint_left(
            ui.painter(),
            pos2(rect.left(), rect.center().y),
            t.text_soft,
        );
        let color = if link.is_some() { t.accent } else { t.text_strong };
        let mut job = LayoutJob::default();
        job.append(value, 0.0, TextFormat::simple(fonts::mono(), color));
        if breaks {
            job.append("\n", 0.0, TextFormat::simple(fonts::body(), t.text_soft));
        }
        job.append(note, if breaks { 0.0 } else { 10.0 }, TextFormat::simple(fonts::body(), t.text_soft));
        let label = egui::Label::new(job).wrap();
        match link {
            Some(hint) => {
                let r = ui.add(label.sense(Sense::click())).on_hover_cursor(egui::CursorIcon::PointingHand);
                let said = format!("{name} {value}, {hint}");
                r.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Link, true, &said));
                r.on_hover_text(hint)
            }
            None => ui.add(label.selectable(true)),
        }
    };
    ui.allocate_ui_with_layout(vec2(all, 18.0), layout, row).inner
}

fn values(ui: &mut Ui, win: &View<'_>, handle: Handle, array: &Array, s: &Stats, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    header(ui, "VALUES");
    if s.finite == 0 {
        let text = if s.len == 0 {
            "The array has no elements."
        } else if s.partial {
            "No finite number so far."
        } else {
            "There is no finite number among the elements."
        };
        ui.label(RichText::new(text).color(t.text_normal));
        ui.add_space(theme::GAP);
        return;
    }
    let about = if s.partial { "so far" } else { "" };
    for (name, end) in [("minimum", &s.min), ("maximum", &s.max)] {
        let Some(end) = end else { continue };
        let index = array.unravel(end.index);
        let place: Vec<String> = index.iter().map(u64::to_string).collect();
        let note = format!("at [{}] {about}", place.join(", "));
        if figure(ui, name, &end.value.text(), note.trim_end(), Some("select this element")).clicked() {
            out.push(Action::Select(Item::of_element(win.place, handle, index)));
        }
    }
    let mut plain = |name: &str, v: Option<f64>, spread: bool, note: &str| {
        if let Some(v) = v {
            let note = if note.is_empty() { about.to_owned() } else { format!("{note} {about}") };
            figure(ui, name, &written(array, v, spread), note.trim_end(), None);
        }
    };
    plain("mean", s.mean, false, "");
    plain("standard deviation", s.std, true, "population");
    if let Some(sum) = s.whole_sum.filter(|_| array.dtype.is_integer() || array.dtype.kind == Kind::Bool) {
        figure(ui, "sum", &sum.to_string(), about, None);
    } else if !matches!(array.dtype.kind, Kind::Datetime(_)) {
        if let Some(v) = s.sum {
            figure(ui, "sum", &written(array, v, true), about, None);
        }
    }
    for p in &s.percentiles {
        let median = (p.percent - 50.0).abs() < 1e-9;
        let name = if median { "median".to_owned() } else { format!("percentile {}", p.percent) };
        let note = if p.element.is_some() { "" } else { "interpolated" };
        let text = p.element.as_ref().map_or_else(|| written(array, p.value, false), Scalar::text);
        figure(ui, &name, &text, note, None);
    }
    if s.percentiles.is_empty() {
        figure(ui, "percentiles", "…", "once all elements were read", None);
    }
    if s.rounded {
        ui.label(RichText::new("The elements were rounded to binary64 for these figures.").color(t.warning));
    }
}

fn counts(ui: &mut Ui, s: &Stats) {
    ui.add_space(theme::GAP);
    header(ui, "COUNTS");
    let all = s.seen.max(1) as f64;
    let mut row = |name: &str, n: u64, always: bool| {
        if n > 0 || always {
            let share = n as f64 / all * 100.0;
            let note = match n {
                0 => String::new(),
                n if n == s.seen => "all".to_owned(),
                _ if share < 0.001 => "less than 0.001 %".to_owned(),
                _ if share > 99.999 => "more than 99.999 %".to_owned(),
                _ => format!("{share:.3} %"),
            };
            figure(ui, name, &words::grouped(n), &note, None);
        }
    };
    row(if s.seen < s.len { "elements read" } else { "elements" }, s.seen, true);
    row("zeros", s.zeros, true);
    row("NaN", s.nan, true);
    row("+∞", s.pos_inf, true);
    row("−∞", s.neg_inf, true);
    row("masked", s.masked, false);
    row("not in the file", s.missing, false);
}

fn different(ui: &mut Ui, s: &Stats) {
    let t = Tokens::of(ui);
    ui.add_space(theme::GAP);
    header(ui, "DIFFERENT VALUES");
    let Some(all) = s.distinct.as_ref().filter(|_| !s.partial) else {
        let text = match (s.distinct_count, s.partial) {
            (Some(n), _) => counted(n, "different value"),
            (None, false) => "more than 256".to_owned(),
            (None, true) => "…".to_owned(),
        };
        ui.label(RichText::new(text).color(t.text_normal));
        return;
    };
    ui.label(RichText::new(counted(all.len() as u64, "different value")).color(t.text_normal));
    let most = all.iter().map(|v| v.1).max().unwrap_or(1).max(1) as f32;
    for (value, n) in all.iter().take(LISTED) {
        let width = ui.available_width().min(480.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover());
        let (painter, y) = (ui.painter_at(rect), rect.center().y);
        let name = elide::middle(&painter, &value.text(), &fonts::mono(), NAMES);
        name.paint_left(&painter, pos2(rect.left(), y), t.text_strong);
        let left = rect.left() + NAMES + theme::GAP;
        let room = (width - NAMES - 120.0).max(8.0);
        let bar = Rect::from_min_size(pos2(left, y - 4.0), vec2((room * *n as f32 / most).max(1.0), 8.0));
        painter.rect_filled(bar, 1.0, t.hover);
        painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, words::grouped(*n), fonts::mono(), t.text_normal);
    }
    if all.len() > LISTED {
        ui.label(RichText::new(format!("and {} more", all.len() - LISTED)).color(t.text_soft));
    }
}

/// How the elements lie in memory.
fn layout(ui: &mut Ui, a: &ArrayMeaning) {
    let array = &a.array;
    ui.add_space(theme::GAP);
    header(ui, "IN MEMORY");
    let name = a.dtype_name.clone().unwrap_or_else(|| array.dtype.name());
    figure(ui, "dtype", &name, &array.dtype.numpy_str(), None);
    figure(ui, "shape", &tuple(array.shape()), &counted(array.len(), "element"), None);
    let exact = if array.nbytes() < 1024 { String::new() } else { words::exact_size(array.nbytes()) };
    figure(ui, "bytes", &words::size(array.nbytes()), &exact, None);
    figure(ui, "item size", &words::size(array.dtype.item_size), "", None);
    let strides: Vec<String> = array.strides().iter().map(i64::to_string).collect();
    let one = if strides.len() == 1 { "," } else { "" };
    figure(ui, "strides", &format!("({}{one})", strides.join(", ")), "bytes from one element to the next", None);
    let order = match a.order {
        'C' => "the last axis runs fastest",
        'F' => "the first axis runs fastest",
        _ => "in an order of its own",
    };
    figure(ui, "order", &a.order.to_string(), order, None);
    figure(ui, "byte order", array.dtype.order.words(), "", None);
    let dense = match (array.is_c(), array.is_f()) {
        (true, true) => ("C and Fortran", "one run of bytes"),
        (true, false) => ("C", "one run of bytes"),
        (false, true) => ("Fortran", "one run of bytes"),
        (false, false) => ("no", "there are gaps between elements, or the axes are in another order"),
    };
    figure(ui, "contiguous", dense.0, dense.1, None);
}
