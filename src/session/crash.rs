//! A fault of picklescope's own: written to a file, and told at the next start. Never a bare panic.
//! A report holds no word of the opened files but what the panic's own message says.

use super::diary;
use std::backtrace::Backtrace;
use std::fs;
use std::io;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Reports that are kept.
const KEPT: usize = 10;
/// The longest report that is shown, in bytes.
const LONGEST: u64 = 1 << 20;

/// While set, a panic is somebody's to handle: its words are kept here instead of in a report.
static AWAITED: Mutex<Option<String>> = Mutex::new(None);

/// Where the program keeps what it notes about itself: under `$XDG_STATE_HOME`, or what the system has for it.
pub fn state_dir() -> Option<PathBuf> {
    let var = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let base = if cfg!(windows) {
        var("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|h| h.join("Library/Logs"))
    } else {
        var("XDG_STATE_HOME").or_else(|| var("HOME").map(|h| h.join(".local/state")))
    };
    Some(base?.join("picklescope"))
}

/// From now on a panic on any thread writes a report into `dir` and says so in one line.
pub fn watch(dir: Option<PathBuf>, tell: fn(&str)) {
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut awaited) = AWAITED.try_lock()
            && let Some(words) = awaited.as_mut()
        {
            *words = said(info);
            return;
        }
        let text = report(info, &Backtrace::force_capture());
        let kept = dir.as_deref().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)).and_then(|d| write(d, &text));
        match kept {
            Ok(path) => tell(&format!("picklescope met a fault of its own; the report is {}", path.display())),
            Err(_) => tell(&format!("picklescope met a fault of its own\n{text}")),
        }
    }));
}

/// Runs what may panic by the fault of a library or a driver; the panic's words are the error. No report is written.
/// Only the program's start uses it, on one thread.
///
/// # Errors
/// What the panic said.
pub fn awaiting<R>(run: impl FnOnce() -> R) -> Result<R, String> {
    await_panics(true);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let words = AWAITED.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.map_err(|_| words.filter(|w| !w.is_empty()).unwrap_or_else(|| "a panic without words".to_owned()))
}

/// Starts, or with `false` ends, a time in which panics are [awaited](awaiting).
pub fn await_panics(yes: bool) {
    *AWAITED.lock().unwrap_or_else(PoisonError::into_inner) = yes.then(String::new);
}

fn said(info: &PanicHookInfo<'_>) -> String {
    info.payload_as_str().unwrap_or("a panic without words").to_owned()
}

fn report(info: &PanicHookInfo<'_>, trace: &Backtrace) -> String {
    let seconds = now();
    let thread = std::thread::current();
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let lines = diary::last_lines().join("\n  ");
    format!(
        "picklescope {} on {} {}\nat {seconds} s after 1970 (UTC), thread {}\n\n{}\nat {place}\n\nlog:\n  {lines}\n\n{trace}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        thread.name().unwrap_or("without a name"),
        said(info),
    )
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

fn write(dir: &Path, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let old = reports(dir);
    for path in old.iter().take((old.len() + 1).saturating_sub(KEPT)) {
        fs::remove_file(path)?;
    }
    // Threads may fall together; each gets its own.
    for n in 0..100 {
        let path = dir.join(format!("crash-{:012}-{}-{n}.txt", now(), std::process::id()));
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                io::Write::write_all(&mut file, text.as_bytes())?;
                return Ok(path);
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// All reports, oldest first.
fn reports(dir: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("crash-") && n.ends_with(".txt"))
        })
        .collect();
    all.sort();
    all
}

/// A report that the user has not been told of.
#[derive(Debug, PartialEq, Eq)]
pub struct Untold {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// The newest report, if the user has not been told of it. It is told once.
pub fn untold(dir: &Path) -> Option<Untold> {
    let path = reports(dir).pop()?;
    let mark = dir.join("told");
    let name = path.file_name()?.to_str()?;
    if fs::read_to_string(&mark).is_ok_and(|told| told.trim() == name) {
        return None;
    }
    fs::write(&mark, name).ok();
    let too_long = fs::metadata(&path).map_or(true, |m| m.len() > LONGEST);
    let text = if too_long { String::new() } else { String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned() };
    Some(Untold { path, text })
}

/// A mark that something dangerous is being tried; it stays behind when the process dies of it.
#[derive(Debug)]
pub struct Trying(Option<PathBuf>);

/// Marks that `what` is being tried. `Err` if an earlier process died trying it.
///
/// # Errors
/// The earlier one's death; its mark is gone then, so that the next try is one again.
pub fn try_out(dir: Option<&Path>, what: &str) -> Result<Trying, ()> {
    let Some(dir) = dir else { return Ok(Trying(None)) };
    let prefix = format!("trying-{what}-");
    let mut died = false;
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|n| n.strip_prefix(prefix.as_str())).and_then(|n| n.parse::<u32>().ok());
        if let Some(pid) = pid
            && !is_alive(pid, &entry.path())
        {
            died = true;
            fs::remove_file(entry.path()).ok();
        }
    }
    if died {
        return Err(());
    }
    let path = dir.join(format!("{prefix}{}", std::process::id()));
    let kept = fs::create_dir_all(dir).and_then(|()| fs::write(&path, "")).is_ok();
    Ok(Trying(kept.then_some(path)))
}

/// Whether a process may still be at it: by the process table where there is one, else by the mark's age.
fn is_alive(pid: u32, mark: &Path) -> bool {
    if cfg!(target_os = "linux") && Path::new("/proc/self").exists() {
        return pid != std::process::id() && Path::new("/proc").join(pid.to_string()).exists();
    }
    let age = fs::metadata(mark).and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
    age.is_none_or(|a| a.as_secs() < 20)
}

impl Drop for Trying {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            fs::remove_file(path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir(name: &str) -> PathBuf {
        let d = std::env::temp_dir().join(format!("picklescope-{name}-{}", std::process::id()));
        fs::remove_dir_all(&d).ok();
        d
    }

    #[test]
    fn a_report_is_told_once_and_old_ones_leave() {
        let dir = dir("crash");
        assert_eq!(untold(&dir), None);
        let first = write(&dir, "first").unwrap();
        assert_eq!(untold(&dir), Some(Untold { path: first, text: "first".into() }));
        assert_eq!(untold(&dir), None, "told once");
        for n in 0..2 * KEPT {
            write(&dir, &n.to_string()).unwrap();
        }
        assert_eq!(reports(&dir).len(), KEPT);
        assert!(untold(&dir).is_some(), "a new one is told");
        fs::remove_dir_all(&dir).ok();
    }

    #[test]
    fn a_death_while_trying_is_noticed_at_the_next_try() {
        let dir = dir("trying");
        let mark = try_out(Some(&dir), "gl").unwrap();
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        drop(mark);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0, "nothing is left when it went well");
        if cfg!(target_os = "linux") {
            fs::write(dir.join("trying-gl-4294967295"), "").unwrap(); // no such process
            assert!(try_out(Some(&dir), "other").is_ok());
            assert!(try_out(Some(&dir), "gl").is_err());
            assert!(try_out(Some(&dir), "gl").is_ok(), "and then it is tried again");
            fs::write(dir.join("trying-gl-1"), "").unwrap(); // init lives
            assert!(try_out(Some(&dir), "gl").is_ok());
        }
        fs::remove_dir_all(&dir).ok();
    }
}
