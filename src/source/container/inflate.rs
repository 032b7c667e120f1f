//! Decompression, streamed: bytes in by positional read, bytes out into a [`Sink`], stopped by the allowance or the user.
//! Whatever was inflated before an end or a fault is kept. Must never believe a size that a header states.

use super::{Job, Progress};
use crate::source::{Bytes, Cursor, Diagnostic, Full, Sink, Span, limits};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use lzma_rust2::{Action, LzmaStream, Status as LzmaStatus, XzStream};
use std::io::{self, Read};

/// A way of compressing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// RFC 1952, one or several members.
    Gzip,
    /// bzip2, one or several streams.
    Bz2,
    /// xz, one or several streams.
    Xz,
    /// The older `.lzma` ("alone") format.
    Lzma,
    /// RFC 1950.
    Zlib,
    /// RFC 8878, one or several frames.
    Zstd,
    /// LZ4 frames.
    Lz4,
    /// RFC 1951, as zip entries have it.
    Deflate,
    /// LZMA behind a zip entry's own header; the number of bytes that the entry shall have.
    ZipLzma(u64),
}

impl Codec {
    /// The container name of `report --json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bz2 => "bz2",
            Self::Xz => "xz",
            Self::Lzma | Self::ZipLzma(_) => "lzma",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Deflate => "deflate",
        }
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All of it is there.
    Whole,
    /// The compressed bytes end early.
    Cut,
    /// The compressed bytes make no sense from here on, in the library's words.
    Corrupt(String),
    /// The sink took no more.
    Full,
    /// The user stopped it.
    Cancelled,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Where in the compressed bytes it ended.
    pub at: u64,
    /// Checksums that do not match, bytes that follow.
    pub notes: Vec<(&'static str, String)>,
}

const OUT: usize = 256 << 10;

/// Inflates `bytes` from their beginning into `sink`.
pub fn inflate(codec: Codec, bytes: &Bytes, sink: &mut Sink<'_>, job: &Job<'_>) -> Outcome {
    let mut input = Cursor::new(bytes, 0);
    let mut notes = Vec::new();
    let end = match codec {
        Codec::Gzip => gzip(&mut input, sink, job, &mut notes),
        Codec::Zstd => zstd(&mut input, sink, job, &mut notes),
        Codec::Lz4 => lz4(&mut input, sink, job, &mut notes),
        Codec::Zlib => pump(&mut Push::Deflate(Decompress::new(true)), &mut input, sink, job),
        Codec::Deflate => pump(&mut Push::Deflate(Decompress::new(false)), &mut input, sink, job),
        Codec::Bz2 => streams(b"BZh", || Push::Bz2(bzip2::Decompress::new(false)), &mut input, sink, job, &mut notes),
        Codec::Xz => {
            let new = || Push::Xz(Box::new(XzStream::new_mem_limit(false, DICTIONARY_KB)));
            streams(b"\xfd7zXZ\0", new, &mut input, sink, job, &mut notes)
        }
        Codec::Lzma => {
            let lzma = Box::new(LzmaStream::new_mem_limit(DICTIONARY_KB, None));
            pump(&mut Push::Lzma(lzma), &mut input, sink, job)
        }
        Codec::ZipLzma(size) => match zip_lzma(&mut input, size) {
            Ok(lzma) => pump(&mut Push::Lzma(Box::new(lzma)), &mut input, sink, job),
            Err(end) => end,
        },
    };
    Outcome { end, at: input.pos(), notes }
}

#[expect(clippy::cast_possible_truncation, reason = "a constant of well under 2^32 KiB")]
const DICTIONARY_KB: u32 = (limits::DICTIONARY >> 10) as u32;

