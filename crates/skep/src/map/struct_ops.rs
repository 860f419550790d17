//! Tables of functions (struct_ops): written, and attached as a whole.

use std::{
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::Arc,
};

use super::Map;
use crate::{
    Error, Kind, Link, Thing,
    errors::at,
    link::Inner,
    load::privilege,
    object::uapi::{AttachType, MapFlags},
    reloc::{Contents, Table},
    sys::{
        self, Errno,
        bpf::{ElemFlags, LinkCreate, LinkOptions, LinkTarget, MapRef, link_create},
    },
};

/// The only key.
const KEY: [u8; 4] = [0; 4];

/// The value of a table with its programs in place. They stay open as long as their numbers stand in it.
#[derive(Debug)]
pub(crate) struct Ready {
    value: Vec<u8>,
    #[allow(dead_code, reason = "they are kept open")]
    programs: Vec<Arc<OwnedFd>>,
}

impl Ready {
    pub(crate) fn new(table: &Table, programs: Vec<(u32, Arc<OwnedFd>)>) -> Self {
        let mut value = table.data.to_vec();
        value.resize(table.size as usize, 0);
        for (offset, program) in &programs {
            // A member is an address, the size of which is the machine's.
            let number = (program.as_raw_fd() as usize).to_ne_bytes();
            if let Some(to) = value.get_mut(*offset as usize..).and_then(|rest| rest.get_mut(..number.len())) {
                to.copy_from_slice(&number);
            }
        }
        Self { value, programs: programs.into_iter().map(|(_, program)| program).collect() }
    }
}

impl Map {
    /// Registers a struct_ops map: from now on the kernel calls its programs. Dropping the link takes it back.
    ///
    /// Tables of `.struct_ops.link` sections get a bpf_link (6.4), which can be pinned and updated.
    ///
    /// # Errors
    /// `attach-wrong-hook` for maps of other types; `not-loaded` if a program of the table is not; `attach-refused`,
    /// `missing-capability`.
    #[doc(alias = "bpf_map__attach_struct_ops")]
    pub fn attach(&self) -> Result<Link, Error> {
        let name = self.struct_name();
        let hook = format!("struct_ops {name}");
        self.write_table()?;
        if !self.is_linked() {
            let map = self
                .as_fd()
                .try_clone_to_owned()
                .map_err(|error| self.refused(&hook, sys::Error::new("dup", error)))?;
            return Ok(Link::of_map(&self.site, hook, Inner::Undo(Box::new(move || unregister(&map)))));
        }
        let create = LinkCreate {
            program: self.as_fd(),
            target: LinkTarget::None,
            attach_type: AttachType::STRUCT_OPS,
            flags: 0,
            options: LinkOptions::None,
        };
        match link_create(&create) {
            Ok(fd) => Ok(Link::of_map(&self.site, hook, Inner::Bpf(fd))),
            Err(error) => Err(self.refused(&hook, error)),
        }
    }

    /// The programs of a table are loaded, and their numbers are in its value.
    pub(crate) fn set_table(&self, table: Ready) {
        // It is loaded once.
        let _ = self.table.set(table);
    }

    /// Writes the value. The kernel takes it once.
    pub(crate) fn write_table(&self) -> Result<(), Error> {
        let Some(table) = self.table.get() else {
            let kind = match self.spec().map(|spec| &spec.contents) {
                Some(Contents::Table(_)) => Kind::NotLoaded(Thing::Map, self.name().to_owned()),
                _ => Kind::WrongHook { hook: "struct_ops", program: format!("map of type {}", self.map_type()) },
            };
            return Err(at(&self.site, kind));
        };
        match self.raw().update(&KEY, &table.value, ElemFlags::ANY) {
            // It was attached before, and may be again.
            Err(error) if error.errno == Errno::EBUSY && self.is_linked() => Ok(()),
            Err(error) => Err(self.refused(&format!("struct_ops {}", self.struct_name()), error)),
            Ok(()) => Ok(()),
        }
    }

    fn is_linked(&self) -> bool {
        self.spec().is_some_and(|spec| spec.def.flags.contains(MapFlags::LINK))
    }

    /// The name of the kernel's struct, and that of the variable.
    fn struct_name(&self) -> String {
        self.name().to_owned()
    }

    fn refused(&self, hook: &str, error: sys::Error) -> Error {
        let action = format!("attach to {hook}");
        let kind = privilege::missing(error, privilege::ADMIN, action).unwrap_or_else(|| {
            let reason = likely(error.errno).map(Into::into);
            Kind::Attach { hook: hook.to_owned(), error, reason }
        });
        at(&self.site, kind)
    }
}

fn unregister(map: &OwnedFd) -> Result<(), sys::Error> {
    let map = sys::bpf::Map::from_fd(map.as_fd().try_clone_to_owned().map_err(|e| sys::Error::new("dup", e))?)?;
    let by_ref: MapRef<'_> = map.by_ref();
    by_ref.delete(&KEY).map(drop)
}

fn likely(errno: Errno) -> Option<&'static str> {
    match errno {
        Errno::EEXIST => Some("a table of this name is registered already"),
        Errno::EBUSY => Some("it is registered already, or the kernel has room for one table only"),
        Errno::EINVAL => Some("the kernel misses a member that it needs, or one has a value that it does not take"),
        Errno::ENOTSUPP | Errno::EOPNOTSUPP => Some("the kernel does not let programs implement one of its members"),
        _ => None,
    }
}
