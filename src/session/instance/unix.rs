//! The door on Unix: a socket in a directory of this user's that nobody else may enter, which is all the check of peers there need be.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub type Listener = UnixListener;

/// Makes the directory, or sees that it is this user's own; then nobody else may enter it.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    if let Some(parent) = dir.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
        _ => {}
    }
    let about = fs::symlink_metadata(dir)?;
    // A file made here and now has this user for its owner.
    let probe = dir.join(format!("probe-{}", std::process::id()));
    fs::remove_file(&probe).ok();
    let own = OpenOptions::new().write(true).create_new(true).open(&probe).and_then(|f| f.metadata()).map(|m| m.uid());
    fs::remove_file(&probe).ok();
    if !about.is_dir() || about.uid() != own? {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the directory for sockets is not this user's"));
    }
    if about.mode() & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn socket(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.socket"))
}

/// Opens the door; the caller holds the lock, so that a socket that is there is a dead one's.
pub fn bind(dir: &Path, name: &str) -> io::Result<Listener> {
    let path = socket(dir, name);
    fs::remove_file(&path).ok();
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

pub fn accept(listener: &Listener, patience: Duration) -> io::Result<UnixStream> {
    let (stream, _) = listener.accept()?;
    timeouts(stream, patience)
}

pub fn connect(dir: &Path, name: &str, patience: Duration) -> io::Result<UnixStream> {
    timeouts(UnixStream::connect(socket(dir, name))?, patience)
}

fn timeouts(stream: UnixStream, patience: Duration) -> io::Result<UnixStream> {
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_come_in() {
        let base = std::env::temp_dir().join(format!("picklescope-private-{}", std::process::id()));
        fs::remove_dir_all(&base).ok();
        let dir = base.join("door");
        fs::create_dir_all(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
        private_dir(&dir).unwrap();
        assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700, "closed, though it stood open");
        let _listener = bind(&dir, "w").unwrap();
        assert_eq!(fs::metadata(socket(&dir, "w")).unwrap().mode() & 0o777, 0o600);
        // a link to elsewhere is no directory of ours
        let link = base.join("link");
        std::os::unix::fs::symlink(&dir, &link).unwrap();
        assert!(private_dir(&link).is_err());
        fs::remove_dir_all(&base).ok();
    }
}
