//! Why there is no window, and what to do: libraries that are loaded while running are named with their packages.

use std::fmt;

/// No window could be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was said by whoever failed, in one line.
    pub why: String,
    /// What to do.
    pub hint: String,
    /// There is no display at all, as opposed to one that does not work.
    pub no_display: bool,
}

/// What is loaded while running: a part of the name, and the packages of Debian and Fedora that bring it.
const LIBRARIES: &[(&str, &str, &str)] = &[
    ("xkbcommon-x11", "libxkbcommon-x11-0", "libxkbcommon-x11"),
    ("xkbcommon", "libxkbcommon0", "libxkbcommon"),
    ("X11-xcb", "libx11-xcb1", "libX11-xcb"),
    ("X11_xcb", "libx11-xcb1", "libX11-xcb"),
    ("Xcursor", "libxcursor1", "libXcursor"),
    ("libXi", "libxi6", "libXi"),
    ("libX11", "libx11-6", "libX11"),
    ("libxcb", "libxcb1", "libxcb"),
    ("wayland-egl", "libwayland-egl1", "libwayland-egl"),
    ("wayland-client", "libwayland-client0", "libwayland-client"),
    ("libEGL", "libegl1", "libglvnd-egl"),
    ("libGL", "libgl1", "libglvnd-glx"),
];

impl Failure {
    /// What an error's words say.
    pub fn new(why: &str) -> Self {
        let why: String = why.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect();
        let has = |part: &str| why.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
        let no_display =
            has("nor DISPLAY is set") || has("WaylandError") || has("XOpenDisplay") || has("XNotSupported");
        // winit tells the line of its own source: of no use to who reads this
        let why = if has("nor DISPLAY is set") {
            "there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set".into()
        } else {
            why.clone()
        };
        let library = LIBRARIES.iter().find(|(part, ..)| has(part));
        let hint = match library {
            _ if cfg!(any(windows, target_os = "macos")) => "try --draw cpu".to_owned(),
            Some((_, debian, fedora)) => format!("install {debian} (on Fedora {fedora})"),
            None if no_display => "set DISPLAY or WAYLAND_DISPLAY".to_owned(),
            None => "try --draw cpu".to_owned(),
        };
        Self { why, hint, no_display: no_display && library.is_none() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no window can be opened ({}); {}", self.why, self.hint)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let f = Failure::new("Library libxkbcommon-x11.so could not be loaded.");
        assert!(f.hint.contains("libxkbcommon-x11-0"), "{f}");
        assert!(!f.no_display);
        let f = Failure::new("neither WAYLAND_DISPLAY nor\n WAYLAND_SOCKET nor DISPLAY is set");
        assert!(!f.why.contains('\n'));
        let f = Failure::new("os error: neither WAYLAND_DISPLAY nor DISPLAY is set");
        assert!(f.no_display && f.to_string().contains("set DISPLAY"), "{f}");
    }
}
