//! A strided array over bytes that may be cut short: shape, strides, views, and the way between index and byte.
//! Must never copy its data, and never touch a byte to make a view.

use super::data::Data;
use super::dtype::{DType, Kind};
use super::scalar::Scalar;
use crate::source::{Span, limits};
use std::fmt;
use std::sync::Arc;

/// An array: a type, a shape, and where each element is. Cheap to clone; views share the data.
#[derive(Clone, Debug)]
pub struct Array {
    /// The type of an element.
    pub dtype: DType,
    shape: Arc<[u64]>,
    strides: Arc<[i64]>,
    /// Data byte of the element at index 0, 0, …
    offset: u64,
    data: Data,
    /// Data bytes that are there and belong to the array.
    available: u64,
    mask: Option<Arc<Array>>,
}

/// Why a layout makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// More axes than `limits::AXES`.
    Axes(usize),
    /// The elements, or their bytes, are more than 2⁶³.
    Overflow,
    /// Strides lead before the first byte.
    BeforeStart,
    /// Shape and strides differ in length, or an axis, index or field is not there.
    Mismatch,
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Axes(n) => write!(f, "{n} axes are more than {}", limits::AXES),
            Self::Overflow => f.write_str("the size of the array overflows 63 bits"),
            Self::BeforeStart => f.write_str("the strides lead before the first byte"),
            Self::Mismatch => f.write_str("shape, strides and index do not fit together"),
        }
    }
}

impl std::error::Error for ShapeError {}

/// Strides of a shape whose last (C) or first (Fortran) axis runs fastest.
fn dense(shape: &[u64], item: u64, fortran: bool) -> Result<Vec<i64>, ShapeError> {
    let mut strides = vec![0; shape.len()];
    let mut step = item;
    let mut set = |(stride, d): (&mut i64, &u64)| {
        *stride = i64::try_from(step).map_err(|_| ShapeError::Overflow)?;
        // An empty axis makes the product 0; its strides are never used.
        step = step.checked_mul((*d).max(1)).ok_or(ShapeError::Overflow)?;
        Ok(())
    };
    if fortran {
        strides.iter_mut().zip(shape).try_for_each(&mut set)?;
    } else {
        strides.iter_mut().zip(shape).rev().try_for_each(&mut set)?;
    }
    if i64::try_from(step).is_err() { Err(ShapeError::Overflow) } else { Ok(strides) }
}

impl Array {
    /// An array in C order (the last axis runs fastest) from the first byte of `data`.
    ///
    /// # Errors
    /// When the shape has too many axes or its size overflows; too few bytes are no error.
    pub fn new_c(dtype: DType, shape: &[u64], data: Data) -> Result<Self, ShapeError> {
        let strides = dense(shape, dtype.item_size, false)?;
        Self::from_strides(dtype, shape, &strides, 0, data)
    }

    /// An array in Fortran order (the first axis runs fastest).
    ///
    /// # Errors
    /// As [`Array::new_c`].
    pub fn new_f(dtype: DType, shape: &[u64], data: Data) -> Result<Self, ShapeError> {
        let strides = dense(shape, dtype.item_size, true)?;
        Self::from_strides(dtype, shape, &strides, 0, data)
    }

