//! What is said of an op wherever one is listed: what it does, how it is laid out, its bytes; and what can be copied.
//! Must never read more than the first bytes of an op.

use crate::machine::Stream;
use crate::ops::listing::{arg_text, effect};
use crate::ops::{ArgKind, Op, OpIndex};
use crate::session::{Action, CopyWhat, Item, Panel, Place};
use crate::ui::{Tokens, fonts, theme, words};
use eframe::egui::{self, Response, RichText, Ui};
use std::fmt::Write as _;

/// Bytes of an op that are shown.
const BYTES: usize = 16;
/// Characters of an argument that are shown.
const ARGUMENT: usize = 400;
/// Characters of an argument that are copied.
const COPIED: usize = 1 << 20;

/// How an op's bytes follow one another.
pub const fn layout(kind: ArgKind) -> &'static str {
    match kind {
        ArgKind::None => "one byte, no argument",
        ArgKind::Uint1 => "opcode, then one unsigned byte",
        ArgKind::Uint2 => "opcode, then 2 bytes, unsigned, little-endian",
        ArgKind::Uint4 => "opcode, then 4 bytes, unsigned, little-endian",
        ArgKind::Uint8 => "opcode, then 8 bytes, unsigned, little-endian",
        ArgKind::Int4 => "opcode, then 4 bytes, signed, little-endian",
        ArgKind::Float8 => "opcode, then 8 bytes: an IEEE 754 double, big-endian",
        ArgKind::DecimalNlShort => "opcode, then a line: a decimal integer",
        ArgKind::DecimalNlLong => "opcode, then a line: a decimal integer and L",
        ArgKind::FloatNl => "opcode, then a line: a float",
        ArgKind::StringNl => "opcode, then a line: a quoted, escaped string",
        ArgKind::StringNlNoEscape => "opcode, then a line of plain text",
        ArgKind::StringNlPair => "opcode, then two lines: a module and a name",
        ArgKind::UnicodeNl => "opcode, then a line: text with \\uXXXX escapes",
        ArgKind::Bytes1 => "opcode, a one-byte length, then the bytes",
        ArgKind::Bytes4 => "opcode, a 4-byte length, then the bytes",
        ArgKind::Bytes8 | ArgKind::ByteArray8 => "opcode, an 8-byte length, then the bytes",
        ArgKind::String1 => "opcode, a one-byte length, then a Python 2 string",
        ArgKind::String4 => "opcode, a 4-byte length, then a Python 2 string",
        ArgKind::Unicode1 => "opcode, a one-byte length, then UTF-8",
        ArgKind::Unicode4 => "opcode, a 4-byte length, then UTF-8",
        ArgKind::Unicode8 => "opcode, an 8-byte length, then UTF-8",
        ArgKind::Long1 => "opcode, a one-byte length, then a two's complement integer, little-endian",
        ArgKind::Long4 => "opcode, a 4-byte length, then a two's complement integer, little-endian",
    }
}

/// The first bytes of an op in hex.
pub fn bytes_text(stream: &Stream, op: &Op) -> String {
    let bytes = stream.bytes.read(op.span, BYTES);
    let mut text = String::new();
    for b in bytes.iter() {
        _ = write!(text, "{}{b:02x}", if text.is_empty() { "" } else { " " });
    }
    if op.span.len() > bytes.len() as u64 {
        _ = write!(text, " …  {} in all", words::exact_size(op.span.len()));
    }
    text
}

/// Shows all that there is to say of an op while the pointer rests on its row.
pub fn show(response: Response, stream: &Stream, n: OpIndex, op: &Op) {
    response.on_hover_ui_at_pointer(|ui| tip(ui, stream, n, op));
}

fn tip(ui: &mut Ui, stream: &Stream, n: OpIndex, op: &Op) {
    let (t, info) = (Tokens::of(ui), op.code.info());
    ui.set_max_width(460.0);
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.horizontal(|ui| {
        ui.label(RichText::new(info.name).font(fonts::mono()).color(t.class(info.class)));
        let text =
            format!("op {} · {} · protocol {}", words::grouped(u64::from(n.0) + 1), info.class.name(), info.protocol);
        ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
    });
    ui.label(info.doc);
    let arg = arg_text(op, &stream.bytes, ARGUMENT);
    if !arg.is_empty() {
        ui.label(RichText::new(arg).font(fonts::mono()).color(t.text_strong));
    }
    egui::Grid::new("op tip").num_columns(2).spacing([12.0, 2.0]).show(ui, |ui| {
        let mut line = |name: &str, text: String, mono: bool| {
            ui.label(RichText::new(name).font(fonts::small()).color(t.text_soft));
            ui.label(RichText::new(text).font(if mono { fonts::mono_small() } else { fonts::small() }));
            ui.end_row();
        };
        line("offset", format!("{:#x} = {}", op.span.start, words::grouped(op.span.start)), true);
        let effect = effect(op.code);
        line("stack", if effect.is_empty() { "as it was".into() } else { effect }, true);
        line("layout", layout(info.arg).to_owned(), false);
        line("bytes", bytes_text(stream, op), true);
    });
}

/// The commands of an op's row.
pub fn menu(
    response: &Response,
    stream: &Stream,
    place: Place,
    n: OpIndex,
    op: &Op,
    here: Panel,
    out: &mut Vec<Action>,
) {
    theme::context_menu(response, |ui| {
        let mut then = |ui: &mut Ui, label: &str, action: &dyn Fn() -> Action| {
            if ui.button(label).clicked() {
                out.push(Action::Select(Item::of_op(place, n)));
                out.push(action());
                ui.close();
            }
        };
        then(ui, "Run the machine to here", &|| Action::ShowPanel(Panel::Machine));
        if here != Panel::Listing {
            then(ui, "Show in the listing", &|| Action::ShowPanel(Panel::Listing));
        }
        if here != Panel::Opcodes {
            then(ui, "Show in the tree of opcodes", &|| Action::ShowPanel(Panel::Opcodes));
        }
        then(ui, "Show its bytes", &|| Action::ShowPanel(Panel::Hex));
        ui.separator();
        then(ui, "Edit op…", &|| Action::Command("repair.edit-op"));
        then(ui, "Insert op…", &|| Action::Command("repair.insert-op"));
        then(ui, "Drop op", &|| Action::Command("repair.drop-op"));
        then(ui, "Decode from here…", &|| Action::Command("repair.decode-from"));
        ui.separator();
        then(ui, "Copy row", &|| Action::CopyText(row_text(stream, op)));
        then(ui, "Copy argument", &|| Action::CopyText(arg_text(op, &stream.bytes, COPIED)));
        then(ui, "Copy offset", &|| Action::CopyText(format!("{:#x}", op.span.start)));
        then(ui, "Copy bytes as hex", &|| Action::Copy(CopyWhat::BytesHex));
    });
}

/// The op as a line of text.
pub fn row_text(stream: &Stream, op: &Op) -> String {
    let arg = arg_text(op, &stream.bytes, COPIED);
    format!("{:#x}: {} {arg}", op.span.start, op.code.name()).trim_end().to_owned()
}
