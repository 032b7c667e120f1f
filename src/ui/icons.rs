//! The icons: one named constant each, drawn with the family [`super::fonts::icons`] or inside any other text.
//! Made by `assets/fonts/build.py`; never an emoji, and no drawing beyond [`paint`].

use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, emath::GuiRounding as _};

/// Points that an icon measures each way, unless told.
pub const SIZE: f32 = 16.0;

/// An icon: one character of the icon font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Icon(pub &'static str);

impl Icon {
    /// As text of the size of an icon.
    pub fn text(self) -> egui::RichText {
        egui::RichText::new(self.0).font(FontId::new(SIZE, super::fonts::icons()))
    }
}

impl std::fmt::Display for Icon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// Draws an icon with its centre at a point, on whole pixels.
pub fn paint_at(painter: &egui::Painter, center: Pos2, size: f32, icon: Icon, color: Color32) -> Rect {
    let corner = center - egui::Vec2::splat(size * 0.5);
    let corner = corner.round_to_pixels(painter.pixels_per_point());
    painter.text(corner, Align2::LEFT_TOP, icon.0, FontId::new(size, super::fonts::icons()), color)
}

/// Draws an icon of the usual size in the middle of a rectangle.
pub fn paint(painter: &egui::Painter, rect: Rect, icon: Icon, color: Color32) -> Rect {
    paint_at(painter, rect.center(), SIZE, icon, color)
}

