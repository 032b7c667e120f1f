//! What CPython 3.13's C unpickler raises, type and message, were every global importable and every call to succeed.
//! Source: `Modules/_pickle.c`. What cannot be told from the stream is not guessed. Nothing here changes the machine.

use super::graph::{Handle, Node, Target};
use super::kind::Kind;
use super::reader::Reader;
use super::step::{Cx, Machine, Slot};
use crate::ops::text::{self as args, IntLine, PyError, PyInt, Run, Spelling};
use crate::ops::{Arg, FaultKind, Op, OpFault, Opcode, pyrepr};
use crate::source::{Bytes, Span};
use std::ops::ControlFlow;

/// Bytes of a line that are read to judge it; a number that is longer is not worked out.
const LINE: u64 = 1 << 20;

fn error(kind: &'static str, message: impl Into<String>) -> PyError {
    PyError::new(kind, message)
}

fn unpickling(message: impl Into<String>) -> PyError {
    PyError::unpickling(message)
}

pub(super) fn underflow(mark_set: bool) -> PyError {
    unpickling(if mark_set { "unexpected MARK found" } else { "unpickling stack underflow" })
}

pub(super) fn no_mark() -> PyError {
    unpickling("could not find MARK")
}

pub(super) fn out_of_input() -> PyError {
    error("EOFError", "Ran out of input")
}

pub(super) fn protocol(v: i64) -> PyError {
    error("ValueError", format!("unsupported pickle protocol: {v}"))
}

/// FRAME of `n` bytes, `read` bytes of the pickle read, `left` bytes to come.
pub(super) fn frame(n: u64, read: u64, left: u64) -> Option<PyError> {
    if i64::try_from(n).is_err() {
        return Some(error("OverflowError", "FRAME length exceeds system's maximum of 9223372036854775807 bytes"));
    }
    (n > left).then(|| cut(n, read))
}

/// Fewer than `n` bytes follow the first `read` bytes.
fn cut(n: u64, read: u64) -> PyError {
    if n.saturating_add(read) > i64::MAX.unsigned_abs() {
        return unpickling("read would overflow (invalid bytecode)");
    }
    PyError::truncated()
}

/// The error, and whether it is the stream's fault.
pub(super) fn extension(code: i64) -> (PyError, bool) {
    if code <= 0 {
        (unpickling("EXT specifies code <= 0"), true)
    } else {
        (error("ValueError", format!("unregistered extension code {code}")), false)
    }
}

pub(super) fn no_persistent_load() -> PyError {
    unpickling("A load persistent id instruction was encountered, but no persistent_load function was specified.")
}

/// PERSID's line is read and decoded before `persistent_load` is missed.
pub(super) fn persistent_line(bytes: &Bytes, op: &Op) -> (PyError, bool) {
    let Arg::Line(line) = op.arg else { return (no_persistent_load(), false) };
    match spelt(bytes, line, Spelling::Ascii) {
        Some(_) => (unpickling("persistent IDs in protocol 0 must be ASCII strings"), true),
        None => (no_persistent_load(), false),
    }
}

pub(super) fn no_buffers() -> PyError {
    unpickling("pickle stream refers to out-of-band data but no *buffers* argument was given")
}

pub(super) fn not_a_buffer(kind: Kind) -> PyError {
    error("TypeError", format!("memoryview: a bytes-like object is required, not '{}'", kind.type_name()))
}

pub(super) fn names_not_text() -> PyError {
    unpickling("STACK_GLOBAL requires str")
}

pub(super) fn negative_put() -> PyError {
    error("ValueError", "negative PUT argument")
}

pub(super) fn no_memory() -> PyError {
    error("MemoryError", "")
}

pub(super) fn no_memo(key: i64) -> PyError {
    unpickling(format!("Memo value not found at index {key}"))
}

