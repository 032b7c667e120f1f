//! What a file is that is no sound pickle: another format, a page saved in its place, or a pickle that went through
//! something that rewrites bytes. Looks at bytes alone; opens nothing. Containers are the business of `source`.

use super::repair::{Repair, try_repair};
use crate::source::{Bytes, Span};
use std::borrow::Cow;

/// What a file is instead of a pickle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatItIs {
    /// Stable, kebab-case.
    pub code: &'static str,
    /// What it is, to follow "this is": `a PNG picture`.
    pub name: Cow<'static, str>,
    /// One sentence of help.
    pub hint: Cow<'static, str>,
    /// How the pickle within is got back.
    pub repair: Option<Repair>,
    /// Bytes that the rewriting lost cannot be got back.
    pub lossy: bool,
    /// The bytes that say so.
    pub span: Span,
}

/// Bytes that are looked at.
const HEAD: usize = 64 << 10;

const NO_PICKLE: &str = "Open it with a program for that format, or look for the pickle that it should have been.";

/// Formats by their first bytes.
const SIGNS: &[(&[u8], &str, &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "png", "a PNG picture"),
    (b"\xff\xd8\xff", "jpeg", "a JPEG picture"),
    (b"GIF8", "gif", "a GIF picture"),
    (b"II*\0", "tiff", "a TIFF picture"),
    (b"MM\0*", "tiff", "a TIFF picture"),
    (b"\x89HDF\r\n\x1a\n", "hdf5", "an HDF5 file"),
    (b"PAR1", "parquet", "a Parquet file"),
    (b"ARROW1", "arrow", "an Arrow (Feather) file"),
    (b"GGUF", "gguf", "a GGUF model"),
    (b"SQLite format 3\0", "sqlite", "an SQLite database"),
    (b"MATLAB 5.0 MAT-file", "matlab", "a MATLAB file"),
    (b"%PDF-", "pdf", "a PDF document"),
    (b"\x7fELF", "elf", "an ELF executable"),
    (b"MZ", "exe", "a Windows executable"),
    (b"CDF\x01", "netcdf", "a NetCDF file"),
    (b"CDF\x02", "netcdf", "a NetCDF file"),
    (b"SIMPLE  =", "fits", "a FITS file"),
    (b"Obj\x01", "avro", "an Avro file"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "rar", "a RAR archive"),
    (b"\x93NUMPY", "npy", "a NumPy .npy file"),
    (b"PK\x03\x04", "zip", "a zip archive"),
    (b"\x1f\x8b", "gzip", "gzip data"),
    (b"BZh", "bz2", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd", "Zstandard data"),
    (b"\x04\x22\x4d\x18", "lz4", "LZ4 data"),
];

/// What the bytes are, where they are no pickle as they stand. Asked of sound pickles too it may answer, wrongly, for
/// some: ask where something is wrong.
pub fn what_it_is(bytes: &Bytes) -> Option<WhatItIs> {
    let head = bytes.read(bytes.span(), HEAD);
    let plain = |code, name: &'static str, hint: &'static str| WhatItIs {
        code,
        name: Cow::Borrowed(name),
        hint: Cow::Borrowed(hint),
        repair: None,
        lossy: false,
        span: Span::new(0, bytes.len().min(16)),
    };
    if head.is_empty() {
        let hint = "An interrupted write leaves one; write it again.";
        return Some(plain("empty", "an empty file", hint));
    }
    for (sign, code, name) in SIGNS {
        if head.starts_with(sign) {
            return Some(plain(code, name, NO_PICKLE));
        }
    }
    if is_safetensors(&head, bytes.len()) {
        return Some(plain("safetensors", "a safetensors file", NO_PICKLE));
    }
    rewritten(bytes, &head, plain).or_else(|| textual(&head, plain)).or_else(|| {
        let zeros = head.iter().all(|b| *b == 0);
        zeros.then(|| plain("zeros", "filled with zeros", "A write that never came to its bytes; write it again."))
    })
}

/// 8 bytes of length, and a JSON object of that length.
fn is_safetensors(head: &[u8], len: u64) -> bool {
    let Some((n, rest)) = head.split_first_chunk::<8>() else { return false };
    let n = u64::from_le_bytes(*n);
    (2..len).contains(&n) && rest.starts_with(b"{\"")
}

/// Rewritten on its way: the pickle, or most of it, is still there.
fn rewritten(
    bytes: &Bytes,
    head: &[u8],
    plain: impl Fn(&'static str, &'static str, &'static str) -> WhatItIs,
) -> Option<WhatItIs> {
    let lossy = |code, name, hint| {
        let mut w = plain(code, name, hint);
        w.lossy = true;
        w
    };
    if head.starts_with(b"\xef\xbf\xbd") {
        let hint = "Bytes are lost for good; copy the original again, in binary mode.";
        let name = "a pickle that was decoded as UTF-8 with replacement characters and saved as text";
        return Some(lossy("utf8-replaced", name, hint));
    }
    if head.starts_with(b"\xe2\x82\xac") {
        let hint = "Bytes that Windows-1252 lacks are lost; copy the original again, in binary mode.";
        return Some(lossy("cp1252-as-utf8", "a pickle that was read as Windows-1252 and saved as UTF-8", hint));
    }
    let repairable = |code, name, hint, repair| {
        let worth = try_repair(&bytes.slice(Span::new(0, 1 << 16)), repair).is_some_and(|d| looks_like_pickle(&d));
        worth.then(|| WhatItIs { repair: Some(repair), ..plain(code, name, hint) })
    };
    if head.starts_with(b"\xc2\x80") {
        let hint = "Nothing is lost: open the repaired view, or salvage.";
        let name = "a pickle that was read as Latin-1 and saved as UTF-8";
        if let Some(w) = repairable("latin1-as-utf8", name, hint, Repair::Latin1) {
            return Some(w);
        }
    }
    if head.starts_with(b"\xef\xbb\xbf") {
        return Some(plain("bom", "text with a UTF-8 byte order mark", "Remove the first three bytes."));
    }
    if matches!(head, [b'b', b'\'' | b'"', ..] | [b'b', b'\\', ..]) || head.starts_with(b"\"b'") {
        let hint = "It was written with str() or print(); open the repaired view, or salvage.";
        if let Some(w) = repairable("repr", "Python's repr of a pickle's bytes", hint, Repair::Repr) {
            return Some(w);
        }
    }
    let text = head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    if !text {
        return None;
    }
    let hint = "Open the repaired view, or decode it first.";
    repairable("hex", "a pickle in hexadecimal text", hint, Repair::Hex)
        .or_else(|| repairable("base64", "a pickle in base64 text", hint, Repair::Base64))
}

/// The first bytes of a pickle, as a repair got them: protocol 2 and later say so, older ones must decode.
fn looks_like_pickle(data: &[u8]) -> bool {
    if let [0x80, 2..=5, ..] = data {
        return true;
    }
    let bytes = Bytes::from_vec(data.to_vec());
    let start = crate::ops::sniff::plausibility(&bytes, 0);
    start.score >= crate::ops::sniff::PLAUSIBLE && start.ops >= 4
}

/// Text of some kind.
fn textual(head: &[u8], plain: impl Fn(&'static str, &'static str, &'static str) -> WhatItIs) -> Option<WhatItIs> {
    let text = match std::str::from_utf8(head) {
        Ok(t) => t,
        Err(e) if e.error_len().is_none() => std::str::from_utf8(head.get(..e.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c')) {
        return None;
    }
    let start = text.trim_start();
    if start.starts_with("version https://git-lfs") {
        let field = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).unwrap_or("?").trim().to_owned();
        let mut w = plain("git-lfs", "", "Fetch the file itself: git lfs pull");
        w.name = format!("a Git LFS pointer to {} bytes, {}, and not the file", field("size "), field("oid ")).into();
        return Some(w);
    }
    if start.starts_with('<') {
        let lower = start.get(..4096.min(start.len())).map_or_else(|| start.to_lowercase(), str::to_lowercase);
        if lower.starts_with("<!doctype html") || lower.contains("<html") || lower.contains("<head") {
            let hint = "A login, quota or error page was saved in the pickle's place; download it again.";
            let mut w = plain("html", "an HTML page", hint);
            if let Some(title) = title(start) {
                w.name = format!("an HTML page with the title “{title}”").into();
            }
            return Some(w);
        }
        let hint = "An error message was saved in the pickle's place, perhaps; download it again.";
        return Some(plain("xml", "an XML document", hint));
    }
    let json = match start.as_bytes() {
        [b'{', rest @ ..] => rest.trim_ascii_start().first().is_some_and(|b| matches!(b, b'"' | b'}')),
        [b'[', rest @ ..] => {
            let first = rest.trim_ascii_start().first();
            first.is_some_and(|b| matches!(b, b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
        }
        _ => false,
    };
    if json {
        return Some(plain("json", "JSON", "Read it with Python's json module."));
    }
    // Pickles of protocol 0 are text too: only what no pickle looks like is called so.
    let words = start.split_whitespace().take(40).filter(|w| w.len() > 1 && w.chars().all(char::is_alphabetic)).count();
    let lines = text.lines().take(40).filter(|l| l.contains(", ") || l.contains(',') || l.contains(' ')).count();
    let texty = words >= 3 || lines >= 2;
    texty.then(|| plain("text", "a text file", "Look for the pickle that it should have been."))
}

fn title(page: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let from = lower.find("<title")?;
    let from = from + lower.get(from..)?.find('>')? + 1;
    let to = from + lower.get(from..)?.find('<')?;
    let title: String = page.get(from..to)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then(|| title.chars().take(80).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_plain() {
        let code = |data: &[u8]| what_it_is(&Bytes::from_vec(data.to_vec())).map(|w| w.code);
        assert_eq!(code(b""), Some("empty"));
        assert_eq!(code(b"\x80\x04]\x94."), None);
        assert_eq!(code(b"(lp0\nI1\naI2\na."), None);
        assert_eq!(code(b"(dp0\nS'some words in a text'\np1\nI1\ns."), None);
        assert_eq!(code(b"{\"a\": 1}"), Some("json"));
        assert_eq!(code(b"[1, 2]"), Some("json"));
        assert_eq!(code(b"\0\0\0\0"), Some("zeros"));
        let w = what_it_is(&Bytes::from_vec(b"  <HTML><title>Sign\n in</title>".to_vec())).unwrap();
        assert_eq!(w.name, "an HTML page with the title “Sign in”");
    }
}
