//! The panel of what is different between two files: added, removed and changed parts with their paths, arrays with
//! figures; of the chosen difference the pictures and the bytes. Must never compare itself.

mod beside;
mod bytes;
mod pictures;

use crate::interpret::compare::{Change, Difference, PickleAt};
use crate::interpret::{counted, grouped, one_line};
use crate::session::{Action, Comparing, DocId, Ends, FilesCompared, Item, Outcome, Panel, Phase, Place, View};
use crate::ui::icons::{self, Icon};
use crate::ui::widgets::elide;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{Align, LazyRows, Rows};
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{self, Color32, ComboBox, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

/// Height of a difference: where it is, and what it was and is.
const ROW: f32 = 40.0;
/// Width from which the list stands beside what it lists, in points.
const WIDE: f32 = 900.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ComparePanel {
    rows: LazyRows,
    /// What is compared, and the row that is chosen.
    of: Option<Comparing>,
    at: u64,
    beside: beside::Beside,
    /// The list is to have the keyboard once it is there.
    focus: bool,
    /// It asks for a file: one that is dropped is compared.
    pub wants_file: bool,
}

/// A line of the list: what a pair of pickles came to, or a difference of it.
#[derive(Clone, Copy)]
enum Line {
    Pair(usize),
    Difference(usize, usize),
}

/// A difference, and where it is.
struct Found<'a> {
    what: &'a Difference,
    ends: Ends,
}

fn mark(change: Change, t: &Tokens) -> (Icon, Color32) {
    match change {
        Change::Added => (icons::PLUS, t.good),
        Change::Removed => (icons::MINUS, t.error),
        Change::Changed => (icons::PENCIL, t.warning),
    }
}

/// The lines of the list, of which only the ends of the pairs are kept.
struct Lines<'a> {
    found: &'a FilesCompared,
    docs: [DocId; 2],
    /// The number of lines up to the end of each pair.
    ends: Vec<u64>,
    /// Pairs have lines of their own.
    heads: bool,
}

impl<'a> Lines<'a> {
    fn new(found: &'a FilesCompared, docs: [DocId; 2]) -> Self {
        let heads = found.pairs.len() > 1;
        let mut n = 0;
        let count = |(_, c): &(_, crate::interpret::compare::Comparison)| {
            n += c.found.len() as u64 + u64::from(heads);
            n
        };
        let ends = found.pairs.iter().map(count).collect();
        Self { found, docs, ends, heads }
    }

    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    fn line(&self, row: u64) -> Option<Line> {
        let pair = self.ends.partition_point(|e| *e <= row);
        let before = pair.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        self.found.pairs.get(pair)?;
        let n = row - before;
        Some(match (self.heads, n) {
            (true, 0) => Line::Pair(pair),
            (heads, n) => Line::Difference(pair, (n - u64::from(heads)) as usize),
        })
    }

    fn found(&self, row: u64) -> Option<Found<'a>> {
        let Line::Difference(pair, n) = self.line(row)? else { return None };
        let (pair, c) = self.found.pairs.get(pair)?;
        let what = c.found.get(n)?;
        let end = |i: usize, h: Option<_>| {
            let at = pair.at.get(i).copied().flatten()?;
            Some((Place { doc: *self.docs.get(i)?, member: at.member }, h?))
        };
        Some(Found { what, ends: [end(0, what.a), end(1, what.b)] })
    }

    /// The first difference from a row on, else the last before it.
    fn nearest(&self, row: u64) -> Option<u64> {
        let is = |r: &u64| matches!(self.line(*r), Some(Line::Difference(..)));
        (row..self.len()).find(is).or_else(|| (0..row.min(self.len())).rev().find(is))
    }
}

impl Found<'_> {
    fn select(&self) -> Action {
        Action::SelectInBoth(self.ends.map(|e| e.map(|(place, h)| Item::of_handle(place, h))))
    }
}

