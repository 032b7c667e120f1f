//! PyTorch: tensors over storages that lie outside the pickle (a zip's `data/`), or behind it in files of before 1.6.
//! Knows how tensors are rebuilt and where storages are; computes nothing.

use super::builtin::SHORT;
use super::inlines::KnownInlines;
use super::numpy::array::shape_words;
use super::payload::Payload;
use super::torch_packed;
use super::types::{ArrayMeaning, Body, Cx, Meaning, NoExternals, Options, Part, Piece, Reader, SparseMeaning};
use super::{counted, grouped, one_line, repr};
use crate::machine::{self, Call, CallKind, Handle, Node, NodeId, Scan, Stream, Value};
use crate::ops::Foreign;
use crate::source::{Bytes, Diagnostic, Span};
use crate::tensor::{Array, ByteOrder, DType, Data, tuple};
use std::sync::Arc;

/// Bytes of a storage that is written as text within a pickle and is unescaped to be looked at.
const NESTED: usize = 1 << 28;

/// The number that legacy files begin with, as LONG1 writes it.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// An element type by torch's name, and that name where NumPy has none such.
pub(super) fn element(name: &str) -> Option<(DType, Option<&'static str>)> {
    let plain = |d| Some((d, None));
    match name {
        "Float" | "float32" | "float" => plain(DType::float(4)),
        "Double" | "float64" | "double" => plain(DType::float(8)),
        "Half" | "float16" | "half" => plain(DType::float(2)),
        "BFloat16" | "bfloat16" => DType::from_ml_dtypes("bfloat16").map(|d| (d, Some("bfloat16"))),
        "Long" | "int64" | "long" => plain(DType::int(8)),
        "Int" | "int32" | "int" => plain(DType::int(4)),
        "Short" | "int16" | "short" => plain(DType::int(2)),
        "Char" | "int8" => plain(DType::int(1)),
        "Byte" | "uint8" => plain(DType::uint(1)),
        "Bool" | "bool" => plain(DType::bool()),
        "uint16" => plain(DType::uint(2)),
        "uint32" => plain(DType::uint(4)),
        "uint64" => plain(DType::uint(8)),
        "ComplexFloat" | "complex64" | "cfloat" => plain(DType::complex(4)),
        "ComplexDouble" | "complex128" | "cdouble" => plain(DType::complex(8)),
        "QInt8" | "qint8" => Some((DType::int(1), Some("qint8"))),
        "QUInt8" | "quint8" => Some((DType::uint(1), Some("quint8"))),
        "QInt32" | "qint32" => Some((DType::int(4), Some("qint32"))),
        "QUInt4x2" | "quint4x2" => Some((DType::uint(1), Some("quint4x2"))),
        "QUInt2x4" | "quint2x4" => Some((DType::uint(1), Some("quint2x4"))),
        "float8_e4m3fn" => DType::from_ml_dtypes(name).map(|d| (d, Some("float8_e4m3fn"))),
        "float8_e5m2" => DType::from_ml_dtypes(name).map(|d| (d, Some("float8_e5m2"))),
        "float8_e4m3fnuz" => DType::from_ml_dtypes(name).map(|d| (d, Some("float8_e4m3fnuz"))),
        "float8_e5m2fnuz" => DType::from_ml_dtypes(name).map(|d| (d, Some("float8_e5m2fnuz"))),
        "float8_e8m0fnu" => DType::from_ml_dtypes(name).map(|d| (d, Some("float8_e8m0fnu"))),
        _ => None,
    }
}

/// A reference to a storage.
struct Storage {
    /// `Float`, `Untyped` …
    class: String,
    key: String,
    location: String,
    /// Elements, or bytes of an untyped one.
    count: u64,
}

