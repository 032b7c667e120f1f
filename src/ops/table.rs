//! The one table of opcodes: code, name, protocol, argument, stack effect, class and what it does.
//! The decoder, the listing, the tooltips and the tests all derive from it.
//! Source: PEP 307, 574 and 3154; CPython `Lib/pickletools.py` for names and effects, `Modules/_pickle.c` for behaviour.

use super::{ArgKind, Class, Slot};

macro_rules! opcodes {
    ($($code:literal $name:ident $text:literal $proto:literal $arg:ident $class:ident [$($before:ident)*] [$($after:ident)*] $doc:literal;)*) => {
        /// One of the 68 opcodes of protocols 0 to 5.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode { $(#[doc = $doc] $name = $code,)* }

        impl Opcode {
            /// All of them, by code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The opcode that a byte stands for.
            pub const fn from_byte(b: u8) -> Option<Self> {
                match b { $($code => Some(Self::$name),)* _ => None }
            }

            /// Its row of the table.
            pub const fn info(self) -> &'static OpInfo {
                match self { $(Self::$name => &OpInfo {
                    code: $code, name: $text, protocol: $proto, arg: ArgKind::$arg, class: Class::$class,
                    before: &[$(Slot::$before,)*], after: &[$(Slot::$after,)*], doc: $doc,
                },)* }
            }
        }
    };
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// Its byte.
    pub code: u8,
    /// Its name, as `pickletools` spells it.
    pub name: &'static str,
    /// The first protocol that has it.
    pub protocol: u8,
    /// What follows the byte.
    pub arg: ArgKind,
    /// The family that it is drawn in.
    pub class: Class,
    /// What it takes from the stack, bottom first.
    pub before: &'static [Slot],
    /// What it leaves there.
    pub after: &'static [Slot],
    /// What it does, in a sentence.
    pub doc: &'static str,
}

