//! Drives the machine over a member in bursts: decode, index, run, and start again behind a fault or another pickle.
//! Every byte ends up in an op or in a region; nothing that was built is thrown away. Never reads payloads it need not.

mod parts;

use super::graph::{Extent, Handle};
use super::memo::Memo;
use super::reader::Reader;
use super::resume::{self, Found};
use super::resync::Resync;
use super::step::{Cx, Flow, Machine};
use super::stream::Stream;
use super::suppose::UNNUMBERED;
use super::write::Names;
use super::{Pickle, diagnose, verdict};
use crate::ops::text::PyError;
use crate::ops::{FaultKind, Foreign, OpFault, OpIndex, Opcode, RegionKind, Step, decode};
use crate::source::{Bytes, Cursor, Diagnostic, Span, limits};
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes that are searched for the next pickle in one burst.
const SEARCH: u64 = 4 << 20;

/// The same, where every offset is weighed.
const WEIGHED: u64 = 256 << 10;

/// Bytes behind a pickle in which little speaks for another one.
const NEAR: u64 = 64 << 10;

/// Parts of a member that are gone on with behind faults.
const PARTS: usize = 64;

/// How a member is scanned.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A second pickle may fetch what the first one memoised: both came out of one Pickler.
    pub carry_memo: bool,
    /// Stop after the first pickle; what follows is a gap.
    pub first_only: bool,
    /// Stop at the first thing that CPython would raise.
    pub until_error: bool,
}

/// What the stack holds where the user says that decoding starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holding {
    /// Nothing: a pickle of its own starts here.
    #[default]
    Nothing,
    /// A mark: the items of a container whose beginning is lost.
    Mark,
    /// All that was there: what lies between is skipped, and the pickle goes on.
    Kept,
    /// What is not known: whatever the ops want from beneath is supposed, and the memo is that of the pickle before.
    Unknown,
}

/// Where the user says that decoding starts, whatever stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Start {
    /// The offset of the first opcode.
    pub at: u64,
    /// The protocol, where the user says one.
    pub protocol: Option<u8>,
    /// What the stack holds then.
    pub holds: Holding,
}

/// What lies inline between two ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Bytes of another format that belong to the object just built.
    Raw(Span, Foreign),
    /// A whole pickle of its own; the outer one goes on behind it.
    Pickle,
}

/// Knows formats that put foreign bytes between ops. Given by those who know the classes; the machine only asks.
pub trait Inlines: Send + Sync {
    /// What stands at `at`, after a BUILD of `object`.
    fn after_build(&self, stream: &Stream, object: Handle, at: u64) -> Option<Inline>;

    /// The foreign runs from `at` on, after the STOP of the pickle with that number, and what each belongs to.
    fn after_stop(&self, stream: &Stream, pickle: usize, at: u64) -> Vec<(Handle, Span, Foreign)> {
        let _ = (stream, pickle, at);
        Vec::new()
    }

    /// What would be refused though every opcode is sound: arrays whose bytes do not fit their shape.
    fn refused(&self, stream: &Stream) -> Vec<Diagnostic> {
        let _ = stream;
        Vec::new()
    }

    /// How much is whole of the pickle with that number, which was cut: a sentence.
    fn whole(&self, stream: &Stream, pickle: usize) -> Option<String> {
        let _ = (stream, pickle);
        None
    }
}

/// Plain pickles only.
pub struct NoInlines;

impl Inlines for NoInlines {
    fn after_build(&self, _: &Stream, _: Handle, _: u64) -> Option<Inline> {
        None
    }
}

enum Phase {
    /// Something may start here.
    Begin(u64),
    /// A PROTO is searched for from here on.
    Search(u64),
    /// Inside a pickle.
    Run,
    /// Asks what a plain unpickler makes of a pickle that holds foreign bytes.
    Shadow {
        scan: Box<Scan>,
        stream: Box<Stream>,
        pickle: usize,
        then: u64,
    },
    Done,
}

