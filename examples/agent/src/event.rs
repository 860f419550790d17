//! What the programs send.

use std::{fmt, time::Duration};

use zerocopy::{FromBytes, Immutable, KnownLayout};

/// `struct exec_event` of `exec.bpf.c`.
#[derive(FromBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Event {
    kind: u32,
    pid: u32,
    ppid: u32,
    uid: u32,
    exit_code: i32,
    padding: u32,
    duration_ns: u64,
    comm: [u8; 16],
    filename: [u8; 128],
}

/// A program was started.
const EXEC: u32 = 0;

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, ppid, uid, .. } = self;
        write!(f, "{pid:>8} {ppid:>8} {uid:>6} {:<16} ", text(&self.comm))?;
        if self.kind == EXEC {
            write!(f, "started {}", text(&self.filename))
        } else {
            write!(f, "ended with {} after {:?}", self.exit_code, Duration::from_nanos(self.duration_ns))
        }
    }
}

/// The text before the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_a_line() {
        let mut record = [0; 176];
        record[4] = 7;
        record[32..36].copy_from_slice(b"bash");
        record[48..57].copy_from_slice(b"/bin/bash");
        let (event, rest) = Event::ref_from_prefix(&record).unwrap();
        assert!(rest.is_empty(), "the size is that of the struct in C");
        assert_eq!(event.to_string(), "       7        0      0 bash             started /bin/bash");
    }
}
