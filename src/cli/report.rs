//! `report`: what a file holds and what is wrong with it.

use super::input::{self, Scanned};
use super::{Ended, Found, Out, Stop};
use crate::export::report::{self, Source};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Report {
    /// The pickle, or - for standard input
    file: PathBuf,
    /// For scripts: one JSON object
    #[arg(long)]
    json: bool,
    /// With the SHA-256 of every array's elements
    #[arg(long)]
    hash: bool,
    #[command(flatten)]
    given: input::Given,
}

pub(super) fn run(args: &Report, out: &mut Out) -> Ended {
    let mut input = input::open_with(&args.file, &args.given)?;
    let scanned = input.scan();
    let sources: Vec<Source<'_>> = scanned.iter().map(Scanned::source).collect();
    let container = &input.loaded.container;
    let mut go_on = |_: u64, _: u64| true;
    let hash = args.hash;
    let mut report = report::build(&input.name, input.bytes, container, &sources, hash, &mut go_on)
        .map_err(|e| Stop::Failed(super::Failure::new(e)))?;
    for s in &input.arrays {
        let path = s.plain_path().unwrap_or_default();
        report::plain(&mut report, path, &s.source(), hash, &mut go_on)
            .map_err(|e| Stop::Failed(super::Failure::new(e)))?;
    }
    report.problems.splice(0..0, input.loaded.problems.iter().cloned());
    if args.json {
        // A script sees what is wrong with an archive where it looks: with the first pickle.
        let mut first: Vec<report::Problem> = report.problems.iter().map(Into::into).collect();
        if let Some(p) = report.pickles.first_mut() {
            first.append(&mut p.problems);
            p.problems = first;
        }
        report.write_json(out)?;
    } else {
        report.write_text(out)?;
    }
    if let Some(failure) = input.not_a_pickle(&scanned) {
        return Err(failure.into());
    }
    let archives = input.loaded.problems.iter().any(|p| p.severity == crate::source::Severity::Error);
    let arrays = input.arrays.iter().any(|s| s.source().is_damaged());
    let damaged = archives || arrays || sources.iter().any(Source::is_damaged);
    Ok(if damaged { Found::Damage } else { Found::Whole })
}