/// Why a burst ended.
enum Event {
    Budget,
    Stop(Handle, OpIndex),
    Built(Handle),
    Fault {
        error: PyError,
        cut: Option<OpFault>,
        span: Span,
    },
    Limit,
    /// The user says that something starts here, or within the op that is due.
    Start,
    /// What goes on behind a fault has come to where another pickle starts.
    Another(u64),
}

/// A pickle around the one that is being read.
struct Outer {
    machine: Machine,
    pickle: usize,
    foreign: bool,
}

/// The state of a scan; the results are in the [`Stream`].
pub struct Scan {
    cur: Cursor,
    args: Reader,
    names: Names,
    machine: Machine,
    outer: Vec<Outer>,
    phase: Phase,
    options: Options,
    inlines: Arc<dyn Inlines>,
    /// The pickle that is being read.
    pickle: usize,
    /// It held foreign bytes before anything that a plain load would raise.
    foreign: bool,
    /// Where an op stands that is cut by the end of the bytes, or by a length that is wrong.
    hole: Option<u64>,
    /// Where the user says that something starts, in order; those that were passed are gone.
    starts: VecDeque<Start>,
    /// How the pickle whose fault was met last may go on behind it.
    resync: Option<Box<Resync>>,
    /// Where the search that is under way began.
    sought_from: u64,
    /// The number that MEMOIZE behind a fault stores under next.
    unnumbered: u32,
    /// Parts that were gone on with behind faults.
    parts: usize,
}

impl Scan {
    /// Starts at the first byte.
    pub fn new(bytes: &Bytes, options: Options, inlines: Arc<dyn Inlines>) -> Self {
        Self {
            cur: Cursor::new(bytes, 0),
            args: Reader::new(bytes),
            names: Names::default(),
            machine: Machine::new(Memo::default(), OpIndex(0)),
            outer: Vec::new(),
            phase: Phase::Begin(0),
            options,
            inlines,
            pickle: 0,
            foreign: false,
            hole: None,
            starts: VecDeque::new(),
            resync: None,
            sought_from: 0,
            unnumbered: UNNUMBERED,
            parts: 0,
        }
    }

    /// Starts at these places too, whatever stands before them. To be called before the first step.
    pub fn start_at(&mut self, mut starts: Vec<Start>) {
        starts.sort_unstable();
        starts.dedup_by_key(|s| s.at);
        self.starts = starts.into();
    }

    /// Where the next start is that the user asked for.
    fn bound(&self) -> u64 {
        self.starts.front().map_or(u64::MAX, |s| s.at)
    }

    /// Scans all of a member at once.
    pub fn whole(bytes: Bytes, options: Options, inlines: Arc<dyn Inlines>) -> Stream {
        let mut scan = Self::new(&bytes, options, inlines);
        let mut stream = Stream::new(bytes);
        while scan.step(&mut stream, 1 << 20) {}
        stream
    }

