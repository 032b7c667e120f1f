//! The dialog that writes one value to a file: its kind, all of it or the slice that is shown, and for pictures the numbers
//! as they are or the colours of the window. Must never write: it hands out the action.

use super::views::image::short;
use super::{Tokens, fonts, theme, words};
use crate::export::colored::{Cut, Drawn};
use crate::export::png::Mapping;
use crate::export::{Format, plan};
use crate::machine::Handle;
use crate::session::{Action, ExportHow, ExportRequest, Place, Preview, Seen, View};
use crate::tensor::{Paint, Stretch, Turn};
use eframe::egui::{self, ComboBox, Context, Id, RichText, Role, TextEdit, Ui, WidgetInfo};
use std::path::PathBuf;

/// What the view shows of an array: the dialog offers it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The member and the value.
    pub place: Place,
    /// The value.
    pub handle: Handle,
    /// The plane, not turned.
    pub cut: Cut,
    /// How it is painted, where it is a picture.
    pub seen: Option<Seen>,
}

fn shown_id() -> Id {
    Id::unique("what the view shows of an array")
}

/// Tells what the view shows, this frame.
pub fn publish(ctx: &Context, shown: Option<Shown>) {
    ctx.data_mut(|d| match shown {
        Some(shown) => {
            d.insert_temp(shown_id(), std::sync::Arc::new(shown));
        }
        None => d.remove::<std::sync::Arc<Shown>>(shown_id()),
    });
}

/// The width of the field of the path, in points.
const FIELD: f32 = 424.0;

/// What was chosen so far.
pub struct ExportDialog {
    kind: Option<Format>,
    slice: bool,
    colored: bool,
    narrow: bool,
    here: bool,
    turned: bool,
    compress: bool,
    path: Option<String>,
    /// The user typed or picked it: it only gets another ending.
    own: bool,
    why: &'static str,
    first: bool,
}

impl ExportDialog {
    /// One that begins with a kind of file, by its ending; an empty one takes the most telling kind.
    pub fn new(kind: &str) -> Self {
        Self {
            kind: Format::from_ending(kind),
            slice: false,
            colored: true,
            narrow: false,
            here: false,
            turned: false,
            compress: false,
            path: None,
            own: false,
            why: "",
            first: true,
        }
    }

    /// The system's dialog answered: a path, or why there is none.
    pub fn browsed(&mut self, answer: Result<PathBuf, &'static str>) {
        match answer {
            Ok(path) => {
                (self.path, self.own, self.why) = (Some(path.to_string_lossy().into_owned()), true, "");
            }
            Err(why) => self.why = why,
        }
    }

