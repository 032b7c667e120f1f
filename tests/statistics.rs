//! Statistics as NumPy finds them: counts, places, moments and percentiles of every numeric type.

use picklescope::tensor::{Array, DType, Data, Part, Stats};
use serde_json::Value;

fn unhex(v: &Value) -> Vec<u8> {
    let s = v.as_str().unwrap();
    (0..s.len()).step_by(2).map(|i| u8::from_str_radix(&s[i..i + 2], 16).unwrap()).collect()
}

fn near(ours: f64, numpy: f64, scale: f64) -> bool {
    (ours - numpy).abs() <= 1e-12 * scale.abs().max(numpy.abs()) || ours == numpy
}

#[test]
fn statistics_are_as_numpy_finds_them() {
    let mut wrong = Vec::new();
    let all: Vec<&str> = include_str!("fixtures/tensor/stats.jsonl").lines().collect();
    for line in &all {
        let v: Value = serde_json::from_str(line).unwrap();
        let dtype = DType::parse(v["dtype"].as_str().unwrap()).unwrap();
        let shape: Vec<u64> = v["shape"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap()).collect();
        let make = if v["fortran"].as_bool().unwrap() { Array::new_f } else { Array::new_c };
        let mut a = make(dtype.clone(), &shape, Data::memory(unhex(&v["data"]))).unwrap();
        if v["mask"].is_string() {
            let mask = Array::new_c(DType::parse("|b1").unwrap(), &shape, Data::memory(unhex(&v["mask"]))).unwrap();
            a = a.with_mask(mask).unwrap();
        }
        let part = Part::ALL.iter().copied().find(|p| Some(p.name()) == v["part"].as_str()).unwrap_or_default();
        let s = Stats::of(&a, part, &|_, _, _| true).unwrap();
        let e = &v["expected"];
        let name = format!("{} {shape:?} {:?}", v["dtype"], v["part"]);
        let mut check = |what: &str, ours: String, numpy: String| {
            if ours != numpy {
                wrong.push(format!("{name}: {what}: ours {ours}, NumPy {numpy}"));
            }
        };
        let counts = [
            ("finite", s.finite),
            ("nan", s.nan),
            ("pos_inf", s.pos_inf),
            ("neg_inf", s.neg_inf),
            ("zeros", s.zeros),
            ("masked", s.masked),
        ];
        for (what, ours) in counts {
            check(what, ours.to_string(), e[what].to_string());
        }
        if let Some(n) = s.distinct_count {
            check("distinct", n.to_string(), e["distinct"].to_string());
        }
        check("histogram", s.histogram.iter().sum::<u64>().to_string(), e["finite"].to_string());
        let (Some(min), Some(max)) = (&s.min, &s.max) else {
            check("min", "none".into(), if e["min"].is_null() { "none" } else { "some" }.into());
            continue;
        };
        check("argmin", min.index.to_string(), e["argmin"].to_string());
        check("argmax", max.index.to_string(), e["argmax"].to_string());
        // Parts of complex numbers are computed, and compared below.
        if !v["part"].is_string() {
            check("min", min.value.text(), e["min"].as_str().unwrap().into());
            check("max", max.value.text(), e["max"].as_str().unwrap().into());
        }
        let number = |what: &str| e[what].as_f64().unwrap();
        let spread = number("std");
        for (what, ours) in [("mean", s.mean.unwrap()), ("std", s.std.unwrap())] {
            if !near(ours, number(what), spread) {
                check(what, ours.to_string(), number(what).to_string());
            }
        }
        for (p, numpy) in s.percentiles.iter().zip(e["percentiles"].as_array().unwrap()) {
            if !near(p.value, numpy.as_f64().unwrap(), spread) {
                check(&format!("percentile {}", p.percent), p.value.to_string(), numpy.to_string());
            }
        }
        assert_eq!(s.percentiles.len(), 7, "{name}");
        if let (Some(median), false) =
            (e["median_is"].as_str(), v["part"].is_string() || dtype.numpy_str().contains(['M', 'm']))
        {
            let ours = s.percentiles[3].element.as_ref().map_or("none".into(), |e| e.text());
            check("median", ours, median.into());
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(all.len() > 40);
}
