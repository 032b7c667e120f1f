//! The panel of the tree of values: keys, types, short values, shapes, sizes, sharing.
//! Must never do more work in a frame than its visible rows need; a search is work beside the frame.

mod places;

use super::branches::Branch;
use super::machine::value::At;
use super::problems;
use super::thumbs::Thumbs;
use crate::interpret::{Body, Cx, Meaning, Seg};
use crate::machine::{Beginning, Cure, Handle, Node, Value, is_of_the_whole};
use crate::session::{Action, CopyWhat, Found, Item, Outcome, Panel, Place, Trail, View, ViewKind};
use crate::source::{Diagnostic, Severity};
use crate::ui::icons::{self, Icon};
use crate::ui::widgets::chip::{Chip, Tone};
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::lazy_rows::{Align, Intent, LazyRows, Rows};
use crate::ui::widgets::search_field::{Hits, SearchField};
use crate::ui::widgets::tree_row::{Column, Picture, TreeRow};
use crate::ui::{Tokens, words};
use eframe::egui::{self, Color32, Ui};
use places::{Of, Places};
use std::collections::{HashSet, VecDeque};

/// Rows that "open all" opens.
const OPENED: usize = 2_000;
/// Levels that are opened down to a selected value.
const DEEP: usize = 1_000;
/// Rows up to which a value is opened that nobody asked for.
const LONG: u64 = 24;

/// What the panel keeps from frame to frame.
pub struct ValuesPanel {
    place: Option<Place>,
    scanned: u64,
    version: u64,
    places: Places,
    /// The row that was chosen while values are shown as they were at an op: there it has no trail.
    cursor: Option<Vec<u64>>,
    tree: Branch<Of>,
    rows: LazyRows,
    found_rows: LazyRows,
    serial: u64,
    filter: String,
    thumbs: Thumbs,
    members: super::members::Members,
}

impl Default for ValuesPanel {
    fn default() -> Self {
        Self {
            place: None,
            scanned: 0,
            version: 0,
            places: Places::default(),
            cursor: None,
            tree: Branch::new(Of::Tops, 0),
            rows: LazyRows::default(),
            found_rows: LazyRows::default(),
            serial: 0,
            filter: String::new(),
            thumbs: Thumbs::default(),
            members: super::members::Members::default(),
        }
    }
}

