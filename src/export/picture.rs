//! What the picture formats share: which axes make the picture, which make channels, the range of the values.
//! Must never change a value; that is the writers' own, and they say so.

use super::{ExportError, Watch, cannot};
use crate::tensor::{Array, Kind, Part, push_f64};

/// An array as a picture: rows, columns, and perhaps channels.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Rows and columns, then the channels where there are 3 or 4 of them.
    pub array: Array,
    /// 1, 3 (RGB) or 4 (RGBA).
    pub channels: u8,
}

impl Picture {
    /// Rows.
    pub fn height(&self) -> u64 {
        self.array.shape().first().copied().unwrap_or(0)
    }

    /// Columns.
    pub fn width(&self) -> u64 {
        self.array.shape().get(1).copied().unwrap_or(0)
    }
}

/// The last axis can be colour channels.
pub fn has_channels(a: &Array) -> bool {
    a.ndim() >= 3 && matches!(a.shape().last(), Some(3 | 4)) && a.dtype.is_real()
}

/// The elements are numbers that can be drawn, and there is one at least.
///
/// # Errors
/// Why not, and what holds such values.
pub fn check(a: &Array) -> Result<(), ExportError> {
    super::worth(a)?;
    if matches!(a.dtype.kind, Kind::Struct(_)) {
        return cannot("a picture needs one number a pixel: choose a field of the structured array, or write csv");
    }
    if !crate::tensor::drawable(&a.dtype) {
        return cannot(format!("a picture needs numbers; {} is none: csv and json hold the values", a.dtype.name()));
    }
    if a.is_empty() {
        return cannot("the array has no elements, so there is no picture");
    }
    if a.ndim() < 2 {
        let n = a.ndim();
        return cannot(format!("a picture needs two axes, and the array has {n}: npy and csv hold it"));
    }
    Ok(())
}

/// The array as one picture. Axes of one element beyond the second are dropped.
///
/// # Errors
/// When it is none: no numbers, no elements, too few or too many axes.
pub fn single(array: &Array) -> Result<Picture, ExportError> {
    let mut a = array.clone().opened().map_err(|e| ExportError::Cannot(e.to_string()))?;
    check(&a)?;
    loop {
        let channels = a.ndim() == 3 && has_channels(&a);
        if a.ndim() == 2 || channels {
            let n = if channels { a.shape().last().and_then(|d| u8::try_from(*d).ok()).unwrap_or(1) } else { 1 };
            return Ok(Picture { array: a, channels: n });
        }
        let Some(axis) = a.shape().iter().position(|d| *d == 1) else {
            let shape = crate::tensor::tuple(array.shape());
            return cannot(format!(
                "a picture has rows and columns, and this array has the shape {shape}: choose a slice, or write tiff, \
                 which holds a stack"
            ));
        };
        a = a.slice(axis, 0).map_err(|e| ExportError::Cannot(e.to_string()))?;
    }
}

/// What a look at all values found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// The least and the largest finite value; `None` where there is none.
    pub range: Option<(f64, f64)>,
    /// NaN and NaT.
    pub nan: u64,
    /// ±∞.
    pub infinite: u64,
    /// Hidden by a mask.
    pub masked: u64,
    /// Not in the file.
    pub missing: u64,
}

impl Extent {
    /// Pixels that have no value to show.
    pub const fn blank(&self) -> u64 {
        self.nan.saturating_add(self.masked).saturating_add(self.missing)
    }
}

/// Looks at all values.
///
/// # Errors
/// A stop.
pub fn extent(array: &Array, part: Part, watch: Watch<'_>) -> Result<Extent, ExportError> {
    let mut found = Extent::default();
    let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
    walk(&array.in_storage_order(), part, watch, &mut |values, blank| {
        for (i, v) in values.iter().enumerate() {
            match blank.get(i) {
                Some(Blank::Masked) => found.masked += 1,
                Some(Blank::Missing) => found.missing += 1,
                _ if v.is_finite() => (lo, hi) = (lo.min(*v), hi.max(*v)),
                _ if v.is_nan() => found.nan += 1,
                _ => found.infinite += 1,
            }
        }
        Ok(())
    })?;
    found.range = (lo <= hi).then_some((lo, hi));
    Ok(found)
}

/// Why an element has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// It has one.
    No,
    /// A mask hides it.
    Masked,
    /// The file ends before it.
    Missing,
}

/// Gives the elements in C order, in blocks: the values, and for each whether there is one (empty where all have one).
///
/// # Errors
/// Those of `each`, and a stop.
pub fn walk(
    array: &Array,
    part: Part,
    watch: Watch<'_>,
    each: &mut dyn FnMut(&[f64], &[Blank]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut values = Vec::new();
    walk_raw(array, watch, &mut |raw, blank| {
        values.clear();
        push_f64(&array.dtype, part, raw, &mut values);
        each(&values, blank)
    })
}

/// As [`walk`], with the elements' own bytes.
///
/// # Errors
/// Those of `each`, and a stop.
pub fn walk_raw(
    array: &Array,
    watch: Watch<'_>,
    each: &mut dyn FnMut(&[u8], &[Blank]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let (blocks, total) = (array.blocks(2 << 20), array.len());
    let shape = |e: crate::tensor::ShapeError| ExportError::Cannot(e.to_string());
    let (mut raw, mut there, mut hidden, mut blank) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for i in 0..blocks.len() {
        let Some((start, block)) = blocks.get(i) else { break };
        if !watch(start, total) {
            return Err(ExportError::Cancelled);
        }
        let n = usize::try_from(block.len()).unwrap_or(0);
        raw.resize(usize::try_from(block.nbytes()).unwrap_or(0), 0);
        let whole = block.is_complete();
        there.resize(if whole { 0 } else { n }, true);
        block.gather(&mut raw, (!whole).then_some(&mut there)).map_err(shape)?;
        hidden.clear();
        if let Some(mask) = block.mask().filter(|m| matches!(m.dtype.kind, Kind::Bool)) {
            hidden.resize(n, 0);
            mask.gather(&mut hidden, None).map_err(shape)?;
        }
        blank.clear();
        if !whole || hidden.iter().any(|h| *h != 0) {
            blank.extend((0..n).map(|k| match (there.get(k), hidden.get(k)) {
                (Some(false), _) => Blank::Missing,
                (_, Some(h)) if *h != 0 => Blank::Masked,
                _ => Blank::No,
            }));
        }
        each(&raw, &blank)?;
    }
    watch(total, total);
    Ok(())
}