/// Says what ended early or does not match, about the inflated bytes; an [`End::Whole`] without notes says nothing.
pub fn problems(codec: Codec, outcome: &Outcome, sink: &Sink<'_>, len: u64) -> Vec<Diagnostic> {
    let name = codec.name();
    let here = Span::at(sink.len(), 0);
    let mut out = Vec::new();
    match &outcome.end {
        End::Whole => {}
        End::Cut => out.push(
            Diagnostic::error(
                "container-cut",
                here,
                format!("The {name} data end early: {} bytes could be inflated of {len} compressed ones.", sink.len()),
            )
            .hint("Fetch or copy the file again; what could be inflated is shown."),
        ),
        End::Corrupt(why) => out.push(
            Diagnostic::error(
                "container-corrupt",
                here,
                format!(
                    "The {name} data are damaged at compressed byte {} of {len} ({why}); {} bytes could be inflated.",
                    outcome.at,
                    sink.len()
                ),
            )
            .hint("Fetch or copy the file again; the bytes just before the damage may be wrong too."),
        ),
        End::Full => match sink.full() {
            Some(Full::Disk(why)) => out.push(
                Diagnostic::error("spool", here, format!("Inflated bytes could not be kept: {why}."))
                    .hint("Make room in the temporary folder, then open the file again."),
            ),
            Some(Full::Allowance) => out.push(
                Diagnostic::error(
                    "inflated-limit",
                    here,
                    format!(
                        "Inflating stopped after {} bytes: all containers of a file together may inflate to {} bytes.",
                        sink.len(),
                        limits::INFLATED
                    ),
                )
                .hint("This may be a decompression bomb; if not, decompress the file first and open the result."),
            ),
            Some(Full::Enough) | None => {}
        },
        End::Cancelled => {
            out.push(Diagnostic::warning("cancelled", here, format!("Inflating the {name} data was stopped.")));
        }
    }
    for (code, text) in &outcome.notes {
        let severity = match *code {
            "container-trailing" => crate::source::Severity::Warning,
            _ => crate::source::Severity::Error,
        };
        out.push(Diagnostic::new(severity, code, here, text.clone()));
    }
    out
}

enum Push {
    Deflate(Decompress),
    Bz2(bzip2::Decompress),
    Xz(Box<XzStream>),
    Lzma(Box<LzmaStream>),
}

enum State {
    More,
    End,
    Failed(String),
}

impl Push {
    fn totals(&self) -> (u64, u64) {
        match self {
            Self::Deflate(d) => (d.total_in(), d.total_out()),
            Self::Bz2(d) => (d.total_in(), d.total_out()),
            Self::Xz(d) => (d.total_in(), d.total_out()),
            Self::Lzma(d) => (d.total_in(), d.total_out()),
        }
    }

    /// One step: bytes taken, bytes made (also before a failure), and how it stands.
    fn step(&mut self, input: &[u8], out: &mut [u8], last: bool) -> (usize, usize, State) {
        let before = self.totals();
        let action = if last { Action::Finish } else { Action::Run };
        let state = match self {
            Self::Deflate(d) => match d.decompress(input, out, FlushDecompress::None) {
                Ok(Status::StreamEnd) => State::End,
                Ok(Status::Ok | Status::BufError) => State::More,
                Err(e) => State::Failed(e.message().unwrap_or("invalid data").to_owned()),
            },
            Self::Bz2(d) => match d.decompress(input, out) {
                Ok(bzip2::Status::StreamEnd) => State::End,
                Ok(bzip2::Status::MemNeeded) => State::Failed("not enough memory".to_owned()),
                Ok(_) => State::More,
                Err(e) => State::Failed(e.to_string()),
            },
            Self::Xz(d) => lzma_state(d.process(input, out, action)),
            Self::Lzma(d) => lzma_state(d.process(input, out, action)),
        };
        let after = self.totals();
        let part = |a: u64, b: u64, most: usize| usize::try_from(b.saturating_sub(a)).unwrap_or(most).min(most);
        (part(before.0, after.0, input.len()), part(before.1, after.1, out.len()), state)
    }
}

fn lzma_state(result: lzma_rust2::Result<lzma_rust2::StreamResult>) -> State {
    match result {
        Ok(r) if r.status == LzmaStatus::StreamEnd => State::End,
        Ok(_) => State::More,
        Err(e) => State::Failed(e.to_string()),
    }
}

/// Drives a decoder to its end, the input's, or a fault. Leaves `input` behind what the decoder took.
fn pump(push: &mut Push, input: &mut Cursor, sink: &mut Sink<'_>, job: &Job<'_>) -> End {
    pump_through(push, input, sink, job, &mut |_| ())
}

