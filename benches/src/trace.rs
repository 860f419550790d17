//! A process under ptrace(2): its bpf(2) calls, and the time it spends outside of system calls.
//!
//! The kernel here may divide a process's time into user and system time by sampling, once in milliseconds. The clock
//! of a traced thread is exact, and stands still while it is stopped: read at both ends of each system call, it says
//! how long the thread ran between them. What the stop itself costs is measured first, and taken off.

use std::{
    error::Error,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// No system call has this number: it begins and ends what is measured.
const MARK: libc::c_long = 0x7eee;

/// What was seen between the two marks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traced {
    /// Calls of bpf(2).
    pub bpf_calls: u64,
    /// All system calls.
    pub calls: u64,
    /// Time outside of system calls, in microseconds; the stops included.
    pub user_us: f64,
}

/// Says to whoever traces this process that the measured part begins or ends.
pub fn mark() {
    // SAFETY: the kernel refuses an unknown number and does nothing.
    unsafe { libc::syscall(MARK) };
}

/// System calls without work, to learn what a stop costs.
pub fn calibrate() {
    mark();
    for _ in 0..CALIBRATION {
        // SAFETY: getppid(2) has no arguments and always succeeds.
        unsafe { libc::syscall(libc::SYS_getppid) };
    }
    mark();
}

const CALIBRATION: u32 = 2000;

/// Runs a command of one thread to its end and watches what it does between its marks.
pub fn run(command: &mut Command) -> Result<Traced> {
    // SAFETY: PTRACE_TRACEME between fork and exec touches nothing but the kernel's state of the child.
    unsafe {
        command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let child = process.id() as libc::pid_t;
    let (mut seen, mut marks, mut inside, mut configured, mut left_at) = (Traced::default(), 0, false, false, 0.0);
    loop {
        let mut status = 0;
        // SAFETY: `status` is valid for a write; the child is ours.
        if unsafe { libc::waitpid(child, &mut status, libc::__WALL) } < 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            // It has been waited for already.
            let _ = process.try_wait();
            return if status == 0 && marks == 2 { Ok(seen) } else { Err("the traced process failed".into()) };
        }
        let (signal, mut pass) = (libc::WSTOPSIG(status), 0);
        if !configured {
            let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
            // SAFETY: the child is stopped at its exec.
            unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, child, 0, options) };
            configured = true;
        } else if signal == libc::SIGTRAP | 0x80 {
            inside = !inside;
            if inside {
                let (now, call) = (clock_of(child), syscall_of(child));
                if marks == 1 {
                    seen.user_us += now - left_at;
                    seen.calls += 1;
                    seen.bpf_calls += u64::from(call == libc::SYS_bpf);
                }
                marks += u32::from(call == MARK);
            } else {
                left_at = clock_of(child);
            }
        } else if signal != libc::SIGTRAP {
            pass = signal;
        }
        // SAFETY: the child is stopped.
        unsafe { libc::ptrace(libc::PTRACE_SYSCALL, child, 0, pass) };
    }
}

/// What a stop adds to the time outside of system calls, in microseconds.
pub fn stop_us(calibrate: &mut Command) -> Result<f64> {
    let seen = run(calibrate)?;
    Ok(seen.user_us / seen.calls as f64)
}

/// The time that a stopped process has run, in microseconds.
fn clock_of(pid: libc::pid_t) -> f64 {
    // The clock of the scheduler of the process: what clock_getcpuclockid(3) gives.
    let clock = !pid << 3 | 2;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for a write.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// The number of the system call that a stopped process enters.
fn syscall_of(pid: libc::pid_t) -> libc::c_long {
    // SAFETY: the structure is plain data, for which zeroes are valid, and the kernel writes no more than its size.
    unsafe {
        let mut info: libc::ptrace_syscall_info = std::mem::zeroed();
        let size = size_of::<libc::ptrace_syscall_info>();
        libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size, &mut info);
        info.u.entry.nr as libc::c_long
    }
}
