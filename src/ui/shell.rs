//! The frame around the panels: menus, breadcrumb, tabs of files, status line.
//! Must never do what a command of the table does: it hands out actions.

use super::icons::{self, Icon};
use super::panels::imports::mark;
use super::{Tokens, fonts, keys, theme, words};
use crate::interpret;
use crate::machine::PyError;
use crate::session::{
    Action, COMMANDS, Change, Command, Dialog, DocId, Item, MENUS, Panel, Phase, Session, ThemeChoice, Trail, View,
    follow,
};
use crate::source::{READ_WHOLE, Severity};
use eframe::egui::{
    self, Align, Color32, Frame, Layout, Margin, MenuBar, Rect, Response, RichText, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use std::time::Duration;

/// Height of the bar with menus and breadcrumb, in points.
const TOP: f32 = 36.0;
/// Height of the row of tabs, in points.
const TABS: f32 = 30.0;
/// Height of the status line, in points.
const STATUS: f32 = 26.0;
/// A job is shown when it has run this long.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the frame keeps from one frame to the next.
#[derive(Default)]
pub struct Shell {
    crumbs: Crumbs,
}

/// The segments of the selected path, worked out when the selection changes.
#[derive(Default)]
struct Crumbs {
    of: Option<(u64, u64)>,
    all: Vec<(String, Item)>,
}

/// The icon of that name.
pub fn icon(name: &str) -> Option<Icon> {
    icons::ALL.iter().find(|(n, _)| *n == name).map(|(_, i)| *i)
}

/// A button that is an icon, with a name for those who cannot see it.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str, enabled: bool) -> Response {
    let t = Tokens::of(ui);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(26.0), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if ui.is_rect_visible(rect) {
        if enabled && (response.hovered() || response.is_pointer_button_down_on()) {
            ui.painter().rect_filled(rect, theme::RADIUS, t.raised);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(rect, theme::RADIUS, t.focus_stroke(), egui::StrokeKind::Inside);
        }
        let color = match (enabled, response.hovered()) {
            (false, _) => t.faint.gamma_multiply(0.6),
            (true, true) => t.text_strong,
            (true, false) => t.text_normal,
        };
        icons::paint(ui.painter(), rect, icon, color);
    }
    response.on_hover_text(name)
}

/// Names a part of the window, for those who have it read out.
pub fn region(ui: &Ui, name: &str) {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
        node.set_role(egui::accesskit::Role::Region);
        node.set_label(name);
    });
}

fn bar(ui: &Ui, fill: Color32) -> Frame {
    let _ = ui;
    Frame::NONE.fill(fill).inner_margin(Margin::symmetric(8, 0))
}

