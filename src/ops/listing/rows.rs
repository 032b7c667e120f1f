//! Rows of the listing for a panel: any range, in time that depends on what is shown alone.
//! A few numbers are kept for each block of ops; from them the visible ones are worked out again. Where `pickletools`
//! would stop with an error, rows go on. Draws nothing.

use super::emulate::{Memo, Runs};
use crate::ops::index::{EVERY, Index};
use crate::ops::text::memo_line;
use crate::ops::{Arg, Op, OpIndex, Opcode, Slot};
use crate::source::Bytes;
use std::ops::Range;

/// Bytes of a memo number's line that are read.
const MEMO_LINE: usize = 64;

/// One row of the listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingRow {
    /// The op's number.
    pub op: OpIndex,
    /// Where it starts.
    pub offset: u64,
    /// What it is.
    pub code: Opcode,
    /// Its argument as Python's `repr`, cut.
    pub arg: String,
    /// Marks open before it: its indentation.
    pub depth: u32,
    /// Offset of the MARK that it takes.
    pub mark: Option<u64>,
    /// The memo number that it stores to or fetches from.
    pub memo: Option<i64>,
}

/// What an opcode takes from the stack and leaves there: `list mark ⟨⟩ → list`.
pub fn effect(code: Opcode) -> String {
    let names = |slots: &[Slot]| slots.iter().map(|s| slot_name(*s)).collect::<Vec<_>>().join(" ");
    let info = code.info();
    match (info.before.is_empty(), info.after.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("→ {}", names(info.after)),
        (false, true) => format!("{} →", names(info.before)),
        (false, false) => format!("{} → {}", names(info.before), names(info.after)),
    }
}

const fn slot_name(slot: Slot) -> &'static str {
    match slot {
        Slot::Any => "any",
        Slot::Mark => "mark",
        Slot::Slice => "⟨⟩",
        Slot::None => "None",
        Slot::Bool => "bool",
        Slot::Int => "int",
        Slot::Float => "float",
        Slot::Str => "str2",
        Slot::Unicode => "str",
        Slot::Bytes => "bytes",
        Slot::ByteArray => "bytearray",
        Slot::Buffer => "buffer",
        Slot::List => "list",
        Slot::Tuple => "tuple",
        Slot::Dict => "dict",
        Slot::Set => "set",
        Slot::FrozenSet => "frozenset",
    }
}

/// The state before the first op of a block of [`EVERY`] ops.
#[derive(Clone, Copy, Debug)]
struct Block {
    depth: u32,
    /// The least depth before any op of the block, and behind its last.
    least: u32,
    memo: u32,
}

/// What rows need beyond the ops: fed with each op in order, 0.05 bytes an op.
#[derive(Debug, Default)]
pub struct Rows {
    blocks: Vec<Block>,
    /// Of the blocks that have any: POPs that took a mark, PUTs that overwrote.
    flags: Vec<(u32, Flags)>,
    count: u32,
    depth: u32,
    /// Entries above the topmost mark, and above each mark beneath it.
    above: u64,
    beneath: Runs<u64>,
    memo: Memo<()>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags([u64; 4]);

impl Flags {
    fn set(&mut self, i: u32) {
        if let Some(word) = self.0.get_mut((i / 64 % 4) as usize) {
            *word |= 1 << (i % 64);
        }
    }

    fn has(&self, i: u32) -> bool {
        self.0.get((i / 64 % 4) as usize).is_some_and(|word| word >> (i % 64) & 1 == 1)
    }
}

impl Rows {
    /// One that was fed nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of ops fed.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The next op. `bytes` are read for PUT's line alone.
    pub fn push(&mut self, op: &Op, bytes: &Bytes) {
        if self.count.is_multiple_of(EVERY) {
            let memo = u32::try_from(self.memo.len()).unwrap_or(u32::MAX);
            self.blocks.push(Block { depth: self.depth, least: self.depth, memo });
        }
        let info = op.code.info();
        let takes = info.before.iter().position(|s| *s == Slot::Mark);
        let pops_mark = op.code == Opcode::Pop && self.above == 0 && self.depth > 0;
        if (takes.is_some() || pops_mark) && self.depth > 0 {
            self.depth -= 1;
            self.above = self.beneath.pop().unwrap_or(0).saturating_sub(takes.unwrap_or(0) as u64);
        } else {
            self.above = self.above.saturating_sub(takes.unwrap_or(info.before.len()) as u64);
        }
        if op.code == Opcode::Mark {
            self.beneath.push(self.above);
            self.above = 0;
            self.depth = self.depth.saturating_add(1);
        } else {
            self.above += info.after.len() as u64;
        }
        let mut flagged = pops_mark;
        match op.code {
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => {
                flagged = memo_number(op, bytes).is_none_or(|i| !self.memo.put(crate::ops::text::PyInt::Small(i), ()));
            }
            Opcode::Memoize => {
                let next = i64::try_from(self.memo.len()).unwrap_or(i64::MAX);
                flagged = !self.memo.put(crate::ops::text::PyInt::Small(next), ());
            }
            Opcode::Stop => {
                self.depth = 0;
                self.above = 0;
                self.beneath.clear();
                self.memo.clear();
            }
            _ => {}
        }
        if flagged {
            let block = self.count / EVERY;
            if self.flags.last().is_none_or(|(last, _)| *last != block) {
                self.flags.push((block, Flags::default()));
            }
            if let Some((_, flags)) = self.flags.last_mut() {
                flags.set(self.count % EVERY);
            }
        }
        if let Some(block) = self.blocks.last_mut() {
            block.least = block.least.min(self.depth);
        }
        self.count = self.count.saturating_add(1);
    }

