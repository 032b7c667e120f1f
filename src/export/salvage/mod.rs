//! Writes a pickle that CPython loads of what a damaged one still holds: its ops as they stand, without frames, up to the
//! fault, what CPython refuses replaced, and behind them the ops that close what is open. Nothing of it is called, and
//! payloads are copied in blocks. What was kept, cut and guessed is told by `sidecar`.

mod sidecar;

use super::{ExportError, Watch};
use crate::interpret::salvage::{self, Carried, CutArrays, Entry, Fate, Known, Piece};
use crate::interpret::{Cx, NoExternals, Options};
use crate::machine::{self, Instead, Pickle, Refused, Repair, Replay, Stream, try_repair, what_it_is};
use crate::ops::Opcode;
use crate::source::{Bytes, Span, limits};
use crate::tensor::Data;
pub use sidecar::{Sidecar, sidecar_name};
use std::io::Write;

/// Bytes that are copied at a time.
const BLOCK: u64 = 1 << 20;
/// Runs of kept bytes that are listed.
const RUNS: usize = 1000;

/// What became of one pickle.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its number in the member.
    pub pickle: usize,
    /// It was whole and is copied.
    pub whole: bool,
    /// Ops that are kept as they stand.
    pub ops: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Where those are, as runs; the first of them.
    pub runs: Vec<Span>,
    /// What is to be said.
    pub entries: Vec<Entry>,
}

impl Account {
    /// How many things met that fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.entries.iter().filter(|e| e.fate == fate).count()
    }
}

/// The rewriting that a member went through, and its bytes turned back: what is salvaged is that then.
pub fn turned_back(stream: &Stream) -> Option<(Repair, Vec<u8>)> {
    let told = |code: &str| stream.problems.iter().any(|d| d.code == code);
    let repair = match what_it_is(&stream.bytes).filter(|w| told(w.code)) {
        Some(what) => what.repair?,
        None if told("text-mode") => Repair::CrLf,
        None => return None,
    };
    Some((repair, try_repair(&stream.bytes, repair)?))
}

/// The pickles of a member that are worth salvaging: the whole ones, and those that left something.
pub fn worth(stream: &Stream) -> Vec<usize> {
    let tops = || stream.pickles.iter().enumerate().filter(|(_, p)| p.within.is_none());
    let holds = |p: &Pickle| p.complete || p.root.is_some_and(|h| h.as_node().is_some()) || p.pending.len() > 1;
    let some: Vec<usize> = tops().filter(|(_, p)| holds(p)).map(|(n, _)| n).collect();
    if some.is_empty() { tops().take(1).map(|(n, _)| n).collect() } else { some }
}

/// Writes what there is of the pickles of a member, one behind the other.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn write(
    cx: &Cx<'_>,
    arrays: CutArrays,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Vec<Account>, ExportError> {
    let pickles = worth(cx.stream);
    if pickles.is_empty() {
        out.write_all(b"N.")?;
        let text = "There is nothing to salvage: the salvaged pickle is None.".to_owned();
        let entry = Entry { fate: Fate::Cut, path: None, span: Span::default(), text };
        return Ok(vec![Account { pickle: 0, whole: false, ops: 0, bytes: 0, runs: Vec::new(), entries: vec![entry] }]);
    }
    pickles.into_iter().map(|n| one(cx, n, arrays, out, watch)).collect()
}

/// As [`write()`], for bytes in memory, scanned anew: what is left of any bytes at all.
pub fn salvage_bytes(data: Vec<u8>, arrays: CutArrays) -> (Vec<u8>, Vec<Account>) {
    let bytes = Bytes::from_vec(data);
    let inlines = std::sync::Arc::new(crate::interpret::KnownInlines);
    let stream = machine::Scan::whole(bytes, machine::Options::default(), inlines);
    let options = Options::default();
    let cx = Cx::new(&stream, &options, &NoExternals);
    let mut out = Vec::new();
    let accounts = write(&cx, arrays, &mut out, &mut |_, _| true).unwrap_or_default();
    (out, accounts)
}

