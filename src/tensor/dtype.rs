//! What one element of an array is: kind, size, byte order, fields. Names and layouts are NumPy's own (`numpy.dtype`).
//! Knows neither pickles nor the bytes of any array.

use crate::source::limits;
use std::fmt;
use std::sync::Arc;

/// One element's type. Cheap to clone: fields are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DType {
    /// What the bytes mean.
    pub kind: Kind,
    /// Bytes of one element.
    pub item_size: u64,
    /// Order of the bytes in a number (for Unicode: in a character).
    pub order: ByteOrder,
    /// Alignment in bytes that the writing machine would use; 1 where none matters.
    pub align: u64,
}

/// Which end of a number comes first in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// `<`: the low byte first.
    Little,
    /// `>`: the high byte first.
    Big,
    /// `|`: single bytes, or nothing numeric.
    NotApplicable,
}

/// What the bytes of an element mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte; any non-zero value is true.
    Bool,
    /// Two's complement, 1, 2, 4 or 8 bytes.
    Int,
    /// Unsigned, 1, 2, 4 or 8 bytes.
    UInt,
    /// IEEE 754 binary16, 32 or 64.
    Float,
    /// The upper half of a binary32 (`ml_dtypes.bfloat16`).
    BFloat16,
    /// A small float of `ml_dtypes`, one byte an element.
    Mini(Mini),
    /// A small integer of `ml_dtypes` (`int4`, `uint4`, `int2`, `uint1` …), in the low bits of a byte.
    Nibble {
        /// Two's complement.
        signed: bool,
        /// 1, 2 or 4.
        bits: u8,
    },
    /// C's `long double`, 12 or 16 bytes.
    LongDouble(LongDouble),
    /// Two binary16 (torch's `complex32`), binary32 or binary64: 4, 8 or 16 bytes.
    Complex,
    /// Two `long double`: 24 or 32 bytes.
    ComplexLong(LongDouble),
    /// Ticks since 1970-01-01T00:00; the least i64 is NaT.
    Datetime(Tick),
    /// A number of ticks; the least i64 is NaT.
    Timedelta(Tick),
    /// `S`: bytes, padded with NUL.
    Bytes,
    /// `U`: UCS-4 characters, padded with NUL.
    Unicode,
    /// `array.array('u')` where `wchar_t` has two bytes: UTF-16 units.
    Utf16,
    /// `V` without fields: opaque bytes.
    Void,
    /// `V` with fields.
    Struct(Arc<Struct>),
    /// An array in each element.
    Sub(Arc<Sub>),
    /// Python objects. Where an array holds such elements, the first 8 bytes (little-endian) of each are a handle that
    /// the layer which made the array gave out; this layer only passes it on.
    Object,
    /// NumPy 2's variable-width `StringDType`; elements are handles as for [`Kind::Object`].
    Text,
}

/// How a `long double` is stored. `<f16` alone does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LongDouble {
    /// x87 80-bit: 64 bits of significand with an explicit integer bit, then 2 or 6 bytes of padding.
    X87,
    /// IEEE 754 binary128 (aarch64, s390x, riscv64).
    Quad,
    /// PowerPC: the sum of two binary64.
    DoubleDouble,
}

/// The floats of `ml_dtypes` that take at most one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the documentation: exponent bits, mantissa bits, variant")]
pub enum Mini {
    E3M4,
    E4M3,
    E4M3B11Fnuz,
    E4M3Fn,
    E4M3Fnuz,
    E5M2,
    E5M2Fnuz,
    E8M0Fnu,
    E2M1Fn,
    E2M3Fn,
    E3M2Fn,
}

/// The step of a datetime64 or timedelta64: `num` units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tick {
    /// The unit.
    pub unit: Unit,
    /// Units in one step; at least 1.
    pub num: u32,
}

/// NumPy's time units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Milli,
    Micro,
    Nano,
    Pico,
    Femto,
    Atto,
    /// No unit was given.
    Generic,
}

/// Named parts of an element.
#[derive(Debug, PartialEq, Eq)]
pub struct Struct {
    /// In the order of `dtype.names`; may overlap, leave gaps and stand in any order.
    pub fields: Vec<Field>,
    /// Laid out as a C struct (`align=True`).
    pub aligned: bool,
    depth: usize,
    leaves: u64,
}

