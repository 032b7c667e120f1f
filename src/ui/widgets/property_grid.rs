//! Properties one beneath the other: slot, name, value, what it means, where its bytes are. What does not add up is
//! marked where it stands. For tens of rows, not for thousands; it scrolls with what holds it.

use super::chip::Tone;
use super::elide;
use super::tree_row::paint_ground;
use crate::ui::icons;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Color32, FontId, Galley, Response, Role, Sense, Ui, WidgetInfo, pos2,
    text::{LayoutJob, TextFormat, TextWrapping},
    vec2,
};
use std::sync::Arc;

/// Narrower than this, in points, values and sentences stand beneath the names.
const NARROW: f32 = 300.0;
/// The most lines of a value before it is cut.
const VALUE_LINES: usize = 4;
/// The most lines of a meaning.
const MEANING_LINES: usize = 6;

/// A property.
#[derive(Clone, Copy, Debug)]
pub struct Property<'a> {
    /// Its place in the tuple; may be empty.
    pub slot: &'a str,
    /// What the place is called.
    pub name: &'a str,
    /// What stands there, in monospace.
    pub value: &'a str,
    /// What that means, a sentence or a few words.
    pub meaning: &'a str,
    /// Where its bytes are, and the first of them.
    pub bytes: &'a str,
    /// Whether it adds up: an error is red where it stands.
    pub tone: Tone,
    /// Whether it is the selection.
    pub selected: bool,
    /// Whether another panel points at it.
    pub hovered: bool,
}

impl<'a> Property<'a> {
    /// A property that just is.
    pub fn new(slot: &'a str, name: &'a str, value: &'a str, meaning: &'a str) -> Self {
        Self { slot, name, value, meaning, bytes: "", tone: Tone::Plain, selected: false, hovered: false }
    }
}

/// A grid of properties under a title.
#[derive(Clone, Copy, Debug)]
pub struct PropertyGrid<'a> {
    /// The title, semibold.
    pub title: &'a str,
    /// What this is about, under the title.
    pub subtitle: &'a str,
    /// The rows.
    pub rows: &'a [Property<'a>],
    /// Under the rows: which opcodes make this. A link when not empty.
    pub footer: &'a str,
}

/// What was done to a grid in this frame.
#[derive(Debug, Default)]
pub struct GridOutput {
    /// The row that was clicked.
    pub clicked: Option<usize>,
    /// The row that was double-clicked.
    pub double_clicked: Option<usize>,
    /// The row under the pointer.
    pub hovered: Option<usize>,
    /// The footer was clicked.
    pub footer_clicked: bool,
    /// Of each row, for a context menu.
    pub responses: Vec<Response>,
}

struct Columns {
    slot: f32,
    name: f32,
    value: f32,
    right: f32,
}

