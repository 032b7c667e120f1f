//! NumPy: dtypes, arrays in all the forms that they were pickled in, scalars, and what belongs to them.
//! One reader a file; each checks before it believes.

pub mod array;
mod cut;
pub mod dtype;
mod masked;
mod others;
mod scalar;

pub(super) use array::ArrayReader;
pub(super) use dtype::DTypeReader;
pub(super) use others::{OtherReader, UFUNCS};
pub(super) use scalar::{ScalarReader, parts as scalar_parts};

/// The dtype that a value is.
pub(super) fn dtype_of(cx: &super::types::Cx<'_>, h: crate::machine::Handle) -> Option<crate::tensor::DType> {
    dtype::read(cx, h).ok().map(|d| d.dtype)
}

/// The value of a NumPy scalar.
pub(super) fn scalar(cx: &super::types::Cx<'_>, h: crate::machine::Handle) -> Option<crate::tensor::Scalar> {
    scalar::read(cx, h)?.ok().map(|(_, v)| v)
}

/// A module of NumPy's, whatever its version.
pub(super) fn is_numpy(module: &str) -> bool {
    module == "numpy" || module.starts_with("numpy.")
}
