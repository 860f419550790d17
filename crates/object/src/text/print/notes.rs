//! What is said for the reader alone.

use core::fmt::{self, Write};

use skep_btf::{Kind, Type};

use super::{Part, Text};
use crate::elf::{file::Symbol, map_def};

impl Text<'_> {
    /// The attributes of a map, where it is declared.
    pub(super) fn map_note(
        &self,
        out: &mut (impl Write + ?Sized),
        part: &Part<'_>,
        symbol: &Symbol<'_>,
    ) -> fmt::Result {
        let Some(btf) = self.btf.as_ref().filter(|_| &*part.name == ".maps") else { return Ok(()) };
        let Some(Type::Var(var)) = btf.find_kind(symbol.name, Kind::VAR).and_then(|id| btf.get(id)) else {
            return Ok(());
        };
        let Ok((_, Type::Struct(declaration))) = btf.resolve(var.ty) else { return Ok(()) };
        let Ok(parsed) = map_def::parse(btf, declaration, false) else { return Ok(()) };
        let def = parsed.def;
        write!(out, "// map {}: key {} B, value {} B", def.map_type, def.key_size, def.value_size)?;
        writeln!(out, ", {} entries", def.max_entries)
    }
}
