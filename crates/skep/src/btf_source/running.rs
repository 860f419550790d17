//! Types that the running kernel has: its own, those of modules, and those of what was loaded.

use std::{os::fd::AsFd, sync::Arc};

use super::{Kind, Opened, Source};
use crate::{
    btf::{Btf, Bytes, needs_base},
    sys::{
        self,
        bpf::{self, BtfObject},
        mmap::{KernelBtf, kernel_btf_names},
    },
};

/// Whether a module with types and this name is loaded.
pub(super) fn is_module(name: &str) -> bool {
    kernel_btf_names().is_ok_and(|names| names.iter().any(|known| known == name))
}

/// The types of the kernel itself.
pub(super) fn vmlinux() -> Result<Arc<Btf>, Kind> {
    let bytes = KernelBtf::vmlinux().map_err(|error| match error.errno {
        sys::Errno::ENOENT => Kind::NoTypes("a kernel"),
        _ => Kind::Kernel(error),
    })?;
    Btf::parse(Bytes::new(bytes)).map(Arc::new).map_err(Kind::Btf)
}

pub(super) fn open(source: &Source, base: Option<&Arc<Btf>>) -> Result<Opened, Kind> {
    match source {
        Source::Module(name) => {
            let bytes = KernelBtf::module(name).map_err(Kind::Kernel)?;
            split(Bytes::new(bytes), base, name.clone())
        }
        Source::Id(id) => by_id(*id, base),
        Source::Program(id) => {
            let fd = bpf::fd_by_id(bpf::Kind::Program, *id).map_err(Kind::Kernel)?;
            match bpf::prog_info(fd.as_fd()).map_err(Kind::Kernel)?.btf_id {
                0 => Err(Kind::NoTypes("a program")),
                id => by_id(id, base),
            }
        }
        Source::Map(id) => {
            let fd = bpf::fd_by_id(bpf::Kind::Map, *id).map_err(Kind::Kernel)?;
            match bpf::map_info(fd.as_fd()).map_err(Kind::Kernel)? {
                info if info.btf_id != 0 => by_id(info.btf_id, base),
                // A map of struct_ops has its value's type in the kernel.
                info if info.btf_vmlinux_value.0 != 0 => whole(vmlinux()?, "vmlinux".into()),
                _ => Err(Kind::NoTypes("a map")),
            }
        }
        Source::Running | Source::File(_) | Source::Packed { .. } => whole(vmlinux()?, "vmlinux".into()),
    }
}

fn by_id(id: u32, base: Option<&Arc<Btf>>) -> Result<Opened, Kind> {
    let object = BtfObject::by_id(id).map_err(Kind::Kernel)?;
    let info = object.info().map_err(Kind::Kernel)?;
    let name = info.name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("id:{id}"));
    if info.is_kernel && name == "vmlinux" {
        return whole(vmlinux()?, name);
    }
    split(Bytes::from(object.bytes().map_err(Kind::Kernel)?), base, name)
}

/// Types that may go on from the kernel's.
fn split(bytes: Bytes, base: Option<&Arc<Btf>>, name: String) -> Result<Opened, Kind> {
    if !needs_base(bytes.as_ref()) {
        return whole(Arc::new(Btf::parse(bytes).map_err(Kind::Btf)?), name);
    }
    let base = base.map_or_else(vmlinux, |base| Ok(base.clone()))?;
    whole(Arc::new(Btf::parse_split(bytes, base).map_err(Kind::Base)?), name)
}

fn whole(btf: Arc<Btf>, name: String) -> Result<Opened, Kind> {
    Ok(Opened { btf, distilled: None, ext: None, name })
}
