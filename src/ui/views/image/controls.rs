//! The controls above a picture: turning, tools, channels, colours, range, and what it is compared with.
//! They change choices alone.

use super::compare::{Compare, Mode};
use super::limits::{Limits, type_range};
use super::{Frame, ImageView, Shown, Slicing, Tool};
use crate::session::{Action, Captured, Command, CopyWhat, PictureChange};
use crate::tensor::{Array, Colormap, Kind, MapKind, Part, Reduce, Scalar, Stretch, Turn};
use crate::ui::widgets::check::check;
use crate::ui::widgets::number_field::Number as _;
use crate::ui::widgets::tabs::{Segment, segmented};
use crate::ui::widgets::toolbar::{ToolButton, divider};
use crate::ui::{Tokens, icons};
use eframe::egui::{self, ComboBox, DragValue, RichText, Ui};

/// From this width on, in points, colours and range stand side by side.
const WIDE: f32 = 820.0;

/// A number in few characters, for legends: what is rounded stands exactly in the read-out.
pub(in crate::ui) fn short(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let a = v.abs();
    if (1e-3..1e5).contains(&a) {
        let digits = if a >= 1000.0 {
            0
        } else if a >= 100.0 {
            1
        } else if a >= 1.0 {
            2
        } else {
            4
        };
        let text = format!("{v:.digits$}");
        return if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    }
    format!("{v:.2e}")
}

/// Two numbers so close to each other that [`short`] would write them alike.
pub(super) fn alike(lo: f64, hi: f64) -> bool {
    let most = lo.abs().max(hi.abs());
    lo != hi && most.is_finite() && (hi - lo).abs() < most * 2e-3
}

/// A number of a range between others: beside numbers that are much greater than the range, how far above the low end.
pub(super) fn between(v: f64, lo: f64, hi: f64) -> String {
    let (span, above) = ((hi - lo).abs(), v - lo);
    if !alike(lo, hi) {
        return short(v);
    }
    if above.abs() < span * 1e-6 { short(v) } else { format!("+{}", short(above)) }
}

impl ImageView {
    /// What is at hand in the smallest view: where the picture stands, the tools, the comparison.
    pub(super) fn first_row(&mut self, ui: &mut Ui, frame: &Frame<'_>, tight: bool) {
        ui.horizontal_wrapped(|ui| {
            self.placing(ui);
            if !tight {
                self.turning(ui);
            }
            divider(ui);
            self.tools(ui);
            if tight {
                let hint = "Colours, range, turning, axes";
                let button = ToolButton::new(icons::SLIDERS, "More controls").hint(hint).on(self.unfolded);
                if ui.add(button).clicked() {
                    self.unfolded = !self.unfolded;
                }
            }
            divider(ui);
            self.comparing(ui, frame);
        });
    }

    /// All the others.
    pub(super) fn controls(
        &mut self,
        ui: &mut Ui,
        frame: &Frame<'_>,
        channels: Option<usize>,
        slicing: &mut Slicing,
        tight: bool,
    ) {
        if tight {
            ui.horizontal_wrapped(|ui| self.turning(ui));
        }
        let wide = ui.available_width() >= WIDE;
        ui.horizontal_wrapped(|ui| {
            self.kinds(ui, frame, channels, slicing);
            if matches!(frame.shown, Shown::Values | Shown::Domain) {
                self.colors(ui, frame);
            }
            if frame.shown != Shown::Labels {
                self.stretching(ui);
            }
            let now = self.reduce(frame.shown);
            combo(ui, "When small", now.name(), 78.0, |ui| {
                for r in Reduce::ALL {
                    if ui.selectable_label(now == *r, r.name()).clicked() {
                        self.reduce = Some(*r);
                    }
                }
            });
            if frame.shown != Shown::Labels && wide {
                divider(ui);
                self.limits(ui, frame);
            }
        });
        if frame.shown != Shown::Labels && !wide {
            ui.horizontal_wrapped(|ui| self.limits(ui, frame));
        }
    }

