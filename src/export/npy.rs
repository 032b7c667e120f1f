//! `.npy`, byte for byte as `numpy.save` writes it. Source: `numpy/lib/format.py`.
//! Must never write a dtype that NumPy would need pickle for.

use super::{Done, ExportError, Watch, cannot, missing_note};
use crate::tensor::{Array, DType, Kind, LongDouble, Scalar, tuple};
use std::io::Write;

/// An array as NumPy can hold it, and what had to be changed for that.
pub fn prepare(array: &Array) -> Result<(Array, Vec<String>), ExportError> {
    super::worth(array)?;
    let mut notes = Vec::new();
    let mut a = array.clone().opened().map_err(|e| ExportError::Cannot(e.to_string()))?;
    if a.mask().is_some() {
        notes.push("The mask is not written, only the data under it.".to_owned());
        a = a.unmasked();
    }
    if a.dtype.has_objects() || matches!(a.dtype.kind, Kind::Text) {
        return cannot(
            "an array of Python objects or of variable-width strings needs pickle in npy; csv and json hold its values",
        );
    }
    if has_quad(&a.dtype) {
        notes.push(
            "The long doubles are of another machine's format (binary128 or double-double): NumPy on x86 reads other \
             numbers."
                .to_owned(),
        );
    }
    Ok((a, notes))
}

fn has_quad(d: &DType) -> bool {
    match &d.kind {
        Kind::LongDouble(l) | Kind::ComplexLong(l) => *l != LongDouble::X87,
        _ => d.fields().iter().any(|f| has_quad(&f.dtype)),
    }
}

/// The type that NumPy itself has for the elements, where it is another one: wider, and exact.
pub fn widened(d: &DType) -> Option<DType> {
    match &d.kind {
        Kind::BFloat16 | Kind::Mini(_) => Some(DType::float(4)),
        Kind::Nibble { signed: true, .. } => Some(DType::int(1)),
        Kind::Nibble { signed: false, .. } => Some(DType::uint(1)),
        Kind::Complex if d.item_size == 4 => Some(DType::complex(4)),
        _ => None,
    }
}

/// The header of an array: magic, version, dict, and blanks up to a multiple of 64 bytes.
pub fn header(dtype: &DType, shape: &[u64], fortran: bool) -> Result<Vec<u8>, ExportError> {
    let descr = match dtype.descr() {
        Some(d) => d.to_python(),
        None => return cannot("NumPy has no npy header for fields that overlap or stand out of order"),
    };
    let order = if fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {}, }}", tuple(shape));
    // Room to rewrite the size of the axis that grows when the file is appended to.
    if let Some(d) = if fortran { shape.last() } else { shape.first() } {
        text.push_str(&" ".repeat(21_usize.saturating_sub(d.to_string().len())));
    }
    // Latin-1 with two bytes of length, with four, or UTF-8 with four.
    let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let (version, body) = match latin {
        Some(b) if pad(b.len(), 10) <= usize::from(u16::MAX) => (1, b),
        Some(b) => (2, b),
        None => (3, text.into_bytes()),
    };
    let from = if version == 1 { 10 } else { 12 };
    let len = pad(body.len(), from);
    let mut out = b"\x93NUMPY".to_vec();
    out.extend([version, 0]);
    let Ok(n) = u32::try_from(len) else { return cannot("the dtype is too long for an npy header") };
    out.extend(n.to_le_bytes().iter().take(if version == 1 { 2 } else { 4 }));
    out.extend(&body);
    out.resize(from + len - 1, b' ');
    out.push(b'\n');
    Ok(out)
}

/// Length of the header's text with its line feed, such that the data start at a multiple of 64.
const fn pad(body: usize, from: usize) -> usize {
    let with_lf = body + 1;
    // A text that would end exactly there gets another 64 blanks, as NumPy does it.
    with_lf + 64 - (from + with_lf) % 64
}

/// Writes one array.
///
/// # Errors
/// When NumPy has no such type, and those of `out`.
pub fn write(array: &Array, out: &mut dyn Write, watch: Watch<'_>) -> Result<Done, ExportError> {
    let (a, mut notes) = prepare(array)?;
    let fortran = !a.is_c() && a.is_f();
    let wide = widened(&a.dtype);
    out.write_all(&header(wide.as_ref().unwrap_or(&a.dtype), a.shape(), fortran)?)?;
    let axes: Vec<usize> = (0..a.ndim()).rev().collect();
    let a = if fortran { a.transpose(&axes).map_err(|e| ExportError::Cannot(e.to_string()))? } else { a };
    let missing = match wide {
        Some(wide) => {
            notes.push(format!("NumPy has no {}: written as {}, exactly.", a.dtype.name(), wide.name()));
            write_widened(&a, &wide, out, watch)?
        }
        None => {
            let total = a.len();
            let written = a.write_c_order(out, &mut |done| watch(done, total))?;
            if written.cancelled {
                return Err(ExportError::Cancelled);
            }
            written.missing
        }
    };
    notes.extend(missing_note(missing, "zero"));
    Ok(Done { missing, notes })
}

fn write_widened(a: &Array, wide: &DType, out: &mut dyn Write, watch: Watch<'_>) -> Result<u64, ExportError> {
    let (blocks, total) = (a.blocks(1 << 20), a.len());
    let item = usize::try_from(a.dtype.item_size).unwrap_or(1).max(1);
    let (mut missing, mut raw, mut buf) = (0, Vec::new(), Vec::new());
    for i in 0..blocks.len() {
        let Some((start, block)) = blocks.get(i) else { break };
        if !watch(start, total) {
            return Err(ExportError::Cancelled);
        }
        raw.resize(usize::try_from(block.nbytes()).unwrap_or(0), 0);
        missing += block.gather(&mut raw, None).map_err(|e| ExportError::Cannot(e.to_string()))?.missing;
        buf.clear();
        for element in raw.chunks_exact(item) {
            push_wide(&Scalar::decode(&a.dtype, element), wide, &mut buf);
        }
        out.write_all(&buf)?;
    }
    Ok(missing)
}

fn push_wide(s: &Scalar, wide: &DType, out: &mut Vec<u8>) {
    #[expect(clippy::cast_possible_truncation, reason = "each of these fits in the wider type exactly")]
    match (s, &wide.kind) {
        (Scalar::Complex16(re, im), _) => {
            out.extend(re.to_f32().to_le_bytes());
            out.extend(im.to_f32().to_le_bytes());
        }
        (Scalar::Int(i), _) => out.extend((*i as i8).to_le_bytes()),
        (Scalar::UInt(u), _) => out.extend((*u as u8).to_le_bytes()),
        _ => out.extend((s.to_f64().unwrap_or(f64::NAN) as f32).to_le_bytes()),
    }
}
