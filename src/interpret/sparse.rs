//! A sparse matrix as pictures and tables want it: which elements are stored, and the matrix multiplied out.
//! The layouts are those of scipy.sparse, whose attributes `scipy` reads. Must never allocate by a shape alone.

use super::array_array::pack;
use super::numpy::scalar_parts;
use super::types::{ArrayMeaning, Cx, SparseMeaning};
use crate::machine::Handle;
use crate::source::limits;
use crate::tensor::{Array, DType, Data, Kind, Scalar};

/// Rows and columns of the picture of what is stored, at most.
const SIDE: u64 = 1024;

/// What of a sparse matrix is stored, and all of it.
#[derive(Clone, Debug)]
pub struct Spread {
    /// How many stored values lie in each field of the picture; at most 1024 fields along each axis.
    pub pattern: Array,
    /// Rows and columns of the matrix that a field of the picture stands for.
    pub field: (u64, u64),
    /// The matrix multiplied out, or why it is not.
    pub dense: Result<Array, String>,
    /// Stored values outside of the shape, which no loader would accept.
    pub outside: u64,
    /// The search was stopped, or the parts are longer than is read.
    pub partial: bool,
}

/// Spreads a matrix out. `None` where it is no matrix of two axes or its parts do not fit together.
pub fn spread(cx: &Cx<'_>, h: Handle, s: &SparseMeaning, stop: &dyn Fn() -> bool) -> Option<Spread> {
    let (rows, cols) = match s.shape.as_slice() {
        [rows, cols] => (*rows, *cols),
        [cols] => (1, *cols),
        _ => return None,
    };
    let entries = Entries { cx, h, s, cols, stop };
    let dtype = entries.dtype();
    let mut out = Filling::new(rows, cols, dtype.as_ref());
    let whole = entries.each(&mut |r, c, value| out.put(r, c, value))?;
    out.done(dtype, !whole)
}

/// The stored values of a matrix one by one, in the order in which they are stored.
#[derive(Clone, Debug)]
pub struct Triples {
    /// The row of each; of a matrix of one axis 0.
    pub rows: Vec<u64>,
    /// The column of each.
    pub cols: Vec<u64>,
    /// Their bytes.
    pub data: Vec<u8>,
    /// The type of a value.
    pub dtype: DType,
}

/// The stored values of a matrix of one or two axes.
///
/// # Errors
/// In words: when the parts do not fit together, the values are no numbers, or it was stopped.
pub fn triples(cx: &Cx<'_>, h: Handle, s: &SparseMeaning, stop: &dyn Fn() -> bool) -> Result<Triples, String> {
    let cols = match s.shape.as_slice() {
        [_, cols] | [cols] => *cols,
        _ => return Err("the matrix has more than two axes; its parts are in the tree of values".to_owned()),
    };
    let entries = Entries { cx, h, s, cols, stop };
    let Some(dtype) = entries.dtype() else { return Err("the stored values are no numbers".to_owned()) };
    let item = usize::try_from(dtype.item_size).unwrap_or(0);
    let mut out = Triples { rows: Vec::new(), cols: Vec::new(), data: Vec::new(), dtype };
    let mut odd = 0_u64;
    let whole = entries.each(&mut |r, c, value| {
        if value.len() == item {
            out.rows.push(r);
            out.cols.push(c);
            out.data.extend_from_slice(value);
        } else {
            odd += 1;
        }
    });
    match whole {
        Some(true) if odd == 0 => Ok(out),
        Some(true) => Err(format!("{odd} stored values are not there, or of another type")),
        Some(false) => Err("stopped".to_owned()),
        None => Err("the parts of the matrix do not fit together, or are too large to be read at once".to_owned()),
    }
}

/// What is filled as entries come.
struct Filling {
    shape: (u64, u64),
    field: (u64, u64),
    width: u64,
    counts: Vec<u32>,
    dense: Result<Vec<u8>, String>,
    /// Elements that were stored: a second value for one is added, as scipy does.
    seen: Vec<u64>,
    add: Option<Adding>,
    item: usize,
    outside: u64,
}

