//! An array whose payload does not fit its shape: the payload cut or filled until it does. Copies elements in memory only
//! where a text was decoded, and writes no file.

use super::carried::dtype_ops;
use super::numpy::{bytes_head, shape_ops, whole_rows};
use super::text::spelt;
use super::{CutArrays, Fate, Piece, fill};
use crate::interpret::grouped;
use crate::interpret::types::Cx;
use crate::machine::{Handle, Value};
use crate::source::{Span, limits};
use crate::tensor::{DType, Data, tuple};

/// Bytes by which a payload may miss its length and still be taken for one that was changed in one place, where a
/// character of it was no byte.
const SHIFT: u64 = 16;

/// The raw data of an array.
pub(super) struct Raw {
    pub data: Data,
    /// Where a character of it was no byte.
    pub bad: Option<u64>,
    /// It is a text that NumPy would refuse, whatever its length.
    pub refused: bool,
}

/// The raw data that a value holds. `None` where it holds none, or where it lies outside.
pub(super) fn raw_of(cx: &Cx<'_>, h: Handle) -> Option<Raw> {
    let direct = matches!(cx.value(h), Value::Str(..));
    let text = if direct { Some(h) } else { cx.encoded(h) };
    if let Some(spelt) = text.and_then(|t| spelt(cx, t)) {
        let refused = direct && spelt.first_bad.is_some();
        return Some(Raw { data: Data::memory(spelt.bytes), bad: spelt.first_bad, refused });
    }
    let taken = cx.payload(h)?.take(cx);
    let whole = taken.fault.is_none() && taken.outside.is_none() && !taken.deferred;
    whole.then_some(Raw { data: taken.data, bad: None, refused: false })
}

/// A payload that was made to fit.
pub(super) struct Fitted {
    pub shape: Vec<u64>,
    /// The payload as a bytes op.
    pub payload: Vec<Piece>,
    pub fate: Fate,
    pub text: String,
}

/// Makes raw data fit a shape; the shape stays, unless it is out of all measure.
pub(super) fn fit(d: &DType, shape: &[u64], fortran: bool, raw: &Raw, arrays: CutArrays) -> Option<Fitted> {
    let item = d.item_size;
    let count = shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
    let want = count.checked_mul(item).filter(|_| item > 0)?;
    let have = raw.data.len();
    let there = (have / item).min(count);
    let name = format!("An array of {} of shape {}", d.name(), tuple(shape));
    let data = |from: u64, to: u64| Piece::Data(raw.data.clone(), Span::new(from, to));
    let head = |n: u64| Piece::Ops(bytes_head(n));
    let plural = |n: u64| if n == 1 { "byte" } else { "bytes" };
    // One place is damaged: what stands behind it keeps its place.
    if let Some(bad) = raw.bad.filter(|bad| have.abs_diff(want) <= SHIFT && *bad < have.min(want)) {
        let off = have.abs_diff(want);
        let mut payload = vec![head(want), data(0, bad)];
        if have < want {
            payload.push(Piece::Repeat(vec![0], off));
        }
        let behind = if have > want { (bad + off).min(have) } else { bad };
        payload.push(data(behind, have));
        let text = format!(
            "{name}, whose raw data holds what is no byte: elements from byte {} on may be wrong.",
            grouped(bad)
        );
        return Some(Fitted { shape: shape.to_vec(), payload, fate: Fate::Guessed, text });
    }
    if have >= want {
        let over = have - want;
        let text =
            format!("{name}, whose raw data has {} {} too many: the last are left out.", grouped(over), plural(over));
        return Some(Fitted {
            shape: shape.to_vec(),
            payload: vec![head(want), data(0, want)],
            fate: Fate::Guessed,
            text,
        });
    }
    let told = format!("{name}, of which {} of {} elements are there", grouped(there), grouped(count));
    // A payload that is short by little was hit itself; what is gone for good is cut as elsewhere.
    let hit = want - have <= SHIFT.max(item);
    let stays = limits::is_measured(count, there) && (hit || arrays == CutArrays::Fill);
    if let Some((element, word)) = fill::missing(d).filter(|_| stays) {
        let payload = vec![head(want), data(0, there * item), Piece::Repeat(element, count - there)];
        let text = format!("{told}: {word} stands for the rest.");
        return Some(Fitted { shape: shape.to_vec(), payload, fate: Fate::Cut, text });
    }
    let shape = whole_rows(shape, fortran, there)?;
    let kept = shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?.checked_mul(item)?;
    let text = format!("{told}: its shape is now {}.", tuple(&shape));
    Some(Fitted { shape, payload: vec![head(kept), data(0, kept)], fate: Fate::Cut, text })
}

/// The ops of an array's state, but for the tuple that they become; `None` where NumPy alone has no such type.
pub(super) fn state(d: &DType, fortran: bool, fitted: &Fitted, masked: bool) -> Option<Vec<Piece>> {
    let mut ops = b"(K\x01".to_vec();
    ops.extend(shape_ops(&fitted.shape));
    ops.extend(dtype_ops(d)?);
    ops.push(if fortran { b'\x88' } else { b'\x89' });
    let mut out = vec![Piece::Ops(ops)];
    out.extend(fitted.payload.iter().cloned());
    if masked {
        let n = fitted.shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
        out.extend([Piece::Ops(bytes_head(n)), Piece::Repeat(vec![0], n), Piece::Ops(b"N".to_vec())]);
    }
    Some(out)
}
