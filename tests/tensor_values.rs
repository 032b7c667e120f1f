//! Array elements read as NumPy reads them: the value, its text, and its Python form.

use picklescope::tensor::{Array, DType, Data};

fn unhex(s: &str) -> Vec<u8> {
    (0..s.len()).step_by(2).map(|i| u8::from_str_radix(&s[i..i + 2], 16).unwrap()).collect()
}

fn escape(s: &str) -> String {
    s.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

#[test]
fn every_value_reads_as_numpy_says() {
    let table = include_str!("fixtures/tensor/values.tsv");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in table.lines() {
        let [name, hex, text, item] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let dtype = DType::from_ml_dtypes(name).unwrap_or_else(|| DType::parse(name).unwrap());
        let raw = unhex(hex);
        assert_eq!(raw.len() as u64, dtype.item_size, "{line}");
        let value = Array::new_c(dtype, &[], Data::memory(raw)).unwrap().value(&[]);
        let (ours, repr) = (escape(&value.text()), escape(&value.repr()));
        if (!text.is_empty() && ours != text) || repr != item {
            wrong.push(format!("{line}\n    got {ours} | {repr}"));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{} of {seen} differ\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(seen > 3000, "{seen}");
}
