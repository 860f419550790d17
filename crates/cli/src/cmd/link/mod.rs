//! `skep link`: many objects into one.

mod inputs;
mod map;
mod rust;
mod write;

use std::path::Path;

use skep::{
    linker::{Kind, Options, Output, Replaceable, Undefined, link_with},
    object::{Errors, Object, elf},
};

use crate::{
    args, input,
    report::{Failure, Report, status},
};

use inputs::read_with;
pub use inputs::{Inputs, read};

/// Links objects, and writes the result whole or not at all.
pub fn link(args: &args::Link) -> Result<(), Failure> {
    let options = options(args)?;
    let mut files = inputs::search(args)?;
    let compiled = compiled(args, &mut files)?;
    let Inputs { objects, wanted, files } = read_with(compiled, &files, &args.undefined, args.keep_debug)?;
    let mut output = link_with(objects, &options).map_err(|errors| failure(&errors))?;
    for (input, wanted) in output.report.inputs.iter_mut().zip(wanted) {
        input.wanted = wanted;
    }
    let Output { object, report } = output;
    let bytes = elf::write(&object).map_err(|errors| Failure::of(status::INPUT, &errors))?;
    write::whole(&args.output, &bytes)?;
    if let Some(path) = &args.dependency_file {
        write::whole(path, write::dependencies(&args.output, &files).as_bytes())?;
    }
    if let Some(path) = &args.map {
        write::text(path, &map::text(&args.output.to_string_lossy(), &report))?;
    }
    if args.print_gc {
        write::text(Path::new("-"), &map::dropped(&report))?;
    }
    Ok(())
}

/// The object that rustc makes of the bitcode among the inputs, if there is any. What rustc calls a binary is its name.
fn compiled(args: &args::Link, files: &mut Vec<inputs::File>) -> Result<Option<Object>, Failure> {
    let modules = rust::take(files)?;
    if modules.is_empty() {
        return Ok(None);
    }
    let mut exports = args.export.clone();
    if let Some(list) = &args.export_symbols {
        exports.extend(String::from_utf8_lossy(&input::bytes(list)?).lines().map(str::to_owned));
    }
    let wanted = rust::Wanted {
        rustc: args.rustc.as_deref(),
        target: &args.target,
        level: &args.optimize,
        cpu: args.cpu.as_deref(),
        features: args.cpu_features.as_deref(),
        exports: &exports,
    };
    let name = args.output.to_string_lossy();
    let bytes = rust::compile(&wanted, &modules)?;
    if let Some(path) = &args.save_compiled {
        write::whole(path, &bytes)?;
    }
    let object = elf::read(&name, &bytes);
    object.map(Some).map_err(|errors| Failure::of(status::INPUT, &errors))
}

/// The errors, differences as notes: one below the other they are easier to compare.
pub fn failure(errors: &Errors<Kind>) -> Failure {
    let mut failure = Failure::of(status::INPUT, errors);
    for (report, error) in failure.reports.iter_mut().zip(errors) {
        if let Kind::Mismatch { what, other, differences } = error.kind() {
            report.message = format!("the {what} is declared differently in {other}");
            report.notes = differences.iter().map(ToString::to_string).collect();
        }
    }
    failure
}

fn options(args: &args::Link) -> Result<Options, Failure> {
    let mut replaceable = Vec::new();
    for text in &args.replaceable {
        let (name, value) = text.split_once('=').unwrap_or((text, "0"));
        let value = value.parse().map_err(|_| {
            let report = Report::new("bad-value", format!("`{value}` is not a number of 32 bits"));
            Failure::new(status::USAGE, report.help(format!("as in `--replaceable {name}=0`")))
        })?;
        replaceable.push(Replaceable { name: name.into(), value });
    }
    let mut keep = args.keep.clone();
    keep.extend(args.undefined.iter().cloned());
    Ok(Options {
        output: Some(args.output.to_string_lossy().into()),
        undefined: if args.relocatable { Undefined::Keep } else { Undefined::Error },
        gc_sections: args.gc_sections,
        keep,
        internalize: args.internalize,
        export: args.export.clone(),
        replaceable,
        merge_constants: args.optimize != "0",
    })
}
