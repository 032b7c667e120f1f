//! PyTorch's first format: a tar of `storages` and `tensors`, each a row of pickles with raw data between them, and a
//! `pickle` whose persistent ids are the tensors' numbers. Source: torch/serialization.py, `legacy_load`.
//! Must never believe a count: what is read is what is there.

use super::builtin::SHORT;
use super::numpy::array::shape_words;
use super::torch::{element, order_of};
use super::types::{ArrayMeaning, Body, Cx, Meaning, NoExternals, Options, Reader};
use super::{counted, one_line};
use crate::machine::{self, Handle, NoInlines, Node, Scan, Stream};
use crate::source::{Bytes, Cursor, Diagnostic, Span};
use crate::tensor::{Array, Data, tuple};
use std::collections::HashMap;
use std::sync::Arc;

/// Tensors and storages of one file.
const MOST: u64 = 100_000;

/// A tensor of the archive: a view of a storage.
#[derive(Clone)]
pub struct TarTensor {
    /// `Float`, `Double` …
    class: String,
    /// Elements along each axis, and from one to the next along each.
    shape: Vec<u64>,
    strides: Vec<i64>,
    /// The first element, in elements of the storage.
    offset: u64,
    /// The storage's number, and where its elements lie in `storages`.
    storage: (i64, Bytes),
}

/// The tensors of an archive by their numbers.
pub type TarTensors = HashMap<i64, TarTensor>;

/// A row of pickles with raw data between them.
struct Row<'a> {
    bytes: &'a Bytes,
    at: u64,
}

impl Row<'_> {
    /// The next pickle.
    fn pickle(&mut self) -> Option<Stream> {
        let rest = self.bytes.slice(Span::new(self.at, self.bytes.len()));
        let options = machine::Options { first_only: true, until_error: true, ..machine::Options::default() };
        let mut scan = Scan::new(&rest, options, Arc::new(NoInlines));
        let mut stream = Stream::new(rest);
        while scan.step(&mut stream, 10_000) {}
        let p = stream.pickles.first().filter(|p| p.complete)?;
        self.at = self.at.checked_add(p.span.end)?;
        Some(stream)
    }

    fn word(&mut self) -> Option<i64> {
        let mut cursor = Cursor::new(self.bytes, self.at);
        let word = i64::from_le_bytes(cursor.array()?);
        self.at = self.at.checked_add(8)?;
        Some(word)
    }
}

