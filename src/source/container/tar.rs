//! Tar archives: header block after header block, with the long names of GNU and PAX. An entry's bytes are a part of the
//! archive's. A damaged header ends the walk; what stands before it is listed.

use super::archive::{Archive, Entry, Method};
use crate::source::{Bytes, Diagnostic, Span, limits};
use tar::{EntryType, Header};

const BLOCK: u64 = 512;

/// The first 512 bytes are a tar header: its checksum fits.
pub fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..512) else { return false };
    let Some(field) = block.get(148..156) else { return false };
    let digits: Vec<u8> = field.iter().copied().filter(u8::is_ascii_digit).collect();
    let Ok(want) = u32::from_str_radix(std::str::from_utf8(&digits).unwrap_or(""), 8) else { return false };
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    let own: u32 = field.iter().map(|b| u32::from(*b)).sum();
    want == sum.saturating_sub(own).saturating_add(8 * 32) && block.first() != Some(&0)
}

/// The entries of a tar, and what is wrong with the archive itself (spans in the archive's bytes).
pub fn read(bytes: &Bytes) -> (Archive, Vec<Diagnostic>) {
    let (mut archive, mut found) = (Archive::default(), Vec::new());
    let mut at = 0;
    let (mut long_name, mut long_size) = (None, None);
    loop {
        let block = bytes.read(Span::at(at, BLOCK), 512);
        if block.len() < 512 || block.iter().all(|b| *b == 0) {
            if block.is_empty() || !block.iter().all(|b| *b == 0) {
                let text = "The tar archive ends without its end mark: it was cut.";
                found.push(
                    Diagnostic::error("container-cut", Span::at(bytes.len(), 0), text)
                        .hint("Fetch or copy the file again; the entries before the cut are shown."),
                );
            }
            break;
        }
        if !is_header(&block) {
            let text = "The tar header here is damaged; the entries before it are shown.";
            found.push(Diagnostic::error("tar-header", Span::at(at, BLOCK), text));
            break;
        }
        let header = Header::from_byte_slice(&block);
        let size = long_size.take().or_else(|| header.entry_size().ok()).unwrap_or(0);
        let from = at.saturating_add(BLOCK);
        let raw = bytes.slice(Span::at(from, size));
        let kind = header.entry_type();
        if matches!(kind, EntryType::GNULongName) {
            let name = raw.read(Span::new(0, 1 << 16), 1 << 16);
            long_name = Some(lossy(name.split(|b| *b == 0).next().unwrap_or(&[])));
        } else if matches!(kind, EntryType::XHeader) {
            pax(&raw.read(Span::new(0, 1 << 20), 1 << 20), &mut long_name, &mut long_size);
        } else {
            let name = long_name.take().unwrap_or_else(|| lossy(&header.path_bytes()));
            if matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse) || kind.is_file() {
                if archive.entries.len() >= limits::MEMBERS {
                    let text =
                        format!("The archive has more than {} entries; the rest is not listed.", limits::MEMBERS);
                    found.push(Diagnostic::warning("members-limit", Span::at(at, 0), text));
                    break;
                }
                let mut problems = Vec::new();
                if raw.len() < size {
                    let text = format!("The archive ends inside this entry: {} of {size} bytes are there.", raw.len());
                    problems.push(Diagnostic::error("container-cut", Span::at(raw.len(), 0), text));
                }
                let size = raw.len();
                let method = Method::Stored;
                archive.entries.push(Entry { name, raw, method, size, crc: None, encrypted: false, problems });
            }
        }
        let Some(next) = size.checked_next_multiple_of(BLOCK).and_then(|n| from.checked_add(n)) else { break };
        at = next;
    }
    archive.judge_names();
    (archive, found)
}

fn lossy(b: &[u8]) -> String {
    String::from_utf8_lossy(b).into_owned()
}

/// `LEN KEY=VALUE\n` records: `path` and `size` count here.
fn pax(data: &[u8], name: &mut Option<String>, size: &mut Option<u64>) {
    let mut rest = data;
    while let Some(space) = memchr::memchr(b' ', rest) {
        let len = rest.get(..space).and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| d.parse::<usize>().ok());
        let Some(record) = len.and_then(|n| rest.get(space + 1..n.saturating_sub(1))) else { return };
        if let Some(v) = record.strip_prefix(b"path=") {
            *name = Some(lossy(v));
        } else if let Some(v) = record.strip_prefix(b"size=") {
            *size = std::str::from_utf8(v).ok().and_then(|v| v.parse().ok());
        }
        rest = len.and_then(|n| rest.get(n..)).unwrap_or(&[]);
    }
}
