//! Types in assembly text: kernels and modules that nobody has to have.

use std::{fs, path::Path, sync::Arc};

use super::Kind;
use crate::{
    btf::{self, Btf, Edit},
    object::text::{Options, assemble, is_source},
};

/// Whether a file is assembly text, by its name.
pub(super) fn is_text(path: &Path) -> bool {
    is_source(&path.to_string_lossy())
}

/// The types that a text declares. Over a base, what the base has is taken from there, as in the BTF of a module.
pub(super) fn open(path: &Path, base: Option<&Arc<Btf>>) -> Result<Btf, Kind> {
    let bytes = fs::read(path).map_err(|error| Kind::File(path.into(), error))?;
    let source = String::from_utf8(bytes).map_err(|_| Kind::NoText)?;
    let assembled = assemble(&path.to_string_lossy(), &source, &Options::default());
    let assembled =
        assembled.map_err(|errors| Kind::Text(errors.iter().next().map(ToString::to_string).unwrap_or_default()))?;
    let types = super::contents(&assembled.elf, None, super::LIMIT)?.types;
    let btf = Btf::parse(types).map_err(Kind::Btf)?;
    match base {
        Some(base) => over(&btf, base).map_err(Kind::Base),
        None => Ok(btf),
    }
}

fn over(btf: &Btf, base: &Arc<Btf>) -> Result<Btf, btf::Error> {
    let mut edit = Edit::split(base);
    edit.append(btf)?;
    let whole = Btf::parse_split(edit.finish(), base.clone())?;
    Btf::parse_split(btf::dedup(&whole)?.bytes(), base.clone())
}
