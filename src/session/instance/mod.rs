//! One window: the first picklescope of a user and display keeps a door; later ones hand it their files and end.
//! The door is a local socket that only this user can reach. No window, no printing, and no reading of the files themselves.
//!
//! Who is first is settled by a file lock, which ends with its process: a crashed window leaves nothing that must be cleaned.

mod message;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
use unix as local;
// Compiled for tests everywhere, so that what Windows uses is tested on all.
#[cfg(any(not(unix), test))]
mod loopback;
#[cfg(not(unix))]
use loopback as local;

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the running window may take to answer. Past it, the files get a window of their own.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came of asking.
pub enum Claim {
    /// This is the first: it opens a window, and hears of the files of later ones.
    First(Door),
    /// A running window has taken the files.
    Handed,
    /// There is no way to ask, for this reason: a window of its own.
    Alone(io::Error),
}

/// What the first one keeps.
pub struct Door {
    listener: local::Listener,
    lock: File,
}

/// Hands `files` to the running window of this user and display, or becomes that window.
/// Relative paths are of the working directory; it may be another one's there, so they are made absolute here.
/// With `new_window` nothing is handed over, and the door is kept where nobody keeps it.
pub fn claim(files: &[PathBuf], new_window: bool) -> Claim {
    let place = place(&|name| std::env::var_os(name).filter(|v| !v.is_empty()));
    match place.and_then(|(dir, name)| claim_at(&dir, &name, files, new_window, PATIENCE)) {
        Ok(claim) => claim,
        Err(e) => Claim::Alone(e),
    }
}

/// The directory of the door, and the door's name in it: one a display.
fn place(var: &dyn Fn(&str) -> Option<OsString>) -> io::Result<(PathBuf, String)> {
    let path = |name: &str| var(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let base = if cfg!(windows) {
        path("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        path("TMPDIR") // per user, and short enough for a socket
    } else {
        path("XDG_RUNTIME_DIR").or_else(|| path("XDG_CACHE_HOME")).or_else(|| path("HOME").map(|h| h.join(".cache")))
    };
    // Sandboxes of one program share but this part of the directory.
    let base = match var("FLATPAK_ID") {
        Some(id) if cfg!(target_os = "linux") => base.map(|b| b.join("app").join(id)),
        _ => base,
    };
    let base =
        base.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no directory of this user's for sockets"))?;
    let display =
        if cfg!(any(windows, target_os = "macos")) { None } else { var("WAYLAND_DISPLAY").or_else(|| var("DISPLAY")) };
    let display = display.unwrap_or_default();
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let display: String = display.to_string_lossy().chars().map(plain).take(40).collect();
    Ok((base.join("picklescope"), format!("window{display}")))
}

fn claim_at(dir: &Path, name: &str, files: &[PathBuf], new_window: bool, patience: Duration) -> io::Result<Claim> {
    local::private_dir(dir)?;
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join(format!("{name}.lock")))?;
    match lock.try_lock() {
        Ok(()) => return Ok(Claim::First(Door { listener: local::bind(dir, name)?, lock })),
        Err(TryLockError::WouldBlock) if new_window => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a new window was asked for"));
        }
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(e)) => return Err(e),
    }
    // The other may have the lock and not yet the door.
    let end = Instant::now() + patience;
    loop {
        match hand_over(dir, name, files, patience) {
            Ok(()) => return Ok(Claim::Handed),
            Err(e)
                if Instant::now() < end && !matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(e) => return Err(e),
        }
    }
}