    /// An array with strides in bytes, whose element 0, 0, … starts at data byte `offset`.
    ///
    /// # Errors
    /// When the layout overflows or leads before the first byte; leading past the last one is no error: what is not
    /// there reads as [`Scalar::Missing`].
    pub fn from_strides(
        dtype: DType,
        shape: &[u64],
        strides: &[i64],
        offset: u64,
        data: Data,
    ) -> Result<Self, ShapeError> {
        if shape.len() > limits::AXES {
            return Err(ShapeError::Axes(shape.len()));
        }
        if shape.len() != strides.len() {
            return Err(ShapeError::Mismatch);
        }
        let mut len = 1_u64;
        let (mut low, mut high) = (i128::from(offset), i128::from(offset) + i128::from(dtype.item_size));
        for (d, s) in shape.iter().zip(strides) {
            len = len.checked_mul(*d).ok_or(ShapeError::Overflow)?;
            let reach = i128::from(d.saturating_sub(1)) * i128::from(*s);
            if reach < 0 { low += reach } else { high += reach }
        }
        if len.checked_mul(dtype.item_size.max(1)).is_none_or(|n| i64::try_from(n).is_err()) {
            return Err(ShapeError::Overflow);
        }
        if len > 0 && low < 0 {
            return Err(ShapeError::BeforeStart);
        }
        if len > 0 && i64::try_from(high).is_err() {
            return Err(ShapeError::Overflow);
        }
        let end = if len == 0 { 0 } else { u64::try_from(high).unwrap_or(u64::MAX) };
        let available = data.len().min(end);
        Ok(Self { dtype, shape: shape.into(), strides: strides.into(), offset, data, available, mask: None })
    }

