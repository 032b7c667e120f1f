//! The debugger in the whole window: two files compared, bytes typed into the grid, what a cut left in its growing place.
#![cfg(feature = "window")]

#[path = "common/window.rs"]
mod the_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use picklescope::ops::OpIndex;
use picklescope::session::{Action, Item, Panel, Place, Settings, ThemeChoice};
use picklescope::source::Span;
use picklescope::ui::App;
use std::path::Path;
use the_window::{harness, settle};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn window(files: &[(&str, Vec<u8>)]) -> Harness<'static, App> {
    let settings = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
    let mut h = harness(App::new(settings, None));
    for (name, bytes) in files {
        act(&mut h, Action::OpenBytes { name: (*name).to_owned(), bytes: bytes.clone() });
    }
    settle(&mut h);
    h
}

/// An action, as a command gives it; what it asks of the window comes with the next frame.
fn act(h: &mut Harness<'_, App>, action: Action) {
    let effects = h.state_mut().session.apply(action);
    for effect in effects {
        if let picklescope::session::Effect::Layout(change) = effect {
            h.state_mut().layout.change(change);
        }
    }
}

fn place(h: &Harness<'_, App>) -> Place {
    h.state().session.place()
}

fn bytes(h: &Harness<'_, App>) -> Vec<u8> {
    let session = &h.state().session;
    let place = session.place();
    session.with_cx(place, |cx| cx.stream.bytes.read(cx.stream.bytes.span(), 1 << 20)).unwrap()
}

/// Two pickles of one dict, of which an element and an entry differ.
fn two() -> [(&'static str, Vec<u8>); 2] {
    let a = fixture("salvage/arrays_p4.pkl");
    let at = a.windows(16).position(|w| w[..8] == 0.25_f64.to_le_bytes()).unwrap();
    let mut b = a.clone();
    b[at..at + 8].copy_from_slice(&8.25_f64.to_le_bytes());
    [("before.pkl", a), ("after.pkl", b)]
}

#[test]
fn compare_with_lists_pictures_and_bytes() {
    let mut h = window(&two());
    h.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    settle(&mut h);
    h.get_by_role_and_label(Role::TextInput, "Find a command or a value").type_text("compare");
    settle(&mut h);
    h.key_press(Key::Enter);
    settle(&mut h);
    // The first that was opened is the first.
    let titles =
        h.state().session.compared().unwrap().docs.map(|d| h.state().session.document_of(d).unwrap().title.clone());
    assert_eq!(titles, ["before.pkl", "after.pkl"]);
    h.get_by_label_contains("changed ['x']: 1 of 60 elements differ, by at most 8").click();
    settle(&mut h);
    for name in ["Picture: before.pkl", "Picture: after.pkl", "Picture: second − first"] {
        assert!(h.query_by_label(name).is_some(), "{name}");
    }
    assert!(h.query_by_label_contains("bytes differ").is_some());
    // 0.25 and 8.25 in the two columns: the bytes of one row, each with its offset
    let row = h.get_by_label_contains("d0 3f");
    let label = row.accesskit_node().label().unwrap();
    let (left, right) = label.split_once("; ").unwrap();
    assert!(left.contains("d0 3f") && right.contains("80 20 40") && left.starts_with("0x"), "{label}");
    // The element under the click is selected in both files.
    h.get_by_label("Picture: second − first").click();
    settle(&mut h);
    assert!(h.state().session.selection.element.is_some());
    h.get_by_label("Swap the two files").click();
    settle(&mut h);
    let first = h.state().session.compared().unwrap().docs[0];
    assert_eq!(h.state().session.document_of(first).unwrap().title, "after.pkl");
}

#[test]
fn pickles_of_two_files_are_compared_pair_by_pair() {
    let of = |last: &[u8]| [b"\x80\x04K\x01.".as_slice(), b"\x80\x04]K\x02a.", last].concat();
    let mut h = window(&[("a.pkl", of(b"")), ("b.pkl", of(b"\x80\x04K\x03."))]);
    act(&mut h, Action::CompareWith(None));
    settle(&mut h);
    for text in ["#0: equal", "#1: equal", "#2: in the second file alone", "added root: 3"] {
        assert!(h.query_by_label_contains(text).is_some(), "{text}");
    }
    h.get_by_label("Pickle of the first file").click();
    settle(&mut h);
    h.get_by_label("#1").click();
    settle(&mut h);
    let only = h.state().session.compared().unwrap().only.unwrap();
    assert_eq!(only.map(|at| at.pickle), [1, 1]);
    assert!(h.query_by_label("No difference").is_some());
}

#[test]
fn one_file_with_several_pickles_is_compared_with_itself() {
    let mut h = window(&[("log.pkl", b"\x80\x04K\x01.\x80\x04K\x02.".to_vec())]);
    act(&mut h, Action::ShowPanel(Panel::Compare));
    settle(&mut h);
    h.get_by_label("Another pickle of this file").click();
    settle(&mut h);
    assert!(h.query_by_label_contains("changed root: 1 → 2").is_some());
}

/// A file that a file manager drops.
#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        panic!("a dropped file is opened by its path, in a job")
    }
}

