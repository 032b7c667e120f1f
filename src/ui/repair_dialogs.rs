//! Dialogs of repairs by hand: an op's argument, a new op, bytes, where decoding starts, and what becomes of repairs that
//! are not saved. Must never change a byte itself: they hand out actions.

use super::{Tokens, fonts, theme};
use crate::machine::{Holding, Start};
use crate::ops::encode::{self, editable, encode as encode_op, expects, length_field, length_of};
use crate::ops::{ArgKind, Op, Opcode};
use crate::session::{Action, DocId, Edit, Place, View};
use crate::source::Span;
use eframe::egui::{self, Color32, ComboBox, Id, Key, Modal, RichText, Role, Ui, WidgetInfo, vec2};
use std::fmt::Write as _;

/// Bytes of a preview.
const SHOWN: usize = 24;

/// A dialog of a repair, and what was typed into it.
pub enum RepairDialog {
    /// Another argument or length for an op.
    EditOp {
        /// The member.
        place: Place,
        /// The op as it stands.
        op: Op,
        /// The opcode that it shall have.
        code: Opcode,
        /// The argument; `None` where it cannot be edited as text.
        text: Option<String>,
        /// The length field alone.
        length: String,
        /// The length alone is to be changed.
        by_length: bool,
        /// What the dialog was opened with has the keyboard.
        focused: bool,
    },
    /// An op before a place.
    InsertOp {
        /// The member.
        place: Place,
        /// The selected bytes: it goes before or behind them.
        around: Span,
        /// The opcode.
        code: Opcode,
        /// Its argument.
        text: String,
        /// Behind what is selected.
        behind: bool,
        /// What the list of opcodes is filtered by.
        filter: String,
        /// What the dialog was opened with has the keyboard.
        focused: bool,
    },
    /// Bytes before or behind a place.
    InsertBytes {
        /// The member.
        place: Place,
        /// The selected bytes.
        around: Span,
        /// What was typed.
        text: String,
        /// Behind what is selected.
        behind: bool,
    },
    /// Where decoding starts.
    DecodeFrom {
        /// The member.
        place: Place,
        /// The offset as it is typed.
        at: String,
        /// The protocol.
        protocol: Option<u8>,
        /// What the stack holds.
        holds: Holding,
    },
    /// What becomes of repairs that are not saved.
    Unsaved {
        /// The documents that hold them.
        docs: Vec<DocId>,
        /// What loses them.
        then: Box<Action>,
    },
}

impl RepairDialog {
    /// The dialog for the selected op.
    pub fn edit_op(view: &View<'_>) -> Option<Self> {
        let stream = view.stream?;
        let op = stream.op(view.selection()?.op?)?;
        let length = length_of(&op).map_or_else(String::new, |(_, n)| n.to_string());
        let text = editable(&op, &stream.bytes);
        let by_length = text.is_none();
        Some(Self::EditOp { place: view.place, op, code: op.code, text, length, by_length, focused: false })
    }

    /// The dialog for an op at the selection.
    pub fn insert_op(view: &View<'_>) -> Option<Self> {
        let around = around(view)?;
        let (code, filter) = (Opcode::None, String::new());
        Some(Self::InsertOp {
            place: view.place,
            around,
            code,
            text: String::new(),
            behind: false,
            filter,
            focused: false,
        })
    }

    /// The dialog for bytes at the selection.
    pub fn insert_bytes(view: &View<'_>) -> Option<Self> {
        let around = view.selection().and_then(|s| s.span).unwrap_or_default();
        Some(Self::InsertBytes { place: view.place, around, text: String::new(), behind: false })
    }

    /// The dialog for decoding from the selection on.
    pub fn decode_from(view: &View<'_>) -> Option<Self> {
        let at = view.selection()?.span?.start;
        let stream = view.stream?;
        let before = stream.pickles.iter().rev().find(|p| p.span.start <= at);
        let amid = before.is_some_and(|p| p.span.start < at && !p.complete) && stream.bytes.get(at) != Some(0x80);
        let holds = if amid { Holding::Unknown } else { Holding::Nothing };
        let protocol = before.map(|p| p.protocol);
        Some(Self::DecodeFrom { place: view.place, at: format!("{at:#x}"), protocol, holds })
    }

