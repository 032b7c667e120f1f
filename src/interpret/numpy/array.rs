//! Arrays: `_reconstruct` and the state that BUILD gives (forms A and A0), `_frombuffer` (form B), dill's
//! `_create_array`, and what is left of one in a file that was cut. Also masked ones, whose state is longer.

use super::cut::{self, Rest};
use super::dtype::{self, DTypeRead};
use super::{is_numpy, masked};
use crate::interpret::look::qualify;
use crate::interpret::payload::{Payload, Taken};
use crate::interpret::types::{ArrayMeaning, Body, Cx, Meaning, Options, Part, Piece, Reader};
use crate::interpret::{counted, grouped, handle_bits, one_line, repr};
use crate::machine::{CallKind, Handle};
use crate::source::{Diagnostic, Span, limits};
use crate::tensor::{Array, ByteOrder, DType, Data, Kind, LongDouble, tuple};

/// How an array is pickled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `_reconstruct`, then BUILD with version, shape, dtype, order, data.
    State,
    /// The same without a version: state version 0.
    Unversioned,
    /// `_mareconstruct`, whose state has mask and fill value too.
    Masked,
    /// `_frombuffer(buffer, dtype, shape, order[, axes])`: protocol 5.
    Buffer,
    /// dill's `_create_array(_reconstruct, args, state, attributes)`.
    Dill,
    /// The file was cut before BUILD: the state's parts lie on the stack.
    Cut,
}

/// The pieces of an array, each where it is there.
#[derive(Clone, Debug)]
pub struct Parts {
    /// How it is pickled.
    pub form: Form,
    /// The class that is made: ndarray or a subclass.
    pub class: Option<Handle>,
    /// What `_reconstruct` is called with: class, placeholder shape, placeholder dtype.
    pub args: Option<Handle>,
    /// The state tuple.
    pub state: Option<Handle>,
    /// The state's version.
    pub version: Option<Handle>,
    /// The shape.
    pub shape: Handle,
    /// The dtype.
    pub dtype: Handle,
    /// `is_fortran`, or the order letter of form B.
    pub order: Option<Handle>,
    /// The raw data, or the list of objects.
    pub data: Option<Handle>,
    /// What there is of raw data whose opcode was cut.
    pub rest: Option<Rest>,
    /// Form B: the permutation of the axes (order K).
    pub axes: Option<Handle>,
    /// The mask's bytes.
    pub mask: Option<Handle>,
    /// The fill value of a masked array.
    pub fill_value: Option<Handle>,
}

/// The names under which the function that makes an empty array was pickled.
pub fn is_reconstruct(cx: &Cx<'_>, h: Handle) -> bool {
    cx.global(h).is_some_and(|(m, n)| n == "_reconstruct" && is_numpy(m))
}

/// The pieces of an array; `None` when it is none.
pub fn parts(cx: &Cx<'_>, h: Handle) -> Option<Parts> {
    let (call, module, name) = cx.named_call(h)?;
    if call.kind != CallKind::Reduce {
        return None;
    }
    let args = cx.args(call);
    let arg = |i| cx.item(args, i);
    match name {
        "_reconstruct" | "_mareconstruct" if is_numpy(module) => {
            let Some(state) = cx.state(h) else { return cut::pending(cx, h, call) };
            from_state(cx, state, Some(call.args), arg(0), name == "_mareconstruct")
        }
        "_frombuffer" if is_numpy(module) => Some(Parts {
            form: Form::Buffer,
            class: None,
            args: Some(call.args),
            state: None,
            version: None,
            data: Some(arg(0)?),
            rest: None,
            dtype: arg(1)?,
            shape: arg(2)?,
            order: arg(3),
            axes: arg(4),
            mask: None,
            fill_value: None,
        }),
        "_create_array" if module.starts_with("dill") => {
            let (function, inner, state) = (arg(0)?, arg(1)?, arg(2)?);
            if !is_reconstruct(cx, function) {
                return None;
            }
            let p = from_state(cx, state, Some(inner), cx.nth(inner, 0), false)?;
            Some(Parts { form: Form::Dill, ..p })
        }
        _ => None,
    }
}

