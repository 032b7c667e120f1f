//! The commands, as data: menus, palette, shortcuts and tests read this one table.
//! Must never do anything itself: a command is an action and the question whether it makes sense now.

use super::Session;
use super::action::{
    Action, Captured, CopyWhat, Dialog, ExportHow, ExportRequest, Notice, Panel, PictureChange, ThemeChoice, ViewKind,
};
use super::settings::Settings;
use crate::tensor::Odd;

/// A command.
pub struct Command {
    /// Its name for scripts and [`Action::Command`]; stable.
    pub id: &'static str,
    /// What a menu and the palette call it.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub tooltip: &'static str,
    /// The name of its icon, as `ui::icons` knows it; empty for none.
    pub icon: &'static str,
    /// The keys that call it, as "Ctrl+Shift+P"; a menu shows the first.
    pub keys: &'static [&'static str],
    /// The menu that holds it; empty for none.
    pub menu: &'static str,
    /// Commands of a menu with different groups are set apart.
    pub group: u8,
    /// It makes sense now.
    pub enabled: fn(&Session) -> bool,
    /// What it does.
    pub action: fn(&Session) -> Action,
    /// Whether it is switched on, for what can be switched.
    pub checked: fn(&Session) -> Option<bool>,
}

impl Command {
    /// The command of that id.
    pub fn get(id: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|c| c.id == id)
    }
}

/// The menus, in order.
pub const MENUS: &[&str] = &["File", "Edit", "Repair", "View", "Image", "Go", "Help"];

const fn always(_: &Session) -> bool {
    true
}
const fn unswitched(_: &Session) -> Option<bool> {
    None
}
const fn has_document(s: &Session) -> bool {
    s.active.is_some()
}
fn has_file(s: &Session) -> bool {
    s.document().is_some_and(|d| d.path.is_some())
}
const fn has_value(s: &Session) -> bool {
    s.active.is_some() && s.selection.handle.is_some()
}
const fn has_span(s: &Session) -> bool {
    s.active.is_some() && s.selection.span.is_some()
}
const fn has_op(s: &Session) -> bool {
    s.active.is_some() && s.selection.op.is_some()
}
const fn has_several(s: &Session) -> bool {
    s.documents.len() > 1
}
fn has_numbers(s: &Session) -> bool {
    holds(s, ViewKind::Statistics)
}
fn holds(s: &Session, kind: ViewKind) -> bool {
    s.views().contains(&kind)
}
fn export(s: &Session, kind: &'static str) -> Action {
    let handle = s.subject().or(s.selection.handle);
    handle.map_or(Action::Show(Dialog::Palette), |handle| {
        let (place, how) = (s.selection.place(), ExportHow::default());
        Action::Export(ExportRequest { place, handle, kind, to: None, how })
    })
}
fn zoom(s: &Session, by: f32) -> Action {
    Action::SetZoom((s.settings.zoom * by).clamp(Settings::ZOOM.0, Settings::ZOOM.1))
}

macro_rules! command {
    ($id:literal, $menu:literal, $group:literal, $label:literal, $tooltip:literal, $icon:literal, $keys:expr,
     $enabled:expr, $action:expr) => {
        command!($id, $menu, $group, $label, $tooltip, $icon, $keys, $enabled, $action, unswitched)
    };
    ($id:literal, $menu:literal, $group:literal, $label:literal, $tooltip:literal, $icon:literal, $keys:expr,
     $enabled:expr, $action:expr, $checked:expr) => {
        Command {
            id: $id,
            label: $label,
            tooltip: $tooltip,
            icon: $icon,
            keys: &$keys,
            menu: $menu,
            group: $group,
            enabled: $enabled,
            action: $action,
            checked: $checked,
        }
    };
}

macro_rules! panel {
    ($id:literal, $panel:ident, $label:literal, $icon:literal, $keys:expr) => {
        command!(
            $id,
            "View",
            3,
            $label,
            "Shows or hides this panel.",
            $icon,
            $keys,
            has_document,
            |_| Action::TogglePanel(Panel::$panel),
            |s| Some(s.shown.contains(&Panel::$panel))
        )
    };
}

