//! Values and arrays as files: one writer a file, each to any `Write`, streamed and stoppable. What a format cannot hold
//! is refused with a reason before the first byte; what it holds less exactly is said. Must never read a file by name,
//! and must never write one but through [`atomic`].

pub mod atomic;
pub mod batch;
pub mod colored;
pub mod csv;
pub mod figure;
pub mod frame;
pub mod json;
pub mod npy;
pub mod npz;
pub mod picture;
pub mod plan;
pub mod plate;
pub mod png;
pub mod py;
pub mod raw;
pub mod report;
pub mod salvage;
pub mod sparse;
pub mod tiff;
pub mod value;

use crate::source::limits;
use crate::tensor::Array;
use std::fmt;
use std::io;

/// Is told how much is done of how much, in units of the writer's own; answers whether to go on.
pub type Watch<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// What a writer says when it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Elements that are not in the pickle, and what stands for them is in `notes`.
    pub missing: u64,
    /// What the file holds less exactly than the pickle does, a sentence each.
    pub notes: Vec<String>,
}

/// Why nothing was written.
#[derive(Debug)]
pub enum ExportError {
    /// The file system's word.
    Io(io::Error),
    /// The format cannot hold the value: why, and which one can.
    Cannot(String),
    /// The user stopped it.
    Cancelled,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => e.fmt(f),
            Self::Cannot(why) => f.write_str(why),
            Self::Cancelled => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<io::Error> for ExportError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// A refusal.
pub(crate) fn cannot<T>(why: impl Into<String>) -> Result<T, ExportError> {
    Err(ExportError::Cannot(why.into()))
}

/// An array is worth writing: it does not claim more than is there by orders of magnitude, as damaged and hostile shapes
/// do. What is missing is filled in, and would fill the disk.
///
/// # Errors
/// Why not.
pub fn worth(a: &Array) -> Result<(), ExportError> {
    let item = a.dtype.item_size;
    if item > limits::ELEMENT {
        return cannot(format!("each element claims {item} bytes; up to {} are written", limits::ELEMENT));
    }
    let (claimed, there) = (a.len(), a.available());
    if !limits::is_measured(claimed, there) {
        return cannot(format!("the shape claims {claimed} elements, and {there} bytes of them are there"));
    }
    Ok(())
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A picture of 8 or 16 bits.
    Png,
    /// A picture or a stack, as measured.
    Tiff,
    /// NumPy's own.
    Npy,
    /// Several arrays in NumPy's own.
    Npz,
    /// Rows of text.
    Csv,
    /// Any value as JSON.
    Json,
    /// Any value as Python source.
    Py,
    /// The bytes as they are.
    Bin,
}

impl Format {
    /// All of them, in the order that menus offer them.
    pub const ALL: &[Self] = &[Self::Png, Self::Tiff, Self::Npy, Self::Npz, Self::Csv, Self::Json, Self::Py, Self::Bin];

    /// The file ending, which is also its name on the command line.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Tiff => "tiff",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Py => "py",
            Self::Bin => "bin",
        }
    }

    /// From an ending or a name, in any case.
    pub fn from_ending(s: &str) -> Option<Self> {
        let s = s.to_ascii_lowercase();
        match s.as_str() {
            "tif" => Some(Self::Tiff),
            "raw" => Some(Self::Bin),
            s => Self::ALL.iter().copied().find(|f| f.ending() == s),
        }
    }

    /// What it is, for menus.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Png => "PNG picture",
            Self::Tiff => "TIFF picture or stack",
            Self::Npy => "NumPy array (npy)",
            Self::Npz => "NumPy arrays (npz)",
            Self::Csv => "Comma-separated values",
            Self::Json => "JSON",
            Self::Py => "Python source",
            Self::Bin => "Raw bytes",
        }
    }
}

/// Says of elements that are not there what was written in their place.
pub(crate) fn missing_note(missing: u64, written: &str) -> Option<String> {
    (missing > 0).then(|| format!("{missing} elements are not in the pickle; {written} stands in their place."))
}
