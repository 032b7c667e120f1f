//! What the selection means to the window: which value is shown, in which views, what can be copied and written of it,
//! and what a file shows first. Must never walk more than a bounded part of a file.

use super::action::{CopyWhat, ViewKind};
use super::complete::follow;
use super::item::{DocId, Item, Place, Trail};
use super::jobs::{Outcome, WorkKey};
use super::load::plain_path;
use super::state::{Phase, Session};
use crate::interpret::{self, ArrayMeaning, Body, Cx, Finding, Meaning, Verdict};
use crate::machine::{Handle, Node};
use crate::ops::OpIndex;
use crate::source::container::Kind as MemberKind;
use crate::tensor::Kind;
use std::collections::{HashSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are copied as hex at most.
const COPIED: usize = 1 << 20;
/// Values that the first look at a file looks at.
const LOOKED_AT: usize = 20_000;

impl Session {
    /// The meaning of a value, kept. Payloads that must be unescaped are not read for it.
    pub fn meaning(&self, place: Place, handle: Handle) -> Option<Arc<Meaning>> {
        self.with_cx(place, |cx| self.meaning_in(cx, place, handle))
    }

    /// The same where the surroundings are at hand.
    pub fn meaning_in(&self, cx: &Cx<'_>, place: Place, handle: Handle) -> Arc<Meaning> {
        self.meanings.get(place, handle, cx.stream.seen(), || interpret::meaning(&cx.quick(), handle))
    }

    /// The whole meaning of a value. Payloads that must be unescaped are, beside the frame.
    pub fn full_meaning(&self, place: Place, handle: Handle) -> Outcome<Meaning> {
        let Some(quick) = self.meaning(place, handle) else { return Outcome::Failed("It is not there.".into()) };
        if !quick.body.array().is_some_and(|a| a.deferred) {
            return Outcome::Ready(quick);
        }
        let parts = self.document_of(place.doc).zip(self.document_of(place.doc).and_then(|d| d.member(place.member)));
        let Some((doc, member)) = parts else { return Outcome::Ready(quick) };
        let (stream, externals, options) = (member.stream.clone(), member.externals.clone(), doc.options.clone());
        let scanned = self.with_cx(place, |cx| cx.stream.seen()).unwrap_or(0);
        let key = WorkKey { place, handle, kind: "meaning", of: vec![scanned] };
        self.work.soon(key, "Reading the elements", move |_| {
            let stream = stream.read();
            let m = interpret::meaning(&Cx::new(&stream, &options, &*externals), handle);
            let bytes = m.body.array().map_or(0, |a| a.array.nbytes());
            Ok((m, bytes))
        })
    }

    /// What loading the pickles of a member would import, once it is read.
    pub fn imports(&self, place: Place) -> Outcome<Imports> {
        let Some(doc) = self.document_of(place.doc) else { return Outcome::Pending };
        let Some(member) = doc.member(place.member) else { return Outcome::Pending };
        if !self.with_cx(place, |cx| cx.stream.finished).unwrap_or(false) {
            return Outcome::Pending;
        }
        let (stream, externals, options) = (member.stream.clone(), member.externals.clone(), doc.options.clone());
        let key = WorkKey { place, handle: Handle::op(OpIndex(0)), kind: "imports", of: Vec::new() };
        self.work.get(key, "Looking at the imports", move |job| {
            let stream = stream.read();
            let cx = Cx::new(&stream, &options, &*externals);
            let mut all = Imports { verdict: Verdict::Safe, findings: Vec::new() };
            for n in 0..stream.pickles.len() {
                if job.cancelled() {
                    break;
                }
                let findings = interpret::imports(&cx, n);
                all.verdict = all.verdict.max(interpret::verdict(&cx, n, &findings));
                all.findings.extend(findings);
            }
            let bytes = all.findings.len() as u64 * 256;
            Ok((all, bytes))
        })
    }

    /// The value that views show: the one at the selected place of the tree, of which the selection may be a part.
    pub const fn subject(&self) -> Option<Handle> {
        self.subject
    }

    pub(super) fn find_subject(&self) -> Option<Handle> {
        let s = &self.selection;
        let on_trail = s.trail.as_ref().and_then(|t| self.with_cx(s.place(), |cx| follow(cx, t).last().copied()));
        on_trail.flatten().or(s.handle)
    }

    /// The ways to look at the subject, the most telling one first.
    pub fn views(&self) -> Vec<ViewKind> {
        let meaning = self.subject().and_then(|h| self.meaning(self.selection.place(), h));
        meaning.map_or_else(Vec::new, |m| views_of(&m))
    }

    /// The view that is shown: the one that the user chose for this value, else the most telling one.
    pub fn view(&self) -> Option<ViewKind> {
        let handle = self.subject()?;
        let views = self.views();
        let chosen = self.chosen.get(&(self.selection.place(), handle)).copied();
        chosen.filter(|v| views.contains(v)).or_else(|| views.first().copied())
    }

    /// The value at a path, as the command line takes it: `#n` counts the pickles of all members in file order.
    ///
    /// # Errors
    /// In words, where nothing is there.
    pub fn find_path(&self, doc: DocId, path: &str) -> Result<Item, String> {
        let path = path.trim();
        let (mut n, rest) = interpret::path::split_pickle(path).map_err(|e| e.to_string())?;
        let members = self.document_of(doc).map_or(0, |d| d.members.len());
        let plain = (0..members).find(|m| self.plain_path(Place { doc, member: *m }).as_deref() == Some(path));
        for member in 0..members {
            let place = Place { doc, member };
            let count = self.pickles_of(place);
            if n < count {
                let found = self.with_cx(place, |cx| interpret::resolve(cx, &format!("#{n}{rest}")));
                return match found {
                    Some(Ok(handle)) => Ok(Item::of_handle(place, handle)),
                    Some(Err(_)) if plain.is_some() => break,
                    Some(Err(e)) => Err(e.to_string()),
                    None => Err("the file is not open any more".to_owned()),
                };
            }
            n = n.saturating_sub(count);
        }
        match plain {
            Some(member) => Ok(Item::new(Place { doc, member })),
            None if members > 0 && self.pickles_before(Place { doc, member: members }) == 0 => Err(format!(
                "There is nothing at {path}: the file holds arrays and no pickle; select one by its name, as in ['a']."
            )),
            None => Err(format!("There is nothing at {path}: the file has no pickle of that number.")),
        }
    }

    fn pickles_of(&self, place: Place) -> usize {
        self.with_cx(place, |cx| if cx.stream.is_content() { 0 } else { cx.stream.pickles.len() }).unwrap_or(0)
    }

    /// The path of a member that is an array and no pickle.
    pub fn plain_path(&self, place: Place) -> Option<String> {
        let member = self.document_of(place.doc)?.member(place.member)?;
        matches!(member.kind, MemberKind::Npy(_)).then(|| plain_path(&member.name))
    }

    /// Pickles in the members before a place.
    pub fn pickles_before(&self, place: Place) -> usize {
        (0..place.member).map(|member| self.pickles_of(Place { member, ..place })).sum()
    }

    /// The selected bytes of the first problem after the selection, around the end of the file.
    pub fn next_problem(&self) -> Option<Item> {
        let place = self.place();
        let at = self.selection.span.map(|s| s.start);
        self.with_cx(place, |cx| {
            let problems = &cx.stream.problems;
            let after = problems.iter().filter(|p| at.is_none_or(|at| p.span.start > at)).min_by_key(|p| p.span.start);
            let p = after.or_else(|| problems.iter().min_by_key(|p| p.span.start))?;
            Some(Item::of_span(place, p.span))
        })?
    }

    /// The selected value at the next op that makes, fills, builds, memoises or fetches it; with `false` at the one before.
    pub fn next_touch(&self, on: bool) -> Option<Item> {
        let (place, handle, op) = (self.selection.place(), self.selection.handle?, self.selection.op?);
        self.with_cx(place, |cx| {
            let next = if on {
                cx.stream.touching(handle, OpIndex(op.0.checked_add(1)?)).next()
            } else {
                cx.stream.touching_back(handle, OpIndex(op.0.checked_sub(1)?)).next()
            };
            Some(Item { op: Some(next?), ..Item::of_handle(place, handle) })
        })?
    }

    /// The op at which Python would stop: of the selected pickle, else of the next one that it would not load.
    pub fn fault(&self) -> Option<Item> {
        let place = self.place();
        self.with_cx(place, |cx| {
            let pickles = &cx.stream.pickles;
            let at = self.selection.op.and_then(|op| cx.stream.pickle_of(op)).unwrap_or(0);
            let after = pickles.get(at..).unwrap_or(&[]);
            let p = after.iter().chain(pickles).find(|p| p.fault.is_some() && p.ops > 0)?;
            let last = OpIndex(p.first.0.saturating_add(p.ops).saturating_sub(1));
            let op = cx.stream.index.at_offset(p.fault?.start, &cx.stream.bytes).unwrap_or(last);
            Some(Item::of_op(place, op))
        })?
    }

    /// The pickle that the selection is in, counted in its member.
    pub fn selected_pickle(&self) -> usize {
        let of_trail = self.selection.trail.as_ref().map(|t| t.pickle);
        let of_op = |op| self.with_cx(self.place(), |cx| cx.stream.pickle_of(op)).flatten();
        of_trail.or_else(|| self.selection.op.and_then(of_op)).unwrap_or(0)
    }

    /// The member that is shown refers to out-of-band buffers.
    pub fn wants_buffers(&self) -> bool {
        self.with_cx(self.place(), |cx| cx.stream.problems.iter().any(|p| p.code == "buffers-missing")).unwrap_or(false)
    }

    /// The member that is shown names something by extension codes.
    pub fn wants_extensions(&self) -> bool {
        self.with_cx(self.place(), |cx| cx.stream.problems.iter().any(|p| p.code == "extension-code")).unwrap_or(false)
    }

    /// The pickle that the selection is in was damaged: there is something to salvage.
    pub fn can_salvage(&self) -> bool {
        let ready = self.document().is_some_and(|d| d.phase == Phase::Ready);
        let damaged = |cx: &Cx<'_>| cx.stream.pickles.iter().any(|p| !p.complete);
        ready && self.with_cx(self.place(), damaged).unwrap_or(false)
    }

    pub(super) fn text_of(&self, what: CopyWhat) -> Option<String> {
        let s = &self.selection;
        let before = self.pickles_before(s.place());
        let plain = self.plain_path(s.place());
        self.with_cx(s.place(), |cx| match what {
            CopyWhat::Value => {
                let h = s.handle?;
                if let Some(index) = &s.element
                    && let Some(a) = interpret::meaning(cx, h).body.array()
                {
                    return Some(a.array.value(index).to_string());
                }
                Some(interpret::repr(cx, h, COPIED))
            }
            CopyWhat::Path => Some(plain.unwrap_or_default() + &path_text(cx, s, before)),
            CopyWhat::Offset => Some(format!("{:#x}", s.span?.start)),
            CopyWhat::BytesHex => {
                let bytes = cx.stream.bytes.read(s.span?, COPIED);
                let mut out = String::with_capacity(bytes.len() * 3);
                for (i, b) in bytes.iter().enumerate() {
                    _ = write!(out, "{}{b:02x}", if i == 0 { "" } else { " " });
                }
                Some(out)
            }
            CopyWhat::Picture => None,
        })?
    }
}

/// What loading would import, and the verdict on all of it.
#[derive(Clone, Debug)]
pub struct Imports {
    /// The worst of the verdicts.
    pub verdict: Verdict,
    /// The names, in the order of their first ops.
    pub findings: Vec<Finding>,
}

/// The path of an item, as the command line takes it; `before` is the number of pickles in the members before its own.
pub fn path_text(cx: &Cx<'_>, item: &Item, before: usize) -> String {
    let Some(trail) = &item.trail else { return String::new() };
    let pickle = if cx.stream.is_content() { 0 } else { trail.pickle.saturating_add(before) };
    let mut out = if pickle == 0 { String::new() } else { format!("#{pickle}") };
    let mut at = follow(cx, &Trail { steps: Vec::new(), ..*trail }).first().copied();
    for step in &trail.steps {
        let Some(child) = at.and_then(|h| interpret::children(cx, h).get(*step)) else { break };
        out.push_str(&child.label);
        at = Some(child.handle);
    }
    if let Some(index) = &item.element {
        let index: Vec<String> = index.iter().map(u64::to_string).collect();
        _ = write!(out, "[{}]", index.join(", "));
    }
    out
}

/// The ways to look at a value, the most telling one first.
pub fn views_of(m: &Meaning) -> Vec<ViewKind> {
    use ViewKind::{Hex, Image, Plot, Statistics, Summary, Table, Text};
    match &m.body {
        Body::Array(a) => views_of_array(a),
        Body::Picture(_) => vec![Image, Table, Statistics, Summary],
        Body::Frame(_) => vec![Table, Plot, Summary],
        Body::Sparse(s) if (1..=2).contains(&s.shape.len()) => vec![Image, Table, Summary],
        Body::Sparse(_) | Body::Scalar | Body::Object => vec![Summary],
        Body::Text { .. } => vec![Text, Hex, Summary],
        Body::Bytes(_) => vec![Hex, Text, Summary],
    }
}

/// The numbers of a type can be drawn.
pub const fn is_drawable(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::Int
            | Kind::UInt
            | Kind::BFloat16
            | Kind::Mini(_)
            | Kind::Nibble { .. }
            | Kind::Float
            | Kind::Complex
            | Kind::LongDouble(_)
            | Kind::ComplexLong(_)
            | Kind::Datetime(_)
            | Kind::Timedelta(_)
    )
}

