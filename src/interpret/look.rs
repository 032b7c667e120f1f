//! How readers look at the graph: names, arguments, attributes and small values, each bounded, none following a cycle.
//! What a thing means is decided elsewhere.

use super::compat;
use super::types::{Cx, LegacyText};
use crate::machine::{Call, CallKind, Handle, Items, LongForm, Node, NodeRecord, Target, TextForm, Value};
use crate::ops::text::{self, Spelling};
use crate::ops::{Arg, Op, OpIndex};
use crate::source::{Bytes, Span, limits};
use num_bigint::BigInt;
use std::ops::ControlFlow;

/// No items.
pub(super) static NOTHING: Items = Items::None;

/// The names of attributes and types that a class of Python has are short; longer ones are not compared.
const NAME: usize = 4096;

impl<'a> Cx<'a> {
    /// A value, decoded as far as it is cheap.
    pub fn value(&self, h: Handle) -> Value {
        self.stream.value(h)
    }

    /// The node of a handle, unless it is a scalar.
    pub fn node(&self, h: Handle) -> Option<&'a Node> {
        self.record(h).map(|r| &r.node)
    }

    /// The node of a handle and where it comes from.
    pub fn record(&self, h: Handle) -> Option<&'a NodeRecord> {
        self.stream.graph.node_of(h)
    }

    /// An op, decoded again.
    pub fn op(&self, op: OpIndex) -> Option<Op> {
        self.stream.op(op)
    }

    /// The op that made a value, its bytes included.
    pub fn made(&self, h: Handle) -> Option<Op> {
        self.op(self.stream.graph.made(h))
    }

    /// All bytes that made a value, from the first op of its parts to the op that put them together.
    pub fn span(&self, h: Handle) -> Span {
        let (start, end) = match h.target() {
            Target::Op(op) => (op, op),
            Target::Node(_) => self.record(h).map_or((OpIndex(0), OpIndex(0)), |r| (r.start, r.made)),
        };
        match (self.op(start), self.op(end)) {
            (Some(a), Some(b)) => a.span.join(b.span),
            _ => Span::default(),
        }
    }

    /// The number, in the member, of the pickle that an op belongs to.
    pub fn pickle_of(&self, op: OpIndex) -> usize {
        // Behind a pickle that stands in another, ops are the outer one's again.
        let near = || self.stream.pickles.partition_point(|p| p.first <= op).saturating_sub(1);
        self.stream.pickle_of(op).unwrap_or_else(near)
    }

    /// The protocol of the pickle that a value belongs to.
    pub fn protocol_of(&self, h: Handle) -> u8 {
        let pickle = self.pickle_of(self.stream.graph.made(h));
        self.stream.pickles.get(pickle).map_or(0, |p| p.protocol)
    }

    /// Module and name as the file spells them, of a global or a registered extension code.
    pub fn written_name(&self, h: Handle) -> Option<(&'a str, &'a str)> {
        match self.node(h)? {
            Node::Global { name, .. } => Some(self.stream.graph.name(*name)),
            Node::Extension(code) => self.options.extensions.get(code).map(|(m, n)| (m.as_str(), n.as_str())),
            _ => None,
        }
    }

    /// Module and name of a global in Python 3's spelling.
    pub fn global(&self, h: Handle) -> Option<(&'a str, &'a str)> {
        let (module, name) = self.written_name(h)?;
        Some(compat::renamed(module, name).unwrap_or((module, name)))
    }

    /// The qualified name of a global in Python 3's spelling, without `builtins`.
    pub fn qualified(&self, h: Handle) -> Option<String> {
        self.global(h).map(|(module, name)| qualify(module, name))
    }

    /// The call that would make an object.
    pub fn call(&self, h: Handle) -> Option<&'a Call> {
        self.stream.graph.call(h)
    }

    /// A call, and the name of what it calls in Python 3's spelling.
    pub fn named_call(&self, h: Handle) -> Option<(&'a Call, &'a str, &'a str)> {
        let call = self.call(h)?;
        let (module, name) = self.global(call.callable)?;
        Some((call, module, name))
    }

    /// A call of one of `names` in `module`.
    pub fn call_of(&self, h: Handle, module: &str, names: &[&str]) -> Option<&'a Call> {
        let (call, m, n) = self.named_call(h)?;
        (m == module && names.contains(&n)).then_some(call)
    }

    /// The class of an object that NEWOBJ, OBJ, INST or `copyreg._reconstructor` makes, or that a REDUCE calls.
    pub fn class_of(&self, h: Handle) -> Option<Handle> {
        let call = self.call(h)?;
        if self.is(call.callable, "copyreg", "_reconstructor")
            || self.is(call.callable, "copyreg", "__newobj__")
            || self.is(call.callable, "copyreg", "__newobj_ex__")
        {
            return self.arg(call, 0);
        }
        Some(call.callable)
    }

    /// The handle is that global, in Python 3's spelling.
    pub fn is(&self, h: Handle, module: &str, name: &str) -> bool {
        self.global(h) == Some((module, name))
    }

    /// The items of a tuple or a list (REDUCE's arguments may be either in a damaged file).
    pub fn sequence(&self, h: Handle) -> Option<&'a Items> {
        match self.node(h)? {
            Node::Tuple(items) | Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a tuple.
    pub fn tuple(&self, h: Handle) -> Option<&'a Items> {
        match self.node(h)? {
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn list(&self, h: Handle) -> Option<&'a Items> {
        match self.node(h)? {
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// The alternating keys and values of a dict.
    pub fn dict(&self, h: Handle) -> Option<&'a Items> {
        match self.node(h)? {
            Node::Dict(items) => Some(items),
            _ => None,
        }
    }

    /// Item `i` of a container.
    pub fn item(&self, items: &Items, i: u64) -> Option<Handle> {
        self.stream.graph.item(items, i)
    }

    /// The arguments of a call.
    pub fn args(&self, call: &Call) -> &'a Items {
        self.sequence(call.args).unwrap_or(&NOTHING)
    }

    /// Argument `i` of a call; a class given by `copyreg.__newobj__` is its argument 0.
    pub fn arg(&self, call: &Call, i: u64) -> Option<Handle> {
        self.item(self.args(call), i)
    }

    /// Item `i` of a tuple or list.
    pub fn nth(&self, h: Handle, i: u64) -> Option<Handle> {
        self.item(self.sequence(h)?, i)
    }

    /// Number of items of a tuple or list.
    pub fn count(&self, h: Handle) -> Option<u64> {
        self.sequence(h).map(Items::len)
    }

    /// The first `N` items of a tuple or list that has exactly so many.
    pub fn exactly<const N: usize>(&self, h: Handle) -> Option<[Handle; N]> {
        let items = self.sequence(h)?;
        if items.len() != N as u64 {
            return None;
        }
        let mut out = [h; N];
        for (i, slot) in out.iter_mut().enumerate() {
            *slot = self.item(items, i as u64)?;
        }
        Some(out)
    }

    /// The last state that BUILD gave an object.
    pub fn state(&self, h: Handle) -> Option<Handle> {
        self.stream.graph.states(h).last().map(|s| s.value)
    }

    /// It is None.
    pub fn is_none(&self, h: Handle) -> bool {
        self.value(h) == Value::None
    }

    /// An integer of at most 64 bits; bools count.
    pub fn int(&self, h: Handle) -> Option<i64> {
        match self.value(h) {
            Value::Int(i) => Some(i),
            Value::Bool(b) => Some(i64::from(b)),
            Value::Long(..) => i64::try_from(self.big(h)?).ok(),
            _ => None,
        }
    }

    /// A non-negative integer of at most 63 bits.
    pub fn size(&self, h: Handle) -> Option<u64> {
        self.int(h).and_then(|i| u64::try_from(i).ok())
    }

    /// An integer of any size up to `limits::DIGITS` digits.
    pub fn big(&self, h: Handle) -> Option<BigInt> {
        match self.value(h) {
            Value::Int(i) => Some(i.into()),
            Value::Bool(b) => Some(i64::from(b).into()),
            Value::Long(form, span) => self.long(form, span),
            _ => None,
        }
    }

    fn long(&self, form: LongForm, span: Span) -> Option<BigInt> {
        if span.len() > limits::DIGITS {
            return None;
        }
        let bytes = self.stream.bytes.read(span, usize::MAX);
        match form {
            LongForm::Binary => Some(BigInt::from_signed_bytes_le(&bytes)),
            LongForm::Text => {
                let text = std::str::from_utf8(&bytes).ok()?.trim();
                let text = text.strip_suffix(['L', 'l']).unwrap_or(text);
                let (sign, digits) = match text.strip_prefix('-') {
                    Some(rest) => (-1, rest),
                    None => (1, text.strip_prefix('+').unwrap_or(text)),
                };
                let radix = match digits.get(..2) {
                    Some("0x" | "0X") => 16,
                    Some("0o" | "0O") => 8,
                    Some("0b" | "0B") => 2,
                    _ => 10,
                };
                let digits = if radix == 10 { digits } else { digits.get(2..)? };
                BigInt::parse_bytes(digits.replace('_', "").as_bytes(), radix).map(|n| n * sign)
            }
        }
    }

    /// A float; integers count.
    pub fn float(&self, h: Handle) -> Option<f64> {
        match self.value(h) {
            Value::Float(f) => Some(f),
            #[expect(clippy::cast_precision_loss, reason = "as Python's float() rounds")]
            Value::Int(i) => Some(i as f64),
            _ => None,
        }
    }

    /// True, False, or an integer taken as such.
    pub fn truth(&self, h: Handle) -> Option<bool> {
        self.int(h).map(|i| i != 0)
    }

    /// Text of at most 4096 bytes, whether str, Python 2's str, or ASCII bytes: names, codes, keys.
    pub fn name(&self, h: Handle) -> Option<String> {
        match self.value(h) {
            Value::Bytes(span) | Value::Legacy(TextForm::Raw, span) if span.len() <= NAME as u64 => {
                let bytes = self.stream.bytes.read(span, NAME);
                // Latin-1, as NumPy reads the names that Python 2 wrote.
                Some(bytes.into_iter().map(char::from).collect())
            }
            Value::Legacy(form, span) | Value::Str(form, span) if span.len() <= NAME as u64 => {
                let chars = self.chars(form, span, NAME);
                chars.into_iter().map(|c| char::from_u32(c).or(Some('\u{fffd}'))).collect()
            }
            Value::Node(_) => {
                // `_codecs.encode('b', 'latin1')`: bytes below protocol 3.
                let text = self.encoded(h)?;
                self.name(text)
            }
            _ => None,
        }
    }

    /// The text of `_codecs.encode(text, 'latin1')`, how Python 3 writes bytes below protocol 3.
    pub fn encoded(&self, h: Handle) -> Option<Handle> {
        let call = self.call_of(h, "_codecs", &["encode"])?;
        if !call.states.is_empty() || call.kind != CallKind::Reduce {
            return None;
        }
        let text = self.arg(call, 0)?;
        let codec = self.arg(call, 1).map(|c| self.name(c).unwrap_or_default());
        match codec {
            None => {}
            Some(c) => {
                if !matches!(c.to_ascii_lowercase().as_str(), "latin1" | "latin-1" | "iso-8859-1" | "iso8859-1" | "l1")
                {
                    return None;
                }
            }
        }
        matches!(self.value(text), Value::Str(..) | Value::Legacy(..)).then_some(text)
    }

    /// The dict of an object's attributes, and that of its slots: the state itself, or both parts of a pair.
    pub fn attributes(&self, h: Handle) -> impl Iterator<Item = Handle> + 'a {
        let cx = *self;
        self.stream.graph.states(h).iter().rev().flat_map(move |s| {
            let pair = cx.exactly::<2>(s.value).filter(|_| cx.tuple(s.value).is_some());
            let parts = match pair {
                Some([a, b]) => [Some(a), Some(b)],
                None => [Some(s.value), None],
            };
            parts.into_iter().flatten().filter(move |d| cx.dict(*d).is_some())
        })
    }

    /// An attribute of an object, from the state that BUILD gave it.
    pub fn attr(&self, h: Handle, name: &str) -> Option<Handle> {
        self.attributes(h).find_map(|d| self.entry(d, name))
    }

    /// The value of a text key of a dict; the last one where it recurs. Looks at `limits::ATTRIBUTES` entries.
    pub fn entry(&self, dict: Handle, key: &str) -> Option<Handle> {
        let items = self.dict(dict)?;
        let pairs = self.stream.graph.pairs(items).take(limits::ATTRIBUTES);
        let mut found = None;
        for (k, v) in pairs {
            // The name is only decoded where its length can be right.
            if self.text_len_is(k, key) && self.name(k).as_deref() == Some(key) {
                found = Some(v);
            }
        }
        found
    }

    fn text_len_is(&self, h: Handle, key: &str) -> bool {
        match self.value(h) {
            Value::Str(TextForm::Utf8, span) => span.len() == key.len() as u64,
            Value::Str(..) | Value::Legacy(..) | Value::Bytes(_) | Value::Node(_) => true,
            _ => false,
        }
    }

    /// The items of a list, tuple, set or frozenset.
    pub fn items(&self, h: Handle) -> Option<&'a Items> {
        match self.node(h)? {
            Node::List(items) | Node::Tuple(items) | Node::Set(items) | Node::FrozenSet(items) => Some(items),
            _ => None,
        }
    }

    /// The line of PERSID.
    pub fn persid(&self, h: Handle) -> Option<String> {
        let op = self.made(h)?;
        match (self.node(h)?, op.arg) {
            (Node::Persistent(None), Arg::Line(span)) => {
                Some(String::from_utf8_lossy(&self.stream.bytes.read(span, NAME)).into_owned())
            }
            _ => None,
        }
    }

    /// The characters of a text, at most `max` of them; surrogates may stand alone, broken bytes end it with U+FFFD.
    pub fn chars(&self, form: TextForm, span: Span, max: usize) -> Vec<u32> {
        let bytes = &self.stream.bytes;
        let (spelling, span) = spelling(bytes, form, span);
        let mut out = Vec::new();
        let walk = text::runs(bytes, span, spelling, &mut |_, run| {
            let left = max.saturating_sub(out.len());
            match run {
                text::Run::Plain(p) => out.extend(p.iter().take(left).map(|b| u32::from(*b))),
                text::Run::Code(c) if left > 0 => out.push(c),
                text::Run::Code(_) => {}
            }
            if out.len() < max { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if walk.is_err() {
            out.push(0xfffd);
        }
        out
    }

    /// Python 2's 8-bit string as the options want it: `Ok` text, `Err` bytes. At most `max` bytes are read.
    pub fn legacy(&self, form: TextForm, span: Span, max: usize) -> Result<Vec<u32>, Vec<u8>> {
        let bytes: Vec<u8> = match form {
            TextForm::Raw => self.stream.bytes.read(span, max),
            // The escapes stand for bytes, each a character here.
            _ => self.chars(form, span, max).into_iter().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
        };
        match self.options.legacy_text {
            LegacyText::Auto if bytes.is_ascii() => Ok(bytes.into_iter().map(u32::from).collect()),
            LegacyText::Auto | LegacyText::Bytes => Err(bytes),
            LegacyText::Latin1 => Ok(bytes.into_iter().map(u32::from).collect()),
            // As `surrogateescape` shows them.
            LegacyText::Ascii => {
                Ok(bytes.into_iter().map(|b| if b < 0x80 { b.into() } else { 0xdc00 + u32::from(b) }).collect())
            }
            LegacyText::Utf8 => match String::from_utf8(bytes) {
                Ok(s) => Ok(s.chars().map(u32::from).collect()),
                Err(e) => Err(e.into_bytes()),
            },
        }
    }
}

/// How `ops` calls a text form, and the bytes that spell the text (a quoted one without its quotes).
pub(super) fn spelling(bytes: &Bytes, form: TextForm, span: Span) -> (Spelling, Span) {
    match form {
        TextForm::Utf8 => (Spelling::Utf8, span),
        TextForm::Raw => (Spelling::Latin1, span),
        TextForm::RawUnicodeEscape => (Spelling::RawUnicode, span),
        TextForm::Quoted => (Spelling::Escape, text::string_content(bytes, span).unwrap_or(span)),
    }
}

/// `module.name`, and the name alone for what is built in.
pub(super) fn qualify(module: &str, name: &str) -> String {
    match module {
        "builtins" | "__builtin__" => name.to_owned(),
        "" => name.to_owned(),
        _ => format!("{module}.{name}"),
    }
}

/// Text made fit for one row: control characters, direction marks and what is not printable escaped, cut to `max`
/// characters with an ellipsis.
pub fn one_line(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut left = max;
    for c in text.chars() {
        if left == 0 {
            out.push('…');
            return out;
        }
        left -= 1;
        if crate::source::pytext::is_printable(u32::from(c)) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// 1234567 as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 item`, `2 items`, `3 entries`; for nouns with a regular plural.
pub fn counted(n: u64, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{} {stem}ies", grouped(n)),
        _ => format!("{} {noun}s", grouped(n)),
    }
}
