//! The line below a plot: the sample under the pointer at full precision with its place in the file, what two samples differ
//! by, and what was left out. Must never round a value that the array holds.

use super::{Drawn, PlotView, Subject};
use crate::interpret::counted;
use crate::tensor::{Ruler, Scalar, Transform};
use crate::ui::views::slicing::Slicing;
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

/// Height of a line.
const LINE: f32 = 22.0;
/// Room for the number of those that are not told, in points.
const MORE: f32 = 72.0;
/// Curves whose values are told.
const TOLD: usize = 6;

impl PlotView {
    pub(super) const fn readout_height(&self) -> f32 {
        if self.measuring { 2.0 * LINE } else { LINE }
    }

    pub(super) fn readout(
        &self,
        ui: &mut Ui,
        subject: Subject<'_>,
        drawn: &[Drawn<'_>],
        slicing: &Slicing,
        at: Option<u64>,
    ) {
        row(ui, |ui| self.sample(ui, subject, drawn, slicing, at));
        if self.measuring {
            row(ui, |ui| self.difference(ui, drawn, at));
        }
    }

    fn sample(&self, ui: &mut Ui, subject: Subject<'_>, drawn: &[Drawn<'_>], slicing: &Slicing, at: Option<u64>) {
        let t = Tokens::of(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(10.0);
            if drawn.iter().any(|d| d.trace.curve.sampled) {
                ui.add(Chip::new("sampled").tone(Tone::Note).hint("All samples are still being read"));
            }
            let bad: u64 = drawn.iter().map(|d| d.trace.curve.not_finite).sum();
            if bad > 0 {
                let hint = "NaN, NaT, infinite, masked or missing samples are gaps";
                ui.add(Chip::new(&format!("{bad} not finite")).tone(Tone::Warning).hint(hint));
            }
            if let Some(note) = drawn.iter().find_map(|d| d.trace.note.as_deref()) {
                ui.add(Chip::new(&crate::interpret::one_line(note, 48)).tone(Tone::Note).hint(note));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                ui.add_space(10.0);
                let Some(i) = at else {
                    let n = drawn.iter().map(|d| d.trace.len()).max().unwrap_or(0);
                    let what = if self.measuring {
                        "Click one sample, then another.".to_owned()
                    } else {
                        format!("{} · wheel zooms, drag moves, right drag zooms into a part", counted(n, "sample"))
                    };
                    let label = RichText::new(&what).font(fonts::small()).color(t.text_soft);
                    ui.add(egui::Label::new(label).truncate());
                    return;
                };
                ui.monospace(self.place(subject, drawn, slicing, i));
                // several values may fill the line: what is of all of them comes first
                if drawn.len() > 1 {
                    self.offset(ui, drawn, i);
                }
                let mut told = 0;
                for d in drawn.iter().take(TOLD) {
                    let (text, missing) = self.value(d, i);
                    let text = if drawn.len() > 1 {
                        format!("{} {text}", crate::interpret::one_line(&d.series.name, 14))
                    } else {
                        text
                    };
                    let color = if missing { t.error } else { d.series.color };
                    let galley = ui.painter().layout_no_wrap(text, fonts::mono(), color);
                    // the last one may use the room that is kept for the others' number
                    let kept = if told + 1 < drawn.len() { MORE } else { 0.0 };
                    if told > 0 && galley.size().x + theme::GAP + kept > ui.available_width() {
                        break;
                    }
                    ui.add(egui::Label::new(galley));
                    told += 1;
                }
                if drawn.len() > told {
                    let text = format!("and {} more", drawn.len() - told);
                    let all: Vec<String> =
                        drawn.iter().skip(told).map(|d| format!("{} {}", d.series.name, self.value(d, i).0)).collect();
                    ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft)).on_hover_text(all.join("\n"));
                }
                if drawn.len() == 1 {
                    self.offset(ui, drawn, i);
                }
            });
        });
    }

    /// Where the sample, or the first of several, stands in the file.
    fn offset(&self, ui: &mut Ui, drawn: &[Drawn<'_>], i: u64) {
        let first = drawn.first().filter(|_| self.transform == Transform::None);
        let Some(span) = first.and_then(|d| d.series.array.byte_span_of(&[i])) else { return };
        let whose = if drawn.len() > 1 { "of the first curve: " } else { "" };
        let hint = format!("{whose}byte {} of the file's data", span.start);
        let label = RichText::new(format!("@ {:#x}", span.start)).font(fonts::mono()).color(Tokens::of(ui).text_soft);
        ui.label(label).on_hover_text(hint);
    }

    /// Where a sample stands.
    fn place(&self, subject: Subject<'_>, drawn: &[Drawn<'_>], slicing: &Slicing, i: u64) -> String {
        let Some(first) = drawn.first() else { return String::new() };
        let x = || {
            let over = subject.over(&self.wish, &slicing.fixed);
            over.map_or_else(|| number(first.trace.x(i)), |a| a.value(&[i]).text())
        };
        match self.transform {
            Transform::None => {
                let index = match subject {
                    Subject::Array(_) => self.index_of(i, Some(first.series).filter(|_| drawn.len() == 1), slicing),
                    Subject::Frame(_) => vec![i],
                };
                // several curves have no index of their own along the axis of curves
                let part = |(axis, v): (usize, &u64)| {
                    if drawn.len() > 1 && Some(axis) == self.wish.across { ":".to_owned() } else { v.to_string() }
                };
                let index: Vec<String> = index.iter().enumerate().map(part).collect();
                let over = if self.wish.over == super::Over::Index { String::new() } else { format!("  x {}", x()) };
                format!("[{}]{over}", index.join(", "))
            }
            Transform::Histogram => {
                let (at, half) = (first.trace.x(i), (first.trace.x(1) - first.trace.x(0)).abs() / 2.0);
                format!("{} … {}", number(at - half), number(at + half))
            }
            Transform::Spectrum => {
                let at = first.trace.x(i);
                format!("{} (period {})", number(at), number(1.0 / at))
            }
            Transform::Sorted => format!("rank {}", number(first.trace.x(i))),
        }
    }

    /// What a curve is there, and whether nothing is.
    fn value(&self, d: &Drawn<'_>, i: u64) -> (String, bool) {
        if self.transform != Transform::None {
            return (number(d.trace.y(i)), false);
        }
        let v = d.series.array.value(&[i]);
        let missing = matches!(v, Scalar::Missing);
        (v.text(), missing)
    }

    /// What two whole numbers differ by, to the last digit.
    fn exact(&self, d: &Drawn<'_>, a: u64, b: u64) -> Option<String> {
        let samples = self.transform == Transform::None;
        let at = |i: u64| samples.then(|| d.series.array.value(&[i]));
        whole(&at(a)?, &at(b)?).map(|d| d.to_string())
    }

    fn difference(&self, ui: &mut Ui, drawn: &[Drawn<'_>], at: Option<u64>) {
        let t = Tokens::of(ui);
        ui.spacing_mut().item_spacing.x = theme::GAP;
        ui.add_space(10.0);
        let Some(a) = self.cursors[0] else {
            ui.label(RichText::new("A and B are not set").font(fonts::small()).color(t.text_soft));
            return;
        };
        let Some((b, first)) = self.cursors[1].or(at).zip(drawn.first()) else { return };
        let told = |text: String, c| RichText::new(text).font(fonts::mono()).color(c);
        let dx = first.trace.x(b) - first.trace.x(a);
        ui.label(told(format!("A {a} → B {b}  Δindex {}", i128::from(b) - i128::from(a)), t.warning));
        if self.wish.over != super::Over::Index || self.transform != Transform::None {
            let kind = self.figure.as_ref().map_or(Ruler::Linear, |f| f.x.ruler);
            let ticks = if matches!(kind, Ruler::Time(_)) { " ticks" } else { "" };
            ui.label(told(format!("Δx {}{ticks}", number(dx)), t.warning));
        }
        for d in drawn.iter().take(TOLD) {
            let dy = self.exact(d, a, b).unwrap_or_else(|| number(d.trace.y(b) - d.trace.y(a)));
            let range = d.trace.curve.range(a.min(b), a.max(b) + 1);
            let hint =
                range.map_or_else(String::new, |(lo, hi)| format!("{} to {} around there", number(lo), number(hi)));
            ui.label(told(format!("Δ {dy}"), d.series.color)).on_hover_text(hint);
        }
    }
}