/// The type, or a field of it, has numbers.
fn has_numbers(kind: &Kind) -> bool {
    match kind {
        Kind::Struct(s) => s.fields.iter().any(|f| is_drawable(&f.dtype.kind)),
        kind => is_drawable(kind),
    }
}

fn views_of_array(a: &ArrayMeaning) -> Vec<ViewKind> {
    use ViewKind::{Hex, Image, Plot, Statistics, Summary, Table};
    let shape = a.array.shape();
    let long: Vec<u64> = shape.iter().copied().filter(|d| *d > 1).collect();
    let mut views = Vec::new();
    if is_drawable(&a.array.dtype.kind) && a.objects.is_none() && !a.array.is_empty() {
        let narrow = long.iter().min().copied().unwrap_or(0);
        match long.len() {
            0 => views.push(Table),
            1 => views.extend([Plot, Table]),
            // Points in the plane or in space, and the like, are tables; so is what is narrower than a picture.
            2 if narrow < 8 => views.extend([Table, Plot, Image]),
            _ => views.extend([Image, Table, Plot]),
        }
        if long.is_empty() {
            views.push(Plot);
        }
        // Two axes are a picture, however short.
        if long.len() < 2 && shape.len() >= 2 {
            views.push(Image);
        }
    } else {
        views.push(Table);
        // fields are curves side by side
        if a.objects.is_none() && !shape.is_empty() && !a.array.is_empty() && has_numbers(&a.array.dtype.kind) {
            views.push(Plot);
        }
    }
    if a.objects.is_none() && has_numbers(&a.array.dtype.kind) {
        views.push(Statistics);
    }
    views.push(Summary);
    if a.raw.is_some() {
        views.push(Hex);
    }
    views
}