fn one(
    cx: &Cx<'_>,
    n: usize,
    arrays: CutArrays,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Account, ExportError> {
    let mut account = Account { pickle: n, whole: false, ops: 0, bytes: 0, runs: Vec::new(), entries: Vec::new() };
    let Some(p) = cx.stream.pickles.get(n) else { return Ok(account) };
    let (replay, carried, mended_arrays) = again(cx, n, arrays);
    account.whole = p.complete && replay.mends.is_empty() && !mended_arrays;
    let run = Span::default();
    let bytes = &cx.stream.bytes;
    let mut copy = Copier { bytes, out, watch, run, done: 0, inner: false, account: &mut account };
    if p.behind.is_some() && (2..=5).contains(&p.protocol) {
        copy.out.write_all(&[Opcode::Proto.info().code, p.protocol])?;
    }
    for before in machine::fetches_from(cx.stream, n) {
        memo_of(cx, before, arrays, &mut copy)?;
    }
    kept(cx, n, p, &replay, &carried, &mut copy)?;
    let told = joblib(&carried).into_iter().chain(carried.into_iter().filter_map(|c| c.entry));
    copy.account.entries.extend(told.chain(foreign(cx, n)));
    copy.account.entries.extend(replay.mends.iter().map(|m| mended(m, cx.stream)));
    if p.complete {
        // STOP is among the ops that were copied.
        return Ok(account);
    }
    copy.account.entries.extend(gone_on(p, cx.stream));
    if !replay.stopped {
        let closing = salvage::close(cx, n, arrays, Some(&replay));
        for piece in &closing.pieces {
            copy.piece(piece)?;
        }
        account.entries.extend(closing.entries);
        account.entries.extend(cut_op(p));
    }
    out.write_all(b".")?;
    account.entries.sort_by_key(|e| e.span.start);
    Ok(account)
}

/// What is mended in pickle `n` and what is written otherwise, and whether something of that is NumPy's.
fn again(cx: &Cx<'_>, n: usize, arrays: CutArrays) -> (Replay, Vec<Carried>, bool) {
    let mut judge = Known::new(cx, n, arrays);
    let replay = machine::replay(cx.stream, n, &mut judge);
    let written = judge.written(n);
    let mut carried = salvage::carried(cx, n, arrays);
    let some = !written.is_empty();
    carried.extend(written);
    carried.sort_by_key(|c| c.op);
    carried.dedup_by_key(|c| c.op);
    (replay, carried, some)
}

/// All that pickle `n` keeps, for the sake of its memo: what it builds is dropped again.
fn memo_of(cx: &Cx<'_>, n: usize, arrays: CutArrays, copy: &mut Copier<'_>) -> Result<(), ExportError> {
    let Some(p) = cx.stream.pickles.get(n) else { return Ok(()) };
    let (replay, carried, _) = again(cx, n, arrays);
    copy.out.write_all(b"(")?;
    copy.inner = true;
    kept(cx, n, p, &replay, &carried, copy)?;
    copy.inner = false;
    // Each mark that is open, and the one above.
    Ok(copy.out.write_all(&vec![b'1'; replay.marks.saturating_add(1)])?)
}

/// The ops that stay, in place.
fn kept(
    cx: &Cx<'_>,
    n: usize,
    p: &Pickle,
    replay: &Replay,
    carried: &[Carried],
    copy: &mut Copier<'_>,
) -> Result<(), ExportError> {
    let beneath: Vec<u8> = p.beneath.iter().rev().map(|b| b.opcode().info().code).collect();
    copy.out.write_all(&beneath)?;
    let inner = machine::inner(cx.stream, n);
    let mut mends = replay.mends.iter().peekable();
    let mut carried = carried.iter().peekable();
    for (k, op) in cx.stream.index.iter_from(p.first, &cx.stream.bytes) {
        if k >= replay.end && !p.complete || k.0 >= p.first.0.saturating_add(p.ops) {
            break;
        }
        if inner.iter().any(|r| r.contains(&k)) {
            continue;
        }
        if copy.inner && op.code == Opcode::Stop {
            break;
        }
        let mut stays = op.code != Opcode::Frame && (op.code != Opcode::Proto || !copy.inner);
        while let Some(m) = mends.next_if(|m| m.op <= k) {
            copy.flush()?;
            match &m.instead {
                Instead::Before(ops) => copy.out.write_all(ops)?,
                Instead::Ops(ops) => {
                    copy.out.write_all(ops)?;
                    stays = false;
                }
                Instead::Text(span) => {
                    copy.text(*span, op.code)?;
                    stays = false;
                }
            }
        }
        let other = carried.next_if(|c| c.op <= k);
        if stays && other.is_none_or(|c| c.stays) {
            copy.op(op.span)?;
        }
        if let Some(c) = other.filter(|c| c.op == k) {
            copy.flush()?;
            for piece in &c.pieces {
                copy.piece(piece)?;
            }
        }
    }
    copy.flush()?;
    // Items of the last container that are dropped before the op that did not come.
    for m in mends.filter(|m| m.op <= replay.end) {
        if let Instead::Before(ops) = &m.instead {
            copy.out.write_all(ops)?;
        }
    }
    Ok(())
}

struct Copier<'a> {
    bytes: &'a Bytes,
    out: &'a mut dyn Write,
    watch: Watch<'a>,
    run: Span,
    done: u64,
    /// What is copied stands within another pickle, for the sake of its memo.
    inner: bool,
    account: &'a mut Account,
}

