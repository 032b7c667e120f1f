//! The panels that list ops, as a user meets them: a click selects, arrow keys go on, a filter finds.

use super::Panels;
use crate::ops::OpIndex;
use crate::session::{Action, Item, Panel, Session, Settings, View};
use crate::ui::test_harness::harness;
use eframe::egui::{Key, Ui};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::time::{Duration, Instant};

pub struct Bench {
    pub session: Session,
    pub panels: Panels,
    pub out: Vec<Action>,
}

impl Bench {
    pub fn op(&self) -> Option<u32> {
        self.session.selection.op.map(|op| op.0)
    }
}

fn settle(session: &mut Session) {
    let until = Instant::now() + Duration::from_secs(60);
    while !session.is_idle() && Instant::now() < until {
        session.wait(Duration::from_millis(2));
    }
}

/// An array as `numpy.save` writes it.
pub fn npy(descr: &str, shape: &str, data: Vec<u8>) -> Vec<u8> {
    let mut head = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while !(head.len() + 11).is_multiple_of(64) {
        head.push(' ');
    }
    head.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend(u16::try_from(head.len()).unwrap().to_le_bytes());
    out.extend(head.as_bytes());
    out.extend(data);
    out
}

/// A panel of its own over the bytes of a file.
pub fn bench(bytes: &[u8], panel: Panel, size: [f32; 2]) -> Harness<'static, Bench> {
    let mut session = Session::new(Settings::default());
    session.apply(Action::OpenBytes { name: "test.pkl".into(), bytes: bytes.to_vec() });
    settle(&mut session);
    let bench = Bench { session, panels: Panels::default(), out: Vec::new() };
    let mut h = harness(size, bench, move |ui: &mut Ui, b: &mut Bench| {
        b.session.poll();
        let place = b.session.place();
        let mut out = Vec::new();
        {
            let shared = b.session.stream_of(place);
            let guard = shared.as_ref().map(|s| s.read());
            let doc = b.session.document();
            let view = View { session: &b.session, doc, place, stream: guard.as_deref(), focus: None, find: None };
            b.panels.ui(panel, ui, &view, &mut out);
        }
        out.retain(|a| !matches!(a, Action::Hover(_)));
        for action in &out {
            b.session.apply(action.clone());
        }
        b.out.extend(out);
    });
    steps(&mut h);
    h
}

/// Frames, until nothing is being worked out any more.
pub fn steps(h: &mut Harness<'_, Bench>) {
    for _ in 0..4 {
        h.step();
        settle(&mut h.state_mut().session);
    }
}

/// Two pickles with two bytes of nothing between them.
const TWO: &[u8] = b"\x80\x02]q\x00(K\x01X\x05\0\0\0helloh\x00e.\0\0\x80\x02}q\x00.";

#[test]
fn a_click_on_a_line_selects_its_op_and_arrows_go_on() {
    let mut h = bench(TWO, Panel::Listing, [700.0, 500.0]);
    h.get_by_label("0x00000006 BININT1 1").click();
    steps(&mut h);
    assert_eq!(h.state().op(), Some(4));
    h.key_press(Key::ArrowDown);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(5));
    // Over the bytes between the pickles and the head of the second to its first op, and back.
    for _ in 0..4 {
        h.key_press(Key::ArrowDown);
        steps(&mut h);
    }
    let span = h.state().session.selection.span.unwrap();
    assert_eq!((h.state().op(), span.start, span.len()), (None, 0x16, 2), "the gap");
    h.key_press(Key::ArrowDown);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(9), "the head of a pickle is passed over");
    h.key_press(Key::ArrowUp);
    steps(&mut h);
    assert_eq!(h.state().session.selection.span, Some(span));
    h.key_press(Key::End);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(12));
    h.key_press(Key::Home);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(0));
}

#[test]
fn the_listing_tells_where_pickles_begin_and_what_a_get_fetches() {
    let h = bench(TWO, Panel::Listing, [700.0, 500.0]);
    h.get_by_label("pickle #0 of 2, protocol 2 · 9 ops · 22 B");
    // it stands after bytes of no pickle
    h.get_by_label("pickle #1 of 2, a guess, protocol 2 · 4 ops · 6 B");
    h.get_by_label("0x00000016 2 B: no part of any pickle");
}

#[test]
fn a_filter_finds_names_and_arguments() {
    let mut h = bench(TWO, Panel::Listing, [700.0, 500.0]);
    for (text, ops) in [("hell", &[5_u32][..]), ("BINGET", &[6]), ("memo", &[]), ("put", &[2, 11]), ("PROTO", &[0, 9])]
    {
        h.get_by_label("Filter opcodes").focus();
        h.step();
        h.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
        h.step();
        h.get_by_label("Filter opcodes").type_text(text);
        steps(&mut h);
        let rows = h.query_all_by_role(eframe::egui::accesskit::Role::ListItem).count();
        assert_eq!(rows, ops.len(), "{text}");
        if let Some(first) = ops.first() {
            h.key_press(Key::Enter);
            steps(&mut h);
            assert_eq!(h.state().op(), Some(*first), "{text}");
        }
    }
}

#[test]
fn a_selection_made_elsewhere_is_scrolled_to() {
    let mut bytes = b"\x80\x02(".to_vec();
    bytes.extend(b"K\x07".repeat(100_000));
    bytes.extend(b"t.");
    let mut h = bench(&bytes, Panel::Listing, [400.0, 300.0]);
    let place = h.state().session.place();
    h.state_mut().session.apply(Action::Select(Item::of_op(place, OpIndex(77_000))));
    steps(&mut h);
    let at = 3 + (77_000 - 2) * 2;
    let label = format!("{at:#010x} BININT1 7");
    assert_eq!(h.get_by_label(&label).accesskit_node().is_selected(), Some(true));
}

