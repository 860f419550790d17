//! What an object and its caller want of a table, before a kernel is known.

use alloc::{borrow::ToOwned, string::String, sync::Arc, vec::Vec};

use hashbrown::HashMap;

use super::member;
use crate::{
    Config, Error, Kind, Linked,
    object::{
        Errors, Map, MapKind, Site, StructOps,
        btf::{Btf, Type, TypeId, core::essential, nearest},
        isa::{FuncIdx, MapIdx},
    },
};

/// A table as it is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Its map.
    pub map: MapIdx,
    /// Whether the map is to be made.
    pub created: bool,
    /// The kernel's name of the struct: the object's without its flavour.
    pub name: Arc<str>,
    /// The struct in the object's BTF.
    pub type_id: TypeId,
    /// Its contents, but for functions.
    pub data: Arc<[u8]>,
    /// The functions, by the offset in bytes of their member.
    pub programs: Vec<(u32, FuncIdx)>,
}

/// All tables of an object.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    pub all: Vec<Plan>,
    /// Functions that are named by tables, or were until the caller changed them; and whether one that is made does.
    named: HashMap<FuncIdx, bool>,
}

impl Plans {
    /// Whether a program is to be loaded although nobody asks for it by name.
    pub(crate) fn autoload(&self, func: FuncIdx, otherwise: bool) -> bool {
        self.named.get(&func).copied().unwrap_or(otherwise)
    }

    /// Those that have to do with the programs that are wanted, each with whether its map is needed; these come first.
    pub(crate) fn concerned<'p>(&'p self, everything: bool, wanted: impl Fn(FuncIdx) -> bool) -> Vec<(&'p Plan, bool)> {
        let judge = |plan: &'p Plan| {
            let wanted = |(_, func): &(u32, FuncIdx)| wanted(*func);
            let any = plan.programs.iter().any(wanted);
            // A table that lacks some of its functions is none.
            let needed = plan.created && (everything || any && plan.programs.iter().all(wanted));
            (needed || any).then_some((plan, needed))
        };
        let mut plans: Vec<_> = self.all.iter().filter_map(judge).collect();
        plans.sort_by_key(|(_, needed)| !needed);
        plans
    }

    /// For each map of the object whether it is created, if it is needed. Maps that are not mentioned are.
    pub(crate) fn created(&self, linked: &Linked, config: &Config) -> Vec<bool> {
        if self.all.is_empty() && config.created.is_empty() {
            return Vec::new();
        }
        let wished = |map: &Map| config.creates(&map.name).unwrap_or(true);
        let mut created: Vec<bool> = linked.maps().iter().map(wished).collect();
        for plan in &self.all {
            created.get_mut(plan.map.at()).into_iter().for_each(|flag| *flag = plan.created);
        }
        created
    }
}

/// Takes the tables of an object as the caller wants them.
///
/// # Errors
/// Wishes about maps and members that do not exist, or that do not suit them.
pub(crate) fn plans(linked: &Linked, config: &Config) -> Result<Plans, Errors<Kind>> {
    let mut plans = Plans::default();
    let mut errors = Vec::new();
    if let Some(btf) = linked.btf() {
        for (i, map) in (0..).zip(linked.maps()) {
            if let MapKind::StructOps(ops) = &map.kind {
                let created = config.creates(&map.name).unwrap_or(ops.autocreate);
                let plan = plan(linked, btf, config, MapIdx(i), map, ops, created, &mut errors);
                for func in ops.refs.iter().map(|r| r.func) {
                    plans.named.entry(func).or_insert(false);
                }
                for (_, func) in &plan.programs {
                    *plans.named.entry(*func).or_insert(false) |= created;
                }
                plans.all.push(plan);
            }
        }
    }
    let absent = |name: &str| plans.all.iter().all(|plan| !has_name(linked, plan.map, name));
    let unknown = config.members.iter().filter(|wish| absent(&wish.map));
    errors.extend(unknown.map(|wish| no_such_map(linked, &wish.map)));
    let exists = |name: &str| linked.maps().iter().any(|map| *map.name == *name);
    let unknown = config.created.iter().filter(|(name, _)| !exists(name));
    errors.extend(unknown.map(|(name, _)| no_such_map(linked, name)));
    Errors::check(errors)?;
    Ok(plans)
}

fn has_name(linked: &Linked, map: MapIdx, name: &str) -> bool {
    linked.maps().get(map.at()).is_some_and(|map| *map.name == *name)
}

fn no_such_map(linked: &Linked, name: &str) -> Error {
    let nearest = nearest(name, linked.maps().iter().map(|map| &*map.name)).map(ToOwned::to_owned);
    Error::new(Site::file(linked.file()), Kind::NoSuchMap { name: name.into(), nearest })
}

#[allow(clippy::too_many_arguments, reason = "each is one fact about the map")]
fn plan(
    linked: &Linked,
    btf: &Btf,
    config: &Config,
    idx: MapIdx,
    map: &Map,
    ops: &StructOps,
    created: bool,
    errors: &mut Vec<Error>,
) -> Plan {
    let mut plan = Plan {
        map: idx,
        created,
        name: essential(btf.name(ops.type_id)).into(),
        type_id: ops.type_id,
        data: ops.data.clone(),
        programs: ops.refs.iter().map(|r| (r.offset, r.func)).collect(),
    };
    plan.programs.sort_by_key(|(offset, _)| *offset);
    plan.programs.dedup_by_key(|(offset, _)| *offset);
    // What a linker left in the place of a function is no value.
    if plan.programs.iter().any(|(offset, _)| !is_zero(&plan.data, *offset)) {
        let mut data = plan.data.to_vec();
        for (offset, _) in &plan.programs {
            member::write(&mut data, *offset, &[0; 8]);
        }
        plan.data = data.into();
    }
    for wish in config.members.iter().filter(|wish| *wish.map == *map.name) {
        if let Err(kind) = member::set(linked, btf, &mut plan, &map.name, wish) {
            let site = Site::file(linked.file()).symbol(map.name.clone());
            errors.push(Error::new(site, kind));
        }
    }
    plan
}

fn is_zero(data: &[u8], offset: u32) -> bool {
    data.iter().skip(offset as usize).take(8).all(|byte| *byte == 0)
}

/// Whether values of a type are addresses of functions.
pub(super) fn is_function_pointer(btf: &Btf, id: TypeId) -> bool {
    let Ok((_, Type::Ptr(target))) = btf.resolve(id) else { return false };
    matches!(btf.resolve(target), Ok((_, Type::FuncProto(_))))
}

/// The function with a name.
pub(super) fn function(linked: &Linked, name: &str) -> Result<FuncIdx, Option<String>> {
    let names = || linked.programs().iter().filter_map(|p| Some((p.func, &*linked.funcs().get(p.func.at())?.name)));
    let found = names().find(|(_, n)| *n == name).map(|(func, _)| func);
    found.ok_or_else(|| nearest(name, names().map(|(_, n)| n)).map(ToOwned::to_owned))
}