impl Filling {
    fn new(rows: u64, cols: u64, dtype: Option<&DType>) -> Self {
        let field = (rows.div_ceil(SIDE).max(1), cols.div_ceil(SIDE).max(1));
        let (height, width) = (rows.div_ceil(field.0), cols.div_ceil(field.1));
        let item = dtype.map_or(0, |d| d.item_size);
        let bytes = rows.checked_mul(cols).and_then(|n| n.checked_mul(item));
        let dense = match (dtype, bytes) {
            (None, _) => Err("its values are no numbers".to_owned()),
            (Some(_), Some(n)) if n <= limits::DENSE => Ok(vec![0; usize::try_from(n).unwrap_or(0)]),
            _ => Err(format!("multiplied out it would take more than {} MiB", limits::DENSE >> 20)),
        };
        let words = if dense.is_ok() { rows.saturating_mul(cols).div_ceil(64) } else { 0 };
        Self {
            shape: (rows, cols),
            field,
            width,
            counts: vec![0; usize::try_from(height.saturating_mul(width)).unwrap_or(0)],
            dense,
            seen: vec![0; usize::try_from(words).unwrap_or(0)],
            add: dtype.and_then(adding),
            item: usize::try_from(item).unwrap_or(0),
            outside: 0,
        }
    }

    fn put(&mut self, row: u64, col: u64, value: &[u8]) {
        if row >= self.shape.0 || col >= self.shape.1 {
            self.outside = self.outside.saturating_add(1);
            return;
        }
        let at = (row / self.field.0).saturating_mul(self.width).saturating_add(col / self.field.1);
        if let Some(n) = usize::try_from(at).ok().and_then(|at| self.counts.get_mut(at)) {
            *n = n.saturating_add(1);
        }
        let Ok(dense) = &mut self.dense else { return };
        let n = row.saturating_mul(self.shape.1).saturating_add(col);
        let start = usize::try_from(n).unwrap_or(usize::MAX).saturating_mul(self.item);
        let Some(slot) = dense.get_mut(start..start.saturating_add(self.item)) else { return };
        let again = usize::try_from(n / 64).ok().and_then(|w| self.seen.get_mut(w)).is_some_and(|w| {
            let bit = 1_u64 << (n % 64);
            let was = *w & bit != 0;
            *w |= bit;
            was
        });
        match self.add.filter(|_| again) {
            Some(add) => add(slot, value),
            None if value.len() == slot.len() => slot.copy_from_slice(value),
            None => {}
        }
    }

    fn done(self, dtype: Option<DType>, partial: bool) -> Option<Spread> {
        let (rows, cols) = self.shape;
        let height = rows.div_ceil(self.field.0);
        let single = self.field == (1, 1) && self.counts.iter().all(|n| *n <= 255);
        let (kind, bytes) = if single {
            (DType::uint(1), self.counts.iter().map(|n| u8::try_from(*n).unwrap_or(u8::MAX)).collect::<Vec<u8>>())
        } else {
            (DType::uint(4), self.counts.iter().flat_map(|n| n.to_le_bytes()).collect())
        };
        let array = |d, shape: &[u64], bytes: Vec<u8>| Array::new_c(d, shape, Data::memory(bytes));
        let dense = match (self.dense, dtype) {
            (Ok(bytes), Some(d)) => array(d, &[rows, cols], bytes).map_err(|e| e.to_string()),
            (Err(why), _) => Err(why),
            (Ok(_), None) => Err("its values are no numbers".to_owned()),
        };
        let pattern = array(kind, &[height, self.width], bytes).ok()?;
        Some(Spread { pattern, field: self.field, dense, outside: self.outside, partial })
    }
}

/// Adds a second stored value to the first, in the bytes of both.
type Adding = fn(&mut [u8], &[u8]);

macro_rules! adding {
    ($type:ty, $from:ident, $to:ident, $plus:expr) => {
        |slot: &mut [u8], value: &[u8]| {
            let (slots, _) = slot.as_chunks_mut();
            let (values, _) = value.as_chunks();
            for (s, v) in slots.iter_mut().zip(values) {
                let plus: fn($type, $type) -> $type = $plus;
                *s = <$type>::$to(plus(<$type>::$from(*s), <$type>::$from(*v)));
            }
        }
    };
}

