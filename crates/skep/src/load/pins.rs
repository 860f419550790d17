//! What was pinned on the way, to be unpinned if the rest fails.

use std::path::PathBuf;

/// Paths that are removed when this is dropped, unless all went well.
#[derive(Debug, Default)]
pub(crate) struct Pins(Vec<PathBuf>);

impl Pins {
    pub(crate) fn add(&mut self, path: PathBuf) {
        self.0.push(path);
    }

    /// Leaves them pinned.
    pub(crate) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        for path in &self.0 {
            // Somebody else may have removed it; there is nobody to tell.
            let _ = std::fs::remove_file(path);
        }
    }
}
