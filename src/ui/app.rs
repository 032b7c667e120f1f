//! The application: the session, the panels around it, and what only a window can do.
//! `App::ui` draws a whole frame into any `Ui`: a window's, a test's, a picture's.

use super::capture::Capture;
use super::dialogs::{Dialogs, with_path};
use super::layout::Layout;
use super::native::Native;
use super::panels::Panels;
use super::shell::Shell;
use super::start::Start;
use super::{Tokens, fonts, icons, keys, theme};
use crate::session::{Action, Dialog, Effect, Notice, Panel, Phase, Session, Settings, ThemeChoice, View};
use crate::source::Severity;
use eframe::egui::{self, Align2, Context, Id, Order, ThemePreference, Ui, ViewportCommand, vec2};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Said where there is no dialog.
const NO_DIALOG: &str = "This desktop has no file dialog (neither a portal nor zenity), so type or paste the path.";
/// How long a notice is shown, in seconds.
const NOTICE: f64 = 6.0;

/// The whole window.
pub struct App {
    /// Everything but the window.
    pub session: Session,
    /// Where the panels are.
    pub layout: Layout,
    panels: Panels,
    shell: Shell,
    start: Start,
    dialogs: Dialogs,
    native: Native,
    capture: Capture,
    notices: Vec<(Notice, f64)>,
    find: Option<Panel>,
    title: String,
    settings_path: Option<PathBuf>,
    saved: Settings,
    first: bool,
}

impl App {
    /// A window with these settings, which are kept at `settings_path` (nowhere without one).
    pub fn new(settings: Settings, settings_path: Option<PathBuf>) -> Self {
        Self {
            layout: Layout::load(settings.layout.as_ref()),
            saved: settings.clone(),
            session: Session::new(settings),
            panels: Panels::default(),
            shell: Shell::default(),
            start: Start::default(),
            dialogs: Dialogs::default(),
            native: Native::default(),
            capture: Capture::default(),
            notices: Vec::new(),
            find: None,
            title: String::new(),
            settings_path,
            first: true,
        }
    }

    /// Lets jobs ask for frames, and gives the context our look.
    pub fn attach(&mut self, ctx: &Context) {
        let ctx_of_jobs = ctx.clone();
        let wake: crate::session::Wake = Arc::new(move || ctx_of_jobs.request_repaint());
        self.session.jobs.set_wake(wake.clone());
        self.session.work.set_wake(wake);
        theme::apply(ctx);
        set_theme(ctx, self.session.settings.theme);
        ctx.set_zoom_factor(self.session.settings.zoom);
    }

    /// Opens files, as the command line names them.
    pub fn open(&mut self, paths: Vec<PathBuf>) {
        self.session.apply(Action::Open(paths));
    }

