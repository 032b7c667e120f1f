//! Badges: a word or an icon on a quiet ground of its own colour. They say; they are not buttons.

use super::elide;
use crate::ops::Class;
use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    Color32, Painter, Pos2, Rect, Response, Role, Sense, StrokeKind, Ui, Widget, WidgetInfo, pos2, vec2,
};

/// Height of a badge, in points.
pub const HEIGHT: f32 = 16.0;
/// Points of the icon in a badge.
const ICON: f32 = 12.0;

/// What a badge says, from which its colour follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tone {
    /// A fact.
    Plain,
    /// Something wrong.
    Error,
    /// Something doubtful.
    Warning,
    /// Something that adds up.
    Good,
    /// Something to know.
    Note,
    /// What is chosen.
    Accent,
    /// A family of opcodes.
    Class(Class),
}

impl Tone {
    /// The colour of its text.
    pub fn color(self, t: &Tokens) -> Color32 {
        match self {
            Self::Plain => t.text_soft,
            Self::Error => t.error,
            Self::Warning => t.warning,
            Self::Good => t.good,
            Self::Note => t.note,
            Self::Accent => t.accent,
            Self::Class(class) => t.class(class),
        }
    }
}

/// A badge.
#[derive(Clone, Copy, Debug)]
pub struct Chip<'a> {
    /// Its words; may be empty beside an icon.
    pub text: &'a str,
    /// Drawn before the words.
    pub icon: Option<Icon>,
    /// What it says.
    pub tone: Tone,
    /// The whole story, shown on hover and told to those who cannot see it.
    pub hint: &'a str,
}

impl<'a> Chip<'a> {
    /// A plain fact.
    pub fn new(text: &'a str) -> Self {
        Self { text, icon: None, tone: Tone::Plain, hint: "" }
    }

    /// An icon alone, whose meaning the hint tells.
    pub fn icon(icon: Icon, tone: Tone, hint: &'a str) -> Self {
        Self { text: "", icon: Some(icon), tone, hint }
    }

    /// In a tone.
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// With an icon before the words.
    pub fn with_icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// With the whole story.
    pub fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    /// How wide it will be, in points.
    pub fn width(&self, painter: &Painter) -> f32 {
        let text = if self.text.is_empty() { 0.0 } else { elide::whole(painter, self.text, &fonts::small()).width() };
        match (self.icon, self.text.is_empty()) {
            (Some(_), true) => HEIGHT,
            (Some(_), false) => 4.0 + ICON + 3.0 + text + 5.0,
            (None, _) => text + 10.0,
        }
        .ceil()
    }

    /// Draws it with the middle of its left edge at a point; returns where it stands.
    pub fn paint(&self, painter: &Painter, left_center: Pos2, t: &Tokens) -> Rect {
        let color = self.tone.color(t);
        let min = pos2(left_center.x.round(), (left_center.y - HEIGHT * 0.5).round());
        let rect = Rect::from_min_size(min, vec2(self.width(painter), HEIGHT));
        if self.text.is_empty() {
            if let Some(icon) = self.icon {
                icons::paint_at(painter, rect.center(), 14.0, icon, color);
            }
            return rect;
        }
        let plain = self.tone == Tone::Plain;
        painter.rect_filled(rect, theme::RADIUS - 1, if plain { t.raised } else { t.tint(color) });
        if plain {
            painter.rect_stroke(rect, theme::RADIUS - 1, t.line_stroke(), StrokeKind::Inside);
        }
        let mut x = rect.left() + 5.0;
        if let Some(icon) = self.icon {
            x = rect.left() + 4.0;
            icons::paint_at(painter, pos2(x + ICON * 0.5, rect.center().y), ICON, icon, color);
            x += ICON + 3.0;
        }
        elide::whole(painter, self.text, &fonts::small()).paint_left(painter, pos2(x, rect.center().y), color);
        rect
    }

    /// What it says in words.
    pub fn spoken(&self) -> &'a str {
        if self.hint.is_empty() { self.text } else { self.hint }
    }
}

impl Widget for Chip<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let size = vec2(self.width(ui.painter()), HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.spoken()));
        if ui.is_rect_visible(rect) {
            self.paint(ui.painter(), rect.left_center(), Tokens::of(ui));
        }
        if self.hint.is_empty() { response } else { response.on_hover_text(self.hint) }
    }
}