#[test]
fn the_machine_steps_through_the_ops_and_shows_what_was_so_then() {
    let mut h = bench(TWO, Panel::Machine, [900.0, 400.0]);
    let place = h.state().session.place();
    h.state_mut().session.apply(Action::Select(Item::of_op(place, OpIndex(1))));
    steps(&mut h);
    h.get_by_label("0: [0 of 3 items]");
    for (label, op) in [("Next op", 2), ("Next op", 3), ("Op before", 2), ("Last op", 12), ("First op", 0)] {
        h.get_by_label(label).click();
        steps(&mut h);
        assert_eq!(h.state().op(), Some(op), "{label}");
    }
    h.get_by_label("Next op").click();
    steps(&mut h);
    // The list is made, memoised, filled.
    for op in [2, 6, 7] {
        h.get_by_label("Next op of this value").click();
        steps(&mut h);
        assert_eq!(h.state().op(), Some(op));
    }
    h.get_by_label("0 → 3 items");
    h.get_by_label("Previous op of this value").click();
    steps(&mut h);
    assert_eq!(h.state().op(), Some(6), "it fetched the list into itself");
    h.get_by_label("1: mark");
    h.get_by_label("3: 'hello'").click();
    steps(&mut h);
    assert_eq!(h.state().op(), Some(5), "a click on a value goes to the op that left it");
}

#[test]
fn the_machine_goes_to_the_fault() {
    // APPENDS without a mark.
    let mut h = bench(b"\x80\x02]q\x00K\x01e.", Panel::Machine, [900.0, 400.0]);
    h.get_by_label("To the fault").click();
    steps(&mut h);
    assert_eq!(h.state().op(), Some(4));
    let mut h = bench(TWO, Panel::Machine, [900.0, 400.0]);
    h.get_by_label("To the fault").click();
    steps(&mut h);
    assert!(h.state().out.is_empty(), "nothing is at fault: the button is off");
}

#[test]
fn a_slider_that_is_dragged_leaves_one_trace() {
    let mut h = bench(TWO, Panel::Machine, [900.0, 400.0]);
    let place = h.state().session.place();
    h.state_mut().session.apply(Action::Select(Item::of_op(place, OpIndex(3))));
    steps(&mut h);
    for to in 4..9 {
        h.state_mut().session.apply(Action::Glide(Item::of_op(place, OpIndex(to))));
    }
    h.state_mut().session.apply(Action::Select(Item::of_op(place, OpIndex(11))));
    h.state_mut().session.apply(Action::Back);
    assert_eq!(h.state().op(), Some(8));
    h.get_by_label("Op").focus();
    h.step();
    h.key_press(Key::ArrowRight);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(9), "one op, however many there are");
}

#[test]
fn the_tree_of_opcodes_opens_down_to_the_selection() {
    let mut h = bench(TWO, Panel::Opcodes, [500.0, 400.0]);
    let place = h.state().session.place();
    h.state_mut().session.apply(Action::Select(Item::of_op(place, OpIndex(5))));
    steps(&mut h);
    let selected = |h: &Harness<'_, Bench>, label: &str| h.get_by_label_contains(label).accesskit_node().is_selected();
    assert_eq!(selected(&h, "BINUNICODE, 'hello'"), Some(true));
    h.get_by_label_contains("BININT1, 1").click();
    steps(&mut h);
    assert_eq!(h.state().op(), Some(4));
    h.key_press(Key::ArrowDown);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(5));
    h.key_press(Key::ArrowLeft);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(7), "APPENDS, whose part it is");
    h.key_press(Key::ArrowLeft);
    steps(&mut h);
    assert!(h.query_by_label_contains("BINUNICODE, 'hello'").is_none(), "closed");
    h.key_press(Key::ArrowLeft);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(1), "EMPTY_LIST, which it fills");
}

#[test]
fn a_branch_of_a_hundred_thousand_rows_is_worked_out_beside_the_frame() {
    // A list that holds a tuple of 120,000 memoised strings, and then one more number.
    let mut bytes = b"\x80\x04](".to_vec();
    bytes.extend(b"(".iter().chain(b"\x8c\x01a\x94".repeat(120_000).iter()).chain(b"tK\x07e."));
    let mut h = bench(&bytes, Panel::Opcodes, [500.0, 400.0]);
    let place = h.state().session.place();
    let op = 4 + 2 * 100_000;
    h.state_mut().session.apply(Action::Select(Item::of_op(place, OpIndex(op))));
    for _ in 0..4 {
        steps(&mut h);
    }
    let label = "SHORT_BINUNICODE, 'a', The value is stored";
    let selected = h.query_all_by_label_contains(label).filter(|n| n.accesskit_node().is_selected() == Some(true));
    assert_eq!(selected.count(), 1, "its branches were opened when they were there");
    h.get_by_role_and_label(eframe::egui::accesskit::Role::Tree, "Opcodes").focus();
    h.step();
    h.key_press(Key::ArrowDown);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(op + 2));
    h.key_press(Key::End);
    steps(&mut h);
    assert_eq!(h.state().op(), Some(2 * 120_000 + 4 + 3), "STOP");
}