fn storage(cx: &Cx<'_>, h: Handle) -> Option<Storage> {
    let Some(Node::Persistent(Some(pid))) = cx.node(h) else { return None };
    let items = cx.sequence(*pid).filter(|i| i.len() >= 5)?;
    let at = |i| cx.item(items, i);
    if cx.name(at(0)?)? != "storage" {
        return None;
    }
    let (module, class) = cx.global(at(1)?)?;
    if module != "torch" && !module.starts_with("torch.") {
        return None;
    }
    Some(Storage {
        class: class.strip_suffix("Storage").unwrap_or(class).trim_start_matches('_').to_owned(),
        key: cx.name(at(2)?)?,
        location: at(3).and_then(|l| cx.name(l)).unwrap_or_default(),
        count: cx.size(at(4)?)?,
    })
}

/// The bytes of a storage.
enum Found {
    /// In the member, behind the pickles.
    Inside(Span),
    /// In a file of its own.
    Outside(Bytes),
}

fn find(cx: &Cx<'_>, s: &Storage) -> Option<(Found, ByteOrder)> {
    let same = |(owner, _): &&(Handle, Span)| storage(cx, *owner).is_some_and(|o| o.key == s.key);
    if let Some((_, span)) = cx.stream.foreign.iter().find(same) {
        // The count stands before the elements.
        let data = Span::new(span.start.saturating_add(8).min(span.end), span.end);
        return Some((Found::Inside(data), legacy_order(cx)));
    }
    let bytes = cx.externals.storage(&s.key)?;
    Some((Found::Outside(bytes), cx.externals.storage_order()))
}

/// Where a nested storage's elements lie: they, in which other bytes, and their byte order.
type Nested = (Data, Option<String>, ByteOrder);

