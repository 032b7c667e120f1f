//! picklescope: a window, or an answer on the command line.
#![forbid(unsafe_code)]

use picklescope::cli::{self, Asked};
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run(std::env::args_os()) {
        Asked::Done(status) => status,
        Asked::Window(window) => show(&window),
    }
}

#[cfg(not(feature = "window"))]
fn show(_: &cli::Window) -> ExitCode {
    cli::no_window("this picklescope was built without its window; see picklescope --help for what it can do")
}

/// The one place where the window is opened; where it cannot be, its picture is drawn instead.
#[cfg(feature = "window")]
fn show(window: &cli::Window) -> ExitCode {
    match picklescope::ui::run::run(window.files.clone()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => cli::picture_instead(&why, &window.files),
    }
}
