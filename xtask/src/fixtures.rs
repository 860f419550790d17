//! `cargo xtask fixtures`: compiles the sources in `examples/` and `fixtures/` to the objects committed beside them.
//!
//! With `--check` nothing is written: an object that would come out different is a failure.

use crate::clang::{self, Clang, Debug};
use crate::process::{During, Outcome, fail, read};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiled without `-g`, because a fixture without BTF is wanted.
const WITHOUT_BTF: &[&str] = &["no_btf", "no_types"];
/// Those whose DWARF is kept.
const WITH_DWARF: &[&str] = &["traced", "traced_more"];
/// What the older clangs compile too.
const FOR_OLDER: &[&str] = &["examples/exec.bpf.c", "fixtures/c/map_in_map.bpf.c", "fixtures/c/subprograms.bpf.c"];
/// Kernels whose types are kept, as far as the objects of [`WITH_CORE`] need them.
const KERNELS: &[&str] = &["5.10", "6.1", "6.12", "7.2", "7.3"];
const WITH_CORE: &[&str] = &["core_kinds", "core_bitfields", "core_flavours", "core_enum64", "optional"];
const EXAMPLES_WITH_CORE: &[&str] = &["exec", "runqlat", "tasks"];

/// One object to build.
struct Job {
    source: PathBuf,
    object: PathBuf,
    target: &'static str,
}

pub fn run(args: &[String]) -> Outcome {
    let (mut check, mut install) = (false, false);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--check" => check = true,
            "--install" => {
                clang::install()?;
                install = true;
            }
            "--kernels" => return crate::kernels::run(Path::new(rest.next().map_or("", String::as_str))),
            "--btf" => return btf(Path::new(rest.next().map_or("", String::as_str))),
            other => return fail(format_args!("unknown argument {other}")),
        }
    }
    let pinned = match Clang::find(clang::MAJOR, clang::VERSION) {
        Ok(clang) => clang,
        Err(reason) if check => {
            println!("skipped: {reason}");
            return Ok(());
        }
        Err(reason) => return fail(format_args!("{reason} (--install gets it through apt-get)")),
    };
    let mut different = build(&pinned, &jobs()?, check)?;
    for (major, version) in clang::OLDER {
        match Clang::find(major, version) {
            Ok(older) => different += build(&older, &older_jobs(major), check)?,
            Err(reason) => println!("objects of clang {major} skipped: {reason}"),
        }
    }
    different += archives(check)?;
    different += crate::rust::build(&pinned, install, check)?;
    match different {
        0 => Ok(()),
        n if check => fail(format_args!("{n} objects differ from their sources: run `cargo xtask fixtures`")),
        _ => Ok(()),
    }
}

/// Builds each object and returns how many differ from what was there.
fn debug(stem: &str) -> Debug {
    match stem {
        _ if WITHOUT_BTF.contains(&stem) => Debug::None,
        _ if WITH_DWARF.contains(&stem) => Debug::All,
        _ => Debug::Types,
    }
}

fn build(clang: &Clang, jobs: &[Job], check: bool) -> Outcome<usize> {
    let scratch = clang::scratch()?.join("object.o");
    let mut different = 0;
    for job in jobs {
        clang.compile(&job.source, job.target, debug(stem(&job.source)), &scratch)?;
        let built = fs::read(&scratch)?;
        if fs::read(&job.object).is_ok_and(|old| old == built) {
            continue;
        }
        different += 1;
        println!("{} {}", if check { "differs:" } else { "written:" }, job.object.display());
        if !check {
            write(&job.object, &built)?;
        }
    }
    println!("{} objects, {different} {}", jobs.len(), if check { "differ" } else { "changed" });
    Ok(different)
}

/// Archives of fixtures: an object that is needed, one that another one needs, and what is no object.
const ARCHIVED: &[&str] = &["library.bpf.o", "visit.bpf.o"];

/// Puts fixtures into an archive for each byte order and returns how many differ from what was there.
fn archives(check: bool) -> Outcome<usize> {
    let mut different = 0;
    for order in ["el", "eb"] {
        let folder = Path::new("fixtures/o").join(order).join("link");
        let mut archive = b"!<arch>\n".to_vec();
        member(&mut archive, "lib.rmeta/", b"no object");
        for name in ARCHIVED {
            member(&mut archive, &format!("{name}/"), &fs::read(folder.join(name)).during(name)?);
        }
        let path = folder.join("liblink.a");
        if !fs::read(&path).is_ok_and(|old| old == archive) {
            different += 1;
            println!("{} {}", if check { "differs:" } else { "written:" }, path.display());
            if !check {
                write(&path, &archive)?;
            }
        }
    }
    Ok(different)
}

/// A member as `ar` writes it with `D`: no owner, no time.
fn member(archive: &mut Vec<u8>, name: &str, data: &[u8]) {
    archive.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, data.len()).bytes());
    archive.extend_from_slice(data);
    if data.len() % 2 == 1 {
        archive.push(b'\n');
    }
}

fn jobs() -> Outcome<Vec<Job>> {
    let mut jobs = Vec::new();
    for source in sources("examples")? {
        jobs.push(Job { object: source.with_extension("o"), source, target: "bpfel" });
    }
    for (folder, kind) in [("fixtures/c", ""), ("fixtures/c/bad", "bad"), ("fixtures/c/link", "link")] {
        for source in sources(folder)? {
            for (order, target) in [("el", "bpfel"), ("eb", "bpfeb")] {
                let object = Path::new("fixtures/o").join(order).join(kind).join(object_name(&source));
                jobs.push(Job { source: source.clone(), object, target });
            }
        }
    }
    Ok(jobs)
}

fn older_jobs(major: u32) -> Vec<Job> {
    let job = |source: &&str| {
        let source = PathBuf::from(source);
        let object = Path::new("fixtures/o").join(format!("clang{major}")).join(object_name(&source));
        Job { source, object, target: "bpfel" }
    };
    FOR_OLDER.iter().map(job).collect()
}

/// The C files in a folder, sorted.
fn sources(folder: &str) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).during(folder)?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<_> = paths.filter(|path| path.to_string_lossy().ends_with(".bpf.c")).collect();
    found.sort();
    Ok(found)
}

fn stem(source: &Path) -> &str {
    let name = source.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_suffix(".bpf.c").unwrap_or(name)
}

fn object_name(source: &Path) -> String {
    format!("{}.bpf.o", stem(source))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes).during(path.display())
}

/// From `DIR/RELEASE.btf`, the whole types of a kernel, keeps what the CO-RE fixtures look at. Needs bpftool.
fn btf(whole: &Path) -> Outcome {
    fs::create_dir_all("fixtures/btf")?;
    let fixtures = WITH_CORE.iter().map(|name| format!("fixtures/o/el/{name}.bpf.o"));
    let objects: Vec<_> =
        fixtures.chain(EXAMPLES_WITH_CORE.iter().map(|name| format!("examples/{name}.bpf.o"))).collect();
    for release in KERNELS {
        let from = whole.join(format!("{release}.btf"));
        if !from.exists() {
            println!("{release} skipped: no {}", from.display());
            continue;
        }
        let to = format!("fixtures/btf/{release}.min.btf");
        let mut bpftool = Command::new("bpftool");
        read(bpftool.args(["gen", "min_core_btf"]).arg(&from).arg(&to).args(&objects))?;
        println!("written: {to} ({} bytes)", fs::metadata(&to)?.len());
    }
    Ok(())
}
