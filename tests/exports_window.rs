//! Exports from the window: the dialogs as a user meets them, by keyboard and by name, and the files that they make.
#![cfg(feature = "window")]

#[path = "common/window.rs"]
mod the_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use picklescope::session::{Action, Settings, ViewKind};
use picklescope::tensor::{Colormap, Marks};
use picklescope::ui::App;
use std::path::Path;
use the_window::{harness, steps};

fn window(app: App) -> Harness<'static, App> {
    let mut h = harness(app);
    steps(&mut h, 4);
    h
}

/// An array as `numpy.save` writes it.
fn npy(descr: &str, shape: &str, data: Vec<u8>) -> Vec<u8> {
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

/// The window on an array.
fn array(descr: &str, shape: &str, data: Vec<u8>) -> Harness<'static, App> {
    let mut app = App::new(Settings::default(), None);
    app.session.apply(Action::OpenBytes { name: "a.npy".into(), bytes: npy(descr, shape, data) });
    let mut h = window(app);
    h.state_mut().session.apply(Action::SetView(ViewKind::Image));
    steps(&mut h, 4);
    h
}

/// Puts a path into the field that has this name, and waits for the dialog to follow.
fn type_into(h: &mut Harness<'_, App>, field: &str, path: &Path) {
    h.get_by_role_and_label(Role::TextInput, field).focus();
    steps(h, 1);
    h.key_press_modifiers(Modifiers::COMMAND, Key::A);
    h.get_by_role_and_label(Role::TextInput, field).type_text(&path.to_string_lossy());
    steps(h, 4);
}

type Read = (Vec<u8>, [u32; 2], png::ColorType, png::BitDepth, Vec<(String, String)>);

fn read(path: &Path) -> Read {
    let file = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    reader.finish().unwrap();
    let text = reader.info().uncompressed_latin1_text.iter().map(|t| (t.keyword.clone(), t.text.clone())).collect();
    (data, [info.width, info.height], info.color_type, info.bit_depth, text)
}

