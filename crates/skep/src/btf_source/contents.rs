//! The types in the bytes of a file, whatever sort of file it is.

use object::{File, Object, ObjectSection, ReadRef};

use super::{Kind, image, package, unpack::Format};
use crate::btf::Bytes;

/// How deep compressed data may lie in compressed data.
const DEPTH: u32 = 3;

/// What a file says about types.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The types: `.BTF`.
    pub types: Bytes,
    /// What the types of a module go on from, as far as they need it: `.BTF.base` (6.11).
    pub base: Option<Bytes>,
    /// What is said about instructions: `.BTF.ext`.
    pub ext: Option<Bytes>,
}

/// Finds the types in a file: raw BTF, an ELF file, a kernel image, or any of these compressed. `member` names the file
/// in a package. Nothing unpacks to more than `limit` bytes.
///
/// # Errors
/// When it is none of these, is broken, or has no types.
pub fn contents(data: &[u8], member: Option<&str>, limit: usize) -> Result<Contents, Kind> {
    find(data, member, limit, DEPTH)
}

fn find(data: &[u8], member: Option<&str>, limit: usize, depth: u32) -> Result<Contents, Kind> {
    if package::is_package(data, limit) {
        let file = package::file(data, member, limit)?;
        return find(&file, None, limit, depth.saturating_sub(1));
    }
    if let Some(path) = member {
        return Err(Kind::NoMember { path: path.into(), nearest: None });
    }
    if is_raw(data) {
        return Ok(Contents { types: Bytes::from(data), base: None, ext: None });
    }
    if data.starts_with(b"\x7fELF") {
        return of_elf(data);
    }
    if image::is_image(data) {
        return image::contents(data, limit);
    }
    match Format::of(data) {
        Some(format) if depth > 0 => find(&format.unpack(data, limit)?, None, limit, depth - 1),
        _ => Err(Kind::Unknown(data.iter().copied().take(8).collect())),
    }
}

/// Whether it begins as BTF does.
pub(super) fn is_raw(data: &[u8]) -> bool {
    matches!(data, [0x9f, 0xeb, 1, ..] | [0xeb, 0x9f, 1, ..])
}

/// The types in an ELF file, of which no more is read than is needed.
pub(super) fn of_elf<'d, R: ReadRef<'d>>(data: R) -> Result<Contents, Kind> {
    let broken = |error: object::Error| Kind::Elf(error.to_string());
    let file = File::parse(data).map_err(broken)?;
    let section = |name: &str| match file.section_by_name(name) {
        Some(section) => section.data().map(|data| Some(Bytes::from(data)).filter(|_| !data.is_empty())),
        None => Ok(None),
    };
    Ok(Contents {
        types: section(".BTF").map_err(broken)?.ok_or(Kind::NoTypes("an ELF file"))?,
        base: section(".BTF.base").map_err(broken)?,
        ext: section(".BTF.ext").map_err(broken)?,
    })
}
