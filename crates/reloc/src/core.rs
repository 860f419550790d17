//! Pass: what CO-RE records make of the instructions that bear them.

use alloc::{vec, vec::Vec};

use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::{
    Config, Kind, Linked, ModuleIdx, Outcome, Target,
    object::{
        Function, Site,
        btf::{
            Btf,
            core::{Answer, ErrorKind, Matcher, Miss, Module, Record, Source, Target as Number, Targets},
        },
        isa::{CoreRecord, FuncIdx, Insn, Opcode, opcode::Class},
        uapi::btf::CoreKind,
    },
    place::place,
};

/// The most errors that are reported of one function: each is looked for from its beginning.
pub(crate) const MAX_ERRORS: usize = 64;

/// What is written into an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Write {
    /// The immediate; 64 bits of it if the instruction is a wide load.
    Imm(u64),
    /// The offset, and the opcode with the size of the access.
    Access(i16, Opcode),
    /// A call that the verifier refuses.
    Poison,
}

/// One instruction's change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patch {
    /// What is written.
    pub write: Write,
    /// What is said of it.
    pub outcome: Outcome,
    /// The module whose BTF's descriptor goes into the upper half of a wide load.
    pub module: Option<ModuleIdx>,
}

/// What follows the flavour's underscores in the name of a type whose id is asked for together with the id of its BTF
/// object, where others get a descriptor of it.
const BY_ID: &str = "___btf_id";

/// An answer, and what the upper half of a wide load is to say besides it.
#[derive(Clone, Copy, Debug)]
struct Settled {
    answer: Answer,
    object: BtfObject,
}

/// The BTF object that the id of a type is from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum BtfObject {
    /// The kernel's own, or nothing was asked about ids.
    Kernel,
    /// A module's, by descriptor.
    Fd(ModuleIdx),
    /// A module's, by the id of the object.
    Id(u32),
}

/// The answers to all questions that the wanted functions ask, each given once however many instructions ask it.
#[derive(Debug, Default)]
pub(crate) struct Core<'a> {
    answers: HashMap<&'a CoreRecord, Settled>,
    errors: HashMap<FuncIdx, Vec<(Site, Kind)>>,
}

impl Core<'_> {
    /// The change of an instruction. None if it is not to be had, which is among the errors of its function.
    pub(crate) fn patch(&self, insn: &Insn) -> Option<Patch> {
        patch(insn, self.answers.get(insn.meta.core()?)?).ok()
    }

    /// Whether descriptors of modules' BTF are asked for.
    pub(crate) fn need_modules(&self) -> bool {
        self.answers.values().any(|settled| matches!(settled.object, BtfObject::Fd(_)))
    }

    /// What is wrong in a function.
    pub(crate) fn errors(&self, func: FuncIdx) -> &[(Site, Kind)] {
        self.errors.get(&func).map_or(&[], Vec::as_slice)
    }
}

/// A target as CO-RE searches it: its own types and those of its modules, or others in their place.
pub(crate) struct Types<'a>(pub(crate) &'a Target, pub(crate) Option<&'a Btf>);

impl Targets for Types<'_> {
    fn kernel(&self) -> Option<&Btf> {
        self.1.or_else(|| self.0.vmlinux().ok().map(|btf| &**btf))
    }

    fn modules(&self) -> Vec<Module<'_>> {
        if self.1.is_some() {
            return Vec::new();
        }
        let open = |(i, module): (usize, &'_ crate::Module)| {
            let _ = module;
            Some((i, &**self.0.module_btf(ModuleIdx(i as u32)).ok()?))
        };
        let opened = self.0.modules().iter().enumerate().filter_map(open);
        opened.map(|(i, btf)| Module { name: &self.0.modules()[i].name, btf }).collect()
    }
}

/// Answers all records of the functions, which come in the order of the object.
pub(crate) fn core<'a>(linked: &'a Linked, target: &Target, config: &Config, funcs: &[FuncIdx]) -> Core<'a> {
    let mut core = Core::default();
    let Some(local) = linked.btf() else { return core };
    let types = Types(target, config.core_types.as_deref());
    let mut matcher = Matcher::new(local, &types);
    let asks_kernel = |record: &&CoreRecord| record.kind != CoreKind::TYPE_ID_LOCAL;
    let all = funcs.iter().filter_map(|f| linked.funcs().get(f.at())).flat_map(records);
    let mut roots: SmallVec<[_; 16]> =
        all.map(|(_, _, record)| record).filter(asks_kernel).map(|record| record.type_id).collect();
    roots.sort_unstable();
    roots.dedup();
    if !roots.is_empty() {
        core.answers.reserve(roots.len().max(8));
        matcher.prepare(roots);
    }
    // The same question is asked again and again: few objects look at more than some dozens of members.
    for &func in funcs {
        let Some(function) = linked.funcs().get(func.at()) else { continue };
        for (i, insn, record) in records(function) {
            let answer = match core.answers.get(record) {
                Some(settled) => Ok(*settled),
                None => answer(&mut matcher, target, record).map(|answer| {
                    let settled = Settled { answer, object: object(&matcher, local, target, record, &answer) };
                    core.answers.insert(record, settled);
                    settled
                }),
            };
            if let Err(kind) = answer.and_then(|settled| patch(insn, &settled)) {
                let errors = core.errors.entry(func).or_insert(vec![]);
                if errors.len() < MAX_ERRORS {
                    errors.push((place(linked, func, i), kind));
                }
            }
        }
    }
    core
}