pub(super) fn new_obj(cls: Kind, args: Kind, kwargs: Option<Kind>) -> Option<PyError> {
    let op = if kwargs.is_some() { "NEWOBJ_EX" } else { "NEWOBJ" };
    if !cls.is_opaque() {
        return Some(unpickling(format!("{op} class argument must be a type, not {}", cls.type_name())));
    }
    if !args.is_tuple() {
        return Some(unpickling(format!("{op} args argument must be a tuple, not {}", args.type_name())));
    }
    let kwargs = kwargs.filter(|k| *k != Kind::Dict)?;
    Some(unpickling(format!("{op} kwargs argument must be a dict, not {}", kwargs.type_name())))
}

pub(super) fn reduce(callable: Kind, args: Kind) -> Option<PyError> {
    if !args.is_tuple() {
        return Some(error("TypeError", "argument list must be a tuple"));
    }
    (!callable.is_opaque()).then(|| error("TypeError", format!("'{}' object is not callable", callable.type_name())))
}

fn unhashable(kind: Kind) -> Option<PyError> {
    kind.unhashable().map(|name| error("TypeError", format!("unhashable type: '{name}'")))
}

pub(super) fn dict_items(slots: &[Slot]) -> Option<PyError> {
    if !slots.len().is_multiple_of(2) {
        return Some(unpickling("odd number of items for DICT"));
    }
    slots.iter().step_by(2).find_map(|s| unhashable(s.kind))
}

pub(super) fn set_items(slots: &[Slot]) -> Option<PyError> {
    slots.iter().find_map(|s| unhashable(s.kind))
}

fn no_attribute(kind: Kind, name: &str) -> PyError {
    error("AttributeError", format!("'{}' object has no attribute '{name}'", kind.type_name()))
}

/// APPEND, APPENDS, ADDITEMS, SETITEM and SETITEMS with at least one item.
pub(super) fn give(cx: &mut Cx<'_>, code: Opcode, target: Slot, slots: &[Slot]) -> Option<PyError> {
    let kind = target.kind;
    match code {
        Opcode::Append | Opcode::Appends => match kind {
            Kind::List | Kind::Class | Kind::Object => None,
            Kind::ByteArray => slots.iter().find_map(|s| not_a_byte(cx, *s)),
            _ => Some(no_attribute(kind, "append")),
        },
        Opcode::Additems => match kind {
            Kind::Set => set_items(slots),
            Kind::Class | Kind::Object => None,
            _ => Some(no_attribute(kind, "add")),
        },
        _ if !slots.len().is_multiple_of(2) => Some(unpickling("odd number of items for SETITEMS")),
        _ => match kind {
            Kind::Dict => slots.iter().step_by(2).find_map(|s| unhashable(s.kind)),
            Kind::Class | Kind::Object => None,
            Kind::List | Kind::ByteArray => pairs(slots).find_map(|(k, v)| item_of_sequence(cx, target, k, v)),
            Kind::View => Some(error("TypeError", "cannot modify read-only memory")),
            _ => pairs(slots).next().map(|(k, _)| no_assignment(cx, kind, k)),
        },
    }
}

fn pairs(slots: &[Slot]) -> impl Iterator<Item = (Slot, Slot)> {
    slots.chunks_exact(2).filter_map(|p| match p {
        [k, v] => Some((*k, *v)),
        _ => None,
    })
}

/// `target[key] = …` of what has no items to assign: a sequence looks at the index first.
fn no_assignment(cx: &mut Cx<'_>, kind: Kind, key: Slot) -> PyError {
    let sequence = kind.is_tuple() || matches!(kind, Kind::Str | Kind::Bytes | Kind::Set | Kind::FrozenSet);
    if sequence && key.kind == Kind::Int && int_of(cx, key.value).is_none() {
        return error("IndexError", "cannot fit 'int' into an index-sized integer");
    }
    error("TypeError", format!("'{}' object does not support item assignment", kind.type_name()))
}

/// `target[key] = value` of a list or bytearray.
fn item_of_sequence(cx: &mut Cx<'_>, target: Slot, key: Slot, value: Slot) -> Option<PyError> {
    let name = target.kind.type_name();
    if !matches!(key.kind, Kind::Int | Kind::Bool) {
        let key = key.kind.type_name();
        return Some(error("TypeError", format!("{name} indices must be integers or slices, not {key}")));
    }
    let Some(at) = int_of(cx, key.value) else {
        return Some(error("IndexError", "cannot fit 'int' into an index-sized integer"));
    };
    if target.kind == Kind::ByteArray
        && let Some(e) = not_a_byte(cx, value)
    {
        return Some(e);
    }
    let len = i64::try_from(len_of(cx, target.value)).unwrap_or(i64::MAX);
    let out = at >= len || at < -len;
    let what = if target.kind == Kind::List { "list assignment index" } else { "bytearray index" };
    out.then(|| error("IndexError", format!("{what} out of range")))
}

