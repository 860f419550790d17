//! Pass: a program's functions as one stream, references turned into numbers.

mod data;

use alloc::vec::Vec;

use hashbrown::{HashMap, HashSet};

use crate::{
    Code, Error, FuncInfo, Kind, LineInfo, Linked, Note, Slot, Target, Why,
    addresses::Addresses,
    arena::Arena,
    arg_ctx::Redeclared,
    core::{Core, MAX_ERRORS, Patch, Write},
    downgrade::Helpers,
    externs::{Answer, Externs},
    object::{
        Function,
        isa::{ExternIdx, FuncIdx, Insn, InsnIdx, MapIdx, Opcode, Raw, Ref, Reg, encode, opcode::pseudo},
        uapi::{Feature, ProgType},
    },
    place::place,
    reach::Reach,
    struct_ops::Tables,
};

/// The call that stands where CO-RE found nothing.
const POISON_CORE: i32 = 0x0bad_2310;
/// The first of the calls that stand for maps that are not created.
const POISON_MAP: i32 = 2_001_000_000;
/// The first of the calls that stand for optional kernel functions that do not exist.
const POISON_KFUNC: i32 = 2_002_000_000;

/// What assembling needs to know.
pub(crate) struct Input<'a> {
    pub linked: &'a Linked,
    pub target: &'a Target,
    pub core: Core<'a>,
    pub externs: Externs,
    /// For each map, whether it is created.
    pub created: Vec<bool>,
    /// What struct_ops programs are loaded with.
    pub tables: Tables,
    /// Where the variables of the arena lie.
    pub arena: Arena,
    /// The variables that hold addresses.
    pub addresses: Addresses,
    /// Functions that are declared anew for programs of a type.
    pub redeclared: Redeclared,
    pub helpers: Helpers,
    /// Whether this kernel takes func and line info.
    pub infos: bool,
}

/// A stream under construction.
struct Stream<'a> {
    input: &'a Input<'a>,
    prog_type: ProgType,
    reach: &'a Reach,
    code: Code,
    errors: Vec<Error>,
    /// Externs already complained of.
    reported: HashSet<ExternIdx>,
    /// Features that are missing and were complained of.
    lacks: HashSet<Feature>,
    /// Maps with addresses in them that were complained of.
    addresses: HashSet<MapIdx>,
    /// The jump tables so far, by their position in the object's: the position in the program's.
    jumps: HashMap<u32, u32>,
    /// Refusals already complained of.
    refused: HashSet<u32>,
}

/// Writes the functions of a program one after the other; with everything that is wrong with one of its instructions.
pub(crate) fn assemble(input: &Input<'_>, reach: &Reach, prog_type: ProgType) -> (Code, Vec<Error>) {
    // Every size is known, so that nothing grows and nothing is left over.
    let infos = |count: u32| if input.infos { count as usize } else { 0 };
    let code = Code {
        slots: Vec::with_capacity(reach.slots as usize),
        fds: Vec::new(),
        held: Vec::new(),
        func_info: Vec::with_capacity(infos(reach.order.len() as u32)),
        line_info: Vec::with_capacity(infos(reach.lines)),
        notes: Vec::with_capacity(reach.facts as usize),
        jumps: Vec::new(),
    };
    let mut stream = Stream {
        input,
        prog_type,
        reach,
        code,
        errors: Vec::new(),
        reported: HashSet::new(),
        refused: HashSet::new(),
        lacks: HashSet::new(),
        addresses: HashSet::new(),
        jumps: HashMap::new(),
    };
    for &func in &reach.order {
        if let Some(function) = input.linked.funcs().get(func.at()) {
            stream.function(func, function);
        }
    }
    stream.settle_infos();
    (stream.code, stream.errors)
}

