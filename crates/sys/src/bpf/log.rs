//! The kernel's log of a load, kept apart from the error number.

use super::call::address_mut;
use std::borrow::Cow;

/// A buffer for the log of a program or BTF being loaded.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// How much to write: 0 nothing, 1 on failure and a summary, 2 every instruction, 4 statistics only; 8 keeps
    /// the beginning instead of the end when the buffer is too small (6.4).
    #[doc(alias = "BPF_LOG_LEVEL1")]
    pub level: u32,
    /// Bytes of the buffer. The kernel takes 128 to 1 GiB.
    pub size: u32,
    /// Bytes that the whole log needs with its NUL, as the kernel reports since 6.4; 0 before.
    pub true_size: u32,
    bytes: Vec<u8>,
}

impl Log {
    /// The largest buffer that every supported kernel takes.
    pub const MAX_SIZE: u32 = u32::MAX >> 8;

    /// An empty log of this level that may grow to `size` bytes.
    pub fn new(level: u32, size: u32) -> Self {
        Self { level, size, true_size: 0, bytes: Vec::new() }
    }

    /// What the kernel wrote, without the NUL.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the kernel wrote, as text. It quotes names from BTF, which need not be UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Whether the buffer was too small for the whole log.
    pub fn is_truncated(&self) -> bool {
        self.true_size > self.size || self.bytes.len() + 1 >= self.size as usize && self.size != 0
    }

    /// Level, size and address for the kernel. Fresh zeroed memory, so large buffers cost only the pages written.
    pub(super) fn open(log: &mut Option<&mut Self>) -> (u32, u32, u64) {
        match log {
            Some(log) if log.level != 0 && log.size != 0 => {
                log.bytes = vec![0; log.size as usize];
                (log.level, log.size, address_mut(&mut log.bytes))
            }
            _ => (0, 0, 0),
        }
    }

    /// Cuts the log at its end.
    pub(super) fn close(log: Option<&mut Self>, true_size: u32) {
        if let Some(log) = log {
            log.true_size = true_size;
            let end = memchr::memchr(0, &log.bytes).unwrap_or(log.bytes.len());
            log.bytes.truncate(end);
            log.bytes.shrink_to_fit();
        }
    }
}
