//! Pass: tables laid out as this kernel has them.

use alloc::{string::ToString, sync::Arc, vec::Vec};

use hashbrown::{HashMap, HashSet, hash_map::Entry};

use super::{PREFIX, Plan, member::write, plan::is_function_pointer};
use crate::{
    AttachTo, Kind, Linked, ModuleIdx, Table, Target, Unavailable,
    lookup::{Found, names},
    object::{
        Program,
        btf::{Btf, Composite, Kind as BtfKind, Member, Type, TypeId, nearest},
        isa::{FuncIdx, MapIdx},
        uapi::{AttachType, ProgType},
    },
    program::definition,
};

/// What a program is loaded with: the struct, and the position of its member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub attach_to: AttachTo,
    pub attach_type: AttachType,
}

/// The size in bytes of a pointer.
const POINTER: u64 = 8;
/// The largest value of a map with a table in bytes; those of kernels are below a tenth of it.
const MAX_SIZE: u32 = 1 << 16;
/// For so many structs that are missing the nearest name is looked for: that is a pass over all names of the kernel.
const MAX_SEARCHES: usize = 32;

/// A table on this kernel.
#[derive(Debug)]
pub(crate) struct Laid {
    /// Whether its map is to be made.
    pub needed: bool,
    pub table: Result<Arc<Table>, Kind>,
}

/// What became of the tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// Each table, or what is wrong with it.
    maps: HashMap<MapIdx, Laid>,
    slots: HashMap<FuncIdx, Result<Slot, Kind>>,
}

impl Tables {
    /// The table in a map; none if it was not asked for.
    pub(crate) fn table(&self, map: MapIdx) -> Option<&Laid> {
        self.maps.get(&map)
    }

    /// What a program of a table is loaded with.
    ///
    /// # Errors
    /// When no table names it, or the kernel has no place for it.
    pub(crate) fn slot(&self, func: FuncIdx) -> Result<Slot, Kind> {
        let unused = || Kind::Reference { why: "no struct_ops variable names this program" };
        self.slots.get(&func).cloned().unwrap_or_else(|| Err(unused()))
    }

    /// Whether a program belongs to the table of a module.
    pub(crate) fn need_modules(&self) -> bool {
        self.slots.values().any(|slot| matches!(slot, Ok(slot) if slot.attach_to.module.is_some()))
    }

    /// Notes where a program belongs; false if it already belongs elsewhere.
    fn claim(&mut self, func: FuncIdx, slot: Result<Slot, Kind>) -> bool {
        match (self.slots.get(&func), &slot) {
            (Some(Ok(known)), Ok(slot)) => known == slot,
            (Some(_), Err(_)) => true,
            _ => {
                self.slots.insert(func, slot);
                true
            }
        }
    }
}

/// Lays out tables, each with the type of its map, if the kernel has one.
pub(crate) fn lay_out(
    linked: &Linked,
    target: &Target,
    plans: &[(&Plan, bool)],
    mut take: impl FnMut() -> Result<Option<Found>, Unavailable>,
) -> Tables {
    let mut tables = Tables::default();
    let Some(local) = linked.btf() else { return tables };
    let of_struct_ops = |program: &&Program| definition(program).is_ok_and(|def| def.prog_type == ProgType::STRUCT_OPS);
    let programs: HashSet<FuncIdx> = linked.programs().iter().filter(of_struct_ops).map(|p| p.func).collect();
    let mut known = HashMap::<Found, Option<Theirs<'_>>>::new();
    for (searches, &(plan, needed)) in plans.iter().enumerate() {
        let absent = || absent(target, &plan.name, searches < MAX_SEARCHES);
        let found = take().map_err(Kind::Unavailable).and_then(|found| found.ok_or_else(absent));
        let table = found.and_then(|found| {
            let theirs = match known.entry(found) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(Theirs::of(target, found, &plan.name)?),
            };
            let (Some(theirs), Some(Type::Struct(ours))) = (theirs, local.get(plan.type_id)) else {
                return Err(absent());
            };
            Ok(Layout { plan, programs: &programs, local, ours, theirs }.table(&mut tables))
        });
        let table = table.unwrap_or_else(|kind| {
            for (_, func) in &plan.programs {
                tables.claim(*func, Err(kind.clone()));
            }
            Err(kind)
        });
        tables.maps.insert(plan.map, Laid { needed, table: table.map(Arc::new) });
    }
    tables
}