#[test]
fn a_slice_is_exported_in_its_colours_and_as_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut values: Vec<f32> = (0..3 * 8 * 12).map(|i| (i as f32 * 0.37).sin() * 5.0).collect();
    values[96 + 17] = f32::NAN;
    let mut h = array("<f4", "(3, 8, 12)", values.iter().flat_map(|v| v.to_le_bytes()).collect());
    // the slice that is shown is not the first one
    let item = picklescope::session::Item::of_element(
        h.state().session.place(),
        h.state().session.subject().unwrap(),
        vec![1, 0, 0],
    );
    h.state_mut().session.apply(Action::Select(item));
    steps(&mut h, 4);
    let slice = &values[96..192];
    let finite = slice.iter().copied().filter(|v| v.is_finite());
    let (lo, hi) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    let (lo, hi) = (f64::from(lo), f64::from(hi));

    h.key_press_modifiers(Modifiers::COMMAND, Key::E);
    steps(&mut h, 3);
    let colored = folder.path().join("colored.png");
    h.get_by_label("As coloured here");
    h.get_by_label_contains("12 × 8 pixels, RGB of 8 bits");
    type_into(&mut h, "Write to", &colored);
    h.get_by_role_and_label(Role::Button, "Export").click();
    steps(&mut h, 4);
    let (data, size, kind, depth, text) = read(&colored);
    assert_eq!((size, kind, depth), ([12, 8], png::ColorType::Rgb, png::BitDepth::Eight));
    let (lut, marks) = (Colormap::Viridis.lut(false), Marks::dark());
    for (i, (v, have)) in slice.iter().zip(data.chunks(3)).enumerate() {
        let unit = ((f64::from(*v) - lo) * (1.0 / (hi - lo))).clamp(0.0, 1.0) as f32;
        let want = if v.is_nan() { marks.nan } else { lut[((unit * 256.0) as usize).min(255)] };
        assert_eq!(have, want, "element {i}");
    }
    let says = |text: &[(String, String)], k: &str| text.iter().find(|t| t.0 == k).map(|t| t.1.clone());
    assert_eq!(says(&text, "Slice").as_deref(), Some("[1, :, :]"));
    assert_eq!(says(&text, "Colormap").as_deref(), Some("viridis"));
    assert_eq!(says(&text, "Range"), Some(format!("{lo:?} {hi:?}")));

    h.key_press_modifiers(Modifiers::COMMAND, Key::E);
    steps(&mut h, 3);
    h.get_by_label("As the numbers are").click();
    steps(&mut h, 4);
    h.get_by_label_contains("12 × 8 pixels, grey of 16 bits, mapped");
    h.get_by_label("8 bits").click();
    steps(&mut h, 4);
    h.get_by_label_contains("12 × 8 pixels, grey of 8 bits, mapped");
    let grey = folder.path().join("grey.png");
    type_into(&mut h, "Write to", &grey);
    h.get_by_role_and_label(Role::Button, "Export").click();
    steps(&mut h, 4);
    let (data, size, kind, depth, text) = read(&grey);
    assert_eq!((size, kind, depth), ([12, 8], png::ColorType::GrayscaleAlpha, png::BitDepth::Eight));
    for (i, (v, have)) in slice.iter().zip(data.chunks(2)).enumerate() {
        let want = if v.is_nan() { 0.0 } else { ((f64::from(*v) - lo) / (hi - lo) * 255.0).round() };
        assert_eq!(have, [want as u8, if v.is_nan() { 0 } else { 255 }], "{i} {v}");
    }
    assert_eq!(says(&text, "Slice").as_deref(), Some("[1, :, :]"));
    assert!(says(&text, "Mapping").unwrap().starts_with("linear"));

    // the same name again: it is said, and not done unasked
    h.key_press_modifiers(Modifiers::COMMAND, Key::E);
    steps(&mut h, 3);
    type_into(&mut h, "Write to", &grey);
    h.get_by_label("A file of that name is there already.");
    assert!(h.query_by_role_and_label(Role::Button, "Export").is_none());
    h.get_by_label("Replace it");
    h.key_press(Key::Escape);
    steps(&mut h, 4);
    assert!(h.query_by_label("Replace it").is_none());
}

#[test]
fn numbers_and_stacks_are_exported_whole_or_by_slice() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..2 * 3 * 5).collect();
    let mut h = array("|u1", "(2, 3, 5)", bytes.clone());
    let mut export = |kind: &str, part: &str, says: &str, name: &str| {
        h.key_press_modifiers(Modifiers::COMMAND, Key::E);
        steps(&mut h, 3);
        h.get_by_role_and_label(Role::ComboBox, "Kind").click();
        steps(&mut h, 4);
        h.get_by_label(kind).click();
        steps(&mut h, 4);
        h.get_by(|n| n.role() == Role::RadioButton && n.label().is_some_and(|l| l.starts_with(part))).click();
        steps(&mut h, 4);
        assert!(h.query_all_by_label_contains(says).count() > 0, "{says}");
        let to = folder.path().join(name);
        type_into(&mut h, "Write to", &to);
        h.get_by_role_and_label(Role::Button, "Export").click();
        steps(&mut h, 4);
        std::fs::read(&to).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    let whole = export("NumPy array (npy)", "All of it", "uint8 (2, 3, 5)", "whole.npy");
    assert!(whole.ends_with(&bytes) && whole.len() == 128 + 30);
    let slice = export("NumPy array (npy)", "This slice", "uint8 (3, 5)", "slice.npy");
    assert!(slice.ends_with(&bytes[..15]) && slice.len() == 128 + 15);
    let stack = export("TIFF picture or stack", "All of it", "a stack of 2, each 5 × 3 pixels, uint8", "stack.tiff");
    assert!(stack.windows(9).any(|w| w == b"slices=2\n"));
    let csv = export("Comma-separated values", "This slice", "3 rows of 5 numbers", "slice.csv");
    assert_eq!(csv, b"0,1,2,3,4\n5,6,7,8,9\n10,11,12,13,14\n");
}

