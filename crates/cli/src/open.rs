//! Objects made ready to be loaded, as the command line wishes.

use std::path::Path;

use skep::{
    Kind, Skep,
    btf::value,
    object::{self, nearest},
};

use crate::{
    args::What,
    report::{Failure, Report, status},
};

/// Reads and links an object, and applies what was wished: programs, variables, where maps are pinned.
pub fn open(path: &Path, what: &What) -> Result<Skep, Failure> {
    let skep = Skep::open(path).map_err(|errors| failure(&errors))?;
    let mut skep = skep.config(|config| config.pin_root(&what.pin_root));
    if !what.only.is_empty() {
        skep = skep.only(what.only.iter().map(String::as_str));
    }
    for wish in &what.set {
        skep = set(skep, wish)?;
    }
    Ok(skep)
}

/// Gives a variable the value in `VAR=VALUE`, read by the variable's type.
fn set(skep: Skep, wish: &str) -> Result<Skep, Failure> {
    let usage = |code, message: String| Failure::new(status::USAGE, Report::new(code, message));
    let (name, text) =
        wish.split_once('=').ok_or_else(|| usage("bad-value", format!("`{wish}` is not of the form VAR=VALUE")))?;
    let var = skep.vars().iter().find(|var| &*var.name == name).ok_or_else(|| {
        let near = nearest(name, skep.vars().iter().map(|var| &*var.name));
        let mut failure = usage("no-such-variable", format!("no global variable is named `{name}`"));
        failure.reports[0].help = near.map(|near| format!("did you mean `{near}`?"));
        failure
    })?;
    let btf = skep.linked().btf().filter(|_| var.type_id.0 != 0).ok_or_else(|| {
        usage("bad-value", format!("the type of `{name}` is not known")).help("compile the object with -g")
    })?;
    let bytes = value::parse(btf, var.type_id, text)
        .map_err(|fault| usage("bad-value", format!("`{text}` is no value for `{name}`: {fault}")))?;
    let name = name.to_owned();
    skep.set_bytes(&name, &bytes).map_err(|error| failure(&error.into()))
}

/// The failure that a library's errors make: the exit status is the first error's.
pub fn failure(errors: &skep::Errors) -> Failure {
    let status = errors.first().map_or(status::REFUSED, |error| exit_status(error.kind()));
    Failure { status, reports: errors.iter().map(report).collect() }
}

/// A library's error, with what the verifier said.
pub fn report(error: &skep::Error) -> Report {
    let mut report = Report::from(error);
    if let Kind::Verifier(rejection) = error.kind() {
        report.notes.extend(rejection.note.clone());
        if !rejection.path.is_empty() {
            report.notes.push(format!("the path that failed:\n{}", rejection.path.trim_end()));
        }
    }
    report
}

fn exit_status(kind: &Kind) -> u8 {
    match kind {
        Kind::Object(object::Kind::NotElf(_))
        | Kind::Object(_)
        | Kind::Linker(_)
        | Kind::File(..)
        | Kind::ByteOrder(_) => status::INPUT,
        Kind::Relocate(_) | Kind::Host(_) => status::TARGET,
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
