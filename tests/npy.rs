//! Arrays that stand in no pickle: found, read and written as NumPy itself does, alone and in archives, whole and cut.

mod common;

use common::{json, path, read};
use picklescope::export::report::{self, Report, Source};
use picklescope::export::{Format, value};
use picklescope::interpret::{Cx, Options, explain};
use picklescope::session::load;
use picklescope::source::Bytes;
use serde_json::Value;

/// The report on a file, as the command line builds it.
fn report_on(bytes: Bytes) -> (Report, bool) {
    let loaded = load::load(bytes, &|_| true);
    let mut report = report::build("x", 0, &loaded.container, &[], true, &mut |_, _| true).unwrap();
    let mut damaged = false;
    for part in &loaded.parts {
        let stream = load::scan(part);
        let options = Options::default();
        let cx = Cx::new(&stream, &options, &*part.externals);
        let source = Source { name: &part.name, cx, problems: &part.problems, skipped: &part.skipped };
        if stream.is_content() {
            damaged |= source.is_damaged();
            report::plain(&mut report, load::plain_path(&part.name), &source, true, &mut |_, _| true).unwrap();
        }
    }
    (report, damaged)
}

#[test]
fn arrays_without_a_pickle_are_numpys() {
    let expected = json("npy/expected.json");
    let mut seen = 0;
    for (file, want) in expected.as_object().unwrap() {
        let (report, damaged) = report_on(Bytes::open(&path(&format!("npy/{file}"))).unwrap());
        assert!(!damaged, "{file}");
        let mut have = serde_json::to_value(&report.arrays).unwrap();
        for a in have.as_array_mut().unwrap() {
            let a = a.as_object_mut().unwrap();
            // The elements are where the report says: their own bytes, in the order that they are stored.
            assert!(a.remove("offset").unwrap().is_u64() && a.remove("bytes").unwrap().is_u64(), "{file}");
        }
        assert_eq!(&have, want, "{file}");
        seen += have.as_array().unwrap().len();
    }
    assert!(seen > 35, "{seen}");
}

#[test]
fn what_is_written_as_npy_again_is_the_same_file() {
    for name in ["np2_f8", "np2_structured", "np2_unicode", "np2_datetime", "np2_nested", "np2_version3"] {
        let data = read(&format!("npy/{name}.npy"));
        let loaded = load::load(Bytes::from_vec(data.clone()), &|_| true);
        let stream = load::scan(&loaded.parts[0]);
        let options = Options::default();
        let cx = Cx::new(&stream, &options, &*loaded.parts[0].externals);
        let root = stream.pickles[0].root.unwrap();
        let mut out = Vec::new();
        let wish = value::Options::default();
        value::write(&cx, root, Format::Npy, &wish, &mut out, &mut |_, _| true).unwrap();
        assert!(out == data, "{name}");
        let mut json = Vec::new();
        value::write(&cx, root, Format::Json, &wish, &mut json, &mut |_, _| true).unwrap();
        assert!(serde_json::from_slice::<Value>(&json).unwrap().is_array(), "{name}");
        assert!(value::write(&cx, root, Format::Py, &wish, &mut Vec::new(), &mut |_, _| true).is_err());
    }
}

#[test]
fn every_byte_has_an_owner_and_the_header_is_told() {
    let data = read("npy/np2_nested.npy");
    let loaded = load::load(Bytes::from_vec(data.clone()), &|_| true);
    let stream = load::scan(&loaded.parts[0]);
    let mut at = 0;
    for piece in stream.index.pieces(stream.bytes.span(), &stream.bytes) {
        assert_eq!(piece.span().start, at);
        at = piece.span().end;
    }
    assert_eq!(at, data.len() as u64);
    let options = Options::default();
    let cx = Cx::new(&stream, &options, &*loaded.parts[0].externals);
    let told = explain(&cx, stream.pickles[0].root.unwrap());
    let rows: Vec<_> = told.columns[0].rows.iter().map(|r| (r.name.as_str(), r.value.as_str())).collect();
    assert_eq!(rows[1], ("version", "1.0"));
    assert_eq!(rows[4..], [("fortran_order", "False"), ("shape", "(2,)")]);
    // The bytes of a row are those that it tells of.
    let shape = told.columns[0].rows[5].span.unwrap();
    assert!(data[shape.start as usize..].starts_with(b"'shape': (2,)"));
}

#[test]
fn what_is_cut_or_nonsense_is_shown_as_far_as_it_goes() {
    let data = read("npy/np2_f8.npy");
    let (report, damaged) = report_on(Bytes::from_vec(data[..data.len() - 20].to_vec()));
    assert!(damaged && !report.arrays[0].complete);
    assert_eq!(report.problems[0].code, "array-short");
    let swap = |from: &str, to: &str| {
        let mut data = data.clone();
        let at = data.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        data[at..at + from.len()].copy_from_slice(to.as_bytes());
        report_on(Bytes::from_vec(data))
    };
    for (from, to) in [("<f8", "<q7"), ("(3, 4)", "(9999)"), ("'<f8'", "[[[[["), ("(3, 4)", "(-3,4)")] {
        let (report, damaged) = swap(from, to);
        assert!(damaged || report.arrays.is_empty(), "{to}");
    }
    for n in 0..data.len() {
        report_on(Bytes::from_vec(data[..n].to_vec()));
    }
    // A wrong checksum of one member leaves the others alone.
    let mut z = read("npy/np2_stored.npz");
    let at = z.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    z[at + 16] ^= 1;
    let (report, _) = report_on(Bytes::from_vec(z));
    assert_eq!(report.arrays.len(), 3);
    assert_eq!(report.problems.iter().map(|p| p.code).collect::<Vec<_>>(), ["zip-crc"]);
}
