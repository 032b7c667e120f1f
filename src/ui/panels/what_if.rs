//! The panel that reads bytes as an array whose type and shape were lost: guesses as thumbnails, the most plausible first,
//! and every choice by hand. Must never say that a guess is more than one.

use super::torn;
use crate::machine::Handle;
use crate::ops::OpIndex;
use crate::session::{Action, ArraySpec, Item, Outcome, Panel, View, WhatIf, WorkKey};
use crate::source::Span;
use crate::tensor::{Array, ByteOrder, DType, Guess, Marks, Seam, Thumb, ThumbColors, guesses};
use crate::ui::views::image::ImageView;
use crate::ui::views::plot::{PlotView, Subject};
use crate::ui::views::slicing::Slicing;
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::tabs::{Segment, segmented};
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{
    self, ColorImage, ComboBox, DragValue, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, TextureHandle,
    TextureOptions, Ui, WidgetInfo, pos2, vec2,
};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Side of a thumbnail, in points.
const THUMB: f32 = 52.0;

/// How the bytes are read at the moment.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    dtype: DType,
    fortran: bool,
    offset: u64,
    /// Elements of a row; 0 for no rows.
    row: u64,
    channels: u64,
}

impl Default for Choice {
    fn default() -> Self {
        Self { dtype: DType::uint(1), fortran: false, offset: 0, row: 0, channels: 1 }
    }
}

impl Choice {
    fn of(g: &Guess) -> Self {
        Self { dtype: g.dtype.clone(), fortran: false, offset: g.offset, row: g.row, channels: g.channels }
    }

    /// The shape of so many bytes.
    fn shape(&self, len: u64) -> Vec<u64> {
        let n = len.saturating_sub(self.offset) / self.dtype.item_size.max(1);
        if self.row == 0 || self.row >= n.max(1) {
            return vec![n];
        }
        let rows = n.div_ceil(self.row);
        match (self.channels, self.fortran) {
            (c, false) if c > 1 => vec![rows, (self.row / c).max(1), c],
            (_, true) => vec![self.row, rows],
            _ => vec![rows, self.row],
        }
    }

    fn spec(&self, w: &WhatIf) -> ArraySpec {
        ArraySpec {
            span: w.span,
            offset: self.offset,
            dtype: self.dtype.clone(),
            shape: self.shape(w.declared.max(w.span.len())),
            fortran: self.fortran,
        }
    }

    /// What tells it from others among things that are worked out.
    fn key(&self) -> u64 {
        let mut h = DefaultHasher::new();
        format!("{:?}", self.dtype).hash(&mut h);
        (self.fortran, self.offset, self.row, self.channels).hash(&mut h);
        h.finish()
    }
}

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct WhatIfPanel {
    of: Option<(WhatIf, u64)>,
    choice: Choice,
    /// The user chose something: guesses that come later do not change it.
    touched: bool,
    thumbs: Vec<Option<TextureHandle>>,
    dark: bool,
    image: ImageView,
    plot: PlotView,
    slicing: Slicing,
}

/// The element types that are offered, by the kind of their numbers.
const TYPES: [&str; 14] = [
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
];

fn dtype_of(name: &str) -> DType {
    match name {
        "bool" => DType::bool(),
        "uint16" => DType::uint(2),
        "uint32" => DType::uint(4),
        "uint64" => DType::uint(8),
        "int8" => DType::int(1),
        "int16" => DType::int(2),
        "int32" => DType::int(4),
        "int64" => DType::int(8),
        "float16" => DType::float(2),
        "float32" => DType::float(4),
        "float64" => DType::float(8),
        "complex64" => DType::complex(4),
        "complex128" => DType::complex(8),
        _ => DType::uint(1),
    }
}

