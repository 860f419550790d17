//! The ring buffer of programs (`BPF_MAP_TYPE_RINGBUF`, 5.8): mapped, and read without a copy.

use crate::bpf::{MapRef, map_info};
use crate::mmap::Region;
use crate::{Errno, Error, Result, cpu};
use skep_uapi::{MapFlags, MapType};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, PoisonError};

/// The record is being written.
#[doc(alias = "BPF_RINGBUF_BUSY_BIT")]
const BUSY: u32 = 1 << 31;
/// The record was given up.
#[doc(alias = "BPF_RINGBUF_DISCARD_BIT")]
const DISCARD: u32 = 1 << 30;
/// Bytes before each record.
#[doc(alias = "BPF_RINGBUF_HDR_SZ")]
const HEADER: usize = 8;

/// A ring buffer, mapped. It has one reader: a second one would take records away, and the kernel would overwrite
/// what the first still reads. Within this process that is seen to; a process that shares the map must not read it.
#[derive(Debug)]
pub struct Ring {
    fd: OwnedFd,
    _claim: Claim,
    view: View,
    /// Keep the mappings alive that `view` points into.
    _consumer: Region,
    _producer: Region,
}

impl Ring {
    /// Maps a ring buffer; the descriptor is kept, to be waited for.
    ///
    /// # Errors
    /// `EINVAL` if the map is none; `EOPNOTSUPP` if programs overwrite what is not read (`RB_OVERWRITE`), because a
    /// record could change while it is read; `EBUSY` if this process has mapped it already; `EPERM`, `ENOMEM`.
    pub fn new(fd: OwnedFd) -> Result<Self> {
        let info = map_info(fd.as_fd())?;
        let (page, size) = (cpu::page_size(), info.max_entries as usize);
        if info.map_type != MapType::RINGBUF || !size.is_power_of_two() {
            return Err(Error::new("mmap(ringbuf)", Errno::EINVAL));
        }
        if info.flags.contains(MapFlags::RB_OVERWRITE) {
            return Err(Error::new("mmap(ringbuf)", Errno::EOPNOTSUPP));
        }
        let claim = Claim::new(info.id).ok_or(Error::new("mmap(ringbuf)", Errno::EBUSY))?;
        let len = size.checked_mul(2).and_then(|len| len.checked_add(page)).ok_or(Error::new("mmap", Errno::ENOMEM))?;
        let consumer = Region::new(fd.as_fd(), 0, page, true)?;
        // The producer's position on its page, then the data twice, so that a record never has a gap.
        let producer = Region::new(fd.as_fd(), page, len, false)?;
        // SAFETY: the mappings hold what the view expects and live as long as it; `consumer` is ours to write.
        let view = unsafe { View::new(consumer.start(), producer.start(), producer.start().add(page), size) };
        Ok(Self { fd, _claim: claim, view, _consumer: consumer, _producer: producer })
    }

    /// As [`new`](Self::new), with a second descriptor for the ring.
    ///
    /// # Errors
    /// As [`new`](Self::new); `EMFILE`.
    pub fn of(map: MapRef<'_>) -> Result<Self> {
        let fd = map.as_fd().try_clone_to_owned().map_err(|error| Error::new("fcntl(F_DUPFD_CLOEXEC)", error))?;
        Self::new(crate::at_least_3(fd)?)
    }

    /// Calls `f` with each record, in the order in which programs reserved them, until there is none or `f` breaks;
    /// returns how many records it got. Records are 8-byte aligned and lie in the ring itself.
    ///
    /// When this returns without a break, the kernel signals the next record to whoever waits for the descriptor.
    pub fn consume(&mut self, f: impl FnMut(&[u8]) -> ControlFlow<()>) -> usize {
        self.view.consume(f)
    }

    /// Bytes in the ring that are not consumed, headers included.
    pub fn avail_data(&self) -> usize {
        self.view.avail()
    }

    /// Bytes the ring holds.
    pub fn size(&self) -> usize {
        self.view.mask + 1
    }

    /// How often the positions or a length in the ring made no sense and everything up to the producer was skipped.
    /// Only a process that writes to the consumer's page, or a second reader, can cause this.
    pub fn corrupted(&self) -> u64 {
        self.view.corrupted
    }
}

