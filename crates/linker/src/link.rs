//! Linking: the list of passes.

use alloc::{sync::Arc, vec, vec::Vec};

use hashbrown::{HashMap, HashSet};
use skep_object::{Errors, ExternKind, Linkage, Located, Missing, Near, Object, Site, btf::nearest, isa::ExternIdx};

use crate::{
    Kind, Linked, Options, Undefined,
    agree::agree,
    build::Build,
    check,
    compare::{compare, site_of_use},
    debug,
    layout::Layout,
    live::Live,
    mend::mend,
    options::matches,
    replaceable,
    report::{Report, report},
    symbols::{Def, Place, Symbols},
    types::{self, Code, OutExtern, types},
};

/// So many undefined symbols are given with the lines that use them and a name that comes close.
const SEARCHES: usize = 64;

/// Objects linked into one, and what became of them.
#[derive(Clone, Debug)]
pub struct Output {
    /// The object. What no object defines is still an extern of it if that was asked for.
    pub object: Object,
    /// What became of the inputs.
    pub report: Report,
}

/// Links objects into one. What none of them defines fails the programs that use it.
///
/// A single object is not copied: it is checked, and its tables are moved.
///
/// # Errors
/// As [`link_with`].
///
/// ```
/// # use skep_linker::{link, object::{Object, elf}};
/// # fn linked(bytes: &[u8], library: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let program = elf::read("exec.bpf.o", bytes)?;
/// let library = elf::read("library.bpf.o", library)?;
/// let linked = link([program, library])?;
/// std::fs::write("linked.bpf.o", linked.write()?)?;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "bpf_linker__add_file")]
pub fn link(objects: impl IntoIterator<Item = Object>) -> Result<Linked, Errors<Kind>> {
    let Output { mut object, .. } = link_with(objects.into_iter().collect(), &Options::default())?;
    object.refuse_undefined();
    Ok(Linked::from_one(object))
}

/// Links objects into one.
///
/// # Errors
/// All that is wrong, not only the first thing: `link-nothing`, `link-byte-order`, `link-no-btf`, `link-license`,
/// `link-version`, `link-duplicate`, `link-clash`, `link-mismatch`, `link-undefined`, `link-no-such-name`,
/// `link-not-replaceable`, `link-too-large`; and what an object says against itself: `link-dangling`,
/// `link-bad-reference`, `link-target`, `link-unresolved-call`.
pub fn link_with(mut objects: Vec<Object>, options: &Options) -> Result<Output, Errors<Kind>> {
    let mut errors = Vec::new();
    for object in &objects {
        if let Err(found) = check::check(object) {
            errors.extend(found);
        }
    }
    Errors::check(core::mem::take(&mut errors))?;
    let mended = mend(&mut objects);
    match objects.len() {
        0 => return Err(Located::new(Site::default(), Kind::Nothing).into()),
        1 if !mended && options.changes_nothing() => {
            let object = objects.swap_remove(0);
            return Ok(Output { object, report: Report::default() });
        }
        _ => {}
    }
    let agreed = agree(&objects, &mut errors);
    replaceable::add(&mut objects, options, &mut errors);
    let symbols = Symbols::of(&objects);
    compare(&objects, &symbols, &mut errors);
    names(&objects, options, &mut errors);
    Errors::check(core::mem::take(&mut errors))?;

    let live = Live::of(&objects, &symbols, options);
    if options.undefined == Undefined::Error {
        undefined(&objects, &symbols, &live, &mut errors);
    }
    let layout = Layout::of(&objects, &symbols, &live, options, &mut errors);
    Errors::check(errors)?;

    let internal = internal(&objects, &layout, options);
    let (externs, extern_of) = externs(&objects, &symbols, &live);
    let mut report = report(&objects, &symbols, &live, &layout);
    let mut code = take_code(&mut objects);
    let inputs = types::Inputs {
        objects: &objects,
        symbols: &symbols,
        live: &live,
        layout: &layout,
        externs: &externs,
        internal: &internal,
    };
    let types = types(&inputs, &mut code)?;
    let name = options.output.clone().unwrap_or_else(|| objects[0].file.clone());
    let mut refused = Vec::with_capacity(objects.len());
    let mut next = 0;
    for object in &objects {
        refused.push(next);
        next += object.refused.len() as u32;
    }
    let jump_table_of = jump_tables(&objects, &layout);
    let debug = debug::debug(&objects, &layout, &live, options.merge_constants, &mut report.dropped);
    let build = Build {
        objects: &objects,
        symbols: &symbols,
        layout: &layout,
        types: &types,
        externs: &externs,
        extern_of: &extern_of,
        jump_table_of: &jump_table_of,
        internal: &internal,
        refused: &refused,
        shared: HashMap::new(),
        records: HashMap::new(),
    };
    let mut object = build.object(&name, agreed, code);
    object.debug = debug;
    check::check(&object)?;
    Ok(Output { object, report })
}

