//! Elements in bulk: any view copied into packed bytes, in blocks, in C order, whatever its strides.
//! Must never convert a number (that is `sample`), and never hold more than the block it was asked for.

use super::array::{Array, ShapeError};
use super::data::Data;
use crate::source::Span;
use std::io::{self, Write};

/// Bytes read at once where elements lie apart: a gap is read and thrown away up to this much.
const SCRATCH: u64 = 1 << 20;
/// A stretch is read with its gaps while its elements lie, on average, at most this many bytes apart: a read of its own
/// costs about as much as copying that many, and disks give whole pages anyway.
const SPARSE: u64 = 4096;
/// Bytes of a block when a whole array is streamed.
pub const BLOCK_BYTES: u64 = 4 << 20;
/// Bytes of a block when the storage order is not the wanted one: wider, so that each read is longer.
const REORDER_BYTES: u64 = 64 << 20;

/// An axis of a view to copy: elements, bytes from one to the next, and the same in the packed result.
#[derive(Clone, Copy)]
struct Axis {
    n: u64,
    step: i64,
    packed: u64,
}

/// What a bulk read found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Elements that are not there; their bytes are zero in the result.
    pub missing: u64,
}

/// How a stream of a whole array ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes written, zeros for missing elements included.
    pub bytes: u64,
    /// Elements that are not in the file.
    pub missing: u64,
    /// The caller stopped it.
    pub cancelled: bool,
}

impl Array {
    /// Copies all elements, in C order and their own byte order, into `out`, which must have room for exactly
    /// [`Array::nbytes`]. Elements that are not there become zeros and are counted; `there`, if given, has a place for
    /// each element (C order) and is set to whether it is there.
    ///
    /// # Errors
    /// When `out` has another size.
    pub fn gather(&self, out: &mut [u8], there: Option<&mut [bool]>) -> Result<Gathered, ShapeError> {
        if out.len() as u64 != self.nbytes() {
            return Err(ShapeError::Mismatch);
        }
        if out.is_empty() {
            if let Some(there) = there {
                there.fill(true);
            }
            return Ok(Gathered::default());
        }
        let extent = self.extent();
        let whole = extent.end <= self.available();
        if extent.len() == out.len() as u64 && self.is_c() {
            let n = self.data().peek_at(extent.start, clip(out, self.available().saturating_sub(extent.start)));
            if let Some(rest) = out.get_mut(n..) {
                rest.fill(0);
            }
        } else {
            if !whole {
                out.fill(0);
            }
            self.scatter(out);
        }
        if whole {
            if let Some(there) = there {
                there.fill(true);
            }
            return Ok(Gathered::default());
        }
        Ok(Gathered { missing: self.mark_missing(out, there) })
    }

    /// Counts the elements that end beyond what is there, clears them in `out`, and marks them.
    fn mark_missing(&self, out: &mut [u8], mut there: Option<&mut [bool]>) -> u64 {
        let item = usize::try_from(self.dtype.item_size).unwrap_or(usize::MAX).max(1);
        let mut missing = 0;
        let mut walk = Odometer::new(&self.packed_axes(), i128::from(self.offset()));
        let last = i128::from(self.available().saturating_sub(self.dtype.item_size));
        let none = self.available() < self.dtype.item_size;
        for (n, bytes) in out.chunks_exact_mut(item).enumerate() {
            let (at, _) = walk.here();
            let is = !none && at <= last;
            if !is {
                missing += 1;
                bytes.fill(0);
            }
            if let Some(t) = there.as_mut().and_then(|t| t.get_mut(n)) {
                *t = is;
            }
            walk.step();
        }
        missing
    }

    /// The axes in C order, with their steps in the packed result; axes of one element left out.
    fn packed_axes(&self) -> Vec<Axis> {
        let mut packed = self.dtype.item_size;
        let mut axes: Vec<Axis> = Vec::with_capacity(self.ndim());
        for (n, step) in self.shape().iter().zip(self.strides()).rev() {
            if *n != 1 {
                axes.push(Axis { n: *n, step: *step, packed });
            }
            packed = packed.saturating_mul(*n);
        }
        axes.reverse();
        axes
    }

