//! A job that runs: its name, how far it is, and a way to stop it. Without motion of its own: the numbers move.

use super::elide;
use crate::ui::icons;
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// A running job.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// What is being done.
    pub name: &'a str,
    /// From 0 to 1; `None` when nobody knows how much there is.
    pub fraction: Option<f32>,
    /// How much is done, in words.
    pub detail: &'a str,
    /// Whether it can be stopped.
    pub cancel: bool,
}

/// What was done to it.
#[derive(Debug)]
pub struct ProgressOutput {
    /// Of the whole.
    pub response: Response,
    /// It is to be stopped.
    pub cancelled: bool,
}

impl Progress<'_> {
    /// Draws it in a width, in points; one line with a thin bar beneath.
    pub fn show(&self, ui: &mut Ui, width: f32) -> ProgressOutput {
        let t = Tokens::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(width, theme::CONTROL), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, self.name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            if let Some(fraction) = self.fraction {
                node.set_min_numeric_value(0.0);
                node.set_max_numeric_value(1.0);
                node.set_numeric_value(f64::from(fraction));
            }
        });
        let mut right = rect.right();
        let mut cancelled = false;
        if self.cancel {
            let place = Rect::from_min_size(pos2(rect.right() - 20.0, rect.top() + 1.0), vec2(20.0, 20.0));
            let close = ui.interact(place, response.id.with("cancel"), Sense::click());
            close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Stop: {}", self.name)));
            if close.hovered() || close.has_focus() {
                ui.painter().rect_filled(place, theme::RADIUS, t.raised);
            }
            if close.has_focus() {
                ui.painter().rect_stroke(place, theme::RADIUS, t.focus_stroke(), eframe::egui::StrokeKind::Inside);
            }
            icons::paint_at(
                ui.painter(),
                place.center(),
                12.0,
                icons::CLOSE,
                if close.hovered() { t.text_strong } else { t.text_soft },
            );
            cancelled = close.on_hover_text("Stop").clicked();
            right = place.left() - theme::GAP_S;
        }
        let painter = ui.painter();
        let middle = rect.top() + 10.0;
        let percent = self.fraction.map(|f| format!("{:.0} %", f.clamp(0.0, 1.0) * 100.0)).unwrap_or_default();
        let words = [self.detail, &percent].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join("  ");
        let words = elide::middle(painter, &words, &fonts::small(), (right - rect.left()) * 0.6);
        words.paint_right(painter, pos2(right, middle), t.text_soft);
        let room = right - words.width() - theme::GAP - rect.left();
        elide::middle(painter, self.name, &fonts::small(), room).paint_left(
            painter,
            pos2(rect.left(), middle),
            t.text_normal,
        );
        let track = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 4.0), pos2(right, rect.bottom() - 1.0));
        painter.rect_filled(track, 1.5, t.line);
        match self.fraction {
            Some(f) => {
                let done = Rect::from_min_size(track.min, vec2(track.width() * f.clamp(0.0, 1.0), track.height()));
                painter.rect_filled(done, 1.5, t.accent);
            }
            // dashes: at work, and nobody knows for how long
            None => {
                for k in 0..(track.width() / 12.0) as usize {
                    let at = pos2(track.left() + k as f32 * 12.0, track.top());
                    painter.rect_filled(Rect::from_min_size(at, vec2(6.0, track.height())), 1.5, t.accent);
                }
            }
        }
        ProgressOutput { response, cancelled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn a_job_is_stopped_by_its_button() {
        let mut h = harness([300.0, 60.0], false, |ui, stop: &mut bool| {
            let job = Progress { name: "Indexing", fraction: Some(0.4), detail: "4 of 10 MiB", cancel: true };
            *stop |= job.show(ui, 240.0).cancelled;
            Progress { name: "Waiting", fraction: None, detail: "", cancel: false }.show(ui, 240.0);
        });
        h.run();
        h.get_by_label("Stop: Indexing").click();
        h.run();
        assert!(*h.state());
    }
}
