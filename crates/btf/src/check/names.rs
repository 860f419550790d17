//! Which names kernels take.

use super::What;
use crate::{Btf, StrOff};

/// Where names come from.
pub(crate) trait Strings {
    /// The bytes at an offset; none beyond the last string.
    fn name_at(&self, off: u32) -> Option<&[u8]>;
}

impl Strings for Btf {
    fn name_at(&self, off: u32) -> Option<&[u8]> {
        self.string_bytes(StrOff(off)).filter(|_| off < self.end_str())
    }
}

/// The longest name in bytes (`KSYM_NAME_LEN`).
const LONGEST: usize = 512;
/// The same before 6.1.
const LONG: usize = 128;

/// What a name is good for.
pub(super) enum Sort {
    /// There is none.
    None,
    Identifier,
    /// An identifier with a dot.
    Dotted,
    /// An identifier that only newer kernels do not find too long.
    Long,
    /// Only printable characters.
    Printable,
    Bad,
    /// Not a string at all.
    Missing,
}

pub(super) fn sort(strings: &dyn Strings, off: u32) -> Sort {
    if off == 0 {
        return Sort::None;
    }
    let Some(name) = strings.name_at(off) else { return Sort::Missing };
    let is_word = |byte: &u8| is_letter(*byte) || byte.is_ascii_digit() || matches!(byte, b'_' | b'.');
    let is_identifier = name.first().is_some_and(|first| !first.is_ascii_digit()) && name.iter().all(is_word);
    let is_printable = !name.is_empty() && name.iter().all(|byte| matches!(byte, b' '..=b'~' | 0xa0..));
    match name.len() {
        0 => Sort::Bad,
        len if len > LONGEST => Sort::Bad,
        len if is_identifier && len > LONG => Sort::Long,
        _ if is_identifier && name.contains(&b'.') => Sort::Dotted,
        _ if is_identifier => Sort::Identifier,
        _ if is_printable => Sort::Printable,
        _ => Sort::Bad,
    }
}

/// A letter of Latin-1, which is what kernels take names for.
const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0xc0 && byte != 0xd7 && byte != 0xf7
}

/// What is wrong with the name of a type, a member, a value or a parameter.
pub(super) fn identifier(strings: &dyn Strings, off: u32, needed: bool) -> Option<What> {
    match sort(strings, off) {
        Sort::None if !needed => None,
        Sort::Identifier => None,
        Sort::Dotted => Some(What::Dot),
        Sort::Long => Some(What::LongName),
        Sort::Missing => Some(What::NoName),
        _ => Some(What::Name),
    }
}

/// What is wrong with the name of a section.
pub(super) fn section(strings: &dyn Strings, off: u32) -> Option<What> {
    match sort(strings, off) {
        Sort::Identifier | Sort::Dotted => None,
        Sort::Printable => Some(What::SectionName),
        Sort::Long => Some(What::LongName),
        Sort::Missing => Some(What::NoName),
        _ => Some(What::Name),
    }
}

/// What is wrong with the text of a tag.
pub(super) fn text(strings: &dyn Strings, off: u32) -> Option<What> {
    match sort(strings, off) {
        Sort::None => Some(What::Name),
        Sort::Missing => Some(What::NoName),
        _ if strings.name_at(off).is_none_or(<[u8]>::is_empty) => Some(What::Name),
        _ => None,
    }
}
