//! Where the bytes of an array are, and how a byte of the array relates to a byte of the file.
//! Must never interpret them.

use crate::source::{Bytes, Span};
use std::fmt;
use std::sync::Arc;

/// The bytes behind one or more arrays. Cheap to clone.
#[derive(Clone)]
pub enum Data {
    /// Byte `i` of the data is byte `span.start + i` of `bytes`.
    File {
        /// The member (or file) that holds them.
        bytes: Bytes,
        /// Where in it.
        span: Span,
    },
    /// Made from the file: unescaped text, numbers that were written one opcode each.
    Memory {
        /// The bytes.
        bytes: Arc<[u8]>,
        /// Where in the file each came from, when that is known.
        map: Option<Arc<dyn OffsetMap>>,
    },
}

/// Tells which bytes of the file a made byte came from.
pub trait OffsetMap: Send + Sync {
    /// The file's bytes that gave the data bytes `span`.
    fn file_span(&self, span: Span) -> Option<Span>;
    /// The data byte that came from (a run with) the file's byte `offset`.
    fn data_byte(&self, offset: u64) -> Option<u64>;
}

impl Data {
    /// A part of a file.
    pub fn file(bytes: &Bytes, span: Span) -> Self {
        Self::File { bytes: bytes.clone(), span }
    }

    /// Bytes in memory that came from nowhere in particular.
    pub fn memory(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Memory { bytes: bytes.into(), map: None }
    }

    /// Bytes in memory, and where they came from.
    pub fn mapped(bytes: impl Into<Arc<[u8]>>, map: Arc<dyn OffsetMap>) -> Self {
        Self::Memory { bytes: bytes.into(), map: Some(map) }
    }

    /// Bytes that are really there.
    pub fn len(&self) -> u64 {
        match self {
            Self::File { bytes, span } => span.meet(bytes.span()).len(),
            Self::Memory { bytes, .. } => bytes.len() as u64,
        }
    }

    /// There is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` from byte `at` on; returns how many bytes there were. Goes through the file's block cache: for
    /// reads that walk on.
    pub fn read_at(&self, at: u64, buf: &mut [u8]) -> usize {
        self.read(at, buf, Bytes::read_at)
    }

    /// As [`Data::read_at`], for reads that jump about: what is not cached is read from the file alone, and not kept.
    pub fn peek_at(&self, at: u64, buf: &mut [u8]) -> usize {
        self.read(at, buf, Bytes::peek_at)
    }

    fn read(&self, at: u64, buf: &mut [u8], how: fn(&Bytes, u64, &mut [u8]) -> usize) -> usize {
        let n = self.len().saturating_sub(at);
        let n = usize::try_from(n).unwrap_or(usize::MAX).min(buf.len());
        let Some(buf) = buf.get_mut(..n) else { return 0 };
        match self {
            Self::File { bytes, span } => span.start.checked_add(at).map_or(0, |at| how(bytes, at, buf)),
            Self::Memory { bytes, .. } => {
                let from = usize::try_from(at).ok().and_then(|at| bytes.get(at..at.checked_add(n)?));
                from.map_or(0, |from| {
                    buf.copy_from_slice(from);
                    n
                })
            }
        }
    }

    /// All of it as one slice, when it is in memory (a small file is).
    pub fn as_slice(&self) -> Option<&[u8]> {
        match self {
            Self::File { bytes, span } => {
                let span = span.meet(bytes.span());
                bytes.as_slice()?.get(usize::try_from(span.start).ok()?..usize::try_from(span.end).ok()?)
            }
            Self::Memory { bytes, .. } => Some(bytes),
        }
    }

    /// The file's bytes behind the data bytes `span`.
    pub fn file_span(&self, span: Span) -> Option<Span> {
        match self {
            Self::File { span: all, .. } => {
                let start = all.start.checked_add(span.start)?;
                Some(Span::at(start, span.len()))
            }
            Self::Memory { map, .. } => map.as_ref()?.file_span(span),
        }
    }

    /// The data byte behind the file's byte `offset`.
    pub fn data_byte(&self, offset: u64) -> Option<u64> {
        match self {
            Self::File { span, .. } => span.contains(offset).then(|| offset - span.start),
            Self::Memory { map, .. } => map.as_ref()?.data_byte(offset),
        }
    }

    /// The elements are one run of the file's bytes, as they stand.
    pub const fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { span, .. } => write!(f, "File({span})"),
            Self::Memory { bytes, map } => write!(f, "Memory({} bytes, mapped: {})", bytes.len(), map.is_some()),
        }
    }
}