    /// Goes on for about `max_ops` ops; `false` when nothing is left. `stream` must be the one of the first call.
    pub fn step(&mut self, stream: &mut Stream, max_ops: u32) -> bool {
        let mut left = max_ops.max(1);
        while left > 0 {
            match std::mem::replace(&mut self.phase, Phase::Done) {
                Phase::Done => {
                    self.finish(stream);
                    return false;
                }
                Phase::Begin(at) => {
                    if at >= stream.bytes.len() && (at > 0 || !stream.pickles.is_empty()) {
                        continue;
                    }
                    while self.bound() < at {
                        self.starts.pop_front();
                    }
                    if self.bound() == at {
                        self.begin_as_told(stream);
                    } else if at == 0 {
                        self.first(stream);
                    } else if self.options.first_only {
                        continue;
                    } else {
                        let (follows, ops) = resume::follows(&stream.bytes, at);
                        if stream.pickles.len() >= limits::PICKLES {
                            self.too_many(stream, at);
                        } else if follows {
                            self.begin(stream, at, None);
                        } else {
                            self.sought_from = at;
                            self.phase = Phase::Search(at);
                        }
                        left = left.saturating_sub(ops.saturating_add(10));
                    }
                }
                Phase::Search(from) => {
                    if self.options.first_only {
                        continue;
                    }
                    if stream.pickles.len() >= limits::PICKLES {
                        self.too_many(stream, from);
                        continue;
                    }
                    let bound = self.bound();
                    // Behind a fault every offset is weighed: that takes longer.
                    let most = if self.resync.is_some() { WEIGHED } else { SEARCH };
                    let limit = most.min(bound.saturating_sub(from));
                    let found = match limit {
                        0 => Found::GoOn(bound),
                        _ => {
                            // What lies in a payload, or far away, must be more than bytes hold by chance.
                            let near = if self.hole.is_some() { 0 } else { self.sought_from.saturating_add(NEAR) };
                            let bytes = &stream.bytes;
                            resume::search(bytes, from, limit, &|at| at < near || resume::stands_out(bytes, at))
                        }
                    };
                    // The pickle itself may go on before another one starts.
                    let reached = match found {
                        Found::At(at) | Found::GoOn(at) => at.min(bound),
                        Found::Nothing => bound,
                    };
                    let within = self.resync.as_ref().and_then(|r| r.search(&stream.bytes, from, reached));
                    match found {
                        _ if within.is_some() => self.go_on_within(stream, within.unwrap_or(from), true),
                        Found::At(at) if at < bound => self.begin(stream, at, None),
                        Found::GoOn(at) if at < bound => self.phase = Phase::Search(at),
                        Found::Nothing if bound == u64::MAX => {}
                        _ => self.phase = Phase::Begin(bound),
                    }
                    left = left.saturating_sub(100_000);
                }
                Phase::Run => {
                    self.phase = Phase::Run;
                    let event = self.burst(stream, &mut left);
                    self.event(stream, event);
                }
                Phase::Shadow { mut scan, stream: mut scratch, pickle, then } => {
                    let more = scan.step(&mut scratch, left);
                    left = left.saturating_sub(100_000);
                    if more && scratch.index.count() < 50_000_000 {
                        self.phase = Phase::Shadow { scan, stream: scratch, pickle, then };
                    } else {
                        let python = scratch.pickles.first().and_then(|p| p.python.clone());
                        if let Some(p) = stream.pickles.get_mut(pickle) {
                            p.python = python;
                        }
                        self.phase = Phase::Begin(then);
                    }
                }
            }
        }
        self.publish(stream);
        if stream.graph.memory().saturating_add(self.machine.memory()) > limits::GRAPH
            && matches!(self.phase, Phase::Run)
        {
            self.close(stream, None);
            let at = Span::at(self.cur.pos(), 0);
            let message = format!(
                "Only the first {} opcodes are read: what they build takes too much memory.",
                stream.index.count()
            );
            stream.problem(Diagnostic::warning("limit-memory", at, message));
            self.phase = Phase::Done;
        }
        true
    }

    /// The rest of the pickles are left unread.
    fn too_many(&mut self, stream: &mut Stream, at: u64) {
        let message = format!("Only the first {} pickles are read.", limits::PICKLES);
        stream.problem(Diagnostic::warning("limit-pickles", Span::new(at, stream.bytes.len()), message));
    }

    /// The first pickle nearly always starts at the first byte.
    fn first(&mut self, stream: &mut Stream) {
        let start = if self.options.first_only { None } else { resume::behind_junk(&stream.bytes) };
        if start.is_some() {
            let options = Options { first_only: true, until_error: true, ..Options::default() };
            let mut scan = Self::new(&stream.bytes, options, Arc::new(NoInlines));
            let mut scratch = Stream::new(stream.bytes.clone());
            scan.step(&mut scratch, 100_000);
            stream.refused = scratch.pickles.first().and_then(|p| p.python.clone());
        }
        match start {
            Some(at) if at > self.bound() => self.phase = Phase::Begin(self.bound()),
            _ => self.begin(stream, start.unwrap_or(0), None),
        }
    }

