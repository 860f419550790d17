//! What maps hold before the first program runs.

use std::{
    borrow::Cow,
    os::fd::{AsFd, AsRawFd},
};

use super::Session;
use crate::{
    Error, Kind, Map, Program,
    errors::at,
    map::Ready,
    object::{Init, isa::MapIdx},
    reloc::{ArenaData, Contents, MapSpec},
    sys::{self, Errno, bpf::ElemFlags},
};

/// The values that the caller gives to variables, by map and offset.
#[derive(Debug, Default)]
pub(crate) struct Values(Vec<(MapIdx, u32, Vec<u8>)>);

impl Values {
    pub(super) fn add(&mut self, map: MapIdx, offset: u32, value: &[u8]) {
        self.0.push((map, offset, value.to_vec()));
    }

    /// The value of a data map: the object's, zeros to its end, and the caller's over it.
    fn over<'a>(&self, map: MapIdx, data: &'a [u8], size: usize) -> Cow<'a, [u8]> {
        let mut value = Cow::Borrowed(data);
        if data.len() != size {
            value.to_mut().resize(size, 0);
        }
        for (_, offset, bytes) in self.0.iter().filter(|(at, ..)| *at == map) {
            // The linker has checked that variables lie inside of their maps; if one does not, it has no place.
            let rest = value.to_mut().get_mut(*offset as usize..);
            if let Some(to) = rest.and_then(|rest| rest.get_mut(..bytes.len())) {
                to.copy_from_slice(bytes);
            }
        }
        value
    }
}

impl Session<'_> {
    /// Writes the value of a map of global variables. A new map is zero, so that zeros need no writing.
    pub(super) fn fill(&self, idx: MapIdx, spec: &MapSpec, map: &Map, values: &Values) -> Result<(), Error> {
        if let Contents::Arena(arena) = &spec.contents {
            return self.fill_arena(idx, arena, map, values);
        }
        let Contents::Value { data, frozen } = &spec.contents else { return Ok(()) };
        let error = |error| at(&self.map_site(idx), Kind::MapContents { what: "its value".into(), error });
        let mut value = values.over(idx, data, spec.def.value_size as usize);
        if value.iter().any(|&byte| byte != 0) {
            if map.is_per_cpu() {
                value = for_each_cpu(map, &value).map_err(error)?.into();
            }
            map.raw().update(&0u32.to_ne_bytes(), &value, ElemFlags::ANY).map_err(error)?;
        }
        if *frozen { map.raw().freeze().map_err(error) } else { Ok(()) }
    }

    /// Writes the variables of an arena, with the addresses that are known now that it has its place.
    fn fill_arena(&self, idx: MapIdx, arena: &ArenaData, map: &Map, values: &Values) -> Result<(), Error> {
        let unmapped = || sys::Error::new("mmap", Errno::EINVAL);
        let error = |error| at(&self.map_site(idx), Kind::MapContents { what: "its variables".into(), error });
        let memory = map.memory().ok_or_else(unmapped).map_err(error)?;
        let write = |offset: u32, bytes: &[u8]| match memory.write(offset as usize, bytes) {
            true => Ok(()),
            false => Err(error(unmapped())),
        };
        arena.pieces.iter().try_for_each(|(offset, bytes)| write(*offset, bytes))?;
        let base = memory.address() as u64;
        for address in &arena.addresses {
            let bytes = base.wrapping_add(address.to.into()).to_ne_bytes();
            let half = if cfg!(target_endian = "little") { &bytes[..4] } else { &bytes[4..] };
            write(address.at, if address.size == 4 { half } else { &bytes })?;
        }
        let of_arena = values.0.iter().filter(|(map, ..)| *map == idx);
        of_arena.into_iter().try_for_each(|(_, offset, bytes)| write(*offset, bytes))
    }

    /// Puts maps into the slots of maps of maps.
    pub(super) fn map_slots(&self) -> Vec<Error> {
        let mut errors = Vec::new();
        for (outer, slot, init) in self.slots() {
            let Init::Map(inner) = init else { continue };
            // A map that was not created has its own error.
            let Some(inner) = self.maps.get(inner.at()).and_then(Option::as_ref) else { continue };
            errors.extend(self.set_slot(outer, slot, inner.as_fd().as_raw_fd()).err());
        }
        errors
    }

    /// Puts programs into the slots of program arrays. Those of programs that were not wanted stay empty.
    pub(super) fn program_slots(&self, programs: &[Program]) -> Result<(), Error> {
        for (map, slot, init) in self.slots() {
            let Init::Program(func) = init else { continue };
            if let Some(program) = self.program_of(programs, func) {
                self.set_slot(map, slot, program.as_fd().as_raw_fd())?;
            }
        }
        Ok(())
    }

    /// Puts programs into the tables of functions, which can be attached then. Those that lack a program stay open.
    pub(super) fn tables(&self, programs: &[Program]) {
        for (spec, map) in self.relocated.maps.iter().zip(&self.maps) {
            let (Contents::Table(table), Some(map)) = (&spec.contents, map) else { continue };
            let find = |&(offset, func): &(u32, _)| Some((offset, self.program_of(programs, func)?.shared()));
            if let Some(programs) = table.programs.iter().map(find).collect() {
                map.set_table(Ready::new(table, programs));
            }
        }
    }

    fn slots(&self) -> impl Iterator<Item = (MapIdx, u32, Init)> {
        let maps = self.relocated.maps.iter().enumerate();
        maps.filter(|(_, spec)| spec.needed).flat_map(|(i, spec)| {
            let slots = match &spec.contents {
                Contents::Slots(slots) => slots.as_slice(),
                _ => &[],
            };
            slots.iter().map(move |&(slot, init)| (MapIdx(i as u32), slot, init))
        })
    }

    fn set_slot(&self, idx: MapIdx, slot: u32, fd: i32) -> Result<(), Error> {
        let Some(map) = self.maps.get(idx.at()).and_then(Option::as_ref) else { return Ok(()) };
        let set = map.raw().update(&slot.to_ne_bytes(), &fd.to_ne_bytes(), ElemFlags::ANY);
        set.map_err(|error| at(&self.map_site(idx), Kind::MapContents { what: format!("slot {slot}"), error }))
    }
}

/// The same value for each CPU, as the kernel takes them.
fn for_each_cpu(map: &Map, value: &[u8]) -> Result<Vec<u8>, sys::Error> {
    let size = map.raw().user_value_size()?;
    let mut one = value.to_vec();
    one.resize(value.len().next_multiple_of(8), 0);
    Ok(one.repeat(size.checked_div(one.len()).unwrap_or_default()))
}
