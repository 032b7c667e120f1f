//! The dtype's constructor and each element of its state, in words.
//! Source: NumPy `descriptor.c`, `arraydescr_reduce` and `arraydescr_setstate`.

use super::super::numpy::dtype::{Parts as DTypeParts, read as read_dtype};
use super::super::types::{Column, Cx, Explanation, Slot};
use super::super::{children, counted, repr};
use super::{SHOWN, column as grid, nothing, ops_of, reduce, slot, wrong};
use crate::machine::Handle;

/// Fields that get a row of their own.
const FIELDS: u64 = 40;

/// A dtype that stands alone.
pub(super) fn explain(cx: &Cx<'_>, h: Handle, parts: &DTypeParts) -> Explanation {
    let protocol = cx.protocol_of(h);
    let sentence = match read_dtype(cx, h) {
        Ok(d) => format!(
            "The dtype {}: what an element of {} means. Written at protocol {protocol}: Python calls numpy.dtype with its code, then gives it the rest as state.",
            d.dtype.name(),
            counted(d.dtype.item_size, "byte"),
        ),
        Err(why) => format!("A dtype that makes no sense: {why}"),
    };
    let mut columns = Vec::new();
    if let Some(call) = cx.call(h) {
        columns.push(reduce::column(cx, h, call));
    }
    columns.push(column(cx, h, parts));
    Explanation { sentence, columns }
}

/// The column of a dtype.
pub(super) fn column(cx: &Cx<'_>, h: Handle, p: &DTypeParts) -> Column {
    let read = read_dtype(cx, h);
    let args = cx.call(h).map_or_else(String::new, |c| repr(cx, c.args, SHOWN));
    let mut rows = Vec::new();
    if let Some(code) = p.code {
        let meaning = cx.name(code).map_or_else(|| "a class: a dtype of its own".to_owned(), |c| code_words(&c));
        rows.push(slot(cx, "", "code", code, meaning));
    }
    if let Some(align) = p.align {
        rows.push(slot(cx, "", "align", align, "whether fields were padded as C would; not asked for here"));
    }
    if let Some(copy) = p.copy {
        rows.push(slot(cx, "", "copy", copy, "make a new object, since the state changes it"));
    }
    if p.state.is_none() {
        rows.push(nothing("", "state", "none", "the code alone says everything"));
    } else {
        state(cx, p, &mut rows, read.as_ref().ok().map(|d| d.dtype.item_size));
    }
    if let Err(why) = &read {
        let row = nothing("", "as a whole", "", "");
        rows.push(wrong(row, why.clone()));
    } else if let Ok(d) = &read {
        for (at, note) in d.notes.iter().take(8) {
            match rows.iter_mut().find(|r| r.handle == Some(*at)) {
                Some(row) => {
                    row.meaning = if row.meaning.is_empty() { note.clone() } else { format!("{}; {note}", row.meaning) }
                }
                None => rows.push(slot(cx, "", "note", *at, note.clone())),
            }
        }
    }
    let subtitle = format!("numpy.dtype{args}{}", if p.state.is_some() { ", then this state" } else { "" });
    grid("DTYPE STATE", subtitle, rows, ops_of(cx, h))
}

