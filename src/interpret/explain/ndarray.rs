//! An array: its `_reconstruct` call, its dtype and the five fields that `__setstate__` gets; or the call of
//! `_frombuffer`. Source: NumPy `methods.c`, `array_reduce_ex` and `array_setstate`; PEP 574.

use super::super::numpy::array::{Form as ArrayForm, Parts as ArrayParts};
use super::super::numpy::dtype::{parts as dtype_parts, read as read_dtype};
use super::super::types::{ArrayMeaning, Column, Cx, Explanation, Slot};
use super::super::{counted, grouped, meaning};
use super::{column as grid, dtype, known, nothing, ops_of, reduce, slot, wrong};
use crate::machine::{Handle, Value};
use crate::tensor::{ByteOrder, DType};

/// Elements shown of the data.
const FIRST: u64 = 4;

pub(super) fn explain(cx: &Cx<'_>, h: Handle, p: &ArrayParts) -> Explanation {
    let m = meaning(cx, h);
    let array = m.body.array();
    let sentence = sentence(cx, h, p, &m.kind, array);
    let mut columns = Vec::new();
    if let Some(call) = cx.call(h) {
        columns.push(reduce::column(cx, h, call));
    }
    if let Some(d) = dtype_parts(cx, p.dtype) {
        columns.push(dtype::column(cx, p.dtype, &d));
    } else {
        let words = match read_dtype(cx, p.dtype) {
            Ok(d) => d.dtype.name(),
            Err(why) => why,
        };
        let row = slot(cx, "", "dtype", p.dtype, words);
        columns.push(grid("DTYPE", "what an element is", vec![row], ops_of(cx, p.dtype)));
    }
    columns.push(fields(cx, h, p, array));
    Explanation { sentence, columns }
}

/// `480 × 640`, or what there is instead.
fn shape_words(shape: &[u64]) -> String {
    match shape {
        [] => "single".to_owned(),
        [n] => format!("{}-element", grouped(*n)),
        all => all.iter().map(|n| grouped(*n)).collect::<Vec<_>>().join(" × "),
    }
}

fn order_words(dtype: &DType) -> &'static str {
    match dtype.order {
        ByteOrder::Little => ", little-endian",
        ByteOrder::Big => ", big-endian",
        ByteOrder::NotApplicable => "",
    }
}

fn sentence(cx: &Cx<'_>, h: Handle, p: &ArrayParts, kind: &str, array: Option<&ArrayMeaning>) -> String {
    let what = match array {
        Some(a) => {
            let shape = shape_words(a.array.shape());
            let article =
                if shape.starts_with('8') || shape.starts_with("11") || shape.starts_with("18") { "An" } else { "A" };
            let order = match a.order {
                'F' => ", Fortran order",
                'K' => ", axes in an order of their own",
                _ => ", C order",
            };
            let order = if a.array.ndim() < 2 { "" } else { order };
            let (dtype, of) = (&a.array.dtype, a.array.dtype.plural());
            let name = a.dtype_name.clone().unwrap_or_else(|| dtype.name());
            // Numbers are named by their type, anything else by what an element is.
            let array = if of == dtype.name() { format!("{name} array") } else { format!("array of {of}") };
            format!("{article} {shape} {array}{}{order}", order_words(dtype))
        }
        None => "An array that cannot be read as one".to_owned(),
    };
    let subclass = if kind == "numpy.ndarray" { String::new() } else { format!(" ({kind})") };
    let protocol = cx.protocol_of(h);
    let module = cx.call(h).and_then(|c| cx.written_name(c.callable)).map_or("", |(m, _)| m);
    let python2 = p.data.is_some_and(|d| matches!(cx.value(d), Value::Legacy(..)));
    let by = known::numpy_age(module)
        .map_or_else(String::new, |age| format!(" by {age}{}", if python2 { " on Python 2" } else { "" }));
    let how = match p.form {
        ArrayForm::Buffer => {
            "Python calls `_frombuffer` with the raw bytes, the dtype, the shape and the order; no state follows"
        }
        ArrayForm::Masked => {
            "Python calls `_mareconstruct` to get an empty masked array, then gives it this state: data, mask and fill value"
        }
        ArrayForm::Dill => {
            "dill calls its own `_create_array`, which does the usual `_reconstruct` and then gives it the state"
        }
        ArrayForm::Cut => {
            "Python would call `_reconstruct` to get an empty array and then give it its state, but the file ends before that"
        }
        ArrayForm::State | ArrayForm::Unversioned => {
            "Python calls `_reconstruct` to get an empty array, then gives it this state"
        }
    };
    format!("{what}{subclass}, written{by} at protocol {protocol}: {how}.")
}

