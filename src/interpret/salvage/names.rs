//! Names that picklers write of themselves, and the one among them that a damaged name was. Judges no name that is sound.

/// Names that stock picklers write for what is no class of the user's, by module.
const KNOWN: &[(&str, &[&str])] = &[
    ("_codecs", &["encode"]),
    ("__builtin__", BUILTINS),
    ("array", &["array", "_array_reconstructor"]),
    ("builtins", BUILTINS),
    ("collections", &["OrderedDict", "defaultdict", "deque", "Counter"]),
    ("copy_reg", &["_reconstructor", "__newobj__"]),
    ("copyreg", &["_reconstructor", "__newobj__", "__newobj_ex__"]),
    ("datetime", &["datetime", "date", "time", "timedelta", "timezone"]),
    ("decimal", &["Decimal"]),
    ("fractions", &["Fraction"]),
    ("numpy", &["ndarray", "dtype", "matrix", "recarray"]),
    ("numpy._core.multiarray", &["_reconstruct", "scalar"]),
    ("numpy._core.numeric", &["_frombuffer"]),
    ("numpy.core.multiarray", &["_reconstruct", "scalar"]),
    ("numpy.core.numeric", &["_frombuffer"]),
    ("numpy.ma", &["MaskedArray"]),
    ("numpy.ma.core", &["MaskedArray", "_mareconstruct"]),
    ("pathlib", &["Path", "PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"]),
    ("uuid", &["UUID", "SafeUUID"]),
];

const BUILTINS: &[&str] = &[
    "set",
    "frozenset",
    "bytearray",
    "complex",
    "range",
    "xrange",
    "slice",
    "object",
    "list",
    "dict",
    "tuple",
    "getattr",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "long",
    "unicode",
    "type",
    "map",
    "zip",
    "filter",
    "iter",
    "reversed",
    "enumerate",
    "super",
    "property",
    "eval",
    "exec",
    "id",
    "len",
    "min",
    "max",
    "sum",
    "print",
    "open",
    "compile",
    "Exception",
    "memoryview",
];

/// Shorter names are like too many others.
const SHORTEST: usize = 8;

/// The known name from which a damaged one differs in a character or two: one of a file that is sound but for it,
/// two of any other. `None` where it is known itself, or like none or several.
pub(super) fn meant(module: &str, name: &str, damaged: bool) -> Option<(&'static str, &'static str)> {
    if module == "codecs" || module.len() + name.len() > 80 {
        return None;
    }
    let most = if damaged { 2 } else { 1 };
    let mut best: Option<(usize, (&'static str, &'static str))> = None;
    let mut several = false;
    for (m, names) in KNOWN {
        let off = distance(module, m);
        if off > most {
            continue;
        }
        for n in *names {
            let off = off + distance(name, n);
            match best {
                _ if off > most || off > 1 && m.len() + n.len() < 2 * SHORTEST => {}
                Some((least, _)) if off > least => {}
                Some((least, _)) if off == least => several = true,
                _ => (best, several) = (Some((off, (*m, *n))), false),
            }
        }
    }
    let (off, (m, n)) = best?;
    (off > 0 && !several && m.len() + n.len() >= SHORTEST).then_some((m, n))
}

/// Characters that are put in, left out or changed between two texts.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let (mut left, mut next) = (i + 1, vec![i + 1]);
        for (pair, y) in row.windows(2).zip(&b) {
            if let [diagonal, above] = pair {
                left = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
                next.push(left);
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_name_is_the_known_one_it_is_like() {
        assert_eq!(
            meant("numpy.core.multiarray", "_reconstrct", false),
            Some(("numpy.core.multiarray", "_reconstruct"))
        );
        assert_eq!(meant("nunpy", "dtype", false), Some(("numpy", "dtype")));
        assert_eq!(meant("numpy", "dtype", true), None);
        assert_eq!(meant("codecs", "encode", true), None);
        assert_eq!(meant("datetime", "date", true), None);
        assert_eq!(meant("mine", "Class", true), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
