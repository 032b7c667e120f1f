//! `array.array`: Python 3's `_array_reconstructor` with its machine format codes, Python 2's list of items, and the
//! native string of Python 2.6 and before. Trusts the format code over the typecode, as CPython does.

use super::builtin::SHORT;
use super::gather::{Gathered, each};
use super::look::counted;
use super::types::{ArrayMeaning, Body, Cx, Meaning, Piece, Reader};
use super::{grouped, one_line, repr};
use crate::machine::{CallKind, Handle, Value};
use crate::source::{Diagnostic, Span, limits};
use crate::tensor::{Array, ByteOrder, DType, Data, Kind, OffsetMap};
use std::sync::Arc;

/// The pieces of an `array.array`.
#[derive(Clone, Copy, Debug)]
pub enum Parts {
    /// `array._array_reconstructor(cls, typecode, format, bytes)`.
    Machine {
        /// array.array or a subclass.
        class: Handle,
        /// The typecode that it had.
        typecode: Handle,
        /// How its items are stored: 0 to 21.
        format: Handle,
        /// Their bytes.
        data: Handle,
    },
    /// `array.array(typecode, [items])`; no list where it is empty.
    List {
        /// The typecode.
        typecode: Handle,
        /// The items, one opcode each.
        list: Option<Handle>,
    },
    /// `array.array(typecode, string)`: the items' bytes in the writing machine's own layout.
    Native {
        /// The typecode.
        typecode: Handle,
        /// The bytes.
        data: Handle,
    },
}

/// The pieces of an `array.array`; `None` when it is none.
pub fn parts(cx: &Cx<'_>, h: Handle) -> Option<Parts> {
    let (call, module, name) = cx.named_call(h)?;
    if module != "array" || call.kind != CallKind::Reduce {
        return None;
    }
    let arg = |i| cx.arg(call, i);
    match name {
        "_array_reconstructor" => {
            Some(Parts::Machine { class: arg(0)?, typecode: arg(1)?, format: arg(2)?, data: arg(3)? })
        }
        "array" | "ArrayType" => {
            let typecode = arg(0)?;
            match arg(1) {
                None => Some(Parts::List { typecode, list: None }),
                Some(list) if cx.list(list).is_some() => Some(Parts::List { typecode, list: Some(list) }),
                Some(data) => cx.payload(data).map(|_| Parts::Native { typecode, data }),
            }
        }
        _ => None,
    }
}

/// What a typecode's items are, on the machines that nearly every file comes from; `None` for none of Python's.
pub fn of_typecode(code: &str) -> Option<DType> {
    Some(match code {
        "b" => DType::int(1),
        "B" => DType::uint(1),
        "h" => DType::int(2),
        "H" => DType::uint(2),
        "i" => DType::int(4),
        "I" => DType::uint(4),
        "l" | "q" => DType::int(8),
        "L" | "Q" => DType::uint(8),
        "e" => DType::float(2),
        "f" => DType::float(4),
        "d" => DType::float(8),
        "Zf" | "F" => DType::complex(4),
        "Zd" | "D" => DType::complex(8),
        "u" | "w" => DType::from_code('U', 1, ByteOrder::Little).ok()?,
        "c" => DType::from_code('S', 1, ByteOrder::NotApplicable).ok()?,
        _ => return None,
    })
}

/// What a machine format code says, in words.
pub fn format_words(code: i64) -> Option<String> {
    let d = u64::try_from(code).ok().and_then(DType::from_machine_format)?;
    let what = match (&d.kind, d.item_size) {
        (Kind::Utf16, _) => "UTF-16 text".to_owned(),
        (Kind::Unicode, _) => "UTF-32 text".to_owned(),
        (Kind::UInt, n) => format!("unsigned {}-bit integers", n * 8),
        (Kind::Int, n) => format!("signed {}-bit integers", n * 8),
        (Kind::Float, n) => format!("{}-bit floats", n * 8),
        (Kind::Complex, n) => format!("complex numbers of two {}-bit floats", n * 4),
        _ => d.name(),
    };
    let order = match d.order {
        ByteOrder::NotApplicable => String::new(),
        order => format!(", {}", order.words()),
    };
    Some(format!("{what}{order}"))
}

struct Made {
    array: Array,
    raw: Option<Span>,
    complete: bool,
    guessed: bool,
    deferred: bool,
    notes: Vec<Diagnostic>,
}

fn read(cx: &Cx<'_>, p: Parts) -> Result<Made, (Handle, String)> {
    match p {
        Parts::Machine { typecode, format, data, .. } => machine(cx, typecode, format, data),
        Parts::List { typecode, list } => items(cx, typecode, list),
        Parts::Native { typecode, data } => native(cx, typecode, data),
    }
}