/// Calls a function with the surroundings of a pickle's root.
fn root<R>(stream: &Stream, f: impl FnOnce(&Cx<'_>, Handle) -> Option<R>) -> Option<R> {
    let options = Options::default();
    let cx = Cx::new(stream, &options, &NoExternals);
    f(&cx, stream.pickles.first()?.root?)
}

/// The three parts of a head: a number, another value, and the name of a class.
fn head(stream: &Stream) -> Option<(i64, Option<i64>, String)> {
    root(stream, |cx, h| {
        let [key, second, class] = cx.exactly::<3>(h)?;
        let (_, name) = cx.global(class)?;
        Some((cx.int(key)?, cx.int(second), name.to_owned()))
    })
}

/// All tensors of an archive, from its members `storages` and `tensors`; those before a cut.
pub fn tensors(storages: &Bytes, tensors: &Bytes) -> TarTensors {
    let held = storages_of(storages).unwrap_or_default();
    let mut out = TarTensors::new();
    let mut row = Row { bytes: tensors, at: 0 };
    let n = row.pickle().and_then(|s| root(&s, |cx, h| cx.size(h))).unwrap_or(0);
    for _ in 0..n.min(MOST) {
        let Some((key, tensor)) = one(&mut row, &held) else { break };
        out.insert(key, tensor);
    }
    out
}

fn one(row: &mut Row<'_>, held: &HashMap<i64, Bytes>) -> Option<(i64, TarTensor)> {
    let (key, storage, class) = head(&row.pickle()?)?;
    // The number of axes has four bytes of its own and four of filling.
    let axes = usize::try_from(row.word()? & 0xffff_ffff).ok().filter(|n| *n <= 64)?;
    let shape: Option<Vec<u64>> = (0..axes).map(|_| row.word().and_then(|n| u64::try_from(n).ok())).collect();
    let strides: Option<Vec<i64>> = (0..axes).map(|_| row.word()).collect();
    let offset = u64::try_from(row.word()?).ok()?;
    let (shape, strides, storage) = (shape?, strides?, storage?);
    let bytes = held.get(&storage).cloned().unwrap_or_else(|| Bytes::from_vec(Vec::new()));
    let class = class.strip_suffix("Tensor").unwrap_or(&class).to_owned();
    Some((key, TarTensor { class, shape, strides, offset, storage: (storage, bytes) }))
}

/// The storages by their numbers, views of others among them.
fn storages_of(bytes: &Bytes) -> Option<HashMap<i64, Bytes>> {
    let mut row = Row { bytes, at: 0 };
    let mut held = HashMap::new();
    let mut sizes = HashMap::new();
    let n = row.pickle().and_then(|s| root(&s, |cx, h| cx.size(h)))?;
    for _ in 0..n.min(MOST) {
        let Some((key, _, class)) = row.pickle().and_then(|s| head(&s)) else { return Some(held) };
        let item = element(class.strip_suffix("Storage").unwrap_or(&class)).map_or(1, |(d, _)| d.item_size);
        let Some(count) = row.word().and_then(|n| u64::try_from(n).ok()) else { return Some(held) };
        let Some(len) = count.checked_mul(item) else { return Some(held) };
        let span = Span::at(row.at, len);
        held.insert(key, bytes.slice(span));
        sizes.insert(key, item);
        row.at = span.end;
    }
    let Some(views) = row.pickle() else { return Some(held) };
    root(&views, |cx, h| {
        for view in cx.stream.graph.items(cx.list(h)?).take(usize::try_from(MOST).unwrap_or(0)) {
            let [key, of, offset, count] = cx.exactly::<4>(view)?;
            let (key, of, offset, count) = (cx.int(key)?, cx.int(of)?, cx.size(offset)?, cx.size(count)?);
            let (whole, item) = (held.get(&of)?.clone(), *sizes.get(&of)?);
            let span = Span::at(offset.checked_mul(item)?, count.checked_mul(item)?);
            held.insert(key, whole.slice(span));
        }
        Some(())
    });
    Some(held)
}

/// Reads the persistent ids that are tensors.
pub(super) struct TarReader;

impl Reader for TarReader {
    fn name(&self) -> &'static str {
        "torch.tar"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let Some(Node::Persistent(pid)) = cx.node(h) else { return None };
        let all = cx.externals.torch_tar()?;
        let key = match pid {
            Some(p) => cx.int(*p).or_else(|| cx.name(*p)?.parse().ok())?,
            None => cx.persid(h)?.parse().ok()?,
        };
        let t = all.get(&key)?;
        let mut m = Meaning::blank("torch.tar", "torch.Tensor".to_owned(), Body::Object);
        let made = element(&t.class).ok_or_else(|| format!("elements of type {}", one_line(&t.class, 40)));
        let made = made.and_then(|(dtype, name)| {
            let item = i64::try_from(dtype.item_size).unwrap_or(1);
            let strides: Option<Vec<i64>> = t.strides.iter().map(|n| n.checked_mul(item)).collect();
            let start = t.offset.checked_mul(dtype.item_size);
            let (strides, start) = strides.zip(start).ok_or("the strides overflow")?;
            let data = Data::file(&t.storage.1, t.storage.1.span());
            let array = Array::from_strides(dtype, &t.shape, &strides, start, data).map_err(|e| e.to_string())?;
            Ok::<_, String>((array, name))
        });
        match made {
            Ok((array, name)) => {
                let outside = Some(format!("storage {}", t.storage.0));
                let complete = array.is_complete();
                let order = order_of(&array);
                let a = ArrayMeaning { outside, dtype_name: name.map(str::to_owned), ..ArrayMeaning::of(array, order) };
                let dtype = a.dtype_name.clone().unwrap_or_else(|| a.array.dtype.name());
                let cut = if complete { "" } else { ", incomplete" };
                m.short = one_line(&format!("{dtype} {}{cut}", tuple(a.array.shape())), SHORT);
                m.sentence = format!(
                    "A {} tensor, {dtype}; {} of data in storage {} of the archive.",
                    shape_words(a.array.shape()),
                    counted(a.array.nbytes(), "byte"),
                    t.storage.0
                );
                m.bytes = Some(a.array.nbytes());
                if !complete {
                    let text = "The storage of the tensor is cut short, or is not in the archive.";
                    m.notes.push(Diagnostic::error("storage-short", cx.span(h), text));
                }
                m.body = Body::Array(Box::new(a));
            }
            Err(why) => {
                m.short = "a tensor that cannot be read".to_owned();
                m.sentence = format!("A tensor that cannot be read: {why}.");
                let text = format!("No tensor can be made of this: {why}.");
                m.notes.push(Diagnostic::error("tensor", cx.span(h), text));
            }
        }
        Some(m)
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<super::types::Part>> {
        self.read(cx, h).map(|_| Vec::new())
    }
}
