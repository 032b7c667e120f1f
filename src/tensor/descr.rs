//! The names of a dtype: `numpy.dtype.str`, `.descr`, `.name`, and its text as Python source.
//! Must never look at an array.

use super::dtype::{DType, Kind, Mini};
use serde_json::{Value, json};
use std::fmt::Write;

/// `numpy.dtype.descr`, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Descr {
    /// A type's `str`.
    Str(String),
    /// The fields, padding included (as fields without name).
    Fields(Vec<DescrField>),
}

/// One tuple of `numpy.dtype.descr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescrField {
    /// The title, when there is one; NumPy then writes `(title, name)` for the name.
    pub title: Option<String>,
    /// The name; empty for padding.
    pub name: String,
    /// The type; of a subarray, its base.
    pub descr: Descr,
    /// The shape of a subarray; empty when it is none.
    pub shape: Option<Vec<u64>>,
}

impl Descr {
    /// As JSON: tuples become lists, and a titled name the list `[title, name]`.
    pub fn to_json(&self) -> Value {
        // Depth is bounded where dtypes are built.
        match self {
            Self::Str(s) => Value::String(s.clone()),
            Self::Fields(fields) => fields.iter().map(DescrField::to_json).collect(),
        }
    }

    /// As Python source: `[('a', '<i4'), (('title', 'b'), '<f8', (2,))]`.
    pub fn to_python(&self) -> String {
        match self {
            Self::Str(s) => format!("'{s}'"),
            Self::Fields(fields) => {
                let mut out = "[".to_owned();
                for (i, f) in fields.iter().enumerate() {
                    out.push_str(if i == 0 { "(" } else { ", (" });
                    match &f.title {
                        Some(t) => _ = write!(out, "({}, {})", quote(t), quote(&f.name)),
                        None => out.push_str(&quote(&f.name)),
                    }
                    _ = write!(out, ", {}", f.descr.to_python());
                    if let Some(shape) = &f.shape {
                        _ = write!(out, ", {}", tuple(shape));
                    }
                    out.push(')');
                }
                out.push(']');
                out
            }
        }
    }
}

impl DescrField {
    fn to_json(&self) -> Value {
        let name = match &self.title {
            Some(t) => json!([t, self.name]),
            None => json!(self.name),
        };
        match &self.shape {
            Some(shape) => json!([name, self.descr.to_json(), shape]),
            None => json!([name, self.descr.to_json()]),
        }
    }
}

/// A shape as Python writes a tuple: `()`, `(3,)`, `(2, 3)`.
pub fn tuple<T: std::fmt::Display>(shape: &[T]) -> String {
    let mut out = "(".to_owned();
    for (i, d) in shape.iter().enumerate() {
        _ = write!(out, "{}{d}", if i == 0 { "" } else { ", " });
    }
    out.push_str(if shape.len() == 1 { ",)" } else { ")" });
    out
}

fn quote(s: &str) -> String {
    crate::source::pytext::repr_str(s)
}

impl DType {
    /// `numpy.dtype.str`: `<f8`, `|S5`, `<M8[25s]`; a structured type is only `|V` and its size.
    pub fn numpy_str(&self) -> String {
        let order = self.order.char();
        let size = self.item_size;
        match &self.kind {
            Kind::Bool => "|b1".to_owned(),
            Kind::Int => format!("{order}i{size}"),
            Kind::UInt => format!("{order}u{size}"),
            Kind::Float | Kind::LongDouble(_) => format!("{order}f{size}"),
            Kind::Complex | Kind::ComplexLong(_) => format!("{order}c{size}"),
            // ml_dtypes registers its types as user types of kind V; NumPy gives them the machine's order.
            Kind::Mini(Mini::E5M2) => "<f1".to_owned(),
            Kind::BFloat16 | Kind::Mini(_) | Kind::Nibble { .. } => format!("<V{size}"),
            Kind::Datetime(t) => format!("{order}M8{}", t.suffix()),
            Kind::Timedelta(t) => format!("{order}m8{}", t.suffix()),
            Kind::Bytes => format!("|S{size}"),
            Kind::Unicode => format!("{order}U{}", size / 4),
            // Not a dtype of NumPy's: the units as numbers.
            Kind::Utf16 => format!("{order}u{size}"),
            Kind::Void | Kind::Struct(_) | Kind::Sub(_) => format!("|V{size}"),
            Kind::Object => "|O".to_owned(),
            Kind::Text => format!("|T{size}"),
        }
    }

