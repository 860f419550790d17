//! What is known while an object is read.

use alloc::{borrow::Cow, sync::Arc, vec, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_btf::Btf;
use skep_isa::{FuncIdx, Insn, InsnIdx, MapIdx, Meta, Ref};
use smallvec::SmallVec;

use super::{
    Names,
    file::{File, Place},
    maps::Declaration,
    object_name,
    role::Role,
    text,
    types::Types,
};
use crate::{
    DataSection, DebugSection, Error, Errors, Extern, Function, Ignored, JumpTable, Kind, Linkage, Map, MapKind,
    Object, Program, SectionIdx, SectionName, Site, Variable,
};

/// The licence is cut here.
const LICENSE_LIMIT: usize = 63;

/// A few sections.
type Found = SmallVec<[SectionIdx; 8]>;

pub(super) struct Reader<'a> {
    pub file: File<'a>,
    pub roles: Vec<Role>,
    /// The symbols that other objects could see, by name.
    pub globals: Names<'a>,
    pub types: Option<Types>,
    pub funcs: Vec<Function>,
    pub maps: Vec<Map>,
    /// Where the first maps are declared, at the same positions.
    pub declarations: Vec<Declaration>,
    /// Where maps are declared the old way.
    pub legacy_maps: HashMap<(SectionIdx, u64), MapIdx>,
    pub vars: Vec<Variable>,
    pub externs: Vec<Extern>,
    pub jump_tables: Vec<JumpTable>,
    /// The same by function, section, position and length.
    pub jump_tables_known: HashMap<(FuncIdx, SectionIdx, u32, u32), u32>,
    /// The numbers in sections of jump tables.
    pub numbers: Vec<(SectionIdx, Arc<[u64]>)>,
    /// The metadata of instructions that only refer to something, shared by those that refer to the same.
    pub references: HashMap<Ref, Meta>,
    /// What is wrong with the file.
    pub errors: Vec<Error>,
    /// What is wrong with single instructions.
    pub refused: Vec<Arc<Error>>,
    pub debug: Vec<DebugSection>,
    pub ignored: Vec<Ignored>,
}

impl<'a> Reader<'a> {
    pub fn new(file: File<'a>) -> Result<Self, Error> {
        let roles = file.sections.iter().map(Role::of).collect::<Vec<_>>();
        let named = file.symbols.iter().enumerate().filter(|(_, s)| s.linkage != Linkage::Local && !s.name.is_empty());
        let mut globals = Names::with_capacity(named.clone().count());
        globals.extend(named.map(|(i, s)| (s.name, i)));
        let types = Types::read(&file, &roles, &globals)?;
        let mut reader = Self {
            file,
            roles,
            globals,
            types,
            funcs: Vec::new(),
            maps: Vec::new(),
            declarations: Vec::new(),
            legacy_maps: HashMap::new(),
            vars: Vec::new(),
            externs: Vec::new(),
            jump_tables: Vec::new(),
            jump_tables_known: HashMap::new(),
            numbers: Vec::new(),
            references: HashMap::with_capacity(14),
            errors: Vec::new(),
            refused: Vec::new(),
            debug: Vec::new(),
            ignored: Vec::new(),
        };
        reader.read_ignored();
        Ok(reader)
    }

    fn read_ignored(&mut self) {
        for (i, role) in self.roles.iter().enumerate() {
            let idx = SectionIdx(i as u32);
            let reason = match *role {
                Role::Unknown => "a section of no known name or type",
                Role::Relocations => match self.target_role(idx) {
                    // The addresses of an arena are known when it is made.
                    Some(Role::Data(DataSection::Arena)) => continue,
                    Some(Role::Data(_)) => {
                        "addresses in initialised data are not filled in: programs that read them are refused"
                    }
                    _ => continue,
                },
                _ => continue,
            };
            self.ignored.push(Ignored { site: self.file.site(idx), reason });
        }
    }

    /// The role of the section that a relocation section changes.
    pub fn target_role(&self, relocations: SectionIdx) -> Option<Role> {
        let section = self.file.section(relocations)?;
        self.role(SectionIdx(section.info))
    }

    pub fn role(&self, section: SectionIdx) -> Option<Role> {
        self.roles.get(section.0 as usize).copied()
    }

