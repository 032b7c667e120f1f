//! The look: one table of colours for each theme, the sizes that all panels share, and what they make of egui's style.
//! No other file names a colour or invents a size.

use super::fonts;
use crate::ops::Class;
use eframe::egui::{
    self, Color32, Context, CornerRadius, Margin, Stroke, Style, Theme, Vec2,
    epaint::Shadow,
    style::{ScrollAnimation, ScrollStyle, Selection, WidgetVisuals, Widgets},
};

/// Height of a row of a tree, in points.
pub const ROW_TREE: f32 = 22.0;
/// Height of a row of a listing or of hex, in points.
pub const ROW_LIST: f32 = 18.0;
/// Height of a row of buttons or of a panel's header, in points.
pub const ROW_BAR: f32 = 32.0;
/// Height of a button or a field, in points.
pub const CONTROL: f32 = 24.0;
/// Space inside rows, in points.
pub const GAP_S: f32 = 4.0;
/// Space between things, in points.
pub const GAP: f32 = 8.0;
/// Space at the edge of a panel, in points.
pub const EDGE: f32 = 12.0;
/// Space between groups, in points.
pub const GAP_L: f32 = 16.0;
/// Corner radius of whatever has corners, in points.
pub const RADIUS: u8 = 4;
/// One level of a tree, in points.
pub const INDENT: f32 = 14.0;
/// Width of the bar at the left of a selected row, in points.
pub const SELECTION_BAR: f32 = 2.0;
/// Width of the scroll bar of a list, in points.
pub const SCROLL_BAR: f32 = 12.0;

/// The design tokens of a theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// Whether this is the dark theme.
    pub dark: bool,
    /// Behind panels.
    pub base: Color32,
    /// A panel.
    pub panel: Color32,
    /// Headers, fields, buttons.
    pub raised: Color32,
    /// What floats above panels: menus, tooltips, toasts.
    pub float: Color32,
    /// Lines, 1 px.
    pub line: Color32,
    /// Text that matters most.
    pub text_strong: Color32,
    /// Ordinary text.
    pub text_normal: Color32,
    /// Labels and side notes.
    pub text_soft: Color32,
    /// Ornaments; never text.
    pub faint: Color32,
    /// Selection, focus, links.
    pub accent: Color32,
    /// Text and icons on a fill of the accent.
    pub on_accent: Color32,
    /// Something is wrong.
    pub error: Color32,
    /// Something may be wrong.
    pub warning: Color32,
    /// Something adds up.
    pub good: Color32,
    /// Something to know.
    pub note: Color32,
    /// The fill of a selected row.
    pub selection: Color32,
    /// The outline of a hovered row.
    pub hover: Color32,
    /// By [`Class::ALL`].
    classes: [Color32; 8],
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The dark theme.
pub static DARK: Tokens = Tokens {
    dark: true,
    base: rgb(0x10_13_17),
    panel: rgb(0x16_1a_20),
    raised: rgb(0x1e_24_2c),
    float: rgb(0x1b_20_27),
    line: rgb(0x2b_32_3c),
    text_strong: rgb(0xf2_f4_f8),
    text_normal: rgb(0xd5_da_e3),
    text_soft: rgb(0x98_a2_b3),
    faint: rgb(0x6f_7a_8c),
    accent: rgb(0x8f_d1_4f),
    on_accent: rgb(0x10_16_0a),
    error: rgb(0xff_7a_70),
    warning: rgb(0xf0_b4_29),
    good: rgb(0x58_c4_8a),
    note: rgb(0x6c_b2_ff),
    selection: Color32::from_rgba_premultiplied(0x15, 0x1f, 0x0c, 0x26),
    hover: rgb(0x4a_54_62),
    classes: [
        rgb(0x8a_a4_c8),
        rgb(0x6f_c3_df),
        rgb(0x9c_cf_6a),
        rgb(0xc7_a6_f2),
        rgb(0xe5_c0_7b),
        rgb(0x93_9e_ad),
        rgb(0xff_9f_6b),
        rgb(0xff_7a_9a),
    ],
};