    fn placing(&mut self, ui: &mut Ui) {
        let square = "Elements are squares; else the picture fills the view";
        for (button, change) in [
            (ToolButton::new(icons::FIT, "Fit to the view").keys("F"), PictureChange::Fit),
            (ToolButton::new(icons::ONE_TO_ONE, "One pixel an element"), PictureChange::OneToOne),
            (ToolButton::new(icons::LOCK, "Lock the aspect").hint(square).on(self.square), PictureChange::Aspect),
        ] {
            if ui.add(button).clicked() {
                self.change(change);
            }
        }
    }

    fn turning(&mut self, ui: &mut Ui) {
        use PictureChange::{FlipH, FlipV, Rotate, Transpose};
        let turn = self.turn;
        let below = "The first row stands below, as in plots";
        for (button, change) in [
            (ToolButton::new(icons::TRANSPOSE, "Swap rows and columns").on(turn.transpose), Transpose),
            (ToolButton::new(icons::ROTATE, "Turn a quarter to the right"), Rotate),
            (ToolButton::new(icons::FLIP_H, "Mirror left and right").on(turn.flip_x), FlipH),
            (ToolButton::new(icons::FLIP_V, "Mirror top and bottom: origin below").hint(below).on(turn.flip_y), FlipV),
        ] {
            if ui.add(button).clicked() {
                self.change(change);
            }
        }
        if turn != Turn::default() && ui.add(ToolButton::new(icons::UNDO, "Upright: as stored")).clicked() {
            (self.turn, self.view) = (Turn::default(), None);
        }
    }

    fn tools(&mut self, ui: &mut Ui) {
        for (tool, icon, label, keys) in [
            (Tool::Region, icons::REGION, "Mark a region and see its figures", "Shift+drag"),
            (Tool::Line, icons::RULER, "Draw a line and see the values along it", "Alt+drag"),
        ] {
            let on = self.tool == tool;
            if ui.add(ToolButton::new(icon, label).keys(keys).on(on)).clicked() {
                self.tool = if on { Tool::Move } else { tool };
            }
        }
        let mut toggle = |icon, label: &str, keys: &str, value: &mut bool| {
            if ui.add(ToolButton::new(icon, label).keys(keys).on(*value)).clicked() {
                *value = !*value;
            }
        };
        toggle(icons::PLOT, "Profiles of row and column", "P", &mut self.profiles);
        toggle(icons::PLUS, "Crosshair", "C", &mut self.crosshair);
        let (wanted, mut shown) = (self.histogram_wanted(), self.histogram_wanted());
        toggle(icons::HISTOGRAM, "Histogram", "H", &mut shown);
        if shown != wanted {
            self.histogram = Some(shown);
        }
    }

    /// Values, colours of channels, labels, or parts of complex numbers.
    fn kinds(&mut self, ui: &mut Ui, frame: &Frame<'_>, channels: Option<usize>, slicing: &mut Slicing) {
        let array = frame.array;
        if let Some(axis) = channels {
            let n = array.shape().get(axis).copied().unwrap_or(3);
            let all = if n == 4 { "RGBA" } else { "RGB" };
            let alone = frame.channels().is_none() && slicing.row != axis && slicing.col != axis;
            let at = slicing.fixed.get(axis).copied().unwrap_or(0);
            let now = match (frame.channels(), alone) {
                (Some(_), _) => all.to_owned(),
                (None, true) => format!("channel {at}"),
                (None, false) => "values".to_owned(),
            };
            combo(ui, "Channels (keys 0 to 4)", &now, 84.0, |ui| {
                if ui.selectable_label(frame.channels().is_some(), format!("{all} (axis {axis})")).clicked() {
                    self.rgb = Some(true);
                }
                for k in 0..n {
                    if ui.selectable_label(alone && at == k, format!("channel {k}")).clicked() {
                        self.channel(slicing, array, axis, k);
                    }
                }
                if ui.selectable_label(frame.channels().is_none() && !alone, "values, no channels").clicked() {
                    self.rgb = Some(false);
                    (slicing.row, slicing.col) = (array.ndim() - 2, array.ndim() - 1);
                }
            });
        }
        if array.dtype.is_complex() {
            let now = if self.domain { "domain colour" } else { self.part.name() };
            combo(ui, "Part", now, 104.0, |ui| {
                for p in Part::ALL {
                    if ui.selectable_label(!self.domain && self.part == *p, p.name()).clicked() {
                        (self.part, self.domain) = (*p, false);
                    }
                }
                if ui.selectable_label(self.domain, "domain colour").clicked() {
                    self.domain = true;
                    if self.ranging.limits == Limits::Extremes {
                        // a pole would leave all else black
                        self.ranging.limits = Limits::Percentile;
                    }
                }
            });
        }
        let whole = array.dtype.is_integer() || array.dtype.kind == Kind::Bool;
        if whole && frame.channels().is_none() {
            let hint = "Each whole number has a colour of its own";
            check(ui, &mut self.labels, "labels").on_hover_text(hint);
        }
    }

