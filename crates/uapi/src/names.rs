//! The shape of a table of named kernel numbers.

use crate::Release;

/// One row: a number, its name and the release that introduced it.
#[derive(Clone, Copy, Debug)]
pub struct Row<T> {
    /// The number.
    pub value: T,
    /// The short name, lower case, as tools print it (`lru_hash`).
    pub name: &'static str,
    /// The name in the kernel's headers (`BPF_MAP_TYPE_LRU_HASH`).
    pub uapi: &'static str,
    /// The first release that has it.
    pub since: Release,
}

/// Declares an open newtype over a kernel number, with a constant, a doc alias and a table row for each known value.
///
/// `names! { /// Docs. pub struct T(u32) { A = 1, "a", "BPF_A", (5, 10); } }` expands to the struct, `T::A`, `T::ROWS`
/// (in the order written), `T::row`, `T::name`, `T::since` and `T::from_name`.
macro_rules! names {
    (
        $(#[$meta:meta])*
        pub struct $T:ident($repr:ty) {
            $( $(#[$row_meta:meta])* $C:ident = $value:literal, $name:literal, $uapi:literal, ($major:literal, $minor:literal); )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $T(pub $repr);

        impl $T {
            $(
                $(#[$row_meta])*
                #[doc = concat!("`", $uapi, "`, since Linux ", stringify!($major), ".", stringify!($minor), ".")]
                #[doc(alias = $uapi)]
                pub const $C: Self = Self($value);
            )*

            /// All known values, in numeric order.
            pub const ROWS: &'static [$crate::Row<Self>] = &[
                $( $crate::Row { value: Self($value), name: $name, uapi: $uapi, since: $crate::Release::new($major, $minor) }, )*
            ];

            /// The row of this value, if it is known.
            pub fn row(self) -> Option<&'static $crate::Row<Self>> {
                // Most tables begin at 0 and have no gaps.
                let direct = Self::ROWS.get(self.0 as usize).filter(|row| row.value == self);
                direct.or_else(|| Self::ROWS.iter().find(|row| row.value == self))
            }

            /// The short name, if the value is known.
            pub fn name(self) -> Option<&'static str> {
                self.row().map(|row| row.name)
            }

            /// The first release that has this value, if it is known.
            pub fn since(self) -> Option<$crate::Release> {
                self.row().map(|row| row.since)
            }

            /// The value with this short or UAPI name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ROWS.iter().find(|row| row.name == name || row.uapi == name).map(|row| row.value)
            }
        }

        impl core::fmt::Display for $T {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }

        impl core::fmt::Debug for $T {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}({})", stringify!($T), self)
            }
        }
    };
}

/// Gives a `names!` type over `u32` the operations of a set of bits.
macro_rules! bits {
    ($T:ident) => {
        impl $T {
            /// Whether all bits of `other` are set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The bits set in either.
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The bits that are not set in `other`.
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }
        }
    };
}
