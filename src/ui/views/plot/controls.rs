//! The controls above a plot: what is drawn and how, which axes, over what; and the legend.
//! Must never draw a curve.

use super::series::{MOST, Over, Series};
use super::{PlotView, Style, Subject};
use crate::tensor::{Part, Transform};
use crate::ui::views::slicing::Slicing;
use crate::ui::widgets::check::check;
use crate::ui::widgets::slider::Slider;
use crate::ui::widgets::tabs::{self, Segment};
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::{Tokens, fonts, icons, theme};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{self, Align, Align2, ComboBox, Role, Sense, TextWrapMode, Ui, WidgetInfo, vec2};

/// A box of choices that says what it is a choice of.
fn choice<T: PartialEq + Copy>(ui: &mut Ui, name: &str, value: &mut T, all: &[(T, String)]) -> bool {
    let before = *value;
    let t = Tokens::of(ui);
    let now = all.iter().find(|(v, _)| v == value).map_or("", |(_, n)| n);
    let mut text = LayoutJob::default();
    let format = |color| TextFormat { font_id: fonts::body(), color, valign: Align::Center, ..TextFormat::default() };
    text.append(&format!("{name} "), 0.0, format(t.text_soft));
    text.append(&crate::interpret::one_line(now, 24), 0.0, format(t.text_normal));
    let shown = ComboBox::from_id_salt(name).selected_text(text).width(60.0).wrap_mode(TextWrapMode::Extend).show_ui(
        ui,
        |ui| {
            for (v, name) in all {
                ui.selectable_value(value, *v, name);
            }
        },
    );
    shown.response.accessible_name(format!("{name} {now}"));
    *value != before
}

/// A slider with its name, which goes to the next line as one.
fn index_slider(ui: &mut Ui, name: &str, at: &mut u64, last: u64) {
    let galley = ui.painter().layout_no_wrap(name.to_owned(), fonts::small(), Tokens::of(ui).text_soft);
    let width = 150.0 + galley.size().x + theme::GAP_S;
    ui.allocate_ui_with_layout(vec2(width, theme::CONTROL), egui::Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_S;
        let label = ui.label(egui::RichText::new(name).font(fonts::small()).color(Tokens::of(ui).text_soft));
        Slider { width: 150.0, field: 60.0, ..Slider::new(at, (0, last), name) }.show(ui).labelled_by(label.id);
    });
}

