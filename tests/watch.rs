//! Files that change while they are looked at, and searching what they hold.

use picklescope::session::{Action, Change, CopyWhat, Effect, Outcome, Session};
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn settle(s: &mut Session) {
    let until = Instant::now() + Duration::from_secs(120);
    while !s.is_idle() && Instant::now() < until {
        s.wait(Duration::from_millis(20));
    }
    assert!(s.is_idle(), "a job does not end");
}

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/samples").join(name)
}

fn path(s: &mut Session) -> String {
    match s.apply(Action::Copy(CopyWhat::Path)).pop() {
        Some(Effect::CopyText(text)) => text,
        other => panic!("no path: {other:?}"),
    }
}

#[test]
fn a_file_that_is_written_is_said_and_read_again_at_the_same_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pkl");
    std::fs::copy(sample("experiment.pkl"), &file).unwrap();
    let mut s = Session::default();
    s.apply(Action::Open(vec![file.clone()]));
    settle(&mut s);
    let doc = s.active.unwrap();
    let item = s.find_path(doc, "['microscopy']['pixel_um']").unwrap();
    s.apply(Action::Select(item));
    let before = path(&mut s);
    assert!(before.contains("pixel_um"), "{before}");

    let mut bytes = std::fs::read(&file).unwrap();
    bytes.extend(b"\x80\x04N.");
    std::fs::write(&file, bytes).unwrap();
    s.look_at_files();
    assert!(matches!(s.document().unwrap().changed, Some(Change::Other(_))));
    // what was opened is still shown
    assert_eq!(s.document().unwrap().members[0].stream.read().pickles.len(), 1);

    s.apply(Action::Reload(doc));
    settle(&mut s);
    assert_eq!(s.document().unwrap().changed, None);
    assert_eq!(s.document().unwrap().members[0].stream.read().pickles.len(), 2);
    assert_eq!(path(&mut s), before);
}

#[test]
fn a_file_that_is_gone_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pkl");
    std::fs::copy(sample("signal.pkl"), &file).unwrap();
    let mut s = Session::default();
    s.apply(Action::Open(vec![file.clone()]));
    settle(&mut s);
    std::fs::remove_file(&file).unwrap();
    s.look_at_files();
    assert_eq!(s.document().unwrap().changed, Some(Change::Gone));
    s.apply(Action::KeepShowing(s.active.unwrap()));
    assert_eq!(s.document().unwrap().changed, None);
}

#[test]
fn values_are_found_by_key_type_and_value() {
    let mut s = Session::default();
    s.apply(Action::Open(vec![sample("experiment.pkl")]));
    settle(&mut s);
    let find = |s: &mut Session, q: &str| {
        let place = s.place();
        assert!(s.find_values(place, q).is_some());
        settle(s);
        match s.find_values(place, q) {
            Some(Outcome::Ready(found)) => found.iter().map(|f| f.label.clone()).collect::<Vec<_>>(),
            other => panic!("{q}: {other:?}"),
        }
    };
    assert!(find(&mut s, "PIXEL").contains(&"['microscopy']['pixel_um']".to_owned()));
    assert!(find(&mut s, "complex64").contains(&"['spectrum']".to_owned()));
    assert!(find(&mut s, "tensile").contains(&"['title']".to_owned()));
    assert!(find(&mut s, "no such text").is_empty());
    assert!(s.find_values(s.place(), "  ").is_none());
}
