//! What is kept from one run to the next: theme, size, recent files, layout.
//! A damaged file never stops the start: what cannot be read is as at first.

use super::action::ThemeChoice;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Recent files kept.
const RECENT: usize = 12;

/// Choices of the user. Unknown fields of newer versions are ignored, missing ones are as at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark, light or the system's.
    pub theme: ThemeChoice,
    /// How much everything is enlarged.
    pub zoom: f32,
    /// Files opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// The window's layout, in the window's own words.
    pub layout: Option<serde_json::Value>,
    /// Where the last file was opened.
    pub folder: Option<PathBuf>,
    /// The registry of extension codes that was loaded last.
    pub extensions: Option<PathBuf>,
    /// Where the window was.
    pub window: Option<WindowPlace>,
}

/// Size and place of the window when it was neither maximized nor minimized.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Width and height of the inside, in points.
    pub size: [f32; 2],
    /// The upper left corner of the frame, in points; a Wayland compositor does not tell it.
    pub position: Option<[f32; 2]>,
    /// It filled the screen.
    pub maximized: bool,
}

impl WindowPlace {
    /// Smallest and largest size, in points, that is believed of a file.
    pub const SIZE: (f32, f32) = (320.0, 16_000.0);

    /// The place, if a window can be there.
    fn sane(self) -> Option<Self> {
        let (least, most) = Self::SIZE;
        let good = |v: f32| v.is_finite() && v.abs() <= 100_000.0;
        self.size.iter().all(|v| v.is_finite()).then(|| Self {
            size: self.size.map(|v| v.clamp(least, most)),
            position: self.position.filter(|p| p.iter().all(|v| good(*v))),
            ..self
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            zoom: 1.0,
            recent: Vec::new(),
            layout: None,
            folder: None,
            extensions: None,
            window: None,
        }
    }
}

impl Settings {
    /// Smallest and largest zoom.
    pub const ZOOM: (f32, f32) = (0.5, 3.0);

    /// Where settings are kept: under `$XDG_CONFIG_HOME` (or what the system has for it).
    pub fn path() -> Option<PathBuf> {
        let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let base = if cfg!(windows) {
            var("APPDATA")
        } else if cfg!(target_os = "macos") {
            var("HOME").map(|h| h.join("Library/Application Support"))
        } else {
            var("XDG_CONFIG_HOME").filter(|p| p.is_absolute()).or_else(|| var("HOME").map(|h| h.join(".config")))
        };
        Some(base?.join("picklescope").join("settings.json"))
    }

    /// Reads the settings; whatever of them makes no sense is as at first.
    pub fn load(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        Self::parse(&text)
    }

    fn parse(text: &str) -> Self {
        let serde_json::Value::Object(all) = serde_json::from_str(text).unwrap_or_default() else {
            return Self::default();
        };
        // One field at a time: a field that makes no sense costs no other.
        let mut good = serde_json::Map::new();
        for (key, value) in all {
            let mut one = serde_json::Map::new();
            one.insert(key.clone(), value.clone());
            if serde_json::from_value::<Self>(serde_json::Value::Object(one)).is_ok() {
                good.insert(key, value);
            }
        }
        let mut s: Self = serde_json::from_value(serde_json::Value::Object(good)).unwrap_or_default();
        s.zoom = if s.zoom.is_finite() { s.zoom.clamp(Self::ZOOM.0, Self::ZOOM.1) } else { 1.0 };
        s.recent.truncate(RECENT);
        s.window = s.window.and_then(WindowPlace::sane);
        s
    }

    /// Writes the settings, by way of a temporary file.
    ///
    /// # Errors
    /// The operating system's.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let new = path.with_extension(format!("new{}", std::process::id()));
        std::fs::write(&new, serde_json::to_string_pretty(self)?)?;
        std::fs::rename(&new, path)
    }

    /// Puts a file first in the list of recent ones.
    pub fn opened(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        self.folder = path.parent().map(Path::to_owned);
        self.recent.retain(|p| *p != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_costs_what_is_damaged() {
        assert_eq!(Settings::parse(""), Settings::default());
        assert_eq!(Settings::parse("[1, 2"), Settings::default());
        assert_eq!(Settings::parse("[1, 2]"), Settings::default());
        let s = Settings::parse(r#"{"theme": "Light", "zoom": "big", "recent": ["/a"], "of a later version": 1}"#);
        assert_eq!((s.theme, s.zoom, s.recent), (ThemeChoice::Light, 1.0, vec![PathBuf::from("/a")]));
        assert_eq!(Settings::parse(r#"{"zoom": 1e9}"#).zoom, Settings::ZOOM.1);
        let w = |text: &str| Settings::parse(&format!(r#"{{"window": {text}}}"#)).window;
        assert_eq!(w(r#"{"size": [1e9, 1], "position": [1e9, 0], "maximized": true}"#), {
            Some(WindowPlace { size: [16_000.0, 320.0], position: None, maximized: true })
        });
        assert_eq!(w(r#"{"size": [1]}"#), None);
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let dir = std::env::temp_dir().join(format!("picklescope-settings-{}", std::process::id()));
        let path = dir.join("deep").join("settings.json");
        let mut s = Settings { theme: ThemeChoice::Light, zoom: 1.25, ..Settings::default() };
        (0..20).for_each(|n| s.opened(&dir.join(n.to_string())));
        s.opened(&dir.join("19"));
        assert_eq!(s.recent.len(), RECENT);
        s.save(&path).unwrap();
        assert_eq!(Settings::load(&path), s);
        std::fs::remove_dir_all(dir).ok();
    }
}