/// How two values of a type are added; `None` where the last one stands.
fn adding(d: &DType) -> Option<Adding> {
    use crate::tensor::ByteOrder::Big;
    let big = d.order == Big;
    let part = if d.kind == Kind::Complex { d.item_size / 2 } else { d.item_size };
    let add: Adding = match (&d.kind, part, big) {
        (Kind::Bool, ..) => |slot, value| slot.iter_mut().zip(value).for_each(|(s, v)| *s |= *v),
        (Kind::Int | Kind::UInt, 1, _) => |slot, value| {
            slot.iter_mut().zip(value).for_each(|(s, v)| *s = s.wrapping_add(*v));
        },
        (Kind::Int | Kind::UInt, 2, false) => adding!(u16, from_le_bytes, to_le_bytes, u16::wrapping_add),
        (Kind::Int | Kind::UInt, 4, false) => adding!(u32, from_le_bytes, to_le_bytes, u32::wrapping_add),
        (Kind::Int | Kind::UInt, 8, false) => adding!(u64, from_le_bytes, to_le_bytes, u64::wrapping_add),
        (Kind::Int | Kind::UInt, 2, true) => adding!(u16, from_be_bytes, to_be_bytes, u16::wrapping_add),
        (Kind::Int | Kind::UInt, 4, true) => adding!(u32, from_be_bytes, to_be_bytes, u32::wrapping_add),
        (Kind::Int | Kind::UInt, 8, true) => adding!(u64, from_be_bytes, to_be_bytes, u64::wrapping_add),
        (Kind::Float | Kind::Complex, 4, false) => adding!(f32, from_le_bytes, to_le_bytes, |a, b| a + b),
        (Kind::Float | Kind::Complex, 8, false) => adding!(f64, from_le_bytes, to_le_bytes, |a, b| a + b),
        (Kind::Float | Kind::Complex, 4, true) => adding!(f32, from_be_bytes, to_be_bytes, |a, b| a + b),
        (Kind::Float | Kind::Complex, 8, true) => adding!(f64, from_be_bytes, to_be_bytes, |a, b| a + b),
        _ => return None,
    };
    Some(add)
}

/// The stored values of a matrix, whatever its layout.
struct Entries<'a, 'b> {
    cx: &'a Cx<'a>,
    h: Handle,
    s: &'b SparseMeaning,
    cols: u64,
    stop: &'b dyn Fn() -> bool,
}

/// Takes a row, a column and the bytes of a value.
type Put<'a> = &'a mut dyn FnMut(u64, u64, &[u8]);

impl Entries<'_, '_> {
    fn part(&self, name: &str) -> Option<&ArrayMeaning> {
        self.s.parts.iter().find(|(n, _)| *n == name).map(|(_, a)| a)
    }

    /// An array of that name. torch keeps the indices of all axes in one array, and calls the data values.
    fn array(&self, name: &str) -> Option<Array> {
        if let Some(a) = self.part(name) {
            return a.objects.is_none().then(|| a.array.clone());
        }
        let axis = match name {
            "data" => return Some(self.part("values")?.array.clone()),
            "row" => 0,
            "col" => 1,
            _ => return None,
        };
        self.part("indices").filter(|a| a.array.ndim() == 2)?.array.slice(0, axis).ok()
    }

    /// The type of a value.
    fn dtype(&self) -> Option<DType> {
        let own = self.array("data").map(|a| a.dtype);
        let told = || self.cx.attr(self.h, "dtype").and_then(|d| super::numpy::dtype_of(self.cx, d));
        own.or_else(told).filter(|d| !d.has_objects() && !matches!(d.kind, Kind::Struct(_) | Kind::Sub(_) | Kind::Text))
    }

    /// The elements of a part as their bytes in C order; `false` where there are more than are read.
    fn bytes(&self, name: &str) -> Option<(Vec<u8>, usize)> {
        let a = self.array(name)?;
        if a.nbytes() > limits::UNESCAPED || (self.stop)() {
            return None;
        }
        let mut out = Vec::new();
        a.write_c_order(&mut out, &mut |_| !(self.stop)()).ok()?;
        Some((out, usize::try_from(a.dtype.item_size).ok()?.max(1)))
    }

