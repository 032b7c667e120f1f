//! `numpy.dtype(code, align, copy)` and the state that BUILD gives it, in every version that was ever written.
//! Says what a dtype is; what its fields are called in words is `explain`'s affair.

use super::is_numpy;
use crate::interpret::builtin::SHORT;
use crate::interpret::types::{Body, Cx, Meaning, Reader};
use crate::interpret::{counted, one_line, repr};
use crate::machine::{CallKind, Handle, Node};
use crate::source::{Diagnostic, limits};
use crate::tensor::{ByteOrder, DType, Field, Kind, Tick, Unit};
use std::collections::HashMap;

/// Holds references to Python objects' memory: its arrays are pickled as lists.
pub const LIST_PICKLE: i64 = 0x02;
/// Laid out as a C struct.
pub const ALIGNED: i64 = 0x80;

/// A dtype as a pickle tells it.
#[derive(Clone, Debug)]
pub struct DTypeRead {
    /// What an element is.
    pub dtype: DType,
    /// Arrays of it are pickled as a list of objects.
    pub list: bool,
    /// What a report writes where NumPy's own text would not tell: `bfloat16`, `StringDType()`.
    pub name: Option<String>,
    /// What is odd about it, and the value that is.
    pub notes: Vec<(Handle, String)>,
}

/// The elements of a dtype's pickle, each where it is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts {
    /// The code: text as `f8`, or a class.
    pub code: Option<Handle>,
    /// The constructor's second argument.
    pub align: Option<Handle>,
    /// The constructor's third argument.
    pub copy: Option<Handle>,
    /// The state tuple.
    pub state: Option<Handle>,
    /// 0 to 4; `None` where there is no state, or one that NumPy refuses.
    pub version: Option<i64>,
    /// The value that says the version; version 0 says none.
    pub version_at: Option<Handle>,
    /// `<`, `>`, `|`, `=`.
    pub order: Option<Handle>,
    /// None, or (base, shape).
    pub subdtype: Option<Handle>,
    /// None, or the field names in order.
    pub names: Option<Handle>,
    /// None, or a dict of fields.
    pub fields: Option<Handle>,
    /// Bytes of an item, or -1.
    pub item_size: Option<Handle>,
    /// Alignment, or -1.
    pub alignment: Option<Handle>,
    /// Flag bits, from version 3 on.
    pub flags: Option<Handle>,
    /// The last element of version 4.
    pub metadata: Option<Handle>,
}

/// The pieces of a dtype; `None` when it is none.
pub fn parts(cx: &Cx<'_>, h: Handle) -> Option<Parts> {
    let call = cx.call(h)?;
    let (module, name) = cx.global(call.callable)?;
    if !(module == "numpy" || is_numpy(module) && module.ends_with("multiarray")) || name != "dtype" {
        return None;
    }
    if call.kind != CallKind::Reduce {
        return None;
    }
    let mut p = Parts { code: cx.arg(call, 0), align: cx.arg(call, 1), copy: cx.arg(call, 2), ..Parts::default() };
    p.state = cx.state(h);
    let Some(state) = p.state else { return Some(p) };
    let Some(items) = cx.tuple(state) else { return Some(p) };
    let at = |i| cx.item(items, i);
    let version = match items.len() {
        5 => Some(0),
        // numpy/core/src/multiarray/descriptor.c, arraydescr_setstate
        6..=9 => at(0).and_then(|v| cx.int(v)).filter(|v| *v == items.len() as i64 - 5 && (1..=4).contains(v)),
        _ => None,
    };
    p.version = version;
    // An unknown version is laid out by its length, for the eye.
    let (named, first) = (items.len() >= 7, u64::from(items.len() != 5));
    p.version_at = at(0).filter(|_| first == 1);
    (p.order, p.subdtype) = (at(first), at(first + 1));
    let next = if named {
        p.names = at(first + 2);
        first + 3
    } else {
        first + 2
    };
    (p.fields, p.item_size, p.alignment) = (at(next), at(next + 1), at(next + 2));
    (p.flags, p.metadata) = (at(next + 3), at(next + 4));
    Some(p)
}

