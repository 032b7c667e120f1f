//! Where bytes come from: spans, positional reads, bounds, diagnostics and containers.
//! Knows nothing of pickles.

mod bytes;
pub mod container;
mod diag;
pub mod limits;
mod pieces;
pub mod pytext;
mod span;
mod spool;

pub use bytes::{BLOCK, Bytes, Cursor, READ_WHOLE, Stamp, stamp};
pub use diag::{Diagnostic, Severity};
pub use pieces::{Edited, PieceTable, Splice};
pub use span::Span;
pub use spool::{Full, Sink, Spool};
