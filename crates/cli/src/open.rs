//! Objects made ready to be loaded, as the command line wishes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use skep::{
    Kind, Linked, Skep,
    btf::{Type, TypeId, value},
    object::{MapKind, nearest},
    reloc,
};

use crate::{
    args::What,
    input, privilege,
    report::{Failure, Report, status},
    target,
};

/// Reads and links objects, and applies what was wished: programs, variables, where maps are pinned. Those in which
/// nothing was wished for are left out.
///
/// Objects that need each other are linked; others stay by themselves.
pub fn open(paths: &[PathBuf], what: &What) -> Result<Vec<Skep>, Failure> {
    let opened = match paths {
        [path] if !input::is_library(path) => vec![read(path)?],
        several => input::several(several)?.into_iter().map(Skep::new).collect(),
    };
    wished(opened, what)
}

/// As [`open`], all of them linked into one object.
pub fn open_one(paths: &[PathBuf], what: &What) -> Result<Vec<Skep>, Failure> {
    let opened = match paths {
        [path] if !input::is_library(path) => read(path)?,
        several => Skep::new(input::one(several)?),
    };
    wished(vec![opened], what)
}

fn wished(mut opened: Vec<Skep>, what: &What) -> Result<Vec<Skep>, Failure> {
    for wish in &what.entry {
        opened = entry(opened, wish)?;
    }
    only_known(opened.iter().map(Skep::linked), &what.only)?;
    for wish in &what.set {
        set(&mut opened, wish)?;
    }
    let target = Arc::new(target::running()?);
    let opened = opened.into_iter().filter(|skep| what.only.is_empty() || !chosen(skep, what).is_empty()).map(|skep| {
        something(&skep, what)?;
        let skep = skep.config(|config| config.pin_root(&what.pin_root)).target(target.clone());
        let skep = what.create.iter().fold(skep, |skep, map| skep.create(map, true));
        let names = chosen(&skep, what);
        Ok(if names.is_empty() { skep } else { skep.only(names.iter().map(String::as_str)) })
    });
    Failure::collect(opened)
}

fn read(path: &Path) -> Result<Skep, Failure> {
    let bytes = input::elf(path)?;
    Skep::read(&path.to_string_lossy(), &bytes).map_err(|errors| failure(&errors))
}

/// The programs of an object that were asked for by name.
fn chosen(skep: &Skep, what: &What) -> Vec<String> {
    let has = |name: &&String| programs(skep.linked()).any(|program| program == name.as_str());
    what.only.iter().filter(has).cloned().collect()
}

/// The names of an object's programs.
pub fn programs(linked: &Linked) -> impl Iterator<Item = &str> {
    linked.programs().iter().filter_map(|p| linked.funcs().get(p.func.at())).map(|func| &*func.name)
}

/// Checks that each program that was asked for is in one of the objects.
pub fn only_known<'a>(objects: impl Iterator<Item = &'a Linked> + Clone, only: &[String]) -> Result<(), Failure> {
    let names = || objects.clone().flat_map(programs);
    let unknown = only.iter().filter(|name| names().all(|n| n != name.as_str())).map(|name| {
        let report = Report::new("no-such-program", format!("no program is named `{name}`"));
        Err(Failure::new(status::USAGE, report.help(near_or_all(name, names().collect()))))
    });
    Failure::collect::<()>(unknown).map(drop)
}

