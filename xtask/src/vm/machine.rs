//! One boot: qemu is started, and what the first process says becomes a report.

use super::image::Kernel;
use super::report::{Job, Report};
use crate::clang::scratch;
use crate::process::{During, Failure, Outcome};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

pub const QEMU: &str = "qemu-system-x86_64";
/// How long the machine may take to boot.
const BOOT: Duration = Duration::from_secs(120);
/// How long it may then say nothing; longer than any job in it may take.
const SILENCE: Duration = Duration::from_secs(330);

/// What a kernel says when one processor runs into a place that another one is just patching. Emulated processors may see
/// half of that, real ones never do.
const HALF_PATCHED: &str = "Oops: int3";

/// Boots the kernel and waits until the machine is off. If the emulator was at fault that it stopped, it gets a second chance.
pub fn boot(label: &str, kernel: &Kernel, initramfs: &Path) -> Outcome<Report> {
    let report = run(label, kernel, initramfs)?;
    if !report.is_broken() || !console(label)?.contains(HALF_PATCHED) {
        return Ok(report);
    }
    println!("{label}: the emulated machine ran into a half-patched instruction, once more");
    run(label, kernel, initramfs)
}

fn console(label: &str) -> Outcome<String> {
    let log = fs::read(scratch()?.join(format!("console-{label}.log"))).unwrap_or_default();
    Ok(String::from_utf8_lossy(&log).into_owned())
}

fn run(label: &str, kernel: &Kernel, initramfs: &Path) -> Outcome<Report> {
    let log = scratch()?.join(format!("console-{label}.log"));
    let mut qemu = Command::new(QEMU);
    qemu.args(["-nodefaults", "-display", "none", "-monitor", "none", "-no-reboot", "-m", "1536", "-smp", "2"]);
    // Emulated: a /dev/kvm inside a virtual machine may itself be an emulation, slower and with gaps.
    qemu.args(["-accel", "tcg,thread=multi", "-cpu", "max"]);
    qemu.arg("-kernel").arg(&kernel.image).arg("-initrd").arg(initramfs);
    qemu.args(["-append", "console=ttyS0 panic=-1 reboot=t mitigations=off lsm=bpf"]);
    qemu.arg("-serial").arg(format!("file:{}", log.display())).args(["-serial", "stdio"]);
    let errors = fs::File::create(log.with_extension("qemu"))?;
    let mut child = qemu.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).spawn().during(QEMU)?;
    let pipe = child.stdout.take().ok_or_else(|| Failure("qemu has no output".into()))?;
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
    });
    let heard = listen(&lines);
    let _ = child.kill();
    let _ = child.wait();
    if !heard.whole {
        let errors = fs::read(log.with_extension("qemu")).unwrap_or_default();
        let text = console(label)?;
        let tail: Vec<_> = text.lines().rev().take(15).map(str::to_owned).collect();
        let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
        let text = format!("the machine stopped before it was done\n{tail}\n{}", String::from_utf8_lossy(&errors));
        return Ok(Report::of(label, heard.jobs, heard.notes).and_broken(&Failure(text)));
    }
    Ok(Report::of(label, heard.jobs, heard.notes))
}

/// What the first process said.
#[derive(Default)]
struct Heard {
    jobs: Vec<Job>,
    notes: Vec<String>,
    whole: bool,
}

fn listen(lines: &Receiver<String>) -> Heard {
    let mut heard = Heard::default();
    let mut open = false;
    let mut limit = BOOT;
    while let Ok(line) = lines.recv_timeout(limit) {
        limit = SILENCE;
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match (word, heard.jobs.last_mut().filter(|_| open)) {
            ("begin", _) => {
                heard.jobs.push(Job { name: rest.to_owned(), ..Job::default() });
                open = true;
            }
            ("|", Some(job)) => job.output.push(rest.to_owned()),
            ("!", Some(job)) => job.errors.push(rest.to_owned()),
            ("end", Some(job)) => {
                job.status = rest.trim_start_matches(&job.name).split_whitespace().next().unwrap_or("").to_owned();
                open = false;
            }
            ("!", None) => heard.notes.push(rest.to_owned()),
            ("bye", _) => {
                heard.whole = true;
                break;
            }
            _ => {}
        }
    }
    heard
}