impl AsRawFd for Ring {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The right to read a ring, by the id of its map, which stays the same as long as the ring holds the map open.
#[derive(Debug)]
struct Claim(u32);

static CLAIMED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

impl Claim {
    fn new(id: u32) -> Option<Self> {
        let is_new = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        // Not `then_some`, which would make a claim in any case, and drop it.
        is_new.then(|| Self(id))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// The memory of a ring, wherever it comes from.
#[derive(Debug)]
struct View {
    consumer: NonNull<AtomicUsize>,
    producer: NonNull<AtomicUsize>,
    data: NonNull<u8>,
    mask: usize,
    corrupted: u64,
}

// SAFETY: the view is a set of addresses of memory that all threads see alike; `consume` takes it by `&mut`.
unsafe impl Send for View {}
// SAFETY: what a shared view offers are atomic loads.
unsafe impl Sync for View {}

/// The positions of one `consume`: what has been read, and what the kernel has been told of it.
struct Progress<'a> {
    consumer: &'a AtomicUsize,
    read: usize,
    told: usize,
}

impl Progress<'_> {
    /// Gives the space of what has been read back to the kernel, before anything is looked at again.
    fn tell(&mut self) {
        self.consumer.store(self.read, Ordering::Release);
        fence(Ordering::SeqCst);
        self.told = self.read;
    }
}

/// Also when a callback panics: what it has seen is consumed.
impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if self.told != self.read {
            self.tell();
        }
    }
}

/// Makes what was written before a loaded value visible. Positions and headers are mapped for reading only, where
/// Rust allows relaxed loads but no stronger ones; load and fence together are an acquire.
fn acquire<T>(loaded: T) -> T {
    fence(Ordering::Acquire);
    loaded
}

impl View {
    /// # Safety
    /// `consumer` and `producer` point to aligned positions, of which the first may be written; `data` points to
    /// `2 * size` bytes, aligned to 8, of which the second half mirrors the first; `size` is a power of two. All of
    /// it lives as long as the view, and what lies between the positions is only written by whoever then advances
    /// the producer or clears a record's busy bit.
    unsafe fn new(consumer: NonNull<u8>, producer: NonNull<u8>, data: NonNull<u8>, size: usize) -> Self {
        Self { consumer: consumer.cast(), producer: producer.cast(), data, mask: size - 1, corrupted: 0 }
    }

    fn positions(&self) -> (&AtomicUsize, &AtomicUsize) {
        // SAFETY: promised to `new`.
        unsafe { (self.consumer.as_ref(), self.producer.as_ref()) }
    }

    fn avail(&self) -> usize {
        let (consumer, producer) = self.positions();
        let read = consumer.load(Ordering::Relaxed);
        producer.load(Ordering::Relaxed).wrapping_sub(read).min(self.mask + 1)
    }

    /// The header of the record at a position.
    fn header(&self, position: usize) -> u32 {
        // SAFETY: a masked position is inside the data, and a multiple of 8 because all lengths added to it are, and
        // `consume` has checked where it began.
        let header = unsafe { self.data.add(position & self.mask).cast::<AtomicU32>().as_ref() };
        acquire(header.load(Ordering::Relaxed))
    }

    #[inline]
    fn consume(&mut self, mut f: impl FnMut(&[u8]) -> ControlFlow<()>) -> usize {
        let (consumer, producer) = self.positions();
        let (size, mut count, mut corrupted) = (self.mask + 1, 0, 0);
        let start = consumer.load(Ordering::Relaxed);
        let mut progress = Progress { consumer, read: start, told: start };
        'batch: loop {
            let looked = progress.read;
            let end = acquire(producer.load(Ordering::Relaxed));
            let mut left = end.wrapping_sub(progress.read);
            if left > size || left != 0 && !(progress.read | left).is_multiple_of(8) {
                (corrupted, left, progress.read) = (corrupted + 1, 0, end);
            }
            // From here on positions stay multiples of 8, and no more is left than the ring holds.
            while left != 0 {
                let header = self.header(progress.read);
                if header & BUSY != 0 {
                    break;
                }
                let len = (header & !DISCARD) as usize;
                let whole = (len + HEADER).next_multiple_of(8);
                if whole > left {
                    corrupted += 1;
                    progress.read = end;
                    break;
                }
                let at = (progress.read & self.mask) + HEADER;
                (progress.read, left) = (progress.read.wrapping_add(whole), left - whole);
                if header & DISCARD == 0 {
                    count += 1;
                    // SAFETY: `len` bytes from `at` are inside the doubled data, because `at - HEADER < size` and
                    // `whole <= size`. The record is committed, and its space is not given back before `f` is done.
                    let record = unsafe { core::slice::from_raw_parts(self.data.add(at).as_ptr(), len) };
                    if f(record).is_break() {
                        break 'batch;
                    }
                }
                // Producers must not find the ring full of what has long been read.
                if progress.read.wrapping_sub(progress.told) > size / 4 {
                    progress.tell();
                }
            }
            // A record is signalled only if its producer finds our position right before it. So after telling our
            // position we look again for where records end: either we see the record, or its producer sees our position.
            if progress.read == looked {
                break;
            }
            progress.tell();
        }
        drop(progress);
        self.corrupted += corrupted;
        count
    }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