/// One named part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// A second name, if it has one.
    pub title: Option<String>,
    /// Its type.
    pub dtype: DType,
    /// Bytes from the start of the element.
    pub offset: u64,
}

/// A fixed array as element.
#[derive(Debug, PartialEq, Eq)]
pub struct Sub {
    /// The type of its elements.
    pub base: DType,
    /// Its shape, C order.
    pub shape: Vec<u64>,
    depth: usize,
    leaves: u64,
}

/// Why a dtype makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DTypeError(pub String);

impl fmt::Display for DTypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DTypeError {}

fn bad<T>(why: impl Into<String>) -> Result<T, DTypeError> {
    Err(DTypeError(why.into()))
}

impl ByteOrder {
    /// From the character of a dtype's text or state; `=` and unknown ones count as little-endian, as NumPy on the
    /// machines that nearly every file comes from takes them.
    pub const fn from_char(c: char) -> Self {
        match c {
            '>' | '!' => Self::Big,
            '|' => Self::NotApplicable,
            _ => Self::Little,
        }
    }

    /// NumPy's character.
    pub const fn char(self) -> char {
        match self {
            Self::Little => '<',
            Self::Big => '>',
            Self::NotApplicable => '|',
        }
    }

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Little => "little-endian",
            Self::Big => "big-endian",
            Self::NotApplicable => "byte order does not apply",
        }
    }
}

impl Unit {
    /// From NumPy's abbreviation.
    pub fn from_name(s: &str) -> Option<Self> {
        Some(match s {
            "Y" => Self::Year,
            "M" => Self::Month,
            "W" => Self::Week,
            "D" => Self::Day,
            "h" => Self::Hour,
            "m" => Self::Minute,
            "s" => Self::Second,
            "ms" => Self::Milli,
            "us" | "μs" => Self::Micro,
            "ns" => Self::Nano,
            "ps" => Self::Pico,
            "fs" => Self::Femto,
            "as" => Self::Atto,
            "generic" => Self::Generic,
            _ => return None,
        })
    }

    /// NumPy's abbreviation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "Y",
            Self::Month => "M",
            Self::Week => "W",
            Self::Day => "D",
            Self::Hour => "h",
            Self::Minute => "m",
            Self::Second => "s",
            Self::Milli => "ms",
            Self::Micro => "us",
            Self::Nano => "ns",
            Self::Pico => "ps",
            Self::Femto => "fs",
            Self::Atto => "as",
            Self::Generic => "generic",
        }
    }

    /// In words, plural.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Year => "years",
            Self::Month => "months",
            Self::Week => "weeks",
            Self::Day => "days",
            Self::Hour => "hours",
            Self::Minute => "minutes",
            Self::Second => "seconds",
            Self::Milli => "milliseconds",
            Self::Micro => "microseconds",
            Self::Nano => "nanoseconds",
            Self::Pico => "picoseconds",
            Self::Femto => "femtoseconds",
            Self::Atto => "attoseconds",
            Self::Generic => "generic units",
        }
    }
}

impl Tick {
    /// No unit.
    pub const GENERIC: Self = Self { unit: Unit::Generic, num: 1 };

    /// `[25s]`, `[ns]`, and nothing for the generic unit.
    pub fn suffix(self) -> String {
        match (self.unit, self.num) {
            (Unit::Generic, _) => String::new(),
            (u, 1) => format!("[{}]", u.name()),
            (u, n) => format!("[{n}{}]", u.name()),
        }
    }