/// The pieces that a state holds.
fn from_state(cx: &Cx<'_>, state: Handle, args: Option<Handle>, class: Option<Handle>, masked: bool) -> Option<Parts> {
    let mut state = state;
    let mut items = cx.sequence(state)?;
    // pandas before 0.15 and others: (ndarray's state, the subclass's own).
    if items.len() == 2 {
        state = cx.item(items, 0)?;
        items = cx.sequence(state)?;
    }
    let at = |i| cx.item(items, i);
    let first = u64::from(items.len() != 4);
    let form = match (items.len(), masked) {
        (4, _) => Form::Unversioned,
        (6.., true) => Form::Masked,
        (5.., _) => Form::State,
        _ => return None,
    };
    Some(Parts {
        form,
        class,
        args,
        state: Some(state),
        version: at(0).filter(|_| first == 1),
        shape: at(first)?,
        dtype: at(first + 1)?,
        order: at(first + 2),
        data: at(first + 3),
        rest: None,
        axes: None,
        mask: at(first + 4).filter(|_| masked),
        fill_value: at(first + 5).filter(|_| masked),
    })
}

/// The pieces of a state that has not been given.
pub(in crate::interpret) fn parts_of_state(cx: &Cx<'_>, state: Handle, call: &crate::machine::Call) -> Option<Parts> {
    let masked = cx.global(call.callable).is_some_and(|(_, n)| n == "_mareconstruct");
    from_state(cx, state, Some(call.args), cx.arg(call, 0), masked)
}

/// Python's name of the class, where it is known under several.
pub(in crate::interpret) fn kind_of(cx: &Cx<'_>, class: Option<Handle>) -> String {
    let Some((module, name)) = class.and_then(|c| cx.global(c)) else { return "numpy.ndarray".to_owned() };
    let public = match (is_numpy(module), name) {
        (true, "ndarray") => "numpy.ndarray",
        (true, "MaskedArray") => "numpy.ma.MaskedArray",
        (true, "matrix") => "numpy.matrix",
        (true, "memmap") => "numpy.memmap",
        (true, "recarray") => "numpy.rec.recarray",
        (true, "chararray") => "numpy.char.chararray",
        _ => return one_line(&qualify(module, name), 200),
    };
    public.to_owned()
}

/// What an array is, and what does not fit.
pub struct Reading {
    /// The array.
    pub array: ArrayMeaning,
    /// Its element type.
    pub dtype: DTypeRead,
    /// What is odd.
    pub notes: Vec<Diagnostic>,
}

/// Reads an array from its pieces.
///
/// # Errors
/// Where no array can be made of them: what is at fault, and why.
pub fn read(cx: &Cx<'_>, p: &Parts) -> Result<Reading, (Handle, String)> {
    let mut notes = Vec::new();
    let d = dtype::read(cx, p.dtype).map_err(|e| (p.dtype, e))?;
    for (at, text) in &d.notes {
        notes.push(Diagnostic::warning("dtype", cx.span(*at), format!("dtype: {text}.")));
    }
    if cx.tuple(p.shape).is_none() && !(p.form == Form::Buffer && cx.int(p.shape).is_some()) {
        let text = "The shape is no tuple: NumPy refuses this state.";
        notes.push(Diagnostic::warning("array-shape", cx.span(p.shape), text));
    }
    if let Some(v) = p.version.filter(|v| !matches!(cx.int(*v), Some(0 | 1))) {
        let text = format!("The state's version is {}: NumPy knows 0 and 1.", repr(cx, v, 40));
        notes.push(Diagnostic::warning("array-version", cx.span(v), text));
    }
    let order = order_of(cx, p, &mut notes)?;
    if d.list {
        let shape = dtype::shape_of(cx, p.shape).map_err(|e| (p.shape, e))?;
        let array = objects(cx, p, &d, &shape, order, &mut notes)?;
        return Ok(Reading { array, dtype: d, notes });
    }
    let taken = take(cx, p)?;
    let shape = shape(cx, p, &d.dtype, &taken).map_err(|e| (p.shape, e))?;
    let mut d = d;
    let guessed = long_double(cx.options, &mut d.dtype, &taken.data, &mut notes, cx.span(p.dtype));
    let array = lay_out(cx, p, &d.dtype, &shape, order, taken.data.clone()).map_err(|e| (p.shape, e))?;
    let want = array.nbytes();
    let have = taken.data.len();
    let complete = have >= want && taken.fault.is_none() && !taken.deferred && p.rest.is_none();
    let where_ = p.data.map(|h| cx.span(h)).or(taken.raw).unwrap_or_default();
    sizes(p, &d, &shape, &taken, want, where_, &mut notes);
    let array = match masked::mask(cx, p, &d.dtype, &shape, order, &mut notes) {
        Some(mask) => array.clone().with_mask(mask).unwrap_or(array),
        None => array,
    };
    let raw = taken.raw.map(|s| Span::at(s.start, s.len().min(want)));
    let meaning = ArrayMeaning {
        raw,
        complete,
        guessed,
        outside: taken.outside,
        deferred: taken.deferred,
        dtype_name: d.name.clone(),
        ..ArrayMeaning::of(array, order)
    };
    Ok(Reading { array: meaning, dtype: d, notes })
}

