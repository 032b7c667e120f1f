//! Any value as Python source that binds it to `obj`. Built-in and standard library values are built equal to the
//! original, shared and cyclic parts included, without unpickling; other objects are written as calls of what they name,
//! for reading. Must never run, import or look up what it writes down.
//!
//! What is used once is written where it is used; what is shared, given a state or too deeply nested gets a name of its
//! own (`x1`, `x2` …), before its first use. Parts of a cycle are made in the order of the pickle's own opcodes: there,
//! what a thing is made of always stands before it.

mod danger;
mod plan;
mod write;

use super::{Done, ExportError, Watch, cannot};
use crate::interpret::Cx;
use crate::machine::Handle;
use std::collections::BTreeSet;
use std::io::Write;

/// Values that are built, at most: a source file of more is of no use to Python.
const NODES: u64 = 20_000_000;

/// Writes a value. `title` says in a comment where it comes from. A source that would call what is dangerous begins with a
/// line that stops it.
///
/// # Errors
/// When it has too many parts, those of `out`, and a stop.
pub fn write(
    cx: &Cx<'_>,
    root: Handle,
    title: &str,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let plan = plan::Plan::new(cx, root, NODES, watch)?;
    if plan.too_many {
        return cannot(format!(
            "the value has more than {NODES} parts, more than Python reads as source; choose one of them"
        ));
    }
    let dangers = danger::dangers(cx, &plan);
    preamble(cx, &plan, title, &dangers, out)?;
    write::Writer::new(cx, &plan, out, watch).all(root)?;
    let note =
        format!("The source calls {}: it stops before that until its first line is removed.", dangers.join(", "));
    Ok(Done { missing: 0, notes: (!dangers.is_empty()).then_some(note).into_iter().collect() })
}

fn preamble(
    cx: &Cx<'_>,
    plan: &plan::Plan<'_>,
    title: &str,
    dangers: &[String],
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    writeln!(out, "# {}", one_comment(title))?;
    if !dangers.is_empty() {
        let why = format!("This calls {}: read it, then remove this line.", dangers.join(", "));
        writeln!(out, "raise SystemExit({})", crate::ops::pyrepr::text_repr(&why))?;
    }
    let mut modules = BTreeSet::new();
    for h in &plan.globals {
        if let Some((module, name)) = cx.global(*h)
            && module != "builtins"
            && write::is_dotted(module)
            && write::is_dotted(name)
        {
            modules.insert(module);
        }
    }
    if plan.needs.long_text {
        modules.insert("sys");
    }
    for m in modules {
        writeln!(out, "import {m}")?;
    }
    if plan.needs.long_text {
        writeln!(out, "\nsys.set_int_max_str_digits(0)")?;
    }
    for (needed, text) in [
        (plan.needs.build, BUILD),
        (plan.needs.named, NAMED),
        (plan.needs.persistent, PERSISTENT),
        (plan.needs.buffer, BUFFER),
        (plan.needs.extension, EXTENSION),
    ] {
        if needed {
            write!(out, "\n\n{text}")?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn one_comment(s: &str) -> String {
    crate::interpret::one_line(s, 1000)
}

const BUILD: &str = "\
def _build(value, state):
    # What loading does with the state of an object.
    setstate = getattr(value, '__setstate__', None)
    if setstate is not None:
        setstate(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        value.__dict__.update(state)
    for name, part in (slots or {}).items():
        setattr(value, name, part)
";

const NAMED: &str = "\
def _named(module, name):
    import importlib
    value = importlib.import_module(module)
    for part in name.split('.'):
        value = getattr(value, part)
    return value
";

const PERSISTENT: &str = "\
def persistent_load(pid):
    raise NotImplementedError('the pickle refers to something outside: %r' % (pid,))
";

const BUFFER: &str = "\
def _buffer(number):
    raise NotImplementedError('out-of-band buffer %d is not part of the pickle' % number)
";

const EXTENSION: &str = "\
def _extension(code):
    import copyreg
    return _named_extension(*copyreg._inverted_registry[code])


def _named_extension(module, name):
    import importlib
    return getattr(importlib.import_module(module), name)
";