    /// One of `num` units divided by `den`: NumPy turns a divisor into a smaller unit (`s`/4 is `250ms`).
    ///
    /// # Errors
    /// When no unit divides evenly, as in NumPy.
    pub fn divided(unit: Unit, num: u32, den: u32) -> Result<Self, DTypeError> {
        if den <= 1 {
            return Ok(Self { unit, num: num.max(1) });
        }
        // numpy/core/src/multiarray/datetime.c: _multiples_table
        let steps: &[(u64, Unit)] = match unit {
            Unit::Year => &[(12, Unit::Month), (52, Unit::Week), (365, Unit::Day)],
            Unit::Month => &[(4, Unit::Week), (30, Unit::Day), (720, Unit::Hour)],
            Unit::Week => &[(7, Unit::Day), (168, Unit::Hour), (10_080, Unit::Minute)],
            Unit::Day => &[(24, Unit::Hour), (1_440, Unit::Minute), (86_400, Unit::Second)],
            Unit::Hour => &[(60, Unit::Minute), (3_600, Unit::Second)],
            Unit::Minute => &[(60, Unit::Second), (60_000, Unit::Milli)],
            Unit::Second => &[(1_000, Unit::Milli), (1_000_000, Unit::Micro)],
            Unit::Milli => &[(1_000, Unit::Micro), (1_000_000, Unit::Nano)],
            Unit::Micro => &[(1_000, Unit::Nano), (1_000_000, Unit::Pico)],
            Unit::Nano => &[(1_000, Unit::Pico), (1_000_000, Unit::Femto)],
            Unit::Pico => &[(1_000, Unit::Femto), (1_000_000, Unit::Atto)],
            Unit::Femto => &[(1_000, Unit::Atto)],
            Unit::Atto | Unit::Generic => &[],
        };
        for (n, u) in steps {
            if n.is_multiple_of(u64::from(den)) {
                let num = u32::try_from(n / u64::from(den)).ok().and_then(|k| k.checked_mul(num.max(1)));
                return num.map_or_else(|| bad("the unit overflows"), |num| Ok(Self { unit: *u, num }));
            }
        }
        bad(format!("divisor ({den}) is not a multiple of a lower unit of {}", unit.name()))
    }
}

impl DType {
    const fn plain(kind: Kind, item_size: u64, order: ByteOrder, align: u64) -> Self {
        Self { kind, item_size, order, align }
    }

    /// A type of `size` bytes whose alignment is its size (at most 8) and whose order is dropped when it has one byte.
    fn number(kind: Kind, size: u64, order: ByteOrder) -> Self {
        let order = match (size, order) {
            (1, _) => ByteOrder::NotApplicable,
            (_, ByteOrder::NotApplicable) => ByteOrder::Little,
            (_, o) => o,
        };
        Self::plain(kind, size, order, size.min(8))
    }

    /// From a dtype's kind letter and size, as in `f8`, `U5` (characters), `V12`, `M8`: what `numpy.dtype(code)` takes.
    /// Times come without unit: set `kind` afterwards. `f16` and `f12` count as x87 when little-endian, else as binary128.
    ///
    /// # Errors
    /// When NumPy has no such type.
    pub fn from_code(letter: char, size: u64, order: ByteOrder) -> Result<Self, DTypeError> {
        let long = if order == ByteOrder::Big { LongDouble::Quad } else { LongDouble::X87 };
        Ok(match (letter, size) {
            ('b' | '?', 1) if letter == 'b' || size == 1 => Self::number(Kind::Bool, 1, order),
            ('i', 1 | 2 | 4 | 8) => Self::number(Kind::Int, size, order),
            ('u', 1 | 2 | 4 | 8) => Self::number(Kind::UInt, size, order),
            ('f', 2 | 4 | 8) => Self::number(Kind::Float, size, order),
            ('f', 12) => Self { align: 4, ..Self::number(Kind::LongDouble(LongDouble::X87), 12, order) },
            ('f', 16) => Self { align: 16, ..Self::number(Kind::LongDouble(long), 16, order) },
            ('c', 8 | 16) => Self { align: size / 2, ..Self::number(Kind::Complex, size, order) },
            ('c', 24) => Self { align: 4, ..Self::number(Kind::ComplexLong(LongDouble::X87), 24, order) },
            ('c', 32) => Self { align: 16, ..Self::number(Kind::ComplexLong(long), 32, order) },
            ('S' | 'a', _) => Self::plain(Kind::Bytes, size, ByteOrder::NotApplicable, 1),
            ('U', _) => {
                let Some(bytes) = size.checked_mul(4) else { return bad(format!("U{size} overflows")) };
                Self { align: 4, ..Self::number(Kind::Unicode, bytes, order) }.with_some_order(order)
            }
            ('V', _) => Self::plain(Kind::Void, size, ByteOrder::NotApplicable, 1),
            ('O', _) => Self::object(),
            ('M', 8) => Self::number(Kind::Datetime(Tick::GENERIC), 8, order),
            ('m', 8) => Self::number(Kind::Timedelta(Tick::GENERIC), 8, order),
            ('T', _) => Self::text(),
            _ => return bad(format!("{letter}{size} is no type of NumPy's")),
        })
    }

