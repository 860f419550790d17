//! Where the bytes of a file come from.

use alloc::borrow::Cow;
use core::ops::Range;

use object::{
    Endianness, elf,
    read::{ReadRef, elf::SectionHeader},
};

/// A file that is read as far as it is needed: most of what compilers write into an object (DWARF, relocations of it) is
/// of no use to a kernel.
pub trait Source {
    /// The size of the file in bytes.
    fn size(&self) -> u64;

    /// Bytes that are looked at again and again: tables and names. None if they are not all there.
    fn keep(&self, offset: u64, len: u64) -> Option<&[u8]>;

    /// Bytes that are looked at once and may be gone afterwards. None if they are not all there.
    fn read(&self, offset: u64, len: u64) -> Option<Cow<'_, [u8]>>;
}

impl Source for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn keep(&self, offset: u64, len: u64) -> Option<&[u8]> {
        self.get(usize::try_from(offset).ok()?..)?.get(..usize::try_from(len).ok()?)
    }

    fn read(&self, offset: u64, len: u64) -> Option<Cow<'_, [u8]>> {
        self.keep(offset, len).map(Cow::Borrowed)
    }
}

/// A source as the ELF reader takes it.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub &'a dyn Source);

impl Bytes<'_> {
    /// Has all of a section at hand, of which parts are asked for next.
    pub fn keep(self, section: &elf::SectionHeader64<Endianness>, order: Endianness) {
        if let Some((offset, size)) = section.file_range(order) {
            let _ = self.0.keep(offset, size);
        }
    }
}

impl<'a> ReadRef<'a> for Bytes<'a> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.0.size())
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        if size == 0 { Ok(&[]) } else { self.0.keep(offset, size).ok_or(()) }
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let len = range.end.checked_sub(range.start).ok_or(())?;
        let bytes = self.0.keep(range.start, len).ok_or(())?;
        let end = bytes.iter().position(|&b| b == delimiter).ok_or(())?;
        bytes.get(..end).ok_or(())
    }
}
