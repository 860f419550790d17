//! Numbers of the BPF Type Format that other tables refer to.

/// A BTF type id: the position of a type in its BTF, counting the types of the base first. 0 is `void`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TypeId(pub u32);

impl TypeId {
    /// The type that is not there.
    pub const VOID: Self = Self(0);
}

/// An offset in bytes into a BTF string section, the strings of the base first. 0 is the empty string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StrOff(pub u32);
