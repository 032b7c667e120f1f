//! One-dimensional values of pandas: plain arrays, and its extension arrays over them (nullable, dates with zone,
//! categories, periods, intervals, sparse, text). What cannot be had is left out; nothing is guessed.

use super::{Cell, index, is_pandas, text_of};
use crate::interpret::array_array::pack;
use crate::interpret::handle_from_bits;
use crate::interpret::joblib::JoblibReader;
use crate::interpret::numpy::{array, dtype};
use crate::interpret::types::{ArrayMeaning, Body, Cx, Reader};
use crate::interpret::{counted, one_line};
use crate::machine::Handle;
use crate::source::limits;
use crate::tensor::{Array, ByteOrder, DType, Data, Kind, Scalar, Tick, Unit};

/// A column's worth of values.
pub(super) struct Vector {
    /// pandas' name of the type.
    pub dtype: String,
    /// The elements.
    pub values: Option<ArrayMeaning>,
    /// What the elements number.
    pub categories: Option<ArrayMeaning>,
    /// Start and step of a range.
    pub range: Option<(i64, i64)>,
    /// Number of elements.
    pub len: u64,
    /// What holds them.
    pub handle: Handle,
}

impl Vector {
    pub(super) fn of(dtype: String, values: ArrayMeaning, handle: Handle) -> Self {
        let len = values.array.shape().first().copied().unwrap_or(0);
        Self { dtype, values: Some(values), categories: None, range: None, len, handle }
    }

    /// Element `i` as text for a label.
    pub(super) fn text(&self, cx: &Cx<'_>, i: u64) -> String {
        if let Some((start, step)) = self.range {
            let value = i64::try_from(i).ok().and_then(|i| step.checked_mul(i)?.checked_add(start));
            return value.map(|v| v.to_string()).unwrap_or_default();
        }
        let cell = self.values.as_ref().map_or(Cell::Missing, |v| element(v, i));
        let cell = match (&self.categories, cell) {
            (Some(c), Cell::Value(Scalar::Int(i))) => u64::try_from(i).map_or(Cell::Missing, |i| element(c, i)),
            (_, cell) => cell,
        };
        match cell {
            Cell::Missing => String::new(),
            Cell::Value(v) => v.text(),
            Cell::Object(h) => label(cx, h),
        }
    }
}

/// A label that is a Python object, as text.
pub(super) fn label(cx: &Cx<'_>, h: Handle) -> String {
    text_of(cx, h)
}

/// Element `i` of a one-dimensional array.
pub(super) fn element(a: &ArrayMeaning, i: u64) -> Cell {
    if a.array.ndim() != 1 {
        return Cell::Missing;
    }
    match a.array.value(&[i]) {
        Scalar::Missing | Scalar::Masked => Cell::Missing,
        Scalar::Object(bits) | Scalar::Text(bits) => handle_from_bits(bits).map_or(Cell::Missing, Cell::Object),
        v => Cell::Value(v),
    }
}

/// The NumPy array that a value is.
fn ndarray(cx: &Cx<'_>, h: Handle) -> Option<ArrayMeaning> {
    if let Some(p) = array::parts(cx, h) {
        return array::read(cx, &p).ok().map(|r| r.array);
    }
    // joblib's notes stand for arrays too.
    match JoblibReader.read(cx, h)?.body {
        Body::Array(a) => Some(*a),
        _ => None,
    }
}

/// The columns of a block: the rows of a two-dimensional array, or a single vector.
pub(super) fn columns(cx: &Cx<'_>, values: Handle, wanted: u64) -> Vec<Vector> {
    let Some(v) = any(cx, values) else { return Vec::new() };
    let Some(a) = &v.values else { return vec![v] };
    if a.array.ndim() != 2 {
        return vec![v];
    }
    let n = a.array.shape().first().copied().unwrap_or(0).min(limits::FRAME_COLUMNS as u64).min(wanted.max(1));
    (0..n)
        .filter_map(|i| {
            Some(Vector {
                values: Some(row(a, i)?),
                len: a.array.shape().get(1).copied()?,
                dtype: v.dtype.clone(),
                categories: v.categories.clone(),
                range: None,
                handle: v.handle,
            })
        })
        .collect()
}

/// Row `i` of a block.
fn row(a: &ArrayMeaning, i: u64) -> Option<ArrayMeaning> {
    let array = a.array.slice(0, i).ok()?;
    let raw = array.file_span().filter(|_| a.outside.is_none());
    Some(ArrayMeaning { complete: array.is_complete(), raw, array, objects: None, order: 'C', ..a.clone() })
}

/// A one-dimensional vector.
pub(super) fn vector(cx: &Cx<'_>, h: Handle) -> Option<Vector> {
    let v = any(cx, h)?;
    match &v.values {
        Some(a) if a.array.ndim() == 2 && a.array.shape().first() == Some(&1) => {
            let len = a.array.shape().get(1).copied()?;
            Some(Vector { values: Some(row(a, 0)?), len, ..v })
        }
        _ => Some(v),
    }
}

