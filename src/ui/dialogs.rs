//! What opens above the window: the palette, going to an offset, path fields, keys, about.
//! Must never do what was chosen: it hands out actions.

use super::batch_dialog::BatchDialog;
use super::export_dialog::ExportDialog;
use super::icons;
use super::repair_dialogs::RepairDialog;
use super::{Tokens, fonts, keys, theme, words};
use crate::ops::OpIndex;
use crate::session::{Action, COMMANDS, Command, Dialog, Item, Outcome, Pick, Session, View};
use eframe::egui::{self, Align2, Id, Key, Modal, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use std::path::PathBuf;

/// Values that the palette finds.
const VALUES: usize = 60;
/// Rows of the palette that are shown.
const ROWS: usize = 12;

/// What is open.
#[derive(Default)]
pub struct Dialogs {
    open: Option<Open>,
}

enum Open {
    Palette {
        query: String,
        at: usize,
    },
    GoTo {
        text: String,
    },
    /// A path to open, and why it is asked for in this way.
    OpenPath {
        text: String,
        why: &'static str,
    },
    /// A path to write to, for the action that has none yet.
    SavePath {
        text: String,
        action: Box<Action>,
        why: &'static str,
    },
    /// A repair by hand.
    Repair(RepairDialog),
    /// A repair whose fields wait for the next frame's view.
    Wanted(Dialog),
    /// Files to read, for the action that has none yet.
    PickPath {
        text: String,
        action: Box<Action>,
        pick: Pick,
    },
    /// One value to a file.
    Export(ExportDialog),
    /// Every array of the file, to a folder.
    ExportAll(BatchDialog),
    /// Whether cut arrays are filled.
    Salvage {
        fill: bool,
    },
    Keys,
    About,
}

/// What the palette offers.
struct Offer {
    icon: Option<icons::Icon>,
    label: String,
    note: String,
    keys: String,
    action: Action,
    score: i64,
}

impl Dialogs {
    /// Opens a dialog. `why` is told in a path field.
    pub fn show(&mut self, dialog: Dialog, why: &'static str) {
        self.open = match dialog {
            Dialog::Palette => Some(Open::Palette { query: String::new(), at: 0 }),
            Dialog::GoTo => Some(Open::GoTo { text: String::new() }),
            Dialog::Open | Dialog::OpenPath => Some(Open::OpenPath { text: String::new(), why }),
            Dialog::Export(kind) => Some(Open::Export(ExportDialog::new(kind))),
            Dialog::ExportAll => Some(Open::ExportAll(BatchDialog::default())),
            Dialog::Salvage => Some(Open::Salvage { fill: false }),
            Dialog::Keys => Some(Open::Keys),
            Dialog::About => Some(Open::About),
            Dialog::EditOp | Dialog::InsertOp | Dialog::InsertBytes | Dialog::DecodeFrom => Some(Open::Wanted(dialog)),
            Dialog::Find => return,
        };
    }

    /// Asks for a path to write to.
    pub fn save(&mut self, action: Action, name: &str, session: &Session, why: &'static str) {
        let folder = session.settings.folder.clone().unwrap_or_default();
        let text = folder.join(name).to_string_lossy().into_owned();
        self.open = Some(Open::SavePath { text, action: Box::new(action), why });
    }

    /// Asks what becomes of repairs that are not saved.
    pub fn ask_unsaved(&mut self, docs: Vec<crate::session::DocId>, then: Box<Action>) {
        self.open = Some(Open::Repair(RepairDialog::Unsaved { docs, then }));
    }

    /// Asks for files to read.
    pub fn pick(&mut self, action: Action, pick: Pick) {
        self.open = Some(Open::PickPath { text: String::new(), action: Box::new(action), pick });
    }

    /// The system's dialog answered what was browsed for: a path, or why there is none.
    pub fn browsed(&mut self, answer: Result<PathBuf, &'static str>) {
        match &mut self.open {
            Some(Open::Export(dialog)) => dialog.browsed(answer),
            Some(Open::ExportAll(dialog)) => dialog.browsed(answer),
            _ => {}
        }
    }

    /// Something is open: the window's own keys rest.
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Draws what is open.
    pub fn ui(&mut self, ui: &Ui, view: &View<'_>, out: &mut Vec<Action>) {
        if let Some(Open::Wanted(dialog)) = &self.open {
            let made = match dialog {
                Dialog::EditOp => RepairDialog::edit_op(view),
                Dialog::InsertOp => RepairDialog::insert_op(view),
                Dialog::InsertBytes => RepairDialog::insert_bytes(view),
                _ => RepairDialog::decode_from(view),
            };
            self.open = made.map(Open::Repair);
        }
        let Some(open) = &mut self.open else { return };
        let close = match open {
            Open::Palette { query, at } => palette(ui, view, query, at, out),
            Open::GoTo { text } => go_to(ui, view, text, out),
            Open::OpenPath { text, why } => path_field(ui, "Open the file at", why, "Open", text, |path| {
                out.push(Action::Open(vec![path]));
            }),
            Open::SavePath { text, action, why } => path_field(ui, "Write to", why, "Save", text, |path| {
                out.push(with_path((**action).clone(), path));
            }),
            Open::Repair(dialog) => dialog.ui(ui, view, out),
            Open::Wanted(_) => true,
            Open::PickPath { text, action, pick } => path_field(ui, pick.title(), pick.help(), "Load", text, |path| {
                let all = path.to_string_lossy().split(';').map(|p| PathBuf::from(p.trim())).collect();
                out.push(with_paths((**action).clone(), all));
            }),
            Open::Export(dialog) => {
                let (done, close) = modal(ui, "export", 600.0, |ui| dialog.ui(ui, view, out));
                done || close
            }
            Open::ExportAll(dialog) => {
                let (done, close) = modal(ui, "export all", 620.0, |ui| dialog.ui(ui, view, out));
                done || close
            }
            Open::Salvage { fill } => super::salvage_dialog::ui(ui, view, fill, out),
            Open::Keys => keys_table(ui),
            Open::About => about(ui),
        };
        if close {
            self.open = None;
        }
    }
}

/// The action with the path that it asked for.
pub fn with_path(action: Action, path: PathBuf) -> Action {
    match action {
        Action::Export(mut request) => {
            request.to = Some(path);
            Action::Export(request)
        }
        Action::SaveMade { name, bytes, .. } => Action::SaveMade { name, bytes, to: Some(path) },
        Action::Salvage { place, fill, .. } => Action::Salvage { place, fill, to: Some(path) },
        Action::ExportGuess { place, spec, .. } => Action::ExportGuess { place, spec, to: Some(path) },
        Action::SaveRepaired { place, then, .. } => Action::SaveRepaired { place, to: Some(path), then },
        other => other,
    }
}

/// The action with the files that it asked for.
pub fn with_paths(action: Action, mut paths: Vec<PathBuf>) -> Action {
    match action {
        Action::GiveBuffers { place, pickle, .. } => Action::GiveBuffers { place, pickle, from: Some(paths) },
        Action::LoadExtensions(_) => Action::LoadExtensions(paths.pop()),
        Action::CompareWithFile(_) => Action::CompareWithFile(paths.pop()),
        other => other,
    }
}

/// How well a text answers a query: its letters in order, better together and at the beginnings of words.
pub fn score(query: &str, text: &str) -> Option<i64> {
    let mut total = 0;
    let mut last: Option<usize> = None;
    let chars: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let mut from = 0;
    for q in query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
        let starts = |i: usize| i == 0 || !chars[i - 1].is_alphanumeric();
        let next = last.map(|l| l + 1);
        let together = next.filter(|n| chars.get(*n) == Some(&q));
        let word = (from..chars.len()).find(|i| chars[*i] == q && starts(*i));
        let any = (from..chars.len()).find(|i| chars[*i] == q);
        let i = together.or(word).or(any)?;
        total += if Some(i) == together {
            8
        } else if starts(i) {
            6
        } else {
            1
        };
        last = Some(i);
        from = i + 1;
    }
    Some(total * 16 - i64::try_from(chars.len().min(200)).unwrap_or(0))
}