/// The bytes of the array.
fn take(cx: &Cx<'_>, p: &Parts) -> Result<Taken, (Handle, String)> {
    if let Some(rest) = &p.rest {
        return Ok(rest.payload.take(cx));
    }
    let Some(data) = p.data else { return Ok(Payload::Empty.take(cx)) };
    if let Some(payload) = cx.payload(data) {
        return Ok(payload.take(cx));
    }
    // A buffer that is an array itself: what a subclass or an unusual writer hands to `_frombuffer`.
    Err((data, format!("the raw data is {}, not bytes", repr(cx, data, 60))))
}

fn order_of(cx: &Cx<'_>, p: &Parts, notes: &mut Vec<Diagnostic>) -> Result<char, (Handle, String)> {
    let Some(order) = p.order else { return Ok('C') };
    if p.form != Form::Buffer {
        return match cx.truth(order) {
            Some(true) => Ok('F'),
            Some(false) => Ok('C'),
            None => {
                let text = format!("is_fortran is {}, neither true nor false; taken as C order.", repr(cx, order, 40));
                notes.push(Diagnostic::warning("array-order", cx.span(order), text));
                Ok('C')
            }
        };
    }
    match cx.name(order).as_deref() {
        Some("C") => Ok('C'),
        Some("F") => Ok('F'),
        Some("K") => Ok('K'),
        Some("A") => Ok('C'),
        _ => {
            let text = format!("The order is {}: NumPy knows C, F, A and K; taken as C.", repr(cx, order, 40));
            notes.push(Diagnostic::error("array-order", cx.span(order), text));
            Ok('C')
        }
    }
}

/// The shape; in form B one size may be -1, and the shape a single size.
fn shape(cx: &Cx<'_>, p: &Parts, dtype: &DType, taken: &Taken) -> Result<Vec<u64>, String> {
    if p.form != Form::Buffer {
        return dtype::shape_of(cx, p.shape);
    }
    let sizes: Vec<i64> = match cx.sequence(p.shape) {
        Some(items) if items.len() > limits::AXES as u64 => {
            return Err(format!("{} axes, more than NumPy's {}", items.len(), limits::AXES));
        }
        Some(items) => cx
            .stream
            .graph
            .items(items)
            .map(|h| cx.int(h).ok_or_else(|| format!("{} is no size", repr(cx, h, 40))))
            .collect::<Result<_, _>>()?,
        None => vec![cx.int(p.shape).ok_or_else(|| format!("{} is no shape", repr(cx, p.shape, 40)))?],
    };
    if sizes.iter().filter(|n| **n == -1).count() == 1 {
        let known = sizes
            .iter()
            .filter(|n| **n != -1)
            .try_fold(dtype.item_size, |n, d| u64::try_from(*d).ok().and_then(|d| n.checked_mul(d)));
        let unknown = known.and_then(|k| taken.data.len().checked_div(k)).unwrap_or(0);
        return sizes
            .into_iter()
            .map(|n| if n == -1 { Ok(unknown) } else { u64::try_from(n).map_err(|_| format!("a size of {n}")) })
            .collect();
    }
    sizes.into_iter().map(|n| u64::try_from(n).map_err(|_| format!("a size of {n}"))).collect()
}