impl ValuesPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(cx) = view.cx() else { return };
        self.follow(view, &cx);
        let t = Tokens::of(ui);
        let hits = view.session.find_values(view.place, &self.filter);
        let mut entered = false;
        egui::Frame::NONE.fill(t.panel).inner_margin(egui::Margin::symmetric(6, 4)).show(ui, |ui| {
            let shown = match &hits {
                Some(Outcome::Pending) => Hits::Counting(0),
                Some(Outcome::Ready(found)) => Hits::Count(found.len() as u64),
                Some(Outcome::Failed(_)) => Hits::Invalid,
                None => Hits::None,
            };
            let field = SearchField {
                text: &mut self.filter,
                name: "Filter values",
                hint: "Filter keys, types, values",
                hits: shown,
                steps: false,
                width: ui.available_width(),
            };
            let o = field.show(ui);
            if view.find == Some(Panel::Values) {
                o.response.request_focus();
            }
            if o.changed {
                self.found_rows = LazyRows::default();
            }
            entered = o.next;
        });
        self.members.ui(ui, view, out);
        if let Some(op) = self.places.instant {
            instant_bar(ui, cx.stream, op, out);
        }
        match hits {
            None => self.tree_ui(ui, view, &cx, out),
            Some(Outcome::Ready(found)) if found.is_empty() => {
                Empty::new(icons::SEARCH, "Nothing found", "No key, type or value holds this text.").show(ui);
            }
            Some(Outcome::Ready(found)) => {
                if entered && let Some(hit) = found.first() {
                    out.push(Action::Select(Item::of_row(view.place, hit.handle, hit.trail.clone())));
                }
                self.found_ui(ui, view, &cx, &found, out);
            }
            Some(Outcome::Failed(why)) => {
                Empty::new(icons::SEARCH, "The search failed", &why).show(ui);
            }
            Some(Outcome::Pending) => {
                Empty::new(icons::SEARCH, "Searching…", "").show(ui);
            }
        }
    }

    /// Notes what a scan added, and opens the tree down to a new selection.
    fn follow(&mut self, view: &View<'_>, cx: &Cx<'_>) {
        if self.place != Some(view.place) {
            let (filter, thumbs) = (std::mem::take(&mut self.filter), std::mem::take(&mut self.thumbs));
            let members = std::mem::take(&mut self.members);
            *self = Self { place: Some(view.place), filter, thumbs, members, ..Self::default() };
        }
        let stream = cx.stream;
        let mut again = Vec::new();
        let instant = view.selection().and_then(|s| s.op).filter(|_| view.session.values_at_op && !stream.is_content());
        if self.version != stream.version || self.places.instant != instant {
            // Other bytes, other values: what was open is opened again where it still is.
            self.version = stream.version;
            again = self.tree.opened(OPENED);
            self.places = instant.map_or_else(Places::default, |op| Places::at(cx, op));
            self.tree = Branch::new(Of::Tops, 0);
        }
        if self.scanned != stream.seen() || self.tree.len() == 0 {
            self.scanned = stream.seen();
            match instant {
                Some(op) => self.places = Places::at(cx, op),
                None => self.places.follow(cx),
            }
            let first = self.tree.len() == 0;
            let n = self.places.len();
            let places = &self.places;
            self.tree.refresh(&mut |of| match of {
                Of::Tops => n,
                Of::Value(h) => places.count(cx, h),
            });
            if first && n == 1 {
                self.open(cx, &[0]);
            }
            if first {
                self.open_grown(cx);
            }
            for steps in again {
                self.open(cx, &steps);
            }
        }
        if self.serial != view.session.serial {
            self.serial = view.session.serial;
            if let Some(trail) = view.selection().and_then(|s| s.trail.as_ref())
                && let Some(steps) = self.places.steps_of(cx, trail).filter(|s| s.len() < DEEP)
            {
                for n in 1..steps.len() {
                    self.open(cx, &steps[..n]);
                }
                if let Some(row) = self.tree.row_of(&steps) {
                    self.rows.scroll_to(row, Align::Center);
                }
            }
        }
    }

    /// Opens the way to the value that was being built when the pickle ended.
    fn open_grown(&mut self, cx: &Cx<'_>) {
        let trail = self.places.newest();
        let Some(steps) = trail.and_then(|t| self.places.steps_of(cx, &t)).filter(|s| s.len() < 40) else { return };
        for n in 1..steps.len() {
            let row = self.tree.row_of(&steps[..n]).and_then(|r| self.tree.row(r));
            let h = row.and_then(|r| self.places.handle_of(cx, r.parent, r.index));
            // What comes behind a long list is not to be pushed out of view by it.
            if n > 1 && h.is_some_and(|h| self.places.count(cx, h) > LONG) {
                break;
            }
            self.open(cx, &steps[..n]);
        }
    }

    fn open(&mut self, cx: &Cx<'_>, steps: &[u64]) {
        let Some(row) = self.tree.row_of(steps).and_then(|r| self.tree.row(r)) else { return };
        if let Some(h) = self.places.handle_of(cx, row.parent, row.index) {
            self.tree.open(steps, Of::Value(h), self.places.count(cx, h));
        }
    }

    /// Opens a value and what is in it, level by level, as far as is sensible.
    fn open_all(&mut self, cx: &Cx<'_>, steps: &[u64]) {
        let mut queue = VecDeque::from([steps.to_vec()]);
        let mut left = OPENED;
        let mut seen = HashSet::new();
        while let Some(steps) = queue.pop_front() {
            let Some(row) = self.tree.row_of(&steps).and_then(|r| self.tree.row(r)) else { continue };
            let Some(h) = self.places.handle_of(cx, row.parent, row.index).filter(|h| seen.insert(*h)) else {
                continue;
            };
            let n = self.places.count(cx, h);
            if n == 0 || n > left as u64 {
                continue;
            }
            left -= n as usize;
            self.tree.open(&steps, Of::Value(h), n);
            queue.extend((0..n).map(|i| steps.iter().copied().chain([i]).collect()));
        }
    }

    fn tree_ui(&mut self, ui: &mut Ui, view: &View<'_>, cx: &Cx<'_>, out: &mut Vec<Action>) {
        if self.places.tops.is_empty() {
            let whole = |p: &Diagnostic| match problems::ProblemsPanel::cure(view, p).as_deref() {
                Some(Some(cure @ Cure::Whole(_))) => Some(cure.clone()),
                _ => None,
            };
            let mut causes = cx.stream.problems.iter().filter(|p| is_of_the_whole(p.code));
            match causes.find_map(|p| Some((p, whole(p)?))) {
                Some((p, cure)) => {
                    if Empty::new(icons::TREE, "No value", &p.message).action("Show repaired").show(ui) {
                        out.push(Action::OpenRepaired { place: view.place, cure });
                    }
                }
                None => {
                    Empty::new(icons::TREE, "No value", "The pickle ends before it has built one.").show(ui);
                }
            }
            return;
        }
        let rows = Rows::tree("Values", self.tree.rows());
        let selected = view.selection().and_then(|s| s.trail.as_ref());
        let (mut toggled, mut clicked, mut all) = (None, None, None);
        let mut position = self.rows;
        let mut thumbs = std::mem::take(&mut self.thumbs);
        let shown = position.show(ui, &rows, |ui, n, rect| {
            let Some(row) = self.tree.row(n) else { return };
            let Some((key, seg, handle)) = self.label(cx, row.parent, row.index) else { return };
            let trail = self.places.trail_of(cx, &row.steps);
            let item = self.item(view, handle, trail.clone());
            let now = self.places.instant.map(|op| At { view, stream: cx.stream, op });
            let look = Look {
                depth: row.steps.len() as u32 - 1,
                open: Some(row.open).filter(|_| self.places.count(cx, handle) > 0),
                key: &key,
                beginning: self.beginning(cx, row.parent, row.index),
                growing: self.places.grows(handle).then(|| self.places.count(cx, handle)),
                index: matches!(seg, Some(Seg::Index(_))),
                now: now.as_ref().map(|at| at.text(handle)),
                selected: match now {
                    Some(_) => view.selection().is_some_and(|s| s.handle == Some(handle)),
                    None => selected.is_some() && selected == trail.as_ref(),
                },
                hovered: view.hover().is_some_and(|i| i.handle == Some(handle)),
            };
            let done = value_row(ui, view, cx, handle, &look, &mut thumbs, rect);
            let Some(item) = item else { return };
            if done.caret_clicked || done.response.double_clicked() {
                toggled = Some(row.steps.clone());
            } else if done.response.clicked() {
                clicked = Some(row.steps.clone());
                out.push(Action::Select(item.clone()));
            }
            if done.response.hovered() {
                out.push(Action::Hover(Some(Item::of_handle(view.place, handle))));
            }
            done.response.context_menu(|ui| {
                if look.open.is_some() && ui.button("Open all beneath").clicked() {
                    all = Some(row.steps.clone());
                }
                context_menu(ui, item.clone(), out);
            });
        });
        if clicked.is_some() {
            self.cursor = clicked;
        }
        self.rows = position;
        self.thumbs = thumbs;
        if view.focus == Some(Panel::Values) {
            shown.response.request_focus();
        }
        if let Some(intent) = shown.intent {
            self.key(view, cx, intent, out);
        }
        if let Some(steps) = toggled {
            self.toggle(cx, &steps);
        }
        if let Some(steps) = all {
            self.open_all(cx, &steps);
        }
    }

    /// What a row selects. At an op the op stays.
    fn item(&self, view: &View<'_>, handle: Handle, trail: Option<Trail>) -> Option<Item> {
        match self.places.instant {
            Some(op) => Some(Item { op: Some(op), ..Item::of_handle(view.place, handle) }),
            None => Some(Item::of_row(view.place, handle, trail?)),
        }
    }

    fn toggle(&mut self, cx: &Cx<'_>, steps: &[u64]) {
        if self.tree.is_open(steps) {
            self.tree.close(steps);
        } else {
            self.open(cx, steps);
        }
    }

    fn key(&mut self, view: &View<'_>, cx: &Cx<'_>, intent: Intent, out: &mut Vec<Action>) {
        let steps = match self.places.instant {
            Some(_) => self.cursor.clone(),
            None => view.selection().and_then(|s| s.trail.as_ref()).and_then(|t| self.places.steps_of(cx, t)),
        };
        let at = steps.as_ref().and_then(|s| self.tree.row_of(s));
        let to: Option<u64> = match (intent, &steps) {
            (Intent::Left, Some(s)) if self.tree.is_open(s) => {
                self.tree.close(s);
                return;
            }
            (Intent::Left, Some(s)) if s.len() > 1 => self.tree.row_of(&s[..s.len() - 1]),
            (Intent::Right, Some(s)) if self.tree.is_open(s) => at.map(|r| r + 1),
            (Intent::Right, Some(s)) => {
                self.open(cx, s);
                return;
            }
            (Intent::Toggle, Some(s)) => {
                self.toggle(cx, s);
                return;
            }
            (Intent::Activate, Some(_)) => {
                out.push(Action::ShowPanel(Panel::Value));
                return;
            }
            (intent, _) => intent.target(at, self.tree.rows()),
        };
        let Some(row) = to.and_then(|r| self.tree.row(r)) else { return };
        let handle = self.places.handle_of(cx, row.parent, row.index);
        let trail = self.places.trail_of(cx, &row.steps);
        if let Some(item) = handle.and_then(|h| self.item(view, h, trail)) {
            if self.places.instant.is_some()
                && let Some(row) = to
            {
                self.rows.scroll_to(row, Align::Nearest);
            }
            self.cursor = Some(row.steps);
            out.push(Action::Select(item));
        }
    }

    /// Why the pickle begins where it does whose first value a row at the top is.
    fn beginning(&self, cx: &Cx<'_>, parent: Of, index: u64) -> Beginning {
        let top = matches!(parent, Of::Tops).then(|| self.places.alone(index)).flatten();
        top.filter(|t| t.top == 0).map_or(Beginning::Plain, |t| cx.stream.beginning(t.pickle as usize))
    }

    /// What a row is called, the step that leads to it, and its value.
    fn label(&self, cx: &Cx<'_>, parent: Of, index: u64) -> Option<(String, Option<Seg>, Handle)> {
        match parent {
            Of::Tops => {
                let top = self.places.alone(index)?;
                let several = cx.stream.pickles.len() > 1;
                let name = match (several, top.top) {
                    _ if self.places.is_key(index) => "a key, no value yet".to_owned(),
                    (_, n) if self.places.instant.is_some() && n > 0 => format!("on the stack {n}"),
                    (false, 0) => "root".to_owned(),
                    (true, 0) => format!("#{}", top.pickle),
                    (false, n) => format!("left on the stack {n}"),
                    (true, n) => format!("#{} left on the stack {n}", top.pickle),
                };
                Some((name, None, top.handle))
            }
            Of::Value(h) => {
                let children = self.places.children(cx, h);
                if index >= children.len() {
                    let (label, top) = self.places.grown_at(h, children.len(), index)?;
                    return Some((label.to_owned(), None, top.handle));
                }
                let child = children.get(index)?;
                Some((child.label, Some(child.seg), child.handle))
            }
        }
    }

    fn found_ui(&mut self, ui: &mut Ui, view: &View<'_>, cx: &Cx<'_>, found: &[Found], out: &mut Vec<Action>) {
        let rows = Rows::tree("Found values", found.len() as u64);
        let selected = view.selection().and_then(|s| s.trail.as_ref());
        let at = selected.and_then(|t| found.iter().position(|h| h.trail == *t)).map(|i| i as u64);
        let thumbs = &mut self.thumbs;
        let shown = self.found_rows.show(ui, &rows, |ui, n, rect| {
            let Some(hit) = found.get(n as usize) else { return };
            let look = Look { key: &hit.label, selected: Some(n) == at, ..Look::default() };
            let done = value_row(ui, view, cx, hit.handle, &look, thumbs, rect);
            let item = || Item::of_row(view.place, hit.handle, hit.trail.clone());
            if done.response.clicked() {
                out.push(Action::Select(item()));
            }
            done.response.context_menu(|ui| context_menu(ui, item(), out));
        });
        if let Some(hit) =
            shown.intent.and_then(|i| i.target(at, found.len() as u64)).and_then(|n| found.get(n as usize))
        {
            self.found_rows.scroll_to(at.unwrap_or(0), Align::Nearest);
            out.push(Action::Select(Item::of_row(view.place, hit.handle, hit.trail.clone())));
        }
    }
}