impl PropertyGrid<'_> {
    /// Draws it as wide as there is room.
    pub fn show(&self, ui: &mut Ui) -> GridOutput {
        let t = Tokens::of(ui);
        let width = ui.available_width();
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        let indented = |ui: &mut Ui, widget: egui::Label| {
            ui.horizontal_top(|ui| {
                ui.add_space(theme::GAP);
                ui.add(widget)
            })
            .inner
        };
        if !self.title.is_empty() {
            let title = egui::RichText::new(self.title).font(fonts::strong()).color(t.text_strong);
            indented(ui, egui::Label::new(title).truncate());
        }
        if !self.subtitle.is_empty() {
            indented(ui, egui::Label::new(egui::RichText::new(self.subtitle).color(t.text_soft)).wrap());
        }
        if !self.title.is_empty() || !self.subtitle.is_empty() {
            ui.add_space(theme::GAP_S);
        }
        let columns = self.columns(ui, width);
        let mut out = GridOutput::default();
        for (i, row) in self.rows.iter().enumerate() {
            let response = ui.push_id(i, |ui| row.show(ui, &columns, width)).inner;
            if response.clicked() {
                out.clicked = Some(i);
            }
            if response.double_clicked() {
                out.double_clicked = Some(i);
            }
            if response.hovered() {
                out.hovered = Some(i);
            }
            out.responses.push(response);
        }
        if !self.footer.is_empty() {
            ui.add_space(theme::GAP_S);
            let link = egui::Label::new(egui::RichText::new(self.footer).font(fonts::mono_small()).color(t.text_soft))
                .wrap()
                .sense(Sense::click());
            let response = indented(ui, link).on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.hovered() || response.has_focus() {
                let y = response.rect.bottom();
                ui.painter().hline(response.rect.x_range(), y, egui::Stroke::new(1.0, t.text_soft));
            }
            out.footer_clicked = response.clicked();
        }
        out
    }

    fn columns(&self, ui: &Ui, width: f32) -> Columns {
        let widest = |text: fn(&Property<'_>) -> String, font: &FontId| {
            let one = |p: &Property<'_>| elide::whole(ui.painter(), &text(p), font).width();
            self.rows.iter().map(one).fold(0.0, f32::max)
        };
        let slot = widest(|p| p.slot.to_owned(), &fonts::mono());
        let name = widest(|p| p.name.to_owned(), &fonts::body()).min(width * 0.36);
        let slot_at = theme::GAP;
        let name_at = if slot > 0.0 { slot_at + slot + theme::GAP } else { slot_at };
        let value_at = (name_at + name + theme::EDGE).round();
        Columns { slot: slot_at, name: name_at.round(), value: value_at, right: width - theme::GAP }
    }
}