    /// The elements of a part of integers.
    fn numbers(&self, name: &str) -> Option<Vec<i64>> {
        let (bytes, item) = self.bytes(name)?;
        let dtype = self.array(name)?.dtype;
        let number = |raw: &[u8]| match Scalar::decode(&dtype, raw) {
            Scalar::Int(n) => n,
            Scalar::UInt(n) => i64::try_from(n).unwrap_or(-1),
            _ => -1,
        };
        Some(bytes.chunks_exact(item).map(number).collect())
    }

    /// Gives every stored value; `false` where it was stopped. `None` where the parts do not fit together.
    fn each(&self, put: Put<'_>) -> Option<bool> {
        match self.s.format {
            "csr" => self.compressed(put, false),
            "csc" => self.compressed(put, true),
            "bsr" => self.blocks(put),
            "coo" => self.pairs(put),
            "dia" => self.diagonals(put),
            "lil" => self.lists(put),
            _ => self.keys(put),
        }
    }

    fn compressed(&self, put: Put<'_>, by_column: bool) -> Option<bool> {
        let (starts, minor) = (self.numbers("indptr")?, self.numbers("indices")?);
        let (data, item) = self.bytes("data")?;
        for (major, pair) in starts.windows(2).enumerate() {
            let &[from, to] = pair else { continue };
            for k in from.max(0)..to.min(i64::try_from(minor.len()).unwrap_or(0)) {
                let k = usize::try_from(k).ok()?;
                let at = u64::try_from(*minor.get(k)?).unwrap_or(u64::MAX);
                let value = data.get(k.saturating_mul(item)..k.saturating_add(1).saturating_mul(item)).unwrap_or(&[]);
                let major = major as u64;
                if by_column { put(at, major, value) } else { put(major, at, value) }
            }
            if major.is_multiple_of(1 << 16) && (self.stop)() {
                return Some(false);
            }
        }
        Some(true)
    }

    fn blocks(&self, put: Put<'_>) -> Option<bool> {
        let (starts, minor) = (self.numbers("indptr")?, self.numbers("indices")?);
        let (data, item) = self.bytes("data")?;
        let [_, height, width] = *self.part("data")?.array.shape() else { return None };
        let size = usize::try_from(height.checked_mul(width)?).ok()?.checked_mul(item)?;
        for (major, pair) in starts.windows(2).enumerate() {
            let &[from, to] = pair else { continue };
            if (self.stop)() {
                return Some(false);
            }
            for k in from.max(0)..to.min(i64::try_from(minor.len()).unwrap_or(0)) {
                let k = usize::try_from(k).ok()?;
                let block = data.get(k.saturating_mul(size)..k.saturating_add(1).saturating_mul(size)).unwrap_or(&[]);
                let at = u64::try_from(*minor.get(k)?).unwrap_or(u64::MAX);
                for (n, value) in block.chunks_exact(item).enumerate() {
                    let (r, c) = ((n as u64).checked_div(width)?, (n as u64).checked_rem(width)?);
                    put(
                        (major as u64).saturating_mul(height).saturating_add(r),
                        at.saturating_mul(width).saturating_add(c),
                        value,
                    );
                }
            }
        }
        Some(true)
    }

    fn pairs(&self, put: Put<'_>) -> Option<bool> {
        let (rows, cols) = match self.s.shape.len() {
            1 => {
                let cols = self.numbers("row").or_else(|| self.numbers("col"))?;
                (vec![0; cols.len()], cols)
            }
            _ => (self.numbers("row")?, self.numbers("col")?),
        };
        let (data, item) = self.bytes("data")?;
        let unsigned = |n: i64| u64::try_from(n).unwrap_or(u64::MAX);
        for ((r, c), value) in rows.iter().zip(&cols).zip(data.chunks_exact(item)) {
            put(unsigned(*r), unsigned(*c), value);
        }
        Some(true)
    }

