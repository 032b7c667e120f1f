//! What the program says about itself: the log, with a level that the user sets, and its last lines for a crash report.
//! Where the lines go is the caller's affair: nothing is printed here.

use log::{LevelFilter, Log, Metadata, Record};
use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Lines kept for a crash report.
const KEPT: usize = 60;
/// Characters of a line; a line may quote a file.
const LINE: usize = 500;

/// Where our own records come from.
const OURS: &str = "picklescope";

struct Diary {
    /// For our own records, and for those of libraries.
    level: LevelFilter,
    others: LevelFilter,
    tell: fn(&str),
    last: Mutex<VecDeque<String>>,
}

static DIARY: OnceLock<Diary> = OnceLock::new();

/// Starts the log. Records up to `level` are told; without a wish, our warnings, and of libraries the errors alone.
/// Warnings and errors are kept in any case. Only the first call has an effect.
pub fn start(level: Option<LevelFilter>, tell: fn(&str)) {
    let (ours, others) = (level.unwrap_or(LevelFilter::Warn), level.unwrap_or(LevelFilter::Error));
    let diary = DIARY.get_or_init(|| Diary { level: ours, others, tell, last: Mutex::default() });
    if log::set_logger(diary).is_ok() {
        log::set_max_level(ours.max(LevelFilter::Warn));
    }
}

/// The last lines, oldest first.
pub fn last_lines() -> Vec<String> {
    let Some(diary) = DIARY.get() else { return Vec::new() };
    diary.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

/// The last error that was logged, without its target.
pub fn last_error() -> Option<String> {
    let lines = last_lines();
    let line = lines.iter().rev().find(|l| l.starts_with("error"))?;
    Some(line.split_once(": ").map_or(line.as_str(), |(_, text)| text).to_owned())
}

impl Log for Diary {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.level() <= self.level.max(LevelFilter::Warn)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let level = record.level().as_str().to_ascii_lowercase();
        let line: String = format!("{level} {}: {}", record.target(), record.args())
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(LINE)
            .collect();
        let wanted = if record.target().starts_with(OURS) { self.level } else { self.others };
        if record.level() <= wanted {
            (self.tell)(&line);
        }
        // A panic while the lock was held, or a panic's own record: the line is not worth waiting for.
        if let Ok(mut last) = self.last.try_lock() {
            if last.len() == KEPT {
                last.pop_front();
            }
            last.push_back(line);
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_by_level_and_the_last_are_kept() {
        static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let tell: fn(&str) = |line| TOLD.lock().unwrap().push(line.to_owned());
        let diary = Diary { level: LevelFilter::Warn, others: LevelFilter::Error, tell, last: Mutex::default() };
        let log_of = |target, level, text: &str| {
            diary.log(&Record::builder().level(level).target(target).args(format_args!("{text}")).build());
        };
        let log = |level, text: &str| log_of("t", level, text);
        log(log::Level::Error, "one\ntwo");
        log(log::Level::Warn, "kept, not told");
        log(log::Level::Debug, "neither");
        assert_eq!(*TOLD.lock().unwrap(), ["error t: one two"]);
        assert_eq!(*diary.last.lock().unwrap(), ["error t: one two", "warn t: kept, not told"]);
        log_of("picklescope::ui", log::Level::Warn, "ours");
        assert_eq!(TOLD.lock().unwrap().last().unwrap(), "warn picklescope::ui: ours");
        (0..2 * KEPT).for_each(|n| log(log::Level::Warn, &n.to_string()));
        assert_eq!(diary.last.lock().unwrap().len(), KEPT);
        log(log::Level::Error, &"x".repeat(10_000));
        assert!(TOLD.lock().unwrap().iter().all(|l| l.len() <= LINE));
    }
}