/// The light theme.
pub static LIGHT: Tokens = Tokens {
    dark: false,
    base: rgb(0xf6_f7_f9),
    panel: rgb(0xff_ff_ff),
    raised: rgb(0xee_f1_f5),
    float: rgb(0xff_ff_ff),
    line: rgb(0xd5_da_e2),
    text_strong: rgb(0x0f_14_1b),
    text_normal: rgb(0x23_2b_36),
    text_soft: rgb(0x56_61_72),
    faint: rgb(0x76_80_8f),
    accent: rgb(0x37_70_0f),
    on_accent: rgb(0xff_ff_ff),
    error: rgb(0xb4_23_18),
    warning: rgb(0x8a_5a_00),
    good: rgb(0x17_72_4a),
    note: rgb(0x15_58_b0),
    selection: Color32::from_rgba_premultiplied(0x07, 0x0d, 0x02, 0x1e),
    hover: rgb(0xa9_b2_bf),
    classes: [
        rgb(0x3d_5a_80),
        rgb(0x0b_6e_8a),
        rgb(0x37_70_0f),
        rgb(0x6b_3f_a0),
        rgb(0x8a_5a_00),
        rgb(0x5c_66_76),
        rgb(0xb0_43_09),
        rgb(0xb3_20_4d),
    ],
};

impl Tokens {
    /// The tokens of the theme in use. A `&Ui` serves as well.
    pub fn of(ctx: &Context) -> &'static Self {
        Self::for_theme(ctx.theme())
    }

    /// The tokens of a theme.
    pub const fn for_theme(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    /// The colour of a class of opcodes, for text and marks.
    #[expect(clippy::indexing_slicing, reason = "one colour for each class")]
    pub const fn class(&self, class: Class) -> Color32 {
        self.classes[class as usize]
    }

    /// The colour of a class as a ground behind text.
    pub fn class_ground(&self, class: Class) -> Color32 {
        self.tint(self.class(class))
    }

    /// A colour as a quiet ground behind text of the same or of normal colour.
    pub fn tint(&self, color: Color32) -> Color32 {
        color.gamma_multiply(if self.dark { 0.16 } else { 0.12 })
    }

    /// The 1 px line.
    pub fn line_stroke(&self) -> Stroke {
        Stroke::new(1.0, self.line)
    }

    /// The ring around what has the keyboard.
    pub fn focus_stroke(&self) -> Stroke {
        Stroke::new(1.5, self.accent)
    }

    /// The shadow under menus and toasts.
    pub fn shadow(&self) -> Shadow {
        let alpha = if self.dark { 110 } else { 36 };
        Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(alpha) }
    }
}

/// The letter that stands for a class beside its colour.
pub const fn class_letter(class: Class) -> &'static str {
    match class {
        Class::Structure => "S",
        Class::Number => "N",
        Class::Text => "T",
        Class::Bytes => "B",
        Class::Container => "C",
        Class::Memo => "M",
        Class::Global => "G",
        Class::Call => "R",
    }
}

/// What a dialog stands on: as popups do, with room around.
pub fn dialog(style: &egui::Style) -> egui::Frame {
    egui::Frame::popup(style).inner_margin(egui::Margin::same(16))
}

/// Gives a context our fonts, the style of both themes, and none of egui's own shortcuts.
pub fn apply(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| fill_style(style, Tokens::for_theme(theme)));
    }
    ctx.options_mut(|o| o.quit_shortcuts.clear());
}

fn fill_style(style: &mut Style, t: &Tokens) {
    style.text_styles = fonts::text_styles();
    style.drag_value_text_style = egui::TextStyle::Monospace;
    style.animation_time = 0.08;
    style.scroll_animation = ScrollAnimation::none();
    style.compact_menu_style = false;
    style.explanation_tooltips = false;
    fill_spacing(&mut style.spacing);
    let i = &mut style.interaction;
    i.tooltip_delay = 0.4;
    i.selectable_labels = false;
    i.resize_grab_radius_side = 4.0;
    fill_visuals(&mut style.visuals, t);
}

