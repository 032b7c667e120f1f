//! The mask of a `numpy.ma.MaskedArray`: one bool an element, or one for each leaf field of a record.
//! Knows the state's layout only as far as `array` tells it.

use super::array::{self, Parts};
use crate::interpret::types::Cx;
use crate::interpret::{counted, grouped};
use crate::source::Diagnostic;
use crate::tensor::{Array, DType, Field, Kind};

/// The mask, where there is one that fits.
pub(super) fn mask(
    cx: &Cx<'_>,
    p: &Parts,
    dtype: &DType,
    shape: &[u64],
    order: char,
    notes: &mut Vec<Diagnostic>,
) -> Option<Array> {
    let at = p.mask?;
    let span = cx.span(at);
    let mut bad = |text: String| notes.push(Diagnostic::error("mask", span, text));
    let Some(payload) = cx.payload(at) else {
        bad("The mask is told as bytes, and this is not; shown without it.".to_owned());
        return None;
    };
    let taken = payload.take(cx);
    if taken.deferred {
        return None;
    }
    let mask_dtype = match mask_type(dtype) {
        Some(d) => d,
        None => {
            bad("A mask for this dtype makes no sense; shown without it.".to_owned());
            return None;
        }
    };
    let have = taken.data.len();
    match array::lay_out(cx, p, &mask_dtype, shape, order, taken.data) {
        Ok(mask) => {
            if have != mask.nbytes() {
                bad(format!("{} of mask, where {} belong.", counted(have, "byte"), grouped(mask.nbytes())));
            }
            Some(mask)
        }
        Err(e) => {
            bad(format!("The mask does not fit: {e}."));
            None
        }
    }
}

/// `numpy.ma.make_mask_descr`: every leaf becomes a bool, without gaps. Depth is bounded where dtypes are built.
fn mask_type(d: &DType) -> Option<DType> {
    match &d.kind {
        Kind::Struct(s) => {
            let mut at = 0_u64;
            let mut fields = Vec::with_capacity(s.fields.len());
            for f in &s.fields {
                let dtype = mask_type(&f.dtype)?;
                let size = dtype.item_size;
                fields.push(Field { dtype, offset: at, ..f.clone() });
                at = at.checked_add(size)?;
            }
            DType::structure(fields, at, false, 1).ok()
        }
        Kind::Sub(s) => DType::subarray(mask_type(&s.base)?, s.shape.clone()).ok(),
        _ => Some(DType::bool()),
    }
}
