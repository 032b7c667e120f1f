//! picklescope: a window, or an answer on the command line.
#![forbid(unsafe_code)]

use picklescope::cli::{self, Asked};
use picklescope::session::crash;
use std::process::ExitCode;

/// The program: this one, and `picklescopew`, which differs in having no console.
pub(crate) fn main() -> ExitCode {
    crash::watch(crash::state_dir(), cli::tell);
    match cli::run(std::env::args_os()) {
        Asked::Done(status) => status,
        Asked::Window(window) => show(window),
    }
}

#[cfg(not(feature = "window"))]
fn show(_: cli::Window) -> ExitCode {
    cli::no_window("this picklescope was built without its window; see picklescope --help for what it can do")
}

/// The one place where the window is opened: by this process, or by the one that has it open already.
/// Where it cannot be, its picture is drawn instead.
#[cfg(feature = "window")]
fn show(wish: cli::Window) -> ExitCode {
    use picklescope::session::instance::{Claim, claim};
    use picklescope::ui::window::{self, Drawing, Opening};

    let (standard, files): (Vec<_>, Vec<_>) = wish.files.into_iter().partition(|f| f.as_os_str() == "-");
    let standard_input = match (!standard.is_empty()).then(cli::standard_input).transpose() {
        Ok(bytes) => bytes,
        Err(why) => return cli::no_window(&why),
    };
    // What came by a pipe is only here.
    let door = match claim(&files, wish.new_window || standard_input.is_some()) {
        Claim::Handed => return ExitCode::SUCCESS,
        Claim::First(door) => Some(door),
        Claim::Alone(why) => {
            log::info!("a window of its own: {why}");
            None
        }
    };
    let pictured = files.clone();
    let drawing = wish.draw.as_deref().and_then(Drawing::from_name);
    match window::open(Opening { files, standard_input, drawing, door }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => cli::picture_instead(&why.to_string(), &pictured),
    }
}
