//! The line beneath the picture: the element under the pointer with its value and place in the file, how the picture was
//! made small, and what is no ordinary number, counted. Must never round a value.

use super::compare::Mode;
use super::{Frame, ImageView, Shown};
use crate::session::Action;
use crate::tensor::{Marks, Odd, Scalar};
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::widgets::elide;
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{self, Color32, Rect, RichText, Sense, Ui, pos2, vec2};

/// Whole numbers up to here are all there in binary64: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The bytes of an element that are shown.
const BYTES: usize = 16;

impl ImageView {
    pub(super) fn status(
        &self,
        ui: &mut Ui,
        frame: &Frame<'_>,
        at: Option<Vec<u64>>,
        height: f32,
        out: &mut Vec<Action>,
    ) {
        let t = Tokens::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let rect = rect.shrink2(vec2(10.0, 0.0));
        let builder = egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::right_to_left(egui::Align::Center));
        let right = ui
            .scope_builder(builder, |ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                self.made(ui, frame);
                self.odd(ui, frame, out);
                ui.min_rect().left()
            })
            .inner;
        let painter = ui.painter_at(rect);
        let (mut x, y, end) = (rect.left(), rect.center().y, right - theme::GAP);
        let room = end - x;
        let mut write = |text: &str, color: Color32, mono: bool| {
            let font = if mono { fonts::mono() } else { fonts::small() };
            let line = elide::middle(&painter, text, &font, (end - x).max(0.0));
            x = line.paint_left(&painter, pos2(x, y), color).right() + theme::GAP;
        };
        let index = at.or_else(|| self.element.clone().filter(|e| e.len() == frame.array.ndim()));
        let Some(index) = index else {
            let text = "wheel zooms, drag moves, click selects";
            // advice that is cut helps nobody
            if elide::whole(&painter, text, &fonts::small()).width() <= room {
                write(text, t.text_soft, false);
            }
            return;
        };
        let rgb = frame.channels();
        let place: Vec<String> =
            index.iter().enumerate().map(|(a, i)| if Some(a) == rgb { ":".into() } else { i.to_string() }).collect();
        let n = rgb.and_then(|a| frame.array.shape().get(a).copied()).unwrap_or(1);
        let element = |k: u64| {
            let mut i = index.clone();
            if let Some(a) = rgb
                && let Some(x) = i.get_mut(a)
            {
                *x = k;
            }
            i
        };
        let values: Vec<String> = (0..n).map(|k| frame.array.value(&element(k)).text()).collect();
        write(&format!("[{}]", place.join(", ")), t.text_soft, true);
        write(&values.join(" "), t.text_strong, true);
        if frame.array.dtype.is_complex() && frame.shown != Shown::Domain {
            // what the colour stands for
            let v = Scalar::F64(super::overlay::number(&frame.array.value(&index), frame.part));
            write(&format!("{} {}", frame.part.name(), v.text()), t.text_soft, true);
        }
        self.beside(frame, &index, &mut write, t);
        if let Some(span) = frame.array.byte_span_of(&index) {
            write(&format!("@ {:#x}", span.start), t.text_soft, true);
        }
        if let Some(raw) = frame.array.raw(&index).filter(|r| r.len() <= BYTES) {
            let hex: Vec<String> = raw.iter().map(|b| format!("{b:02x}")).collect();
            write(&hex.join(" "), t.text_soft, true);
        }
    }

    /// The value of the other array at the same place.
    fn beside(&self, frame: &Frame<'_>, index: &[u64], write: &mut impl FnMut(&str, Color32, bool), t: &Tokens) {
        let Some(o) = &frame.other else { return };
        let (Some(plane), Some(this)) = (o.planes.first(), frame.plane()) else { return };
        // The index of the plane: those two that are not fixed.
        let strides: Vec<u64> = frame.of.iter().take(2).copied().collect();
        let [row, col] = strides.as_slice() else { return };
        let at = |a: &u64| usize::try_from(*a).ok().and_then(|a| index.get(a)).copied();
        let (Some(r), Some(c)) = (at(row), at(col)) else { return };
        let (a, b) = (this.value(&[r, c]), plane.value(&[r, c]));
        write("other", t.text_soft, false);
        write(&b.text(), t.text_strong, true);
        if o.mode == Mode::Difference {
            let part = frame.part;
            let d = match (&a, &b) {
                // Whole numbers without rounding.
                (Scalar::Int(a), Scalar::Int(b)) => (i128::from(*a) - i128::from(*b)).to_string(),
                (Scalar::UInt(a), Scalar::UInt(b)) => (i128::from(*a) - i128::from(*b)).to_string(),
                _ => Scalar::F64(super::overlay::number(&a, part) - super::overlay::number(&b, part)).text(),
            };
            write("difference", t.text_soft, false);
            write(&d, t.text_strong, true);
        }
    }

    /// How the picture was made of the elements.
    fn made(&self, ui: &mut Ui, frame: &Frame<'_>) {
        let t = Tokens::of(ui);
        let Some(d) = &self.canvas.drawn else { return };
        let zoom = d.view.scale[0] * 100.0;
        let text = if zoom >= 10.0 { format!("{zoom:.0} %") } else { format!("{zoom:.2} %") };
        ui.label(RichText::new(text).small().color(t.text_soft));
        let most = frame.range.as_ref().and_then(|r| r.extremes).map_or(0.0, |(lo, hi)| lo.abs().max(hi.abs()));
        if frame.array.dtype.is_integer() && most > EXACT && frame.shown == Shown::Values {
            let hint =
                "Colours are those of binary64, which has not all whole numbers beyond 2^53; the read-out is exact";
            ui.add(Chip::new("rounded colours").tone(Tone::Note).hint(hint));
        }
        if d.rendered.sampled {
            let hint = "Each pixel shows one of many elements; all are still being read";
            ui.add(Chip::new("sampled").tone(Tone::Note).hint(hint));
        } else if d.rendered.factor != [1, 1] {
            let how = self.reduce(frame.shown).name();
            let text = format!("{how} of {} × {}", d.rendered.factor[0], d.rendered.factor[1]);
            ui.add(Chip::new(&text).hint("Elements joined to one pixel"));
        }
    }

    /// What is no ordinary number: its colour and how many there are. A click goes to the next.
    fn odd(&self, ui: &mut Ui, frame: &Frame<'_>, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let Some(r) = &frame.range else { return };
        let marks = if t.dark { Marks::dark() } else { Marks::light() };
        let color = |[r, g, b]: [u8; 3]| Color32::from_rgb(r, g, b);
        let (below, above) = r.beyond(frame.scale.lo.min(frame.scale.hi), frame.scale.lo.max(frame.scale.hi));
        let ranged = !matches!(frame.shown, Shown::Labels);
        let about = if r.partial || !r.is_whole() { "about " } else { "" };
        let so_far = if r.partial { " in the part that was read" } else { "" };
        let clip = |ui: &mut Ui, n: u64, mark: [u8; 3], what: &str| {
            if n > 0 && ranged {
                let shown = color(mark);
                let hint = format!("{about}{} {what} the range{so_far}", words::grouped(n));
                count(ui, self.clipped.then_some(shown), &format!("{} {what}", compact(n)), &hint, false);
            }
        };
        clip(ui, above, Marks::ABOVE, "above");
        clip(ui, below, Marks::BELOW, "below");
        for (n, mark, what, odd, keys) in [
            (r.masked, marks.masked, "masked", Odd::Masked, ""),
            (r.neg_inf, marks.neg_inf, "−∞", Odd::Infinite, " (Shift+F3)"),
            (r.pos_inf, marks.pos_inf, "+∞", Odd::Infinite, " (Shift+F3)"),
            (r.nan, marks.nan, "NaN", Odd::Nan, " (F3)"),
        ] {
            if n == 0 {
                continue;
            }
            // Of a difference the next one may be in either array.
            let link = !matches!(frame.paint, crate::tensor::Paint::Difference { .. });
            let mut hint = format!("{} {what}{so_far}", words::grouped(n));
            if link {
                hint.push_str(&format!(". Click for the next one{keys}"));
            }
            if count(ui, Some(color(mark)), &format!("{} {what}", compact(n)), &hint, link) {
                out.push(Action::NextOdd(odd));
            }
        }
    }
}

