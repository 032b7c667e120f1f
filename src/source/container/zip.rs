//! Zip archives, read for what they hold rather than for what they should: by the central directory, or where it is
//! missing or damaged by the local headers. Two entries of one name, false flags, wrong sizes and checksums are told and
//! read past, which is why the directory is not read by a library that refuses them.

use super::archive::{Archive, Entry, Method};
use super::inflate::Codec;
use super::{Job, Progress};
use crate::source::{Bytes, Diagnostic, Span, limits};

const DIRECTORY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";
const END: &[u8] = b"PK\x05\x06";

fn le(b: &[u8], at: usize, n: usize) -> Option<u64> {
    Some(b.get(at..at.checked_add(n)?)?.iter().rev().fold(0, |v, b| v << 8 | u64::from(*b)))
}

/// The entries of a zip, and what is wrong with the archive itself (spans in the archive's bytes).
pub fn read(bytes: &Bytes, job: &Job<'_>) -> (Archive, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut archive = match directory(bytes, &mut found) {
        Some(a) if !a.entries.is_empty() || is_empty(bytes) => a,
        _ => {
            found.push(
                Diagnostic::error(
                    "zip-no-directory",
                    Span::at(bytes.len(), 0),
                    "The zip archive's directory, which stands at its end, is missing or damaged: the archive was cut.",
                )
                .hint("Fetch or copy the file again; entries are shown by their own headers as far as they go."),
            );
            by_local_headers(bytes, job, &mut found)
        }
    };
    archive.judge_names();
    (archive, found)
}

fn is_empty(bytes: &Bytes) -> bool {
    bytes.read(Span::new(0, 4), 4) == END
}

/// Where the directory starts, and where offsets count from (bytes may have been put before the archive).
fn find_directory(bytes: &Bytes) -> Option<(u64, u64, u64)> {
    let tail_from = bytes.len().saturating_sub(22 + 0xffff);
    let tail = bytes.read(Span::new(tail_from, bytes.len()), 22 + 0xffff);
    let mut upto = tail.len();
    loop {
        let at = memchr::memmem::rfind(tail.get(..upto)?, END)?;
        upto = at;
        let Some(end) = tail.get(at..).filter(|e| e.len() >= 22) else { continue };
        let end_at = tail_from.checked_add(at as u64)?;
        let (mut size, mut start) = (le(end, 12, 4)?, le(end, 16, 4)?);
        let mut record_at = end_at;
        // Zip64: a locator of 20 bytes stands before this record, and says where the longer one is.
        let locator = bytes.read(Span::new(end_at.saturating_sub(20), end_at), 20);
        if locator.starts_with(b"PK\x06\x07") {
            let zip64_at = le(&locator, 8, 8)?;
            for at in [zip64_at, end_at.saturating_sub(76)] {
                let record = bytes.read(Span::at(at, 56), 56);
                if record.starts_with(b"PK\x06\x06") && record.len() == 56 {
                    (size, start) = (le(&record, 40, 8)?, le(&record, 48, 8)?);
                    record_at = at;
                    break;
                }
            }
        }
        // The directory ends where its end record starts; where that is not what it says, bytes were put before it.
        let real = record_at.checked_sub(size)?;
        let shift = real.saturating_sub(start);
        let real = if real >= start { real } else { start };
        if size == 0 || bytes.read(Span::at(real, 4), 4) == DIRECTORY {
            return Some((real, size, shift));
        }
        if bytes.read(Span::at(start, 4), 4) == DIRECTORY {
            return Some((start, record_at.saturating_sub(start), 0));
        }
    }
}