/// Open a file.
pub const OPEN: Icon = Icon("\u{e900}");
/// Write a value to a file.
pub const EXPORT: Icon = Icon("\u{e901}");
/// Save.
pub const SAVE: Icon = Icon("\u{e902}");
/// Read the file again.
pub const RELOAD: Icon = Icon("\u{e903}");
/// Back in the history of selections.
pub const BACK: Icon = Icon("\u{e904}");
/// Forward in the history of selections.
pub const FORWARD: Icon = Icon("\u{e905}");
/// To what holds this.
pub const UP: Icon = Icon("\u{e906}");
/// To the next one.
pub const DOWN: Icon = Icon("\u{e907}");
/// Close.
pub const CLOSE: Icon = Icon("\u{e908}");
/// Find.
pub const SEARCH: Icon = Icon("\u{e909}");
/// Zoom in.
pub const ZOOM_IN: Icon = Icon("\u{e90a}");
/// Zoom out.
pub const ZOOM_OUT: Icon = Icon("\u{e90b}");
/// Filter.
pub const FILTER: Icon = Icon("\u{e90c}");
/// Go to an offset or index.
pub const GO_TO: Icon = Icon("\u{e90d}");
/// The image view; an array that is one.
pub const IMAGE: Icon = Icon("\u{e90e}");
/// The plot view; an array that is a curve.
pub const PLOT: Icon = Icon("\u{e90f}");
/// Points instead of a line.
pub const SCATTER: Icon = Icon("\u{e910}");
/// The table view; an array that is one.
pub const TABLE: Icon = Icon("\u{e911}");
/// The text view; a string.
pub const TEXT: Icon = Icon("\u{e912}");
/// The summary view.
pub const SUMMARY: Icon = Icon("\u{e913}");
/// The bytes; bytes objects.
pub const HEX: Icon = Icon("\u{e914}");
/// The machine: stack, memo and marks.
pub const MACHINE: Icon = Icon("\u{e915}");
/// The list of problems.
pub const PROBLEMS: Icon = Icon("\u{e916}");
/// What the pickle would import.
pub const IMPORTS: Icon = Icon("\u{e917}");
/// The list of opcodes; a list.
pub const LIST: Icon = Icon("\u{e918}");
/// The tree of values.
pub const TREE: Icon = Icon("\u{e919}");
/// The disassembly as text.
pub const LISTING: Icon = Icon("\u{e91a}");
/// How it is pickled.
pub const BUILD: Icon = Icon("\u{e91b}");
/// A list or an array.
pub const LIST_VALUE: Icon = Icon("\u{e91c}");
/// A tuple.
pub const TUPLE: Icon = Icon("\u{e91d}");
/// A dict.
pub const DICT: Icon = Icon("\u{e91e}");
/// A set.
pub const SET: Icon = Icon("\u{e91f}");
/// An array.
pub const ARRAY: Icon = Icon("\u{e920}");
/// An array of three or more axes; an object.
pub const ARRAY_3D: Icon = Icon("\u{e921}");
/// A number.
pub const NUMBER: Icon = Icon("\u{e922}");
/// True or False.
pub const BOOL: Icon = Icon("\u{e923}");
/// None.
pub const NONE: Icon = Icon("\u{e924}");
/// A callable or a class.
pub const FUNCTION: Icon = Icon("\u{e925}");
/// A call: REDUCE and its kin.
pub const CALL: Icon = Icon("\u{e926}");
/// A name: a field, a column, a persistent id.
pub const TAG: Icon = Icon("\u{e927}");
/// An archive or a member of one.
pub const PACKAGE: Icon = Icon("\u{e928}");
/// Run.
pub const PLAY: Icon = Icon("\u{e929}");
/// Pause.
pub const PAUSE: Icon = Icon("\u{e92a}");
/// One step on.
pub const STEP: Icon = Icon("\u{e92b}");
/// One step back.
pub const STEP_BACK: Icon = Icon("\u{e92c}");
/// To the first.
pub const FIRST: Icon = Icon("\u{e92d}");
/// To the last.
pub const LAST: Icon = Icon("\u{e92e}");
/// Settings.
pub const SETTINGS: Icon = Icon("\u{e92f}");
/// Controls of a view.
pub const SLIDERS: Icon = Icon("\u{e930}");
/// The light theme.
pub const SUN: Icon = Icon("\u{e931}");
/// The dark theme.
pub const MOON: Icon = Icon("\u{e932}");
/// Copy.
pub const COPY: Icon = Icon("\u{e933}");
/// Shared: the same object stands elsewhere too.
pub const LINK: Icon = Icon("\u{e934}");
/// Part of a cycle.
pub const CYCLE: Icon = Icon("\u{e935}");
/// A warning.
pub const WARNING: Icon = Icon("\u{e936}");
/// An error.
pub const ERROR: Icon = Icon("\u{e937}");
/// A note.
pub const INFO: Icon = Icon("\u{e938}");
/// Unknown; help.
pub const QUESTION: Icon = Icon("\u{e939}");
/// It adds up; chosen.
pub const CHECK: Icon = Icon("\u{e93a}");
/// All is well.
pub const CHECK_CIRCLE: Icon = Icon("\u{e93b}");
/// Import verdict: unknown.
pub const SHIELD: Icon = Icon("\u{e93c}");
/// Import verdict: safe.
pub const SHIELD_CHECK: Icon = Icon("\u{e93d}");
/// Import verdict: dangerous.
pub const SHIELD_WARNING: Icon = Icon("\u{e93e}");
/// Cut short; damaged.
pub const BROKEN: Icon = Icon("\u{e93f}");
/// A folder.
pub const FOLDER: Icon = Icon("\u{e940}");
/// A file.
pub const FILE: Icon = Icon("\u{e941}");
/// Recent files; history.
pub const RECENT: Icon = Icon("\u{e942}");
/// Closed; the next level.
pub const CARET_RIGHT: Icon = Icon("\u{e943}");
/// Open; a menu.
pub const CARET_DOWN: Icon = Icon("\u{e944}");
/// The previous one.
pub const CARET_LEFT: Icon = Icon("\u{e945}");
/// Closed upward; less.
pub const CARET_UP: Icon = Icon("\u{e946}");
/// A choice from a list.
pub const EXPAND: Icon = Icon("\u{e947}");
/// More.
pub const DOTS: Icon = Icon("\u{e948}");
/// Add; more.
pub const PLUS: Icon = Icon("\u{e949}");
/// Remove; less.
pub const MINUS: Icon = Icon("\u{e94a}");
/// Fit into the view.
pub const FIT: Icon = Icon("\u{e94b}");
/// Use the whole panel.
pub const FULL: Icon = Icon("\u{e94c}");
/// One sample for one pixel.
pub const ONE_TO_ONE: Icon = Icon("\u{e94d}");
/// Swap the axes.
pub const TRANSPOSE: Icon = Icon("\u{e94e}");
/// Mirror left and right.
pub const FLIP_H: Icon = Icon("\u{e94f}");
/// Mirror top and bottom.
pub const FLIP_V: Icon = Icon("\u{e950}");
/// Turn by 90 degrees.
pub const ROTATE: Icon = Icon("\u{e951}");
/// The colormap.
pub const PALETTE: Icon = Icon("\u{e952}");
/// The histogram.
pub const HISTOGRAM: Icon = Icon("\u{e953}");
/// Contrast limits.
pub const CONTRAST: Icon = Icon("\u{e954}");
/// Measure: a line profile.
pub const RULER: Icon = Icon("\u{e955}");
/// A region.
pub const REGION: Icon = Icon("\u{e956}");
/// Statistics.
pub const SIGMA: Icon = Icon("\u{e957}");
/// A stack of slices.
pub const STACK: Icon = Icon("\u{e958}");
/// Undo.
pub const UNDO: Icon = Icon("\u{e959}");
/// Redo.
pub const REDO: Icon = Icon("\u{e95a}");
/// A time.
pub const CLOCK: Icon = Icon("\u{e95b}");
/// Keys.
pub const KEYBOARD: Icon = Icon("\u{e95c}");
/// The command palette.
pub const COMMAND: Icon = Icon("\u{e95d}");
/// Outside this file; opens elsewhere.
pub const EXTERNAL: Icon = Icon("\u{e95e}");
/// Show or hide the panel at the side.
pub const DOCK_LEFT: Icon = Icon("\u{e95f}");
/// Show or hide the panel at the bottom.
pub const DOCK_BOTTOM: Icon = Icon("\u{e960}");
/// The arrangement of panels.
pub const LAYOUT: Icon = Icon("\u{e961}");
/// Keep.
pub const PIN: Icon = Icon("\u{e962}");
/// Show.
pub const EYE: Icon = Icon("\u{e963}");
/// Hidden.
pub const EYE_OFF: Icon = Icon("\u{e964}");
/// Kept at this value; read only.
pub const LOCK: Icon = Icon("\u{e965}");
/// Forget.
pub const TRASH: Icon = Icon("\u{e966}");
/// Edit.
pub const PENCIL: Icon = Icon("\u{e967}");
/// Help.
pub const HELP: Icon = Icon("\u{e968}");
/// Damage.
pub const BUG: Icon = Icon("\u{e969}");
/// Salvage.
pub const RESCUE: Icon = Icon("\u{e96a}");
/// A dot: changed, or a shape of the legend.
pub const DOT: Icon = Icon("\u{e96b}");
/// Python source.
pub const CODE: Icon = Icon("\u{e96c}");
/// Drop a file here.
pub const DOWNLOAD: Icon = Icon("\u{e96d}");
/// Nothing is selected.
pub const EMPTY: Icon = Icon("\u{e96e}");