impl WhatIfPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        let Some(w) = view.session.what_if().filter(|w| w.place == view.place) else {
            let hint = "Select a payload, or mark bytes in the panel of bytes, and read them as numbers of any type and shape.";
            let empty = Empty::new(icons::ARRAY, "What if these bytes were an array?", hint);
            if view.session.what_if_of_selection().is_none() {
                empty.show(ui);
            } else if empty.action("Read the selected bytes").show(ui) {
                out.push(Action::Command("repair.what-if"));
            }
            return;
        };
        if self.of.as_ref() != Some(&(w.clone(), stream.version)) {
            let kept = self.of.as_ref().is_some_and(|(o, _)| o == w) && self.touched;
            self.of = Some((w.clone(), stream.version));
            self.thumbs.clear();
            self.touched = kept;
            if !kept {
                self.choice = Choice::default();
                self.image.begin_robust();
            }
        }
        let dark = Tokens::of(ui).dark;
        if self.dark != dark {
            self.dark = dark;
            self.thumbs.clear();
        }
        let found = found(view, w);
        if let (Some(all), false) = (&found, self.touched)
            && let Some(first) = all.first()
        {
            self.choice = Choice::of(first);
            self.touched = true;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        self.head(ui, view, w, out);
        self.strip(ui, view, w, found.as_deref());
        let Some(array) = self.choice.spec(w).array(&stream.bytes) else {
            Empty::new(icons::BROKEN, "No array", "The shape is larger than any array can be.").show(ui);
            return;
        };
        self.picture(ui, view, w, &array, out);
    }

    /// What is read, and every choice.
    fn head(&mut self, ui: &mut Ui, view: &View<'_>, w: &WhatIf, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP_S);
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new("A guess").font(fonts::strong()).color(t.warning))
                    .on_hover_text("Neither the type nor the shape is in the file: this is what the bytes look like.");
                let range = format!("{} to {}", words::offset(w.span.start), words::offset(w.span.end));
                ui.label(RichText::new(range).font(fonts::mono_small()).color(t.text_soft));
                ui.label(RichText::new(words::size(w.span.len())).font(fonts::small()).color(t.text_soft));
                let missing = w.declared.saturating_sub(w.span.len());
                if missing > 0 {
                    let text = format!("{} missing", words::size(missing));
                    ui.label(RichText::new(text).font(fonts::small()).color(t.error));
                }
                let shape: Vec<String> =
                    self.choice.shape(w.declared.max(w.span.len())).iter().map(u64::to_string).collect();
                let what = format!("{} ({})", self.choice.dtype.name(), shape.join(", "));
                ui.label(RichText::new(what).font(fonts::mono()).color(t.text_strong));
                if view.session.what_if_of_selection().is_some_and(|s| s != *w)
                    && ui.small_button("Read the selection instead").clicked()
                {
                    out.push(Action::Command("repair.what-if"));
                }
                if ui.small_button("Export as NPY…").clicked() {
                    out.push(Action::ExportGuess { place: w.place, spec: Box::new(self.choice.spec(w)), to: None });
                }
            });
            let before = self.choice.clone();
            ui.horizontal_wrapped(|ui| self.controls(ui, w));
            self.touched |= before != self.choice;
        });
    }

    fn controls(&mut self, ui: &mut Ui, w: &WhatIf) {
        let t = Tokens::of(ui);
        let label = |ui: &mut Ui, text: &str| {
            ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
        };
        let c = &mut self.choice;
        let name =
            TYPES.iter().find(|n| dtype_of(n).kind == c.dtype.kind && dtype_of(n).item_size == c.dtype.item_size);
        let mut name = name.copied().unwrap_or("uint8");
        let was = name;
        label(ui, "type");
        ComboBox::from_id_salt("type").selected_text(name).width(96.0).show_ui(ui, |ui| {
            for n in TYPES {
                ui.selectable_value(&mut name, n, n);
            }
        });
        let mut big = c.dtype.order == ByteOrder::Big;
        if name != was {
            c.dtype = dtype_of(name);
            if big && c.dtype.item_size > 1 {
                c.dtype = c.dtype.with_order(ByteOrder::Big);
            }
        }
        if c.dtype.item_size > 1 {
            let both = [Segment::new("little"), Segment::new("big")];
            if let Some(i) = segmented(ui, "Byte order", usize::from(big), &both) {
                big = i == 1;
                c.dtype = c.dtype.with_order(if big { ByteOrder::Big } else { ByteOrder::Little });
            }
        }
        let number = |ui: &mut Ui, name: &str, v: &mut u64, range: std::ops::RangeInclusive<u64>| {
            label(ui, name);
            let r = ui.add(DragValue::new(v).range(range).speed(0.25));
            r.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
        };
        let most = w.span.len() / c.dtype.item_size.max(1);
        number(ui, "offset", &mut c.offset, 0..=w.span.len().saturating_sub(c.dtype.item_size));
        number(ui, "row", &mut c.row, 0..=most.max(1));
        if !c.fortran {
            number(ui, "channels", &mut c.channels, 1..=4);
        }
        let orders = [Segment::new("C"), Segment::new("Fortran")];
        if let Some(i) = segmented(ui, "Order", usize::from(c.fortran), &orders) {
            c.fortran = i == 1;
        }
    }

    /// The guesses as small pictures.
    fn strip(&mut self, ui: &mut Ui, view: &View<'_>, w: &WhatIf, found: Option<&Vec<Guess>>) {
        let t = Tokens::of(ui);
        let frame = egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 2));
        let Some(found) = found else {
            frame.show(ui, |ui| ui.label(RichText::new("Looking for what they might be…").color(t.text_soft)));
            return;
        };
        if found.is_empty() {
            frame.show(ui, |ui| {
                ui.label(RichText::new("Too few bytes to guess by.").color(t.text_soft));
            });
            return;
        }
        self.thumbs.resize_with(found.len(), || None);
        frame.show(ui, |ui| {
            ScrollArea::horizontal().auto_shrink([false, true]).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    for (i, g) in found.iter().enumerate() {
                        self.tile(ui, view, w, i, g);
                    }
                });
            });
        });
    }

    fn tile(&mut self, ui: &mut Ui, view: &View<'_>, w: &WhatIf, i: usize, g: &Guess) {
        let t = Tokens::of(ui);
        let choice = Choice::of(g);
        let on = choice == self.choice;
        let (rect, r) = ui.allocate_exact_size(vec2(THUMB + 26.0, THUMB + 34.0), Sense::CLICK);
        let order = if g.dtype.order == ByteOrder::Big { " big" } else { "" };
        let name = format!("{}{order}", g.dtype.name());
        let rows = if g.rows_show > 0.1 || g.row < 2 { format!("row {}", g.row) } else { "no rows".to_owned() };
        r.widget_info(|| WidgetInfo::selected(Role::Button, true, on, format!("{name}, {rows}")));
        if !ui.is_rect_visible(rect) {
            return;
        }
        if on {
            ui.painter().rect_filled(rect, theme::RADIUS, t.selection);
        }
        let edge = if on {
            Stroke::new(1.5, t.accent)
        } else if r.hovered() {
            Stroke::new(1.0, t.hover)
        } else {
            t.line_stroke()
        };
        ui.painter().rect_stroke(rect, theme::RADIUS, edge, StrokeKind::Inside);
        let room = Rect::from_min_size(pos2(rect.left() + 13.0, rect.top() + 4.0), vec2(THUMB, THUMB));
        if self.thumbs.get(i).is_some_and(Option::is_none) {
            let made = thumb(ui, view, w, &choice);
            if let Some(slot) = self.thumbs.get_mut(i) {
                *slot = made;
            }
        }
        if let Some(Some(texture)) = self.thumbs.get(i) {
            let [tw, th] = texture.size().map(|n| n as f32);
            let f = (THUMB / tw).min(THUMB / th);
            let at = Rect::from_center_size(room.center(), vec2(tw * f, th * f));
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            ui.painter().image(texture.id(), at, uv, egui::Color32::WHITE);
        }
        let painter = ui.painter_at(rect.shrink(2.0));
        let centre = |text: &str, y: f32, color| {
            painter.text(pos2(rect.center().x, y), egui::Align2::CENTER_CENTER, text, fonts::small(), color);
        };
        centre(&name, rect.top() + THUMB + 12.0, t.text_strong);
        centre(&rows, rect.top() + THUMB + 25.0, t.text_soft);
        if r.clicked() {
            self.choice = choice;
            self.touched = true;
        }
        r.on_hover_ui(|ui| {
            let shape: Vec<String> = g.shape(w.declared.max(w.span.len())).iter().map(u64::to_string).collect();
            ui.label(RichText::new(format!("{name} ({})", shape.join(", "))).font(fonts::mono()));
            ui.label(format!("plausible to {:.0} of 100, its rows to {:.0}", g.score * 100.0, g.rows_show * 100.0));
            if g.offset > 0 {
                ui.label(format!("behind {} bytes", g.offset));
            }
        });
    }

    /// The array as it is read, and where it does not hold together.
    fn picture(&mut self, ui: &mut Ui, view: &View<'_>, w: &WhatIf, array: &Array, out: &mut Vec<Action>) {
        let start = w.span.start.saturating_add(self.choice.offset);
        let torn = self.torn(view, w);
        let found = torn.as_ref().map_or(&[][..], |t| t.as_slice());
        torn::tell(ui, view, start, self.choice.dtype.item_size, found, out);
        self.image.marked = torn::marks(found, array);
        // Not one of the file's values: a handle that none of them has keeps what is worked out apart.
        let handle = Handle::op(OpIndex((self.choice.key() as u32) & 0x3fff_ffff));
        let mut acts = Vec::new();
        self.slicing.follow(array.shape());
        ui.push_id("what if", |ui| {
            if array.ndim() < 2 {
                self.plot.ui(ui, view, handle, Subject::Array(array), &mut self.slicing, &mut acts);
            } else {
                self.image.ui(ui, view, handle, array, &mut self.slicing, &mut acts);
            }
        });
        let item = |i: &Item| {
            let at = array.byte_of(i.element.as_deref()?)?;
            Some(Item::of_span(view.place, Span::at(start.saturating_add(at), array.dtype.item_size)))
        };
        // Its elements are bytes to the rest of the window.
        out.extend(acts.into_iter().filter_map(|a| match a {
            Action::Select(i) if i.handle == Some(handle) => item(&i).map(Action::Select),
            Action::Glide(i) if i.handle == Some(handle) => item(&i).map(Action::Glide),
            Action::Hover(Some(i)) if i.handle == Some(handle) => Some(Action::Hover(item(&i))),
            other => Some(other),
        }));
        if view.focus == Some(Panel::WhatIf) {
            ui.memory_mut(|m| m.move_focus(egui::FocusDirection::Next));
        }
    }

    /// Seams and bursts in the array as it is read.
    fn torn(&self, view: &View<'_>, w: &WhatIf) -> Option<std::sync::Arc<Vec<Seam>>> {
        let c = &self.choice;
        let span = Span::new(w.span.start.saturating_add(c.offset).min(w.span.end), w.span.end);
        torn::find(view, span, &c.dtype, if c.fortran { 0 } else { c.row })
    }
}

