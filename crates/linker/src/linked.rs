//! The result of linking.

use alloc::{sync::Arc, vec::Vec};

use skep_object::{
    Error, Errors, Extern, Function, Ignored, JumpTable, Kind as ObjectKind, Map, Object, Program, SectionIdx,
    SectionName, Site, Variable,
    btf::{Btf, Endian},
    elf,
    isa::FuncIdx,
};

/// A linked object: the tables of all its inputs as one. Only [`link`](crate::link()) makes it.
#[derive(Clone, Debug)]
pub struct Linked {
    object: Object,
}

impl Linked {
    /// An object by itself, which was checked.
    pub(crate) fn from_one(object: Object) -> Self {
        Self { object }
    }

    /// The object that it is.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The object as an ELF file.
    ///
    /// # Errors
    /// `elf-write` for what has no form in a file.
    #[doc(alias = "bpf_linker__finalize")]
    pub fn write(&self) -> Result<Vec<u8>, Errors<ObjectKind>> {
        elf::write(&self.object)
    }

    /// The name of the file, for messages.
    pub fn file(&self) -> &Arc<str> {
        &self.object.file
    }

    /// The name of the object, which names of data maps begin with.
    pub fn name(&self) -> &Arc<str> {
        &self.object.name
    }

    /// Its byte order.
    pub fn endian(&self) -> Endian {
        self.object.endian
    }

    /// The licence of its programs; empty if it states none.
    pub fn license(&self) -> &str {
        &self.object.license
    }

    /// The kernel version some old programs ask for.
    pub fn version(&self) -> u32 {
        self.object.version
    }

    /// All functions.
    pub fn funcs(&self) -> &[Function] {
        &self.object.funcs
    }

    /// The entry programs.
    pub fn programs(&self) -> &[Program] {
        &self.object.programs
    }

    /// Makes a function a program of a section, whatever section it is in: another type for a program, or a program of a
    /// function in `.text`. False if there is no such function.
    #[doc(alias = "bpf_program__set_type")]
    pub fn set_entry(&mut self, function: &str, section: &str) -> bool {
        let has_name = |(_, f): &(u32, &Function)| *f.name == *function;
        let named = || (0..).zip(&self.object.funcs).filter(has_name);
        let is_program = |(func, _): &(u32, &Function)| self.object.programs.iter().any(|p| p.func.0 == *func);
        let Some((func, _)) = named().find(is_program).or_else(|| named().next()) else { return false };
        let (func, section) = (FuncIdx(func), SectionName::parse(section));
        let autoload = !section.is_optional();
        match self.object.programs.iter_mut().find(|program| program.func == func) {
            Some(program) => program.section = section,
            None => {
                let at = self.object.programs.partition_point(|program| program.func < func);
                self.object.programs.insert(at, Program { func, section, autoload });
            }
        }
        true
    }

    /// All maps.
    pub fn maps(&self) -> &[Map] {
        &self.object.maps
    }

    /// Global variables.
    pub fn vars(&self) -> &[Variable] {
        &self.object.vars
    }

    /// What the kernel is to provide.
    pub fn externs(&self) -> &[Extern] {
        &self.object.externs
    }

    /// Tables of places that computed jumps lead to, by the position in `Ref::JumpTable`.
    pub fn jump_tables(&self) -> &[JumpTable] {
        &self.object.jump_tables
    }

    /// Its types.
    pub fn btf(&self) -> Option<&Arc<Btf>> {
        self.object.btf.as_ref()
    }

    /// The names of all sections, by [`SectionIdx`].
    pub fn sections(&self) -> &[Arc<str>] {
        &self.object.sections
    }

    /// What single instructions refer to in vain, by the position in `Ref::Refused`.
    pub fn refused(&self) -> &[Arc<Error>] {
        &self.object.refused
    }

    /// What was left out when the objects were read, and why.
    pub fn ignored(&self) -> &[Ignored] {
        &self.object.ignored
    }

    /// The name of a section; empty if there is no such section.
    pub fn section(&self, section: SectionIdx) -> &str {
        self.object.section(section)
    }

    /// The place of a function.
    pub fn site_of(&self, func: FuncIdx) -> Site {
        self.object.site_of(func)
    }
}
