//! Maps in the kernel, by bytes.

mod entries;
mod per_cpu;
mod struct_ops;
mod typed;

use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

pub use entries::{Entries, Keys};
pub(crate) use struct_ops::Ready;
pub use typed::TypedMap;

use crate::{
    Error, Kind,
    errors::at,
    object::{
        Site,
        isa::{MapFd, MapHandle},
        uapi::{MapFlags, MapType},
    },
    reloc::{Contents, MapSpec},
    sys::{
        self,
        bpf::{self, ElemFlags, MapInfo, MapRef, map_info, obj_get, obj_pin},
        file::duplicate,
        mmap::MapMemory,
    },
};

/// A descriptor that instructions hold.
#[derive(Debug)]
struct Held(OwnedFd);

impl MapFd for Held {
    fn fd(&self) -> i32 {
        self.0.as_raw_fd()
    }
}

/// A map that the kernel holds. Dropping it closes it; a program that uses it, or a pin, keeps it.
#[derive(Debug)]
#[doc(alias = "bpf_map")]
pub struct Map {
    map: bpf::Map,
    spec: Option<MapSpec>,
    site: Site,
    path: Option<PathBuf>,
    /// Its memory, where it can be mapped and somebody asked for it.
    memory: OnceLock<Option<MapMemory>>,
    /// Its value, if it is a table of functions whose programs are all loaded.
    table: OnceLock<Ready>,
}

impl Map {
    pub(crate) fn new(map: bpf::Map, spec: Option<MapSpec>, site: Site) -> Self {
        Self { map, spec, site, path: None, memory: OnceLock::new(), table: OnceLock::new() }
    }

    pub(crate) fn at_path(self, path: PathBuf) -> Self {
        Self { path: Some(path), ..self }
    }

    /// Opens a map that is pinned.
    ///
    /// # Errors
    /// `pin` if nothing is pinned there, or not a map.
    #[doc(alias = "BPF_OBJ_GET")]
    pub fn open_pinned(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let site = Site::default();
        let error = |error| at(&site, Kind::Pin(path.to_owned(), error));
        let map = bpf::Map::from_fd(obj_get(path, MapFlags(0)).map_err(error)?).map_err(error)?;
        Ok(Self::new(map, None, Site::default()).at_path(path.to_owned()))
    }

    /// Takes a descriptor of a map.
    ///
    /// # Errors
    /// `map-operation` if it is none.
    pub fn from_fd(fd: OwnedFd) -> Result<Self, Error> {
        match bpf::Map::from_fd(fd) {
            Ok(map) => Ok(Self::new(map, None, Site::default())),
            Err(error) => Err(at(&Site::default(), Kind::Map { operation: "open", error })),
        }
    }

    /// Its name in the object; empty if it came from elsewhere.
    pub fn name(&self) -> &str {
        self.spec.as_ref().map_or("", |spec| &spec.name)
    }

    /// What the object says about it, if it came from one.
    pub fn spec(&self) -> Option<&MapSpec> {
        self.spec.as_ref()
    }

    /// Its type.
    pub fn map_type(&self) -> MapType {
        self.raw().map_type()
    }

    /// The size of a key in bytes.
    pub fn key_size(&self) -> usize {
        self.raw().key_size() as usize
    }

    /// The size of a value in bytes; in maps with a value for each CPU, of one of them.
    pub fn value_size(&self) -> usize {
        self.raw().value_size() as usize
    }

    /// Whether each CPU has its own value.
    pub fn is_per_cpu(&self) -> bool {
        self.raw().is_per_cpu()
    }

    /// Where it is pinned, if it was created or found by its name.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What the kernel says about it.
    ///
    /// # Errors
    /// `map-operation`.
    #[doc(alias = "bpf_map_info")]
    pub fn info(&self) -> Result<MapInfo, Error> {
        map_info(self.as_fd()).map_err(|error| self.failed("info", error))
    }

    /// The value of a key; none if there is no such key. In maps with a value for each CPU these are the values of all
    /// CPUs, each rounded up to 8 bytes.
    ///
    /// # Errors
    /// `wrong-size` if the key has another size than the map's; `map-operation`.
    #[doc(alias = "bpf_map_lookup_elem")]
    pub fn lookup(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let size = self.raw().user_value_size().map_err(|error| self.failed("lookup", error))?;
        let mut value = vec![0; size];
        Ok(self.lookup_into(key, &mut value)?.then_some(value))
    }

