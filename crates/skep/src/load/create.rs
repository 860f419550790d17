//! Maps that do not exist yet.

use std::{
    borrow::Cow,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

use super::{Session, privilege};
use crate::{
    Error, Kind, Map,
    errors::at,
    object::{
        MapDef, Site,
        btf::TypeId,
        isa::MapIdx,
        uapi::{MapFlags, MapType, Release},
    },
    reloc::{Contents, MapSpec, ModuleIdx, takes_types},
    sys::{
        self, Errno,
        bpf::{MapCreate, map_create},
    },
};

/// The first release with links to struct_ops maps.
const LINKS: Release = Release::new(6, 4);

impl Session<'_> {
    /// Creates a map, and before it the template of the maps in it.
    pub(super) fn create(&mut self, idx: MapIdx, spec: &MapSpec) -> Result<Map, Error> {
        let site = self.map_site(idx);
        if let Some(fault) = &spec.fault {
            return Err(Error::new(fault.site().clone(), Kind::Relocate(fault.kind().clone())));
        }
        let table = match &spec.contents {
            Contents::Table(table) => Some((table.value_type, self.module_of(&site, table.module)?)),
            _ => None,
        };
        let template = match &spec.def.inner {
            Some(inner) => {
                let name = template_name(&spec.kernel_name);
                Some(self.create_from(inner, &name, None, None).map_err(|error| at(&site, refused(inner, error)))?)
            }
            None => None,
        };
        let template = template.as_ref().map(AsFd::as_fd);
        let map = self
            .create_from(&spec.def, &spec.kernel_name, template, table)
            .map_err(|error| at(&site, refused(&spec.def, error)))?;
        let map = Map::new(map, Some(spec.clone()), site);
        // Programs over an arena are refused until it has its address.
        if spec.def.map_type == MapType::ARENA {
            map.map_arena()?;
        }
        Ok(map)
    }

    fn module_of(&mut self, site: &Site, module: Option<ModuleIdx>) -> Result<Option<Arc<OwnedFd>>, Error> {
        module.map(|module| self.module(site, module)).transpose()
    }

    /// One map by its attributes; asked for again without types, and with more locked memory, if it is refused.
    fn create_from(
        &mut self,
        def: &MapDef,
        name: &str,
        inner_map: Option<BorrowedFd<'_>>,
        table: Option<(TypeId, Option<Arc<OwnedFd>>)>,
    ) -> Result<sys::bpf::Map, sys::Error> {
        let (vmlinux_value, module) = table.unwrap_or_default();
        let mut create = MapCreate {
            map_type: def.map_type,
            key_size: def.key_size,
            value_size: def.value_size,
            max_entries: def.max_entries,
            flags: def.flags,
            inner_map,
            numa_node: def.flags.contains(MapFlags::NUMA_NODE).then_some(def.numa_node),
            name,
            map_extra: def.map_extra,
            btf_vmlinux_value: vmlinux_value,
            value_btf: module.as_ref().map(|fd| fd.as_fd()),
            // As libbpf does, also where no type is known; the kernel then looks at neither.
            btf: if takes_types(def.map_type) { self.object_btf() } else { None },
            ..MapCreate::default()
        };
        if create.btf.is_some() {
            (create.btf_key, create.btf_value) = (def.key_type, def.value_type);
        }
        let mut result = map_create(&create);
        if let Err(error) = &result
            && error.errno == Errno::EPERM
            && privilege::raise_memlock()
        {
            result = map_create(&create);
        }
        if let Err(error) = &result
            && create.btf.is_some()
            && !matches!(error.errno, Errno::EPERM | Errno::ENOMEM)
        {
            (create.btf, create.btf_key, create.btf_value) = (None, TypeId::VOID, TypeId::VOID);
            result = map_create(&create);
        }
        result
    }
}

/// The name of the map that shows the kernel what is in another one: libbpf's, cut to what the kernel keeps.
fn template_name(outer: &str) -> String {
    format!("{outer}.inner").chars().take(15).collect()
}

/// The error for a map that was not created.
fn refused(def: &MapDef, error: sys::Error) -> Kind {
    let map =
        format!("{}, key {} B, value {} B, {} entries", def.map_type, def.key_size, def.value_size, def.max_entries);
    privilege::missing(error, privilege::of_map(def.map_type), format!("create a map of type {}", def.map_type))
        .unwrap_or_else(|| Kind::MapCreate { map, error, reason: reason(def, error.errno) })
}

/// What a refusal is likely to be for.
fn reason(def: &MapDef, errno: Errno) -> Option<Cow<'static, str>> {
    let name = def.map_type.name().unwrap_or("unknown");
    if let Some(since) = def.map_type.since().filter(|since| *since > privilege::running())
        && matches!(errno, Errno::EINVAL | Errno::EPERM | Errno::ENOTSUPP)
    {
        return Some(format!("maps of type {name} exist since Linux {since}").into());
    }
    let page = sys::cpu::page_size();
    let is_ring = matches!(def.map_type, MapType::RINGBUF | MapType::USER_RINGBUF);
    match errno {
        Errno::EINVAL
            if is_ring && (!def.max_entries.is_power_of_two() || !def.max_entries.is_multiple_of(page as u32)) =>
        {
            Some(format!("the size of a ring buffer is a power of two and a multiple of {page} bytes").into())
        }
        Errno::EINVAL
            if def.map_type == MapType::STRUCT_OPS
                && def.flags.contains(MapFlags::LINK)
                && privilege::running() < LINKS =>
        {
            Some(format!("tables of `.struct_ops.link` need Linux {LINKS}; `.struct_ops` does without").into())
        }
        Errno::EINVAL if def.max_entries == 0 => Some("its max_entries is 0".into()),
        Errno::EINVAL if def.map_type == MapType::UNSPEC => Some("its declaration has no `type`".into()),
        Errno::E2BIG | Errno::ENOMEM => Some("it is too large: make its keys, values or max_entries smaller".into()),
        Errno::EPERM => Some("RLIMIT_MEMLOCK may be too low, or a security module forbids it".into()),
        _ => None,
    }
}