fn any(cx: &Cx<'_>, h: Handle) -> Option<Vector> {
    let cx = &cx.deeper()?;
    if let Some((v, _)) = extension(cx, h) {
        return Some(v);
    }
    if index::class(cx, h).is_some() {
        return index::levels(cx, h).into_iter().next().map(|(_, v)| v);
    }
    let a = ndarray(cx, h)?;
    Some(Vector::of(numpy_name(&a), a, h))
}

/// The name that pandas gives a NumPy type.
pub(super) fn numpy_name(a: &ArrayMeaning) -> String {
    a.dtype_name.clone().unwrap_or_else(|| a.array.dtype.name())
}

/// One of pandas' own arrays, and its class.
pub(super) fn extension(cx: &Cx<'_>, h: Handle) -> Option<(Vector, String)> {
    let (call, module, name) = cx.named_call(h)?;
    if !is_pandas(module) {
        return None;
    }
    if name == "__pyx_unpickle_NDArrayBacked" {
        let (_, class) = cx.global(cx.arg(call, 0)?)?;
        let state = cx.state(h).or_else(|| cx.arg(call, 2))?;
        let items = cx.tuple(state)?;
        let mut dtype = None;
        let mut data = None;
        for part in (0..items.len().min(4)).filter_map(|i| cx.item(items, i)) {
            if array::parts(cx, part).is_some() {
                data = Some(part);
            } else if cx.dict(part).is_none() && dtype.is_none() {
                dtype = Some(part);
            }
        }
        return backed(cx, h, class, data?, dtype).map(|v| (v, class.to_owned()));
    }
    let attr = |n: &str| cx.attr(h, n);
    let own = || attr("_dtype").or_else(|| attr("_cache").and_then(|c| cx.entry(c, "dtype")));
    let v = match name {
        "IntegerArray" | "FloatingArray" | "BooleanArray" => masked(cx, h, attr("_data")?, attr("_mask")?)?,
        "Categorical" => {
            let codes = attr("_codes").or_else(|| attr("_ndarray")).or_else(|| attr("labels"))?;
            let categories = attr("_categories").or_else(|| attr("_levels"));
            categorical(cx, h, codes, own(), categories)?
        }
        "DatetimeArray" | "TimedeltaArray" | "PeriodArray" | "StringArray" | "PandasArray" | "NumpyExtensionArray" => {
            let data = attr("_ndarray").or_else(|| attr("_data"))?;
            backed(cx, h, name, data, own())?
        }
        "SparseArray" => sparse(cx, h, attr("_sparse_values")?, attr("_sparse_index")?, own())?,
        "IntervalArray" => {
            let closed = attr("_closed").or_else(|| attr("closed")).and_then(|c| cx.name(c));
            intervals(cx, h, attr("_left")?, attr("_right")?, closed.as_deref())?
        }
        _ => return None,
    };
    Some((v, name.to_owned()))
}

/// An array class over one ndarray.
fn backed(cx: &Cx<'_>, h: Handle, class: &str, data: Handle, dtype: Option<Handle>) -> Option<Vector> {
    match class {
        "Categorical" => return categorical(cx, h, data, dtype, None),
        "PeriodArray" => return periods(cx, h, data, dtype),
        _ => {}
    }
    let mut a = ndarray(cx, data)?;
    let mut name = numpy_name(&a);
    match class {
        "StringArray" | "StringArrayNumpySemantics" => "str".clone_into(&mut name),
        "DatetimeArray" => {
            let zoned = dtype.filter(|d| dtype::parts(cx, *d).is_none());
            let tz = zoned.and_then(|d| tz_of(cx, d));
            if let Some((unit, tz)) = tz {
                name = format!("datetime64[{unit}, {tz}]");
            }
            if a.array.dtype.kind == Kind::Int {
                a.array.dtype.kind = Kind::Datetime(Tick { unit: Unit::Nano, num: 1 });
            }
        }
        _ => {}
    }
    Some(Vector::of(name, a, h))
}

/// Unit and zone of a `DatetimeTZDtype`.
fn tz_of(cx: &Cx<'_>, h: Handle) -> Option<(String, String)> {
    let unit = cx.attr(h, "unit").or_else(|| cx.attr(h, "_unit"));
    let tz = cx.attr(h, "tz").or_else(|| cx.attr(h, "_tz"));
    let (unit, tz) = match (unit, tz) {
        (Some(u), Some(t)) => (u, t),
        _ => {
            let call = cx.call(h)?;
            (cx.arg(call, 0)?, cx.arg(call, 1)?)
        }
    };
    Some((cx.name(unit).unwrap_or_else(|| "ns".to_owned()), zone(cx, tz)))
}

