//! How a line of the listing is drawn: columns, the marks of an op, bytes that are none, the head of a pickle.
//! Must never decode: it draws what it is given.

use super::super::problems::mark;
use crate::machine::{Beginning, Handle, Pickle, Stream};
use crate::ops::listing::{ListingRow, effect};
use crate::ops::{Class, Foreign, Region, RegionKind};
use crate::session::View;
use crate::source::Severity;
use crate::ui::widgets::{elide, legend};
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{Color32, Painter, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Points that one mark indents.
const STEP: f32 = 10.0;
/// Marks that indent, of a narrow list and of a wide one.
const DEEPEST: (u32, u32) = (6, 24);
/// Width from which arguments stand beneath each other, and from which the stack effect is shown, in points.
const WIDE: (f32, f32) = (420.0, 640.0);
/// Width of the column of the stack effect.
const EFFECT: f32 = 176.0;

/// Where the columns stand, from the left edge of a row.
#[derive(Clone, Copy)]
pub struct Columns {
    digits: usize,
    offset: f32,
    name: f32,
    arg: f32,
    effect: Option<f32>,
    deepest: u32,
}

impl Columns {
    /// The columns of a list of a width, over a file of a length.
    pub fn new(painter: &Painter, width: f32, bytes: u64) -> Self {
        let digits = format!("{:x}", bytes.saturating_sub(1)).len().max(4);
        let offset = theme::GAP + elide::whole(painter, &"0".repeat(digits), &fonts::mono_small()).width();
        let name = offset + 12.0;
        let wide = width >= WIDE.0;
        Self {
            digits,
            offset,
            name,
            arg: if wide { name + 20.0 + 150.0 } else { 0.0 },
            effect: (width >= WIDE.1).then_some(width - EFFECT),
            deepest: if wide { DEEPEST.1 } else { DEEPEST.0 },
        }
    }

    /// Draws the names of the columns.
    pub fn head(&self, ui: &Ui, rect: Rect) {
        let t = Tokens::of(ui);
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, t.raised);
        painter.hline(rect.x_range(), rect.bottom() - 0.5, t.line_stroke());
        let y = rect.center().y;
        let word = |text: &str| elide::whole(&painter, text, &fonts::small());
        word("offset").paint_right(&painter, pos2((rect.left() + self.offset).max(rect.left() + 42.0), y), t.text_soft);
        let narrow = self.arg == 0.0;
        let name = if narrow { "opcode and argument" } else { "opcode" };
        word(name).paint_left(&painter, pos2(rect.left() + self.name + 20.0, y), t.text_soft);
        if !narrow {
            word("argument").paint_left(&painter, pos2(rect.left() + self.arg, y), t.text_soft);
        }
        if let Some(x) = self.effect {
            word("stack, before → after").paint_left(&painter, pos2(rect.left() + x, y), t.text_soft);
        }
    }

    fn paint_offset(&self, painter: &Painter, rect: Rect, offset: u64, color: Color32) {
        let text = format!("{offset:0width$x}", width = self.digits);
        let line = elide::whole(painter, &text, &fonts::mono_small());
        line.paint_right(painter, pos2(rect.left() + self.offset, rect.center().y), color);
    }
}

/// What is known of an op beyond its row.
#[derive(Clone, Copy)]
pub struct Look {
    /// Its indentation counts.
    pub indent: bool,
    /// The worst that is wrong with it.
    pub problem: Option<Severity>,
    /// The value that it fetches from the memo.
    pub fetched: Option<Handle>,
    /// What it stores has a number: behind a fault MEMOIZE counts what was lost.
    pub numbered: bool,
}

