//! Salvaged pickles: every truncation of the fixtures, and seeded damage. That they load in CPython with all that was
//! complete is told by `tests/truth/salvage.py`, which reads what `write_the_cases` writes; its result is the fixture
//! `salvage/truth.tsv`, and the bytes that it was told of must be those that are written today.

mod seeded;

use picklescope::export::salvage::salvage_bytes;
use picklescope::interpret::salvage::{CutArrays, Fate};
use picklescope::machine::{NoInlines, Options, Scan};
use picklescope::source::Bytes;
use picklescope::source::limits::Budget;
use seeded::Seeded;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Files that are cut at every byte.
fn whole_files() -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("salvage"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.ends_with(".pkl"))
        .collect();
    names.sort();
    assert!(names.len() > 80);
    names.extend(JOBLIB.iter().map(|n| (*n).to_owned()));
    names.into_iter().map(|n| (n.clone(), std::fs::read(root().join("salvage").join(n)).unwrap())).collect()
}

/// Files that hold arrays between the opcodes, from the salvage folder.
const JOBLIB: &[&str] = &[
    "../other/plain.joblib",
    "../other/obj.joblib",
    "../other/M8.joblib",
    "../other/noncontig.joblib",
    "../libs/joblib1.6.0_inline.joblib",
    "../libs/joblib1.1.1_inline_p2.joblib",
];

/// Only these are filled otherwise than cut.
fn holds_arrays(name: &str) -> bool {
    ["arrays", "kinds", "masked", "root_array", "ordered"].iter().any(|n| name.starts_with(n))
}

/// Bytes up to which a file is cut at every offset; others at so many seeded ones.
const EVERY: usize = 700;

/// Where a file is cut.
fn cuts(data: &[u8]) -> Vec<usize> {
    if data.len() <= EVERY {
        return (0..data.len()).collect();
    }
    let mut seeded = Seeded(0x9e37_79b9_7f4a_7c15 ^ data.len() as u64);
    let mut cuts: Vec<usize> = (0..250).map(|_| seeded.below(data.len())).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Changes of one file, no truncation among them.
const MUTATIONS: usize = 25;

fn mutations(data: &[u8]) -> Vec<Vec<u8>> {
    let mut seeded = Seeded(0x2545_f491_4f6c_dd1d ^ data.len() as u64);
    (0..MUTATIONS).map(|_| seeded.damage(data)).collect()
}

/// One byte changed, put in or left out.
fn single(data: &[u8], n: usize) -> Vec<Vec<u8>> {
    let mut seeded = Seeded(0x1234_5678_9abc_def1 ^ data.len() as u64);
    let mut one = || {
        let mut d = data.to_vec();
        let (at, byte) = (2.min(d.len() - 1) + seeded.below(d.len().saturating_sub(2).max(1)), seeded.below(256));
        let (at, byte) = (at.min(d.len() - 1), u8::try_from(byte).unwrap());
        match seeded.below(3) {
            0 => d[at] = byte,
            1 => d.insert(at, byte),
            _ => drop(d.remove(at)),
        }
        d
    };
    (0..n).map(|_| one()).collect()
}

fn loads(data: &[u8]) -> Option<String> {
    let options = Options { first_only: true, until_error: true, ..Options::default() };
    let s = Scan::whole(Bytes::from_vec(data.to_vec()), options, Arc::new(NoInlines));
    s.pickles.first().and_then(|p| p.python.as_ref()).map(ToString::to_string)
}

#[test]
fn every_truncation_loads_and_is_the_one_that_was_verified() {
    let truth = std::fs::read_to_string(root().join("salvage/truth.tsv")).unwrap();
    let mut told = std::collections::HashMap::new();
    for line in truth.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        told.insert(fields[0].to_owned(), fields[1].to_owned());
    }
    let mut changed = String::new();
    for (name, data) in whole_files() {
        let mut digest = Sha256::new();
        for cut in cuts(&data) {
            for how in [CutArrays::Rows, CutArrays::Fill] {
                if how == CutArrays::Fill && !holds_arrays(&name) {
                    continue;
                }
                let (out, _) = salvage_bytes(data[..cut].to_vec(), how);
                assert_eq!(loads(&out), None, "{name} cut at {cut}: {out:?}");
                digest.update(&out);
            }
        }
        for m in mutations(&data) {
            let (out, _) = salvage_bytes(m.clone(), CutArrays::Rows);
            digest.update(&out);
        }
        for m in single(&data, MUTATIONS) {
            let (out, _) = salvage_bytes(m.clone(), CutArrays::Rows);
            digest.update(&out);
        }
        let digest: String = digest.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
        if told.get(&name) != Some(&digest) {
            writeln!(changed, "{name}").unwrap();
        }
    }
    assert!(changed.is_empty(), "salvaged otherwise than was verified; run tests/truth/salvage.py:\n{changed}");
}

