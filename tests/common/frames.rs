//! Tables as pandas writes them.

use picklescope::interpret::{Cell, Cx, FrameColumn, FrameMeaning, cell, cell_text};
use picklescope::tensor::Scalar;

/// A table as pandas' `to_csv` writes it, from the cells that a reader gives.
pub fn csv(cx: &Cx<'_>, f: &FrameMeaning) -> String {
    let quote = |s: String| if s.contains(['"', ',', '\n']) { format!("\"{}\"", s.replace('"', "\"\"")) } else { s };
    let text = |c: &FrameColumn, row: u64| match cell(cx, c, row) {
        Cell::Missing => String::new(),
        Cell::Value(Scalar::Datetime(i64::MIN, _) | Scalar::Timedelta(i64::MIN, _)) => String::new(),
        Cell::Value(v @ Scalar::Datetime(..)) => {
            let t = v.text().replace('T', " ");
            t.split('.').next().unwrap_or("").to_owned()
        }
        Cell::Value(Scalar::F64(f)) if f.is_nan() => String::new(),
        Cell::Value(v @ Scalar::Complex64(..)) => v.text(),
        Cell::Value(v) => v.text(),
        Cell::Object(h) => match cell_text(cx, c, row) {
            t if t == "None" || t == "nan" || t == "<NA>" => String::new(),
            t => {
                let _ = h;
                t
            }
        },
    };
    let mut out = String::new();
    let head: Vec<String> = f.index.iter().chain(&f.columns).map(|c| quote(c.name.clone())).collect();
    out.push_str(&head.join(","));
    out.push('\n');
    for row in 0..f.rows {
        let cells: Vec<String> = f.index.iter().chain(&f.columns).map(|c| quote(text(c, row))).collect();
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// The cells of a CSV file.
pub fn comparable(text: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut cell, mut row, mut quoted) = (String::new(), Vec::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}
