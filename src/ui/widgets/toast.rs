//! Notices that come and go at the corner: they block nothing, wait while they are read, and errors stay until dismissed.

use super::chip::Tone;
use crate::ui::icons::{self, Icon};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{
    self, Align2, Area, Context, CornerRadius, Frame, Id, Margin, Order, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

/// The width of a notice, in points.
const WIDTH: f32 = 340.0;
/// Notices that stand at once; older ones go.
const MOST: usize = 4;
/// Seconds that a notice stays.
const STAY: f64 = 6.0;

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// What kind of news it is.
    pub tone: Tone,
    /// The news.
    pub title: String,
    /// More about it; may be empty.
    pub text: String,
    /// The label of a button that does something about it; may be empty.
    pub action: String,
    /// What the caller knows it by.
    pub key: u64,
}

impl Toast {
    /// A notice without a button.
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: text.into(), action: String::new(), key: 0 }
    }

    /// With a button; `key` comes back when it is clicked.
    pub fn action(self, label: impl Into<String>, key: u64) -> Self {
        Self { action: label.into(), key, ..self }
    }

    fn stays(&self) -> bool {
        self.tone == Tone::Error
    }

    fn icon(&self) -> Icon {
        match self.tone {
            Tone::Error => icons::ERROR,
            Tone::Warning => icons::WARNING,
            Tone::Good => icons::CHECK_CIRCLE,
            _ => icons::INFO,
        }
    }
}

/// The notices that stand at the moment.
#[derive(Clone, Debug, Default)]
pub struct Toasts {
    /// Each with its number and the seconds that are left to it.
    items: Vec<(u64, Toast, f64)>,
    next: u64,
}

impl Toasts {
    /// Adds a notice. One that says the same as another takes its place.
    pub fn push(&mut self, toast: Toast) {
        self.items.retain(|(_, old, _)| *old != toast);
        if self.items.len() >= MOST {
            self.items.remove(0);
        }
        self.items.push((self.next, toast, STAY));
        self.next += 1;
    }

    /// Whether none stands.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Draws them upward from the lower right corner of a rectangle; returns the key of the one whose button was clicked.
    pub fn show(&mut self, ctx: &Context, within: Rect) -> Option<u64> {
        if self.items.is_empty() {
            return None;
        }
        let mut clicked = None;
        let mut gone = Vec::new();
        let mut bottom = within.right_bottom() - Vec2::splat(theme::EDGE);
        let dt = ctx.input(|i| f64::from(i.stable_dt)).min(0.25);
        for (number, toast, left) in self.items.iter_mut().rev() {
            let area = Area::new(Id::unique(("toast", *number)))
                .order(Order::Foreground)
                .pivot(Align2::RIGHT_BOTTOM)
                .fixed_pos(bottom)
                .accessible_name(toast.title.clone())
                .role(Role::Alert);
            let out = area.show(ctx, |ui| draw(ui, toast, within.width().min(WIDTH)));
            let (action, close) = out.inner;
            bottom = pos2(bottom.x, out.response.rect.top() - theme::GAP);
            // a notice under the pointer is being read
            if !toast.stays() && !out.response.contains_pointer() {
                *left -= dt;
            }
            if action {
                clicked = Some(toast.key);
            }
            if action || close || *left <= 0.0 {
                gone.push(*number);
            }
        }
        if self.items.iter().any(|(_, t, _)| !t.stays()) {
            ctx.request_repaint_after_secs(0.5);
        }
        self.items.retain(|(n, _, _)| !gone.contains(n));
        clicked
    }
}

fn draw(ui: &mut Ui, toast: &Toast, width: f32) -> (bool, bool) {
    let t = Tokens::of(ui);
    let color = toast.tone.color(t);
    let frame = Frame::new()
        .fill(t.float)
        .stroke(egui::Stroke::new(1.0, t.hover))
        .corner_radius(CornerRadius::same(theme::RADIUS + 2))
        .shadow(t.shadow())
        .inner_margin(Margin { left: 12, right: 8, top: 8, bottom: 10 });
    frame
        .show(ui, |ui| {
            ui.set_width(width - 20.0);
            ui.spacing_mut().item_spacing = vec2(theme::GAP, 4.0);
            let mut close = false;
            let mut action = false;
            ui.horizontal_top(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(16.0, 20.0), Sense::hover());
                icons::paint(ui.painter(), rect, toast.icon(), color);
                ui.vertical(|ui| {
                    ui.set_width(width - 20.0 - 24.0 - 28.0);
                    ui.add_space(1.0);
                    let title = egui::RichText::new(&toast.title).font(fonts::strong()).color(t.text_strong);
                    ui.add(egui::Label::new(title).wrap());
                    if !toast.text.is_empty() {
                        ui.add(egui::Label::new(egui::RichText::new(&toast.text).color(t.text_soft)).wrap());
                    }
                    if !toast.action.is_empty() {
                        ui.add_space(2.0);
                        action = ui.button(&toast.action).clicked();
                    }
                });
                let (rect, response) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Dismiss: {}", toast.title)));
                if response.hovered() || response.has_focus() {
                    ui.painter().rect_filled(rect, theme::RADIUS, t.raised);
                }
                icons::paint_at(ui.painter(), rect.center(), 12.0, icons::CLOSE, t.text_soft);
                close = response.clicked();
            });
            (action, close)
        })
        .inner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[derive(Default)]
    struct State {
        toasts: Toasts,
        clicked: Option<u64>,
    }

    #[test]
    fn notices_go_by_themselves_and_errors_stay() {
        let mut h = harness([500.0, 300.0], State::default(), |ui, s: &mut State| {
            s.clicked = s.toasts.show(ui.ctx(), ui.max_rect()).or(s.clicked);
        });
        h.state_mut().toasts.push(Toast::new(Tone::Good, "Saved", "to a.npy").action("Show", 7));
        h.state_mut().toasts.push(Toast::new(Tone::Error, "Not written", "the disk is full"));
        h.state_mut().toasts.push(Toast::new(Tone::Error, "Not written", "the disk is full"));
        h.run_steps(3);
        assert_eq!(h.state().toasts.items.len(), 2, "the same news once");
        h.get_by_label("Show").click();
        h.run_steps(2);
        assert_eq!(h.state().clicked, Some(7));
        h.state_mut().toasts.push(Toast::new(Tone::Note, "Copied", ""));
        h.hover_at(pos2(5.0, 5.0));
        h.run_steps(40);
        assert_eq!(h.state().toasts.items.len(), 1, "the note is gone");
        h.get_by_label("Dismiss: Not written").click();
        h.run_steps(2);
        assert!(h.state().toasts.is_empty());
    }
}