    /// `numpy.dtype.descr` of a structured type; of any other, its `str` alone. `None` where NumPy refuses to give one:
    /// fields that overlap or stand out of order.
    pub fn descr(&self) -> Option<Descr> {
        // After numpy/_core/_internal.py, _array_descr. Depth is bounded where dtypes are built.
        let Kind::Struct(s) = &self.kind else { return Some(Descr::Str(self.numpy_str())) };
        let mut out = Vec::new();
        let mut at = 0;
        let padding =
            |n: u64| DescrField { title: None, name: String::new(), descr: Descr::Str(format!("|V{n}")), shape: None };
        for f in &s.fields {
            match f.offset.checked_sub(at)? {
                0 => {}
                gap => out.push(padding(gap)),
            }
            let (base, shape) = match &f.dtype.kind {
                Kind::Sub(sub) => (&sub.base, Some(sub.shape.clone())),
                _ => (&f.dtype, None),
            };
            out.push(DescrField { title: f.title.clone(), name: f.name.clone(), descr: base.descr()?, shape });
            at = f.offset.checked_add(f.dtype.item_size)?;
        }
        if let Some(gap) = self.item_size.checked_sub(at).filter(|n| *n > 0) {
            out.push(padding(gap));
        }
        Some(Descr::Fields(out))
    }

    /// What reports write: the `descr` of a structured type, else (or where there is none) the `str`.
    pub fn to_json(&self) -> Value {
        self.descr().map_or_else(|| Value::String(self.numpy_str()), |d| d.to_json())
    }

    /// What an array of it is an array of, for sentences: `float64`, `records of 3 fields`, `strings of 5 characters`.
    pub fn plural(&self) -> String {
        let of = |what: &str, n: u64, unit: &str| format!("{what} of {n} {unit}{}", if n == 1 { "" } else { "s" });
        match &self.kind {
            Kind::Bytes => of("byte strings", self.item_size, "byte"),
            Kind::Unicode => of("strings", self.item_size / 4, "character"),
            Kind::Void => of("raw items", self.item_size, "byte"),
            Kind::Struct(s) => of("records", s.fields.len() as u64, "field"),
            Kind::Sub(s) => format!("{} arrays of {}", tuple(&s.shape), s.base.plural()),
            Kind::Object => "Python objects".to_owned(),
            _ => self.name(),
        }
    }

    /// For people: `float64`, `datetime64[ns]`, `5 bytes`, `structured, 3 fields`. Byte order is not in it.
    pub fn name(&self) -> String {
        let bits = self.item_size.saturating_mul(8);
        match &self.kind {
            Kind::Bool => "bool".to_owned(),
            Kind::Int => format!("int{bits}"),
            Kind::UInt => format!("uint{bits}"),
            Kind::Float => format!("float{bits}"),
            Kind::BFloat16 => "bfloat16".to_owned(),
            Kind::Mini(m) => Mini::name(*m).to_owned(),
            Kind::Nibble { signed, bits } => format!("{}int{bits}", if *signed { "" } else { "u" }),
            Kind::LongDouble(_) => format!("float{bits} ({})", self.long_words()),
            Kind::Complex => format!("complex{bits}"),
            Kind::ComplexLong(_) => format!("complex{bits} ({})", self.long_words()),
            Kind::Datetime(t) => format!("datetime64{}", t.suffix()),
            Kind::Timedelta(t) => format!("timedelta64{}", t.suffix()),
            Kind::Bytes => match self.item_size {
                1 => "bytes, 1 byte".to_owned(),
                n => format!("bytes, {n} bytes"),
            },
            Kind::Unicode => match self.item_size / 4 {
                1 => "str, 1 character".to_owned(),
                n => format!("str, {n} characters"),
            },
            Kind::Utf16 => "UTF-16 unit".to_owned(),
            Kind::Void => format!("void, {} bytes", self.item_size),
            Kind::Struct(s) => match s.fields.len() {
                1 => "structured, 1 field".to_owned(),
                n => format!("structured, {n} fields"),
            },
            Kind::Sub(s) => format!("{} {} in each", tuple(&s.shape), s.base.name()),
            Kind::Object => "object".to_owned(),
            Kind::Text => "StringDType".to_owned(),
        }
    }

