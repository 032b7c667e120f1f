//! What a pickle refers to and does not hold, handed in by the user: buffers, a registry of extension codes, the files
//! that joblib put beside a dump. It shows at once, in the document that is open.

mod common;

use common::{json, path};
use picklescope::interpret::{self, Body};
use picklescope::session::{Action, Command, Effect, Phase, Pick, Session};
use picklescope::source::Severity;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn settle(s: &mut Session) {
    let until = Instant::now() + Duration::from_secs(120);
    while !s.is_idle() && Instant::now() < until {
        s.wait(Duration::from_millis(20));
    }
    assert!(s.is_idle(), "a job does not end");
}

fn opened(file: PathBuf) -> Session {
    let mut s = Session::default();
    s.apply(Action::Open(vec![file]));
    settle(&mut s);
    assert_eq!(s.document().unwrap().phase, Phase::Ready);
    s
}

fn notices(s: &mut Session) -> Vec<(Severity, String)> {
    let told = |e: Effect| if let Effect::Notify(n) = e { Some((n.severity, n.text)) } else { None };
    s.take_effects().into_iter().filter_map(told).collect()
}

/// The elements of the array at a path: how many of its bytes are there, and their hash.
fn elements(s: &Session, at: &str) -> (bool, String) {
    let item = s.find_path(s.active.unwrap(), at).unwrap();
    let m = s.meaning(s.place(), item.handle.unwrap()).unwrap();
    let Body::Array(a) = &m.body else { panic!("{at} is {}", m.short) };
    let mut out = Vec::new();
    a.array.write_c_order(&mut out, &mut |_| true).unwrap();
    (a.complete, Sha256::digest(&out).iter().map(|b| format!("{b:02x}")).collect())
}

#[test]
fn buffers_show_at_once_whatever_the_order_they_were_picked_in() {
    let mut s = opened(path("given/many.pkl"));
    assert!(!elements(&s, "['a3']").0);
    let command = Command::get("file.buffers").unwrap();
    assert!((command.enabled)(&s));
    // The command asks for files; the answer comes back with them.
    let effects = s.apply(Action::Command("file.buffers"));
    let Some(Effect::PickOpen(action, Pick::Buffers)) = effects.into_iter().next() else { panic!("no dialog") };
    let Action::GiveBuffers { place, pickle, from: None } = *action else { panic!("{action:?}") };
    let files: Vec<PathBuf> = (0..13).rev().map(|i| path(&format!("given/many.buf{i}"))).collect();
    s.apply(Action::GiveBuffers { place, pickle, from: Some(files) });
    settle(&mut s);
    assert_eq!(notices(&mut s)[0].0, Severity::Note);
    for (key, want) in json("given/expected.json")["many.pkl"].as_object().unwrap() {
        assert_eq!(elements(&s, &format!("['{key}']")), (true, want.as_str().unwrap().to_owned()), "{key}");
    }
}

#[test]
fn too_few_buffers_are_told() {
    let mut s = opened(path("given/many.pkl"));
    let place = s.place();
    s.apply(Action::GiveBuffers { place, pickle: 0, from: Some(vec![path("given/many.buf0")]) });
    settle(&mut s);
    let told = notices(&mut s);
    assert!(told[0].0 == Severity::Error && told[0].1.starts_with("1 of 13 buffers"), "{told:?}");
    assert!(elements(&s, "['a0']").0 && !elements(&s, "['a1']").0);
    s.apply(Action::GiveBuffers { place: s.place(), pickle: 0, from: Some(vec![path("given/nothing")]) });
    settle(&mut s);
    assert!(notices(&mut s)[0].1.starts_with("There is no file"));
}

#[test]
fn a_registry_names_extension_codes_until_it_is_forgotten() {
    let expected = json("given/expected.json");
    for registry in ["codes.txt", "codes.json", "codes.py"] {
        let mut s = opened(path("given/codes.pkl"));
        let doc = s.active;
        let repr = |s: &Session, key: &str| {
            let item = s.find_path(s.active.unwrap(), &format!("['{key}']")).unwrap();
            s.with_cx(s.place(), |cx| interpret::repr(cx, item.handle.unwrap(), 200)).unwrap()
        };
        assert!(repr(&s, "date").contains("extension 240"));
        assert!(!(Command::get("file.forget-extensions").unwrap().enabled)(&s));
        s.apply(Action::LoadExtensions(Some(path(&format!("given/{registry}")))));
        settle(&mut s);
        assert_ne!(s.active, doc, "panels forget what they kept");
        for (key, want) in expected["codes.pkl"].as_object().unwrap() {
            assert_eq!(repr(&s, key), want.as_str().unwrap(), "{registry}");
        }
        assert!(elements(&s, "['array']").0);
        // A document that is opened later knows them too, and so does the next run.
        s.apply(Action::Open(vec![path("builtins/py3.13_ext_p4.pkl")]));
        settle(&mut s);
        assert_eq!(s.documents[1].options.extensions.len(), 3);
        let mut next = Session::new(s.settings.clone());
        next.apply(Action::Open(vec![path("given/codes.pkl")]));
        settle(&mut next);
        assert_eq!(repr(&next, "date"), expected["codes.pkl"]["date"].as_str().unwrap());
        next.apply(Action::Command("file.forget-extensions"));
        assert!(repr(&next, "date").contains("extension 240"));
        assert_eq!(next.settings.extensions, None);
    }
}

#[test]
fn what_is_no_registry_says_so() {
    let mut s = opened(path("given/codes.pkl"));
    for file in ["given/many.pkl", "given/many.buf0", "given/nothing"] {
        s.apply(Action::LoadExtensions(Some(path(file))));
        settle(&mut s);
        let told = notices(&mut s);
        assert!(told[0].0 == Severity::Error && told[0].1.contains("no extension registry"), "{told:?}");
        assert!(s.registry.is_empty());
    }
}

#[test]
fn files_that_old_joblib_put_beside_a_dump_are_found_by_their_names_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("old_plain.pkl");
    std::fs::copy(path("other/joblib0.9.4_plain.pkl"), &dump).unwrap();
    let s = opened(dump.clone());
    let item = s.find_path(s.active.unwrap(), "['a']").unwrap();
    let m = s.meaning(s.place(), item.handle.unwrap()).unwrap();
    assert!(m.notes.iter().any(|n| n.code == "sibling-missing"), "{:?}", m.notes);
    std::fs::copy(path("other/joblib0.9.4_plain.pkl_01.npy"), folder.path().join("old_plain.pkl_01.npy")).unwrap();
    assert!(elements(&opened(dump), "['a']").0);
    let ask = picklescope::session::beside(folder.path().to_owned());
    assert!(ask("old_plain.pkl").is_some());
    for name in ["../x", "/etc/hostname", "a/b", "..", ".", ""] {
        assert!(ask(name).is_none(), "{name}");
    }
}
