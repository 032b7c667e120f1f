//! Bytes by positional read: one cheap handle over memory, a file through a block cache, or a part of either.
//!
//! Never a memory map: a mapped file that a script truncates kills the process that looks at it.
//! A read that fails (a disk error, a file that shrank) returns what there is; the fault is kept and told by [`Bytes::fault`].

use super::Span;
use super::pieces::Composed;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Bytes of one cached block.
pub const BLOCK: usize = 1 << 20;
/// Blocks kept for one file: 48 MiB.
const BLOCKS_KEPT: usize = 48;
/// Files up to this many bytes are read whole.
pub const READ_WHOLE: u64 = 16 << 20;

/// A cheap, cloneable, thread-safe handle to some bytes.
#[derive(Clone)]
pub struct Bytes {
    store: Store,
    /// The part of the store that this handle shows.
    window: Span,
}

#[derive(Clone)]
enum Store {
    Memory(Arc<[u8]>),
    File(Arc<Blocks>),
    /// An edited copy.
    Composed(Arc<Composed>),
}

/// What a file looked like when it was opened; a difference later means that somebody wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Length in bytes.
    pub len: u64,
    /// Time of the last change, where the file system tells.
    pub modified: Option<SystemTime>,
}

/// A file, read in blocks that are kept for a while.
pub(super) struct Blocks {
    file: File,
    /// Bytes that may be read: grows only with a [`super::Spool`].
    len: AtomicU64,
    cache: Mutex<Cache>,
    clock: AtomicU64,
    fault: Mutex<Option<String>>,
}

#[derive(Default)]
struct Cache {
    blocks: HashMap<u64, (u64, Arc<[u8]>)>,
}

impl Bytes {
    /// Bytes that are in memory already.
    pub fn from_vec(v: Vec<u8>) -> Self {
        let window = Span::new(0, v.len() as u64);
        Self { store: Store::Memory(v.into()), window }
    }

    /// Opens a file for reading: whole if small, else through the block cache.
    ///
    /// # Errors
    /// The operating system's, when the file cannot be opened or its first read fails.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if meta.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        if !meta.is_file() || meta.len() <= READ_WHOLE {
            // Pipes and devices have no length to believe.
            return std::fs::read(path).map(Self::from_vec);
        }
        let blocks = Blocks::growing(file);
        blocks.grow(meta.len());
        Ok(Self::of_blocks(Arc::new(blocks), Span::new(0, meta.len())))
    }

    /// A part of a file.
    pub(super) fn of_blocks(blocks: Arc<Blocks>, window: Span) -> Self {
        Self { store: Store::File(blocks), window }
    }

    /// An edited copy.
    pub(super) fn composed(copy: Arc<Composed>) -> Self {
        let window = Span::new(0, copy.len());
        Self { store: Store::Composed(copy), window }
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.window.len()
    }

    /// There is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.window.is_empty()
    }

    /// All of it.
    pub fn span(&self) -> Span {
        Span::new(0, self.len())
    }

    /// The part `span`, cut to what there is; shares the store.
    pub fn slice(&self, span: Span) -> Self {
        let span = span.meet(self.span());
        Self { store: self.store.clone(), window: Span::at(self.window.start + span.start, span.len()) }
    }

    /// Fills `buf` from `at` on and returns how many bytes there were.
    pub fn read_at(&self, at: u64, buf: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            let Some((block, skip)) = self.block(at.saturating_add(done as u64)) else { break };
            let Some(have) = block.get(skip..) else { break };
            let left = self.len().saturating_sub(at.saturating_add(done as u64));
            let n = have.len().min(rest.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
            if n == 0 {
                break;
            }
            if let (Some(to), Some(from)) = (rest.get_mut(..n), have.get(..n)) {
                to.copy_from_slice(from);
            }
            done += n;
        }
        done
    }

    /// As [`Bytes::read_at`], for reads that jump about or are long: what no cached block holds is read from the file alone and not
    /// kept, so that a picture made of one row in twenty does not pull the whole file through the cache.
    pub fn peek_at(&self, at: u64, buf: &mut [u8]) -> usize {
        let n = usize::try_from(self.len().saturating_sub(at)).unwrap_or(usize::MAX).min(buf.len());
        match (&self.store, buf.get_mut(..n), self.window.start.checked_add(at)) {
            (Store::File(f), Some(buf), Some(at)) => f.peek(at, buf),
            (Store::Composed(c), Some(buf), Some(at)) => c.read(at, buf),
            (_, Some(buf), _) => self.read_at(at, buf),
            _ => 0,
        }
    }

    /// The bytes of `span` that are there, at most `max` of them.
    pub fn read(&self, span: Span, max: usize) -> Vec<u8> {
        let span = span.meet(self.span());
        let n = usize::try_from(span.len()).unwrap_or(usize::MAX).min(max);
        let mut v = vec![0; n];
        let got = self.read_at(span.start, &mut v);
        v.truncate(got);
        v
    }

    /// One byte, if it is there.
    pub fn get(&self, at: u64) -> Option<u8> {
        let mut b = [0];
        (self.read_at(at, &mut b) == 1).then_some(b[0])
    }

    /// The cached block that holds `at`, and where in it `at` lies: for readers that walk on from there.
    /// The block may reach beyond this handle's end; callers bound themselves by [`Bytes::len`].
    pub fn block(&self, at: u64) -> Option<(Arc<[u8]>, usize)> {
        if at >= self.len() {
            return None;
        }
        let at = self.window.start.checked_add(at)?;
        match &self.store {
            Store::Memory(m) => Some((m.clone(), usize::try_from(at).ok()?)),
            Store::File(f) => {
                let n = at / BLOCK as u64;
                Some((f.get(n)?, usize::try_from(at % BLOCK as u64).ok()?))
            }
            Store::Composed(c) => Some((c.block(at / BLOCK as u64)?, usize::try_from(at % BLOCK as u64).ok()?)),
        }
    }

    /// The whole of a store that is in memory: the fast way for small files.
    pub fn as_slice(&self) -> Option<&[u8]> {
        match &self.store {
            Store::Memory(m) => m.get(usize::try_from(self.window.start).ok()?..usize::try_from(self.window.end).ok()?),
            Store::File(_) | Store::Composed(_) => None,
        }
    }

    /// The last read fault, in the operating system's words.
    pub fn fault(&self) -> Option<String> {
        match &self.store {
            Store::Memory(_) => None,
            Store::File(f) => f.fault.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Store::Composed(c) => c.fault(),
        }
    }
}

