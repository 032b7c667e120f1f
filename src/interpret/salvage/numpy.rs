//! Arrays whose raw data came in part: ended behind their last whole row, or filled. The elements are copied from the
//! file when they are written, not before.

use super::stack::{Made, Plan};
use super::{CutArrays, Fate, Piece, fill};
use crate::interpret::grouped;
use crate::interpret::numpy::array;
use crate::machine::Node;
use crate::ops::Opcode;
use crate::source::{Span, limits};
use crate::tensor::{DType, Data, tuple};

/// Items that are added to a list of objects to fill it.
const FILLED_OBJECTS: u64 = 1 << 20;

/// An integer as the shortest opcode.
/// The ops of a whole number.
pub(super) fn int(out: &mut Vec<u8>, n: u64) {
    if let Ok(n) = u8::try_from(n) {
        out.extend([b'K', n]);
    } else if let Ok(n) = i32::try_from(n) {
        out.push(b'J');
        out.extend(n.to_le_bytes());
    } else {
        out.extend([0x8a, 9]);
        out.extend(n.to_le_bytes());
        out.push(0);
    }
}

pub(super) fn shape_ops(shape: &[u64]) -> Vec<u8> {
    let mut out = vec![b'('];
    for n in shape {
        int(&mut out, *n);
    }
    out.push(b't');
    out
}

pub(super) fn bytes_head(n: u64) -> Vec<u8> {
    match u32::try_from(n) {
        Ok(n) => [&b"B"[..], &n.to_le_bytes()].concat(),
        Err(_) => [&b"\x8e"[..], &n.to_le_bytes()].concat(),
    }
}

/// The shape of what is there of `have` elements: the slowest axis is cut.
pub(super) fn whole_rows(shape: &[u64], fortran: bool, have: u64) -> Option<Vec<u64>> {
    let mut shape = shape.to_vec();
    let rest: u64 = {
        let inner = if fortran { shape.get(..shape.len().checked_sub(1)?) } else { shape.get(1..) };
        inner?.iter().fold(1, |n: u64, d| n.saturating_mul(*d))
    };
    let axis = if fortran { shape.last_mut() } else { shape.first_mut() }?;
    *axis = have.checked_div(rest).unwrap_or(*axis).min(*axis);
    Some(shape)
}

impl Plan<'_, '_> {
    /// Gives an array that `_reconstruct` made its state: its parts lie above the mark, the data perhaps in part.
    pub(super) fn array(&mut self, object: usize, base: usize, n: usize) {
        let read = self.state_of(object, base, n);
        let Some(cut) = read else {
            self.drop_mark(base, "the state of an array, which did not come");
            return self.drop_top(1, "an array whose shape and elements did not come");
        };
        let order_at = base + cut.order;
        // Only order, dtype and what lies under them stay.
        let above = self.stack.len().saturating_sub(order_at + 1);
        let list = match cut.source {
            Source::Objects(_) => self.top(0),
            Source::Raw(_) => None,
        };
        let (dtype_key, list_key) = (self.key(), self.key());
        if list.is_some() {
            self.memo(b'r', list_key);
        }
        self.emit(&vec![b'0'; above + 1]);
        self.memo(b'r', dtype_key);
        self.emit(b"1(K\x01");
        self.emit(&shape_ops(&cut.shape));
        self.memo(b'j', dtype_key);
        self.emit(if cut.fortran { b"\x88" } else { b"\x89" });
        match &cut.source {
            Source::Objects(pad) => {
                self.memo(b'j', list_key);
                if *pad > 0 {
                    self.emit(b"(");
                    self.emit(&vec![b'N'; usize::try_from(*pad).unwrap_or(0)]);
                    self.emit(b"e");
                }
            }
            Source::Raw(_) if !self.emits => {}
            Source::Raw(data) => {
                let (keep, pad) = (cut.keep, cut.pad.clone());
                let each = cut.pad.as_ref().map_or(0, |(e, _)| e.len() as u64);
                let total = keep + pad.as_ref().map_or(0, |(_, n)| n.saturating_mul(each));
                self.emit(&bytes_head(total));
                self.out.pieces.push(Piece::Data(data.clone(), Span::new(0, keep)));
                if let Some((element, count)) = pad {
                    self.out.pieces.push(Piece::Repeat(element, count));
                }
            }
        }
        if cut.masked {
            let n = cut.shape.iter().fold(1, |n: u64, d| n.saturating_mul(*d));
            self.emit(&bytes_head(n));
            self.out.pieces.push(Piece::Repeat(vec![0], n));
            self.emit(b"N");
        }
        self.emit(b"tb");
        self.marks.pop();
        self.take(n, true);
        self.close(object);
        let fate = if cut.whole { Fate::Guessed } else { Fate::Cut };
        self.say_at(fate, Some(object), cut.span, cut.text);
    }

