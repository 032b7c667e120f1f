//! The widgets that panels are made of, one a file. They draw what they are given and say what was done to them;
//! they know neither pickles nor the session.

pub mod chip;
pub mod elide;
pub mod lazy_rows;
pub mod scroll_bar;
pub mod tree_row;
