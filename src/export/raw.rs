//! Bytes as they are: an array's elements in C order and their own byte order, as `ndarray.tobytes()` gives them, or a run
//! of the member. Must never convert.

use super::{Done, ExportError, Watch, missing_note};
use crate::source::{Bytes, Cursor, Span};
use crate::tensor::Array;
use std::io::Write;

/// The elements of an array.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn array(array: &Array, out: &mut dyn Write, watch: Watch<'_>) -> Result<Done, ExportError> {
    super::worth(array)?;
    let total = array.len();
    let written = array.write_c_order(out, &mut |done| watch(done, total))?;
    if written.cancelled {
        return Err(ExportError::Cancelled);
    }
    Ok(Done { missing: written.missing, notes: missing_note(written.missing, "zero").into_iter().collect() })
}

/// A run of a member's bytes.
///
/// # Errors
/// Those of `out`, and a stop.
pub fn span(bytes: &Bytes, span: Span, out: &mut dyn Write, watch: Watch<'_>) -> Result<Done, ExportError> {
    let part = bytes.slice(span);
    let mut cursor = Cursor::new(&part, 0);
    loop {
        let chunk = cursor.chunk();
        if chunk.is_empty() {
            break;
        }
        let n = chunk.len().min(4 << 20);
        out.write_all(chunk.get(..n).unwrap_or(chunk))?;
        cursor.seek(cursor.pos().saturating_add(n as u64));
        if !watch(cursor.pos(), part.len()) {
            return Err(ExportError::Cancelled);
        }
    }
    let missing = span.len().saturating_sub(cursor.pos());
    let notes = (missing > 0).then(|| format!("The last {missing} bytes are not in the pickle.")).into_iter().collect();
    Ok(Done { missing, notes })
}
