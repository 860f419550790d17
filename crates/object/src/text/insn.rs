//! Instructions.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use hashbrown::HashMap;
use skep_isa::{
    Insn, Opcode, Raw, Reg,
    opcode::pseudo,
    text::{Dialect, Lexer, Name, Role, Statement, Token, unquoted},
};
use skep_uapi::Helper;

use super::{
    assembler::{Assembler, CoreAt, LineAt, LineSource},
    error::{Fault, Kind},
    image::{SHF_ALLOC, SHF_EXEC},
    late::{Claim, Fix, Late, LateWhat, Reference},
    operand::{Noted, Operand, Reader},
    place::Part,
    symbols::Where,
};

/// How many instructions are remembered.
const MAX_SEEN: usize = 1 << 14;

/// What was read of a text so far: programs consist of few different instructions.
#[derive(Default)]
pub(super) struct Seen<'t> {
    tokens: Vec<Token<'t>>,
    /// Instructions that name nothing, by their text: their bytes, and whether all of them count.
    known: HashMap<&'t str, ([u8; 16], bool)>,
    dialect: Dialect,
}

impl Assembler<'_> {
    /// Reads the instruction between two bytes.
    pub fn instruction<'t>(&mut self, part: &mut Part<'t>, at: usize, end: usize, seen: &mut Seen<'t>) {
        let text = part.text.get(at..end).unwrap_or_default();
        if self.again.is_none() && self.repeated(part, at, text, seen) {
            return;
        }
        let Seen { tokens, .. } = seen;
        if let Err((off, kind)) = Lexer::new(self.dialect, text).statement(tokens) {
            let loc = part.loc(at + off);
            return self.error(loc, Kind::Insn(kind));
        }
        if tokens.is_empty() {
            return;
        }
        if let Some(name) = tokens.last().filter(|last| self.dialect == Dialect::Kernel && last.text == ":") {
            // `int f(struct ctx *ctx):` begins a function in the kernel's dumps.
            let _ = name;
            return;
        }
        match self.assemble_insn(part, at, end, tokens) {
            Ok(Some(bytes)) if seen.known.len() < MAX_SEEN => {
                seen.known.insert(text, bytes);
            }
            Ok(_) => {}
            Err(Fault { at, kind }) => {
                let loc = part.loc(at);
                self.error(loc, kind);
            }
        }
    }

    /// Writes an instruction that was read before, if it was.
    fn repeated<'t>(&mut self, part: &mut Part<'t>, at: usize, text: &'t str, seen: &mut Seen<'t>) -> bool {
        if seen.dialect != self.dialect {
            seen.known.clear();
            seen.dialect = self.dialect;
        }
        let Some(&(bytes, wide)) = seen.known.get(text) else { return false };
        let section = self.here();
        let offset = self.image.here(section);
        let bytes = if wide { &bytes[..] } else { &bytes[..8] };
        if let Err(kind) = self.image.append(section, bytes) {
            let loc = part.loc(at);
            self.error(loc, kind);
        }
        if self.next_core.is_some() || self.next_line.is_some() || (self.given.is_empty() && self.wants_lines()) {
            let loc = part.loc(at);
            self.record(section, offset, loc);
        }
        true
    }

    fn assemble_insn<'t>(
        &mut self,
        part: &mut Part<'t>,
        at: usize,
        end: usize,
        tokens: &[Token<'t>],
    ) -> Result<Option<([u8; 16], bool)>, Fault> {
        let mut noted = Noted::default();
        let statement = self.read_insn(part.text, at, end, tokens, &mut noted)?;
        let Statement { mut insn, name, .. } = statement;
        let section = self.here();
        let offset = self.again.map_or_else(|| self.image.here(section), |(_, offset)| offset);
        let loc = part.loc(at);
        let mut fix = None;
        // What names nothing is the same wherever it stands.
        let plain = !noted.asked && name.is_none() && insn.code != Opcode::CALL;
        match (&noted.operand, name) {
            (Some(Operand::Core(core)), _) => {
                let core = CoreAt { section, offset: offset as u32, ..core.clone() };
                if self.again.is_none() {
                    self.cores.push(core);
                }
            }
            (Some(Operand::Symbol { name: operand, symbol, addend, claim }), _) => {
                let reference = match insn.code {
                    Opcode::LD_IMM64 if insn.is_wide() && insn.src() == Reg(0) => {
                        insn.imm = i64::from(*addend as u32);
                        Reference::Load
                    }
                    Opcode::CALL if matches!(claim, Claim::Func | Claim::Kfunc | Claim::Any) => {
                        insn = call();
                        Reference::Call
                    }
                    _ => {
                        let expected = match claim {
                            Claim::Func | Claim::Kfunc | Claim::Any => "a 64-bit load or a call",
                            _ => "a 64-bit load",
                        };
                        return Err(Fault::new(at + noted.at, Kind::OperandPlace { operand, expected }));
                    }
                };
                fix = Some((*symbol, *addend, reference, *claim, at + noted.at));
            }
            (Some(Operand::Helper(id)), _) if insn.code == Opcode::CALL => insn.imm = (*id).into(),
            (Some(Operand::Helper(_)), _) => {
                return Err(Fault::new(at + noted.at, Kind::OperandPlace { operand: "helper", expected: "a call" }));
            }
            (None, Some(name)) => {
                fix = self.resolve_name(&mut insn, &name, tokens)?.map(|f| (f.0, f.1, f.2, f.3, at + name.at))
            }
            (None, None) => self.note_helper(&insn, tokens, section, offset),
        }
        if noted.late && self.again.is_none() {
            self.late.push(Late {
                text: String::from(part.text.get(at..end).unwrap_or_default()),
                scope: self.scope,
                dialect: self.dialect,
                loc,
                what: LateWhat::Insn { section, offset },
            });
        }
        if let Some((symbol, addend, reference, claim, place)) = fix
            && self.again.is_none()
        {
            let loc = part.loc(place);
            let fix = Fix { section, offset, symbol, addend, reference, claim, loc };
            if !self.jump_now(&mut insn, &fix) {
                if self.symbols.get(symbol).is_some_and(|s| !s.is_defined()) {
                    self.used_at.entry(symbol).or_insert(loc);
                }
                self.fixes.push(fix);
            }
        }
        let bytes = self.emit(&insn, section).map_err(|kind| Fault::new(at, kind))?;
        if self.again.is_none() {
            self.record(section, offset, loc);
        }
        Ok(plain.then_some((bytes, insn.is_wide())))
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

    /// What the name in a statement stands for.
    #[allow(clippy::type_complexity, reason = "the parts of a fix")]
    fn resolve_name(
        &mut self,
        insn: &mut Insn,
        name: &Name<'_>,
        tokens: &[Token<'_>],
    ) -> Result<Option<(super::symbols::SymId, i64, Reference, Claim)>, Fault> {
        let text = unquoted(name.text);
        let quoted = name.text.starts_with('"');
        let fault = |kind| Fault::new(name.at, kind);
        let reference = match name.role {
            Role::Jump16 => Reference::Jump16,
            Role::Jump32 => Reference::Jump32,
            Role::Call => Reference::Call,
            Role::Load => Reference::Load,
        };
        let _ = tokens;
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
        let symbol = self.symbol_of(&text, name.at);
        match reference {
            Reference::Call => *insn = call(),
            Reference::Load => insn.imm = i64::from(name.plus as u32),
            Reference::Jump16 | Reference::Jump32 => {}
        }
        Ok(Some((symbol, name.plus, reference, Claim::Any)))
    }

    /// Remembers a call of a helper by name, because a function of the file with that name comes first.
    fn note_helper(&mut self, insn: &Insn, tokens: &[Token<'_>], section: u32, offset: u64) {
        if insn.code == Opcode::CALL
            && insn.src() == pseudo::HELPER
            && let Some(name) = tokens.last()
            && !name.text.starts_with(|c: char| c.is_ascii_digit())
            && Helper::from_name(name.text).is_some()
        {
            self.helper_calls.push((section, offset, insn.imm as u32));
        }
    }

    /// A jump back within a section, which needs no waiting.
    fn jump_now(&mut self, insn: &mut Insn, fix: &Fix) -> bool {
        if !matches!(fix.reference, Reference::Jump16 | Reference::Jump32) || fix.addend != 0 {
            return false;
        }
        let Some(Where::Section { section, offset }) = self.symbols.get(fix.symbol).map(|s| s.place) else {
            return false;
        };
        if section != fix.section {
            return false;
        }
        let slots = (offset as i64 - fix.offset as i64) / 8 - 1;
        match fix.reference {
            Reference::Jump16 => i16::try_from(slots).map(|off| insn.off = off).is_ok(),
            _ => i32::try_from(slots).map(|imm| insn.imm = imm.into()).is_ok(),
        }
    }

    /// Appends the bytes of an instruction, or puts them where it stood.
    fn emit(&mut self, insn: &Insn, section: u32) -> Result<[u8; 16], Kind> {
        let endian = self.image.endian;
        let first = Raw { code: insn.code, regs: insn.regs, off: insn.off, imm: insn.imm as i32 }.to_bytes(endian);
        let second = Raw::new(Opcode(0), Reg(0), Reg(0), 0, (insn.imm >> 32) as i32).to_bytes(endian);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&first);
        bytes[8..].copy_from_slice(&second);
        let made = bytes;
        let bytes = if insn.is_wide() { &made[..] } else { &made[..8] };
        if let Some((section, offset)) = self.again {
            let place =
                self.image.at_mut(section).and_then(|s| s.data.get_mut(offset as usize..)?.get_mut(..bytes.len()));
            if let Some(place) = place {
                place.copy_from_slice(bytes);
            }
            return Ok(made);
        }
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
        self.image.append(section, bytes)?;
        Ok(made)
    }

    /// Records the line of an instruction, and what was said before it.
    fn record(&mut self, section: u32, offset: u64, loc: super::place::Loc) {
        if let Some(core) = self.next_core.take() {
            self.cores.push(CoreAt { section, offset: offset as u32, ..core });
        }
        let source = match self.next_line.take() {
            Some(given) => LineSource::Given(given),
            None if self.given.is_empty() && self.wants_lines() => LineSource::Here(loc),
            None => return,
        };
        self.lines.push(LineAt { section, offset: offset as u32, source });
    }
}

/// A call whose target is a relocation's.
fn call() -> Insn {
    Insn::new(Opcode::CALL, Reg(0), pseudo::CALL, 0, -1)
}
