//! Numbers in rows: element types, strided arrays over bytes that may be cut, their values, statistics and pictures.
//! Knows no pickle and no window; imports nothing but `source`.

mod array;
mod data;
mod descr;
mod dtype;
mod long;
mod numtext;
mod scalar;
mod show;
mod time;

pub use array::{Array, ShapeError};
pub use data::{Data, OffsetMap};
pub use descr::{Descr, DescrField, tuple};
pub use dtype::{ByteOrder, DType, DTypeError, Field, Kind, LongDouble, Mini, Struct, Sub, Tick, Unit};
pub use long::{Long, LongClass};
pub use scalar::Scalar;