    /// A pickle starts at `at`.
    fn begin(&mut self, stream: &mut Stream, at: u64, within: Option<usize>) {
        self.fill_hole(stream, at);
        self.resync = None;
        let mut memo = std::mem::take(&mut self.machine.memo);
        if !self.options.carry_memo || within.is_some() {
            memo.clear();
        }
        self.machine = Machine::new(memo, OpIndex(stream.index.count()));
        self.foreign = false;
        let carried = stream.pickles.get(self.pickle).filter(|_| self.options.carry_memo && within.is_none());
        let puts = u32::try_from(stream.graph.puts.len()).unwrap_or(u32::MAX);
        let memo_from = carried.map_or(puts, |p| p.memo_from);
        self.pickle = stream.pickles.len();
        let first = OpIndex(stream.index.count());
        stream.pickles.push(Pickle { memo_from, within, ..Pickle::begun(Span::at(at, 0), first) });
        self.cur.seek(at);
        self.phase = Phase::Run;
    }

    /// Runs ops until something other than an op is due.
    fn burst(&mut self, stream: &mut Stream, left: &mut u32) -> Event {
        let bound = self.bound();
        let Stream { bytes, index, graph, .. } = stream;
        let mut cx = Cx { g: graph, index, bytes, names: &mut self.names, args: &mut self.args };
        let machine = &mut self.machine;
        while *left > 0 {
            *left -= 1;
            let op = match decode(&mut self.cur) {
                Step::Op(op) => op,
                Step::End => {
                    let at = Span::at(self.cur.pos(), 0);
                    return Event::Fault { error: verdict::out_of_input(), cut: None, span: at };
                }
                Step::Fault(f) => {
                    let error = verdict::decode_fault(&mut cx, machine, &f);
                    return Event::Fault { error, cut: Some(f), span: f.span };
                }
            };
            if op.span.end > bound {
                return Event::Start;
            }
            if op.code == Opcode::Proto && machine.unnumbered.is_some() {
                return Event::Another(op.span.start);
            }
            let Some(k) = cx.index.push(op.span) else { return Event::Limit };
            machine.highest = machine.highest.max(op.code.info().protocol);
            let ran = match machine.beneath {
                None => machine.run(&mut cx, &op, k),
                Some(_) => machine.run_supposing(&mut cx, &op, k),
            };
            match ran {
                Ok(Flow::Next) => {}
                Ok(Flow::Stop(h)) => return Event::Stop(h, k),
                Ok(Flow::Built(h)) => return Event::Built(h),
                Err(error) => {
                    cx.g.extents.push(Extent::new(k, k, None));
                    return Event::Fault { error, cut: None, span: op.span };
                }
            }
            if self.options.until_error && machine.python.is_some() {
                return Event::Limit;
            }
        }
        Event::Budget
    }

    fn event(&mut self, stream: &mut Stream, event: Event) {
        match event {
            Event::Budget => {}
            Event::Start => self.start(stream),
            Event::Another(at) => {
                self.cur.seek(at);
                self.close_all(stream);
                self.go_on(stream, at);
            }
            Event::Limit => {
                self.close_all(stream);
                if !self.options.until_error {
                    let at = Span::at(self.cur.pos(), 0);
                    let message = format!("only the first {} opcodes are read", limits::OPS);
                    stream.problem(Diagnostic::warning("limit-ops", at, message));
                }
                self.phase = Phase::Done;
            }
            Event::Built(object) => self.inline(stream, object),
            Event::Stop(root, k) => {
                let first = stream.pickles.get(self.pickle).map_or(k, |p| p.first);
                stream.graph.extents.push(Extent::new(k, first, None));
                let at = self.cur.pos();
                // No pickler stops amid a container: the STOP is read out of step.
                let out_of_step = (!self.machine.sound || !self.machine.marks.is_empty()) && self.outer.is_empty();
                self.close(stream, Some(root));
                if out_of_step {
                    self.may_go_on(stream, at, false);
                }
                self.after_stop(stream);
            }
            Event::Fault { error, cut, span } => self.fault(stream, error, cut, span),
        }
    }

