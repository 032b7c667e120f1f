//! The stack and the memo at any op, found by walking back, equal those of a machine that runs forward.

mod seeded;

use picklescope::machine::{Handle, Stream, Target, UNNUMBERED};
use picklescope::ops::{Arg, Op, OpIndex, Opcode as O, Slot};
use seeded::{Seeded, files, scan};
use std::collections::HashMap;

/// A value by the op that made it, or a mark.
type Entry = Option<u32>;

/// A machine that keeps only which op made each value.
#[derive(Default)]
struct Naive {
    stack: Vec<Entry>,
    memo: HashMap<u64, u32>,
    /// Behind a fault MEMOIZE stores under numbers that no GET has.
    unnumbered: Option<u32>,
}

impl Naive {
    fn key(s: &Stream, op: &Op) -> u64 {
        match op.arg {
            Arg::Int(i) => u64::try_from(i).unwrap(),
            Arg::Line(span) => {
                let line = String::from_utf8(s.bytes.read(span, 99)).unwrap();
                line.split('\0').next().unwrap().trim().replace('_', "").parse().unwrap()
            }
            _ => unreachable!(),
        }
    }

    fn drop_to_mark(&mut self) {
        while self.stack.pop().unwrap().is_some() {}
    }

    fn run(&mut self, s: &Stream, k: u32, op: &Op) {
        match op.code {
            O::Proto | O::Frame => {}
            O::Mark => self.stack.push(None),
            O::Pop => drop(self.stack.pop().unwrap()),
            O::PopMark => self.drop_to_mark(),
            O::Dup => self.stack.push(*self.stack.last().unwrap()),
            O::Stop => self.stack.clear(),
            O::Put | O::BinPut | O::LongBinPut | O::Memoize => {
                let key = match (&mut self.unnumbered, op.code) {
                    (Some(next), O::Memoize) => {
                        *next += 1;
                        u64::from(*next - 1)
                    }
                    (None, O::Memoize) => self.memo.len() as u64,
                    _ => Self::key(s, op),
                };
                if key <= u64::from(u32::MAX) {
                    self.memo.insert(key, self.stack.last().unwrap().unwrap());
                }
            }
            O::Get | O::BinGet | O::LongBinGet => {
                let found = self.memo.get(&Self::key(s, op)).copied();
                assert!(found.is_some() || self.unnumbered.is_some());
                // What was lost is made where it is fetched.
                self.stack.push(Some(found.unwrap_or(k)));
            }
            O::Append | O::Build => drop(self.stack.pop().unwrap()),
            O::Setitem => self.stack.truncate(self.stack.len() - 2),
            O::Appends | O::Setitems | O::Additems => self.drop_to_mark(),
            O::ReadonlyBuffer => {
                // Replaced only where it was writable; the graph tells which.
                if s.graph.made(s.value_made_by(OpIndex(k)).unwrap_or(Handle::op(OpIndex(u32::MAX >> 1)))).0 == k {
                    *self.stack.last_mut().unwrap() = Some(k);
                }
            }
            _ => {
                let info = op.code.info();
                if info.before.contains(&Slot::Slice) {
                    self.drop_to_mark();
                } else {
                    self.stack.truncate(self.stack.len() - info.before.len());
                }
                self.stack.push(Some(k));
            }
        }
    }
}

fn made(s: &Stream, h: Handle) -> u32 {
    match h.target() {
        Target::Op(op) => op.0,
        Target::Node(_) => s.graph.made(h).0,
    }
}

