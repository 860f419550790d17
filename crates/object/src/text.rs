//! Objects from assembly text.
//!
//! A source file holds declarations as in C (types, maps, variables, externs, functions), directives as in GNU as and
//! LLVM, and instructions in one of four [dialects](Dialect). `docs/assembly.md` describes the language.
//!
//! The text becomes sections, symbols, relocations and BTF, and these an ELF file; what the file means is then for
//! [`elf::read`](crate::elf::read) to say, as for the file of any compiler.

use alloc::{string::String, sync::Arc, vec::Vec};

pub use skep_isa::text::Dialect;

use crate::{Endian, Error as ObjectError, Errors, Object, Site};

mod assembler;
mod blocks;
mod c;
mod constants;
mod core_operand;
mod define;
mod directive;
mod elf;
mod error;
mod expr;
mod extension;
mod finish;
mod image;
mod insn;
mod late;
mod lex;
mod lookup;
mod macros;
mod operand;
mod place;
pub mod print;
mod seen;
mod statement;
mod symbols;
mod types;
mod words;

pub use error::Kind;

/// Where other files come from. `()` has none.
pub trait Loader {
    /// The contents of a file that a source names in `.include` or `.incbin`, and the name by which messages are to call
    /// it. `from` is the file that names it.
    ///
    /// # Errors
    /// Why it cannot be read, in a few words.
    fn load(&self, name: &str, from: &str) -> Result<Loaded, String>;
}

/// A file that a [`Loader`] found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its name for messages.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl Loader for () {
    fn load(&self, _: &str, _: &str) -> Result<Loaded, String> {
        Err("files cannot be included here".into())
    }
}

/// How a source file is to be read.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The dialect it begins with.
    pub dialect: Dialect,
    /// The byte order of the object, unless the file says it.
    pub endian: Endian,
    /// Where other files come from.
    pub loader: &'a dyn Loader,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { dialect: Dialect::default(), endian: Endian::Little, loader: &() }
    }
}

/// What a source file became.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// An ELF file.
    pub elf: Vec<u8>,
    /// What the file says itself (`.warning`), with its places.
    pub warnings: Vec<(Site, String)>,
    /// Whether the source has declarations, not only what a compiler writes.
    pub declared: bool,
    /// Where the symbols are defined.
    defined: Vec<(Arc<str>, Site)>,
    file: Arc<str>,
}

/// Assembles a source file. `file` is its name for messages.
///
/// ```
/// use skep_object::{elf, text};
///
/// let source = "SEC(\"xdp\") int pass(struct xdp_md *ctx)\n{\n    r0 = XDP_PASS\n    exit\n}\n";
/// let assembled = text::assemble("pass.s", source, &text::Options::default())?;
/// assert_eq!(assembled.object()?.programs.len(), 1);
/// # Ok::<(), skep_object::Errors<text::Kind>>(())
/// ```
///
/// # Errors
/// What is wrong with the text, at most 100 things, in the order of its lines.
pub fn assemble(file: &str, source: &str, options: &Options<'_>) -> Result<Assembled, Errors<Kind>> {
    assembler::Assembler::new(file, source, options).assemble(source)
}

/// Assembles a source file, and reads the object that it is.
///
/// # Errors
/// What is wrong with the text, and what [`elf::read`](crate::elf::read) has against the object.
pub fn read(file: &str, source: &str, options: &Options<'_>) -> Result<Object, Errors<Kind>> {
    assemble(file, source, options)?.object()
}

impl Assembled {
    /// The object.
    ///
    /// # Errors
    /// What [`elf::read`](crate::elf::read) has against it, at the place of the symbol where that is known.
    pub fn object(&self) -> Result<Object, Errors<Kind>> {
        crate::elf::read(&self.file, &self.elf).map_err(|errors| {
            let placed = errors.into_iter().map(|error| self.placed(error));
            Errors::of(placed.collect())
        })
    }

    fn placed(&self, error: ObjectError) -> crate::Located<Kind> {
        let (mut site, kind) = error.into_parts();
        if let (Some(symbol), None) = (&site.symbol, &site.source)
            && let Ok(at) = self.defined.binary_search_by(|(name, _)| name.as_ref().cmp(symbol))
        {
            site.source = self.defined.get(at).and_then(|(_, site)| site.source.clone());
        }
        crate::Located::new(site, Kind::Object(kind))
    }
}

/// Whether a file looks like assembly text, by its name.
pub fn is_source(name: &str) -> bool {
    name.ends_with(".s") || name.ends_with(".S") || name.ends_with(".asm")
}