    /// Bytes of another format, or another pickle, may stand here.
    fn inline(&mut self, stream: &mut Stream, object: Handle) {
        let at = self.cur.pos();
        match self.inlines.after_build(stream, object, at) {
            None => {}
            Some(Inline::Raw(span, kind)) => {
                let span = Span::new(at, span.end.min(stream.bytes.len()));
                stream.index.push_region(span, RegionKind::Foreign(kind));
                stream.foreign.push((object, span));
                self.cur.seek(span.end);
                self.foreign |= self.machine.python.is_none();
            }
            Some(Inline::Pickle) => {
                let foreign = self.foreign || self.machine.python.is_none();
                // in order, however damage has them follow each other
                let i = stream.nested.partition_point(|(owner, _)| *owner < object);
                stream.nested.insert(i, (object, stream.pickles.len()));
                let machine = std::mem::replace(&mut self.machine, Machine::new(Memo::default(), OpIndex(0)));
                self.outer.push(Outer { machine, pickle: self.pickle, foreign });
                self.begin(stream, at, Some(self.pickle));
            }
        }
    }

    fn after_stop(&mut self, stream: &mut Stream) {
        let mut at = self.cur.pos();
        if let Some(outer) = self.outer.pop() {
            (self.machine, self.pickle, self.foreign) = (outer.machine, outer.pickle, outer.foreign);
            return;
        }
        let inlines = self.inlines.clone();
        for (owner, span, kind) in inlines.after_stop(stream, self.pickle, at) {
            let span = Span::new(span.start.max(at), span.end.min(stream.bytes.len()));
            if !span.is_empty() {
                stream.index.push_region(span, RegionKind::Foreign(kind));
                stream.foreign.push((owner, span));
                at = span.end;
            }
        }
        self.go_on(stream, at);
    }

    /// Behind a pickle that ended.
    fn go_on(&mut self, stream: &mut Stream, at: u64) {
        self.phase = Phase::Begin(at);
        let Some(pickle) = stream.pickles.get(self.pickle) else { return };
        if self.foreign {
            let bytes = stream.bytes.slice(Span::new(pickle.span.start, stream.bytes.len()));
            let options = Options { first_only: true, until_error: true, ..self.options };
            let scan = Box::new(Self::new(&bytes, options, Arc::new(NoInlines)));
            let scratch = Box::new(Stream::new(bytes));
            self.phase = Phase::Shadow { scan, stream: scratch, pickle: self.pickle, then: at };
        }
    }

    /// The machine cannot go on: what it holds is kept, and the next pickle is looked for.
    fn fault(&mut self, stream: &mut Stream, error: PyError, cut: Option<OpFault>, span: Span) {
        // The op at fault is the last one, unless it could not even be decoded.
        let count = stream.index.count();
        let decoded = cut.is_none() && error.kind != "EOFError";
        let op = OpIndex(if decoded { count.saturating_sub(1) } else { count });
        self.machine.find(diagnose::fault(&stream.bytes, &error, cut.as_ref(), span, op, self.machine.frame_end));
        self.machine.stop(error);
        if let Some(start) = self.starts.front().copied().filter(|s| s.holds == Holding::Kept && s.at >= span.start) {
            if let Some(p) = stream.pickles.get_mut(self.pickle) {
                p.fault = p.fault.or(Some(span));
            }
            self.skip_to(stream, start);
            return;
        }
        match &cut {
            Some(OpFault { kind: FaultKind::UnknownOpcode(_), span, .. }) => {
                stream.index.push_region(*span, RegionKind::Fault);
            }
            Some(f) => self.hole = Some(f.span.start),
            None => {}
        }
        let mut inner = true;
        let alone = self.outer.is_empty();
        loop {
            if let Some(p) = stream.pickles.get_mut(self.pickle) {
                p.fault = p.fault.or(Some(span));
                p.cut = if inner { cut } else { None };
            }
            self.machine.sound = false;
            self.close(stream, None);
            inner = false;
            let Some(outer) = self.outer.pop() else { break };
            (self.machine, self.pickle, self.foreign) = (outer.machine, outer.pickle, outer.foreign);
        }
        // A length that runs to the end may be wrong: another pickle may stand inside what it spans.
        let from = if cut.is_some() { span.start.saturating_add(1) } else { span.end };
        if alone {
            self.may_go_on(stream, from, cut.is_some_and(|c| c.payload.is_some()));
        }
        self.go_on(stream, from);
        match &mut self.phase {
            Phase::Shadow { .. } => {}
            phase => {
                self.sought_from = from;
                *phase = Phase::Search(from);
            }
        }
    }

