//! Tracepoints in the tracing file system.

use crate::error::During;
use crate::{Errno, Error, Result, file, mounts};
use std::path::PathBuf;

/// The id of a tracepoint, which is the `config` of its perf event.
///
/// # Errors
/// `ENOENT` if there is no such tracepoint; those of [`mounts::tracefs`]; `EINVAL` for a name with a slash or dot.
pub fn tracepoint_id(category: &str, name: &str) -> Result<u32> {
    const CALL: &str = "tracefs events/…/id";
    for part in [category, name] {
        if part.is_empty() || part.contains(['/', '\0']) || part.starts_with('.') {
            return Err(Error::new(CALL, Errno::EINVAL));
        }
    }
    let dir = mounts::tracefs()?;
    let mut path = PathBuf::with_capacity(dir.as_os_str().len() + category.len() + name.len() + "/events///id".len());
    path.extend([dir, "events".as_ref(), category.as_ref(), name.as_ref(), "id".as_ref()]);
    file::number(CALL, path)
}

/// The names of all tracepoints as `category:name`, one call of `f` for each.
///
/// # Errors
/// Those of [`mounts::tracefs`] and of reading `available_events`.
#[doc(alias = "available_events")]
pub fn tracepoints(mut f: impl FnMut(&str, &str)) -> Result<()> {
    let path = mounts::tracefs()?.join("available_events");
    let text = std::fs::read_to_string(path).during("tracefs available_events")?;
    for (category, name) in text.lines().filter_map(|line| line.split_once(':')) {
        f(category, name);
    }
    Ok(())
}
