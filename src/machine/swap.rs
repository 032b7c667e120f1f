//! A damaged opcode: the byte that stood in its place, else how many bytes to leave out so that ops go on. Proposes bytes;
//! changes none.

use super::mend::{Mend, whole_trial};
use super::stream::Stream;
use crate::ops::{OpIndex, Opcode, Step, decode};
use crate::source::{Cursor, Diagnostic, PieceTable, Span};

/// Ops before a fault whose habits are looked at.
const HABITS: u32 = 512;
/// Ops that must follow before the machine is asked.
const FOLLOW: u32 = 16;
/// Bytes that are left out at most.
const SKIPPED: u64 = 64;

/// What to do about a byte that is no opcode, or none that can stand there.
pub(super) fn byte(stream: &Stream, d: &Diagnostic, stop: &dyn Fn() -> bool) -> Option<Mend> {
    let at = d.span.start;
    let now = stream.bytes.get(at)?;
    let fault = stream.pickles.iter().filter_map(|p| p.fault).any(|f| f.start == at);
    if !fault {
        return None;
    }
    for code in candidates(stream, d) {
        if stop() {
            return None;
        }
        let (span, with) = (Span::at(at, 1), vec![code as u8]);
        if code as u8 != now && goes_on(stream, span, &with) && whole_trial(stream, span, &with) {
            let says = format!("Put {} in the place of the byte {now:#04x} at {at:#x}.", code.name());
            return Some(Mend { span, with, says, loads: true });
        }
    }
    left_out(stream, at, SKIPPED, stop)
}

/// So many bytes at a fault to leave out that both sides of it are one again.
fn left_out(stream: &Stream, at: u64, most: u64, stop: &dyn Fn() -> bool) -> Option<Mend> {
    for n in 1..=most {
        let span = Span::at(at, n);
        if stop() || span.end >= stream.bytes.len() {
            return None;
        }
        if goes_on(stream, span, &[]) && whole_trial(stream, span, &[]) {
            let s = if n == 1 { "" } else { "s" };
            let says = format!("Leave out {n} byte{s} at {at:#x}: the opcodes go on behind.");
            return Some(Mend { span, with: Vec::new(), says, loads: true });
        }
    }
    None
}

/// What joins a part that goes on behind a fault with what stands before it.
pub(super) fn join(stream: &Stream, d: &Diagnostic, stop: &dyn Fn() -> bool) -> Option<Mend> {
    let part = stream.pickles.iter().find(|p| p.behind.is_some() && p.span.start == d.span.start)?;
    let before = stream.pickles.get(part.behind?)?;
    let from = before.fault.map_or(before.span.end, |f| f.start);
    left_out(stream, from, part.span.start.saturating_sub(from).min(SKIPPED), stop)
}

/// All opcodes, those first that the ops before the fault used most.
fn candidates(stream: &Stream, d: &Diagnostic) -> Vec<Opcode> {
    let fault = d.op.and_then(|n| u32::try_from(n).ok()).unwrap_or_else(|| stream.index.count());
    let mut counts = [0_u32; 256];
    let before = stream.index.iter_from(OpIndex(fault.saturating_sub(HABITS)), &stream.bytes);
    for (_, op) in before.take_while(|(k, _)| k.0 < fault) {
        if let Some(n) = counts.get_mut(usize::from(op.code as u8)) {
            *n += 1;
        }
    }
    let mut all: Vec<Opcode> = (0..=255).filter_map(Opcode::from_byte).collect();
    all.sort_by_key(|c| std::cmp::Reverse(counts.get(usize::from(*c as u8)).copied().unwrap_or(0)));
    all
}

/// Ops follow without fault where some bytes are others.
fn goes_on(stream: &Stream, span: Span, with: &[u8]) -> bool {
    let mut copy = PieceTable::new(stream.bytes.clone());
    copy.replace(span, with);
    let bytes = copy.bytes();
    let mut cur = Cursor::new(&bytes, span.start);
    for _ in 0..FOLLOW {
        match decode(&mut cur) {
            Step::Op(op) if op.code == Opcode::Stop => return true,
            Step::Op(_) => {}
            Step::End | Step::Fault(_) => return false,
        }
    }
    true
}