#[test]
fn the_dialog_is_used_by_keyboard_alone() {
    let mut h = array("<u2", "(2, 2)", vec![1, 0, 2, 0, 3, 0, 4, 0]);
    h.key_press_modifiers(Modifiers::COMMAND, Key::E);
    steps(&mut h, 3);
    let want = ["Kind", "As coloured here", "As the numbers are", "Write to", "Browse…", "Export", "Cancel"];
    let mut met = Vec::new();
    for _ in 0..30 {
        h.key_press(Key::Tab);
        steps(&mut h, 1);
        let focused = h.query_all_by(|n| n.is_focused()).next();
        met.extend(focused.and_then(|n| n.accesskit_node().label()));
    }
    for w in want {
        assert!(met.iter().any(|m| m == w), "{w} is not reached: {met:?}");
    }
}

#[test]
fn all_arrays_are_exported_as_the_dialog_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::new(Settings::default(), None);
    app.open(vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/experiment.pkl")]);
    let mut h = window(app);
    let open = |h: &mut Harness<'static, App>| {
        h.key_press_modifiers(Modifiers::COMMAND | Modifiers::ALT, Key::E);
        steps(h, 4);
    };
    open(&mut h);
    type_into(&mut h, "Folder", &folder.path().join("a"));
    let files = |h: &Harness<'_, App>| {
        let button = h.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| l.starts_with("Write ")));
        let text = button.accesskit_node().label().unwrap();
        text.split(' ').nth(1).unwrap().parse::<usize>().unwrap()
    };
    let n = files(&h);
    h.get_by_label_contains("['microscopy']['image']: microscopy_image.npy");
    h.get_by_role_and_label(Role::TextInput, "Names").focus();
    steps(&mut h, 1);
    h.key_press_modifiers(Modifiers::COMMAND, Key::A);
    h.get_by_role_and_label(Role::TextInput, "Names").type_text("{file}-{n}");
    steps(&mut h, 4);
    assert!(h.query_all_by_label_contains(": experiment-1.npy").count() == 1, "names follow at once");
    h.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| l.starts_with("Write "))).click();
    steps(&mut h, 4);
    let there = || std::fs::read_dir(folder.path().join("a")).unwrap().count();
    assert_eq!(there(), n, "as many files as the dialog said");
    // again: what is there is counted, and what becomes of it is chosen
    open(&mut h);
    type_into(&mut h, "Folder", &folder.path().join("a"));
    h.get_by_role_and_label(Role::TextInput, "Names").focus();
    steps(&mut h, 1);
    h.key_press_modifiers(Modifiers::COMMAND, Key::A);
    h.get_by_role_and_label(Role::TextInput, "Names").type_text("{file}-{n}");
    steps(&mut h, 4);
    h.get_by_label(&format!("{n} files are there already: new ones are numbered"));
    h.get_by_role_and_label(Role::ComboBox, "If there already").click();
    steps(&mut h, 4);
    h.get_by_label("Leave the old one, write no new one").click();
    steps(&mut h, 4);
    h.get_by_label(&format!("{n} files are there already: nothing is written instead of them"));
    // one file for all
    h.get_by_role_and_label(Role::ComboBox, "Kind").click();
    steps(&mut h, 4);
    h.get_by_label("NumPy arrays (npz)").click();
    steps(&mut h, 4);
    assert_eq!(files(&h), 1);
    h.get_by_label_contains("experiment.npz: microscopy_image");
    h.get_by_label("Write 1 file").click();
    steps(&mut h, 4);
    assert_eq!(there(), n + 1);
}
