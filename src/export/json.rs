//! Any value as JSON. Numbers, text, lists, tuples, arrays and dicts with text keys are what JSON has for them. What it has
//! no word for is said by an object with one key that begins with `$`:
//!
//! | Python | JSON |
//! | --- | --- |
//! | NaN, ±infinity | `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | bytes, bytearray | `{"$bytes": "base64"}`, `{"$bytearray": "base64"}` |
//! | set, frozenset | `{"$set": […]}`, `{"$frozenset": […]}` |
//! | dict with other keys | `{"$dict": [[key, value], …]}` |
//! | complex | `[real, imaginary]` |
//! | an int of more than 4,300 digits | `{"$int": "0x…"}` |
//! | what stands elsewhere already, and cycles | `{"$ref": "path"}` |
//! | a name | `{"$global": "module.name"}` |
//! | a value of a known type | `{"$type": "decimal.Decimal", "repr": "Decimal('1.5')"}` |
//! | any other object | `{"$type": …, "args": …, "state": …, "items": …, "entries": …}` |
//!
//! Elements of arrays: structured ones are objects by field, times are text, what is masked or missing is null.
//! Must never expand what is shared: each container is written once.

use super::{Done, ExportError, Watch, missing_note};
use crate::interpret::{Body, Cx, meaning, one_line, repr};
use crate::machine::{Handle, Items, LongForm, Node, NodeId, Value};
use crate::ops::pyrepr;
use crate::tensor::{Array, Scalar};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigInt;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;

/// Bytes of base64's input that are turned at once: a multiple of 3.
const PIECE: usize = 3 << 18;

/// Writes a value.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn write(cx: &Cx<'_>, root: Handle, out: &mut dyn Write, watch: Watch<'_>) -> Result<Done, ExportError> {
    let mut w = Writer {
        cx,
        out,
        watch,
        text: String::new(),
        stack: vec![Step::Value(root)],
        path: Vec::new(),
        seen: HashMap::new(),
        missing: 0,
        done: 0,
    };
    w.run()?;
    w.text.push('\n');
    w.flush(0)?;
    let missing = w.missing;
    Ok(Done { missing, notes: missing_note(missing, "null").into_iter().collect() })
}

/// Writes an array alone.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn write_array(a: &Array, out: &mut dyn Write, watch: Watch<'_>) -> Result<Done, ExportError> {
    let mut text = String::new();
    let missing = array(a, &mut text, out, watch)?;
    text.push('\n');
    out.write_all(text.as_bytes())?;
    Ok(Done { missing, notes: missing_note(missing, "null").into_iter().collect() })
}

