//! Opens the window: through the graphics driver, else through Mesa's software, else drawn on the CPU; and says which, and why.
//! Must never know what is in it: that is `App`'s.

mod cpu;
mod driver;
mod failure;

use super::{App, app_icon, system_theme};
use crate::session::crash::{self, Trying};
use crate::session::instance::Door;
use crate::session::{Action, Notice, Settings, ThemeChoice, WindowPlace};
use crate::source::Severity;
use eframe::UserEvent;
use eframe::egui::{self, Context, Ui, UserAttentionType, Vec2, ViewportBuilder, ViewportCommand, pos2};
pub use failure::Failure;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use winit::event_loop::EventLoop;
use winit::window::Window;

/// The name by which desktops know the program: of its menu entry, its icon, its windows and its packages.
pub const APP_ID: &str = "io.github.picklescope.picklescope";
/// Size of the first window, in points.
const SIZE: [f32; 2] = [1280.0, 800.0];
/// The smallest window that is still of use, in points.
const LEAST: [f32; 2] = [480.0, 320.0];
/// How long the first frame is held back for the first file.
const FIRST_WAIT: Duration = Duration::from_millis(60);
/// How often settings that changed are written, besides at the end.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// Frames after which a driver has shown that it works.
const PROVEN: u32 = 3;

/// Who draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// The graphics driver, by OpenGL.
    Driver,
    /// picklescope itself.
    Cpu,
}

impl Drawing {
    /// The way of that name, as the command line has it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "gl" => Some(Self::Driver),
            "cpu" => Some(Self::Cpu),
            _ => None,
        }
    }
}

/// What the window opens with.
#[derive(Default)]
pub struct Opening {
    /// Files, a tab each.
    pub files: Vec<PathBuf>,
    /// What came on standard input.
    pub standard_input: Option<Vec<u8>>,
    /// Who draws; without a wish the first that works.
    pub drawing: Option<Drawing>,
    /// The door at which later picklescopes hand in their files.
    pub door: Option<Door>,
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Nothing could open a window: why, and what to do.
pub fn open(opening: Opening) -> Result<(), Failure> {
    let settings_path = Settings::path();
    let settings = settings_path.as_deref().map(Settings::load).unwrap_or_default();
    let state_dir = crash::state_dir();
    let builder = builder(settings.window);
    let mut app = App::new(settings, settings_path);
    if let Some(report) = state_dir.as_deref().and_then(crash::untold) {
        let text = format!(
            "picklescope ended by a fault of its own last time. What is known of it is written in {}",
            report.path.display()
        );
        app.session.notify(Notice { severity: Severity::Warning, text, open: None });
    }
    let (tx, inbox) = channel();
    if let Some(bytes) = opening.standard_input {
        app.session.apply(Action::OpenBytes { name: "standard input".to_owned(), bytes });
    }
    if !opening.files.is_empty() {
        tx.send(opening.files).ok();
    }
    let framed = Framed { app, inbox, frames: 0, saved: Instant::now(), trying: None, raise: false, follows: false };
    let framed = Rc::new(RefCell::new(framed));

    // The wish of `wake` is met once there is a context to wake.
    let wake: std::sync::Arc<std::sync::OnceLock<Context>> = std::sync::Arc::default();
    if let Some(door) = opening.door {
        let wake = wake.clone();
        let heard = door.listen(move |files| {
            tx.send(files).ok();
            if let Some(ctx) = wake.get() {
                ctx.request_repaint();
            }
        });
        if let Err(e) = heard {
            log::warn!("later files open windows of their own: {e}");
        }
    }
    let start = Start { builder, framed, wake };

    let mut event_loop = crash::awaiting(|| EventLoop::<UserEvent>::with_user_event().build())
        .map_err(|panic| Failure::new(&panic))?
        .map_err(|e| Failure::new(&e.to_string()))?;

    if opening.drawing != Some(Drawing::Cpu) {
        match crash::try_out(state_dir.as_deref(), "gl") {
            Ok(mark) => {
                start.framed.borrow_mut().trying = Some(mark);
                let why = match driver::run(&mut event_loop, &start) {
                    Ok(()) => return Ok(()),
                    Err(why) => why,
                };
                start.framed.borrow_mut().trying = None;
                if opening.drawing == Some(Drawing::Driver) {
                    return Err(Failure::new(&why));
                }
                log::warn!("the graphics driver does not work ({why}); drawing on the CPU");
                start.say(format!("Drawn on the CPU, for the graphics driver does not work: {why}"));
            }
            Err(()) if opening.drawing == Some(Drawing::Driver) => {
                return Err(Failure::new("it ended the program last time"));
            }
            Err(()) => {
                log::warn!("the graphics driver ended the program last time; drawing on the CPU");
                start.say("Drawn on the CPU this time, for the graphics driver ended the program last time".to_owned());
            }
        }
    }
    cpu::run(&mut event_loop, &start).map_err(|why| Failure::new(&why))
}

fn builder(place: Option<WindowPlace>) -> ViewportBuilder {
    let mut builder = ViewportBuilder::default()
        .with_title("picklescope")
        .with_app_id(APP_ID)
        .with_icon(app_icon::icon())
        .with_min_inner_size(LEAST)
        .with_inner_size(place.map_or(SIZE, |p| p.size))
        .with_drag_and_drop(true);
    if let Some(place) = place {
        builder = builder.with_maximized(place.maximized);
        if let Some([x, y]) = place.position {
            builder = builder.with_position(pos2(x, y));
        }
    }
    builder
}

/// What every way of drawing starts from.
struct Start {
    builder: ViewportBuilder,
    framed: Rc<RefCell<Framed>>,
    wake: std::sync::Arc<std::sync::OnceLock<Context>>,
}

impl Start {
    /// Gives the application its context.
    fn attach(&self, ctx: &Context) {
        self.framed.borrow_mut().app.attach(ctx);
        // Text in files is of any script; pictures and tests go without, to be the same everywhere.
        ctx.add_font_provider(Arc::new(egui_system_font_provider::SystemFontProvider::new()));
        self.wake.set(ctx.clone()).ok();
    }

