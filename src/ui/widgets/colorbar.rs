//! The bar that says which colour is which value. It draws the colours that it is given and computes none.

use super::elide;
use crate::ui::{Tokens, fonts};
use eframe::egui::{Color32, Mesh, Rect, Response, Role, Sense, Shape, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// The width of the bar itself, in points.
const THICK: f32 = 14.0;

/// A bar of colours.
#[derive(Clone, Copy, Debug)]
pub struct Colorbar<'a> {
    /// Its name, for those who cannot see it.
    pub name: &'a str,
    /// The colours, the lowest value first.
    pub colors: &'a [Color32],
    /// Values along the bar, from 0 to 1, as text.
    pub ticks: &'a [(f32, &'a str)],
    /// Where the value under the pointer stands, from 0 to 1.
    pub marker: Option<f32>,
    /// Upright, or lying.
    pub vertical: bool,
    /// Its length, in points.
    pub length: f32,
}

/// What was done to it.
#[derive(Debug)]
pub struct ColorbarOutput {
    /// Of the bar with its labels.
    pub response: Response,
    /// Where the pointer stands along it, from 0 to 1.
    pub hovered: Option<f32>,
}

impl Colorbar<'_> {
    /// Draws it.
    pub fn show(&self, ui: &mut Ui) -> ColorbarOutput {
        let t = Tokens::of(ui);
        let labels: Vec<_> =
            self.ticks.iter().map(|(_, text)| elide::whole(ui.painter(), text, &fonts::mono_small())).collect();
        let widest = labels.iter().map(elide::Line::width).fold(0.0, f32::max);
        let size = if self.vertical {
            vec2((THICK + 8.0 + widest).ceil(), self.length)
        } else {
            vec2(self.length, THICK + 20.0)
        };
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let said = match (self.ticks.first(), self.ticks.last()) {
            (Some(a), Some(b)) => format!("{}, from {} to {}", self.name, a.1, b.1),
            _ => self.name.to_owned(),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
        let pad = 6.0;
        let bar = if self.vertical {
            Rect::from_min_max(pos2(rect.left(), rect.top() + pad), pos2(rect.left() + THICK, rect.bottom() - pad))
        } else {
            Rect::from_min_max(pos2(rect.left() + pad, rect.top()), pos2(rect.right() - pad, rect.top() + THICK))
        };
        // the lowest value stands at the bottom or at the left
        let along = |part: f32| {
            if self.vertical { bar.bottom() - part * bar.height() } else { bar.left() + part * bar.width() }
        };
        let painter = ui.painter();
        let mut mesh = Mesh::default();
        let n = self.colors.len().max(1) as f32;
        for (i, &color) in self.colors.iter().enumerate() {
            let (a, b) = (along(i as f32 / n), along((i + 1) as f32 / n));
            let stretch = if self.vertical {
                Rect::from_min_max(pos2(bar.left(), b), pos2(bar.right(), a))
            } else {
                Rect::from_min_max(pos2(a, bar.top()), pos2(b, bar.bottom()))
            };
            mesh.add_colored_rect(stretch, color);
        }
        painter.add(Shape::mesh(mesh));
        painter.rect_stroke(bar, 0.0, t.line_stroke(), StrokeKind::Outside);
        let mut free = f32::NEG_INFINITY;
        for (&(part, _), label) in self.ticks.iter().zip(&labels) {
            let at = along(part.clamp(0.0, 1.0));
            if self.vertical {
                painter.hline(bar.right()..=bar.right() + 3.0, painter.round_to_pixel_center(at), t.line_stroke());
                label.paint_left(painter, pos2(bar.right() + 6.0, at), t.text_soft);
            } else {
                let x = (at - label.width() * 0.5).clamp(rect.left(), (rect.right() - label.width()).max(rect.left()));
                painter.vline(painter.round_to_pixel_center(at), bar.bottom()..=bar.bottom() + 3.0, t.line_stroke());
                // a label that would touch the one before is left out
                if x > free {
                    free = label.paint_left(painter, pos2(x, bar.bottom() + 11.0), t.text_soft).right() + 4.0;
                }
            }
        }
        if let Some(part) = self.marker {
            let at = painter.round_to_pixel_center(along(part.clamp(0.0, 1.0)));
            let line = if self.vertical {
                Rect::from_x_y_ranges(bar.left() - 2.0..=bar.right() + 2.0, at - 1.5..=at + 1.5)
            } else {
                Rect::from_x_y_ranges(at - 1.5..=at + 1.5, bar.top() - 2.0..=bar.bottom() + 2.0)
            };
            painter.rect(line, 0.0, t.text_strong, eframe::egui::Stroke::new(1.0, t.panel), StrokeKind::Outside);
        }
        let hovered = response.hover_pos().filter(|p| bar.expand(2.0).contains(*p)).map(|p| {
            if self.vertical { (bar.bottom() - p.y) / bar.height() } else { (p.x - bar.left()) / bar.width() }
                .clamp(0.0, 1.0)
        });
        ColorbarOutput { response, hovered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::test_harness::harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn the_pointer_is_told_where_it_stands() {
        let mut h = harness([200.0, 240.0], None, |ui, out: &mut Option<f32>| {
            let colors: Vec<_> = (0..=255).map(Color32::from_gray).collect();
            let ticks = [(0.0, "-1.5"), (0.5, "0"), (1.0, "1.5")];
            let bar = Colorbar {
                name: "grey",
                colors: &colors,
                ticks: &ticks,
                marker: Some(0.3),
                vertical: true,
                length: 212.0,
            };
            *out = bar.show(ui).hovered;
        });
        h.run();
        let rect = h.get_by_label("grey, from -1.5 to 1.5").rect();
        h.hover_at(pos2(rect.left() + 5.0, rect.bottom() - 6.0 - 50.0));
        h.run();
        assert!((h.state().unwrap() - 0.25).abs() < 0.01, "{:?}", h.state());
    }
}
