//! The panel of what is wrong with the file: the worst first, what Python would say on top.
//! Must never find a problem itself.

use crate::interpret::one_line;
use crate::machine::{self, Cure, Handle};
use crate::ops::OpIndex;
use crate::session::{Action, Item, Panel, View, WorkKey};
use crate::source::{Diagnostic, Severity};
use crate::ui::icons::{self, Icon};
use crate::ui::widgets::elide;
use crate::ui::widgets::lazy_rows::{LazyRows, Rows};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{self, Color32, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// Height of a problem: its message and its hint in a line each, in points.
const ROW: f32 = 40.0;
/// The most that it grows to where they take more lines.
const TALL: f32 = 132.0;
/// Problems up to which all that is said of them is shown.
const FEW: usize = 40;
/// Bytes of a cut payload from which an array may be in it.
const PAYLOAD: u64 = 64;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ProblemsPanel {
    rows: LazyRows,
    of: Option<(crate::session::Place, u64, usize)>,
    order: Vec<usize>,
}

/// The icon and the colour of a severity.
pub fn mark(severity: Severity, t: &Tokens) -> (Icon, Color32) {
    match severity {
        Severity::Error => (icons::ERROR, t.error),
        Severity::Warning => (icons::WARNING, t.warning),
        Severity::Note => (icons::INFO, t.note),
    }
}

impl ProblemsPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let (Some(stream), Some(doc)) = (view.stream, view.doc) else { return };
        let of_member = view.member().map_or(&[][..], |m| &m.problems);
        let all: Vec<&Diagnostic> = doc.problems.iter().chain(of_member).chain(&stream.problems).collect();
        let in_container = doc.problems.len() + of_member.len();
        let of = (view.place, stream.seen(), all.len());
        if self.of != Some(of) {
            self.of = Some(of);
            self.order = (0..all.len()).collect();
            let of_whole = |i: usize| machine::is_of_the_whole(all[i].code);
            self.order.sort_by_key(|i| (std::cmp::Reverse(all[*i].severity), !of_whole(*i), *i));
        }
        self.head(ui, view, &all, out);
        if all.is_empty() {
            return;
        }
        let selected = view.selection().and_then(|s| s.span);
        // Of few problems nothing is cut: a cause that must be hovered over is not seen in time.
        let width = ui.available_width() - theme::SCROLL_BAR;
        let height = if all.len() > FEW {
            ROW
        } else {
            let tall = |i: usize, p: &Diagnostic| {
                let cure = if i >= in_container { Self::cure(view, p) } else { None };
                let [message, hint] = texts(ui, p, width, cure.as_ref().and_then(|c| Option::as_ref(c)));
                message.size().y + hint.size().y + 12.0
            };
            all.iter().enumerate().map(|(i, p)| tall(i, p)).fold(ROW, f32::max).min(TALL).ceil()
        };
        let rows = Rows::new("Problems", all.len() as u64, height);
        let at = |n: u64| self.order.get(n as usize).and_then(|i| Some((*i, *all.get(*i)?)));
        let choose = |i: usize, p: &Diagnostic, out: &mut Vec<Action>| {
            // Of a container's problem the bytes are not those of the member.
            if i >= in_container {
                let op = p.op.and_then(|n| u32::try_from(n).ok()).map(OpIndex);
                let span = Some(p.span).filter(|s| !s.is_empty() || op.is_none());
                out.push(Action::Select(Item { op, span, ..Item::new(view.place) }));
            }
        };
        let shown = self.rows.show(ui, &rows, |ui, n, rect| {
            let Some((i, p)) = at(n) else { return };
            let on = i >= in_container && selected == Some(p.span);
            let cure = if i >= in_container { Self::cure(view, p) } else { None };
            let cure = cure.as_ref().and_then(|c| Option::as_ref(c));
            let mut wanted = false;
            let r = problem(ui, rect, p, on, cure, &mut wanted);
            if wanted && let Some(cure) = cure {
                out.push(Action::OpenRepaired { place: view.place, cure: cure.clone() });
            } else if r.clicked() {
                choose(i, p, out);
            }
            theme::context_menu(&r, |ui| {
                if let Some(cure) = cure
                    && ui.button("Show repaired").clicked()
                {
                    out.push(Action::OpenRepaired { place: view.place, cure: cure.clone() });
                    ui.close();
                }
                if i >= in_container && ui.button("Decode from here…").clicked() {
                    choose(i, p, out);
                    out.push(Action::Command("repair.decode-from"));
                    ui.close();
                }
                if i >= in_container && ui.button("What if it were an array").clicked() {
                    choose(i, p, out);
                    out.push(Action::Command("repair.what-if"));
                    ui.close();
                }
                if ui.button("Copy message").clicked() {
                    out.push(Action::CopyText(format!("{}: {} {}", p.code, p.message, p.hint)));
                }
            });
        });
        if view.focus == Some(Panel::Problems) {
            shown.response.request_focus();
        }
        let now = (0..all.len() as u64).find(|n| at(*n).is_some_and(|(_, p)| Some(p.span) == selected));
        if let Some((i, p)) = shown.intent.and_then(|i| i.target(now, all.len() as u64)).and_then(at) {
            choose(i, p, out);
        }
    }

    /// How a problem could be undone: worked out beside the frame.
    pub(super) fn cure(view: &View<'_>, p: &Diagnostic) -> Option<Arc<Option<Cure>>> {
        if !machine::may_be_cured(p.code) || !view.stream?.finished {
            return None;
        }
        let shared = view.session.stream_of(view.place)?;
        let mut of = DefaultHasher::new();
        p.code.hash(&mut of);
        let handle = Handle::op(OpIndex(0));
        let key = WorkKey { place: view.place, handle, kind: "cure", of: vec![of.finish(), p.span.start] };
        let d = p.clone();
        let made = view.session.work.get(key, "Looking for a repair", move |job| {
            Ok((machine::cure(&shared.read(), &d, &|| job.cancelled()), 256))
        });
        made.ready()
    }

    /// What Python would say of the pickle.
    fn head(&self, ui: &mut Ui, view: &View<'_>, all: &[&Diagnostic], out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        let Some(stream) = view.stream else { return };
        let n = view.selection().and_then(|s| s.op).and_then(|op| stream.pickle_of(op)).unwrap_or(0);
        let (icon, color, text, more) = match view.pickle(n) {
            None => (icons::ERROR, t.error, "This is no pickle.".to_owned(), String::new()),
            Some(p) if !p.finished => {
                (icons::CLOCK, t.text_soft, "The file is still being read.".to_owned(), String::new())
            }
            Some(_) if stream.is_content() => (
                if all.is_empty() { icons::CHECK_CIRCLE } else { icons::CHECK },
                t.good,
                "An array without a pickle.".to_owned(),
                "numpy.load reads it, and runs nothing.".to_owned(),
            ),
            Some(_) => match stream.raises(n) {
                Some((e, _)) if crate::ui::shell::answered(view, e) => (
                    icons::CHECK,
                    t.good,
                    "Python 3 would load it, given the same buffers and extension codes.".to_owned(),
                    String::new(),
                ),
                Some((e, at)) => (
                    icons::BROKEN,
                    t.error,
                    format!("Python 3 would raise {}: {}", e.kind, one_line(&e.message, 200)),
                    format!("at {}", words::offset(at)),
                ),
                None if all.is_empty() => (
                    icons::CHECK_CIRCLE,
                    t.good,
                    "Nothing is wrong.".to_owned(),
                    "Python 3 would load it, were everything that it names importable.".to_owned(),
                ),
                None => (icons::CHECK, t.good, "Python 3 would load it all the same.".to_owned(), String::new()),
            },
        };
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 8)).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(icon.text().color(color));
                ui.label(RichText::new(text).font(fonts::strong()).color(t.text_strong));
                ui.label(RichText::new(more).color(t.text_soft));
                if view.session.can_salvage() {
                    let r = ui.button(format!("{} Salvage…", icons::RESCUE.0));
                    if r.on_hover_text("Writes a new pickle that loads, of all that this one still holds.").clicked() {
                        out.push(Action::Command("repair.salvage"));
                    }
                }
                // Bytes whose shape and type the cut may have taken along.
                let payload = all.iter().find(|p| p.code == "truncated" && p.span.len() >= PAYLOAD);
                if let Some(p) = payload.filter(|p| stream.problems.iter().any(|q| q.span == p.span)) {
                    let r = ui.button("What if…");
                    if r.on_hover_text("Reads the bytes that were cut as an array, whose type and shape are guessed.")
                        .clicked()
                    {
                        let op = p.op.and_then(|n| u32::try_from(n).ok()).map(OpIndex);
                        out.push(Action::Select(Item { op, span: Some(p.span), ..Item::new(view.place) }));
                        out.push(Action::Command("repair.what-if"));
                    }
                }
            });
        });
    }
}