    /// From the text of a dtype: `<f8`, `|S5`, `>M8[25s]`, `f4`, `?`; the text of a structured type is only a void's.
    ///
    /// # Errors
    /// When NumPy has no such type.
    pub fn parse(text: &str) -> Result<Self, DTypeError> {
        let (order, rest) = match text.chars().next() {
            Some(c @ ('<' | '>' | '|' | '=')) => (ByteOrder::from_char(c), text.get(1..).unwrap_or("")),
            _ => (ByteOrder::Little, text),
        };
        let (code, unit) = match rest.split_once('[') {
            Some((code, unit)) => (code, Some(unit.strip_suffix(']').unwrap_or(unit))),
            None => (rest, None),
        };
        let mut chars = code.chars();
        let letter = chars.next().ok_or_else(|| DTypeError("an empty type".to_owned()))?;
        let digits = chars.as_str();
        let size = match (letter, digits) {
            ('?', "") => 1,
            ('O', "") => 8,
            ('T', "") => 16,
            ('S' | 'U' | 'V', "") => 0,
            _ => digits.parse().map_err(|_| DTypeError(format!("{text:?} is no type of NumPy's")))?,
        };
        let mut dtype = Self::from_code(letter, size, order)?;
        if let Some(unit) = unit {
            let split = unit.find(|c: char| !c.is_ascii_digit()).unwrap_or(unit.len());
            let (num, name) = unit.split_at(split);
            let num = if num.is_empty() { Ok(1) } else { num.parse() };
            let tick = Unit::from_name(name).zip(num.ok().filter(|n| *n > 0)).map(|(unit, num)| Tick { unit, num });
            let tick = tick.ok_or_else(|| DTypeError(format!("{unit:?} is no time unit")))?;
            dtype.kind = match dtype.kind {
                Kind::Datetime(_) => Kind::Datetime(tick),
                Kind::Timedelta(_) => Kind::Timedelta(tick),
                _ => return bad(format!("{text:?}: only times have a unit")),
            };
        }
        Ok(dtype)
    }

    /// From `array.array`'s machine format code (0–21 of all Pythons, 22–27 of 3.15), the true layout of its items.
    pub fn from_machine_format(code: u64) -> Option<Self> {
        let order = if code.is_multiple_of(2) { ByteOrder::Little } else { ByteOrder::Big };
        Some(match code {
            0 => Self::number(Kind::UInt, 1, order),
            1 => Self::number(Kind::Int, 1, order),
            // From here the pairs are (little, big), unsigned before signed.
            2 | 3 => Self::number(Kind::UInt, 2, order),
            4 | 5 => Self::number(Kind::Int, 2, order),
            6 | 7 => Self::number(Kind::UInt, 4, order),
            8 | 9 => Self::number(Kind::Int, 4, order),
            10 | 11 => Self::number(Kind::UInt, 8, order),
            12 | 13 => Self::number(Kind::Int, 8, order),
            14 | 15 => Self::number(Kind::Float, 4, order),
            16 | 17 => Self::number(Kind::Float, 8, order),
            18 | 19 => Self::number(Kind::Utf16, 2, order),
            20 | 21 => Self { align: 4, ..Self::number(Kind::Unicode, 4, order) },
            22 | 23 => Self { align: 4, ..Self::number(Kind::Complex, 8, order) },
            24 | 25 => Self { align: 8, ..Self::number(Kind::Complex, 16, order) },
            26 | 27 => Self::number(Kind::Float, 2, order),
            _ => return None,
        })
    }

    /// A type of the `ml_dtypes` package by its name there (`bfloat16`, `float8_e4m3fn`, `int4` …).
    pub fn from_ml_dtypes(name: &str) -> Option<Self> {
        let kind = match name {
            "bfloat16" => return Some(Self::number(Kind::BFloat16, 2, ByteOrder::Little)),
            "int4" => Kind::Nibble { signed: true, bits: 4 },
            "uint4" => Kind::Nibble { signed: false, bits: 4 },
            "int1" => Kind::Nibble { signed: true, bits: 1 },
            "uint1" => Kind::Nibble { signed: false, bits: 1 },
            "int2" => Kind::Nibble { signed: true, bits: 2 },
            "uint2" => Kind::Nibble { signed: false, bits: 2 },
            _ => Kind::Mini(Mini::ALL.into_iter().find(|m| m.name() == name)?),
        };
        Some(Self::number(kind, 1, ByteOrder::NotApplicable))
    }

