//! What the caller wishes beyond what the object says.

use alloc::{string::String, vec::Vec};

/// Wishes for a relocation. Each method returns the changed value.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) selection: Selection,
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
}
