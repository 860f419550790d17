//! The header and the sections.

use super::{Report, What};
use crate::{
    Btf,
    header::{LONG, SHORT, word},
};

const MAX_SIZE: usize = 16 << 20;
const MAX_TYPES: u32 = 0xf_ffff;

pub(super) fn check(btf: &Btf, report: &mut Report) {
    let data = btf.bytes().as_ref();
    let mut refuse = |what| report.add(None, None, what);
    if data.len() > MAX_SIZE {
        refuse(What::Size);
    }
    if btf.is_empty() && btf.base().is_none() {
        refuse(What::NoTypes);
    }
    if btf.end_id() > MAX_TYPES {
        refuse(What::TooMany);
    }
    let header_len = word(data, btf.endian(), 4).unwrap_or_default();
    let beyond = data.get(LONG as usize..header_len as usize).unwrap_or_default();
    if data.get(3) != Some(&0) || beyond.iter().any(|&byte| byte != 0) {
        refuse(What::Header);
    } else if btf.header.extended || header_len > SHORT && header_len < LONG {
        refuse(What::LongHeader);
    }
    let header = &btf.header;
    if !(header.types.0 - header_len).is_multiple_of(4) || !header.layout.1.is_multiple_of(4) {
        refuse(What::Unaligned);
    }
    // One behind the other in any order, nothing between them and nothing behind.
    let mut sections = [header.types, header.strings, header.layout];
    let sections = if header.layout.1 == 0 { &mut sections[..2] } else { &mut sections[..] };
    sections.sort_unstable();
    let mut end = header_len;
    for &(start, len) in &*sections {
        if start != end {
            return refuse(What::Sections);
        }
        end = start + len;
    }
    if end as usize != data.len() {
        refuse(What::Sections);
    }
}
