//! Types that are known without being declared.

/// Names of types, and what they are.
const KNOWN: &[(&str, &str)] = &[
    ("__be16", "typedef __u16 __be16;"),
    ("__be32", "typedef __u32 __be32;"),
    ("__be64", "typedef __u64 __be64;"),
    ("__le16", "typedef __u16 __le16;"),
    ("__le32", "typedef __u32 __le32;"),
    ("__le64", "typedef __u64 __le64;"),
    ("__s16", "typedef short __s16;"),
    ("__s32", "typedef int __s32;"),
    ("__s64", "typedef long long __s64;"),
    ("__s8", "typedef signed char __s8;"),
    ("__sum16", "typedef __u16 __sum16;"),
    ("__u16", "typedef unsigned short __u16;"),
    ("__u32", "typedef unsigned int __u32;"),
    ("__u64", "typedef unsigned long long __u64;"),
    ("__u8", "typedef unsigned char __u8;"),
    ("__wsum", "typedef __u32 __wsum;"),
    ("bool", "typedef _Bool bool;"),
    ("int16_t", "typedef short int16_t;"),
    ("int32_t", "typedef int int32_t;"),
    ("int64_t", "typedef long int64_t;"),
    ("int8_t", "typedef signed char int8_t;"),
    ("pid_t", "typedef int pid_t;"),
    ("s16", "typedef __s16 s16;"),
    ("s32", "typedef __s32 s32;"),
    ("s64", "typedef __s64 s64;"),
    ("s8", "typedef __s8 s8;"),
    ("size_t", "typedef unsigned long size_t;"),
    ("u16", "typedef __u16 u16;"),
    ("u32", "typedef __u32 u32;"),
    ("u64", "typedef __u64 u64;"),
    ("u8", "typedef __u8 u8;"),
    ("uint16_t", "typedef unsigned short uint16_t;"),
    ("uint32_t", "typedef unsigned int uint32_t;"),
    ("uint64_t", "typedef unsigned long uint64_t;"),
    ("uint8_t", "typedef unsigned char uint8_t;"),
    ("uintptr_t", "typedef unsigned long uintptr_t;"),
];

/// Whether a name is that of a type that need not be declared.
pub(super) fn is_known(name: &str) -> bool {
    declaration(name).is_some()
}

/// What a name stands for.
pub(super) fn declaration(name: &str) -> Option<&'static str> {
    KNOWN.binary_search_by(|(known, _)| (*known).cmp(name)).ok().and_then(|at| Some(KNOWN.get(at)?.1))
}

/// All of them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_in_order() {
        assert!(super::KNOWN.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
