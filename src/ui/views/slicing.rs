//! Which two axes of an array are shown, and where the others stand: one choice for the picture, the plot and the table.
//! Must never read elements.

use crate::tensor::Array;
use crate::ui::widgets::elide;
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::{Tokens, icons, theme};
use eframe::egui::{self, Key, Sense, Ui, vec2};

/// The axes shown and the index along each other axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slicing {
    shape: Vec<u64>,
    /// The axis that runs downwards; for a plot, the axis that runs along x.
    pub row: usize,
    /// The axis that runs across; the same as `row` for fewer than two axes.
    pub col: usize,
    /// An index for each axis; those of the shown axes are not used.
    pub fixed: Vec<u64>,
    /// The axis that plays, one step a frame time.
    playing: Option<usize>,
    last_step: f64,
    /// Steps a second.
    rate: u32,
}

/// Width, in points, that a slider needs to stand beside another.
const ONE: f32 = 320.0;
/// Steps a second of a playing axis, to choose from.
const RATES: [u32; 5] = [1, 3, 8, 15, 30];
/// The first choice of it.
const RATE: u32 = 8;

impl Slicing {
    /// Stands as at first when the shape is another: the last two axes, but for a short last axis (channels) and long
    /// ones before it the two before that.
    pub fn follow(&mut self, shape: &[u64]) {
        if self.shape == shape && (!shape.is_empty() || self.fixed.is_empty()) {
            return;
        }
        let n = shape.len();
        let (row, col) = match n {
            0 | 1 => (0, 0),
            _ => (n - 2, n - 1),
        };
        let rate = if self.rate > 0 { self.rate } else { RATE };
        *self = Self { shape: shape.to_vec(), row, col, fixed: vec![0; n], playing: None, last_step: 0.0, rate };
    }

    /// The axes that are shown as a picture's, when its channels are the last axis.
    pub fn with_channels_last(&mut self) {
        let n = self.shape.len();
        if n >= 3 && (self.col == n - 1 || self.row == n - 1) {
            (self.row, self.col) = (n - 3, n - 2);
        }
    }

    /// The axes that have a slider.
    pub fn others(&self, also_hidden: Option<usize>) -> Vec<usize> {
        (0..self.shape.len()).filter(|a| *a != self.row && *a != self.col && Some(*a) != also_hidden).collect()
    }

    /// The two-dimensional part that is shown; a one-dimensional array is a column.
    pub fn plane(&self, array: &Array) -> Option<Array> {
        match array.ndim() {
            0 | 1 => None,
            _ => array.plane(self.row, self.col, &self.fixed).ok(),
        }
    }

    /// The whole index of the element at a row and a column of the plane.
    pub fn index(&self, row: u64, col: u64) -> Vec<u64> {
        let mut index = self.fixed.clone();
        if let Some(i) = index.get_mut(self.row) {
            *i = row;
        }
        if self.col != self.row
            && let Some(i) = index.get_mut(self.col)
        {
            *i = col;
        }
        index
    }

    /// Turns to the plane that holds an element; true when that is another plane.
    pub fn show_element(&mut self, index: &[u64]) -> bool {
        if index.len() != self.fixed.len() {
            return false;
        }
        let mut turned = false;
        for axis in self.others(None) {
            if let (Some(to), Some(from)) = (self.fixed.get_mut(axis), index.get(axis))
                && to != from
            {
                *to = *from;
                turned = true;
            }
        }
        turned
    }

    /// As Python would write the part that is shown: `[3, :, :]`.
    pub fn label(&self) -> String {
        let part = |a: usize| {
            if a == self.row || a == self.col { ":".to_owned() } else { self.fixed.get(a).unwrap_or(&0).to_string() }
        };
        format!("[{}]", (0..self.shape.len()).map(part).collect::<Vec<_>>().join(", "))
    }

    /// Whether there is anything to choose.
    pub fn has_controls(&self) -> bool {
        self.shape.len() > 2
    }

    /// Pickers for the axes and a slider for each other one. `channels` is an axis that is neither.
    pub fn ui(&mut self, ui: &mut Ui, channels: Option<usize>, picks_columns: bool) {
        if self.shape.len() < 2 || (!self.has_controls() && !picks_columns) {
            return;
        }
        self.pickers(ui, channels, picks_columns);
        self.sliders(ui, channels);
    }

