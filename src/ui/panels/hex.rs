//! The panel of the bytes, coloured by opcode class, with the opcode, its argument and its payload told apart.
//! Must never do more work in a frame than its visible rows need; the minimap is work beside the frame.

use super::hex_edit::{self, Typing};
use crate::machine::{Handle, Stream};
use crate::ops::{Class, Foreign, OpIndex, Part, Piece, RegionKind};
use crate::session::{Action, Item, Outcome, Panel, View, WorkKey};
use crate::source::{Severity, Span};
use crate::ui::widgets::hex_grid::{self, ByteCell, HexGrid, HexView};
use crate::ui::widgets::lazy_rows::Align;
use crate::ui::widgets::scroll_bar::BarMark;
use crate::ui::widgets::{empty::Empty, legend};
use crate::ui::{Tokens, fonts, icons, theme, words};
use eframe::egui::{self, Color32, Role, Ui, WidgetInfo};

/// Stretches that the minimap tells apart.
const STRETCHES: u64 = 512;
/// Width of the scroll bar that is also the minimap, in points.
const BAR: f32 = 22.0;
/// Width from which the legend stands beside the field, in points.
const LEGEND: f32 = 620.0;

/// What the panel keeps from frame to frame.
#[derive(Default)]
pub struct HexPanel {
    grid: HexGrid,
    cursor: Option<u64>,
    serial: u64,
    go_to: String,
    wrong: bool,
    map: Vec<Stretch>,
    typing: Typing,
}

/// What most of a stretch of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stretch {
    Of(Class),
    Foreign,
    Gap,
    Fault,
}