    /// The same array with a mask: a bool array of the same shape (for a structured type, with a bool field for each
    /// field), where true hides the element.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn with_mask(mut self, mask: Self) -> Result<Self, ShapeError> {
        if mask.shape != self.shape {
            return Err(ShapeError::Mismatch);
        }
        self.mask = Some(Arc::new(mask));
        Ok(self)
    }

    /// The mask, viewed as the array is.
    pub fn mask(&self) -> Option<&Self> {
        self.mask.as_deref()
    }

    /// The same elements without their mask.
    #[must_use]
    pub fn unmasked(&self) -> Self {
        Self { mask: None, ..self.clone() }
    }

    /// Elements along each axis.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Bytes from one element to the next along each axis.
    pub fn strides(&self) -> &[i64] {
        &self.strides
    }

    /// Data byte of the element at index 0, 0, …
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Number of axes.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    pub fn len(&self) -> u64 {
        // Checked to fit when the array was made; views are never larger.
        self.shape.iter().product()
    }

    /// Has no elements.
    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// Bytes of its elements: what `ndarray.nbytes` says.
    pub fn nbytes(&self) -> u64 {
        self.len().saturating_mul(self.dtype.item_size)
    }

    /// What it reads from.
    pub const fn data(&self) -> &Data {
        &self.data
    }

    /// Data bytes that are there: elements that end beyond are missing.
    pub const fn available(&self) -> u64 {
        self.available
    }

    /// Tells the array that only the first `n` data bytes hold its elements.
    #[must_use]
    pub fn limited_to(mut self, n: u64) -> Self {
        self.available = self.available.min(n);
        self
    }

    /// Every element is there.
    pub fn is_complete(&self) -> bool {
        self.is_empty() || self.extent().end <= self.available
    }

    /// The elements that are there, counted (for overlapping or reordered views an estimate by bytes).
    pub fn elements_there(&self) -> u64 {
        if self.is_complete() {
            return self.len();
        }
        let item = self.dtype.item_size.max(1);
        (self.available.saturating_sub(self.extent().start) / item).min(self.len())
    }

    /// The data bytes from the first to the last that an element occupies; empty for an empty array.
    pub fn extent(&self) -> Span {
        if self.is_empty() {
            return Span::at(self.offset, 0);
        }
        let (mut low, mut high) = (self.offset, self.offset.saturating_add(self.dtype.item_size));
        for (d, s) in self.shape.iter().zip(self.strides.iter()) {
            let reach = d.saturating_sub(1).saturating_mul(s.unsigned_abs());
            if *s < 0 { low = low.saturating_sub(reach) } else { high = high.saturating_add(reach) }
        }
        Span::new(low, high)
    }

    /// The file's bytes of the whole array, when they are one run.
    pub fn file_span(&self) -> Option<Span> {
        let extent = self.extent();
        if !self.data.is_file() || extent.len() != self.nbytes() {
            return None;
        }
        self.data.file_span(extent.meet(Span::new(0, self.available)))
    }

    /// The last axis runs fastest, without gaps (as NumPy's flag; also true of arrays with no or one element).
    pub fn is_c(&self) -> bool {
        self.is_dense(false)
    }

    /// The first axis runs fastest, without gaps.
    pub fn is_f(&self) -> bool {
        self.is_dense(true)
    }

    fn is_dense(&self, fortran: bool) -> bool {
        if self.is_empty() {
            return true;
        }
        let Ok(want) = dense(&self.shape, self.dtype.item_size, fortran) else { return false };
        self.shape.iter().zip(self.strides.iter().zip(want)).all(|(d, (have, want))| *d == 1 || *have == want)
    }

    fn view(&self, shape: Vec<u64>, strides: Vec<i64>, offset: u64, mask: Option<Self>) -> Self {
        Self {
            dtype: self.dtype.clone(),
            shape: shape.into(),
            strides: strides.into(),
            offset,
            data: self.data.clone(),
            available: self.available,
            mask: mask.map(Arc::new),
        }
    }

    /// The axes in another order, as `numpy.transpose(a, axes)`.
    ///
    /// # Errors
    /// When `axes` is no permutation of the axes.
    pub fn transpose(&self, axes: &[usize]) -> Result<Self, ShapeError> {
        let mut seen = vec![false; self.ndim()];
        let (mut shape, mut strides) = (Vec::new(), Vec::new());
        for a in axes {
            match seen.get_mut(*a) {
                Some(s) if !*s => *s = true,
                _ => return Err(ShapeError::Mismatch),
            }
            shape.extend(self.shape.get(*a));
            strides.extend(self.strides.get(*a));
        }
        if shape.len() != self.ndim() {
            return Err(ShapeError::Mismatch);
        }
        let mask = self.mask.as_ref().map(|m| m.transpose(axes)).transpose()?;
        Ok(self.view(shape, strides, self.offset, mask))
    }

    /// One index along one axis, which is then gone: `a[:, …, index, …]`.
    ///
    /// # Errors
    /// When there is no such axis or index.
    pub fn slice(&self, axis: usize, index: u64) -> Result<Self, ShapeError> {
        let at = self.step_to(axis, index)?;
        let (mut shape, mut strides) = (self.shape.to_vec(), self.strides.to_vec());
        shape.remove(axis);
        strides.remove(axis);
        let mask = self.mask.as_ref().map(|m| m.slice(axis, index)).transpose()?;
        Ok(self.view(shape, strides, at, mask))
    }

    /// `count` indices along one axis from `start` on, `step` apart (negative to walk back, 0 to repeat).
    ///
    /// # Errors
    /// When an index is not there.
    pub fn range(&self, axis: usize, start: u64, count: u64, step: i64) -> Result<Self, ShapeError> {
        let (d, s) = self.axis(axis)?;
        let last = i128::from(start) + i128::from(step) * i128::from(count.saturating_sub(1));
        if count > 0 && (start >= d || last < 0 || last >= i128::from(d)) {
            return Err(ShapeError::Mismatch);
        }
        let at = if count == 0 { self.offset } else { self.step_to(axis, start)? };
        let (mut shape, mut strides) = (self.shape.to_vec(), self.strides.to_vec());
        if let (Some(shape), Some(stride)) = (shape.get_mut(axis), strides.get_mut(axis)) {
            *shape = count;
            // With one index the step is never taken, and may be too long to multiply.
            *stride = if count > 1 { s.checked_mul(step).ok_or(ShapeError::Overflow)? } else { s };
        }
        let mask = self.mask.as_ref().map(|m| m.range(axis, start, count, step)).transpose()?;
        let view = self.view(shape, strides, at, mask);
        // A step of 0 may make the view larger than the array was.
        let len = view.shape.iter().try_fold(self.dtype.item_size.max(1), |n, d| n.checked_mul(*d));
        if len.is_none_or(|n| i64::try_from(n).is_err()) { Err(ShapeError::Overflow) } else { Ok(view) }
    }

    /// One axis walked backwards: `numpy.flip(a, axis)`.
    ///
    /// # Errors
    /// When there is no such axis.
    pub fn flip(&self, axis: usize) -> Result<Self, ShapeError> {
        let (d, _) = self.axis(axis)?;
        match d {
            0 => Ok(self.clone()),
            d => self.range(axis, d - 1, d, -1),
        }
    }

    /// The field of a structured type as an array of its own: `a['name']`. A field that is a subarray adds its axes at
    /// the end, as in NumPy.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn field(&self, name: &str) -> Result<Self, ShapeError> {
        let field = self.dtype.field(name).ok_or(ShapeError::Mismatch)?;
        let mut a = self.clone();
        // Within the item, as checked when the dtype was made.
        a.offset = self.offset.checked_add(field.offset).ok_or(ShapeError::Overflow)?;
        a.dtype = field.dtype.clone();
        a.mask = match &self.mask {
            None => None,
            Some(m) if m.dtype.field(name).is_some() => Some(Arc::new(m.field(name)?)),
            Some(m) => Some(m.clone()),
        };
        a.opened()
    }

    /// An array whose elements are arrays, with those axes added at the end; any other array as it is.
    ///
    /// # Errors
    /// When that makes too many axes or elements.
    pub fn opened(self) -> Result<Self, ShapeError> {
        let Kind::Sub(sub) = &self.dtype.kind else { return Ok(self) };
        let sub = sub.clone();
        let inner = dense(&sub.shape, sub.base.item_size, false)?;
        let shape: Vec<u64> = self.shape.iter().chain(&sub.shape).copied().collect();
        let strides: Vec<i64> = self.strides.iter().copied().chain(inner).collect();
        // An opened mask either has the same axes (its own subarray) or hides whole elements.
        let mask = match self.mask {
            None => None,
            Some(m) => {
                let mut m = m.as_ref().clone().opened()?;
                if m.ndim() != shape.len() {
                    let strides: Vec<i64> = m.strides.iter().copied().chain(sub.shape.iter().map(|_| 0)).collect();
                    m = Self { shape: shape.clone().into(), strides: strides.into(), ..m };
                }
                Some(m)
            }
        };
        let available = self.available;
        let a = Self::from_strides(sub.base.clone(), &shape, &strides, self.offset, self.data)?.limited_to(available);
        // A subarray of subarrays is opened to the bottom; depth is bounded where dtypes are built.
        let a = a.opened()?;
        match mask {
            Some(m) if m.shape == a.shape => a.with_mask(m),
            _ => Ok(a),
        }
    }

    /// The two-dimensional part that has `row_axis` downwards and `col_axis` across; `fixed` holds an index for each
    /// axis (those of the two shown axes are ignored).
    ///
    /// # Errors
    /// When the axes are the same or an index is not there.
    pub fn plane(&self, row_axis: usize, col_axis: usize, fixed: &[u64]) -> Result<Self, ShapeError> {
        if row_axis == col_axis || row_axis.max(col_axis) >= self.ndim() || fixed.len() != self.ndim() {
            return Err(ShapeError::Mismatch);
        }
        let mut a = self.clone();
        for (axis, index) in fixed.iter().enumerate().rev() {
            if axis != row_axis && axis != col_axis {
                a = a.slice(axis, *index)?;
            }
        }
        if row_axis > col_axis { a.transpose(&[1, 0]) } else { Ok(a) }
    }

    fn axis(&self, axis: usize) -> Result<(u64, i64), ShapeError> {
        self.shape.get(axis).copied().zip(self.strides.get(axis).copied()).ok_or(ShapeError::Mismatch)
    }

    fn step_to(&self, axis: usize, index: u64) -> Result<u64, ShapeError> {
        let (d, s) = self.axis(axis)?;
        if index >= d {
            return Err(ShapeError::Mismatch);
        }
        let step = i64::try_from(index).ok().and_then(|i| i.checked_mul(s));
        match step.and_then(|step| self.offset.checked_add_signed(step)) {
            Some(at) => Ok(at),
            // Only an empty array may have strides that lead nowhere.
            None if self.is_empty() => Ok(self.offset),
            None => Err(ShapeError::Overflow),
        }
    }

    /// Data byte where the element at `index` starts; `None` when the index is not in the shape.
    pub fn byte_of(&self, index: &[u64]) -> Option<u64> {
        if index.len() != self.ndim() {
            return None;
        }
        let mut at = i64::try_from(self.offset).ok()?;
        for ((i, d), s) in index.iter().zip(self.shape.iter()).zip(self.strides.iter()) {
            if i >= d {
                return None;
            }
            at = at.checked_add(i64::try_from(*i).ok()?.checked_mul(*s)?)?;
        }
        u64::try_from(at).ok()
    }

    /// The file's bytes of the element at `index`, when it is there and its origin is known.
    pub fn byte_span_of(&self, index: &[u64]) -> Option<Span> {
        let at = self.byte_of(index)?;
        let span = Span::at(at, self.dtype.item_size);
        if span.end > self.available {
            return None;
        }
        self.data.file_span(span)
    }

    /// The index of the element that the file's byte `offset` belongs to.
    pub fn index_at_byte(&self, offset: u64) -> Option<Vec<u64>> {
        let at = self.data.data_byte(offset)?;
        if self.is_empty() || at >= self.available {
            return None;
        }
        let mut left = at.checked_sub(self.extent().start)?;
        let mut axes: Vec<usize> = (0..self.ndim()).collect();
        axes.sort_by_key(|a| std::cmp::Reverse(self.strides.get(*a).map_or(0, |s| s.unsigned_abs())));
        let mut index = vec![0; self.ndim()];
        for a in axes {
            let (d, s) = self.axis(a).ok()?;
            let step = s.unsigned_abs();
            let i = left.checked_div(step).unwrap_or(0).min(d - 1);
            left = left.checked_sub(i.checked_mul(step)?)?;
            *index.get_mut(a)? = if s < 0 { d - 1 - i } else { i };
        }
        // In a view with gaps the byte may belong to nobody.
        (left < self.dtype.item_size).then_some(index)
    }

    /// The index, along each axis, of the `n`-th element in C order.
    pub fn unravel(&self, mut n: u64) -> Vec<u64> {
        let mut index = vec![0; self.ndim()];
        for (i, d) in index.iter_mut().zip(self.shape.iter()).rev() {
            *i = n.checked_rem(*d).unwrap_or(0);
            n = n.checked_div(*d).unwrap_or(0);
        }
        index
    }

    /// The place in C order of the element at `index`.
    pub fn ravel(&self, index: &[u64]) -> Option<u64> {
        if index.len() != self.ndim() {
            return None;
        }
        let mut n = 0_u64;
        for (i, d) in index.iter().zip(self.shape.iter()) {
            if i >= d {
                return None;
            }
            n = n.checked_mul(*d)?.checked_add(*i)?;
        }
        Some(n)
    }

    /// The raw bytes of the element at `index`, at most `limits::ELEMENT` of them; `None` when not all are there.
    pub fn raw(&self, index: &[u64]) -> Option<Vec<u8>> {
        let at = self.byte_of(index)?;
        if at.checked_add(self.dtype.item_size)? > self.available {
            return None;
        }
        let n = usize::try_from(self.dtype.item_size.min(limits::ELEMENT)).ok()?;
        let mut buf = vec![0; n];
        (self.data.peek_at(at, &mut buf) == n).then_some(buf)
    }

    /// The element at `index`, exactly; [`Scalar::Missing`] where the data was cut, and outside the shape.
    pub fn value(&self, index: &[u64]) -> Scalar {
        let Some(raw) = self.raw(index) else { return Scalar::Missing };
        let value = Scalar::decode(&self.dtype, &raw);
        match &self.mask {
            None => value,
            Some(m) => value.masked_by(&m.value(index)),
        }
    }
}