/// Says that values are those of an op, and leads back.
fn instant_bar(ui: &mut Ui, stream: &crate::machine::Stream, op: crate::ops::OpIndex, out: &mut Vec<Action>) {
    let t = Tokens::of(ui);
    egui::Frame::NONE.fill(t.raised).inner_margin(egui::Margin::symmetric(8, 3)).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(icons::CLOCK.text().color(t.note));
            let name = stream.op(op).map_or("", |d| d.code.name());
            let text = format!("after op {} {name}", words::grouped(u64::from(op.0) + 1));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let r = ui.small_button("To the end");
                if r.on_hover_text("Shows the values as the pickle leaves them.").clicked() {
                    out.push(Action::ValuesAtOp(false));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let text = egui::RichText::new(text).font(crate::ui::fonts::small()).color(t.text_normal);
                    ui.add(egui::Label::new(text).truncate());
                });
            });
        });
    });
}

/// How a row looks beyond its value.
#[derive(Default)]
struct Look<'a> {
    depth: u32,
    open: Option<bool>,
    key: &'a str,
    /// The key is a number of a list: less weighty than a name.
    index: bool,
    /// Why it begins where it does.
    beginning: Beginning,
    /// It was still being filled when the pickle ended: rows within it, those that it was about to get included.
    growing: Option<u64>,
    /// What it was at the op that values are shown at.
    now: Option<String>,
    selected: bool,
    hovered: bool,
}

