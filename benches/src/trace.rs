//! Counting a child's bpf(2) calls with ptrace(2).

use std::{
    error::Error,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

/// Runs a command to its end and counts how often it calls bpf(2), in all of its threads.
pub fn bpf_calls(command: &mut Command) -> Result<u64, Box<dyn Error>> {
    // SAFETY: PTRACE_TRACEME between fork and exec touches nothing but the kernel's state of the child.
    unsafe {
        command.pre_exec(|| match libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    let child = command.stdout(Stdio::null()).spawn()?.id() as libc::pid_t;
    let (mut entries, mut entered) = (0, std::collections::HashSet::new());
    let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_TRACECLONE | libc::PTRACE_O_EXITKILL;
    let mut configured = false;
    loop {
        let mut status = 0;
        // SAFETY: `status` is valid for a write; children are ours.
        let pid = unsafe { libc::waitpid(-1, &mut status, libc::__WALL) };
        if pid < 0 {
            return Ok(entries);
        }
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            match pid == child {
                true if status == 0 => return Ok(entries),
                true => return Err(format!("the traced process ended with status {status:#x}").into()),
                false => continue,
            }
        }
        let signal = libc::WSTOPSIG(status);
        let mut pass = 0;
        if !configured {
            // SAFETY: the child is stopped at its exec.
            unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, options) };
            configured = true;
        } else if signal == libc::SIGTRAP | 0x80 {
            if !entered.remove(&pid) {
                entered.insert(pid);
                entries += u64::from(syscall_of(pid) == libc::SYS_bpf);
            }
        } else if signal != libc::SIGTRAP && signal != libc::SIGSTOP {
            pass = signal;
        }
        // SAFETY: the child is stopped.
        unsafe { libc::ptrace(libc::PTRACE_SYSCALL, pid, 0, pass) };
    }
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
