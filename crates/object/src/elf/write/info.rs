//! `.BTF`, and what it says about instructions: `.BTF.ext`.

use alloc::vec::Vec;

use hashbrown::{HashMap, HashSet};
use skep_btf::{
    Btf, Edit, StrOff, TypeId,
    ext::{CoreRelo, FuncInfo, LineInfo, Stream},
};
use skep_isa::FuncIdx;

use super::{Writer, plan::Holds};
use crate::{Function, Object};

/// The strings that records name, by their texts.
type Texts<'o> = HashMap<&'o str, StrOff>;

impl<'o> Writer<'o> {
    /// Adds both sections, if the object has types.
    pub fn info(&mut self) {
        let object = self.object;
        let Some(btf) = object.btf.as_deref() else { return };
        let texts = self.texts(btf);
        match &self.types.edit {
            None if btf.endian() == object.endian => self.image.write_section(".BTF", 4, btf.bytes().as_ref()),
            None => self.image.write_section(".BTF", 4, &Edit::of(btf).encode(object.endian)),
            Some(edit) => self.image.write_section(".BTF", 4, &edit.encode(object.endian)),
        }
        let order = self.plan.order.clone();
        let sections = code_sections(object, &order);
        let mut ext = Stream::new(self.image.begin_section(4), object.endian);
        for (name, funcs) in &sections {
            ext.section(texts.get(name).copied().unwrap_or_default());
            for (func, start) in
                funcs.iter().filter_map(|&idx| self.placed(idx)).filter(|f| f.0.type_id != TypeId::VOID)
            {
                ext.func(FuncInfo { insn_off: start.saturating_mul(8), type_id: func.type_id });
            }
        }
        ext.lines();
        for (name, funcs) in &sections {
            ext.section(texts.get(name).copied().unwrap_or_default());
            for (func, start) in funcs.iter().filter_map(|&idx| self.placed(idx)) {
                records(&mut ext, func, start, &texts);
            }
        }
        let (bytes, start) = ext.finish();
        self.image.end_section(".BTF.ext", start, bytes);
    }

    /// A function and its first slot in its section.
    fn placed(&self, idx: FuncIdx) -> Option<(&'o Function, u32)> {
        Some((self.object.funcs.get(idx.at())?, self.plan.funcs.get(idx.at())?.1))
    }

    /// Where the strings are that records name: those that the types do not have are added to them.
    fn texts(&mut self, btf: &Btf) -> Texts<'o> {
        let object = self.object;
        let sections = self.plan.parts.iter().filter_map(|(_, holds)| match holds {
            Holds::Code(section) => Some(object.section(*section)),
            _ => None,
        });
        let insns = object.funcs.iter().flat_map(|f| &f.insns);
        let accesses = insns.filter_map(|insn| Some(&*insn.meta.core()?.access));
        let wanted: HashSet<&str> = sections.chain(accesses).filter(|text| !text.is_empty()).collect();
        let mut texts = btf.find_strings(wanted.iter().copied());
        let mut wanted: Vec<&str> = wanted.into_iter().filter(|text| !texts.contains_key(text)).collect();
        wanted.sort_unstable();
        for text in wanted {
            texts.insert(text, self.types.edit.get_or_insert_with(|| Edit::of(btf)).string(text));
        }
        texts
    }
}

/// The names of the sections of code, with their functions in order.
fn code_sections<'o, 'p>(object: &'o Object, order: &'p [FuncIdx]) -> Vec<(&'o str, &'p [FuncIdx])> {
    let section = |idx: FuncIdx| object.funcs.get(idx.at()).map(|f| f.section);
    let parts = order.chunk_by(|&a, &b| section(a) == section(b));
    let name = |part: &[FuncIdx]| part.first().and_then(|&idx| section(idx)).map_or("", |s| object.section(s));
    parts.map(|part| (name(part), part)).collect()
}

/// Adds the lines and the CO-RE records of a function.
fn records(ext: &mut Stream, func: &Function, start: u32, texts: &Texts<'_>) {
    let mut slot = start;
    for insn in &func.insns {
        let insn_off = slot.saturating_mul(8);
        if !insn.line.is_none() {
            let line = insn.line;
            ext.line(LineInfo { insn_off, file: line.file, text: line.text, line_col: line.line_col });
        }
        if let Some(core) = insn.meta.core() {
            let access = texts.get(&*core.access).copied().unwrap_or_default();
            ext.core(CoreRelo { insn_off, type_id: core.type_id, access, kind: core.kind });
        }
        slot = slot.saturating_add(insn.slots());
    }
}
