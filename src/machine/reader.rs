//! Reads arguments of ops that lie near each other: most lie within the block that is held, and cost no lock and no copy.
//! Knows nothing of pickles.

use crate::source::{Bytes, Span};
use std::sync::Arc;

/// Reads spans of one member.
pub(super) struct Reader {
    bytes: Bytes,
    block: Arc<[u8]>,
    /// The offset that stands `skip` bytes into the block.
    at: u64,
    skip: usize,
    scratch: Vec<u8>,
}

impl Reader {
    pub(super) fn new(bytes: &Bytes) -> Self {
        Self { bytes: bytes.clone(), block: Arc::from([]), at: 0, skip: 0, scratch: Vec::new() }
    }

    /// Where `span` lies in the block that is held.
    #[inline]
    fn held(&self, span: Span) -> Option<std::ops::Range<usize>> {
        let from = usize::try_from(span.start.checked_sub(self.at)?).ok()?.checked_add(self.skip)?;
        let to = from.checked_add(usize::try_from(span.len()).ok()?)?;
        (to <= self.block.len()).then_some(from..to)
    }

    /// The bytes of `span`, at most `max` of them.
    #[inline]
    pub(super) fn get(&mut self, span: Span, max: usize) -> &[u8] {
        let span = Span::at(span.start, span.len().min(max as u64));
        let range = match self.held(span) {
            Some(range) => Some(range),
            None => self.fetch(span),
        };
        match range {
            Some(range) => self.block.get(range).unwrap_or(&[]),
            None => &self.scratch,
        }
    }

    /// Fetches the block that holds `span`; where none holds all of it, copies it.
    #[cold]
    fn fetch(&mut self, span: Span) -> Option<std::ops::Range<usize>> {
        if let Some((block, skip)) = self.bytes.block(span.start) {
            (self.block, self.at, self.skip) = (block, span.start, skip);
            // The last block of a part of a file holds bytes beyond the part.
            if let Some(range) = self.held(span).filter(|_| span.end <= self.bytes.len()) {
                return Some(range);
            }
        }
        self.scratch = self.bytes.read(span, usize::MAX);
        None
    }

    /// The bytes from `at` to the end of a block, for walks over long payloads; empty at the end.
    pub(super) fn chunk(&mut self, span: Span) -> &[u8] {
        match self.bytes.block(span.start) {
            Some((block, skip)) => {
                (self.block, self.at, self.skip) = (block, span.start, skip);
                let n = usize::try_from(span.len()).unwrap_or(usize::MAX).min(self.block.len().saturating_sub(skip));
                self.block.get(skip..skip + n).unwrap_or(&[])
            }
            None => &[],
        }
    }
}
