//! The controls above a picture: range, stretch, colours, channels, turning and zoom.
//! They change choices alone.

use super::{ImageView, Limits};
use crate::session::{Action, CopyWhat};
use crate::tensor::{Array, Colormap, Part, Range, Reduce, Scale, Stretch, Turn, View};
use crate::ui::icons;
use crate::ui::widgets::toolbar::ToolButton;
use eframe::egui::{self, ComboBox, DragValue, Ui};

/// A number in few characters, for legends: what is rounded stands exactly in the read-out.
pub(super) fn short(v: f64) -> String {
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

impl ImageView {
    pub(super) fn controls(
        &mut self,
        ui: &mut Ui,
        array: &Array,
        channels: Option<usize>,
        rgb: Option<usize>,
        scale: Scale,
        range: Option<&Range>,
    ) {
        ui.horizontal_wrapped(|ui| {
            if ui.add(ToolButton::new(icons::FIT, "Fit to the view")).clicked() {
                self.view = None;
            }
            if ui.add(ToolButton::new(icons::ONE_TO_ONE, "One pixel an element")).clicked()
                && let Some(v) = self.view
            {
                let middle = v.to_picture([f64::from(v.size[0]) / 2.0, f64::from(v.size[1]) / 2.0]);
                self.view = Some(View { scale: [1.0, 1.0], ..v }.centred(middle));
            }
            self.turning(ui);
            if let Some(axis) = channels {
                let mut on = rgb.is_some();
                let what = if array.shape().get(axis) == Some(&4) { "RGBA" } else { "RGB" };
                if ui.checkbox(&mut on, what).on_hover_text(format!("Axis {axis} holds red, green and blue")).changed()
                {
                    self.rgb = Some(on);
                }
            }
            if array.dtype.is_complex() {
                combo(ui, "Part", self.part.name(), 96.0, |ui| {
                    for p in Part::ALL {
                        ui.selectable_value(&mut self.part, *p, p.name());
                    }
                });
            }
            if rgb.is_none() {
                let map = self.map(array);
                combo(ui, "Colormap", map.name(), 92.0, |ui| {
                    for m in Colormap::ALL {
                        if ui.selectable_label(map == *m, m.name()).clicked() {
                            self.map = Some(*m);
                        }
                    }
                });
                if ui.add(ToolButton::new(icons::CONTRAST, "Invert the colours").on(self.inverted)).clicked() {
                    self.inverted = !self.inverted;
                }
            }
            self.ranging(ui, array, scale, range);
            combo(ui, "Stretch", self.stretch.name(), 70.0, |ui| {
                for s in Stretch::ALL {
                    ui.selectable_value(&mut self.stretch, *s, s.name());
                }
            });
            combo(ui, "When small", self.reduce.name(), 78.0, |ui| {
                for r in Reduce::ALL {
                    ui.selectable_value(&mut self.reduce, *r, r.name());
                }
            });
        });
    }

    fn turning(&mut self, ui: &mut Ui) {
        let mut turn = self.turn;
        if ui.add(ToolButton::new(icons::ROTATE, "Turn a quarter to the right")).clicked() {
            turn = turn.clockwise();
        }
        if ui.add(ToolButton::new(icons::FLIP_H, "Mirror left and right").on(turn.flip_x)).clicked() {
            turn.flip_x = !turn.flip_x;
        }
        if ui.add(ToolButton::new(icons::FLIP_V, "Mirror top and bottom: origin below").on(turn.flip_y)).clicked() {
            turn.flip_y = !turn.flip_y;
        }
        if turn != self.turn {
            (self.turn, self.view) = (turn, None);
        }
        if turn != Turn::default() && ui.small_button("upright").on_hover_text("As stored").clicked() {
            (self.turn, self.view) = (Turn::default(), None);
        }
    }

    fn ranging(&mut self, ui: &mut Ui, array: &Array, scale: Scale, range: Option<&Range>) {
        let name = |l: Limits| match l {
            Limits::Extremes => "min–max",
            Limits::Percentile => "1–99 %",
            Limits::Symmetric => "± around 0",
            Limits::Type => "type's own",
            Limits::Manual => "manual",
        };
        let mixed = range.and_then(|r| r.extremes).is_some_and(|(lo, hi)| lo < 0.0 && hi > 0.0);
        combo(ui, "Range", name(self.limits), 88.0, |ui| {
            for l in [Limits::Extremes, Limits::Percentile, Limits::Symmetric, Limits::Type, Limits::Manual] {
                let offered = match l {
                    Limits::Symmetric => mixed || self.limits == l,
                    Limits::Type => array.dtype.is_integer(),
                    _ => true,
                };
                if offered && ui.selectable_label(self.limits == l, name(l)).clicked() {
                    if l == Limits::Manual {
                        self.manual = (scale.lo, scale.hi);
                    }
                    self.limits = l;
                }
            }
        });
        let (mut lo, mut hi) = (scale.lo, scale.hi);
        let speed = ((hi - lo).abs() / 200.0).max(1e-12);
        let a = ui
            .add(DragValue::new(&mut lo).speed(speed).custom_formatter(|v, _| short(v)))
            .on_hover_text("The value of the first colour");
        let b = ui
            .add(DragValue::new(&mut hi).speed(speed).custom_formatter(|v, _| short(v)))
            .on_hover_text("The value of the last colour");
        if a.changed() || b.changed() {
            (self.limits, self.manual) = (Limits::Manual, (lo, hi));
        }
    }

    pub(super) fn menu(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        if ui.button("Fit to the view").clicked() {
            self.view = None;
        }
        if ui.button("Copy the value").clicked() {
            out.push(Action::Copy(CopyWhat::Value));
        }
        if ui.button("Copy the picture").clicked() {
            out.push(Action::Copy(CopyWhat::Picture));
        }
    }
}

fn combo(ui: &mut Ui, name: &'static str, now: &str, width: f32, add: impl FnOnce(&mut Ui)) {
    let shown = ComboBox::from_id_salt(name).selected_text(now).width(width).show_ui(ui, |ui| add(ui));
    let response = shown.response.on_hover_text(name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name));
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn legends_are_short() {
        let all: Vec<String> =
            [0.0, 1.0, 0.5, -12.345, 1234.5, 1e-9, 123_456.0, 250.0].iter().map(|v| short(*v)).collect();
        assert_eq!(all, ["0", "1", "0.5", "-12.35", "1234", "1.00e-9", "1.23e5", "250"]);
    }
}