enum Step<'a> {
    Text(&'static str),
    Owned(String),
    Value(Handle),
    /// `a, b`, and from where on.
    Items(&'a Items, u64),
    /// `[k, v], …`
    Pairs(&'a Items, u64),
    /// `"k": v, …`
    Fields(&'a Items, u64),
    /// Elements of an array of objects.
    Elements(&'a Items, Vec<u64>, u64),
    /// A step of the path begins and ends.
    Enter(String),
    Leave,
}

struct Writer<'a, 'b> {
    cx: &'a Cx<'a>,
    out: &'b mut dyn Write,
    watch: Watch<'b>,
    text: String,
    stack: Vec<Step<'a>>,
    path: Vec<String>,
    /// Where each shared container stands.
    seen: HashMap<NodeId, String>,
    missing: u64,
    done: u64,
}

impl<'a> Writer<'a, '_> {
    fn run(&mut self) -> Result<(), ExportError> {
        while let Some(step) = self.stack.pop() {
            match step {
                Step::Text(t) => self.text.push_str(t),
                Step::Owned(t) => self.text.push_str(&t),
                Step::Enter(s) => self.path.push(s),
                Step::Leave => _ = self.path.pop(),
                Step::Value(h) => self.value(h)?,
                Step::Items(items, at) => self.item(items, at, None)?,
                Step::Elements(items, shape, at) => self.item(items, at, Some(shape))?,
                Step::Pairs(items, at) => self.pair(items, at)?,
                Step::Fields(items, at) => self.field(items, at)?,
            }
            self.flush(1 << 16)?;
        }
        Ok(())
    }

    fn flush(&mut self, least: usize) -> Result<(), ExportError> {
        if self.text.len() > least {
            self.out.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    fn then<const N: usize>(&mut self, steps: [Step<'a>; N]) {
        self.stack.extend(steps.into_iter().rev());
    }

    fn count(&mut self) -> Result<(), ExportError> {
        self.done += 1;
        let total = self.cx.stream.graph.pool.len() as u64;
        if self.done.is_multiple_of(1 << 14) && !(self.watch)(self.done, total) {
            return Err(ExportError::Cancelled);
        }
        Ok(())
    }

    fn item(&mut self, items: &'a Items, at: u64, shape: Option<Vec<u64>>) -> Result<(), ExportError> {
        let Some(h) = self.cx.item(items, at) else { return Ok(()) };
        self.count()?;
        let (open, close, index, rest) = match shape {
            None => (String::new(), String::new(), format!("[{at}]"), Step::Items(items, at + 1)),
            Some(shape) => {
                let (open, close) = brackets(&shape, at);
                let index = crate::tensor::tuple(&unravel(&shape, at));
                let index = format!("[{}]", index.trim_matches(['(', ')']).trim_end_matches(','));
                (open, close, index, Step::Elements(items, shape, at + 1))
            }
        };
        let comma = if at > 0 { ", " } else { "" };
        self.then([
            Step::Text(comma),
            Step::Owned(open),
            Step::Enter(index),
            Step::Value(h),
            Step::Leave,
            Step::Owned(close),
            rest,
        ]);
        Ok(())
    }

    fn pair(&mut self, items: &'a Items, at: u64) -> Result<(), ExportError> {
        let Some(k) = self.cx.item(items, at) else { return Ok(()) };
        let v = self.cx.item(items, at + 1).unwrap_or(k);
        self.count()?;
        let seg = format!("[{}]", repr(self.cx, k, 60));
        self.then([
            Step::Text(if at > 0 { ", [" } else { "[" }),
            Step::Value(k),
            Step::Text(", "),
            Step::Enter(seg),
            Step::Value(v),
            Step::Leave,
            Step::Text("]"),
            Step::Pairs(items, at + 2),
        ]);
        Ok(())
    }

    fn field(&mut self, items: &'a Items, at: u64) -> Result<(), ExportError> {
        let Some(k) = self.cx.item(items, at) else { return Ok(()) };
        let v = self.cx.item(items, at + 1).unwrap_or(k);
        self.count()?;
        if at > 0 {
            self.text.push_str(", ");
        }
        self.key(k);
        let seg = format!("[{}]", repr(self.cx, k, 60));
        self.then([Step::Enter(seg), Step::Value(v), Step::Leave, Step::Fields(items, at + 2)]);
        Ok(())
    }

    /// The characters of a text.
    fn codes(&self, h: Handle) -> Option<Vec<u32>> {
        match self.cx.value(h) {
            Value::Str(form, span) => Some(self.cx.chars(form, span, usize::MAX)),
            Value::Legacy(form, span) => self.cx.legacy(form, span, usize::MAX).ok(),
            _ => None,
        }
    }

    fn key(&mut self, k: Handle) {
        let codes = self.codes(k).unwrap_or_default();
        quote_codes(&codes, &mut self.text);
        self.text.push_str(": ");
    }

    fn value(&mut self, h: Handle) -> Result<(), ExportError> {
        match self.cx.value(h) {
            Value::None | Value::Broken(_) => self.text.push_str("null"),
            Value::Bool(b) => self.text.push_str(if b { "true" } else { "false" }),
            Value::Int(i) => _ = write!(self.text, "{i}"),
            Value::Long(form, span) => match self.cx.big(h) {
                Some(n) => _ = write!(self.text, "{n}"),
                None => {
                    let bytes = self.cx.stream.bytes.read(span, usize::MAX);
                    let text = match form {
                        LongForm::Binary => {
                            let n = BigInt::from_signed_bytes_le(&bytes);
                            let sign = if n.sign() == num_bigint::Sign::Minus { "-" } else { "" };
                            format!("{sign}0x{:x}", n.magnitude())
                        }
                        LongForm::Text => String::from_utf8_lossy(&bytes).trim().trim_end_matches('L').to_owned(),
                    };
                    self.text.push_str("{\"$int\": ");
                    quote(&text, &mut self.text);
                    self.text.push('}');
                }
            },
            Value::Float(f) => float(f, &mut self.text),
            Value::Str(..) | Value::Legacy(..) => match self.codes(h) {
                Some(codes) => quote_codes(&codes, &mut self.text),
                None => self.bytes("$bytes", h)?,
            },
            Value::Bytes(_) => self.bytes("$bytes", h)?,
            Value::ByteArray(_) => self.bytes("$bytearray", h)?,
            Value::Node(id) => self.node(h, id)?,
        }
        Ok(())
    }

    fn bytes(&mut self, key: &str, h: Handle) -> Result<(), ExportError> {
        let Some(payload) = self.cx.payload(h) else {
            self.text.push_str("null");
            return Ok(());
        };
        _ = write!(self.text, "{{\"{key}\": \"");
        match payload.span().filter(|_| matches!(payload, crate::interpret::Payload::File(_))) {
            Some(span) => {
                let mut at = span.start;
                while at < span.end {
                    let piece = self.cx.stream.bytes.read(crate::source::Span::new(at, span.end), PIECE);
                    if piece.is_empty() {
                        break;
                    }
                    STANDARD.encode_string(&piece, &mut self.text);
                    at = at.saturating_add(piece.len() as u64);
                    self.flush(1 << 16)?;
                }
            }
            None => STANDARD.encode_string(payload.first(self.cx, usize::MAX), &mut self.text),
        }
        self.text.push_str("\"}");
        Ok(())
    }

    fn node(&mut self, h: Handle, id: NodeId) -> Result<(), ExportError> {
        let Some(node) = self.cx.node(h) else {
            self.text.push_str("null");
            return Ok(());
        };
        let leaf = match node {
            Node::Global { .. }
            | Node::Extension(_)
            | Node::Buffer(_)
            | Node::Persistent(None)
            | Node::Content
            | Node::Lost => true,
            Node::Tuple(items) => items.is_empty(),
            _ => false,
        };
        if !leaf && self.cx.stream.is_shared(h) {
            if let Some(path) = self.seen.get(&id) {
                self.text.push_str("{\"$ref\": ");
                quote(path, &mut self.text);
                self.text.push('}');
                return Ok(());
            }
            self.seen.insert(id, self.path.concat());
        }
        match node {
            Node::List(items) | Node::Tuple(items) => {
                self.then([Step::Text("["), Step::Items(items, 0), Step::Text("]")])
            }
            Node::Set(items) => self.then([Step::Text("{\"$set\": ["), Step::Items(items, 0), Step::Text("]}")]),
            Node::FrozenSet(items) => {
                self.then([Step::Text("{\"$frozenset\": ["), Step::Items(items, 0), Step::Text("]}")]);
            }
            Node::Dict(items) => self.dict(items),
            Node::Global { .. } => {
                let name = self.cx.global(h).map(|(m, n)| format!("{m}.{n}")).unwrap_or_default();
                self.tagged("$global", &name);
            }
            Node::Extension(code) => _ = write!(self.text, "{{\"$extension\": {code}}}"),
            Node::Buffer(n) => _ = write!(self.text, "{{\"$buffer\": {n}}}"),
            Node::Content => self.tagged("$member", "bytes"),
            Node::Lost => self.tagged("$lost", "before a fault"),
            Node::Persistent(None) => {
                let pid = self.cx.persid(h).unwrap_or_default();
                self.tagged("$persistent_id", &pid);
            }
            Node::Persistent(Some(pid)) => {
                self.then([Step::Text("{\"$persistent_id\": "), Step::Value(*pid), Step::Text("}")]);
            }
            Node::ReadOnly(of) => self.stack.push(Step::Value(*of)),
            Node::Call(_) => self.call(h)?,
        }
        Ok(())
    }

    fn tagged(&mut self, key: &str, text: &str) {
        _ = write!(self.text, "{{\"{key}\": ");
        quote(text, &mut self.text);
        self.text.push('}');
    }

    fn dict(&mut self, items: &'a Items) {
        let keyed = self.cx.stream.graph.pairs(items).all(|(k, _)| match self.cx.value(k) {
            Value::Str(..) => true,
            Value::Legacy(form, span) => self.cx.legacy(form, span, usize::MAX).is_ok(),
            _ => false,
        });
        if keyed && items.len().is_multiple_of(2) {
            self.then([Step::Text("{"), Step::Fields(items, 0), Step::Text("}")]);
        } else {
            self.then([Step::Text("{\"$dict\": ["), Step::Pairs(items, 0), Step::Text("]}")]);
        }
    }

    fn call(&mut self, h: Handle) -> Result<(), ExportError> {
        let Some(call) = self.cx.call(h) else { return Ok(()) };
        let m = meaning(self.cx, h);
        match &m.body {
            Body::Bytes(_) if m.kind == "bytes" || m.kind == "bytearray" => {
                return self.bytes(if m.kind == "bytes" { "$bytes" } else { "$bytearray" }, h);
            }
            Body::Array(a) | Body::Picture(a) => {
                let shape = a.array.shape().to_vec();
                match a.objects.and_then(|o| self.cx.items(o)) {
                    Some(items) if items.len() == a.array.len() && !a.array.is_empty() => {
                        self.stack.push(Step::Elements(items, shape, 0));
                    }
                    Some(_) if a.array.is_empty() => empty(&shape, &mut self.text),
                    Some(items) => self.then([Step::Text("["), Step::Items(items, 0), Step::Text("]")]),
                    None => self.missing += array(&a.array, &mut self.text, self.out, self.watch)?,
                }
                return Ok(());
            }
            _ => {}
        }
        if m.kind == "complex" {
            let part = |i| self.cx.arg(call, i).and_then(|p| self.cx.float(p)).unwrap_or(0.0);
            let (re, im) = (part(0), part(1));
            complex(re, im, &mut self.text);
            return Ok(());
        }
        if let ("set" | "frozenset", Some(items)) =
            (m.kind.as_str(), self.cx.arg(call, 0).and_then(|l| self.cx.items(l)))
        {
            let open = if m.kind == "set" { "{\"$set\": [" } else { "{\"$frozenset\": [" };
            self.then([Step::Text(open), Step::Items(items, 0), Step::Text("]}")]);
            return Ok(());
        }
        self.text.push_str("{\"$type\": ");
        quote(&m.kind, &mut self.text);
        if matches!(m.body, Body::Scalar) && m.reader != "raw" {
            self.text.push_str(", \"repr\": ");
            quote(&repr(self.cx, h, 1 << 20), &mut self.text);
            self.text.push('}');
            return Ok(());
        }
        let mut steps = Vec::new();
        let args = self.cx.args(call);
        if !args.is_empty() {
            let enter = Step::Enter(".__reduce__[1]".to_owned());
            steps.extend([Step::Text(", \"args\": ["), enter, Step::Items(args, 0), Step::Leave, Step::Text("]")]);
        }
        if let Some(kwargs) = call.kwargs.and_then(|k| self.cx.dict(k)).filter(|k| !k.is_empty()) {
            steps.extend([Step::Text(", \"kwargs\": [")]);
            steps.extend([Step::Pairs(kwargs, 0), Step::Text("]")]);
        }
        for s in self.cx.stream.graph.states(h) {
            let enter = Step::Enter(".__setstate__".to_owned());
            steps.extend([Step::Text(", \"state\": "), enter, Step::Value(s.value), Step::Leave]);
        }
        if !call.list_items.is_empty() {
            steps.extend([Step::Text(", \"items\": ["), Step::Items(&call.list_items, 0), Step::Text("]")]);
        }
        if !call.dict_items.is_empty() {
            steps.extend([Step::Text(", \"entries\": ["), Step::Pairs(&call.dict_items, 0), Step::Text("]")]);
        }
        steps.push(Step::Text("}"));
        self.stack.extend(steps.into_iter().rev());
        Ok(())
    }
}

/// The brackets that open before element `n` of an array and close after it.
fn brackets(shape: &[u64], n: u64) -> (String, String) {
    let (mut open, mut close, mut inner) = (0, 0, 1_u64);
    for d in shape.iter().rev() {
        inner = inner.saturating_mul(*d);
        open += usize::from(n.is_multiple_of(inner.max(1)));
        close += usize::from((n + 1).is_multiple_of(inner.max(1)));
    }
    ("[".repeat(open), "]".repeat(close))
}

fn unravel(shape: &[u64], mut n: u64) -> Vec<u64> {
    let mut index: Vec<u64> = Vec::with_capacity(shape.len());
    for d in shape.iter().rev() {
        index.push(n % d.max(&1));
        n /= d.max(&1);
    }
    index.reverse();
    index
}

/// Nested lists without elements: `[]`, `[[], []]`.
fn empty(shape: &[u64], out: &mut String) {
    /// Lists that are written: a shape may claim any number of empty ones.
    const MOST: u64 = 1 << 20;
    let before: Vec<u64> = shape.iter().copied().take_while(|d| *d > 0).collect();
    let count = before.iter().fold(1_u64, |n, d| n.saturating_mul(*d));
    if count > MOST {
        out.push_str("[]");
        return;
    }
    for n in 0..count {
        let (open, close) = brackets(&before, n);
        _ = write!(out, "{}{open}[]{close}", if n > 0 { ", " } else { "" });
    }
}

/// The elements of an array as nested lists; how many are missing.
fn array(a: &Array, text: &mut String, out: &mut dyn Write, watch: Watch<'_>) -> Result<u64, ExportError> {
    super::worth(a)?;
    let a = a.clone().opened().map_err(|e| ExportError::Cannot(e.to_string()))?;
    if a.is_empty() {
        empty(a.shape(), text);
        return Ok(0);
    }
    let item = usize::try_from(a.dtype.item_size).unwrap_or(usize::MAX);
    let (blocks, total) = (a.blocks(1 << 20), a.len());
    let (mut raw, mut missing, mut n) = (Vec::new(), 0, 0_u64);
    for i in 0..blocks.len() {
        let Some((start, block)) = blocks.get(i) else { break };
        if !watch(start, total) {
            return Err(ExportError::Cancelled);
        }
        raw.resize(usize::try_from(block.nbytes()).unwrap_or(0), 0);
        let mut there = vec![true; usize::try_from(block.len()).unwrap_or(0)];
        block.gather(&mut raw, Some(&mut there)).map_err(|e| ExportError::Cannot(e.to_string()))?;
        for (k, is) in (0_u64..).zip(&there) {
            let from = usize::try_from(k).unwrap_or(usize::MAX).saturating_mul(item);
            let mut value = match is {
                true => Scalar::decode(&a.dtype, raw.get(from..from.saturating_add(item)).unwrap_or(&[])),
                false => Scalar::Missing,
            };
            missing += u64::from(!is);
            if let Some(mask) = block.mask() {
                value = value.masked_by(&mask.value(&block.unravel(k)));
            }
            let (open, close) = brackets(a.shape(), n);
            if n > 0 {
                text.push_str(", ");
            }
            text.push_str(&open);
            scalar(&value, text);
            text.push_str(&close);
            n += 1;
            if text.len() > 1 << 16 {
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
    }
    Ok(missing)
}

/// An element.
pub(super) fn scalar(s: &Scalar, out: &mut String) {
    match s {
        Scalar::Missing | Scalar::Masked => out.push_str("null"),
        Scalar::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Scalar::Int(_) | Scalar::UInt(_) => out.push_str(&s.text()),
        // The shortest text that is the same number in the element's own precision.
        Scalar::F32(f) if f.is_finite() => out.push_str(&s.text()),
        Scalar::F16(f) if f.is_finite() => out.push_str(&s.text()),
        Scalar::F64(f) => float(*f, out),
        Scalar::F16(_) | Scalar::F32(_) | Scalar::BF16(_) | Scalar::Mini(..) => {
            float(s.to_f64().unwrap_or(f64::NAN), out)
        }
        Scalar::Long(l) => {
            let f = l.to_f64();
            if f.is_nan() || f.is_infinite() { float(f, out) } else { out.push_str(&s.text()) }
        }
        Scalar::Complex16(re, im) => complex(re.to_f64(), im.to_f64(), out),
        Scalar::Complex32(re, im) => {
            out.push('[');
            scalar(&Scalar::F32(*re), out);
            out.push_str(", ");
            scalar(&Scalar::F32(*im), out);
            out.push(']');
        }
        Scalar::Complex64(re, im) => complex(*re, *im, out),
        Scalar::ComplexLong(re, im) => complex(re.to_f64(), im.to_f64(), out),
        Scalar::Datetime(i64::MIN, _) | Scalar::Timedelta(i64::MIN, _) => out.push_str("\"NaT\""),
        Scalar::Datetime(..) | Scalar::Timedelta(..) => quote(&s.text(), out),
        Scalar::Bytes(b) | Scalar::Void(b) => {
            out.push_str("{\"$bytes\": \"");
            STANDARD.encode_string(b, out);
            out.push_str("\"}");
        }
        Scalar::Str(chars) => quote_codes(chars, out),
        // Depth is bounded where dtypes are built.
        Scalar::Struct(fields) => {
            out.push('{');
            for (i, (name, v)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                quote(name, out);
                out.push_str(": ");
                scalar(v, out);
            }
            out.push('}');
        }
        Scalar::Sub(a) => {
            for n in 0..a.len() {
                let (open, close) = brackets(a.shape(), n);
                _ = write!(out, "{}{open}", if n > 0 { ", " } else { "" });
                scalar(&a.value(&a.unravel(n)), out);
                out.push_str(&close);
            }
            if a.is_empty() {
                out.push_str("[]");
            }
        }
        Scalar::Object(_) | Scalar::Text(_) | Scalar::Cut(..) => quote(&one_line(&s.text(), 1000), out),
    }
}

fn complex(re: f64, im: f64, out: &mut String) {
    out.push('[');
    float(re, out);
    out.push_str(", ");
    float(im, out);
    out.push(']');
}

/// A float as Python writes it, which JSON reads too.
fn float(f: f64, out: &mut String) {
    if f.is_nan() {
        out.push_str("\"NaN\"");
    } else if f.is_infinite() {
        out.push_str(if f > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    } else {
        out.push_str(&pyrepr::float_repr(f));
    }
}

fn quote(s: &str, out: &mut String) {
    out.push('"');
    s.chars().for_each(|c| push_char(u32::from(c), out));
    out.push('"');
}

fn quote_codes(codes: &[u32], out: &mut String) {
    out.push('"');
    codes.iter().for_each(|c| push_char(*c, out));
    out.push('"');
}

fn push_char(code: u32, out: &mut String) {
    match char::from_u32(code) {
        Some('"') => out.push_str("\\\""),
        Some('\\') => out.push_str("\\\\"),
        Some('\n') => out.push_str("\\n"),
        Some('\r') => out.push_str("\\r"),
        Some('\t') => out.push_str("\\t"),
        Some(c) if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => _ = write!(out, "\\u{code:04x}"),
        Some(c) => out.push(c),
        // A surrogate that stands alone: JSON can spell it, UTF-8 cannot.
        None if code <= 0xffff => _ = write!(out, "\\u{code:04x}"),
        None => out.push(char::REPLACEMENT_CHARACTER),
    }
}
