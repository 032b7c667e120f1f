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

/// What `report --json` says of a file with these bytes.
pub fn report(data: Vec<u8>) -> serde_json::Value {
    use picklescope::export::report::{self, Source};
    use picklescope::interpret::{Cx, Options};
    use picklescope::session::load;
    let bytes = Bytes::from_vec(data);
    let (len, options) = (bytes.len(), Options::default());
    let mut loaded = load::load(bytes, &|_| true);
    let scanned: Vec<_> = loaded.parts.iter().map(|p| (load::scan(p), p)).collect();
    load::name_joblib(&mut loaded.container, scanned.iter().map(|(s, _)| s));
    let mut sources = Vec::new();
    let mut arrays = Vec::new();
    for (stream, part) in &scanned {
        let cx = Cx::new(stream, &options, &*part.externals);
        let s = Source { name: &part.name, cx, problems: &part.problems, skipped: &part.skipped };
        if stream.is_content() { arrays.push(s) } else { sources.push(s) }
    }
    let go_on = &mut |_, _| true;
    let mut report = report::build("file", len, &loaded.container, &sources, false, go_on).unwrap();
    for s in &arrays {
        report::plain(&mut report, load::plain_path(s.name), s, false, go_on).unwrap();
    }
    let mut json = Vec::new();
    report.write_json(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}