fn directory(bytes: &Bytes, found: &mut Vec<Diagnostic>) -> Option<Archive> {
    let (mut at, size, shift) = find_directory(bytes)?;
    let end = at.checked_add(size)?;
    let mut archive = Archive::default();
    while at < end {
        let head = bytes.read(Span::at(at, 46), 46);
        if !head.starts_with(DIRECTORY) || head.len() < 46 {
            let text = "The zip directory is damaged here; the entries before it are shown.";
            found.push(Diagnostic::error("zip-directory", Span::at(at, 4), text));
            break;
        }
        if archive.entries.len() >= limits::MEMBERS {
            found.push(too_many(at));
            break;
        }
        let (flags, method) = (le(&head, 8, 2)?, le(&head, 10, 2)?);
        let crc = le(&head, 16, 4)?;
        let (mut packed, mut size, mut local) = (le(&head, 20, 4)?, le(&head, 24, 4)?, le(&head, 42, 4)?);
        let (name_len, extra_len, comment) = (le(&head, 28, 2)?, le(&head, 30, 2)?, le(&head, 32, 2)?);
        let name = bytes.read(Span::at(at + 46, name_len), usize::MAX);
        let extra = bytes.read(Span::at(at + 46 + name_len, extra_len), usize::MAX);
        zip64(&extra, &mut [&mut size, &mut packed, &mut local]);
        at = at.checked_add(46 + name_len + extra_len + comment)?;
        let name = text(&name, flags);
        if name.ends_with('/') && size == 0 {
            continue;
        }
        let mut problems = Vec::new();
        let raw = match local_data(bytes, local.saturating_add(shift)) {
            Some((from, local_name)) => {
                if local_name != name {
                    problems.push(
                        Diagnostic::warning(
                            "zip-names-differ",
                            Span::default(),
                            "The entry has another name in its own header than in the archive's directory.",
                        )
                        .hint("Readers that stream and readers that seek see different names."),
                    );
                }
                bytes.slice(Span::at(from, packed))
            }
            None => {
                let text = "The entry's own header is not where the archive's directory says.";
                problems.push(Diagnostic::error("zip-header", Span::default(), text));
                bytes.slice(Span::default())
            }
        };
        if raw.len() < packed {
            let text = format!("The archive ends inside this entry: {} of {packed} bytes are there.", raw.len());
            problems.push(Diagnostic::error("container-cut", Span::at(raw.len(), 0), text));
        }
        let crc = u32::try_from(crc).ok();
        let method = method_of(method, size);
        archive.entries.push(Entry { name, raw, method, size, crc, encrypted: flags & 1 != 0, problems });
    }
    Some(archive)
}

fn too_many(at: u64) -> Diagnostic {
    let text = format!("The archive has more than {} entries; the rest is not listed.", limits::MEMBERS);
    Diagnostic::warning("members-limit", Span::at(at, 0), text)
}

/// Fills in the fields that are all ones from the zip64 extra field, in its fixed order.
fn zip64(extra: &[u8], fields: &mut [&mut u64]) {
    let mut rest = extra;
    while let (Some(id), Some(n)) = (le(rest, 0, 2), le(rest, 2, 2)) {
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        let body = rest.get(4..n.saturating_add(4).min(rest.len())).unwrap_or(&[]);
        if id == 1 {
            let mut at = 0;
            for f in fields.iter_mut().filter(|f| ***f == 0xffff_ffff) {
                if let Some(v) = le(body, at, 8) {
                    **f = v;
                }
                at += 8;
            }
            return;
        }
        rest = rest.get(n.saturating_add(4)..).unwrap_or(&[]);
    }
}

/// Where the data of the entry whose local header is at `at` start, and the name that the header gives.
fn local_data(bytes: &Bytes, at: u64) -> Option<(u64, String)> {
    let head = bytes.read(Span::at(at, 30), 30);
    if !head.starts_with(LOCAL) {
        return None;
    }
    let (name, extra) = (le(&head, 26, 2)?, le(&head, 28, 2)?);
    let name_bytes = bytes.read(Span::at(at.checked_add(30)?, name), usize::MAX);
    Some((at.checked_add(30 + name + extra)?, text(&name_bytes, le(&head, 6, 2)?)))
}

const fn method_of(n: u64, size: u64) -> Method {
    match n {
        0 => Method::Stored,
        8 => Method::Coded(Codec::Deflate),
        12 => Method::Coded(Codec::Bz2),
        14 => Method::Coded(Codec::ZipLzma(size)),
        20 | 93 => Method::Coded(Codec::Zstd),
        95 => Method::Coded(Codec::Xz),
        #[expect(clippy::cast_possible_truncation, reason = "the field has 16 bits")]
        n => Method::Unknown(n as u16),
    }
}

