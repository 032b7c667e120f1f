//! `salvage`: a pickle that loads, of all that a damaged one still holds, and beside it what was kept, cut and guessed.

use super::input;
use super::{Ended, Failure, Found, Out, Stop, remark};
use crate::export::salvage::{self, Sidecar, sidecar_name};
use crate::export::{ExportError, atomic};
use crate::interpret::salvage::CutArrays;
use crate::session::load;
use crate::source::Bytes;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Salvage {
    /// The damaged pickle, or - for standard input
    file: PathBuf,
    /// The file to write, or - for standard output; never the damaged one
    #[arg(long, value_name = "OUT.pkl")]
    to: PathBuf,
    /// What becomes of an array whose elements are there in part
    #[arg(long, value_name = "HOW", default_value = "rows")]
    arrays: Cut,
    /// Where to say what was kept, cut and guessed; OUT.pkl.salvage.json where it is left out
    #[arg(long, value_name = "JSON", conflicts_with = "no_sidecar")]
    sidecar: Option<PathBuf>,
    /// Write no such file
    #[arg(long)]
    no_sidecar: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Cut {
    /// It ends behind its last whole row
    Rows,
    /// It keeps its shape; NaN, NaT, 0 or nothing stands for what is missing
    Fill,
}

pub(super) fn run(args: &Salvage, out: &mut Out) -> Ended {
    let mut input = input::open(&args.file)?;
    let mut scanned = input.scan();
    if let Some(failure) = input.not_a_pickle(&scanned) {
        return Err(failure.into());
    }
    if scanned.is_empty() {
        return Err(input.nothing().into());
    }
    let archives = input.loaded.problems.iter().any(|p| p.severity == crate::source::Severity::Error);
    let damaged = archives || scanned.iter().any(|s| s.source().is_damaged());
    // What went through something that rewrites bytes is turned back first.
    let mut repaired = None;
    for s in &mut scanned {
        if let Some((repair, data)) = salvage::turned_back(&s.stream) {
            repaired = Some(repair);
            s.part.bytes = Bytes::from_vec(data);
            s.stream = load::scan(&s.part);
        }
    }
    let arrays = match args.arrays {
        Cut::Rows => CutArrays::Rows,
        Cut::Fill => CutArrays::Fill,
    };
    let mut told = Sidecar::new(&input.name, repaired, arrays);
    let mut fill = |w: &mut dyn Write| -> Result<(), ExportError> {
        for s in &scanned {
            let accounts = salvage::write(&s.cx(), arrays, w, &mut |_, _| true)?;
            told.add(&s.cx(), &s.part.name, &accounts);
        }
        Ok(())
    };
    let standard = args.to.as_os_str() == "-";
    let source = input.path.as_deref();
    let done = if standard { fill(out) } else { atomic::write(&args.to, source, fill) };
    done.map_err(|e| stop(e, &args.to, standard))?;
    let beside = match (&args.sidecar, args.no_sidecar || standard) {
        (Some(to), _) => Some(to.clone()),
        (None, true) => None,
        (None, false) => Some(sidecar_name(&args.to)),
    };
    if let Some(to) = &beside {
        let write = |w: &mut dyn Write| -> Result<(), ExportError> {
            serde_json::to_writer_pretty(&mut *w, &told).map_err(std::io::Error::from)?;
            Ok(w.write_all(b"\n")?)
        };
        atomic::write(to, source, write).map_err(|e| stop(e, to, false))?;
    }
    const SAID: usize = 20;
    let lines = told.lines();
    lines.iter().take(SAID).for_each(remark);
    if lines.len() > SAID {
        remark(format!("and {} more", lines.len() - SAID));
    }
    remark(told.sentence());
    Ok(if damaged { Found::Damage } else { Found::Whole })
}

fn stop(e: ExportError, to: &Path, standard: bool) -> Stop {
    match e {
        ExportError::Io(e) if standard => e.into(),
        ExportError::Io(e) => Failure::new(format!("{} cannot be written: {e}", to.display())).into(),
        e => Failure::new(e).into(),
    }
}
