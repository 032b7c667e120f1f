//! What NumPy, `_codecs`, collections and copyreg refuse of a damaged pickle's calls and states, and what is written in
//! the place of an array's payload that does not fit. Calls nothing; of classes that it does not know it says nothing.

use super::carried::Carried;
use super::fitted::{fit, raw_of, state};
use super::numpy::bytes_head;
use super::text::spelt;
use super::{CutArrays, Entry, Fate, Piece, names};
use crate::interpret::imports;
use crate::interpret::numpy::{array, dtype, is_numpy, scalar_parts};
use crate::interpret::types::Cx;
use crate::interpret::{one_line, path_to};
use crate::machine::{Call, CallKind, Handle, Judge, NameId, Node, State, Value, Verdict};
use crate::ops::{OpIndex, Opcode};
use crate::source::Span;
use crate::tensor::{DType, Data, Kind};
use std::collections::{HashMap, HashSet};

/// Globals of a stream that a name is compared with.
const NAMES: usize = 2000;

type Lost<'a> = &'a dyn Fn(Handle) -> bool;

/// The judge of one pickle of a stream.
pub struct Known<'a, 'b> {
    cx: &'b Cx<'a>,
    arrays: CutArrays,
    /// The pickle is damaged: what only a damaged one holds is looked for too.
    damaged: bool,
    /// What is written in the place of ops.
    written: Vec<Carried>,
    /// Ops whose value no dict takes as a key.
    unhashable: HashMap<OpIndex, &'static str>,
    /// Classes whose objects were given a dict for their state.
    dicts: HashSet<(&'a str, &'a str)>,
    /// Names that were looked at.
    names: HashMap<NameId, Name>,
}

/// What is thought of a global's name.
#[derive(Clone, Copy)]
enum Name {
    Sound,
    /// It is none.
    None,
    /// It is damaged; this was meant.
    Meant((&'static str, &'static str)),
}

/// What comes of a look at an op.
type Found = Result<Verdict, String>;

fn refuse(why: impl Into<String>) -> Found {
    Err(why.into())
}

impl<'a, 'b> Known<'a, 'b> {
    /// Knows nothing yet.
    pub fn new(cx: &'b Cx<'a>, n: usize, arrays: CutArrays) -> Self {
        let damaged = cx.stream.pickles.get(n).is_some_and(|p| !p.complete);
        let (written, unhashable, dicts, names) = (Vec::new(), HashMap::new(), HashSet::new(), HashMap::new());
        Self { cx, arrays, damaged, written, unhashable, dicts, names }
    }

    /// What is written in pickle `n` in the place of its ops, in their order.
    pub fn written(mut self, n: usize) -> Vec<Carried> {
        self.written.retain(|c| self.cx.pickle_of(c.op) == n);
        self.written.sort_by_key(|c| c.op);
        self.written
    }

    fn write(&mut self, op: OpIndex, pieces: Vec<Piece>, entry: Option<(Fate, Span, Handle, String)>) -> Found {
        let entry = entry.map(|(fate, span, h, text)| Entry { fate, path: path_to(self.cx, h), span, text });
        self.written.push(Carried { op, stays: false, pieces, entry, note: false });
        Ok(Verdict::Written)
    }

