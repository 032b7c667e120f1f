//! The reduce tuple, all six slots, rebuilt from the opcodes that stand for it; and the state of any object.

use super::super::repr::repr_brief;
use super::super::types::{Column, Cx, Slot};
use super::super::{children, counted};
use super::{RAW, SHOWN, column as grid, known, nothing, ops_of, slot};
use crate::machine::{Call, CallKind, Handle, Node};

/// Entries of a state that get a row of their own.
const ENTRIES: u64 = 40;

/// The sentence above the columns of an object that is no array.
pub(super) fn sentence(cx: &Cx<'_>, h: Handle, call: &Call, kind: &str) -> String {
    let protocol = cx.protocol_of(h);
    let name = cx.qualified(call.callable).unwrap_or_else(|| "what lies on the stack".to_owned());
    let how = match call.kind {
        CallKind::Reduce => format!("Python calls {name} with the arguments below"),
        CallKind::NewObj | CallKind::NewObjEx => {
            format!("Python makes an empty {name} by its __new__, without calling __init__")
        }
        CallKind::Inst | CallKind::Obj => format!("Python makes an instance of the old-style class {name}"),
    };
    let mut then = Vec::new();
    if !call.states.is_empty() {
        then.push("gives it the state");
    }
    if !call.list_items.is_empty() {
        then.push("appends the items");
    }
    if !call.dict_items.is_empty() {
        then.push("sets the keys");
    }
    let then = match then.as_slice() {
        [] => String::new(),
        all => format!(", then {}", all.join(" and ")),
    };
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "An" } else { "A" };
    format!("{article} {kind}, written at protocol {protocol}: {how}{then}. Nothing of it is run here.")
}

/// The six slots of what `__reduce__` returned.
pub(super) fn column(cx: &Cx<'_>, h: Handle, call: &Call) -> Column {
    let (function, with) = callable(cx, call);
    let mut rows = vec![function];
    rows.extend(with);
    rows.extend(before_2_3(cx, h, call));
    rows.extend(given(cx, call));
    let mut footer = ops_of(cx, h);
    if let Some(state) = call.states.last() {
        let verb = if state.setter.is_some() { "state setter" } else { "BUILD" };
        let at = cx.op(state.op).map_or(0, |op| op.span.start);
        footer.push_str(&format!(" · {verb} at {at:#x}"));
    }
    grid("REDUCE TUPLE", "how Python rebuilds this object", rows, footer)
}

/// What a loader of before Python 2.3 asked for: of pickles that it can read at all.
fn before_2_3(cx: &Cx<'_>, h: Handle, call: &Call) -> Option<Slot> {
    let (module, name) = cx.written_name(call.callable)?;
    // Names of Python 2: what only Python 3 has was never put to the question.
    let old = !matches!(module, "builtins" | "copyreg") && cx.protocol_of(h) < 2 && call.kind == CallKind::Reduce;
    let class =
        matches!((module, name), ("__builtin__", "object" | "int" | "str" | "float" | "list" | "dict" | "tuple"));
    (old && !class).then(|| {
        let meaning = "a loader of before 2.3 went on only where the callable was a class, was registered with \
                       copy_reg.constructor, or had a true attribute __safe_for_unpickling__";
        nothing("", "before 2.3", "asked if safe", meaning)
    })
}

