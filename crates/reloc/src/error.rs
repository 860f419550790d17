//! What can go wrong between an object and a kernel.

use alloc::{borrow::Cow, boxed::Box, format, string::String, sync::Arc};
use core::fmt;

use skep_linker::object::{self, Diagnostic, Located, btf, isa, uapi::Feature};

use crate::{TagFault, Unavailable};

/// An error of relocation.
pub type Error = Located<Kind>;

/// The kinds of errors of relocation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The target lacks a fact that is needed.
    Unavailable(Unavailable),
    /// No program has a name that was asked for.
    NoSuchProgram {
        /// The name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The section's name says no type of program.
    UnknownSection {
        /// The name.
        section: Arc<str>,
        /// The nearest one that does.
        nearest: Option<String>,
    },
    /// The section's name ends where it should say what to attach to.
    NoAttachTarget {
        /// The name.
        section: Arc<str>,
    },
    /// The kernel has nothing with the name to attach to.
    AttachTargetAbsent {
        /// What was looked for, such as `function`.
        what: &'static str,
        /// The name.
        name: String,
        /// The module that was named.
        module: Option<String>,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The kernel has no such module, or it has no types.
    NoSuchModule {
        /// The name.
        module: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The kernel does not have what the object takes from it.
    ExternAbsent {
        /// What it is, such as `kernel function`.
        what: &'static str,
        /// Its name.
        name: Arc<str>,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The kernel has it, with another type.
    ExternType {
        /// What it is, such as `kernel function`.
        what: &'static str,
        /// Its name.
        name: Arc<str>,
        /// The module that has it; none for the kernel proper.
        module: Option<Arc<str>>,
        /// Its type there, and in the object.
        types: Box<[String; 2]>,
    },
    /// Several symbols of the kernel have the name.
    KsymAmbiguous {
        /// The name.
        name: Arc<str>,
        /// Two of their addresses.
        addresses: [u64; 2],
    },
    /// The value of a configuration option does not suit the variable that takes it.
    KconfigValue {
        /// The option.
        name: Arc<str>,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No map has a name that was asked for.
    NoSuchMap {
        /// The name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A struct_ops variable has no member that was asked for.
    NoSuchMember {
        /// The variable.
        map: String,
        /// The member.
        member: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A member of a struct_ops variable cannot hold what it was to hold.
    MemberValue {
        /// The variable.
        map: String,
        /// The member.
        member: String,
        /// What is wrong.
        why: String,
    },
    /// The kernel has no table of functions of this name.
    NoStructOps {
        /// The struct.
        name: Arc<str>,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A member of a table of functions cannot be what it is on this kernel.
    StructOps {
        /// The struct.
        name: Arc<str>,
        /// The member.
        member: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A CO-RE record cannot be answered.
    Core(btf::core::Error),
    /// A CO-RE record does not suit its instruction.
    CorePatch {
        /// What is wrong.
        why: &'static str,
        /// The number found or computed.
        found: u64,
        /// The number expected, or the limit.
        expected: u64,
    },
    /// An instruction refers to something that it cannot refer to.
    Reference {
        /// What is wrong.
        why: &'static str,
    },
    /// A declaration tag of a program names a function that it cannot name.
    Tag {
        /// The tag, such as `exception_callback`.
        tag: Arc<str>,
        /// What it names, in words.
        what: &'static str,
        /// The name.
        name: Arc<str>,
        /// What is wrong.
        fault: TagFault,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A variable holds an address, which nothing can fill in.
    DataAddress {
        /// The variable that holds it, or its section.
        holder: String,
        /// Its section.
        section: Arc<str>,
        /// What it is the address of, such as `function`.
        what: &'static str,
        /// The name of that.
        to: Arc<str>,
    },
    /// An instruction refers to something that the object does not have, or that cannot be referred to.
    Refused(Arc<object::Error>),
    /// An instruction cannot be written down.
    Encode(isa::Error),
    /// The object's own BTF is not what it should be.
    Btf(btf::Error),
    /// The kernel lacks a feature that nothing takes the place of.
    Feature(Feature),
    /// Something that this version of skep does not do.
    Unsupported {
        /// What it is.
        what: &'static str,
    },
}

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "target-unavailable",
            Self::NoSuchProgram { .. } => "no-such-program",
            Self::UnknownSection { .. } => "section-unknown",
            Self::NoAttachTarget { .. } => "attach-target-missing",
            Self::AttachTargetAbsent { .. } => "attach-target-absent",
            Self::NoSuchModule { .. } => "no-such-module",
            Self::ExternAbsent { .. } => "extern-absent",
            Self::ExternType { .. } => "extern-type",
            Self::KsymAmbiguous { .. } => "ksym-ambiguous",
            Self::KconfigValue { .. } => "kconfig-value",
            Self::NoSuchMap { .. } => "no-such-map",
            Self::NoSuchMember { .. } => "no-such-member",
            Self::MemberValue { .. } => "member-value",
            Self::NoStructOps { .. } => "struct-ops-absent",
            Self::StructOps { .. } => "struct-ops-member",
            Self::Core(error) => error.code(),
            Self::CorePatch { .. } => "core-patch",
            Self::Reference { .. } => "reference-invalid",
            Self::DataAddress { .. } => "data-address",
            Self::Tag { fault: TagFault::Ambiguous, .. } => "tag-ambiguous",
            Self::Tag { fault: TagFault::Absent, .. } => "tag-absent",
            Self::Tag { fault: TagFault::Hidden, .. } => "tag-hidden",
            Self::Tag { fault: TagFault::Empty, .. } => "tag-empty",
            Self::Tag { fault: TagFault::Misplaced, .. } => "tag-misplaced",
            Self::Refused(error) => error.code(),
            Self::Encode(error) => error.code(),
            Self::Btf(error) => error.code(),
            Self::Feature(_) => "feature-missing",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        let did_you_mean = |nearest: &Option<String>| nearest.as_ref().map(|n| format!("did you mean `{n}`?").into());
        match self {
            Self::NoSuchProgram { nearest, .. }
            | Self::NoSuchMap { nearest, .. }
            | Self::NoSuchMember { nearest, .. } => did_you_mean(nearest),
            Self::NoStructOps { nearest, .. } => did_you_mean(nearest)
                .or(Some("this kernel is older or was built without it, or the module that has it is not loaded".into())),
            Self::StructOps { .. } => Some(
                "set the member to zero or to no program before loading, or declare one variant of the struct for each \
                 kernel: name___old"
                    .into(),
            ),
            Self::UnknownSection { nearest, .. } => did_you_mean(nearest)
                .or(Some("the section's name says what the program is, as in SEC(\"kprobe/do_unlinkat\")".into())),
            Self::NoAttachTarget { section } => {
                Some(format!("name it after a slash, as in SEC(\"{section}/do_unlinkat\")").into())
            }
            Self::AttachTargetAbsent { nearest, .. } => did_you_mean(nearest)
                .or(Some("it may be inlined, renamed or configured out of this kernel, or be in a module".into())),
            Self::NoSuchModule { nearest, .. } => {
                did_you_mean(nearest).or(Some("load it first, or give its BTF beside that of the kernel".into()))
            }
            Self::ExternAbsent { nearest, .. } => {
                did_you_mean(nearest).or(Some("declare it __weak and test it before use, if it is optional".into()))
            }
            Self::ExternType { .. } => Some(
                "take the declaration from this kernel's vmlinux.h, or declare one variant of it for each kernel: name___v2"
                    .into(),
            ),
            Self::KsymAmbiguous { .. } => Some("find it by its type (BTF) instead, or by another name".into()),
            Self::CorePatch { .. } => {
                Some("use the BPF_CORE_READ macros, or compile again with a newer clang and -g".into())
            }
            Self::Tag { fault, nearest, tag, .. } => match fault {
                TagFault::Ambiguous => Some("keep one tag, and give the function a name of its own".into()),
                TagFault::Absent => did_you_mean(nearest)
                    .or(Some("define it as a global function outside of the sections of programs".into())),
                TagFault::Hidden => Some("the kernel checks it by itself: make it neither static nor hidden".into()),
                TagFault::Empty => Some(format!("name the function: `{tag}:my_callback`").into()),
                TagFault::Misplaced => Some("put it on the program, a global function in a section of programs".into()),
            },
            Self::DataAddress { what: "function", .. } => Some("call the function by its name, with a switch over its number".into()),
            Self::DataAddress { .. } => {
                Some("take the address where it is used: a program can, data cannot; in an arena both can".into())
            }
            Self::Feature(feature) => Some(format!("it needs Linux {} or later", feature.since()).into()),
            Self::Refused(error) => error.help(),
            Self::Encode(error) => Some(error.help().into()),
            Self::Core(error) => core_help(error.code()).map(Cow::Borrowed),
            _ => None,
        }
    }
}

/// What to do about a CO-RE record that cannot be answered.
fn core_help(code: &str) -> Option<&'static str> {
    Some(match code {
        "core-bad-kind" => "a newer compiler wrote it: use a newer skep",
        "core-bad-access" | "core-bad-type" => "build the object again; if a tool changed its BTF, look there",
        "core-anonymous" => "give the struct, union or enum a name, or a typedef of it to the macro",
        "core-no-target" => "give the kernel's types with `--target`",
        "core-too-deep" => "use a simpler declaration of the type",
        "core-too-large" => "take the member from an inner struct, which begins nearer",
        "core-bitfield" => "read the struct as a whole, and cut the bits out of that",
        "core-element" => "ask about the array as a whole",
        "core-ambiguous" => "declare more of the type's members, so that only one of the kernel's types matches",
        _ => return None,
    })
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(error) => error.fmt(f),
            Self::NoSuchProgram { name, .. } => write!(f, "no program is named `{name}`"),
            Self::UnknownSection { section, .. } => write!(f, "the section name `{section}` says no type of program"),
            Self::NoAttachTarget { section } => {
                write!(f, "the section name `{section}` does not say what to attach to")
            }
            Self::AttachTargetAbsent { what, name, module: None, .. } => {
                write!(f, "this kernel has no {what} `{name}` to attach to")
            }
            Self::AttachTargetAbsent { what, name, module: Some(module), .. } => {
                write!(f, "the module `{module}` has no {what} `{name}` to attach to")
            }
            Self::NoSuchModule { module, .. } => write!(f, "no module `{module}` with BTF is loaded"),
            Self::ExternAbsent { what, name, .. } => write!(f, "this kernel has no {what} `{name}`"),
            Self::ExternType { what, name, module, types } => {
                let [theirs, ours] = &**types;
                let (sort, place) = module.as_deref().map_or(("", "the kernel"), |module| ("module ", module));
                write!(f, "the {what} `{name}` is `{theirs}` in {sort}{place}, `{ours}` in this object")
            }
            Self::KsymAmbiguous { name, addresses: [a, b] } => {
                write!(f, "several kernel symbols are named `{name}`, one at {a:#x}, another at {b:#x}")
            }
            Self::KconfigValue { name, value, why } => write!(f, "{name}={value}: {why}"),
            Self::NoSuchMap { name, .. } => write!(f, "no map is named `{name}`"),
            Self::NoSuchMember { map, member, .. } => {
                write!(f, "the struct_ops variable `{map}` has no member `{member}`")
            }
            Self::MemberValue { map, member, why } => {
                write!(f, "the member `{member}` of the struct_ops variable `{map}` {why}")
            }
            Self::NoStructOps { name, .. } => write!(f, "this kernel has no struct_ops `{name}`"),
            Self::StructOps { name, member, why } => write!(f, "struct_ops `{name}`: the member `{member}` {why}"),
            Self::Core(error) => error.fmt(f),
            Self::CorePatch { why, found, expected } => write!(f, "CO-RE: {why} (found {found}, expected {expected})"),
            Self::Reference { why } => f.write_str(why),
            Self::Tag { what, name, fault, tag, .. } => match fault {
                TagFault::Ambiguous => {
                    write!(f, "`{name}` is not the only {what} that is named, or not the only function of the name")
                }
                TagFault::Absent => write!(f, "the {what} `{name}` does not exist"),
                TagFault::Hidden => write!(f, "the {what} `{name}` is not a global function that is seen outside"),
                TagFault::Empty => write!(f, "the declaration tag `{tag}:` names no function"),
                TagFault::Misplaced => write!(f, "the declaration tag `{tag}:{name}` is not on a program"),
            },
            Self::DataAddress { holder, section, what, to } => {
                write!(f, "`{holder}` in `{section}` holds the address of the {what} `{to}`, which nothing fills in")
            }
            Self::Refused(error) => error.kind().fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Btf(error) => write!(f, "BTF of the object: {error}"),
            Self::Feature(feature) => write!(f, "this kernel lacks {}", feature.row().what),
            Self::Unsupported { what } => write!(f, "this version does not support {what}"),
        }
    }
}
