//! What the larger collections lack: random generators, ufuncs, polynomials and memmaps of each NumPy, the small types of
//! ml_dtypes, sparse matrices multiplied out, pandas from 0.20 on, messages on the wire. Each as its library says.

mod common;

use common::frames::{comparable, csv};
use common::{json, path};
use picklescope::interpret::{Body, Cx, Options, arrays, meaning, repr, spread};
use picklescope::machine::Stream;
use picklescope::session::load::{self, Loaded};
use picklescope::source::Bytes;
use picklescope::source::limits::Budget;
use picklescope::tensor::Array;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicBool;

fn expected(prefixes: &[&str]) -> Vec<(String, Value)> {
    let all = json("more/expected.json");
    let found: Vec<(String, Value)> = all
        .as_object()
        .unwrap()
        .iter()
        .filter(|(file, _)| prefixes.iter().any(|p| file.starts_with(p)))
        .map(|(file, told)| (file.clone(), told.clone()))
        .collect();
    assert!(!found.is_empty(), "{prefixes:?}");
    found
}

fn opened(file: &str) -> (Loaded, Vec<Stream>) {
    let loaded = load::load(Bytes::open(&path(&format!("more/{file}"))).unwrap(), &|_| true);
    let streams = loaded.parts.iter().map(load::scan).collect();
    (loaded, streams)
}

fn sha(a: &Array) -> String {
    let mut out = Vec::new();
    a.unmasked().write_c_order(&mut out, &mut |_| true).unwrap();
    Sha256::digest(&out).iter().map(|b| format!("{b:02x}")).collect()
}

/// `[dtype, shape, sha256]`, as the fixtures tell an array.
fn told(a: &Array, name: Option<&String>) -> Value {
    serde_json::json!([name.cloned().unwrap_or_else(|| a.dtype.name()), a.shape(), sha(a)])
}

