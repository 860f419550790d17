//! Calls that return the changed instruction, to be chained.

use alloc::sync::Arc;

use skep_uapi::btf::TypeId;

use crate::{CoreRecord, Insn, MapHandle, Ref, Reg, SourceLine};

/// Each call returns the instruction with one thing changed.
///
/// ```
/// use skep_isa::{Insn, MapIdx, Opcode, Ref, Reg};
///
/// let load = Insn::new(Opcode::LD_IMM64, Reg(0), Reg(0), 0, 0)
///     .with_dst(Reg(1))
///     .with_symbol("lookup")
///     .with_reference(Ref::Map(MapIdx(0)));
/// assert_eq!(load.dst(), Reg(1));
/// assert_eq!(load.meta.facts().unwrap().symbol.as_deref(), Some("lookup"));
/// ```
impl Insn {
    /// With another destination register.
    pub fn with_dst(self, dst: Reg) -> Self {
        Self { regs: (self.regs & 0xf0) | (dst.0 & 0xf), ..self }
    }

    /// With another source register.
    pub fn with_src(mut self, src: Reg) -> Self {
        self.set_src(src);
        self
    }

    /// With another offset.
    pub fn with_off(self, off: i16) -> Self {
        Self { off, ..self }
    }

    /// With another immediate.
    pub fn with_imm(self, imm: i64) -> Self {
        Self { imm, ..self }
    }

    /// Beginning a line of source.
    pub fn with_line(self, line: SourceLine) -> Self {
        Self { line, ..self }
    }

    /// Defining a symbol.
    pub fn with_symbol(mut self, name: impl Into<Arc<str>>) -> Self {
        self.facts_mut().symbol = Some(name.into());
        self
    }

    /// Referring to something.
    pub fn with_reference(mut self, to: Ref) -> Self {
        self.facts_mut().reference = Some(to);
        self
    }

    /// Depending on the types of the kernel.
    pub fn with_core(mut self, record: CoreRecord) -> Self {
        self.facts_mut().core = Some(record);
        self
    }

    /// Beginning a BTF function.
    pub fn with_func(mut self, func: TypeId) -> Self {
        self.facts_mut().func = Some(func);
        self
    }

    /// Jumping to, calling or loading the instruction with this symbol.
    pub fn with_target(mut self, symbol: impl Into<Arc<str>>) -> Self {
        self.facts_mut().target = Some(symbol.into());
        self
    }

    /// Holding a map open, whose descriptor it loads.
    pub fn with_map(mut self, map: MapHandle) -> Self {
        self.facts_mut().map = Some(map);
        self
    }
}