/// The same of an offer: what does something stands before what shows a panel of the same name.
fn merit(query: &str, label: &str, action: &Action) -> Option<i64> {
    let panel = matches!(action, Action::Command(id) if id.starts_with("panel."));
    score(query, label).map(|s| s - if panel { 12 } else { 0 })
}

fn offers(view: &View<'_>, query: &str, ctx: &egui::Context) -> Vec<Offer> {
    let session = view.session;
    let mut all = Vec::new();
    if let Some(action) = place_of(view, query) {
        let label = format!("Go to {}", query.trim());
        all.push(Offer {
            icon: Some(icons::GO_TO),
            label,
            note: String::new(),
            keys: String::new(),
            action,
            score: 10_000,
        });
    }
    let mut add = |icon, label: String, note: String, keys: String, action| {
        if let Some(score) = merit(query, &label, &action) {
            all.push(Offer { icon, label, note, keys, action, score });
        }
    };
    for c in COMMANDS.iter().filter(|c| c.id != "help.palette" && (c.enabled)(session)) {
        let label = c.label.trim_end_matches('…').to_owned();
        add(super::shell::icon(c.icon), label, c.tooltip.to_owned(), keys::text(ctx, c), Action::Command(c.id));
    }
    let others = session.documents.iter().filter(|d| Some(d.id) != session.active);
    for d in others.clone().take(if session.documents.len() > 2 { 20 } else { 0 }) {
        let label = format!("Compare with {}", d.title);
        add(Some(icons::STACK), label, "open file".to_owned(), String::new(), Action::CompareWith(Some(d.id)));
    }
    for d in &session.documents {
        if Some(d.id) != session.active {
            add(Some(icons::FILE), d.title.clone(), "open file".to_owned(), String::new(), Action::Activate(d.id));
        }
    }
    if let Some(d) = view.doc.filter(|d| d.members.len() > 1) {
        for (i, m) in d.members.iter().enumerate().take(1000) {
            let item = Item::new(crate::session::Place { doc: d.id, member: i });
            add(
                Some(icons::PACKAGE),
                m.name.clone(),
                "member of this file".to_owned(),
                String::new(),
                Action::Select(item),
            );
        }
    }
    for path in &session.settings.recent {
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        let note = path.parent().map_or_else(String::new, |p| p.to_string_lossy().into_owned());
        add(Some(icons::RECENT), name, note, String::new(), Action::Open(vec![path.clone()]));
    }
    // values stand after commands of the same merit: what they hold is longer than what commands are called
    if query.trim().chars().count() >= 2
        && let Some(Outcome::Ready(found)) = session.find_values(view.place, query)
    {
        for f in found.iter().take(VALUES) {
            let key = score(query, &f.label).unwrap_or(0).min(900);
            let item = Item::of_row(view.place, f.handle, f.trail.clone());
            all.push(Offer {
                icon: Some(icons::TREE),
                label: f.label.clone(),
                note: f.short.clone(),
                keys: String::new(),
                action: Action::Select(item),
                score: key,
            });
        }
    }
    all.sort_by_key(|o| std::cmp::Reverse(o.score));
    all.truncate(200);
    all
}