    /// The rows of ops `range`, arguments cut to `max` characters. `index` and `bytes` are those of the same ops.
    pub fn rows(&self, range: Range<u32>, index: &Index, bytes: &Bytes, max: usize) -> Vec<ListingRow> {
        let end = range.end.min(self.count);
        let mut rows = Vec::with_capacity(end.saturating_sub(range.start) as usize);
        self.walk(range.start / EVERY, index, bytes, |at, op, state| {
            if at >= end {
                return false;
            }
            if at >= range.start {
                let mark = state.takes.then(|| match state.opened.last() {
                    Some(offset) => Some(*offset),
                    None => self.opened(range.start / EVERY, state.depth, index, bytes),
                });
                let memo = match op.code {
                    Opcode::Memoize => Some(i64::from(state.memo)),
                    Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => memo_number(&op, bytes),
                    Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => memo_number(&op, bytes),
                    _ => None,
                };
                rows.push(ListingRow {
                    op: OpIndex(at),
                    offset: op.span.start,
                    code: op.code,
                    arg: super::arg_text(&op, bytes, max),
                    depth: state.depth,
                    mark: mark.flatten(),
                    memo,
                });
            }
            true
        });
        rows
    }

    /// The offset of the MARK that opened depth `depth` and is open still where block `block` begins.
    fn opened(&self, block: u32, depth: u32, index: &Index, bytes: &Bytes) -> Option<u64> {
        let before = self.blocks.get(..block as usize)?;
        let from = before.iter().rposition(|b| b.least < depth)?;
        let mut found = None;
        let end = u32::try_from(from).ok()?.saturating_add(1).saturating_mul(EVERY);
        self.walk(u32::try_from(from).ok()?, index, bytes, |at, op, state| {
            if op.code == Opcode::Mark && at < end && state.depth + 1 == depth {
                found = Some(op.span.start);
            }
            at < end
        });
        found
    }

    /// Goes through the ops from a block on; `f` sees each with the state before it and says whether to go on.
    fn walk(&self, block: u32, index: &Index, bytes: &Bytes, mut f: impl FnMut(u32, Op, &State) -> bool) {
        let Some(first) = self.blocks.get(block as usize) else { return };
        let mut state = State { depth: first.depth, memo: first.memo, opened: Vec::new(), takes: false };
        for (OpIndex(at), op) in index.iter_from(OpIndex(block.saturating_mul(EVERY)), bytes) {
            let flagged = self.flagged(at);
            let takes = op.code.info().before.contains(&Slot::Mark) || (flagged && op.code == Opcode::Pop);
            state.takes = takes && state.depth > 0;
            if at >= self.count || !f(at, op, &state) {
                return;
            }
            if state.takes {
                state.depth -= 1;
                state.opened.pop();
            }
            match op.code {
                Opcode::Mark => {
                    state.depth = state.depth.saturating_add(1);
                    state.opened.push(op.span.start);
                }
                Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize if !flagged => {
                    state.memo = state.memo.saturating_add(1);
                }
                Opcode::Stop => state = State { depth: 0, memo: 0, opened: Vec::new(), takes: false },
                _ => {}
            }
        }
    }

