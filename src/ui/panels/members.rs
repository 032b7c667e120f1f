//! The list of a file's members, above the tree of the one that is shown: what an archive holds, and what each part is.
//! Must never draw more than its visible rows, and must not show where there is but one member.

use crate::interpret::{Body, one_line};
use crate::session::{Action, Item, Place, View};
use crate::source::Severity;
use crate::ui::icons::{self, Icon};
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::widgets::lazy_rows::{Align, LazyRows, Rows};
use crate::ui::widgets::tree_row::{Picture, TreeRow};
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{self, Color32, RichText, Ui};

/// Rows that are shown at once.
const SHOWN: usize = 7;

/// What the list keeps from frame to frame.
#[derive(Default)]
pub struct Members {
    rows: LazyRows,
    place: Option<Place>,
}

impl Members {
    /// Draws it, where there is more than one member.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(doc) = view.doc.filter(|d| d.members.len() > 1) else { return };
        let t = Tokens::of(ui);
        let n = doc.members.len();
        if self.place != Some(view.place) {
            self.place = Some(view.place);
            self.rows.scroll_to(view.place.member as u64, Align::Nearest);
        }
        egui::Frame::NONE.inner_margin(egui::Margin { left: 10, right: 8, top: 2, bottom: 2 }).show(ui, |ui| {
            let text = format!("{} members of this file", words::grouped(n as u64));
            ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
        });
        let height = theme::ROW_TREE * n.min(SHOWN) as f32;
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), height), egui::Sense::hover());
        let rows = Rows::new("Members", n as u64, theme::ROW_TREE);
        let shown = self.rows.show_in(ui, rect, &rows, |ui, n, rect| {
            let place = Place { member: n as usize, ..view.place };
            if row(ui, view, place, rect) && place != view.place {
                out.push(Action::Select(Item::new(place)));
            }
        });
        let to = shown.intent.and_then(|i| i.target(Some(view.place.member as u64), n as u64));
        if let Some(to) = to.filter(|to| *to != view.place.member as u64) {
            out.push(Action::Select(Item::new(Place { member: to as usize, ..view.place })));
        }
        ui.add_space(4.0);
        let line = ui.max_rect().x_range();
        ui.painter().hline(line, ui.cursor().top(), t.line_stroke());
        ui.add_space(5.0);
    }
}

/// A member, and what its first value is; whether it was clicked.
fn row(ui: &mut Ui, view: &View<'_>, place: Place, rect: egui::Rect) -> bool {
    let t = Tokens::of(ui);
    let Some(member) = view.doc.and_then(|d| d.member(place.member)) else { return false };
    let root = member.stream.read().pickles.first().and_then(|p| p.root);
    let several = member.stream.read().pickles.len();
    let meaning = root.and_then(|h| view.session.meaning(place, h));
    let worst = {
        let stream = member.stream.read();
        member.problems.iter().chain(&stream.problems).map(|p| p.severity).max()
    };
    let (icon, color): (Icon, Color32) = match meaning.as_deref().map(|m| &m.body) {
        Some(Body::Array(_)) => (icons::ARRAY, t.accent),
        Some(Body::Picture(_)) => (icons::IMAGE, t.accent),
        Some(Body::Frame(_)) => (icons::TABLE, t.accent),
        _ => (icons::FILE, t.text_soft),
    };
    let mut badges = Vec::new();
    let count = format!("{several} pickles");
    if several > 1 {
        badges.push(Chip::new(&count).tone(Tone::Note));
    }
    let value = meaning.map_or_else(String::new, |m| m.short.clone());
    let name = if member.name.is_empty() { "the file".to_owned() } else { one_line(&member.name, 200) };
    let row = TreeRow {
        open: None,
        picture: Some(Picture::Icon(icon, color)),
        value: &value,
        value_color: Some(t.text_soft),
        badges: &badges,
        selected: place == view.place,
        mark: match worst {
            Some(Severity::Error) => Some(t.error),
            Some(Severity::Warning) => Some(t.warning),
            _ => None,
        },
        ..TreeRow::new(0, &name)
    };
    row.show(ui, rect).response.on_hover_text(name.clone()).clicked()
}
