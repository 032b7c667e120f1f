//! What is wrong with a member, in words: faults, cuts, gaps, marks of a rewriting transfer, and where readers disagree.
//! Each finding has a stable code and help that a person can act on. Changes nothing but the list of findings.

use super::repair::{Repair, try_repair};
use super::scan::{Holding, Inlines, NoInlines, Options, Scan, Start};
use super::stream::Stream;
use super::what::what_it_is;
use super::{Handle, Pickle};
use crate::ops::text::PyError;
use crate::ops::{Arg, ArgKind, FaultKind, OpFault, OpIndex, Opcode, RegionKind};
use crate::source::{Bytes, Diagnostic, Severity, Span};
use std::sync::Arc;

/// CPython's own words within a sentence: no control characters, not too long.
fn quoted(message: &str) -> String {
    let mut out = String::new();
    for c in message.trim_end().chars().take(200) {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

const AGAIN: &str = "Copy or download the file again; what stands before is shown.";

/// Where decoding or the machine could not go on.
///
/// `frame_end`: where the last frame says that it ends.
pub(super) fn fault(
    bytes: &Bytes,
    error: &PyError,
    cut: Option<&OpFault>,
    span: Span,
    op: OpIndex,
    frame_end: u64,
) -> Diagnostic {
    let mut d = match cut {
        Some(f) => cut_op(bytes, f),
        None if error.kind == "EOFError" => {
            Diagnostic::error("truncated", span, "The bytes end before STOP: the pickle is cut between two opcodes.")
                .hint(AGAIN)
        }
        None => {
            let (code, message, hint) = match error.message.as_str() {
                "unpickling stack underflow" => {
                    ("stack-underflow", "The opcode takes more values than the stack holds.".to_owned(), DESYNC)
                }
                "unexpected MARK found" => {
                    ("stack-underflow", "The opcode takes a value, and finds a mark.".to_owned(), DESYNC)
                }
                "could not find MARK" => {
                    ("mark-missing", "The opcode takes items from a mark on, and none is set.".to_owned(), DESYNC)
                }
                m if m.starts_with("Memo value") => {
                    let key = m.rsplit(' ').next().unwrap_or("?");
                    ("memo-missing", format!("Nothing was stored in the memo under {key}."), DESYNC)
                }
                m => ("bad-argument", format!("CPython refuses the argument: {}.", quoted(m)), ""),
            };
            Diagnostic::error(code, span, message).hint(hint)
        }
    };
    if d.code == "truncated" && (bytes.len()..1 << 40).contains(&frame_end) && frame_end > bytes.len() {
        let (have, want) = (bytes.len(), frame_end);
        d.message =
            format!("{} By its frame the pickle is {want} bytes long or more; {have} are there.", d.message).into();
    }
    d.at_op(u64::from(op.0))
}

/// What is said of a frame that claims more than is there, once it is known whether STOP was reached.
pub(super) fn frames(findings: &mut Vec<Diagnostic>, frame_end: u64, len: u64, stopped: bool) {
    if findings.iter().any(|d| d.code == "truncated") {
        // It says what the frame's length says.
        findings.retain(|d| d.code != "frame-length");
    }
    let Some(d) = findings.iter_mut().find(|d| d.code == "frame-length") else { return };
    let (claims, there) = (frame_end.saturating_sub(d.span.end), len.saturating_sub(d.span.end));
    if claims > there {
        let what = if stopped { "; STOP is reached all the same" } else { "" };
        d.message = format!("The frame claims {claims} bytes, of which {there} are there{what}.").into();
        d.hint = "Either its length is damaged, or so many bytes were lost on the way: copy the file again.".into();
    }
}

const DESYNC: &str = "An earlier length or opcode may be damaged; the fault shows later than the damage.";

fn cut_op(bytes: &Bytes, f: &OpFault) -> Diagnostic {
    let name = f.code.map_or("", Opcode::name);
    match f.kind {
        FaultKind::UnknownOpcode(0) => {
            let zeros = zeros_around(bytes, f.span.start);
            if zeros.len() < 4 {
                return Diagnostic::error("unknown-opcode", f.span, "0x00 is no opcode.").hint(DESYNC);
            }
            let rest = if zeros.end == bytes.len() { "to the end" } else { "in the middle" };
            let message = format!("From offset {} on, {} bytes {rest} are zeros.", zeros.start, zeros.len());
            Diagnostic::error("zeros", zeros, message)
                .hint("A write was interrupted, or the disk was full; copy the file again.")
        }
        FaultKind::UnknownOpcode(b) => {
            Diagnostic::error("unknown-opcode", f.span, format!("{b:#04x} is no opcode.")).hint(DESYNC)
        }
        FaultKind::Truncated => {
            Diagnostic::error("truncated", f.span, format!("The bytes end within the argument of {name}.")).hint(AGAIN)
        }
        FaultKind::NoNewline => {
            Diagnostic::error("truncated", f.span, format!("The bytes end before the line of {name} does.")).hint(AGAIN)
        }
        FaultKind::LengthBeyondFile { declared, there } => {
            let message = format!("{name} says that {declared} bytes follow; {there} of them are there.");
            let hint = if declared >= 1 << 40 { "Such a length is no writer's: the field is damaged." } else { AGAIN };
            Diagnostic::error("truncated", f.span, message).hint(hint)
        }
        FaultKind::NegativeLength(n) => {
            let message = format!("{name} says that {n} bytes follow.");
            Diagnostic::error("bad-length", f.span, message).hint("The length field is damaged.")
        }
        FaultKind::LengthOverSystem(n) => {
            let message = format!("{name} says that {n} bytes follow, more than any machine can address.");
            Diagnostic::error("bad-length", f.span, message).hint("The length field is damaged.")
        }
    }
}

/// The run of zeros that `at` is in.
fn zeros_around(bytes: &Bytes, at: u64) -> Span {
    const STEP: u64 = 64 << 10;
    let mut end = at;
    loop {
        let chunk = bytes.read(Span::at(end, STEP), usize::MAX);
        match chunk.iter().position(|b| *b != 0) {
            Some(i) => {
                end += i as u64;
                break;
            }
            None if chunk.is_empty() => break,
            None => end += chunk.len() as u64,
        }
    }
    let mut start = at;
    while start > 0 {
        let from = start.saturating_sub(STEP);
        let chunk = bytes.read(Span::new(from, start), usize::MAX);
        match chunk.iter().rposition(|b| *b != 0) {
            Some(i) => {
                start = from + i as u64 + 1;
                break;
            }
            None => start = from,
        }
    }
    Span::new(start, end)
}

/// What CPython refuses and the machine need not.
pub(super) fn refused(e: &PyError, code: Opcode, span: Span, op: OpIndex, broken: bool) -> Diagnostic {
    let severity = if broken { Severity::Error } else { Severity::Warning };
    let m = e.message.as_str();
    let say = |code, message: String, hint: &'static str| {
        Diagnostic::new(severity, code, span, message).hint(hint).at_op(u64::from(op.0))
    };
    let legacy = matches!(code, Opcode::String | Opcode::Binstring | Opcode::ShortBinstring);
    match e.kind {
        "UnicodeDecodeError" if legacy => {
            let hint = "Python 2 text: load it with encoding='latin1' or encoding='bytes'.";
            let tools = if code == Opcode::String { "; pickletools stops at it" } else { "" };
            say("py2-text", format!("An 8-bit string of Python 2 that is not ASCII{tools}."), hint)
        }
        "UnicodeDecodeError" => {
            let hint = match code.info().arg {
                ArgKind::Unicode1 | ArgKind::Unicode4 | ArgKind::Unicode8 => {
                    "Its length field is the likeliest damage; what follows it is then read out of step."
                }
                _ => "",
            };
            say("bad-text", format!("The text is not what the opcode says: {}.", quoted(m)), hint)
        }
        _ if m.starts_with("A load persistent") => {
            let hint = "It belongs to an archive or an application that knows what the ids stand for (torch: open the whole file).";
            say("persistent-id", "The pickle refers to something outside it by a persistent id.".into(), hint)
        }
        _ if m.starts_with("pickle stream refers to out-of-band") => {
            let hint =
                "Give the file that holds them (--buffer); in Python pass what buffer_callback was given as buffers=.";
            say("buffers-missing", "The pickle's buffers were written elsewhere, out of band.".into(), hint)
        }
        _ if m.starts_with("unregistered extension") => {
            let hint = "Only the program that registered the code with copyreg knows what it stands for.";
            say("extension-code", "The pickle names something by an extension code.".into(), hint)
        }
        _ if m.starts_with("unsupported pickle protocol") => {
            let v = m.rsplit(' ').next().unwrap_or("?");
            say("protocol", format!("Protocol {v}: CPython 3.13 knows 0 to 5."), "A newer writer, or damage.")
        }
        _ if code == Opcode::Frame => {
            let hint = "The file is cut, or the frame's length is damaged; the opcodes are read all the same.";
            say("frame-length", "The frame claims more bytes than there are.".into(), hint)
        }
        _ if matches!(code.info().arg, ArgKind::None) => {
            say("type", format!("{} would fail: {}.", code.name(), quoted(m)), DESYNC)
        }
        _ => say("bad-argument", format!("CPython refuses the argument of {}: {}.", code.name(), quoted(m)), ""),
    }
}

/// Readers make different things of the same bytes.
pub(super) fn disagree(span: Span, op: OpIndex, message: String) -> Diagnostic {
    Diagnostic::warning("readers-disagree", span, message)
        .hint("Shown is what CPython's C unpickler makes of it, which pickle.load uses.")
        .at_op(u64::from(op.0))
}

/// A pickle that ended.
pub(super) fn pickle(stream: &Stream, n: usize) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(p) = stream.pickles.get(n) else { return found };
    let last = p.first.0.saturating_add(p.ops).saturating_sub(1);
    if p.fault.is_none() && !p.pending.is_empty() && p.behind.is_none() {
        let (k, s) = if p.pending.len() == 1 { (1, " is") } else { (p.pending.len(), "s are") };
        let message = format!("At STOP {k} more value{s} on the stack; pickle.load drops them, pickletools refuses.");
        let at = Span::new(p.span.end.saturating_sub(1), p.span.end);
        found.push(Diagnostic::warning("stack-left", at, message).at_op(u64::from(last)));
    }
    found.extend(memo_overwritten(stream, p, last));
    found.extend(memo_gap(stream, p, last));
    if let Some(fault) = p.fault
        && !fault.is_empty()
        && p.cut.is_none_or(|c| matches!(c.kind, FaultKind::UnknownOpcode(b) if b != 0))
    {
        found.extend(desynchronised(stream, p, fault));
    }
    found
}

