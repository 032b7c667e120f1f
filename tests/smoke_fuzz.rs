//! A seeded run of what the fuzz targets check: every fixture damaged in a few ways. `PICKLESCOPE_FUZZ=N` makes it N of
//! each.

mod fuzzed;
mod seeded;

use seeded::{Seeded, files};

/// Longer files are for the fuzzer.
const LIMIT: usize = 6 << 10;

fn run(check: fn(&[u8]), seed: u64, each: usize, limit: usize) {
    let each = std::env::var("PICKLESCOPE_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(each);
    let mut seeded = Seeded(seed);
    for (name, data) in files(limit).into_iter().filter(|(n, d)| n.ends_with(".pkl") && !d.is_empty()) {
        for i in 0..each {
            let damaged = if i == 0 { data.clone() } else { seeded.damage(&data) };
            let done = std::panic::catch_unwind(|| check(&damaged));
            assert!(done.is_ok(), "{name}, change {i}: {damaged:?}");
        }
    }
}

#[test]
fn the_decoder() {
    run(fuzzed::decoder, 0x1234_5678_9abc_def1, 8, LIMIT);
}

#[test]
fn the_machine() {
    run(fuzzed::machine, 0x0fed_cba9_8765_4321, 3, LIMIT);
}

#[test]
fn the_readers() {
    run(fuzzed::readers, 0x9e37_79b9_7f4a_7c15, 2, LIMIT / 4);
}

#[test]
fn the_salvager() {
    run(fuzzed::salvager, 0xc2b2_ae3d_27d4_eb4f, 3, LIMIT);
}
