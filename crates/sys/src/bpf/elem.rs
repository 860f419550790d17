//! `BPF_MAP_LOOKUP_ELEM`, `…UPDATE…`, `…DELETE…`, `…GET_NEXT_KEY`, `…LOOKUP_AND_DELETE…` and `BPF_MAP_FREEZE`.

use super::call::{Cmd, address, address_mut, call, call_as, command, offsets};
use super::map::MapRef;
use crate::{Errno, Error, Result};
use std::os::fd::AsRawFd;
use zerocopy::{Immutable, IntoBytes};

/// How an element is looked up or updated, a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ElemFlags(pub u64);

impl ElemFlags {
    /// Create or replace.
    #[doc(alias = "BPF_ANY")]
    pub const ANY: Self = Self(0);
    /// Create only.
    #[doc(alias = "BPF_NOEXIST")]
    pub const NO_EXIST: Self = Self(1);
    /// Replace only.
    #[doc(alias = "BPF_EXIST")]
    pub const EXIST: Self = Self(2);
    /// Hold the value's spin lock while copying (5.1).
    #[doc(alias = "BPF_F_LOCK")]
    pub const LOCK: Self = Self(4);
    /// Write one value to every CPU (7.0).
    #[doc(alias = "BPF_F_ALL_CPUS")]
    pub const ALL_CPUS: Self = Self(16);

    /// Only this CPU's value of a per-CPU map (7.0).
    #[doc(alias = "BPF_F_CPU")]
    pub const fn cpu(cpu: u32) -> Self {
        Self((cpu as u64) << 32 | 8)
    }

    /// Whether the buffer holds one CPU's value although the map is per-CPU.
    fn is_one_value(self) -> bool {
        self.0 & (8 | Self::ALL_CPUS.0) != 0
    }
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Elem {
    map_fd: u32,
    pad: u32,
    key: u64,
    value: u64,
    flags: u64,
}

const LOOKUP: Cmd = Cmd(1, "BPF_MAP_LOOKUP_ELEM");
const UPDATE: Cmd = Cmd(2, "BPF_MAP_UPDATE_ELEM");
const DELETE: Cmd = Cmd(3, "BPF_MAP_DELETE_ELEM");
const NEXT_KEY: Cmd = Cmd(4, "BPF_MAP_GET_NEXT_KEY");
const LOOKUP_DELETE: Cmd = Cmd(21, "BPF_MAP_LOOKUP_AND_DELETE_ELEM");
offsets!(Elem { map_fd = 0, key = 8, value = 16, flags = 24 } size 32);

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Freeze {
    map_fd: u32,
}
command!(Freeze, 22, "BPF_MAP_FREEZE");
offsets!(Freeze { map_fd = 0 } size 4);

impl MapRef<'_> {
    fn wire(self, key: u64, value: u64, flags: ElemFlags) -> Elem {
        Elem { map_fd: self.fd.as_raw_fd() as u32, pad: 0, key, value, flags: flags.0 }
    }

    fn check_key(self, cmd: Cmd, key: &[u8]) -> Result<()> {
        if key.len() == self.shape.key as usize { Ok(()) } else { Err(Error::new(cmd.1, Errno::EINVAL)) }
    }

    fn check_value(self, cmd: Cmd, len: usize, flags: ElemFlags) -> Result<()> {
        let need = if flags.is_one_value() { self.shape.value as usize } else { self.shape.user_value()? };
        if len == need { Ok(()) } else { Err(Error::new(cmd.1, Errno::EINVAL)) }
    }

    /// Copies the value of `key` to `value`; false if there is none. Bloom filters take the value to look for.
    ///
    /// # Errors
    /// `EINVAL` if `key` or `value` does not have the map's size; what else the kind of map refuses.
    #[doc(alias = "BPF_MAP_LOOKUP_ELEM")]
    pub fn lookup(self, key: &[u8], value: &mut [u8], flags: ElemFlags) -> Result<bool> {
        self.check_key(LOOKUP, key)?;
        self.check_value(LOOKUP, value.len(), flags)?;
        let mut wire = self.wire(address(key), address_mut(value), flags);
        // SAFETY: key and value are borrowed and have the sizes that the kernel has for this map.
        present(unsafe { call_as(LOOKUP, &mut wire) })
    }