    /// Copies the value of a key; false if there is no such key.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    pub fn lookup_into(&self, key: &[u8], value: &mut [u8]) -> Result<bool, Error> {
        self.check_key(key)?;
        self.raw().lookup(key, value, ElemFlags::ANY).map_err(|error| self.failed("lookup", error))
    }

    /// The value of a key, which is removed. Queues and stacks have empty keys.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup).
    #[doc(alias = "bpf_map_lookup_and_delete_elem")]
    pub fn lookup_and_delete(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.check_key(key)?;
        let failed = |error| self.failed("lookup and delete", error);
        let mut value = vec![0; self.raw().user_value_size().map_err(failed)?];
        let found = self.raw().lookup_and_delete(key, &mut value, ElemFlags::ANY).map_err(failed)?;
        Ok(found.then_some(value))
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// `wrong-size`; `map-operation`, such as `E2BIG` if the map is full.
    #[doc(alias = "bpf_map_update_elem")]
    pub fn update(&self, key: &[u8], value: &[u8], flags: ElemFlags) -> Result<(), Error> {
        self.check_key(key)?;
        let size = self.raw().user_value_size().map_err(|error| self.failed("update", error))?;
        self.check("value", size, value.len())?;
        self.raw().update(key, value, flags).map_err(|error| self.failed("update", error))
    }

    /// Removes a key; false if there was no such key.
    ///
    /// # Errors
    /// `wrong-size`; `map-operation`, for kinds whose entries cannot be removed.
    #[doc(alias = "bpf_map_delete_elem")]
    pub fn delete(&self, key: &[u8]) -> Result<bool, Error> {
        self.check_key(key)?;
        self.raw().delete(key).map_err(|error| self.failed("delete", error))
    }

    /// Sets the values of many keys in one call (5.6), keys and values each one after the other; returns how many.
    ///
    /// # Errors
    /// `map-operation`: for maps that cannot, for buffers that do not hold the same number of whole keys and values,
    /// and at the first entry that is refused.
    #[doc(alias = "bpf_map_update_batch")]
    pub fn update_batch(&self, keys: &[u8], values: &[u8], flags: ElemFlags) -> Result<usize, Error> {
        self.raw().update_batch(keys, values, flags).map_err(|error| self.failed("update batch", error))
    }

    /// Removes many keys in one call (5.6), one after the other in the buffer; returns how many.
    ///
    /// # Errors
    /// `map-operation`: for maps that cannot, and at the first key that is not there.
    #[doc(alias = "bpf_map_delete_batch")]
    pub fn delete_batch(&self, keys: &[u8]) -> Result<usize, Error> {
        self.raw().delete_batch(keys, ElemFlags::ANY).map_err(|error| self.failed("delete batch", error))
    }

    /// The keys. Entries that come or go meanwhile may be missed or seen twice.
    #[doc(alias = "bpf_map_get_next_key")]
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(self)
    }

    /// Keys and values, many at a time where the kernel can (5.6). Entries that come or go meanwhile may be missed or
    /// seen twice.
    #[doc(alias = "BPF_MAP_LOOKUP_BATCH")]
    pub fn entries(&self) -> Entries<'_> {
        Entries::new(self)
    }

    /// The map by the types of its keys and values.
    ///
    /// # Errors
    /// `wrong-size` if one has another size than the map's.
    pub fn typed<K, V>(&self) -> Result<TypedMap<'_, K, V>, Error> {
        TypedMap::new(self)
    }

    /// Forbids further changes from user space.
    ///
    /// # Errors
    /// `map-operation`.
    #[doc(alias = "BPF_MAP_FREEZE")]
    pub fn freeze(&self) -> Result<(), Error> {
        self.raw().freeze().map_err(|error| self.failed("freeze", error))
    }

    /// Gives it a name in a bpf file system, which keeps it after this process.
    ///
    /// # Errors
    /// `pin`.
    #[doc(alias = "bpf_map__pin")]
    pub fn pin(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        obj_pin(self.as_fd(), path).map_err(|error| at(&self.site, Kind::Pin(path.to_owned(), error)))
    }

    /// Its memory, if it can be mapped: created to be, and this kernel allows it (5.5).
    /// The map, for instructions to hold open: see [`Object::hold_map`](crate::object::Object::hold_map). It has a descriptor
    /// of its own, so that this value may be dropped.
    ///
    /// # Errors
    /// `map-operation` if there are too many open files.
    pub fn handle(&self) -> Result<MapHandle, Error> {
        let fd = duplicate(self.as_fd().as_raw_fd()).map_err(|error| self.failed("open", error))?;
        Ok(MapHandle::new(Arc::new(Held(fd))))
    }

    pub(crate) fn memory(&self) -> Option<&MapMemory> {
        let map = || {
            let spec = self.spec.as_ref()?;
            let frozen = matches!(spec.contents, Contents::Value { frozen: true, .. });
            spec.def.flags.contains(MapFlags::MMAPABLE).then_some(())?;
            MapMemory::new(self.as_fd(), self.value_size(), !frozen, None).ok()
        };
        self.memory.get_or_init(map).as_ref()
    }

    /// Maps an arena, at the address that its declaration asks for.
    pub(crate) fn map_arena(&self) -> Result<(), Error> {
        let def = self.spec.as_ref().map(|spec| &spec.def);
        let pages = def.map_or(0, |def| def.max_entries as usize);
        let address = def.and_then(|def| usize::try_from(def.map_extra).ok()).filter(|&address| address != 0);
        let memory = MapMemory::new(self.as_fd(), pages.saturating_mul(sys::cpu::page_size()), true, address);
        let memory = memory.map_err(|error| self.failed("map arena", error))?;
        // It was made just now, so that nobody else can have mapped it.
        let _ = self.memory.set(Some(memory));
        Ok(())
    }

    pub(crate) fn raw(&self) -> MapRef<'_> {
        self.map.by_ref()
    }

    fn check_key(&self, key: &[u8]) -> Result<(), Error> {
        self.check("key", self.key_size(), key.len())
    }

    pub(crate) fn check(&self, what: &'static str, size: usize, given: usize) -> Result<(), Error> {
        if size == given { Ok(()) } else { Err(at(&self.site, Kind::Size { what, size, given })) }
    }

    pub(crate) fn failed(&self, operation: &'static str, error: sys::Error) -> Error {
        at(&self.site, Kind::Map { operation, error })
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}
