//! The panel of what is different between two files: added, removed and changed parts with their paths, arrays with
//! figures. Must never compare itself.

use crate::interpret::compare::{Change, Comparison, Difference};
use crate::interpret::{grouped, one_line};
use crate::session::{Action, DocId, Item, Outcome, Panel, Place, View};
use crate::ui::icons::{self, Icon};
use crate::ui::widgets::elide;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{LazyRows, Rows};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{self, Color32, ComboBox, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2};

/// Height of a difference: where it is, and what it was and is.
const ROW: f32 = 40.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ComparePanel {
    rows: LazyRows,
    at: Option<u64>,
}

fn mark(change: Change, t: &Tokens) -> (Icon, Color32) {
    match change {
        Change::Added => (icons::PLUS, t.good),
        Change::Removed => (icons::MINUS, t.error),
        Change::Changed => (icons::PENCIL, t.warning),
    }
}

impl ComparePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let session = view.session;
        let pair = session.compared();
        self.head(ui, view, pair, out);
        let Some((a, b)) = pair else {
            let text =
                "Choose another open file above, or open one: what was added, removed and changed is listed here.";
            Empty::new(icons::STACK, "Compare two files", text).show(ui);
            return;
        };
        let found = match session.comparison() {
            Some(Outcome::Ready(found)) => found,
            Some(Outcome::Failed(why)) => {
                Empty::new(icons::ERROR, "They cannot be compared", &why).show(ui);
                return;
            }
            _ => {
                Empty::new(icons::CLOCK, "Comparing…", "Differences are listed when both files are read.").show(ui);
                return;
            }
        };
        if found.found.is_empty() {
            let text = if found.partial { "Not all of them was looked at." } else { "Every value is equal." };
            Empty::new(icons::CHECK_CIRCLE, "No difference", text).show(ui);
            return;
        }
        self.list(ui, view, &found, [a, b], out);
    }

    /// Which files, and how many differences.
    fn head(&self, ui: &mut Ui, view: &View<'_>, pair: Option<(DocId, DocId)>, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let session = view.session;
        let title = |d: DocId| session.document_of(d).map_or("", |d| d.title.as_str());
        let left = pair.map(|p| p.0).or(session.active);
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                if let Some(left) = left {
                    ui.label(RichText::new(one_line(title(left), 40)).font(fonts::strong()).color(t.text_strong));
                    ui.label(RichText::new("with").color(t.text_soft));
                }
                let chosen = pair.map_or("another file", |p| title(p.1));
                ComboBox::from_id_salt("with").selected_text(one_line(chosen, 40)).show_ui(ui, |ui| {
                    for d in session.documents.iter().filter(|d| Some(d.id) != session.active) {
                        if ui.selectable_label(pair.is_some_and(|p| p.1 == d.id), &d.title).clicked() {
                            out.push(Action::CompareWith(Some(d.id)));
                        }
                    }
                    if ui.selectable_label(false, "Open a file…").clicked() {
                        out.push(Action::CompareWith(None));
                    }
                });
                if let Some(Outcome::Ready(found)) = session.comparison() {
                    ui.label(RichText::new(counts(&found)).color(t.text_soft));
                }
            });
        });
    }

    fn list(&mut self, ui: &mut Ui, view: &View<'_>, found: &Comparison, docs: [DocId; 2], out: &mut Vec<Action>) {
        let all = &found.found;
        let n = all.len() as u64;
        let choose = |d: &Difference| {
            let [a, b] = docs.map(|doc| Place { doc, member: 0 });
            Action::SelectInBoth([d.a.map(|h| Item::of_handle(a, h)), d.b.map(|h| Item::of_handle(b, h))])
        };
        let mut clicked = None;
        let at = self.at.filter(|i| *i < n);
        let shown = self.rows.show(ui, &Rows::new("Differences", n, ROW), |ui, i, rect| {
            let Some(d) = all.get(i as usize) else { return };
            let r = row(ui, rect, d, at == Some(i));
            if r.clicked() {
                clicked = Some(i);
            }
            r.context_menu(|ui| {
                if ui.button("Copy path").clicked() {
                    out.push(Action::CopyText(d.path.clone()));
                }
                if ui.button("Copy difference").clicked() {
                    out.push(Action::CopyText(format!("{} {}: {}", d.change.name(), d.path, says(d))));
                }
            });
        });
        if view.focus == Some(Panel::Compare) {
            shown.response.request_focus();
        }
        let to = clicked.or_else(|| shown.intent.and_then(|i| i.target(at, n)));
        if let Some(d) = to.and_then(|i| all.get(i as usize)) {
            self.at = to;
            out.push(choose(d));
        }
    }
}

fn counts(c: &Comparison) -> String {
    let [added, removed, changed] = c.counts;
    let listed = c.found.len() as u64;
    let more = if listed < added + removed + changed {
        format!("; the first {} are listed", grouped(listed))
    } else {
        String::new()
    };
    let part = if c.partial { "; not all was looked at" } else { "" };
    format!("{} added, {} removed, {} changed{more}{part}", grouped(added), grouped(removed), grouped(changed))
}

/// What it was and is.
fn says(d: &Difference) -> String {
    match (d.change, &d.array) {
        (Change::Added, _) => d.new.clone(),
        (Change::Removed, _) => d.old.clone(),
        (Change::Changed, Some(by)) => {
            let mut text = format!("{} of {} elements differ", grouped(by.differing), grouped(by.elements));
            if let Some((x, y)) = &by.dtypes {
                text = format!("{x} → {y}; {text}");
            }
            if by.differing > 0 {
                let first: Vec<String> = by.first.iter().map(u64::to_string).collect();
                text += &format!(", first at [{}]", first.join(", "));
            }
            if let (Some(most), Some(mean)) = (by.largest, by.mean) {
                text += &format!(", by at most {most:.6}, on average {mean:.6}");
            }
            if by.nan > 0 {
                text += &format!("; {} are NaN in one alone", grouped(by.nan));
            }
            text
        }
        (Change::Changed, None) => format!("{} → {}", d.old, d.new),
    }
}

fn row(ui: &mut Ui, rect: Rect, d: &Difference, selected: bool) -> egui::Response {
    let t = Tokens::of(ui);
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    let path = if d.path.is_empty() { "root" } else { &d.path };
    let text = says(d);
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, true, selected, format!("{} {path}: {text}", d.change.name()))
    });
    paint_ground(ui.painter(), rect, selected, response.hovered(), t);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let (icon, color) = mark(d.change, t);
    let (x, y, right) = (rect.left() + 34.0, rect.top() + 13.0, rect.right() - theme::GAP);
    icons::paint_at(&painter, pos2(rect.left() + 18.0, y), 16.0, icon, color);
    let word = elide::whole(&painter, d.change.name(), &fonts::small());
    let left = word.paint_right(&painter, pos2(right, y), color).left();
    let name = elide::middle(&painter, path, &fonts::mono(), (left - x - theme::GAP).max(0.0));
    name.paint_left(&painter, pos2(x, y), t.text_strong);
    let line = elide::middle(&painter, &text, &fonts::small(), (right - x).max(0.0));
    line.paint_left(&painter, pos2(x, rect.top() + 29.0), t.text_soft);
    response.on_hover_ui(|ui| {
        ui.set_max_width(460.0);
        ui.label(RichText::new(path).font(fonts::mono()).color(t.text_strong));
        if !d.old.is_empty() {
            ui.label(format!("was: {}", d.old));
        }
        if !d.new.is_empty() {
            ui.label(format!("is: {}", d.new));
        }
        if d.array.is_some() {
            ui.label(&text);
        }
    })
}
