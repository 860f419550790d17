//! Files written whole or not at all.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    input::reason,
    output,
    report::{Failure, Report, status},
};

/// Writes a file beside its place and moves it there when it is complete.
pub fn whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        let message = format!("cannot write {}: {}", path.display(), reason(&error));
        Failure::new(status::USAGE, Report::new("file-unwritable", message))
    };
    // What is no file, such as /dev/null, has nothing beside it; nor has /dev/stdout, whatever it leads to.
    let in_devices =
        path.parent() == Some(Path::new("/dev")) || ["/dev/fd", "/proc"].iter().any(|dir| path.starts_with(dir));
    if in_devices || fs::metadata(path).is_ok_and(|m| !m.is_file()) {
        return fs::write(path, bytes).map_err(fail);
    }
    // A link to a file stays one.
    let target = fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = fs::File::create_new(&beside).and_then(|mut file| file.write_all(bytes));
    let moved = written.and_then(|()| fs::rename(&beside, path));
    moved.map_err(|error| {
        let _ = fs::remove_file(&beside);
        fail(error)
    })
}

/// Writes text to a file, or prints it for `-`.
pub fn text(path: &Path, text: &str) -> Result<(), Failure> {
    if path != Path::new("-") {
        return whole(path, text.as_bytes());
    }
    let mut out = output::out();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(output::lost)
}

/// A rule for make: the output depends on the inputs, which may vanish.
pub fn dependencies(output: &Path, inputs: &[PathBuf]) -> String {
    let escape = |path: &Path| path.to_string_lossy().replace('$', "$$").replace('#', "\\#").replace(' ', "\\ ");
    let mut names: Vec<String> = inputs.iter().map(|path| escape(path)).collect();
    names.dedup();
    let mut text = format!("{}:", escape(output));
    names.iter().for_each(|name| text += &format!(" \\\n  {name}"));
    text.push('\n');
    names.iter().for_each(|name| text += &format!("\n{name}:\n"));
    text
}
