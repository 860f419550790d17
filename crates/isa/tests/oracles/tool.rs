//! The programs.

use std::{
    io::Write,
    process::{Command, Stdio},
};

/// A program that may be installed.
pub struct Tool {
    variable: &'static str,
    usual: &'static str,
}

pub static LLVM_MC: Tool = Tool { variable: "LLVM_MC", usual: "llvm-mc-22" };
pub static BPF_AS: Tool = Tool { variable: "BPF_AS", usual: "bpf-as" };
pub static BPF_OBJDUMP: Tool = Tool { variable: "BPF_OBJDUMP", usual: "bpf-objdump" };
pub static BPF_OBJCOPY: Tool = Tool { variable: "BPF_OBJCOPY", usual: "bpf-objcopy" };

impl Tool {
    pub fn name(&self) -> String {
        std::env::var(self.variable).unwrap_or(self.usual.into())
    }

    pub fn is_there(&self) -> bool {
        let quiet = || Stdio::null();
        let version = Command::new(self.name()).arg("--version").stdout(quiet()).stderr(quiet()).status();
        version.is_ok_and(|status| status.success())
    }

    /// The release of a GNU program, 240 for 2.40; 0 if it does not say one.
    pub fn release(&self) -> u32 {
        let (_, out, _) = self.run(&["--version"], "");
        let last = out.lines().next().and_then(|line| line.split_whitespace().last()).unwrap_or_default();
        let mut numbers = last.split('.').map_while(|number| number.parse::<u32>().ok());
        numbers.next().unwrap_or(0) * 100 + numbers.next().unwrap_or(0)
    }

    /// Runs it on some input: whether it succeeded, its output, its messages.
    pub fn run(&self, args: &[&str], input: &str) -> (bool, String, String) {
        let piped = Stdio::piped;
        let mut child =
            Command::new(self.name()).args(args).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_string());
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    }
}

/// A file of its own that is removed again.
pub struct Scratch(pub String);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("skep-oracle-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir.join(name).to_string_lossy().into_owned())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