/// What a text that names a place selects: an offset, an op, a path.
fn place_of(view: &View<'_>, text: &str) -> Option<Action> {
    let text = text.trim();
    let stream = view.stream?;
    if let Some(n) = text.strip_prefix("op").and_then(words::number) {
        let op = u32::try_from(n.checked_sub(1)?).ok().filter(|n| *n < stream.index.count())?;
        return Some(Action::Select(Item::of_op(view.place, OpIndex(op))));
    }
    if let Some(at) = words::number(text) {
        return (at < stream.bytes.len()).then(|| Action::Select(Item::at_offset(view.place, at)));
    }
    if text.starts_with(['[', '.', '#']) {
        return view.session.find_path(view.place.doc, text).ok().map(Action::Select);
    }
    None
}

fn modal<R>(ui: &Ui, name: &str, width: f32, add: impl FnOnce(&mut Ui) -> R) -> (R, bool) {
    let m = Modal::new(Id::unique(name)).frame(theme::dialog(ui.style())).show(ui.ctx(), |ui| {
        ui.set_width(width.min(ui.ctx().content_rect().width() - 48.0));
        add(ui)
    });
    let close = m.should_close();
    (m.inner, close)
}

fn palette(ui: &Ui, view: &View<'_>, query: &mut String, at: &mut usize, out: &mut Vec<Action>) -> bool {
    let t = Tokens::of(ui);
    let (done, close) = modal(ui, "palette", 620.0, |ui| {
        let up = ui.input_mut(|i| i.count_and_consume_key(egui::Modifiers::NONE, Key::ArrowUp));
        let down = ui.input_mut(|i| i.count_and_consume_key(egui::Modifiers::NONE, Key::ArrowDown));
        let enter = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
        let hint = "A command, a key or a value, a file, an offset (0x9a), an op (op 12)";
        let field =
            egui::TextEdit::singleline(query).hint_text(hint).desired_width(f32::INFINITY).margin(vec2(8.0, 6.0));
        let r = ui.add(field);
        r.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Find a command or a value"));
        r.request_focus();
        if r.changed() {
            *at = 0;
        }
        let found = offers(view, query, ui.ctx());
        let n = found.len();
        if n > 0 {
            *at = (*at + down + n - up % n) % n;
        }
        ui.add_space(theme::GAP_S);
        let first = at.saturating_sub(ROWS - 1);
        let mut chosen = enter.then_some(*at);
        for (i, o) in found.iter().enumerate().skip(first).take(ROWS) {
            let (rect, r) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
            r.widget_info(|| WidgetInfo::selected(Role::Button, true, i == *at, &o.label));
            super::widgets::tree_row::paint_ground(ui.painter(), rect, i == *at, r.hovered(), t);
            let painter = ui.painter_at(rect);
            if let Some(icon) = o.icon {
                icons::paint_at(&painter, rect.left_center() + vec2(18.0, 0.0), 16.0, icon, t.text_soft);
            }
            let y = rect.center().y;
            let label = painter.text(
                rect.left_center() + vec2(36.0, 0.0),
                Align2::LEFT_CENTER,
                &o.label,
                fonts::body(),
                t.text_strong,
            );
            let keys = painter.text(
                rect.right_center() - vec2(8.0, 0.0),
                Align2::RIGHT_CENTER,
                &o.keys,
                fonts::small(),
                t.text_soft,
            );
            let room = keys.left() - label.right() - 24.0;
            let note = super::widgets::elide::middle(&painter, &o.note, &fonts::small(), room.max(0.0));
            note.paint_left(&painter, egui::pos2(label.right() + 12.0, y), t.text_soft);
            if r.clicked() {
                chosen = Some(i);
            }
        }
        if n == 0 {
            ui.add_space(theme::GAP);
            ui.label(RichText::new("Nothing is called so.").color(t.text_soft));
        }
        match chosen.and_then(|i| found.into_iter().nth(i)) {
            Some(o) => {
                out.push(o.action);
                true
            }
            None => false,
        }
    });
    done || close
}

