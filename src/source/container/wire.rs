//! Headers that transports and old formats put before the bytes that matter: Pyro4 messages, multiprocessing's framed
//! messages, joblib's `ZF` files. What they say is kept, to be shown.

use crate::source::{Bytes, Cursor, Diagnostic, Span};

/// A header that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// What it is, in words.
    pub what: String,
    /// Its bytes, in the bytes that held it.
    pub span: Span,
}

/// A message: its header, its payload, and what is wrong with it.
pub type Message = (Skipped, Bytes, Vec<Diagnostic>);

/// The one message of Pyro4 that the bytes begin with. Big-endian: tag, version, type, flags, sequence number, data
/// size, serializer, annotations size, reserved, checksum; then the annotations and the data.
pub fn pyro(bytes: &Bytes) -> Option<Message> {
    let mut c = Cursor::new(bytes, 4);
    let mut short = || Some(u16::from_be_bytes(c.array()?));
    let (version, kind, flags, sequence) = (short()?, short()?, short()?, short()?);
    let mut c = Cursor::new(bytes, 12);
    let size = u32::from_be_bytes(c.array()?);
    let serializer = u16::from_be_bytes(c.array()?);
    let annotations = u16::from_be_bytes(c.array()?);
    let from = 24_u64.saturating_add(u64::from(annotations));
    let name = match serializer {
        1 => "serpent",
        2 => "json",
        3 => "marshal",
        4 => "pickle",
        5 => "dill",
        6 => "msgpack",
        7 => "cloudpickle",
        _ => "unknown",
    };
    let what = format!(
        "Pyro4 message: protocol {version}, type {kind}, flags {flags:#x}{}, sequence number {sequence}, serializer \
         {serializer} ({name}), {annotations} bytes of annotations, {size} bytes of data",
        if flags & 1 != 0 { " (compressed)" } else { "" },
    );
    let payload = bytes.slice(Span::at(from, u64::from(size)));
    let found = cut(&payload, u64::from(size));
    Some((Skipped { what, span: Span::new(0, from) }, payload, found))
}

/// multiprocessing's messages: a 4-byte big-endian length (-1: an 8-byte one follows), then that many bytes. Taken as
/// such only where a pickle of protocol 2 or later follows each length and the messages fill the bytes, the last one
/// perhaps cut.
pub fn multiprocessing(bytes: &Bytes) -> Option<Vec<Message>> {
    let mut c = Cursor::new(bytes, 0);
    let mut out = Vec::new();
    while c.left() > 0 {
        let start = c.pos();
        let size = match i32::from_be_bytes(c.array()?) {
            -1 => u64::from_be_bytes(c.array()?),
            n => u64::try_from(n).ok()?,
        };
        let span = Span::new(start, c.pos());
        let payload = bytes.slice(Span::at(c.pos(), size));
        let head = payload.read(Span::new(0, 2), 2);
        if !matches!(head.as_slice(), [0x80, 2..=5]) {
            return None;
        }
        // One cut message could be anything; a small length is more than chance.
        if payload.len() < size && (size > 1 << 40 || out.len() >= 100_000) {
            return None;
        }
        // A pickle that ends with the bytes is whole: what stands before it is no length of a message that was cut.
        let last = payload.len().checked_sub(1).and_then(|at| payload.get(at));
        if payload.len() < size && out.is_empty() && last == Some(b'.') {
            return None;
        }
        let what = format!("multiprocessing message of {size} bytes");
        let found = cut(&payload, size);
        c.seek(c.pos().saturating_add(payload.len()));
        out.push((Skipped { what, span }, payload, found));
    }
    (!out.is_empty()).then_some(out)
}

/// `ZF`, the inflated size in hexadecimal padded to 19 characters, then zlib.
pub fn zf(bytes: &Bytes) -> Option<(Skipped, Bytes)> {
    let field = bytes.read(Span::at(2, 19), 19);
    let text = std::str::from_utf8(&field).ok()?.trim_end().trim_end_matches('L');
    let size = u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()?;
    let what = format!("joblib ZF header: {size} bytes when inflated");
    Some((Skipped { what, span: Span::new(0, 21) }, bytes.slice(Span::new(21, bytes.len()))))
}

fn cut(payload: &Bytes, size: u64) -> Vec<Diagnostic> {
    if payload.len() >= size {
        return Vec::new();
    }
    let text = format!("The message states {size} bytes; {} are there.", payload.len());
    vec![Diagnostic::error("container-cut", Span::at(payload.len(), 0), text)]
}
