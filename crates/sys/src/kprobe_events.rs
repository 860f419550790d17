//! Probes in tracefs, for kernels without the kprobe kind of perf event (before 4.17).

use crate::error::During;
use crate::{Result, mounts, tracefs};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// A probe in `kprobe_events` or `uprobe_events`. Dropping it removes it, which works once no perf event uses it.
#[derive(Debug)]
pub struct TracefsProbe {
    file: &'static str,
    name: String,
    id: u32,
}

const GROUP: &str = "skep";

impl TracefsProbe {
    /// Probes a kernel function, or its return.
    ///
    /// # Errors
    /// `ENOENT` if there is no such function or the kernel has no probes; `EINVAL` if it cannot be probed.
    #[doc(alias = "kprobe_events")]
    pub fn kprobe(symbol: &str, offset: u64, is_return: bool) -> Result<Self> {
        Self::add("kprobe_events", is_return, &format!("{symbol}+{offset}"))
    }

    /// Probes a place in a file.
    ///
    /// # Errors
    /// As [`kprobe`](Self::kprobe).
    #[doc(alias = "uprobe_events")]
    pub fn uprobe(path: &Path, offset: u64, is_return: bool) -> Result<Self> {
        Self::add("uprobe_events", is_return, &format!("{}:{offset:#x}", path.display()))
    }

    fn add(file: &'static str, is_return: bool, place: &str) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let kind = if is_return { 'r' } else { 'p' };
        let name = format!("{kind}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        append(file, &format!("{kind}:{GROUP}/{name} {place}\n"))?;
        // From here on the value exists, so that a failure to read the id removes the probe again.
        let mut probe = Self { file, name, id: 0 };
        probe.id = tracefs::tracepoint_id(GROUP, &probe.name)?;
        Ok(probe)
    }

    /// The id for [`Event::Tracepoint`](crate::perf::Event::Tracepoint).
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for TracefsProbe {
    fn drop(&mut self) {
        // Nobody is left to tell; the name carries the process id, so that a leftover can be traced to us.
        let _ = append(self.file, &format!("-:{GROUP}/{}\n", self.name));
    }
}

fn append(file: &'static str, line: &str) -> Result<()> {
    let path = mounts::tracefs()?.join(file);
    // One write is one command; the file is opened without truncation, which would remove everybody's probes.
    File::options().append(true).open(path).and_then(|mut file| file.write_all(line.as_bytes())).during(file)
}