/// A storage that is a torch file of its own, in the old form, as bytes of the pickle: what `pickle.dump` makes of a
/// tensor. Source: torch/storage.py, `TypedStorage.__reduce__`.
fn nested(cx: &Cx<'_>, h: Handle) -> Result<(Storage, Nested), &'static str> {
    let call = cx.call_of(h, "torch.storage", &["_load_from_bytes"]).ok_or("its storage is not told as one")?;
    let payload = cx.arg(call, 0).and_then(|b| cx.payload(b)).ok_or("its storage is told as no bytes")?;
    let (bytes, base) = match &payload {
        Payload::File(span) => (cx.stream.bytes.slice(*span), Some(span.start)),
        other if cx.thorough => (Bytes::from_vec(other.first(cx, NESTED)), None),
        _ => return Err("its storage is a torch file of its own, written as text"),
    };
    let inner = Scan::whole(bytes, machine::Options::default(), Arc::new(KnownInlines));
    let within = Cx::new(&inner, cx.options, &NoExternals);
    let found = inner.pickles.get(3).and_then(|p| p.root).and_then(|root| storage(&within, root));
    let s = found.ok_or("its storage is a torch file of its own, which makes no sense")?;
    let Some((Found::Inside(span), order)) = find(&within, &s) else {
        return Err("its storage is a torch file of its own, which is cut");
    };
    let at = base.and_then(|base| Some(Span::new(base.checked_add(span.start)?, base.checked_add(span.end)?)));
    let nested = match at {
        Some(span) => (Data::file(&cx.stream.bytes, span), None, order),
        None => (Data::file(&inner.bytes, span), Some("the text of its storage".to_owned()), order),
    };
    Ok((s, nested))
}

/// The third pickle of a legacy file is a dict about the machine that wrote it.
fn legacy_order(cx: &Cx<'_>) -> ByteOrder {
    let info = cx.stream.pickles.get(2).and_then(|p| p.root);
    match info.and_then(|i| cx.entry(i, "little_endian")).and_then(|v| cx.truth(v)) {
        Some(false) => ByteOrder::Big,
        _ => ByteOrder::Little,
    }
}

/// The storages that stand behind the last pickle of a legacy file: a count and the elements, in the order of the keys.
pub(super) fn after_stop(stream: &Stream, pickle: usize, at: u64) -> Vec<(Handle, Span, Foreign)> {
    let options = Options::default();
    let cx = Cx::new(stream, &options, &NoExternals);
    let root = |i: usize| stream.pickles.get(i).and_then(|p| p.root);
    let magic = pickle == 4 && root(0).is_some_and(|m| is_magic(&cx, m));
    let Some(keys) = root(4).filter(|_| magic).and_then(|k| cx.list(k)) else { return Vec::new() };
    let Some(object) = stream.pickles.get(3) else { return Vec::new() };
    let nodes = &stream.graph.nodes;
    let from = nodes.partition_point(|n| n.made < object.first);
    let mut owners: Vec<(String, Handle, u64)> = Vec::new();
    for (i, n) in nodes.iter().enumerate().skip(from) {
        let Some(id) = u32::try_from(i).ok().filter(|_| matches!(n.node, Node::Persistent(Some(_)))) else { continue };
        let h = Handle::node(NodeId(id));
        if let Some(s) = storage(&cx, h) {
            let size = element(&s.class).map_or(1, |(d, _)| d.item_size);
            owners.push((s.key, h, size));
        }
    }
    owners.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut out = Vec::new();
    let mut at = at;
    for key in stream.graph.items(keys).filter_map(|k| cx.name(k)) {
        let i = owners.partition_point(|(k, _, _)| *k < key);
        let Some((_, owner, size)) = owners.get(i).filter(|(k, _, _)| *k == key) else { break };
        let count = stream.bytes.read(Span::at(at, 8), 8);
        let Ok(count) = <[u8; 8]>::try_from(count).map(u64::from_le_bytes) else { break };
        let Some(len) = count.checked_mul(*size).and_then(|n| n.checked_add(8)) else { break };
        let span = Span::at(at, len);
        out.push((*owner, span, Foreign::LegacyTorchStorage));
        at = span.end;
        if at >= stream.bytes.len() {
            break;
        }
    }
    out
}

fn is_magic(cx: &Cx<'_>, h: Handle) -> bool {
    match cx.value(h) {
        Value::Long(_, span) => cx.stream.bytes.read(span, 11) == MAGIC,
        _ => false,
    }
}

/// The arguments of a call that rebuilds a tensor.
struct Tensor {
    storage: Handle,
    offset: Handle,
    shape: Handle,
    strides: Handle,
    /// `_rebuild_tensor_v3` tells the type of its elements.
    dtype: Option<Handle>,
    quantizer: Option<Handle>,
    metadata: Option<Handle>,
    /// Wrapped in a parameter.
    parameter: bool,
}

fn tensor(cx: &Cx<'_>, h: Handle) -> Option<Tensor> {
    let mut h = h;
    let mut parameter = false;
    // A parameter may wrap a parameter; nobody nests them deeper.
    for _ in 0..4 {
        let (call, module, name) = cx.named_call(h)?;
        if call.kind != CallKind::Reduce || !module.starts_with("torch") {
            return None;
        }
        let arg = |i| cx.arg(call, i);
        match name {
            "_rebuild_parameter" | "_rebuild_parameter_with_state" => {
                parameter = true;
                h = arg(0)?;
            }
            "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3" | "_rebuild_qtensor" => {
                let v3 = name == "_rebuild_tensor_v3";
                return Some(Tensor {
                    storage: arg(0)?,
                    offset: arg(1)?,
                    shape: arg(2)?,
                    strides: arg(3)?,
                    dtype: if v3 { arg(6) } else { None },
                    quantizer: if name == "_rebuild_qtensor" { arg(4) } else { None },
                    metadata: match name {
                        "_rebuild_tensor_v2" => arg(6),
                        "_rebuild_tensor_v3" => arg(7),
                        _ => None,
                    },
                    parameter,
                });
            }
            _ => return None,
        }
    }
    None
}

/// The sizes of a tuple, or of `torch.Size(tuple)`.
fn sizes(cx: &Cx<'_>, h: Handle) -> Option<Vec<u64>> {
    let h = match cx.call_of(h, "torch", &["Size"]) {
        Some(size) => cx.arg(size, 0)?,
        None => h,
    };
    let items = cx.sequence(h).filter(|i| i.len() <= 64)?;
    cx.stream.graph.items(items).map(|n| cx.size(n)).collect()
}

fn read(cx: &Cx<'_>, t: &Tensor) -> Result<(ArrayMeaning, Vec<Diagnostic>), (Handle, String)> {
    let (s, inner) = match storage(cx, t.storage) {
        Some(s) => (s, None),
        None => {
            let (s, inner) = nested(cx, t.storage).map_err(|why| (t.storage, why.to_owned()))?;
            (s, Some(inner))
        }
    };
    let told = t.dtype.and_then(|d| cx.global(d)).map(|(_, n)| n.to_owned());
    let class = told.unwrap_or_else(|| s.class.clone());
    let (dtype, name) =
        element(&class).ok_or_else(|| (t.storage, format!("elements of type {}", one_line(&class, 40))))?;
    let shape = sizes(cx, t.shape).ok_or_else(|| (t.shape, format!("{} is no shape", repr(cx, t.shape, 60))))?;
    let steps =
        sizes(cx, t.strides).ok_or_else(|| (t.strides, format!("{} are no strides", repr(cx, t.strides, 60))))?;
    let offset = cx.size(t.offset).ok_or_else(|| (t.offset, "the offset is no number".to_owned()))?;
    let item = dtype.item_size;
    let strides: Option<Vec<i64>> =
        steps.iter().map(|n| n.checked_mul(item).and_then(|n| i64::try_from(n).ok())).collect();
    let (Some(strides), Some(start)) = (strides, offset.checked_mul(item)) else {
        return Err((t.strides, "the strides overflow".to_owned()));
    };
    let mut notes = Vec::new();
    let found = if inner.is_some() { None } else { find(cx, &s) };
    let (data, outside, order) = match (inner, found) {
        (Some(inner), _) => inner,
        (None, Some((Found::Inside(span), order))) => (Data::file(&cx.stream.bytes, span), None, order),
        (None, Some((Found::Outside(bytes), order))) => {
            let span = bytes.span();
            (Data::file(&bytes, span), Some(format!("storage {}", one_line(&s.key, 40))), order)
        }
        (None, None) => {
            let key = one_line(&s.key, 40);
            let text = format!(
                "The tensor's storage {key} is not here: this pickle is a member of an archive, whose data/{key} holds it."
            );
            let hint = "Open the whole .pt file.";
            notes.push(Diagnostic::warning("storage-missing", cx.span(t.storage), text).hint(hint));
            (Data::memory(Vec::new()), Some(format!("storage {key}")), ByteOrder::Little)
        }
    };
    let bits = torch_packed::bits(name);
    let apart = bits.and_then(|bits| torch_packed::unpacked(cx, &data, bits));
    let (data, deferred) = match &apart {
        Some(u) => (u.data.clone(), u.deferred),
        None => (data, false),
    };
    let dtype = dtype.with_order(order);
    let array = Array::from_strides(dtype, &shape, &strides, start, data).map_err(|e| (t.shape, e.to_string()))?;
    let complete = array.is_complete();
    if !complete && !deferred && notes.is_empty() {
        let text = format!(
            "The storage has {}, the tensor reaches to byte {}.",
            counted(array.extent().end.min(s.count.saturating_mul(item)), "byte"),
            grouped(array.extent().end)
        );
        notes.push(Diagnostic::error("storage-short", cx.span(t.storage), text));
    }
    if let Some(q) = t.quantizer {
        let text = format!("The elements are quantized: {}; the stored integers are shown.", repr(cx, q, 120));
        notes.push(Diagnostic::note("quantized", cx.span(q), text));
    }
    if let Some(bits) = bits {
        let text = if apart.is_some() {
            format!("{} elements share a byte, the first one in its lowest bits; they are shown one by one.", 8 / bits)
        } else {
            "Several elements are packed into a byte, and the storage is too long to be taken apart: the bytes are shown."
                .to_owned()
        };
        notes.push(Diagnostic::note("packed", cx.span(t.storage), text));
    }
    if let Some(m) = t.metadata.filter(|m| cx.entry(*m, "conj").and_then(|c| cx.truth(c)) == Some(true)) {
        let text = "The tensor is a conjugate view: torch shows the imaginary parts with the other sign.";
        notes.push(Diagnostic::note("conjugate", cx.span(m), text));
    }
    let order = order_of(&array);
    let raw = if outside.is_none() { array.file_span() } else { None };
    let dtype_name = name.map(str::to_owned);
    let raw = raw.filter(|_| apart.is_none());
    let meaning = ArrayMeaning { raw, complete, deferred, outside, dtype_name, ..ArrayMeaning::of(array, order) };
    Ok((meaning, notes))
}

/// How the elements of a view of a storage are stored.
pub(super) fn order_of(array: &Array) -> char {
    match (array.is_c(), array.is_f()) {
        (true, _) => 'C',
        (_, true) => 'F',
        _ => 'K',
    }
}

/// The type of a tensor's elements, as people call it.
fn type_name(a: &ArrayMeaning) -> String {
    a.dtype_name.clone().unwrap_or_else(|| a.array.dtype.name())
}

/// Reads tensors.
pub(super) struct TensorReader;

impl Reader for TensorReader {
    fn name(&self) -> &'static str {
        "torch.tensor"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let t = tensor(cx, h)?;
        let mut m = Meaning::blank("torch.tensor", "torch.Tensor".to_owned(), Body::Object);
        match read(cx, &t) {
            Ok((a, notes)) => {
                let what = if t.parameter { "parameter: a tensor that is trained" } else { "tensor" };
                m.short = format!(
                    "{} {}{}",
                    type_name(&a),
                    tuple(a.array.shape()),
                    if a.complete { "" } else { ", incomplete" }
                );
                let view = match a.order {
                    'C' => "",
                    'F' => ", the first axis running fastest",
                    _ => ", a strided view of its storage",
                };
                m.sentence = format!(
                    "A {} {what}, {}{view}; {} of data{}.",
                    shape_words(a.array.shape()),
                    type_name(&a),
                    counted(a.array.nbytes(), "byte"),
                    a.outside.as_ref().map(|o| format!(" in {o}")).unwrap_or_default(),
                );
                m.bytes = Some(a.array.nbytes());
                m.body = Body::Array(Box::new(a));
                m.notes = notes;
            }
            Err((at, why)) => {
                "a tensor that cannot be shown".clone_into(&mut m.short);
                m.sentence = format!("A torch tensor that cannot be shown: {why}.");
                m.notes.push(Diagnostic::warning(
                    "tensor",
                    cx.span(at),
                    format!("No tensor can be made of this: {why}."),
                ));
            }
        }
        Some(m)
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let t = tensor(cx, h)?;
        let text = match read(cx, &t) {
            Ok((a, _)) => format!("<torch.Tensor {} {}>", type_name(&a), tuple(a.array.shape())),
            Err(_) => "<torch.Tensor>".to_owned(),
        };
        Some(vec![Piece::Text(text)])
    }
}

