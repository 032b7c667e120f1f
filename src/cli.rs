//! The command line: what scripts may rely on. The only place that prints, and beside the session's jobs the only one that
//! opens files. Exit status: 0 done and nothing wrong, 1 read and holds damage, 2 could not be done, with one line on
//! stderr that says why and what to do.

mod dis;
mod export;
mod input;
mod manual;
mod report;
mod salvage;
#[cfg(feature = "window")]
mod shot;
mod thumbnail;

use crate::session::diary;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::fmt;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Opens any Python pickle without ever running it: a window, or an answer on the command line.
#[derive(Debug, Parser)]
#[command(name = "picklescope", version, disable_help_subcommand = true)]
#[command(after_help = "FILE may be - for standard input. Exit status: 0 done and nothing wrong with the pickle, \
                        1 read and holds damage, 2 could not be done.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: Window,
    /// Say on stderr what happens inside: off, error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<log::LevelFilter>,
}

/// What the window is asked for.
#[derive(Clone, Debug, Default, Args)]
pub struct Window {
    /// Files to open, a tab each; none opens the start page
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Open a window of its own, where one is open already
    #[arg(long)]
    pub new_window: bool,
    /// Draw by the graphics driver (gl) or without one (cpu); else what works
    #[arg(long, value_name = "HOW", value_parser = ["gl", "cpu"])]
    pub draw: Option<String>,
}

impl Window {
    /// Something was said about it.
    const fn is_asked(&self) -> bool {
        self.new_window || self.draw.is_some() || !self.files.is_empty()
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Disassemble, as `python -m pickletools` does
    Dis(dis::Dis),
    /// Tell what the file holds and what is wrong with it
    Report(report::Report),
    /// Write one value to a file, or every array to a folder
    Export(Box<export::Export>),
    /// Write a pickle that loads, of all that a damaged one still holds
    Salvage(salvage::Salvage),
    /// Draw the window's own picture, without a display or a GPU
    #[cfg(feature = "window")]
    Shot(shot::Shot),
    /// Draw the biggest array as a small picture, as file managers ask for
    #[command(hide = true)]
    Thumbnail(thumbnail::Thumbnail),
    /// Write the manual pages and the shells' completions
    #[command(hide = true)]
    Manual(manual::Manual),
}

/// Why a command could not be done: one line for stderr, exit status 2.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// Why, and what to do, in a line.
    pub(crate) fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string().lines().collect::<Vec<_>>().join(" "))
    }
}

/// How a command that was done ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing is wrong with the pickle.
    Whole,
    /// It was read and holds damage.
    Damage,
}

/// What the arguments ask for.
pub enum Asked {
    /// It is done: the exit status.
    Done(ExitCode),
    /// A window, which is not this module's affair.
    Window(Window),
}

/// Does what the arguments ask for.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Asked {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => return Asked::Done(usage(&e)),
    };
    diary::start(cli.log_level, tell);
    let Some(command) = cli.command else { return Asked::Window(cli.window) };
    if cli.window.is_asked() {
        let why = "files and options of the window go without a command; see picklescope --help";
        return Asked::Done(fail(&Failure::new(why)));
    }
    let mut out = Out(BufWriter::with_capacity(1 << 16, io::stdout().lock()));
    let done = match command {
        Command::Dis(c) => dis::run(&c, &mut out),
        Command::Report(c) => report::run(&c, &mut out),
        Command::Export(c) => export::run(&c, &mut out),
        Command::Salvage(c) => salvage::run(&c, &mut out),
        #[cfg(feature = "window")]
        Command::Shot(c) => shot::run(&c, &mut out),
        Command::Thumbnail(c) => thumbnail::run(&c, &mut out),
        Command::Manual(c) => manual::run(&c),
    };
    let done = done.and_then(|found| {
        out.0.flush()?;
        Ok(found)
    });
    Asked::Done(match done {
        Ok(Found::Whole) => ExitCode::SUCCESS,
        Ok(Found::Damage) => ExitCode::from(1),
        Err(Stop::Pipe) => ExitCode::SUCCESS,
        Err(Stop::Failed(f)) => fail(&f),
    })
}

