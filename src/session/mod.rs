//! The application without a window: documents, the one selection, actions, jobs, settings.
//! egui never appears here, and files are opened in `jobs` alone.

mod action;
mod history;
pub mod instance;
mod item;
mod jobs;
mod settings;
mod state;

pub use action::{Action, CopyWhat, Dialog, Effect, ExportRequest, LayoutChange, Notice, Panel, ThemeChoice, ViewKind};
pub use history::History;
pub use item::{DocId, Item, Place, Trail};
pub use jobs::{Done, JobCx, JobId, JobInfo, Jobs, Outcome, Wake, Work, WorkKey};
pub use settings::Settings;
pub use state::{Document, Member, Phase, Session, Shared, View};
