//! The window: theme, widgets, panels, and the painter that draws them without a driver.
//! The only layer that knows egui; it looks at the session and hands it actions, and never opens a file.

pub mod app;
pub mod app_icon;
mod batch_dialog;
mod capture;
mod dialogs;
pub mod export_dialog;
pub mod fonts;
pub mod headless;
pub mod icons;
mod keys;
mod layout;
mod native;
pub mod painter;
pub mod panels;
mod repair_dialogs;
mod salvage_dialog;
mod shell;
pub mod shot;
mod start;
mod system_theme;
#[cfg(test)]
mod test_harness;
pub mod theme;
pub mod views;
pub mod widgets;
pub mod window;
pub mod words;

pub use app::App;
pub use theme::Tokens;