/// The commands of a value.
fn context_menu(ui: &mut Ui, item: Item, out: &mut Vec<Action>) {
    let mut then = |ui: &mut Ui, label: &str, action: Action| {
        if ui.button(label).clicked() {
            out.push(Action::Select(item.clone()));
            out.push(action);
        }
    };
    then(ui, "Copy value", Action::Copy(CopyWhat::Value));
    then(ui, "Copy path", Action::Copy(CopyWhat::Path));
    then(ui, "Copy bytes as hex", Action::Copy(CopyWhat::BytesHex));
    ui.separator();
    then(ui, "Show its bytes", Action::ShowPanel(Panel::Hex));
    then(ui, "Show how it is pickled", Action::ShowPanel(Panel::Pickled));
    then(ui, "Show its summary", Action::SetView(ViewKind::Summary));
    ui.separator();
    for (label, id) in
        [("Export as PNG…", "export.png"), ("Export as NPY…", "export.npy"), ("Export as CSV…", "export.csv")]
    {
        then(ui, label, Action::Command(id));
    }
}

/// Says of what begins where no pickle plainly does why it is taken to.
fn chip_of(beginning: Beginning) -> Option<Chip<'static>> {
    let (text, hint) = match beginning {
        Beginning::Plain => return None,
        Beginning::Told => ("as you said", "Decoding starts here because you said so."),
        Beginning::Guessed => ("a guess", "The bytes look like a pickle from here on; it stands behind what is none."),
        Beginning::GoesOn => (
            "behind the fault",
            "The opcodes make sense again behind the fault: this is what they build, by a guess. What stood before is \
             not known to it.",
        ),
    };
    Some(Chip::new(text).tone(Tone::Warning).hint(hint))
}

