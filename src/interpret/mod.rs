//! Graph to meaning: one reader a file, each bidding for the objects that it knows; the raw view is always there.
//! Nothing here imports, calls or looks up what a pickle names, and nothing walks the children of what it explains.

pub mod array_array;
pub mod arrays;
mod builtin;
mod children;
pub mod compare;
pub mod compat;
mod constructed;
mod explain;
mod gather;
pub mod imports;
mod imports_table;
pub mod inlines;
mod instant;
mod joblib;
mod look;
mod npy;
pub mod numpy;
mod pandas;
pub mod path;
mod payload;
mod pil;
mod repr;
pub mod salvage;
mod scipy;
mod sparse;
mod stdlib;
mod torch;
mod torch_packed;
mod torch_tar;
mod types;
mod vintage;
mod whole;

use crate::machine::{Handle, Node, Target};
pub use arrays::{Arrays, Found, arrays};
pub use children::{Children, children, label};
pub use explain::explain;
pub use imports::{Finding, LIST_VERSION, Verdict, imports, verdict};
pub use inlines::KnownInlines;
pub use instant::{Standing, children_at, standing};
pub use look::{counted, grouped, one_line};
pub use pandas::{Cell, cell, cell_text};
pub use path::{Path, PathError, path_to, resolve, resolve_path};
pub use payload::{Given, Payload, Taken};
pub use repr::repr;
pub use salvage::{Growing, growing, pending, waiting, way_to};
pub use sparse::{Spread, Triples, spread, triples};
pub use torch_tar::{TarTensors, tensors as tar_tensors};
pub use types::{
    ArrayMeaning, Body, Child, Column, Cx, Explanation, Externals, FrameColumn, FrameMeaning, LegacyText, Meaning,
    NoExternals, Options, Part, Piece, Reader, Seg, Slot, SparseMeaning,
};
pub use vintage::{Vintage, vintage};
pub use whole::whole;

/// All readers, in the order in which they are asked.
pub static READERS: &[&dyn Reader] = &[
    &constructed::Constructed,
    &pandas::FrameReader,
    &pandas::VectorReader,
    &pandas::ScalarReader,
    &numpy::ArrayReader,
    &array_array::ArrayArrayReader,
    &npy::NpyReader,
    &numpy::DTypeReader,
    &numpy::ScalarReader,
    &numpy::OtherReader,
    &scipy::SparseReader,
    &pil::ImageReader,
    &joblib::JoblibReader,
    &torch::TensorReader,
    &torch::TorchReader,
    &torch_tar::TarReader,
    &stdlib::DATETIME,
    &stdlib::NUMBERS,
    &stdlib::COLLECTIONS,
    &stdlib::TEXT,
    &stdlib::OBJECTS,
];

/// What a value means: the first reader's bid, else the raw view. Never fails, and never walks the children.
pub fn meaning(cx: &Cx<'_>, h: Handle) -> Meaning {
    bid(cx, h).unwrap_or_else(|| builtin::read(cx, h))
}

/// The first reader's bid, if one bids.
fn bid(cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
    bids(cx, h).then(|| READERS.iter().find_map(|r| r.read(cx, h))).flatten()
}

/// Only what is made outside the machine can be of a kind that a reader knows.
fn bids(cx: &Cx<'_>, h: Handle) -> bool {
    matches!(
        cx.node(h),
        Some(Node::Call(_) | Node::Global { .. } | Node::Extension(_) | Node::Persistent(_) | Node::Content)
    )
}

/// The repr of an object in pieces, by the first reader that bids for it.
fn pieces(cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
    READERS.iter().filter(|_| bids(cx, h)).find_map(|r| r.pieces(cx, h))
}

/// The children of an object, by the first reader that bids for it.
fn parts(cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
    READERS.iter().filter(|_| bids(cx, h)).find_map(|r| r.parts(cx, h))
}

/// A handle as the 64 bits that an array of objects holds for an element.
pub fn handle_bits(h: Handle) -> u64 {
    match h.target() {
        Target::Op(op) => u64::from(op.0),
        Target::Node(id) => 1 << 32 | u64::from(id.0),
    }
}

/// The handle that [`handle_bits`] made the bits of.
pub fn handle_from_bits(bits: u64) -> Option<Handle> {
    let low = u32::try_from(bits & 0xffff_ffff).ok()?;
    match bits >> 32 {
        0 => Some(Handle::op(crate::ops::OpIndex(low))),
        1 => Some(Handle::node(crate::machine::NodeId(low))),
        _ => None,
    }
}