/// Why a record found nothing in a kernel, with what came closest. It goes through all of the kernel's types, so it is to
/// be asked when a program was refused, not before.
pub fn miss(linked: &Linked, target: &Target, record: &CoreRecord) -> Option<Miss> {
    let types = Types(target, None);
    let question = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
    Matcher::new(linked.btf()?, &types).miss(&question)
}

fn records(function: &Function) -> impl Iterator<Item = (usize, &Insn, &CoreRecord)> {
    function.insns.iter().enumerate().filter_map(|(i, insn)| Some((i, insn, insn.meta.core()?)))
}

fn answer(matcher: &mut Matcher<'_>, target: &Target, record: &CoreRecord) -> Result<Answer, Kind> {
    let question = Record { type_id: record.type_id, kind: record.kind, access: &record.access };
    matcher.resolve(&question).map_err(|error| match (&error.kind, target.vmlinux()) {
        (ErrorKind::NoTarget, Err(why)) => Kind::Unavailable(why),
        _ => Kind::Core(error),
    })
}

/// The BTF object that goes with an answer: the id of a type means nothing without it, if a module has the type.
fn object(matcher: &Matcher<'_>, local: &Btf, target: &Target, record: &CoreRecord, answer: &Answer) -> BtfObject {
    let Some(Source::Module(i)) = answer.candidate.map(|candidate| candidate.source) else { return BtfObject::Kernel };
    if record.kind != CoreKind::TYPE_ID_TARGET {
        return BtfObject::Kernel;
    }
    // Modules that cannot be read were passed over, so that positions among the others are not those of the target.
    let name = matcher.modules().get(i).map(|module| module.name);
    let modules = target.modules();
    let Some(at) = modules.iter().position(|module| Some(&*module.name) == name) else { return BtfObject::Kernel };
    match local.name(record.type_id).ends_with(BY_ID) {
        true => BtfObject::Id(modules.get(at).map_or(0, |module| module.btf_id)),
        false => BtfObject::Fd(ModuleIdx(at as u32)),
    }
}

/// What an answer makes of an instruction.
fn patch(insn: &Insn, settled: &Settled) -> Result<Patch, Kind> {
    let answer = &settled.answer;
    let done = |write, outcome| Ok(Patch { write, outcome, module: None });
    let refuse = |why, found, expected| Err(Kind::CorePatch { why, found, expected });
    let unchanged = |present: u64| !answer.checked || present == answer.local;
    let local = answer.local;
    let form = match insn.code.class() {
        Class::ALU | Class::ALU64 if insn.code.0 & 8 == 0 => Form::Imm,
        Class::LDX | Class::ST | Class::STX => Form::Access,
        Class::LD if insn.is_wide() && insn.src().0 == 0 && insn.off == 0 => Form::Wide,
        _ => return refuse("the record is on an instruction that holds no such number", insn.code.0.into(), local),
    };
    let Number::Value(value) = answer.target else {
        return done(Write::Poison, Outcome::Absent);
    };
    let present = if form == Form::Access { i64::from(insn.off) as u64 } else { insn.imm as u64 };
    if !unchanged(present) {
        return refuse("the instruction does not hold the number that the object's types give", present, local);
    }
    let changed = Outcome::Number { from: present, to: value };
    match form {
        Form::Wide => match settled.object {
            BtfObject::Kernel => done(Write::Imm(value), changed),
            BtfObject::Fd(module) => Ok(Patch { write: Write::Imm(value), outcome: changed, module: Some(module) }),
            BtfObject::Id(id) => {
                let to = value | u64::from(id) << 32;
                done(Write::Imm(to), Outcome::Number { from: present, to })
            }
        },
        Form::Imm if i32::try_from(value as i64).is_err() && u32::try_from(value).is_err() => {
            refuse("the number does not fit the immediate", value, u32::MAX.into())
        }
        Form::Imm => done(Write::Imm(value), changed),
        Form::Access => match i16::try_from(value) {
            Err(_) => refuse("the offset does not fit the instruction", value, i16::MAX as u64),
            Ok(_) if !answer.sizes.adjustable => {
                let (from, to) = (answer.sizes.local, answer.sizes.target);
                done(Write::Poison, Outcome::Width { from, to })
            }
            Ok(off) => done(Write::Access(off, resized(insn.code, answer)?), changed),
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Imm,
    Wide,
    Access,
}

/// The opcode with the size of the kernel's field in place of the object's.
fn resized(code: Opcode, answer: &Answer) -> Result<Opcode, Kind> {
    const SIZES: [(u8, u32); 4] = [(0x00, 4), (0x08, 2), (0x10, 1), (0x18, 8)];
    const SIZE_BITS: u8 = 0x18;
    let (from, to) = (answer.sizes.local, answer.sizes.target);
    if from == to {
        return Ok(code);
    }
    let refuse =
        |why, found: u32, expected: u32| Err(Kind::CorePatch { why, found: found.into(), expected: expected.into() });
    let present = SIZES.iter().find(|(bits, _)| *bits == code.0 & SIZE_BITS).map_or(0, |(_, size)| *size);
    if present != from {
        return refuse("the instruction accesses another number of bytes than the object's field has", present, from);
    }
    match SIZES.iter().find(|(_, size)| *size == to) {
        Some((bits, _)) => Ok(Opcode(code.0 & !SIZE_BITS | bits)),
        None => refuse("the kernel's field has a size that no instruction accesses", to, 8),
    }
}
