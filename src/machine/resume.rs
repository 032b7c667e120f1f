//! Where the next pickle starts: after STOP, after a fault, after bytes of another format. Guesses by [`sniff`]; changes
//! nothing.

use super::resync;
use crate::ops::sniff::{PLAUSIBLE, find_next_start, plausibility};
use crate::source::Bytes;

/// What a search came to.
pub(super) enum Found {
    /// A pickle starts here.
    At(u64),
    /// Not yet; go on from here.
    GoOn(u64),
    /// None starts anywhere.
    Nothing,
}

/// The score from which a start is believed amid a payload, whose bytes are more likely just that.
const STANDS_OUT: u8 = 80;

/// A pickle starts right at `at`, behind the STOP of another: the smallest will do.
/// With the number of ops that were looked at.
pub(super) fn follows(bytes: &Bytes, at: u64) -> (bool, u32) {
    let start = plausibility(bytes, at);
    (start.score >= PLAUSIBLE || (start.end.is_some() && start.score >= 40), start.ops)
}

/// The next plausible start from `from` on, looking at no more than `limit` bytes.
///
/// `enough`: asked of each whether that is not met by chance there.
pub(super) fn search(bytes: &Bytes, from: u64, limit: u64, enough: &dyn Fn(u64) -> bool) -> Found {
    let end = from.saturating_add(limit);
    let mut reached = from;
    let mut from = from;
    loop {
        let mut stopped = false;
        let found = find_next_start(bytes, from, &mut |at| {
            reached = at;
            stopped = at >= end;
            !stopped
        });
        match found {
            Some(at) if !enough(at) => from = at.saturating_add(1),
            Some(at) => return Found::At(at),
            None if stopped => return Found::GoOn(reached),
            None => return Found::Nothing,
        }
    }
}

/// More speaks for a pickle at `at` than a payload of any size holds by chance.
pub(super) fn stands_out(bytes: &Bytes, at: u64) -> bool {
    let start = plausibility(bytes, at);
    start.score >= STANDS_OUT && start.protocol.is_none_or(|p| resync::bears_a_pickle(bytes, at.saturating_add(2), p))
}

/// Bytes before the first pickle that are searched for it.
const HEAD: u64 = 1 << 20;

/// Where the first pickle starts, if what stands at the first byte is certainly none and a better one follows.
pub(super) fn behind_junk(bytes: &Bytes) -> Option<u64> {
    if bytes.get(0) == Some(0x80) {
        return None;
    }
    let here = plausibility(bytes, 0);
    if here.score >= 25 || here.ops >= 8 {
        return None;
    }
    match search(bytes, 0, HEAD, &|at| plausibility(bytes, at).score >= STANDS_OUT) {
        Found::At(at) => Some(at),
        Found::GoOn(_) | Found::Nothing => None,
    }
}
