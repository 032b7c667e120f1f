//! Text that is cut in its middle to fit a width. Never cuts what fits, and never lays out more than it must.

use eframe::egui::{self, Color32, FontId, Galley, Painter, Pos2, Rect, pos2, vec2};
use std::borrow::Cow;
use std::sync::Arc;

/// Characters beyond which a text is not even measured: no row shows more.
const MOST: usize = 4096;

/// One line that fits a width, and whether something was left out.
#[derive(Clone, Debug)]
pub struct Line {
    /// What to draw.
    pub galley: Arc<Galley>,
    /// Whether it is less than the whole.
    pub cut: bool,
}

impl Line {
    /// Its width, in points.
    pub fn width(&self) -> f32 {
        self.galley.size().x
    }

    /// Draws it with its left end in the middle of a height; returns where it stands.
    pub fn paint_left(&self, painter: &Painter, left_center: Pos2, color: Color32) -> Rect {
        self.paint_at(painter, left_center.x, left_center.y, color)
    }

    /// Draws it with its right end in the middle of a height; returns where it stands.
    pub fn paint_right(&self, painter: &Painter, right_center: Pos2, color: Color32) -> Rect {
        self.paint_at(painter, right_center.x - self.width(), right_center.y, color)
    }

    fn paint_at(&self, painter: &Painter, x: f32, y: f32, color: Color32) -> Rect {
        let size = self.galley.size();
        let min = egui::emath::GuiRounding::round_to_pixels(pos2(x, y - size.y * 0.5), painter.pixels_per_point());
        painter.galley_with_override_text_color(min, Arc::clone(&self.galley), color);
        Rect::from_min_size(min, vec2(size.x, size.y))
    }
}

/// Lays out one line of at most `width` points, cut in the middle with `…` if need be. Line ends show as `⏎`.
pub fn middle(painter: &Painter, text: &str, font: &FontId, width: f32) -> Line {
    let flat = flatten(text);
    let lay = |s: String| painter.layout_no_wrap(s, font.clone(), Color32::PLACEHOLDER);
    let long = flat.len() > MOST;
    if !long {
        let galley = lay(flat.clone().into_owned());
        if galley.size().x <= width {
            return Line { galley, cut: false };
        }
    }
    if width <= 0.0 {
        return Line { galley: lay(String::new()), cut: !flat.is_empty() };
    }
    let advance = |c: char| painter.fonts_mut(|f| f.glyph_width(font, c)).max(0.1);
    let mut room = width - advance('…');
    let (mut head, mut tail) = (0, flat.len());
    // a little more of the beginning than of the end
    let (mut head_width, mut tail_width) = (0.0_f32, 0.0_f32);
    let mut front = flat.chars();
    let mut taken_back = flat.chars().rev();
    loop {
        let from_front = head_width <= tail_width * 1.5;
        let Some(c) = (if from_front { front.next() } else { taken_back.next() }) else { break };
        let w = advance(c);
        room -= w;
        if room < 0.0 || head + c.len_utf8() > tail {
            break;
        }
        if from_front {
            (head, head_width) = (head + c.len_utf8(), head_width + w);
        } else {
            (tail, tail_width) = (tail - c.len_utf8(), tail_width + w);
        }
    }
    let galley = lay(format!("{}…{}", flat[..head].trim_end(), flat[tail..].trim_start()));
    Line { galley, cut: true }
}

/// Lays out one line, whatever its width.
pub fn whole(painter: &Painter, text: &str, font: &FontId) -> Line {
    middle(painter, text, font, f32::INFINITY)
}

fn flatten(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\r', '\t']) {
        Cow::Owned(
            text.chars()
                .map(|c| {
                    if c == '\n' {
                        '⏎'
                    } else if c.is_control() {
                        ' '
                    } else {
                        c
                    }
                })
                .collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{fonts, test_harness::harness};

    #[test]
    fn what_fits_is_whole_and_what_does_not_keeps_both_ends() {
        let mut h = harness([100.0, 100.0], Vec::new(), |ui, out: &mut Vec<(String, bool, f32)>| {
            out.clear();
            let name = format!("start_{}_end", "x".repeat(300));
            let huge = "é".repeat(100_000);
            for (text, width) in [("short", 200.0), (&name, 150.0), (&huge, 90.0), ("a\nb", 100.0), ("abc", 0.0)] {
                for font in [fonts::body(), fonts::mono()] {
                    let line = middle(ui.painter(), text, &font, width);
                    out.push((line.galley.text().to_owned(), line.cut, line.width() - width));
                }
            }
        });
        h.run();
        let out = h.state();
        assert_eq!((out[0].0.as_str(), out[0].1), ("short", false));
        for (text, cut, over) in &out[2..4] {
            assert!(*cut && text.starts_with("start_") && text.ends_with("_end") && text.contains('…'), "{text}");
            assert!(*over <= 0.5, "{over} points too wide");
        }
        assert!(out[4].1 && out[4].2 <= 0.5);
        assert_eq!((out[6].0.as_str(), out[6].1), ("a⏎b", false));
        assert!(out[8].0.is_empty() && out[8].1);
    }
}
