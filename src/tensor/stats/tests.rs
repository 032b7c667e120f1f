//! Statistics against a slow truth, on any view of any array.
use super::*;
use crate::tensor::{DType, Data};
use proptest::prelude::*;

fn of(a: &Array) -> Stats {
    Stats::of(a, Part::Real, &|_, _, _| true).unwrap()
}

proptest! {
    #[test]
    fn order_statistics_are_elements(values in prop::collection::vec(-50_i16..50, 1..200), axis in 0..3_usize) {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let n = values.len() as u64;
        let mut a = Array::new_c(DType::parse("<i2").unwrap(), &[n], Data::memory(raw)).unwrap();
        if axis == 1 {
            a = a.flip(0).unwrap();
        } else if axis == 2 && n.is_multiple_of(2) {
            let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            a = Array::new_f(DType::parse("<i2").unwrap(), &[n / 2, 2], Data::memory(raw)).unwrap();
        }
        let as_read: Vec<i64> = (0..n).map(|i| match a.value(&a.unravel(i)) { Scalar::Int(i) => i, _ => panic!() }).collect();
        let s = of(&a);
        let (min, max) = (s.min.unwrap(), s.max.unwrap());
        let least = *as_read.iter().min().unwrap();
        let most = *as_read.iter().max().unwrap();
        prop_assert_eq!(min.value.text(), least.to_string());
        prop_assert_eq!(min.index as usize, as_read.iter().position(|v| *v == least).unwrap());
        prop_assert_eq!(max.index as usize, as_read.iter().position(|v| *v == most).unwrap());
        let mut sorted = as_read.clone();
        sorted.sort_unstable();
        let median = (sorted[(sorted.len() - 1) / 2] as f64 + sorted[sorted.len() / 2] as f64) / 2.0;
        let found = s.percentiles.iter().find(|p| p.percent == 50.0).unwrap();
        prop_assert!((found.value - median).abs() < 1e-9);
        prop_assert_eq!(s.zeros as usize, as_read.iter().filter(|v| **v == 0).count());
        prop_assert_eq!(s.histogram.iter().sum::<u64>(), n);
        let distinct: std::collections::BTreeMap<i64, u64> = as_read.iter().fold(Default::default(), |mut m, v| { *m.entry(*v).or_insert(0) += 1; m });
        let ours: Vec<(String, u64)> = s.distinct.unwrap().into_iter().map(|(v, n)| (v.text(), n)).collect();
        let want: Vec<(String, u64)> = distinct.into_iter().map(|(v, n)| (v.to_string(), n)).collect();
        prop_assert_eq!(ours, want);
    }
}

#[test]
fn bins_of_more_than_can_be_sorted_are_refined() {
    // Three million numbers that share their first 32 bits: two more passes than usual.
    let n = 3_000_000_u64;
    let values = (0..n).map(|i| 1.0 + ((i * 2_654_435_761) % n) as f64 * 2_f64.powi(-50));
    let raw: Vec<u8> = values.flat_map(f64::to_le_bytes).collect();
    let a = Array::new_c(DType::parse("<f8").unwrap(), &[n], Data::memory(raw)).unwrap();
    let s = of(&a);
    for p in &s.percentiles {
        let rank = p.percent / 100.0 * (n - 1) as f64;
        assert!(((p.value - 1.0) * 2_f64.powi(50) - rank).abs() < 1.0, "{p:?}");
    }
    assert!(s.distinct.is_none() && !s.partial);
    let stopped = std::sync::atomic::AtomicU64::new(0);
    let stop = Stats::of(&a, Part::Real, &|s, done, of| {
        assert!(s.partial && done <= of);
        stopped.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 3
    });
    assert!(stop.is_none());
}

#[test]
fn whole_numbers_beyond_binary64_are_exact() {
    let values = [i64::MAX, i64::MAX - 1, i64::MAX - 2];
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
    let a = Array::new_c(DType::parse(">i8").unwrap(), &[3], Data::memory(raw)).unwrap();
    let s = of(&a);
    assert_eq!(s.min.unwrap().value.text(), (i64::MAX - 2).to_string());
    let median = s.percentiles.iter().find(|p| p.percent == 50.0).unwrap();
    assert_eq!(median.element.as_ref().unwrap().text(), (i64::MAX - 1).to_string());
    assert!((s.std.unwrap() - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12);
}

#[test]
fn what_is_no_number_is_counted_and_left_out() {
    let values = [f32::NAN, f32::INFINITY, -0.0, 3.0, f32::NEG_INFINITY, -2.0, 0.0, 9.0];
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).take(30).collect();
    let a = Array::new_c(DType::parse("<f4").unwrap(), &[2, 4], Data::memory(raw)).unwrap();
    let mask = Array::new_c(DType::parse("|b1").unwrap(), &[2, 4], Data::memory(vec![0, 0, 0, 1, 0, 0, 0, 0])).unwrap();
    let s = of(&a.with_mask(mask).unwrap());
    assert_eq!((s.nan, s.pos_inf, s.neg_inf, s.masked, s.missing, s.finite, s.zeros), (1, 1, 1, 1, 1, 3, 2));
    assert_eq!((s.min.unwrap().index, s.max.unwrap().index), (5, 2));
    let empty = Array::new_c(DType::parse("<f4").unwrap(), &[0, 4], Data::memory(vec![])).unwrap();
    let s = of(&empty);
    assert!(s.min.is_none() && s.mean.is_none() && s.percentiles.is_empty() && s.histogram.is_empty() && !s.partial);
    let one = Array::new_c(DType::parse("<f4").unwrap(), &[], Data::memory(vec![0, 0, 0x80, 0x3f])).unwrap();
    let s = of(&one);
    assert_eq!((s.mean, s.std, s.sum, s.histogram.len()), (Some(1.0), Some(0.0), Some(1.0), BINS));
    assert!(s.percentiles.iter().all(|p| p.value == 1.0));
    assert!(
        Stats::of(
            &Array::new_c(DType::parse("S3").unwrap(), &[1], Data::memory(vec![0; 3])).unwrap(),
            Part::Real,
            &|_, _, _| true
        )
        .is_none()
    );
}