impl HexPanel {
    /// Draws it into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, out: &mut Vec<Action>) {
        let Some(stream) = view.stream else { return };
        if stream.bytes.is_empty() {
            Empty::new(icons::HEX, "No bytes", "The file is empty.").show(ui);
            return;
        }
        let t = Tokens::of(ui);
        self.bar(ui, view, stream, out);
        if self.serial != view.session.serial {
            self.serial = view.session.serial;
            if let Some(span) = view.selection().and_then(|s| s.span) {
                if !self.typing.moved() && self.cursor.is_none_or(|c| !span.contains(c)) {
                    self.cursor = Some(span.start);
                    self.grid.scroll_to(span.start, Align::Center);
                }
            }
        }
        self.minimap(view, stream);
        let marks = self.marks(view, stream, t);
        let advance = hex_grid::advance(ui.painter(), &fonts::mono());
        let room = ui.available_width() - BAR;
        let columns = HexView::columns_for(room, stream.bytes.len(), advance).clamp(8, 32);
        let grid = HexView {
            columns,
            selection: view.selection().and_then(|s| s.span),
            hovered: view.hover().and_then(|i| hovered_span(view, i)),
            cursor: self.cursor,
            marks: &marks,
            bar_width: BAR,
            ..HexView::new("Bytes", stream.bytes.len())
        };
        let repairs = view.session.repairs(view.place);
        let o = self.grid.show(ui, &grid, |at, cells| {
            fill(stream, at, cells, t);
            hex_edit::colour(repairs, at, cells, t);
        });
        if view.focus == Some(Panel::Hex) {
            o.response.request_focus();
        }
        if let Some(at) = o.clicked {
            self.cursor = Some(at);
            self.typing.left();
            out.push(Action::Select(Item::at_offset(view.place, at)));
        }
        if let Some(span) = o.dragged {
            self.cursor = Some(span.start);
            self.typing.mark(span);
            if view.selection().and_then(|s| s.span) != Some(span) {
                out.push(Action::Select(Item::of_span(view.place, span)));
            }
        }
        if let Some((to, extend)) = o.moved {
            let anchor = self.cursor.unwrap_or(to);
            self.cursor = Some(to);
            self.typing.left();
            let item = if extend {
                let have = view.selection().and_then(|s| s.span).unwrap_or(Span::at(anchor, 1));
                let span = if to >= have.start { Span::new(have.start, to + 1) } else { Span::new(to, have.end) };
                self.typing.mark(span);
                Item::of_span(view.place, span)
            } else {
                Item::at_offset(view.place, to)
            };
            out.push(Action::Select(item));
        }
        if let Some(at) = o.hovered {
            out.push(Action::Hover(Some(Item::at_offset(view.place, at))));
            o.response.clone().on_hover_ui_at_pointer(|ui| {
                tell(ui, stream, at);
                hex_edit::tell(ui, repairs, at);
            });
        }
        let from_here = Action::Command("repair.decode-from");
        if let (true, Some(at), Some(i)) =
            (o.response.has_focus(), self.cursor, out.iter().position(|a| *a == from_here))
        {
            // From the byte that the cursor is on, not from the op that it is a part of.
            out.insert(i, Action::Select(Item { span: Some(Span::at(at, 1)), ..view.selected().clone() }));
        }
        if o.response.has_focus()
            && let Some(to) = self.typing.keys(ui, view, stream, self.cursor, out)
        {
            self.cursor = Some(to);
            self.grid.scroll_to(to, Align::Nearest);
        }
        let marked = self.typing.marked();
        if let Some(at) =
            o.hovered.filter(|at| o.response.secondary_clicked() && !marked.is_some_and(|m| m.contains(*at)))
        {
            self.cursor = Some(at);
            self.typing.left();
            out.push(Action::Select(Item::at_offset(view.place, at)));
        }
        hex_edit::menu(&o.response, view, self.cursor, marked, out);
    }

    /// The field to go to an offset, and the legend.
    fn bar(&mut self, ui: &mut Ui, view: &View<'_>, stream: &Stream, out: &mut Vec<Action>) {
        let t = Tokens::of(ui);
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(6, 3)).show(ui, |ui| {
            ui.horizontal(|ui| {
                let width = ui.available_width();
                let color = if self.wrong { t.warning } else { t.text_normal };
                let field = egui::TextEdit::singleline(&mut self.go_to)
                    .hint_text("Go to offset")
                    .font(fonts::mono())
                    .text_color(color)
                    .desired_width(120.0);
                let r = ui.add(field);
                r.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Go to offset"));
                if view.find == Some(Panel::Hex) {
                    r.request_focus();
                }
                if r.changed() {
                    self.wrong = false;
                }
                if r.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
                    match words::number(&self.go_to).filter(|at| *at < stream.bytes.len()) {
                        Some(at) => {
                            self.cursor = None;
                            out.push(Action::Select(Item::at_offset(view.place, at)));
                        }
                        None => self.wrong = true,
                    }
                }
                // What was edited matters more than the legend.
                if width > LEGEND + self.typing.needs(view) {
                    ui.add_space(theme::GAP);
                    legend::show(ui, |_| true, |_| None);
                }
                self.typing.bar(ui, view, out);
            });
        });
    }

    fn minimap(&mut self, view: &View<'_>, stream: &Stream) {
        let Some(shared) = view.session.stream_of(view.place) else { return };
        // While scanning, a few times; then once.
        let step = (stream.scanned * 16).checked_div(stream.bytes.len().max(1)).unwrap_or(16);
        let key = WorkKey {
            place: view.place,
            handle: Handle::op(OpIndex(0)),
            kind: "minimap",
            of: vec![if stream.finished { u64::MAX } else { step }],
        };
        let made = view.session.work.get(key, "Drawing the minimap", move |job| {
            let stream = shared.read();
            let len = stream.bytes.len();
            let n = STRETCHES.min(len);
            let mut map = Vec::new();
            for i in 0..n {
                if job.cancelled() {
                    break;
                }
                let middle = (u128::from(len) * u128::from(2 * i + 1) / u128::from(2 * n)) as u64;
                map.push(stretch_at(&stream, middle));
            }
            Ok((map, 1024))
        });
        if let Outcome::Ready(map) = made {
            self.map.clone_from(&map);
        }
    }

    fn marks(&self, view: &View<'_>, stream: &Stream, t: &Tokens) -> Vec<BarMark> {
        let n = self.map.len().max(1) as f64;
        let mut marks: Vec<BarMark> = Vec::new();
        for (i, s) in self.map.iter().enumerate() {
            let color = match s {
                Stretch::Of(class) => t.class(*class).gamma_multiply(0.55),
                Stretch::Foreign => t.note.gamma_multiply(0.4),
                Stretch::Gap => t.faint.gamma_multiply(0.4),
                Stretch::Fault => t.error,
            };
            let (from, to) = (i as f64 / n, (i + 1) as f64 / n);
            match marks.last_mut() {
                Some(last) if last.color == color => last.to = to,
                _ => marks.push(BarMark { from, to, color, tick: false }),
            }
        }
        let len = stream.bytes.len().max(1) as f64;
        for (from, to) in hex_edit::marks(view, stream) {
            marks.push(BarMark { from, to, color: t.warning, tick: true });
        }
        for p in stream.problems.iter().filter(|p| p.severity == Severity::Error).take(200) {
            let from = p.span.start as f64 / len;
            marks.push(BarMark { from, to: from, color: t.error, tick: true });
        }
        marks
    }
}

