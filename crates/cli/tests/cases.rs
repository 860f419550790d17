//! Golden cases: a command, and what it is to print. They lie in `tests/cases/STAGE/NAME.case` of the workspace:
//!
//! ```text
//! $ skep dump fixtures/o/el/maps.bpf.o
//! what it prints
//! --- status 3
//! what it prints on standard error
//! ```
//!
//! `UPDATE=1 cargo test -p skep-cli --test cases` writes what is printed now. Cases in `kernel/` ask the running kernel,
//! need root, and name with `? …` what has to occur, in this order, instead of all that is printed; so do those in
//! `unprivileged/`, which are run as `nobody` if the tests are run as root.

use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Failed, Trial};

const NOBODY: u32 = 65534;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cases = root.join("tests/cases");
    let mut files: Vec<PathBuf> = entries(&cases).iter().flat_map(|dir| entries(dir)).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "case"));
    files.sort();
    let lacks = lacks();
    let trials = files.into_iter().map(|file| {
        let name = file.strip_prefix(&cases).unwrap_or(&file).with_extension("").display().to_string();
        let (by_kernel, as_nobody) = (name.starts_with("kernel/"), name.starts_with("unprivileged/"));
        let title = match lacks {
            Some(why) if by_kernel => format!("{name} (ignored: {why})"),
            _ => name,
        };
        let case = Case { root: root.clone(), file, is_pattern: by_kernel || as_nobody, as_nobody };
        Trial::test(title, move || case.check()).with_ignored_flag(by_kernel && lacks.is_some())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// Why the kernel cannot be asked here.
fn lacks() -> Option<&'static str> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let caps = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap_or("0");
    let caps = u64::from_str_radix(caps.trim(), 16).unwrap_or(0);
    match (caps >> 39 & 1, Path::new("/sys/kernel/btf/vmlinux").exists()) {
        (0, _) => Some("it needs CAP_BPF"),
        (_, false) => Some("this kernel has no BTF"),
        _ => None,
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

struct Case {
    root: PathBuf,
    file: PathBuf,
    is_pattern: bool,
    as_nobody: bool,
}

impl Case {
    fn check(&self) -> Result<(), Failed> {
        let text = fs::read_to_string(&self.file)?;
        let (command, expected) = text.split_once('\n').unwrap_or((&text, ""));
        let printed = self.run(command.strip_prefix("$ skep").ok_or("it does not begin with `$ skep`")?)?;
        if self.is_pattern {
            return occur(expected, &printed);
        }
        if printed == expected {
            return Ok(());
        }
        if std::env::var_os("UPDATE").is_some() {
            return Ok(fs::write(&self.file, format!("{command}\n{printed}"))?);
        }
        Err(format!("{}\nwith UPDATE=1 the case is written anew", difference(expected, &printed)).into())
    }

    /// What a command prints, as a case has it.
    fn run(&self, arguments: &str) -> Result<String, Failed> {
        // Nobody may not be able to walk to the binary, but may run what is open.
        let binary = fs::File::open(env!("CARGO_BIN_EXE_skep"))?;
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        let mut command = match self.as_nobody && is_root {
            true => {
                let mut command = Command::new("/proc/self/fd/0");
                command.stdin(binary).uid(NOBODY).gid(NOBODY);
                command
            }
            false => Command::new(env!("CARGO_BIN_EXE_skep")),
        };
        // Words between single quotes belong together.
        for (i, part) in arguments.split('\'').enumerate() {
            match i % 2 {
                0 => command.args(part.split_whitespace()),
                _ => command.arg(part),
            };
        }
        let output = command.current_dir(&self.root).env("NO_COLOR", "1").env("COLUMNS", "200").output()?;
        let mut text = readable(&String::from_utf8(output.stdout)?);
        let errors = String::from_utf8(output.stderr)?;
        let status = output.status.code().ok_or("it was ended by a signal")?;
        if status != 0 || !errors.is_empty() {
            text += &format!("--- status {status}\n{errors}");
        }
        // Ends of lines are not what cases are about.
        Ok(text.lines().map(|line| line.trim_end().to_owned() + "\n").collect())
    }
}

/// JSON with a line for each member, so that differences can be read.
fn readable(text: &str) -> String {
    let lines: Option<Vec<String>> = text
        .lines()
        .map(|line| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(line).ok()?).ok())
        .collect();
    match lines {
        Some(lines) if !lines.is_empty() => lines.join("\n") + "\n",
        _ => text.to_owned(),
    }
}

/// Whether what is asked for occurs, in this order, and the exit status is the one given.
fn occur(expected: &str, printed: &str) -> Result<(), Failed> {
    let mut rest = printed;
    for line in expected.lines().filter(|line| !line.is_empty()) {
        let wanted = line.strip_prefix("? ").unwrap_or(line);
        let at = rest.find(wanted).ok_or_else(|| format!("`{wanted}` does not occur in\n{printed}"))?;
        rest = &rest[at + wanted.len()..];
    }
    let fails = |text: &str| text.lines().any(|line| line.starts_with("--- status ") && line != "--- status 0");
    if fails(printed) && !fails(expected) { Err(format!("it failed:\n{printed}").into()) } else { Ok(()) }
}

/// The first line that differs, with those around it.
fn difference(expected: &str, printed: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
    let at = (0..).find(|&i| old.get(i) != new.get(i)).unwrap_or(0);
    let around = |lines: &[&str], sign: &str| {
        let some = lines.iter().skip(at.saturating_sub(2)).take(6);
        some.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    format!("line {} differs\n{}{}", at + 2, around(&old, "-"), around(&new, "+"))
}