/// Shape and strides over the bytes.
pub(super) fn lay_out(
    cx: &Cx<'_>,
    p: &Parts,
    dtype: &DType,
    shape: &[u64],
    order: char,
    data: Data,
) -> Result<Array, String> {
    let array = match order {
        'F' => Array::new_f(dtype.clone(), shape, data),
        _ => Array::new_c(dtype.clone(), shape, data),
    };
    let array = array.map_err(|e| e.to_string())?;
    match (order, p.axes) {
        ('K', Some(axes)) => {
            // numpy/_core/numeric.py, _frombuffer: reshape to the shape as it is, then transpose.
            let axes = cx.sequence(axes).filter(|a| a.len() == shape.len() as u64);
            let axes: Option<Vec<usize>> = axes.and_then(|a| {
                cx.stream.graph.items(a).map(|h| cx.size(h).and_then(|n| usize::try_from(n).ok())).collect()
            });
            let axes = axes.ok_or("the axes are no permutation of the array's")?;
            array.transpose(&axes).map_err(|_| "the axes are no permutation of the array's".to_owned())
        }
        _ => Ok(array),
    }
}

fn sizes(p: &Parts, d: &DTypeRead, shape: &[u64], taken: &Taken, want: u64, span: Span, notes: &mut Vec<Diagnostic>) {
    let have = taken.data.len();
    if let Some(fault) = &taken.fault {
        notes.push(Diagnostic::warning("array-data", span, format!("The raw data: {fault}.")));
    }
    if taken.deferred || taken.fault.is_some() && have == 0 {
        return;
    }
    let product = product_words(shape, d.dtype.item_size);
    if have < want {
        let item = d.dtype.item_size.max(1);
        let whole = have / item;
        let rows = match shape {
            [rows, rest @ ..] if !rest.is_empty() && p.rest.is_some() => {
                let row = rest.iter().fold(1, |n: u64, d| n.saturating_mul(*d)).max(1);
                format!("; {} of {} whole", grouped(whole / row), counted(*rows, "row"))
            }
            _ => String::new(),
        };
        let text = format!(
            "{} of raw data, but {product} = {}: {} missing, {} of {} there{rows}.",
            counted(have, "byte"),
            grouped(want),
            if want - have == 1 { "1 byte is".to_owned() } else { format!("{} bytes are", grouped(want - have)) },
            grouped(whole),
            counted(want / item, "element"),
        );
        notes.push(
            Diagnostic::error("array-short", span, text).hint("What is there is shown; the rest reads as missing."),
        );
    } else if have > want && p.rest.is_none() {
        let text = format!(
            "{} of raw data, but {product} = {}: {} too many, and NumPy refuses it.",
            counted(have, "byte"),
            grouped(want),
            grouped(have - want)
        );
        notes.push(Diagnostic::error("array-long", span, text));
    }
}

/// `480 × 640 × 8`.
pub(in crate::interpret) fn product_words(shape: &[u64], item: u64) -> String {
    let sizes: Vec<String> = shape.iter().chain(std::iter::once(&item)).map(|n| grouped(*n)).collect();
    sizes.join(" × ")
}

/// An array whose elements are Python objects, pickled as a list in C order.
fn objects(
    cx: &Cx<'_>,
    p: &Parts,
    d: &DTypeRead,
    shape: &[u64],
    order: char,
    notes: &mut Vec<Diagnostic>,
) -> Result<ArrayMeaning, (Handle, String)> {
    let n = shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d)).ok_or((p.shape, "the size overflows".to_owned()))?;
    let list = p.data.filter(|l| cx.list(*l).is_some());
    let items = list.and_then(|l| cx.list(l));
    let have = items.map_or(0, crate::machine::Items::len);
    if let (Some(data), None) = (p.data, list) {
        return Err((data, format!("an array of objects is told as a list, and this is {}", repr(cx, data, 60))));
    }
    let span = p.data.map(|h| cx.span(h)).unwrap_or_default();
    if have < n {
        let text = format!("The list holds {} of {}.", grouped(have), counted(n, "element"));
        notes.push(Diagnostic::error("array-short", span, text));
    } else if have > n {
        let text =
            format!("The list holds {}, {} more than the shape; NumPy ignores those.", counted(have, "item"), have - n);
        notes.push(Diagnostic::note("array-long", span, text));
    }
    let simple = matches!(d.dtype.kind, Kind::Object | Kind::Text);
    let gather = simple && n <= if cx.thorough { limits::GATHERED } else { limits::QUICK };
    let mut bytes = Vec::new();
    if gather {
        let item = usize::try_from(d.dtype.item_size).unwrap_or(8);
        for h in items.into_iter().flat_map(|i| cx.stream.graph.items(i)).take(usize::try_from(n).unwrap_or(0)) {
            bytes.extend(handle_bits(h).to_le_bytes());
            bytes.resize(bytes.len().next_multiple_of(item), 0);
        }
    }
    // The list is in C order even where is_fortran is true.
    let array = Array::new_c(d.dtype.clone(), shape, Data::memory(bytes)).map_err(|e| (p.shape, e.to_string()))?;
    Ok(ArrayMeaning {
        complete: have >= n,
        objects: list,
        deferred: simple && !gather && n > 0,
        dtype_name: d.name.clone(),
        ..ArrayMeaning::of(array, order)
    })
}

