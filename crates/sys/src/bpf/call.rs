//! The one place that enters bpf(2).

use crate::{Errno, Error, Result, at_least_3};
use std::os::fd::{FromRawFd, OwnedFd};
use zerocopy::IntoBytes;

/// The part of `union bpf_attr` that one command reads.
///
/// `IntoBytes` proves that the struct has no implicit padding, which the kernel would find as garbage.
pub(super) trait Attr: IntoBytes {
    /// The number of the command.
    const CMD: libc::c_int;
    /// Its UAPI name.
    const NAME: &'static str;
}

/// Asserts at compile time where a field of a wire struct lies, as given in the UAPI header.
macro_rules! offsets {
    ($T:ident { $($field:ident = $offset:literal),* $(,)? } size $size:literal) => {
        const _: () = {
            $(assert!(core::mem::offset_of!($T, $field) == $offset);)*
            assert!(core::mem::size_of::<$T>() == $size);
        };
    };
}
pub(super) use offsets;

/// Gives a wire struct its command.
macro_rules! command {
    ($T:ident, $cmd:literal, $name:literal) => {
        impl super::call::Attr for $T {
            const CMD: libc::c_int = $cmd;
            const NAME: &'static str = $name;
        }
    };
}
pub(super) use command;

/// A command whose struct other commands share.
#[derive(Clone, Copy)]
pub(super) struct Cmd(pub libc::c_int, pub &'static str);

/// Runs a command and returns what it returned.
///
/// # Safety
/// Every address in `attr` is valid for all bytes that the command reads or writes there.
pub(super) unsafe fn call<A: Attr>(attr: &mut A) -> Result<u32> {
    // SAFETY: passed on to the caller.
    unsafe { call_as(Cmd(A::CMD, A::NAME), attr) }
}

/// Runs a command that returns a new descriptor. All of bpf(2)'s descriptors are closed on exec.
///
/// # Safety
/// As for [`call`], and the command returns a descriptor that nobody else owns.
pub(super) unsafe fn call_fd<A: Attr>(attr: &mut A) -> Result<OwnedFd> {
    // SAFETY: passed on to the caller.
    unsafe { call_fd_as(Cmd(A::CMD, A::NAME), attr) }
}

/// As [`call`], for a struct that several commands share.
///
/// # Safety
/// As for [`call`], and `attr` is what `cmd` reads.
pub(super) unsafe fn call_as<A: IntoBytes>(cmd: Cmd, attr: &mut A) -> Result<u32> {
    // SAFETY: the kernel reads and writes `attr` within the size given; the caller answers for the addresses in it.
    let ret = unsafe { libc::syscall(libc::SYS_bpf, cmd.0, core::ptr::from_mut(attr), size_of::<A>()) };
    // The kernel's own return value is an int: a descriptor, a count or 0.
    if ret < 0 { Err(Error::new(cmd.1, Errno::last())) } else { Ok(ret as u32) }
}

/// As [`call_fd`], for a struct that several commands share.
///
/// # Safety
/// As for [`call_fd`], and `attr` is what `cmd` reads.
pub(super) unsafe fn call_fd_as<A: IntoBytes>(cmd: Cmd, attr: &mut A) -> Result<OwnedFd> {
    // SAFETY: passed on to the caller.
    let fd = unsafe { call_as(cmd, attr) }?;
    // SAFETY: the kernel just made this descriptor for us.
    at_least_3(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// The address of bytes, 0 for none.
pub(super) fn address<T>(slice: &[T]) -> u64 {
    if slice.is_empty() { 0 } else { slice.as_ptr() as usize as u64 }
}

/// The address of bytes that the kernel writes, 0 for none.
pub(super) fn address_mut<T>(slice: &mut [T]) -> u64 {
    if slice.is_empty() { 0 } else { slice.as_mut_ptr() as usize as u64 }
}

/// A length or count in a 32-bit field.
pub(super) fn len32(name: &'static str, len: usize) -> Result<u32> {
    u32::try_from(len).map_err(|_| Error::new(name, Errno::E2BIG))
}

/// A name as the kernel takes it: at most 15 bytes, ASCII letters, digits, `_` and `.` only, NUL at the end.
pub(super) fn name(name: &str) -> [u8; 16] {
    let mut out = [0; 16];
    for (to, &from) in out[..15].iter_mut().zip(name.as_bytes()) {
        *to = if from.is_ascii_alphanumeric() || from == b'.' { from } else { b'_' };
    }
    out
}

/// The text before the first NUL.
pub(super) fn text(bytes: &[u8]) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_are_cut_and_cleaned() {
        assert_eq!(&name("exec.rodata"), b"exec.rodata\0\0\0\0\0");
        assert_eq!(&name("a-very-long-name-of-a-map"), b"a_very_long_nam\0");
        assert_eq!(name(""), [0; 16]);
    }
}