/// Compares at every op, or where there are many at some.
fn compare(name: &str, s: &Stream, all: bool) {
    let mut memos: Vec<HashMap<u64, u32>> = Vec::new();
    let mut next = UNNUMBERED;
    for p in &s.pickles {
        let mut naive = Naive::default();
        if let Some(before) = p.behind {
            // What the ops suppose beneath them is no op's: such a part has no stack to compare with.
            if !p.beneath.is_empty() || memos.len() <= before {
                // Nor have those behind it.
                return;
            }
            naive.memo.clone_from(&memos[before]);
            naive.unnumbered = Some(next);
        }
        let last = p.first.0 + p.ops;
        let every = if all || p.ops < 120 { 1 } else { p.ops / 31 + 1 };
        for (k, op) in s.index.iter_from(p.first, &s.bytes).take_while(|(k, _)| k.0 < last) {
            let faulty = p.fault.is_some_and(|f| f == op.span && !p.complete) && k.0 + 1 == last;
            let before: Vec<Entry> = naive.stack.clone();
            if !faulty {
                naive.run(s, k.0, &op);
            }
            if k.0 % every != 0 && k.0 + 1 != last {
                continue;
            }
            let walked: Vec<_> = s.stack_at(k).collect();
            let mut seen: Vec<Entry> = walked.iter().map(|i| i.value.map(|h| made(s, h))).collect();
            seen.reverse();
            assert_eq!(seen, naive.stack, "{name}: the stack after {k:?} {}", op.code.name());
            assert!(walked.iter().all(|i| i.start <= i.end && i.end <= k));
            let mut below: Vec<Entry> = s.stack_before(k).map(|i| i.value.map(|h| made(s, h))).collect();
            below.reverse();
            assert_eq!(below, before, "{name}: the stack before {k:?}");
            // What it took and left turns the one into the other.
            if !faulty && op.code != O::Stop {
                let e = s.effect(k, usize::MAX);
                let kept = before.len() - e.popped.len();
                let mut after = before[..kept].to_vec();
                after.extend(e.pushed.map(|i| i.value.map(|h| made(s, h))));
                assert_eq!(after, naive.stack, "{name}: the effect of {k:?} {} {e:?}", op.code.name());
            }
            let memo = s.memo_at(k);
            let holding: HashMap<u64, u32> = (0..memo.len())
                .filter_map(|i| memo.get(i).filter(|e| e.holds))
                .map(|e| (u64::from(e.put.key), made(s, e.put.value)))
                .collect();
            if op.code != O::Stop {
                assert_eq!(holding, naive.memo, "{name}: the memo after {k:?}");
            }
            for (key, value) in naive.memo.iter().take(20) {
                let found = memo.find(u32::try_from(*key).unwrap()).unwrap();
                assert_eq!(made(s, found.value), *value, "{name}: memo {key} after {k:?}");
            }
        }
        next = naive.unnumbered.unwrap_or(next);
        memos.push(naive.memo);
    }
}

#[test]
fn fixtures() {
    for (name, data) in files(24_000) {
        compare(&name, &scan(&data, u32::MAX), false);
    }
}

#[test]
fn damaged_fixtures() {
    let mut random = Seeded(0x1234_5678_9abc_def1);
    for (name, data) in files(1500) {
        for round in 0..6 {
            if !data.is_empty() {
                compare(&format!("{name} round {round}"), &scan(&random.damage(&data), u32::MAX), true);
            }
        }
    }
}

#[test]
fn random_programs() {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/verdicts/programs.jsonl"),
    )
    .unwrap();
    for line in text.lines() {
        let hex = line.split('"').nth(1).unwrap();
        let data: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        compare(hex, &scan(&data, u32::MAX), true);
    }
}

#[test]
fn ops_that_touch_a_list() {
    //   0 ] 1 q 2 ( 3 K 4 e 5 h 6 K 7 a 8 0 9 .
    let s = scan(b"]q\0(K\x01eh\0K\x02a0.", u32::MAX);
    let list = s.pickles[0].root.unwrap();
    let ops: Vec<u32> = s.touching(list, OpIndex(0)).map(|o| o.0).collect();
    assert_eq!(ops, [0, 1, 4, 5, 7]);
    let back: Vec<u32> = s.touching_back(list, OpIndex(9)).map(|o| o.0).collect();
    assert_eq!(back, [7, 5, 4, 1, 0]);
    assert_eq!(s.effect(OpIndex(4), 9).touched, Some(list));
    assert_eq!(s.effect(OpIndex(4), 9).popped.len(), 3);
    assert_eq!(s.effect(OpIndex(0), 9).touched, None);
    assert_eq!(s.effect(OpIndex(9), 9).popped.len(), 1);
    assert_eq!(s.value_made_by(OpIndex(2)), None);
    assert_eq!(s.value_made_by(OpIndex(1)), Some(list));
}
