//! picklescopew, for Windows alone: the same program without a console, which is what a double-click starts.
//! Must hold nothing of its own: `main.rs` is the program.
#![windows_subsystem = "windows"]
#![forbid(unsafe_code)]

#[path = "../main.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