/// Without a directory: header after header. Sizes that the header leaves to a descriptor behind the data are found by
/// looking for the next signature.
fn by_local_headers(bytes: &Bytes, job: &Job<'_>, found: &mut Vec<Diagnostic>) -> Archive {
    let mut archive = Archive::default();
    let mut at = 0;
    while let Some((from, name)) = local_data(bytes, at) {
        if archive.entries.len() >= limits::MEMBERS {
            found.push(too_many(at));
            break;
        }
        let head = bytes.read(Span::at(at, 30), 30);
        let field = |i, n| le(&head, i, n).unwrap_or(0);
        let (flags, crc) = (field(6, 2), field(14, 4));
        let (mut packed, mut size) = (field(18, 4), field(22, 4));
        let extra_from = from.saturating_sub(field(28, 2));
        zip64(&bytes.read(Span::new(extra_from, from), usize::MAX), &mut [&mut size, &mut packed]);
        let described = flags & 8 != 0 && packed == 0;
        let next = if described { next_signature(bytes, from, job) } else { from.saturating_add(packed) };
        let mut raw = bytes.slice(Span::new(from, next));
        let (mut crc, mut wants) = (u32::try_from(crc).ok(), size);
        if described {
            // The descriptor: signature, CRC and two sizes, of 4 bytes each or (zip64) the sizes of 8.
            (crc, wants) = (None, raw.len());
            for n in [16, 24] {
                let d = bytes.read(Span::new(next.saturating_sub(n), next), 24);
                let wide = if n == 16 { 4 } else { 8 };
                let packed = le(&d, 8, wide);
                if d.starts_with(b"PK\x07\x08") && packed == Some(raw.len().saturating_sub(n)) {
                    raw = raw.slice(Span::new(0, raw.len() - n));
                    crc = le(&d, 4, 4).and_then(|c| u32::try_from(c).ok());
                    wants = le(&d, 8 + wide, wide).unwrap_or(0);
                    break;
                }
            }
        }
        let method = method_of(field(8, 2), wants);
        let mut problems = Vec::new();
        if !described && raw.len() < packed {
            let text = format!("The archive ends inside this entry: {} of {packed} bytes are there.", raw.len());
            problems.push(Diagnostic::error("container-cut", Span::at(raw.len(), 0), text));
            (crc, wants) = (None, if method == Method::Stored { raw.len() } else { size });
        }
        if !name.ends_with('/') {
            archive.entries.push(Entry { name, raw, method, size: wants, crc, encrypted: flags & 1 != 0, problems });
        }
        if next <= at {
            break;
        }
        at = next;
    }
    archive
}

/// The next header of an entry, of the directory or of its end, from `from` on.
fn next_signature(bytes: &Bytes, from: u64, job: &Job<'_>) -> u64 {
    const STEP: u64 = 1 << 20;
    let mut at = from;
    while at < bytes.len() {
        let part = bytes.read(Span::at(at, STEP + 3), usize::MAX);
        let mut hits = memchr::memmem::find_iter(&part, b"PK");
        let hit = hits.find(|i| part.get(*i..i + 4).is_some_and(|s| s == LOCAL || s == DIRECTORY || s == END));
        if let Some(i) = hit {
            return at.saturating_add(i as u64);
        }
        at = at.saturating_add(STEP);
        if !job.go_on(Progress { what: "looking for entries", done: at.min(bytes.len()), total: bytes.len() }) {
            break;
        }
    }
    bytes.len()
}

/// A name: UTF-8 where it is (writers often forget the flag), else code page 437.
fn text(name: &[u8], flags: u64) -> String {
    match std::str::from_utf8(name) {
        Ok(s) => s.to_owned(),
        Err(_) if flags & 0x800 != 0 => String::from_utf8_lossy(name).into_owned(),
        Err(_) => name.iter().map(|b| cp437(*b)).collect(),
    }
}

fn cp437(b: u8) -> char {
    const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    b.checked_sub(128).map_or(char::from(b), |i| HIGH.chars().nth(usize::from(i)).unwrap_or('?'))
}
