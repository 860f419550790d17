//! What is attached.

use std::{ops::Deref, sync::Arc};

use crate::{Link, Loaded, Map, Program, reloc::Contents};

/// Loaded programs with the links that attach them. Dropping it detaches and closes everything.
#[derive(Debug)]
pub struct Attached {
    // Links are dropped first: nothing runs that is half gone.
    links: Vec<(Arc<str>, Link)>,
    loaded: Loaded,
}

impl Attached {
    pub(crate) fn new(loaded: Loaded, links: Vec<(Arc<str>, Link)>) -> Self {
        Self { links, loaded }
    }

    /// The links, each with the name of its program, or of its map for struct_ops.
    pub fn links(&self) -> impl Iterator<Item = (&str, &Link)> {
        self.links.iter().map(|(name, link)| (&**name, link))
    }

    /// The first link of the program, or of the struct_ops map, with a name.
    pub fn link(&self, program: &str) -> Option<&Link> {
        self.links().find(|(name, _)| *name == program).map(|(_, link)| link)
    }

    /// The link through which a program runs: its own, or that of a struct_ops map that names it.
    pub fn link_of(&self, program: &Program) -> Option<&Link> {
        let names = |map: &&Map| match map.spec().map(|spec| &spec.contents) {
            Some(Contents::Table(table)) => table.programs.iter().any(|(_, func)| *func == program.func),
            _ => false,
        };
        let of_maps = || self.loaded.maps().filter(names).find_map(|map| self.link(map.name()));
        self.link(program.name()).or_else(of_maps)
    }

    /// Detaches everything; the programs and maps stay loaded.
    pub fn detach(self) -> Loaded {
        self.loaded
    }

    /// What is loaded, and the links by themselves.
    pub fn into_parts(self) -> (Loaded, Vec<(Arc<str>, Link)>) {
        (self.loaded, self.links)
    }
}

impl Deref for Attached {
    type Target = Loaded;
    fn deref(&self) -> &Loaded {
        &self.loaded
    }
}
