//! `manual`: the manual pages and the shells' completions, from the grammar itself. Packages are built with it.

use super::{Ended, Failure, Found, Stop, command};
use clap::{Args, Command};
use clap_complete::Shell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the foot of each page names.
const SOURCE: &str = concat!("picklescope ", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// The folder to write them to
    #[arg(long)]
    dir: PathBuf,
}

pub(super) fn run(args: &Manual) -> Ended {
    write(&args.dir).map_err(|e| Stop::from(Failure::new(format!("{}: {e}", args.dir.display()))))?;
    Ok(Found::Whole)
}

fn write(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let mut top = command();
    top.build();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command(), "picklescope", dir)?;
    }
    page(&top, "picklescope", dir)?;
    for sub in top.get_subcommands().filter(|c| !c.is_hide_set()) {
        page(sub, &format!("picklescope-{}", sub.get_name()), dir)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str, dir: &Path) -> io::Result<()> {
    let man = clap_mangen::Man::new(command.clone()).title(name).manual("picklescope").source(SOURCE);
    let mut text = Vec::new();
    man.render(&mut text)?;
    fs::write(dir.join(format!("{name}.1")), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_every_shell_knows_them() {
        let dir = std::env::temp_dir().join(format!("picklescope-manual-{}", std::process::id()));
        write(&dir).unwrap();
        let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        let all = [read("picklescope.bash"), read("_picklescope"), read("picklescope.fish"), read("picklescope.1")];
        for sub in command().get_subcommands().filter(|c| !c.is_hide_set()) {
            assert!(read(&format!("picklescope-{}.1", sub.get_name())).contains(".TH"));
            assert!(all.iter().all(|text| text.contains(sub.get_name())), "{}", sub.get_name());
        }
        assert!(!dir.join("picklescope-manual.1").exists(), "what packages alone need has no page");
        fs::remove_dir_all(dir).ok();
    }
}
