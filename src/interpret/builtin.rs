//! The raw view: what the machine itself makes (numbers, text, containers), and calls, names and references that no
//! reader knows. It answers for every handle and never walks the children.

use super::look::{counted, grouped, one_line, qualify};
use super::repr::repr;
use super::types::{Body, Cx, Meaning};
use crate::machine::{CallKind, Handle, Items, Node, TextForm, Value};
use crate::source::Span;
use crate::source::pytext;

/// Characters of a value in a row.
pub(super) const SHORT: usize = 120;

/// The meaning that is there when no reader bids.
pub(super) fn read(cx: &Cx<'_>, h: Handle) -> Meaning {
    let text = || repr(cx, h, SHORT);
    let scalar = |kind: &str, sentence: String| plain(kind, text(), sentence, Body::Scalar);
    match cx.value(h) {
        Value::None => scalar("NoneType", "None, Python's word for nothing.".to_owned()),
        Value::Bool(b) => scalar("bool", format!("The truth value {}.", if b { "True" } else { "False" })),
        Value::Int(_) => scalar("int", "An integer.".to_owned()),
        Value::Long(..) => scalar("int", "An integer; Python's have no upper bound.".to_owned()),
        Value::Float(_) => scalar("float", "A float: IEEE 754 binary64.".to_owned()),
        Value::Str(form, span) => {
            let m = plain("str", text(), format!("Text, {} of file.", bytes_words(span)), Body::Text { form, span });
            Meaning { bytes: Some(span.len()), ..m }
        }
        Value::Legacy(form, span) => legacy(cx, form, span, text()),
        Value::Bytes(span) => {
            Meaning { bytes: Some(span.len()), ..plain("bytes", text(), sized("Bytes", span), Body::Bytes(span)) }
        }
        Value::ByteArray(span) => {
            let sentence = sized("A bytearray, bytes that can be changed", span);
            Meaning { bytes: Some(span.len()), ..plain("bytearray", text(), sentence, Body::Bytes(span)) }
        }
        Value::Broken(_) => scalar("?", "An opcode whose argument makes no sense; CPython refuses it here.".to_owned()),
        Value::Node(_) => node(cx, h),
    }
}

fn plain(kind: &str, short: String, sentence: String, body: Body) -> Meaning {
    Meaning { reader: "raw", kind: kind.to_owned(), short, sentence, bytes: None, body, notes: Vec::new() }
}

fn bytes_words(span: Span) -> String {
    counted(span.len(), "byte")
}

fn sized(what: &str, span: Span) -> String {
    format!("{what}, {} of them.", grouped(span.len()))
}

fn legacy(cx: &Cx<'_>, form: TextForm, span: Span, short: String) -> Meaning {
    // The kind is judged by a first part; the whole may be long.
    let text = cx.legacy(form, span, 4096).is_ok();
    let (kind, how) = if text { ("str", "here taken as text") } else { ("bytes", "here taken as bytes") };
    let sentence = format!(
        "An 8-bit string of Python 2, which is text or bytes: the file does not say; {how}. {} of file.",
        bytes_words(span)
    );
    let body = if text || form != TextForm::Raw { Body::Text { form, span } } else { Body::Bytes(span) };
    Meaning { bytes: Some(span.len()), ..plain(kind, short, sentence, body) }
}

/// A container in a row: its text where that is short, else how many items it has.
fn container(cx: &Cx<'_>, h: Handle, items: u64, brackets: [&str; 2], noun: &str) -> String {
    if items <= 8 {
        let text = repr(cx, h, 60);
        if !text.ends_with('…') {
            return text;
        }
    }
    let [open, close] = brackets;
    format!("{open}{}{close}", counted(items, noun))
}

/// A container that was begun before a fault.
fn rest(cx: &Cx<'_>, h: Handle, node: &Node) -> Meaning {
    let (kind, brackets, n, noun) = match node {
        Node::Dict(items) => ("dict", ["{", "}"], items.len() / 2, "key"),
        Node::Set(items) => ("set", ["{", "}"], items.len(), "member"),
        Node::List(items) => ("list", ["[", "]"], items.len(), "item"),
        _ => ("?", ["", ""], 0, "item"),
    };
    let [open, close] = brackets;
    let text = repr(cx, h, 60);
    let short = if n <= 8 && !text.ends_with('…') { text } else { format!("{open}…, {}{close}", counted(n, noun)) };
    let s = format!(
        "The rest of a {kind} that was begun before the fault: {}. What it held before is lost to it.",
        counted(n, noun)
    );
    plain(kind, short, s, Body::Object)
}