#[test]
fn a_file_dropped_where_one_is_asked_for_is_compared() {
    let mut h = window(&[("one.pkl", b"\x80\x04K\x01.".to_vec())]);
    act(&mut h, Action::ShowPanel(Panel::Compare));
    settle(&mut h);
    assert!(h.query_by_label_contains("Compare one.pkl with").is_some());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/salvage/lists_p2.pkl");
    h.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(path)));
    settle(&mut h);
    let docs = h.state().session.compared().unwrap().docs;
    let titles = docs.map(|d| h.state().session.document_of(d).unwrap().title.clone());
    assert_eq!(titles, ["one.pkl", "lists_p2.pkl"]);
    assert!(h.query_by_label_contains("changed root").is_some());
}

#[test]
fn a_seam_is_told_and_undone() {
    let n = 64 * 64_usize;
    let wave: Vec<u8> = (0..n).flat_map(|i| ((i as f64 / 37.0).sin() * 100.0 + 300.0).to_le_bytes()).collect();
    // numpy.core.multiarray._reconstruct(ndarray, (0,), b'b') with the state (1, (64, 64), dtype('<f8'), False, data)
    let mut file = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R".to_vec();
    file.extend(b"(K\x01K@K@\x86cnumpy\ndtype\nX\x02\0\0\0f8K\x00K\x01\x87R(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89B");
    file.extend((wave.len() as u32).to_le_bytes());
    let data = file.len();
    file.extend(&wave);
    file.extend(b"tb.");
    let at = data + 8 * 64 * 30 + 3;
    file.insert(at, 0);
    let mut h = window(&[("seam.pkl", file)]);
    assert!(h.query_by_label_contains("everything behind is shifted by 1 byte").is_some());
    h.get_by_label("Realign").click();
    settle(&mut h);
    assert!(h.query_by_label_contains("everything behind is shifted").is_none());
    assert!(h.query_by_label_contains("Python would load it").is_some());
}

#[test]
fn digits_typed_into_the_grid_change_a_copy() {
    let original = b"\x80\x04]\x94(K\x01K\x02e.".to_vec();
    let mut h = window(&[("list.pkl", original.clone())]);
    let at = place(&h);
    act(&mut h, Action::Select(Item::of_span(at, Span::at(6, 1))));
    act(&mut h, Action::ShowPanel(Panel::Hex));
    settle(&mut h);
    h.get_by_label("Bytes").focus();
    settle(&mut h);
    // The cursor stands on the first byte of what is selected: BININT1, then its number.
    for digit in ["4", "b", "2", "a"] {
        h.event(Event::Text(digit.to_owned()));
        settle(&mut h);
    }
    let mut expected = original.clone();
    let from = bytes(&h).iter().zip(&original).position(|(a, b)| a != b).expect("a byte has changed");
    expected[from] = 0x2a;
    assert_eq!(bytes(&h), expected);
    assert!(h.query_by_label_contains("not saved").is_some(), "the bar says that there are edits");
    assert!(row(&h, "[0], 42").is_some(), "the value has changed at once");
    let undo = |h: &mut Harness<'_, App>, keys: Modifiers| {
        h.key_press_modifiers(keys, Key::Z);
        settle(h);
    };
    while bytes(&h) != original {
        let before = bytes(&h);
        undo(&mut h, Modifiers::COMMAND);
        assert_ne!(bytes(&h), before, "undo takes back");
    }
    while bytes(&h) != expected {
        let before = bytes(&h);
        undo(&mut h, Modifiers::COMMAND | Modifiers::SHIFT);
        assert_ne!(bytes(&h), before, "redo does it again");
    }
}

