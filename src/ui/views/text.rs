//! The view of a text: its lines, folded to the width there is, however many.
//! The text is decoded beside the frame; a frame lays out its visible lines alone.

use crate::interpret::{Body, Meaning};
use crate::machine::Handle;
use crate::session::{Action, Outcome, View, WorkKey};
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::hex_grid::advance;
use crate::ui::widgets::lazy_rows::{LazyRows, Rows};
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, RichText, Role, Ui, WidgetInfo, pos2};

/// Characters that are decoded at most.
const MOST: usize = 16 << 20;

/// What the view keeps from frame to frame.
#[derive(Default)]
pub struct TextView {
    rows: LazyRows,
    of: Option<Handle>,
    unfolded: bool,
}

/// A text and where its lines are.
struct Lines {
    text: String,
    /// Start and end of each row, and the number of the line that begins there (0 within a line).
    rows: Vec<(u32, u32, u32)>,
    lines: u32,
    cut: bool,
    longest: usize,
}

impl TextView {
    /// Draws a text into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, meaning: &Meaning, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let (form, span) = match meaning.body {
            Body::Text { form, span } => (form, span),
            Body::Bytes(span) => (crate::machine::TextForm::Utf8, span),
            _ => return,
        };
        if self.of != Some(handle) {
            self.of = Some(handle);
            self.rows = LazyRows::default();
        }
        let digit = advance(ui.painter(), &fonts::mono());
        let room = ((ui.available_width() - 80.0) / digit).max(20.0) as usize;
        // Folded anew at every eighth character, not at every pixel.
        let columns = if self.unfolded { 0 } else { room / 8 * 8 };
        let Some(shared) = view.session.stream_of(view.place) else { return };
        let key = WorkKey { place: view.place, handle, kind: "lines of the text", of: vec![columns as u64] };
        let made = view.session.work.get(key, "Reading the text", move |_| {
            let stream = shared.read();
            let read = stream.text(form, span, MOST);
            let lines = lines(read.text, read.cut, columns);
            let bytes = lines.text.len() as u64 + lines.rows.len() as u64 * 12;
            Ok((lines, bytes))
        });
        let lines = match made {
            Outcome::Ready(lines) => lines,
            Outcome::Pending => return,
            Outcome::Failed(why) => {
                Empty::new(icons::BROKEN, "It cannot be read", &why).show(ui);
                return;
            }
        };
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 4)).show(ui, |ui| {
            ui.horizontal(|ui| {
                let n = u64::from(lines.lines);
                let mut about = format!("{} in {}", crate::interpret::counted(n, "line"), words::size(span.len()));
                if lines.cut {
                    about.push_str(", of which the first 16,777,216 characters are shown");
                }
                ui.label(RichText::new(about).font(fonts::small()).color(t.text_soft));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let mut folded = !self.unfolded;
                    if ui.checkbox(&mut folded, "Fold long lines").changed() {
                        self.unfolded = !folded;
                    }
                    if ui.button("Copy").clicked() {
                        out.push(Action::CopyText(lines.text.clone()));
                    }
                });
            });
        });
        if lines.text.is_empty() {
            Empty::new(icons::TEXT, "An empty text", "").show(ui);
            return;
        }
        let width = if columns == 0 { 80.0 + lines.longest.min(20_000) as f32 * digit } else { 0.0 };
        let list = Rows::new("Text", lines.rows.len() as u64, theme::ROW_LIST).content_width(width).scrolling();
        self.rows.show(ui, &list, |ui, n, rect| {
            let Some((from, to, number)) = lines.rows.get(n as usize) else { return };
            let text = &lines.text[*from as usize..*to as usize];
            let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
            let y = rect.top() + 1.0;
            if *number > 0 {
                let at = pos2(rect.left() + 52.0, y + 1.0);
                painter.text(at, egui::Align2::RIGHT_TOP, number, fonts::mono_small(), t.text_soft);
            }
            let shown: String = text
                .chars()
                .take(20_000)
                .map(|c| {
                    if c == '\t' {
                        ' '
                    } else if c.is_control() {
                        '·'
                    } else {
                        c
                    }
                })
                .collect();
            let galley = painter.layout_no_wrap(shown, fonts::mono(), t.text_normal);
            painter.galley(pos2(rect.left() + 64.0, y).round(), galley, t.text_normal);
            let id = ui.make_persistent_id("line");
            ui.interact(rect, id, egui::Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
        });
    }
}

/// Cuts a text into rows of so many characters (0: of any number).
fn lines(text: String, cut: bool, columns: usize) -> Lines {
    let mut rows = Vec::new();
    let (mut line, mut longest, mut at) = (0_u32, 0, 0);
    for raw in text.split_inclusive('\n') {
        line = line.saturating_add(1);
        let body = raw.trim_end_matches('\n').trim_end_matches('\r');
        let (mut number, mut start, mut count) = (line, at, 0);
        for (i, c) in body.char_indices() {
            if columns > 0 && count == columns {
                rows.push((start as u32, (at + i) as u32, number));
                (start, number, count) = (at + i, 0, 0);
            }
            count += 1;
            let _ = c;
        }
        longest = longest.max(count);
        rows.push((start as u32, (at + body.len()) as u32, number));
        at += raw.len();
    }
    Lines { text, rows, lines: line, cut, longest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_characters() {
        let l = lines("ab\r\n\nüüüüü\nz".to_owned(), false, 2);
        let rows: Vec<(&str, u32)> = l.rows.iter().map(|(a, b, n)| (&l.text[*a as usize..*b as usize], *n)).collect();
        assert_eq!(rows, [("ab", 1), ("", 2), ("üü", 3), ("üü", 0), ("ü", 0), ("z", 4)]);
        assert_eq!(lines("a b c".to_owned(), false, 0).rows, [(0, 5, 1)]);
        assert!(lines(String::new(), false, 4).rows.is_empty());
    }
}
