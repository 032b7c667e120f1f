//! What is drawn over the picture: the selected and the hovered element, the crosshair, values in large pixels, the region
//! and the line. Must never read more elements than are seen.

use super::canvas::{Place, tag};
use super::controls::short;
use super::{Frame, ImageView, Shown, Slicing};
use crate::tensor::{Paint, Part, Scalar};
use crate::ui::{Tokens, fonts};
use eframe::egui::{self, Align2, Color32, Pos2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

/// An element must be so wide and high, in points, for its value to be written into it.
const WRITTEN: egui::Vec2 = vec2(34.0, 15.0);
/// Values written at most.
const MOST: u64 = 3_000;

/// The number of a value that is drawn.
pub(super) fn number(s: &Scalar, part: Part) -> f64 {
    match s {
        Scalar::Complex16(re, im) => part.of(re.to_f64(), im.to_f64()),
        Scalar::Complex32(re, im) => part.of((*re).into(), (*im).into()),
        Scalar::Complex64(re, im) => part.of(*re, *im),
        Scalar::ComplexLong(re, im) => part.of(re.to_f64(), im.to_f64()),
        s => s.to_f64().unwrap_or(f64::NAN),
    }
}

/// The selected and the hovered element.
pub(super) fn marks(ui: &Ui, place: &Place, frame: &Frame<'_>, slicing: &Slicing, hovered: Option<[u64; 2]>) {
    let t = Tokens::of(ui);
    let painter = ui.painter_at(place.rect);
    if let Some(e) = selected(frame, slicing) {
        let cell = place.cell(e);
        let grown = if cell.width() < 6.0 { Rect::from_center_size(cell.center(), vec2(8.0, 8.0)) } else { cell };
        painter.rect_stroke(grown, 1.0, Stroke::new(3.0, t.base), StrokeKind::Outside);
        painter.rect_stroke(grown, 1.0, Stroke::new(1.5, t.accent), StrokeKind::Outside);
    }
    if let Some(e) = hovered {
        let cell = place.cell(e);
        if cell.width() >= 6.0 {
            painter.rect_stroke(cell, 0.0, Stroke::new(1.0, t.text_strong), StrokeKind::Inside);
        }
    }
}

/// What is shown, in a corner of one of two pictures.
pub(super) fn caption(ui: &Ui, rect: Rect, text: &str) {
    tag(ui, rect.left_top() + vec2(6.0, 6.0), Align2::LEFT_TOP, text);
}

/// The selected element, where it lies in the slice that is shown.
pub(super) fn selected(frame: &Frame<'_>, slicing: &Slicing) -> Option<[u64; 2]> {
    let e = frame.win.selected().element.as_ref().filter(|e| e.len() == frame.array.ndim())?;
    if frame.win.selected().handle != Some(frame.handle) {
        return None;
    }
    let here = slicing.others(frame.channels()).iter().all(|a| e.get(*a) == slicing.fixed.get(*a));
    here.then_some([*e.get(slicing.row)?, *e.get(slicing.col)?])
}

impl ImageView {
    pub(super) fn overlays(
        &self,
        ui: &Ui,
        frame: &Frame<'_>,
        place: &Place,
        slicing: &Slicing,
        hovered: Option<[u64; 2]>,
        pointer: Option<Pos2>,
    ) {
        let t = Tokens::of(ui);
        let painter = ui.painter_at(place.rect);
        for m in &self.marked {
            let rect = place.cell(m.from).union(place.cell(m.to)).expand(1.0);
            painter.rect_stroke(rect, 1.0, Stroke::new(3.0, t.base), StrokeKind::Outside);
            painter.rect_stroke(rect, 1.0, Stroke::new(1.5, t.warning), StrokeKind::Outside);
        }
        if self.numbers {
            for (at, text, ink) in values(frame, place) {
                painter.text(at, Align2::CENTER_CENTER, text, fonts::mono_small(), ink);
            }
        }
        if self.crosshair {
            let at = pointer.or_else(|| selected(frame, slicing).map(|e| place.cell(e).center()));
            if let Some(at) = at {
                for (a, b) in [
                    (pos2(place.rect.left(), at.y), pos2(place.rect.right(), at.y)),
                    (pos2(at.x, place.rect.top()), pos2(at.x, place.rect.bottom())),
                ] {
                    painter.line_segment([a, b], Stroke::new(3.0, t.base.gamma_multiply(0.55)));
                    painter.line_segment([a, b], Stroke::new(1.0, t.accent));
                }
            }
        }
        if let Some([r0, c0, r1, c1]) = self.region {
            let rect = Rect::from_two_pos(place.screen([r0 as f64, c0 as f64]), place.screen([r1 as f64, c1 as f64]));
            painter.rect_stroke(rect, 0.0, Stroke::new(3.0, t.base.gamma_multiply(0.7)), StrokeKind::Middle);
            painter.rect_stroke(rect, 0.0, Stroke::new(1.5, t.warning), StrokeKind::Middle);
        }
        if let Some([a, b]) = self.line {
            let ends = [place.screen(a), place.screen(b)];
            painter.line_segment(ends, Stroke::new(3.5, t.base.gamma_multiply(0.7)));
            painter.line_segment(ends, Stroke::new(1.5, t.warning));
            for (p, name) in ends.iter().zip(["A", "B"]) {
                painter.circle(*p, 3.5, t.base, Stroke::new(1.5, t.warning));
                if place.rect.contains(*p) {
                    painter.text(*p + vec2(6.0, -6.0), Align2::LEFT_BOTTOM, name, fonts::strong(), t.warning);
                }
            }
        }
        marks(ui, place, frame, slicing, hovered);
    }
}

/// The values of the elements that are large enough for them: where each stands, what it says, and its ink.
pub(super) fn values(frame: &Frame<'_>, place: &Place) -> Vec<(Pos2, String, Color32)> {
    let mut out = Vec::new();
    let one = place.cell([0, 0]);
    if one.width() < WRITTEN.x || one.height() < WRITTEN.y {
        return out;
    }
    let (rows, cols) = place.view.visible(place.rows, place.cols);
    if (rows.end - rows.start).saturating_mul(cols.end - cols.start) > MOST {
        return out;
    }
    let width = |text: &str| text.chars().count() as f32 * 6.7;
    let lines = frame.planes.len() as f32;
    let stacked = lines > 1.0 && one.height() >= lines * 13.0;
    for r in rows {
        for c in cols.clone() {
            let cell = place.cell([r, c]);
            let values: Vec<Scalar> = frame.planes.iter().map(|p| p.value(&[r, c])).collect();
            let mut numbers: Vec<f64> = values.iter().map(|v| number(v, frame.part)).collect();
            let exact = values.iter().map(Scalar::text);
            let texts: Vec<String> = if let (Paint::Difference { .. }, Some(o)) = (&frame.paint, &frame.other) {
                let other = o.planes.first().map_or(f64::NAN, |p| number(&p.value(&[r, c]), frame.part));
                numbers.push(other);
                vec![short(numbers[0] - other)]
            } else if frame.array.dtype.is_complex() && frame.shown != Shown::Domain {
                numbers.iter().map(|v| short(*v)).collect()
            } else {
                exact
                    .zip(&numbers)
                    .map(|(text, v)| if width(&text) <= cell.width() - 4.0 { text } else { fitting(*v, text) })
                    .collect()
            };
            if frame.shown == Shown::Domain
                && let Some(Scalar::Complex32(re, im)) = values.first()
            {
                numbers = vec![f64::from(*re), f64::from(*im)];
            } else if frame.shown == Shown::Domain
                && let Some(Scalar::Complex64(re, im)) = values.first()
            {
                numbers = vec![*re, *im];
            }
            let [red, green, blue, _] = frame.paint.color(&numbers).unwrap_or([30, 36, 44, 255]);
            let light = 0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue);
            let ink = if light > 140.0 { Color32::from_gray(12) } else { Color32::from_gray(246) };
            if stacked {
                let top = cell.center().y - (lines - 1.0) * 6.5;
                for (k, text) in texts.iter().enumerate() {
                    let at = pos2(cell.center().x, top + 13.0 * k as f32);
                    out.push((at, text.clone(), ink));
                }
                continue;
            }
            let text = texts.join(" ");
            if width(&text) <= cell.width() - 2.0 {
                out.push((cell.center(), text, ink));
            }
        }
    }
    out
}

/// A text that may be too long, in fewer characters.
fn fitting(v: f64, text: String) -> String {
    if v.is_finite() { short(v) } else { text }
}