/// All of them, with their names.
pub const ALL: &[(&str, Icon)] = &[
    ("open", OPEN),
    ("export", EXPORT),
    ("save", SAVE),
    ("reload", RELOAD),
    ("back", BACK),
    ("forward", FORWARD),
    ("up", UP),
    ("down", DOWN),
    ("close", CLOSE),
    ("search", SEARCH),
    ("zoom_in", ZOOM_IN),
    ("zoom_out", ZOOM_OUT),
    ("filter", FILTER),
    ("go_to", GO_TO),
    ("image", IMAGE),
    ("plot", PLOT),
    ("scatter", SCATTER),
    ("table", TABLE),
    ("text", TEXT),
    ("summary", SUMMARY),
    ("hex", HEX),
    ("machine", MACHINE),
    ("problems", PROBLEMS),
    ("imports", IMPORTS),
    ("list", LIST),
    ("tree", TREE),
    ("listing", LISTING),
    ("build", BUILD),
    ("list_value", LIST_VALUE),
    ("tuple", TUPLE),
    ("dict", DICT),
    ("set", SET),
    ("array", ARRAY),
    ("array_3d", ARRAY_3D),
    ("number", NUMBER),
    ("bool", BOOL),
    ("none", NONE),
    ("function", FUNCTION),
    ("call", CALL),
    ("tag", TAG),
    ("package", PACKAGE),
    ("play", PLAY),
    ("pause", PAUSE),
    ("step", STEP),
    ("step_back", STEP_BACK),
    ("first", FIRST),
    ("last", LAST),
    ("settings", SETTINGS),
    ("sliders", SLIDERS),
    ("sun", SUN),
    ("moon", MOON),
    ("copy", COPY),
    ("link", LINK),
    ("cycle", CYCLE),
    ("warning", WARNING),
    ("error", ERROR),
    ("info", INFO),
    ("question", QUESTION),
    ("check", CHECK),
    ("check_circle", CHECK_CIRCLE),
    ("shield", SHIELD),
    ("shield_check", SHIELD_CHECK),
    ("shield_warning", SHIELD_WARNING),
    ("broken", BROKEN),
    ("folder", FOLDER),
    ("file", FILE),
    ("recent", RECENT),
    ("caret_right", CARET_RIGHT),
    ("caret_down", CARET_DOWN),
    ("caret_left", CARET_LEFT),
    ("caret_up", CARET_UP),
    ("expand", EXPAND),
    ("dots", DOTS),
    ("plus", PLUS),
    ("minus", MINUS),
    ("fit", FIT),
    ("full", FULL),
    ("one_to_one", ONE_TO_ONE),
    ("transpose", TRANSPOSE),
    ("flip_h", FLIP_H),
    ("flip_v", FLIP_V),
    ("rotate", ROTATE),
    ("palette", PALETTE),
    ("histogram", HISTOGRAM),
    ("contrast", CONTRAST),
    ("ruler", RULER),
    ("region", REGION),
    ("sigma", SIGMA),
    ("stack", STACK),
    ("undo", UNDO),
    ("redo", REDO),
    ("clock", CLOCK),
    ("keyboard", KEYBOARD),
    ("command", COMMAND),
    ("external", EXTERNAL),
    ("dock_left", DOCK_LEFT),
    ("dock_bottom", DOCK_BOTTOM),
    ("layout", LAYOUT),
    ("pin", PIN),
    ("eye", EYE),
    ("eye_off", EYE_OFF),
    ("lock", LOCK),
    ("trash", TRASH),
    ("pencil", PENCIL),
    ("help", HELP),
    ("bug", BUG),
    ("rescue", RESCUE),
    ("dot", DOT),
    ("code", CODE),
    ("download", DOWNLOAD),
    ("empty", EMPTY),
];
