//! The picture of an array, as a user meets it: buttons, keys and the pointer change what is shown, and lead to elements.

use super::op_tests::{Bench, bench, npy, steps};
use crate::session::{Action, Captured, Effect, Panel, ViewKind};
use eframe::egui::{Key, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// 40 × 60 numbers, of which two are NaN and one is infinite.
fn floats() -> Vec<u8> {
    let mut v: Vec<f32> = (0..2400).map(|i| (i % 60) as f32 - 20.0).collect();
    (v[125], v[2000], v[7]) = (f32::NAN, f32::NAN, f32::INFINITY);
    npy("<f4", "(40, 60)", v.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// The button is pressed at one place and let go at the other.
fn drag(h: &mut Harness<'_, Bench>, from: Pos2, to: Pos2) {
    h.drag_at(from);
    h.run_steps(1);
    h.hover_at(to);
    h.run_steps(1);
    h.drop_at(to);
    steps(h);
}

fn picture(bytes: &[u8]) -> Harness<'static, Bench> {
    let mut h = bench(bytes, Panel::Value, [700.0, 640.0]);
    h.state_mut().session.apply(Action::SetView(ViewKind::Image));
    steps(&mut h);
    h
}

fn element(h: &Harness<'_, Bench>) -> Option<Vec<u64>> {
    h.state().session.selection.element.clone()
}

#[test]
fn counts_lead_to_what_they_count() {
    let mut h = picture(&floats());
    for want in [[2, 5], [33, 20], [2, 5]] {
        h.get_by_label("2 NaN. Click for the next one (F3)").click();
        steps(&mut h);
        steps(&mut h);
        assert_eq!(element(&h), Some(want.to_vec()));
    }
    h.state_mut().session.apply(Action::Command("go.next-infinity"));
    steps(&mut h);
    assert_eq!(element(&h), Some(vec![0, 7]));
    h.state_mut().session.apply(Action::Command("go.next-masked"));
    steps(&mut h);
    assert_eq!(element(&h), Some(vec![0, 7]), "there is none");
}

#[test]
fn a_line_has_its_values_between_the_picture_and_the_read_out() {
    let mut h = picture(&floats());
    h.get_by_label("Draw a line and see the values along it").click();
    steps(&mut h);
    let at = h.get_by_label("Picture of 40 by 60 elements").rect().center();
    drag(&mut h, at, at + vec2(60.0, 40.0));
    steps(&mut h);
    let strip = h.get_by_label("Take the line away (Escape)").rect();
    let picture = h.get_by_label("Picture of 40 by 60 elements").rect();
    let below = h.get_by_label("2 NaN. Click for the next one (F3)").rect();
    assert!(picture.bottom() <= strip.top() + 1.0, "{picture} {strip}");
    assert!(strip.top() + 60.0 <= below.center().y, "the strip is not written over: {strip} {below}");
    assert!(below.bottom() <= 640.0);
}

#[test]
fn a_small_view_folds_what_is_seldom_changed() {
    let mut h = bench(&floats(), Panel::Value, [420.0, 370.0]);
    h.state_mut().session.apply(Action::SetView(ViewKind::Image));
    steps(&mut h);
    assert!(h.query_by_label("Colormap").is_none());
    let before = h.get_by_label("Picture of 40 by 60 elements").rect().height();
    assert!(before > 185.0, "the picture has half of the view: {before}");
    h.get_by_label("More controls").click();
    steps(&mut h);
    h.get_by_label("Colormap");
    h.get_by_label("Turn a quarter to the right");
    let mut h = picture(&floats());
    assert!(h.query_by_label("More controls").is_none());
    h.get_by_label("Colormap");
    steps(&mut h);
}

#[test]
fn a_region_is_marked_and_counted() {
    let mut h = picture(&floats());
    h.get_by_label("Mark a region and see its figures").click();
    steps(&mut h);
    let at = h.get_by_label("Picture of 40 by 60 elements").rect().center();
    drag(&mut h, at, at + vec2(60.0, 40.0));
    steps(&mut h);
    h.get_by_label("Zoom to the region").click();
    steps(&mut h);
    h.get_by_label("Take the region away (Escape)").click();
    steps(&mut h);
    assert!(h.query_by_label("Zoom to the region").is_none());
}

#[test]
fn keys_walk_from_element_to_element_as_the_picture_is_turned() {
    let mut h = picture(&floats());
    h.get_by_label("Picture of 40 by 60 elements").click();
    steps(&mut h);
    let first = element(&h).unwrap();
    let go = |h: &mut Harness<'_, Bench>, key, by: [i64; 2]| {
        let before = element(h).unwrap();
        h.key_press(key);
        steps(h);
        let want: Vec<u64> = before.iter().zip(by).map(|(a, b)| a.strict_add_signed(b)).collect();
        assert_eq!(element(h), Some(want), "{key:?}");
    };
    go(&mut h, Key::ArrowRight, [0, 1]);
    go(&mut h, Key::ArrowUp, [-1, 0]);
    h.get_by_label("Mirror left and right").click();
    steps(&mut h);
    h.get_by_label("Picture of 40 by 60 elements").focus();
    steps(&mut h);
    go(&mut h, Key::ArrowRight, [0, -1]);
    go(&mut h, Key::ArrowDown, [1, 0]);
    assert_eq!(element(&h), Some(first));
    h.get_by_label("Swap rows and columns").click();
    steps(&mut h);
    h.get_by_label("Picture of 40 by 60 elements").focus();
    steps(&mut h);
    go(&mut h, Key::ArrowDown, [0, -1]);
}

#[test]
fn the_histogram_sets_the_range_and_goes_away() {
    let mut h = picture(&floats());
    // Some pictures are high enough to show it unasked.
    if h.query_by_label_contains("Values of the slice: lower limit").is_none() {
        h.get_by_label("Histogram").click();
        steps(&mut h);
    }
    let at = h.get_by_label("Values of the slice: lower limit").rect().center();
    drag(&mut h, at, at + vec2(100.0, 0.0));
    assert!(h.query_by_label_contains("below the range").is_some(), "what is clipped is counted");
    h.get_by_label("Histogram").click();
    steps(&mut h);
    assert!(h.query_by_label("Values of the slice: lower limit").is_none());
}

#[test]
fn channels_are_shown_together_or_alone() {
    let mut h = picture(&npy("|u1", "(40, 60, 3)", (0..7200).map(|i| (i % 251) as u8).collect()));
    assert!(h.query_by_label("Colormap").is_none(), "three bytes at the end are a colour");
    h.get_by_label("Picture of 40 by 60 elements").click();
    steps(&mut h);
    h.key_press(Key::Num2);
    steps(&mut h);
    assert!(h.query_by_label("Colormap").is_some());
    h.key_press(Key::Num0);
    steps(&mut h);
    assert!(h.query_by_label("Colormap").is_none());
}

#[test]
fn the_least_and_the_greatest_lead_to_their_elements() {
    let mut h = bench(&floats(), Panel::Value, [700.0, 640.0]);
    h.state_mut().session.apply(Action::SetView(ViewKind::Statistics));
    steps(&mut h);
    steps(&mut h);
    h.get_by_label("minimum -20.0, select this element").click();
    steps(&mut h);
    assert_eq!(element(&h), Some(vec![0, 0]));
    h.get_by_label("maximum 39.0, select this element").click();
    steps(&mut h);
    assert_eq!(element(&h), Some(vec![0, 59]));
}

#[test]
fn commands_change_the_picture() {
    let mut h = picture(&floats());
    for (id, label) in [("image.profiles", "Profiles of row and column"), ("image.crosshair", "Crosshair")] {
        let on = |h: &Harness<'_, Bench>| {
            let toggled = h.get_by_label(label).accesskit_node().toggled();
            format!("{toggled:?}").contains("True")
        };
        assert!(!on(&h), "{id}");
        let effects = h.state_mut().session.apply(Action::Command(id));
        for e in effects {
            if let Effect::Picture(change) = e {
                h.state_mut().panels.value.picture(change);
            }
        }
        steps(&mut h);
        assert!(on(&h), "{id}");
    }
}

