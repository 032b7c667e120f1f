//! Paths: Python's own subscripts and attributes after the root, read, written, followed and found.
//! The grammar is the command line's; what a step leads to is [`super::children`]'s affair.

use super::children::{Children, KEY, is_identifier, seg_text};
use super::look::one_line;
use super::repr::repr;
use super::types::{Cx, Seg};
use crate::machine::{BitSet, Handle, Items, Value};
use crate::ops::text::PyStr;
use crate::source::limits;
use std::fmt;

/// Where a value is: in which pickle of the file, and the steps from its root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// The pickle's place in `Stream::pickles`. In text, pickles within others do not count, and `#0` is not written.
    pub pickle: usize,
    /// The steps.
    pub segs: Vec<Seg>,
}

impl Path {
    /// The root of a pickle.
    pub const fn root(pickle: usize) -> Self {
        Self { pickle, segs: Vec::new() }
    }

    /// As Python writes it after the root; empty for the root itself.
    pub fn text(&self, cx: &Cx<'_>) -> String {
        // A pickle within another has no number of its own.
        let before = cx.stream.pickles.iter().take(self.pickle).filter(|p| p.within.is_none()).count();
        let mut out = if before == 0 { String::new() } else { format!("#{before}") };
        for seg in &self.segs {
            out.push_str(&seg_text(cx, seg, KEY));
        }
        out
    }
}

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// The byte of the path's text where it goes wrong.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right; may be empty.
    pub hint: String,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl std::error::Error for PathError {}