fn fill_spacing(s: &mut egui::style::Spacing) {
    s.item_spacing = Vec2::new(GAP, GAP_S);
    s.window_margin = Margin::same(16);
    s.menu_margin = Margin::same(4);
    s.button_padding = Vec2::new(8.0, 3.0);
    s.interact_size = Vec2::new(CONTROL, CONTROL);
    s.indent = INDENT;
    s.icon_width = 16.0;
    s.icon_width_inner = 10.0;
    s.icon_spacing = 6.0;
    s.slider_rail_height = 4.0;
    s.combo_width = 96.0;
    s.tooltip_width = 420.0;
    s.menu_spacing = 2.0;
    s.scroll = ScrollStyle::solid();
    s.scroll.bar_width = 8.0;
    s.scroll.handle_min_length = 24.0;
    s.scroll.bar_inner_margin = 2.0;
    s.scroll.bar_outer_margin = 2.0;
    s.scroll.fade.strength = 0.0;
    s.scroll.kinetic.rubber_band = false;
}

fn fill_visuals(v: &mut egui::Visuals, t: &Tokens) {
    let radius = CornerRadius::same(RADIUS);
    let state = |fill: Color32, edge: Stroke, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: edge,
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let pressed = if t.dark { rgb(0x2a_32_3d) } else { rgb(0xdf_e4_eb) };
    let hovered = if t.dark { rgb(0x25_2c_36) } else { rgb(0xe6_ea_f0) };
    v.dark_mode = t.dark;
    v.override_text_color = None;
    v.weak_text_color = Some(t.text_soft);
    v.widgets = Widgets {
        noninteractive: WidgetVisuals { weak_bg_fill: t.panel, ..state(t.panel, t.line_stroke(), t.text_normal) },
        inactive: state(t.raised, t.line_stroke(), t.text_normal),
        hovered: state(hovered, Stroke::new(1.0, t.hover), t.text_strong),
        // egui draws what has the keyboard in this state too, so its edge is the focus ring
        active: state(pressed, t.focus_stroke(), t.text_strong),
        open: state(pressed, Stroke::new(1.0, t.hover), t.text_strong),
    };
    // its stroke is both the text of what is selected and the ring around a field that has the keyboard
    let selected = if t.dark { rgb(0xc4_ee_97) } else { rgb(0x2a_57_09) };
    v.selection = Selection {
        bg_fill: opaque(t.panel, t.accent, if t.dark { 0.30 } else { 0.22 }),
        stroke: Stroke::new(1.0, selected),
    };
    v.hyperlink_color = t.accent;
    v.faint_bg_color = t.raised;
    v.extreme_bg_color = t.base;
    v.text_edit_bg_color = Some(if t.dark { t.base } else { t.panel });
    v.code_bg_color = t.raised;
    v.warn_fg_color = t.warning;
    v.error_fg_color = t.error;
    v.window_corner_radius = CornerRadius::same(RADIUS * 2);
    v.window_shadow = t.shadow();
    v.window_fill = t.float;
    v.window_stroke = t.line_stroke();
    v.window_highlight_topmost = false;
    v.menu_corner_radius = CornerRadius::same(RADIUS + 2);
    v.panel_fill = t.panel;
    v.popup_shadow = t.shadow();
    v.text_cursor.stroke = Stroke::new(1.5, t.accent);
    v.button_frame = true;
    v.collapsing_header_frame = false;
    v.indent_has_left_vline = false;
    v.striped = false;
    v.slider_trailing_fill = true;
    v.handle_shape = egui::style::HandleShape::Circle;
    v.interact_cursor = None;
    v.image_loading_spinners = false;
    v.disabled_alpha = 0.45;
}

/// The style of menus: rows as wide as the menu, with room around their words, and a ring around the one that has the
/// keyboard. For `MenuBar::style`, `MenuConfig::style` and [`context_menu`].
pub fn menu_style(style: &mut Style) {
    let widgets = &mut style.visuals.widgets;
    style.spacing.button_padding = Vec2::new(8.0, 3.0);
    style.spacing.item_spacing.y = 1.0;
    for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.open] {
        state.bg_stroke = Stroke::NONE;
    }
    widgets.inactive.weak_bg_fill = Color32::TRANSPARENT;
}

/// The context menu of a response, in our style.
pub fn context_menu(response: &egui::Response, add: impl FnOnce(&mut egui::Ui)) {
    egui::Popup::context_menu(response).style(menu_style).show(add);
}

