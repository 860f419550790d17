//! What a check says.

use alloc::{string::String, sync::Arc, vec::Vec};
use core::fmt;

use crate::object::{
    SectionName, Site,
    uapi::{ProgType, Release},
};

/// What an object finds on one kernel.
#[derive(Clone, Debug)]
pub struct Report {
    /// The kernel's release, as far as it is known.
    pub release: Known,
    /// What concerns the object as a whole: maps that no program refers to, types that do not hold together.
    pub object: Vec<Finding>,
    /// All programs, in the order of the object.
    pub programs: Vec<ProgramReport>,
}

/// What one program finds on a kernel.
#[derive(Clone, Debug)]
pub struct ProgramReport {
    /// Its name.
    pub name: Arc<str>,
    /// Its section.
    pub section: SectionName,
    /// Its type.
    pub prog_type: ProgType,
    /// Whether it is loaded unless asked otherwise; `SEC("?…")` says no.
    pub autoload: bool,
    /// What it lacks there, or may lack.
    pub findings: Vec<Finding>,
}

/// Something that a kernel lacks, or of which it is not known whether it does.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The sort of the thing.
    pub subject: Subject,
    /// The stable code.
    pub code: &'static str,
    /// What is lacking: one line, the same for every kernel that lacks it.
    pub message: String,
    /// What to do about it, or what comes close.
    pub help: Option<String>,
    /// Whether the program can do without.
    pub state: State,
    /// How it is known.
    pub basis: Basis,
    /// The first place that asks for it.
    pub site: Site,
    /// How many instructions ask for it; 0 if no instruction does.
    pub uses: u32,
}

/// The sort of something that a kernel may lack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Subject {
    /// The type of a program, or a flag that it is loaded with.
    Program,
    /// The place that it is attached to, by number.
    Attach,
    /// The function, tracepoint or hook that it is attached to, by name.
    Target,
    /// A kind of map.
    Map,
    /// A flag of a map.
    MapFlag,
    /// A helper.
    Helper,
    /// A function of the kernel, called by its type.
    Kfunc,
    /// A variable or symbol of the kernel.
    Ksym,
    /// An option of the kernel's configuration.
    Kconfig,
    /// A type, field or value that CO-RE asks for.
    Type,
    /// An instruction.
    Instruction,
    /// Something else that kernels differ in.
    Feature,
    /// The object itself: it would fail on any kernel.
    Object,
}

/// Whether a program can do without something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// It cannot.
    Missing,
    /// Whether the kernel has it cannot be told from what is known of the kernel.
    Unknown,
    /// It can: no instruction that needs it is reached on this kernel. The program looks first, as with
    /// `bpf_core_field_exists` or by comparing `LINUX_KERNEL_VERSION`.
    Guarded,
    /// It can: the object declares it weak.
    Weak,
}

/// How a fact about a kernel is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// By its types.
    Btf,
    /// By its symbols.
    Symbols,
    /// By its configuration.
    Config,
    /// By its release: the thing came with this one. Kernels of distributions may have it earlier.
    Release(Release),
    /// By the object alone.
    Object,
}

/// What is known of a kernel's release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// It was given: major, minor and patch.
    Exactly(u8, u8, u8),
    /// It was not, but the numbers in its types came with this release, and those of the next one are not there.
    Between {
        /// The release that brought the newest number there is.
        from: Release,
        /// The release that brought the first number that is not there.
        before: Option<Release>,
    },
    /// It was not given, and its types say nothing.
    Nothing,
}

/// What becomes of a program on a kernel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Nothing is lacking.
    Fits,
    /// Something is lacking that it can do without.
    Without,
    /// It cannot be told.
    Unknown,
    /// Something is lacking.
    Missing,
}

impl ProgramReport {
    /// What becomes of it.
    pub fn verdict(&self) -> Verdict {
        let of = |finding: &Finding| match finding.state {
            State::Missing => Verdict::Missing,
            State::Unknown => Verdict::Unknown,
            State::Guarded | State::Weak => Verdict::Without,
        };
        self.findings.iter().map(of).max().unwrap_or(Verdict::Fits)
    }
}

impl Report {
    /// What becomes of the object: the worst verdict on a program that is loaded by default, or on the whole.
    pub fn verdict(&self) -> Verdict {
        let whole = self.object.iter().any(|finding| finding.state == State::Missing);
        let programs = self.programs.iter().filter(|p| p.autoload).map(ProgramReport::verdict);
        programs.chain(whole.then_some(Verdict::Missing)).max().unwrap_or(Verdict::Fits)
    }
}

impl Verdict {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fits => "ok",
            Self::Without => "partial",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
        }
    }
}

impl State {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Guarded => "guarded",
            Self::Weak => "weak",
        }
    }
}

impl Subject {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Program => "program_type",
            Self::Attach => "attach_type",
            Self::Target => "attach_target",
            Self::Map => "map_type",
            Self::MapFlag => "map_flag",
            Self::Helper => "helper",
            Self::Kfunc => "kfunc",
            Self::Ksym => "ksym",
            Self::Kconfig => "kconfig",
            Self::Type => "type",
            Self::Instruction => "instruction",
            Self::Feature => "feature",
            Self::Object => "object",
        }
    }
}

impl Basis {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Btf => "btf",
            Self::Symbols => "symbols",
            Self::Config => "config",
            Self::Release(_) => "release",
            Self::Object => "object",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Btf => f.write_str("by BTF"),
            Self::Symbols => f.write_str("by symbols"),
            Self::Config => f.write_str("by configuration"),
            Self::Release(since) => write!(f, "by release: since {since}"),
            Self::Object => f.write_str("by the object"),
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(major, minor, 0) => write!(f, "{major}.{minor}"),
            Self::Exactly(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
            Self::Between { from, before: Some(before) } => write!(f, "{from} or later, before {before}"),
            Self::Between { from, before: None } => write!(f, "{from} or later"),
            Self::Nothing => f.write_str("unknown"),
        }
    }
}