    /// The general way: read stretches in storage order, put each element in its place.
    fn scatter(&self, out: &mut [u8]) {
        let in_memory = self.data().as_slice().is_some();
        let offset = i128::from(self.offset());
        let mut axes = self.packed_axes();
        axes.sort_by_key(|a| std::cmp::Reverse(a.step.unsigned_abs()));
        // Neighbouring axes that are one run in both places become one axis.
        let mut merged: Vec<Axis> = Vec::with_capacity(axes.len());
        for a in axes {
            match merged.last_mut() {
                Some(b)
                    if Some(b.step) == i64::try_from(a.n).ok().and_then(|n| a.step.checked_mul(n))
                        && Some(b.packed) == a.packed.checked_mul(a.n) =>
                {
                    *b = Axis { n: b.n.saturating_mul(a.n), ..a };
                }
                _ => merged.push(a),
            }
        }
        // An axis too long for one stretch is two: parts, and elements within a part. What is left over comes last.
        if let Some((last, before)) = merged.split_last() {
            let step = last.step.unsigned_abs();
            let per = (SCRATCH / step.max(1)).max(1);
            if !in_memory && step <= SPARSE && last.n > per {
                let parts = last.n / per;
                let whole = |n: i64| i64::try_from(per).ok().and_then(|per| per.checked_mul(n)).unwrap_or(0);
                let long = Axis { n: parts, step: whole(last.step), packed: last.packed.saturating_mul(per) };
                let mut split = before.to_vec();
                split.extend([long, Axis { n: per, ..*last }]);
                self.stretches(&split, offset, 0, out);
                let mut rest = before.to_vec();
                rest.push(Axis { n: last.n % per, ..*last });
                if last.n % per > 0 {
                    let skipped = i128::from(last.step) * i128::from(parts * per);
                    self.stretches(&rest, offset + skipped, last.packed.saturating_mul(parts * per), out);
                }
                return;
            }
        }
        self.stretches(&merged, offset, 0, out);
    }

    /// Reads the axes, slowest first, from data byte `offset` on, and puts the elements from byte `packed` of `out` on.
    fn stretches(&self, axes: &[Axis], offset: i128, packed: u64, out: &mut [u8]) {
        let item = self.dtype.item_size;
        let in_memory = self.data().as_slice().is_some();
        // The fastest axes are read as one stretch, while it is short enough and dense enough.
        let (mut inner, mut span, mut wanted) = (axes.len(), item, 1_u64);
        while let Some(a) = inner.checked_sub(1).and_then(|i| axes.get(i)) {
            let reach = a.n.saturating_sub(1).saturating_mul(a.step.unsigned_abs()).saturating_add(span);
            let want = wanted.saturating_mul(a.n);
            let dense = reach <= want.saturating_mul(item);
            if !in_memory && !dense && (reach > SCRATCH * 2 || reach > want.saturating_mul(SPARSE)) {
                break;
            }
            (inner, span, wanted) = (inner - 1, reach, want);
        }
        let Some((outer, inner)) = axes.split_at_checked(inner) else { return };
        let below: i128 =
            inner.iter().filter(|a| a.step < 0).map(|a| i128::from(a.n.saturating_sub(1)) * i128::from(a.step)).sum();
        let mut walk = Odometer::new(outer, offset + below);
        let mut scratch = Vec::new();
        let start = usize::try_from(-below).unwrap_or(0);
        loop {
            let (at, to) = walk.here();
            let at = u64::try_from(at).unwrap_or(0);
            let span = Span::at(at, span).meet(Span::new(0, self.available()));
            let stretch = match self.data().as_slice() {
                Some(all) => part(all, span),
                None => read_stretch(self.data(), span, &mut scratch),
            };
            let to = usize::try_from(to.saturating_add(packed)).unwrap_or(usize::MAX);
            place(inner, item, stretch, start, out, to);
            if !walk.step() {
                return;
            }
        }
    }

