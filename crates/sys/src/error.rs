//! What a call that failed leaves behind.

use std::fmt;

/// The result of a call.
pub type Result<T> = core::result::Result<T, Error>;

/// A call that the kernel refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    /// The call, by its UAPI name: `BPF_MAP_CREATE`, `perf_event_open`, `mmap`, or the path of a file.
    pub call: &'static str,
    /// Why.
    pub errno: Errno,
}

impl Error {
    /// The failure of `call` with `errno`.
    pub fn new(call: &'static str, errno: impl Into<Errno>) -> Self {
        Self { call, errno: errno.into() }
    }

    /// The failure of the libc function `call` that just set `errno`.
    pub(crate) fn last(call: &'static str) -> Self {
        Self { call, errno: Errno::last() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.call, self.errno)
    }
}

impl std::error::Error for Error {}

/// Names a failure that has an errno but not yet a call.
pub(crate) trait During<T> {
    /// The same result, with the call that gave it.
    fn during(self, call: &'static str) -> Result<T>;
}

impl<T, E: Into<Errno>> During<T> for core::result::Result<T, E> {
    fn during(self, call: &'static str) -> Result<T> {
        self.map_err(|errno| Error::new(call, errno))
    }
}

/// An error number of the kernel. Open: a number without a name is still a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

macro_rules! errnos {
    ($($name:ident = $value:literal, $text:literal;)*) => {
        impl Errno {
            $(
                #[doc = concat!($text, ".")]
                pub const $name: Self = Self($value);
            )*

            const ROWS: &'static [(i32, &'static str, &'static str)] = &[$(($value, stringify!($name), $text),)*];
        }

        // The few numbers that differ between architectures are checked here against this one.
        #[cfg(test)]
        const LIBC: &[(&str, i32)] = &[$((stringify!($name), errnos!(@libc $name $value)),)*];
    };
    (@libc ENOTSUPP $value:literal) => { $value };
    (@libc $name:ident $value:literal) => { libc::$name };
}

errnos! {
    EPERM = 1, "operation not permitted";
    ENOENT = 2, "no such file or entry";
    ESRCH = 3, "no such process or symbol";
    EINTR = 4, "interrupted by a signal";
    EIO = 5, "input or output error";
    ENXIO = 6, "no such device or address";
    E2BIG = 7, "too big";
    ENOEXEC = 8, "bad format";
    EBADF = 9, "bad file descriptor";
    ECHILD = 10, "no child process";
    EAGAIN = 11, "try again";
    ENOMEM = 12, "out of memory";
    EACCES = 13, "permission denied";
    EFAULT = 14, "bad address";
    EBUSY = 16, "busy";
    EEXIST = 17, "exists already";
    EXDEV = 18, "link across devices";
    ENODEV = 19, "no such device";
    ENOTDIR = 20, "not a directory";
    EISDIR = 21, "is a directory";
    EINVAL = 22, "invalid argument";
    ENFILE = 23, "too many open files in the system";
    EMFILE = 24, "too many open files";
    ENOTTY = 25, "not an operation of this file";
    EFBIG = 27, "file too large";
    ENOSPC = 28, "no space left";
    ESPIPE = 29, "cannot seek";
    EROFS = 30, "read-only file system";
    EPIPE = 32, "broken pipe";
    EDOM = 33, "out of the domain";
    ERANGE = 34, "out of range";
    ENAMETOOLONG = 36, "name too long";
    ENOSYS = 38, "not implemented by this kernel";
    ENOTEMPTY = 39, "not empty";
    ELOOP = 40, "too many levels";
    ENODATA = 61, "no data";
    EPROTO = 71, "protocol error";
    EBADMSG = 74, "bad message";
    EOVERFLOW = 75, "value too large";
    ENOTUNIQ = 76, "not unique";
    EMSGSIZE = 90, "message too long";
    EPROTONOSUPPORT = 93, "protocol not supported";
    EOPNOTSUPP = 95, "not supported";
    EAFNOSUPPORT = 97, "address family not supported";
    EADDRINUSE = 98, "address in use";
    ENETDOWN = 100, "network is down";
    ENETUNREACH = 101, "network is unreachable";
    ENOBUFS = 105, "no buffer space";
    EISCONN = 106, "connected already";
    ENOTCONN = 107, "not connected";
    ETIMEDOUT = 110, "timed out";
    EALREADY = 114, "in progress already";
    ESTALE = 116, "stale";
    EKEYREJECTED = 129, "key rejected";
    ENOTSUPP = 524, "not supported (internal to the kernel)";
}

impl Errno {
    /// The name (`EINVAL`), if the number has one here.
    pub fn name(self) -> Option<&'static str> {
        Self::ROWS.iter().find(|row| row.0 == self.0).map(|row| row.1)
    }

    /// What it means, in a few words.
    pub fn text(self) -> Option<&'static str> {
        Self::ROWS.iter().find(|row| row.0 == self.0).map(|row| row.2)
    }

    /// What the last libc call of this thread left in `errno`.
    pub(crate) fn last() -> Self {
        std::io::Error::last_os_error().into()
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.text()) {
            (Some(name), Some(text)) => write!(f, "{name} ({text})"),
            _ => write!(f, "error {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<std::io::Error> for Errno {
    fn from(error: std::io::Error) -> Self {
        // An error of the standard library's own has no number; it means that a file held something unexpected.
        Self(error.raw_os_error().unwrap_or(Self::EIO.0))
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(errno: rustix::io::Errno) -> Self {
        Self(errno.raw_os_error())
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::from_raw_os_error(error.errno.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_libc() {
        for (row, libc) in Errno::ROWS.iter().zip(LIBC) {
            assert_eq!((row.1, row.0), *libc);
        }
    }

    #[test]
    fn an_error_names_call_and_errno() {
        let error = Error::new("BPF_MAP_CREATE", Errno::EPERM);
        assert_eq!(error.to_string(), "BPF_MAP_CREATE: EPERM (operation not permitted)");
        assert_eq!(Errno(9999).to_string(), "error 9999");
    }
}