fn hand_over(dir: &Path, name: &str, files: &[PathBuf], patience: Duration) -> io::Result<()> {
    let files: Vec<PathBuf> = files.iter().map(std::path::absolute).collect::<io::Result<_>>()?;
    let text = message::write(&files)?;
    let mut stream = local::connect(dir, name, patience)?;
    stream.write_all(&text)?;
    let mut answer = [0; message::TAKEN.len()];
    stream.read_exact(&mut answer)?;
    if &answer == message::TAKEN { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

impl Door {
    /// Calls `hear` with the files of each later picklescope, on a thread of its own, for as long as the process lives.
    /// No files: the window is only to come forward.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn listen(self, mut hear: impl FnMut(Vec<PathBuf>) + Send + 'static) -> io::Result<()> {
        let Self { listener, lock } = self;
        std::thread::Builder::new().name("door".into()).spawn(move || {
            let _kept = lock;
            loop {
                // A caller that says nothing, or nonsense, is left standing; the next one is heard.
                let Ok(mut stream) = local::accept(&listener, PATIENCE) else {
                    std::thread::sleep(Duration::from_millis(50));
                    continue;
                };
                if let Ok(files) = message::read(&mut stream) {
                    hear(files);
                    stream.write_all(message::TAKEN).ok();
                }
            }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn dir(name: &str) -> PathBuf {
        let d = std::env::temp_dir().join(format!("picklescope-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&d).ok();
        d
    }

    fn ask(dir: &Path, files: &[PathBuf], new_window: bool) -> io::Result<Claim> {
        claim_at(dir, "window_0", files, new_window, Duration::from_millis(500))
    }

    #[test]
    fn the_second_hands_its_files_to_the_first() {
        let dir = dir("hand");
        let Ok(Claim::First(door)) = ask(&dir, &[], false) else { panic!("not first") };
        let (tx, rx) = channel();
        door.listen(move |files| tx.send(files).unwrap()).unwrap();
        let files = vec![PathBuf::from("/a/with space.pkl"), PathBuf::from("rel\u{e9}.pkl")];
        assert!(matches!(ask(&dir, &files, false), Ok(Claim::Handed)));
        let got = rx.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(got.first(), files.first());
        assert_eq!(got.get(1), Some(&std::env::current_dir().unwrap().join("rel\u{e9}.pkl")), "made absolute");
        // a third, without files, brings the window forward
        assert!(matches!(ask(&dir, &[], false), Ok(Claim::Handed)));
        assert!(rx.recv_timeout(Duration::from_secs(20)).unwrap().is_empty());
        assert!(ask(&dir, &files, true).is_err(), "a new window hands nothing over");
        assert!(rx.try_recv().is_err());
        std::fs::remove_dir_all(&dir).ok();
    }

    #[test]
    fn a_door_that_nobody_keeps_is_taken() {
        let dir = dir("stale");
        let Ok(Claim::First(door)) = ask(&dir, &[], false) else { panic!("not first") };
        drop(door); // as when its process ended: the lock is gone, the socket's file is still there
        assert!(matches!(ask(&dir, &[], false), Ok(Claim::First(_))));
        std::fs::remove_dir_all(&dir).ok();
    }

    #[test]
    fn a_window_that_does_not_answer_is_not_waited_for() {
        let dir = dir("hung");
        let Ok(Claim::First(_door)) = ask(&dir, &[], false) else { panic!("not first") };
        assert!(ask(&dir, &[PathBuf::from("/x")], false).is_err());
        std::fs::remove_dir_all(&dir).ok();
    }

    #[test]
    fn displays_have_doors_of_their_own() {
        let at = |set: &[(&str, &str)]| {
            let set: Vec<(String, OsString)> = set.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
            place(&move |name| set.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
        };
        if cfg!(all(unix, not(target_os = "macos"))) {
            let run = ("XDG_RUNTIME_DIR", "/run/user/1000");
            let (dir, a) = at(&[run, ("DISPLAY", ":0")]).unwrap();
            assert_eq!(dir, Path::new("/run/user/1000/picklescope"));
            let (_, b) = at(&[run, ("DISPLAY", "far/../host:1.0")]).unwrap();
            assert_ne!(a, b);
            assert!(!b.contains(['/', '.']), "{b}");
            let (_, c) = at(&[run, ("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")]).unwrap();
            assert_eq!(c, "windowwayland-0");
            let sandboxed = at(&[run, ("DISPLAY", ":0"), ("FLATPAK_ID", "a.b.c")]).unwrap().0;
            assert_eq!(sandboxed, Path::new("/run/user/1000/app/a.b.c/picklescope"));
            assert_eq!(at(&[("HOME", "/home/a")]).unwrap().0, Path::new("/home/a/.cache/picklescope"));
            assert_eq!(
                at(&[("XDG_RUNTIME_DIR", "rel"), ("HOME", "/h")]).unwrap().0,
                Path::new("/h/.cache/picklescope")
            );
        }
        assert!(at(&[]).is_err());
    }

    #[test]
    fn the_loopback_door_wants_its_token() {
        let dir = dir("loop");
        loopback::private_dir(&dir).unwrap();
        let listener = loopback::bind(&dir, "w").unwrap();
        let heard = std::thread::spawn(move || {
            let first = loopback::accept(&listener, Duration::from_secs(20)).map(drop);
            let second = loopback::accept(&listener, Duration::from_secs(20)).and_then(|mut s| message::read(&mut s));
            (first, second)
        });
        // a stranger finds the port, and does not know the token
        let said = std::fs::read_to_string(dir.join("w.port")).unwrap();
        let port: u16 = said.split(' ').next().unwrap().parse().unwrap();
        let mut stranger = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        stranger.write_all(&[b'0'; 64]).unwrap();
        stranger.write_all(&message::write(&[PathBuf::from("/evil")]).unwrap()).ok();
        let mut friend = loopback::connect(&dir, "w", Duration::from_secs(20)).unwrap();
        friend.write_all(&message::write(&[PathBuf::from("/good")]).unwrap()).unwrap();
        let (first, second) = heard.join().unwrap();
        assert!(first.is_err(), "the stranger was let in");
        assert_eq!(second.unwrap(), [PathBuf::from("/good")]);
        std::fs::remove_dir_all(&dir).ok();
    }
}
