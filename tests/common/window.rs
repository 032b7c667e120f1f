//! The whole window without a display, for tests that go by the names of its controls.
#![allow(dead_code, reason = "each test file uses its part")]

use eframe::egui::{Theme, Ui};
use egui_kittest::Harness;
use picklescope::ui::App;
use std::time::{Duration, Instant};

/// The window of an application, in the dark theme. Samples hold signs that our fonts lack.
pub fn harness(app: App) -> Harness<'static, App> {
    let mut first = true;
    let builder = Harness::builder().with_size([1440.0, 900.0]).with_theme(Theme::Dark).with_max_steps(400);
    let mut h = builder.allow_missing_glyphs().build_ui_state(
        move |ui: &mut Ui, app: &mut App| {
            if std::mem::take(&mut first) {
                app.attach(ui.ctx());
            }
            app.ui(ui);
        },
        app,
    );
    h.step();
    h
}

/// Frames until no job runs and nothing is worked out.
pub fn settle(h: &mut Harness<'_, App>) {
    let until = Instant::now() + Duration::from_secs(120);
    let mut still = 0;
    while still < 4 && Instant::now() < until {
        h.step();
        if h.state().session.is_idle() {
            still += 1;
        } else {
            still = 0;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(still >= 4, "something never ends");
}

/// So many frames, each with what the one before it asked for.
pub fn steps(h: &mut Harness<'_, App>, n: usize) {
    for _ in 0..n {
        h.step();
        let until = Instant::now() + Duration::from_secs(120);
        while !h.state().session.is_idle() {
            assert!(Instant::now() < until, "the jobs did not end");
            h.state_mut().session.wait(Duration::from_millis(5));
        }
    }
}
