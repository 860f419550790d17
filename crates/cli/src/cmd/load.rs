//! `skep load`: the whole object, as an agent would load it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::json;
use skep::{Error, Loaded};

use crate::{
    args, input,
    open::{failure, failure_of, open_one},
    output::{self, FAINT, GOOD, NAME, styled},
    report::{Failure, Report, status},
};

/// Loads an object, pins it if asked to, and says what was loaded.
pub fn load(args: &args::Load) -> Result<(), Failure> {
    for skep in open_one(&args.files, &args.what)? {
        let loaded = skep.load().map_err(|errors| failure_of(skep.linked(), &errors))?;
        if let Some(dir) = &args.pin {
            pin(&loaded, dir)?;
        }
        if args.json { json(&loaded) } else { text(&loaded) }.map_err(output::lost)?;
    }
    Ok(())
}

/// Pins all programs and maps below a directory, or none.
fn pin(loaded: &Loaded, dir: &Path) -> Result<(), Failure> {
    let made = !dir.exists();
    fs::create_dir_all(dir).map_err(|error| {
        let message = format!("cannot create {}: {}", dir.display(), input::reason(&error));
        let help = "the directory must be on a BPF file system, such as /sys/fs/bpf";
        Failure::new(status::REFUSED, Report::new("pin", message).help(help))
    })?;
    let mut pinned: Vec<PathBuf> = Vec::new();
    let mut keep = |name: &str, pin: &dyn Fn(&Path) -> Result<(), Error>| {
        // A BPF file system has no use for dots in names.
        let path = dir.join(name.replace('.', "_"));
        pin(&path)?;
        pinned.push(path);
        Ok(())
    };
    let all = loaded
        .programs()
        .iter()
        .try_for_each(|program| keep(program.name(), &|path| program.pin(path)))
        .and_then(|()| loaded.maps().try_for_each(|map| keep(map.name(), &|path| map.pin(path))));
    all.map_err(|error: Error| {
        // What was pinned before the failure is taken back; there is nothing to be done if even that fails.
        for path in &pinned {
            let _ = skep::unpin(path);
        }
        if made {
            let _ = fs::remove_dir(dir);
        }
        failure(&error.into())
    })
}

fn text(loaded: &Loaded) -> io::Result<()> {
    use io::Write;
    let mut out = output::out();
    for program in loaded.programs() {
        let about = match program.info() {
            Ok(info) => format!("id {}, {} B of code", info.id, info.xlated_len),
            Err(_) => String::new(),
        };
        let name = styled(NAME, program.name());
        let kind = format!("{}, {about}", program.prog_type());
        writeln!(out, "{} program {name}  {}", styled(GOOD, "loaded"), styled(FAINT, kind))?;
    }
    for map in loaded.maps() {
        let about = format!("{}, key {} B, value {} B", map.map_type(), map.key_size(), map.value_size());
        writeln!(out, "{} map {}  {}", styled(GOOD, "loaded"), styled(NAME, map.name()), styled(FAINT, about))?;
    }
    Ok(())
}

fn json(loaded: &Loaded) -> io::Result<()> {
    let programs = loaded.programs().iter().map(|program| {
        let id = program.info().ok().map(|info| info.id);
        json!({ "name": &**program.name(), "type": program.prog_type().to_string(), "id": id })
    });
    let maps = loaded.maps().map(|map| {
        let id = map.info().ok().map(|info| info.id);
        json!({ "name": map.name(), "type": map.map_type().to_string(), "id": id })
    });
    output::json_line(&json!({ "programs": programs.collect::<Vec<_>>(), "maps": maps.collect::<Vec<_>>() }))
}
