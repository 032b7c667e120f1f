//! The reviewed names: what is safe to import and call, and what is dangerous. Data, and how it is looked up.
//! A name on neither list is unknown, which is no accusation.

/// Goes up with every change of the lists.
pub(super) const VERSION: u32 = 1;

/// What the lists say of a name, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It only makes a value.
    Safe(&'static str),
    /// It does, or reaches, more.
    Dangerous(&'static str),
}

/// Which names of a module.
enum Names {
    /// These.
    These(&'static [&'static str]),
    /// All.
    All,
    /// All that begin with a capital letter: classes.
    Classes,
    /// All that end so.
    Ending(&'static [&'static str]),
}

use Names::{All, Classes, Ending, These};

impl Names {
    fn holds(&self, name: &str) -> bool {
        match self {
            These(list) => list.contains(&name),
            All => true,
            Classes => name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('.'),
            Ending(list) => list.iter().any(|e| name.ends_with(e)) && !name.contains('.'),
        }
    }
}

/// What the lists say. Names that are told one by one come before whole modules, and the dangerous before the safe.
pub(super) fn find(module: &str, name: &str) -> Option<Rule> {
    let in_module = |pattern: &str| match pattern.strip_suffix(".*") {
        Some(top) => module.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')),
        None => module == pattern,
    };
    let dangerous = |(m, names, why): &(&str, Names, &'static str)| {
        (in_module(m) && names.holds(name)).then_some(Rule::Dangerous(why))
    };
    let safe =
        |(m, names, why): &(&str, Names, &'static str)| (in_module(m) && names.holds(name)).then_some(Rule::Safe(why));
    let module_rule = |(m, why): &(&str, &'static str)| in_module(m).then_some(Rule::Dangerous(why));
    SAFE_NAMES
        .iter()
        .find_map(safe)
        .or_else(|| DANGEROUS_NAMES.iter().find_map(dangerous))
        .or_else(|| DANGEROUS_MODULES.iter().find_map(module_rule))
        .or_else(|| SAFE.iter().find_map(safe))
}

const CODE: &str = "It runs code that it is given";
const FILES: &str = "It opens, changes or removes files";
const PROCESS: &str = "It starts or steers processes, or the system below them";
const NETWORK: &str = "It opens network connections";
const REACH: &str = "It reaches anything by name or attribute, and so what runs code";
const LOADS: &str = "It loads a pickle or code in its turn, which may run anything";
const INSIDE: &str = "It reaches into the interpreter";

/// Safe names within modules that are dangerous otherwise.
#[rustfmt::skip]
const SAFE_NAMES: &[(&str, Names, &str)] = &[
    ("dill._dill", These(&["_create_array"]), "dill's way to write a NumPy array: it calls NumPy's `_reconstruct` and sets the state"),
    ("copyreg", These(&["_reconstructor", "__newobj__", "__newobj_ex__"]), REDUCE),
    ("zoneinfo", These(&["ZoneInfo", "ZoneInfo._unpickle"]), "A time zone, looked up in the time zone data of the machine that loads it"),
    ("operator", These(&["or_"]), "It joins the flags of an enumeration"),
    ("_operator", These(&["or_"]), "It joins the flags of an enumeration"),
];

/// Whole modules, and what is below those with a star.
#[rustfmt::skip]
const DANGEROUS_MODULES: &[(&str, &str)] = &[
    ("os", PROCESS), ("os.*", PROCESS), ("posix", PROCESS), ("nt", PROCESS), ("sys", INSIDE), ("subprocess", PROCESS), ("_posixsubprocess", PROCESS),
    ("posixpath", FILES), ("ntpath", FILES), ("genericpath", FILES),
    ("commands", PROCESS), ("popen2", PROCESS), ("pty", PROCESS), ("signal", PROCESS), ("platform", PROCESS), ("resource", PROCESS),
    ("socket", NETWORK), ("_socket", NETWORK), ("ssl", NETWORK), ("http.*", NETWORK), ("urllib.*", NETWORK), ("urllib2", NETWORK),
    ("httplib", NETWORK), ("ftplib", NETWORK), ("smtplib", NETWORK), ("poplib", NETWORK), ("imaplib", NETWORK), ("nntplib", NETWORK),
    ("telnetlib", NETWORK), ("requests.*", NETWORK), ("aiohttp.*", NETWORK), ("httpx.*", NETWORK), ("urllib3.*", NETWORK), ("paramiko.*", NETWORK), ("socketserver", NETWORK),
    ("xmlrpc.*", NETWORK), ("webbrowser", PROCESS), ("antigravity", PROCESS), ("asyncio.*", PROCESS), ("multiprocessing.*", PROCESS),
    ("_multiprocessing", PROCESS), ("threading", PROCESS), ("_thread", PROCESS), ("thread", PROCESS), ("concurrent.*", PROCESS), ("sched", CODE),
    ("shutil", FILES), ("tempfile", FILES), ("glob", FILES), ("fileinput", FILES), ("linecache", FILES), ("filecmp", FILES), ("mmap", FILES),
    ("zipimport", LOADS), ("runpy", CODE), ("pdb", CODE), ("bdb", CODE), ("code", CODE), ("codeop", CODE), ("cmd", CODE),
    ("ctypes.*", INSIDE), ("_ctypes", INSIDE), ("cffi.*", INSIDE), ("importlib.*", LOADS), ("_frozen_importlib", LOADS), ("_imp", LOADS), ("imp", LOADS),
    ("pkgutil", LOADS), ("pkg_resources.*", LOADS), ("marshal", LOADS), ("pickle", LOADS), ("_pickle", LOADS), ("cPickle", LOADS), ("pickletools", LOADS),
    ("shelve", LOADS), ("dbm.*", FILES), ("sqlite3.*", FILES), ("_sqlite3", FILES),
    ("dill.*", LOADS), ("cloudpickle.*", LOADS), ("copyreg", REACH),
    ("pip.*", PROCESS), ("setuptools.*", PROCESS), ("distutils.*", PROCESS), ("ensurepip.*", PROCESS), ("venv.*", PROCESS),
    ("idlelib.*", CODE), ("lib2to3.*", CODE), ("tkinter.*", CODE), ("turtle", CODE), ("pydoc", CODE), ("profile", CODE), ("cProfile", CODE),
    ("timeit", CODE), ("trace", CODE), ("doctest", CODE), ("unittest.*", CODE), ("test.*", CODE), ("site", CODE), ("sitecustomize", CODE), ("usercustomize", CODE),
    ("atexit", CODE), ("gc", INSIDE), ("inspect", INSIDE), ("ast", CODE), ("dis", INSIDE), ("symtable", CODE), ("compileall", CODE), ("py_compile", CODE),
    ("faulthandler", INSIDE), ("tracemalloc", INSIDE), ("_xxsubinterpreters", CODE), ("_interpreters", CODE), ("__main__.__builtins__", CODE),
    ("__builtins__", CODE), ("IPython.*", CODE), ("jinja2.*", CODE), ("numpy.f2py.*", CODE), ("numpy.testing.*", CODE), ("numpy.distutils.*", PROCESS),
    ("scipy.weave.*", CODE), ("weave.*", CODE), ("torch.hub", LOADS), ("torch.utils.cpp_extension", PROCESS), ("torch.package.*", LOADS),
    ("torch.jit.*", LOADS), ("torch._dynamo.*", CODE), ("torch._inductor.*", CODE), ("logging.config", CODE), ("nturl2path", FILES), ("msilib", FILES), ("winreg", PROCESS), ("_winreg", PROCESS),
    ("_winapi", PROCESS), ("msvcrt", PROCESS), ("winsound", PROCESS), ("ptyprocess.*", PROCESS), ("pexpect.*", PROCESS), ("sh", PROCESS), ("fabric.*", PROCESS), ("invoke.*", PROCESS),
];

/// Names that are dangerous one by one.
#[rustfmt::skip]
const DANGEROUS_NAMES: &[(&str, Names, &str)] = &[
    ("builtins", These(&["eval", "exec", "execfile", "compile", "__import__", "breakpoint", "input", "raw_input", "help", "exit", "quit", "apply", "reload"]), CODE),
    ("builtins", These(&["open", "file"]), FILES),
    ("builtins", These(&["getattr", "setattr", "delattr", "vars", "globals", "locals", "dir", "map", "filter", "memoryview", "super", "classmethod", "staticmethod", "property", "__build_class__", "__loader__", "__spec__"]), REACH),
    ("io", These(&["open", "FileIO", "open_code", "OpenWrapper"]), FILES), ("_io", These(&["open", "FileIO", "open_code"]), FILES), ("_pyio.*", All, FILES),
    ("codecs", These(&["open", "EncodedFile", "lookup", "getreader", "getwriter"]), FILES),
    ("operator", These(&["attrgetter", "itemgetter", "methodcaller", "call", "setitem", "delitem"]), REACH), ("_operator", These(&["attrgetter", "itemgetter", "methodcaller", "call", "setitem", "delitem"]), REACH),
    ("functools", These(&["partial", "partialmethod", "reduce", "singledispatch", "cached_property"]), CODE), ("_functools", These(&["partial", "reduce"]), CODE),
    ("types", These(&["CodeType", "FunctionType", "LambdaType", "MethodType", "ModuleType", "BuiltinFunctionType", "GeneratorType", "FrameType", "TracebackType", "CellType", "new_class", "DynamicClassAttribute", "coroutine"]), CODE),
    ("weakref", These(&["finalize", "ref", "proxy"]), CODE), ("_weakref", All, CODE),
    ("uuid", These(&["_get_command_stdout", "_popen", "_find_mac", "_ifconfig_getter", "_arp_getter", "_lanscan_getter", "_netstat_getter", "_ipconfig_getter", "getnode"]), PROCESS),
    ("ctypes", All, INSIDE), ("collections", These(&["_sys.modules"]), REACH), ("string", These(&["Formatter"]), REACH),
    ("numpy", These(&["load", "loadtxt", "genfromtxt", "save", "savez", "savez_compressed", "savetxt", "fromfile", "memmap.__new__", "DataSource", "fromregex", "vectorize", "apply_along_axis", "fromfunction", "frompyfunc", "piecewise"]), FILES),
    ("numpy.lib.*", These(&["load", "loadtxt", "genfromtxt", "save", "savez", "savez_compressed", "savetxt", "DataSource", "open_memmap", "read_array", "open", "NpzFile"]), FILES),
    ("numpy.core.*", These(&["fromfile"]), FILES), ("numpy._core.*", These(&["fromfile"]), FILES),
    ("numpy.ctypeslib", All, INSIDE), ("numpy.core.multiarray", These(&["set_numeric_ops"]), INSIDE),
    ("torch", These(&["load", "save", "compile", "from_file"]), LOADS), ("torch.serialization", These(&["load", "save", "_load", "_legacy_load"]), LOADS),
    ("torch.storage", These(&["_load_from_bytes"]), "It unpickles the bytes that it is given, as torch.load does"),
    ("torch.ops.*", These(&["load_library"]), INSIDE), ("torch._ops", All, INSIDE), ("torch.utils.*", These(&["call"]), CODE), ("torch.distributed.*", All, NETWORK), ("torch.multiprocessing.*", All, PROCESS),
    ("joblib", These(&["load", "dump", "Memory", "Parallel"]), LOADS), ("joblib.*", These(&["load", "dump", "_unpickle", "load_temporary_memmap", "Memory", "MemorizedFunc", "Parallel"]), LOADS),
    ("pandas", These(&["read_pickle", "eval", "read_csv", "read_hdf", "read_sql", "read_excel", "read_json", "read_html", "read_xml", "read_parquet", "read_table", "read_feather", "to_pickle", "HDFStore", "ExcelFile"]), LOADS),
    ("pandas.io.*", All, FILES), ("pandas.core.computation.*", All, CODE),
    ("sklearn.externals.*", All, LOADS), ("sklearn.datasets.*", All, NETWORK), ("scipy.io.*", All, FILES), ("PIL.ImageShow", All, PROCESS), ("PIL.Image", These(&["open"]), FILES), ("PIL.ImageGrab", All, PROCESS), ("PIL.ImageFile", These(&["_safe_read"]), FILES),
    ("pathlib", These(&["Path.open", "Path.unlink", "Path.write_text", "Path.write_bytes", "Path.read_bytes", "Path.read_text"]), FILES),
    ("nose.*", All, CODE), ("pytest", All, CODE), ("_pytest.*", All, CODE), ("django.*", These(&["call_command"]), CODE), ("yaml.*", These(&["load", "unsafe_load", "full_load", "load_all"]), LOADS), ("jsonpickle.*", All, LOADS),
];

const VALUE: &str = "It makes a value of the standard library";
const BUILT_IN: &str = "It makes a built-in value";
const REDUCE: &str = "Python's own helper that makes an object without calling its `__init__`";
const NUMPY: &str = "NumPy's pickles need it: it makes an array, a dtype, a scalar or a random generator";
const PANDAS: &str = "pandas' pickles need it: it makes a table or a part of one";
const SCIPY: &str = "It makes a sparse matrix";
const SKLEARN: &str = "A class of scikit-learn, whose pickles only set attributes";
const TORCH: &str = "PyTorch's files need it: it makes a tensor, a storage or a part of a model";
const JOBLIB: &str = "joblib's note of where an array lies";
const IMAGE: &str = "It makes a picture";

/// Reviewed constructors.
#[rustfmt::skip]
const SAFE: &[(&str, Names, &str)] = &[
    ("builtins", These(&["bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "object", "range", "set", "slice", "str", "tuple", "type", "Ellipsis", "NotImplemented", "None", "True", "False", "iter", "reversed", "enumerate", "zip", "len", "abs", "min", "max", "sum", "sorted", "repr", "hash", "id", "ord", "chr", "hex", "oct", "bin", "round", "divmod", "pow", "any", "all", "isinstance", "issubclass", "callable", "format", "ascii", "print"]), BUILT_IN),
    ("builtins", Ending(&["Error", "Warning", "Exception", "ExceptionGroup", "KeyboardInterrupt", "SystemExit", "StopIteration", "StopAsyncIteration", "GeneratorExit"]), BUILT_IN),
    ("_codecs", These(&["encode"]), "How protocols below 3 write bytes: it turns text into them"),
    ("codecs", These(&["encode"]), "It turns text into bytes"),
    ("array", These(&["array", "_array_reconstructor", "ArrayType"]), VALUE),
    ("collections", These(&["OrderedDict", "defaultdict", "Counter", "deque", "ChainMap", "UserDict", "UserList", "UserString"]), VALUE), ("_collections", These(&["OrderedDict", "defaultdict", "deque"]), VALUE),
    ("datetime", These(&["date", "time", "datetime", "timedelta", "timezone", "timezone.utc"]), VALUE), ("_datetime", These(&["date", "time", "datetime", "timedelta", "timezone"]), VALUE),
    ("time", These(&["struct_time"]), VALUE), ("decimal", These(&["Decimal", "Context"]), VALUE), ("_decimal", These(&["Decimal", "Context"]), VALUE), ("_pydecimal", These(&["Decimal"]), VALUE), ("fractions", These(&["Fraction"]), VALUE),
    ("uuid", These(&["UUID", "SafeUUID"]), VALUE), ("ipaddress", Classes, VALUE), ("types", These(&["SimpleNamespace", "GenericAlias", "MappingProxyType", "NoneType"]), VALUE),
    ("pathlib", These(&["Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"]), "It makes a path, and opens nothing"), ("pathlib._local", These(&["Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"]), "It makes a path, and opens nothing"),
    ("re", These(&["_compile", "compile", "RegexFlag"]), "It compiles a regular expression, which runs no code"), ("sre_compile", These(&["compile"]), "It compiles a regular expression, which runs no code"),
    ("io", These(&["BytesIO", "StringIO"]), "A file in memory"), ("_io", These(&["BytesIO", "StringIO"]), "A file in memory"), ("random", These(&["Random"]), VALUE),
    ("itertools", These(&["count", "repeat", "chain", "cycle"]), VALUE), ("enum", These(&["_make_class_unpicklable"]), VALUE), ("string", These(&["Template"]), VALUE), ("typing", These(&["Any", "Union", "Optional"]), VALUE),
    ("pytz", These(&["_p", "_UTC", "UTC"]), "A time zone"), ("pytz.*", Classes, "A time zone"), ("dateutil.tz.*", Classes, "A time zone"),
    ("numpy", These(&["ndarray", "dtype", "matrix", "memmap", "recarray", "record", "chararray", "void", "generic", "poly1d", "bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "longdouble", "complex64", "complex128", "str_", "bytes_", "object_", "datetime64", "timedelta64", "number", "integer", "floating", "intc", "intp"]), NUMPY),
    ("numpy.core.multiarray", These(&["_reconstruct", "scalar", "ndarray", "dtype"]), NUMPY), ("numpy._core.multiarray", These(&["_reconstruct", "scalar", "ndarray", "dtype"]), NUMPY),
    ("numpy.core._multiarray_umath", These(&["_reconstruct", "scalar"]), NUMPY), ("numpy._core._multiarray_umath", These(&["_reconstruct", "scalar"]), NUMPY),
    ("numpy.core._internal", These(&["_reconstruct", "_convert_to_stringdtype_kwargs"]), NUMPY), ("numpy._core._internal", These(&["_reconstruct", "_convert_to_stringdtype_kwargs"]), NUMPY),
    ("numpy.core.numeric", These(&["_frombuffer"]), NUMPY), ("numpy._core.numeric", These(&["_frombuffer"]), NUMPY), ("numpy.core", These(&["_ufunc_reconstruct"]), NUMPY), ("numpy._core", These(&["_ufunc_reconstruct"]), NUMPY),
    ("numpy.core.records", These(&["recarray", "record"]), NUMPY), ("numpy.rec", These(&["recarray", "record"]), NUMPY), ("numpy._core.records", These(&["recarray", "record"]), NUMPY), ("numpy.core.defchararray", These(&["chararray"]), NUMPY), ("numpy.char", These(&["chararray"]), NUMPY),
    ("numpy.core.memmap", These(&["memmap"]), NUMPY), ("numpy.matrixlib.defmatrix", These(&["matrix"]), NUMPY), ("numpy.ma.*", These(&["MaskedArray", "_mareconstruct", "MaskedConstant", "mvoid", "MaskedRecords", "_mrreconstruct"]), NUMPY),
    ("numpy.dtypes", Classes, NUMPY), ("numpy.polynomial.*", Classes, NUMPY), ("numpy.lib.polynomial", These(&["poly1d"]), NUMPY), ("numpy.lib._polynomial_impl", These(&["poly1d"]), NUMPY),
    ("numpy.random.*", These(&["__RandomState_ctor", "__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor", "__pyx_unpickle_SeedSequence", "SeedSequence", "MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "RandomState", "Generator"]), NUMPY),
    ("numpy", These(super::numpy::UFUNCS), "A function of NumPy's that computes, and is only named"), ("numpy.core._multiarray_umath", These(super::numpy::UFUNCS), "A function of NumPy's that computes, and is only named"), ("numpy._core._multiarray_umath", These(super::numpy::UFUNCS), "A function of NumPy's that computes, and is only named"),
    ("ml_dtypes.*", Ending(&["bfloat16", "int2", "int4", "uint2", "uint4", "e3m4", "e4m3", "e4m3b11fnuz", "e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu", "e2m1fn", "e2m3fn", "e3m2fn"]), "A small number type for NumPy's arrays"),
    ("pandas.*", These(&["DataFrame", "Series", "Panel", "Index", "Int64Index", "UInt64Index", "Float64Index", "NumericIndex", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "IntervalIndex", "CategoricalIndex", "FrozenNDArray", "FrozenList", "BlockManager", "SingleBlockManager", "_new_Index", "_new_DatetimeIndex", "_new_PeriodIndex", "_new_IntervalIndex", "_unpickle_block", "new_block", "__pyx_unpickle_NDArrayBacked", "__pyx_unpickle_BlockValuesRefs", "_unpickle_timestamp", "Timestamp", "Timedelta", "_timedelta_unpickle", "Period", "Interval", "Categorical", "CategoricalDtype", "DatetimeTZDtype", "PeriodDtype", "IntervalDtype", "SparseDtype", "StringDtype", "BooleanDtype", "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "UInt8Dtype", "UInt16Dtype", "UInt32Dtype", "UInt64Dtype", "Float32Dtype", "Float64Dtype", "ArrowDtype", "NA", "NAType", "NaT", "NaTType", "_nat_unpickle", "C_NA", "DatetimeArray", "TimedeltaArray", "PeriodArray", "IntervalArray", "SparseArray", "StringArray", "ArrowStringArray", "ArrowExtensionArray", "BooleanArray", "IntegerArray", "FloatingArray", "NumpyExtensionArray", "PandasArray", "IntIndex", "BlockIndex", "ObjectBlock", "BlockPlacement", "Flags", "_unpickle_array"]), PANDAS),
    ("pandas._libs.tslibs.offsets", Classes, "A step of pandas' calendar"), ("pandas.tseries.offsets", Classes, "A step of pandas' calendar"), ("pandas._libs.tslibs.*", These(&["__unpickle_Period", "_unpickle_period", "__pyx_unpickle_BaseOffset"]), PANDAS),
    ("scipy.sparse.*", Ending(&["_matrix", "_array"]), SCIPY), ("scipy.interpolate.*", Classes, "A class of SciPy's that holds an interpolation"),
    ("sklearn.*", Classes, SKLEARN), ("sklearn._loss.*", Ending(&["Loss", "Link"]), SKLEARN), ("sklearn.neighbors.*", These(&["newObj"]), SKLEARN), ("sklearn.*", Ending(&["__pyx_unpickle_Enum", "__pyx_unpickle_CyHalfBinomialLoss"]), SKLEARN),
    ("joblib.numpy_pickle", These(&["NumpyArrayWrapper"]), JOBLIB), ("joblib.numpy_pickle_compat", These(&["NDArrayWrapper", "ZNDArrayWrapper"]), JOBLIB), ("joblib.numpy_pickle", These(&["NDArrayWrapper", "ZNDArrayWrapper"]), JOBLIB),
    ("PIL.*", Ending(&["Image", "ImageFile", "ImagePalette"]), IMAGE), ("PIL.TiffImagePlugin", These(&["IFDRational", "ImageFileDirectory_v2"]), IMAGE),
    ("torch", Ending(&["Storage", "Tensor"]), TORCH), ("torch.cuda", Ending(&["Storage", "Tensor"]), TORCH), ("torch.storage", These(&["UntypedStorage", "TypedStorage", "_UntypedStorage", "_TypedStorage"]), TORCH),
    ("torch", These(&["Size", "device", "dtype", "layout", "strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "float", "float16", "float32", "float64", "double", "half", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool", "complex32", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "qint8", "quint8", "qint32", "quint4x2", "quint2x4", "per_tensor_affine", "per_channel_affine", "per_tensor_symmetric", "per_channel_symmetric", "contiguous_format", "preserve_format", "channels_last", "channels_last_3d", "Generator"]), TORCH),
    ("torch._utils", These(&["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter", "_rebuild_parameter_v2", "_rebuild_parameter_with_state", "_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_nested_tensor", "_rebuild_device_tensor_from_numpy", "_rebuild_meta_tensor_no_storage", "_rebuild_wrapper_subclass", "_rebuild_device_tensor_from_cpu_tensor"]), TORCH),
    ("torch._tensor", These(&["_rebuild_from_type_v2", "_rebuild_from_type", "Tensor"]), TORCH), ("torch.serialization", These(&["_get_layout"]), TORCH), ("torch.nn.parameter", These(&["Parameter", "Buffer", "UninitializedParameter"]), TORCH), ("torch.nn.modules.*", Classes, TORCH), ("torch.nn.backends.thnn", These(&["_get_thnn_function_backend"]), TORCH), ("torch.optim.*", Classes, TORCH),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_weigh_what_they_do() {
        let safe = |m, n| matches!(find(m, n), Some(Rule::Safe(_)));
        let dangerous = |m, n| matches!(find(m, n), Some(Rule::Dangerous(_)));
        for (m, n) in [
            ("numpy", "dtype"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("pandas.core.internals.managers", "BlockManager"),
            ("collections", "OrderedDict"),
            ("builtins", "UnicodeDecodeError"),
            ("torch", "BFloat16Storage"),
            ("scipy.sparse._csr", "csr_matrix"),
            ("sklearn.tree._tree", "Tree"),
            ("copyreg", "_reconstructor"),
            ("dill._dill", "_create_array"),
        ] {
            assert!(safe(m, n), "{m}.{n}");
        }
        for (m, n) in [
            ("os", "system"),
            ("posix", "system"),
            ("builtins", "eval"),
            ("builtins", "getattr"),
            ("subprocess", "Popen"),
            ("copyreg", "add_extension"),
            ("numpy", "load"),
            ("torch", "load"),
            ("joblib", "load"),
            ("numpy.f2py.crackfortran", "x"),
            ("operator", "attrgetter"),
            ("functools", "partial"),
            ("sklearn.externals.joblib", "Parallel"),
            ("dill._dill", "_create_function"),
            ("pickle", "loads"),
            ("importlib", "import_module"),
        ] {
            assert!(dangerous(m, n), "{m}.{n}");
        }
        for (m, n) in
            [("mine", "Class"), ("osx", "system"), ("numpy", "einsum"), ("__main__", "Thing"), ("pandas", "concat")]
        {
            assert_eq!(find(m, n), None, "{m}.{n}");
        }
    }
}
