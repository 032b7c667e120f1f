//! The window's own picture, drawn without a display, a driver or the clock: the same everywhere.
//! Must never open a file: what is drawn is a session that the caller filled.

use super::App;
use super::headless::Headless;
use crate::session::{Action, Panel, Session, Settings, ThemeChoice, ViewKind};
use eframe::egui::{Theme, Ui};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Frames drawn at most until nothing changes any more.
const FRAMES: usize = 60;
/// How long jobs are waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// What to draw.
#[derive(Clone, Debug)]
pub struct Shot {
    /// The file; none draws the start page.
    pub file: Option<PathBuf>,
    /// The file's name and bytes, where it is not on the disk.
    pub bytes: Option<(String, Vec<u8>)>,
    /// Width and height, in points.
    pub size: [u32; 2],
    /// Pixels a point.
    pub scale: f32,
    /// The dark theme.
    pub dark: bool,
    /// The path of the value to select, as the command line takes it; none leaves the first look.
    pub select: Option<String>,
    /// The view of the value.
    pub view: Option<ViewKind>,
    /// Out-of-band buffers to hand in.
    pub buffers: Vec<PathBuf>,
    /// A registry of extension codes to load.
    pub extensions: Option<PathBuf>,
    /// Panels to bring to the front.
    pub panels: Vec<Panel>,
}

impl Default for Shot {
    fn default() -> Self {
        Self {
            file: None,
            bytes: None,
            size: [1280, 800],
            scale: 1.0,
            dark: true,
            select: None,
            view: None,
            panels: Vec::new(),
            buffers: Vec::new(),
            extensions: None,
        }
    }
}

/// A picture of the window.
pub struct Drawn {
    /// The picture.
    pub picture: image::RgbaImage,
    /// The file that is shown is damaged.
    pub damaged: bool,
}

/// Draws the window.
///
/// # Errors
/// In words: when the file cannot be shown or there is nothing at the path.
pub fn shot(shot: &Shot) -> Result<Drawn, String> {
    let theme = if shot.dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    let mut app = App::new(Settings { theme, ..Settings::default() }, None);
    let size = shot.size.map(|v| v as f32);
    let mut window = Headless::new(size, shot.scale, if shot.dark { Theme::Dark } else { Theme::Light });
    app.attach(&window.ctx);
    if let Some(file) = &shot.file {
        app.open(vec![file.clone()]);
    } else if let Some((name, bytes)) = shot.bytes.clone() {
        app.session.apply(Action::OpenBytes { name, bytes });
    }
    let mut damaged = false;
    if app.session.active.is_some() {
        settle(&mut app.session)?;
        if let Some(crate::session::Phase::Failed(why)) = app.session.document().map(|d| &d.phase) {
            return Err(why.clone());
        }
        damaged = state_of(&app.session)?;
    }
    let place = app.session.place();
    if !shot.buffers.is_empty() {
        app.session.apply(Action::GiveBuffers { place, pickle: 0, from: Some(shot.buffers.clone()) });
    }
    if shot.extensions.is_some() {
        app.session.apply(Action::LoadExtensions(shot.extensions.clone()));
    }
    settle(&mut app.session)?;
    if let Some(path) = &shot.select {
        select(&mut app.session, path)?;
    }
    if let Some(view) = shot.view {
        app.session.apply(Action::SetView(view));
    }
    for panel in &shot.panels {
        app.layout.change(crate::session::LayoutChange::Show(*panel));
    }
    let mut draw = |app: &mut App| window.frame(Vec::new(), |ui: &mut Ui| app.ui(ui));
    let mut still = 0;
    for _ in 0..FRAMES {
        draw(&mut app);
        // Drawing asks for values that are worked out beside it; two frames after the last one, nothing moves.
        still = if app.session.is_idle() { still + 1 } else { 0 };
        settle(&mut app.session)?;
        if still >= 3 {
            break;
        }
    }
    Ok(Drawn { picture: window.picture(), damaged })
}

/// Whether the file is damaged.
fn state_of(session: &Session) -> Result<bool, String> {
    let Some(d) = session.document() else { return Ok(false) };
    let streams: Vec<_> = d.members.iter().map(|m| m.stream.read()).collect();
    if streams.iter().all(|s| s.index.count() == 0) && d.container.is_empty() {
        return Err(format!("{} is not a pickle: its first byte is no opcode that could start one", d.title));
    }
    Ok(streams.iter().any(|s| s.pickles.iter().any(|p| !p.complete)))
}

/// Waits until no job runs.
fn settle(session: &mut Session) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    while !session.is_idle() {
        session.wait(Duration::from_millis(5));
        if Instant::now() > until {
            return Err("the file took more than ten minutes to read".to_owned());
        }
    }
    Ok(())
}

/// Selects the value at a path.
fn select(session: &mut Session, path: &str) -> Result<(), String> {
    let Some(doc) = session.document().map(|d| d.id) else { return Ok(()) };
    let item = session.find_path(doc, path)?;
    session.apply(Action::Select(item));
    Ok(())
}