/// Reads storages, sizes, devices and sparse tensors.
pub(super) struct TorchReader;

impl TorchReader {
    fn storage(cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        let s = storage(cx, h)?;
        let untyped = s.class == "Untyped";
        let elements = if untyped { counted(s.count, "byte") } else { counted(s.count, "element") };
        let key = one_line(&s.key, 40);
        let found = find(cx, &s).is_some();
        let mut notes = Vec::new();
        if !found {
            let text = format!("Storage {key} is not here: in a .pt archive it is the member data/{key}.");
            notes.push(Diagnostic::warning("storage-missing", cx.span(h), text));
        }
        let size = element(&s.class).map_or(1, |(d, _)| d.item_size);
        Some(Meaning {
            reader: "torch.storage",
            kind: format!("torch.{}Storage", s.class),
            short: one_line(&format!("{}Storage {key}, {elements}", s.class), SHORT),
            sentence: format!(
                "A storage of {elements} on {}: the bytes of one or more tensors, kept outside the pickle under the key {key}.",
                one_line(&s.location, 40)
            ),
            bytes: s.count.checked_mul(size),
            body: Body::Object,
            notes,
        })
    }

    fn sparse(cx: &Cx<'_>, call: &Call) -> Option<Meaning> {
        let [indices, values, ..] = {
            let data = cx.arg(call, 1)?;
            let items = cx.sequence(data).filter(|i| i.len() >= 3)?;
            [cx.item(items, 0)?, cx.item(items, 1)?, cx.item(items, 2)?]
        };
        let size = cx.nth(cx.arg(call, 1)?, 2)?;
        let shape = sizes(cx, size)?;
        let part = |h: Handle| tensor(cx, h).and_then(|t| read(cx, &t).ok()).map(|(a, _)| a);
        let (indices, values) = (part(indices)?, part(values)?);
        let stored = values.array.shape().first().copied().unwrap_or(0);
        let short = format!("sparse {} {}, {} stored", type_name(&values), tuple(&shape), grouped(stored));
        let sentence = format!(
            "A sparse {} tensor: only {} are stored, each with its index.",
            shape_words(&shape),
            counted(stored, "element")
        );
        let parts = vec![("indices", indices), ("values", values)];
        Some(Meaning {
            reader: "torch.sparse",
            kind: "torch.Tensor".to_owned(),
            short,
            sentence,
            bytes: None,
            body: Body::Sparse(Box::new(SparseMeaning { format: "coo", shape, stored, parts })),
            notes: Vec::new(),
        })
    }
}

