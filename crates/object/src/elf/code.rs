//! Functions and their instructions.

use alloc::{borrow::Cow, vec::Vec};

use object::elf;
use skep_btf::TypeId;
use skep_isa::{InsnIdx, Raw, decode};

use super::{
    file::{Place, Symbol},
    reader::Reader,
    role::Role,
};
use crate::{Function, Kind, Linkage, SectionIdx};

impl<'a> Reader<'a> {
    /// Finds the functions and decodes them, sorted by section and offset.
    pub fn read_code(&mut self) {
        let mut found = self.function_symbols();
        // Of several symbols at one place the strongest names the function.
        found.sort_by_key(|(section, s)| (*section, s.value, strength(s)));
        found.dedup_by_key(|(section, s)| (*section, s.value));
        self.funcs.reserve_exact(found.len());
        let mut code = (None, Cow::default());
        for i in 0..found.len() {
            let (section, symbol) = found[i];
            if code.0 != Some(section) {
                code = (Some(section), Cow::default());
                code.1 = self.data(section);
            }
            let next = found.get(i + 1).filter(|(s, _)| *s == section).map(|(_, s)| s.value);
            self.read_function(section, &code.1, &symbol, next);
        }
        self.check_code_sections();
    }

    fn function_symbols(&self) -> Vec<(SectionIdx, Symbol<'a>)> {
        let place = |s: &Symbol<'a>| match s.place {
            Place::Section(idx) if s.kind == elf::STT_FUNC => Some((idx, *s)),
            _ => None,
        };
        let found = self.file.symbols.iter().filter_map(place);
        found.filter(|(idx, _)| matches!(self.role(*idx), Some(Role::Code { .. }))).collect()
    }

    fn read_function(&mut self, section: SectionIdx, data: &[u8], symbol: &Symbol<'a>, next: Option<u64>) {
        let site = || self.file.site(section).symbol(symbol.name);
        // Assembly without `.size` leaves it 0: the function then goes on to the next.
        let end = if symbol.size == 0 {
            Some(next.unwrap_or(data.len() as u64))
        } else {
            symbol.value.checked_add(symbol.size)
        };
        let code = end.and_then(|end| data.get(usize::try_from(symbol.value).ok()?..usize::try_from(end).ok()?));
        let aligned = symbol.value.is_multiple_of(8) && symbol.size.is_multiple_of(8);
        let (Some(code), true) = (code, aligned) else {
            let kind = Kind::FunctionBounds { offset: symbol.value, size: symbol.size, section: data.len() as u64 };
            let site = site();
            return self.error(site, kind);
        };
        let start = symbol.value / Raw::SIZE as u64;
        if let Some(last) = self.funcs.last().filter(|f| f.section == section)
            && u64::from(last.start.0) + u64::from(last.slots) > start
        {
            let (kind, site) = (Kind::FunctionOverlap(last.name.clone()), site());
            return self.error(site, kind);
        }
        let endian = self.file.endian;
        let slots = code.as_chunks::<{ Raw::SIZE }>().0.iter().map(|&slot| Raw::from_bytes(slot, endian));
        self.funcs.push(Function {
            name: symbol.name.into(),
            section,
            start: InsnIdx(start as u32),
            slots: (code.len() / Raw::SIZE) as u32,
            insns: decode(slots),
            linkage: symbol.linkage,
            visibility: symbol.visibility(),
            type_id: TypeId::VOID,
        });
    }

    /// Code without a function is left out; that is to be seen.
    fn check_code_sections(&mut self) {
        for section in self.sections_of(|role| matches!(role, Role::Code { .. })) {
            if self.funcs.binary_search_by_key(&section, |f| f.section).is_err() && self.errors.is_empty() {
                let site = self.file.site(section);
                self.ignored.push(crate::Ignored { site, reason: "it has code, but no symbol of a function" });
            }
        }
    }
}

fn strength(symbol: &Symbol<'_>) -> u8 {
    match symbol.linkage {
        Linkage::Global => 0,
        Linkage::Weak => 1,
        Linkage::Local => 2,
    }
}
