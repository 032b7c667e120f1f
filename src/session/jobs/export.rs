//! Writing values to files: where to is asked of the window, the writing is a job.
//! Must never write the file that is open.

use super::{Done, JobCx, Outcome};
use crate::export::colored::Cut;
use crate::export::salvage::{self, Sidecar, sidecar_name};
use crate::export::{Done as Written, ExportError, Format, atomic, csv, npy, plan, value};
use crate::interpret::Cx;
use crate::interpret::salvage::CutArrays;
use crate::machine::{self, Handle};
use crate::session::action::{Action, Effect, ExportRequest, Notice};
use crate::session::item::{Item, Place};
use crate::session::load;
use crate::session::state::Session;
use crate::source::{Bytes, Span, limits};
use crate::tensor::{Array, Turn};
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;

impl Session {
    /// The subject can be written as a file of that kind.
    pub fn can_export(&self, kind: &str) -> bool {
        let (Some(handle), Some(format)) = (self.subject(), Format::from_ending(kind)) else { return false };
        self.with_cx(self.selection.place(), |cx| {
            let m = self.meaning_in(cx, self.selection.place(), handle);
            plan::can(&cx.quick(), handle, &m, format).is_ok()
        })
        .unwrap_or(false)
    }

    /// All of the subject, or a plane of it, can be written as a file of that kind.
    pub fn can_export_slice(&self, kind: &str) -> bool {
        let planes = |h| {
            self.meaning(self.selection.place(), h).is_some_and(|m| {
                m.body.array().is_some_and(|a| {
                    a.array.ndim() > 2 && !a.array.is_empty() && crate::tensor::drawable(&a.array.dtype)
                })
            })
        };
        self.can_export(kind) || (kind == "png" && self.subject().is_some_and(planes))
    }