fn found(view: &View<'_>, w: &WhatIf) -> Option<std::sync::Arc<Vec<Guess>>> {
    let bytes = view.stream?.bytes.clone();
    let span = w.span;
    let key =
        WorkKey { place: view.place, handle: Handle::op(OpIndex(0)), kind: "what if", of: vec![span.start, span.end] };
    let made: Outcome<Vec<Guess>> = view
        .session
        .work
        .get(key, "Guessing at an array", move |job| Ok((guesses(&bytes, span, &|| job.cancelled()), 4096)));
    made.ready()
}

/// The small picture of a choice; `None` while it is drawn.
fn thumb(ui: &Ui, view: &View<'_>, w: &WhatIf, c: &Choice) -> Option<TextureHandle> {
    let t = Tokens::of(ui);
    let pixels = (THUMB * ui.pixels_per_point()).round().clamp(8.0, 256.0) as u32;
    let bytes = view.stream?.bytes.clone();
    let spec = c.spec(w);
    let colors = ThumbColors {
        line: [t.accent.r(), t.accent.g(), t.accent.b()],
        marks: if t.dark { Marks::dark() } else { Marks::light() },
    };
    let key = WorkKey {
        place: view.place,
        handle: Handle::op(OpIndex(0)),
        kind: "thumb of a guess",
        of: vec![w.span.start, w.span.end, c.key(), u64::from(pixels), u64::from(t.dark)],
    };
    let made = view.session.work.get(key, "Drawing guesses", move |_| {
        let thumb = spec.array(&bytes).and_then(|a| Thumb::of(&a, [pixels; 2], colors));
        Ok((thumb, u64::from(pixels) * u64::from(pixels) * 4))
    });
    let thumb = made.ready()?;
    let thumb = (*thumb).as_ref()?;
    let rgba: Vec<u8> = thumb.pixels.iter().flatten().copied().collect();
    let image = ColorImage::from_rgba_unmultiplied(thumb.size.map(|n| n as usize), &rgba);
    Some(ui.load_texture("guess", image, TextureOptions::NEAREST))
}