fn machine(cx: &Cx<'_>, typecode: Handle, format: Handle, data: Handle) -> Result<Made, (Handle, String)> {
    let code = cx.int(format).ok_or_else(|| (format, "the machine format code is no number".to_owned()))?;
    let dtype = u64::try_from(code).ok().and_then(DType::from_machine_format);
    let dtype =
        dtype.ok_or_else(|| (format, format!("there is no machine format code {code}: CPython knows 0 to 21")))?;
    let mut notes = Vec::new();
    let typecode_text = cx.name(typecode).unwrap_or_default();
    let own = of_typecode(&typecode_text);
    match &own {
        None => {
            let text = format!("{:?} is no typecode of Python's.", one_line(&typecode_text, 20));
            notes.push(Diagnostic::error("array-typecode", cx.span(typecode), text));
        }
        Some(own) => notes.extend(converted(cx, format, &typecode_text, own, &dtype, code)),
    }
    let payload = cx.payload(data).ok_or_else(|| (data, format!("the items are {}, not bytes", repr(cx, data, 60))))?;
    let taken = payload.take(cx);
    let have = taken.data.len();
    let span = taken.raw.unwrap_or_else(|| cx.span(data));
    let n = have / dtype.item_size.max(1);
    let complete = have.is_multiple_of(dtype.item_size.max(1)) && taken.fault.is_none() && !taken.deferred;
    if !complete && !taken.deferred {
        let text = format!("{} of data, no multiple of the item's {}.", counted(have, "byte"), dtype.item_size);
        notes.push(Diagnostic::error("array-short", span, text));
    }
    let array = if dtype.kind == Kind::Utf16 {
        utf16(&taken.data, dtype.order, taken.raw).map_err(|e| (data, e))?
    } else {
        Array::new_c(dtype, &[n], taken.data).map_err(|e| (data, e.to_string()))?
    };
    Ok(Made { array, raw: taken.raw, complete, guessed: false, deferred: taken.deferred, notes })
}

/// What CPython does where the format code is not the typecode's own.
fn converted(cx: &Cx<'_>, at: Handle, typecode: &str, own: &DType, stored: &DType, code: i64) -> Option<Diagnostic> {
    let text = matches!(own.kind, Kind::Unicode | Kind::Bytes);
    if own.kind == stored.kind && own.item_size == stored.item_size || text {
        return None;
    }
    let words = format_words(code).unwrap_or_default();
    let fits = match stored.kind {
        Kind::Int | Kind::UInt => {
            let signed = stored.kind == Kind::Int;
            match (stored.item_size, signed) {
                (1, true) => "b",
                (1, false) => "B",
                (2, true) => "h",
                (2, false) => "H",
                (4, true) => "i",
                (4, false) => "I",
                (_, true) => "q",
                (_, false) => "Q",
            }
        }
        _ => {
            return Some(Diagnostic::warning(
                "array-typecode",
                cx.span(at),
                format!(
                    "The items are {words}, which typecode {typecode:?} does not hold: CPython refuses or converts."
                ),
            ));
        }
    };
    let sentence = format!(
        "Typecode {typecode:?} had {} bytes where this was written: the items are {words}, so CPython 3 makes it an array of {fits:?} here.",
        stored.item_size
    );
    Some(Diagnostic::note("array-typecode", cx.span(at), sentence))
}

/// UTF-16 as characters of four bytes, pairs of surrogates joined.
fn utf16(data: &Data, order: ByteOrder, raw: Option<Span>) -> Result<Array, String> {
    let n = usize::try_from(data.len().min(limits::GATHERED * 16)).unwrap_or(0);
    let mut bytes = vec![0; n];
    data.read_at(0, &mut bytes);
    let (pairs, _) = bytes.as_chunks::<2>();
    let big = order == ByteOrder::Big;
    let units = pairs.iter().map(|b| if big { u16::from_be_bytes(*b) } else { u16::from_le_bytes(*b) });
    let count = pairs.len();
    let chars: Vec<u32> =
        char::decode_utf16(units).map(|r| r.map_or_else(|e| u32::from(e.unpaired_surrogate()), u32::from)).collect();
    let out: Vec<u8> = chars.iter().flat_map(|c| if big { c.to_be_bytes() } else { c.to_le_bytes() }).collect();
    let len = chars.len() as u64;
    let data = match raw {
        Some(raw) if chars.len() == count => Data::mapped(out, Arc::new(Widened(raw))),
        _ => Data::memory(out),
    };
    let dtype = DType::from_code('U', 1, order).map_err(|e| e.0)?;
    Array::new_c(dtype, &[len], data).map_err(|e| e.to_string())
}

/// Each two bytes of the file became four.
struct Widened(Span);

impl OffsetMap for Widened {
    fn file_span(&self, span: Span) -> Option<Span> {
        let at = |n: u64| self.0.start.checked_add(n);
        Some(Span::new(at(span.start / 4 * 2)?, at(span.end.div_ceil(4) * 2)?).meet(self.0))
    }

