//! `dis`: what `python -m pickletools` prints, streamed.

use super::{Ended, Found, Out, input, remark};
use crate::ops::listing::{DisEnd, dis};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Dis {
    /// The pickle, or - for standard input
    file: PathBuf,
    /// Say what each opcode does
    #[arg(long)]
    annotate: bool,
    /// Every pickle in the file, a line `# NAME at OFFSET` before each
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &Dis, out: &mut Out) -> Ended {
    let mut input = input::open(&args.file)?;
    let mut found = Found::Whole;
    let mut end = |e: &DisEnd| {
        if let Some(e) = &e.error {
            remark(format!("pickletools would stop here: {}: {}", e.kind, e.message));
            found = Found::Damage;
        }
    };
    if !args.all {
        let first = dis(&input.first()?, 0, args.annotate, out)?;
        if first.end == 0 && first.error.is_some() {
            return Err(input.nothing().into());
        }
        end(&first);
        return Ok(found);
    }
    let scanned = input.scan();
    if let Some(failure) = input.not_a_pickle(&scanned) {
        return Err(failure.into());
    }
    for s in &scanned {
        let name = if s.part.name.is_empty() { &input.name } else { &s.part.name };
        for p in s.stream.pickles.iter().filter(|p| p.within.is_none()) {
            writeln!(out, "# {} at {}", crate::interpret::one_line(name, 1000), p.span.start)?;
            end(&dis(&s.stream.bytes, p.span.start, args.annotate, out)?);
        }
    }
    Ok(found)
}