/// `over` at an opacity, on `under`, as one opaque colour.
pub fn opaque(under: Color32, over: Color32, opacity: f32) -> Color32 {
    under.lerp_to_gamma(over, opacity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Color32) -> f64 {
        let linear = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.039_28 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b())
    }

    /// The contrast ratio of WCAG 2.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn texts(t: &Tokens) -> Vec<(String, Color32)> {
        let mut all: Vec<_> = [
            ("strong", t.text_strong),
            ("normal", t.text_normal),
            ("soft", t.text_soft),
            ("accent", t.accent),
            ("error", t.error),
            ("warning", t.warning),
            ("good", t.good),
            ("note", t.note),
        ]
        .map(|(n, c)| (n.to_owned(), c))
        .into();
        all.extend(Class::ALL.iter().map(|&c| (c.name().to_owned(), t.class(c))));
        all
    }

    #[test]
    fn the_contrast_ratio_is_that_of_the_definition() {
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-9);
        assert!((contrast(Color32::from_gray(0x77), Color32::WHITE) - 4.478).abs() < 1e-2);
    }

    #[test]
    fn every_text_can_be_read_on_every_ground() {
        for t in [&DARK, &LIGHT] {
            for (ground_name, ground) in
                [("base", t.base), ("panel", t.panel), ("raised", t.raised), ("float", t.float)]
            {
                for (name, color) in texts(t) {
                    let c = contrast(color, ground);
                    assert!(c >= 4.5, "{name} on {ground_name}, dark {}: {c:.2}", t.dark);
                }
                let c = contrast(t.faint, ground);
                assert!(c >= 3.0, "ornaments on {ground_name}, dark {}: {c:.2}", t.dark);
            }
            assert!(contrast(t.on_accent, t.accent) >= 4.5);
        }
    }

    #[test]
    fn text_can_be_read_on_selected_rows_and_tinted_grounds() {
        for t in [&DARK, &LIGHT] {
            let selected = t.panel.blend(t.selection);
            for (name, color) in texts(t) {
                let c = contrast(color, selected);
                assert!(c >= 4.5, "{name} on a selected row, dark {}: {c:.2}", t.dark);
            }
            for class in Class::ALL {
                let c = contrast(t.text_normal, t.panel.blend(t.class_ground(*class)));
                assert!(c >= 4.5, "text on {}, dark {}: {c:.2}", class.name(), t.dark);
            }
            for (name, color) in
                [("error", t.error), ("warning", t.warning), ("good", t.good), ("note", t.note), ("accent", t.accent)]
            {
                let c = contrast(color, t.panel.blend(t.tint(color)));
                assert!(c >= 4.5, "a {name} chip, dark {}: {c:.2}", t.dark);
            }
            let mut style = Style::default();
            fill_style(&mut style, t);
            let Selection { bg_fill, stroke } = style.visuals.selection;
            let c = contrast(stroke.color, bg_fill);
            assert!(c >= 4.5, "selected text, dark {}: {c:.2}", t.dark);
        }
    }

    #[test]
    fn classes_differ_in_letter_and_colour() {
        for (i, a) in Class::ALL.iter().enumerate() {
            for b in &Class::ALL[i + 1..] {
                assert_ne!(class_letter(*a), class_letter(*b));
                assert_ne!(DARK.class(*a), DARK.class(*b));
                assert_ne!(LIGHT.class(*a), LIGHT.class(*b));
            }
        }
    }

    #[test]
    fn the_style_of_both_themes_is_ours_and_ctrl_q_is_not_taken() {
        let ctx = Context::default();
        apply(&ctx);
        for theme in [Theme::Dark, Theme::Light] {
            let t = Tokens::for_theme(theme);
            ctx.style_mut_of(theme, |s| {
                assert_eq!(s.visuals.panel_fill, t.panel);
                assert_eq!(s.visuals.widgets.active.bg_stroke.color, t.accent);
                assert_eq!(s.spacing.scroll.fade.strength, 0.0);
            });
        }
        assert!(ctx.options(|o| o.quit_shortcuts.is_empty()));
    }
}
