//! The report for people: what is it, is it whole, is it safe; then the arrays, the imports and the problems.
//! Plain text of at most about 100 columns; whatever comes out of the file is escaped.

use super::{ArrayReport, PickleReport, Report, shown};
use crate::interpret::{LIST_VERSION, counted, grouped};
use std::fmt::Write;

/// Columns of running text.
const WIDTH: usize = 96;
/// Columns of the words before it.
const LABEL: usize = 10;
/// Rows of a table; the rest is counted.
const ROWS: usize = 200;

pub(super) fn text(r: &Report) -> String {
    let mut out = String::new();
    let through = if r.container.is_empty() { String::new() } else { format!(", {}", r.container.join(" > ")) };
    _ = writeln!(out, "{}: {}{through}", shown(&r.file, 300), counted(r.bytes, "byte"));
    match r.pickles.len() {
        0 if r.arrays.is_empty() => line(&mut out, "", "It holds no pickle."),
        0 => {}
        1 => {}
        n => {
            let parts = r.pickles.iter().filter(|p| p.behind.is_some()).count();
            let pickles = if n - parts == 1 { "a pickle".to_owned() } else { format!("{} pickles", n - parts) };
            let rest = match parts {
                0 => "",
                1 => ", damaged; it goes on behind the fault",
                _ => ", damaged; it goes on behind the faults",
            };
            line(&mut out, "", &format!("It holds {pickles}{rest}."));
        }
    }
    for d in &r.problems {
        problem(&mut out, d.severity.name(), d.code, d.span.start, d.span.end, &d.message, &d.hint);
    }
    if !r.arrays.is_empty() {
        rows(&mut out, "Arrays without a pickle", &r.arrays);
    }
    for (n, p) in r.pickles.iter().enumerate() {
        out.push('\n');
        if r.pickles.len() > 1 || !p.name.is_empty() {
            let name = if p.name.is_empty() { String::new() } else { format!(" {}", shown(&p.name, 80)) };
            let guess = if p.behind.is_some() { ", behind the fault: a guess" } else { "" };
            _ = writeln!(out, "#{n}{name}{guess}");
        }
        pickle(&mut out, p);
    }
    if r.partial {
        out.push('\n');
        line(&mut out, "", "The file has more values than are searched for arrays: there may be more of them.");
    }
    out
}

fn pickle(out: &mut String, p: &PickleReport) {
    let size = counted(p.end.saturating_sub(p.start), "byte");
    let from = if p.start > 0 { format!(" from offset {}", grouped(p.start)) } else { String::new() };
    let what = match &p.root {
        Some((kind, short)) if short.starts_with(kind.as_str()) => shown(short, 200),
        Some((kind, short)) => format!("{}: {}", shown(kind, 80), shown(short, 200)),
        None => "nothing that could be read".to_owned(),
    };
    line(out, "Holds", &what);
    let ops = counted(u64::from(p.ops), "opcode");
    line(out, "Pickle", &format!("protocol {}, {ops}, {size}{from}", p.protocol));
    for h in &p.skipped {
        line(out, "Behind", &format!("{}, {}", shown(&h.what, 300), counted(h.end.saturating_sub(h.offset), "byte")));
    }
    line(out, "Whole", &whole(p));
    line(out, "Safe", &safe(p));
    for l in &p.libraries {
        line(out, "Library", &l.says);
    }
    if !p.arrays.is_empty() {
        rows(out, "Arrays", &p.arrays);
    }
    if !p.globals.is_empty() {
        globals(out, p);
    }
    if !p.problems.is_empty() {
        heading(out, "Problems", p.problems.len());
        for d in p.problems.iter().take(ROWS) {
            problem(out, d.severity, d.code, d.offset, d.end, &d.message, &d.hint);
        }
        more(out, p.problems.len());
    }
}

fn whole(p: &PickleReport) -> String {
    let raises = p.python.as_ref().map(|e| format!("{}: {}", e.kind, shown(e.message.trim_end(), 300)));
    match (p.complete, raises) {
        _ if p.behind.is_some() => "no: the rest of a pickle that is damaged before".to_owned(),
        (true, None) => "yes".to_owned(),
        (true, Some(e)) => format!("yes; yet a plain pickle.load raises {e}"),
        (false, Some(e)) => format!("no; pickle.load raises {e}"),
        (false, None) => "no; yet pickle.load returns".to_owned(),
    }
}

