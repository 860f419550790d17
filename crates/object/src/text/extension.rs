//! BTF and `.BTF.ext` of what was read.

use alloc::{borrow::ToOwned, collections::BTreeMap, string::String, vec::Vec};

use hashbrown::HashSet;
use skep_btf::{
    StrOff,
    ext::{self, CoreRelo, FuncInfo, Group, LineInfo},
};

use super::{
    assembler::{Assembler, LineAt, LineSource},
    define::VarAt,
    directive::STT_FUNC,
    error::Kind,
    image::PROGBITS,
    place::position,
    symbols::{SymId, What, Where},
    types::{Space, Ty},
};

/// Records by section.
type BySection<R> = BTreeMap<u32, Vec<R>>;

impl Assembler<'_> {
    /// Writes `.BTF` and `.BTF.ext`, if there is anything to be said.
    pub fn write_types(&mut self) -> Result<(), Kind> {
        if self.types.is_empty() && self.lines.is_empty() {
            return Ok(());
        }
        let funcs = self.functions()?;
        self.variables()?;
        self.add_sections()?;
        let unused = self.unused_types();
        let mut emitted = self.types.emit(self.image.endian, &unused);
        for core in self.cores.iter().filter(|core| core.id) {
            let id = emitted.id(core.ty).0;
            self.image.put(core.section, u64::from(core.offset) + 4, 4, id.into());
        }
        let mut edit = ext::Edit::default();
        let names: Vec<_> = self.image.sections.iter().map(|section| section.name.clone()).collect();
        for (section, mut records) in funcs {
            records.sort_by_key(|(offset, _)| *offset);
            records.dedup_by_key(|(offset, _)| *offset);
            let name = emitted.btf.string(&names[section as usize]);
            let made = records.iter().map(|&(insn_off, ty)| FuncInfo { insn_off, type_id: emitted.id(ty) });
            edit.func.groups.push(Group::new(name, made.collect::<Vec<_>>()));
        }
        for (section, records) in self.line_records(&mut emitted.btf) {
            let name = emitted.btf.string(&names[section as usize]);
            edit.line.groups.push(Group::new(name, records));
        }
        let mut cores: BySection<CoreRelo> = BTreeMap::new();
        for core in &self.cores {
            let access = emitted.btf.string(&core.access);
            let record = CoreRelo { insn_off: core.offset, type_id: emitted.id(core.ty), access, kind: core.kind };
            cores.entry(core.section).or_default().push(record);
        }
        for (section, mut records) in cores {
            records.sort_by_key(|record| record.insn_off);
            let name = emitted.btf.string(&names[section as usize]);
            edit.core.groups.push(Group::new(name, records));
        }
        self.add_section(".BTF", emitted.btf.finish())?;
        if !edit.is_empty() {
            let bytes = edit.encode(self.image.endian);
            self.add_section(".BTF.ext", bytes)?;
        }
        Ok(())
    }

    fn add_section(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Kind> {
        if self.image.find(name).is_some_and(|section| self.image.here(section) > 0) {
            return Err(Kind::Btf(alloc::format!("the file has a section `{name}` and declarations").into()));
        }
        let section = self.image.section(name);
        if let Some(section) = self.image.at_mut(section) {
            (section.kind, section.flags, section.align) = (PROGBITS, 0, 4);
        }
        self.image.append(section, &bytes)
    }

    /// Where functions with a type begin, by section.
    #[allow(clippy::type_complexity, reason = "offsets and types")]
    fn functions(&mut self) -> Result<BySection<(u32, u32)>, Kind> {
        let mut out: BySection<(u32, u32)> = BTreeMap::new();
        let mut known = HashSet::new();
        for &(section, offset, ty) in &self.given_funcs {
            out.entry(section).or_default().push((offset, ty));
            known.insert((section, offset));
        }
        let mut untyped = Vec::new();
        for at in 0..self.symbols.table.len() {
            let symbol = &self.symbols.table[at];
            let Where::Section { section, offset } = symbol.place else { continue };
            if symbol.kind != STT_FUNC || symbol.private {
                continue;
            }
            let offset = offset as u32;
            if known.contains(&(section, offset)) {
                continue;
            }
            let name = self.symbols.name_of(symbol);
            let given = self.types.named(Space::Func, name).filter(|id| *id <= self.types.fixed);
            if symbol.type_id != 0 || given.is_some() {
                known.insert((section, offset));
            }
            match (symbol.type_id, given) {
                (0, Some(ty)) => out.entry(section).or_default().push((offset, ty)),
                (0, None) => untyped.push((section, offset, self.symbols.written(SymId(at as u32)).to_owned())),
                (ty, _) => {
                    let symbol = *symbol;
                    self.settle_linkage(&symbol);
                    out.entry(section).or_default().push((offset, ty));
                }
            }
        }
        // The kernel wants to know of all functions of a program, or of none.
        if !out.is_empty() && self.given_funcs.is_empty() {
            for (section, offset, name) in untyped {
                let int = self.types.int("int", 4, 1)?;
                let proto = self.types.proto(int, Vec::new())?;
                let ty = self.types.add(Ty::Func { name, proto, linkage: 0 })?;
                out.entry(section).or_default().push((offset, ty));
            }
        }
        Ok(out)
    }

    /// Variables whose type a declaration gives and whose place a label does.
    fn variables(&mut self) -> Result<(), Kind> {
        let known: HashSet<SymId> = self.vars.iter().map(|var| var.symbol).collect();
        for at in 0..self.symbols.table.len() {
            let symbol = self.symbols.table[at];
            let id = SymId(at as u32);
            if symbol.type_id == 0 || !matches!(self.types.get(symbol.type_id), Some(Ty::Var { .. })) {
                continue;
            }
            if !symbol.is_defined() {
                continue;
            }
            self.settle_linkage(&symbol);
            if let Where::Section { section, offset } = symbol.place
                && !known.contains(&id)
            {
                let size = match symbol.size {
                    Some(size) => size as u32,
                    None => self.types.size(symbol.type_id)?,
                };
                self.vars.push(VarAt { symbol: id, var: symbol.type_id, section, offset: offset as u32, size });
            }
        }
        Ok(())
    }

    /// A DATASEC for each section with variables, and for what the kernel provides.
    fn add_sections(&mut self) -> Result<(), Kind> {
        let mut by_section: BTreeMap<u32, Vec<(u32, u32, u32)>> = BTreeMap::new();
        for var in &self.vars {
            by_section.entry(var.section).or_default().push((var.var, var.offset, var.size));
        }
        let mut externs = Vec::new();
        for (name, whats) in [(".kconfig", &[What::Kconfig][..]), (".ksyms", &[What::Ksym, What::Kfunc][..])] {
            let used = self.symbols.table.iter().filter(|s| s.used && !s.is_defined() && s.type_id != 0);
            let used = used.filter(|s| s.what.is_some_and(|what| whats.contains(&what)));
            let made = used.map(|s| (s.type_id, 0, self.types.size(s.type_id).unwrap_or(0)));
            externs.push((name, made.collect::<Vec<_>>()));
        }
        // Maps of other objects stand beside those of this one.
        let maps = self.symbols.table.iter();
        let maps = maps.filter(|s| s.used && !s.is_defined() && s.type_id != 0 && s.what == Some(What::Map));
        let maps: Vec<_> = maps.map(|s| (s.type_id, 0, self.types.size(s.type_id).unwrap_or(0))).collect();
        if !maps.is_empty() {
            let section = self.image.section(".maps");
            by_section.entry(section).or_default().extend(maps);
        }
        for (section, mut vars) in by_section {
            vars.sort_by_key(|(_, offset, _)| *offset);
            let Some(of) = self.image.at(section) else { continue };
            let (name, size) = (String::from(&*of.name), of.here() as u32);
            self.add_datasec(&name, size, vars)?;
        }
        for (name, vars) in externs.into_iter().filter(|(_, vars)| !vars.is_empty()) {
            self.add_datasec(name, 0, vars)?;
        }
        Ok(())
    }

    fn add_datasec(&mut self, name: &str, size: u32, vars: Vec<(u32, u32, u32)>) -> Result<(), Kind> {
        if self.types.named(Space::Datasec, name).is_some() {
            return Ok(());
        }
        let id = self.types.add(Ty::Datasec { name: name.to_owned(), size, vars })?;
        self.types.name(Space::Datasec, name, id);
        Ok(())
    }

    /// The lines of instructions, by section.
    fn line_records(&mut self, btf: &mut skep_btf::Edit) -> BySection<LineInfo> {
        let mut lines = core::mem::take(&mut self.lines);
        if lines.is_empty() {
            return BTreeMap::new();
        }
        if self.given.is_empty() {
            self.first_lines(&mut lines);
        }
        lines.sort_by_key(|line| (line.section, line.offset));
        let mut out: BySection<LineInfo> = BTreeMap::new();
        for LineAt { section, offset, source } in lines {
            let (file, text, line, column) = match source {
                LineSource::Here(loc) => match position(&self.files, loc) {
                    Some((file, line, column, text)) => (btf.string(&file.name), btf.string(text.trim()), line, column),
                    None => (StrOff(0), StrOff(0), 0, 0),
                },
                LineSource::Given(at) => match self.given.get(at as usize) {
                    Some(given) => (btf.string(&given.file), btf.string(&given.text), given.line, given.column),
                    None => continue,
                },
            };
            let line_col = line.min((1 << 22) - 1) << 10 | column.min((1 << 10) - 1);
            out.entry(section).or_default().push(LineInfo { insn_off: offset, file, text, line_col });
        }
        out
    }

    /// The kernel wants a line for the first instruction of each function.
    fn first_lines(&self, lines: &mut Vec<LineAt>) {
        let known: HashSet<(u32, u32)> = lines.iter().map(|line| (line.section, line.offset)).collect();
        for symbol in self.symbols.table.iter().filter(|s| s.kind == STT_FUNC) {
            if let Where::Section { section, offset } = symbol.place
                && !known.contains(&(section, offset as u32))
            {
                lines.push(LineAt { section, offset: offset as u32, source: LineSource::Here(symbol.loc) });
            }
        }
    }
}
