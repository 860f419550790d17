//! What is known of the kernel that runs here.

use std::{
    collections::HashMap,
    io::Read,
    ops::ControlFlow,
    sync::{Arc, Mutex, OnceLock},
};

use super::unavailable;
use crate::{
    Error,
    object::{
        btf::{self, Btf, Bytes, Endian},
        uapi::Feature,
    },
    probe,
    probe_bytes::SYSCALL_PREFIX,
    reloc::{Kernel, Module, ModuleIdx, Target, Unavailable},
    sys::{
        self, Errno,
        bpf::{BtfObject, Kind, ids},
        cpu, kallsyms,
        mmap::KernelBtf,
        release,
    },
};

/// The kernel that runs here, as a target. Each fact is looked at when something first needs it, and once.
///
/// # Errors
/// None so far: a fact that is not to be had is reported to whoever needs it.
pub fn running() -> Result<Target, Error> {
    Ok(Target::new(Running::default()))
}

/// BTF, or why it is not to be had.
type Opened = Result<Arc<Btf>, Unavailable>;

/// The facts of the running kernel that were asked for so far.
#[derive(Debug, Default)]
struct Running {
    vmlinux: OnceLock<Opened>,
    modules: OnceLock<Vec<Module>>,
    /// By module; the outer is as long as `modules`.
    module_btf: OnceLock<Vec<OnceLock<Opened>>>,
    symbols: Mutex<HashMap<String, Vec<u64>>>,
    config: OnceLock<Result<String, Unavailable>>,
}

impl Running {
    /// Whether the types tell, without a pass over all symbols, that system calls have names of their own.
    fn has_syscall_wrapper(&self) -> bool {
        let name = SYSCALL_PREFIX.map(|prefix| format!("{prefix}sys_bpf"));
        name.zip(self.vmlinux().ok()).is_some_and(|(name, btf)| btf.find_kind(&name, btf::Kind::FUNC).is_some())
    }
}

impl Kernel for Running {
    fn endian(&self) -> Endian {
        Endian::NATIVE
    }

    fn page_size(&self) -> u32 {
        cpu::page_size() as u32
    }

    fn possible_cpus(&self) -> u32 {
        cpu::possible_count().map_or(1, |count| count as u32)
    }

    fn version(&self) -> u32 {
        release::running().map_or(0, release::Version::code)
    }

    fn has(&self, feature: Feature) -> bool {
        feature == Feature::SyscallWrapper && self.has_syscall_wrapper() || probe::has(feature)
    }

    fn vmlinux(&self) -> Result<&Arc<Btf>, Unavailable> {
        self.vmlinux.get_or_init(vmlinux).as_ref().map_err(Clone::clone)
    }

    fn modules(&self) -> &[Module] {
        self.modules.get_or_init(modules)
    }