fn error<T>(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Result<T, PathError> {
    Err(PathError { at, message: message.into(), hint: hint.into() })
}

/// A step as it is written.
enum Token {
    Attr(String),
    Key(Key),
}

/// What stands between brackets.
enum Key {
    /// One integer, or several for an array of objects.
    Index(Vec<i64>),
    Text(PyStr),
    Bytes(Vec<u8>),
    /// Anything else, compared with each key's repr.
    Other(String),
}

/// Splits `#n` off: the pickle's number and the rest.
///
/// # Errors
/// `#` without a number.
pub fn split_pickle(text: &str) -> Result<(usize, &str), PathError> {
    let Some(rest) = text.strip_prefix('#') else { return Ok((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    match digits.parse() {
        Ok(n) => Ok((n, rest)),
        Err(_) => error(1, "after # stands the number of a pickle", "as in #2['x']"),
    }
}

/// The value at a path; `#n` counts the pickles of the stream that `cx` looks at.
///
/// # Errors
/// Where the text is no path, or a step leads nowhere.
pub fn resolve(cx: &Cx<'_>, text: &str) -> Result<Handle, PathError> {
    resolve_path(cx, text).map(|(_, h)| h)
}

/// The value at a path, and the path as the graph spells it.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_path(cx: &Cx<'_>, text: &str) -> Result<(Path, Handle), PathError> {
    let (pickle, rest) = split_pickle(text)?;
    let tokens = tokens(rest, text.len() - rest.len())?;
    let outer = || cx.stream.pickles.iter().enumerate().filter(|(_, p)| p.within.is_none());
    let Some((at, p)) = outer().nth(pickle) else {
        let n = outer().count();
        return error(0, format!("there is no pickle {pickle}"), format!("the file holds {n}, counted from 0"));
    };
    let Some(root) = p.root else { return error(0, format!("pickle {pickle} holds no value"), "") };
    follow(cx, Path::root(at), root, &tokens).or_else(|e| {
        // What a cut left on the stack has the path that it would have had.
        let rest = rest.trim();
        let left = super::salvage::pending(cx, at).into_iter();
        let found = left.rev().find_map(|(path, h)| {
            let start = path.text(cx);
            let start = split_pickle(&start).map_or("", |(_, rest)| rest).to_owned();
            let after = rest.strip_prefix(start.as_str())?;
            let tokens = self::tokens(after, text.len() - after.len()).ok()?;
            follow(cx, path, h, &tokens).ok()
        });
        found.ok_or(e)
    })
}

fn follow(cx: &Cx<'_>, path: Path, from: Handle, tokens: &[(usize, Token)]) -> Result<(Path, Handle), PathError> {
    let mut path = path;
    let mut at = Place::Value(from);
    for (offset, token) in tokens {
        at = step(cx, &mut path, at, token, *offset)?;
    }
    match at {
        Place::Value(h) => Ok((path, h)),
        // `.__reduce__` alone is the object seen as its reduce tuple.
        Place::Reduce(h) | Place::Kwargs(h) => Ok((path, h)),
        Place::ListItems(h) | Place::DictItems(h) => Ok((path, h)),
    }
}

/// Where the walk is.
#[derive(Clone, Copy)]
enum Place {
    Value(Handle),
    /// The reduce tuple of the object.
    Reduce(Handle),
    /// The arguments of a call that has keywords.
    Kwargs(Handle),
    /// Slot 3 of the reduce tuple.
    ListItems(Handle),
    /// Slot 4.
    DictItems(Handle),
}

fn step(cx: &Cx<'_>, path: &mut Path, at: Place, token: &Token, offset: usize) -> Result<Place, PathError> {
    match (at, token) {
        (Place::Value(h), Token::Attr(name)) => attr(cx, path, h, name, offset),
        (Place::Value(h), Token::Key(key)) => subscript(cx, path, h, key, offset),
        (Place::Reduce(h), Token::Key(Key::Index(i))) => reduce_slot(cx, path, h, i, offset),
        (Place::Kwargs(h), Token::Key(key)) => {
            let call = cx.call(h);
            if let (Key::Index(i), Some(call)) = (key, call) {
                if let Some((i, arg)) = pick(cx, cx.args(call), i) {
                    path.segs.push(Seg::Slot(u32::try_from(i).unwrap_or(u32::MAX)));
                    return Ok(Place::Value(arg));
                }
            }
            let found = call.and_then(|c| c.kwargs).and_then(|k| cx.dict(k)).and_then(|d| find(cx, d, key));
            match found {
                Some((_, k, v)) => {
                    path.segs.truncate(path.segs.len().saturating_sub(2));
                    path.segs.push(Seg::Kwarg(k));
                    Ok(Place::Value(v))
                }
                None => error(offset, format!("the call has no argument {}", shown(key)), ""),
            }
        }
        (Place::ListItems(h), Token::Key(Key::Index(i))) => match cx.call(h).and_then(|c| pick(cx, &c.list_items, i)) {
            Some((i, v)) => {
                path.segs.truncate(path.segs.len().saturating_sub(2));
                path.segs.push(Seg::Index(vec![i]));
                Ok(Place::Value(v))
            }
            None => error(offset, "there is no such list item", ""),
        },
        (Place::DictItems(h), Token::Key(key)) => match cx.call(h).and_then(|c| find(cx, &c.dict_items, key)) {
            Some((_, k, v)) => {
                path.segs.truncate(path.segs.len().saturating_sub(2));
                path.segs.push(Seg::Key(k));
                Ok(Place::Value(v))
            }
            None => error(offset, format!("there is no dict item {}", shown(key)), ""),
        },
        _ => error(offset, "a reduce tuple is picked apart by numbers", "as in .__reduce__[1][0]"),
    }
}

fn attr(cx: &Cx<'_>, path: &mut Path, h: Handle, name: &str, offset: usize) -> Result<Place, PathError> {
    match name {
        "__reduce__" | "__reduce_ex__" => {
            if cx.call(h).is_none() {
                return error(offset, "this value has no reduce tuple: an opcode makes it", "only objects have one");
            }
            path.segs.push(Seg::Reduce);
            return Ok(Place::Reduce(h));
        }
        "__setstate__" => {
            let Some(state) = cx.state(h) else { return error(offset, "this value was given no state", "") };
            path.segs.push(Seg::SetState);
            return Ok(Place::Value(state));
        }
        _ => {}
    }
    let children = Children::new(*cx, h);
    if let Some((seg, v)) = children.singles().find(|(s, _)| match s {
        Seg::Attr(n) => **n == *name,
        Seg::Pid => name == "persistent_id",
        _ => false,
    }) {
        path.segs.push(seg.clone());
        return Ok(Place::Value(v));
    }
    match cx.attr(h, name) {
        Some(v) => {
            path.segs.push(Seg::Attr(name.into()));
            Ok(Place::Value(v))
        }
        None => error(offset, format!("there is no attribute {}", one_line(name, 80)), known(&children)),
    }
}

fn subscript(cx: &Cx<'_>, path: &mut Path, h: Handle, key: &Key, offset: usize) -> Result<Place, PathError> {
    let children = Children::new(*cx, h);
    if let Key::Index(index) = key {
        if let Some((seg, v)) = children.indexed(index).and_then(|i| children.step(i)) {
            path.segs.push(seg);
            return Ok(Place::Value(v));
        }
    }
    for (items, before) in children.dicts() {
        if let Some((n, k, v)) = find(cx, items, key) {
            // An entry of the state is an attribute: `obj['x']` is not Python for it.
            match children.step(before + n).map(|(seg, _)| seg) {
                Some(seg @ Seg::Key(_)) => path.segs.push(seg),
                _ => path.segs.push(Seg::Key(k)),
            }
            return Ok(Place::Value(v));
        }
    }
    for (items, before) in children.pair_lists() {
        let found = (0..items.len()).rev().find_map(|i| {
            let (seg, v) = children.step(before + i)?;
            match seg {
                Seg::Key(k) if matches(cx, k, key) => Some((k, v)),
                _ => None,
            }
        });
        if let Some((k, v)) = found {
            path.segs.push(Seg::Key(k));
            return Ok(Place::Value(v));
        }
    }
    error(offset, format!("there is nothing at [{}]", shown(key)), known(&children))
}

fn reduce_slot(cx: &Cx<'_>, path: &mut Path, h: Handle, i: &[i64], offset: usize) -> Result<Place, PathError> {
    let Some(call) = cx.call(h) else { return error(offset, "this value has no reduce tuple", "") };
    let slot = match i {
        [i] => usize::try_from(*i).unwrap_or(usize::MAX),
        _ => usize::MAX,
    };
    path.segs.push(Seg::Slot(u32::try_from(slot).unwrap_or(u32::MAX)));
    let none = |what: &str| error(offset, format!("the reduce tuple has no {what}"), "");
    match slot {
        0 => Ok(Place::Value(call.callable)),
        1 if call.kwargs.is_some() => Ok(Place::Kwargs(h)),
        1 => Ok(Place::Value(call.args)),
        2 => cx.state(h).map_or_else(|| none("state"), |s| Ok(Place::Value(s))),
        3 if !call.list_items.is_empty() => Ok(Place::ListItems(h)),
        3 => none("list items"),
        4 if !call.dict_items.is_empty() => Ok(Place::DictItems(h)),
        4 => none("dict items"),
        5 => match call.states.last().and_then(|s| s.setter) {
            Some(s) => Ok(Place::Value(s)),
            None => none("state setter"),
        },
        _ => error(offset, "a reduce tuple has slots 0 to 5", ""),
    }
}

/// Item `i` of a list or tuple, which may count from the end.
fn pick(cx: &Cx<'_>, items: &Items, i: &[i64]) -> Option<(u64, Handle)> {
    let [i] = i else { return None };
    let i = if *i < 0 { items.len().checked_sub(i.unsigned_abs())? } else { u64::try_from(*i).ok()? };
    Some((i, cx.item(items, i)?))
}

/// The entry of a dict: its number, key and value. As in Python, the last one wins.
fn find(cx: &Cx<'_>, items: &Items, key: &Key) -> Option<(u64, Handle, Handle)> {
    let mut found = None;
    for (n, (k, v)) in (0..).zip(cx.stream.graph.pairs(items)) {
        if matches(cx, k, key) {
            found = Some((n, k, v));
        }
    }
    found
}

fn matches(cx: &Cx<'_>, h: Handle, key: &Key) -> bool {
    match (key, cx.value(h)) {
        (Key::Index(i), Value::Int(k)) => matches!(i.as_slice(), [i] if *i == k),
        (Key::Index(i), Value::Bool(k)) => matches!(i.as_slice(), [i] if *i == i64::from(k)),
        #[expect(clippy::cast_precision_loss, reason = "as Python compares 1 with 1.0")]
        (Key::Index(i), Value::Float(k)) => matches!(i.as_slice(), [i] if *i as f64 == k),
        (Key::Index(i), Value::Node(_)) if i.len() > 1 => repr(cx, h, KEY) == shown(key),
        (Key::Text(s), Value::Str(form, span)) => {
            // A character takes at most 10 bytes of file and at least one.
            let n = s.count() as u64;
            n <= span.len()
                && span.len() <= n.saturating_mul(10)
                && cx.chars(form, span, usize::MAX).into_iter().eq(s.codes())
        }
        (Key::Text(s), Value::Legacy(form, span)) => {
            span.len() <= (s.count() as u64).saturating_mul(10).saturating_add(2)
                && cx.legacy(form, span, usize::MAX).is_ok_and(|t| t.into_iter().eq(s.codes()))
        }
        (Key::Bytes(b), Value::Bytes(span)) => {
            span.len() == b.len() as u64 && cx.stream.bytes.read(span, b.len()) == *b
        }
        (Key::Bytes(b), Value::Legacy(form, span)) => cx.legacy(form, span, usize::MAX).is_err_and(|have| have == *b),
        (Key::Bytes(_) | Key::Other(_), _) => repr(cx, h, KEY) == shown(key),
        _ => false,
    }
}

fn shown(key: &Key) -> String {
    use crate::ops::pyrepr;
    match key {
        Key::Index(i) => match i.as_slice() {
            [i] => i.to_string(),
            many => format!("({})", many.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        },
        Key::Text(s) => pyrepr::str_repr(s),
        Key::Bytes(b) => pyrepr::bytes_repr(b),
        Key::Other(s) => s.clone(),
    }
}

/// The first children, for a hint.
fn known(children: &Children<'_>) -> String {
    let n = children.len();
    if n == 0 {
        return "it has no parts".to_owned();
    }
    let first: Vec<String> = (0..n.min(8)).filter_map(|i| children.get(i)).map(|c| c.label).collect();
    let more = if n > 8 { format!(" and {} more", n - 8) } else { String::new() };
    format!("it has {}{more}", first.join(" "))
}

/// Splits a path into steps, each with its offset in the text.
fn tokens(text: &str, base: usize) -> Result<Vec<(usize, Token)>, PathError> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let offset = base + text.len() - rest.len();
        match first {
            '.' => {
                let name = rest.get(1..).unwrap_or("");
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (name, after) = name.split_at(end);
                if !is_identifier(name) {
                    return error(offset, "after a dot stands an attribute's name", "");
                }
                out.push((offset, Token::Attr(name.to_owned())));
                rest = after;
            }
            '[' => {
                let Some(end) = closing(rest) else {
                    return error(offset, "a bracket is not closed", "put quotes around text: ['x']");
                };
                let inner = rest.get(1..end).unwrap_or("").trim();
                out.push((offset, Token::Key(key(inner, offset)?)));
                rest = rest.get(end + 1..).unwrap_or("");
            }
            c if c.is_whitespace() => rest = rest.trim_start(),
            _ => {
                return error(offset, "a step begins with a dot or a bracket", "as in ['weights'][0].coef_");
            }
        }
    }
    Ok(out)
}

/// Where the bracket that the text begins with closes.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[' | '(' | '{') => depth += 1,
            (None, ']' | ')' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

fn key(inner: &str, offset: usize) -> Result<Key, PathError> {
    if inner.is_empty() {
        return error(offset, "the brackets are empty", "");
    }
    let numbers = inner.strip_prefix('(').and_then(|s| s.strip_suffix(')')).unwrap_or(inner);
    let numbers = numbers.trim_end_matches(',');
    if numbers.trim().is_empty() && inner == "()" {
        return Ok(Key::Index(Vec::new()));
    }
    let index: Result<Vec<i64>, _> = numbers.split(',').map(|n| n.trim().parse()).collect();
    if let Ok(index) = index {
        return Ok(Key::Index(index));
    }
    let (bytes, literal) = match inner.strip_prefix(['b', 'B']) {
        Some(rest) if rest.starts_with(['\'', '"']) => (true, rest),
        _ => (false, inner.strip_prefix(['u', 'U']).filter(|r| r.starts_with(['\'', '"'])).unwrap_or(inner)),
    };
    if !literal.starts_with(['\'', '"']) {
        return Ok(Key::Other(inner.to_owned()));
    }
    match literal_codes(literal) {
        Some(codes) if bytes => {
            let bytes: Option<Vec<u8>> = codes.iter().map(|c| u8::try_from(*c).ok()).collect();
            bytes.map_or_else(|| error(offset, "bytes hold only ASCII and escapes", ""), |b| Ok(Key::Bytes(b)))
        }
        Some(codes) => {
            let mut s = PyStr::default();
            codes.into_iter().for_each(|c| s.push(c));
            Ok(Key::Text(s))
        }
        // A tuple of texts and the like.
        None => Ok(Key::Other(inner.to_owned())),
    }
}

/// The characters of a quoted literal that is nothing else.
fn literal_codes(s: &str) -> Option<Vec<u32>> {
    let mut chars = s.chars();
    let quote = chars.next()?;
    let mut out = Vec::new();
    loop {
        match chars.next()? {
            c if c == quote => return chars.next().is_none().then_some(out),
            '\\' => {
                let c = chars.next()?;
                let mut hex = |n: usize| {
                    let digits: String = chars.by_ref().take(n).collect();
                    (digits.len() == n).then(|| u32::from_str_radix(&digits, 16).ok()).flatten()
                };
                let code = match c {
                    'n' => 0x0a,
                    'r' => 0x0d,
                    't' => 0x09,
                    'a' => 0x07,
                    'b' => 0x08,
                    'f' => 0x0c,
                    'v' => 0x0b,
                    '0' => 0,
                    'x' => hex(2)?,
                    'u' => hex(4)?,
                    'U' => hex(8)?,
                    '\\' | '\'' | '"' => u32::from(c),
                    other => {
                        out.push(u32::from('\\'));
                        u32::from(other)
                    }
                };
                out.push(code);
            }
            c => out.push(u32::from(c)),
        }
    }
}

/// The shortest path to a value, the first one found among equals; looks at `limits::PATH_STEPS` values at most.
pub fn path_to(cx: &Cx<'_>, target: Handle) -> Option<Path> {
    let pickle = cx.pickle_of(cx.stream.graph.made(target));
    // An object may be fetched from the memo by a later pickle, but nearly always it lies in its own.
    let order = std::iter::once(pickle).chain((0..cx.stream.pickles.len()).filter(|p| *p != pickle));
    let mut left = limits::PATH_STEPS;
    order.into_iter().find_map(|p| search(cx, p, target, &mut left))
}

/// Where a value was found: the place of its parent in the queue, and the step from there.
struct Seen {
    parent: usize,
    seg: Option<Step>,
    handle: Handle,
}

enum Step {
    Child(u64),
    Seg(Seg),
}

fn search(cx: &Cx<'_>, pickle: usize, target: Handle, left: &mut u64) -> Option<Path> {
    let root = cx.stream.pickles.get(pickle)?.root?;
    let mut queue = vec![Seen { parent: 0, seg: None, handle: root }];
    let mut seen = BitSet::default();
    let mut at = 0;
    if root == target {
        return Some(Path::root(pickle));
    }
    if let Some(id) = root.as_node() {
        seen.insert(id.0);
    }
    while let Some(parent) = queue.get(at).map(|s| s.handle) {
        let mut meet = |queue: &mut Vec<Seen>, h: Handle, seg: Step| {
            if h == target {
                queue.push(Seen { parent: at, seg: Some(seg), handle: h });
                return true;
            }
            if let Some(id) = h.as_node() {
                if !seen.contains(id.0) {
                    seen.insert(id.0);
                    queue.push(Seen { parent: at, seg: Some(seg), handle: h });
                }
            }
            false
        };
        let children = Children::new(*cx, parent);
        for i in 0..children.len() {
            *left = left.checked_sub(1)?;
            if children.handle(i).is_some_and(|h| meet(&mut queue, h, Step::Child(i))) {
                return Some(trace(cx, pickle, &queue));
            }
        }
        for (items, before) in children.dicts() {
            // A key has no path of its own: the entry's is shown.
            for (n, (k, _)) in (0..).zip(cx.stream.graph.pairs(items)) {
                *left = left.checked_sub(1)?;
                if k == target || cx.node(k).is_some() && meet(&mut queue, k, Step::Child(before + n)) {
                    queue.push(Seen { parent: at, seg: Some(Step::Child(before + n)), handle: k });
                    return Some(trace(cx, pickle, &queue));
                }
            }
        }
        for (seg, h) in inner(cx, parent) {
            if meet(&mut queue, h, Step::Seg(seg)) {
                return Some(trace(cx, pickle, &queue));
            }
        }
        at += 1;
    }
    None
}

/// The parts of a call that its interpretation may hide.
fn inner(cx: &Cx<'_>, h: Handle) -> Vec<(Seg, Handle)> {
    let Some(call) = cx.call(h) else { return Vec::new() };
    let mut out = vec![(Seg::Callable, call.callable)];
    // `.__reduce__[1]` is written as two steps; the arguments hang on it.
    out.push((Seg::Args, call.args));
    if let Some(state) = cx.state(h) {
        out.push((Seg::SetState, state));
    }
    if let Some(setter) = call.states.last().and_then(|s| s.setter) {
        out.push((Seg::Setter, setter));
    }
    out
}

fn trace(cx: &Cx<'_>, pickle: usize, queue: &[Seen]) -> Path {
    let mut segs = Vec::new();
    let mut at = queue.last();
    while let Some(Seen { parent, seg: Some(step), .. }) = at {
        let up = queue.get(*parent);
        match step {
            Step::Seg(seg) => segs.push(seg.clone()),
            Step::Child(i) => segs.extend(up.and_then(|u| Children::new(*cx, u.handle).step(*i)).map(|(seg, _)| seg)),
        }
        at = up;
    }
    segs.reverse();
    Path { pickle, segs }
}
