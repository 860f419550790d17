//! `skep check`: objects against any number of kernels, without privileges.

mod json;
mod policy;
mod reasons;
mod table;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use skep::{
    Linked,
    reloc::check::{Checker, Report},
};

pub use policy::{Allow, Policy};

use crate::{
    args, input, output,
    report::{Failure, Report as Message, status},
    target,
};
use policy::Judge;

/// An object, and what it finds on each kernel.
pub struct Checked {
    /// The file, as it was named.
    pub file: String,
    /// A report for each kernel.
    pub reports: Vec<Report>,
}

/// A kernel that was asked for.
pub struct Kernel {
    /// What it is called here.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its release, as far as it is known.
    pub release: String,
}

/// Checks objects and says what they miss. The exit status is by the policy.
pub fn check(args: &args::Check) -> Result<u8, Failure> {
    let linked = |path: &PathBuf| input::linked([input::object(path)?]);
    let linked: Vec<Linked> = Failure::collect(args.files.iter().map(linked))?;
    let paths = kernels(&args.target)?;
    let mut kernels = named(&paths);
    let checkers: Vec<Checker<'_>> = linked.iter().map(Checker::new).collect();
    let progress = progress(paths.len());
    let on = |path: &PathBuf| -> Result<Vec<Report>, Failure> {
        let target = target::open(path)?;
        let reports = checkers.iter().map(|checker| checker.check(&target)).collect();
        progress.inc(1);
        Ok(reports)
    };
    let results: Vec<_> = paths.par_iter().map(on).collect();
    progress.finish_and_clear();
    let by_kernel = Failure::collect(results)?;
    let mut objects: Vec<Checked> =
        args.files.iter().map(|file| Checked { file: file.display().to_string(), reports: Vec::new() }).collect();
    for (reports, kernel) in by_kernel.into_iter().zip(&mut kernels) {
        for (report, object) in reports.into_iter().zip(&mut objects) {
            kernel.release = report.release.to_string();
            object.reports.push(report);
        }
    }
    let judge = Judge { policy: args.policy, allow: &args.allow, strict: args.strict };
    let names: Vec<&str> = kernels.iter().map(|kernel| kernel.name.as_str()).collect();
    let passes: Vec<bool> = objects.iter().map(|object| judge.passes(object, &names)).collect();
    if args.json {
        output::json_line(&json::all(&objects, &kernels, &passes, args.policy))
    } else {
        let mut out = output::out();
        objects.iter().try_for_each(|object| {
            table::print(&mut out, object, &names)?;
            reasons::print(&mut out, object, &names, args.quiet)
        })
    }
    .map_err(output::lost)?;
    Ok(if passes.iter().all(|passes| *passes) { 0 } else { status::TARGET })
}

/// Every kernel that was named, and those in directories of kernels.
fn kernels(targets: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let each = targets.iter().map(|path| match target::inside(path)? {
        None => Ok(vec![path.clone()]),
        Some(found) if found.is_empty() => Err(none(path)),
        Some(found) => Ok(found),
    });
    Ok(Failure::collect(each)?.concat())
}

fn none(path: &Path) -> Failure {
    let report = Message::new("target-unavailable", format!("{} holds no kernel", path.display()))
        .help("a kernel is a file of BTF, or a directory with a file `vmlinux`");
    Failure::new(status::TARGET, report)
}

/// What each kernel is called: its file's name, or its path where several have that name.
fn named(paths: &[PathBuf]) -> Vec<Kernel> {
    let short = |path: &PathBuf| {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let name = if path.is_dir() { &name } else { name.strip_suffix(".btf").unwrap_or(&name) };
        name.to_owned()
    };
    let mut count = HashMap::new();
    paths.iter().for_each(|path| *count.entry(short(path)).or_insert(0) += 1);
    let name = |path: &PathBuf| match short(path) {
        name if count.get(&name) == Some(&1) => name,
        _ => path.display().to_string(),
    };
    paths.iter().map(|path| Kernel { name: name(path), path: path.clone(), release: String::new() }).collect()
}

/// How far it is, if a person watches and there is something to wait for.
fn progress(kernels: usize) -> ProgressBar {
    if kernels < 4 || !output::is_attended() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(kernels as u64);
    match ProgressStyle::with_template("{bar:30} {pos}/{len} kernels") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