    fn solid(&self, h: Handle) -> Option<&'static str> {
        solid(self.cx, h)
    }

    /// The name of a global, as it was meant.
    fn called(&self, h: Handle) -> Option<(&'a str, &'a str)> {
        let meant = match self.cx.node(h) {
            Some(Node::Global { name, .. }) => self.names.get(name),
            _ => None,
        };
        match meant {
            Some(Name::Meant(name)) => Some(*name),
            _ => self.cx.global(h),
        }
    }

    fn callable(&self, h: Handle) -> Result<(), String> {
        self.solid(h)
            .or_else(|| self.value(h))
            .or_else(|| self.container(h))
            .map_or(Ok(()), |name| Err(format!("TypeError: '{name}' object is not callable")))
    }

    /// An object of a known class that nothing can be put into.
    fn value(&self, h: Handle) -> Option<&'static str> {
        let (_, module, name) = self.cx.named_call(h)?;
        Some(match (module, name) {
            ("builtins", "frozenset" | "complex" | "range" | "slice" | "bytes") => "builtins",
            ("datetime", "datetime" | "date" | "time" | "timedelta" | "timezone") => "datetime",
            ("decimal", "Decimal") | ("fractions", "Fraction") => "number",
            ("uuid", "UUID") => "UUID",
            ("pathlib" | "pathlib._local", _) => "Path",
            _ => return None,
        })
    }

    /// An object of a known class that holds others.
    fn container(&self, h: Handle) -> Option<&'static str> {
        let (_, module, name) = self.cx.named_call(h)?;
        match (module, name) {
            ("builtins", "set" | "list" | "dict" | "tuple" | "bytearray") => Some("builtins"),
            ("collections", "OrderedDict" | "defaultdict" | "Counter" | "deque") => Some("collections"),
            _ => None,
        }
    }

    fn reduce(&mut self, k: OpIndex, h: Handle, lost: Lost<'_>) -> Found {
        let cx = self.cx;
        let Some(call) = cx.call(h) else { return Ok(Verdict::Stays) };
        self.callable(call.callable)?;
        let Some((module, name)) = self.called(call.callable) else { return Ok(Verdict::Stays) };
        let args = cx.args(call);
        match (module, name) {
            ("_codecs", "encode") => return self.encode(k, call, lost),
            (m, "_reconstruct") if is_numpy(m) => return self.bare(k, call, lost),
            ("builtins", "bytearray" | "set" | "list" | "dict") => {
                self.unhashable.insert(k, "bytearray");
            }
            ("collections", "OrderedDict" | "defaultdict" | "Counter" | "deque") => {
                self.unhashable.insert(k, "collections.OrderedDict");
            }
            _ => {}
        }
        let plain = (module, name) == ("copyreg", "_reconstructor");
        for (i, arg) in cx.stream.graph.items(args).enumerate() {
            if lost(arg) && !(plain && i == 2) {
                return refuse(format!("TypeError: an argument of {name} was lost"));
            }
        }
        match (module, name) {
            ("numpy", "dtype") => self.dtype(call),
            ("builtins", "set" | "frozenset" | "list" | "tuple") => {
                let iterable = |h: Handle| {
                    !matches!(
                        cx.value(h),
                        Value::None | Value::Bool(_) | Value::Int(_) | Value::Long(..) | Value::Float(_)
                    )
                };
                if args.len() <= 1 && cx.arg(call, 0).is_none_or(iterable) {
                    Ok(Verdict::Stays)
                } else {
                    refuse(format!("TypeError: {name} takes one iterable at most"))
                }
            }
            ("copyreg", "_reconstructor") => {
                let classes = (0..2).all(|i| cx.arg(call, i).is_some_and(|c| self.may_be_class(c)));
                if args.len() == 3 && classes { Ok(Verdict::Stays) } else { refuse("TypeError: no class is given") }
            }
            (m, "scalar") if is_numpy(m) => self.scalar(h),
            (m, "_frombuffer") if is_numpy(m) => self.buffer(k, h),
            _ => Ok(Verdict::Stays),
        }
    }

    fn may_be_class(&self, h: Handle) -> bool {
        matches!(self.cx.node(h), Some(Node::Global { .. } | Node::Extension(_) | Node::Persistent(_)))
            || self.cx.call(h).is_some() && self.solid(h).is_none()
    }

    /// `_codecs.encode(text, 'latin1')`: bytes below protocol 3.
    fn encode(&mut self, k: OpIndex, call: &Call, lost: Lost<'_>) -> Found {
        let cx = self.cx;
        let args = cx.args(call);
        let is_text = |h: Handle| !lost(h) && matches!(cx.value(h), Value::Str(..) | Value::Legacy(..));
        let Some(text) = cx.arg(call, 0).filter(|h| is_text(*h)) else {
            return refuse("TypeError: encode() argument 'obj' must be str");
        };
        let codec = cx.arg(call, 1);
        if args.len() > 3 || codec.is_some_and(|c| !is_text(c)) {
            return refuse("TypeError: encode() argument 'encoding' must be str");
        }
        let codec = codec.and_then(|c| cx.name(c)).unwrap_or_else(|| "utf-8".to_owned()).to_ascii_lowercase();
        match codec.replace(['-', '_'], "").as_str() {
            "latin1" | "iso88591" | "l1" | "8859" | "cp819" | "latin" => {}
            "utf8" | "ascii" | "utf16" | "utf32" | "utf16le" | "utf16be" | "rawunicodeescape" => {
                return Ok(Verdict::Stays);
            }
            // What was written as 'latin1' most likely; the length of its name tells as little as its letters.
            _ if self.damaged => {}
            _ => return Ok(Verdict::Stays),
        }
        let known = cx.encoded(cx.stream.value_made_by(k).unwrap_or(text)).is_some();
        let Some(spelt) = spelt(cx, text).filter(|s| s.first_bad.is_some() || !known) else {
            return Ok(Verdict::Stays);
        };
        let (n, span) = (spelt.bytes.len() as u64, cx.span(text));
        let pieces = vec![
            Piece::Ops([&b"00"[..], &bytes_head(n)].concat()),
            Piece::Data(Data::memory(spelt.bytes), Span::new(0, n)),
        ];
        let said = "Bytes that are spelt as text: '?' stands for the characters of it that are no byte.".to_owned();
        let entry = spelt.first_bad.map(|_| (Fate::Guessed, span, text, said));
        self.write(k, pieces, entry)
    }

    /// `_reconstruct(class, (0,), b'b')`: an array that is still to be filled.
    fn bare(&mut self, k: OpIndex, call: &Call, lost: Lost<'_>) -> Found {
        let cx = self.cx;
        self.unhashable.insert(k, "numpy.ndarray");
        let class = cx.arg(call, 0).filter(|h| !lost(*h) && self.may_be_class(*h));
        let small = |h: Handle| {
            let items = cx.tuple(h)?;
            let sizes = cx.stream.graph.items(items).map(|n| cx.size(n).filter(|_| !lost(n)));
            sizes.take(64).try_fold(1_u64, |n, d| n.checked_mul(d?)).filter(|n| *n <= 1 << 16)
        };
        let shape = cx.arg(call, 1).is_some_and(|h| !lost(h) && small(h).is_some());
        let code = cx.arg(call, 2).is_some_and(|h| {
            !lost(h)
                && (cx.name(h).is_some_and(|c| dtype::is_code(&c)) || cx.global(h).is_some() || self.solid(h).is_some())
        });
        if class.is_some() && shape && code && cx.args(call).len() == 3 {
            return Ok(Verdict::Stays);
        }
        // The arguments say nothing that the state does not say again.
        let (module, name) =
            class.and_then(|c| cx.global(c)).filter(|(m, _)| is_numpy(m)).unwrap_or(("numpy", "ndarray"));
        let function = cx.written_name(call.callable).map_or("numpy.core.multiarray", |(m, _)| m);
        let mut ops = format!("00c{function}\n_reconstruct\n(c{module}\n{name}\n").into_bytes();
        ops.extend_from_slice(b"K\0\x85C\x01btR");
        let text = "The arguments of an array's _reconstruct were damaged; the usual ones stand for them.".to_owned();
        let h = cx.stream.value_made_by(k).unwrap_or(call.args);
        self.write(k, vec![Piece::Ops(ops)], Some((Fate::Guessed, cx.span(call.args), h, text)))
    }

    fn dtype(&mut self, call: &Call) -> Found {
        let cx = self.cx;
        let n = cx.args(call).len();
        let known = cx.arg(call, 0).is_some_and(|code| match cx.value(code) {
            Value::Str(..) | Value::Legacy(..) | Value::Bytes(_) => cx.name(code).is_some_and(|c| dtype::is_code(&c)),
            Value::Node(_) => true,
            _ => false,
        });
        if known && n <= 4 { Ok(Verdict::Stays) } else { refuse("TypeError: data type not understood") }
    }

    /// `scalar(dtype, bytes)`.
    fn scalar(&mut self, h: Handle) -> Found {
        let cx = self.cx;
        let Some((d, value)) = scalar_parts(cx, h) else { return refuse("TypeError: scalar() lacks an argument") };
        let d = match dtype::read(cx, d) {
            Ok(d) => d,
            Err(_) if cx.global(d).is_some() || cx.call(d).is_some() => return Ok(Verdict::Stays),
            Err(_) => return refuse("TypeError: scalar() argument 1 must be numpy.dtype"),
        };
        let Some(value) = value.filter(|_| !d.list) else { return Ok(Verdict::Stays) };
        match raw_of(cx, value) {
            Some(raw) if raw.data.len() < d.dtype.item_size => refuse("ValueError: initialization string is too small"),
            None if cx.payload(value).is_none() && cx.call(value).is_none() => {
                refuse("TypeError: initializing object must be a bytes object")
            }
            _ => Ok(Verdict::Stays),
        }
    }

    /// `_frombuffer(data, dtype, shape, order)`.
    fn buffer(&mut self, k: OpIndex, h: Handle) -> Found {
        let cx = self.cx;
        self.unhashable.insert(k, "numpy.ndarray");
        let Some(p) = array::parts(cx, h) else { return refuse("TypeError: _frombuffer() lacks an argument") };
        let is_dtype = self.solid(p.dtype).is_some()
            || cx.call(p.dtype).is_some()
            || cx.global(p.dtype).is_some()
            || cx.name(p.dtype).is_some_and(|c| dtype::is_code(&c));
        if !is_dtype {
            return refuse("TypeError: data type not understood");
        }
        let r = match array::read(cx, &p) {
            Ok(r) => r,
            // What this does not read NumPy may.
            Err(_) if !self.damaged => return Ok(Verdict::Stays),
            Err((_, why)) => return refuse(format!("ValueError: {why}")),
        };
        let order = r.array.order;
        let Some(raw) = p.data.and_then(|d| raw_of(cx, d)).filter(|_| r.array.objects.is_none() && order != 'K') else {
            return Ok(Verdict::Stays);
        };
        let a = &r.array.array;
        let known = p.order.is_none_or(|o| matches!(cx.name(o).as_deref(), Some("C" | "F" | "A")));
        let fits = raw.data.len() == a.nbytes() && known;
        if fits || r.dtype.name.is_some() || a.dtype.item_size == 0 {
            return Ok(Verdict::Stays);
        }
        let fortran = order == 'F';
        let fitted = fit(&a.dtype, a.shape(), fortran, &raw, self.arrays);
        let state = fitted.as_ref().and_then(|f| state(&a.dtype, fortran, f, false));
        let (Some(fitted), Some(state)) = (fitted, state) else {
            return refuse("ValueError: cannot reshape array: its data does not fit its shape");
        };
        let core = cx.call(h).and_then(|c| cx.written_name(c.callable)).map_or("numpy.core", |(m, _)| m);
        let core = if core.starts_with("numpy._core") { "numpy._core" } else { "numpy.core" };
        let mut ops = format!("00c{core}.multiarray\n_reconstruct\n(cnumpy\nndarray\n").into_bytes();
        ops.extend_from_slice(b"K\0\x85C\x01btR");
        let mut pieces = vec![Piece::Ops(ops)];
        pieces.extend(state);
        pieces.push(Piece::Ops(b"tb".to_vec()));
        let span = p.data.map_or_else(Span::default, |d| cx.span(d));
        self.write(k, pieces, Some((fitted.fate, span, h, fitted.text)))
    }

    fn build(&mut self, k: OpIndex, h: Handle, lost: Lost<'_>) -> Found {
        let cx = self.cx;
        let states = cx.stream.graph.states(h);
        // In the order of the ops.
        let at = states.partition_point(|s| s.op < k);
        let Some(State { value, .. }) = states.get(at).copied().filter(|s| s.op == k) else {
            return Ok(Verdict::Stays);
        };
        if matches!(cx.node(h), Some(Node::Global { .. })) && self.damaged {
            return refuse("TypeError: cannot set an attribute of a class");
        }
        if lost(value) {
            return refuse("TypeError: the state was lost");
        }
        let Some(call) = cx.call(h) else { return Ok(Verdict::Stays) };
        let Some((module, name)) = self.called(call.callable) else { return Ok(Verdict::Stays) };
        match (module, name) {
            ("numpy", "dtype") => dtype_state(cx, value, lost).map(|()| Verdict::Stays),
            (m, "_reconstruct" | "_mareconstruct") if is_numpy(m) => self.array(k, h, call, value, lost),
            _ if self.damaged && self.solid(h).is_some() => refuse("UnpicklingError: state is not a dictionary"),
            _ if self.damaged => self.plain_state(h, value),
            _ => Ok(Verdict::Stays),
        }
    }

    /// The state of an object of which only the class is known.
    fn plain_state(&mut self, h: Handle, value: Handle) -> Found {
        let cx = self.cx;
        let Some(class) = cx.class_of(h).and_then(|c| cx.global(c)) else { return Ok(Verdict::Stays) };
        if cx.dict(value).is_some() {
            self.dicts.insert(class);
            return Ok(Verdict::Stays);
        }
        let pair = cx.tuple(value).is_some_and(|t| t.len() == 2);
        let known = matches!(class, ("collections", "OrderedDict" | "defaultdict" | "Counter" | "deque"));
        let scalar = cx.tuple(value).is_none() && cx.call(value).is_none();
        if !pair && (known || self.dicts.contains(&class)) || scalar && self.value(h).is_some() {
            return refuse("UnpicklingError: state is not a dictionary");
        }
        Ok(Verdict::Stays)
    }

    /// The state of an array that `_reconstruct` made.
    fn array(&mut self, k: OpIndex, h: Handle, call: &Call, value: Handle, lost: Lost<'_>) -> Found {
        let Some((made, fate, span, text)) = array_state(self.cx, self.arrays, self.damaged, call, value, lost)? else {
            return Ok(Verdict::Stays);
        };
        let mut pieces = vec![Piece::Ops(b"0".to_vec())];
        pieces.extend(made);
        pieces.push(Piece::Ops(b"b".to_vec()));
        self.write(k, pieces, Some((fate, span, h, text)))
    }

    /// Items for what takes none.
    fn items(&self, h: Handle) -> Found {
        if matches!(self.cx.node(h), Some(Node::Global { .. })) {
            return refuse("AttributeError: a class takes no items");
        }
        match self.solid(h).or_else(|| self.value(h)) {
            Some(name) => refuse(format!("AttributeError: '{name}' object takes no items")),
            None => Ok(Verdict::Stays),
        }
    }

    /// Items for an object of a known class that takes others.
    fn few(&self, h: Handle, code: Opcode) -> Result<(), String> {
        let Some((_, module, name)) = self.cx.named_call(h) else { return Ok(()) };
        let takes = match (module, name) {
            ("collections", "OrderedDict" | "defaultdict" | "Counter") => false,
            ("collections", "deque") => code != Opcode::Additems,
            ("builtins", "set" | "frozenset") => code == Opcode::Additems,
            _ => true,
        };
        if takes { Ok(()) } else { Err(format!("AttributeError: '{module}.{name}' object takes no such items")) }
    }

    /// A name that is damaged, or that no module has.
    fn global(&mut self, k: OpIndex, code: Opcode, h: Handle) -> Found {
        let Some(Node::Global { name: id, .. }) = self.cx.node(h) else { return Ok(Verdict::Stays) };
        let (module, name) = self.cx.stream.graph.name(*id);
        let known = self.names.get(id).copied();
        // No name is ever mended to one that runs code: a salvaged pickle does nothing that the damaged one would not.
        let harmless = |(m, n): &(&str, &str)| imports::judge(m, n, 4).2 == imports::Verdict::Safe;
        let judged = known.unwrap_or_else(|| match names::meant(module, name, self.damaged).filter(harmless) {
            Some(meant) => Name::Meant(meant),
            None if self.damaged && self.is_no_name(module, name) => Name::None,
            None => Name::Sound,
        });
        self.names.insert(*id, judged);
        match judged {
            Name::Sound => Ok(Verdict::Stays),
            Name::None => refuse("ModuleNotFoundError: no module has such a name"),
            Name::Meant((m, n)) => {
                let pops = if code == Opcode::StackGlobal { "00" } else { "" };
                let pieces = vec![Piece::Ops(format!("{pops}c{m}\n{n}\n").into_bytes())];
                let text = format!(
                    "{m}.{n} stands for the name {}, which is damaged.",
                    one_line(&format!("{module}.{name}"), 80)
                );
                let entry = known.is_none().then_some((Fate::Mended, self.cx.span(h), h, text));
                self.write(k, pieces, entry)
            }
        }
    }

    /// Text was taken for opcodes, or a class for a module.
    fn is_no_name(&self, module: &str, name: &str) -> bool {
        let word = |w: &str| {
            !w.is_empty()
                && w.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
                && !w.starts_with(|c: char| c.is_ascii_digit())
        };
        let within = |w: &str| matches!(w, "<locals>" | "<lambda>");
        if !module.split('.').all(word) || !name.split('.').all(|w| word(w) || within(w)) {
            return true;
        }
        // Behind a memo entry that was lost others come in its place: a class where its module is meant.
        let names = &self.cx.stream.graph.names;
        let other = |(m, n): &&(Box<str>, Box<str>)| &**m != module || &**n != name;
        !module.contains('.')
            && names.len() <= NAMES
            && names.iter().filter(other).any(|(_, n)| **n == *module)
            && names.iter().filter(other).all(|(m, _)| **m != *module)
    }
}