fn state(cx: &Cx<'_>, p: &DTypeParts, rows: &mut Vec<Slot>, item_size: Option<u64>) {
    let mut number = 0_u64;
    let mut next = || {
        let n = number.to_string();
        number += 1;
        n
    };
    if let Some(v) = p.version_at {
        let row = slot(cx, next(), "version", v, "");
        rows.push(match (p.version, cx.int(v)) {
            (Some(3), _) => Slot { meaning: "of this state's layout: 3 has flags and no metadata".into(), ..row },
            (Some(4), _) => Slot { meaning: "of this state's layout: 4 has metadata at the end".into(), ..row },
            (Some(n), _) => Slot { meaning: format!("of this state's layout: {n} is from before NumPy 1.0.4"), ..row },
            (None, Some(n)) => wrong(row, format!("version {n} does not go with this many elements: NumPy refuses it")),
            (None, None) => wrong(row, "not a number: NumPy refuses it"),
        });
    }
    if let Some(o) = p.order {
        let row = slot(cx, next(), "byte order", o, "");
        let words = match cx.name(o).as_deref() {
            Some("<") => "little-endian: the least byte first",
            Some(">") => "big-endian: the greatest byte first",
            Some("|") => "does not apply",
            Some("=") => "that of the machine which reads it: the file does not say which wrote it",
            Some(_) => "unknown: NumPy takes the machine's own",
            None => "",
        };
        rows.push(if words.is_empty() { wrong(row, "not a character") } else { Slot { meaning: words.into(), ..row } });
    }
    if let Some(s) = p.subdtype {
        let words = if cx.is_none(s) { "not a subarray" } else { "each item is an array: (its dtype, its shape)" };
        rows.push(slot(cx, next(), "subdtype", s, words));
    }
    if let Some(n) = p.names {
        let words = if cx.is_none(n) {
            "not structured".to_owned()
        } else {
            format!("{}, in this order", counted(cx.count(n).unwrap_or(0), "field"))
        };
        rows.push(slot(cx, next(), "names", n, words));
    }
    if let Some(f) = p.fields {
        let number = next();
        if cx.is_none(f) {
            rows.push(slot(cx, number, "fields", f, "not structured"));
        } else {
            rows.push(slot(
                cx,
                number,
                "fields",
                f,
                "each name's dtype, its offset in bytes, and a title where it has one",
            ));
            let all = children(cx, f);
            for child in (0..all.len().min(FIELDS)).map_while(|i| all.get(i)) {
                let name = child.label.trim_start_matches('[').trim_end_matches(']').to_owned();
                let words = match (cx.nth(child.handle, 0), cx.nth(child.handle, 1).and_then(|o| cx.int(o))) {
                    (Some(d), Some(at)) => match read_dtype(cx, d) {
                        Ok(d) => format!("{} at byte {at}", d.dtype.name()),
                        Err(why) => why,
                    },
                    _ => String::new(),
                };
                rows.push(Slot { level: 1, ..slot(cx, "", &name, child.handle, words) });
            }
        }
    }
    let says = item_size.map_or_else(String::new, |n| format!(": {n}"));
    for (part, name, what) in [
        (p.item_size, "item size", "bytes of an item"),
        (p.alignment, "alignment", "bytes that its address is a multiple of"),
    ] {
        if let Some(h) = part {
            let words = match cx.int(h) {
                Some(-1) if name == "item size" => format!("−1: the code says{says}"),
                Some(-1) => "−1: the code says".to_owned(),
                _ => what.to_owned(),
            };
            rows.push(slot(cx, next(), name, h, words));
        }
    }
    if let Some(f) = p.flags {
        let words = cx.int(f).map_or_else(|| "not a number".to_owned(), flag_words);
        rows.push(slot(cx, next(), "flags", f, words));
    }
    match p.metadata {
        Some(m) => {
            let words = if let Some([_, unit]) = cx.exactly::<2>(m)
                && cx.sequence(unit).is_some()
            {
                let of = |i| cx.nth(unit, i).and_then(|h| cx.int(h)).unwrap_or(1);
                let name = cx.nth(unit, 0).and_then(|h| cx.name(h)).unwrap_or_default();
                format!(
                    "a tick is {} {name}{}; the last number is not used since NumPy 1.7",
                    of(1),
                    if of(2) > 1 { format!(" / {}", of(2)) } else { String::new() }
                )
            } else {
                "the dtype's own dict of notes".to_owned()
            };
            rows.push(slot(cx, next(), "metadata", m, words));
        }
        None => rows.push(nothing(next(), "metadata", "absent", "")),
    }
}

/// A dtype code in words.
fn code_words(code: &str) -> String {
    let mut chars = code.chars();
    let letter = chars.next().unwrap_or(' ');
    let size: Option<u64> = chars.as_str().parse().ok();
    let bytes = |what: &str| size.map_or_else(|| what.to_owned(), |n| format!("{what}, {}", counted(n, "byte")));
    match letter {
        'b' => "true or false, one byte".to_owned(),
        'i' => bytes("signed integer"),
        'u' => bytes("unsigned integer"),
        'f' => bytes("float"),
        'c' => bytes("complex: two floats, together"),
        'S' | 'a' => bytes("bytes padded with zeros"),
        'U' => size.map_or_else(|| "text".to_owned(), |n| format!("text of {}, 4 bytes each", counted(n, "character"))),
        'V' => bytes("raw bytes, or a structure"),
        'O' => "Python objects: the array is a list of them".to_owned(),
        'M' => "a moment: ticks since 1970; the metadata says the tick".to_owned(),
        'm' => "a span of time in ticks; the metadata says the tick".to_owned(),
        'T' => "text of any length".to_owned(),
        _ => String::new(),
    }
}

/// The bits of the flags. Source: `ndarraytypes.h`, `NPY_ITEM_REFCOUNT` and its neighbours.
fn flag_words(flags: i64) -> String {
    const BITS: &[(i64, &str)] = &[
        (0x01, "holds references"),
        (0x02, "pickled as a list"),
        (0x04, "holds pointers"),
        (0x08, "needs initialising"),
        (0x10, "needs Python"),
        (0x20, "read item by item"),
        (0x40, "written item by item"),
        (0x80, "aligned as a C struct"),
    ];
    // NumPy 1 wrote the byte signed: −112 is 144
    let bits = flags & 0xff;
    let words: Vec<&str> = BITS.iter().filter(|(b, _)| bits & b != 0).map(|(_, w)| *w).collect();
    let mut text = if words.is_empty() { "plain memory".to_owned() } else { words.join(", ") };
    if flags < 0 {
        text.push_str("; negative as NumPy 1 wrote it (NumPy 2 reads it without the alignment)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_flags_are_spelt_out() {
        assert_eq!(code_words("f8"), "float, 8 bytes");
        assert_eq!(code_words("U5"), "text of 5 characters, 4 bytes each");
        assert_eq!(flag_words(0), "plain memory");
        assert!(flag_words(63).starts_with("holds references, pickled as a list"));
        assert!(flag_words(-112).contains("aligned as a C struct"));
    }
}
