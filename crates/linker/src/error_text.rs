//! What is said about errors of linking.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
};
use core::fmt;

use skep_object::{Diagnostic, Missing, Site, btf::Endian};

use crate::{Kind, Table};

/// So many further places are named.
const PLACES: usize = 4;

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "link-nothing",
            Self::Dangling { .. } => "link-dangling",
            Self::BadReference { .. } => "link-bad-reference",
            Self::Target { .. } => "link-target",
            Self::UnresolvedCall => "link-unresolved-call",
            Self::Duplicate { .. } => "link-duplicate",
            Self::Undefined { .. } => "link-undefined",
            Self::Clash { .. } => "link-clash",
            Self::Mismatch { .. } => "link-mismatch",
            Self::ByteOrder { .. } => "link-byte-order",
            Self::License { .. } => "link-license",
            Self::Version { .. } => "link-version",
            Self::NoBtf => "link-no-btf",
            Self::Types(error) => error.code(),
            Self::TooLarge => "link-too-large",
            Self::NoSuchName { .. } => "link-no-such-name",
            Self::NotReplaceable(_) => "link-not-replaceable",
            Self::Archive(_) => "link-archive",
            Self::Member(error) => error.code(),
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(match self {
            Self::Nothing => "name at least one object",
            Self::Duplicate { .. } => "rename one of them, make it static, or let it give way with `__weak`",
            Self::Dangling { .. } | Self::BadReference { .. } | Self::Target { .. } | Self::UnresolvedCall => {
                "the object contradicts itself: compile it again, and if it was changed by a tool, look there"
            }
            Self::Undefined { what, name, near, .. } => {
                let mut help = near
                    .as_ref()
                    .map_or_else(String::new, |near| format!("did you mean `{}` ({})? Or ", near.name, near.what));
                let instead = match what {
                    Missing::Function => {
                        "; if the kernel provides it, declare it `extern … __ksym`; if another program is to provide it \
                         at run time, give `--replaceable` its name"
                    }
                    Missing::Map => "",
                    Missing::Variable => "; if the kernel provides it, declare it `extern … __ksym` or `__kconfig`",
                };
                help += &format!("name the object or the archive that defines `{name}`{instead}");
                return Some(help.into());
            }
            Self::Clash { .. } => "rename one of them, or make it static",
            Self::Mismatch { what: "map", .. } => "declare the map in a header that both sources include",
            Self::Mismatch { .. } => "declare it in a header that both sources include",
            Self::ByteOrder { .. } => "compile all of them with the same `-target bpf`, `bpfel` or `bpfeb`",
            Self::License { .. } => {
                "the kernel knows one licence for all programs of an object: state the same everywhere"
            }
            Self::Version { .. } => "leave the version out: kernels since 5.0 do not look at it",
            Self::NoBtf => {
                "compile it with `-g`, as the others are: the kernel takes the types of all functions or of none"
            }
            Self::TooLarge => "a map's value has at most 4 GiB: split the section",
            Self::NoSuchName { near: Some(near), .. } => return Some(format!("did you mean `{near}`?").into()),
            Self::NoSuchName { .. } => "look at the names with `skep dump`",
            Self::NotReplaceable(_) => "define a weak function with a body instead",
            Self::Archive(_) => "build the archive again, with `ar` or `llvm-ar`",
            Self::Member(error) => return error.help(),
            Self::Types(_) => return None,
        }))
    }
}

fn places(f: &mut fmt::Formatter<'_>, before: &str, sites: &[Site]) -> fmt::Result {
    for (i, site) in sites.iter().take(PLACES).enumerate() {
        write!(f, "{}{site}", if i == 0 { before } else { "; " })?;
    }
    match sites.len().checked_sub(PLACES) {
        Some(more @ 1..) => write!(f, "; and {more} more"),
        _ => Ok(()),
    }
}

fn order(endian: Endian) -> &'static str {
    if endian == Endian::Little { "little-endian" } else { "big-endian" }
}

fn version(number: u32) -> String {
    format!("{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("there is no object to link"),
            Self::Dangling { table, idx, len } => {
                let name = match table {
                    Table::Functions => "function",
                    Table::Maps => "map",
                    Table::Externs => "extern",
                    Table::JumpTables => "jump table",
                    Table::Refusals => "refusal",
                };
                write!(f, "it refers to {name} {idx}, but there are {len}")
            }
            Self::BadReference { expected } => write!(f, "what it refers to needs {expected}"),
            Self::Target { func, at, slots } => {
                write!(f, "it leads to slot {at} of `{func}`, which is not an instruction of its {slots} slots")
            }
            Self::UnresolvedCall => f.write_str("a call of a function of the program does not say which function"),
            Self::Duplicate { what, also } if also.is_empty() => write!(f, "this {what} is defined twice"),
            Self::Duplicate { what, also } => {
                write!(f, "this {what} is defined more than once: ")?;
                places(f, "also in ", also)
            }
            Self::Undefined { what, name, also, .. } => {
                let what = match what {
                    Missing::Function => "function",
                    Missing::Map => "map",
                    Missing::Variable => "variable",
                };
                write!(f, "undefined {what} `{name}`: no object defines it")?;
                places(f, "; also used in ", also)
            }
            Self::Clash { name, what, other, other_what } => {
                write!(f, "`{name}` is a {what} here, and a {other_what} in {other}")
            }
            Self::Mismatch { what, other, differences } => {
                write!(f, "the {what} is declared differently in {other}")?;
                for (i, d) in differences.iter().enumerate() {
                    write!(f, "{} {d}", if i == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
            Self::ByteOrder { this, first, others } => {
                write!(f, "the object is {}, but {first} is {}", order(*this), order(*others))
            }
            Self::License { this, first, others } => {
                write!(f, "the licence is {this:?}, but that of {first} is {others:?}")
            }
            Self::Version { this, first, others } => {
                write!(f, "the kernel version is {}, but that of {first} is {}", version(*this), version(*others))
            }
            Self::NoBtf => f.write_str("the object has code but no BTF, which other objects have"),
            Self::Types(error) => write!(f, "the types cannot be put together: {error}"),
            Self::TooLarge => f.write_str("the section is larger than the value of a map can be"),
            Self::NoSuchName { option, name, .. } => write!(f, "`{option}` names `{name}`, which nothing is called"),
            Self::NotReplaceable(why) => write!(f, "the function cannot get a default body: {why}"),
            Self::Archive(why) => write!(f, "the archive cannot be read: {why}"),
            Self::Member(error) => f.write_str(&error.kind().to_string()),
        }
    }
}
