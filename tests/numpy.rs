//! Every array of the NumPy fixtures reads as what NumPy says it is: type, shape, order, place and bytes.

mod common;

use common::{json, path, read, stream};
use picklescope::interpret::{Arrays, Cx, Externals, Options, arrays, resolve};
use picklescope::machine::Stream;
use picklescope::source::Bytes;
use picklescope::source::limits::Budget;
use picklescope::tensor::Array;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicBool;

/// The out-of-band buffers that stand beside a file.
struct Beside(String);

impl Externals for Beside {
    fn storage(&self, _: &str) -> Option<Bytes> {
        None
    }
    fn buffer(&self, _: usize, n: u32) -> Option<Bytes> {
        Bytes::open(&path(&format!("numpy/{}", self.0.replace(".pkl", &format!(".buf{n}"))))).ok()
    }
}

fn all(s: &Stream, externals: &dyn Externals) -> Arrays {
    let options = Options::default();
    let cx = Cx::new(s, &options, externals);
    arrays(&cx, &Budget::new(1 << 20), &AtomicBool::new(false))
}

/// The elements in C order, as `numpy.ndarray.tobytes()` gives them.
fn c_bytes(a: &Array) -> Vec<u8> {
    let mut out = Vec::new();
    for n in 0..a.len() {
        out.extend(a.raw(&a.unravel(n)).unwrap_or_default());
    }
    out
}

/// One array in the report's terms.
fn entry(s: &Stream, externals: &dyn Externals, i: usize, found: &Arrays) -> Value {
    let options = Options::default();
    let cx = Cx::new(s, &options, externals);
    let f = &found.found[i];
    let a = f.meaning.body.array().unwrap();
    let sha = a
        .objects
        .is_none()
        .then(|| Sha256::digest(c_bytes(&a.array)).iter().map(|b| format!("{b:02x}")).collect::<String>());
    let at = f.path.text(&cx);
    assert_eq!(resolve(&cx, &at), Ok(f.handle), "{at}");
    assert!(a.complete, "{at}: {:?}", f.meaning.notes);
    json!({
        "path": at, "kind": f.meaning.kind,
        "dtype": a.dtype_name.clone().map_or_else(|| a.array.dtype.to_json(), Value::from),
        "shape": a.array.shape(), "order": a.order.to_string(), "sha256": sha,
        "offset": a.raw.map(|r| r.start), "bytes": a.raw.map(|r| r.len()),
    })
}

fn compare(folder: &str) {
    let expected = json(&format!("{folder}/expected.json"));
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, e) in expected.as_object().unwrap() {
        let s = stream(read(&format!("{folder}/{file}")));
        let beside = Beside(file.clone());
        let found = all(&s, &beside);
        let want = e["arrays"].as_array().cloned().unwrap_or_default();
        if found.found.len() != want.len() {
            let paths: Vec<_> = found.found.iter().map(|f| format!("{:?}", f.path)).collect();
            wrong.push(format!("{file}: {} arrays, want {}: {paths:?}", found.found.len(), want.len()));
            continue;
        }
        let have: Vec<Value> = (0..want.len()).map(|i| entry(&s, &beside, i, &found)).collect();
        for want in &want {
            seen += 1;
            let Some(have) = have.iter().find(|h| h["path"] == want["path"]) else {
                wrong.push(format!("{file}: nothing at {}", want["path"]));
                continue;
            };
            for (key, value) in want.as_object().unwrap() {
                // Bytes that lie outside have no place in the pickle.
                if have[key] != *value {
                    wrong.push(format!("{file} {} {key}: want {value}, have {}", want["path"], have[key]));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} arrays");
    assert!(wrong.is_empty(), "{} of {seen} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

#[test]
fn arrays_of_every_numpy_and_machine() {
    compare("numpy");
}

#[test]
fn the_matrix_of_dtypes_pythons_and_protocols() {
    compare("matrix");
}
