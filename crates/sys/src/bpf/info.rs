//! `BPF_OBJ_GET_INFO_BY_FD` for programs and maps, and what the other kinds share.

use super::call::{self, Attr, address_mut, command, offsets};
use crate::{Errno, Error, Result};
use skep_uapi::btf::TypeId;
use skep_uapi::{MapFlags, MapType, ProgType};
use std::os::fd::{AsRawFd, BorrowedFd};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    bpf_fd: u32,
    info_len: u32,
    info: u64,
}
command!(Wire, 15, "BPF_OBJ_GET_INFO_BY_FD");
offsets!(Wire { info_len = 4, info = 8 } size 16);

/// Fills `info` as far as the kernel knows it; what it does not know stays as it is.
///
/// # Safety
/// `T` begins like the info struct of the kind of object that `fd` is (see `check_kind`),
/// and addresses in it are valid for the lengths beside them.
pub(super) unsafe fn fill<T: IntoBytes + FromBytes>(fd: BorrowedFd<'_>, info: &mut T) -> Result<()> {
    let mut wire = Wire {
        bpf_fd: fd.as_raw_fd() as u32,
        info_len: call::len32(Wire::NAME, size_of::<T>())?,
        info: core::ptr::from_mut(info) as usize as u64,
    };
    // SAFETY: `info` has `info_len` bytes, of which any pattern is valid; the caller answers for addresses in it.
    unsafe { call::call(&mut wire) }.map(drop)
}

/// The kind of the object behind a descriptor, as procfs shows it: `bpf-map`, `bpf-prog`, `btf`, `bpf_link`.
///
/// The kernel lays out its answer by what the descriptor is, so a struct with addresses in it must only be given to
/// the right kind.
pub(super) fn check_kind(fd: BorrowedFd<'_>, expect: &str) -> Result<()> {
    let link = rustix::fs::readlink(format!("/proc/self/fd/{}", fd.as_raw_fd()), Vec::new())
        .map_err(|errno| Error::new(Wire::NAME, errno))?;
    if link.to_bytes().strip_prefix(b"anon_inode:").is_some_and(|name| name == expect.as_bytes()) {
        Ok(())
    } else {
        Err(Error::new(Wire::NAME, Errno::EINVAL))
    }
}

#[repr(C)]
#[derive(IntoBytes, FromBytes, Immutable)]
struct RawMap {
    map_type: u32,
    id: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: u32,
    name: [u8; 16],
    ifindex: u32,
    btf_vmlinux_value_type_id: u32,
    netns_dev: u64,
    netns_ino: u64,
    btf_id: u32,
    btf_key_type_id: u32,
    btf_value_type_id: u32,
    btf_vmlinux_id: u32,
    map_extra: u64,
}
offsets!(RawMap { name = 24, ifindex = 40, netns_dev = 48, btf_id = 64, map_extra = 80 } size 88);

/// What the kernel says about a map.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "bpf_map_info")]
#[allow(missing_docs, reason = "the names are the kernel's")]
pub struct MapInfo {
    pub map_type: MapType,
    pub id: u32,
    pub key_size: u32,
    pub value_size: u32,
    pub max_entries: u32,
    pub flags: MapFlags,
    pub name: String,
    pub ifindex: u32,
    pub btf_id: u32,
    pub btf_key: TypeId,
    pub btf_value: TypeId,
    pub btf_vmlinux_value: TypeId,
    pub map_extra: u64,
}

/// Asks the kernel about a map.
///
/// # Errors
/// `EINVAL` if it is no map.
#[doc(alias = "BPF_OBJ_GET_INFO_BY_FD")]
pub fn map_info(fd: BorrowedFd<'_>) -> Result<MapInfo> {
    check_kind(fd, "bpf-map")?;
    let mut raw = RawMap::new_zeroed();
    // SAFETY: the struct is that of maps, which `fd` is; its first 88 bytes hold no address.
    unsafe { fill(fd, &mut raw) }?;
    Ok(MapInfo {
        map_type: MapType(raw.map_type),
        id: raw.id,
        key_size: raw.key_size,
        value_size: raw.value_size,
        max_entries: raw.max_entries,
        flags: MapFlags(raw.map_flags),
        name: call::text(&raw.name),
        ifindex: raw.ifindex,
        btf_id: raw.btf_id,
        btf_key: TypeId(raw.btf_key_type_id),
        btf_value: TypeId(raw.btf_value_type_id),
        btf_vmlinux_value: TypeId(raw.btf_vmlinux_value_type_id),
        map_extra: raw.map_extra,
    })
}