/// What a value says of dtypes, if it is one.
///
/// # Errors
/// Where it is no dtype, or one that makes no sense: why, in words.
pub fn read(cx: &Cx<'_>, h: Handle) -> Result<DTypeRead, String> {
    let mut walk = Walk { cx, open: Vec::new(), left: limits::DTYPE_LEAVES, notes: Vec::new() };
    let (dtype, list, name) = walk.read(h)?;
    Ok(DTypeRead { dtype, list, name, notes: walk.notes })
}

struct Walk<'a, 'b> {
    cx: &'b Cx<'a>,
    /// The dtypes that are being read, outermost first.
    open: Vec<Handle>,
    left: u64,
    notes: Vec<(Handle, String)>,
}

type Read = (DType, bool, Option<String>);

impl Walk<'_, '_> {
    fn note(&mut self, at: Handle, text: impl Into<String>) {
        if self.notes.len() < 50 {
            self.notes.push((at, text.into()));
        }
    }

    /// Nested dtypes recurse, at most `limits::DTYPE_DEPTH` deep.
    fn read(&mut self, h: Handle) -> Result<Read, String> {
        if self.open.contains(&h) {
            return Err("the dtype holds itself".to_owned());
        }
        if self.open.len() >= limits::DTYPE_DEPTH {
            return Err(format!("dtypes are nested more than {} deep", limits::DTYPE_DEPTH));
        }
        self.left = self.left.checked_sub(1).ok_or("the dtype has too many fields in all")?;
        self.open.push(h);
        let done = self.read_open(h);
        self.open.pop();
        done
    }

    fn read_open(&mut self, h: Handle) -> Result<Read, String> {
        let cx = self.cx;
        if let Some(name) = string_dtype(cx, h) {
            return Ok((DType::text(), true, Some(name)));
        }
        let Some(p) = parts(cx, h) else {
            // `numpy.dtype` accepts classes and texts where an array's state holds them by hand.
            return match cx.global(h).and_then(|(m, n)| of_class(m, n)) {
                Some(d) => Ok((d.clone(), d.has_objects(), None)),
                None => Err(format!("{} is no dtype", repr(cx, h, 60))),
            };
        };
        let code = p.code.ok_or("numpy.dtype is called without a type code")?;
        if p.state.is_some() && p.version.is_none() {
            self.note(p.state.unwrap_or(h), "NumPy refuses this state: its length and version do not go together");
        }
        let order = p.order.and_then(|o| cx.name(o));
        let order = match order.as_deref() {
            None | Some("=") => ByteOrder::Little,
            Some(o @ ("<" | ">" | "|")) => ByteOrder::from_char(o.chars().next().unwrap_or('<')),
            Some(other) => {
                let other = one_line(other, 20);
                self.note(
                    p.order.unwrap_or(h),
                    format!("{other:?} is no byte order; NumPy takes it as the machine's own"),
                );
                ByteOrder::Little
            }
        };
        let size = p.item_size.and_then(|s| cx.int(s));
        let flags = p.flags.and_then(|f| cx.int(f)).unwrap_or(0);
        let names = self.names(&p)?;
        if let Some(names) = names {
            let (dtype, list) = self.structure(&p, names, size, flags)?;
            return Ok((dtype, list || flags & LIST_PICKLE != 0, None));
        }
        if let Some(sub) = p.subdtype.filter(|s| !cx.is_none(*s)) {
            let Some([base, shape]) = cx.exactly::<2>(sub) else {
                return Err("a subarray is told as (dtype, shape), and this is not".to_owned());
            };
            let (base, list, name) = self.read(base)?;
            let shape = shape_of(cx, shape)?;
            let dtype = DType::subarray(base, shape).map_err(|e| e.0)?;
            return Ok((dtype, list, name));
        }
        if let Some((module, class)) = cx.global(code) {
            return self.class(h, module, class, size, flags);
        }
        let Some(code_text) = cx.name(code) else { return Err(format!("{} is no type code", repr(cx, code, 60))) };
        let mut dtype = simple(&code_text, order, size)?;
        if let Kind::Datetime(_) | Kind::Timedelta(_) = dtype.kind {
            let tick = self.tick(&p)?;
            dtype.kind =
                if matches!(dtype.kind, Kind::Datetime(_)) { Kind::Datetime(tick) } else { Kind::Timedelta(tick) };
        }
        let list = dtype.has_objects() || flags & LIST_PICKLE != 0;
        Ok((dtype, list, None))
    }