    /// Shows one channel alone.
    pub(super) fn channel(&mut self, slicing: &mut Slicing, array: &Array, axis: usize, k: u64) {
        self.rgb = Some(false);
        if slicing.row == axis || slicing.col == axis {
            let mut others = (0..array.ndim()).filter(|a| *a != axis).rev();
            if let (Some(col), Some(row)) = (others.next(), others.next()) {
                (slicing.row, slicing.col) = (row, col);
            }
        }
        if let Some(at) = slicing.fixed.get_mut(axis) {
            *at = k;
        }
    }

    fn colors(&mut self, ui: &mut Ui, frame: &Frame<'_>) {
        if frame.shown == Shown::Values {
            let difference = frame.other.as_ref().is_some_and(|o| o.mode == Mode::Difference);
            let map = self.map(frame.array, difference);
            combo(ui, "Colormap", map.name(), 92.0, |ui| {
                for (kind, name) in [
                    (MapKind::Sequential, "sequential"),
                    (MapKind::Diverging, "diverging"),
                    (MapKind::Cyclic, "cyclic"),
                ] {
                    ui.label(RichText::new(name).small().color(Tokens::of(ui).text_soft));
                    for m in Colormap::ALL.iter().filter(|m| m.kind() == kind) {
                        if swatch(ui, *m, map == *m, self.inverted) {
                            self.map = Some(*m);
                        }
                    }
                }
            });
        }
        if ui.add(ToolButton::new(icons::CONTRAST, "Invert the colours").on(self.inverted)).clicked() {
            self.inverted = !self.inverted;
        }
        let hint = "Blue below the range, red above it";
        let clipped = ToolButton::new(icons::WARNING, "Colour what is outside of the range").hint(hint);
        if ui.add(clipped.on(self.clipped)).clicked() {
            self.clipped = !self.clipped;
        }
    }

    fn stretching(&mut self, ui: &mut Ui) {
        combo(ui, "Stretch", self.stretch.name(), 70.0, |ui| {
            for s in Stretch::ALL {
                let on = s.name() == self.stretch.name();
                if ui.selectable_label(on, s.name()).clicked() && !on {
                    self.stretch = *s;
                }
            }
        });
        if let Stretch::Gamma(g) = &mut self.stretch {
            let drag = DragValue::new(g).speed(0.01).range(0.05..=20.0).fixed_decimals(2);
            ui.add(drag).on_hover_text("Gamma: below 1 brightens, above 1 darkens");
        }
    }