fn memo_overwritten(stream: &Stream, p: &Pickle, last: u32) -> Option<Diagnostic> {
    let g = &stream.graph;
    let within = |put: &&super::MemoPut| (p.first.0..=last).contains(&put.op.0);
    let mut all = g.overwrites.iter().filter_map(|(_, i)| g.puts.get(*i as usize)).filter(within);
    let first = all.by_ref().take(100_000).min_by_key(|put| put.op)?;
    let span = stream.op(first.op)?.span;
    let message = format!(
        "The memo's entry {} is stored a second time; pickle.load takes the new value, pickletools refuses.",
        first.key
    );
    let d = Diagnostic::warning("memo-overwritten", span, message).at_op(u64::from(first.op.0));
    Some(d.hint("No stock pickler does that; what a later GET means depends on the reader."))
}

/// Memo keys beyond this are no writer's: so many values fit into no memory.
pub(super) const FAR_KEY: u32 = 1 << 30;

/// A memo entry that no pickler stores: because it is out of all measure, or because the text before has swallowed the
/// opcode that stored the one in between. Both load, and are silently wrong.
fn memo_gap(stream: &Stream, p: &Pickle, last: u32) -> Option<Diagnostic> {
    if p.behind.is_some() {
        return None;
    }
    const MOST: usize = 1 << 20;
    let puts = &stream.graph.puts;
    let from = puts.partition_point(|put| put.op < p.first);
    let to = puts.partition_point(|put| put.op.0 <= last);
    let own = puts.get(from..to).filter(|own| own.len() <= MOST)?;
    if let Some(far) = own.iter().find(|put| put.key > FAR_KEY) {
        let span = stream.op(far.op)?.span;
        let message = format!("A memo entry is stored under {}, which no writer reaches.", far.key);
        let d = Diagnostic::warning("memo-index", span, message).at_op(u64::from(far.op.0));
        return Some(d.hint("The bytes of a text may be taken for opcodes: the length before is then damaged."));
    }
    let step = |w: &[super::MemoPut]| matches!(w, [a, b] if a.key.checked_add(1) == Some(b.key));
    let mut gaps = own.windows(2).filter(|w| !step(w));
    let gap = gaps.next()?;
    let [a, b] = gap else { return None };
    if gaps.next().is_some() || own.len() < 3 || a.key.checked_add(2) != Some(b.key) {
        return None;
    }
    let missing = a.key + 1;
    let tail = match u8::try_from(missing) {
        Ok(key) => vec![b'q', key],
        Err(_) => [&[b'r'][..], &missing.to_le_bytes()].concat(),
    };
    let between = stream.index.iter_from(a.op, &stream.bytes).take_while(|(k, _)| *k < b.op).take(1000);
    let swallows = |op: &crate::ops::Op| match op.arg {
        Arg::Data(data) => {
            stream.bytes.read(Span::new(data.end.saturating_sub(5).max(data.start), data.end), 5).ends_with(&tail)
        }
        _ => false,
    };
    let (k, op) = between.into_iter().find(|(_, op)| swallows(op))?;
    let message = "The text ends with the bytes of the opcode that would have stored it in the memo: it is too long.";
    let d = Diagnostic::warning("desynchronised", op.span, message).at_op(u64::from(k.0));
    Some(d.hint("Its length field is damaged; it loads, and is silently wrong."))
}