fn not_a_byte(cx: &mut Cx<'_>, item: Slot) -> Option<PyError> {
    if !matches!(item.kind, Kind::Int | Kind::Bool) {
        let name = item.kind.type_name();
        return Some(error("TypeError", format!("'{name}' object cannot be interpreted as an integer")));
    }
    let fits = int_of(cx, item.value).is_some_and(|i| (0..256).contains(&i));
    (!fits).then(|| PyError::value("byte must be in range(0, 256)"))
}

/// An integer of at most 64 bits.
fn int_of(cx: &mut Cx<'_>, h: Handle) -> Option<i64> {
    let Target::Op(at) = h.target() else { return None };
    let op = cx.index.op(at, cx.bytes)?;
    let value = match (op.code, op.arg) {
        (Opcode::Newtrue, _) => PyInt::Small(1),
        (Opcode::Newfalse, _) => PyInt::Small(0),
        (_, Arg::Int(i)) => PyInt::Small(i),
        (_, Arg::Data(span)) if span.len() <= LINE => args::long_bytes(cx.args.get(span, usize::MAX)),
        (Opcode::Int, Arg::Line(span)) => match args::int_line(cx.args.get(span, 1 << 20)).ok()? {
            IntLine::Bool(b) => PyInt::Small(i64::from(b)),
            IntLine::Int(i) => i,
        },
        (Opcode::Long, Arg::Line(span)) => args::long_line(cx.args.get(span, 1 << 20)).ok()?,
        _ => return None,
    };
    match value {
        PyInt::Small(i) => Some(i),
        PyInt::Big(_) => None,
    }
}

/// Number of items of a list or bytearray.
fn len_of(cx: &mut Cx<'_>, h: Handle) -> u64 {
    let given = cx.g.extras.get(&h).map_or(0, |e| e.list_items.len());
    match h.target() {
        Target::Op(at) => match cx.index.op(at, cx.bytes).map(|op| op.arg) {
            Some(Arg::Data(span)) => span.len().saturating_add(given),
            _ => given,
        },
        Target::Node(_) => match cx.g.node_of(h).map(|n| &n.node) {
            Some(Node::List(items)) => items.len(),
            _ => given,
        },
    }
}

/// The type of any value.
fn kind_of(cx: &mut Cx<'_>, h: Handle) -> Kind {
    let Target::Op(at) = h.target() else {
        return match cx.g.node_of(h).map(|n| &n.node) {
            Some(Node::List(_)) => Kind::List,
            Some(Node::Tuple(_)) => Kind::Tuple,
            Some(Node::Dict(_)) => Kind::Dict,
            Some(Node::Set(_)) => Kind::Set,
            Some(Node::FrozenSet(_)) => Kind::FrozenSet,
            Some(Node::ReadOnly(_)) => Kind::View,
            Some(Node::Global { .. }) => Kind::Class,
            _ => Kind::Object,
        };
    };
    let Some(op) = cx.index.op(at, cx.bytes) else { return Kind::Object };
    match op.code {
        Opcode::None => Kind::None,
        Opcode::Newtrue | Opcode::Newfalse => Kind::Bool,
        Opcode::Binfloat | Opcode::Float => Kind::Float,
        Opcode::Bytearray8 => Kind::ByteArray,
        Opcode::Binbytes | Opcode::Binbytes8 | Opcode::ShortBinbytes => Kind::Bytes,
        Opcode::Int => number(cx.args, &op).0,
        Opcode::Binint | Opcode::Binint1 | Opcode::Binint2 | Opcode::Long | Opcode::Long1 | Opcode::Long4 => Kind::Int,
        _ => Kind::Str,
    }
}

