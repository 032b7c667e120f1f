//! copyreg's extension registry, as a user can hand it in: what names the codes of EXT1, EXT2 and EXT4 stand for.
//! Must never import or run what it reads: calls of `add_extension` in a Python file are found as text.

use std::collections::BTreeMap;

/// Extension code → module, name.
pub type Registry = BTreeMap<i64, (String, String)>;

/// Reads a registry: a Python file with calls of `copyreg.add_extension(module, name, code)`, a JSON object
/// `{"code": ["module", "name"]}` (or `"module.name"`), or lines `code module name`, `#` beginning a comment.
///
/// # Errors
/// In words, where nothing of the kind is in it.
pub fn parse(text: &str) -> Result<Registry, String> {
    let text = text.trim_start_matches('\u{feff}');
    let found = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => json(&value)?,
        Err(_) if text.contains("add_extension") => calls(text),
        Err(_) => lines(text)?,
    };
    if found.is_empty() {
        return Err("it registers no extension code; write a line as `240 module name` for each".to_owned());
    }
    Ok(found)
}

/// A code that copyreg takes: 1 to 2³¹ − 1.
fn code_of(text: &str) -> Option<i64> {
    let text = text.trim();
    let n = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None => text.parse().ok()?,
    };
    (1..=i64::from(i32::MAX)).contains(&n).then_some(n)
}

/// `module.name`: the name is what follows the last dot.
fn split(full: &str) -> Option<(String, String)> {
    let (module, name) = full.trim().rsplit_once(['.', ':'])?;
    (!module.is_empty() && !name.is_empty()).then(|| (module.to_owned(), name.to_owned()))
}

fn json(value: &serde_json::Value) -> Result<Registry, String> {
    let all = value.as_object().ok_or("its JSON is no object of codes; write {\"240\": [\"module\", \"name\"]}")?;
    let mut out = Registry::new();
    for (key, value) in all {
        let code = code_of(key).ok_or_else(|| format!("{key:?} is no extension code: those are 1 to 2147483647"))?;
        let pair = match value {
            serde_json::Value::String(full) => split(full),
            serde_json::Value::Array(parts) => match parts.as_slice() {
                [serde_json::Value::String(module), serde_json::Value::String(name)] => {
                    Some((module.clone(), name.clone()))
                }
                _ => None,
            },
            _ => None,
        };
        let pair = pair.ok_or_else(|| format!("code {code} stands for no module and name"))?;
        out.insert(code, pair);
    }
    Ok(out)
}

/// Lines `code module name` or `code module.name`, parts set apart by blanks, commas, colons or equals signs.
fn lines(text: &str) -> Result<Registry, String> {
    let mut out = Registry::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        let parts: Vec<&str> =
            line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '=')).filter(|p| !p.is_empty()).collect();
        let entry = match parts.as_slice() {
            [code, module, name] => code_of(code).map(|c| (c, ((*module).to_owned(), (*name).to_owned()))),
            [code, full] => code_of(code).zip(split(full)),
            _ => None,
        };
        let (code, pair) = entry.ok_or_else(|| {
            format!(
                "line {} makes no sense; write `240 module name`, or Python's add_extension calls",
                i.saturating_add(1)
            )
        })?;
        out.insert(code, pair);
    }
    Ok(out)
}

/// The calls of `add_extension` with two quoted names and a number, in the order module, name, code.
fn calls(text: &str) -> Registry {
    let mut out = Registry::new();
    for part in text.split("add_extension").skip(1) {
        let Some(args) = part.trim_start().strip_prefix('(').and_then(|a| a.split_once(')')) else { continue };
        let parts: Vec<&str> = args.0.split(',').map(str::trim).filter(|p| !p.is_empty()).collect();
        let [module, name, code] = parts.as_slice() else { continue };
        if let (Some(module), Some(name), Some(code)) = (quoted(module), quoted(name), code_of(code)) {
            out.insert(code, (module, name));
        }
    }
    out
}

fn quoted(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['u', 'b', 'r']);
    let inner = ['\'', '"'].iter().find_map(|q| text.strip_prefix(*q)?.strip_suffix(*q))?;
    (!inner.is_empty() && !inner.contains(['\'', '"', '\\'])).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn want() -> Registry {
        [(240, ("shapes", "Point")), (0x1234, ("a.b", "C"))].map(|(c, (m, n))| (c, (m.into(), n.into()))).into()
    }

    #[test]
    fn the_forms_that_people_have() {
        for text in [
            "# codes\n240 shapes Point\n0x1234\ta.b.C # the other\n",
            "240, shapes, Point\r\n4660: a.b:C\r\n",
            "{\"240\": [\"shapes\", \"Point\"], \"4660\": \"a.b.C\"}",
            "import copyreg\ncopyreg.add_extension('shapes', \"Point\", 240)\n\
             copyreg.add_extension(\n    u'a.b', 'C',\n    0x1234,\n)\ncopyreg.add_extension(m, n, 5)\n",
        ] {
            assert_eq!(parse(text).unwrap(), want(), "{text}");
        }
    }

    #[test]
    fn what_is_none_says_so() {
        for text in ["", "hello", "0 a b", "[1]", "{\"x\": \"a.b\"}", "{\"5\": 3}", "{\"5\": \"ab\"}", "2147483648 a b"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