    fn limits(&mut self, ui: &mut Ui, frame: &Frame<'_>) {
        let mixed = frame.range.as_ref().and_then(|r| r.extremes).is_some_and(|(lo, hi)| lo < 0.0 && hi > 0.0);
        let r = &mut self.ranging;
        let exact = frame.range.as_ref().is_none_or(|r| r.is_whole());
        combo(ui, "Range", r.limits.name(), 92.0, |ui| {
            for l in Limits::ALL {
                let offered = match l {
                    Limits::Symmetric => mixed || r.limits == l,
                    Limits::Type => type_range(frame.array).is_some(),
                    _ => true,
                };
                let mut hint = l.hint().to_owned();
                if !exact && matches!(l, Limits::Percentile | Limits::ZScale) {
                    hint.push_str("; from an even sample of the numbers");
                }
                if offered && ui.selectable_label(r.limits == l, l.name()).on_hover_text(hint).clicked() {
                    if l == Limits::Manual {
                        r.manual = (frame.scale.lo, frame.scale.hi);
                    }
                    r.limits = l;
                }
            }
        });
        if r.limits == Limits::Percentile {
            let drag = DragValue::new(&mut r.tail).speed(0.05).range(0.0..=49.0).suffix(" %").max_decimals(3);
            ui.add(drag).on_hover_text("Left out at either end");
        }
        if frame.array.ndim() > 2 + usize::from(frame.channels().is_some()) {
            combo(ui, "Of", if r.whole { "whole array" } else { "this slice" }, 88.0, |ui| {
                ui.selectable_value(&mut r.whole, false, "this slice");
                ui.selectable_value(&mut r.whole, true, "whole array");
            });
        }
        if !r.is_fixed() && frame.range.as_ref().is_none_or(|r| r.extremes.is_none()) {
            // two numbers that are none would be believed
            let text = if frame.range.is_some() { "no finite number" } else { "reading the range" };
            ui.label(RichText::new(text).small().color(Tokens::of(ui).text_soft));
            return;
        }
        let (mut lo, mut hi) = (frame.scale.lo, frame.scale.hi);
        let close = alike(lo, hi);
        let speed = ((hi - lo).abs() / 200.0).max(1e-12);
        let field = |ui: &mut Ui, v: &mut f64, name: &str| {
            // What stands there is rounded: left untouched, it is the number that it was.
            let now = *v;
            let write = move |v: f64| if close { Scalar::F64(v).text() } else { short(v) };
            let read = move |text: &str| if text == write(now) { Some(now) } else { f64::read(text) };
            let drag = DragValue::new(v).speed(speed).custom_formatter(move |v, _| write(v));
            let drag = drag.custom_parser(read).update_while_editing(false);
            let r = ui.add(drag).on_hover_text(name);
            r.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, name));
            r.changed()
        };
        let a = field(ui, &mut lo, "The value of the first colour");
        let b = field(ui, &mut hi, "The value of the last colour");
        if a || b {
            r.set(lo, hi);
        }
        if mixed && frame.shown == Shown::Values && frame.other.as_ref().is_none_or(|o| o.mode != Mode::Difference) {
            let on = r.limits == Limits::Symmetric;
            let hint = "Some numbers are negative and some positive: diverging colours with 0 in the middle";
            if ui.selectable_label(on, "0 in the middle").on_hover_text(hint).clicked() {
                r.limits = if on { Limits::Extremes } else { Limits::Symmetric };
            }
        }
    }

    fn comparing(&mut self, ui: &mut Ui, frame: &Frame<'_>) {
        let t = Tokens::of(ui);
        let text = self.compare.with.as_ref().map_or("", |w| w.2.as_str());
        let text: String = if text.chars().count() > 22 {
            text.chars().skip(text.chars().count() - 21).fold("…".to_owned(), |mut s, c| {
                s.push(c);
                s
            })
        } else {
            text.to_owned()
        };
        let button = ToolButton {
            menu: true,
            on: self.compare.with.is_some().then_some(true),
            ..ToolButton::new(icons::LINK, "Compare with another array").text(&text)
        };
        let r = ui.add(button);
        egui::Popup::menu(&r).show(|ui| {
            ui.set_width(320.0);
            if self.compare.with.is_some() && ui.button("Nothing").clicked() {
                self.compare = Compare::default();
            }
            let (known, all) = Compare::candidates(frame.win, frame.handle, frame.array);
            if all.is_empty() {
                let text =
                    if known { "No other array in the open files has this shape." } else { "Looking for arrays…" };
                ui.label(RichText::new(text).color(t.text_soft));
            }
            egui::ScrollArea::vertical().min_scrolled_height(320.0).max_height(320.0).show(ui, |ui| {
                for (name, a) in all.iter().take(200) {
                    let on = self.compare.with.as_ref().is_some_and(|w| (w.0, w.1) == (a.place, a.handle));
                    if ui.selectable_label(on, format!("{name}   {}", a.dtype)).clicked() {
                        self.compare.with = Some((a.place, a.handle, name.clone()));
                        if self.compare.mode == Mode::This {
                            self.compare.mode = Mode::Difference;
                        }
                        ui.close();
                    }
                }
            });
        });
        if self.compare.with.is_none() {
            return;
        }
        if let Some(why) = self.compare.why {
            ui.label(RichText::new(format!("not comparable: {why}")).small().color(t.warning));
            return;
        }
        let segments: Vec<Segment<'_>> = Mode::ALL
            .iter()
            .map(|m| Segment {
                hint: if *m == Mode::Other { "Key X flips between the two" } else { "" },
                enabled: *m != Mode::Difference || frame.shown == Shown::Values || frame.other.is_none(),
                ..Segment::new(m.name())
            })
            .collect();
        let at = Mode::ALL.iter().position(|m| *m == self.compare.mode).unwrap_or(0);
        if let Some(m) = segmented(ui, "Comparison", at, &segments).and_then(|i| Mode::ALL.get(i)) {
            self.compare.mode = *m;
        }
    }

    pub(super) fn menu(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        if ui.button("Fit to the view").clicked() {
            self.view = None;
        }
        check(ui, &mut self.numbers, "Values in large pixels");
        if ui.button("Copy the value").clicked() {
            out.push(Action::Copy(CopyWhat::Value));
        }
        let numbers = if self.region.is_some() { "Copy the numbers of the region" } else { "Copy the numbers" };
        if ui.button(numbers).clicked() {
            self.want(Captured::Numbers);
        }
        if ui.button("Copy the picture").clicked() {
            self.want(Captured::Elements);
        }
        ui.separator();
        for id in ["go.next-nan", "go.next-infinity", "go.next-masked"] {
            if let Some(c) = Command::get(id)
                && ui.button(c.label).clicked()
            {
                out.push(Action::Command(id));
            }
        }
    }
}

