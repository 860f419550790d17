//! Which sections there will be, in which order, and where functions stand in theirs.

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::HashMap;
use skep_isa::{FuncIdx, Insn};

use crate::{MapKind, Object, SectionIdx};

/// What a section holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Holds {
    /// The functions of a section of the object.
    Code(SectionIdx),
    /// The declarations of maps.
    Maps,
    /// The contents of a data map, by its position.
    Data(u32),
    /// The struct_ops variables of a section of the object.
    StructOps(SectionIdx),
    /// The tables of computed jumps.
    JumpTables,
    /// Debug information, by its position.
    Debug(u32),
}

/// The sections, in order. The position in the file is one more than the position here.
pub(super) struct Plan {
    pub parts: Vec<(Arc<str>, Holds)>,
    places: HashMap<Holds, u16>,
    /// The functions in the order in which they are written.
    pub order: Vec<FuncIdx>,
    /// For each function its section in the file, its first slot in it, and its size in slots.
    pub funcs: Vec<(u16, u32, u32)>,
    /// For each map the section that holds or declares it; 0 if there is none.
    pub maps: Vec<u16>,
}

impl Plan {
    pub fn of(object: &Object) -> Self {
        let mut found: Vec<(SectionIdx, Holds)> = Vec::new();
        found.extend(object.funcs.iter().map(|f| (f.section, Holds::Code(f.section))));
        for (i, map) in object.maps.iter().enumerate() {
            let holds = match map.kind {
                MapKind::Declared(_) => Holds::Maps,
                MapKind::Data { .. } => Holds::Data(i as u32),
                MapKind::StructOps(_) => Holds::StructOps(map.section),
                MapKind::Kconfig => continue,
            };
            found.push((map.section, holds));
        }
        if !object.jump_tables.is_empty() {
            found.push((SectionIdx(u32::MAX), Holds::JumpTables));
        }
        found.extend((0..).zip(&object.debug).map(|(i, _)| (SectionIdx(u32::MAX), Holds::Debug(i))));
        found.sort_unstable();
        // All maps are declared in one section.
        let mut maps = false;
        found.retain(|(_, holds)| *holds != Holds::Maps || !core::mem::replace(&mut maps, true));
        found.dedup();
        let name = |&(section, holds): &(SectionIdx, Holds)| match holds {
            Holds::Maps => Arc::from(".maps"),
            Holds::JumpTables => Arc::from(".jumptables"),
            Holds::Debug(debug) => object.debug.get(debug as usize).map_or_else(|| "".into(), |d| d.name.clone()),
            Holds::Data(map) => object.maps.get(map as usize).map_or_else(|| "".into(), |m| m.name.clone()),
            _ => object.sections.get(section.0 as usize).cloned().unwrap_or_else(|| "".into()),
        };
        let parts: Vec<_> = found.iter().map(|part| (name(part), part.1)).collect();
        let places = parts.iter().zip(1..).map(|(part, at)| (part.1, at)).collect();
        let funcs = vec![(0, 0, 0); object.funcs.len()];
        let mut plan = Self { parts, places, order: Vec::new(), funcs, maps: Vec::new() };
        plan.place_functions(object);
        plan.maps =
            object.maps.iter().enumerate().map(|(i, map)| plan.place_of_map(i, &map.kind, map.section)).collect();
        plan
    }

    fn place_functions(&mut self, object: &Object) {
        let mut order: Vec<FuncIdx> = (0..object.funcs.len() as u32).map(FuncIdx).collect();
        order.sort_by_key(|f| object.funcs.get(f.at()).map(|f| (f.section, f.start)));
        let (mut last, mut slot) = (None, 0);
        for &func in &order {
            let Some(function) = object.funcs.get(func.at()) else { continue };
            if last.replace(function.section) != Some(function.section) {
                slot = 0;
            }
            let size = function.insns.iter().map(Insn::slots).sum::<u32>();
            let section = self.position(Holds::Code(function.section));
            if let Some(place) = self.funcs.get_mut(func.at()) {
                *place = (section, slot, size);
            }
            slot = slot.saturating_add(size);
        }
        self.order = order;
    }

    fn place_of_map(&self, i: usize, kind: &MapKind, section: SectionIdx) -> u16 {
        match kind {
            MapKind::Declared(_) => self.position(Holds::Maps),
            MapKind::Data { .. } => self.position(Holds::Data(i as u32)),
            MapKind::StructOps(_) => self.position(Holds::StructOps(section)),
            MapKind::Kconfig => 0,
        }
    }

    /// The position in the file of what holds something; 0 if nothing does.
    pub fn position(&self, holds: Holds) -> u16 {
        self.places.get(&holds).copied().unwrap_or(0)
    }
}