    fn say(&self, text: String) {
        self.framed.borrow_mut().app.session.notify(Notice { severity: Severity::Warning, text, open: None });
    }
}

/// The application in a window: what has to do with the window itself is done here, whoever draws.
struct Framed {
    app: App,
    /// Files to open, each lot from one start of the program.
    inbox: Receiver<Vec<PathBuf>>,
    frames: u32,
    saved: Instant,
    trying: Option<Trying>,
    raise: bool,
    /// The desktop's theme is being followed.
    follows: bool,
}

impl Framed {
    fn ui(&mut self, ui: &mut Ui, window: Option<&Window>) {
        let ctx = ui.ctx().clone();
        for files in self.inbox.try_iter() {
            if !files.is_empty() {
                self.app.open(files);
                // A small file is read by then: the window comes up with it, not with a word that it is being read.
                if self.frames == 0 {
                    self.app.session.wait(FIRST_WAIT);
                }
            }
            self.raise = self.frames > 0;
        }
        if std::mem::take(&mut self.raise) {
            ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
            ctx.send_viewport_cmd(ViewportCommand::Focus);
            // Where a program may not raise itself (Wayland), it may ask to be looked at.
            ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
        }
        if !self.follows && self.app.session.settings.theme == ThemeChoice::System {
            self.follows = true;
            system_theme::follow(&ctx);
        }
        self.app.ui(ui);
        if let Some(window) = window {
            self.app.ask_system(&ctx, window);
            if self.frames == 1 {
                keep_on_screen(window);
            }
        }
        if let Some(place) = ctx.input(|i| place(i.viewport(), self.app.session.settings.window)) {
            self.app.session.settings.window = Some(place);
        }
        self.frames = self.frames.saturating_add(1);
        if self.frames <= PROVEN {
            let of = self.app.session.document().map(|d| format!(" of {}: {:?}", d.title, d.phase));
            log::debug!("frame {}{}", self.frames, of.unwrap_or_default());
        }
        if self.frames == PROVEN {
            self.trying = None;
            crash::await_panics(false);
        } else if self.frames < PROVEN {
            ctx.request_repaint();
        }
        if self.saved.elapsed() > SAVE_EVERY {
            self.app.save();
            self.saved = Instant::now();
        }
    }

    /// The driver was seen to work: what fails now is no reason to draw in another way.
    const fn is_proven(&self) -> bool {
        self.frames >= PROVEN
    }
}

/// Where the window is now, to be kept: of a maximized one the place that it had before.
fn place(now: &egui::ViewportInfo, before: Option<WindowPlace>) -> Option<WindowPlace> {
    let inner = now.inner_rect?;
    if now.minimized == Some(true) || now.fullscreen == Some(true) {
        return before;
    }
    if now.maximized == Some(true) {
        let size = before.map_or(SIZE, |b| b.size);
        return Some(WindowPlace { size, position: before.and_then(|b| b.position), maximized: true });
    }
    let size: Vec2 = inner.size();
    let position = now.outer_rect.map(|r| [r.min.x, r.min.y]);
    Some(WindowPlace { size: [size.x, size.y], position, maximized: false })
}

/// Brings the window back if no part of its title is on any screen: a screen may be gone since.
fn keep_on_screen(window: &Window) {
    let Ok(at) = window.outer_position() else { return };
    let size = window.outer_size();
    let screens: Vec<_> = window.available_monitors().collect();
    let seen = screens.iter().any(|m| {
        let (p, s) = (m.position(), m.size());
        let right = i64::from(at.x) + i64::from(size.width) > i64::from(p.x) + 80;
        let left = i64::from(at.x) + 80 < i64::from(p.x) + i64::from(s.width);
        let below = i64::from(at.y) + 40 > i64::from(p.y);
        right && left && below && i64::from(at.y) + 40 < i64::from(p.y) + i64::from(s.height)
    });
    if !seen && let Some(screen) = screens.first() {
        window.set_outer_position(screen.position());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Rect, ViewportInfo};

    #[test]
    fn the_place_before_maximizing_is_kept() {
        let rect = |x: f32, y: f32, w: f32, h: f32| Some(Rect::from_min_size(pos2(x, y), Vec2::new(w, h)));
        let usual = ViewportInfo {
            inner_rect: rect(10.0, 40.0, 900.0, 600.0),
            outer_rect: rect(8.0, 10.0, 904.0, 632.0),
            ..Default::default()
        };
        let kept = place(&usual, None).unwrap();
        assert_eq!(kept, WindowPlace { size: [900.0, 600.0], position: Some([8.0, 10.0]), maximized: false });
        let full =
            ViewportInfo { inner_rect: rect(0.0, 0.0, 2000.0, 1000.0), maximized: Some(true), ..Default::default() };
        assert_eq!(place(&full, Some(kept)), Some(WindowPlace { maximized: true, ..kept }));
        let hidden = ViewportInfo { inner_rect: rect(0.0, 0.0, 0.0, 0.0), minimized: Some(true), ..Default::default() };
        assert_eq!(place(&hidden, Some(kept)), Some(kept));
        assert_eq!(place(&ViewportInfo::default(), Some(kept)), None, "nothing is known");
    }
}
