//! The window: theme, widgets, panels, and the painter that draws them without a driver.
//! The only layer that knows egui; it looks at the session and hands it actions, and never opens a file.

pub mod fonts;
pub mod headless;
pub mod icons;
pub mod painter;
#[cfg(test)]
mod test_harness;
pub mod theme;
pub mod views;
pub mod widgets;

pub use theme::Tokens;
