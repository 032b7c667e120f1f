//! The system's file dialogs: asked for on the window's thread, waited for on another, one at a time.
//! Where there is none, that is noticed and said, so that a path field can take its place.

use super::dialogs::{with_path, with_paths};
use crate::session::{Action, Pick, Session};
use eframe::egui::Context;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// A dialog that says "cancelled" faster than a person can was never shown.
const NEVER_SHOWN: Duration = Duration::from_millis(400);

enum Request {
    Open { folder: Option<PathBuf> },
    Pick { action: Action, pick: Pick, folder: Option<PathBuf> },
    Save { action: Action, name: String, folder: Option<PathBuf> },
    Browse { is_folder: bool, from: PathBuf },
}

enum Answer {
    Paths(Vec<PathBuf>),
    Path(Action, PathBuf),
    Picked(Action, Vec<PathBuf>),
    Cancelled,
    /// A place to write to, or `None` where there is no dialog.
    Browsed(Option<PathBuf>),
    /// There is no dialog to pick files with.
    NonePicked(Action, Pick),
    /// There is no dialog: what was asked for, and the proposed name.
    None(Option<Action>, String),
}

/// The dialogs of the system.
pub struct Native {
    tx: Sender<Answer>,
    rx: Receiver<Answer>,
    request: Option<Request>,
    is_open: bool,
    /// A window is there to ask from.
    attached: bool,
    gave_up: Vec<(Option<Action>, String)>,
    gave_up_picking: Vec<(Action, Pick)>,
    browsed: Option<Option<PathBuf>>,
}

impl Default for Native {
    fn default() -> Self {
        let (tx, rx) = channel();
        Self {
            tx,
            rx,
            request: None,
            is_open: false,
            attached: false,
            gave_up: Vec::new(),
            gave_up_picking: Vec::new(),
            browsed: None,
        }
    }
}

impl Native {
    /// Asks for files to open; false where there is no window to ask from.
    pub fn open(&mut self, session: &Session) -> bool {
        self.ask(Request::Open { folder: session.settings.folder.clone() })
    }

    /// Asks for files to read for an action; false where there is no window to ask from.
    pub fn pick(&mut self, action: Action, pick: Pick, session: &Session) -> bool {
        self.ask(Request::Pick { action, pick, folder: session.settings.folder.clone() })
    }

    /// Asks where to write; false where there is no window to ask from.
    pub fn save(&mut self, action: Action, name: &str, session: &Session) -> bool {
        self.ask(Request::Save { action, name: name.to_owned(), folder: session.settings.folder.clone() })
    }

    /// Looks for a place to write to: a folder or a file; false where there is no window to ask from.
    pub fn browse(&mut self, is_folder: bool, from: PathBuf) -> bool {
        self.ask(Request::Browse { is_folder, from })
    }

    /// What was browsed for, once it is known; `None` in it where there is no dialog.
    pub fn browsed(&mut self) -> Option<Option<PathBuf>> {
        self.browsed.take()
    }

    fn ask(&mut self, request: Request) -> bool {
        if self.attached && !self.is_open {
            self.request = Some(request);
        }
        self.attached
    }

    /// Shows the dialog that was asked for.
    pub fn begin(&mut self, ctx: &Context, window: &winit::window::Window) {
        self.attached = true;
        let Some(request) = self.request.take() else { return };
        self.is_open = true;
        let (tx, ctx, began) = (self.tx.clone(), ctx.clone(), Instant::now());
        let at = |folder: Option<PathBuf>| {
            let d = rfd::AsyncFileDialog::new().set_parent(window);
            match folder {
                Some(f) => d.set_directory(f),
                None => d,
            }
        };
        match request {
            Request::Open { folder } => {
                let dialog = at(folder)
                    .set_title("Open pickles")
                    .add_filter("All files", &["*"])
                    .add_filter("Pickles", &["pkl", "pickle", "pck", "p", "joblib", "pt", "pth", "gz", "npy", "npz"])
                    .pick_files();
                std::thread::spawn(move || {
                    let files = pollster::block_on(dialog);
                    let answer = match files {
                        Some(f) => Answer::Paths(f.into_iter().map(|h| h.path().to_owned()).collect()),
                        None if began.elapsed() < NEVER_SHOWN => Answer::None(None, String::new()),
                        None => Answer::Cancelled,
                    };
                    tx.send(answer).ok();
                    ctx.request_repaint();
                });
            }
            Request::Pick { action, pick, folder } => {
                let dialog = at(folder).set_title(pick.title()).add_filter("All files", &["*"]);
                let dialog = dialog.pick_files();
                std::thread::spawn(move || {
                    let answer = match pollster::block_on(dialog) {
                        Some(f) => Answer::Picked(action, f.into_iter().map(|h| h.path().to_owned()).collect()),
                        None if began.elapsed() < NEVER_SHOWN => Answer::NonePicked(action, pick),
                        None => Answer::Cancelled,
                    };
                    tx.send(answer).ok();
                    ctx.request_repaint();
                });
            }
            Request::Browse { is_folder, from } => {
                let beside = from.parent().filter(|p| !p.as_os_str().is_empty()).map(PathBuf::from);
                let dialog = at(beside).set_title("Write to");
                let name = from.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                std::thread::spawn(move || {
                    let found = if is_folder {
                        pollster::block_on(dialog.pick_folder())
                    } else {
                        pollster::block_on(dialog.set_file_name(&name).save_file())
                    };
                    let answer = match found {
                        Some(f) => Answer::Browsed(Some(f.path().to_owned())),
                        None if began.elapsed() < NEVER_SHOWN => Answer::Browsed(None),
                        None => Answer::Cancelled,
                    };
                    tx.send(answer).ok();
                    ctx.request_repaint();
                });
            }
            Request::Save { action, name, folder } => {
                let dialog = at(folder).set_title("Write to").set_file_name(&name).save_file();
                std::thread::spawn(move || {
                    let answer = match pollster::block_on(dialog) {
                        Some(f) => Answer::Path(action, f.path().to_owned()),
                        None if began.elapsed() < NEVER_SHOWN => Answer::None(Some(action), name),
                        None => Answer::Cancelled,
                    };
                    tx.send(answer).ok();
                    ctx.request_repaint();
                });
            }
        }
    }

    /// What the user chose.
    pub fn answers(&mut self) -> Vec<Action> {
        let mut out = Vec::new();
        while let Ok(answer) = self.rx.try_recv() {
            self.is_open = false;
            match answer {
                Answer::Paths(paths) => out.push(Action::Open(paths)),
                Answer::Path(action, path) => out.push(with_path(action, path)),
                Answer::Picked(action, paths) => out.push(with_paths(action, paths)),
                Answer::NonePicked(action, pick) => self.gave_up_picking.push((action, pick)),
                Answer::Browsed(path) => self.browsed = Some(path),
                Answer::Cancelled => {}
                Answer::None(action, name) => self.gave_up.push((action, name)),
            }
        }
        out
    }

    /// What could not be picked, because there is no dialog.
    pub fn gave_up_picking(&mut self) -> Vec<(Action, Pick)> {
        std::mem::take(&mut self.gave_up_picking)
    }

    /// What could not be asked for, because there is no dialog: the action that wants a path, or `None` for opening.
    pub fn gave_up(&mut self) -> Vec<(Option<Action>, String)> {
        std::mem::take(&mut self.gave_up)
    }
}
