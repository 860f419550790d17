//! Tables of functions that the kernel calls (struct_ops): what the object and the caller want, and how this kernel has it.

mod layout;
mod member;
mod plan;

pub(crate) use layout::{Laid, Tables, lay_out};
pub(crate) use plan::{Plan, Plans, plans};

use alloc::{format, string::String};

use crate::{lookup::Wanted, object::btf::Kind};

/// How the kernel names the type of the map that holds a table.
const PREFIX: &str = "bpf_struct_ops_";

/// The types to look for: those of the maps.
pub(crate) fn wanted(plans: &[(&Plan, bool)]) -> alloc::vec::Vec<Wanted> {
    let wanted = |(plan, _): &(&Plan, bool)| {
        let name: String = format!("{PREFIX}{}", plan.name);
        Wanted { kind: Kind::STRUCT, name, place: None }
    };
    plans.iter().map(wanted).collect()
}