    fn flagged(&self, at: u32) -> bool {
        let i = self.flags.binary_search_by_key(&(at / EVERY), |(block, _)| *block);
        i.ok().and_then(|i| self.flags.get(i)).is_some_and(|(_, flags)| flags.has(at % EVERY))
    }
}

/// The state before an op.
struct State {
    depth: u32,
    memo: u32,
    /// Marks opened since the walk began and open still.
    opened: Vec<u64>,
    /// The op takes a mark.
    takes: bool,
}

/// The number that a memo opcode names; as C reads it.
fn memo_number(op: &Op, bytes: &Bytes) -> Option<i64> {
    match op.arg {
        Arg::Int(i) => Some(i),
        Arg::Line(line) => memo_line(&bytes.read(line, MEMO_LINE)).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Step, decode};
    use crate::source::Cursor;
    use proptest::prelude::*;

    fn build(data: &[u8]) -> (Bytes, Index, Rows) {
        let bytes = Bytes::from_vec(data.to_vec());
        let (mut index, mut rows) = (Index::new(), Rows::new());
        let mut cur = Cursor::new(&bytes, 0);
        while let Step::Op(op) = decode(&mut cur) {
            index.push(op.span);
            rows.push(&op, &bytes);
        }
        index.finish(bytes.len());
        (bytes, index, rows)
    }

    /// Depth, mark and memo number of each op, by a plain machine.
    fn plain(bytes: &Bytes, index: &Index) -> Vec<(u32, Option<u64>, Option<i64>)> {
        // The offset of a mark, or none for a value.
        let mut stack: Vec<Option<u64>> = Vec::new();
        let mut memo = std::collections::HashSet::new();
        let mut out = Vec::new();
        for (_, op) in index.iter_from(OpIndex(0), bytes) {
            let info = op.code.info();
            let depth = stack.iter().flatten().count() as u32;
            let takes = info.before.iter().position(|s| *s == Slot::Mark);
            let mut mark = None;
            let mut pops = info.before.len();
            if takes.is_some() || op.code == Opcode::Pop {
                if let Some(i) = stack.iter().rposition(Option::is_some)
                    && (takes.is_some() || i + 1 == stack.len())
                {
                    mark = stack[i];
                    stack.truncate(i);
                    pops = takes.unwrap_or(0);
                } else {
                    pops = takes.unwrap_or(1);
                }
            }
            for _ in 0..pops {
                stack.pop_if(|top| top.is_none());
            }
            for slot in info.after {
                stack.push((*slot == Slot::Mark).then_some(op.span.start));
            }
            let mut number = None;
            match op.code {
                Opcode::Memoize => {
                    number = Some(memo.len() as i64);
                    memo.insert(memo.len() as i64);
                }
                Opcode::BinPut => {
                    number = memo_number(&op, bytes);
                    memo.insert(number.unwrap());
                }
                Opcode::BinGet => number = memo_number(&op, bytes),
                Opcode::Stop => {
                    stack.clear();
                    memo.clear();
                }
                _ => {}
            }
            out.push((depth, mark, number));
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn any_range_agrees_with_a_plain_machine(
            ops in prop::collection::vec(prop::sample::select(vec![
                &b"("[..], b"(", b"(", b"t", b"e", b"0", b"0", b"1", b"N", b"N", b"N", b"2", b"q\x05", b"q\x00", b"\x94", b"\x94", b"h\x05",
                b"R", b"\x85", b"o", b"N", b".",
            ]), 0..2500),
            stops: bool,
            probes: [(prop::sample::Index, u8); 4],
        ) {
            let data: Vec<u8> = ops.concat().into_iter().filter(|b| stops || *b != b'.').collect();
            let (bytes, index, rows) = build(&data);
            let truth = plain(&bytes, &index);
            prop_assert_eq!(rows.count() as usize, truth.len());
            for (start, len) in probes.iter().filter(|_| !truth.is_empty()) {
                let start = start.index(truth.len());
                let end = (start + usize::from(*len)).min(truth.len());
                let got = rows.rows(start as u32..end as u32, &index, &bytes, 10);
                let got: Vec<_> = got.iter().map(|r| (r.depth, r.mark, r.memo)).collect();
                prop_assert_eq!(&got[..], &truth[start..end], "from {}", start);
            }
        }
    }

    #[test]
    fn rows_show_arguments_cut() {
        let mut data = b"X\x05\0\0\0a'b\xc3\xa9".to_vec();
        data.extend(b"B\x20\0\0\0");
        data.extend([7; 32]);
        data.extend(b"S'\xe9'\ncnumpy\nndarray\nI12\n\x8b\xff\0\0\0");
        data.extend([1; 255]);
        data.push(b'G');
        let (bytes, index, rows) = build(&data);
        let args: Vec<String> = rows.rows(0..99, &index, &bytes, 12).into_iter().map(|r| r.arg).collect();
        assert_eq!(args, ["\"a'bé\"", r"b'\x07\x07\x…", r#"b"'\xe9'""#, "'numpy ndarr…", "12", r"b'\x01\x01\x…"]);
        assert_eq!(effect(Opcode::Appends), "list mark ⟨⟩ → list");
        assert_eq!((effect(Opcode::Stop), effect(Opcode::None)), ("any →".to_owned(), "→ None".to_owned()));
    }
}
