//! What CPython 3.13's C unpickler raises, type and message, were every global importable and every call to succeed.
//! Source: `Modules/_pickle.c`. What cannot be told from the stream is not guessed. Nothing here changes the machine.

use super::PyError;
use super::kind::Kind;
use super::reader::Reader;
use super::step::{Cx, Machine, Slot};
use crate::ops::{Arg, Op, Opcode};

fn error(kind: &'static str, message: impl Into<String>) -> PyError {
    PyError { kind, message: message.into() }
}

fn unpickling(message: impl Into<String>) -> PyError {
    error("UnpicklingError", message)
}

pub(super) fn underflow(mark_set: bool) -> PyError {
    unpickling(if mark_set { "unexpected MARK found" } else { "unpickling stack underflow" })
}

pub(super) fn no_mark() -> PyError {
    unpickling("could not find MARK")
}

pub(super) fn truncated() -> PyError {
    unpickling("pickle data was truncated")
}

pub(super) fn out_of_input() -> PyError {
    error("EOFError", "Ran out of input")
}

pub(super) fn protocol(v: i64) -> PyError {
    error("ValueError", format!("unsupported pickle protocol: {v}"))
}

pub(super) fn frame(n: u64, left: u64) -> Option<PyError> {
    if i64::try_from(n).is_err() {
        return Some(error("OverflowError", "FRAME length exceeds system's maximum of 9223372036854775807 bytes"));
    }
    (n > left).then(truncated)
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
    if slots.len() % 2 != 0 {
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
pub(super) fn give(_cx: &mut Cx<'_>, code: Opcode, target: Slot, slots: &[Slot]) -> Option<PyError> {
    let kind = target.kind;
    match code {
        Opcode::Append | Opcode::Appends => match kind {
            Kind::List | Kind::Class | Kind::Object | Kind::ByteArray => None,
            _ => Some(no_attribute(kind, "append")),
        },
        Opcode::Additems => match kind {
            Kind::Set => set_items(slots),
            Kind::Class | Kind::Object => None,
            _ => Some(no_attribute(kind, "add")),
        },
        _ => {
            if slots.len() % 2 != 0 {
                return Some(unpickling("odd number of items for SETITEMS"));
            }
            match kind {
                Kind::Dict => slots.iter().step_by(2).find_map(|s| unhashable(s.kind)),
                Kind::Class | Kind::Object | Kind::List | Kind::ByteArray | Kind::View => None,
                _ => {
                    Some(error("TypeError", format!("'{}' object does not support item assignment", kind.type_name())))
                }
            }
        }
    }
}

pub(super) fn build(cx: &mut Cx<'_>, object: Slot, state: Slot) -> Option<PyError> {
    if object.kind.is_opaque() {
        return None;
    }
    let _ = cx;
    match state.kind {
        Kind::None => None,
        Kind::Dict => Some(no_attribute(object.kind, "__dict__")),
        _ => Some(unpickling("state is not a dictionary")),
    }
}

pub(super) fn empty_line(op: &Op) -> Option<PyError> {
    matches!(op.arg, Arg::Line(span) if span.is_empty()).then(truncated)
}

/// GET's and PUT's decimal key.
pub(super) fn memo_key(args: &mut Reader, op: &Op) -> Result<i64, PyError> {
    let Arg::Line(span) = op.arg else { return Err(truncated()) };
    if span.is_empty() {
        return Err(truncated());
    }
    let line = args.get(span, 40);
    let text = std::str::from_utf8(line).unwrap_or("?");
    text.trim().parse().map_err(|_| error("ValueError", format!("invalid literal for int() with base 10: '{text}\\n'")))
}

/// INT, LONG, FLOAT: the type that results, and what is wrong.
pub(super) fn number(args: &mut Reader, op: &Op) -> (Kind, Option<PyError>) {
    let Arg::Line(span) = op.arg else { return (Kind::Int, None) };
    let kind = match op.code {
        Opcode::Float => Kind::Float,
        Opcode::Int if matches!(args.get(span, 3), b"00" | b"01") => Kind::Bool,
        _ => Kind::Int,
    };
    (kind, empty_line(op))
}

/// Text that is not what its opcode says.
pub(super) fn text(_args: &mut Reader, _op: &Op) -> Option<PyError> {
    None
}

/// A Python 2 string that is not ASCII, or (true) is no literal.
pub(super) fn legacy_text(_args: &mut Reader, _op: &Op) -> Option<(PyError, bool)> {
    None
}

/// GLOBAL's and INST's lines.
pub(super) fn global_lines(_args: &mut Reader, op: &Op, _ascii: bool) -> Option<PyError> {
    matches!(op.arg, Arg::Pair(m, n) if m.is_empty() || n.is_empty()).then(truncated)
}

/// No op can be made of what is there.
pub(super) fn decode_fault(_cx: &mut Cx<'_>, machine: &Machine, fault: &crate::ops::OpFault) -> PyError {
    if fault.code == Some(Opcode::Persid) {
        return no_persistent_load();
    }
    if fault.code == Some(Opcode::Inst) && machine.marks.is_empty() {
        return no_mark();
    }
    use crate::ops::FaultKind as F;
    match fault.kind {
        F::UnknownOpcode(b) if (0x20..=0x7e).contains(&b) && b != b'\'' && b != b'\\' => {
            unpickling(format!("invalid load key, '{}'.", char::from(b)))
        }
        F::UnknownOpcode(b) => unpickling(format!("invalid load key, '\\x{b:02x}'.")),
        F::NegativeLength(_) => unpickling("LONG pickle has negative byte count"),
        F::LengthOverSystem(_) => {
            let what = match fault.code {
                Some(Opcode::Binunicode8) => "BINUNICODE",
                Some(Opcode::Bytearray8) => "BYTEARRAY8",
                _ => "BINBYTES",
            };
            error("OverflowError", format!("{what} exceeds system's maximum size of 9223372036854775807 bytes"))
        }
        _ => truncated(),
    }
}
