//! Memory shared with the kernel: its BTF, and the values of maps.

use crate::error::During;
use crate::{Errno, Error, Result, cpu};
use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::fmt;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// A range of mapped memory. Dropping it unmaps it.
pub(crate) struct Region {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the range belongs to this value alone; no thread is special to it.
unsafe impl Send for Region {}
// SAFETY: sharing gives out the address only; each access has a reason of its own.
unsafe impl Sync for Region {}

impl Region {
    /// Maps `len` bytes of `fd` from `offset`, shared.
    pub(crate) fn new(fd: BorrowedFd<'_>, offset: usize, len: usize, writable: bool) -> Result<Self> {
        Self::map(fd, offset, len, MapFlags::SHARED, writable, None)
    }

    fn map(
        fd: BorrowedFd<'_>,
        offset: usize,
        len: usize,
        sharing: MapFlags,
        writable: bool,
        at: Option<usize>,
    ) -> Result<Self> {
        let prot = if writable { ProtFlags::READ | ProtFlags::WRITE } else { ProtFlags::READ };
        // An address asked for is never taken from another mapping.
        let flags = sharing | at.map_or(MapFlags::empty(), |_| MapFlags::FIXED_NOREPLACE);
        let hint = core::ptr::without_provenance_mut(at.unwrap_or(0));
        // SAFETY: the kernel chooses a free range, or fails if the one asked for is not; nothing of ours is replaced.
        let start = unsafe { mmap(hint, len, prot, flags, fd, offset as u64) }.during("mmap")?;
        let start = NonNull::new(start.cast()).ok_or(Error::new("mmap", Errno::ENOMEM))?;
        let region = Self { start, len };
        // Kernels before 4.17 take the address as a mere wish.
        match at {
            Some(at) if region.start.as_ptr() as usize != at => Err(Error::new("mmap", Errno::EEXIST)),
            _ => Ok(region),
        }
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the range was mapped by `map` and nobody else unmaps it; whoever reads it borrows this value.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.len) };
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {:p}", self.len, self.start)
    }
}

/// BTF of the running kernel or of one of its modules: mapped where the kernel allows it (6.16), else read.
#[derive(Debug)]
pub struct KernelBtf(Source);

#[derive(Debug)]
enum Source {
    Mapped { region: Region, len: usize },
    Read(Vec<u8>),
}

impl KernelBtf {
    /// The BTF of the kernel itself.
    ///
    /// # Errors
    /// `ENOENT` if the kernel was built without.
    pub fn vmlinux() -> Result<Self> {
        Self::of("vmlinux")
    }

    /// The BTF of a module, by its name (5.11).
    ///
    /// # Errors
    /// `ENOENT` if the module is not loaded or has none.
    pub fn module(name: &str) -> Result<Self> {
        Self::of(name)
    }

    fn of(name: &str) -> Result<Self> {
        const CALL: &str = "/sys/kernel/btf";
        if name.is_empty() || name.contains(['/', '\0']) || name.starts_with('.') {
            return Err(Error::new(CALL, Errno::EINVAL));
        }
        let path = [CALL, "/", name].concat();
        let fd = open(&*path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).during(CALL)?;
        let len = usize::try_from(fstat(&fd).during(CALL)?.st_size).unwrap_or(0);
        // The kernel wants to be asked for whole pages, of which nobody reads the tail beyond `len`, and for a private
        // mapping, although nobody may ever write to it.
        if len != 0
            && let Ok(region) =
                Region::map(fd.as_fd(), 0, len.next_multiple_of(cpu::page_size()), MapFlags::PRIVATE, false, None)
        {
            return Ok(Self(Source::Mapped { region, len }));
        }
        let mut bytes = Vec::with_capacity(len + 1);
        std::fs::File::from(fd).read_to_end(&mut bytes).during(CALL)?;
        Ok(Self(Source::Read(bytes)))
    }

    /// Whether the memory is the kernel's own.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Source::Mapped { .. })
    }
}

impl AsRef<[u8]> for KernelBtf {
    fn as_ref(&self) -> &[u8] {
        match &self.0 {
            // SAFETY: `len` bytes are mapped as long as `region` lives; they are the kernel's read-only data, which
            // nothing changes after boot.
            Source::Mapped { region, len } => unsafe { core::slice::from_raw_parts(region.start().as_ptr(), *len) },
            Source::Read(bytes) => bytes,
        }
    }
}

