//! All passes, in the order in which they run.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use smallvec::SmallVec;

use crate::{
    AttachTo, Config, Contents, Error, Kind, Linked, MapSpec, Program, Relocated, Selection, Target, Unavailable,
    addresses::Addresses,
    arena::Arena,
    arg_ctx::Contexts,
    assemble::{Input, assemble},
    attach::{self, Question},
    core::core,
    downgrade::Helpers,
    edges::Edges,
    externs::{self, Externs, SEARCHES, externs},
    lookup::{Found, Wanted, look_up},
    maps::{Settled, maps},
    object::{
        Errors, Program as Entry, Site,
        isa::{FuncIdx, Ref},
        uapi::{Feature, ProgFlags, ProgType},
    },
    place::beginning,
    program::{attach_type, definition, flags},
    reach::{Reach, reach},
    select::select,
    struct_ops::{self, Plan, Tables, lay_out, plans},
    types::types,
};

/// The most slots of all programs together, 8 for each that the kernel takes in one program. Programs share functions and
/// each gets its own copy, so that without a bound the result is quadratic in the object.
const MAX_SLOTS: u32 = 8_000_000;

/// Relocates a linked object for a kernel.
///
/// What is wrong with one program stands in that program's [`Program::code`]; it fails no other.
///
/// # Errors
/// What is wrong with the whole: a program asked for by name that does not exist, BTF that does not hold together.
pub fn relocate(linked: &Linked, target: &Target, config: &Config) -> Result<Relocated, Errors<Kind>> {
    let (mut relocated, programs) = relocate_each(linked, target, config)?;
    relocated.programs.extend(programs);
    Ok(relocated)
}

/// As [`relocate`], for those who need one program at a time: each is assembled when it is asked for, so that the code of
/// all of them never exists at once. [`Relocated::programs`] is empty.
///
/// # Errors
/// As [`relocate`].
pub fn relocate_each<'a>(
    linked: &'a Linked,
    target: &'a Target,
    config: &Config,
) -> Result<(Relocated, Programs<'a>), Errors<Kind>> {
    let plans = plans(linked, config)?;
    let created = plans.created(linked, config);
    let entries = select(linked, config, &plans)?;
    let edges = Edges::of(linked, target);
    let callbacks: SmallVec<[_; 4]> = entries.iter().map(|entry| edges.find(linked, entry.func)).collect();
    let mut room = MAX_SLOTS;
    let reach = |(entry, callback): (&&Entry, &Result<_, _>)| {
        if room == 0 {
            return Reach::default();
        }
        let reach = reach(linked, entry.func, callback.as_ref().map_or(&[][..], Vec::as_slice));
        room = room.saturating_sub(reach.slots);
        reach
    };
    let reaches: Vec<Reach> = entries.iter().zip(&callbacks).map(reach).collect();
    let arena = Arena::of(linked, target, config);
    let used = Used::of(linked, &arena, &reaches);
    let core = core(linked, target, config, &used.funcs);
    let only = matches!(config.selection, Selection::Only(_)).then_some(&*used.maps);
    let mut wanted: SmallVec<[FuncIdx; 16]> = entries.iter().map(|entry| entry.func).collect();
    wanted.sort_unstable();
    let plans = plans.concerned(only.is_none(), |func| wanted.binary_search(&func).is_ok());
    let (attach, mut externs, tables) = kernel_types(linked, target, config, &entries, &used, &plans);
    let settled = Settled { externs: &externs, tables: &tables, arena: &arena };
    let maps = maps(linked, target, config, &settled, &created, only);
    let contexts = Contexts::of(linked, target, &entries, &reaches);
    let types = types(linked, target, &contexts).map_err(|error| Error::new(Site::default(), Kind::Btf(error)));
    let (btf, redeclared) = types?;
    let infos = btf.is_some() && target.has(Feature::BtfFunc);
    let attaches = |to: &Result<Option<AttachTo>, Kind>| matches!(to, Ok(Some(to)) if to.module.is_some());
    let of_module = |map: &MapSpec| matches!(&map.contents, Contents::Table(table) if table.module.is_some());
    let needs_modules = externs.need_modules()
        || core.need_modules()
        || tables.need_modules()
        || attach.iter().any(attaches)
        || maps.iter().any(of_module);
    let relocated = Relocated {
        name: linked.name().clone(),
        endian: linked.endian(),
        license: linked.license().into(),
        version: linked.version(),
        btf,
        maps,
        programs: Vec::new(),
        vars: arena.variables(linked),
        modules: if needs_modules { target.modules().to_vec() } else { Vec::new() },
        fd_array: core::mem::take(&mut externs.fd_array),
    };
    let misplaced = |reach: &Reach| edges.misplaced(linked, reach.order.get(1..).unwrap_or_default());
    let each = entries.into_iter().zip(attach).zip(reaches).zip(callbacks);
    let each = each.map(|(((entry, attach), reach), found)| {
        let fault = found.err().or_else(|| misplaced(&reach));
        Open { entry, attach, reach, fault }
    });
    let open = each.collect::<Vec<_>>().into_iter();
    let helpers = Helpers::of(target);
    let addresses = Addresses::of(linked);
    let input = Input { linked, target, core, externs, created, tables, arena, addresses, redeclared, helpers, infos };
    Ok((relocated, Programs { input, open }))
}

