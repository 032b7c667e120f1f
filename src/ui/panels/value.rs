//! The panel of the selected value: what it is in a line, the ways to look at it as tabs, and the one that is shown.
//! Must never read a value itself: views do.

use crate::export::colored::Cut;
use crate::interpret::{ArrayMeaning, Body, Meaning};
use crate::machine::Handle;
use crate::session::{Action, Command, Item, Outcome, Panel, PictureChange, View, ViewKind};
use crate::source::Severity;
use crate::tensor::Turn;
use crate::ui::capture;
use crate::ui::export_dialog::{self, Shown};
use crate::ui::icons::{self, Icon};
use crate::ui::views::bytes::BytesView;
use crate::ui::views::frame::{self, FrameView};
use crate::ui::views::image::ImageView;
use crate::ui::views::plot::{PlotView, Subject};
use crate::ui::views::slicing::Slicing;
use crate::ui::views::sparse::SparseView;
use crate::ui::views::statistics::StatisticsView;
use crate::ui::views::summary::SummaryView;
use crate::ui::views::table::TableView;
use crate::ui::views::text::TextView;
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::prose::plain;
use crate::ui::widgets::tabs::{Segment, segment_id, segmented};
use crate::ui::widgets::toolbar::ToolButton;
use crate::ui::widgets::{elide, progress::Progress};
use crate::ui::{Tokens, fonts, theme};
use eframe::egui::{self, Popup, RichText, Sense, Ui, pos2, vec2};

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct ValuePanel {
    /// Which plane of an array is shown; one choice for all views.
    slicing: Slicing,
    image: ImageView,
    plot: PlotView,
    table: TableView,
    frame: FrameView,
    sparse: SparseView,
    text: TextView,
    bytes: BytesView,
    summary: SummaryView,
    statistics: StatisticsView,
    /// Pictures of views stand on a light ground.
    paper: bool,
}

const fn icon_of(kind: ViewKind) -> Icon {
    match kind {
        ViewKind::Image => icons::IMAGE,
        ViewKind::Plot => icons::PLOT,
        ViewKind::Table => icons::TABLE,
        ViewKind::Statistics => icons::SIGMA,
        ViewKind::Text => icons::TEXT,
        ViewKind::Hex => icons::HEX,
        ViewKind::Summary => icons::SUMMARY,
    }
}

const fn hint_of(kind: ViewKind) -> &'static str {
    match kind {
        ViewKind::Image => "Two axes as a picture (Ctrl+1)",
        ViewKind::Plot => "One axis as a curve (Ctrl+2)",
        ViewKind::Table => "Elements in rows and columns (Ctrl+3)",
        ViewKind::Statistics => "Figures about all elements (Ctrl+7)",
        ViewKind::Text => "The text (Ctrl+4)",
        ViewKind::Hex => "The bytes of the value alone (Ctrl+5)",
        ViewKind::Summary => "What the value is (Ctrl+6)",
    }
}

/// The width of the button that saves, in points.
const SAVE: f32 = 40.0;

/// The button whose menu saves and copies the view and what it shows.
fn save_menu(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
    let r = ui.add(ToolButton { menu: true, ..ToolButton::new(icons::DOWNLOAD, "Save or copy this view") });
    Popup::menu(&r).show(|ui| {
        ui.set_min_width(230.0);
        let t = Tokens::of(ui);
        let mut group = |ui: &mut Ui, title: &str, ids: &[&str]| {
            ui.label(RichText::new(title).font(fonts::small()).color(t.text_soft));
            for c in ids.iter().filter_map(|id| Command::get(id)).filter(|c| (c.enabled)(view.session)) {
                if ui.button(c.label).on_hover_text(c.tooltip).clicked() {
                    out.push(Action::Command(c.id));
                }
            }
        };
        group(ui, "As it is seen", &["export.view", "export.view-svg", "copy.view"]);
        let mut paper = capture::is_paper(ui.ctx());
        let hint = "Pictures stand on white, as for print, whatever the window's theme";
        let possible = t.dark && Command::get("export.paper").is_some_and(|c| (c.enabled)(view.session));
        let toggled = possible && ui.checkbox(&mut paper, "On a light ground").on_hover_text(hint).changed();
        ui.separator();
        group(ui, "The value itself", &EXPORTS);
        if toggled {
            out.push(Action::Command("export.paper"));
        }
    });
}

/// Commands that write the value.
const EXPORTS: [&str; 7] =
    ["export.value", "export.png", "export.tiff", "export.npy", "export.csv", "copy.picture", "copy.numbers"];

