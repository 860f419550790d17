//! Relocated programs and maps into the kernel.
//!
//! The order is that of what needs what: BTF, maps, the slots of maps that hold maps, programs, the slots of maps that
//! hold programs. Nothing is probed beforehand: each call is made as for the newest kernel, and only when it is refused
//! is it made again without what an older kernel or a smaller grant may lack. An object that loads costs one bpf(2)
//! call for each thing that it has.

mod bind;
mod btf;
mod contents;
mod create;
mod jumps;
mod pins;
pub(crate) mod privilege;
mod program;
mod reuse;

use std::{borrow::Borrow, os::fd::OwnedFd, sync::Arc};

use crate::{
    Config, Error, Errors, Kind, Loaded, Map, Program, Thing,
    errors::at,
    object::{
        Pinning, Site,
        btf::Endian,
        isa::{FuncIdx, MapIdx},
        nearest,
        uapi::ProgType,
    },
    reloc::{self, Relocated},
};
use btf::ObjectBtf;
use contents::Values;
use pins::Pins;
pub use privilege::capabilities;
pub(crate) use privilege::running as running_release;
pub(crate) use program::Attempt;

/// Loads relocated programs and the maps that they need.
///
/// If anything fails, everything is undone: what was created is closed, what was pinned is unpinned.
///
/// # Errors
/// Those of all maps and programs at once: `missing-capability`, `map-create`, `map-contents`, `pin-mismatch`,
/// `verifier-rejected`, and what relocation found wrong with a program.
#[doc(alias = "bpf_object__load")]
pub fn load(relocated: &Relocated, config: &Config) -> Result<Loaded, Errors> {
    load_each(relocated, relocated.programs.iter(), config)
}

/// As [`load`], with programs that are made one after the other, each gone before the next.
pub(crate) fn load_each<P: Borrow<reloc::Program>>(
    relocated: &Relocated,
    mut programs: impl Iterator<Item = P>,
    config: &Config,
) -> Result<Loaded, Errors> {
    let mut session = Session::new(relocated, config)?;
    let broken = session.maps()?;
    if config.keep_going {
        session.remember(broken);
    } else if !broken.is_empty() {
        // Whoever reads this wants to know all that is known to be wrong.
        let table_failed = relocated.maps.iter().any(|map| map.needed && map.fault.is_some());
        // What is wrong with a table is not told again for each of its programs.
        let told = |program: &reloc::Program| table_failed && program.prog_type == ProgType::STRUCT_OPS;
        let programs = programs.by_ref().filter(|program| !told(program.borrow()));
        let faults = programs.flat_map(|program| session.faults(program.borrow()));
        Errors::check(broken.into_iter().chain(faults).collect())?;
    }
    let (programs, failed) = session.programs(programs);
    let failed = if config.keep_going { failed } else { Errors::check(failed).map(|()| Vec::new())? };
    session.program_slots(&programs)?;
    session.tables(&programs);
    Ok(session.finish(programs, failed))
}

/// One load: what was made so far.
pub(crate) struct Session<'a> {
    pub(crate) relocated: &'a Relocated,
    config: &'a Config,
    pub(crate) file: Arc<str>,
    btf: ObjectBtf,
    pub(crate) maps: Vec<Option<Map>>,
    /// BTF of the modules that programs need, opened when the first does.
    modules: Vec<Option<Arc<OwnedFd>>>,
    pins: Pins,
    /// What is wrong with maps, for the programs that use them.
    broken: Vec<Error>,
    /// The names of the programs that were to be loaded.
    wanted: Vec<Arc<str>>,
    /// Room for the next program.
    spare: program::Bytes,
}

impl<'a> Session<'a> {
    pub(crate) fn new(relocated: &'a Relocated, config: &'a Config) -> Result<Self, Error> {
        let file = config.file.clone().unwrap_or_else(|| relocated.name.clone());
        if relocated.endian != Endian::NATIVE {
            return Err(at(&Site::file(&file), Kind::ByteOrder(relocated.endian)));
        }
        Ok(Self {
            relocated,
            config,
            file,
            btf: ObjectBtf::default(),
            maps: relocated.maps.iter().map(|_| None).collect(),
            modules: relocated.modules.iter().map(|_| None).collect(),
            pins: Pins::default(),
            broken: Vec::new(),
            wanted: Vec::new(),
            spare: program::Bytes::default(),
        })
    }

