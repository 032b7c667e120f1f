//! Where inflated bytes go: into memory while they are few, beyond that into one unnamed temporary file, all within an
//! allowance. Must never give a temporary file a name that somebody could find.

use super::bytes::{BLOCK, Blocks};
use super::limits::{self, Budget};
use super::{Bytes, Span};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The store of one document's inflated bytes.
pub struct Spool {
    allowance: Budget,
    memory: Budget,
    file: Mutex<Tail>,
}

#[derive(Default)]
struct Tail {
    blocks: Option<Arc<Blocks>>,
    end: u64,
}

impl Spool {
    /// A store for at most `allowance` bytes.
    pub fn new(allowance: u64) -> Self {
        Self {
            allowance: Budget::new(allowance),
            memory: Budget::new(limits::INFLATED_IN_MEMORY),
            file: Mutex::default(),
        }
    }

    /// Starts a run of bytes.
    pub fn sink(&self) -> Sink<'_> {
        Sink { spool: self, memory: Vec::new(), file: None, len: 0, most: u64::MAX, full: None }
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self::new(limits::INFLATED)
    }
}

/// Why a [`Sink`] takes no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Full {
    /// The document's allowance is used up.
    Allowance,
    /// No more was wanted ([`Sink::at_most`]).
    Enough,
    /// The temporary file could not be written, in the operating system's words.
    Disk(String),
}

/// A run of bytes being written.
pub struct Sink<'a> {
    spool: &'a Spool,
    memory: Vec<u8>,
    file: Option<(MutexGuard<'a, Tail>, Arc<Blocks>, u64)>,
    len: u64,
    most: u64,
    full: Option<Full>,
}

impl Sink<'_> {
    /// Stops after `n` bytes: for a look at the beginning.
    #[must_use]
    pub fn at_most(mut self, n: u64) -> Self {
        self.most = n;
        self
    }

    /// Bytes taken so far.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Nothing was taken so far.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Why it takes no more, if it does not.
    pub const fn full(&self) -> Option<&Full> {
        self.full.as_ref()
    }

    /// Takes `data`; `false` when not all of it could be taken, see [`Sink::full`].
    pub fn push(&mut self, data: &[u8]) -> bool {
        if self.full.is_some() {
            return data.is_empty();
        }
        let room = usize::try_from(self.most.saturating_sub(self.len)).unwrap_or(usize::MAX);
        let cut = data.get(..room.min(data.len())).unwrap_or(data);
        let n = cut.len() as u64;
        if !self.spool.allowance.charge(n) {
            self.full = Some(Full::Allowance);
            return false;
        }
        if let Err(e) = self.store(cut) {
            self.full = Some(Full::Disk(e.to_string()));
            return false;
        }
        self.len += n;
        if cut.len() < data.len() {
            self.full = Some(Full::Enough);
            return false;
        }
        true
    }

    fn store(&mut self, data: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            let fits = self.len.saturating_add(data.len() as u64) <= limits::SPOOL_FROM;
            if fits && self.spool.memory.charge(data.len() as u64) {
                self.memory.extend_from_slice(data);
                return Ok(());
            }
            let mut tail = self.spool.file.lock().unwrap_or_else(PoisonError::into_inner);
            let blocks = match &tail.blocks {
                Some(b) => b.clone(),
                None => tail.blocks.insert(Arc::new(Blocks::growing(temporary()?))).clone(),
            };
            // Each run starts at a block of its own, so that no cached block is half of another run.
            let start = tail.end.next_multiple_of(BLOCK as u64);
            blocks.write_at(start, &self.memory)?;
            tail.end = start.saturating_add(self.memory.len() as u64);
            self.memory = Vec::new();
            self.file = Some((tail, blocks, start));
        }
        if let Some((tail, blocks, _)) = &mut self.file {
            blocks.write_at(tail.end, data)?;
            tail.end = tail.end.saturating_add(data.len() as u64);
        }
        Ok(())
    }

    /// What was taken, to read.
    pub fn finish(self) -> Bytes {
        match self.file {
            None => Bytes::from_vec(self.memory),
            Some((tail, blocks, start)) => {
                let end = tail.end;
                blocks.grow(end);
                drop(tail);
                Bytes::of_blocks(blocks, Span::new(start, end))
            }
        }
    }
}

impl io::Write for Sink<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.push(data) { Ok(data.len()) } else { Err(io::Error::other("no more is taken")) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn temporary() -> io::Result<File> {
    tempfile::tempfile()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_runs_go_to_a_file_and_read_back() {
        let spool = Spool { memory: Budget::new(100), ..Spool::new(u64::MAX) };
        let run = |seed: u8, n: usize| {
            let data: Vec<u8> = (0..n).map(|i| seed.wrapping_add((i / 7) as u8)).collect();
            let mut sink = spool.sink();
            for part in data.chunks(70_001) {
                assert!(sink.push(part));
            }
            (sink.finish(), data)
        };
        let runs = [run(1, 90), run(2, 3 * BLOCK + 17), run(3, 5), run(4, 200_000)];
        assert!(runs[0].0.as_slice().is_some() && runs[1].0.as_slice().is_none());
        for (bytes, data) in runs {
            assert_eq!(bytes.read(bytes.span(), usize::MAX), data);
        }
    }

    #[test]
    fn the_allowance_ends_a_run_and_keeps_what_fits() {
        let spool = Spool::new(10);
        let mut sink = spool.sink();
        assert!(sink.push(b"1234567"));
        assert!(!sink.push(b"89abc"));
        assert_eq!(sink.full(), Some(&Full::Allowance));
        assert_eq!(sink.finish().as_slice(), Some(&b"1234567"[..]));
        let mut sink = spool.sink().at_most(2);
        assert!(!sink.push(b"xyz"));
        assert_eq!((sink.full().cloned(), sink.finish().len()), (Some(Full::Enough), 2));
    }
}