fn node(cx: &Cx<'_>, h: Handle) -> Meaning {
    let Some(node) = cx.node(h) else {
        return plain("?", "?".to_owned(), "Nothing is known of it.".to_owned(), Body::Scalar);
    };
    let many = |items: &Items, brackets, kind: &str, what: &str, noun: &str| {
        let short = container(cx, h, items.len(), brackets, noun);
        plain(kind, short, format!("{what} of {}.", counted(items.len(), noun)), Body::Object)
    };
    if cx.stream.is_rest(h) {
        return rest(cx, h, node);
    }
    match node {
        Node::List(items) => many(items, ["[", "]"], "list", "A list", "item"),
        Node::Tuple(items) => many(items, ["(", ")"], "tuple", "A tuple, a list that cannot change,", "item"),
        Node::Set(items) => many(items, ["{", "}"], "set", "A set", "member"),
        Node::FrozenSet(items) => many(items, ["frozenset({", "})"], "frozenset", "A frozenset", "member"),
        Node::Dict(items) => {
            let n = items.len() / 2;
            let short = container(cx, h, n, ["{", "}"], "key");
            plain("dict", short, format!("A dict of {}.", counted(n, "key")), Body::Object)
        }
        Node::Global { .. } => {
            let name = cx.qualified(h).unwrap_or_default();
            let sentence = format!(
                "The name {}: a loader would import it, whether it is a class, a function or anything else.",
                one_line(&name, 120)
            );
            plain("global", one_line(&name, SHORT), sentence, Body::Scalar)
        }
        Node::Call(call) => {
            let text = repr(cx, h, SHORT);
            let made = cx.class_of(h).and_then(|c| cx.global(c));
            let name = made.map_or_else(|| "object".to_owned(), |(m, n)| qualify(m, n));
            let shown = one_line(&name, 120);
            let (kind, sentence) = match call.kind {
                CallKind::Reduce if cx.class_of(h) == Some(call.callable) && !looks_like_class(made) => {
                    let said = format!("What a call of {shown} returns; picklescope never makes the call.");
                    (format!("result of {name}"), said)
                }
                _ => (name, format!("An object of class {shown}; picklescope shows what the pickle says of it.")),
            };
            plain(&one_line(&kind, 200), text, sentence, Body::Object)
        }
        Node::Persistent(_) => plain(
            "persistent id",
            repr(cx, h, SHORT),
            "A persistent id: the object lies outside the pickle, and whoever loads it must say what it is.".to_owned(),
            Body::Object,
        ),
        Node::Extension(code) => {
            let named = cx.qualified(h);
            let sentence = match &named {
                Some(name) => format!("Extension code {code}, which the registry says is {}.", one_line(name, 120)),
                None => format!(
                    "Extension code {code}: a number that copyreg's registry of the loading program must turn into a name."
                ),
            };
            plain(named.as_ref().map_or("extension", |_| "global"), repr(cx, h, SHORT), sentence, Body::Scalar)
        }
        Node::Buffer(n) => {
            let pickle = cx.pickle_of(cx.stream.graph.made(h));
            let found = cx.externals.buffer(pickle, *n);
            let sentence = match &found {
                Some(b) => format!("Out-of-band buffer {n}, {} in a file of its own.", counted(b.len(), "byte")),
                None => format!("Out-of-band buffer {n}: its bytes are not in this file, and were not given."),
            };
            let bytes = found.map(|b| b.len());
            Meaning { bytes, ..plain("buffer", repr(cx, h, SHORT), sentence, Body::Scalar) }
        }
        Node::Lost => {
            let text = "A value that was made before the fault: what it was cannot be told.".to_owned();
            plain("lost", "lost".to_owned(), text, Body::Object)
        }
        Node::Content => {
            let text = "The bytes of a member that is no pickle.".to_owned();
            plain("bytes", counted(cx.stream.bytes.len(), "byte"), text, Body::Bytes(cx.stream.bytes.span()))
        }
        Node::ReadOnly(_) => {
            plain("buffer", repr(cx, h, SHORT), "A read-only view of a buffer.".to_owned(), Body::Object)
        }
    }
}

/// A REDUCE may call a class or a function; the name's first letter tells, as it tells people.
fn looks_like_class(name: Option<(&str, &str)>) -> bool {
    let Some((module, name)) = name else { return false };
    let last = name.rsplit('.').next().unwrap_or(name);
    let builtin = module == "builtins" && pytext::is_printable(0x41) && BUILTIN_TYPES.contains(&last);
    builtin || last.chars().next().is_some_and(char::is_uppercase)
}

/// The built-in types whose names are in lower case: `<class 'int'>`.
pub(super) const BUILTIN_TYPES: &[&str] = &[
    "bool",
    "bytearray",
    "bytes",
    "classmethod",
    "complex",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "list",
    "map",
    "memoryview",
    "object",
    "property",
    "range",
    "reversed",
    "set",
    "slice",
    "staticmethod",
    "str",
    "super",
    "tuple",
    "type",
    "zip",
];