fn go_to(ui: &Ui, view: &View<'_>, text: &mut String, out: &mut Vec<Action>) -> bool {
    let t = Tokens::of(ui);
    let (done, close) = modal(ui, "go to", 420.0, |ui| {
        ui.label(RichText::new("Go to").font(fonts::title()).color(t.text_strong));
        let enter = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
        let field = egui::TextEdit::singleline(text).hint_text("0x9a, 154 or op 12").font(egui::TextStyle::Monospace);
        let r = ui.add(field.desired_width(f32::INFINITY).margin(vec2(8.0, 6.0)));
        r.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Offset or op"));
        r.request_focus();
        let to = place_of(view, text);
        let size = view.stream.map_or(0, |s| s.bytes.len());
        let (words, color) = match (&to, text.trim().is_empty()) {
            (_, true) | (Some(_), _) => (format!("The bytes end at {size:#x}."), t.text_soft),
            (None, false) => (format!("That is no offset below {size:#x}, and no op."), t.warning),
        };
        ui.label(RichText::new(words).font(fonts::small()).color(color));
        match to.filter(|_| enter) {
            Some(action) => {
                out.push(action);
                true
            }
            None => false,
        }
    });
    done || close
}

/// The path that was typed or pasted: in quotes, from home, or as a URL.
pub fn typed_path(text: &str) -> PathBuf {
    let path = text.trim().trim_matches('"');
    let home = std::env::var_os("HOME").map(PathBuf::from);
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path.strip_prefix("file://").unwrap_or(path)),
    }
}

