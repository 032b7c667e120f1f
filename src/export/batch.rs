//! Every array of a file into a folder, whole or slice by slice: the loop that the window and the command line share.
//! Must never stop at an array that the format cannot hold: it says so and goes on.

use super::report::{Source, path_text};
use super::{Done, ExportError, Format, Watch, atomic, cannot, npz, picture, plan, png, value};
use crate::interpret::{Cx, Found, arrays};
use crate::machine::Handle;
use crate::source::limits::{self, Budget};
use crate::tensor::{Array, Part};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// What is done where a file of the name is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Taken {
    /// The new one gets a number behind its name.
    #[default]
    Number,
    /// The old one is left as it is, and the new one not written.
    Keep,
    /// The new one takes its place.
    Replace,
}

impl Taken {
    /// All of them, in the order of a menu.
    pub const ALL: [Self; 3] = [Self::Number, Self::Keep, Self::Replace];

    /// What it does, for a menu.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Number => "Number the new one",
            Self::Keep => "Leave the old one, write no new one",
            Self::Replace => "Replace the old one",
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The kind of the files.
    pub format: Format,
    /// Their names, see [`plan::Names::new`].
    pub pattern: String,
    /// Each picture of an array with more axes is a file of its own.
    pub slices: bool,
    /// How each is written.
    pub options: value::Options,
    /// What is done where a file of the name is there already.
    pub taken: Taken,
    /// The slices of one array have one range of colours.
    pub shared: bool,
}

/// A member of the file.
pub struct Member<'a> {
    /// It.
    pub source: Source<'a>,
    /// The path of its value, where it is an array and no pickle.
    pub plain: Option<String>,
}

/// What is told on the way.
pub enum Said<'a> {
    /// There may be more arrays than were found.
    Partial,
    /// A file is written.
    Wrote {
        /// The value's path.
        path: &'a str,
        /// The file.
        to: &'a Path,
        /// What it holds less exactly.
        notes: &'a [String],
    },
    /// An array is left out.
    LeftOut {
        /// The value's path.
        path: &'a str,
        /// Why, and what holds it.
        why: &'a str,
        /// The values themselves told so, not their type.
        late: bool,
    },
}

/// What it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files written.
    pub written: u64,
    /// Arrays left out.
    pub left_out: u64,
}

/// Parts of an array's work that progress is counted in.
const PARTS: u64 = 1000;

/// Writes one value to a file, all of it or nothing. `original` is the opened file.
///
/// # Errors
/// As [`value::write()`], and those of the file system.
pub fn save(
    cx: &Cx<'_>,
    h: Handle,
    format: Format,
    options: &value::Options,
    to: &Path,
    original: Option<&Path>,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    if value::seeks(format) {
        return atomic::write_seek(to, original, |f| {
            value::write_seek(cx, h, format, options, BufWriter::new(f), &mut *watch)
        });
    }
    atomic::write(to, original, |w| value::write(cx, h, format, options, w, &mut *watch))
}

