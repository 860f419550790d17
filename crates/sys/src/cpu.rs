//! CPUs and pages.

use crate::{Errno, Error, Result, file};

/// The CPUs that may ever come up. A per-CPU value has one slot for each, in this order.
///
/// # Errors
/// When `/sys/devices/system/cpu/possible` cannot be read or understood.
#[doc(alias = "libbpf_num_possible_cpus")]
pub fn possible() -> Result<Vec<u32>> {
    list("/sys/devices/system/cpu/possible")
}

/// The CPUs that are up. Perf events can be opened on these.
///
/// # Errors
/// As [`possible`].
pub fn online() -> Result<Vec<u32>> {
    list("/sys/devices/system/cpu/online")
}

/// How many CPUs may ever come up: the number of slots of a per-CPU value.
///
/// # Errors
/// As [`possible`].
pub fn possible_count() -> Result<usize> {
    // Fixed at boot, and asked for at each access to a per-CPU map.
    static COUNT: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    if let Some(&count) = COUNT.get() {
        return Ok(count);
    }
    // The kernel's slots go up to the greatest possible id, which has no gaps below it on any machine that boots.
    let count = possible()?.len();
    Ok(*COUNT.get_or_init(|| count))
}

/// Bytes of a page of memory.
pub fn page_size() -> usize {
    rustix::param::page_size()
}

fn list(path: &'static str) -> Result<Vec<u32>> {
    parse_list(&file::text(path, path)?).ok_or(Error::new(path, Errno::EINVAL))
}

/// More CPUs than any kernel is built for.
const MAX: u32 = 1 << 16;

/// Reads the kernel's form of a set of CPUs: `0-3,7,10-11`. `None` if it is something else or empty.
pub fn parse_list(text: &str) -> Option<Vec<u32>> {
    let mut cpus = Vec::new();
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.trim().parse::<u32>().ok()?, last.trim().parse::<u32>().ok()?);
        if first > last || last >= MAX || cpus.last().is_some_and(|&before| before >= first) {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
mod tests {
    use super::parse_list;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(parse_list("0\n"), Some(vec![0]));
        assert_eq!(parse_list("0-3,7,10-11"), Some(vec![0, 1, 2, 3, 7, 10, 11]));
        for bad in ["", "-", "3-1", "a", "0-", "1,1", "0-4294967295", "0,,1"] {
            assert_eq!(parse_list(bad), None, "{bad:?}");
        }
    }
}