fn absent(target: &Target, name: &str, search: bool) -> Kind {
    let names = |btf| names(btf, BtfKind::STRUCT).filter_map(|name| name.strip_prefix(PREFIX));
    let btf = target.vmlinux().ok().filter(|_| search);
    let nearest = btf.and_then(|btf| nearest(name, names(btf)).map(str::to_string));
    Kind::NoStructOps { name: name.into(), nearest }
}

/// A struct in the kernel.
struct Theirs<'a> {
    btf: &'a Btf,
    module: Option<ModuleIdx>,
    /// The struct.
    type_id: TypeId,
    /// The type of the map.
    value_type: TypeId,
    /// The size of the map's value in bytes, and where in it the struct begins.
    size: u32,
    start: u32,
    /// Its members, with their positions; the first of each name.
    members: HashMap<&'a str, (u32, Member<'a>)>,
}

impl<'a> Theirs<'a> {
    /// The struct in a map's value; none if there is none of the name.
    fn of(target: &'a Target, found: Found, name: &str) -> Result<Option<Self>, Kind> {
        let btf: &Btf = match found.module {
            None => target.vmlinux(),
            Some(module) => target.module_btf(module),
        }
        .map_err(Kind::Unavailable)?;
        let Some(Type::Struct(value)) = btf.get(found.id) else { return Ok(None) };
        let is_data = |member: &Member<'_>| btf.kind(member.ty) == Some(BtfKind::STRUCT) && btf.name(member.ty) == name;
        let Some(data) = value.members().find(is_data).filter(|_| value.size <= MAX_SIZE) else { return Ok(None) };
        let Some(Type::Struct(table)) = btf.get(data.ty) else { return Ok(None) };
        let mut members = HashMap::new();
        for (i, member) in (0..).zip(table.members()) {
            members.entry(member.name).or_insert((i, member));
        }
        let start = data.bit_offset / 8;
        let (module, size) = (found.module, value.size);
        Ok(Some(Self { btf, module, type_id: data.ty, value_type: found.id, size, start, members }))
    }
}

/// A struct here and in the kernel.
struct Layout<'a> {
    plan: &'a Plan,
    /// The programs of struct_ops sections.
    programs: &'a HashSet<FuncIdx>,
    local: &'a Btf,
    ours: Composite<'a>,
    theirs: &'a Theirs<'a>,
}