impl Reader for TorchReader {
    fn name(&self) -> &'static str {
        "torch"
    }

    fn read(&self, cx: &Cx<'_>, h: Handle) -> Option<Meaning> {
        if let Some(m) = Self::storage(cx, h) {
            return Some(m);
        }
        let (call, module, name) = cx.named_call(h)?;
        if module == "torch._utils" && name == "_rebuild_sparse_tensor" {
            return Self::sparse(cx, call);
        }
        if module != "torch" {
            return None;
        }
        let (kind, sentence) = match name {
            "Size" => ("torch.Size", "The shape of a tensor."),
            "device" => ("torch.device", "The device that a tensor lived on."),
            _ => return None,
        };
        let short = repr(cx, h, SHORT);
        let (kind, sentence) = (kind.to_owned(), sentence.to_owned());
        Some(Meaning { reader: "torch", kind, short, sentence, bytes: None, body: Body::Object, notes: Vec::new() })
    }

    fn pieces(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Piece>> {
        let text = |t: &str| Piece::Text(t.to_owned());
        let call = cx.call_of(h, "torch", &["Size", "device"])?;
        if cx.is(call.callable, "torch", "Size") {
            return Some(vec![text("torch.Size(["), Piece::Items(cx.arg(call, 0)?), text("])")]);
        }
        let mut out = vec![text("device(type="), Piece::Value(cx.arg(call, 0)?)];
        if let Some(index) = cx.arg(call, 1) {
            out.extend([text(", index="), Piece::Value(index)]);
        }
        out.push(text(")"));
        Some(out)
    }

    fn parts(&self, cx: &Cx<'_>, h: Handle) -> Option<Vec<Part>> {
        let call = cx.call_of(h, "torch", &["Size"])?;
        Some(vec![Part::Items(cx.arg(call, 0)?)])
    }
}