fn pump_through(
    push: &mut Push,
    input: &mut Cursor,
    sink: &mut Sink<'_>,
    job: &Job<'_>,
    seen: &mut dyn FnMut(&[u8]),
) -> End {
    let total = input.bytes().len();
    let mut out = vec![0; OUT];
    // A decoder may hold output back for want of room, so one empty step does not yet mean that it is stuck.
    let mut idle = 0;
    loop {
        let pos = input.pos();
        let chunk = input.chunk();
        let chunk = chunk.get(..OUT.min(chunk.len())).unwrap_or(chunk);
        // xz and LZMA look a few bytes ahead; only when told that no more come do they give their last bytes.
        let last = chunk.is_empty();
        let (taken, made, state) = push.step(chunk, &mut out, last);
        input.seek(pos.saturating_add(taken as u64));
        let made_bytes = out.get(..made).unwrap_or(&[]);
        seen(made_bytes);
        if !sink.push(made_bytes) {
            return End::Full;
        }
        match state {
            State::End => return End::Whole,
            State::Failed(_) if last => return End::Cut,
            State::Failed(why) => return End::Corrupt(why),
            State::More => {}
        }
        idle = if taken == 0 && made == 0 { idle + 1 } else { 0 };
        if idle > 1 {
            return if input.left() == 0 { End::Cut } else { End::Corrupt("no progress".to_owned()) };
        }
        if !job.go_on(Progress { what: "inflating", done: input.pos(), total }) {
            return End::Cancelled;
        }
    }
}

