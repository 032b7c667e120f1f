//! Pickles that went through something that rewrites bytes, turned back. Works on copies; knows nothing of files.

use crate::source::{Bytes, limits};
use base64::Engine as _;

/// How the bytes of a pickle are got back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repair {
    /// Each code point of the UTF-8 text is a byte.
    Latin1,
    /// Base64, in lines or not, standard or for URLs.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// Python's `repr` of bytes: `b'\x80\x04…'`.
    Repr,
    /// Every CR LF is a LF.
    CrLf,
}

impl Repair {
    /// What it undoes, for a button.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latin1 => "undo UTF-8",
            Self::Base64 => "decode base64",
            Self::Hex => "decode hexadecimal",
            Self::Repr => "parse Python's repr",
            Self::CrLf => "undo CR LF",
        }
    }
}

/// The bytes turned back; `None` where they are not what the repair is for, or more than [`limits::UNESCAPED`].
pub fn try_repair(bytes: &Bytes, repair: Repair) -> Option<Vec<u8>> {
    if bytes.len() > limits::UNESCAPED {
        return None;
    }
    let data = bytes.read(bytes.span(), usize::MAX);
    match repair {
        Repair::Latin1 => {
            let text = whole_text(&data)?;
            text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
        }
        Repair::Base64 => base64(&data),
        Repair::Hex => hex(&data),
        Repair::Repr => repr(&data),
        Repair::CrLf => {
            let mut out = Vec::with_capacity(data.len());
            let mut rest = data.as_slice();
            while let Some(i) = memchr::memmem::find(rest, b"\r\n") {
                out.extend_from_slice(rest.get(..i)?);
                rest = rest.get(i + 1..)?;
            }
            out.extend_from_slice(rest);
            Some(out)
        }
    }
}

/// UTF-8, but for a character that the end cuts.
fn whole_text(data: &[u8]) -> Option<&str> {
    match std::str::from_utf8(data) {
        Ok(t) => Some(t),
        Err(e) if e.error_len().is_none() => std::str::from_utf8(data.get(..e.valid_up_to())?).ok(),
        Err(_) => None,
    }
}

fn base64(data: &[u8]) -> Option<Vec<u8>> {
    use base64::alphabet::{STANDARD, URL_SAFE};
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let mut digits: Vec<u8> = data.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    while digits.last() == Some(&b'=') {
        digits.pop();
    }
    // A part of a longer text may end within a group.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let alphabet = if digits.iter().any(|b| matches!(b, b'-' | b'_')) { URL_SAFE } else { STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let out = GeneralPurpose::new(&alphabet, config).decode(&digits).ok()?;
    (out.len() >= 2).then_some(out)
}

fn hex(data: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = data.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let digits = digits.strip_prefix(b"0x").unwrap_or(&digits);
    if digits.len() < 4 {
        return None;
    }
    let value = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    digits.chunks_exact(2).map(|p| Some(value(*p.first()?)? << 4 | value(*p.last()?)?)).collect()
}

fn repr(data: &[u8]) -> Option<Vec<u8>> {
    let text = data.trim_ascii();
    let text = text.strip_prefix(b"b").unwrap_or(text);
    let (quote, inner) = text.split_first().filter(|(q, _)| matches!(q, b'\'' | b'"'))?;
    let inner = inner.strip_suffix(&[*quote]).unwrap_or(inner);
    Some(super::text::unescape(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rewritten_comes_back() {
        let pickle = b"\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x01a\x94.\r\n\xff'\"\\".to_vec();
        let back = |data: Vec<u8>, how| try_repair(&Bytes::from_vec(data), how);
        let latin: String = pickle.iter().map(|b| char::from(*b)).collect();
        assert_eq!(back(latin.into_bytes(), Repair::Latin1), Some(pickle.clone()));
        let b64 = base64::engine::general_purpose::STANDARD.encode(&pickle);
        assert_eq!(back(format!("{}\n{}\n", &b64[..8], &b64[8..]).into_bytes(), Repair::Base64), Some(pickle.clone()));
        let hex: String = pickle.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(back(hex.into_bytes(), Repair::Hex), Some(pickle.clone()));
        let repr = crate::ops::pyrepr::bytes_repr(&pickle);
        assert_eq!(back(repr.into_bytes(), Repair::Repr), Some(pickle.clone()));
        assert_eq!(back(b"a\r\nb\rc\n\r\n".to_vec(), Repair::CrLf), Some(b"a\nb\rc\n\n".to_vec()));
        assert_eq!(back(b"not base64!".to_vec(), Repair::Base64), None);
    }
}