    /// Draws it; true where it is to be closed.
    pub fn ui(&mut self, ui: &Ui, view: &View<'_>, out: &mut Vec<Action>) -> bool {
        let m = Modal::new(Id::unique("repair")).frame(theme::dialog(ui.style())).show(ui.ctx(), |ui| {
            ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 48.0));
            match self {
                Self::EditOp { .. } => self.edit_op_ui(ui, out),
                Self::InsertOp { .. } => self.insert_op_ui(ui, out),
                Self::InsertBytes { place, around, text, behind } => {
                    insert_bytes(ui, (*place, *around), text, behind, out)
                }
                Self::DecodeFrom { place, at, protocol, holds } => {
                    decode_from(ui, view, *place, at, (protocol, holds), out)
                }
                Self::Unsaved { docs, then } => unsaved(ui, view, docs, then, out),
            }
        });
        m.inner || m.should_close()
    }

    fn edit_op_ui(&mut self, ui: &mut Ui, out: &mut Vec<Action>) -> bool {
        let Self::EditOp { place, op, code, text, length, by_length, focused } = self else { return true };
        let t = Tokens::of(ui);
        title(ui, "Edit op", &format!("{} at {:#x}", op.code.name(), op.span.start));
        let counted = length_of(op);
        if counted.is_some() && text.is_some() {
            ui.horizontal(|ui| {
                ui.selectable_value(by_length, false, "Argument");
                ui.selectable_value(by_length, true, "Length field alone");
            });
            ui.add_space(theme::GAP_S);
        }
        let made: Result<Edit, String> = if *by_length {
            let kind = op.code.info().arg;
            field(ui, "Length", length, "0 or more", focused);
            let rest = "The bytes behind it stay where they are: what the new length leaves out is read as opcodes.";
            note(ui, rest, t.text_soft);
            match (counted, super::words::number(length)) {
                (Some((span, _)), Some(n)) => length_field(kind, n).map(|with| Edit::new(*place, span, with)),
                _ => Err("Expected is a number.".to_owned()),
            }
        } else {
            let typed = text.get_or_insert_with(String::new);
            same_kind(ui, op.code, code);
            if op.code.info().arg == ArgKind::None {
                note(ui, "This opcode has no argument; another may stand in its place.", t.text_soft);
            } else {
                field(ui, "Argument", typed, expects(code.info().arg), focused);
            }
            encode_op(*code, typed).map(|with| Edit::new(*place, op.span, with))
        };
        preview(ui, &made);
        if let Ok(e) = &made {
            let by = i128::from(e.with.len() as u64) - i128::from(e.span.len());
            if by != 0 {
                let text = format!("Everything behind it moves by {by:+} bytes; the frame around it is made to fit.");
                note(ui, &text, t.text_soft);
            }
        }
        buttons(ui, "Change", made, out)
    }

    fn insert_op_ui(&mut self, ui: &mut Ui, out: &mut Vec<Action>) -> bool {
        let Self::InsertOp { place, around, code, text, behind, filter, focused } = self else { return true };
        title(ui, "Insert op", &format!("at {:#x}", if *behind { around.end } else { around.start }));
        ui.horizontal(|ui| {
            ui.selectable_value(behind, false, "Before the selection");
            ui.selectable_value(behind, true, "Behind it");
        });
        ui.add_space(theme::GAP_S);
        let t = Tokens::of(ui);
        let before = filter.clone();
        field(ui, "Opcode", filter, "filter by name", focused);
        let query = filter.to_lowercase();
        let fits = |c: &Opcode| {
            let info = c.info();
            info.name.to_lowercase().contains(&query) || info.doc.to_lowercase().contains(&query)
        };
        let fitting: Vec<Opcode> = Opcode::ALL.iter().copied().filter(fits).collect();
        // What is typed is what will be inserted: the op of that name, else the first that is left.
        let typed = before != *filter && !query.is_empty();
        if typed {
            let named = fitting.iter().find(|c| c.name().eq_ignore_ascii_case(&query));
            *code = named.or(fitting.first()).copied().unwrap_or(*code);
        }
        egui::ScrollArea::vertical().max_height(150.0).auto_shrink([false, false]).show(ui, |ui| {
            if fitting.is_empty() {
                note(ui, "No opcode has this in its name or its description.", t.text_soft);
            }
            for c in fitting {
                let info = c.info();
                ui.horizontal(|ui| {
                    let name = RichText::new(info.name).font(fonts::mono()).color(t.class(info.class));
                    let text = (name, egui::Atom::grow());
                    let button = egui::Button::selectable(c == *code, text).min_size(vec2(160.0, 18.0));
                    let r = ui.add(button.wrap_mode(egui::TextWrapMode::Extend));
                    if r.clicked() {
                        *code = c;
                    }
                    if typed && c == *code {
                        r.scroll_to_me(None);
                    }
                    ui.add(
                        egui::Label::new(RichText::new(info.doc).font(fonts::small()).color(t.text_soft)).truncate(),
                    );
                });
            }
        });
        ui.add_space(theme::GAP_S);
        if code.info().arg != ArgKind::None {
            let mut typed = true;
            field(ui, code.name(), text, expects(code.info().arg), &mut typed);
        }
        let at = if *behind { around.end } else { around.start };
        let made = encode_op(*code, text).map(|with| Edit::new(*place, Span::at(at, 0), with));
        preview(ui, &made);
        buttons(ui, "Insert", made, out)
    }
}

