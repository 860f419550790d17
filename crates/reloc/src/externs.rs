//! Pass: what the kernel provides for each extern that is used.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    sync::Arc,
    vec,
    vec::Vec,
};

use crate::{
    Config, Kind, Linked, ModuleIdx, Provided, Target, Unavailable,
    kconfig::{Kconfig, kconfig},
    kfunc::{aliased, are_alike},
    lookup::{Found, Wanted, names},
    object::{
        Extern, ExternKind,
        btf::{
            Btf, Kind as BtfKind, Type, TypeId,
            core::{declarations_are_compatible, essential},
            nearest,
        },
        isa::{ExternIdx, MapIdx},
    },
    relocate::Used,
};

/// So many absent names are given with the nearest there is: to look for that is a pass over all names of the kernel.
pub(crate) const SEARCHES: u32 = 32;

/// What stands for an extern in the instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// A byte of the `.kconfig` map.
    Value { map: MapIdx, offset: u32 },
    /// An address; 0 for what is optional and absent.
    Address(u64),
    /// A type of the kernel. For functions of modules, `fd_index` is the position in `fd_array`.
    Type { found: Found, fd_index: i16 },
    /// An optional function that does not exist; the number says which in the call that stands for it.
    NoFunction(u32),
    /// An optional function that has another type, and is as good as absent.
    OtherFunction(u32),
}

/// The answers.
#[derive(Debug, Default)]
pub(crate) struct Externs {
    answers: Vec<Option<Result<Answer, Kind>>>,
    /// The contents of the `.kconfig` map.
    pub kconfig: Arc<[u8]>,
    /// The modules that functions are called of, by position in `fd_array` less 1.
    pub fd_array: Vec<ModuleIdx>,
}

impl Externs {
    /// What stands for an extern; none if it was not asked for.
    pub(crate) fn answer(&self, ext: ExternIdx) -> Option<&Result<Answer, Kind>> {
        self.answers.get(ext.at())?.as_ref()
    }

    /// Whether anything is in a module.
    pub(crate) fn need_modules(&self) -> bool {
        let in_module = |answer: &_| matches!(answer, Some(Ok(Answer::Type { found, .. })) if found.module.is_some());
        self.answers.iter().any(in_module)
    }
}

impl Answer {
    /// The same in words.
    pub(crate) fn provided(&self, target: &Target) -> Provided {
        match self {
            Self::Value { .. } => Provided::Kconfig,
            Self::Address(0) | Self::NoFunction(_) => Provided::Nothing,
            Self::OtherFunction(_) => Provided::OtherType,
            Self::Address(address) => Provided::Address(*address),
            Self::Type { found, .. } => Provided::Type { id: found.id, module: name_of(target, found.module) },
        }
    }
}

fn name_of(target: &Target, module: Option<ModuleIdx>) -> Option<Arc<str>> {
    target.modules().get(module?.0 as usize).map(|m| m.name.clone())
}

/// The types to look for, with the externs they are for: those that are used, in the order in which modules get their
/// positions.
pub(crate) fn wanted(linked: &Linked, used: &[bool]) -> Vec<(ExternIdx, Wanted)> {
    let typed = |&i: &ExternIdx| {
        let ext = linked.externs().get(i.at())?;
        let (kind, name) = match ext.kind {
            ExternKind::TypedKsym => (BtfKind::VAR, &*ext.name),
            ExternKind::Kfunc => (BtfKind::FUNC, essential(&ext.name)),
            _ => return None,
        };
        Some((i, Wanted { kind, name: name.to_string(), place: None }))
    };
    let is_used = |i: &ExternIdx| used.get(i.at()).copied().unwrap_or(false);
    ordered(linked).iter().filter(|i| is_used(i)).filter_map(typed).collect()
}

/// All externs in libbpf's order, which is the one that numbers in place of absent functions count in.
fn ordered(linked: &Linked) -> Vec<ExternIdx> {
    let mut order: Vec<_> = (0..linked.externs().len() as u32).map(ExternIdx).collect();
    let key = |i: &ExternIdx| {
        linked.externs().get(i.at()).map(|ext| match ext.kind {
            ExternKind::Kconfig { offset, .. } => (0, offset, ""),
            _ => (1, 0, &*ext.name),
        })
    };
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    order
}

