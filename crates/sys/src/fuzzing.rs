//! Ways in for fuzzing: the parsers behind functions that ask the kernel. Only built for that (`--cfg fuzzing`).

#![allow(missing_docs, reason = "not part of the library")]

use std::{ops::ControlFlow, path::PathBuf};

use crate::{kallsyms, mounts, netlink};

/// Counts the symbols of a file whose bytes come in `step` at a time.
pub fn symbols(bytes: &[u8], step: usize) -> usize {
    let mut count = 0;
    let each = |_: kallsyms::Symbol<'_>| {
        count += 1;
        ControlFlow::Continue(())
    };
    let _ = kallsyms::read_lines(Drip(bytes, step), each);
    count
}

struct Drip<'a>(&'a [u8], usize);

impl std::io::Read for Drip<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let (now, later) = self.0.split_at(self.1.min(self.0.len()).min(out.len()));
        out[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

/// Where a file system of this kind is mounted.
pub fn mount(mounts: &str, kind: &str) -> Option<PathBuf> {
    mounts::parse(mounts, kind)
}

/// Counts messages, and attributes of their bodies.
pub fn netlink(bytes: &[u8]) -> (usize, usize) {
    netlink::read_all(bytes)
}