/// The button that opens a repaired view, at the right of a problem; returns where it begins.
fn repair_button(ui: &mut Ui, rect: Rect, cure: &Cure, wanted: &mut bool) -> f32 {
    let t = Tokens::of(ui);
    let galley = ui.painter().layout_no_wrap("Show repaired".to_owned(), fonts::small(), t.text_strong);
    let size = vec2(galley.size().x + 16.0, 20.0);
    let at = Rect::from_min_size(pos2(rect.right() - theme::GAP - size.x, rect.center().y - 10.0), size);
    let r = ui.interact(at, ui.make_persistent_id("repair"), Sense::CLICK);
    r.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Show repaired"));
    let edge = if r.hovered() || r.has_focus() { t.accent } else { t.line };
    ui.painter().rect(at, theme::RADIUS, t.raised, egui::Stroke::new(1.0, edge), egui::StrokeKind::Inside);
    ui.painter().galley(at.center() - galley.size() * 0.5, galley, t.text_strong);
    *wanted |= r.clicked();
    r.on_hover_ui(|ui| {
        ui.set_max_width(420.0);
        ui.label(match cure {
            Cure::Whole(repair) => format!("Opens what comes of it to {}, as a tab that is not saved.", repair.name()),
            Cure::Bytes(mend) if mend.loads => format!("{} Python would then load the pickle.", mend.says),
            Cure::Bytes(mend) => format!("{} More of the pickle can then be read.", mend.says),
        });
    });
    at.left()
}

