//! How objects are linked.

use alloc::{string::String, sync::Arc, vec::Vec};

use skep_object::pattern;

/// How objects are linked. The default keeps everything and leaves to the caller what nobody defines.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the file to be; none takes the first object's.
    pub output: Option<Arc<str>>,
    /// What happens to what no object defines.
    pub undefined: Undefined,
    /// Whether what nothing refers to is left out.
    pub gc_sections: bool,
    /// Functions, maps, variables and sections that stay although nothing refers to them; `*` stands for any characters, `?` for one.
    pub keep: Vec<String>,
    /// Whether functions that are not exported become static, so that the verifier checks them with their callers.
    pub internalize: bool,
    /// The functions that are exported; `*` stands for any characters, `?` for one.
    pub export: Vec<String>,
    /// Functions that may stay undefined: they get a body that returns a number, for another program to replace.
    pub replaceable: Vec<Replaceable>,
    /// Whether equal constants and strings of sections made for it become one.
    pub merge_constants: bool,
}

/// What happens to what no object defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undefined {
    /// Programs that use it fail, others do not.
    Refuse,
    /// Linking fails.
    Error,
    /// It stays an extern, for a later link.
    Keep,
}

/// A function that gets a default body if no object defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaceable {
    /// Its name.
    pub name: String,
    /// What the default returns.
    pub value: i32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            output: None,
            undefined: Undefined::Refuse,
            gc_sections: false,
            keep: Vec::new(),
            internalize: false,
            export: Vec::new(),
            replaceable: Vec::new(),
            merge_constants: true,
        }
    }
}

impl Options {
    /// Whether a single object comes out as it goes in.
    pub(crate) fn changes_nothing(&self) -> bool {
        self.output.is_none()
            && self.undefined == Undefined::Refuse
            && !self.gc_sections
            && !self.internalize
            && self.replaceable.is_empty()
    }
}

/// Whether a name matches one of some patterns.
pub(crate) fn matches(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|wanted| pattern::matches(wanted, name))
}