/// Names of all BTF in `/sys/kernel/btf`: `vmlinux` and the loaded modules that have some.
///
/// # Errors
/// `ENOENT` if the kernel was built without.
pub fn kernel_btf_names() -> Result<Vec<String>> {
    const CALL: &str = "/sys/kernel/btf";
    let mut names = Vec::new();
    for entry in std::fs::read_dir(CALL).during(CALL)? {
        names.extend(entry.during(CALL)?.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// The values of a map that was created with `MMAPABLE` (5.5), or an arena (6.9), shared with programs.
///
/// Programs write at any moment, so there is no reference into this memory: bytes are copied in and out. Aligned
/// machine words are copied whole, everything else byte by byte.
#[derive(Debug)]
pub struct MapMemory {
    region: Region,
    len: usize,
    writable: bool,
}

const WORD: usize = size_of::<usize>();

impl MapMemory {
    /// Maps the first `len` bytes of a map; `at` is the address, for an arena that has a fixed one.
    ///
    /// # Errors
    /// `EINVAL` or `ENOTSUPP` if the map cannot be mapped or is shorter; `EPERM` to write a frozen one; `EEXIST` if
    /// the address is taken.
    pub fn new(map: BorrowedFd<'_>, len: usize, writable: bool, at: Option<usize>) -> Result<Self> {
        let pages = len.checked_next_multiple_of(cpu::page_size()).ok_or(Error::new("mmap", Errno::EINVAL))?;
        Ok(Self { region: Region::map(map, 0, pages, MapFlags::SHARED, writable, at)?, len, writable })
    }

    /// Bytes of the values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes, which there always are.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the memory is in this process.
    pub fn address(&self) -> usize {
        self.region.start().as_ptr() as usize
    }

    /// Copies bytes from `offset` to `out`; false if they are not all inside.
    #[must_use]
    pub fn read(&self, offset: usize, out: &mut [u8]) -> bool {
        if !self.holds(offset, out.len()) {
            return false;
        }
        let (head, words, _) = self.split(offset, out.len());
        let (a, rest) = out.split_at_mut(head);
        let (b, c) = rest.split_at_mut(words * WORD);

        for (i, byte) in a.iter_mut().enumerate() {
            *byte = self.byte(offset + i).load(Ordering::Relaxed);
        }
        for (i, word) in b.chunks_exact_mut(WORD).enumerate() {
            word.copy_from_slice(&self.word(offset + head + i * WORD).load(Ordering::Relaxed).to_ne_bytes());
        }
        for (i, byte) in c.iter_mut().enumerate() {
            *byte = self.byte(offset + head + words * WORD + i).load(Ordering::Relaxed);
        }
        true
    }

    /// Copies `bytes` to `offset`; false if they do not all fit or the memory was mapped for reading only.
    #[must_use]
    pub fn write(&self, offset: usize, bytes: &[u8]) -> bool {
        if !self.writable || !self.holds(offset, bytes.len()) {
            return false;
        }
        let (head, words, _) = self.split(offset, bytes.len());
        let (a, rest) = bytes.split_at(head);
        let (b, c) = rest.split_at(words * WORD);
        for (i, &byte) in a.iter().enumerate() {
            self.byte(offset + i).store(byte, Ordering::Relaxed);
        }
        for (i, word) in b.as_chunks::<WORD>().0.iter().enumerate() {
            self.word(offset + head + i * WORD).store(usize::from_ne_bytes(*word), Ordering::Relaxed);
        }
        for (i, &byte) in c.iter().enumerate() {
            self.byte(offset + head + words * WORD + i).store(byte, Ordering::Relaxed);
        }
        true
    }

    fn holds(&self, offset: usize, len: usize) -> bool {
        offset.checked_add(len).is_some_and(|end| end <= self.len)
    }

    /// Bytes before the first aligned word, aligned words, bytes after them. The mapping begins at a page.
    fn split(&self, offset: usize, len: usize) -> (usize, usize, usize) {
        let head = (offset.next_multiple_of(WORD) - offset).min(len);
        (head, (len - head) / WORD, (len - head) % WORD)
    }

    /// The byte at an offset, which `holds` has seen.
    fn byte(&self, offset: usize) -> &AtomicU8 {
        debug_assert!(offset < self.len);
        // SAFETY: the offset is inside the mapping, which lives as long as the borrow. Everybody who touches this
        // memory is outside Rust's memory model (kernel) or goes through the same atomics. Rust allows relaxed loads
        // from a mapping for reading only, and `write` does not get here for one.
        unsafe { self.region.start().add(offset).cast::<AtomicU8>().as_ref() }
    }

    /// The aligned word at an offset, which `holds` has seen.
    fn word(&self, offset: usize) -> &AtomicUsize {
        debug_assert!(offset.is_multiple_of(WORD) && offset + WORD <= self.len);
        // SAFETY: as in `byte`; the mapping begins at a page and the offset is a multiple of a word.
        unsafe { self.region.start().add(offset).cast::<AtomicUsize>().as_ref() }
    }
}
