//! torch's quantized integers of 4 and 2 bits, several to a byte: the first one in the lowest bits, whatever the shape.
//! Source: torch's own kernel (`quantize_tensor_per_channel_affine_sub_byte` or-s each value in, shifted by its place in the
//! byte), and files that it wrote. Must never read a storage longer than is gathered.

use super::types::Cx;
use crate::source::{Span, limits};
use crate::tensor::{Data, OffsetMap};
use std::sync::Arc;

/// The elements of a storage, a byte each.
pub(super) struct Unpacked {
    /// The bytes; none where it was not looked at yet.
    pub(super) data: Data,
    /// A quick look leaves a long storage for later.
    pub(super) deferred: bool,
}

/// Bits of an element of a type, where several share a byte.
pub(super) fn bits(name: Option<&str>) -> Option<u32> {
    match name {
        Some("quint4x2") => Some(4),
        Some("quint2x4") => Some(2),
        _ => None,
    }
}

/// Takes the elements apart; `None` where the storage is longer than is gathered.
pub(super) fn unpacked(cx: &Cx<'_>, data: &Data, bits: u32) -> Option<Unpacked> {
    let n = data.len();
    if n > limits::UNPACKED {
        return None;
    }
    if !cx.thorough && n > limits::QUICK {
        return Some(Unpacked { data: Data::memory(Vec::new()), deferred: true });
    }
    let mut packed = vec![0; usize::try_from(n).ok()?];
    let there = data.read_at(0, &mut packed);
    packed.truncate(there);
    let per = 8 / bits.max(1);
    let mask = u8::MAX >> (8_u32.saturating_sub(bits));
    let bytes: Vec<u8> = packed.iter().flat_map(|b| (0..per).map(move |k| (b >> (k * bits)) & mask)).collect();
    let data = match data.file_span(Span::at(0, n)) {
        Some(span) => Data::mapped(bytes, Arc::new(Places { span, per: u64::from(per) })),
        None => Data::memory(bytes),
    };
    Some(Unpacked { data, deferred: false })
}

/// Which byte of the file each element shares.
struct Places {
    span: Span,
    per: u64,
}

impl OffsetMap for Places {
    fn file_span(&self, span: Span) -> Option<Span> {
        let at = |n: u64| self.span.start.checked_add(n);
        Some(Span::new(at(span.start / self.per)?, at(span.end.div_ceil(self.per))?).meet(self.span))
    }

    fn data_byte(&self, offset: u64) -> Option<u64> {
        self.span.contains(offset).then(|| (offset - self.span.start).saturating_mul(self.per))
    }
}