impl Shell {
    /// The bar at the top.
    pub fn top(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let frame = bar(ui, t.panel);
        egui::Panel::top("top").exact_size(TOP).resizable(false).frame(frame).show(ui, |ui| {
            region(ui, "Menus");
            ui.spacing_mut().item_spacing.x = 2.0;
            MenuBar::new().ui(ui, |ui| {
                ui.set_height(TOP - 2.0);
                for menu in MENUS {
                    ui.menu_button(*menu, |ui| menu_of(ui, menu, view.session, out));
                }
                ui.add_space(theme::GAP);
                for id in ["file.open", "go.back", "go.forward"] {
                    command_button(ui, id, view.session, out);
                }
                ui.add_space(theme::GAP);
                let right = 210.0 + 2.0 * 28.0;
                let width = (ui.available_width() - right).max(0.0);
                ui.allocate_ui_with_layout(vec2(width, TOP - 2.0), Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(width);
                    self.crumbs.ui(ui, view, out);
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let dark = t.dark;
                    let (i, name) = if dark { (icons::SUN, "Light theme") } else { (icons::MOON, "Dark theme") };
                    if icon_button(ui, i, name, true).clicked() {
                        out.push(Action::SetTheme(if dark { ThemeChoice::Light } else { ThemeChoice::Dark }));
                    }
                    if palette_field(ui).clicked() {
                        out.push(Action::Show(Dialog::Palette));
                    }
                });
            });
        });
    }

    /// The tabs, one a file.
    pub fn tabs(&self, ui: &mut Ui, session: &Session, out: &mut Vec<Action>) {
        if session.documents.is_empty() {
            return;
        }
        let t = Tokens::of(ui);
        let frame = Frame::NONE.fill(t.base);
        egui::Panel::top("tabs").exact_size(TABS).resizable(false).frame(frame).show(ui, |ui| {
            region(ui, "Files");
            ui.spacing_mut().item_spacing.x = 1.0;
            egui::ScrollArea::horizontal()
                .scroll_bar_visibility(egui::containers::scroll_area::ScrollBarVisibility::AlwaysHidden)
                .show(ui, |ui| {
                    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                        for d in &session.documents {
                            document_tab(ui, d.id, session, out);
                        }
                    });
                });
        });
    }

    /// Above the panels, where the file has changed since it was opened: what to do about it.
    pub fn changed(&self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let Some((d, change)) = view.doc.and_then(|d| Some((d, d.changed?))) else { return };
        let frame = Frame::NONE.fill(t.raised).inner_margin(Margin::symmetric(12, 5));
        egui::Panel::top("changed").resizable(false).frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(icons::WARNING.text().color(t.warning));
                let (text, gone) = match change {
                    Change::Gone => (format!("{} is not on the disk any more.", d.title), true),
                    // small files were read whole; of others the blocks that are read from now on are the new ones
                    Change::Other(_) if d.file_bytes > READ_WHOLE => (
                        format!("{} has been written since it was opened: old and new bytes may be mixed.", d.title),
                        false,
                    ),
                    Change::Other(_) => (format!("{} has been written since it was opened.", d.title), false),
                };
                ui.label(RichText::new(text).color(t.text_normal));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let keep = if gone { "Dismiss" } else { "Keep showing what was opened" };
                    if ui.button(keep).clicked() {
                        out.push(Action::KeepShowing(d.id));
                    }
                    if !gone && ui.button("Reload").clicked() {
                        out.push(Action::Reload(d.id));
                    }
                });
            });
        });
    }

    /// What the shown member refers to and nobody gave yet, with a way to give it.
    pub fn missing(&self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let session = view.session;
        let buffers = session.wants_buffers() && view.member().is_some_and(|m| m.given == 0);
        let extensions = session.wants_extensions() && session.registry.is_empty();
        let (text, id) = match (buffers, extensions) {
            (true, _) => {
                ("The pickle's buffers lie in other files: without them, what they hold is missing.", "file.buffers")
            }
            (_, true) => {
                ("The pickle names classes by extension codes: only a registry tells which.", "file.extensions")
            }
            _ => return,
        };
        let Some(command) = Command::get(id) else { return };
        let t = Tokens::of(ui);
        let frame = Frame::NONE.fill(t.raised).inner_margin(Margin::symmetric(12, 5));
        egui::Panel::top("missing").resizable(false).frame(frame).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(icons::INFO.text().color(t.note));
                ui.label(RichText::new(text).color(t.text_normal));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if ui.button(command.label).on_hover_text(command.tooltip).clicked() {
                        out.push(Action::Command(id));
                    }
                });
            });
        });
    }

    /// The line at the bottom.
    pub fn status(&self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let frame = bar(ui, t.raised);
        egui::Panel::bottom("status").exact_size(STATUS).resizable(false).frame(frame).show(ui, |ui| {
            region(ui, "Status");
            ui.spacing_mut().item_spacing.x = theme::GAP;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                jobs(ui, view.session, out);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.set_clip_rect(ui.max_rect().intersect(ui.clip_rect()));
                    status_line(ui, view, out);
                });
            });
        });
    }
}

/// The commands of a menu.
fn menu_of(ui: &mut Ui, menu: &str, session: &Session, out: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    let mut group = None;
    for c in COMMANDS.iter().filter(|c| c.menu == menu) {
        if group.is_some_and(|g| g != c.group) {
            ui.separator();
        }
        group = Some(c.group);
        command_item(ui, c, session, out);
        if c.id == "file.open-path" && !session.settings.recent.is_empty() {
            ui.menu_button(("      ", "Open recent"), |ui| {
                for path in &session.settings.recent {
                    let name = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
                    if ui.button(name).on_hover_text(path.to_string_lossy()).clicked() {
                        out.push(Action::Open(vec![path.clone()]));
                    }
                }
            });
        }
    }
}