    /// Draws a frame.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if std::mem::take(&mut self.first) {
            self.session.shown = self.layout.shown();
        }
        self.session.poll();
        let mut out = self.native.answers();
        // A window that is closed asks as a command does.
        if ctx.input(|i| i.viewport().close_requested()) && !self.session.all_unsaved().is_empty() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            out.push(Action::Quit);
        }
        let compares = std::mem::take(&mut self.panels.compare.wants_file).then_some(self.session.active).flatten();
        dropped(&ctx, compares.is_some(), &mut out);
        out.extend(self.capture.poll(&ctx, || self.session.name_of_selection()));
        if !self.dialogs.is_open() {
            keys::pressed(&ctx, &self.session, &mut out);
        }
        self.frame(ui, &mut out);
        // A panel says in every frame what the pointer is over; when none does, it is over nothing.
        let mut hover = None;
        out.retain(|a| match a {
            Action::Hover(item) => {
                hover.clone_from(item);
                false
            }
            _ => true,
        });
        let acted = !out.is_empty() || hover != self.session.hover;
        self.session.hover = hover;
        for action in out {
            let effects = self.session.apply(action);
            self.effects(&ctx, effects);
        }
        let effects = self.session.take_effects();
        self.effects(&ctx, effects);
        self.session.shown = self.layout.shown();
        self.set_title(&ctx);
        if acted {
            ctx.request_repaint();
        } else if !self.session.is_idle() {
            ctx.request_repaint_after(Duration::from_millis(100));
        }
    }

    fn frame(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        let place = self.session.place();
        let shared = self.session.stream_of(place);
        let guard = shared.as_ref().map(|s| s.read());
        let view = View {
            session: &self.session,
            doc: self.session.document(),
            place,
            stream: guard.as_deref(),
            focus: self.layout.focus.take(),
            find: self.find.take(),
        };
        self.shell.top(ui, &view, out);
        self.shell.tabs(ui, &self.session, out);
        let before = spoken(ui).len();
        self.shell.status(ui, &view, out);
        let status = spoken(ui).split_off(before);
        self.shell.changed(ui, &view, out);
        self.shell.missing(ui, &view, out);
        let none = egui::Frame::NONE;
        egui::CentralPanel::default().frame(none).show(ui, |ui| match view.doc {
            None => self.start.ui(ui, &self.session, out),
            Some(d) => match &d.phase {
                Phase::Failed(why) => failed(ui, &d.title, why, out),
                _ if view.stream.is_none() => loading(ui, &d.title),
                _ => self.layout.ui(ui, &view, &mut self.panels, out),
            },
        });
        // The line at the bottom is laid out before what is above it, and read after it.
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            let mut order = node.children().to_vec();
            order.retain(|id| !status.contains(id));
            order.extend(status);
            node.set_children(order);
        });
        self.dialogs.ui(ui, &view, out);
        let compared = view.doc.filter(|_| self.panels.compare.wants_file).map(|d| d.title.as_str());
        drop_overlay(ui, compared);
        self.notices_ui(ui, out);
    }

    /// Does what only a window can do.
    fn effects(&mut self, ctx: &Context, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::CopyText(text) => {
                    let n = text.chars().count();
                    let what = if n <= 60 { text.clone() } else { format!("{n} characters") };
                    ctx.copy_text(text);
                    self.notice(ctx, Notice::note(format!("Copied {what}")));
                }
                Effect::CopyImage(w, h, rgba) => {
                    let size = [w as usize, h as usize];
                    ctx.copy_image(egui::ColorImage::from_rgba_unmultiplied(size, &rgba));
                    self.notice(ctx, Notice::note(format!("Copied a picture of {w} × {h}")));
                }
                Effect::PickSave(action, name) => {
                    if !self.native.save(*action.clone(), &name, &self.session) {
                        self.dialogs.save(*action, &name, &self.session, "");
                    }
                }
                Effect::AskUnsaved { docs, then } => self.dialogs.ask_unsaved(docs, then),
                Effect::PickOpen(action, pick) => {
                    if !self.native.pick(*action.clone(), pick, &self.session) {
                        self.dialogs.pick(*action, pick);
                    }
                }
                Effect::Capture(how) => self.capture.want(ctx, how),
                Effect::Browse(folder, from) => {
                    if !self.native.browse(folder, from) {
                        self.dialogs.browsed(Err(NO_DIALOG));
                    }
                }
                Effect::Show(Dialog::Open) => {
                    if !self.native.open(&self.session) {
                        self.dialogs.show(Dialog::Open, "");
                    }
                }
                Effect::Show(Dialog::Find) => self.find = Some(self.layout.current),
                Effect::Show(dialog) => self.dialogs.show(dialog, ""),
                Effect::Picture(change) => self.panels.value.picture(change),
                Effect::Layout(change) => self.layout.change(change),
                Effect::Theme(theme) => set_theme(ctx, theme),
                Effect::Zoom(zoom) => ctx.set_zoom_factor(zoom),
                Effect::Notify(notice) => self.notice(ctx, notice),
                Effect::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            }
        }
        if let Some(found) = self.native.browsed() {
            self.dialogs.browsed(found.ok_or(NO_DIALOG));
        }
        for (action, pick) in self.native.gave_up_picking() {
            self.dialogs.pick(action, pick);
        }
        for (action, name) in self.native.gave_up() {
            let why = NO_DIALOG;
            match action {
                None => self.dialogs.show(Dialog::Open, why),
                Some(action) => self.dialogs.save(action, &name, &self.session, why),
            }
        }
    }

    fn notice(&mut self, ctx: &Context, notice: Notice) {
        self.notices.retain(|(n, _)| *n != notice);
        self.notices.push((notice, ctx.input(|i| i.time)));
    }

    fn notices_ui(&mut self, ui: &Ui, out: &mut Vec<Action>) {
        let now = ui.input(|i| i.time);
        // errors are read, and what offers something to do is reached for
        let long = |n: &Notice| n.severity == Severity::Error || n.open.is_some();
        self.notices.retain(|(n, t)| now - t < if long(n) { 4.0 * NOTICE } else { NOTICE });
        if self.notices.is_empty() {
            return;
        }
        let t = Tokens::of(ui);
        let (mut gone, mut opened) = (None, None);
        egui::Area::new(Id::unique("notices"))
            .order(Order::Tooltip)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -40.0))
            .show(ui.ctx(), |ui| {
                for (i, (n, _)) in self.notices.iter().enumerate() {
                    let (icon, color) = match n.severity {
                        Severity::Note => (icons::INFO, t.note),
                        Severity::Warning => (icons::WARNING, t.warning),
                        Severity::Error => (icons::ERROR, t.error),
                    };
                    let frame = egui::Frame::popup(ui.style()).fill(t.float).inner_margin(10);
                    let r = frame.show(ui, |ui| {
                        ui.set_max_width(440.0);
                        ui.horizontal(|ui| {
                            ui.label(icon.text().color(color));
                            ui.vertical(|ui| {
                                ui.set_max_width(420.0);
                                ui.label(egui::RichText::new(&n.text).color(t.text_normal));
                                if let Some(path) = &n.open
                                    && ui.button("Open it").clicked()
                                {
                                    opened = Some((i, path.clone()));
                                }
                            });
                        });
                    });
                    if r.response.interact(egui::Sense::click()).clicked() {
                        gone = Some(i);
                    }
                }
            });
        if let Some((i, path)) = opened {
            gone = Some(i);
            out.push(Action::Open(vec![path]));
        }
        if let Some(i) = gone {
            self.notices.remove(i);
        }
        ui.request_repaint_after(Duration::from_millis(500));
    }

    fn set_title(&mut self, ctx: &Context) {
        let title = match self.session.document() {
            Some(d) if self.session.unsaved(d.id) => format!("• {} — picklescope", d.title),
            Some(d) => format!("{} — picklescope", d.title),
            None => "picklescope".to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Shows the system's dialogs that were asked for, above this window. To be called after each frame.
    pub fn ask_system(&mut self, ctx: &Context, window: &winit::window::Window) {
        self.native.begin(ctx, window);
    }

    /// Writes the settings, where they changed.
    pub fn save(&mut self) {
        self.session.settings.layout = self.layout.save();
        if self.session.settings == self.saved {
            return;
        }
        if let Some(path) = &self.settings_path
            && let Err(e) = self.session.settings.save(path)
        {
            log::warn!("settings were not kept: {e}");
        }
        self.saved = self.session.settings.clone();
    }
}

/// The parts of the window so far, in the order in which they are read out.
fn spoken(ui: &Ui) -> Vec<egui::accesskit::NodeId> {
    ui.ctx().accesskit_node_builder(ui.unique_id(), |node| node.children().to_vec()).unwrap_or_default()
}

fn set_theme(ctx: &Context, theme: ThemeChoice) {
    ctx.set_theme(match theme {
        ThemeChoice::System => ThemePreference::System,
        ThemeChoice::Dark => ThemePreference::Dark,
        ThemeChoice::Light => ThemePreference::Light,
    });
}

/// Files that were dropped on the window.
fn dropped(ctx: &Context, compares: bool, out: &mut Vec<Action>) {
    let files = ctx.input(|i| i.raw.dropped_files.clone());
    for f in &files {
        let path = f.path().to_owned();
        out.push(if compares && files.len() == 1 {
            Action::CompareWithFile(Some(path))
        } else {
            Action::Open(vec![path])
        });
    }
}

fn drop_overlay(ui: &Ui, compared: Option<&str>) {
    let n = ui.input(|i| i.raw.hovered_files.len());
    if n == 0 {
        return;
    }
    let t = Tokens::of(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("drop")));
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, 0.0, t.base.gamma_multiply(0.85));
    let inner = rect.shrink(24.0);
    painter.rect_stroke(inner, 8.0, egui::Stroke::new(2.0, t.accent), egui::StrokeKind::Inside);
    icons::paint_at(&painter, rect.center() - vec2(0.0, 24.0), 40.0, icons::DOWNLOAD, t.accent);
    let text = match (n, compared) {
        (1, Some(with)) => format!("Drop to compare with {}", crate::interpret::one_line(with, 40)),
        (1, None) => "Drop to open".to_owned(),
        _ => format!("Drop to open {n} files"),
    };
    painter.text(rect.center() + vec2(0.0, 20.0), Align2::CENTER_CENTER, text, fonts::title(), t.text_strong);
}

fn failed(ui: &mut Ui, title: &str, why: &str, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, t.panel);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.3);
        ui.label(icons::ERROR.text().size(32.0).color(t.error));
        ui.add_space(theme::GAP);
        ui.label(egui::RichText::new(format!("{title} cannot be shown")).font(fonts::title()).color(t.text_strong));
        ui.label(egui::RichText::new(why).color(t.text_soft));
        ui.add_space(theme::GAP_L);
        if ui.button("Open another file…").clicked() {
            out.push(Action::Command("file.open"));
        }
    });
}

fn loading(ui: &mut Ui, title: &str) {
    let t = Tokens::of(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, t.panel);
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.4);
        ui.label(egui::RichText::new(format!("Reading {title}…")).color(t.text_soft));
    });
}

/// The action of a save dialog once its path is known.
pub fn answered(action: Action, path: PathBuf) -> Action {
    with_path(action, path)
}