/// Settles which of two layouts a `<f16` has: the file does not say. `true` when it was a guess.
pub(in crate::interpret) fn long_double(
    options: &Options,
    dtype: &mut DType,
    data: &Data,
    notes: &mut Vec<Diagnostic>,
    at: Span,
) -> bool {
    let (Kind::LongDouble(_) | Kind::ComplexLong(_)) = dtype.kind else { return false };
    let set = |dtype: &mut DType, l: LongDouble| {
        dtype.kind = if matches!(dtype.kind, Kind::LongDouble(_)) { Kind::LongDouble(l) } else { Kind::ComplexLong(l) };
    };
    if !matches!(dtype.item_size, 16 | 32) {
        return false;
    }
    if let Some(l) = options.long_double {
        set(dtype, l);
        return false;
    }
    if dtype.order == ByteOrder::Big {
        return false;
    }
    let (x87, quad) = votes(data);
    set(dtype, if quad > x87 { LongDouble::Quad } else { LongDouble::X87 });
    let (name, sure) = match (x87, quad) {
        (0, 0) => ("x87 80-bit", false),
        (_, 0) => ("x87 80-bit", true),
        (0, _) => ("IEEE binary128", true),
        (a, b) if a >= b => ("x87 80-bit", false),
        _ => ("IEEE binary128", false),
    };
    let text = format!(
        "f16 does not say which machine's long double it is; {} as {name}{}.",
        if sure { "the bytes read" } else { "taken" },
        if sure { "" } else { ", a guess" }
    );
    notes.push(Diagnostic::note("long-double", at, text).hint("Choose the other layout if the values look wrong."));
    !sure
}

/// How much speaks for x87, and how much for binary128: bits that one of them cannot have, and exponents that numbers
/// seldom have. The padding of the x87 is whatever lay in memory.
fn votes(data: &Data) -> (u64, u64) {
    /// Exponents of doubles, and some.
    const USUAL: std::ops::RangeInclusive<u16> = 16383 - 1100..=16383 + 1100;
    let (mut x87, mut quad) = (0, 0);
    let n = data.len() / 16;
    let step = n.div_ceil(4096).max(1);
    let mut at = 0;
    while at < n {
        let mut b = [0_u8; 16];
        if data.peek_at(at * 16, &mut b) < 16 {
            break;
        }
        at += step;
        let mantissa = u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        let exponent = u16::from_le_bytes([b[8], b[9]]) & 0x7fff;
        let wide = u16::from_le_bytes([b[14], b[15]]) & 0x7fff;
        let integer_bit = mantissa >> 63 == 1;
        let as_quad = USUAL.contains(&wide) || wide == 0x7fff;
        match (exponent, integer_bit) {
            _ if b == [0; 16] => {}
            // A normal number, infinity or NaN of the x87 has its integer bit set.
            (1.., false) => quad += 4,
            (0, false) if mantissa == 0 && as_quad => quad += 2,
            (0, false) if mantissa == 0 => x87 += 1,
            (0, _) => quad += 2,
            (e, true) if USUAL.contains(&e) || e == 0x7fff => x87 += if as_quad { 1 } else { 4 },
            (_, true) if as_quad => quad += 2,
            (_, true) => x87 += 1,
        }
    }
    (x87, quad)
}

/// Reads NumPy's arrays.
pub(in crate::interpret) struct ArrayReader;