    fn data_byte(&self, offset: u64) -> Option<u64> {
        self.0.contains(offset).then(|| (offset - self.0.start) / 2 * 4)
    }
}

/// Items that were written one opcode each.
fn items(cx: &Cx<'_>, typecode: Handle, list: Option<Handle>) -> Result<Made, (Handle, String)> {
    let code = cx.name(typecode).unwrap_or_default();
    let dtype = of_typecode(&code)
        .ok_or_else(|| (typecode, format!("{:?} is no typecode of Python's", one_line(&code, 20))))?;
    let none = &crate::machine::Items::None;
    let items = list.and_then(|l| cx.list(l)).unwrap_or(none);
    let max = if cx.thorough { limits::GATHERED } else { limits::QUICK };
    let item = usize::try_from(dtype.item_size).unwrap_or(8);
    let mut gathered = Gathered::new(item);
    let mut wrong = None;
    each(cx, items, max, |h, value, span| {
        match pack(cx, &dtype, h, value) {
            Some((bytes, n)) => gathered.push(bytes.get(..n.min(item)).unwrap_or(&[]), span),
            None => {
                wrong = Some(h);
                gathered.push([0; 16].get(..item).unwrap_or(&[]), span);
            }
        }
        true
    });
    let mut notes = Vec::new();
    if let Some(h) = wrong {
        let text = format!("{} does not fit typecode {code:?}: CPython refuses it; shown as 0.", repr(cx, h, 40));
        notes.push(Diagnostic::error("array-item", cx.span(h), text));
    }
    let (n, there) = (items.len(), gathered.len() as u64);
    let deferred = there < n && !cx.thorough;
    if there < n && !deferred {
        let text = format!("Only the first {} of {} items are gathered.", grouped(there), grouped(n));
        notes.push(Diagnostic::warning("array-cut", cx.span(list.unwrap_or(typecode)), text));
    }
    let array = Array::new_c(dtype, &[n], gathered.into_data()).map_err(|e| (typecode, e.to_string()))?;
    Ok(Made { array, raw: None, complete: there == n && wrong.is_none(), guessed: false, deferred, notes })
}

/// A number or character as the bytes of an item.
pub(super) fn pack(cx: &Cx<'_>, d: &DType, h: Handle, value: Value) -> Option<([u8; 16], usize)> {
    let mut out = [0; 16];
    let mut put = |bytes: &[u8]| {
        out.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some((out, bytes.len()))
    };
    let int = || match value {
        Value::Int(i) => Some(i128::from(i)),
        Value::Bool(b) => Some(i128::from(b)),
        Value::Long(..) => i128::try_from(cx.big(h)?).ok(),
        _ => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "as Python's float() rounds")]
    let float = || match value {
        Value::Float(f) => Some(f),
        _ => int().map(|i| i as f64),
    };
    let bits = u32::try_from(d.item_size.saturating_mul(8)).unwrap_or(64).min(64);
    match d.kind {
        Kind::Int => {
            let i = int().filter(|i| *i >= -(1 << (bits - 1)) && *i < 1 << (bits - 1))?;
            put(i.to_le_bytes().get(..usize::try_from(d.item_size).ok()?)?)
        }
        Kind::UInt => {
            let i = int().filter(|i| *i >= 0 && *i < 1 << bits)?;
            put(i.to_le_bytes().get(..usize::try_from(d.item_size).ok()?)?)
        }
        #[expect(clippy::cast_possible_truncation, reason = "as Python stores a float in an array of 'f'")]
        Kind::Float => match d.item_size {
            4 => put(&(float()? as f32).to_le_bytes()),
            8 => put(&float()?.to_le_bytes()),
            _ => None,
        },
        Kind::Unicode | Kind::Bytes => {
            let chars = match value {
                Value::Str(form, span) => cx.chars(form, span, 2),
                Value::Legacy(form, span) => match cx.legacy(form, span, 2) {
                    Ok(chars) => chars,
                    Err(bytes) => bytes.into_iter().map(u32::from).collect(),
                },
                _ => return None,
            };
            let [c] = chars.as_slice() else { return None };
            if d.kind == Kind::Bytes { put(&[u8::try_from(*c).ok()?]) } else { put(&c.to_le_bytes()) }
        }
        _ => None,
    }
}

