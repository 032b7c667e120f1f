//! What is exported reads back: PNG and TIFF sample for sample, by decoders that share no code with the writers; CSV of
//! tables; sources that stop where they would call what is dangerous. `tests/truth/readback.py` asks Pillow, tifffile,
//! NumPy and Python's csv and json the same.

mod common;

use common::{json, path, read};
use picklescope::export::{Done, ExportError, Format, value};
use picklescope::interpret::{Cx, NoExternals, Options, meaning, resolve};
use picklescope::machine::Stream;
use picklescope::session::load;
use picklescope::source::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// The pickle in a file, its containers opened.
fn opened(name: &str) -> Stream {
    let loaded = load::load(Bytes::open(&path(name)).unwrap(), &|_| true);
    load::scan(&loaded.parts[0])
}

fn export(s: &Stream, at: &str, format: Format, options: &value::Options) -> Result<(Vec<u8>, Done), ExportError> {
    let given = Options::default();
    let cx = Cx::new(s, &given, &NoExternals);
    let h = resolve(&cx, at).unwrap_or_else(|e| panic!("{at}: {e}"));
    let mut out = Cursor::new(Vec::new());
    let done = value::write_seek(&cx, h, format, options, &mut out, &mut |_, _| true)?;
    Ok((out.into_inner(), done))
}

