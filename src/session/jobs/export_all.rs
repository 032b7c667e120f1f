//! Writing every array of a file to a folder, and what there is to write.
//! Must never write the file that is open.

use super::{Outcome, WorkKey};
use crate::export::batch::{self, Member, Said, Taken};
use crate::export::report::{Source, path_text};
use crate::export::{ExportError, Format, cannot, plan, png, value};
use crate::interpret::{Cx, arrays};
use crate::machine::Handle;
use crate::ops::OpIndex;
use crate::session::action::{ExportAll, Notice};
use crate::session::item::{DocId, Place};
use crate::session::state::Session;
use crate::source::limits::{self, Budget};
use crate::tensor::Array;
use std::path::{Path, PathBuf};

/// An array of a file, and what could hold it.
#[derive(Clone, Debug)]
pub struct ArrayRow {
    /// Its path.
    pub path: String,
    /// Its type and shape.
    pub what: String,
    /// The kinds of files that hold it whole.
    pub kinds: Vec<Format>,
    /// Files that its slices make; 1 where it is none.
    pub slices: u64,
    /// What the name of its first slice has behind its own.
    pub first: String,
    /// Elements.
    pub len: u64,
    /// Bytes of its elements.
    pub bytes: u64,
    /// Bytes of an element as a sample of a picture that holds it exactly; `None` where none does.
    pub exact: Option<u64>,
}

/// Where all arrays of a file go together: a file in the folder with the opened file's name.
fn together_at(dir: &Path, title: &str, taken: Taken) -> Result<PathBuf, ExportError> {
    std::fs::create_dir_all(dir)?;
    let mut names = plan::Names::new("{file}", title);
    let mut to = dir.join(names.name("", "npz"));
    while to.symlink_metadata().is_ok() && taken != Taken::Replace {
        if taken == Taken::Keep {
            return cannot(format!("{} is there already", to.display()));
        }
        to = dir.join(names.again("npz"));
    }
    Ok(to)
}

fn files(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn left_out(n: u64, kind: &str) -> String {
    if n == 0 { String::new() } else { format!("; {n} left out: there already, or nothing that {kind} can hold") }
}

/// Arrays that are listed.
const LISTED: usize = 100_000;

impl Session {
    /// The arrays of a document, in the order of the file.
    pub fn arrays_to_export(&self, doc: DocId) -> Outcome<Vec<ArrayRow>> {
        let Some(d) = self.document_of(doc) else { return Outcome::Pending };
        let plain: Vec<Option<String>> =
            (0..d.members.len()).map(|member| self.plain_path(Place { doc, member })).collect();
        let members: Vec<_> = d.members.iter().map(|m| (m.stream.clone(), m.externals.clone())).collect();
        let options = d.options.clone();
        let place = Place { doc, member: 0 };
        let key = WorkKey { place, handle: Handle::op(OpIndex(0)), kind: "arrays to export", of: Vec::new() };
        self.work.get(key, "Looking for arrays", move |job| {
            let (mut rows, mut before) = (Vec::new(), 0);
            for ((stream, externals), plain) in members.iter().zip(&plain) {
                let stream = stream.read();
                let cx = Cx::new(&stream, &options, &**externals);
                let tops = Source { name: "", cx, problems: &[], skipped: &[] }.tops();
                let found = arrays(&cx, &Budget::new(limits::ARRAY_SEARCH), job.flag());
                for f in found.found {
                    if rows.len() == LISTED || (plain.is_none() && !tops.contains(&f.path.pickle)) {
                        continue;
                    }
                    let n = before + tops.iter().take_while(|t| **t < f.path.pickle).count();
                    let can = |k: &&Format| plan::can(&cx, f.handle, &f.meaning, **k).is_ok();
                    let array = f.meaning.body.array().map(|a| &a.array);
                    rows.push(ArrayRow {
                        path: plain.clone().unwrap_or_else(|| path_text(&cx, &f.path, n)),
                        what: f.meaning.short.clone(),
                        kinds: Format::ALL.iter().filter(can).copied().collect(),
                        slices: array.and_then(batch::files_of).unwrap_or(0),
                        first: array.map_or_else(String::new, batch::first_slice),
                        len: array.map_or(0, Array::len),
                        bytes: array.map_or(0, Array::nbytes),
                        exact: array.and_then(|a| png::exact_bytes(&a.dtype)),
                    });
                }
                before += tops.len();
            }
            let bytes = rows.len() as u64 * 256;
            Ok((rows, bytes))
        })
    }

    pub(in crate::session) fn export_all(&mut self, request: ExportAll) {
        let (Some(format), Some(d)) = (Format::from_ending(request.kind), self.document_of(request.doc)) else {
            return;
        };
        let plain: Vec<Option<String>> =
            (0..d.members.len()).map(|member| self.plain_path(Place { doc: request.doc, member })).collect();
        let members: Vec<_> = d.members.iter().map(|m| (m.stream.clone(), m.externals.clone())).collect();
        let (options, title, original) = (d.options.clone(), d.title.clone(), d.path.clone());
        self.jobs.spawn(format!("Writing arrays to {}", request.dir.display()), Some(request.doc), move |job| {
            let guards: Vec<_> = members.iter().map(|(stream, _)| stream.read()).collect();
            let members: Vec<Member<'_>> = guards
                .iter()
                .zip(&members)
                .zip(plain)
                .map(|((stream, (_, externals)), plain)| {
                    let cx = Cx::new(stream, &options, &**externals);
                    Member { source: Source { name: "", cx, problems: &[], skipped: &[] }, plain }
                })
                .collect();
            let wish = batch::Wish {
                format,
                pattern: request.pattern,
                slices: request.slices,
                options: value::Options {
                    mapping: request.mapping,
                    compress: request.compress,
                    ..value::Options::default()
                },
                taken: request.taken,
                shared: request.shared,
            };
            let mut watch = |done, total| {
                job.progress(done, total);
                !job.cancelled()
            };
            let mut say = |said: Said<'_>| {
                if let Said::Wrote { path, .. } = said {
                    job.what(format!("Writing {path}"));
                }
                Ok(())
            };
            let dir = request.dir.display().to_string();
            let original = original.as_deref();
            if request.together {
                let done = together_at(&request.dir, &title, request.taken).and_then(|to| {
                    let done = batch::together(&members, original, &to, request.compress, &mut watch, &mut say)?;
                    Ok((done, to))
                });
                let notice = match done {
                    Ok((d, to)) => Notice::note(format!(
                        "Wrote {} to {}{}",
                        files(d.written, "array"),
                        to.display(),
                        left_out(d.left_out, request.kind)
                    )),
                    Err(ExportError::Cancelled) => Notice::note("Stopped; nothing was written"),
                    Err(e) => Notice::error(format!("The arrays were not written: {e}")),
                };
                return Box::new(move |s: &mut Session| s.notify(notice));
            }
            let done = batch::run(&members, &title, original, &request.dir, &wish, &mut watch, &mut say);
            let notice = match done {
                Ok(d) => {
                    let rest = left_out(d.left_out, request.kind);
                    Notice::note(format!("Wrote {} to {dir}{rest}", files(d.written, "file")))
                }
                Err(ExportError::Cancelled) => {
                    Notice::note(format!("Stopped; what was written to {dir} by then stays"))
                }
                Err(e) => Notice::error(format!("Not all arrays were written: {e}")),
            };
            Box::new(move |s: &mut Session| s.notify(notice))
        });
    }
}
