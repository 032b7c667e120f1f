//! The fonts: which files are embedded, the families that they form, and the sizes that the window uses.
//! Never a colour. `assets/fonts/build.py` makes the files; their licences lie beside them.

use eframe::egui::{FontData, FontDefinitions, FontFamily, FontId, FontTweak, TextStyle};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Points of ordinary text.
pub const BODY: f32 = 13.0;
/// Points of side notes, badges and column headers.
pub const SMALL: f32 = 11.5;
/// Points of a panel's header, semibold.
pub const HEADER: f32 = 12.0;
/// Points of the title of a page or an empty state, semibold.
pub const TITLE: f32 = 16.0;
/// Points of whatever is compared: values, bytes, offsets.
pub const MONO: f32 = 12.5;
/// Points of monospace side notes.
pub const MONO_SMALL: f32 = 11.0;

const REGULAR_FONT: &str = "Inter";
const SEMIBOLD_FONT: &str = "Inter SemiBold";
const MONO_FONT: &str = "JetBrains Mono";
const ICON_FONT: &str = "Icons";
/// Has the symbols that the others lack.
const FALLBACK: &str = "Hack";

/// The family of headers and of what must stand out.
pub fn semibold_family() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// The family of icons. Its characters can also stand within text of any other family.
pub fn icons() -> FontFamily {
    FontFamily::Name("icons".into())
}

/// Ordinary text.
pub fn body() -> FontId {
    FontId::new(BODY, FontFamily::Proportional)
}

/// Side notes.
pub fn small() -> FontId {
    FontId::new(SMALL, FontFamily::Proportional)
}

/// Values, bytes, offsets.
pub fn mono() -> FontId {
    FontId::new(MONO, FontFamily::Monospace)
}

/// Values in side notes.
pub fn mono_small() -> FontId {
    FontId::new(MONO_SMALL, FontFamily::Monospace)
}

/// The header of a panel or a column.
pub fn header() -> FontId {
    FontId::new(HEADER, semibold_family())
}

/// Ordinary size, semibold.
pub fn strong() -> FontId {
    FontId::new(BODY, semibold_family())
}

/// The title of a page.
pub fn title() -> FontId {
    FontId::new(TITLE, semibold_family())
}

/// The name under which [`header`] is in egui's text styles.
pub fn header_style() -> TextStyle {
    TextStyle::Name("header".into())
}

/// What egui's text styles stand for.
pub fn text_styles() -> BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, small()),
        (TextStyle::Body, body()),
        (TextStyle::Button, body()),
        (TextStyle::Monospace, mono()),
        (TextStyle::Heading, title()),
        (header_style(), header()),
    ]
    .into()
}

/// The fonts and families to install.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let icon_tweak = FontTweak { hinting: Some(false), subpixel_binning: Some(false), ..FontTweak::default() };
    for (name, bytes, tweak) in [
        (REGULAR_FONT, &include_bytes!("../../assets/fonts/Inter-Regular.ttf")[..], FontTweak::default()),
        (SEMIBOLD_FONT, &include_bytes!("../../assets/fonts/Inter-SemiBold.ttf")[..], FontTweak::default()),
        (MONO_FONT, &include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")[..], FontTweak::default()),
        (ICON_FONT, &include_bytes!("../../assets/fonts/Icons.ttf")[..], icon_tweak),
        (FALLBACK, &include_bytes!("../../assets/fonts/Hack-Regular.ttf")[..], FontTweak::default()),
    ] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
    }
    let chain = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
    let families = &mut fonts.families;
    for (family, first) in [
        (FontFamily::Proportional, [REGULAR_FONT, ICON_FONT, MONO_FONT, FALLBACK]),
        (semibold_family(), [SEMIBOLD_FONT, ICON_FONT, MONO_FONT, FALLBACK]),
        (FontFamily::Monospace, [MONO_FONT, FALLBACK, REGULAR_FONT, ICON_FONT]),
        (icons(), [ICON_FONT, REGULAR_FONT, MONO_FONT, FALLBACK]),
    ] {
        families.insert(family, chain(&first));
    }
    fonts
}