/// BUILD.
pub(super) fn build(cx: &mut Cx<'_>, object: Slot, state: Slot) -> Option<PyError> {
    if object.kind.is_opaque() {
        return None;
    }
    let two = cx.g.tuple(state.value).filter(|items| items.len() == 2);
    let parts = two.and_then(|items| Some((cx.g.item(items, 0)?, cx.g.item(items, 1)?)));
    let (first, slots) = match parts {
        Some((first, slots)) => (kind_of(cx, first), Some(slots)),
        None => (state.kind, None),
    };
    match first {
        Kind::None => {}
        Kind::Dict => return Some(no_attribute(object.kind, "__dict__")),
        _ => return Some(unpickling("state is not a dictionary")),
    }
    let slots = slots?;
    if kind_of(cx, slots) != Kind::Dict {
        return Some(unpickling("slot state is not a dictionary"));
    }
    let Some(Node::Dict(items)) = cx.g.node_of(slots).map(|n| &n.node) else { return None };
    let key = cx.g.item(items, 0)?;
    let (kind, type_name) = (kind_of(cx, key), object.kind.type_name());
    if kind != Kind::Str {
        let key = kind.type_name();
        return Some(error("TypeError", format!("attribute name must be string, not '{key}'")));
    }
    let Target::Op(at) = key.target() else { return None };
    let op = cx.index.op(at, cx.bytes)?;
    let name = super::text::of_op(cx.args, &op, super::write::NAME);
    Some(error(
        "AttributeError",
        format!("'{type_name}' object has no attribute '{name}' and no __dict__ for setting new attributes"),
    ))
}

pub(super) fn empty_line(op: &Op) -> Option<PyError> {
    matches!(op.arg, Arg::Line(span) if span.is_empty()).then(PyError::truncated)
}

/// GET's and PUT's decimal key.
pub(super) fn memo_key(r: &mut Reader, op: &Op) -> Result<i64, PyError> {
    let Arg::Line(span) = op.arg else { return Err(PyError::truncated()) };
    let line = r.get(span, 1 << 20);
    if let Some(key) = small_int(line) {
        return Ok(key);
    }
    args::memo_line(line)
}

/// Up to 18 decimal digits, at most the first of them a sign: nearly every line.
#[inline]
fn small_int(line: &[u8]) -> Option<i64> {
    let (negative, digits) = match line {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, line),
    };
    let plain = match digits {
        [] => false,
        [b'0', _, ..] => false,
        _ => digits.len() <= 18,
    };
    if !plain {
        return None;
    }
    let value = digits.iter().try_fold(0_i64, |v, d| d.is_ascii_digit().then(|| v * 10 + i64::from(*d - b'0')))?;
    Some(if negative { -value } else { value })
}

/// INT, LONG, FLOAT: the type that results, and what is wrong.
pub(super) fn number(r: &mut Reader, op: &Op) -> (Kind, Option<PyError>) {
    let Arg::Line(span) = op.arg else { return (Kind::Int, None) };
    let line = r.get(span, 1 << 20);
    match op.code {
        Opcode::Float => (Kind::Float, args::float_line(line).err()),
        Opcode::Int => match (small_int(line), line.len()) {
            // Two characters that are worth 0 or 1 are a boolean: `-0`.
            (Some(v), n) if n != 2 || !matches!(v, 0 | 1) => (Kind::Int, None),
            _ => match args::int_line(line) {
                Ok(IntLine::Bool(_)) => (Kind::Bool, None),
                Ok(IntLine::Int(_)) => (Kind::Int, None),
                Err(e) => (Kind::Int, Some(e)),
            },
        },
        _ => {
            let digits = line.strip_suffix(b"L").unwrap_or(line);
            let e = if small_int(digits).is_some() { None } else { args::long_line(line).err() };
            (Kind::Int, e)
        }
    }
}