    fn diagonals(&self, put: Put<'_>) -> Option<bool> {
        let offsets = self.numbers("offsets")?;
        let (data, item) = self.bytes("data")?;
        let [_, width] = *self.part("data")?.array.shape() else { return None };
        let width = usize::try_from(width).ok()?.max(1);
        for (offset, line) in offsets.iter().zip(data.chunks(width.saturating_mul(item))) {
            if (self.stop)() {
                return Some(false);
            }
            for (col, value) in line.chunks_exact(item).enumerate() {
                let row = i64::try_from(col).unwrap_or(i64::MAX).saturating_sub(*offset);
                // What of a diagonal lies outside is filling.
                if let (Ok(row), true) = (u64::try_from(row), (col as u64) < self.cols)
                    && row < self.s.shape.first().copied().unwrap_or(0)
                {
                    put(row, col as u64, value);
                }
            }
        }
        Some(true)
    }

    /// A list of columns and a list of values for each row.
    fn lists(&self, put: Put<'_>) -> Option<bool> {
        let dtype = self.dtype();
        let cx = self.cx;
        let (rows, data) = (self.part("rows")?.objects?, self.part("data")?.objects?);
        let (rows, data) = (cx.items(rows)?, cx.items(data)?);
        for (r, (cols, values)) in cx.stream.graph.items(rows).zip(cx.stream.graph.items(data)).enumerate() {
            if (self.stop)() {
                return Some(false);
            }
            let (Some(cols), Some(values)) = (cx.items(cols), cx.items(values)) else { continue };
            for (c, v) in cx.stream.graph.items(cols).zip(cx.stream.graph.items(values)) {
                let Some(c) = self.number(c) else { continue };
                put(r as u64, c, &self.value(dtype.as_ref(), v));
            }
        }
        Some(true)
    }

    /// A dict of (row, column) and value.
    fn keys(&self, put: Put<'_>) -> Option<bool> {
        let dtype = self.dtype();
        let cx = self.cx;
        let call = cx.call(self.h)?;
        let own = cx.attr(self.h, "_dict").or_else(|| cx.arg(call, 2)).and_then(|d| cx.dict(d));
        for items in own.into_iter().chain([&call.dict_items]) {
            for (n, (key, v)) in cx.stream.graph.pairs(items).enumerate() {
                let at = match cx.exactly::<2>(key) {
                    Some([r, c]) => self.number(r).zip(self.number(c)),
                    None => self.number(key).map(|c| (0, c)),
                };
                let Some((r, c)) = at else { continue };
                put(r, c, &self.value(dtype.as_ref(), v));
                if n.is_multiple_of(1 << 16) && (self.stop)() {
                    return Some(false);
                }
            }
        }
        Some(true)
    }

    /// An index: Python's integer or NumPy's.
    fn number(&self, h: Handle) -> Option<u64> {
        if let Some(n) = self.cx.size(h) {
            return Some(n);
        }
        match super::numpy::scalar(self.cx, h)? {
            Scalar::Int(n) => u64::try_from(n).ok(),
            Scalar::UInt(n) => Some(n),
            _ => None,
        }
    }

    /// A value as the bytes of an element: Python's number, or NumPy's of that very type.
    fn value(&self, dtype: Option<&DType>, h: Handle) -> Vec<u8> {
        let Some(dtype) = dtype else { return Vec::new() };
        let item = usize::try_from(dtype.item_size).unwrap_or(0);
        if let Some((_, Some(raw))) = scalar_parts(self.cx, h)
            && let Some(payload) = self.cx.payload(raw)
        {
            return payload.first(self.cx, item);
        }
        // Bool and complex are no items of array.array; the rest is packed as those are.
        let cx = self.cx;
        match dtype.kind {
            Kind::Bool => vec![u8::from(cx.truth(h).unwrap_or(false))],
            _ => {
                let little = dtype.with_order(crate::tensor::ByteOrder::Little);
                let packed = pack(cx, &little, h, cx.value(h));
                let mut bytes = packed.map_or_else(Vec::new, |(b, n)| b.get(..n.min(item)).unwrap_or(&[]).to_vec());
                if dtype.order == crate::tensor::ByteOrder::Big {
                    bytes.reverse();
                }
                bytes
            }
        }
    }
}
