//! What is said through the door: a greeting, and paths with their lengths; one word back.
//! Lengths are believed within bounds alone, for whoever speaks need not be picklescope.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What the running window answers when it has taken the files.
pub const TAKEN: &[u8; 6] = b"taken\n";
const GREETING: &[u8; 14] = b"picklescope 1\n";
/// Files in one message.
const FILES: u32 = 10_000;
/// Bytes of one path: twice what Linux allows.
const PATH: u32 = 8192;

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The message that hands over these absolute paths.
///
/// # Errors
/// Too many, or one too long: they get a window of their own.
pub fn write(files: &[PathBuf]) -> io::Result<Vec<u8>> {
    let mut out = GREETING.to_vec();
    let count = u32::try_from(files.len()).ok().filter(|n| *n <= FILES).ok_or_else(|| bad("too many files"))?;
    out.extend(count.to_le_bytes());
    for file in files {
        let bytes = to_bytes(file)?;
        let len = u32::try_from(bytes.len()).ok().filter(|n| *n <= PATH).ok_or_else(|| bad("path too long"))?;
        out.extend(len.to_le_bytes());
        out.extend(bytes);
    }
    Ok(out)
}

/// Reads such a message.
///
/// # Errors
/// It is something else, or ends early.
pub fn read(from: &mut impl Read) -> io::Result<Vec<PathBuf>> {
    let mut greeting = [0; GREETING.len()];
    from.read_exact(&mut greeting)?;
    if &greeting != GREETING {
        return Err(bad("another greeting"));
    }
    let count = number(from, FILES)?;
    let mut files = Vec::new();
    for _ in 0..count {
        let len = number(from, PATH)?;
        let mut bytes = Vec::new();
        from.take(u64::from(len)).read_to_end(&mut bytes)?;
        if u32::try_from(bytes.len()) != Ok(len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let path = from_bytes(bytes)?;
        if !path.is_absolute() {
            return Err(bad("a relative path"));
        }
        files.push(path);
    }
    Ok(files)
}

fn number(from: &mut impl Read, most: u32) -> io::Result<u32> {
    let mut n = [0; 4];
    from.read_exact(&mut n)?;
    Some(u32::from_le_bytes(n)).filter(|n| *n <= most).ok_or_else(|| bad("a number out of bounds"))
}

#[cfg(unix)]
fn to_bytes(path: &Path) -> io::Result<Vec<u8>> {
    Ok(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec())
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> io::Result<PathBuf> {
    Ok(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into())
}

// A Windows path that is no Unicode gets a window of its own.
#[cfg(not(unix))]
fn to_bytes(path: &Path) -> io::Result<Vec<u8>> {
    path.to_str().map(|s| s.as_bytes().to_vec()).ok_or_else(|| bad("a path that is no Unicode"))
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> io::Result<PathBuf> {
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| bad("a path that is no Unicode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_and_every_lie_is_refused() {
        let root = if cfg!(windows) { "C:\\" } else { "/" };
        let files = [PathBuf::from(format!("{root}a b.pkl")), PathBuf::from(format!("{root}é"))];
        let good = write(&files).unwrap();
        assert_eq!(read(&mut good.as_slice()).unwrap(), files);
        for cut in 0..good.len() {
            assert!(read(&mut good.get(..cut).unwrap()).is_err(), "cut at {cut}");
        }
        let mut lie = good.clone();
        lie.splice(14..18, u32::MAX.to_le_bytes());
        assert!(read(&mut lie.as_slice()).is_err());
        let mut long = good;
        long.splice(18..22, u32::MAX.to_le_bytes());
        assert!(read(&mut long.as_slice()).is_err());
        assert!(read(&mut write(&[PathBuf::from("relative")]).unwrap().as_slice()).is_err());
        assert!(write(&[PathBuf::from("x".repeat(9000))]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_path_need_not_be_unicode() {
        let odd = from_bytes(b"/odd\xff\xfe.pkl".to_vec()).unwrap();
        let said = write(std::slice::from_ref(&odd)).unwrap();
        assert_eq!(read(&mut said.as_slice()).unwrap(), [odd]);
    }
}
