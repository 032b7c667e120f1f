//! What can be done: actions that panels hand to the session, and effects that only a window can carry out.
//! Must hold plain data alone: an action can be written down and replayed.

use super::item::{DocId, Item, Place};
use super::jobs::JobId;
use super::repair::Edit;
use super::what_if::{ArraySpec, WhatIf};
use crate::export::batch::Taken;
use crate::export::colored::{Colors, Cut};
use crate::export::png::Mapping;
use crate::machine::{Cure, Handle, Start};
use crate::source::Severity;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A panel of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Panel {
    /// The tree of values.
    Values,
    /// The tree of opcodes.
    Opcodes,
    /// The disassembly, line by line.
    Listing,
    /// The selected value.
    Value,
    /// Bytes read as an array by guess.
    WhatIf,
    /// How the selected value is pickled.
    Pickled,
    /// The bytes.
    Hex,
    /// Stack, memo and marks at the selected op.
    Machine,
    /// What is wrong.
    Problems,
    /// What loading would import.
    Imports,
    /// What is different between two files.
    Compare,
}

impl Panel {
    /// All of them, in the order that the keyboard walks them.
    pub const ALL: &[Self] = &[
        Self::Values,
        Self::Opcodes,
        Self::Listing,
        Self::Value,
        Self::WhatIf,
        Self::Pickled,
        Self::Hex,
        Self::Machine,
        Self::Problems,
        Self::Imports,
        Self::Compare,
    ];

    /// Its title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Values => "Values",
            Self::Opcodes => "Opcodes",
            Self::Listing => "Listing",
            Self::Value => "Value",
            Self::WhatIf => "What if",
            Self::Pickled => "How it is pickled",
            Self::Hex => "Hex",
            Self::Machine => "Machine",
            Self::Problems => "Problems",
            Self::Imports => "Imports",
            Self::Compare => "Compare",
        }
    }
}

/// A way to look at the selected value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ViewKind {
    /// A plane of an array as a picture.
    Image,
    /// A line of an array as a curve.
    Plot,
    /// Elements in rows and columns.
    Table,
    /// Figures about all elements.
    Statistics,
    /// Text.
    Text,
    /// Raw bytes.
    Hex,
    /// What it is, in words and figures.
    Summary,
}

impl ViewKind {
    /// All of them, in the order of their tabs.
    pub const ALL: &[Self] =
        &[Self::Image, Self::Plot, Self::Table, Self::Statistics, Self::Text, Self::Hex, Self::Summary];

    /// Its name on a tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Image => "Image",
            Self::Plot => "Plot",
            Self::Table => "Table",
            Self::Statistics => "Statistics",
            Self::Text => "Text",
            Self::Hex => "Hex",
            Self::Summary => "Summary",
        }
    }

    /// The view of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|v| v.title().eq_ignore_ascii_case(name))
    }
}

/// Dark, light, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// What the system says.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// What to put on the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyWhat {
    /// The value as Python writes it; of an array, the selected element.
    Value,
    /// The path of the value, as the command line takes it.
    Path,
    /// The bytes in hex.
    BytesHex,
    /// The offset of the first byte.
    Offset,
    /// The view's picture.
    Picture,
}

/// What becomes of a picture of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured {
    /// It is saved as PNG.
    Png,
    /// It is saved as SVG: lines and words as such, pixels as a picture in it.
    Svg,
    /// It goes on the clipboard.
    Copied,
    /// Not as it is seen, but a pixel for each element goes on the clipboard, in the same colours.
    Elements,
    /// The numbers that are shown, or those of the marked region, go on the clipboard as text.
    Numbers,
}

/// Something to write to a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportRequest {
    /// The member.
    pub place: Place,
    /// The value.
    pub handle: Handle,
    /// The kind of file: its ending, as `png`.
    pub kind: &'static str,
    /// Where to; `None` asks.
    pub to: Option<PathBuf>,
    /// How.
    pub how: ExportHow,
}