impl ComparePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let session = view.session;
        let focus = self.focus || view.focus == Some(Panel::Compare);
        let Some(files) = session.compared() else {
            self.of = None;
            self.ask(ui, view, out);
            return;
        };
        if self.of != Some(files) {
            *self = Self { of: Some(files), ..Self::default() };
        }
        self.focus = focus;
        let outcome = session.comparison();
        let found = match &outcome {
            Some(Outcome::Ready(found)) => Some(found.clone()),
            _ => None,
        };
        head(ui, view, files, found.as_deref(), out);
        let found = match outcome {
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
        let lines = Lines::new(&found, files.docs);
        let Some(at) = lines.nearest(self.at) else {
            if lines.heads {
                let room = ui.available_rect_before_wrap();
                self.list(ui, room, &lines, out);
                return;
            }
            let text = if found.partial() { "Not all of it was looked at." } else { "Every value is equal." };
            Empty::new(icons::CHECK_CIRCLE, "No difference", text).show(ui);
            return;
        };
        self.at = at;
        let room = ui.available_rect_before_wrap();
        let (list, detail) = if room.width() >= WIDE {
            room.split_left_right_at_fraction(0.42)
        } else {
            let rows = (lines.len().min(20) as f32).max(2.0) * ROW;
            room.split_top_bottom_at_y(room.top() + rows.min((room.height() * 0.3).max(2.0 * ROW)))
        };
        self.list(ui, list, &lines, out);
        let t = Tokens::of(ui);
        if let Some(found) = lines.found(self.at) {
            let builder = UiBuilder::new().max_rect(detail).id_salt("beside");
            let mut child = ui.new_child(builder);
            child.set_clip_rect(detail.intersect(ui.clip_rect()));
            self.beside.ui(&mut child, view, files.docs, &found, out);
        }
        if detail.top() > room.top() {
            ui.painter().hline(detail.x_range(), detail.top(), t.line_stroke());
        } else {
            ui.painter().vline(detail.left(), detail.y_range(), t.line_stroke());
        }
    }

    /// Nothing is compared yet: which file, then?
    fn ask(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let session = view.session;
        let Some(this) = view.doc else { return };
        self.wants_file = true;
        let t = Tokens::of(ui);
        let others: Vec<_> = session.documents.iter().filter(|d| d.id != this.id).collect();
        let room = ui.available_rect_before_wrap();
        let rows = others.len().min(6) + 2;
        let height = 96.0 + rows as f32 * (theme::CONTROL + theme::GAP);
        let width = (room.width() - 2.0 * theme::EDGE).clamp(60.0, 380.0);
        let place = Rect::from_center_size(room.center(), vec2(width, height.min(room.height())));
        ui.allocate_rect(room, Sense::hover());
        let builder = UiBuilder::new()
            .max_rect(place)
            .layout(egui::Layout::top_down(egui::Align::Center))
            .id_salt("compare with");
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.y = theme::GAP;
            let title = format!("Compare {} with …", one_line(&this.title, 40));
            ui.label(RichText::new(title).font(fonts::strong()).color(t.text_normal));
            let text = "What was added, removed and changed is listed, with both arrays, their difference, and both \
                        files' bytes beside each other.";
            ui.add(egui::Label::new(RichText::new(text).color(t.text_soft)).wrap().halign(egui::Align::Center));
            for d in others.iter().take(6) {
                if ui.button(one_line(&d.title, 48)).clicked() {
                    out.push(Action::CompareWith(Some(d.id)));
                }
            }
            if session.has_several_pickles(this.id) && ui.button("Another pickle of this file").clicked() {
                out.push(Action::CompareWith(Some(this.id)));
            }
            if ui.button("Choose a file…").clicked() {
                out.push(Action::CompareWithFile(None));
            }
            ui.label(RichText::new("or drop one on the window").font(fonts::small()).color(t.text_soft));
        });
    }

    fn list(&mut self, ui: &mut Ui, room: Rect, lines: &Lines<'_>, out: &mut Vec<Action>) {
        let n = lines.len();
        let mut clicked = None;
        let at = Some(self.at);
        let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("differences"));
        let shown = self.rows.show(&mut child, &Rows::new("Differences", n, ROW), |ui, i, rect| match lines.line(i) {
            Some(Line::Pair(p)) => pair_row(ui, rect, lines, p),
            Some(Line::Difference(..)) => {
                let Some(found) = lines.found(i) else { return };
                let d = found.what;
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
            }
            None => {}
        });
        if std::mem::take(&mut self.focus) {
            shown.response.request_focus();
        }
        // Pairs' lines are stepped over, however many follow each other.
        let is_found = |row: &u64| matches!(lines.line(*row), Some(Line::Difference(..)));
        let key = shown.intent.and_then(|i| i.target(at, n)).and_then(|to| {
            let on = if to < self.at { (0..=to).rev().find(is_found) } else { (to..n).find(is_found) };
            on.or_else(|| (0..=to).rev().find(is_found)).or_else(|| (to..n).find(is_found))
        });
        if let Some(to) = clicked.or(key)
            && let Some(found) = lines.found(to)
        {
            self.at = to;
            self.rows.scroll_to(to, Align::Nearest);
            out.push(found.select());
        }
    }
}