    /// Draws it; true where it is done.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) -> bool {
        let t = Tokens::of(ui);
        let session = view.session;
        let (Some(handle), place) = (session.subject(), session.selection.place()) else { return true };
        let Some(meaning) = view.meaning(handle) else { return true };
        let shown = ui.ctx().data(|d| d.get_temp::<std::sync::Arc<Shown>>(shown_id()));
        let shown = shown.filter(|s| (s.place, s.handle) == (place, handle));
        let array = meaning.body.array().map(|a| &a.array);
        let cut = shown.as_ref().map(|s| &s.cut).filter(|c| array.is_some_and(|a| c.fixed.len() == a.ndim()));
        let seen = shown.as_ref().and_then(|s| s.seen.as_ref());
        let choices = view.cx().map_or_else(Vec::new, |cx| plan::choices(&cx.quick(), handle, &meaning));
        let deep = cut.is_some_and(|c| c.is_part());
        let kind = self.kind.unwrap_or_else(|| {
            let slices = deep && seen.is_some();
            let fits =
                |f: Format| choices.iter().any(|(k, can)| *k == f && (can.is_ok() || (slices && f == Format::Png)));
            let first = if seen.is_some() { Format::Png } else { Format::Npy };
            [first, Format::Npy, Format::Csv, Format::Bin, Format::Json].into_iter().find(|f| fits(*f)).unwrap_or(first)
        });
        self.kind = Some(kind);
        if std::mem::take(&mut self.first) {
            // a picture of a stack is one of its slices; numbers are all of them
            self.slice = deep && kind == Format::Png;
        }
        ui.horizontal(|ui| {
            ui.label(RichText::new("Export").font(fonts::title()).color(t.text_strong));
            let path = super::views::image::path_of(view);
            let what = if path.is_empty() { meaning.short.clone() } else { format!("{path}   {}", meaning.short) };
            ui.add(egui::Label::new(RichText::new(what).font(fonts::mono()).color(t.text_soft)).truncate());
        });
        ui.add_space(theme::GAP_S);
        let picture = kind == Format::Png && array.is_some();
        let before = kind;
        let mapped = session.preview(&self.request(place, handle, kind, cut, seen, deep)).is_ok_and(|p| p.mapped);
        egui::Grid::new("export").num_columns(2).spacing([14.0, 8.0]).min_col_width(64.0).show(ui, |ui| {
            self.kinds(ui, &choices, deep && cut.is_some());
            if let Some(cut) = cut.filter(|_| deep && !(picture && self.colored && seen.is_some())) {
                self.parts(ui, cut, array.map_or(&[], |a| a.shape()));
            }
            if let Some(seen) = seen.filter(|_| picture) {
                self.colors(ui, seen);
            }
            if picture && mapped {
                self.mapped(ui, seen);
            }
            let turn = seen.map_or(Turn::default(), |s| s.colors.cut.turn);
            let plane = picture || self.slice;
            if turn != Turn::default() && plane && array.is_some() {
                ui.label("");
                let hint = "Rows and columns as they stand in the window; else as they are stored";
                ui.checkbox(&mut self.turned, "Turned as in the window").on_hover_text(hint);
                ui.end_row();
            }
            if matches!(kind, Format::Tiff | Format::Npz) {
                ui.label("");
                ui.checkbox(&mut self.compress, "Deflate").on_hover_text("Smaller, and slower to write and to read");
                ui.end_row();
            }
        });
        let kind = self.kind.unwrap_or(before);
        let mut request = self.request(place, handle, kind, cut, seen, deep);
        let preview = session.preview(&request);
        let mut path = self.path.take().filter(|_| self.own).unwrap_or_else(|| {
            let folder = session.settings.folder.clone().unwrap_or_default();
            let part = request.how.cut.as_ref().or(request.how.colors.as_ref().map(|s| &s.colors.cut));
            let part = part.filter(|_| deep).map(|c| plan::safe(&c.text())).filter(|p| !p.is_empty());
            let part = part.map_or_else(String::new, |p| format!("_{p}"));
            let name = format!("{}{part}.{}", session.name_of_selection(), kind.ending());
            folder.join(name).to_string_lossy().into_owned()
        });
        if kind != before && kind == Format::Png {
            self.slice = deep;
        }
        if kind != before && self.own {
            path = PathBuf::from(path).with_extension(kind.ending()).to_string_lossy().into_owned();
        }
        ui.add_space(theme::GAP_S);
        let enter = self.file(ui, &mut path, out);
        let to = super::dialogs::typed_path(&path);
        let taken = session.is_taken(&to);
        said(ui, &preview, taken, self.why);
        let (mut go, mut stop) = (enter, false);
        ui.add_space(theme::GAP_S);
        ui.horizontal(|ui| {
            let words = if taken { "Replace it" } else { "Export" };
            go |= ui.add_enabled(preview.is_ok() && !path.trim().is_empty(), egui::Button::new(words)).clicked();
            stop = ui.button("Cancel").clicked();
        });
        self.path = Some(path);
        if go && preview.is_ok() && !to.as_os_str().is_empty() {
            request.to = Some(to);
            out.push(Action::Export(request));
            return true;
        }
        stop
    }

    fn kinds(&mut self, ui: &mut Ui, choices: &[plan::Choice], slices: bool) {
        let label = ui.label("Kind");
        let now = self.kind.map_or("", Format::title);
        let combo = ComboBox::from_id_salt("kind of file").selected_text(now).width(260.0);
        let shown = combo.show_ui(ui, |ui| {
            for (f, can) in choices {
                // a slice can be a picture where the whole is none
                let can = can.as_ref().map_err(String::as_str);
                let ok = can.is_ok() || (slices && matches!(f, Format::Png | Format::Tiff));
                let row = egui::Button::selectable(self.kind == Some(*f), f.title());
                let r = ui.add_enabled(ok, row);
                if let Err(why) = can {
                    if r.on_disabled_hover_text(why).clicked() {
                        self.kind = Some(*f);
                    }
                } else if r.clicked() {
                    self.kind = Some(*f);
                }
            }
        });
        shown.response.labelled_by(label.id);
        ui.end_row();
    }

    fn parts(&mut self, ui: &mut Ui, cut: &Cut, shape: &[u64]) {
        ui.label("Part");
        ui.horizontal(|ui| {
            let all = format!("All of it, {}", crate::tensor::tuple(shape));
            ui.radio_value(&mut self.slice, false, all);
            ui.radio_value(&mut self.slice, true, format!("This slice, {}", cut.text()));
        });
        ui.end_row();
    }

    fn colors(&mut self, ui: &mut Ui, seen: &Seen) {
        let t = Tokens::of(ui);
        ui.label("Pixels");
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let hint =
                "A pixel for each element in exactly the window's colour; range, stretch and colours are told in it";
            ui.radio_value(&mut self.colored, true, "As coloured here").on_hover_text(hint);
            let indented = |ui: &mut Ui, text: String| {
                ui.horizontal(|ui| {
                    ui.add_space(20.0);
                    ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
                });
            };
            indented(ui, words_of(seen));
            let hint = "8- and 16-bit numbers exactly, others mapped to grey; the mapping is told in the file";
            ui.radio_value(&mut self.colored, false, "As the numbers are").on_hover_text(hint);
            indented(ui, "grey, or the channels themselves".to_owned());
        });
        ui.end_row();
    }

    /// How numbers that no grey holds exactly become grey.
    fn mapped(&mut self, ui: &mut Ui, seen: Option<&Seen>) {
        ui.label("Grey");
        ui.horizontal(|ui| {
            ui.radio_value(&mut self.narrow, false, "16 bits");
            ui.radio_value(&mut self.narrow, true, "8 bits");
            if let Some(scale) = seen.and_then(|s| s.colors.paint.scale()) {
                let text = format!("The range here, {} to {}", short(scale.lo), short(scale.hi));
                let hint =
                    "From black to white, with the window's stretch; else evenly from the least to the greatest number";
                ui.checkbox(&mut self.here, text).on_hover_text(hint);
            }
        });
        ui.end_row();
    }

    /// The field of the path; true when Enter was pressed in it.
    fn file(&mut self, ui: &mut Ui, path: &mut String, out: &mut Vec<Action>) -> bool {
        let grid = egui::Grid::new("export to").num_columns(2).spacing([14.0, 8.0]).min_col_width(64.0);
        let shown = grid.show(ui, |ui| {
            let label = ui.label("Write to");
            let enter = ui.horizontal(|ui| {
                let field = TextEdit::singleline(path).font(fonts::mono()).margin(egui::vec2(8.0, 5.0));
                let r = ui.add(field.desired_width(FIELD)).labelled_by(label.id);
                r.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Write to"));
                self.own |= r.changed();
                let enter = r.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
                if ui.button("Browse…").on_hover_text("Choose the place in the system's dialog").clicked() {
                    out.push(Action::Browse { folder: false, from: super::dialogs::typed_path(path) });
                }
                enter
            });
            enter.inner
        });
        shown.inner
    }

    fn request(
        &self,
        place: Place,
        handle: Handle,
        kind: Format,
        cut: Option<&Cut>,
        seen: Option<&Seen>,
        deep: bool,
    ) -> ExportRequest {
        let colored = seen.filter(|_| kind == Format::Png && self.colored);
        let turn = if self.turned { seen.map_or(Turn::default(), |s| s.colors.cut.turn) } else { Turn::default() };
        let mut how = ExportHow { compress: self.compress, ..ExportHow::default() };
        if let Some(seen) = colored {
            let mut seen = seen.clone();
            seen.colors.cut.turn = turn;
            how.colors = Some(Box::new(seen));
        } else {
            let plane = (deep && self.slice) || (turn != Turn::default() && (self.slice || kind == Format::Png));
            how.cut = cut.filter(|_| plane).map(|c| Cut { turn, ..c.clone() });
            let scale = seen.and_then(|s| s.colors.paint.scale()).filter(|_| self.here);
            how.mapping = Mapping {
                narrow: self.narrow,
                range: scale.map(|s| (s.lo, s.hi)),
                stretch: scale.map_or(Stretch::Linear, |s| s.stretch),
                part: seen.map(|s| s.colors.part),
                ..Mapping::default()
            };
        }
        ExportRequest { place, handle, kind: kind.ending(), to: None, how }
    }
}

