//! `BPF_MAP_CREATE`, and maps whose sizes are known.

use super::call::{self, call_fd, command, offsets};
use super::info::map_info;
use crate::fd::or_zero;
use crate::{Result, cpu};
use skep_uapi::btf::TypeId;
use skep_uapi::{MapFlags, MapType};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use zerocopy::{Immutable, IntoBytes};

/// What a map is created with. `Default` is "none" everywhere.
#[derive(Clone, Copy, Debug, Default)]
#[doc(alias = "bpf_map_create_opts")]
pub struct MapCreate<'a> {
    /// The kind.
    pub map_type: MapType,
    /// Size of a key in bytes; 0 for kinds without keys.
    pub key_size: u32,
    /// Size of a value in bytes, on one CPU for per-CPU kinds.
    pub value_size: u32,
    /// Number of entries; of bytes for ring buffers, of pages for arenas.
    pub max_entries: u32,
    /// Flags. Those that say that another field is set are added here: `NUMA_NODE`, `VTYPE_BTF_OBJ_FD`, `TOKEN_FD`.
    pub flags: MapFlags,
    /// The template of the inner maps of a map of maps.
    pub inner_map: Option<BorrowedFd<'a>>,
    /// The NUMA node to allocate on (4.14).
    pub numa_node: Option<u32>,
    /// The name (4.15); cut to 15 bytes, bytes that the kernel refuses become `_`.
    pub name: &'a str,
    /// The network device to offload to, 0 for none.
    pub ifindex: u32,
    /// The BTF that describes key and value (4.18).
    pub btf: Option<BorrowedFd<'a>>,
    /// Type of the key in `btf`.
    pub btf_key: TypeId,
    /// Type of the value in `btf`.
    pub btf_value: TypeId,
    /// Kernel type of the value of a struct_ops map (5.6).
    pub btf_vmlinux_value: TypeId,
    /// A number whose meaning depends on the kind (5.16): hash functions, address of an arena, size hint.
    pub map_extra: u64,
    /// The module BTF that holds `btf_vmlinux_value` (6.9).
    pub value_btf: Option<BorrowedFd<'a>>,
    /// The token that permits this (6.9).
    pub token: Option<BorrowedFd<'a>>,
    /// SHA-256 of the only program that may use the map (6.18); empty for none.
    pub exclusive: &'a [u8],
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: u32,
    inner_map_fd: u32,
    numa_node: u32,
    map_name: [u8; 16],
    map_ifindex: u32,
    btf_fd: u32,
    btf_key_type_id: u32,
    btf_value_type_id: u32,
    btf_vmlinux_value_type_id: u32,
    map_extra: u64,
    value_type_btf_obj_fd: u32,
    map_token_fd: u32,
    excl_prog_hash: u64,
    excl_prog_hash_size: u32,
    pad: u32,
}
command!(Wire, 0, "BPF_MAP_CREATE");
offsets!(Wire {
    map_name = 28, map_ifindex = 44, btf_vmlinux_value_type_id = 60, map_extra = 64, value_type_btf_obj_fd = 72,
    map_token_fd = 76, excl_prog_hash = 80, excl_prog_hash_size = 88,
} size 96);

/// Creates a map.
///
/// # Errors
/// `EPERM` without `CAP_BPF`, or when `RLIMIT_MEMLOCK` is too low before 5.11; `EINVAL` for a kind or attribute that
/// the kernel does not know; `E2BIG` for a size or field that it does not know; `ENOTSUPP` for BTF with a kind
/// that takes none.
#[doc(alias = "BPF_MAP_CREATE")]
pub fn map_create(create: &MapCreate<'_>) -> Result<Map> {
    let mut flags = create.flags;
    for (set, flag) in [
        (create.numa_node.is_some(), MapFlags::NUMA_NODE),
        (create.value_btf.is_some(), MapFlags::VTYPE_BTF_OBJ_FD),
        (create.token.is_some(), MapFlags::TOKEN_FD),
    ] {
        flags = if set { flags.with(flag) } else { flags };
    }
    let mut wire = Wire {
        map_type: create.map_type.0,
        key_size: create.key_size,
        value_size: create.value_size,
        max_entries: create.max_entries,
        map_flags: flags.0,
        inner_map_fd: or_zero(create.inner_map),
        numa_node: create.numa_node.unwrap_or(0),
        map_name: call::name(create.name),
        map_ifindex: create.ifindex,
        btf_fd: or_zero(create.btf),
        btf_key_type_id: create.btf_key.0,
        btf_value_type_id: create.btf_value.0,
        btf_vmlinux_value_type_id: create.btf_vmlinux_value.0,
        map_extra: create.map_extra,
        value_type_btf_obj_fd: or_zero(create.value_btf),
        map_token_fd: or_zero(create.token),
        excl_prog_hash: call::address(create.exclusive),
        excl_prog_hash_size: call::len32("BPF_MAP_CREATE", create.exclusive.len())?,
        pad: 0,
    };
    // SAFETY: the only address is that of the hash, which is borrowed for this call with its length beside it.
    let fd = unsafe { call_fd(&mut wire) }?;
    let shape = Shape { map_type: create.map_type, key: create.key_size, value: create.value_size };
    Ok(Map { fd, shape })
}

