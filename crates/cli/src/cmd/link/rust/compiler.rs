//! Machine code by rustc.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{self, Command},
};

use serde_json::Value;

use super::archive::with_code;
use crate::{
    input::reason,
    report::{Failure, Report, status},
};

/// A crate without code whose symbols are those of the program. Its own code is never used.
const LIBRARY: &str = "#![feature(no_core, lang_items)]\n#![no_core]\n\
    #[lang = \"pointee_sized\"] pub trait PointeeSized {}\n\
    #[lang = \"meta_sized\"] pub trait MetaSized: PointeeSized {}\n\
    #[lang = \"sized\"] pub trait Sized: MetaSized {}\n";
/// What makes rustc compile it.
const PROGRAM: &str = "#![feature(no_core)]\n#![no_core]\n#![no_main]\nextern crate program;\n";

/// What code is wanted.
pub struct Wanted<'a> {
    /// The compiler; none looks for it.
    pub rustc: Option<&'a Path>,
    /// The target.
    pub target: &'a str,
    /// The level of optimisation.
    pub level: &'a str,
    /// The version of the instruction set.
    pub cpu: Option<&'a str>,
    /// What of the instruction set is to be used beside.
    pub features: Option<&'a str>,
    /// The symbols that others can see.
    pub exports: &'a [String],
}

/// The compiled modules as one object.
pub fn compile(wanted: &Wanted<'_>, modules: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
    let scratch = Scratch::new().map_err(|error| failed(format!("no temporary directory: {}", reason(&error))))?;
    let rustc = Rustc { wanted, dir: &scratch.0 };
    let source = wanted.exports.iter().enumerate().fold(LIBRARY.to_owned(), |source, (i, name)| {
        source + &format!("#[unsafe(export_name = {name:?})] pub extern \"C\" fn f{i}() {{}}\n")
    });
    let target = rustc.target()?;
    rustc.write("bpf.json", target.as_bytes())?;
    rustc.write("program.rs", source.as_bytes())?;
    rustc.write("main.rs", PROGRAM.as_bytes())?;
    rustc.run(rustc.command().arg("--crate-type=rlib").arg(rustc.path("program.rs")))?;
    let library = rustc.path("libprogram.rlib");
    let own = fs::read(&library).map_err(|error| failed(format!("rustc left no library: {}", reason(&error))))?;
    rustc.write("libprogram.rlib", &with_code(&own, modules))?;
    let mut command = rustc.command();
    command.args(["--crate-type=bin", "-Clto=fat", "-Zno-link"]).arg(rustc.path("main.rs"));
    rustc.run(command.arg(joined("--extern=program=", &library)))?;
    scratch.object().ok_or_else(|| failed("rustc left no object".into()))
}

struct Rustc<'a> {
    wanted: &'a Wanted<'a>,
    dir: &'a Path,
}

impl Rustc<'_> {
    fn program(&self) -> PathBuf {
        let named = self.wanted.rustc.map(Path::to_owned);
        named.or_else(|| env::var_os("RUSTC").map(PathBuf::from)).unwrap_or_else(|| "rustc".into())
    }

    /// A file of its own.
    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A call of the compiler, which is to take options that are not for everyone. It runs where the first one ran:
    /// lines of source are read from files whose names may be relative.
    fn bare(&self) -> Command {
        let mut command = Command::new(self.program());
        command.env("RUSTC_BOOTSTRAP", "1").arg("-Zunstable-options");
        command
    }

    /// A call that compiles.
    fn command(&self) -> Command {
        let mut command = self.bare();
        command.arg(joined("--target=", &self.path("bpf.json"))).arg(joined("--out-dir=", self.dir));
        command.args(["--edition=2021", "--cap-lints=allow", "-Cpanic=abort", "-Cdebuginfo=2"]);
        // A vector as an argument has no place in BPF, and sections by function are put together again anyway.
        command.args(["-Ccodegen-units=1", "-Cno-vectorize-slp", "-Cno-vectorize-loops", "-Zfunction-sections=no"]);
        command.arg(format!("-Copt-level={}", self.wanted.level));
        if let Some(cpu) = self.wanted.cpu.filter(|cpu| *cpu != "generic") {
            command.arg(format!("-Ctarget-cpu={cpu}"));
        }
        if let Some(features) = self.wanted.features.filter(|features| !features.is_empty()) {
            command.arg(format!("-Ctarget-feature={features}"));
        }
        command
    }

    /// The target as rustc knows it, but for machine code.
    fn target(&self) -> Result<String, Failure> {
        let name = self.wanted.target;
        let text = self.run(self.bare().args(["--print=target-spec-json", "--target", name]))?;
        let mut target: Value = serde_json::from_slice(&text)
            .map_err(|error| failed(format!("rustc describes {name} wrongly: {error}")))?;
        if let Some(fields) = target.as_object_mut() {
            fields.insert("obj-is-bitcode".into(), false.into());
            fields.remove("metadata");
        }
        Ok(target.to_string())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let written = fs::File::create(self.path(name)).and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| failed(format!("cannot write {name}: {}", reason(&error))))
    }

    /// What the compiler prints, if it has nothing to complain about.
    fn run(&self, command: &mut Command) -> Result<Vec<u8>, Failure> {
        let name = self.program();
        let output = command.output().map_err(|error| {
            let why = format!("cannot run {}: {}", name.display(), reason(&error));
            rustc_failed(why).help("say where rustc is with `--rustc FILE`, or in the variable RUSTC")
        });
        let output = output.map_err(|report| Failure::new(status::INPUT, report))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let mut report = rustc_failed(format!("{} cannot compile the program's bitcode", name.display()));
        report.notes = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
        let help = "the rustc that compiled the program has to be used, or one with the same version of LLVM";
        Err(Failure::new(status::INPUT, report.help(help)))
    }
}

/// An option with the name of a file.
fn joined(option: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(path);
    joined
}

fn rustc_failed(why: String) -> Report {
    Report::new("rustc-failed", why)
}

fn failed(why: String) -> Failure {
    Failure::new(status::INPUT, rustc_failed(why))
}

/// A directory that goes when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> io::Result<Self> {
        let dir = |i: u32| env::temp_dir().join(format!("skep-link.{}.{i}", process::id()));
        for i in 0..100 {
            match fs::create_dir(dir(i)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(dir(i))),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The object that was left there.
    fn object(&self) -> Option<Vec<u8>> {
        let files = fs::read_dir(&self.0).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let mut objects = files.filter(|path| path.extension().is_some_and(|extension| extension == "o"));
        fs::read(objects.next()?).ok()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