/// Streams one after the other, as bzip2 and xz files may hold; NUL padding between them is passed over.
fn streams(
    magic: &[u8],
    new: impl Fn() -> Push,
    input: &mut Cursor,
    sink: &mut Sink<'_>,
    job: &Job<'_>,
    notes: &mut Vec<(&'static str, String)>,
) -> End {
    loop {
        let end = pump(&mut new(), input, sink, job);
        if end != End::Whole || !next_stream(magic, input, notes) {
            return end;
        }
    }
}

/// Whether another stream follows; other bytes that follow are noted.
fn next_stream(magic: &[u8], input: &mut Cursor, notes: &mut Vec<(&'static str, String)>) -> bool {
    let end = input.pos();
    while input.chunk().first() == Some(&0) {
        let zeros = input.chunk().iter().take_while(|b| **b == 0).count();
        input.seek(input.pos().saturating_add(zeros as u64));
    }
    if input.left() == 0 {
        return false;
    }
    let head = input.bytes().read(Span::at(input.pos(), magic.len() as u64), magic.len());
    if head == magic {
        return true;
    }
    let n = input.bytes().len().saturating_sub(end);
    notes.push((
        "container-trailing",
        format!("{n} bytes follow the end of the compressed data and belong to nothing."),
    ));
    false
}

fn gzip(input: &mut Cursor, sink: &mut Sink<'_>, job: &Job<'_>, notes: &mut Vec<(&'static str, String)>) -> End {
    loop {
        match gzip_header(input) {
            None => return End::Cut,
            Some(false) => return End::Corrupt("the header is not gzip's".to_owned()),
            Some(true) => {}
        }
        let mut crc = Crc::new();
        let mut push = Push::Deflate(Decompress::new(false));
        let end = pump_through(&mut push, input, sink, job, &mut |b| crc.update(b));
        if end != End::Whole {
            return end;
        }
        let (Some(want), Some(len)) = (input.array::<4>(), input.array::<4>()) else { return End::Cut };
        let (want, len) = (u32::from_le_bytes(want), u32::from_le_bytes(len));
        if want != crc.sum() {
            let text = format!("The gzip checksum is {want:08x}, but the inflated bytes have {:08x}.", crc.sum());
            notes.push(("container-crc", text));
        } else if len != crc.amount() {
            let text = format!("gzip states {len} bytes, but {} were inflated.", crc.amount());
            notes.push(("container-size", text));
        }
        if !next_stream(b"\x1f\x8b", input, notes) {
            return End::Whole;
        }
    }
}

/// Steps over a member's header; `None` when it is cut, `false` when it is none.
fn gzip_header(input: &mut Cursor) -> Option<bool> {
    let [a, b, method, flags, ..] = input.array::<10>()?;
    if (a, b, method) != (0x1f, 0x8b, 8) || flags & 0xe0 != 0 {
        return Some(false);
    }
    if flags & 4 != 0 {
        let n = u16::from_le_bytes(input.array()?);
        input.skip(u64::from(n)).then_some(())?;
    }
    // The name, then the comment, each ending with NUL.
    for bit in [8, 16] {
        if flags & bit != 0 {
            while input.u8()? != 0 {}
        }
    }
    if flags & 2 != 0 {
        input.array::<2>()?;
    }
    Some(true)
}

fn zip_lzma(input: &mut Cursor, size: u64) -> Result<LzmaStream, End> {
    let head = input.array::<9>().ok_or(End::Cut)?;
    let [_, _, n, _, props, d0, d1, d2, d3] = head;
    let dict = u32::from_le_bytes([d0, d1, d2, d3]);
    if n != 5 || u64::from(dict) > limits::DICTIONARY {
        return Err(End::Corrupt("the LZMA properties make no sense".to_owned()));
    }
    LzmaStream::new_with_props(size, props, dict, None).map_err(|e| End::Corrupt(e.to_string()))
}

/// A cursor for libraries that pull, counting chunks for progress and cancelling.
struct Pull<'a, 'b> {
    input: &'a mut Cursor,
    job: &'a Job<'b>,
    cancelled: bool,
    ended: bool,
}

impl Read for Pull<'_, '_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let total = self.input.bytes().len();
        if !self.job.go_on(Progress { what: "inflating", done: self.input.pos(), total }) {
            self.cancelled = true;
            return Err(io::Error::other("cancelled"));
        }
        let n = self.input.bytes().read_at(self.input.pos(), buf);
        self.input.skip(n as u64);
        self.ended |= n < buf.len();
        Ok(n)
    }
}

fn zstd(input: &mut Cursor, sink: &mut Sink<'_>, job: &Job<'_>, notes: &mut Vec<(&'static str, String)>) -> End {
    use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
    use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
    let mut frame = FrameDecoder::new();
    frame.set_max_window_size(limits::DICTIONARY);
    loop {
        let mut pull = Pull { input, job, cancelled: false, ended: false };
        match frame.init(&mut pull) {
            Ok(()) => {}
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                if !input.skip(u64::from(length)) {
                    return End::Cut;
                }
                if !next_zstd(input, notes) {
                    return End::Whole;
                }
                continue;
            }
            Err(_) if pull.cancelled => return End::Cancelled,
            Err(_) if pull.ended => return End::Cut,
            Err(e) => return End::Corrupt(e.to_string()),
        }
        loop {
            let result = frame.decode_blocks(&mut pull, BlockDecodingStrategy::UptoBytes(1 << 20));
            let end = match &result {
                Ok(_) => None,
                Err(_) if pull.cancelled => Some(End::Cancelled),
                Err(_) if pull.ended => Some(End::Cut),
                Err(e) => Some(End::Corrupt(e.to_string())),
            };
            if end.is_some() && !frame.is_finished() {
                // The decoder keeps a window back for later blocks. There are none: an empty last block (and room for
                // a checksum) makes it hand over what it has.
                frame.decode_blocks(&[1, 0, 0, 0, 0, 0, 0][..], BlockDecodingStrategy::All).ok();
            }
            if frame.collect_to_writer(&mut *sink).is_err() || sink.full().is_some() {
                return End::Full;
            }
            if let Some(end) = end {
                return end;
            }
            if frame.is_finished() {
                break;
            }
        }
        if let (Some(want), Some(have)) = (frame.get_checksum_from_data(), frame.get_calculated_checksum())
            && want != have
        {
            let text = format!("The zstd checksum is {want:08x}, but the inflated bytes have {have:08x}.");
            notes.push(("container-crc", text));
        }
        if !next_zstd(input, notes) {
            return End::Whole;
        }
    }
}

/// Whether another frame follows, skippable ones (`?? 2a 4d 18`) included.
fn next_zstd(input: &mut Cursor, notes: &mut Vec<(&'static str, String)>) -> bool {
    let head = input.bytes().read(Span::at(input.pos(), 4), 4);
    match head.as_slice() {
        [] => false,
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => true,
        _ => {
            let n = input.left();
            let text = format!("{n} bytes follow the end of the compressed data and belong to nothing.");
            notes.push(("container-trailing", text));
            false
        }
    }
}

fn lz4(input: &mut Cursor, sink: &mut Sink<'_>, job: &Job<'_>, notes: &mut Vec<(&'static str, String)>) -> End {
    let mut out = vec![0; OUT];
    loop {
        let mut frame = lz4_flex::frame::FrameDecoder::new(Pull { input, job, cancelled: false, ended: false });
        loop {
            match frame.read(&mut out) {
                Ok(0) => break,
                Ok(n) => {
                    if !sink.push(out.get(..n).unwrap_or(&[])) {
                        return End::Full;
                    }
                }
                Err(e) => {
                    let pull = frame.get_ref();
                    return match e.kind() {
                        _ if pull.cancelled => End::Cancelled,
                        _ if pull.ended => End::Cut,
                        _ => End::Corrupt(e.to_string()),
                    };
                }
            }
        }
        // The library ends quietly when the input does before the end mark: four zero bytes, and a checksum if any.
        let ended = frame.get_ref().ended;
        drop(frame);
        if ended {
            return End::Cut;
        }
        if !next_stream(b"\x04\x22\x4d\x18", input, notes) {
            return End::Whole;
        }
    }
}
