//! `array.array` of all 22 machine format codes: what `export` writes of each equals what CPython reads
//! (`fixtures/codes/make_codes.py`).

use serde_json::Value;
use std::path::Path;
use std::process::Command;

#[test]
fn every_machine_format_code_reads_as_cpython_reads_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/codes");
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let expected = expected.as_object().unwrap();
    assert_eq!(expected.len(), 22);
    let out = tempfile::tempdir().unwrap();
    for (code, want) in expected {
        let to = out.path().join(format!("{code}.json"));
        let done = Command::new(env!("CARGO_BIN_EXE_picklescope"))
            .arg("export")
            .arg(folder.join("codes.pkl"))
            .args(["--select", &format!("[{code}]"), "--to"])
            .arg(&to)
            .output()
            .unwrap();
        assert!(done.status.success(), "{code}: {}", String::from_utf8_lossy(&done.stderr));
        let got: Value = serde_json::from_slice(&std::fs::read(&to).unwrap()).unwrap();
        assert_eq!(&got, want, "code {code}");
    }
}
