//! What a program's section name means: one row for each form.

use alloc::sync::Arc;

use skep_uapi::{AttachType, ProgType};

use crate::{SECTIONS, nearest};

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

impl SectionDef {
    /// The pattern without its mark: `kprobe` of `kprobe+`.
    pub fn stem(&self) -> &'static str {
        self.pattern.trim_end_matches(['+', '/'])
    }

    /// Whether the pattern matches a name, `?` not included.
    pub fn matches(&self, name: &str) -> bool {
        match self.pattern.as_bytes().last() {
            Some(b'+') => name.strip_prefix(self.stem()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Some(b'/') => name.starts_with(self.pattern),
            _ => name == self.pattern,
        }
    }
}

impl SectionName {
    /// Takes a section's name apart. A leading `?` is not part of what is matched.
    #[doc(alias = "libbpf_prog_type_by_name")]
    pub fn parse(full: &str) -> Self {
        Self::of(full.into())
    }

    pub(crate) fn of(full: Arc<str>) -> Self {
        let name = full.strip_prefix('?').unwrap_or(&full);
        let def = SECTIONS.iter().find(|def| def.matches(name));
        let target = match def {
            Some(def) => name.get(def.stem().len() + 1..).unwrap_or_default(),
            None => name.split_once('/').map_or("", |(_, target)| target),
        };
        let target = target.into();
        Self { full, def, target }
    }

    /// Whether the name begins with `?`: programs of the section are not loaded unless asked for.
    pub fn is_optional(&self) -> bool {
        self.full.starts_with('?')
    }
}

/// The form of a section's name that comes closest to one that no row matches: `tracepoint/sched/sched_switch` gives
/// `tracepoint` for `tracepiont/…`. None if nothing comes close.
pub fn suggest(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix('?').unwrap_or(name);
    let head = name.split('/').next().unwrap_or(name);
    let stems = || SECTIONS.iter().map(SectionDef::stem);
    // `xdp/foo`: the head is right, but takes nothing after it.
    let exact = stems().find(|stem| *stem == head && *stem != name);
    nearest(name, stems().filter(|stem| stem.contains('/'))).or(exact).or_else(|| nearest(head, stems()))
}
