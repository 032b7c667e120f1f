//! Paths, regular expressions and exceptions.

use super::{Known, text};
use crate::interpret::types::{Cx, Piece};
use crate::machine::{CallKind, Handle, Value};
use crate::ops::pyrepr;

pub(super) fn know(cx: &Cx<'_>, h: Handle) -> Option<Known> {
    let (call, module, name) = cx.named_call(h)?;
    let arg = |i| cx.arg(call, i);
    match (module, name) {
        ("pathlib" | "pathlib._local", class) => path(cx, h, class),
        ("re" | "sre_compile", "_compile" | "compile") => {
            let pattern = arg(0)?;
            let flags = arg(1).map_or(Some(0), |f| cx.int(f))?;
            let mut pieces = vec![text("re.compile("), Piece::Value(pattern)];
            let text_pattern = matches!(cx.value(pattern), Value::Str(..));
            let names = flag_names(flags, text_pattern);
            if !names.is_empty() {
                pieces.push(text(format!(", {}", names.join("|"))));
            }
            pieces.push(text(")"));
            let sentence = "A regular expression: its pattern and flags; loading compiles it again.";
            Some(Known::of("re.Pattern", sentence, pieces, Some(Vec::new())))
        }
        ("builtins", class) if is_exception(class) && call.kind == CallKind::Reduce => {
            let kind = EXCEPTIONS.iter().find(|n| **n == class).copied().unwrap_or("BaseException");
            let pieces = vec![text(format!("{class}(")), Piece::Arguments(h), text(")")];
            Some(Known::of(kind, format!("An exception, {class}, with its arguments."), pieces, None))
        }
        _ => None,
    }
}

fn is_exception(name: &str) -> bool {
    EXCEPTIONS.contains(&name)
}

/// Python's own exceptions.
#[rustfmt::skip]
const EXCEPTIONS: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BaseExceptionGroup", "BlockingIOError",
    "BrokenPipeError", "BufferError", "BytesWarning", "ChildProcessError", "ConnectionAbortedError", "ConnectionError",
    "ConnectionRefusedError", "ConnectionResetError", "DeprecationWarning", "EOFError", "EncodingWarning",
    "EnvironmentError", "Exception", "ExceptionGroup", "FileExistsError", "FileNotFoundError", "FloatingPointError",
    "FutureWarning", "GeneratorExit", "IOError", "ImportError", "ImportWarning", "IndentationError", "IndexError",
    "InterruptedError", "IsADirectoryError", "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError",
    "ModuleNotFoundError", "NameError", "NotADirectoryError", "NotImplementedError", "OSError", "OverflowError",
    "PendingDeprecationWarning", "PermissionError", "ProcessLookupError", "PythonFinalizationError", "RecursionError",
    "ReferenceError", "ResourceWarning", "RuntimeError", "RuntimeWarning", "StandardError", "StopAsyncIteration",
    "StopIteration", "SyntaxError", "SyntaxWarning", "SystemError", "SystemExit", "TabError", "TimeoutError",
    "TypeError", "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError",
    "UnicodeTranslateError", "UnicodeWarning", "UserWarning", "ValueError", "Warning", "WindowsError",
    "ZeroDivisionError",
];

/// The names of a pattern's flags as its repr has them; UNICODE is implied for text.
fn flag_names(flags: i64, text_pattern: bool) -> Vec<&'static str> {
    [
        (2, "re.IGNORECASE"),
        (4, "re.LOCALE"),
        (8, "re.MULTILINE"),
        (16, "re.DOTALL"),
        (32, "re.UNICODE"),
        (64, "re.VERBOSE"),
        (128, "re.DEBUG"),
        (256, "re.ASCII"),
    ]
    .into_iter()
    .filter(|(bit, _)| flags & bit != 0 && !(*bit == 32 && text_pattern))
    .map(|(_, name)| name)
    .collect()
}

/// A path by its parts (to Python 3.12) or as text (3.13).
fn path(cx: &Cx<'_>, h: Handle, class: &str) -> Option<Known> {
    let (kind, windows) = match class {
        "Path" => ("pathlib.Path", false),
        "PosixPath" => ("pathlib.PosixPath", false),
        "PurePath" => ("pathlib.PurePath", false),
        "PurePosixPath" => ("pathlib.PurePosixPath", false),
        "WindowsPath" => ("pathlib.WindowsPath", true),
        "PureWindowsPath" => ("pathlib.PureWindowsPath", true),
        _ => return None,
    };
    let call = cx.call(h)?;
    let args = cx.args(call);
    if args.len() > 4096 {
        return None;
    }
    let parts: Option<Vec<String>> = cx.stream.graph.items(args).map(|p| cx.name(p)).collect();
    let slash = |s: &str| if windows { s.replace('\\', "/") } else { s.to_owned() };
    let mut whole = String::new();
    for part in parts?.iter().map(|p| slash(p)) {
        if !whole.is_empty() && !whole.ends_with('/') {
            whole.push('/');
        }
        whole.push_str(&part);
    }
    if whole.is_empty() {
        whole.push('.');
    }
    let said = format!("{class}({})", pyrepr::text_repr(&whole));
    Some(Known::scalar(kind, said, "A path in a file system; loading opens nothing."))
}