/// The sizes of a map, which say how many bytes the kernel reads and writes at an address it is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub map_type: MapType,
    pub key: u32,
    pub value: u32,
}

impl Shape {
    fn of(fd: BorrowedFd<'_>) -> Result<Self> {
        let info = map_info(fd)?;
        Ok(Self { map_type: info.map_type, key: info.key_size, value: info.value_size })
    }

    /// Whether each CPU has its own value.
    pub(super) fn is_per_cpu(self) -> bool {
        matches!(
            self.map_type,
            MapType::PERCPU_HASH | MapType::PERCPU_ARRAY | MapType::LRU_PERCPU_HASH | MapType::PERCPU_CGROUP_STORAGE
        )
    }

    /// Bytes of a value as user space sees it: each CPU's value rounded up to 8 bytes, one after the other.
    pub(super) fn user_value(self) -> Result<usize> {
        let value = self.value as usize;
        if self.is_per_cpu() { Ok(value.next_multiple_of(8) * cpu::possible_count()?) } else { Ok(value) }
    }
}

/// A map that this process holds open, with its sizes. Dropping it closes the descriptor.
#[derive(Debug)]
pub struct Map {
    fd: OwnedFd,
    shape: Shape,
}

impl Map {
    /// Takes a descriptor of a map and asks the kernel for its sizes.
    ///
    /// # Errors
    /// `EINVAL` if it is no map.
    pub fn from_fd(fd: OwnedFd) -> Result<Self> {
        let shape = Shape::of(fd.as_fd())?;
        Ok(Self { fd, shape })
    }

    /// The map, borrowed.
    pub fn by_ref(&self) -> MapRef<'_> {
        MapRef { fd: self.fd.as_fd(), shape: self.shape }
    }

    /// The descriptor alone.
    pub fn into_fd(self) -> OwnedFd {
        self.fd
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl From<Map> for OwnedFd {
    fn from(map: Map) -> Self {
        map.fd
    }
}

/// A borrowed map with its sizes: what the operations on elements are methods of.
#[derive(Clone, Copy, Debug)]
pub struct MapRef<'fd> {
    pub(super) fd: BorrowedFd<'fd>,
    pub(super) shape: Shape,
}

impl<'fd> MapRef<'fd> {
    /// Borrows a descriptor of a map and asks the kernel for its sizes.
    ///
    /// # Errors
    /// `EINVAL` if it is no map.
    pub fn of(fd: BorrowedFd<'fd>) -> Result<Self> {
        Ok(Self { fd, shape: Shape::of(fd)? })
    }

    /// The kind.
    pub fn map_type(self) -> MapType {
        self.shape.map_type
    }

    /// Size of a key in bytes.
    pub fn key_size(self) -> u32 {
        self.shape.key
    }

    /// Size of a value in bytes, on one CPU for per-CPU kinds.
    pub fn value_size(self) -> u32 {
        self.shape.value
    }

    /// Whether each CPU has its own value.
    pub fn is_per_cpu(self) -> bool {
        self.shape.is_per_cpu()
    }

    /// Bytes of a value as [`lookup`](Self::lookup) gives it: for per-CPU kinds, each possible CPU's value rounded
    /// up to 8 bytes, one after the other.
    ///
    /// # Errors
    /// When the list of possible CPUs cannot be read.
    pub fn user_value_size(self) -> Result<usize> {
        self.shape.user_value()
    }
}

impl AsFd for MapRef<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd
    }
}