    /// The array in blocks of at most about `bytes` (at least one element), each a view; together all of it in C order.
    pub fn blocks(&self, bytes: u64) -> Blocks {
        let item = self.dtype.item_size.max(1);
        let mut inside = item;
        for (axis, d) in self.shape().iter().enumerate().rev() {
            let with = inside.saturating_mul(*d);
            if with > bytes {
                let per = (bytes / inside).max(1);
                let outer = self.shape().get(..axis).map_or(1, |s| s.iter().product());
                return Blocks { array: self.clone(), axis, per, along: d.div_ceil(per), outer };
            }
            inside = with;
        }
        Blocks { array: self.clone(), axis: 0, per: u64::MAX, along: 1, outer: 1 }
    }

    /// The axes sorted so that memory runs forward, slowest first: the quickest way to see each element once. The order
    /// of the elements changes with it.
    #[must_use]
    pub fn in_storage_order(&self) -> Self {
        self.storage_order().0
    }

    /// The same, and for each axis of it which axis it was, and whether it was turned round.
    pub fn storage_order(&self) -> (Self, Vec<(usize, bool)>) {
        let mut axes: Vec<usize> = (0..self.ndim()).collect();
        axes.sort_by_key(|a| std::cmp::Reverse(self.strides().get(*a).map_or(0, |s| s.unsigned_abs())));
        let mut a = self.transpose(&axes).unwrap_or_else(|_| self.clone());
        let mut was = Vec::with_capacity(axes.len());
        for (to, from) in axes.into_iter().enumerate() {
            let back = a.strides().get(to).is_some_and(|s| *s < 0);
            if back {
                a = a.flip(to).unwrap_or(a);
            }
            was.push((from, back));
        }
        (a, was)
    }

    /// Writes all elements in C order and their own byte order, as `ndarray.tobytes()` has them; zeros for what is not
    /// there. `progress` is told the elements done and may stop it by `false`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_c_order(&self, out: &mut dyn Write, progress: &mut dyn FnMut(u64) -> bool) -> io::Result<Written> {
        let mut written = Written::default();
        let bytes = if self.is_c() || self.data().as_slice().is_some() { BLOCK_BYTES } else { REORDER_BYTES };
        let blocks = self.blocks(bytes);
        let mut buf = Vec::new();
        for i in 0..blocks.len() {
            let Some((start, block)) = blocks.get(i) else { break };
            if !progress(start) {
                written.cancelled = true;
                return Ok(written);
            }
            // A single element may be larger than a block: then it comes in pieces.
            if block.nbytes() > bytes.max(REORDER_BYTES) {
                written.missing += self.write_giant(&block, out)?;
            } else {
                buf.resize(usize::try_from(block.nbytes()).map_err(io::Error::other)?, 0);
                written.missing += block.gather(&mut buf, None).map_err(io::Error::other)?.missing;
                out.write_all(&buf)?;
            }
            written.bytes = written.bytes.saturating_add(block.nbytes());
        }
        progress(self.len());
        Ok(written)
    }

    fn write_giant(&self, one: &Self, out: &mut dyn Write) -> io::Result<u64> {
        let span = one.extent();
        let (mut at, there) = (span.start, span.end <= self.available());
        let mut buf = Vec::new();
        while at < span.end {
            let n = usize::try_from((span.end - at).min(BLOCK_BYTES)).map_err(io::Error::other)?;
            buf.clear();
            buf.resize(n, 0);
            if there {
                self.data().peek_at(at, &mut buf);
            }
            out.write_all(&buf)?;
            at = at.saturating_add(n as u64);
        }
        Ok(u64::from(!there))
    }
}

/// An array cut into blocks; see [`Array::blocks`]. Any block can be had by its number, so threads can share them.
pub struct Blocks {
    array: Array,
    axis: usize,
    per: u64,
    along: u64,
    outer: u64,
}

impl Blocks {
    /// Number of blocks.
    pub const fn len(&self) -> u64 {
        self.outer.saturating_mul(self.along)
    }