    /// The names of a structured type, in order.
    fn names(&mut self, p: &Parts) -> Result<Option<Vec<(Handle, String)>>, String> {
        let cx = self.cx;
        let list = match p.names {
            Some(names) if !cx.is_none(names) => names,
            Some(_) => return Ok(None),
            // Versions 0 and 1 keep the order under the key -1.
            None => {
                let Some(fields) = p.fields.and_then(|f| cx.dict(f)) else { return Ok(None) };
                let pairs = cx.stream.graph.pairs(fields).take(limits::FIELDS.saturating_mul(3));
                match pairs.into_iter().find(|(k, _)| cx.int(*k) == Some(-1)) {
                    Some((_, v)) => v,
                    None => return Ok(None),
                }
            }
        };
        let Some(items) = cx.sequence(list) else { return Err("the field names are no tuple".to_owned()) };
        if items.len() > limits::FIELDS as u64 {
            return Err(format!("{}, more than {}", counted(items.len(), "field"), limits::FIELDS));
        }
        let mut out = Vec::new();
        for h in cx.stream.graph.items(items) {
            let Some(name) = cx.name(h) else { return Err(format!("{} is no field's name", repr(cx, h, 60))) };
            out.push((h, name));
        }
        Ok(if out.is_empty() && p.fields.is_none_or(|f| cx.is_none(f)) { None } else { Some(out) })
    }

    fn structure(
        &mut self,
        p: &Parts,
        names: Vec<(Handle, String)>,
        size: Option<i64>,
        flags: i64,
    ) -> Result<(DType, bool), String> {
        let cx = self.cx;
        let Some(dict) = p.fields.and_then(|f| cx.dict(f)) else {
            return Err("there are field names, but no dict of fields".to_owned());
        };
        let pairs = cx.stream.graph.pairs(dict).take(limits::FIELDS.saturating_mul(3));
        let by_name: HashMap<String, Handle> = pairs.filter_map(|(k, v)| Some((cx.name(k)?, v))).collect();
        let mut fields = Vec::with_capacity(names.len());
        let mut list = false;
        for (at, name) in names {
            let shown = one_line(&name, 60);
            let Some(entry) = by_name.get(&name).copied() else {
                return Err(format!("the field {shown:?} is named, but not told"));
            };
            let items = cx.sequence(entry).filter(|i| (2..=3).contains(&i.len()));
            let Some(items) = items else {
                return Err(format!("the field {shown:?} is told as (dtype, offset), and this is not"));
            };
            let (Some(dtype), Some(offset_at)) = (cx.item(items, 0), cx.item(items, 1)) else {
                return Err("a field is incomplete".to_owned());
            };
            let (dtype, of_list, _) = self.read(dtype).map_err(|e| format!("field {shown:?}: {e}"))?;
            let Some(offset) = cx.size(offset_at) else {
                return Err(format!("the field {shown:?} stands at {}", repr(cx, offset_at, 40)));
            };
            list |= of_list;
            let title = cx.item(items, 2).filter(|t| !cx.is_none(*t)).map(|t| {
                cx.name(t).unwrap_or_else(|| {
                    // A title may be any object.
                    repr(cx, t, 60)
                })
            });
            let _ = at;
            fields.push(Field { name, title, dtype, offset });
        }
        let reach = fields.iter().map(|f| f.offset.saturating_add(f.dtype.item_size)).max().unwrap_or(0);
        let size = match size {
            Some(n) if n >= 0 => n.unsigned_abs(),
            _ => {
                self.note(
                    p.item_size.or(p.state).unwrap_or(dict_handle(p)),
                    "the item size of a record must be told; taken from its fields",
                );
                reach
            }
        };
        let align = p.alignment.and_then(|a| cx.size(a)).unwrap_or(1);
        let dtype = DType::structure(fields, size, flags & ALIGNED != 0, align.max(1)).map_err(|e| e.0)?;
        Ok((dtype, list))
    }

