//! The ring of a perf event: what programs write with `bpf_perf_event_output`, per CPU.

use crate::mmap::Region;
use crate::perf::{Event, PerfEvent, Scope, open};
use crate::{Errno, Error, Result, cpu};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

/// What a perf ring holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record<'a> {
    /// What a program wrote, followed by up to 7 bytes of padding that the kernel does not tell apart.
    Sample(&'a [u8]),
    /// So many records were lost because the ring was full.
    Lost(u64),
}

const RECORD_LOST: u32 = 2;
const RECORD_SAMPLE: u32 = 9;
/// Offsets of the positions in `struct perf_event_mmap_page`.
const DATA_HEAD: usize = 1024;
const DATA_TAIL: usize = 1032;
const HEADER: usize = 8;

/// The ring of one CPU. One slot of a `PERF_EVENT_ARRAY` map takes its descriptor.
#[derive(Debug)]
pub struct PerfRing {
    event: PerfEvent,
    memory: Memory,
    cpu: u32,
}

impl PerfRing {
    /// Opens, maps and starts a ring of `pages` pages, a power of two, for a CPU that is up.
    ///
    /// # Errors
    /// `EINVAL` for another number of pages; `EPERM` beyond the limit on locked memory; those of [`perf::open`](open).
    pub fn new(cpu: u32, pages: usize, wakeup_events: u32) -> Result<Self> {
        let page = cpu::page_size();
        let size = page.checked_mul(pages).filter(|_| pages.is_power_of_two());
        let size =
            size.filter(|size| size.checked_add(page).is_some()).ok_or(Error::new("mmap(perf)", Errno::EINVAL))?;
        let event = open(&Event::Output { wakeup_events }, Scope::Cpu(cpu))?;
        let region = Region::new(event.as_fd(), 0, page + size, true)?;
        event.enable()?;
        Ok(Self { event, memory: Memory { region, page, size, scratch: Vec::new() }, cpu })
    }

    /// The CPU.
    pub fn cpu(&self) -> u32 {
        self.cpu
    }

    /// Calls `f` with each record until there is none or `f` breaks; returns how many it got. Only a record that
    /// crosses the end of the ring is copied.
    pub fn consume(&mut self, f: impl FnMut(Record<'_>) -> ControlFlow<()>) -> usize {
        self.memory.consume(f)
    }
}

impl AsRawFd for PerfRing {
    fn as_raw_fd(&self) -> RawFd {
        self.event.as_fd().as_raw_fd()
    }
}

impl AsFd for PerfRing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}

#[derive(Debug)]
struct Memory {
    region: Region,
    /// Where the data begins, and how long it is.
    page: usize,
    size: usize,
    /// For records that cross the end.
    scratch: Vec<u8>,
}

/// Gives space back when dropped, also when a callback panics.
struct Tail<'a> {
    tail: &'a AtomicU64,
    read: u64,
}

impl Drop for Tail<'_> {
    fn drop(&mut self) {
        // The kernel must not see the space as free before we have read it.
        self.tail.store(self.read, Ordering::Release);
    }
}

impl Memory {
    fn position(region: &Region, offset: usize) -> &AtomicU64 {
        // SAFETY: both positions are on the first page of the mapping, aligned to 8, and only ever accessed whole.
        unsafe { region.start().add(offset).cast::<AtomicU64>().as_ref() }
    }

    /// `len` bytes of the data from a position, copied to `scratch` if they cross the end. `len` is at most the size.
    fn bytes<'a>(
        region: &'a Region,
        page: usize,
        size: usize,
        at: u64,
        len: usize,
        scratch: &'a mut Vec<u8>,
    ) -> &'a [u8] {
        let at = at as usize & (size - 1);
        let slice = |from: usize, len: usize| {
            debug_assert!(page + from + len <= region.len());
            // SAFETY: inside the mapping; between tail and head the kernel does not write.
            unsafe { core::slice::from_raw_parts(region.start().add(page + from).as_ptr(), len) }
        };
        match (at + len).checked_sub(size) {
            Some(rest @ 1..) => {
                scratch.clear();
                scratch.extend_from_slice(slice(at, len - rest));
                scratch.extend_from_slice(slice(0, rest));
                scratch
            }
            _ => slice(at, len),
        }
    }

    fn consume(&mut self, mut f: impl FnMut(Record<'_>) -> ControlFlow<()>) -> usize {
        let Self { region, page, size, scratch } = self;
        let (page, size, mut count) = (*page, *size, 0);
        let head = Self::position(region, DATA_HEAD).load(Ordering::Acquire);
        let tail = Self::position(region, DATA_TAIL);
        let mut tail = Tail { tail, read: tail.load(Ordering::Relaxed) };
        while tail.read != head {
            let left = head.wrapping_sub(tail.read);
            let header = match Self::bytes(region, page, size, tail.read, HEADER, scratch) {
                header if left <= size as u64 && left >= HEADER as u64 => header,
                _ => &[0; HEADER],
            };
            let kind = u32_at(header, 0);
            let len = u16::from_ne_bytes([header[6], header[7]]);
            if len < HEADER as u16 || u64::from(len) > left {
                // Nobody but another reader of the same ring can bring this about.
                tail.read = head;
                break;
            }
            let body = &Self::bytes(region, page, size, tail.read, usize::from(len), scratch)[HEADER..];
            let record = decode(kind, body);
            tail.read = tail.read.wrapping_add(u64::from(len));
            if let Some(record) = record {
                count += 1;
                if f(record).is_break() {
                    break;
                }
            }
        }
        count
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]))
}

/// A record without its header; `None` for kinds that are not ours or are cut short.
fn decode(kind: u32, body: &[u8]) -> Option<Record<'_>> {
    match kind {
        RECORD_SAMPLE => {
            let len = u32_at(body, 0) as usize;
            body.get(4..)?.get(..len).map(Record::Sample)
        }
        RECORD_LOST => {
            let lost = body.get(8..16)?;
            Some(Record::Lost(u64::from(u32_at(lost, 0)) << LOW | u64::from(u32_at(lost, 4)) << HIGH))
        }
        _ => None,
    }
}

/// Where the first and second half of a 64-bit number go.
const LOW: u32 = if cfg!(target_endian = "little") { 0 } else { 32 };
const HIGH: u32 = 32 - LOW;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_decoded() {
        let mut sample = 5u32.to_ne_bytes().to_vec();
        sample.extend(b"hello123");
        assert_eq!(decode(RECORD_SAMPLE, &sample), Some(Record::Sample(b"hello")));
        assert_eq!(decode(RECORD_SAMPLE, &100u32.to_ne_bytes()), None);
        let lost: Vec<u8> = [7u64, 1 << 33 | 2].iter().flat_map(|n| n.to_ne_bytes()).collect();
        assert_eq!(decode(RECORD_LOST, &lost), Some(Record::Lost(1 << 33 | 2)));
        assert_eq!(decode(77, &lost), None);
    }
}
