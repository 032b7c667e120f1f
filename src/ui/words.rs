//! Numbers as the window writes them: sizes, offsets, counts. Must never lose a digit without saying so on hover.

pub use crate::interpret::grouped;

/// A size with a unit that people read: "812 B", "2.3 MiB".
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = if value < 10.0 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// A size with all its digits: "2,457,600 bytes".
pub fn exact_size(bytes: u64) -> String {
    format!("{} {}", grouped(bytes), if bytes == 1 { "byte" } else { "bytes" })
}

/// An offset as the panels write it: eight digits of hex or more.
pub fn offset(at: u64) -> String {
    format!("{at:#010x}")
}

/// A number as people write one: `154`, `1,024`, `0x9a`.
pub fn number(text: &str) -> Option<u64> {
    let text = text.trim().replace([',', '_', ' '], "");
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let all: Vec<String> =
            [0, 1023, 1024, 10 << 10, 1_048_575, 1 << 20, 2_457_600, 5 << 30, u64::MAX].into_iter().map(size).collect();
        assert_eq!(
            all,
            ["0 B", "1023 B", "1.00 KiB", "10.0 KiB", "1.00 MiB", "1.00 MiB", "2.34 MiB", "5.00 GiB", "16.0 EiB"]
        );
        assert_eq!(exact_size(1), "1 byte");
        assert_eq!(offset(0x9a), "0x0000009a");
    }
}