#[test]
fn what_cannot_be_drawn_says_so() {
    let nan = vec![f64::NAN; 12].into_iter().flat_map(f64::to_le_bytes).collect();
    let h = picture(&npy("<f8", "(3, 4)", nan));
    h.get_by_label("12 NaN. Click for the next one (F3)");
    let h = picture(&npy("<f8", "(1, 1)", 7.5_f64.to_le_bytes().to_vec()));
    h.get_by_label("Picture of 1 by 1 elements");
    let h = picture(&npy("<f8", "(0, 4)", Vec::new()));
    assert!(h.query_by_label_contains("Picture of").is_none());
}

/// What the view made of itself: the file's name and its bytes.
fn made(h: &mut Harness<'_, Bench>, how: Captured) -> (String, Vec<u8>) {
    h.state_mut().out.clear();
    crate::ui::capture::ask(&h.ctx, how);
    steps(h);
    let found = h.state().out.iter().find_map(|a| match a {
        Action::SaveMade { name, bytes, to: None } => Some((name.clone(), bytes.to_vec())),
        _ => None,
    });
    found.expect("something was made")
}

/// The texts of an SVG, and where each is held.
fn texts(svg: &str) -> Vec<(String, f32, f32)> {
    let one = |t: &str| {
        let (head, rest) = t.split_once('>')?;
        let at = |k: &str| head.split_once(&format!(" {k}=\""))?.1.split('"').next()?.parse().ok();
        Some((rest.split('<').next()?.to_owned(), at("x")?, at("y")?))
    };
    svg.split("<text").skip(1).filter_map(one).collect()
}

