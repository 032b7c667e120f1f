//! `export`: one value to a file, or every array to a folder.

use super::input::{self, Input, Scanned};
use super::{Ended, Failure, Found, Out, Stop, remark};
use crate::export::colored::{Colors, Cut, Drawn};
use crate::export::{ExportError, Format, batch, png, value};
use crate::interpret::{Meaning, meaning, resolve_path};
use crate::machine::Handle;
use crate::tensor::{Array, Colormap, Marks, Paint, Part, Range, Scale, Stretch};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct Export {
    /// The pickle, or - for standard input
    file: PathBuf,
    /// The value, as in ['weights'][0].coef_; the root where it is left out
    #[arg(long, value_name = "PATH", default_value = "", allow_hyphen_values = true)]
    select: String,
    /// The file to write; its ending is the kind: png tiff npy npz csv json py bin
    #[arg(long, value_name = "OUT", required_unless_present = "all", conflicts_with_all = ["all", "dir"])]
    to: Option<PathBuf>,
    /// Every array that the kind can hold
    #[arg(long, requires_all = ["format", "dir"])]
    all: bool,
    /// The kind, where OUT's ending does not say it
    #[arg(long, value_name = "KIND")]
    format: Option<String>,
    /// The folder for --all; made where it is missing
    #[arg(long, value_name = "DIR", requires = "all")]
    dir: Option<PathBuf>,
    /// With --all: every slice of an array with more axes than a picture is a file of its own
    #[arg(long, requires = "all")]
    slices: bool,
    /// File names for --all: {path}, {file} and {n} stand for the value's path, the file's name and a running number
    #[arg(long, value_name = "PATTERN", default_value = "{path}", requires = "all")]
    name: String,
    /// A part of the array, as NumPy takes it: 3,:,: or ::2
    #[arg(long, value_name = "SLICE", allow_hyphen_values = true, conflicts_with = "all")]
    slice: Option<String>,
    /// Values that become the first and the last colour, as in 0,255
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    range: Option<String>,
    /// linear, log, symlog, sqrt, gamma or asinh
    #[arg(long, value_name = "NAME")]
    stretch: Option<String>,
    /// gray, viridis, magma, inferno, turbo …
    #[arg(long, value_name = "NAME")]
    colormap: Option<String>,
    /// A png in the window's colours: viridis where no other is named, NaN and the like in colours of their own
    #[arg(long, conflicts_with = "all")]
    as_seen: bool,
    /// Bits of a grey pixel that is mapped: 8 or 16
    #[arg(long, value_name = "N")]
    bits: Option<u8>,
    /// Deflate tiff and npz
    #[arg(long)]
    compress: bool,
    #[command(flatten)]
    given: input::Given,
}

pub(super) fn run(args: &Export, out: &mut Out) -> Ended {
    let options = options(args)?;
    let mut input = input::open_with(&args.file, &args.given)?;
    let scanned = input.scan();
    if let Some(failure) = input.not_a_pickle(&scanned) {
        return Err(failure.into());
    }
    let damaged = scanned.iter().chain(&input.arrays).any(|s| s.source().is_damaged());
    let found = if damaged { Found::Damage } else { Found::Whole };
    match (&args.to, &args.dir, &args.format) {
        (_, Some(dir), Some(format)) if args.all => all(args, &input, &scanned, &options, dir, format, out)?,
        (Some(to), _, format) => one(args, &input, &scanned, options, to, format.as_deref(), out)?,
        _ => return Err(Failure::new("say where to with --to OUT, or --all --format KIND --dir DIR").into()),
    }
    Ok(found)
}

fn options(args: &Export) -> Result<value::Options, Failure> {
    let mut mapping = png::Mapping::default();
    if let Some(range) = &args.range {
        let ends: Vec<f64> = range.split(',').filter_map(|n| n.trim().parse().ok()).collect();
        let [lo, hi] = ends.as_slice() else {
            return Err(Failure::new(format!("--range {range} is not two numbers; write it as LOW,HIGH, as in 0,255")));
        };
        mapping.range = Some((*lo, *hi));
        mapping.always = true;
    }
    if let Some(name) = &args.stretch {
        let names: Vec<&str> = Stretch::ALL.iter().map(|s| s.name()).collect();
        let Some(stretch) = Stretch::from_name(name) else {
            return Err(Failure::new(format!("there is no stretch {name}; choose one of {}", names.join(", "))));
        };
        mapping.stretch = stretch;
        mapping.always = true;
    }
    if let Some(name) = &args.colormap {
        let names: Vec<&str> = Colormap::ALL.iter().map(|m| m.name()).collect();
        let Some(map) = Colormap::from_name(name) else {
            return Err(Failure::new(format!("there is no colormap {name}; choose one of {}", names.join(", "))));
        };
        mapping.colormap = Some(map);
        mapping.always = true;
    }
    match args.bits {
        None | Some(16) => {}
        Some(8) => mapping.narrow = true,
        Some(n) => return Err(Failure::new(format!("--bits {n} cannot be done; a pixel has 8 or 16"))),
    }
    Ok(value::Options { mapping, compress: args.compress, ..value::Options::default() })
}

