//! Assembly text on the command line.

use std::{
    fs,
    path::{Path, PathBuf},
};

use skep::object::{
    Object,
    text::{self, Assembled, Loaded, Loader, Options},
};

use crate::{
    input, output,
    report::{Failure, Report, status},
};

/// Where included files are looked for: beside the file that names them, then in these folders.
#[derive(Debug, Default)]
pub struct Includes {
    /// The folders.
    pub dirs: Vec<PathBuf>,
}

impl Loader for Includes {
    fn load(&self, name: &str, from: &str) -> Result<Loaded, String> {
        let beside = Path::new(from).parent().map(Path::to_path_buf);
        let mut why = String::new();
        for dir in beside.into_iter().chain(self.dirs.iter().cloned()) {
            let path = dir.join(name);
            match fs::read(&path) {
                Ok(bytes) => return Ok(Loaded { name: path.to_string_lossy().into_owned(), bytes }),
                Err(error) if why.is_empty() || error.kind() != std::io::ErrorKind::NotFound => {
                    why = input::reason(&error);
                }
                Err(_) => {}
            }
        }
        Err(why)
    }
}

/// Whether a file is to be assembled first.
pub fn is_source(path: &Path) -> bool {
    text::is_source(&path.to_string_lossy())
}

/// Assembles a source, as the verbs do that take objects.
pub fn assemble(name: &str, bytes: Vec<u8>) -> Result<Assembled, Failure> {
    let source = text(name, bytes)?;
    let loader = Includes::default();
    let options = Options { loader: &loader, ..Options::default() };
    let assembled = text::assemble(name, &source, &options).map_err(|errors| Failure::of(status::INPUT, &errors))?;
    warn(&assembled);
    Ok(assembled)
}

/// The object of what was assembled.
pub fn object(assembled: &Assembled) -> Result<Object, Failure> {
    assembled.object().map_err(|errors| Failure::of(status::INPUT, &errors))
}

/// A file as text.
pub fn text(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("{name} is no text: byte {} is not UTF-8", error.utf8_error().valid_up_to());
        Failure::new(status::INPUT, Report::new("not-text", message).file(name))
    })
}

/// Says what a source has to say.
pub fn warn(assembled: &Assembled) {
    for (site, text) in &assembled.warnings {
        let place = site.source.as_ref().map(|at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        output::warn(&format!("{}{text}", place.unwrap_or_default()));
    }
}