/// How a value is written, where it is not simply all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportHow {
    /// A plane of the array instead of all of it.
    pub cut: Option<Cut>,
    /// How numbers become grey, for pictures.
    pub mapping: Mapping,
    /// The picture is written in these colours.
    pub colors: Option<Box<Seen>>,
    /// Deflate, where the format can.
    pub compress: bool,
}

/// What a picture of an array looks like in the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The plane, its paint.
    pub colors: Colors,
    /// The array that a difference is taken from.
    pub other: Option<(Place, Handle)>,
}

/// Every array of a file, to write to a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExportAll {
    /// The document.
    pub doc: DocId,
    /// The kind of the files: their ending, as `png`.
    pub kind: &'static str,
    /// The folder; made where it is missing.
    pub dir: PathBuf,
    /// Names: `{path}`, `{file}` and `{n}` stand for the value's path, the file's name and a running number.
    pub pattern: String,
    /// Each picture of an array with more axes is a file of its own.
    pub slices: bool,
    /// How numbers become colours, for pictures.
    pub mapping: Mapping,
    /// Deflate, where the format can.
    pub compress: bool,
    /// The slices of one array have one range of colours.
    pub shared: bool,
    /// All of them in one file, where the format can: NPZ.
    pub together: bool,
    /// What is done where a file of the name is there already.
    pub taken: Taken,
}

/// A dialog of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialog {
    /// The system's file dialog, or the path field where there is none.
    Open,
    /// A field for the path of a file to open.
    OpenPath,
    /// Commands, values and members by name.
    Palette,
    /// The filter of the focused panel.
    Find,
    /// To an offset or an op.
    GoTo,
    /// The argument or the length of the selected op.
    EditOp,
    /// An op before the selected one.
    InsertOp,
    /// Bytes before the selected ones.
    InsertBytes,
    /// Where decoding should start, and with what on the stack.
    DecodeFrom,
    /// The selected value to a file, of this kind at first (its ending).
    Export(&'static str),
    /// Every array of the file, to a folder.
    ExportAll,
    /// How a damaged pickle is salvaged.
    Salvage,
    /// What the keys do.
    Keys,
    /// What this is.
    About,
}