    /// Copies the value of `key` to `value` and removes it; false if there is none. Queues and stacks pop.
    ///
    /// # Errors
    /// As [`lookup`](Self::lookup); `ENOTSUPP` for most kinds before 5.14.
    #[doc(alias = "BPF_MAP_LOOKUP_AND_DELETE_ELEM")]
    pub fn lookup_and_delete(self, key: &[u8], value: &mut [u8], flags: ElemFlags) -> Result<bool> {
        self.check_key(LOOKUP_DELETE, key)?;
        self.check_value(LOOKUP_DELETE, value.len(), flags)?;
        let mut wire = self.wire(address(key), address_mut(value), flags);
        // SAFETY: as in `lookup`.
        present(unsafe { call_as(LOOKUP_DELETE, &mut wire) })
    }

    /// Sets the value of `key`. Queues, stacks and bloom filters take an empty key.
    ///
    /// # Errors
    /// `EINVAL` if `key` or `value` does not have the map's size; `EEXIST`, `ENOENT` as `flags` ask; `E2BIG` if the
    /// map is full; `EPERM` if it is frozen.
    #[doc(alias = "BPF_MAP_UPDATE_ELEM")]
    pub fn update(self, key: &[u8], value: &[u8], flags: ElemFlags) -> Result<()> {
        self.check_key(UPDATE, key)?;
        self.check_value(UPDATE, value.len(), flags)?;
        let mut wire = self.wire(address(key), address(value), flags);
        // SAFETY: key and value are borrowed, have the map's sizes, and the kernel only reads them.
        unsafe { call_as(UPDATE, &mut wire) }.map(drop)
    }

    /// Removes `key`; false if it was not there.
    ///
    /// # Errors
    /// `EINVAL` if `key` does not have the map's size or the kind cannot delete.
    #[doc(alias = "BPF_MAP_DELETE_ELEM")]
    pub fn delete(self, key: &[u8]) -> Result<bool> {
        self.check_key(DELETE, key)?;
        let mut wire = self.wire(address(key), 0, ElemFlags::ANY);
        // SAFETY: the key is borrowed and has the map's size.
        present(unsafe { call_as(DELETE, &mut wire) })
    }

    /// Copies the key after `key` (the first for `None`) to `next`; false at the end.
    ///
    /// # Errors
    /// `EINVAL` if a key does not have the map's size; `ENOTSUPP` for kinds without keys.
    #[doc(alias = "BPF_MAP_GET_NEXT_KEY")]
    pub fn next_key(self, key: Option<&[u8]>, next: &mut [u8]) -> Result<bool> {
        self.check_key(NEXT_KEY, next)?;
        if let Some(key) = key {
            self.check_key(NEXT_KEY, key)?;
        }
        let mut wire = self.wire(key.map_or(0, address), address_mut(next), ElemFlags::ANY);
        // SAFETY: both keys are borrowed and have the map's size.
        present(unsafe { call_as(NEXT_KEY, &mut wire) })
    }

    /// Forbids further changes from user space (5.2).
    ///
    /// # Errors
    /// `EBUSY` while the map is mapped writable or frozen already.
    #[doc(alias = "BPF_MAP_FREEZE")]
    pub fn freeze(self) -> Result<()> {
        // SAFETY: there is no address in the struct.
        unsafe { call(&mut Freeze { map_fd: self.fd.as_raw_fd() as u32 }) }.map(drop)
    }
}

/// `ENOENT` as "not there".
fn present(result: Result<u32>) -> Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.errno == Errno::ENOENT => Ok(false),
        Err(error) => Err(error),
    }
}
