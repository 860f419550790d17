//! The files that are linked: objects and archives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use skep::{
    linker::{Library, Wanted, pull},
    object::Object,
};

use crate::{
    args, input,
    report::{Failure, Report, status},
};

/// Objects, those taken out of archives last.
pub struct Inputs {
    pub objects: Vec<Object>,
    /// For each object, why it was taken out of an archive.
    pub wanted: Vec<Option<Wanted>>,
    /// Every file that was read.
    pub files: Vec<PathBuf>,
}

/// The files that the arguments name, archives given by name among them.
pub fn search(args: &args::Link) -> Result<Vec<PathBuf>, Failure> {
    let find = |name: &String| {
        let file = format!("lib{name}.a");
        let found = args.library_paths.iter().map(|dir| dir.join(&file)).find(|path| path.exists());
        found.ok_or_else(|| {
            let places: Vec<_> = args.library_paths.iter().map(|dir| dir.display().to_string()).collect();
            let places = if places.is_empty() { "no directory was given".into() } else { places.join(", ") };
            let report = Report::new("file-unreadable", format!("cannot find {file} ({places})"));
            Failure::new(status::INPUT, report.help("say where it is with `-L DIR`, or name the file itself"))
        })
    };
    let libraries = Failure::collect(args.libraries.iter().map(find))?;
    Ok(args.files.iter().cloned().chain(libraries).collect())
}

/// Reads objects, and what they need of archives.
pub fn read(paths: &[PathBuf], undefined: &[String], whole: bool) -> Result<Inputs, Failure> {
    read_with(None, paths, undefined, whole)
}

/// As [`read`], with an object that is there already.
pub fn read_with(
    first: Option<Object>,
    paths: &[PathBuf],
    undefined: &[String],
    whole: bool,
) -> Result<Inputs, Failure> {
    let objects = first.into_iter().collect();
    let mut inputs = Inputs { objects, wanted: Vec::new(), files: paths.to_vec() };
    let mut libraries = Vec::new();
    let fail = |errors| Failure::of(status::INPUT, &errors);
    Failure::collect(paths.iter().map(|path| {
        if !input::is_library(path) {
            return input::object(path).map(|object| inputs.objects.push(object));
        }
        let (name, bytes) = (path.to_string_lossy(), input::bytes(path)?);
        let beside = path.parent().unwrap_or(Path::new(""));
        let files = &mut inputs.files;
        let library = Library::read(&name, &bytes, |member| {
            let file = beside.join(member);
            let read = fs::read(&file).map_err(|error| format!("{}: {}", file.display(), input::reason(&error)));
            files.push(file);
            read
        });
        libraries.push(library.map_err(fail)?);
        Ok(())
    }))?;
    inputs.wanted.resize(inputs.objects.len(), None);
    for (object, wanted) in pull(&inputs.objects, libraries, undefined, whole).map_err(fail)? {
        inputs.objects.push(object);
        inputs.wanted.push(wanted);
    }
    Ok(inputs)
}
