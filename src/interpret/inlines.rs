//! Where libraries put bytes of their own between and behind a pickle's opcodes: asked by the machine while it scans.

use super::{joblib, torch, whole};
use crate::machine::{Handle, Inline, Inlines, Stream};
use crate::ops::Foreign;
use crate::source::Span;

/// joblib's arrays behind their notes, and the storages of torch files of before 1.6.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownInlines;

impl Inlines for KnownInlines {
    fn after_build(&self, stream: &Stream, object: Handle, at: u64) -> Option<Inline> {
        joblib::after_build(stream, object, at)
    }

    fn after_stop(&self, stream: &Stream, pickle: usize, at: u64) -> Vec<(Handle, Span, Foreign)> {
        torch::after_stop(stream, pickle, at)
    }

    fn whole(&self, stream: &Stream, pickle: usize) -> Option<String> {
        whole(stream, pickle)
    }
}
