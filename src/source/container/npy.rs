//! The header of a `.npy` file: magic, version, and a Python dict literal. Its dtype stays text here.
//! Source: `numpy/lib/format.py` (versions 1.0, 2.0 and 3.0).

use crate::source::{Bytes, Span};

/// What stands before the elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpyHeader {
    /// Major version: 1, 2 or 3.
    pub version: u8,
    /// The value of `'descr'` as written: a quoted type string, or the list of a structured type.
    pub descr: String,
    /// `'fortran_order'`.
    pub fortran: bool,
    /// `'shape'`.
    pub shape: Vec<u64>,
    /// All of the header, to where the data starts.
    pub span: Span,
    /// The dtype holds objects: a pickle follows instead of elements.
    pub objects: bool,
}

/// Bytes of a header that are believed; numpy itself refuses more than 10,000 unless told otherwise.
const LONGEST: usize = 1 << 20;

/// Reads the header, or says why it is none.
pub fn header(bytes: &Bytes) -> Result<NpyHeader, String> {
    let head = bytes.read(Span::new(0, 12), 12);
    let (version, len, from) = match head.as_slice() {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (1, u32::from(u16::from_le_bytes([*a, *b])), 10),
        [0x93, b'N', b'U', b'M', b'P', b'Y', v @ (2 | 3), _, a, b, c, d] => {
            (*v, u32::from_le_bytes([*a, *b, *c, *d]), 12)
        }
        [0x93, b'N', b'U', b'M', b'P', b'Y', v, ..] => return Err(format!("the npy version {v} is not known")),
        _ => return Err("the npy header is cut".to_owned()),
    };
    let span = Span::at(from, u64::from(len));
    let text = bytes.read(span, LONGEST);
    if (text.len() as u64) < span.len() {
        return Err("the npy header is cut".to_owned());
    }
    // Version 1 and 2 headers are Latin-1, version 3 is UTF-8.
    let text = match String::from_utf8(text) {
        Ok(s) if version == 3 || s.is_ascii() => s,
        Ok(s) => s.bytes().map(char::from).collect(),
        Err(e) => e.into_bytes().iter().map(|b| char::from(*b)).collect(),
    };
    let descr = value(&text, "descr").ok_or("the npy header has no descr")?;
    let fortran = value(&text, "fortran_order").ok_or("the npy header has no fortran_order")? == "True";
    let shape = value(&text, "shape").ok_or("the npy header has no shape")?;
    let shape = shape.trim_start_matches('(').trim_end_matches(')').split(',').map(str::trim).filter(|d| !d.is_empty());
    // Python 2 wrote long integers with an L.
    let shape: Result<Vec<u64>, _> = shape.map(|d| d.trim_end_matches('L').parse::<u64>()).collect();
    let shape = shape.map_err(|_| "the npy header's shape is no tuple of integers")?;
    let objects = has_objects(&descr);
    Ok(NpyHeader { version, descr, fortran, shape, span: Span::new(0, span.end), objects })
}

/// The text of a value in the dict literal: up to the comma or brace that ends it, brackets and quotes respected.
fn value(text: &str, key: &str) -> Option<String> {
    let after = [format!("'{key}':"), format!("\"{key}\":")].iter().find_map(|k| Some(text.split_once(k)?.1))?;
    let (mut depth, mut quote, mut escaped) = (0_u32, None, false);
    for (i, c) in after.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ',' | '}' if depth == 0 => return after.get(..i).map(|v| v.trim().to_owned()),
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    None
}

/// A type string of object kind (`|O`, `O8`) occurs in it. A field may be *named* `O`: names stand behind a parenthesis.
fn has_objects(descr: &str) -> bool {
    let is_object = |t: &str| {
        let t = t.trim_start_matches(['|', '<', '>', '=']);
        t.strip_prefix('O').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()))
    };
    let (mut before, mut quote, mut from) = (' ', None, 0);
    for (i, c) in descr.char_indices() {
        match quote {
            Some(q) if c == q => {
                if before != '(' && descr.get(from..i).is_some_and(is_object) {
                    return true;
                }
                (quote, before) = (None, c);
            }
            Some(_) => {}
            None if c == '\'' || c == '"' => (quote, from) = (Some(c), i + 1),
            None if !c.is_whitespace() => before = c,
            None => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(version: u8, text: &str) -> Bytes {
        let mut v = b"\x93NUMPY".to_vec();
        v.extend([version, 0]);
        let n = (text.len() as u32).to_le_bytes();
        v.extend_from_slice(&n[..if version == 1 { 2 } else { 4 }]);
        v.extend_from_slice(text.as_bytes());
        Bytes::from_vec(v)
    }

    #[test]
    fn headers_of_all_versions() {
        let h = header(&npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4L), }    \n")).unwrap();
        assert_eq!((h.descr.as_str(), h.fortran, h.shape, h.objects), ("'<f8'", false, vec![3, 4], false));
        let text = "{'descr': [('O', '<i4'), ('b, }', '|O', (2,))], 'fortran_order': True, 'shape': (), }\n";
        let h = header(&npy(3, text)).unwrap();
        assert_eq!((h.shape.len(), h.fortran, h.objects, h.span.end), (0, true, true, 12 + text.len() as u64));
        let h = header(&npy(2, "{'descr': [('O', '<i4')], 'fortran_order': False, 'shape': (5,), }")).unwrap();
        assert_eq!((h.objects, h.shape), (false, vec![5]));
        assert!(header(&npy(1, "{'descr': '<f8', 'shape': (-1,)")).is_err());
        assert!(header(&npy(9, "")).is_err());
    }
}