    /// Nothing can be made of the bytes from a cut op up to `to`.
    fn fill_hole(&mut self, stream: &mut Stream, to: u64) {
        if let Some(from) = self.hole.take() {
            if to < stream.bytes.len() {
                stream.problem(diagnose::overlaid(to, from));
            }
            stream.index.push_region(Span::new(from, to), RegionKind::Fault);
        }
    }

    /// No more is read of any pickle.
    fn close_all(&mut self, stream: &mut Stream) {
        loop {
            self.machine.sound = false;
            self.close(stream, None);
            let Some(outer) = self.outer.pop() else { break };
            (self.machine, self.pickle, self.foreign) = (outer.machine, outer.pickle, outer.foreign);
        }
    }

    /// The current pickle has ended.
    fn close(&mut self, stream: &mut Stream, root: Option<Handle>) {
        let count = stream.index.count();
        let end = self.cur.pos();
        let machine = &mut self.machine;
        diagnose::frames(&mut machine.findings, machine.frame_end, stream.bytes.len(), root.is_some());
        let mut values = machine.stack.drain(..).map(|s| s.value);
        let found = root.is_some();
        let root = root.or_else(|| values.next());
        let pending: Vec<Handle> = values.collect();
        let marks = machine.marks.iter().map(|m| u32::try_from(m.at).unwrap_or(u32::MAX)).collect();
        let Some(p) = stream.pickles.get_mut(self.pickle) else { return };
        p.root = root;
        p.pending = pending;
        p.beneath = machine.beneath.take().unwrap_or_default();
        self.unnumbered = machine.unnumbered.unwrap_or(self.unnumbered);
        p.marks = marks;
        p.complete = found && machine.sound;
        p.fault = p.fault.or(machine.blamed);
        p.finished = true;
        p.span.end = p.cut.map_or(end, |c| c.span.end).max(end);
        p.ops = count.saturating_sub(p.first.0);
        p.protocol = machine.declared.unwrap_or(machine.highest);
        p.python = machine.python.take();
        let mut found = std::mem::take(&mut machine.findings);
        found.extend(diagnose::pickle(stream, self.pickle));
        found.sort_by_key(|d| d.span.start);
        for d in found {
            stream.problem(d);
        }
    }

    /// Tells readers how far it is.
    fn publish(&mut self, stream: &mut Stream) {
        stream.scanned = self.cur.pos().max(stream.index.end());
        if matches!(self.phase, Phase::Run) {
            let count = stream.index.count();
            if let Some(p) = stream.pickles.get_mut(self.pickle) {
                p.ops = count.saturating_sub(p.first.0);
                p.span.end = self.cur.pos();
                p.protocol = self.machine.declared.unwrap_or(self.machine.highest);
                p.root = self.machine.stack.first().map(|s| s.value);
            }
        }
    }

    fn finish(&mut self, stream: &mut Stream) {
        if stream.finished {
            return;
        }
        self.fill_hole(stream, stream.bytes.len());
        stream.index.finish(stream.bytes.len());
        stream.scanned = stream.bytes.len();
        if !self.options.until_error {
            diagnose::member(stream);
            diagnose::whole(stream, &*self.inlines);
            for d in self.inlines.refused(stream) {
                stream.problem(d);
            }
        }
        stream.finished = true;
    }
}