/// Which files, which pickles of them, and how many differences.
fn head(ui: &mut Ui, view: &View<'_>, files: Comparing, found: Option<&FilesCompared>, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let session = view.session;
    let title = |d: DocId| session.document_of(d).map_or("", |d| d.title.as_str());
    let [a, b] = files.docs;
    egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        ui.horizontal_wrapped(|ui| {
            let most = ((ui.available_width() - 200.0) / 2.0 / 7.0).clamp(12.0, 40.0) as usize;
            let choose = |ui: &mut Ui, which: usize, name: &str, out: &mut Vec<Action>| {
                let now = title(files.docs[which]);
                let r = ComboBox::from_id_salt(name).selected_text(one_line(now, most)).show_ui(ui, |ui| {
                    for d in &session.documents {
                        if ui.selectable_label(files.docs[which] == d.id, &d.title).clicked() {
                            let mut docs = files.docs;
                            docs[which] = d.id;
                            out.push(same_file(view, docs));
                        }
                    }
                    if which == 1 && ui.selectable_label(false, "Choose a file…").clicked() {
                        out.push(Action::Activate(a));
                        out.push(Action::CompareWithFile(None));
                    }
                });
                r.response.on_hover_text(now).widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
            };
            choose(ui, 0, "First file", out);
            let swap = ToolButton::new(icons::FLIP_H, "Swap the two files");
            if ui.add(swap).clicked() {
                let only = files.only.map(|[x, y]| [y, x]);
                out.push(Action::Compare(Comparing { docs: [b, a], only }));
            }
            choose(ui, 1, "Second file", out);
            if let Some(found) = found.filter(|f| f.counts() != [0; 3] || f.partial()) {
                ui.add_space(theme::GAP_S);
                ui.label(RichText::new(counts(found).replace(' ', "\u{a0}")).color(t.text_soft));
            }
        });
        if let Some(found) = found.filter(|f| f.parts.iter().any(|p| p.len() > 1)) {
            ui.horizontal_wrapped(|ui| pickles(ui, files, found, out));
        }
        let damaged = files.docs.map(|d| {
            let d = session.document_of(d).filter(|d| d.phase == Phase::Ready)?;
            let open = (0..d.members.len().min(64)).any(|member| {
                let place = Place { doc: d.id, member };
                session.with_cx(place, |cx| cx.stream.pickles.iter().any(|p| !p.pending.is_empty())).unwrap_or(false)
            });
            open.then_some(d.title.as_str())
        });
        for name in damaged.into_iter().flatten() {
            let text = format!("{} is damaged: what its end left open is not compared.", one_line(name, 40));
            ui.horizontal(|ui| {
                ui.label(icons::WARNING.text().color(t.warning));
                ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
            });
        }
    });
}

/// Two files, or two pickles of one.
fn same_file(view: &View<'_>, docs: [DocId; 2]) -> Action {
    let two = (docs[0] == docs[1]).then(|| {
        let mut all = view.session.named_pickles(docs[0]).into_iter().map(|(_, at)| at);
        let first = all.next().unwrap_or_default();
        [first, all.next().unwrap_or(first)]
    });
    Action::Compare(Comparing { docs, only: two })
}