/// What was found of the types that [`wanted`] names.
pub(crate) type FoundTypes = Result<Vec<(ExternIdx, Wanted, Option<Found>)>, Unavailable>;

/// Answers all externs that are used.
pub(crate) fn externs(linked: &Linked, target: &Target, config: &Config, all: &Used, types: FoundTypes) -> Externs {
    let used = &all.externs;
    let mut externs = Externs { answers: vec![None; linked.externs().len()], ..Externs::default() };
    settle_kconfig(linked, target, config, used, &mut externs);
    settle_symbols(linked, target, config, used, &mut externs);
    let mut numbers = vec![0; linked.externs().len()];
    for (number, i) in (0..).zip(ordered(linked)) {
        numbers[i.at()] = number;
    }
    let mut searches = 0..SEARCHES;
    match types {
        Ok(mut types) => {
            aliased(linked, target, &all.asked, &mut types);
            for (i, wanted, found) in types {
                let Some(ext) = linked.externs().get(i.at()) else { continue };
                let Some(found) = found else {
                    let search = !ext.weak && searches.next().is_some();
                    externs.answers[i.at()] = Some(absent(target, ext, numbers[i.at()], &wanted, search));
                    continue;
                };
                let number = numbers[i.at()];
                externs.answers[i.at()] = Some(typed(linked, target, ext, number, found, &mut externs.fd_array));
            }
        }
        Err(why) => {
            for (i, ext) in linked.externs().iter().enumerate() {
                let is_typed = matches!(ext.kind, ExternKind::TypedKsym | ExternKind::Kfunc);
                if is_typed && used.get(i).copied().unwrap_or(false) {
                    externs.answers[i] = Some(Err(Kind::Unavailable(why.clone())));
                }
            }
        }
    }
    externs
}

fn settle_kconfig(linked: &Linked, target: &Target, config: &Config, used: &[bool], externs: &mut Externs) {
    let is_used = |i: usize| used.get(i).copied().unwrap_or(false);
    let mut settled: Option<Kconfig> = None;
    for (i, ext) in linked.externs().iter().enumerate().filter(|(i, _)| is_used(*i)) {
        let ExternKind::Kconfig { map, offset } = ext.kind else { continue };
        let size = linked.maps().get(map.at()).map_or(0, |m| m.def.value_size);
        let settled = settled.get_or_insert_with(|| kconfig(linked, target, config, size));
        let failed = settled.failed.remove(&ExternIdx(i as u32));
        externs.answers[i] = Some(failed.map_or(Ok(Answer::Value { map, offset }), Err));
    }
    externs.kconfig = settled.map(|k| k.data).unwrap_or_default();
}

/// All symbols without a type are asked for together: the kernel's table of them is large.
fn settle_symbols(linked: &Linked, target: &Target, config: &Config, used: &[bool], externs: &mut Externs) {
    let is_ksym = |(i, ext): &(usize, &Extern)| ext.kind == ExternKind::Ksym && used.get(*i).copied().unwrap_or(false);
    let asked: Vec<_> = linked.externs().iter().enumerate().filter(is_ksym).collect();
    if asked.is_empty() {
        return;
    }
    let names: Vec<&str> = asked.iter().map(|(_, ext)| &*ext.name).collect();
    let found = target.symbols(&names);
    let mut searches = 0..SEARCHES;
    for (at, (i, ext)) in asked.into_iter().enumerate() {
        let mut near = || searches.next().and_then(|_| near_symbol(target, &ext.name));
        let mut absent = || Kind::ExternAbsent { what: "symbol", name: ext.name.clone(), nearest: near() };
        let addresses = found.as_ref().map(|found| found.get(at).map_or(&[][..], Vec::as_slice));
        externs.answers[i] = Some(match addresses {
            Ok([first, rest @ ..]) => match rest.iter().find(|other| *other != first) {
                None => Ok(Answer::Address(*first)),
                Some(other) => Err(Kind::KsymAmbiguous { name: ext.name.clone(), addresses: [*first, *other] }),
            },
            _ if ext.weak => Ok(Answer::Address(0)),
            Ok([]) => Err(absent()),
            Err(_) if config.assume => Ok(Answer::Address(u64::MAX)),
            Err(why) => Err(Kind::Unavailable(why.clone())),
        });
    }
}

