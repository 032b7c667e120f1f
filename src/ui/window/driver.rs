//! The window through the graphics driver: OpenGL, by eframe.

use super::{APP_ID, Framed, Start};
use crate::session::{crash, diary};
use eframe::egui::Ui;
use eframe::{NativeOptions, Renderer, UserEvent};
use std::cell::RefCell;
use std::rc::Rc;
use winit::event_loop::EventLoop;
use winit::platform::run_on_demand::EventLoopExtRunOnDemand;

struct ThroughDriver(Rc<RefCell<Framed>>);

impl eframe::App for ThroughDriver {
    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        self.0.borrow_mut().ui(ui, frame.winit_window().map(|w| &**w));
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.0.borrow_mut().app.save();
    }
}

/// Runs until the window is closed.
///
/// # Errors
/// The driver did not get as far as to show a few frames: why.
pub fn run(event_loop: &mut EventLoop<UserEvent>, start: &Start) -> Result<(), String> {
    let options = NativeOptions {
        viewport: start.builder.clone(),
        renderer: Renderer::Glow,
        persist_window: false,
        // ours is the same for both ways of drawing
        system_font_fallback: false,
        ..NativeOptions::default()
    };
    let framed = start.framed.clone();
    let create: eframe::AppCreator<'_> = Box::new(move |cc| {
        start.attach(&cc.egui_ctx);
        Ok(Box::new(ThroughDriver(framed)))
    });
    // eframe logs the error of a window that it could not make, and returns without one.
    let run = crash::awaiting(|| {
        let mut app = eframe::create_native(APP_ID, options, create, event_loop);
        event_loop.run_app_on_demand(&mut app)
    });
    let proven = start.framed.try_borrow().is_ok_and(|f| f.is_proven());
    match run {
        // A fault of our own, which is reported by now: the program ends as by any panic.
        Err(panic) if proven => std::panic::resume_unwind(Box::new(panic)),
        _ if proven => Ok(()),
        Err(panic) => Err(panic),
        Ok(Err(e)) => Err(e.to_string()),
        Ok(Ok(())) if start.framed.try_borrow().is_ok_and(|f| f.frames > 0) => Ok(()),
        Ok(Ok(())) => Err(diary::last_error().unwrap_or_else(|| "it gave no window and no reason".to_owned())),
    }
}
