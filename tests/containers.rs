//! Containers are opened by what they are, and give what they can when they are cut, damaged or lie.

use picklescope::source::container::{Kind, Method, Opened, open};
use picklescope::source::{Bytes, Spool};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Enough of an idea of a pickle for these tests.
fn is_pickle(b: &Bytes) -> bool {
    matches!(b.as_slice(), Some([0x80, 2..=5, ..] | [b'(' | b']' | b'}', ..]))
}

fn open_bytes(v: Vec<u8>) -> Opened {
    open(Bytes::from_vec(v), &Arc::new(Spool::default()), &|_| true, &is_pickle)
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn all(b: &Bytes) -> Vec<u8> {
    b.read(b.span(), usize::MAX)
}

fn codes(o: &Opened) -> Vec<&'static str> {
    o.problems.iter().chain(o.members.iter().flat_map(|m| &m.problems)).map(|p| p.code).collect()
}

/// Bytes that compress, but not to nothing: a pickle's head, then numbers that half repeat.
fn sample(n: usize) -> Vec<u8> {
    let mut v = vec![0x80, 4];
    let mut x = 12_345_u64;
    while v.len() < n {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        v.extend_from_slice(&[(x >> 60) as u8, b'a', (x >> 50) as u8 & 7]);
    }
    v.truncate(n);
    v
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut e =
        flate2::GzBuilder::new().filename("x").comment("y").extra(vec![1, 2, 3, 4]).write(vec![], Default::default());
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

fn bz2(data: &[u8]) -> Vec<u8> {
    let mut e = bzip2::write::BzEncoder::new(vec![], bzip2::Compression::fast());
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lz4(data: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().block_size(lz4_flex::frame::BlockSize::Max64KB).content_checksum(true);
    let mut e = lz4_flex::frame::FrameEncoder::with_frame_info(info, vec![]);
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

fn all_codecs() -> Vec<(&'static str, Vec<u8>)> {
    let data = sample(700_000);
    vec![("gzip", gzip(&data)), ("zlib", zlib(&data)), ("bz2", bz2(&data)), ("zstd", zstd(&data)), ("lz4", lz4(&data))]
}

#[test]
fn what_joblib_compressed_opens_as_the_same_pickle() {
    let mut seen = Vec::new();
    for c in ["gzip", "zlib", "bz2", "xz", "lzma", "lz4"] {
        let o = open_bytes(fixture(&format!("other/joblib_c.{c}")));
        assert_eq!((o.chain.as_slice(), codes(&o)), (&[c][..], vec![]), "{c}");
        assert_eq!(o.members.len(), 1);
        seen.push(all(&o.members[0].bytes));
    }
    assert_eq!(seen[0][0], 0x80);
    assert!(seen.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn whole_files_are_whole() {
    let data = sample(700_000);
    for (name, packed) in all_codecs() {
        let o = open_bytes(packed);
        assert_eq!((o.chain.as_slice(), codes(&o)), (&[name][..], vec![]), "{name}");
        assert!(all(&o.members[0].bytes) == data, "{name}");
    }
}

#[test]
fn several_streams_are_one_file() {
    let (a, b) = (sample(1000), sample(90_000));
    for pack in [gzip, bz2, zstd, lz4] {
        let o = open_bytes([pack(&a), pack(&b)].concat());
        assert_eq!(codes(&o), Vec::<&str>::new());
        assert_eq!(all(&o.members[0].bytes), [a.clone(), b.clone()].concat());
        let o = open_bytes([pack(&a), b"junk!".to_vec()].concat());
        assert_eq!(codes(&o), ["container-trailing"]);
        assert_eq!(all(&o.members[0].bytes), a);
    }
}

#[test]
fn a_cut_file_keeps_what_could_be_inflated() {
    let data = sample(700_000);
    for (name, packed) in all_codecs() {
        for part in [3, 30, 60, 90, 99] {
            let o = open_bytes(packed[..packed.len() * part / 100].to_vec());
            let got = all(&o.members[0].bytes);
            assert_eq!(codes(&o), ["container-cut"], "{name} {part}");
            assert!(data.starts_with(&got), "{name} {part}");
            // A block is the least that can be had back: 900 kB for bzip2, 128 kB for zstd, 64 kB for LZ4.
            let want = data.len() * part / 100;
            let block = match name {
                "bz2" => 200_000,
                "zstd" => 140_000,
                "lz4" => 80_000,
                _ => 40_000,
            };
            assert!(got.len() + block >= want, "{name} {part}: {} of {want}", got.len());
        }
    }
    for c in ["xz", "lzma"] {
        let packed = fixture(&format!("other/joblib_c.{c}"));
        let whole = all(&open_bytes(packed.clone()).members[0].bytes);
        let o = open_bytes(packed[..packed.len() * 6 / 10].to_vec());
        let got = all(&o.members[0].bytes);
        assert_eq!(codes(&o), ["container-cut"], "{c}");
        assert!(whole.starts_with(&got) && got.len() > 40, "{c}: {}", got.len());
    }
}

#[test]
fn every_cut_of_every_codec_is_told() {
    let data = sample(3000);
    for pack in [gzip, zlib, bz2, zstd, lz4] {
        let packed = pack(&data);
        for n in 12..packed.len() {
            let o = open_bytes(packed[..n].to_vec());
            assert!(o.members.iter().all(|m| data.starts_with(&all(&m.bytes))), "{n} of {}", packed.len());
            assert!(codes(&o).contains(&"container-cut"), "{n} of {}: {:?}", packed.len(), codes(&o));
        }
    }
    for c in ["xz", "lzma"] {
        let packed = fixture(&format!("other/joblib_c.{c}"));
        for n in 20..packed.len() {
            assert_eq!(codes(&open_bytes(packed[..n].to_vec())), ["container-cut"], "{c} {n}");
        }
    }
}

#[test]
fn damage_is_told_and_what_precedes_it_kept() {
    let data = sample(700_000);
    for (name, mut packed) in all_codecs() {
        let at = packed.len() / 2;
        packed[at..at + 40].fill(0xff);
        let o = open_bytes(packed);
        let got = all(&o.members[0].bytes);
        let told = codes(&o);
        assert!(told.iter().any(|c| c.starts_with("container-")), "{name}: {told:?}");
        let same = data.iter().zip(&got).take_while(|(a, b)| a == b).count();
        assert!(same > 150_000 || name == "bz2", "{name}: {same} of {}", got.len());
    }
    let mut packed = gzip(&data);
    let n = packed.len();
    packed[n - 6] ^= 1;
    let o = open_bytes(packed);
    assert_eq!(codes(&o), ["container-crc"]);
    assert!(all(&o.members[0].bytes) == data);
}

#[test]
fn containers_within_containers() {
    let data = sample(5000);
    let o = open_bytes(gzip(&bz2(&zstd(&data))));
    assert_eq!(o.chain, ["gzip", "bz2", "zstd"]);
    assert_eq!(all(&o.members[0].bytes), data);
    let mut deep = data;
    for _ in 0..12 {
        deep = gzip(&deep);
    }
    let o = open_bytes(deep);
    assert_eq!((o.chain.len(), codes(&o)), (8, vec!["container-depth"]));
}

#[test]
fn a_bare_pickle_is_one_member_without_a_name() {
    for v in [b"]\x94.".to_vec(), b"BZh9aaaaaaaaaa".to_vec(), b"x^2 + y".to_vec(), vec![], b"]\0\0\0\0\x01".to_vec()] {
        let o = open_bytes(v.clone());
        assert_eq!((o.chain.len(), o.members.len(), codes(&o)), (0, 1, vec![]), "{v:?}");
        assert_eq!((o.members[0].name.as_str(), all(&o.members[0].bytes)), ("", v));
    }
}

fn zip_of(entries: &[(&str, &[u8], zip::CompressionMethod)]) -> Vec<u8> {
    let mut w = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, data, method) in entries {
        w.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(*method)).unwrap();
        w.write_all(data).unwrap();
    }
    w.finish().unwrap().into_inner()
}

const STORED: zip::CompressionMethod = zip::CompressionMethod::Stored;
const DEFLATED: zip::CompressionMethod = zip::CompressionMethod::Deflated;

#[test]
fn zips_list_the_members_that_hold_pickles() {
    let a = sample(5000);
    let gz = gzip(&a);
    let z = zip_of(&[
        ("a.pkl", &a, DEFLATED),
        ("read.me", b"hello", STORED),
        ("deep/b.pkl.gz", &gz, STORED),
        ("c", b"]\x94.", STORED),
    ]);
    let o = open_bytes(z.clone());
    assert_eq!((o.chain.as_slice(), codes(&o)), (&["zip", "gzip"][..], vec![]));
    let names: Vec<_> = o.members.iter().map(|m| (m.name.as_str(), m.inner.len(), m.bytes.len())).collect();
    assert_eq!(names, [("a.pkl", 0, 5000), ("deep/b.pkl.gz", 1, 5000), ("c", 0, 3)]);
    assert_eq!(o.archives[0].entries.len(), 4);
    // Bytes before the archive, as a self-extracting one has them.
    let o = open_bytes(zip_of(&[("inner.zip", &z, STORED)]));
    assert_eq!(o.chain, ["zip", "zip", "gzip"]);
    assert_eq!(o.members[0].name, "inner.zip/a.pkl");
}

#[test]
fn a_cut_zip_is_read_by_its_local_headers() {
    let (a, b) = (sample(5000), sample(100_000));
    let z = zip_of(&[("a.pkl", &a, DEFLATED), ("b.pkl", &b, STORED), ("c.pkl", &a, STORED)]);
    let o = open_bytes(z[..z.len() - 5200].to_vec());
    assert_eq!(o.members.len(), 2);
    assert_eq!(all(&o.members[0].bytes), a);
    assert!(b.starts_with(&all(&o.members[1].bytes)) && o.members[1].bytes.len() > 80_000);
    assert!(codes(&o).contains(&"zip-no-directory"), "{:?}", codes(&o));
    // torch's: sizes stand behind the data.
    for cut in [30, 200, 400] {
        let t = fixture("other/torch1.12.1_f32.pt");
        let o = open_bytes(t[..t.len() - cut].to_vec());
        assert_eq!((o.chain.as_slice(), o.members.len()), (&["torch"][..], 1), "{cut}");
        assert_eq!(o.members[0].bytes.len(), 154);
    }
}

#[test]
fn a_zip_that_lies_is_read_and_told() {
    let a = sample(5000);
    for (what, code) in [("crc", "zip-crc"), ("encrypted", "zip-flags"), ("size", "zip-size")] {
        let mut z = zip_of(&[("a.pkl", &a, DEFLATED)]);
        let d = memchr::memmem::rfind(&z, b"PK\x01\x02").unwrap();
        match what {
            "crc" => z[d + 16] ^= 1,
            "encrypted" => z[d + 8] |= 1,
            _ => z[d + 24] ^= 1,
        }
        let o = open_bytes(z);
        assert_eq!((codes(&o), all(&o.members[0].bytes) == a), (vec![code], true));
    }
    let z = zip_of(&[("../../evil.pkl", &a, STORED), ("b.pkl", &a, STORED), ("c.pkl", &a, STORED)]);
    let o = open_bytes(z.clone());
    assert_eq!(codes(&o), ["name-leads-out"]);
    // Two entries of one name: both are there.
    let z: Vec<u8> =
        z.iter().enumerate().map(|(i, b)| if *b == b'c' && z[i..].starts_with(b"c.pkl") { b'b' } else { *b }).collect();
    let o = open_bytes(z);
    assert_eq!(o.members.iter().filter(|m| m.name == "b.pkl").count(), 2);
    assert_eq!(codes(&o), ["name-leads-out", "name-twice", "name-twice"]);
}

#[test]
fn torch_archives_list_their_pickle_and_keep_their_storages() {
    for name in ["torch1.12.1_sd.pt", "torch2.8.0_sd.pt"] {
        let t = fixture(&format!("other/{name}"));
        let o = open_bytes(t.clone());
        assert_eq!((o.chain.as_slice(), o.members.len(), codes(&o)), (&["torch"][..], 1, vec![]), "{name}");
        let m = &o.members[0];
        assert!(m.name.ends_with("/data.pkl"));
        let s = o.beside(m, "data/0").unwrap();
        assert_eq!((s.method, s.raw.len()), (Method::Stored, 8));
        assert!(o.beside(m, "data/7").is_none());
        assert_eq!(o.beside(m, "byteorder").is_some(), name.contains("2.8"));
        // Zero-copy: the storage's bytes are the file's.
        let raw = all(&s.raw);
        assert!(t.windows(8).any(|w| w == raw));
    }
}

fn tar_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut b = tar::Builder::new(vec![]);
    for (name, data) in entries {
        let mut h = tar::Header::new_gnu();
        h.set_size(data.len() as u64);
        h.set_mode(0o644);
        h.set_cksum();
        b.append_data(&mut h, name, *data).unwrap();
    }
    b.into_inner().unwrap()
}

#[test]
fn tars_open_with_long_names_and_when_cut() {
    let a = sample(5000);
    let long = format!("{}/a.pkl", "folder".repeat(30));
    let t = tar_of(&[(&long, &a), ("note.txt", b"hi"), ("b.pkl", &a)]);
    let o = open_bytes(gzip(&t));
    assert_eq!((o.chain.as_slice(), codes(&o)), (&["gzip", "tar"][..], vec![]));
    assert_eq!(o.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), [long.as_str(), "b.pkl"]);
    assert_eq!(all(&o.members[1].bytes), a);
    let o = open_bytes(t[..t.len() - 4000].to_vec());
    assert!(codes(&o).contains(&"container-cut"));
    assert_eq!(o.members.len(), 2);
    assert!(a.starts_with(&all(&o.members[1].bytes)));
}

#[test]
fn npy_gives_its_header_or_its_pickle() {
    let npy = |descr: &str, data: &[u8]| {
        let h = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
        [b"\x93NUMPY\x01\0".as_slice(), &(h.len() as u16).to_le_bytes(), h.as_bytes(), data].concat()
    };
    let plain = npy("'<f8'", &[0; 16]);
    let o = open_bytes(plain.clone());
    assert_eq!(o.chain, ["npy"]);
    let Kind::Npy(h) = &o.members[0].kind else { panic!() };
    assert_eq!((h.shape.as_slice(), h.span.end + 16), (&[2][..], plain.len() as u64));
    let objects = npy("'|O'", b"\x80\x04].");
    let o = open_bytes(objects.clone());
    assert_eq!((o.chain.as_slice(), all(&o.members[0].bytes)), (&["npy"][..], b"\x80\x04].".to_vec()));
    assert_eq!(o.members[0].skipped.len(), 1);
    let z = zip_of(&[("x.npy", &plain, DEFLATED), ("y.npy", &objects, STORED)]);
    let o = open_bytes(z);
    assert_eq!(o.chain, ["npz"]);
    assert_eq!(o.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["x.npy", "y.npy"]);
}

#[test]
fn wire_headers_are_skipped_and_kept() {
    let pickle = b"\x80\x04]\x94.";
    let message = |p: &[u8]| [&(p.len() as i32).to_be_bytes()[..], p].concat();
    let o = open_bytes(message(pickle));
    assert_eq!((o.members[0].skipped.len(), all(&o.members[0].bytes)), (1, pickle.to_vec()));
    let o = open_bytes([message(pickle), message(pickle)].concat());
    assert_eq!(o.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["message 0", "message 1"]);
    let wide = [&(-1_i32).to_be_bytes()[..], &5_u64.to_be_bytes(), pickle].concat();
    assert_eq!(all(&open_bytes(wide).members[0].bytes), pickle);
    let mut pyro = b"PYRO".to_vec();
    for v in [48_u16, 4, 0, 1] {
        pyro.extend(v.to_be_bytes());
    }
    pyro.extend(5_u32.to_be_bytes());
    for v in [4_u16, 3, 0, 0x34e9] {
        pyro.extend(v.to_be_bytes());
    }
    pyro.extend(b"abc");
    pyro.extend(pickle);
    let o = open_bytes(pyro);
    assert_eq!((codes(&o), all(&o.members[0].bytes)), (vec![], pickle.to_vec()));
    assert!(o.members[0].skipped[0].what.contains("pickle"));
    let o = open_bytes(fixture("other/joblib0.9.4_zfile.pkl"));
    assert_eq!((o.chain.as_slice(), codes(&o), o.members[0].bytes.len()), (&["zlib"][..], vec![], 0xb6));
}

#[test]
fn the_allowance_and_the_user_stop_it() {
    let bomb = gzip(&gzip(&vec![0; 50_000_000]));
    let o = open(Bytes::from_vec(bomb.clone()), &Arc::new(Spool::new(1_000_000)), &|_| true, &is_pickle);
    assert!(codes(&o).contains(&"inflated-limit"));
    assert!(o.members[0].bytes.len() <= 1_000_000);
    let o = open(Bytes::from_vec(bomb), &Arc::new(Spool::default()), &|p| p.done < 1000, &is_pickle);
    assert!(o.cancelled);
}

/// What the fixtures' own libraries packed: containers, and the names of the members that hold pickles. joblib's own mark
/// on an uncompressed pickle is told by those who know its classes.
#[test]
fn every_fixture_opens_through_its_containers() {
    let expected: serde_json::Value = serde_json::from_slice(&fixture("libs/expected.json")).unwrap();
    let mut seen = 0;
    for (file, want) in expected.as_object().unwrap() {
        if file.ends_with("_zfile.pkl") {
            continue;
        }
        let o = open_bytes(fixture(file));
        let strings = |v: &serde_json::Value| -> Vec<String> {
            v.as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect()
        };
        let mut container = strings(&want["container"]);
        let chain: Vec<String> = o.chain.iter().map(|s| (*s).to_owned()).collect();
        if container.last().is_some_and(|c| c == "joblib") && chain.last().is_none_or(|c| c != "joblib") {
            container.pop();
        }
        assert_eq!(chain, container, "{file}");
        let mut names: Vec<String> =
            want["pickles"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect();
        names.dedup();
        let have: Vec<String> = o.members.iter().filter(|m| m.kind == Kind::Pickle).map(|m| m.name.clone()).collect();
        let said = codes(&o);
        match file.as_str() {
            "libs/cut.pkl.gz" => {
                assert_eq!(said, ["container-cut"]);
                assert_eq!(Some(o.members[0].bytes.len()), want["inflated"].as_u64());
            }
            "libs/wrong_crc.zip" => assert_eq!(said, ["zip-crc"]),
            _ => assert_eq!((said, have), (vec![], names), "{file}"),
        }
        seen += 1;
    }
    assert!(seen > 150, "{seen}");
}
