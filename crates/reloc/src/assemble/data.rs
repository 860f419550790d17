//! References to maps, variables and jump tables.

use alloc::vec::Vec;

use super::{POISON_MAP, Stream};
use crate::{
    Jumps, Kind, Slot, Why,
    object::{
        DataSection, MapKind,
        isa::{Insn, InsnIdx, MapIdx, opcode::pseudo},
        uapi::Feature,
    },
};

/// The most places in all jump tables of a program: the most instructions a program can have.
const MAX_JUMPS: usize = 1_000_000;

impl Stream<'_> {
    /// A map, or a byte of its value.
    pub(super) fn map(&mut self, at: InsnIdx, insn: &Insn, map: MapIdx, offset: Option<u32>) -> Result<(), Kind> {
        if !insn.is_wide() {
            return Err(Kind::Reference { why: "only a 64-bit load can refer to a map" });
        }
        let input = self.input;
        let found = input.linked.maps().get(map.at()).ok_or(Kind::Reference { why: "the map does not exist" })?;
        if let Some(offset) = offset
            && let Err(kind) = input.addresses.check(input.linked, map, offset)
        {
            return if self.addresses.insert(map) { Err(kind) } else { Ok(()) };
        }
        let (map, offset) = match offset {
            Some(offset) => {
                let (map, place) = input.arena.resolve(map)?;
                (map, Some(offset.wrapping_add(place)))
            }
            None => (map, None),
        };
        if !input.created.get(map.at()).copied().unwrap_or(true) {
            self.poison(at, POISON_MAP.saturating_add(map.0 as i32));
        } else {
            let is_percpu = matches!(found.kind, MapKind::Data { section: DataSection::Percpu, .. });
            let needs = if is_percpu { Feature::PercpuData } else { Feature::GlobalData };
            if offset.is_some() && !input.target.has(needs) {
                return if self.lacks.insert(needs) { Err(Kind::Feature(needs)) } else { Ok(()) };
            }
            match offset {
                None => self.wide(at, pseudo::MAP_FD, 0, (insn.imm >> 32) as i32),
                Some(offset) => self.wide(at, pseudo::MAP_VALUE, 0, offset as i32),
            }
            let slot = match insn.meta.map() {
                Some(held) => {
                    self.code.held.push(held.clone());
                    Slot::Held((self.code.held.len() - 1) as u32)
                }
                None => Slot::Map(map),
            };
            self.code.fds.push((at, slot));
        }
        self.note(at, insn, Why::Map(map));
        Ok(())
    }

    /// A table of places that the function jumps to.
    pub(super) fn jump_table(&mut self, at: InsnIdx, insn: &Insn, idx: u32) -> Result<(), Kind> {
        let table = self.input.linked.jump_tables().get(idx as usize);
        let table = table.ok_or(Kind::Reference { why: "the jump table does not exist" })?;
        if !insn.is_wide() {
            return Err(Kind::Reference { why: "only a 64-bit load can refer to a jump table" });
        }
        let position = match self.jumps.get(&idx) {
            Some(known) => *known,
            None => {
                let outside = Kind::Reference { why: "a jump table leads outside of the program" };
                let start = i64::from(self.reach.starts.get(&table.func).ok_or(outside.clone())?.0);
                let known: usize = self.code.jumps.iter().map(|jumps| jumps.targets.len()).sum();
                if known.saturating_add(table.targets().len()) > MAX_JUMPS {
                    return Err(Kind::Unsupported {
                        what: "more than a million places in the jump tables of a program",
                    });
                }
                // That a jump stays in its function is for the verifier to say.
                let target = |slot: i64| {
                    let slot = u32::try_from(start.checked_add(slot)?).ok()?;
                    Some(InsnIdx(slot)).filter(|_| slot < self.reach.slots)
                };
                let targets: Option<Vec<InsnIdx>> = table.targets().map(target).collect();
                let position = self.code.jumps.len() as u32;
                self.code.jumps.push(Jumps { name: table.name.clone(), targets: targets.ok_or(outside)? });
                self.jumps.insert(idx, position);
                position
            }
        };
        self.wide(at, pseudo::MAP_VALUE, 0, (insn.imm >> 32) as i32);
        self.first(at).off = 0;
        self.code.fds.push((at, Slot::Jumps(position)));
        self.note(at, insn, Why::Jumps(table.name.clone()));
        Ok(())
    }
}
