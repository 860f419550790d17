//! Maps that exist already, in the place of those that an object declares.

use skep_isa::{MapHandle, MapIdx};

use crate::Object;

impl Object {
    /// Has every instruction that refers to a map hold another one, which exists already: it is not created, and it stays
    /// open as long as an instruction holds it. Its descriptor is read when a program is sent to the kernel, not before.
    /// The number of instructions.
    #[doc(alias = "bpf_map__reuse_fd")]
    pub fn hold_map(&mut self, map: MapIdx, handle: &MapHandle) -> usize {
        let insns = self.funcs.iter_mut().flat_map(|func| &mut func.insns);
        let referring = insns.filter(|insn| insn.meta.reference().and_then(|to| to.map()) == Some(map));
        referring.map(|insn| insn.facts_mut().map = Some(handle.clone())).count()
    }
}