impl Layout<'_> {
    fn fault(&self, member: &str, why: &'static str) -> Kind {
        Kind::StructOps { name: self.plan.name.clone(), member: member.into(), why }
    }

    /// Copies every member to its place; members that name programs are listed instead. All programs learn their places,
    /// also those after a fault.
    fn table(&self, tables: &mut Tables) -> Result<Table, Kind> {
        let mut table = Table {
            data: Arc::default(),
            size: self.theirs.size,
            value_type: self.theirs.value_type,
            module: self.theirs.module,
            programs: Vec::with_capacity(self.plan.programs.len()),
        };
        let mut data = Vec::new();
        let mut fault = None;
        for member in self.ours.members() {
            let done =
                self.member(&member, self.theirs.members.get(member.name).copied(), &mut data, &mut table, tables);
            if let Err(kind) = done {
                fault.get_or_insert(kind);
            }
        }
        table.data = data.into();
        fault.map_or(Ok(table), Err)
    }

    fn member(
        &self,
        here: &Member<'_>,
        there: Option<(u32, Member<'_>)>,
        data: &mut Vec<u8>,
        table: &mut Table,
        tables: &mut Tables,
    ) -> Result<(), Kind> {
        let offset = here.bit_offset / 8;
        let programs = &self.plan.programs;
        let func = programs.binary_search_by_key(&offset, |(at, _)| *at).ok().map(|i| programs[i].1);
        let size = self.local.size(here.ty).map_err(Kind::Btf)?;
        let from = bytes(&self.plan.data, offset.into(), size).ok_or_else(|| self.fault(here.name, "lies outside"))?;
        let place = match there {
            Some((index, there)) => self.check(here, &there).map(|()| (index, there)),
            None if func.is_none() && from.iter().all(|byte| *byte == 0) => return Ok(()),
            None => Err(self.fault(here.name, "does not exist in this kernel, and is not zero")),
        };
        let Some(func) = func else {
            let (_, there) = place?;
            return self.value(here, from, there.bit_offset / 8, data);
        };
        let slot = place.and_then(|(index, there)| {
            let slot = self.function(here, &there, func, index)?;
            Ok((slot, there.bit_offset / 8))
        });
        match slot {
            Ok((slot, at)) => {
                if !tables.claim(func, Ok(slot)) {
                    return Err(self.fault(here.name, "names a program that another table has in another place"));
                }
                table.programs.push((self.theirs.start.saturating_add(at), func));
                Ok(())
            }
            Err(kind) => {
                tables.claim(func, Err(kind.clone()));
                Err(kind)
            }
        }
    }

    /// Copies a value.
    fn value(&self, here: &Member<'_>, from: &[u8], at: u32, data: &mut Vec<u8>) -> Result<(), Kind> {
        if matches!(self.local.resolve(here.ty), Ok((_, Type::Ptr(_)))) {
            return match from.iter().all(|byte| *byte == 0) {
                true => Ok(()),
                false => Err(self.fault(here.name, "is a pointer, which only a program can be")),
            };
        }
        let at = self.theirs.start.saturating_add(at);
        let end = u64::from(at).saturating_add(from.len() as u64);
        if end > self.theirs.size.into() {
            return Err(self.fault(here.name, "lies outside of the kernel's struct"));
        }
        // What is zero at the end is not kept.
        if from.iter().any(|byte| *byte != 0) {
            data.resize(data.len().max(end as usize), 0);
            write(data, at, from);
        }
        Ok(())
    }

    /// Where a program belongs.
    fn function(&self, here: &Member<'_>, there: &Member<'_>, func: FuncIdx, index: u32) -> Result<Slot, Kind> {
        if !is_function_pointer(self.local, here.ty) {
            return Err(self.fault(here.name, "is given a program, but is not a function"));
        }
        if !is_function_pointer(self.theirs.btf, there.ty) {
            return Err(self.fault(here.name, "is given a program, but is not a function in this kernel"));
        }
        if !self.programs.contains(&func) {
            return Err(self.fault(here.name, "is given a function that is no program of a `struct_ops` section"));
        }
        let end = u64::from(self.theirs.start) + u64::from(there.bit_offset / 8) + POINTER;
        if end > self.theirs.size.into() {
            return Err(self.fault(here.name, "lies outside of the kernel's struct"));
        }
        let attach_to =
            AttachTo { name: self.plan.name.clone(), type_id: self.theirs.type_id, module: self.theirs.module };
        Ok(Slot { attach_to, attach_type: AttachType(index) })
    }

    /// Whether a member means the same here and in the kernel.
    fn check(&self, here: &Member<'_>, there: &Member<'_>) -> Result<(), Kind> {
        if here.bit_size != 0 || there.bit_size != 0 {
            return Err(self.fault(here.name, "is a bitfield"));
        }
        let (ours, ty) = self.local.resolve(here.ty).map_err(Kind::Btf)?;
        let differs = || self.fault(here.name, "has another type in this kernel");
        let (theirs, _) = self.theirs.btf.resolve(there.ty).map_err(|_| differs())?;
        if self.local.kind(ours) != self.theirs.btf.kind(theirs) {
            return Err(differs());
        }
        if !matches!(ty, Type::Ptr(_)) && self.local.size(ours).ok() != self.theirs.btf.size(theirs).ok() {
            return Err(self.fault(here.name, "has another size in this kernel"));
        }
        Ok(())
    }
}

fn bytes(data: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    data.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}