/// How telling a value is as the first sight of a file: larger is more; `None` is a value like any other.
fn telling(m: &Meaning) -> Option<u64> {
    match &m.body {
        Body::Array(a) if a.array.len() > 1 => Some(a.array.nbytes().max(a.array.len())),
        Body::Picture(a) => Some(a.array.nbytes().saturating_mul(2)),
        Body::Sparse(s) => Some(s.stored.saturating_mul(16)),
        Body::Frame(f) => Some(f.rows.saturating_mul(f.width).saturating_mul(16)),
        _ => None,
    }
}

/// The most telling value of a member: its biggest array, table or picture among the first values of the tree.
/// Broad before deep, so that what lies near the root is found in any file.
pub fn first_look(cx: &Cx<'_>, place: Place, stop: &AtomicBool) -> Option<Item> {
    let cx = cx.quick();
    let (mut queue, mut seen) = (VecDeque::new(), HashSet::new());
    let mut best: Option<(u64, Item)> = None;
    for (i, p) in cx.stream.pickles.iter().enumerate().take(LOOKED_AT) {
        let tops = p.root.into_iter().map(|h| (h, Trail::root(i)));
        let pending = p.pending.iter().enumerate().map(|(n, h)| (*h, Trail::pending(i, n)));
        queue.extend(tops.chain(pending).take(LOOKED_AT));
    }
    let mut left = LOOKED_AT;
    while let Some((handle, trail)) = queue.pop_front() {
        if left == 0 || stop.load(Ordering::Relaxed) {
            break;
        }
        left -= 1;
        // Scalars have no children and are no arrays: not worth reading.
        if handle.as_node().is_none() || !seen.insert(handle) {
            continue;
        }
        let outside = matches!(cx.node(handle), Some(Node::Persistent(_)));
        let made = outside || cx.stream.graph.call(handle).is_some() || cx.stream.is_content();
        let score = made.then(|| telling(&interpret::meaning(&cx, handle))).flatten();
        if let Some(score) = score {
            if best.as_ref().is_none_or(|(b, _)| score > *b) {
                best = Some((score, Item::of_row(place, handle, trail)));
            }
            continue;
        }
        let children = interpret::children(&cx, handle);
        let room = LOOKED_AT.saturating_sub(queue.len()) as u64;
        for i in 0..children.len().min(room) {
            if let Some(child) = children.handle(i).filter(|h| h.as_node().is_some()) {
                queue.push_back((child, trail.child(i)));
            }
        }
    }
    best.map(|(_, item)| item)
}
