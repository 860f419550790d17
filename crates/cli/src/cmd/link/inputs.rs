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
    args::{self, LinkInput, LinkName},
    input,
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

/// A file to be linked, and whether all of it is taken if it is an archive.
pub type File = (PathBuf, bool);

/// The files that the arguments name, archives given by name among them.
pub fn search(args: &args::Link) -> Result<Vec<File>, Failure> {
    let find = |input: &LinkInput| match &input.name {
        LinkName::File(path) => Ok((path.clone(), input.whole)),
        LinkName::Library(name) => {
            let file = format!("lib{name}.a");
            let found = args.library_paths.iter().map(|dir| dir.join(&file)).find(|path| path.exists());
            found.map(|path| (path, input.whole)).ok_or_else(|| {
                let places: Vec<_> = args.library_paths.iter().map(|dir| dir.display().to_string()).collect();
                let places = if places.is_empty() { "no directory was given".into() } else { places.join(", ") };
                let report = Report::new("file-unreadable", format!("cannot find {file} ({places})"));
                Failure::new(status::INPUT, report.help("say where it is with `-L DIR`, or name the file itself"))
            })
        }
    };
    Failure::collect(args.inputs.all.iter().map(find))
}

/// Reads objects, and what they need of archives.
pub fn read(paths: &[PathBuf]) -> Result<Inputs, Failure> {
    let files: Vec<File> = paths.iter().map(|path| (path.clone(), false)).collect();
    read_with(None, &files, &[], false)
}

/// Reads objects, and what they or `undefined` need of archives, beside an object that is there already; with debug
/// information if that is wanted.
pub fn read_with(first: Option<Object>, files: &[File], undefined: &[String], debug: bool) -> Result<Inputs, Failure> {
    let files_read = files.iter().map(|(path, _)| path.clone()).collect();
    let mut inputs = Inputs { objects: first.into_iter().collect(), wanted: Vec::new(), files: files_read };
    let mut libraries = Vec::new();
    Failure::collect(files.iter().map(|(path, whole)| {
        let bytes = input::bytes(path)?;
        if !Library::is_one(&bytes) {
            return input::object_of(path, bytes, debug).map(|object| inputs.objects.push(object));
        }
        let mut library = library(path, &bytes, &mut inputs.files, debug)?;
        library.whole = *whole;
        libraries.push(library);
        Ok(())
    }))?;
    inputs.wanted.resize(inputs.objects.len(), None);
    let pulled = pull(&inputs.objects, libraries, undefined).map_err(|errors| Failure::of(status::INPUT, &errors))?;
    for (object, wanted) in pulled {
        inputs.objects.push(object);
        inputs.wanted.push(wanted);
    }
    Ok(inputs)
}

/// Reads an archive; one that only names its members is followed by them in `files`.
fn library(path: &Path, bytes: &[u8], files: &mut Vec<PathBuf>, debug: bool) -> Result<Library, Failure> {
    let name = path.to_string_lossy();
    let beside = path.parent().unwrap_or(Path::new(""));
    let member = |member: &str| {
        let file = beside.join(member);
        let read = fs::read(&file).map_err(|error| format!("{}: {}", file.display(), input::reason(&error)));
        files.push(file);
        read
    };
    let library = match debug {
        true => Library::read_with_debug(&name, bytes, member),
        false => Library::read(&name, bytes, member),
    };
    library.map_err(|errors| Failure::of(status::INPUT, &errors))
}
