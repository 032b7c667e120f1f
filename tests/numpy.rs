//! Every array of the NumPy fixtures reads as what NumPy says it is: type, shape, order, place and bytes.

mod common;

use common::{json, path, read, root, stream};
use picklescope::interpret::{Arrays, Cx, Externals, NoExternals, Options, arrays, explain, meaning, resolve};
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

#[test]
fn long_doubles_of_any_machine_read_as_numpy_writes_them() {
    let expected = json("numpy/expected.json");
    let mut seen = 0;
    for (file, want) in expected.as_object().unwrap() {
        let values = match want.get("first_values").and_then(|v| v.as_array()) {
            Some(values) if file.contains("longdouble") => values,
            _ => continue,
        };
        let s = stream(read(&format!("numpy/{file}")));
        let options = Options::default();
        let cx = Cx::new(&s, &options, &NoExternals);
        let m = meaning(&cx, root(&s));
        let a = &m.body.array().unwrap().array;
        // NumPy 2 says np.longdouble('1.5') of what NumPy 1 calls 1.5.
        let bare = |v: &str| v.split('\'').nth(1).unwrap_or(v).trim_matches(['(', ')']).to_owned();
        let have: Vec<String> = (0..values.len() as u64).map(|i| bare(&a.value(&[i]).repr())).collect();
        assert_eq!(have, values.iter().map(|v| bare(v.as_str().unwrap())).collect::<Vec<_>>(), "{file}");
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
}

#[test]
fn items_of_array_array_are_told_in_both_byte_orders() {
    let rows = |file: &str| {
        let s = stream(read(file));
        let options = Options::default();
        let told = explain(&Cx::new(&s, &options, &NoExternals), root(&s));
        let column = told.columns.into_iter().find(|c| c.title == "ITEMS").expect("a column for the items");
        column.rows.into_iter().map(|r| (r.name, r.value)).collect::<Vec<_>>()
    };
    let of = |rows: &[(String, String)], name: &str| {
        rows.iter().find(|r| r.0 == name).map(|r| r.1.clone()).unwrap_or_else(|| panic!("no {name} in {rows:?}"))
    };
    // The same numbers from a little-endian and a big-endian machine: the code tells, so CPython reads both alike.
    let (little, big) = (rows("numpy/np2_p4_arrayarray_i.pkl"), rows("numpy/s390x_p4_arrayarray_i.pkl"));
    assert_eq!(of(&little, "machine format"), "8");
    assert_eq!(of(&big, "machine format"), "9");
    assert_eq!(of(&little, "in CPython"), of(&big, "in CPython"));
    assert_eq!(of(&little, "taken as they lie"), of(&big, "taken as they lie"));
    let first = |text: String| text.split_whitespace().next().unwrap().parse::<i32>().unwrap();
    assert_eq!(first(of(&little, "taken as they lie")), first(of(&little, "in CPython")).swap_bytes());
    // One opcode an item: no byte order.
    let list = rows("numpy/np116_p2_arrayarray_i.pkl");
    assert!(list.iter().all(|r| r.0 != "taken as they lie"), "{list:?}");
    // Python 2.6's copy of memory: both readings.
    let s = stream(b"carray\narray\n(S'h'\nS'\\x01\\x00\\x02\\x00'\ntR.".to_vec());
    let options = Options::default();
    let told = explain(&Cx::new(&s, &options, &NoExternals), root(&s));
    let column = told.columns.iter().find(|c| c.title == "ITEMS").unwrap();
    let values: Vec<_> = column.rows.iter().map(|r| (r.name.as_str(), r.value.as_str())).collect();
    assert!(values.contains(&("little-endian", "1  2")) && values.contains(&("big-endian", "256  512")), "{values:?}");
}

#[test]
fn rules_of_old_pythons_are_told() {
    // Python 2.2's ExtensionClass: no argument tuple at all.
    let s = stream(b"cExtensionClass\nBase\nNR.".to_vec());
    let options = Options::default();
    let cx = Cx::new(&s, &options, &NoExternals);
    assert_eq!(picklescope::interpret::repr(&cx, root(&s), 80), "ExtensionClass.Base.__basicnew__()");
    let told = explain(&cx, root(&s));
    let row = |name: &str| told.columns[0].rows.iter().find(|r| r.name == name).unwrap().meaning.clone();
    assert!(row("args").contains("__basicnew__"), "{}", row("args"));
    assert!(row("before 2.3").contains("__safe_for_unpickling__"));
    // Protocol 2 came with 2.3 itself.
    let s = stream(b"\x80\x02cmodule\nfunction\n)R.".to_vec());
    let told = explain(&Cx::new(&s, &options, &NoExternals), root(&s));
    assert!(told.columns[0].rows.iter().all(|r| r.name != "before 2.3"));
}

/// An array whose dtype is the array itself: found by the fuzzer, which ran out of stack on it.
#[test]
fn an_array_that_is_its_own_dtype_ends() {
    let data = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87Rq\x01(K\x01K\x02\x85h\x01\x89U\x02abtb.";
    let s = common::stream(data.to_vec());
    let options = Options::default();
    let cx = Cx::new(&s, &options, &NoExternals);
    let h = common::root(&s);
    let text = picklescope::interpret::repr(&cx, h, 200);
    assert!(!text.is_empty() && text.chars().count() < 1000, "{text}");
    assert!(!meaning(&cx, h).notes.is_empty() || !meaning(&cx, h).sentence.is_empty());
}
