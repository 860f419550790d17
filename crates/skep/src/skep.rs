//! The three-word form: open, load, attach.

use std::{path::Path, sync::Arc};

use zerocopy::{Immutable, IntoBytes};

use crate::{
    Config, Error, Errors, Kind, Loaded, Thing,
    errors::at,
    linker::{self, Linked},
    load::load_each,
    object,
    object::{Site, Variable, nearest},
    object_file::ObjectFile,
    reloc::{self, Relocated, Selection, Target},
    target,
};

/// An object, read and linked, with what is wished of its loading.
///
/// ```no_run
/// use skep::Skep;
///
/// let attached = Skep::open("exec.bpf.o")?.set("exits", &false)?.load()?.attach()?;
/// println!("{} programs are attached", attached.links().count());
/// # Ok::<(), skep::Errors>(())
/// ```
#[derive(Debug)]
pub struct Skep {
    linked: Linked,
    target: Option<Arc<Target>>,
    reloc: reloc::Config,
    config: Config,
}

impl Skep {
    /// Reads an object file.
    ///
    /// # Errors
    /// `file-unreadable`, and everything that is wrong with the object.
    #[doc(alias = "bpf_object__open_file")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Errors> {
        let path = path.as_ref();
        let name = path.to_string_lossy();
        let unreadable = |error| at(&Site::file(&Arc::from(&*name)), Kind::File(path.to_owned(), error));
        let file = ObjectFile::open(path).map_err(unreadable)?;
        match object::elf::read_from(&name, &file) {
            Ok(object) => Ok(Self::new(linker::link([object])?)),
            Err(errors) => Err(file.into_error().map_or_else(|| errors.into(), |error| unreadable(error).into())),
        }
    }

    /// Reads an object from bytes; `file` is its name for messages, and names the object.
    ///
    /// # Errors
    /// Everything that is wrong with the object.
    #[doc(alias = "bpf_object__open_mem")]
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Errors> {
        let object = object::elf::read(file, bytes)?;
        Ok(Self::new(linker::link([object])?))
    }

    /// Takes a linked object.
    pub fn new(linked: Linked) -> Self {
        let config = Config::new().file(linked.file().clone());
        Self { linked, target: None, reloc: reloc::Config::new(), config }
    }

    /// The linked object.
    pub fn linked(&self) -> &Linked {
        &self.linked
    }

    /// Global variables.
    pub fn vars(&self) -> &[Variable] {
        self.linked.vars()
    }

    /// Gives a global variable another first value, constants included.
    ///
    /// # Errors
    /// `no-such-variable`; `wrong-size`.
    pub fn set<T: IntoBytes + Immutable + ?Sized>(self, variable: &str, value: &T) -> Result<Self, Error> {
        self.set_bytes(variable, value.as_bytes())
    }

    /// As [`set`](Self::set), from bytes.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_bytes(mut self, variable: &str, value: &[u8]) -> Result<Self, Error> {
        let site = Site::file(self.linked.file()).symbol(variable);
        let Some(var) = self.vars().iter().find(|var| *var.name == *variable) else {
            let nearest = nearest(variable, self.vars().iter().map(|var| &*var.name)).map(str::to_owned);
            return Err(at(&site, Kind::Missing { what: Thing::Variable, name: variable.to_owned(), nearest }));
        };
        let size = var.size as usize;
        if value.len() != size {
            return Err(at(&site, Kind::Size { what: "variable", size, given: value.len() }));
        }
        self.config = self.config.set_bytes(variable, value);
        Ok(self)
    }

    /// Wants these programs, whatever the object says.
    pub fn select(self, selection: Selection) -> Self {
        Self { reloc: self.reloc.select(selection), ..self }
    }

    /// Wants these programs, by their names.
    pub fn only<'n>(self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.select(Selection::Only(names.into_iter().map(str::to_owned).collect()))
    }

    /// Gives a map another number of entries than its declaration.
    #[doc(alias = "bpf_map__set_max_entries")]
    pub fn max_entries(self, map: &str, entries: u32) -> Self {
        Self { reloc: self.reloc.max_entries(map, entries), ..self }
    }

    /// Makes a function a program as if it stood in this section: gives a program another type, or takes a function of
    /// `.text` for one.
    ///
    /// # Errors
    /// `no-such-program` if there is no such function.
    #[doc(alias = "bpf_program__set_type")]
    pub fn set_entry(mut self, function: &str, section: &str) -> Result<Self, Error> {
        if self.linked.set_entry(function, section) {
            return Ok(self);
        }
        let names = self.linked.funcs().iter().map(|f| &*f.name);
        let nearest = nearest(function, names).map(str::to_owned);
        let site = Site::file(self.linked.file()).symbol(function);
        Err(at(&site, Kind::Missing { what: Thing::Program, name: function.to_owned(), nearest }))
    }

    /// Creates a map, or does not, whatever the object says: struct_ops variables of `?.struct_ops` sections are not
    /// created unless asked for.
    #[doc(alias = "bpf_map__set_autocreate")]
    pub fn create(self, map: &str, create: bool) -> Self {
        Self { reloc: self.reloc.create(map, create), ..self }
    }

    /// Gives a member of a struct_ops variable another value than the object's. The member is named as in C: `flags`,
    /// `limits.high`, `weights[2]`. What does not fit is reported when the object is relocated.
    ///
    /// ```no_run
    /// use skep::Skep;
    ///
    /// let cubic = Skep::open("cubic.bpf.o")?
    ///     .set_member("cubic", "flags", &1u32)
    ///     .set_program("cubic", "release", None);
    /// let attached = cubic.load()?.attach()?; // registered until it is dropped
    /// # Ok::<(), skep::Errors>(())
    /// ```
    pub fn set_member<T: IntoBytes + Immutable + ?Sized>(self, map: &str, member: &str, value: &T) -> Self {
        Self { reloc: self.reloc.member(map, member, value.as_bytes()), ..self }
    }

    /// Gives a member of a struct_ops variable another program of this object, or none.
    pub fn set_program(self, map: &str, member: &str, program: Option<&str>) -> Self {
        Self { reloc: self.reloc.member_program(map, member, program), ..self }
    }

    /// Changes the wishes for relocation.
    pub fn reloc(self, change: impl FnOnce(reloc::Config) -> reloc::Config) -> Self {
        Self { reloc: change(self.reloc), ..self }
    }

    /// Changes the wishes for loading.
    pub fn config(self, change: impl FnOnce(Config) -> Config) -> Self {
        Self { config: change(self.config), ..self }
    }

    /// Shares what is known of the running kernel with other objects, which saves reading its types again.
    pub fn target(self, target: Arc<Target>) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Relocates the object for the running kernel.
    ///
    /// # Errors
    /// What is wrong with the whole; what is wrong with one program stands in that program.
    pub fn relocate(&self) -> Result<Relocated, Errors> {
        self.with_target(|target| Ok(reloc::relocate(&self.linked, target, &self.reloc)?))
    }

    /// Relocates the object for the running kernel and loads it, one program after the other.
    ///
    /// # Errors
    /// Those of relocation and of [`load`](crate::load).
    #[doc(alias = "bpf_object__load")]
    pub fn load(&self) -> Result<Loaded, Errors> {
        self.with_target(|target| {
            let (relocated, programs) = reloc::relocate_each(&self.linked, target, &self.reloc)?;
            load_each(&relocated, programs, &self.config)
        })
    }

    fn with_target<T>(&self, work: impl FnOnce(&Target) -> Result<T, Errors>) -> Result<T, Errors> {
        match &self.target {
            Some(target) => work(target),
            None => work(&target::running()?),
        }
    }
}
