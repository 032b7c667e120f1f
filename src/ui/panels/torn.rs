//! Where damage shows in the elements of an array: told above its view, each place a button, and outlined in its picture.
//! Must never look for it in a frame.

use crate::machine::Handle;
use crate::ops::OpIndex;
use crate::session::{Action, Edit, Item, View, WorkKey};
use crate::source::Span;
use crate::tensor::{Array, DType, Kind, Part, Range, Seam, SeamKind, seams};
use crate::ui::views::image::Marked;
use crate::ui::{Tokens, fonts, icons, words};
use eframe::egui::{self, RichText, Ui};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// Places that have a button.
const SEAMS: usize = 6;

/// Seams and bursts in elements that stand densely in `span`, `row` of them in a row (0: no rows are known).
pub(super) fn find(view: &View<'_>, span: Span, dtype: &DType, row: u64) -> Option<Arc<Vec<Seam>>> {
    let stream = view.stream?;
    if !matches!(dtype.kind, Kind::UInt | Kind::Int | Kind::Float) {
        return None;
    }
    let (bytes, dtype) = (stream.bytes.clone(), dtype.clone());
    let mut kind = DefaultHasher::new();
    dtype.name().hash(&mut kind);
    let key = WorkKey {
        place: view.place,
        handle: Handle::op(OpIndex(0)),
        kind: "seams",
        of: vec![span.start, span.end, row, kind.finish(), stream.version],
    };
    let made = view
        .session
        .work
        .get(key, "Looking for seams", move |job| Ok((seams(&bytes, span, &dtype, row, &|| job.cancelled()), 4096)));
    made.ready()
}

/// The same of an array of a file, where its elements stand as they are read: in C order, in one run.
pub(super) fn of_array(view: &View<'_>, array: &Array) -> Option<(Span, Arc<Vec<Seam>>)> {
    let span = array.file_span().filter(|_| array.is_c())?;
    let row = array.shape().iter().skip(1).product();
    Some((span, find(view, span, &array.dtype, if array.ndim() > 1 { row } else { 0 })?))
}

/// The range of the elements before the first seam, which are what they were.
pub(super) fn sound_range(view: &View<'_>, handle: Handle, array: &Array, torn: &[Seam]) -> Option<(f64, f64)> {
    let first = torn.iter().filter(|s| matches!(s.kind, SeamKind::Bytes(_) | SeamKind::Rows(_))).map(|s| s.element);
    let first = first.min()?;
    let row: u64 = array.shape().iter().skip(1).product();
    let rows = first.checked_div(row)?;
    let sound = array.range(0, 0, rows, 1).ok().filter(|a| !a.is_empty())?;
    let key = WorkKey { place: view.place, handle, kind: "sound range", of: vec![first, view.stream?.version] };
    let made = view.session.work.get(key, "Looking for seams", move |job| {
        let range = Range::of(&sound, Part::Real, true, &|_, _| !job.cancelled());
        Ok((range.and_then(|r| r.extremes), 64))
    });
    (*made.ready()?).filter(|(lo, hi)| lo < hi)
}

/// Says where they are: elements of `size` bytes, the first at `start`.
pub(super) fn tell(ui: &mut Ui, view: &View<'_>, start: u64, size: u64, torn: &[Seam], out: &mut Vec<Action>) {
    if torn.is_empty() {
        return;
    }
    let t = Tokens::of(ui);
    egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 3)).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(icons::WARNING.text().size(14.0).color(t.warning));
            for s in torn.iter().take(SEAMS) {
                let at = start.saturating_add(s.element.saturating_mul(size));
                let text = format!("{} {}", words::offset(at), s.text());
                let r = ui.add(egui::Button::new(RichText::new(text).font(fonts::small()).color(t.warning)).small());
                if r.on_hover_text("Selects the bytes where it begins").clicked() {
                    let span = Span::at(at, size.saturating_mul(s.len()));
                    out.push(Action::Select(Item::of_span(view.place, span)));
                }
                if let Some((span, with, says)) = realigned(s, at, size).filter(|_| view.session.can_edit()) {
                    let r = ui.add(egui::Button::new(RichText::new("Realign").font(fonts::small())).small());
                    if r.on_hover_text(says).clicked() {
                        out.push(Action::Edit(Edit { place: view.place, span, with, frames: true, joins: false }));
                    }
                }
            }
            if torn.len() > SEAMS {
                let text = format!("and {} more", torn.len() - SEAMS);
                ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
            }
        });
    });
}

/// The edit with which what is behind a seam stands again where it should: bytes that came in are left out, for those that
/// were lost zeros are put in.
fn realigned(s: &Seam, at: u64, size: u64) -> Option<(Span, Vec<u8>, String)> {
    let SeamKind::Bytes(by) = s.kind else { return None };
    let bytes = |n: u64| crate::interpret::counted(n, "byte");
    let copy = "in the copy in memory: the file itself is never written.";
    if by <= size / 2 {
        return Some((Span::at(at, by), Vec::new(), format!("Leaves out {} here, {copy}", bytes(by))));
    }
    let lost = size.checked_sub(by)?;
    let with = vec![0; usize::try_from(lost).ok()?];
    Some((Span::at(at, 0), with, format!("Puts {} in here for what was lost, {copy}", bytes(lost))))
}

/// The parts of a picture that they are outlined by.
pub(super) fn marks(torn: &[Seam], array: &Array) -> Vec<Marked> {
    torn.iter().flat_map(|s| mark(s, array)).collect()
}

/// The part of a picture that a seam is outlined by: row and column of its first and last element.
fn mark(s: &Seam, array: &Array) -> Option<Marked> {
    let [rows, cols, ..] = array.shape() else { return None };
    let per_row = cols.saturating_mul(array.shape().get(2).copied().unwrap_or(1)).max(1);
    let (a, b) = (s.element, s.element.saturating_add(s.len()).saturating_sub(1));
    let place = |e: u64| [e / per_row, (e % per_row) * cols / per_row];
    let (mut from, mut to) = (place(a), place(b));
    if !array.is_c() || to[0] >= *rows {
        return None;
    }
    match s.kind {
        // A run over several rows is outlined over all their width.
        SeamKind::NotNumbers(_) if from[0] != to[0] => (from[1], to[1]) = (0, cols.saturating_sub(1)),
        SeamKind::NotNumbers(_) => {}
        // What is shifted goes on to the end.
        SeamKind::Bytes(_) | SeamKind::Rows(_) => {
            from[1] = 0;
            to = [from[0], cols.saturating_sub(1)];
        }
    }
    Some(Marked { from, to, text: s.text() })
}
