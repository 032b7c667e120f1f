//! The plot of an array, as a user meets it: axes, transforms, the legend, and the way to the samples.

use super::op_tests::{Bench, bench, npy, steps};
use crate::session::{Action, Captured, Panel, ViewKind};
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

/// An array of float64 as `numpy.save` writes it.
fn doubles(shape: &str, values: &[f64]) -> Vec<u8> {
    npy("<f8", shape, values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

fn plot(bytes: &[u8]) -> Harness<'static, Bench> {
    let mut h = bench(bytes, Panel::Value, [700.0, 560.0]);
    h.state_mut().session.apply(Action::SetView(ViewKind::Plot));
    for _ in 0..4 {
        steps(&mut h);
    }
    h
}

fn element(h: &Harness<'_, Bench>) -> Option<Vec<u64>> {
    h.state().session.selection.element.clone()
}

#[test]
fn a_click_selects_a_sample_and_the_arrow_keys_go_on() {
    let values: Vec<f64> = (0..100).map(|i| f64::from(i).sin()).collect();
    let mut h = plot(&doubles("(100,)", &values));
    h.get_by_label("Plot of 1 with 100 samples").click();
    steps(&mut h);
    let at = element(&h).expect("a sample")[0];
    assert!((30..70).contains(&at), "{at}: the middle was clicked");
    h.key_press(Key::ArrowRight);
    steps(&mut h);
    assert_eq!(element(&h), Some(vec![at + 1]));
    h.key_press(Key::ArrowLeft);
    steps(&mut h);
    h.key_press(Key::ArrowLeft);
    steps(&mut h);
    assert_eq!(element(&h), Some(vec![at - 1]));
}

#[test]
fn measuring_takes_clicks_for_itself() {
    let mut h = plot(&doubles("(100,)", &[1.0; 100]));
    h.get_by_label("Measure between two samples").click();
    steps(&mut h);
    h.get_by_label("Plot of 1 with 100 samples").click();
    steps(&mut h);
    assert_eq!(element(&h), None);
    h.get_by_label_contains("Δindex");
}

#[test]
fn curves_of_a_table_are_hidden_and_left_alone() {
    let values: Vec<f64> = (0..90).map(f64::from).collect();
    let mut h = plot(&doubles("(30, 3)", &values));
    h.get_by_label("Plot of 3 with 30 samples");
    h.get_by_label("[:, 1]").click();
    steps(&mut h);
    steps(&mut h);
    h.get_by_label("Plot of 2 with 30 samples");
    h.get_by_label("Show all").click();
    steps(&mut h);
    steps(&mut h);
    h.get_by_label("Plot of 3 with 30 samples");
}

#[test]
fn what_has_no_sample_to_show_says_so() {
    let h = plot(&doubles("(0,)", &[]));
    assert!(h.query_by_label_contains("Plot of").is_none());
    // nothing finite, one element, one row: axes are there, and nothing panics
    for (shape, values) in
        [("(3,)", vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), ("(1,)", vec![2.5]), ("(1, 4)", vec![1.0; 4])]
    {
        let mut h = plot(&doubles(shape, &values));
        h.get_by_label(&format!("Plot of 1 with {} samples", values.len()));
        for name in ["Log x", "Log y"] {
            h.get_by_label(name).click();
            steps(&mut h);
        }
        h.get_by_label("Show all samples").click();
        steps(&mut h);
    }
}

#[test]
fn a_saved_plot_has_axes_and_a_title() {
    let values: Vec<f64> = (0..90).map(|i| 10_f64.powi(i / 10)).collect();
    let mut h = plot(&doubles("(30, 3)", &values));
    let saved = |h: &mut Harness<'_, Bench>, how| {
        h.state_mut().out.clear();
        crate::ui::capture::ask(&h.ctx, how);
        steps(h);
        h.state().out.iter().find_map(|a| match a {
            Action::SaveMade { name, bytes, .. } => Some((name.clone(), bytes.to_vec())),
            _ => None,
        })
    };
    let (name, svg) = saved(&mut h, Captured::Svg).expect("it is made");
    let svg = String::from_utf8(svg).unwrap();
    assert!(name.ends_with(".svg"));
    for word in ["float64 (30, 3)", "index along axis 0", "[:, 0]", "[:, 2]"] {
        assert!(svg.contains(&format!(">{word}<")), "{word}: {svg}");
    }
    // the points are copied, each with its curve
    h.state_mut().out.clear();
    crate::ui::capture::ask(&h.ctx, Captured::Numbers);
    steps(&mut h);
    let copied = h.state().out.iter().find_map(|a| match a {
        Action::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.expect("the points");
    assert!(copied.starts_with("curve\tx\ty\n[:, 0]\t0\t1\n") && copied.lines().count() == 91, "{copied}");
    let (_, png) = saved(&mut h, Captured::Png).expect("it is made");
    assert!(image::load_from_memory(&png).unwrap().width() >= 800);
}

#[test]
fn a_small_view_keeps_the_larger_part_for_the_plot() {
    let values: Vec<f64> = (0..80).map(f64::from).collect();
    let bytes = doubles("(10, 8)", &values);
    let mut h = bench(&bytes, Panel::Value, [300.0, 340.0]);
    h.state_mut().session.apply(Action::SetView(ViewKind::Plot));
    (0..4).for_each(|_| steps(&mut h));
    assert!(h.query_by_label("Log y").is_none());
    let room = h.get_by_label("Plot of 8 with 10 samples").rect().height();
    assert!(room > 100.0, "{room}");
    h.get_by_label("More controls").click();
    steps(&mut h);
    h.get_by_label("Log y").click();
    steps(&mut h);
    // what does not fit scrolls; the plot stays
    let left = h.get_by_label("Plot of 8 with 10 samples").rect();
    assert!(left.height() > 80.0 && left.bottom() <= 340.0, "{left}");
}

#[test]
fn values_of_many_curves_that_do_not_fit_are_counted() {
    let values: Vec<f64> = (0..80).map(|i| f64::from(i) * 0.1234567890123).collect();
    let mut h = plot(&doubles("(10, 8)", &values));
    let rect = h.get_by_label("Plot of 8 with 10 samples").rect();
    h.hover_at(rect.center());
    steps(&mut h);
    h.get_by_label_contains("[:, 0] ");
    let more = h.get_by_label_contains("more").rect();
    assert!(more.right() <= 700.0, "nothing runs out of the view: {more}");
}
