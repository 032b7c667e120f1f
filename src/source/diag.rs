//! What is wrong, where, and what a person can do about it.

use super::Span;
use std::borrow::Cow;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Note,
    /// Readers disagree about it, or it was probably not meant.
    Warning,
    /// CPython would refuse, or bytes are lost.
    Error,
}

impl Severity {
    /// As `report --json` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, kebab-case; scripts and tests rely on it.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The bytes that it is about, in the member's own offsets.
    pub span: Span,
    /// The op that it is about: its number in the member, counted from 0.
    pub op: Option<u64>,
    /// One sentence of cause.
    pub message: Cow<'static, str>,
    /// One sentence of help; empty where nothing can be done.
    pub hint: Cow<'static, str>,
}

impl Diagnostic {
    /// A finding about `span`, without hint or op.
    pub fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, severity, span, op: None, message: message.into(), hint: Cow::Borrowed("") }
    }

    /// An [`Severity::Error`].
    pub fn error(code: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A [`Severity::Warning`].
    pub fn warning(code: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// A [`Severity::Note`].
    pub fn note(code: &'static str, span: Span, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Severity::Note, code, span, message)
    }

    /// With help for the reader.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With the op that it is about.
    #[must_use]
    pub fn at_op(mut self, op: u64) -> Self {
        self.op = Some(op);
        self
    }
}
