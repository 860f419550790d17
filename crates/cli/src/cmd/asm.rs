//! `skep asm`: an object from assembly text.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use skep::{
    btf::Endian,
    isa::text::Dialect,
    object::text::{self, Options},
};

use crate::{
    args,
    assembly::{self, Includes},
    input, output,
    report::{Failure, Report, status},
};

/// Assembles a source, checks the object, and writes it.
pub fn asm(args: &args::Asm) -> Result<(), Failure> {
    let (name, source) = read(&args.file)?;
    let loader = Includes { dirs: args.include.clone() };
    let endian = match args.endian {
        args::Endian::Little => Endian::Little,
        args::Endian::Big => Endian::Big,
    };
    let dialect = Dialect::from_name(&args.dialect).unwrap_or_default();
    let options = Options { dialect, endian, loader: &loader };
    let assembled = text::assemble(&name, &source, &options).map_err(|errors| Failure::of(status::INPUT, &errors))?;
    assembly::warn(&assembled);
    // What a compiler wrote is assembled as it is.
    if assembled.declared && !args.no_check {
        assembly::object(&assembled)?;
    }
    let to = args.output.clone().unwrap_or_else(|| default_output(&args.file));
    write(&to, &assembled.elf)
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        return Ok(("<stdin>".into(), assembly::text("<stdin>", bytes)?));
    }
    let name = path.to_string_lossy();
    Ok((name.to_string(), assembly::text(&name, input::bytes(path)?)?))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot read {}: {}", path.display(), input::reason(error));
    Failure::new(status::INPUT, Report::new("file-unreadable", message))
}

fn default_output(file: &Path) -> PathBuf {
    if file == Path::new("-") { PathBuf::from("-") } else { file.with_extension("bpf.o") }
}

fn write(to: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if to == Path::new("-") {
        return io::stdout().write_all(bytes).map_err(output::lost);
    }
    fs::write(to, bytes).map_err(|error| {
        let message = format!("cannot write {}: {}", to.display(), input::reason(&error));
        Failure::new(status::INPUT, Report::new("file-unwritable", message))
    })
}