/// Draws the row of a value.
fn value_row(
    ui: &mut Ui,
    view: &View<'_>,
    cx: &Cx<'_>,
    handle: Handle,
    look: &Look<'_>,
    thumbs: &mut Thumbs,
    rect: egui::Rect,
) -> crate::ui::widgets::tree_row::TreeRowOutput {
    let t = Tokens::of(ui);
    let meaning = view.session.meaning_in(cx, view.place, handle);
    let (icon, color) = picture(cx, handle, &meaning, t);
    let mut badges = Vec::new();
    if cx.stream.is_shared(handle) && handle.as_node().is_some() {
        badges.push(Chip::icon(icons::LINK, Tone::Note, "shared: it stands in several places"));
    }
    let cut = meaning.body.array().is_some_and(|a| !a.complete);
    if look.growing.is_some() && !cut {
        let hint =
            "It was still being filled when the pickle ended: what was left on the stack stands where it belongs.";
        badges.push(Chip::new("open").tone(Tone::Warning).hint(hint));
    }
    badges.extend(chip_of(look.beginning));
    let worst = meaning.notes.iter().map(|n| n.severity).max();
    if let Some(a) = meaning.body.array().filter(|a| !a.complete && look.now.is_none()) {
        badges.push(match &a.outside {
            Some(_) => Chip::new("not given").tone(Tone::Warning),
            None => Chip::new("cut short").tone(Tone::Error),
        });
    }
    let size = meaning.bytes.map(words::size).unwrap_or_default();
    let columns = [Column { text: &size, width: 62.0 }];
    let kind = kind_of(&meaning);
    let array = match (look.growing, cx.node(handle)) {
        _ if look.now.is_some() => look.now.clone(),
        (Some(n), Some(Node::Dict(_) | Node::Set(_))) => Some(format!("{{{} so far}}", words::grouped(n))),
        (Some(n), Some(Node::List(_))) => Some(format!("[{} so far]", words::grouped(n))),
        _ => array_text(&meaning),
    };
    // At an op an array has its elements only once it has its state.
    let whole = look.now.as_ref().is_none_or(|now| *now == meaning.short);
    let thumb = if whole { thumbs.of(ui, view, handle, &meaning) } else { None };
    let row = TreeRow {
        open: look.open,
        picture: Some(thumb.unwrap_or(Picture::Icon(icon, color))),
        kind,
        value: array.as_deref().unwrap_or(&meaning.short),
        full: &meaning.short,
        value_color: value_color(&meaning, t),
        badges: &badges,
        columns: if size.is_empty() || rect.width() < 260.0 { &[] } else { &columns },
        selected: look.selected,
        hovered: look.hovered,
        mark: match worst {
            Some(Severity::Error) => Some(t.error),
            Some(Severity::Warning) => Some(t.warning),
            _ => None,
        },
        dim: look.index,
        ..TreeRow::new(look.depth, look.key)
    };
    row.show(ui, rect)
}

