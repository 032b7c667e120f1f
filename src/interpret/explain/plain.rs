//! What needs no reduce tuple: built-in values with opcodes of their own, globals, and references to the outside.

use super::super::types::{Cx, Explanation, Slot};
use super::super::{counted, meaning};
use super::{column as grid, known, nothing, ops_of, slot};
use crate::machine::{Handle, Node};

pub(super) fn explain(cx: &Cx<'_>, h: Handle) -> Explanation {
    let protocol = cx.protocol_of(h);
    let op = cx.made(h);
    let opcode = op.map_or("?", |o| o.code.name());
    let m = meaning(cx, h);
    let (title, subtitle, sentence, mut rows) = match cx.node(h) {
        Some(Node::Global { .. }) => global(cx, h, protocol),
        Some(Node::Persistent(pid)) => {
            let rows = pid
                .map(|p| slot(cx, "", "persistent id", p, "what the program that loads this looks up"))
                .into_iter()
                .collect();
            let s = format!(
                "A reference to something outside the pickle, by a persistent id ({opcode}): only the program that wrote it knows what it stands for."
            );
            ("PERSISTENT ID", "not in the file", s, rows)
        }
        Some(Node::Extension(code)) => {
            let s = format!(
                "Extension code {code}: an entry of copyreg's registry, which the program that loads this must hold. The file alone does not say what it is."
            );
            let range = match code {
                1..=127 => "reserved for the standard library",
                128..=191 => "reserved for Zope",
                192..=239 => "for third parties",
                240..=255 => "for private use",
                _ => "beyond the reserved ranges",
            };
            let row = Slot { value: code.to_string(), meaning: range.to_owned(), ..slot(cx, "", "code", h, "") };
            ("EXTENSION CODE", "copyreg.add_extension", s, vec![row])
        }
        Some(Node::Lost) => {
            let s = "It was made before the fault and is not known: the opcodes behind the fault take or fetch it."
                .to_owned();
            ("LOST", "before the fault", s, Vec::new())
        }
        Some(Node::Buffer(n)) => {
            let s = format!(
                "Out-of-band buffer {n} (PEP 574): its bytes lie beside the pickle, and a loader hands them in."
            );
            ("OUT-OF-BAND BUFFER", "not in the file", s, Vec::new())
        }
        _ => {
            let s = format!(
                "{} {}: the pickle machine makes it by its own opcode{}, so no reduce tuple is needed.",
                article(&m.kind),
                m.kind,
                if opcode == "?" { String::new() } else { format!(" {opcode}") }
            );
            ("WRITTEN DIRECTLY", "no call, no import", s, direct(cx, h))
        }
    };
    if let Some(op) = op {
        rows.insert(
            0,
            Slot {
                name: "opcode".to_owned(),
                value: opcode.to_owned(),
                meaning: op.code.info().doc.to_owned(),
                span: Some(op.span),
                op: Some(cx.stream.graph.made(h)),
                ..Slot::default()
            },
        );
    }
    if cx.stream.is_shared(h) {
        rows.push(nothing("", "shared", "yes", "the memo hands it out again: several places hold the same object"));
    }
    Explanation { sentence, columns: vec![grid(title, subtitle, rows, ops_of(cx, h))] }
}

type Told = (&'static str, &'static str, String, Vec<Slot>);

fn global(cx: &Cx<'_>, h: Handle, protocol: u8) -> Told {
    let name = cx.qualified(h).unwrap_or_default();
    let mut rows = Vec::new();
    if let Some((module, inner)) = cx.written_name(h) {
        rows.push(nothing("", "module", module, "a loader imports it"));
        rows.push(nothing("", "name", inner, "and looks this up in it"));
        if let Some(now) = cx.global(h).filter(|now| *now != (module, inner)) {
            rows.push(nothing("", "in Python 3", &format!("{}.{}", now.0, now.1), "the same thing under today's name"));
        }
        if let Some(words) = known::callable(module, inner) {
            rows.push(nothing("", "when called", words, ""));
        }
    }
    let s = format!(
        "{name}, by name alone, at protocol {protocol}: what __reduce__ returns as a string. A loader imports the module and fetches the name; nothing else of it is in the file."
    );
    ("GLOBAL", "a name to import", s, rows)
}

/// What an own opcode says of a value.
fn direct(cx: &Cx<'_>, h: Handle) -> Vec<Slot> {
    let items = |n: u64, what: &str, how: &str| vec![nothing("", "items", &counted(n, what), how)];
    match cx.node(h) {
        Some(Node::List(i)) => items(i.len(), "item", "APPEND and APPENDS put them in, up to 1,000 at a time"),
        Some(Node::Dict(i)) => items(i.len() / 2, "entry", "SETITEM and SETITEMS put them in, up to 1,000 at a time"),
        Some(Node::Set(i)) => items(i.len(), "item", "ADDITEMS puts them in"),
        Some(Node::Tuple(i)) => items(i.len(), "item", "taken from the stack at once: a tuple cannot grow"),
        Some(Node::FrozenSet(i)) => items(i.len(), "item", "taken from the stack at once"),
        Some(_) => Vec::new(),
        None => vec![slot(cx, "", "value", h, "")],
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'e', 'i', 'o']) { "An" } else { "A" }
}
