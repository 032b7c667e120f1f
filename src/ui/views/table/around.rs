//! What stands around the cells of a table: how numbers are written, where to go, what the chosen cells are and come to.
//! Must never read more cells than are chosen.

use super::cells::Cells;
use super::format::NumberFormat;
use super::{Grid, LINE, Place, TableView, parse_index};
use crate::session::{Action, Notice};
use crate::tensor::Scalar;
use crate::ui::widgets::check::check;
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::{Tokens, fonts, icons, theme};
use eframe::egui::{self, Align as Held, Key, Layout, Popup, RichText, Ui, vec2};

impl TableView {
    /// How numbers are written, shading, where to go. Returns an index that was typed.
    pub fn controls(&mut self, ui: &mut Ui, shape: &[u64], can_shade: bool, out: &mut Vec<Action>) -> Option<Vec<u64>> {
        let t = Tokens::of(ui);
        let small = |text: &str| RichText::new(text).font(fonts::small()).color(t.text_soft);
        let mut found = None;
        let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 2));
        frame.show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(theme::GAP_S * 1.5, theme::GAP_S);
                let label = ui.label(small("Numbers"));
                let known = NumberFormat::parse(&self.spelt);
                let edit = egui::TextEdit::singleline(&mut self.spelt)
                    .hint_text("exact")
                    .font(fonts::mono())
                    .desired_width(56.0);
                let field = ui.add(edit.text_color_opt(known.is_none().then_some(t.error))).labelled_by(label.id);
                field.on_hover_text("A format as Python's format() takes it: .3f, .2e, .4g, x; empty is exact");
                let choose = ToolButton::new(icons::CARET_DOWN, "Choose a number format");
                Popup::menu(&ui.add(choose)).show(|ui| {
                    for (spelt, what) in NumberFormat::CHOICES {
                        let mut text = egui::text::LayoutJob::default();
                        let format =
                            |font, color| egui::TextFormat { font_id: font, color, ..egui::TextFormat::default() };
                        text.append(
                            &format!("{:<7}", if spelt.is_empty() { "exact" } else { spelt }),
                            0.0,
                            format(fonts::mono(), t.text_strong),
                        );
                        text.append(what, 8.0, format(fonts::body(), t.text_soft));
                        if ui.button(text).clicked() {
                            self.spelt = (*spelt).to_owned();
                        }
                    }
                });
                if let Some(f) = NumberFormat::parse(&self.spelt) {
                    self.format = f;
                }
                if can_shade {
                    check(ui, &mut self.shaded, "Shade")
                        .on_hover_text("Cells are shaded by value, from the least to the greatest");
                }
                if !shape.is_empty() {
                    // what it is called stands on its line
                    if ui.available_size_before_wrap().x < 130.0 {
                        ui.end_row();
                    }
                    let label = ui.label(small("Go to"));
                    let hint = vec!["0"; shape.len()].join(", ");
                    let edit = egui::TextEdit::singleline(&mut self.go_to)
                        .hint_text(hint)
                        .font(fonts::mono())
                        .desired_width(84.0);
                    let field = ui.add(edit.text_color_opt(self.lost.then_some(t.error))).labelled_by(label.id);
                    if field.changed() {
                        self.lost = false;
                    }
                    if field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
                        found = parse_index(&self.go_to, shape);
                        self.lost = found.is_none();
                        if self.lost {
                            let shape = crate::tensor::tuple(shape);
                            out.push(Action::Notify(Notice::error(format!(
                                "There is no {} in the shape {shape}.",
                                self.go_to.trim()
                            ))));
                        }
                    }
                    field.on_hover_text("An index; negative numbers count from the end");
                }
            })
        });
        found
    }

    pub(super) fn copy(&self, grid: &Grid<'_>, cells: Option<Cells>, titles: bool, out: &mut Vec<Action>) {
        out.push(match cells.and_then(|k| k.tsv(grid, self.format, titles)) {
            Some(text) => Action::CopyText(text),
            None => Action::Notify(Notice::error("More than a million cells: export them as CSV instead.")),
        });
    }

    /// The line below: the selected cell at full precision and where it lies, or what several come to.
    pub fn line(&mut self, ui: &mut Ui, grid: &Grid<'_>, place: &dyn Fn(u64, u64) -> Place) {
        let t = Tokens::of(ui);
        ui.allocate_ui_with_layout(vec2(ui.available_width(), LINE), Layout::left_to_right(Held::Center), |ui| {
            ui.set_min_height(LINE);
            ui.spacing_mut().item_spacing.x = theme::GAP;
            ui.add_space(10.0);
            let told = |text: String, color| RichText::new(text).font(fonts::mono()).color(color);
            let Some(chosen) = self.cells.filter(|k| k.focus.0 < grid.rows && k.focus.1 < grid.cols) else {
                let text = format!("{} × {} · click a cell, drag for several", grid.rows, grid.cols);
                ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
                return;
            };
            if chosen.count() > 1 {
                let sum = match self.sum {
                    Some((of, sum)) if of == chosen => sum,
                    _ => chosen.sum(grid),
                };
                self.sum = Some((chosen, sum));
                let [r0, r1, c0, c1] = chosen.sides();
                ui.label(told(format!("{} × {}", r1 - r0 + 1, c1 - c0 + 1), t.text_strong));
                if sum.numbers > 0 {
                    let mean = sum.total / sum.numbers as f64;
                    let all = [("sum", sum.total), ("mean", mean), ("least", sum.least), ("greatest", sum.most)];
                    let text: Vec<String> =
                        all.iter().map(|(n, v)| format!("{n} {}", Scalar::F64(*v).text())).collect();
                    let label = egui::Label::new(told(text.join("  "), t.text_normal)).truncate();
                    ui.add(label).on_hover_text("Of the cells that are finite numbers, in float64");
                }
                return;
            }
            let (row, col) = chosen.focus;
            let p = place(row, col);
            ui.label(told(p.index, t.text_soft));
            ui.add(egui::Label::new(told((grid.cell)(row, col).text(), t.text_strong)).truncate());
            if let Some(offset) = p.offset {
                ui.label(told(format!("@ {offset:#x}"), t.text_soft)).on_hover_text(format!("byte {offset}"));
            }
            if !p.bytes.is_empty() && p.bytes.len() <= 16 {
                let hex: Vec<String> = p.bytes.iter().map(|b| format!("{b:02x}")).collect();
                ui.add(egui::Label::new(told(hex.join(" "), t.text_soft)).truncate());
            }
        });
    }
}
