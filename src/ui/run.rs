//! Opens the real window: a display and a driver are needed, and where one lacks that is said by name.
//! Must never print: whoever called says what went wrong.

use super::{App, app_icon};
use crate::session::Settings;
use eframe::egui::ViewportBuilder;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// The name that desktops know the window by.
pub const APP_ID: &str = "io.github.picklescope.picklescope";

/// Opens the window with these files, a tab each, and returns when it is closed.
///
/// # Errors
/// Why it cannot be opened, and what would help.
pub fn run(files: Vec<PathBuf>) -> Result<(), String> {
    let has = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    if cfg!(target_os = "linux") && !has("DISPLAY") && !has("WAYLAND_DISPLAY") {
        return Err("there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)".to_owned());
    }
    let path = Settings::path();
    let settings = path.as_deref().map(Settings::load).unwrap_or_default();
    let viewport = ViewportBuilder::default()
        .with_title("picklescope")
        .with_app_id(APP_ID)
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([640.0, 420.0])
        .with_drag_and_drop(true)
        .with_icon(app_icon::icon());
    let options = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Glow, ..Default::default() };
    let opened = catch_unwind(AssertUnwindSafe(|| {
        eframe::run_native(
            APP_ID,
            options,
            Box::new(move |cc| {
                let mut app = App::new(settings, path);
                app.attach(&cc.egui_ctx);
                app.open(files);
                Ok(Box::new(app))
            }),
        )
    }));
    match opened {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) => Err(format!("the window cannot be opened: {e}; {HELP}")),
        Err(_) => Err(format!("the window cannot be opened: a library that it needs is missing; {HELP}")),
    }
}

/// What a bare Debian may lack.
const HELP: &str = "on Debian, install libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1 (X11) or \
                    libwayland-client0 libwayland-egl1 libegl1 libxkbcommon0 (Wayland)";
