//! Keys: the shortcuts of the command table, as egui knows them.
//! Must never do anything but turn a key into the command that it stands for.

use crate::session::{Action, COMMANDS, Command, Session};
use eframe::egui::{Context, Id, Key, KeyboardShortcut, Modifiers};

/// "Ctrl+Shift+P" as egui knows it.
pub fn parse(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut key = None;
    for part in text.split('+') {
        match part {
            "Ctrl" => modifiers |= Modifiers::COMMAND,
            "Alt" => modifiers |= Modifiers::ALT,
            "Shift" => modifiers |= Modifiers::SHIFT,
            name => key = Some(Key::from_name(name)?),
        }
    }
    Some(KeyboardShortcut::new(modifiers, key?))
}

/// How a command's first key is written in a menu; empty where it has none.
pub fn text(ctx: &Context, command: &Command) -> String {
    command.keys.first().and_then(|k| parse(k)).map_or_else(String::new, |k| ctx.format_shortcut(&k))
}

/// Keys that belong to a text field while one has the keyboard.
fn edits_text(shortcut: &KeyboardShortcut) -> bool {
    let plain = shortcut.modifiers == Modifiers::COMMAND;
    let word = shortcut.modifiers == Modifiers::ALT;
    let redo = shortcut.modifiers == Modifiers::COMMAND | Modifiers::SHIFT;
    plain && matches!(shortcut.logical_key, Key::C | Key::X | Key::V | Key::A | Key::Z | Key::Y | Key::Delete)
        || redo && matches!(shortcut.logical_key, Key::Z | Key::Delete)
        || word && matches!(shortcut.logical_key, Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp)
}

/// To be called by what has the keyboard and knows better what Ctrl+C copies: it gets the event in the next frame.
pub fn copies_itself(ctx: &Context) {
    ctx.data_mut(|d| d.insert_temp(Id::unique("copies itself"), true));
}

/// The actions of the keys pressed in this frame.
pub fn pressed(ctx: &Context, session: &Session, out: &mut Vec<Action>) {
    let typing = ctx.text_edit_focused();
    // Those with more modifiers first: Ctrl+Shift+E is no Ctrl+E.
    let mut all: Vec<(KeyboardShortcut, &Command)> =
        COMMANDS.iter().flat_map(|c| c.keys.iter().filter_map(move |k| Some((parse(k)?, c)))).collect();
    all.sort_by_key(|(k, _)| std::cmp::Reverse(u8::from(k.modifiers.shift) + u8::from(k.modifiers.alt)));
    // egui turns Ctrl+C into an event of its own, and no key is left of it.
    let own = ctx.data_mut(|d| d.remove_temp::<bool>(Id::unique("copies itself"))).is_some();
    let copied = !typing
        && !own
        && ctx.input_mut(|i| {
            let n = i.events.len();
            i.events.retain(|e| !matches!(e, eframe::egui::Event::Copy));
            n != i.events.len()
        });
    if copied {
        out.push(Action::Command("copy.value"));
    }
    for (shortcut, command) in all {
        if typing && edits_text(&shortcut) || !(command.enabled)(session) {
            continue;
        }
        if ctx.input_mut(|i| i.consume_shortcut(&shortcut)) {
            out.push(Action::Command(command.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_known() {
        for c in COMMANDS {
            for k in c.keys {
                assert!(parse(k).is_some(), "{k} of {}", c.id);
            }
        }
        assert_eq!(parse("Alt+Left"), Some(KeyboardShortcut::new(Modifiers::ALT, Key::ArrowLeft)));
        assert_eq!(parse("Ctrl+Plus").unwrap().logical_key, Key::Plus);
        assert_eq!(parse("Ctrl+Nothing"), None);
    }
}
