//! Instructions.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use skep_isa::{
    Insn, InsnIdx, Opcode, Raw, Reg,
    opcode::pseudo,
    text::{Dialect, ErrorKind, Lexer, Name, Role, Statement, Token, slot_of, unquoted},
};
use skep_uapi::Helper;

use super::{
    assembler::{Assembler, CoreAt, LineAt, LineSource},
    error::{Fault, Kind},
    image::{SHF_ALLOC, SHF_EXEC},
    late::{Claim, Fix, Late, LateWhat, Reference},
    operand::{Noted, Operand, Reader},
    place::Part,
    seen::{Known, Line, Seen},
    symbols::{SymId, Where},
};

/// The symbol that an instruction has, and where it is named.
struct Target {
    symbol: SymId,
    addend: i64,
    reference: Reference,
    claim: Claim,
    at: usize,
}

impl Assembler<'_> {
    /// Reads the instruction between two bytes. `line` is what it is remembered by, if all of the line belongs to it.
    pub fn instruction<'t>(
        &mut self,
        part: &Part<'t>,
        at: usize,
        end: usize,
        line: Option<Line<'t>>,
        seen: &mut Seen<'t>,
    ) {
        let text = part.text.get(at..end).unwrap_or_default();
        let mut tokens = core::mem::take(&mut seen.tokens);
        let done = match Lexer::new(self.dialect, text).statement(&mut tokens) {
            Ok(_) => self.read_and_write(part, at, end, &tokens),
            Err((off, kind)) => Err(Fault::new(at + off, Kind::Insn(kind))),
        };
        seen.tokens = tokens;
        match (done, line) {
            (Ok(Some(known)), Some(line)) => seen.note(line, known),
            (done, _) => self.say(part, done.map(drop)),
        }
    }

    /// Reads an instruction and writes it; what is to be remembered of it.
    fn read_and_write<'t>(
        &mut self,
        part: &Part<'t>,
        at: usize,
        end: usize,
        tokens: &[Token<'t>],
    ) -> Result<Option<Known<'t>>, Fault> {
        let Some(last) = tokens.last() else { return Ok(None) };
        // `int f(struct ctx *ctx):` begins a function in the kernel's dumps.
        if self.dialect == Dialect::Kernel && last.text == ":" {
            return Ok(None);
        }
        let mut noted = Noted::default();
        let Statement { insn, name } = self.read_insn(part.text, at, end, tokens, &mut noted)?;
        let helper = insn.code == Opcode::CALL
            && insn.src() == pseudo::HELPER
            && !last.text.starts_with(|c: char| c.is_ascii_digit())
            && Helper::from_name(last.text).is_some();
        if noted.late && self.again.is_none() {
            let section = self.here();
            let what = LateWhat::Insn { section, offset: self.image.here(section) };
            let text = String::from(part.text.get(at..end).unwrap_or_default());
            self.late.push(Late { text, scope: self.scope, dialect: self.dialect, loc: part.loc(at), what });
        }
        let known = Known { insn, name, helper };
        match &noted.operand {
            None => self.write_known(part, at, &known, name)?,
            Some(operand) => {
                let mut insn = known.insn.clone();
                let target = self.resolve_operand(&mut insn, operand, at + noted.at)?;
                self.write_insn(part, at, &insn, target)?;
            }
        }
        Ok((!noted.asked).then_some(known))
    }

    /// Writes an instruction as it was read, with the name that it has here.
    pub fn write_known(
        &mut self,
        part: &Part<'_>,
        at: usize,
        known: &Known<'_>,
        name: Option<Name<'_>>,
    ) -> Result<(), Fault> {
        if known.helper {
            let section = self.here();
            self.helper_calls.push((section, self.image.here(section), known.insn.imm as u32));
        }
        let Some(name) = name else { return self.write_insn(part, at, &known.insn, None) };
        let mut insn = known.insn.clone();
        let target = self.resolve_name(&mut insn, &name, at)?;
        self.write_insn(part, at, &insn, target)
    }

    /// Writes an instruction, and remembers what it refers to.
    fn write_insn(&mut self, part: &Part<'_>, at: usize, insn: &Insn, target: Option<Target>) -> Result<(), Fault> {
        if let Some((section, offset)) = self.again {
            self.overwrite(insn, section, offset);
            return Ok(());
        }
        let section = self.here();
        let offset = self.image.here(section);
        self.emit(insn, section).map_err(|kind| Fault::new(at, kind))?;
        if let Some(Target { symbol, addend, reference, claim, at }) = target {
            let fix = Fix { section, offset: offset as u32, symbol, addend, reference, claim, loc: part.loc(at) };
            if !self.jump_back(&fix) {
                self.symbols.used_at(symbol, fix.loc);
                self.fixes.push(fix);
            }
        }
        self.record(section, offset, part, at);
        Ok(())
    }

    /// What an operand stands for, which begins at a byte.
    fn resolve_operand(&mut self, insn: &mut Insn, operand: &Operand, at: usize) -> Result<Option<Target>, Fault> {
        let misplaced = |operand, expected| Err(Fault::new(at, Kind::OperandPlace { operand, expected }));
        match operand {
            Operand::Core(core) => {
                if self.again.is_none() {
                    let section = self.here();
                    self.cores.push(CoreAt { section, offset: self.image.here(section) as u32, ..core.clone() });
                }
                Ok(None)
            }
            Operand::Helper(id) if insn.code == Opcode::CALL => {
                insn.imm = (*id).into();
                Ok(None)
            }
            Operand::Helper(_) => misplaced("helper", "a call"),
            &Operand::Symbol { name, symbol, addend, claim } => {
                let callable = matches!(claim, Claim::Func | Claim::Kfunc | Claim::Any);
                let reference = match insn.code {
                    Opcode::LD_IMM64 if insn.is_wide() && insn.src() == Reg(0) => {
                        insn.imm = i64::from(addend as u32);
                        Reference::Load
                    }
                    Opcode::CALL if callable => {
                        *insn = call();
                        Reference::Call
                    }
                    _ if callable => return misplaced(name, "a 64-bit load or a call"),
                    _ => return misplaced(name, "a 64-bit load"),
                };
                Ok(Some(Target { symbol, addend, reference, claim, at }))
            }
        }
    }

    /// Reads a statement by the syntax of the dialect, or by what is the same in all.
    fn read_insn<'t>(
        &mut self,
        text: &'t str,
        at: usize,
        end: usize,
        tokens: &[Token<'t>],
        noted: &mut Noted,
    ) -> Result<Statement<'t>, Fault> {
        if let [first, ..] = tokens
            && matches!(first.text, "ldimm64" | "lddw" | "ld_imm64")
            && (first.text != "lddw" || self.dialect == Dialect::Llvm || self.dialect == Dialect::Kernel)
        {
            return self.wide_load(text, at, end, tokens, noted);
        }
        let syntax = self.syntax;
        let mut reader = Reader { assembler: self, text, base: at, end, noted, fault: None };
        match syntax.read(tokens, &mut reader) {
            Ok(statement) => Ok(statement),
            Err(mistake) => match reader.fault.take() {
                Some(fault) if fault.at >= at + mistake.at => Err(fault),
                _ => Err(Fault::new(at + mistake.at, Kind::Insn(mistake.kind))),
            },
        }
    }

    /// `ldimm64 REG, OPERAND` of every dialect.
    fn wide_load<'t>(
        &mut self,
        text: &'t str,
        at: usize,
        end: usize,
        tokens: &[Token<'t>],
        noted: &mut Noted,
    ) -> Result<Statement<'t>, Fault> {
        // Written as the first dialect would: `rN = OPERAND ll`.
        let rest = if tokens.get(1).is_some_and(|t| t.text == "%") { tokens.get(2..) } else { tokens.get(1..) };
        let Some([reg, comma, operand @ ..]) = rest.filter(|rest| rest.len() > 2) else {
            return Err(Fault::new(
                end,
                Kind::Unexpected { found: String::new(), expected: "`ldimm64 r1, OPERAND`".into() },
            ));
        };
        if comma.text != "," {
            let found = comma.text.to_owned();
            return Err(Fault::new(at + comma.at, Kind::Unexpected { found, expected: "`,`".into() }));
        }
        let sign = |text, token: &Token<'t>| Token::new(text, skep_isa::text::TokenKind::Sign, token.at);
        let mut made = Vec::with_capacity(operand.len() + 3);
        made.extend([*reg, sign("=", comma)]);
        made.extend_from_slice(operand);
        if operand.last().is_none_or(|last| last.text != "ll") {
            made.push(Token::new("ll", skep_isa::text::TokenKind::Word, end - at));
        }
        let syntax = skep_isa::text::Syntax::of(Dialect::Llvm);
        let mut reader = Reader { assembler: self, text, base: at, end, noted, fault: None };
        match syntax.read(&made, &mut reader) {
            Ok(statement) => Ok(statement),
            Err(mistake) => match reader.fault.take() {
                Some(fault) if fault.at >= at + mistake.at => Err(fault),
                _ => Err(Fault::new(at + mistake.at, Kind::Insn(mistake.kind))),
            },
        }
    }

    /// What the name in a statement that begins at a byte stands for.
    fn resolve_name(&mut self, insn: &mut Insn, name: &Name<'_>, start: usize) -> Result<Option<Target>, Fault> {
        if let (Some(to), Role::Jump16 | Role::Jump32) = (slot_of(name.text), name.role) {
            return self.jump_to(insn, to, name.role).map(|()| None).map_err(|kind| Fault::new(start + name.at, kind));
        }
        let text = unquoted(name.text);
        let quoted = name.text.starts_with('"');
        let at = start + name.at;
        let fault = |kind| Fault::new(at, kind);
        let reference = match name.role {
            Role::Jump16 => Reference::Jump16,
            Role::Jump32 => Reference::Jump32,
            Role::Call => Reference::Call,
            Role::Load => Reference::Load,
        };
        if !quoted && let Some(value) = self.constant(&text) {
            match reference {
                Reference::Load => insn.imm = value.wrapping_add(name.plus),
                Reference::Call => *insn = Insn::new(Opcode::CALL, Reg(0), pseudo::HELPER, 0, (value as i32).into()),
                Reference::Jump16 => {
                    insn.off = i16::try_from(value).map_err(|_| fault(Kind::Range { value, bits: 16 }))?;
                }
                Reference::Jump32 => {
                    insn.imm = i32::try_from(value).map_err(|_| fault(Kind::Range { value, bits: 32 }))?.into();
                }
            }
            return Ok(None);
        }
        if reference == Reference::Call && name.numbered && self.symbols.find(self.scope, &text).is_none() {
            return Ok(None);
        }
        let symbol = self.symbol_of(&text);
        match reference {
            Reference::Call => *insn = call(),
            Reference::Load => insn.imm = i64::from(name.plus as u32),
            Reference::Jump16 | Reference::Jump32 => {}
        }
        Ok(Some(Target { symbol, addend: name.plus, reference, claim: Claim::Any, at }))
    }

    /// A jump to a slot of the section.
    fn jump_to(&mut self, insn: &mut Insn, to: InsnIdx, role: Role) -> Result<(), Kind> {
        let section = self.here();
        let offset = self.again.map_or_else(|| self.image.here(section), |(_, offset)| offset);
        let slots = i64::from(to.0) - (offset / 8) as i64 - 1;
        let short = role == Role::Jump16;
        let fits = if short {
            i16::try_from(slots).map(|off| insn.off = off).is_ok()
        } else {
            i32::try_from(slots).map(|imm| insn.imm = imm.into()).is_ok()
        };
        let always = insn.code == Opcode::JA;
        let far = || ErrorKind::TooFar { target: alloc::format!("@{}", to.0), slots, short, always };
        if fits { Ok(()) } else { Err(Kind::Insn(far())) }
    }

    /// A jump back within a section, which needs no waiting.
    fn jump_back(&mut self, fix: &Fix) -> bool {
        let Some(Where::Section { section, offset }) = self.symbols.get(fix.symbol).map(|s| s.place) else {
            return false;
        };
        if section != fix.section || fix.addend != 0 {
            return false;
        }
        let at = u64::from(fix.offset);
        let slots = (offset as i64 - at as i64) / 8 - 1;
        let (fits, place, size) = match fix.reference {
            Reference::Jump16 => (i16::try_from(slots).is_ok(), at + 2, 2),
            Reference::Jump32 => (i32::try_from(slots).is_ok(), at + 4, 4),
            Reference::Call | Reference::Load => return false,
        };
        if fits {
            self.image.put(section, place, size, slots as u64);
        }
        fits
    }

    /// Appends the bytes of an instruction.
    fn emit(&mut self, insn: &Insn, section: u32) -> Result<(), Kind> {
        let endian = self.image.endian;
        let [first, second] = slots(insn);
        if let Some(section) = self.image.at_mut(section)
            && section.data.is_empty()
            && !section.said
            && !section.is_code()
            && section.align < 8
            && !section.name.starts_with(".debug")
        {
            section.flags = SHF_ALLOC | SHF_EXEC;
            section.align = 8;
        }
        self.image.append_slot(section, first.to_bytes(endian))?;
        if insn.is_wide() { self.image.append_slot(section, second.to_bytes(endian)) } else { Ok(()) }
    }

    /// Puts an instruction where it stood, once all of it is known.
    fn overwrite(&mut self, insn: &Insn, section: u32, offset: u64) {
        let [first, second] = slots(insn).map(|slot| slot.to_bytes(self.image.endian));
        let bytes = [first, second];
        let bytes = bytes.as_flattened().get(..insn.slots() as usize * 8).unwrap_or_default();
        let data = self.image.at_mut(section).map(|section| &mut section.data);
        let place = data.and_then(|data| data.get_mut(offset as usize..)?.get_mut(..bytes.len()));
        if let Some(place) = place {
            place.copy_from_slice(bytes);
        }
    }

    /// Records the line of an instruction, and what was said before it.
    fn record(&mut self, section: u32, offset: u64, part: &Part<'_>, at: usize) {
        if self.next_core.is_some()
            && let Some(core) = self.next_core.take()
        {
            self.cores.push(CoreAt { section, offset: offset as u32, ..core });
        }
        let source = match self.next_line.take() {
            Some(given) => LineSource::Given(given),
            None if self.given.is_empty() && self.wants_lines() => LineSource::Here(part.loc(at)),
            None => return,
        };
        self.lines.push(LineAt { section, offset: offset as u32, source });
    }
}

/// The slots of an instruction, the second one for a 64-bit load.
fn slots(insn: &Insn) -> [Raw; 2] {
    let first = Raw { code: insn.code, regs: insn.regs, off: insn.off, imm: insn.imm as i32 };
    [first, Raw { imm: (insn.imm >> 32) as i32, ..Raw::default() }]
}

/// A call whose target is a relocation's.
fn call() -> Insn {
    Insn::new(Opcode::CALL, Reg(0), pseudo::CALL, 0, -1)
}
