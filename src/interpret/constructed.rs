//! Built-in values that no opcode of their protocol makes, so that a call makes them: bytes and bytearray of old
//! protocols, complex, range, slice, sets from lists, `type(None)`, bound methods.

use super::builtin::SHORT;
use super::look::counted;
use super::payload::Payload;
use super::repr::repr;
use super::types::{Body, Cx, Meaning, Part, Piece, Reader, Seg};
use crate::machine::{CallKind, Handle};
use crate::ops::pyrepr;

/// The reader.
pub(super) struct Constructed;

/// What a call makes.
enum Made {
    Bytes(Payload),
    ByteArray(Payload),
    Complex(f64, f64),
    Range(Vec<Handle>),
    Slice,
    /// The list, and whether the set is frozen.
    Set(Handle, bool),
    TypeOf(&'static str),
    Method(Handle, String),
}

fn made(cx: &Cx<'_>, h: Handle) -> Option<Made> {
    let (call, module, name) = cx.named_call(h)?;
    if call.kind != CallKind::Reduce || !call.states.is_empty() {
        return None;
    }
    let args = cx.args(call);
    let arg = |i| cx.item(args, i);
    match (module, name, args.len()) {
        ("_codecs", "encode", 1 | 2) => cx.payload(h).map(Made::Bytes),
        ("builtins", "bytes", 0..=2) => cx.payload(h).map(Made::Bytes),
        ("builtins", "bytearray", 0..=2) => cx.payload(h).map(Made::ByteArray),
        ("builtins", "complex", 1 | 2) => {
            Some(Made::Complex(cx.float(arg(0)?)?, arg(1).map_or(Some(0.0), |i| cx.float(i))?))
        }
        ("builtins", "range", 1..=3) => {
            let parts: Vec<Handle> = (0..args.len()).filter_map(arg).collect();
            parts.iter().all(|p| cx.big(*p).is_some()).then_some(Made::Range(parts))
        }
        ("builtins", "slice", 1..=3) => Some(Made::Slice),
        ("builtins", "set" | "frozenset", 0 | 1) => {
            let list = arg(0).unwrap_or(call.args);
            cx.items(list).map(|_| Made::Set(list, name == "frozenset"))
        }
        ("builtins", "type", 1) => {
            let of = arg(0)?;
            let of_name = cx.global(of).map(|(_, n)| n);
            match of_name {
                None if cx.is_none(of) => Some(Made::TypeOf("NoneType")),
                Some("Ellipsis") => Some(Made::TypeOf("ellipsis")),
                Some("NotImplemented") => Some(Made::TypeOf("NotImplementedType")),
                _ => None,
            }
        }
        ("builtins", "getattr", 2) => Some(Made::Method(arg(0)?, cx.name(arg(1)?)?)),
        _ => None,
    }
}

impl Reader for Constructed {
    fn name(&self) -> &'static str {
        "builtin"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let made = made(cx, h)?;
        let mut body = Body::Scalar;
        let mut bytes = None;
        let (kind, sentence) = match &made {
            Made::Bytes(p) | Made::ByteArray(p) => {
                let kind = if matches!(made, Made::Bytes(_)) { "bytes" } else { "bytearray" };
                let how = match p {
                    Payload::File(span) => {
                        bytes = Some(span.len());
                        body = Body::Bytes(*span);
                        "as they are"
                    }
                    Payload::Escaped(_, span) => {
                        body = body_of_text(cx, h).unwrap_or(Body::Scalar);
                        bytes = Some(span.len());
                        "as text, each character the byte of its number: this protocol has no opcode for bytes"
                    }
                    Payload::Empty => {
                        bytes = Some(0);
                        "as a call without arguments, for there are none"
                    }
                    Payload::Integers(_) => "as a list of numbers, one for each byte",
                    Payload::Outside(..) | Payload::Missing(_) => "outside the pickle",
                };
                let what = if kind == "bytes" { "Bytes" } else { "A bytearray, bytes that can be changed" };
                (kind, format!("{what}, written {how}."))
            }
            Made::Complex(..) => ("complex", "A complex number, made of its real and imaginary part.".to_owned()),
            Made::Range(_) => {
                ("range", "A range of integers: where it starts, where it stops, and the step.".to_owned())
            }
            Made::Slice => ("slice", "A slice: start, stop and step of a subscript.".to_owned()),
            Made::Set(list, frozen) => {
                body = Body::Object;
                let kind = if *frozen { "frozenset" } else { "set" };
                let n = cx.items(*list).map_or(0, |i| i.len());
                (
                    kind,
                    format!(
                        "A {kind} of {}, made of a list: below protocol 4 no opcode makes one.",
                        counted(n, "member")
                    ),
                )
            }
            Made::TypeOf(name) => ("type", format!("The type {name}, which has no name to import it by.")),
            Made::Method(..) => {
                body = Body::Object;
                ("method", "A method or attribute of a value, fetched by getattr.".to_owned())
            }
        };
        let short = repr(cx, h, SHORT);
        Some(Meaning { reader: "builtin", kind: kind.into(), short, sentence, bytes, body, notes: Vec::new() })
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let text = |s: &str| Piece::Text(s.to_owned());
        Some(match made(cx, h)? {
            Made::Bytes(p) => vec![Piece::Bytes(p)],
            Made::ByteArray(p) => vec![text("bytearray("), Piece::Bytes(p), text(")")],
            Made::Complex(re, im) => vec![Piece::Text(complex_repr(re, im))],
            Made::Range(parts) => {
                let number = |i: usize| parts.get(i).and_then(|p| cx.big(*p)).map(|b| b.to_string());
                let n = |i| number(i).unwrap_or_default();
                vec![Piece::Text(match (parts.len(), number(2).as_deref()) {
                    (1, _) => format!("range(0, {})", n(0)),
                    (2, _) | (3, Some("1")) => format!("range({}, {})", n(0), n(1)),
                    _ => format!("range({}, {}, {})", n(0), n(1), n(2)),
                })]
            }
            Made::Slice => {
                let call = cx.call(h)?;
                let args = cx.args(call);
                let at = |i| cx.item(args, i).map_or_else(|| text("None"), Piece::Value);
                let [start, stop, step] = match args.len() {
                    1 => [text("None"), at(0), text("None")],
                    _ => [at(0), at(1), at(2)],
                };
                vec![text("slice("), start, text(", "), stop, text(", "), step, text(")")]
            }
            Made::Set(list, frozen) => match (cx.items(list).is_none_or(|i| i.is_empty()), frozen) {
                (true, false) => vec![text("set()")],
                (true, true) => vec![text("frozenset()")],
                (false, false) => vec![text("{"), Piece::Items(list), text("}")],
                (false, true) => vec![text("frozenset({"), Piece::Items(list), text("})")],
            },
            Made::TypeOf(name) => vec![Piece::Text(format!("<class '{name}'>"))],
            Made::Method(of, name) => {
                vec![text("getattr("), Piece::Value(of), Piece::Text(format!(", {})", pyrepr::text_repr(&name)))]
            }
        })
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        Some(match made(cx, h)? {
            Made::Set(list, _) => vec![Part::Items(list)],
            Made::Method(of, _) => vec![Part::One(Seg::Attr("__self__".into()), of)],
            Made::Slice => {
                let call = cx.call(h)?;
                let names: &[&str] = if cx.args(call).len() == 1 { &["stop"] } else { &["start", "stop", "step"] };
                let part = |(i, name): (u64, &&str)| cx.arg(call, i).map(|v| Part::One(Seg::Attr((*name).into()), v));
                (0..).zip(names).filter_map(part).collect()
            }
            _ => Vec::new(),
        })
    }
}

/// The text that spells bytes.
fn body_of_text(cx: &Cx<'_>, h: Handle) -> Option<Body> {
    let text = cx.encoded(h).or_else(|| {
        let call = cx.call(h)?;
        let arg = cx.arg(call, 0)?;
        cx.encoded(arg).or(Some(arg))
    })?;
    match cx.value(text) {
        crate::machine::Value::Str(form, span) | crate::machine::Value::Legacy(form, span) => {
            Some(Body::Text { form, span })
        }
        _ => None,
    }
}

/// `repr(complex)`.
pub(super) fn complex_repr(re: f64, im: f64) -> String {
    let part = |f: f64| {
        let text = pyrepr::float_repr(f);
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if re == 0.0 && re.is_sign_positive() {
        return format!("{}j", part(im));
    }
    let sign = if im.is_sign_negative() && !im.is_nan() { "" } else { "+" };
    format!("({}{sign}{}j)", part(re), part(im))
}