    /// One byte, true or false.
    pub fn bool() -> Self {
        Self::number(Kind::Bool, 1, ByteOrder::NotApplicable)
    }

    /// Little-endian two's complement of 1, 2, 4 or 8 bytes; other sizes count as 8.
    pub fn int(size: u64) -> Self {
        Self::number(Kind::Int, if matches!(size, 1 | 2 | 4) { size } else { 8 }, ByteOrder::Little)
    }

    /// Little-endian unsigned of 1, 2, 4 or 8 bytes; other sizes count as 8.
    pub fn uint(size: u64) -> Self {
        Self::number(Kind::UInt, if matches!(size, 1 | 2 | 4) { size } else { 8 }, ByteOrder::Little)
    }

    /// Little-endian IEEE float of 2, 4 or 8 bytes; other sizes count as 8.
    pub fn float(size: u64) -> Self {
        Self::number(Kind::Float, if matches!(size, 2 | 4) { size } else { 8 }, ByteOrder::Little)
    }

    /// Two floats of `part` (2, 4 or 8) bytes each, little-endian; other sizes count as 8.
    pub fn complex(part: u64) -> Self {
        let part = if matches!(part, 2 | 4) { part } else { 8 };
        Self { align: part, ..Self::number(Kind::Complex, part * 2, ByteOrder::Little) }
    }

    /// `numpy.dtype('O')`.
    pub const fn object() -> Self {
        Self::plain(Kind::Object, 8, ByteOrder::NotApplicable, 8)
    }

    /// `numpy.dtypes.StringDType()`.
    pub const fn text() -> Self {
        Self::plain(Kind::Text, 16, ByteOrder::NotApplicable, 8)
    }

    /// A structured type; each field must lie within `item_size`. Overlaps, gaps and any order of offsets are allowed.
    ///
    /// # Errors
    /// Too many fields, too deep, two of one name, or a field beyond the item.
    pub fn structure(fields: Vec<Field>, item_size: u64, aligned: bool, align: u64) -> Result<Self, DTypeError> {
        if fields.len() > limits::FIELDS {
            return bad(format!("{} fields, more than {}", fields.len(), limits::FIELDS));
        }
        let mut depth = 0;
        let mut leaves = 0_u64;
        let mut names = std::collections::HashSet::new();
        for f in &fields {
            if f.offset.checked_add(f.dtype.item_size).is_none_or(|end| end > item_size) {
                return bad(format!(
                    "field {:?} is {} bytes at {}, beyond the item's {item_size}",
                    f.name, f.dtype.item_size, f.offset
                ));
            }
            if !names.insert(f.name.as_str()) {
                return bad(format!("two fields are called {:?}", f.name));
            }
            depth = depth.max(f.dtype.depth());
            leaves = leaves.saturating_add(f.dtype.leaves());
        }
        Self::check_nesting(depth, leaves)?;
        let kind = Kind::Struct(Arc::new(Struct { fields, aligned, depth: depth + 1, leaves: leaves.max(1) }));
        Ok(Self::plain(kind, item_size, ByteOrder::NotApplicable, align.max(1)))
    }

    /// An array of `base` as element.
    ///
    /// # Errors
    /// Too many axes, too deep, or a size that overflows.
    pub fn subarray(base: Self, shape: Vec<u64>) -> Result<Self, DTypeError> {
        if shape.len() > limits::AXES {
            return bad(format!("{} axes, more than {}", shape.len(), limits::AXES));
        }
        let size = shape.iter().try_fold(base.item_size, |n, d| n.checked_mul(*d));
        let Some(item_size) = size else { return bad("the size of the subarray overflows") };
        Self::check_nesting(base.depth(), base.leaves())?;
        let (depth, leaves, align) = (base.depth() + 1, base.leaves(), base.align);
        Ok(Self::plain(
            Kind::Sub(Arc::new(Sub { base, shape, depth, leaves })),
            item_size,
            ByteOrder::NotApplicable,
            align,
        ))
    }

    fn check_nesting(depth: usize, leaves: u64) -> Result<(), DTypeError> {
        if depth >= limits::DTYPE_DEPTH {
            return bad(format!("dtypes nested more than {} deep", limits::DTYPE_DEPTH));
        }
        if leaves > limits::DTYPE_LEAVES {
            return bad(format!("more than {} fields in all", limits::DTYPE_LEAVES));
        }
        Ok(())
    }