/// Draws an op.
pub fn op(ui: &Ui, view: &View<'_>, row: &ListingRow, rect: Rect, c: &Columns, look: Look) {
    let t = Tokens::of(ui);
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    let (y, class) = (rect.center().y, row.code.class());
    if let Some(severity) = look.problem {
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        painter.rect_filled(bar, 0.0, mark(severity, t).1);
    }
    c.paint_offset(&painter, rect, row.offset, t.text_soft);
    let mut x = rect.left() + c.name;
    if look.indent {
        for level in 0..row.depth.min(c.deepest) {
            let line = painter.round_to_pixel_center(x + level as f32 * STEP + 4.0);
            painter.vline(line, rect.y_range(), t.line_stroke());
        }
        x += row.depth.min(c.deepest) as f32 * STEP;
        if row.depth > c.deepest {
            let more = elide::whole(&painter, &format!("+{}", row.depth - c.deepest), &fonts::mono_small());
            x = more.paint_left(&painter, pos2(x, y), t.text_soft).right() + 4.0;
        }
    }
    legend::paint_mark(&painter, Rect::from_min_size(pos2(x, rect.top()), vec2(14.0, rect.height())), class, t);
    x += 20.0;
    let thin = class == Class::Memo;
    let name = elide::whole(&painter, row.code.name(), &fonts::mono());
    x = name.paint_left(&painter, pos2(x, y), t.class(class)).right() + theme::GAP;
    let mut right = rect.right() - theme::GAP_S;
    if let Some(at) = c.effect {
        right = rect.left() + at;
        let text = elide::middle(&painter, &effect(row.code), &fonts::mono_small(), rect.right() - right - 4.0);
        text.paint_left(&painter, pos2(right, y), t.text_soft);
        right -= theme::GAP;
    }
    x = x.max(rect.left() + c.arg);
    let paint = |x: f32, text: &str, color: Color32| {
        elide::middle(&painter, text, &fonts::mono(), (right - x).max(0.0)).paint_left(&painter, pos2(x, y), color)
    };
    let (text, color) = match row.memo {
        Some(_) if !look.numbered => ("memo ?".to_owned(), t.class(Class::Memo)),
        Some(n) => (format!("memo {n}"), t.class(Class::Memo)),
        None => (row.arg.clone(), if thin { t.text_soft } else { t.text_normal }),
    };
    if !text.is_empty() {
        x = paint(x, &text, color).right() + theme::GAP;
    }
    if let Some(m) = look.fetched.filter(|_| right - x > 24.0).and_then(|h| view.meaning(h)) {
        paint(x, &m.short, t.text_soft);
    } else if let Some(mark) = row.mark.filter(|_| right - x > 24.0) {
        paint(x, &format!("from MARK at {mark:x}"), t.text_soft);
    }
}

/// Draws bytes that are no op.
pub fn region(ui: &Ui, r: &Region, rect: Rect, c: &Columns, selected: bool, response: &Response) {
    let t = Tokens::of(ui);
    let (what, color) = match r.kind {
        RegionKind::Gap => ("no part of any pickle", t.text_soft),
        RegionKind::Foreign(Foreign::JoblibArray) => ("elements that joblib put here", t.note),
        RegionKind::Foreign(Foreign::LegacyTorchStorage) => ("a storage that torch put here", t.note),
        RegionKind::Foreign(Foreign::Elements) => ("elements of an array", t.note),
        RegionKind::Foreign(Foreign::Header) => ("the header of another format", t.note),
        RegionKind::Fault => ("no opcode can be made of this", t.error),
    };
    let text = format!("{}: {what}", words::size(r.span.len()));
    response.widget_info(|| {
        let text = format!("{} {text}", words::offset(r.span.start));
        WidgetInfo::selected(Role::ListItem, true, selected, text)
    });
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect.shrink2(vec2(2.0, 1.0)), 0.0, t.tint(color));
    c.paint_offset(&painter, rect, r.span.start, t.text_soft);
    let x = rect.left() + c.name;
    let line = elide::middle(&painter, &text, &fonts::body(), rect.right() - x - theme::GAP);
    line.paint_left(&painter, pos2(x, rect.center().y), color);
}

/// Draws the head of a pickle; returns whether it was clicked.
pub fn pickle(ui: &Ui, stream: &Stream, i: usize, p: &Pickle, rect: Rect, c: &Columns) -> bool {
    let t = Tokens::of(ui);
    let title = match p.within {
        Some(outer) => format!("pickle #{i} within #{outer}"),
        None => format!("pickle #{i} of {}", stream.pickles.len()),
    };
    let title = match stream.beginning(i) {
        Beginning::Plain => title,
        Beginning::Told => format!("{title}, where you said"),
        Beginning::Guessed => format!("{title}, a guess"),
        Beginning::GoesOn => format!("#{i}: goes on behind the fault, a guess"),
    };
    let ops = words::grouped(u64::from(p.ops));
    let facts = format!("protocol {} · {ops} ops · {}", p.protocol, words::size(p.span.len()));
    let response = ui.interact(rect, ui.make_persistent_id("row"), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, format!("{title}, {facts}")));
    let painter = ui.painter_at(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0.0, t.raised);
    painter.hline(rect.x_range(), painter.round_to_pixel_center(rect.top()), t.line_stroke());
    c.paint_offset(&painter, rect, p.span.start, t.text_soft);
    let y = rect.center().y;
    let line = elide::whole(&painter, &title, &fonts::header());
    let x = line.paint_left(&painter, pos2(rect.left() + c.name, y), t.text_normal).right() + theme::GAP;
    let color = if p.finished && !p.complete { t.error } else { t.text_soft };
    let line = elide::middle(&painter, &facts, &fonts::small(), rect.right() - x - theme::GAP);
    line.paint_left(&painter, pos2(x, y), color);
    response.clicked()
}
