//! A field for an exact number: typed, stepped by the arrow keys, never rounded on the way.

use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{Align2, Key, Modifiers, Response, TextEdit, Ui, vec2};

/// A number that can be typed.
pub trait Number: Copy + PartialOrd {
    /// Reads it as people write it: separators are skipped, `0x` is hex.
    fn read(text: &str) -> Option<Self>;
    /// Writes it.
    fn write(self) -> String;
    /// So many steps further.
    fn step(self, by: i64) -> Self;
    /// For sliders alone, which are never exact.
    fn to_f64(self) -> f64;
    /// The nearest of its kind.
    fn from_f64(v: f64) -> Self;
}

/// Without separators and the plus sign.
fn bare(text: &str) -> String {
    text.trim()
        .trim_start_matches('+')
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | ' ' | '\u{2009}' | '\u{202f}'))
        .collect()
}

impl Number for u64 {
    fn read(text: &str) -> Option<Self> {
        let bare = bare(text);
        match bare.strip_prefix("0x").or_else(|| bare.strip_prefix("0X")) {
            Some(hex) => Self::from_str_radix(hex, 16).ok(),
            None => bare.parse().ok(),
        }
    }

    fn write(self) -> String {
        self.to_string()
    }

    fn step(self, by: i64) -> Self {
        self.saturating_add_signed(by)
    }

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn from_f64(v: f64) -> Self {
        v.round() as Self
    }
}

impl Number for i64 {
    fn read(text: &str) -> Option<Self> {
        bare(&text.replace('−', "-")).parse().ok()
    }

    fn write(self) -> String {
        self.to_string()
    }

    fn step(self, by: i64) -> Self {
        self.saturating_add(by)
    }

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn from_f64(v: f64) -> Self {
        v.round() as Self
    }
}

impl Number for f64 {
    fn read(text: &str) -> Option<Self> {
        bare(&text.replace('−', "-")).parse().ok().filter(|v: &Self| !v.is_nan())
    }

    fn write(self) -> String {
        let size = self.abs();
        if self != 0.0 && !(1e-4..1e15).contains(&size) { format!("{self:e}") } else { format!("{self}") }
    }

    fn step(self, by: i64) -> Self {
        // a hundredth of its own size, on a round number
        let unit = if self == 0.0 { 0.01 } else { 10f64.powf((self.abs().log10() - 1.0).floor()) };
        ((self / unit).round() + by as Self) * unit
    }

    fn to_f64(self) -> f64 {
        self
    }

    fn from_f64(v: f64) -> Self {
        v
    }
}

/// A field for a number within bounds.
#[derive(Debug)]
pub struct NumberField<'a, T> {
    /// The number.
    pub value: &'a mut T,
    /// The least and the greatest that it may be.
    pub range: (T, T),
    /// Its name, for those who cannot see it.
    pub name: &'a str,
    /// Its width, in points.
    pub width: f32,
}

impl<T: Number> NumberField<'_, T> {
    /// Draws it. The response has changed when the number has: on Enter, on leaving the field, on the arrow keys.
    pub fn show(self, ui: &mut Ui) -> Response {
        let t = Tokens::of(ui);
        let id = ui.make_persistent_id(("number", self.name));
        let focused = ui.memory(|m| m.has_focus(id));
        let draft = focused.then(|| ui.data(|d| d.get_temp::<String>(id))).flatten();
        let mut text = draft.unwrap_or_else(|| self.value.write());
        let before = self.value.write();
        let clamp = |v: T| {
            if v < self.range.0 {
                self.range.0
            } else if v > self.range.1 {
                self.range.1
            } else {
                v
            }
        };
        let mut changed = false;
        if focused {
            let presses = |key| ui.input_mut(|i| i.count_and_consume_key(Modifiers::NONE, key)) as i64;
            let by =
                presses(Key::ArrowUp) - presses(Key::ArrowDown) + 10 * (presses(Key::PageUp) - presses(Key::PageDown));
            if by != 0 {
                *self.value = clamp(T::read(&text).unwrap_or(*self.value).step(by));
                text = self.value.write();
            }
        }
        let valid = T::read(&text).is_some();
        let edit = TextEdit::singleline(&mut text)
            .id(id)
            .font(fonts::mono())
            .desired_width(self.width)
            .margin(vec2(6.0, 3.0))
            .text_color_opt((!valid).then_some(t.error))
            .align(Align2::RIGHT_CENTER);
        let mut response = ui.add_sized(vec2(self.width, theme::CONTROL), edit).accessible_name(self.name);
        if response.lost_focus() {
            let escaped = ui.input(|i| i.key_pressed(Key::Escape));
            if let Some(new) = T::read(&text).filter(|_| !escaped) {
                *self.value = clamp(new);
            }
            ui.data_mut(|d| d.remove::<String>(id));
        } else if response.has_focus() {
            if response.gained_focus() {
                text = self.value.write();
            }
            ui.data_mut(|d| d.insert_temp(id, text));
        }
        changed |= self.value.write() != before;
        if changed {
            response.mark_changed();
        }
        if valid { response } else { response.on_hover_text("Not a number") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(u64::read(" 1,234_567 "), Some(1_234_567));
        assert_eq!(u64::read("0xFF"), Some(255));
        assert_eq!(u64::read("18446744073709551615"), Some(u64::MAX));
        assert_eq!(u64::read("18446744073709551616"), None);
        assert_eq!(i64::read("−5"), Some(-5));
        assert_eq!(f64::read("1e-3"), Some(1e-3));
        assert_eq!(f64::read("nan"), None);
        assert_eq!(1e300f64.write(), "1e300");
        assert_eq!(f64::read(&0.1f64.write()), Some(0.1));
        assert_eq!(u64::MAX.step(5), u64::MAX);
    }

    #[test]
    fn a_number_is_typed_stepped_and_kept_in_bounds() {
        let mut h = harness([200.0, 60.0], 5u64, |ui, v: &mut u64| {
            NumberField { value: v, range: (0, 99), name: "index", width: 80.0 }.show(ui);
            let _ = ui.button("elsewhere");
        });
        h.run();
        h.get_by_label("index").focus();
        h.run();
        h.key_press(Key::ArrowUp);
        h.run();
        assert_eq!(*h.state(), 6);
        h.key_press_modifiers(Modifiers::COMMAND, Key::A);
        h.run();
        h.get_by_label("index").type_text("1234");
        h.run();
        h.key_press(Key::Enter);
        h.run();
        assert_eq!(*h.state(), 99);
        h.get_by_label("index").focus();
        h.run();
        h.get_by_label("index").type_text("x");
        h.run();
        h.get_by_label("elsewhere").focus();
        h.run();
        assert_eq!(*h.state(), 99, "what is no number changes nothing");
    }
}