/// What readers make of an INT, LONG or FLOAT that no writer writes, where they differ.
pub(super) fn odd_number(r: &mut Reader, op: &Op) -> Option<String> {
    let Arg::Line(span) = op.arg else { return None };
    let line = r.get(span, 1 << 12);
    let digits = if op.code == Opcode::Long { line.strip_suffix(b"L").unwrap_or(line) } else { line };
    if span.len() > 1 << 12
        || small_int(digits).is_some() && (op.code != Opcode::Int || line.len() != 2 || line.first() != Some(&b'-'))
    {
        return None;
    }
    if op.code == Opcode::Int && matches!(line, b"00" | b"01") {
        return None;
    }
    let (c, python, tools) = match op.code {
        Opcode::Int => {
            let c = match args::int_line(line) {
                Ok(IntLine::Bool(true)) => "True".to_owned(),
                Ok(IntLine::Bool(false)) => "False".to_owned(),
                Ok(IntLine::Int(i)) => shown(Ok(i)),
                Err(e) => shown(Err(e)),
            };
            (c, shown(args::py_long(line, 0)), shown(args::py_int(line)))
        }
        Opcode::Long => (shown(args::long_line(line)), shown(args::py_long(digits, 0)), shown(args::py_int(digits))),
        _ => {
            let float = |f: Result<f64, PyError>| f.map_or("an error".to_owned(), pyrepr::float_repr);
            let py = float(args::py_float(line));
            (float(args::float_line(line)), py.clone(), py)
        }
    };
    if c == python && c == tools {
        return None;
    }
    Some(format!(
        "Readers make different things of this line: pickle.load {c}, pickle.py {python}, pickletools {tools}."
    ))
}

fn shown(i: Result<PyInt, PyError>) -> String {
    match i {
        Ok(PyInt::Small(i)) => i.to_string(),
        Ok(big @ PyInt::Big(_)) => pyrepr::int_repr(&big).unwrap_or_else(|_| "a long integer".to_owned()),
        Err(_) => "an error".to_owned(),
    }
}

/// Text that is not what its opcode says.
#[inline]
pub(super) fn text(r: &mut Reader, bytes: &Bytes, op: &Op) -> Option<PyError> {
    match op.arg {
        Arg::Line(span) => {
            if span.len() <= 1 << 16 && memchr::memchr(b'\\', r.get(span, 1 << 16)).is_none() {
                return None;
            }
            spelt(bytes, span, Spelling::RawUnicode)
        }
        Arg::Data(span) if span.len() <= 1 << 16 => match std::str::from_utf8(r.get(span, 1 << 16)) {
            Ok(_) => None,
            Err(_) => spelt(bytes, span, Spelling::Utf8),
        },
        Arg::Data(span) => long_utf8(r, bytes, span),
        _ => None,
    }
}

fn spelt(bytes: &Bytes, span: Span, spelling: Spelling) -> Option<PyError> {
    args::runs(bytes, span, spelling, &mut |_, _| ControlFlow::Continue(())).err()
}

/// Block by block; a character that straddles two blocks is looked at again with the next.
#[cold]
fn long_utf8(r: &mut Reader, bytes: &Bytes, span: Span) -> Option<PyError> {
    let mut at = span.start;
    while at < span.end {
        let chunk = r.chunk(Span::new(at, span.end));
        match std::str::from_utf8(chunk) {
            Ok(_) if chunk.is_empty() => return None,
            Ok(_) => at += chunk.len() as u64,
            Err(e) if e.error_len().is_none() && e.valid_up_to() > 0 => at += e.valid_up_to() as u64,
            // A short piece over the border of two blocks, or something that only the exact decoder can judge.
            Err(_) => {
                let next = Span::new(at, at.saturating_add(4).min(span.end));
                let few = r.get(next, 4);
                let len = std::str::from_utf8(few).map_or_else(|e| e.valid_up_to(), str::len);
                if len == 0 {
                    return spelt(bytes, span, Spelling::Utf8);
                }
                at += len as u64;
            }
        }
    }
    None
}