impl Reader for ArrayReader {
    fn name(&self) -> &'static str {
        "numpy.array"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let p = parts(cx, h)?;
        let kind = kind_of(cx, p.class);
        match read(cx, &p) {
            Ok(r) => Some(meaning(cx, kind, &p, r)),
            Err((at, why)) => {
                let text = format!("No array can be made of this: {why}.");
                Some(Meaning {
                    reader: "raw",
                    short: format!("{kind} that makes no sense"),
                    sentence: format!("An object of class {kind} whose pickle makes no sense: {why}."),
                    kind,
                    bytes: None,
                    body: Body::Object,
                    notes: vec![Diagnostic::error("array", cx.span(at), text)],
                })
            }
        }
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let p = parts(cx, h)?;
        let r = read(&cx.quick(), &p).ok()?;
        Some(vec![Piece::Text(array_repr(&kind_of(cx, p.class), &r))])
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        let p = parts(cx, h)?;
        let mut out = Vec::new();
        if let Some(list) = p.data.filter(|l| cx.list(*l).is_some()) {
            let shape = dtype::shape_of(cx, p.shape).unwrap_or_else(|_| vec![cx.count(list).unwrap_or(0)]);
            out.push(Part::Elements(list, shape));
        }
        if let Some(fill) = p.fill_value {
            out.push(Part::One(crate::interpret::Seg::Attr("fill_value".into()), fill));
        }
        Some(out)
    }
}

/// Small arrays are written out, others described.
fn array_repr(kind: &str, r: &Reading) -> String {
    let a = &r.array.array;
    let name = r.dtype.name.clone().unwrap_or_else(|| r.dtype.dtype.name());
    if r.array.objects.is_none() && a.ndim() <= 1 && a.len() <= 6 && a.dtype.item_size <= 64 && r.array.complete {
        let all: Vec<String> = (0..a.len()).map(|i| a.value(&a.unravel(i)).text()).collect();
        let inner = if a.ndim() == 0 { all.concat() } else { format!("[{}]", all.join(", ")) };
        return format!("array({}, {name})", one_line(&inner, 200));
    }
    format!("<{kind} {name} {}>", tuple(a.shape()))
}

fn meaning(cx: &Cx<'_>, kind: String, p: &Parts, r: Reading) -> Meaning {
    let a = &r.array.array;
    let name = r.dtype.name.clone().unwrap_or_else(|| r.dtype.dtype.name());
    let cut = if r.array.complete || r.array.deferred { "" } else { ", incomplete" };
    let mut short = format!("{name} {}{cut}", tuple(a.shape()));
    if r.array.objects.is_none() && r.array.complete && a.ndim() <= 1 && a.len() <= 6 && a.dtype.item_size <= 64 {
        let first: Vec<String> = (0..a.len()).map(|i| a.value(&a.unravel(i)).text()).collect();
        let first = one_line(&first.join(", "), 80);
        short = if a.ndim() == 0 { format!("{short} {first}") } else { format!("{short} [{first}]") };
    }
    let bytes = if r.array.objects.is_some() { None } else { Some(a.nbytes()) };
    Meaning {
        reader: if p.form == Form::Masked { "numpy.masked" } else { "numpy.array" },
        kind,
        short: one_line(&short, 200),
        sentence: sentence(cx, p, &r),
        bytes,
        body: Body::Array(Box::new(r.array)),
        notes: r.notes,
    }
}

/// `480 × 640`, `5-element`, `zero-dimensional`.
pub(in crate::interpret) fn shape_words(shape: &[u64]) -> String {
    match shape {
        [] => "zero-dimensional".to_owned(),
        [n] => format!("{}-element", grouped(*n)),
        many => many.iter().map(|n| grouped(*n)).collect::<Vec<_>>().join(" × "),
    }
}

/// What the array is, in one sentence.
pub(in crate::interpret) fn sentence(cx: &Cx<'_>, p: &Parts, r: &Reading) -> String {
    let a = &r.array.array;
    let masked = if a.mask().is_some() { " with a mask" } else { "" };
    let class = match kind_of(cx, p.class).as_str() {
        "numpy.ndarray" | "numpy.ma.MaskedArray" => "array".to_owned(),
        other => format!("{other} array"),
    };
    let order = match (r.array.order, a.ndim()) {
        (_, 0 | 1) => "",
        ('F', _) => ", Fortran order",
        ('K', _) => ", its axes permuted",
        _ => ", C order",
    };
    let size = if r.array.objects.is_some() {
        "; its elements are Python objects".to_owned()
    } else {
        format!("; {} of data", counted(a.nbytes(), "byte"))
    };
    let cut = match (r.array.complete, r.array.deferred) {
        (false, false) if r.array.objects.is_none() => {
            format!(", of which {} are there", counted(a.elements_there(), "element"))
        }
        _ => String::new(),
    };
    format!("A {} {class} of {}{order}{masked}{size}{cut}.", shape_words(a.shape()), dtype::words(&r.dtype))
}