fn callable(cx: &Cx<'_>, call: &Call) -> (Slot, Vec<Slot>) {
    let global = cx.global(call.callable);
    let known = global.and_then(|(m, n)| known::callable(m, n));
    let mut function = slot(cx, "0", "callable", call.callable, known.unwrap_or("what is called with the arguments"));
    if let Some(name) = cx.qualified(call.callable) {
        function.value = name;
    }
    if let (Some(written), Some(now)) = (cx.written_name(call.callable), global)
        && written != now
    {
        function.meaning.push_str(&format!(" (written as {} {}, its name in Python 2)", written.0, written.1));
    }
    let count = cx.args(call).len();
    let args_meaning = match (global.map(|(_, n)| n), call.kind) {
        (Some("_reconstruct" | "_mareconstruct"), _) => "class, a placeholder shape and a placeholder dtype".to_owned(),
        (Some("_frombuffer"), _) => "buffer, dtype, shape, order".to_owned(),
        _ if count == 0 => "nothing".to_owned(),
        _ => counted(count, "argument"),
    };
    let args_meaning = if call.kind == CallKind::Reduce && cx.is_none(call.args) {
        // Python 2.2, pickle.py load_reduce.
        "no tuple: before Python 2.3 this meant callable.__basicnew__(), an empty object without its __init__; later \
         loaders refuse it"
            .to_owned()
    } else {
        args_meaning
    };
    let mut args = slot(cx, "1", "args", call.args, args_meaning);
    let mut more = Vec::new();
    match call.kind {
        CallKind::Reduce => {}
        CallKind::NewObj | CallKind::NewObjEx => {
            let class = function;
            let name = if call.kind == CallKind::NewObj { "__newobj__" } else { "__newobj_ex__" };
            function = Slot {
                slot: "0".to_owned(),
                name: "callable".to_owned(),
                value: format!("copyreg.{name}"),
                meaning: known::callable("copyreg", name).unwrap_or_default().to_owned(),
                ..Slot::default()
            };
            let inner = repr_brief(cx, call.args, SHOWN, RAW);
            let inner = inner.trim_start_matches('(').trim_end_matches([')', ',']);
            let comma = if inner.is_empty() { "," } else { ", " };
            args.value = match call.kwargs {
                Some(kw) => format!(
                    "({}, {}, {})",
                    class.value,
                    repr_brief(cx, call.args, SHOWN, RAW),
                    repr_brief(cx, kw, SHOWN, RAW)
                ),
                None => format!("({}{comma}{inner})", class.value),
            };
            args.meaning = "the class, then what its __new__ gets".to_owned();
            more.push(Slot {
                name: "class".to_owned(),
                slot: String::new(),
                level: 1,
                meaning: String::new(),
                ..class
            });
        }
        CallKind::Inst | CallKind::Obj => {
            "class".clone_into(&mut function.name);
            "an old-style class of Python 2".clone_into(&mut function.meaning);
            if count == 0 {
                "no arguments: __init__ is not called".clone_into(&mut args.meaning);
            }
        }
    }
    let items = cx.args(call);
    let rows = (0..count.min(8)).filter_map(|i| {
        let h = cx.item(items, i)?;
        Some(Slot { level: 1, ..slot(cx, "", &format!("args[{i}]"), h, argument(global, i)) })
    });
    let mut out = vec![args];
    out.extend(more);
    if call.kwargs.is_none() {
        out.extend(rows);
    }
    (function, out)
}

/// What argument `i` of a known callable is.
fn argument(global: Option<(&str, &str)>, i: u64) -> &'static str {
    let Some((module, name)) = global else { return "" };
    let all: &[&str] = match (module, name) {
        (_, "_reconstruct") if module.starts_with("numpy") => {
            &["the class", "a placeholder: the state brings the shape", "a placeholder: the state brings the dtype"]
        }
        (_, "_mareconstruct") => &["the class", "the class of its data", "a placeholder shape", "a placeholder dtype"],
        (_, "_frombuffer") => &[
            "the raw elements",
            "what an element is",
            "elements along each axis",
            "C: the last axis runs fastest; F: the first",
            "the order of the axes",
        ],
        (_, "scalar") if module.starts_with("numpy") => &["what the bytes mean", "the bytes of the element"],
        ("array", "_array_reconstructor") => &[
            "the class",
            "the type code of the array module",
            "the machine format: kind, size and byte order of an item",
            "the raw items",
        ],
        ("copyreg" | "copy_reg", "_reconstructor") => {
            &["the class", "the nearest built-in class it derives from", "what that class is made from"]
        }
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => &[
            "the storage that holds the elements",
            "its first element, counted in elements",
            "elements along each axis",
            "elements from one to the next along each axis",
            "whether gradients are kept",
            "hooks: none are ever saved",
        ],
        ("torch._utils", "_rebuild_parameter") => {
            &["the tensor", "whether gradients are kept", "hooks: none are saved"]
        }
        ("_codecs", "encode") => {
            &["text whose characters are the bytes", "the codec: each character below 256 becomes one byte"]
        }
        _ => &[],
    };
    usize::try_from(i).ok().and_then(|i| all.get(i)).copied().unwrap_or("")
}

