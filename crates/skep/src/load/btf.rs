//! The object's BTF in the kernel.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::{Session, privilege};
use crate::{
    Kind,
    sys::{
        self,
        bpf::{BtfLoad, Log, btf_load},
    },
};

/// The object's BTF: not looked at yet, in the kernel, or refused by it.
#[derive(Debug, Default)]
pub(super) enum ObjectBtf {
    #[default]
    Untried,
    Loaded(OwnedFd),
    Refused(sys::Error),
    None,
}

impl Session<'_> {
    /// The descriptor of the object's BTF. Loads it when it is first asked for; a program or map that can do without
    /// is loaded without when the kernel refuses it.
    pub(super) fn object_btf(&mut self) -> Option<BorrowedFd<'_>> {
        if let ObjectBtf::Untried = self.btf {
            self.btf = match &self.relocated.btf {
                None => ObjectBtf::None,
                Some(bytes) => match btf_load(&BtfLoad { btf: bytes.as_ref(), token: None }, None) {
                    Ok(fd) => ObjectBtf::Loaded(fd),
                    Err(error) => ObjectBtf::Refused(error),
                },
            };
        }
        self.loaded_btf()
    }

    /// The descriptor of the object's BTF, if it was loaded.
    pub(super) fn loaded_btf(&self) -> Option<BorrowedFd<'_>> {
        match &self.btf {
            ObjectBtf::Loaded(fd) => Some(fd.as_fd()),
            _ => None,
        }
    }

    /// Why there is no BTF in the kernel, if it refused it: what a program that failed may have missed.
    pub(super) fn btf_refusal(&self) -> Option<Kind> {
        let (ObjectBtf::Refused(error), Some(bytes)) = (&self.btf, &self.relocated.btf) else { return None };
        if let Some(kind) = privilege::missing(*error, privilege::BPF, "load BTF") {
            return Some(kind);
        }
        let mut log = Log::new(1, Log::MAX_SIZE);
        let again = btf_load(&BtfLoad { btf: bytes.as_ref(), token: None }, Some(&mut log));
        Some(Kind::Btf { error: again.err().unwrap_or(*error), log: log.text().into_owned() })
    }
}
