//! The dialog that writes every array of a file to a folder: the kind and its options, the names with what they will be, how
//! many files and bytes, and what becomes of files that are there. Must never write: it hands out the action.

use super::widgets::lazy_rows::{LazyRows, Rows};
use super::widgets::{elide, progress::Progress};
use super::{Tokens, dialogs, fonts, theme, words};
use crate::export::Format;
use crate::export::batch::Taken;
use crate::export::plan::Names;
use crate::export::png::Mapping;
use crate::session::{Action, ArrayRow, ExportAll, Outcome, View};
use crate::tensor::Colormap;
use eframe::egui::{self, Align, ComboBox, Label, Layout, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};
use std::path::{Path, PathBuf};

/// Kinds that are offered.
const KINDS: [Format; 7] =
    [Format::Npy, Format::Png, Format::Tiff, Format::Csv, Format::Json, Format::Npz, Format::Bin];
/// Rows of the list at most.
const LIST: f32 = 200.0;
/// The width of fields, in points.
const FIELD: f32 = 416.0;
/// Names that are made, and looked for in the folder.
const NAMED: usize = 10_000;

/// What was chosen so far.
pub struct BatchDialog {
    kind: Format,
    folder: Option<String>,
    pattern: String,
    slices: bool,
    /// Slices of one array have one range of colours.
    shared: bool,
    narrow: bool,
    map: Option<Colormap>,
    compress: bool,
    together: bool,
    taken: Taken,
    list: LazyRows,
    /// Why there is no dialog for folders.
    why: &'static str,
    /// The files that were looked for, and how many of them are there.
    found: Option<(Key, Vec<String>, usize)>,
}

/// What names depend on.
type Key = (Format, PathBuf, String, bool, bool);

impl Default for BatchDialog {
    fn default() -> Self {
        Self {
            kind: Format::Npy,
            folder: None,
            pattern: "{path}".to_owned(),
            slices: false,
            shared: true,
            narrow: false,
            map: None,
            compress: false,
            together: true,
            taken: Taken::default(),
            list: LazyRows::default(),
            why: "",
            found: None,
        }
    }
}

impl BatchDialog {
    /// The system's dialog answered: a folder, or why there is none.
    pub fn browsed(&mut self, answer: Result<PathBuf, &'static str>) {
        match answer {
            Ok(path) => (self.folder, self.why) = (Some(path.to_string_lossy().into_owned()), ""),
            Err(why) => self.why = why,
        }
    }

