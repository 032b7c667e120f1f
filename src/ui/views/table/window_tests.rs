//! A table as a user meets it: cells are dragged over, extended by keys, clicked and copied.

use super::*;
use crate::ui::test_harness::harness;
use eframe::egui::{Key, Modifiers, PointerButton, Pos2};

/// A table of products, and what was done to it.
#[derive(Default)]
struct State {
    table: TableView,
    selected: Option<Cell>,
    out: Vec<Action>,
}

fn show(ui: &mut Ui, s: &mut State) {
    let grid = Grid {
        rows: 1000,
        cols: 50,
        title: &|c| c.to_string(),
        row_title: &|r| r.to_string(),
        cell: &|r, c| Scalar::UInt(r * 100 + c),
        chars: &|_| 6,
        shade: &|_| Some((0.0, 1e5)),
    };
    if let Some(at) = s.table.grid(ui, &grid, s.selected, &mut s.out) {
        s.selected = Some(at);
    }
    s.table.line(ui, &grid, &|_, _| Place::default());
}

fn press(at: Pos2, pressed: bool, modifiers: Modifiers) -> Event {
    Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers }
}

#[test]
fn cells_are_dragged_over_extended_by_keys_and_copied() {
    let mut h = harness([500.0, 300.0], State::default(), show);
    h.run();
    let (from, to) = (pos2(80.0, 60.0), pos2(200.0, 100.0));
    for e in [Event::PointerMoved(from), press(from, true, Modifiers::NONE)] {
        h.event(e);
        h.step();
    }
    for k in 1..=4 {
        h.event(Event::PointerMoved(from + (to - from) * (k as f32 / 4.0)));
        h.step();
    }
    h.event(press(to, false, Modifiers::NONE));
    h.run();
    let cells = h.state().table.cells.expect("a range");
    let [r0, r1, c0, c1] = cells.sides();
    assert!(r1 - r0 == 2 && c1 > c0, "{cells:?}");
    assert_eq!(h.state().selected, Some(cells.focus));
    h.event(Event::Copy);
    h.run();
    let copied = h.state().out.iter().rev().find_map(|a| match a {
        Action::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let lines = copied.expect("a copy");
    assert_eq!(lines.lines().count() as u64, r1 - r0 + 1);
    assert!(lines.starts_with(&format!("{}\t", r0 * 100 + c0)), "{lines:?}");
    // the keyboard: a plain step is one cell, with Shift it goes on
    h.key_press(Key::ArrowDown);
    h.run();
    assert_eq!(h.state().table.cells.unwrap().count(), 1);
    h.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    h.run();
    assert_eq!(h.state().table.cells.unwrap().count(), 2);
    h.key_press(Key::End);
    h.run();
    assert_eq!(h.state().selected.unwrap().0, 999);
}

#[test]
fn a_click_between_two_frames_selects_and_shift_extends() {
    let mut h = harness([500.0, 300.0], State::default(), show);
    h.run();
    let click = |h: &mut egui_kittest::Harness<'_, State>, at: Pos2, m: Modifiers| {
        for e in [Event::PointerMoved(at), press(at, true, m), press(at, false, m)] {
            h.event(e);
        }
        h.run();
    };
    click(&mut h, pos2(80.0, 60.0), Modifiers::NONE);
    let first = h.state().selected.expect("a cell");
    assert_eq!(h.state().table.cells, Some(Cells::one(first)));
    h.event_modifiers(Event::PointerMoved(pos2(80.0, 120.0)), Modifiers::SHIFT);
    for pressed in [true, false] {
        h.event_modifiers(press(pos2(80.0, 120.0), pressed, Modifiers::SHIFT), Modifiers::SHIFT);
    }
    h.run();
    let cells = h.state().table.cells.unwrap();
    assert!(cells.anchor == first && cells.count() > 2, "{cells:?}");
}
