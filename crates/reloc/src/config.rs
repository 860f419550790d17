//! What the caller wishes beyond what the object says.

use alloc::{string::String, sync::Arc, vec::Vec};

use crate::object::btf::Btf;

/// Wishes for a relocation. Each method returns the changed value.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) selection: Selection,
    pub(crate) kconfig: String,
    pub(crate) max_entries: Vec<(String, u32)>,
    pub(crate) created: Vec<(String, bool)>,
    pub(crate) members: Vec<Member>,
    pub(crate) core_types: Option<Arc<Btf>>,
    /// Whether options and symbols of which nothing is known are taken to be there, so that the rest can be looked at.
    pub(crate) assume: bool,
}

/// A member of a struct_ops variable that the caller changes.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The variable.
    pub map: String,
    /// The member, by names separated by dots.
    pub path: String,
    pub value: MemberValue,
}

/// What a member is to hold.
#[derive(Clone, Debug)]
pub(crate) enum MemberValue {
    Bytes(Vec<u8>),
    Program(Option<String>),
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

    /// Answers CO-RE by these types in place of the kernel's and its modules': for kernels that were built without.
    #[doc(alias = "btf_custom_path")]
    pub fn core_types(self, types: Arc<Btf>) -> Self {
        Self { core_types: Some(types), ..self }
    }

    /// Gives the map with this name another number of entries than its declaration.
    pub fn max_entries(mut self, map: impl Into<String>, entries: u32) -> Self {
        self.max_entries.push((map.into(), entries));
        self
    }

    /// Creates the map with this name, or does not, whatever the object says. Programs that refer to a map that is not
    /// created load only if the verifier finds that they never reach the reference.
    #[doc(alias = "bpf_map__set_autocreate")]
    pub fn create(mut self, map: impl Into<String>, create: bool) -> Self {
        self.created.push((map.into(), create));
        self
    }

    /// Gives a member of a struct_ops variable another value: the bytes, as many as the member has. The member is named
    /// as in C: `flags`, `limits.high`, `weights[2]`.
    #[doc(alias = "bpf_map__initial_value")]
    pub fn member(mut self, map: impl Into<String>, member: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.members.push(Member { map: map.into(), path: member.into(), value: MemberValue::Bytes(value.into()) });
        self
    }

    /// Gives a member of a struct_ops variable another program, or none.
    pub fn member_program(
        mut self,
        map: impl Into<String>,
        member: impl Into<String>,
        program: Option<impl Into<String>>,
    ) -> Self {
        let value = MemberValue::Program(program.map(Into::into));
        self.members.push(Member { map: map.into(), path: member.into(), value });
        self
    }

    /// Whether the caller has said that a map is to be created or not.
    pub(crate) fn creates(&self, map: &str) -> Option<bool> {
        self.created.iter().rev().find(|(name, _)| name == map).map(|(_, create)| *create)
    }
}