/// The bytes of the selected op, or the selected bytes.
fn around(view: &View<'_>) -> Option<Span> {
    let s = view.selection()?;
    let op = s.op.and_then(|op| view.stream?.op(op)).map(|op| op.span);
    match (op, s.span) {
        (Some(op), Some(span)) if op.covers(span) => Some(op),
        (op, span) => span.or(op),
    }
}

fn title(ui: &mut Ui, text: &str, of: &str) {
    let t = Tokens::of(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new(text).font(fonts::title()).color(t.text_strong));
        ui.label(RichText::new(of).font(fonts::mono()).color(t.text_soft));
    });
    ui.add_space(theme::GAP);
}

fn note(ui: &mut Ui, text: &str, color: Color32) {
    ui.label(RichText::new(text).font(fonts::small()).color(color));
}

/// The name before a field.
fn caption(ui: &mut Ui, text: &str) {
    let t = Tokens::of(ui);
    ui.allocate_ui_with_layout(vec2(84.0, 22.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_width(84.0);
        ui.add(egui::Label::new(RichText::new(text).color(t.text_soft)).truncate());
    });
}

/// A field with its name before it and what it takes beneath.
fn field(ui: &mut Ui, name: &str, text: &mut String, takes: &str, focused: &mut bool) {
    ui.horizontal(|ui| {
        caption(ui, name);
        let edit = egui::TextEdit::singleline(text).font(egui::TextStyle::Monospace).hint_text(takes);
        let r = ui.add(edit.desired_width(f32::INFINITY).margin(vec2(8.0, 5.0)));
        r.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
        if !std::mem::replace(focused, true) {
            r.request_focus();
        }
    });
}

/// Opcodes that take the same sort of argument, to choose from.
fn same_kind(ui: &mut Ui, was: Opcode, code: &mut Opcode) {
    ui.horizontal(|ui| {
        caption(ui, "Opcode");
        let alike: Vec<Opcode> = Opcode::ALL.iter().copied().filter(|c| like(*c, was)).collect();
        ComboBox::from_id_salt("opcode")
            .selected_text(RichText::new(code.name()).font(fonts::mono()))
            .width(220.0)
            .show_ui(ui, |ui| {
                for c in alike {
                    ui.selectable_value(code, c, RichText::new(c.name()).font(fonts::mono()))
                        .on_hover_text(c.info().doc);
                }
            });
    });
    ui.add_space(theme::GAP_S);
}

/// An argument of one can be typed for the other.
fn like(a: Opcode, b: Opcode) -> bool {
    let family = |c: Opcode| match c.info().arg {
        ArgKind::None => (0, c.class()),
        ArgKind::StringNlPair => (1, c.class()),
        _ => (2, c.class()),
    };
    family(a) == family(b)
}

/// The bytes that come of it, or why none do.
fn preview(ui: &mut Ui, made: &Result<Edit, String>) {
    let t = Tokens::of(ui);
    ui.add_space(theme::GAP_S);
    match made {
        Ok(e) => {
            let mut text = String::new();
            for b in e.with.iter().take(SHOWN) {
                _ = write!(text, "{b:02x} ");
            }
            if e.with.len() > SHOWN {
                _ = write!(text, "… {} in all", super::words::exact_size(e.with.len() as u64));
            }
            ui.horizontal(|ui| {
                caption(ui, "Bytes");
                ui.add(egui::Label::new(RichText::new(text).font(fonts::mono()).color(t.accent)).wrap());
            });
        }
        Err(why) => note(ui, why, t.warning),
    }
}

/// The button that does it, and the one that does not. True where the dialog is done.
fn buttons(ui: &mut Ui, verb: &str, made: Result<Edit, String>, out: &mut Vec<Action>) -> bool {
    ui.add_space(theme::GAP);
    let enter = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
    let (mut go, mut stop) = (enter, false);
    ui.horizontal(|ui| {
        go |= ui.add_enabled(made.is_ok(), egui::Button::new(verb)).clicked();
        stop |= ui.button("Cancel").clicked();
    });
    if let (Ok(edit), true) = (made, go) {
        out.push(Action::Edit(edit));
        return true;
    }
    stop
}