/// The instructions of all functions, which change their owner.
fn take_code(objects: &mut [Object]) -> Code {
    let of = |object: &mut Object| object.funcs.iter_mut().map(|f| core::mem::take(&mut f.insns)).collect();
    objects.iter_mut().map(of).collect()
}

/// The functions that become static: those of `.text` that are not exported.
fn internal(objects: &[Object], layout: &Layout, options: &Options) -> HashSet<Def> {
    if !options.internalize {
        return HashSet::new();
    }
    let is_internal = |&&(obj, func, section): &&(u32, _, skep_object::SectionIdx)| {
        let is_text = layout.sections.get(section.0 as usize).is_some_and(|name| &**name == ".text");
        let function = objects.get(obj as usize).and_then(|o| o.funcs.get(skep_object::isa::FuncIdx::at(func)));
        function.is_some_and(|f| {
            let replaceable = options.replaceable.iter().any(|r| *r.name == *f.name);
            is_text && f.linkage != Linkage::Local && !replaceable && !matches(&options.export, &f.name)
        })
    };
    layout.funcs.iter().filter(is_internal).map(|&(obj, func, _)| Def { obj, place: Place::Func(func) }).collect()
}

/// For each object and jump table its new position; those of functions that were left out have none.
fn jump_tables(objects: &[Object], layout: &Layout) -> Vec<Vec<Option<u32>>> {
    let mut next = 0;
    let mut of = |obj: u32, object: &Object| {
        let place = |table: &skep_object::JumpTable| {
            layout.func(obj, table.func)?;
            next += 1;
            Some(next - 1)
        };
        object.jump_tables.iter().map(place).collect()
    };
    (0..).zip(objects).map(|(obj, object)| of(obj, object)).collect()
}

/// What is left to others or to the kernel, each once; and for each object and extern its position there.
fn externs(objects: &[Object], symbols: &Symbols, live: &Live) -> (Vec<OutExtern>, Vec<Vec<Option<ExternIdx>>>) {
    let mut externs: Vec<OutExtern> = Vec::new();
    let mut of: Vec<Vec<Option<ExternIdx>>> = objects.iter().map(|o| vec![None; o.externs.len()]).collect();
    // The kernel's first: their order is that of their types.
    for of_objects in [false, true] {
        for symbol in symbols.table.iter().filter(|s| s.def.is_none()) {
            let mut found: Option<OutExtern> = None;
            let mut users = Vec::new();
            for &(obj, idx) in &symbol.refs {
                let is_live = live.externs.get(obj as usize).and_then(|e| e.get(idx.at())).copied().unwrap_or(false);
                let Some(ext) = objects.get(obj as usize).and_then(|o| o.externs.get(idx.at())).filter(|_| is_live)
                else {
                    continue;
                };
                users.push((obj, idx));
                let name = symbol.name.clone();
                match &mut found {
                    None => {
                        let (kind, weak, hidden) = (ext.kind, ext.weak, symbol.hidden);
                        found = Some(OutExtern { obj, idx, kind, weak, hidden, name });
                    }
                    Some(one) => {
                        one.weak &= ext.weak;
                        // One that the kernel provides says more than one that anyone may.
                        if one.kind == ExternKind::Func && ext.kind == ExternKind::Kfunc || untyped(objects, one) {
                            (one.obj, one.idx, one.kind) = (obj, idx, ext.kind);
                        }
                    }
                }
            }
            if let Some(one) = found.filter(|one| one.kind.is_of_objects() == of_objects) {
                let at = ExternIdx(externs.len() as u32);
                users.iter().for_each(|&(obj, idx)| of[obj as usize][idx.at()] = Some(at));
                externs.push(one);
            }
        }
    }
    (externs, of)
}