impl Blocks {
    /// A file of which nothing may be read yet.
    pub(super) fn growing(file: File) -> Self {
        let (cache, fault) = (Mutex::default(), Mutex::default());
        Self { file, len: AtomicU64::new(0), cache, clock: AtomicU64::new(0), fault }
    }

    /// Makes the bytes up to `len` readable.
    pub(super) fn grow(&self, len: u64) {
        self.len.fetch_max(len, Ordering::Release);
    }

    /// Writes bytes that nobody reads yet.
    pub(super) fn write_at(&self, at: u64, data: &[u8]) -> io::Result<()> {
        write_at(&self.file, at, data)
    }

    /// Bytes from cached blocks where they are cached, else from the file; returns how many there were.
    fn peek(&self, at: u64, buf: &mut [u8]) -> usize {
        if buf.len() < BLOCK {
            let n = at / BLOCK as u64;
            let skip = usize::try_from(at % BLOCK as u64).unwrap_or(0);
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.fetch_add(1, Ordering::Relaxed);
            let held = cache.blocks.get_mut(&n).map(|(used, block)| {
                *used = now;
                block.clone()
            });
            drop(cache);
            if let Some(from) = held.as_ref().and_then(|b| b.get(skip..skip.checked_add(buf.len())?)) {
                buf.copy_from_slice(from);
                return buf.len();
            }
        }
        self.read(at, buf)
    }

    /// Straight from the file; a fault is kept.
    fn read(&self, at: u64, buf: &mut [u8]) -> usize {
        let mut got = 0;
        while let Some(rest) = buf.get_mut(got..).filter(|r| !r.is_empty()) {
            match read_at(&self.file, at.saturating_add(got as u64), rest) {
                Ok(0) => break,
                Ok(k) => got += k,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(e.to_string());
                    return got;
                }
            }
        }
        if got < buf.len() {
            let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
            fault.get_or_insert_with(|| "the file became shorter while it was open".to_owned());
        }
        got
    }

    fn get(&self, n: u64) -> Option<Arc<[u8]>> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        {
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((used, block)) = cache.blocks.get_mut(&n) {
                *used = now;
                return Some(block.clone());
            }
        }
        // Read outside the lock: two threads may read the same block, none waits for another's disk.
        let start = n.checked_mul(BLOCK as u64)?;
        let want = usize::try_from(self.len.load(Ordering::Acquire).saturating_sub(start)).unwrap_or(BLOCK).min(BLOCK);
        let mut buf = vec![0; want];
        let got = self.read(start, &mut buf);
        buf.truncate(got);
        let block: Arc<[u8]> = buf.into();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.blocks.len() >= BLOCKS_KEPT {
            let oldest = cache.blocks.iter().min_by_key(|(_, (used, _))| *used).map(|(k, _)| *k);
            if let Some(k) = oldest {
                cache.blocks.remove(&k);
            }
        }
        cache.blocks.insert(n, (now, block.clone()));
        Some(block)
    }
}

#[cfg(unix)]
fn read_at(f: &File, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(f, buf, at)
}

#[cfg(windows)]
fn read_at(f: &File, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(f, buf, at)
}

#[cfg(unix)]
fn write_at(f: &File, at: u64, data: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(f, data, at)
}

#[cfg(windows)]
fn write_at(f: &File, mut at: u64, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(f, data, at)?;
        at = at.saturating_add(n as u64);
        data = data.get(n..).unwrap_or(&[]);
    }
    Ok(())
}

/// What a path looks like now, to compare with the [`Stamp`] of its opening.
///
/// # Errors
/// The operating system's.
pub fn stamp(path: &Path) -> io::Result<Stamp> {
    let meta = std::fs::metadata(path)?;
    Ok(Stamp { len: meta.len(), modified: meta.modified().ok() })
}

