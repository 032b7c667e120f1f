//! The widgets that panels are made of, one a file. They draw what they are given and say what was done to them;
//! they know neither pickles nor the session.

pub mod check;
pub mod chip;
pub mod colorbar;
pub mod elide;
pub mod empty;
pub mod hex_grid;
pub mod histogram;
pub mod lazy_rows;
pub mod legend;
pub mod number_field;
pub mod progress;
pub mod property_grid;
pub mod prose;
pub mod scroll_bar;
pub mod search_field;
pub mod slider;
pub mod tabs;
pub mod toolbar;
pub mod tree_row;
