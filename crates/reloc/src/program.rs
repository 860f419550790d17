//! Pass: what each program is, by its section.

use alloc::borrow::ToOwned;

use crate::{
    Kind, Target,
    object::{
        Attach, Program, SectionDef, SectionFlags,
        section_def::suggest,
        uapi::{AttachType, Feature, ProgFlags, ProgType},
    },
};

/// The row of a program's section.
///
/// # Errors
/// When no row matches, with the nearest that would.
pub(crate) fn definition(program: &Program) -> Result<&'static SectionDef, Kind> {
    program.section.def.ok_or_else(|| {
        let section = program.section.full.clone();
        let nearest = suggest(&section).map(str::to_owned);
        Kind::UnknownSection { section, nearest }
    })
}

/// The flags that programs of a section are loaded with.
pub(crate) fn flags(def: &SectionDef) -> ProgFlags {
    let mut flags = ProgFlags(0);
    if def.flags.contains(SectionFlags::SLEEPABLE) {
        flags = flags.with(ProgFlags::SLEEPABLE);
    }
    if def.flags.contains(SectionFlags::XDP_FRAGS) && def.prog_type == ProgType::XDP {
        flags = flags.with(ProgFlags::XDP_HAS_FRAGS);
    }
    flags
}

/// The attach type that programs of a section are loaded with on this kernel.
pub(crate) fn attach_type(def: &SectionDef, target: &Target) -> Option<AttachType> {
    let is_optional = def.flags.contains(SectionFlags::ATTACH_TYPE_OPTIONAL);
    match def.attach {
        // One link to all places of a probe, where the kernel has such links.
        Attach::Usdt if target.has(Feature::UprobeMulti) => Some(AttachType::TRACE_UPROBE_MULTI),
        _ => def.attach_type.filter(|_| !is_optional || target.has(Feature::ExpectedAttachType)),
    }
}
