//! `BPF_OBJ_GET_INFO_BY_FD` for BTF.

use super::call::{self, address_mut, offsets};
use super::id::{Kind, fd_by_id};
use super::info::{check_kind, fill};
use crate::{Errno, Error, Result};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
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
    /// `vmlinux`, the name of a module, or empty; none on kernels that do not tell, before 5.11.
    pub name: Option<String>,
    /// Whether the kernel or a module brought it (5.11).
    pub is_kernel: bool,
}

/// A BTF object of the kernel: a descriptor that is known to be one, so that questions to it need no check.
#[derive(Debug)]
pub struct BtfObject(OwnedFd);

impl BtfObject {
    /// Opens the BTF object with this id.
    ///
    /// # Errors
    /// `ENOENT` if there is none (any more); `EPERM` without `CAP_SYS_ADMIN`.
    #[doc(alias = "BPF_BTF_GET_FD_BY_ID")]
    pub fn by_id(id: u32) -> Result<Self> {
        fd_by_id(Kind::Btf, id).map(Self)
    }

    /// Takes a descriptor that may be of anything.
    ///
    /// # Errors
    /// `EINVAL` if it is no BTF.
    pub fn from_fd(fd: OwnedFd) -> Result<Self> {
        check_kind(fd.as_fd(), "btf")?;
        Ok(Self(fd))
    }

    /// The descriptor.
    pub fn into_fd(self) -> OwnedFd {
        self.0
    }

    /// Asks the kernel about it.
    ///
    /// # Errors
    /// None that are expected.
    #[doc(alias = "BPF_OBJ_GET_INFO_BY_FD")]
    pub fn info(&self) -> Result<BtfInfo> {
        // Longer than the name of any module (`MODULE_NAME_LEN` is 56).
        let mut name = [0u8; 128];
        let mut raw = RawBtf::new_zeroed();
        (raw.name, raw.name_len) = (address_mut(&mut name), name.len() as u32);
        let (raw, named) = match self.fill(raw) {
            // Before 5.11 there are no names, and a byte that is not 0 in the unknown tail is refused.
            Err(Error { errno: Errno::E2BIG, .. }) => (self.fill(RawBtf::new_zeroed())?, false),
            result => (result?, true),
        };
        let name = named.then(|| call::text(&name));
        Ok(BtfInfo { id: raw.id, size: raw.btf_size, name, is_kernel: raw.kernel_btf != 0 })
    }

    /// Its bytes.
    ///
    /// # Errors
    /// None that are expected.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let size = self.info()?.size;
        let mut btf = vec![0u8; size as usize];
        let mut raw = RawBtf::new_zeroed();
        (raw.btf, raw.btf_size) = (address_mut(&mut btf), size);
        self.fill(raw)?;
        Ok(btf)
    }

    fn fill(&self, mut raw: RawBtf) -> Result<RawBtf> {
        // SAFETY: the struct is that of BTF, which the descriptor is; its addresses come with their lengths, or are 0.
        unsafe { fill(self.0.as_fd(), &mut raw) }?;
        Ok(raw)
    }
}

impl AsFd for BtfObject {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
