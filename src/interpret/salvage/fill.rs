//! What stands for an element that is missing: NaN, NaT, 0, no text. Knows dtypes, no arrays.

use crate::tensor::{ByteOrder, DType, Kind, LongDouble};

/// The bytes of one missing element, and what they say: `NaN`, `NaT`, `0` … ; `None` where the element is too long.
pub(super) fn missing(dtype: &DType) -> Option<(Vec<u8>, &'static str)> {
    let n = usize::try_from(dtype.item_size).ok().filter(|n| *n <= 1 << 20)?;
    let mut out = vec![0; n];
    let word = place(&mut out, 0, dtype);
    // The fields of a structure, and what is in them.
    let mut open: Vec<(DType, u64)> = vec![(dtype.clone(), 0)];
    while let Some((d, at)) = open.pop() {
        match &d.kind {
            Kind::Struct(s) => open.extend(s.fields.iter().map(|f| (f.dtype.clone(), at.saturating_add(f.offset)))),
            Kind::Sub(s) => {
                let count = s.shape.iter().product::<u64>().min(1 << 16);
                let each = s.base.item_size;
                open.extend((0..count).map(|i| (s.base.clone(), at.saturating_add(i.saturating_mul(each)))));
            }
            _ => {
                place(&mut out, at, &d);
            }
        }
    }
    Some((out, word))
}

fn place(out: &mut [u8], at: u64, d: &DType) -> &'static str {
    let (mut bytes, word): (Vec<u8>, _) = match (&d.kind, d.item_size) {
        (Kind::Float, 2) => (0x7e00_u16.to_le_bytes().to_vec(), "NaN"),
        (Kind::BFloat16, _) => (0x7fc0_u16.to_le_bytes().to_vec(), "NaN"),
        (Kind::Float, 4) => (f32::NAN.to_le_bytes().to_vec(), "NaN"),
        (Kind::Float, _) => (f64::NAN.to_le_bytes().to_vec(), "NaN"),
        (Kind::Complex, 8) => (f32::NAN.to_le_bytes().to_vec(), "NaN"),
        (Kind::Complex, 16) => (f64::NAN.to_le_bytes().to_vec(), "NaN"),
        (Kind::Datetime(_) | Kind::Timedelta(_), _) => (i64::MIN.to_le_bytes().to_vec(), "NaT"),
        (Kind::LongDouble(LongDouble::X87), _) => (vec![0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0x7f], "NaN"),
        (Kind::Bytes | Kind::Unicode | Kind::Utf16, _) => (Vec::new(), "no text"),
        (Kind::Struct(_) | Kind::Sub(_), _) => (Vec::new(), "NaN or 0"),
        _ => (Vec::new(), "0"),
    };
    if d.order == ByteOrder::Big {
        bytes.reverse();
    }
    let Ok(at) = usize::try_from(at) else { return word };
    let parts = if matches!(d.kind, Kind::Complex) { 2 } else { 1 };
    for i in 0..parts {
        let from = at.saturating_add(i * bytes.len());
        if let Some(to) = out.get_mut(from..from.saturating_add(bytes.len())) {
            to.copy_from_slice(&bytes);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_elements_read_as_missing() {
        let of = |d: DType| missing(&d).unwrap();
        assert!(f64::from_le_bytes(of(DType::float(8)).0.try_into().unwrap()).is_nan());
        assert!(f32::from_be_bytes(of(DType::float(4).with_order(ByteOrder::Big)).0.try_into().unwrap()).is_nan());
        let both = of(DType::complex(8)).0;
        assert!(both.chunks(8).all(|c| f64::from_le_bytes(c.try_into().unwrap()).is_nan()) && both.len() == 16);
        assert_eq!(of(DType::int(4)), (vec![0; 4], "0"));
    }
}