/// Which pickles of the two files.
fn pickles(ui: &mut Ui, files: Comparing, found: &FilesCompared, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    ui.label(RichText::new("pickles").color(t.text_soft));
    let all = counted(found.pairs.len() as u64, "pair");
    let name = |i: usize, at: PickleAt| {
        let named = found.parts[i].iter().find(|(_, a)| *a == at);
        named.map_or("", |(name, _)| name.as_str()).to_owned()
    };
    for (i, label) in ["Pickle of the first file", "Pickle of the second file"].into_iter().enumerate() {
        let chosen = files.only.map_or_else(
            || format!("all, matched by name ({all})"),
            |only| one_line(&name(i, only[i]), 36).to_string(),
        );
        if i == 1 {
            if files.only.is_none() {
                break;
            }
            ui.label(RichText::new("with").color(t.text_soft));
        }
        let r = ComboBox::from_id_salt(label).selected_text(chosen).show_ui(ui, |ui| {
            let same = files.docs[0] == files.docs[1];
            if !same && ui.selectable_label(files.only.is_none(), "all, matched by name").clicked() {
                out.push(Action::Compare(Comparing { only: None, ..files }));
            }
            for (name, at) in found.parts[i].iter().take(1_000) {
                if ui.selectable_label(files.only.is_some_and(|o| o[i] == *at), one_line(name, 60)).clicked() {
                    let other = found.parts[1 - i].iter().find(|(n, _)| n == name).or(found.parts[1 - i].first());
                    let mut only = files.only.unwrap_or([other.map_or(*at, |o| o.1); 2]);
                    only[i] = *at;
                    out.push(Action::Compare(Comparing { only: Some(only), ..files }));
                }
            }
        });
        r.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, label));
    }
}

fn counts(c: &FilesCompared) -> String {
    let [added, removed, changed] = c.counts();
    let listed: u64 = c.pairs.iter().map(|(_, c)| c.found.len() as u64).sum();
    let more = if listed < added + removed + changed {
        format!("; the first {} are listed", grouped(listed))
    } else {
        String::new()
    };
    let part = if c.partial() { "; not all was looked at" } else { "" };
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
            if let Some(most) = by.largest.filter(|m| *m > 0.0) {
                text += &format!(", by at most {}", number(most));
            }
            if by.nan > 0 {
                text += &format!("; {} are NaN in one alone", grouped(by.nan));
            }
            text
        }
        (Change::Changed, None) => format!("{} → {}", d.old, d.new),
    }
}

/// A figure in six digits.
fn number(v: f64) -> String {
    let size = v.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{v:.4e}");
    }
    let text = format!("{v:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a pair of pickles came to.
fn pair_row(ui: &mut Ui, rect: Rect, lines: &Lines<'_>, p: usize) {
    let t = Tokens::of(ui);
    let Some((pair, c)) = lines.found.pairs.get(p) else { return };
    let [added, removed, changed] = c.counts;
    let n = added + removed + changed;
    let (text, color, icon) = match pair.at {
        [Some(_), None] => ("in the first file alone".to_owned(), t.error, icons::MINUS),
        [None, _] => ("in the second file alone".to_owned(), t.good, icons::PLUS),
        _ if n == 0 && c.partial => ("not all was looked at".to_owned(), t.warning, icons::WARNING),
        _ if n == 0 => ("equal".to_owned(), t.good, icons::CHECK_CIRCLE),
        _ => (counted(n, "difference"), t.warning, icons::PENCIL),
    };
    let response = ui.interact(rect, ui.make_persistent_id("pair"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, format!("{}: {text}", pair.name)));
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0.0, t.raised);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, t.line_stroke());
    let y = rect.center().y;
    icons::paint_at(&painter, pos2(rect.left() + 18.0, y), 16.0, icon, color);
    let right = rect.right() - theme::GAP;
    let left = elide::whole(&painter, &text, &fonts::small()).paint_right(&painter, pos2(right, y), color).left();
    let x = rect.left() + 34.0;
    let name = elide::middle(&painter, &pair.name, &fonts::strong(), (left - x - theme::GAP).max(0.0));
    name.paint_left(&painter, pos2(x, y), t.text_strong);
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
