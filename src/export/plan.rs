//! Which formats can hold a value, and why not; and what its file is called. Decides before anything is written.

use super::{ExportError, Format, npy, picture, sparse, worth};
use crate::interpret::{Body, Cx, Meaning};
use crate::machine::{Handle, Value};
use std::collections::HashSet;

/// A format, and why it cannot hold the value if it cannot.
pub type Choice = (Format, Result<(), String>);

/// All formats, in the order that menus offer them.
pub fn choices(cx: &Cx<'_>, h: Handle, meaning: &Meaning) -> Vec<Choice> {
    Format::ALL.iter().map(|f| (*f, can(cx, h, meaning, *f))).collect()
}

/// Whether a format can hold a value; else a sentence that says why not, and what can.
///
/// # Errors
/// That sentence.
pub fn can(cx: &Cx<'_>, h: Handle, meaning: &Meaning, format: Format) -> Result<(), String> {
    let array = meaning.body.array();
    let said = |e: ExportError| e.to_string();
    match (format, array) {
        (Format::Py, _) if cx.stream.is_content() => {
            Err("no pickle made the array, so there are no calls to write; npy and json hold it".to_owned())
        }
        (Format::Json | Format::Py, _) => Ok(()),
        (Format::Csv | Format::Npz, None) if let Body::Sparse(s) = &meaning.body => sparse::can(s, format),
        (Format::Png, Some(a)) => picture::single(&a.array).map(|_| ()).map_err(said),
        (Format::Tiff, Some(a)) => {
            a.array.clone().opened().map_err(|e| e.to_string()).and_then(|a| picture::check(&a).map_err(said))
        }
        (Format::Npy | Format::Npz, Some(a)) => npy::prepare(&a.array)
            .and_then(|(a, _)| npy::header(npy::widened(&a.dtype).as_ref().unwrap_or(&a.dtype), a.shape(), false))
            .map(|_| ())
            .map_err(said),
        (Format::Csv, Some(a)) if a.array.dtype.has_objects() && a.objects.is_none() => {
            Err("the elements are Python objects within a structure; json and py hold them".to_owned())
        }
        (Format::Csv, Some(a)) => worth(&a.array).map_err(said),
        (Format::Bin, Some(a)) if a.array.dtype.has_objects() => {
            Err("the elements are Python objects, which have no bytes; json and py hold them".to_owned())
        }
        (Format::Bin, Some(a)) => worth(&a.array).map_err(said),
        (Format::Csv, None) if matches!(meaning.body, Body::Frame(_)) => Ok(()),
        (Format::Bin, None) => match cx.value(h) {
            Value::Str(..) | Value::Legacy(..) | Value::Bytes(_) | Value::ByteArray(_) => Ok(()),
            _ if cx.payload(h).is_some() => Ok(()),
            _ => Err(format!("{} has no raw bytes; json and py hold it", article(&meaning.kind))),
        },
        (f, None) if matches!(meaning.body, Body::Sparse(_)) => Err(format!(
            "{f:?} holds arrays, and this is a sparse matrix; npz as scipy writes it, csv and json hold it"
        )),
        (f, None) => Err(format!("{f:?} holds arrays, and this is {}; json and py hold it", article(&meaning.kind))),
    }
}

/// The numbers of a value for a format of numbers: its array, or its picture's.
pub fn is_array(meaning: &Meaning) -> bool {
    meaning.body.array().is_some()
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

/// Characters of a file name that is made of a path.
const LONGEST: usize = 100;

/// File names for many values: each made of its path by a pattern, each once.
pub struct Names {
    pattern: String,
    stem: String,
    taken: HashSet<String>,
    count: u64,
    /// The last name without its ending.
    base: String,
}

impl Names {
    /// Names by a pattern, in which `{path}` stands for the value's path, `{file}` for the opened file's name without its
    /// endings, and `{n}` for a running number from 1. An empty pattern is `{path}`.
    pub fn new(pattern: &str, file: &str) -> Self {
        let pattern = if pattern.is_empty() { "{path}" } else { pattern };
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let stem = base.trim_start_matches('.').split('.').next().unwrap_or("");
        let stem = safe(stem);
        let stem = if stem.is_empty() { "pickle".to_owned() } else { stem };
        Self { pattern: pattern.to_owned(), stem, taken: HashSet::new(), count: 0, base: String::new() }
    }

    /// The name of the value at `path`, the root's being that of the file.
    pub fn name(&mut self, path: &str, ending: &str) -> String {
        self.count += 1;
        let of_path = safe(path);
        let of_path = if of_path.is_empty() { self.stem.clone() } else { of_path };
        let name = self
            .pattern
            .replace("{path}", &of_path)
            .replace("{file}", &self.stem)
            .replace("{n}", &self.count.to_string());
        let name: String = name.chars().map(|c| if is_safe(c) || c == '.' || c == ' ' { c } else { '_' }).collect();
        self.base = reserved(name.trim_matches(['.', ' ']));
        let name = format!("{}.{ending}", self.base);
        // Two names that differ in case are one on many file systems.
        if self.taken.insert(name.to_lowercase()) { name } else { self.again(ending) }
    }

    /// Another name for the last value: the next number behind it.
    pub fn again(&mut self, ending: &str) -> String {
        let mut n = 1_u64;
        loop {
            n += 1;
            let name = format!("{}_{n}.{ending}", self.base);
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
        }
    }
}

fn is_safe(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// `['weights'][0].coef_` becomes `weights_0_coef_`.
pub fn safe(path: &str) -> String {
    let mut out = String::new();
    let mut count = 0;
    for c in path.chars() {
        let c = if is_safe(c) { c } else { '_' };
        if c == '_' && (out.is_empty() || out.ends_with('_')) {
            continue;
        }
        out.push(c);
        count += 1;
        if count == LONGEST {
            break;
        }
    }
    let end = out.trim_end_matches('_').len();
    // One underscore at the end may be the attribute's own, as in `coef_`.
    let own = path.ends_with('_') && end < out.len();
    out.truncate(end + usize::from(own));
    out
}

/// Names that Windows keeps for devices.
fn reserved(name: &str) -> String {
    let upper = name.split('.').next().unwrap_or("").trim_end().to_ascii_uppercase();
    let device = matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (upper.len() == 4
            && (upper.starts_with("COM") || upper.starts_with("LPT"))
            && upper.ends_with(|c: char| c.is_ascii_digit()));
    if device || name.is_empty() { format!("_{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_unique() {
        let mut n = Names::new("", "dir/run 7.tar.gz");
        assert_eq!(n.name("", "png"), "run_7.png");
        assert_eq!(n.name("['weights'][0].coef_", "png"), "weights_0_coef_.png");
        assert_eq!(n.name("['../../etc/passwd']", "npy"), "etc_passwd.npy");
        assert_eq!(n.name("['a b']", "npy"), "a_b.npy");
        assert_eq!(n.name("['A/b']", "npy"), "A_b_2.npy");
        assert_eq!(n.name("['con']", "csv"), "_con.csv");
        assert_eq!(n.name("['größe']", "csv"), "größe.csv");
        assert_eq!(n.name(&"['x']".repeat(100), "csv").chars().count(), 103);
        let mut n = Names::new("{file}-{n}-{path}", ".hidden.pkl");
        assert_eq!(n.name("#1['x']", "png"), "hidden-1-1_x.png");
        assert_eq!(Names::new("../{path}", "a").name("['x']", "png"), "_x.png");
    }
}