/// Writes every array that the format can hold. `file` is the opened file's name, `original` its path.
///
/// # Errors
/// Those of the file system and of `say`, and a stop; what was written by then stays.
pub fn run(
    members: &[Member<'_>],
    file: &str,
    original: Option<&Path>,
    dir: &Path,
    wish: &Wish,
    watch: Watch<'_>,
    say: &mut dyn FnMut(Said<'_>) -> Result<(), ExportError>,
) -> Result<Summary, ExportError> {
    let todo = todo(members, watch, say)?;
    std::fs::create_dir_all(dir).map_err(|e| {
        ExportError::Io(std::io::Error::new(e.kind(), format!("{} cannot be made: {e}", dir.display())))
    })?;
    let mut batch =
        Batch { names: plan::Names::new(&wish.pattern, file), wish, file, original, dir, done: Summary::default() };
    let total = u64::try_from(todo.len()).unwrap_or(u64::MAX).saturating_mul(PARTS);
    for (k, (m, path, f)) in (0_u64..).zip(&todo) {
        let Some(member) = members.get(*m) else { continue };
        let mut watch =
            |done: u64, all: u64| watch(k * PARTS + done.saturating_mul(PARTS).checked_div(all).unwrap_or(0), total);
        batch.array(&member.source.cx, path, f, &mut watch, say)?;
    }
    Ok(batch.done)
}

/// The arrays of all members with their paths; the number is the member's.
fn todo(
    members: &[Member<'_>],
    watch: Watch<'_>,
    say: &mut dyn FnMut(Said<'_>) -> Result<(), ExportError>,
) -> Result<Vec<(usize, String, Found)>, ExportError> {
    let never = AtomicBool::new(false);
    let (mut todo, mut before) = (Vec::new(), 0);
    for (m, member) in members.iter().enumerate() {
        let cx = &member.source.cx;
        let found = arrays(cx, &Budget::new(limits::ARRAY_SEARCH), &never);
        if found.partial {
            say(Said::Partial)?;
        }
        let tops = member.source.tops();
        for f in found.found.into_iter().filter(|f| member.plain.is_some() || tops.contains(&f.path.pickle)) {
            let n = before + tops.iter().take_while(|t| **t < f.path.pickle).count();
            todo.push((m, member.plain.clone().unwrap_or_else(|| path_text(cx, &f.path, n)), f));
        }
        before += tops.len();
        if !watch(0, 0) {
            return Err(ExportError::Cancelled);
        }
    }
    Ok(todo)
}

struct Batch<'a> {
    names: plan::Names,
    wish: &'a Wish,
    file: &'a str,
    original: Option<&'a Path>,
    dir: &'a Path,
    done: Summary,
}

impl Batch<'_> {
    fn array(
        &mut self,
        cx: &Cx<'_>,
        path: &str,
        f: &Found,
        watch: Watch<'_>,
        say: &mut dyn FnMut(Said<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let whole = f.meaning.body.array().map(|a| &a.array).filter(|_| self.wish.slices);
        let slices = match whole.map(slices) {
            Some(Err(e)) => return self.left_out(path, &e.to_string(), false, say),
            Some(Ok(slices)) => slices,
            None => Vec::new(),
        };
        if slices.is_empty() {
            if let Err(why) = plan::can(cx, f.handle, &f.meaning, self.wish.format) {
                return self.left_out(path, &why, false, say);
            }
            return self.file(cx, f.handle, [path, path], None, watch, say);
        }
        let range = self.shared_range(f, watch)?;
        let count = u64::try_from(slices.len()).unwrap_or(u64::MAX);
        for (k, (index, view)) in (0_u64..).zip(slices) {
            let index: Vec<String> = index.iter().map(u64::to_string).collect();
            // names stand in the order of the slices, however they are sorted
            let name = whole.map_or_else(|| path.to_owned(), |a| format!("{path}{}", padded(a, &index)));
            let path = format!("{path}[{}]", index.join(", "));
            let mut watch = |done: u64, all: u64| {
                watch(k * PARTS + done.saturating_mul(PARTS).checked_div(all).unwrap_or(0), count.saturating_mul(PARTS))
            };
            self.file(cx, f.handle, [&path, &name], Some((view, range)), &mut watch, say)?;
        }
        Ok(())
    }

    fn file(
        &mut self,
        cx: &Cx<'_>,
        h: Handle,
        [path, name]: [&str; 2],
        part: Option<(Array, Option<(f64, f64)>)>,
        watch: Watch<'_>,
        say: &mut dyn FnMut(Said<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let ending = self.wish.format.ending();
        let mut to: PathBuf = self.dir.join(self.names.name(name, ending));
        match self.wish.taken {
            Taken::Keep if is_there(&to) => {
                return self.left_out(path, "a file of that name is there already", true, say);
            }
            Taken::Number => {
                while is_there(&to) {
                    to = self.dir.join(self.names.again(ending));
                }
            }
            Taken::Keep | Taken::Replace => {}
        }
        let origin = (self.file.to_owned(), path.to_owned());
        let (view, range) = part.unzip();
        let mut options = value::Options { origin, view, ..self.wish.options.clone() };
        options.mapping.range = options.mapping.range.or(range.flatten());
        match save(cx, h, self.wish.format, &options, &to, self.original, watch) {
            Ok(done) => {
                self.done.written += 1;
                say(Said::Wrote { path, to: &to, notes: &done.notes })
            }
            // Only the values tell that a TIFF cannot hold them.
            Err(ExportError::Cannot(why)) => self.left_out(path, &why, true, say),
            Err(ExportError::Io(e)) => {
                let text = format!("{} cannot be written: {e}", to.display());
                Err(ExportError::Io(std::io::Error::new(e.kind(), text)))
            }
            Err(e) => Err(e),
        }
    }

    /// The range that the slices of an array share.
    fn shared_range(&self, f: &Found, watch: Watch<'_>) -> Result<Option<(f64, f64)>, ExportError> {
        let mapped = self.wish.shared && self.wish.format == Format::Png;
        let Some(a) = f.meaning.body.array().map(|a| &a.array).filter(|_| mapped) else { return Ok(None) };
        let exact = png::exact_bytes(&a.dtype).is_some() && !self.wish.options.mapping.always;
        // No range is used; or each slice says why it is no picture, and nothing of it is read.
        if exact || picture::check(a).is_err() {
            return Ok(None);
        }
        let part = self.wish.options.mapping.part;
        let part = part.unwrap_or(if a.dtype.is_complex() { Part::Magnitude } else { Part::Real });
        match picture::extent(a, part, &mut |_, _| watch(0, 1)) {
            Ok(found) => Ok(found.range),
            Err(ExportError::Cannot(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn left_out(
        &mut self,
        path: &str,
        why: &str,
        late: bool,
        say: &mut dyn FnMut(Said<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.done.left_out += 1;
        say(Said::LeftOut { path, why, late })
    }
}

/// The index of a slice with as many digits as the last one of each axis has: `[07, 0]`.
fn padded(array: &Array, index: &[String]) -> String {
    let width = |d: u64| d.saturating_sub(1).to_string().len();
    let parts: Vec<String> = index.iter().zip(array.shape()).map(|(i, d)| format!("{i:0>0$}", width(*d))).collect();
    format!("[{}]", parts.join(", "))
}

/// What the name of an array's first slice has behind the array's own; nothing where it is not cut.
pub fn first_slice(array: &Array) -> String {
    let plane = if picture::has_channels(array) { 3 } else { 2 };
    let zeros = vec!["0".to_owned(); array.ndim().saturating_sub(plane)];
    if zeros.is_empty() { String::new() } else { padded(array, &zeros) }
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Writes every array that NPY can hold to one NPZ, each under the name of its path. `original` is the opened file's path.
///
/// # Errors
/// Those of the file system and of `say`, and a stop; then nothing is written.
pub fn together(
    members: &[Member<'_>],
    original: Option<&Path>,
    to: &Path,
    compress: bool,
    watch: Watch<'_>,
    say: &mut dyn FnMut(Said<'_>) -> Result<(), ExportError>,
) -> Result<Summary, ExportError> {
    let mut done = Summary::default();
    let mut arrays: Vec<(String, Array)> = Vec::new();
    for (m, path, f) in todo(members, watch, say)? {
        let Some(member) = members.get(m) else { continue };
        match plan::can(&member.source.cx, f.handle, &f.meaning, Format::Npz) {
            Ok(()) => {
                // found by a quick look, which leaves out what must be unescaped
                let whole = crate::interpret::meaning(&member.source.cx, f.handle);
                let name = plan::safe(&path);
                let name = if name.is_empty() { "arr_0".to_owned() } else { name };
                arrays.extend(whole.body.array().map(|a| (name, a.array.clone())));
            }
            Err(why) => {
                done.left_out += 1;
                say(Said::LeftOut { path: &path, why: &why, late: false })?;
            }
        }
    }
    if arrays.is_empty() {
        return cannot("the file holds no array that NPZ could hold");
    }
    let told = atomic::write_seek(to, original, |f| npz::write(&arrays, compress, BufWriter::new(f), &mut *watch))?;
    done.written = u64::try_from(arrays.len()).unwrap_or(u64::MAX);
    say(Said::Wrote { path: "", to, notes: &told.notes })?;
    Ok(done)
}

/// How many files an array makes, slice by slice; 1 where it is not cut, `None` where there are too many.
pub fn files_of(array: &Array) -> Option<u64> {
    let plane = if picture::has_channels(array) { 3 } else { 2 };
    let stack = array.shape().get(..array.ndim().saturating_sub(plane)).unwrap_or(&[]);
    let count = stack.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
    (count <= limits::SLICES).then_some(count.max(1))
}

/// The pictures of an array with more axes than a picture has, in C order; none where it is one, or less.
fn slices(array: &Array) -> Result<Vec<(Vec<u64>, Array)>, ExportError> {
    let plane = if picture::has_channels(array) { 3 } else { 2 };
    let stack: Vec<u64> = array.shape().get(..array.ndim().saturating_sub(plane)).unwrap_or(&[]).to_vec();
    if stack.is_empty() || array.is_empty() {
        return Ok(Vec::new());
    }
    let count = stack.iter().try_fold(1_u64, |n, d| n.checked_mul(*d)).filter(|n| *n <= limits::SLICES);
    let Some(count) = count else {
        return cannot(format!("it has more than {} slices, which would be as many files", limits::SLICES));
    };
    let mut out = Vec::new();
    for k in 0..count {
        let (mut rest, mut index, mut view) = (k, Vec::new(), array.clone());
        for (axis, d) in stack.iter().enumerate().rev() {
            let i = rest.checked_rem(*d).unwrap_or(0);
            rest = rest.checked_div(*d).unwrap_or(0);
            view = view.slice(axis, i).map_err(|e| ExportError::Cannot(e.to_string()))?;
            index.push(i);
        }
        index.reverse();
        out.push((index, view));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    #[test]
    fn a_stack_is_cut_into_its_pictures() {
        let of = |shape: &[u64]| {
            let n: u64 = shape.iter().product();
            let bytes: Vec<u8> = (0..n).map(|v| u8::try_from(v % 251).unwrap()).collect();
            slices(&Array::new_c(DType::uint(1), shape, Data::memory(bytes)).unwrap())
        };
        let all = of(&[2, 3, 4, 5]).unwrap();
        assert_eq!((all.len(), &all[4].0, all[4].1.shape()), (6, &vec![1, 1], [4, 5].as_slice()));
        assert_eq!(all[4].1.value(&[0, 0]).text(), "80");
        // channels belong to the picture
        assert!(of(&[4, 5, 3]).unwrap().is_empty() && of(&[7]).unwrap().is_empty());
        assert_eq!(of(&[2, 4, 5, 3]).unwrap().len(), 2);
        assert!(of(&[200_000, 1, 1]).is_err());
        let deep = Array::new_c(DType::uint(1), &[12, 3, 2, 2], Data::memory(vec![0; 144])).unwrap();
        assert_eq!(first_slice(&deep), "[00, 0]");
        assert_eq!(padded(&deep, &["7".to_owned(), "2".to_owned()]), "[07, 2]");
    }
}
