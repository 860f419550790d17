//! The dialects.

use core::fmt;

/// A way to write instructions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Dialect {
    /// What clang and llvm-objdump write: `r0 = *(u64 *)(r1 + 8)`.
    #[default]
    Llvm,
    /// The normal dialect of GNU as: `ldxdw %r0,[%r1+8]`.
    Gnu,
    /// What uBPF and the BPF conformance suite write: `ldxdw %r0, [%r1+8]`, `call local f`.
    Ubpf,
    /// What the verifier's log and `bpftool prog dump xlated` write: `(79) r0 = *(u64 *)(r1 +8)`.
    Kernel,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Llvm, Self::Gnu, Self::Ubpf, Self::Kernel];

    /// The name, as an option of a command would say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Llvm => "llvm",
            Self::Gnu => "gnu",
            Self::Ubpf => "ubpf",
            Self::Kernel => "kernel",
        }
    }

    /// The dialect of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