    /// Levels of fields and subarrays; at most `limits::DTYPE_DEPTH`, so functions may recurse over a dtype.
    pub fn depth(&self) -> usize {
        match &self.kind {
            Kind::Struct(s) => s.depth,
            Kind::Sub(s) => s.depth,
            _ => 0,
        }
    }

    /// Fields within fields, counted at the bottom; at most `limits::DTYPE_LEAVES`.
    pub fn leaves(&self) -> u64 {
        match &self.kind {
            Kind::Struct(s) => s.leaves,
            Kind::Sub(s) => s.leaves,
            _ => 1,
        }
    }

    /// The same type in another byte order; types without one stay as they are, structured ones change in each field,
    /// as `dtype.newbyteorder` does.
    #[must_use]
    pub fn with_order(&self, order: ByteOrder) -> Self {
        let mut d = self.clone();
        match &self.kind {
            Kind::Struct(s) => {
                let fields = s.fields.iter().map(|f| Field { dtype: f.dtype.with_order(order), ..f.clone() }).collect();
                d.kind = Kind::Struct(Arc::new(Struct { fields, ..Struct { fields: Vec::new(), ..**s } }));
            }
            Kind::Sub(s) => {
                let base = s.base.with_order(order);
                d.kind = Kind::Sub(Arc::new(Sub { base, shape: s.shape.clone(), depth: s.depth, leaves: s.leaves }));
            }
            _ if self.order != ByteOrder::NotApplicable => d.order = order,
            _ => {}
        }
        d
    }

    /// An order for kinds that have one whatever their size (Unicode of no characters).
    fn with_some_order(mut self, order: ByteOrder) -> Self {
        self.order = if order == ByteOrder::NotApplicable { ByteOrder::Little } else { order };
        self
    }

    /// Real numbers, that can be drawn, compared and averaged: bool, integers, floats, times.
    pub const fn is_real(&self) -> bool {
        matches!(
            self.kind,
            Kind::Bool
                | Kind::Int
                | Kind::UInt
                | Kind::Float
                | Kind::BFloat16
                | Kind::Mini(_)
                | Kind::Nibble { .. }
                | Kind::LongDouble(_)
                | Kind::Datetime(_)
                | Kind::Timedelta(_)
        )
    }

    /// Two real parts.
    pub const fn is_complex(&self) -> bool {
        matches!(self.kind, Kind::Complex | Kind::ComplexLong(_))
    }

    /// Integers of any width.
    pub const fn is_integer(&self) -> bool {
        matches!(self.kind, Kind::Int | Kind::UInt | Kind::Nibble { .. })
    }

    /// Holds Python objects somewhere, whose bytes mean nothing outside the process that made them.
    pub fn has_objects(&self) -> bool {
        match &self.kind {
            Kind::Object | Kind::Text => true,
            Kind::Struct(s) => s.fields.iter().any(|f| f.dtype.has_objects()),
            Kind::Sub(s) => s.base.has_objects(),
            _ => false,
        }
    }

    /// The fields of a structured type, else none.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Struct(s) => &s.fields,
            _ => &[],
        }
    }

    /// The field of that name, or of that title.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let fields = self.fields();
        fields.iter().find(|f| f.name == name).or_else(|| fields.iter().find(|f| f.title.as_deref() == Some(name)))
    }
}

impl Mini {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::E3M4,
        Self::E4M3,
        Self::E4M3B11Fnuz,
        Self::E4M3Fn,
        Self::E4M3Fnuz,
        Self::E5M2,
        Self::E5M2Fnuz,
        Self::E8M0Fnu,
        Self::E2M1Fn,
        Self::E2M3Fn,
        Self::E3M2Fn,
    ];

    /// The name in `ml_dtypes`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::E3M4 => "float8_e3m4",
            Self::E4M3 => "float8_e4m3",
            Self::E4M3B11Fnuz => "float8_e4m3b11fnuz",
            Self::E4M3Fn => "float8_e4m3fn",
            Self::E4M3Fnuz => "float8_e4m3fnuz",
            Self::E5M2 => "float8_e5m2",
            Self::E5M2Fnuz => "float8_e5m2fnuz",
            Self::E8M0Fnu => "float8_e8m0fnu",
            Self::E2M1Fn => "float4_e2m1fn",
            Self::E2M3Fn => "float6_e2m3fn",
            Self::E3M2Fn => "float6_e3m2fn",
        }
    }
}