/// The programs that were wanted, in the order of the object; see [`relocate_each`].
pub struct Programs<'a> {
    input: Input<'a>,
    open: vec::IntoIter<Open<'a>>,
}

/// A program that is settled, but not assembled.
struct Open<'a> {
    entry: &'a Entry,
    attach: Result<Option<AttachTo>, Kind>,
    reach: Reach,
    /// What is wrong with its exception callback.
    fault: Option<Kind>,
}

impl Iterator for Programs<'_> {
    type Item = Program;

    fn next(&mut self) -> Option<Program> {
        let Open { entry, attach, reach, fault } = self.open.next()?;
        Some(program(&self.input, entry, attach, &reach, fault))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.open.size_hint()
    }
}

impl ExactSizeIterator for Programs<'_> {}

/// What the wanted programs use, all together.
pub(crate) struct Used {
    /// Functions, in the order of the object.
    funcs: SmallVec<[FuncIdx; 16]>,
    /// For each map, whether it is.
    maps: Vec<bool>,
    /// For each extern, whether it is.
    pub(crate) externs: Vec<bool>,
    /// For each extern, whether its address is: that is how programs ask whether it exists.
    pub(crate) asked: Vec<bool>,
}

impl Used {
    fn of(linked: &Linked, arena: &Arena, reaches: &[Reach]) -> Self {
        let mut funcs: SmallVec<[FuncIdx; 16]> = reaches.iter().flat_map(|reach| reach.order.iter().copied()).collect();
        funcs.sort_unstable();
        funcs.dedup();
        let (mut maps, mut externs) = (vec![false; linked.maps().len()], vec![false; linked.externs().len()]);
        let mut asked = vec![false; linked.externs().len()];
        let insns = funcs.iter().filter_map(|f| linked.funcs().get(f.at())).flat_map(|f| &f.insns);
        for (insn, reference) in insns.filter_map(|insn| Some((insn, insn.meta.reference()?))) {
            let flag = match reference {
                Ref::Map(map) => maps.get_mut(map.at()),
                Ref::Value { map, .. } => maps.get_mut(arena.resolve(map).map_or(map, |(map, _)| map).at()),
                Ref::Extern(ext) => {
                    use crate::object::ExternKind::Kconfig;
                    if let Some(Kconfig { map, .. }) = linked.externs().get(ext.at()).map(|e| e.kind) {
                        maps.get_mut(map.at()).into_iter().for_each(|flag| *flag = true);
                    }
                    asked.get_mut(ext.at()).into_iter().for_each(|flag| *flag |= insn.is_wide());
                    externs.get_mut(ext.at())
                }
                _ => None,
            };
            flag.into_iter().for_each(|flag| *flag = true);
        }
        Self { funcs, maps, externs, asked }
    }
}

