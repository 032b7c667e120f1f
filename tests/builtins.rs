//! Values of built-in types and of the standard library read as what the writing Python says they are.

mod common;

use common::{json, read, root, stream};
use picklescope::interpret::{Cx, NoExternals, Options, repr, resolve};
use sha2::{Digest, Sha256};

/// What only a class of the user's knows how to write.
const OWN: &[&str] = &[
    "DictLike",
    "Enum",
    "Flag",
    "IntLike",
    "ListLike",
    "SetLike",
    "StrLike",
    "TupleLike",
    "Typed",
    "dataclass",
    "dataclass slots",
    "dataclass frozen slots",
    "namedtuple",
    "exceptions",
    "nested class",
];

/// What Python 3.6 wrote otherwise than every Python since.
const CHANGED: &[&str] = &["timedelta", "timezone", "exception state", "UnicodeDecodeError"];

fn expected(e: &serde_json::Value, text: &str) -> Result<(), String> {
    let same = match e {
        serde_json::Value::String(s) => s == text,
        long => {
            let digest: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            long["sha256"] == digest.as_str() && long["length"] == text.chars().count()
        }
    };
    if same { Ok(()) } else { Err(format!("want {e}\n have {}", text.chars().take(300).collect::<String>())) }
}

fn check(part: &str) {
    let all = json("builtins/expected.json");
    let (mut seen, mut wrong) = (0, Vec::new());
    for (file, entry) in all.as_object().unwrap() {
        let std = file.contains("_std_");
        if std != (part == "std") || file.contains("_ext_") || file.contains("_persid_") {
            continue;
        }
        let s = stream(read(&format!("builtins/{file}")));
        let options = Options::default();
        let cx = Cx::new(&s, &options, &NoExternals);
        assert!(s.pickles[0].root.is_some(), "{file}");
        let _ = root(&s);
        let python2 = entry["python"] == "2.7";
        let texts = if python2 && !std { &entry["repr3"] } else { &entry["repr"] };
        let Some(texts) = texts.as_object() else { continue };
        for (at, want) in texts {
            let key = at.trim_start_matches("['").trim_end_matches("']");
            // fold is kept from protocol 4 on; OrderedDict's repr changed with Python 3.12.
            let lost = key.ends_with("fold") && entry["protocol"].as_u64() < Some(4);
            let old = key == "OrderedDict" && entry["python"] != "3.13";
            let older = entry["python"] == "3.6" && CHANGED.contains(&key);
            if lost || old || older {
                continue;
            }
            if want.is_null() || std && (OWN.contains(&key) || python2) {
                continue;
            }
            let h = match resolve(&cx, at) {
                Ok(h) => h,
                Err(e) => {
                    wrong.push(format!("{file} {at}: {e}"));
                    continue;
                }
            };
            seen += 1;
            if let Err(e) = expected(want, &repr(&cx, h, usize::MAX)) {
                wrong.push(format!("{file} {at}:\n {e}"));
            }
        }
    }
    assert!(seen > 500, "only {seen} values");
    assert!(wrong.is_empty(), "{} of {seen} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

#[test]
fn built_in_values_have_pythons_repr() {
    check("plain");
}

#[test]
fn standard_library_values_have_pythons_repr() {
    check("std");
}
