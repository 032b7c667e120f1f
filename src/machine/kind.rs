//! What CPython would find a value's type to be, as far as its unpickler asks. One byte, kept beside each stack value.

/// The type of a value in CPython.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// None.
    None,
    /// bool.
    Bool,
    /// int.
    Int,
    /// float.
    Float,
    /// str; Python 2's 8-bit strings are decoded to it.
    Str,
    /// bytes.
    Bytes,
    /// bytearray.
    ByteArray,
    /// list.
    List,
    /// A tuple that can be hashed.
    Tuple,
    /// A tuple whose first unhashable item is, or holds, a list.
    TupleOfList,
    /// The same with a dict.
    TupleOfDict,
    /// The same with a set.
    TupleOfSet,
    /// The same with a bytearray.
    TupleOfByteArray,
    /// dict.
    Dict,
    /// set.
    Set,
    /// frozenset.
    FrozenSet,
    /// A read-only view that READONLY_BUFFER made of a bytearray.
    View,
    /// What a global names, taken for a class.
    Class,
    /// The result of a call, on which everything works.
    Object,
}

impl Kind {
    /// `type(x).__name__`.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Bytes => "bytes",
            Self::ByteArray => "bytearray",
            Self::List => "list",
            Self::Tuple | Self::TupleOfList | Self::TupleOfDict | Self::TupleOfSet | Self::TupleOfByteArray => "tuple",
            Self::Dict => "dict",
            Self::Set => "set",
            Self::FrozenSet => "frozenset",
            Self::View => "memoryview",
            Self::Class => "type",
            Self::Object => "object",
        }
    }

    /// Any tuple.
    pub const fn is_tuple(self) -> bool {
        matches!(self, Self::Tuple | Self::TupleOfList | Self::TupleOfDict | Self::TupleOfSet | Self::TupleOfByteArray)
    }

    /// Everything works on it.
    pub const fn is_opaque(self) -> bool {
        matches!(self, Self::Class | Self::Object)
    }

    /// The type that `hash()` complains of; `None` where it answers.
    pub const fn unhashable(self) -> Option<&'static str> {
        match self {
            Self::List | Self::TupleOfList => Some("list"),
            Self::Dict | Self::TupleOfDict => Some("dict"),
            Self::Set | Self::TupleOfSet => Some("set"),
            Self::ByteArray | Self::TupleOfByteArray | Self::View => Some("bytearray"),
            _ => None,
        }
    }

    /// The kind of a tuple whose first unhashable item is of this kind.
    pub(super) const fn within_tuple(self) -> Self {
        match self {
            Self::List | Self::TupleOfList => Self::TupleOfList,
            Self::Dict | Self::TupleOfDict => Self::TupleOfDict,
            Self::Set | Self::TupleOfSet => Self::TupleOfSet,
            Self::ByteArray | Self::TupleOfByteArray | Self::View => Self::TupleOfByteArray,
            _ => Self::Tuple,
        }
    }
}