impl Property<'_> {
    fn show(&self, ui: &mut Ui, c: &Columns, width: f32) -> Response {
        let t = Tokens::of(ui);
        let room = (c.right - c.value).max(40.0);
        let faulty = matches!(self.tone, Tone::Error | Tone::Warning);
        let tone = self.tone.color(t);
        let mark = match self.tone {
            Tone::Error => Some(icons::ERROR),
            Tone::Warning => Some(icons::WARNING),
            Tone::Good => Some(icons::CHECK),
            Tone::Note => Some(icons::INFO),
            _ => None,
        };
        let mark_width = if mark.is_some() { 18.0 } else { 0.0 };
        let value_color = if faulty { tone } else { t.text_strong };
        // in a narrow column what does not fit beside the name goes beneath it, from the name on
        let narrow = width < NARROW;
        let all = (c.right - c.name).max(40.0);
        let one_value = elide::whole(ui.painter(), self.value, &fonts::mono()).width();
        let beneath = narrow && one_value > room - mark_width;
        let value_room = if beneath { all } else { room };
        let value = wrapped(ui, self.value, fonts::mono(), value_color, value_room - mark_width, VALUE_LINES);
        let meaning_color = if faulty { tone } else { t.text_soft };
        let beside = room - value.size().x - mark_width - theme::EDGE;
        let one_line = elide::whole(ui.painter(), self.meaning, &fonts::body()).width();
        let fits = !self.meaning.is_empty() && value.rows.len() <= 1 && one_line <= beside;
        // beneath the value a sentence gets all the room from the name on
        let under = wrapped(
            ui,
            self.meaning,
            fonts::body(),
            meaning_color,
            if fits {
                beside
            } else if narrow {
                all
            } else {
                room
            },
            MEANING_LINES,
        );
        let bytes = elide::middle(ui.painter(), self.bytes, &fonts::mono_small(), if narrow { all } else { room });
        let line = 18.0;
        let value_down = if beneath { line } else { 0.0 };
        let mut height = value_down + value.size().y.max(if beneath { 0.0 } else { line });
        let meaning_at = height;
        if !fits && !self.meaning.is_empty() {
            height += under.size().y + 1.0;
        }
        let bytes_at = height;
        if !self.bytes.is_empty() {
            height += 16.0;
        }
        let (rect, response) = ui.allocate_exact_size(vec2(width, (height + theme::GAP_S).ceil()), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Row, ui.is_enabled(), self.selected, self.spoken()));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let painter = ui.painter_at(rect.expand(1.0));
        paint_ground(&painter, rect, self.selected, self.hovered || response.hovered(), t);
        if response.has_focus() {
            painter.rect_stroke(rect.shrink(0.75), theme::RADIUS, t.focus_stroke(), egui::StrokeKind::Middle);
        }
        let top = rect.top() + theme::GAP_S * 0.5;
        let mid = top + line * 0.5;
        elide::whole(&painter, self.slot, &fonts::mono()).paint_left(
            &painter,
            pos2(rect.left() + c.slot, mid),
            t.text_soft,
        );
        let name_room = if beneath { all } else { c.value - c.name - theme::GAP };
        let name = elide::middle(&painter, self.name, &fonts::body(), name_room);
        name.paint_left(&painter, pos2(rect.left() + c.name, mid), if faulty { tone } else { t.text_normal });
        let x = rect.left() + if beneath { c.name } else { c.value };
        let under_x = if narrow { rect.left() + c.name } else { x };
        let mid = mid + value_down;
        let first = value.rows.first().map_or(line, |r| r.height());
        let value_size = value.size();
        painter.galley(pos2(x, (mid - first * 0.5).round()), value, value_color);
        if let Some(icon) = mark {
            icons::paint_at(&painter, pos2(x + value_size.x + 11.0, mid), 14.0, icon, tone);
        }
        if fits {
            let at = pos2(x + value_size.x + mark_width + theme::EDGE, (mid - under.size().y * 0.5).round());
            painter.galley(at, under, meaning_color);
        } else {
            painter.galley(pos2(under_x, (top + meaning_at).round()), under, meaning_color);
        }
        if !self.bytes.is_empty() {
            bytes.paint_left(&painter, pos2(under_x, top + bytes_at + 8.0), t.text_soft);
        }
        response
    }

    fn spoken(&self) -> String {
        let mut words = format!("{} {}", self.slot, self.name).trim().to_owned();
        words = format!("{words}: {}", self.value);
        if !self.meaning.is_empty() {
            words = format!("{words}, {}", self.meaning);
        }
        words
    }
}

fn wrapped(ui: &Ui, text: &str, font: FontId, color: Color32, width: f32, lines: usize) -> Arc<Galley> {
    let mut job =
        LayoutJob::single_section(text.to_owned(), TextFormat { font_id: font, color, ..TextFormat::default() });
    job.wrap = TextWrapping {
        max_width: width.max(24.0),
        max_rows: lines,
        // a module's name has no spaces to break at
        break_anywhere: !text.contains(' '),
        overflow_character: Some('…'),
    };
    ui.painter().layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn a_row_says_what_it_means_and_is_clicked() {
        let mut h = harness([320.0, 300.0], GridOutput::default(), |ui, out: &mut GridOutput| {
            let rows = [
                Property::new(
                    "0",
                    "callable",
                    "numpy._core.multiarray._reconstruct",
                    "makes an empty array of this class",
                ),
                Property { tone: Tone::Error, ..Property::new("4", "raw data", "2,457,592 B", "8 bytes are missing") },
            ];
            let grid = PropertyGrid { title: "Reduce tuple", subtitle: "how", rows: &rows, footer: "opcodes 3–27" };
            let new = grid.show(ui);
            out.clicked = new.clicked.or(out.clicked);
            out.footer_clicked |= new.footer_clicked;
        });
        h.run();
        h.get_by_label("4 raw data: 2,457,592 B, 8 bytes are missing").click();
        h.run();
        assert_eq!(h.state().clicked, Some(1));
        h.get_by_label("opcodes 3–27").click();
        h.run();
        assert!(h.state().footer_clicked);
    }
}
