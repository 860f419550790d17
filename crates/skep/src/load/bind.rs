//! Facts about programs that are kept with them.

use std::os::fd::{AsFd, BorrowedFd};

use super::Session;
use crate::{reloc::Contents, sys::bpf::prog_bind_map};

/// How the names of constants begin that say something about the object: tools list them with its programs.
const PREFIX: &str = "bpf_metadata_";

impl Session<'_> {
    /// Keeps the maps of constants about the object for as long as a program exists, though it does not read them. Kernels
    /// before 5.10 cannot; nothing but the facts is lost there.
    pub(super) fn bind(&self, program: BorrowedFd<'_>) {
        let is_constant = |contents: &Contents| matches!(contents, Contents::Value { frozen: true, .. });
        let mut bound = Vec::new();
        for var in self.relocated.vars.iter().filter(|var| var.name.starts_with(PREFIX)) {
            let spec = self.relocated.maps.get(var.map.at());
            if bound.contains(&var.map) || !spec.is_some_and(|spec| is_constant(&spec.contents)) {
                continue;
            }
            if let Some(map) = self.maps.get(var.map.at()).and_then(Option::as_ref) {
                // The program runs without it.
                let _ = prog_bind_map(program, map.as_fd());
            }
            bound.push(var.map);
        }
    }
}