opcodes! {
    0x28 Mark "MARK" 0 None Structure [] [Mark] "Pushes a mark: the barrier that the item-taking opcodes look for.";
    0x29 EmptyTuple "EMPTY_TUPLE" 1 None Container [] [Tuple] "The empty tuple.";
    0x2e Stop "STOP" 0 None Structure [Any] [] "Ends the pickle; the value on top of the stack is the result.";
    0x30 Pop "POP" 0 None Structure [Any] [] "Drops the top of the stack, or the topmost mark when nothing lies above it.";
    0x31 PopMark "POP_MARK" 1 None Structure [Mark Slice] [] "Drops everything down to the topmost mark, and the mark.";
    0x32 Dup "DUP" 0 None Structure [Any] [Any Any] "Pushes the top of the stack once more.";
    0x42 Binbytes "BINBYTES" 3 Bytes4 Bytes [] [Bytes] "Bytes with a 4-byte length.";
    0x43 ShortBinbytes "SHORT_BINBYTES" 3 Bytes1 Bytes [] [Bytes] "Bytes, up to 255 of them.";
    0x46 Float "FLOAT" 0 FloatNl Number [] [Float] "A float as text.";
    0x47 Binfloat "BINFLOAT" 1 Float8 Number [] [Float] "A float as 8 bytes, big-endian.";
    0x49 Int "INT" 0 DecimalNlShort Number [] [Int] "An integer as text; 00 and 01 are False and True.";
    0x4a Binint "BININT" 1 Int4 Number [] [Int] "A signed integer in 4 bytes, little-endian.";
    0x4b Binint1 "BININT1" 1 Uint1 Number [] [Int] "An integer from 0 to 255 in one byte.";
    0x4c Long "LONG" 0 DecimalNlLong Number [] [Int] "An integer of any size as text, with a trailing L.";
    0x4d Binint2 "BININT2" 1 Uint2 Number [] [Int] "An integer from 0 to 65,535 in two bytes, little-endian.";
    0x4e None "NONE" 0 None Number [] [None] "None.";
    0x50 Persid "PERSID" 0 StringNlNoEscape Global [] [Any] "A reference to something outside the pickle, by a line of text.";
    0x51 Binpersid "BINPERSID" 1 None Global [Any] [Any] "A reference to something outside the pickle, by the value on top.";
    0x52 Reduce "REDUCE" 0 None Call [Any Any] [Any] "Calls what lies beneath with the tuple of arguments on top.";
    0x53 String "STRING" 0 StringNl Text [] [Str] "A Python 2 string as quoted, escaped text.";
    0x54 Binstring "BINSTRING" 1 String4 Text [] [Str] "A Python 2 string with a 4-byte length.";
    0x55 ShortBinstring "SHORT_BINSTRING" 1 String1 Text [] [Str] "A Python 2 string of up to 255 bytes.";
    0x56 Unicode "UNICODE" 0 UnicodeNl Text [] [Unicode] "Text as a line, with \\uXXXX escapes.";
    0x58 Binunicode "BINUNICODE" 1 Unicode4 Text [] [Unicode] "Text in UTF-8 with a 4-byte length.";
    0x5d EmptyList "EMPTY_LIST" 1 None Container [] [List] "A new, empty list.";
    0x61 Append "APPEND" 0 None Container [List Any] [List] "Appends the top of the stack to the list beneath it.";
    0x62 Build "BUILD" 0 None Call [Any Any] [Any] "Gives the object beneath its state: __setstate__, or attributes.";
    0x63 Global "GLOBAL" 0 StringNlPair Global [] [Any] "Names a module and something in it; a loader imports it here.";
    0x64 Dict "DICT" 0 None Container [Mark Slice] [Dict] "A dict of the keys and values above the topmost mark.";
    0x65 Appends "APPENDS" 1 None Container [List Mark Slice] [List] "Appends everything above the topmost mark to the list beneath the mark.";
    0x67 Get "GET" 0 DecimalNlShort Memo [] [Any] "Pushes the value that the memo holds under a number written as text.";
    0x68 BinGet "BINGET" 1 Uint1 Memo [] [Any] "Pushes the value that the memo holds under a one-byte number.";
    0x69 Inst "INST" 0 StringNlPair Call [Mark Slice] [Any] "Makes an instance of the named class with the arguments above the topmost mark.";
    0x6a LongBinGet "LONG_BINGET" 1 Uint4 Memo [] [Any] "Pushes the value that the memo holds under a 4-byte number.";
    0x6c List "LIST" 0 None Container [Mark Slice] [List] "A list of everything above the topmost mark.";
    0x6f Obj "OBJ" 1 None Call [Mark Any Slice] [Any] "Makes an instance: the class and its arguments lie above the topmost mark.";
    0x70 Put "PUT" 0 DecimalNlShort Memo [] [] "Stores the top of the stack in the memo under a number written as text.";
    0x71 BinPut "BINPUT" 1 Uint1 Memo [] [] "Stores the top of the stack in the memo under a one-byte number.";
    0x72 LongBinPut "LONG_BINPUT" 1 Uint4 Memo [] [] "Stores the top of the stack in the memo under a 4-byte number.";
    0x73 Setitem "SETITEM" 0 None Container [Dict Any Any] [Dict] "Sets one key of the dict beneath the key and the value.";
    0x74 Tuple "TUPLE" 0 None Container [Mark Slice] [Tuple] "A tuple of everything above the topmost mark.";
    0x75 Setitems "SETITEMS" 1 None Container [Dict Mark Slice] [Dict] "Sets the keys and values above the topmost mark in the dict beneath it.";
    0x7d EmptyDict "EMPTY_DICT" 1 None Container [] [Dict] "A new, empty dict.";
    0x80 Proto "PROTO" 2 Uint1 Structure [] [] "Says the protocol that the pickle uses.";
    0x81 NewObj "NEWOBJ" 2 None Call [Any Any] [Any] "Makes an object: cls.__new__(cls, *args).";
    0x82 Ext1 "EXT1" 2 Uint1 Global [] [Any] "Something registered with copyreg under a one-byte code.";
    0x83 Ext2 "EXT2" 2 Uint2 Global [] [Any] "Something registered with copyreg under a two-byte code.";
    0x84 Ext4 "EXT4" 2 Int4 Global [] [Any] "Something registered with copyreg under a 4-byte code.";
    0x85 Tuple1 "TUPLE1" 2 None Container [Any] [Tuple] "A tuple of the top item.";
    0x86 Tuple2 "TUPLE2" 2 None Container [Any Any] [Tuple] "A tuple of the two top items.";
    0x87 Tuple3 "TUPLE3" 2 None Container [Any Any Any] [Tuple] "A tuple of the three top items.";
    0x88 Newtrue "NEWTRUE" 2 None Number [] [Bool] "True.";
    0x89 Newfalse "NEWFALSE" 2 None Number [] [Bool] "False.";
    0x8a Long1 "LONG1" 2 Long1 Number [] [Int] "An integer of up to 255 bytes, two's complement, little-endian.";
    0x8b Long4 "LONG4" 2 Long4 Number [] [Int] "An integer of up to 2,147,483,647 bytes, two's complement, little-endian.";
    0x8c ShortBinunicode "SHORT_BINUNICODE" 4 Unicode1 Text [] [Unicode] "Text in UTF-8, up to 255 bytes.";
    0x8d Binunicode8 "BINUNICODE8" 4 Unicode8 Text [] [Unicode] "Text in UTF-8 with an 8-byte length.";
    0x8e Binbytes8 "BINBYTES8" 4 Bytes8 Bytes [] [Bytes] "Bytes with an 8-byte length.";
    0x8f EmptySet "EMPTY_SET" 4 None Container [] [Set] "A new, empty set.";
    0x90 Additems "ADDITEMS" 4 None Container [Set Mark Slice] [Set] "Adds everything above the topmost mark to the set beneath it.";
    0x91 Frozenset "FROZENSET" 4 None Container [Mark Slice] [FrozenSet] "A frozenset of everything above the topmost mark.";
    0x92 NewObjEx "NEWOBJ_EX" 4 None Call [Any Any Any] [Any] "Makes an object: cls.__new__(cls, *args, **kwargs).";
    0x93 StackGlobal "STACK_GLOBAL" 4 None Global [Str Str] [Any] "Takes a name and a module from the stack; a loader imports what they name.";
    0x94 Memoize "MEMOIZE" 4 None Memo [Any] [Any] "Stores the top of the stack in the memo under the next free number.";
    0x95 Frame "FRAME" 4 Uint8 Structure [] [] "Says how many bytes the next frame holds, so that readers fetch them at once (PEP 3154).";
    0x96 Bytearray8 "BYTEARRAY8" 5 ByteArray8 Bytes [] [ByteArray] "A bytearray with an 8-byte length.";
    0x97 NextBuffer "NEXT_BUFFER" 5 None Bytes [] [Buffer] "The next out-of-band buffer that the loader was given (PEP 574).";
    0x98 ReadonlyBuffer "READONLY_BUFFER" 5 None Bytes [Buffer] [Buffer] "Makes the out-of-band buffer on top of the stack read-only.";
}

impl Opcode {
    /// Its name, as `pickletools` spells it.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The family that it is drawn in.
    pub const fn class(self) -> Class {
        self.info().class
    }
}
