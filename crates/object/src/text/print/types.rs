//! Types, one by one.

use alloc::string::String;
use core::fmt::{self, Write};

use skep_btf::list;

use super::Text;

impl Text<'_> {
    /// Writes the block of types.
    pub(super) fn types(&self, out: &mut (impl Write + ?Sized)) -> fmt::Result {
        let Some(btf) = &self.btf else { return Ok(()) };
        let mut text = String::new();
        list::text(&mut text, btf, btf.ids())?;
        out.write_str("\n.btf\n")?;
        out.write_str(&text)?;
        out.write_str(".endbtf\n")
    }
}