    /// Draws it; true where it is done.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) -> bool {
        let t = Tokens::of(ui);
        ui.label(RichText::new("Export all arrays").font(fonts::title()).color(t.text_strong));
        let Some(doc) = view.doc else { return true };
        let rows = match view.session.arrays_to_export(doc.id) {
            Outcome::Ready(rows) => rows,
            Outcome::Pending => {
                Progress { name: "Looking for arrays", fraction: None, detail: "", cancel: false }.show(ui, 260.0);
                return false;
            }
            Outcome::Failed(why) => {
                ui.label(RichText::new(&*why).color(t.error));
                return false;
            }
        };
        let stem = doc.title.split('.').next().filter(|s| !s.is_empty()).unwrap_or("pickle");
        let home = || {
            // told in full, wherever the program was started
            let path = doc.path.as_ref().and_then(|p| std::path::absolute(p).ok());
            let beside = path.and_then(|p| Some(p.parent()?.to_owned()));
            beside.or_else(|| view.session.settings.folder.clone()).unwrap_or_default()
        };
        let mut folder =
            self.folder.clone().unwrap_or_else(|| home().join(format!("{stem}_arrays")).to_string_lossy().into_owned());
        ui.add_space(theme::GAP_S);
        self.fields(ui, &mut folder, out);
        let dir = dialogs::typed_path(&folder);
        self.look(&rows, &doc.title, &dir, view);
        ui.add_space(theme::GAP_S);
        self.rows(ui, &rows);
        let files = self.count(&rows);
        self.told(ui, &rows, files);
        let (mut go, mut stop) = (false, false);
        ui.horizontal(|ui| {
            let words =
                if files == 1 { "Write 1 file".to_owned() } else { format!("Write {} files", words::grouped(files)) };
            let ready = files > 0 && !dir.as_os_str().is_empty();
            go = ui.add_enabled(ready, egui::Button::new(words)).clicked();
            stop = ui.button("Cancel").clicked();
        });
        if go {
            out.push(Action::ExportAll(ExportAll {
                doc: doc.id,
                kind: self.kind.ending(),
                dir,
                pattern: self.pattern.trim().to_owned(),
                slices: self.slices,
                mapping: Mapping {
                    colormap: self.map,
                    narrow: self.narrow,
                    always: self.map.is_some(),
                    ..Mapping::default()
                },
                compress: self.compress,
                shared: self.shared,
                together: self.is_together(),
                taken: self.taken,
            }));
        }
        self.folder = Some(folder);
        go || stop
    }

    fn is_together(&self) -> bool {
        self.kind == Format::Npz && self.together
    }

    fn fields(&mut self, ui: &mut Ui, folder: &mut String, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        egui::Grid::new("export all").num_columns(2).spacing([14.0, 8.0]).show(ui, |ui| {
            let soft = |text: &str| RichText::new(text).color(t.text_soft);
            let label = ui.label(soft("Kind"));
            let combo = ComboBox::from_id_salt("kind of files").selected_text(self.kind.title()).width(240.0);
            let shown = combo.show_ui(ui, |ui| {
                for k in KINDS {
                    ui.selectable_value(&mut self.kind, k, k.title());
                }
            });
            shown.response.labelled_by(label.id);
            ui.end_row();
            self.options(ui);
            let label = ui.label(soft("Folder"));
            ui.horizontal(|ui| {
                let field = TextEdit::singleline(folder).font(fonts::mono()).desired_width(FIELD);
                ui.add(field).labelled_by(label.id).on_hover_text("It is made where it is missing");
                if ui.button("Browse…").on_hover_text("Choose the folder in the system's dialog").clicked() {
                    out.push(Action::Browse { folder: true, from: dialogs::typed_path(folder) });
                }
            });
            ui.end_row();
            if !self.why.is_empty() {
                ui.label("");
                ui.label(RichText::new(self.why).font(fonts::small()).color(t.warning));
                ui.end_row();
            }
            if !self.is_together() {
                let label = ui.label(soft("Names"));
                ui.horizontal(|ui| {
                    let field = TextEdit::singleline(&mut self.pattern).font(fonts::mono()).desired_width(240.0);
                    let hint = "{path} is the value's path, {file} the file's name, {n} a running number";
                    ui.add(field.hint_text("{path}")).labelled_by(label.id).on_hover_text(hint);
                    for (part, hint) in
                        [("{path}", "The value's path"), ("{file}", "The file's name"), ("{n}", "A running number")]
                    {
                        if ui.small_button(RichText::new(part).font(fonts::mono_small())).on_hover_text(hint).clicked()
                        {
                            self.pattern.push_str(part);
                        }
                    }
                });
                ui.end_row();
            }
            let label = ui.label(soft("If there already"));
            let combo = ComboBox::from_id_salt("there already").selected_text(self.taken.title()).width(240.0);
            let shown = combo.show_ui(ui, |ui| {
                for k in Taken::ALL {
                    ui.selectable_value(&mut self.taken, k, k.title());
                }
            });
            shown.response.labelled_by(label.id);
            ui.end_row();
        });
    }

    /// What is chosen about the kind.
    fn options(&mut self, ui: &mut Ui) {
        let picture = self.kind == Format::Png;
        if !self.is_together() {
            ui.label("");
            ui.horizontal(|ui| {
                let hint = "Each picture of an array with more than two axes";
                ui.checkbox(&mut self.slices, "Every slice of a stack as a file of its own").on_hover_text(hint);
                if picture && self.slices {
                    let hint = "The colours of all slices of an array mean the same; else each has a range of its own";
                    ui.checkbox(&mut self.shared, "One range for all slices").on_hover_text(hint);
                }
            });
            ui.end_row();
        }
        match self.kind {
            Format::Png => {
                ui.label("");
                ui.horizontal(|ui| {
                    let now = self.map.map_or("as the numbers are", Colormap::name);
                    let combo = ComboBox::from_id_salt("colours").selected_text(now).width(150.0).height(360.0);
                    let shown = combo.show_ui(ui, |ui| {
                        ui.selectable_value(&mut self.map, None, "as the numbers are");
                        for m in Colormap::ALL {
                            ui.selectable_value(&mut self.map, Some(*m), m.name());
                        }
                    });
                    shown.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Colours"));
                    if self.map.is_none() {
                        let hint =
                            "Of numbers that no grey holds exactly; those of 8 and 16 bits are written as they are";
                        ui.radio_value(&mut self.narrow, false, "16 bits").on_hover_text(hint);
                        ui.radio_value(&mut self.narrow, true, "8 bits").on_hover_text(hint);
                    }
                });
                ui.end_row();
            }
            Format::Tiff | Format::Npz => {
                ui.label("");
                ui.horizontal(|ui| {
                    ui.checkbox(&mut self.compress, "Deflate");
                    if self.kind == Format::Npz {
                        let hint = "As numpy.savez does; each array under the name of its path";
                        ui.checkbox(&mut self.together, "All in one file").on_hover_text(hint);
                    }
                });
                ui.end_row();
            }
            _ => {}
        }
    }

    /// The files that an array makes.
    fn files(&self, r: &ArrayRow) -> u64 {
        // A slice can be a picture where the whole is none.
        let sliced = self.slices && r.slices > 1 && !self.is_together();
        let holds = r.kinds.contains(&self.kind) || (sliced && r.kinds.contains(&Format::Tiff));
        match (holds, sliced) {
            (false, _) => 0,
            (true, true) => r.slices,
            (true, false) => 1,
        }
    }

    fn count(&self, rows: &[ArrayRow]) -> u64 {
        let files = rows.iter().map(|r| self.files(r)).fold(0, u64::saturating_add);
        if self.is_together() { files.min(1) } else { files }
    }

    /// Bytes of pixels or elements; `None` where the kind is text.
    fn bytes(&self, r: &ArrayRow) -> Option<u64> {
        match self.kind {
            _ if self.files(r) == 0 => Some(0),
            Format::Csv | Format::Json | Format::Py => None,
            Format::Png => {
                let each = match (self.map, r.exact) {
                    (Some(_), _) => 3,
                    (None, Some(n)) => n,
                    (None, None) if self.narrow => 1,
                    (None, None) => 2,
                };
                Some(r.len.saturating_mul(each))
            }
            _ => Some(r.bytes),
        }
    }

    /// Makes the names, and looks which of them are there.
    fn look(&mut self, rows: &[ArrayRow], title: &str, dir: &Path, view: &View<'_>) {
        let key = (self.kind, dir.to_owned(), self.pattern.trim().to_owned(), self.slices, self.is_together());
        if self.found.as_ref().is_some_and(|f| f.0 == key) {
            return;
        }
        let mut names = Names::new(if self.is_together() { "{file}" } else { self.pattern.trim() }, title);
        let together = self.is_together().then(|| names.name("", "npz"));
        let mut there = 0;
        let named: Vec<String> = rows
            .iter()
            .take(NAMED)
            .map(|r| match (self.files(r), self.slices && r.slices > 1, &together) {
                (0, ..) => String::new(),
                (_, _, Some(name)) => {
                    let path = crate::export::plan::safe(&r.path);
                    format!("{name}: {}", if path.is_empty() { "arr_0" } else { path.as_str() })
                }
                (n, true, None) => {
                    let name = names.name(&format!("{}{}", r.path, r.first), self.kind.ending());
                    there += usize::from(view.session.is_taken(&dir.join(&name)));
                    format!("{name}  and {} more", n - 1)
                }
                (_, false, None) => {
                    let name = names.name(&r.path, self.kind.ending());
                    there += usize::from(view.session.is_taken(&dir.join(&name)));
                    name
                }
            })
            .collect();
        there += together.map_or(0, |name| usize::from(view.session.is_taken(&dir.join(name))));
        self.found = Some((key, named, there));
    }

    /// How many files and bytes it will be, and what stands in the way.
    fn told(&self, ui: &mut Ui, rows: &[ArrayRow], files: u64) {
        let t = Tokens::of(ui);
        let packed = self.kind == Format::Png || (self.compress && matches!(self.kind, Format::Tiff | Format::Npz));
        let bytes = rows.iter().map(|r| self.bytes(r)).try_fold(0_u64, |n, b| Some(n.saturating_add(b?)));
        let size = match bytes {
            Some(b) => format!(", {}{}", words::size(b), if packed { " before compression" } else { "" }),
            None => ", as large as their text".to_owned(),
        };
        let (arrays, left_out) = (rows.len(), rows.iter().filter(|r| self.files(r) == 0).count());
        let of = if arrays == 1 { "1 array".to_owned() } else { format!("{arrays} arrays") };
        let many = if files == 1 { "1 file".to_owned() } else { format!("{} files", words::grouped(files)) };
        let mut line = format!("{many} of {of}{}", if files > 0 { size.as_str() } else { "" });
        if left_out > 0 {
            line.push_str(&format!("; {left_out} cannot be written as {}", self.kind.ending()));
            let stacks = rows.iter().filter(|r| self.files(r) == 0 && r.slices > 1 && r.kinds.contains(&Format::Tiff));
            if stacks.count() > 0 && !self.slices && self.kind == Format::Png {
                line.push_str(": of stacks choose every slice");
            }
        }
        ui.label(RichText::new(line).font(fonts::small()).color(t.text_soft));
        let there = self.found.as_ref().map_or(0, |f| f.2);
        if there > 0 {
            let (are, them) = if there == 1 { ("1 file is", "it") } else { ("files are", "them") };
            let n = if there == 1 { String::new() } else { format!("{there} ") };
            let line = match self.taken {
                Taken::Number => format!("{n}{are} there already: new ones are numbered"),
                Taken::Keep => format!("{n}{are} there already: nothing is written instead of {them}"),
                Taken::Replace => format!("{n}{are} there already and will be replaced"),
            };
            ui.label(RichText::new(line).font(fonts::small()).color(t.warning));
        }
        ui.add_space(theme::GAP_S);
    }

    /// The arrays, and what their files will be called.
    fn rows(&mut self, ui: &mut Ui, rows: &[ArrayRow]) {
        let t = Tokens::of(ui);
        let height = (rows.len() as f32 * theme::ROW_TREE).clamp(theme::ROW_TREE, LIST);
        let layout = Layout::top_down(Align::Min);
        egui::Frame::new().fill(t.base).corner_radius(theme::RADIUS).inner_margin(4.0).show(ui, |ui| {
            ui.allocate_ui_with_layout(vec2(ui.available_width(), height), layout, |ui| {
                ui.set_min_height(height);
                if rows.is_empty() {
                    ui.add(Label::new(RichText::new("The file holds no arrays.").color(t.text_soft)));
                    return;
                }
                let list = Rows::new("Arrays", rows.len() as u64, theme::ROW_TREE).scrolling();
                let mut list_state = self.list;
                list_state.show(ui, &list, |ui, i, rect| {
                    let at = usize::try_from(i).ok();
                    let Some(r) = at.and_then(|i| rows.get(i)) else { return };
                    let named = self.found.as_ref().and_then(|f| f.1.get(at?));
                    let name = named.map_or("", String::as_str);
                    let on = self.files(r) > 0;
                    let painter = ui.painter_at(rect);
                    let (middle, third) = (rect.center().y, rect.width() / 3.0);
                    let at = |k: f32| egui::pos2(rect.left() + 4.0 + k * third, middle);
                    let color = if on { t.text_normal } else { t.faint };
                    let path = if r.path.is_empty() { "(root)" } else { &r.path };
                    elide::middle(&painter, path, &fonts::mono(), third - 8.0).paint_left(&painter, at(0.0), color);
                    let soft = if on { t.text_soft } else { t.faint };
                    elide::middle(&painter, &r.what, &fonts::mono(), third - 8.0).paint_left(&painter, at(1.0), soft);
                    let told = if on { name } else { "left out" };
                    elide::middle(&painter, told, &fonts::mono(), third - 8.0).paint_left(&painter, at(2.0), soft);
                    let row = ui.interact(rect, ui.scope_id().with("row"), egui::Sense::hover());
                    row.widget_info(|| WidgetInfo::labeled(Role::Label, on, format!("{path}: {told}")));
                });
                self.list = list_state;
            });
        });
        ui.add_space(theme::GAP_S);
    }
}
