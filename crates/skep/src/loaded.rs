//! What was loaded.

use std::sync::Arc;

use crate::{
    AttachOptions, Attached, Error, Errors, Kind, Map, Program, Thing, Var,
    errors::at,
    object::{Attach, MapType, Site, Variable, nearest},
    reloc::Relocated,
};

/// Programs and maps that the kernel holds. Dropping it closes them; what is attached or pinned stays.
#[derive(Debug)]
#[doc(alias = "bpf_object")]
pub struct Loaded {
    file: Arc<str>,
    programs: Vec<Program>,
    /// By position in the object; none for those that nothing needed.
    maps: Vec<Option<Map>>,
    names: Vec<Arc<str>>,
    wanted: Vec<Arc<str>>,
    vars: Vec<Variable>,
    failed: Vec<Error>,
}

impl Loaded {
    pub(crate) fn new(
        file: Arc<str>,
        relocated: &Relocated,
        wanted: Vec<Arc<str>>,
        maps: Vec<Option<Map>>,
        programs: Vec<Program>,
        failed: Vec<Error>,
    ) -> Self {
        Self {
            file,
            programs,
            maps,
            names: relocated.maps.iter().map(|map| map.name.clone()).collect(),
            wanted,
            vars: relocated.vars.clone(),
            failed,
        }
    }

    /// The programs, in the order of the object.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// The program with a name.
    ///
    /// # Errors
    /// `no-such-program`; `not-loaded` if it failed and the load went on without it.
    #[doc(alias = "bpf_object__find_program_by_name")]
    pub fn program(&self, name: &str) -> Result<&Program, Error> {
        self.programs
            .iter()
            .find(|program| **program.name() == *name)
            .ok_or_else(|| self.absent(Thing::Program, name, &self.wanted))
    }

    /// The maps that were created, in the order of the object.
    pub fn maps(&self) -> impl Iterator<Item = &Map> {
        self.maps.iter().flatten()
    }

    /// The map with a name.
    ///
    /// # Errors
    /// `no-such-map`; `not-loaded` if no program that was loaded needs it.
    #[doc(alias = "bpf_object__find_map_by_name")]
    pub fn map(&self, name: &str) -> Result<&Map, Error> {
        self.maps().find(|map| map.name() == name).ok_or_else(|| self.absent(Thing::Map, name, &self.names))
    }

    /// Global variables.
    pub fn vars(&self) -> &[Variable] {
        &self.vars
    }

    /// The global variable with a name.
    ///
    /// # Errors
    /// `no-such-variable`; `not-loaded` if no program that was loaded needs it.
    pub fn var(&self, name: &str) -> Result<Var<'_>, Error> {
        let missing = || self.absent(Thing::Variable, name, self.vars.iter().map(|var| &var.name));
        let var = self.vars.iter().find(|var| *var.name == *name).ok_or_else(missing)?;
        match self.maps.get(var.map.at()).and_then(Option::as_ref) {
            Some(map) => Ok(Var::new(var, map, self.site(name))),
            None => Err(missing()),
        }
    }

    /// What is wrong with the programs that could not be loaded, if the load was to go on without them.
    pub fn failed(&self) -> &[Error] {
        &self.failed
    }

    /// Attaches every program where its section says, and registers every struct_ops map. Programs whose sections do not
    /// say where stay loaded only.
    ///
    /// # Errors
    /// Those of all programs at once; then none is attached.
    #[doc(alias = "bpf_object__attach_skeleton")]
    pub fn attach(self) -> Result<Attached, Errors> {
        self.attach_with(&AttachOptions::new())
    }

    /// As [`attach`](Self::attach), at the interface or cgroup that the options name.
    ///
    /// # Errors
    /// As [`attach`](Self::attach).
    pub fn attach_with(self, options: &AttachOptions) -> Result<Attached, Errors> {
        let (mut links, mut errors) = (Vec::new(), Vec::new());
        for program in &self.programs {
            // A table of functions is attached as a whole.
            if program.section().def.is_none_or(|def| matches!(def.attach, Attach::Manual | Attach::StructOps)) {
                continue;
            }
            match program.attach_with(options) {
                Ok(link) => links.push((program.name().clone(), link)),
                // `SEC("kprobe")` leaves the place open, too.
                Err(error) if matches!(error.kind(), Kind::NoHook(_)) => {}
                Err(error) => errors.push(error),
            }
        }
        for map in self.maps().filter(|map| map.map_type() == MapType::STRUCT_OPS) {
            match map.attach() {
                Ok(link) => links.push((map.name().into(), link)),
                Err(error) => errors.push(error),
            }
        }
        Errors::check(errors)?;
        Ok(Attached::new(self, links))
    }

    fn site(&self, symbol: &str) -> Site {
        Site::file(&self.file).symbol(symbol)
    }

    /// The error for a thing that is not here: it does not exist, or was not loaded.
    fn absent<'n>(&self, what: Thing, name: &str, names: impl IntoIterator<Item = &'n Arc<str>>) -> Error {
        let names = names.into_iter().map(|name| &**name).collect::<Vec<_>>();
        let kind = if names.contains(&name) {
            Kind::NotLoaded(what, name.to_owned())
        } else {
            let nearest = nearest(name, names).map(str::to_owned);
            Kind::Missing { what, name: name.to_owned(), nearest }
        };
        at(&self.site(name), kind)
    }
}