fn insert_bytes(
    ui: &mut Ui,
    (place, around): (Place, Span),
    text: &mut String,
    behind: &mut bool,
    out: &mut Vec<Action>,
) -> bool {
    let at = if *behind { around.end } else { around.start };
    title(ui, "Insert bytes", &format!("at {at:#x}"));
    ui.horizontal(|ui| {
        ui.selectable_value(behind, false, "Before the selection");
        ui.selectable_value(behind, true, "Behind it");
    });
    ui.add_space(theme::GAP_S);
    let mut focused = ui.memory(|m| m.focused().is_some());
    field(ui, "Bytes", text, "80 04 95, or characters", &mut focused);
    let with = encode::typed_bytes(text);
    let made = if text.trim().is_empty() {
        Err("Type hexadecimal digits, or characters.".to_owned())
    } else {
        Ok(Edit::new(place, Span::at(at, 0), with))
    };
    preview(ui, &made);
    buttons(ui, "Insert", made, out)
}

fn decode_from(
    ui: &mut Ui,
    view: &View<'_>,
    place: Place,
    at: &mut String,
    (protocol, holds): (&mut Option<u8>, &mut Holding),
    out: &mut Vec<Action>,
) -> bool {
    let t = Tokens::of(ui);
    title(ui, "Decode from here", "");
    let mut focused = ui.memory(|m| m.focused().is_some());
    field(ui, "Offset", at, "0x9a or 154", &mut focused);
    ui.add_space(theme::GAP_S);
    ui.horizontal(|ui| {
        caption(ui, "Protocol");
        ui.selectable_value(protocol, None, "any");
        for n in 0..=5 {
            ui.selectable_value(protocol, Some(n), n.to_string());
        }
    });
    ui.add_space(theme::GAP_S);
    ui.horizontal(|ui| {
        caption(ui, "Stack");
        for (h, name) in [
            (Holding::Nothing, "empty"),
            (Holding::Mark, "a mark"),
            (Holding::Kept, "as it was"),
            (Holding::Unknown, "unknown"),
        ] {
            ui.selectable_value(holds, h, name);
        }
    });
    let says = match holds {
        Holding::Nothing => "A pickle of its own starts here; it is shown apart from the one before.",
        Holding::Mark => "The items of a container whose beginning is lost; shown apart from what stands before.",
        Holding::Unknown => {
            "Shown apart, as behind a fault: what it wants from beneath is supposed, the memo is the one before."
        }
        Holding::Kept => "What lies between is skipped, and the pickle before goes on with its stack and its memo.",
    };
    note(ui, says, t.text_soft);
    let len = view.stream.map_or(0, |s| s.bytes.len());
    let offset = super::words::number(at).filter(|n| *n < len);
    let byte = offset.and_then(|n| view.stream?.bytes.get(n));
    match (offset, byte.map(Opcode::from_byte)) {
        (None, _) => note(ui, &format!("Expected is an offset below {len:#x}."), t.warning),
        (_, Some(Some(code))) => note(ui, &format!("There stands {}.", code.name()), t.text_soft),
        _ => note(ui, "The byte there is no opcode.", t.warning),
    }
    ui.add_space(theme::GAP);
    let enter = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Enter));
    let (mut go, mut stop) = (enter, false);
    ui.horizontal(|ui| {
        go |= ui.add_enabled(offset.is_some(), egui::Button::new("Decode")).clicked();
        stop |= ui.button("Cancel").clicked();
    });
    if let (Some(at), true) = (offset, go) {
        out.push(Action::DecodeFrom { place, start: Some(Start { at, protocol: *protocol, holds: *holds }) });
        return true;
    }
    stop
}

fn unsaved(ui: &mut Ui, view: &View<'_>, docs: &[DocId], then: &Action, out: &mut Vec<Action>) -> bool {
    let t = Tokens::of(ui);
    let names: Vec<&str> =
        docs.iter().filter_map(|d| view.session.document_of(*d)).map(|d| d.title.as_str()).take(6).collect();
    title(ui, "Repairs that are not saved", "");
    ui.label(RichText::new(names.join(", ")).font(fonts::strong()).color(t.text_strong));
    ui.label("holds edits that exist in memory alone. The opened file is as it was.");
    ui.add_space(theme::GAP);
    let mut done = false;
    ui.horizontal(|ui| {
        if let [one] = docs
            && let Some(place) = view.session.unsaved_place(*one)
            && ui.button("Save a copy…").clicked()
        {
            out.push(Action::SaveRepaired { place, to: None, then: Some(Box::new(then.clone())) });
            done = true;
        }
        let verb = match then {
            Action::Quit => "Discard and quit",
            Action::Reload(_) => "Discard and reload",
            _ => "Discard and close",
        };
        if ui.button(RichText::new(verb).color(t.error)).clicked() {
            out.extend(docs.iter().map(|d| Action::Abandon(*d)));
            out.push(then.clone());
            done = true;
        }
        done |= ui.button("Cancel").clicked();
    });
    done
}