    /// A dtype whose code is a class: `numpy.record` without fields, a user's dtype, a scalar class.
    fn class(&mut self, h: Handle, module: &str, class: &str, size: Option<i64>, flags: i64) -> Result<Read, String> {
        if module == "ml_dtypes" || module.starts_with("ml_dtypes.") {
            if let Some(d) = DType::from_ml_dtypes(class) {
                return Ok((d, false, Some(class.to_owned())));
            }
        }
        if let Some(d) = of_class(module, class) {
            let list = d.has_objects();
            return Ok((d, list, None));
        }
        let Some(size) = size.and_then(|n| u64::try_from(n).ok()) else {
            return Err(format!("the type {module}.{class} is not known here, and its size is not told"));
        };
        let shown = one_line(&format!("{module}.{class}"), 80);
        if !(is_numpy(module) && matches!(class, "record" | "void")) {
            self.note(h, format!("{shown} is a type of its own library: shown as {}", counted(size, "opaque byte")));
        }
        let void = DType::from_code('V', size, ByteOrder::NotApplicable).map_err(|e| e.0)?;
        let name = (!is_numpy(module)).then(|| class.rsplit('.').next().unwrap_or(class).to_owned());
        Ok((void, flags & LIST_PICKLE != 0, name))
    }

    /// The unit of a time: `(metadata, (unit, num, den, event))`.
    fn tick(&mut self, p: &Parts) -> Result<Tick, String> {
        let cx = self.cx;
        let Some(meta) = p.metadata else {
            if let Some(state) = p.state {
                self.note(state, "a time without its unit: NumPy 1.11 to 2.0 take it as generic, 2.5 crashes");
            }
            return Ok(Tick::GENERIC);
        };
        let Some([_, data]) = cx.exactly::<2>(meta) else {
            return Err("a time's metadata is told as (dict, unit), and this is not".to_owned());
        };
        let items = cx.sequence(data).filter(|i| i.len() >= 2);
        let Some(items) = items else {
            return Err("a time's unit is told as (unit, number, divisor, event)".to_owned());
        };
        if items.len() == 3 {
            self.note(data, "a unit of three parts: NumPy 2.5 refuses it");
        }
        let unit_text = cx.item(items, 0).and_then(|u| cx.name(u)).unwrap_or_default();
        let Some(unit) = Unit::from_name(&unit_text) else {
            return Err(format!("{:?} is no unit of time", one_line(&unit_text, 20)));
        };
        let number = |i| cx.item(items, i).map_or(Some(1), |n| cx.int(n)).and_then(|n| u32::try_from(n).ok());
        let (Some(num), Some(den)) = (number(1), number(2)) else {
            return Err("the multiple of the unit of time makes no sense".to_owned());
        };
        if cx.item(items, 3).and_then(|e| cx.int(e)).is_some_and(|e| e != 1) {
            self.note(data, "the event number is ignored since NumPy 1.7");
        }
        Tick::divided(unit, num, den).map_err(|e| e.0)
    }
}

fn dict_handle(p: &Parts) -> Handle {
    p.fields.or(p.code).unwrap_or(Handle::op(crate::ops::OpIndex(0)))
}