fn untyped(objects: &[Object], ext: &OutExtern) -> bool {
    let ext = objects.get(ext.obj as usize).and_then(|o| o.externs.get(ext.idx.at()));
    ext.is_some_and(|e| e.type_id.0 == 0)
}

/// Reports what no object defines, each with all its uses.
fn undefined(objects: &[Object], symbols: &Symbols, live: &Live, errors: &mut Vec<Located<Kind>>) {
    for symbol in symbols.table.iter().filter(|s| s.def.is_none()) {
        let wanted = symbol.refs.iter().filter_map(|&(obj, idx)| {
            let ext = objects.get(obj as usize)?.externs.get(idx.at())?;
            let is_live = *live.externs.get(obj as usize)?.get(idx.at())?;
            (is_live && ext.kind.is_of_objects()).then_some((obj, idx, ext))
        });
        let uses: Vec<_> = wanted.collect();
        let Some(&(obj, idx, first)) = uses.iter().find(|(.., ext)| !ext.weak) else { continue };
        let what = match first.kind {
            ExternKind::Func => Missing::Function,
            ExternKind::Map => Missing::Map,
            _ => Missing::Variable,
        };
        let search = errors.len() < SEARCHES;
        let near = if search { near(objects, symbols, &symbol.name, obj, idx) } else { None };
        // To look for the instruction is a pass over the object.
        let site = |obj: u32, idx| match objects.get(obj as usize) {
            Some(object) if search => site_of_use(object, idx),
            Some(object) => Site::file(&object.file),
            None => Site::default(),
        };
        let also = uses.iter().filter(|u| u.0 != obj).map(|&(obj, idx, _)| site(obj, idx)).collect();
        let kind = Kind::Undefined { what, name: symbol.name.clone(), also, near };
        errors.push(Located::new(site(obj, idx), kind));
    }
}

/// A defined symbol that was meant, perhaps, or what else the object could use.
fn near(objects: &[Object], symbols: &Symbols, name: &str, obj: u32, idx: ExternIdx) -> Option<Near> {
    let defined = symbols.table.iter().filter(|s| s.def.is_some()).map(|s| &*s.name);
    if let Some(found) = nearest(name, defined) {
        let what = symbols.find(found).and_then(|s| s.def).map_or("a symbol", |def| match def.place {
            Place::Func(_) => "a function",
            Place::Var(_) => "a variable",
            Place::Map(_) => "a map",
        });
        return Some(Near { name: found.into(), what });
    }
    match objects.get(obj as usize)?.undefined(idx, true)? {
        skep_object::Kind::Undefined { near, .. } => near,
        _ => None,
    }
}

/// Checks that what options name is there.
fn names(objects: &[Object], options: &Options, errors: &mut Vec<Located<Kind>>) {
    for (option, patterns) in [("--keep", &options.keep), ("--export", &options.export)] {
        for pattern in patterns {
            let one = core::slice::from_ref(pattern);
            if !all_names(objects).any(|name| matches(one, name)) {
                let near: Option<Arc<str>> = nearest(pattern, all_names(objects)).map(Into::into);
                let kind = Kind::NoSuchName { option, name: pattern.clone(), near };
                errors.push(Located::new(Site::default(), kind));
            }
        }
    }
}

fn all_names(objects: &[Object]) -> impl Iterator<Item = &str> {
    objects.iter().flat_map(|o| {
        let funcs = o.funcs.iter().flat_map(|f| [&*f.name, o.section(f.section)]);
        funcs.chain(o.maps.iter().map(|m| &*m.name)).chain(o.vars.iter().map(|v| &*v.name))
    })
}
