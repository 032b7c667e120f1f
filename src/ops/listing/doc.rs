//! What `pickletools` says of each opcode in its annotated listing: the first line of its documentation, word for word.
//! Nothing but the table. Source: CPython 3.13, `Lib/pickletools.py` (PSF licence).

use crate::ops::Opcode;

/// The annotation of an opcode's line.
pub const fn annotation(code: Opcode) -> &'static str {
    match code {
        Opcode::Mark => "Push markobject onto the stack.",
        Opcode::EmptyTuple => "Push an empty tuple.",
        Opcode::Stop => "Stop the unpickling machine.",
        Opcode::Pop => "Discard the top stack item, shrinking the stack by one item.",
        Opcode::PopMark => "Pop all the stack objects at and above the topmost markobject.",
        Opcode::Dup => "Push the top stack item onto the stack again, duplicating it.",
        Opcode::Binbytes | Opcode::ShortBinbytes | Opcode::Binbytes8 => "Push a Python bytes object.",
        Opcode::Float => "Newline-terminated decimal float literal.",
        Opcode::Binfloat => "Float stored in binary form, with 8 bytes of data.",
        Opcode::Int => "Push an integer or bool.",
        Opcode::Binint => "Push a four-byte signed integer.",
        Opcode::Binint1 => "Push a one-byte unsigned integer.",
        Opcode::Long => "Push a long integer.",
        Opcode::Binint2 => "Push a two-byte unsigned integer.",
        Opcode::None => "Push None on the stack.",
        Opcode::Persid | Opcode::Binpersid => "Push an object identified by a persistent ID.",
        Opcode::Reduce => "Push an object built from a callable and an argument tuple.",
        Opcode::String | Opcode::Binstring | Opcode::ShortBinstring => "Push a Python string object.",
        Opcode::Unicode | Opcode::Binunicode | Opcode::ShortBinunicode | Opcode::Binunicode8 => {
            "Push a Python Unicode string object."
        }
        Opcode::EmptyList => "Push an empty list.",
        Opcode::Append => "Append an object to a list.",
        Opcode::Build => "Finish building an object, via __setstate__ or dict update.",
        Opcode::Global | Opcode::StackGlobal => "Push a global object (module.attr) on the stack.",
        Opcode::Dict => "Build a dict out of the topmost stack slice, after markobject.",
        Opcode::Appends => "Extend a list by a slice of stack objects.",
        Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => "Read an object from the memo and push it on the stack.",
        Opcode::Inst | Opcode::Obj => "Build a class instance.",
        Opcode::List => "Build a list out of the topmost stack slice, after markobject.",
        Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
            "Store the stack top into the memo.  The stack is not popped."
        }
        Opcode::Setitem => "Add a key+value pair to an existing dict.",
        Opcode::Tuple => "Build a tuple out of the topmost stack slice, after markobject.",
        Opcode::Setitems => "Add an arbitrary number of key+value pairs to an existing dict.",
        Opcode::EmptyDict => "Push an empty dict.",
        Opcode::Proto => "Protocol version indicator.",
        Opcode::NewObj | Opcode::NewObjEx => "Build an object instance.",
        Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4 => "Extension code.",
        Opcode::Tuple1 => "Build a one-tuple out of the topmost item on the stack.",
        Opcode::Tuple2 => "Build a two-tuple out of the top two items on the stack.",
        Opcode::Tuple3 => "Build a three-tuple out of the top three items on the stack.",
        Opcode::Newtrue => "Push True onto the stack.",
        Opcode::Newfalse => "Push False onto the stack.",
        Opcode::Long1 => "Long integer using one-byte length.",
        Opcode::Long4 => "Long integer using four-byte length.",
        Opcode::EmptySet => "Push an empty set.",
        Opcode::Additems => "Add an arbitrary number of items to an existing set.",
        Opcode::Frozenset => "Build a frozenset out of the topmost slice, after markobject.",
        Opcode::Frame => "Indicate the beginning of a new frame.",
        Opcode::Bytearray8 => "Push a Python bytearray object.",
        Opcode::NextBuffer => "Push an out-of-band buffer object.",
        Opcode::ReadonlyBuffer => "Make an out-of-band buffer object read-only.",
    }
}
