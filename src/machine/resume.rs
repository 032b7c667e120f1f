//! Where the next pickle may start: after STOP, after a fault, after bytes of another format.
//! Only looks at bytes; changes nothing.

use crate::ops::{Arg, Opcode, Step, decode};
use crate::source::{Bytes, Cursor, Span};

/// Ops after which what has gone well so far is believed.
const TRIAL: u32 = 64;
/// Ops after which what starts without PROTO must have stopped.
const TRIAL_BARE: u32 = 4096;

/// The next plausible start of a pickle at or after `from`. Directly at `from` a pickle needs no PROTO; `carried`: it may
/// fetch what an earlier one memoised. Looks at no more than `limit` bytes; `Err` is where to go on.
pub(super) fn next_start(bytes: &Bytes, from: u64, limit: u64, carried: bool) -> Result<Option<u64>, u64> {
    if plausible(bytes, from, false, carried) {
        return Ok(Some(from));
    }
    next_proto(bytes, from, limit)
}

/// The next PROTO that begins something plausible.
pub(super) fn next_proto(bytes: &Bytes, from: u64, limit: u64) -> Result<Option<u64>, u64> {
    let mut cur = Cursor::new(bytes, from);
    let end = from.saturating_add(limit).min(bytes.len());
    while cur.pos() < end {
        let at = cur.pos();
        let chunk = cur.chunk();
        if chunk.is_empty() {
            return Ok(None);
        }
        let n = usize::try_from(end - at).unwrap_or(usize::MAX).min(chunk.len());
        let Some(i) = memchr::memchr(0x80, chunk.get(..n).unwrap_or(chunk)) else {
            cur.seek(at + n as u64);
            continue;
        };
        let at = at + i as u64;
        if bytes.get(at + 1).is_some_and(|v| (2..=5).contains(&v)) && plausible(bytes, at, true, true) {
            return Ok(Some(at));
        }
        cur.seek(at + 1);
    }
    if end < bytes.len() { Err(end) } else { Ok(None) }
}

/// What starts here decodes, and its stack never runs dry, up to STOP or for a while.
fn plausible(bytes: &Bytes, at: u64, proto: bool, carried: bool) -> bool {
    let mut cur = Cursor::new(bytes, at);
    let Some(first) = cur.bytes().get(at) else { return false };
    let proto = proto || first == 0x80;
    let most = if proto { TRIAL } else { TRIAL_BARE };
    let (mut depth, mut marks, mut puts) = (0_u64, Vec::new(), 0_u64);
    for n in 0..most {
        let op = match decode(&mut cur) {
            Step::Op(op) => op,
            // Cut by the end of the file.
            Step::End => return proto && n >= 2,
            Step::Fault(f) => return proto && n >= 2 && f.code.is_some() && f.span.end == bytes.len() && n >= 8,
        };
        let info = op.code.info();
        match op.code {
            Opcode::Stop => return depth > 0 && n > 0,
            Opcode::Proto if n > 0 => return false,
            Opcode::Proto if matches!(op.arg, Arg::Int(v) if v > 5) => return false,
            Opcode::Frame => {
                let left = bytes.len().saturating_sub(op.span.end);
                if matches!(op.arg, Arg::Uint(n) if n > left.saturating_add(1 << 40)) {
                    return false;
                }
            }
            Opcode::Mark => marks.push(depth),
            Opcode::BinPut | Opcode::LongBinPut | Opcode::Put | Opcode::Memoize => {
                if depth == 0 {
                    return false;
                }
                puts += 1;
            }
            Opcode::BinGet | Opcode::LongBinGet | Opcode::Get if puts == 0 && !carried && !proto => return false,
            Opcode::Global | Opcode::Inst if !names(bytes, op.arg) => return false,
            Opcode::Pop if marks.last() == Some(&depth) => {
                marks.pop();
                continue;
            }
            _ => {}
        }
        let sliced = info.before.iter().any(|s| matches!(s, crate::ops::Slot::Slice));
        if sliced {
            let Some(m) = marks.pop() else { return false };
            depth = m;
        }
        let plain = |slots: &[crate::ops::Slot]| {
            slots.iter().filter(|s| !matches!(s, crate::ops::Slot::Mark | crate::ops::Slot::Slice)).count() as u64
        };
        // OBJ's class lies above the mark.
        let takes = if op.code == Opcode::Obj { 0 } else { plain(info.before) };
        let floor = marks.last().copied().unwrap_or(0);
        match depth.checked_sub(takes).filter(|d| *d >= floor) {
            Some(d) if op.code != Opcode::Mark => depth = d + plain(info.after),
            Some(_) => {}
            None => return false,
        }
    }
    proto
}

fn names(bytes: &Bytes, arg: Arg) -> bool {
    let Arg::Pair(module, name) = arg else { return false };
    let name_like = |span: Span| {
        !span.is_empty()
            && span.len() < 1000
            && bytes.read(span, 1000).iter().all(|b| b.is_ascii_alphanumeric() || b"_.<>".contains(b) || *b >= 0x80)
    };
    name_like(module) && name_like(name)
}
