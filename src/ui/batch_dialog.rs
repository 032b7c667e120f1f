//! The dialog that writes every array of a file to a folder. Must never write: it hands out the action.

use super::widgets::lazy_rows::{LazyRows, Rows};
use super::widgets::{elide, progress::Progress};
use super::{Tokens, fonts, theme};
use crate::export::Format;
use crate::export::plan::Names;
use crate::session::{Action, ArrayRow, ExportAll, Outcome, View};
use eframe::egui::{self, Align, ComboBox, Label, Layout, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};
use std::path::PathBuf;

/// Kinds that are offered.
const KINDS: [Format; 7] =
    [Format::Npy, Format::Png, Format::Tiff, Format::Csv, Format::Json, Format::Npz, Format::Bin];
/// Rows of the list at most.
const LIST: f32 = 220.0;

/// What was chosen so far.
pub struct BatchDialog {
    kind: Format,
    folder: Option<String>,
    pattern: String,
    slices: bool,
    list: LazyRows,
    /// Why there is no dialog for folders.
    why: &'static str,
}

impl Default for BatchDialog {
    fn default() -> Self {
        Self {
            kind: Format::Npy,
            folder: None,
            pattern: "{path}".to_owned(),
            slices: false,
            list: LazyRows::default(),
            why: "",
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
        self.fields(ui, &mut folder);
        let files: u64 = rows.iter().map(|r| self.files(r)).fold(0, u64::saturating_add);
        self.rows(ui, &rows, &doc.title);
        let (mut go, mut stop) = (false, false);
        ui.horizontal(|ui| {
            let words = if files == 1 { "Write 1 file".to_owned() } else { format!("Write {files} files") };
            let ready = files > 0 && !folder.trim().is_empty();
            go = ui.add_enabled(ready, egui::Button::new(words)).clicked();
            stop = ui.button("Cancel").clicked();
            let left_out = rows.iter().filter(|r| self.files(r) == 0).count();
            if left_out > 0 {
                let text = format!("{left_out} of {} arrays cannot be written as {}", rows.len(), self.kind.ending());
                ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
            }
        });
        if go {
            out.push(Action::ExportAll(ExportAll {
                doc: doc.id,
                kind: self.kind.ending(),
                dir: PathBuf::from(folder.trim()),
                pattern: self.pattern.trim().to_owned(),
                slices: self.slices,
            }));
        }
        self.folder = Some(folder);
        go || stop
    }

    fn fields(&mut self, ui: &mut Ui, folder: &mut String) {
        let t = Tokens::of(ui);
        egui::Grid::new("export all").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
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
            let label = ui.label(soft("Folder"));
            let field = TextEdit::singleline(folder).font(fonts::mono()).desired_width(f32::INFINITY);
            ui.add(field).labelled_by(label.id).on_hover_text("It is made where it is missing");
            ui.end_row();
            let label = ui.label(soft("Names"));
            let field = TextEdit::singleline(&mut self.pattern).font(fonts::mono()).desired_width(f32::INFINITY);
            let hint = "{path} is the value's path, {file} the file's name, {n} a running number";
            ui.add(field.hint_text("{path}")).labelled_by(label.id).on_hover_text(hint);
            ui.end_row();
            ui.label("");
            ui.checkbox(&mut self.slices, "Every slice of a stack as a file of its own");
            ui.end_row();
        });
    }

    /// The files that an array makes.
    fn files(&self, r: &ArrayRow) -> u64 {
        // A slice can be a picture where the whole is none.
        let sliced = self.slices && r.slices > 1;
        let holds = r.kinds.contains(&self.kind) || (sliced && r.kinds.contains(&Format::Tiff));
        match (holds, sliced) {
            (false, _) => 0,
            (true, true) => r.slices,
            (true, false) => 1,
        }
    }

    /// The arrays, and what their files will be called.
    fn rows(&mut self, ui: &mut Ui, rows: &[ArrayRow], file: &str) {
        let t = Tokens::of(ui);
        let mut names = Names::new(self.pattern.trim(), file);
        let height = (rows.len() as f32 * theme::ROW_TREE).clamp(theme::ROW_TREE, LIST);
        let named: Vec<String> = rows
            .iter()
            .take(10_000)
            .map(|r| match (self.files(r), self.slices && r.slices > 1) {
                (0, _) => String::new(),
                (n, true) => {
                    format!("{}  and {} more", names.name(&format!("{}[0]", r.path), self.kind.ending()), n - 1)
                }
                _ => names.name(&r.path, self.kind.ending()),
            })
            .collect();
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
                    let Some(r) = usize::try_from(i).ok().and_then(|i| rows.get(i)) else { return };
                    let name = usize::try_from(i).ok().and_then(|i| named.get(i)).map_or("", String::as_str);
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