/// The bytes of what another panel points at.
fn hovered_span(view: &View<'_>, item: &Item) -> Option<Span> {
    if let Some(span) = item.span {
        // Of a byte under the pointer, all of the op.
        let stream = view.stream?;
        return if span.len() > 1 {
            Some(span)
        } else {
            stream.index.piece_at(span.start, &stream.bytes).map(|p| p.span())
        };
    }
    let cx = view.cx()?;
    match (item.handle, item.op) {
        (Some(h), _) => crate::session::span_of(&cx, h),
        (None, Some(op)) => cx.op(op).map(|op| op.span),
        (None, None) => None,
    }
}

/// The bytes of a row and their colours.
fn fill(stream: &Stream, at: u64, cells: &mut [ByteCell], t: &Tokens) {
    let span = Span::at(at, cells.len() as u64);
    let bytes = stream.bytes.read(span, cells.len());
    for (cell, b) in cells.iter_mut().zip(&bytes) {
        cell.byte = Some(*b);
    }
    for piece in stream.index.pieces(span, &stream.bytes) {
        let mut paint = |part: Span, ink: Color32, ground: Color32, underline: Color32| {
            let part = part.meet(span);
            for i in part.start..part.end {
                if let Some(c) = cells.get_mut((i - at) as usize) {
                    (c.ink, c.ground, c.underline) = (ink, ground, underline);
                }
            }
        };
        let none = Color32::TRANSPARENT;
        match piece {
            Piece::Op(_, op) => {
                let color = t.class(op.code.class());
                for (part, bytes) in op.parts() {
                    match part {
                        Part::Opcode => paint(bytes, color, t.class_ground(op.code.class()), color),
                        Part::Number | Part::Length => paint(bytes, color, none, none),
                        Part::Line | Part::SecondLine => paint(bytes, t.text_normal, none, color.gamma_multiply(0.5)),
                        Part::Payload => paint(bytes, t.text_normal, color.gamma_multiply(0.07), none),
                    }
                }
            }
            Piece::Region(_, r) => match r.kind {
                RegionKind::Gap => paint(r.span, t.text_soft, none, none),
                RegionKind::Foreign(_) => paint(r.span, t.text_normal, t.note.gamma_multiply(0.10), none),
                RegionKind::Fault => paint(r.span, t.error, t.tint(t.error), t.error),
            },
        }
    }
}

fn stretch_at(stream: &Stream, at: u64) -> Stretch {
    match stream.index.piece_at(at, &stream.bytes) {
        Some(Piece::Op(_, op)) => Stretch::Of(op.code.class()),
        Some(Piece::Region(_, r)) => match r.kind {
            RegionKind::Gap => Stretch::Gap,
            RegionKind::Foreign(_) => Stretch::Foreign,
            RegionKind::Fault => Stretch::Fault,
        },
        None => Stretch::Gap,
    }
}

/// What a byte is, in words.
fn tell(ui: &mut Ui, stream: &Stream, at: u64) {
    let t = Tokens::of(ui);
    let line = |ui: &mut Ui, text: String| ui.label(egui::RichText::new(text).font(fonts::mono()).color(t.text_normal));
    let mut head = format!("{}  {}", words::offset(at), words::grouped(at));
    if let Some(b) = stream.bytes.get(at) {
        head.push_str(&format!("  = {b:#04x} {b}"));
    }
    line(ui, head);
    match stream.index.piece_at(at, &stream.bytes) {
        Some(Piece::Op(i, op)) => {
            let part = match op.part_at(at) {
                Some(Part::Opcode) => "the opcode itself",
                Some(Part::Number) => "its argument",
                Some(Part::Length) => "its length field",
                Some(Part::Payload) => "its payload",
                Some(Part::Line) => "its line",
                Some(Part::SecondLine) => "its second line",
                None => "",
            };
            line(ui, format!("op {}  {}: {part}", words::grouped(u64::from(i.0) + 1), op.code.name()));
            ui.label(egui::RichText::new(op.code.info().doc).color(t.text_soft));
        }
        Some(Piece::Region(_, r)) => {
            let what = match r.kind {
                RegionKind::Gap => "No part of any pickle.",
                RegionKind::Foreign(Foreign::JoblibArray) => "Elements that joblib put between two opcodes.",
                RegionKind::Foreign(Foreign::LegacyTorchStorage) => "A storage that torch put behind the pickles.",
                RegionKind::Foreign(Foreign::Elements) => "Elements of the array that the header tells of.",
                RegionKind::Foreign(Foreign::Header) => "The header of the file around the pickle.",
                RegionKind::Fault => "No opcode can be made of this.",
            };
            ui.label(egui::RichText::new(what).color(t.text_soft));
        }
        None => {}
    }
}