fn path_field(ui: &Ui, title: &str, why: &str, verb: &str, text: &mut String, mut chosen: impl FnMut(PathBuf)) -> bool {
    let t = Tokens::of(ui);
    let (done, close) = modal(ui, "path", 560.0, |ui| {
        ui.label(RichText::new(title).font(fonts::title()).color(t.text_strong));
        if !why.is_empty() {
            ui.label(RichText::new(why).color(t.text_soft));
        }
        let enter = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
        let field = egui::TextEdit::singleline(text).hint_text("/path/to/file.pkl").font(egui::TextStyle::Monospace);
        let r = ui.add(field.desired_width(f32::INFINITY).margin(vec2(8.0, 6.0)));
        r.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Path"));
        if !ui.memory(|m| m.focused().is_some()) {
            r.request_focus();
        }
        ui.add_space(theme::GAP);
        let (mut go, mut stop) = (enter, false);
        ui.horizontal(|ui| {
            go |= ui.button(verb).clicked();
            stop |= ui.button("Cancel").clicked();
        });
        let path = typed_path(text);
        if go && !path.as_os_str().is_empty() {
            chosen(path);
            return true;
        }
        stop
    });
    done || close
}

fn keys_table(ui: &Ui) -> bool {
    let t = Tokens::of(ui);
    let ((), close) = modal(ui, "keys", 640.0, |ui| {
        ui.label(RichText::new("Keys").font(fonts::title()).color(t.text_strong));
        ui.add_space(theme::GAP);
        let height = (ui.ctx().content_rect().height() - 200.0).max(160.0);
        egui::ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            let with_keys: Vec<&Command> = COMMANDS.iter().filter(|c| !c.keys.is_empty()).collect();
            egui::Grid::new("keys").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
                let lists: [(&str, &str); 5] = [
                    ("Arrows, Page Up, Page Down, Home, End", "Move in the list that has the keyboard"),
                    ("Left, Right", "Close and open a row of a tree"),
                    ("Enter", "Open what is selected"),
                    ("Tab, Shift+Tab", "To the next control and back"),
                    ("Escape", "Leave a field or a dialog"),
                ];
                for c in with_keys {
                    let all: Vec<String> =
                        c.keys.iter().filter_map(|k| keys::parse(k)).map(|k| ui.ctx().format_shortcut(&k)).collect();
                    ui.label(RichText::new(all.join(" or ")).font(fonts::mono()).color(t.text_strong));
                    ui.label(RichText::new(c.tooltip).color(t.text_normal));
                    ui.end_row();
                }
                for (k, what) in lists {
                    ui.label(RichText::new(k).font(fonts::mono()).color(t.text_strong));
                    ui.label(RichText::new(what).color(t.text_normal));
                    ui.end_row();
                }
            });
        });
    });
    close
}

fn about(ui: &Ui) -> bool {
    let t = Tokens::of(ui);
    let (done, close) = modal(ui, "about", 460.0, |ui| {
        ui.label(RichText::new("picklescope").font(fonts::title()).color(t.text_strong));
        ui.label(RichText::new(format!("version {}", env!("CARGO_PKG_VERSION"))).color(t.text_soft));
        ui.add_space(theme::GAP);
        ui.label(
            "Opens any Python pickle and shows what is in it: the values, how each is pickled, every opcode, every byte. \
             Nothing that a pickle names is ever imported or called, and the file is never written.",
        );
        ui.add_space(theme::GAP);
        ui.label(RichText::new("MIT or Apache-2.0").color(t.text_soft));
        ui.add_space(theme::GAP);
        ui.horizontal(|ui| {
            if ui.button("Copy version").clicked() {
                ui.copy_text(format!("picklescope {}", env!("CARGO_PKG_VERSION")));
            }
            ui.button("Close").clicked()
        })
        .inner
    });
    done || close
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_prefers_beginnings_of_words() {
        let best = |q: &str| {
            COMMANDS.iter().filter_map(|c| Some((score(q, c.label)?, c.id))).max_by_key(|(s, _)| *s).map(|(_, id)| id)
        };
        assert_eq!(best("copy path"), Some("copy.path"));
        assert_eq!(best("dt"), Some("view.theme-dark"));
        assert_eq!(best("png"), Some("export.png"));
        let merit = |id: &'static str, label: &str| merit("compare", label, &Action::Command(id));
        assert!(merit("file.compare", "Compare with") > merit("panel.compare", "Compare"));
        assert_eq!(score("xyz", "Open"), None);
        assert!(score("", "Open").is_some());
    }
}
