//! Bytes, however a pickle spells them: raw, quoted with escapes, as Latin-1 text through `_codecs.encode`, as a list of
//! integers, out of band. Gives them where they stand, or unescaped with the way back to the file.

use super::types::Cx;
use crate::machine::{Handle, Node, TextForm, Value};
use crate::ops::text::{self, Spelling};
use crate::source::{Bytes, Span, limits};
use crate::tensor::{Data, OffsetMap};
use std::sync::Arc;

/// Where the bytes of a value are.
#[derive(Clone, Debug)]
pub enum Payload {
    /// As they are, in the member.
    File(Span),
    /// Spelt as text in the member.
    Escaped(Spelling, Span),
    /// There are none.
    Empty,
    /// A list of integers.
    Integers(Handle),
    /// In other bytes, and what those are.
    Outside(Given, String),
    /// In other bytes, which were not given.
    Missing(String),
}

/// Bytes of another file.
#[derive(Clone)]
pub struct Given(pub Bytes);

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// Bytes ready to be looked at.
pub struct Taken {
    /// The bytes.
    pub data: Data,
    /// They are one run of the member.
    pub raw: Option<Span>,
    /// In which other bytes they lie.
    pub outside: Option<String>,
    /// They were not unescaped, as a row would have to wait for them.
    pub deferred: bool,
    /// What is wrong with them, in words.
    pub fault: Option<String>,
}

impl Cx<'_> {
    /// The bytes that a value holds: bytes, bytearray, Python 2's str, a buffer, or what stands for them in old protocols.
    /// Text counts too, each character a byte: so NumPy reads what was loaded as Latin-1 and pickled again.
    pub fn payload(&self, h: Handle) -> Option<Payload> {
        match self.value(h) {
            Value::Bytes(span) | Value::ByteArray(span) => Some(Payload::File(span)),
            Value::Legacy(form, span) | Value::Str(form, span) => Some(self.spelt(form, span)),
            Value::Node(_) => self.payload_of_node(h),
            _ => None,
        }
    }

    fn spelt(&self, form: TextForm, span: Span) -> Payload {
        match super::look::spelling(&self.stream.bytes, form, span) {
            (Spelling::Latin1, span) => Payload::File(span),
            (_, span) if span.is_empty() => Payload::Empty,
            (spelling, span) => Payload::Escaped(spelling, span),
        }
    }

    fn payload_of_node(&self, h: Handle) -> Option<Payload> {
        match self.node(h)? {
            Node::ReadOnly(of) if self.node(*of).is_none_or(|n| !matches!(n, Node::ReadOnly(_))) => self.payload(*of),
            Node::Buffer(n) => {
                let pickle = self.pickle_of(self.stream.graph.made(h));
                let what = format!("out-of-band buffer {n}");
                Some(match self.externals.buffer(pickle, *n) {
                    Some(bytes) => Payload::Outside(Given(bytes), what),
                    None => Payload::Missing(what),
                })
            }
            Node::Call(call) => {
                if let Some(text) = self.encoded(h) {
                    return match self.value(text) {
                        Value::Legacy(form, span) | Value::Str(form, span) => Some(self.spelt(form, span)),
                        _ => None,
                    };
                }
                let call = (self.is(call.callable, "builtins", "bytes")
                    || self.is(call.callable, "builtins", "bytearray"))
                .then_some(call)?;
                match self.arg(call, 0) {
                    None => Some(Payload::Empty),
                    Some(list) if self.list(list).is_some() => Some(Payload::Integers(list)),
                    // The argument is bytes or text; a call within a call within a call is not followed.
                    Some(inner) if self.encoded(inner).is_some() || self.call(inner).is_none() => self.payload(inner),
                    Some(_) => None,
                }
            }
            _ => None,
        }
    }
}

impl Payload {
    /// Where the bytes stand in the member, however they are spelt.
    pub const fn span(&self) -> Option<Span> {
        match self {
            Self::File(span) | Self::Escaped(_, span) => Some(*span),
            _ => None,
        }
    }

    /// At most `max` of the bytes.
    pub fn first(&self, cx: &Cx<'_>, max: usize) -> Vec<u8> {
        let bytes = &cx.stream.bytes;
        match self {
            Self::File(span) => bytes.read(*span, max),
            Self::Escaped(spelling, span) => text::unescape(bytes, *span, *spelling, max as u64).bytes,
            Self::Empty | Self::Missing(_) => Vec::new(),
            Self::Integers(list) => integers(cx, *list, max as u64).0,
            Self::Outside(Given(bytes), _) => bytes.read(bytes.span(), max),
        }
    }

    /// The bytes themselves. Unescapes up to `limits::UNESCAPED` of them, or `limits::QUICK` for a row.
    pub fn take(&self, cx: &Cx<'_>) -> Taken {
        let plain = |data, raw| Taken { data, raw, outside: None, deferred: false, fault: None };
        let none = || Data::memory(Vec::new());
        match self {
            Self::File(span) => plain(Data::file(&cx.stream.bytes, *span), Some(*span)),
            Self::Empty => plain(none(), None),
            Self::Escaped(_, span) if !cx.thorough && span.len() > limits::QUICK => {
                Taken { deferred: true, ..plain(none(), None) }
            }
            Self::Escaped(spelling, span) => {
                let bytes = &cx.stream.bytes;
                let text::Unescaped { bytes: data, map, fault, cut } =
                    text::unescape(bytes, *span, *spelling, limits::UNESCAPED);
                let fault = match fault {
                    Some(e) => Some(e.to_string()),
                    None if cut => Some(format!("only the first {} bytes were unescaped", limits::UNESCAPED)),
                    None => None,
                };
                let map = Arc::new(Mapped { map, bytes: bytes.clone() });
                Taken { fault, ..plain(Data::mapped(data, map), None) }
            }
            Self::Integers(list) => {
                let max = if cx.thorough { limits::GATHERED } else { limits::QUICK };
                let (data, whole) = integers(cx, *list, max);
                let deferred = !whole && !cx.thorough;
                let fault = (!whole && !deferred).then(|| "not every item of the list is a byte".to_owned());
                Taken { deferred, fault, ..plain(Data::memory(data), None) }
            }
            Self::Outside(Given(bytes), what) => {
                Taken { outside: Some(what.clone()), ..plain(Data::file(bytes, bytes.span()), None) }
            }
            Self::Missing(what) => {
                let fault = Some(format!("the bytes lie in {what}, which was not given"));
                Taken { outside: Some(what.clone()), fault, ..plain(none(), None) }
            }
        }
    }
}

/// The bytes of a list of integers, and whether that is all of them.
fn integers(cx: &Cx<'_>, list: Handle, max: u64) -> (Vec<u8>, bool) {
    let Some(items) = cx.list(list) else { return (Vec::new(), false) };
    let mut out = Vec::new();
    for h in cx.stream.graph.items(items).take(usize::try_from(max).unwrap_or(usize::MAX)) {
        match cx.int(h).and_then(|i| u8::try_from(i).ok()) {
            Some(b) => out.push(b),
            None => return (out, false),
        }
    }
    let whole = out.len() as u64 == items.len();
    (out, whole)
}

/// The way from unescaped bytes back to the file.
struct Mapped {
    map: text::OffsetMap,
    bytes: Bytes,
}

impl OffsetMap for Mapped {
    fn file_span(&self, span: Span) -> Option<Span> {
        Some(self.map.source_of(span, &self.bytes)).filter(|s| !s.is_empty())
    }

    fn data_byte(&self, offset: u64) -> Option<u64> {
        self.map.decoded_at(offset, &self.bytes)
    }
}