    /// There are none: the array is empty along a leading axis.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Block `i`: the place in C order of its first element, and the view.
    pub fn get(&self, i: u64) -> Option<(u64, Array)> {
        if i >= self.len() {
            return None;
        }
        let Some(d) = self.array.shape().get(self.axis).copied() else { return Some((0, self.array.clone())) };
        if self.per == u64::MAX {
            return Some((0, self.array.clone()));
        }
        let (mut outer, k) = (i / self.along, (i % self.along) * self.per);
        let mut view = self.array.range(self.axis, k, self.per.min(d - k), 1).ok()?;
        let mut index = vec![0; self.array.ndim()];
        if let Some(x) = index.get_mut(self.axis) {
            *x = k;
        }
        for axis in (0..self.axis).rev() {
            let d = self.array.shape().get(axis)?;
            let n = outer % d;
            outer /= d;
            *index.get_mut(axis)? = n;
            view = view.slice(axis, n).ok()?;
        }
        Some((self.array.ravel(&index)?, view))
    }
}

/// Walks the indices of some axes, the last fastest, keeping the byte on both sides.
struct Odometer {
    axes: Vec<(Axis, u64)>,
    at: i128,
    to: u64,
}

impl Odometer {
    fn new(axes: &[Axis], at: i128) -> Self {
        Self { axes: axes.iter().map(|a| (*a, 0)).collect(), at, to: 0 }
    }

    const fn here(&self) -> (i128, u64) {
        (self.at, self.to)
    }

    /// One element on; `false` when all were seen.
    fn step(&mut self) -> bool {
        for (a, i) in self.axes.iter_mut().rev() {
            if *i + 1 < a.n {
                *i += 1;
                self.at += i128::from(a.step);
                self.to += a.packed;
                return true;
            }
            self.at -= i128::from(*i) * i128::from(a.step);
            self.to -= *i * a.packed;
            *i = 0;
        }
        false
    }
}

fn clip(buf: &mut [u8], n: u64) -> &mut [u8] {
    let n = usize::try_from(n).unwrap_or(usize::MAX).min(buf.len());
    buf.get_mut(..n).unwrap_or(&mut [])
}

fn part(all: &[u8], span: Span) -> &[u8] {
    let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(all.len());
    all.get(at(span.start)..at(span.end)).unwrap_or(&[])
}

fn read_stretch<'a>(data: &Data, span: Span, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    scratch.resize(usize::try_from(span.len()).unwrap_or(0), 0);
    let got = data.peek_at(span.start, scratch);
    scratch.get(..got).unwrap_or(&[])
}

/// Copies the elements of the axes `inner` from a stretch, where the first is at `from`, to `out`, where it is at `to`.
fn place(inner: &[Axis], item: u64, stretch: &[u8], from: usize, out: &mut [u8], to: usize) {
    let Some((run, outer)) = inner.split_last() else {
        let item = usize::try_from(item).unwrap_or(usize::MAX);
        if let (Some(src), Some(dst)) = (sub(stretch, from, item), sub_mut(out, to, item)) {
            dst.copy_from_slice(src);
        }
        return;
    };
    let mut walk = Odometer::new(outer, i128::try_from(from).unwrap_or(0));
    loop {
        let (at, packed) = walk.here();
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let to = to.saturating_add(usize::try_from(packed).unwrap_or(usize::MAX));
        match item {
            1 => place_run::<1>(*run, stretch, at, out, to),
            2 => place_run::<2>(*run, stretch, at, out, to),
            4 => place_run::<4>(*run, stretch, at, out, to),
            8 => place_run::<8>(*run, stretch, at, out, to),
            16 => place_run::<16>(*run, stretch, at, out, to),
            _ => place_long(*run, usize::try_from(item).unwrap_or(0), stretch, at, out, to),
        }
        if !walk.step() {
            return;
        }
    }
}

fn sub(s: &[u8], at: usize, n: usize) -> Option<&[u8]> {
    s.get(at..at.checked_add(n)?)
}

fn sub_mut(s: &mut [u8], at: usize, n: usize) -> Option<&mut [u8]> {
    s.get_mut(at..at.checked_add(n)?)
}