fn kind(to: &Path, format: Option<&str>) -> Result<Format, Failure> {
    let ending = to.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
    let name = format.unwrap_or(&ending);
    Format::from_ending(name).ok_or_else(|| {
        let endings: Vec<&str> = Format::ALL.iter().map(|f| f.ending()).collect();
        Failure::new(format!("{name:?} is no kind of file that can be written; choose one of {}", endings.join(", ")))
    })
}

/// The member and the value at a path, whose `#n` counts over all members.
pub(super) fn find<'a>(scanned: &'a [Scanned], path: &str) -> Result<(&'a Scanned, Handle), Failure> {
    let nothing = |why: String| Failure::new(format!("there is nothing at {path:?}: {why}"));
    let (n, rest) = match path.strip_prefix('#') {
        None => (0, path),
        Some(after) => {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (digits, rest) = after.split_at(end);
            (digits.parse::<usize>().map_err(|_| nothing("after # stands a pickle's number".to_owned()))?, rest)
        }
    };
    let mut left = n;
    for s in scanned {
        let tops = s.source().tops();
        match tops.get(left) {
            Some(own) => {
                let local = if *own == 0 { rest.to_owned() } else { format!("#{own}{rest}") };
                return match resolve_path(&s.cx(), &local) {
                    Ok((_, h)) => Ok((s, h)),
                    Err(e) => Err(nothing(e.to_string())),
                };
            }
            None => left -= tops.len(),
        }
    }
    let have: usize = scanned.iter().map(|s| s.source().tops().len()).sum();
    Err(nothing(format!("there is no pickle {n}; the file holds {have}, counted from 0")))
}

fn one(
    args: &Export,
    input: &Input,
    scanned: &[Scanned],
    mut options: value::Options,
    to: &Path,
    format: Option<&str>,
    out: &mut Out,
) -> Result<(), Stop> {
    let format = kind(to, format)?;
    // An array that stands in no pickle has its own name, where no pickle has a value of that path.
    let plain = input.arrays.iter().find(|s| s.plain_path().as_deref() == Some(args.select.trim()));
    let plain = plain.and_then(|s| Some((s, s.stream.pickles.first()?.root?)));
    let (s, h) = match (find(scanned, &args.select), plain) {
        (Ok(found), _) | (Err(_), Some(found)) => found,
        (Err(_), None) if scanned.is_empty() && !input.arrays.is_empty() => {
            let names: Vec<String> = input.arrays.iter().filter_map(Scanned::plain_path).take(5).collect();
            let why = format!("there is nothing at {:?}: the file holds arrays and no pickle", args.select);
            return Err(Failure::new(format!("{why}; give one as --select, of {}", names.join(", "))).into());
        }
        (Err(e), None) => return Err(e.into()),
    };
    let cx = s.cx();
    if let Some(slice) = &args.slice {
        let m = meaning(&cx, h);
        let Some(a) = m.body.array() else {
            return Err(Failure::new(format!("--slice picks a part of an array, and this is {}", m.kind)).into());
        };
        options.view = Some(sliced(&a.array, slice).map_err(Failure::new)?);
    }
    options.origin = (input.base_name(), args.select.clone());
    if args.as_seen {
        if format != Format::Png {
            return Err(Failure::new("--as-seen is about the colours of a picture: write a png").into());
        }
        options.colors = Some((as_seen(&meaning(&cx, h), &options)?, None));
    }
    let mut go_on = |_: u64, _: u64| true;
    let standard = to.as_os_str() == "-";
    let done = if standard {
        value::write(&cx, h, format, &options, out, &mut go_on)
    } else {
        batch::save(&cx, h, format, &options, to, input.path.as_deref(), &mut go_on)
    };
    let done = done.map_err(|e| stop(e, to, standard))?;
    for note in done.notes {
        remark(note);
    }
    Ok(())
}

/// The colours that the window would show an array in.
fn as_seen(m: &Meaning, options: &value::Options) -> Result<Colors, Failure> {
    let Some(a) = m.body.array().map(|a| a.array.clone()).filter(|a| a.ndim() == 2 && options.view.is_none()) else {
        return Err(Failure::new("--as-seen draws an array of two axes, all of it"));
    };
    let part = if a.dtype.is_complex() { Part::Magnitude } else { Part::Real };
    let found = || Range::of(&a, part, false, &|_, _| true).and_then(|r| r.extremes).unwrap_or((0.0, 1.0));
    let (lo, hi) = options.mapping.range.unwrap_or_else(found);
    let map = options.mapping.colormap.unwrap_or(Colormap::Viridis);
    let scale = Scale { lo, hi, stretch: options.mapping.stretch };
    let paint = Paint::Mapped { scale, lut: Box::new(map.lut(false)), marks: Marks::dark() };
    let cut = Cut { row: 0, col: 1, fixed: vec![0; 2], ..Cut::default() };
    Ok(Colors { cut, paint, drawn: Drawn::Values, part, colormap: map.name().to_owned() })
}

