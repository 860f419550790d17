//! Positions and offsets, each with its own type, because off-by-eight is this field's off-by-one.

use core::fmt;

macro_rules! index {
    ($($(#[$meta:meta])* $T:ident),* $(,)?) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $T(pub u32);

        impl $T {
            /// The position as an index into a slice.
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $T {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}

index! {
    /// A position in a stream, in 8-byte slots (not in logical instructions).
    InsnIdx,
    /// An offset in bytes.
    ByteOff,
    /// A position in an object's table of maps.
    MapIdx,
    /// A position in an object's table of functions.
    FuncIdx,
    /// A position in an object's table of externs.
    ExternIdx,
}

impl InsnIdx {
    /// The offset in bytes of this slot.
    pub const fn byte_off(self) -> ByteOff {
        ByteOff(self.0 * Raw::SIZE as u32)
    }
}

use crate::Raw;
