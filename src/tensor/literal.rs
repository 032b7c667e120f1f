//! The dtype of a `.npy` header, as `numpy.lib.format.descr_to_dtype` reads it: a type string, or the literal list of a
//! structured type's fields. Must never evaluate anything: strings, integers, tuples and lists are all there is.

use super::{DType, DTypeError, Field};
use crate::source::limits;

/// A Python literal, nested at most [`limits::DTYPE_DEPTH`] times two deep: functions may recurse over it.
enum Lit {
    Text(String),
    Number(u64),
    Many(Vec<Self>),
}

fn bad<T>(why: impl Into<String>) -> Result<T, DTypeError> {
    Err(DTypeError(why.into()))
}

impl DType {
    /// From the value of `descr` in a `.npy` header.
    ///
    /// # Errors
    /// When it is no literal, or NumPy has no such type.
    pub fn from_descr(text: &str) -> Result<Self, DTypeError> {
        of(&literal(text)?, 0)
    }
}

fn of(lit: &Lit, depth: usize) -> Result<DType, DTypeError> {
    if depth > limits::DTYPE_DEPTH {
        return bad(format!("dtypes nested more than {} deep", limits::DTYPE_DEPTH));
    }
    match lit {
        Lit::Text(text) => DType::parse(text),
        Lit::Number(n) => bad(format!("{n} is no type")),
        Lit::Many(rows) => structure(rows, depth),
    }
}

/// Fields in file order, each right behind the one before; nameless voids are the padding between them.
fn structure(rows: &[Lit], depth: usize) -> Result<DType, DTypeError> {
    let (mut fields, mut at) = (Vec::new(), 0_u64);
    for row in rows {
        let Lit::Many(row) = row else { return bad("a field is no tuple of name and type") };
        let (name, kind, shape) = match row.as_slice() {
            [name, kind] => (name, kind, None),
            [name, kind, shape] => (name, kind, Some(shape)),
            _ => return bad("a field is no tuple of name and type"),
        };
        let (title, name) = match name {
            Lit::Text(name) => (None, name.clone()),
            Lit::Many(pair) => match pair.as_slice() {
                [Lit::Text(title), Lit::Text(name)] => (Some(title.clone()), name.clone()),
                _ => return bad("a field's name is no text"),
            },
            Lit::Number(n) => return bad(format!("{n} is no field's name")),
        };
        let mut dtype = of(kind, depth + 1)?;
        if let Some(shape) = shape {
            dtype = DType::subarray(dtype, dims(shape)?)?;
        }
        let offset = at;
        let Some(end) = at.checked_add(dtype.item_size) else { return bad("the size of an item overflows") };
        at = end;
        if name.is_empty() && matches!(kind, Lit::Text(t) if t.starts_with("|V") || t.starts_with('V')) {
            continue;
        }
        let name = if name.is_empty() { format!("f{}", fields.len()) } else { name };
        fields.push(Field { name, title, dtype, offset });
    }
    DType::structure(fields, at, false, 1)
}

fn dims(lit: &Lit) -> Result<Vec<u64>, DTypeError> {
    match lit {
        Lit::Number(n) => Ok(vec![*n]),
        Lit::Many(all) => all.iter().map(|d| if let Lit::Number(n) = d { Ok(*n) } else { bad("a shape") }).collect(),
        Lit::Text(t) => bad(format!("{t:?} is no shape")),
    }
}

/// A literal of strings, integers, tuples and lists.
fn literal(text: &str) -> Result<Lit, DTypeError> {
    let mut stack: Vec<Vec<Lit>> = vec![Vec::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let done = match c {
            '(' | '[' if stack.len() > 2 * limits::DTYPE_DEPTH => return bad("it is nested too deep"),
            '(' | '[' => {
                stack.push(Vec::new());
                continue;
            }
            ')' | ']' => Lit::Many(stack.pop().unwrap_or_default()),
            '\'' | '"' => {
                let mut out = String::new();
                loop {
                    match chars.next() {
                        None => return bad("a text does not end"),
                        Some(end) if end == c => break,
                        Some('\\') => match escape(&mut chars) {
                            Some(e) => out.push(e),
                            None => return bad("an escape makes no sense"),
                        },
                        Some(other) => out.push(other),
                    }
                }
                Lit::Text(out)
            }
            '0'..='9' => {
                let mut n = u64::from(c.to_digit(10).unwrap_or(0));
                while let Some(d) = chars.peek().and_then(|c| c.to_digit(10)) {
                    chars.next();
                    let more = n.checked_mul(10).and_then(|n| n.checked_add(u64::from(d)));
                    n = more.ok_or_else(|| DTypeError("a number overflows".to_owned()))?;
                }
                Lit::Number(n)
            }
            // Python 2 wrote `4L` and `u'name'`.
            ',' | 'L' | 'u' | 'b' => continue,
            c if c.is_whitespace() => continue,
            other => return bad(format!("{other:?} makes no sense in it")),
        };
        match stack.last_mut() {
            Some(top) => top.push(done),
            None => return bad("its brackets do not match"),
        }
    }
    match (stack.pop(), stack.is_empty()) {
        (Some(mut all), true) if all.len() == 1 => all.pop().ok_or_else(|| DTypeError("nothing".to_owned())),
        _ => bad("its brackets do not match"),
    }
}

/// What stands behind a backslash in a Python text.
fn escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let digits = match chars.next()? {
        'n' => return Some('\n'),
        't' => return Some('\t'),
        'r' => return Some('\r'),
        c @ ('\\' | '\'' | '"') => return Some(c),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let mut code = 0_u32;
    for _ in 0..digits {
        code = code.checked_mul(16)?.checked_add(chars.next()?.to_digit(16)?)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descrs_of_numpy() {
        assert_eq!(DType::from_descr("'<f8'").unwrap(), DType::parse("<f8").unwrap());
        let d =
            DType::from_descr("[('a', '|u1'), ('', '|V3'), (('the b', 'b'), '<i4', (2, 3)), ('n', [('x', '>f2')])]");
        let d = d.unwrap();
        assert_eq!((d.item_size, d.fields().len()), (1 + 3 + 24 + 2, 3));
        let b = d.field("b").unwrap();
        assert_eq!((b.offset, b.title.as_deref(), b.dtype.item_size), (4, Some("the b"), 24));
        assert_eq!(d.field("n").unwrap().dtype.field("x").unwrap().dtype, DType::parse(">f2").unwrap());
        // Python 2's forms, and names that need escapes.
        let d = DType::from_descr("[(u'a', '<i4', (2L,)), ('\\xe9\\'', '<f4')]").unwrap();
        assert_eq!((d.item_size, d.fields()[1].name.as_str()), (12, "é'"));
    }

    #[test]
    fn nonsense_is_told() {
        let deep = "[".repeat(5000);
        for text in
            ["", "'<f8", "[('a', '<q9')]", "[('a')]", "{'a': 1}", "''", "7", "[('a', 5)]", "]", "('<f8', '<f8')", &deep]
        {
            assert!(DType::from_descr(text).is_err(), "{text}");
        }
        assert!(DType::from_descr("[('a', '<f8', (18446744073709551615, 2))]").is_err());
    }
}