fn stop(e: ExportError, to: &Path, standard: bool) -> Stop {
    match e {
        ExportError::Io(e) if standard => e.into(),
        ExportError::Io(e) => Failure::new(format!("{} cannot be written: {e}", to.display())).into(),
        e => Failure::new(e).into(),
    }
}

fn all(
    args: &Export,
    input: &Input,
    scanned: &[Scanned],
    options: &value::Options,
    dir: &Path,
    format: &str,
    out: &mut Out,
) -> Result<(), Stop> {
    let format = kind(Path::new(""), Some(format))?;
    let members: Vec<batch::Member<'_>> = scanned
        .iter()
        .chain(&input.arrays)
        .map(|s| batch::Member { source: s.source(), plain: s.plain_path() })
        .collect();
    let wish = batch::Wish {
        format,
        pattern: args.name.clone(),
        slices: args.slices,
        options: options.clone(),
        taken: batch::Taken::Replace,
        shared: false,
    };
    let mut broken = None;
    let mut say = |said: batch::Said<'_>| {
        match said {
            batch::Said::Partial => {
                remark("the file has more values than are searched for arrays; some arrays may be left out");
            }
            batch::Said::Wrote { path, to, notes } => {
                if let Err(e) = writeln!(out, "{path}\t{}", to.display()).and_then(|()| out.flush()) {
                    broken = Some(e);
                    return Err(ExportError::Cancelled);
                }
                notes.iter().for_each(|n| remark(format!("{path}: {n}")));
            }
            batch::Said::LeftOut { path, why, late: true } => remark(format!("{path} is left out: {why}")),
            batch::Said::LeftOut { .. } => {}
        }
        Ok(())
    };
    let (file, original) = (input.base_name(), input.path.as_deref());
    let done = batch::run(&members, &file, original, dir, &wish, &mut |_, _| true, &mut say);
    if let Some(e) = broken {
        return Err(e.into());
    }
    let left_out = done.map_err(Failure::new)?.left_out;
    if left_out > 0 {
        remark(format!("{left_out} arrays are left out, which {} cannot hold", format.ending()));
    }
    Ok(())
}

/// A part of an array, as NumPy's basic indexing takes it.
fn sliced(array: &Array, text: &str) -> Result<Array, String> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let bad = |why: String| format!("--slice {text}: {why}");
    if parts.len() > array.ndim() {
        return Err(bad(format!("the array has {} axes", array.ndim())));
    }
    let (mut a, mut axis) = (array.clone(), 0);
    for part in parts {
        let d = a.shape().get(axis).copied().unwrap_or(0);
        let from_end = |n: i64| if n < 0 { n.saturating_add_unsigned(d) } else { n };
        let number = |s: &str, or: i64| match s.trim() {
            "" => Ok(or),
            s => s.parse::<i64>().map_err(|_| bad(format!("{s:?} is no number"))),
        };
        let len = i64::try_from(d).unwrap_or(i64::MAX);
        let fields: Vec<&str> = part.split(':').collect();
        a = match fields.as_slice() {
            [index] => {
                let i = u64::try_from(from_end(number(index, 0)?)).ok().filter(|i| *i < d);
                let i = i.ok_or_else(|| bad(format!("axis {axis} has {d} elements")))?;
                a.slice(axis, i).map_err(|e| bad(e.to_string()))?
            }
            [from, to, rest @ ..] if rest.len() <= 1 => {
                let step = number(rest.first().unwrap_or(&""), 1)?;
                if step < 1 {
                    return Err(bad("the step must be 1 or more".to_owned()));
                }
                let from = from_end(number(from, 0)?).clamp(0, len);
                let to = from_end(number(to, len)?).clamp(from, len);
                let count = (to - from).unsigned_abs().div_ceil(step.unsigned_abs());
                let from = if count == 0 { 0 } else { from.unsigned_abs() };
                let part = a.range(axis, from, count, step).map_err(|e| bad(e.to_string()))?;
                axis += 1;
                part
            }
            _ => return Err(bad(format!("{part:?} is no index"))),
        };
    }
    Ok(a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data};

    #[test]
    fn slices_are_numpys() {
        let a = Array::new_c(DType::uint(1), &[4, 6], Data::memory((0..24).collect::<Vec<u8>>())).unwrap();
        let of = |s: &str| {
            let a = sliced(&a, s).unwrap();
            let mut out = vec![0; usize::try_from(a.nbytes()).unwrap()];
            a.gather(&mut out, None).unwrap();
            (a.shape().to_vec(), out)
        };
        assert_eq!(of("1"), (vec![6], vec![6, 7, 8, 9, 10, 11]));
        assert_eq!(of("-1,2"), (vec![], vec![20]));
        assert_eq!(of("::2,1:3"), (vec![2, 2], vec![1, 2, 13, 14]));
        assert_eq!(of("[:, -2:]").0, [4, 2]);
        assert_eq!(of("3:1").0, [0, 6]);
        for bad in ["4", "1,2,3", "x", "::-1", "1:2:3:4"] {
            assert!(sliced(&a, bad).is_err(), "{bad}");
        }
    }
}
