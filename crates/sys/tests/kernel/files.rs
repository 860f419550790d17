use crate::{Outcome, privileged, skip};
use skep_sys::caps::Caps;
use skep_sys::mmap::{KernelBtf, kernel_btf_names};
use skep_sys::{Errno, cpu, kallsyms, mounts, release};
use std::ops::ControlFlow;

pub fn the_kernels_btf_is_btf() -> Outcome {
    let btf = match KernelBtf::vmlinux() {
        Ok(btf) => btf,
        Err(error) => {
            return skip(format!("the kernel was built without BTF: {error}"));
        }
    };
    let bytes = btf.as_ref();
    assert_eq!(bytes[..2], 0xeb9fu16.to_ne_bytes());
    assert_eq!(btf.is_mapped(), release::running().unwrap().release() >= skep_uapi::Release::new(6, 16));
    // Mapped or not, it is what reading gives.
    assert!(bytes == std::fs::read("/sys/kernel/btf/vmlinux").unwrap());
    assert!(kernel_btf_names().unwrap().iter().any(|name| name == "vmlinux"));
    assert_eq!(KernelBtf::module("no_such_module").unwrap_err().errno, Errno::ENOENT);
    assert_eq!(KernelBtf::module("../notes").unwrap_err().errno, Errno::EINVAL);
    Ok(())
}

pub fn kallsyms_has_the_kernels_symbols() -> Outcome {
    let (mut count, mut text) = (0, None);
    let result = kallsyms::for_each(|symbol| {
        // Programs and probes of other tests, which are listed as modules, come and go meanwhile.
        count += usize::from(symbol.module.is_none());
        if symbol.name == "_text" {
            text = Some(symbol.address);
        }
        ControlFlow::Continue(())
    });
    match result {
        Err(error) => return skip(error.to_string()),
        Ok(()) => {
            let text = std::fs::read_to_string("/proc/kallsyms").unwrap();
            assert_eq!(count, text.lines().filter(|line| !line.contains('\t')).count());
        }
    }
    if privileged().is_ok() {
        assert!(text.is_some_and(|address| address != 0));
    }
    let mut seen = 0;
    kallsyms::for_each(|_| {
        seen += 1;
        ControlFlow::Break(())
    })
    .unwrap();
    assert_eq!(seen, 1);
    Ok(())
}

pub fn cpus_and_pages() -> Outcome {
    let possible = cpu::possible().unwrap();
    assert_eq!(cpu::possible_count().unwrap(), possible.len());
    assert!(cpu::online().unwrap().iter().all(|cpu| possible.contains(cpu)));
    assert!(cpu::page_size().is_power_of_two());
    Ok(())
}

pub fn the_running_release_is_what_uname_says() -> Outcome {
    let running = release::running().unwrap();
    assert!(release::uname_release().starts_with(&format!("{}.{}", running.major, running.minor)));
    assert!(running.code() > 0x5_0000);
    assert!(!release::machine().is_empty());
    Ok(())
}

pub fn capabilities_have_names() -> Outcome {
    let caps = Caps::effective().unwrap();
    if rustix::process::geteuid().is_root() && caps.contains(Caps::SYS_ADMIN) {
        assert!(caps.names().any(|name| name == "CAP_SYS_ADMIN"));
        assert!(caps.can_load() && caps.can_trace());
    }
    Ok(())
}

pub fn the_bpf_file_system_is_found_or_mounted() -> Outcome {
    if !Caps::effective().unwrap().contains(Caps::SYS_ADMIN) {
        return skip("mounting needs CAP_SYS_ADMIN");
    }
    let path = mounts::bpffs().unwrap();
    assert!(mounts::is_bpffs(path) && !mounts::is_bpffs("/proc".as_ref()));
    assert!(mounts::find("bpf").unwrap().is_some());
    assert_eq!(mounts::find("no-such-fs").unwrap(), None);
    assert_eq!(mounts::make_pin_dir("/tmp".as_ref()).unwrap_err().errno, Errno::EINVAL);
    Ok(())
}
