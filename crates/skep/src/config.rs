//! What the caller wishes of loading.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use zerocopy::{Immutable, IntoBytes};

/// Wishes for loading. Each method returns the changed value.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) file: Option<Arc<str>>,
    pub(crate) pin_root: PathBuf,
    pub(crate) keep_going: bool,
    pub(crate) values: Vec<(String, Vec<u8>)>,
}

impl Default for Config {
    fn default() -> Self {
        Self { file: None, pin_root: "/sys/fs/bpf".into(), keep_going: false, values: Vec::new() }
    }
}

impl Config {
    /// Everything that is needed is loaded, or nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of the file, for messages. Without it they name the object.
    pub fn file(self, file: impl Into<Arc<str>>) -> Self {
        Self { file: Some(file.into()), ..self }
    }

    /// The directory below which maps that are to be shared by name are pinned; `/sys/fs/bpf` unless set.
    #[doc(alias = "pin_root_path")]
    pub fn pin_root(self, directory: impl AsRef<Path>) -> Self {
        Self { pin_root: directory.as_ref().to_owned(), ..self }
    }

    /// Loads what can be loaded although some programs fail; [`Loaded::failed`](crate::Loaded::failed) has the errors.
    pub fn keep_going(self, keep_going: bool) -> Self {
        Self { keep_going, ..self }
    }

    /// Gives a global variable another first value than the object's, constants included.
    pub fn set<T: IntoBytes + Immutable + ?Sized>(self, variable: impl Into<String>, value: &T) -> Self {
        self.set_bytes(variable, value.as_bytes())
    }

    /// As [`set`](Self::set), from bytes, as many as the variable has.
    pub fn set_bytes(mut self, variable: impl Into<String>, value: &[u8]) -> Self {
        self.values.push((variable.into(), value.to_vec()));
        self
    }
}
