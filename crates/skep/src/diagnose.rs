//! What each kind of error says: its code, its line and its help.

use std::{borrow::Cow, fmt};

use crate::{
    Kind,
    advice::advice,
    object::{Diagnostic, btf::Endian},
    rejection::Absent,
    sys::Errno,
};

impl Diagnostic for Kind {
    fn code(&self) -> &'static str {
        match self {
            Self::Object(kind) => kind.code(),
            Self::Linker(kind) => kind.code(),
            Self::Relocate(kind) => kind.code(),
            Self::File(..) => "file-unreadable",
            Self::ByteOrder(_) => "big-endian",
            Self::MissingCapability { .. } => "missing-capability",
            Self::Btf { .. } => "btf-load",
            Self::MapCreate { .. } => "map-create",
            Self::MapFailed { .. } => "map-failed",
            Self::MapContents { .. } => "map-contents",
            Self::PinMismatch { .. } => "pin-mismatch",
            Self::Pin(..) => "pin",
            Self::Verifier(rejection) => rejection.absent.as_ref().map_or("verifier-rejected", Absent::code),
            Self::ProgramLoad { .. } => "program-load",
            Self::Unsupported(_) => "not-supported",
            Self::Missing { what, .. } => what.missing(),
            Self::NotLoaded(..) => "not-loaded",
            Self::Size { .. } => "wrong-size",
            Self::Constant(_) => "variable-constant",
            Self::Map { .. } => "map-operation",
            Self::NoHook(_) => "attach-no-hook",
            Self::NoPlace { .. } => "attach-no-place",
            Self::WrongHook { .. } => "attach-wrong-hook",
            Self::NoTarget { .. } => "attach-no-target",
            Self::Attach { .. } => "attach-refused",
            Self::NotForLink { .. } => "link-operation",
            Self::Kernel { .. } => "kernel-refused",
            Self::Host(_) => "host-unavailable",
        }
    }

    fn help(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Object(kind) => kind.help(),
            Self::Linker(kind) => kind.help(),
            Self::Relocate(kind) => kind.help(),
            Self::File(_, error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Some("the file exists, but this user may not read it".into())
            }
            Self::ByteOrder(Endian::Big) => Some("compile it with `-target bpfel`, or with `-target bpf` here".into()),
            Self::ByteOrder(Endian::Little) => {
                Some("compile it with `-target bpfeb`, or with `-target bpf` here".into())
            }
            Self::MissingCapability { capability, .. } => Some(
                format!(
                    "run it as root or grant {capability} (`sudo setcap`, `AmbientCapabilities=` of a systemd unit, \
                     `--cap-add` of a container); {}",
                    without(capability)
                )
                .into(),
            ),
            Self::MapCreate { reason: Some(reason), .. } | Self::Attach { reason: Some(reason), .. } => {
                Some(Cow::Borrowed(reason))
            }
            Self::ProgramLoad { reason, .. } => reason.as_deref().map(Cow::Borrowed),
            Self::PinMismatch { path, .. } => Some(
                format!("remove {} if nothing uses it any more, or declare the map as it is pinned", path.display())
                    .into(),
            ),
            Self::Pin(_, error) => pin_help(error.errno),
            Self::Verifier(rejection) => match &rejection.absent {
                Some(absent) => absent.help().map(Cow::Owned),
                None => rejection.note.as_deref().or_else(|| advice(&rejection.reason)).map(Cow::Borrowed),
            },
            Self::Missing { nearest: Some(nearest), .. } | Self::NoTarget { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`?").into())
            }
            Self::NotLoaded(..) => Some("select it, or a program that uses it, before loading".into()),
            Self::Constant(_) => Some("set it before the object is loaded".into()),
            Self::NoHook(_) => Some("attach it to an explicit hook".into()),
            Self::NoPlace { needs, .. } => Some(format!("name {needs}").into()),
            _ => None,
        }
    }
}

/// What works without a capability.
fn without(capability: &str) -> &'static str {
    match capability {
        "CAP_PERFMON" => "programs for packets, sockets and cgroups can be loaded without it",
        "CAP_NET_ADMIN" | "CAP_NET_RAW" => "programs that trace can be loaded and attached without it",
        _ => "objects can be read, linked and relocated without it",
    }
}

fn pin_help(errno: Errno) -> Option<Cow<'static, str>> {
    match errno {
        Errno::EPERM | Errno::EINVAL => {
            Some("pin below a mounted bpf file system (`mount -t bpf bpf /sys/fs/bpf`)".into())
        }
        Errno::EEXIST => Some("something is pinned there already: choose another name or remove it".into()),
        _ => None,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(kind) => kind.fmt(f),
            Self::Linker(kind) => kind.fmt(f),
            Self::Relocate(kind) => kind.fmt(f),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::ByteOrder(Endian::Big) => f.write_str("the object is big-endian, this machine is little-endian"),
            Self::ByteOrder(Endian::Little) => f.write_str("the object is little-endian, this machine is big-endian"),
            Self::MissingCapability { capability, action, error } => {
                write!(f, "{capability} is needed to {action} ({error})")
            }
            Self::Btf { error, log } => match log.lines().rev().find(|line| !line.trim().is_empty()) {
                Some(line) => write!(f, "the kernel refused the object's BTF: {line} ({error})"),
                None => write!(f, "the kernel refused the object's BTF ({error})"),
            },
            Self::MapCreate { map, error, .. } => write!(f, "the kernel refused to create this map ({map}): {error}"),
            Self::MapFailed { map, error } => write!(f, "it needs the map `{map}`: {error}"),
            Self::MapContents { what, error } => write!(f, "{what} could not be written: {error}"),
            Self::PinMismatch { path, attribute, pinned, declared } => write!(
                f,
                "the map pinned at {} has {attribute} {pinned}, this object declares {declared}",
                path.display()
            ),
            Self::Pin(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Verifier(rejection) => match &rejection.absent {
                Some(absent) => absent.fmt(f),
                None => match rejection.made_invalid() {
                    Some(note) => write!(f, "an instruction is reached that nothing stands behind: {note}"),
                    None => write!(f, "the kernel refused this program: {}", rejection.reason),
                },
            },
            Self::ProgramLoad { error, .. } => write!(f, "the kernel refused this program without a log: {error}"),
            Self::Unsupported(what) => write!(f, "{what} are not supported yet"),
            Self::Missing { what, name, .. } => write!(f, "there is no {what} `{name}`"),
            Self::NotLoaded(what, name) => write!(f, "the {what} `{name}` was not loaded"),
            Self::Size { what, size, given } => write!(f, "the {what} has {size} bytes, not {given}"),
            Self::Constant(name) => write!(f, "`{name}` is constant once it is loaded"),
            Self::Map { operation, error } => write!(f, "{operation}: {error}"),
            Self::NoHook(section) => write!(f, "the section `{section}` does not say where its programs are attached"),
            Self::NoPlace { hook, needs } => write!(f, "{hook} is attached to {needs}, and none was named"),
            Self::WrongHook { hook, program } => write!(f, "a program of type {program} cannot be attached to {hook}"),
            Self::NoTarget { what, name, .. } => write!(f, "there is no {what} `{name}`"),
            Self::Attach { hook, error, .. } => write!(f, "{hook}: {error}"),
            Self::NotForLink { operation, link } => write!(f, "{link} cannot {operation}"),
            Self::Kernel { action, error } => write!(f, "cannot {action}: {error}"),
            Self::Host(unavailable) => unavailable.fmt(f),
        }
    }
}