/// For the script that tells the truth: name, kind, cut, digest and bytes of each case.
#[test]
#[ignore = "writes what tests/truth/salvage.py reads"]
fn write_the_cases() {
    let to = std::env::var_os("PICKLESCOPE_CASES").expect("PICKLESCOPE_CASES names the file");
    let mut out = std::io::BufWriter::new(std::fs::File::create(to).unwrap());
    let mut put = |name: &str, kind: u8, at: usize, bytes: &[u8]| {
        let n = u32::try_from(name.len()).unwrap();
        out.write_all(&n.to_le_bytes()).unwrap();
        out.write_all(name.as_bytes()).unwrap();
        out.write_all(&[kind]).unwrap();
        out.write_all(&u32::try_from(at).unwrap().to_le_bytes()).unwrap();
        out.write_all(&u32::try_from(bytes.len()).unwrap().to_le_bytes()).unwrap();
        out.write_all(bytes).unwrap();
    };
    for (name, data) in whole_files() {
        for cut in cuts(&data) {
            put(&name, b'r', cut, &salvage_bytes(data[..cut].to_vec(), CutArrays::Rows).0);
            if holds_arrays(&name) {
                put(&name, b'f', cut, &salvage_bytes(data[..cut].to_vec(), CutArrays::Fill).0);
            }
        }
        for (i, m) in mutations(&data).into_iter().enumerate() {
            put(&name, b'd', i, &m);
            put(&name, b'm', i, &salvage_bytes(m.clone(), CutArrays::Rows).0);
        }
        for (i, m) in single(&data, MUTATIONS).into_iter().enumerate() {
            put(&name, b's', i, &m);
            put(&name, b't', i, &salvage_bytes(m.clone(), CutArrays::Rows).0);
        }
    }
}

#[test]
fn what_was_cut_is_told_with_its_place() {
    let data = std::fs::read(root().join("salvage/arrays_p4.pkl")).unwrap();
    let (_, accounts) = salvage_bytes(data[..400].to_vec(), CutArrays::Rows);
    let cut: Vec<&str> = accounts[0].entries.iter().filter(|e| e.fate == Fate::Cut).map(|e| e.text.as_str()).collect();
    assert!(
        cut.iter().any(|t| t.contains("float64") && t.contains("(12, 5)") && t.contains("its shape is now (")),
        "{cut:?}"
    );
    assert!(accounts[0].entries.iter().any(|e| e.path.as_ref().is_some_and(|p| p.segs.len() == 1)));
    assert!(accounts[0].ops > 10 && accounts[0].bytes > 100);
}

#[test]
fn arrays_of_joblib_are_ordinary_ones() {
    let data = std::fs::read(root().join("libs/joblib1.6.0_inline.joblib")).unwrap();
    let told = |data: Vec<u8>| {
        let bytes = Bytes::from_vec(data);
        let inlines = Arc::new(picklescope::interpret::KnownInlines);
        let s = Scan::whole(bytes, Options::default(), inlines);
        let options = picklescope::interpret::Options::default();
        let cx = picklescope::interpret::Cx::new(&s, &options, &picklescope::interpret::NoExternals);
        let found = picklescope::interpret::arrays(&cx, &Budget::new(10_000), &AtomicBool::new(false));
        let array = |f: &picklescope::interpret::Found| {
            let a = &f.meaning.body.array().unwrap().array;
            let values: Vec<String> = (0..a.len().min(20)).map(|i| a.value(&a.unravel(i)).to_string()).collect();
            let values = if a.dtype.has_objects() { Vec::new() } else { values };
            (f.path.text(&cx), a.dtype.clone(), a.shape().to_vec(), values)
        };
        found.found.iter().map(array).collect::<Vec<_>>()
    };
    let (out, accounts) = salvage_bytes(data.clone(), CutArrays::Rows);
    assert_eq!(loads(&out), None);
    assert!(!out.windows(18).any(|w| w == b"NumpyArrayWrapper\n"));
    let (before, after) = (told(data.clone()), told(out));
    assert!(before.len() >= 7, "{before:?}");
    assert_eq!(before, after);
    assert!(accounts[0].entries.iter().any(|e| e.fate == Fate::Mended && e.text.contains("8 arrays")), "{accounts:?}");
    // The big one is cut: its rows that are there stay, the rest is told.
    let at = data.len() - 2000;
    let (out, accounts) = salvage_bytes(data[..at].to_vec(), CutArrays::Rows);
    assert_eq!(loads(&out), None);
    let cut: Vec<_> = accounts[0].entries.iter().filter(|e| e.fate == Fate::Cut).collect();
    assert!(cut.iter().any(|e| e.text.contains("its shape is now (")), "{accounts:?}");
}

