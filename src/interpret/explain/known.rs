//! What well-known callables do, in words. Must never decide anything: only texts are looked up here.

/// What a loader does when it calls this, in a sentence.
pub(super) fn callable(module: &str, name: &str) -> Option<&'static str> {
    let numpy = module == "numpy" || module.starts_with("numpy.");
    Some(match (module, name) {
        (_, "_reconstruct") if numpy => "makes an empty array of this class; the state fills it",
        (_, "_mareconstruct") if numpy => "makes an empty masked array; the state fills data and mask",
        (_, "_frombuffer") if numpy => "makes an array over a buffer, without copying it",
        (_, "scalar") if numpy => "makes one element of this dtype from its bytes",
        (_, "dtype") if numpy => "makes the type that describes an element",
        (_, "_convert_to_stringdtype_kwargs") if numpy => "makes NumPy 2's variable-width string type",
        ("array", "_array_reconstructor") => "makes an array.array from bytes in a named machine format",
        ("array", "array") => "makes an array.array from a list of its items",
        ("_codecs", "encode") => "turns text back into bytes: how Python 3 writes bytes below protocol 3",
        ("copyreg" | "copy_reg", "_reconstructor") => {
            "makes an object of this class without calling __init__ (protocols 0 and 1)"
        }
        ("copyreg" | "copy_reg", "__newobj__") => "calls cls.__new__(cls, *args)",
        ("copyreg" | "copy_reg", "__newobj_ex__") => "calls cls.__new__(cls, *args, **kwargs)",
        ("collections", "OrderedDict") => "makes an empty ordered dict; its items follow",
        ("collections", "defaultdict") => "makes an empty dict with this factory; its items follow",
        ("collections", "deque") => "makes a deque; its items follow",
        ("collections", "Counter") => "makes a counter from a dict",
        ("datetime", "datetime") => {
            "makes a datetime from ten packed bytes: year, month, day, hour, minute, second, microsecond"
        }
        ("datetime", "date") => "makes a date from four packed bytes: year (two), month, day",
        ("datetime", "time") => "makes a time from six packed bytes: hour, minute, second, microsecond (three)",
        ("datetime", "timedelta") => "makes a time span from days, seconds and microseconds",
        ("datetime", "timezone") => "makes a fixed time zone from its offset",
        ("decimal", "Decimal") => "makes a decimal from its text",
        ("fractions", "Fraction") => "makes a fraction",
        ("builtins" | "__builtin__", "set") => "makes a set from a list: how sets are written below protocol 4",
        ("builtins" | "__builtin__", "frozenset") => "makes a frozenset from a list",
        ("builtins" | "__builtin__", "bytearray") => "makes a bytearray",
        ("builtins" | "__builtin__", "bytes") => "makes bytes",
        ("builtins" | "__builtin__", "complex") => "makes a complex number from its two parts",
        ("builtins" | "__builtin__", "range" | "xrange") => "makes a range from start, stop and step",
        ("builtins" | "__builtin__", "slice") => "makes a slice from start, stop and step",
        ("builtins" | "__builtin__", "getattr") => "fetches an attribute of an object by name",
        ("builtins" | "__builtin__", "eval" | "exec" | "compile" | "execfile") => {
            "RUNS CODE that the pickle brings along"
        }
        ("builtins" | "__builtin__", "__import__") => "imports a module by name",
        ("os" | "posix" | "nt" | "subprocess", _) => {
            "reaches the operating system: this runs when the pickle is loaded"
        }
        ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor" | "_rebuild_tensor_v3") => {
            "makes a tensor over a storage: offset, size and stride in elements"
        }
        ("torch._utils", "_rebuild_parameter") => "wraps a tensor as a parameter",
        (_, "_unpickle_block") if module.starts_with("pandas") => "makes a block of columns of one type",
        (_, "_new_Index") if module.starts_with("pandas") => "makes an index of this class",
        _ => return None,
    })
}

/// What NumPy a module's name tells of.
pub(super) fn numpy_age(module: &str) -> Option<&'static str> {
    Some(match module {
        m if m.starts_with("numpy._core") => "NumPy 2",
        "numpy.core._multiarray_umath" => "NumPy 1.16.0",
        "numpy.core._internal" => "NumPy before 1.0",
        m if m.starts_with("numpy.core") => "NumPy 1",
        m if m.starts_with("numpy.ma") => "NumPy",
        _ => return None,
    })
}