    fn state_of(&self, object: usize, base: usize, n: usize) -> Option<CutArray> {
        let h = self.handle(object)?;
        let cx = self.cx;
        let p = array::parts(cx, h).filter(|p| p.form == array::Form::Cut)?;
        let order = if p.version.is_some() { 3 } else { 2 };
        // Nothing up to the order may have been made here: it would not be what the file says.
        let at = |i: usize| self.stack.get(base + i).copied();
        if n <= order || (0..=order).any(|i| at(i).is_none_or(|id| self.handle(id).is_none() || self.closed(id))) {
            return None;
        }
        if at(order).and_then(|id| self.handle(id)) != p.order {
            return None;
        }
        let r = array::read(cx, &p).ok()?;
        let a = &r.array.array;
        let (shape, fortran) = (a.shape().to_vec(), r.array.order == 'F');
        let want = shape.iter().try_fold(1_u64, |n, d| n.checked_mul(*d))?;
        let masked = cx.call(h).and_then(|c| cx.global(c.callable)).is_some_and(|(_, n)| n == "_mareconstruct");
        let span = cx.span(h);
        if r.dtype.list {
            let list = self.top(0).filter(|_| n > order + 1)?;
            let Some(Node::List(items)) = self.node(list) else { return None };
            let parts = self.vals.iter().filter(|v| v.parent.as_ref().is_some_and(|(p, _)| *p == list)).count();
            let have = items.len().saturating_add(parts as u64);
            let fill = self.arrays == CutArrays::Fill && want.saturating_sub(have) <= FILLED_OBJECTS;
            let kept = if fill { shape.clone() } else { whole_rows(&shape, false, have)? };
            let text = format!(
                "An array of objects of shape {}, of which {} of {} are there: {}.",
                tuple(&shape),
                grouped(have.min(want)),
                grouped(want),
                if fill { "None stands for the rest".to_owned() } else { format!("its shape is now {}", tuple(&kept)) },
            );
            let pad = if fill { want.saturating_sub(have) } else { 0 };
            let source = Source::Objects(pad);
            // The list is in C order even where is_fortran is true.
            return Some(CutArray {
                order,
                shape: kept,
                fortran: false,
                source,
                keep: 0,
                pad: None,
                masked,
                whole: have >= want,
                span,
                text,
            });
        }
        let d = &a.dtype;
        if d.item_size == 0 || d.has_objects() {
            return None;
        }
        let data = a.data().clone();
        let have = (data.len() / d.item_size).min(want);
        let whole = have == want;
        // A shape out of all measure is damage: to fill it up would fill the disk.
        let measured = limits::is_measured(want, have);
        let how = if measured { self.arrays } else { CutArrays::Rows };
        let (kept, keep, pad, done) = match (whole, how) {
            (true, _) => (shape.clone(), have, None, "all of it is there".to_owned()),
            (false, CutArrays::Fill) => {
                let (element, word) = fill::missing(d)?;
                (shape.clone(), have, Some((element, want - have)), format!("{word} stands for the rest"))
            }
            (false, CutArrays::Rows) => {
                let kept = whole_rows(&shape, fortran, have)?;
                let n = kept.iter().fold(1, |n: u64, d| n.saturating_mul(*d));
                let text = format!("its shape is now {}", tuple(&kept));
                (kept, n, None, text)
            }
        };
        let text = format!(
            "An array of {} of shape {}, of which {} of {} elements are there: {done}.",
            d.name(),
            tuple(&shape),
            grouped(have),
            grouped(want),
        );
        let keep = keep.saturating_mul(d.item_size);
        let span = data.file_span(Span::new(0, data.len())).map_or(span, |s| span.join(s));
        Some(CutArray { order, shape: kept, fortran, source: Source::Raw(data), keep, pad, masked, whole, span, text })
    }

