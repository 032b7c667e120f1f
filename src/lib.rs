//! picklescope opens any Python pickle without ever running it.
//!
//! The layers, each importing only from those before it:
//! [`source`] (bytes), [`ops`] (where each opcode stands), `machine` (what the pickle machine would build),
//! `tensor` (numbers to pixels and curves; knows no pickle), `interpret` (what it means), `export`,
//! `session` (the application without a window), `ui` (the only egui) and `cli` (the only printing).
#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod cli;
pub mod export;
pub mod interpret;
pub mod machine;
pub mod ops;
pub mod session;
pub mod source;
pub mod tensor;
// Panels index what they have just laid out; a fault there is a picture gone wrong, never a damaged file's doing.
#[cfg(feature = "window")]
#[allow(
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::enum_variant_names
)]
pub mod ui;
