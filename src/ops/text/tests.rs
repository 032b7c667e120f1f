//! Text arguments: CPython's answers, and the maps back to the file.

use super::*;
use proptest::prelude::*;

fn say<T: std::fmt::Debug>(r: Result<T, PyError>) -> String {
    r.map_or_else(|e| e.to_string(), |v| format!("{v:?}"))
}

fn decode(spelling: Spelling, data: &[u8]) -> String {
    let bytes = Bytes::from_vec(data.to_vec());
    say(text(&bytes, bytes.span(), spelling))
}

#[test]
fn texts_and_what_python_says_of_them() {
    let utf8 = |data| decode(Spelling::Utf8, data);
    assert_eq!(utf8("añ漢😀".as_bytes()), "'añ漢😀'");
    assert_eq!(utf8(b"\xed\xa0\xbd"), r"'\ud83d'");
    let start = "UnicodeDecodeError: 'utf-8' codec can't decode byte";
    assert_eq!(utf8(b"a\x80"), format!("{start} 0x80 in position 1: invalid start byte"));
    assert_eq!(utf8(b"\xe2A"), format!("{start} 0xe2 in position 0: invalid continuation byte"));
    assert_eq!(utf8(b"\xed\xa0"), format!("{start} 0xed in position 0: invalid continuation byte"));
    assert_eq!(decode(Spelling::Utf8Strict, b"\xed\xa0\xbd"), utf8(b"\xed\xa0"));
    let many = "UnicodeDecodeError: 'utf-8' codec can't decode bytes";
    assert_eq!(utf8(b"\xf0\x9f\x98"), format!("{many} in position 0-2: unexpected end of data"));
    assert_eq!(utf8(b"\xe2\x82A"), format!("{many} in position 0-1: invalid continuation byte"));
    assert_eq!(
        decode(Spelling::Ascii, b"ab\xe9"),
        "UnicodeDecodeError: 'ascii' codec can't decode byte 0xe9 in position 2: ordinal not in range(128)"
    );
    let raw = |data| decode(Spelling::RawUnicode, data);
    assert_eq!(raw(br"A\U00000042\\u0041\n"), r"'AB\\\\u0041\\n'");
    assert_eq!(raw(b"\xe9\\"), r"'é\\'");
    let raw_error = "UnicodeDecodeError: 'rawunicodeescape' codec can't decode bytes in position";
    assert_eq!(raw(br"\u00"), format!("{raw_error} 0-3: truncated \\uXXXX escape"));
    assert_eq!(raw(br"a\U00110000"), format!("{raw_error} 1-10: \\Uxxxxxxxx out of range"));
}

#[test]
fn string_lines() {
    let line = |data: &[u8]| {
        let bytes = Bytes::from_vec(data.to_vec());
        string_line(&bytes, bytes.span()).map_or_else(|e| e.to_string(), |v| pyrepr::bytes_repr(&v))
    };
    assert_eq!(line(br"'\x41\n\101\q\xe9'"), r"b'A\nA\\q\xe9'");
    assert_eq!(line(br#""a'b""#), r#"b"a'b""#);
    assert_eq!(line(br"'\x4'"), "ValueError: invalid \\x escape at position 0");
    assert_eq!(line(br"'a\'"), "ValueError: Trailing \\ in string");
    for bad in [&b"'"[..], b"abc", b"'a\"", b"'a' ", b""] {
        assert_eq!(line(bad), "UnpicklingError: the STRING opcode argument must be quoted");
    }
}

#[test]
fn latin1_faults() {
    let say = |data: &str| {
        let bytes = Bytes::from_vec(data.as_bytes().to_vec());
        let u = unescape(&bytes, bytes.span(), Spelling::Utf8, u64::MAX);
        (u.bytes, u.fault.map(|e| e.message))
    };
    assert_eq!(say("aé"), (vec![b'a', 0xe9], None));
    let end = "ordinal not in range(256)";
    assert_eq!(
        say("aĀb"),
        (vec![b'a'], Some(format!("'latin-1' codec can't encode character '\\u0100' in position 1: {end}")))
    );
    assert_eq!(say("ĀĀb"), (vec![], Some(format!("'latin-1' codec can't encode characters in position 0-1: {end}"))));
}

/// Spells bytes in one of the ways that picklers spell arrays.
fn spell(data: &[u8], spelling: Spelling) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, b) in data.iter().enumerate() {
        match spelling {
            Spelling::Escape => match b {
                b'\\' => out.extend(b"\\\\"),
                b'\n' => out.extend(b"\\n"),
                _ if i % 5 == 0 || *b == b'\'' => out.extend(format!("\\x{b:02x}").bytes()),
                _ => out.push(*b),
            },
            Spelling::RawUnicode => match b {
                b'\\' | b'\n' => out.extend(format!("\\u{b:04x}").bytes()),
                _ if i % 7 == 0 => out.extend(format!("\\U{b:08x}").bytes()),
                _ => out.push(*b),
            },
            Spelling::Utf8 => out.extend(char::from(*b).to_string().bytes()),
            _ => out.push(*b),
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn maps_lead_back(
        data in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\\')], 0..20_000),
        which in prop::sample::select(vec![Spelling::Latin1, Spelling::Escape, Spelling::RawUnicode, Spelling::Utf8]),
        probes: [prop::sample::Index; 16],
        max in prop_oneof![Just(u64::MAX), 0_u64..20_000],
    ) {
        let mut file = b"junk".to_vec();
        file.extend(spell(&data, which));
        let span = Span::new(4, file.len() as u64);
        file.extend(b"tail");
        let bytes = Bytes::from_vec(file);
        let u = unescape(&bytes, span, which, max);
        prop_assert_eq!(&u.fault, &None);
        prop_assert_eq!(u.cut, max < data.len() as u64);
        let kept = data.len().min(usize::try_from(max).unwrap_or(usize::MAX));
        prop_assert_eq!(&u.bytes[..], &data[..kept]);
        for probe in probes.iter().filter(|_| kept > 0) {
            let i = probe.index(kept);
            let at = u.map.source_of(Span::at(i as u64, 1), &bytes);
            prop_assert_eq!(at.start - 4, spell(&data[..i], which).len() as u64);
            for offset in at.start..at.end {
                prop_assert_eq!(u.map.decoded_at(offset, &bytes), Some(i as u64));
            }
            let both = u.map.source_of(Span::new(0, i as u64 + 1), &bytes);
            prop_assert_eq!(both, Span::new(4, at.end));
        }
        prop_assert_eq!(u.map.decoded_at(span.end, &bytes), None);
        prop_assert!(u.map.source_of(Span::at(kept as u64, 1), &bytes).is_empty());
    }
}