    /// The contents of a section. What cannot be read is an error of the file, and empty.
    pub fn data(&mut self, section: SectionIdx) -> Cow<'a, [u8]> {
        self.file.data(section).map_err(|error| self.errors.push(error)).unwrap_or_default()
    }

    pub fn btf(&self) -> Option<&Arc<Btf>> {
        self.types.as_ref().map(|t| &t.btf)
    }

    pub fn error(&mut self, site: Site, kind: Kind) {
        self.errors.push(Error::new(site, kind));
    }

    /// The sections with a role, with their positions.
    pub fn sections_of(&self, wanted: impl Fn(Role) -> bool) -> Found {
        let found = self.roles.iter().enumerate().filter(|(_, role)| wanted(**role));
        found.map(|(i, _)| SectionIdx(i as u32)).collect()
    }

    /// The relocation sections that change a section with a role.
    pub fn relocations_of(&self, wanted: impl Fn(Role) -> bool) -> Found {
        let mut sections = self.sections_of(|role| role == Role::Relocations);
        sections.retain(|idx| self.target_role(*idx).is_some_and(&wanted));
        sections
    }

    /// The function that has a slot of a section.
    pub fn func_at(&self, section: SectionIdx, slot: i64) -> Option<(FuncIdx, InsnIdx)> {
        let slot = u32::try_from(slot).ok()?;
        let after = self.funcs.partition_point(|f| (f.section, f.start.0) <= (section, slot));
        let idx = after.checked_sub(1)?;
        let func = self.funcs.get(idx).filter(|f| f.section == section && slot - f.start.0 < f.slots)?;
        Some((FuncIdx(idx as u32), InsnIdx(slot - func.start.0)))
    }

    /// Whether the kernel calls a function, not another function.
    pub fn is_entry(&self, func: &Function) -> bool {
        func.linkage != Linkage::Local && matches!(self.role(func.section), Some(Role::Code { text: false }))
    }

    /// The name of a symbol for messages: its section's, if it has none.
    pub fn symbol_name(&self, symbol: u32) -> Arc<str> {
        let Some(symbol) = self.file.symbols.get(symbol as usize) else { return "?".into() };
        match symbol.place {
            Place::Section(idx) if symbol.name.is_empty() => self.file.section(idx).map_or("?", |s| s.name).into(),
            _ => symbol.name.into(),
        }
    }

    pub fn finish(mut self) -> Result<Object, Errors<Kind>> {
        let (license, version) = (self.read_license(), self.read_version());
        let sections = self.section_names();
        let programs = self.programs(&sections);
        Errors::check(self.errors)?;
        Ok(Object {
            name: object_name(&self.file.name),
            endian: self.file.endian,
            license,
            version,
            sections,
            funcs: self.funcs,
            programs,
            maps: self.maps,
            vars: self.vars,
            externs: self.externs,
            jump_tables: self.jump_tables,
            btf: self.types.map(|t| t.btf),
            refused: self.refused,
            debug: self.debug,
            ignored: self.ignored,
            file: self.file.name,
        })
    }

    fn read_license(&mut self) -> Arc<str> {
        let Some((idx, _)) = self.file.find("license") else { return Arc::default() };
        text(&self.data(idx), LICENSE_LIMIT)
    }

    fn read_version(&mut self) -> u32 {
        let Some((idx, _)) = self.file.find("version") else { return 0 };
        match <[u8; 4]>::try_from(&*self.data(idx)) {
            Ok(bytes) => self.file.endian.u32(bytes),
            Err(_) => {
                let site = self.file.site(idx);
                self.error(site, Kind::Section("the kernel version must be a number of 4 bytes"));
                0
            }
        }
    }

    /// The names of the sections that something is in; the others are empty.
    fn section_names(&self) -> Vec<Arc<str>> {
        let mut names = vec![Arc::<str>::default(); self.file.sections.len()];
        let shared = self.maps.iter().map(|map| (map.section, Some(&map.name)));
        for (idx, known) in self.funcs.iter().map(|func| (func.section, None)).chain(shared) {
            if let (Some(name), Some(section)) = (names.get_mut(idx.0 as usize), self.file.section(idx))
                && name.is_empty()
            {
                let known = known.filter(|known| ***known == *section.name);
                *name = known.map_or_else(|| section.name.into(), Arc::clone);
            }
        }
        names
    }

    fn programs(&self, names: &[Arc<str>]) -> Vec<Program> {
        let called = self.called();
        let is_entry = |(i, f): &(usize, &Function)| {
            self.is_entry(f) || self.is_static_entry(f) && !called.contains(&FuncIdx(*i as u32))
        };
        let entries = self.funcs.iter().enumerate().filter(is_entry);
        let mut programs: Vec<Program> = Vec::new();
        let tables = self.tables();
        for (i, func) in entries {
            let name = names.get(func.section.0 as usize).cloned().unwrap_or_default();
            let section = match programs.last() {
                Some(last) if last.section.full == name => last.section.clone(),
                _ => SectionName::of(name),
            };
            let func = FuncIdx(i as u32);
            let autoload = tables.get(&func).copied().unwrap_or(!section.is_optional());
            programs.push(Program { func, section, autoload });
        }
        programs
    }

    /// Whether a static function stands where only programs stand.
    pub fn is_static_entry(&self, func: &Function) -> bool {
        func.linkage == Linkage::Local
            && matches!(self.role(func.section), Some(Role::Code { text: false }))
            && self.file.section(func.section).is_some_and(|s| SectionName::parse(s.name).def.is_some())
    }

    /// The functions that others refer to.
    fn called(&self) -> HashSet<FuncIdx> {
        if !self.funcs.iter().any(|f| self.is_static_entry(f)) {
            return HashSet::new();
        }
        let referred = |insn: &Insn| match insn.meta.reference() {
            Some(Ref::Func { func, .. }) => Some(func),
            _ => None,
        };
        self.funcs.iter().flat_map(|f| f.insns.iter().filter_map(referred)).collect()
    }

    /// The functions that struct_ops variables name, and whether one of those is created by default.
    fn tables(&self) -> HashMap<FuncIdx, bool> {
        let mut named = HashMap::new();
        for map in &self.maps {
            let MapKind::StructOps(ops) = &map.kind else { continue };
            for member in &ops.refs {
                *named.entry(member.func).or_insert(false) |= ops.autocreate;
            }
        }
        named
    }
}
