//! Archives: their entries by name, inflated when asked for; a stored one is a part of the archive's own bytes.
//! Must never write an entry anywhere.

use super::inflate::{Codec, End, inflate, problems};
use super::{Job, Progress};
use crate::source::{Bytes, Diagnostic, Span, Spool, limits};
use flate2::Crc;

/// How an entry's bytes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Compressed.
    Coded(Codec),
    /// In a way that is not read here: zip's number for it.
    Unknown(u16),
}

/// A file within an archive.
#[derive(Clone)]
pub struct Entry {
    /// Its name as the archive gives it, `/` between folders; never used as a path.
    pub name: String,
    /// Its bytes as they are in the archive.
    pub raw: Bytes,
    /// How these are kept.
    pub method: Method,
    /// Bytes that it should have, as the archive says.
    pub size: u64,
    /// CRC-32 that it should have.
    pub crc: Option<u32>,
    /// The archive says that it is encrypted.
    pub encrypted: bool,
    /// What is wrong with its headers. Spans count in the entry's own bytes.
    pub problems: Vec<Diagnostic>,
}

impl Entry {
    /// The first bytes, up to `n`: for a look at what it is.
    pub fn peek(&self, n: u64, job: &Job<'_>) -> Bytes {
        match self.method {
            Method::Stored => self.raw.slice(Span::new(0, n)),
            Method::Unknown(_) => Bytes::from_vec(Vec::new()),
            Method::Coded(codec) => {
                // A look is not counted: it is forgotten at once.
                let spool = Spool::new(n);
                let mut sink = spool.sink().at_most(n);
                inflate(codec, &self.raw, &mut sink, job);
                sink.finish()
            }
        }
    }

    /// All its bytes, checked against what the archive says of them, and what is wrong with them.
    pub fn open(&self, job: &Job<'_>) -> (Bytes, Vec<Diagnostic>) {
        let mut found = self.problems.clone();
        let bytes = match self.method {
            Method::Stored => self.raw.clone(),
            Method::Unknown(n) => {
                let text = format!("The entry is compressed in a way (zip method {n}) that is not read here.");
                found.push(
                    Diagnostic::error("zip-method", Span::default(), text)
                        .hint("Extract it with another program, then open the extracted file."),
                );
                return (Bytes::from_vec(Vec::new()), found);
            }
            Method::Coded(codec) => {
                let mut sink = job.spool.sink();
                let outcome = inflate(codec, &self.raw, &mut sink, job);
                found.extend(problems(codec, &outcome, &sink, self.raw.len()));
                let whole = outcome.end == End::Whole;
                let bytes = sink.finish();
                if !whole {
                    if self.encrypted {
                        found.push(encrypted());
                    }
                    return (bytes, found);
                }
                bytes
            }
        };
        let end = Span::at(bytes.len(), 0);
        if bytes.len() != self.size {
            let text = format!("The archive states {} bytes for this entry; there are {}.", self.size, bytes.len());
            found.push(Diagnostic::error("zip-size", end, text));
        }
        let fits = match self.crc {
            Some(want) if bytes.len() <= limits::CHECKED => match crc(&bytes, job) {
                Some(have) if have != want => {
                    let text = format!("The archive's CRC of this entry is {want:08x}, but its bytes have {have:08x}.");
                    found.push(
                        Diagnostic::error("zip-crc", Span::new(0, bytes.len()), text)
                            .hint("Bytes of this entry were changed or damaged after the archive was written."),
                    );
                    false
                }
                _ => true,
            },
            _ => true,
        };
        if self.encrypted {
            found.push(if fits {
                Diagnostic::warning(
                    "zip-flags",
                    Span::default(),
                    "The archive says that this entry is encrypted, and it is not: readers disagree about it.",
                )
                .hint("Some loaders read it all the same, and some checkers skip it: treat the file with suspicion.")
            } else {
                encrypted()
            });
        }
        (bytes, found)
    }

    /// Its name cannot be taken as a place in a folder: absolute, or leading out of it.
    pub fn name_leads_out(&self) -> bool {
        let name = self.name.replace('\\', "/");
        name.starts_with('/') || name.split('/').any(|p| p == "..") || name.chars().nth(1) == Some(':')
    }
}

fn encrypted() -> Diagnostic {
    Diagnostic::error("zip-encrypted", Span::default(), "The entry is encrypted.")
        .hint("Extract it with its password, then open the extracted file.")
}

fn crc(bytes: &Bytes, job: &Job<'_>) -> Option<u32> {
    let mut cursor = crate::source::Cursor::new(bytes, 0);
    let mut crc = Crc::new();
    loop {
        let chunk = cursor.chunk();
        if chunk.is_empty() {
            return Some(crc.sum());
        }
        let n = chunk.len().min(1 << 20);
        crc.update(chunk.get(..n).unwrap_or(chunk));
        cursor.seek(cursor.pos().saturating_add(n as u64));
        if !job.go_on(Progress { what: "checking", done: cursor.pos(), total: bytes.len() }) {
            return None;
        }
    }
}

/// The entries of one archive.
#[derive(Clone, Default)]
pub struct Archive {
    /// In the order of the archive.
    pub entries: Vec<Entry>,
}

impl Archive {
    /// The last entry of that name, which is the one that readers by name see.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|e| e.name == name)
    }

    /// Says of each entry what its name tries, and of names that occur twice that readers disagree.
    pub(super) fn judge_names(&mut self) {
        let mut seen = std::collections::HashMap::<String, usize>::new();
        for e in &self.entries {
            *seen.entry(e.name.clone()).or_default() += 1;
        }
        for e in &mut self.entries {
            if e.name_leads_out() {
                e.problems.push(
                    Diagnostic::warning(
                        "name-leads-out",
                        Span::default(),
                        "The entry's name leads out of the folder that the archive would be extracted to.",
                    )
                    .hint("Do not extract this archive with a program that does not check names."),
                );
            }
            if seen.get(&e.name).is_some_and(|n| *n > 1) {
                e.problems.push(
                    Diagnostic::warning(
                        "name-twice",
                        Span::default(),
                        "The archive holds several entries of this name: readers disagree about which one counts.",
                    )
                    .hint("All of them are shown; Python's zipfile takes the last one."),
                );
            }
        }
    }
}