/// A command in a menu.
pub fn command_item(ui: &mut Ui, c: &'static Command, session: &Session, out: &mut Vec<Action>) {
    let mark = match ((c.checked)(session), icon(c.icon)) {
        (Some(true), _) => icons::CHECK,
        (Some(false), _) | (None, None) => Icon("\u{2003}"),
        (None, Some(i)) => i,
    };
    let button = egui::Button::new((mark.text(), c.label)).shortcut_text(keys::text(ui.ctx(), c)).frame(false);
    let enabled = (c.enabled)(session);
    let response = ui.add_enabled(enabled, button).on_hover_text(c.tooltip);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, c.label));
    if response.clicked() {
        out.push(Action::Command(c.id));
    }
}

/// A command as an icon in a bar.
pub fn command_button(ui: &mut Ui, id: &str, session: &Session, out: &mut Vec<Action>) {
    let Some(c) = Command::get(id) else { return };
    let Some(i) = icon(c.icon) else { return };
    let keys = keys::text(ui.ctx(), c);
    let name = c.label.trim_end_matches('…');
    let response = icon_button(ui, i, name, (c.enabled)(session));
    let response = if keys.is_empty() { response } else { response.on_hover_text(keys) };
    if response.clicked() {
        out.push(Action::Command(c.id));
    }
}

/// What looks like a field and opens the palette.
fn palette_field(ui: &mut Ui) -> Response {
    let t = Tokens::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(210.0, 24.0), Sense::click());
    let name = "Find a command or a value";
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if ui.is_rect_visible(rect) {
        let edge = if response.hovered() { Stroke::new(1.0, t.hover) } else { t.line_stroke() };
        ui.painter().rect(rect, theme::RADIUS, t.raised, edge, egui::StrokeKind::Inside);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, theme::RADIUS, t.focus_stroke(), egui::StrokeKind::Inside);
        }
        icons::paint_at(ui.painter(), rect.left_center() + vec2(14.0, 0.0), 14.0, icons::SEARCH, t.text_soft);
        let painter = ui.painter();
        painter.text(
            rect.left_center() + vec2(26.0, 0.0),
            egui::Align2::LEFT_CENTER,
            "Find or run…",
            fonts::body(),
            t.text_soft,
        );
        let keys = Command::get("help.palette").map_or_else(String::new, |c| keys::text(ui.ctx(), c));
        painter.text(
            rect.right_center() - vec2(8.0, 0.0),
            egui::Align2::RIGHT_CENTER,
            keys,
            fonts::small(),
            t.text_soft,
        );
    }
    response.on_hover_text("Find a command or a value")
}

