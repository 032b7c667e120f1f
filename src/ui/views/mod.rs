//! The views of an array: picture, plot, table. They read what is visible, and hand back what was selected.
//! Must never hold an array from frame to frame, nor open a file.

pub mod bytes;
pub mod frame;
pub mod image;
pub mod plot;
pub mod slicing;
pub mod sparse;
pub mod statistics;
pub mod summary;
pub mod table;
pub mod text;
