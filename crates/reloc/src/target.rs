//! What is known of one kernel.

use alloc::{boxed::Box, string::String, sync::Arc, vec::Vec};
use core::fmt;

use skep_linker::object::{
    btf::{Btf, Endian},
    uapi::Feature,
};

/// All that relocation needs to know of a kernel, running or not.
pub struct Target(Box<dyn Kernel>);

/// The facts behind a [`Target`]. They are asked for one by one, and only when something needs them, because each may
/// cost a pass over a large file.
pub trait Kernel: Send + Sync {
    /// Its byte order.
    fn endian(&self) -> Endian;

    /// The size of a page in bytes.
    fn page_size(&self) -> u32;

    /// The number of CPUs that may ever be online.
    fn possible_cpus(&self) -> u32;

    /// Its release as `KERNEL_VERSION` packs it: major, minor and patch, 8 bits each.
    fn version(&self) -> u32;

    /// Whether it has a feature.
    fn has(&self, feature: Feature) -> bool;

    /// The types of the kernel proper.
    ///
    /// # Errors
    /// When it has none, or they cannot be read.
    fn vmlinux(&self) -> Result<&Arc<Btf>, Unavailable>;

    /// Its modules that have types. Their BTF is opened when one of them is looked at.
    fn modules(&self) -> &[Module];

    /// The types of a module.
    ///
    /// # Errors
    /// When they cannot be read; this harms nothing that does not need this module.
    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, Unavailable>;

    /// The addresses of symbols, found in one pass: `None` for each that does not exist, and all of those that a name
    /// stands for if it stands for several.
    ///
    /// # Errors
    /// When the symbols cannot be read.
    fn symbols(&self, names: &[&str]) -> Result<Vec<Vec<u64>>, Unavailable>;

    /// The text of its configuration (`CONFIG_X=y` lines).
    ///
    /// # Errors
    /// When it cannot be read.
    fn config(&self) -> Result<&str, Unavailable>;
}

/// Why a fact about a kernel is not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// The fact, such as `BTF of vmlinux`.
    pub what: String,
    /// The reason.
    pub why: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl core::error::Error for Unavailable {}

/// A position in a target's table of modules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ModuleIdx(pub u32);

/// A kernel module that has types.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its name.
    pub name: Arc<str>,
    /// The id of its BTF object on the running kernel; 0 for a kernel that does not run.
    pub btf_id: u32,
}

impl Target {
    /// A target from the facts of a kernel.
    pub fn new(kernel: impl Kernel + 'static) -> Self {
        Self(Box::new(kernel))
    }
}

impl core::ops::Deref for Target {
    type Target = dyn Kernel;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.version();
        write!(f, "Target({}.{}.{})", v >> 16, v >> 8 & 0xff, v & 0xff)
    }
}