/// Attach targets and externs, for which the kernel's types are gone through once.
fn kernel_types(
    linked: &Linked,
    target: &Target,
    config: &Config,
    entries: &[&Entry],
    used: &Used,
    plans: &[(&Plan, bool)],
) -> (Vec<Result<Option<AttachTo>, Kind>>, Externs, Tables) {
    let questions: SmallVec<[_; 4]> = entries.iter().map(|entry| attach::question(linked, entry)).collect();
    let for_programs: SmallVec<[Option<Result<Wanted, Kind>>; 4]> =
        questions.iter().map(|q| Some(q.as_ref().ok()?.as_ref()?.wanted(target))).collect();
    let for_externs = externs::wanted(linked, &used.externs);
    let attach_types = for_programs.iter().filter_map(|w| w.as_ref()?.as_ref().ok());
    let all = attach_types.chain(for_externs.iter().map(|(_, wanted)| wanted)).cloned();
    let all: Vec<Wanted> = all.chain(struct_ops::wanted(plans)).collect();
    let found = look_up(target, &all);
    let mut next = found.as_ref().map(|found| found.iter().copied());
    let mut take = || -> Result<Option<Found>, Unavailable> {
        next.as_mut().map(|found| found.next().flatten()).map_err(|why| (*why).clone())
    };
    let mut searches = 0..SEARCHES;
    let mut settle = |(question, wanted)| settle(target, question, wanted, &mut take, &mut searches);
    let attach = questions.into_iter().zip(for_programs).map(&mut settle);
    let attach = attach.collect();
    let types = for_externs.into_iter().map(|(i, wanted)| take().map(|found| (i, wanted, found))).collect();
    let tables = lay_out(linked, target, plans, take);
    (attach, externs(linked, target, config, used, types), tables)
}

fn settle(
    target: &Target,
    question: Result<Option<Question<'_>>, Kind>,
    wanted: Option<Result<Wanted, Kind>>,
    take: &mut impl FnMut() -> Result<Option<Found>, Unavailable>,
    searches: &mut Range<u32>,
) -> Result<Option<AttachTo>, Kind> {
    let (Some(question), Some(wanted)) = (question?, wanted) else { return Ok(None) };
    let wanted = wanted?;
    let found = take().map_err(Kind::Unavailable)?;
    let search = found.is_none() && searches.next().is_some();
    question.settle(target, &wanted, found, search).map(Some)
}

/// One program, or all that is wrong with it.
fn program(
    input: &Input<'_>,
    entry: &Entry,
    attach: Result<Option<AttachTo>, Kind>,
    reach: &Reach,
    fault: Option<Kind>,
) -> Program {
    let linked = input.linked;
    let mut errors = Vec::new();
    let mut fail = |kind| errors.push(Error::new(beginning(linked, entry.func), kind));
    fault.into_iter().for_each(&mut fail);
    let def = definition(entry).map_err(&mut fail).ok();
    let mut attach_to = attach.map_err(&mut fail).ok().flatten();
    let mut attach_type = def.and_then(|def| attach_type(def, input.target));
    if reach.order.is_empty() {
        fail(Kind::Unsupported { what: "more than 8 million instructions in all programs of an object together" });
    }
    if def.is_some_and(|def| def.prog_type == ProgType::STRUCT_OPS)
        && let Ok(slot) = input.tables.slot(entry.func).map_err(&mut fail)
    {
        (attach_to, attach_type) = (Some(slot.attach_to), Some(slot.attach_type));
    }
    let prog_type = def.map_or(ProgType::UNSPEC, |def| def.prog_type);
    let (code, more) = assemble(input, reach, prog_type);
    errors.extend(more);
    let (code, partial) = match Errors::check(errors) {
        Ok(()) => (Ok(code), None),
        Err(errors) => (Err(errors), Some(code)),
    };
    Program {
        name: linked.funcs().get(entry.func.at()).map(|f| f.name.clone()).unwrap_or_default(),
        func: entry.func,
        section: entry.section.clone(),
        prog_type,
        attach_type,
        flags: def.map_or(ProgFlags(0), flags),
        attach_to,
        code,
        partial,
    }
}