impl ValuePanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let (Some(handle), Some(kind)) = (view.session.subject(), view.session.view()) else {
            Empty::new(icons::ARRAY, "No value is selected", "Select one in the tree to see it here.").show(ui);
            return;
        };
        match view.session.full_meaning(view.place, handle) {
            Outcome::Ready(meaning) => {
                self.head(ui, view, &meaning, kind, out);
                // a view may offer a part of it
                capture::offer(ui, ui.available_rect_before_wrap());
                capture::set_paper(ui.ctx(), self.paper);
                self.capture(ui, kind, &meaning);
                self.image.seen = None;
                ui.push_id(kind, |ui| self.value(ui, view, handle, &meaning, kind, out));
                self.publish(ui, view, handle, &meaning);
            }
            Outcome::Pending => {
                export_dialog::publish(ui.ctx(), None);
                let name = "Reading the elements";
                ui.vertical_centered(|ui| {
                    ui.add_space(ui.available_height() * 0.4);
                    Progress { name, fraction: None, detail: "they are written as text", cancel: false }
                        .show(ui, 260.0);
                });
            }
            Outcome::Failed(why) => {
                Empty::new(icons::BROKEN, "The value cannot be read", &why).show(ui);
            }
        }
    }

    /// Tells what is shown of an array, for exports.
    fn publish(&mut self, ui: &Ui, view: &View<'_>, handle: Handle, meaning: &Meaning) {
        let array = meaning.body.array().map(|a| &a.array).filter(|a| a.ndim() > 1);
        let fixed = self.slicing.fixed.clone();
        let shown = array.filter(|a| a.ndim() == fixed.len()).map(|_| Shown {
            place: view.place,
            handle,
            cut: Cut { row: self.slicing.row, col: self.slicing.col, fixed, ..Cut::default() },
            seen: self.image.seen.take(),
        });
        let shown = shown.map(|s| match &s.seen {
            Some(seen) => Shown { cut: Cut { turn: Turn::default(), ..seen.colors.cut.clone() }, ..s },
            None => s,
        });
        export_dialog::publish(ui.ctx(), shown);
    }

    /// Pictures and plots make pictures of themselves.
    fn capture(&mut self, ui: &Ui, kind: ViewKind, m: &Meaning) {
        let wanted = || capture::take(ui.ctx());
        match (kind, &m.body) {
            (ViewKind::Image, Body::Sparse(_)) => _ = wanted().map(|w| self.sparse.want(w)),
            (ViewKind::Image, _) => _ = wanted().map(|w| self.image.want(w)),
            (ViewKind::Plot, _) => _ = wanted().map(|w| self.plot.want(w)),
            _ => {}
        }
    }

    /// Does what a command asked of the picture.
    pub fn picture(&mut self, change: PictureChange) {
        self.paper ^= change == PictureChange::Paper;
        self.image.change(change);
    }

    /// What it is in a line, and the tabs.
    fn head(&mut self, ui: &mut Ui, view: &View<'_>, m: &Meaning, kind: ViewKind, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)).show(ui, |ui| {
            let (rect, r) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
            let painter = ui.painter_at(rect);
            let y = rect.center().y;
            let mut right = rect.right();
            if m.body.array().is_some_and(|a| !a.complete) {
                let outside = m.body.array().is_some_and(|a| a.outside.is_some());
                let (text, tone) = if outside { ("not given", Tone::Warning) } else { ("cut short", Tone::Error) };
                let chip = Chip::new(text).tone(tone).with_icon(icons::BROKEN);
                right -= chip.width(&painter);
                chip.paint(&painter, pos2(right, y), t);
                right -= theme::GAP;
            }
            let name = elide::middle(&painter, &m.kind, &fonts::strong(), (right - rect.left()) * 0.5);
            let x = name.paint_left(&painter, pos2(rect.left(), y), t.text_strong).right() + theme::GAP;
            let short = elide::middle(&painter, &m.short, &fonts::mono(), (right - x).max(0.0));
            short.paint_left(&painter, pos2(x, y), t.text_soft);
            r.on_hover_text(plain(&m.sentence));
            ui.add_space(2.0);
            let views = view.session.views();
            let shown: Vec<ViewKind> = ViewKind::ALL.iter().copied().filter(|v| views.contains(v)).collect();
            let segments: Vec<Segment<'_>> = shown
                .iter()
                .map(|v| Segment { hint: hint_of(*v), ..Segment::new(v.title()).icon(icon_of(*v)) })
                .collect();
            let at = shown.iter().position(|v| *v == kind).unwrap_or(0);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::GAP;
                let room = vec2((ui.available_width() - SAVE - theme::GAP).max(0.0), theme::CONTROL);
                let chosen = ui.allocate_ui(room, |ui| {
                    if view.focus == Some(Panel::Value) {
                        let tab = segment_id(ui, at);
                        ui.memory_mut(|m| m.request_focus(tab));
                    }
                    segmented(ui, "Views", at, &segments)
                });
                if let Some(chosen) = chosen.inner.and_then(|i| shown.get(i)) {
                    out.push(Action::SetView(*chosen));
                }
                save_menu(ui, view, out);
            });
        });
    }

    fn value(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        meaning: &Meaning,
        kind: ViewKind,
        out: &mut Vec<Action>,
    ) {
        if let Some(a) = meaning.body.array() {
            self.slicing.follow(a.array.shape());
        }
        match (kind, meaning.body.array(), &meaning.body) {
            (ViewKind::Image, Some(a), _) => {
                self.torn(ui, view, handle, a, out);
                self.image.ui(ui, view, handle, &a.array, &mut self.slicing, out);
            }
            (ViewKind::Plot, Some(a), _) => {
                self.plot.ui(ui, view, handle, Subject::Array(&a.array), &mut self.slicing, out);
            }
            (ViewKind::Plot, _, Body::Frame(f)) => {
                self.plot.ui(ui, view, handle, Subject::Frame(f), &mut self.slicing, out);
            }
            (ViewKind::Table, Some(a), _) if a.objects.is_some() => {
                self.frame.objects(ui, view, handle, a, &mut self.slicing, out);
            }
            (ViewKind::Table, Some(a), _) => self.table(ui, view, handle, a, out),
            (ViewKind::Table, _, Body::Frame(f)) => self.frame.ui(ui, view, handle, f, out),
            (ViewKind::Statistics, Some(a), _) => self.statistics.ui(ui, view, handle, a, out),
            (ViewKind::Image | ViewKind::Table, _, Body::Sparse(s)) => {
                self.sparse.ui(ui, view, handle, s, kind, out);
            }
            (ViewKind::Text, _, _) => self.text.ui(ui, view, handle, meaning, out),
            (ViewKind::Hex, _, Body::Text { span, .. } | Body::Bytes(span)) => {
                self.bytes.ui(ui, view, *span, None, out);
            }
            (ViewKind::Hex, Some(ArrayMeaning { raw: Some(span), array, .. }), _) => {
                self.bytes.ui(ui, view, *span, Some(array.dtype.item_size), out);
            }
            _ => self.summary.ui(ui, view, handle, meaning, out),
        }
    }

    /// Where a damaged file's array does not hold together.
    fn torn(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, a: &ArrayMeaning, out: &mut Vec<Action>) {
        let mended = view.session.repairs(view.place).is_some();
        let looked_for =
            (mended || view.worst() == Some(Severity::Error)) && a.objects.is_none() && a.outside.is_none();
        let found = looked_for.then(|| super::torn::of_array(view, &a.array)).flatten();
        let Some((span, found)) = found.filter(|f| !f.1.is_empty()) else {
            self.image.marked.clear();
            self.image.suspect(None);
            return;
        };
        super::torn::tell(ui, view, span.start, a.array.dtype.item_size, &found, out);
        self.image.marked = if a.array.ndim() == 2 { super::torn::marks(&found, &a.array) } else { Vec::new() };
        self.image.suspect(super::torn::sound_range(view, handle, &a.array, &found));
    }

    fn table(&mut self, ui: &mut Ui, view: &View<'_>, handle: Handle, a: &ArrayMeaning, out: &mut Vec<Action>) {
        let selected = view.selection().filter(|i| i.handle == Some(handle)).and_then(|i| i.element.as_deref());
        let range = |name: Option<&str>| match name {
            None => frame::range(view, handle, &a.array, 0),
            Some(name) => frame::range(view, handle, &a.array.field(name).ok()?, 1),
        };
        if a.array.ndim() > 2 {
            let margin = egui::Margin::symmetric(10, 0);
            egui::Frame::NONE.inner_margin(margin).show(ui, |ui| self.slicing.ui(ui, None, true));
        }
        if let Some(chosen) = self.table.ui(ui, &a.array, &mut self.slicing, selected, &range, out) {
            let item = Item::of_element(view.place, handle, chosen.index);
            out.push(Action::Select(Item { span: chosen.field, ..item }));
        }
    }
}
