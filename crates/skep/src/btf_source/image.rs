//! Kernel images: the kernel inside is an ELF file, or memory as it will be, with the types somewhere in it.

use super::{
    Kind,
    contents::{Contents, of_elf},
    unpack::Format,
};
use crate::btf::{Btf, Bytes};

/// How many places in an image are tried where something compressed could begin.
const TRIES: usize = 16;
/// How many places in memory are tried where types could begin.
const BEGINNINGS: usize = 256;

/// A part of an image: what is compressed, and to how many bytes it unpacks if that is known.
struct Payload<'a> {
    format: Format,
    data: &'a [u8],
    len: Option<usize>,
}

/// Whether it looks like a kernel image.
pub(super) fn is_image(data: &[u8]) -> bool {
    x86(data).is_some() || zboot(data).is_some() || data.starts_with(b"MZ") || data.get(0x38..0x3c) == Some(b"ARM\x64")
}

/// The types of the kernel in an image.
pub(super) fn contents(data: &[u8], limit: usize) -> Result<Contents, Kind> {
    if let Some(payload) = x86(data).or_else(|| zboot(data)) {
        return kernel(&payload.unpack(limit)?);
    }
    if let Some(found) = embedded(data) {
        return Ok(found);
    }
    // An image for a machine whose header is not known: a decompressor with a compressed kernel in it.
    let mut left = limit;
    for at in Format::anywhere(data).filter(|&at| at != 0).take(TRIES) {
        let Some((format, data)) = data.get(at..).and_then(|data| Some((Format::of(data)?, data))) else { continue };
        let Ok(unpacked) = format.unpack_some(data, left, left) else { continue };
        left -= unpacked.len();
        if let Ok(found) = kernel(&unpacked) {
            return Ok(found);
        }
    }
    Err(Kind::NoTypes("a kernel image"))
}

impl Payload<'_> {
    fn unpack(&self, limit: usize) -> Result<Vec<u8>, Kind> {
        match self.len {
            Some(len) if len > limit => Err(Kind::TooLarge(limit)),
            Some(len) => self.format.unpack_some(self.data, len, limit),
            None => self.format.unpack(self.data, limit),
        }
    }
}

/// The types in an unpacked kernel.
fn kernel(data: &[u8]) -> Result<Contents, Kind> {
    if data.starts_with(b"\x7fELF") {
        return match of_elf(data) {
            Err(Kind::NoTypes(_)) => Err(Kind::NoTypes("a kernel image")),
            result => result,
        };
    }
    embedded(data).ok_or(Kind::NoTypes("a kernel image"))
}

fn le32(data: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_le_bytes(*data.get(at..)?.first_chunk()?) as usize)
}

/// The compressed kernel in a bzImage (Documentation/arch/x86/boot.rst), protocol 2.08 and later.
fn x86(data: &[u8]) -> Option<Payload<'_>> {
    if data.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let sectors = match *data.get(0x1f1)? {
        0 => 4,
        n => usize::from(n),
    };
    let start = (sectors + 1) * 512 + le32(data, 0x248)?;
    let data = data.get(start..start.checked_add(le32(data, 0x24c)?)?)?;
    let (data, len) = data.split_last_chunk()?;
    Some(Payload { format: Format::of(data)?, data, len: Some(u32::from_le_bytes(*len) as usize) })
}

/// The compressed kernel in an EFI image that unpacks itself, as arm64, riscv and loongarch have them.
fn zboot(data: &[u8]) -> Option<Payload<'_>> {
    if data.get(..2)? != b"MZ" || data.get(4..8)? != b"zimg" {
        return None;
    }
    let start = le32(data, 8)?;
    let data = data.get(start..start.checked_add(le32(data, 12)?)?)?;
    Some(Payload { format: Format::of(data)?, data, len: None })
}

/// The largest valid BTF in memory: a kernel also has those of its programs, which are small.
fn embedded(data: &[u8]) -> Option<Contents> {
    let magic = |at: &usize| {
        let head = data.get(*at..*at + 8);
        matches!(head, Some([0x9f, 0xeb, 1, 0, 24 | 32, 0, 0, 0] | [0xeb, 0x9f, 1, 0, 0, 0, 0, 24 | 32]))
    };
    // Sections are aligned to words at least.
    let beginnings = (0..data.len()).step_by(4).filter(magic).take(BEGINNINGS);
    let sized = beginnings.filter_map(|at| Some((at, size(data.get(at..)?)?)));
    let largest = sized.max_by_key(|&(_, size)| size);
    let (at, size) = largest?;
    let bytes = data.get(at..at.checked_add(size)?)?.to_vec();
    Btf::parse(bytes.clone()).ok()?;
    Some(Contents { types: Bytes::from(bytes), base: None, ext: None })
}

/// The size of BTF by its header.
fn size(data: &[u8]) -> Option<usize> {
    let word = |at: usize| {
        let bytes = *data.get(at..)?.first_chunk()?;
        Some(if data.first() == Some(&0x9f) { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) } as usize)
    };
    let header = word(4)?;
    let end = |at: usize| header.checked_add(word(at)?)?.checked_add(word(at + 4)?);
    let size = end(8)?.max(end(16)?);
    (size <= data.len()).then_some(size)
}