macro_rules! view {
    ($id:literal, $kind:ident, $label:literal, $tooltip:literal, $icon:literal, $keys:expr) => {
        command!(
            $id,
            "View",
            1,
            $label,
            $tooltip,
            $icon,
            $keys,
            |s| holds(s, ViewKind::$kind),
            |_| Action::SetView(ViewKind::$kind),
            |s| Some(s.view() == Some(ViewKind::$kind))
        )
    };
}

macro_rules! picture {
    ($id:literal, $group:literal, $label:literal, $tooltip:literal, $icon:literal, $change:ident) => {
        command!($id, "Image", $group, $label, $tooltip, $icon, [], |s| s.view() == Some(ViewKind::Image), |_| {
            Action::Picture(PictureChange::$change)
        })
    };
}

/// All commands, in the order of their menus.
pub static COMMANDS: &[Command] = &[
    command!("file.open", "File", 0, "Open…", "Opens pickles, a tab each.", "open", ["Ctrl+O"], always, |_| {
        Action::Show(Dialog::Open)
    }),
    command!(
        "file.open-path",
        "File",
        0,
        "Open path…",
        "Opens the file at a path that you type or paste.",
        "go_to",
        ["Ctrl+Shift+O"],
        always,
        |_| Action::Show(Dialog::OpenPath)
    ),
    command!("file.reload", "File", 0, "Reload", "Reads the file again.", "reload", ["F5", "Ctrl+R"], has_file, |s| s
        .active
        .map_or(Action::Show(Dialog::Open), Action::Reload)),
    command!(
        "file.compare",
        "File",
        0,
        "Compare with…",
        "Lists what is different between this file and another.",
        "stack",
        [],
        has_document,
        |_| Action::CompareWith(None)
    ),
    command!(
        "export.value",
        "File",
        1,
        "Export…",
        "Writes the selected value to a file: the kind, the slice, and for pictures the colours are chosen in a dialog.",
        "export",
        ["Ctrl+E"],
        |s| s.subject().is_some(),
        |_| Action::Show(Dialog::Export(""))
    ),
    command!(
        "export.png",
        "File",
        1,
        "Export as PNG…",
        "Writes the selected array as a picture, a pixel for each element: exact, or coloured as it is seen.",
        "",
        [],
        |s| s.can_export_slice("png"),
        |_| Action::Show(Dialog::Export("png"))
    ),
    command!(
        "export.tiff",
        "File",
        1,
        "Export as TIFF…",
        "Writes the selected array as a TIFF, a stack when it has more than two axes.",
        "",
        [],
        |s| s.can_export("tiff"),
        |_| Action::Show(Dialog::Export("tiff"))
    ),
    command!(
        "export.npy",
        "File",
        1,
        "Export as NPY…",
        "Writes the selected array as a file that numpy.load reads.",
        "",
        ["Ctrl+Shift+E"],
        |s| s.can_export("npy"),
        |s| export(s, "npy")
    ),
    command!(
        "export.csv",
        "File",
        1,
        "Export as CSV…",
        "Writes the selected array or table as comma-separated text.",
        "",
        [],
        |s| s.can_export("csv"),
        |s| export(s, "csv")
    ),
    command!(
        "export.json",
        "File",
        1,
        "Export as JSON…",
        "Writes the selected value as JSON.",
        "",
        [],
        |s| s.can_export("json"),
        |s| export(s, "json")
    ),
    command!(
        "export.py",
        "File",
        1,
        "Export as Python…",
        "Writes Python source that makes the selected value without unpickling anything.",
        "",
        [],
        |s| s.can_export("py"),
        |s| export(s, "py")
    ),
    command!(
        "export.bin",
        "File",
        1,
        "Export raw bytes…",
        "Writes the bytes of the selected value as they are.",
        "",
        [],
        |s| s.can_export("bin"),
        |s| export(s, "bin")
    ),
    command!(
        "export.view",
        "File",
        1,
        "Save view as a picture…",
        "Writes the view as it is seen, with its axes and its colour bar, as PNG.",
        "image",
        [],
        |s| s.view().is_some(),
        |_| Action::Capture(Captured::Png)
    ),
    command!(
        "export.view-svg",
        "File",
        1,
        "Save view as SVG…",
        "Writes the picture or the plot as it is seen as SVG, in which words and lines can be edited.",
        "",
        [],
        |s| matches!(s.view(), Some(ViewKind::Image | ViewKind::Plot)),
        |_| Action::Capture(Captured::Svg)
    ),
    command!(
        "export.paper",
        "File",
        1,
        "Saved pictures on a light ground",
        "Pictures of views stand on white, as for print, whatever the window's theme; once more, and they follow it.",
        "",
        [],
        |s| matches!(s.view(), Some(ViewKind::Image | ViewKind::Plot)),
        |_| Action::Picture(PictureChange::Paper)
    ),
    command!(
        "export.all",
        "File",
        1,
        "Export all arrays…",
        "Writes every array of the file to a folder, each slice as a file of its own if you like.",
        "export",
        ["Ctrl+Alt+E"],
        has_file,
        |_| Action::Show(Dialog::ExportAll)
    ),
    command!(
        "file.buffers",
        "File",
        2,
        "Give out-of-band buffers…",
        "Reads the buffers that the pickle refers to (PEP 574) from files of your choice.",
        "download",
        [],
        Session::wants_buffers,
        |s| Action::GiveBuffers { place: s.place(), pickle: s.selected_pickle(), from: None }
    ),
    command!(
        "file.extensions",
        "File",
        2,
        "Load extension registry…",
        "Reads what copyreg's extension codes stand for from a file of your choice.",
        "",
        [],
        always,
        |_| Action::LoadExtensions(None)
    ),
    command!(
        "file.forget-extensions",
        "File",
        2,
        "Forget extension registry",
        "Shows extension codes as numbers again.",
        "",
        [],
        |s| !s.registry.is_empty(),
        |_| Action::ForgetExtensions
    ),
    command!("file.close", "File", 3, "Close", "Closes this file.", "close", ["Ctrl+W"], has_document, |s| {
        s.active.map_or(Action::Quit, Action::Close)
    }),
    command!("file.quit", "File", 3, "Quit", "Ends picklescope.", "", ["Ctrl+Q"], always, |_| Action::Quit),
    command!(
        "copy.value",
        "Edit",
        0,
        "Copy value",
        "Copies the selected value as Python writes it.",
        "copy",
        ["Ctrl+C"],
        has_value,
        |_| Action::Copy(CopyWhat::Value)
    ),
    command!(
        "copy.path",
        "Edit",
        0,
        "Copy path",
        "Copies the path of the selected value, as the command line takes it.",
        "",
        ["Ctrl+Shift+C"],
        has_value,
        |_| Action::Copy(CopyWhat::Path)
    ),
    command!(
        "copy.bytes",
        "Edit",
        0,
        "Copy bytes as hex",
        "Copies the selected bytes in hexadecimal.",
        "hex",
        ["Ctrl+Shift+B"],
        has_span,
        |_| Action::Copy(CopyWhat::BytesHex)
    ),
    command!(
        "copy.offset",
        "Edit",
        0,
        "Copy offset",
        "Copies the offset of the first selected byte.",
        "",
        [],
        has_span,
        |_| Action::Copy(CopyWhat::Offset)
    ),
    command!(
        "copy.picture",
        "Edit",
        0,
        "Copy picture",
        "Copies the picture in its colours, a pixel for each element.",
        "image",
        ["Ctrl+Shift+I"],
        |s| s.view() == Some(ViewKind::Image),
        |_| Action::Capture(Captured::Elements)
    ),
    command!(
        "copy.numbers",
        "Edit",
        0,
        "Copy the numbers",
        "Copies the numbers of the slice or the marked region, or the points of the plot, as text for a spreadsheet.",
        "table",
        [],
        |s| matches!(s.view(), Some(ViewKind::Image | ViewKind::Plot)),
        |_| Action::Capture(Captured::Numbers)
    ),
    command!(
        "copy.view",
        "Edit",
        0,
        "Copy view as a picture",
        "Copies the view as it is seen, with its axes and its colour bar.",
        "image",
        [],
        |s| s.view().is_some(),
        |_| Action::Capture(Captured::Copied)
    ),
    command!(
        "edit.find",
        "Edit",
        1,
        "Find…",
        "Filters the rows of the panel that has the keyboard.",
        "search",
        ["Ctrl+F"],
        has_document,
        |_| Action::Show(Dialog::Find)
    ),
    command!(
        "edit.go-to",
        "Edit",
        1,
        "Go to offset…",
        "Selects the byte at an offset, or an op by its number.",
        "go_to",
        ["Ctrl+G"],
        has_document,
        |_| Action::Show(Dialog::GoTo)
    ),
    command!(
        "repair.undo",
        "Repair",
        0,
        "Undo",
        "Takes the last edit of the copy in memory back.",
        "undo",
        ["Ctrl+Z"],
        |s| s.repairs(s.place()).is_some_and(|r| r.can_undo()),
        |_| Action::Undo
    ),
    command!(
        "repair.redo",
        "Repair",
        0,
        "Redo",
        "Does again what was taken back.",
        "redo",
        ["Ctrl+Shift+Z", "Ctrl+Y"],
        |s| s.repairs(s.place()).is_some_and(|r| r.can_redo()),
        |_| Action::Redo
    ),
    command!(
        "repair.edit-op",
        "Repair",
        1,
        "Edit op…",
        "Changes the argument or the length of the selected op, in a copy in memory.",
        "",
        ["F2"],
        |s| s.can_edit() && s.selected_op().is_some(),
        |_| Action::Show(Dialog::EditOp)
    ),
    command!(
        "repair.insert-op",
        "Repair",
        1,
        "Insert op…",
        "Puts an op before the selected one, in a copy in memory.",
        "",
        ["Shift+F2"],
        |s| s.can_edit() && has_span(s),
        |_| Action::Show(Dialog::InsertOp)
    ),
    command!(
        "repair.drop-op",
        "Repair",
        1,
        "Drop op",
        "Takes the selected op out of a copy in memory.",
        "",
        ["Ctrl+Delete"],
        |s| s.can_edit() && s.selected_op().is_some(),
        |s| s.drop_op().unwrap_or(Action::Show(Dialog::Keys))
    ),
    command!(
        "repair.insert-bytes",
        "Repair",
        2,
        "Insert bytes…",
        "Puts bytes before or behind the selected ones, in a copy in memory.",
        "hex",
        ["Ctrl+I"],
        |s| s.can_edit(),
        |_| Action::Show(Dialog::InsertBytes)
    ),
    command!(
        "repair.drop-bytes",
        "Repair",
        2,
        "Drop bytes",
        "Takes the selected bytes out of a copy in memory.",
        "",
        ["Ctrl+Shift+Delete"],
        |s| s.can_edit() && has_span(s),
        |s| s.drop_bytes().unwrap_or(Action::Show(Dialog::Keys))
    ),
    command!(
        "repair.decode-from",
        "Repair",
        3,
        "Decode from here…",
        "Starts decoding at the selected byte, with a stack that you choose.",
        "step",
        ["Ctrl+D"],
        has_span,
        |_| Action::Show(Dialog::DecodeFrom)
    ),
    command!(
        "repair.decode-plainly",
        "Repair",
        3,
        "Decode as the file says",
        "Forgets where you said that decoding starts.",
        "",
        [],
        |s| !s.starts(s.place()).is_empty(),
        |s| Action::DecodeFrom { place: s.place(), start: None }
    ),
    command!(
        "repair.what-if",
        "Repair",
        3,
        "What if it were an array",
        "Reads the selected bytes as numbers of a type and shape that you choose, with guesses to start from.",
        "array",
        ["Ctrl+Shift+A"],
        |s| s.what_if_of_selection().is_some(),
        |s| s.what_if_of_selection().map_or(Action::ShowPanel(Panel::WhatIf), Action::WhatIf)
    ),
    command!(
        "repair.save",
        "Repair",
        4,
        "Save repaired copy…",
        "Writes the edited copy to a new file, never over the opened one.",
        "export",
        ["Ctrl+S"],
        |s| s.repairs(s.place()).is_some(),
        |s| Action::SaveRepaired { place: s.place(), to: None, then: None }
    ),
    command!(
        "repair.salvage",
        "Repair",
        5,
        "Salvage…",
        "Writes a new pickle that loads, of all that the damaged one still holds.",
        "rescue",
        [],
        Session::can_salvage,
        |_| Action::Show(Dialog::Salvage)
    ),
    command!(
        "view.theme-dark",
        "View",
        0,
        "Dark theme",
        "Light text on dark panels.",
        "moon",
        [],
        always,
        |_| Action::SetTheme(ThemeChoice::Dark),
        |s| Some(s.settings.theme == ThemeChoice::Dark)
    ),
    command!(
        "view.theme-light",
        "View",
        0,
        "Light theme",
        "Dark text on light panels.",
        "sun",
        [],
        always,
        |_| Action::SetTheme(ThemeChoice::Light),
        |s| Some(s.settings.theme == ThemeChoice::Light)
    ),
    command!(
        "view.theme-system",
        "View",
        0,
        "System theme",
        "Dark or light, as the system says.",
        "",
        [],
        always,
        |_| Action::SetTheme(ThemeChoice::System),
        |s| Some(s.settings.theme == ThemeChoice::System)
    ),
    view!("view.image", Image, "Image", "Shows two axes of the array as a picture.", "image", ["Ctrl+1"]),
    view!("view.plot", Plot, "Plot", "Shows one axis of the array as a curve.", "plot", ["Ctrl+2"]),
    view!("view.table", Table, "Table", "Shows the elements in rows and columns.", "table", ["Ctrl+3"]),
    view!(
        "view.statistics",
        Statistics,
        "Statistics",
        "Shows least, greatest, mean, percentiles and counts of all elements, and how they lie in memory.",
        "sigma",
        ["Ctrl+7"]
    ),
    view!("view.text", Text, "Text", "Shows the text.", "text", ["Ctrl+4"]),
    view!("view.hex", Hex, "Raw bytes", "Shows the bytes of the value alone.", "hex", ["Ctrl+5"]),
    view!("view.summary", Summary, "Summary", "Says what the value is.", "summary", ["Ctrl+6"]),
    command!(
        "view.zoom-in",
        "View",
        2,
        "Larger",
        "Enlarges everything.",
        "",
        ["Ctrl+Plus", "Ctrl+Equals"],
        always,
        |s| { zoom(s, 1.1) }
    ),
    command!("view.zoom-out", "View", 2, "Smaller", "Shrinks everything.", "", ["Ctrl+Minus"], always, |s| {
        zoom(s, 1.0 / 1.1)
    }),
    command!(
        "view.zoom-reset",
        "View",
        2,
        "Usual size",
        "Everything as large as at first.",
        "",
        ["Ctrl+0"],
        always,
        |_| { Action::SetZoom(1.0) }
    ),
    panel!("panel.values", Values, "Values", "tree", []),
    panel!("panel.opcodes", Opcodes, "Opcodes", "list", []),
    panel!("panel.listing", Listing, "Listing", "listing", []),
    panel!("panel.value", Value, "Value", "array", []),
    panel!("panel.what-if", WhatIf, "What if", "array", []),
    panel!("panel.pickled", Pickled, "How it is pickled", "build", []),
    panel!("panel.hex", Hex, "Hex", "hex", []),
    panel!("panel.machine", Machine, "Machine", "machine", []),
    panel!("panel.problems", Problems, "Problems", "problems", []),
    panel!("panel.imports", Imports, "Imports", "imports", []),
    panel!("panel.compare", Compare, "Compare", "stack", []),
    command!(
        "view.alone",
        "View",
        4,
        "Fill the window with this panel",
        "Shows the panel that has the keyboard alone, or all of them again. A double click on its tab does the same.",
        "full",
        ["Ctrl+Shift+F"],
        has_document,
        |_| Action::AlonePanel(None)
    ),
    command!(
        "view.reset-layout",
        "View",
        4,
        "Reset layout",
        "Puts every panel back to its place.",
        "",
        [],
        has_document,
        |_| Action::ResetLayout
    ),
    picture!("image.fit", 0, "Fit to the view", "Shows all of the picture.", "fit", Fit),
    picture!("image.actual", 0, "One pixel an element", "Shows each element as one pixel.", "one_to_one", OneToOne),
    picture!(
        "image.aspect",
        0,
        "Lock the aspect",
        "Elements are squares, or the picture fills the view.",
        "lock",
        Aspect
    ),
    picture!(
        "image.transpose",
        1,
        "Swap rows and columns",
        "Mirrors the picture at its diagonal.",
        "transpose",
        Transpose
    ),
    picture!("image.rotate", 1, "Turn a quarter to the right", "Turns the picture clockwise.", "rotate", Rotate),
    picture!("image.flip-h", 1, "Mirror left and right", "Mirrors the picture.", "flip_h", FlipH),
    picture!("image.flip-v", 1, "Mirror top and bottom", "The first row stands below, as in plots.", "flip_v", FlipV),
    picture!(
        "image.histogram",
        2,
        "Histogram",
        "Shows how the values are spread, with limits to drag.",
        "histogram",
        Histogram
    ),
    picture!(
        "image.profiles",
        2,
        "Profiles",
        "Shows the values along the row and the column under the pointer.",
        "plot",
        Profiles
    ),
    picture!(
        "image.crosshair",
        2,
        "Crosshair",
        "Draws lines through the element under the pointer.",
        "plus",
        Crosshair
    ),
    picture!("image.region", 2, "Mark a region", "A drag marks elements, whose figures are shown.", "region", Region),
    picture!("image.line", 2, "Draw a line", "A drag draws a line, along which the values are shown.", "ruler", Line),
    picture!(
        "image.numbers",
        2,
        "Values in large pixels",
        "Writes values into elements that are large enough.",
        "number",
        Numbers
    ),
    picture!(
        "image.clipped",
        3,
        "Colour what is outside of the range",
        "Blue below the range, red above it.",
        "warning",
        Clipped
    ),
    picture!(
        "image.zero",
        3,
        "0 in the middle of the colours",
        "As far below 0 as above, in diverging colours.",
        "contrast",
        Zero
    ),
    picture!("image.invert", 3, "Invert the colours", "The last colour comes first.", "contrast", Invert),
    command!(
        "go.back",
        "Go",
        0,
        "Back",
        "To what was selected before.",
        "back",
        ["Alt+Left"],
        |s| s.history.can_back(),
        |_| Action::Back
    ),
    command!(
        "go.forward",
        "Go",
        0,
        "Forward",
        "To what was selected after.",
        "forward",
        ["Alt+Right"],
        |s| s.history.can_forward(),
        |_| Action::Forward
    ),
    command!(
        "go.up",
        "Go",
        0,
        "Up",
        "Selects what holds the selected value.",
        "up",
        ["Alt+Up"],
        |s| s.selection.trail.as_ref().is_some_and(|t| !t.steps.is_empty()),
        |_| Action::Up
    ),
    command!(
        "go.next-op",
        "Go",
        1,
        "Next op",
        "Selects the op after the selected one.",
        "step",
        ["F10"],
        has_op,
        |_| Action::StepOp(1)
    ),
    command!(
        "go.previous-op",
        "Go",
        1,
        "Previous op",
        "Selects the op before the selected one.",
        "step_back",
        ["Shift+F10"],
        has_op,
        |_| Action::StepOp(-1)
    ),
    command!(
        "go.next-touch",
        "Go",
        1,
        "Next op of this value",
        "Selects the next op that makes, fills, builds, memoises or fetches the selected value.",
        "",
        ["F11"],
        has_value,
        |s| s.next_touch(true).map_or_else(
            || Action::Notify(Notice::note("No later op makes, fills, memoises or fetches this value.")),
            Action::Select
        )
    ),
    command!(
        "go.previous-touch",
        "Go",
        1,
        "Previous op of this value",
        "Selects the op before that makes, fills, builds, memoises or fetches the selected value.",
        "",
        ["Shift+F11"],
        has_value,
        |s| s.next_touch(false).map_or_else(
            || Action::Notify(Notice::note("No earlier op makes, fills, memoises or fetches this value.")),
            Action::Select
        )
    ),
    command!(
        "go.fault",
        "Go",
        1,
        "To the fault",
        "Selects the op at which Python would stop.",
        "bug",
        ["F9"],
        has_document,
        |s| s.fault().map_or_else(
            || Action::Notify(Notice::note("Python would stop nowhere: every pickle here is whole.")),
            Action::Select
        )
    ),
    command!(
        "go.values-at-op",
        "Go",
        1,
        "Values at this op",
        "Shows the tree of values as it was right after the selected op: time travel.",
        "clock",
        ["F7"],
        has_document,
        |s| Action::ValuesAtOp(!s.values_at_op),
        |s| Some(s.values_at_op)
    ),
    command!(
        "go.next-problem",
        "Go",
        1,
        "Next problem",
        "Selects the bytes of the next problem.",
        "problems",
        ["F8"],
        |s| s.next_problem().is_some(),
        |s| s.next_problem().map_or(Action::ShowPanel(Panel::Problems), Action::Select)
    ),
    command!(
        "go.next-panel",
        "Go",
        2,
        "Next panel",
        "Gives the next panel the keyboard.",
        "",
        ["F6"],
        has_document,
        |_| { Action::NextPanel(true) }
    ),
    command!(
        "go.previous-panel",
        "Go",
        2,
        "Previous panel",
        "Gives the panel before the keyboard.",
        "",
        ["Shift+F6"],
        has_document,
        |_| Action::NextPanel(false)
    ),
    command!(
        "go.next-file",
        "Go",
        2,
        "Next file",
        "Shows the next tab.",
        "",
        ["Ctrl+Tab", "Ctrl+PageDown"],
        has_several,
        |_| Action::NextDocument(true)
    ),
    command!(
        "go.previous-file",
        "Go",
        2,
        "Previous file",
        "Shows the tab before.",
        "",
        ["Ctrl+Shift+Tab", "Ctrl+PageUp"],
        has_several,
        |_| Action::NextDocument(false)
    ),
    command!(
        "go.next-nan",
        "Go",
        3,
        "Next NaN",
        "Selects the next element of the array that is NaN or NaT.",
        "",
        ["F3"],
        has_numbers,
        |_| Action::NextOdd(Odd::Nan)
    ),
    command!(
        "go.next-infinity",
        "Go",
        3,
        "Next infinity",
        "Selects the next element of the array that is infinite.",
        "",
        ["Shift+F3"],
        has_numbers,
        |_| Action::NextOdd(Odd::Infinite)
    ),
    command!(
        "go.next-masked",
        "Go",
        3,
        "Next masked element",
        "Selects the next element of the array that its mask hides.",
        "",
        [],
        has_numbers,
        |_| Action::NextOdd(Odd::Masked)
    ),
    command!(
        "help.palette",
        "Help",
        0,
        "Command palette…",
        "Finds commands and values by name.",
        "search",
        ["Ctrl+Shift+P", "Ctrl+P"],
        always,
        |_| Action::Show(Dialog::Palette)
    ),
    command!("help.keys", "Help", 0, "Keys", "Says what the keys do.", "keyboard", ["F1"], always, |_| {
        Action::Show(Dialog::Keys)
    }),
    command!("help.about", "Help", 0, "About picklescope", "Says what this is.", "", [], always, |_| {
        Action::Show(Dialog::About)
    }),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_and_keys_are_unique() {
        let mut seen = HashSet::new();
        for c in COMMANDS {
            assert!(seen.insert(c.id), "{} twice", c.id);
            assert!(c.keys.iter().all(|k| seen.insert(k)), "a key of {} is taken", c.id);
            assert!(MENUS.contains(&c.menu), "{}", c.id);
            assert!(c.tooltip.ends_with('.') && !c.label.is_empty());
        }
    }

    #[test]
    fn commands_of_a_menu_stand_together() {
        let places: Vec<_> = COMMANDS.iter().map(|c| (MENUS.iter().position(|m| *m == c.menu), c.group)).collect();
        assert!(places.is_sorted());
    }

    #[test]
    fn on_the_start_page_nothing_asks_for_a_document() {
        let s = Session::default();
        let on: Vec<_> = COMMANDS.iter().filter(|c| (c.enabled)(&s)).map(|c| c.id).collect();
        assert!(on.contains(&"file.open") && !on.contains(&"file.close") && !on.contains(&"copy.value"));
        for c in COMMANDS.iter().filter(|c| (c.enabled)(&s)) {
            (c.action)(&s);
        }
    }
}