fn sha(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn at(name: &str) -> String {
    format!("['{name}']")
}

#[test]
fn png_holds_what_it_can_exactly() {
    let (s, expected) = (opened("export/arrays.pkl.gz"), json("export/expected.json"));
    let (mut exact, mut refused) = (0, 0);
    for (name, want) in expected["arrays"].as_object().unwrap() {
        let made = export(&s, &at(name), Format::Png, &value::Options::default());
        let want = &want["png"];
        let Ok((png, _)) = made else {
            assert!(want.is_null(), "{name}: {:?}", made.err());
            refused += 1;
            continue;
        };
        let mut reader = png::Decoder::new(Cursor::new(&png)).read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        data.truncate(info.buffer_size());
        reader.finish().unwrap();
        let text = |key: &str| {
            let all = &reader.info().uncompressed_latin1_text;
            all.iter().find(|t| t.keyword == key).map(|t| t.text.clone())
        };
        assert_eq!(text("Path").as_deref(), Some(""), "{name}: the test names no path");
        if want.is_null() {
            // mapped, and said how
            assert!(text("Range").is_some() && text("Mapping").is_some() && text("Dtype").is_some(), "{name}");
            continue;
        }
        exact += 1;
        assert!(text("Mapping").unwrap().starts_with("exact"), "{name}");
        let bits = if info.bit_depth == png::BitDepth::Sixteen { 16 } else { 8 };
        if bits == 16 {
            data.as_chunks_mut::<2>().0.iter_mut().for_each(|c| c.swap(0, 1));
        }
        let have = serde_json::json!({
            "bits": bits, "channels": info.color_type.samples(), "width": info.width, "height": info.height, "sha256": sha(&data),
        });
        assert_eq!(&have, want, "{name}");
    }
    assert!(exact > 15 && refused > 5, "{exact} exact, {refused} refused");
}

fn little_endian(samples: DecodingResult) -> Vec<u8> {
    match samples {
        DecodingResult::U8(v) => v,
        DecodingResult::I8(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        DecodingResult::U16(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        DecodingResult::I16(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        DecodingResult::U32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        DecodingResult::I32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        DecodingResult::F32(v) => v.iter().flat_map(|v| v.to_le_bytes()).collect(),
        _ => panic!("samples of no type that is written"),
    }
}

/// ImageJ's description as it reads it.
fn imagej(text: &str) -> BTreeMap<String, String> {
    assert!(text.starts_with("ImageJ="), "{text}");
    text.lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// Checks one TIFF; gives the bytes of its strips, page after page, and where they lie.
fn check_tiff(name: &str, data: &[u8], want: &Value) -> Vec<(u64, u64)> {
    let mut d = Decoder::new(Cursor::new(data)).unwrap().with_limits(Limits::unlimited());
    let pages = want["pages"].as_array().unwrap();
    let text = d.get_tag_ascii_string(Tag::ImageDescription).unwrap();
    let says = imagej(&text);
    assert_eq!(says["images"], pages.len().to_string(), "{name}");
    for axis in ["channels", "slices", "frames"] {
        assert_eq!(says.get(axis).map(|n| n.parse::<u64>().unwrap()), want["axes"][axis].as_u64(), "{name} {axis}");
    }
    // ImageJ makes a hyperstack of what has more than one axis, and of nothing else
    assert_eq!(says.contains_key("hyperstack"), want["axes"].as_object().unwrap().len() > 1, "{name}");
    for (i, key) in ["min", "max"].into_iter().enumerate() {
        // the JSON reader may be off by the last bit
        let (have, want) = (says.get(key).map(|n| n.parse::<f64>().unwrap()), want["range"][i].as_f64());
        let close = have.zip(want).is_none_or(|(a, b)| (a - b).abs() <= b.abs() * 1e-15);
        assert!(have.is_some() == want.is_some() && close, "{name} {key}: {have:?}, want {want:?}");
    }
    let mut strips = Vec::new();
    for (n, page) in pages.iter().enumerate() {
        if n > 0 {
            d.next_image().unwrap();
        }
        let (w, h) = d.dimensions().unwrap();
        assert_eq!((Some(w.into()), Some(h.into())), (want["width"].as_u64(), want["height"].as_u64()), "{name}");
        let channels = d.colortype().unwrap();
        assert_eq!(Some(channels.num_samples().into()), want["channels"].as_u64(), "{name}");
        let offsets = d.get_tag_u64_vec(Tag::StripOffsets).unwrap();
        strips.extend(offsets.into_iter().zip(d.get_tag_u64_vec(Tag::StripByteCounts).unwrap()));
        let samples = little_endian(d.read_image().unwrap());
        assert_eq!(Value::from(sha(&samples)), *page, "{name}, page {n}");
    }
    assert!(!d.more_images(), "{name}");
    strips
}

#[test]
fn tiff_holds_samples_and_stacks() {
    let (s, expected) = (opened("export/arrays.pkl.gz"), json("export/expected.json"));
    let (mut written, mut refused, mut smaller) = (0, 0, 0);
    for (name, want) in expected["arrays"].as_object().unwrap() {
        let plain = export(&s, &at(name), Format::Tiff, &value::Options::default());
        let small = export(&s, &at(name), Format::Tiff, &value::Options { compress: true, ..Default::default() });
        let want = &want["tiff"];
        let (Ok((plain, _)), Ok((small, _))) = (plain, small) else {
            assert!(want.is_null(), "{name}");
            refused += 1;
            continue;
        };
        assert!(!want.is_null(), "{name} should be refused");
        written += 1;
        let strips = check_tiff(name, &plain, want);
        // ImageJ reads a stack that is not compressed as one run from the first strip on
        let gap = strips.windows(2).find(|w| w[0].0 + w[0].1 != w[1].0);
        assert_eq!(gap, None, "{name}: ImageJ would read another page");
        check_tiff(name, &small, want);
        smaller += usize::from(small.len() < plain.len());
    }
    assert!(written > 40 && refused > 5 && smaller > 5, "{written} written, {refused} refused, {smaller} smaller");
}

/// Rows of CSV as Python's csv module reads them.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            c => field.push(c),
        }
    }
    assert!(row.is_empty() && field.is_empty() && !quoted, "the last row has no end");
    rows
}

#[test]
fn tables_are_written_with_index_and_columns() {
    let (s, expected) = (opened("export/tables.pkl"), json("export/expected.json"));
    for (name, want) in expected["tables"].as_object().unwrap() {
        let (csv, _) = export(&s, &at(name), Format::Csv, &value::Options::default()).unwrap();
        let have = serde_json::to_value(rows(&String::from_utf8(csv).unwrap())).unwrap();
        assert_eq!(&have, want, "{name}");
    }
    // pandas of every age; a Series of 0.12 is an array of NumPy's
    let mut seen = 0;
    for entry in std::fs::read_dir(path("other")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !(name.starts_with("pandas") && (name.contains("_df_") || name.contains("series")))
            || name.contains("0.12.0_series")
        {
            continue;
        }
        let s = common::stream(read(&format!("other/{name}")));
        let (csv, _) =
            export(&s, "", Format::Csv, &value::Options::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let rows = rows(&String::from_utf8(csv).unwrap());
        let wide = rows[0].len();
        assert!(wide > 1 && rows.len() > 2 && rows.iter().all(|r| r.len() == wide), "{name}: {rows:?}");
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
}

fn source(s: &Stream) -> String {
    let (text, _) = export(s, "", Format::Py, &value::Options::default()).unwrap();
    String::from_utf8(text).unwrap()
}

fn stops(source: &str) -> bool {
    source.lines().any(|l| l.starts_with("raise SystemExit("))
}

#[test]
fn a_source_stops_before_it_calls_what_is_dangerous() {
    let calls = [
        "build",
        "build_slots",
        "built_name",
        "in_array",
        "in_key",
        "inst",
        "memo",
        "nested_pickle",
        "newobj",
        "newobj_ex",
        "numpy_load",
        "obj",
        "of_result",
        "partial",
        "torch_load",
    ];
    for name in calls {
        assert!(stops(&source(&common::stream(read(&format!("hostile/call_{name}.pkl"))))), "{name}");
    }
    // what was popped is not part of the value, and a name alone calls nothing
    for name in ["call_popped", "call_pop_mark", "import_only"] {
        assert!(!stops(&source(&common::stream(read(&format!("hostile/{name}.pkl"))))), "{name}");
    }
    let made = |tail: &[u8]| {
        let mut p = b"\x80\x02".to_vec();
        p.extend_from_slice(tail);
        source(&common::stream(p))
    };
    // [eval]; partial(eval); eval given to something that is called; set(map(eval, ['1']))
    assert!(!stops(&made(b"]cbuiltins\neval\na.")));
    assert!(!stops(&made(b"cfunctools\npartial\ncbuiltins\neval\n\x85R.")));
    assert!(stops(&made(b"cmine\nf\ncbuiltins\neval\n\x85R.")));
    assert!(stops(&made(b"cfunctools\npartial\ncbuiltins\neval\n\x85R)R.")));
    assert!(stops(&made(b"cbuiltins\nset\ncbuiltins\nmap\ncbuiltins\neval\n]X\x01\x00\x00\x001a\x86R\x85R.")));
    // getattr by way of an internal name; a method of a list
    assert!(stops(&made(b"cbuiltins\ngetattr\n)X\x09\x00\x00\x00__class__\x86R)R.")));
    assert!(!stops(&made(b"cbuiltins\ngetattr\n]X\x06\x00\x00\x00append\x86RK\x01\x85R.")));
    // an import that does something by itself
    assert!(stops(&made(b"cantigravity\nfly\n.")));
}

#[test]
fn sources_of_built_in_values_run() {
    let mut seen = 0;
    for entry in std::fs::read_dir(path("builtins")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".pkl") || name.contains("_persid_") || name.contains("_ext_") {
            continue;
        }
        seen += 1;
        assert!(!stops(&source(&common::stream(read(&format!("builtins/{name}"))))), "{name}");
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn refusals_say_what_holds_the_value() {
    let s = opened("export/arrays.pkl.gz");
    for (name, format) in
        [("c8", Format::Tiff), ("vector", Format::Png), ("empty", Format::Tiff), ("text", Format::Png)]
    {
        let why = export(&s, &at(name), format, &value::Options::default()).unwrap_err().to_string();
        assert!(["npy", "csv", "no elements"].iter().any(|w| why.contains(w)), "{name}: {why}");
    }
    let given = Options::default();
    let cx = Cx::new(&s, &given, &NoExternals);
    let root = resolve(&cx, "").unwrap();
    assert!(picklescope::export::plan::can(&cx, root, &meaning(&cx, root), Format::Csv).is_err());
}

#[test]
fn sparse_matrices_are_rows_columns_and_values() {
    for name in ["csr", "csc", "coo", "bsr", "dia", "lil", "dok"] {
        let s = opened(&format!("libs/scipy1.18.1_{name}.pkl"));
        let (csv, _) = export(&s, "", Format::Csv, &value::Options::default()).unwrap();
        let rows = rows(std::str::from_utf8(&csv).unwrap());
        assert_eq!(rows[0], ["row", "col", "value"], "{name}");
        let (json, _) = export(&s, "", Format::Json, &value::Options::default()).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let entries = json["entries"].as_array().unwrap();
        assert_eq!((json["format"].as_str(), entries.len()), (Some(name), rows.len() - 1), "{name}");
        assert!(entries.len() > 2, "{name}");
        for (e, r) in entries.iter().zip(&rows[1..]) {
            assert_eq!((e[0].to_string(), e[1].to_string()), (r[0].clone(), r[1].clone()), "{name}");
            assert_eq!(e[2].as_f64(), r[2].parse().ok(), "{name}");
        }
        // scipy's own layout
        let (npz, done) = export(&s, "", Format::Npz, &value::Options::default()).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(npz)).unwrap();
        let mut have: Vec<String> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
        have.sort();
        let want: &[&str] = match name {
            "csr" | "csc" | "bsr" => &["data.npy", "format.npy", "indices.npy", "indptr.npy", "shape.npy"],
            "dia" => &["data.npy", "format.npy", "offsets.npy", "shape.npy"],
            _ => &["col.npy", "data.npy", "format.npy", "row.npy", "shape.npy"],
        };
        assert_eq!(have, want, "{name}");
        assert_eq!(done.notes.len(), usize::from(matches!(name, "lil" | "dok")), "{name}: {:?}", done.notes);
        let mut format = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name("format.npy").unwrap(), &mut format).unwrap();
        let told = if matches!(name, "lil" | "dok") { "coo" } else { name };
        assert!(format.ends_with(told.as_bytes()), "{name}");
    }
    let s = opened("libs/scipy1.18.1_csr.pkl");
    assert!(matches!(export(&s, "", Format::Png, &value::Options::default()), Err(ExportError::Cannot(_))));
}