/// A Python 2 string that is not ASCII, or (true) is no literal.
pub(super) fn legacy_text(r: &mut Reader, bytes: &Bytes, op: &Op) -> Option<(PyError, bool)> {
    let ascii = |first: u8, at: u64| PyError::decode("ascii", first, at, at + 1, "ordinal not in range(128)");
    match op.arg {
        Arg::Data(span) => {
            if span.len() <= 1 << 16 && r.get(span, 1 << 16).is_ascii() {
                return None;
            }
            spelt(bytes, span, Spelling::Ascii).map(|e| (e, false))
        }
        Arg::Line(line) => {
            let inner = match args::string_content(bytes, line) {
                Ok(inner) => inner,
                Err(e) => return Some((e, true)),
            };
            if inner.len() <= 1 << 16 {
                let text = r.get(inner, 1 << 16);
                if text.is_ascii() && memchr::memchr(b'\\', text).is_none() {
                    return None;
                }
            }
            let (mut at, mut bad) = (0_u64, None);
            let walked = args::runs(bytes, inner, Spelling::Escape, &mut |_, run| {
                match run {
                    Run::Plain(plain) => {
                        if bad.is_none() {
                            let high = plain.iter().position(|b| *b >= 0x80);
                            bad = high.and_then(|i| plain.get(i)).zip(high).map(|(b, i)| ascii(*b, at + i as u64));
                        }
                        at += plain.len() as u64;
                    }
                    Run::Code(code) => {
                        if bad.is_none() && code >= 0x80 {
                            bad = u8::try_from(code).ok().map(|b| ascii(b, at));
                        }
                        at += 1;
                    }
                }
                ControlFlow::Continue(())
            });
            match walked {
                Err(e) => Some((e, true)),
                Ok(()) => bad.map(|e| (e, false)),
            }
        }
        _ => None,
    }
}

/// GLOBAL's lines are UTF-8, INST's ASCII.
pub(super) fn global_lines(bytes: &Bytes, op: &Op, ascii: bool) -> Option<PyError> {
    let Arg::Pair(module, name) = op.arg else { return None };
    name_line(bytes, module, ascii).or_else(|| name_line(bytes, name, ascii))
}

fn name_line(bytes: &Bytes, line: Span, ascii: bool) -> Option<PyError> {
    if line.is_empty() {
        return Some(PyError::truncated());
    }
    spelt(bytes, line, if ascii { Spelling::Ascii } else { Spelling::Utf8Strict })
}

/// No op can be made of what is there.
pub(super) fn decode_fault(cx: &mut Cx<'_>, machine: &Machine, fault: &OpFault) -> PyError {
    let read = fault.span.start;
    match (fault.code, fault.kind) {
        (_, FaultKind::UnknownOpcode(b)) if (0x20..=0x7e).contains(&b) && b != b'\'' && b != b'\\' => {
            unpickling(format!("invalid load key, '{}'.", char::from(b)))
        }
        (_, FaultKind::UnknownOpcode(b)) => unpickling(format!("invalid load key, '\\x{b:02x}'.")),
        (Some(Opcode::Inst), _) if machine.marks.is_empty() => no_mark(),
        (Some(code @ (Opcode::Global | Opcode::Inst)), _) => {
            // The module's line may be refused before the name's is missed.
            let from = fault.span.start + 1;
            let name = fault.payload.map_or(from, |p| p.start);
            let module = Span::new(from, name.saturating_sub(1));
            let e = if name > from { name_line(cx.bytes, module, code == Opcode::Inst) } else { None };
            e.unwrap_or_else(PyError::truncated)
        }
        (_, FaultKind::NegativeLength(_)) => unpickling("LONG pickle has negative byte count"),
        (code, FaultKind::LengthOverSystem(_)) => {
            let what = match code {
                Some(Opcode::Binunicode8) => "BINUNICODE",
                Some(Opcode::Bytearray8) => "BYTEARRAY8",
                _ => "BINBYTES",
            };
            error("OverflowError", format!("{what} exceeds system's maximum size of 9223372036854775807 bytes"))
        }
        (Some(Opcode::Binbytes8), FaultKind::LengthBeyondFile { declared, .. })
            if declared > i64::MAX.unsigned_abs() - 33 =>
        {
            error("OverflowError", "byte string is too large")
        }
        (Some(Opcode::Binunicode8), FaultKind::LengthBeyondFile { declared, .. }) => cut(declared, read + 9),
        _ => PyError::truncated(),
    }
}
