//! `.npz`: a zip of `.npy` members, as `numpy.savez` writes it.
//! Must never give two members one name, nor one that leads out of a folder.

use super::{Done, ExportError, Watch, npy};
use crate::tensor::Array;
use std::collections::HashSet;
use std::io::{Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Writes arrays under their names; those that npy cannot hold are left out and named in the notes.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn write<W: Write + Seek>(
    arrays: &[(String, Array)],
    compress: bool,
    out: W,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let mut zip = ZipWriter::new(out);
    let mut done = Done::default();
    let mut names = HashSet::new();
    let total = arrays.iter().fold(0_u64, |n, (_, a)| n.saturating_add(a.len()));
    let mut before = 0_u64;
    for (name, array) in arrays {
        // The header is tried first: nothing is begun for an array that cannot be written.
        if let Err(e) = npy::prepare(array) {
            done.notes.push(format!("{name} is left out: {e}."));
            continue;
        }
        let name = unique(name, &mut names);
        let method = if compress { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            // The same arrays make the same file.
            .last_modified_time(DateTime::default())
            .large_file(array.nbytes() > u64::from(u32::MAX) - (1 << 20));
        zip.start_file(format!("{name}.npy"), options).map_err(|e| ExportError::Io(e.into()))?;
        let part = npy::write(array, &mut zip, &mut |n, _| watch(before.saturating_add(n), total))?;
        before = before.saturating_add(array.len());
        done.missing = done.missing.saturating_add(part.missing);
        done.notes.extend(part.notes.into_iter().map(|n| format!("{name}: {n}")));
    }
    zip.finish().map_err(|e| ExportError::Io(e.into()))?;
    Ok(done)
}

fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let base: String = name.chars().map(|c| if c == '/' || c == '\\' || c.is_control() { '_' } else { c }).collect();
    let base = if base.is_empty() || base == "." || base == ".." { "arr_0".to_owned() } else { base };
    let mut n = 1_u64;
    let mut name = base.clone();
    while !taken.insert(name.clone()) {
        n += 1;
        name = format!("{base}_{n}");
    }
    name
}
