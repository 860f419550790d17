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

names! {
    /// What a CO-RE record asks of the running kernel's types (`enum bpf_core_relo_kind`). The releases are those whose
    /// kernel knows the number itself; a loader that answers the records needs none of them.
    #[doc(alias = "bpf_core_relo_kind")]
    pub struct CoreKind(u32) {
        FIELD_BYTE_OFFSET = 0, "field_byte_offset", "BPF_CORE_FIELD_BYTE_OFFSET", (5, 17);
        FIELD_BYTE_SIZE = 1, "field_byte_size", "BPF_CORE_FIELD_BYTE_SIZE", (5, 17);
        FIELD_EXISTS = 2, "field_exists", "BPF_CORE_FIELD_EXISTS", (5, 17);
        FIELD_SIGNED = 3, "field_signed", "BPF_CORE_FIELD_SIGNED", (5, 17);
        FIELD_LSHIFT_U64 = 4, "field_lshift_u64", "BPF_CORE_FIELD_LSHIFT_U64", (5, 17);
        FIELD_RSHIFT_U64 = 5, "field_rshift_u64", "BPF_CORE_FIELD_RSHIFT_U64", (5, 17);
        TYPE_ID_LOCAL = 6, "type_id_local", "BPF_CORE_TYPE_ID_LOCAL", (5, 17);
        TYPE_ID_TARGET = 7, "type_id_target", "BPF_CORE_TYPE_ID_TARGET", (5, 17);
        TYPE_EXISTS = 8, "type_exists", "BPF_CORE_TYPE_EXISTS", (5, 17);
        TYPE_SIZE = 9, "type_size", "BPF_CORE_TYPE_SIZE", (5, 17);
        ENUMVAL_EXISTS = 10, "enumval_exists", "BPF_CORE_ENUMVAL_EXISTS", (5, 17);
        ENUMVAL_VALUE = 11, "enumval_value", "BPF_CORE_ENUMVAL_VALUE", (5, 17);
        TYPE_MATCHES = 12, "type_matches", "BPF_CORE_TYPE_MATCHES", (6, 0);
    }
}

impl CoreKind {
    /// Whether it asks about a field: its place, size, sign, shifts or existence.
    pub const fn is_field(self) -> bool {
        self.0 <= Self::FIELD_RSHIFT_U64.0
    }

    /// Whether it asks about a type as a whole.
    pub const fn is_type(self) -> bool {
        self.0 >= Self::TYPE_ID_LOCAL.0 && self.0 <= Self::TYPE_SIZE.0 || self.0 == Self::TYPE_MATCHES.0
    }

    /// Whether it asks about one value of an enum.
    pub const fn is_enum_value(self) -> bool {
        self.0 == Self::ENUMVAL_EXISTS.0 || self.0 == Self::ENUMVAL_VALUE.0
    }
}