fn place_run<const N: usize>(run: Axis, src: &[u8], from: usize, out: &mut [u8], to: usize) {
    let n = usize::try_from(run.n).unwrap_or(0);
    let packed = usize::try_from(run.packed).unwrap_or(usize::MAX);
    let forward = usize::try_from(run.step).ok();
    let (Some(size), dense) = (n.checked_mul(N), forward == Some(N) && packed == N) else { return };
    if let (true, Some(src), Some(dst)) = (dense, sub(src, from, size), sub_mut(out, to, size)) {
        dst.copy_from_slice(src);
        return;
    }
    // The usual picks (every k-th element forward into a packed run), in a form that needs no checks inside.
    if let (Some(step), true) = (forward.filter(|s| *s >= N), packed == N) {
        let (src, dst) = (src.get(from..).unwrap_or(&[]), sub_mut(out, to, size).unwrap_or(&mut []));
        for (d, s) in dst.as_chunks_mut::<N>().0.iter_mut().zip(src.chunks(step)) {
            if let Some(s) = s.first_chunk::<N>() {
                *d = *s;
            }
        }
        return;
    }
    place_long(run, N, src, from, out, to);
}

fn place_long(run: Axis, item: usize, src: &[u8], from: usize, out: &mut [u8], to: usize) {
    let (mut at, mut to) = (i128::try_from(from).unwrap_or(0), to);
    for _ in 0..run.n {
        let src = usize::try_from(at).ok().and_then(|at| sub(src, at, item));
        if let (Some(src), Some(dst)) = (src, sub_mut(out, to, item)) {
            dst.copy_from_slice(src);
        }
        at += i128::from(run.step);
        to = to.saturating_add(usize::try_from(run.packed).unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::super::dtype::DType;
    use super::*;
    use proptest::prelude::*;

    /// Every element by itself: the slow truth.
    fn naive(a: &Array) -> (Vec<u8>, Vec<bool>) {
        let (mut out, mut there) = (Vec::new(), Vec::new());
        for n in 0..a.len() {
            let raw = a.raw(&a.unravel(n));
            there.push(raw.is_some());
            out.extend(raw.unwrap_or_else(|| vec![0; a.dtype.item_size as usize]));
        }
        (out, there)
    }

    /// Some view of some array over `bytes` bytes, in memory or in a file larger than what is read whole.
    fn views() -> impl Strategy<Value = Array> {
        let shape = prop::collection::vec(1_u64..7, 0..4);
        let item = prop::sample::select(vec![1_u64, 2, 3, 4, 8, 16]);
        (shape, item, any::<[u8; 8]>(), 0_u64..40, any::<bool>()).prop_map(|(shape, item, choice, cut, fortran)| {
            let n: u64 = shape.iter().product::<u64>() * item;
            let there = if cut < 10 { n.saturating_sub(cut) } else { n };
            let bytes: Vec<u8> = (0..there).map(|i| (i * 37 % 251) as u8 + 1).collect();
            let dtype = DType::from_code('V', item, super::super::dtype::ByteOrder::Little).unwrap();
            let make = if fortran { Array::new_f } else { Array::new_c };
            let mut a = make(dtype, &shape, Data::memory(bytes)).unwrap();
            for c in choice {
                let axis = usize::from(c / 16) % a.ndim().max(1);
                let d = a.shape().get(axis).copied().unwrap_or(0);
                a = match c % 8 {
                    0 if d > 0 => a.flip(axis).unwrap(),
                    1 if d > 1 => a.range(axis, 1, (d - 1).div_ceil(2), 2).unwrap(),
                    2 if d > 2 => a.slice(axis, d / 2).unwrap(),
                    3 => {
                        let axes: Vec<usize> = (0..a.ndim()).rev().collect();
                        a.transpose(&axes).unwrap()
                    }
                    4 if d == 3 => a.range(axis, 1, 4, 0).unwrap(),
                    _ => a,
                };
            }
            a
        })
    }

    proptest! {
        #[test]
        fn bulk_reads_equal_single_ones(a in views()) {
            let (want, there) = naive(&a);
            let mut out = vec![0xee; want.len()];
            let mut flags = vec![false; there.len()];
            let got = a.gather(&mut out, Some(&mut flags)).unwrap();
            prop_assert_eq!(&out, &want);
            prop_assert_eq!(&flags, &there);
            prop_assert_eq!(got.missing, there.iter().filter(|t| !**t).count() as u64);
            // As a stream, and in small blocks.
            let mut stream = Vec::new();
            let w = a.write_c_order(&mut stream, &mut |_| true).unwrap();
            prop_assert_eq!((&stream, w.bytes, w.missing), (&want, want.len() as u64, got.missing));
            let blocks = a.blocks(20);
            let mut joined = Vec::new();
            for i in 0..blocks.len() {
                let (start, b) = blocks.get(i).unwrap();
                prop_assert_eq!(start * a.dtype.item_size, joined.len() as u64);
                joined.extend(naive(&b).0);
            }
            prop_assert_eq!(&joined, &want);
            // Another order, but the same elements.
            let (mut x, mut y) = (naive(&a.in_storage_order()).0, want);
            let item = a.dtype.item_size as usize;
            let sorted = |v: &mut Vec<u8>| { let mut c: Vec<Vec<u8>> = v.chunks(item).map(<[u8]>::to_vec).collect(); c.sort(); c };
            prop_assert_eq!(sorted(&mut x), sorted(&mut y));
        }

        #[test]
        fn index_and_byte_lead_to_each_other(a in views()) {
            for n in 0..a.len().min(200) {
                let index = a.unravel(n);
                prop_assert_eq!(a.ravel(&index), Some(n));
                let Some(at) = a.byte_of(&index).filter(|at| at + a.dtype.item_size <= a.available()) else { continue };
                // Where elements are repeated another index may be found, but of the same bytes.
                let file = Array::from_strides(a.dtype.clone(), a.shape(), a.strides(), a.offset(),
                    Data::file(&crate::source::Bytes::from_vec(vec![0; 100_000]), Span::new(7, 7 + a.available()))).unwrap();
                let span = file.byte_span_of(&index).unwrap();
                prop_assert_eq!(span, Span::at(at + 7, a.dtype.item_size));
                let back = file.index_at_byte(span.end - 1).unwrap();
                prop_assert_eq!(file.byte_of(&back), Some(at));
            }
        }
    }

    #[test]
    fn files_read_as_memory_does() {
        let n = crate::source::READ_WHOLE + (1 << 20);
        let data: Vec<u8> = (0..n).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as u8).collect();
        let path = std::env::temp_dir().join(format!("picklescope-read-{}", std::process::id()));
        std::fs::write(&path, &data).unwrap();
        let bytes = crate::source::Bytes::open(&path).unwrap();
        std::fs::remove_file(&path).ok();
        let shape = [n / 4096, 1024];
        let file = Data::file(&bytes, Span::new(0, n));
        assert!(file.as_slice().is_none());
        for (make, step) in [
            (Array::new_c as fn(_, &[u64], _) -> _, 1),
            (Array::new_f, 1),
            (Array::new_c, 3),
            (Array::new_f, 40),
            (Array::new_c, 300),
        ] {
            let dtype = DType::float(4);
            let [f, m] = [file.clone(), Data::memory(data.clone())].map(|d| {
                let a: Array = make(dtype.clone(), &shape, d).unwrap();
                let count = shape[1] / step as u64;
                let a = a.range(1, 0, count, step).unwrap();
                a.range(0, 5, 700, 2).unwrap()
            });
            check(&f, &m);
            // One axis that is longer than a stretch, forwards and backwards.
            let n = shape[0] * 1024;
            let [f, m] = [file.clone(), Data::memory(data.clone())].map(|d| {
                let a: Array = make(dtype.clone(), &[n], d).unwrap();
                a.range(0, n - 7, n / 400, -(step + 20)).unwrap()
            });
            check(&f, &m);
        }
    }

    fn check(f: &Array, m: &Array) {
        {
            let mut out = [vec![0; f.nbytes() as usize], vec![1; m.nbytes() as usize]];
            for (a, out) in [f, m].iter().zip(&mut out) {
                a.gather(out, None).unwrap();
            }
            assert!(out[0] == out[1]);
        }
    }
}
