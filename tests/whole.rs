//! The whole window as a person meets it: clicked by the names of its controls, typed into, looked at through the session.
#![cfg(feature = "window")]

#[path = "common/window.rs"]
mod the_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use picklescope::session::{Action, CopyWhat, Effect, Settings, ThemeChoice, ViewKind};
use picklescope::ui::App;
use std::path::PathBuf;
use the_window::{harness, settle};

fn sample(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/samples").join(name)
}

fn window(files: &[&str]) -> Harness<'static, App> {
    let settings = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
    let mut h = harness(App::new(settings, None));
    h.state_mut().open(files.iter().map(|f| sample(f)).collect());
    settle(&mut h);
    h
}

fn click(h: &mut Harness<'_, App>, label: &str) {
    h.get_by_label(label).click();
    settle(h);
}

/// The field, not the button in the bar that opens it.
fn type_into_palette(h: &mut Harness<'_, App>, text: &str) {
    h.get_by_role_and_label(Role::TextInput, "Find a command or a value").type_text(text);
}

fn path(h: &mut Harness<'_, App>) -> String {
    match h.state_mut().session.apply(Action::Copy(CopyWhat::Path)).pop() {
        Some(Effect::CopyText(text)) => text,
        other => panic!("nothing is selected: {other:?}"),
    }
}

#[test]
fn the_start_page_says_what_this_is_and_opens_a_sample() {
    let mut h = window(&[]);
    assert!(
        h.query_by_label_contains("without ever running it").is_some() || h.query_by_label_contains("pickle").is_some()
    );
    assert!(h.state().session.active.is_none());
    h.state_mut().open(vec![sample("terrain.pkl")]);
    settle(&mut h);
    assert!(h.state().session.active.is_some());
}

#[test]
fn a_row_of_the_tree_selects_its_value_everywhere() {
    let mut h = window(&["experiment.pkl"]);
    h.get_by_label_contains("['stiffness']").click();
    settle(&mut h);
    assert!(path(&mut h).ends_with("['stiffness']"));
    let s = &h.state().session;
    assert!(s.selection.span.is_some() && s.selection.op.is_some(), "its bytes and its op are selected too");
    // the panel on the right explains it
    assert!(h.query_by_label_contains("3 × 3 float64 array").is_some());
}

#[test]
fn views_are_chosen_by_their_tabs() {
    let mut h = window(&["experiment.pkl"]);
    for (name, view) in [("Table", ViewKind::Table), ("Summary", ViewKind::Summary), ("Image", ViewKind::Image)] {
        h.get_all_by_label(name).last().unwrap().click(); // a menu of that name stands before
        settle(&mut h);
        assert_eq!(h.state().session.view(), Some(view));
    }
}

#[test]
fn the_palette_runs_commands_and_finds_values() {
    let mut h = window(&["experiment.pkl"]);
    h.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    settle(&mut h);
    type_into_palette(&mut h, "pixel_um");
    settle(&mut h);
    h.key_press(Key::Enter);
    settle(&mut h);
    assert!(path(&mut h).ends_with("['pixel_um']"), "{}", path(&mut h));

    h.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    settle(&mut h);
    type_into_palette(&mut h, "light theme");
    settle(&mut h);
    h.key_press(Key::Enter);
    settle(&mut h);
    assert_eq!(h.state().session.settings.theme, ThemeChoice::Light);
}

#[test]
fn a_filter_shows_what_it_finds() {
    let mut h = window(&["experiment.pkl"]);
    h.get_by_label("Filter values").focus();
    h.step();
    h.get_by_label("Filter values").type_text("complex64");
    settle(&mut h);
    assert!(h.query_by_label_contains("['spectrum']").is_some());
    assert!(h.query_by_label_contains("['stiffness']").is_none());
}

#[test]
fn files_are_tabs_that_close() {
    let mut h = window(&["experiment.pkl", "terrain.pkl"]);
    assert_eq!(h.state().session.documents.len(), 2);
    click(&mut h, "File experiment.pkl");
    assert_eq!(h.state().session.document().unwrap().title, "experiment.pkl");
    click(&mut h, "Close experiment.pkl");
    assert_eq!(h.state().session.documents.len(), 1);
    assert_eq!(h.state().session.document().unwrap().title, "terrain.pkl");
}

#[test]
fn a_damaged_file_says_so_first() {
    let mut h = window(&["damaged_cut.pkl"]);
    // in the line at the bottom, and in front of the other panels
    assert!(h.query_all_by_label_contains("pickle data was truncated").count() >= 2);
    assert!(h.query_by_label_contains("Python 3 would raise").is_some());
    click(&mut h, "Machine");
    assert!(h.query_by_label_contains("Python 3 would raise").is_none());
    h.get_by_label_contains("1 error").click();
    settle(&mut h);
    assert!(h.query_by_label_contains("Python 3 would raise").is_some());
}

/// A file that a file manager drops.
#[derive(Debug)]
struct Dropped(PathBuf);

impl eframe::egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        panic!("a dropped file is opened by its path, in a job")
    }
}

#[test]
fn dropped_files_open_as_tabs() {
    let mut h = window(&[]);
    for name in ["terrain.pkl", "signal.pkl"] {
        h.input_mut().dropped_files.push(std::sync::Arc::new(Dropped(sample(name))));
    }
    settle(&mut h);
    let titles: Vec<_> = h.state().session.documents.iter().map(|d| d.title.clone()).collect();
    assert_eq!(titles, ["terrain.pkl", "signal.pkl"]);
}
