//! The kinds of perf events that the kernel numbers at boot: kprobe and uprobe (4.17).

use crate::{Errno, Error, Result, file};

/// A dynamic kind of perf event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pmu {
    /// What goes into the event's `type`.
    pub kind: u32,
    /// The bit of `config` that asks for the return instead of the entry.
    pub return_bit: u32,
    /// The lowest bit of `config` that holds the offset of a reference counter (uprobe, 4.20).
    pub ref_ctr_shift: u32,
}

/// The kind for kprobes.
///
/// # Errors
/// `ENOENT` if the kernel has none: use [`kprobe_events`](crate::kprobe_events).
pub fn kprobe() -> Result<Pmu> {
    read("/sys/bus/event_source/devices/kprobe")
}

/// The kind for uprobes.
///
/// # Errors
/// `ENOENT` if the kernel has none.
pub fn uprobe() -> Result<Pmu> {
    read("/sys/bus/event_source/devices/uprobe")
}

fn read(dir: &'static str) -> Result<Pmu> {
    let kind = file::number(dir, format!("{dir}/type"))?;
    let bit = |name: &str, otherwise| match file::text(dir, format!("{dir}/format/{name}")) {
        Ok(text) => first_bit(&text).ok_or(Error::new(dir, Errno::EINVAL)),
        Err(_) => Ok(otherwise),
    };
    Ok(Pmu { kind, return_bit: bit("retprobe", 0)?, ref_ctr_shift: bit("ref_ctr_offset", 32)? })
}

/// The first bit of `config:0` or `config:32-63`.
fn first_bit(text: &str) -> Option<u32> {
    let bits = text.trim().strip_prefix("config:")?;
    let first = bits.split_once('-').map_or(bits, |(first, _)| first);
    first.parse().ok().filter(|&bit| bit < 64)
}

#[cfg(test)]
mod tests {
    use super::first_bit;

    #[test]
    fn bits_of_the_format() {
        assert_eq!(first_bit("config:0\n"), Some(0));
        assert_eq!(first_bit("config:32-63"), Some(32));
        assert_eq!(first_bit("config1:0"), None);
        assert_eq!(first_bit("config:64"), None);
    }
}
