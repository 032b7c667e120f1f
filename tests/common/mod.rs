//! What the tests of one file after another share: fixtures, and streams of them.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod frames;

use picklescope::machine::{Handle, NoInlines, Options as ScanOptions, Scan, Stream};
use picklescope::source::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file below `tests/fixtures`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Its bytes.
pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Its JSON.
pub fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&read(name)).unwrap()
}

/// What a bare pickle holds.
pub fn stream(data: Vec<u8>) -> Stream {
    Scan::whole(Bytes::from_vec(data), ScanOptions::default(), Arc::new(NoInlines))
}

/// The value of the first pickle.
pub fn root(stream: &Stream) -> Handle {
    stream.pickles[0].root.expect("a value")
}
