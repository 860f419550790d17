//! Errors of relocation as findings, and the errors of what only a check asks for.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
};
use core::fmt;

use super::{Basis, State, Subject};
use crate::{
    Kind,
    object::{
        Diagnostic,
        btf::{
            Endian,
            core::{ErrorKind, Side},
        },
        isa::table::{Row, Version},
        isa::text::Dialect,
        uapi::{AttachType, Helper, MapType, ProgType},
    },
};

/// Something that a kernel does not have and that relocation does not ask for.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// A type of programs; with the option that it was built without, if that is why.
    Program(ProgType, Option<&'static str>),
    /// What the programs of a section need.
    Section(&'static str),
    /// A place to attach to.
    Attach(AttachType, Option<&'static str>),
    /// The same, where skep has another way.
    Replaced(AttachType),
    /// Something to attach to by name.
    Target(&'static str, String, Option<String>),
    /// A kind of map.
    Map(MapType, Option<&'static str>),
    /// A flag of a map.
    MapFlag(&'static str),
    /// A helper.
    Helper(Helper),
    /// An instruction.
    Instruction(&'static Row),
    /// Configuration that is not known.
    Option(String),
    /// Symbols that are not known.
    Symbol(String),
    /// A member of a type that can be read in no way on this kernel.
    Width(String),
    /// A weak extern.
    Weak(&'static str, String),
    /// Programs in the order of bytes that the object is in.
    ByteOrder(Endian),
}

impl Problem {
    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::Program(..) | Self::Section(_) => Subject::Program,
            Self::Attach(..) | Self::Replaced(_) => Subject::Attach,
            Self::Target(..) => Subject::Target,
            Self::Map(..) => Subject::Map,
            Self::MapFlag(_) => Subject::MapFlag,
            Self::Helper(_) => Subject::Helper,
            Self::Instruction(_) => Subject::Instruction,
            Self::Option(_) | Self::Weak("configuration option", _) => Subject::Kconfig,
            Self::Weak("kernel function", _) => Subject::Kfunc,
            Self::Symbol(_) | Self::Weak(..) => Subject::Ksym,
            Self::Width(_) => Subject::Type,
            Self::ByteOrder(_) => Subject::Object,
        }
    }
}

impl Diagnostic for Problem {
    fn code(&self) -> &'static str {
        match self {
            Self::Program(..) => "kernel-no-program-type",
            Self::Section(_) => "kernel-no-section",
            Self::Attach(..) | Self::Replaced(_) => "kernel-no-attach-type",
            Self::Target(..) => "attach-target-absent",
            Self::Map(..) => "kernel-no-map-type",
            Self::MapFlag(_) => "kernel-no-map-flag",
            Self::Helper(_) => "kernel-no-helper",
            Self::Instruction(_) => "kernel-no-instruction",
            Self::Option(_) | Self::Symbol(_) => "target-unavailable",
            Self::Width(_) => "core-field-width",
            Self::Weak(..) => "extern-absent",
            Self::ByteOrder(_) => "kernel-byte-order",
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Helper(helper) => Some(
                format!(
                    "call it only where `bpf_core_enum_value_exists(enum bpf_func_id, {})` holds",
                    helper.row().map_or("…", |row| row.uapi)
                )
                .into(),
            ),
            Self::Instruction(row) => match row.version {
                Version::V4 => Some("compile it with `-mcpu=v3`".into()),
                Version::V3 => Some("compile it with `-mcpu=v2`".into()),
                Version::V2 => Some("compile it with `-mcpu=v1`".into()),
                Version::V1 | Version::Beyond => None,
            },
            Self::Target(_, _, nearest) => nearest.as_ref().map(|name| format!("did you mean `{name}`?").into()),
            Self::ByteOrder(order) => {
                let target = if *order == Endian::Big { "bpfel" } else { "bpfeb" };
                Some(format!("compile it with `-target {target}` for this kernel").into())
            }
            Self::Option(name) if !name.starts_with("CONFIG_") => {
                Some("give the kernel's `release` beside its BTF".into())
            }
            Self::Option(_) => Some("give the kernel's `config` beside its BTF".into()),
            Self::Symbol(_) => Some("give the kernel's `System.map` beside its BTF".into()),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    /// What it is that the kernel does not have.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(ty, _) => write!(f, "programs of type `{ty}`"),
            Self::Section(what) => write!(f, "`{what}` programs"),
            Self::Attach(ty, _) | Self::Replaced(ty) => write!(f, "attach type `{ty}`"),
            Self::Target(what, name, _) => write!(f, "{what} `{name}` to attach to"),
            Self::Map(ty, _) => write!(f, "maps of type `{ty}`"),
            Self::MapFlag(flag) => write!(f, "map flag `{flag}`"),
            Self::Helper(helper) => write!(f, "helper `{helper}`"),
            Self::Instruction(row) => write!(f, "instruction `{}`", plain(row.syntax.of(Dialect::Llvm))),
            Self::Option(name) => write!(f, "configuration option `{name}`"),
            Self::Symbol(name) => write!(f, "symbol `{name}`"),
            Self::Width(what) => f.write_str(what),
            Self::Weak(what, name) => write!(f, "{what} `{name}`"),
            Self::ByteOrder(Endian::Big) => f.write_str("programs that are big-endian, as this object is"),
            Self::ByteOrder(Endian::Little) => f.write_str("programs that are little-endian, as this object is"),
        }
    }
}

impl Problem {
    /// The same as a sentence.
    pub(super) fn sentence(&self, state: State) -> String {
        let without = match self {
            Self::Program(_, Some(option)) | Self::Attach(_, Some(option)) | Self::Map(_, Some(option)) => {
                format!(": it was built without {option}")
            }
            _ => String::new(),
        };
        let is_open = state == State::Unknown || matches!(self, Self::Option(_) | Self::Symbol(_));
        match self {
            Self::Width(what) => what.clone(),
            Self::Replaced(_) if state != State::Unknown => {
                format!("this kernel has no {self}: skep attaches it as a filter of traffic control")
            }
            _ if is_open => format!("it is not known whether this kernel has {self}"),
            _ => format!("this kernel has no {self}{without}"),
        }
    }
}

/// An instruction's syntax without the braces around its operands.
fn plain(syntax: &str) -> String {
    syntax.chars().filter(|c| !matches!(c, '{' | '}')).collect()
}

/// What an error of relocation is about, and whether it is the kernel's.
pub(super) fn classify(kind: &Kind) -> (Subject, State, Basis) {
    use State::{Missing, Unknown};
    match kind {
        Kind::Unavailable(_) => (Subject::Feature, Unknown, Basis::Object),
        Kind::Unsupported { .. } => (Subject::Object, Unknown, Basis::Object),
        Kind::AttachTargetAbsent { .. } | Kind::NoSuchModule { .. } => (Subject::Target, Missing, Basis::Btf),
        Kind::ExternAbsent { what: "kernel function", .. } | Kind::ExternType { what: "kernel function", .. } => {
            (Subject::Kfunc, Missing, Basis::Btf)
        }
        Kind::ExternAbsent { what: "configuration option", .. } | Kind::KconfigValue { .. } => {
            (Subject::Kconfig, Missing, Basis::Config)
        }
        Kind::ExternAbsent { what: "symbol", .. } | Kind::KsymAmbiguous { .. } => {
            (Subject::Ksym, Missing, Basis::Symbols)
        }
        Kind::ExternAbsent { .. } | Kind::ExternType { .. } => (Subject::Ksym, Missing, Basis::Btf),
        Kind::Feature(feature) => (Subject::Feature, Missing, Basis::Release(feature.since())),
        Kind::Core(error) => match &error.kind {
            ErrorKind::Ambiguous { .. } | ErrorKind::NoTarget | ErrorKind::Btf { side: Side::Target, .. } => {
                (Subject::Type, Missing, Basis::Btf)
            }
            _ => (Subject::Object, Missing, Basis::Object),
        },
        Kind::CorePatch { .. } => (Subject::Type, Missing, Basis::Btf),
        _ => (Subject::Object, Missing, Basis::Object),
    }
}

/// An error's help.
pub(super) fn help_of(error: &dyn Diagnostic) -> Option<String> {
    error.help().map(|help| help.to_string())
}
