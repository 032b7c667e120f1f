//! The listing: what CPython 3.13's `python -m pickletools [--annotate]` prints, byte for byte, and rows of it for a panel.
//! Streams: neither the file nor the text is held. Knows no more of a pickle than `pickletools` does.

mod arg;
mod doc;
mod emulate;
mod rows;

use super::text::{PyError, PyInt};
use super::{Arg, Op, Opcode, Slot, Step, decode};
use crate::source::{Bytes, Cursor, limits};
use arg::Plan;
use emulate::{Kind, Marks, Memo, Runs};
use std::io;

pub use doc::annotation;
pub use rows::{ListingRow, Rows, effect};

/// Where annotations begin: `python -m pickletools --annotate`.
const ANNOTATE_COLUMN: u64 = 30;
/// Characters of a stack that an error message lists.
const STACK_SHOWN: usize = 1 << 20;

/// How a disassembly ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisEnd {
    /// One past the last op that was read: one past STOP, unless there is an error before it.
    pub end: u64,
    /// STOP was reached.
    pub stopped: bool,
    /// What `pickletools` raises, after what it has printed.
    pub error: Option<PyError>,
}

/// Writes the disassembly of the pickle at `start`. Offsets count from the start of `bytes`.
///
/// # Errors
/// The writer's alone; what is wrong with the pickle is told in the [`DisEnd`].
pub fn dis(bytes: &Bytes, start: u64, annotate: bool, out: &mut dyn io::Write) -> io::Result<DisEnd> {
    let mut dis = Dis {
        bytes,
        out,
        annotate,
        column: ANNOTATE_COLUMN,
        stack: Runs::new(),
        marks: Marks::default(),
        memo: Memo::default(),
        highest: -1,
    };
    let mut cur = Cursor::new(bytes, start);
    let mut end = start;
    let (stopped, error) = loop {
        match decode(&mut cur) {
            Step::Op(op) => {
                let result = dis.op(&op)?;
                // An argument that cannot be read stops before the op, a fault of the stack behind it.
                end = op.span.end;
                let stop = op.code == Opcode::Stop;
                match result {
                    Ok(()) if stop => break (true, dis.finish()?),
                    Ok(()) => {}
                    Err(e) => break (stop, Some(e)),
                }
            }
            Step::End => break (false, Some(PyError::value("pickle exhausted before seeing STOP"))),
            Step::Fault(fault) => break (false, Some(arg::fault(&fault, bytes))),
        }
    };
    Ok(DisEnd { end, stopped, error })
}

struct Dis<'a> {
    bytes: &'a Bytes,
    out: &'a mut dyn io::Write,
    annotate: bool,
    /// Where the annotation of the line before began.
    column: u64,
    stack: Runs<Kind>,
    marks: Marks,
    memo: Memo<Kind>,
    highest: i16,
}

/// What the emulation says of an op before it is printed.
#[derive(Default)]
struct Said {
    /// Goes behind the argument.
    note: Option<String>,
    /// Raised after the line is printed.
    error: Option<PyError>,
    /// Entries to pop.
    pops: u64,
    /// What GET pushes.
    got: Option<Kind>,
}