impl PlotView {
    /// In a `tight` view what is seldom changed is folded away.
    pub(super) fn controls(&mut self, ui: &mut Ui, subject: Subject<'_>, slicing: &mut Slicing, tight: bool) {
        let margin = egui::Margin::symmetric(10, 2);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(theme::GAP_S * 1.5, theme::GAP_S);
            let open = !tight || self.unfolded;
            ui.horizontal_wrapped(|ui| {
                if open {
                    let kinds = [Segment::new("Line"), Segment::new("Step"), Segment::new("Points")];
                    if let Some(i) = tabs::segmented(ui, "Curve style", self.style as usize, &kinds) {
                        self.style = [Style::Line, Style::Step, Style::Points].get(i).copied().unwrap_or_default();
                    }
                }
                let all: Vec<(Transform, String)> = Transform::ALL.iter().map(|t| (*t, t.name().to_owned())).collect();
                if choice(ui, "Show", &mut self.transform, &all) {
                    self.fit();
                    self.cursors = [None; 2];
                }
                if subject.is_complex() {
                    let all: Vec<(Part, String)> = Part::ALL.iter().map(|p| (*p, p.name().to_owned())).collect();
                    choice(ui, "Part", &mut self.part, &all);
                }
                let fit =
                    ToolButton::new(icons::FIT, "Show all samples").keys("Home").hint("Double-click does the same");
                if ui.add(fit).clicked() {
                    self.fit();
                }
                let measure = ToolButton::new(icons::RULER, "Measure between two samples").on(self.measuring);
                if ui.add(measure.hint("Click one sample, then another")).clicked() {
                    self.measuring = !self.measuring;
                    self.cursors = [None; 2];
                }
                if tight {
                    let hint = "Style of the curves, logarithmic axes, what is drawn over what";
                    let more = ToolButton::new(icons::SLIDERS, "More controls").hint(hint).on(self.unfolded);
                    if ui.add(more).clicked() {
                        self.unfolded = !self.unfolded;
                    }
                }
                if !open {
                    return;
                }
                let hint = "Logarithmic; numbers of 0 and less have no place on it";
                if check(ui, &mut self.log[0], "Log x").on_hover_text(hint).changed() {
                    self.ends[0] = None;
                }
                if check(ui, &mut self.log[1], "Log y").on_hover_text(hint).changed() {
                    self.ends[1] = None;
                }
                let mut fits = !self.free_y;
                check(ui, &mut fits, "Fit y").on_hover_text("The axis upwards follows what is visible");
                if fits == self.free_y {
                    self.free_y = !fits;
                    self.ends[1] = None;
                }
            });
            if open {
                self.axes(ui, subject, slicing);
            }
        });
    }

    /// All samples are shown.
    pub(super) fn fit(&mut self) {
        self.ends = [None; 2];
    }

    fn axes(&mut self, ui: &mut Ui, subject: Subject<'_>, slicing: &mut Slicing) {
        let shape: Vec<u64> = match subject {
            Subject::Array(a) => a.shape().to_vec(),
            Subject::Frame(_) => Vec::new(),
        };
        let overs = subject.overs(&self.wish, &slicing.fixed);
        if shape.len() < 2 && overs.is_empty() {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let axis_name = |a: usize| format!("axis {a} ({})", shape.get(a).unwrap_or(&0));
            if shape.len() >= 2 {
                let all: Vec<(usize, String)> = (0..shape.len()).map(|a| (a, axis_name(a))).collect();
                let before = self.wish.axis;
                if choice(ui, "Along", &mut self.wish.axis, &all) {
                    // the two change places where one is set to the other
                    if self.wish.across == Some(self.wish.axis) {
                        self.wish.across = Some(before);
                    }
                    self.changed_axes();
                }
                if !subject.has_names() {
                    let mut all = vec![(None, "one curve".to_owned())];
                    all.extend((0..shape.len()).filter(|a| *a != self.wish.axis).map(|a| (Some(a), axis_name(a))));
                    if choice(ui, "Curves", &mut self.wish.across, &all) {
                        self.changed_axes();
                    }
                }
            }
            if !overs.is_empty() && matches!(self.transform, Transform::None | Transform::Spectrum) {
                let index = if matches!(subject, Subject::Frame(_)) { "row" } else { "index" };
                let mut all = vec![(Over::Index, index.to_owned())];
                all.extend(overs);
                if choice(ui, "Over", &mut self.wish.over, &all) {
                    self.ends = [None; 2];
                }
            }
            let count = subject.count(&self.wish);
            if count > MOST {
                let last = count.saturating_sub(1);
                let title = format!("curves from ({MOST} of {count})");
                index_slider(ui, &title, &mut self.wish.first, last);
            }
            for (axis, n) in shape.iter().enumerate() {
                if axis == self.wish.axis || Some(axis) == self.wish.across || *n < 2 {
                    continue;
                }
                if let Some(at) = slicing.fixed.get_mut(axis) {
                    index_slider(ui, &format!("axis {axis}"), at, n - 1);
                }
            }
        });
    }

    fn changed_axes(&mut self) {
        self.fit();
        (self.wish.first, self.wish.over) = (0, Over::Index);
        self.hidden.clear();
        self.cursors = [None; 2];
    }

    /// The names of the curves in their colours: a click shows or hides one, a double click leaves it alone.
    pub(super) fn legend(&mut self, ui: &mut Ui, subject: Subject<'_>, all: &[Series]) {
        if all.len() < 2 && !subject.has_names() {
            return;
        }
        let margin = egui::Margin::symmetric(10, 0);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(theme::GAP_S, 2.0);
            ui.horizontal_wrapped(|ui| {
                for s in all {
                    let on = !self.hidden.contains(&s.id);
                    let r = entry(ui, s, on);
                    let solo = r.double_clicked() || (r.clicked() && ui.input(|i| i.modifiers.alt));
                    if solo {
                        self.hidden = all.iter().map(|o| o.id).filter(|id| *id != s.id).collect();
                    } else if r.clicked() && !self.hidden.remove(&s.id) {
                        self.hidden.insert(s.id);
                    }
                    r.context_menu(|ui| {
                        if ui.button("Only this curve").clicked() {
                            self.hidden = all.iter().map(|o| o.id).filter(|id| *id != s.id).collect();
                        }
                        if ui.button("All curves").clicked() {
                            self.hidden.clear();
                        }
                    });
                }
                if !self.hidden.is_empty() && all.len() > 1 && ui.small_button("Show all").clicked() {
                    self.hidden.clear();
                }
            });
        });
    }
}

/// A stroke of the curve's colour and its name.
fn entry(ui: &mut Ui, s: &Series, on: bool) -> egui::Response {
    let t = Tokens::of(ui);
    let color = if on { t.text_normal } else { t.text_soft };
    let name = crate::interpret::one_line(&s.name, 32);
    let galley = ui.painter().layout_no_wrap(name, fonts::small(), color);
    let (rect, r) = ui.allocate_exact_size(vec2(galley.size().x + 30.0, 20.0), Sense::click());
    r.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, &s.name));
    let painter = ui.painter();
    if r.hovered() || r.has_focus() {
        painter.rect_stroke(rect, theme::RADIUS, egui::Stroke::new(1.0, t.hover), egui::StrokeKind::Inside);
    }
    let y = rect.center().y;
    let ends = [egui::pos2(rect.left() + 5.0, y), egui::pos2(rect.left() + 19.0, y)];
    let stroke = if on { egui::Stroke::new(2.5, s.color) } else { egui::Stroke::new(1.0, t.faint) };
    painter.line_segment(ends, stroke);
    let at = Align2::LEFT_CENTER.anchor_size(egui::pos2(rect.left() + 24.0, y), galley.size());
    painter.galley(at.min, galley, color);
    r.on_hover_text("Click to show or hide, double-click to leave it alone")
}
