//! Writing values to files: where to is asked of the window, the writing is a job.
//! Must never write the file that is open.

use crate::session::action::{Action, Effect, ExportRequest, Notice};
use crate::session::item::Place;
use crate::session::state::Session;
use std::path::PathBuf;

impl Session {
    /// The subject can be written as a file of that kind.
    pub const fn can_export(&self, _kind: &str) -> bool {
        false
    }

    pub(in crate::session) fn export(&mut self, request: ExportRequest) {
        if request.to.is_none() {
            let name = self.proposed_name(request.place, request.kind);
            self.effects.push(Effect::PickSave(Box::new(Action::Export(request)), name));
            return;
        }
        self.notify(Notice::error(format!("{} cannot be written yet.", request.kind)));
    }

    pub(in crate::session) fn salvage(&mut self, place: Place, to: Option<PathBuf>) {
        if to.is_none() {
            let name = self.proposed_name(place, "salvaged.pkl");
            self.effects.push(Effect::PickSave(Box::new(Action::Salvage { place, to }), name));
            return;
        }
        self.notify(Notice::error("A salvaged pickle cannot be written yet."));
    }

    /// A file name made of the document's and the value's.
    fn proposed_name(&self, place: Place, ending: &str) -> String {
        let title = self.document_of(place.doc).map_or("", |d| d.title.as_str());
        let stem = title.split('.').next().filter(|s| !s.is_empty()).unwrap_or("value");
        let path =
            self.with_cx(place, |cx| crate::session::look::path_text(cx, &self.selection, 0)).unwrap_or_default();
        let mut part: String = path.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
        while part.contains("__") {
            part = part.replace("__", "_");
        }
        let part = part.trim_matches('_').chars().take(60).collect::<String>();
        if part.is_empty() { format!("{stem}.{ending}") } else { format!("{stem}_{part}.{ending}") }
    }
}