impl Copier<'_> {
    fn op(&mut self, span: Span) -> Result<(), ExportError> {
        self.account.ops += 1;
        if self.run.end == span.start && !self.run.is_empty() {
            self.run.end = span.end;
        } else {
            self.flush()?;
            self.run = span;
        }
        if self.run.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        let run = std::mem::take(&mut self.run);
        if run.is_empty() {
            return Ok(());
        }
        self.account.bytes += run.len();
        let runs = &mut self.account.runs;
        let room = runs.len() < RUNS;
        match runs.last_mut() {
            Some(last) if last.end == run.start => last.end = run.end,
            _ if room => runs.push(run),
            _ => {}
        }
        self.data(&Data::file(self.bytes, run), Span::new(0, run.len()))
    }

    fn data(&mut self, data: &Data, span: Span) -> Result<(), ExportError> {
        let mut buf = vec![0; usize::try_from(span.len().min(BLOCK)).unwrap_or(0)];
        let mut at = span.start;
        while at < span.end {
            let n = usize::try_from(span.end - at).unwrap_or(usize::MAX).min(buf.len());
            let Some(part) = buf.get_mut(..n) else { break };
            let got = data.peek_at(at, part);
            // A file that shrank meanwhile reads as zeros: the length was written.
            if let Some(rest) = part.get_mut(got..) {
                rest.fill(0);
            }
            self.out.write_all(part)?;
            at += n as u64;
            self.tick(n as u64)?;
        }
        Ok(())
    }

    fn tick(&mut self, n: u64) -> Result<(), ExportError> {
        self.done = self.done.saturating_add(n);
        if (self.watch)(self.done, self.bytes.len().max(self.done)) { Ok(()) } else { Err(ExportError::Cancelled) }
    }

    fn text(&mut self, span: Span, code: Opcode) -> Result<(), ExportError> {
        let raw = self.bytes.read(span, usize::try_from(limits::UNESCAPED).unwrap_or(usize::MAX));
        let text = salvage::readable(&raw, code);
        match u32::try_from(text.len()) {
            Ok(n) => {
                self.out.write_all(b"X")?;
                self.out.write_all(&n.to_le_bytes())?;
            }
            Err(_) => {
                self.out.write_all(b"\x8d")?;
                self.out.write_all(&(text.len() as u64).to_le_bytes())?;
            }
        }
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), ExportError> {
        match piece {
            Piece::Ops(ops) => Ok(self.out.write_all(ops)?),
            Piece::Data(data, span) => self.data(data, *span),
            Piece::Repeat(element, count) => {
                let each = element.len().max(1);
                let many = (usize::try_from(BLOCK).unwrap_or(1) / each).max(1);
                let block = element.repeat(many.min(usize::try_from(*count).unwrap_or(usize::MAX)));
                let mut left = *count;
                while left > 0 {
                    let n = left.min(many as u64);
                    let len = usize::try_from(n).unwrap_or(0).saturating_mul(element.len());
                    self.out.write_all(block.get(..len).unwrap_or(&block))?;
                    left -= n;
                    self.tick(len as u64)?;
                }
                Ok(())
            }
        }
    }
}