    /// Pickers for the axes that are shown.
    pub fn pickers(&mut self, ui: &mut Ui, channels: Option<usize>, picks_columns: bool) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP;
            let (mut row, mut col) = (self.row, self.col);
            self.pick(ui, if picks_columns { "Rows" } else { "Along" }, &mut row, channels);
            if picks_columns {
                self.pick(ui, "Columns", &mut col, channels);
                let swap = ui.add(egui::Button::new(icons::TRANSPOSE.text()).frame(false));
                if swap.on_hover_text("Swap rows and columns").clicked() {
                    (row, col) = (col, row);
                } else if row == col {
                    // one was set to the other's axis: they change places
                    if row == self.row { row = self.col } else { col = self.row }
                }
            }
            (self.row, self.col) = (row, col);
        });
    }

    /// A slider for each axis that is not shown.
    pub fn sliders(&mut self, ui: &mut Ui, channels: Option<usize>) {
        self.play(ui);
        let t = Tokens::of(ui);
        // Each axis stays together: a row of its own, or several to a row where there is room.
        let each = ((ui.available_width() / ONE) as usize).clamp(1, 4);
        for axes in self.others(channels).chunks(each) {
            ui.horizontal(|ui| {
                let width = (ui.available_width() - theme::GAP_L) / each as f32;
                for axis in axes {
                    self.slider(ui, *axis, width, t);
                    ui.add_space(theme::GAP);
                }
            });
        }
    }

    fn pick(&self, ui: &mut Ui, what: &str, axis: &mut usize, hidden: Option<usize>) {
        let name = |a: usize| format!("axis {a} ({})", self.shape.get(a).unwrap_or(&0));
        let label = ui.label(egui::RichText::new(what).small());
        let combo = egui::ComboBox::from_id_salt(("axis", what)).selected_text(name(*axis)).width(92.0);
        let shown = combo.show_ui(ui, |ui| {
            for a in (0..self.shape.len()).filter(|a| Some(*a) != hidden) {
                ui.selectable_value(axis, a, name(a));
            }
        });
        shown.response.labelled_by(label.id);
    }

    fn slider(&mut self, ui: &mut Ui, axis: usize, width: f32, t: &Tokens) {
        let n = self.shape.get(axis).copied().unwrap_or(1);
        let last = n.saturating_sub(1);
        let Some(at) = self.fixed.get_mut(axis) else { return };
        *at = (*at).min(last);
        let digits = n.to_string().len() as f32;
        // as wide as it is, so that it goes to the next line as one
        let size = vec2(220.0 + 16.0 * digits, theme::CONTROL);
        ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = theme::GAP_S;
            ui.spacing_mut().slider_width = (width - 190.0).clamp(60.0, 260.0);
            let label = ui.label(egui::RichText::new(format!("axis {axis}")).small());
            let slider = ui.add(egui::Slider::new(at, 0..=last).show_value(false).smart_aim(false).step_by(1.0));
            let slider =
                slider.labelled_by(label.id).on_hover_text(format!("Index along axis {axis}; arrow keys step"));
            let drag = ui.add(egui::DragValue::new(at).range(0..=last).speed(0.1));
            drag.labelled_by(label.id);
            let of = elide::whole(ui.painter(), &format!("/ {n}"), &egui::TextStyle::Small.resolve(ui.style()));
            let (rect, _) = ui.allocate_exact_size(vec2(of.width(), theme::CONTROL), Sense::hover());
            of.paint_left(ui.painter(), rect.left_center(), t.text_soft);
            let plays = self.playing == Some(axis);
            let icon = if plays { icons::PAUSE } else { icons::PLAY };
            let label = if plays { "Stop" } else { "Play along this axis" };
            let r = ui.add(ToolButton::new(icon, label).hint("A right click sets how fast").on(plays));
            if r.clicked() {
                self.playing = (!plays).then_some(axis);
            }
            r.context_menu(|ui| {
                for rate in RATES {
                    let on = rate == self.rate;
                    if ui.radio(on, format!("{rate} a second")).clicked() {
                        (self.rate, self.playing) = (rate, Some(axis));
                    }
                }
            });
            if slider.has_focus() && ui.input(|i| i.key_pressed(Key::Space)) {
                self.playing = (!plays).then_some(axis);
            }
        });
    }

    fn play(&mut self, ui: &Ui) {
        let Some(axis) = self.playing else { return };
        let now = ui.input(|i| i.time);
        let step = 1.0 / f64::from(self.rate.max(1));
        if now - self.last_step >= step {
            self.last_step = now;
            if let (Some(at), Some(n)) = (self.fixed.get_mut(axis), self.shape.get(axis)) {
                *at = if *at + 1 >= *n { 0 } else { *at + 1 };
            }
        }
        ui.request_repaint_after(std::time::Duration::from_secs_f64(step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_axes_are_shown_first_and_an_element_turns_the_plane() {
        let mut s = Slicing::default();
        s.follow(&[5, 480, 640]);
        assert_eq!((s.row, s.col, s.label().as_str()), (1, 2, "[0, :, :]"));
        assert!(s.show_element(&[3, 7, 9]));
        assert!(!s.show_element(&[3, 0, 0]));
        assert_eq!(s.index(7, 9), [3, 7, 9]);
        s.follow(&[5, 480, 640]);
        assert_eq!(s.fixed, [3, 0, 0], "the same shape keeps the choice");
        s.follow(&[7]);
        assert_eq!((s.row, s.col, s.index(4, 0)), (0, 0, vec![4]));
        s.follow(&[]);
        assert_eq!(s.index(0, 0), Vec::<u64>::new());
    }
}