#[test]
fn a_saved_picture_has_axes_a_bar_and_a_title() {
    let mut h = picture(&floats());
    let (name, png) = made(&mut h, Captured::Png);
    assert!(name.ends_with(".png"));
    let png = image::load_from_memory(&png).unwrap().to_rgb8();
    let colors: std::collections::HashSet<_> = png.pixels().collect();
    assert!(png.width() > 600 && png.height() > 400 && colors.len() > 60, "{:?} {}", png.dimensions(), colors.len());
    let (name, svg) = made(&mut h, Captured::Svg);
    assert!(name.ends_with(".svg"));
    let all = texts(std::str::from_utf8(&svg).unwrap());
    for word in ["float32 (40, 60)", "row (axis 0)", "column (axis 1)", "-20", "39", "2 NaN", "1 +∞"] {
        assert!(all.iter().any(|(t, ..)| t == word), "{word}: {all:?}");
    }
    let of = |all: &[(String, f32, f32)], word: &str| all.iter().find(|(t, ..)| t == word).map(|(_, x, y)| (*x, *y));
    let (ten, fifty) = (of(&all, "10").unwrap(), of(&all, "50").unwrap());
    assert!(ten.0 < fifty.0, "columns run to the right");
    h.get_by_label("Mirror left and right").click();
    h.get_by_label("Swap rows and columns").click();
    steps(&mut h);
    let (_, svg) = made(&mut h, Captured::Svg);
    let all = texts(std::str::from_utf8(&svg).unwrap());
    let (twenty, fifty) = (of(&all, "20").unwrap(), of(&all, "50").unwrap());
    let (across, down) = (of(&all, "row (axis 0)").unwrap(), of(&all, "column (axis 1)").unwrap());
    assert!(across.1 > down.1 && down.0 < 30.0, "they changed places");
    assert!(twenty.1 > fifty.1, "columns run upwards, as they are mirrored");
}

