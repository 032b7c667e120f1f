//! A file that is either all there or not there: written beside its target under a temporary name, flushed to the disk,
//! then renamed. Must never write over the file that is being inspected, and must leave nothing behind when stopped.

use super::ExportError;
use std::fs::{File, Metadata};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes `target` by means of `fill`. `source` is the opened file, which is refused as a target.
///
/// # Errors
/// Those of `fill` and of the file system; the target is then as it was.
pub fn write<T>(
    target: &Path,
    source: Option<&Path>,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    write_seek(target, source, |f| {
        let mut buffered = BufWriter::with_capacity(1 << 20, f);
        let done = fill(&mut buffered)?;
        buffered.flush()?;
        Ok(done)
    })
}

/// As [`write()`], for formats that go back to fill in offsets.
///
/// # Errors
/// As [`write()`].
pub fn write_seek<T>(
    target: &Path,
    source: Option<&Path>,
    fill: impl FnOnce(&mut File) -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    // A link is followed: what it points to is replaced, not the link.
    let target = resolve(target);
    if let Some(source) = source
        && is_same_file(source, &target)
    {
        let text =
            format!("{} is the opened file itself, which is never written; choose another name", target.display());
        return Err(ExportError::Cannot(text));
    }
    if target.is_dir() {
        return Err(ExportError::Cannot(format!("{} is a folder; give a file name in it", target.display())));
    }
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    if let Ok(meta) = std::fs::metadata(&target)
        && !meta.is_file()
    {
        // A pipe or a device (`/dev/stdout`) cannot be renamed onto: it is written as it is.
        let mut file = std::fs::OpenOptions::new().write(true).open(&target)?;
        return fill(&mut file);
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".picklescope-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&target).map_or(0o666, |m| m.permissions().mode() & 0o777);
        // What the user's umask takes away is taken away from new files, as from any other.
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    // Dropped on any error, which removes it.
    let mut temporary = builder.tempfile_in(folder).map_err(|e| explain(e, folder))?;
    let done = fill(temporary.as_file_mut())?;
    temporary.as_file().sync_all()?;
    temporary.persist(&target).map_err(|e| explain(e.error, &target))?;
    // The name is on the disk only when the folder is. Not every file system can say so.
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().ok();
    }
    Ok(done)
}

fn explain(e: io::Error, path: &Path) -> ExportError {
    ExportError::Io(io::Error::new(e.kind(), format!("{}: {e}", path.display())))
}

fn resolve(target: &Path) -> PathBuf {
    match std::fs::symlink_metadata(target) {
        Ok(m) if m.is_symlink() => std::fs::canonicalize(target).unwrap_or_else(|_| target.to_owned()),
        _ => target.to_owned(),
    }
}

/// The two paths lead to one file, by whatever names.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    let (Ok(x), Ok(y)) = (std::fs::metadata(a), std::fs::metadata(b)) else { return false };
    same(&x, &y).unwrap_or_else(|| match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    })
}

#[cfg(unix)]
fn same(a: &Metadata, b: &Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    Some(a.dev() == b.dev() && a.ino() == b.ino())
}

#[cfg(not(unix))]
fn same(_: &Metadata, _: &Metadata) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut v: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        v.sort();
        v
    }

    #[test]
    fn all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.bin");
        write(&target, None, |f| Ok(f.write_all(b"first")?)).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"first");
        let stopped = write(&target, None, |f| {
            f.write_all(b"half")?;
            Err::<(), _>(ExportError::Cancelled)
        });
        assert!(matches!(stopped, Err(ExportError::Cancelled)));
        assert_eq!(
            (std::fs::read(&target).unwrap(), names(folder.path())),
            (b"first".to_vec(), vec!["out.bin".into()])
        );
        assert!(matches!(write(folder.path(), None, |_| Ok(())), Err(ExportError::Cannot(_))));
        assert!(matches!(write(&folder.path().join("no/such"), None, |_| Ok(())), Err(ExportError::Io(_))));
    }

    #[cfg(unix)]
    #[test]
    fn the_opened_file_is_never_written() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a.pkl");
        std::fs::write(&source, b"pickle").unwrap();
        let (hard, soft) = (folder.path().join("hard"), folder.path().join("soft"));
        std::fs::hard_link(&source, &hard).unwrap();
        std::os::unix::fs::symlink(&source, &soft).unwrap();
        for name in [&source, &hard, &soft, &folder.path().join("./a.pkl")] {
            let refused = write(name, Some(&source), |f| Ok(f.write_all(b"gone")?));
            assert!(matches!(refused, Err(ExportError::Cannot(_))), "{}", name.display());
        }
        assert_eq!(std::fs::read(&source).unwrap(), b"pickle");
        // A link to another file is followed, and modes are kept.
        let other = folder.path().join("other");
        std::fs::write(&other, b"old").unwrap();
        std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o640)).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&other, &link).unwrap();
        write(&link, Some(&source), |f| Ok(f.write_all(b"new")?)).unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::metadata(&other).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
