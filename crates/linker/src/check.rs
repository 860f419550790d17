//! What holds of every linked object, checked.

use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};

use skep_object::{
    Errors, ExternKind, Function, Init, Linkage, Located, MapKind, Object, Site,
    isa::{ExternIdx, FuncIdx, Insn, InsnIdx, MapIdx, Opcode, Ref},
};

use crate::{Kind, Table};

/// Checks that the tables of an object hold together.
pub(crate) fn check(object: &Object) -> Result<(), Errors<Kind>> {
    let mut check = Check { object, errors: Vec::new(), starts: BTreeMap::new() };
    check.tables();
    for (i, func) in object.funcs.iter().enumerate() {
        check.stream(FuncIdx(i as u32), func);
    }
    check.duplicates();
    Errors::check(check.errors)
}

struct Check<'a> {
    object: &'a Object,
    errors: Vec<Located<Kind>>,
    /// The slots at which instructions begin, for functions that something refers into.
    starts: BTreeMap<FuncIdx, Vec<u32>>,
}

impl Check<'_> {
    fn site(&self, symbol: &Arc<str>) -> Site {
        Site::file(&self.object.file).symbol(symbol.clone())
    }

    fn error(&mut self, site: Site, kind: Kind) {
        self.errors.push(Located::new(site, kind));
    }

    fn inside(&mut self, table: Table, idx: u32, len: usize, site: impl FnOnce() -> Site) -> bool {
        let inside = (idx as usize) < len;
        if !inside {
            self.error(site(), Kind::Dangling { table, idx, len });
        }
        inside
    }

    fn func(&mut self, idx: FuncIdx, site: impl FnOnce() -> Site) -> bool {
        self.inside(Table::Functions, idx.0, self.object.funcs.len(), site)
    }

    fn map(&mut self, idx: MapIdx, site: impl FnOnce() -> Site) -> bool {
        self.inside(Table::Maps, idx.0, self.object.maps.len(), site)
    }

    fn tables(&mut self) {
        let object = self.object;
        for program in &object.programs {
            self.func(program.func, || Site::file(&object.file).section(program.section.full.clone()));
        }
        for var in &object.vars {
            let site = self.site(&var.name);
            self.map(var.map, || site);
        }
        for table in &object.jump_tables {
            let site = self.site(&table.name);
            self.func(table.func, || site);
        }
        for ext in &object.externs {
            if let ExternKind::Kconfig { map, .. } = ext.kind {
                let site = self.site(&ext.name);
                self.map(map, || site);
            }
        }
        for map in &object.maps {
            let site = || Site::file(&object.file).section(object.section(map.section)).symbol(map.name.clone());
            match &map.kind {
                MapKind::Declared(inits) => {
                    for (_, init) in inits {
                        match *init {
                            Init::Map(inner) => self.map(inner, site),
                            Init::Program(func) => self.func(func, site),
                        };
                    }
                }
                MapKind::StructOps(ops) => {
                    for member in &ops.refs {
                        self.func(member.func, site);
                    }
                }
                MapKind::Data { .. } | MapKind::Kconfig => {}
            }
        }
    }

    fn stream(&mut self, idx: FuncIdx, func: &Function) {
        let mut at = InsnIdx(0);
        for insn in &func.insns {
            match insn.meta.reference() {
                Some(reference) => self.reference(idx, at, insn, reference),
                None if insn.is_call() || insn.is_func_address() => {
                    self.error(self.insn(idx, at), Kind::UnresolvedCall)
                }
                None => {}
            }
            at.0 = at.0.saturating_add(insn.slots());
        }
    }

    fn insn(&self, func: FuncIdx, at: InsnIdx) -> Site {
        self.object.site_of(func).insn(at)
    }

    fn reference(&mut self, func: FuncIdx, at: InsnIdx, insn: &Insn, reference: Ref) {
        let object = self.object;
        let site = || object.site_of(func).insn(at);
        let (is_call, is_wide) = (insn.code == Opcode::CALL, insn.is_wide());
        let expected = match reference {
            Ref::Map(_) | Ref::Value { .. } | Ref::JumpTable(_) if !is_wide => "a load of a 64-bit immediate",
            Ref::Func { .. } if !insn.is_call() && !is_wide => "a call or a load of a 64-bit immediate",
            Ref::Extern(_) if !is_call && !is_wide => "a call or a load of a 64-bit immediate",
            _ => "",
        };
        if !expected.is_empty() {
            return self.error(site(), Kind::BadReference { expected });
        }
        match reference {
            Ref::Map(map) | Ref::Value { map, .. } => {
                self.map(map, site);
            }
            Ref::Extern(ExternIdx(i)) => {
                self.inside(Table::Externs, i, self.object.externs.len(), site);
            }
            Ref::JumpTable(i) => {
                self.inside(Table::JumpTables, i, self.object.jump_tables.len(), site);
            }
            Ref::Refused(i) => {
                self.inside(Table::Refusals, i, self.object.refused.len(), site);
            }
            Ref::Func { func: target, at: slot } => match self.object.funcs.get(target.at()) {
                Some(to) if self.starts_at(target, to, slot) => {}
                Some(to) => self.error(site(), Kind::Target { func: to.name.clone(), at: slot, slots: to.slots }),
                None => {
                    self.func(target, site);
                }
            },
            _ => {}
        }
    }

    /// Whether an instruction of a function begins at a slot.
    fn starts_at(&mut self, idx: FuncIdx, func: &Function, slot: InsnIdx) -> bool {
        if slot.0 == 0 {
            return !func.insns.is_empty();
        }
        let starts = self.starts.entry(idx).or_insert_with(|| {
            let next = |at: &mut u32, insn: &Insn| Some(core::mem::replace(at, at.saturating_add(insn.slots())));
            func.insns.iter().scan(0, next).collect()
        });
        starts.binary_search(&slot.0).is_ok()
    }

    fn duplicates(&mut self) {
        let object = self.object;
        let funcs = object.funcs.iter().filter(|f| f.linkage != Linkage::Local).map(|f| (&f.name, "function"));
        let vars = object.vars.iter().filter(|v| v.linkage != Linkage::Local).map(|v| (&v.name, "variable"));
        let maps = object.maps.iter().map(|m| (&m.name, "map"));
        let mut names = Vec::with_capacity(object.funcs.len() + object.vars.len() + object.maps.len());
        names.extend(funcs.chain(vars).chain(maps));
        names.sort_unstable();
        for pair in names.windows(2) {
            if let &[(a, _), (b, what)] = pair
                && a == b
            {
                self.error(self.site(b), Kind::Duplicate { what, also: Vec::new() });
            }
        }
    }
}