fn document_tab(ui: &mut Ui, id: DocId, session: &Session, out: &mut Vec<Action>) {
    let Some(d) = session.document_of(id) else { return };
    let t = Tokens::of(ui);
    let active = session.active == Some(id);
    let color = if active { t.text_strong } else { t.text_soft };
    let title: String = if d.title.chars().count() > 40 {
        let tail: Vec<char> = d.title.chars().rev().take(14).collect();
        d.title.chars().take(24).chain(['…']).chain(tail.into_iter().rev()).collect()
    } else {
        d.title.clone()
    };
    let galley = ui.painter().layout_no_wrap(title, fonts::body(), color);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 62.0, TABS), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, active, format!("File {}", d.title)));
    let close_rect = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), Vec2::splat(20.0));
    let painter = ui.painter();
    if active {
        painter.rect_filled(rect, 0.0, t.panel);
        painter.rect_filled(Rect::from_min_size(rect.min, vec2(rect.width(), 2.0)), 0.0, t.accent);
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, t.raised);
    }
    let (mark, mark_color) = match &d.phase {
        Phase::Failed(_) => (icons::ERROR, t.error),
        Phase::Loading => (icons::CLOCK, t.text_soft),
        Phase::Ready if d.members.len() > 1 => (icons::PACKAGE, color),
        Phase::Ready => (icons::FILE, color),
    };
    icons::paint_at(painter, pos2(rect.left() + 18.0, rect.center().y), 14.0, mark, mark_color);
    painter.galley(pos2(rect.left() + 30.0, rect.center().y - galley.size().y * 0.5).round(), galley, color);
    let close = ui.interact(close_rect, response.id.with("close"), Sense::click());
    close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {}", d.title)));
    let unsaved = session.unsaved(id);
    if unsaved && !close.hovered() && !response.hovered() {
        ui.painter().circle_filled(close_rect.center(), 4.0, t.warning);
    } else if active || response.hovered() || close.hovered() {
        if close.hovered() {
            ui.painter().rect_filled(close_rect, theme::RADIUS, t.raised);
        }
        let color = if close.hovered() { t.text_strong } else { t.text_soft };
        icons::paint_at(ui.painter(), close_rect.center(), 12.0, icons::CLOSE, color);
    }
    if close.clicked() || response.middle_clicked() {
        out.push(Action::Close(id));
    } else if response.clicked() {
        out.push(Action::Activate(id));
    }
    theme::context_menu(&response, |ui| {
        match session.document() {
            Some(shown) if shown.id != id => {
                let name = format!("Compare with {}", interpret::one_line(&shown.title, 40));
                if ui.button(name).clicked() {
                    out.push(Action::CompareWith(Some(id)));
                }
            }
            _ => {
                if ui.button("Compare with…").clicked() {
                    out.push(Action::CompareWith(None));
                }
            }
        }
        ui.separator();
        if ui.button("Close").clicked() {
            out.push(Action::Close(id));
        }
    });
    let where_is = d.path.as_ref().map_or_else(|| d.title.clone(), |p| p.to_string_lossy().into_owned());
    response.on_hover_text(where_is);
}

impl Crumbs {
    fn fill(&mut self, view: &View<'_>) {
        let scanned = view.stream.map_or(0, |s| s.seen());
        let of = (view.session.serial, scanned);
        if self.of == Some(of) {
            return;
        }
        self.of = Some(of);
        self.all.clear();
        let (Some(cx), Some(trail)) = (view.cx(), view.selection().and_then(|s| s.trail.as_ref())) else { return };
        let handles = follow(&cx, trail);
        let root = match (trail.pickle, trail.top) {
            (0, 0) => {
                // Of several members, the root goes by its member's name.
                let several = view.doc.is_some_and(|d| d.members.len() > 1);
                let name = view.member().map(|m| m.name.clone()).filter(|n| several && !n.is_empty());
                name.unwrap_or_else(|| "root".to_owned())
            }
            (n, 0) => format!("#{n}"),
            (0, n) => format!("left on the stack [{}]", n - 1),
            (p, n) => format!("#{p} left on the stack [{}]", n - 1),
        };
        let mut at = Trail { steps: Vec::new(), ..*trail };
        let Some(first) = handles.first() else { return };
        let way = if trail.top > 0 { interpret::way_to(&cx, trail.pickle, trail.top) } else { Vec::new() };
        if way.is_empty() {
            self.all.push((root, Item::of_row(view.place, *first, at.clone())));
        } else {
            // What the cut left goes by the place that it was about to get.
            let whole = Trail::root(trail.pickle);
            let name = if trail.pickle == 0 { "root".to_owned() } else { format!("#{}", trail.pickle) };
            let top = follow(&cx, &whole).first().copied();
            self.all.extend(top.map(|h| (name, Item::of_row(view.place, h, whole))));
            for (n, segs) in way {
                let label: String = segs.iter().map(|s| interpret::label(&cx, s)).collect();
                let at = Trail { top: n, ..Trail::root(trail.pickle) };
                let h = follow(&cx, &at).first().copied();
                self.all.extend(h.map(|h| (label, Item::of_row(view.place, h, at))));
            }
        }
        for (step, pair) in trail.steps.iter().zip(handles.windows(2)) {
            let Some(child) = interpret::children(&cx, pair[0]).get(*step) else { break };
            at.steps.push(*step);
            self.all.push((child.label, Item::of_row(view.place, pair[1], at.clone())));
        }
    }

    fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        self.fill(view);
        let t = Tokens::of(ui);
        let n = self.all.len();
        if n == 0 {
            return;
        }
        let room = ui.available_width();
        let width = |s: &str| ui.painter().layout_no_wrap(shorten(s), fonts::mono(), Color32::WHITE).size().x + 26.0;
        // As many of the last ones as there is room for; only those are measured.
        let mut left = room - width(&self.all[0].0) - 30.0;
        let mut from = n;
        while from > 1 {
            left -= width(&self.all[from - 1].0);
            if left < 0.0 && from < n {
                break;
            }
            from -= 1;
        }
        ui.spacing_mut().item_spacing.x = 0.0;
        crumb(ui, &self.all[0], n == 1, out);
        if from > 1 {
            caret(ui, t);
            ui.menu_button("…", |ui| {
                egui::ScrollArea::vertical().max_height(400.0).show(ui, |ui| {
                    for c in self.all[1..from].iter().take(500) {
                        crumb(ui, c, false, out);
                    }
                });
            });
        }
        for (i, c) in self.all.iter().enumerate().skip(from) {
            caret(ui, t);
            crumb(ui, c, i + 1 == n, out);
        }
    }
}

fn shorten(s: &str) -> String {
    if s.chars().count() <= 32 {
        return s.to_owned();
    }
    let tail: Vec<char> = s.chars().rev().take(10).collect();
    s.chars().take(20).chain(['…']).chain(tail.into_iter().rev()).collect()
}

fn caret(ui: &mut Ui, t: &Tokens) {
    let (rect, _) = ui.allocate_exact_size(vec2(12.0, 20.0), Sense::hover());
    icons::paint_at(ui.painter(), rect.center(), 10.0, icons::CARET_RIGHT, t.faint);
}

fn crumb(ui: &mut Ui, (label, item): &(String, Item), last: bool, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let color = if last { t.text_strong } else { t.text_soft };
    let text = RichText::new(shorten(label)).font(fonts::mono()).color(color);
    let response = ui.add(egui::Button::new(text).frame_when_inactive(false).small());
    if response.clicked() {
        out.push(Action::Select(item.clone()));
    }
    response.context_menu(|ui| {
        if ui.button("Copy path").clicked() {
            out.push(Action::Select(item.clone()));
            out.push(Action::Command("copy.path"));
        }
    });
    response.on_hover_text(label);
}

/// Progress of what runs, and a way to stop it.
fn jobs(ui: &mut Ui, session: &Session, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let shown: Vec<_> = session.jobs.running().iter().filter(|j| j.started.elapsed() > PATIENCE).collect();
    if let Some(job) = shown.first() {
        if icon_button(ui, icons::CLOSE, "Stop", !job.cancelled()).clicked() {
            out.push(Action::Cancel(job.id));
        }
        let (rect, _) = ui.allocate_exact_size(vec2(120.0, 6.0), Sense::hover());
        ui.painter().rect_filled(rect, 3.0, t.line);
        let part = job.fraction().unwrap_or(0.0);
        ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(rect.width() * part, 6.0)), 3.0, t.accent);
        let more = shown.len() - 1;
        let text = if more == 0 { job.what() } else { format!("{} and {more} more", job.what()) };
        ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
    } else if let Some((name, since)) = session.work.longest()
        && since > PATIENCE
    {
        ui.label(RichText::new(format!("{name}…")).font(fonts::small()).color(t.text_soft));
    }
}

/// A piece of the status line.
fn piece(ui: &mut Ui, text: impl Into<String>, color: Color32, hover: &str) -> Response {
    let text = RichText::new(text).font(fonts::small()).color(color);
    let r = ui.add(egui::Label::new(text).sense(Sense::click()).selectable(false));
    if hover.is_empty() { r } else { r.on_hover_text(hover) }
}

fn mono_piece(ui: &mut Ui, text: String, color: Color32, hover: &str) {
    let r = ui.add(egui::Label::new(RichText::new(text).font(fonts::mono_small()).color(color)).selectable(false));
    if !hover.is_empty() {
        r.on_hover_text(hover);
    }
}