/// What is salvaged of a file with one wrong byte is sound: nothing of it is at fault, its arrays fit their shapes, and to
/// salvage it again changes nothing more. But for one in a hundred: what a memo that is out of step makes of names and
/// calls is not all known.
#[test]
fn what_is_salvaged_of_one_wrong_byte_is_sound() {
    let names = [
        "arrays_p0",
        "arrays_p1",
        "arrays_p2",
        "arrays_p3",
        "arrays_p4",
        "arrays_p5",
        "tuples_p5",
        "ordered_arrays_p2",
    ];
    let mut wrong = String::new();
    let mut mended = 0;
    for name in names {
        let data = std::fs::read(root().join("salvage").join(format!("{name}.pkl"))).unwrap();
        for (i, m) in single(&data, 120).into_iter().enumerate() {
            let (out, accounts) = salvage_bytes(m.clone(), CutArrays::Rows);
            mended += accounts.iter().filter(|a| a.count(Fate::Mended) > 0).count();
            let s = Scan::whole(Bytes::from_vec(out.clone()), Options::default(), Arc::new(NoInlines));
            let (again, accounts) = salvage_bytes(out.clone(), CutArrays::Rows);
            if s.pickles.iter().any(|p| !p.complete) || accounts.iter().any(|a| !a.whole) || again.len() > out.len() {
                let python = s.pickles.iter().find_map(|p| p.python.as_ref());
                writeln!(wrong, "{name} {i}: {python:?} {:?}", accounts.iter().flat_map(|a| &a.entries).next())
                    .unwrap();
            }
        }
    }
    assert!(mended > 50, "{mended}");
    assert!(wrong.lines().count() <= names.len() * 120 / 100, "{wrong}");
}

/// Nothing is mended where nothing is wrong.
#[test]
fn what_is_whole_is_copied() {
    let mut touched = String::new();
    let mut whole = 0;
    for (name, data) in seeded::files(100_000) {
        if ["damage", "hostile", "verdicts", "dis", "fuzz"].iter().any(|d| name.starts_with(d)) {
            continue;
        }
        let s = Scan::whole(Bytes::from_vec(data.clone()), Options::default(), Arc::new(NoInlines));
        if s.pickles.is_empty() || s.pickles.iter().any(|p| !p.complete) {
            continue;
        }
        for a in salvage_bytes(data, CutArrays::Rows).1 {
            whole += 1;
            if !a.whole {
                writeln!(touched, "{name}: {:?}", a.entries.iter().map(|e| &e.text).collect::<Vec<_>>()).unwrap();
            }
        }
    }
    assert!(whole > 300, "{whole}");
    assert!(touched.is_empty(), "{touched}");
}

#[test]
fn what_stands_alone_or_out_of_measure_is_mended() {
    let of = |data: &[u8]| salvage_bytes(data.to_vec(), CutArrays::Rows).0;
    // A memo key that no writer reaches, and what is fetched from it.
    assert_eq!(of(b"\x80\x02]r\0\0\0\x7f(j\0\0\0\x7fK\x01e."), b"\x80\x02](NK\x01e.");
    // '\u{2014}' is no byte: the array keeps its other elements, and the way back to the text.
    let array = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85c_codecs\nencode\nX\x01\0\0\0b\
                  X\x06\0\0\0latin1\x86RtR(K\x01K\x03\x85cnumpy\ndtype\nX\x02\0\0\0u1\x89\x88\x87R\x89c_codecs\nencode\n\
                  X\x05\0\0\0a\xe2\x80\x94cX\x06\0\0\0latin1\x86Rtb.";
    let out = of(array);
    assert!(out.windows(10).any(|w| w == b"00B\x03\0\0\0a?c"), "{out:?}");
    assert_eq!(loads(&out), None);
}