/// What a panel or a command asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Opens files, a tab each.
    Open(Vec<PathBuf>),
    /// Opens bytes that are in memory already: a dropped file without a path, a sample.
    OpenBytes {
        /// What the tab is called.
        name: String,
        /// The file's bytes.
        bytes: Vec<u8>,
    },
    /// Closes a document.
    Close(DocId),
    /// Shows a document.
    Activate(DocId),
    /// Shows the next document, or with `false` the one before.
    NextDocument(bool),
    /// Reads a document's file again.
    Reload(DocId),
    /// Goes on showing what was opened, though its file has changed.
    KeepShowing(DocId),
    /// Selects: what is set of the item is kept, the rest is completed.
    Select(Item),
    /// Selects as [`Action::Select`] does and leaves no trace in the history: on the way of a slider that is dragged.
    Glide(Item),
    /// Outlines, in every panel, what the pointer is over.
    Hover(Option<Item>),
    /// To what was selected before.
    Back,
    /// To what was selected after.
    Forward,
    /// Selects what holds the selected value.
    Up,
    /// Selects the next element of the array that is no ordinary number.
    NextOdd(crate::tensor::Odd),
    /// Shows the tree of values as it was at the selected op, or with `false` as it is in the end.
    ValuesAtOp(bool),
    /// Selects the next op that is as far as this many ops away.
    StepOp(i64),
    /// Shows the selected value in this way.
    SetView(ViewKind),
    /// Shows or hides a panel.
    TogglePanel(Panel),
    /// Shows a panel and gives it the keyboard.
    ShowPanel(Panel),
    /// Gives the keyboard to the next panel, or with `false` the one before.
    NextPanel(bool),
    /// Fills the window with one panel, the one with the keyboard where none is said; or brings the others back.
    AlonePanel(Option<Panel>),
    /// Panels back to where they were at first.
    ResetLayout,
    /// Changes how the picture of an array is shown.
    Picture(PictureChange),
    /// Dark, light or the system's.
    SetTheme(ThemeChoice),
    /// Enlarges everything by this factor; 1 is the system's size.
    SetZoom(f32),
    /// Puts something on the clipboard.
    Copy(CopyWhat),
    /// Puts a text on the clipboard.
    CopyText(String),
    /// Puts the picture of an array on the clipboard, a pixel for each element.
    CopyPicture(Box<ExportRequest>),
    /// Puts the numbers of a plane, or of rows and columns of it (first row, first column, end row, end column), on the
    /// clipboard, as rows of text.
    CopyNumbers {
        /// The member.
        place: Place,
        /// The array.
        handle: Handle,
        /// The plane.
        cut: Cut,
        /// The part of it; `None` is all.
        part: Option<[u64; 4]>,
    },
    /// Looks for a place to write to, in the system's dialog: a folder, or a file of that name. The dialog that is open gets
    /// the answer.
    Browse {
        /// A folder.
        folder: bool,
        /// What stands in the field now.
        from: PathBuf,
    },
    /// Writes a value to a file.
    Export(ExportRequest),
    /// Writes every array of a file to a folder.
    ExportAll(ExportAll),
    /// Makes a picture of the view as it is seen.
    Capture(Captured),
    /// Writes what a view made of itself to a file: a plot as SVG, a picture.
    SaveMade {
        /// The name that is proposed.
        name: String,
        /// The bytes of the file.
        bytes: std::sync::Arc<Vec<u8>>,
        /// Where to; `None` asks.
        to: Option<PathBuf>,
    },
    /// Writes what a damaged pickle still holds to a new one.
    Salvage {
        /// The member.
        place: Place,
        /// Arrays that were cut keep their shape.
        fill: bool,
        /// Where to; `None` asks.
        to: Option<PathBuf>,
    },
    /// Changes bytes of the copy in memory.
    Edit(Edit),
    /// Takes the last edit of the member back.
    Undo,
    /// Does again what was taken back.
    Redo,
    /// Writes the edited copy of a member to a new file.
    SaveRepaired {
        /// The member.
        place: Place,
        /// Where to; `None` asks.
        to: Option<PathBuf>,
        /// What is done once it is written.
        then: Option<Box<Action>>,
    },
    /// Opens what a cure makes of a member, as a document that is not saved.
    OpenRepaired {
        /// The member.
        place: Place,
        /// The cure.
        cure: Cure,
    },
    /// Starts decoding a member at a place too, whatever stands before; `None` decodes as the file says.
    DecodeFrom {
        /// The member.
        place: Place,
        /// Where, and with what on the stack.
        start: Option<Start>,
    },
    /// Reads bytes as an array whose type and shape are guessed.
    WhatIf(WhatIf),
    /// Writes such an array as NPY.
    ExportGuess {
        /// The member.
        place: Place,
        /// How its bytes are read.
        spec: Box<ArraySpec>,
        /// Where to; `None` asks.
        to: Option<PathBuf>,
    },
    /// Nobody wants the repairs of a document to be saved.
    Abandon(DocId),
    /// Hands out-of-band buffers to a pickle of a member.
    GiveBuffers {
        /// The member.
        place: Place,
        /// The pickle's number in it.
        pickle: usize,
        /// Their files; `None` asks.
        from: Option<Vec<PathBuf>>,
    },
    /// Loads a registry of extension codes; `None` asks for it.
    LoadExtensions(Option<PathBuf>),
    /// Takes the registry of extension codes away.
    ForgetExtensions,
    /// Compares the file that is shown with another that is open; with `None` the only other one, or it asks.
    CompareWith(Option<DocId>),
    /// Compares two files that are open, or two pickles.
    Compare(super::compare::Comparing),
    /// Opens a file and compares the one that is shown with it; `None` asks for one.
    CompareWithFile(Option<PathBuf>),
    /// Selects in both files that are compared.
    SelectInBoth([Option<Item>; 2]),
    /// Stops a job.
    Cancel(JobId),
    /// Opens a dialog.
    Show(Dialog),
    /// Takes a file off the list of recent ones.
    ForgetRecent(PathBuf),
    /// Runs a command of the table by its id, where it is enabled.
    Command(&'static str),
    /// Tells the user something.
    Notify(Notice),
    /// Ends the program.
    Quit,
}

