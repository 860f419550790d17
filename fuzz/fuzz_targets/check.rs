//! Objects from any bytes, checked against kernels: whatever their code jumps to, a report comes out.

#![no_main]

#[path = "../support/kernels.rs"]
mod kernels;

use libfuzzer_sys::fuzz_target;
use skep_reloc::{Offline, Target, check::check, linker::link, object::elf};

// The last 4 bytes choose the kernel, and say how many of the bytes before them are its configuration.
fuzz_target!(|data: &[u8]| {
    let Some((data, &[which, release, own, config])) = data.split_last_chunk::<4>() else { return };
    let (object, config) = data.split_at(data.len().saturating_sub(config.into()));
    let Ok(object) = elf::read("fuzz.bpf.o", object) else { return };
    let Ok(linked) = link([object]) else { return };
    let types = linked.btf().filter(|_| own & 1 == 1).cloned();
    let kernel = Offline::new(types.unwrap_or_else(|| kernels::kernel(which, linked.endian())));
    let kernel = if own & 2 == 2 { kernel.with_config(String::from_utf8_lossy(config)) } else { kernel };
    let kernel = if own & 4 == 4 { kernel.with_version(kernels::release(release)) } else { kernel };
    let report = check(&linked, &Target::new(kernel));
    let findings = report.programs.iter().flat_map(|program| &program.findings).chain(&report.object);
    for finding in findings {
        assert!(!finding.code.is_empty() && !finding.message.is_empty());
    }
    let _ = report.verdict();
});