/// The name that comes nearest to a symbol's, among the functions and variables whose types are known.
fn near_symbol(target: &Target, name: &str) -> Option<String> {
    let btf = target.vmlinux().ok()?;
    nearest(name, names(btf, BtfKind::FUNC).chain(names(btf, BtfKind::VAR))).map(str::to_string)
}

/// An extern with a type, in words.
fn what(ext: &Extern) -> &'static str {
    if ext.kind == ExternKind::Kfunc { "kernel function" } else { "kernel variable" }
}

/// The answer for an extern with a type that the kernel does not have, with the nearest name if that is to be searched for.
fn absent(target: &Target, ext: &Extern, number: u32, wanted: &Wanted, search: bool) -> Result<Answer, Kind> {
    match (ext.weak, ext.kind) {
        (true, ExternKind::Kfunc) => return Ok(Answer::NoFunction(number)),
        (true, _) => return Ok(Answer::Address(0)),
        (false, _) => {}
    }
    let btf = target.vmlinux().ok().filter(|_| search);
    let nearest = btf.and_then(|btf| nearest(&wanted.name, names(btf, wanted.kind)).map(str::to_string));
    Err(Kind::ExternAbsent { what: what(ext), name: ext.name.clone(), nearest })
}

/// The answer for an extern with a type that was found, if it is of the same type.
fn typed(
    linked: &Linked,
    target: &Target,
    ext: &Extern,
    number: u32,
    found: Found,
    fd_array: &mut Vec<ModuleIdx>,
) -> Result<Answer, Kind> {
    let is_func = ext.kind == ExternKind::Kfunc;
    let btf = match found.module {
        None => target.vmlinux(),
        Some(module) => target.module_btf(module),
    };
    let btf: &Btf = btf.map_err(Kind::Unavailable)?;
    if !is_of_type(linked, ext, btf, found) {
        // An optional function of another type is as good as absent.
        let mismatch = || Kind::ExternType {
            what: what(ext),
            name: ext.name.clone(),
            module: name_of(target, found.module),
            types: Box::new([
                spelled(btf, found.id),
                linked.btf().map_or_else(String::new, |b| spelled(b, ext.type_id)),
            ]),
        };
        return if ext.weak && is_func { Ok(Answer::OtherFunction(number)) } else { Err(mismatch()) };
    }
    let fd_index = match found.module.filter(|_| is_func) {
        None => 0,
        Some(module) => {
            let at = fd_array.iter().position(|m| *m == module).unwrap_or_else(|| {
                fd_array.push(module);
                fd_array.len() - 1
            });
            let too_many =
                Kind::Reference { why: "the program calls functions of more modules than there are positions" };
            i16::try_from(at + 1).map_err(|_| too_many)?
        }
    };
    Ok(Answer::Type { found, fd_index })
}

/// The type of a function or a variable, as C has it.
fn spelled(btf: &Btf, id: TypeId) -> String {
    match btf.get(id) {
        Some(Type::Func(func)) => btf.spelled(func.proto),
        Some(Type::Var(var)) => btf.spelled(var.ty),
        _ => btf.spelled(id),
    }
}

/// Whether what was found has the type that the object declares, but for parameters that the kernel fills in.
pub(crate) fn is_of_type(linked: &Linked, ext: &Extern, kernel: &Btf, found: Found) -> bool {
    let Some(local) = linked.btf() else { return false };
    let behind = |btf: &Btf, id| match btf.get(id)? {
        Type::Func(func) => Some(func.proto),
        Type::Var(var) => Some(btf.resolve(var.ty).ok()?.0),
        _ => None,
    };
    match (behind(local, ext.type_id), behind(kernel, found.id)) {
        (Some(a), Some(b)) if declarations_are_compatible(local, a, kernel, b).unwrap_or(false) => true,
        _ => ext.kind == ExternKind::Kfunc && are_alike(local, kernel, ext, found.id),
    }
}