impl Dis<'_> {
    /// Prints an op's line and does what it does.
    fn op(&mut self, op: &Op) -> io::Result<Result<(), PyError>> {
        let plan = match arg::plan(op, self.bytes) {
            Ok(plan) => plan,
            Err(e) => return Ok(Err(e)),
        };
        write!(self.out, "{:5}: ", op.span.start)?;
        let depth = self.marks.len();
        let said = match self.emulate(op, &plan) {
            Ok(said) => said,
            Err(e) => return Ok(Err(e)),
        };
        if let Plan::Unprintable(e) = plan {
            return Ok(Err(e));
        }
        self.line(op, &plan, depth, said.note.as_deref())?;
        if let Some(e) = said.error {
            return Ok(Err(e));
        }
        if self.stack.len() < said.pops {
            let (pops, there) = (said.pops, self.stack.len());
            return Ok(Err(PyError::value(format!("tries to pop {pops} items from stack with only {there} items"))));
        }
        for _ in 0..said.pops {
            self.stack.pop();
        }
        for slot in op.code.info().after {
            if *slot == Slot::Mark {
                self.marks.push(op.span.start);
            }
            self.stack.push(said.got.unwrap_or_else(|| Kind::of(op.code, *slot)));
        }
        Ok(Ok(()))
    }

    /// Marks and memo; an error here is one that `pickletools` does not foresee.
    fn emulate(&mut self, op: &Op, plan: &Plan) -> Result<Said, PyError> {
        let info = op.code.info();
        self.highest = self.highest.max(i16::from(info.protocol));
        let mut said = Said { pops: info.before.len() as u64, ..Said::default() };
        let mark = info.before.iter().position(|s| *s == Slot::Mark);
        let pops_mark = op.code == Opcode::Pop && self.stack.last() == Some(Kind::MARK);
        if mark.is_some() || pops_mark {
            match self.marks.pop() {
                Some(at) => {
                    said.note = Some(format!("(MARK at {at})"));
                    // DUP and others may have taken the mark itself.
                    if !self.stack.drop_down_to(Kind::MARK) {
                        return Err(PyError::new("IndexError", "list index out of range"));
                    }
                    self.stack.pop();
                    said.pops = mark.unwrap_or(0) as u64;
                }
                None => said.fail("no MARK exists on stack", true),
            }
        }
        match op.code {
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                let key = if op.code == Opcode::Memoize {
                    let next = self.memo.len();
                    said.note = Some(format!("(as {next})"));
                    i64::try_from(next).ok().map(PyInt::Small)
                } else {
                    arg::memo_key(op, self.bytes)
                };
                let Some(key) = key else { return Ok(said) };
                match self.stack.last() {
                    _ if self.memo.get(&key).is_some() => {
                        said.fail(&format!("memo key {} already defined", plan.repr()), false);
                    }
                    None => said.fail("stack is empty -- can't store into memo", false),
                    Some(Kind::MARK) => said.fail("can't store markobject in the memo", false),
                    Some(kind) => {
                        self.memo.put(key, kind);
                    }
                }
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                said.got = arg::memo_key(op, self.bytes).and_then(|key| self.memo.get(&key));
                if said.got.is_none() {
                    said.fail(&format!("memo key {} has never been stored into", plan.repr()), false);
                }
            }
            _ => {}
        }
        Ok(said)
    }

    fn line(&mut self, op: &Op, plan: &Plan, depth: usize, note: Option<&str>) -> io::Result<()> {
        let Self { bytes, out, .. } = self;
        let code = op.code.info().code;
        let shown = if code < 0x80 { char::from(code).to_string() } else { format!("\\x{code:02x}") };
        let indent = depth.min(limits::INDENT) * 4;
        let name = op.code.name();
        write!(out, "{shown:<4} ")?;
        blanks(*out, indent as u64)?;
        out.write_all(name.as_bytes())?;
        let mut len = (5 + indent + name.len()) as u64;
        let mut put = |s: &str| {
            len += s.chars().count() as u64;
            out.write_all(s.as_bytes())
        };
        if note.is_some() || !matches!(plan, Plan::None) {
            put(&" ".repeat(10_usize.saturating_sub(name.len())))?;
            match plan {
                Plan::Done(text) => {
                    put(" ")?;
                    put(text)?;
                }
                Plan::Long(long) => {
                    put(" ")?;
                    long.write(bytes, &mut put)?;
                }
                Plan::None | Plan::Unprintable(_) => {}
            }
            if let Some(note) = note {
                put(" ")?;
                put(note)?;
            }
        }
        if self.annotate {
            let pad = self.column.saturating_sub(len);
            len += pad;
            self.column = if len > 50 { ANNOTATE_COLUMN } else { len };
            blanks(self.out, pad.saturating_add(1))?;
            self.out.write_all(annotation(op.code).as_bytes())?;
        }
        self.out.write_all(b"\n")
    }

    /// The last line, and what is left on the stack.
    fn finish(&mut self) -> io::Result<Option<PyError>> {
        writeln!(self.out, "highest protocol among opcodes = {}", self.highest)?;
        if self.stack.len() == 0 {
            return Ok(None);
        }
        let mut shown = String::from("[");
        for (i, kind) in self.stack.iter().enumerate() {
            if i > 0 {
                shown.push_str(", ");
            }
            if shown.len() > STACK_SHOWN {
                shown.push_str("...");
                break;
            }
            shown.push_str(emulate::kind_name(kind));
        }
        shown.push(']');
        Ok(Some(PyError::value(format!("stack not empty after STOP: {shown}"))))
    }
}

/// Many blanks, faster than the formatter's.
fn blanks(out: &mut dyn io::Write, mut n: u64) -> io::Result<()> {
    const BLANKS: &[u8; 256] = &[b' '; 256];
    while n > 0 {
        let piece = BLANKS.get(..usize::try_from(n).unwrap_or(usize::MAX)).unwrap_or(BLANKS);
        out.write_all(piece)?;
        n -= piece.len() as u64;
    }
    Ok(())
}

impl Said {
    fn fail(&mut self, message: &str, noted: bool) {
        self.error = Some(PyError::value(message));
        if noted {
            self.note = Some(message.to_owned());
        }
    }
}

impl Plan {
    /// `repr` of a memo opcode's argument; MEMOIZE has none.
    fn repr(&self) -> &str {
        match self {
            Self::Done(text) => text,
            _ => "None",
        }
    }
}

/// The argument as a row shows it: Python's `repr`, cut to `max` characters.
pub fn arg_text(op: &Op, bytes: &Bytes, max: usize) -> String {
    if op.arg == Arg::None { String::new() } else { arg::shown(op, bytes, max) }
}