/// Compares kind, repr and arrays of each file.
fn compare(prefixes: &[&str]) -> usize {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, want) in expected(prefixes) {
        let (loaded, streams) = opened(&file);
        let options = Options::default();
        let cx = Cx::new(&streams[0], &options, &*loaded.parts[0].externals);
        let root = streams[0].pickles[0].root.unwrap();
        let m = meaning(&cx, root);
        if let Some(kind) = want["kind"].as_str()
            && m.kind != kind
        {
            wrong.push(format!("{file}: {}, want {kind}", m.kind));
        }
        if let Some(short) = want["short"].as_str()
            && repr(&cx, root, 200) != short
        {
            wrong.push(format!("{file}: {}, want {short}", repr(&cx, root, 200)));
        }
        let found = arrays(&cx, &Budget::new(1 << 20), &AtomicBool::new(false)).found;
        let have: Vec<Value> = found
            .iter()
            .filter_map(|f| f.meaning.body.array())
            .map(|a| told(&a.array, a.dtype_name.as_ref()))
            .collect();
        for a in want["arrays"].as_array().into_iter().flatten() {
            if !have.contains(a) {
                wrong.push(format!("{file}: no {a} in {have:?}"));
            }
        }
        if let Some(values) = want["values"].as_array() {
            let a = &found[0].meaning.body.array().unwrap().array;
            let have: Vec<f64> = (0..a.len()).map(|i| a.value(&[i]).text().parse().unwrap_or(f64::NAN)).collect();
            let want: Vec<f64> = values.iter().map(|v| v.as_str().unwrap().parse().unwrap()).collect();
            if have.iter().zip(&want).any(|(h, w)| h.to_bits() != w.to_bits() && !(h.is_nan() && w.is_nan())) {
                wrong.push(format!("{file}: {have:?}, want {want:?}"));
            }
        }
        if m.notes.iter().any(|n| n.severity != picklescope::source::Severity::Note) {
            wrong.push(format!("{file}: {:?}", m.notes));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{} of {seen}:\n{}", wrong.len(), wrong.join("\n"));
    seen
}

#[test]
fn what_else_numpy_pickles() {
    assert!(compare(&["np1", "np2"]) > 60);
}

#[test]
fn the_small_types_of_ml_dtypes() {
    assert!(compare(&["ml"]) > 10);
}

#[test]
fn sparse_matrices_multiply_out_to_what_scipy_says() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, want) in expected(&["scipy"]) {
        let (loaded, streams) = opened(&file);
        let options = Options::default();
        let cx = Cx::new(&streams[0], &options, &*loaded.parts[0].externals);
        let root = streams[0].pickles[0].root.unwrap();
        let Body::Sparse(s) = meaning(&cx, root).body else { panic!("{file}") };
        let all = spread(&cx, root, &s, &|| false).unwrap_or_else(|| panic!("{file}"));
        assert!(!all.partial && all.outside == 0, "{file}");
        if !want["dense"].is_null() {
            let dense = all.dense.as_ref().unwrap_or_else(|e| panic!("{file}: {e}"));
            if told(dense, None) != want["dense"] {
                wrong.push(format!("{file}: {}, want {}", told(dense, None), want["dense"]));
            }
        }
        if let Some(stored) = want["stored"].as_str() {
            let flags: Vec<u8> = (0..all.pattern.len())
                .map(|n| u8::from(all.pattern.raw(&all.pattern.unravel(n)).unwrap()[0] > 0))
                .collect();
            let have: String = Sha256::digest(&flags).iter().map(|b| format!("{b:02x}")).collect();
            if have != stored {
                wrong.push(format!("{file}: other elements are stored"));
            }
        }
        if let Some(n) = want["stored_values"].as_u64() {
            // 2500 rows and 1500 columns are drawn three by two.
            assert_eq!((all.field, all.pattern.shape()), ((3, 2), &[834, 750][..]), "{file}");
            let p = &all.pattern;
            let sum: u64 = (0..p.len()).map(|i| p.value(&p.unravel(i)).text().parse::<u64>().unwrap()).sum();
            assert_eq!((sum, s.stored), (n, n), "{file}");
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_of_every_pandas() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, want) in expected(&["pandas"]) {
        let (loaded, streams) = opened(&file);
        let options = Options::default();
        let cx = Cx::new(&streams[0], &options, &*loaded.parts[0].externals);
        let m = meaning(&cx, streams[0].pickles[0].root.unwrap());
        let Body::Frame(f) = &m.body else { panic!("{file}: {} {:?}", m.kind, m.notes) };
        if !m.notes.is_empty() || !m.kind.ends_with(want["kind"].as_str().unwrap()) {
            wrong.push(format!("{file}: {} {:?}", m.kind, m.notes));
        }
        assert_eq!(Some(f.rows), want["rows"].as_u64(), "{file}");
        let names: Vec<&str> = f.columns.iter().map(|c| c.name.as_str()).collect();
        let dtypes: Vec<&str> = f.columns.iter().map(|c| c.dtype.as_str()).collect();
        let strings =
            |v: &Value| v.as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        if names != strings(&want["columns"]) || dtypes != strings(&want["dtypes"]) {
            wrong.push(format!("{file}: {names:?} {dtypes:?}, want {} {}", want["columns"], want["dtypes"]));
        }
        let text = std::fs::read(path(&format!("more/{}", want["csv"].as_str().unwrap()))).unwrap();
        let (have, want) = (comparable(&csv(&cx, f)), comparable(&String::from_utf8(text).unwrap()));
        assert_eq!((have.len(), have[0].len()), (want.len(), want[0].len()), "{file}");
        for (h, w) in have.iter().zip(&want) {
            for (i, (h, w)) in h.iter().zip(w).enumerate() {
                // A length of time is written in several ways.
                let column = i.checked_sub(f.index.len()).and_then(|i| f.columns.get(i));
                // An index of days alone is written without the time of day.
                let w = if column.is_none() && h.ends_with(" 00:00:00") { format!("{w} 00:00:00") } else { w.clone() };
                if *h != w && column.is_none_or(|c| !c.dtype.starts_with("timedelta")) {
                    wrong.push(format!("{file}: {h:?}, want {w:?} in {:?}", column.map(|c| &c.name)));
                }
            }
        }
        seen += 1;
    }
    assert!(seen >= 30, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tensors_of_torchs_first_format_and_of_plain_pickles() {
    let mut seen = 0;
    for (file, want) in expected(&["torch"]) {
        let (loaded, streams) = opened(&file);
        let mut have = Vec::new();
        for (part, stream) in loaded.parts.iter().zip(&streams) {
            let options = Options::default();
            let cx = Cx::new(stream, &options, &*part.externals);
            for f in arrays(&cx, &Budget::new(1 << 20), &AtomicBool::new(false)).found {
                let a = f.meaning.body.array().unwrap();
                assert!(a.complete, "{file} {:?}", f.meaning.notes);
                // Elements that stand in the file itself are where the reader says.
                if let Some(raw) = a.raw {
                    assert_eq!(stream.bytes.read(raw, usize::MAX).len() as u64, raw.len());
                }
                have.push((
                    f.path.text(&cx).rsplit('#').next().unwrap().to_owned(),
                    told(&a.array, a.dtype_name.as_ref()),
                ));
            }
        }
        let paths = want["paths"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned());
        let want: Vec<(String, Value)> = paths.zip(want["arrays"].as_array().unwrap().iter().cloned()).collect();
        assert_eq!(have, want, "{file}");
        seen += have.len();
    }
    assert_eq!(seen, 15);
}

#[test]
fn integers_that_share_a_byte_are_taken_apart() {
    let all = expected(&["packed"]);
    assert_eq!(all.len(), 2);
    for (file, want) in all {
        let (loaded, streams) = opened(&file);
        let options = Options::default();
        let cx = Cx::new(&streams[0], &options, &*loaded.parts[0].externals);
        let m = meaning(&cx, streams[0].pickles[0].root.unwrap());
        let a = m.body.array().unwrap();
        assert!(a.complete && m.notes.iter().any(|n| n.code == "packed"), "{file} {:?}", m.notes);
        let shape: Vec<u64> = want["shape"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap()).collect();
        assert_eq!(a.array.shape(), shape, "{file}");
        for (n, v) in (0..).zip(want["values"].as_array().unwrap()) {
            assert_eq!(a.array.value(&[n / 7, n % 7]).text(), v.to_string(), "{file} {n}");
        }
    }
}

#[test]
fn messages_on_the_wire_open_behind_their_headers() {
    for (file, want) in expected(&["multiprocessing", "pyro"]) {
        let (loaded, streams) = opened(&file);
        assert_eq!(Some(loaded.parts.len() as u64), want["messages"].as_u64().or(Some(1)), "{file}");
        for (n, (part, stream)) in loaded.parts.iter().zip(&streams).enumerate() {
            let options = Options::default();
            let cx = Cx::new(stream, &options, &*part.externals);
            assert!(part.problems.is_empty() && stream.pickles[0].complete, "{file} {:?}", part.problems);
            let [header] = part.skipped.as_slice() else { panic!("{file}") };
            assert!(header.what.starts_with(want["header"].as_str().unwrap_or("multiprocessing")), "{}", header.what);
            if let Some(repr_of) = want["reprs"].get(n).and_then(|r| r.as_str()) {
                assert_eq!(repr(&cx, stream.pickles[0].root.unwrap(), 200), repr_of, "{file}");
            }
            let found = arrays(&cx, &Budget::new(1 << 20), &AtomicBool::new(false)).found;
            let have: Vec<Value> =
                found.iter().filter_map(|f| f.meaning.body.array()).map(|a| told(&a.array, None)).collect();
            for a in want["arrays"].as_array().into_iter().flatten() {
                assert!(have.contains(a), "{file}: {have:?}");
            }
        }
    }
}

/// A zip of torch's, without the entries that a function refuses.
fn without(file: &str, leave_out: impl Fn(&str) -> bool) -> Bytes {
    use std::io::{Read, Write};
    let mut old = zip::ZipArchive::new(std::fs::File::open(path(file)).unwrap()).unwrap();
    let mut new = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for i in 0..old.len() {
        let mut entry = old.by_index(i).unwrap();
        let name = entry.name().unwrap().into_owned();
        if leave_out(&name) {
            continue;
        }
        let mut data = Vec::new();
        entry.read_to_end(&mut data).unwrap();
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        new.start_file(name, stored).unwrap();
        new.write_all(&data).unwrap();
    }
    Bytes::from_vec(new.finish().unwrap().into_inner())
}

/// The arrays of all parts of a file: complete or not, and their notes' codes.
fn shown(bytes: Bytes) -> (Vec<(bool, Vec<&'static str>)>, Vec<&'static str>) {
    let loaded = load::load(bytes, &|_| true);
    let mut out = Vec::new();
    let mut problems: Vec<&'static str> = loaded.problems.iter().map(|p| p.code).collect();
    for part in &loaded.parts {
        let stream = load::scan(part);
        let options = Options::default();
        let cx = Cx::new(&stream, &options, &*part.externals);
        problems.extend(part.problems.iter().map(|p| p.code));
        for f in arrays(&cx, &Budget::new(1 << 20), &AtomicBool::new(false)).found {
            let complete = f.meaning.body.array().unwrap().complete;
            out.push((complete, f.meaning.notes.iter().map(|n| n.code).collect()));
        }
    }
    (out, problems)
}

#[test]
fn a_missing_storage_is_told_and_the_other_tensors_stay() {
    let file = "libs/torch2.15.0_state_dict.pt";
    let (whole, _) = shown(Bytes::open(&path(file)).unwrap());
    let (found, _) = shown(without(file, |name| name.ends_with("/data/1")));
    assert!(whole.len() > 2 && whole.iter().all(|(complete, _)| *complete));
    assert_eq!(found.len(), whole.len());
    let missing: Vec<_> = found.iter().filter(|(complete, _)| !complete).collect();
    assert_eq!(missing.len(), 1, "{found:?}");
    assert!(missing[0].1.contains(&"storage-missing"), "{missing:?}");
    // torch's tar without its storages: every tensor is there, and none has elements.
    let tar = std::fs::read(path("more/torch2.15.0_tar.pt")).unwrap();
    let at = memchr::memmem::find(&tar, b"storages\0").unwrap();
    let (found, _) = shown(Bytes::from_vec(tar[..at + 700].to_vec()));
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.iter().any(|(complete, _)| !complete));
}

#[test]
fn damage_of_one_member_leaves_the_others_whole() {
    // A wrong checksum: the array is shown, and the damage told.
    let mut zip = std::fs::read(path("libs/torch2.15.0_state_dict.pt")).unwrap();
    let last = memchr::memmem::rfind(&zip, b"PK\x01\x02").unwrap();
    zip[last + 16] ^= 1;
    let (found, _) = shown(Bytes::from_vec(zip));
    assert!(found.len() > 2 && found.iter().all(|(complete, _)| *complete));
    // A cut gzip: what could be inflated is read as far as it goes.
    let whole = std::fs::read(path("libs/plain.tar.gz")).unwrap();
    let (all, _) = shown(Bytes::from_vec(whole.clone()));
    let (found, problems) = shown(Bytes::from_vec(whole[..whole.len() * 2 / 3].to_vec()));
    assert!(!found.is_empty() && found.len() <= all.len(), "{found:?}");
    assert!(problems.contains(&"container-cut"), "{problems:?}");
    // A message that is cut is told, the ones before it are whole.
    let wire = std::fs::read(path("more/multiprocessing3.13.bin")).unwrap();
    let loaded = load::load(Bytes::from_vec(wire[..wire.len() - 5].to_vec()), &|_| true);
    assert_eq!(loaded.parts.len(), 3);
    assert!(loaded.parts[0].problems.is_empty() && loaded.parts[1].problems.is_empty());
    assert_eq!(loaded.parts[2].problems[0].code, "container-cut");
}

#[test]
fn readers_fall_back_where_a_part_does_not_fit() {
    // A part of a sparse matrix, a frame's manager, a picture's bytes: turned into something else, each is told.
    for (file, from, to) in [
        ("more/scipy1.18.1_twice.pkl", &b"coords"[..], &b"cords_"[..]),
        ("more/pandas2.2.3_frame.pkl", b"BlockManager", b"BlockMangler"),
        ("libs/pil_13.0.0_RGB.pkl", b"RGB", b"RGQ"),
        ("more/torch2.15.0_dumped_p5.pkl", b"little_endian", b"little_endiam"),
        ("libs/torch2.15.0_tensor_plain.pkl", b"FloatStorage", b"FloutStorage"),
        ("numpy/np2_p5_masked.pkl", b"_mareconstruct", b"_mareconstruck"),
    ] {
        let mut data = std::fs::read(path(file)).unwrap();
        let mut at = 0;
        let mut changed = 0;
        while let Some(i) = memchr::memmem::find(&data[at..], from) {
            data[at + i..at + i + to.len()].copy_from_slice(to);
            (at, changed) = (at + i + to.len(), changed + 1);
        }
        assert!(changed > 0, "{file}");
        let loaded = load::load(Bytes::from_vec(data), &|_| true);
        let stream = load::scan(&loaded.parts[0]);
        let options = Options::default();
        let cx = Cx::new(&stream, &options, &*loaded.parts[0].externals);
        let root = stream.pickles[0].root.unwrap();
        let m = meaning(&cx, root);
        // The raw view is always there.
        let text = repr(&cx, root, 400);
        assert!(!text.is_empty() && !m.short.is_empty() && !m.sentence.is_empty(), "{file}");
        assert!(!picklescope::interpret::children(&cx, root).is_empty(), "{file}: {text}");
    }
}