/// The name of a time zone.
pub(super) fn zone(cx: &Cx<'_>, h: Handle) -> String {
    if let Some((_, name)) = cx.global(h) {
        return name.trim_start_matches('_').to_owned();
    }
    let Some((call, module, name)) = cx.named_call(h) else { return one_line(&text_of(cx, h), 60) };
    match (module, name) {
        ("pytz", "_UTC") => "UTC".to_owned(),
        ("datetime", "timezone") => {
            let text = text_of(cx, h);
            if text == "datetime.timezone.utc" { "UTC".to_owned() } else { one_line(&text, 60) }
        }
        _ => cx.arg(call, 0).and_then(|k| cx.name(k)).unwrap_or_else(|| one_line(&text_of(cx, h), 60)),
    }
}

/// Values with a mask of their own.
fn masked(cx: &Cx<'_>, h: Handle, data: Handle, mask: Handle) -> Option<Vector> {
    let mut a = ndarray(cx, data)?;
    let mask = ndarray(cx, mask)?;
    let name = numpy_name(&a);
    // pandas writes its nullable types with a capital.
    let name = match name.as_str() {
        "bool" => "boolean".to_owned(),
        n if n.starts_with("uint") => format!("UInt{}", n.trim_start_matches("uint")),
        n if n.starts_with("int") => format!("Int{}", n.trim_start_matches("int")),
        n if n.starts_with("float") => format!("Float{}", n.trim_start_matches("float")),
        n => n.to_owned(),
    };
    a.array = a.array.clone().with_mask(mask.array).unwrap_or(a.array);
    Some(Vector::of(name, a, h))
}

fn categorical(
    cx: &Cx<'_>,
    h: Handle,
    codes: Handle,
    dtype: Option<Handle>,
    categories: Option<Handle>,
) -> Option<Vector> {
    let codes = ndarray(cx, codes)?;
    let told = categories.or_else(|| {
        let d = dtype?;
        cx.attr(d, "categories").or_else(|| cx.attr(d, "_categories")).or_else(|| cx.arg(cx.call(d)?, 0))
    });
    let categories = told.and_then(|c| {
        let v = index::levels(cx, c).into_iter().next().map(|(_, v)| v).or_else(|| vector(cx, c))?;
        v.values.or_else(|| range_values(v.range, v.len))
    });
    let len = codes.array.shape().first().copied().unwrap_or(0);
    Some(Vector { dtype: "category".to_owned(), values: Some(codes), categories, range: None, len, handle: h })
}

/// A short range as an array.
pub(super) fn range_values(range: Option<(i64, i64)>, len: u64) -> Option<ArrayMeaning> {
    let (start, step) = range?;
    if len > limits::GATHERED {
        return None;
    }
    let mut bytes = Vec::new();
    for i in 0..len {
        let v = i64::try_from(i).ok().and_then(|i| step.checked_mul(i)?.checked_add(start))?;
        bytes.extend(v.to_le_bytes());
    }
    Array::new_c(DType::int(8), &[len], Data::memory(bytes)).ok().map(|a| ArrayMeaning::of(a, 'C'))
}

/// Periods: ordinals counted in their frequency, most of which NumPy has as a unit of time.
fn periods(cx: &Cx<'_>, h: Handle, data: Handle, dtype: Option<Handle>) -> Option<Vector> {
    let mut a = ndarray(cx, data)?;
    let frequency = dtype.and_then(|d| {
        let told = cx.call(d).and_then(|c| cx.arg(c, 0)).and_then(|n| cx.name(n));
        told.or_else(|| {
            let freq = cx.attr(d, "_freq").or_else(|| cx.attr(d, "freq"))?;
            cx.class_of(freq).and_then(|c| cx.global(c)).map(|(_, n)| n.to_owned())
        })
    });
    let frequency = frequency.or_else(|| {
        let freq = cx.attr(h, "_freq").or_else(|| cx.attr(h, "freq"))?;
        cx.class_of(freq).and_then(|c| cx.global(c)).map(|(_, n)| n.to_owned())
    });
    let name = frequency.unwrap_or_default();
    let short = name.trim_start_matches("period[").trim_start_matches("Period[").trim_end_matches(']');
    let unit = match short {
        "M" | "ME" | "MonthEnd" => Some(Unit::Month),
        "D" | "Day" => Some(Unit::Day),
        "Y" | "A" | "A-DEC" | "Y-DEC" | "YE-DEC" | "YearEnd" => Some(Unit::Year),
        "H" | "h" | "Hour" => Some(Unit::Hour),
        "T" | "min" | "Minute" => Some(Unit::Minute),
        "S" | "s" | "Second" => Some(Unit::Second),
        "L" | "ms" | "Milli" => Some(Unit::Milli),
        "U" | "us" | "Micro" => Some(Unit::Micro),
        "N" | "ns" | "Nano" => Some(Unit::Nano),
        _ => None,
    };
    if let Some(unit) = unit.filter(|_| a.array.dtype.kind == Kind::Int && a.array.dtype.item_size == 8) {
        a.array.dtype.kind = Kind::Datetime(Tick { unit, num: 1 });
        a.dtype_name = None;
    }
    let dtype = if short.is_empty() { "period".to_owned() } else { format!("period[{}]", one_line(short, 20)) };
    Some(Vector::of(dtype, a, h))
}

