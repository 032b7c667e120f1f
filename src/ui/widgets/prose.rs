//! Sentences with names of code in them: what stands between back-ticks is set in monospace, without them.
//! Must never be given what a file holds, whose back-ticks are its own.

use crate::ui::fonts;
use eframe::egui::{
    Color32, FontId,
    text::{LayoutJob, TextFormat},
};

/// The sentence, to be wrapped at whatever width there is.
pub fn prose(text: &str, font: FontId, color: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mono = FontId::new(font.size - 0.5, fonts::mono().family);
    for (i, part) in text.split('`').enumerate() {
        let font_id = if i % 2 == 1 { mono.clone() } else { font.clone() };
        job.append(part, 0.0, TextFormat { font_id, color, ..TextFormat::default() });
    }
    job
}

/// The sentence without its back-ticks, for those who hear it.
pub fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_set_in_monospace_and_their_marks_are_gone() {
        let job = prose("Python calls `_reconstruct` first.", fonts::body(), Color32::WHITE);
        assert_eq!(job.text, "Python calls _reconstruct first.");
        let mono: Vec<&str> = job
            .sections
            .iter()
            .filter(|s| s.format.font_id.family == fonts::mono().family)
            .map(|s| &job.text[s.byte_range.start.0..s.byte_range.end.0])
            .collect();
        assert_eq!(mono, ["_reconstruct"]);
    }
}