    pub(in crate::session) fn export(&mut self, request: ExportRequest) {
        let Some(to) = request.to.clone() else {
            let name = self.proposed_name(request.place, request.kind);
            self.effects.push(Effect::PickSave(Box::new(Action::Export(request)), name));
            return;
        };
        let Some(format) = Format::from_ending(request.kind) else { return };
        let Some(doc) = self.document_of(request.place.doc) else { return };
        let Some(member) = doc.member(request.place.member) else { return };
        let (stream, externals, options) = (member.stream.clone(), member.externals.clone(), doc.options.clone());
        let (source, handle) = (doc.path.clone(), request.handle);
        let how = self.options_of(&request);
        let name = to.file_name().map_or_else(|| to.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        self.jobs.spawn(format!("Writing {name}"), Some(request.place.doc), move |job| {
            let stream = stream.read();
            let cx = Cx::new(&stream, &options, &*externals);
            let mut watch = |done, total| {
                job.progress(done, total);
                !job.cancelled()
            };
            let done = if value::seeks(format) {
                atomic::write_seek(&to, source.as_deref(), |f| {
                    value::write_seek(&cx, handle, format, &how, BufWriter::new(f), &mut watch)
                })
            } else {
                atomic::write(&to, source.as_deref(), |w| value::write(&cx, handle, format, &how, w, &mut watch))
            };
            written(job, &to.to_string_lossy(), done)
        });
    }

    /// Writes what a view made of itself.
    pub(in crate::session) fn save_made(&mut self, name: String, bytes: Arc<Vec<u8>>, to: Option<PathBuf>) {
        let Some(to) = to else {
            let action = Action::SaveMade { name: name.clone(), bytes, to: None };
            self.effects.push(Effect::PickSave(Box::new(action), name));
            return;
        };
        let source = self.document().and_then(|d| d.path.clone());
        self.jobs.spawn(format!("Writing {name}"), None, move |job| {
            let done = atomic::write(&to, source.as_deref(), |w| {
                w.write_all(&bytes)?;
                Ok(Written::default())
            });
            written(job, &to.to_string_lossy(), done)
        });
    }

    /// How a request is written, as the exporters take it.
    fn options_of(&self, request: &ExportRequest) -> value::Options {
        let how = request.how.clone();
        let array = |(place, handle): (Place, Handle)| match self.full_meaning(place, handle) {
            Outcome::Ready(m) => m.body.array().map(|a| a.array.clone()),
            _ => None,
        };
        let colors = how.colors.map(|seen| {
            let other = seen.other.and_then(array);
            // the same plane of an array of the same shape, or the plane itself
            let other =
                other.and_then(|o| if o.ndim() == 2 { Some(o) } else { seen.colors.cut.planes(&o).ok()?.pop() });
            (seen.colors, other)
        });
        let title = self.document_of(request.place.doc).map_or_else(String::new, |d| d.title.clone());
        value::Options {
            mapping: how.mapping,
            compress: how.compress,
            view: None,
            cut: how.cut,
            colors,
            origin: (title, self.path_at(request.place)),
        }
    }

    /// The path of the selected value, where it is in that member; whatever element of it is selected.
    pub fn path_at(&self, place: Place) -> String {
        let before = self.pickles_before(place);
        let item = (self.selection.place() == place).then(|| Item { element: None, ..self.selection.clone() });
        let path = item.and_then(|item| self.with_cx(place, |cx| crate::session::look::path_text(cx, &item, before)));
        self.plain_path(place).unwrap_or_default() + &path.unwrap_or_default()
    }

    /// Puts the picture that an export as PNG would write on the clipboard.
    pub(in crate::session) fn copy_picture(&mut self, request: ExportRequest) {
        let (place, handle) = (request.place, request.handle);
        let why = match self.preview(&request) {
            Err(why) => Some(format!("The picture was not copied: {why}")),
            Ok(p) if p.bytes.is_some_and(|b| b > limits::COPIED_PIXELS) => {
                Some("The picture is too large for the clipboard: export it as PNG.".to_owned())
            }
            Ok(_) => None,
        };
        if let Some(why) = why {
            self.notify(Notice::error(why));
            return;
        }
        let how = self.options_of(&request);
        let Some(doc) = self.document_of(place.doc) else { return };
        let Some(member) = doc.member(place.member) else { return };
        let (stream, externals, options) = (member.stream.clone(), member.externals.clone(), doc.options.clone());
        self.jobs.spawn("Drawing the picture", Some(place.doc), move |job| {
            let stream = stream.read();
            let cx = Cx::new(&stream, &options, &*externals);
            let mut png = Vec::new();
            let mut watch = |_, _| !job.cancelled();
            let done = value::write(&cx, handle, Format::Png, &how, &mut png, &mut watch);
            let picture = done.map_err(|e| e.to_string()).and_then(|_| {
                image::load_from_memory_with_format(&png, image::ImageFormat::Png).map_err(|e| e.to_string())
            });
            let effect = match picture {
                Ok(p) => {
                    let p = p.into_rgba8();
                    Effect::CopyImage(p.width(), p.height(), p.into_raw())
                }
                Err(why) => Effect::Notify(Notice::error(format!("The picture was not copied: {why}"))),
            };
            Box::new(move |s: &mut Session| s.effects.push(effect))
        });
    }

    /// Puts the numbers of a plane on the clipboard: rows of text, apart by tabs.
    pub(in crate::session) fn copy_numbers(&mut self, place: Place, handle: Handle, cut: Cut, part: Option<[u64; 4]>) {
        let Outcome::Ready(meaning) = self.full_meaning(place, handle) else { return };
        let Some(array) = meaning.body.array().map(|a| a.array.clone()) else { return };
        let turn = cut.turn;
        let plane = Cut { turn: Turn::default(), ..cut }.of(&array).and_then(|a| {
            let a = match part {
                None => a,
                Some([r0, c0, r1, c1]) => {
                    a.range(0, r0, r1.saturating_sub(r0), 1)?.range(1, c0, c1.saturating_sub(c0), 1)?
                }
            };
            let whole = Cut { row: 0, col: 1, channels: (a.ndim() > 2).then_some(2), fixed: vec![0; a.ndim()], turn };
            whole.of(&a)
        });
        let Ok(plane) = plane else { return };
        if plane.len() > limits::COPIED_NUMBERS {
            let n = crate::interpret::grouped(plane.len());
            let most = crate::interpret::grouped(limits::COPIED_NUMBERS);
            self.notify(Notice::error(format!(
                "{n} numbers are too many for the clipboard, which gets {most} at most: mark a region, or export them as CSV."
            )));
            return;
        }
        self.jobs.spawn("Copying the numbers", Some(place.doc), move |job| {
            let mut text = Vec::new();
            let done = csv::array(&plane, None, &mut text, &mut |_, _| !job.cancelled());
            let effect = match done {
                // numbers have no commas of their own
                Ok(_) => Effect::CopyText(String::from_utf8_lossy(&text).trim_end().replace(',', "\t")),
                Err(e) => Effect::Notify(Notice::error(format!("The numbers were not copied: {e}"))),
            };
            Box::new(move |s: &mut Session| s.effects.push(effect))
        });
    }

    /// Writes an array as NPY.
    pub(in crate::session) fn write_array(&mut self, place: Place, array: Array, to: PathBuf) {
        let source = self.document_of(place.doc).and_then(|d| d.path.clone());
        let name = to.file_name().map_or_else(|| to.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        self.jobs.spawn(format!("Writing {name}"), Some(place.doc), move |job| {
            let mut watch = |done, total| {
                job.progress(done, total);
                !job.cancelled()
            };
            let done = atomic::write(&to, source.as_deref(), |w| npy::write(&array, w, &mut watch));
            written(job, &to.to_string_lossy(), done)
        });
    }

    /// Writes an edited copy; `open` are files that must stay as they are.
    pub(in crate::session) fn write_repaired(
        &mut self,
        bytes: Bytes,
        to: PathBuf,
        open: Vec<PathBuf>,
        note: Option<String>,
        then: impl FnOnce(&mut Session) + Send + 'static,
    ) {
        let name = to.file_name().map_or_else(|| to.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        self.jobs.spawn(format!("Writing {name}"), None, move |job| {
            let shown = to.to_string_lossy().into_owned();
            let taken = open.iter().any(|p| atomic::is_same_file(p, &to));
            let done = if taken {
                let text = format!("{shown} is open here, and an opened file is never written; choose another name");
                Err(ExportError::Cannot(text))
            } else {
                atomic::write(&to, None, |w| {
                    let mut at = 0;
                    while at < bytes.len() {
                        let part = bytes.read(Span::at(at, 1 << 20), 1 << 20);
                        if part.is_empty() {
                            let why = bytes.fault().unwrap_or_else(|| "the opened file became shorter".to_owned());
                            return Err(ExportError::Cannot(why));
                        }
                        w.write_all(&part)?;
                        at = at.saturating_add(part.len() as u64);
                        job.progress(at, bytes.len());
                        if job.cancelled() {
                            return Err(ExportError::Cancelled);
                        }
                    }
                    Ok(Written { notes: note.into_iter().collect(), ..Written::default() })
                })
            };
            let well = done.is_ok();
            let say = written(job, &shown, done);
            Box::new(move |s: &mut Session| {
                say(s);
                if well {
                    then(s);
                }
            })
        });
    }

    pub(in crate::session) fn salvage(&mut self, place: Place, fill: bool, to: Option<PathBuf>) {
        let Some(doc) = self.document_of(place.doc) else { return };
        let Some(to) = to else {
            let stem = doc.title.split('.').next().filter(|s| !s.is_empty()).unwrap_or("pickle");
            let name = format!("{stem}.salvaged.pkl");
            self.effects.push(Effect::PickSave(Box::new(Action::Salvage { place, fill, to }), name));
            return;
        };
        let Some(member) = doc.member(place.member) else { return };
        let (stream, externals, options) = (member.stream.clone(), member.externals.clone(), doc.options.clone());
        let (source, title, part) = (doc.path.clone(), doc.title.clone(), member.name.clone());
        let arrays = if fill { CutArrays::Fill } else { CutArrays::Rows };
        let name = to.file_name().map_or_else(|| to.to_string_lossy(), |n| n.to_string_lossy()).into_owned();
        self.jobs.spawn(format!("Salvaging {name}"), Some(place.doc), move |job| {
            let mut watch = |done, total| {
                job.progress(done, total);
                !job.cancelled()
            };
            let stream = stream.read();
            // What went through something that rewrites bytes is turned back first.
            let turned = salvage::turned_back(&stream).map(|(how, data)| {
                let options = machine::Options::default();
                (how, machine::Scan::whole(Bytes::from_vec(data), options, load::inlines()))
            });
            let cx = Cx::new(turned.as_ref().map_or(&*stream, |(_, s)| s), &options, &*externals);
            let mut told = Sidecar::new(&title, turned.as_ref().map(|(how, _)| *how), arrays);
            let done = atomic::write(&to, source.as_deref(), |w| {
                let accounts = salvage::write(&cx, arrays, w, &mut watch)?;
                told.add(&cx, &part, &accounts);
                Ok(())
            });
            let done = done.and_then(|()| {
                atomic::write(&sidecar_name(&to), source.as_deref(), |w| {
                    Ok(serde_json::to_writer_pretty(w, &told).map_err(std::io::Error::from)?)
                })
            });
            let notice = match done {
                Ok(()) => Notice {
                    open: Some(to.clone()),
                    ..Notice::note(format!(
                        "Salvaged to {name}: {}. What was cut and guessed is told in {name}.salvage.json.",
                        told.sentence()
                    ))
                },
                Err(e) => Notice::error(format!("{name} was not written: {e}")),
            };
            Box::new(move |s: &mut Session| s.notify(notice))
        });
    }

    /// A file name without an ending, made of the document's and the selected value's.
    pub fn name_of_selection(&self) -> String {
        let name = self.proposed_name(self.selection.place(), "");
        name.trim_end_matches('.').to_owned()
    }

    /// A file name made of the document's and the value's.
    fn proposed_name(&self, place: Place, ending: &str) -> String {
        let title = self.document_of(place.doc).map_or("", |d| d.title.as_str());
        let stem = title.split('.').next().filter(|s| !s.is_empty()).unwrap_or("value");
        let path = self.path_at(place);
        let mut part: String = path.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
        while part.contains("__") {
            part = part.replace("__", "_");
        }
        let part = part.trim_matches('_').chars().take(60).collect::<String>();
        if part.is_empty() { format!("{stem}.{ending}") } else { format!("{stem}_{part}.{ending}") }
    }
}

/// Says how a write ended.
fn written(_: &JobCx, to: &str, done: Result<Written, ExportError>) -> Done {
    let text = match &done {
        Ok(d) if d.notes.is_empty() => format!("Wrote {to}"),
        Ok(d) => format!("Wrote {to}. {}", d.notes.join(" ")),
        Err(e) => format!("{to} was not written: {e}"),
    };
    let failed = done.is_err();
    Box::new(move |s: &mut Session| s.notify(if failed { Notice::error(text) } else { Notice::note(text) }))
}