#[repr(C)]
#[derive(IntoBytes, FromBytes, Immutable)]
struct RawProg {
    prog_type: u32,
    id: u32,
    tag: [u8; 8],
    jited_prog_len: u32,
    xlated_prog_len: u32,
    jited_prog_insns: u64,
    xlated_prog_insns: u64,
    load_time: u64,
    created_by_uid: u32,
    nr_map_ids: u32,
    map_ids: u64,
    name: [u8; 16],
    ifindex: u32,
    bits: u32,
    netns_dev: u64,
    netns_ino: u64,
    nr_jited_ksyms: u32,
    nr_jited_func_lens: u32,
    jited_ksyms: u64,
    jited_func_lens: u64,
    btf_id: u32,
    func_info_rec_size: u32,
    func_info: u64,
    nr_func_info: u32,
    nr_line_info: u32,
    line_info: u64,
    jited_line_info: u64,
    nr_jited_line_info: u32,
    line_info_rec_size: u32,
    jited_line_info_rec_size: u32,
    nr_prog_tags: u32,
    prog_tags: u64,
    run_time_ns: u64,
    run_cnt: u64,
    recursion_misses: u64,
    verified_insns: u32,
    attach_btf_obj_id: u32,
    attach_btf_id: u32,
    pad: u32,
}
offsets!(RawProg {
    tag = 8, jited_prog_len = 16, xlated_prog_insns = 32, load_time = 40, nr_map_ids = 52, map_ids = 56, name = 64,
    bits = 84, nr_jited_ksyms = 104, jited_ksyms = 112, btf_id = 128, func_info = 136, line_info = 152, prog_tags = 184,
    run_time_ns = 192, run_cnt = 200, recursion_misses = 208, verified_insns = 216, attach_btf_obj_id = 220,
    attach_btf_id = 224,
} size 232);

/// What the kernel says about a program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "bpf_prog_info")]
#[allow(missing_docs, reason = "the names are the kernel's")]
pub struct ProgInfo {
    pub prog_type: ProgType,
    pub id: u32,
    pub name: String,
    /// SHA of the instructions as loaded.
    pub tag: [u8; 8],
    /// Bytes of machine code, 0 if the program is interpreted.
    pub jited_len: u32,
    /// Bytes of instructions after the verifier's rewriting.
    pub xlated_len: u32,
    /// Nanoseconds since boot.
    pub load_time: u64,
    pub created_by_uid: u32,
    pub map_count: u32,
    pub ifindex: u32,
    pub is_gpl_compatible: bool,
    pub btf_id: u32,
    /// Nanoseconds spent in the program while statistics were on (5.1).
    pub run_time_ns: u64,
    /// Runs while statistics were on (5.1).
    pub run_count: u64,
    /// Runs left out because the program was running already on that CPU (5.12).
    pub recursion_misses: u64,
    /// Instructions the verifier looked at (5.16).
    pub verified_insns: u32,
    pub attach_btf_obj_id: u32,
    pub attach_btf_id: TypeId,
}

/// Asks the kernel about a program.
///
/// # Errors
/// `EINVAL` if it is no program.
#[doc(alias = "BPF_OBJ_GET_INFO_BY_FD")]
pub fn prog_info(fd: BorrowedFd<'_>) -> Result<ProgInfo> {
    let raw = raw_prog(fd, RawProg::new_zeroed())?;
    Ok(ProgInfo {
        prog_type: ProgType(raw.prog_type),
        id: raw.id,
        name: call::text(&raw.name),
        tag: raw.tag,
        jited_len: raw.jited_prog_len,
        xlated_len: raw.xlated_prog_len,
        load_time: raw.load_time,
        created_by_uid: raw.created_by_uid,
        map_count: raw.nr_map_ids,
        ifindex: raw.ifindex,
        // A bit field: the first bit is the lowest on little-endian hosts, the highest on big-endian ones.
        is_gpl_compatible: raw.bits & if cfg!(target_endian = "little") { 1 } else { 1 << 31 } != 0,
        btf_id: raw.btf_id,
        run_time_ns: raw.run_time_ns,
        run_count: raw.run_cnt,
        recursion_misses: raw.recursion_misses,
        verified_insns: raw.verified_insns,
        attach_btf_obj_id: raw.attach_btf_obj_id,
        attach_btf_id: TypeId(raw.attach_btf_id),
    })
}

/// `raw` holds lengths and addresses of buffers to be filled, made by the functions below.
fn raw_prog(fd: BorrowedFd<'_>, mut raw: RawProg) -> Result<RawProg> {
    check_kind(fd, "bpf-prog")?;
    // SAFETY: the struct is that of programs, which `fd` is; its addresses come with their lengths, or are 0.
    unsafe { fill(fd, &mut raw) }?;
    Ok(raw)
}

/// The ids of the maps a program uses.
///
/// # Errors
/// `EINVAL` if it is no program.
pub fn prog_map_ids(fd: BorrowedFd<'_>) -> Result<Vec<u32>> {
    let count = prog_info(fd)?.map_count;
    let mut ids = vec![0u32; count as usize];
    let mut raw = RawProg::new_zeroed();
    (raw.nr_map_ids, raw.map_ids) = (count, address_mut(&mut ids));
    let raw = raw_prog(fd, raw)?;
    ids.truncate(raw.nr_map_ids as usize);
    Ok(ids)
}

/// The instructions of a program after the verifier's rewriting.
///
/// # Errors
/// `EINVAL` if it is no program; `EPERM` if the kernel does not show them.
pub fn prog_xlated(fd: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let len = prog_info(fd)?.xlated_len;
    let mut insns = vec![0u8; len as usize];
    let mut raw = RawProg::new_zeroed();
    (raw.xlated_prog_len, raw.xlated_prog_insns) = (len, address_mut(&mut insns));
    let raw = raw_prog(fd, raw)?;
    if raw.xlated_prog_insns == 0 && len != 0 {
        return Err(Error::new(Wire::NAME, Errno::EPERM));
    }
    insns.truncate(raw.xlated_prog_len as usize);
    Ok(insns)
}