/// Something that the user is told in passing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub severity: Severity,
    /// A sentence.
    pub text: String,
    /// A file that can be opened now: a button offers it.
    pub open: Option<PathBuf>,
}

impl Notice {
    /// Something to know.
    pub fn note(text: impl Into<String>) -> Self {
        Self { severity: Severity::Note, text: text.into(), open: None }
    }

    /// Something that could not be done.
    pub fn error(text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, text: text.into(), open: None }
    }
}

/// What only a window can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Puts a text on the clipboard.
    CopyText(String),
    /// Puts a picture on the clipboard: width, height, RGBA.
    CopyImage(u32, u32, Vec<u8>),
    /// Asks where to write; the answer comes back as the action with a path.
    PickSave(Box<Action>, String),
    /// Asks what becomes of repairs that are not saved, before something that would lose them.
    AskUnsaved {
        /// The documents that hold them.
        docs: Vec<DocId>,
        /// What loses them.
        then: Box<Action>,
    },
    /// Asks for files to read; the answer comes back as the action with their paths.
    PickOpen(Box<Action>, Pick),
    /// Makes a picture of the view as it is seen.
    Capture(Captured),
    /// Opens a dialog.
    Show(Dialog),
    /// Looks for a place to write to, for the dialog that is open: a folder or a file, and what stands there now.
    Browse(bool, PathBuf),
    /// Shows a panel, gives it the keyboard, brings the others back …
    Layout(LayoutChange),
    /// The picture of an array is shown in another way.
    Picture(PictureChange),
    /// The theme changed.
    Theme(ThemeChoice),
    /// The size of everything changed.
    Zoom(f32),
    /// Tells the user something.
    Notify(Notice),
    /// Ends the program.
    Quit,
}

/// What a dialog asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Out-of-band buffers, one or more.
    Buffers,
    /// A registry of extension codes.
    Extensions,
    /// A file to compare with.
    Compared,
}

impl Pick {
    /// The title of the dialog.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Buffers => "Give out-of-band buffers",
            Self::Extensions => "Load an extension registry",
            Self::Compared => "Compare with",
        }
    }

    /// What is wanted, in a sentence.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Buffers => {
                "The files that hold the pickle's buffers, taken in the order of their names; set several apart by \
                 semicolons."
            }
            Self::Compared => "The pickle that the one that is shown is compared with.",
            Self::Extensions => {
                "Lines of code, module and name; JSON; or a Python file that calls copyreg.add_extension. It is read, \
                 and never run."
            }
        }
    }
}

/// What a command does to the picture of an array. The view keeps it: it is about looking, not about the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the rows of the command table say what each does")]
pub enum PictureChange {
    Fit,
    OneToOne,
    Aspect,
    Transpose,
    Rotate,
    FlipH,
    FlipV,
    Histogram,
    Profiles,
    Crosshair,
    Region,
    Line,
    Numbers,
    Clipped,
    Zero,
    Invert,
    Against(Place, Handle),
    Paper,
}

/// What happens to the panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayoutChange {
    /// Hidden if shown, else shown.
    Toggle(Panel),
    /// Shown, with the keyboard.
    Show(Panel),
    /// Brought to the front where it is not closed; the keyboard stays where it is.
    Reveal(Panel),
    /// The keyboard to the next, or with `false` to the one before.
    Next(bool),
    /// Alone in the window, or with the others again.
    Alone(Option<Panel>),
    /// As at first.
    Reset,
}
