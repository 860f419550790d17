//! `BPF_PROG_QUERY`: what is attached at a place.

use super::attach::Place;
use super::call::{address_mut, call, command, offsets};
use crate::{Errno, Error, Result};
use skep_uapi::AttachType;
use zerocopy::{Immutable, IntoBytes};

/// What is attached at a place.
#[derive(Clone, Debug, Default)]
pub struct Queried {
    /// Ids of the programs, in the order in which they run.
    pub programs: Vec<u32>,
    /// Flags with which the hook as a whole is attached.
    pub flags: u32,
    /// Revision of the list (tcx, netkit 6.6; cgroups 6.17), else 0.
    pub revision: u64,
}

#[repr(C)]
#[derive(IntoBytes, Immutable)]
struct Wire {
    target: u32,
    attach_type: u32,
    query_flags: u32,
    attach_flags: u32,
    prog_ids: u64,
    prog_cnt: u32,
    pad: u32,
    prog_attach_flags: u64,
    link_ids: u64,
    link_attach_flags: u64,
    revision: u64,
}
command!(Wire, 16, "BPF_PROG_QUERY");
offsets!(Wire { prog_ids = 16, prog_cnt = 24, prog_attach_flags = 32, link_ids = 40, revision = 56 } size 64);

const QUERY_EFFECTIVE: u32 = 1;

/// Lists the programs at a hook of a place; `effective` includes those that a cgroup inherits.
///
/// # Errors
/// `EINVAL` for a hook that cannot be asked; `EPERM` without `CAP_NET_ADMIN`.
#[doc(alias = "BPF_PROG_QUERY")]
pub fn prog_query(place: Place<'_>, attach_type: AttachType, effective: bool) -> Result<Queried> {
    let mut programs = vec![0u32; 64];
    loop {
        let count = programs.len() as u32;
        let mut wire = Wire {
            target: place.number(),
            attach_type: attach_type.0,
            query_flags: if effective { QUERY_EFFECTIVE } else { 0 },
            attach_flags: 0,
            prog_ids: address_mut(&mut programs),
            prog_cnt: count,
            pad: 0,
            prog_attach_flags: 0,
            link_ids: 0,
            link_attach_flags: 0,
            revision: 0,
        };
        // SAFETY: `programs` holds `prog_cnt` ids; there is no other address.
        match unsafe { call(&mut wire) } {
            Ok(_) => {
                programs.truncate(wire.prog_cnt as usize);
                return Ok(Queried { programs, flags: wire.attach_flags, revision: wire.revision });
            }
            // Programs were attached since, or there are more than we guessed; the kernel said how many.
            Err(Error { errno: Errno::ENOSPC, .. }) if count < 1 << 16 => {
                programs.resize(wire.prog_cnt.max(count * 2) as usize, 0);
            }
            Err(error) => return Err(error),
        }
    }
}