#[test]
fn figures_and_profiles_of_a_difference_are_the_differences() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/export/arrays.pkl.gz");
    let mut h = bench(&std::fs::read(folder).unwrap(), Panel::Value, [900.0, 900.0]);
    let array = |h: &Harness<'_, Bench>, path: &str| {
        let session = &h.state().session;
        let item = session.find_path(session.active.unwrap(), path).unwrap();
        let m = session.meaning(item.place(), item.handle.unwrap()).unwrap();
        (item, m.body.array().unwrap().array.clone())
    };
    let ((item, a), (_, b)) = (array(&h, "['f4']"), array(&h, "['f8']"));
    h.state_mut().session.apply(Action::Select(item));
    h.state_mut().session.apply(Action::SetView(ViewKind::Image));
    steps(&mut h);
    h.get_by_label("Compare with another array").click();
    steps(&mut h);
    h.get_by_label_contains("['f8']").click();
    steps(&mut h);
    steps(&mut h);
    h.get_by_label("Mark a region and see its figures").click();
    steps(&mut h);
    let whole = h.get_by_label("Picture of 9 by 11 elements").rect();
    drag(&mut h, whole.left_top() + vec2(2.0, 2.0), whole.right_bottom() - vec2(2.0, 2.0));
    steps(&mut h);
    h.get_by_label("of this − ['f8']");
    let mut all: Vec<f64> = Vec::new();
    for r in 0..9 {
        all.extend((0..11).map(|c| a.value(&[r, c]).to_f64().unwrap() - b.value(&[r, c]).to_f64().unwrap()));
    }
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let std = (all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    all.sort_by(f64::total_cmp);
    let said = h.get_by_label_contains("n 99, min ").accesskit_node().value().unwrap();
    let told: Vec<f64> = said.split(", ").filter_map(|p| p.rsplit(' ').next()?.parse().ok()).collect();
    for (have, want) in told.iter().zip([n, all[0], all[98], mean, std, all[49]]) {
        assert!((have - want).abs() <= 1e-4 * want.abs().max(1.0), "{said}: {have}, want {want}");
    }
    assert_eq!(told.len(), 6, "{said}");
    // of the array alone they are its own
    h.get_by_label("Other").click();
    steps(&mut h);
    steps(&mut h);
    h.get_by_label("of ['f8']");
}

#[test]
fn the_picture_and_its_numbers_are_copied() {
    let mut h = picture(&floats());
    let copied = |h: &mut Harness<'_, Bench>, how| {
        crate::ui::capture::ask(&h.ctx, how);
        steps(h);
        steps(h);
        h.state_mut().session.take_effects()
    };
    let effects = copied(&mut h, Captured::Numbers);
    let text = effects.iter().find_map(|e| if let Effect::CopyText(text) = e { Some(text.clone()) } else { None });
    let text = text.expect("the numbers");
    let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split('\t').collect()).collect();
    assert!(rows.len() == 40 && rows.iter().all(|r| r.len() == 60), "{} rows", rows.len());
    assert_eq!((rows[0][0], rows[0][7], rows[2][5], rows[39][59]), ("-20.0", "inf", "nan", "39.0"));
    // mirrored, the numbers stand as they are seen
    h.get_by_label("Mirror left and right").click();
    steps(&mut h);
    let effects = copied(&mut h, Captured::Numbers);
    assert!(effects.iter().any(|e| matches!(e, Effect::CopyText(t) if t.starts_with("39.0\t38.0"))));
    let effects = copied(&mut h, Captured::Elements);
    let image = effects.iter().find_map(|e| match e {
        Effect::CopyImage(w, h, rgba) => Some((*w, *h, rgba.clone())),
        _ => None,
    });
    let (w, high, rgba) = image.expect("a picture");
    let lut = crate::tensor::Colormap::Viridis.lut(false);
    assert_eq!((w, high, &rgba[..3]), (60, 40, &lut[255][..]), "the greatest comes first");
    assert_eq!(rgba[59 * 4..59 * 4 + 3], lut[0]);
}
