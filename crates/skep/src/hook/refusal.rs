//! Why a program was not attached.

use std::borrow::Cow;

use crate::{
    Error, Kind, Program,
    errors::at,
    load::privilege,
    object::{nearest, uapi::ProgType},
    sys::{self, Errno, caps::Caps},
};

/// Checks that a program's type fits a hook.
pub(super) fn fits(program: &Program, hook: &'static str, types: &[ProgType]) -> Result<(), Error> {
    if types.contains(&program.prog_type()) {
        return Ok(());
    }
    let kind = Kind::WrongHook { hook, program: program.prog_type().to_string() };
    Err(at(program.site(), kind))
}

/// The error for a program that was not attached; `needs` are the capabilities for it.
pub(super) fn refused(program: &Program, hook: &str, error: sys::Error, needs: &[Caps]) -> Error {
    because(program, hook, error, needs, None)
}

/// As [`refused`], with what else is known.
pub(super) fn because(
    program: &Program,
    hook: &str,
    error: sys::Error,
    needs: &[Caps],
    reason: Option<Cow<'static, str>>,
) -> Error {
    let kind = privilege::missing(error, needs, format!("attach to {hook}")).unwrap_or_else(|| {
        let reason = reason.or_else(|| likely(error.errno).map(Cow::Borrowed));
        Kind::Attach { hook: hook.to_owned(), error, reason }
    });
    at(program.site(), kind)
}

fn likely(errno: Errno) -> Option<&'static str> {
    match errno {
        Errno::EPERM | Errno::EACCES => Some("a security module, a lockdown or a sandbox forbids it"),
        Errno::EBUSY | Errno::EEXIST => Some("another program is attached there, and only one can be"),
        Errno::ENOTSUPP | Errno::EOPNOTSUPP => Some("this kernel, this machine or this device has no support for it"),
        Errno::ENOSYS => Some("this kernel was built without it"),
        _ => None,
    }
}

/// The error for a place that does not exist, with the nearest name that does.
pub(super) fn absent<'n>(
    program: &Program,
    what: &'static str,
    name: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Error {
    let nearest = nearest(name, names).map(str::to_owned);
    at(program.site(), Kind::NoTarget { what, name: name.to_owned(), nearest })
}

/// The error for a place that the caller has to name.
pub(super) fn no_place(program: &Program, hook: &'static str, needs: &'static str) -> Error {
    at(program.site(), Kind::NoPlace { hook, needs })
}