/// A row of a menu of colormaps: the colours and the name.
fn swatch(ui: &mut Ui, map: Colormap, on: bool, inverted: bool) -> bool {
    let t = Tokens::of(ui);
    let (rect, r) = ui.allocate_exact_size(egui::vec2(190.0, 20.0), egui::Sense::click());
    r.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, map.name()));
    if on || r.hovered() || r.has_focus() {
        ui.painter().rect_filled(rect, 3.0, if on { t.selection } else { t.raised });
    }
    let lut = map.lut(inverted);
    let mut mesh = egui::Mesh::default();
    for k in 0..90_usize {
        let [red, green, blue] = lut[k * 255 / 89];
        let x = rect.left() + 6.0 + k as f32;
        let stripe = egui::Rect::from_min_size(egui::pos2(x, rect.top() + 4.0), egui::vec2(1.0, 12.0));
        mesh.add_colored_rect(stripe, egui::Color32::from_rgb(red, green, blue));
    }
    ui.painter().add(egui::Shape::mesh(mesh));
    let font = egui::TextStyle::Body.resolve(ui.style());
    let at = egui::pos2(rect.left() + 104.0, rect.center().y);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, map.name(), font, t.text_normal);
    r.clicked()
}

fn combo(ui: &mut Ui, name: &'static str, now: &str, width: f32, add: impl FnOnce(&mut Ui)) {
    let combo = ComboBox::from_id_salt(name).selected_text(now).width(width).height(540.0);
    let shown = combo.show_ui(ui, |ui| add(ui));
    let response = shown.response.on_hover_text(name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name));
}

#[cfg(test)]
mod tests {
    use super::{between, short};

    #[test]
    fn numbers_that_are_close_are_told_apart() {
        let (lo, hi) = (9_223_372_036_854_775_808.0, 9_223_372_036_854_796_288.0);
        let all: Vec<String> = [lo, lo + 8192.0, hi].iter().map(|v| between(*v, lo, hi)).collect();
        assert_eq!(all, ["9.22e18", "+8192", "+20480"]);
        assert_eq!(between(0.5, 0.0, 1.0), "0.5");
        assert_eq!(between(2.5, 2.5, 2.5), "2.5");
        assert_eq!(between(-1000.5, -1001.0, -1000.0), "+0.5");
    }

    #[test]
    fn legends_are_short() {
        let all: Vec<String> =
            [0.0, 1.0, 0.5, -12.345, 1234.5, 1e-9, 123_456.0, 250.0].iter().map(|v| short(*v)).collect();
        assert_eq!(all, ["0", "1", "0.5", "-12.35", "1234", "1.00e-9", "1.23e5", "250"]);
    }
}