/// The op in which the bytes end.
fn cut_op(p: &Pickle) -> Option<Entry> {
    let fault = p.cut?;
    let name = fault.code.map_or("an unknown opcode", Opcode::name);
    let there = fault.payload.map_or(String::new(), |s| format!(": {} bytes of its argument are there", s.len()));
    Some(Entry { fate: Fate::Cut, path: None, span: fault.span, text: format!("{name} is not whole{there}.") })
}

/// What stands behind a fault is there by a guess.
fn gone_on(p: &Pickle, stream: &Stream) -> Option<Entry> {
    let before = p.behind.and_then(|b| stream.pickles.get(b))?;
    let at = before.fault.map_or(before.span.end, |f| f.start);
    let text = format!(
        "What stands behind the fault at {at} is a pickle of its own here, read from {} on: where it belongs was lost.",
        p.span.start
    );
    Some(Entry { fate: Fate::Guessed, path: None, span: Span::at(p.span.start, 1), text })
}

fn mended(m: &Refused, stream: &Stream) -> Entry {
    let name = stream.op(m.op).map_or("", |op| op.code.name());
    let what = match &m.instead {
        Instead::Before(_) => "An item before it is left out".to_owned(),
        Instead::Text(_) => format!("The text of {name} is kept with U+FFFD for what is no text"),
        Instead::Ops(b"") => format!("{name} is left out"),
        Instead::Ops(ops) if ops.ends_with(b"N") => format!("None stands for what {name} would have made"),
        Instead::Ops(_) => format!("What {name} would have given is left out"),
    };
    Entry {
        fate: Fate::Mended,
        path: None,
        span: m.span,
        text: format!("{what}; CPython raises {}.", m.why.trim_end_matches('.')),
    }
}

/// What became of joblib's arrays, in a sentence.
fn joblib(carried: &[Carried]) -> Option<Entry> {
    let n = carried.iter().filter(|c| c.note).count();
    let text = format!("{n} arrays that joblib had put between the opcodes are ordinary pickled arrays now.");
    (n > 0).then(|| Entry { fate: Fate::Mended, path: None, span: Span::default(), text })
}

/// What a plain pickle cannot hold.
fn foreign(cx: &Cx<'_>, n: usize) -> Option<Entry> {
    let within = |h: &crate::machine::Handle| {
        cx.pickle_of(cx.stream.graph.made(*h)) == n && cx.call(*h).is_none_or(|c| c.states.is_empty())
    };
    let mut spans = cx.stream.foreign.iter().filter(|(h, _)| within(h)).map(|(_, s)| *s);
    let first = spans.next()?;
    let text = format!(
        "{} storages lie behind the opcodes, which only torch reads: they are not copied. Export the tensors instead.",
        spans.count() + 1
    );
    Some(Entry { fate: Fate::Cut, path: None, span: first, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: &[u8]) -> Vec<u8> {
        salvage_bytes(data.to_vec(), CutArrays::Rows).0
    }

    #[test]
    fn open_containers_are_closed() {
        assert_eq!(of(b"\x80\x02}q\x00(K\x01K\x02K\x03"), b"\x80\x02}q\x00(K\x01K\x02K\x030u.");
        assert_eq!(of(b"\x80\x02]q\x00(K\x01K\x02"), b"\x80\x02]q\x00(K\x01K\x02e.");
        assert_eq!(of(b"\x80\x02]q\x00(K\x01(K\x02K\x03K\x04"), b"\x80\x02]q\x00(K\x01(K\x02K\x03K\x04te.");
        assert_eq!(of(b"(lp0\nI1\naI2\n"), b"(lp0\nI1\naI2\na.");
        assert_eq!(of(b"\x80\x02]"), b"\x80\x02].");
        assert_eq!(of(b""), b"N.");
    }

    #[test]
    fn a_whole_pickle_is_copied() {
        let whole = b"\x80\x02]q\x00(K\x01K\x02e.";
        assert_eq!(of(whole), whole);
    }

    #[test]
    fn what_cpython_refuses_is_replaced() {
        // A list as a key, in the middle of a dict.
        assert_eq!(of(b"\x80\x02}(K\x01K\x02]K\x03K\x04K\x05u."), b"\x80\x02}(K\x01K\x02]K\x0300K\x04K\x05u.");
        // A number is called.
        assert_eq!(of(b"\x80\x02K\x01)R."), b"\x80\x02K\x01)00N.");
    }
}