/// `f8`, `U5`, `<i4`: with the byte order and the size of the state, where they count.
fn simple(code: &str, order: ByteOrder, size: Option<i64>) -> Result<DType, String> {
    let bad = || format!("{:?} is no type code of NumPy's", one_line(code, 40));
    let (order, code) = match code.chars().next() {
        Some(c @ ('<' | '>' | '|' | '=')) => (ByteOrder::from_char(c), code.get(1..).unwrap_or("")),
        _ => (order, code),
    };
    let letter = code.chars().next().ok_or("an empty type code")?;
    let digits = code.get(letter.len_utf8()..).unwrap_or("");
    // -1 stands for "the code says".
    let told = size.filter(|n| *n != -1);
    if let Some(n) = told.filter(|n| *n < 0) {
        return Err(format!("an item size of {n}"));
    }
    let told = told.map(i64::unsigned_abs);
    if matches!(letter, 'S' | 'U' | 'V' | 'a') && (digits.is_empty() || digits.bytes().all(|b| b.is_ascii_digit())) {
        let unit = if letter == 'U' { 4 } else { 1 };
        let n = match told {
            Some(bytes) if bytes % unit == 0 => bytes / unit,
            Some(bytes) => return Err(format!("a U type of {bytes} bytes, which is no multiple of 4")),
            None if digits.is_empty() => 0,
            None => digits.parse().map_err(|_| bad())?,
        };
        return DType::from_code(letter, n, order).map_err(|e| e.0);
    }
    if letter == 'O' && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(DType::object());
    }
    if let Ok(n) = digits.parse::<u64>() {
        return DType::from_code(letter, n, order).map_err(|e| e.0);
    }
    // `numpy.dtype('float64')`, `'d'`, `'M8[ns]'`: nobody pickles them so, but it loads.
    let named = match code {
        "?" | "bool" | "bool_" | "bool8" => DType::bool(),
        "b" | "int8" => DType::int(1),
        "B" | "uint8" => DType::uint(1),
        "h" | "int16" => DType::int(2),
        "H" | "uint16" => DType::uint(2),
        "i" | "int32" => DType::int(4),
        "I" | "uint32" => DType::uint(4),
        "l" | "q" | "p" | "int" | "int64" | "intp" => DType::int(8),
        "L" | "Q" | "P" | "uint" | "uint64" | "uintp" => DType::uint(8),
        "e" | "float16" => DType::float(2),
        "f" | "float32" => DType::float(4),
        "d" | "float" | "float64" => DType::float(8),
        "g" | "longdouble" | "float128" => return DType::from_code('f', 16, order).map_err(|e| e.0),
        "F" | "complex64" => DType::complex(4),
        "D" | "complex" | "complex128" => DType::complex(8),
        "object" => DType::object(),
        _ => return DType::parse(code).map_err(|_| bad()),
    };
    Ok(named.with_order(order))
}

/// NumPy takes the text for a dtype.
pub(in crate::interpret) fn is_code(code: &str) -> bool {
    simple(code, ByteOrder::Little, None).is_ok()
}

/// The dtype that a class stands for.
pub(in crate::interpret) fn of_class(module: &str, name: &str) -> Option<DType> {
    if module == "builtins" {
        return Some(match name {
            "bool" => DType::bool(),
            "int" => DType::int(8),
            "float" => DType::float(8),
            "complex" => DType::complex(8),
            "object" => DType::object(),
            _ => return None,
        });
    }
    if !is_numpy(module) {
        return None;
    }
    let class = name.strip_suffix("DType").unwrap_or(name);
    Some(match class {
        "bool_" | "bool" | "Bool" => DType::bool(),
        "int8" | "Int8" => DType::int(1),
        "uint8" | "UInt8" => DType::uint(1),
        "int16" | "Int16" => DType::int(2),
        "uint16" | "UInt16" => DType::uint(2),
        "int32" | "Int32" => DType::int(4),
        "uint32" | "UInt32" => DType::uint(4),
        "int64" | "Int64" => DType::int(8),
        "uint64" | "UInt64" => DType::uint(8),
        "float16" | "Float16" => DType::float(2),
        "float32" | "Float32" => DType::float(4),
        "float64" | "Float64" => DType::float(8),
        "complex64" | "Complex64" => DType::complex(4),
        "complex128" | "Complex128" => DType::complex(8),
        "object_" | "Object" => DType::object(),
        _ => return None,
    })
}

/// `StringDType(coerce=False, na_object=None)` as a report writes it.
fn string_dtype(cx: &Cx<'_>, h: Handle) -> Option<String> {
    let (call, module, name) = cx.named_call(h)?;
    if !is_numpy(module) || !matches!(name, "_convert_to_stringdtype_kwargs" | "StringDType") {
        return None;
    }
    let mut options = Vec::new();
    if cx.arg(call, 0).and_then(|c| cx.truth(c)) == Some(false) {
        options.push("coerce=False".to_owned());
    }
    if let Some(na) = cx.arg(call, 1) {
        let text = match cx.global(na) {
            Some((_, name)) => name.to_owned(),
            None => repr(cx, na, 60),
        };
        options.push(format!("na_object={text}"));
    }
    Some(format!("StringDType({})", options.join(", ")))
}

