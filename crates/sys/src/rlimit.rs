//! `RLIMIT_MEMLOCK`, to which kernels before 5.11 charge maps and programs.

use crate::Result;
use crate::error::During;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit on locked memory in bytes, `None` for no limit.
pub fn memlock() -> Option<u64> {
    getrlimit(Resource::Memlock).current
}

/// Lifts the limit on locked memory, both soft and hard.
///
/// # Errors
/// `EPERM` without `CAP_SYS_RESOURCE`; the soft limit is then raised as far as the hard one allows.
pub fn lift_memlock() -> Result<()> {
    let lifted = setrlimit(Resource::Memlock, Rlimit { current: None, maximum: None });
    if lifted.is_err() {
        let maximum = getrlimit(Resource::Memlock).maximum;
        setrlimit(Resource::Memlock, Rlimit { current: maximum, maximum }).during("setrlimit(RLIMIT_MEMLOCK)")?;
    }
    lifted.during("setrlimit(RLIMIT_MEMLOCK)")
}
