//! Bytes that are spelt as text (protocols 0 to 2), decoded once, and the way back: which bytes of the file spell a decoded
//! byte. Nothing here knows what the bytes mean.

use super::{PyError, Run, Spelling, runs};
use crate::source::{Bytes, Span};
use std::ops::ControlFlow;

/// Decoded bytes from one checkpoint of the map to the next, at least.
const EVERY: u64 = 4096;
/// Plain bytes taken at a time, so that a checkpoint falls into long runs too.
const PIECE: usize = 4096;

/// Bytes that were spelt as text.
#[derive(Clone, Debug)]
pub struct Unescaped {
    /// The decoded bytes, up to the fault or the bound.
    pub bytes: Vec<u8>,
    /// The way back.
    pub map: OffsetMap,
    /// Why decoding stopped early, in CPython's words: a broken escape, or a character above 255.
    pub fault: Option<PyError>,
    /// The bound was met; more could be decoded.
    pub cut: bool,
}

/// Which bytes of the file spell which decoded byte: a checkpoint every few thousand, from which the text is walked again.
#[derive(Clone, Debug)]
pub struct OffsetMap {
    source: Span,
    spelling: Spelling,
    /// Decoded bytes in all.
    len: u64,
    points: Vec<Point>,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    decoded: u64,
    source: u64,
}

/// Decodes the bytes that `span` spells, at most `max` of them: for STRING the part between the quotes with
/// [`Spelling::Escape`]; for `_codecs.encode(text, 'latin1')` the text with its own spelling.
pub fn unescape(bytes: &Bytes, span: Span, spelling: Spelling, max: u64) -> Unescaped {
    let source = span.meet(bytes.span());
    let mut out: Vec<u8> = Vec::new();
    let mut points = Vec::new();
    let mut next = 0;
    let mut cut = false;
    let mut wide: Option<Wide> = None;
    let mut after_wide = false;
    let mut walk = |at: Span, run: Run<'_>| {
        let mut step = |source: u64, out: &Vec<u8>| {
            let decoded = out.len() as u64;
            if decoded >= next {
                points.push(Point { decoded, source });
                next = decoded + EVERY;
            }
        };
        match run {
            // What follows is walked for a fault of its own, which Python would meet first.
            Run::Plain(_) if wide.is_some() => after_wide = true,
            Run::Code(_) if after_wide => {}
            Run::Plain(plain) => {
                for (i, piece) in plain.chunks(PIECE).enumerate() {
                    step(at.start + (i * PIECE) as u64, &out);
                    let room = usize::try_from(max.saturating_sub(out.len() as u64)).unwrap_or(usize::MAX);
                    out.extend_from_slice(piece.get(..room).unwrap_or(piece));
                    if room < piece.len() {
                        cut = true;
                        return ControlFlow::Break(());
                    }
                }
            }
            Run::Code(code) => {
                step(at.start, &out);
                match (u8::try_from(code), &mut wide) {
                    (Ok(_), Some(_)) => after_wide = true,
                    (Ok(_), None) if out.len() as u64 >= max => {
                        cut = true;
                        return ControlFlow::Break(());
                    }
                    (Ok(b), None) => out.push(b),
                    (Err(_), Some(wide)) => wide.end += 1,
                    (Err(_), None) => {
                        let start = out.len() as u64;
                        wide = Some(Wide { code, start, end: start + 1 });
                    }
                }
            }
        }
        ControlFlow::Continue(())
    };
    let fault = runs(bytes, source, spelling, &mut walk).err();
    // Text is decoded whole before it is encoded: its own fault comes first.
    let fault = fault.or_else(|| wide.map(Wide::error));
    let len = out.len() as u64;
    Unescaped { bytes: out, map: OffsetMap { source, spelling, len, points }, fault, cut }
}

/// Characters that Latin-1 lacks.
struct Wide {
    code: u32,
    start: u64,
    end: u64,
}

impl Wide {
    fn error(self) -> PyError {
        let Self { code, start, end } = self;
        let what = match code {
            _ if end - start > 1 => format!("characters in position {start}-{}", end - 1),
            0..=0xff => format!("character '\\x{code:02x}' in position {start}"),
            0x100..=0xffff => format!("character '\\u{code:04x}' in position {start}"),
            _ => format!("character '\\U{code:08x}' in position {start}"),
        };
        PyError::new("UnicodeEncodeError", format!("'latin-1' codec can't encode {what}: ordinal not in range(256)"))
    }
}

impl OffsetMap {
    /// The file's bytes that spell the text.
    pub const fn source(&self) -> Span {
        self.source
    }

    /// The file's bytes that spell the decoded bytes `range`; empty at the start of the text when `range` is out of it.
    pub fn source_of(&self, range: Span, bytes: &Bytes) -> Span {
        let range = range.meet(Span::new(0, self.len));
        if range.is_empty() {
            return Span::at(self.source.start, 0);
        }
        let first = self.unit_at(range.start, bytes);
        let last = if range.len() == 1 { first } else { self.unit_at(range.end - 1, bytes) };
        match (first, last) {
            (Some(a), Some(b)) => a.join(b),
            _ => Span::at(self.source.start, 0),
        }
    }

    /// The decoded byte that the file's byte at `offset` takes part in spelling.
    pub fn decoded_at(&self, offset: u64, bytes: &Bytes) -> Option<u64> {
        if !self.source.contains(offset) {
            return None;
        }
        let from = self.before(|p| p.source <= offset)?;
        let mut decoded = from.decoded;
        let mut found = None;
        self.walk(from, bytes, |at, plain| {
            if at.contains(offset) {
                found = Some(decoded + if plain { offset - at.start } else { 0 });
                return ControlFlow::Break(());
            }
            decoded += if plain { at.len() } else { 1 };
            ControlFlow::Continue(())
        });
        found.filter(|d| *d < self.len)
    }

    /// The file's bytes that spell one decoded byte.
    fn unit_at(&self, index: u64, bytes: &Bytes) -> Option<Span> {
        let from = self.before(|p| p.decoded <= index)?;
        let mut decoded = from.decoded;
        let mut found = None;
        self.walk(from, bytes, |at, plain| {
            let count = if plain { at.len() } else { 1 };
            if index - decoded < count {
                found = Some(if plain { Span::at(at.start + (index - decoded), 1) } else { at });
                return ControlFlow::Break(());
            }
            decoded += count;
            ControlFlow::Continue(())
        });
        found
    }

    fn before(&self, reached: impl Fn(&Point) -> bool) -> Option<Point> {
        self.points.partition_point(reached).checked_sub(1).and_then(|i| self.points.get(i)).copied()
    }

    /// Tells for each run from a checkpoint on where its bytes are, and whether each of them decodes to one.
    fn walk(&self, from: Point, bytes: &Bytes, mut f: impl FnMut(Span, bool) -> ControlFlow<()>) {
        let span = Span::new(from.source, self.source.end);
        // A fault ends the walk where it ended the decoding.
        let _ = runs(bytes, span, self.spelling, &mut |at, run| f(at, matches!(run, Run::Plain(_))));
    }
}
