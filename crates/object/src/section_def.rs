//! What a program's section name means: one row for each form.

use alloc::sync::Arc;

use skep_uapi::{AttachType, ProgType};

/// A row of the section table.
#[derive(Clone, Copy, Debug)]
pub struct SectionDef {
    /// The pattern: `x+` is `x` or `x/…`, `x/` is a prefix, anything else is exact.
    pub pattern: &'static str,
    /// The type of the program.
    pub prog_type: ProgType,
    /// The attach type it is loaded with; none if the type has none.
    pub attach_type: Option<AttachType>,
    /// What else holds of it.
    pub flags: SectionFlags,
    /// How it is attached by its section alone.
    pub attach: Attach,
}

/// What holds of programs of a section, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SectionFlags(pub u8);

impl SectionFlags {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The attach type is sent only to kernels that know it.
    #[doc(alias = "SEC_EXP_ATTACH_OPT")]
    pub const ATTACH_TYPE_OPTIONAL: Self = Self(1);
    /// It can be attached by attach type.
    #[doc(alias = "SEC_ATTACHABLE")]
    pub const ATTACHABLE: Self = Self(2);
    /// It is attached to a BTF type of the kernel, named after the slash.
    #[doc(alias = "SEC_ATTACH_BTF")]
    pub const ATTACH_BTF: Self = Self(4);
    /// It may sleep.
    #[doc(alias = "SEC_SLEEPABLE")]
    pub const SLEEPABLE: Self = Self(8);
    /// It understands packets of several fragments.
    #[doc(alias = "SEC_XDP_FRAGS")]
    pub const XDP_FRAGS: Self = Self(16);

    /// Whether all of `other` hold.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How programs of a section are attached by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each names a hook")]
pub enum Attach {
    /// Nothing in the name says where, or this version does not attach it.
    Manual,
    Tracepoint,
    RawTracepoint,
    /// tp_btf, fentry, fexit, fmod_ret, LSM: by the BTF id it was loaded with.
    Trace,
    Kprobe {
        ret: bool,
    },
    KprobeMulti {
        ret: bool,
    },
    Ksyscall {
        ret: bool,
    },
    Uprobe {
        ret: bool,
    },
    UprobeMulti {
        ret: bool,
    },
    Usdt,
    Xdp,
    Tcx,
    Cgroup,
    SocketFilter,
    Iter,
    StructOps,
    Netfilter,
    PerfEvent,
    SkLookup,
    Netkit,
}

/// All rows; the first that matches holds.
pub const SECTIONS: &[SectionDef] = &[];

/// The name of a program's section, taken apart.
#[derive(Clone, Debug)]
pub struct SectionName {
    /// The whole name as it stands in the file, `?` included.
    pub full: Arc<str>,
    /// The row that matches; none if the name is not known.
    pub def: Option<&'static SectionDef>,
    /// What follows the pattern's slash; empty if nothing does.
    pub target: Arc<str>,
}