/// Python 2.6 and before: the bytes as they lay in memory.
fn native(cx: &Cx<'_>, typecode: Handle, data: Handle) -> Result<Made, (Handle, String)> {
    let code = cx.name(typecode).unwrap_or_default();
    let own = of_typecode(&code)
        .ok_or_else(|| (typecode, format!("{:?} is no typecode of Python's", one_line(&code, 20))))?;
    let payload = cx.payload(data).ok_or_else(|| (data, "the items are no bytes".to_owned()))?;
    let taken = payload.take(cx);
    let have = taken.data.len();
    let mut notes = Vec::new();
    let (dtype, doubt) = match code.as_str() {
        "l" | "L" if !have.is_multiple_of(8) => (if code == "l" { DType::int(4) } else { DType::uint(4) }, true),
        "l" | "L" => (own, true),
        _ => (own.clone(), own.item_size > 1),
    };
    if doubt {
        let size = if matches!(code.as_str(), "l" | "L") { " and the item size (4 or 8 bytes)" } else { "" };
        let text = format!(
            "The items are stored as they lay in the writing machine's memory: the byte order{size} is not recorded; taken as {}.",
            dtype.order.words()
        );
        notes.push(Diagnostic::warning("array-native", cx.span(data), text));
    }
    let n = have / dtype.item_size.max(1);
    let complete = have.is_multiple_of(dtype.item_size.max(1)) && !taken.deferred;
    if !complete && !taken.deferred {
        let text = format!("{} of data, no multiple of the item's {}.", counted(have, "byte"), dtype.item_size);
        notes.push(Diagnostic::error("array-short", cx.span(data), text));
    }
    let array = Array::new_c(dtype, &[n], taken.data).map_err(|e| (data, e.to_string()))?;
    Ok(Made { array, raw: taken.raw, complete, guessed: doubt, deferred: taken.deferred, notes })
}

/// Reads them.
pub(super) struct ArrayArrayReader;

impl Reader for ArrayArrayReader {
    fn name(&self) -> &'static str {
        "array.array"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let p = parts(cx, h)?;
        let (Parts::Machine { typecode, .. } | Parts::List { typecode, .. } | Parts::Native { typecode, .. }) = p;
        let code = cx.name(typecode).unwrap_or_default();
        let kind = match p {
            Parts::Machine { class, .. } => cx.qualified(class).unwrap_or_default(),
            _ => "array.array".to_owned(),
        };
        let mut m = Meaning::blank("array.array", one_line(&kind, 200), Body::Object);
        match read(cx, p) {
            Ok(made) => {
                let n = made.array.len();
                let name = made.array.dtype.name();
                let how = match p {
                    Parts::Machine { .. } => "its bytes follow in one run, with a code that says their layout",
                    Parts::List { .. } => "each item is written as an opcode of its own",
                    Parts::Native { .. } => "its bytes are a copy of the writing machine's memory",
                };
                m.short = format!("array({:?}) {name} ({},)", one_line(&code, 10), grouped(n)).replace('"', "'");
                m.sentence = format!(
                    "An array.array of {}, typecode '{}': {name}, {}; {how}.",
                    counted(n, "item"),
                    one_line(&code, 10),
                    made.array.dtype.order.words()
                );
                m.bytes = Some(made.array.nbytes());
                m.notes = made.notes;
                m.body = Body::Array(Box::new(ArrayMeaning {
                    raw: made.raw,
                    complete: made.complete,
                    guessed: made.guessed,
                    deferred: made.deferred,
                    ..ArrayMeaning::of(made.array, 'C')
                }));
            }
            Err((at, why)) => {
                m.short = format!("array({code:?}) that makes no sense").replace('"', "'");
                m.sentence = format!("An array.array that makes no sense: {why}.");
                m.notes.push(Diagnostic::error("array", cx.span(at), format!("No array can be made of this: {why}.")));
            }
        }
        m.short = one_line(&m.short, SHORT);
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let p = parts(cx, h)?;
        let (Parts::Machine { typecode, .. } | Parts::List { typecode, .. } | Parts::Native { typecode, .. }) = p;
        let code = cx.name(typecode)?;
        let text = |t: String| Piece::Text(t);
        if let Parts::List { list: Some(list), .. } = p {
            if !matches!(code.as_str(), "u" | "w" | "c") && cx.count(list) != Some(0) {
                return Some(vec![text(format!("array('{code}', [")), Piece::Items(list), text("])".to_owned())]);
            }
        }
        let made = read(cx, p).ok()?;
        let n = made.array.len();
        if n == 0 {
            return Some(vec![text(format!("array('{code}')"))]);
        }
        let shown = n.min(10_000);
        if matches!(code.as_str(), "u" | "w" | "c") {
            let mut chars = String::new();
            (0..shown).for_each(|i| chars.push_str(&made.array.value(&[i]).text()));
            return Some(vec![text(format!("array('{code}', {})", crate::ops::pyrepr::text_repr(&chars)))]);
        }
        let all: Vec<String> = (0..shown).map(|i| made.array.value(&[i]).repr()).collect();
        let more = if shown < n { ", …" } else { "" };
        Some(vec![text(format!("array('{code}', [{}{more}])", all.join(", ")))])
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<super::types::Part>> {
        parts(cx, h).map(|_| Vec::new())
    }
}
