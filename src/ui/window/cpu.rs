//! The window without a graphics driver: egui's meshes drawn by our painter, and shown as a plain picture (softbuffer).
//! What it does between frames is what eframe does; the interface is the same.

use super::Start;
use crate::ui::Tokens;
use crate::ui::painter::CpuPainter;
use eframe::UserEvent;
use eframe::egui::{self, Context, TexturesDelta, ViewportCommand, ViewportId, ViewportInfo};
use egui_winit::{ActionRequested, accesskit_winit};
use softbuffer::Surface;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use winit::application::ApplicationHandler;
use winit::event::{StartCause, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop, EventLoopProxy};
use winit::platform::run_on_demand::EventLoopExtRunOnDemand;
use winit::window::{Window, WindowId};

/// The largest side of a texture: memory alone bounds it.
const TEXTURE_SIDE: usize = 8192;
/// No more frames than these are drawn in a second.
const FRAME: Duration = Duration::from_millis(16);

/// Runs until the window is closed.
///
/// # Errors
/// No window could be made: why.
pub fn run(event_loop: &mut EventLoop<UserEvent>, start: &Start) -> Result<(), String> {
    let mut window = CpuWindow { start, proxy: event_loop.create_proxy(), shown: None, failed: None };
    event_loop.run_app_on_demand(&mut window).map_err(|e| e.to_string())?;
    window.failed.map_or(Ok(()), Err)
}

struct CpuWindow<'a> {
    start: &'a Start,
    proxy: EventLoopProxy<UserEvent>,
    shown: Option<Shown>,
    failed: Option<String>,
}

struct Shown {
    window: Arc<Window>,
    surface: Surface<Arc<Window>, Arc<Window>>,
    state: egui_winit::State,
    ctx: Context,
    painter: CpuPainter,
    info: ViewportInfo,
    actions: Vec<ActionRequested>,
    /// When the next frame is due.
    next: Option<Instant>,
    drawn: Instant,
    first: bool,
}

impl ApplicationHandler<UserEvent> for CpuWindow<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.shown.is_some() {
            return;
        }
        match Shown::new(event_loop, self.start, &self.proxy) {
            Ok(shown) => {
                shown.window.request_redraw();
                self.shown = Some(shown);
            }
            Err(why) => {
                self.failed = Some(why);
                event_loop.exit();
            }
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        let Some(shown) = &mut self.shown else { return };
        match event {
            WindowEvent::RedrawRequested => match shown.frame(event_loop, self.start) {
                Ok(true) => {}
                Ok(false) => {
                    self.start.framed.borrow_mut().app.save();
                    self.shown = None;
                    event_loop.exit();
                }
                Err(why) => {
                    self.failed = Some(why);
                    event_loop.exit();
                }
            },
            WindowEvent::CloseRequested => {
                shown.info.events.push(egui::ViewportEvent::Close);
                shown.window.request_redraw();
            }
            event => {
                if shown.state.on_window_event(&shown.window, &event).repaint {
                    shown.due(Instant::now());
                }
            }
        }
    }

    fn device_event(&mut self, _: &ActiveEventLoop, _: winit::event::DeviceId, event: winit::event::DeviceEvent) {
        if let winit::event::DeviceEvent::MouseMotion { delta } = event
            && let Some(shown) = &mut self.shown
            && shown.state.on_mouse_motion(delta)
        {
            shown.due(Instant::now());
        }
    }

    fn user_event(&mut self, _: &ActiveEventLoop, event: UserEvent) {
        let Some(shown) = &mut self.shown else { return };
        match event {
            UserEvent::RequestRepaint { when, .. } => shown.due(when),
            UserEvent::AccessKitActionRequest(event) => {
                match event.window_event {
                    accesskit_winit::WindowEvent::InitialTreeRequested => shown.ctx.enable_accesskit(),
                    accesskit_winit::WindowEvent::ActionRequested(r) => shown.state.on_accesskit_action_request(r),
                    accesskit_winit::WindowEvent::AccessibilityDeactivated => shown.ctx.disable_accesskit(),
                }
                shown.due(Instant::now());
            }
        }
    }

    fn new_events(&mut self, _: &ActiveEventLoop, _: StartCause) {
        if let Some(shown) = &mut self.shown
            && shown.next.is_some_and(|t| t <= Instant::now())
        {
            shown.next = None;
            shown.window.request_redraw();
        }
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let next = self.shown.as_ref().and_then(|s| s.next);
        event_loop.set_control_flow(next.map_or(ControlFlow::Wait, ControlFlow::WaitUntil));
    }
}

