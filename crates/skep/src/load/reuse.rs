//! Maps that are shared by name through the bpf file system.

use std::{os::fd::AsFd, path::Path};

use super::Session;
use crate::{
    Error, Kind, Map,
    errors::at,
    object::{
        MapDef,
        isa::{MapHandle, MapIdx},
        uapi::{MapFlags, MapType},
    },
    reloc::MapSpec,
    sys::{
        Errno,
        bpf::{self, MapInfo, map_info, obj_get, obj_pin},
        file::duplicate,
    },
};

impl Session<'_> {
    /// The map that instructions hold open, under a descriptor of its own.
    pub(super) fn held(&self, idx: MapIdx, spec: &MapSpec, held: &MapHandle) -> Result<Map, Error> {
        let site = self.map_site(idx);
        let kernel = |error| at(&site, Kind::Map { operation: "open", error });
        let map = duplicate(held.fd()).and_then(bpf::Map::from_fd).map_err(kernel)?;
        Ok(Map::new(map, Some(spec.clone()), site))
    }

    /// Opens the map that is pinned by this map's name, or creates and pins it; says whether it is new.
    pub(super) fn pinned(&mut self, idx: MapIdx, spec: &MapSpec) -> Result<(Map, bool), Error> {
        let path = self.config.pin_root.join(&*spec.name);
        if let Some(map) = self.open(idx, spec, &path)? {
            return Ok((map, false));
        }
        let map = self.create(idx, spec)?;
        let site = self.map_site(idx);
        // If the directory cannot be made, pinning says why.
        let _ = std::fs::create_dir_all(&self.config.pin_root);
        match obj_pin(map.as_fd(), &path) {
            Ok(()) => {
                self.pins.add(path.clone());
                Ok((map.at_path(path), true))
            }
            // Somebody else was quicker.
            Err(error) if error.errno == Errno::EEXIST => match self.open(idx, spec, &path)? {
                Some(map) => Ok((map, false)),
                None => Err(at(&site, Kind::Pin(path, error))),
            },
            Err(error) => Err(at(&site, Kind::Pin(path, error))),
        }
    }

    fn open(&self, idx: MapIdx, spec: &MapSpec, path: &Path) -> Result<Option<Map>, Error> {
        let site = self.map_site(idx);
        let kernel = |error| at(&site, Kind::Pin(path.to_owned(), error));
        let fd = match obj_get(path, MapFlags(0)) {
            Ok(fd) => fd,
            Err(error) if error.errno == Errno::ENOENT => return Ok(None),
            Err(error) => return Err(kernel(error)),
        };
        let info = map_info(fd.as_fd()).map_err(kernel)?;
        if let Some((attribute, pinned, declared)) = difference(&info, &spec.def) {
            return Err(at(&site, Kind::PinMismatch { path: path.to_owned(), attribute, pinned, declared }));
        }
        let map = bpf::Map::from_fd(fd).map_err(kernel)?;
        Ok(Some(Map::new(map, Some(spec.clone()), site).at_path(path.to_owned())))
    }
}

/// The first attribute in which a map differs from its declaration, as the map has it and as it is declared.
fn difference(map: &MapInfo, def: &MapDef) -> Option<(&'static str, String, String)> {
    let mut flags = map.flags;
    // The kernel adds it.
    if matches!(map.map_type, MapType::DEVMAP | MapType::DEVMAP_HASH) && !def.flags.contains(MapFlags::RDONLY_PROG) {
        flags = flags.without(MapFlags::RDONLY_PROG);
    }
    let rows = [
        ("type", map.map_type.to_string(), def.map_type.to_string()),
        ("key size", map.key_size.to_string(), def.key_size.to_string()),
        ("value size", map.value_size.to_string(), def.value_size.to_string()),
        ("max_entries", map.max_entries.to_string(), def.max_entries.to_string()),
        ("flags", format!("{:#x}", flags.0), format!("{:#x}", def.flags.0)),
        ("map_extra", map.map_extra.to_string(), def.map_extra.to_string()),
    ];
    rows.into_iter().find(|(_, pinned, declared)| pinned != declared)
}