/// A count in few characters.
fn compact(n: u64) -> String {
    match n {
        0..100_000 => n.to_string(),
        100_000..10_000_000 => format!("{:.0}k", n as f64 / 1e3),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}

/// A colour and a count; true when it was clicked.
fn count(ui: &mut Ui, color: Option<Color32>, text: &str, hint: &str, link: bool) -> bool {
    let t = Tokens::of(ui);
    let line = elide::whole(ui.painter(), text, &fonts::small());
    let swatch = if color.is_some() { 13.0 } else { 0.0 };
    let sense = if link { Sense::click() } else { Sense::hover() };
    let (rect, r) = ui.allocate_exact_size(vec2(line.width() + swatch, 18.0), sense);
    let role = if link { egui::Role::Button } else { egui::Role::Label };
    r.widget_info(|| egui::WidgetInfo::labeled(role, true, hint));
    if let Some(color) = color {
        let square = Rect::from_center_size(pos2(rect.left() + 5.0, rect.center().y), vec2(9.0, 9.0));
        ui.painter().rect(square, 1.0, color, t.line_stroke(), egui::StrokeKind::Outside);
    }
    let lit = link && (r.hovered() || r.has_focus());
    let ink = if lit { t.text_strong } else { t.text_normal };
    line.paint_left(ui.painter(), pos2(rect.left() + swatch, rect.center().y), ink);
    if lit {
        let y = rect.bottom() - 2.0;
        ui.painter().hline(rect.left() + swatch..=rect.right(), y, egui::Stroke::new(1.0, t.text_soft));
    }
    r.on_hover_text(hint).clicked()
}