#[test]
fn the_op_whose_name_is_typed_is_inserted() {
    let mut h = window(&[("list.pkl", b"\x80\x04]\x94.".to_vec())]);
    let at = place(&h);
    act(&mut h, Action::Select(Item::of_span(at, Span::at(4, 1))));
    settle(&mut h);
    h.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    settle(&mut h);
    h.event(Event::Text("insert op".to_owned()));
    settle(&mut h);
    h.key_press(Key::Enter);
    settle(&mut h);
    // the keyboard is in the field of the name; BININT1 is also a part of other names and descriptions
    h.event(Event::Text("binint1".to_owned()));
    settle(&mut h);
    h.get_by_role_and_label(Role::TextInput, "BININT1").focus();
    settle(&mut h);
    h.event(Event::Text("7".to_owned()));
    settle(&mut h);
    h.get_by_role_and_label(Role::Button, "Insert").click();
    settle(&mut h);
    assert_eq!(bytes(&h), b"\x80\x04]\x94K\x07.");
}

#[test]
fn what_a_cut_left_on_the_stack_stands_where_it_belongs() {
    // {'a': [1, 2, {'b': 3 …
    let cut = b"\x80\x04}(\x8c\x01a](K\x01K\x02}(\x8c\x01bK\x03".to_vec();
    let mut h = window(&[("cut.pkl", cut)]);
    for text in ["['a']", "[0]", "[1]", "[2]", "['b']"] {
        assert!(row(&h, text).is_some(), "{text}");
    }
    assert!(row(&h, "left on the stack").is_none());
    row(&h, "['b']").unwrap().click();
    settle(&mut h);
    assert_eq!(h.state().session.selection.span, Some(Span::at(18, 2)));
}

#[test]
fn values_are_shown_as_they_were_at_an_op() {
    // {'a': [1, 2], 'b': (3, 4)}
    let whole = b"\x80\x04}(\x8c\x01a](K\x01K\x02e\x8c\x01bK\x03K\x04\x86u.".to_vec();
    let mut h = window(&[("whole.pkl", whole)]);
    let at = place(&h);
    let go = |h: &mut Harness<'_, App>, op: u32| {
        act(h, Action::Select(Item::of_op(at, OpIndex(op))));
        act(h, Action::ValuesAtOp(true));
        settle(h);
    };
    // PROTO } ( 'a' ] ( 1: of the list one item is there, of the dict no key yet
    go(&mut h, 6);
    assert!(row(&h, "['a']").is_some() && row(&h, "[0]").is_some());
    assert!(row(&h, "[1]").is_none() && row(&h, "['b']").is_none());
    // the second item
    go(&mut h, 7);
    assert!(row(&h, "[1]").is_some());
    // a key that has no value yet is no entry of the dict
    go(&mut h, 9);
    assert!(row(&h, "['b']").is_none());
    // TUPLE2 has made it
    go(&mut h, 12);
    assert!(row(&h, "['b']").is_some());
    act(&mut h, Action::ValuesAtOp(false));
    settle(&mut h);
    assert!(row(&h, "['b']").is_some());
}

/// The row of the tree of values that begins so.
fn row<'h>(h: &'h Harness<'_, App>, text: &str) -> Option<egui_kittest::Node<'h>> {
    h.get_all_by_role(Role::TreeItem)
        .find(|n| n.accesskit_node().label().is_some_and(|l| l.trim_start().starts_with(text)))
}

#[test]
fn what_goes_on_behind_a_fault_is_shown_apart_and_joined() {
    // A byte that no opcode has was put in behind the third of many keys.
    let mut data = fixture("salvage/batch_p4.pkl");
    let sound = data.clone();
    data.insert(400, 0xff);
    let mut h = window(&[("broken.pkl", data)]);
    let session = &h.state().session;
    let behind = |cx: &picklescope::interpret::Cx<'_>| {
        cx.stream.pickles.iter().map(|p| (p.behind, p.span.start)).collect::<Vec<_>>()
    };
    let parts = session.with_cx(place(&h), behind).unwrap();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[1].0, Some(0));
    let label = row(&h, "#1").and_then(|n| n.accesskit_node().label()).unwrap();
    assert!(label.contains("behind the fault"), "{label}");
    act(&mut h, Action::ShowPanel(Panel::Problems));
    settle(&mut h);
    h.get_all_by_label_contains("The opcodes make sense again").next().unwrap().click();
    settle(&mut h);
    let selected = h.state().session.selection.span.map(|s| s.start);
    assert_eq!(selected, Some(parts[1].1));
    // What joins both sides is a repair like any other.
    let repaired = h.get_all_by_label("Show repaired").last().unwrap();
    repaired.click();
    settle(&mut h);
    assert_eq!(bytes(&h).len(), sound.len());
    let whole = |cx: &picklescope::interpret::Cx<'_>| {
        cx.stream.pickles.iter().map(|p| (p.complete, p.python.is_none())).collect::<Vec<_>>()
    };
    assert_eq!(h.state().session.with_cx(place(&h), whole), Some(vec![(true, true)]));
}
