//! What is known of an instruction besides its numbers.

use alloc::sync::Arc;

use skep_uapi::btf::{CoreKind, TypeId};

use crate::{ExternIdx, FuncIdx, InsnIdx, MapHandle, MapIdx};

/// The metadata of one instruction: one pointer, null for most; shared by clones and copied when one is changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meta(Option<Arc<Facts>>);

/// The facts behind a [`Meta`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The symbol defined here.
    pub symbol: Option<Arc<str>>,
    /// What the instruction refers to.
    pub reference: Option<Ref>,
    /// How the instruction is to be adapted to the kernel it runs on.
    pub core: Option<CoreRecord>,
    /// The BTF function that begins here.
    pub func: Option<TypeId>,
    /// The symbol of the instruction that is jumped to, called or loaded, in place of the distance. A
    /// [`Stream`](crate::edit::Stream) makes a distance of it.
    pub target: Option<Arc<str>>,
    /// The map that a 64-bit load gives, held open.
    pub map: Option<MapHandle>,
    /// The first slot of a 64-bit load whose second slot is missing or is not one.
    pub lone: bool,
}

/// What an instruction refers to: a position in a table of the object that the stream belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Ref {
    /// A map; the instruction is a wide load.
    Map(MapIdx),
    /// The address of a byte in a map's only value: a global variable.
    Value {
        /// The map that holds the variable.
        map: MapIdx,
        /// The offset in bytes into its value.
        off: u32,
    },
    /// A function of this object, called or its address taken.
    Func {
        /// The function.
        func: FuncIdx,
        /// The slot within it, 0 but for jumps into a function's middle.
        at: InsnIdx,
    },
    /// Something that is defined elsewhere. Which sort of thing it is, a kfunc, a ksym, a kconfig value, or a function,
    /// variable or map of another object, stands once, in the object's table of externs, and not in each instruction: the
    /// linker changes it there when it finds a definition, and one extern may be called here and have its address loaded
    /// there.
    Extern(ExternIdx),
    /// A table of places that the function jumps to, by its position in the object's tables of that sort; the instruction
    /// is a wide load.
    JumpTable(u32),
    /// Something that cannot be referred to, by its position in the object's table of refusals: programs with the
    /// instruction fail, others do not.
    Refused(u32),
}

/// A CO-RE record: what of the instruction depends on the running kernel's types.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[doc(alias = "bpf_core_relo")]
pub struct CoreRecord {
    /// The local root type, in the object's BTF.
    pub type_id: TypeId,
    /// What is asked.
    pub kind: CoreKind,
    /// The access string, such as `0:1:2`.
    pub access: Arc<str>,
}

impl Ref {
    /// The map it leads to, if it leads to one or into one.
    pub const fn map(self) -> Option<MapIdx> {
        match self {
            Self::Map(map) | Self::Value { map, .. } => Some(map),
            _ => None,
        }
    }
}

impl Meta {
    /// No metadata.
    pub const NONE: Self = Self(None);

    /// The facts, if there are any.
    pub fn facts(&self) -> Option<&Facts> {
        self.0.as_deref()
    }

    /// The facts, to be changed.
    pub fn facts_mut(&mut self) -> &mut Facts {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// The map that it holds open.
    pub fn map(&self) -> Option<&MapHandle> {
        self.facts()?.map.as_ref()
    }

    /// What the instruction refers to.
    pub fn reference(&self) -> Option<Ref> {
        self.facts()?.reference
    }

    /// The CO-RE record.
    pub fn core(&self) -> Option<&CoreRecord> {
        self.facts()?.core.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Insn, Opcode, Reg};

    fn load() -> Insn {
        let mut insn = Insn::new(Opcode::LD_IMM64, Reg(1), Reg(0), 0, 0);
        insn.facts_mut().reference = Some(Ref::Map(MapIdx(3)));
        insn
    }

    #[test]
    fn a_copy_shares_its_facts() {
        let (first, second) = (load(), load());
        let copy = first.clone();
        let facts = |insn: &Insn| core::ptr::from_ref(insn.meta.facts().unwrap());
        assert_eq!(facts(&first), facts(&copy));
        assert_ne!(facts(&first), facts(&second));
        assert_eq!(first, second);
    }

    #[test]
    fn editing_a_copy_leaves_the_other_alone() {
        let first = load();
        let mut copy = first.clone();
        copy.facts_mut().symbol = Some("here".into());
        copy.facts_mut().reference = Some(Ref::Map(MapIdx(4)));
        assert_eq!(first.meta.reference(), Some(Ref::Map(MapIdx(3))));
        assert_eq!(first.meta.facts().unwrap().symbol, None);
        assert_eq!(copy.meta.reference(), Some(Ref::Map(MapIdx(4))));
    }

    #[test]
    fn an_instruction_is_32_bytes_and_its_numbers_are_its_own() {
        assert_eq!(size_of::<Insn>(), 32);
        let first = load();
        let mut copy = first.clone();
        (copy.imm, copy.code) = (9, Opcode::CALL);
        assert_eq!((first.imm, first.code), (0, Opcode::LD_IMM64));
        assert_eq!(copy.meta, first.meta);
        assert_eq!(Meta::NONE.facts(), None);
    }
}
