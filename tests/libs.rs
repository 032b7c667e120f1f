//! Files of pandas, scipy, scikit-learn, torch, joblib and PIL, through all containers: every array that the library
//! finds is found, with its type, shape, order, place and bytes.

mod common;

use common::frames::{comparable, csv};
use common::{json, path};
use picklescope::interpret::{Body, Cx, Externals, KnownInlines, Options, arrays, meaning, resolve};
use picklescope::machine::{Options as ScanOptions, Scan, Stream};
use picklescope::session::load::{self, Part};
use picklescope::source::Bytes;
use picklescope::source::container::Kind;
use picklescope::source::limits::Budget;
use picklescope::tensor::Array;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn c_bytes(a: &Array) -> Vec<u8> {
    (0..a.len()).flat_map(|n| a.raw(&a.unravel(n)).unwrap_or_default()).collect()
}

fn scan(part: &Part) -> Stream {
    Scan::whole(part.bytes.clone(), ScanOptions::default(), Arc::new(KnownInlines))
}

/// The arrays of a stream in the report's terms, by the number of their pickle (those within others do not count).
fn found(s: &Stream, externals: &dyn Externals) -> Vec<(usize, Value)> {
    let options = Options::default();
    let cx = Cx::new(s, &options, externals);
    let all = arrays(&cx, &Budget::new(1 << 20), &AtomicBool::new(false));
    let mut out = Vec::new();
    for f in &all.found {
        let a = f.meaning.body.array().unwrap();
        let at = f.path.text(&cx);
        assert_eq!(resolve(&cx, &at), Ok(f.handle), "{at}");
        let sha = a
            .objects
            .is_none()
            .then(|| Sha256::digest(c_bytes(&a.array)).iter().map(|b| format!("{b:02x}")).collect::<String>());
        let number = s.pickles.iter().take(f.path.pickle).filter(|p| p.within.is_none()).count();
        out.push((
            number,
            json!({
                "path": at, "kind": f.meaning.kind, "complete": a.complete,
                "dtype": a.dtype_name.clone().map_or_else(|| a.array.dtype.to_json(), Value::from),
                "shape": a.array.shape(), "order": a.order.to_string(), "sha256": sha,
                "offset": a.raw.map(|r| r.start), "bytes": a.raw.map(|r| r.len()),
            }),
        ));
    }
    out
}

fn compare(prefixes: &[&str]) {
    let expected = json("libs/expected.json");
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, e) in expected.as_object().unwrap() {
        let name = file.split_once('/').unwrap().1;
        let pickles = e["pickles"].as_array().unwrap();
        if !prefixes.iter().any(|p| name.starts_with(p)) || pickles.is_empty() {
            continue;
        }
        let loaded = load::load(Bytes::open(&path(file)).unwrap(), &|_| true);
        let mut have = Vec::new();
        // A plain .npy holds no pickle.
        for part in loaded.parts.iter().filter(|p| p.kind == Kind::Pickle) {
            let s = scan(part);
            let outer = s.pickles.iter().filter(|p| p.within.is_none()).count();
            let mut lists = vec![Vec::new(); outer];
            for (n, a) in found(&s, part.externals.as_ref()) {
                lists[n].push(a);
            }
            have.extend(lists);
        }
        if have.len() != pickles.len() {
            wrong.push(format!("{file}: {} pickles, want {}", have.len(), pickles.len()));
            continue;
        }
        for (p, have) in pickles.iter().zip(have) {
            let want = p["arrays"].as_array().unwrap();
            if want.len() != have.len() {
                let list = |v: &[Value]| v.iter().map(|a| a["path"].to_string()).collect::<Vec<_>>().join(" ");
                wrong.push(format!(
                    "{file}: {} arrays, want {}\n have {}\n want {}",
                    have.len(),
                    want.len(),
                    list(&have),
                    list(want)
                ));
                continue;
            }
            for (want, have) in want.iter().zip(&have) {
                seen += 1;
                for (key, value) in want.as_object().unwrap() {
                    let path = want["path"].as_str().unwrap();
                    // The path within the member: the file's count is the report's affair.
                    if key == "path"
                        && have["path"]
                            .as_str()
                            .unwrap()
                            .ends_with(path.trim_start_matches(|c| c == '#' || char::is_numeric(c)))
                    {
                        continue;
                    }
                    if have[key] != *value {
                        wrong.push(format!("{file} {path} {key}: want {value}, have {}", have[key]));
                    }
                }
                if have["complete"] != true {
                    wrong.push(format!("{file} {}: incomplete", want["path"]));
                }
            }
        }
    }
    assert!(seen > 0, "no arrays");
    assert!(wrong.is_empty(), "{} of {seen} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn joblib_arrays_stand_between_the_opcodes() {
    compare(&["joblib", "plain", "M8", "matrix", "noncontig", "obj.", "ma.", "zerod", "sklearn"]);
}