impl Stream<'_> {
    fn function(&mut self, func: FuncIdx, function: &Function) {
        let core = &self.input.core;
        let room = MAX_ERRORS.saturating_sub(self.errors.len());
        let errors = core.errors(func).iter().take(room);
        self.errors.extend(errors.map(|(site, kind)| Error::new(site.clone(), kind.clone())));
        if self.input.infos && function.type_id.0 != 0 {
            let again = self.input.redeclared.get(&(function.type_id, self.prog_type));
            let type_id = again.copied().unwrap_or(function.type_id);
            self.code.func_info.push(FuncInfo { insn: self.here(), type_id });
        }
        for (i, insn) in function.insns.iter().enumerate() {
            let at = self.here();
            if self.input.infos && !insn.line.is_none() {
                self.code.line_info.push(LineInfo { insn: at, line: insn.line });
            }
            if let Err(error) = encode(insn, &mut self.code.slots) {
                // Keeps what follows in its place; the program has failed.
                self.code.slots.push(Raw::default());
                self.fail(func, i, Kind::Encode(error));
                continue;
            }
            if insn.meta.facts().is_some() {
                if let Err(kind) = self.settle(at, insn, core.patch(insn)) {
                    self.fail(func, i, kind);
                }
            } else if let Some((from, to)) = self.input.helpers.replace(&mut self.code.slots[at.at()]) {
                self.note(at, insn, Why::Helper(from, to));
            }
        }
    }

    /// The slot that is written next.
    fn here(&self) -> InsnIdx {
        InsnIdx(self.code.slots.len() as u32)
    }

    fn fail(&mut self, func: FuncIdx, position: usize, kind: Kind) {
        // The program has failed; more is not read.
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(Error::new(place(self.input.linked, func, position), kind));
        }
    }

    fn note(&mut self, at: InsnIdx, original: &Insn, why: Why) {
        self.code.notes.push(Note { insn: at, original: original.clone(), why });
    }

    /// Changes the slots just written as CO-RE and the reference ask.
    fn settle(&mut self, at: InsnIdx, insn: &Insn, patch: Option<Patch>) -> Result<(), Kind> {
        if let (Some(patch), Some(record)) = (patch, insn.meta.core()) {
            self.write(at, patch.write);
            self.code.fds.extend(patch.module.map(|module| (InsnIdx(at.0 + 1), Slot::TypeBtf(module))));
            self.note(at, insn, Why::Core(record.clone(), patch.outcome));
        }
        match insn.meta.reference() {
            None => Ok(()),
            Some(Ref::Func { func, at: inside }) => self.func(at, insn, func, inside),
            Some(Ref::Map(map)) => self.map(at, insn, map, None),
            Some(Ref::Value { map, off }) => self.map(at, insn, map, Some(off)),
            Some(Ref::Extern(ext)) => self.external(at, insn, ext),
            Some(Ref::JumpTable(idx)) => self.jump_table(at, insn, idx),
            Some(Ref::Refused(i)) => self.refused(i),
            Some(_) => Err(Kind::Unsupported { what: "this kind of reference" }),
        }
    }

    /// What the instruction refers to is not to be had.
    fn refused(&mut self, i: u32) -> Result<(), Kind> {
        let Some(error) = self.input.linked.refused().get(i as usize) else {
            return Err(Kind::Reference { why: "the refusal does not exist" });
        };
        if self.refused.insert(i) { Err(Kind::Refused(error.clone())) } else { Ok(()) }
    }

    fn first(&mut self, at: InsnIdx) -> &mut Raw {
        &mut self.code.slots[at.at()]
    }

    /// Writes both immediates of a wide load.
    fn wide(&mut self, at: InsnIdx, src: Reg, low: i32, high: i32) {
        let first = self.first(at);
        *first = Raw { imm: low, ..first.with_src(src) };
        if let Some(second) = self.code.slots.get_mut(at.at() + 1) {
            second.imm = high;
        }
    }

    /// Turns every slot from `at` to the end into a call that the verifier refuses.
    fn poison(&mut self, at: InsnIdx, number: i32) {
        let call = Raw::new(Opcode::CALL, Reg(0), pseudo::HELPER, 0, number);
        self.code.slots[at.at()..].fill(call);
    }

    fn write(&mut self, at: InsnIdx, write: Write) {
        match write {
            Write::Poison => self.poison(at, POISON_CORE),
            Write::Access(off, code) => {
                let first = self.first(at);
                (first.off, first.code) = (off, code);
            }
            Write::Imm(value) => {
                self.first(at).imm = value as i32;
                if let Some(second) = self.code.slots.get_mut(at.at() + 1) {
                    second.imm = (value >> 32) as i32;
                }
            }
        }
    }

    /// A call, or the address, of a function of the program: its distance in slots.
    fn func(&mut self, at: InsnIdx, insn: &Insn, func: FuncIdx, inside: InsnIdx) -> Result<(), Kind> {
        let start = self.reach.starts.get(&func).ok_or(Kind::Reference { why: "the function does not exist" })?;
        let distance = i64::from(start.0) + i64::from(inside.0) - i64::from(at.0) - 1;
        let first = self.first(at);
        first.imm = i32::try_from(distance).map_err(|_| Kind::Reference { why: "the function is too far away" })?;
        let src = match insn.code {
            Opcode::CALL => pseudo::CALL,
            _ if insn.is_wide() => pseudo::FUNC,
            _ => return Err(Kind::Reference { why: "only a call or a 64-bit load can refer to a function" }),
        };
        *first = first.with_src(src);
        if let Some(f) = self.input.linked.funcs().get(func.at()) {
            self.note(at, insn, Why::Func(f.name.clone()));
        }
        Ok(())
    }

    /// What the kernel provides.
    fn external(&mut self, at: InsnIdx, insn: &Insn, ext: ExternIdx) -> Result<(), Kind> {
        let absent = Kind::Reference { why: "the extern does not exist" };
        let answer = match self.input.externs.answer(ext) {
            Some(Ok(answer)) => *answer,
            // One report for each program is enough, however often it is used.
            Some(Err(kind)) => return if self.reported.insert(ext) { Err(kind.clone()) } else { Ok(()) },
            None => return Err(absent),
        };
        let is_call = insn.code == Opcode::CALL;
        match answer {
            Answer::Type { found, fd_index } if is_call => {
                let first = self.first(at);
                *first = Raw { imm: found.id.0 as i32, off: fd_index, ..first.with_src(pseudo::KFUNC_CALL) };
            }
            Answer::NoFunction(number) | Answer::OtherFunction(number) if is_call => {
                self.poison(at, POISON_KFUNC.saturating_add(number as i32))
            }
            _ if !insn.is_wide() => return Err(Kind::Reference { why: "only a 64-bit load can refer to a variable" }),
            Answer::Value { map, offset } => {
                self.wide(at, pseudo::MAP_VALUE, 0, offset as i32);
                self.code.fds.push((at, Slot::Map(map)));
            }
            Answer::Address(address) => self.wide(at, insn.src(), address as i32, (address >> 32) as i32),
            Answer::NoFunction(_) | Answer::OtherFunction(_) => self.wide(at, insn.src(), 0, 0),
            Answer::Type { found, .. } => {
                self.wide(at, pseudo::BTF_ID, found.id.0 as i32, 0);
                if let Some(module) = found.module {
                    self.code.fds.push((InsnIdx(at.0 + 1), Slot::ModuleBtf(module)));
                }
            }
        }
        if let Some(ext) = self.input.linked.externs().get(ext.at()) {
            self.note(at, insn, Why::Extern(ext.name.clone(), answer.provided(self.input.target)));
        }
        Ok(())
    }

    /// Info on functions and lines is for all functions or for none: kernels refuse anything between.
    fn settle_infos(&mut self) {
        if self.code.func_info.len() != self.reach.order.len() {
            self.code.func_info = Vec::new();
        }
        let mut lines = self.code.line_info.iter().map(|info| info.insn).peekable();
        // Functions stand in the order in which they were found.
        let mut starts = self.reach.order.iter().filter_map(|func| self.reach.starts.get(func));
        let complete = starts.all(|start| {
            while lines.next_if(|line| line < start).is_some() {}
            lines.peek() == Some(start)
        });
        if !complete {
            self.code.line_info = Vec::new();
        }
    }
}