/// Intervals as text: `(0, 4]`.
pub(super) fn intervals(cx: &Cx<'_>, h: Handle, left: Handle, right: Handle, closed: Option<&str>) -> Option<Vector> {
    let (left, right) = (vector(cx, left)?, vector(cx, right)?);
    let (open, close) = match closed {
        Some("left") => ('[', ')'),
        Some("both") => ('[', ']'),
        Some("neither") => ('(', ')'),
        _ => ('(', ']'),
    };
    let n = left.len.min(right.len).min(limits::QUICK);
    let texts: Vec<String> =
        (0..n).map(|i| format!("{open}{}, {}{close}", left.text(cx, i), right.text(cx, i))).collect();
    let len = left.len.min(right.len);
    let dtype = format!("interval[{}]", left.dtype);
    Some(Vector { dtype, values: texts_array(&texts), categories: None, range: None, len, handle: h })
}

fn texts_array(texts: &[String]) -> Option<ArrayMeaning> {
    let longest = texts.iter().map(|t| t.chars().count()).max().unwrap_or(0).max(1);
    let mut bytes = Vec::new();
    for t in texts {
        let end = bytes.len() + longest * 4;
        bytes.extend(t.chars().flat_map(|c| u32::from(c).to_le_bytes()));
        bytes.resize(end, 0);
    }
    let dtype = DType::from_code('U', longest as u64, ByteOrder::Little).ok()?;
    Array::new_c(dtype, &[texts.len() as u64], Data::memory(bytes)).ok().map(|a| ArrayMeaning::of(a, 'C'))
}

/// Sparse values spread out over their length.
fn sparse(cx: &Cx<'_>, h: Handle, values: Handle, at: Handle, dtype: Option<Handle>) -> Option<Vector> {
    let values = ndarray(cx, values)?;
    let call = cx.call(at)?;
    let len = cx.size(cx.arg(call, 0)?)?;
    let (_, class) = cx.global(call.callable)?;
    let mut places = Vec::new();
    let number = |a: &ArrayMeaning, i: u64| match a.array.value(&[i]) {
        Scalar::Int(n) => u64::try_from(n).ok(),
        Scalar::UInt(n) => Some(n),
        _ => None,
    };
    let stored = values.array.len();
    let first = ndarray(cx, cx.arg(call, 1)?)?;
    if class == "BlockIndex" {
        let lengths = ndarray(cx, cx.arg(call, 2)?)?;
        for i in 0..first.array.len() {
            let (start, n) = (number(&first, i)?, number(&lengths, i)?);
            if (places.len() as u64).saturating_add(n) > stored {
                return None;
            }
            places.extend(start..start.checked_add(n)?);
        }
    } else {
        places.extend((0..first.array.len().min(stored)).filter_map(|i| number(&first, i)));
    }
    let item = values.array.dtype.item_size;
    let name = format!("Sparse[{}]", numpy_name(&values));
    if len.checked_mul(item)? > limits::GATHERED {
        let dtype = format!("{name}, {} stored", counted(stored, "value"));
        return Some(Vector { dtype, values: None, categories: None, range: None, len, handle: h });
    }
    let fill = dtype.and_then(|d| cx.attr(d, "_fill_value").or_else(|| cx.arg(cx.call(d)?, 1)));
    let fill = fill.and_then(|f| pack(cx, &values.array.dtype, f, cx.value(f)));
    let width = usize::try_from(item).ok()?;
    let one: Vec<u8> = fill.and_then(|(b, n)| b.get(..n).map(<[u8]>::to_vec)).unwrap_or_else(|| vec![0; width]);
    let mut bytes = one.repeat(usize::try_from(len).ok()?);
    for (i, place) in (0..).zip(places) {
        let start = usize::try_from(place.checked_mul(item)?).ok()?;
        if let (Some(raw), Some(to)) = (values.array.raw(&[i]), bytes.get_mut(start..start.checked_add(width)?)) {
            to.copy_from_slice(raw.get(..width)?);
        }
    }
    let array = Array::new_c(values.array.dtype.clone(), &[len], Data::memory(bytes)).ok()?;
    Some(Vector::of(name, ArrayMeaning::of(array, 'C'), h))
}
