//! Every name that a loader would import is found and weighed, whichever opcode hides it; and nothing harmless is accused.

mod common;

use common::{path, read, stream};
use picklescope::interpret::{Cx, Finding, NoExternals, Options, Verdict, imports, verdict};
use picklescope::machine::Stream;

fn findings(s: &Stream) -> (Verdict, Vec<Finding>) {
    let options = Options::default();
    let cx = Cx::new(s, &options, &NoExternals);
    let mut all = Vec::new();
    let mut worst = Verdict::Safe;
    for n in 0..s.pickles.len() {
        let f = imports(&cx, n);
        worst = worst.max(verdict(&cx, n, &f));
        all.extend(f);
    }
    (worst, all)
}

fn of(file: &str) -> (Verdict, Vec<Finding>) {
    findings(&stream(read(file)))
}

#[test]
fn hostile_files_are_dangerous() {
    for (file, name, called) in [
        ("after_stop", "posix.system", true),
        ("string_module", "posix.system", true),
        ("call_inst", "posix.system", true),
        ("call_obj", "posix.system", true),
        ("call_newobj", "subprocess.Popen", true),
        ("call_newobj_ex", "subprocess.Popen", true),
        ("call_popped", "posix.system", true),
        ("call_pop_mark", "posix.system", true),
        ("call_in_key", "posix.system", true),
        ("call_in_lower_stack", "posix.system", true),
        ("call_build", "posix.system", false),
        ("call_build_slots", "builtins.eval", false),
        ("call_memo", "posix.system", true),
        ("call_built_name", "posix.system", true),
        ("call_getattr", "builtins.getattr", true),
        ("call_partial", "posix.system", true),
        ("call_nested_pickle", "_pickle.loads", true),
        ("call_numpy_load", "numpy.load", true),
        ("call_torch_load", "torch.load", true),
        ("call_in_array", "posix.system", true),
        ("old_names", "builtins.eval", false),
        ("proto_lowered", "builtins.eval", false),
        ("payload_then_broken", "posix.system", true),
        ("payload_then_cut", "posix.system", true),
        ("memo_swapped", "posix.system", true),
        ("persid_call", "posix.system", true),
        ("call_of_result", "operator.attrgetter", true),
    ] {
        let (worst, all) = of(&format!("hostile/{file}.pkl"));
        assert_eq!(worst, Verdict::Dangerous, "{file}: {all:?}");
        let Some(f) = all.iter().find(|f| f.name == name) else {
            panic!("{file}: no {name} among {:?}", all.iter().map(|f| &f.name).collect::<Vec<_>>())
        };
        assert_eq!(f.verdict, Verdict::Dangerous, "{file} {name}");
        assert!(f.called || !called, "{file}: {name} is called");
        assert!(!f.called || !f.with.is_empty());
    }
}

#[test]
fn what_only_running_tells_is_never_safe() {
    for (file, name) in [
        ("call_ext", "extension 5"),
        ("import_only", "this_module.prints"),
        ("call_append", "mod.C"),
        ("homoglyph", "\u{43e}s.system"),
    ] {
        let (worst, all) = of(&format!("hostile/{file}.pkl"));
        assert_eq!(worst, Verdict::Unknown, "{file}");
        assert!(all.iter().any(|f| f.name == name), "{file}: {all:?}");
    }
    assert_ne!(of("hostile/call_computed_name.pkl").0, Verdict::Safe);
}

#[test]
fn libraries_are_not_accused() {
    let mut wrong = Vec::new();
    for folder in ["numpy", "matrix", "builtins"] {
        for entry in std::fs::read_dir(path(folder)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if !file.ends_with(".pkl") {
                continue;
            }
            // Flags, getters, partial and bound methods reach functions by name: said, and rightly.
            let allowed = ["builtins.getattr", "functools.partial", "functools.reduce", "_functools.reduce"];
            let (_, all) = of(&format!("{folder}/{file}"));
            for f in all {
                let own = f.name.starts_with("fixture_types.") || f.name.starts_with("extension ");
                let walked = f.name.ends_with(".__new__") || f.name.starts_with("operator.");
                if f.verdict != Verdict::Safe && !own && !walked && !allowed.contains(&f.name.as_str()) {
                    wrong.push(format!("{file}: {} {:?} {}", f.name, f.verdict, f.why));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn old_and_new_spelling_are_both_told() {
    let (_, all) = of("hostile/old_names.pkl");
    let eval = all.iter().find(|f| f.name == "builtins.eval").unwrap();
    assert_eq!(eval.written.as_deref(), Some("__builtin__.eval"));
}

#[test]
fn partial_is_as_bad_as_what_it_is_given() {
    let verdict_of = |bytes: &[u8]| {
        let s = common::stream(bytes.to_vec());
        let options = Options::default();
        let cx = Cx::new(&s, &options, &NoExternals);
        let found = imports(&cx, 0);
        found.iter().find(|f| f.name == "functools.partial").unwrap().verdict
    };
    // pandas 1.3 makes the blocks of a frame so.
    assert_eq!(verdict_of(&common::read("more/pandas1.3.5_frame.pkl")), Verdict::Safe);
    assert_eq!(verdict_of(b"cfunctools\npartial\n(cnumpy\ndtype\ntR."), Verdict::Safe);
    for bad in [
        &b"cfunctools\npartial\n(cos\nsystem\ntR."[..],
        // The state gives it another function than the call.
        b"cfunctools\npartial\n(cnumpy\ndtype\ntR(cos\nsystem\n(t}Ntb.",
        // One of two.
        b"(cfunctools\npartial\n(cnumpy\ndtype\ntRcfunctools\npartial\n(cos\nsystem\ntRt.",
        // It is handed on, and not called here.
        b"cfunctools\npartial\n.",
    ] {
        assert_eq!(verdict_of(bad), Verdict::Dangerous, "{}", String::from_utf8_lossy(bad));
    }
}

/// Behind a pickle that stands within another, names belong to the outer one again.
#[test]
fn nothing_hides_behind_a_pickle_within() {
    let data = common::read("libs/joblib1.1.1_inline_p2.joblib");
    let (stop, whole) = data.split_last().unwrap();
    assert_eq!(*stop, b'.');
    let mut bad = whole.to_vec();
    bad.extend(b"0cos\nsystem\n(X\x04\0\0\0echotR.");
    let verdict = |data: Vec<u8>| {
        let report = common::report(data);
        report["pickles"][0]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!((verdict(data.clone()).as_str(), verdict(bad).as_str()), ("safe", "dangerous"));
}