/// A shape: a tuple of sizes, or a single one.
pub(in crate::interpret) fn shape_of(cx: &Cx<'_>, h: Handle) -> Result<Vec<u64>, String> {
    let one = |h: Handle| match cx.int(h) {
        Some(n) => u64::try_from(n).map_err(|_| format!("a size of {n}")),
        None => Err(format!("{} is no size", repr(cx, h, 40))),
    };
    let Some(items) = cx.sequence(h) else { return one(h).map(|n| vec![n]) };
    if items.len() > limits::AXES as u64 {
        return Err(format!(
            "{}, more than NumPy's {}",
            counted(items.len(), "axis").replace("axiss", "axes"),
            limits::AXES
        ));
    }
    cx.stream.graph.items(items).map(one).collect()
}

/// `numpy.dtype`'s own repr: `dtype('float64')`, `dtype('>f8')`, `dtype([('a', '<i4')])`.
pub fn dtype_repr(d: &DTypeRead) -> String {
    if let Some(name) = &d.name {
        return if name.contains('(') { name.clone() } else { format!("dtype({name})") };
    }
    match &d.dtype.kind {
        Kind::Struct(_) => match d.dtype.descr() {
            Some(descr) => format!("dtype({})", descr.to_python()),
            None => format!(
                "dtype({{{}}})",
                d.dtype.fields().iter().map(|f| format!("'{}': …", f.name)).collect::<Vec<_>>().join(", ")
            ),
        },
        Kind::Sub(s) => format!("dtype(('{}', {}))", s.base.numpy_str(), crate::tensor::tuple(&s.shape)),
        Kind::Bool | Kind::Int | Kind::UInt | Kind::Float | Kind::Complex if d.dtype.order != ByteOrder::Big => {
            format!("dtype('{}')", d.dtype.name())
        }
        Kind::Bytes | Kind::Void => format!("dtype('{}')", d.dtype.numpy_str().trim_start_matches('|')),
        Kind::Object => "dtype('O')".to_owned(),
        _ => format!("dtype('{}')", d.dtype.numpy_str()),
    }
}

/// The element type in words, for sentences: `float64, little-endian`.
pub(in crate::interpret) fn words(d: &DTypeRead) -> String {
    let name = d.name.clone().unwrap_or_else(|| d.dtype.plural());
    match d.dtype.order {
        ByteOrder::NotApplicable => name,
        order => format!("{name}, {}", order.words()),
    }
}

/// Reads dtypes that stand on their own.
pub(in crate::interpret) struct DTypeReader;

impl Reader for DTypeReader {
    fn name(&self) -> &'static str {
        "numpy.dtype"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        if matches!(cx.node(h), Some(Node::Global { .. })) || parts(cx, h).is_none() && string_dtype(cx, h).is_none() {
            return None;
        }
        let span = cx.span(h);
        let mut m = Meaning::blank("numpy.dtype", "numpy.dtype".to_owned(), Body::Scalar);
        match read(cx, h) {
            Ok(d) => {
                m.short = one_line(&dtype_repr(&d), SHORT);
                m.sentence = format!(
                    "A NumPy data type, what one element of an array is: {}, {}.",
                    words(&d),
                    counted(d.dtype.item_size, "byte")
                );
                m.notes =
                    d.notes.into_iter().map(|(at, text)| Diagnostic::warning("dtype", cx.span(at), text)).collect();
            }
            Err(why) => {
                m.short = "dtype(?)".to_owned();
                m.sentence = "A NumPy data type that makes no sense.".to_owned();
                m.body = Body::Object;
                m.notes.push(Diagnostic::error("dtype", span, format!("No array can have this dtype: {why}.")));
            }
        }
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<crate::interpret::Piece>> {
        if matches!(cx.node(h), Some(Node::Global { .. })) {
            return None;
        }
        parts(cx, h)?;
        Some(vec![crate::interpret::Piece::Text(dtype_repr(&read(cx, h).ok()?))])
    }
}
