//! What the caller wishes beyond what the object says.

use alloc::{string::String, vec::Vec};

/// Wishes for a relocation. Each method returns the changed value.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) selection: Selection,
    pub(crate) kconfig: String,
    pub(crate) max_entries: Vec<(String, u32)>,
}

/// Which programs are wanted. What only other programs need is not looked up.
#[derive(Clone, Debug, Default)]
pub enum Selection {
    /// Those that the object loads by default.
    #[default]
    Autoload,
    /// All.
    All,
    /// Those with these names.
    Only(Vec<String>),
}

impl Config {
    /// What the object says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants these programs.
    pub fn select(self, selection: Selection) -> Self {
        Self { selection, ..self }
    }

    /// Takes configuration options from this text (`CONFIG_X=y` lines) before the kernel's own.
    pub fn kconfig(self, text: impl Into<String>) -> Self {
        Self { kconfig: text.into(), ..self }
    }

    /// Gives the map with this name another number of entries than its declaration.
    pub fn max_entries(mut self, map: impl Into<String>, entries: u32) -> Self {
        self.max_entries.push((map.into(), entries));
        self
    }
}