/// The first op before a fault that no writer writes: a text that holds control characters or is no text, or that goes
/// without its memo store where all others have one.
fn desynchronised(stream: &Stream, p: &Pickle, fault: Span) -> Option<Diagnostic> {
    const BACK: u32 = 4000;
    let end = match stream.index.at_offset(fault.start, &stream.bytes) {
        Some(op) => op.0.saturating_add(1),
        None => p.first.0.saturating_add(p.ops),
    };
    let from = p.first.0.max(end.saturating_sub(BACK));
    let (mut texts, mut bare) = (0_u32, None);
    let mut suspect = None;
    let mut before: Option<(OpIndex, Span)> = None;
    for (k, op) in stream.index.iter_from(OpIndex(from), &stream.bytes).take_while(|(k, _)| k.0 < end) {
        let stored = matches!(op.code, Opcode::Memoize | Opcode::BinPut | Opcode::LongBinPut | Opcode::Put);
        if let Some(text) = before.take() {
            if stored {
                texts += 1;
            } else if bare.is_none() {
                bare = Some(text);
            }
        }
        let Arg::Data(data) = op.arg else { continue };
        if !matches!(op.code, Opcode::ShortBinunicode | Opcode::Binunicode | Opcode::Binunicode8) {
            continue;
        }
        before = Some((k, op.span));
        let text = stream.bytes.read(data, 4096);
        let odd = text.iter().any(|b| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'))
            || std::str::from_utf8(&text).is_err_and(|e| e.error_len().is_some());
        if odd {
            suspect = Some((k, op.span));
            break;
        }
    }
    let (k, span) = match (suspect, bare) {
        (Some((a, s)), Some((b, _))) if a <= b => (a, s),
        (_, Some(bare)) if texts >= 2 => bare,
        (Some(s), _) => s,
        _ => return None,
    };
    if span == fault {
        // The fault itself says so.
        return None;
    }
    let message = "The first opcode that looks wrong: a text that ends too late or too early.";
    let d = Diagnostic::warning("desynchronised", span, message).at_op(u64::from(k.0));
    Some(d.hint("Its length field is the likeliest damage; what follows it was read out of step."))
}

/// The member as a whole, once it is scanned.
pub(super) fn member(stream: &mut Stream) {
    let sound = stream.pickles.first().is_some_and(|p| p.complete);
    let few = stream.pickles.iter().all(|p| p.ops < 8);
    let mut found = Vec::new();
    let what = if sound && stream.refused.is_none() { None } else { what_it_is(&stream.bytes) };
    if let Some(what) = what.filter(|w| w.code != "bom" && (few || !matches!(w.code, "text" | "json" | "xml"))) {
        let message = match what.repair {
            _ if what.code == "zeros" => "The file is filled with zeros.".to_owned(),
            _ if what.code == "empty" => "The file is empty.".to_owned(),
            Some(_) => format!("This is {}.", what.name),
            None if what.lossy => format!("This is {}: bytes are lost.", what.name),
            None => format!("This is no pickle, but {}.", what.name),
        };
        // What its bytes happen to mean as opcodes is of no interest then.
        stream.problems.clear();
        let (mut span, mut message) = (what.span, message);
        if let Some((at, says)) = lost(&stream.bytes).filter(|_| what.lossy) {
            (span, message) = (at, format!("{message} {says}"));
        }
        found.push(Diagnostic::error(what.code, span, message).hint(what.hint));
    }
    torch_storages(stream);
    if let Some(d) = text_mode(stream) {
        // All bytes are to be turned back: where it goes on without that is of no interest.
        stream.problems.retain(|d| d.code != "goes-on");
        found.push(d);
    }
    gaps(stream, &mut found);
    let whole = stream.pickles.iter().filter(|p| p.within.is_none() && p.complete).count();
    if whole > 1 {
        let message = format!("The file holds {whole} pickles; pickle.load reads the first and stops behind it.");
        let at = stream.pickles.get(1).map_or(Span::default(), |p| p.span);
        let d = Diagnostic::note("several-pickles", at, message);
        found.push(d.hint("Call pickle.load again on the same open file for the next one."));
    }
    found.extend(carried(stream));
    for d in found {
        stream.problem(d);
    }
}

/// The persistent ids of torch's archives are those of its storages.
fn torch_storages(stream: &mut Stream) {
    let torch = stream.graph.names.iter().any(|(module, _)| &**module == "torch" || module.starts_with("torch."));
    let Some(d) = stream.problems.iter_mut().find(|d| torch && d.code == "persistent-id") else { return };
    d.message = "The storages of torch's tensors are referred to by persistent ids: they stand in the archive that \
                 this data.pkl is a member of."
        .into();
    d.hint = "Open the whole .pt file; torch.load reads it, pickle.load does not.".into();
}

/// Where U+FFFD stands for bytes that are lost, and a sentence that tells of them.
fn lost(bytes: &Bytes) -> Option<(Span, String)> {
    const TOLD: usize = 8;
    const SIGN: &[u8] = b"\xef\xbf\xbd";
    let head = bytes.read(Span::new(0, 16 << 20), usize::MAX);
    let mut places = memchr::memmem::find_iter(&head, SIGN).map(|i| i as u64);
    let first: Vec<u64> = places.by_ref().take(TOLD).collect();
    let (start, mut end) = (*first.first()?, first.last()?.saturating_add(3));
    let mut more = 0_u64;
    for at in places {
        (more, end) = (more + 1, at.saturating_add(3));
    }
    let all = more.saturating_add(first.len() as u64);
    let listed: Vec<String> = first.iter().map(u64::to_string).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (s, each) = if all == 1 { ("", "stands") } else { ("s", "each stand") };
    let part = if bytes.len() > head.len() as u64 { " of the first 16 MiB" } else { "" };
    let says =
        format!("{all} replacement character{s}{part} {each} for a byte or a few, at {}{rest}.", listed.join(", "));
    Some((Span::new(start, end), says))
}

/// Says with the cut of a pickle how much of it is whole.
pub(super) fn whole(stream: &mut Stream, knows: &dyn Inlines) {
    const MOST: usize = 20;
    let of = |d: &Diagnostic| match d.code {
        "truncated" | "zeros" => stream.pickles.iter().rposition(|p| p.fault.is_some_and(|f| d.span.covers(f))),
        _ => None,
    };
    let cut: Vec<(usize, usize)> =
        stream.problems.iter().enumerate().filter_map(|(i, d)| Some((i, of(d)?))).take(MOST).collect();
    for (i, n) in cut {
        let Some(says) = knows.whole(stream, n) else { continue };
        if let Some(d) = stream.problems.get_mut(i) {
            d.message = format!("{} {says}", d.message).into();
        }
    }
}

/// Decoding starts where the user says.
pub(super) fn started(start: Start) -> Diagnostic {
    let message = match start.holds {
        Holding::Nothing => "Decoding starts here, with an empty stack: because you said so.",
        Holding::Mark => "Decoding starts here, above a mark: because you said so.",
        Holding::Unknown => "Decoding goes on here, with what it wants beneath supposed: because you said so.",
        Holding::Kept => "Decoding goes on here, with the stack as it was: because you said so.",
    };
    Diagnostic::note("started-by-hand", Span::at(start.at, 1), message)
        .hint("What is shown from here on is a guess of yours; “Decode as the file says” takes it back.")
}

/// Decoding goes on within the same pickle, behind a fault.
///
/// `stopped`: it was not a fault, but a STOP that was read out of step.
pub(super) fn gone_on(at: u64, from: u64, stopped: bool) -> Diagnostic {
    let n = at.saturating_sub(from);
    let skipped = match n {
        0 => "right".to_owned(),
        1 => "one byte".to_owned(),
        _ => format!("{n} bytes"),
    };
    let what = if stopped { "a STOP amid things" } else { "the fault" };
    let message = format!(
        "The opcodes make sense again from here on, {skipped} behind {what}: decoding goes on, by a guess. What it builds is shown apart."
    );
    Diagnostic::warning("goes-on", Span::at(at, 1), message)
        .hint("What lay on the stack before is not known to it; “Decode from here” lets you say where it goes on, and upon what.")
}

/// A pickle within the bytes that a cut op of another claims.
pub(super) fn overlaid(at: u64, claimed: u64) -> Diagnostic {
    let message = format!("Within the bytes that the opcode at {claimed} claims another pickle begins, at {at}.");
    Diagnostic::warning("overlaid", Span::at(at, 2), message)
        .hint("The file may have been written over by a shorter one, or the length at fault is damaged.")
}

/// A later pickle that fetches what it never stored, or what only makes sense if an earlier one stored it.
fn carried(stream: &Stream) -> Option<Diagnostic> {
    let missing = |p: &Pickle| p.python.as_ref().is_some_and(|e| e.message.starts_with("Memo value not found"));
    let first = stream.pickles.first()?;
    let mut later =
        stream.pickles.iter().skip(1).take(100).filter(|p| p.within.is_none() && p.memo_from != first.memo_from);
    let (p, lost) = later.find_map(|p| {
        let lost = missing(p);
        (lost || holds_itself(stream, p)).then_some((p, lost))
    })?;
    let hint = "Choose “carry memo”; in Python load all of them with one Unpickler object.";
    Some(if lost {
        let message = "A later pickle refers to memo entries that it never stored: one Pickler object wrote them all.";
        Diagnostic::warning("memo-carried", p.span, message).hint(hint)
    } else {
        let message = "A later pickle holds a container within itself: perhaps the memo entry is an earlier pickle's.";
        Diagnostic::note("memo-carried", p.span, message).hint(hint)
    })
}

/// A container is fetched and put right into itself.
fn holds_itself(stream: &Stream, p: &Pickle) -> bool {
    let rows = &stream.graph.extents;
    let end = p.first.0.saturating_add(p.ops);
    let from = rows.partition_point(|e| e.op < p.first);
    let rows = rows.get(from..).unwrap_or(&[]).iter().take_while(|e| e.op.0 < end).take(10_000);
    let mut fetched: Vec<(Handle, OpIndex)> = Vec::new();
    for e in rows {
        let Some(value) = e.value() else { continue };
        if e.start == e.op {
            fetched.push((value, e.op));
        } else {
            if fetched.iter().any(|(v, op)| *v == value && e.start < *op) {
                return true;
            }
            // What was taken is spent.
            fetched.retain(|(_, op)| *op < e.start);
        }
    }
    false
}

/// Bytes up to which a repair is tried.
const TRIED: u64 = 32 << 20;

/// Every LF has a CR before it: the file went through a transfer in text mode.
fn text_mode(stream: &Stream) -> Option<Diagnostic> {
    let head = stream.bytes.read(stream.bytes.span(), 4 << 20);
    let (mut lf, mut pairs) = (0_u64, 0_u64);
    for i in memchr::memchr_iter(b'\n', &head) {
        lf += 1;
        let before = i.checked_sub(1).and_then(|i| head.get(i));
        pairs += u64::from(before == Some(&b'\r'));
    }
    let first = stream.pickles.first()?;
    let binary = head.first() == Some(&0x80);
    if pairs == 0 || pairs * 100 < lf * 99 || (!binary && first.ops < 2) || (first.complete && (binary || pairs < 2)) {
        return None;
    }
    let at = Span::new(0, stream.bytes.len());
    let hint = format!("Copy it again in binary mode, or {}.", Repair::CrLf.name());
    let line_feeds =
        if pairs == 1 { "The one line feed follows".into() } else { format!("All {pairs} line feeds follow") };
    let message = format!("{line_feeds} a carriage return: the file was copied in text mode");
    if first.complete {
        let message = format!("{message}. It loads, and is silently wrong: names, keys and texts end in \\r.");
        return Some(Diagnostic::warning("text-mode", at, message).hint(hint));
    }
    let loads = stream.bytes.len() <= TRIED
        && try_repair(&stream.bytes, Repair::CrLf).is_some_and(|data| {
            let options = Options { first_only: true, until_error: true, ..Options::default() };
            let repaired = Scan::whole(Bytes::from_vec(data), options, Arc::new(NoInlines));
            repaired.pickles.first().is_some_and(|p| p.complete)
        });
    if !loads && pairs < 3 {
        return None;
    }
    let then = if loads { "; turned back, the pickle is whole." } else { "." };
    Some(Diagnostic::error("text-mode", at, format!("{message}{then}")).hint(hint))
}

/// Bytes that belong to no pickle.
fn gaps(stream: &Stream, found: &mut Vec<Diagnostic>) {
    const MOST: usize = 50;
    let bytes = &stream.bytes;
    let prefixes = length_prefixes(stream);
    if let Some(d) = prefixes {
        found.push(d);
        return;
    }
    let broken = stream.pickles.iter().any(|p| !p.complete);
    for region in stream.index.regions().iter().filter(|r| r.kind == RegionKind::Gap).take(MOST) {
        let span = region.span;
        let n = span.len();
        let what = describe(bytes, span);
        let after = span.end == bytes.len();
        // What follows a fault is part of the damage, and said with it.
        let behind_fault = stream.pickles.iter().any(|p| {
            p.fault.is_some_and(|f| f.end <= span.start && p.span.end >= f.start) && {
                p.span.end.max(p.fault.map_or(0, |f| f.end)) + 1 >= span.start
            }
        });
        if after && broken && behind_fault {
            continue;
        }
        let bytes_are = if n == 1 { "1 byte is".to_owned() } else { format!("{n} bytes are") };
        found.push(if after {
            let message = format!("Behind the pickle {bytes_are} left{what}; pickle.load does not look at them.");
            Diagnostic::warning("trailing-bytes", span, message)
        } else if span.start == 0 {
            let refused = stream.refused.as_ref().map_or(String::new(), |e| {
                format!(" As it stands pickle.load raises {}.", quoted(&e.to_string()).trim_end_matches('.'))
            });
            let first = if n == 1 { "first byte is".to_owned() } else { format!("first {n} bytes are") };
            let message = format!("The {first} something else{what}; the pickle starts at {}.{refused}", span.end);
            Diagnostic::error("leading-bytes", span, message)
                .hint(format!("In Python: f.seek({}), then pickle.load(f).", span.end))
        } else {
            let message = format!("Between two pickles {bytes_are} part of neither{what}.");
            Diagnostic::warning("junk-between", span, message)
        });
    }
}

fn describe(bytes: &Bytes, span: Span) -> &'static str {
    let head = bytes.read(span, 4096);
    if head.starts_with(b"\xef\xbb\xbf") && span.len() == 3 {
        ": a UTF-8 byte order mark"
    } else if head.iter().all(|b| *b == 0) {
        ": zeros"
    } else if head.iter().all(|b| matches!(b, b' ' | b'\r' | b'\n' | b'\t')) {
        ": white space"
    } else if head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        ": text"
    } else {
        ""
    }
}

/// Each pickle stands behind its own length, as multiprocessing sends them.
fn length_prefixes(stream: &Stream) -> Option<Diagnostic> {
    let whole: Vec<&Pickle> = stream.pickles.iter().filter(|p| p.complete && p.within.is_none()).collect();
    if whole.is_empty() {
        return None;
    }
    for p in &whole {
        let raw = stream.bytes.read(Span::new(p.span.start.checked_sub(4)?, p.span.start), 4);
        let n = raw.iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        if n != p.span.len() {
            return None;
        }
    }
    let message = format!("Each of the {} pickles stands behind its own length in 4 bytes, big-endian.", whole.len());
    let d = Diagnostic::note("length-prefixed", Span::new(0, 4), message);
    Some(d.hint("That is how multiprocessing sends them; skip the four bytes before each load."))
}
