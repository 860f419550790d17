//! A kernel that does not run here.

use alloc::{string::String, sync::Arc, vec::Vec};

use crate::{
    Kernel, Module, ModuleIdx, Unavailable,
    object::{
        btf::{Btf, Endian},
        uapi::{Feature, Release},
    },
};

/// The page size in bytes of most kernels.
const PAGE_SIZE: u32 = 4096;

/// A kernel that does not run here, by what is known of it. It gives the same answers on every host: one CPU, pages of
/// 4 KiB, and every feature that its release does not rule out.
#[derive(Clone, Debug)]
pub struct Offline {
    vmlinux: Arc<Btf>,
    modules: Vec<Module>,
    module_btfs: Vec<Arc<Btf>>,
    config: Option<String>,
    version: u32,
}

impl Offline {
    /// A kernel by its types alone.
    pub fn new(vmlinux: Arc<Btf>) -> Self {
        Self { vmlinux, modules: Vec::new(), module_btfs: Vec::new(), config: None, version: 0 }
    }

    /// With one more module and its types, split over the kernel's.
    pub fn with_module(mut self, name: &str, btf: Arc<Btf>) -> Self {
        self.modules.push(Module { name: name.into(), btf_id: 0 });
        self.module_btfs.push(btf);
        self
    }

    /// With the text of its configuration (`CONFIG_X=y` lines).
    pub fn with_config(self, text: impl Into<String>) -> Self {
        Self { config: Some(text.into()), ..self }
    }

    /// With its release as `KERNEL_VERSION` packs it; 0 if it is not known.
    pub fn with_version(self, version: u32) -> Self {
        Self { version, ..self }
    }
}

fn absent(what: &str, why: &str) -> Unavailable {
    Unavailable { what: what.into(), why: why.into() }
}

impl Kernel for Offline {
    fn endian(&self) -> Endian {
        self.vmlinux.endian()
    }

    fn page_size(&self) -> u32 {
        PAGE_SIZE
    }

    fn possible_cpus(&self) -> u32 {
        1
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn has(&self, feature: Feature) -> bool {
        let release = Release::new((self.version >> 16) as u16, (self.version >> 8 & 0xff) as u16);
        self.version == 0 || feature.since() <= release
    }

    fn vmlinux(&self) -> Result<&Arc<Btf>, Unavailable> {
        Ok(&self.vmlinux)
    }

    fn modules(&self) -> &[Module] {
        &self.modules
    }

    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, Unavailable> {
        let found = self.module_btfs.get(module.0 as usize);
        found.ok_or_else(|| absent("BTF of a module", "there is no such module"))
    }

    fn symbols(&self, _: &[&str]) -> Result<Vec<Vec<u64>>, Unavailable> {
        Err(absent("addresses of kernel symbols", "they are known only of the running kernel"))
    }

    fn config(&self) -> Result<&str, Unavailable> {
        self.config.as_deref().ok_or_else(|| absent("kernel configuration", "none was given"))
    }
}