fn dot(ui: &mut Ui, t: &Tokens) {
    let (rect, _) = ui.allocate_exact_size(vec2(1.0, 12.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, t.line);
}

/// What Python misses is what the user gave: the buffers, the registry.
pub fn answered(view: &View<'_>, e: &PyError) -> bool {
    let buffers = e.message.starts_with("pickle stream refers to out-of-band data");
    let code = e.message.strip_prefix("unregistered extension code ").and_then(|n| n.parse::<i64>().ok());
    buffers && view.member().is_some_and(|m| m.given > 0)
        || code.is_some_and(|n| view.session.registry.contains_key(&n))
}

fn status_line(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    let Some(d) = view.doc else {
        piece(ui, "Nothing that a pickle names is ever imported or called.", t.text_soft, "");
        return;
    };
    let Some(stream) = view.stream else {
        if let Phase::Failed(why) = &d.phase {
            piece(ui, why, t.error, "");
        }
        return;
    };
    let selection = view.selection();
    if let Some(span) = selection.and_then(|s| s.span) {
        let hover = format!("bytes {} to {}, {}", span.start, span.end, words::exact_size(span.len()));
        mono_piece(ui, words::offset(span.start), t.text_normal, &hover);
        dot(ui, t);
    }
    if let Some(op) = selection.and_then(|s| s.op) {
        let name = stream.op(op).map_or("", |o| o.code.name());
        let text = format!(
            "op {} of {}  {name}",
            words::grouped(u64::from(op.0) + 1),
            words::grouped(u64::from(stream.index.count()))
        );
        mono_piece(ui, text, t.text_normal, "");
        dot(ui, t);
    }
    let pickle = selection.and_then(|s| s.op).and_then(|op| stream.pickle_of(op)).unwrap_or(0);
    if let Some(p) = view.pickle(pickle).filter(|_| !stream.is_content()) {
        piece(ui, format!("protocol {}", p.protocol), t.text_soft, "");
        dot(ui, t);
    }
    let packed = if d.container.is_empty() { String::new() } else { format!(" in {}", d.container.join(", ")) };
    piece(
        ui,
        format!("{}{packed}", words::size(stream.bytes.len())),
        t.text_soft,
        &words::exact_size(stream.bytes.len()),
    );
    dot(ui, t);
    if let Some(imports) = view.session.imports(view.place).ready() {
        let (icon, color, word) = mark(imports.verdict, t);
        ui.add(egui::Label::new(icon.text().size(14.0).color(color)).selectable(false));
        let hover = "The verdict on what it would import. Shows the names";
        if piece(ui, format!("imports: {word}"), color, hover).clicked() {
            out.push(Action::ShowPanel(Panel::Imports));
        }
        dot(ui, t);
    }
    let errors = stream.problems.iter().filter(|p| p.severity == Severity::Error).count();
    if errors > 0 {
        let text = if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") };
        if piece(ui, text, t.error, "Shows what is wrong").clicked() {
            out.push(Action::ShowPanel(Panel::Problems));
        }
        dot(ui, t);
    }
    let (text, color, hover) = match view.pickle(pickle) {
        Some(_) if stream.is_content() => {
            ("an array without a pickle".to_owned(), t.text_soft, "numpy.load reads it, and runs nothing".to_owned())
        }
        Some(p) if !p.finished => ("being read".to_owned(), t.text_soft, String::new()),
        Some(_) => match stream.raises(pickle).map(|(e, _)| e) {
            None => ("Python would load it".to_owned(), t.text_soft, "were everything it names importable".to_owned()),
            Some(e) if answered(view, e) => {
                ("Python would load it, given the same".to_owned(), t.text_soft, e.message.clone())
            }
            Some(e) => {
                (format!("Python: {}: {}", e.kind, interpret::one_line(&e.message, 80)), t.error, e.message.clone())
            }
        },
        None => ("no pickle".to_owned(), t.warning, String::new()),
    };
    piece(ui, text, color, &hover);
}