#[test]
fn torch_tensors_of_zip_and_legacy_files() {
    compare(&["torch"]);
}

#[test]
fn arrays_within_pandas_objects() {
    compare(&["pandas"]);
}

#[test]
fn arrays_within_scipy_and_numpy_objects() {
    compare(&["scipy", "np16"]);
}

#[test]
fn pickles_within_containers() {
    compare(&[
        "one.",
        "several",
        "stored",
        "deflated",
        "plain.",
        "objects",
        "struct_objects",
        "within",
        "zip_in_tar",
        "zstd_then",
    ]);
}

#[test]
fn tables_hold_what_pandas_writes() {
    let expected = json("libs/expected.json");
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, e) in expected.as_object().unwrap() {
        let Some(want) = e["csv"].as_str().filter(|c| c.ends_with(".csv")) else { continue };
        let loaded = load::load(Bytes::open(&path(file)).unwrap(), &|_| true);
        let part = &loaded.parts[0];
        let s = scan(part);
        let options = Options::default();
        let cx = Cx::new(&s, &options, part.externals.as_ref());
        let m = meaning(&cx, s.pickles[0].root.unwrap());
        let Body::Frame(f) = &m.body else {
            wrong.push(format!("{file}: {} {:?}", m.kind, m.notes));
            continue;
        };
        assert!(m.notes.is_empty(), "{file}: {:?}", m.notes);
        let have = comparable(&csv(&cx, f));
        let want = comparable(&String::from_utf8(std::fs::read(path(want)).unwrap()).unwrap());
        seen += 1;
        assert_eq!((have.len(), have[0].len()), (want.len(), want[0].len()), "{file}\n{have:?}\n{want:?}");
        let skip: Vec<bool> = f
            .index
            .iter()
            .chain(&f.columns)
            .map(|c| c.dtype.starts_with("timedelta") || c.dtype.contains("Europe/Berlin"))
            .collect();
        for (h, w) in have.iter().zip(&want) {
            for (i, (h, w)) in h.iter().zip(w).enumerate() {
                // 3 of a float column of whole numbers is 3.0 in pandas.
                if !skip[i] && h != w {
                    wrong.push(format!(
                        "{file}: {h:?}, want {w:?} in {:?}",
                        f.columns.get(i.wrapping_sub(f.index.len())).map(|c| &c.name)
                    ));
                }
            }
        }
    }
    assert!(seen >= 20, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn images_are_pictures_of_their_rows() {
    let expected = json("libs/expected.json");
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, e) in expected.as_object().unwrap() {
        let Some(image) = e["image"].as_object() else { continue };
        let loaded = load::load(Bytes::open(&path(file)).unwrap(), &|_| true);
        let s = scan(&loaded.parts[0]);
        let options = Options::default();
        let cx = Cx::new(&s, &options, loaded.parts[0].externals.as_ref());
        let m = meaning(&cx, s.pickles[0].root.unwrap());
        let Body::Picture(a) = &m.body else {
            wrong.push(format!("{file}: {} {:?}", m.kind, m.notes));
            continue;
        };
        seen += 1;
        let raw = s.bytes.read(a.raw.unwrap_or_default(), usize::MAX);
        let raw = if raw.is_empty() { c_bytes(&a.array) } else { raw };
        let sha = Sha256::digest(&raw).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let size = [a.array.shape()[1], a.array.shape()[0]];
        if image["sha256"] != sha.as_str() && image["mode"] != "1" || json!(size) != image["size"] || !a.complete {
            wrong.push(format!("{file}: {size:?} {} {}", m.short, image["mode"]));
        }
        assert!(m.short.starts_with(image["mode"].as_str().unwrap()), "{file}: {}", m.short);
    }
    assert!(seen > 30, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sparse_matrices_have_their_parts() {
    let expected = json("libs/expected.json");
    let mut seen = 0;
    for file in expected.as_object().unwrap().keys().filter(|f| f.starts_with("libs/scipy")) {
        let loaded = load::load(Bytes::open(&path(file)).unwrap(), &|_| true);
        let s = scan(&loaded.parts[0]);
        let options = Options::default();
        let cx = Cx::new(&s, &options, loaded.parts[0].externals.as_ref());
        let m = meaning(&cx, s.pickles[0].root.unwrap());
        let Body::Sparse(p) = &m.body else { panic!("{file}: {} {:?}", m.kind, m.notes) };
        assert!(m.notes.is_empty(), "{file}: {:?}", m.notes);
        assert_eq!(p.shape.len(), 2, "{file}");
        assert!(p.stored > 0, "{file}");
        assert!(file.contains(p.format), "{file}: {}", p.format);
        seen += 1;
    }
    assert!(seen > 25, "{seen}");
}
