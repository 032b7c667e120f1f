//! Damaged and hostile files: what is said of them, by stable codes, and what is still read.

mod seeded;

use picklescope::machine::{Repair, Stream, try_repair, what_it_is};
use picklescope::source::{Bytes, Severity};
use seeded::scan;
use std::path::Path;

fn read(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::read(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn codes(s: &Stream) -> Vec<&'static str> {
    s.problems.iter().map(|d| d.code).collect()
}

/// File of `damage/`, and the codes of all that is said, in order.
const SAID: &[(&str, &[&str])] = &[
    ("empty", &["empty"]),
    ("git_lfs", &["git-lfs"]),
    ("html", &["html"]),
    ("html_space", &["html"]),
    ("xml", &["xml"]),
    ("json_object", &["json"]),
    ("json_list", &["json"]),
    ("json_words", &["json"]),
    ("png", &["png"]),
    ("hdf5", &["hdf5"]),
    ("parquet", &["parquet"]),
    ("safetensors", &["safetensors"]),
    ("gguf", &["gguf"]),
    ("sqlite", &["sqlite"]),
    ("zeros", &["zeros"]),
    ("zeros_later", &["zeros"]),
    ("zeros_hole", &["zeros", "goes-on"]),
    ("utf8_replaced", &["utf8-replaced"]),
    ("latin1_utf8", &["latin1-as-utf8"]),
    ("cp1252_utf8", &["cp1252-as-utf8"]),
    ("base64_p0", &["base64"]),
    ("base64_p2", &["base64"]),
    ("base64_p3", &["base64"]),
    ("base64_p4", &["base64"]),
    ("base64_p5", &["base64"]),
    ("base64_lines", &["base64"]),
    ("hex", &["hex"]),
    ("repr", &["repr"]),
    ("repr_double", &["repr"]),
    ("crlf_p0_silent", &["text-mode"]),
    ("crlf_p4", &["unknown-opcode", "text-mode"]),
    ("bom", &["leading-bytes"]),
    ("frame_long", &["frame-length"]),
    ("frame_short", &["readers-disagree"]),
    ("cut_framed", &["truncated"]),
    ("cut_p2_op", &["truncated"]),
    ("cut_p2_middle", &["truncated"]),
    ("cut_p0", &["truncated"]),
    ("cut_array_p0", &["truncated"]),
    ("cut_array_p2", &["truncated"]),
    ("cut_array_p4", &["truncated"]),
    ("cut_array_p5_big", &["truncated"]),
    ("length_flipped", &["bad-text"]),
    ("length_flipped_late", &["desynchronised", "type"]),
    ("proto6", &["protocol"]),
    ("proto200", &["protocol"]),
    ("py2_text", &["py2-text"]),
    ("py2_text_p0", &["py2-text"]),
    ("buffers_missing", &["buffers-missing"]),
    ("torch_data", &["persistent-id"]),
    ("junk_before", &["leading-bytes"]),
    ("junk_before_p2", &["leading-bytes"]),
    ("junk_between", &["junk-between", "junk-between", "several-pickles"]),
    ("junk_after", &["trailing-bytes"]),
    ("several", &["several-pickles"]),
    ("carried_memo", &["several-pickles", "memo-carried"]),
    ("length_prefixed", &["length-prefixed", "several-pickles"]),
    ("half_overwritten", &["truncated", "overlaid"]),
    ("text", &["text"]),
    ("python_source", &["text"]),
    ("csv", &["text"]),
    ("numpy2_module", &[]),
];

#[test]
fn damage_is_said() {
    let mut wrong = Vec::new();
    for (name, expected) in SAID {
        let s = scan(&read(&format!("damage/{name}.pkl")), u32::MAX);
        if codes(&s) != *expected {
            wrong.push(format!("{name}: {:?}, expected {expected:?}", codes(&s)));
        }
        for d in &s.problems {
            assert!(d.message.ends_with('.') && !d.message.contains(char::is_control), "{name}: {}", d.message);
            assert!(d.span.end <= s.bytes.len(), "{name}: {d:?}");
        }
        // An error is said exactly where the first pickle is broken, or something stands before it.
        let error = s.problems.iter().any(|d| d.severity == Severity::Error);
        let broken = s.pickles.first().is_none_or(|p| !p.complete) || s.refused.is_some();
        assert_eq!(error, broken && *name != "length_prefixed", "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// File of `hostile/`, and a code that must be among what is said.
#[test]
fn readers_that_disagree_are_named() {
    for (name, code) in [
        ("int_hex", "readers-disagree"),
        ("int_octal", "readers-disagree"),
        ("int_binary", "readers-disagree"),
        ("int_space", "readers-disagree"),
        ("int_plus", "readers-disagree"),
        ("int_minus_zero", "readers-disagree"),
        ("float_space", "readers-disagree"),
        ("long_base", "readers-disagree"),
        ("frame_straddled", "readers-disagree"),
        ("frame_nested", "readers-disagree"),
        ("proto_in_middle", "proto-again"),
        ("memo_swapped", "memo-overwritten"),
        ("call_in_lower_stack", "stack-left"),
        ("after_stop_junk", "trailing-bytes"),
        ("call_ext", "extension-code"),
        ("put_negative", "bad-argument"),
        ("length_long4_negative", "bad-length"),
        ("length_binbytes8_over_2_63", "bad-length"),
        ("length_binunicode8_2_40", "truncated"),
    ] {
        let s = scan(&read(&format!("hostile/{name}.pkl")), u32::MAX);
        assert!(codes(&s).contains(&code), "{name}: {:?}", s.problems);
    }
    for name in ["int_true", "int_crlf", "int_underscore", "int_tab", "frame_zero", "digits_4300", "self_list"] {
        let s = scan(&read(&format!("hostile/{name}.pkl")), u32::MAX);
        assert_eq!(codes(&s), [""; 0], "{name}: {:?}", s.problems);
    }
}

#[test]
fn what_was_rewritten_is_turned_back() {
    for (name, repair) in [
        ("latin1_utf8", Repair::Latin1),
        ("latin1_utf8_p2", Repair::Latin1),
        ("base64_lines", Repair::Base64),
        ("base64_p0", Repair::Base64),
        ("hex", Repair::Hex),
        ("repr", Repair::Repr),
        ("repr_double", Repair::Repr),
    ] {
        let bytes = Bytes::from_vec(read(&format!("damage/{name}.pkl")));
        assert_eq!(what_it_is(&bytes).and_then(|w| w.repair), Some(repair), "{name}");
        let s = scan(&try_repair(&bytes, repair).unwrap(), u32::MAX);
        assert!(s.pickles[0].complete && s.problems.is_empty(), "{name}: {:?}", s.problems);
    }
}

#[test]
fn sound_files_have_no_errors() {
    for (name, data) in seeded::files(1 << 20) {
        if !name.ends_with(".pkl") || !["numpy/", "builtins/", "matrix/"].iter().any(|d| name.starts_with(d)) {
            continue;
        }
        let s = scan(&data, u32::MAX);
        let noted = ["py2-text", "persistent-id", "buffers-missing", "extension-code", "several-pickles"];
        let bad: Vec<_> = s.problems.iter().filter(|d| !noted.contains(&d.code)).collect();
        assert!(bad.is_empty(), "{name}: {bad:?}");
    }
}
