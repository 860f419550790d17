//! Pass: the tables of the linked object.

mod maps;

use alloc::{sync::Arc, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_object::{
    Error, Extern, ExternKind, Function, JumpTable, Linkage, Object, Program, SectionIdx, Variable, Visibility,
    btf::{TypeId, core::CoreKind},
    isa::{ExternIdx, FuncIdx, Insn, InsnIdx, MapIdx, Meta, Opcode, Raw, Ref, Reg, opcode::pseudo},
};

use crate::{
    agree::Agreed,
    layout::{Layout, OutMap},
    symbols::{Def, Place, Symbols},
    target::{Target, target},
    types::{Code, OutExtern, Types},
};

/// What the tables are made from.
pub(crate) struct Build<'a> {
    pub objects: &'a [Object],
    pub symbols: &'a Symbols,
    pub layout: &'a Layout,
    pub types: &'a Types,
    pub externs: &'a [OutExtern],
    /// For each object and extern its new position.
    pub extern_of: &'a [Vec<Option<ExternIdx>>],
    /// For each object and jump table its new position.
    pub jump_table_of: &'a [Vec<Option<u32>>],
    pub internal: &'a HashSet<Def>,
    /// The position of each object's first refusal among all.
    pub refused: &'a [u32],
    /// The metadata of instructions that only refer to something, shared by those that refer to the same.
    pub shared: HashMap<Ref, Meta>,
    /// What became of the metadata that instructions of an object share, by where they are in memory. They stay there, since
    /// they are kept here.
    pub records: HashMap<(u32, usize), (Meta, Meta)>,
}

