//! What a run of bytes is, by its first bytes. Weak signs are to be confirmed by trying.
//! Must never look at a file's name.

use super::inflate::Codec;
use crate::source::Bytes;
use crate::source::Span;

/// A container's family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magic {
    /// Compressed as a whole.
    Coded(Codec),
    /// A zip archive: also npz, torch and others.
    Zip,
    /// A tar archive.
    Tar,
    /// A NumPy array with a header.
    Npy,
    /// joblib's oldest compression: `ZF`, the size in hexadecimal, zlib.
    Zf,
    /// A message of Pyro4.
    Pyro,
}

/// The family of `bytes`, if its first bytes are those of one.
pub fn magic(bytes: &Bytes) -> Option<Magic> {
    let head = bytes.read(Span::new(0, 512), 512);
    Some(match head.as_slice() {
        [0x1f, 0x8b, 8, ..] => Magic::Coded(Codec::Gzip),
        // `BZh` also begins a BINBYTES of 2 MB and more; the block or end mark behind it does not.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, ..] => Magic::Coded(Codec::Bz2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Magic::Coded(Codec::Xz),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Magic::Coded(Codec::Zstd),
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, rest @ ..] if skips_to_zstd(bytes, rest) => Magic::Coded(Codec::Zstd),
        [0x04, 0x22, 0x4d, 0x18, ..] => Magic::Coded(Codec::Lz4),
        [0x5d | 0x6d, 0, 0, ..] if is_lzma(&head) => Magic::Coded(Codec::Lzma),
        // CM 8 with a window of up to 32 KiB, no preset dictionary, and the check bits.
        [a @ (0x08 | 0x18 | 0x28 | 0x38 | 0x48 | 0x58 | 0x68 | 0x78), b, ..]
            if b & 0x20 == 0 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0 =>
        {
            Magic::Coded(Codec::Zlib)
        }
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Magic::Zip,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Magic::Npy,
        [b'Z', b'F', b'0', b'x' | b'X', ..] => Magic::Zf,
        [b'P', b'Y', b'R', b'O', ..] if head.len() >= 24 => Magic::Pyro,
        _ if super::tar::is_header(&head) => Magic::Tar,
        _ => return None,
    })
}

/// torch's own format before it took to zip: five pickles, the first of which is a number of its own, then storages.
pub(super) fn is_legacy_torch(bytes: &Bytes) -> bool {
    const MAGIC: [u8; 15] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
    bytes.read(Span::new(0, 15), 15) == MAGIC
}

/// A `.lzma` header as its writers make it: a dictionary of 2^n or 2^n + 2^(n-1) bytes, and a plausible size.
fn is_lzma(head: &[u8]) -> bool {
    let (Some(dict), Some(size)) = (head.get(1..5), head.get(5..13)) else { return false };
    let dict = dict.iter().rev().fold(0_u32, |n, b| n << 8 | u32::from(*b));
    let size = size.iter().rev().fold(0_u64, |n, b| n << 8 | u64::from(*b));
    let top = dict.checked_ilog2().map_or(0, |n| 1_u32 << n);
    let regular = dict == u32::MAX || (dict >= 4096 && (dict == top || dict == top | top >> 1));
    regular && (size == u64::MAX || size < 1 << 38)
}

fn skips_to_zstd(bytes: &Bytes, rest: &[u8]) -> bool {
    let Some([a, b, c, d]) = rest.get(..4) else { return false };
    let n = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    bytes.read(Span::at(n.saturating_add(8), 4), 4) == [0x28, 0xb5, 0x2f, 0xfd]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_are_not_taken() {
        let of = |b: &[u8]| magic(&Bytes::from_vec(b.to_vec()));
        // BINBYTES of 0x3968_5a… bytes is not bzip2, a list is not LZMA, text with x^ is not zlib.
        assert_eq!(of(b"BZh9abcdefgh"), None);
        assert_eq!(of(b"]\0\0\0\0\0\0\0\0\0\0\0\0\0"), None);
        assert_eq!(of(b"]\x94."), None);
        assert_eq!(of(b"x]"), None);
        assert_eq!(of(b"PKi"), None);
        assert_eq!(of(b""), None);
        assert_eq!(of(b"x\x9c"), Some(Magic::Coded(Codec::Zlib)));
        assert_eq!(of(b"BZh91AY&SY"), Some(Magic::Coded(Codec::Bz2)));
    }
}
