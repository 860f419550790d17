//! `.BTF`, and what it says about instructions: `.BTF.ext`.

use alloc::{sync::Arc, vec::Vec};

use skep_btf::{
    TypeId,
    ext::{CoreRelo, Edit, FuncInfo, Group, LineInfo},
};

use super::{Writer, image::Out, plan::Holds};
use crate::{Function, SectionIdx};

/// The records of a section.
#[derive(Default)]
struct Records {
    func: Vec<FuncInfo>,
    line: Vec<LineInfo>,
    core: Vec<CoreRelo>,
}

impl Writer<'_> {
    /// Adds both sections, if the object has types.
    pub fn info(&mut self) {
        let Some(mut edit) = self.types.edit.take() else { return };
        let endian = self.object.endian;
        let mut ext = Edit::default();
        let sections: Vec<(Arc<str>, SectionIdx)> = self.plan.parts.iter().filter_map(code).collect();
        let mut at = 0;
        for (name, section) in sections {
            let mut records = Records::default();
            while let Some(&idx) = self.plan.order.get(at) {
                let Some(func) = self.object.funcs.get(idx.at()).filter(|f| f.section == section) else { break };
                let start = self.plan.funcs.get(idx.at()).map_or(0, |place| place.1);
                records.of(func, start, &mut |text| edit.string(text));
                at += 1;
            }
            let name = edit.string(&name);
            ext.func.groups.push(Group::new(name, records.func));
            ext.line.groups.push(Group::new(name, records.line));
            ext.core.groups.push(Group::new(name, records.core));
        }
        self.image.section(Out::new(".BTF", 0, 4, edit.encode(endian)));
        if !ext.is_empty() {
            self.image.section(Out::new(".BTF.ext", 0, 4, ext.encode(endian)));
        }
    }
}

fn code(part: &(Arc<str>, Holds)) -> Option<(Arc<str>, SectionIdx)> {
    match part.1 {
        Holds::Code(section) => Some((part.0.clone(), section)),
        _ => None,
    }
}

impl Records {
    fn of(&mut self, func: &Function, start: u32, string: &mut impl FnMut(&str) -> skep_btf::StrOff) {
        let mut slot = start;
        if func.type_id != TypeId::VOID {
            self.func.push(FuncInfo { insn_off: slot.saturating_mul(8), type_id: func.type_id });
        }
        for insn in &func.insns {
            let insn_off = slot.saturating_mul(8);
            if !insn.line.is_none() {
                let line = insn.line;
                self.line.push(LineInfo { insn_off, file: line.file, text: line.text, line_col: line.line_col });
            }
            if let Some(core) = insn.meta.core() {
                let access = string(&core.access);
                self.core.push(CoreRelo { insn_off, type_id: core.type_id, access, kind: core.kind });
            }
            slot = slot.saturating_add(insn.slots());
        }
    }
}
