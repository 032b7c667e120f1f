//! The panel of what loading the pickle would import and call, each name with a verdict and its reason.
//! Must never judge a name itself.

use crate::interpret::{Finding, Verdict};
use crate::session::{Action, Imports, Item, Outcome, Panel, View};
use crate::ui::icons::{self, Icon};
use crate::ui::widgets::elide;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{LazyRows, Rows};
use crate::ui::widgets::tree_row::paint_ground;
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{self, Color32, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2};

/// Height of a name and its reason, in points.
const ROW: f32 = 40.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ImportsPanel {
    rows: LazyRows,
}

/// The icon, the colour and the words of a verdict.
pub fn mark(verdict: Verdict, t: &Tokens) -> (Icon, Color32, &'static str) {
    match verdict {
        Verdict::Safe => (icons::SHIELD_CHECK, t.good, "safe"),
        Verdict::Unknown => (icons::SHIELD, t.warning, "unknown"),
        Verdict::Dangerous => (icons::SHIELD_WARNING, t.error, "dangerous"),
    }
}

impl ImportsPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let imports = match view.session.imports(view.place) {
            Outcome::Ready(imports) => imports,
            Outcome::Pending => {
                Empty::new(icons::IMPORTS, "Looking…", "The names are told when the file is read.").show(ui);
                return;
            }
            Outcome::Failed(why) => {
                Empty::new(icons::IMPORTS, "The names cannot be told", &why).show(ui);
                return;
            }
        };
        head(ui, &imports);
        let all = &imports.findings;
        if all.is_empty() {
            return;
        }
        let rows = Rows::new("Imports", all.len() as u64, ROW);
        let at =
            view.selection().and_then(|s| s.op).and_then(|op| all.iter().position(|f| f.op == op)).map(|i| i as u64);
        let choose = |f: &Finding| {
            Action::Select(Item { op: Some(f.op), span: Some(f.span), ..Item::of_handle(view.place, f.handle) })
        };
        let shown = self.rows.show(ui, &rows, |ui, n, rect| {
            let Some(f) = all.get(n as usize) else { return };
            let r = finding(ui, rect, f, at == Some(n));
            if r.clicked() {
                out.push(choose(f));
            }
            r.context_menu(|ui| {
                if ui.button("Copy name").clicked() {
                    out.push(Action::CopyText(f.name.clone()));
                }
            });
        });
        if view.focus == Some(Panel::Imports) {
            shown.response.request_focus();
        }
        if let Some(f) = shown.intent.and_then(|i| i.target(at, all.len() as u64)).and_then(|n| all.get(n as usize)) {
            out.push(choose(f));
        }
    }
}

/// The verdict on the whole.
fn head(ui: &mut Ui, imports: &Imports) {
    let t = Tokens::of(ui);
    let (icon, color, _) = mark(imports.verdict, t);
    let n = imports.findings.len();
    let bad = imports.findings.iter().filter(|f| f.verdict == Verdict::Dangerous).count();
    let unknown = imports.findings.iter().filter(|f| f.verdict == Verdict::Unknown).count();
    let text = match imports.verdict {
        Verdict::Dangerous if bad == 1 => "Loading it would run code: do not load it.".to_owned(),
        Verdict::Dangerous => format!("Loading it would run code, by {bad} names: do not load it."),
        Verdict::Unknown if unknown == 0 => "It could not be read to its end, so nothing is certain.".to_owned(),
        Verdict::Unknown if unknown == 1 => "One name is known to no list.".to_owned(),
        Verdict::Unknown => format!("{unknown} names are known to no list."),
        Verdict::Safe if n == 0 => "It imports nothing.".to_owned(),
        Verdict::Safe => "All that it imports only makes values.".to_owned(),
    };
    egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 8)).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(icon.text().color(color));
            ui.label(RichText::new(text).font(fonts::strong()).color(t.text_strong));
            ui.label(RichText::new("picklescope imports and calls none of it.").color(t.text_soft));
        });
    });
}

fn finding(ui: &mut Ui, rect: Rect, f: &Finding, selected: bool) -> egui::Response {
    let t = Tokens::of(ui);
    let (icon, color, word) = mark(f.verdict, t);
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    response
        .widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, format!("{}, {word}: {}", f.name, f.why)));
    paint_ground(ui.painter(), rect, selected, response.hovered(), t);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let (x, y, right) = (rect.left() + 34.0, rect.top() + 13.0, rect.right() - theme::GAP);
    icons::paint_at(&painter, pos2(rect.left() + 18.0, y), 16.0, icon, color);
    let at = elide::whole(&painter, &words::offset(f.span.start), &fonts::mono_small());
    let left = at.paint_right(&painter, pos2(right, y), t.text_soft).left() - theme::GAP;
    let call = match (f.called, f.calls) {
        (false, _) => String::new(),
        (true, 0 | 1) => f.with.clone(),
        (true, n) => format!("{}  × {n}", f.with),
    };
    let name = elide::middle(&painter, &f.name, &fonts::mono(), (left - x).max(0.0));
    let end = name.paint_left(&painter, pos2(x, y), t.text_strong).right();
    let args = elide::middle(&painter, &call, &fonts::mono(), (left - end).max(0.0));
    args.paint_left(&painter, pos2(end, y), t.text_soft);
    let why = format!("{word}: {}", f.why);
    let line = elide::middle(&painter, &why, &fonts::small(), (right - x).max(0.0));
    line.paint_left(&painter, pos2(x, rect.top() + 29.0), if f.verdict == Verdict::Safe { t.text_soft } else { color });
    response.on_hover_ui(|ui| {
        ui.set_max_width(460.0);
        ui.label(RichText::new(format!("{}{call}", f.name)).font(fonts::mono()).color(t.text_strong));
        ui.label(&f.why);
        if let Some(written) = &f.written {
            ui.label(RichText::new(format!("written {written} in the file")).color(t.text_soft));
        }
    })
}
