//! Fixture files and seeded damage, for the tests that go over all of them.
#![allow(dead_code)]

use picklescope::machine::{NoInlines, Options, Scan, Stream};
use picklescope::source::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// All fixture files below `limit` bytes, whatever they are.
pub fn files(limit: usize) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let named = |p: PathBuf| {
        let data = std::fs::read(&p).unwrap();
        (p.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), data)
    };
    let all: Vec<_> = paths.into_iter().map(named).filter(|(_, d)| d.len() < limit).collect();
    assert!(all.len() > 300, "the fixtures were not found");
    all
}

/// Scans `burst` ops at a time.
pub fn scan(data: &[u8], burst: u32) -> Stream {
    let bytes = Bytes::from_vec(data.to_vec());
    let mut scan = Scan::new(&bytes, Options::default(), Arc::new(NoInlines));
    let mut stream = Stream::new(bytes);
    while scan.step(&mut stream, burst) {}
    stream
}

/// A seeded generator: the same damage in every run.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }

    /// `data` with one to four things wrong.
    pub fn damage(&mut self, data: &[u8]) -> Vec<u8> {
        let mut d = data.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(d.len());
            match self.below(5) {
                0 => d[at] = u8::try_from(self.below(256)).unwrap(),
                1 => d.truncate(at.max(1)),
                2 => drop(d.drain(at..(at + 1 + self.below(9)).min(d.len()))),
                3 => d.insert(at, u8::try_from(self.below(256)).unwrap()),
                _ => d.extend_from_slice(&data[at.min(data.len() - 1)..]),
            }
            if d.is_empty() {
                d.push(b'.');
            }
        }
        d
    }
}
