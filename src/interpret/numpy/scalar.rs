//! NumPy's scalars: `scalar(dtype, bytes)`.
//! Arrays are not its affair, but for the 0-d array that a record with objects is written as.

use super::dtype::{self, DTypeRead};
use super::{array, is_numpy};
use crate::interpret::builtin::SHORT;
use crate::interpret::types::{Body, Cx, Meaning, Part, Piece, Reader, Seg};
use crate::interpret::{one_line, repr};
use crate::machine::{CallKind, Handle};
use crate::source::{Diagnostic, Span, limits};
use crate::tensor::{Data, Kind, Scalar};

/// The two arguments of a scalar's call; `None` when it is none.
pub fn parts(cx: &Cx<'_>, h: Handle) -> Option<(Handle, Option<Handle>)> {
    let (call, module, name) = cx.named_call(h)?;
    if name != "scalar" || !is_numpy(module) || call.kind != CallKind::Reduce {
        return None;
    }
    Some((cx.arg(call, 0)?, cx.arg(call, 1)))
}

/// A scalar's type and value.
///
/// # Errors
/// Where the dtype or the bytes make no sense.
pub fn read(cx: &Cx<'_>, h: Handle) -> Option<Result<(DTypeRead, Scalar), String>> {
    let (dtype, value) = parts(cx, h)?;
    let d = match dtype::read(cx, dtype) {
        Ok(d) => d,
        Err(e) => return Some(Err(e)),
    };
    let Some(value) = value else { return Some(Err("no bytes are given".to_owned())) };
    let Some(payload) = cx.payload(value) else {
        return Some(Err(format!("the value is {}, not bytes", repr(cx, value, 60))));
    };
    // Longer payloads are accepted: NumPy reads what it needs.
    let n = usize::try_from(d.dtype.item_size.min(limits::ELEMENT)).unwrap_or(0);
    let raw = payload.first(cx, n);
    if (raw.len() as u64) < d.dtype.item_size {
        return Some(Err(format!("{} bytes, where the type has {}", raw.len(), d.dtype.item_size)));
    }
    let mut d = d;
    array::long_double(cx.options, &mut d.dtype, &Data::memory(raw.clone()), &mut Vec::new(), Span::default());
    let scalar = Scalar::decode(&d.dtype, &raw);
    Some(Ok((d, scalar)))
}

/// The class of a scalar of that type, without `numpy.`.
pub(in crate::interpret) fn class(d: &DTypeRead) -> String {
    if let Some(name) = &d.name {
        return name.clone();
    }
    match &d.dtype.kind {
        Kind::Bool | Kind::Int | Kind::UInt | Kind::Float | Kind::Complex => d.dtype.name(),
        Kind::LongDouble(_) => "longdouble".to_owned(),
        Kind::ComplexLong(_) => "clongdouble".to_owned(),
        Kind::Datetime(_) => "datetime64".to_owned(),
        Kind::Timedelta(_) => "timedelta64".to_owned(),
        Kind::Bytes => "bytes_".to_owned(),
        Kind::Unicode => "str_".to_owned(),
        Kind::Object => "object_".to_owned(),
        _ => "void".to_owned(),
    }
}

/// NumPy 2's repr: `np.float64(1.5)`, `np.True_`, `np.datetime64('2020-01-01')`.
fn scalar_repr(d: &DTypeRead, v: &Scalar) -> String {
    let class = class(d);
    match v {
        Scalar::Bool(b) => format!("np.{}", if *b { "True_" } else { "False_" }),
        Scalar::Datetime(i64::MIN, _) | Scalar::Timedelta(i64::MIN, _) => format!("np.{class}('NaT')"),
        Scalar::Datetime(..) => format!("np.{class}('{}')", v.text()),
        Scalar::Timedelta(n, tick) => match tick.suffix().trim_matches(['[', ']']) {
            "" => format!("np.{class}({n})"),
            unit => format!("np.{class}({n},'{unit}')"),
        },
        Scalar::Str(_) | Scalar::Bytes(_) => format!("np.{class}({})", v.repr()),
        Scalar::Void(_) => format!("np.void({})", v.repr()),
        Scalar::Struct(_) => format!(
            "np.void({}, dtype={})",
            v.repr(),
            dtype::dtype_repr(d).trim_start_matches("dtype(").trim_end_matches(')')
        ),
        _ => format!("np.{class}({})", v.text().trim_matches(['(', ')'])),
    }
}

/// Reads NumPy's scalars.
pub(in crate::interpret) struct ScalarReader;

impl Reader for ScalarReader {
    fn name(&self) -> &'static str {
        "numpy.scalar"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let (_, value) = parts(cx, h)?;
        let mut m = Meaning::blank("numpy.scalar", "numpy.generic".to_owned(), Body::Scalar);
        match read(cx, h)? {
            Ok((d, v)) => {
                m.kind = format!("numpy.{}", class(&d));
                m.short = one_line(&scalar_repr(&d, &v), SHORT);
                m.sentence = format!(
                    "One NumPy value of {}: Python calls `scalar` with the dtype and the value's {} bytes.",
                    dtype::words(&d),
                    d.dtype.item_size
                );
                m.bytes = Some(d.dtype.item_size);
            }
            Err(why) => {
                let inner = value.filter(|v| array::parts(cx, *v).is_some());
                m.body = Body::Object;
                m.short = repr(cx, inner.unwrap_or(h), SHORT);
                if inner.is_some() {
                    m.kind = "numpy.void".to_owned();
                    m.sentence =
                        "A NumPy record that holds Python objects, written as an array without axes.".to_owned();
                } else {
                    m.short = "np.generic(?)".to_owned();
                    m.sentence = format!("A NumPy value that makes no sense: {why}.");
                    m.notes.push(Diagnostic::error(
                        "scalar",
                        cx.span(h),
                        format!("No value can be made of this: {why}."),
                    ));
                }
            }
        }
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        match read(cx, h)? {
            Ok((d, v)) => Some(vec![Piece::Text(scalar_repr(&d, &v))]),
            Err(_) => {
                let (_, value) = parts(cx, h)?;
                Some(vec![Piece::Text("np.generic(".to_owned()), Piece::Value(value?), Piece::Text(")".to_owned())])
            }
        }
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        let (dtype, value) = parts(cx, h)?;
        let mut out = vec![Part::One(Seg::Attr("dtype".into()), dtype)];
        // A record with objects: its 0-d array.
        out.extend(
            value.filter(|v| cx.call(*v).is_some() && cx.payload(*v).is_none()).map(|v| Part::One(Seg::Arg(1), v)),
        );
        Some(out)
    }
}