    pub(crate) fn map_site(&self, map: MapIdx) -> Site {
        let site = Site::file(&self.file);
        match self.relocated.maps.get(map.at()) {
            Some(spec) => site.symbol(spec.name.clone()),
            None => site,
        }
    }

    pub(crate) fn program_site(&self, program: &reloc::Program) -> Site {
        Site::file(&self.file).section(program.section.full.clone()).symbol(program.name.clone())
    }

    /// Creates every map that is needed and fills it, but for slots that hold programs. What fails is in the list.
    pub(crate) fn maps(&mut self) -> Result<Vec<Error>, Errors> {
        let values = self.values()?;
        let mut errors = Vec::new();
        for i in 0..self.relocated.maps.len() {
            errors.extend(self.map(MapIdx(i as u32), &values).err());
            // The others lack it too.
            if let Some(Kind::MissingCapability { .. }) = errors.last().map(Error::kind) {
                break;
            }
        }
        errors.extend(self.map_slots());
        Ok(errors)
    }

    /// Creates or reuses one map, if it is needed.
    fn map(&mut self, idx: MapIdx, values: &Values) -> Result<(), Error> {
        let Some(spec) = self.relocated.maps.get(idx.at()).filter(|spec| spec.needed) else { return Ok(()) };
        let (map, is_new) = match (&spec.held, spec.def.pinning) {
            (Some(held), _) => (self.held(idx, spec, held)?, false),
            (None, Pinning::None) => (self.create(idx, spec)?, true),
            (None, Pinning::ByName) => self.pinned(idx, spec)?,
        };
        // Whoever made a pinned map has filled it.
        if is_new {
            self.fill(idx, spec, &map, values)?;
        }
        self.maps[idx.at()] = Some(map);
        Ok(())
    }

    /// Keeps what is wrong with maps, to be told for the programs that use them.
    pub(crate) fn remember(&mut self, broken: Vec<Error>) {
        self.broken = broken;
    }

    fn programs<P: Borrow<reloc::Program>>(&mut self, each: impl Iterator<Item = P>) -> (Vec<Program>, Vec<Error>) {
        let (mut programs, mut failed) = (Vec::with_capacity(each.size_hint().0), Vec::new());
        for program in each {
            let program = program.borrow();
            self.wanted.push(program.name.clone());
            match self.program(program) {
                Ok(program) => programs.push(program),
                Err(errors) => failed.extend(errors),
            }
        }
        (programs, failed)
    }

    fn finish(self, programs: Vec<Program>, failed: Vec<Error>) -> Loaded {
        self.pins.keep();
        Loaded::new(self.file, self.relocated, self.wanted, self.maps, programs, failed)
    }

    /// The program that was loaded for a function.
    fn program_of<'p>(&self, programs: &'p [Program], func: FuncIdx) -> Option<&'p Program> {
        programs.iter().find(|program| program.func == func)
    }

    /// Checks the names and sizes of the values that the caller gives to variables.
    fn values(&self) -> Result<Values, Errors> {
        let (mut values, mut errors) = (Values::default(), Vec::new());
        for (name, value) in &self.config.values {
            let site = Site::file(&self.file).symbol(name.as_str());
            let Some(var) = self.relocated.vars.iter().find(|var| &*var.name == name) else {
                let nearest = nearest(name, self.relocated.vars.iter().map(|var| &*var.name)).map(str::to_owned);
                errors.push(at(&site, Kind::Missing { what: Thing::Variable, name: name.clone(), nearest }));
                continue;
            };
            let size = var.size as usize;
            if value.len() == size {
                values.add(var.map, var.offset, value);
            } else {
                errors.push(at(&site, Kind::Size { what: "variable", size, given: value.len() }));
            }
        }
        Errors::check(errors)?;
        Ok(values)
    }
}