/// An array in a row, in as few letters as can be: `float32 480×640`. What else its meaning says is kept.
fn array_text(m: &Meaning) -> Option<String> {
    let Body::Array(a) = &m.body else { return None };
    let shape: Vec<String> = a.array.shape().iter().map(u64::to_string).collect();
    let tuple = match shape.as_slice() {
        [] => return None,
        [one] => format!("({one},)"),
        more => format!("({})", more.join(", ")),
    };
    m.short.contains(&tuple).then(|| m.short.replacen(&tuple, &shape.join("×"), 1))
}

/// The type in a row, where its value does not tell it already.
fn kind_of(m: &Meaning) -> &str {
    match m.kind.as_str() {
        "numpy.ndarray" | "int" | "float" | "str" | "bool" | "NoneType" | "bytes" | "bytearray" | "dict" | "list"
        | "tuple" | "set" | "frozenset" | "global" => "",
        other => {
            let last = other.rsplit('.').next().unwrap_or(other);
            if m.short.starts_with(last) || m.short.starts_with(other) { "" } else { last }
        }
    }
}

fn value_color(m: &Meaning, t: &Tokens) -> Option<Color32> {
    use crate::ops::Class;
    match (m.kind.as_str(), &m.body) {
        ("int" | "float" | "bool" | "NoneType" | "complex", _) => Some(t.class(Class::Number)),
        ("str", _) => Some(t.class(Class::Text)),
        ("bytes" | "bytearray", _) => Some(t.class(Class::Bytes)),
        ("global", _) => Some(t.class(Class::Global)),
        ("dict" | "list" | "tuple" | "set" | "frozenset", _) => Some(t.text_soft),
        _ => None,
    }
}

/// The icon of a value, in the colour of the opcodes that make such.
fn picture(cx: &Cx<'_>, h: Handle, m: &Meaning, t: &Tokens) -> (Icon, Color32) {
    use crate::ops::Class;
    let class = |i: Icon, c: Class| (i, t.class(c));
    match &m.body {
        Body::Array(a) => {
            let icon = if a.array.ndim() > 2 { icons::ARRAY_3D } else { icons::ARRAY };
            return (icon, t.accent);
        }
        Body::Picture(_) => return (icons::IMAGE, t.accent),
        Body::Frame(_) => return (icons::TABLE, t.accent),
        Body::Sparse(_) => return (icons::ARRAY, t.accent),
        _ => {}
    }
    match cx.value(h) {
        Value::None => class(icons::NONE, Class::Number),
        Value::Bool(_) => class(icons::BOOL, Class::Number),
        Value::Int(_) | Value::Long(..) | Value::Float(_) => class(icons::NUMBER, Class::Number),
        Value::Str(..) | Value::Legacy(..) => class(icons::TEXT, Class::Text),
        Value::Bytes(_) | Value::ByteArray(_) => class(icons::HEX, Class::Bytes),
        Value::Broken(_) => (icons::BROKEN, t.error),
        Value::Node(_) => match cx.node(h) {
            Some(Node::List(_)) => class(icons::LIST_VALUE, Class::Container),
            Some(Node::Tuple(_)) => class(icons::TUPLE, Class::Container),
            Some(Node::Dict(_)) => class(icons::DICT, Class::Container),
            Some(Node::Set(_) | Node::FrozenSet(_)) => class(icons::SET, Class::Container),
            Some(Node::Global { .. } | Node::Extension(_)) => class(icons::FUNCTION, Class::Global),
            Some(Node::Persistent(_)) => class(icons::TAG, Class::Global),
            Some(Node::Buffer(_) | Node::ReadOnly(_) | Node::Content) => class(icons::HEX, Class::Bytes),
            Some(Node::Call(_)) => class(icons::CALL, Class::Call),
            Some(Node::Lost) | None => (icons::BROKEN, t.error),
        },
    }
}