impl Shown {
    fn new(event_loop: &ActiveEventLoop, start: &Start, proxy: &EventLoopProxy<UserEvent>) -> Result<Self, String> {
        let ctx = Context::default();
        // Hidden until something is drawn; AccessKit wants to see the window before it shows, too.
        let attributes = egui_winit::create_winit_window_attributes(&ctx, start.builder.clone().with_visible(false));
        let window = Arc::new(event_loop.create_window(attributes).map_err(|e| e.to_string())?);
        let context = softbuffer::Context::new(window.clone()).map_err(|e| e.to_string())?;
        let surface = Surface::new(&context, window.clone()).map_err(|e| e.to_string())?;

        let scale = window.scale_factor() as f32;
        let id = ViewportId::ROOT;
        let mut state =
            egui_winit::State::new(ctx.clone(), id, event_loop, Some(scale), window.theme(), Some(TEXTURE_SIDE));
        state.init_accesskit(event_loop, &window, proxy.clone());

        // Any thread may ask for a frame; winit's proxy is for one at a time.
        let proxy = Mutex::new(proxy.clone());
        ctx.set_request_repaint_callback(move |info| {
            let event = UserEvent::RequestRepaint {
                viewport_id: info.viewport_id,
                when: Instant::now() + info.delay,
                cumulative_pass_nr: info.current_cumulative_pass_nr,
            };
            if let Ok(proxy) = proxy.lock() {
                proxy.send_event(event).ok();
            }
        });
        start.attach(&ctx);
        let mut info = ViewportInfo::default();
        egui_winit::update_viewport_info(&mut info, &ctx, &window, true);
        let painter = CpuPainter::new();
        let (actions, drawn) = (Vec::new(), Instant::now());
        Ok(Self { window, surface, state, ctx, painter, info, actions, next: None, drawn, first: true })
    }

    /// Wants a frame at that time, or at an earlier one that was wanted already.
    fn due(&mut self, when: Instant) {
        let when = when.max(self.drawn + FRAME);
        self.next = Some(self.next.map_or(when, |t| t.min(when)));
    }

    /// Runs and draws a frame. False when the window closes.
    fn frame(&mut self, event_loop: &ActiveEventLoop, start: &Start) -> Result<bool, String> {
        self.drawn = Instant::now();
        self.next = None;
        egui_winit::update_viewport_info(&mut self.info, &self.ctx, &self.window, false);
        let mut input = self.state.take_egui_input(&self.window);
        input.viewports = std::iter::once((ViewportId::ROOT, self.info.clone())).collect();
        let closing = input.viewport().close_requested();

        let mut output = self.ctx.run_ui(input, |ui| start.framed.borrow_mut().ui(ui, Some(&self.window)));
        self.info.events.clear();
        self.state.handle_platform_output_with_event_loop(&self.window, event_loop, output.platform_output);
        self.painter.update_textures(&mut output.textures_delta);

        let (commands, delay) = output
            .viewport_output
            .get_mut(&ViewportId::ROOT)
            .map_or((Vec::new(), Duration::MAX), |v| (std::mem::take(&mut v.commands), v.repaint_delay));
        if closing && !commands.contains(&ViewportCommand::CancelClose) {
            return Ok(false);
        }
        egui_winit::process_viewport_commands(&self.ctx, &mut self.info, commands, &self.window, &mut self.actions);
        if !self.info.events.is_empty() {
            self.due(Instant::now());
        }
        if let Some(when) = self.drawn.checked_add(delay) {
            self.due(when);
        }

        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let size = self.window.inner_size();
        if let (Some(width), Some(height)) = (NonZeroU32::new(size.width), NonZeroU32::new(size.height)) {
            let ground = Tokens::of(&self.ctx).base;
            let [w, h] = [size.width as usize, size.height as usize];
            let picture = self.painter.paint_pixels(&shapes, output.pixels_per_point, [w, h], ground);
            self.surface.resize(width, height).map_err(|e| e.to_string())?;
            let mut buffer = self.surface.buffer_mut().map_err(|e| e.to_string())?;
            for (to, from) in buffer.iter_mut().zip(&picture) {
                let [r, g, b, _] = from.to_le_bytes();
                *to = u32::from_le_bytes([b, g, r, 0]);
            }
            self.window.pre_present_notify();
            buffer.present().map_err(|e| e.to_string())?;
            self.answer_actions(&picture, [w, h]);
        }
        if std::mem::take(&mut self.first) {
            self.window.set_visible(true);
        }
        Ok(true)
    }

    /// What egui asked of the window: the clipboard, and its picture.
    fn answer_actions(&mut self, picture: &[u32], size: [usize; 2]) {
        for action in self.actions.drain(..) {
            let events = match action {
                ActionRequested::Screenshot(callback) => {
                    let pixels = picture.iter().map(|p| {
                        let [r, g, b, a] = p.to_le_bytes();
                        egui::Color32::from_rgba_premultiplied(r, g, b, a)
                    });
                    callback.complete(Arc::new(egui::ColorImage::new(size, pixels.collect())));
                    None
                }
                ActionRequested::PaintWhileHidden => None,
                ActionRequested::Cut => Some(egui::Event::Cut),
                ActionRequested::Copy => Some(egui::Event::Copy),
                ActionRequested::Paste => {
                    let text = self.state.clipboard_text().map(|t| t.replace("\r\n", "\n"));
                    text.filter(|t| !t.is_empty()).map(egui::Event::Paste)
                }
            };
            self.state.egui_input_mut().events.extend(events);
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.painter.update_textures(&mut TexturesDelta::default());
    }
}