    fn module_btf(&self, module: ModuleIdx) -> Result<&Arc<Btf>, Unavailable> {
        let modules = self.modules();
        let all = self.module_btf.get_or_init(|| modules.iter().map(|_| OnceLock::new()).collect());
        let at = module.0 as usize;
        let (Some(info), Some(btf)) = (modules.get(at), all.get(at)) else {
            return Err(unavailable(format!("BTF of module {at}"), "there is no such module"));
        };
        let open = || open_module(info, self.vmlinux()?.clone());
        btf.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    fn symbols(&self, names: &[&str]) -> Result<Vec<Vec<u64>>, Unavailable> {
        let mut known = self.symbols.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if names.iter().any(|name| !known.contains_key(*name)) {
            find_symbols(&mut known, names)?;
        }
        Ok(names.iter().map(|name| known.get(*name).cloned().unwrap_or_default()).collect())
    }

    fn config(&self) -> Result<&str, Unavailable> {
        self.config.get_or_init(config).as_ref().map(String::as_str).map_err(Clone::clone)
    }
}

/// The kernel's own types: mapped or read from sysfs.
fn vmlinux() -> Opened {
    const WHAT: &str = "BTF of the running kernel";
    let bytes = KernelBtf::vmlinux().map_err(|error| match error.errno {
        Errno::ENOENT => unavailable(WHAT, "/sys/kernel/btf/vmlinux is absent: it was built without DEBUG_INFO_BTF"),
        _ => unavailable(WHAT, error),
    })?;
    Btf::parse(Bytes::new(bytes)).map(Arc::new).map_err(|error| unavailable(WHAT, error))
}

/// The modules that have types, by the ids that the kernel gives their BTF. Empty without the privilege to list them,
/// and for kernels whose modules have none.
fn modules() -> Vec<Module> {
    let mut modules = Vec::new();
    for id in ids(Kind::Btf).map_while(Result::ok) {
        // A module that goes away meanwhile, or cannot be asked about, is none that could be needed.
        let Ok(info) = BtfObject::by_id(id).and_then(|btf| btf.info()) else { continue };
        if let Some(name) = info.name.filter(|name| info.is_kernel && name != "vmlinux") {
            modules.push(Module { name: name.into(), btf_id: id });
        }
    }
    modules
}

/// The types of one module.
fn open_module(module: &Module, base: Arc<Btf>) -> Opened {
    let what = || format!("BTF of module {}", module.name);
    let bytes = match KernelBtf::module(&module.name) {
        Ok(bytes) => Bytes::new(bytes),
        Err(_) => {
            let by_id = || BtfObject::by_id(module.btf_id)?.bytes();
            Bytes::from(by_id().map_err(|error: sys::Error| unavailable(what(), error))?)
        }
    };
    Btf::parse_split(bytes, base).map(Arc::new).map_err(|error| unavailable(what(), error))
}

/// Finds symbols in one pass, those that are known already not counted.
fn find_symbols(known: &mut HashMap<String, Vec<u64>>, names: &[&str]) -> Result<(), Unavailable> {
    const WHAT: &str = "addresses of kernel symbols";
    let wanted = names.iter().filter(|name| !known.contains_key(**name));
    let mut found = wanted.map(|name| ((*name).to_owned(), Vec::new())).collect::<HashMap<_, Vec<u64>>>();
    // Some symbols are at 0 by themselves: where variables of each CPU begin. Hidden ones are all there.
    let (mut at_zero, mut elsewhere) = (false, false);
    let add = |symbol: kallsyms::Symbol<'_>| {
        elsewhere |= symbol.address != 0;
        // Link-time optimisation gives local data a suffix.
        let name = match symbol.kind {
            b'd' | b'b' | b'r' => symbol.name.split_once(".llvm.").map_or(symbol.name, |(name, _)| name),
            _ => symbol.name,
        };
        if let Some(addresses) = found.get_mut(name) {
            at_zero |= symbol.address == 0;
            if !addresses.contains(&symbol.address) {
                addresses.push(symbol.address);
            }
        }
        ControlFlow::Continue(())
    };
    kallsyms::for_each(add).map_err(|error| unavailable(WHAT, error))?;
    if at_zero && !elsewhere {
        return Err(unavailable(WHAT, "the kernel hides them: CAP_SYSLOG is needed, or kernel.kptr_restrict=0"));
    }
    known.extend(found);
    Ok(())
}

/// The options the kernel was built with.
fn config() -> Result<String, Unavailable> {
    const WHAT: &str = "configuration of the running kernel";
    if let Ok(file) = std::fs::File::open("/proc/config.gz") {
        let mut text = String::new();
        return match flate2::read::GzDecoder::new(file).read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(unavailable(WHAT, format!("/proc/config.gz: {error}"))),
        };
    }
    match release::boot_config() {
        Ok(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
        Err(_) => {
            let why = format!("neither /proc/config.gz nor /boot/config-{} is there", release::uname_release());
            Err(unavailable(WHAT, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_kernel_has_types_and_symbols() {
        let target = running().unwrap();
        if !std::path::Path::new("/sys/kernel/btf/vmlinux").exists() {
            assert!(target.vmlinux().unwrap_err().why.contains("DEBUG_INFO_BTF"));
            return;
        }
        let btf = target.vmlinux().unwrap();
        assert!(btf.len() > 10_000, "{} types", btf.len());
        assert!(std::ptr::eq(btf, target.vmlinux().unwrap()), "it is opened once");
    }

    #[test]
    fn a_module_that_is_not_there_harms_nothing() {
        let target = running().unwrap();
        let after = ModuleIdx(target.modules().len() as u32);
        assert!(target.module_btf(after).unwrap_err().why.contains("no such module"));
    }
}