/// The type of what a call makes, where everything is known of it: it is not called, and takes no items.
fn solid(cx: &Cx<'_>, h: Handle) -> Option<&'static str> {
    let (call, module, name) = cx.named_call(h)?;
    match (module, name) {
        ("_codecs", "encode") if call.kind == CallKind::Reduce => Some("bytes"),
        ("numpy", "dtype") => Some("numpy.dtype"),
        (m, "_reconstruct" | "_frombuffer" | "_mareconstruct") if is_numpy(m) => Some("numpy.ndarray"),
        (m, "scalar") if is_numpy(m) => Some("numpy scalar"),
        _ => None,
    }
}

/// A state as it should be, and what is to be said of it.
type Mended = (Vec<Piece>, Fate, Span, String);

/// The state of an array that `call` made with `_reconstruct`: `None` where it may stay.
///
/// # Errors
/// Where no state can be made of it: what NumPy would raise.
pub(super) fn array_state(
    cx: &Cx<'_>,
    arrays: CutArrays,
    damaged: bool,
    call: &Call,
    value: Handle,
    lost: Lost<'_>,
) -> Result<Option<Mended>, String> {
    let masked = cx.global(call.callable).is_some_and(|(_, n)| n == "_mareconstruct");
    let class = cx.arg(call, 0).and_then(|c| cx.global(c));
    // A subclass may keep more in its state.
    let own = class.is_none_or(|(m, _)| is_numpy(m));
    if !own {
        return Ok(None);
    }
    let wrong = |what: &str| Err(format!("TypeError: {what} in the state of an array"));
    let Some(items) = cx.tuple(value) else { return wrong("no tuple") };
    if !masked && !matches!(items.len(), 4 | 5) {
        return wrong("too few or too many items");
    }
    if cx.stream.graph.items(items).take(5).any(lost) {
        return wrong("a lost value");
    }
    let Some(p) = array::parts_of_state(cx, value, call) else { return wrong("too few items") };
    if p.version.is_some_and(|v| !matches!(cx.int(v), Some(0 | 1))) {
        return wrong("a version that is none");
    }
    if cx.tuple(p.shape).is_none() {
        return wrong("no shape");
    }
    if p.order.is_none_or(|o| cx.int(o).is_none()) {
        return wrong("no order");
    }
    if solid(cx, p.dtype) != Some("numpy.dtype") && cx.call(p.dtype).is_none() {
        return wrong("no dtype");
    }
    let r = match array::read(cx, &p) {
        Ok(r) => r,
        Err(_) if !damaged => return Ok(None),
        Err((_, why)) => return Err(format!("ValueError: {why}")),
    };
    let a = &r.array.array;
    if r.dtype.list {
        let want = a.shape().iter().try_fold(1_u64, |n, d| n.checked_mul(*d));
        let have = p.data.and_then(|d| cx.list(d)).map(crate::machine::Items::len);
        // NumPy reads beyond the end of a list that is too short.
        return if have >= want { Ok(None) } else { wrong("too few objects") };
    }
    let Some(data) = p.data else { return wrong("no data") };
    let Some(raw) = raw_of(cx, data) else {
        let outside = cx.payload(data).is_some() || matches!(cx.node(data), Some(Node::Persistent(_)));
        return if outside { Ok(None) } else { wrong("no bytes") };
    };
    let mask = p.mask.and_then(|m| raw_of(cx, m)).map(|m| m.data.len());
    let count = a.shape().iter().fold(1, |n: u64, d| n.saturating_mul(*d));
    let masks = !masked || has_fields(&a.dtype) || mask == Some(count);
    if raw.data.len() == a.nbytes() && !raw.refused && masks || a.dtype.item_size == 0 {
        return Ok(None);
    }
    let fortran = r.array.order == 'F';
    let plain = r.dtype.name.is_none() && !(masked && has_fields(&a.dtype));
    let fitted = fit(&a.dtype, a.shape(), fortran, &raw, arrays).filter(|_| plain);
    let made = fitted.as_ref().and_then(|f| state(&a.dtype, fortran, f, masked));
    let (Some(fitted), Some(made)) = (fitted, made) else {
        return Err("ValueError: buffer size does not match array size".to_owned());
    };
    let mut pieces = made;
    pieces.push(Piece::Ops(b"t".to_vec()));
    Ok(Some((pieces, fitted.fate, cx.span(data), fitted.text)))
}

/// Whether NumPy takes a state for a dtype.
///
/// # Errors
/// What it would raise.
pub(super) fn dtype_state(cx: &Cx<'_>, value: Handle, lost: Lost<'_>) -> Result<(), String> {
    let Some(items) = cx.tuple(value) else { return Err("TypeError: the state of a dtype is a tuple".to_owned()) };
    if cx.stream.graph.items(items).any(lost) {
        return Err("TypeError: a part of a dtype's state was lost".to_owned());
    }
    let at = |i| cx.item(items, i);
    let plain = |h: Option<Handle>, ok: &dyn Fn(Handle) -> bool| h.is_some_and(|h| cx.is_none(h) || ok(h));
    let int = |h: Option<Handle>| h.is_some_and(|h| cx.int(h).is_some());
    let text = |h: Option<Handle>| h.is_some_and(|h| cx.name(h).is_some_and(|n| n.chars().count() == 1));
    let tuple = |h: Handle| cx.tuple(h).is_some();
    let sound = match items.len() {
        5 => text(at(0)) && int(at(3)) && int(at(4)),
        6 => int(at(0)) && text(at(1)) && int(at(4)) && int(at(5)),
        7..=9 => {
            int(at(0))
                && text(at(1))
                && plain(at(2), &tuple)
                && plain(at(3), &tuple)
                && plain(at(4), &|h| cx.dict(h).is_some() || cx.call(h).is_some())
                && int(at(5))
                && int(at(6))
                && (items.len() < 8 || int(at(7)))
        }
        _ => false,
    };
    if sound { Ok(()) } else { Err("ValueError: NumPy refuses the state of a dtype".to_owned()) }
}

fn has_fields(d: &DType) -> bool {
    matches!(d.kind, Kind::Struct(_) | Kind::Sub(_))
}

impl Judge for Known<'_, '_> {
    fn judge(&mut self, k: OpIndex, code: Opcode, lost: Lost<'_>) -> Verdict {
        use Opcode as O;
        let looks = match code {
            O::Reduce | O::Build | O::Global | O::StackGlobal => true,
            O::Append | O::Appends | O::Setitem | O::Setitems | O::Additems => true,
            O::NewObj | O::NewObjEx | O::Obj => self.damaged,
            _ => false,
        };
        let Some(h) = looks.then(|| self.cx.stream.value_made_by(k)).flatten() else { return Verdict::Stays };
        let found = match code {
            O::Reduce => self.reduce(k, h, lost),
            O::Build => self.build(k, h, lost),
            O::NewObj | O::NewObjEx | O::Obj => {
                let class = self.cx.call(h).map(|c| c.callable);
                class.map_or(Ok(()), |c| self.callable(c)).map(|()| Verdict::Stays)
            }
            O::Global | O::StackGlobal => self.global(k, code, h),
            O::Append | O::Appends | O::Additems => self.items(h).and_then(|v| self.few(h, code).map(|()| v)),
            _ => self.items(h),
        };
        found.unwrap_or_else(Verdict::Refused)
    }

    fn unhashable(&self, op: OpIndex) -> Option<&'static str> {
        self.unhashable.get(&op).copied()
    }
}
