//! An array in a file that was cut before its BUILD: the parts of its state still lie on the stack, and the raw data may
//! have come in part. Recognises them; reads no elements.

use super::array::{Form, Parts};
use crate::interpret::payload::Payload;
use crate::interpret::types::Cx;
use crate::machine::{Call, Handle};
use crate::ops::text::{self, Spelling};
use crate::ops::{OpFault, Opcode};
use crate::source::{Bytes, Span};

/// What there is of a payload that the file ends in.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The bytes.
    pub payload: Payload,
    /// Bytes that the opcode's length field promised, where it has one.
    pub declared: Option<u64>,
    /// The opcode that was cut.
    pub code: Opcode,
}

/// The part of a payload that a cut left.
pub fn rest(bytes: &Bytes, fault: &OpFault) -> Option<Rest> {
    use crate::ops::FaultKind;
    let code = fault.code?;
    let span = fault.payload?;
    let declared = match fault.kind {
        FaultKind::LengthBeyondFile { declared, .. } => Some(declared),
        _ => None,
    };
    let payload = match code {
        Opcode::ShortBinbytes
        | Opcode::Binbytes
        | Opcode::Binbytes8
        | Opcode::Bytearray8
        | Opcode::Binstring
        | Opcode::ShortBinstring => Payload::File(span),
        Opcode::Binunicode | Opcode::ShortBinunicode | Opcode::Binunicode8 => Payload::Escaped(Spelling::Utf8, span),
        Opcode::Unicode => Payload::Escaped(Spelling::RawUnicode, whole_code_points(bytes, span)),
        // The opening quote is there, the closing one is not.
        Opcode::String if !span.is_empty() => {
            Payload::Escaped(Spelling::Escape, whole_escapes(bytes, Span::new(span.start + 1, span.end)))
        }
        _ => return None,
    };
    Some(Rest { payload, declared, code })
}

/// The text without an escape that the cut left half.
fn whole_escapes(bytes: &Bytes, span: Span) -> Span {
    let tail_at = span.end.saturating_sub(3).max(span.start);
    let tail = bytes.read(Span::new(tail_at, span.end), 3);
    for skip in (0..tail.len()).rev() {
        if tail.get(skip) == Some(&b'\\') {
            let part = Span::new(tail_at + skip as u64, span.end);
            // `\x4` is half an escape, `\\` and `\x41` are whole ones.
            let half = text::unescape(bytes, part, Spelling::Escape, 8).fault.is_some();
            if half {
                return Span::new(span.start, part.start);
            }
        }
    }
    span
}

/// The text without a `\uXXXX` that the cut left half.
fn whole_code_points(bytes: &Bytes, span: Span) -> Span {
    let at = span.end.saturating_sub(9).max(span.start);
    let tail = bytes.read(Span::new(at, span.end), 9);
    let Some(i) = tail.iter().rposition(|b| *b == b'\\') else { return span };
    let whole = match tail.get(i + 1) {
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(_) => 0,
        // Which character follows is not known.
        None => 2,
    };
    // NumPy's own writers escape every backslash, so that this one begins an escape.
    if tail.len() - i < whole { Span::new(span.start, at + i as u64) } else { span }
}

/// The pieces of an array that `_reconstruct` made and whose state is not complete.
pub(super) fn pending(cx: &Cx<'_>, h: Handle, call: &Call) -> Option<Parts> {
    let pickle = cx.stream.pickles.get(cx.pickle_of(cx.stream.graph.made(h)))?;
    if pickle.complete || !pickle.finished {
        return None;
    }
    // All that was on the stack: the root is its lowest value.
    let all = || pickle.root.into_iter().chain(pickle.pending.iter().copied());
    // The array is near the top: only what was begun last is unfinished.
    let n = pickle.pending.len() + usize::from(pickle.root.is_some());
    let at = all().skip(n.saturating_sub(64)).position(|v| v == h)? + n.saturating_sub(64);
    let marked = pickle.marks.iter().any(|m| usize::try_from(*m).is_ok_and(|m| m == at + 1));
    let mut after = all().skip(at + 1);
    let first = after.next()?;
    // The whole state, and only BUILD is missing.
    if cx.tuple(first).is_some() && !marked {
        let p = super::array::parts_of_state(cx, first, call)?;
        return Some(Parts { form: Form::Cut, ..p });
    }
    if !marked {
        return None;
    }
    let mut values = std::iter::once(first).chain(after);
    // Version 1 of the state; version 0 has none.
    let first = values.next()?;
    let (version, shape) = match cx.tuple(first) {
        Some(_) => (None, first),
        None => (Some(first), values.next()?),
    };
    let (dtype, order) = (values.next()?, values.next()?);
    let data = values.next();
    let cut = pickle.cut.as_ref().and_then(|f| rest(&cx.stream.bytes, f));
    let (data, rest) = match data {
        None => (None, cut),
        // `_codecs.encode` and its text: the call did not come.
        Some(f) if cx.is(f, "_codecs", "encode") => match values.next() {
            Some(text) if cx.payload(text).is_some() => (Some(text), None),
            // The arguments are there, and only the call is missing.
            Some(args) if cx.tuple(args).is_some() => (cx.nth(args, 0), None),
            _ => (None, cut),
        },
        Some(d) => (Some(d), None),
    };
    Some(Parts {
        form: Form::Cut,
        class: cx.arg(call, 0),
        args: Some(call.args),
        state: None,
        version,
        shape,
        dtype,
        order: Some(order),
        data,
        rest,
        axes: None,
        mask: None,
        fill_value: None,
    })
}