/// Slots 2 to 5.
fn given(cx: &Cx<'_>, call: &Call) -> Vec<Slot> {
    let state = call.states.last();
    let mut rows = vec![match state {
        Some(s) => {
            let items = cx.tuple(s.value).map(crate::machine::Items::len);
            let meaning = match (items, cx.node(s.value)) {
                (Some(n), _) => format!("{} → __setstate__", counted(n, "item")),
                (None, Some(Node::Dict(d))) => {
                    format!("{} → __setstate__ or the object's __dict__", counted(d.len() / 2, "attribute"))
                }
                _ => "→ __setstate__".to_owned(),
            };
            slot(cx, "2", "state", s.value, meaning)
        }
        None => nothing("2", "state", "none", "the object is done without one"),
    }];
    if call.states.len() > 1
        && let Some(first) = rows.first_mut()
    {
        first.meaning.push_str(&format!("; {} states were given, this is the last", call.states.len()));
    }
    let items = |n: u64, number: &str, name: &str, what: &str, how: &str| {
        if n == 0 { nothing(number, name, "none", "") } else { nothing(number, name, &counted(n, what), how) }
    };
    rows.push(items(call.list_items.len(), "3", "list items", "item", "appended one by one, or by extend"));
    rows.push(items(call.dict_items.len() / 2, "4", "dict items", "key", "set as object[key] = value"));
    rows.push(match state.and_then(|s| s.setter) {
        Some(setter) => {
            slot(cx, "5", "state setter", setter, "called with the object and the state, in place of __setstate__")
        }
        None => nothing("5", "state setter", "none", ""),
    });
    rows
}

/// The state of any object: attributes, slots, or whatever its `__setstate__` takes.
pub(super) fn state_column(cx: &Cx<'_>, _h: Handle, call: &Call) -> Option<Column> {
    let state = call.states.last()?.value;
    let mut rows = Vec::new();
    let subtitle = match (cx.node(state), cx.exactly::<2>(state)) {
        (Some(Node::Dict(_)), _) => {
            entries(cx, state, &mut rows, "attribute");
            "attributes: they go into the object's __dict__, unless its class has __setstate__"
        }
        // BUILD, Modules/_pickle.c load_build: (dict or None, slots or None)
        (Some(Node::Tuple(_)), Some([dict, slots])) if pair_of_dicts(cx, dict, slots) => {
            for (n, part, what) in [("0", dict, "attribute"), ("1", slots, "slot")] {
                if cx.is_none(part) {
                    rows.push(slot(cx, n, if n == "0" { "__dict__" } else { "__slots__" }, part, "nothing"));
                } else {
                    entries(cx, part, &mut rows, what);
                }
            }
            "a pair: attributes for __dict__, and values for __slots__"
        }
        _ => {
            entries(cx, state, &mut rows, "item");
            name_items(cx, call, &mut rows);
            "what the class's __setstate__ is called with"
        }
    };
    if rows.is_empty() {
        rows.push(slot(cx, "", "state", state, ""));
    }
    Some(grid("__SETSTATE__", subtitle, rows, ops_of(cx, state)))
}

/// Names the items of a state that is a list, where the class is known.
fn name_items(cx: &Cx<'_>, call: &Call, rows: &mut [Slot]) {
    let class = call.callable;
    // PIL/Image.py, Image.__getstate__.
    let names: &[&str] = match cx.global(class) {
        Some((module, _)) if module.starts_with("PIL.") => &["info", "mode", "size", "palette", "pixels"],
        _ => return,
    };
    for (row, name) in rows.iter_mut().zip(names) {
        (*name).clone_into(&mut row.name);
    }
}

fn pair_of_dicts(cx: &Cx<'_>, a: Handle, b: Handle) -> bool {
    let fits = |h| cx.is_none(h) || cx.dict(h).is_some();
    fits(a) && fits(b) && (cx.dict(a).is_some() || cx.dict(b).is_some())
}

fn entries(cx: &Cx<'_>, of: Handle, rows: &mut Vec<Slot>, what: &str) {
    let all = children(cx, of);
    for i in 0..all.len().min(ENTRIES) {
        let Some(child) = all.get(i) else { break };
        let label = child.label.trim_start_matches(['.', '[']).trim_end_matches(']').trim_matches('\'').to_owned();
        let number = if what == "item" { label.clone() } else { String::new() };
        let name = if what == "item" { String::new() } else { label };
        let mut row = slot(cx, number, &name, child.handle, "");
        let m = super::meaning(cx, child.handle);
        if m.body.array().is_some() || matches!(cx.node(child.handle), Some(Node::Call(_))) {
            row.value = m.short;
        }
        rows.push(row);
    }
    if all.len() > ENTRIES {
        rows.push(nothing("", "…", &format!("{} more", all.len() - ENTRIES), "all of them are in the tree of values"));
    }
}