/// The difference of two whole numbers without rounding; `None` where they are none.
fn whole(a: &Scalar, b: &Scalar) -> Option<i128> {
    let of = |s: &Scalar| match s {
        Scalar::Int(v) => Some(i128::from(*v)),
        Scalar::UInt(v) => Some(i128::from(*v)),
        _ => None,
    };
    Some(of(b)? - of(a)?)
}

fn row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(ui.available_width(), LINE), layout, |ui| {
        ui.set_min_height(LINE);
        add(ui);
    });
}

/// A number that was worked out, without the digits that are noise.
fn number(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let size = v.abs().log10().floor();
    if !(-4.0..15.0).contains(&size) {
        let text = format!("{v:.9e}");
        return match text.split_once('e') {
            Some((m, e)) => format!("{}e{e}", m.trim_end_matches('0').trim_end_matches('.')),
            None => text,
        };
    }
    let places = (9.0 - size).clamp(0.0, 15.0) as usize;
    let text = format!("{v:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_differ_exactly() {
        assert_eq!(whole(&Scalar::UInt(1 << 53), &Scalar::UInt((1 << 53) + 1)), Some(1));
        assert_eq!(whole(&Scalar::Int(i64::MIN), &Scalar::Int(i64::MAX)), Some(i128::from(u64::MAX)));
        assert_eq!(whole(&Scalar::F64(1.0), &Scalar::Int(1)), None);
    }

    #[test]
    fn worked_out_numbers_have_no_noise() {
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(-1234.5), "-1234.5");
        assert_eq!(number(1e-9), "1e-9");
        assert_eq!(number(2.5e20), "2.5e20");
        assert_eq!(number(123_456_789_012.0), "123456789012");
    }
}
