//! The application without a window: documents, the one selection, actions, jobs, settings.
//! egui never appears here, and files are opened in `jobs` alone.

mod action;
mod apply;
mod cache;
mod command_table;
mod compare;
mod complete;
pub mod crash;
pub mod diary;
mod find;
mod history;
pub mod instance;
mod item;
mod jobs;
pub mod load;
mod look;
pub mod registry;
mod repair;
mod settings;
mod state;
mod survey;
mod what_if;

pub use action::{
    Action, Captured, CopyWhat, Dialog, Effect, ExportAll, ExportHow, ExportRequest, LayoutChange, Notice, Panel, Pick,
    PictureChange, Seen, ThemeChoice, ViewKind,
};
pub use command_table::{COMMANDS, Command, MENUS};
pub use compare::{Comparing, Ends, FilesCompared};
pub use complete::{complete, follow, span_of};
pub use find::Found;
pub use history::History;
pub use item::{DocId, Item, Place, Trail};
pub use jobs::{
    ArrayRow, Done, JobCx, JobId, JobInfo, Jobs, Outcome, Preview, Wake, Work, WorkKey, beside, read_registry,
};
pub use look::{Imports, first_look, is_drawable, path_text, views_of};
pub use repair::{Edit, Repairs};
pub use settings::{Settings, WindowPlace};
pub use state::{Change, Document, Member, Phase, Session, Shared, View};
pub use survey::NamedArray;
pub use what_if::{ArraySpec, WhatIf};
