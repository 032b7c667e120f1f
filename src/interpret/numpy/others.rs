//! What else NumPy pickles: ufuncs, random generators, polynomials, the masked constant.
//! Their arrays are found as their children; nothing is computed here.

use super::is_numpy;
use crate::interpret::builtin::SHORT;
use crate::interpret::types::{Body, Cx, Meaning, Piece, Reader};
use crate::interpret::{one_line, repr};
use crate::machine::{Call, Handle, Node};

/// What it is.
enum Other {
    Ufunc(String),
    Masked,
    Random { kind: &'static str, with: Option<String>, what: &'static str },
    Poly1d,
    Polynomial(String),
}

/// The universal functions of NumPy that have names in lower case like anything else there.
pub(in crate::interpret) const UFUNCS: &[&str] = &[
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "bitwise_and",
    "bitwise_count",
    "bitwise_or",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "clip",
    "conjugate",
    "copysign",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "divide",
    "divmod",
    "equal",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "gcd",
    "greater",
    "greater_equal",
    "heaviside",
    "hypot",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "isnat",
    "lcm",
    "ldexp",
    "left_shift",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "matmul",
    "matvec",
    "maximum",
    "minimum",
    "modf",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "power",
    "rad2deg",
    "radians",
    "reciprocal",
    "remainder",
    "right_shift",
    "rint",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "spacing",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "trunc",
    "vecdot",
    "vecmat",
];

fn other(cx: &Cx<'_>, h: Handle) -> Option<Other> {
    if matches!(cx.node(h), Some(Node::Global { .. })) {
        let (module, name) = cx.global(h)?;
        let home = matches!(module, "numpy" | "numpy.core.umath" | "numpy._core.umath")
            || is_numpy(module) && module.ends_with("_multiarray_umath");
        return (home && UFUNCS.contains(&name)).then(|| Other::Ufunc(name.to_owned()));
    }
    let (call, module, name) = cx.named_call(h)?;
    if !is_numpy(module) {
        return None;
    }
    let generator = |call: &Call| {
        let first = cx.arg(call, 0)?;
        // A name, the class itself, or (NumPy 2) the bit generator that it draws from.
        cx.name(first).or_else(|| cx.global(first).map(|(_, n)| n.to_owned())).or_else(|| {
            let inner = cx.call(first)?;
            cx.arg(inner, 0).and_then(|n| cx.name(n).or_else(|| cx.global(n).map(|(_, n)| n.to_owned())))
        })
    };
    match name {
        "_ufunc_reconstruct" => Some(Other::Ufunc(cx.arg(call, 1).and_then(|n| cx.name(n))?)),
        "MaskedConstant" => Some(Other::Masked),
        "__RandomState_ctor" | "__randomstate_ctor" => Some(Other::Random {
            kind: "numpy.random.RandomState",
            with: generator(call),
            what: "A random generator of NumPy's old kind, with its state: what it draws next is fixed",
        }),
        "__generator_ctor" => Some(Other::Random {
            kind: "numpy.random.Generator",
            with: generator(call),
            what: "A random generator of NumPy, with the state of its bit generator: what it draws next is fixed",
        }),
        "__bit_generator_ctor" => Some(Other::Random {
            kind: "numpy.random.BitGenerator",
            with: generator(call),
            what: "The bits beneath a random generator of NumPy, with their state",
        }),
        "poly1d" => Some(Other::Poly1d),
        "Polynomial" | "Chebyshev" | "Legendre" | "Hermite" | "HermiteE" | "Laguerre"
            if module.contains("polynomial") =>
        {
            Some(Other::Polynomial(name.to_owned()))
        }
        _ => None,
    }
}

/// Reads them.
pub(in crate::interpret) struct OtherReader;

impl Reader for OtherReader {
    fn name(&self) -> &'static str {
        "numpy.other"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let other = other(cx, h)?;
        let short = repr(cx, h, SHORT);
        let (kind, sentence) = match other {
            Other::Ufunc(name) => (
                "numpy.ufunc".to_owned(),
                format!("The universal function numpy.{}: only its name is pickled.", one_line(&name, 60)),
            ),
            Other::Masked => (
                "numpy.ma.core.MaskedConstant".to_owned(),
                "numpy.ma.masked, what a masked element reads as.".to_owned(),
            ),
            Other::Random { kind, with, what } => {
                let with = with.map(|w| format!(" ({})", one_line(&w, 60))).unwrap_or_default();
                (kind.to_owned(), format!("{what}{with}."))
            }
            Other::Poly1d => {
                ("numpy.poly1d".to_owned(), "A polynomial by its coefficients, the highest power first.".to_owned())
            }
            Other::Polynomial(name) => (
                format!("numpy.polynomial.{name}"),
                "A polynomial series by its coefficients, the lowest order first, with its domain and window."
                    .to_owned(),
            ),
        };
        let body = if kind == "numpy.ufunc" { Body::Scalar } else { Body::Object };
        Some(Meaning { reader: "numpy.other", kind, short, sentence, bytes: None, body, notes: Vec::new() })
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let text = |s: String| Some(vec![Piece::Text(s)]);
        match other(cx, h)? {
            Other::Ufunc(name) => text(format!("<ufunc '{}'>", one_line(&name, 60))),
            Other::Masked => text("masked".to_owned()),
            Other::Random { kind, with, .. } => {
                let class = kind.rsplit('.').next().unwrap_or(kind);
                text(format!("{class}({})", with.map(|w| one_line(&w, 60)).unwrap_or_default()))
            }
            Other::Poly1d => {
                let coefficients = cx.attr(h, "_coeffs").or_else(|| cx.attr(h, "coeffs"))?;
                Some(vec![Piece::Text("poly1d(".into()), Piece::Value(coefficients), Piece::Text(")".into())])
            }
            Other::Polynomial(name) => {
                let coefficients = cx.attr(h, "coef")?;
                Some(vec![Piece::Text(format!("{name}(")), Piece::Value(coefficients), Piece::Text(")".into())])
            }
        }
    }
}
