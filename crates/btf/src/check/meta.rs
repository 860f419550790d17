//! Each type by itself.

use alloc::vec::Vec;

use super::{
    Report, What,
    names::{self, Strings},
};
use crate::{Btf, Kind, TypeId, shape::kind_of};

/// The most elements before 7.1.
const MANY: u32 = 0xffff;

/// A type as words.
struct Meta<'a> {
    strings: &'a dyn Strings,
    id: TypeId,
    kind: Kind,
    name: u32,
    len: u32,
    flag: bool,
    third: u32,
    rest: &'a [u32],
}

pub(super) fn check(btf: &Btf, report: &mut Report) {
    let mut words = Vec::new();
    for ((_, from, to), id) in btf.extents().zip(btf.ids()) {
        btf.words_into(from..to, &mut words);
        check_one(btf, id, &words, report);
    }
}

/// Checks one type by its words.
pub(super) fn check_one(strings: &dyn Strings, id: TypeId, words: &[u32], report: &mut Report) {
    let kind = kind_of(words);
    let Some((&[name, info, third], rest)) = words.split_first_chunk() else { return };
    let (len, flag) = (info & 0xff_ffff, info >> 31 != 0);
    Meta { strings, id, kind, name, len, flag, third, rest }.check(report);
}

impl Meta<'_> {
    fn check(&self, report: &mut Report) {
        let mut refuse = |element: Option<u32>, what: Option<What>| {
            if let Some(what) = what {
                report.add(self.id, element, what);
            }
        };
        if self.kind.row().is_none_or(|row| row.feature.is_some()) {
            refuse(None, Some(What::Kind(self.kind)));
        }
        refuse(None, (self.len > MANY).then_some(What::Elements));
        match self.kind {
            Kind::INT => refuse(None, self.plain(false).or_else(|| self.int())),
            Kind::PTR | Kind::VOLATILE | Kind::CONST | Kind::RESTRICT => refuse(None, self.plain(true)),
            Kind::ARRAY => refuse(None, self.plain(true).or_else(|| self.array())),
            Kind::STRUCT | Kind::UNION => self.composite(&mut refuse),
            Kind::ENUM | Kind::ENUM64 => self.enumeration(&mut refuse),
            Kind::FWD => {
                refuse(None, names::identifier(self.strings, self.name, true));
                refuse(None, self.no_elements().or((self.third != 0).then_some(What::Reserved)));
            }
            Kind::TYPEDEF => {
                refuse(None, names::identifier(self.strings, self.name, true));
                refuse(None, self.plain(false));
            }
            Kind::FUNC => self.func(&mut refuse),
            Kind::FUNC_PROTO => refuse(None, self.unnamed().or_else(|| self.unflagged())),
            Kind::VAR => self.var(&mut refuse),
            Kind::DATASEC => self.datasec(&mut refuse),
            Kind::FLOAT => {
                let sizes = [2, 4, 8, 12, 16];
                refuse(None, self.plain(false).or((!sizes.contains(&self.third)).then_some(What::BadSize)));
            }
            Kind::DECL_TAG | Kind::TYPE_TAG => {
                refuse(None, names::text(self.strings, self.name));
                refuse(None, self.no_elements());
                refuse(None, self.flag.then_some(What::Attribute));
                let component = self.rest.first().copied().unwrap_or_default() as i32;
                refuse(None, (self.kind == Kind::DECL_TAG && component < -1).then_some(What::Component));
            }
            _ => {}
        }
    }

    /// What has neither elements nor a flag; with `unnamed`, no name either.
    fn plain(&self, unnamed: bool) -> Option<What> {
        let name = if unnamed { self.unnamed() } else { None };
        name.or_else(|| self.no_elements()).or_else(|| self.unflagged())
    }

    fn unnamed(&self) -> Option<What> {
        (self.name != 0).then_some(What::Named)
    }

    fn no_elements(&self) -> Option<What> {
        (self.len != 0).then_some(What::NoElements)
    }

    fn unflagged(&self) -> Option<What> {
        self.flag.then_some(What::Flag(self.kind))
    }

    fn int(&self) -> Option<What> {
        let word = self.rest.first().copied().unwrap_or_default();
        let bits = (word >> 16 & 0xff) + (word & 0xff);
        if word >> 28 != 0 || !matches!(word >> 24 & 0xf, 0 | 1 | 2 | 4) {
            return Some(What::Encoding);
        }
        (bits > 128 || bits.div_ceil(8) > self.third).then_some(What::Bits)
    }

    fn array(&self) -> Option<What> {
        let &[elem, index, ..] = self.rest else { return None };
        match (elem, index) {
            _ if self.third != 0 => Some(What::Reserved),
            (0, _) => Some(What::NoSize(TypeId(0))),
            (_, 0) => Some(What::Index),
            _ => None,
        }
    }

    fn composite(&self, refuse: &mut impl FnMut(Option<u32>, Option<What>)) {
        refuse(None, names::identifier(self.strings, self.name, false));
        refuse(None, self.flag.then_some(What::Bitfields));
        let mut last = 0;
        for (i, &[name, ty, word]) in (0..).zip(self.rest.as_chunks().0) {
            let offset = if self.flag { word & 0xff_ffff } else { word };
            refuse(Some(i), names::identifier(self.strings, name, false));
            let what = match () {
                () if ty == 0 => Some(What::NoSize(TypeId(0))),
                () if offset < last || self.kind == Kind::UNION && offset != 0 => Some(What::Order),
                () if offset.div_ceil(8) > self.third => Some(What::Beyond),
                () => None,
            };
            refuse(Some(i), what);
            last = offset;
        }
    }

    fn enumeration(&self, refuse: &mut impl FnMut(Option<u32>, Option<What>)) {
        refuse(None, names::identifier(self.strings, self.name, false));
        refuse(None, (self.third > 8 || !self.third.is_power_of_two()).then_some(What::BadSize));
        refuse(None, (self.flag && self.kind == Kind::ENUM).then_some(What::SignedEnum));
        let words = if self.kind == Kind::ENUM { 2 } else { 3 };
        for (i, value) in (0..).zip(self.rest.chunks_exact(words)) {
            let name = value.first().copied().unwrap_or_default();
            refuse(Some(i), names::identifier(self.strings, name, true));
        }
    }

    fn func(&self, refuse: &mut impl FnMut(Option<u32>, Option<What>)) {
        refuse(None, names::identifier(self.strings, self.name, true));
        refuse(None, self.unflagged());
        refuse(
            None,
            match self.len {
                0 => None,
                1 => Some(What::FuncLinkage),
                linkage => Some(What::Linkage(linkage)),
            },
        );
    }

    fn var(&self, refuse: &mut impl FnMut(Option<u32>, Option<What>)) {
        refuse(None, names::identifier(self.strings, self.name, true));
        refuse(None, self.plain(false));
        refuse(None, (self.third == 0).then_some(What::NoSize(TypeId(0))));
        let linkage = self.rest.first().copied().unwrap_or_default();
        refuse(None, (linkage > 1).then_some(What::Linkage(linkage)));
    }

    fn datasec(&self, refuse: &mut impl FnMut(Option<u32>, Option<What>)) {
        refuse(None, names::section(self.strings, self.name));
        refuse(None, self.unflagged());
        refuse(None, (self.third == 0).then_some(What::BadSize));
        refuse(None, (self.len == 0).then_some(What::EmptySection));
        let mut end = 0u64;
        for (i, &[ty, offset, size]) in (0..).zip(self.rest.as_chunks().0) {
            let (from, to) = (u64::from(offset), u64::from(offset) + u64::from(size));
            let out = from < end || offset >= self.third || size == 0 || to > u64::from(self.third);
            refuse(Some(i), if ty == 0 { Some(What::NoSize(TypeId(0))) } else { out.then_some(What::Place) });
            end = to;
        }
    }
}