/// The grammar of the command line, for manuals and completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Says why on stderr.
fn fail(f: &Failure) -> ExitCode {
    // Where stderr is closed too, the status alone tells.
    writeln!(io::stderr(), "picklescope: {}", f.0).ok();
    ExitCode::from(2)
}

/// The window cannot be shown: why, and what can be done.
pub fn no_window(why: &str) -> ExitCode {
    fail(&Failure::new(why))
}

/// The window cannot be shown: says why, draws what it would show to a file, and says where that is.
#[cfg(feature = "window")]
pub fn picture_instead(why: &str, files: &[PathBuf]) -> ExitCode {
    match shot::instead(files) {
        Ok(to) => {
            remark(format!("{why}; the window's picture is in {} instead", to.display()));
            ExitCode::SUCCESS
        }
        Err(e) => fail(&Failure::new(format!("{why}; its picture cannot be drawn either: {e}"))),
    }
}

/// Says on stderr what a part of the program has to say that may not print.
pub fn tell(line: &str) {
    writeln!(io::stderr(), "picklescope: {line}").ok();
}

/// The bytes of standard input, for a window.
///
/// # Errors
/// It cannot be read, or is longer than a window is given by this way: why.
pub fn standard_input() -> Result<Vec<u8>, String> {
    const LONGEST: u64 = 1 << 30;
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes);
    match read {
        Err(e) => Err(format!("standard input cannot be read: {e}")),
        Ok(n) if u64::try_from(n).is_ok_and(|n| n <= LONGEST) => Ok(bytes),
        Ok(_) => Err("standard input is longer than 1 GiB; write it to a file first".to_owned()),
    }
}

/// Says on stderr what is worth knowing though the command is done.
pub(crate) fn remark(text: impl fmt::Display) {
    writeln!(io::stderr(), "picklescope: {text}").ok();
}

fn usage(e: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        write!(io::stdout(), "{e}").ok();
        return ExitCode::SUCCESS;
    }
    let text = e.to_string();
    // clap explains over several lines: what is wrong stands first, up to the empty line.
    let first: Vec<&str> = text.lines().take_while(|l| !l.trim().is_empty()).map(str::trim).collect();
    let first = first.join(" ");
    fail(&Failure::new(format!("{}; see picklescope --help", first.trim_start_matches("error: "))))
}

/// Standard output, whose reader may go away at any time.
pub(crate) struct Out(BufWriter<io::StdoutLock<'static>>);

impl Write for Out {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Why a command ended before its end.
pub(crate) enum Stop {
    /// The reader of standard output went away: nothing is wrong.
    Pipe,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(f: Failure) -> Self {
        Self::Failed(f)
    }
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Failed(Failure::new(format!("standard output cannot be written: {e}"))),
        }
    }
}

impl From<serde_json::Error> for Stop {
    fn from(e: serde_json::Error) -> Self {
        io::Error::from(e).into()
    }
}

/// What a command ends with.
pub(crate) type Ended = Result<Found, Stop>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        command().debug_assert();
        let parse = |args: &[&str]| Cli::try_parse_from(args.iter().copied());
        let cli = parse(&["picklescope", "a.pkl", "b.pkl"]).unwrap();
        assert_eq!(cli.window.files.len(), 2);
        assert!(cli.command.is_none());
        assert!(matches!(parse(&["picklescope", "dis", "a.pkl", "--all"]).unwrap().command, Some(Command::Dis(_))));
        let cli = parse(&["picklescope", "--log-level", "debug", "dis", "a.pkl"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Dis(_))), "the level may stand before the command");
        assert!(!cli.window.is_asked());
        assert!(parse(&["picklescope", "--new-window", "dis", "a.pkl"]).unwrap().window.is_asked());
        assert!(parse(&["picklescope", "dis"]).is_err());
        assert!(parse(&["picklescope", "--no-such"]).is_err());
    }
}
