//! Where a scan starts again inside a pickle: behind a fault, by a guess, and where the user says.

use super::{Holding, PARTS, Phase, Scan, Start};
use crate::machine::diagnose;
use crate::machine::resync::Resync;
use crate::machine::stream::Stream;
use crate::ops::RegionKind;
use crate::source::Span;

impl Scan {
    /// A pickle starts where the user says.
    pub(super) fn begin_as_told(&mut self, stream: &mut Stream) {
        let Some(start) = self.starts.pop_front() else { return };
        if start.holds == Holding::Unknown {
            self.go_on_within(stream, start.at, false);
        } else {
            self.begin(stream, start.at, None);
        }
        self.machine.declared = start.protocol;
        if start.holds == Holding::Mark {
            self.machine.suppose_mark();
        }
        if let Some(p) = stream.pickles.get_mut(self.pickle) {
            p.started = Some(start);
        }
        self.machine.find(diagnose::started(start));
    }

    /// The user says that something starts here, or within the op that was due.
    pub(super) fn start(&mut self, stream: &mut Stream) {
        let Some(start) = self.starts.front().copied() else { return };
        if start.holds == Holding::Kept {
            self.skip_to(stream, start);
            return;
        }
        self.cur.seek(stream.index.end());
        let told = self.machine.python.is_some();
        self.close_all(stream);
        stream.index.push_region(Span::new(stream.index.end(), start.at), RegionKind::Fault);
        self.foreign |= !told;
        self.go_on(stream, start.at);
    }

    /// What stands before a start is skipped, and the pickle goes on.
    pub(super) fn skip_to(&mut self, stream: &mut Stream, start: Start) {
        self.starts.pop_front();
        self.hole = None;
        stream.index.push_region(Span::new(stream.index.end(), start.at), RegionKind::Fault);
        self.machine.sound = false;
        self.machine.find(diagnose::started(start));
        self.cur.seek(start.at);
        self.phase = Phase::Run;
    }

    /// The pickle whose fault was met goes on at `at`, as far as can be told: what it builds from there on stands apart.
    pub(super) fn go_on_within(&mut self, stream: &mut Stream, at: u64, guessed: bool) {
        let behind = Some(self.pickle).filter(|_| !stream.pickles.is_empty());
        let from = self.resync.take().map_or(at, |r| r.fault());
        self.hole = None;
        stream.index.push_region(Span::new(stream.index.end(), at), RegionKind::Fault);
        let (mut memo_from, mut protocol, mut stopped) = (0, 0, false);
        if let Some(p) = behind.and_then(|b| stream.pickles.get_mut(b)) {
            (memo_from, protocol, stopped) = (p.memo_from, p.protocol, p.fault.is_none());
            // What a length claims of the bytes from here on is not its own.
            if let Some(cut) = &mut p.cut {
                cut.span.end = cut.span.end.min(at);
                cut.payload = cut.payload.map(|s| Span::new(s.start.min(at), s.end.min(at)));
            }
            p.span.end = p.span.end.min(at);
        }
        let memo = std::mem::take(&mut self.machine.memo);
        self.begin(stream, at, None);
        self.machine.memo = memo;
        self.machine.suppose(self.unnumbered);
        self.machine.highest = protocol;
        if guessed {
            self.parts += 1;
            self.machine.find(diagnose::gone_on(at, from, stopped));
        }
        if let Some(p) = stream.pickles.get_mut(self.pickle) {
            (p.behind, p.memo_from) = (behind, memo_from);
        }
    }

    /// The pickle that has just ended may go on somewhere behind `from`.
    pub(super) fn may_go_on(&mut self, stream: &Stream, from: u64, payload: bool) {
        let may = self.parts < PARTS && !self.options.first_only && !self.options.until_error;
        self.resync = if may { Resync::behind(stream, self.pickle, from, payload).map(Box::new) } else { None };
    }
}
