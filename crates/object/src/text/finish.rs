//! The end: what had to wait is settled, and the file is written.

use alloc::{string::String, vec::Vec};

use hashbrown::HashSet;
use skep_isa::{
    Opcode,
    opcode::pseudo,
    text::{ErrorKind, Syntax},
};
use skep_uapi::Helper;

use super::{
    assembler::Assembler,
    directive::{STT_FUNC, STT_OBJECT},
    elf,
    error::{Fault, Kind},
    expr::{self, Value},
    image::{R_64_32, R_64_64, R_ABS32, R_ABS64, R_NODYLD32, Reloc},
    late::{Claim, Fix, Late, LateWhat, Reference},
    lex::Cursor,
    lookup::Lookup,
    place::{Loc, Part},
    seen::Seen,
    symbols::{Binding, SymId, Symbol, What, Where},
    types::Ty,
};

impl Assembler<'_> {
    /// Settles everything, and writes the file if nothing is wrong.
    pub fn finish(&mut self) -> Vec<u8> {
        self.settle_scopes();
        self.settle_late();
        self.settle_functions();
        self.settle_helpers();
        for fix in core::mem::take(&mut self.fixes) {
            if self.errors.len() > super::assembler::MAX_ERRORS {
                break;
            }
            if let Err(kind) = self.settle(&fix) {
                self.error(fix.loc, kind);
            }
        }
        if !self.broken {
            self.check_symbols();
        }
        if !self.errors.is_empty() {
            return Vec::new();
        }
        if let Err(kind) = self.write_types() {
            self.error(Loc::NONE, kind);
            return Vec::new();
        }
        self.settle_addresses();
        elf::write(&mut self.image, &self.symbols, self.file_symbol.as_deref())
    }

    /// Names that a body used and did not define are the file's.
    fn settle_scopes(&mut self) {
        if !self.symbols.has_bodies() {
            return;
        }
        let mut to: Vec<SymId> = (0..self.symbols.table.len() as u32).map(SymId).collect();
        let mut any = false;
        for (at, to) in to.iter_mut().enumerate() {
            let symbol = &self.symbols.table[at];
            if !symbol.is_of_body() || symbol.is_defined() {
                continue;
            }
            let (name, loc) = (String::from(self.symbols.name_of(symbol)), symbol.loc);
            *to = self.symbols.intern(0, &name, loc);
            self.symbols.used_at(*to, loc);
            any = true;
            // What is left of it must not be written.
            self.symbols.table[at].private = true;
        }
        if !any {
            return;
        }
        let moved = |id: SymId| to.get(id.0 as usize).copied().unwrap_or(id);
        self.fixes.iter_mut().for_each(|fix| fix.symbol = moved(fix.symbol));
        let relocs = self.image.sections.iter_mut().flat_map(|section| &mut section.relocs);
        let mut used = Vec::new();
        for reloc in relocs {
            reloc.symbol = moved(reloc.symbol);
            used.push(reloc.symbol);
        }
        for id in used {
            if let Some(symbol) = self.symbols.get_mut(id) {
                symbol.used = true;
            }
        }
    }

    /// Reads again what named labels that came later.
    fn settle_late(&mut self) {
        for late in core::mem::take(&mut self.late) {
            let Late { text, scope, dialect, loc, what } = late;
            (self.scope, self.dialect, self.syntax) = (scope, dialect, Syntax::of(dialect));
            let part = Part::expanded(&text, loc);
            match what {
                LateWhat::Insn { section, offset } => {
                    (self.again, self.section, self.dot) =
                        (Some((section, offset)), Some(section), Some((section, offset)));
                    self.reread(&part);
                    (self.again, self.dot) = (None, None);
                }
                LateWhat::Data { section, offset, size } => {
                    self.dot = Some((section, offset));
                    let value = self.late_value(&text);
                    self.dot = None;
                    let done = value.and_then(|value| {
                        let number = self.late_number(value)?;
                        self.fits(number, size)?;
                        self.store(section, offset, size, number)
                    });
                    self.say(&part, done.map_err(|kind| Fault::new(0, kind)));
                }
                LateWhat::Size(id) => {
                    let value = self.late_value(&text).and_then(|value| self.late_number(value));
                    match value {
                        Ok(number) => {
                            if let Some(symbol) = self.symbols.get_mut(id) {
                                symbol.size = Some(number as u64);
                            }
                        }
                        Err(kind) => self.error(loc, kind),
                    }
                }
            }
        }
        self.scope = 0;
    }

    fn reread(&mut self, part: &Part<'_>) {
        let end = part.text.len();
        self.instruction(part, 0, end, None, &mut Seen::of(0));
    }

    fn late_value(&mut self, text: &str) -> Result<Value, Kind> {
        let mut cursor = Cursor::new(text, 0, text.len());
        expr::expression(&mut cursor, &mut Lookup::of_reference(self)).map_err(|fault| fault.kind)
    }

    fn late_number(&self, value: Value) -> Result<i64, Kind> {
        for id in [value.symbol, value.minus].into_iter().flatten() {
            if self.symbols.get(id).is_some_and(|symbol| !symbol.is_defined()) {
                return Err(self.unknown_symbol(id));
            }
        }
        if !value.is_number() {
            return Err(Kind::Expression("the labels are in different sections: their distance is not known"));
        }
        Ok(value.number)
    }

    /// Labels of code that others can see are functions, and functions without a size go on to the next.
    fn settle_functions(&mut self) {
        let image = &self.image;
        let code = |section: u32| image.at(section).is_some_and(|s| s.is_code());
        let mut open = false;
        for symbol in &mut self.symbols.table {
            let Where::Section { section, .. } = symbol.place else { continue };
            let seen = matches!(symbol.binding, Binding::Global | Binding::Weak);
            let declared = matches!(symbol.what, Some(What::Function));
            if code(section) && symbol.kind == 0 && !symbol.private && (seen || declared) {
                symbol.kind = STT_FUNC;
            }
            if matches!(symbol.what, Some(What::Variable | What::Map)) && symbol.kind == 0 && !symbol.private {
                symbol.kind = STT_OBJECT;
            }
            open |= symbol.kind == STT_FUNC && symbol.size.is_none();
        }
        if !open {
            return;
        }
        let mut starts: Vec<(u32, u64)> = Vec::new();
        for symbol in self.symbols.table.iter().filter(|s| s.kind == STT_FUNC) {
            if let Where::Section { section, offset } = symbol.place {
                starts.push((section, offset));
            }
        }
        starts.sort_unstable();
        for at in 0..self.symbols.table.len() {
            let symbol = &self.symbols.table[at];
            let Where::Section { section, offset } = symbol.place else { continue };
            if symbol.kind != STT_FUNC || symbol.size.is_some() {
                continue;
            }
            let next = starts.partition_point(|start| *start <= (section, offset));
            let next = starts.get(next).filter(|(of, _)| *of == section).map(|(_, next)| *next);
            let end = next.unwrap_or_else(|| self.image.here(section));
            self.symbols.table[at].size = Some(end.saturating_sub(offset));
        }
    }

    /// A function of the file comes before a helper of its name.
    fn settle_helpers(&mut self) {
        for (section, offset, helper) in core::mem::take(&mut self.helper_calls) {
            let symbol = Helper(helper).name().and_then(|name| self.symbols.find_own(0, name));
            let is_function = |s: &Symbol| s.kind == STT_FUNC || matches!(s.what, Some(What::Function | What::Kfunc));
            let Some(symbol) = symbol.filter(|id| self.symbols.get(*id).is_some_and(is_function)) else { continue };
            let regs = match self.image.endian {
                skep_btf::Endian::Little => pseudo::CALL.0 << 4,
                skep_btf::Endian::Big => pseudo::CALL.0,
            };
            self.image.put(section, offset + 1, 1, regs.into());
            let (claim, reference) = (Claim::Any, Reference::Call);
            self.fixes.push(Fix {
                section,
                offset: offset as u32,
                symbol,
                addend: 0,
                reference,
                claim,
                loc: Loc::NONE,
            });
        }
    }

    /// Gives an instruction its target, or a relocation.
    fn settle(&mut self, fix: &Fix) -> Result<(), Kind> {
        let Some(symbol) = self.symbols.get(fix.symbol).copied() else { return Ok(()) };
        self.claim(fix)?;
        let jump = matches!(fix.reference, Reference::Jump16 | Reference::Jump32);
        let (section, offset) = match symbol.place {
            Where::Section { section, offset } => (section, offset),
            _ if jump => return Err(self.unknown_symbol(fix.symbol)),
            _ => (u32::MAX, 0),
        };
        let at = u64::from(fix.offset);
        let slots = (offset as i64 - i64::from(fix.offset)) / 8 - 1 + fix.addend / 8;
        match fix.reference {
            _ if jump && section != fix.section => return Err(Kind::Jump(self.symbols.name(fix.symbol).into())),
            Reference::Jump16 => {
                let short = i16::try_from(slots).map_err(|_| self.too_far(fix, slots, true))?;
                self.image.put(fix.section, at + 2, 2, i64::from(short) as u64);
                return Ok(());
            }
            Reference::Jump32 => {
                let long = i32::try_from(slots).map_err(|_| self.too_far(fix, slots, false))?;
                self.image.put(fix.section, at + 4, 4, i64::from(long) as u64);
                return Ok(());
            }
            Reference::Call if section == fix.section && symbol.is_local() => {
                let long = i32::try_from(slots).map_err(|_| self.too_far(fix, slots, false))?;
                self.image.put(fix.section, at + 4, 4, i64::from(long) as u64);
                return Ok(());
            }
            _ => {}
        }
        // Local symbols are named by their section, so that their place in it is added.
        let base = if symbol.is_local() { offset as i64 } else { 0 };
        let kind = if fix.reference == Reference::Call {
            self.image.put(fix.section, at + 4, 4, ((base + fix.addend) / 8 - 1) as u64);
            R_64_32
        } else {
            self.image.put(fix.section, at + 4, 4, (base + fix.addend) as u64);
            R_64_64
        };
        if let Some(symbol) = self.symbols.get_mut(fix.symbol) {
            symbol.used = true;
        }
        if let Some(section) = self.image.at_mut(fix.section) {
            section.relocs.push(Reloc { offset: at, symbol: fix.symbol, kind, exact: false });
        }
        Ok(())
    }

    /// In data, too, local symbols are named by their section, so that their place in it is added.
    fn settle_addresses(&mut self) {
        for section in 0..self.image.sections.len() as u32 {
            let mut relocs = self.image.at_mut(section).map(|s| core::mem::take(&mut s.relocs)).unwrap_or_default();
            for reloc in relocs.iter_mut().filter(|reloc| !reloc.exact && !matches!(reloc.kind, R_64_64 | R_64_32)) {
                let Some(target) = elf::by_section(reloc, &self.symbols) else { continue };
                let place = self.symbols.get(reloc.symbol).map(|symbol| symbol.place);
                if let Some(Where::Section { offset, .. }) = place {
                    let size = if reloc.kind == R_ABS64 { 8 } else { 4 };
                    let value = self.image.number(section, reloc.offset, size).wrapping_add(offset);
                    self.image.put(section, reloc.offset, size, value);
                }
                // What types say of data is for loaders, of code for linkers alone.
                if reloc.kind == R_NODYLD32 && !self.image.at(target).is_some_and(|s| s.is_code()) {
                    reloc.kind = R_ABS32;
                }
            }
            if let Some(section) = self.image.at_mut(section) {
                section.relocs = relocs;
            }
        }
    }

    fn too_far(&self, fix: &Fix, slots: i64, short: bool) -> Kind {
        let code = self.image.at(fix.section).and_then(|s| s.data.get(fix.offset as usize)).copied();
        let always = code == Some(Opcode::JA.0);
        let target = String::from(self.symbols.name(fix.symbol));
        Kind::Insn(ErrorKind::TooFar { target, slots, short, always })
    }

    /// Checks that a symbol is what the operand says.
    fn claim(&self, fix: &Fix) -> Result<(), Kind> {
        let (operand, expected, fits): (_, _, fn(What) -> bool) = match fix.claim {
            Claim::Any => return Ok(()),
            Claim::Map => ("map", "a map", |what| what == What::Map),
            Claim::Value => ("value", "a variable", |what| what == What::Variable),
            Claim::Func => ("func", "a function", |what| what == What::Function),
            Claim::Ksym => ("ksym", "an extern of `.ksyms`", |what| matches!(what, What::Ksym | What::Kfunc)),
            Claim::Kfunc => ("kfunc", "a function of `.ksyms`", |what| what == What::Kfunc),
            Claim::Kconfig => ("kconfig", "an extern of `.kconfig`", |what| what == What::Kconfig),
        };
        let Some(what) = self.what(fix.symbol) else { return Ok(()) };
        if fits(what) {
            return Ok(());
        }
        let found = match what {
            What::Map => "a map",
            What::Variable => "a variable",
            What::Function => "a function",
            What::Ksym => "a symbol of the kernel",
            What::Kfunc => "a function of the kernel",
            What::Kconfig => "a value of the kernel's configuration",
        };
        let name = String::from(self.symbols.name(fix.symbol));
        Err(Kind::Operand { operand, name, found, expected })
    }

    /// What a symbol is, as far as it is known.
    fn what(&self, id: SymId) -> Option<What> {
        let symbol = self.symbols.get(id)?;
        if symbol.what.is_some() {
            return symbol.what;
        }
        let Where::Section { section, .. } = symbol.place else { return None };
        let section = self.image.at(section)?;
        Some(match &*section.name {
            ".maps" | "maps" => What::Map,
            _ if section.is_code() => What::Function,
            _ => What::Variable,
        })
    }

    /// In a file with declarations, what is neither defined nor declared is a mistake.
    fn check_symbols(&mut self) {
        let mut errors = Vec::new();
        for at in 0..self.symbols.table.len() {
            let symbol = &self.symbols.table[at];
            if symbol.is_defined() || !symbol.used || symbol.is_of_body() || symbol.declared {
                continue;
            }
            if self.declared || symbol.private {
                let id = SymId(at as u32);
                errors.push((symbol.loc, self.unknown_symbol(id)));
            }
            if errors.len() >= super::assembler::MAX_ERRORS {
                break;
            }
        }
        self.errors.extend(errors);
    }

    /// The types that are not written, because nothing refers to the externs that have them.
    pub fn unused_types(&self) -> Vec<u32> {
        let fixed = self.types.fixed;
        let unused = self.symbols.table.iter().filter(|s| !s.is_defined() && !s.used && s.type_id > fixed);
        let mut unused: Vec<u32> = unused.map(|s| s.type_id).collect();
        let known: HashSet<u32> = unused.iter().copied().collect();
        if !known.is_empty() {
            let tags =
                self.types.iter().filter(|(_, ty)| matches!(ty, Ty::DeclTag { target, .. } if known.contains(target)));
            unused.extend(tags.map(|(id, _)| id));
        }
        unused
    }
}