fn fields(cx: &Cx<'_>, h: Handle, p: &ArrayParts, array: Option<&ArrayMeaning>) -> Column {
    let buffer = p.form == ArrayForm::Buffer;
    let mut rows = Vec::new();
    let first = u64::from(p.version.is_some());
    let number = |i: u64| {
        // _frombuffer takes buffer, dtype, shape, order, axes
        let at = if buffer {
            [2, 1, 3, 0, 4, 5].get(usize::try_from(i).unwrap_or(0)).copied().unwrap_or(i)
        } else {
            i + first
        };
        at.to_string()
    };
    if let Some(v) = p.version {
        let row = slot(cx, "0", "version", v, "of this state's layout; NumPy knows 0 and 1");
        rows.push(match cx.int(v) {
            Some(0 | 1) => row,
            _ => wrong(row, "NumPy knows versions 0 and 1 alone and refuses this"),
        });
    }
    rows.push(shape(cx, number(0), p.shape, array));
    let words = read_dtype(cx, p.dtype).map(|d| format!("{}, {}", d.dtype.name(), d.dtype.numpy_str()));
    let row = Slot { value: String::new(), ..slot(cx, number(1), "dtype", p.dtype, "") };
    rows.push(match words {
        Ok(words) => Slot { value: words, meaning: "what an element is: the column before this".into(), ..row },
        Err(why) => wrong(row, why),
    });
    if let Some(o) = p.order {
        let name = if buffer { "order" } else { "is_fortran" };
        let fortran = if buffer { cx.name(o).as_deref() == Some("F") } else { cx.truth(o) == Some(true) };
        let words = match (buffer.then(|| cx.name(o)).flatten().as_deref(), fortran) {
            (Some("K"), _) => "the axes are permuted: see axes",
            (_, true) => "columns run together: the first index changes fastest",
            (_, false) => "rows run together: the last index changes fastest",
        };
        rows.push(slot(cx, number(2), name, o, words));
    }
    rows.push(data(cx, number(3), p, array));
    if let Some(a) = p.axes {
        rows.push(slot(cx, number(4), "axes", a, "the stored order of the axes"));
    }
    if let Some(m) = p.mask {
        rows.push(slot(cx, number(4), "mask", m, "one byte an element; true hides it"));
    }
    if let Some(f) = p.fill_value {
        rows.push(slot(cx, number(5), "fill value", f, "what stands for hidden elements when one must"));
    }
    if p.form == ArrayForm::Cut {
        rows.push(wrong(
            nothing("", "BUILD", "missing", ""),
            "the file ends before the opcode that gives the array this state",
        ));
    }
    rows.sort_by_key(|r| r.slot.parse::<u64>().unwrap_or(u64::MAX));
    let (title, subtitle) = if buffer {
        ("ARGUMENTS", "numpy._frombuffer(…): what protocol 5 has in place of a state")
    } else {
        ("__SETSTATE__", "ndarray.__setstate__(…)")
    };
    grid(title, subtitle, rows, p.state.map_or_else(|| ops_of(cx, h), |s| ops_of(cx, s)))
}

fn shape(cx: &Cx<'_>, number: String, h: Handle, array: Option<&ArrayMeaning>) -> Slot {
    let row = slot(cx, number, "shape", h, "");
    let Some(a) = array else { return wrong(row, "not a tuple of sizes") };
    let words = match a.array.shape() {
        [] => "no axes: one element".to_owned(),
        [n] => format!("one axis of {}", counted(*n, "element")),
        all => format!("{} axes: {} elements", all.len(), grouped(a.array.len())),
    };
    Slot { meaning: words, ..row }
}

/// The raw data: how many bytes there are, how many there should be, and the first elements.
fn data(cx: &Cx<'_>, number: String, p: &ArrayParts, array: Option<&ArrayMeaning>) -> Slot {
    let buffer = p.form == ArrayForm::Buffer;
    let name = if buffer { "buffer" } else { "raw data" };
    let Some(h) = p.data else {
        let row = nothing(number, name, "missing", "");
        let there = array.map_or(0, |a| a.array.available());
        return match array {
            Some(a) => {
                let mut row = wrong(
                    row,
                    format!(
                        "{} of {} bytes are there: the file ends in them",
                        grouped(there),
                        grouped(a.array.nbytes())
                    ),
                );
                row.value = format!("{} bytes", grouped(there));
                row.span = a.raw;
                row
            }
            None => wrong(row, "the file ends before the data"),
        };
    };
    let mut row = slot(cx, number, name, h, "");
    let Some(a) = array else { return wrong(row, "these bytes do not fit the dtype and the shape") };
    if a.objects.is_some() {
        row.value = format!("list of {}", counted(a.array.len(), "object"));
        "Python objects cannot be written as raw bytes: one pickled value for each element, in C order"
            .clone_into(&mut row.meaning);
        return row;
    }
    let wanted = a.array.nbytes();
    row.value = format!("{} bytes", grouped(wanted));
    if let Some(raw) = a.raw {
        row.span = Some(raw);
    }
    let factors =
        a.array.shape().iter().chain([&a.array.dtype.item_size]).map(|n| grouped(*n)).collect::<Vec<_>>().join(" × ");
    if a.deferred {
        row.meaning = format!("{factors} = {} bytes, written as text", grouped(wanted));
        return row;
    }
    let there = a.array.available();
    if there < wanted {
        row.value = format!("{} bytes", grouped(there));
        let missing = wanted - there;
        return wrong(
            row,
            format!("{} B, but {factors} = {}: {} missing", grouped(there), grouped(wanted), counted(missing, "byte")),
        );
    }
    // whole numbers of it only: a cut one would read as another
    let mut firsts: Vec<String> = Vec::new();
    let mut room: usize = 62;
    for text in (0..a.array.len().min(FIRST)).map(|i| a.array.value(&a.array.unravel(i)).text()) {
        let text = super::super::one_line(&text, 60);
        let Some(left) = room.checked_sub(text.chars().count() + 2) else { break };
        room = left;
        firsts.push(text);
    }
    let dots = if a.array.len() > firsts.len() as u64 { " …" } else { "" };
    let firsts = firsts.join("  ");
    row.meaning = format!("= {factors} ✓  first: {firsts}{dots}");
    row
}
