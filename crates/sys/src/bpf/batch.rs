//! `BPF_MAP_LOOKUP_BATCH` and its three siblings (5.6).

use super::call::{Cmd, address, address_mut, call_as, len32, offsets};
use super::elem::ElemFlags;
use super::map::MapRef;
use crate::{Errno, Error, Result};
use std::os::fd::AsRawFd;
use zerocopy::{Immutable, IntoBytes};

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Batch {
    in_batch: u64,
    out_batch: u64,
    keys: u64,
    values: u64,
    count: u32,
    map_fd: u32,
    elem_flags: u64,
    flags: u64,
}

const LOOKUP: Cmd = Cmd(24, "BPF_MAP_LOOKUP_BATCH");
const LOOKUP_DELETE: Cmd = Cmd(25, "BPF_MAP_LOOKUP_AND_DELETE_BATCH");
const UPDATE: Cmd = Cmd(26, "BPF_MAP_UPDATE_BATCH");
const DELETE: Cmd = Cmd(27, "BPF_MAP_DELETE_BATCH");
offsets!(Batch {
    in_batch = 0, out_batch = 8, keys = 16, values = 24, count = 32, map_fd = 36, elem_flags = 40, flags = 48,
} size 56);

/// Where a walk over a map in batches stands. New for each walk, and only for the map it began with.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    position: Vec<u8>,
    started: bool,
    /// Whether the walk has come to the end of the map.
    pub at_end: bool,
}

impl MapRef<'_> {
    /// Copies the next elements to `keys` and `values`, which hold the same number of elements; returns how many.
    /// The end of the map is in the cursor.
    ///
    /// # Errors
    /// `EINVAL` if the buffers do not hold whole elements; `ENOSPC` if a hash bucket holds more than they do (try
    /// again with larger ones); `ENOTSUPP` or `EINVAL` for kinds without batches.
    #[doc(alias = "BPF_MAP_LOOKUP_BATCH")]
    pub fn lookup_batch(
        self,
        cursor: &mut Cursor,
        keys: &mut [u8],
        values: &mut [u8],
        flags: ElemFlags,
    ) -> Result<usize> {
        self.walk(LOOKUP, cursor, keys, values, flags)
    }

    /// As [`lookup_batch`](Self::lookup_batch), and removes the elements. Hash kinds only.
    ///
    /// # Errors
    /// As [`lookup_batch`](Self::lookup_batch).
    #[doc(alias = "BPF_MAP_LOOKUP_AND_DELETE_BATCH")]
    pub fn lookup_and_delete_batch(
        self,
        cursor: &mut Cursor,
        keys: &mut [u8],
        values: &mut [u8],
        flags: ElemFlags,
    ) -> Result<usize> {
        self.walk(LOOKUP_DELETE, cursor, keys, values, flags)
    }

    /// Sets many elements; returns how many were set, with the error that stopped it.
    ///
    /// # Errors
    /// `EINVAL` if the buffers do not hold the same number of whole elements.
    #[doc(alias = "BPF_MAP_UPDATE_BATCH")]
    pub fn update_batch(self, keys: &[u8], values: &[u8], flags: ElemFlags) -> Result<usize> {
        let count = self.batch_len(UPDATE, keys.len(), Some(values.len()))?;
        let mut wire = self.batch(address(keys), address(values), count, flags);
        // SAFETY: keys and values are borrowed and hold `count` elements each.
        unsafe { call_as(UPDATE, &mut wire) }?;
        Ok(wire.count as usize)
    }

    /// Removes many elements; returns how many.
    ///
    /// # Errors
    /// `EINVAL` if the buffer does not hold whole keys; `ENOENT` if one is not there (those before it are removed).
    #[doc(alias = "BPF_MAP_DELETE_BATCH")]
    pub fn delete_batch(self, keys: &[u8], flags: ElemFlags) -> Result<usize> {
        let count = self.batch_len(DELETE, keys.len(), None)?;
        let mut wire = self.batch(address(keys), 0, count, flags);
        // SAFETY: keys are borrowed and hold `count` of them.
        unsafe { call_as(DELETE, &mut wire) }?;
        Ok(wire.count as usize)
    }

    fn walk(
        self,
        cmd: Cmd,
        cursor: &mut Cursor,
        keys: &mut [u8],
        values: &mut [u8],
        flags: ElemFlags,
    ) -> Result<usize> {
        let count = self.batch_len(cmd, keys.len(), Some(values.len()))?;
        // A position is a bucket number for hashes, an index for arrays and a key for the rest.
        let size = (self.shape.key as usize).max(8);
        cursor.position.resize(size, 0);
        let mut out = vec![0; size];
        let mut wire = self.batch(address_mut(keys), address_mut(values), count, flags);
        wire.in_batch = if cursor.started { address(&cursor.position) } else { 0 };
        wire.out_batch = address_mut(&mut out);
        // SAFETY: keys and values are borrowed and hold `count` elements each; both positions have the size that the
        // kernel copies for any kind of map.
        match unsafe { call_as(cmd, &mut wire) } {
            Ok(_) => {}
            Err(error) if error.errno == Errno::ENOENT => cursor.at_end = true,
            Err(error) => return Err(error),
        }
        cursor.position = out;
        cursor.started = true;
        Ok(wire.count.min(count) as usize)
    }

    fn batch(self, keys: u64, values: u64, count: u32, flags: ElemFlags) -> Batch {
        let map_fd = self.fd.as_raw_fd() as u32;
        Batch { in_batch: 0, out_batch: 0, keys, values, count, map_fd, elem_flags: flags.0, flags: 0 }
    }

    /// The number of elements that buffers of these sizes hold.
    fn batch_len(self, cmd: Cmd, keys: usize, values: Option<usize>) -> Result<u32> {
        let (key, value) = (self.shape.key as usize, self.shape.user_value()?);
        let count = keys.checked_div(key).unwrap_or(0);
        let whole = count * key == keys && values.is_none_or(|values| count.checked_mul(value) == Some(values));
        if count == 0 || !whole { Err(Error::new(cmd.1, Errno::EINVAL)) } else { len32(cmd.1, count) }
    }
}