    /// `_frombuffer(data, dtype, shape, order)`, whose parts come behind the data. `false` where it is no such call.
    pub(super) fn buffer_array(&mut self, callable: usize, base: usize, n: usize) -> bool {
        let named = self.handle(callable).and_then(|h| self.cx.global(h));
        if !named.is_some_and(|(m, f)| f == "_frombuffer" && m.starts_with("numpy")) {
            return false;
        }
        let at = |i: usize| self.stack.get(base + i).copied();
        let Some(data) = at(0) else { return self.raw_bytes(base) };
        let Some(payload) = self.handle(data).and_then(|h| self.cx.payload(h)) else { return false };
        let len = payload.span().map_or(0, Span::len);
        let dtype = at(1).and_then(|id| {
            let whole = self.handle(id).is_some_and(|h| !self.cx.stream.graph.states(h).is_empty());
            let h = self.handle(id).filter(|_| whole && !self.closed(id))?;
            crate::interpret::numpy::dtype::read(self.cx, h).ok()
        });
        let item = dtype.map(|d| d.dtype.item_size).filter(|n| *n > 0 && len.is_multiple_of(*n));
        let Some(item) = item else {
            // The data alone: neither type nor shape came.
            let extra = n.saturating_sub(1);
            self.emit(&vec![b'0'; extra]);
            let key = self.key();
            self.memo(b'r', key);
            self.emit(b"10");
            self.memo(b'j', key);
            let span = self.span(data);
            self.marks.pop();
            self.take(n + 1, false);
            let made = self.push(Made::Other);
            self.adopt(data, made, None);
            let text = "An array's raw data; its dtype and shape come behind it and are lost.";
            self.say_at(Fate::Guessed, Some(made), span, text.to_owned());
            return true;
        };
        let shape = at(2).filter(|id| matches!(self.node(*id), Some(Node::Tuple(_))) && !self.closed(*id));
        let order = at(3).filter(|_| shape.is_some()).and_then(|id| self.text(id)).filter(|o| o == "C" || o == "F");
        let keep = match (shape, &order) {
            (Some(_), Some(_)) => 4,
            (Some(_), None) => 3,
            _ => 2,
        };
        self.emit(&vec![b'0'; n.saturating_sub(keep)]);
        if shape.is_none() {
            let mut ops = Vec::new();
            int(&mut ops, len / item);
            ops.push(0x85);
            self.emit(&ops);
        }
        if order.is_none() {
            self.emit(b"\x8c\x01C");
        }
        self.emit(b"tR");
        let span = self.span(data);
        self.marks.pop();
        self.take(n + 1, false);
        let made = self.push(Made::Other);
        self.adopt(data, made, None);
        let text = match (shape, order) {
            (None, _) => "An array whose shape is lost: it is flat.",
            (_, None) => "An array whose order is lost: taken for C order.",
            _ => "Only the opcode of the call was missing; it is added.",
        };
        self.say_at(Fate::Guessed, Some(made), span, text.to_owned());
        true
    }

    /// The data of `_frombuffer` was cut: its bytes, with nothing to say what they are.
    fn raw_bytes(&mut self, base: usize) -> bool {
        let code = self.record.and_then(|p| p.cut).and_then(|c| c.code);
        let raw =
            matches!(code, Some(Opcode::Binbytes | Opcode::Binbytes8 | Opcode::Bytearray8 | Opcode::ShortBinbytes));
        let Some(payload) = self.cut_payload().filter(|_| raw) else { return false };
        self.drop_mark(base, "");
        self.emit(b"0");
        self.take(1, true);
        if self.emits {
            self.emit(&bytes_head(payload.len()));
            self.out.pieces.push(Piece::Data(Data::file(&self.cx.stream.bytes, payload), Span::new(0, payload.len())));
        }
        let made = self.push(Made::Other);
        let text = format!(
            "{} bytes of an array's raw data; the rest, and its dtype and shape, which come behind, are lost.",
            grouped(payload.len())
        );
        self.say_at(Fate::Guessed, Some(made), payload, text);
        true
    }

    /// `array._array_reconstructor(class, typecode, format, data)` whose data was cut. `false` where it is no such call.
    pub(super) fn native_array(&mut self, callable: usize, base: usize, n: usize) -> bool {
        let named = self.handle(callable).and_then(|h| self.cx.global(h));
        if named != Some(("array", "_array_reconstructor")) || n < 3 {
            return false;
        }
        let format = self.stack.get(base + 2).and_then(|id| self.handle(*id)).and_then(|h| self.cx.size(h));
        let Some(item) = format.and_then(DType::from_machine_format).map(|d| d.item_size.max(1)) else { return false };
        let mut span = Span::default();
        if n == 3 {
            let payload = self.cut_payload().unwrap_or_default();
            let whole = payload.len() / item * item;
            self.emit(&bytes_head(whole));
            if self.emits {
                self.out.pieces.push(Piece::Data(Data::file(&self.cx.stream.bytes, payload), Span::new(0, whole)));
            }
            span = payload;
        }
        self.emit(b"tR");
        self.marks.pop();
        self.take(n + 1, false);
        let made = self.push(Made::Other);
        let text = format!("An array.array of which {} items are there.", grouped(span.len() / item));
        self.say_at(if n == 3 { Fate::Cut } else { Fate::Guessed }, Some(made), span, text);
        true
    }
}

/// What becomes of a cut array.
struct CutArray {
    /// Which of the values above the mark is the order.
    order: usize,
    shape: Vec<u64>,
    fortran: bool,
    source: Source,
    /// Bytes of the data that are kept.
    keep: u64,
    /// What is repeated behind them.
    pad: Option<(Vec<u8>, u64)>,
    masked: bool,
    whole: bool,
    span: Span,
    text: String,
}

enum Source {
    Raw(Data),
    /// The list, and how many None are added to it.
    Objects(u64),
}