/// The nearest name, or all of them if there are few.
pub fn near_or_all(name: &str, names: Vec<&str>) -> String {
    const FEW: usize = 12;
    if let Some(near) = nearest(name, names.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
    match names.get(..names.len().min(FEW)).unwrap_or_default() {
        [] => "there are none".into(),
        [one] => format!("there is only `{one}`"),
        some => format!("there are {}{more}", some.join(", ")),
    }
}

/// Checks that an object has something to be loaded.
fn something(skep: &Skep, what: &What) -> Result<(), Failure> {
    let linked = skep.linked();
    if !what.only.is_empty()
        || !what.create.is_empty()
        || linked.programs().is_empty()
        || linked.programs().iter().any(|p| p.autoload)
    {
        return Ok(());
    }
    let names = programs(linked).collect::<Vec<_>>().join(", ");
    let report = Report::new("nothing-to-load", "all programs are optional (`SEC(\"?…\")`), and none was asked for")
        .file(linked.file())
        .help(format!("ask for some with `--only`: {names}"));
    Err(Failure::new(status::USAGE, report))
}

/// Makes a function a program, by `FUNC=SECTION`, in every object that has it.
fn entry(opened: Vec<Skep>, wish: &str) -> Result<Vec<Skep>, Failure> {
    let usage = |code, message| Failure::new(status::USAGE, Report::new(code, message));
    let (function, section) = wish.split_once('=').ok_or_else(|| {
        usage("bad-value", format!("`{wish}` is not of the form FUNC=SECTION")).help("as in `--entry handle=xdp`")
    })?;
    let names = || opened.iter().flat_map(|skep| skep.linked().funcs()).map(|f| &*f.name);
    if names().all(|name| name != function) {
        let failure = usage("no-such-program", format!("no function is named `{function}`"));
        return Err(failure.help(near_or_all(function, names().collect())));
    }
    let has = |skep: &Skep| skep.linked().funcs().iter().any(|f| *f.name == *function);
    Failure::collect(opened.into_iter().map(|skep| match has(&skep) {
        true => skep.set_entry(function, section).map_err(|error| failure(&error.into())),
        false => Ok(skep),
    }))
}

/// Gives a variable the value in `VAR=VALUE`, read by the variable's type, in every object that has it.
fn set(opened: &mut Vec<Skep>, wish: &str) -> Result<(), Failure> {
    let usage = |code, message: String| Failure::new(status::USAGE, Report::new(code, message));
    let (name, text) = wish.split_once('=').ok_or_else(|| {
        usage("bad-value", format!("`{wish}` is not of the form VAR=VALUE")).help(format!("as in `--set {wish}=1`"))
    })?;
    if let Some((map, member)) = name.split_once('.')
        && opened.iter().any(|skep| table(skep, map).is_some())
    {
        let all = opened.drain(..).map(|skep| set_member(skep, map, member, text));
        *opened = Failure::collect(all)?;
        return Ok(());
    }
    let names = || opened.iter().flat_map(|skep| skep.vars()).map(|var| &*var.name);
    if names().all(|n| n != name) {
        let failure = usage("no-such-variable", format!("no global variable is named `{name}`"));
        return Err(failure.help(near_or_all(name, names().collect())));
    }
    *opened = Failure::collect(opened.drain(..).map(|skep| {
        let Some(var) = skep.vars().iter().find(|var| &*var.name == name) else { return Ok(skep) };
        let btf = skep.linked().btf().filter(|_| var.type_id.0 != 0).ok_or_else(|| {
            usage("bad-value", format!("the type of `{name}` is not known")).help("compile the object with -g")
        })?;
        let bytes = value::parse(btf, var.type_id, text)
            .map_err(|fault| usage("bad-value", format!("`{text}` is no value for `{name}`: {fault}")))?;
        skep.set_bytes(name, &bytes).map_err(|error| failure(&error.into()))
    }))?;
    Ok(())
}

/// The struct of a struct_ops variable.
fn table(skep: &Skep, map: &str) -> Option<TypeId> {
    let found = skep.linked().maps().iter().find(|m| *m.name == *map)?;
    match &found.kind {
        MapKind::StructOps(ops) => Some(ops.type_id),
        _ => None,
    }
}

/// Gives a member of a struct_ops variable a value, or the program of that name; `0` stands for none.
fn set_member(skep: Skep, map: &str, member: &str, text: &str) -> Result<Skep, Failure> {
    let (Some(ty), Some(btf)) = (table(&skep, map), skep.linked().btf()) else { return Ok(skep) };
    let usage = |message: String| Failure::new(status::USAGE, Report::new("bad-value", message));
    let place = btf.path(ty, member).map_err(|fault| usage(format!("`{map}`: {fault}")))?;
    if matches!(btf.resolve(place.ty), Ok((_, Type::Ptr(_)))) {
        let program = Some(text).filter(|text| !matches!(*text, "0" | "null" | ""));
        return Ok(skep.set_program(map, member, program));
    }
    let bytes = value::parse(btf, place.ty, text)
        .map_err(|fault| usage(format!("`{text}` is no value for `{map}.{member}`: {fault}")))?;
    Ok(skep.set_member(map, member, &*bytes))
}

/// The failure that a library's errors make: the exit status is the first error's.
pub fn failure(errors: &skep::Errors) -> Failure {
    let status = errors.first().map_or(status::REFUSED, |error| exit_status(error.kind()));
    Failure { status, reports: privilege::merge(errors.iter().map(|error| (error, report(error)))) }
}

/// As [`failure`], for an object: it says which capabilities the object needs as a whole.
pub fn failure_of(linked: &Linked, errors: &skep::Errors) -> Failure {
    let mut failure = failure(errors);
    if failure.status == status::PRIVILEGE
        && let Some(report) = failure.reports.first_mut()
    {
        report.help = Some(privilege::advice(linked));
    }
    failure
}

/// A library's error, with what the verifier said and what the command line can do about it.
pub fn report(error: &skep::Error) -> Report {
    let mut report = Report::from(error);
    match error.kind() {
        // What the kernel lacks says it all.
        Kind::Verifier(rejection) if rejection.absent.is_none() && !rejection.path.is_empty() => {
            report.notes.push(format!("the path that failed:\n{}", rejection.path.trim_end()));
        }
        Kind::NoPlace { needs, .. } => {
            report.help = Some(match *needs {
                "a network interface" => format!("name one with `--iface`: {}", interfaces()),
                _ => "name it with `--cgroup`, as in `--cgroup /sys/fs/cgroup`".into(),
            });
        }
        _ => {}
    }
    report
}

/// The machine's network interfaces.
fn interfaces() -> String {
    let entries = std::fs::read_dir("/sys/class/net").into_iter().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    if names.is_empty() { "there is none".into() } else { names.join(", ") }
}

fn exit_status(kind: &Kind) -> u8 {
    match kind {
        Kind::Relocate(kind) => relocation_status(kind),
        Kind::Object(_) | Kind::Linker(_) | Kind::File(..) | Kind::ByteOrder(_) => status::INPUT,
        Kind::Host(_) => status::TARGET,
        Kind::Verifier(rejection) if rejection.absent.is_some() => status::TARGET,
        Kind::MissingCapability { .. } => status::PRIVILEGE,
        Kind::Missing { .. } | Kind::Size { .. } => status::USAGE,
        Kind::NoHook(_)
        | Kind::NoPlace { .. }
        | Kind::WrongHook { .. }
        | Kind::NoTarget { .. }
        | Kind::Attach { .. } => status::ATTACH,
        _ => status::REFUSED,
    }
}

/// The exit status for an error of relocation: that of an unusable object where any kernel would do.
pub fn relocation_status(kind: &reloc::Kind) -> u8 {
    match kind {
        reloc::Kind::Refused(_) | reloc::Kind::UnknownSection { .. } => status::INPUT,
        reloc::Kind::NoSuchProgram { .. }
        | reloc::Kind::NoSuchMap { .. }
        | reloc::Kind::NoSuchMember { .. }
        | reloc::Kind::MemberValue { .. } => status::USAGE,
        _ => status::TARGET,
    }
}