/// What to do about a problem: the repair that was found, before what may be said in general.
fn second(p: &Diagnostic, cure: Option<&Cure>) -> String {
    match cure {
        Some(Cure::Bytes(mend)) if mend.loads => format!("{} Python would then load it.", mend.says),
        Some(Cure::Bytes(mend)) => mend.says.clone(),
        _ if p.hint.is_empty() => p.code.to_owned(),
        _ => p.hint.to_string(),
    }
}

/// Message and hint in as many lines as they take.
fn texts(ui: &Ui, p: &Diagnostic, width: f32, cure: Option<&Cure>) -> [Arc<egui::Galley>; 2] {
    let t = Tokens::of(ui);
    let room = (width - 34.0 - theme::GAP - if cure.is_some() { 104.0 } else { 0.0 }).max(80.0);
    let offset = 76.0;
    let message = ui.painter().layout(p.message.to_string(), fonts::body(), t.text_strong, (room - offset).max(60.0));
    let hint = ui.painter().layout(second(p, cure), fonts::small(), t.text_soft, room);
    [message, hint]
}

fn problem(
    ui: &mut Ui,
    rect: Rect,
    p: &Diagnostic,
    selected: bool,
    cure: Option<&Cure>,
    wanted: &mut bool,
) -> egui::Response {
    let t = Tokens::of(ui);
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    response.widget_info(|| {
        let text = format!("{}: {}. {}", p.severity.name(), p.message, second(p, cure));
        WidgetInfo::selected(Role::ListItem, true, selected, text)
    });
    paint_ground(ui.painter(), rect, selected, response.hovered(), t);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let (icon, color) = mark(p.severity, t);
    icons::paint_at(&painter, pos2(rect.left() + 18.0, rect.top() + 13.0), 16.0, icon, color);
    let (x, mut right) = (rect.left() + 34.0, rect.right() - theme::GAP);
    if let Some(cure) = cure {
        right = repair_button(ui, rect, cure, wanted) - theme::GAP;
    }
    let at = elide::whole(&painter, &words::offset(p.span.start), &fonts::mono_small());
    let left = at.paint_right(&painter, pos2(right, rect.top() + 13.0), t.text_soft).left();
    if rect.height() > ROW {
        let [message, hint] = texts(ui, p, rect.width(), cure);
        let below = rect.top() + 5.0 + message.size().y + 2.0;
        painter.galley(pos2(x, rect.top() + 5.0), message, t.text_strong);
        painter.galley(pos2(x, below), hint, t.text_soft);
    } else {
        let message = elide::middle(&painter, &p.message, &fonts::body(), (left - x - theme::GAP).max(0.0));
        message.paint_left(&painter, pos2(x, rect.top() + 13.0), t.text_strong);
        let hint = elide::middle(&painter, &second(p, cure), &fonts::small(), (right - x).max(0.0));
        hint.paint_left(&painter, pos2(x, rect.top() + 29.0), t.text_soft);
    }
    response.on_hover_ui(|ui| {
        ui.set_max_width(460.0);
        ui.label(RichText::new(&*p.message).color(t.text_strong));
        let said = second(p, cure);
        if said != p.code {
            ui.label(&said);
        }
        if !p.hint.is_empty() && said != *p.hint {
            ui.label(&*p.hint);
        }
        ui.label(RichText::new(format!("{}  {}", p.code, p.span)).font(fonts::mono_small()).color(t.text_soft));
    })
}
