//! Jump tables: a map for each.

use std::os::fd::OwnedFd;

use super::{Session, privilege};
use crate::{
    Error, Kind,
    errors::at,
    object::uapi::MapType,
    reloc::{self, Jumps},
    sys::bpf::{self, ElemFlags, MapCreate, map_create},
};

/// The bytes of a place: the instruction as it was, as it became, and where it is in machine code, each of 32 bits.
#[doc(alias = "bpf_insn_array_value")]
const VALUE: usize = 16;
/// The name that the kernel knows such maps by.
const NAME: &str = ".jumptables";

impl Session<'_> {
    /// Creates the maps for a program's jump tables.
    pub(super) fn jumps(&self, program: &reloc::Program, jumps: &[Jumps]) -> Result<Vec<OwnedFd>, Error> {
        jumps.iter().map(|table| self.jump_map(program, table)).collect()
    }

    fn jump_map(&self, program: &reloc::Program, table: &Jumps) -> Result<OwnedFd, Error> {
        let site = self.program_site(program);
        let create = MapCreate {
            map_type: MapType::INSN_ARRAY,
            key_size: 4,
            value_size: VALUE as u32,
            max_entries: table.targets.len() as u32,
            name: NAME,
            ..MapCreate::default()
        };
        let map = map_create(&create).map_err(|error| {
            let action = format!("create a map of type {}", MapType::INSN_ARRAY);
            let map = format!("jump table `{}`, {} places", table.name, table.targets.len());
            let since = MapType::INSN_ARRAY.since().filter(|since| *since > privilege::running());
            let reason =
                since.map(|since| format!("jump tables exist since Linux {since}: compile for an older one").into());
            at(
                &site,
                privilege::missing(error, privilege::BPF, action).unwrap_or(Kind::MapCreate { map, error, reason }),
            )
        })?;
        self.fill_jumps(&map, table)
            .map_err(|error| at(&site, Kind::MapContents { what: format!("jump table `{}`", table.name), error }))?;
        Ok(map.into())
    }

    fn fill_jumps(&self, map: &bpf::Map, table: &Jumps) -> Result<(), crate::sys::Error> {
        let mut value = [0; VALUE];
        for (key, target) in (0u32..).zip(&table.targets) {
            value[..4].copy_from_slice(&target.0.to_ne_bytes());
            map.by_ref().update(&key.to_ne_bytes(), &value, ElemFlags::ANY)?;
        }
        map.by_ref().freeze()
    }
}
