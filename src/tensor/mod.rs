//! Numbers in rows: element types, strided arrays over bytes that may be cut, their values, statistics and pictures.
//! Knows no pickle and no window; imports nothing but `source`.

mod array;
mod colormap;
mod convert;
mod curve;
mod data;
mod descr;
mod dtype;
mod literal;
mod long;
mod numtext;
mod paint;
mod pyramid;
mod range;
mod raster;
mod read;
mod sample;
mod scalar;
mod seek;
mod show;
mod stats;
mod stretch;
mod thumb;
mod time;
mod view;
mod zscale;

pub use array::{Array, ShapeError};
pub use colormap::{Colormap, MapKind, Marks, category};
pub use convert::{Part, drawable, push_f64};
pub use curve::{Curve, Segment};
pub use data::{Data, OffsetMap};
pub use descr::{Descr, DescrField, tuple};
pub use dtype::{ByteOrder, DType, DTypeError, Field, Kind, LongDouble, Mini, Struct, Sub, Tick, Unit};
pub use long::{Long, LongClass};
pub use paint::Paint;
pub use pyramid::Reduce;
pub use range::Range;
pub use raster::{Effort, Raster, Rendered};
pub use read::{BLOCK_BYTES, Blocks, Gathered, Written};
pub use sample::{Sample, Scratch, decode};
pub use scalar::Scalar;
pub use seek::{Odd, next_odd};
pub use stats::{At, PERCENTILES, Percentile, Stats};
pub use stretch::{Prepared, Scale, Stretch};
pub use thumb::{Thumb, ThumbColors};
pub use view::{Turn, View};