    fn long_words(&self) -> &'static str {
        use super::dtype::LongDouble;
        match self.kind {
            Kind::LongDouble(f) | Kind::ComplexLong(f) => match f {
                LongDouble::X87 => "x87 80-bit",
                LongDouble::Quad => "IEEE binary128",
                LongDouble::DoubleDouble => "two doubles",
            },
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dtype::{ByteOrder, Field, Tick, Unit};
    use super::*;

    fn field(name: &str, text: &str, offset: u64) -> Field {
        Field { name: name.into(), title: None, dtype: DType::parse(text).unwrap(), offset }
    }

    #[test]
    fn str_survives_parsing() {
        for s in [
            "|b1", "|i1", "<i2", ">i8", "|u1", "<u4", "<f2", ">f4", "<f8", "<f12", "<f16", ">f16", "<c8", ">c16",
            "<c24", "<c32", "|S0", "|S5", "<U0", "<U7", ">U2", "|V0", "|V12", "|O", "<M8", "<M8[ns]", ">M8[25s]",
            "<m8[D]", "|T16",
        ] {
            assert_eq!(DType::parse(s).unwrap().numpy_str(), s);
        }
        for s in ["", "x4", "<f3", "<i16", "M4", "f8[s]", "M8[0s]", "M8[x]", "S-1", "f99999999999999999999", "é"] {
            assert!(DType::parse(s).is_err(), "{s}");
        }
        assert_eq!(Tick::divided(Unit::Second, 1, 4).unwrap().suffix(), "[250ms]");
        assert!(Tick::divided(Unit::Second, 1, 7).is_err());
    }

    #[test]
    fn descr_is_numpys() {
        let inner = DType::structure(vec![field("x", ">f4", 0), field("y", "<f8", 4)], 12, false, 1).unwrap();
        let sub = DType::subarray(inner, vec![2, 3]).unwrap();
        let fields = vec![
            field("p", "<i2", 2),
            Field { title: Some("T'1".into()), ..field("q", ">i4", 8) },
            Field { name: "s".into(), title: None, dtype: sub, offset: 12 },
        ];
        let d = DType::structure(fields, 90, false, 1).unwrap();
        assert_eq!(
            d.descr().unwrap().to_python(),
            "[('', '|V2'), ('p', '<i2'), ('', '|V4'), ((\"T'1\", 'q'), '>i4'), \
             ('s', [('x', '>f4'), ('y', '<f8')], (2, 3)), ('', '|V6')]"
        );
        assert_eq!(
            d.to_json().to_string(),
            r#"[["","|V2"],["p","<i2"],["","|V4"],[["T'1","q"],">i4"],["s",[["x",">f4"],["y","<f8"]],[2,3]],["","|V6"]]"#
        );
        assert_eq!(d.numpy_str(), "|V90");
        let swapped = d.with_order(ByteOrder::Big);
        assert_eq!(swapped.field("T'1").map(|f| f.dtype.numpy_str()), Some(">i4".into()));
        assert_eq!(swapped.field("p").map(|f| f.dtype.numpy_str()), Some(">i2".into()));
        let overlap = DType::structure(vec![field("a", "<i4", 0), field("b", "<i2", 2)], 8, false, 1).unwrap();
        assert_eq!((overlap.descr(), overlap.to_json()), (None, Value::from("|V8")));
    }

    #[test]
    fn senseless_layouts_are_refused() {
        assert!(DType::structure(vec![field("a", "<i4", 2)], 5, false, 1).is_err());
        assert!(DType::structure(vec![field("a", "<i4", u64::MAX)], 5, false, 1).is_err());
        assert!(DType::structure(vec![field("a", "<i4", 0), field("a", "<i4", 4)], 8, false, 1).is_err());
        assert!(DType::subarray(DType::float(8), vec![1 << 40, 1 << 40]).is_err());
        let mut d = DType::float(8);
        for _ in 0..crate::source::limits::DTYPE_DEPTH {
            d = DType::structure(vec![Field { name: "a".into(), title: None, dtype: d, offset: 0 }], 8, false, 1)
                .unwrap();
        }
        assert!(DType::subarray(d, vec![]).is_err());
        // Shared fields doubled at each level: small to write down, endless to walk.
        let mut d = DType::float(8);
        let grown = (0..25).try_for_each(|_| {
            let f = |name: &str| Field { name: name.into(), title: None, dtype: d.clone(), offset: 0 };
            d = DType::structure(vec![f("a"), f("b")], 8, false, 1)?;
            Ok::<_, super::super::dtype::DTypeError>(())
        });
        assert!(grown.is_err());
    }

    #[test]
    fn machine_format_codes_name_their_layout() {
        let all: Vec<_> = (0..=28).map(|c| DType::from_machine_format(c).map(|d| d.numpy_str())).collect();
        let want = [
            "|u1", "|i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<u8", ">u8", "<i8", ">i8", "<f4",
            ">f4", "<f8", ">f8", "<u2", ">u2", "<U1", ">U1", "<c8", ">c8", "<c16", ">c16", "<f2", ">f2",
        ];
        assert_eq!(all.iter().flatten().collect::<Vec<_>>(), want);
        assert_eq!(all.last(), Some(&None));
    }
}