fn safe(p: &PickleReport) -> String {
    let worst: Vec<&str> = p.globals.iter().filter(|g| g.verdict == p.verdict).map(|g| g.name.as_str()).collect();
    let names: Vec<String> = worst.iter().take(4).map(|n| shown(n, 60)).collect();
    let rest = if worst.len() > 4 { format!(" and {} more", worst.len() - 4) } else { String::new() };
    match p.verdict {
        "safe" if p.globals.is_empty() => "yes: it imports nothing".to_owned(),
        "safe" => format!("yes: all it imports is on the reviewed list (version {LIST_VERSION})"),
        "dangerous" => format!("NO, dangerous: loading would import {}{rest}", names.join(", ")),
        _ if names.is_empty() => "not known: it could not be read to its end".to_owned(),
        _ => format!("not known: it imports {}{rest}, which no list tells of", names.join(", ")),
    }
}

fn rows(out: &mut String, title: &str, arrays: &[ArrayReport]) {
    heading(out, title, arrays.len());
    let rows: Vec<[String; 5]> = arrays.iter().take(ROWS).map(row).collect();
    let width = |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    for r in &rows {
        let mut text = "  ".to_owned();
        for (cell, width) in r.iter().zip(&widths) {
            _ = write!(text, "{cell}{}  ", " ".repeat(width.saturating_sub(cell.chars().count())));
        }
        _ = writeln!(out, "{}", text.trim_end());
    }
    more(out, arrays.len());
}

fn row(a: &ArrayReport) -> [String; 5] {
    let dtype = match &a.dtype {
        serde_json::Value::String(s) => shown(s, 40),
        fields => format!("{} fields", fields.as_array().map_or(0, Vec::len)),
    };
    let order = if a.order == "C" { String::new() } else { format!("{} order", a.order) };
    let cut = if a.complete {
        order
    } else {
        format!("{order}{}not all of it is there", if order.is_empty() { "" } else { ", " })
    };
    let path = if a.path.is_empty() { "the root".to_owned() } else { shown(&a.path, 60) };
    [path, a.kind.clone(), dtype, shape_text(&a.shape), cut]
}

fn shape_text(shape: &[u64]) -> String {
    match shape {
        [] => "0-d".to_owned(),
        _ => shape.iter().map(|d| grouped(*d)).collect::<Vec<_>>().join(" × "),
    }
}

fn globals(out: &mut String, p: &PickleReport) {
    heading(out, "Imports", p.globals.len());
    let rank = |v: &str| match v {
        "dangerous" => 0,
        "unknown" => 1,
        _ => 2,
    };
    let mut all: Vec<_> = p.globals.iter().collect();
    all.sort_by_key(|g| rank(g.verdict));
    let width = all.iter().take(ROWS).map(|g| shown(&g.name, 60).chars().count()).max().unwrap_or(0);
    for g in all.into_iter().take(ROWS) {
        let name = shown(&g.name, 60);
        let pad = " ".repeat(width.saturating_sub(name.chars().count()));
        let called = match (g.called, g.verdict) {
            (true, "safe") => "called".to_owned(),
            (true, _) => format!("called with {}", shown(&g.with, 100)),
            (false, _) => "not called".to_owned(),
        };
        let row = format!("  {:<9}  {name}{pad}  {called}", g.verdict);
        _ = writeln!(out, "{}", row.trim_end());
        if g.verdict != "safe" && !g.why.is_empty() {
            wrapped(out, &" ".repeat(13), &shown(&g.why, 300));
        }
    }
    more(out, p.globals.len());
}

fn problem(out: &mut String, severity: &str, code: &str, offset: u64, end: u64, message: &str, hint: &str) {
    let at = if end > offset + 1 { format!("{offset} to {end}") } else { offset.to_string() };
    _ = writeln!(out, "  {severity} {code}, at {at}");
    wrapped(out, "    ", &shown(message, 500));
    if !hint.is_empty() {
        wrapped(out, "    ", &shown(hint, 500));
    }
}

fn heading(out: &mut String, title: &str, n: usize) {
    _ = writeln!(out, "\n{title} ({})", grouped(n as u64));
}

fn more(out: &mut String, n: usize) {
    if let Some(rest) = n.checked_sub(ROWS).filter(|r| *r > 0) {
        _ = writeln!(out, "  and {} more; report --json lists all", grouped(rest as u64));
    }
}

/// A label and running text beside it.
fn line(out: &mut String, label: &str, text: &str) {
    if label.is_empty() {
        return wrapped(out, "", text);
    }
    let indent = " ".repeat(LABEL);
    let mut body = String::new();
    wrapped(&mut body, &indent, text);
    let rest = body.get(LABEL..).unwrap_or("");
    _ = write!(out, "{label:<LABEL$}{rest}");
}

fn wrapped(out: &mut String, indent: &str, text: &str) {
    let mut column = 0;
    for word in text.split(' ') {
        let n = word.chars().count();
        if column > 0 && indent.len() + column + 1 + n > WIDTH {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.push_str(indent);
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += n.max(1);
    }
    out.push('\n');
}
