//! `BPF_OBJ_GET_INFO_BY_FD` for BTF.

use super::call::{self, address_mut, offsets};
use super::info::{check_kind, fill};
use crate::{Errno, Error, Result};
use std::os::fd::BorrowedFd;
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, FromBytes, Immutable)]
struct RawBtf {
    btf: u64,
    btf_size: u32,
    id: u32,
    name: u64,
    name_len: u32,
    kernel_btf: u32,
}
offsets!(RawBtf { btf_size = 8, id = 12, name = 16, name_len = 24, kernel_btf = 28 } size 32);

/// What the kernel says about a BTF object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "bpf_btf_info")]
pub struct BtfInfo {
    /// Its id.
    pub id: u32,
    /// Bytes of BTF.
    pub size: u32,
    /// `vmlinux`, the name of a module, or empty (5.11).
    pub name: String,
    /// Whether the kernel or a module brought it (5.11).
    pub is_kernel: bool,
}

/// Asks the kernel about BTF.
///
/// # Errors
/// `EINVAL` if it is no BTF.
#[doc(alias = "BPF_OBJ_GET_INFO_BY_FD")]
pub fn btf_info(fd: BorrowedFd<'_>) -> Result<BtfInfo> {
    // Longer than the name of any module (`MODULE_NAME_LEN` is 56).
    let mut name = [0u8; 128];
    let mut raw = RawBtf::new_zeroed();
    (raw.name, raw.name_len) = (address_mut(&mut name), name.len() as u32);
    let raw = match raw_btf(fd, raw) {
        // Before 5.11 there are no names, and a byte that is not 0 in the unknown tail is refused.
        Err(Error { errno: Errno::E2BIG, .. }) => raw_btf(fd, RawBtf::new_zeroed())?,
        result => result?,
    };
    Ok(BtfInfo { id: raw.id, size: raw.btf_size, name: call::text(&name), is_kernel: raw.kernel_btf != 0 })
}

/// The bytes of a BTF object.
///
/// # Errors
/// `EINVAL` if it is no BTF.
pub fn btf_bytes(fd: BorrowedFd<'_>) -> Result<Vec<u8>> {
    let size = btf_info(fd)?.size;
    let mut btf = vec![0u8; size as usize];
    let mut raw = RawBtf::new_zeroed();
    (raw.btf, raw.btf_size) = (address_mut(&mut btf), size);
    raw_btf(fd, raw)?;
    Ok(btf)
}

fn raw_btf(fd: BorrowedFd<'_>, mut raw: RawBtf) -> Result<RawBtf> {
    check_kind(fd, "btf")?;
    // SAFETY: the struct is that of BTF, which `fd` is; its addresses come with their lengths, or are 0.
    unsafe { fill(fd, &mut raw) }?;
    Ok(raw)
}
