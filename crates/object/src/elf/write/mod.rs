//! ELF files from objects.
//!
//! Reading took the numbers out of the code and made references of them; writing puts them back, in the forms that every
//! loader and linker knows: what other objects can see is referred to by its own symbol, what they cannot by the symbol
//! of its section and an offset.
//!
//! 1. [`plan`]: which sections there will be, and where each function stands.
//! 2. [`types`]: the BTF to be written, and the places of variables it gives.
//! 3. [`symbols`]: the symbol table.
//! 4. [`code`], [`contents`]: the sections, with their relocations.
//! 5. [`info`]: `.BTF` and `.BTF.ext`.

use alloc::{borrow::Cow, vec::Vec};

use crate::{Error, Errors, Kind, Object, Site};

mod code;
mod contents;
mod debug;
mod image;
mod info;
mod plan;
mod symbols;
mod types;

use image::{Image, MAX_SECTIONS};
use plan::Plan;
use symbols::Symbols;
use types::Types;

/// Writes an object as a relocatable ELF file in its byte order. Reading it gives the same object again.
///
/// # Errors
/// `elf-write` for every instruction that refers to something that cannot be referred to, and for what has no form in
/// ELF; what is wrong with the BTF.
#[doc(alias = "bpf_linker__finalize")]
pub fn write(object: &Object) -> Result<Vec<u8>, Errors<Kind>> {
    let plan = Plan::of(object);
    let types = Types::of(object)?;
    let size = expected_size(object);
    let mut writer = Writer { object, plan, types, image: Image::new(object.endian, size), errors: Vec::new() };
    writer.sections();
    let symbols = Symbols::add(&mut writer);
    writer.code(&symbols);
    writer.contents(&symbols);
    writer.info();
    if writer.image.sections.len() * 2 + 2 > MAX_SECTIONS {
        writer.error(Site::file(&object.file), "there are more sections than a file can have");
    }
    Errors::check(writer.errors)?;
    Ok(writer.image.finish())
}

/// About how many bytes will be written: more than a little less would be moved when they are.
fn expected_size(object: &Object) -> usize {
    let mut size = 1 << 11;
    for insn in object.funcs.iter().flat_map(|f| &f.insns) {
        size += 8 * insn.slots() as usize
            + 16 * usize::from(!insn.line.is_none())
            + 16 * usize::from(insn.meta.facts().is_some());
    }
    size += object.btf.as_ref().map_or(0, |btf| btf.bytes().as_ref().len());
    let named = |name: &str| 24 + name.len();
    size += object.funcs.iter().map(|f| named(&f.name) + 8).sum::<usize>();
    size += object.maps.iter().map(|m| 2 * named(&m.name) + 32).sum::<usize>();
    size += object.vars.iter().map(|v| named(&v.name)).sum::<usize>();
    size + object.externs.iter().map(|e| named(&e.name)).sum::<usize>() + 192 * object.sections.len()
}

/// What is known while an object is written.
struct Writer<'o> {
    object: &'o Object,
    plan: Plan,
    types: Types,
    image: Image,
    errors: Vec<Error>,
}

impl Writer<'_> {
    fn error(&mut self, site: Site, why: impl Into<Cow<'static, str>>) {
        self.errors.push(Error::new(site, Kind::Write(why.into())));
    }
}