impl Build<'_> {
    /// Makes the object. Code is taken from the inputs.
    pub fn object(mut self, name: &Arc<str>, agreed: Agreed, mut code: Code) -> Object {
        let mut funcs = Vec::with_capacity(self.layout.funcs.len());
        let (mut last, mut slot) = (None, InsnIdx(0));
        for &(obj, idx, section) in &self.layout.funcs {
            if last.replace(section) != Some(section) {
                slot = InsnIdx(0);
            }
            let insns = code.get_mut(obj as usize).and_then(|f| f.get_mut(idx.at())).map(core::mem::take);
            if let Some(func) = self.function(obj, idx, section, slot, insns.unwrap_or_default()) {
                slot.0 = slot.0.saturating_add(func.slots);
                funcs.push(func);
            }
        }
        let jump_tables = self.jump_tables(&funcs);
        let maps = (0..self.layout.maps.len()).filter_map(|i| self.map(i)).collect();
        let first = self.objects.first();
        Object {
            file: name.clone(),
            name: object_name(name),
            endian: first.map_or(skep_object::btf::Endian::NATIVE, |o| o.endian),
            license: agreed.license,
            version: agreed.version,
            sections: self.layout.sections.clone(),
            programs: self.programs(),
            funcs,
            maps,
            vars: self.vars(),
            externs: self.externs(),
            btf: self.types.btf.clone(),
            refused: self.objects.iter().flat_map(|o| o.refused.iter().cloned()).collect::<Vec<Arc<Error>>>(),
            debug: Vec::new(),
            ignored: self.objects.iter().flat_map(|o| o.ignored.iter().cloned()).collect(),
            jump_tables,
        }
    }

    /// Linkage and visibility of a definition.
    fn seen(&self, def: Def, name: &str, linkage: Linkage, visibility: Visibility) -> (Linkage, Visibility) {
        if linkage == Linkage::Local {
            return (linkage, visibility);
        }
        if self.internal.contains(&def) {
            return (Linkage::Local, Visibility::Default);
        }
        match self.symbols.find(name) {
            Some(symbol) if symbol.def == Some(def) && symbol.hidden => (linkage, Visibility::Hidden),
            _ => (linkage, visibility),
        }
    }

    fn function(
        &mut self,
        obj: u32,
        idx: FuncIdx,
        section: SectionIdx,
        start: InsnIdx,
        mut insns: Vec<Insn>,
    ) -> Option<Function> {
        let func = self.objects.get(obj as usize)?.funcs.get(idx.at())?;
        insns.iter_mut().for_each(|insn| self.insn(obj, insn));
        let def = Def { obj, place: Place::Func(idx) };
        let (linkage, visibility) = self.seen(def, &func.name, func.linkage, func.visibility);
        Some(Function {
            name: func.name.clone(),
            section,
            start,
            slots: insns.iter().map(Insn::slots).sum(),
            insns,
            linkage,
            visibility,
            type_id: self.types.id(obj, func.type_id),
        })
    }

    fn insn(&mut self, obj: u32, insn: &mut Insn) {
        let Some(facts) = insn.meta.facts() else { return };
        let (reference, only) =
            (facts.reference, facts.core.is_none() && facts.symbol.is_none() && !facts.lone && facts.func.is_none());
        if let Some(core) = &facts.core {
            let (old, new) = (core.type_id, self.types.id(obj, core.type_id));
            // What asks for the id of a type holds it, for those who do not patch it.
            if matches!(core.kind, CoreKind::TYPE_ID_LOCAL | CoreKind::TYPE_ID_TARGET) && insn.imm == i64::from(old.0) {
                insn.imm = new.0.into();
            }
            let place = core::ptr::from_ref(facts).addr();
            let renewed = self.records.entry((obj, place)).or_insert_with(|| {
                let (old, mut renewed) = (insn.meta.clone(), insn.meta.clone());
                if let Some(core) = &mut renewed.facts_mut().core {
                    core.type_id = new;
                }
                (old, renewed)
            });
            insn.meta = renewed.1.clone();
        }
        if let Some(func) = insn.meta.facts().and_then(|f| f.func) {
            insn.facts_mut().func = Some(self.types.id(obj, func));
        }
        let Some(reference) = reference else { return };
        let is_call = insn.code == Opcode::CALL;
        let (new, src) = self.reference(obj, reference, insn.imm, is_call);
        if let Some(src) = src {
            insn.imm = 0;
            insn.set_src(src);
        }
        match only {
            true => {
                let share = || {
                    let mut meta = Meta::NONE;
                    meta.facts_mut().reference = Some(new);
                    meta
                };
                insn.meta = self.shared.entry(new).or_insert_with(share).clone();
            }
            false => insn.facts_mut().reference = Some(new),
        }
    }

    /// The new reference; with a source register if it now has a definition, in which what was added has gone.
    fn reference(&self, obj: u32, reference: Ref, added: i64, is_call: bool) -> (Ref, Option<Reg>) {
        let none = (Ref::Refused(u32::MAX), None);
        match target(self.objects, self.symbols, obj, reference, added, is_call) {
            Target::Func { obj, func, at } => match self.layout.func(obj, func) {
                Some(func) => (Ref::Func { func, at }, Some(if is_call { pseudo::CALL } else { pseudo::FUNC })),
                None => none,
            },
            Target::Map { obj, map } => match self.layout.map(obj, map) {
                Some(map) => (Ref::Map(map), Some(pseudo::MAP_FD)),
                None => none,
            },
            Target::Value { obj, map, off } => match self.layout.value(obj, map, off) {
                Some((map, off)) => (Ref::Value { map, off }, Some(pseudo::MAP_VALUE)),
                None => none,
            },
            Target::Extern(ext) => match self.extern_of.get(obj as usize).and_then(|e| *e.get(ext.at())?) {
                Some(new) => {
                    let kind = self.externs.get(new.at()).map(|e| e.kind);
                    let src = (is_call && kind == Some(ExternKind::Kfunc)).then_some(pseudo::KFUNC_CALL);
                    (Ref::Extern(new), src)
                }
                None => none,
            },
            Target::Same(Ref::Refused(i)) => {
                (Ref::Refused(self.refused.get(obj as usize).map_or(u32::MAX, |first| first.saturating_add(i))), None)
            }
            Target::Same(Ref::JumpTable(i)) => {
                let new = self.jump_table_of.get(obj as usize).and_then(|t| *t.get(i as usize)?);
                (new.map_or(none.0, Ref::JumpTable), None)
            }
            Target::Same(other) => (other, None),
        }
    }

    /// The tables of the functions that stay, with numbers of their own: where the functions are now.
    fn jump_tables(&self, funcs: &[Function]) -> Vec<JumpTable> {
        let mut tables = Vec::new();
        for (obj, object) in (0..).zip(self.objects) {
            for table in &object.jump_tables {
                let Some(func) = self.layout.func(obj, table.func) else { continue };
                let base = funcs.get(func.at()).map_or(0, |f| u64::from(f.start.0)) * Raw::SIZE as u64;
                let number = |slot: i64| base.wrapping_add((slot as u64).wrapping_mul(Raw::SIZE as u64));
                let numbers = table.targets().map(number).collect();
                let (name, len) = (table.name.clone(), table.len);
                tables.push(JumpTable { name, func, base, numbers, first: 0, len });
            }
        }
        tables
    }

    fn programs(&self) -> Vec<Program> {
        let mut programs: Vec<Program> = Vec::new();
        for (obj, object) in (0..).zip(self.objects) {
            for program in &object.programs {
                if let Some(func) = self.layout.func(obj, program.func) {
                    programs.push(Program { func, section: program.section.clone(), autoload: program.autoload });
                }
            }
        }
        programs.sort_by_key(|p| p.func);
        programs
    }

    fn vars(&self) -> Vec<Variable> {
        let mut vars = Vec::new();
        for (obj, object) in (0..).zip(self.objects) {
            for (i, var) in (0..).zip(&object.vars) {
                let def = Def { obj, place: Place::Var(i) };
                if self.symbols.replaced.contains_key(&def) {
                    continue;
                }
                let Some((map, offset)) = self.layout.value(obj, var.map, var.offset) else { continue };
                let (linkage, visibility) = self.seen(def, &var.name, var.linkage, var.visibility);
                let type_id = self.types.id(obj, var.type_id);
                vars.push(Variable { map, offset, type_id, linkage, visibility, ..var.clone() });
            }
        }
        vars.sort_by_key(|v| (v.map, v.offset));
        vars
    }

    fn externs(&self) -> Vec<Extern> {
        let kconfig = self.layout.maps.iter().position(|m| matches!(m, OutMap::Kconfig)).unwrap_or(0);
        let ext = |e: &OutExtern| {
            let old = self.objects.get(e.obj as usize).and_then(|o| o.externs.get(e.idx.at()));
            let type_id = self.types.id(e.obj, old.map_or(TypeId::VOID, |e| e.type_id));
            let kind = match e.kind {
                ExternKind::Kconfig { .. } => {
                    let offset = self.types.kconfig.get(&type_id).map_or(0, |place| place.0);
                    ExternKind::Kconfig { map: MapIdx(kconfig as u32), offset }
                }
                kind => kind,
            };
            let visibility = if e.hidden { Visibility::Hidden } else { Visibility::Default };
            Extern { name: e.name.clone(), kind, weak: e.weak, visibility, type_id }
        };
        self.externs.iter().map(ext).collect()
    }
}

/// The name of an object: its file's without directory and extensions.
fn object_name(file: &str) -> Arc<str> {
    let base = file.rsplit('/').next().unwrap_or(file);
    base.split('.').next().unwrap_or(base).into()
}
