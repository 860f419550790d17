//! Pass: what this kernel lacks, replaced by what it has.

use crate::{
    Target,
    object::{
        isa::{Opcode, Raw},
        uapi::Feature,
    },
};

/// Helpers that came late, and the older one that does the same job where they are missing.
const REPLACED: &[(i32, &str, i32, &str)] = &[
    (112, "probe_read_user", 4, "probe_read"),
    (113, "probe_read_kernel", 4, "probe_read"),
    (114, "probe_read_user_str", 45, "probe_read_str"),
    (115, "probe_read_kernel_str", 45, "probe_read_str"),
];

/// Whether calls of helpers are to be replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Helpers {
    replaced: bool,
}

impl Helpers {
    /// By what a kernel has.
    pub(crate) fn of(target: &Target) -> Self {
        Self { replaced: !target.has(Feature::ProbeReadKernel) }
    }

    /// Replaces the helper that a slot calls, and names both, if this kernel lacks it.
    pub(crate) fn replace(self, slot: &mut Raw) -> Option<(&'static str, &'static str)> {
        if !self.replaced || slot.code != Opcode::CALL || slot.regs != 0 {
            return None;
        }
        let &(_, from, imm, to) = REPLACED.iter().find(|(imm, ..)| *imm == slot.imm)?;
        slot.imm = imm;
        Some((from, to))
    }
}