/// Walks bytes forward, holding the current block: an opcode costs no lock and no copy.
pub struct Cursor {
    bytes: Bytes,
    block: Arc<[u8]>,
    /// The offset that stands `block_skip` bytes into the block.
    block_at: u64,
    block_skip: usize,
    pos: u64,
}

impl Cursor {
    /// Starts at `pos`.
    pub fn new(bytes: &Bytes, pos: u64) -> Self {
        Self { bytes: bytes.clone(), block: Arc::from([]), block_at: 0, block_skip: 0, pos }
    }

    /// Where the next byte comes from.
    pub const fn pos(&self) -> u64 {
        self.pos
    }

    /// Goes to `pos`, forward or back.
    pub fn seek(&mut self, pos: u64) {
        self.pos = pos;
    }

    /// Bytes left.
    pub fn left(&self) -> u64 {
        self.bytes.len().saturating_sub(self.pos)
    }

    /// What this walks over.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The bytes from here to the end of the block: never empty unless at the end. Does not move.
    pub fn chunk(&mut self) -> &[u8] {
        let left = self.left();
        if left == 0 {
            return &[];
        }
        let inside = self
            .pos
            .checked_sub(self.block_at)
            .and_then(|d| usize::try_from(d).ok())
            .and_then(|d| d.checked_add(self.block_skip))
            .filter(|i| *i < self.block.len());
        let i = match inside {
            Some(i) => i,
            None => match self.bytes.block(self.pos) {
                Some((block, skip)) => {
                    self.block = block;
                    self.block_at = self.pos;
                    self.block_skip = skip;
                    skip
                }
                None => return &[],
            },
        };
        let n = (self.block.len().saturating_sub(i)).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.block.get(i..i + n).unwrap_or(&[])
    }

    /// The next byte, stepping over it.
    pub fn u8(&mut self) -> Option<u8> {
        let b = *self.chunk().first()?;
        self.pos += 1;
        Some(b)
    }

    /// The next `N` bytes, stepping over them; `None` and no step when fewer are left.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let chunk = self.chunk();
        let mut out = [0; N];
        if let Some(have) = chunk.get(..N) {
            out.copy_from_slice(have);
        } else {
            let pos = self.pos;
            if self.bytes.read_at(pos, &mut out) < N {
                return None;
            }
        }
        self.pos += N as u64;
        Some(out)
    }

    /// Steps over `n` bytes unread; `false` and no step when fewer are left.
    pub fn skip(&mut self, n: u64) -> bool {
        if n > self.left() {
            return false;
        }
        self.pos += n;
        true
    }

    /// The line from here without its LF, stepping over both; `None` and no step when no LF is left.
    pub fn line(&mut self) -> Option<Span> {
        let start = self.pos;
        loop {
            let chunk = self.chunk();
            if chunk.is_empty() {
                self.pos = start;
                return None;
            }
            match memchr::memchr(b'\n', chunk) {
                Some(i) => {
                    let end = self.pos + i as u64;
                    self.pos = end + 1;
                    return Some(Span::new(start, end));
                }
                None => {
                    let n = chunk.len() as u64;
                    self.pos += n;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_memory_does() {
        let data: Vec<u8> = (0..(READ_WHOLE + 3_000_001)).map(|i| (i.wrapping_mul(2_654_435_761) >> 7) as u8).collect();
        let path = std::env::temp_dir().join(format!("picklescope-bytes-{}", std::process::id()));
        std::fs::write(&path, &data).expect("temporary file");
        let (m, f) = (Bytes::from_vec(data), Bytes::open(&path).expect("opens"));
        std::fs::remove_file(&path).ok();
        assert!(f.as_slice().is_none() && m.len() == f.len());
        for (a, b) in [(0, 10), (BLOCK as u64 - 3, BLOCK as u64 + 9), (m.len() - 5, m.len() + 5), (7, 3 * BLOCK as u64)]
        {
            assert_eq!(m.read(Span::new(a, b), usize::MAX), f.read(Span::new(a, b), usize::MAX));
            let (m, f) = (m.slice(Span::new(a, b)), f.slice(Span::new(a, b)));
            assert_eq!(m.read(Span::new(1, 6), 99), f.read(Span::new(1, 6), 99));
            let (mut x, mut y) = ([0; 300], [0; 300]);
            assert_eq!((m.peek_at(2, &mut x), x), (f.peek_at(2, &mut y), y));
            let (mut x, mut y) = (Cursor::new(&m, 1), Cursor::new(&f, 1));
            loop {
                assert_eq!((x.line(), x.array::<3>(), x.u8()), (y.line(), y.array::<3>(), y.u8()));
                if x.left() == 0 || x.pos() > 2 * BLOCK as u64 {
                    break;
                }
                let p = x.pos();
                if x.line().is_none() {
                    break;
                }
                y.seek(x.pos().max(p));
            }
        }
        assert_eq!(m.get(m.len()), None);
    }
}
