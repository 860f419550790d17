//! Objects from any bytes, checked against kernels: whatever their code jumps to, a report comes out.

#![no_main]

#[path = "../support/kernels.rs"]
mod kernels;

use kernels::Case;
use libfuzzer_sys::fuzz_target;
use skep_reloc::{Offline, Target, check::check};

fuzz_target!(|data: &[u8]| {
    let Some(Case { linked, which, release, with, config }) = kernels::case(data) else { return };
    let types = linked.btf().filter(|_| with & 1 == 1).cloned();
    let kernel = Offline::new(types.unwrap_or_else(|| kernels::kernel(which, linked.endian())));
    let kernel = if with & 2 == 2 { kernel.with_config(config) } else { kernel };
    let kernel = if with & 4 == 4 { kernel.with_version(kernels::release(release)) } else { kernel };
    let report = check(&linked, &Target::new(kernel));
    let findings = report.programs.iter().flat_map(|program| &program.findings).chain(&report.object);
    for finding in findings {
        assert!(!finding.code.is_empty() && !finding.message.is_empty());
    }
    let _ = report.verdict();
});