/// What would be written, and what stands in the way.
fn said(ui: &mut Ui, preview: &Result<Preview, String>, taken: bool, why: &str) {
    let t = Tokens::of(ui);
    let small = |text: String, color| RichText::new(text).font(fonts::small()).color(color);
    match preview {
        Ok(p) => {
            let packed = if p.packed { " before compression" } else { "" };
            let size = p.bytes.map_or_else(String::new, |b| format!(" · {}{packed}", words::size(b)));
            ui.label(small(format!("{}{size}", p.what), t.text_soft));
        }
        Err(why) => {
            ui.label(small(format!("It cannot be written so: {why}"), t.error));
        }
    }
    if taken {
        ui.label(small("A file of that name is there already.".to_owned(), t.warning));
    }
    if !why.is_empty() {
        ui.label(small(why.to_owned(), t.warning));
    }
}

/// The colours of a picture in words.
fn words_of(seen: &Seen) -> String {
    let c = &seen.colors;
    let range = c.paint.scale().map_or_else(String::new, |s| {
        let stretch = if s.stretch == Stretch::Linear { String::new() } else { format!("{}, ", s.stretch.name()) };
        format!("{stretch}{} to {}", short(s.lo), short(s.hi))
    });
    let part = if c.cut.is_part() { format!("{}  ", c.cut.text()) } else { String::new() };
    part + &match (&c.paint, c.drawn) {
        (Paint::Category { .. }, _) => "labels, a colour each".to_owned(),
        (_, Drawn::Rgb) => format!("red, green and blue, {range}"),
        (_, Drawn::Domain) => format!("domain colour, {range}"),
        (_, Drawn::Difference) => format!("the difference, {}, {range}", c.colormap),
        (_, Drawn::Values) => format!("{}, {range}", c.colormap),
    }
}
