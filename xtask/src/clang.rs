//! The one clang that committed objects are built with, and older ones for a few of them.

use crate::process::{Outcome, fail, read, run};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The major version of the pinned clang: what is looked for, and installed as `clang-22` and `llvm-22`.
pub const MAJOR: u32 = 22;
/// Its whole version. Another one makes other bytes.
pub const VERSION: &str = "22.1.8";
/// Older clangs whose objects are kept too, with their whole versions.
pub const OLDER: [(u32, &str); 3] = [(14, "14.0.6"), (16, "16.0.6"), (19, "19.1.7")];

/// What an object says of its source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Debug {
    /// Nothing.
    None,
    /// Types and lines: BTF.
    Types,
    /// DWARF, too.
    All,
}

/// An installed clang of the expected version.
pub struct Clang {
    compiler: String,
    strip: Option<String>,
}

impl Clang {
    /// Finds `clang-MAJOR` if it is exactly `version`, or says why not.
    pub fn find(major: u32, version: &str) -> Result<Self, String> {
        let compiler = format!("clang-{major}");
        let Ok(found) = read(Command::new(&compiler).arg("--version")) else {
            return Err(format!("{compiler} is not installed"));
        };
        let first = found.lines().next().unwrap_or_default();
        if !first.split([' ', '-', '+', '~']).any(|word| word == version) {
            return Err(format!("{compiler} is not {version} but: {first}"));
        }
        // Any llvm-strip does the same to these objects.
        let names = [format!("llvm-strip-{major}"), format!("llvm-strip-{MAJOR}"), "llvm-strip".into()];
        let strip = names.into_iter().find(|name| read(Command::new(name).arg("--version")).is_ok());
        match strip {
            None => Err(format!("llvm-strip-{major} is not installed")),
            strip => Ok(Self { compiler, strip }),
        }
    }

    /// Compiles one source for `target` (`bpfel` or `bpfeb`). Paths are from the root of the workspace, and so are those
    /// in the object.
    pub fn compile(&self, source: &Path, target: &str, debug: Debug, object: &Path) -> Outcome {
        let mut command = Command::new(&self.compiler);
        command.args(["-O2", "-mcpu=v3", "-std=gnu11", "-Wall", "-Wextra", "-Werror"]);
        command.args(["-Wno-unused-parameter", "-Wno-unused-const-variable"]);
        command.args(["-Wno-unknown-warning-option", "-Wno-c23-extensions", "-Wno-c2x-extensions"]);
        // Without a compilation directory the objects would name the one they were built in.
        command.args(["-Iexamples/include", "-fdebug-compilation-dir=."]).arg(format!("--target={target}"));
        if debug != Debug::None {
            command.arg("-g");
        }
        run(command.arg("-c").arg(source).arg("-o").arg(object))?;
        match &self.strip {
            // Keeps .BTF and .BTF.ext; drops DWARF.
            Some(strip) if debug == Debug::Types => run(Command::new(strip).arg("-g").arg(object)),
            _ => Ok(()),
        }
    }
}

impl Clang {
    /// Takes debug information out of an object, and leaves its types.
    pub fn strip(&self, object: &Path) -> Outcome {
        self.strip.as_ref().map_or(Ok(()), |strip| run(Command::new(strip).arg("-g").arg(object)))
    }
}

/// Installs the pinned clang from the machine's own package sources.
pub fn install() -> Outcome {
    if Clang::find(MAJOR, VERSION).is_ok() {
        return Ok(());
    }
    let packages = [format!("clang-{MAJOR}"), format!("llvm-{MAJOR}")];
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get").args(["install", "-y", "--no-install-recommends"]).args(packages))?;
    Clang::find(MAJOR, VERSION).map(drop).or_else(fail)
}

/// A folder for what is built only to be compared.
pub fn scratch() -> Outcome<PathBuf> {
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from).join("xtask");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
