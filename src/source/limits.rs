//! The bounds that keep a hostile file from costing more than it should. Each has a name; meeting one is said in a diagnostic.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that one document may inflate in all its containers.
pub const INFLATED: u64 = 8 << 30;
/// Bytes of one inflated member that stay in memory; more go to a temporary file.
pub const SPOOL_FROM: u64 = 64 << 20;
/// Inflated bytes of one document that stay in memory, counted over all members.
pub const INFLATED_IN_MEMORY: u64 = 512 << 20;
/// Bytes that a decompressor may keep for looking back: an xz dictionary, a zstd window.
pub const DICTIONARY: u64 = 512 << 20;
/// Bytes of an entry whose checksum is compared; reading more would cost more than it tells.
pub const CHECKED: u64 = 2 << 30;
/// Bytes of an archive's entry that are inflated to see what it is.
pub const PEEK: u64 = 64 << 10;
/// Values looked at when all arrays of a member are searched for.
pub const ARRAY_SEARCH: u64 = 100_000_000;
/// Containers within containers.
pub const CONTAINER_DEPTH: usize = 8;
/// Members listed of one archive.
pub const MEMBERS: usize = 100_000;
/// Ops of one member that are indexed: a handle has 31 bits.
pub const OPS: u64 = (1 << 31) - 1;
/// Bytes that the graph of one member may take; beyond, scanning stops.
pub const GRAPH: u64 = 6 << 30;
/// Pickles read of one member.
pub const PICKLES: usize = 1 << 17;
/// Diagnostics kept for one member; the rest are counted.
pub const DIAGNOSTICS: usize = 1_000;
/// Characters of a string that a row, a title or a message shows.
pub const SHOWN_CHARS: usize = 300;
/// Bytes of a text that is taken for a name, a key or a path.
pub const NAME: u64 = 1 << 16;
/// Digits of an integer that are worked out in full without being asked.
pub const DIGITS: u64 = 4_300;
/// Marks deep at which a listing's indentation stops growing.
pub const INDENT: usize = 1_000;
/// Bytes of escaped text (protocol 0 arrays) that are unescaped into memory.
pub const UNESCAPED: u64 = 1 << 30;
/// Axes of an array; NumPy 2 allows 64.
pub const AXES: usize = 64;
/// Fields of one structured dtype.
pub const FIELDS: usize = 10_000;
/// Dtypes within dtypes.
pub const DTYPE_DEPTH: usize = 32;
/// Fields of a dtype with those within its fields, counted at the bottom.
pub const DTYPE_LEAVES: u64 = 100_000;
/// Elements up to which an array is written whatever is there of them; beyond, not where there are
/// [`CLAIMED_TIMES`] fewer bytes.
pub const CLAIMED: u64 = 1 << 26;
/// So many times fewer.
pub const CLAIMED_TIMES: u64 = 64;

/// An array that claims so many elements is worth writing in full, where `there` elements or bytes of it are there.
pub const fn is_measured(claimed: u64, there: u64) -> bool {
    claimed <= CLAIMED || claimed / CLAIMED_TIMES <= there
}
/// Bytes of one array element that become a value to show; longer ones are cut, and say so.
pub const ELEMENT: u64 = 16 << 20;

/// Entries of one object's state that are searched for an attribute of a given name.
pub const ATTRIBUTES: usize = 4_096;
/// Columns of a table that are described.
pub const FRAME_COLUMNS: usize = 10_000;
/// Elements of an array of objects, or numbers written one opcode each, that are gathered into memory at once.
pub const GATHERED: u64 = 1 << 22;
/// Numbers that are held in memory to be sorted, transformed or taken for the x of a curve.
pub const NUMBERS: u64 = 1 << 24;
/// Slices of one array that are written as files of their own.
pub const SLICES: u64 = 100_000;
/// Bytes of an escaped payload that a row of a tree unescapes.
pub const QUICK: u64 = 1 << 16;
/// Bytes of a sparse matrix that is multiplied out to be looked at.
pub const DENSE: u64 = 1 << 28;
/// Values looked at in search of a path.
pub const PATH_STEPS: u64 = 1 << 24;

/// An allowance that is charged before anything is allocated.
#[derive(Debug)]
pub struct Budget {
    left: AtomicU64,
}

impl Budget {
    /// An allowance of `n` units (bytes, unless the owner says otherwise).
    pub const fn new(n: u64) -> Self {
        Self { left: AtomicU64::new(n) }
    }

    /// Takes `n` units; `false`, and nothing taken, when fewer are left.
    pub fn charge(&self, n: u64) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(n)).is_ok()
    }

    /// Units left.
    pub fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }
}

/// Bytes of a storage of 2- or 4-bit integers that are taken apart.
pub const UNPACKED: u64 = 1 << 26;

/// Bytes of a picture's pixels that the clipboard gets at most.
pub const COPIED_PIXELS: u64 = 1 << 28;

/// Numbers that the clipboard gets at most.
pub const COPIED_NUMBERS: u64 = 1 << 20;
